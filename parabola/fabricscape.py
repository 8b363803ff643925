"""Stages of cloth and ropes: a flag, a curtain, a tablecloth that falls over a ball, a rope, a chain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from parabola.blockscape import _ball
from parabola.materials import rgb
from parabola.mechanics_prompt import MechanicsRequest
from parabola.mechscape import DARK_METAL, METAL, Stage, coloured, drawn, timber
from parabola.request import Look
from physics.mechanics import Rod, Rope, Sheet
from physics.scene import Surface, Vec3

DYES = ("#a8322c", "#2d5f86", "#d9a441", "#3f6b4a", "#8a3b5c", "#e3d9c6", "#3b3f63")
FABRIC = 0.92  # roughness


def _cloth(look: Look, rng: np.random.Generator, default: Vec3, period: float) -> Surface:
    """The fabric that the words say: colour, second colour, pattern."""
    colour = coloured(look, default)
    second = look.colours[1] if len(look.colours) > 1 else rgb("#f0ebdf")
    pattern = look.pattern if look.pattern in ("stripes", "checker", "dots") else "plain"
    if len(look.colours) > 1 and pattern == "plain":
        pattern = "stripes"
    return Surface(colour=colour, colour2=second, pattern=pattern, pattern_scale=period, roughness=FABRIC)


def _strength(request: MechanicsRequest, default: float) -> float:
    return default if request.wind is None else min(request.wind, 20.0)


def flag(request: MechanicsRequest, rng: np.random.Generator) -> Stage:
    """A flag on a pole."""
    size = request.size
    wide, tall, top = 1.35 * size, 0.86 * size, 2.5 * size
    way = {"left": -1.0, "right": 1.0}.get(request.way or "", 1.0)
    blow = _strength(request, 7.0) * (0.75 + 0.25 * request.force)
    cloth = Sheet(
        name="flag",
        corner=(0.0, top, 0.0),
        across=(way * wide, 0.0, 0.0),
        down=(0.0, -tall, 0.0),
        held="left",
        cells=48,
        density=0.11,
        bending=0.2,
        thickness=0.022 * size,
        before_s=2.5,
        sheer=0.28,
        surface=_cloth(request.look, rng, drawn(rng, DYES[:5]), 0.3 * size),
    )
    pole = Rod(
        start=(-way * 0.03 * size, 0.0, 0.0),
        end=(-way * 0.03 * size, 1.05 * top, 0.0),
        radius=0.02 * size,
        surface=METAL,
    )
    parts = {"sheets": (cloth,), "rods": (pole,)}
    wind = (round(way * blow, 4), 0.0, round(-0.18 * blow, 4))
    return Stage(
        parts,
        (way * 0.5 * wide, top - 0.5 * tall),
        (1.55 * wide, 1.75 * tall),
        ground=("grass", "sand"),
        lights=("afternoon",),
        pitch=(-13.0, -8.0),
        yaw=(-10.0, 10.0),
        wind=wind,
    )


def curtain(request: MechanicsRequest, rng: np.random.Generator) -> Stage:
    """A curtain on a rail with air behind it, or a sheet on a line."""
    size, line = request.size, "line" in request.forms
    wide, tall, top = 1.5 * size, (1.25 if line else 1.85) * size, 2.0 * size
    silk = "silk" in request.forms
    default = rgb(str(rng.choice(("#e8e2d4", "#d8cdb8", "#9fb0ad", "#c98f6b"))))
    cloth = Sheet(
        name="curtain",
        corner=(-0.5 * wide, top, 0.0),
        across=(wide, 0.0, 0.0),
        down=(0.0, -tall, 0.0),
        held="top" if line else "rings",
        fullness=1.04 if line else 1.7,
        cells=56,
        density=0.12 if silk else 0.2,
        bending=0.05 if silk else 0.25,
        thickness=0.02 * size,
        before_s=3.0,
        sheer=0.55 if silk else 0.42,
        surface=_cloth(request.look, rng, default, 0.2 * size),
    )
    rail = Rod(
        start=(-0.65 * wide, top + 0.014 * size, 0.0),
        end=(0.65 * wide, top + 0.014 * size, 0.0),
        radius=(0.004 if line else 0.014) * size,
        surface=DARK_METAL if line else timber(rng),
    )
    blow = _strength(request, 1.6) * (0.75 + 0.25 * request.force)
    wind = (round(0.3 * blow * float(rng.choice([-1, 1])), 4), 0.0, round(0.7 * blow, 4))
    lights = ("backlit",) if rng.random() < 0.6 else ("window",)
    return Stage(
        {"sheets": (cloth,), "rods": (rail,)},
        (0.0, top - 0.52 * tall),
        (1.45 * wide, 1.25 * tall),
        ground=("wood",),
        lights=lights,
        pitch=(2.0, 5.0),
        yaw=(-16.0, 16.0),
        wind=wind,
        brighten=1.5 if lights[0] == "backlit" else 1.0,
    )


def tablecloth(request: MechanicsRequest, rng: np.random.Generator) -> Stage:
    """A cloth that falls over a ball."""
    size = request.size
    silk, heavy = "silk" in request.forms, "heavy" in request.forms
    radius = 0.25 * min(max((request.ball.size if request.ball and request.ball.size else 1.0), 0.7), 1.3)
    side = 1.25 * size
    look = replace(request.look, pattern=request.look.pattern)
    if not look.pattern and not look.colours and not silk and rng.random() < 0.6:
        look = replace(look, pattern=str(rng.choice(("checker", "stripes"))))
    cloth = Sheet(
        name="cloth",
        corner=(-0.5 * side, 2 * radius + 0.22, -0.5 * side + 0.03),
        across=(side, 0.0, 0.0),
        down=(0.0, 0.0, side),
        held="none",
        cells=60,
        density=0.35 if heavy else 0.12 if silk else 0.2,
        bending=0.7 if heavy else 0.03 if silk else 0.25,
        thickness=0.017 * size,
        sheer=0.06 if heavy else 0.15,
        surface=_cloth(look, rng, drawn(rng, DYES), 0.17 * size),
    )
    if silk:
        cloth = replace(cloth, surface=replace(cloth.surface, roughness=0.42))
    ball = _ball(request.ball, radius, (0.0, radius, 0.0), (0.0, 0.0, 0.0), rng)
    ball = replace(ball, radius=round(radius, 4), position=(0.0, round(radius, 4), 0.0))
    return Stage(
        {"sheets": (cloth,), "bodies": (ball,)},
        (0.0, 0.3),
        (1.35 * side, 1.0),
        ground=("wood", "studio", "tile"),
        lights=("window",),
        pitch=(14.0, 20.0),
        yaw=(-18.0, 18.0),
        depth=0.2,
    )


def _posts(half: float, tall: float, radius: float, rng: np.random.Generator) -> tuple[Rod, ...]:
    made = timber(rng)
    return tuple(
        Rod(start=(x, 0.0, 0.0), end=(x, tall, 0.0), radius=radius, surface=made) for x in (-half, half)
    )


def rope(request: MechanicsRequest, rng: np.random.Generator) -> Stage:
    """A rope between two posts, or one that swings from a beam."""
    chain, thin = request.subject == "chain", "string" in request.forms
    kind = "chain" if chain else "string" if thin else "rope"
    default = rgb("#85878c") if chain else rgb(str(rng.choice(("#c2a878", "#b9a06a", "#d7cdb8"))))
    look = request.look
    metal = Surface(colour=coloured(look, default), roughness=0.34, metallic=1.0)
    made = metal if chain else Surface(colour=coloured(look, default), roughness=0.9)
    if look.material in ("gold", "brass", "copper", "silver", "iron"):
        from parabola.materials import MATERIALS

        made = MATERIALS[look.material].surface
    radius = {"chain": 0.0105, "string": 0.004, "rope": 0.017}[kind] * request.size
    count = 1 if request.count is None else request.count
    if "swinging" in request.forms and count < 2:
        return _swinging(request, kind, radius, made, rng)
    half, tall = 0.8 * request.size, 1.08 * request.size
    length = request.length or 2 * half * float(rng.uniform(1.14, 1.26))
    line = Rope(
        name=kind,
        kind=kind,
        start=(-half + 0.035, 0.92 * tall, 0.0),
        end=(half - 0.035, 0.92 * tall, 0.0),
        length=max(length, 2 * half),
        radius=radius,
        density=1.2 if chain else 0.25,
        cells=40,
        before_s=1.0,
        surface=made,
    )
    blow = _strength(request, 2.5 if not chain else 1.5)
    parts = {"ropes": (line,), "rods": _posts(half, tall, 0.042 * request.size, rng)}
    return Stage(
        parts,
        (0.0, 0.5 * tall),
        (2.5 * half, 1.3 * tall),
        ground=("grass", "sand", "concrete"),
        lights=("afternoon",),
        pitch=(4.0, 8.0),
        yaw=(-20.0, 20.0),
        wind=(round(0.4 * blow, 4), 0.0, round(0.8 * blow, 4)),
    )


def _swinging(request: MechanicsRequest, kind, radius: float, made: Surface, rng) -> Stage:
    """Held at its upper end alone, let go from the side."""
    tall = 1.5 * request.size
    length = request.length or 1.15 * request.size
    side = float(rng.choice([-1, 1]))
    line = Rope(
        name=kind,
        kind=kind,
        start=(0.0, tall, 0.0),
        end=(side * 0.75 * length, tall - 0.66 * length, 0.0),
        length=length,
        held="start",
        radius=radius,
        density=1.2 if kind == "chain" else 0.3,
        cells=40,
        surface=made,
    )
    beam = Rod(
        start=(-0.7 * tall, tall + 0.03, 0.0),
        end=(0.7 * tall, tall + 0.03, 0.0),
        radius=0.03 * request.size,
        surface=timber(rng),
    )
    ends = tuple(
        Rod(start=(x, 0.0, 0.0), end=(x, tall + 0.03, 0.0), radius=0.03 * request.size, surface=timber(rng))
        for x in (-0.68 * tall, 0.68 * tall)
    )
    return Stage(
        {"ropes": (line,), "rods": (beam, *ends)},
        (0.0, 0.5 * tall),
        (1.7 * tall, 1.2 * tall),
        ground=("grass", "wood"),
        lights=("afternoon",),
        pitch=(3.0, 6.0),
        wind=(0.0, 0.0, round(_strength(request, 0.0), 4)),
    )


FABRIC_STAGES = {"flag": flag, "curtain": curtain, "tablecloth": tablecloth, "rope": rope, "chain": rope}
