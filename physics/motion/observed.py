"""What was seen of one object, in plain numbers, and what is believed before looking.

Pixels: x right, y down, the top-left pixel's centre at (0.5, 0.5). Time in frames (float).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

GAUSS = 1.4826  # median absolute deviation to standard deviation
OUTLIER = 8.0  # deviations; a bounce is not an outlier, because one side still predicts it
HONEST = 1.3  # measured over claimed noise up to which the claim stands: the measure itself is good to 15 %
FEWEST = 6  # samples below which scatter cannot be told from motion


@dataclass(frozen=True)
class Observed:
    """One object's track. time (n,) frames, rising; place (n, 2) px; covariance (n, 2, 2) px^2; radius
    (n,) px.
    """

    time: np.ndarray
    place: np.ndarray
    covariance: np.ndarray
    radius: np.ndarray

    def __post_init__(self):
        n = len(self.time)
        if n == 0 or np.shape(self.place) != (n, 2) or np.shape(self.covariance) != (n, 2, 2):
            raise ValueError(
                "a track needs at least one sample: time (n,), place (n, 2), covariance (n, 2, 2)"
            )
        if np.any(np.diff(self.time) <= 0):
            raise ValueError("a track's times have to rise; sort it and drop repeated samples")

    def take(self, keep: np.ndarray) -> Observed:
        """The samples that `keep` (mask or indices) names."""
        return Observed(self.time[keep], self.place[keep], self.covariance[keep], self.radius[keep])

    @property
    def sigma(self) -> np.ndarray:
        """(n,) px, the claimed deviation per axis."""
        return np.sqrt(np.maximum(np.trace(self.covariance, axis1=1, axis2=2) / 2, 1e-6))


@dataclass(frozen=True)
class Prior:
    """What is known of a parameter before looking: Gaussian, mean and deviation."""

    mean: float
    sigma: float


@dataclass(frozen=True, kw_only=True)
class MotionConfig:
    """Beliefs and limits of `understand`.

    gravity: (gx, gy) px/frame^2 with its deviation, or None where it is to be found. restitution, keep,
    bounce: priors of e at lines, of the tangential share at lines, and of e between bodies. mass_power:
    mass = radius ** mass_power (2 discs, 3 spheres). unknown_gravity: px/frame^2, deviation of gravity
    where a track is too short to tell it. down: direction of gravity for naming only. faults: whether a clip
    may be wrong all through (faults.py), as generated ones are. level: whether a fall straight along `down`
    and a level line are tried beside those that lean: fewer numbers, more evidence where they hold.
    """

    gravity: tuple[float, float] | None = None
    gravity_sigma: float = 1e-6
    restitution: Prior | None = None
    keep: Prior | None = None
    bounce: Prior | None = None
    drag: Prior | None = None
    mass_power: float = 3.0
    mass_sigma: float = 0.3
    unknown_gravity: float = 0.3
    down: tuple[float, float] = (0.0, 1.0)
    faults: bool = False
    level: bool = False
    priors: Mapping[str, Prior] = field(default_factory=dict)


def noise_scale(track: Observed) -> float:
    """White noise as a multiple of the claimed deviation, from third differences of neighbouring samples.

    Smooth motion all but vanishes in them and events are few, so the median stands. Var = 20 sigma^2.
    """
    steps = np.diff(track.time)
    if len(steps) < 3:
        return 1.0
    even = np.isclose(steps[:-2], steps[1:-1]) & np.isclose(steps[1:-1], steps[2:])
    if even.sum() < 4:
        return 1.0
    third = np.diff(track.place, 3, axis=0)[even] / track.sigma[1:-2][even, None]
    scale = GAUSS * np.median(np.abs(third)) / np.sqrt(20.0)
    return float(scale) if scale > HONEST else 1.0


def inliers(track: Observed) -> np.ndarray:
    """(n,) mask without teleports: a sample counts as one if neither side nor the mean of both predicts
    it.
    """
    n = len(track.time)
    if n < FEWEST:
        return np.ones(n, bool)
    x, t = track.place, track.time
    away = np.full((3, n), np.inf)
    left = extrapolate(t[:-2], t[1:-1], t[2:], x[:-2], x[1:-1])
    away[0, 2:] = np.linalg.norm(x[2:] - left, axis=1)
    right = extrapolate(t[2:], t[1:-1], t[:-2], x[2:], x[1:-1])
    away[1, :-2] = np.linalg.norm(x[:-2] - right, axis=1)
    middle = extrapolate(t[:-2], t[2:], t[1:-1], x[:-2], x[2:])
    away[2, 1:-1] = np.linalg.norm(x[1:-1] - middle, axis=1)
    least = away.min(0)
    spread = GAUSS * np.median(least) + track.sigma.mean()
    return least < OUTLIER * spread


def extrapolate(t0, t1, t, x0, x1) -> np.ndarray:
    """Straight line through (t0, x0) and (t1, x1), at t."""
    return x0 + (x1 - x0) * ((t - t0) / (t1 - t0))[:, None]
