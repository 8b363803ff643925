"""A scene's water as particles on a grid: what there is at the start, what spouts bring, frame after frame.

SI units outside, grid cells inside (`physics.worlds.liquid`). Particles wait in a fixed store until a spout
needs them, so that a program's shapes stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from physics.media import Spout, Volume
from physics.scene import Scene
from physics.worlds import liquid as lq
from physics.worlds.liquid import Balls, LiquidState
from physics.worlds.liquid_check import check_liquid
from physics.worlds.liquid_solve import Grid
from physics.worlds.particle_box import grid_of
from physics.worlds.spouts import poured, spout_count

WATER = 998.2  # kg/m^3


@dataclass(frozen=True)
class LiquidWorld:
    """Water ready to run."""

    grid: Grid
    cell: float  # m
    corner: np.ndarray  # (3,) m, of the box
    gravity: np.ndarray  # (3,) cells/s^2
    frame: float  # s of simulated time per frame
    loose: bool  # water runs off at the sides
    spouts: tuple[Spout, ...]
    seed: int

    @property
    def cells(self) -> tuple[int, int, int]:
        """Of the box along x, y, z."""
        return self.grid.cells


def build_world(scene: Scene) -> LiquidWorld:
    """The water of a scene; ValueError with one line where it cannot be run."""
    water = scene.liquid
    assert water is not None
    check_liquid(scene)
    cells, cell = grid_of(water)
    size = np.array(cells) * cell
    corner = np.array(water.floor) - np.array([0.5, 0.0, 0.5]) * size
    gravity = np.float32(np.array(scene.gravity) / cell)
    seed = abs(int(scene.seed)) % 2**63
    return LiquidWorld(Grid(cells), cell, corner, gravity, scene.time_scale / scene.fps, not water.glass,
                       water.spouts, seed)  # fmt: skip


def start(world: LiquidWorld, scene: Scene) -> LiquidState:
    """The water at the first frame, with room for what the spouts bring."""
    water = scene.liquid
    assert water is not None
    rng = np.random.default_rng([world.seed, 21])
    parts = [_filled(world, v, rng) for v in water.volumes]
    place = np.concatenate([p for p, _ in parts] or [np.zeros((3, 0), np.float32)], 1)
    velocity = np.concatenate([v for _, v in parts] or [np.zeros((3, 0), np.float32)], 1)
    coming = sum(spout_count(world, s, scene.num_frames) for s in world.spouts)
    n, m = place.shape[1], place.shape[1] + coming
    f32 = np.float32
    shut = np.tile(np.array([[1.0], [1.0], [1.0]], f32), coming)
    alive = np.concatenate([np.ones(n, f32), np.zeros(coming, f32)])
    return LiquidState(
        time=jnp.float32(0.0),
        place=jnp.asarray(np.concatenate([place, shut], 1), jnp.float32),
        velocity=jnp.asarray(np.concatenate([velocity, 0 * shut], 1), jnp.float32),
        affine=jnp.zeros((3, 3, m), jnp.float32),
        alive=jnp.asarray(alive),
        foam=jnp.zeros(m, jnp.float32),
        balls=_balls(world, scene),
        pressure=jnp.zeros(world.grid.cells, jnp.float32),
    )


def _filled(world: LiquidWorld, v: Volume, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Places and velocities (3, n) of the particles of a volume: a jittered lattice, 8 a cell."""
    size = np.array(v.size)
    low, high = ((np.array(v.centre) + s * size - world.corner) / world.cell for s in (-0.5, 0.5))
    low, high = (
        np.clip(np.round(2 * low) / 2, 0, None),
        np.clip(np.round(2 * high) / 2, None, world.grid.cells),
    )
    axes = [np.arange(a + 0.25, b, 0.5) for a, b in zip(low, high, strict=True)]
    p = np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)
    p = p + rng.uniform(-0.1, 0.1, p.shape)
    if v.round:
        middle = (np.array(v.centre) - world.corner) / world.cell
        p = p[:, np.sum(((p - middle[:, None]) / (0.5 * size / world.cell)[:, None]) ** 2, 0) < 1]
    speed = np.repeat(np.array(v.velocity)[:, None] / world.cell, p.shape[1], 1)
    return p.astype(np.float32), speed.astype(np.float32)


def _balls(world: LiquidWorld, scene: Scene) -> Balls:
    f32 = np.float32
    place = np.array([b.position for b in scene.bodies]).reshape(-1, 3)
    return Balls(
        place=jnp.asarray(f32((place - world.corner) / world.cell)),
        velocity=jnp.asarray(f32(np.array([b.velocity for b in scene.bodies]).reshape(-1, 3) / world.cell)),
        radius=jnp.asarray(f32([b.radius / world.cell for b in scene.bodies])),
        density=jnp.asarray(f32([b.density / WATER for b in scene.bodies])),
    )


def frames(world: LiquidWorld, state: LiquidState, count: int) -> Iterator[LiquidState]:
    """The states of `count` frames."""
    debt = [0.0] * len(world.spouts)
    for k in range(count):
        if k:
            state = advance(world, poured(world, state, debt))
        yield state


def advance(world: LiquidWorld, state: LiquidState) -> LiquidState:
    """The state one frame later, in as many steps as the fastest particle asks for. Pure."""
    fall = float(np.linalg.norm(world.gravity)) * world.frame
    fastest = float(jnp.max(jnp.abs(state.velocity) * state.alive)) if state.alive.shape[0] else 0.0
    fastest = max(fastest, float(jnp.max(jnp.abs(state.balls.velocity), initial=0.0)))
    steps = int(np.clip(np.ceil((fastest + 0.5 * fall) * world.frame / lq.CFL), 1, lq.MOST_STEPS))
    dt = np.float32(world.frame / steps)
    after = lq.advance(world.grid, state, world.gravity, dt, np.int32(steps), world.loose, False)
    if not bool(jnp.isfinite(jnp.sum(after.place) + jnp.sum(after.velocity))):
        raise ValueError(
            f"liquid: the water blew up at {float(after.time):.2f} s; give fewer cells or slower water"
        )
    return after
