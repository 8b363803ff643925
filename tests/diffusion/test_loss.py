"""The objective: noise levels, added noise and what the loss counts."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffusion.loss import (
    HIGHEST,
    LOWEST,
    RIM,
    add_noise,
    denoising_loss,
    draw_sigma,
)
from diffusion.precondition import coefficients

KEY = jax.random.key(0)


def test_sigma_is_drawn_within_its_range_and_even_in_the_log():
    sigma = np.asarray(draw_sigma(KEY, jnp.zeros((4000, 1, 1)).at[::2].set(1.0))).ravel()
    assert sigma.min() >= LOWEST * 0.999 and sigma.max() <= HIGHEST * 1.001
    share = (np.log(sigma) - np.log(LOWEST)) / np.log(HIGHEST / LOWEST)
    assert share.mean() == pytest.approx(0.5, abs=0.03)
    assert np.all(np.histogram(share, 5, (0, 1))[0] > 400)


def test_valid_pixels_never_get_more_noise_than_fresh_ones():
    valid = jnp.zeros((200, 4, 4)).at[:, :, :2].set(1.0)
    sigma = np.asarray(draw_sigma(KEY, valid))
    assert all(len(np.unique(s)) <= 2 for s in sigma)
    low, high = sigma[:, 0, 0], sigma[:, 0, 3]
    assert np.all(low <= high) and 0.3 < np.mean(low < high) < 0.8


def test_added_noise_has_the_asked_for_variance():
    sigma = jnp.full((300, 16, 16), 2.0).at[:, :, 8:].set(0.5)
    x = jnp.full((300, 16, 16, 3), 0.25)
    n = np.asarray(add_noise(KEY, x, sigma) - x)
    assert n[:, :, :8].std() == pytest.approx(2.0, rel=0.02) and n[:, :, 8:].std() == pytest.approx(
        0.5, rel=0.02
    )
    assert n.mean((1, 2)).std() > 0.12  # the offset that a picture has in common
    np.testing.assert_array_equal(add_noise(KEY, x, 0.0 * sigma), x)


def test_loss_is_zero_at_the_truth_and_counts_in_units_of_c_out():
    truth = jax.random.normal(KEY, (2, 32, 32, 3))
    sigma = jnp.full((2, 32, 32), 1.5)
    assert float(denoising_loss(truth, truth, sigma)) == 0.0
    c_out = float(coefficients(jnp.float32(1.5))[1])
    off = truth + 0.01 * c_out / np.sqrt(3)
    assert float(denoising_loss(off, truth, sigma)) == pytest.approx(
        0.5 * 0.01**2, rel=0.02
    )  # small: half the square
    assert float(denoising_loss(truth + 1e3, truth, sigma)) < 1e4  # large: linear


def test_the_rim_does_not_count():
    truth, sigma = jnp.zeros((1, 32, 32, 3)), jnp.ones((1, 32, 32))
    rim = jnp.ones((1, 32, 32, 1)).at[:, RIM:-RIM, RIM:-RIM].set(0.0)
    assert float(denoising_loss(truth + 5 * rim, truth, sigma)) == 0.0
    assert float(denoising_loss(truth + 5 * (1 - rim), truth, sigma)) > 1


def test_gradient_is_finite_at_the_truth():
    truth = jnp.zeros((1, 24, 24, 3))
    gradient = jax.grad(lambda x: denoising_loss(x, truth, jnp.full((1, 24, 24), LOWEST)))(truth)
    assert np.all(np.isfinite(gradient))
