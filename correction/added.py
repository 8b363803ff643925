"""Things that the painter added where the prediction has nothing.

Shadows, reflections and bleeding that the painter learned are soft, or follow edges that the prediction has.
An object out of nowhere has a sharp closed outline where the prediction is smooth. So: edges of the
difference to the prediction, away from the objects and from predicted edges, closed and filled, that differ
from their surroundings.

Limits: an added thing that touches an object is not seen, nor one smaller than about three blocks; glass
and metal throw caustics with sharp outlines, so that more contrast is asked for where there is any.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

EDGE, QUIET = 0.10, 0.05  # per block, sRGB: an edge of the difference; of the prediction
CONTRAST, CAUSTIC = 0.12, 0.35  # of the blob to its surroundings
SMALLEST = 9  # blocks
FILLED = 0.35  # least share of its bounding box that a blob fills
_CROSS = np.ones((3, 3), bool)


def find_added(frame: np.ndarray, prior: np.ndarray, objects: np.ndarray, bright: bool) -> list[np.ndarray]:
    """Masks (H, W) of blobs in `frame` uint8 (H, W, 3) that neither `prior` nor the `objects` (H, W) explain.

    `bright` tells that the scene has glass or metal, whose caustics the prediction leaves out.
    """
    size = max(2, min(objects.shape) // 128)
    told, seen = block_mean(prior, size), block_mean(frame, size) / 255.0
    difference = seen - told
    edges = steepness(difference) > EDGE
    if edges.sum() < SMALLEST:
        return []
    known = ndimage.binary_dilation(steepness(told) > QUIET, _CROSS)
    taken = ndimage.binary_dilation(
        block_mean(objects[..., None].astype(np.float32), size)[..., 0] > 0, _CROSS, 2
    )
    new = ndimage.binary_closing(edges & ~known & ~taken, _CROSS, 2)
    labels = np.zeros(new.shape, np.int32)
    ndimage.label(ndimage.binary_fill_holes(new) & ~taken, _CROSS, output=labels)
    least = CAUSTIC if bright else CONTRAST
    return [
        _full(labels == n + 1, size, objects.shape)
        for n, box in enumerate(ndimage.find_objects(labels))
        if _is_object(labels == n + 1, box, difference, edges, least)
    ]


def block_mean(picture: np.ndarray, size: int) -> np.ndarray:
    """Means over blocks of `size` px of a picture (H, W, C); a remainder at the border is left out."""
    h, w = (n // size for n in picture.shape[:2])
    rows = picture[: h * size, : w * size].reshape(h, size, w * size, -1).mean(1, dtype=np.float32)
    return rows.reshape(h, w, size, -1).mean(2)


def steepness(picture: np.ndarray) -> np.ndarray:
    """Largest difference to a neighbouring block over the channels (h, w)."""
    out = np.zeros(picture.shape[:2], np.float32)
    down, right = (np.abs(np.diff(picture, axis=a)).max(-1) for a in (0, 1))
    for part, step in ((out[:-1], down), (out[1:], down), (out[:, :-1], right), (out[:, 1:], right)):
        np.maximum(part, step, out=part)
    return out


def _is_object(blob: np.ndarray, box, difference: np.ndarray, edges: np.ndarray, least: float) -> bool:
    area = int(blob.sum())
    if area < SMALLEST or area < FILLED * blob[box].size:
        return False
    ring = ndimage.binary_dilation(blob, _CROSS, 2) & ~blob
    core = blob & ~(edges & ~ndimage.binary_erosion(blob, _CROSS))
    if not core.any() or not ring.any():
        return False
    return bool(np.abs(difference[core].mean(0) - np.median(difference[ring], axis=0)).max() > least)


def _full(blob: np.ndarray, size: int, shape: tuple[int, int]) -> np.ndarray:
    """The blob in pixels, with a margin of two blocks."""
    wide = np.kron(ndimage.binary_dilation(blob, _CROSS, 2), np.ones((size, size), bool))
    pad = [(0, n - m) for n, m in zip(shape, wide.shape)]
    return np.pad(wide, pad, mode="edge")
