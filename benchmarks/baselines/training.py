"""Training of the comparators: AdamW, cosine decay, the learning rate chosen on held-out worlds.

The loss is what the benchmark reports: the mean distance from the true place while that is in the picture.
Each rate of RATES is tried for a quarter of the steps; the best on a tenth of the worlds is trained in full.
One seed for weights and order, stated with the result.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from benchmarks.baselines.samples import HALF, Samples, asked, last_seen, mirrored, tokens

RATES = (3e-4, 1e-3, 3e-3)
BATCH, STEPS, DECAY = 128, 2000, 1e-4
SIGMA = 0.1  # px of noise on given places
HELD = 10  # every tenth sample chooses the rate


@dataclass(frozen=True)
class Trained:
    """A network with how it came to be; `held` px: mean distance on held-out worlds."""

    model: nnx.Module
    rate: float
    held: float
    seconds: float
    parameters: int

    def __call__(self, s: Samples) -> np.ndarray:
        """Places (m, AHEAD, 2) px."""
        answer = np.asarray(_answer(self.model, jnp.asarray(tokens(s))))
        return last_seen(s)[:, None] + HALF * answer


@nnx.jit
def _answer(model, x):
    return model(x)


def train(
    make: Callable[[nnx.Rngs], nnx.Module], data: Samples, steps: int = STEPS, seed: int = 0
) -> Trained:
    """The network `make` builds, trained on `data`."""
    began = time.process_time()
    held = np.arange(len(data.place)) % HELD == 0
    check, rest = _take(data, held), mirrored(_take(data, ~held))
    tried = [(_fit(make, rest, check, rate, max(steps // 4, 1), seed)[1], rate) for rate in RATES]
    rate = min(tried)[1]
    model, score = _fit(make, rest, check, rate, steps, seed)
    count = sum(x.size for x in jax.tree.leaves(nnx.state(model, nnx.Param)))
    return Trained(model, rate, score, time.process_time() - began, count)


def _take(s: Samples, which: np.ndarray) -> Samples:
    return Samples(s.place[which], s.there[which], s.radius[which], s.future[which])


def _fit(make, data: Samples, check: Samples, rate: float, steps: int, seed: int) -> tuple[nnx.Module, float]:
    model, rng = make(nnx.Rngs(seed)), np.random.default_rng(seed)
    schedule = optax.warmup_cosine_decay_schedule(0.0, rate, max(steps // 20, 1), steps)
    optimiser = nnx.Optimizer(model, optax.adamw(schedule, weight_decay=DECAY), wrt=nnx.Param)
    for _ in range(steps):
        x, answer, weight = _batch(data, rng.choice(len(data.place), BATCH), rng)
        _step(model, optimiser, x, answer, weight)
    x, answer, weight = _batch(check, np.arange(len(check.place)), np.random.default_rng(seed))
    return model, HALF * float(_loss(model, x, answer, weight))


def _batch(data: Samples, rows: np.ndarray, rng: np.random.Generator):
    part = _take(data, rows)
    part = replace(part, place=part.place + rng.normal(0, SIGMA, part.place.shape))
    answer, weight = asked(part)
    return jnp.asarray(tokens(part)), jnp.asarray(answer), jnp.asarray(weight)


def _loss(model, x, answer, weight):
    off = jnp.sqrt(jnp.sum((model(x) - answer) ** 2, -1) + 1e-10)
    return jnp.sum(off * weight) / jnp.maximum(jnp.sum(weight), 1.0)


@nnx.jit
def _step(model, optimiser, x, answer, weight):
    optimiser.update(model, nnx.grad(_loss)(model, x, answer, weight))
