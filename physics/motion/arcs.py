"""Trajectories as arcs: between two events every body follows a polynomial in time.

A path is B alternatives ("rows": starts of a search, perturbed parameters) of N bodies. An arc holds
place, velocity and the next derivatives at its start, so that a path is evaluated at any time without
stepping. Without drag the polynomial is a parabola and the path is exact; with drag it is the Taylor
series of degree four over a short step. Times in frames, places in px (x right, y down).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Arcs:
    """Paths of B rows of N bodies in E arcs.

    start: (E, B) first time of each arc, rising along E. taylor: (E, B, 5, N, 2) place and its first four
    derivatives there. contact: (E, B) int, what ended the arc before: -1 nothing, body * S + line for a
    line, N * S + pair for a pair. speed: (E, B) normal speed of that impact before it, px/frame.
    """

    start: np.ndarray
    taylor: np.ndarray
    contact: np.ndarray
    speed: np.ndarray

    def at(self, time: np.ndarray, derivative: int = 0) -> np.ndarray:
        """(B, n, N, 2) places, or a derivative of them, at `time` (n,); before the first arc it runs
        backwards.
        """
        time = np.asarray(time, float)
        index = (self.start[:, :, None] <= time).sum(0) - 1  # (B, n)
        index = np.maximum(index, 0)
        rows = np.arange(self.start.shape[1])[:, None]
        since = (time - self.start[index, rows])[..., None, None]
        taylor = self.taylor[index, rows]  # (B, n, 5, N, 2)
        value = np.zeros(taylor.shape[:2] + taylor.shape[3:])
        for power in range(4, derivative - 1, -1):  # Horner's rule on the differentiated series
            value = value * since / (power - derivative + 1) + taylor[:, :, power]
        return value
