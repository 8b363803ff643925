"""One object as it was watched, whoever watched it: `brief` on plain backgrounds, physics.estimator
anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from physics.predictor.looks import Look


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """Measurements in n frames. Places are px of the plate; `seen_at` px of the frame."""

    id: int  # from 1
    time: np.ndarray  # (n,) frame numbers, rising
    place: np.ndarray  # (n, 2)
    seen_at: np.ndarray  # (n, 2)
    covariance: np.ndarray  # (n, 2, 2)
    radius: np.ndarray  # (n,) at half cover, nan where it cannot be told
    visible: np.ndarray  # (n,)
    look: Look
    contact: float = 0.0  # px that a touch begins outside the radius
    growth: float | None = None  # px per frame, where it is known better than `radius` tells
    angle: np.ndarray = field(default_factory=lambda: np.zeros(0))  # (n,) rad, nan where it cannot be told
    blur: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))  # (n, 2) px
    attached_to: int | None = None
    bias: float = 0.0  # px per axis, deviation of what all places are off alike

    def last_radius(self, time: float) -> float:
        """Radius at `time`: the median, or the trend where it grows."""
        good = np.isfinite(self.radius)
        if not good.any():
            return float(np.nanmax(np.r_[2.0, self.radius]))
        middle = float(np.median(self.radius[good]))
        growth = self.growing()
        return middle if growth == 0 else middle + growth * (time - float(np.median(self.time[good])))

    def growing(self) -> float:
        """Growth of the radius, px per frame; 0 unless it is well over its scatter."""
        if self.growth is not None:
            return self.growth
        good = np.isfinite(self.radius) & (self.visible > 0.98)
        if good.sum() < 5:
            return 0.0
        t, r = self.time[good] - self.time[good].mean(), self.radius[good]
        slope = float(t @ r / (t @ t))
        rest = r - r.mean() - slope * t
        sigma = np.sqrt(max((rest @ rest) / max(len(t) - 2, 1), 1e-4) / (t @ t)) * 2
        return slope if abs(slope) > 5 * sigma and abs(slope) * np.ptp(t) > 0.04 * r.mean() else 0.0

    def spin(self, time: float) -> tuple[float, float]:
        """(angle at `time`, rad; rad per frame) from the angles seen; zeros where they tell nothing."""
        good = (
            np.isfinite(self.angle) if len(self.angle) == len(self.time) else np.zeros(len(self.time), bool)
        )
        if good.sum() < 3:
            return (float(self.angle[good][-1]) if good.any() else 0.0), 0.0
        t, a = self.time[good], np.unwrap(self.angle[good])
        recent = t > t[-1] - 12
        slope, start = np.polyfit(t[recent] - time, a[recent], 1) if recent.sum() > 2 else (0.0, a[-1])
        return float(start), float(slope)

    def shutter(self) -> float:
        """Share of a frame for which the shutter is open, from blur over speed."""
        if len(self.blur) < 3 or not np.any(np.hypot(*self.blur.T) > 0):
            return 0.0
        speed = np.linalg.norm(np.gradient(self.place, self.time, axis=0), axis=1)
        length = np.hypot(*self.blur.T)
        moving = (speed > 2) & (length > 0)
        return float(np.clip(np.median(length[moving] / speed[moving]), 0, 1)) if moving.any() else 0.0
