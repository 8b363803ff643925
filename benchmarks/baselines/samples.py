"""What the networks see and are asked: tokens of one disc's past with its neighbours, and its future.

A token is one frame: place, whether it was seen, and radius of the disc itself and of its NEAR nearest
neighbours, places from the middle of the picture in half pictures. The answer is where the disc goes from its
last seen place, in half pictures. Training worlds are drawn like those that are tested, in range, with seeds
of their own; each is used as it is and mirrored, with fresh noise at every step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks._unknown_world import COARSE, CONTEXT, FAMILIES, SIZE, World, draw, trace

NEAR, HALF = 3, SIZE / 2
WIDTH = 4 * (1 + NEAR)
FIRST_SEED = 100_000  # of training worlds: the tested ones count from 0


@dataclass(frozen=True)
class Samples:
    """Discs of many worlds: `place` (m, CONTEXT, 1 + NEAR, 2) px, itself first; `there`, whether it can be
    seen, (m, CONTEXT, 1 + NEAR); `radius` (m, 1 + NEAR) px; `future` (m, AHEAD, 2) px.
    """

    place: np.ndarray
    there: np.ndarray
    radius: np.ndarray
    future: np.ndarray


def samples_of(world: World, seen: np.ndarray, future: np.ndarray) -> Samples:
    """Samples of all discs of a world: `seen` (CONTEXT, n, 2), nan where hidden; `future` (AHEAD, n, 2)."""
    rows = [_one(world, seen, i) for i in range(len(world.r))]
    place, there, radius = (np.stack(part) for part in zip(*rows))
    return Samples(place, there, radius, np.moveaxis(future, 1, 0))


def _one(world: World, seen: np.ndarray, i: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    last = np.array([track[np.isfinite(track[:, 0])][-1] for track in np.moveaxis(seen, 1, 0)])
    order = np.argsort(np.linalg.norm(last - last[i], axis=1))[: 1 + NEAR]
    place, radius = np.full((len(seen), 1 + NEAR, 2), np.nan), np.zeros(1 + NEAR)
    place[:, : len(order)], radius[: len(order)] = seen[:, order], world.r[order]
    return np.nan_to_num(place, nan=HALF), np.isfinite(place[..., 0]), radius


def training_samples(worlds: int) -> Samples:
    """Of `worlds` worlds of every family, in range, without noise."""
    found = []
    for family in FAMILIES:
        for k in range(worlds):
            rng = np.random.default_rng([FIRST_SEED + k, FAMILIES.index(family)])
            world = draw(family, "in range", rng)
            truth = trace(world, steps=COARSE)[0]
            seen = truth[:CONTEXT].copy()
            if world.pillar is not None:
                hidden = (seen[..., 0] > world.pillar[0]) & (seen[..., 0] < world.pillar[1])
                seen[hidden] = np.nan
            found.append(samples_of(world, seen, truth[CONTEXT:]))
    return Samples(*(np.concatenate([getattr(s, name) for s in found]) for name in
                     ("place", "there", "radius", "future")))  # fmt: skip


def mirrored(s: Samples) -> Samples:
    """The samples and their mirror images, left for right."""

    def flip(x: np.ndarray) -> np.ndarray:
        return np.concatenate([x, np.stack([SIZE - x[..., 0], x[..., 1]], -1)])

    return Samples(flip(s.place), np.concatenate([s.there] * 2), np.concatenate([s.radius] * 2),
                   flip(s.future))  # fmt: skip


def tokens(s: Samples) -> np.ndarray:
    """(m, CONTEXT, WIDTH) float32."""
    place = np.where(s.there[..., None], (s.place - HALF) / HALF, 0.0)
    radius = np.broadcast_to(s.radius[:, None] / HALF, s.there.shape)
    parts = np.concatenate([place, s.there[..., None], radius[..., None]], -1)
    return parts.reshape(len(parts), CONTEXT, WIDTH).astype(np.float32)


def last_seen(s: Samples) -> np.ndarray:
    """(m, 2) px: the disc's last place that was seen."""
    index = CONTEXT - 1 - np.argmax(s.there[:, ::-1, 0], axis=1)
    return s.place[np.arange(len(index)), index, 0]


def asked(s: Samples) -> tuple[np.ndarray, np.ndarray]:
    """(answer (m, AHEAD, 2) in half pictures from the last seen place, weight (m, AHEAD): in the picture)."""
    inside = np.all((s.future > 0) & (s.future < SIZE), axis=-1)
    answer = (s.future - last_seen(s)[:, None]) / HALF
    return answer.astype(np.float32), inside.astype(np.float32)
