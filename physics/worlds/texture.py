"""Periodic textures with a mip pyramid, sampled trilinearly: what a far pixel averages is averaged once.

A texture is (N, N, F) over a square tile, row z, column x, texel (0, 0) at the origin; N is a power of two.
Its pyramid is one table (T, F), all levels one after another; level l is the mean over 2^l x 2^l texels.
Whole rows of F values are gathered behind a conditional: what enters and leaves one is computed once, where
the compiler would otherwise repeat the gathers for each use (measured: ten times slower in a chain of
three).
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array, lax


def pyramid(texture: Array) -> Array:
    """(..., N, N, F) -> tables (..., T, F), finest level first."""
    *batch, n, _, f = texture.shape
    levels = [texture]
    while n > 1:
        n //= 2
        a = levels[-1].reshape(*batch, n, 2, n, 2, f)
        levels.append(
            0.25 * (a[..., 0, :, 0, :] + a[..., 1, :, 0, :] + a[..., 0, :, 1, :] + a[..., 1, :, 1, :])
        )
    return jnp.concatenate([a.reshape(*batch, -1, f) for a in levels], axis=-2)


def sample(table: Array, size: int, side, x: Array, z: Array, footprint: Array) -> Array:
    """Values (P, F) of a pyramid at `x`, `z` (P,) m on a tile of `side` m, mean over `footprint` (P,) m."""
    level = jnp.log2(jnp.maximum(footprint * (size / side), 1.0))
    level = jnp.minimum(level, size.bit_length() - 1 - 1e-3)
    low = jnp.floor(level)
    u, v, share, low = x * (size / side), z * (size / side), level - low, low.astype(jnp.int32)
    return _gather(table, [_corners(size, u, v, low, 1 - share), _corners(size, u, v, low + 1, share)])


def sample_finest(texture: Array, side, x: Array, z: Array) -> Array:
    """Bilinear values (P, F) of a texture (N, N, F)."""
    size = texture.shape[0]
    u, v = x * (size / side), z * (size / side)
    level = jnp.zeros(x.shape, jnp.int32)
    return _gather(texture.reshape(size * size, -1), [_corners(size, u, v, level, 1.0)])


def _gather(table: Array, levels: list) -> Array:
    rows, weights = ([c for level in item for c in level] for item in zip(*levels, strict=True))

    def go(table, rows, weights):
        some = [
            table.at[r].get(mode="promise_in_bounds") * w[:, None] for r, w in zip(rows, weights, strict=True)
        ]
        return sum(some)

    def none(table, rows, weights):
        return jnp.zeros((rows[0].shape[0], table.shape[1]))

    return lax.cond(table[0, 0] < jnp.inf, go, none, table, rows, weights)  # NaN nowhere: always the first


def _corners(size: int, u: Array, v: Array, level: Array, share) -> tuple[list, list]:
    """Rows and weights of the four texels of `level` around (u, v), texels of level 0."""
    n = size >> level
    first = (4 * (size * size - n * n)) // 3  # texels in the levels before: N^2 + N^2 / 4 + ...
    scale = n.astype(jnp.float32) / size
    u, v = (u + 0.5) * scale - 0.5, (v + 0.5) * scale - 0.5  # a coarse texel's middle lies between fine ones
    u0, v0 = jnp.floor(u), jnp.floor(v)
    a, b = u - u0, v - v0
    i, j = u0.astype(jnp.int32), v0.astype(jnp.int32)
    steps = [(0, 0), (1, 0), (0, 1), (1, 1)]
    rows = [first + ((j + dj) & (n - 1)) * n + ((i + di) & (n - 1)) for di, dj in steps]
    return rows, [share * abs(1 - di - a) * abs(1 - dj - b) for di, dj in steps]
