"""Random scenes: repeatable, nothing overlaps, the last frame is the scene as stated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from diffusion.random_scenes import random_scene
from physics.scene import PATTERNS

SEEDS = range(300)


@pytest.fixture(scope="module")
def scenes():
    return [random_scene(np.random.default_rng(s), frames=1 + 3 * (s % 4 == 0)) for s in SEEDS]


def box_gap(point, box) -> float:
    q = Rotation.from_rotvec(box.rotation).as_matrix().T @ np.subtract(point, box.centre)
    return float(np.linalg.norm(np.maximum(np.abs(q) - box.half_size, 0)))


def test_the_same_seed_gives_the_same_scene(scenes):
    for s in (0, 1, 17):
        scene, stills = random_scene(np.random.default_rng(s), frames=1 + 3 * (s % 4 == 0))
        assert scene == scenes[s][0]
        np.testing.assert_array_equal(stills.position, scenes[s][1].position)
    assert scenes[0][0] != scenes[1][0]


def test_balls_do_not_overlap(scenes):
    for scene, _ in scenes:
        for i, a in enumerate(scene.bodies):
            assert a.position[1] >= a.radius
            for b in scene.bodies[:i]:
                assert np.linalg.norm(np.subtract(a.position, b.position)) > a.radius + b.radius
            for box in scene.boxes:
                assert box_gap(a.position, box) > a.radius


def test_the_last_frame_is_the_scene(scenes):
    for scene, stills in scenes:
        frames, n = stills.position.shape[:2]
        assert frames == scene.num_frames and n == len(scene.bodies) >= 1
        assert stills.orientation.shape == (frames, n, 4)
        np.testing.assert_allclose(stills.position[-1], [b.position for b in scene.bodies])
        np.testing.assert_allclose(np.linalg.norm(stills.orientation, axis=-1), 1.0)
        first = Rotation.from_rotvec([b.orientation for b in scene.bodies])
        turn = first.inv() * Rotation.from_quat(np.roll(stills.orientation[-1], -1, axis=-1))
        np.testing.assert_allclose(turn.magnitude(), 0.0, atol=1e-7)


def test_resting_balls_stay_on_the_ground(scenes):
    for scene, stills in scenes:
        resting = [i for i, b in enumerate(scene.bodies) if b.position[1] < 1.01 * b.radius]
        np.testing.assert_allclose(np.ptp(stills.position[:, resting, 1], axis=0), 0.0, atol=1e-12)


def test_values_are_ones_a_scene_may_have(scenes):
    for scene, _ in scenes:
        surfaces = [b.surface for b in (*scene.bodies, *scene.boxes)]
        surfaces += [scene.ground.surface] if scene.ground else []
        for s in surfaces:
            assert s.pattern in PATTERNS and 0 < s.roughness <= 1
            assert all(0 <= c <= 1 for c in (*s.colour, *s.colour2))
        light, camera = scene.light, scene.camera
        assert light.sun_direction[1] > 0.2 and np.linalg.norm(light.sun_direction) == pytest.approx(1.0)
        assert min(*light.sun_irradiance, *light.sky_zenith, *light.sky_horizon, *light.glow) > 0
        assert camera.position[1] > 0 and 20 < camera.fov_deg < 50
        for body in scene.bodies:
            assert np.linalg.norm(np.subtract(camera.position, body.position)) > body.radius


def test_every_kind_of_thing_turns_up(scenes):
    all_surfaces = [b.surface for scene, _ in scenes for b in scene.bodies]
    assert any(s.transmission for s in all_surfaces) and any(s.metallic for s in all_surfaces)
    assert len({s.pattern for s in all_surfaces}) > 8
    assert any(scene.boxes for scene, _ in scenes) and any(scene.ground is None for scene, _ in scenes)
    assert len({scene.ground.surface.pattern for scene, _ in scenes if scene.ground}) > 8
