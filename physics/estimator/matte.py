"""Soft outlines: how much of each pixel near a thing's rim belongs to it.

Along the rim a pixel is I = a F + (1 - a) P, with P the plate and F the thing's colour just inside, spread
outwards from the interior by normalised convolution (Knutsson & Westin 1993). Hence
a = (I - P).(F - P) / |F - P|^2, unclipped so that noise stays unbiased, drawn towards the hard mask where
F and P differ by no more than the noise. Inside a = 1, beyond the band a = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

BAND = 3  # px outside the hard mask that are looked at
CORE = 2  # px inside the hard mask that are taken to be full
SPREAD = 1.2  # px, deviation of the kernel that carries the colour outwards


@dataclass(frozen=True)
class Matte:
    """A soft outline and its moments."""

    alpha: np.ndarray  # (h, w) float32
    centre: np.ndarray  # (2,) px in the crop
    area: float  # px^2
    colour: np.ndarray  # (3,) mean of the interior


def matte(crop: np.ndarray, plate: np.ndarray, noise: np.ndarray, mask: np.ndarray) -> Matte:
    """Soft outline of `mask` (h, w) bool in a crop (h, w, 3) sRGB before `plate`; noise (h, w)."""
    core = ndimage.binary_erosion(mask, iterations=CORE, border_value=1)
    if not core.any():
        core = _boldest(crop, plate, mask)
    band = ndimage.binary_dilation(mask, iterations=BAND) & ~core
    colour, near = _spread(crop, core)
    step = colour - plate
    contrast = (step**2).sum(-1)
    alpha = ((crop - plate) * step).sum(-1) / np.maximum(contrast, 1e-9)
    trust = contrast / (contrast + 9 * noise**2) * near
    alpha = trust * np.clip(alpha, -0.5, 1.5) + (1 - trust) * mask
    alpha = np.where(core, 1.0, np.where(band, alpha, 0.0)).astype(np.float32)
    area = float(alpha.sum())
    return Matte(alpha, _centroid(alpha, area), area, crop[core].mean(0))


def _boldest(crop: np.ndarray, plate: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The third of a small mask that differs most from the plate."""
    apart = np.abs(crop - plate).sum(-1)
    return mask & (apart >= np.quantile(apart[mask], 0.67))


def _spread(crop: np.ndarray, core: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The core's colour carried outwards, and where it reaches (1) or fades out (0)."""
    weight = ndimage.gaussian_filter(core.astype(np.float32), SPREAD, truncate=4.0)
    carried = ndimage.gaussian_filter(crop * core[..., None], (SPREAD, SPREAD, 0), truncate=4.0)
    return carried / np.maximum(weight, 1e-6)[..., None], (weight > 1e-5).astype(np.float32)


def _centroid(alpha: np.ndarray, area: float) -> np.ndarray:
    h, w = alpha.shape
    x, y = np.arange(w) + 0.5, np.arange(h) + 0.5
    return np.array([alpha.sum(0) @ x, alpha.sum(1) @ y]) / max(area, 1e-6)
