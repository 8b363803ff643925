"""Splashing water: transfer, pressure, volume, coupling, surface, pictures."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from physics.media import Liquid, Spout, Volume
from physics.scene import Body, Camera, Scene
from physics.worlds import guides, motion
from physics.worlds import liquid as lq
from physics.worlds import liquid_view as lv
from physics.worlds.liquid_check import check_liquid
from physics.worlds.liquid_solve import Grid, outflow, project
from physics.worlds.liquid_world import advance, build_world, frames, start

BLOCK = Volume(centre=(0.0, 0.1, 0.0), size=(0.4, 0.2, 0.2))
TANK = Liquid(size=(0.4, 0.4, 0.2), cells=16, volumes=(BLOCK,))


def scene(liquid=TANK, *bodies, frames=3, size=40):
    camera = Camera(position=(0.3, 0.4, 1.1), look_at=(0.0, 0.15, 0.0))
    return Scene(liquid=liquid, bodies=bodies, camera=camera, width=size, height=size, num_frames=frames)


def test_grid_and_particles_agree_on_affine_motion():
    grid = Grid((8, 9, 7))
    axes = [np.arange(2.25, n - 2, 0.5) for n in grid.cells]
    place = jnp.asarray(np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1), jnp.float32)
    slope = np.random.default_rng(0).normal(size=(3, 3)).astype(np.float32)
    world = build_world(scene())
    n = place.shape[1]
    state = replace(
        start(world, scene()), place=place, velocity=jnp.asarray(slope) @ place, alive=jnp.ones(n),
        foam=jnp.zeros(n),
        affine=jnp.repeat(jnp.asarray(slope)[..., None], n, 2), pressure=jnp.zeros(grid.cells),
    )  # fmt: skip
    faces, _ = lq.to_faces(grid, state)
    velocity, affine = lq.to_particles(grid, faces, place)
    inner = np.all((place > 3) & (place < np.array(grid.cells)[:, None] - 3), 0)
    assert np.allclose(velocity[:, inner], (jnp.asarray(slope) @ place)[:, inner], atol=2e-3)
    assert np.allclose(affine[..., inner], slope[..., None], atol=5e-3)


def test_filling_is_one_inside_a_block_and_keeps_its_sum():
    s = scene()
    world = build_world(s)
    state = start(world, s)
    _, filling = lq.to_faces(world.grid, state)
    assert np.isclose(float(filling.sum()) * 8, state.place.shape[1], rtol=1e-4)
    assert 0.9 < float(filling[4:12, 1:6, 2:6].mean()) < 1.1


def test_pressure_makes_the_flow_incompressible_around_a_ball():
    grid = Grid((10, 10, 10))
    rng = np.random.default_rng(1)
    wild = tuple(jnp.asarray(rng.normal(size=grid.face_shape(a)), jnp.float32) for a in range(3))
    none = lq.Balls(jnp.zeros((0, 3)), jnp.zeros((0, 3)), jnp.zeros(0), jnp.zeros(0))
    wet = jnp.zeros(grid.cells, bool).at[:, :6].set(True)
    zero = jnp.zeros(grid.cells)
    faces, _, _ = project(grid, wild, wet, none, zero, 0.01, zero, False, True)
    assert float(jnp.abs(outflow(faces)[:, :6]).max()) < 1e-2


def test_water_at_rest_stays_at_rest_and_keeps_its_volume():
    s = scene()
    world = build_world(s)
    state = start(world, s)
    for _ in range(12):
        state = advance(world, state)
    top = float(jnp.sort(state.place[1])[-50])
    assert 7.0 < top < 9.2
    assert float(jnp.mean(state.place[1])) == pytest.approx(4.0, abs=0.25)


@pytest.mark.slow
def test_a_light_ball_floats_and_a_heavy_one_sinks():
    ball = Body(radius=0.06, density=400.0, position=(0.0, 0.3, 0.0))
    light = motion(scene(TANK, ball, frames=30)).position[:, 0, 1]
    heavy = motion(scene(TANK, replace(ball, density=4000.0), frames=30)).position[:, 0, 1]
    assert light[-1] > 0.17 and heavy[-1] < 0.08


def test_a_spout_brings_what_it_should():
    spout = Spout(position=(0.0, 0.36, 0.0), velocity=(0.0, -1.0, 0.0), radius=0.04)
    s = scene(Liquid(size=(0.4, 0.4, 0.4), cells=16, spouts=(spout,)), frames=6)
    world = build_world(s)
    *_, last = frames(world, start(world, s), 6)
    due = np.pi * 0.04**2 * 1.0 * 5 / 24 * 8 / world.cell**3
    assert float(last.alive.sum()) == pytest.approx(due, abs=2)


def test_splat_keeps_its_sum_at_walls():
    place = jnp.asarray(np.random.default_rng(2).uniform(0, 6, (3, 200)), jnp.float32)
    assert np.isclose(float(lv.splat((6, 6, 6), place, jnp.ones(200)).sum()), 200, rtol=1e-4)


@pytest.mark.slow
def test_guides_show_water_that_moves():
    s = scene(frames=5, size=48)
    found = list(guides(s, motion(s)))
    assert all(np.isfinite(np.asarray(g.prior)).all() for g in found)
    assert np.asarray(found[0].medium).min() == 1.0 and (np.asarray(found[0].fresnel) > 0).mean() > 0.05


@pytest.mark.parametrize(
    ("change", "word"),
    [({"cells": 1}, "cells"), ({"size": (0.4, 400.0, 0.2)}, "size"), ({"volumes": ()}, "volumes"),
     ({"cells": 128, "size": (1.0, 1.0, 1.0)}, "cells")],
)  # fmt: skip
def test_water_that_cannot_be_is_refused(change, word):
    with pytest.raises(ValueError, match=word):
        check_liquid(scene(replace(TANK, **change)))


def test_frames_too_long_are_refused():
    with pytest.raises(ValueError, match="fps"):
        check_liquid(replace(scene(), fps=5.0))
