"""Preconditioning: table 1 of Karras et al. 2022, and what it is for."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion.precondition import SCALE, SIGMA_DATA, coefficients, to_frame, to_residual

SIGMA = st.floats(0.01, 50.0)


@given(SIGMA)
def test_table_1(sigma):
    skip, out, scale = (float(c) for c in coefficients(jnp.float32(sigma)))
    d = SIGMA_DATA
    assert skip == pytest.approx(d**2 / (sigma**2 + d**2), rel=1e-4)
    assert out == pytest.approx(sigma * d / np.sqrt(d**2 + sigma**2), rel=1e-4)
    assert scale == pytest.approx(1 / np.sqrt(sigma**2 + d**2), rel=1e-4)


@given(SIGMA)
def test_input_and_target_have_unit_variance(sigma):
    """For data of variance SIGMA_DATA^2: Var[c_in (x + n)] = Var[(x - c_skip (x + n)) / c_out] = 1."""
    skip, out, scale = (float(c) for c in coefficients(jnp.float32(sigma)))
    d2, s2 = SIGMA_DATA**2, sigma**2
    assert scale**2 * (d2 + s2) == pytest.approx(1.0, rel=1e-4)
    assert ((1 - skip) ** 2 * d2 + skip**2 * s2) / out**2 == pytest.approx(1.0, rel=1e-3)


def test_limits():
    skip, out, _ = coefficients(jnp.array([1e-4, 1e4]))
    np.testing.assert_allclose(skip, [1.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(out, [0.0, SIGMA_DATA], atol=2e-4)


def test_a_constant_map_is_the_scalar():
    for whole, one in zip(coefficients(jnp.full((4, 5), 0.7)), coefficients(jnp.float32(0.7))):
        assert whole.shape == (4, 5)
        np.testing.assert_array_equal(whole, np.full((4, 5), one))


@given(
    st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3),
    st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3),
)
def test_residual_round_trip(frame, prior):
    frame, prior = np.float32(frame), np.float32(prior)
    np.testing.assert_allclose(to_frame(to_residual(frame, prior), prior), frame, atol=1e-6)
    np.testing.assert_allclose(to_residual(frame, prior), SCALE * (frame - prior), atol=1e-5)


def test_frames_are_clipped():
    assert float(to_frame(jnp.float32(50.0), jnp.float32(0.5))) == 1.0
    assert float(to_frame(jnp.float32(-50.0), jnp.float32(0.5))) == 0.0
