"""The painter's network: a two-level convolutional U-Net on a space-to-depth grid.

Magnitude-preserving layers after EDM2 (Karras et al. 2024, eqs. 47, 66, 81, 88): weights normalised per
output channel, no biases, no group norm; per-pixel RMS norm only, so nothing in it depends on the whole
picture and a patch-trained net paints any size. Skips and conditions are added, not concatenated, and no
convolution but the last (15 -> 3 channels) runs at full resolution: on a CPU that is most of the speed.

The encoder of the conditions runs once per frame, the denoiser once per step. The head writes, per pixel,
gains on the base, prior, mirror and bleed planes and on its noisy input, beside a free colour: texture passes
through at full sharpness, noise is cancelled where it is, and the net has to say only how things are lit
(after the filter stages of Thomas et al. 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from diffusion.condition import LIGHT_SIZE, PLANES
from diffusion.precondition import coefficients

PATCH = 4  # space-to-depth factor
HISTORY = 4  # warped residual and validity
GAINED = ((6, 9), (0, 3), (9, 12), (12, 15))  # base, prior, mirror, bleed in the packed planes
OUTPUTS = 3 + 3 * len(GAINED) + 3  # a free colour, a gain per plane, a gain on the noisy input


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """Sizes of the network."""

    channels: tuple[int, int] = (64, 128)  # at 1/4 and 1/8 of the picture; multiples of 64 run best
    blocks: tuple[int, int] = (1, 2)  # per level, both in the encoder and in the decoder half
    embedding: int = 64  # light and palette vector


def space_to_depth(x: Array, n: int = PATCH) -> Array:
    """(B, H, W, C) -> (B, H/n, W/n, n n C)."""
    b, h, w, c = x.shape
    x = x.reshape(b, h // n, n, w // n, n, c)
    return x.transpose(0, 1, 3, 2, 4, 5).reshape(b, h // n, w // n, n * n * c)


def depth_to_space(x: Array, n: int = PATCH) -> Array:
    """Inverse of `space_to_depth`."""
    b, h, w, c = x.shape
    x = x.reshape(b, h, w, n, n, c // (n * n))
    return x.transpose(0, 1, 3, 2, 4, 5).reshape(b, h * n, w * n, c // (n * n))


def rms_norm(x: Array) -> Array:
    """Unit mean square over the channels of each pixel."""
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-4)


def mp_silu(x: Array) -> Array:
    """SiLU scaled to preserve magnitude (EDM2 eq. 81)."""
    return jax.nn.silu(x) / 0.596


def mp_sum(a: Array, b: Array, t: float) -> Array:
    """Blend that preserves magnitude (EDM2 eq. 88)."""
    return ((1 - t) * a + t * b) / jnp.sqrt((1 - t) ** 2 + t**2)


class MPConv(nnx.Module):
    """Convolution (size 3) or per-pixel product (size 1) with forced weight normalisation (EDM2 eq. 66)."""

    def __init__(self, inputs: int, outputs: int, size: int, *, rngs: nnx.Rngs):
        shape = (size, size, inputs, outputs) if size > 1 else (inputs, outputs)
        self.weight = nnx.Param(jax.random.normal(rngs.params(), shape))

    def __call__(self, x: Array, gain: Array | float = 1.0) -> Array:
        w = self.weight[...]
        norm = jnp.sqrt(jnp.sum(w * w, axis=tuple(range(w.ndim - 1)), keepdims=True))
        w = (w * (gain / (norm + 1e-6))).astype(x.dtype)
        if w.ndim == 2:
            return x @ w
        return jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


class Block(nnx.Module):
    """Residual block, modulated per channel by the light vector."""

    def __init__(self, channels: int, embedding: int, *, rngs: nnx.Rngs):
        self.first = MPConv(channels, channels, 3, rngs=rngs)
        self.second = MPConv(channels, channels, 3, rngs=rngs)
        self.modulate = MPConv(embedding, channels, 1, rngs=rngs)
        self.gain = nnx.Param(jnp.zeros(()))

    def __call__(self, x: Array, e: Array) -> Array:
        x = rms_norm(x)
        scale = 1.0 + self.modulate(e, self.gain[...])
        y = self.first(mp_silu(x)) * scale[:, None, None, :]
        return mp_sum(x, self.second(mp_silu(y)), 0.3)


class Level(nnx.Module):
    """A run of blocks."""

    def __init__(self, count: int, channels: int, embedding: int, *, rngs: nnx.Rngs):
        self.blocks = nnx.List([Block(channels, embedding, rngs=rngs) for _ in range(count)])

    def __call__(self, x: Array, e: Array) -> Array:
        for block in self.blocks:
            x = block(x, e)
        return x


class Encoder(nnx.Module):
    """Conditions (planes, history, light) -> one feature map per level, once per frame."""

    def __init__(self, config: NetworkConfig, *, rngs: nnx.Rngs):
        high, low = config.channels
        self.enter = MPConv(PATCH * PATCH * (PLANES + HISTORY + 1), high, 1, rngs=rngs)
        self.light_in = MPConv(LIGHT_SIZE + 1, config.embedding, 1, rngs=rngs)
        self.light_out = MPConv(config.embedding, config.embedding, 1, rngs=rngs)
        self.high = Level(1, high, config.embedding, rngs=rngs)
        self.down = MPConv(high, low, 1, rngs=rngs)
        self.low = Level(1, low, config.embedding, rngs=rngs)

    def __call__(self, planes: Array, history: Array, light: Array) -> tuple[Array, Array, Array]:
        e = self.light_in(jnp.concatenate([light, jnp.ones_like(light[:, :1])], -1))
        e = mp_silu(self.light_out(mp_silu(e)))
        x = jnp.concatenate([planes, history, jnp.ones_like(planes[..., :1])], -1)
        x = self.high(self.enter(space_to_depth(x)), e)
        return e, x, self.low(self.down(halve(x)), e)


class Denoiser(nnx.Module):
    """Noisy residual and noise map -> F of the preconditioning."""

    def __init__(self, config: NetworkConfig, *, rngs: nnx.Rngs):
        (high, low), (n_high, n_low) = config.channels, config.blocks
        self.enter = MPConv(PATCH * PATCH * 4, high, 1, rngs=rngs)
        self.down_high = Level(n_high, high, config.embedding, rngs=rngs)
        self.down = MPConv(high, low, 1, rngs=rngs)
        self.down_low = Level(n_low, low, config.embedding, rngs=rngs)
        self.up_low = Level(n_low, low, config.embedding, rngs=rngs)
        self.up = MPConv(low, high, 1, rngs=rngs)
        self.up_high = Level(n_high, high, config.embedding, rngs=rngs)
        self.leave = MPConv(high, PATCH * PATCH * OUTPUTS, 1, rngs=rngs)
        self.gain = nnx.Param(jnp.zeros(()))
        self.blend = nnx.Param(jnp.zeros((3, 3, OUTPUTS, 3)))

    def __call__(
        self, x: Array, log_sigma: Array, features: tuple[Array, Array, Array], planes: Array
    ) -> Array:
        e, f_high, f_low = features
        noisy = x
        x = self.enter(space_to_depth(jnp.concatenate([x, log_sigma[..., None] / 4], -1)))
        high = self.down_high(mp_sum(x, f_high, 0.5), e)
        low = self.down_low(mp_sum(self.down(halve(high)), f_low, 0.5), e)
        low = self.up_low(low, e)
        x = mp_sum(high, double(self.up(low)), 0.5)
        x = depth_to_space(self.leave(rms_norm(self.up_high(x, e)), self.gain[...]))
        return self._head(x, planes, noisy)

    def _head(self, x: Array, planes: Array, noisy: Array) -> Array:
        parts = [x[..., :3]]
        for i, (a, b) in enumerate(GAINED):
            parts.append(2.0 * x[..., 3 + 3 * i : 6 + 3 * i] * planes[..., a:b].astype(x.dtype))
        parts.append(2.0 * x[..., -3:] * noisy)
        stack = jnp.concatenate(parts, -1)
        centre = jnp.tile(jnp.eye(3), (len(parts), 1))
        kernel = (0.1 * self.blend[...]).at[1, 1].add(centre).astype(x.dtype)
        return jax.lax.conv_general_dilated(
            stack, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )


def halve(x: Array) -> Array:
    """2 x 2 means, rescaled to preserve magnitude of uncorrelated pixels half way."""
    b, h, w, c = x.shape
    return x.reshape(b, h // 2, 2, w // 2, 2, c).mean((2, 4))


def double(x: Array) -> Array:
    """Nearest-neighbour upsampling by two."""
    return jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2)


class PainterNetwork(nnx.Module):
    """Encoder and denoiser together, with the preconditioning of `diffusion.precondition`."""

    def __init__(self, config: NetworkConfig, *, rngs: nnx.Rngs):
        self.encoder = Encoder(config, rngs=rngs)
        self.denoiser = Denoiser(config, rngs=rngs)

    def encode(self, planes: Array, history: Array, light: Array) -> tuple[Array, Array, Array]:
        """Features of one frame; planes (B, H, W, PLANES), history (B, H, W, 4), light (B, LIGHT_SIZE)."""
        return self.encoder(planes, history, light)

    def denoise(self, x: Array, sigma: Array, features, planes: Array) -> Array:
        """Clean residual (B, H, W, 3) expected from noisy `x` at noise level `sigma` (B, H, W)."""
        skip, out, scale = (c[..., None] for c in coefficients(sigma))
        f = self.denoiser(x * scale, jnp.log(sigma), features, planes)
        return skip * x + out * f.astype(x.dtype)
