"""The strict model of a scene file, made from the Scene dataclasses plus the limits of each field.

Defaults and types live in `physics.scene` alone; here each number gets its unit (written into files as a
comment), its range, and an example for error messages.
"""

from __future__ import annotations

import math
import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from typing import Annotated, Any, Literal, Union

from PIL import ImageColor
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from parabola.matter_limits import MATTER_LIMITS
from parabola.mechanics_limits import MECHANICS_LIMITS
from physics.media import Clouds, Gas, Liquid, Matter, Ocean, Particles, Pool, Source
from physics.scene import (
    PATTERNS,
    Body,
    Box,
    Camera,
    Force,
    Ground,
    Light,
    Scene,
    Surface,
    TimeKey,
    Vec2,
    Vec3,
    Waypoint,
    WindKey,
)

FAR = 1000.0  # m, the edge of the world
# class -> field -> (unit, limits, what to give)
_RATIO = ("0 to 1", {"ge": 0, "le": 1}, "a number from 0 to 1")
_COUNT = {"strict": True}
_COLOUR = "'#rrggbb', a CSS name or [r, g, b] with each from 0 to 1"
_COLOURS = {
    (Surface, "colour"),
    (Surface, "colour2"),
    (Ocean, "colour"),
    (Ocean, "bottom"),
    (Gas, "colour"),
    (Pool, "colour"),
    (Liquid, "colour"),
    (Matter, "colour"),
    (Pool, "bottom_colour"),
    (Pool, "bottom_colour2"),
    (Pool, "deck_colour"),
    (Pool, "deck_colour2"),
    (Particles, "colour"),
}
LIMITS: dict[type, dict[str, tuple[str, dict[str, Any], str]]] = {
    Surface: {
        "colour": ("sRGB", {}, "'#rrggbb', a CSS name or [r, g, b] with each from 0 to 1"),
        "colour2": ("sRGB, the pattern's second colour", {},
                    "'#rrggbb', a CSS name or [r, g, b] with each from 0 to 1"),
        "pattern": ("", {}, "one of " + ", ".join(PATTERNS)),
        "pattern_scale": ("m per period; radii on balls", {"gt": 0, "le": 1000}, "a length such as 1.0"),
        "roughness": _RATIO, "metallic": _RATIO, "transmission": _RATIO,
        "ior": ("index of refraction", {"ge": 1, "le": 4}, "an index such as 1.5"),
    },
    Body: {
        "radius": ("m", {"gt": 0, "le": 100}, "a radius in metres such as 0.11"),
        "density": ("kg/m^3, mean", {"gt": 0, "le": 1e5}, "a density in kg/m^3 such as 1100"),
        "inertia_factor": ("I / (m r^2)", {"gt": 0, "le": 0.67}, "0.4 for a solid ball, 0.6667 for a shell"),
        "position": ("m", {"abs": FAR}, "three metres such as [0, 1, 0], within 1 km of the origin"),
        "velocity": ("m/s", {"abs": 1000}, "three speeds such as [1, 0, 0], at most 1000 m/s"),
        "angular_velocity": ("rad/s", {"abs": 10000}, "three rates such as [0, 0, -5]"),
        "orientation": ("rad", {"abs": 100}, "a rotation vector such as [0, 0, 0]"),
        "restitution": _RATIO,
        "friction": ("Coulomb", {"ge": 0, "le": 10}, "a coefficient such as 0.5"),
        "rolling_resistance": ("c_rr", {"ge": 0, "le": 1}, "a coefficient such as 0.01"),
        "drag_coefficient": ("C_d", {"ge": 0, "le": 5}, "a coefficient such as 0.47"),
        "texture": ("picture file, with alpha", {}, "the name of a PNG beside the scene file"),
        "texture_size": ("width, radii", {"gt": 0, "le": 1.8}, "a width in radii such as 1.2"),
        "reach": ("places it has to pass", {}, "a list such as [{at_s: 1, position: [1, 0.5, 0]}]"),
    },
    Waypoint: {
        "at_s": ("s of the clip", {"gt": 0, "le": 1e5}, "a time such as 1.5"),
        "position": ("m", {"abs": FAR}, "three metres such as [1, 0.5, 0]"),
        "pixel": ("px", {}, "a place in the picture such as [256, 300]"),
    },
    WindKey: {
        "at_s": ("s of the clip", {"ge": 0, "le": 1e5}, "a time such as 1.5"),
        "wind": ("m/s", {"abs": 200}, "three speeds such as [4, 0, 0]"),
    },
    Force: {
        "body": ("which ball, from 0", {"ge": 0, "le": 31, **_COUNT}, "a number such as 0"),
        "at_s": ("s of the clip", {"ge": 0, "le": 1e5}, "a time such as 0.5"),
        "until_s": ("s of the clip", {"gt": 0, "le": 1e5}, "a time such as 0.7"),
        "force": ("N", {"abs": 1e6}, "three values such as [0, 20, 0]"),
    },
    TimeKey: {
        "film_s": ("s of the clip", {"ge": 0, "le": 1e5}, "a time such as 1"),
        "simulated_s": ("s", {"ge": 0, "le": 1e5}, "a time such as 1"),
    },
    Box: {
        "centre": ("m", {"abs": FAR}, "three metres such as [0, 0.5, 0]"),
        "half_size": ("m", {"positive": True, "abs": FAR}, "three lengths above 0 such as [0.5, 0.5, 0.5]"),
        "rotation": ("rad", {"abs": 100}, "a rotation vector such as [0, 0, 0]"),
        "restitution": ("factor on the body's", {"ge": 0, "le": 1}, "a number from 0 to 1"),
        "friction": ("Coulomb", {"ge": 0, "le": 10}, "a coefficient such as 0.5"),
        "rolling_resistance": ("c_rr", {"ge": 0, "le": 1}, "a coefficient such as 0.0"),
    },
    Ground: {
        "restitution": ("factor on the body's", {"ge": 0, "le": 1}, "a number from 0 to 1"),
        "friction": ("Coulomb", {"ge": 0, "le": 10}, "a coefficient such as 0.5"),
        "rolling_resistance": ("c_rr", {"ge": 0, "le": 1}, "a coefficient such as 0.0"),
    },
    Camera: {
        "position": ("m", {"abs": FAR}, "three metres such as [0, 0.6, 3]"),
        "look_at": ("m", {"abs": 2 * FAR}, "three metres such as [0, 0.4, 0]"),
        "fov_deg": ("deg, vertical", {"ge": 1, "le": 150}, "an angle such as 35"),
        "focal_mm": ("mm, instead of fov_deg; 0: none", {"ge": 0, "le": 2000}, "a focal length such as 35"),
        "sensor_mm": ("mm, width of the film back", {"gt": 0.5, "le": 200}, "a width such as 36"),
        "move": ("fixed, pan, tilt, dolly, orbit or handheld", {},
                 "fixed, pan, tilt, dolly, orbit or handheld"),
        "rate": ("deg/s; m/s for dolly; share of a hand's sway", {"ge": -720, "le": 720}, "a rate such as 5"),
        "hand": ("draws a hand's sway", {"ge": 0, "le": 2**31 - 1, **_COUNT}, "a whole number such as 0"),
        "shutter_deg": ("0 sharp, 180 film", {"ge": 0, "le": 360}, "an angle such as 180, or 0 for none"),
        "f_stop": ("0 all sharp, 1.4 shallow", {"ge": 0, "le": 1000}, "an f-number such as 2.8, or 0"),
        "focus_m": ("m; 0: at look_at", {"ge": 0, "le": FAR}, "a distance such as 2.5, or 0"),
    },
    Light: {
        "sun_direction": ("towards the sun", {"abs": 1e6, "nonzero": True},
                          "a direction such as [0.5, 0.7, 0.5]"),
        "sun_irradiance": ("linear RGB", {"abs": 1000, "nonnegative": True},
                           "three values such as [2.4, 2.3, 2.1]"),
        "sun_radius_deg": ("deg", {"ge": 0, "le": 60}, "an angle such as 3"),
        "sky_zenith": ("linear RGB", {"abs": 1000, "nonnegative": True},
                       "three values such as [0.3, 0.36, 0.46]"),
        "sky_horizon": ("linear RGB", {"abs": 1000, "nonnegative": True},
                        "three values such as [0.6, 0.6, 0.6]"),
        "glow": ("linear RGB", {"abs": 1000, "nonnegative": True}, "three values such as [0.5, 0.45, 0.4]"),
        "glow_width_deg": ("deg", {"gt": 0, "le": 180}, "an angle such as 35"),
        "keep_colours": ("solve for base colours that show as given", {}, "true or false"),
        "haze_m": ("m", {"gt": 0, "le": 1e6}, "a distance such as 12"),
    },
    Ocean: {
        "fetch_m": ("m of open water upwind", {"ge": 10, "le": 5e6}, "a length such as 150000"),
        "depth_m": ("m", {"ge": 0.05, "le": 12_000}, "a depth such as 200"),
        "swell_height_m": ("m, significant", {"ge": 0, "le": 20}, "a height such as 1.5, or 0 for none"),
        "swell_period_s": ("s", {"ge": 0.5, "le": 30}, "a period such as 11"),
        "swell_direction_deg": ("deg, 0 towards +x, 90 towards -z", {"ge": -360, "le": 360},
                                "an angle such as 30"),
        "choppiness": ("1 true to life, 0 heights only", {"ge": 0, "le": 1.3}, "a factor such as 1"),
        "foam": ("times what the wind makes", {"ge": 0, "le": 10}, "a factor such as 1"),
        "colour": ("sRGB of the light out of deep water", {}, _COLOUR),
        "clarity_m": ("m until light has fallen to 1/e", {"ge": 0.05, "le": 100}, "a length such as 12"),
        "bottom": ("sRGB of the bed", {}, _COLOUR),
        "period_s": ("s after which the waves repeat; 0: never", {"ge": 0, "le": 3600},
                     "a time such as 12, or 0"),
    },
    Clouds: {
        "cover": _RATIO,
        "height_m": ("m", {"ge": 100, "le": 20_000}, "a height such as 2500"),
        "size_m": ("m, of the largest billows", {"ge": 10, "le": 50_000}, "a length such as 1800"),
        "density": ("1 cumulus, 0.3 veils", {"ge": 0, "le": 5}, "a number such as 1"),
    },
    Gas: {
        "floor": ("m, middle of the box's bottom", {"abs": FAR}, "three metres such as [0, 0, 0]"),
        "size": ("m", {"positive": True, "abs": FAR}, "three lengths above 0 such as [1.6, 3.2, 1.6]"),
        "cells": ("of the flow, longest edge", {"ge": 16, "le": 192, **_COUNT}, "a number such as 64"),
        "sources": ("1 to 16", {}, "a list of 1 to 16 sources"),
        "colour": ("sRGB of what smoke scatters", {}, _COLOUR),
        "forward": ("Henyey-Greenstein g", {"ge": -0.95, "le": 0.95}, "a number such as 0.3"),
        "fade_s": ("s until smoke has thinned to 1/e", {"ge": 0.01, "le": 1e4}, "a time such as 6"),
        "cooling_s": ("s until the hottest is at 2/3", {"ge": 0.001, "le": 1e4}, "a time such as 2"),
        "burn_s": ("s until fuel has burnt down to 1/e", {"ge": 0.001, "le": 100}, "a time such as 0.12"),
        "flame_heat": ("K above the air", {"ge": 0, "le": 3000}, "a temperature such as 1350"),
        "soot": ("1/m of smoke that burning leaves", {"ge": 0, "le": 1e4}, "an extinction such as 1"),
        "expansion": ("volumes of gas per fuel, less one", {"ge": 0, "le": 20}, "a number such as 1"),
        "glow": ("radiance at 1600 K of flames as thick as the source", {"ge": 0, "le": 1000}, "2.5"),
        "swirl": ("vorticity confinement", {"ge": 0, "le": 2}, "a number such as 0.25"),
        "gusts": ("m/s^2, stirring near the sources", {"ge": 0, "le": 1000}, "an acceleration such as 1"),
        "ragged": ("contrast of the finest detail", {"ge": 0, "le": 2}, "a number such as 0.8"),
        "before_s": ("s that it has been going", {"ge": 0, "le": 60}, "a time such as 2"),
    },
    Pool: {
        "kind": ("pool or pond", {}, "pool or pond"),
        "length_m": ("m along x", {"gt": 0, "le": 60}, "a length such as 6"),
        "width_m": ("m along z", {"gt": 0, "le": 60}, "a length such as 5"),
        "depth_m": ("m", {"gt": 0, "le": 50}, "a depth such as 1.4"),
        "rim_m": ("m of wall above the water", {"ge": 0, "le": 5}, "a height such as 0.1"),
        "rain_mm_h": ("mm/h", {"ge": 0, "le": 200}, "a rate such as 5, or 0 for none"),
        "chop": ("rms slope of the waves that are there", {"ge": 0, "le": 0.15}, "a slope such as 0.03"),
        "film": ("share under a film, 0 to 1", {"ge": 0, "le": 1}, "a number from 0 to 1"),
        "cells": ("along each side", {"ge": 64, "le": 1024, **_COUNT}, "64, 128, 256, 512 or 1024"),
        "colour": ("sRGB of the light out of deep water", {}, _COLOUR),
        "clarity_m": ("m until light has fallen to 1/e", {"ge": 0.02, "le": 100}, "a length such as 9"),
        "bottom_pattern": ("", {}, "one of " + ", ".join(PATTERNS)),
        "bottom_colour": ("sRGB", {}, _COLOUR),
        "bottom_colour2": ("sRGB", {}, _COLOUR),
        "bottom_scale": ("m per period", {"gt": 0, "le": 1000}, "a length such as 0.6"),
        "deck_pattern": ("", {}, "one of " + ", ".join(PATTERNS)),
        "deck_colour": ("sRGB", {}, _COLOUR),
        "deck_colour2": ("sRGB", {}, _COLOUR),
        "deck_scale": ("m per period", {"gt": 0, "le": 1000}, "a length such as 1"),
        "bank_m": ("m to the trees", {"gt": 0, "le": 10000}, "a distance such as 30"),
        "trees_m": ("m, their height; 0 none", {"ge": 0, "le": 200}, "a height such as 9"),
    },
    Source: {
        "position": ("m, its middle", {"abs": FAR}, "three metres such as [0, 0.05, 0]"),
        "radius": ("m", {"gt": 0, "le": 100}, "a radius such as 0.1"),
        "height": ("m", {"gt": 0, "le": 100}, "a height such as 0.1"),
        "smoke": ("1/m, extinction", {"ge": 0, "le": 1e5}, "an extinction such as 10"),
        "heat": ("K above the air", {"ge": 0, "le": 3000}, "a temperature such as 60"),
        "fuel": _RATIO,
        "velocity": ("m/s", {"abs": 1000}, "three speeds such as [0, 0.5, 0]"),
        "start_s": ("s of the clip", {"ge": -1e6, "le": 1e6}, "a time such as 0"),
        "stop_s": ("s of the clip", {"ge": -1e6, "le": 1e6}, "a time such as 2"),
    },
    **MECHANICS_LIMITS,
    **MATTER_LIMITS,
    Particles: {
        "kind": ("", {}, "rain, snow, hail, leaves, confetti, dust, bubbles, sparks or embers"),
        "per_m3": ("1/m^3", {"ge": 0, "le": 1e6}, "a number in a cubic metre such as 300"),
        "diameter_m": ("m, median", {"gt": 0, "le": 1}, "a size such as 0.002"),
        "spread": ("of ln(diameter)", {"ge": 0, "le": 1.5}, "a number such as 0.3"),
        "speed_m_s": ("m/s; 0: by weight and drag", {"ge": 0, "le": 100}, "a speed such as 1.2"),
        "gusts": ("m/s, rms", {"ge": 0, "le": 20}, "a speed such as 0.3"),
        "colour": ("sRGB", {}, _COLOUR),
        "gust_m": ("m, the largest", {"gt": 0, "le": 100}, "a size such as 2"),
        "variety": _RATIO,
        "brilliance": ("factor on their light", {"ge": 0, "le": 100}, "a number such as 1"),
        "exposure_s": ("s; 0: half a frame", {"ge": 0, "le": 1}, "a time such as 0.01"),
        "wetness": _RATIO,
        "settled": _RATIO,
        "period_s": ("s, 0: never", {"ge": 0, "le": 1e4}, "a time such as 4"),
        "per_s": ("1/s", {"ge": 0, "le": 1e5}, "a rate such as 400"),
        "life_s": ("s, at most", {"ge": 0, "le": 60}, "a time such as 1"),
        "position": ("m, the source's middle", {"abs": FAR}, "three metres such as [0, 0.5, 0]"),
        "radius_m": ("m, of the source", {"ge": 0, "le": 100}, "a radius such as 0.02"),
        "velocity": ("m/s", {"abs": 1000}, "three speeds such as [0, 3, 0]"),
        "cone_deg": ("deg", {"ge": 0, "le": 180}, "an angle such as 30"),
    },
    Scene: {
        "bodies": ("up to 32 balls", {}, "a list of up to 32 balls"),
        "gravity": ("m/s^2", {"abs": 1000}, "three values such as [0, -9.81, 0]"),
        "wind": ("m/s", {"abs": 200}, "three speeds such as [0, 0, 0]"),
        "fluid_density": ("kg/m^3 of the air or water", {"ge": 0, "le": 2000}, "a density such as 1.2"),
        "width": ("px", {"ge": 16, "le": 8192, **_COUNT}, "a size from 16 to 8192"),
        "height": ("px", {"ge": 16, "le": 8192, **_COUNT}, "a size from 16 to 8192"),
        "fps": ("frames/s", {"gt": 0, "le": 1000}, "a rate such as 24"),
        "num_frames": ("", {"ge": 1, "le": 100_000, **_COUNT}, "a number from 1 to 100000"),
        "wind_keys": ("wind at times", {}, "a list such as [{at_s: 0, wind: [4, 0, 0]}]"),
        "forces": ("forces on balls", {}, "a list such as [{at_s: 0.5, until_s: 0.7, force: [0, 20, 0]}]"),
        "time_keys": ("time remap", {}, "two or more such as {film_s: 1, simulated_s: 1}"),
        "time_scale": ("simulated s per s of film", {"gt": 0, "le": 100},
                       "1, or 0.25 for four-fold slow motion"),
        "seed": ("", {"ge": 0, "le": 2**63 - 1, **_COUNT}, "a whole number such as 0"),
    },
}  # fmt: skip


def unit_of(cls: type, name: str) -> str:
    """The comment that a field carries in a file; '' if it needs none."""
    return LIMITS[cls].get(name, ("", {}, ""))[0]


def advice_for(cls: type, name: str) -> str:
    """What to give instead."""
    return LIMITS[cls].get(name, ("", {}, ""))[2]


def parse_colour(value: Any) -> Any:
    """'#rrggbb', a CSS name or [r, g, b] in [0, 1] -> (r, g, b)."""
    if isinstance(value, str):
        try:
            return tuple(channel / 255 for channel in ImageColor.getrgb(value)[:3])
        except ValueError:
            raise ValueError(f"unknown colour {value!r}") from None
    if value is None:
        raise ValueError("no colour (a '#' outside quotes starts a comment)")
    return _to_tuple(value)


def _to_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_vector(limits: dict[str, Any]):
    def check(value: Vec3) -> Vec3:
        if max(map(abs, value)) > limits.get("abs", math.inf):
            raise ValueError(f"must be within {limits['abs']:g} of 0 on each axis")
        if limits.get("positive") and min(value) <= 0:
            raise ValueError("must be > 0 on each axis")
        if limits.get("nonnegative") and min(value) < 0:
            raise ValueError("must not be negative")
        if limits.get("nonzero") and not any(value):
            raise ValueError("must not be all zero")
        return value

    return check


def _check_colour(value: Vec3) -> Vec3:
    if not all(0 <= channel <= 1 for channel in value):
        raise ValueError("channels must be from 0 to 1")
    return value


def _check_pattern(value: str) -> str:
    if value not in PATTERNS:
        raise ValueError(f"unknown pattern {value!r}")
    return value


_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
Finite = Annotated[float, Field(allow_inf_nan=False)]
_PAIR = tuple[Finite, Finite]
_TRIPLE = tuple[Finite, Finite, Finite]


def _type_of(cls: type, name: str, hint: Any) -> Any:
    limits = LIMITS[cls].get(name, ("", {}, ""))[1]
    if (cls, name) in _COLOURS:
        return Annotated[_TRIPLE, BeforeValidator(parse_colour), AfterValidator(_check_colour)]
    if name == "pattern":
        return Annotated[str, AfterValidator(_check_pattern)]
    if hint == Vec3:
        return Annotated[_TRIPLE, BeforeValidator(_to_tuple), AfterValidator(_check_vector(limits))]
    if hint == Vec2:
        return Annotated[_PAIR, BeforeValidator(_to_tuple)]
    if is_dataclass(hint):
        return model_of(typing.cast(type, hint))
    arguments = typing.get_args(hint)
    if arguments == (float, ...):
        return Annotated[tuple[Annotated[Finite, Field(**limits)], ...], BeforeValidator(_to_tuple)]
    if typing.get_origin(hint) is tuple:
        return Annotated[tuple[model_of(arguments[0]), ...], BeforeValidator(_to_tuple)]  # type: ignore[misc]
    if typing.get_origin(hint) in (Union, types.UnionType):
        return _type_of(cls, name, arguments[0]) | None
    if hint is str:
        return Annotated[str, Field(max_length=20_000)]
    return hint if typing.get_origin(hint) is Literal else Annotated[hint, Field(**limits)]


_MODELS: dict[type, type[BaseModel]] = {}


def model_of(cls: type) -> type[BaseModel]:
    """The pydantic model of one of the scene dataclasses."""
    if cls not in _MODELS:
        hints = typing.get_type_hints(cls)
        definitions: dict[str, Any] = {}
        for item in fields(cls):
            default = (
                item.default
                if item.default_factory is MISSING
                else Field(default_factory=item.default_factory)
            )
            definitions[item.name] = (_type_of(cls, item.name, hints[item.name]), default)
        _MODELS[cls] = create_model(cls.__name__, __config__=_STRICT, **definitions)
    return _MODELS[cls]


def to_dataclass(cls: type, value: Any) -> Any:
    """A validated model (or a default that is a dataclass already) as the plain frozen dataclass."""
    if not isinstance(value, BaseModel):
        return value
    hints = typing.get_type_hints(cls)
    return cls(
        **{item.name: _field_value(hints[item.name], getattr(value, item.name)) for item in fields(cls)}
    )


def _field_value(hint: Any, value: Any) -> Any:
    arguments = typing.get_args(hint)
    if is_dataclass(hint):
        return to_dataclass(typing.cast(type, hint), value)
    if arguments == (float, ...):
        return tuple(float(number) for number in value)
    if typing.get_origin(hint) is tuple and arguments and is_dataclass(arguments[0]):
        return tuple(to_dataclass(typing.cast(type, arguments[0]), item) for item in value)
    if value is not None and arguments and is_dataclass(arguments[0]):
        return to_dataclass(typing.cast(type, arguments[0]), value)
    if value is not None and {Vec2, Vec3} & {hint, *arguments}:
        return tuple(float(component) for component in value)
    return float(value) if hint is float and value is not None else value
