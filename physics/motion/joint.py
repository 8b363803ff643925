"""All free bodies in one world: one gravity, common lines, impacts between them, one fit.

Impacts make the motion sensitive to its start, so the fit grows: first up to the first impacts, then
further, each stage from the last (multiple horizons; compare Bock 1983 on multiple shooting). Masses
follow radius^p with a lognormal prior, so that an impact decides them where it can. The world of the fit
is the one that predicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physics.motion.collisions import Broken, broken, passing, strikes
from physics.motion.fit import HOPELESS, ROUNDS, Data, Fit, solve
from physics.motion.hypotheses import belief, lines_through, rates, wrap
from physics.motion.observed import MotionConfig, Observed
from physics.motion.select import spline_bic
from physics.motion.world_law import WorldLaw

BOUNCES = (1.0, 0.85, 0.6)
USUAL = (0.9, 0.15**-2)  # restitution of impacts that were not seen: mean, precision
GIVE = 0.1  # prior deviation of a body's restitution from the common one
MERGE = (0.12, 4.0)  # rad and px by which two finds of one line may differ
SWELL = 0.5  # px, prior deviation of what is added to every radius
BEYOND = 4.0  # px by which a body may be seen beyond a line
STAGES = 5
FEW = 3  # bodies up to which several starts are tried; more bodies have more impacts to start from
STAGE = 8  # rounds of a fit that only prepares the next


@dataclass(frozen=True)
class World2D:
    """A fitted world: its description, its fit, its data, the impacts seen,  what it gains over splines
    (BIC).
    """

    world: WorldLaw
    fit: Fit
    data: Data
    strikes: tuple[tuple[int, int, float], ...]
    evidence: float


def gather(tracks: Sequence[Observed], sigmas: Sequence[np.ndarray]) -> Data:
    """Samples of all bodies on the union of their times."""
    time = np.unique(np.concatenate([t.time for t in tracks]))
    place = np.zeros((len(time), len(tracks), 2))
    whiten = np.zeros((len(time), len(tracks), 2, 2))
    for k, (track, sigma) in enumerate(zip(tracks, sigmas)):
        at = np.searchsorted(time, track.time)
        place[at, k] = track.place
        whiten[at, k] = np.eye(2) / sigma[:, None, None]
    return Data(time, place, whiten)


def until(data: Data, last: float) -> Data:
    keep = data.time <= last
    return Data(data.time[keep], data.place[keep], data.whiten[keep])


def radii(tracks: Sequence[Observed]) -> np.ndarray:
    return np.array([float(np.nan_to_num(np.nanmedian(t.radius))) for t in tracks])


def meet(
    tracks: Sequence[Observed],
    sigmas: Sequence[np.ndarray],
    known: Sequence[np.ndarray | None],
    lines: Sequence[tuple[float, float]],
    gravity: np.ndarray,
    config: MotionConfig,
) -> World2D:
    """The one world of several tracks.

    known: state (4,) at the first time of each body that its own fit explains, None for those whose impacts
    with others have to be found; lines: (angle, offset) found by the bodies' own fits; gravity (2,), zero
    where there is none.
    """
    parts, radius = broken(tracks, sigmas, gravity), radii(tracks)
    hits = strikes(parts, radius)
    lines = [
        line
        for line in merge(list(lines) + lines_of(parts, hits, known, sigmas))
        if clear(line, tracks, radius)
    ]
    first = float(min(t.time[0] for t in tracks))
    falls = [state is None or state[4] > 0 for state in known]
    world = WorldLaw(len(tracks), len(lines), radius, first, falls, passing(tracks, radius))
    starts = starts_of(world, parts, known, lines, config)
    free = free_names(world, parts, hits, np.any(gravity))
    return grow(world, starts, free, gather(tracks, sigmas), hits, config)


def lines_of(parts: Sequence[Broken], hits, known, sigmas) -> list[tuple[float, float]]:
    """Lines from the breaks of bodies not known yet, without the impacts between bodies."""
    loose = []
    for k, body in enumerate(parts):
        times = [when for i, j, when in hits if k in (i, j)]
        if known[k] is None:
            loose += [b for b in body.breaks if all(abs(b.time - when) > 1.5 for when in times)]
    return lines_through(loose, parts[0].parts.acceleration, float(np.median(np.concatenate(sigmas))))


def clear(line: tuple[float, float], tracks: Sequence[Observed], radius: np.ndarray) -> bool:
    """Whether no body was seen beyond a line: nothing penetrates it."""
    normal = np.array([np.cos(line[0]), np.sin(line[0])])
    gaps = [np.percentile(t.place @ normal - r - line[1], 2) for t, r in zip(tracks, radius)]
    return min(gaps) > -BEYOND


def merge(lines: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Lines that lie on each other become one."""
    merged: list[tuple[float, float]] = []
    for angle, offset in lines:
        same = [abs(wrap(angle - a)) < MERGE[0] and abs(offset - o) < MERGE[1] for a, o in merged]
        if not any(same):
            merged.append((angle, offset))
    return merged


def starts_of(world: WorldLaw, parts: Sequence[Broken], known, lines, config: MotionConfig) -> np.ndarray:
    """Bodies from their own fits or on their first arcs; masses by size; several restitutions."""
    g = parts[0].parts.acceleration
    values = {"gx": g[0], "gy": g[1]}
    for k, body in enumerate(parts):
        place, speed = body.parts.lines[0]
        moving = (place + speed * world.first + g * world.first**2 / 2, speed + g * world.first)
        state = np.concatenate(moving) if known[k] is None else known[k][:4]
        values |= dict(zip((f"x{k}", f"y{k}", f"u{k}", f"v{k}"), state))
    for k in range(1, world.bodies):
        values[f"mass{k}"] = mass_ratio(world.radius, k, config)
    for s, (angle, offset) in enumerate(lines):
        values |= {f"angle{s}": angle, f"offset{s}": offset}
    measured, keep = rates([b for p in parts for b in p.breaks], lines) if lines else (1.0, 1.0)
    pairs = [(b, r) for b in BOUNCES for r in ((measured, 0.9) if lines else (measured,))]
    pairs = pairs if world.bodies <= FEW else [(BOUNCES[1], measured)]
    return np.array([world.theta(**values, bounce=b, restitution=r, keep=keep) for b, r in pairs])


def mass_ratio(radius: np.ndarray, k: int, config: MotionConfig) -> float:
    return float(config.mass_power * np.log(max(radius[k], 1.0) / max(radius[0], 1.0)))


def free_names(world: WorldLaw, parts: Sequence[Broken], hits, pull) -> list[str]:
    """What the data or the priors tell."""
    names = [f"{n}{k}" for k in range(world.bodies) for n in "xyuv"] + (["gx", "gy"] if pull else [])
    met = {k for i, j, _ in hits for k in (i, j)}
    names += [f"mass{k}" for k in range(1, world.bodies)] + (["bounce", "swell"] if met else ["bounce"])
    names += ["restitution", "keep"] if world.lines else []
    names += [f"give{k}" for k, body in enumerate(parts) if world.lines and body.breaks]
    return names + [f"offset{s}" for s in range(world.lines)]


def joint_belief(world: WorldLaw, config: MotionConfig) -> tuple[np.ndarray, np.ndarray]:
    """Priors of the world with those of masses and radii."""
    mean, precision = belief(world, config)
    for k in range(1, world.bodies):
        mean[world.index[f"mass{k}"]] = mass_ratio(world.radius, k, config)
        precision[world.index[f"mass{k}"]] = (np.sqrt(2) * config.mass_sigma) ** -2
    for name, told in (("bounce", config.bounce), ("restitution", config.restitution)):
        if told is None:
            mean[world.index[name]], precision[world.index[name]] = USUAL
    for k in range(world.bodies):
        precision[world.index[f"give{k}"]] = GIVE**-2
    precision[world.index["swell"]] = SWELL**-2
    return mean, precision


def grow(world: WorldLaw, starts, free: Sequence[str], data: Data, hits, config: MotionConfig) -> World2D:
    """Fit over growing horizons."""
    law, prior = world.law("colliding"), joint_belief(world, config)
    index = np.array(sorted(world.index[name] for name in free))
    ends = horizons(data, [when for _, _, when in hits])
    fit = solve(law, until(data, ends[0]), starts, index, prior, STAGE if len(ends) > 1 else ROUNDS)
    for last in ends[1:]:
        if fit.cost > HOPELESS[1] * until(data, last).seen.sum():
            break
        more = np.repeat(fit.theta[None], 3 if world.bodies <= FEW else 1, 0)
        more[1:, world.index["bounce"]] = (0.95, 0.7)[: len(more) - 1]
        fit = solve(law, until(data, last), more, index, prior, ROUNDS if last == ends[-1] else STAGE)
    return World2D(world, fit, data, tuple(hits), gain(fit, data))


def gain(fit: Fit, data: Data) -> float:
    """Evidence (BIC) over one spline for each body."""
    rivals = 0.0
    for k in range(data.place.shape[1]):
        seen = data.seen[:, k]
        sigma = 1 / data.whiten[seen, k, 0, 0]
        track = Observed(data.time[seen], data.place[seen, k], np.zeros((seen.sum(), 2, 2)), sigma)
        rivals += spline_bic(track, sigma, 1.0, 1.0) if seen.sum() >= 8 else 0.0
    return float(np.clip(rivals - fit.cost - len(fit.free) * np.log(2 * data.seen.sum()), -1e6, 1e6))


def horizons(data: Data, hits: Sequence[float]) -> list[float]:
    """Ends of the stages: a little after an impact each, the last at the end."""
    last = float(data.time[-1])
    after = sorted({min(when + 4.0, last) for when in hits})
    chosen = (
        [after[round(i)] for i in np.linspace(0, len(after) - 1, min(STAGES - 1, len(after)))]
        if after
        else []
    )
    return sorted({*chosen, last})
