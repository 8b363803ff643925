"""Mechanics: what a scene holds that hangs, swings, topples or flutters, as plain frozen data in SI units.

Nothing here computes; `physics.worlds` reads it: `linkage` (pendulums, springs, Newton's cradle), `blocks`
(boxes that move), `sheets` and `ropes` (cloth, ropes, chains). Rods are there to be seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from physics.surface import Surface, Vec3


@dataclass(frozen=True, kw_only=True)
class Linkage:
    """What the scene's bodies hang on, in order; their positions at t = 0 follow from it."""

    kind: Literal["pendulum", "spring", "cradle"] = (
        "pendulum"  # a chain of rods; a spring; balls side by side
    )
    pivot: Vec3 = (0.0, 1.2, 0.0)  # m, where the first body hangs; of a cradle, above the row's middle
    lengths: tuple[float, ...] = (
        1.0,
    )  # m, pivot to centre, then centre to centre; a spring's natural length
    angles_deg: tuple[float, ...] = (30.0,)  # deg from straight down at t = 0, one per body
    heading_deg: float = 0.0  # deg by which the plane of the swing is turned from x-y about the upright
    stiffness: float = 40.0  # N/m, of a spring
    stretch_m: float = 0.0  # m beyond its natural length at t = 0, of a spring
    damping: float = 0.0  # 1/s, rate at which a swing's speed decays besides the drag of the air
    radius: float = 0.004  # m, of rods, strings and the spring's wire
    surface: Surface = field(default_factory=Surface)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A box that moves."""

    name: str = "block"
    half_size: Vec3 = (0.05, 0.05, 0.05)  # m, along the box's own axes
    density: float = 650.0  # kg/m^3
    position: Vec3 = (0.0, 0.05, 0.0)  # m, world, of its middle at t = 0
    rotation: Vec3 = (0.0, 0.0, 0.0)  # rad, rotation vector box -> world at t = 0
    velocity: Vec3 = (0.0, 0.0, 0.0)  # m/s
    angular_velocity: Vec3 = (0.0, 0.0, 0.0)  # rad/s, world axes
    restitution: float = 0.2  # between two like it; with others the geometric mean
    friction: float = 0.5  # Coulomb coefficient of this side
    hinge: Vec3 | None = None  # world axis through its middle about which alone it turns; None: free
    bevel: float = 0.003  # m, width of its rounded edges
    surface: Surface = field(default_factory=Surface)


@dataclass(frozen=True, kw_only=True)
class Rod:
    """A round bar that stands still: pole, post, stand, curtain rail."""

    start: Vec3 = (0.0, 0.0, 0.0)  # m
    end: Vec3 = (0.0, 1.0, 0.0)  # m
    radius: float = 0.02  # m
    surface: Surface = field(default_factory=Surface)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A rectangle of cloth."""

    name: str = "cloth"
    corner: Vec3 = (0.0, 1.5, 0.0)  # m, its first corner at t = 0
    across: Vec3 = (1.2, 0.0, 0.0)  # m, edge from the first corner along its rows
    down: Vec3 = (0.0, -0.8, 0.0)  # m, edge from the first corner along its columns
    cells: int = 40  # along the longer edge
    held: Literal["none", "left", "top", "rings", "corners"] = "none"  # rings: the top, here and there
    fullness: float = 1.0  # width of the cloth over the width across which its top hangs
    density: float = 0.15  # kg/m^2
    bending: float = 0.3  # 0 silk, 1 canvas
    thickness: float = 0.012  # m, distance that layers keep
    friction: float = 0.4  # Coulomb, on bodies, boxes and the ground
    before_s: float = 0.0  # s that it has hung before the first frame
    sheer: float = 0.25  # share of light that comes through
    surface: Surface = field(default_factory=Surface)


@dataclass(frozen=True, kw_only=True)
class Rope:
    """A rope, string or chain of round links."""

    name: str = "rope"
    kind: Literal["rope", "chain", "string"] = "rope"
    start: Vec3 = (-1.0, 1.5, 0.0)  # m
    end: Vec3 = (1.0, 1.5, 0.0)  # m, at t = 0
    length: float = 2.5  # m
    held: Literal["both", "start", "none"] = "both"
    radius: float = 0.015  # m; of a chain, of the links' wire
    density: float = 0.3  # kg/m
    cells: int = 32
    friction: float = 0.5
    before_s: float = 0.0  # s that it has hung before the first frame
    surface: Surface = field(default_factory=Surface)
