"""What a thing looks like: alpha and premultiplied colour, averaged over the sights of it.

Each sight gives a soft outline a and, from I = (1 - a) P + a F, the premultiplied colour a F = I - (1 - a) P.
Both are shifted so that their centres meet (cubic interpolation), and the median over the sights is taken:
it forgives one frame's occlusion or a blot of the codec.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from physics.estimator.detect import Blob, Cutout
from physics.estimator.matte import BAND, matte
from physics.estimator.plate import Plate
from physics.estimator.track import Layer


def learn_layer(sights: list[Blob], plate: Plate) -> Layer:
    """Layer of the blobs (with their cutouts) of one thing; its centre is the soft centroid."""
    half = int(np.ceil(max(_reach(blob) for blob in sights))) + BAND + 1
    stack = np.stack([_centred(blob, plate, half) for blob in sights])
    mean = np.median(stack, 0).astype(np.float32)
    alpha = np.clip(mean[..., 3], 0, 1)
    return Layer(np.clip(mean[..., :3], 0, alpha[..., None]), alpha, np.array([half, half], float))


def _reach(blob: Blob) -> float:
    """Farthest a blob goes from its centre along x or y, px."""
    assert blob.cutout is not None
    y, x = ndimage.find_objects(blob.cutout.mask.astype(np.uint8))[0]
    left, top = blob.centre - blob.cutout.corner
    return max(left - x.start, x.stop - left, top - y.start, y.stop - top)


def _centred(blob: Blob, plate: Plate, half: int) -> np.ndarray:
    """Premultiplied colour and alpha (2 half, 2 half, 4) with the blob's centre in the middle."""
    assert blob.cutout is not None
    cutout: Cutout = blob.cutout
    bare, noise = plate.colour[cutout.box], plate.noise[cutout.box]
    alpha = matte(cutout.pixels, bare, noise, cutout.mask).alpha[..., None]
    colour = (cutout.pixels - (1 - alpha) * bare) * (alpha != 0)
    x, y = blob.centre - cutout.corner
    grid = np.arange(2 * half) + 0.5 - half
    at = np.meshgrid(y - 0.5 + grid, x - 0.5 + grid, indexing="ij")
    both = np.concatenate([colour, alpha], -1)
    return np.stack(
        [ndimage.map_coordinates(both[..., c], at, order=3, mode="constant") for c in range(4)], -1
    )
