"""No law: the smoothed track, for looking only. Beyond its ends it stands still and its uncertainty grows."""

from __future__ import annotations

import numpy as np

from physics.motion.describe import size_of
from physics.motion.fit import Law
from physics.motion.motion import Motion
from physics.motion.observed import Observed


def erratic_motion(track: Observed, sigma: np.ndarray, delta: float) -> Motion:
    """A Motion that holds the interpolated track; parameters none, confident False."""
    n, first, last = len(track.time), float(track.time[0]), float(track.time[-1])
    start, time, place = first, track.time, track.place

    def path(theta: np.ndarray, t: np.ndarray) -> np.ndarray:
        inside = np.clip(t, start, last)
        value = np.stack([np.interp(inside, time, place[:, axis]) for axis in (0, 1)], -1)
        drift = theta[:, None, :] * np.abs(t - inside)[None, :, None]
        return (value + drift)[:, :, None]

    law = Law("erratic", ("drift_x", "drift_y"), np.ones(2), np.full(2, -np.inf), np.full(2, np.inf), path)
    step = np.diff(place, axis=0) / np.diff(time)[:, None] if n > 1 else np.zeros((1, 2))
    covariance = np.diag((step**2).mean(0) + 1e-6)
    return Motion(
        model="erratic", confident=False, delta_bic=delta, parameters={}, sigma={}, events=(), span=(first,
        last), residual=float(np.median(sigma)), noise=float(np.median(sigma)), artefact=0.0,
        radius=size_of(track)[0], law=law, theta=np.zeros(2), covariance=covariance, evidence=delta,
    )  # fmt: skip
