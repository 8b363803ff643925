"""Training objective and the noise levels it is trained on.

Loss: EDM denoising loss in the F domain (Karras et al. 2022, eq. 8), a per-pixel mean of
(D - x0)^2 / c_out^2 held to a Charbonnier form, because path-traced targets keep a few bright outliers.
Noise: some samples carry one level over the picture, the rest two: the lower where the history is valid,
the higher elsewhere, as the sampler will use it. Context corruption after GameNGen (Valevski et al. 2024) and
DIAMOND (Alonso et al. 2024): the history is noised, shifted, blurred and biased so that the net mends it.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from diffusion.precondition import coefficients
from diffusion.sample import warp

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
    x = smooth(smooth(x))  # or the net would learn to copy the target's own Monte Carlo noise
    x = x * gain + bias + noise * jax.random.normal(k[4], x.shape)
    valid = random_blobs(k[5], b, h, w) * (jax.random.uniform(k[6], one) < 0.75)
    return jnp.concatenate([x * valid, valid], -1)


def smooth(x: Array) -> Array:
    """Binomial 3 x 3 blur of (B, H, W, C)."""
    for axis in (1, 2):
        x = 0.5 * x + 0.25 * (jnp.roll(x, 1, axis) + jnp.roll(x, -1, axis))
    return x


def random_blobs(key: Array, b: int, h: int, w: int) -> Array:
    """Mask (b, h, w, 1): 0 inside a random disc or half plane in half of the pictures, 1 elsewhere."""
    k = jax.random.split(key, 4)
    y, x = jnp.meshgrid(jnp.arange(h) / h, jnp.arange(w) / w, indexing="ij")
    c = jax.random.uniform(k[0], (b, 2, 1, 1), minval=-0.2, maxval=1.2)
    r = jax.random.uniform(k[1], (b, 1, 1), minval=0.02, maxval=0.35)
    hole = (y - c[:, 0]) ** 2 + (x - c[:, 1]) ** 2 < r * r
    hole = hole & (jax.random.uniform(k[2], (b, 1, 1)) < 0.5)
    return 1.0 - hole[..., None].astype(jnp.float32)
