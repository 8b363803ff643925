"""The network: any size, no whole-picture statistics, magnitudes kept, memory that follows the picture."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from diffusion.network import (
    MPConv,
    NetworkConfig,
    PainterNetwork,
    depth_to_space,
    double,
    halve,
    mp_silu,
    mp_sum,
    rms_norm,
    space_to_depth,
)
from diffusion.precondition import coefficients

REACH = 80  # px the small network sees to each side: 8 a block at 1/4, 16 a block at 1/8, and the grid
WIDE, CUT = 256, 192


@pytest.fixture(scope="module")
def run(network):
    """`run(state, **inputs)`: features and denoised picture, compiled once per size."""

    @jax.jit
    def both(state, planes, history, light, x, sigma):
        net = nnx.merge(network[0], state)
        features = net.encode(planes, history, light)
        return features, net.denoise(x, sigma, features, planes)

    return both


@pytest.fixture(scope="module")
def denoise(run, network):
    return lambda **inputs: run(network[1], **inputs)[1]


@pytest.fixture(scope="module")
def untrained(run, net_inputs):
    """Inputs, features and output of the same network before its first step."""
    config = NetworkConfig(channels=(16, 32), blocks=(1, 1), embedding=16)
    state = nnx.split(PainterNetwork(config, rngs=nnx.Rngs(0)))[1]
    return net_inputs(16, WIDE), *run(state, **net_inputs(16, WIDE))


@pytest.fixture(scope="module")
def wide(denoise, net_inputs):
    inputs = net_inputs(16, WIDE)
    return inputs, np.asarray(denoise(**inputs))


@pytest.mark.parametrize(("h", "w"), [(8, 8), (64, 96), (104, 40), (384, 640), (512, 512)])
def test_any_multiple_of_eight_will_do(denoise, net_inputs, h, w):
    inputs = jax.eval_shape(lambda: net_inputs(h, w))
    assert jax.eval_shape(denoise, **inputs).shape == (1, h, w, 3)


def test_output_is_finite_and_says_something(wide):
    inputs, out = wide
    assert np.all(np.isfinite(out)) and out.std() > 0.05
    assert not np.allclose(out, coefficients(inputs["sigma"])[0][..., None] * inputs["x"])


@pytest.mark.parametrize("name", ["planes", "history", "x", "sigma"])
def test_far_pixels_do_not_matter(denoise, net_inputs, wide, name):
    inputs, out = wide
    other = net_inputs(16, WIDE, seed=1)[name]
    changed = inputs[name].at[:, :, CUT:].set(other[:, :, CUT:])
    new = np.asarray(denoise(**{**inputs, name: changed}))
    np.testing.assert_array_equal(new[:, :, : CUT - REACH], out[:, :, : CUT - REACH])
    assert np.abs(new - out)[:, :, CUT - 8 : CUT].max() > 1e-4  # near ones do


def test_a_tile_with_a_halo_is_the_picture(denoise, wide):
    inputs, out = wide
    tile = {k: v if k == "light" else v[:, :, : CUT - 8] for k, v in inputs.items()}
    inner = CUT - 8 - REACH
    np.testing.assert_allclose(denoise(**tile)[:, :, :inner], out[:, :, :inner], atol=2e-5)


def test_an_untrained_network_returns_the_skip(untrained):
    i, _, out = untrained
    np.testing.assert_allclose(out, coefficients(i["sigma"])[0][..., None] * i["x"], atol=1e-6)


def test_magnitudes_are_kept_at_the_start(untrained):
    for x in untrained[1]:
        assert 0.7 < float(jnp.sqrt(jnp.mean(x * x))) < 1.4


@pytest.mark.parametrize("size", [1, 3])
def test_mp_conv_keeps_magnitude_and_ignores_the_scale_of_its_weights(size):
    conv = MPConv(24, 32, size, rngs=nnx.Rngs(0))
    x = jax.random.normal(jax.random.key(0), (2, 16, 16, 24))
    out = conv(x)
    assert float(out[:, 2:-2, 2:-2].std()) == pytest.approx(1.0, abs=0.1)
    conv.weight[...] = 7.0 * conv.weight[...]
    np.testing.assert_allclose(conv(x), out, atol=1e-4)
    np.testing.assert_allclose(conv(x, 0.0), 0.0)


def test_magnitude_preserving_parts():
    a, b = jax.random.normal(jax.random.key(1), (2, 64, 64, 16))
    assert float(mp_silu(a).var() + mp_silu(a).mean() ** 2) == pytest.approx(1.0, abs=0.05)
    assert float(mp_sum(a, b, 0.3).std()) == pytest.approx(1.0, abs=0.02)
    np.testing.assert_allclose(jnp.mean(rms_norm(5 * a) ** 2, -1), 1.0, rtol=1e-3)


def test_space_to_depth_and_levels():
    x = jax.random.normal(jax.random.key(0), (2, 16, 24, 3))
    assert space_to_depth(x).shape == (2, 4, 6, 48)
    np.testing.assert_array_equal(depth_to_space(space_to_depth(x)), x)
    np.testing.assert_array_equal(space_to_depth(x)[0, 1, 2, :3], x[0, 4, 8])
    np.testing.assert_allclose(halve(double(x)), x, atol=1e-6)


def test_memory_grows_no_faster_than_the_picture(run, network, net_inputs):
    def scratch(h, w):
        shapes = jax.eval_shape(lambda: net_inputs(h, w))
        analysis = run.lower(network[1], **shapes).compile().memory_analysis()
        return analysis.temp_size_in_bytes

    small, large = scratch(64, 64), scratch(128, 128)
    assert large < 4.4 * small
    assert large / 128**2 < 4000  # bytes a pixel
