"""A WGAN-GP video generator (Gulrajani et al. 2017), the second rival of `benchmarks.claim`.

Time stands among the channels: a clip of a few frames is one picture with many channels on a grid of 4 x 4
px cells, so all convolutions are flat. Generator: U-Net over two scales, from the given frames, the
description and a noise vector to all frames at once, as an offset from the last given one. Critic: a
residual tower to one number per clip, told the same. CRITICS critic steps to one of the generator, gradient
penalty LAMBDA.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from diffusion.network import depth_to_space, double, halve, space_to_depth

CRITICS, LAMBDA, NOISE = 3, 10.0, 16
WIDE, DEEP = 32, 64  # channels at 1/4 and 1/8 of the picture


class Residual(nnx.Module):
    """x + conv(act(conv(act(x)))), two 3 x 3 convolutions; no norm, as the penalty demands of the critic."""

    def __init__(self, channels: int, rngs: nnx.Rngs) -> None:
        self.first = nnx.Conv(channels, channels, (3, 3), rngs=rngs)
        self.second = nnx.Conv(channels, channels, (3, 3), rngs=rngs)

    def __call__(self, x: Array) -> Array:
        return x + 0.3 * self.second(nnx.leaky_relu(self.first(nnx.leaky_relu(x, 0.2)), 0.2))


def stack(clip: Array) -> Array:
    """(B, T, H, W, 3) -> (B, H/4, W/4, 48 T)."""
    b, t, h, w, c = clip.shape
    return space_to_depth(jnp.moveaxis(clip, 1, 3).reshape(b, h, w, t * c))


def _spread(x: Array, shape: tuple[int, ...]) -> Array:
    return jnp.broadcast_to(x.reshape(len(x), 1, 1, -1), (*shape[:3], x[0].size))


class Generator(nnx.Module):
    """Given frames, description, noise -> the frames that follow."""

    def __init__(self, frames: int, given: int, words: int, rngs: nnx.Rngs) -> None:
        self.frames, self.given = frames, given
        self.enter = nnx.Conv(48 * given + words + NOISE + 2, WIDE, (1, 1), rngs=rngs)
        self.wide, self.widen = Residual(WIDE, rngs), nnx.Conv(WIDE, DEEP, (1, 1), rngs=rngs)
        self.deep = nnx.List([Residual(DEEP, rngs) for _ in range(2)])
        self.narrow, self.last = nnx.Conv(DEEP, WIDE, (1, 1), rngs=rngs), Residual(WIDE, rngs)
        small = nnx.initializers.normal(0.01)
        self.leave = nnx.Conv(WIDE, 48 * (frames - given), (1, 1), kernel_init=small, rngs=rngs)

    def __call__(self, given: Array, words: Array, noise: Array) -> Array:
        x = stack(given)
        x = jnp.concatenate([x, _spread(words, x.shape), _spread(noise, x.shape), _places(x.shape)], -1)
        high = self.wide(self.enter(x))
        low = self.widen(halve(high))
        for block in self.deep:
            low = block(low)
        x = depth_to_space(self.leave(self.last(high + double(self.narrow(low)))))
        b, h, w, _ = x.shape
        out = jnp.moveaxis(x.reshape(b, h, w, self.frames - self.given, 3), 3, 1)
        return given[:, -1:] + out


class Critic(nnx.Module):
    """A clip with its description -> one number."""

    def __init__(self, frames: int, words: int, rngs: nnx.Rngs) -> None:
        self.enter = nnx.Conv(48 * frames + words + 2, WIDE, (1, 1), rngs=rngs)
        self.wide, self.widen = Residual(WIDE, rngs), nnx.Conv(WIDE, DEEP, (1, 1), rngs=rngs)
        self.deep = nnx.List([Residual(DEEP, rngs) for _ in range(2)])
        self.leave = nnx.Linear(DEEP, 1, rngs=rngs)

    def __call__(self, clip: Array, words: Array) -> Array:
        x = stack(clip)
        x = self.wide(self.enter(jnp.concatenate([x, _spread(words, x.shape), _places(x.shape)], -1)))
        x = self.widen(halve(x))
        for block in self.deep:
            x = block(x)
        return self.leave(nnx.leaky_relu(x, 0.2).mean((1, 2)))[:, 0]


def _places(shape: tuple[int, ...]) -> Array:
    b, h, w, _ = shape
    grid = jnp.stack(jnp.meshgrid(jnp.linspace(-1, 1, h), jnp.linspace(-1, 1, w), indexing="ij"), -1)
    return jnp.broadcast_to(grid, (b, h, w, 2))


class VideoGan(nnx.Module):
    """Both networks."""

    def __init__(self, frames: int, given: int, words: int, rngs: nnx.Rngs) -> None:
        self.generator, self.critic = Generator(frames, given, words, rngs), Critic(frames, words, rngs)


def critic_loss(model: VideoGan, clip: Array, words: Array, key: Array) -> Array:
    """Wasserstein loss of the critic with its gradient penalty; `clip` (B, T, H, W, 3) in [-1, 1]."""
    k_z, k_mix = jax.random.split(key)
    made = jax.lax.stop_gradient(completed(model, clip, words, k_z))
    share = jax.random.uniform(k_mix, (len(clip), 1, 1, 1, 1))
    between = share * clip + (1 - share) * made
    slope = jax.grad(lambda x: jnp.sum(model.critic(x, words)))(between)
    norm = jnp.sqrt(jnp.sum(slope**2, (1, 2, 3, 4)) + 1e-12)
    distance = jnp.mean(model.critic(made, words)) - jnp.mean(model.critic(clip, words))
    return distance + LAMBDA * jnp.mean((norm - 1) ** 2)


def generator_loss(model: VideoGan, clip: Array, words: Array, key: Array) -> Array:
    """What the generator minimises."""
    return -jnp.mean(model.critic(completed(model, clip, words, key), words))


def completed(model: VideoGan, clip: Array, words: Array, key: Array) -> Array:
    """`clip` with its frames after the given ones generated."""
    given = clip[:, : model.generator.given]
    noise = jax.random.normal(key, (len(clip), NOISE))
    return jnp.concatenate([given, model.generator(given, words, noise)], 1)
