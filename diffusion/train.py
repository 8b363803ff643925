"""Training of the painter: denoising on path-traced crops, then self-rollouts.

Single frames are trained without a history, as the painter starts each frame. With `rollout_share` above
zero the last third also trains on short clips: the painter paints the frames before the last one itself
with the deployed sampler, without gradient, and learns to continue from its own result (Huang et al. 2025).
Adam with the EDM2 schedule, power-function EMA (Karras et al. 2024, eqs. 123, 127). A checkpoint is written
as often as costs a twentieth of the time (`diffusion.checkpoints`), on a CPU that is every step or two, and
`resume` continues from the last one with the same numbers. Runs unchanged on CPU (float32) and GPU
(bfloat16 compute), on one device or many, on one host or several (`diffusion.parallel`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax import Array

from diffusion import parallel
from diffusion import progress as shown
from diffusion.batches import Samples
from diffusion.checkpoints import Checkpoints
from diffusion.loss import add_noise, denoising_loss, draw_sigma
from diffusion.network import NetworkConfig, PainterNetwork
from diffusion.precondition import to_frame, to_residual
from diffusion.sample import TEMPERATURE, sample_euler, sigma_maps, validity, warp
from diffusion.weights import load_network, save_weights

OPTIMISER = optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam(0.9, 0.99))
EMA_GAMMA = 16.97  # relative width 0.05
COST = 20  # a checkpoint is due when this many times its cost has passed
SHEET_EVERY, SHEET = 120.0, 4  # s between weights, curve and sheet; samples on a sheet
LINGER = 5  # frames that a training clip stands still before it moves off


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """One training run. A preset is an instance of this."""

    network: NetworkConfig = NetworkConfig()
    data: str = "data/train"
    steps: int = 12000  # the schedule's length; --minutes replaces it by wall-clock time
    batch: int = 16
    side: int = 96  # px, random part of the stored crops
    rate: float = 5e-3
    warmup: int = 200  # steps
    rollout_from: float = 0.65  # share of the schedule after which clips are mixed in
    rollout_share: float = 0.0  # of the batch, then; see "Decisions" in ARCHITECTURE.md
    seed: int = 0


PRESETS = {
    #        name     parameters  GFLOP at 512x512, 2 steps (python -m benchmarks.speed prints both)
    "base": TrainConfig(),
    "tiny": TrainConfig(
        network=NetworkConfig(channels=(16, 32), blocks=(1, 1), embedding=16), steps=40, batch=4, side=64
    ),
}


def main(
    preset: str,
    out: str | Path,
    minutes: float | None = None,
    resume: bool = False,
    data: str | Sequence[str | Path] | None = None,
    start: Path | None = None,
) -> None:
    """Train `preset` into folder `out`: checkpoints/, log.jsonl, loss.png, samples.png, painter.safetensors.

    `data`: folders of samples (`diffusion.dataset`, `parabola.footage`). `start`: weights to go on from, at a
    lower rate; as it is when only the guide has changed.
    """
    if preset not in PRESETS:
        raise ValueError(f"unknown preset {preset!r}; choose one of {', '.join(PRESETS)}")
    config, out = PRESETS[preset], Path(out)
    if start:
        config = replace(config, rate=0.4 * config.rate, warmup=config.warmup // 8)
    parallel.check_batch(config.batch)
    folders = [data or config.data] if isinstance(data or config.data, str) else data
    samples = Samples(*(Path(folder) for folder in folders))  # type: ignore[union-attr]
    out.mkdir(parents=True, exist_ok=True)
    run = Run(config, out, resume, start, preset)
    run.train(samples, minutes)


@partial(jax.jit, static_argnums=0, donate_argnums=(1, 2, 3))
def update(graph, params, opt_state, ema, batch: dict, key: Array, rate: Array, beta: Array):
    """One step on `batch`: planes, history, light, truth. Returns the new state, loss and norms."""
    k_sigma, k_noise = jax.random.split(key)
    target = to_residual(batch["truth"], batch["planes"][..., :3])
    sigma = draw_sigma(k_sigma, batch["history"][..., 3])
    noisy = add_noise(k_noise, target, sigma)

    def objective(p):
        net = nnx.merge(graph, p)
        cast = compute_dtype()
        features = net.encode(
            batch["planes"].astype(cast), batch["history"].astype(cast), batch["light"].astype(cast)
        )
        denoised = net.denoise(noisy, sigma, features, batch["planes"])
        return denoising_loss(denoised, target, sigma)

    loss, grads = jax.value_and_grad(objective)(params)
    updates, opt_state = OPTIMISER.update(grads, opt_state, params)
    params = jax.tree.map(lambda p, u: p - rate * u, params, updates)
    ema = jax.tree.map(lambda e, p: beta * e + (1 - beta) * p, ema, params)
    return params, opt_state, ema, loss, optax.tree.norm(grads)


def compute_dtype():
    """bfloat16 where it is fast."""
    return jnp.float32 if jax.default_backend() == "cpu" else jnp.bfloat16


@partial(jax.jit, static_argnums=0)
def self_rollout(graph, params, clip: dict, key: Array) -> Array:
    """History (B, H, W, 4) for the last frame of `clip`, painted by the net itself over the frames before.

    clip: planes (B, S, H, W, C), motion (B, S, H, W, 2), ident (B, S, H, W), light (B, L).
    """
    net = nnx.merge(graph, params)
    b, _, h, w, _ = clip["planes"].shape

    def frame(carry, now):
        history, key = carry
        planes, ident, motion, next_ident = now
        key, k = jax.random.split(key)
        features = net.encode(planes, history, clip["light"])
        sigmas = sigma_maps(history[..., 3], 2)
        noise = TEMPERATURE * sigmas[0][..., None] * jax.random.normal(k, (b, h, w, 3))
        x = sample_euler(partial(_denoise, net, features, planes), history[..., :3] + noise, sigmas)
        valid = jax.vmap(validity)(next_ident, ident, motion)[..., None]
        return (jnp.concatenate([jax.vmap(warp)(x, motion) * valid, valid], -1), key), None

    planes, motion, ident = (jnp.moveaxis(clip[name], 1, 0) for name in ("planes", "motion", "ident"))
    start = (jnp.zeros((b, h, w, 4)), key)
    (history, _), _ = jax.lax.scan(frame, start, (planes[:-1], ident[:-1], motion[1:], ident[1:]))
    return jax.lax.stop_gradient(history)


def linger(clip: dict, still: bool) -> dict:
    """The clip with LINGER frames of rest before it moves; or, `still`, its last frame over and over."""
    frames = clip["planes"].shape[1]
    order = [frames - 1] * (LINGER + frames - 1) if still else [0] * LINGER + list(range(1, frames))
    out = {**clip, **{name: clip[name][:, order] for name in ("planes", "motion", "ident")}}
    rest = [i for i in range(1, len(order)) if order[i] == order[i - 1]]
    out["motion"][:, rest] = 0.0
    return out


def _denoise(net, features, planes, x, sigma):
    return net.denoise(x, sigma, features, planes)


class Run:
    """A training run's mutable state: parameters, optimiser, averages, counters, files."""

    def __init__(
        self, config: TrainConfig, out: Path, resume: bool, start: Path | None = None, preset: str = "own"
    ):
        self.config, self.out = config, out
        self.checkpoints = Checkpoints(
            out / "checkpoints", {"preset": preset, "network": json.loads(json.dumps(asdict(config.network)))}
        )
        net = PainterNetwork(config.network, rngs=nnx.Rngs(config.seed))
        self.graph, self.params = nnx.split(net)
        if start:
            self.graph, state = load_network(start)
            self.params = jax.tree.map(jnp.asarray, state)
        self.params = parallel.shard(self.params)
        self.opt_state = parallel.shard(OPTIMISER.init(self.params))
        self.ema = parallel.shard(jax.tree.map(lambda x: np.array(x), parallel.whole(self.params)))
        self.step, self.seconds, self.norm = 0, 0.0, np.nan
        if resume and self.checkpoints.last is not None:
            self.restore()

    def train(self, samples: Samples, minutes: float | None) -> None:
        """Run to the end of the schedule; a loss that is no number ends it."""
        shown_at = clock = time.monotonic()
        cost, since = 0.0, clock
        losses: list[float] = []
        while (progress := self.progress(minutes)) < 1.0:
            losses.append(self.one_step(samples, progress))
            now = time.monotonic()
            self.seconds, clock = self.seconds + now - clock, now
            if not np.isfinite(losses[-1] + float(self.norm)):
                raise ValueError(self.diverged())
            if self.step % 50 == 0:
                self.log(progress, float(np.mean(losses)))
                losses.clear()
            if now - since >= COST * cost:
                self.save_state()
                since = time.monotonic()
                cost = since - now
            if now - shown_at > SHEET_EVERY:
                self.show(samples)
                samples.refresh()
                shown_at = now
        if losses:
            self.log(1.0, float(np.mean(losses)))
        self.save()
        self.show(samples)

    def diverged(self) -> str:
        """What is said when the loss is no number."""
        last = self.checkpoints.last
        kept = f"the checkpoint of step {last} is kept" if last is not None else "nothing was saved before"
        return f"the loss is not a number at step {self.step}; {kept}; check the samples or lower the rate"

    def progress(self, minutes: float | None) -> float:
        """Share of the schedule done, by steps or by wall-clock time."""
        return self.seconds / (60 * minutes) if minutes else self.step / self.config.steps

    def one_step(self, samples: Samples, progress: float) -> float:
        """Draw a batch and update once."""
        c = self.config
        rng = np.random.default_rng([c.seed, self.step])
        key = jax.random.fold_in(jax.random.key(c.seed), self.step)
        clips = int(c.batch * c.rollout_share) if progress > c.rollout_from and samples.clips else 0
        batch = samples.singles_batch(rng, c.batch - clips, c.side)
        batch["history"] = np.zeros((*batch["truth"].shape[:3], 4), np.float32)
        if clips:
            rolled = samples.clips_batch(rng, clips, c.side)
            rolled = linger(rolled, still=self.step % 2 == 0)
            history = np.asarray(self_rollout(self.graph, parallel.whole(self.params), rolled, key))
            rolled = {
                "planes": rolled["planes"][:, -1],
                "truth": rolled["truth"],
                "light": rolled["light"],
                "history": history,
            }
            batch = {k: np.concatenate([batch[k], rolled[k]]) for k in batch}
        decay = min(1.0, (1.0 - progress) / 0.4)
        rate = c.rate * min(1.0, (self.step + 1) / c.warmup) * (0.02 + 0.98 * decay)
        beta = (1 - 1 / (self.step + 1)) ** (EMA_GAMMA + 1)
        new = update(
            self.graph,
            self.params,
            self.opt_state,
            self.ema,
            parallel.spread(batch),
            key,
            jnp.float32(rate),
            jnp.float32(beta),
        )
        self.params, self.opt_state, self.ema = parallel.shard(new[:3])
        loss, self.norm = new[3:]
        self.step += 1
        return float(loss)

    def log(self, progress: float, loss: float) -> None:
        """Append one line to log.jsonl and draw the curve anew."""
        if not parallel.leads():
            return
        row = {
            "step": self.step,
            "seconds": round(self.seconds, 1),
            "progress": round(progress, 4),
            "loss": round(loss, 5),
            "gradient_norm": round(float(self.norm), 4),
        }
        shown.append(self.out / "log.jsonl", row)
        shown.save_curve(self.out / "loss.png", shown.read_log(self.out / "log.jsonl"))

    def save(self) -> None:
        """Write the checkpoint and the averaged weights, each moved into place when complete."""
        self.save_state()
        ema = parallel.whole(self.ema)
        if parallel.leads():
            save_weights(self.out / "painter.safetensors", ema, asdict(self.config.network))

    def save_state(self) -> None:
        """Write the checkpoint."""
        state = (self.params, self.opt_state, self.ema)
        self.checkpoints.save(self.step, state, {"seconds": self.seconds})

    def show(self, samples: Samples) -> None:
        """Averaged weights, and a sheet of prior, painted and true crops."""
        ema = parallel.whole(self.ema)
        if not parallel.leads():
            return
        save_weights(self.out / "painter.safetensors", ema, asdict(self.config.network))
        batch = samples.singles_batch(np.random.default_rng(0), SHEET, self.config.side)
        painted = _paint_crops(self.graph, ema, batch["planes"], batch["light"])
        shown.save_sheet(self.out / "samples.png", [batch["planes"][..., :3], painted, batch["truth"]])

    def restore(self) -> None:
        """Continue from the last checkpoint."""
        state, told = self.checkpoints.restore((self.params, self.opt_state, self.ema))
        self.params, self.opt_state, self.ema = state
        self.step, self.seconds = int(self.checkpoints.last or 0), float(told["seconds"])


@partial(jax.jit, static_argnums=0)
def _paint_crops(graph, state, planes: Array, light: Array) -> Array:
    """Crops (B, H, W, 3) as the painter makes them in two steps, without noise."""
    net, shape = nnx.merge(graph, state), planes.shape[:3]
    features = net.encode(planes, jnp.zeros((*shape, 4)), light)
    x = sample_euler(
        partial(_denoise, net, features, planes), jnp.zeros((*shape, 3)), sigma_maps(jnp.zeros(shape), 2)
    )
    return to_frame(x, planes[..., :3])
