"""What is compared in `benchmarks.claim`: each learned arm with its network, batches, update and way to a
clip.

All arms see the same worlds, the same given frames and the same description of the first frame. The
painters stand in `benchmarks._claim_painters`, `transformer` and `gan` in `benchmarks.baselines`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax import Array

from benchmarks import _claim_data as data
from benchmarks import _claim_painters as painters
from benchmarks._claim_painters import Batch
from benchmarks._claim_world import FRAMES, GIVEN, SIDE, Worlds
from benchmarks.baselines.latents import Latents, fit
from benchmarks.baselines.video_gan import CRITICS, NOISE, VideoGan, critic_loss, generator_loss
from benchmarks.baselines.video_transformer import TransformerConfig, VideoTransformer, flow_loss, sample
from diffusion.network import PainterNetwork

HEUN = 6  # steps of the transformer's sampler
SHAPE = (FRAMES - GIVEN, SIDE, SIDE)
MIXED = optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam(0.9, 0.99))
MODEST = optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam(0.9, 0.95))
HARSH = optax.scale_by_adam(0.0, 0.9)  # of the two networks of the GAN (Gulrajani et al. 2017)


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One learned arm; `film` gives the frames after the given ones, (N, T - GIVEN, H, W, 3), 0 ... 1."""

    title: str
    make: Callable[[nnx.Rngs], nnx.Module]
    size: int  # clips (frames, for the painters) per update
    rates: tuple[float, ...]  # tried
    batch: Callable[[int, int, int], Batch]  # of seed, update, size
    start: Callable  # (parameters) -> the optimiser's state
    advance: (
        Callable  # (graph, parameters, optimiser's state, batch, key, rate) -> the first two renewed, loss
    )
    film: Callable[[nnx.Module, Worlds, np.ndarray, Array], Array]


def descend(loss, chain, graph, params, opt, batch: dict, key: Array, rate: Array):
    """One step down `loss(model, batch, key)`."""
    value, grads = jax.value_and_grad(lambda p: loss(nnx.merge(graph, p), batch, key))(params)
    change, opt = chain.update(grads, opt, params)
    return jax.tree.map(lambda p, u: p - rate * u, params, change), opt, value


def contend(graph, params, opt, batch: dict, key: Array, rate: Array):
    """CRITICS steps of the critic, each on its share of the batch, then one of the generator."""
    size, value = len(batch["clip"]) // CRITICS, jnp.zeros(())
    for k in range(CRITICS):
        part = {name: x[k * size : (k + 1) * size] for name, x in batch.items()}
        here = jax.random.fold_in(key, k)
        params, opt, value = _half("critic", critic_loss, graph, params, opt, part, here, rate)
    part = {name: x[:size] for name, x in batch.items()}
    params, opt, _ = _half("generator", generator_loss, graph, params, opt, part, key, rate)
    return params, opt, value


def _half(name: str, loss, graph, params, opt, batch: dict, key: Array, rate: Array):
    """One step of one of the two networks."""

    def objective(mine):
        return loss(nnx.merge(graph, _with(params, name, mine)), batch["clip"], batch["words"], key)

    value, grads = jax.value_and_grad(objective)(params[name])
    change, now = HARSH.update(grads, opt[name])
    mine = jax.tree.map(lambda p, u: p - rate * u, params[name], change)
    return _with(params, name, mine), {**opt, name: now}, value


def _with(params, name: str, mine):
    """`params` with the part of one network replaced."""
    out = jax.tree.map(lambda x: x, params)
    out[name] = mine
    return out


def clip_batch(seed: int, step: int, size: int) -> Batch:
    """Whole clips in [-1, 1] with their descriptions."""
    w, shots, _ = data.draw(seed, step, size)
    return {"clip": shots / np.float32(127.5) - 1, "words": data.words(w)}


def _transformer_film(model: VideoTransformer, w: Worlds, given: np.ndarray, key: Array) -> Array:
    return _sampled(model, jnp.asarray(given), jnp.asarray(data.words(w)), key)


@nnx.jit
def _sampled(model: VideoTransformer, given: Array, words: Array, key: Array) -> Array:
    return jnp.clip(0.5 * sample(model, latents(), 2 * given - 1, words, key, HEUN) + 0.5, 0, 1)


def _gan_film(model: VideoGan, w: Worlds, given: np.ndarray, key: Array) -> Array:
    noise = jax.random.normal(key, (len(w), NOISE))
    out = model.generator(2 * jnp.asarray(given) - 1, jnp.asarray(data.words(w)), noise)
    return jnp.clip(0.5 * out + 0.5, 0, 1)


def _flow(model: VideoTransformer, batch: dict, key: Array) -> Array:
    return flow_loss(model, latents(), batch["clip"], batch["words"], key)


@cache
def latents() -> Latents:
    """The transformer's tokeniser, from the first training clips (asked for while programs are traced)."""
    with jax.ensure_compile_time_eval():
        return fit(data.chunk(0, 0)[1] / np.float32(127.5) - 1)


def _transformer(rngs: nnx.Rngs) -> VideoTransformer:
    return VideoTransformer(TransformerConfig(width=96, depth=4, shape=SHAPE, words=data.WORDS), rngs)


def _gan(rngs: nnx.Rngs) -> VideoGan:
    return VideoGan(FRAMES, GIVEN, data.WORDS[0] * data.WORDS[1], rngs)


def _painter(rngs: nnx.Rngs) -> PainterNetwork:
    return PainterNetwork(painters.SMALL, rngs=rngs)


ARMS = {
    "guided": Arm(
        title="product: physics and painter", make=_painter, size=8, rates=(1e-2, 2e-2, 4e-2, 8e-2),
        batch=painters.guided_batch, start=MIXED.init, film=painters.guided_film,
        advance=partial(descend, painters.guided_loss, MIXED),
    ),
    "transformer": Arm(
        title="video diffusion transformer", make=_transformer, size=4, rates=(1.5e-3, 3e-3, 6e-3),
        batch=clip_batch, start=MODEST.init, film=_transformer_film,
        advance=partial(descend, _flow, MODEST),
    ),
    "unguided": Arm(
        title="painter without the guide", make=_painter, size=8, rates=(1e-2, 2e-2, 4e-2, 8e-2),
        batch=painters.unguided_batch, start=MIXED.init, film=painters.unguided_film,
        advance=partial(descend, painters.unguided_loss, MIXED),
    ),
    "gan": Arm(
        title="WGAN-GP", make=_gan, size=12, rates=(3e-4, 1e-3, 3e-3),
        batch=clip_batch, start=lambda p: {k: HARSH.init(p[k]) for k in ("critic", "generator")},
        advance=contend, film=_gan_film,
    ),
}  # fmt: skip
