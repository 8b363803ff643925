"""Props: walls, ramps and tables as oriented boxes, and the balls that start on them or go at them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from parabola.casting import Actor, finished, vec
from parabola.materials import GROUND_OF_MATERIAL, GROUNDS
from parabola.request import Place
from parabola.staging import Stage, on_ground, roll, roll_speed
from physics.scene import Box, Ground

_DEFAULTS = {"wall": "studio", "ramp": "wood", "table": "wood", "stairs": "wood", "bin": "wood"}
STEPS, TREAD, RISER = 4, 2.8, 1.5  # a flight of stairs, in scales


def put_props(stage: Stage) -> None:
    """Add the boxes that were asked for."""
    for kind, place in stage.request.boxes.items():
        {"wall": _wall, "ramp": _ramp, "table": _table, "stairs": _stairs, "bin": _bin}[kind](stage, place)


def on_props(stage: Stage, actors: list[Actor]) -> list[Actor]:
    """Start those who use a prop; returns who is left."""
    left: list[Actor] = []
    boxes = stage.request.boxes
    riders: dict[str, list[Actor]] = {name: [] for name in _DEFAULTS}
    for actor in actors:
        group = stage.group(actor)
        said, resting = set(group.actions), group.struck or "rest" in group.actions[:1]
        arrives = "roll" in " ".join(said) and {"ramp", "table", "stairs"} & set(boxes)
        if "bin" in boxes and not group.struck and "hit" not in said and not arrives:
            riders["bin"].append(actor)
        elif (
            "table" in boxes
            and ("roll off" in said or not said & {"drop", "bounce", "float"})
            and not group.struck
        ):
            riders["table"].append(actor)
        elif "stairs" in boxes and not resting and "float" not in said:
            riders["stairs"].append(actor)
        elif "ramp" in boxes and not resting and not said & {"drop", "bounce", "throw", "float"}:
            riders["ramp"].append(actor)
        elif (
            "wall" in boxes
            and not boxes["wall"].behind
            and not resting
            and not said & {"drop", "float", "spin"}
        ):
            riders["wall"].append(actor)
        else:
            left.append(actor)
    _on_table(stage, riders["table"])
    _on_ramp(stage, riders["ramp"])
    _at_wall(stage, riders["wall"])
    _on_stairs(stage, riders["stairs"])
    _in_bin(stage, riders["bin"])
    if "bin" in boxes and not riders["bin"]:
        _catch(stage, riders["table"])
    return left


def _material(kind: str, place: Place) -> Ground:
    """The ground table's entry that the words name, with their colour and finish."""
    look = place.look
    name = (
        look.ground
        or GROUND_OF_MATERIAL.get(look.material or "")
        or (place.kind if place.kind in GROUNDS else None)
    )
    ground = GROUNDS[name or ("plastic" if look.colours else _DEFAULTS[kind])]
    surface = ground.surface
    if look.colours:
        surface = replace(surface, colour=look.colours[0])
    return replace(ground, surface=finished(surface, look))


def _box(stage: Stage, name: str, ground: Ground, centre, half, rotation=(0.0, 0.0, 0.0)) -> None:
    stage.boxes.append(
        Box(name=name, centre=vec(centre), half_size=vec(half), rotation=vec(rotation, 6),
            restitution=ground.restitution,
            friction=ground.friction, rolling_resistance=ground.rolling_resistance, surface=ground.surface)
    )  # fmt: skip


def _wall(stage: Stage, place: Place) -> None:
    s, ground = stage.scale, _material("wall", place)
    high = (place.look.height or 7.0 * s) / 2
    if place.behind:
        return _box(
            stage, "wall", ground, [0, max(high, 12 * s), -7.0 * s], [60 * s, max(high, 12 * s), 0.4 * s]
        )
    _box(stage, "wall", ground, [3.4 * s + 0.3 * s, high, -0.5 * s], [0.3 * s, high, 4.5 * s])


def _at_wall(stage: Stage, actors: list[Actor]) -> None:
    """Rolled or thrown at the wall's face, which is at x = 3.4 scales."""
    s = stage.scale
    for k, actor in enumerate(actors):
        group = stage.group(actor)
        lane = (k - (len(actors) - 1) / 2) * 2.5 * s
        length = 3.4 * s + 1.4 * s - actor.radius
        on_ground(actor, -1.4 * s, lane)
        if actor.action in ("throw", "bounce", "hit", "up") and "roll" not in group.actions:
            actor.position[1] = actor.radius + (group.height if group.height is not None else 2.2 * s)
            time = length / group.speed if group.speed else 0.75 * math.sqrt(s / 0.1) / group.vigour
            speed = length / time
            actor.velocity = np.array([speed, min(0.5 * stage.gravity * time, speed), 0.0])
            actor.spin = np.array([0.0, 0.0, -4.0])
        else:
            roll(actor, np.array([roll_speed(stage, actor, length, 0.35 * stage.duration), 0, 0]))


def _table(stage: Stage, place: Place) -> None:
    """A top with an overhang on a recessed block; its right edge at x = 0, its top at the height said or "
    "6 scales."""
    s, ground = stage.scale, _material("table", place)
    top, half = place.look.height or 6.0 * s, min(0.35 * s, (place.look.height or 6.0 * s) / 4)
    _box(stage, "table top", ground, [-6.0 * s, top - half, 0], [6.0 * s, half, 3.6 * s])
    leg = replace(ground, surface=replace(ground.surface, roughness=max(ground.surface.roughness, 0.5)))
    _box(
        stage,
        "table block",
        leg,
        [-6.6 * s, (top - 2 * half) / 2, 0],
        [5.4 * s, (top - 2 * half) / 2, 3.0 * s],
    )


def _on_table(stage: Stage, actors: list[Actor]) -> None:
    top = next(
        (
            2 * box.half_size[1] + box.centre[1] - box.half_size[1]
            for box in stage.boxes
            if box.name == "table top"
        ),
        0.0,
    )
    for k, actor in enumerate(actors):
        x = -(2.0 + 2.8 * k) * stage.scale
        on_ground(actor, x, stage.rng.uniform(-0.4, 0.8) * stage.scale)
        actor.position[1] += top
        if actor.action == "rest":
            continue
        speed = roll_speed(stage, actor, 2.0 * stage.scale, 0.2 * stage.duration)
        roll(actor, np.array([max(speed, 0.2 * math.sqrt(9.81 * stage.scale)), 0, 0]))


def _ramp(stage: Stage, place: Place) -> None:
    """A wedge that comes down to the ground, or to the rim of an open box, at x = 0, from the left."""
    s, ground = stage.scale, _material("ramp", place)
    foot = _bin_size(stage, stage.request.boxes["bin"])[1] if "bin" in stage.request.boxes else 0.0
    angle = min(max(place.look.angle or math.radians(9), math.radians(2)), math.radians(60))
    length = place.look.height / math.sin(angle) if place.look.height else 6.0 * s
    half = [length / 2, 0.5 * length * math.tan(angle) + 0.6 * s + foot / 2, 3.2 * s]
    along, normal = (
        np.array([-math.cos(angle), math.sin(angle), 0.0]),
        np.array([math.sin(angle), math.cos(angle), 0.0]),
    )
    centre = along * (length / 2 - 0.02 * s) - normal * half[1]
    _box(stage, "ramp", ground, centre + [0, foot, 0], half, [0, 0, -angle])


def _on_ramp(stage: Stage, actors: list[Actor]) -> None:
    for k, actor in enumerate(actors):
        box = next(box for box in stage.boxes if box.name == "ramp")
        angle = -box.rotation[2]
        along, normal = (
            np.array([-math.cos(angle), math.sin(angle), 0.0]),
            np.array([math.sin(angle), math.cos(angle), 0.0]),
        )
        top = np.array(box.centre) + normal * box.half_size[1]  # middle of the upper face
        climb = 0.72 * box.half_size[0] - 2.4 * actor.radius * k
        lane = [0, 0, 0.3 * stage.scale * (-1) ** k]
        actor.position = top + along * climb + normal * actor.radius * (1 + 1e-6) + lane
        if stage.group(actor).speed:
            roll(actor, -along * float(stage.group(actor).speed or 0))


def _stairs(stage: Stage, place: Place) -> None:
    """A flight that comes down to the ground at x = 0, from the left. A height said is that of all steps."""
    s, ground = stage.scale, _material("stairs", place)
    rise = place.look.height / STEPS if place.look.height else RISER * s
    for k in range(1, STEPS + 1):
        half = [TREAD * s / 2, k * rise / 2, 4.0 * s]
        _box(stage, f"step {k}", ground, [-(k - 0.5) * TREAD * s, half[1], 0], half)


def _on_stairs(stage: Stage, actors: list[Actor]) -> None:
    """One bounce a step, for ever: a ball of restitution e that falls by the riser h from bounce to bounce
    rises v = e sqrt(2 g h / (1 - e^2)) again and takes v (1 + 1 / e) / g for it.
    """
    s, g = stage.scale, max(stage.gravity, 1e-3)
    highest = [box for box in stage.boxes if box.name == f"step {STEPS}"]
    for k, actor in enumerate(actors):
        rise = 2 * highest[0].half_size[1] / STEPS
        e = min(actor.kind.restitution * highest[0].restitution, 0.9)
        fall = math.sqrt(2 * g * rise / (1 - e * e))  # m/s at each landing
        along = TREAD * s * g / (fall * (1 + e)) * stage.group(actor).vigour
        apex = STEPS * rise + actor.radius + fall**2 / (2 * g)
        start = -(STEPS - 0.5) * TREAD * s - along * fall / g
        lane = (k - (len(actors) - 1) / 2) * 2.6 * s
        actor.position = np.array([start - 1.3 * s * (k % 2), apex, lane])
        roll(actor, np.array([along, 0.0, 0.0]))  # turning as if it rolled, so that no step brakes it


def _bin_size(stage: Stage, place: Place) -> tuple[float, float]:
    """Half its inner width and its height, m."""
    count = sum(group.count or 1 for group in stage.request.groups)
    meet = any("hit" in group.actions for group in stage.request.groups)
    wide = max(1.6 + 1.1 * math.sqrt(count), 4.8 * meet)
    return wide * stage.scale, place.look.height or stage.scale * (1.6 + 0.25 * math.sqrt(count))


def _bin(stage: Stage, place: Place) -> None:
    """An open box on the ground around the origin; its front is low, so that one can look in."""
    s, ground = stage.scale, _material("bin", place)
    (wide, high), thick = _bin_size(stage, place), 0.15 * s
    for name, x, z, half in (
        ("left side", -wide - thick, 0.0, [thick, high / 2, wide]),
        ("right side", wide + thick, 0.0, [thick, high / 2, wide]),
        ("back", 0.0, -wide - thick, [wide + 2 * thick, high / 2, thick]),
        ("front", 0.0, wide + thick, [wide + 2 * thick, min(0.4 * s, high / 2), thick]),
    ):
        _box(stage, name, ground, [x, half[1], z], half)


def _in_bin(stage: Stage, actors: list[Actor]) -> None:
    """Dropped into the box in layers, or at rest in one where that was said."""
    sides = [box for box in stage.boxes if box.name in ("left side", "right side")]
    if not sides or not actors:
        return
    step = 2.3 * stage.scale
    rank = int((sides[1].centre[0] - sides[1].half_size[0] - 1.3 * stage.scale) * 2 / step) + 1
    rank = max(1, min(rank, math.ceil(math.sqrt(len(actors)))))
    for k, actor in enumerate(actors):
        layer, cell = divmod(k, rank * rank)
        place = (np.array([cell % rank, cell // rank]) - (rank - 1) / 2) * step
        x, z = place + stage.rng.uniform(-0.12, 0.12, 2) * stage.scale
        group = stage.group(actor)
        low = group.height if group.height is not None else (2.2 + 0.5 * stage.rng.random()) * stage.scale
        lift = 0.0 if actor.action == "rest" and not layer else low + layer * step
        actor.position = np.array([x, actor.radius + lift, z])
        actor.velocity = np.zeros(3)
        if actor.action in ("bounce", "roll", "hit", "throw"):
            actor.velocity[[0, 2]] = stage.rng.uniform(-2.0, 2.0, 2) * stage.scale / math.sqrt(stage.scale)


def _catch(stage: Stage, fallers: list[Actor]) -> None:
    """Put the open box where what rolls down a ramp or stairs, or off a table, comes in."""
    sides = ("left side", "right side", "back", "front")
    reach = next(-box.centre[0] + box.half_size[0] for box in stage.boxes if box.name == "left side")
    away = reach + 0.02 * stage.scale
    if fallers:
        fall = math.sqrt(2 * fallers[0].position[1] / max(stage.gravity, 1e-3))
        away = max(away, float(fallers[0].velocity[0]) * fall)
    shift = np.array([away, 0.0, 0.0])
    stage.boxes = [
        replace(box, centre=vec(box.centre + shift)) if box.name in sides else box for box in stage.boxes
    ]
