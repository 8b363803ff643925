"""The painter: guide in, frame out, with the memory that carries over to the next frame.

Nothing painted is fed back: the guide determines the light of a frame, and a loop through the network can
only add error to it (measured: fed with its own residual, the loop gain exceeds one and streaks grow within
twenty frames). What carries over is the noise field, moved with the picture, so that what is left to chance
does not flicker. The first frame and the thousandth are painted alike.

The network has learnt solid bodies on grounds. Where a pixel shows a medium (`Guide.medium`: water and the
sky over it) the frame is the closed-form prior itself, and a frame that is all medium does not pass the
network.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from diffusion.condition import light_vector, pack
from diffusion.network import HISTORY
from diffusion.precondition import to_frame
from diffusion.sample import TEMPERATURE, advect_noise, sample_euler, sigma_maps, validity
from diffusion.weights import DEFAULT, load_network
from physics.guide import Guide
from physics.scene import Light

GRID = 8  # px: pictures are padded to a multiple of this
REFRESH = 0.3  # share of the noise field that is new in each frame


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Memory:
    """What one frame leaves to the next."""

    ident: Array  # (H, W) int32 object ids of the painted frame
    noise: Array  # (H, W, 3) the noise field that moves with the picture


class Painter:
    """The trained network with its sampler. Immutable; the memory travels through `paint`."""

    def __init__(self, graph, state):
        self._graph, self._state = graph, jax.tree.map(jnp.asarray, state)

    @classmethod
    def load(cls, path: Path = DEFAULT) -> Painter:
        """The painter whose weights are at `path`; the shipped one by default."""
        return cls(*load_network(path))

    def paint(self, guide: Guide, light: Light, memory: Memory | None, key: Array, steps: int = 2):
        """The frame (H, W, 3), sRGB float32 in [0, 1], and the memory for the next one.

        `key` fixes the noise of this frame; `steps` (1-4) is the number of denoising steps.
        """
        if not 1 <= steps <= 4:
            raise ValueError(f"steps must be 1, 2, 3 or 4, got {steps}")
        if guide.medium is not None and bool(jnp.all(guide.medium == 1.0)):
            return guide.prior, memory
        return _paint(self._graph, steps, self._state, guide, light_vector(light)[None], memory, key)


@partial(jax.jit, static_argnums=(0, 1))
def _paint(graph, steps: int, state, guide: Guide, light: Array, memory: Memory | None, key: Array):
    net = nnx.merge(graph, state)
    planes, noise = recall(guide, memory, key)
    padded, noise_pad = _pad(planes)[None], _pad(noise)[None]
    history = jnp.zeros((*padded.shape[:3], HISTORY))
    features = net.encode(padded, history, light)
    sigmas = sigma_maps(history[..., -1], steps)
    start = TEMPERATURE * sigmas[0][..., None] * noise_pad
    x = sample_euler(lambda x, sigma: net.denoise(x, sigma, features, padded), start, sigmas)
    x = x[0, : planes.shape[0], : planes.shape[1]]
    frame = to_frame(x * guide.cover[..., None], guide.prior)  # where only sky shows the prior is exact
    if guide.medium is not None:
        frame = frame + guide.medium[..., None] * (guide.prior - frame)
    return frame, Memory(guide.ident, noise)


def recall(guide: Guide, memory: Memory | None, key: Array) -> tuple[Array, Array]:
    """Packed planes (H, W, C) and noise (H, W, 3) for a guide and what came before."""
    shape = (*guide.ident.shape, 3)
    if memory is None:
        return pack(guide), jax.random.normal(key, shape)
    valid = validity(guide.ident, memory.ident, guide.motion_back)
    return pack(guide), advect_noise(memory.noise, guide.motion_back, valid, key, REFRESH)


def _pad(a: Array) -> Array:
    h, w = a.shape[:2]
    return jnp.pad(a, ((0, -h % GRID), (0, -w % GRID), (0, 0)), mode="edge")
