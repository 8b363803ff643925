"""Ripples: modes exact in time, sources that keep volume and momentum, bodies in water, pictures."""

from dataclasses import replace

import numpy as np
import pytest

from physics.arrays import light_of
from physics.media import Pool
from physics.rigid import simulate
from physics.scene import Body, Camera, Scene
from physics.worlds import guides, motion
from physics.worlds import ripples as rp
from physics.worlds.diving import WATER, cap_volume, dive
from physics.worlds.pool_view import caustics, fresnel, refracted
from physics.worlds.ripple_check import check_pool
from physics.worlds.ripple_guide import _look

G = 9.81
BALL = Body(radius=0.1, density=400.0, position=(0.0, 0.25, 0.0))


def scene(*bodies, frames=3, size=48, **pool):
    camera = Camera(position=(0.4, 1.0, 2.4), look_at=(0.0, 0.0, 0.0))
    shape = {"width": size, "height": size, "num_frames": frames}
    return Scene(ground=None, bodies=bodies, camera=camera, pool=Pool(**{"cells": 64, **pool}), **shape)


@pytest.mark.parametrize("walls", [True, False])
def test_one_long_step_is_many_short_ones(walls):
    s = rp.sheet((2.0, 1.5), 32, walls, G, Pool())
    rng = np.random.default_rng(0)
    h, v = (s.modes(rng.normal(size=(32, 32))) for _ in range(2))
    once = rp.turned(s, h, v, 0.5)
    for _ in range(50):
        h, v = rp.turned(s, h, v, 0.01)
    assert np.allclose(once[0], h, atol=1e-4 * np.abs(h).max())


def test_modes_and_heights_are_inverse():
    for walls in (True, False):
        s = rp.sheet((2.0, 1.5), 32, walls, G, Pool())
        height = np.random.default_rng(1).normal(size=(32, 32))
        assert np.allclose(s.heights(s.modes(height)), height, atol=1e-9)


def test_a_point_has_its_volume_and_its_place():
    s = rp.sheet((2.0, 3.0), 64, True, G, Pool())
    soft = np.exp(-0.5 * (s.k * 0.1) ** 2)
    height = s.heights(soft * s.points(np.array([0.4]), np.array([-0.7]), np.array([0.5])))
    assert np.isclose(height.mean() * 6.0, 0.5, rtol=1e-5)
    j, i = np.unravel_index(np.argmax(height), height.shape)
    assert np.allclose([(i + 0.5) / 32 - 1.0, (j + 0.5) * 3 / 64 - 1.5], [0.4, -0.7], atol=0.05)


def test_rain_is_the_same_however_often_it_is_asked_for():
    world = rp.build_world(scene(kind="pond", rain_mm_h=20.0))
    a, b = (rp.drops_between(world, world.sheets[-1], 0.25, 0.01) for _ in range(2))
    assert len(a.x) and np.array_equal(a.x, b.x) and np.array_equal(a.diameter, b.diameter)


def test_four_times_the_step_for_many_steps_stays_finite():
    s = scene(chop=0.05)
    world = rp.build_world(s)
    state = rp.start(world, s.pool, (0.0, 0.0))
    first = np.abs(state.height[0]).max()
    for _ in range(2_000):
        state = rp.step(world, state, 4 / 24)
    assert np.abs(state.height[0]).max() <= first


def test_a_ball_floats_by_archimedes_and_a_stone_sinks():
    light = motion(scene(BALL, frames=240)).position[-1, 0, 1]
    assert np.isclose(cap_volume(0.1 - light, 0.1) * WATER, 4 / 3 * np.pi * 1e-3 * 400, rtol=0.02)
    stone = replace(BALL, density=2600.0)
    assert np.isclose(motion(scene(stone, frames=96)).position[-1, 0, 1], -1.4 + 0.1)


def test_the_flight_is_the_rollouts_up_to_the_water():
    s = scene(replace(BALL, position=(0.0, 1.0, 0.0)), frames=20)
    rigid, moved = simulate(s), motion(s)
    dry = rigid.position[:, 0, 1] > 0.1
    assert 5 < dry.sum() < 19 and np.array_equal(rigid.position[dry], moved.position[dry])
    _, pushes, (entry,) = dive(s, rigid)
    assert np.isclose(entry.velocity[1], -np.sqrt(2 * G * 0.9), rtol=5e-3)
    early = sum(p.impulse for p in pushes if p.time < entry.time + 0.1)
    momentum = 4 / 3 * np.pi * 1e-3 * 400 * 4.2
    assert 0.4 * momentum < early < 1.3 * momentum


def test_snell_and_fresnel():
    ray = np.array([[0.6], [-0.8], [0.0]], np.float32)
    up = np.array([[0.0], [1.0], [0.0]], np.float32)
    assert np.isclose(np.asarray(refracted(ray, up, 1 / 1.333))[0, 0], 0.6 / 1.333, atol=1e-5)
    assert np.isclose(float(fresnel(np.float32([1.0]))[0]), (0.333 / 2.333) ** 2, atol=1e-4)


def test_caustics_keep_the_light():
    s = scene(chop=0.05)
    world, light = rp.build_world(s), light_of(s)
    height = world.sheets[0].heights(rp.start(world, s.pool, (0.0, 0.0)).height[0]).astype(np.float32)
    spots = np.asarray(caustics(_look(s, light), height, light))
    assert abs(spots.mean() - 1) < 0.02 and spots.std() > 0.1


@pytest.mark.slow
def test_guides_show_the_ball_and_the_ring_that_it_makes():
    s = scene(BALL, frames=14, chop=0.0, size=64)
    found = list(guides(s, motion(s)))
    for plane in (p for g in found for p in vars(g).values() if p is not None):
        assert np.isfinite(np.asarray(plane)).all()
    assert (np.asarray(found[0].ident) == 2).sum() > 20
    assert np.abs(np.asarray(found[13].prior) - np.asarray(found[1].prior)).mean() > 0.002
    assert np.asarray(found[0].medium).min() == 1.0


@pytest.mark.parametrize(
    ("pool", "word"),
    [({"cells": 100}, "cells"), ({"length_m": 500.0}, "length_m"), ({"rain_mm_h": 1e4}, "rain"),
     ({"chop": 3.0}, "chop"), ({"bottom_pattern": "lava"}, "bottom_pattern"),
     ({"cells": 1024, "length_m": 1.0}, "mm")],
)  # fmt: skip
def test_water_that_cannot_be_is_refused(pool, word):
    with pytest.raises(ValueError, match=word):
        check_pool(scene(**pool))
