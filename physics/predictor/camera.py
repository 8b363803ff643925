"""A camera that goes on as it moved: homographies from frame to plate, extrapolated.

The last frames' homographies H(t) are fitted by H(t) = H(last) expm(tau A), A the mean logarithm of the
steps between them (a constant velocity on the group), which continues pans, tilts, rolls and zooms alike.
Limits: no parallax; a camera that stops or turns back is not foreseen.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import expm, logm

STEPS = 12  # frames that the velocity is taken from


def continued(camera: np.ndarray, first: int) -> Callable[[float], np.ndarray]:
    """Frame number -> homography (3, 3), frame px to plate px, beyond the watched `camera` (T, 3, 3)."""
    recent = camera[-(STEPS + 1) :] / camera[-(STEPS + 1) :, 2:, 2:]
    if len(recent) < 2:
        return lambda t: recent[-1]
    total = np.real(logm(np.linalg.solve(recent[0], recent[-1]))) / (len(recent) - 1)
    end = first + len(camera) - 1

    def at(t: float) -> np.ndarray:
        found = recent[-1] @ expm((t - end) * total)
        return found / found[2, 2]

    return at
