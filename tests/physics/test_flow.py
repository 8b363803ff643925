"""Flow: a known motion of a texture, projection, and when a picture is carried."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from physics.estimator import ArrayVideo
from physics.predictor import Priors, cast_of
from physics.predictor.flow import divergence_free, flow_between, learn_flow

SIDE = 64


def texture(seed: int = 0) -> np.ndarray:
    """(SIDE, SIDE, 3) soft clouds in [0, 1]."""
    rough = gaussian_filter(np.random.default_rng(seed).standard_normal((SIDE, SIDE)), 3, mode="wrap")
    return np.repeat((0.5 + 0.25 * rough / rough.std()).clip(0, 1)[..., None], 3, -1)


def swirled(picture: np.ndarray, turns: float) -> np.ndarray:
    """The picture carried `turns` frames by an eddy that turns 0.06 rad a frame in its middle."""
    y, x = np.indices(picture.shape[:2]) - (SIDE - 1) / 2
    angle = turns * 0.06 * np.exp(-(x * x + y * y) / (2 * 14.0**2))
    places = np.stack([np.cos(angle) * y - np.sin(angle) * x, np.sin(angle) * y + np.cos(angle) * x])
    return np.stack(
        [
            map_coordinates(picture[..., c], places + (SIDE - 1) / 2, order=3, mode="nearest")
            for c in range(3)
        ],
        -1,
    )


@pytest.mark.parametrize("shift", [(0.6, -0.3), (1.4, 1.1)])
def test_the_flow_of_a_shift_is_the_shift(shift):
    picture = texture()
    places = np.indices((SIDE, SIDE)) - np.array(shift[::-1])[:, None, None]
    grey = map_coordinates(picture[..., 0], places, order=3, mode="nearest")
    moved = np.repeat(grey[..., None], 3, -1)
    u = flow_between(picture, moved)[:, 16:-16, 16:-16]
    np.testing.assert_allclose(u.mean((1, 2)), shift, atol=0.15)


def test_an_eddy_goes_on_turning():
    frames = [swirled(texture(), k) for k in range(14)]
    foreseen = list(islice(learn_flow(frames[:6]).frames(), 8))[-1]
    still = np.mean((frames[13] - frames[5]) ** 2)
    assert np.mean((frames[13] - foreseen) ** 2) < 0.1 * still


def test_projection_takes_divergence_and_leaves_an_eddy():
    y, x = (np.indices((SIDE, SIDE)) - (SIDE - 1) / 2) / 10
    bump = np.exp(-(x * x + y * y))
    eddy, source = np.stack([-y * bump, x * bump]), np.stack([x * bump, y * bump])
    assert np.abs(divergence_free(eddy) - eddy).max() < 0.01
    assert np.abs(divergence_free(source)).max() < 0.1 * np.abs(source).max()


def test_smoke_is_carried_and_said_to_be():
    y, x = (np.indices((SIDE, SIDE)) - (SIDE - 1) / 2) / np.array([22, 9])[:, None, None]
    puff = texture(2) * np.exp(-(x**4) - y**4)[..., None]
    frames = np.stack([(255 * swirled(puff, k)).astype(np.uint8) for k in range(14)])
    cast = cast_of(ArrayVideo(frames, 24.0), 0, 14, Priors())
    assert cast.flow is not None and "flow" in cast.notes[0]


def test_a_flicker_fades_to_its_mean_and_what_goes_on_does_not():
    rng = np.random.default_rng(2)
    frames = []
    for k in range(12):
        picture = swirled(texture(), k)
        picture[:, :20] = texture(int(rng.integers(1000)))[:, :20]  # new in every frame
        frames.append(picture)
    flow = learn_flow(frames)
    assert flow.trust is not None
    share = flow.trust.share[3]
    assert share[:, :12].mean() < 0.35 and share[:, :12].mean() < 0.6 * share[24:40, 30:46].mean()
    later = list(islice(flow.frames(), 6))[-1]
    assert np.std(later[:, :12]) < 0.7 * np.std(frames[-1][:, :12])
