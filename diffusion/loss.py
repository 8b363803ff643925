"""Training objective and the noise levels it is trained on.

Loss: EDM denoising loss in the F domain (Karras et al. 2022, eq. 8), a per-pixel mean of
(D - x0)^2 / c_out^2 held to a Charbonnier form, because path-traced targets keep a few bright outliers.
Noise: part of the samples carry one level over the picture, the rest two: low where the history is valid,
high elsewhere, as the sampler will use it. Context corruption after GameNGen (Valevski et al. 2024) and
DIAMOND (Alonso et al. 2024): the history is noised, shifted, blurred and biased so that the net mends it.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from diffusion.precondition import SIGMA_MAX, SIGMA_MIN, coefficients
from diffusion.sample import warp

RIM = 8  # px at the border of a patch that carry no loss: there the net cannot see what it will see in a frame
OFFSET_NOISE = 0.1  # constant noise per picture, relative to sigma


@dataclass(frozen=True, kw_only=True)
class NoiseConfig:
    """Distribution of ln sigma, as (mean, standard deviation)."""

    uniform_share: float = 0.4
    uniform: tuple[float, float] = (-0.2, 1.4)
    valid: tuple[float, float] = (-1.4, 1.0)
    fresh: tuple[float, float] = (0.8, 1.0)


def draw_sigma(key: Array, validity: Array, config: NoiseConfig = NoiseConfig()) -> Array:
    """Noise map shaped like `validity` (B, H, W)."""
    a, b, c, d = jax.random.split(key, 4)
    one = (validity.shape[0], 1, 1)

    def normal(k, mean_std):
        return mean_std[0] + mean_std[1] * jax.random.normal(k, one)

    two_level = jnp.where(validity > 0.5, normal(b, config.valid), normal(c, config.fresh))
    log_sigma = jnp.where(jax.random.uniform(a, one) < config.uniform_share, normal(d, config.uniform), two_level)
    return jnp.clip(jnp.exp(log_sigma), SIGMA_MIN, SIGMA_MAX)


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


def corrupt_history(key: Array, residual: Array) -> Array:
    """A believable previous frame made from the truth's own residual (B, H, W, 3): history (B, H, W, 4)."""
    k = jax.random.split(key, 7)
    b, h, w, _ = residual.shape
    one = (b, 1, 1, 1)
    shift = jax.random.uniform(k[0], (b, 1, 1, 2), minval=-0.7, maxval=0.7)
    x = jax.vmap(warp)(residual, jnp.broadcast_to(shift, (b, h, w, 2)))
    gain = 1.0 + 0.05 * jax.random.normal(k[1], one)
    bias = 0.15 * jax.random.normal(k[2], (b, 1, 1, 3)) * (jax.random.uniform(k[2], one) < 0.5)
    noise = jnp.minimum(jnp.exp(-1.8 + jax.random.normal(k[3], one)), 0.7)
    x = x * gain + bias + noise * jax.random.normal(k[4], x.shape)
    valid = random_blobs(k[5], b, h, w) * (jax.random.uniform(k[6], one) < 0.75)
    return jnp.concatenate([x * valid, valid], -1)


def random_blobs(key: Array, b: int, h: int, w: int) -> Array:
    """Mask (b, h, w, 1): 0 inside a random disc or half plane in half of the pictures, 1 elsewhere."""
    k = jax.random.split(key, 4)
    y, x = jnp.meshgrid(jnp.arange(h) / h, jnp.arange(w) / w, indexing="ij")
    c = jax.random.uniform(k[0], (b, 2, 1, 1), minval=-0.2, maxval=1.2)
    r = jax.random.uniform(k[1], (b, 1, 1), minval=0.02, maxval=0.35)
    hole = (y - c[:, 0]) ** 2 + (x - c[:, 1]) ** 2 < r * r
    hole = hole & (jax.random.uniform(k[2], (b, 1, 1)) < 0.5)
    return 1.0 - hole[..., None].astype(jnp.float32)
