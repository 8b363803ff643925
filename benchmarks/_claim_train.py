"""Training runs of `benchmarks.claim`: constant rates, snapshots at every budget, killed and resumed at will.

A budget is FLOP as XLA counts them in the program of one update (multiply and add are two), times updates.
The rate is constant after a short warm-up and what is measured is a power-function average of the
parameters (Karras et al. 2024, eq. 123), so one run passes through all budgets, and a longer one goes on
where a shorter one ended. The rate is chosen per arm after TUNED FLOP: by its own loss over the last fifth
of the updates, on worlds that are new to it and the same for all rates; for the GAN, whose loss says
nothing, by the mean square error of generated frames.
"""

from __future__ import annotations

import json
import os
import time
from functools import cache, partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from benchmarks import _claim_data as data
from benchmarks._claim_arms import ARMS, Arm
from benchmarks._claim_world import GIVEN, Worlds

FOLDER = Path(__file__).resolve().parents[1] / "runs" / "claim"
BUDGETS = (1e10, 5e10, 2.5e11, 1.25e12)  # FLOP, every arm
FURTHER = {"transformer": (6.25e12, 3.1e13, 1.55e14)}  # the rival goes on
SEEDS, WARM = 3, 10  # runs; updates of warm-up
TUNED = {"transformer": 2.5e12}  # FLOP per rate tried
TUNED_OTHERWISE, TRIED_ON = 3e11, 24  # clips that choose
AT_ONCE = 8  # clips generated at a time
GAMMA = 6.94  # of the average's profile: relative width 0.1
SAVE_EVERY = 45.0  # s


def budgets(name: str) -> tuple[float, ...]:
    """All budgets of an arm."""
    return BUDGETS + FURTHER.get(name, ())


@partial(jax.jit, static_argnums=(0, 1), donate_argnums=(2, 3, 4))
def _update(name: str, graph, params, opt, average, batch: dict, key, rate, beta):
    params, opt, loss = ARMS[name].advance(graph, params, opt, batch, key, rate)
    average = jax.tree.map(lambda a, p: beta * a + (1 - beta) * p, average, params)
    return params, opt, average, loss


class Run:
    """One run: parameters, optimiser, average, update number, losses; files under `folder`."""

    def __init__(self, name: str, seed: int, rate: float, folder: Path) -> None:
        self.name, self.seed, self.rate, self.folder = name, seed, rate, folder
        self.arm: Arm = ARMS[name]
        self.graph, self.params = nnx.split(self.arm.make(nnx.Rngs(seed)))
        self.opt = self.arm.start(self.params)
        self.average = jax.tree.map(jnp.array, self.params)
        self.step, self.losses = 0, np.zeros(0, np.float32)
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "last.npz").exists():
            self.restore()

    def arguments(self) -> tuple:
        """What the next update is called with."""
        batch = self.arm.batch(self.seed, self.step, self.arm.size)
        key = jax.random.fold_in(jax.random.key(self.seed), self.step)
        rate = self.rate * min(1.0, (self.step + 1) / WARM)
        beta = (1 - 1 / (self.step + 1)) ** (GAMMA + 1)
        numbers = (key, jnp.float32(rate), jnp.float32(beta))
        return self.name, self.graph, self.params, self.opt, self.average, batch, *numbers

    def advance(self) -> None:
        """One update."""
        self.params, self.opt, self.average, loss = _update(*self.arguments())
        self.step += 1
        self.losses = np.append(self.losses, np.float32(loss))

    def until(self, flop: float) -> None:
        """Train up to a budget, or to the last whole update before it; keep its average as BUDGET.npz."""
        path = self.folder / f"{flop:.1e}.npz"
        if path.exists():
            return
        steps, saved = int(flop / update_flop(self.name)), time.monotonic()
        while self.step < steps:
            self.advance()
            if not np.isfinite(self.losses[-1]):
                raise ValueError(f"{self.name}: the loss is not finite at update {self.step}; lower the rate")
            if time.monotonic() - saved > SAVE_EVERY:
                self.save()
                saved = time.monotonic()
        self.save()
        _write(path, {f"leaf{i}": np.asarray(x) for i, x in enumerate(jax.tree.leaves(self.average))})

    def save(self) -> None:
        """The whole state, moved into place when complete."""
        leaves = jax.tree.leaves((self.params, self.opt, self.average))
        state = {f"leaf{i}": np.asarray(x) for i, x in enumerate(leaves)}
        now = {"step": np.array(self.step), "losses": self.losses, "rate": np.array(self.rate)}
        _write(self.folder / "last.npz", {**state, **now})

    def restore(self) -> None:
        """Continue from the saved state; ValueError if it was trained at another rate."""
        tree = (self.params, self.opt, self.average)
        with np.load(self.folder / "last.npz") as f:
            if not np.isclose(f.get("rate", self.rate), self.rate):
                raise ValueError(f"{self.folder} was trained at another rate: remove it")
            leaves = [jnp.asarray(f[f"leaf{i}"]) for i in range(len(jax.tree.leaves(tree)))]
            self.params, self.opt, self.average = jax.tree.unflatten(jax.tree.structure(tree), leaves)
            self.step, self.losses = int(f["step"]), f["losses"]

    def model(self, flop: float | None = None) -> nnx.Module:
        """The averaged network, now or at a budget."""
        if flop is None:
            return nnx.merge(self.graph, self.average)
        with np.load(self.folder / f"{flop:.1e}.npz") as f:
            leaves = [jnp.asarray(f[f"leaf{i}"]) for i in range(len(f.files))]
        return nnx.merge(self.graph, jax.tree.unflatten(jax.tree.structure(self.average), leaves))


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    part = path.with_name(f".{path.stem}.{os.getpid()}.npz")
    np.savez(part, **arrays)  # type: ignore[arg-type]
    part.replace(path)


@cache
def update_flop(name: str) -> float:
    """FLOP of one update, as XLA counts them before it optimises."""
    run = Run(name, 0, 1e-3, FOLDER / "count" / name)
    return float(_update.lower(*run.arguments()).cost_analysis()["flops"])  # type: ignore[index]


def parameters(name: str) -> int:
    """Trainable numbers of an arm (the GAN's critic among them)."""
    state = nnx.split(nnx.eval_shape(lambda: ARMS[name].make(nnx.Rngs(0))))[1]
    return sum(int(np.prod(x.shape)) for x in jax.tree.leaves(state))


def tuned(name: str, folder: Path = FOLDER) -> dict:
    """{"rate": chosen, "tried": {rate: what chose}}; on disk once known."""
    path = folder / f"{name}-rate.json"
    if not path.exists():
        tried, flop = {}, TUNED.get(name, TUNED_OTHERWISE)
        for rate in ARMS[name].rates:
            run = Run(name, 100, rate, folder / "tuning" / f"{name}-{rate:g}")
            try:
                run.until(flop)
                late = run.losses[-max(len(run.losses) // 5, 1) :]
                tried[f"{rate:g}"] = error(name, run.model()) if name == "gan" else float(np.mean(late))
            except ValueError:
                tried[f"{rate:g}"] = float("inf")
        best = min(tried, key=lambda k: tried[k])
        path.write_text(json.dumps({"rate": float(best), "tried": tried}))
    return json.loads(path.read_text())


def error(name: str, model: nnx.Module) -> float:
    """Mean square error of generated frames, sRGB, on held-out worlds in range."""
    w, shots = data.held(TRIED_ON)
    made = filmed(name, model, w, shots[:, :GIVEN], 5)
    return float(np.mean((made - shots[:, GIVEN:] / np.float32(255)) ** 2))


def filmed(name: str, model: nnx.Module, w: Worlds, given: np.ndarray, seed: int) -> np.ndarray:
    """Frames that a learned arm makes after the `given` ones (uint8), AT_ONCE clips at a time."""
    out = []
    for k in range(0, len(w), AT_ONCE):
        key, part = jax.random.fold_in(jax.random.key(seed), k), slice(k, k + AT_ONCE)
        out.append(ARMS[name].film(model, w.take(part), given[part] / np.float32(255), key))
    return np.concatenate([np.asarray(x) for x in out])


def train(names=tuple(ARMS), limit: float = np.inf) -> None:
    """All runs up to `limit` FLOP, smallest budgets of all first."""
    every = sorted({b for name in names for b in budgets(name) if b <= limit})
    rates = {name: tuned(name)["rate"] for name in names}
    for flop in every:
        for seed in range(SEEDS):
            for name in (n for n in names if flop in budgets(n)):
                began = time.process_time()
                run = Run(name, seed, rates[name], FOLDER / f"{name}-{seed}")
                run.until(flop)
                spent = time.process_time() - began
                print(f"{name} seed {seed}: {flop:.1e} FLOP, update {run.step}, {spent:.0f} s", flush=True)
