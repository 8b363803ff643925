"""The product's arm of `benchmarks.claim`, and the same painter without its guide; what needs no training,
too.

`guided`: `physics.rigid` moves the balls from the description of the first frame, the painter's own network
(a smaller preset) paints every frame, with the product's loss, noise levels and sampler. `unguided`: the
same network is told the last frames and the description instead, and makes one frame after another, with
low noise levels of its own, since nothing else sharpens its edges.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array

from benchmarks import _claim_data as data
from benchmarks._claim_look import Still, guide, planes, stills, truth
from benchmarks._claim_world import BALLS, FRAMES, GIVEN, SIDE, Worlds, predicted
from diffusion.condition import LIGHT_SIZE, PLANES
from diffusion.loss import add_noise, denoising_loss, draw_sigma
from diffusion.network import HISTORY, NetworkConfig, PainterNetwork
from diffusion.precondition import to_frame, to_residual
from diffusion.sample import TEMPERATURE, sample_euler, sigma_maps

SMALL = NetworkConfig(channels=(32, 64), blocks=(1, 2), embedding=32)  # the painter's preset here
STEPS, LEVELS = 2, (6.0, 2.0, 0.8, 0.35, 0.15, 0.07)  # guided; sigmas of the unguided sampler
LOOSE = 6.0  # brings the change from frame to frame to SIGMA_DATA
SMEAR = 0.04  # sRGB: noise on the frames that the unguided painter trains on, at most
Batch = dict[str, np.ndarray]


def _lights(w: Worlds) -> np.ndarray:
    light = np.stack([np.sin(w.light), np.cos(w.light)], -1)
    return np.pad(light, ((0, 0), (0, LIGHT_SIZE - 2))).astype(np.float32)


def _loss(net: PainterNetwork, batch: dict, key: Array, target: Array, levels) -> Array:
    """Denoising loss of `target` (B, H, W, 3) at noise levels drawn by `levels(key, (B, H, W) zeros)`."""
    k_sigma, k_noise = jax.random.split(key)
    history = jnp.zeros((*target.shape[:3], HISTORY))
    sigma = jnp.broadcast_to(levels(k_sigma, history[..., 3]), target.shape[:3])
    features = net.encode(batch["planes"], history, batch["light"])
    denoised = net.denoise(add_noise(k_noise, target, sigma), sigma, features, batch["planes"])
    return denoising_loss(denoised, target, sigma)


def guided_batch(seed: int, step: int, size: int) -> Batch:
    """Guide planes, true frames and lights of `size` frames."""
    w, shots, frame = data.draw(seed, step, size)
    rows = np.arange(size)
    seen = shots[rows, frame] / np.float32(255)
    return {"planes": np.asarray(planes(stills(w, rows, frame))), "truth": seen, "light": _lights(w)}


def guided_loss(net: PainterNetwork, batch: dict, key: Array) -> Array:
    """The product's loss."""
    return _loss(net, batch, key, to_residual(batch["truth"], batch["planes"][..., :3]), draw_sigma)


def _ahead(w: Worlds) -> tuple[np.ndarray, np.ndarray]:
    """Clip and frame numbers of all frames after the given ones."""
    return np.repeat(np.arange(len(w)), FRAMES - GIVEN), np.tile(np.arange(GIVEN, FRAMES), len(w))


def _clips(frames: Array) -> Array:
    return frames.reshape(-1, FRAMES - GIVEN, SIDE, SIDE, 3)


def guided_film(net: PainterNetwork, w: Worlds, given: np.ndarray, key: Array) -> Array:
    """Frames after the given ones, (N, T - GIVEN, SIDE, SIDE, 3) in [0, 1]."""
    rows, frame = _ahead(w)
    return _guided_film(net, stills(predicted(w), rows, frame), jnp.asarray(_lights(w))[rows], key)


@nnx.jit
def _guided_film(net: PainterNetwork, seen: Still, light: Array, key: Array) -> Array:
    told = planes(seen)
    features = net.encode(told, jnp.zeros((*told.shape[:3], HISTORY)), light)
    sigmas = sigma_maps(jnp.zeros(told.shape[:3]), STEPS)
    start = TEMPERATURE * sigmas[0][..., None] * jax.random.normal(key, (*told.shape[:3], 3))
    x = sample_euler(lambda x, sigma: net.denoise(x, sigma, features, told), start, sigmas)
    return _clips(to_frame(x, told[..., :3]))


def guide_film(w: Worlds) -> Array:
    """The guide's own frames: the product without its painter."""
    return _clips(guide(stills(predicted(w), *_ahead(w))))


def oracle_film(w: Worlds) -> Array:
    """True states, true picture: what a perfect generator would make, and the floor of every measure."""
    return _clips(truth(stills(w, *_ahead(w))))


def unguided_batch(seed: int, step: int, size: int) -> Batch:
    """As `guided_batch`, told the frames before instead of the guide."""
    w, shots, frame = data.draw(seed, step, size)
    frame, rows = GIVEN + frame % (FRAMES - GIVEN), np.arange(size)
    past = np.stack([shots[rows, frame - k] for k in range(1, GIVEN + 1)], 1) / np.float32(255)
    rng = np.random.default_rng([data.TRAINED, seed, 2, step])
    smear = rng.uniform(0, SMEAR, (size, 1, 1, 1, 1)) * rng.standard_normal(past.shape)
    told, light = _told(past + smear.astype(np.float32), data.words(w), frame / FRAMES)
    seen = shots[rows, frame] / np.float32(255)
    return {"planes": np.asarray(told), "truth": seen, "light": np.asarray(light)}


def _told(past: Array, said: Array, time: Array) -> tuple[Array, Array]:
    """Planes: frames before, latest first, where the head has its gains; colours, gravity, time as constants.

    Vector: places, velocities and radii of the first frame.
    """
    b, _, h, w, _ = past.shape
    rest = jnp.concatenate([said[:, :BALLS, 6:9].reshape(b, -1), said[:, BALLS, :1], time[:, None]], -1)
    rest = jnp.broadcast_to(rest[:, None, None], (b, h, w, rest.shape[-1]))
    now, before, third, fourth = (past[:, k] for k in range(GIVEN))
    told = jnp.concatenate([now, now, before, third, fourth, rest], -1)
    assert told.shape[-1] == PLANES
    return told, jnp.reshape(said[:, :BALLS, 1:6], (b, LIGHT_SIZE))


def _low_levels(key: Array, like: Array) -> Array:
    low, high = np.log(0.5 * LEVELS[-1]), np.log(1.3 * LEVELS[0])
    return jnp.exp(jax.random.uniform(key, (len(like), 1, 1), minval=low, maxval=high))


def unguided_loss(net: PainterNetwork, batch: dict, key: Array) -> Array:
    """The denoising loss of the change from the last frame."""
    return _loss(net, batch, key, LOOSE * (batch["truth"] - batch["planes"][..., :3]), _low_levels)


def unguided_film(net: PainterNetwork, w: Worlds, given: np.ndarray, key: Array) -> Array:
    """Frames after the given ones, each from the four before it."""
    past, said = [jnp.asarray(given[:, k]) for k in range(GIVEN)], jnp.asarray(data.words(w))
    for k in range(GIVEN, FRAMES):
        latest = jnp.stack(past[: -GIVEN - 1 : -1], 1)
        past.append(_next(net, latest, said, jnp.float32(k / FRAMES), jax.random.fold_in(key, k)))
    return jnp.stack(past[GIVEN:], 1)


@nnx.jit
def _next(net: PainterNetwork, latest: Array, said: Array, time: Array, key: Array) -> Array:
    """The frame (B, SIDE, SIDE, 3) after the `latest` ones, newest first."""
    told, light = _told(latest, said, jnp.full(len(said), time))
    features = net.encode(told, jnp.zeros((*told.shape[:3], HISTORY)), light)
    sigmas = [jnp.full(told.shape[:3], level) for level in LEVELS]
    start = LEVELS[0] * jax.random.normal(key, (*told.shape[:3], 3))
    x = sample_euler(lambda x, sigma: net.denoise(x, sigma, features, told), start, sigmas)
    return jnp.clip(told[..., :3] + x / LOOSE, 0, 1)
