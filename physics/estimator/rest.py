"""Things that rest for more than half of the clip, and places that nothing ever left bare.

A median takes what rests for its background. Where many samples disagree with it there are two pictures of
the same place: the median's, A, and that of the samples which disagree, B. The background is the one that
goes on beyond the place's rim; the other one has a thing's edge there. The jump across the rim decides.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from physics.estimator.detect import labelled
from physics.estimator.median import difference
from physics.estimator.plate import Plate, levels

OFTEN = 0.1  # share of the samples that have to disagree
DEVIATIONS, LEAST_LEVELS = 4.0, 8  # of the noise, 8-bit: what disagreeing is
LEAST_AREA = 12  # px
BETTER = 0.75  # of A's jump: B's has to be smaller
UNLIKE, SHARP = 0.2, 2.5  # sum over RGB; times the usual step from pixel to pixel: a slow thing's rim
KEPT = 0.3  # share of the samples in which a slow thing's rim is hidden
RIM = 2  # px that the place is widened by


def uncover(stack: np.ndarray, plate: Plate) -> Plate:
    """The plate without what rested and came or went; stack (n, H, W, 3) uint8."""
    limit = np.clip(plate.noise * 255 * DEVIATIONS, LEAST_LEVELS, 255).astype(np.uint8)
    bare = levels(plate)
    off = np.stack([strongest(difference(frame, bare)) > limit for frame in stack])
    often = off.sum(0) >= max(2, OFTEN * len(stack))
    labels, count = labelled(ndimage.binary_opening(often, iterations=1))
    colour = plate.colour.copy()
    for number, box in enumerate(ndimage.find_objects(labels, count), start=1):
        wide = tuple(
            slice(max(0, s.start - 2 * RIM), min(n, s.stop + 2 * RIM)) for s, n in zip(box, labels.shape)
        )
        place = labels[wide] == number
        if place.sum() >= LEAST_AREA:
            place = ndimage.binary_dilation(place, iterations=RIM)
            other, known = _other(stack[:, *wide], off[:, *wide] & place)
            place &= known
            if _jump(place, other, colour[wide]) < BETTER * _jump(place, colour[wide], colour[wide]):
                colour[wide] = np.where(place[..., None], other, colour[wide])
    return Plate(colour, plate.noise, plate.seen)


def strongest(colour: np.ndarray) -> np.ndarray:
    """(H, W) the largest of three channels: a reduction over three entries is slow."""
    return np.maximum(np.maximum(colour[..., 0], colour[..., 1]), colour[..., 2])


def _other(stack: np.ndarray, off: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median (h, w, 3) of the samples that disagree, and where there are two of them."""
    values = np.where(off[..., None], stack, 255).astype(np.uint8)
    values.sort(0)
    count = off.sum(0)
    rank = (np.maximum(count, 1) - 1) // 2
    middle = np.take_along_axis(values, rank[None, ..., None], 0)[0]
    return middle.astype(np.float32) / 255, count >= 2


def _jump(place: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> float:
    """Median difference between neighbours across the rim of `place`; infinite where there are too few."""
    jumps = []
    for axis in (0, 1):
        for step in (1, -1):
            beyond = np.roll(place, step, axis)
            edge = place & ~beyond
            edge[(0, slice(None)) if axis == 0 else (slice(None), 0)] = False
            edge[(-1, slice(None)) if axis == 0 else (slice(None), -1)] = False
            jumps.append(np.abs(inside - np.roll(outside, step, axis))[edge].sum(-1))
    jumps = np.concatenate(jumps)
    return float(np.median(jumps)) if len(jumps) >= 8 else np.inf


def hollow(plate: Plate, hidden: np.ndarray) -> Plate:
    """The plate with what slow things never left bare marked as not seen; hidden (n, H, W) bool.

    A thing that moves by less than its width is seen as the crescents that it covers and uncovers. What the
    plate shows inside the place that they sweep, unlike what is around and sharply bounded, is taken for it,
    unless it goes on outside that place, as a wall does.
    """
    swept = ndimage.binary_fill_holes(ndimage.binary_closing(hidden.any(0), iterations=RIM + 1))
    labels, count = labelled(np.asarray(swept))
    seen, often = plate.seen.copy(), hidden.mean(0)
    for number, box in enumerate(ndimage.find_objects(labels, count), start=1):
        wide = tuple(slice(max(0, s.start - 8), min(n, s.stop + 8)) for s, n in zip(box, labels.shape))
        place, part = labels[wide] == number, plate.colour[wide]
        around = [fill(Plate(part, plate.noise[wide], ~place)).colour, *_beyond(part, place)]
        apart = np.min([np.abs(part - colour).sum(-1) for colour in around], axis=0)
        unlike = place & (apart > np.maximum(UNLIKE, 8 * plate.noise[wide]))
        usual = np.median(np.abs(np.diff(part, axis=1)).sum(-1))
        pieces, many = labelled(ndimage.binary_opening(unlike))
        for piece in range(1, many + 1):
            core = pieces == piece
            ring = ndimage.binary_dilation(core, iterations=2 * RIM) & ~core
            kept = often[wide][ring].mean() > KEPT  # what passes leaves the rim of a place bare again
            sharp = core.sum() >= LEAST_AREA and _jump(core, part, part) > max(SHARP * usual, UNLIKE / 3)
            if sharp and kept:
                seen[wide] &= ~ndimage.binary_dilation(core, iterations=RIM)
    return Plate(plate.colour, plate.noise, seen)


def _beyond(colour: np.ndarray, place: np.ndarray) -> list[np.ndarray]:
    """The colours (h, w, 3) of the first pixels outside a place to the left, right, top and bottom."""
    found = []
    for axis in (0, 1):
        size = place.shape[axis]
        index = np.expand_dims(np.arange(size), 1 - axis) + np.zeros(place.shape, int)
        before = np.maximum.accumulate(np.where(place, -1, index), axis)
        after = np.flip(np.minimum.accumulate(np.flip(np.where(place, size, index), axis), axis), axis)
        for first, missing in ((before, before < 0), (after, after == size)):
            there = np.take_along_axis(colour, np.clip(first, 0, size - 1)[..., None], axis)
            found.append(np.where(missing[..., None], np.inf, there))
    return found


def fill(plate: Plate) -> Plate:
    """The plate with what was never seen filled from around, so that whatever covers it stands out."""
    if plate.seen.all() or not plate.seen.any():
        return plate
    y, x = np.asarray(
        ndimage.distance_transform_edt(~plate.seen, return_distances=False, return_indices=True)
    )
    colour = plate.colour[y, x]
    smooth = ndimage.gaussian_filter(colour, (3, 3, 0))
    return Plate(np.where(plate.seen[..., None], plate.colour, smooth), plate.noise, plate.seen)
