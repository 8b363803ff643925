"""Grain for what is filled in: as strong and as coarse as that of the surroundings, and always the same.

The strength comes from the plate's noise map, scaled to the residual that this frame shows where the
background is in view (median absolute deviation); the coarseness from the residual's correlation between
neighbours: white noise under a Gaussian of s px has the correlation exp(-1 / (4 s^2)) at one pixel.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

FEWEST = 64  # pixels that have to be in view before the frame itself is asked
QUIET = 0.25 / 255  # below this there is no grain to match


def grain(residual: np.ndarray, noise: np.ndarray, shown: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """Noise (h, w, 3) for `residual` (h, w, 3), of which `shown` (h, w, 1) tells where it is background."""
    shown = shown[..., 0]
    sigma = np.asarray(noise, float)
    if shown.sum() >= FEWEST:
        level = 1.4826 * float(np.median(np.abs(residual[shown])))
        sigma = sigma * level / max(float(np.median(sigma[shown])), 1e-6)
    if np.median(sigma) < QUIET:
        return np.zeros_like(residual)
    white = np.random.default_rng(seed).normal(size=residual.shape)
    width = _width(residual, shown)
    if width > 0.2:
        white = ndimage.gaussian_filter(white, (width, width, 0), mode="wrap")
        white /= white.std()
    return (white * np.minimum(sigma, 0.1)[..., None]).astype(residual.dtype)


def _width(residual: np.ndarray, shown: np.ndarray) -> float:
    """Standard deviation in px of the Gaussian that makes white noise as coarse as the residual."""
    both = shown[:, 1:] & shown[:, :-1]
    if both.sum() < FEWEST:
        return 0.0
    limit = 4 * 1.4826 * float(np.median(np.abs(residual[shown])))
    a, b = (np.clip(r[both], -limit, limit) for r in (residual[:, 1:], residual[:, :-1]))
    correlation = float(np.mean(a * b) / max(np.sqrt(np.mean(a * a) * np.mean(b * b)), 1e-12))
    return 0.0 if correlation < 0.05 else float(np.sqrt(-0.25 / np.log(min(correlation, 0.8))))
