"""The ruler of `benchmarks.faithful` measures what is there, and the intervals are the published ones."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._ruler import Outline, edges_of, measure, stated, steepness_at
from benchmarks.faithful import interval
from physics.scene import Body, Camera, Scene

SIDE = 96


def disc(centre, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """An anti-aliased disc on a ramp (H, W, 3), and its pixels (H, W)."""
    step = (np.arange(4 * SIDE) + 0.5) / 4
    x, y = np.meshgrid(step, step)
    inside = (np.hypot(x - centre[0], y - centre[1]) < radius)[..., None]
    fine = np.where(inside, [0.7, 0.2, 0.1], np.stack([0.4 + x / 400, 0.5 + y / 400, 0.6 + 0 * x], -1))
    picture = fine.reshape(SIDE, 4, SIDE, 4, 3).mean((1, 3))
    at = np.arange(SIDE) + 0.5
    return picture, np.hypot(*np.meshgrid(at - centre[0], at - centre[1])) < radius


@pytest.mark.parametrize("shift", [(0.0, 0.0), (1.3, -0.6), (-0.35, 0.0)])
@pytest.mark.parametrize("radius,grown", [(11.0, 0.0), (25.0, 1.0)])
def test_the_ruler_finds_a_known_disc(shift, radius, grown):
    place = np.array([47.3, 50.8])
    told = Outline(place, np.array([radius, radius]), np.array([1.0, 0.0]))
    picture, mine = disc(place + shift, radius + grown)
    for seed in range(3):
        got = measure(edges_of(picture), told, mine, np.random.default_rng(seed))
        assert got.good and np.allclose(got.offset, shift, atol=0.05)
        assert got.size == pytest.approx(grown / radius, abs=0.006)


def test_an_empty_picture_has_no_rim():
    told = Outline(np.array([48.0, 48.0]), np.array([20.0, 20.0]), np.array([1.0, 0.0]))
    smooth, mine = edges_of(np.full((SIDE, SIDE, 3), 0.5)), disc((48, 48), 20.0)[1]
    assert not measure(smooth, told, mine, np.random.default_rng(0)).good
    assert steepness_at(smooth, told, mine) == 0.0


def test_stated_outlines_agree_with_the_corrector():
    from correction.outline import stated_outlines

    bodies = (Body(position=(0.9, 0.7, 0.2), radius=0.3), Body(position=(-0.6, 0.2, -1.0), radius=0.15))
    scene = Scene(bodies=bodies, camera=Camera(fov_deg=50.0), width=SIDE, height=SIDE)
    positions = np.array([b.position for b in bodies])
    for one, two in zip(stated(scene, 0.0, positions), stated_outlines(scene, 0.0, positions)):
        assert two is not None
        assert np.allclose(one.centre, two.centre) and np.allclose(one.axes, two.axes)
        assert np.allclose(one.direction, two.direction)


@pytest.mark.parametrize(
    "failures,count,low,high", [(0, 100, 0.0, 0.0362), (5, 100, 0.0164, 0.1128), (10, 10, 0.6915, 1.0)]
)
def test_clopper_pearson(failures, count, low, high):
    assert interval(failures, count) == pytest.approx((low, high), abs=1e-4)
