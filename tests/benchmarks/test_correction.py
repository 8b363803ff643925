"""The repair's benchmark: clips that know their truth, smoothers that smooth, shares with intervals."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._artefacts import BROKEN, SPOILERS, STRENGTHS, clip, make
from benchmarks._paths import KINDS, World
from benchmarks._smoothers import SMOOTHERS
from benchmarks.correction import share, wilson

SMALL = (96, 80)


def small(kind: str, artefact: str, strength: int = 1, seed: int = 0):
    return make(500 + seed, kind, artefact, strength, np.random.default_rng(seed), size=SMALL)


def test_any_twenty_clips_hold_every_artefact_and_clips_without():
    named = [(c.artefact, c.kind) for c in map(clip, range(20))]
    assert {a for a, _ in named} >= set(STRENGTHS) and sum(a in BROKEN for a, _ in named) == 2
    assert sum(k == "erratic" for _, k in named) == 3 and sum(not a for a, _ in named) == 8


def test_a_clip_is_the_same_each_time_and_a_clean_one_is_its_truth():
    one, again = small("roll", ""), small("roll", "")
    assert (one.raw == again.raw).all() and (one.raw == one.truth).all()


@pytest.mark.parametrize("artefact", sorted(STRENGTHS))
def test_what_is_wrong_is_outside_of_what_may_stay(artefact):
    found = small("bounce", artefact, 2, seed=3)
    wrong = (found.raw != found.truth).any(-1)
    assert wrong.any() and not (wrong & found.stay).any()
    off = np.hypot(*(found.shown[0].place - found.true_places()[0]).T)
    assert (off.max() > 0.9) == (artefact in SPOILERS)


def test_paths_keep_the_law_that_they_are_made_by():
    world = World(320, 240, 60, np.random.default_rng(7))
    ball = KINDS["bounce"](world, 10.0)[0]
    assert ball.place[:, 1].max() <= (ball.floor or 0) + 1e-9
    one, other = KINDS["collide"](world, 10.0)
    gap = np.hypot(*(one.place - other.place).T)
    assert abs(gap.min() - gap[round(8 * (one.events[0] + 1))]) < 1.0
    bob = KINDS["pendulum"](world, 10.0)[0].place
    centre = np.linalg.lstsq(np.c_[2 * bob, np.ones(len(bob))], (bob**2).sum(1), rcond=None)[0][:2]
    assert np.ptp(np.hypot(*(bob - centre).T)) < 1e-6


@pytest.mark.parametrize("name", SMOOTHERS)
def test_smoothers_keep_a_straight_flight_and_calm_noise(name):
    t, rng = np.arange(60.0), np.random.default_rng(1)
    line = np.stack([3 * t, 100 - 2 * t], -1)
    assert np.abs(SMOOTHERS[name](t, line) - line)[5:-5].max() < 0.02
    noisy = line + 0.5 * rng.normal(size=line.shape)
    assert np.std(SMOOTHERS[name](t, noisy) - line) < 0.8 * np.std(noisy - line)


def test_wilson_interval():
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)  # Wilson 1927, z = 1.96
    assert wilson(0, 0) == (0.0, 1.0)
    assert share([True, False]).startswith("1/2 = 50.0 %")
