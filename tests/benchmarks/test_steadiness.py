"""The measures of drift find what was put in."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from benchmarks._steadiness import OCTAVES, blurred, level, offset, spectrum
from physics.colour import linear_to_srgb, srgb_to_linear


def texture(seed: int = 0, side: int = 128) -> np.ndarray:
    grain = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(side, side)), 1.5)
    return np.repeat((0.5 + 0.1 * grain / grain.std()).clip(0, 1)[..., None], 3, -1)


@pytest.mark.parametrize("move", [(0.0, 0.0), (0.4, -0.3), (2.0, 1.0), (-1.25, 3.5)])
def test_displacement_is_found_between_pixels(move):
    base = texture()
    moved = ndimage.shift(base, (move[1], move[0], 0), order=5, mode="wrap")
    light = np.linspace(0.6, 1.1, base.shape[1])[:, None]
    np.testing.assert_allclose(offset(moved * light, base), move, atol=0.08)


def test_a_darker_picture_is_so_many_decibels_darker():
    base = texture(1)
    dark = np.asarray(linear_to_srgb(0.5 * srgb_to_linear(base)))
    np.testing.assert_allclose(level(dark, base), -3.01, atol=0.01)
    np.testing.assert_allclose(blurred(dark, base), -3.01, atol=0.03)


def test_spectrum_finds_the_octave_that_was_lost():
    wave = np.sin(2 * np.pi * np.arange(128) * 0.35) * 0.1
    base = texture(2)
    change = spectrum(base + wave[None, :, None]) - spectrum(base)
    assert np.argmax(change) == len(OCTAVES) - 1 and change[-1] > 3
    np.testing.assert_allclose(change[:3], 0, atol=0.1)
    np.testing.assert_allclose(spectrum(0.5 * base) - spectrum(base), -6.02, atol=0.01)
