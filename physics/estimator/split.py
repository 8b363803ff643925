"""Blobs that are not one thing each: two that touch, or one in pieces.

Touching things are told apart by their known radii: the outline's points go to the circle that they are
nearest to, each circle moves to fit its points (iterated closest points; Besl & McKay 1992), until they rest.
Pieces that lie within one expected disc are put together again.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from physics.estimator.detect import Blob, Cutout
from physics.estimator.plate import Plate

ROUNDS = 12
MERGED = 1.25  # times the largest thing's area from which a blob may hold two
PIECE = 0.8  # of the thing's area: less may be a piece
FAR = 3.0  # px from the nearest circle: such outline points are nobody's


def parted(blob: Blob, places: np.ndarray, radii: np.ndarray) -> list[Blob]:
    """One blob per expected disc, `places` (n, 2) px in the frame and `radii` (n,) px, in their order."""
    assert blob.cutout is not None
    mask, corner = blob.cutout.mask, np.array(blob.cutout.corner)
    rim = mask & ~ndimage.binary_erosion(mask, border_value=1)
    points = np.argwhere(rim)[:, ::-1] + 0.5 + corner
    centres = places.astype(float).copy()
    for _ in range(ROUNDS):
        away = points[None] - centres[:, None]
        far = np.hypot(away[..., 0], away[..., 1])
        apart = far - (radii[:, None] - 0.5)
        owner = np.abs(apart).argmin(0)
        for n in range(len(centres)):
            own = (owner == n) & (np.abs(apart[n]) < FAR + 0.3 * radii[n])
            if own.sum() >= 3:
                centres[n] += _step(away[n, own] / far[n, own, None], apart[n, own])
    return [_disc(blob, n, centres, radii) for n in range(len(centres))]


def _step(normals: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Least-squares shift of a circle: normals . shift = apart, a little damped."""
    return np.linalg.solve(normals.T @ normals + 0.1 * np.eye(2), normals.T @ apart)


def _disc(blob: Blob, n: int, centres: np.ndarray, radii: np.ndarray) -> Blob:
    """The part of the blob that is nearest to the n-th disc."""
    cutout = blob.cutout
    assert cutout is not None
    y, x = np.mgrid[: cutout.mask.shape[0], : cutout.mask.shape[1]] + 0.5
    x, y = x + cutout.corner[0], y + cutout.corner[1]
    outside = np.stack([np.hypot(x - c[0], y - c[1]) - r for c, r in zip(centres, radii)])
    own = cutout.mask & (outside.argmin(0) == n) & (outside[n] < 1.5)
    inner = own & (outside[n] < -1)
    colour = cutout.pixels[inner].mean(0) if inner.any() else blob.colour
    area = float(np.pi * radii[n] ** 2)
    return replace(
        blob, centre=centres[n], area=area, colour=colour, whole=False, cutout=replace(cutout, mask=own)
    )


def joined(pieces: list[Blob], frame: np.ndarray, plate: Plate) -> Blob:
    """Pieces of one thing as one blob; frame (H, W, 3) uint8 gives the pixels between them."""
    cuts = [p.cutout for p in pieces if p.cutout is not None]
    top, left = min(c.box[0].start for c in cuts), min(c.box[1].start for c in cuts)
    bottom, right = max(c.box[0].stop for c in cuts), max(c.box[1].stop for c in cuts)
    mask = np.zeros((bottom - top, right - left), bool)
    for c in cuts:
        mask[c.box[0].start - top : c.box[0].stop - top, c.box[1].start - left : c.box[1].stop - left] |= (
            c.mask
        )
    box = slice(top, bottom), slice(left, right)
    pixels = frame[box].astype(np.float32) / 255
    areas = np.array([p.area for p in pieces])
    share = areas / areas.sum()
    return Blob(
        share @ np.array([p.centre for p in pieces]), float(areas.sum()),
        share @ np.array([p.colour for p in pieces]), any(p.cut for p in pieces), False,
        Cutout((left, top), pixels, mask, plate.colour[box], plate.noise[box]),
    )  # fmt: skip
