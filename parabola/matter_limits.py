"""Units, ranges and examples of the fields of water, jelly, sand, snow and goo in scene files."""

from __future__ import annotations

from typing import Any

from physics.media import Liquid, Lump, Matter, Spout, Volume

FAR = 1000.0  # m, the edge of the world
_RATIO = ("0 to 1", {"ge": 0, "le": 1}, "a number from 0 to 1")
_COUNT = {"strict": True}
_COLOUR = "'#rrggbb', a CSS name or [r, g, b] with each from 0 to 1"

# class -> field -> (unit, limits, what to give)
MATTER_LIMITS: dict[type, dict[str, tuple[str, dict[str, Any], str]]] = {
    Liquid: {
        "floor": ("m, middle of the box's bottom", {"abs": FAR}, "three metres such as [0, 0, 0]"),
        "size": ("m", {"positive": True, "abs": FAR}, "three lengths above 0 such as [1, 0.6, 0.4]"),
        "cells": ("along the longest edge", {"ge": 16, "le": 128, **_COUNT}, "a number such as 64"),
        "glass": ("true: a tank; false: water runs off at the sides", {}, "true or false"),
        "volumes": ("water at the start", {}, "a list such as [{centre: [0, 0.2, 0], size: [1, 0.4, 1]}]"),
        "spouts": ("jets", {}, "a list such as [{position: [0, 0.5, 0], velocity: [0, -1, 0]}]"),
        "colour": ("sRGB that white light takes on", {}, _COLOUR),
        "clarity_m": ("m of water that tint so much", {"gt": 0, "le": 1000}, "a length such as 1.2"),
        "foam": ("times what the motion makes", {"ge": 0, "le": 10}, "a factor such as 1"),
    },
    Volume: {
        "centre": ("m", {"abs": FAR}, "three metres such as [0, 0.2, 0]"),
        "size": ("m", {"positive": True, "abs": FAR}, "three lengths above 0"),
        "round": ("a ball", {}, "true or false"),
        "velocity": ("m/s", {"abs": 50}, "three speeds such as [0, -2, 0]"),
    },
    Spout: {
        "position": ("m", {"abs": FAR}, "three metres such as [0, 0.5, 0]"),
        "velocity": ("m/s", {"abs": 50, "nonzero": True}, "three speeds such as [0, -1, 0]"),
        "radius": ("m", {"gt": 0, "le": 10}, "a radius such as 0.03"),
        "start_s": ("s of the clip", {"ge": -1e6, "le": 1e6}, "a time such as 0"),
        "stop_s": ("s of the clip", {"ge": -1e6, "le": 1e6}, "a time such as 2"),
    },
    Matter: {
        "kind": ("jelly, sand, snow or goo", {}, "jelly, sand, snow or goo"),
        "floor": ("m, middle of the box's bottom", {"abs": FAR}, "three metres such as [0, 0, 0]"),
        "size": ("m", {"positive": True, "abs": 100}, "three lengths above 0 such as [0.7, 0.5, 0.7]"),
        "cells": ("along the longest edge", {"ge": 16, "le": 128, **_COUNT}, "a number such as 56"),
        "density": ("kg/m^3", {"gt": 0, "le": 1e5}, "a density such as 1600"),
        "stiffness_pa": ("Pa, Young's modulus", {"gt": 0, "le": 1e9}, "a modulus such as 1e5"),
        "poisson": ("Poisson's ratio", {"ge": 0, "le": 0.45}, "a ratio such as 0.25"),
        "friction_deg": ("deg, of sand", {"ge": 5, "le": 50}, "an angle such as 34"),
        "cohesion_pa": ("Pa that sand bears in tension", {"ge": 0, "le": 1e6}, "0, or 200 for damp sand"),
        "squeeze": ("strain that crushes snow", {"gt": 0, "le": 0.5}, "a strain such as 0.025"),
        "stretch": ("strain that breaks snow", {"gt": 0, "le": 0.5}, "a strain such as 0.0075"),
        "hardening": ("of crushed snow", {"ge": 0, "le": 50}, "a number such as 8"),
        "yield_pa": ("Pa at which goo flows", {"ge": 0, "le": 1e6}, "a stress such as 30"),
        "viscosity_pa_s": ("Pa s, of goo and jelly", {"ge": 0, "le": 1e5}, "a viscosity such as 10"),
        "grip": ("Coulomb, at floor and balls", {"ge": 0, "le": 10}, "a coefficient such as 0.7"),
        "colour": ("sRGB", {}, _COLOUR),
        "clarity_m": ("m to 1/e of the light; 0: opaque", {"ge": 0, "le": 10}, "a length such as 0.05"),
        "roughness": _RATIO,
        "grain": ("contrast of the grains", {"ge": 0, "le": 1}, "a number from 0 to 1"),
    },
    Lump: {
        "centre": ("m", {"abs": FAR}, "three metres such as [0, 0.2, 0]"),
        "size": ("m", {"positive": True, "abs": 100}, "three lengths above 0 such as [0.2, 0.2, 0.2]"),
        "shape": ("box, ball, cylinder or cone", {}, "box, ball, cylinder or cone"),
        "velocity": ("m/s", {"abs": 50}, "three speeds such as [0, -2, 0]"),
        "spin": ("rad/s", {"abs": 100}, "three rates such as [0, 0, 2]"),
    },
}  # fmt: skip
