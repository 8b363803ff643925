"""What others do with a shaky track: smooth it. Three standard smoothers, for comparison.

Savitzky-Golay (1964): a local quadratic over 7 frames. Kalman filter with constant acceleration and
Rauch-Tung-Striebel smoothing (1965), white jerk. Cubic smoothing spline by generalised cross-validation
(Craven & Wahba 1979). None knows of contacts, so all three round off bounces, and all keep what is
correlated.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import make_smoothing_spline
from scipy.signal import savgol_filter

SIGMA = 0.3  # px, what the Kalman filter takes a measurement to err by
JERK = 0.05  # px^2 / frame^5, its process noise


def savitzky_golay(t: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(n, 2) px, smoothed; gaps are bridged by straight lines first."""
    every = np.arange(t[0], t[-1] + 1)
    whole = np.stack([np.interp(every, t, c) for c in x.T], -1)
    smooth = np.asarray(savgol_filter(whole, min(7, len(every) - 1 + len(every) % 2), 2, axis=0))
    return smooth[(t - t[0]).astype(int)]


def spline(t: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(n, 2) px, smoothed."""
    return np.stack([make_smoothing_spline(t, c)(t) for c in x.T], -1)


def kalman_rts(t: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(n, 2) px, filtered forwards and smoothed backwards; both axes alike."""
    n, h = len(t), np.array([1.0, 0, 0])
    state, cov = np.zeros((n, 3, 2)), np.zeros((n, 3, 3))
    ahead, ahead_cov = np.zeros((n, 3, 2)), np.zeros((n, 3, 3))
    ahead[0, 0], ahead_cov[0] = x[0], np.diag([1.0, 400.0, 25.0])
    for k in range(n):
        if k:
            f, q = _step(t[k] - t[k - 1])
            ahead[k], ahead_cov[k] = f @ state[k - 1], f @ cov[k - 1] @ f.T + q
        gain = ahead_cov[k] @ h / (h @ ahead_cov[k] @ h + SIGMA**2)
        state[k] = ahead[k] + np.outer(gain, x[k] - ahead[k, 0])
        cov[k] = ahead_cov[k] - np.outer(gain, h @ ahead_cov[k])
    for k in range(n - 2, -1, -1):
        f, _ = _step(t[k + 1] - t[k])
        back = cov[k] @ f.T @ np.linalg.inv(ahead_cov[k + 1])
        state[k] += back @ (state[k + 1] - ahead[k + 1])
    return state[:, 0]


def _step(dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Transition and noise of a constant acceleration over `dt` frames."""
    f = np.array([[1, dt, dt * dt / 2], [0, 1, dt], [0, 0, 1]])
    g = np.array([dt**3 / 6, dt**2 / 2, dt])
    return f, JERK * np.outer(g, g) / dt


SMOOTHERS = {"Savitzky-Golay 7/2": savitzky_golay, "Kalman + RTS": kalman_rts, "smoothing spline": spline}
