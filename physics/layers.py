"""Layers: what a pattern is made of before it becomes a colour.

A pattern returns a list of (weight (...,), linear RGB (3,)); the base colour is the weighted sum. Weights
carry the shape, colours carry none, so everything per pixel is scalar arithmetic.
"""

from __future__ import annotations

import jax.numpy as jnp


def deeper(colour, power: float = 1.6):
    """The same pigment laid on thicker: darker and more saturated."""
    return jnp.maximum(colour, 1e-4) ** power


def shaded(c1, tone, depth, power: float = 1.6):
    """Layers of c1 with relative brightness `tone` and share `depth` of the deeper colour, both of mean 0."""
    return [(1.0 + tone, c1), (depth, deeper(c1, power) - c1)]


def covered(layers, cover, colour):
    """Layers with `cover` of `colour` on top."""
    return [(weight * (1 - cover), rgb) for weight, rgb in layers] + [(cover, colour)]


def blend(layers, shape):
    """The layers' colour (*shape, 3), clipped to [0, 1]."""
    total = sum(jnp.broadcast_to(weight, shape)[..., None] * rgb for weight, rgb in layers)
    return jnp.clip(total, 0.0, 1.0)
