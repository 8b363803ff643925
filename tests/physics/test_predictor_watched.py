"""From pixels: a filmed, patterned ball on a patterned ground, with noise; behind a pillar; what stays."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from benchmarks._unknown_film import Film, shoot
from benchmarks._unknown_world import CONTEXT, SIZE, World, simulate
from physics.estimator import ArrayVideo
from physics.predictor import NextFramePredictor, Priors, cast_of
from physics.predictor.cast import Cast

FLOOR = np.array([[0.0, SIZE - 6, 0.0, -1.0]])


def bouncing(**more) -> World:
    return World(np.array([[18.0, 60.0]]), np.array([[1.3, 0.0]]), np.array([8.0]), gravity=0.2, walls=FLOOR,
                 bounce=0.85, **more)  # fmt: skip


def watched(world: World, film: Film, count: int = CONTEXT) -> tuple[Cast, np.ndarray, np.ndarray]:
    truth = simulate(world)
    frames = shoot(world, truth, film, seed=3)
    return cast_of(ArrayVideo(frames[:count], 24.0), 0, count, Priors()), frames, truth


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((a - b.astype(float) / 255) ** 2)))


@pytest.fixture(scope="module")
def plain():
    return watched(bouncing(), Film(textured=True))


def test_a_filmed_ball_is_foreseen_to_a_pixel(plain):
    cast, _, truth = plain
    (actor,) = [a for a in cast.actors if a.model == "bouncing"]
    assert actor.restitution == pytest.approx(0.85, abs=0.03)
    assert cast.gravity is not None and cast.gravity[1] == pytest.approx(0.2, abs=0.01)
    k = cast.actors.index(actor)
    states = list(islice(NextFramePredictor(cast).states(), 20))
    off = [np.linalg.norm(s.place[k] - truth[CONTEXT + n, 0]) for n, s in enumerate(states)]
    assert max(off) < 1.0


def test_predicted_frames_are_the_filmed_ones_up_to_the_noise(plain):
    """The film's own noise is 44.6 dB; ground and ball stay as filmed."""
    cast, frames, _ = plain
    for n, prediction in enumerate(islice(NextFramePredictor(cast), 12)):
        assert psnr(prediction.rgb, frames[CONTEXT + n]) > 37
        ground = prediction.rgb[:40]
        assert psnr(ground, frames[CONTEXT + n][:40]) > 40


def test_a_ball_behind_a_pillar_is_kept_in_mind_and_comes_out():
    world = bouncing(pillar=(66.0, 84.0))
    cast, frames, truth = watched(world, Film(), count=42)
    hidden = truth[41, 0, 0]
    assert 66 < hidden < 84 and cast.front is not None
    columns = np.flatnonzero(cast.front.mean(0) > 0.5)
    np.testing.assert_allclose([columns[0], columns[-1]], [66, 83], atol=1)
    made = list(islice(NextFramePredictor(cast), 16))
    assert made[0].visible.max() < 0.3 and made[-1].visible.max() > 0.9
    off = made[-1].place[0] - truth[42 + 15, 0]
    assert np.linalg.norm(off) < 1.0 and psnr(made[-1].rgb, frames[42 + 15]) > 33


def test_sigma_is_large_where_the_ball_may_be_and_small_elsewhere(plain):
    cast, _, truth = plain
    late = list(islice(NextFramePredictor(cast), 20))[-1]
    x, y = truth[CONTEXT + 19, 0].astype(int)
    near = late.sigma[max(y - 10, 0) : y + 10, max(x - 10, 0) : x + 10]
    assert near.max() > 2 * np.median(late.sigma)
