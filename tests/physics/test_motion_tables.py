"""The tables of event finding, model choice and coverage, on more trials than the quick tests have."""

from __future__ import annotations

import numpy as np
import pytest

from physics.motion import understand
from physics.motion.synthetic import ERRATIC, LAWS, erratic, observed, sample, smooth_noise

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("noise, path, when", [(0.05, 0.03, 0.01), (0.2, 0.1, 0.02), (1.0, 0.5, 0.1)])
def test_bounces(noise, path, when):
    """Path error (px), bounce time (frames), restitution, and the number of bounces."""
    errors, times, restitutions, right = [], [], [], 0
    for seed in range(40):
        made = sample(np.random.default_rng([seed, 8]), "bouncing", noise=noise)
        motion = understand([made.observed]).motions[0]
        found = np.array([e.frame for e in motion.events])
        if len(found) != len(made.events):
            continue
        right += 1
        errors.append(np.sqrt(((motion.at(np.arange(60)) - made.truth) ** 2).sum(1).mean()))
        times.extend(np.abs(found - made.events))
        restitutions.append(abs(motion.parameters["restitution"] - made.theta["restitution"]))
    assert right >= 39
    assert np.median(errors) < path and np.median(times) < when and np.median(restitutions) < 0.01


def test_choice_of_laws():
    wrong = []
    for model in LAWS:
        for seed in range(10):
            made = sample(np.random.default_rng([seed, 21]), model, noise=(0.05, 0.1, 0.2, 0.5)[seed % 4])
            motion = understand([made.observed]).motions[0]
            if motion.model != model or not motion.confident:
                wrong.append((model, seed, motion.model))
    assert len(wrong) <= 3, wrong


def test_abstention():
    taken = []
    for kind in ERRATIC:
        for seed in range(10):
            noise = (0.05, 0.1, 0.2, 0.5)[seed % 4]
            track = erratic(np.random.default_rng([seed, 22]), kind, noise=noise)
            motion = understand([track]).motions[0]
            if motion.confident:
                taken.append((kind, seed, motion.model))
    assert len(taken) <= 2, taken


def test_wobble_does_not_hide_the_law():
    found = 0
    for seed in range(12):
        rng = np.random.default_rng([seed, 23])
        made = sample(rng, ("bouncing", "ballistic", "pendulum")[seed % 3], noise=0.2)
        motion = understand([observed(rng, made.truth + smooth_noise(rng, 60, 1.7), 0.2)]).motions[0]
        found += motion.model == made.model and motion.confident
    assert found >= 10


def test_intervals_cover_what_comes():
    """90 % intervals of a prediction up to 23 frames beyond 36 watched ones."""
    inside = []
    for model in ("uniform", "ballistic", "rolling", "pendulum", "circular"):
        for seed in range(10):
            made = sample(np.random.default_rng([seed, 24]), model, noise=0.2)
            motion = understand([made.observed.take(np.arange(36))]).motions[0]
            if motion.model == model:
                for frame in (42, 50, 59):
                    deviation = np.sqrt(np.diag(motion.sigma_at(float(frame))))
                    inside.extend(np.abs(motion.at(float(frame)) - made.truth[frame]) < 1.645 * deviation)
    assert 0.82 < np.mean(inside) < 0.97
