"""Which bodies struck each other: breaks of two tracks at one time, a sum of radii apart.

The turn of the velocity has to lie along the line of centres (smooth discs), and what was approaching has
to part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physics.motion.events import Break, Partition, breaks, pooled_acceleration, split
from physics.motion.observed import Observed

TOGETHER = 1.5  # frames between the breaks of two bodies that struck each other
REACH = (0.25, 2.5)  # share of the sum of radii, and px, by which the distance may be off
ALONG = 0.6  # cosine between the turn of the velocity and the line of centres
CLEAR = 0.85  # share of the sum of radii: bodies seen nearer than this passed in front of each other


@dataclass(frozen=True)
class Broken:
    """A track with its partition and breaks."""

    track: Observed
    parts: Partition
    breaks: tuple[Break, ...]

    def at(self, when: float) -> np.ndarray:
        """(2,) px on the arcs of the partition."""
        arc = int(np.searchsorted(self.track.time[self.parts.first], when, "right")) - 1
        place, speed = self.parts.lines[max(arc, 0)]
        return place + speed * when + self.parts.acceleration * when**2 / 2


def broken(
    tracks: Sequence[Observed], sigmas: Sequence[np.ndarray], gravity: np.ndarray | None
) -> list[Broken]:
    """Partitions of all tracks with one acceleration: the given one, or that of all their long arcs."""
    if gravity is None:
        each = [split(t.time, t.place, s) for t, s in zip(tracks, sigmas)]
        weight = np.array([arc_weight(t, p) for t, p in zip(tracks, each)])
        value = np.array(
            [pooled_acceleration(t.time, t.place, p.first, p.last) for t, p in zip(tracks, each)]
        )
        gravity = (weight[:, None] * value).sum(0) / max(weight.sum(), 1e-9)
    parts = [split(t.time, t.place, s, gravity) for t, s in zip(tracks, sigmas)]
    radii = [float(np.nan_to_num(np.nanmedian(t.radius))) for t in tracks]
    return [Broken(t, p, breaks(t.time, p, r)) for t, p, r in zip(tracks, parts, radii)]


def arc_weight(track: Observed, parts: Partition) -> float:
    """Information of a track's arcs on the acceleration."""
    spans = track.time[parts.last] - track.time[parts.first]
    return float((spans[spans >= 4] ** 5).sum()) / float(np.median(track.sigma)) ** 2


def strikes(bodies: Sequence[Broken], radius: np.ndarray) -> list[tuple[int, int, float]]:
    """(i, j, time) of every impact between two bodies."""
    found = []
    for i in range(len(bodies)):
        for j in range(i + 1, len(bodies)):
            for a in bodies[i].breaks:
                if struck(a, bodies[j], radius[i] + radius[j]):
                    found.append((i, j, a.time))
    return found


def struck(mine: Break, other: Broken, reach: float) -> bool:
    if not other.track.time[0] - 1 <= mine.time <= other.track.time[-1] + 1:
        return False
    apart = mine.place - other.at(mine.time)
    distance = np.linalg.norm(apart)
    if abs(distance - reach) > REACH[0] * reach + REACH[1]:
        return False
    turn = mine.after - mine.before
    along = (turn @ apart) / max(np.linalg.norm(turn) * distance, 1e-9)
    partner = any(abs(b.time - mine.time) < TOGETHER for b in other.breaks)
    return bool(along > ALONG and partner)


def passing(tracks: Sequence[Observed], radius: np.ndarray) -> np.ndarray:
    """(pairs,) bool: whether two bodies can meet, or were seen to pass in front of each other."""
    meets = []
    for i in range(len(tracks)):
        for j in range(i + 1, len(tracks)):
            _, a, b = np.intersect1d(tracks[i].time, tracks[j].time, return_indices=True)
            apart = np.linalg.norm(tracks[i].place[a] - tracks[j].place[b], axis=1)
            meets.append(not len(apart) or bool(np.all(apart > CLEAR * (radius[i] + radius[j]))))
    return np.array(meets, bool)
