"""Closed forms: the last places held, moved on at constant velocity, at constant acceleration.

Least squares over the last RECENT places that were seen; places in px, times in frames.
"""

from __future__ import annotations

import numpy as np

RECENT = 8
DEGREES = {"hold": 0, "velocity": 1, "acceleration": 2}


def polynomial(seen: np.ndarray, ahead: int, degree: int, recent: int = RECENT) -> np.ndarray:
    """(ahead, n, 2): polynomials through the last `recent` of the places `seen` (T, n, 2), nan where
    unseen; degree 0 holds the last one.
    """
    later = np.arange(len(seen), len(seen) + ahead)
    out = np.empty((ahead, seen.shape[1], 2))
    for i in range(seen.shape[1]):
        t = np.flatnonzero(np.isfinite(seen[:, i, 0]))[-recent:]
        if degree == 0:
            out[:, i] = seen[t[-1], i]
            continue
        for axis in range(2):
            out[:, i, axis] = np.polyval(np.polyfit(t, seen[t, i, axis], degree), later)
    return out
