"""Things that turn: their angle, and places that do not circle with it."""

from __future__ import annotations

import numpy as np

from benchmarks._watch_clips import Disc, Stage, render
from physics.estimator import ArrayVideo, turning, watch

FRAMES = 30


def _filmed(spin: float) -> tuple[np.ndarray, np.ndarray]:
    """Frames and true places of a spotted ball that flies and turns by `spin` rad per frame."""
    t = np.arange(float(FRAMES))
    place = np.stack([20 + 4.6 * t, 100 - 4.2 * t + 0.09 * t**2], 1)
    ball = Disc(place=place, radius=np.full(FRAMES, 11.0), texture=0.35, angle=spin * t)
    return render(Stage(seed=3), [ball]), place


def test_a_turning_ball_shows_its_spin_and_keeps_its_centre():
    frames, place = _filmed(0.09)
    track = max(watch(ArrayVideo(frames, 24.0)).tracks, key=lambda t: len(t.frames))
    spin = np.polyfit(track.frames, np.unwrap(track.angle), 1)[0]
    assert abs(spin - 0.09) < 0.004
    off = track.centre - place[track.frames]
    assert np.sqrt(((off - off.mean(0)) ** 2).sum(1).mean()) < 0.12


def test_a_ball_that_does_not_turn_has_no_angle():
    frames, _ = _filmed(0.0)
    track = max(watch(ArrayVideo(frames, 24.0)).tracks, key=lambda t: len(t.frames))
    assert np.isnan(track.angle).all()


def test_the_angle_between_two_looks_over_the_full_circle():
    y, x = np.mgrid[:41, :41] - 20.0
    picture = np.stack(
        [np.sin(0.4 * x + 1) * np.cos(0.3 * y), np.cos(0.25 * x * y / 20), np.sin(0.5 * y)], -1
    )
    first = turning.look(picture, np.array([20.5, 20.5]), 14.0)
    for angle in (-2.9, -0.4, 0.7, 2.2):
        second = first * np.exp(-1j * np.arange(first.shape[-1]) * angle)
        found, match = turning.between(first, second)
        assert abs(found - angle) < 0.02 and match > 0.98
