"""Faults that run through whole flights: the law is found behind them, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from physics.motion import MotionConfig, Observed, understand
from physics.motion.events import Break
from physics.motion.explain import widened
from physics.motion.fit import first_order
from physics.motion.hypotheses import by_times

COUNT, FLOOR, GRAVITY, BOUNCE, SIGMA = 56, 150.0, 1.1, 0.8, 0.05
BOTH = MotionConfig(faults=True)


def bounces() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Path (n, 2) px of a ball dropped from 100 px, the flight of each frame, and the bounces' times."""
    fall = np.sqrt(2 * 100.0 / GRAVITY)
    times, speed = [fall], BOUNCE * GRAVITY * fall
    while times[-1] < COUNT:
        times.append(times[-1] + 2 * speed / GRAVITY)
        speed *= BOUNCE
    t, marks = np.arange(COUNT, dtype=float), np.array(times)
    flight = np.searchsorted(marks, t)
    start = np.concatenate([[-fall], marks])[flight]
    up = BOUNCE**flight * GRAVITY * fall
    height = up * (t - start) - 0.5 * GRAVITY * (t - start) ** 2
    return np.stack([30 + 2.0 * t, FLOOR - height], -1), flight, marks[marks < COUNT - 1]


def watched(path: np.ndarray) -> Observed:
    noise = np.random.default_rng(4).normal(size=path.shape) * SIGMA
    covariance = np.tile(SIGMA**2 * np.eye(2), (len(path), 1, 1))
    return Observed(np.arange(len(path), dtype=float), path + noise, covariance, np.full(len(path), 9.0))


def higher(path: np.ndarray, factor: np.ndarray) -> np.ndarray:
    return np.stack([path[:, 0], FLOOR - (FLOOR - path[:, 1]) * factor], -1)


@pytest.mark.parametrize("fault", ["flight 1", "drift", "sinking"])
def test_law_behind_a_fault(fault):
    path, flight, times = bounces()
    t = np.arange(COUNT)
    wrong = 1 + 0.3 * (flight == 1) if fault == "flight 1" else 1 + 0.25 * (t / (COUNT - 1) - 0.5)
    shown = higher(path, wrong)
    if fault == "sinking":
        near = np.abs(t[:, None] - times).min(1)
        shown = path + np.array([0.0, 8.0]) * np.exp(-((near / 1.3) ** 2))[:, None]
    motion = understand([watched(shown)], config=BOTH).motions[0]
    assert motion.model == "bouncing" and motion.fault == fault
    assert np.abs(motion.at(t.astype(float)) - path).max() < 0.5 < np.abs(shown - path).max()
    assert np.allclose([e.frame for e in motion.events], times, atol=0.05)
    assert motion.evidence > 10


def test_no_fault_where_there_is_none():
    path, _, _ = bounces()
    assert understand([watched(path)], config=BOTH).motions[0].fault == ""


def test_restitution_from_times_alone():
    path, _, times = bounces()
    down, up = np.array([2.0, 9.0]), np.array([2.0, -7.0])
    found = [Break(t, np.array([30 + 2.0 * t, FLOOR]), down, up) for t in times]
    timed = by_times(found, [(-np.pi / 2, -FLOOR)], np.array([0.0, GRAVITY]), 0.0)
    assert timed is not None
    state, restitution = timed
    assert restitution == pytest.approx(BOUNCE, abs=1e-9)
    assert state == pytest.approx([*path[0], 2.0, 0.0], abs=1e-6)
    assert by_times(found[:2], [(-np.pi / 2, -FLOOR)], np.array([0.0, GRAVITY]), 0.0) is None


def test_evidence_for_the_path_and_not_for_its_name():
    """Whether it rolls or slides to a stop the data cannot tell; where it goes they can."""
    t = np.arange(50.0)
    path = np.stack([20 + 4.0 * t - 0.03 * t**2, np.full(50, 80.0)], -1)
    motion = understand([watched(path)]).motions[0]
    assert motion.delta_bic < 10 < motion.evidence


def test_span_takes_in_what_is_too_short_to_be_another_motion():
    time = np.arange(30.0)
    assert widened((2.0, 27.0), time) == (0.0, 29.0)
    assert widened((8.0, 20.0), time) == (8.0, 20.0)


def test_a_fall_straight_down_has_more_evidence_and_a_leaning_one_leans():
    t = np.arange(COUNT, dtype=float)
    for lean in (0.0, 0.01):
        path = np.stack([30 + 2 * t + lean * t**2, 20 + 0.06 * (t - 20) ** 2], -1)
        free, plumb = (
            understand([watched(path)], config=c).motions[0]
            for c in (MotionConfig(), MotionConfig(level=True))
        )
        assert free.model == plumb.model == "ballistic"
        assert np.abs(plumb.at(t) - path).max() < 0.1
        assert (plumb.parameters["gx"] == 0) == (lean == 0)
        assert (plumb.delta_bic > free.delta_bic + 2) == (lean == 0)


def test_first_order_tells_what_a_parameter_would_take_off():
    t = np.arange(30, dtype=float)
    path = np.stack([2 * t, 0.05 * t**2], -1)
    straight = understand([watched(2 * np.stack([t, t], -1))]).motions[0]
    law, theta = straight.law, straight.theta
    residual = (path - law.path(theta[None], t)[0, :, 0])[:, None]
    names = [law.names.index(n) for n in ("x0", "y0", "u0", "v0")]
    bent = [*names, law.names.index("gy")]
    left = [
        first_order(law, theta, residual, np.ones((30, 1)), np.array(sorted(f)), t) for f in (names, bent)
    ]
    assert np.abs(left[1]).max() < 1e-3 < 1.0 < np.abs(left[0]).max()
