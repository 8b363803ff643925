"""Impacts: Newton restitution along the normal, Coulomb friction with spin across it.

For a contact with unit normal n (from the second thing to body 1) and relative velocity u of the touching
points, with u_n = u.n and u_t the rest, the impulse on body 1 is J = J_n n - J_t u_t/|u_t| with
    J_n = -(1 + e) u_n M_n,  J_t = min(mu J_n, |u_t| M_t),
where 1/M_n is the sum of 1/m and 1/M_t the sum of (1 + 1/k)/m with I = k m r^2 (Walton 1993, hard spheres).
Momentum is exact, and energy cannot rise since |u_t| never passes zero. Several contacts at once are treated
one pair at a time, the fastest closing one first, which carries an impulse along a row of touching balls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physics.rigid_world import Array, RigidWorld

TOUCH = 1e-8  # m: closer than this is touching
CLOSING = 1e-9  # m/s: closing slower than this is left alone


@dataclass(frozen=True)
class Hit:
    """One impact: body, other body or -1, obstacle or -1, restitution used, closing speed (m/s)."""

    body: int
    other: int
    obstacle: int
    restitution: float
    speed: float


def resolve_impacts(
    world: RigidWorld, x: Array, v: Array, w: Array, gaps, pairs, slow: Array
) -> tuple[Array, Array, list[Hit]]:
    """Velocities (n, 3) and spins (n, 3) after all touching things have stopped closing, and the impacts.

    gaps: (gap, normal, ...) of obstacle_gaps; pairs: those of pair_gaps. slow (n,) m/s: an impact slower than
    both bodies' values is perfectly inelastic and is not reported.
    """
    touching = _touching(world, gaps, pairs)
    hits: list[Hit] = []
    if touching is None:
        return v, w, hits
    one, two, obstacle, normal = touching
    other = np.where(two >= 0, two, 0)
    moving = (two >= 0)[:, None]
    least = np.where(two >= 0, np.minimum(slow[one], slow[other]), slow[one])
    v, w = v.copy(), w.copy()
    gentle = 30 + 3 * len(one)  # what slow contacts leave over is for the pile solver
    for _ in range(100 + 30 * len(one)):
        closing = ((v[one] - np.where(moving, v[other], 0.0)) * normal).sum(-1)
        c = int(closing.argmin())
        if closing[c] >= -CLOSING:
            break
        elastic = bool(closing[c] < -least[c])
        gentle -= not elastic
        if gentle < 0:
            break
        hit = _strike(world, v, w, int(one[c]), int(two[c]), int(obstacle[c]), normal[c], elastic)
        if elastic:
            hits.append(hit)
    return v, w, hits


def _touching(world, gaps, pairs):
    i, m = np.nonzero(gaps[0] < TOUCH)
    a, b = np.nonzero(pairs[0] < TOUCH)
    if not len(i) and not len(a):
        return None
    none_i, none_a = np.full(len(i), -1), np.full(len(a), -1)
    return (
        np.concatenate([i, a]),
        np.concatenate([none_i, b]),
        np.concatenate([m, none_a]),
        np.concatenate([gaps[1][i, m], pairs[1][a, b]]),
    )


def _cross(a, b) -> Array:
    """np.cross for two 3-vectors, without its overhead."""
    ax, ay, az = a
    bx, by, bz = b
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def _strike(world, v, w, i: int, j: int, m: int, n, elastic: bool) -> Hit:
    """Apply one impulse in place."""
    ki = (1.0 + 1.0 / world.inertia_factor[i]) / world.mass[i]
    u = v[i] - world.radius[i] * _cross(w[i], n)
    if j >= 0:
        normal_mass = 1.0 / (1.0 / world.mass[i] + 1.0 / world.mass[j])
        tangent_mass = 1.0 / (ki + (1.0 + 1.0 / world.inertia_factor[j]) / world.mass[j])
        e, mu = world.pair_restitution[i, j], world.pair_friction[i, j]
        u = u - v[j] - world.radius[j] * _cross(w[j], n)
    else:
        normal_mass, tangent_mass = world.mass[i], 1.0 / ki
        e, mu = world.restitution[i, m], world.friction[i, m]
    e = float(e) if elastic else 0.0
    un = float(u @ n)
    jn = -(1.0 + e) * un * normal_mass
    ut = u - un * n
    slip = float(np.sqrt(ut @ ut))
    impulse = jn * n
    if slip > 0.0:
        impulse = impulse - min(mu * jn, slip * tangent_mass) / slip * ut
    twist = _cross(n, impulse)
    _push(world, v, w, i, impulse, twist)
    if j >= 0:
        _push(world, v, w, j, -impulse, twist)
    return Hit(i, j, m, e, -un)


def _push(world, v, w, i, impulse, twist) -> None:
    v[i] += impulse / world.mass[i]
    w[i] -= twist / (world.inertia_factor[i] * world.mass[i] * world.radius[i])
