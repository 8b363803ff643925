"""Layers of weather as particles in SI units, to the scale of what is looked at.

Drops, flakes and stones have their real sizes; leaves, paper and bubbles are cut down where the subject is
small, or they would hide it. Numbers are such that a picture is full but not blind: what a photographer
would wait for. Rain is lit from behind as film rain is, which is what `brilliance` stands for.
"""

from __future__ import annotations

from collections.abc import Callable

from parabola.weather_prompt import Layer
from physics.media import Particles
from physics.scene import Vec3


def particles_of(layer: Layer, reach: float, place: Vec3 = (0.0, 0.1, 0.0)) -> Particles:
    """The particles of a layer in a scene seen from `reach` m; sources stand at `place`."""
    return _LOOKS[layer.kind](layer, reach, place)


def _rain(layer: Layer, reach: float, place: Vec3) -> Particles:
    much = layer.much
    return Particles(
        kind="rain",
        per_m3=round(420 * much * min((2.2 / reach) ** 1.5, 1.7)),
        diameter_m=round(0.0021 * much**0.35, 5),
        spread=0.28,
        gusts=0.35,
        gust_m=4.0,
        brilliance=round(5.0 / much**0.25, 2),
        exposure_s=round(min(0.02, 0.014 * reach**0.7), 5),
        wetness=round(min(0.55 + 0.25 * much, 0.95), 3),
    )


def _snow(layer: Layer, reach: float, place: Vec3) -> Particles:
    much = layer.much
    return Particles(
        kind="snow",
        per_m3=round(200 * much * min((2.5 / reach) ** 2, 20.0)),
        diameter_m=round(0.0075 * min(1.0, (reach / 1.8) ** 0.5), 5),
        spread=0.32,
        speed_m_s=1.0,
        gusts=round(0.25 + 0.15 * much, 3),
        gust_m=round(1.1 * reach, 3),
        colour=(0.97, 0.98, 1.0),
        settled=0.0,
        exposure_s=round(min(0.012, 0.006 * reach), 5),
        brilliance=1.5,
    )


def _hail(layer: Layer, reach: float, place: Vec3) -> Particles:
    return Particles(
        kind="hail",
        per_m3=round(3.5 * layer.much * min((2.0 / reach) ** 2, 4.0), 1),
        diameter_m=0.009,
        spread=0.3,
        colour=(0.95, 0.97, 1.0),
        brilliance=1.5,
        wetness=0.4,
    )


def _leaves(layer: Layer, reach: float, place: Vec3) -> Particles:
    size = min(0.085, 0.03 * reach)
    return Particles(
        kind="leaves",
        per_m3=round(5.0 * layer.much * (2.6 / reach) ** 3, 2),
        diameter_m=round(size, 4),
        spread=0.25,
        gusts=0.55,
        gust_m=round(0.8 * reach, 3),
        colour=layer.colour or (0.78, 0.38, 0.08),
        variety=0.15 if layer.colour else 1.0,
        brilliance=1.15,
    )


def _confetti(layer: Layer, reach: float, place: Vec3) -> Particles:
    return Particles(
        kind="confetti",
        per_m3=round(70 * layer.much * (2.4 / reach) ** 3, 1),
        diameter_m=round(min(0.026, 0.012 * reach), 4),
        spread=0.18,
        gusts=0.3,
        gust_m=round(0.8 * reach, 3),
        colour=layer.colour or (0.9, 0.2, 0.3),
        variety=0.0 if layer.colour else 1.0,
    )


def _dust(layer: Layer, reach: float, place: Vec3) -> Particles:
    return Particles(
        kind="dust",
        per_m3=round(700 * layer.much * (2.0 / reach) ** 3),
        diameter_m=round(0.0013 * reach**0.5, 5),
        spread=0.45,
        speed_m_s=0.012,
        gusts=0.06,
        gust_m=round(0.7 * reach, 3),
        colour=layer.colour or (1.0, 0.93, 0.8),
        brilliance=5.0,
    )


def _bubbles(layer: Layer, reach: float, place: Vec3) -> Particles:
    return Particles(
        kind="bubbles",
        per_m3=round(9.0 * layer.much * (2.2 / reach) ** 3, 2),
        diameter_m=round(min(0.085, 0.045 * reach), 4),
        spread=0.5,
        speed_m_s=0.05,
        gusts=0.12,
        gust_m=round(0.8 * reach, 3),
    )


def _sparks(layer: Layer, reach: float, place: Vec3) -> Particles:
    return Particles(
        kind="sparks",
        per_s=round(1500 * layer.much),
        life_s=0.9,
        diameter_m=0.0011,
        spread=0.4,
        position=place,
        radius_m=0.008,
        velocity=(round(2.2 * reach**0.5, 3), round(2.3 * reach**0.5, 3), 0.5),
        cone_deg=24.0,
        brilliance=4.2,
    )


def _embers(layer: Layer, reach: float, place: Vec3) -> Particles:
    return Particles(
        kind="embers",
        per_s=round(110 * layer.much),
        life_s=3.2,
        diameter_m=round(0.0035 * min(1.0, reach / 2.5), 5),
        spread=0.4,
        position=place,
        radius_m=round(0.11 * reach, 3),
        velocity=(0.0, 0.9, 0.0),
        cone_deg=35.0,
        gusts=0.4,
        gust_m=round(0.3 * reach, 3),
        brilliance=0.4,
    )


_LOOKS: dict[str, Callable[[Layer, float, Vec3], Particles]] = {
    "rain": _rain,
    "snow": _snow,
    "hail": _hail,
    "leaves": _leaves,
    "confetti": _confetti,
    "dust": _dust,
    "bubbles": _bubbles,
    "sparks": _sparks,
    "embers": _embers,
}
