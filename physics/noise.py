"""Lattice noise for the patterns: integer hashing, gradient noise in 2-D and 3-D, feature points.

Gradient noise is Perlin's (SIGGRAPH 2002, "Improving noise": quintic fade), with the gradients taken
from the bits of an integer hash of the lattice cell (multiply and xor-shift rounds as in Ellis'
"lowbias32"), so that it never repeats and stays exact in float32 up to lattice coordinates of about 1e5.
Everything is elementwise over any leading shape. Noise has mean 0 and lies in about [-1, 1].
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

_X = 0x8DA6B343
_Y = 0xD8163841
_Z = 0xCB1AB31F


def _u32(value):
    return jnp.asarray(value).astype(jnp.uint32) if hasattr(value, "dtype") else jnp.uint32(value)


def mix_bits(h):
    """Scramble uint32 words."""
    h = h ^ (h >> 16)
    h = h * jnp.uint32(0x7FEB352D)
    h = h ^ (h >> 15)
    h = h * jnp.uint32(0x846CA68B)
    return h ^ (h >> 16)


def cell(x):
    """The integer cell of x as (float floor, uint32 index)."""
    whole = jnp.floor(x)
    return whole, whole.astype(jnp.int32).astype(jnp.uint32)


def hash_cell(i, j, seed):
    """Hash of a pair of uint32 cell indices; `seed` is an int or a uint32 array."""
    return mix_bits(_u32(i) * jnp.uint32(_X) + _u32(j) * jnp.uint32(_Y) + _u32(seed))


def unit(h, part: int = 0):
    """A number in [0, 1) from 16 bits of the hash; parts 0 and 2 are independent."""
    return ((h >> (8 * part)) & jnp.uint32(0xFFFF)).astype(jnp.int32).astype(jnp.float32) * (1 / 65536)


def bits8(h, part: int):
    """A number in (0, 1) from byte `part` (0..3): four independent ones in a word."""
    return ((h >> (8 * part)) & jnp.uint32(0xFF)).astype(jnp.int32).astype(jnp.float32) * (1 / 256) + 1 / 512


def _quintic(t):
    return t * t * t * (t * (t * 6 - 15) + 10)


def _corner2(h, fx, fz):
    gx = (h & jnp.uint32(0xFFFF)).astype(jnp.int32).astype(jnp.float32) - 32767.5
    gz = (h >> 16).astype(jnp.int32).astype(jnp.float32) - 32767.5
    return gx * fx + gz * fz


def noise2(x, z, seed=0):
    """Gradient noise on a unit lattice of the plane; `seed`: an int or a uint32 array, one field a seed."""
    x0, i = cell(x)
    z0, j = cell(z)
    fx, fz = x - x0, z - z0
    a = i * jnp.uint32(_X) + _u32(seed)
    b = j * jnp.uint32(_Y)
    a1, b1 = a + jnp.uint32(_X), b + jnp.uint32(_Y)
    n00 = _corner2(mix_bits(a + b), fx, fz)
    n10 = _corner2(mix_bits(a1 + b), fx - 1, fz)
    n01 = _corner2(mix_bits(a + b1), fx, fz - 1)
    n11 = _corner2(mix_bits(a1 + b1), fx - 1, fz - 1)
    s, t = _quintic(fx), _quintic(fz)
    low, high = n00 + s * (n10 - n00), n01 + s * (n11 - n01)
    return (low + t * (high - low)) * (1.6 / 32768)


def _corner3(h, fx, fy, fz):
    mask = jnp.uint32(0x3FF)
    gx = (h & mask).astype(jnp.int32).astype(jnp.float32) - 511.5
    gy = ((h >> 10) & mask).astype(jnp.int32).astype(jnp.float32) - 511.5
    gz = ((h >> 20) & mask).astype(jnp.int32).astype(jnp.float32) - 511.5
    return gx * fx + gy * fy + gz * fz


def noise3(x, y, z, seed=0):
    """Gradient noise on a unit lattice of space."""
    x0, i = cell(x)
    y0, j = cell(y)
    z0, k = cell(z)
    fx, fy, fz = x - x0, y - y0, z - z0
    a = i * jnp.uint32(_X) + _u32(seed)
    b, c = j * jnp.uint32(_Y), k * jnp.uint32(_Z)
    s, t, r = _quintic(fx), _quintic(fy), _quintic(fz)

    def edge(dj, dk):
        base = a + (b + jnp.uint32(_Y * dj & 0xFFFFFFFF)) + (c + jnp.uint32(_Z * dk & 0xFFFFFFFF))
        n0 = _corner3(mix_bits(base), fx, fy - dj, fz - dk)
        n1 = _corner3(mix_bits(base + jnp.uint32(_X)), fx - 1, fy - dj, fz - dk)
        return n0 + s * (n1 - n0)

    e00, e10, e01, e11 = edge(0, 0), edge(1, 0), edge(0, 1), edge(1, 1)
    low, high = e00 + t * (e10 - e00), e01 + t * (e11 - e01)
    return (low + r * (high - low)) * (1.5 / 512)


def fade(frequency, footprint):
    """Weight of a detail of `frequency` (cycles per unit): 1 from 4 footprints a cycle up, 0 from 2 down."""
    return jnp.clip(2.0 - 4.0 * frequency * footprint, 0.0, 1.0)


def _octaves(sample, like, footprint, frequency: float, octaves: int, seed: int, gain: float):
    """Sum of `sample(frequency, shift, seed)`; a loop, so that XLA computes it once for all its readers."""

    def add(octave, carry):
        total, f, amplitude = carry
        n = sample(f, 0.37 * octave, jnp.uint32(seed) + jnp.uint32(7919) * jnp.uint32(octave))
        return total + amplitude * fade(f, footprint) * n, f * 2.03, amplitude * gain

    start = jnp.zeros(jnp.broadcast_shapes(jnp.shape(like), jnp.shape(footprint)), jnp.float32)
    return lax.fori_loop(0, octaves, add, (start, jnp.float32(frequency), jnp.float32(1.0)))[0]


def fbm2(x, z, footprint, frequency: float, octaves: int, seed: int = 0, gain: float = 0.5):
    """Sum of `octaves` of noise2 from `frequency` upwards, each faded by the footprint."""
    u, v = 0.8 * x - 0.6 * z, 0.6 * x + 0.8 * z  # the lattice does not line up with planks and tiles
    return _octaves(
        lambda f, d, s: noise2(u * f + d, v * f + d, s), x, footprint, frequency, octaves, seed, gain
    )


def fbm3(x, y, z, footprint, frequency: float, octaves: int, seed: int = 0, gain: float = 0.5):
    """Sum of `octaves` of noise3 from `frequency` upwards, each faded by the footprint."""

    def sample(f, d, s):
        return noise3(x * f + d, y * f + d, z * f + d, s)

    return _octaves(sample, x, footprint, frequency, octaves, seed, gain)


def nearest_point2(x, z, seed: int = 0):
    """Feature points, one a unit cell (Worley 1996): distances to the nearest two, the nearest one's hash."""
    x0, i = cell(x)
    z0, j = cell(z)
    fx, fz = x - x0, z - z0
    first = jnp.full(jnp.shape(x), 9.0, jnp.float32)
    second, owner = first, jnp.zeros(jnp.shape(x), jnp.uint32)
    for dj in (-1, 0, 1):
        for di in (-1, 0, 1):
            h = hash_cell(i + jnp.uint32(di & 0xFFFFFFFF), j + jnp.uint32(dj & 0xFFFFFFFF), seed)
            dx, dz = di + unit(h, 0) - fx, dj + unit(h, 2) - fz
            d = dx * dx + dz * dz
            second = jnp.minimum(second, jnp.maximum(first, d))
            owner = jnp.where(d < first, h, owner)
            first = jnp.minimum(first, d)
    return jnp.sqrt(first), jnp.sqrt(second), mix_bits(owner)
