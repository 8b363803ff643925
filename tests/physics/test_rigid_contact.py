"""Distances to boxes and times of impact against slow, obvious references."""

import numpy as np
import pytest

from physics.contact import box_contact, first_impact, make_path, obstacle_gaps, pair_gaps
from physics.rigid_world import build_world, rotation_matrix
from physics.scene import Body, Box, Scene


def test_box_distance_against_a_dense_search():
    rng = np.random.default_rng(0)
    half, centre, axes = (
        np.array([0.5, 0.2, 0.8]),
        np.array([0.3, 1.0, -0.4]),
        rotation_matrix([0.4, -0.7, 0.2]).T,
    )
    grid = np.stack(np.meshgrid(*[np.linspace(-h, h, 41) for h in half], indexing="ij"), -1).reshape(-1, 3)
    for x in rng.normal(centre, 1.0, (20, 3)):
        distance, normal, beyond = box_contact(x[None], centre, axes, half)
        local = axes @ (x - centre)
        if (np.abs(local) <= half).all():
            assert distance[0] == pytest.approx(-(half - np.abs(local)).min())
            continue
        away = np.linalg.norm(grid - local, axis=1)
        assert distance[0] == pytest.approx(away.min(), abs=0.03)
        assert np.linalg.norm(normal) == pytest.approx(1.0)
        assert (beyond[0] == (np.abs(local) > half)).all()


def impact(world, x, v, a, h):
    x, v, a = (np.array(k, float).reshape(-1, 3) for k in (x, v, a))
    path = make_path(x, v, x + h * v + 0.5 * h * h * a, v + h * a, h)
    gaps, pairs = obstacle_gaps(world, x)[0], pair_gaps(world, x)[0]
    return first_impact(world, path, gaps, pairs, np.zeros_like(gaps, bool), np.zeros_like(pairs, bool))


def test_impact_time_on_the_ground_is_the_root_of_a_parabola():
    world = build_world(Scene(bodies=(Body(radius=0.1),)))
    assert impact(world, [0, 1.1, 0], [1, 2, 0], [0, -10, 0], 1.0) == pytest.approx(
        0.2 + np.sqrt(0.24), abs=1e-14
    )
    assert impact(world, [0, 1.1, 0], [1, 2, 0], [0, -10, 0], 0.5) is None


def test_impact_starting_in_contact_finds_the_next_one():
    world = build_world(Scene(bodies=(Body(radius=0.1),)))
    assert impact(world, [0, 0.1, 0], [0, 0.05, 0], [0, -10, 0], 1.0) == pytest.approx(0.01, abs=1e-12)


@pytest.mark.parametrize("offset", [0.0, 0.1, 0.19, 0.1999])
def test_impact_of_two_spheres_even_when_grazing(offset):
    world = build_world(Scene(bodies=(Body(radius=0.1), Body(radius=0.1, position=(3, 1, 0))), ground=None))
    time = impact(world, [[0, 1, 0], [3, 1 + offset, 0]], [[9, 0, 0], [0, 0, 0]], np.zeros((2, 3)), 0.5)
    assert time == pytest.approx((3 - np.sqrt(0.04 - offset**2)) / 9, abs=1e-10)


def test_a_miss_is_a_miss():
    world = build_world(Scene(bodies=(Body(radius=0.1), Body(radius=0.1, position=(3, 1, 0))), ground=None))
    assert impact(world, [[0, 1, 0], [3, 1.2001, 0]], [[9, 0, 0], [0, 0, 0]], np.zeros((2, 3)), 0.5) is None


def test_thin_box_edge_and_corner():
    box = Box(centre=(0, 0, 0), half_size=(1, 0.001, 1))
    world = build_world(Scene(bodies=(Body(radius=0.05, position=(0, 9, 0)),), boxes=(box,), ground=None))
    assert impact(world, [0, 1, 0], [0, -20, 0], [0, 0, 0], 0.1) == pytest.approx((1 - 0.051) / 20, abs=1e-12)
    side = impact(world, [2, 0, 0], [-20, 0, 0], [0, 0, 0], 0.1)
    assert side == pytest.approx((1 - 0.05) / 20, abs=1e-12)
    diagonal = impact(world, [2, 0, 2], [-20, 0, -20], [0, 0, 0], 0.1)
    assert diagonal == pytest.approx((1 - 0.05 / np.sqrt(2)) / 20, abs=1e-12)
