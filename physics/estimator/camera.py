"""How the camera moves: shift, turn and zoom of the background from frame to frame.

Each frame's luminance, reduced to at most 320 points along the longer side, is registered to a key frame by
Gauss-Newton over two pyramid levels with Cauchy's weights (Lucas & Kanade 1981; Bergen et al. 1992), starting
from the frame before; a new key frame is taken when little of the old one is left. A camera counts as moving
only where texture all over the picture says so: a disc that crosses a white wall is no pan.
Limits: similarities only (no parallax, no rolling shutter); motion of up to a tenth of the picture per frame.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from physics.estimator.register import CAUCHY

LONGEST, QUICK = 320, 160  # points along the longer side: tracking, and the first look
ROUNDS, DONE = 12, 0.005  # Gauss-Newton steps at most; points below which they stop
STILL = 0.4  # px of the frame that a corner has to move before the camera counts as moving
TEXTURED, SPREAD = 0.02, 0.5  # luminance slope of a textured block; share of the blocks that must have it
BLOCKS = 6  # along each side
BETTER = 0.8  # of the still camera's residual, in most textured blocks
LEFT = 0.6  # share of a key frame that has to be in view


def project(homography: np.ndarray, x, y) -> tuple[np.ndarray, np.ndarray]:
    """Pixels `x`, `y` (any one shape) seen through a homography (3, 3)."""
    u, v, w = np.tensordot(homography, np.stack([x, y, np.ones_like(x)]), 1)
    return u / w, v / w


def moving(stack: np.ndarray) -> bool:
    """Does the camera move in uint8 (n, H, W, 3) samples?"""
    small = [_small(frame, QUICK) for frame in stack]
    if not _textured(small[0]).mean() >= SPREAD:
        return False
    scale = max(stack.shape[1:3]) / max(small[0].shape)
    total, farthest, agreed = np.eye(3), 0.0, []
    for before, now in zip(small[:-1], small[1:]):
        step = _register(before, now, np.eye(3))
        total = total @ step
        farthest = max(farthest, scale * _corner_shift(total, now.shape))
        if scale * _corner_shift(step, now.shape) > 0.5 * STILL:
            agreed.append(_agrees(before, now, step))
    return farthest > STILL and bool(agreed) and float(np.mean(agreed)) > 0.5


def track(frames: Iterator[np.ndarray]) -> np.ndarray:
    """(T, 3, 3) similarities from each frame's pixels to those of the first one."""
    found, key, base, last = [], None, np.eye(3), np.eye(3)
    for frame in frames:
        small = _small(frame, LONGEST)
        scale = max(frame.shape[:2]) / max(small.shape)
        if key is None:
            key = small
        last = _register(key, small, last)
        to_full = np.diag([scale, scale, 1.0])
        found.append(to_full @ base @ last @ np.linalg.inv(to_full))
        if _overlap(last, small.shape) < LEFT:
            base, key, last = base @ last, small, np.eye(3)
    return np.array(found)


def _small(frame: np.ndarray, longest: int) -> np.ndarray:
    """Luminance in [0, 1], block means."""
    f = max(1, -(-max(frame.shape[:2]) // longest))
    h, w = (max(1, s // f) for s in frame.shape[:2])
    grey = frame[: h * f, : w * f] @ np.array([0.299, 0.587, 0.114], np.float32)
    return grey.reshape(h, f, w, f).mean((1, 3)) / 255


def _register(key: np.ndarray, frame: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Similarity (3, 3) from the frame's pixels to the key's."""
    found = start
    for blur, step in ((4.0, 4), (1.0, 2 if max(key.shape) > QUICK else 1)):
        found = _descend(
            ndimage.gaussian_filter(key, blur), ndimage.gaussian_filter(frame, blur), found, step
        )
    return found


def _descend(key: np.ndarray, frame: np.ndarray, found: np.ndarray, step: int) -> np.ndarray:
    h, w = key.shape
    y, x = (g.ravel().astype(float) for g in np.mgrid[step // 2 : h : step, step // 2 : w : step])
    values = frame[step // 2 :: step, step // 2 :: step].ravel()
    slope_y, slope_x = np.gradient(key)
    px, py = x + 0.5 - w / 2, y + 0.5 - h / 2
    for _ in range(ROUNDS):
        u = found[0, 0] * (x + 0.5) + found[0, 1] * (y + 0.5) + found[0, 2] - 0.5
        v = found[1, 0] * (x + 0.5) + found[1, 1] * (y + 0.5) + found[1, 2] - 0.5
        inside = (u > 0) & (u < w - 1) & (v > 0) & (v < h - 1)
        if inside.sum() < 50:
            return found
        at = np.stack([v[inside], u[inside]])
        r, gx, gy = (ndimage.map_coordinates(g, at, order=1) for g in (key, slope_x, slope_y))
        r = r - values[inside]
        r = r - np.median(r)
        tau = max(1.4826 * float(np.median(np.abs(r))), 1e-3)
        weight = 1 / (1 + (r / (CAUCHY * tau)) ** 2)
        qx, qy = px[inside], py[inside]
        jacobian = np.stack([gx, gy, gx * qx + gy * qy, gy * qx - gx * qy], -1)
        weighted = jacobian * weight[:, None]
        d = -np.linalg.solve(weighted.T @ jacobian + 1e-6 * np.eye(4), weighted.T @ r)
        found = _change(d, w, h) @ found
        if np.abs(d[:2]).max() + np.abs(d[2:]).max() * w / 2 < DONE:
            break
    return found


def _change(d: np.ndarray, w: int, h: int) -> np.ndarray:
    """Shift d[0], d[1], zoom 1 + d[2] and turn d[3] about the picture's middle."""
    turn = np.array([[1 + d[2], -d[3]], [d[3], 1 + d[2]]])
    middle = np.array([w / 2, h / 2])
    out = np.eye(3)
    out[:2, :2], out[:2, 2] = turn, d[:2] + middle - turn @ middle
    return out


def _corner_shift(camera: np.ndarray, shape: tuple[int, ...]) -> float:
    corners = np.array([[0, 0, 1], [shape[1], 0, 1], [0, shape[0], 1], [shape[1], shape[0], 1]], float)
    return float(np.hypot(*((corners @ camera.T) - corners)[:, :2].T).max())


def _overlap(camera: np.ndarray, shape: tuple[int, ...]) -> float:
    h, w = shape
    y, x = np.mgrid[0:h:8, 0:w:8]
    u, v, _ = camera @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    return float(((u >= 0) & (u < w) & (v >= 0) & (v < h)).mean())


def _blocks(values: np.ndarray) -> np.ndarray:
    h, w = (s // BLOCKS * BLOCKS for s in values.shape)
    return values[:h, :w].reshape(BLOCKS, h // BLOCKS, BLOCKS, w // BLOCKS).mean((1, 3))


def _textured(small: np.ndarray) -> np.ndarray:
    """(BLOCKS, BLOCKS) bool: slopes that stand out from grain."""
    smooth = ndimage.gaussian_filter(small, 1.0)
    return _blocks(np.hypot(*np.gradient(smooth))) > TEXTURED / 4


def _agrees(before: np.ndarray, now: np.ndarray, step: np.ndarray) -> bool:
    """Does the motion explain most of the textured blocks better than a still camera?"""
    moved = aligned(before, step, now.shape)
    still, after = (_blocks(np.abs(ndimage.gaussian_filter(p - now, 1.0))) for p in (before, moved))
    textured = _textured(now)
    return float((after < BETTER * still)[textured].mean()) > 0.5


def aligned(
    picture: np.ndarray,
    camera: np.ndarray,
    shape: tuple[int, ...],
    order: int = 1,
    beyond: str = "nearest",
    ready: bool = False,
) -> np.ndarray:
    """`picture` (h, w), or its spline coefficients if `ready`, read where the pixels of a frame of the given
    shape fall by `camera`. `beyond` the edges they repeat ("nearest") or are 0 ("constant").
    """
    turn = camera[:2, :2][::-1, ::-1]  # row, column order
    offset = camera[:2, :2] @ [0.5, 0.5] + camera[:2, 2] - 0.5
    return ndimage.affine_transform(
        picture, turn, offset[::-1], output_shape=shape[:2], order=order, mode=beyond,
        prefilter=order > 1 and not ready,
    )  # fmt: skip
