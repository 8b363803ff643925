"""Background that was never seen, filled in softly: the harmonic membrane over the hole (Laplace's equation).

Solved by multigrid-like doubling: the picture is halved until the hole is gone, then each finer level
starts from the coarser one and is relaxed. Smooth by construction: it invents no detail.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import zoom

SWEEPS = 30


def filled(picture: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """`picture` (H, W, C) float with the pixels that are not `seen` (H, W) replaced by the membrane."""
    if seen.all():
        return picture
    if not seen.any():
        return picture
    return _fill(np.asarray(picture, np.float32), seen)


def _fill(picture: np.ndarray, seen: np.ndarray) -> np.ndarray:
    if seen.all() or min(seen.shape) < 4:
        mean = picture[seen].mean(0) if seen.any() else np.zeros(picture.shape[-1], np.float32)
        return np.where(seen[..., None], picture, mean)
    coarse, known = _halved(picture, seen)
    guess = _fill(coarse, known)
    scale = (picture.shape[0] / guess.shape[0], picture.shape[1] / guess.shape[1], 1)
    out = np.where(seen[..., None], picture, zoom(guess, scale, order=1, mode="nearest", grid_mode=True))
    hole = ~seen[..., None]
    for _ in range(SWEEPS):
        padded = np.pad(out, ((1, 1), (1, 1), (0, 0)), mode="edge")
        mean = 0.25 * (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:])
        out = np.where(hole, mean, out)
    return out


def _halved(picture: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over 2 x 2 pixels of what was seen, and whether any of the four was."""
    h, w = (n + n % 2 for n in seen.shape)
    pad = ((0, h - seen.shape[0]), (0, w - seen.shape[1]))
    weight = np.pad(seen, pad).reshape(h // 2, 2, w // 2, 2).astype(np.float32)
    colour = np.pad(picture * seen[..., None], (*pad, (0, 0))).reshape(h // 2, 2, w // 2, 2, -1)
    count = weight.sum((1, 3))
    return colour.sum((1, 3)) / np.maximum(count, 1)[..., None], count > 0
