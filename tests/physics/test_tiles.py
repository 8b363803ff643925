"""Tiles: the same picture as in one piece, and branches that leave out only what no pixel needs."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physics import tiles
from physics.arrays import geometry_of, layout_of, light_of, materials_of, view_of
from physics.guide import shade
from physics.rigid import simulate
from physics.scene import Body, Box, Camera, Ground, Scene, Surface
from physics.tiles import in_tiles, where_any

SCENE = Scene(
    width=256,
    height=160,
    num_frames=3,
    ground=Ground(surface=Surface(pattern="checker")),
    camera=Camera(position=(0.0, 1.0, 4.0), look_at=(0.0, 0.7, 0.0)),
    bodies=(
        Body(radius=0.4, position=(-0.4, 0.9, 0.0)),
        Body(radius=0.3, position=(0.5, 0.5, 0.3), surface=Surface(metallic=1.0, roughness=0.1)),
    ),
    boxes=(Box(centre=(0.9, 0.2, -0.6), half_size=(0.3, 0.2, 0.2), rotation=(0.0, 0.5, 0.0)),),
)


@pytest.mark.parametrize("tile", [(1, 16), (3, 4), (99, 99)])
def test_a_tree_of_arrays_is_the_same_in_tiles_bit_for_bit(monkeypatch, tile):
    monkeypatch.setattr(tiles, "TILE", tile)
    x, y = jnp.arange(130.0), jnp.arange(130.0) ** 0.5

    def make(x, y):
        return {"sum": x + y, "pair": (jnp.stack([x, y]), (x > 3).astype(jnp.int32))}

    whole, got = make(x, y), jax.jit(lambda x, y: in_tiles(make, x, y, 13))(x, y)
    jax.tree.map(np.testing.assert_array_equal, whole, got)


def test_a_branch_is_taken_for_the_sake_of_one():
    run = jax.jit(lambda mask: where_any(mask, lambda: mask * 2.0, jnp.full(3, 7.0)))
    np.testing.assert_array_equal(run(jnp.zeros(3, bool)), [7.0, 7.0, 7.0])
    np.testing.assert_array_equal(run(jnp.array([False, True, False])), [0.0, 2.0, 0.0])


@pytest.mark.slow  # compiles the light of a frame twice
def test_a_frame_is_the_same_in_tiles_and_in_one_piece(monkeypatch):
    """To the last bits of float32: programs compiled apart may round apart."""
    geometry, view = geometry_of(SCENE, simulate(SCENE), 1), view_of(SCENE, 1, None)
    lit = partial(shade, layout_of(SCENE, None), geometry, view, materials_of(SCENE), light_of(SCENE))
    y, x = (a.reshape(-1) + 0.5 for a in jnp.mgrid[0.0 : SCENE.height, 0.0 : SCENE.width])
    monkeypatch.setattr(tiles, "TILE", (20, 50))
    whole = jax.jit(lit)(x, y)
    tiled = jax.jit(lambda x, y: in_tiles(lit, x, y, SCENE.width))(x, y)
    ident = np.asarray(whole[1]).reshape(SCENE.height, SCENE.width)
    sky, ground = ident[:20, :50], ident[-20:, :50]  # tiles of sky alone, of ground alone, and others
    assert (sky == 0).all() and (ground == 1).all() and ident.max() > 2
    for name, plane in whole[0].items():
        np.testing.assert_allclose(tiled[0][name], plane, rtol=1e-6, atol=1e-6, err_msg=name)
    jax.tree.map(np.testing.assert_array_equal, whole[1:], tiled[1:])
