"""From tracks to laws of motion: `understand`.

Each track by itself first (candidates.py, select.py); then the bodies that fall, fly and bounce together
in one world (joint.py), which shares gravity and lines between them, finds the impacts of one on another,
and is taken where it leaves no more than the bodies' own fits do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physics.motion.candidates import candidates_of
from physics.motion.collisions import broken, strikes
from physics.motion.describe import motion_of
from physics.motion.erratic import erratic_motion
from physics.motion.joint import World2D, meet, radii
from physics.motion.motion import Motion, Surface2D, Understanding
from physics.motion.observed import MotionConfig, Observed, inliers, noise_scale
from physics.motion.select import choose, plausible, trimmed

FINEST = 0.02  # px: no track is better than this
DEFAULT = MotionConfig()
WORLDLY = ("static", "uniform", "ballistic", "bouncing")
WORSE = (1.25, 0.05)  # factor, and px, by which a body may fit worse in the common world than alone
CLEAR_PULL = 5.0  # deviations of gravity from zero


@dataclass(frozen=True)
class Seen:
    """A track without its outliers, the white noise of each sample (n,) px, and its motion by itself."""

    track: Observed
    sigma: np.ndarray
    alone: Motion


def understand(
    objects: Sequence[Observed], *, size: tuple[int, int] | None = None, config: MotionConfig = DEFAULT
) -> Understanding:
    """Laws of motion of the tracks `objects`; `size` (width, height) px of the picture."""
    seen = [look(track, config, index) for index, track in enumerate(objects)]
    motions = common(seen, config) if len(seen) > 1 else tuple(s.alone for s in seen)
    gravity, sigma = shared_gravity(motions)
    return Understanding(motions, gravity, sigma, surfaces_of(motions))


def look(track: Observed, config: MotionConfig, index: int) -> Seen:
    """The law of one track by itself."""
    good = track.take(inliers(track))
    sigma = np.maximum(good.sigma * max(noise_scale(good), 1.0), FINEST)
    choice = choose(good, sigma, candidates_of(good, sigma, config))
    if not choice.believed:
        return Seen(good, sigma, erratic_motion(good, sigma, choice.delta_bic))
    best = choice.best
    motion = motion_of(
        good, sigma, best.fit, model=best.model, delta=choice.delta_bic, share=choice.share,
        world=best.hypothesis.world, indices=(index,),
    )  # fmt: skip
    return Seen(good, sigma, motion)


def common(seen: Sequence[Seen], config: MotionConfig) -> tuple[Motion, ...]:
    """Motions of all bodies, those that can be in one world."""
    motions = [s.alone for s in seen]
    gravity = common_gravity(motions, config)
    parts = broken([s.track for s in seen], [s.sigma for s in seen], gravity)
    struck = {k for i, j, _ in strikes(parts, radii([s.track for s in seen])) for k in (i, j)}
    members = [k for k, s in enumerate(seen) if k in struck or s.alone.model in WORLDLY]
    for _ in range(2):
        if len(members) < 2:
            break
        world = meet_of([seen[k] for k in members], [k in struck for k in members], gravity, config)
        fits = [fits_in(world, b, seen[k], k in struck) for b, k in enumerate(members)]
        if all(fits):
            for b, k in enumerate(members):
                motions[k] = in_world(world, b, seen[k], tuple(members))
            break
        members = [k for k, good in zip(members, fits) if good]
    return tuple(motions)


def common_gravity(motions: Sequence[Motion], config: MotionConfig) -> np.ndarray:
    """(2,) px/frame^2: what is given, or the weighted mean of the free bodies, or none where it is not
    clear.
    """
    if config.gravity is not None:
        return np.asarray(config.gravity, float)
    value, sigma = shared_gravity(motions)
    if value is None or sigma is None or np.max(np.abs(value) / sigma) < CLEAR_PULL:
        return np.zeros(2)
    return value


def meet_of(
    seen: Sequence[Seen], struck: Sequence[bool], gravity: np.ndarray, config: MotionConfig
) -> World2D:
    first = min(s.track.time[0] for s in seen)
    known, lines = [], []
    for s, hit in zip(seen, struck):
        falls = s.alone.model in ("ballistic", "bouncing")
        state = np.concatenate((s.alone.at(first), s.alone.velocity(first), [float(falls)]))
        known.append(None if hit else state)
        lines += [] if hit else edges(s.alone)
    tracks, sigmas = [s.track for s in seen], [s.sigma for s in seen]
    return meet(tracks, sigmas, known, lines, gravity, config)


def edges(motion: Motion) -> list[tuple[float, float]]:
    """(angle, offset) of the lines that a body by itself bounced off, at its edge."""
    found, p = [], motion.parameters
    while f"angle{len(found)}" in p:
        found.append((p[f"angle{len(found)}"], p[f"offset{len(found)}"] - motion.radius))
    return found


def fits_in(world: World2D, body: int, seen: Seen, struck: bool) -> bool:
    """Whether a body moves as the common world says."""
    fit = world.fit
    residual = seen.track.place - fit.law.path(fit.theta[None], seen.track.time)[0, :, body]
    if struck or not seen.alone.confident:
        return plausible(seen.track, seen.sigma, "colliding", residual, 4)
    alone = trimmed(seen.track.place - seen.alone.at(seen.track.time))
    return trimmed(residual) < WORSE[0] * alone + WORSE[1]


def in_world(world: World2D, body: int, seen: Seen, members: tuple[int, ...]) -> Motion:
    struck = any(body in (i, j) for i, j, _ in world.strikes)
    model = "colliding" if struck else seen.alone.model
    return motion_of(
        seen.track, seen.sigma, world.fit, model=model, delta=seen.alone.delta_bic, share=1.0,
        world=world.world, body=body, indices=members,
    )  # fmt: skip


def shared_gravity(motions: Sequence[Motion]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Weighted mean of the gravity of the free bodies, and its deviation, (2,) px/frame^2."""
    free = [m for m in motions if m.confident and "gx" in m.sigma and m.model != "uniform"]
    if not free:
        return None, None
    weight = np.array([[m.sigma["gx"] ** -2, m.sigma["gy"] ** -2] for m in free])
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
