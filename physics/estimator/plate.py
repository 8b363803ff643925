"""The background: a masked median over sampled frames, its noise, and what was never seen.

1. Temporal median, then the mean of the samples within 3 deviations of it (1.4826 MAD), which has a third of
   the median's variance in excess over the mean and is not tied to 8-bit steps.
2. `masked`: the same without the pixels that a first look called objects.
3. Clips of few frames in which a thing overlaps its own earlier place have no right median. Where most of the
   picture is one smooth colour (a quadratic per channel, fitted with Tukey's biweight), that surface is the
   background wherever it explains the border and something stands before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from physics.estimator.median import difference, median, ranked

FLOOR = 2.0 / 255  # least noise that is believed, sRGB units
INLIER = 3.0  # deviations of the median within which a sample is averaged
MARGIN = 6  # 8-bit levels that are always inside
PLAIN_SHARE, PLAIN_BORDER = 0.4, 0.8  # of picture and border that the smooth colour has to explain
PLAIN_NEAR = 5.0 / 255  # what "explains" means, beside the noise
OFTEN = 0.9  # share of the samples that the noise is to cover
MOST_SHIFT = 0.5  # px that edges are allowed to tremble
REPEATED = 0.15  # share of pixels that stay exactly the same in a coded clip
GRID = 96  # points along the longer side at which the smooth colour is fitted


@dataclass(frozen=True)
class Plate:
    """The background of a still camera."""

    colour: np.ndarray  # (H, W, 3) float32 sRGB in [0, 1]
    noise: np.ndarray  # (H, W) float32 standard deviation per channel, at least FLOOR
    seen: np.ndarray  # (H, W) bool


def learn(stack: np.ndarray) -> Plate:
    """Plate of uint8 (n, H, W, 3) samples, everything taken for background."""
    centre = median(stack)
    apart = np.stack([difference(frame, centre) for frame in stack])
    spread = median(apart)
    near = np.maximum(np.minimum(spread, 50) * np.uint8(1.4826 * INLIER + 0.5), MARGIN).astype(np.uint8)
    count, total = np.zeros(centre.shape, np.float32), np.zeros(centre.shape, np.float32)
    for frame, far in zip(stack, apart):
        inlier = far <= near
        count += inlier
        total += np.where(inlier, frame.astype(np.float32) - centre, 0)
    colour = (centre + total / np.maximum(count, 1)) / np.float32(255)
    often = ranked(apart, int(OFTEN * (len(stack) - 1)))
    return Plate(colour, _noise(colour, often, spread), np.ones(spread.shape[:2], bool))


def _noise(colour: np.ndarray, often: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Deviation (H, W): the local level, and a share of the picture's slope (codecs and a camera's tremor
    err at edges). `often` is the size that nine of ten differences stay under, `spread` their median.
    """
    level = often.mean(-1, dtype=np.float32) / (255 * 1.645)
    usual = ndimage.median_filter(level[::4, ::4], 7)
    ceiling = max(3 * float(np.median(usual)), 2 * FLOOR)
    local = np.repeat(np.repeat(np.minimum(usual, ceiling), 4, 0), 4, 1)[: level.shape[0], : level.shape[1]]
    slope = _slope(colour.mean(-1))
    steep = slope > max(np.quantile(slope[::4, ::4], 0.9), 0.01)
    extra = np.clip(level[steep] ** 2 - local[steep] ** 2, 0, None)
    share = float(np.sqrt(np.median(extra / slope[steep] ** 2))) if steep.any() else 0.0
    own = np.minimum(1.4826 / 255 * spread.mean(-1, dtype=np.float32), ceiling)
    return np.sqrt(np.maximum(np.maximum(local, own), FLOOR) ** 2 + (min(share, MOST_SHIFT) * slope) ** 2)


def _slope(grey: np.ndarray) -> np.ndarray:
    """Largest difference from a neighbouring pixel, (H, W)."""
    slope = np.zeros_like(grey)
    across, down = np.abs(np.diff(grey, axis=1)), np.abs(np.diff(grey, axis=0))
    for part, step in (
        (slope[:, 1:], across),
        (slope[:, :-1], across),
        (slope[1:], down),
        (slope[:-1], down),
    ):
        np.maximum(part, step, out=part)
    return slope


def levels(plate: Plate) -> np.ndarray:
    """The plate as 8-bit levels (H, W, 3) uint8."""
    return np.clip(plate.colour * 255 + 0.5, 0, 255).astype(np.uint8)


def repeats(stack: np.ndarray) -> bool:
    """Do many pixels stay exactly the same? So it is with codecs, hardly with a sensor's grain."""
    same = [(a[::4, ::4] == b[::4, ::4]).all(-1).mean() for a, b in zip(stack[:-1], stack[1:])]
    return bool(np.median(same) > REPEATED)


def masked(stack: np.ndarray, masks: np.ndarray, plate: Plate) -> Plate:
    """`plate` with every pixel that an object ever covered learned again from the samples that show it bare.

    stack (n, H, W, 3) uint8, masks (n, H, W) bool. Where no sample shows it, the plate's colour stays and
    `seen` is False.
    """
    where = masks.any(0)
    if not where.any():
        return plate
    values = stack[:, where].astype(np.int16)  # (n, p, 3)
    hidden = masks[:, where]
    bare = (~hidden).sum(0)
    values[hidden] = 999
    centre = np.take_along_axis(np.sort(values, 0), ((np.maximum(bare, 1) - 1) // 2)[None, :, None], 0)[0]
    near = ~hidden[..., None] & (np.abs(values - centre) <= MARGIN * 2)
    mean = (values * near).sum(0) / np.maximum(near.sum(0), 1)
    colour, seen = plate.colour.copy(), plate.seen.copy()
    known = bare > 0
    target = np.flatnonzero(where)[known]
    colour.reshape(-1, 3)[target] = mean[known] / 255
    seen[where] = known
    return Plate(colour, plate.noise, seen)


def plain(stack: np.ndarray) -> np.ndarray | None:
    """The smooth colour (H, W, 3) float32 behind everything, or None where the ground is not plain."""
    picture = median(stack).astype(np.float32) / 255
    h, w = picture.shape[:2]
    step = max(1, max(h, w) // GRID)
    small = picture[step // 2 :: step, step // 2 :: step]
    basis = _quadratic(*small.shape[:2])
    values = small.reshape(-1, 3)
    border = _border(*small.shape[:2]).ravel()
    weight = np.where(border, 1.0, 0.3)
    fit = np.broadcast_to(np.median(values[border], 0), (6, 3)) * np.eye(6)[:, :1]
    for scale in (0.2, 0.1, 0.05, 0.03, 0.03, 0.03):
        apart = np.abs(values - basis @ fit).max(1)
        biweight = weight * np.clip(1 - (apart / scale) ** 2, 0, None) ** 2
        if (biweight > 0).sum() < 12:
            return None
        scaled = basis * biweight[:, None]
        fit = np.linalg.lstsq(scaled.T @ basis + 1e-6 * np.eye(6), scaled.T @ values, rcond=None)[0]
    good = np.abs(values - basis @ fit).max(1) < PLAIN_NEAR
    if good.mean() < PLAIN_SHARE or good[border].mean() < PLAIN_BORDER:
        return None
    return np.clip((_quadratic(h, w) @ fit).reshape(h, w, 3), 0, 1).astype(np.float32)


def before_plain(stack: np.ndarray, plate: Plate, smooth: np.ndarray) -> Plate:
    """`plate` where it agrees with the smooth colour, the smooth colour where it does not."""
    level = float(np.median(plate.noise))
    off = np.abs(plate.colour - smooth).max(-1) > max(PLAIN_NEAR, 3 * level)
    off = ndimage.binary_dilation(off, iterations=2)
    colour = np.where(off[..., None], smooth, plate.colour)
    return Plate(colour, np.where(off, level, plate.noise).astype(np.float32), plate.seen & ~off)


def _quadratic(h: int, w: int) -> np.ndarray:
    """1, x, y, x^2, xy, y^2 at each pixel, coordinates in [-1, 1]: (h w, 6)."""
    y, x = np.meshgrid(np.linspace(-1, 1, h), np.linspace(-1, 1, w), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1).reshape(-1, 6)


def _border(h: int, w: int) -> np.ndarray:
    edge = np.ones((h, w), bool)
    edge[2:-2, 2:-2] = False
    return edge
