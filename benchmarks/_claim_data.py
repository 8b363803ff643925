"""Clips to train on, made as they are needed: a chunk of worlds at a time, each used PASSES times.

Batch k of a run depends on its seed and on k alone, so a run that was killed goes on with the same data.
Training worlds have seeds of their own; those that are measured are never among them.
"""

from __future__ import annotations

from functools import lru_cache

import jax.numpy as jnp
import numpy as np

from benchmarks._claim_look import clip_stills, truth
from benchmarks._claim_world import BALLS, FINE, FRAMES, SIDE, Worlds, worlds

CHUNK, PASSES = 256, 4
TRAINED, HELD, MEASURED = 31, 32, 33  # first numbers of the seeds
WORDS = (BALLS + 1, 12)  # tokens of a description, numbers in each


def film(w: Worlds) -> np.ndarray:
    """True pictures (N, T, SIDE, SIDE, 3) uint8 of clips."""
    parts = [w.take(slice(k, k + 32)) for k in range(0, len(w), 32)]
    shots = [np.asarray(jnp.round(truth(clip_stills(p)) * 255)).astype(np.uint8) for p in parts]
    return np.concatenate(shots).reshape(len(w), -1, SIDE, SIDE, 3)


@lru_cache(maxsize=1)
def chunk(seed: int, number: int) -> tuple[Worlds, np.ndarray]:
    """Chunk `number` of the training worlds of `seed`, and its film."""
    w = worlds(np.random.default_rng([TRAINED, seed, number]), CHUNK)
    return w, film(w)


def held(count: int) -> tuple[Worlds, np.ndarray]:
    """Worlds in range that choose the learning rates."""
    w = worlds(np.random.default_rng(HELD), count)
    return w, film(w)


def measured(count: int, split: str) -> Worlds:
    """Worlds that are measured."""
    return worlds(np.random.default_rng([MEASURED, split == "out"]), count, split, FINE)


def draw(seed: int, step: int, size: int) -> tuple[Worlds, np.ndarray, np.ndarray]:
    """Batch `step` of `size` clips: worlds, film (size, T, SIDE, SIDE, 3), and a frame number for each."""
    w, shots = chunk(seed, step * size // (CHUNK * PASSES))
    rng = np.random.default_rng([TRAINED, seed, 1, step])
    which = rng.choice(CHUNK, size, replace=False)
    return w.take(which), shots[which], rng.integers(FRAMES, size=size)


def words(w: Worlds) -> np.ndarray:
    """The description of the first frame, (N, *WORDS): a token per ball, one for the rest, of order one."""
    there = w.there[..., None].astype(float)
    ball = [there, 2 * w.position[:, 0] - 1, w.velocity[:, 0], 10 * w.radius[:, 0, :, None], w.colour[:, 0]]
    balls = np.concatenate(ball, -1) * there
    rest = np.concatenate([w.gravity[:, None], w.light[:, None], w.wall, w.floor], -1)[:, None]
    pad = [np.pad(x, ((0, 0), (0, 0), (0, WORDS[1] - x.shape[-1]))) for x in (balls, rest)]
    return np.concatenate(pad, 1).astype(np.float32)
