"""The painter: guide in, frame out, with the memory that carries over to the next frame.

Nothing painted is fed back: the guide determines the light of a frame, and a loop through the network can
only add error to it (measured: fed with its own residual, the loop gain exceeds one and streaks grow within
twenty frames). What carries over is the noise field, moved with the picture, so that what is left to chance
does not flicker. The first frame and the thousandth are painted alike.

Nothing in the network looks further than its convolutions reach, so frames of more than LARGE pixels are
painted in bands of rows that overlap by HALO: beside the frame painted in one piece they differ by at most
0.05 of one level of 255, and memory beside the planes themselves does not grow with the frame.

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
import numpy as np
from flax import nnx
from jax import Array

from diffusion.banded import GRID, in_bands
from diffusion.condition import light_vector, pack
from diffusion.network import HISTORY
from diffusion.precondition import to_frame
from diffusion.sample import TEMPERATURE, advect_noise, sample_euler, sigma_maps, validity
from diffusion.weights import DEFAULT, load_network
from physics.guide import Guide
from physics.scene import Light

REFRESH = 0.3  # share of the noise field that is new in each frame
LARGE, HALO = 2_100_000, 96  # px of a picture that is painted in one piece; rows that bands overlap by


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
        net, sky = (self._graph, steps, self._state), light_vector(light)[None]
        height, width = guide.ident.shape
        if height * width <= LARGE:
            return _paint(*net, guide, sky, memory, key)
        noise = _recalled(guide, memory, key)
        whole = jax.tree.map(np.asarray, (guide, noise))

        def band(top: int, end: int) -> Array:
            return _refined(*net, *jax.tree.map(lambda a: a[top:end], whole), sky)

        return in_bands(height, LARGE // width, HALO, band), Memory(guide.ident, noise)


@partial(jax.jit, static_argnums=(0, 1))
def _paint(graph, steps: int, state, guide: Guide, light: Array, memory: Memory | None, key: Array):
    noise = recall(guide, memory, key)
    return refine(graph, steps, state, guide, noise, light), Memory(guide.ident, noise)


def refine(graph, steps: int, state, guide: Guide, noise: Array, light: Array) -> Array:
    """The frame (H, W, 3) that the network makes of a guide and a noise field (H, W, 3)."""
    net, planes = nnx.merge(graph, state), pack(guide)
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
    return frame


def recall(guide: Guide, memory: Memory | None, key: Array) -> Array:
    """Noise (H, W, 3) for a guide: what came before, moved with the picture and partly renewed."""
    if memory is None:
        return jax.random.normal(key, (*guide.ident.shape, 3))
    valid = validity(guide.ident, memory.ident, guide.motion_back)
    return advect_noise(memory.noise, guide.motion_back, valid, key, REFRESH)


_recalled, _refined = jax.jit(recall), jax.jit(refine, static_argnums=(0, 1))


def _pad(a: Array) -> Array:
    h, w = a.shape[:2]
    return jnp.pad(a, ((0, -h % GRID), (0, -w % GRID), (0, 0)), mode="edge")
