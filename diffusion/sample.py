"""Samplers over a per-pixel noise map, and the noise field that moves with the picture.

Deterministic Euler on the EDM probability-flow ODE (Karras et al. 2022, algorithm 1 without the second
order correction: at 1-4 steps it does not pay). Pixels with a valid history start low, at the warped
previous result plus a little noise; the others start from noise (SDEdit-style start, Meng et al. 2022).
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

# Path-traced targets carry noise of about 0.2 in these units: a step below 0.5 would paint it.
VALID_SIGMAS = {1: (0.8,), 2: (1.0, 0.6), 3: (1.0, 0.75, 0.6), 4: (1.0, 0.8, 0.7, 0.6)}
TEMPERATURE = 0.25  # share of the nominal noise that a frame starts from: the targets leave little to chance
FRESH_SIGMAS = {1: (5.0,), 2: (5.0, 1.2), 3: (5.0, 2.0, 1.0), 4: (5.0, 2.5, 1.4, 0.9)}


def sigma_maps(validity: Array, steps: int) -> list[Array]:
    """Noise maps shaped like `validity` (0 ... 1), one per step, blended in log sigma."""
    pairs = zip(VALID_SIGMAS[steps], FRESH_SIGMAS[steps], strict=True)
    return [jnp.exp(validity * jnp.log(low) + (1 - validity) * jnp.log(high)) for low, high in pairs]


def sample_euler(
    denoise: Callable[[Array, Array], Array], x: Array, sigmas: list[Array], callback=None
) -> Array:
    """Integrate from sigmas[0] to zero; `denoise(x, sigma)`, x (..., H, W, 3), sigma (..., H, W)."""
    for i, sigma in enumerate(sigmas):
        clean = denoise(x, sigma)
        if callback is not None:
            callback(i, clean)
        if i + 1 < len(sigmas):
            ratio = (sigmas[i + 1] / sigma)[..., None]
            x = clean + (x - clean) * ratio
        else:
            x = clean
    return x


def warp(image: Array, motion: Array) -> Array:
    """Bilinear lookup of `image` (H, W, C) at each pixel moved by `motion` (H, W, 2) px, edges clamped."""
    h, w = image.shape[:2]
    y, x = jnp.meshgrid(jnp.arange(h), jnp.arange(w), indexing="ij")
    u = jnp.clip(x + motion[..., 0], 0.0, w - 1.0)
    v = jnp.clip(y + motion[..., 1], 0.0, h - 1.0)
    u0, v0 = jnp.floor(u).astype(jnp.int32), jnp.floor(v).astype(jnp.int32)
    u1, v1 = jnp.minimum(u0 + 1, w - 1), jnp.minimum(v0 + 1, h - 1)
    a, b = (u - u0)[..., None], (v - v0)[..., None]
    flat = image.reshape(h * w, -1)

    def at(yy, xx):
        return jnp.take(flat, (yy * w + xx).reshape(-1), axis=0).reshape(h, w, -1)

    top = at(v0, u0) * (1 - a) + at(v0, u1) * a
    return top * (1 - b) + (at(v1, u0) * (1 - a) + at(v1, u1) * a) * b


def validity(ident: Array, ident_before: Array, motion: Array, cover: Array | float = 1.0) -> Array:
    """1 where the previous frame shows the same object at the warped place, 0 where it was hidden.

    ident, ident_before (H, W) int; motion (H, W, 2) px to the previous frame.
    """
    h, w = ident.shape
    y, x = jnp.meshgrid(jnp.arange(h), jnp.arange(w), indexing="ij")
    u, v = x + motion[..., 0], y + motion[..., 1]
    inside = (u >= 0) & (u <= w - 1) & (v >= 0) & (v <= h - 1)

    def same(du, dv):
        xx = jnp.clip(jnp.floor(u).astype(jnp.int32) + du, 0, w - 1)
        yy = jnp.clip(jnp.floor(v).astype(jnp.int32) + dv, 0, h - 1)
        return jnp.take(ident_before.reshape(-1), (yy * w + xx).reshape(-1)).reshape(h, w) == ident

    return jnp.where(inside & same(0, 0) & same(1, 0) & same(0, 1) & same(1, 1), 1.0, 0.0) * cover


def advect_noise(noise: Array, motion: Array, valid: Array, key: Array, refresh: float = 0.3) -> Array:
    """White noise (H, W, C) carried along: nearest-neighbour gather, fresh where invalid, partly renewed."""
    h, w = noise.shape[:2]
    fresh = jax.random.normal(key, noise.shape)
    y, x = jnp.meshgrid(jnp.arange(h), jnp.arange(w), indexing="ij")
    xx = jnp.clip(jnp.round(x + motion[..., 0]).astype(jnp.int32), 0, w - 1)
    yy = jnp.clip(jnp.round(y + motion[..., 1]).astype(jnp.int32), 0, h - 1)
    moved = jnp.take(noise.reshape(h * w, -1), (yy * w + xx).reshape(-1), axis=0).reshape(noise.shape)
    mixed = jnp.sqrt(1 - refresh**2) * moved + refresh * fresh
    return jnp.where(valid[..., None] > 0.5, mixed, fresh)
