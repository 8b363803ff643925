"""Gas where it is: advection on a list of cells against the dense scheme, rays cut to blocks with gas."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from parabola.prompts import scene_from_prompt
from physics.worlds import fluid, volume
from physics.worlds import smoke as sm
from physics.worlds.fluid_grid import Domain, centres
from physics.worlds.sparse import advect_sparse, reachable

DOMAIN = Domain((16, 24, 16), 1.0, ("open", "floor", "open"))


def blob():
    """Three fields (M, 3) in a ball on twice finer cells, and traces of a swirling flow."""
    p = np.asarray(centres(DOMAIN, 2))
    far = np.linalg.norm(p - np.array([[6.0], [8.0], [9.0]]), axis=0)
    rows = np.clip(3.0 - far, 0, 1)[:, None] * np.array([1.0, 300.0, 0.2])
    x, y, z = (np.asarray(centres(DOMAIN)).reshape(3, *DOMAIN.cells) - 8) / 8
    back = np.stack([1.4 * y, -1.2 * x + 0.4 * z, 0.7 * x]).astype(np.float32)
    return jnp.asarray(rows, jnp.float32), jnp.asarray(back), -jnp.asarray(back)


def test_sparse_advection_is_the_dense_one():
    rows, back, ahead = blob()
    dense = fluid.advect(DOMAIN, rows, back, ahead, refine=2, inflow=jnp.zeros(3))
    ours = advect_sparse(DOMAIN, rows, back, ahead, 2)
    assert np.allclose(ours, dense, rtol=1e-4, atol=1e-4 * np.array([1.0, 300.0, 0.2]))


def test_only_some_cells_are_looked_at():
    rows, back, _ = blob()
    cells = np.asarray(reachable(DOMAIN, rows, back, 2))
    assert 0 < cells.mean() < 0.5


def gas_world(cells: int = 16):
    scene, _ = scene_from_prompt("a campfire at night", num_frames=2)
    assert scene.gas is not None
    return sm.build_world(replace(scene, gas=replace(scene.gas, cells=cells, sources=(
        replace(scene.gas.sources[0], radius=0.25),))))  # fmt: skip


def test_rays_are_cut_to_the_gas():
    world = gas_world()
    d, n = world.plan.domain, world.numbers
    rows = np.zeros((int(np.prod(d.cells)) * sm.DETAIL**3, 3), np.float32)
    p = np.asarray(centres(d, sm.DETAIL)) * np.asarray(n.cell) + np.asarray(n.corner)[:, None]
    rows[np.linalg.norm(p - np.array([[0.0], [0.6], [0.0]]), axis=0) < 0.15, 0] = 50.0
    origin = jnp.array([[0.0, 0.0], [0.6, 1.9], [3.0, 3.0]])
    ray = jnp.array([[0.0, 0.0], [0.0, 0.0], [-1.0, -1.0]])
    enter, leave = volume.gas_interval(d, n, jnp.asarray(rows), origin, ray, jnp.full(2, 1e9))
    assert 2.0 < enter[0] < 2.85 and 3.15 < leave[0] < 4.0  # the ball lies from 2.85 to 3.15 m
    assert leave[1] == enter[1]  # over the ball there is nothing


@pytest.mark.slow
def test_a_fire_keeps_burning():
    world = gas_world(24)
    none = (np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32), np.zeros(0, np.float32))
    state, heat = sm.start(world), []
    for _ in range(130):
        state = sm.advance(world, state, none)
        heat.append(float(jnp.sum(state.rows[:, sm.HEAT])))
    settled = np.array(heat[30:])
    assert settled.min() > 0.3 * np.median(settled)
