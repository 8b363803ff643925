"""What a body did lately: laws that have ended, arcs of bodies without a law, short tracks that fit none."""

from __future__ import annotations

import numpy as np

from physics.predictor.lately import last_arc
from physics.predictor.laws import find_laws
from physics.predictor.looks import Disc
from physics.predictor.paths import Flight, Priors
from physics.predictor.sighting import Sighting

SIGMA, SIZE = 0.1, (128, 128)


def _seen(place: np.ndarray) -> Sighting:
    n = len(place)
    return Sighting(
        id=1, time=np.arange(float(n)), place=place, seen_at=place, radius=np.full(n, 6.0),
        visible=np.ones(n), covariance=np.tile(SIGMA**2 * np.eye(2), (n, 1, 1)),
        look=Disc(np.ones(3), 6.0, 1.0),
    )  # fmt: skip


def _actor(place: np.ndarray):
    return find_laws((_seen(place),), len(place) - 1.0, SIZE, Priors()).actors[0]


def _noisy(place: np.ndarray, seed: int = 0) -> np.ndarray:
    return place + np.random.default_rng(seed).normal(0, SIGMA, place.shape)


def test_a_law_that_has_just_ended_is_not_gone_on_with():
    t = np.arange(30.0)
    place = np.stack([20 + 2.5 * np.where(t < 26, t, 52 - t), 40 + 0.5 * t], 1)  # turned back at frame 26
    actor = _actor(_noisy(place))
    assert np.linalg.norm(actor.law.velocity(29.0) - [-2.5, 0.5]) < 0.4


def test_a_walk_has_no_last_arc_and_a_billiard_ball_has():
    walk = 64 + np.cumsum(np.random.default_rng(1).normal(0, 4, (40, 2)), 0)
    assert last_arc(_seen(walk), None) == 0
    turns = np.array([[1.5, 0.4], [-1.2, 0.9], [0.7, -1.6]])
    path = np.concatenate([np.zeros((1, 2)), np.cumsum(np.repeat(turns, 11, 0), 0)]) + 60
    assert 10 <= last_arc(_seen(_noisy(path)), None) <= 13


def test_a_short_track_that_no_law_holds_for_is_not_sure_of_one():
    place = np.array([[74.7, 35.2], [37.1, 53.6], [36.6, 53.9], [36.1, 54.3], [35.7, 54.3], [34.9, 54.8]])
    actor = _actor(place)
    assert isinstance(actor.law, Flight) and not actor.confident
    assert np.linalg.norm(actor.law.at(11.0) - [32.0, 57.0]) < 6
