"""The learned detector's network: a U-Net on a space-to-depth grid that points at centres.

Planes of a frame (`physics.estimator.detector.planes`) -> at a quarter of the resolution the logit of a
centre, the offset of the centre inside its cell, the log of the radius ("Objects as Points", Zhou et al.
2019, sec. 3, eqs. 1-4), and at full resolution the logit of belonging to a thing. Convolutions run at 1/4,
1/8 and 1/16 of the picture; skips are added; the only norm is each pixel's own, so any size will do.
"""

from __future__ import annotations

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array
from safetensors import safe_open

PATCH = 4  # px: side of a cell
CHANNELS = (32, 64, 64)  # at 1/4, 1/8, 1/16
PLANES = 13
HEADS = 4 + PATCH * PATCH  # centre, offset x and y, log radius, mask
RARE = -4.0  # logit of a centre before training (the focal loss's prior)
WEIGHTS = Path(__file__).parent / "weights" / "detector.safetensors"


def rms_norm(x: Array) -> Array:
    """Unit mean square over the channels of each pixel."""
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-4)


class Block(nnx.Module):
    """Residual block of two 3x3 convolutions."""

    def __init__(self, channels: int, *, rngs: nnx.Rngs):
        self.first = nnx.Conv(channels, channels, (3, 3), rngs=rngs)
        self.second = nnx.Conv(channels, channels, (3, 3), rngs=rngs)

    def __call__(self, x: Array) -> Array:
        return x + 0.5 * self.second(jax.nn.silu(self.first(jax.nn.silu(rms_norm(x)))))


class DetectorNet(nnx.Module):
    """(B, H, W, PLANES) with H and W multiples of 16 -> (B, H/4, W/4, HEADS)."""

    def __init__(self, *, rngs: nnx.Rngs):
        a, b, c = CHANNELS
        self.enter = nnx.Linear(PATCH * PATCH * PLANES, a, rngs=rngs)
        self.fine, self.fine_out = Block(a, rngs=rngs), Block(a, rngs=rngs)
        self.down, self.up = nnx.Linear(a, b, rngs=rngs), nnx.Linear(b, a, rngs=rngs)
        self.middle, self.middle_out = Block(b, rngs=rngs), Block(b, rngs=rngs)
        self.down_again, self.up_again = nnx.Linear(b, c, rngs=rngs), nnx.Linear(c, b, rngs=rngs)
        self.coarse = Block(c, rngs=rngs)
        self.heads = nnx.Linear(a, HEADS, rngs=rngs)

    def __call__(self, x: Array) -> Array:
        b, h, w, c = x.shape
        x = x.reshape(b, h // PATCH, PATCH, w // PATCH, PATCH, c).transpose(0, 1, 3, 2, 4, 5)
        fine = self.fine(self.enter(x.reshape(b, h // PATCH, w // PATCH, PATCH * PATCH * c)))
        middle = self.middle(self.down(_halved(fine)))
        coarse = self.coarse(self.down_again(_halved(middle)))
        middle = self.middle_out(middle + self.up_again(_doubled(coarse)))
        fine = self.fine_out(fine + self.up(_doubled(middle)))
        out = self.heads(jax.nn.silu(rms_norm(fine)))
        return out.at[..., 0].add(RARE)


def _halved(x: Array) -> Array:
    b, h, w, c = x.shape
    return x.reshape(b, h // 2, 2, w // 2, 2, c).mean((2, 4))


def _doubled(x: Array) -> Array:
    return jnp.repeat(jnp.repeat(x, 2, 1), 2, 2)


def named(state) -> dict[str, np.ndarray]:
    """Arrays of a network's state by their path in it."""
    leaves = jax.tree_util.tree_flatten_with_path(state)[0]
    return {jax.tree_util.keystr(path): np.asarray(x, np.float32) for path, x in leaves}


def load(path: Path = WEIGHTS):
    """A compiled function planes (B, H, W, PLANES) -> heads (B, H/4, W/4, HEADS), with the weights at `path`;
    ValueError where they are another version's.
    """
    graph, state = nnx.split(nnx.eval_shape(lambda: DetectorNet(rngs=nnx.Rngs(0))))
    paths, structure = jax.tree_util.tree_flatten_with_path(state)
    with safe_open(path, framework="numpy") as f:
        if json.loads(f.metadata()["network"]) != {"channels": list(CHANNELS), "planes": PLANES}:
            raise ValueError(f"{path.name} was made by another version; install the package again")
        values = [f.get_tensor(jax.tree_util.keystr(p)) for p, _ in paths]
    state = jax.tree.unflatten(structure, values)
    return jax.jit(lambda x: nnx.merge(graph, state)(x))
