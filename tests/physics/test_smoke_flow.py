"""The flow solver against dense algebra, closed forms and invariants."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physics.worlds.fluid import advect, confinement, diffuse, flow, traces, vorticity
from physics.worlds.fluid_grid import (
    SIDES,
    Domain,
    centres,
    divergence,
    faces,
    project,
    sample,
    solve_poisson,
    still,
    to_faces,
)


def _noise(domain: Domain, seed: int = 0):
    rng = np.random.default_rng(seed)
    axes = range(len(domain.cells))
    return tuple(jnp.asarray(rng.normal(size=domain.face_shape(a)), jnp.float32) for a in axes)


@pytest.mark.parametrize("sides", [(s, "walls") for s in SIDES] + [("open", "floor", "periodic")])
def test_projection_leaves_no_divergence(sides):
    domain = Domain((12, 9, 8)[: len(sides)], 0.1, sides)
    before = _noise(domain)
    after = project(domain, before)
    assert float(jnp.abs(divergence(domain, after)).max()) < 1e-5 * float(
        jnp.abs(divergence(domain, before)).max()
    )


def test_projection_takes_the_nearest_velocity():
    """It is orthogonal: projecting twice changes nothing, and what is taken off is a gradient."""
    domain = Domain((16, 12), 0.1, ("walls", "walls"))
    once = project(domain, _noise(domain))
    twice = project(domain, once)
    before = project(domain, _noise(domain))
    inner = sum(float(jnp.sum((a - b) * b)) for a, b in zip(_noise(domain), before, strict=True))
    closed = sum(float(jnp.sum(jnp.square(c))) for c in before)
    assert max(float(jnp.abs(a - b).max()) for a, b in zip(once, twice, strict=True)) < 1e-5
    assert abs(inner) < 1e-4 * closed


def test_poisson_agrees_with_dense_algebra():
    domain = Domain((6, 5), 1.0, ("floor", "periodic"))
    right = np.random.default_rng(0).normal(size=(6, 5))
    x = -2 * np.eye(6) + np.eye(6, k=1) + np.eye(6, k=-1)
    x[0, 0] = -1
    y = -2 * np.eye(5) + np.eye(5, k=1) + np.eye(5, k=-1)
    y[0, -1] = y[-1, 0] = 1
    dense = np.kron(x, np.eye(5)) + np.kron(np.eye(6), y)
    want = np.linalg.solve(dense, right.reshape(-1)).reshape(6, 5)
    np.testing.assert_allclose(solve_poisson(domain, jnp.asarray(right, jnp.float32)), want, atol=1e-4)


def test_expansion_is_what_the_source_says():
    domain = Domain((12, 12), 0.5, ("open", "floor"))
    source = jnp.zeros((12, 12)).at[5, 4].set(2.0)
    np.testing.assert_allclose(divergence(domain, project(domain, still(domain), source)), source, atol=1e-5)


def test_a_vortex_keeps_its_energy():
    n = 32
    domain = Domain((n, n), 2 * np.pi / n, ("periodic", "periodic"))
    x, y = (np.asarray(faces(domain, a)) * domain.spacing for a in (0, 1))
    u = (np.cos(x[0]) * np.sin(x[1])).reshape(n, n), -(np.sin(y[0]) * np.cos(y[1])).reshape(n, n)
    now = start = tuple(jnp.asarray(c, jnp.float32) for c in u)
    for _ in range(6):
        now = flow(domain, now, 0.15)
    ratio = sum(float(jnp.sum(c * c)) for c in now) / sum(float(jnp.sum(c * c)) for c in start)
    assert 0.995 < ratio < 1.001


@given(st.floats(-3, 3), st.floats(-3, 3))
@settings(max_examples=8, deadline=None)
def test_uniform_wind_carries_a_field_unchanged_in_sum(u, v):
    domain = Domain((10, 10), 1.0, ("periodic", "periodic"))
    rows = jnp.asarray(np.random.default_rng(1).random((100, 2)), jnp.float32)
    moved = advect(domain, rows, *traces(domain, still(domain, (u, v)), 1.0))
    np.testing.assert_allclose(moved.sum(0), rows.sum(0), rtol=0.05)
    assert float(moved.min()) >= float(rows.min()) - 1e-6 and float(moved.max()) <= float(rows.max()) + 1e-6


def test_whole_cells_are_moved_exactly_on_fine_grids_too():
    domain = Domain((8, 8), 0.5, ("periodic", "periodic"))
    field = np.random.default_rng(2).random((16, 16)).astype(np.float32)
    ways = traces(domain, still(domain, (1.0, -0.5)), 1.0)
    moved = advect(domain, jnp.asarray(field.reshape(-1, 1)), *ways, refine=2)
    np.testing.assert_allclose(np.asarray(moved).reshape(16, 16), np.roll(field, (4, -2), (0, 1)), atol=1e-5)


def test_clean_air_comes_in_through_open_sides():
    domain = Domain((8, 8), 1.0, ("open", "open"))
    ways = traces(domain, still(domain, (2.0, 0.0)), 1.0)
    moved = advect(domain, jnp.ones((64, 1)), *ways, inflow=jnp.zeros(1)).reshape(8, 8)
    assert float(moved[0].max()) == 0 and float(moved[4:].min()) == 1


def test_viscosity_decays_a_shear_as_it_should():
    n, nu = 32, 0.1
    domain = Domain((n, n), 2 * np.pi / n, ("periodic", "periodic"))
    y = np.asarray(faces(domain, 0))[1].reshape(n, n) * domain.spacing
    u = (jnp.asarray(np.sin(y), jnp.float32), jnp.zeros((n, n)))
    for _ in range(100):
        u = diffuse(domain, u, nu, 0.02)
    assert float(jnp.abs(u[0]).max()) == pytest.approx(np.exp(-nu * 2.0), rel=5e-3)


def test_a_moving_lid_drags_the_gas_below_it():
    domain = Domain((8, 8), 0.125, ("walls", "walls"))
    u = diffuse(domain, still(domain), 0.01, 0.05, lid=1.0)
    assert float(u[0][4, -1]) > 0 and float(u[0][4, 0]) == 0


def test_vorticity_of_a_solid_rotation_and_where_confinement_pushes():
    domain = Domain((9, 9, 8), 1.0, ("walls", "walls", "periodic"))
    at = [np.asarray(faces(domain, a)) - 4.5 for a in range(3)]
    u = (-at[0][1], at[1][0], 0 * at[2][0])
    u = tuple(jnp.asarray(c, jnp.float32).reshape(domain.face_shape(a)) for a, c in enumerate(u))
    w = vorticity(domain, u)
    np.testing.assert_allclose(w[2], 2.0, atol=1e-5)
    np.testing.assert_allclose(w[:2], 0.0, atol=1e-5)
    assert max(float(jnp.abs(f).max()) for f in confinement(domain, u, 1.0)) < 1e-2  # no ridge, no force


def test_sampling_agrees_with_scipy():
    from scipy.ndimage import map_coordinates

    field = np.random.default_rng(3).random((7, 6, 5)).astype(np.float32)
    at = np.random.default_rng(4).uniform(-1, 7, (3, 203)).astype(np.float32)
    ours = sample(jnp.asarray(field.reshape(-1)), field.shape, jnp.asarray(at), (False,) * 3)
    np.testing.assert_allclose(ours, map_coordinates(field, at, order=1, mode="nearest"), atol=1e-5)


def test_faces_are_means_of_cells():
    domain = Domain((4, 4), 1.0, ("walls", "walls"))
    field = centres(domain)[0].reshape(4, 4)
    np.testing.assert_allclose(to_faces(domain, field, 0)[:, 0], [0.5, 1.0, 2.0, 3.0, 3.5])


@pytest.mark.parametrize("cells", [(1, 64), (3, 3, 3), (1000, 1000, 1000)])
def test_grids_that_cannot_be_run_are_refused(cells):
    with pytest.raises(ValueError, match="at least 4 along each axis and at most 4,000,000"):
        Domain(cells, 1.0, ("walls",) * len(cells))
