"""How close is the denoiser to what this machine can do?  And what would a video transformer cost on it?

Peak: the fastest 3 x 3 convolution of the network's own shapes, on its own, at the picture's size.
Transformers: one block (self-attention, attention to the text, perceptron; random weights, float32) of the
size and the token count that are published for a clip of 512 x 512 px, timed for a share of the query
tokens against all keys, since a block does the same for each, times the blocks and the steps, per frame;
norms, embeddings, the text encoder and the decoder of the latents are left out, in the transformer's
favour.
  LTX-Video (HaCohen et al. 2025): 28 blocks, width 2048, 32 heads, perceptron 4x; 32 x 32 px, 8 frames
  Wan 2.1 1.3B (Wan team 2025): 30 blocks, width 1536, 12 heads, perceptron 8960; 16 x 16 px, 4 frames
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from diffusion.condition import LIGHT_SIZE, PLANES
from diffusion.network import HISTORY

ROUNDS = 5
QUERIES = 512  # tokens of the timed share


@dataclass(frozen=True, kw_only=True)
class Published:
    """Sizes of a video transformer and how it is run."""

    blocks: int
    width: int
    heads: int
    hidden: int
    text: int  # tokens
    cell: int  # px of a token
    frames: int  # of a clip, the first of which has a token of its own
    stride: int  # frames of a token
    passes: int  # of the network per clip: steps, twice where guidance is free of a classifier

    def tokens(self, size: int) -> int:
        """Of a clip of `size` x `size` px."""
        return (size // self.cell) ** 2 * (1 + (self.frames - 1) // self.stride)


MODELS = {
    "LTX-Video, 40 steps with guidance": Published(
        blocks=28, width=2048, heads=32, hidden=8192, text=256, cell=32, frames=97, stride=8, passes=80
    ),
    "LTX-Video, 8 steps (distilled)": Published(
        blocks=28, width=2048, heads=32, hidden=8192, text=256, cell=32, frames=97, stride=8, passes=8
    ),
    "Wan 2.1 1.3B, 50 steps with guidance": Published(
        blocks=30, width=1536, heads=12, hidden=8960, text=512, cell=16, frames=81, stride=4, passes=100
    ),
}


def fastest(call: Callable[[], object]) -> tuple[float, float]:
    """Least wall-clock and least processor seconds of ROUNDS calls."""
    jax.block_until_ready(call())
    wall, spent = [], []
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), time.process_time()
        jax.block_until_ready(call())
        wall.append(time.perf_counter() - began)
        spent.append(time.process_time() - used)
    return min(wall), min(spent)


def convolution_peak(size: int, channels: tuple[int, int]) -> tuple[float, float]:
    """GFLOP per wall-clock and per processor second of the faster of the network's two 3 x 3 convolutions."""
    rates = [_convolution_rate(c, cells) for c, cells in zip(channels, (size // 4, size // 8))]
    return max(r[0] for r in rates), max(r[1] for r in rates)


def _convolution_rate(c: int, cells: int) -> tuple[float, float]:
    x, kernel = jnp.ones((1, cells, cells, c)), jnp.ones((3, 3, c, c)) / c
    call = jax.jit(
        lambda x, k: jax.lax.conv_general_dilated(
            x, k, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
    )
    wall, spent = fastest(lambda: call(x, kernel))
    work = 2e-9 * 9 * c * c * cells * cells
    return work / wall, work / spent


def denoiser(graph, state, size: int, channels: tuple[int, int]) -> dict[str, float]:
    """GFLOP and seconds of one call of the denoiser, and its share of the peak per processor second."""
    planes, x = jnp.ones((1, size, size, PLANES)), jnp.ones((1, size, size, 3))
    net = nnx.merge(graph, state)
    features = net.encode(planes, jnp.zeros((1, size, size, HISTORY)), jnp.ones((1, LIGHT_SIZE)))

    @jax.jit
    def call(state, x: Array, features, planes: Array) -> Array:
        return nnx.merge(graph, state).denoise(x, jnp.ones((1, size, size)), features, planes)

    work = float(call.lower(state, x, features, planes).cost_analysis()["flops"]) / 1e9  # type: ignore[index]
    wall, spent = fastest(lambda: call(state, x, features, planes))
    peak_wall, peak = convolution_peak(size, channels)
    return {
        "gflop": work, "seconds": wall, "processor_seconds": spent, "peak_gflop_s": peak_wall,
        "peak_gflop_processor_s": peak, "share": work / spent / peak,
    }  # fmt: skip


def transformer(model: Published, size: int) -> dict[str, float]:
    """Seconds per frame of a clip, by one timed share of a block."""
    tokens, d = model.tokens(size), model.width
    keys = iter(jax.random.split(jax.random.key(0), 10))
    weight = {n: 0.02 * jax.random.normal(next(keys), s) for n, s in {
        "q": (d, d), "kv": (d, 2 * d), "out": (d, d), "text_q": (d, d), "text_out": (d, d),
        "up": (d, model.hidden), "down": (model.hidden, d),
    }.items()}  # fmt: skip
    x, text = jax.random.normal(next(keys), (tokens, d)), jnp.ones((model.text, 2 * d))
    share = jax.jit(lambda w, x, kv, text: _share(w, x, kv, text, model.heads))
    kv = jax.block_until_ready(x @ weight["kv"])  # what the other tokens of the block would have made
    wall, spent = fastest(lambda: share(weight, x[:QUERIES], kv, text))
    per_block = tokens / min(QUERIES, tokens)
    scale = per_block * model.blocks * model.passes / model.frames
    per_token = 2 * (6 * d * d + 2 * d * model.hidden) + 4 * tokens * d + 4 * model.text * d
    work = per_token * tokens * model.blocks * model.passes / model.frames / 1e9
    return {
        "tokens": tokens, "seconds": wall * scale, "processor_seconds": spent * scale,
        "one_pass_processor_seconds": spent * scale / model.passes, "gflop": work,
    }  # fmt: skip


def _share(w: dict, x: Array, kv: Array, text: Array, heads: int) -> Array:
    """A block's work for some query tokens `x` (n, d); `kv` (all, 2 d) are keys and values of all."""
    own = x @ w["kv"]  # the share's own part of making keys and values
    y = x + _attend(x @ w["q"], kv + 0.0 * own[:1], heads) @ w["out"]
    y = y + _attend(y @ w["text_q"], text, heads) @ w["text_out"]
    return y + nnx.gelu(y @ w["up"]) @ w["down"]


def _attend(q: Array, kv: Array, heads: int) -> Array:
    n, d = q.shape
    k, v = (part.reshape(len(kv), heads, -1) for part in jnp.split(kv, 2, -1))
    weight = jnp.einsum("qhd,khd->hqk", q.reshape(n, heads, -1), k) * (d // heads) ** -0.5
    return jnp.einsum("hqk,khd->qhd", jax.nn.softmax(weight), v).reshape(n, d)
