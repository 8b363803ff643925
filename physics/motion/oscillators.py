"""Pendulum, spring and circular motion in the picture plane, and motion along a line with friction.

Spring: c + d exp(-gamma t) (a cos omega t + b sin omega t). Circle: c + R (cos, sin)(phase + omega t).
Pendulum: the full equation theta'' = -k sin theta - c theta' (k = g / L) by the classical Runge-Kutta
scheme with Hermite interpolation between steps; period 4 K(sin(theta_0 / 2)) / sqrt(k) without damping.
Along a line: s'' = pull - friction sign(s'), which stops, rests or turns back (Coulomb).
Time runs from `first` (frames) in all of them; angles of the pendulum are measured from `down` towards x.
"""

from __future__ import annotations

import numpy as np

from physics.motion.fit import Law

TURN = 0.25  # rad of the small oscillation per Runge-Kutta step: error below 1e-5 of the amplitude per period


def spring_law(first: float) -> Law:
    """theta: x, y of the middle, angle of the line, a, b (px), omega (rad/frame), gamma (1/frame)."""

    def path(theta: np.ndarray, time: np.ndarray) -> np.ndarray:
        x, y, angle, a, b, omega, gamma = (theta[:, i, None] for i in range(7))
        t = np.asarray(time)[None] - first
        s = np.exp(np.clip(-gamma * t, -50, 50)) * (a * np.cos(omega * t) + b * np.sin(omega * t))
        return np.stack((x + s * np.cos(angle), y + s * np.sin(angle)), -1)[:, :, None]

    names = ("x", "y", "angle", "a", "b", "omega", "gamma")
    low = np.array([-np.inf] * 5 + [1e-3, 0.0])
    high = np.array([np.inf] * 5 + [3.0, 1.0])
    return Law("spring", names, np.array([1, 1, 0.01, 1, 1, 1e-3, 1e-3]), low, high, path)


def circular_law(first: float) -> Law:
    """theta: x, y of the centre, radius (px), phase (rad), omega (rad/frame)."""

    def path(theta: np.ndarray, time: np.ndarray) -> np.ndarray:
        x, y, radius, phase, omega = (theta[:, i, None] for i in range(5))
        turn = phase + omega * (np.asarray(time)[None] - first)
        return np.stack((x + radius * np.cos(turn), y + radius * np.sin(turn)), -1)[:, :, None]

    low = np.array([-np.inf, -np.inf, 0.0, -np.inf, -3.0])
    high = np.array([np.inf, np.inf, np.inf, np.inf, 3.0])
    names = ("x", "y", "radius", "phase", "omega")
    return Law("circular", names, np.array([1, 1, 1, 0.01, 1e-3]), low, high, path)


def pendulum_law(first: float, down: tuple[float, float]) -> Law:
    """theta: x, y of the pivot, length (px), angle (rad), rate (rad/frame), k = g / length, c (1/frame)."""
    along = np.asarray(down) / np.linalg.norm(down)
    across = np.array([along[1], -along[0]])

    def path(theta: np.ndarray, time: np.ndarray) -> np.ndarray:
        angle = swing(theta[:, 3], theta[:, 4], theta[:, 5], theta[:, 6], np.asarray(time, float) - first)
        reach = np.sin(angle)[..., None] * across + np.cos(angle)[..., None] * along
        return (theta[:, None, :2] + theta[:, 2, None, None] * reach)[:, :, None]

    low = np.array([-np.inf, -np.inf, 0.0, -np.inf, -3.0, 1e-5, 0.0])
    high = np.array([np.inf, np.inf, np.inf, np.inf, 3.0, 4.0, 0.5])
    names = ("x", "y", "length", "angle", "rate", "k", "c")
    return Law("pendulum", names, np.array([1, 1, 1, 0.01, 1e-3, 1e-4, 1e-4]), low, high, path)


def swing(angle, rate, k, c, time: np.ndarray) -> np.ndarray:
    """(B, n) angle of the pendulum at `time` (n,) from the state at 0; backwards too."""
    step = min(1.0, TURN / np.sqrt(float(np.max(k))))
    steps = int(np.ceil(max(float(time.max()), 0.0) / step)) + 1
    back = int(np.ceil(max(-float(time.min()), 0.0) / step))
    ahead, behind = run(angle, rate, k, c, step, steps), run(angle, rate, k, c, -step, back)
    states = np.concatenate((behind[:0:-1], ahead))  # (M, 2, B)
    place = time / step + back
    index = np.clip(place.astype(int), 0, len(states) - 2)
    return hermite(states[index], states[index + 1], (place - index)[:, None], step).T


def run(angle, rate, k, c, step: float, steps: int) -> np.ndarray:
    """(steps + 1, 2, B) angle and rate, classical Runge-Kutta."""
    state = np.array([angle, rate])
    states = [state]

    def slope(s):
        return np.array([s[1], -k * np.sin(s[0]) - c * s[1]])

    for _ in range(steps):
        one = slope(state)
        two = slope(state + step / 2 * one)
        three = slope(state + step / 2 * two)
        state = state + step / 6 * (one + 2 * two + 2 * three + slope(state + step * three))
        states.append(state)
    return np.array(states)


def hermite(left, right, part, step: float) -> np.ndarray:
    """(n, B) cubic through angles and rates (n, 2, B) of both ends, at the share `part` (n, 1) of the
    step.
    """
    a, b = left[:, 0], right[:, 0]
    da, db = left[:, 1] * step, right[:, 1] * step
    return a + part * (da + part * (3 * (b - a) - 2 * da - db + part * (2 * (a - b) + da + db)))


def line_law(model: str, first: float) -> Law:
    """theta: x, y, angle of the line, speed (px/frame), pull and friction (px/frame^2)."""

    def path(theta: np.ndarray, time: np.ndarray) -> np.ndarray:
        x, y, angle, speed, pull, friction = (theta[:, i, None] for i in range(6))
        s = coulomb(np.asarray(time)[None] - first, speed, pull, friction)
        return np.stack((x + s * np.cos(angle), y + s * np.sin(angle)), -1)[:, :, None]

    names = ("x", "y", "angle", "speed", "pull", "friction")
    low = np.array([-np.inf] * 5 + [0.0])
    return Law(model, names, np.array([1, 1, 1e-3, 0.05, 1e-3, 1e-3]), low, np.full(6, np.inf), path)


def coulomb(t, speed, pull, friction) -> np.ndarray:
    """Distance s(t) with s'' = pull - friction sign(s'), s(0) = 0, s'(0) = speed; backwards without a
    turn.
    """
    rate = pull - friction * np.sign(speed)
    with np.errstate(divide="ignore", invalid="ignore"):
        stop = np.where(speed * rate < 0, -speed / rate, np.inf)
    stop = np.where(friction > 0, stop, np.inf)
    early = np.minimum(t, stop)
    later = np.maximum(t - stop, 0.0)
    back = np.sign(pull) * np.maximum(np.abs(pull) - friction, 0.0)
    return speed * early + rate * early**2 / 2 + back * later**2 / 2
