"""What smokes or burns: size, sources and props of every subject, in SI units.

Each stage is a function of the request and a random generator. The numbers are those of the real things:
a torch's head of a few centimetres, a campfire a metre high, smoke of a smouldering heap that rises at
half a metre a second, a candle's wick of millimetres.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from parabola.casting import vec
from parabola.smoke_prompt import SmokeRequest
from physics.media import Gas, Source
from physics.scene import Box, Surface

_WOOD = Surface(
    colour=(0.26, 0.17, 0.11), colour2=(0.12, 0.08, 0.05), pattern="wood", pattern_scale=0.3, roughness=0.9
)
_WAX = Surface(colour=(0.93, 0.90, 0.82), roughness=0.4)
_BRICK = Surface(
    colour=(0.52, 0.26, 0.19), colour2=(0.62, 0.58, 0.53), pattern="brick", pattern_scale=0.5, roughness=0.9
)
_CLAY = Surface(colour=(0.40, 0.33, 0.28), roughness=0.9)


@dataclass(frozen=True)
class Stage:
    """One subject in its place."""

    gas: Gas
    boxes: tuple[Box, ...] = ()
    light: str = "dark"
    ground: str | None = None
    eye: tuple[float, float, float] = (1.5, 5.2, 1.5)  # m: height, distance, height looked at
    fov: float = 34.0
    unit: float = 1.0  # factor on wind: 1 for smoke of a man's height


def _smoke(r: SmokeRequest, rng: np.random.Generator) -> Stage:
    s = r.size
    gas = Gas(
        size=(1.8, 3.6, 1.8),
        sources=(
            Source(
                position=(0.0, 0.08, 0.0),
                radius=0.15 * s,
                height=0.16,
                smoke=16.0,
                heat=90.0,
                velocity=(0.0, 0.8, 0.0),
            ),
        ),
        cooling_s=9.0,
        fade_s=7.0,
        swirl=0.3,
        gusts=0.9,
        before_s=3.2,
    )
    return Stage(gas, eye=(1.5, 5.3, 1.48))


def _incense(r: SmokeRequest, rng: np.random.Generator) -> Stage:
    gas = Gas(
        size=(0.32, 0.64, 0.32),
        sources=(Source(position=(0.0, 0.012, 0.0), radius=0.012, height=0.02, smoke=60.0, heat=45.0),),
        cooling_s=4.0,
        fade_s=3.0,
        swirl=0.2,
        gusts=0.25,
        before_s=2.4,
        ragged=0.4,
    )
    return Stage(gas, eye=(0.3, 1.05, 0.30), unit=0.15)


def _steam(r: SmokeRequest, rng: np.random.Generator) -> Stage:
    gas = Gas(
        size=(0.55, 1.1, 0.55),
        sources=(
            Source(
                position=(0.0, 0.03, 0.0),
                radius=0.07 * r.size,
                height=0.05,
                smoke=14.0,
                heat=40.0,
                velocity=(0.0, 0.25, 0.0),
            ),
        ),
        cooling_s=3.0,
        fade_s=1.0,
        swirl=0.3,
        gusts=0.6,
        before_s=2.4,
        forward=0.55,
        ragged=0.9,
    )
    return Stage(gas, eye=(0.48, 1.7, 0.46), unit=0.3)


def _chimney(r: SmokeRequest, rng: np.random.Generator) -> Stage:
    top = 1.6
    gas = Gas(
        floor=(0.0, top - 0.1, 0.0),
        size=(2.1, 4.2, 2.1),
        sources=(
            Source(
                position=(0.0, top + 0.08, 0.0),
                radius=0.21,
                height=0.2,
                smoke=7.0 * r.size,
                heat=55.0,
                velocity=(0.0, 0.9, 0.0),
            ),
        ),
        colour=(0.80, 0.80, 0.81),
        cooling_s=8.0,
        fade_s=8.0,
        swirl=0.3,
        gusts=1.6,
        before_s=4.2,
    )
    half = 0.30
    boxes = (
        Box(
            name="chimney",
            centre=(0.0, top / 2 - 0.06, 0.0),
            half_size=(half, top / 2 - 0.06, half),
            surface=_BRICK,
        ),
        Box(
            name="crown",
            centre=(0.0, top - 0.06, 0.0),
            half_size=(half + 0.06, 0.06, half + 0.06),
            surface=_CLAY,
        ),
    )
    return Stage(gas, boxes, light="blue", eye=(1.3, 6.4, 2.75), fov=40.0)


def _fog(r: SmokeRequest, rng: np.random.Generator) -> Stage:
    patches = []
    for i in range(7):
        x, z = rng.uniform(-8, 8), -13.0 + 16.0 * (i + rng.uniform(0, 1)) / 7
        patches.append(
            Source(
                position=(round(x, 2), 0.35, round(z, 2)),
                radius=round(rng.uniform(2.2, 4.5), 2),
                height=0.8,
                smoke=round(rng.uniform(0.07, 0.18), 3),
                heat=0.0,
            )
        )
    gas = Gas(
        floor=(0.0, 0.0, -6.0),
        size=(22.0, 2.75, 22.0),
        sources=tuple(patches),
        colour=(0.88, 0.88, 0.88),
        fade_s=14.0,
        swirl=0.4,
        gusts=0.35,
        before_s=5.0,
        ragged=0.75,
        forward=0.5,
    )
    return Stage(gas, light="dawn", ground="grass", eye=(1.6, 6.0, 0.7), fov=40.0, unit=0.6)


def _torch(r: SmokeRequest, rng: np.random.Generator) -> Stage:
    s, up, sources, boxes = r.size, 1.6, [], []
    for x in 0.5 * (np.arange(r.count) - (r.count - 1) / 2):
        sources.append(
            Source(
                position=(round(float(x), 3), up + 0.02, 0.0),
                radius=0.06 * s,
                height=0.12 * s,
                fuel=1.0,
                heat=150.0,
                velocity=(0.0, 0.4, 0.0),
            )
        )
        boxes += [
            Box(name="torch", centre=(x, up - 0.81, 0.0), half_size=(0.022, 0.79, 0.022), surface=_WOOD),
            Box(
                name="head",
                centre=(x, up - 0.06, 0.0),
                half_size=(0.045, 0.055, 0.045),
                surface=replace(_WOOD, colour=(0.10, 0.07, 0.05), pattern="plain"),
            ),
        ]
    wide = 0.56 + 0.5 * (r.count - 1)
    gas = Gas(
        floor=(0.0, up - 0.06, 0.0),
        size=(wide, 1.12, 0.56),
        sources=tuple(sources),
        **_flame(r, burn_s=0.24, gusts=12.0, before_s=0.9, flame_heat=1300.0, glow=5.0),
    )
    return Stage(
        gas,
        tuple(boxes),
        light="night",
        ground=None,
        eye=(up + 0.2, 1.3 + 0.4 * (r.count - 1), up + 0.19),
        unit=0.7,
    )


def _flame(r: SmokeRequest, **more) -> dict:
    soot = 9.0 * r.strength if r.smoky else 0.12
    colour = r.colour or ((0.25, 0.24, 0.23) if r.smoky else (0.3, 0.29, 0.28))
    return {
        "colour": colour,
        "soot": soot,
        "cooling_s": 0.24,
        "fade_s": 3.0,
        "swirl": 0.35,
        "expansion": 1.2,
        "ragged": 0.7,
        **more,
    }


def _campfire(r: SmokeRequest, rng: np.random.Generator) -> Stage:
    s, logs = r.size, []
    for i in range(6):
        turn = 2 * math.pi * (i + rng.uniform(-0.25, 0.25)) / 6
        lean = rng.uniform(0.55, 0.75)
        length = 0.5 * rng.uniform(0.30, 0.38) * s
        axis = np.array([-math.sin(turn), 0.0, math.cos(turn)])
        away = 0.19 * s
        at = (away * math.cos(turn), length * math.cos(lean) * 0.8 + 0.02, away * math.sin(turn))
        logs.append(_stick(at, axis * lean, length, 0.032 * s))
    gas = Gas(
        size=(1.15, 2.3, 1.15),
        sources=(
            Source(position=(0.0, 0.10 * s, 0.0), radius=0.19 * s, height=0.16 * s, fuel=0.9, heat=300.0),
        ),
        **_flame(r, burn_s=0.22, gusts=9.0, before_s=1.3, glow=30.0),
    )
    return Stage(gas, tuple(logs), light="night", ground="concrete", eye=(0.85, 3.3, 0.62), fov=34.0)


def _stick(at, rotation, length: float, half: float) -> Box:
    """A log whose own y axis is tipped by `rotation`."""
    return Box(
        name="log",
        centre=vec(at, 4),
        half_size=(half, length, half),
        rotation=vec(rotation, 4),
        surface=_WOOD,
    )


def _fire(r: SmokeRequest, rng: np.random.Generator) -> Stage:
    s = r.size
    gas = Gas(
        size=(1.15, 2.3, 1.15),
        sources=(Source(position=(0.0, 0.06, 0.0), radius=0.22 * s, height=0.12, fuel=1.0, heat=300.0),),
        **_flame(r, burn_s=0.22, gusts=10.0, before_s=1.2, glow=30.0),
    )
    return Stage(gas, light="dark", eye=(0.9, 3.2, 0.80))


def _candle(r: SmokeRequest, rng: np.random.Generator) -> Stage:
    up, sources, boxes = 0.0825, [], []
    for x in 0.05 * (np.arange(r.count) - (r.count - 1) / 2):
        x = round(float(x), 4)
        sources.append(
            Source(
                position=(x, up + 0.004, 0.0),
                radius=0.0048,
                height=0.012,
                fuel=1.0,
                heat=150.0,
                velocity=(0.0, 0.12, 0.0),
            )
        )
        boxes += [
            Box(name="candle", centre=(x, up - 0.0425, 0.0), half_size=(0.011, 0.04, 0.011), surface=_WAX),
            Box(
                name="wick",
                centre=(x, up, 0.0),
                half_size=(0.0006, 0.003, 0.0006),
                surface=Surface(colour=(0.05, 0.04, 0.04)),
            ),
        ]
    gas = Gas(
        floor=(0.0, up - 0.006, 0.0),
        size=(0.042 + 0.05 * (r.count - 1), 0.084, 0.042),
        sources=tuple(sources),
        **{
            **_flame(r, burn_s=0.024, gusts=0.2, before_s=0.4),
            "swirl": 0.0,
            "ragged": 0.0,
            "soot": 0.0,
            "cooling_s": 0.03,
            "expansion": 0.6,
            "flame_heat": 1300.0,
            "glow": 5.0,
        },
    )
    return Stage(
        gas, tuple(boxes), light="night", eye=(up + 0.012, 0.21 + 0.05 * (r.count - 1), up + 0.004), unit=0.05
    )


def _explosion(r: SmokeRequest, rng: np.random.Generator) -> Stage:
    s = r.size
    gas = Gas(
        size=(6.4, 6.4, 6.4),
        cells=40,
        sources=(
            Source(
                position=(0.0, 0.35, 0.0),
                radius=0.55 * s,
                height=0.7,
                fuel=1.0,
                heat=700.0,
                smoke=4.0,
                velocity=(0.0, 5.0, 0.0),
                start_s=0.04,
                stop_s=0.22,
            ),
        ),
        colour=r.colour or (0.42, 0.38, 0.34),
        soot=7.0 * r.strength,
        cooling_s=0.22,
        fade_s=6.0,
        burn_s=0.18,
        swirl=0.5,
        expansion=9.0,
        gusts=30.0,
        before_s=0.0,
        ragged=1.0,
    )
    return Stage(gas, light="dusk", ground="concrete", eye=(1.3, 11.0, 2.0), fov=34.0, unit=1.0)


STAGES: dict[str, Callable[[SmokeRequest, np.random.Generator], Stage]] = {
    "smoke": _smoke,
    "incense": _incense,
    "steam": _steam,
    "chimney": _chimney,
    "fog": _fog,
    "torch": _torch,
    "campfire": _campfire,
    "fire": _fire,
    "candle": _candle,
    "explosion": _explosion,
}
