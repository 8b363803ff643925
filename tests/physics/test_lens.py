"""Depth of field against the mean of many views through the aperture, and the size of its discs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physics.camera import aperture_of, f_stop_for
from physics.colour import display, quantise
from physics.guide import render_guide
from physics.lens import blur_radius, defocus, through
from physics.rigid import simulate
from physics.scene import Body, Camera, Ground, Light, Scene, Surface
from physics.shutter import scene_light

SIZE = 96
SCENE = Scene(
    bodies=(
        Body(radius=0.2, position=(-0.25, 0.2, 0.0), surface=Surface(colour=(0.8, 0.2, 0.1))),
        Body(radius=0.2, position=(0.45, 0.2, -1.5), surface=Surface(colour=(0.1, 0.3, 0.8))),
    ),
    ground=Ground(surface=Surface(pattern="checker", pattern_scale=0.3)),
    camera=Camera(position=(0.0, 0.7, 2.6), look_at=(-0.2, 0.2, 0.0), f_stop=0.4),
    light=Light(haze_m=1e3), width=SIZE, height=SIZE, num_frames=2,
)  # fmt: skip


def guide_of(scene: Scene):
    return render_guide(scene, simulate(scene), 0, fuse=False)


def through_the_aperture(scene: Scene, count: int = 24) -> np.ndarray:
    """The mean of views from places spread over the aperture, all turned to the point in focus."""
    camera, aperture = scene.camera, aperture_of(scene, 0)[0]
    radius = 0.5 * aperture * np.sqrt((np.arange(count) + 0.5) / count)
    turn = np.arange(count) * np.pi * (3 - np.sqrt(5))
    views = []
    for x, y in zip(radius * np.cos(turn), radius * np.sin(turn), strict=True):
        eye = tuple(np.add(camera.position, (x, y, 0.0)))
        views.append(scene_light(guide_of(replace(scene, camera=replace(camera, position=eye))).prior))
    return np.asarray(display(np.mean(views, 0)))


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((a - b) ** 2)))


def test_it_is_what_the_aperture_sees():
    guide = guide_of(SCENE)
    sharp = quantise(guide.prior)
    soft = defocus(SCENE, 0, sharp, np.asarray(guide.depth)) / 255.0
    truth = through_the_aperture(SCENE)
    assert psnr(soft, truth) > psnr(sharp / 255.0, truth) + 5
    assert psnr(soft, truth) > 30


def test_discs_have_the_size_of_the_thin_lens():
    depth = np.array([[1.0, 2.0, 4.0, 1e6]])
    scene = replace(SCENE, camera=replace(SCENE.camera, focus_m=2.0, f_stop=2.0), height=4096, width=4096)
    aperture, focus = aperture_of(scene, 0)
    focal = 0.5 * 4096 / np.tan(np.radians(35.0 / 2))
    expected = 0.5 * aperture * focal * (depth - focus) / (depth * focus)
    np.testing.assert_allclose(blur_radius(scene, 0, depth), expected, rtol=1e-6, atol=1e-9)
    assert aperture == pytest.approx(focal * 36.0 / 4096 / 1000 / 2.0)


@pytest.mark.parametrize("radius", [3.0, 7.5])
def test_a_point_becomes_a_disc_of_its_light(radius):
    light = np.zeros((48, 48, 3), np.float32)
    light[24, 20] = 1.0
    out = through(light, np.full((48, 48), radius))[..., 0]
    y, x = np.mgrid[:48, :48]
    away = np.hypot(x - 20, y - 24)
    assert out.sum() == pytest.approx(1.0, abs=0.01)
    assert (away**2 * out).sum() == pytest.approx(radius**2 / 2, rel=0.1)  # of an even disc
    assert np.abs(out[away > 1.4 * radius + 1]).max() < 1e-4


def test_what_is_in_focus_keeps_its_values():
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    depth = np.full((64, 64), aperture_of(SCENE, 0)[1])
    assert defocus(SCENE, 0, frame, depth) is frame
    depth[:, 40:] = 50.0
    scene = replace(SCENE, width=64, height=64)
    out = defocus(scene, 0, frame, depth)
    np.testing.assert_array_equal(out[:, :36], frame[:, :36])
    assert out[:, 48:].std() < 0.6 * frame[:, 48:].std()


def test_the_lens_that_is_asked_for_by_softness():
    scene = replace(SCENE, camera=replace(SCENE.camera, f_stop=f_stop_for(SCENE, 0.02)))
    assert float(blur_radius(scene, 0, np.array(1e9))) == pytest.approx(0.02 * SIZE, rel=1e-4)
