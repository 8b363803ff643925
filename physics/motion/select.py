"""Which law: evidence on independent samples, against a spline and against the other laws.

Every candidate is scored with Schwarz's criterion (1978) on Cauchy-robust residuals in units of one common
scale, the smallest that any law attains. Residuals of a corrupted clip are correlated, so they carry fewer
independent samples: n_eff = n (1 - rho) / (1 + rho) (Bayley & Hammersley 1946), with rho the lag-one
correlation of the law's residual. A spline can follow a wobble, but pays its knots with the same n_eff. A
law is trusted only if its residual is also small against the motion that it explains; hands, people and
cameras fail there.
"""

from __future__ import annotations

import numpy as np

from physics.motion.fit import CAUCHY
from physics.motion.observed import Observed
from physics.motion.spline import choices, smooth


def robust_scale(residual: np.ndarray, sigma: np.ndarray) -> float:
    """Deviation in units of `sigma` from the median of the squared distance, chi^2 of 2 degrees: median 2
    ln 2.
    """
    squared = (residual**2).sum(-1) / sigma**2
    return float(np.sqrt(np.median(squared) / (2 * np.log(2))))


def correlation(residual: np.ndarray, time: np.ndarray, sigma: np.ndarray) -> float:
    """Lag-one correlation of the residual between neighbouring frames, robust against single bad samples,
    in [0, 0.97].
    """
    size = np.sqrt((residual**2).sum(-1))
    limit = 3 * max(float(np.median(size)), 1e-9)
    bounded = residual * np.minimum(1, limit / np.maximum(size, 1e-12))[:, None]
    near = np.diff(time) < 1.5 * np.median(np.diff(time)) if len(time) > 2 else np.zeros(0, bool)
    if near.sum() < 5:
        return 0.0
    a, b = bounded[:-1][near], bounded[1:][near]
    value = float((a * b).sum() / max(np.sqrt((a**2).sum() * (b**2).sum()), 1e-12))
    return float(np.clip(value - 1.0 / np.sqrt(2 * near.sum()), 0.0, 0.97))


def independent_share(rho: float) -> float:
    return (1 - rho) / (1 + rho)


def bic(residual: np.ndarray, sigma: np.ndarray, scale: float, share: float, count: int) -> float:
    squared = (residual**2).sum(-1) / (scale * sigma) ** 2
    return share * float((CAUCHY**2 * np.log1p(squared / CAUCHY**2)).sum()) + count * np.log(
        max(2 * len(sigma), 2)
    )


def spline_bic(track: Observed, sigma: np.ndarray, scale: float, share: float) -> float:
    """The best spline's score."""
    scores = []
    for pieces in choices(len(track.time)):
        _, residual = smooth(track.time, track.place, sigma, pieces)
        scores.append(bic(residual, sigma, scale, share, 2 * (pieces + 3) + 1))
    return min(scores)
