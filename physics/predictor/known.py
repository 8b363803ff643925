"""Understood motions made ready to go on: laws that are followed, and worlds that are drawn from.

A pendulum, a spring, a circle, a slide follow their law, each member of the ensemble with its own draw of the
law's parameters. Bodies that fly, bounce and meet are handed to the roll-out as draws of state, forces, lines
and restitutions (physics.predictor.posterior).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from physics.motion import Motion, MotionConfig, Observed
from physics.motion.describe import named
from physics.motion.explain import prepare
from physics.motion.hypotheses import belief
from physics.motion.joint import gather, joint_belief
from physics.motion.select import robust_scale
from physics.predictor.posterior import Drawn, Worlds, several, worlds
from physics.predictor.rollout import SUBSTEPS, Surface

AHEAD = 64  # frames that a law is tabulated ahead
RATE = 1e-3  # frames, for velocities by central differences
OBEYS = 2.0  # deviations of noise that the most likely law may leave, where the understood one was in doubt
ENDED = 2.0  # frames before the last sample by which a law that held for a part has ended
FREE = ("uniform", "ballistic", "bouncing", "colliding")
SAME = (0.1, 4.0)  # rad and px by which two finds of one line may differ


@dataclass
class Known:
    """A motion of physics.motion as a law to follow, tabulated ahead on the roll-out's time grid."""

    motion: Motion
    start: float
    count: int  # draws besides the most likely
    seed: int = 0
    _theta: np.ndarray | None = None
    _table: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def at(self, t: float) -> np.ndarray:
        """(2,) px."""
        return self.motion.at(t)

    def velocity(self, t: float) -> np.ndarray:
        """(2,) px/frame."""
        return self.motion.velocity(t)

    def members(self, t: float) -> tuple[np.ndarray, np.ndarray]:
        """Places and velocities (1 + count, 2), linear between the table's rows."""
        block, within = divmod((t - self.start) * SUBSTEPS, AHEAD * SUBSTEPS)
        place, speed = self._block(int(block))
        low = int(within)
        share = within - low
        if share < 1e-6:
            return place[low], speed[low]
        return (1 - share) * place[low] + share * place[low + 1], (1 - share) * speed[low] + share * speed[
            low + 1
        ]

    def _block(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        if number not in self._table:
            motion = self.motion
            if self._theta is None:
                self._theta = several(motion.law, motion.theta, motion.covariance, self.count, self.seed)
            first = number * AHEAD * SUBSTEPS
            times = self.start + np.arange(first, first + AHEAD * SUBSTEPS + 2) / SUBSTEPS
            places = [motion.law.path(self._theta, times + d)[:, :, motion.body] for d in (0.0, RATE, -RATE)]
            rows = np.moveaxis(places[0], 1, 0), np.moveaxis((places[1] - places[2]) / (2 * RATE), 1, 0)
            self._table = {k: v for k, v in self._table.items() if k >= number - 1}
            self._table[number] = rows
        return self._table[number]


@dataclass(frozen=True)
class Foreseen:
    """What free bodies do next: `drawn` and the motion brought up to date by index of the track; lines."""

    drawn: dict[int, Drawn]
    motions: dict[int, Motion]
    lines: tuple[Surface, ...]


def foresee(
    motions: Sequence[Motion], tracks: Sequence[Observed], ids: Sequence[int], radii: Sequence[float],
    config: MotionConfig, width: float, last: float, members: int, seed: int,
) -> Foreseen:  # fmt: skip
    """Draws of all bodies that move freely. `ids` name the bodies to the surfaces, `radii` px of contact."""
    drawn, updated = {}, dict(enumerate(motions))
    lines: list[tuple[set[int], Surface]] = []
    for group in _groups(motions, tracks, last):
        found = _draw(motions, tracks, group, radii, config, width, last, members, seed)
        if not _obeys(found, motions, group, tracks):
            continue
        for place, k in enumerate(group):
            drawn[k] = found.bodies[place]
            updated[k] = _updated(motions[k], found, place, len(group))
        lines += [({ids[k] for k in group}, _surface(line)) for line in found.lines]
    return Foreseen(drawn, updated, _shared(lines, ids, [motions[k].at(last) for k in range(len(ids))]))


def _groups(motions: Sequence[Motion], tracks: Sequence[Observed], last: float) -> list[list[int]]:
    """Indices of the tracks of each fitted world, in the order of its bodies."""
    together: dict[int, list[int]] = {}
    for k, motion in enumerate(motions):
        ended = motion.span[1] < tracks[k].time[-1] - ENDED
        if motion.world is not None and motion.model in FREE and not ended:
            together.setdefault(id(motion.law), []).append(k)
    groups = [sorted(g, key=lambda k: motions[k].body) for g in together.values()]
    return [g for g in groups if len(g) == _bodies(motions[g[0]])]


def _bodies(motion: Motion) -> int:
    return motion.world.bodies if motion.world is not None else 0


def _draw(motions, tracks, group, radii, config, width, last, members, seed) -> Worlds:
    motion = motions[group[0]]
    seen = []
    for k in group:
        inside = (tracks[k].time >= motions[k].span[0]) & (tracks[k].time <= motions[k].span[1])
        seen.append(prepare(tracks[k].take(inside)))
    data = gather([s.track for s in seen], [s.sigma for s in seen])
    believed = (joint_belief if len(group) > 1 else belief)(motion.world, config)
    return worlds(
        motion.world, motion.theta, motion.free, data, believed, width, last,
        [radii[k] for k in group], members, seed,
    )  # fmt: skip


def _obeys(found: Worlds, motions, group: list[int], tracks) -> bool:
    """Whether a world is to be believed: the understood one was, or this one leaves no more than noise."""
    if all(motions[k].confident for k in group):
        return True
    scales = []
    for place, k in enumerate(group):
        seen = prepare(tracks[k])
        path = found.fit.law.path(found.fit.theta[None], seen.track.time)[0, :, place]
        scales.append(robust_scale(seen.track.place - path, seen.sigma))
    return max(scales) < OBEYS


def _updated(motion: Motion, found: Worlds, body: int, bodies: int) -> Motion:
    """The motion with the most likely law's numbers, and named after what is switched on in it."""
    values, deviations = named(found.fit, found.fit.covariance, motion.world, body)
    model = motion.model
    if model in ("uniform", "ballistic"):
        model = "ballistic" if {"gravity", "drag"} & found.on else "uniform"
    return replace(
        motion, model=model, confident=True, parameters=values, sigma=deviations, law=found.fit.law,
        theta=found.fit.theta, covariance=found.fit.covariance, body=body,
    )  # fmt: skip


def _surface(line) -> Surface:
    """A drawn line at the edge of bodies; points near the picture do not matter to a straight line."""
    return Surface((line.offset - line.at)[:, None] * line.normal, line.normal)


def _shared(lines: list[tuple[set[int], Surface]], ids: Sequence[int], at) -> tuple[Surface, ...]:
    """Each line stops its own world's bodies, and others that have no such line of their own."""
    surfaces = []
    for owners, line in lines:
        others = {
            one for one, place in zip(ids, at)
            if one not in owners
            and not any(one in mine and _alike(line, other, place) for mine, other in lines)
        }  # fmt: skip
        first = next(l for o, l in lines if _alike(line, l, line.point[0]))
        surfaces.append(replace(line, only=frozenset(owners | (others if line is first else set()))))
    return tuple(surfaces)


def _alike(a: Surface, b: Surface, near: np.ndarray) -> bool:
    """Whether two lines are one, seen from a place."""
    turn = a.normal[0] @ b.normal[0]
    gap = (near - a.point[0]) @ a.normal[0] - (near - b.point[0]) @ b.normal[0]
    return bool(turn > np.cos(SAME[0]) and abs(gap) < SAME[1])
