"""Water with a free surface: particles that carry momentum over a staggered grid, incompressible on it.

Affine particle-in-cell (APIC; Jiang, Schroeder, Selle, Teran & Stomakhin 2015, eqs. 10-12 on a staggered grid
with trilinear weights): particles give mass, momentum and its gradient to the grid, the grid is made
incompressible (`liquid_solve`), particles take the new velocity and its gradient back and move with it. A
cell is water from half a filling on; the drift of the filling is led back through the divergence (after
Kugelstadt, Longva, Thuerey & Bender 2019, with a rate in place of a second solve). Spheres are coupled both
ways inside the pressure solve (Batty, Bertails & Bridson 2007).

Coordinates: grid cells, origin at the box's lower corner; arrays are structures of arrays (3, N).
Limits: no viscosity, no surface tension, no air; spray below half a filling flies free; spheres do not turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from physics.worlds.liquid_solve import Faces, Grid, project
from physics.worlds.particle_box import PER_CELL

FULL = 0.5  # filling from which a cell is water
LEAD = 12.0  # 1/s, rate at which the filling is led back
CFL = 1.5  # cells that the fastest particle moves in a step
MOST_STEPS = 24  # a frame
CLING = 12.0  # 1/s, rate at which a film on an open floor comes to rest
SKIN = 0.02  # cells between particles and walls
RESTITUTION = 0.35  # of balls at the tank


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Balls:
    """Spheres in the water; world axes, grid units (cells, seconds)."""

    place: Array  # (b, 3)
    velocity: Array  # (b, 3) 1/s
    radius: Array  # (b,)
    density: Array  # (b,) over that of water


def ball_tracks(states: Iterable[Any], cell: float, corner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places in m and velocities in m/s (frames, b, 3) of the balls of a world's states."""
    place, speed = [], []
    for state in states:
        place.append(np.asarray(state.balls.place, float) * cell + corner)
        speed.append(np.asarray(state.balls.velocity, float) * cell)
    return np.stack(place), np.stack(speed)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class LiquidState:
    """All particles and balls at one time."""

    time: Array  # () s
    place: Array  # (3, N) cells
    velocity: Array  # (3, N) cells/s
    affine: Array  # (3, 3, N) 1/s, gradient of component a along axis b
    alive: Array  # (N,) 1 in the box, 0 not (yet)
    foam: Array  # (N,) 0 to 1
    balls: Balls
    pressure: Array  # (nx, ny, nz) of the last step, for a first guess


def weights(grid: Grid, place: Array, axis: int) -> tuple[list[Array], list[Array], list[Array], Array]:
    """Rows, weights and corners of the 8 faces of `axis` (3: cells) around particles; places there (3, N)."""
    shape = grid.face_shape(axis)
    first, part = [], []
    for a in range(3):
        q = place[a] - (0.0 if a == axis else 0.5)
        i = jnp.clip(jnp.floor(q), 0, shape[a] - 2)
        first.append(i.astype(jnp.int32))
        part.append(jnp.clip(q - i, 0.0, 1.0))
    rows, shares, away = [], [], []
    for corner in range(8):
        d = (corner >> 2 & 1, corner >> 1 & 1, corner & 1)
        rows.append(((first[0] + d[0]) * shape[1] + first[1] + d[1]) * shape[2] + first[2] + d[2])
        share = 1.0
        for a in range(3):
            share = share * (part[a] if d[a] else 1 - part[a])
        shares.append(share)
        away.append(d)
    return rows, shares, away, jnp.stack(part)


def to_faces(grid: Grid, state: LiquidState) -> tuple[Faces, Array]:
    """Velocity on the faces, and the filling (nx, ny, nz) of the cells."""
    out = []
    for axis in range(3):
        rows, shares, away, part = weights(grid, state.place, axis)
        values = []
        for share, d in zip(shares, away, strict=True):
            mass = share * state.alive
            carried = state.velocity[axis]
            for b in range(3):
                carried = carried + state.affine[axis, b] * (d[b] - part[b])
            values.append(jnp.stack([mass, mass * carried], 1))
        sums = _summed(grid.face_shape(axis), rows, values, 2)
        out.append(jnp.where(sums[..., 0] > 1e-6, sums[..., 1] / jnp.maximum(sums[..., 0], 1e-6), 0.0))
    rows, shares, _, _ = weights(grid, state.place, 3)
    filling = _summed(grid.cells, rows, [(s * state.alive)[:, None] for s in shares], 1)[..., 0] / PER_CELL
    return (out[0], out[1], out[2]), filling


def _summed(shape, rows, values, width: int) -> Array:
    total = jnp.zeros((int(np.prod(shape)), width))
    total = total.at[jnp.concatenate(rows)].add(jnp.concatenate(values), mode="promise_in_bounds")
    return total.reshape(*shape, width)


def to_particles(grid: Grid, faces: Faces, place: Array) -> tuple[Array, Array]:
    """Velocity (3, N) and its gradient (3, 3, N) at particles."""
    velocity, affine = [], []
    for axis in range(3):
        rows, _, away, part = weights(grid, place, axis)
        flat = faces[axis].reshape(-1)
        corner = [flat.at[r].get(mode="promise_in_bounds") for r in rows]
        total, slope = 0.0, [0.0, 0.0, 0.0]
        for value, d in zip(corner, away, strict=True):
            f = [part[a] if d[a] else 1 - part[a] for a in range(3)]
            total = total + f[0] * f[1] * f[2] * value
            for a in range(3):
                others = f[a - 1] * f[a - 2]
                slope[a] = slope[a] + (others if d[a] else -others) * value
        velocity.append(total)
        affine.append(jnp.stack(slope))
    return jnp.stack(velocity), jnp.stack(affine)


@partial(jax.jit, static_argnums=(0, 5, 6))
def advance(
    grid: Grid, state: LiquidState, gravity: Array, dt, steps, loose: bool, tight: bool
) -> LiquidState:
    """`steps` steps of `dt` seconds; `gravity` (3,) cells/s^2. `loose`: water leaves at the sides."""
    return lax.fori_loop(0, steps, lambda _, s: step(grid, s, gravity, dt, loose, tight), state)


def step(
    grid: Grid, state: LiquidState, gravity: Array, dt, loose: bool = False, tight: bool = False
) -> LiquidState:
    """One step. Pure."""
    faces, filling = to_faces(grid, state)
    faces = tuple(u + gravity[a] * dt for a, u in enumerate(faces))
    balls = Balls(
        state.balls.place, state.balls.velocity + gravity * dt, state.balls.radius, state.balls.density
    )
    wanted = LEAD * jnp.where(filling > 1.0, jnp.minimum(filling - 1.0, 0.5), 0.0)
    inner = _all_around(filling > FULL)
    wanted = wanted + LEAD * inner * jnp.clip(filling - 1.0, -0.3, 0.0)
    faces, velocity, pressure = project(
        grid, faces, filling > FULL, balls, wanted, dt, state.pressure, loose, tight
    )
    moved, affine = to_particles(grid, faces, state.place)
    place = state.place + dt * moved
    place, moved, alive = _confined(grid, place, moved, state.alive, loose)
    moved = _clinging(place, moved, filling, dt) if loose else moved
    balls = _rolled(grid, balls, velocity, dt)
    place = _outside(place, balls)
    foam = _foamed(state, affine, filling, dt)
    return LiquidState(state.time + dt, place, moved, affine, alive, foam, balls, pressure)


def _all_around(wet: Array) -> Array:
    """Cells whose six neighbours are water too, or walls (nx, ny, nz)."""
    out = wet
    for a in range(3):
        padded = jnp.pad(wet, [(1, 1) if b == a else (0, 0) for b in range(3)], constant_values=True)
        n = wet.shape[a]
        out = out & lax.slice_in_dim(padded, 0, n, axis=a) & lax.slice_in_dim(padded, 2, n + 2, axis=a)
    return out


def _confined(grid: Grid, place, velocity, alive, loose: bool):
    """Particles kept in the box, or let go at its sides."""
    low = jnp.full((3, 1), SKIN)
    high = jnp.array(grid.cells, jnp.float32)[:, None] - SKIN
    out = (place < low) | (place > high)
    if loose:
        gone = out[0] | out[2] | (place[1] > high[1])
        alive = jnp.where(gone, 0.0, alive)
    velocity = jnp.where(out, 0.0, velocity)
    return jnp.clip(place, low, high), velocity, alive


def _clinging(place: Array, velocity: Array, filling: Array, dt) -> Array:
    """Films thinner than a cell cling to the floor, as viscosity and wetting make them."""
    i = [jnp.clip(place[a], 0, n - 1).astype(jnp.int32) for a, n in enumerate(filling.shape)]
    thin = (place[1] < 1.0) * jnp.clip(1 - filling[i[0], i[1], i[2]] / 0.8, 0.0, 1.0)
    keep = jnp.exp(-CLING * dt * thin)
    return velocity * jnp.stack([keep, jnp.ones_like(keep), keep])


def _rolled(grid: Grid, balls: Balls, velocity: Array, dt) -> Balls:
    """Balls moved on; the box throws them back, and so does the floor."""
    place = balls.place + dt * velocity
    low, high = balls.radius[:, None], jnp.array(grid.cells, jnp.float32) - balls.radius[:, None]
    high = high.at[:, 1].set(1e6)
    hit = ((place < low) & (velocity < 0)) | ((place > high) & (velocity > 0))
    bounced = -RESTITUTION * velocity * (jnp.abs(velocity) > 4 * jnp.abs(dt) * 60)
    return Balls(jnp.clip(place, low, high), jnp.where(hit, bounced, velocity), balls.radius, balls.density)


def _outside(place: Array, balls: Balls) -> Array:
    """Particles pushed out of balls."""
    for i in range(balls.radius.shape[0]):
        away = place - balls.place[i][:, None]
        r = jnp.sqrt(jnp.maximum(jnp.sum(away**2, 0), 1e-6))
        inside = r < balls.radius[i]
        place = jnp.where(inside, balls.place[i][:, None] + away * (balls.radius[i] / r), place)
    return place


def _foamed(state: LiquidState, affine: Array, filling: Array, dt) -> Array:
    """Foam where water is torn, folded or hits; it fades (after the trapped air of Ihmsen et al. 2012)."""
    strain = jnp.sqrt(jnp.sum(affine**2, (0, 1)))
    i = [jnp.clip(state.place[a], 0, n - 1).astype(jnp.int32) for a, n in enumerate(filling.shape)]
    near = filling[i[0], i[1], i[2]]
    made = jnp.clip(strain / 90.0 - 0.6, 0.0, 1.0) * jnp.clip(1.4 - near, 0.0, 1.0)
    made = made * jnp.clip(2.0 * near - 0.5, 0.0, 1.0)  # a film holds no air
    return jnp.clip(state.foam * jnp.exp(-dt / 0.6) + 10.0 * dt * made, 0.0, 1.0) * state.alive
