"""Incompressible flow on a staggered grid: MacCormack advection with reflection, exact projection.

Advection: MacCormack's scheme on semi-Lagrangian traces (Selle, Fedkiw, Kim, Liu & Rossignac 2008, eqs.
3-6): the error of a trace there and back is taken off, and the result is kept between the values that it
came from (for velocity: a quarter of their range more, or smooth crests lose a thousandth of their energy
every ten steps). Traces are second-order Runge-Kutta from cell centres, averaged to the faces.
Time: advection-reflection (Zehnder, Narain & Thomaszewski 2018, alg. 2): advect half a step, project,
reflect the velocity about its divergence-free part, advect the other half, project. A plain projection
takes kinetic energy that the reflection gives back.
Detail: vorticity confinement (Fedkiw, Stam & Jensen 2001, eqs. 9-11).

Velocities in m/s, accelerations in m/s^2, on the staggered grid of `fluid_grid`. Everything is pure and is
traced into one program a scene.

Limits: explicit viscosity (for slow, thick flow many steps), solids as masks of whole cells, no surface
tension.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from physics.worlds.fluid_grid import (
    Domain,
    Velocity,
    centres,
    divergence,
    faces,
    project,
    sample,
    to_centres,
    to_faces,
)

__all__ = ["advect", "confinement", "diffuse", "divergence", "flow", "project", "traces", "vorticity"]

# of the range of the values a velocity came from, by which it may leave it:
SLACK = 0.25


def flow(domain: Domain, velocity: Velocity, dt, source: Array | float = 0.0, solid=None) -> Velocity:
    """The velocity `dt` s later without forces: one step of advection-reflection.

    `source`: divergence (1/s) that the gas has by itself. `solid`: optional (mask, velocity) per component,
    held before each projection.
    """
    held = _hold(velocity, solid)
    half = _hold(_self_advect(domain, held, held, 0.5 * dt), solid)
    middle = project(domain, half, source)
    mirrored = tuple(2 * m - h for m, h in zip(middle, half, strict=True))
    return project(domain, _hold(_self_advect(domain, mirrored, middle, 0.5 * dt), solid), source)


def _hold(velocity: Velocity, solid) -> Velocity:
    if solid is None:
        return velocity
    return tuple(jnp.where(mask, own, u) for u, (mask, own) in zip(velocity, solid, strict=True))


def _self_advect(domain: Domain, moved: Velocity, by: Velocity, dt) -> Velocity:
    back, ahead = traces(domain, by, dt)
    out = []
    for a, u in enumerate(moved):
        shift = [jnp.stack([to_faces(domain, d, a).reshape(-1) for d in way]) for way in (back, ahead)]
        places = faces(domain, a)
        offset = jnp.asarray([[0.0 if i == a else 0.5] for i in range(u.ndim)])
        out.append(_maccormack(u.reshape(-1), u.shape, places - offset, *shift, domain.wraps(), SLACK))
    return tuple(u.reshape(domain.face_shape(a)) for a, u in enumerate(out))


def traces(domain: Domain, velocity: Velocity, dt) -> tuple[Array, Array]:
    """Where gas in the cell centres was `dt` ago and will be then, as shifts (d, *cells) in cells."""
    speed = to_centres(domain, velocity) * (dt / domain.spacing)
    rows = speed.reshape(len(domain.cells), -1).T
    start = centres(domain)

    def trace(sign):
        middle = start + 0.5 * sign * rows.T - 0.5
        mean = sample(rows, domain.cells, middle, domain.wraps())
        return (sign * mean.T).reshape(speed.shape)

    return trace(-1.0), trace(1.0)


def advect(
    domain: Domain, rows: Array, back: Array, ahead: Array, *, refine: int = 1, inflow: Array | None = None
) -> Array:
    """Cell-centred fields (N, F), moved along `traces`; on `refine` times finer cells if asked.

    What enters through an open side has the value `inflow` (F,), or that of the border.
    """
    shape = tuple(n * refine for n in domain.cells)
    places = centres(domain, refine)
    if refine > 1:
        table = jnp.concatenate([back, ahead]).reshape(2 * len(shape), -1).T
        moved = sample(table, domain.cells, places - 0.5, domain.wraps()).T
        back, ahead = moved[: len(shape)], moved[len(shape) :]
    index = places * refine - 0.5
    back, ahead = (refine * way.reshape(len(shape), -1) for way in (back, ahead))
    out = _maccormack(rows, shape, index, back, ahead, domain.wraps())
    if inflow is None:
        return out
    return jnp.where(_outside(shape, index + back, domain)[:, None], inflow, out)


def _outside(shape: tuple[int, ...], index: Array, domain: Domain) -> Array:
    out = jnp.zeros(index.shape[1:], bool)
    for n, x, side in zip(shape, index, domain.sides, strict=True):
        if side == "open":
            out = out | (x < -0.5)
        if side in ("open", "floor"):
            out = out | (x > n - 0.5)
    return out


def _maccormack(flat: Array, shape, index: Array, back: Array, ahead: Array, wraps, slack=0.0) -> Array:
    moved = sample(flat, shape, index + back, wraps)
    returned = sample(moved, shape, index + ahead, wraps)
    low, high = (sample(flat, shape, index + back, wraps, how) for how in ("least", "most"))
    low, high = low - slack * (high - low), high + slack * (high - low)
    return jnp.clip(moved + 0.5 * (flat - returned), low, high)


def vorticity(domain: Domain, velocity: Velocity) -> Array:
    """curl u (3, *cells) in 1/s, or (1, *cells) in two dimensions."""
    u = to_centres(domain, velocity)

    def d(component, axis):
        return _central(domain, u[component], axis)

    if len(domain.cells) == 2:
        return (d(1, 0) - d(0, 1))[None]
    return jnp.stack([d(2, 1) - d(1, 2), d(0, 2) - d(2, 0), d(1, 0) - d(0, 1)])


def confinement(domain: Domain, velocity: Velocity, strength) -> tuple[Array, ...]:
    """Acceleration eps h (N x omega) on the faces of each axis; `strength` is eps, a number or (*cells)."""
    w = vorticity(domain, velocity)
    size = jnp.sqrt(jnp.sum(w * w, 0) + 1e-12)
    n = jnp.stack([_central(domain, size, a) for a in range(len(domain.cells))])
    n = n / (jnp.sqrt(jnp.sum(n * n, 0)) + 1e-6)
    scale = strength * domain.spacing
    if len(domain.cells) == 2:
        force = (n[1] * w[0] * scale, -n[0] * w[0] * scale)
    else:
        force = tuple(scale * (n[i - 2] * w[i - 1] - n[i - 1] * w[i - 2]) for i in range(3))
    return tuple(to_faces(domain, f, a) for a, f in enumerate(force))


def _central(domain: Domain, field: Array, axis: int) -> Array:
    if domain.sides[axis] == "periodic":
        return (jnp.roll(field, -1, axis) - jnp.roll(field, 1, axis)) / (2 * domain.spacing)
    return jnp.asarray(jnp.gradient(field, domain.spacing, axis=axis))


def diffuse(domain: Domain, velocity: Velocity, viscosity, dt, lid: float = 0.0) -> Velocity:
    """One explicit step of nu lap(u); the wall on top of y moves along x at `lid` m/s."""
    rate = viscosity * dt / domain.spacing**2
    out = []
    for a, u in enumerate(velocity):
        total = jnp.zeros_like(u)
        for b in range(u.ndim):
            wall = lid if (a == 0 and b == 1) else 0.0
            total = total + _second(domain, u, a, b, wall)
        out.append(u + rate * total)
    return tuple(out)


def _second(domain: Domain, u: Array, component: int, axis: int, wall: float) -> Array:
    if domain.sides[axis] == "periodic":
        return jnp.roll(u, 1, axis) + jnp.roll(u, -1, axis) - 2 * u
    pad = [(1, 1) if i == axis else (0, 0) for i in range(u.ndim)]
    wide = jnp.pad(u, pad, mode="edge")
    n = wide.shape[axis]

    def at(i):
        return tuple(slice(i, i + 1) if k == axis else slice(None) for k in range(u.ndim))

    if component != axis and domain.sides[axis] in ("walls", "floor"):
        wide = wide.at[at(0)].set(-wide[at(1)])
    if component != axis and domain.sides[axis] == "walls":
        wide = wide.at[at(n - 1)].set(2 * wall - wide[at(n - 2)])
    take = [
        wide[tuple(slice(k, n - 2 + k) if i == axis else slice(None) for i in range(u.ndim))]
        for k in range(3)
    ]
    return take[0] + take[2] - 2 * take[1]
