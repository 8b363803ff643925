"""Meshes: areas and depth of the rasteriser, shapes, shadows, the picture as a whole."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from physics.arrays import View
from physics.colour import quantise
from physics.mechanics import Block, Rod
from physics.rigid import simulate
from physics.scene import Body, Camera, Ground, Scene, Surface
from physics.worlds import guides, mesh
from physics.worlds.mesh_shadow import hidden, shadow_map
from physics.worlds.raster import rasterise

VIEW = View(np.zeros(3, np.float32), np.eye(3, dtype=np.float32), np.float32(100), np.float32([32, 32]))


def covered(frag, shape):
    out = np.zeros(shape[0] * shape[1])
    np.add.at(out, frag.pixel, frag.weight)
    return out.reshape(shape)


def test_a_triangles_weights_sum_to_its_area_wherever_it_lies():
    rng = np.random.default_rng(0)
    for _ in range(20):
        at = rng.uniform(4, 60, (3, 2))
        a, b = at[1] - at[0], at[2] - at[0]
        frag = rasterise(at, np.ones(3), np.array([[0, 1, 2]]), (64, 64), np.ones(1, bool))
        assert frag.weight.sum() == pytest.approx(0.5 * abs(a[0] * b[1] - a[1] * b[0]), rel=0.03, abs=2.0)
        assert covered(frag, (64, 64)).max() <= 1 + 1e-6


def test_the_nearer_triangle_wins_and_weights_of_corners_are_perspective():
    at = np.array([[0, 0], [64, 0], [0, 64]] * 2, float)
    depth = np.array([1.0, 3.0, 3.0, 2.0, 2.0, 2.0])
    frag = rasterise(at, depth, np.array([[0, 1, 2], [3, 4, 5]]), (64, 64), np.zeros(2, bool))
    z = (depth[[[0, 1, 2], [3, 4, 5]]][frag.triangle] * frag.corner).sum(1)
    assert (z[frag.triangle == 0] < 2.05).all() and (np.bincount(frag.triangle) > 100).all()
    x = (at[[[0, 1, 2], [3, 4, 5]]][frag.triangle][:, :, 0] * frag.corner).sum(1)
    first = (frag.triangle == 0) & (frag.weight == 1)
    expected = (1 / (1 / 1 + (1 / 3 - 1) * (frag.pixel % 64 + frag.pixel // 64 + 1) / 64))[first]
    np.testing.assert_allclose(z[first], expected, rtol=1e-4)
    assert x.min() >= 0


@pytest.mark.parametrize("shift", [0.0, 0.3, 0.77])
def test_a_strand_thinner_than_a_pixel_keeps_its_light_at_every_place(shift):
    path = np.stack([np.full(9, 0.002 * shift), np.linspace(-0.5, 0.5, 9), np.full(9, 2.0)], 1)
    made = mesh.tube((path,) * 3, 0.002, VIEW, sides=12)  # 0.1 px in radius
    at = np.asarray(VIEW.principal) + 100 * made.points[:, :2] / made.points[:, 2:]
    frag = rasterise(at, made.points[:, 2], made.triangles, (64, 64), np.ones(len(made.triangles), bool))
    light = frag.weight * made.cover[made.triangles[frag.triangle]].mean(1)
    assert light.sum() == pytest.approx(0.2 * 50, rel=0.12)


def test_rounded_boxes_are_closed_and_face_outwards():
    points, normals, _, triangles = mesh.rounded_box((0.3, 0.2, 0.1), 0.02)
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), 1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    assert ((points * normals).sum(1) > 0).all()
    np.testing.assert_allclose(np.abs(points).max(0), [0.3, 0.2, 0.1])


def test_a_refined_sheet_goes_through_its_nodes():
    nodes = np.random.default_rng(1).normal(size=(5, 6, 3))
    fine = mesh.refined(nodes, 3)
    assert fine.shape == (13, 16, 3)
    np.testing.assert_allclose(fine[::3, ::3], nodes, atol=1e-12)


def test_shadow_of_a_plate_is_dark_in_its_middle_half_at_its_rim_and_soft():
    line = np.linspace(-0.5, 0.5, 9)
    nodes = np.stack([*np.meshgrid(line, line), np.full((9, 9), 0.0)], -1)[..., [0, 2, 1]] + [0.0, 1.0, 0.0]
    plate = mesh.sheet((nodes,) * 3, 0.125)
    m = shadow_map(plate, (0.0, 1.0, 0.0), 0.1)
    x = np.array([0.0, 0.3, 0.5, 0.56, 0.8])
    share = np.asarray(jax.jit(hidden)(m, np.stack([x, 0 * x, 0 * x]).astype(np.float32)))
    assert share[0] > 0.99 and share[1] > 0.97 and share[2] == pytest.approx(0.5, abs=0.06)
    assert 0.02 < share[3] < 0.4 and share[4] < 0.01
    above = np.asarray(jax.jit(hidden)(m, np.array([[0.0], [1.2], [0.0]], np.float32)))
    assert above[0] == 0


@pytest.mark.slow
def test_a_picture_of_blocks_rods_and_a_ball_has_all_planes():
    scene = Scene(
        ground=Ground(surface=Surface(colour=(0.6, 0.6, 0.6), roughness=0.2)),
        bodies=(Body(radius=0.06, position=(0.1, 0.06, 0.15)),),
        blocks=(Block(half_size=(0.05, 0.12, 0.05), position=(0.0, 0.12, 0.0), velocity=(0.4, 0.0, 0.0)),),
        rods=(Rod(start=(-0.2, 0.0, 0.0), end=(-0.2, 0.3, 0.0), radius=0.001),),
        camera=Camera(position=(0.0, 0.3, 1.2), look_at=(0.0, 0.12, 0.0)), width=96, height=96, num_frames=2,
    )  # fmt: skip
    rollout = simulate(scene)
    first, second = guides(scene, rollout)
    assert np.isfinite(np.asarray(first.prior)).all() and quantise(first.prior).std() > 10
    block = np.asarray(first.ident) == 2 + 1 + 0 + 1  # ground 1, ball 2, then rod and block
    assert block.sum() > 300
    motion, medium = np.asarray(first.motion)[block], np.asarray(first.medium)
    assert (motion[:, 0] > 0.5).all() and (medium[block] > 0.5).all() and medium[0].max() == 0
    np.testing.assert_allclose(np.asarray(second.motion_back)[np.asarray(second.ident) == 4].mean(0),
                               -motion.mean(0), atol=0.2)  # fmt: skip
    depth = np.asarray(first.depth)[block]
    assert 1.0 < depth.min() and depth.max() < 1.35
    ball = np.asarray(first.ident) == 2
    assert ball.sum() > 80  # the ball stands before the block and is not drawn over
