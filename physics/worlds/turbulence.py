"""Gusty air without divergence, and how far it carries what drifts through it, in closed form.

The velocity is a sum of transverse waves, u = sum a_m cos(k_m . x + w_m t + p_m) with a_m . k_m = 0
(Kraichnan 1970, eq. 10): the curl of a random potential, as in Bridson, Houriham & Nordenstam (2007), with
amplitudes that fall as k^(-1/3) (Kolmogorov). Along a straight path x0 + v t the integral of each wave is
elementary, so a drifting particle's displacement needs no steps: neighbours sway together, and any time can
be had at once. With a period the frequencies are multiples of 2 pi / period and everything repeats.

SI units, points (3, n). Limits: displacement along the unperturbed path (first order in the gusts); waves
that travel with the particle are kept from resonating.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WAVES = 14
OCTAVES = 3.0  # between the largest and the smallest
SLOWEST = 0.6  # rad/s at which a particle meets a wave, at least, per m/s of gusts and m of size


@dataclass(frozen=True)
class Gusts:
    """Waves of the air; rows of one wave each."""

    k: NDArray  # (m, 3) rad/m
    push: NDArray  # (m, 3) m/s, across k
    rate: NDArray  # (m,) rad/s
    phase: NDArray  # (m,) rad

    def velocity(self, x: NDArray, time: NDArray | float) -> NDArray:
        """(3, n) m/s at points `x` (3, n)."""
        return self.push.T @ np.cos(self._turn(x, time))

    def carried(self, x: NDArray, time: NDArray | float, speed: NDArray) -> NDArray:
        """Displacement (3, n) m at `time` of what moves through `x` (3, n) with `speed` (3, n)."""
        met = self.k @ speed + self.rate[:, None]
        least = SLOWEST * np.linalg.norm(self.push, axis=1)[:, None] * np.linalg.norm(self.k, axis=1)[:, None]
        met = np.where(met >= 0, 1.0, -1.0) * np.maximum(np.abs(met), np.maximum(least, 0.3))
        return self.push.T @ (np.sin(self._turn(x, time)) / met)

    def _turn(self, x: NDArray, time: NDArray | float) -> NDArray:
        return self.k @ x + self.rate[:, None] * time + self.phase[:, None]


def gusts_of(rng: np.random.Generator, strength: float, size: float, period: float = 0.0) -> Gusts:
    """Waves with an rms speed of `strength` m/s per component, the largest `size` m long."""
    way = rng.normal(size=(WAVES, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    number = 2 * np.pi / size * 2 ** (OCTAVES * np.arange(WAVES) / (WAVES - 1))
    across = np.cross(way, rng.normal(size=(WAVES, 3)))
    across *= (number ** (-1 / 3) / np.linalg.norm(across, axis=1))[:, None]
    scale = strength * np.sqrt(3.0) / np.sqrt(0.5 * np.sum(across**2))
    rate = rng.choice([-1.0, 1.0], WAVES) * rng.uniform(0.5, 1.0, WAVES) * (0.4 + max(strength, 0.1) * number)
    if period > 0:
        unit = 2 * np.pi / period
        rate = np.sign(rate) * np.maximum(np.round(np.abs(rate) / unit), 1.0) * unit
    return Gusts(way * number[:, None], across * scale, rate, rng.uniform(0, 2 * np.pi, WAVES))
