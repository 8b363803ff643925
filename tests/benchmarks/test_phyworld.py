"""PhyWorld's protocol: Box2D's own states, the published floor, the parsers' bias, and three frames
continued.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import parabola
from benchmarks import _phyworld_score as scores
from benchmarks import phyworld
from benchmarks._phyworld_picture import parse_published, parse_unbiased, render
from benchmarks._phyworld_world import FRAMES, GIVEN, SIZE, TASKS, PhyScene, scenes, simulate

# radii, places, velocities, task; x, y, vx, vy at frames 15 and 31 as pybox2d 2.3.10 gives them:
# b2World(gravity=(0, -2.5 or 0), doSleep=False), circles of density 1 and restitution 1, Step(0.01, 15, 20)
BOX2D = [
    ([1.0], [[2.0, 5.0]], [[1.5, 0.0]], "uniform",
     [[4.26501, 5.0, 1.5, 0.0]], [[6.66499, 5.0, 1.5, 0.0]]),
    ([0.8], [[1.0, 8.0]], [[2.0, 0.0]], "parabola",
     [[4.02, 5.131, 2.0, -3.77501]], [[7.21999, -4.12902, 2.0, -7.77502]]),
    ([1.0, 0.5], [[2.0, 5.0], [8.0, 5.0]], [[2.0, 0], [-3.0, 0]], "collision",
     [[3.8, 5.0, 0.0, 0.0], [8.34999, 5.0, 5.0, 0.0]], [[3.8, 5.0, 0.0, 0.0], [16.35002, 5.0, 5.0, 0.0]]),
    ([0.3, 2.0], [[1.0, 5.0], [7.0, 5.0]], [[4.0, 0], [-1.0, 0]], "collision",
     [[-0.49057, 5.0, -5.77995, 0.0], [5.65941, 5.0, -0.77995, 0.0]],
     [[-9.73847, 5.0, -5.77995, 0.0], [4.41147, 5.0, -0.77995, 0.0]]),
    ([0.35, 0.4], [[4.0, 5.0], [5.2, 5.0]], [[0.4, 0], [-0.4, 0]], "collision",
     [[4.1775, 5.0, -0.0531, 0.0], [4.9225, 5.0, -0.0531, 0.0]],
     [[4.09251, 5.0, -0.0531, 0.0], [4.83751, 5.0, -0.0531, 0.0]]),
    ([0.4, 0.4], [[4.0, 5.0], [5.3, 5.0]], [[0.0, 0], [-1.0, 0]], "collision",
     [[3.49499, 5.0, -0.5, 0.0], [4.29498, 5.0, -0.5, 0.0]],
     [[2.69497, 5.0, -0.5, 0.0], [3.49496, 5.0, -0.5, 0.0]]),
    ([0.5, 0.5], [[4.0, 5.0], [6.0, 5.0]], [[0.6, 0], [-0.5, 0]], "collision",
     [[4.246, 5.0, -0.5, 0.0], [5.90499, 5.0, 0.6, 0.0]],
     [[3.44598, 5.0, -0.5, 0.0], [6.865, 5.0, 0.6, 0.0]]),
]  # fmt: skip


@pytest.mark.parametrize("radius, place, velocity, task, half, end", BOX2D)
def test_states_are_box2ds(radius, place, velocity, task, half, end):
    scene = PhyScene(task, "in", np.array(radius), np.array(place), np.array(velocity, float))
    states = simulate(scene)
    np.testing.assert_allclose(states[15], half, atol=1e-4)
    np.testing.assert_allclose(states[31], end, atol=1e-4)


@pytest.mark.parametrize("task", TASKS)
def test_grids_stay_in_their_ranges(task):
    inside, outside = scenes(task, "in"), scenes(task, "out")
    assert len(inside) > 150 and len(outside) > 800
    low, high = (0.5, 1.5) if task == "collision" else (0.7, 1.4)
    for scene in inside:
        assert np.all((scene.radius >= low) & (scene.radius <= high))
        assert np.all((abs(scene.velocity[:, 0]) >= 1) & (abs(scene.velocity[:, 0]) <= 4))
    for scene in outside:
        v, r = abs(scene.velocity[:, 0]), scene.radius
        assert np.any((v < 1) | (v > 4) | (r < low) | (r > high))
        assert np.all(scene.place[:, 0] >= 0) and np.all(scene.place[:, 0] <= SIZE)


def test_the_published_floor_is_the_parsers_scale():
    """|mean vx - v| of parsed truth is near v / 256; read with the renderer's grid it all but goes."""
    published, unbiased = [], []
    for scene in scenes("uniform", "in")[::16]:
        truth = simulate(scene)
        clip = render(truth[..., :2], scene.radius, 256)
        published.append(scores.score(scene, truth, parse_published(clip, 1), 25.5).mean_error)
        unbiased.append(scores.score(scene, truth, parse_unbiased(clip, 1), 25.5).mean_error)
    assert np.mean(published) == pytest.approx(0.0099, abs=0.0015)
    assert np.mean(unbiased) < 0.001


def test_a_vanished_ball_is_counted_and_the_published_parser_puts_it_on_the_edge():
    scene = scenes("uniform", "in")[5]
    truth = simulate(scene)
    clip = render(truth[..., :2], scene.radius, 64)
    clip[GIVEN + 2 :] = 255
    assert parse_published(clip, 1).place[-1, 0, 0] == SIZE
    assert scores.score(scene, truth, parse_unbiased(clip, 1), 6.3).vanished


def test_the_oracle_knows_that_slow_pairs_do_not_bounce():
    radius, place, velocity = (np.array(a, float) for a in BOX2D[4][:3])
    scene = PhyScene("collision", "out", radius, place, velocity)
    truth = simulate(scene)
    given = render(truth[:GIVEN, :, :2], radius, 256)
    told, _ = scores.oracle(scene, given)
    elastic, _ = scores.oracle(scene, given, told_rule=False)
    assert abs(told - truth[..., :2]).max() < 0.02 < abs(elastic - truth[..., :2]).max()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("split", ["in", "out"])
def test_three_frames_are_continued_to_a_hundredth(task, split):
    """Told nothing: law, g, masses and contact come from three frames of 256 px and the default priors."""
    for scene in phyworld.sample(task, split, 2):
        truth = simulate(scene)
        clip = render(truth[..., :2], scene.radius, 256)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = parabola.predict(clip[:GIVEN], num_frames=FRAMES - GIVEN, fps=10.0)
        frames = np.concatenate([clip[:GIVEN], made.frames])
        seen = scores.valid_frames(scene, truth)
        error = abs(parse_unbiased(frames, len(scene.radius)).place - truth[..., :2])[seen]
        late = 0.02 * abs(scene.velocity).sum() if task == "collision" else 0.0  # Box2D's contact steps
        assert error.max() < 0.01 + late


def test_the_bar_needs_every_measure_and_no_vanished_ball():
    good = {"published": 0.01, "mean": 0.001, "frame": 0.01, "vanished": 0}
    ways = {phyworld.FLOOR: good, phyworld.ORACLE: good, phyworld.MINE: good}
    assert phyworld.passes(ways, "uniform")
    for name, value in (("published", 0.02), ("mean", 0.01), ("frame", 0.02), ("vanished", 1)):
        assert not phyworld.passes({**ways, phyworld.MINE: {**good, name: value}}, "uniform")
