"""What was understood: one motion per object, with parameters, events, evidence and predictive uncertainty.

Image plane; px (x right, y down) and frames. The predictive covariance is J C J^T with C = (J^T W J)^-1 of
the fit, scaled to the residual found and to the number of independent samples, plus the artefact that the
picture itself shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from physics.motion.fit import NUDGE, Law
from physics.motion.world_law import WorldLaw

RATE = 1e-3  # frames, for velocities by central differences


@dataclass(frozen=True)
class MotionEvent:
    """frame: when (float). kind: bounce, rest, collision. objects: indices of the tracks given. place:
    (2,) px centre.
    """

    frame: float
    kind: str
    objects: tuple[int, ...]
    restitution: float | None = None
    sigma: float | None = None
    place: tuple[float, float] | None = None


@dataclass(frozen=True)
class Surface2D:
    """A straight edge that bodies bounce off or rest on. point (2,) px on it, normal (2,) unit towards the
    free side.
    """

    point: np.ndarray
    normal: np.ndarray


@dataclass(frozen=True)
class Motion:
    """How one object moves.

    model: static uniform ballistic bouncing rolling sliding pendulum spring circular colliding erratic.
    confident: the evidence decides; where False, do not act on it. delta_bic: evidence over the best other
    explanation; evidence: the same over explanations that differ in the path itself. span: first and last
    time (frames) for which the law holds. residual: rms px around the
    law within the span. noise: px, its white part; artefact: px, its correlated part. radius: px at time
    `span[0]`, growing by `growth` px per frame.
    """

    model: str
    confident: bool
    delta_bic: float
    parameters: dict[str, Any]
    sigma: dict[str, float]
    events: tuple[MotionEvent, ...]
    span: tuple[float, float]
    residual: float
    noise: float
    artefact: float
    radius: float
    law: Law = field(repr=False)
    theta: np.ndarray = field(repr=False)
    covariance: np.ndarray = field(repr=False)
    body: int = 0
    growth: float = 0.0
    evidence: float = 0.0
    fault: str = ""
    world: WorldLaw | None = None  # what `law` simulates, where it is free bodies among lines
    free: np.ndarray | None = field(default=None, repr=False)  # indices of the parameters that were fitted

    def at(self, t) -> np.ndarray:
        """(..., 2) px at times t (frames)."""
        time = np.asarray(t, float)
        return self.law.path(self.theta[None], time.ravel())[0, :, self.body].reshape(*time.shape, 2)

    def velocity(self, t) -> np.ndarray:
        """(..., 2) px/frame."""
        time = np.asarray(t, float)
        return (self.at(time + RATE) - self.at(time - RATE)) / (2 * RATE)

    def sigma_at(self, t) -> np.ndarray:
        """(..., 2, 2) px^2, covariance of `at`."""
        time = np.asarray(t, float)
        slope = self.sensitivity(time.ravel())  # (n, 2, F)
        free = np.nonzero(np.diag(self.covariance) > 0)[0]
        spread = slope @ self.covariance[np.ix_(free, free)] @ slope.transpose(0, 2, 1)
        return spread.reshape(*time.shape, 2, 2)

    def sensitivity(self, time: np.ndarray) -> np.ndarray:
        """(n, 2, F) change of the place with each uncertain parameter, px per unit."""
        free = np.nonzero(np.diag(self.covariance) > 0)[0]
        step = NUDGE * self.law.scale[free]
        moved = np.repeat(self.theta[None], 2 * len(free), 0)
        moved[np.arange(len(free)), free] += step
        moved[np.arange(len(free)) + len(free), free] -= step
        moved = np.clip(moved, self.law.low, self.law.high)
        wide = moved[np.arange(len(free)), free] - moved[np.arange(len(free)) + len(free), free]
        place = self.law.path(moved, time)[:, :, self.body]
        return ((place[: len(free)] - place[len(free) :]) / wide[:, None, None]).transpose(1, 2, 0)


@dataclass(frozen=True)
class Understanding:
    """motions: one per track given, in order. gravity: (2,) px/frame^2 shared by the free bodies, or None
    where no body is free; gravity_sigma (2,). surfaces: floor, walls and ramps as found."""

    motions: tuple[Motion, ...]
    gravity: np.ndarray | None
    gravity_sigma: np.ndarray | None
    surfaces: tuple[Surface2D, ...]
