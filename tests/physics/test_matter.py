"""Jelly, sand, snow and goo: eigenvalues, laws, transfer, coupling, surfaces, pictures, what is refused."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from physics.media import Lump, Matter, Spout
from physics.scene import Body, Camera, Scene
from physics.worlds import guides, motion
from physics.worlds import matter as mt
from physics.worlds import matter_laws as ml
from physics.worlds import matter_surface as ms
from physics.worlds import matter_world as mw
from physics.worlds.matter_check import check_matter

BALL = Lump(centre=(0.0, 0.12, 0.0), size=(0.1, 0.1, 0.1), shape="ball")
SMALL = Matter(lumps=(BALL,), size=(0.3, 0.2, 0.3), cells=20, stiffness_pa=3e4)


def scene(matter=SMALL, *bodies, frames=3, size=40, **more):
    camera = Camera(position=(0.2, 0.25, 0.6), look_at=(0.0, 0.06, 0.0))
    return Scene(
        matter=matter, bodies=bodies, camera=camera, width=size, height=size, num_frames=frames, **more
    )


def tensors(count=200, seed=0):
    a = np.random.default_rng(seed).normal(0.0, 0.2, (count, 3, 3)) + np.eye(3)
    full = a @ a.transpose(0, 2, 1)
    return full, jnp.asarray(np.stack([full[:, i, j] for i, j in ml.ORDER]), jnp.float32)


def test_eigenvalues_are_those_of_lapack():
    full, b = tensors()
    values, vectors = ml.eigen(b)
    assert np.allclose(np.sort(np.stack(values, 1), 1), np.linalg.eigvalsh(full), rtol=2e-4, atol=2e-4)
    assert np.allclose(ml.composed(values, vectors), b, atol=3e-4)
    assert np.allclose(ml.determinant(b), np.linalg.det(full), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("kind", sorted(ml.LAWS))
def test_at_ease_there_is_no_stress_and_stress_turns_with_the_matter(kind):
    law = mw.law_of(replace(SMALL, kind=kind), 0.015)
    none, still = jnp.zeros(200), jnp.zeros((3, 3, 200))
    assert np.allclose(
        ml.LAWS[kind](law, ml.unit(200), none, still, 1e-3)[2], 0.0, atol=1e-2 * float(law.mu) * 1e-3
    )
    full, b = tensors()
    full = np.eye(3) + 0.05 * (full - np.eye(3))
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]

    def stress(m):
        six = jnp.asarray(np.stack([m[:, i, j] for i, j in ml.ORDER]), jnp.float32)
        tau = np.asarray(ml.LAWS[kind](law, six, none, still, 1e-3)[2])
        return tau[np.array([[0, 3, 4], [3, 1, 5], [4, 5, 2]])].transpose(2, 0, 1)

    one, other = stress(full), stress(turn @ full @ turn.T)
    assert np.allclose(turn @ one @ turn.T, other, atol=2e-3 * np.abs(one).max())


def test_sand_bears_no_tension_and_shear_only_up_to_its_friction():
    law = mw.law_of(SMALL, 0.015)
    _, b = tensors(500, 1)
    _, _, tau = ml.sand(law, b, jnp.zeros(500), jnp.zeros((3, 3, 500)), 1e-3)
    tau = np.asarray(tau, float)
    pressure = -tau[:3].mean(0)
    skew = tau - np.outer([1, 1, 1, 0, 0, 0], tau[:3].mean(0))
    size = np.sqrt((skew[:3] ** 2).sum(0) + 2 * (skew[3:] ** 2).sum(0))
    assert (pressure > -1e-3 * np.abs(tau).max()).all()
    assert (size <= 3 * float(law.cone) * pressure + 2e-3 * np.abs(tau).max()).all()


@pytest.mark.parametrize("kind", sorted(ml.LAWS))
def test_momentum_and_its_moment_are_kept_in_free_flight(kind):
    lump = replace(BALL, velocity=(0.3, 0.1, 0.0), spin=(0.0, 2.0, 1.0))
    some = scene(
        replace(SMALL, kind=kind, lumps=(lump,), cohesion_pa=1e4), gravity=(0.0, 0.0, 0.0), fps=100.0
    )
    world = mw.build_world(some)
    first = mw.start(world, some)
    last = mw.step(world, first, world.frame)
    total = np.abs(np.asarray(first.velocity.sum(1))).max()
    assert np.allclose(first.velocity.sum(1), last.velocity.sum(1), atol=1e-3 * total)


def test_a_ball_gains_what_the_sand_loses():
    bed = Lump(centre=(0.0, 0.04, 0.0), size=(0.2, 0.08, 0.2))
    ball = Body(radius=0.03, density=3000.0, position=(0.0, 0.105, 0.0), velocity=(0.0, -1.0, 0.0))
    some = scene(replace(SMALL, lumps=(bed,)), ball, gravity=(0.0, 0.0, 0.0), fps=400.0)
    world = mw.build_world(some)
    first = mw.start(world, some)
    last = mw.step(world, first, world.frame)
    weight = 4 / 3 * np.pi * float(first.balls.radius[0]) ** 3 * float(first.balls.density[0]) * mt.PER_CELL
    lost = weight * float(last.balls.velocity[0, 1] - first.balls.velocity[0, 1])
    assert lost > 0
    assert float(last.velocity[1].sum()) == pytest.approx(-lost, rel=0.02)


def test_a_surface_net_of_a_ball_is_a_closed_sphere():
    cell = 0.01
    axis = np.arange(0.0025, 0.1, 0.005) - 0.05
    p = np.stack(np.meshgrid(axis, axis, axis, indexing="ij")).reshape(3, -1).T
    p = p[np.linalg.norm(p, axis=1) < 0.04] + [0.0, 0.1, 0.0]
    field = ms.field_of(p, 0 * p + [1.0, 2.0, 3.0], cell)
    points, normals, triangles = ms.surface_net(field)
    out = points - [0.0, 0.1, 0.0]
    assert np.allclose(np.linalg.norm(out, axis=1), 0.04, atol=0.0025)
    assert (np.sum(out * normals, 1) > 0.9 * 0.04).all()
    a, b, c = points[triangles].transpose(1, 0, 2)
    assert (np.sum(np.cross(b - a, c - a) * (a - [0.0, 0.1, 0.0]), 1) > 0).mean() > 0.999
    sides = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), 1)
    assert (np.unique(sides, axis=0, return_counts=True)[1] == 2).all()
    assert np.allclose([field.at(v, points) for v in field.velocity], [[1.0], [2.0], [3.0]], atol=1e-3)


def test_points_of_jelly_follow_every_affine_motion():
    rng = np.random.default_rng(2)
    particles, points = rng.uniform(-1, 1, (400, 3)), rng.uniform(-1.05, 1.05, (60, 3))
    weights = ms.carried(points, particles)
    a, t = rng.normal(size=(3, 3)), rng.normal(size=3)
    assert np.allclose(weights @ (particles @ a.T + t), points @ a.T + t, atol=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["jelly", "sand"])
def test_pictures_show_it_where_it_is(kind):
    some = scene(replace(SMALL, kind=kind, clarity_m=0.03 if kind == "jelly" else 0.0))
    *_, last = guides(some, motion(some))
    assert np.isfinite(np.asarray(last.prior)).all()
    mine = np.asarray(last.ident) == 2
    assert 30 < mine.sum() < 800
    assert float(np.asarray(last.medium)[mine].mean()) > 0.9
    assert np.asarray(last.motion)[mine][:, 1].mean() > 0


def test_a_spout_brings_what_it_says():
    jet = Spout(position=(0.0, 0.18, 0.0), velocity=(0.0, -0.5, 0.0), radius=0.03)
    some = scene(replace(SMALL, kind="goo", lumps=(), spouts=(jet,)), frames=6)
    world = mw.build_world(some)
    *_, last = mw.frames(world, mw.start(world, some), 6)
    amount = np.pi * 0.03**2 * 0.5 * 5 / 24 / world.cell**3 * mt.PER_CELL
    assert float(last.alive.sum()) == pytest.approx(amount, rel=0.02)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cells": 8}, "matter.cells"),
        ({"cells": 128, "size": (1.0, 1.0, 1.0)}, "cells in all"),
        ({"stiffness_pa": 1e12}, "matter.stiffness_pa"),
        ({"poisson": 0.499}, "matter.poisson"),
        ({"friction_deg": 80.0}, "matter.friction_deg"),
        ({"lumps": ()}, "matter.lumps"),
        ({"lumps": (replace(BALL, centre=(1.0, 0.1, 0.0)),)}, "leaves matter's box"),
        ({"spouts": (Spout(velocity=(0.0, -50.0, 0.0), radius=1.0),)}, "particles"),
    ],
)
def test_what_cannot_be_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        check_matter(scene(replace(SMALL, **change)))


def test_a_step_too_long_is_cut_and_one_that_blows_up_is_told():
    some = scene()
    world = mw.build_world(some)
    state = mw.start(world, some)
    assert np.isfinite(np.asarray(mw.step(world, state, 4 * world.frame).place)).all()
    wild = replace(state, velocity=state.velocity.at[0, 0].set(jnp.nan))
    with pytest.raises(ValueError, match="blew up"):
        mw.step(world, wild, world.frame)
