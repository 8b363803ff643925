"""Objects on a plain background, found in a single picture.

The background is the colour that most of the picture's border shows. What differs from it by more than the
border's own noise is an object: connected regions, holes filled. Works on the first frame of a clip, for
slow and still objects, and on stills. Not for textured backgrounds: `plain_background` says None there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_fill_holes, find_objects, label

RIM = 0.02  # of the smaller side: width of the border that is looked at
EVEN, SHARE = 8.0 / 255, 0.6  # how near to its median how much of the border has to be
EMPTY = 0.3  # of the whole picture that has to show the background
SMALLEST = 12  # px of an object
EDGE_PAD = 3  # px around an object's box


@dataclass(frozen=True)
class Blob:
    """A region: `mask` over `window` of the picture, `colour` (3,) of its inside, `centre` (2,) px,
    `area` px.
    """

    window: tuple[slice, slice]
    mask: np.ndarray
    colour: np.ndarray
    flat: float  # standard deviation of the inside's colour, sRGB in [0, 1]
    centre: np.ndarray
    area: float


def plain_background(picture: np.ndarray) -> tuple[np.ndarray, float] | None:
    """(colour (3,), noise) of a plain background of `picture` (H, W, 3) in [0, 1], or None."""
    n = max(1, round(RIM * min(picture.shape[:2])))
    rim = np.concatenate([
        part.reshape(-1, 3) for part in (picture[:n], picture[-n:], picture[:, :n], picture[:, -n:])
    ])  # fmt: skip
    colour = np.median(rim, axis=0)
    near = np.abs(rim - colour).max(1) < EVEN
    if near.mean() < SHARE:
        return None
    if (np.abs(picture - colour).max(-1) < 2 * EVEN).mean() < EMPTY:
        return None
    colour = rim[near].mean(0)
    return colour, float(max(np.std(rim[near] - colour), 0.5 / 255 / np.sqrt(3)))


def find_blobs(picture: np.ndarray, background: np.ndarray, noise: float) -> list[Blob]:
    """Objects of `picture` (H, W, 3) on a plain `background` (3,), largest first."""
    off = np.sqrt(((picture - background) ** 2).sum(-1))
    mask = np.asarray(binary_fill_holes(off > max(6 * noise, 0.04)))
    labels = np.empty(mask.shape, int)
    label(mask, output=labels)
    blobs = []
    for number, box in enumerate(find_objects(labels), start=1):
        inside = labels[box] == number
        if inside.sum() >= SMALLEST:
            blobs.append(_blob(picture, off, labels, number, box))
    return sorted(blobs, key=lambda blob: -blob.area)


def _blob(picture: np.ndarray, off: np.ndarray, labels: np.ndarray, number: int, box) -> Blob:
    rows, columns = (
        slice(max(s.start - EDGE_PAD, 0), min(s.stop + EDGE_PAD, n)) for s, n in zip(box, labels.shape)
    )
    window = (rows, columns)
    mask = labels[window] == number
    strength = off[window] * mask
    core = strength > 0.9 * np.quantile(strength[mask], 0.9)
    pixels = picture[window][core]
    colour = np.median(pixels, axis=0)
    y, x = np.nonzero(mask)
    centre = np.array([x.mean() + columns.start + 0.5, y.mean() + rows.start + 0.5])
    all_inside = picture[window][mask]
    flat = float(np.median(np.abs(all_inside - colour).max(-1)))
    return Blob(window, mask, colour, flat, centre, float(mask.sum()))
