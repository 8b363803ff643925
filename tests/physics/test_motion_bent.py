"""A flight whose gravity drifts is told from what air, depth and a rolling shutter make of a flight."""

from __future__ import annotations

import numpy as np
import pytest

from physics.motion import MotionConfig, Observed, understand
from physics.motion.bent import DRIFT

COUNT, PULL, SIGMA = 54, 0.27, 0.05
T = np.arange(COUNT, dtype=float)
FAULTS = MotionConfig(faults=True, level=True)


def flight(along: float = 1.9) -> np.ndarray:
    """Places (n, 2) px of a toss that is highest in the middle."""
    return np.stack([60 + along * T, 30 + 0.5 * PULL * (T - 27) ** 2], -1)


def law_of(path: np.ndarray):
    noise = np.random.default_rng(1).normal(size=path.shape) * SIGMA
    covariance = np.tile(SIGMA**2 * np.eye(2), (COUNT, 1, 1))
    track = Observed(T, path + noise, covariance, np.full(COUNT, 9.0))
    return understand([track], size=(200, 200), config=FAULTS).motions[0]


def drifting(path: np.ndarray, share: float) -> np.ndarray:
    """Gravity larger by `share` at the end than in the middle."""
    u = 2 * T / (COUNT - 1) - 1
    half = (COUNT - 1) / 2
    return path + np.stack([0 * u, share * PULL * half**2 * (u**3 - u) / 6], -1)


def dragged(rate: float) -> np.ndarray:
    """The toss slowed by linear drag, in closed form."""
    start, speed, pull = flight()[0], np.array([1.9, -27 * PULL]), np.array([0.0, PULL])
    decay = (1 - np.exp(-rate * T[:, None])) / rate
    return start + pull / rate * T[:, None] + (speed - pull / rate) * decay


def rolling(path: np.ndarray, readout: float = 0.7 / 200) -> np.ndarray:
    """Rows are read `readout` frames after each other."""
    return path + readout * (path[:, 1:] - 60) * np.gradient(path, axis=0)


@pytest.mark.parametrize("share", [0.1, 0.2])
def test_law_behind_a_drift(share):
    true = flight()
    motion = law_of(drifting(true, share))
    before = np.abs(drifting(true, share) - true).max()
    assert (motion.model, motion.fault) == ("ballistic", DRIFT)
    assert motion.evidence > 10
    assert np.abs(motion.at(T) - true).max() < 0.25 * before


@pytest.mark.parametrize(
    "path",
    [
        flight(), dragged(0.01), rolling(flight()), (flight() - 100) / (1 + 0.002 * (T[:, None] - 27)) + 100,
        drifting(flight(along=0.0), 0.2),
    ],
    ids=["clean", "drag", "rolling shutter", "perspective", "straight up: could be any of them"],
)  # fmt: skip
def test_what_else_bends_a_flight_is_no_fault(path):
    motion = law_of(path)
    assert motion.fault != DRIFT
    assert np.abs(motion.at(T) - path).max() < 0.3 or motion.evidence < 10 or motion.model == "erratic"
