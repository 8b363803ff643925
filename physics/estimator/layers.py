"""What a thing looks like: alpha and premultiplied colour, averaged over the sights of it.

Each sight gives a soft outline a and, from I = (1 - a) P + a F, the premultiplied colour a F = I - (1 - a) P.
Both are shifted so that their centres meet (cubic interpolation), and the median over the sights is taken:
it forgives one frame's occlusion or a blot of the codec.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physics.estimator.detect import Blob
from physics.estimator.matte import matte
from physics.estimator.spline import resampled
from physics.estimator.track import Layer


@dataclass(frozen=True)
class Sight:
    """One view of a thing: its pixels, the plate behind them, its soft outline, and where it is."""

    frame: int
    pixels: np.ndarray  # (h, w, 3)
    plate: np.ndarray  # (h, w, 3)
    soft: np.ndarray  # (h, w)
    corner: tuple[int, int]
    centre: np.ndarray  # (2,) px in the frame
    size: float  # log of its radius over the usual one


def sight(frame: int, blob: Blob, radius: float) -> Sight:
    """View of a blob that still has its cutout."""
    assert blob.cutout is not None
    cutout = blob.cutout
    soft = matte(cutout.pixels, cutout.plate, cutout.noise, cutout.mask).alpha
    size = float(np.log(max(blob.radius, 0.5) / radius))
    return Sight(frame, cutout.pixels, cutout.plate, soft, cutout.corner, blob.centre, size)


def learn_layer(sights: list[Sight]) -> Layer:
    """Layer of the views of one thing, each brought to the usual size."""
    half = int(np.ceil(max(_reach(s) for s in sights))) + 2
    stack = np.stack([_centred(s, half) for s in sights])
    mean = np.median(stack, 0).astype(np.float32)
    alpha = np.clip(mean[..., 3], 0, 1)
    return Layer(np.clip(mean[..., :3], 0, alpha[..., None]), alpha, np.array([half, half], float))


def _reach(view: Sight) -> float:
    """Farthest that a view goes from its centre along x or y, px."""
    y, x = np.nonzero(np.abs(view.soft) > 0.02)
    left, top = view.centre - view.corner
    return max(left - x.min(), x.max() + 1 - left, top - y.min(), y.max() + 1 - top) * np.exp(-view.size)


def _centred(view: Sight, half: int) -> np.ndarray:
    """Premultiplied colour and alpha (2 half, 2 half, 4) with the centre in the middle."""
    alpha = view.soft[..., None]
    both = np.concatenate([(view.pixels - (1 - alpha) * view.plate) * (alpha != 0), alpha], -1)
    x, y = view.centre - view.corner
    grid = (np.arange(2 * half) + 0.5 - half) * np.exp(view.size)
    return np.moveaxis(resampled(np.moveaxis(both, -1, 0), x + grid, y + grid), 0, -1)
