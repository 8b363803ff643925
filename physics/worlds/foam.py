"""Foam: where the ocean's memory says there is some, and what it looks like close by.

The texture is periodic and made once: the network of walls that bubbles leave when foam thins, from the
distances to the nearest two feature points at three sizes (Worley 1996). A threshold that rises as foam ages
opens its holes. It is given in the particles' own coordinates, so it rides on the water. Mip levels keep mean
and mean square, so that the threshold of an average is the average of the threshold (a Gaussian's
distribution function): foam does not shimmer in the distance.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.stats import norm
from scipy.spatial import KDTree

from physics.antialias import smoothstep
from physics.worlds.texture import pyramid, sample

SIZE = 512  # texels a side
SIDE = 6.0  # m
RAGGED = 0.08  # width of the threshold
_DEVIATION = 0.21  # of the two layers' mix, each even in [0, 1]
_CELLS = ((0.85, 1.0), (0.34, 0.62), (0.14, 0.34))  # m between feature points, weight


def foam_texture(seed: int = 5) -> Array:
    """Table (T, 2): value in about [0, 1], 1 on the walls, and its square."""
    rng = np.random.default_rng(seed)
    unit = SIDE / SIZE
    at = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE), indexing="xy"), -1).reshape(-1, 2) * unit
    total = np.zeros(len(at))
    for spacing, weight in _CELLS:
        points = rng.random((int((SIDE / spacing) ** 2), 2)) * SIDE
        near = KDTree(points, boxsize=SIDE).query(at, k=2)[0]
        wall = 1 - np.clip((near[:, 1] - near[:, 0]) / (0.55 * spacing), 0, 1)
        total += weight * wall**1.5
        at = (
            at + 0.25 * spacing * np.sin(2 * np.pi * at[:, ::-1] / SIDE * 3)
        ) % SIDE  # walls are not straight
    rank = np.argsort(np.argsort(total)) / (len(total) - 1)  # uniform: a threshold is a cover
    value = jnp.asarray(rank.reshape(SIZE, SIZE), jnp.float32)
    return pyramid(jnp.stack([value, value * value], -1))


def foam_cover(table: Array, x: Array, z: Array, amount: Array, footprint: Array, wind: Array) -> Array:
    """Share (P,) of the water under foam at particles `x`, `z` m; `amount` 0 none, 1 fresh.

    `wind` (2,) m/s x z draws the network out along itself: in a gale foam lies in streaks.
    """
    speed = jnp.hypot(wind[0], wind[1])
    way = wind / jnp.maximum(speed, 1e-3)
    along, across = x * way[0] + z * way[1], z * way[0] - x * way[1]
    along = along / (1 + speed / 7.5)
    f = sample(table, SIZE, SIDE, along, across, footprint)
    broad = sample(table, SIZE, 7.3 * SIDE, along + 0.37 * across, across - 0.37 * along, footprint)
    mean = 0.6 * f[:, 0] + 0.4 * broad[:, 0]
    spread = (
        jnp.maximum(f[:, 1] - f[:, 0] ** 2, 0) * 0.36 + jnp.maximum(broad[:, 1] - broad[:, 0] ** 2, 0) * 0.16
    )
    return norm.cdf((mean - (1.0 - amount)) / jnp.sqrt(spread + RAGGED**2)) * opacity(amount)


def mean_cover(amount: Array) -> Array:
    """`foam_cover` averaged over the texture."""
    return norm.cdf((amount - 0.5) / np.hypot(_DEVIATION, RAGGED)) * opacity(amount)


def opacity(amount: Array) -> Array:
    """Foam thins before it goes: how white it is where it is."""
    return smoothstep(0.02, 0.45, amount)
