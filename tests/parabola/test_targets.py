"""Waypoints: the solved start velocities pass them in the exact simulation, or the refusal says why not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from parabola.api import ready
from parabola.prompts import scene_from_prompt
from parabola.scene_file import SceneError, dump_scene, parse_scene
from parabola.targets import NEAR_M, NEAR_PX
from physics.camera import project
from physics.rigid import simulate
from physics.scene import Box, Waypoint

BALL = scene_from_prompt("a red rubber ball bounces on a wooden floor", seed=1)[0]


def aimed(*points: Waypoint, scene=BALL):
    body = replace(scene.bodies[0], reach=points)
    return replace(scene, bodies=(body, *scene.bodies[1:]))


def place(scene, at_s: float) -> np.ndarray:
    return simulate(scene).position[round(at_s * scene.fps), 0]


@pytest.mark.parametrize("at_s", (0.5, 1.5, 3.0))
def test_a_place_in_metres(at_s):
    target = (0.4, 0.5, -0.2)
    scene = ready(aimed(Waypoint(at_s=at_s, position=target)))
    assert np.linalg.norm(place(scene, at_s) - target) < 2 * NEAR_M


def test_a_place_in_the_picture():
    scene = ready(aimed(Waypoint(at_s=2.0, pixel=(300.0, 300.0))))
    seen, _ = project(scene, 2.0, place(scene, 2.0))
    np.testing.assert_allclose(seen, (300, 300), atol=2 * NEAR_PX)


def test_two_places_on_one_arc():
    thrown = replace(BALL.bodies[0], velocity=(0.5, 4.0, 0.1))
    path = simulate(replace(BALL, bodies=(thrown,))).position[:, 0]
    points = [Waypoint(at_s=k / BALL.fps, position=tuple(map(float, path[k]))) for k in (8, 16)]
    scene = ready(aimed(*points))
    np.testing.assert_allclose(scene.bodies[0].velocity, thrown.velocity, atol=0.02)


def test_two_balls_at_once():
    scene = scene_from_prompt("a steel ball hits a rubber ball at rest on a wooden floor", seed=0)[0]
    target = np.array(scene.bodies[1].position) + [0.3, 0.0, 0.0]
    body = replace(scene.bodies[1], reach=(Waypoint(at_s=2.0, position=tuple(map(float, target))),))
    solved = ready(replace(scene, bodies=(scene.bodies[0], body)))
    assert np.linalg.norm(simulate(solved).position[48, 1] - target) < 2 * NEAR_M


def test_what_was_solved_stays_and_reads_back():
    scene = ready(aimed(Waypoint(at_s=1.0, position=(0.3, 0.6, 0.0))))
    assert ready(scene) == scene
    assert parse_scene(dump_scene(scene)) == scene


WALL = Box(name="wall", centre=(0.0, 40.0, -1.0), half_size=(40.0, 40.0, 0.1))


@pytest.mark.parametrize(
    "points, said",
    (
        ([Waypoint(at_s=1.0, position=(0.3, 0.05, 0.0))], "raise y to 0.11"),
        ([Waypoint(at_s=9.0, position=(0.3, 0.5, 0.0))], "the clip shows 0 to"),
        ([Waypoint(at_s=1.0)], "a position in metres or a pixel"),
        (
            [Waypoint(at_s=0.5, position=(0.2, 1.0, 0)), Waypoint(at_s=1.5, position=(-0.2, 2.0, 0))],
            "no start velocity gets there",
        ),
    ),
)
def test_what_cannot_be(points, said):
    with pytest.raises(SceneError, match=said) as error:
        ready(aimed(*points))
    assert "\n" not in str(error.value)
    assert error.value.location[:3] == ("bodies", 0, "reach")


def test_behind_a_wall():
    with pytest.raises(SceneError, match="'wall'"):
        ready(aimed(Waypoint(at_s=0.2, position=(0.0, 1.0, -2.0)), scene=replace(BALL, boxes=(WALL,))))
