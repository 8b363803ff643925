"""Colour: sRGB transfer functions and the tone curve that guide, painter and reference share.

`srgb_to_linear` and `linear_to_srgb` are IEC 61966-2-1. `tone_map` is the Khronos PBR Neutral
tone mapper (specification 1.0, 2024): below the shoulder it shifts by a small Fresnel offset and
nothing else, so a base colour stays what was asked for; highlights roll off towards white.
All functions work on NumPy and JAX arrays alike and keep the last axis as RGB.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

LUMA = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709

_START = 0.8 - 0.04  # start of the shoulder
_DESATURATION = 0.15
BRIM = 2e-3  # how near to white a picture still says how bright it was


def srgb_to_linear(c):
    """sRGB in [0, 1] to linear light."""
    c = jnp.asarray(c)
    return jnp.where(c <= 0.04045, c / 12.92, ((jnp.maximum(c, 0.0) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(c):
    """Linear light in [0, 1] to sRGB; clips outside."""
    c = jnp.clip(c, 0.0, 1.0)
    return jnp.where(c <= 0.0031308, 12.92 * c, 1.055 * jnp.maximum(c, 1e-8) ** (1 / 2.4) - 0.055)


def luminance(c):
    """BT.709 luminance of linear RGB, shape (...,)."""
    return c[..., 0] * LUMA[0] + c[..., 1] * LUMA[1] + c[..., 2] * LUMA[2]


def tone_map(c):
    """Scene-linear radiance (..., 3) to display-linear in [0, 1]."""
    c = jnp.maximum(c, 0.0)
    low = jnp.min(c, axis=-1, keepdims=True)
    c = c - jnp.where(low < 0.08, low - 6.25 * low * low, 0.04)
    peak = jnp.max(c, axis=-1, keepdims=True)
    d = 1.0 - _START
    new_peak = 1.0 - d * d / (jnp.maximum(peak, _START) + d - _START)
    rolled = c * (new_peak / jnp.maximum(peak, 1e-6))
    g = 1.0 - 1.0 / (_DESATURATION * jnp.maximum(peak - new_peak, 0.0) + 1.0)
    return jnp.where(peak < _START, c, rolled * (1 - g) + new_peak * g)


def display(radiance):
    """Scene-linear radiance (..., 3) to sRGB in [0, 1], as every picture of ours is shown."""
    return linear_to_srgb(tone_map(radiance))


def quantise(picture) -> np.ndarray:
    """sRGB in [0, 1], any shape -> uint8."""
    return np.asarray(np.asarray(picture) * 255.0 + 0.5, np.uint8)


def scene_linear(picture) -> np.ndarray:
    """sRGB in [0, 1] (..., 3) as `display` shows it -> the radiance that it shows, float32.

    The inverse of `tone_map` (Khronos PBR Neutral, specification 1.0, "inverse"). White has no inverse: what
    the shoulder leaves within BRIM of it is taken as if it stood at BRIM.
    """
    return np.asarray(_radiance_of(jnp.asarray(picture, jnp.float32)))


@jax.jit
def _radiance_of(picture):
    c = srgb_to_linear(jnp.clip(picture, 0.0, 1.0))
    d = 1.0 - _START
    peak = jnp.max(c, axis=-1, keepdims=True)
    held = jnp.minimum(peak, 1.0 - BRIM)
    before = jnp.where(peak < _START, peak, d * d / (1.0 - held) - d + _START)
    f = 1.0 / (_DESATURATION * jnp.maximum(before - held, 0.0) + 1.0)
    rolled = (jnp.minimum(c, held) - held * (1 - f)) / f * before / jnp.maximum(held, 1e-6)
    out = jnp.where(peak < _START, c, jnp.maximum(rolled, 0.0))
    low = jnp.min(out, axis=-1, keepdims=True)
    return out + jnp.where(low < 0.04, jnp.sqrt(jnp.maximum(low, 0.0) / 6.25) - low, 0.04)
