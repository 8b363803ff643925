"""Bodies that came near each other, or lines that are told: one world for all of them, found by shooting.

Breaks of tracks alone mistake a body for a wall where neither shows enough (explain.py). Here the simulator
finds the impacts: from the first arcs of all bodies it runs on, through told lines and each other, and the
horizon of the fit grows by one break of a track at a time, so that every impact is fitted before the next
depends on it (multiple horizons, as joint.py; compare Bock 1983). Told lines stay where they are told; lines
that the tracks suggest are tried beside them. Few numbers: states, one restitution at lines, one between
bodies, masses by size unless impacts say otherwise. The world is taken for the bodies that it explains as
well as their own laws do.

Limits: no drag, spin or friction; MANY bodies, LARGEST samples; a body first seen late runs backwards
from its first arc.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from physics.motion.collisions import Broken, broken, passing, strikes
from physics.motion.explain import MANY, Seen, fits_in, in_world, surfaces_of
from physics.motion.fit import HOPELESS, ROUNDS, Data, solve
from physics.motion.joint import (
    World2D,
    clear,
    gain,
    gather,
    joint_belief,
    lines_of,
    mass_ratio,
    merge,
    radii,
    until,
)
from physics.motion.motion import Motion
from physics.motion.observed import MotionConfig
from physics.motion.select import trimmed
from physics.motion.world_law import WorldLaw

FREE = ("static", "uniform", "ballistic", "bouncing", "colliding", "erratic")
BRAKED = ("rolling", "sliding")  # laws that a world without friction has to match closely
CLOSELY = (1.1, 0.005)  # factor, and px, by which it may fit them worse
NEAR = 1.3  # sums of radii within which two bodies may have met
AFTER, APART = 4.0, 2.0  # frames from a break to the end of a stage; between stages, at least
STAGES = 18  # at most
LARGEST = 480  # samples of all bodies: what was long ago tells less, and the fit's cost grows with the square
STAGE = 10  # rounds of a fit that only prepares the next
GUESS = 0.9  # restitution to start from

Told = Sequence[tuple[float, float, float, float]]  # x, y, nx, ny of lines


def together(
    seen: Sequence[Seen], motions: Sequence[Motion], told: Told, gravity: np.ndarray | None,
    config: MotionConfig,
) -> tuple[Motion, ...]:  # fmt: skip
    """The motions, those of bodies that one world explains taken from it."""
    members = [k for k, m in enumerate(motions) if m.model in FREE + BRAKED]
    if not worth_it([seen[k] for k in members], [motions[k] for k in members], told):
        return tuple(motions)
    pull = np.zeros(2) if gravity is None else gravity
    found = tuple(motions)
    while len(members) > 1:
        own = [motions[k] if motions[k].confident else None for k in members]
        tries = list(worlds_of([seen[k] for k in members], own, told, pull, config))
        fits = [[explains(w, b, seen[k], own[b]) for b, k in enumerate(members)] for w in tries]
        best = max(range(len(tries)), key=lambda n: (sum(fits[n]), tries[n].evidence))
        if all(fits[best]):
            for b, k in enumerate(members):
                made = in_world(tries[best], b, seen[k], unbraked(own[b]), tuple(members))
                found = (*found[:k], made, *found[k + 1 :])
            break
        if 2 * sum(fits[best]) < len(members):
            break
        members = [k for k, good in zip(members, fits[best]) if good]
    return found


def explains(world: World2D, body: int, seen: Seen, own: Motion | None) -> bool:
    """Whether the world explains a body as well as its own law does."""
    if own is None or own.model not in BRAKED:
        return fits_in(world, body, seen, own)
    residual = seen.track.place - world.fit.law.path(world.fit.theta[None], seen.track.time)[0, :, body]
    by_itself = trimmed(seen.track.place - own.at(seen.track.time))
    return trimmed(residual) < CLOSELY[0] * by_itself + CLOSELY[1]


def unbraked(own: Motion | None) -> Motion | None:
    """The same motion, named as what it is without friction."""
    return replace(own, model="uniform") if own is not None and own.model in BRAKED else own


def worth_it(seen: Sequence[Seen], motions: Sequence[Motion], told: Told) -> bool:
    """Whether there is something that the bodies' own laws, or the world found so far, may not know."""
    if not 1 < len(seen) <= MANY or sum(len(s.track.time) for s in seen) > LARGEST:
        return False
    if len({id(m.law) for m in motions}) == 1 and not told:
        return False
    return bool(told) or any(near(a, b) for n, a in enumerate(seen) for b in seen[:n])


def near(a: Seen, b: Seen) -> bool:
    """Whether two bodies were ever seen so near to each other that they may have met."""
    _, i, j = np.intersect1d(a.track.time, b.track.time, return_indices=True)
    apart = np.linalg.norm(a.track.place[i] - b.track.place[j], axis=1)
    return bool(len(i) and apart.min() < NEAR * radii([a.track, b.track]).sum())


def worlds_of(
    seen: Sequence[Seen], own: Sequence[Motion | None], told: Told, gravity: np.ndarray, config: MotionConfig
) -> Iterator[World2D]:
    """The world with the told lines alone, and that with those which the tracks suggest."""
    tracks, sigmas = [s.track for s in seen], [s.sigma for s in seen]
    parts, radius = broken(tracks, sigmas, gravity), radii(tracks)
    hits = strikes(parts, radius)
    known = [line_of(s[:2], s[2:]) for s in told]
    suggested = [line_of(s.point, s.normal) for s in surfaces_of([m for m in own if m is not None])]
    suggested += lines_of(parts, hits, [None] * len(seen), sigmas)
    lines = merge([*known, *(line for line in suggested if clear(line, tracks, radius))])
    yield shoot(seen, parts, known, len(known), hits, config)
    if len(lines) > len(known):
        yield shoot(seen, parts, lines, len(known), hits, config)


def line_of(point, normal) -> tuple[float, float]:
    """(angle, offset)."""
    return float(np.arctan2(normal[1], normal[0])), float(np.dot(point, normal))


def shoot(
    seen: Sequence[Seen], parts: Sequence[Broken], lines, fixed: int, hits, config: MotionConfig
) -> World2D:
    """The fit over growing horizons; the first `fixed` of the lines do not move."""
    tracks, first = [s.track for s in seen], float(min(s.track.time[0] for s in seen))
    radius = radii(tracks)
    world = WorldLaw(len(seen), len(lines), radius, first, None, passing(tracks, radius))
    theta, index = start_of(world, parts, lines, config), free_of(world, parts, fixed)
    data, prior, law = (
        gather(tracks, [s.sigma for s in seen]),
        joint_belief(world, config),
        world.law("colliding"),
    )
    ends = stages(data, [b.time for p in parts for b in p.breaks])
    fit = solve(law, until(data, ends[0]), theta[None], index, prior, STAGE if len(ends) > 1 else ROUNDS)
    for end in ends[1:]:
        if fit.cost > HOPELESS[1] * until(data, end).seen.sum():
            break
        rounds = ROUNDS if end == ends[-1] else STAGE
        fit = solve(law, until(data, end), fit.theta[None], index, prior, rounds)
    return World2D(world, fit, data, tuple(hits), gain(fit, data))


def stages(data: Data, breaks: Sequence[float]) -> list[float]:
    """Ends of the stages: a little after each break, the last at the end."""
    last, ends = float(data.time[-1]), list[float]()
    apart = max(APART, (last - float(data.time[0])) / STAGES)
    for when in sorted(breaks):
        if when + AFTER < last and (not ends or when + AFTER - ends[-1] >= apart):
            ends.append(when + AFTER)
    return [*ends, last]


def start_of(world: WorldLaw, parts: Sequence[Broken], lines, config: MotionConfig) -> np.ndarray:
    """Bodies on their first arcs, masses by size."""
    pull, values = parts[0].parts.acceleration, {}
    for k, body in enumerate(parts):
        place, speed = body.parts.lines[0]
        state = (*(place + speed * world.first + pull * world.first**2 / 2), *(speed + pull * world.first))
        values |= dict(zip((f"x{k}", f"y{k}", f"u{k}", f"v{k}"), state))
        values |= {f"mass{k}": mass_ratio(world.radius, k, config)} if k else {}
    for s, (angle, offset) in enumerate(lines):
        values |= {f"angle{s}": angle, f"offset{s}": offset}
    return world.theta(gx=pull[0], gy=pull[1], bounce=GUESS, restitution=GUESS, **values)


def free_of(world: WorldLaw, parts: Sequence[Broken], fixed: int) -> np.ndarray:
    """Indices of what the data or the priors tell."""
    names = [f"{n}{k}" for k in range(world.bodies) for n in "xyuv"] + ["bounce", "swell"]
    names += [f"mass{k}" for k in range(1, world.bodies)] + (["restitution"] if world.lines else [])
    names += ["gx", "gy"] if np.any(parts[0].parts.acceleration) else []
    names += [f"offset{s}" for s in range(fixed, world.lines)]
    return np.array(sorted(world.index[name] for name in names))
