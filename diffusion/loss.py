"""Training objective and the noise levels it is trained on.

Loss: EDM denoising loss in the F domain (Karras et al. 2022, eq. 8), a per-pixel mean of
(D - x0)^2 / c_out^2 held to a Charbonnier form, because path-traced targets keep a few bright outliers.
Noise: some samples carry one level over the picture, the rest two: the lower where the history is valid,
the higher elsewhere, as the sampler will use it.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from diffusion.precondition import coefficients

RIM = 2  # px at the border of a patch that carry no loss
OFFSET_NOISE = 0.1  # constant noise per picture, relative to sigma


LOWEST, HIGHEST = 0.4, 8.0  # sigma; the targets' own noise (about 0.2) would be learnt below


def draw_sigma(key: Array, validity: Array) -> Array:
    """Noise map shaped like `validity` (B, H, W), log-uniform: one level per picture or one per validity."""
    a, b, c = jax.random.split(key, 3)
    one = (validity.shape[0], 1, 1)

    def level(k):
        return jax.random.uniform(k, one, minval=jnp.log(LOWEST), maxval=jnp.log(HIGHEST))

    low, high = jnp.minimum(level(b), level(c)), jnp.maximum(level(b), level(c))
    two = jnp.where(validity > 0.5, low, high)
    return jnp.exp(jnp.where(jax.random.uniform(a, one) < 0.4, level(b), two))


def add_noise(key: Array, x: Array, sigma: Array) -> Array:
    """x + sigma n with n white plus a common offset, unit variance in all (B, H, W, 3)."""
    a, b = jax.random.split(key)
    white = jax.random.normal(a, x.shape)
    offset = OFFSET_NOISE * jax.random.normal(b, (x.shape[0], 1, 1, x.shape[-1]))
    return x + sigma[..., None] * (white + offset) / jnp.sqrt(1 + OFFSET_NOISE**2)


def denoising_loss(denoised: Array, target: Array, sigma: Array) -> Array:
    """Scalar loss of D(x) against x0, both (B, H, W, 3), over the inner part of the patches."""
    _, c_out, _ = coefficients(sigma)
    error = (denoised - target) / jnp.maximum(c_out, 0.05)[..., None]
    square = jnp.sum(error**2, -1)
    return jnp.mean((jnp.sqrt(1.0 + square) - 1.0)[:, RIM:-RIM, RIM:-RIM])
