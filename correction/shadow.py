"""Shadows and reflections that follow their object.

A shadow multiplies what lies under it, so it is moved as a ratio: S = I / B is taken around the shadow,
moved by M dx, where dx is what the object is moved by and M comes from a least-squares fit x_shadow = a +
M x_object over the clip. A fit that explains less than 90 % leaves the shadow where it is (Bhat et al.,
ECCV 2002, move layers alike).
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from correction.layer import Piece
from correction.plan import Shadow
from physics.estimator.track import Track

EXPLAINED = 0.9  # share of the shadow's motion that its object has to explain
STILL = 0.3  # px of rms motion below which a shadow does not move at all
FEATHER = 3.0  # px
NOISE = 0.03  # logarithm of the ratio of frame to plate that may be grain or coding
FEWEST = 8  # frames seen together


def follow(shadow: Track, thing: Track) -> Shadow | None:
    """The shadow tied to its object; None where the object's motion does not explain the shadow's."""
    common, i, j = np.intersect1d(shadow.frames, thing.frames, return_indices=True)
    if len(common) < FEWEST:
        return None
    x, y = thing.centre[j], shadow.centre[i]
    design = np.column_stack([x - x.mean(0), np.ones(len(x))])
    ridge = 1e-3 * len(x) * np.diag([1.0, 1.0, 0.0])
    solution = np.linalg.solve(design.T @ design + ridge, design.T @ y)
    left = np.sum((y - design @ solution) ** 2)
    spread = np.sum((y - y.mean(0)) ** 2)
    if spread > len(x) * STILL**2 and left > (1 - EXPLAINED) * spread:
        return None
    return Shadow(shadow.frames, shadow.centre, shadow.layer, solution[:2].T)


def shadow_change(movers: list[Piece], ratio: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """Factor (h, w, 3) on the background that takes shadows from where they are to where they belong.

    `ratio` (h, w, 3) is background to plate in this frame, carried on behind the objects.
    """
    change = np.ones_like(ratio)
    for piece in movers:
        shift = piece.plan.target[piece.row] - piece.plan.source[piece.row]
        for shadow in piece.plan.shadows:
            change *= _moved(shadow, int(piece.plan.frames[piece.row]), shift, ratio, corner)
    return change


def _moved(shadow: Shadow, k: int, shift: np.ndarray, ratio: np.ndarray, corner: np.ndarray) -> np.ndarray:
    found, step = np.flatnonzero(shadow.frames == k), shadow.matrix @ shift
    if not found.size or np.abs(step).max() < 0.02:
        return np.ones_like(ratio)
    window = _window(shadow, shadow.centre[found[0]] - corner, ratio.shape[:2])
    smooth = ndimage.gaussian_filter(ratio, (1.5, 1.5, 0))
    depth = window[..., None] * _clear(np.log(np.clip(smooth, 0.2, 5.0)))
    y, x = np.mgrid[: ratio.shape[0], : ratio.shape[1]].astype(float)
    at = np.stack([y - step[1], x - step[0]])
    there = np.stack([ndimage.map_coordinates(depth[..., c], at, order=1) for c in range(3)], -1)
    return np.exp(there - depth)


def _clear(depth: np.ndarray) -> np.ndarray:
    """Logarithms of a ratio without what is no more than noise: ground without shadow keeps its bits."""
    return np.sign(depth) * np.maximum(np.abs(depth) - NOISE, 0)


def _window(shadow: Shadow, centre: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Weight (h, w): 1 where the shadow's layer is, 0 a few feathers away."""
    h, w = shadow.layer.alpha.shape
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    at = np.stack(
        [y - centre[1] + shadow.layer.centre[1] - 0.5, x - centre[0] + shadow.layer.centre[0] - 0.5]
    )
    pad = np.pad((shadow.layer.alpha > 0.05).astype(np.float32), 8)
    wide = ndimage.maximum_filter(pad, 9)
    soft = ndimage.gaussian_filter(wide, FEATHER)
    return ndimage.map_coordinates(soft, at + 8, order=1, mode="constant")
