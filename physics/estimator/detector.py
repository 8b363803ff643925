"""Learned proposals: where things are, from a frame, its plate and the frames GAP before and after.

`detector_net` has the network. Frames are reduced by block means to at most LONGEST px along the longer side.
Peaks of the centre map over SURE that are the largest in 3x3 cells are proposals (Zhou et al. 2019, sec. 4:
no further suppression). They say where to look: what is measured is measured by registration, as ever.
Limits: things of 2.5 to 26 px radius at the reduced size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
from scipy import ndimage

from physics.estimator.camera import aligned

GAP = 3  # frames
LONGEST = 320  # px
SURE = 0.35  # of a centre
PATCH, STEP = 4, 16  # px: a cell, and what sides are padded to

View = tuple[np.ndarray, np.ndarray | None]  # a picture, and the way to its pixels


@dataclass(frozen=True)
class Proposal:
    """Something that the network takes for a thing."""

    centre: np.ndarray  # (2,) px in the frame
    radius: float  # px
    score: float  # in [0, 1]


def planes(
    frame: np.ndarray, before: np.ndarray, after: np.ndarray, plate: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """What the network sees, float32 (H, W, 13): the frame, its differences from plate, earlier and later
    frame, and the deviation in units of the noise. Frames uint8 (H, W, 3), plate (H, W, 3) in [0, 1], noise
    (H, W); the other frames lie where a moving camera would have seen them from this one.
    """
    now = frame.astype(np.float32) / 255
    apart = [now - plate, now - before.astype(np.float32) / 255, now - after.astype(np.float32) / 255]
    z = np.sqrt((apart[0] ** 2).sum(-1, keepdims=True)) / noise[..., None]
    return np.concatenate([2 * now - 1, *(np.clip(4 * a, -1, 1) for a in apart), np.clip(z / 8, 0, 2)], -1)


@lru_cache(maxsize=1)
def _network():
    from physics.estimator.detector_net import load  # JAX is loaded only where the network is asked

    return load()


def reduction(shape: tuple[int, ...]) -> int:
    """px of a frame (H, W, ...) to one of the picture that the network sees."""
    return max(1, -(-max(shape[:2]) // LONGEST))


def proposals(
    frame: np.ndarray, around: Sequence[View], plate: np.ndarray, noise: np.ndarray
) -> list[Proposal]:
    """What the network takes for things in a frame (H, W, 3) uint8, the surest first; plate and noise as for
    `planes`; `around` is the frame before and the one after, each with the homography (3, 3) from this
    frame's pixels to its own, or None where the camera stands.
    """
    h, w = frame.shape[:2]
    f = reduction(frame.shape)
    now = _reduced(frame, f)
    before, after = (_seen_from(now, _reduced(picture, f), way, f) for picture, way in around)
    spread = _reduced(noise[..., None], f)[..., 0] / np.sqrt(f)
    seen = planes(now, before, after, _reduced(plate, f), spread)
    rows, columns = seen.shape[:2]
    padded = np.pad(seen, ((0, -rows % STEP), (0, -columns % STEP), (0, 0)), mode="edge")
    heads = np.asarray(_network()(padded[None]))[0]
    return decoded(heads, f, (w, h))


def _seen_from(now: np.ndarray, other: np.ndarray, way: np.ndarray | None, f: int) -> np.ndarray:
    """`other` where the camera of `now` would have seen it; what it did not see is as it is now."""
    if way is None:
        return other
    scale = np.diag([f, f, 1.0])
    way = np.linalg.inv(scale) @ way @ scale
    inside = aligned(np.ones(now.shape[:2], np.float32), way, now.shape, beyond="constant") > 0.99
    moved = np.stack([aligned(other[..., c], way, now.shape) for c in range(3)], -1)
    return np.where(inside[..., None], moved, now)


def _reduced(picture: np.ndarray, f: int) -> np.ndarray:
    """Means over f x f blocks; what is left over at right and below is cut off."""
    if f == 1:
        return picture.astype(np.float32)
    h, w = (s // f for s in picture.shape[:2])
    whole = picture[: h * f, : w * f]  # sums of strides: seven times as fast as a mean over axes
    rows = reduce(np.add, (whole[k::f].astype(np.float32) for k in range(f)))
    return reduce(np.add, (rows[:, k::f] for k in range(f))) / np.float32(f * f)


def decoded(heads: np.ndarray, f: int, size: tuple[int, int]) -> list[Proposal]:
    """Peaks of `heads` (h, w, HEADS) as proposals inside a frame of `size` (width, height); f px of the frame
    to a pixel of the reduced one.
    """
    score = 1 / (1 + np.exp(-heads[..., 0]))
    peak = (score == ndimage.maximum_filter(score, 3)) & (score > SURE)
    out = []
    for row, column in np.argwhere(peak):
        dx, dy, log_r = heads[row, column, 1:4]
        centre = f * PATCH * np.array([column + np.clip(dx, -1, 2), row + np.clip(dy, -1, 2)])
        if (centre >= 0).all() and (centre <= size).all():
            radius = f * PATCH * float(np.exp(np.clip(log_r, -2, 3)))
            out.append(Proposal(centre, radius, float(score[row, column])))
    return sorted(out, key=lambda p: -p.score)
