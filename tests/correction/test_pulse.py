"""Brightness that pulses is the same in all quarters of a thing; a texture that turns is not."""

from __future__ import annotations

import numpy as np

from correction.appearance import steady_colour
from correction.deviation import Limits
from correction.inspect import Seen
from correction.inspect import _quarters as quarters_of
from physics.estimator.track import Layer, Track

COUNT, RADIUS = 48, 9
Y, X = np.mgrid[-RADIUS : RADIUS + 1, -RADIUS : RADIUS + 1].astype(float)
INSIDE = np.hypot(X, Y) < RADIUS


def seen(pictures: np.ndarray) -> Seen:
    """What inspecting makes of pictures (n, h, w) of a thing whose layer is even."""
    found, layer = Seen(), np.full((int(INSIDE.sum()), 3), 0.5)
    offset = np.stack([X[INSIDE], Y[INSIDE]], -1)
    for k, picture in enumerate(pictures):
        pixels = np.repeat(picture[INSIDE][:, None], 3, 1)
        found.gain[k] = (pixels / layer).mean(0)
        found.quarters[k] = quarters_of(pixels, layer, offset)
    return found


def track() -> Track:
    t = np.arange(COUNT)
    place = np.stack([20.0 + 2 * t, np.full(COUNT, 40.0)], -1)
    ones = np.ones(COUNT)
    return Track(
        id=1, frames=t, centre=place, centre_plate=place, covariance=np.tile(0.01 * np.eye(2), (COUNT, 1, 1)),
        radius=RADIUS * ones, sigma_radius=0.05 * ones, visible=ones, angle=np.full(COUNT, np.nan),
        colour=np.full((COUNT, 3), 0.5), blur=np.zeros((COUNT, 2)),
        layer=Layer(np.zeros((3, 3, 3)), np.ones((3, 3)), np.ones(2)),
    )  # fmt: skip


def test_a_pulse_is_steadied():
    pulse = 1 + 0.1 * np.sin(np.arange(COUNT) / 1.6)
    factor = steady_colour(track(), seen(0.5 * pulse[:, None, None] * np.ones_like(X)), Limits())
    assert factor is not None
    assert np.abs(factor[:, 0] * pulse - 1).max() < 0.03


def test_a_turning_texture_is_left():
    """Dark on one side, and off the middle, so that its mean swings as it turns."""
    turn = np.arange(COUNT) / 1.6
    side = np.cos(turn)[:, None, None] * X + np.sin(turn)[:, None, None] * (Y - 2.0)
    pictures = 0.5 + 0.035 * side
    assert np.ptp([p[INSIDE].mean() for p in pictures]) > 0.1
    assert steady_colour(track(), seen(pictures), Limits()) is None
