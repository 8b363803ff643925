"""A staggered grid for incompressible flow, in two or three dimensions by one code.

Scalars sit in the middle of cells, velocity components on the faces they cross (Harlow & Welch 1965). Cell
(i, j, k) covers [i, i + 1] x ... in units of the spacing. Arrays are indexed by axis: x, y (up), z. Each
axis has two sides of one of `SIDES`; where an axis is not periodic, its own velocity component has one more
entry.

Pressure: on such a grid the discrete Laplacian is a sum of one-dimensional ones, so their eigenvectors (the
basis of the FFT for a periodic axis, of the DCT between walls, of its quarter-wave kin with an open side)
solve Poisson's equation exactly (fast diagonalisation: Lynch, Rice & Thomas 1964). On grids of up to some
hundred cells a side the transforms run faster as matrix products than as fast transforms, and every kind of
side is treated alike.

References: Harlow & Welch, Phys. Fluids 8:2182 (1965); Lynch, Rice & Thomas, Numer. Math. 6:185 (1964).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

SIDES = ("periodic", "walls", "open", "floor")  # "floor": a wall at the low end, open at the high end
PIECES = 8
FEWEST, MOST = 4, 4_000_000  # cells along an axis, cells in all

Velocity = tuple[Array, ...]
Stencil = list[tuple[Array, Array]]  # flat index and weight of each corner


@dataclass(frozen=True)
class Domain:
    """Size and sides of a grid; hashable, it decides the compiled program."""

    cells: tuple[int, ...]
    spacing: float  # m
    sides: tuple[str, ...]  # one of SIDES per axis

    def __post_init__(self) -> None:
        if min(self.cells) < FEWEST or int(np.prod(self.cells, dtype=object)) > MOST:
            size = " x ".join(map(str, self.cells))
            raise ValueError(
                f"a grid of {size} cells cannot be simulated; give at least {FEWEST} along each axis "
                f"and at most {MOST:,} in all"
            )
        if not self.spacing > 0 or any(s not in SIDES for s in self.sides):
            raise ValueError("a grid needs a spacing above 0 and sides of " + ", ".join(SIDES))

    def face_shape(self, axis: int) -> tuple[int, ...]:
        """Shape of the velocity component `axis`."""
        more = 0 if self.sides[axis] == "periodic" else 1
        return tuple(n + more * (i == axis) for i, n in enumerate(self.cells))

    def wraps(self) -> tuple[bool, ...]:
        """Which axes are periodic."""
        return tuple(s == "periodic" for s in self.sides)


def still(domain: Domain, velocity: tuple[float, ...] | None = None) -> Velocity:
    """A uniform flow, at rest unless `velocity` (m/s) is given."""
    return tuple(
        jnp.full(domain.face_shape(a), velocity[a] if velocity else 0.0, jnp.float32)
        for a in range(len(domain.cells))
    )


def centres(domain: Domain, refine: int = 1) -> Array:
    """Coordinates (d, N) of the cell centres in cells; of `refine` times finer cells if asked."""
    shape = tuple(n * refine for n in domain.cells)
    return jnp.stack([(_iota(shape, i) + 0.5) / refine for i in range(len(shape))])


def faces(domain: Domain, axis: int) -> Array:
    """Coordinates (d, N) of the faces of component `axis`, in cells."""
    shape = domain.face_shape(axis)
    return jnp.stack([_iota(shape, i) + (0.0 if i == axis else 0.5) for i in range(len(shape))])


def _iota(shape: tuple[int, ...], axis: int) -> Array:
    """Index along an axis, made where it is used: as a constant it would cost minutes to compile."""
    return lax.broadcasted_iota(jnp.float32, shape, axis).reshape(-1)


def stencil(shape: tuple[int, ...], index: list[Array], wraps: tuple[bool, ...]) -> Stencil:
    """Corners and weights of multilinear interpolation at fractional indices, clamped unless it wraps."""
    out: Stencil = [(jnp.int32(0), jnp.float32(1))]
    for n, x, wrap in zip(shape, index, wraps, strict=True):
        x = x if wrap else jnp.clip(x, 0.0, n - 1.0)
        low = jnp.floor(x)
        low = low if wrap else jnp.minimum(low, n - 2.0)
        share, i = x - low, low.astype(jnp.int32)
        ends = ((i, 1 - share), (i + 1, share))
        ends = tuple((jnp.mod(i, n), w) for i, w in ends) if wrap else ends
        out = [(at * n + i, weight * w) for at, weight in out for i, w in ends]
    return out


def sample(
    flat: Array, shape: tuple[int, ...], index: Array, wraps: tuple[bool, ...], how: str = "mean"
) -> Array:
    """A flattened field (M,) or (M, F) at fractional indices (d, N): the corners' "mean", "least" or "most".

    In pieces, so that each kind of result is a loop of its own with its gathers inside: several at once would
    make the compiler store every corner, four times slower.
    """
    count = index.shape[1]
    size = -(-count // PIECES)
    padded = jnp.pad(index, ((0, 0), (0, size * PIECES - count)), mode="edge")
    pieces = padded.reshape(len(shape), PIECES, size).transpose(1, 0, 2)
    out = lax.map(lambda at: corner_values(flat, stencil(shape, list(at), wraps), how), pieces)
    return out.reshape(size * PIECES, *flat.shape[1:])[:count]


def corner_values(flat: Array, where: Stencil, how: str) -> Array:
    """The corners' "mean", "least" or "most" of a flattened field (M,) or (M, F)."""
    out = None
    for at, weight in where:
        value = flat.at[at].get(mode="promise_in_bounds")
        if how == "mean":
            value = value * (weight if value.ndim == 1 else weight[:, None])
            out = value if out is None else out + value
        else:
            pick = jnp.minimum if how == "least" else jnp.maximum
            out = value if out is None else pick(out, value)
    assert out is not None
    return out


def to_centres(domain: Domain, velocity: Velocity) -> Array:
    """Velocity (d, *cells) in the middle of the cells."""
    out = []
    for a, u in enumerate(velocity):
        if domain.sides[a] == "periodic":
            out.append(0.5 * (u + jnp.roll(u, -1, a)))
        else:
            out.append(0.5 * (_cut(u, a, 0, -1) + _cut(u, a, 1, None)))
    return jnp.stack(out)


def to_faces(domain: Domain, field: Array, axis: int) -> Array:
    """A cell-centred field (*cells) on the faces of `axis`; the outermost cells' values on the border."""
    if domain.sides[axis] == "periodic":
        return 0.5 * (field + jnp.roll(field, 1, axis))
    pad = [(1, 1) if i == axis else (0, 0) for i in range(field.ndim)]
    wide = jnp.pad(field, pad, mode="edge")
    return 0.5 * (_cut(wide, axis, 0, -1) + _cut(wide, axis, 1, None))


def divergence(domain: Domain, velocity: Velocity) -> Array:
    """Net outflow (*cells) per cell volume, 1/s."""
    total = jnp.zeros(domain.cells, jnp.float32)
    for a, u in enumerate(velocity):
        wrap = domain.sides[a] == "periodic"
        total = total + (jnp.roll(u, -1, a) - u if wrap else _cut(u, a, 1, None) - _cut(u, a, 0, -1))
    return total / domain.spacing


def project(domain: Domain, velocity: Velocity, source: Array | float = 0.0) -> Velocity:
    """The nearest velocity whose divergence is `source` (1/s), with nothing through the walls."""
    velocity = tuple(_close(domain, u, a) for a, u in enumerate(velocity))
    p = solve_poisson(domain, (divergence(domain, velocity) - source) * domain.spacing)
    return tuple(u - _gradient(domain, p, a) for a, u in enumerate(velocity))


def solve_poisson(domain: Domain, right: Array) -> Array:
    """p with L p = `right` (unit spacing) by fast diagonalisation; the mean is dropped where p has none."""
    total = jnp.zeros((), jnp.float32)
    hat = right
    for a, n in enumerate(domain.cells):
        basis, value = _basis(n, domain.sides[a])
        hat = _along(jnp.asarray(basis.T), hat, a)
        total = total + value.reshape([-1 if i == a else 1 for i in range(len(domain.cells))])
    hat = jnp.where(total < -1e-7, hat / jnp.where(total < -1e-7, total, 1.0), 0.0)
    for a, n in enumerate(domain.cells):
        hat = _along(jnp.asarray(_basis(n, domain.sides[a])[0]), hat, a)
    return hat


@lru_cache(maxsize=64)
def _basis(n: int, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvectors (columns) and eigenvalues of the 1-D Laplacian with its sides, unit spacing."""
    matrix = -2.0 * np.eye(n) + np.eye(n, k=1) + np.eye(n, k=-1)
    if side == "periodic":
        matrix[0, -1] = matrix[-1, 0] = 1.0
    if side in ("walls", "floor"):
        matrix[0, 0] = -1.0
    if side == "walls":
        matrix[-1, -1] = -1.0
    value, basis = np.linalg.eigh(matrix)
    value[np.abs(value) < 1e-9] = 0.0
    return basis.astype(np.float32), value.astype(np.float32)


def _along(matrix: Array, field: Array, axis: int) -> Array:
    return jnp.moveaxis(jnp.tensordot(matrix, field, (1, axis)), 0, axis)


def _gradient(domain: Domain, p: Array, axis: int) -> Array:
    side = domain.sides[axis]
    if side == "periodic":
        return p - jnp.roll(p, 1, axis)
    first = _cut(p, axis, 0, 1)
    last = _cut(p, axis, -1, None)
    low = first if side == "open" else 0.0 * first  # p = 0 outside an open side
    high = 0.0 * last if side == "walls" else -last
    return jnp.concatenate([low, jnp.diff(p, axis=axis), high], axis)


def _close(domain: Domain, u: Array, axis: int) -> Array:
    """No flow through walls."""
    side = domain.sides[axis]
    at = [slice(None)] * u.ndim
    if side in ("walls", "floor"):
        at[axis] = slice(0, 1)
        u = u.at[tuple(at)].set(0.0)
    if side == "walls":
        at[axis] = slice(-1, None)
        u = u.at[tuple(at)].set(0.0)
    return u


def _cut(a: Array, axis: int, start: int | None, stop: int | None) -> Array:
    return a[tuple(slice(start, stop) if i == axis else slice(None) for i in range(a.ndim))]
