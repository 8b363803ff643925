"""Colour: sRGB against published values, the tone curve against its specification."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from physics.colour import (
    LUMA,
    display,
    linear_to_srgb,
    luminance,
    scene_linear,
    srgb_to_linear,
    tone_map,
)

UNIT = st.floats(0.0, 1.0, width=32)


def neutral(c):
    """Khronos PBR Neutral, specification 1.0, one colour at a time as in its listing."""
    start, desaturation = 0.8 - 0.04, 0.15
    low = min(c)
    offset = low - 6.25 * low * low if low < 0.08 else 0.04
    c = [v - offset for v in c]
    peak = max(c)
    if peak < start:
        return c
    d = 1.0 - start
    new_peak = 1.0 - d * d / (peak + d - start)
    c = [v * new_peak / peak for v in c]
    g = 1.0 - 1.0 / (desaturation * (peak - new_peak) + 1.0)
    return [v * (1 - g) + new_peak * g for v in c]


@given(arrays(np.float32, (5, 3), elements=UNIT))
def test_srgb_round_trip(c):
    np.testing.assert_allclose(linear_to_srgb(srgb_to_linear(c)), c, atol=2e-6)
    np.testing.assert_allclose(srgb_to_linear(linear_to_srgb(c)), c, atol=2e-6)


@pytest.mark.parametrize(("srgb", "linear"), [
    (0.0, 0.0), (0.02, 0.02 / 12.92), (0.04045, 0.0031308), (0.5, 0.21404114), (119 / 255, 0.18447499),
    (1.0, 1.0),
])  # fmt: skip
def test_srgb_published_values(srgb, linear):
    assert float(srgb_to_linear(srgb)) == pytest.approx(linear, abs=2e-7)
    assert float(linear_to_srgb(linear)) == pytest.approx(srgb, abs=2e-6)


def test_srgb_clips_outside():
    np.testing.assert_allclose(linear_to_srgb(np.float32([-1.0, 2.0])), [0.0, 1.0], atol=1e-6)


@given(st.lists(st.floats(0.0, 50.0, width=32), min_size=3, max_size=3))
def test_tone_map_is_the_specified_curve(c):
    np.testing.assert_allclose(tone_map(np.float32(c)), neutral(c), atol=3e-6)


@given(st.lists(st.floats(0.0801, 0.799), min_size=3, max_size=3))
def test_tone_map_shifts_a_base_colour_by_the_fresnel_offset_only(c):
    np.testing.assert_allclose(tone_map(np.float32(c)), np.float32(c) - 0.04, atol=1e-6)


def test_tone_map_is_monotone_and_stays_below_one():
    grey = np.concatenate([np.linspace(0, 2, 2001), np.linspace(2, 200, 500)])
    out = np.asarray(tone_map(np.float32(grey)[:, None] * np.ones(3, np.float32)))
    assert np.all(np.diff(out[:, 0]) >= 0) and out.min() >= 0 and out.max() < 1
    assert np.all(np.diff(out[:1500, 0]) > 0)
    np.testing.assert_array_equal(out[:, 0], out[:, 2])


@given(st.lists(UNIT, min_size=3, max_size=3), st.floats(0.1, 20.0), st.floats(1.0, 3.0))
def test_more_light_is_never_darker(colour, exposure, gain):
    dim, bright = (
        np.asarray(tone_map(np.float32(colour) * np.float32(e))) for e in (exposure, exposure * gain)
    )
    assert bright.max() >= dim.max() - 1e-6


def test_luminance_and_display():
    assert sum(LUMA) == pytest.approx(1.0)
    assert float(luminance(np.float32([0.3, 0.3, 0.3]))) == pytest.approx(0.3, abs=1e-6)
    c = np.float32([[0.2, 0.4, 0.6]])
    np.testing.assert_allclose(display(c), linear_to_srgb(c - 0.04), atol=1e-6)


@given(arrays(np.float32, (5, 3), elements=st.floats(0.0, 4.0, width=32)))
def test_what_is_shown_says_what_light_it_was(radiance):
    again = scene_linear(np.asarray(display(radiance)))
    np.testing.assert_allclose(again, radiance, rtol=2e-2, atol=4e-3)
