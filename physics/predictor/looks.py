"""How an object is drawn anywhere, at any size, softness and blur.

`Disc` is a flat soft disc evaluated at the pixel centres, as such pictures are made: it never wears out.
`Cutout` is a filmed layer: premultiplied colour and alpha, resampled with cubic splines from the original
each time (Porter and Duff 1984 on premultiplied alpha; Unser 1999 on splines), so nothing is resampled
twice.

Softness and motion blur act on the drawn cover in the frequency domain: exp(-k' S k / 2) for a Gaussian
place of covariance S, sinc(k.d / 2 pi) for an open shutter along d. Both are exact means over where the
object may be.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import map_coordinates, spline_filter

MARGIN = 3.0  # px around the outline
PAD = 8  # px of nothing around a layer, so that its splines do not feel the border
SOFT, SMEARED = 0.3, 0.3  # px: less spread or blur than that is not drawn
DISSOLVE = 0.5  # of the radius: an object is drawn no softer than this; the sigma map says the rest


@dataclass(frozen=True)
class Patch:
    """A piece of picture: rows and columns it covers, premultiplied colour (h, w, 3) and alpha (h, w)."""

    window: tuple[slice, slice]
    colour: np.ndarray
    alpha: np.ndarray


@dataclass(frozen=True)
class Disc:
    """A flat disc: sRGB `colour` (3,) in [0, 1], `radius` and `edge` px at scale 1."""

    colour: np.ndarray
    radius: float
    edge: float

    round = 1.0  # how much of a disc it is

    @property
    def reach(self) -> float:
        return self.radius + self.edge

    def cover(self, x: np.ndarray, y: np.ndarray, scale: float, angle: float) -> np.ndarray:
        """(4, h, w) premultiplied colour and alpha at offsets x, y px from the centre."""
        d = np.hypot(x, y)
        alpha = np.clip((self.radius * scale - d) / (self.edge * scale) + 0.5, 0.0, 1.0)
        return np.concatenate([self.colour[:, None, None] * alpha, alpha[None]])


@dataclass(frozen=True)
class Cutout:
    """A filmed layer: premultiplied `colour` (h, w, 3), `alpha` (h, w), `centre` (2,) px inside."""

    colour: np.ndarray
    alpha: np.ndarray
    centre: np.ndarray

    @property
    def round(self) -> float:
        """How much of a disc it is: its area and its narrow side against those of the disc around it."""
        rows, columns = np.nonzero(self.alpha > 0.5)
        if len(rows) < 4:
            return 1.0
        sides = np.ptp(rows) + 1.0, np.ptp(columns) + 1.0
        return min(sides) / max(sides) * min(1.0, float(self.alpha.sum()) / (np.pi / 4 * max(sides) ** 2))

    @property
    def reach(self) -> float:
        h, w = self.alpha.shape
        return float(
            np.hypot(max(self.centre[0], w - self.centre[0]), max(self.centre[1], h - self.centre[1]))
        )

    @cached_property
    def _splines(self) -> np.ndarray:
        planes = np.concatenate([np.moveaxis(self.colour, -1, 0), self.alpha[None]]).astype(np.float32)
        planes = np.pad(planes, ((0, 0), (PAD, PAD), (PAD, PAD)))
        return np.stack([spline_filter(plane, order=3, mode="grid-constant") for plane in planes])

    def cover(self, x: np.ndarray, y: np.ndarray, scale: float, angle: float) -> np.ndarray:
        """(4, h, w) at offsets x, y px from the centre; `angle` turns from x towards y."""
        c, s = np.cos(angle) / scale, np.sin(angle) / scale
        places = PAD - 0.5 + np.stack([-s * x + c * y + self.centre[1], c * x + s * y + self.centre[0]])
        drawn = [
            map_coordinates(p, places, order=3, mode="grid-constant", prefilter=False) for p in self._splines
        ]
        alpha = np.clip(drawn[3], 0.0, 1.0)
        return np.stack([*(np.clip(p, 0.0, alpha) for p in drawn[:3]), alpha])


Look = Disc | Cutout


def draw(
    look: Look, centre: np.ndarray, shape: tuple[int, int], *, scale: float = 1.0, angle: float = 0.0,
    spread: np.ndarray | None = None, blur: np.ndarray | None = None, radius: float = 1.0,
) -> Patch | None:  # fmt: skip
    """`look` with its centre at `centre` (2,) px, or None outside the picture (H, W).

    `spread` (2, 2) px^2: covariance of the place; `blur` (2,) px: how far it moves while the shutter is open.
    """
    wide = np.zeros((2, 2)) if spread is None else _limited(spread, DISSOLVE * radius * scale)
    path = np.zeros(2) if blur is None or np.hypot(*blur) < SMEARED else np.asarray(blur, float)
    soft = bool(np.sqrt(np.trace(wide)) > SOFT)
    extra = 3 * np.sqrt(np.diag(wide)) * soft + 0.5 * np.abs(path)
    low = np.floor(centre - look.reach * scale - MARGIN - extra).astype(int)
    high = np.ceil(centre + look.reach * scale + MARGIN + extra).astype(int)
    if np.any(high <= 0) or low[0] >= shape[1] or low[1] >= shape[0]:
        return None
    if not (soft or path.any()):  # a filter needs the whole object, plain drawing only what is in view
        low, high = np.maximum(low, 0), np.minimum(high, shape[::-1])
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]] + 0.5
    planes = look.cover(x - centre[0], y - centre[1], scale, angle)
    if soft or path.any():
        planes = np.clip(_filtered(planes, wide * soft, path), 0.0, 1.0)
    inside = slice(max(-low[1], 0), shape[0] - low[1]), slice(max(-low[0], 0), shape[1] - low[0])
    planes = planes[:, *inside]
    window = slice(max(low[1], 0), min(high[1], shape[0])), slice(max(low[0], 0), min(high[0], shape[1]))
    return Patch(window, np.moveaxis(planes[:3], 0, -1), planes[3])


def _limited(covariance: np.ndarray, largest: float) -> np.ndarray:
    """`covariance` with no standard deviation above `largest`."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.clip(values, 0.0, largest**2)) @ vectors.T


def _filtered(planes: np.ndarray, spread: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Mean of the planes over a Gaussian of places and a straight path."""
    h, w = planes.shape[1:]
    ky, kx = 2 * np.pi * np.fft.fftfreq(h)[:, None], 2 * np.pi * np.fft.rfftfreq(w)[None, :]
    quadratic = spread[0, 0] * kx * kx + 2 * spread[0, 1] * kx * ky + spread[1, 1] * ky * ky
    kernel = np.exp(-0.5 * quadratic) * np.sinc((kx * path[0] + ky * path[1]) / (2 * np.pi))
    return np.fft.irfft2(np.fft.rfft2(planes) * kernel, s=(h, w))
