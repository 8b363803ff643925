"""Sampler, warp, validity and moving noise, against Gaussians and slow lookups."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from diffusion.sample import (
    FRESH_SIGMAS,
    VALID_SIGMAS,
    advect_noise,
    sample_euler,
    sigma_maps,
    validity,
    warp,
)

MEAN, STD = np.float32([0.3, -0.2, 0.8]), 0.5


def gaussian_denoiser(x, sigma):
    """The exact posterior mean for data N(MEAN, STD^2)."""
    s2 = sigma[..., None] ** 2
    return (STD**2 * x + s2 * MEAN) / (STD**2 + s2)


def start(sigma: float, shape=(96, 96)):
    return sigma * jax.random.normal(jax.random.key(0), (*shape, 3)) + MEAN


def maps(levels, shape=(96, 96)):
    return [jnp.full(shape, s, jnp.float32) for s in levels]


def test_sampler_recovers_a_gaussian():
    levels = np.geomspace(80, 0.002, 120)
    x = np.asarray(sample_euler(gaussian_denoiser, start(80.0), maps(levels)))
    np.testing.assert_allclose(x.mean((0, 1)), MEAN, atol=0.02)
    np.testing.assert_allclose(x.std((0, 1)), STD, rtol=0.03)


@pytest.mark.parametrize("table", [VALID_SIGMAS, FRESH_SIGMAS])
@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_few_steps_follow_the_closed_form(table, steps):
    """Each Euler step scales x - MEAN by a + (1 - a) ratio with a = STD^2 / (STD^2 + sigma^2)."""
    levels = [*table[steps], 0.0]
    factor = 1.0
    for now, then in zip(levels, levels[1:]):
        a = STD**2 / (STD**2 + now**2)
        factor *= a + (1 - a) * then / now
    x0 = jax.random.normal(jax.random.key(1), (32, 32, 3)) * np.hypot(STD, levels[0]) + MEAN
    x = sample_euler(gaussian_denoiser, x0, maps(levels[:-1], (32, 32)))
    np.testing.assert_allclose(x, MEAN + factor * (x0 - MEAN), atol=1e-5)
    assert 0 < factor * np.hypot(STD, levels[0]) <= STD  # never more than the data's own spread


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_sigmas_fall_and_blend_between_fresh_and_valid(steps):
    v = jnp.array([[0.0, 0.5, 1.0]])
    levels = np.stack([np.asarray(s)[0] for s in sigma_maps(v, steps)])
    np.testing.assert_allclose(levels[:, 0], FRESH_SIGMAS[steps], rtol=1e-5)
    np.testing.assert_allclose(levels[:, 2], VALID_SIGMAS[steps], rtol=1e-5)
    np.testing.assert_allclose(levels[:, 1], np.sqrt(levels[:, 0] * levels[:, 2]), rtol=1e-5)
    assert np.all(np.diff(levels, axis=0) < 0) and levels.min() > 0


def test_a_constant_map_is_the_scalar():
    x = start(5.0, (16, 16))
    whole = sample_euler(gaussian_denoiser, x, maps([5.0, 1.0, 0.3], (16, 16)))
    scalar = sample_euler(gaussian_denoiser, x, [jnp.float32(s) for s in (5.0, 1.0, 0.3)])
    np.testing.assert_array_equal(whole, scalar)


def test_pixels_with_their_own_sigma_are_sampled_apart():
    half = jnp.where(jnp.arange(16)[None, :] < 8, 1.0, 0.0) * jnp.ones((16, 1))
    x = start(5.0, (16, 16))
    mixed = sample_euler(gaussian_denoiser, x, sigma_maps(half, 2))
    valid = sample_euler(gaussian_denoiser, x, sigma_maps(jnp.ones_like(half), 2))
    np.testing.assert_allclose(mixed[:, :8], valid[:, :8], rtol=1e-6)


def test_callback_sees_every_step():
    seen = []
    sample_euler(
        gaussian_denoiser, start(5.0, (4, 4)), maps([5, 2, 1], (4, 4)), lambda i, x: seen.append((i, x.shape))
    )
    assert seen == [(i, (4, 4, 3)) for i in range(3)]


def picture(h: int = 12, w: int = 17):
    return np.random.default_rng(0).random((h, w, 3)).astype(np.float32)


def even(h: int, w: int, u: float, v: float):
    return jnp.broadcast_to(jnp.array([u, v], jnp.float32), (h, w, 2))


def test_warp_by_nothing_is_the_identity():
    np.testing.assert_array_equal(warp(picture(), even(12, 17, 0, 0)), picture())


@pytest.mark.parametrize(("u", "v"), [(3, 0), (0, -2), (-4, 5)])
def test_warp_by_whole_pixels_is_exact(u, v):
    y, x = np.clip(np.arange(12) + v, 0, 11), np.clip(np.arange(17) + u, 0, 16)
    np.testing.assert_array_equal(warp(picture(), even(12, 17, u, v)), picture()[y][:, x])


@settings(max_examples=15)
@given(st.integers(0, 1000))
def test_warp_is_bilinear(seed):
    motion = np.random.default_rng(seed).uniform(-6, 6, (12, 17, 2)).astype(np.float32)
    y, x = np.mgrid[:12, :17]
    at = [np.clip(y + motion[..., 1], 0, 11), np.clip(x + motion[..., 0], 0, 16)]
    want = np.stack([map_coordinates(picture()[..., c], at, order=1) for c in range(3)], -1)
    np.testing.assert_allclose(warp(jnp.asarray(picture()), jnp.asarray(motion)), want, atol=1e-5)


def test_validity():
    ident = np.ones((8, 10), np.int32)
    ident[:, 5:] = 2
    still = even(8, 10, 0, 0)
    same = np.asarray(validity(jnp.asarray(ident), jnp.asarray(ident), still))
    assert np.all(same[:, :4] == 1) and np.all(same[:, 5:] == 1)
    assert np.all(np.asarray(validity(jnp.asarray(ident), jnp.asarray(ident), even(8, 10, -20, 0))) == 0)
    assert np.all(np.asarray(validity(jnp.asarray(ident), jnp.asarray(ident + 5), still)) == 0)
    moved = np.asarray(validity(jnp.asarray(ident), jnp.asarray(ident), even(8, 10, 3, 0)))
    assert np.all(moved[:, 2:5] == 0)  # there stood the other object
    assert np.all(moved[:, 7:] == 0)  # out of the picture
    assert np.all(np.asarray(validity(jnp.asarray(ident), jnp.asarray(ident), still, 0.25)) <= 0.25)


def turning(n: int, degrees: float = 0.7):
    """Motion back (n, n, 2) of a picture that turns about its middle and drifts."""
    y, x = np.mgrid[:n, :n] - n / 2
    a = np.radians(degrees)
    u, v = x * np.cos(a) - y * np.sin(a) - x, x * np.sin(a) + y * np.cos(a) - y
    return jnp.asarray(np.stack([u + 0.6, v - 0.3], -1), jnp.float32)


def test_noise_stays_white_on_its_way():
    n, motion = 128, turning(128)
    y, x = np.mgrid[:n, :n]
    inside = (
        (x + motion[..., 0] >= 0)
        & (x + motion[..., 0] < n)
        & (y + motion[..., 1] >= 0)
        & (y + motion[..., 1] < n)
    )
    valid = jnp.asarray(inside, jnp.float32)
    key = jax.random.key(3)

    def step(i, noise):
        return advect_noise(noise, motion, valid, jax.random.fold_in(key, i))

    noise = np.asarray(jax.lax.fori_loop(1, 101, step, jax.random.normal(key, (n, n, 3))))
    assert noise.var() == pytest.approx(1.0, abs=0.02) and abs(noise.mean()) < 0.02
    for a, b in ((noise[1:], noise[:-1]), (noise[:, 1:], noise[:, :-1]), (noise[1:, 1:], noise[:-1, :-1])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.05


def test_noise_moves_with_the_picture_and_is_fresh_where_nothing_came_from():
    noise, key = jax.random.normal(jax.random.key(0), (16, 16, 3)), jax.random.key(1)
    valid = jnp.ones((16, 16)).at[:, :8].set(0)
    kept = advect_noise(noise, even(16, 16, -1, 0), valid, key, refresh=0.0)
    np.testing.assert_allclose(kept[:, 8:], noise[:, 7:-1], atol=1e-6)
    np.testing.assert_array_equal(kept[:, :8], jax.random.normal(key, noise.shape)[:, :8])
