"""The benchmarks' metrics against oracles: the authors' FLIP, a plain SSIM, closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import metrics


def picture(seed: int, side: int = 48, smooth: float = 3.0) -> np.ndarray:
    """A coloured picture with edges, blobs and noise."""
    from scipy import ndimage

    rng = np.random.default_rng(seed)
    out = ndimage.gaussian_filter(rng.random((side, side, 3)), (smooth, smooth, 0))
    out = (out - out.min()) / np.ptp(out)
    out[side // 3 : side // 2, side // 4 :] = rng.random(3)
    return np.clip(out + rng.normal(0, 0.02, out.shape), 0, 1)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ppd", [67.0, 30.0])
def test_flip_agrees_with_its_authors(seed, ppd):
    oracle = pytest.importorskip("flip_evaluator", reason="the authors' FLIP is in the extra bench")
    a, b = picture(seed, 61), picture(seed if seed % 2 else seed + 50, 61) ** 1.3
    expected, mean, _ = oracle.evaluate(
        a.astype(np.float32), b.astype(np.float32), "LDR", applyMagma=False, parameters={"ppd": ppd}
    )
    found = metrics.flip_map(b, a, ppd)
    np.testing.assert_allclose(found, np.asarray(expected).reshape(found.shape), atol=1e-3)
    assert metrics.flip(b, a, ppd) == pytest.approx(mean, abs=1e-4)


def test_flip_of_green_and_blue_is_one():
    green, blue = (np.broadcast_to(np.eye(3)[i], (16, 16, 3)) for i in (1, 2))
    assert metrics.flip(green, blue) == pytest.approx(1.0, abs=1e-6)


@given(st.integers(0, 1000))
def test_flip_is_zero_for_equals_symmetric_and_bounded(seed):
    a, b = picture(seed, 24), picture(seed + 1, 24)
    assert metrics.flip(a, a) == 0
    assert metrics.flip(a, b) == pytest.approx(metrics.flip(b, a))
    assert 0 < metrics.flip(a, b) <= 1


def plain_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Wang 2004, window by window."""
    x, y = a @ metrics.LUMA, b @ metrics.LUMA
    g = np.exp(-((np.arange(11) - 5.0) ** 2) / 4.5)
    w = np.outer(g, g) / g.sum() ** 2
    values = []
    for i in range(x.shape[0] - 10):
        for j in range(x.shape[1] - 10):
            p, q = x[i : i + 11, j : j + 11], y[i : i + 11, j : j + 11]
            mp, mq = (w * p).sum(), (w * q).sum()
            vp, vq = (w * (p - mp) ** 2).sum(), (w * (q - mq) ** 2).sum()
            vpq = (w * (p - mp) * (q - mq)).sum()
            top = (2 * mp * mq + 1e-4) * (2 * vpq + 9e-4)
            values.append(top / ((mp**2 + mq**2 + 1e-4) * (vp + vq + 9e-4)))
    return float(np.mean(values))


def test_ssim_agrees_with_the_plain_sum():
    a, b = picture(1, 24), picture(2, 24)
    assert metrics.ssim(a, b) == pytest.approx(plain_ssim(a, b), abs=1e-9)
    assert metrics.ssim(a, a) == pytest.approx(1.0)


@given(st.floats(0.001, 0.5))
def test_psnr_of_an_offset(offset):
    a = np.full((8, 8, 3), 0.25)
    assert metrics.psnr(a + offset, a) == pytest.approx(-20 * np.log10(offset))


def test_flicker_follows_the_motion():
    before = picture(5, 40)
    frame = np.roll(before, 3, axis=1)
    motion = np.zeros((40, 40, 2), np.float32)
    motion[..., 0] = -3
    valid = np.zeros((40, 40))
    valid[:, 3:] = 1
    assert metrics.flicker(frame, before, motion, valid) == pytest.approx(0, abs=1e-6)
    assert metrics.flicker(frame + 0.1, before, motion, valid) == pytest.approx(0.1, abs=1e-6)
    assert metrics.flicker(frame, before, 0 * motion, valid) > 0.01


def test_flicker_counts_valid_pixels_only():
    frame, before = np.zeros((8, 8, 3)), np.zeros((8, 8, 3))
    before[:4] = 1
    valid = np.ones((8, 8))
    valid[:4] = 0
    assert metrics.flicker(frame, before, np.zeros((8, 8, 2), np.float32), valid) == 0


def test_rings_beside_a_shadow_edge_are_seen():
    x = np.arange(64) - 31.5
    hard, ident = np.tile((x > 0).astype(float), (64, 1)), np.ones((64, 64), int)
    soft = 0.5 + 0.2 * np.tanh(x / 4)
    rung = soft + 0.05 * np.sin(x * 1.2) * np.exp(-np.abs(x) / 6)
    band = metrics.shadow_edges(hard, ident)
    texture = np.random.default_rng(0).uniform(0.2, 0.6, (64, 64, 1)) * np.ones(3)

    def strength(profile, base):
        light = np.broadcast_to(profile[None, :, None], (64, 64, 3))
        return np.abs(metrics.bends(light * base, base, hard, band)).mean()

    grey = np.ones((64, 64, 3))
    assert strength(rung, grey) > 2.5 * strength(soft, grey) > 0
    assert strength(soft, texture) == pytest.approx(strength(soft, grey))
    exact = 0.2 / 16 * np.abs(2 * np.tanh(x[27:37] / 4) / np.cosh(x[27:37] / 4) ** 2).mean()
    assert strength(soft, grey) == pytest.approx(exact, rel=0.15)
    assert not metrics.shadow_edges(np.ones((64, 64)), ident).any()
    assert not metrics.shadow_edges(hard, (hard > 0).astype(int)).any()
