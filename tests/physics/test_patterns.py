"""Patterns: bounds, determinism, filtering, means, and the geometry that a ball's seams must have."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physics import antialias, noise
from physics.colour import srgb_to_linear
from physics.patterns import BALL_ONLY, DEFAULT_COLOURS, base_colour, mean_colour
from physics.scene import PATTERNS

FLOORS = tuple(p for p in PATTERNS if p not in BALL_ONLY)
NATURAL = ("wood", "concrete", "marble", "grass", "sand", "snow", "ice", "carpet", "court", "tile")
COUNT = 60_000  # one size for all, so that each pattern is compiled once
CASES = [(p, False) for p in FLOORS] + [(p, True) for p in PATTERNS]


def _points(ball: bool, count: int = COUNT, extent: float = 150.0, seed: int = 0):
    rng = np.random.default_rng(seed)
    if ball:
        p = rng.normal(size=(count, 3))
        return (p / np.linalg.norm(p, axis=-1, keepdims=True)).astype(np.float32)
    p = rng.uniform(-extent, extent, (count, 3)).astype(np.float32)
    p[:, 1] = 0
    return p


@functools.cache
def _painter(pattern: str, ball: bool):
    return jax.jit(lambda p, f, c1, c2: base_colour(pattern, p, f, c1, c2, ball=ball))


def _paint(pattern, p, footprint, ball=False, colours=None):
    c1, c2 = (jnp.array(c, jnp.float32) for c in colours or DEFAULT_COLOURS[pattern])
    return np.asarray(_painter(pattern, ball)(jnp.asarray(p), jnp.float32(footprint), c1, c2))


def test_every_pattern_has_default_colours():
    assert set(DEFAULT_COLOURS) == set(PATTERNS)


@pytest.mark.parametrize(("pattern", "ball"), CASES)
def test_finite_in_range_and_deterministic(pattern, ball):
    p = _points(ball)
    for footprint in (0.0, 1e-3, 0.05, 5.0):
        first, second = (_paint(pattern, p, footprint, ball) for _ in range(2))
        assert first.shape == p.shape and first.dtype == np.float32
        assert np.all(np.isfinite(first)) and first.min() >= 0 and first.max() <= 1
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("pattern", "ball"), CASES)
def test_coarser_footprint_never_adds_contrast(pattern, ball):
    p = _points(ball, extent=40.0)
    widest = 0.25 if ball else 30.0
    spread = [
        _paint(pattern, p, f, ball).astype(np.float64).std(0).mean() for f in np.geomspace(1e-3, widest, 9)
    ]
    assert np.all(np.diff(spread) <= 0.02 * max(spread) + 1e-6), spread
    if not ball and pattern != "court":
        assert spread[-1] < 1e-3


@pytest.mark.parametrize("pattern", FLOORS)
def test_far_floor_is_the_mean_of_the_near_floor(pattern):
    near = _paint(pattern, _points(False), 1e-4).astype(np.float64).mean(0)
    np.testing.assert_allclose(near, mean_colour(pattern, *DEFAULT_COLOURS[pattern]), rtol=0.04)


@pytest.mark.parametrize("pattern", BALL_ONLY)
def test_mean_colour_of_a_ball(pattern):
    mean = _paint(pattern, _points(True), 1e-3, ball=True).astype(np.float64).mean(0)
    np.testing.assert_allclose(mean, mean_colour(pattern, *DEFAULT_COLOURS[pattern]), rtol=0.04)


@pytest.mark.parametrize("pattern", NATURAL)
def test_natural_floors_keep_the_colour_asked_for(pattern):
    colour, colour2 = DEFAULT_COLOURS[pattern]
    asked = np.asarray(srgb_to_linear(jnp.array(colour)))
    np.testing.assert_allclose(mean_colour(pattern, colour, colour2), asked, rtol=0.10)


def test_plain_is_exact():
    colour = (0.8, 0.1, 0.05)
    out = _paint("plain", _points(True, 50), 1e-3, ball=True, colours=(colour, (0.0, 0.0, 0.0)))
    np.testing.assert_array_equal(
        out, np.broadcast_to(srgb_to_linear(np.array(colour, np.float32)), out.shape)
    )


@pytest.mark.parametrize(("pattern", "ball"), CASES)
def test_continuous_once_filtered(pattern, ball):
    """A step of a hundredth of a footprint changes the colour by a little only: no seams, no jumps."""
    p, footprint = _points(ball, extent=20.0), 0.01
    step = np.array([0.6e-4, 0.0, 0.8e-4], np.float32)
    change = np.abs(_paint(pattern, p + step, footprint, ball) - _paint(pattern, p, footprint, ball))
    assert np.quantile(change, 0.999) < 0.03
    assert change.max() < 0.30  # where a plank or a tile ends its tone may change within the joint


@pytest.mark.parametrize("pattern", ["tile", "wood", "football"])
def test_shapes_and_jit_agree(pattern):
    p = _points(pattern == "football", 24)
    colours = tuple(jnp.array(c) for c in DEFAULT_COLOURS[pattern])
    flat = base_colour(pattern, p, 0.01, *colours)
    boxed = _painter(pattern, False)(p.reshape(2, 3, 4, 3), jnp.full((2, 3, 4), 0.01), *colours)
    np.testing.assert_allclose(boxed.reshape(-1, 3), flat, atol=3e-3)
    assert _painter(pattern, False)(p[0], 0.01, *colours).shape == (3,)


def test_unknown_pattern_names_the_choices():
    with pytest.raises(ValueError, match="unknown pattern 'tartan'.*wood"):
        base_colour("tartan", jnp.zeros(3), 0.01, (1, 1, 1), (0, 0, 0))


@pytest.mark.parametrize("pattern", ["wood", "concrete", "sand", "grass"])
def test_floors_do_not_repeat(pattern):
    patch = _points(False, extent=8.0)
    here, there = (
        _paint(pattern, patch + np.array([dx, 0, 0], np.float32), 2e-3)[:, 0] for dx in (0.0, 64.0)
    )
    assert abs(np.corrcoef(here, there)[0, 1]) < 0.30


def test_football_has_twelve_pentagons_of_the_right_area():
    """A truncated icosahedron's pentagons cover 28.2 % of the sphere; here less their seams."""
    black = _paint("football", _points(True), 1e-3, colours=((1, 1, 1), (0, 0, 0)))[:, 0] < 0.02
    vertex = np.array([0.0, 1 / 3, 1.618034]) / np.linalg.norm([0.0, 1 / 3, 1.618034])  # 3 panels meet here
    centre = np.array([0.0, 1.0, 1.618034]) / np.linalg.norm([0.0, 1.0, 1.618034])
    hexagon = np.ones(3) / np.sqrt(3)
    colours = _paint("football", np.stack([centre, hexagon, vertex]).astype(np.float32), 1e-3)[:, 0]
    assert colours[0] < 0.05 and colours[1] > 0.7 and 0.05 < colours[2] < 0.5
    assert 0.25 < black.mean() < 0.282


def test_tennis_seam_halves_the_ball():
    """A quarter turn with a reflection swaps the two panels and so keeps the seam."""
    p = _points(True)
    turned = np.stack([p[:, 1], -p[:, 0], -p[:, 2]], -1)
    here, there = (_paint("tennis", q, 1e-3, colours=((0, 0, 0), (1, 1, 1)))[:, 0] > 0.5 for q in (p, turned))
    assert 0.05 < here.mean() < 0.12
    assert np.mean(here != there) < 0.03  # the lint on the seam's edge is not symmetric


def test_beach_ball_shows_four_colours_in_their_shares():
    out = _paint("beach_ball", _points(True), 1e-4, colours=((1, 0, 0), (0, 0, 1)))
    red, blue = out[:, 0] - out[:, 1] > 0.6, out[:, 2] - out[:, 1] > 0.6
    white = out.min(-1) > 0.5
    assert (
        abs(red.mean() - 1 / 6) < 0.02 and abs(blue.mean() - 1 / 6) < 0.02 and abs(white.mean() - 0.5) < 0.02
    )


@given(x=st.floats(-50, 50), share=st.floats(0.05, 0.95), footprint=st.floats(0.01, 0.45))
@settings(max_examples=25, deadline=None)
def test_bands_are_the_box_filter_of_a_square_wave(x, share, footprint):
    samples = x + footprint * (np.arange(4001) / 4000 - 0.5)
    oracle = (np.mod(samples + share / 2, 1.0) < share).mean()
    assert abs(float(antialias.bands(jnp.float32(x), share, footprint)) - oracle) < 3e-3


@given(d=st.floats(-2, 2), half=st.floats(0.01, 1), footprint=st.floats(0.02, 2))
@settings(max_examples=25, deadline=None)
def test_a_line_is_its_box_filter(d, half, footprint):
    samples = d + footprint * (np.arange(4001) / 4000 - 0.5)
    assert abs(float(antialias.line(d, half, footprint)) - (np.abs(samples) < half).mean()) < 2e-3


@pytest.mark.parametrize("dimensions", [2, 3])
def test_noise_is_balanced_and_smooth(dimensions):
    p = jnp.asarray(np.random.default_rng(1).uniform(-9000, 9000, (dimensions, 100_000)), jnp.float32)
    sample = noise.noise2 if dimensions == 2 else noise.noise3
    n = np.asarray(sample(*p, seed=5))
    assert abs(n.mean()) < 0.005 and 0.2 < n.std() < 0.35 and np.abs(n).max() < 1.6
    assert abs(np.corrcoef(n, sample(*p, seed=6))[0, 1]) < 0.02
    cell_edge = jnp.array([[3.0 - 1e-4], [0.3], [0.7]])[:dimensions]
    across = cell_edge + jnp.array([[2e-4], [0.0], [0.0]])[:dimensions]
    assert abs(float((sample(*cell_edge) - sample(*across))[0])) < 2e-3


def test_nearest_point_agrees_with_brute_force():
    rng = np.random.default_rng(2)
    x, z = (jnp.asarray(a, jnp.float32) for a in rng.uniform(2, 6, (2, 300)))
    i, j = np.meshgrid(np.arange(0, 9), np.arange(0, 9), indexing="ij")
    h = noise.hash_cell(jnp.uint32(i.ravel()), jnp.uint32(j.ravel()), 9)
    px, pz = i.ravel() + np.asarray(noise.unit(h, 0)), j.ravel() + np.asarray(noise.unit(h, 2))
    distance = np.sort(np.hypot(np.asarray(x)[:, None] - px, np.asarray(z)[:, None] - pz), axis=1)
    first, second, _ = noise.nearest_point2(x, z, 9)
    np.testing.assert_allclose(first, distance[:, 0], atol=1e-5)
    assert np.mean(np.abs(second - distance[:, 1]) < 1e-5) > 0.98
