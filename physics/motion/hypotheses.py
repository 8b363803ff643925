"""Candidate laws for one track, each with the starts from which it is fitted.

The breaks of the track (events.py) tell lines and restitution; starts differ in what the breaks tell
badly, because the number of bounces jumps with the parameters: restitution, height of the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from physics.motion.events import (
    Break,
    Partition,
    breaks,
    free_arcs,
    median_acceleration,
    pooled_acceleration,
    split,
)
from physics.motion.fit import Law
from physics.motion.observed import MotionConfig, Observed
from physics.motion.world_law import WorldLaw

SNAP = np.deg2rad(25)  # a line this near to level or upright is taken for it
LEAN = np.deg2rad(1.5)  # a line that leans by less is taken for level or upright
SAME = 6.0  # px, or 4 sigma: breaks this near to one line are on it
APART = 0.03  # share by which the median acceleration of the arcs differs from the pooled one
RESTITUTIONS = (0.5, 0.65, 0.8, 0.92)
LEAST = 8  # samples below which a lean cannot be told from none


@dataclass(frozen=True)
class Hypothesis:
    """A law, its starts (B, P), the parameters that move (indices), their prior mean and precision (P,), and
    how much evidence it has to bring along (in units of BIC) because it is rare.
    """

    law: Law
    starts: np.ndarray
    free: np.ndarray
    prior: tuple[np.ndarray, np.ndarray]
    world: WorldLaw | None = None
    surprise: float = 0.0
    fault: str = ""  # what the clip does wrong all through, where the last parameter says how much

    @property
    def count(self) -> int:
        """Parameters that the data have to decide."""
        return int(np.sum(self.prior[1][self.free] == 0))


def belief(world: WorldLaw, config: MotionConfig) -> tuple[np.ndarray, np.ndarray]:
    """Prior mean and precision of every parameter of a world."""
    known = dict(config.priors)
    named = {
        "restitution": config.restitution,
        "keep": config.keep,
        "bounce": config.bounce,
        "drag": config.drag,
    }
    mean, precision = world.theta(), np.zeros(len(world.names))
    for name, prior in {**{k: p for k, p in named.items() if p is not None}, **known}.items():
        if name in world.index:
            mean[world.index[name]], precision[world.index[name]] = prior.mean, prior.sigma**-2
    if config.gravity is not None:
        for name, value in zip(("gx", "gy"), config.gravity):
            mean[world.index[name]], precision[world.index[name]] = value, config.gravity_sigma**-2
    return mean, precision


def world_hypothesis(
    model: str, world: WorldLaw, starts, free: Sequence[str], config: MotionConfig
) -> Hypothesis:
    index = np.array(sorted(world.index[name] for name in free))
    return Hypothesis(world.law(model), np.atleast_2d(starts), index, belief(world, config), world)


STATE = ("x0", "y0", "u0", "v0")


def plain(track: Observed, config: MotionConfig) -> list[Hypothesis]:
    """Static, uniform and ballistic: no lines."""
    first = float(track.time[0])
    world = WorldLaw(1, 0, np.zeros(1), first)
    t, x = track.time - first, track.place
    middle = np.median(x, 0)
    found = [world_hypothesis("static", world, world.theta(x0=middle[0], y0=middle[1]), ("x0", "y0"), config)]
    if len(t) > 1:
        slope, start = np.polyfit(t, x, 1)
        values = dict(zip(STATE, (*start, *slope)))
        found.append(world_hypothesis("uniform", world, world.theta(**values), STATE, config))
    if len(t) > 2:
        bend, slope, start = np.polyfit(t, x, 2)
        values = dict(zip((*STATE, "gx", "gy"), (*start, *slope, *(2 * bend))))
        found.append(
            world_hypothesis("ballistic", world, world.theta(**values), (*STATE, "gx", "gy"), config)
        )
        if config.level and config.gravity is None and len(t) >= LEAST:
            found.append(plumb(found[-1], config))
    return found


def plumb(leaning: Hypothesis, config: MotionConfig) -> Hypothesis:
    """The same fall straight along the axis of the picture that is nearest to `down`."""
    assert leaning.world is not None
    across = leaning.world.index["gx" if abs(config.down[1]) > abs(config.down[0]) else "gy"]
    starts = leaning.starts.copy()
    starts[:, across] = 0.0
    return replace(leaning, starts=starts, free=leaning.free[leaning.free != across])


def flights(track: Observed, sigma: np.ndarray, config: MotionConfig) -> list[Hypothesis]:
    """Free flight during the longest arcs of the track, whatever happens before and after."""
    world = WorldLaw(1, 0, np.zeros(1), float(track.time[0]))
    first, last = free_arcs(track.time, track.place, sigma)
    starts = []
    for k in np.argsort(first - last)[:2]:
        arc = slice(first[k], last[k] + 1)
        if last[k] - first[k] >= 9:
            bend, slope, start = np.polyfit(track.time[arc] - world.first, track.place[arc], 2)
            starts.append(world.theta(**dict(zip((*STATE, "gx", "gy"), (*start, *slope, *(2 * bend))))))
    free = (*STATE, "gx", "gy")
    return [world_hypothesis("ballistic", world, starts, free, config)] if starts else []


def bouncing(track: Observed, sigma: np.ndarray, config: MotionConfig) -> list[Hypothesis]:
    """Bounces off the lines that the breaks suggest: the one that turns the motion most, then two, then
    all.
    """
    hypotheses = []
    for gravity in gravities(track, sigma, config):
        parts = split(track.time, track.place, sigma, gravity)
        found = breaks(track.time, parts)
        lines = lines_through(found, parts.acceleration, float(np.median(sigma)))
        for count in sorted({1, len(lines)} - {0} if lines else ()):
            hypotheses.append(off_lines(track, parts, found, lines[:count], config))
    return hypotheses


def leaning(track: Observed, sigma: np.ndarray, config: MotionConfig) -> list[Hypothesis]:
    """Bounces off lines that lean: their angles as the breaks have them, and free. And breaks that no level
    or upright line explains as corners: two impacts between two frames.
    """
    hypotheses, wide = [], float(np.median(sigma))
    for gravity in gravities(track, sigma, config)[:1]:
        parts = split(track.time, track.place, sigma, gravity)
        found = breaks(track.time, parts)
        level = lines_through(found, parts.acceleration, wide)
        leaned = lines_through(found, parts.acceleration, wide, leaning=True)
        if leaned and any(abs(wrap(a - b)) > LEAN for (a, _), (b, _) in zip(level, leaned)):
            angles = [f"angle{s}" for s in range(len(leaned))]
            hypotheses.append(off_lines(track, parts, found, leaned, config, angles))
        corners = lines_through(cornered(found, parts.acceleration), parts.acceleration, wide)
        if corners and corners != level:
            hypotheses.append(off_lines(track, parts, found, corners, config))
    return hypotheses


def off_lines(
    track: Observed, parts: Partition, found: Sequence[Break], lines, config: MotionConfig,
    more: Sequence[str] = (),
) -> Hypothesis:  # fmt: skip
    """The hypothesis of bounces off `lines` (angle, offset); `more` names what is free besides the usual."""
    world = WorldLaw(1, len(lines), np.zeros(1), float(track.time[0]))
    starts = bouncing_starts(world, parts, found, lines, world.first)
    free = [*STATE, "restitution", "keep", *(f"offset{s}" for s in range(len(lines))), *more]
    free += ["gx", "gy"] if np.any(parts.acceleration) else []
    return world_hypothesis("bouncing", world, starts, free, config)


def cornered(found: Sequence[Break], acceleration: np.ndarray) -> list[Break]:
    """Breaks that turn both ways at once taken for two, one after the other."""
    apart: list[Break] = []
    for event in found:
        turn = event.after - event.before
        angle = float(np.arctan2(turn[1], turn[0]))
        if snapped(angle, acceleration) != angle:
            apart.append(event)
            continue
        up = quarters(acceleration)
        axes = np.array([[np.cos(up), np.sin(up)], [-np.sin(up), np.cos(up)]])
        for axis in axes:
            along = float(turn @ axis) * axis
            apart.append(Break(event.time, event.place, event.before, event.before + along, event.radius))
    return apart


def gravities(track: Observed, sigma: np.ndarray, config: MotionConfig) -> list[np.ndarray]:
    """Accelerations worth trying: the given one, or the pooled one; and the median of the arcs' where one arc
    that went wrong has drawn the pool away from it.
    """
    if config.gravity is not None:
        return [np.asarray(config.gravity, float)]
    first, last = free_arcs(track.time, track.place, sigma)
    pooled = pooled_acceleration(track.time, track.place, first, last)
    middle = median_acceleration(track.time, track.place, first, last)
    apart = np.linalg.norm(pooled - middle) > APART * np.linalg.norm(pooled)
    return [pooled, middle] if apart else [pooled]


def bouncing_starts(world, parts: Partition, found, lines, first: float) -> np.ndarray:
    place, slope = parts.lines[0]
    g = parts.acceleration
    place, velocity = place + slope * first + g * first**2 / 2, slope + g * first
    values = dict(zip((*STATE, "gx", "gy"), (*place, *velocity, *g)))
    values |= {f"angle{s}": angle for s, (angle, _) in enumerate(lines)}
    offsets = {f"offset{s}": offset for s, (_, offset) in enumerate(lines)}
    measured, keep = rates(found, lines)
    tries = [(r, 0.0) for r in (measured, *RESTITUTIONS)] + [(measured, -1.5), (measured, 1.5)]
    starts = []
    for restitution, shift in tries:
        moved = {name: value + shift for name, value in offsets.items()}
        starts.append(world.theta(**values, **moved, restitution=restitution, keep=keep))
    timed = by_times(found, lines, g, first)
    if timed is not None:
        state, restitution = timed
        values |= dict(zip(STATE, state))
        starts.insert(0, world.theta(**values, **offsets, restitution=restitution, keep=keep))
    return np.array(starts)


def by_times(found: Sequence[Break], lines, g: np.ndarray, first: float) -> tuple[np.ndarray, float] | None:
    """State (4,) at `first` and restitution from the times between the bounces off the first line alone.

    Flights last 2 v / g, so each is e times as long as the one before, and v+ = g flight / 2: heights that
    are wrong do not matter.
    """
    angle, offset = lines[0]
    normal = np.array([np.cos(angle), np.sin(angle)])
    own = [e for e in found if nearest_line(e, lines) == 0 and abs(normal @ e.place - offset) < SAME]
    pull, times = float(-g @ normal), np.array([e.time for e in own])
    if len(own) < 3 or pull <= 0:
        return None
    flight = np.diff(times)
    if np.any(flight <= 0):
        return None
    restitution = float(np.clip(np.exp(np.median(np.diff(np.log(flight)))), 0.3, 1.0))
    since, speed = times[0] - first, pull * flight[0] / 2 / restitution
    tangent = np.array([-normal[1], normal[0]])
    along = (own[-1].place - own[0].place) @ tangent / (times[-1] - times[0])
    place = own[0].place + normal * (speed * since - pull * since**2 / 2) - tangent * along * since
    velocity = normal * (pull * since - speed) + tangent * along
    return np.concatenate([place, velocity]), restitution


def rates(found: Sequence[Break], lines) -> tuple[float, float]:
    """Median restitution and tangential share of the breaks."""
    normal_rates, keeps = [], []
    for event in found:
        angle, _ = lines[nearest_line(event, lines)]
        normal = np.array([np.cos(angle), np.sin(angle)])
        tangent = np.array([-normal[1], normal[0]])
        if event.before @ normal < -1e-6:
            normal_rates.append(-(event.after @ normal) / (event.before @ normal))
        if abs(event.before @ tangent) > 0.2 * np.linalg.norm(event.before):
            keeps.append((event.after @ tangent) / (event.before @ tangent))
    restitution = float(np.clip(np.median(normal_rates), 0.05, 1.0)) if normal_rates else 0.8
    return restitution, float(np.clip(np.median(keeps), 0.0, 1.0)) if keeps else 1.0


def nearest_line(event: Break, lines) -> int:
    turn = event.after - event.before
    away = [abs(wrap(np.arctan2(turn[1], turn[0]) - angle)) for angle, _ in lines]
    return int(np.argmin(away))


def lines_through(
    found: Sequence[Break], acceleration: np.ndarray, sigma: float, leaning: bool = False
) -> list[tuple[float, float]]:
    """(angle, offset) of the lines that explain the breaks, those first that turn the motion most; level or
    upright where the turn of the velocity allows, unless they may be `leaning`.
    """
    lines: list[list[float]] = []  # angle, offset, weight
    for event in sorted(found, key=lambda e: -np.linalg.norm(e.after - e.before)):
        turn = event.after - event.before
        angle = float(np.arctan2(turn[1], turn[0]))
        angle = angle if leaning else snapped(angle, acceleration)
        normal = np.array([np.cos(angle), np.sin(angle)])
        if event.before @ normal > 0 or event.after @ normal < 0:
            continue  # it does not come and go on one side: not a bounce
        offset, weight = float(normal @ event.place) - event.radius, float(np.linalg.norm(turn))
        for line in lines:
            if abs(wrap(line[0] - angle)) < SNAP / 2 and abs(line[1] - offset) < max(SAME, 4 * sigma):
                line[1] = (line[1] * line[2] + offset * weight) / (line[2] + weight)
                line[2] += weight
                break
        else:
            lines.append([angle, offset, weight])
    lines.sort(key=lambda line: -line[2])
    return [(angle, offset) for angle, offset, _ in lines[:4]]


def snapped(angle: float, acceleration: np.ndarray) -> float:
    """The direction of the nearest of gravity's four quarters (of the picture's where nothing falls), if
    it is near.
    """
    frame = quarters(acceleration)
    turn = wrap(angle - frame)
    quarter = np.round(turn / (np.pi / 2)) * (np.pi / 2)
    return wrap(frame + quarter) if abs(turn - quarter) < SNAP else float(angle)


def quarters(acceleration: np.ndarray) -> float:
    """The direction against gravity; the picture's upright where nothing falls, or falls all but along it."""
    up = np.arctan2(-acceleration[1], -acceleration[0]) if np.linalg.norm(acceleration) > 1e-6 else -np.pi / 2
    return -np.pi / 2 if abs(np.sin(2 * (up + np.pi / 2))) < np.sin(2 * SNAP) else float(up)


def wrap(angle: float) -> float:
    return float((angle + np.pi) % (2 * np.pi) - np.pi)
