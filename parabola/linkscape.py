"""Stages of linkages: pendulums, the double pendulum, a mass on a spring, Newton's cradle."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from parabola.materials import MATERIALS, rgb
from parabola.mechanics_prompt import MechanicsRequest
from parabola.mechscape import BRASS, DARK_METAL, METAL, PAINTS, Stage, drawn, surface_of, timber
from physics.mechanics import Linkage, Rod
from physics.scene import Body, Box, Scene, Surface
from physics.worlds.linkage_check import hung_at_start

STEEL = MATERIALS["steel"].surface


def _hung(bodies: tuple[Body, ...], link: Linkage) -> tuple[Body, ...]:
    """The bodies at the places that the linkage says."""
    places = hung_at_start(Scene(bodies=bodies, linkage=link))
    return tuple(replace(b, position=tuple(map(float, p))) for b, p in zip(bodies, places, strict=True))


def _gallows(height: float, back: float, lean: float, surface: Surface) -> tuple[Rod, ...]:
    """A post behind the swing with an arm that holds its pivot."""
    thick = 0.016 * height
    return (
        Rod(start=(lean, 0.0, -back), end=(lean, height, -back), radius=thick, surface=surface),
        Rod(
            start=(lean, height - thick, -back), end=(0.0, height, 0.012), radius=0.8 * thick, surface=surface
        ),
        Rod(
            start=(lean - 0.28 * height, 0.01, -back),
            end=(lean + 0.28 * height, 0.01, -back),
            radius=1.1 * thick,
            surface=surface,
        ),
        Rod(
            start=(lean, 0.01, -back - 0.2 * height),
            end=(lean, 0.01, -back + 0.25 * height),
            radius=1.1 * thick,
            surface=surface,
        ),
    )


def pendulum(request: MechanicsRequest, rng: np.random.Generator) -> Stage:
    """One bob on a rod."""
    length = request.length or 0.9 * request.size
    heavy = "wrecking" in request.forms
    angle = request.angle or min((32.0 + rng.uniform(0, 14)) * request.force, 75.0)
    radius = length * (0.16 if heavy else 0.095)
    side = float(rng.choice([-1, 1])) if request.way is None else {"left": -1.0, "right": 1.0}[request.way]
    default = replace(STEEL, roughness=0.35) if heavy else BRASS
    look = request.ball or request.look
    bob = Body(name="bob", material="brass", radius=radius, density=8000.0, surface=surface_of(look, default))
    height = 1.18 * length + radius
    link = Linkage(
        pivot=(0.0, height, 0.0),
        lengths=(length,),
        angles_deg=(side * angle,),
        radius=0.006 * length,
        surface=METAL,
    )
    wide = 2 * (length * math.sin(math.radians(min(angle, 90))) + radius) + 0.2 * length
    parts = {
        "bodies": _hung((bob,), link),
        "linkage": link,
        "rods": _gallows(height, 0.32 * length, -0.12 * length, timber(rng)),
    }
    return Stage(parts, (0.0, 0.52 * height), (max(wide, 0.9 * height), 1.16 * height))


def double_pendulum(request: MechanicsRequest, rng: np.random.Generator) -> Stage:
    """Two rods, or three, let go high up."""
    links = 3 if "triple" in request.forms else 2
    reach = request.length or 0.9 * request.size
    lengths = tuple(round(reach * s, 4) for s in ((0.54, 0.46) if links == 2 else (0.4, 0.32, 0.28)))
    start = rng.uniform(105, 150) * float(rng.choice([-1, 1]))
    angles = tuple(round(float(start + rng.uniform(-40, 60) * i), 2) for i in range(links))
    angles = tuple((a + 180) % 360 - 180 for a in angles)
    first = int(rng.integers(len(PAINTS)))
    bodies = tuple(
        Body(
            name=f"bob {i + 1}",
            radius=reach * (0.075 - 0.008 * i),
            density=2700.0,
            surface=surface_of(
                request.ball or request.look,
                Surface(colour=rgb(PAINTS[(first + 3 * i) % len(PAINTS)]), roughness=0.25),
                i,
            ),
        )
        for i in range(links)
    )
    height = 1.15 * reach + 0.1
    link = Linkage(
        pivot=(0.0, height, 0.0), lengths=lengths, angles_deg=angles, radius=0.010 * reach, surface=METAL
    )
    parts = {
        "bodies": _hung(bodies, link),
        "linkage": link,
        "rods": _gallows(height, 0.35 * reach, -0.1 * reach, DARK_METAL),
    }
    return Stage(parts, (0.0, height), (2.2 * reach, 2.25 * reach), pitch=(2.0, 6.0))


def spring(request: MechanicsRequest, rng: np.random.Generator) -> Stage:
    """A mass that bounces on a spring."""
    size = request.size
    natural, radius = (request.length or 0.34 * size), 0.065 * size
    mass, stiffness = 1.0 * size**3, 42.0 * size**2
    sag = mass * 9.81 / stiffness
    look = request.ball or request.look
    bob = Body(
        name="mass",
        radius=radius,
        density=round(mass / (4 / 3 * math.pi * radius**3), 2),
        surface=surface_of(look, Surface(colour=drawn(rng, PAINTS[:4]), roughness=0.3)),
    )
    extra = min(0.11 * size * request.force, 0.6 * sag)
    low = natural + sag + extra + radius
    height = 1.16 * low
    angle = request.angle if request.angle is not None else float(rng.uniform(2, 5))
    link = Linkage(
        kind="spring",
        pivot=(0.0, height, 0.0),
        lengths=(natural,),
        angles_deg=(angle,),
        stiffness=stiffness,
        stretch_m=round(sag + extra, 6),
        radius=0.0042 * size,
        surface=METAL,
    )
    parts = {
        "bodies": _hung((bob,), link),
        "linkage": link,
        "rods": _gallows(height, 0.25 * height, -0.16 * height, timber(rng)),
    }
    return Stage(parts, (0.0, 0.52 * height), (0.9 * height, 1.16 * height))


def cradle(request: MechanicsRequest, rng: np.random.Generator) -> Stage:
    """Balls side by side on strings."""
    count = request.count or 5
    radius = 0.027 * request.size
    length = request.length or 7.6 * radius
    out = 2 if count > 3 and request.force > 1.2 else 1
    swing = request.angle or min(36.0 * request.force**0.5, 55.0)
    look = request.ball if request.ball and (request.ball.kinds() or request.ball.material) else request.look
    bodies = tuple(
        Body(
            name=f"ball {i + 1}",
            material="steel",
            radius=radius,
            density=7850.0,
            restitution=0.985,
            surface=surface_of(look, replace(STEEL, roughness=0.1)),
        )
        for i in range(count)
    )
    base, gap = 0.5 * radius, 1.0 * radius
    height = base + gap + radius + length
    angles = (*[-swing] * out, *[0.0] * (count - out))
    link = Linkage(
        kind="cradle", pivot=(0.0, height, 0.0), lengths=(length,), angles_deg=angles, radius=0.022 * radius
    )
    half, deep = radius * count + 3.0 * radius, 0.32 * length
    rails = tuple(
        Rod(start=a, end=b, radius=0.16 * radius, surface=METAL)
        for z in (-deep, deep)
        for a, b in (
            ((-half, height, z), (half, height, z)),
            ((-half, base, z), (-half, height, z)),
            ((half, base, z), (half, height, z)),
        )
    )
    plinth = Box(
        name="base",
        centre=(0.0, 0.5 * base, 0.0),
        half_size=(half + radius, 0.5 * base, deep + 1.6 * radius),
        surface=Surface(colour=rgb("#9a6b45"), roughness=0.35),
    )
    parts = {"bodies": _hung(bodies, link), "linkage": link, "rods": rails, "boxes": (plinth,)}
    reach = half + max(0.0, length * math.sin(math.radians(swing)) - 2 * radius)
    return Stage(
        parts,
        (0.0, 0.5 * height),
        (2 * reach + 2 * radius, 1.3 * height),
        ground=("dark", "wood"),
        pitch=(8.0, 12.0),
        yaw=(8.0, 17.0),
        depth=deep,
    )


LINK_STAGES = {"pendulum": pendulum, "double pendulum": double_pendulum, "spring": spring, "cradle": cradle}
