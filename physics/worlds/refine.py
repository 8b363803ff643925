"""A picture shaded piece by piece, its edges with several rays a pixel.

One compiled program serves pieces of the picture and bundles of edge samples alike, so that it is compiled
once
and its intermediate values stay in the processor's cache. Where a picture has more edges than `SHARE` allows
the rest keep one ray.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

SAMPLES = 5  # per edge pixel
PIECE = 32_768  # rays at a time
SHARE = 8  # at most one pixel in this many is refined

Shade = Callable[[np.ndarray, np.ndarray], dict]


def picture(
    shade: Shade, width: int, height: int, smooth: tuple[str, ...]
) -> tuple[dict, np.ndarray, np.ndarray]:
    """Planes (C, P) or (P,) of a whole picture and its pixels' x, y (P,) px.

    `shade(x, y)` gives planes at pixel positions, "ident" (P,) and "prior" (3, P) linear among them; those
    named in `smooth` become the mean of several samples at edges.
    """
    y, x = (a.reshape(-1).astype(np.float32) for a in np.mgrid[:height, :width] + 0.5)
    piece = min(PIECE, x.size)
    planes = _shaded(shade, x, y, piece)
    edge = _edges(planes["ident"].reshape(height, width), _tone(planes["prior"]).reshape(height, width))
    some = np.flatnonzero(edge)[: x.size // SHARE]
    if not some.size:
        return planes, x, y
    k = np.arange(SAMPLES)
    dx, dy = (k + 0.5) / SAMPLES - 0.5, (k * 2 % SAMPLES + 0.5) / SAMPLES - 0.5
    fx, fy = (np.float32(a[some, None] + d).reshape(-1) for a, d in ((x, dx), (y, dy)))
    fine = _shaded(shade, fx, fy, piece, smooth)
    for name in smooth:
        planes[name][..., some] = fine[name].reshape(*fine[name].shape[:-1], some.size, SAMPLES).mean(-1)
    return planes, x, y


def _shaded(
    shade: Shade, x: np.ndarray, y: np.ndarray, piece: int, names: tuple[str, ...] | None = None
) -> dict:
    out: list[dict] = []
    for i in range(0, x.size, piece):
        a, b = x[i : i + piece], y[i : i + piece]
        short = piece - a.size
        planes = shade(np.pad(a, (0, short), mode="edge"), np.pad(b, (0, short), mode="edge"))
        out.append({k: planes[k] for k in names or planes})
    return {k: np.concatenate([np.asarray(o[k]) for o in out], -1)[..., : x.size] for k in out[0]}


def _tone(linear: np.ndarray) -> np.ndarray:
    """Roughly what the eye compares (P,)."""
    return np.sqrt(np.minimum(linear.mean(0), 1.5))


def _edges(ident: np.ndarray, tone: np.ndarray, step: float = 0.12) -> np.ndarray:
    """Pixels (H * W,) on either side of a step in what is met or in its tone."""
    out = np.zeros(ident.shape, bool)
    for a, limit in ((ident, 0.5), (tone, step)):
        down, across = np.abs(np.diff(a, axis=0)) > limit, np.abs(np.diff(a, axis=1)) > limit
        out[1:] |= down
        out[:-1] |= down
        out[:, 1:] |= across
        out[:, :-1] |= across
    return out.reshape(-1)


def image(plane, height: int, width: int):
    """(P,) or (C, P) -> (H, W) or (H, W, C)."""
    a = jnp.asarray(plane)
    return (a.T if a.ndim == 2 else a).reshape(height, width, *a.shape[:-1])
