"""Cubic B-splines on pixel grids, separable: values and exact derivatives from four knots per axis.

Unser, Aldroubi & Eden 1993. A picture becomes coefficients once (`coefficients`); reading it on a shifted and
scaled grid is then four multiply-adds per axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

PAD = 2  # knots of zeros around, so that a picture fades to nothing outside


@dataclass(frozen=True)
class Taps:
    """Which four knots m places need, and how much of each: (m, 4) index, value and derivative weights."""

    index: np.ndarray
    value: np.ndarray
    slope: np.ndarray


def coefficients(planes: np.ndarray) -> np.ndarray:
    """Spline coefficients (c, h + 2 PAD, w + 2 PAD) float32 of planes (c, h, w)."""
    wide = np.pad(np.asarray(planes, float), ((0, 0), (PAD, PAD), (PAD, PAD)))
    return np.stack([ndimage.spline_filter(plane, 3, mode="mirror") for plane in wide]).astype(np.float32)


def taps(at: np.ndarray, n: int) -> Taps:
    """For places `at` (m,) in pixels of the unpadded picture (first pixel's centre at 0.5); n knots."""
    knot = at - 0.5 + PAD
    first = np.floor(knot).astype(int) - 1
    index = first[:, None] + np.arange(4)
    u = knot - first - 1
    v = 1 - u
    value = np.stack([v**3 / 6, 2 / 3 - u**2 + u**3 / 2, 2 / 3 - v**2 + v**3 / 2, u**3 / 6], -1)
    slope = np.stack([-(v**2) / 2, -2 * u + 1.5 * u**2, 2 * v - 1.5 * v**2, u**2 / 2], -1)
    inside = (index >= 0) & (index < n)
    parts = (np.where(inside, weights, 0).astype(np.float32) for weights in (value, slope))
    return Taps(np.clip(index, 0, n - 1), *parts)


def along_x(planes: np.ndarray, index: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(c, h, w) -> (c, h, m)."""
    return sum((planes[:, :, index[:, k]] * weights[:, k] for k in range(4)), np.float32(0))  # pyright: ignore


def along_y(planes: np.ndarray, index: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(c, h, w) -> (c, m, w)."""
    return sum((planes[:, index[:, k]] * weights[:, k, None] for k in range(4)), np.float32(0))  # pyright: ignore


def resampled(planes: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Planes (c, h, w) read at the grid of places x (m,), y (k,): (c, k, m)."""
    splines = coefficients(planes)
    across, down = taps(x, splines.shape[2]), taps(y, splines.shape[1])
    return along_y(along_x(splines, across.index, across.value), down.index, down.value)
