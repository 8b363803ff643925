"""Cloth and ropes: catenary, stretch, what is pushed out, layers, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physics.mechanics import Rope, Sheet
from physics.scene import Body, Ground, Scene
from physics.worlds import fabric
from physics.worlds.fabric_check import check_fabric

NO_BALLS = np.zeros((0, 3))


def settled(scene: Scene, item, seconds: float, balls=NO_BALLS):
    world = fabric.build_world(scene, item)
    state = world.start
    for _ in range(round(seconds * scene.fps)):
        state = fabric.advance(world, state, (balls, balls))
    return world, np.asarray(state.place)


def test_catenary_is_the_curve_of_its_length_between_its_ends():
    start, end = np.array([0.0, 2.0, 0.0]), np.array([1.5, 1.2, 1.0])
    p = fabric.catenary(start.copy(), end.copy(), 2.6, np.linspace(0, 1, 4001))
    np.testing.assert_allclose(p[[0, -1]], [start, end], atol=1e-9)
    steps = np.linalg.norm(np.diff(p, axis=0), axis=1)
    assert steps.sum() == pytest.approx(2.6, rel=1e-5) and np.ptp(steps) < 1e-6
    x, y = np.hypot(*(p[:, [0, 2]].T)), p[:, 1]
    slope, bend = np.gradient(y, x), np.gradient(np.gradient(y, x), x)
    ratio = (bend / np.sqrt(1 + slope**2))[200:-200]  # a y'' = sqrt(1 + y'^2)
    assert np.ptp(ratio) < 1e-2 * ratio.mean()


def test_a_hanging_chain_comes_to_rest_in_its_catenary():
    rope = Rope(kind="chain", length=2.4, cells=20)
    scene = Scene(ground=None, fluid_density=900.0, ropes=(rope,))
    _, place = settled(scene, rope, 4.0)
    truth = fabric.catenary(np.array(rope.start), np.array(rope.end), 2.4, np.linspace(0, 1, 21))
    sag = 1.5 - truth[:, 1].min()
    np.testing.assert_allclose(place[:, 0].T, truth, atol=0.01 * sag)


def test_threads_hardly_stretch_and_what_is_held_stays():
    cloth = Sheet(held="left", cells=16, thickness=0.02)
    world, place = settled(Scene(wind=(8.0, 0.0, -1.0), sheets=(cloth,), ground=None), cloth, 1.0)
    long = np.linalg.norm(np.diff(place, axis=2), axis=0) / float(world.numbers.spacing[0])
    assert abs(long.mean() - 1) < 0.02
    np.testing.assert_array_equal(place[:, :, 0], np.asarray(world.start.place)[:, :, 0])
    assert place[0].max() > 0.5  # the wind holds it out


def test_cloth_lies_on_ball_and_ground_and_its_layers_keep_apart():
    ball = Body(radius=0.25, position=(0.0, 0.25, 0.0))
    cloth = Sheet(corner=(-0.5, 0.6, -0.5), across=(1.0, 0, 0), down=(0, 0, 1.0), cells=24, thickness=0.03)
    scene = Scene(bodies=(ball,), ground=Ground(), sheets=(cloth,))
    world, place = settled(scene, cloth, 2.0, np.array([ball.position]))
    p = place.reshape(3, -1).T
    assert np.linalg.norm(p - ball.position, axis=1).min() > 0.25 and p[:, 1].min() > 0.0
    assert p[:, 1].max() == pytest.approx(0.5 + 0.015, abs=0.01)
    r, c = np.divmod(np.arange(len(p)), world.plan.columns)
    for i in range(0, len(p), 5):
        apart = (np.abs(r - r[i]) > 2) | (np.abs(c - c[i]) > 2)
        assert np.linalg.norm(p[apart] - p[i], axis=1).min() > 0.4 * 0.03


def test_same_scene_same_motion_and_seeds_differ():
    cloth = Sheet(held="left", cells=10)
    scene = Scene(wind=(8.0, 0.0, 0.0), sheets=(cloth,), ground=None)
    first, again = (settled(scene, cloth, 0.2)[1] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(settled(replace(scene, seed=1), cloth, 0.2)[1] - first).max() > 1e-4


def test_what_cannot_be_is_refused_by_field():
    base = Scene(sheets=(Sheet(),), ropes=(Rope(),))
    for change, field in (
        ({"sheets": (Sheet(thickness=0.2),)}, "thickness"),
        ({"sheets": (Sheet(down=(0.5, -0.5, 0.0)),)}, "down"),
        ({"ropes": (Rope(length=1.0),)}, "length"),
        ({"wind": (90.0, 0.0, 0.0)}, "wind"),
        ({"fps": 2.0}, "fps"),
        ({"sheets": (Sheet(),) * 7}, "at most 6"),
    ):
        with pytest.raises(ValueError, match=field):
            check_fabric(replace(base, **change))


def test_a_run_that_blows_up_stops_with_a_clear_error():
    cloth = Sheet(held="left", cells=10)
    world = fabric.build_world(Scene(sheets=(cloth,), ground=None), cloth)
    broken = replace(world.start, speed=world.start.speed + np.float32(np.nan))
    with pytest.raises(ValueError, match="run away"):
        fabric.advance(world, broken, (NO_BALLS, NO_BALLS))
