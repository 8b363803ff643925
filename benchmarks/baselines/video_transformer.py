"""A pure video diffusion transformer: space-time patches, no physics; the rival of `benchmarks.claim`.

Latent flow matching between noise and clip, z_t = t z + (1 - t) n (Lipman et al. 2023), the network's output
the clean latents and the loss that of the velocity (Li & He 2025, "Back to basics: let denoising generative
models denoise"). Blocks are those of DiT (Peebles & Xie 2023): attention over all patches of the clip,
adaLN-zero from the flow's time, RMS-normed queries and keys, places as sines that are learnt on. Every token
carries the given frames' patch of its place beside its noisy latents, as image-to-video models do; the
description of the scene stands beside them as tokens, its numbers as Fourier features (Tancik et al. 2020).

What made it stronger at equal compute is kept: latents in place of pixels, Fourier features, early times,
four clips per update.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from benchmarks.baselines.latents import PATCH, Latents

CLOSEST = 0.05  # 1 - t is not let below this in the loss: the velocity's weight grows without bound
T_MEAN, T_SPREAD = -1.2, 1.0  # of the logit of t while training: where things are is settled early
OCTAVES = 5  # of the description's Fourier features


@dataclass(frozen=True, kw_only=True)
class TransformerConfig:
    """Sizes of the network."""

    width: int = 128
    depth: int = 6
    heads: int = 2
    latents: int = 96  # numbers per token
    shape: tuple[int, int, int] = (12, 64, 64)  # frames, px, px, to be made
    words: tuple[int, int] = (4, 12)  # tokens of the description, numbers in each


def _normal(rngs: nnx.Rngs, *shape: int, scale: float = 0.02) -> nnx.Param:
    return nnx.Param(scale * jax.random.normal(rngs.params(), shape))


def _rms(x: Array) -> Array:
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-6)


def _waves(count: int, width: int) -> nnx.Param:
    """Places 0 ... count - 1 as sines (Vaswani et al. 2017), to be learnt on."""
    wave = jnp.exp(jnp.linspace(0.0, jnp.log(count + 1.0), width // 2))
    phase = jnp.pi * jnp.arange(count)[:, None] / count * wave
    return nnx.Param(0.5 * jnp.concatenate([jnp.sin(phase), jnp.cos(phase)], -1))


def _featured(words: Array) -> Array:
    """(B, words, n) -> (B, words, n (1 + 2 OCTAVES))."""
    phase = words[..., None] * (0.5 * jnp.pi * 2.0 ** jnp.arange(OCTAVES))
    parts = jnp.concatenate([words[..., None], jnp.sin(phase), jnp.cos(phase)], -1)
    return parts.reshape(*words.shape[:2], -1)


class Block(nnx.Module):
    """Attention over all tokens and a two-layer perceptron, each scaled, shifted and gated by time."""

    def __init__(self, width: int, heads: int, rngs: nnx.Rngs) -> None:
        self.heads = heads
        self.qkv, self.out = nnx.Linear(width, 3 * width, rngs=rngs), nnx.Linear(width, width, rngs=rngs)
        self.up, self.down = nnx.Linear(width, 4 * width, rngs=rngs), nnx.Linear(4 * width, width, rngs=rngs)
        zero = nnx.initializers.zeros
        self.modulate = nnx.Linear(width, 6 * width, kernel_init=zero, rngs=rngs)

    def __call__(self, x: Array, time: Array) -> Array:
        shift, scale, gate, shift2, scale2, gate2 = jnp.split(self.modulate(time)[:, None], 6, -1)
        x = x + gate * self._attend(_rms(x) * (1 + scale) + shift)
        return x + gate2 * self.down(nnx.gelu(self.up(_rms(x) * (1 + scale2) + shift2)))

    def _attend(self, x: Array) -> Array:
        b, n, width = x.shape
        q, k, v = jnp.moveaxis(self.qkv(x).reshape(b, n, 3, self.heads, -1), 2, 0)
        weight = jnp.einsum("bqhd,bkhd->bhqk", _rms(q), _rms(k)) * q.shape[-1] ** 0.5
        mixed = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(weight), v)
        return self.out(mixed.reshape(b, n, width))


class VideoTransformer(nnx.Module):
    """Noisy latents, flow time, given latents, description -> clean latents."""

    def __init__(self, config: TransformerConfig, rngs: nnx.Rngs) -> None:
        self.config, width, (words, numbers) = config, config.width, config.words
        self.enter = nnx.Linear(2 * config.latents, width, rngs=rngs)
        self.places = nnx.List([_waves(n // p, width) for n, p in zip(config.shape, PATCH)])
        self.word = nnx.Linear(numbers * (1 + 2 * OCTAVES), width, rngs=rngs)
        self.word_place = _normal(rngs, words, width)
        self.time = nnx.List([nnx.Linear(64, width, rngs=rngs), nnx.Linear(width, width, rngs=rngs)])
        self.blocks = nnx.List([Block(width, config.heads, rngs) for _ in range(config.depth)])
        self.leave = nnx.Linear(width, config.latents, kernel_init=nnx.initializers.zeros, rngs=rngs)

    def __call__(self, noisy: Array, t: Array, given: Array, words: Array) -> Array:
        """noisy (B, tokens, latents), t (B,), given (B, tokens of a PATCH of frames, latents), words."""
        repeated = jnp.tile(given, (1, noisy.shape[1] // given.shape[1], 1))
        x = self.enter(jnp.concatenate([noisy, repeated], -1)) + self._place()
        x = jnp.concatenate([x, self.word(_featured(words)) + self.word_place[...]], 1)
        wave = jnp.exp(jnp.linspace(0.0, 6.0, 32)) * t[:, None]
        time = jnp.concatenate([jnp.sin(wave), jnp.cos(wave)], -1)
        time = nnx.silu(self.time[1](nnx.silu(self.time[0](time))))
        for block in self.blocks:
            x = block(x, time)
        return self.leave(_rms(x[:, : -words.shape[1]]))

    def _place(self) -> Array:
        t, y, x = (place[...] for place in self.places)
        return (t[:, None, None] + y[:, None] + x).reshape(-1, t.shape[-1])


def flow_loss(model: VideoTransformer, latents: Latents, clip: Array, words: Array, key: Array) -> Array:
    """Mean square error of the velocity; `clip` (B, T, H, W, 3) in [-1, 1], PATCH[0] frames given."""
    k_t, k_n = jax.random.split(key)
    given, z = latents.of(clip[:, : PATCH[0]]), latents.of(clip[:, PATCH[0] :])
    t = jax.nn.sigmoid(T_MEAN + T_SPREAD * jax.random.normal(k_t, (len(z),)))
    near = t[:, None, None]
    noisy = near * z + (1 - near) * jax.random.normal(k_n, z.shape)
    error = (model(noisy, t, given, words) - z) / jnp.maximum(1 - near, CLOSEST)
    return jnp.mean(error**2)


def sample(
    model: VideoTransformer, latents: Latents, given: Array, words: Array, key: Array, steps: int
) -> Array:
    """Frames after the given ones, (B, *shape, 3), by Heun's method, last step Euler's."""
    known, dt = latents.of(given), 1.0 / steps
    tokens = known.shape[1] * model.config.shape[0] // PATCH[0]
    z = jax.random.normal(key, (len(known), tokens, model.config.latents))

    def velocity(z: Array, now: float) -> Array:
        clean = model(z, jnp.full(len(z), now), known, words)
        return (clean - z) / jnp.maximum(1 - now, CLOSEST)

    for k in range(steps):
        v = velocity(z, k * dt)
        ahead = z + dt * v
        z = ahead if k == steps - 1 else z + 0.5 * dt * (v + velocity(ahead, (k + 1) * dt))
    return latents.frames(z, model.config.shape)
