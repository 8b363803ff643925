"""Depth of field: a finished frame as a lens of finite aperture would see it, from the guide's depth.

A thin lens of aperture A = f / N, focused at s, images a point at depth d as a disc of diameter
A F |d - s| / (d s), F the focal length in pixels (Potmesil & Chakravarty 1981, eq. 2, with the film where the
plane in focus is sharp and has the pinhole's scale). The frame is split into slices of like blur, each
blurred by its disc and laid over those behind (after Kraus & Strengert 2007). A slice goes on behind what is
in front of it, in the colours of its own surroundings, so that a blurred edge shows what the lens sees past
it. Sums are taken in scene-linear light; pixels whose discs stay within half a pixel, and far from others'
discs, keep their values.

Limits: discs of at most WIDEST of the picture's height; light brighter than the screen shows counts as that
bright; what is hidden in the sharp frame is filled in, not seen; mirror images blur as their mirror.
"""

from __future__ import annotations

import numpy as np
from scipy import fft

from physics.camera import aperture_of, focal_px
from physics.colour import display, quantise
from physics.scene import Scene
from physics.shutter import scene_light

WIDEST = 0.06  # of the height: the largest radius of a disc
SHARP, GROWTH = 0.5, 1.35  # px: radius of the first slice's end; of each slice's middle over the last one's
EMPTY = 1e-4  # weight below which there is nothing


def blur_radius(scene: Scene, k: int, depth: np.ndarray) -> np.ndarray:
    """Signed radius (H, W) px of the discs at `depth` m along the axis in frame `k`; in front negative."""
    aperture, focus = aperture_of(scene, k)
    widest = WIDEST * scene.height
    largest = 0.5 * aperture * focal_px(scene) / focus  # px, of points infinitely far away
    return np.clip(largest * (1 - focus / np.maximum(depth, 1e-3)), -widest, widest)


def defocus(scene: Scene, k: int, frame: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Frame `k`, uint8 (H, W, 3) sRGB, through the lens; `depth` (H, W) m is that of its pixels' surfaces."""
    radius = blur_radius(scene, k, np.asarray(depth, float))
    if np.abs(radius).max() < SHARP:
        return frame
    light = np.asarray(scene_light(frame / np.float32(255)))
    change = np.asarray(display(through(light, radius))) - np.asarray(display(light))
    return quantise(np.clip(frame / np.float32(255) + change, 0, 1))


def through(light: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Linear light (H, W, 3) spread over discs of signed `radius` (H, W) px, the far ones first."""
    middles = _middles(radius)
    share = _shares(radius, middles)
    out, nearer = light, np.ones(radius.shape, np.float32)
    for i in range(len(middles) - 1, -1, -1):
        nearer = nearer - share[i]
        if share[i].max() > EMPTY:
            front = np.abs(middles[:i][[s.max() > EMPTY for s in share[:i]]])
            out = _laid(out, light, share[i], nearer, abs(middles[i]), front.max(initial=0.0))
    return out


def _middles(radius: np.ndarray) -> np.ndarray:
    """Radii of the slices, nearest first: 0, and on either side a row that grows by GROWTH."""
    rows = [[0.0], [0.0]]
    for row, most in zip(rows, (-radius.min(), radius.max()), strict=True):
        while row[-1] < most:
            row.append(max(row[-1] * GROWTH, row[-1] + 2 * SHARP))
    return np.array([-r for r in rows[0][:0:-1]] + rows[1])


def _shares(radius: np.ndarray, middles: np.ndarray) -> list[np.ndarray]:
    """How much of each pixel belongs to each slice, (H, W) each: tents between the middles, sum 1."""
    at = np.interp(radius, middles, np.arange(len(middles)))
    return [np.clip(1 - np.abs(at - i), 0, 1).astype(np.float32) for i in range(len(middles))]


def _laid(out, light, own, nearer, radius: float, front: float) -> np.ndarray:
    """The slice `own`, continued behind what is `nearer`, blurred by `radius`, over `out`."""
    whole = np.concatenate([light, np.ones_like(own)[..., None]], -1)
    layer = whole * own[..., None]
    if nearer.max() > EMPTY:
        around = _spread(layer, radius + front + 2)
        reached = around[..., 3:]
        behind = np.where(own[..., None] > EMPTY, whole, around / np.maximum(reached, 1e-6))
        layer = layer + np.where(reached > EMPTY, nearer[..., None], 0) * behind
    layer = _spread(layer, radius) if radius > SHARP else layer
    weight = np.clip(layer[..., 3:], 0, 1)
    return out * (1 - weight) + layer[..., :3] * (weight / np.maximum(layer[..., 3:], 1e-6))


def _spread(layer: np.ndarray, radius: float) -> np.ndarray:
    """Planes (H, W, C) convolved with an even disc, edges continued."""
    reach = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius - np.hypot(x, y) + 0.5, 0, 1).astype(np.float32)
    padded = np.pad(layer, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    size = [fft.next_fast_len(n + 2 * reach, real=True) for n in padded.shape[:2]]
    kernel = fft.rfft2(disc / disc.sum(), size)[..., None]
    whole = fft.irfft2(fft.rfft2(padded, size, axes=(0, 1)) * kernel, size, axes=(0, 1))
    h, w = layer.shape[:2]
    return np.asarray(whole[2 * reach : 2 * reach + h, 2 * reach : 2 * reach + w], np.float32)
