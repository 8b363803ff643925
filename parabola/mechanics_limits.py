"""Units, ranges and examples of the fields of `physics.mechanics` in scene files (`parabola.scene_model`)."""

from __future__ import annotations

from typing import Any

from physics.mechanics import Block, Linkage, Rod, Rope, Sheet

FAR = 1000.0  # m, the edge of the world
_RATIO = ("0 to 1", {"ge": 0, "le": 1}, "a number from 0 to 1")
_COUNT = {"strict": True}

# class -> field -> (unit, limits, what to give)
MECHANICS_LIMITS: dict[type, dict[str, tuple[str, dict[str, Any], str]]] = {
    Linkage: {
        "kind": ("pendulum, spring or cradle", {}, "pendulum, spring or cradle"),
        "pivot": ("m", {"abs": FAR}, "three metres such as [0, 1.2, 0]"),
        "lengths": ("m", {"gt": 0, "le": 100}, "lengths above 0 such as [1.0, 0.6]"),
        "angles_deg": ("deg from straight down", {"ge": -180, "le": 180}, "angles such as [30, 60]"),
        "heading_deg": ("deg, 0: swings along x", {"ge": -360, "le": 360}, "an angle such as 0"),
        "stiffness": ("N/m", {"gt": 0, "le": 1e6}, "a stiffness such as 40"),
        "stretch_m": ("m beyond natural length", {"ge": -100, "le": 100}, "a length such as 0.1"),
        "damping": ("1/s", {"ge": 0, "le": 100}, "a rate such as 0.05"),
        "radius": ("m, of rods and wires", {"gt": 0, "le": 1}, "a radius such as 0.004"),
    },
    Block: {
        "half_size": ("m", {"positive": True, "abs": 100}, "three lengths above 0 such as [0.1, 0.1, 0.1]"),
        "density": ("kg/m^3", {"gt": 0, "le": 1e5}, "a density in kg/m^3 such as 650"),
        "position": ("m", {"abs": FAR}, "three metres such as [0, 0.5, 0]"),
        "rotation": ("rad", {"abs": 100}, "a rotation vector such as [0, 0, 0]"),
        "velocity": ("m/s", {"abs": 1000}, "three speeds such as [1, 0, 0]"),
        "angular_velocity": ("rad/s", {"abs": 1000}, "three rates such as [0, 0, -5]"),
        "restitution": _RATIO,
        "friction": ("Coulomb", {"ge": 0, "le": 10}, "a coefficient such as 0.5"),
        "hinge": ("world axis; null: free", {"nonzero": True}, "an axis such as [0, 0, 1], or null"),
        "bevel": ("m", {"ge": 0, "le": 1}, "a width such as 0.003"),
    },
    Rod: {
        "start": ("m", {"abs": FAR}, "three metres such as [0, 0, 0]"),
        "end": ("m", {"abs": FAR}, "three metres such as [0, 1, 0]"),
        "radius": ("m", {"gt": 0, "le": 10}, "a radius such as 0.02"),
    },
    Sheet: {
        "corner": ("m", {"abs": FAR}, "three metres such as [0, 1.5, 0]"),
        "across": ("m, along its rows", {"abs": 100, "nonzero": True}, "three metres such as [1.2, 0, 0]"),
        "down": ("m, along its columns", {"abs": 100, "nonzero": True}, "three metres such as [0, -0.8, 0]"),
        "cells": ("along the longer edge", {"ge": 8, "le": 96, **_COUNT}, "a number such as 40"),
        "held": ("none, left, top, rings or corners", {}, "none, left, top, rings or corners"),
        "fullness": ("widths of cloth per width hung", {"ge": 1, "le": 3}, "a factor such as 1.6"),
        "density": ("kg/m^2", {"gt": 0.005, "le": 5}, "a density such as 0.15"),
        "bending": ("0 silk, 1 canvas", {"ge": 0, "le": 1}, "a number from 0 to 1"),
        "thickness": ("m that layers keep", {"gt": 0, "le": 0.2}, "a length such as 0.012"),
        "friction": ("Coulomb", {"ge": 0, "le": 10}, "a coefficient such as 0.4"),
        "before_s": ("s that it has hung", {"ge": 0, "le": 30}, "a time such as 2"),
        "sheer": ("0 to 1, light that comes through", {"ge": 0, "le": 1}, "a number from 0 to 1"),
    },
    Rope: {
        "kind": ("rope, chain or string", {}, "rope, chain or string"),
        "start": ("m", {"abs": FAR}, "three metres such as [-1, 1.5, 0]"),
        "end": ("m", {"abs": FAR}, "three metres such as [1, 1.5, 0]"),
        "length": ("m", {"gt": 0, "le": 200}, "a length such as 2.5"),
        "held": ("both, start or none", {}, "both, start or none"),
        "radius": ("m", {"gt": 0, "le": 1}, "a radius such as 0.015"),
        "density": ("kg/m", {"gt": 0, "le": 1000}, "a density such as 0.3"),
        "cells": ("", {"ge": 4, "le": 128, **_COUNT}, "a number such as 32"),
        "friction": ("Coulomb", {"ge": 0, "le": 10}, "a coefficient such as 0.5"),
        "before_s": ("s that it has hung", {"ge": 0, "le": 30}, "a time such as 2"),
    },
}  # fmt: skip
