"""Shadows that hang on a thing: darker ground is not the thing.

Under a shadow every channel falls by the same share, I = s P with 0.3 < s < 0.95 (Horprasert, Harwood & Davis
1999: brightness without chromaticity distortion). Such pixels are cut off a blob only if a core of other
colour is left and is rounder than the whole: a grey thing on grey ground looks like a shadow all over.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

DARKEST, LIGHTEST = 0.3, 0.95  # share of the plate's brightness
CHROMA = 0.07  # largest spread of the share over the channels, beside noise
CORE, PART = 0.3, 0.08  # least shares of the blob: what is left, what is cut off
FRINGE = 3  # px about a shadow
ROUNDER = 0.02  # by how much the core has to be more of a disc


def without_shadow(crop: np.ndarray, plate: np.ndarray, noise: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`mask` (h, w) bool without an attached shadow; crop and plate (h, w, 3) sRGB, noise (h, w)."""
    bare = np.maximum(plate, 0.02)
    share = ndimage.gaussian_filter(crop / bare, (0.7, 0.7, 0))
    spread = share.max(-1) - share.min(-1)
    middle = share.mean(-1)
    slack = CHROMA + 1.5 * noise / bare.min(-1)
    shadow = mask & (middle > DARKEST) & (middle < LIGHTEST) & (spread < slack)
    if shadow.sum() < PART * mask.sum():
        return mask
    core = ndimage.binary_opening(mask & ~shadow, iterations=1)
    labels = np.zeros(mask.shape, np.int32)
    if ndimage.label(core, output=labels) > 1:  # pyright: ignore
        core = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    core = np.asarray(ndimage.binary_fill_holes(core))
    if not CORE * mask.sum() <= core.sum() <= (1 - PART) * mask.sum():
        return mask
    return core if roundness(core) > roundness(mask) + ROUNDER else mask


def shaded(crop: np.ndarray, plate: np.ndarray, mask: np.ndarray, core: np.ndarray) -> np.ndarray:
    """The plate with the shadow in it that `without_shadow` cut off, from `mask` to `core`."""
    shadow = ndimage.binary_dilation(mask & ~core, iterations=FRINGE) & ~ndimage.binary_dilation(core)
    return np.where(shadow[..., None], crop, plate)


def roundness(mask: np.ndarray) -> float:
    """Area squared over 2 pi times the polar second moment: 1 for a disc, less for anything else."""
    y, x = np.nonzero(mask)
    area = len(x)
    moment = ((x - x.mean()) ** 2 + (y - y.mean()) ** 2).sum() + area / 6
    return float(area**2 / (2 * np.pi * moment))
