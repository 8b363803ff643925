"""Area-filtered edges: how much of a pixel of width `footprint` an edge, a line or a row of bands covers.

The filter is a box of one footprint along the edge's normal, so a straight edge is exact and a thin line
keeps its share of the light when it is narrower than a pixel. Distances and footprints share one unit.
"""

from __future__ import annotations

import jax.numpy as jnp

from physics.noise import fade


def smoothstep(low, high, x):
    """0 below `low`, 1 above `high`, smooth between."""
    t = jnp.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def inside(distance, footprint):
    """Cover of a half plane; `distance` is positive inside it."""
    return jnp.clip(distance / jnp.maximum(footprint, 1e-6) + 0.5, 0.0, 1.0)


def line(distance, half_width, footprint):
    """Cover of a line of `half_width` whose middle is `distance` away."""
    f = jnp.maximum(footprint, 1e-6)
    low = jnp.clip(distance - 0.5 * f, -half_width, half_width)
    high = jnp.clip(distance + 0.5 * f, -half_width, half_width)
    return (high - low) / f


def bands(x, share, footprint):
    """Cover of bands of width `share` in each unit period, the first centred on x = 0; tends to `share`."""
    f = jnp.maximum(footprint, 1e-6)

    def integral(t):
        whole = jnp.floor(t)
        return whole * share + jnp.clip(t - whole, 0.0, share)

    start = x + 0.5 * share
    cover = (integral(start + 0.5 * f) - integral(start - 0.5 * f)) / f
    return share + (cover - share) * fade(0.5, footprint)
