"""Train the learned detector on worlds of its own.  `python -m benchmarks.detector_train --out runs/detector`

Loss: penalty-reduced focal loss on the centre map (Zhou et al. 2019, eq. 1, alpha 2, beta 4), L1 on offset
and log radius at the centres (eqs. 2, 3), binary cross-entropy on the mask. Adam with a linear warm-up and a
cosine decay, weights averaged over the last steps. Pictures are made once and kept beside the run; `--resume`
continues after a break. Ends by writing the weights that the estimator loads.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from safetensors.numpy import load_file, save_file

from benchmarks._detector_pictures import SIZE, VIEWS, samples
from physics.estimator.detector_net import CHANNELS, HEADS, PATCH, PLANES, WEIGHTS, DetectorNet, named

CELLS = SIZE // PATCH
RATE, WARM, AVERAGE = 2e-3, 100, 0.995
CHUNK, NAMES = 400, ("planes", "things", "mask")  # clips to a file


def made(folder: Path, clips: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Planes (n, SIZE, SIZE, PLANES), things (n, MOST, 4), masks (n, SIZE, SIZE), kept in `folder`."""
    parts = [_part(folder, first, min(first + CHUNK, clips)) for first in range(0, clips, CHUNK)]
    planes, things, mask = (np.concatenate([p[name] for p in parts]) for name in NAMES)
    return planes, things, mask


def _part(folder: Path, first: int, last: int) -> dict[str, np.ndarray]:
    """The samples of clips [first, last), made if they are not there yet."""
    file = folder / f"pictures-{first}-{last}.npz"
    if not file.exists():
        drawn = [s for seed in range(first, last) for s in samples(seed)]
        part = file.with_name("part.npz")
        np.savez(part, **{name: np.stack([getattr(s, name) for s in drawn]) for name in NAMES})
        part.rename(file)
    with np.load(file) as kept:
        return {name: kept[name] for name in NAMES}


def targets(things):
    """Centre map (B, n, n), its weight, cells (B, MOST) of the centres, offset and log radius at them."""
    grid = jnp.arange(CELLS) + 0.5
    x, y, r, weight = (things[..., k] for k in range(4))
    far = (grid[None, None, None] - x[..., None, None] / PATCH) ** 2 + (
        grid[None, None, :, None] - y[..., None, None] / PATCH
    ) ** 2
    sigma = jnp.maximum(r / (3 * PATCH), 0.6)[..., None, None]
    hill = jnp.where((weight > 0)[..., None, None], jnp.exp(-far / (2 * sigma**2)), 0.0)
    ignored = ((weight < 0)[..., None, None] & (far * PATCH**2 < (r**2)[..., None, None])).any(1)
    row, column = jnp.floor(y / PATCH).astype(int), jnp.floor(x / PATCH).astype(int)
    cell = jnp.clip(row, 0, CELLS - 1) * CELLS + jnp.clip(column, 0, CELLS - 1)
    wanted = jnp.stack([x / PATCH - column, y / PATCH - row, jnp.log(jnp.maximum(r, 1.0) / PATCH)], -1)
    return hill.max(1), 1.0 - ignored, cell, wanted, (weight > 0).astype(jnp.float32)


def loss(network, planes, things, mask):
    """Mean over the batch, and its parts."""
    out = network(planes.astype(jnp.float32))
    hill, weight, cell, wanted, there = targets(things)
    count = jnp.maximum(there.sum(), 1.0)
    b = len(planes)
    peak = jnp.zeros((b, CELLS * CELLS)).at[jnp.arange(b)[:, None], cell].max(there).reshape(hill.shape)
    p, logit = jax.nn.sigmoid(out[..., 0]), out[..., 0]
    hit = peak * (1 - p) ** 2 * jax.nn.softplus(-logit)
    miss = (1 - peak) * (1 - hill) ** 4 * p**2 * jax.nn.softplus(logit) * weight
    focal = (hit + miss).sum() / count
    at = jnp.take_along_axis(out.reshape(b, CELLS * CELLS, HEADS), cell[..., None], 1)
    near = jnp.abs(at[..., 1:4] - wanted).sum(-1)
    shape = (near * there).sum() / count
    soft = out[..., 4:].reshape(b, CELLS, CELLS, PATCH, PATCH).transpose(0, 1, 3, 2, 4).reshape(mask.shape)
    cover = jnp.mean(jax.nn.softplus(jnp.where(mask > 0, -soft, soft)))
    return focal + 0.5 * shape + 2.0 * cover, (focal, shape, cover)


def turned(rng: np.random.Generator, planes, things, mask):
    """The batch mirrored or transposed at random."""
    if rng.random() < 0.5:
        planes, mask, things = planes[:, :, ::-1], mask[:, :, ::-1], things * [-1, 1, 1, 1] + [SIZE, 0, 0, 0]
    if rng.random() < 0.5:
        planes, mask, things = planes[:, ::-1], mask[:, ::-1], things * [1, -1, 1, 1] + [0, SIZE, 0, 0]
    if rng.random() < 0.5:
        planes, mask, things = planes.swapaxes(1, 2), mask.swapaxes(1, 2), things[..., [1, 0, 2, 3]]
    return planes, things.astype(np.float32), mask


def train(out: Path, clips: int, steps: int, batch: int, resume: bool) -> dict[str, np.ndarray]:
    """Averaged weights after `steps` steps."""
    planes, things, mask = made(out, clips)
    held = len(planes) // 20
    graph, state = nnx.split(DetectorNet(rngs=nnx.Rngs(0)))
    schedule = optax.warmup_cosine_decay_schedule(0.0, RATE, WARM, steps, 1e-5)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, weight_decay=1e-4))
    carry = (state, optimiser.init(state), state)
    first, file = 0, out / "run.safetensors"
    if resume and file.exists():
        kept = load_file(file)
        first = int(kept["step"])
        leaves, structure = jax.tree.flatten(carry)
        carry = jax.tree.unflatten(
            structure, [jnp.asarray(kept[str(k)]).astype(x.dtype) for k, x in enumerate(leaves)]
        )

    @jax.jit
    def step(carry, planes, things, mask):
        state, opt, mean = carry
        (_, parts), slope = jax.value_and_grad(
            lambda s: loss(nnx.merge(graph, s), planes, things, mask), has_aux=True
        )(state)
        change, opt = optimiser.update(slope, opt, state)
        state = optax.apply_updates(state, change)
        return (state, opt, jax.tree.map(lambda m, s: AVERAGE * m + (1 - AVERAGE) * s, mean, state)), parts

    judge = jax.jit(lambda s, *data: loss(nnx.merge(graph, s), *data)[1])
    start = time.process_time()
    for k in range(first, steps):
        rng = np.random.default_rng([k, 3])
        pick = held + rng.choice(len(planes) - held, batch, replace=False)
        carry, parts = step(carry, *turned(rng, planes[pick], things[pick], mask[pick]))
        if k % 50 == 49 or k == steps - 1:
            leaves = jax.tree.leaves(carry)
            part = file.with_suffix(".part")
            save_file(
                {"step": np.array(k + 1), **{str(n): np.asarray(x) for n, x in enumerate(leaves)}}, part
            )
            part.rename(file)
            test = judge(carry[2] if k > 400 else carry[0], planes[:held], things[:held], mask[:held])
            told = " ".join(f"{float(x):.3f}" for x in (*parts, *test))
            print(f"{k + 1} {time.process_time() - start:.0f} s: {told}", flush=True)
    return named(carry[2])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("runs/detector"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--clips", type=int, default=1600)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    arrays = train(options.out, options.clips, options.steps, options.batch, options.resume)
    options.weights.parent.mkdir(parents=True, exist_ok=True)
    save_file(
        arrays, options.weights, metadata={"network": json.dumps({"channels": CHANNELS, "planes": PLANES})}
    )
    options.weights.chmod(0o644)
    count = sum(a.size for a in arrays.values())
    print(f"{options.weights}: {count} parameters, {VIEWS * options.clips} pictures")


if __name__ == "__main__":
    main()
