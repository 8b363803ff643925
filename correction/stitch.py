"""Tracks of one thing that broke where it jumped: joined again when they follow each other and look alike.

A thing that stands still for a few frames and then leaps is followed by no tracker that believes in
motion. Two tracks are one when the second begins soon after the first ended, both inside the picture, in
the same colour (CIEDE2000) and size, and when neither has another partner. Whether the joined path obeys
a law is not decided here: if none does, nothing will be touched.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from correction.colour import delta_e
from physics.estimator.track import Track, Watch

SOON = 8  # frames from the one's end to the other's beginning
FAR = 8.0  # radii
LIKE, SAME = 8.0, 1.15  # CIEDE2000; ratio of the radii
ENDS = 6  # frames at the ends that are compared


def stitched(watch: Watch) -> Watch:
    """The shot with broken tracks joined; a joined track keeps the first one's id."""
    free = [t for t in watch.tracks if t.attached_to is None]
    following = {a.id: [b for b in free if _follows(watch, a, b)] for a in free}
    before = {b.id: sum(b in heirs for heirs in following.values()) for b in free}
    heir = {a: bs[0] for a, bs in following.items() if len(bs) == 1 and before[bs[0].id] == 1}
    if not heir:
        return watch
    taken, names, tracks = {b.id for b in heir.values()}, {}, []
    for track in free:
        if track.id in taken:
            continue
        chain = [track]
        while chain[-1].id in heir:
            chain.append(heir[chain[-1].id])
        names.update({t.id: track.id for t in chain})
        tracks.append(joined(chain))
    tied = [replace(t, attached_to=names.get(t.attached_to, t.attached_to)) for t in watch.tracks
            if t.attached_to is not None]  # fmt: skip
    return replace(watch, tracks=(*tracks, *tied))


def joined(chain: list[Track]) -> Track:
    """One track of several that follow each other, with the longest one's layer."""
    if len(chain) == 1:
        return chain[0]
    rows = [f.name for f in fields(Track) if isinstance(getattr(chain[0], f.name), np.ndarray)]
    arrays = {name: np.concatenate([getattr(t, name) for t in chain]) for name in rows}
    longest = max(chain, key=lambda t: len(t.frames))
    return replace(chain[0], layer=longest.layer, **arrays)


def _follows(watch: Watch, first: Track, second: Track) -> bool:
    if not 0 < second.frames[0] - first.frames[-1] <= SOON:
        return False
    radii = [_radius(t) for t in (first, second)]
    if not 1 / SAME < radii[1] / radii[0] < SAME:
        return False
    if np.hypot(*(second.centre[0] - first.centre[-1])) > FAR * radii[0]:
        return False
    inside = all(_inside(watch, t.centre[k], r) for t, k, r in ((first, -1, radii[0]), (second, 0, radii[1])))
    colours = [np.median(c, axis=0) for c in (first.colour[-ENDS:], second.colour[:ENDS])]
    return inside and float(delta_e(*colours)) < LIKE


def _radius(track: Track) -> float:
    known = track.radius[np.isfinite(track.radius)]
    return float(np.median(known)) if len(known) else 6.0


def _inside(watch: Watch, place: np.ndarray, radius: float) -> bool:
    size = np.array([watch.width, watch.height])
    return bool(np.all(place > 1.2 * radius) and np.all(place < size - 1.2 * radius))
