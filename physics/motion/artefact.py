"""The correlated part of a residual: how large a clip's own distortion is, and for how long it remembers.

Residual = white noise + a stationary Gaussian process of deviation A (Rasmussen & Williams 2006, eq.
2.30): either exponential memory (rough) or a Gaussian kernel (smooth wobble). The likeliest of a small
grid is taken. With its covariance C the fit becomes generalised least squares (Aitken 1936): residuals are
multiplied by L^-1, C = L L^T, which is what a wobbling clip still tells about its law.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

MEMORIES = (1.0, 1.7, 2.7, 4.0, 6.0, 9.0)  # frames
SIZES = (0.5, 0.8, 1.25, 2.0)  # A as a multiple of the residual's rms


@dataclass(frozen=True)
class Artefact:
    """size A (px), memory (frames), rough: exponential kernel; gain: log likelihood over white noise
    alone.
    """

    size: float
    memory: float
    rough: bool
    gain: float

    def covariance(self, time: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        """(n, n) px^2."""
        return np.diag(sigma**2) + self.size**2 * kernel(time, self.memory, self.rough)


def kernel(time: np.ndarray, memory: float, rough: bool) -> np.ndarray:
    lag = np.abs(time[:, None] - time) / memory
    return np.exp(-lag) if rough else np.exp(-0.5 * lag**2)


def log_likelihood(residual: np.ndarray, covariance: np.ndarray) -> float:
    """Of residual (n, 2) px, both axes alike, without the constant."""
    lower = np.linalg.cholesky(covariance)
    white = solve_triangular(lower, residual, lower=True, check_finite=False)
    return float(-0.5 * (white**2).sum() - residual.shape[1] * np.log(np.diag(lower)).sum())


def find(residual: np.ndarray, time: np.ndarray, sigma: np.ndarray) -> Artefact:
    """The likeliest process for residual (n, 2) px with white noise sigma (n,) px."""
    rms = float(np.sqrt((residual**2).mean()))
    white = log_likelihood(residual, np.diag(sigma**2))
    best = Artefact(0.0, 1.0, True, 0.0)
    for rough in (True, False):
        for memory in MEMORIES:
            shape = kernel(time, memory, rough)
            for size in SIZES:
                covariance = np.diag(sigma**2) + (size * rms) ** 2 * shape
                gain = log_likelihood(residual, covariance) - white
                if gain > best.gain:
                    best = Artefact(size * rms, memory, rough, gain)
    return best


def whitening(artefact: Artefact, time: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """(n, n) L^-1."""
    lower = np.linalg.cholesky(artefact.covariance(time, sigma))
    return solve_triangular(lower, np.eye(len(time)), lower=True, check_finite=False)
