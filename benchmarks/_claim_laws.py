"""How far a clip's motion is from the law: velocity, acceleration, energy, momentum, against the true clip.

True places are measured by differences, like the clip's. Distances in metres of the world, times in
seconds.
  velocity      mean |v - v*| over balls and frames after the given ones, m/s
  acceleration  |a - g| of a parabola fitted to every stretch in which the true ball is free, m/s^2
  energy        mean |E - E*| over E* of the first frame
  momentum      mean |p - p*| over the sum of m |v*| there
"""

from __future__ import annotations

import numpy as np

from benchmarks._claim_judge import filled
from benchmarks._claim_world import FLOOR, FPS, GIVEN, SIDE, Worlds

LAWS = ("velocity", "acceleration", "energy", "momentum")
STRETCH = 5  # frames, the shortest free flight that is fitted


def laws(place: np.ndarray, one: Worlds) -> dict[str, float]:
    """Errors of a clip's places (T, n, 2) px; nan for acceleration where no ball is ever free."""
    who = np.flatnonzero(one.there[0])
    truth, mass = one.position[0][:, who], one.radius[0, 0, who] ** 3
    x = filled(place) / SIDE
    v, v_true = (FPS * np.diff(y, axis=0)[GIVEN - 1 :] for y in (x, truth))
    start = one.velocity[0, 0, who]
    first = np.sum(mass * (0.5 * np.sum(start**2, -1) + one.gravity[0] * (truth[0, :, 1] - FLOOR)))
    return {
        "velocity": float(np.mean(np.linalg.norm(v - v_true, axis=-1))),
        "acceleration": _acceleration(x, one, who),
        "energy": float(
            np.mean(np.abs(_energy(x, v, mass, one) - _energy(truth, v_true, mass, one))) / first
        ),
        "momentum": float(
            np.mean(np.linalg.norm(np.einsum("i,tic->tc", mass, v - v_true), axis=-1))
            / np.sum(mass * np.linalg.norm(start, axis=-1))
        ),
    }


def _energy(x: np.ndarray, v: np.ndarray, mass: np.ndarray, one: Worlds) -> np.ndarray:
    height = 0.5 * (x[GIVEN - 1 : -1, :, 1] + x[GIVEN:, :, 1]) - FLOOR
    return np.sum(mass * (0.5 * np.sum(v**2, -1) + one.gravity[0] * height), -1)


def _acceleration(x: np.ndarray, one: Worlds, who: np.ndarray) -> float:
    errors = []
    for i, ball in enumerate(who):
        touched = np.flatnonzero(one.contact[0][:, ball])
        ends = np.concatenate([[GIVEN - 1], touched[touched >= GIVEN], [len(x)]])
        for a, b in zip(ends[:-1], ends[1:]):
            if b - a >= STRETCH:
                t = np.arange(a, b) / FPS
                a_fit = 2 * np.polyfit(t - t.mean(), x[a:b, i], 2)[0]
                errors.append(np.hypot(a_fit[0], a_fit[1] + one.gravity[0]))
    return float(np.mean(errors)) if errors else float("nan")
