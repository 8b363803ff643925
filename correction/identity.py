"""What no law allows and no moving of pixels mends: things that split, multiply, vanish or become another.

Judged from the tracks: where they begin and end inside the picture, next to what, in which colour and size. A
thing that is hidden for a while shrinks before, one that is caught has something else in its place, one that
leaves does so over the border: none of these counts. Colours are compared by CIEDE2000.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace

import numpy as np

from correction.colour import delta_e
from correction.deviation import Limits, substantial
from correction.inspect import Seen
from physics.estimator.track import Track, Watch

LASTING = 8  # frames that a track needs to count as a thing
LEAST, SHARE = 14, 0.2  # frames, share of the shot that it has to be seen before it is judged
LATE = 3  # frames after the shot's beginning (before its end) from which a beginning (an end) is told
NEAR = 3.0  # radii
INSIDE = 0.8  # radii from the old thing's centre at which the new one's way back has to arrive
MERGED, ENDS = 18, 6  # frames in which two may look like one; first steps that tell a new thing's speed
HEADS = (2, 8, 14, 20)  # frames before the birth up to which the old thing is tried for a law
OTHER, LIKE = 18.0, 12.0  # CIEDE2000 of mean colours: surely another; probably the same
STEADY = 0.12  # change of the visible share over a few frames that no covering makes
SHORTEST_GAP = 2  # frames of absence


@dataclass(frozen=True)
class Broken:
    """One thing that cannot be mended."""

    kind: str  # "vanished", "split", "multiplied", "identity changed"
    track: int  # id
    first: int  # frames
    last: int


def broken(
    watch: Watch,
    tracks: list[Track],
    seen: dict[int, Seen],
    obeys: Callable[[Track], bool] = lambda _: False,
    orderly: Collection[int] = (),
) -> list[Broken]:
    """All that is found in one shot; `seen` by track id, for the things that move by a law; `obeys` tells of
    a part of a track whether it does; `orderly` are the ids of those that probably do, enough to tell that
    one in motion is not a lamp.

    What moves by no law (people, hands, leaves) is not judged: its parts come and go. A thing that splits
    moves by a law until it does.
    """
    things = [t for t in tracks if len(t.frames) >= LASTING and substantial(watch, t, Limits())]
    long = [t for t in things if len(t.frames) >= max(LEAST, SHARE * watch.num_frames)]
    judged = [t for t in long if t.id in seen]
    found = [b for t in judged for b in _vanished(t, seen[t.id])]
    found += [b for t in long if t.id in seen or t.id in orderly for b in _recoloured(t)]
    for t in things:
        start = int(t.frames[0])
        if start - watch.first < LATE or _at_border(watch, t, 0):
            continue
        found += _born(t, judged, things, obeys)
    return _unique(found)


def _vanished(track: Track, seen: Seen) -> list[Broken]:
    """Runs of frames in which it is nowhere; it has to be whole just before."""
    empty = np.array(sorted(seen.empty), int)
    runs = np.split(empty, np.flatnonzero(np.diff(empty) > 1) + 1) if len(empty) else []
    return [
        Broken("vanished", track.id, int(r[0]), int(r[-1]))
        for r in runs
        if len(r) >= SHORTEST_GAP and _whole_around(track, int(r[0]), int(r[-1]))
    ]


def _whole_around(track: Track, first: int, last: int) -> bool:
    """Whether nothing covers it before the gap, nor uncovers it after: it shows in full, or steadily."""
    sides = np.flatnonzero(track.frames < first)[::-1], np.flatnonzero(track.frames > last)
    return all(not len(rows) or _uncovered(track, rows[: ENDS - 2]) for rows in sides)


def _uncovered(track: Track, rows: np.ndarray) -> bool:
    """`rows` of the track, from the one next to the gap outwards."""
    k = rows[0]
    if track.radius[k] < 0.88 * _radius(track):  # it has shrunk by then: something slides over it
        return False
    if track.visible[k] >= 0.9 and np.isfinite(track.radius[k]):
        return True
    return len(rows) > 2 and bool(track.visible[k] > max(0.5, track.visible[rows].max() - STEADY))


def _recoloured(track: Track) -> list[Broken]:
    """A step of the colour from one frame to the next that stays."""
    if len(track.frames) < 2 * LASTING:
        return []
    steps = delta_e(track.colour[1:], track.colour[:-1])
    for k in np.argsort(-steps)[:2]:
        before, after = track.colour[max(k - 7, 0) : k + 1], track.colour[k + 1 : k + 9]
        if min(len(before), len(after)) < 4:
            continue
        apart = float(delta_e(np.median(before, axis=0), np.median(after, axis=0)))
        restless = max(_restless(before), _restless(after))
        if apart > OTHER and restless < 0.25 * apart and steps[k] > 0.5 * apart:
            return [Broken("identity changed", track.id, int(track.frames[k]), int(track.frames[k + 1]))]
    return []


def _restless(colours: np.ndarray) -> float:
    return float(np.median(delta_e(colours, np.median(colours, axis=0))))


def _at_border(watch: Watch, track: Track, row: int) -> bool:
    x, y = track.centre[row]
    r = 2.0 * _radius(track) + 3
    return x < r or y < r or x > watch.width - r or y > watch.height - r


def _radius(track: Track) -> float:
    return float(np.nanmedian(track.radius)) if np.isfinite(track.radius).any() else 6.0


def _born(new: Track, judged: list[Track], things: list[Track], obeys) -> list[Broken]:
    """Where a thing that begins inside the picture came from."""
    start = int(new.frames[0])
    out = []
    for old in things:
        if old.id == new.id or old.frames[0] >= start:
            continue
        row = int(np.searchsorted(old.frames, start, side="right")) - 1
        if start - old.frames[row] > LATE + 1 or not _springs_from(new, old):
            continue
        found = _heir(old, new, start, things)
        if found and (any(old is t for t in judged) or _obeyed_before(old, start, obeys)):
            out += found
    return out


def _springs_from(new: Track, old: Track) -> bool:
    """Whether the first place of `new`, or one that its first steps lead back to, is beside or in `old`."""
    size = max(_radius(old), _radius(new))
    back = np.arange(0, MERGED + 1)
    speed = np.median(np.diff(new.centre[:ENDS], axis=0), axis=0)
    for k in back:
        row = int(np.searchsorted(old.frames, new.frames[0] - k, side="right")) - 1
        if row < 0:
            return False
        far = float(np.hypot(*(new.centre[0] - k * speed - old.centre[row])))
        if far < (NEAR if k == 0 else INSIDE) * size:
            return True
    return False


def _obeyed_before(old: Track, start: int, obeys: Callable[[Track], bool]) -> bool:
    """Whether a thing moved by a law until the two that came of it could not yet be told apart."""
    heads = (int(np.searchsorted(old.frames, start - back)) for back in HEADS)
    return any(rows >= LEAST and obeys(_head(old, rows)) for rows in heads)


def _head(track: Track, rows: int) -> Track:
    per_frame = {f.name: v[:rows] for f in fields(Track)
                 if isinstance(v := getattr(track, f.name), np.ndarray)}  # fmt: skip
    return replace(track, **per_frame)


def _heir(old: Track, new: Track, start: int, things: list[Track]) -> list[Broken]:
    """What the birth of `new` beside `old` means."""
    ended = old.frames[-1] <= start + 2
    ratio = _radius(new) / _radius(old)
    colours = [np.median(t.colour[rows], axis=0) for t, rows in ((old, slice(-8, None)), (new, slice(8)))]
    apart = float(delta_e(*colours))
    span = int(old.frames[-1]), start
    if ended:
        others = [t for t in things if t.id not in (old.id, new.id) and abs(int(t.frames[0]) - start) <= LATE
                  and np.hypot(*(t.centre[0] - new.centre[0])) < NEAR * _radius(old)]  # fmt: skip
        if others and ratio < 0.92:
            return [Broken("split", old.id, min(span), max(span))]
        if not others and (apart > OTHER or not 0.7 < ratio < 1.4):
            return [Broken("identity changed", old.id, min(span), max(span))]
        return []
    same_size = _steady_through(old, start)
    if apart < LIKE and 0.7 < ratio < 1.4 and same_size:
        return [Broken("multiplied", old.id, start, int(new.frames[-1]))]
    if apart < LIKE and ratio <= 0.92 and not same_size:
        return [Broken("split", old.id, start, int(new.frames[-1]))]
    return []


def _steady_through(track: Track, frame: int) -> bool:
    """Whether its size is the same before and after a frame."""
    before = track.radius[(track.frames < frame - 1) & np.isfinite(track.radius)][-MERGED * 2 :]
    after = track.radius[(track.frames > frame + 3) & np.isfinite(track.radius)]
    if len(before) < 3 or len(after) < 3:
        return False
    return bool(0.88 < np.median(after[-6:]) / np.median(before) < 1.13)


def _unique(found: list[Broken]) -> list[Broken]:
    """One entry per kind and object."""
    first: dict[tuple[str, int], Broken] = {}
    for b in found:
        first.setdefault((b.kind, b.track), b)
    return list(first.values())
