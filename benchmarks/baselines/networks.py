"""An MLP and a small transformer that answer a disc's whole future from its past at once.

Both are given the form that suits them best: they answer all frames ahead directly, so that no error feeds
back, as an offset from the last seen place. Transformer: pre-norm encoder (Vaswani et al. 2017; Xiong et al.
2020 on where the norm goes) over the frames, learnt positions, the answer from the mean of its tokens.
"""

from __future__ import annotations

import jax.numpy as jnp
from flax import nnx
from jax import Array

from benchmarks._unknown_world import AHEAD, CONTEXT
from benchmarks.baselines.samples import WIDTH

HIDDEN, LAYERS = 256, 3  # of the MLP
WIDE, HEADS, BLOCKS = 64, 4, 3  # of the transformer


class Mlp(nnx.Module):
    """(m, CONTEXT, WIDTH) -> (m, AHEAD, 2)."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        sizes = [CONTEXT * WIDTH, *[HIDDEN] * LAYERS]
        self.layers = nnx.List([nnx.Linear(a, b, rngs=rngs) for a, b in zip(sizes, sizes[1:])])
        self.head = nnx.Linear(HIDDEN, 2 * AHEAD, rngs=rngs)

    def __call__(self, x: Array) -> Array:
        x = x.reshape(len(x), -1)
        for layer in self.layers:
            x = nnx.gelu(layer(x))
        return self.head(x).reshape(-1, AHEAD, 2)


class Block(nnx.Module):
    """Self-attention over frames and a two-layer MLP, each after a norm."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.before, self.between = nnx.LayerNorm(WIDE, rngs=rngs), nnx.LayerNorm(WIDE, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(HEADS, WIDE, decode=False, rngs=rngs)
        self.up, self.down = nnx.Linear(WIDE, 4 * WIDE, rngs=rngs), nnx.Linear(4 * WIDE, WIDE, rngs=rngs)

    def __call__(self, x: Array) -> Array:
        x = x + self.attention(self.before(x))
        return x + self.down(nnx.gelu(self.up(self.between(x))))


class Transformer(nnx.Module):
    """(m, CONTEXT, WIDTH) -> (m, AHEAD, 2)."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.embed = nnx.Linear(WIDTH, WIDE, rngs=rngs)
        self.position = nnx.Param(0.02 * nnx.initializers.normal(1.0)(rngs.params(), (CONTEXT, WIDE)))
        self.blocks = nnx.List([Block(rngs) for _ in range(BLOCKS)])
        self.norm, self.head = nnx.LayerNorm(WIDE, rngs=rngs), nnx.Linear(2 * WIDE, 2 * AHEAD, rngs=rngs)

    def __call__(self, x: Array) -> Array:
        x = self.embed(x) + self.position[...]
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return self.head(jnp.concatenate([x.mean(1), x[:, -1]], -1)).reshape(-1, AHEAD, 2)
