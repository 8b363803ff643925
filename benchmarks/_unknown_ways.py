"""Who predicts the hidden worlds, from what: the predictor from places and from films, and what it is
compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np

from benchmarks._unknown_film import Film, shoot
from benchmarks._unknown_world import AHEAD, CONTEXT, SIZE, World
from benchmarks.baselines.closed import DEGREES, polynomial
from physics.estimator import ArrayVideo
from physics.predictor import NextFramePredictor, Priors, cast_of
from physics.predictor.cast import Cast
from physics.predictor.laws import LEARNT, find_laws
from physics.predictor.looks import Disc
from physics.predictor.sighting import Sighting

SIGMA = 0.1  # px of noise on given states
NEAR, SEEN = 6.0, 5  # px, and sightings, that make an actor a true disc

Learned = dict[str, Callable]  # name -> trained network


def observe(world: World, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noisy places (CONTEXT, n, 2); nan behind the pillar."""
    seen = truth[:CONTEXT] + rng.normal(0, SIGMA, truth[:CONTEXT].shape)
    if world.pillar is not None:
        hidden = (truth[:CONTEXT, :, 0] > world.pillar[0]) & (truth[:CONTEXT, :, 0] < world.pillar[1])
        seen[hidden] = np.nan
    return seen


def state_cast(world: World, seen: np.ndarray, last: int | None = None) -> Cast:
    """The cast of given places, or of the `last` of them only."""
    sightings = []
    for i in range(seen.shape[1]):
        t = np.flatnonzero(np.isfinite(seen[:, i, 0]))[-(last or CONTEXT) :]
        place = seen[t, i]
        sightings.append(Sighting(
            id=i + 1, time=t.astype(float), place=place, seen_at=place,
            covariance=np.tile(SIGMA**2 * np.eye(2), (len(t), 1, 1)), radius=world.r[i] + world.growth * t,
            visible=np.ones(len(t)), look=Disc(np.ones(3), float(world.r[i]), 1.0),
        ))  # fmt: skip
    laws = find_laws(tuple(sightings), CONTEXT - 1.0, (SIZE, SIZE), told(world))
    blank = np.zeros((SIZE, SIZE, 3), np.float32)
    return Cast(
        width=SIZE, height=SIZE, fps=24.0, first=0, last=CONTEXT - 1, plate=blank, seen=blank[..., 0] == 0,
        noise=0.0, actors=laws.actors, surfaces=laws.surfaces, gravity=laws.gravity, meet=laws.meet,
    )  # fmt: skip


def told(world: World) -> Priors:
    """What the predictor is told of a world: where its walls are, or nothing."""
    return Priors(surfaces=tuple(map(tuple, world.walls)) if world.told_walls else ())


def predicted(cast: Cast, world: World) -> tuple[np.ndarray, np.ndarray]:
    """Places (AHEAD, N, 2) and covariances of all actors that are no shadows."""
    keep = [k for k, a in enumerate(cast.actors) if a.rides is None]
    states = list(islice(NextFramePredictor(cast, told(world)).states(), AHEAD))
    return np.array([s.place[keep] for s in states]), np.array([s.covariance[keep] for s in states])


def filmed(world: World, truth: np.ndarray, film: Film, seed: int) -> Cast:
    """The cast of a film of the world."""
    frames = shoot(world, truth[:CONTEXT], film, seed)
    return cast_of(ArrayVideo(frames, 24.0), 0, CONTEXT, told(world))


def from_film(
    world: World, truth: np.ndarray, film: Film, seed: int, held: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Places and covariances (nan where lost) of the true discs, and how many were lost; a lost disc is taken
    to stay where `held` (AHEAD, n, 2) has it.
    """
    cast = filmed(world, truth, film, seed)
    place, spread = predicted(cast, world)
    best, mine = matched(cast, truth), held.copy()
    cover = np.full((*held.shape, 2), np.nan)
    for i, k in enumerate(best):
        if k is not None:
            mine[:, i], cover[:, i] = place[:, k], spread[:, k]
    return mine, cover, sum(k is None for k in best)


def matched(cast: Cast, truth: np.ndarray) -> list[int | None]:
    """For each true object the actor seen there, by the median over its sightings, and seen there latest."""
    actors = [a for a in cast.actors if a.rides is None]
    found: list[int | None] = []
    for i in range(truth.shape[1]):
        near = []
        for k, a in enumerate(actors):
            time = a.sighting.time.astype(int)
            off = float(np.median(np.linalg.norm(a.sighting.seen_at - truth[time, i], axis=1)))
            if off < NEAR and len(time) > SEEN:
                near.append((-time[-1], off, k))
        found.append(min(near)[2] if near else None)
    return found


def equations(world: World, seen: np.ndarray) -> np.ndarray:
    """The equations alone, (AHEAD, n, 2): the law of the last few places by evidence, elastic impacts with
    discs and with the walls that are told; nothing hidden is learnt.
    """
    return predicted(state_cast(world, seen, LEARNT - 1), world)[0]


def others(world: World, seen: np.ndarray, learned: Learned) -> dict[str, np.ndarray]:
    """Places (AHEAD, n, 2) by every way that the predictor is compared with."""
    found = {name: polynomial(seen, AHEAD, degree) for name, degree in DEGREES.items()}
    found["equations"] = equations(world, seen)
    if learned:
        from benchmarks.baselines.samples import samples_of

        asked = samples_of(world, seen, np.zeros((AHEAD, seen.shape[1], 2)))
        found |= {name: np.moveaxis(net(asked), 0, 1) for name, net in learned.items()}
    return found


def learn(worlds: int, seed: int = 0) -> Learned:
    """The MLP and the transformer, trained on `worlds` worlds of every family."""
    from benchmarks.baselines.networks import Mlp, Transformer
    from benchmarks.baselines.samples import training_samples
    from benchmarks.baselines.training import train

    data = training_samples(worlds)
    return {"MLP": train(Mlp, data, seed=seed), "transformer": train(Transformer, data, seed=seed)}
