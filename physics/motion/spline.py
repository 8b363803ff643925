"""The rival of every law: a smooth curve with no reason, a cubic B-spline whose number of knots the
evidence chooses.

de Boor 1978. Even knots; least squares with Cauchy weights. If a law does not beat it, the motion is
called erratic.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import BSpline

MOST = 16  # intervals
ITERATIONS = 4


def basis(time: np.ndarray, first: float, last: float, pieces: int) -> np.ndarray:
    """(n, pieces + 3) cubic B-splines; beyond the ends they go on as the outermost polynomials."""
    inner = np.linspace(first, last, pieces + 1)
    knots = np.concatenate(([first] * 3, inner, [last] * 3))
    return np.nan_to_num(BSpline(knots, np.eye(pieces + 3), 3, extrapolate=True)(time))


def smooth(
    time: np.ndarray, place: np.ndarray, sigma: np.ndarray, pieces: int
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (pieces + 3, 2) and residual (n, 2) px."""
    design = basis(time, time[0], time[-1], pieces)
    weight = 1 / sigma**2
    coefficients = np.zeros((pieces + 3, 2))
    for _ in range(ITERATIONS):
        gram = design.T @ (design * weight[:, None]) + 1e-9 * np.eye(pieces + 3)
        coefficients = np.linalg.solve(gram, design.T @ (place * weight[:, None]))
        squared = ((place - design @ coefficients) ** 2).sum(1) / sigma**2
        typical = max(float(np.median(squared)), 1e-12)
        weight = 1 / sigma**2 / (1 + squared / (9 * typical))
    return coefficients, place - design @ coefficients


def choices(samples: int) -> range:
    """Numbers of pieces worth trying for so many samples."""
    return range(1, max(2, min(MOST, samples // 3)))
