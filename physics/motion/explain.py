"""From tracks to laws of motion: `understand`.

Each track by itself first (candidates.py, select.py); then the bodies that fall, fly and bounce together
in one world (joint.py), which shares gravity and lines between them, finds the impacts of one on another,
and is taken where it leaves no more than the bodies' own fits do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physics.motion.candidates import MOST, Candidate, candidates_of
from physics.motion.collisions import broken, strikes
from physics.motion.describe import motion_of
from physics.motion.erratic import erratic_motion
from physics.motion.faults import without_fault
from physics.motion.joint import World2D, meet, radii
from physics.motion.motion import Motion, Surface2D, Understanding
from physics.motion.observed import MotionConfig, Observed, inliers, noise_scale
from physics.motion.refine import refine
from physics.motion.select import choose, plausible, trimmed

FINEST = 0.02  # px: no track is better than this
DEFAULT = MotionConfig()
WORLDLY = ("static", "uniform", "ballistic", "bouncing")
WORSE = (1.25, 0.05)  # factor, and px, by which a body may fit worse in the common world than alone
MANY = 8  # bodies in one fitted world
SHORT = 3  # samples beyond a span that do not end it
CLEAR_PULL = 5.0  # deviations of gravity from zero


@dataclass(frozen=True)
class Seen:
    """A track without its outliers, and the white noise of each sample (n,) px."""

    track: Observed
    sigma: np.ndarray


def understand(
    objects: Sequence[Observed], *, size: tuple[int, int] | None = None, config: MotionConfig = DEFAULT
) -> Understanding:
    """Laws of motion of the tracks `objects`; `size` (width, height) px of the picture."""
    seen = [prepare(track) for track in objects]
    motions = common(seen, config) if len(seen) > 1 else (alone(seen[0], config, 0),) if seen else ()
    gravity, sigma = shared_gravity(motions)
    return Understanding(motions, gravity, sigma, surfaces_of(motions))


def prepare(track: Observed) -> Seen:
    """Outliers out, white noise measured."""
    good = track.take(inliers(track))
    return Seen(good, np.maximum(good.sigma * noise_scale(good), FINEST))


def alone(seen: Seen, config: MotionConfig, index: int) -> Motion:
    """The law of one track by itself."""

    def enough(c: Candidate) -> bool:
        return plausible(seen.track, seen.sigma, c.model, c.residual, c.hypothesis.count)

    choice = choose(seen.track, seen.sigma, candidates_of(seen.track, seen.sigma, config, enough))
    if not choice.believed:
        return erratic_motion(seen.track, seen.sigma, choice.delta_bic)
    during = (seen.track.time >= choice.span[0]) & (seen.track.time <= choice.span[1])
    track, sigma = seen.track.take(during), seen.sigma[during]
    fit, hypothesis = refine(choice.best, track, sigma, config)
    fit = without_fault(fit, hypothesis) if hypothesis.fault else fit
    span = widened(choice.span, seen.track.time)
    return motion_of(
        track, sigma, fit, model=choice.best.model, delta=choice.delta_bic, span=span,
        world=hypothesis.world, indices=(index,), evidence=choice.evidence, fault=hypothesis.fault,
    )  # fmt: skip


def widened(span: tuple[float, float], time: np.ndarray) -> tuple[float, float]:
    """The span with what is left of the track at its ends, where that is too short to be another motion."""
    first = time[0] if np.sum(time < span[0]) <= SHORT else span[0]
    last = time[-1] if np.sum(time > span[1]) <= SHORT else span[1]
    return float(first), float(last)


def common(seen: Sequence[Seen], config: MotionConfig) -> tuple[Motion, ...]:
    """Motions of all bodies, those that can be in one world."""
    pulls = pulls_of(seen, config)
    hits = [impacts(seen, pull) for pull in pulls]
    struck = {k for found in hits for i, j, _ in found for k in (i, j)}
    motions: list[Motion | None] = [None if k in struck else alone(s, config, k) for k, s in enumerate(seen)]
    gravity = common_gravity([m for m in motions if m is not None], config)
    tries = pulls if gravity is None else [gravity]
    worlds = [attempt(seen, motions, pull, config) for pull in tries]
    best = max(worlds, key=lambda found: (len(found), -found[0][1].fit.cost if found else 0.0), default=[])
    members = tuple(k for k, _ in best)
    for body, (k, world) in enumerate(best):
        motions[k] = in_world(world, body, seen[k], motions[k], members)
    return tuple(m if m is not None else alone(seen[k], config, k) for k, m in enumerate(motions))


def pulls_of(seen: Sequence[Seen], config: MotionConfig) -> list[np.ndarray]:
    """Accelerations that all bodies may share: the given one; or none, and that of all long arcs."""
    if config.gravity is not None:
        return [np.asarray(config.gravity, float)]
    if max(len(s.track.time) for s in seen) > MOST:
        return [np.zeros(2)]
    parts = broken([s.track for s in seen], [s.sigma for s in seen], None)
    return [np.zeros(2), parts[0].parts.acceleration]


def impacts(seen: Sequence[Seen], gravity: np.ndarray) -> list[tuple[int, int, float]]:
    tracks = [s.track for s in seen]
    if max(len(t.time) for t in tracks) > MOST:
        return []
    return strikes(broken(tracks, [s.sigma for s in seen], gravity), radii(tracks))


def attempt(seen: Sequence[Seen], motions, gravity: np.ndarray, config: MotionConfig) -> list:
    """[(index, world)] of the bodies that one world with this gravity explains; empty where it does not."""
    members = [
        k for k, m in enumerate(motions) if m is None or m.confident and m.model in WORLDLY and not m.fault
    ]
    if len(members) > MANY:
        members = [k for k in members if (m := motions[k]) is None or m.model != "static"]
    if len(members) > MANY or max(len(seen[k].track.time) for k in members or [0]) > MOST:
        return []
    for _ in range(2):
        if len(members) < 2:
            return []
        world = meet_of([seen[k] for k in members], [motions[k] for k in members], gravity, config)
        fits = [fits_in(world, b, seen[k], motions[k]) for b, k in enumerate(members)]
        if all(fits):
            return [(k, world) for k in members]
        if sum(fits) < len(members) / 2:
            break
        members = [k for k, good in zip(members, fits) if good]
    return []


def common_gravity(motions: Sequence[Motion], config: MotionConfig) -> np.ndarray | None:
    """(2,) px/frame^2: what is given, or the weighted mean of the free bodies; None where none tells."""
    if config.gravity is not None:
        return np.asarray(config.gravity, float)
    value, sigma = shared_gravity(motions)
    if value is None or sigma is None:
        return np.zeros(2) if motions and all(m.confident for m in motions) else None
    return value if np.max(np.abs(value) / sigma) > CLEAR_PULL else np.zeros(2)


def meet_of(seen: Sequence[Seen], motions, gravity: np.ndarray, config: MotionConfig) -> World2D:
    first = min(s.track.time[0] for s in seen)
    known, lines = [], []
    for motion in motions:
        if motion is None:
            known.append(None)
            continue
        falls = motion.model in ("ballistic", "bouncing")
        known.append(np.concatenate((motion.at(first), motion.velocity(first), [float(falls)])))
        lines += edges(motion)
    tracks, sigmas = [s.track for s in seen], [s.sigma for s in seen]
    return meet(tracks, sigmas, known, lines, gravity, config)


def edges(motion: Motion) -> list[tuple[float, float]]:
    """(angle, offset) of the lines that a body by itself bounced off, at its edge."""
    found, p = [], motion.parameters
    while f"angle{len(found)}" in p:
        found.append((p[f"angle{len(found)}"], p[f"offset{len(found)}"] - motion.radius))
    return found


def fits_in(world: World2D, body: int, seen: Seen, motion: Motion | None) -> bool:
    """Whether a body moves as the common world says."""
    fit = world.fit
    residual = seen.track.place - fit.law.path(fit.theta[None], seen.track.time)[0, :, body]
    if motion is None:
        return plausible(seen.track, seen.sigma, "colliding", residual, 4)
    by_itself = trimmed(seen.track.place - motion.at(seen.track.time))
    return trimmed(residual) < WORSE[0] * by_itself + WORSE[1]


def in_world(
    world: World2D, body: int, seen: Seen, motion: Motion | None, members: tuple[int, ...]
) -> Motion:
    struck = any(body in (i, j) for i, j, _ in world.strikes)
    model = "colliding" if struck or motion is None else motion.model
    delta = world.evidence if motion is None else motion.delta_bic
    evidence = world.evidence if motion is None else motion.evidence
    return motion_of(
        seen.track, seen.sigma, world.fit, model=model, delta=delta,
        world=world.world, body=body, indices=members, evidence=evidence,
    )  # fmt: skip


def shared_gravity(motions: Sequence[Motion]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Weighted mean of the gravity of the free bodies, and its deviation, (2,) px/frame^2."""
    free = [m for m in motions if m.confident and m.model != "uniform"]
    sigma = np.array([[m.sigma.get("gx", 0.0), m.sigma.get("gy", 0.0)] for m in free]).reshape(-1, 2)
    found = sigma.max(1) > 0  # not told; one that falls straight down errs to the side as it does along
    free, sigma = [m for m, f in zip(free, found) if f], sigma[found]
    if not free:
        return None, None
    weight = np.where(sigma > 0, sigma, sigma.max(1, keepdims=True)) ** -2
    value = np.array([[m.parameters["gx"], m.parameters["gy"]] for m in free])
    return (weight * value).sum(0) / weight.sum(0), weight.sum(0) ** -0.5


def surfaces_of(motions: Sequence[Motion]) -> tuple[Surface2D, ...]:
    """Lines of the confident motions, at the edge of the bodies; each once."""
    found: list[Surface2D] = []
    for motion in motions:
        own = motion.law.path(motion.theta[None], np.array([motion.span[0]])).shape[2] == 1
        for angle, offset in edges(motion) if motion.confident else []:
            offset = (
                offset if own else offset + motion.radius
            )  # the lines of a common world are edges already
            normal = np.array([np.cos(angle), np.sin(angle)])
            near = motion.at(motion.span[0])
            point = near + (offset - near @ normal) * normal
            if not any(abs((s.point - point) @ normal) < 3 and s.normal @ normal > 0.99 for s in found):
                found.append(Surface2D(point, normal))
    return tuple(found)
