"""Staging: where the balls begin, how they move, and the boxes they meet.

Coordinates: y up, action along x, the picture's depth along -z. Lengths scale with the largest radius, so
that a marble and a beach ball both fill their picture. Every start is physically consistent: balls on the
ground touch it (y = radius), rolling has omega = y x v / r (no slip), and a start in which anything
overlaps is thrown away by `compose`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from parabola.casting import Actor
from parabola.request import Group, Request
from physics.scene import Box, Ground

GAP = 2e-3  # of the radius, between balls that stand in contact
_HEADINGS = {"right": (1, 0, 0), "left": (-1, 0, 0), "near": (0, 0, 1), "far": (0, 0, -1)}


@dataclass
class Stage:
    """What placement needs to know of the world."""

    request: Request
    ground: Ground | None
    gravity: float  # m/s^2
    duration: float  # s, simulated
    rng: np.random.Generator
    scale: float  # m, the largest radius
    boxes: list[Box] = field(default_factory=list)

    def group(self, actor: Actor) -> Group:
        return self.request.groups[actor.group]


def block(stage: Stage, actors: list[Actor]) -> None:
    """Give every actor its start: boxes first, then rows and racks, then who hits whom, then all others."""
    from parabola.meetings import meetings
    from parabola.props import on_props, put_props

    put_props(stage)
    todo = on_props(stage, actors)
    todo = _formations(stage, todo)
    todo = meetings(stage, actors, todo)
    _free(stage, todo, behind=len(todo) < len(actors))
    _untangle(todo)


def _untangle(actors: list[Actor]) -> None:
    """Crowds: who overlaps a ball placed before moves, up in the air, back on the ground, until free."""
    for k, actor in enumerate(actors):
        flies = actor.position[1] > 1.01 * actor.radius
        way = 0.2 * actor.radius * np.array([0.0, flies, flies - 1.0])
        while any(_overlap(actor, other) for other in actors[:k]):
            actor.position = actor.position + way


def _overlap(a: Actor, b: Actor) -> bool:
    return float(np.linalg.norm(a.position - b.position)) < (a.radius + b.radius) * (1 + GAP / 2)


def roll(actor: Actor, velocity: np.ndarray) -> None:
    """Rolling without slipping on a level floor: omega = y x v / r."""
    actor.velocity = np.asarray(velocity, float)
    actor.spin = np.cross([0.0, 1.0, 0.0], actor.velocity) / actor.radius


def roll_speed(stage: Stage, actor: Actor, length: float, time: float) -> float:
    """Speed (m/s) that carries a rolling ball over `length` in `time`, or just that far if it would stop "
    "before."""
    group = stage.group(actor)
    if group.speed is not None:
        return group.speed
    floor = stage.ground.rolling_resistance if stage.ground else 0.0
    brake = 5 / 7 * (actor.kind.rolling + floor) * stage.gravity
    time = time / group.vigour
    if length < 0.5 * brake * time**2:
        return math.sqrt(2 * brake * length)
    return length / time + 0.5 * brake * time


def on_ground(actor: Actor, x: float, z: float = 0.0) -> None:
    actor.position = np.array([x, actor.radius, z])


def heading(stage: Stage, actor: Actor, default: str = "right") -> np.ndarray:
    """Unit horizontal direction in which this ball is to go."""
    return np.array(_HEADINGS.get(stage.group(actor).direction or "", _HEADINGS[default]), float)


# formations


def _formations(stage: Stage, todo: list[Actor]) -> list[Actor]:
    """Rows, cradles and racks; returns who is left."""
    for index, group in enumerate(stage.request.groups):
        members = [actor for actor in todo if actor.group == index]
        if not members or group.arrangement in (None, "member"):
            continue
        moving = members[0].action not in ("rest", "roll", "bounce", "hit") or bool(group.actions)
        if group.arrangement == "rack":
            rack(members)
        elif group.arrangement == "row apart" or (
            moving and not group.struck and "rest" not in group.actions
        ):
            line(members, 1.3)
            continue  # they still act, side by side
        else:
            _row(stage, members, group)
        flyers = [a for a in todo if _leaves_row(stage.group(a)) and a.group == index + 1]
        _fly_off(stage, members[-1], flyers)
        todo = [actor for actor in todo if actor not in members and actor not in flyers]
    return todo


def _leaves_row(group: Group) -> bool:
    """ "... and one flies off": a member of the row before it that does not strike it."""
    return group.arrangement == "member" and "hit" not in group.actions


def line(members: list[Actor], spacing: float) -> None:
    """Along x, `spacing` diameters apart."""
    x = 0.0
    for before, actor in zip([None, *members], members, strict=False):
        x += 0.0 if before is None else spacing * (before.radius + actor.radius)
        on_ground(actor, x)
    for actor in members:
        actor.position[0] -= x / 2


def _row(stage: Stage, members: list[Actor], group: Group) -> None:
    """A row in contact; unless something else strikes it, its first ball rolls in and does."""
    line(members, 1 + GAP)
    following = stage.request.groups[members[0].group + 1 :][:1]
    if group.struck or len(members) < 3 or (following and _leaves_row(following[0])):
        return
    striker, gap = members[0], 4.0 * members[0].radius
    striker.position[0] -= gap
    for actor in members:
        actor.position[0] += gap / 3
    roll(striker, np.array([roll_speed(stage, striker, gap, 0.3 * stage.duration), 0, 0]))


def rack(members: list[Actor]) -> None:
    """A triangle in contact, its point towards -x."""
    step = 2 * max(actor.radius for actor in members) * (1 + GAP)
    row, k = 0, 0
    for actor in members:
        on_ground(actor, row * step * math.sqrt(0.75), (k - row / 2) * step)
        row, k = (row + 1, 0) if k == row else (row, k + 1)


def _fly_off(stage: Stage, last: Actor, flyers: list[Actor]) -> None:
    """Balls that leave the end of a row upwards, landing not far beyond it."""
    for k, actor in enumerate(flyers):
        r = actor.radius
        actor.position = last.position + [(2.4 + 2.6 * k) * r, 1.3 * r, 0.0]
        rise = math.sqrt(2 * max(stage.gravity, 0.05) * 1.9 * r)
        actor.velocity = np.array([2.4 * r / stage.duration, rise, 0.0])


# all others


def _free(stage: Stage, actors: list[Actor], behind: bool) -> None:
    """Balls with nobody to meet: slots across the picture, then each its own action."""
    if not actors:
        return
    apart = all(
        stage.group(actor).arrangement == "row apart" or stage.group(actor).arrangement for actor in actors
    )
    if not apart:
        _slots(stage, actors)
    for k, actor in enumerate(actors):
        x = {"left": -2.4, "right": 2.4, "centre": 0.0}.get(stage.group(actor).side or "")
        if x is not None:
            actor.position[0] = x * stage.scale + 0.2 * actor.position[0]
        _ACT.get(actor.action, _bounce)(stage, actor, k, len(actors))
        if behind:  # out of the way of those who meet
            actor.position[2] -= 2.4 * stage.scale


def _slots(stage: Stage, actors: list[Actor]) -> None:
    """Places on the ground: few balls in a loose line, many in staggered ranks going back."""
    n, rng = len(actors), stage.rng
    columns = n if n <= 4 else math.ceil(math.sqrt(2.2 * n))
    order = rng.permutation(n)
    flying = sum(actor.action not in ("rest", "roll", "spin", "slide") for actor in actors) > n / 2
    widest = 2 * (max(a.radius for a in actors) * 0.6 + 0.4 * float(np.mean([a.radius for a in actors])))
    for k, actor in zip(order, actors, strict=True):
        rank, column = divmod(int(k), columns)
        apart = 1.42 if flying or n > 4 else 1.2
        x = (column - (min(columns, n) - 1) / 2 + (0.5 if rank % 2 else 0.0)) * apart * widest
        z = -rank * (0.75 if flying else 1.7) * widest
        jitter = rng.uniform(-1, 1, 2) * [0.22, 0.18 if n > 4 else 0.55 if flying else 0.95] * widest
        on_ground(actor, x + jitter[0], z + jitter[1])


def _lift(stage: Stage, actor: Actor, k: int, n: int, low: float, high: float) -> None:
    """Raise to the height said, else somewhere between `low` and `high` scales, different for each."""
    group = stage.group(actor)
    share = ((k * 0.618 + stage.rng.uniform(0, 0.3)) % 1.0) if n > 1 else stage.rng.uniform(0.35, 0.75)
    chosen = (low + (high - low) * share) * stage.scale * min(max(group.vigour, 0.5), 3.0)
    if n > 4:
        chosen += (-actor.position[2] / max(stage.scale, 1e-9)) * 0.9 * stage.scale
    actor.position[1] = actor.radius + (group.height if group.height is not None else chosen)


def _tall(actor: Actor) -> float:
    """Dead balls fall from higher, so that something happens."""
    return 1.0 + 0.8 * max(0.0, 0.75 - actor.kind.restitution)


def _drop(stage: Stage, actor: Actor, k: int, n: int) -> None:
    if stage.gravity == 0:
        return _float(stage, actor, k, n)
    _lift(stage, actor, k, n, 1.6 * _tall(actor), 3.6 * _tall(actor))
    _push_along(stage, actor)
    if stage.group(actor).spin:
        actor.spin = np.array([0.0, 0.0, -float(stage.group(actor).spin or 0)])


def _push_along(stage: Stage, actor: Actor) -> None:
    """A speed that was said: down if "down" (or nothing) was said of its direction, else along it."""
    group = stage.group(actor)
    if group.speed is not None:
        way = heading(stage, actor) if group.direction in _HEADINGS else np.array([0.0, -1.0, 0.0])
        actor.velocity = way * group.speed


def _bounce(stage: Stage, actor: Actor, k: int, n: int) -> None:
    """Dropped with a little drift and spin: it bounces across the picture."""
    if stage.gravity == 0:
        return _float(stage, actor, k, n)
    _lift(stage, actor, k, n, 0.9 * _tall(actor), 2.6 * _tall(actor))
    towards = stage.rng.choice([-1.0, 1.0])
    way = heading(stage, actor) if stage.group(actor).direction in _HEADINGS else np.array([towards, 0, 0])
    drift = (
        (stage.rng.uniform(1.0, 2.2) if n == 1 else stage.rng.uniform(0.15, 0.6))
        * stage.scale
        / stage.duration
    )
    actor.velocity = way * (stage.group(actor).speed or drift)
    actor.spin = np.array([0.0, 0.0, stage.group(actor).spin or float(-way[0] * stage.rng.uniform(0.5, 2.5))])


def _throw(stage: Stage, actor: Actor, k: int, n: int) -> None:
    """A lob from inside the picture that comes down inside it, unless speed or angle were said."""
    if stage.gravity == 0:
        return _float(stage, actor, k, n)
    group, g, s = stage.group(actor), stage.gravity, stage.scale
    way = heading(stage, actor)
    actor.position -= way * (3.2 if n == 1 else 1.2) * s
    actor.position[1] = actor.radius + (group.height if group.height is not None else (1.2 + 0.6 * k) * s)
    rise = math.sqrt(2 * g * (3.4 + 0.8 * stage.rng.random()) * s * group.vigour)
    flight = (rise + math.sqrt(rise**2 + 2 * g * (actor.position[1] - actor.radius))) / g
    along = 2.0 * s * group.vigour / flight
    if group.speed is not None or group.angle is not None:
        speed = group.speed if group.speed is not None else math.hypot(rise, along)
        angle = group.angle if group.angle is not None else math.radians(50)
        along, rise = speed * math.cos(angle), speed * math.sin(angle)
    actor.velocity = way * along + np.array([0.0, rise, 0.0])
    actor.spin = np.cross([0, 1, 0], way) * (group.spin or float(stage.rng.uniform(2, 6)))


def _up(stage: Stage, actor: Actor, k: int, n: int) -> None:
    if stage.gravity == 0:
        return _float(stage, actor, k, n)
    group = stage.group(actor)
    _lift(stage, actor, k, n, 0.4, 1.2)
    speed = group.speed or math.sqrt(
        2 * stage.gravity * stage.rng.uniform(3.2, 4.6) * stage.scale * group.vigour
    )
    actor.velocity = np.array([stage.rng.uniform(-0.3, 0.3) * stage.scale, speed, 0.0])
    actor.spin = stage.rng.uniform(-3, 3, 3)


def _roll(stage: Stage, actor: Actor, k: int, n: int) -> None:
    """Across the picture, in its own lane, so that it is still in view at the end."""
    if stage.gravity == 0:
        return _float(stage, actor, k, n)
    group = stage.group(actor)
    way = heading(stage, actor, "right" if stage.rng.random() < 0.75 else "left")
    if n == 1:
        length = stage.rng.uniform(3.6, 5.2) * stage.scale
        actor.position = -way * length * 0.55
    else:  # all the same way and not far, so that they keep apart
        length = stage.rng.uniform(1.5, 2.1) * stage.scale
        way = heading(stage, actor)
        actor.position = actor.position * [1, 0, 1] - way * length / 2
    if group.height is not None:
        actor.position[1] = group.height
    actor.position[1] += actor.radius
    roll(actor, way * roll_speed(stage, actor, length, 0.9 * stage.duration))


def _slide(stage: Stage, actor: Actor, k: int, n: int) -> None:
    _roll(stage, actor, k, n)
    way = actor.velocity / max(float(np.linalg.norm(actor.velocity)), 1e-9)
    speed = stage.group(actor).speed or 7 / 5 * float(
        np.linalg.norm(actor.velocity)
    )  # it will roll on at 5/7
    actor.velocity, actor.spin = way * speed, np.zeros(3)


def _rest(stage: Stage, actor: Actor, k: int, n: int) -> None:
    if stage.ground is None:
        _float(stage, actor, k, n)
        actor.velocity, actor.spin = np.zeros(3), np.zeros(3)
    elif stage.group(actor).height is not None and stage.gravity == 0:
        actor.position[1] += float(stage.group(actor).height or 0)


def _spin(stage: Stage, actor: Actor, k: int, n: int) -> None:
    if stage.gravity == 0:
        _float(stage, actor, k, n)
        actor.velocity = np.zeros(3)
    rate = stage.group(actor).spin or 14.0 * stage.group(actor).vigour
    actor.spin = np.array([0.0, rate, 0.0])


def _float(stage: Stage, actor: Actor, k: int, n: int) -> None:
    """Weightless: scattered in space, drifting slowly towards the middle so that some of them meet."""
    s, rng = stage.scale, stage.rng
    height = 3.2 * s + rng.uniform(-1.0, 1.0) * (1.4 + 0.25 * n) * s
    actor.position[1] = max(height, 1.3 * actor.radius + 0.3 * s) + (
        -actor.position[2] * 0.4 if n > 4 else 0.0
    )
    centre = np.array([0.0, 3.2 * s, 0.0])
    drift = (centre - actor.position) * 0.9 + rng.uniform(-1, 1, 3) * 0.8 * s
    actor.velocity = drift / stage.duration * stage.group(actor).vigour
    group = stage.group(actor)
    if group.direction:  # straight there, from the other side of the picture
        way = np.array([0.0, {"up": 1.0, "down": -1.0}.get(group.direction, 0.0), 0.0])
        way = heading(stage, actor) if group.direction in _HEADINGS else way
        actor.position -= way * 2.4 * s
        actor.velocity = way * 4.8 * s / stage.duration * group.vigour
    if group.speed is not None:
        actor.velocity *= group.speed / max(float(np.linalg.norm(actor.velocity)), 1e-9)
    actor.spin = rng.uniform(-1.2, 1.2, 3)


_ACT = {"drop": _drop, "bounce": _bounce, "throw": _throw, "fly off": _up, "up": _up, "roll": _roll,
        "roll off": _roll,
        "roll down": _roll, "hit": _roll, "slide": _slide, "rest": _rest, "rise": _rest, "spin": _spin,
        "float": _float}  # fmt: skip
