"""What a thing looks like: alpha and premultiplied colour, averaged over the sights of it.

Each sight gives a soft outline a and, from I = (1 - a) P + a F, the premultiplied colour a F = I - (1 - a) P.
Both are shifted so that their centres meet (cubic interpolation), and the median over the sights is taken:
it forgives one frame's occlusion or a blot of the codec.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from physics.estimator.detect import Blob
from physics.estimator.matte import matte
from physics.estimator.spline import resampled
from physics.estimator.track import Layer

FULL, RIM = 0.97, 0.35  # alpha inside; share of the radius in which the outline may be wrong
UNSTEADY = 9.0  # variance over the views, against that inside, from which a pixel is doubted
DOUBT = 0.3  # deviation of an outline that one ground tells


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
    angle: float = 0.0  # rad that it is turned by
    tilt: np.ndarray = field(default_factory=lambda: np.zeros(2))  # slope of its brightness, share per px


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


def outlined(layer: Layer, sights: list[Sight]) -> Layer:
    """The layer with its outline told by what shows through before different grounds.

    Over the views a pixel is I = (1 - a) P + l Q, with l the slope of brightness: 1 - a is the slope of I
    against P once what goes as l is taken out of both (Smith & Blinn 1996, least squares over all views).
    Where P is always alike `layer` has the say, within DOUBT of its alpha. What is not the same in all views
    (a shadow, which does not turn with the thing) is no part of it.
    """
    half = len(layer.alpha) // 2
    over, under = (np.stack([_aligned(s, getattr(s, n), half) for s in sights]) for n in ("pixels", "plate"))
    grid = np.arange(2 * half) + 0.5 - half
    light = np.stack([np.clip(1 + _slope(s, grid), 0.3, 3.0) for s in sights])[..., None]
    share = light / (light**2).sum(0)
    seen, ground = (x - light * (share * x).sum(0) for x in (over, under))
    varies, along = (ground**2).sum((0, 3)) + 1e-9, (seen * ground).sum((0, 3))
    noise = ((seen - (along / varies)[..., None] * ground) ** 2).mean((0, 3))
    held = noise / DOUBT**2
    slope = (along + held * (1 - layer.alpha)) / (varies + held)
    deep = max(int(RIM * np.sqrt(layer.alpha.sum() / np.pi)), 1)
    core = ndimage.binary_erosion(layer.alpha > FULL, iterations=deep)
    usual = float(np.median(noise[core])) if core.any() else np.inf
    steady = np.clip(UNSTEADY * usual / np.maximum(noise, 1e-12), 0, 1)
    alpha = np.where(layer.alpha == 0, 0.0, np.clip(1 - slope, 0, 1) * steady).astype(np.float32)
    alpha[core] = 1.0
    colour = (share * (over - (1 - alpha)[..., None] * under)).sum(0)
    return Layer(np.clip(colour, 0, alpha[..., None]).astype(np.float32), alpha, layer.centre)


def _slope(view: Sight, grid: np.ndarray) -> np.ndarray:
    """What is added to the brightness of a view, over offsets `grid` in the layer, (n, n)."""
    c, s = np.cos(view.angle), np.sin(view.angle)
    return view.tilt[0] * (c * grid - s * grid[:, None]) + view.tilt[1] * (s * grid + c * grid[:, None])


def _aligned(view: Sight, planes: np.ndarray, half: int) -> np.ndarray:
    """Planes (h, w, 3) of a view with its centre in the middle, turned back, (2 half, 2 half, 3)."""
    grid = (np.arange(2 * half) + 0.5 - half) * np.exp(view.size)
    c, s = np.cos(view.angle), np.sin(view.angle)
    x, y = view.centre - view.corner - 0.5
    at = y + s * grid + c * grid[:, None], x + c * grid - s * grid[:, None]
    return np.stack(
        [ndimage.map_coordinates(planes[..., k], at, order=3, mode="nearest") for k in range(3)], -1
    )


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
    if view.angle or view.tilt.any():
        return _turned_back(view, both, grid)
    return np.moveaxis(resampled(np.moveaxis(both, -1, 0), x + grid, y + grid), 0, -1)


def _turned_back(view: Sight, both: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """The same for a view that is turned, and brighter on one side."""
    c, s = np.cos(view.angle), np.sin(view.angle)
    u, v = c * grid - s * grid[:, None], s * grid + c * grid[:, None]  # offsets from the centre in the view
    x, y = view.centre - view.corner - 0.5
    out = [ndimage.map_coordinates(both[..., k], (y + v, x + u), order=3, mode="constant") for k in range(4)]
    light = np.clip(1 + _slope(view, grid), 0.3, 3.0)
    return np.stack([*(plane / light for plane in out[:3]), out[3]], -1)
