"""The filmed truth against closed forms, and how footage is scored."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import footage
from benchmarks._footage_clips import bounce, pendulum, toss


def test_a_toss_falls_with_the_gravity_it_says():
    place, truth = toss(np.random.default_rng(0))
    np.testing.assert_allclose(np.diff(place, 2, axis=0), [[0, truth["gravity"]]] * 58, atol=1e-9)


def test_a_bounce_loses_what_it_says():
    place, truth = bounce(np.random.default_rng(1))
    speed = np.diff(place[:, 1])
    hits = np.flatnonzero((speed[:-1] > 0) & (speed[1:] < 0))
    before, after = place[: hits[0] + 1, 1].min(), place[hits[0] + 1 :, 1].min()
    floor = 215.0 - 12.0
    assert (floor - after) / (floor - before) == pytest.approx(truth["restitution"] ** 2, rel=0.05)


def test_a_pendulum_comes_back_after_its_period():
    place, truth = pendulum(np.random.default_rng(2))
    k = int(truth["period"])
    share = truth["period"] - k
    assert np.linalg.norm((1 - share) * place[k] + share * place[k + 1] - place[0]) < 1.0


def test_errors_are_in_the_units_of_their_bars():
    assert footage.off_by("gravity", 0.101, 0.1) == pytest.approx(0.01)
    assert footage.off_by("restitution", 0.77, 0.8) == pytest.approx(0.03)
    assert footage.off_by("period", None, 40.0) == np.inf
