"""What is behind the objects of a still, and their shadows on the ground.

A hole in the background is filled row by row from what stands left and right of it, for horizons, tables
and floors run across pictures; where the two sides disagree by more than AGREE the harmonic membrane
(`inpaint`) has the say. The fine detail of the picture beside the hole is laid over it.

A shadow is ground that got darker by the same share in all channels (Horprasert, Harwood & Davis 1999) about
the foot of an object. It is taken off the object's outline (physics.estimator.shade) and out of the
background, and becomes a layer that takes light away.

Limits: structure that runs otherwise is softened; the shadow keeps its size and depth as its object rises.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import (
    binary_dilation,
    distance_transform_edt,
    find_objects,
    gaussian_filter,
    label,
    median_filter,
)

from physics.estimator.shade import without_shadow
from physics.predictor.inpaint import filled

STRIP, EVEN = 16, 5  # px beside a hole; rows over which they are evened out
AGREE = 0.08  # sRGB by which the two sides of a row may differ
DETAIL = 4.0  # px: what is finer than this counts as detail
FOOT, ABOUT = 0.4, 0.7  # of an object's size: rows about its foot, and columns beside it, where its shadow is
FAINT, CLEAR = 0.02, 0.1  # share of the light: less is none; the most of a shadow has to be more
GRAIN = 0.02  # sRGB
DARKEST = 0.85


def behind(picture: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """The picture (H, W, 3) with what is `hidden` (H, W) filled in."""
    smooth = filled(picture.astype(np.float32), ~hidden)
    labels = np.empty(hidden.shape, int)
    label(hidden, output=labels)
    boxes = find_objects(labels)
    for number, box in enumerate(boxes, start=1):
        smooth[box] = _across(picture, hidden, labels[box] == number, box, smooth[box])
    known = np.where(hidden[..., None], smooth, picture)
    detail = known - gaussian_filter(known, (DETAIL, DETAIL, 0))
    usual = 4.0 * np.median(np.abs(detail[~hidden]), axis=0)  # no edges of other things
    detail = np.clip(detail, -usual, usual)
    out = smooth.copy()
    for number, box in enumerate(boxes, start=1):
        hole, width = labels[box] == number, box[1].stop - box[1].start
        for shift in (width + 2, -width - 2):
            columns = slice(box[1].start + shift, box[1].stop + shift)
            if columns.start >= 0 and columns.stop <= hidden.shape[1] and not hidden[box[0], columns].any():
                out[box] += np.where(hole[..., None], detail[box[0], columns], 0)
                break
    return np.clip(out, 0, 1)


def _across(picture: np.ndarray, hidden: np.ndarray, hole: np.ndarray, box, soft: np.ndarray) -> np.ndarray:
    """The box of one hole (h, w, 3): rows from side to side where the sides agree, else `soft`."""
    rows, columns = box
    sides = []
    for side in (
        slice(max(columns.start - STRIP, 0), columns.start),
        slice(columns.stop, columns.stop + STRIP),
    ):
        free = ~hidden[rows, side]
        if not free.any(1).all():
            return soft
        strip = picture[rows, side] * free[..., None]
        mean = strip.sum(1) / free.sum(1, keepdims=True)
        sides.append(median_filter(mean, (EVEN, 1), mode="nearest"))
    left, right = sides
    apart = np.abs(left - right).max(-1, keepdims=True)
    trust = np.exp(-((apart / AGREE) ** 2))[:, None]
    share = ((np.arange(hole.shape[1]) + 0.5) / hole.shape[1])[:, None]
    line = left[:, None] * (1 - share) + right[:, None] * share
    return np.where(hole[..., None], trust * line + (1 - trust) * soft, soft).astype(np.float32)


def unsure(mattes: Sequence[np.ndarray]) -> np.ndarray:
    """(H, W) bool: objects, and where their shadows may be."""
    hidden = binary_dilation(np.max(mattes, 0) > 0.02, iterations=3)
    for matte in mattes:
        hidden[_foot(matte)] = True
    return hidden


def _foot(matte: np.ndarray) -> tuple[slice, slice]:
    """The rows and columns about the lower end of an object."""
    rows, columns = np.nonzero(matte > 0.5)
    low, left, right = rows.max(), columns.min(), columns.max() + 1
    size = max(right - left, 1)
    high = min(int(FOOT * size), rows.max() - rows.min()) + 1
    side = int(ABOUT * size)
    return (
        slice(max(low - high, 0), min(low + high, matte.shape[0])),
        slice(max(left - side, 0), min(right + side, matte.shape[1])),
    )


def without_ground(picture: np.ndarray, bare: np.ndarray, matte: np.ndarray) -> np.ndarray:
    """The matte without the shadow that was taken for a part of the object."""
    mask = matte > 0.5
    core = without_shadow(picture, bare, np.full(matte.shape, GRAIN), mask)
    if core is mask:
        return matte
    return np.minimum(matte, gaussian_filter(binary_dilation(core).astype(float), 0.7))


def shadow_of(
    picture: np.ndarray, bare: np.ndarray, matte: np.ndarray, mattes: Sequence[np.ndarray]
) -> np.ndarray:
    """(H, W) share of the light that an object takes from the ground about its foot; zeros where none."""
    out, foot = np.zeros(matte.shape), _foot(matte)
    others = binary_dilation(np.max(mattes, 0)[foot] > 0.02, iterations=2)
    darker = 1 - (picture[foot] / np.maximum(bare[foot], 0.02)).mean(-1)
    soft = np.stack([_bridged(row, ~under) for row, under in zip(darker, others)])
    inside = np.pad(np.ones(soft.shape), 1)
    fade = np.clip(distance_transform_edt(inside)[1:-1, 1:-1] / 6.0, 0, 1)  # pyright: ignore
    shade = np.clip(soft, 0, DARKEST) * fade
    if gaussian_filter(np.where(others, 0.0, shade), 2.0).max() > CLEAR:
        out[foot] = shade
    return out


def _bridged(row: np.ndarray, free: np.ndarray) -> np.ndarray:
    """A row (n,) with what is not `free` drawn straight from one side to the other."""
    at = np.flatnonzero(free)
    return np.interp(np.arange(len(row)), at, row[at]) if len(at) else np.zeros(len(row))
