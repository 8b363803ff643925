"""A pure video diffusion transformer: space-time patches, no physics; the rival of `benchmarks.claim`.

Flow matching between noise and clip, x_t = t x + (1 - t) n (Lipman et al. 2023), the network's output the
clean clip itself and the loss that of the velocity: with patches as large as these the clean clip is what a
narrow network can say (Li & He 2025, "Back to basics: let denoising generative models denoise"). Blocks are
those of DiT (Peebles & Xie 2023): attention over all patches of the clip, adaLN-zero from the flow's time,
RMS-normed queries and keys, learnt places in height, width and time. Given frames stand among the patches,
clean; the description of the scene, as numbers per ball, stands beside them as tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

PATCH = (4, 8, 8)  # frames, px, px
CLOSEST = 0.05  # 1 - t is not let below this in the loss: the velocity's weight grows without bound
T_MEAN, T_SPREAD = -0.8, 0.8  # of the logit of t while training


@dataclass(frozen=True, kw_only=True)
class TransformerConfig:
    """Sizes of the network."""

    width: int = 128
    depth: int = 6
    heads: int = 2
    shape: tuple[int, int, int] = (16, 64, 64)  # frames, px, px
    given: int = 4  # frames
    words: tuple[int, int] = (4, 12)  # tokens of the description, numbers in each


def patches(x: Array) -> Array:
    """(B, T, H, W, 3) -> (B, tokens, numbers), time the slowest."""
    b, t, h, w, c = x.shape
    f, p, q = PATCH
    x = x.reshape(b, t // f, f, h // p, p, w // q, q, c).transpose(0, 1, 3, 5, 2, 4, 6, 7)
    return x.reshape(b, -1, f * p * q * c)


def frames(tokens: Array, shape: tuple[int, int, int]) -> Array:
    """Inverse of `patches`."""
    (t, h, w), (f, p, q) = shape, PATCH
    x = tokens.reshape(len(tokens), t // f, h // p, w // q, f, p, q, 3).transpose(0, 1, 4, 2, 5, 3, 6, 7)
    return x.reshape(len(tokens), t, h, w, 3)


def _normal(rngs: nnx.Rngs, *shape: int, scale: float = 0.02) -> nnx.Param:
    return nnx.Param(scale * jax.random.normal(rngs.params(), shape))


def _rms(x: Array) -> Array:
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-6)


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
    """Noisy clip, flow time, given frames, description -> clean clip."""

    def __init__(self, config: TransformerConfig, rngs: nnx.Rngs) -> None:
        self.config, width = config, config.width
        numbers = PATCH[0] * PATCH[1] * PATCH[2] * 3
        grid = [n // p for n, p in zip(config.shape, PATCH)]
        self.enter = nnx.Linear(numbers, width, rngs=rngs)
        self.places = nnx.List([_normal(rngs, n, width) for n in grid])
        self.word, self.word_place = (
            nnx.Linear(config.words[1], width, rngs=rngs),
            _normal(rngs, config.words[0], width),
        )
        self.time = nnx.List([nnx.Linear(64, width, rngs=rngs), nnx.Linear(width, width, rngs=rngs)])
        self.blocks = nnx.List([Block(width, config.heads, rngs) for _ in range(config.depth)])
        self.leave = nnx.Linear(width, numbers, kernel_init=nnx.initializers.zeros, rngs=rngs)

    def __call__(self, noisy: Array, t: Array, given: Array, words: Array) -> Array:
        """noisy (B, T - given, H, W, 3), t (B,), given (B, given, H, W, 3), words (B, words, numbers)."""
        x = self.enter(patches(jnp.concatenate([given, noisy], 1)))
        x = x + self._place()
        x = jnp.concatenate([x, self.word(words) + self.word_place[...]], 1)
        wave = jnp.exp(jnp.linspace(0.0, 6.0, 32)) * t[:, None]
        time = jnp.concatenate([jnp.sin(wave), jnp.cos(wave)], -1)
        time = nnx.silu(self.time[1](nnx.silu(self.time[0](time))))
        for block in self.blocks:
            x = block(x, time)
        x = self.leave(_rms(x[:, : -words.shape[1]]))
        return frames(x, self.config.shape)[:, self.config.given :] + given[:, -1:]

    def _place(self) -> Array:
        t, y, x = (place[...] for place in self.places)
        return (t[:, None, None] + y[:, None] + x).reshape(-1, t.shape[-1])


def flow_loss(model: VideoTransformer, clip: Array, words: Array, key: Array) -> Array:
    """Mean square error of the velocity; `clip` (B, T, H, W, 3) in [-1, 1]."""
    k_t, k_n = jax.random.split(key)
    given, x = clip[:, : model.config.given], clip[:, model.config.given :]
    t = jax.nn.sigmoid(T_MEAN + T_SPREAD * jax.random.normal(k_t, (len(x),)))
    near = t[:, None, None, None, None]
    noisy = near * x + (1 - near) * jax.random.normal(k_n, x.shape)
    error = (model(noisy, t, given, words) - x) / jnp.maximum(1 - near, CLOSEST)
    return jnp.mean(error**2)


def sample(model: VideoTransformer, given: Array, words: Array, key: Array, steps: int) -> Array:
    """Frames after the given ones, (B, T - given, H, W, 3), by Heun's method, last step Euler's."""
    t, h, w = model.config.shape
    x = jax.random.normal(key, (len(given), t - model.config.given, h, w, 3))
    dt = 1.0 / steps

    def velocity(x: Array, now: float) -> Array:
        clean = model(x, jnp.full(len(x), now), given, words)
        return (clean - x) / jnp.maximum(1 - now, CLOSEST)

    for k in range(steps):
        v = velocity(x, k * dt)
        ahead = x + dt * v
        x = ahead if k == steps - 1 else x + 0.5 * dt * (v + velocity(ahead, (k + 1) * dt))
    return x
