"""Soft and granular matter: particles that carry strain over a grid (the material point method).

Moving least squares MPM (Hu et al. 2018, eqs. 16-18) with APIC transfer (Jiang et al. 2015) and quadratic
B-splines: particles give mass, momentum and the force of their stress to the grid, the floor and balls take
what runs into them by Coulomb's law, particles take velocity and its gradient back, move, and strain by
their law (`matter_laws`). Spheres move and are moved: what the grid loses at a ball, the ball gains.

Coordinates: grid cells, the box's lower corner at 0; arrays are structures of arrays (3, N). The step is
explicit: `limit` says how long it can be. Limits: no air; balls do not turn; nothing but floor and balls.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from physics.worlds.liquid import Balls
from physics.worlds.matter_laws import HARDEST, LAWS, Law, strained
from physics.worlds.particle_box import PER_CELL

COURANT = 0.5  # cells that sound goes in a step
FASTEST = 0.5  # cells that a particle goes in a step
PAD = 1  # nodes beyond the box, on each side
SKIN = 0.05  # cells between particles and floor
RESTITUTION = 0.3  # of balls at the floor


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MatterState:
    """All particles and balls at one time."""

    time: Array  # () s
    place: Array  # (3, N) cells
    velocity: Array  # (3, N) cells/s
    affine: Array  # (3, 3, N) 1/s, gradient of component a along axis b
    strain: Array  # (6, N) elastic left Cauchy-Green
    extra: Array  # (N,) the law's own number
    alive: Array  # (N,) 1 in the box, 0 not (yet)
    balls: Balls


def limit(law: Law, kind: str, speed: float) -> float:
    """Longest step in s at which matter of a law, whose fastest particle does `speed` cells/s, is stable."""
    stiff = float(law.lame + 2 * law.mu) * (HARDEST if kind == "snow" else 1.0)
    return 1.0 / (np.sqrt(stiff) / COURANT + speed / FASTEST)


@dataclass(frozen=True)
class Plan:
    """What a program is compiled for."""

    cells: tuple[int, int, int]
    kind: str
    reach: tuple[int, ...]  # nodes across a ball, per ball


@partial(jax.jit, static_argnums=0)
def advance(plan: Plan, law: Law, state: MatterState, gravity: Array, grip, dt, steps) -> MatterState:
    """`steps` steps of `dt` s; `gravity` (3,) cells/s^2, `grip` the friction at floor and balls."""
    once = jnp.minimum(steps, 1)
    return lax.fori_loop(0, steps, lambda _, s: step(plan, law, s, gravity, grip, dt, once), state)


def step(plan: Plan, law: Law, state: MatterState, gravity: Array, grip, dt, once=1) -> MatterState:
    """One step. Pure."""
    cells, kind, reach = plan.cells, plan.kind, plan.reach
    strain, extra, start, slope = _pushed(kind, law, state, dt, once)
    shape = tuple(n + 2 * PAD + 1 for n in cells)
    base, share = _kernel(state.place)
    nodes = _to_grid(shape, base, share, state, start, slope)
    velocity = nodes[..., 1:] / jnp.maximum(nodes[..., :1], 1e-9) + gravity * dt
    velocity, balls = _boundary(nodes[..., 0], velocity, reach, state.balls, gravity, grip, dt)
    velocity, affine = _to_particles(velocity, base, state, once)
    affine = affine * state.alive  # what waits does not strain
    place = _outside(state.place + dt * velocity, balls)
    place, velocity, alive = _confined(cells, place, velocity, state.alive)
    return MatterState(state.time + dt, place, velocity, affine, strain, extra, alive, balls)


def _kernel(place: Array) -> tuple[Array, list[list[Array]]]:
    """First nodes (3, N) around particles, and their shares per axis, 3 of (N,) each."""
    base = jnp.floor(place - 0.5).astype(jnp.int32)
    away = place - base  # 0.5 to 1.5
    shares = [
        [0.5 * (1.5 - away[a]) ** 2, 0.75 - (away[a] - 1) ** 2, 0.5 * (away[a] - 0.5) ** 2] for a in range(3)
    ]
    return base, shares


def _pushed(kind: str, law: Law, state: MatterState, dt, once):
    """Strain and its number after a step, and what goes to the grid: momentum at the first node, its slope.

    The loop runs `once`, which the compiler cannot know: else it would work out the law anew for each node.
    """
    full = ((0, 3, 4), (3, 1, 5), (4, 5, 2))

    def body(_, carried):
        strain = strained(state.strain, state.affine, dt)
        strain, extra, stress = LAWS[kind](law, strain, state.extra, state.affine, dt)
        q = [[state.affine[a, b] - 4 * dt * stress[full[a][b]] for b in range(3)] for a in range(3)]
        away = jnp.floor(state.place - 0.5) - state.place
        start = [state.velocity[a] + sum(q[a][b] * away[b] for b in range(3)) for a in range(3)]
        return strain, extra, jnp.stack(start), jnp.stack([jnp.stack(row) for row in q])

    return lax.fori_loop(0, once, body, (state.strain, state.extra, state.velocity, state.affine))


def _to_grid(shape, base, share, state: MatterState, start: Array, slope: Array) -> Array:
    """Mass and momentum (X, Y, Z, 4) of the nodes, in particles."""
    i, j, k = (
        np.arange(3, dtype=np.float32).reshape([3 if a == b else 1 for b in range(3)]) for a in range(3)
    )
    x, y, z = (jnp.stack(share[a], 1) for a in range(3))
    w = (x * state.alive[:, None])[:, :, None, None] * y[:, None, :, None] * z[:, None, None]
    wide = lambda q: q[:, None, None, None]  # noqa: E731
    parts = [w]
    for a in range(3):
        parts.append(
            w * (wide(start[a]) + i * wide(slope[a, 0]) + j * wide(slope[a, 1]) + k * wide(slope[a, 2]))
        )
    numbers = lax.ScatterDimensionNumbers((1, 2, 3, 4), (), (0, 1, 2))
    total = jnp.zeros((*shape, 4), jnp.float32)
    return lax.scatter_add(total, (base + PAD).T, jnp.stack(parts, -1), numbers, mode="promise_in_bounds")


def _to_particles(velocity: Array, base, state: MatterState, once) -> tuple[Array, Array]:
    """Velocity (3, N) and its gradient (3, 3, N) at particles from (X, Y, Z, 3); loops as `_pushed` does."""
    numbers = lax.GatherDimensionNumbers((1, 2, 3, 4), (), (0, 1, 2))
    rows = lax.gather(velocity, (base + PAD).T, numbers, (3, 3, 3, 3), mode="promise_in_bounds")
    rows = rows.reshape(-1, 81).T

    def body(_, carried):
        base, share = _kernel(state.place)
        total, slope = [0.0] * 3, [[0.0] * 3 for _ in range(3)]
        for a in range(3):
            for i in range(3):
                for j in range(3):
                    line = [share[2][k] * rows[27 * i + 9 * j + 3 * k + a] for k in range(3)]
                    flat = share[0][i] * share[1][j]
                    whole = flat * (line[0] + line[1] + line[2])
                    total[a] = total[a] + whole
                    slope[a][0] = slope[a][0] + i * whole
                    slope[a][1] = slope[a][1] + j * whole
                    slope[a][2] = slope[a][2] + flat * (line[1] + 2 * line[2])
        away = [state.place[b] - base[b] for b in range(3)]
        affine = [jnp.stack([4 * (slope[a][b] - away[b] * total[a]) for b in range(3)]) for a in range(3)]
        return jnp.stack(total), jnp.stack(affine)

    return lax.fori_loop(0, once, body, (state.velocity, state.affine))


def _boundary(mass, velocity, reach, balls: Balls, gravity, grip, dt) -> tuple[Array, Balls]:
    """Velocity of the nodes after floor and balls, and the balls a step on; `reach` nodes around balls."""
    up = np.array([0.0, 1.0, 0.0], np.float32)
    low = _slid(velocity[:, : PAD + 1], up, jnp.zeros(3), grip)
    velocity = velocity.at[:, : PAD + 1].set(low)
    speed = balls.velocity + gravity * dt
    for n, size in enumerate(reach):
        size = tuple(min(size, m) for m in mass.shape)
        corner = jnp.floor(balls.place[n] - 0.5 * jnp.array(size)).astype(jnp.int32) + PAD + 1
        corner = jnp.clip(corner, 0, jnp.array(mass.shape) - jnp.array(size))
        there = lax.dynamic_slice(velocity, (*corner, 0), (*size, 3))
        heavy = lax.dynamic_slice(mass, tuple(corner), size)
        axes = [jnp.arange(m) + corner[a] - PAD - balls.place[n][a] for a, m in enumerate(size)]
        away = jnp.stack(jnp.meshgrid(*axes, indexing="ij"), -1)
        r = jnp.sqrt(jnp.sum(away**2, -1, keepdims=True) + 1e-9)
        after = jnp.where(r < balls.radius[n], _slid(there, away / r, speed[n], grip), there)
        weight = 4 / 3 * jnp.pi * balls.radius[n] ** 3 * balls.density[n] * PER_CELL
        speed = speed.at[n].add(jnp.sum((there - after) * heavy[..., None], (0, 1, 2)) / weight)
        velocity = lax.dynamic_update_slice(velocity, after, (*corner, 0))
    return velocity, _rolled(balls, speed, dt)


def _slid(velocity: Array, normal: Array, surface: Array, grip) -> Array:
    """What a surface leaves of velocities (..., 3) that run into it, by Coulomb's friction."""
    slip = velocity - surface
    towards = jnp.sum(slip * normal, -1, keepdims=True)
    into = jnp.minimum(towards, 0.0)
    along = slip - normal * towards
    size = jnp.sqrt(jnp.sum(along**2, -1, keepdims=True) + 1e-12)
    keep = jnp.maximum(1 + grip * into / size, 0.0)
    return jnp.where(into < 0, surface + along * keep, velocity)


def _rolled(balls: Balls, velocity: Array, dt) -> Balls:
    """Balls moved on; the floor throws them back and slows them."""
    place = balls.place + dt * velocity
    hit = (place[:, 1] < balls.radius) & (velocity[:, 1] < 0)
    slow = jnp.abs(velocity[:, 1]) * dt < 2e-3
    bounced = jnp.where(slow, 0.0, -RESTITUTION * velocity[:, 1])
    velocity = velocity.at[:, 1].set(jnp.where(hit, bounced, velocity[:, 1]))
    place = place.at[:, 1].set(jnp.maximum(place[:, 1], balls.radius))
    return Balls(place, velocity, balls.radius, balls.density)


def _outside(place: Array, balls: Balls) -> Array:
    """Particles pushed out of balls."""
    for n in range(balls.radius.shape[0]):
        away = place - balls.place[n][:, None]
        r = jnp.sqrt(jnp.maximum(jnp.sum(away**2, 0), 1e-6))
        inside = r < balls.radius[n]
        place = jnp.where(inside, balls.place[n][:, None] + away * (balls.radius[n] / r), place)
    return place


def _confined(cells, place: Array, velocity: Array, alive: Array) -> tuple[Array, Array, Array]:
    """Particles kept above the floor, let go at the sides and on top."""
    high = jnp.array(cells, jnp.float32)[:, None] - SKIN
    out = (place < SKIN) | (place > high)
    alive = jnp.where(out[0] | out[2] | (place[1] > high[1]), 0.0, alive)
    sunk = out[1] & (velocity[1] < 0)
    velocity = velocity.at[1].set(jnp.where(sunk, 0.0, velocity[1]))
    return jnp.clip(place, SKIN, high), velocity * alive, alive
