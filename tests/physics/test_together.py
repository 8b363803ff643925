"""Bodies that meet, told walls, few frames, parts that show: what the predictor makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._unknown_ways import observe, predicted, state_cast
from benchmarks._unknown_world import CONTEXT, World, simulate, wall
from physics.estimator.detect import bold
from physics.estimator.plate import Plate
from physics.estimator.rest import hollow
from physics.predictor.laws import find_laws
from physics.predictor.looks import Disc
from physics.predictor.paths import Priors, fit_flight
from physics.predictor.sighting import Sighting

WALLS = np.array([wall(0, 122, 0, -1), wall(0, 6, 0, 1), wall(6, 0, 1, 0), wall(122, 0, -1, 0)])
SIZE = (128, 128)


def foreseen(world: World, seed: int = 0) -> tuple[np.ndarray, float]:
    """Distances (24, n) px from the truth, and the share of the true places in the 90 % ellipses."""
    truth = simulate(world)
    cast = state_cast(world, observe(world, truth, np.random.default_rng(seed)))
    place, spread = predicted(cast, world)
    off = place - truth[CONTEXT:]
    inside = np.einsum("tni,tnij,tnj->tn", off, np.linalg.inv(spread), off) < 4.605
    return np.linalg.norm(off, axis=-1), float(inside.mean())


def test_a_wall_that_was_met_just_now_and_one_that_is_met_first_in_the_future():
    x = np.array([[30.0, 40.0], [95.0, 70.0], [60.0, 100.0]])
    v = np.array([[-0.5, 0.3], [0.55, -0.4], [0.7, 0.2]])  # the second meets the right wall at frame 34
    world = World(x, v, np.array([6.0, 7.5, 5.0]), walls=WALLS, bounce=0.9, told_walls=True)
    off, covered = foreseen(world)
    assert off[:, 1].max() < 0.6 and off.mean() < 0.5
    assert covered > 0.7


def test_impacts_of_bodies_tell_their_restitution():
    x, v = np.array([[40.0, 60.0], [80.0, 62.0]]), np.array([[1.4, 0.0], [-0.9, 0.0]])
    world = World(x, v, np.array([6.0, 8.0]), walls=WALLS, meet=0.8, bounce=0.9, told_walls=True)
    truth = simulate(world)
    cast = state_cast(world, observe(world, truth, np.random.default_rng(1)))
    assert cast.meet is not None and cast.meet[0] == pytest.approx(0.8, abs=0.03)
    assert {a.model for a in cast.actors} == {"colliding"}


def test_three_noisy_frames_leave_a_slow_fall_open():
    t, fall, s = np.arange(3.0), 0.12, 0.08
    path = np.stack([20 + 2 * t, 40 + 0.5 * fall * t**2], 1)
    law = fit_flight(t, path, np.tile(s * s * np.eye(2), (3, 1, 1)), 128)
    ahead = t[-1] + 12.0
    off = law.at(ahead) - [20 + 2 * ahead, 40 + 0.5 * fall * ahead**2]
    assert not law.confident
    assert off @ np.linalg.solve(law.sigma_at(ahead), off) < 4.605


def test_what_shows_of_a_thing_half_hidden_does_not_bend_its_law():
    t = np.arange(36.0)
    place, r = np.stack([10 + 1.4 * t, 60 + 0 * t], 1), 12.0
    shown = np.clip((58 - (place[:, 0] - r)) / (2 * r), 0.2, 1)  # a post from column 58 on
    seen = place - np.stack([0.85 * (1 - shown) * r, 0 * t], 1)
    thing = Sighting(
        id=1, time=t, place=seen, seen_at=seen, radius=r * np.sqrt(shown), visible=np.ones(36),
        covariance=np.tile(1e-3 * np.eye(2), (36, 1, 1)), look=Disc(np.ones(3), r, 1.0),
    )  # fmt: skip
    (actor,) = find_laws((thing,), 35.0, SIZE, Priors()).actors
    assert np.linalg.norm(actor.law.at(35.0) - place[-1]) < 0.3
    assert np.linalg.norm(actor.law.velocity(35.0) - [1.4, 0]) < 0.02


def test_two_things_within_one_halo_are_two():
    y, x = np.mgrid[:40, :60] + 0.5
    one, two = np.hypot(x - 18, y - 20) < 9, np.hypot(x - 42, y - 20) < 7
    z = np.where(one | two, 60.0, 6.0)
    halo = (
        (np.hypot(x - 18, y - 20) < 11)
        | (np.hypot(x - 42, y - 20) < 9)
        | ((abs(y - 20) < 3) & (x > 18) & (x < 42))
    )
    pieces = bold(z, halo)
    assert [int(p.sum()) for p in pieces] == [int(one.sum()), int(two.sum())]
    speck = np.where(one | (np.hypot(x - 42, y - 20) < 2), 60.0, 6.0)
    assert len(bold(speck, halo)) == 1


def test_a_wall_beside_a_slow_thing_stays_seen():
    y, x = np.mgrid[:60, :90] + 0.5
    ground = np.where((y > 50)[..., None], [0.3, 0.3, 0.3], [0.7, 0.75, 0.7]).astype(np.float32)
    disc = np.hypot(x - 45, y - 40) < 9
    colour = np.where((np.hypot(x - 45, y - 40) < 6)[..., None], [0.9, 0.7, 0.1], ground).astype(np.float32)
    hidden = np.repeat((np.hypot(x - 45, y - 40) < 12)[None], 8, 0)
    plate = hollow(Plate(colour, np.full((60, 90), 0.01, np.float32), np.ones((60, 90), bool)), hidden)
    assert not plate.seen[disc & (np.hypot(x - 45, y - 40) < 5)].any()
    assert plate.seen[y > 53].all()
