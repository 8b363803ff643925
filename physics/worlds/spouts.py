"""Jets that bring particles into a simulated box: how many, where in the jet, at what speed.

Particles wait in a fixed store until a spout needs them, so that a program's shapes stay the same. A world
that has spouts tells its `spouts`, `cells`, `cell` m, `corner` m, `gravity` cells/s^2,
`frame` s and `seed`; its state holds
`time`, `place`, `velocity` (cells, seconds) and `alive`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import jax.numpy as jnp
import numpy as np

from physics.media import Spout
from physics.worlds.particle_box import PER_CELL, open_for


class Spouting(Protocol):
    """What a world tells about its jets."""

    @property
    def spouts(self) -> tuple[Spout, ...]: ...
    @property
    def cells(self) -> tuple[int, int, int]: ...
    @property
    def cell(self) -> float: ...
    @property
    def corner(self) -> np.ndarray: ...
    @property
    def gravity(self) -> np.ndarray: ...
    @property
    def frame(self) -> float: ...
    @property
    def seed(self) -> int: ...


def spout_count(world: Spouting, s: Spout, frames: int) -> int:
    """Particles that a spout brings in a clip."""
    return int(np.ceil(_rate(world, s) * open_for(s, frames * world.frame))) + 64


def _rate(world: Spouting, s: Spout) -> float:
    """Particles per second."""
    return np.pi * s.radius**2 * float(np.linalg.norm(s.velocity)) * PER_CELL / world.cell**3


def poured(world: Spouting, state: Any, debt: list[float]) -> Any:
    """The state with what the spouts bring in a frame, spread over the way that it goes in it."""
    time = float(state.time)
    fresh = []
    for i, s in enumerate(world.spouts):
        if s.start_s <= time < s.stop_s:
            debt[i] += _rate(world, s) * world.frame
            fresh.append((i, s, int(debt[i])))
            debt[i] -= int(debt[i])
    if not fresh:
        return state
    place, velocity, alive = (np.array(a) for a in (state.place, state.velocity, state.alive))
    rng = np.random.default_rng([world.seed, 22, round(1e4 * time)])
    for _, s, count in fresh:
        free = np.flatnonzero(alive == 0)[:count]
        place[:, free], velocity[:, free] = _disc(world, s, len(free), rng)
        alive[free] = 1.0
    place[:] = np.clip(place, 0.05, np.array(world.cells)[:, None] - 0.05)
    return replace(state, place=jnp.asarray(place), velocity=jnp.asarray(velocity), alive=jnp.asarray(alive))


def _disc(world: Spouting, s: Spout, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Places and velocities (3, n), cells and s, in the piece of jet that a frame brings.

    Each particle has fallen freely since it came out, at its own time of the frame: jets do not bead.
    """
    axis = np.array(s.velocity) / max(float(np.linalg.norm(s.velocity)), 1e-9)
    side = np.cross(axis, [1.0, 0.0, 0.0] if abs(axis[0]) < 0.9 else [0.0, 0.0, 1.0])
    side = side / np.linalg.norm(side)
    turn, reach = 2 * np.pi * rng.random(n), s.radius * np.sqrt(rng.random(n))
    across = np.outer(side, reach * np.cos(turn)) + np.outer(np.cross(axis, side), reach * np.sin(turn))
    since = world.frame * (np.arange(n) + rng.random(n)) / max(n, 1)
    velocity = np.array(s.velocity)[:, None] / world.cell + np.outer(world.gravity, since)
    along = np.array(s.velocity)[:, None] / world.cell * since + np.outer(world.gravity, 0.5 * since**2)
    return (np.array(s.position)[:, None] + across - world.corner[:, None]) / world.cell + along, velocity
