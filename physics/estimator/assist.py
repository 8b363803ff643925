"""Where the learned detector joins in, and what becomes of what it says.

It is asked about a frame where the classical path fails its own checks: the camera moves, so that the plate
errs at every edge; the clip is so short that things hide parts of the ground for good; or a blob is not
convex, which one thing rarely is and two that touch always are. Everywhere else it is not even loaded.

Then a blob that several proposals cover as discs is parted between them; where the camera moves, one that
holds none is dropped; where it moves, where the clip is short, or where nothing was found at all, what is
proposed and no blob becomes one, a disc. All of that says where things are to half their radius; the
sub-pixel part stays registration's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from physics.estimator.detect import EDGE, Blob, Cutout, Ground
from physics.estimator.detector import GAP, Proposal, proposals, reduction
from physics.estimator.plate import Plate
from physics.estimator.scenery import Scenery
from physics.estimator.split import parted

CONVEX = 0.9  # of its hull: a blob that fills less is not one thing
LEAST = 60.0  # px^2 of a blob whose outline says anything
ALIKE = 0.76  # of the union with a blob: what discs that it is parted into have in common with it
LARGEST = 22.0  # px of the reduced frame: the radius beyond which the network's silence says nothing
MARGIN = 2.0  # px about a thing that the plate is not learned from
FOUND = 0.55  # score of a thing where nothing stands out from the plate


def convex(blob: Blob) -> bool:
    """Whether a blob fills its hull as one thing does."""
    assert blob.cutout is not None
    rows, columns = np.nonzero(blob.cutout.mask)
    if len(rows) < LEAST:
        return True
    corners = np.concatenate([np.stack([columns + a, rows + b], 1) for a in (0, 1) for b in (0, 1)])
    try:
        return len(rows) > CONVEX * ConvexHull(corners).volume  # in the plane, volume is the area
    except QhullError:
        return False


def surrounded(
    frames: Iterator[tuple[int, np.ndarray]],
) -> Iterator[tuple[int, list[tuple[int, np.ndarray]]]]:
    """(place of the frame in the list, the numbered frames from GAP before it to GAP after it)."""
    window: deque[tuple[int, np.ndarray]] = deque(maxlen=2 * GAP + 1)
    ahead = 0
    for item in frames:
        window.append(item)
        ahead += 1
        if ahead > GAP:
            yield len(window) - 1 - GAP, list(window)
    for left in range(min(GAP, ahead) - 1, -1, -1):
        yield len(window) - 1 - left, list(window)


def asked(scenery: Scenery, at: int, window: list[tuple[int, np.ndarray]], ground: Ground) -> list[Proposal]:
    """The network's proposals for the frame at place `at` of its window."""
    k, frame = window[at]
    others = window[max(at - GAP, 0)], window[min(at + GAP, len(window) - 1)]
    around = [(picture, _way(scenery, k, other)) for other, picture in others]
    return proposals(frame, around, ground.plate.colour, ground.plate.noise)


def _way(scenery: Scenery, k: int, other: int) -> np.ndarray | None:
    """From the pixels of frame k to those of another, (3, 3); None where the camera stands."""
    if scenery.poses is None:
        return None
    here, there = scenery.poses[k - scenery.first], scenery.poses[other - scenery.first]
    return np.linalg.inv(there) @ here


def joined_by(
    blobs: list[Blob], found: list[Proposal], frame: np.ndarray, ground: Ground, *, add: bool, drop: bool
) -> list[Blob]:
    """The blobs with what the network says: parted always, added to and dropped where it may."""
    out, used = list[Blob](), set[int]()
    largest = LARGEST * reduction(frame.shape)
    for blob in blobs:
        here = [n for n, p in enumerate(found) if _holds(blob, p)]
        used |= set(here)
        parts = _parts(blob, [found[n] for n in here])
        if parts:
            out += parts
        elif here or not drop or blob.radius > largest:
            out.append(blob)
    if add:
        out += [_disc(p, frame, ground) for n, p in enumerate(found) if n not in used and p.score > FOUND]
    return out


def _parts(blob: Blob, mine: list[Proposal]) -> list[Blob]:
    """The blob parted between proposals; none unless discs of their sizes, or of sizes that make up its area,
    cover it, and only it: a cart with wheels is no convex blob either.
    """
    if len(mine) < 2 or convex(blob):
        return []
    places, radii = np.array([p.centre for p in mine]), np.array([p.radius for p in mine])
    scale = np.sqrt(blob.area / (np.pi * radii**2).sum())
    both = [parted(blob, places, radii), parted(blob, places, scale * radii)]
    best = max(both, key=lambda parts: _alike(blob, parts))
    return best if _alike(blob, best) > ALIKE else []


def _alike(blob: Blob, parts: list[Blob]) -> float:
    """What discs have in common with a blob, of their union."""
    assert blob.cutout is not None
    mask, (left, top) = blob.cutout.mask, blob.cutout.corner
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]] + 0.5
    far = [np.hypot(x + left - p.centre[0], y + top - p.centre[1]) - p.radius for p in parts]
    discs = np.min(far, 0) < 0
    return float((discs & mask).sum() / (discs | mask).sum())


def _holds(blob: Blob, proposal: Proposal) -> bool:
    """Is the proposal's centre in the blob, or within half a radius of its centre?"""
    assert blob.cutout is not None
    x, y = np.floor(proposal.centre - blob.cutout.corner).astype(int)
    h, w = blob.cutout.mask.shape
    inside = 0 <= x < w and 0 <= y < h and bool(blob.cutout.mask[y, x])
    return inside or bool(np.hypot(*(proposal.centre - blob.centre)) < 0.5 * proposal.radius)


def _disc(proposal: Proposal, frame: np.ndarray, ground: Ground) -> Blob:
    """A proposal as a blob of its own."""
    (x, y), r = proposal.centre, proposal.radius
    h, w = frame.shape[:2]
    rows = slice(max(0, int(y - r) - EDGE), min(h, int(y + r) + EDGE + 2))
    columns = slice(max(0, int(x - r) - EDGE), min(w, int(x + r) + EDGE + 2))
    v, u = np.mgrid[rows, columns] + 0.5
    mask = np.hypot(u - x, v - y) < max(r, 1.0)
    pixels = frame[rows, columns].astype(np.float32) / 255
    cutout = Cutout(
        (columns.start, rows.start),
        pixels,
        mask,
        ground.plate.colour[rows, columns],
        ground.plate.noise[rows, columns],
    )
    cut = x < r or y < r or x > w - r or y > h - r
    colour = pixels[mask].mean(0) if mask.any() else np.zeros(3)
    return Blob(proposal.centre, np.pi * r**2, colour, cut, not cut, cutout)


def hidden_things(stack: np.ndarray, plate: Plate) -> np.ndarray:
    """Where samples (n, H, W, 3) of one view show what the network takes for things, (n, H, W) bool."""
    masks, last = np.zeros(stack.shape[:3], bool), len(stack) - 1
    for n, mask in enumerate(masks):
        around = [(stack[max(n - GAP, 0)], None), (stack[min(n + GAP, last)], None)]
        for p in proposals(stack[n], around, plate.colour, plate.noise):
            low, high = p.centre - p.radius - MARGIN, p.centre + p.radius + MARGIN + 1
            part = tuple(slice(max(int(a), 0), max(int(b), 0)) for a, b in zip(low[::-1], high[::-1]))
            y, x = np.indices(mask[part].shape) + 0.5
            y, x = y + part[0].start, x + part[1].start
            mask[part] |= np.hypot(x - p.centre[0], y - p.centre[1]) < p.radius + MARGIN
    return masks


def doubtful(blobs: list[Blob]) -> bool:
    """Whether a frame shows a blob that may be two things."""
    return any(not convex(blob) for blob in blobs)
