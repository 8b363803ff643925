"""Pressure that makes water on a staggered grid incompressible, with spheres that it moves.

Cells of water solve A p = -div u with p = 0 at the surface, half a cell beyond the last centre (the mean of
the ghost fluid of Enright et al. 2003), open shares of faces where spheres cut them, and the spheres' own
velocity in the balance: with s the area by which cells touch a sphere of mass m, A + s s' (rho dx^3 / m) is
symmetric and positive (Batty, Bertails & Bridson 2007, eqs. 9-14). Conjugate gradients with the diagonal as
preconditioner, from the last step's pressure. The unit of p is such that the velocity changes by its
difference, cells/s.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array, lax

Faces = tuple[Array, Array, Array]
BELOW_SURFACE = 2.0  # 1 / (cells from the last centre to the surface)


@dataclass(frozen=True)
class Grid:
    """Cells along x, y, z; static."""

    cells: tuple[int, int, int]

    def face_shape(self, axis: int) -> tuple[int, int, int]:
        """Faces across `axis`; 3 stands for the cells themselves."""
        n = self.cells
        return tuple(n[a] + (1 if a == axis else 0) for a in range(3))  # type: ignore[return-value]


def open_shares(grid: Grid, balls, loose: bool) -> tuple[Faces, list[Faces]]:
    """Share of each face that no wall and no ball closes, and per ball the share that it closes."""
    wide, closed = [], [[] for _ in range(balls.radius.shape[0])]
    for axis in range(3):
        shape = grid.face_shape(axis)
        at = [lax.broadcasted_iota(jnp.float32, shape, a) + (0.0 if a == axis else 0.5) for a in range(3)]
        share = jnp.ones(shape)
        if not (loose and axis != 1):
            edge = (at[axis] < 0.5) | (at[axis] > grid.cells[axis] - 0.5)
            share = jnp.where(edge, 0.0, 1.0)
        for i in range(balls.radius.shape[0]):
            c = balls.place[i]
            far = jnp.sqrt((at[0] - c[0]) ** 2 + (at[1] - c[1]) ** 2 + (at[2] - c[2]) ** 2 + 1e-9)
            mine = jnp.clip(0.5 - (far - balls.radius[i]), 0.0, 1.0) * share
            closed[i].append(mine)
            share = share - mine
        wide.append(share)
    return tuple(wide), [tuple(c) for c in closed]  # type: ignore[return-value]


def _low(a: Array, axis: int) -> Array:
    return lax.slice_in_dim(a, 0, a.shape[axis] - 1, axis=axis)


def _high(a: Array, axis: int) -> Array:
    return lax.slice_in_dim(a, 1, a.shape[axis], axis=axis)


def outflow(faces) -> Array:
    """Sum of what leaves each cell through its faces (nx, ny, nz)."""
    return sum(_high(u, a) - _low(u, a) for a, u in enumerate(faces))  # type: ignore[return-value]


def _difference(p: Array, axis: int) -> Array:
    """p on the far side less p on the near side of each face; 0 beyond the box."""
    padded = jnp.pad(p, [(1, 1) if a == axis else (0, 0) for a in range(3)])
    return _high(padded, axis) - _low(padded, axis)


def project(grid: Grid, faces, wet: Array, balls, wanted: Array, dt, guess: Array, loose: bool, tight: bool):
    """(faces, velocity of the balls (b, 3), pressure) with no divergence but `wanted` (nx, ny, nz) 1/s."""
    wide, closed = open_shares(grid, balls, loose)
    count = balls.radius.shape[0]
    touch = [jnp.stack([_high(c, a) - _low(c, a) for a, c in enumerate(closed[i])]) for i in range(count)]
    touch = [t * wet for t in touch]
    lightness = [1 / (4 / 3 * jnp.pi * balls.radius[i] ** 3 * balls.density[i]) for i in range(count)]
    buried = sum(
        wide[a][tuple(slice(None, -1) if b == a else slice(None) for b in range(3))] for a in range(3)
    )
    wet = wet & (buried + sum(_high(wide[a], a) for a in range(3)) > 1e-3)
    factor = [w * _steepness(wet, a) for a, w in enumerate(wide)]

    def apply(p):
        out = -outflow([factor[a] * _difference(p, a) for a in range(3)])
        for t, light in zip(touch, lightness, strict=True):
            push = light * jnp.sum(t * p, (1, 2, 3))
            out = out + t[0] * push[0] + t[1] * push[1] + t[2] * push[2]
        return jnp.where(wet, out, 0.0)

    diagonal = sum(_high(f, a) + _low(f, a) for a, f in enumerate(factor))
    for t, light in zip(touch, lightness, strict=True):
        diagonal = diagonal + light * jnp.sum(t * t, 0)
    right = wanted - outflow([w * u for w, u in zip(wide, faces, strict=True)])
    for i, t in enumerate(touch):
        v = balls.velocity[i]
        right = right - (t[0] * v[0] + t[1] * v[1] + t[2] * v[2])
    right = jnp.where(wet, right, 0.0)
    p = conjugate(
        apply, right, jnp.where(wet, guess, 0.0), jnp.where(wet, jnp.maximum(diagonal, 1e-3), 1.0), tight
    )
    faces = tuple(u - (factor[a] > 0) * _steepness(wet, a) * _difference(p, a) for a, u in enumerate(faces))
    faces = tuple(_spread(u, factor[a] > 0) for a, u in enumerate(faces))
    faces = _held(grid, faces, closed, balls, loose)
    velocity = [balls.velocity[i] + lightness[i] * jnp.sum(touch[i] * p, (1, 2, 3)) for i in range(count)]
    return faces, jnp.stack(velocity) if count else balls.velocity, p


def _spread(u: Array, known: Array) -> Array:
    """Faces in the air beside `known` ones take their mean: the surface moves with the water below it."""
    total = count = jnp.zeros_like(u)
    for a in range(3):
        wide = [(1, 1) if b == a else (0, 0) for b in range(3)]
        value, there = jnp.pad(u * known, wide), jnp.pad(known.astype(u.dtype), wide)
        n = u.shape[a]
        for start in (0, 2):
            total = total + lax.slice_in_dim(value, start, start + n, axis=a)
            count = count + lax.slice_in_dim(there, start, start + n, axis=a)
    return jnp.where(known | (count == 0), u, total / jnp.maximum(count, 1.0))


def _steepness(wet: Array, axis: int) -> Array:
    """1 between two cells of water, more at the surface, 0 elsewhere; per face."""
    padded = jnp.pad(wet.astype(jnp.float32), [(1, 1) if a == axis else (0, 0) for a in range(3)])
    near, far = _low(padded, axis), _high(padded, axis)
    return near * far + BELOW_SURFACE * (near + far - 2 * near * far)


def _held(grid: Grid, faces, closed, balls, loose: bool):
    """Faces in walls stand still, those inside balls move with them."""
    out = []
    for axis, u in enumerate(faces):
        for i in range(balls.radius.shape[0]):
            u = u + (closed[i][axis] > 0.98) * (balls.velocity[i, axis] - u)
        if not (loose and axis != 1):
            at = lax.broadcasted_iota(jnp.int32, u.shape, axis)
            u = jnp.where((at == 0) | ((at == grid.cells[axis]) & (axis != 1)), 0.0, u)
        out.append(u)
    return tuple(out)


def conjugate(apply, right: Array, guess: Array, diagonal: Array, tight: bool) -> Array:
    """Preconditioned conjugate gradients to 2e-3 of the right side, 80 steps; tight: 1e-5, 600."""
    most, limit = (600, 1e-5) if tight else (80, 2e-3)
    rest = right - apply(guess)
    z = rest / diagonal
    size = jnp.maximum(jnp.max(jnp.abs(right)), 1e-9)

    def going(s):
        return (s[4] < most) & (jnp.max(jnp.abs(s[1])) > limit * size)

    def turn(s):
        x, r, d, rz, k = s
        q = apply(d)
        step = rz / jnp.maximum(jnp.vdot(d, q), 1e-20)
        x, r = x + step * d, r - step * q
        z = r / diagonal
        new = jnp.vdot(r, z)
        return x, r, z + (new / jnp.maximum(rz, 1e-20)) * d, new, k + 1

    return lax.while_loop(going, turn, (guess, rest, z, jnp.vdot(rest, z), 0))[0]
