"""Stages of blocks: dominoes, towers and walls that a ball brings down, a seesaw."""

from __future__ import annotations

import math

import numpy as np

from parabola.materials import MATERIALS, rgb
from parabola.mechanics_prompt import MechanicsRequest
from parabola.mechscape import METAL, PAINTS, Stage, coloured, drawn, surface_of, wood
from parabola.request import Look
from physics.mechanics import Block, Rod
from physics.scene import Body, Surface

PLASTIC = 0.28  # roughness


def _ball(
    look: Look | None, radius: float, place, velocity, rng: np.random.Generator, density=1400.0
) -> Body:
    look = look or Look()
    made = MATERIALS.get(look.material or "")
    radius *= min(max(look.size or 1.0, 0.6), 1.5)
    surface = surface_of(look, Surface(colour=drawn(rng, PAINTS[:3]), roughness=0.3))
    x, y, z = place
    return Body(
        name="ball",
        material=look.material or "rubber",
        radius=round(radius, 4),
        density=max(made.density, 300.0) if made else density,
        restitution=0.5,
        friction=0.6,
        position=(x, max(y, radius), z),
        velocity=velocity,
        surface=surface,
    )


def dominoes(request: MechanicsRequest, rng: np.random.Generator) -> Stage:
    """A row of dominoes, straight or winding; the first is pushed, or struck by a ball."""
    count = request.count or 20
    tall = 0.16 * request.size
    half = (0.075 * tall, 0.5 * tall, 0.25 * tall)
    pitch = 0.46 * tall
    winding = "curve" in request.forms or (count > 24)
    s = (np.arange(count) - 0.5 * (count - 1)) * pitch
    bend = (1.9 if winding else 0.55) * float(rng.choice([-1, 1])) / max(s[-1], 1e-6)
    if winding:  # an S
        heading = 0.95 * np.sin(np.pi * s / max(s[-1], 1e-6))
    else:
        heading = bend * s
    x, z = np.cumsum(np.cos(heading)) * pitch, np.cumsum(np.sin(heading)) * pitch
    x, z = x - 0.5 * (x[0] + x[-1]), z - z.mean()
    paints = [rgb(p) for p in rng.permutation(PAINTS)]
    look = request.look
    plain = (0.92, 0.90, 0.85)
    push = 0.0 if request.ball else 2.6 * math.sqrt(0.16 / tall)
    blocks = []
    for i in range(count):
        colour = coloured(look, paints[i % 4] if "wood" != look.material and not look.colours else plain, i)
        made = wood(rng, 0) if look.material == "wood" else Surface(colour=colour, roughness=PLASTIC)
        made = surface_of(look, made, i)
        yaw = -float(heading[i])
        spin = push if i == 0 else 0.0
        way = (math.cos(heading[i]), math.sin(heading[i]))
        blocks.append(
            Block(
                name=f"domino {i + 1}",
                half_size=half,
                density=700.0,
                position=(float(x[i]), half[1], float(z[i])),
                rotation=(0.0, yaw, 0.0),
                velocity=(spin * half[1] * way[0], 0.0, spin * half[1] * way[1]),
                angular_velocity=(spin * way[1], 0.0, -spin * way[0]),
                restitution=0.1,
                friction=0.35,
                bevel=0.02 * tall,
                surface=made,
            )
        )
    parts: dict = {"blocks": tuple(blocks)}
    wide = float(np.ptp(x)) + 1.6 * tall
    if request.ball:
        radius = 0.3 * tall
        back = 2.2 * tall
        place = (float(x[0] - back * math.cos(heading[0])), radius, float(z[0] - back * math.sin(heading[0])))
        speed = 1.1 * math.sqrt(tall / 0.16)
        velocity = (speed * math.cos(heading[0]), 0.0, speed * math.sin(heading[0]))
        parts["bodies"] = (_ball(request.ball, radius, place, velocity, rng),)
        wide += back
    middle = (-0.5 * (2.2 * tall if request.ball else 0.0), 0.36 * tall)
    return Stage(
        parts,
        middle,
        (0.66 * wide, 2.4 * tall),
        ground=("wood", "studio", "wood"),
        pitch=(11.0, 15.0),
        yaw=(-52.0, -38.0),
        depth=0.5 * float(np.ptp(z)),
    )


def _bricks(request: MechanicsRequest, rng: np.random.Generator, places: list) -> tuple[Block, ...]:
    """Blocks at (half size, position, yaw)."""
    look, out = request.look, []
    painted = rng.permutation(PAINTS)
    cardboard = Surface(colour=rgb("#b98f5e"), roughness=0.85)
    for i, (half, place, yaw) in enumerate(places):
        if look.colours or look.material not in (None, "wood"):
            default = Surface(colour=coloured(look, rgb(painted[i % 5]), i), roughness=0.45)
            made = surface_of(look, default, i)
        elif "box" in request.forms:
            made = cardboard
        elif look.material is None and rng.random() < 0.4:
            made = Surface(colour=rgb(str(painted[int(rng.integers(4))])), roughness=0.5)
        else:
            made = wood(rng)
        kind = MATERIALS.get(look.material or "wood")
        density = 120.0 if "box" in request.forms else (kind.density if kind else 650.0)
        out.append(
            Block(
                name=f"block {i + 1}",
                half_size=half,
                density=min(density, 3000.0),
                position=place,
                rotation=(0.0, yaw, 0.0),
                restitution=0.15,
                friction=0.55,
                bevel=0.05 * min(half),
                surface=made,
            )
        )
    return tuple(out)


def _struck(request: MechanicsRequest, rng, places: list, wide: float, tall: float, deep: float) -> Stage:
    """Blocks and the ball that flies into them."""
    way = {"left": -1.0, "right": 1.0}.get(request.way or "", float(rng.choice([-1, 1])))
    speed = 4.2 * math.sqrt(tall / 0.4) * request.force
    back, radius = 1.5 * tall + 0.5 * wide, 0.15 * tall
    flight = back / speed
    rise = 0.5 * 9.81 * flight  # so that it comes down again to where it started from
    height = 0.58 * tall
    ball = _ball(request.ball, radius, (-way * back, height, 0.0), (way * speed, round(rise, 4), 0.0), rng)
    parts = {"blocks": _bricks(request, rng, places), "bodies": (ball,)}
    middle = (0.2 * way * tall, 0.44 * tall)
    return Stage(
        parts,
        middle,
        (max(2.0 * tall, wide + 1.1 * tall), 1.42 * tall),
        ground=("wood", "studio"),
        pitch=(7.0, 12.0),
        yaw=(-20.0, 20.0),
        depth=deep,
    )


def tower(request: MechanicsRequest, rng: np.random.Generator) -> Stage:
    """A pyramid, a single stack, or layers of three laid crosswise."""
    u = 0.06 * request.size
    if "pyramid" in request.forms:
        levels = next((k for k in range(2, 8) if k * (k + 1) / 2 >= (request.count or 15)), 6)
        h = 0.8 * u
        places = [
            ((h, h, h), (2.06 * h * (i - 0.5 * (levels - 1 - j)), h + 2 * h * j, 0.0), 0.0)
            for j in range(levels)
            for i in range(levels - j)
        ]
        return _struck(request, rng, places, 2 * h * levels, 2 * h * levels, h)
    if (request.count and request.count <= 10) or "box" in request.forms:
        count = request.count or 6
        h = 0.75 * u if "box" not in request.forms else 1.1 * u
        places = [
            (
                (h, h, h),
                (float(rng.normal(0, 0.04 * h)), h + 2 * h * j, float(rng.normal(0, 0.04 * h))),
                float(rng.normal(0, 0.12)),
            )
            for j in range(count)
        ]
        return _struck(request, rng, places, 2 * h, 2 * h * count, h)
    layers = max(2, round((request.count or 21) / 3))
    half = (1.5 * u, 0.5 * u, 0.5 * u)
    places = []
    for j in range(layers):
        turn = 0.0 if j % 2 else math.pi / 2
        for i in (-1, 0, 1):
            aside = 1.01 * u * i
            x, z = (0.0, aside) if j % 2 else (aside, 0.0)
            places.append((half, (x, (j + 0.5) * u, z), turn))
    return _struck(request, rng, places, 3 * u, layers * u, 1.5 * u)


def wall(request: MechanicsRequest, rng: np.random.Generator) -> Stage:
    """Bricks in running bond, across the ball's way."""
    u = 0.05 * request.size
    rows = 6
    half = (0.5 * u, 0.5 * u, u)
    places = []
    for j in range(rows):
        cells = 5 if j % 2 == 0 else 4
        for i in range(cells):
            places.append((half, (0.0, (j + 0.5) * u, 2.04 * u * (i - 0.5 * (cells - 1))), 0.0))
    stage = _struck(request, rng, places, u, rows * u * 1.2, 5 * u)
    stage.yaw = (24.0, 34.0) if stage.middle[0] < 0 else (-34.0, -24.0)
    return stage


def seesaw(request: MechanicsRequest, rng: np.random.Generator) -> Stage:
    """A plank with something light on its low end; a ball falls on the high one."""
    size = request.size
    long, thick, deep, height = 0.62 * size, 0.016 * size, 0.12 * size, 0.2 * size
    tilt = math.asin((height - thick) / long) * 0.97
    way = {"left": -1.0, "right": 1.0}.get(request.way or "", float(rng.choice([-1, 1])))
    c, s = math.cos(tilt), math.sin(tilt)
    lift = thick + 0.055 * size + 0.002
    low = (-way * (0.86 * long * c + lift * s * -1.0), height - 0.86 * long * s + lift * c, 0.0)
    plank = Block(
        name="plank",
        half_size=(long, thick, deep),
        density=600.0,
        position=(0.0, height, 0.0),
        rotation=(0.0, 0.0, way * tilt),
        hinge=(0.0, 0.0, 1.0),
        restitution=0.1,
        friction=0.7,
        bevel=0.006 * size,
        surface=surface_of(request.look, wood(rng)),
    )
    load = Block(
        name="block",
        half_size=(0.055 * size,) * 3,
        density=500.0,
        position=low,
        rotation=(0.0, 0.0, way * tilt),
        restitution=0.1,
        friction=0.8,
        bevel=0.006 * size,
        surface=Surface(colour=drawn(rng, PAINTS[:4]), roughness=0.4),
    )
    radius = 0.09 * size
    ball = _ball(
        request.ball,
        radius,
        (way * 0.8 * long * c, height + 0.8 * size, 0.0),
        (0.0, 0.0, 0.0),
        rng,
        density=2400.0,
    )
    legs = tuple(
        Rod(start=(foot, 0.0, z), end=(0.0, height - 0.6 * thick, z), radius=0.016 * size, surface=METAL)
        for z in (-deep - 0.02 * size, deep + 0.02 * size)
        for foot in (-0.13 * size, 0.13 * size)
    )
    axle = Rod(
        start=(0.0, height - 0.6 * thick, -deep - 0.03 * size),
        end=(0.0, height - 0.6 * thick, deep + 0.03 * size),
        radius=0.018 * size,
        surface=METAL,
    )
    parts = {"blocks": (plank, load), "bodies": (ball,), "rods": (*legs, axle)}
    return Stage(
        parts,
        (0.0, 0.46 * size),
        (1.75 * size, 1.25 * size),
        ground=("wood", "grass"),
        pitch=(6.0, 10.0),
        yaw=(-12.0, 12.0),
        depth=deep,
    )


BLOCK_STAGES = {"dominoes": dominoes, "tower": tower, "wall": wall, "seesaw": seesaw}
