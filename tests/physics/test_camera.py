"""Camera: projection of known points, moves, and a basis that never mirrors the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physics.arrays import view_of
from physics.camera import camera_at, camera_basis, focal_px, project
from physics.guide import camera_rays
from physics.scene import Camera, Scene

SQUARE = Scene(width=100, height=100, camera=Camera(position=(0, 0, 3), look_at=(0, 0, 0), fov_deg=90.0))
COORDINATE = st.floats(-5.0, 5.0)
POINT = st.tuples(COORDINATE, COORDINATE, COORDINATE)


def moving(move: str, rate: float) -> Camera:
    return Camera(position=(0.5, 1.0, 3.0), look_at=(0.0, 0.4, -0.5), move=move, rate=rate)  # type: ignore[arg-type]


def test_focal_length():
    assert focal_px(SQUARE) == pytest.approx(50.0)
    assert focal_px(Scene(height=480, camera=Camera(fov_deg=60))) == pytest.approx(240 * np.sqrt(3))


@pytest.mark.parametrize(("point", "pixel", "depth"), [
    ((0, 0, 0), (50, 50), 3.0),
    ((1, 0, 0), (50 + 50 / 3, 50), 3.0),
    ((0, 1, 0), (50, 50 - 50 / 3), 3.0),
    ((0, 0, 2), (50, 50), 1.0),
    ((1, 1, 2), (100, 0), 1.0),  # the corner of the picture
    ((-2, -2, -1), (25, 75), 4.0),
])  # fmt: skip
def test_known_points(point, pixel, depth):
    px, z = project(SQUARE, 0.0, np.array(point))
    np.testing.assert_allclose(px, pixel, atol=1e-12)
    assert z == pytest.approx(depth)


def test_points_behind_have_negative_depth():
    assert project(SQUARE, 0.0, np.array([0.0, 0.0, 4.0]))[1] < 0


@given(POINT, POINT)
def test_basis_is_orthonormal(position, look_at):
    position, look_at = np.array(position), np.array(look_at)
    if np.linalg.norm(position - look_at) < 1e-3:
        return
    basis = camera_basis(position, look_at)
    np.testing.assert_allclose(basis @ basis.T, np.eye(3), atol=1e-9)
    right, up, forward = basis
    np.testing.assert_allclose(np.cross(right, up), -forward, atol=1e-9)  # x right, y up, z into the picture
    assert up[1] >= -1e-9


@pytest.mark.parametrize("way", [(0, -1, 0), (0, 1, 0)])
def test_straight_up_and_down(way):
    basis = camera_basis(np.zeros(3), np.array(way, float))
    np.testing.assert_allclose(basis @ basis.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(basis[2], way)


@pytest.mark.parametrize("move", ["fixed", "pan", "dolly", "orbit"])
def test_moves_start_where_the_camera_says(move):
    camera = moving(move, 20.0)
    position, look_at = camera_at(camera, 0.0)
    np.testing.assert_allclose(position, camera.position)
    np.testing.assert_allclose(look_at, camera.look_at)


def test_fixed_stays():
    np.testing.assert_allclose(camera_at(moving("fixed", 20.0), 9.0), camera_at(moving("fixed", 20.0), 0.0))


def test_dolly_goes_forward():
    camera = moving("dolly", 0.25)
    (p0, l0), (p1, l1) = camera_at(camera, 0.0), camera_at(camera, 2.0)
    forward = (l0 - p0) / np.linalg.norm(l0 - p0)
    np.testing.assert_allclose(p1 - p0, 0.5 * forward)
    np.testing.assert_allclose(l1 - l0, 0.5 * forward)


def test_orbit_keeps_target_distance_and_height_and_goes_right():
    camera = moving("orbit", 30.0)
    (p0, l0), (p1, l1) = camera_at(camera, 0.0), camera_at(camera, 1.0)
    np.testing.assert_allclose(l0, l1)
    assert np.linalg.norm(p1 - l1) == pytest.approx(np.linalg.norm(p0 - l0))
    assert p1[1] == pytest.approx(p0[1])
    a, b = (p0 - l0)[[0, 2]], (p1 - l1)[[0, 2]]
    assert np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))) == pytest.approx(30.0)
    assert (p1 - p0) @ camera_basis(p0, l0)[0] > 0


def test_pan_turns_left_in_place():
    scene = Scene(camera=moving("pan", 5.0))
    (p0, _), (p1, l1) = camera_at(scene.camera, 0.0), camera_at(scene.camera, 1.0)
    np.testing.assert_allclose(p0, p1)
    assert np.linalg.norm(l1 - p1) == pytest.approx(np.linalg.norm(np.subtract(scene.camera.look_at, p0)))
    px, _ = project(scene, 1.0, np.array(scene.camera.look_at))
    assert px[0] > scene.width / 2 + 10  # what was in the middle goes right


@given(st.floats(0.0, 640.0), st.floats(0.0, 360.0), st.floats(0.2, 20.0), st.sampled_from([0, 3, 7]))
def test_rays_and_projection_are_inverse(x, y, distance, frame):
    scene = Scene(width=640, height=360, camera=moving("orbit", 15.0))
    view = view_of(scene, frame)
    ray, cosine = camera_rays(view, np.float32([x]), np.float32([y]))
    point = view.position + np.asarray(ray)[:, 0] * distance
    px, depth = project(scene, frame / scene.fps, point)
    np.testing.assert_allclose(px, [x, y], atol=2e-2)
    assert depth == pytest.approx(distance * float(cosine[0]), rel=1e-4)


def test_a_crop_moves_the_principal_point_only():
    scene = Scene(width=640, height=360)
    whole, crop = view_of(scene, 0), view_of(scene, 0, (100, 50, 32, 32))
    np.testing.assert_allclose(np.asarray(whole.principal) - np.asarray(crop.principal), [100, 50])
    assert whole.focal == crop.focal
