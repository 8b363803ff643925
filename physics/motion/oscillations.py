"""Starts for pendulum, spring, circle and straight-line laws.

Frequencies: for a given omega and damping the rest of a harmonic is linear, so a periodogram by least
squares (Lomb 1976; Scargle 1982) over a grid tells the starts. Circles: algebraic fit (Kasa 1976).
"""

from __future__ import annotations

import numpy as np

from physics.motion.fit import Law
from physics.motion.hypotheses import Hypothesis
from physics.motion.observed import MotionConfig, Observed
from physics.motion.oscillators import circular_law, line_law, pendulum_law, spring_law

DAMPINGS = (0.0, 0.02, 0.06)  # 1/frame
BEST = 3  # frequencies that are tried in full
UPRIGHT = 0.97  # cosine to gravity's direction above which a line is taken for a fall
FALL = 8.0  # evidence (BIC) that anything else has to bring then
LEVEL = 0.05  # slope of a line that may as well be level
STRAIGHT = 0.25  # narrow against long axis of a track: below it the motion may be along a line


def unknown(law: Law, starts, free: tuple[str, ...] | None = None, surprise: float = 0.0) -> Hypothesis:
    """A hypothesis without priors."""
    index = np.array([i for i, name in enumerate(law.names) if free is None or name in free])
    starts = np.atleast_2d(np.array(starts, float))
    prior = np.zeros(starts.shape[1]), np.zeros(starts.shape[1])
    return Hypothesis(law, starts, index, prior, surprise=surprise)


def periodogram(time: np.ndarray, place: np.ndarray) -> list[tuple[float, float]]:
    """(omega, gamma) of the best harmonics for the columns of `place` together, best first."""
    span = time[-1] - time[0]
    shortest = max(3.0 * float(np.median(np.diff(time))), span / 12)
    omegas = 2 * np.pi / np.geomspace(3.0 * span, shortest, 60)
    grid = [(omega, gamma) for gamma in DAMPINGS for omega in omegas]
    omega, gamma = np.array(grid).T
    t = time - time[0]
    decay = np.exp(-gamma[:, None] * t)
    phase = omega[:, None] * t
    design = np.stack((np.ones_like(phase), decay * np.cos(phase), decay * np.sin(phase)), -1)
    basis = np.linalg.qr(design)[0]
    rest = ((place - basis @ (basis.transpose(0, 2, 1) @ place)) ** 2).sum((1, 2)).reshape(len(DAMPINGS), -1)
    chosen = []
    for row, column in zip(*np.unravel_index(np.argsort(rest, None), rest.shape)):
        if all(abs(np.log(omegas[column] / other)) > 0.15 for other, _ in chosen):
            chosen.append((float(omegas[column]), DAMPINGS[row]))
        if len(chosen) == BEST:
            break
    return chosen


def harmonic(time, value, omega: float, gamma: float) -> tuple[float, float, float]:
    """Mean, cosine and sine amplitudes of a damped harmonic."""
    decay = np.exp(-gamma * time)
    design = np.stack((np.ones_like(time), decay * np.cos(omega * time), decay * np.sin(omega * time)), 1)
    mean, a, b = np.linalg.lstsq(design, value, rcond=None)[0]
    return float(mean), float(a), float(b)


def axes(place: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean, direction of the long axis, and narrow / long extent."""
    middle = place.mean(0)
    _, size, rows = np.linalg.svd(place - middle, full_matrices=False)
    return middle, rows[0], float(size[1] / max(size[0], 1e-9))


def circle_through(place: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and radius by Kasa's linear least squares."""
    middle = place.mean(0)
    p = place - middle
    design = np.column_stack((2 * p, np.ones(len(p))))
    a, b, c = np.linalg.lstsq(design, (p**2).sum(1), rcond=None)[0]
    return middle + (a, b), float(np.sqrt(max(c + a * a + b * b, 1e-9)))


def springs(track: Observed) -> list[Hypothesis]:
    middle, along, narrow = axes(track.place)
    if narrow > STRAIGHT:
        return []
    t, s = track.time - track.time[0], (track.place - middle) @ along
    angle, starts = np.arctan2(along[1], along[0]), []
    for omega, gamma in periodogram(track.time, s[:, None]):
        mean, a, b = harmonic(t, s, omega, gamma)
        starts.append([*(middle + mean * along), angle, a, b, omega, gamma])
    law = spring_law(float(track.time[0]))
    undamped = np.array(starts) * np.array([1, 1, 1, 1, 1, 1, 0])
    return [unknown(law, starts), unknown(law, undamped, law.names[:6])]


def circulars(track: Observed) -> list[Hypothesis]:
    centre, radius = circle_through(track.place)
    offset = track.place - centre
    uneven = np.std(np.linalg.norm(offset, axis=1)) > 0.25 * radius
    if uneven or radius > 4 * np.ptp(track.place, axis=0).max():
        return []
    angle = np.unwrap(np.arctan2(offset[:, 1], offset[:, 0]))
    t = track.time - track.time[0]
    omega, phase = np.polyfit(t, angle, 1)
    return [unknown(circular_law(float(track.time[0])), [[*centre, radius, phase, omega]])]


def pendulums(track: Observed, config: MotionConfig) -> list[Hypothesis]:
    """Below the pivot along `config.down`; lengths around the circle through the track, which short arcs
    tell badly.
    """
    down = np.asarray(config.down) / np.linalg.norm(config.down)
    across = np.array([down[1], -down[0]])
    centre, radius = circle_through(track.place)
    width = np.ptp(track.place @ across)
    if (track.place.mean(0) - centre) @ down < 0 or width < 1e-6:
        radius = 2 * width
    lowest = np.max(track.place @ down)
    middle = float(np.median(track.place @ across)) if radius > 4 * width else float(centre @ across)
    starts, t = [], track.time - track.time[0]
    for length in np.unique(np.clip(radius * np.array([0.75, 1.0, 1.5]), 0.3 * width, 20 * width)):
        pivot = middle * across + (lowest - length) * down
        offset = track.place - pivot
        angle = np.unwrap(np.arctan2(offset @ across, offset @ down))
        for omega, gamma in periodogram(track.time, angle[:, None])[:2]:
            _, a, b = harmonic(t, angle, omega, gamma)
            k = (omega * (1 + min(np.hypot(a, b), 2.0) ** 2 / 16)) ** 2
            starts.append([*pivot, length, a, omega * b - gamma * a, k, 2 * gamma])
    law = pendulum_law(float(track.time[0]), config.down)
    return [unknown(law, starts)]


def along_line(track: Observed, config: MotionConfig) -> list[Hypothesis]:
    """Rolling to a stop, and sliding up or down a slope, with or without friction that tells up from down.
    Slowing down steadily is called rolling. Along gravity both are less likely than a fall.
    """
    middle, along, narrow = axes(track.place)
    if narrow > STRAIGHT:
        return []
    surprise = FALL if abs(along @ config.down) > UPRIGHT * np.linalg.norm(config.down) else 0.0
    t = track.time - track.time[0]
    s = (track.place - middle) @ along
    if s[-1] < s[0]:
        along, s = -along, -s
    angle, first = np.arctan2(along[1], along[0]), float(track.time[0])
    bend, speed, start = np.polyfit(t, s, 2)
    base = [*(middle + start * along), angle]
    sliding = line_law("sliding", first)
    found = []
    if bend * (speed + bend * t[-1]) > 0:
        found.append(unknown(sliding, [[*base, speed, 2 * bend, 0.0]], sliding.names[:5], surprise))
    half = t < t[-1] / 2 if len(t) > 8 else t <= t[-1]
    early = np.polyfit(t[half], s[half], 2)
    rolling, free = line_law("rolling", first), ("x", "y", "angle", "speed", "friction")
    starts = [[*base, max(v, 1e-3), 0.0, max(-2 * c, 1e-5)] for c, v, _ in ((bend, speed, 0), early)]
    found.append(unknown(rolling, starts, free, surprise))
    if config.level and abs(np.sin(angle)) < LEVEL:
        flat = np.array(starts)
        flat[:, 2] = np.round(angle / np.pi) * np.pi
        found.append(unknown(rolling, flat, ("x", "y", "speed", "friction"), surprise))
    if speed * bend < 0 and -speed / (2 * bend) < t[-1]:
        starts = [[*base, speed, 2 * bend * share, abs(2 * bend) * (1 - share)] for share in (0.95, 0.8)]
        found.append(unknown(sliding, starts, surprise=surprise))
    return found
