"""Particles onto pixels: streaks and discs that keep their light, plates that turn, order-independent.

A particle that moves while the shutter is open covers a capsule: each of its pixels for the share of the
time in which it is there, so the sum over the pixels is its area whatever the length of the streak (a share
is normalised by its own sum, so this holds to rounding). Nothing is drawn thinner than `THINNEST`; what is
thinner is drawn that wide and as much fainter. Out of focus, near things spread over the circle of
confusion in the same way. Opacities multiply, and the colour of what overlaps is the mean weighted by
opacity and nearness (weighted blended order-independent transparency, McGuire & Bavoil 2013). Particles
behind a surface are hidden pixel by pixel.

All samples of all particles are flat arrays of one ragged index: no loop over particles. Positions in px, x
right, y down; arrays (2, n) and (n,). Limits: a streak is straight and lies at one depth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

THINNEST = 0.62  # px, least half width of what is drawn
WIDEST = 44.0  # px, largest half width
NEARER = 4.0  # power of the distance in the mean of what overlaps
SOFT = 0.55  # share of the half width that is rim
FULL = 0.97  # opacity of one particle, at most


@dataclass(frozen=True)
class Canvas:
    """What particles leave on a picture, summed up in place; P pixels, row by row."""

    width: int
    height: int
    depth: NDArray  # (P,) m, of the surfaces
    clouding: NDArray  # (P,) minus the logarithm of what still shows of them
    amount: NDArray  # (P,) weights
    light: NDArray  # (P, 3) colours times weights
    shine: NDArray  # (P, 3) light that adds to the rest
    track: NDArray  # (P, 3) depth m and motion px times weights

    def sums(self, h: int, w: int) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        """Clouding, amount (H, W), light and shine (H, W, 3)."""
        colours = self.light.reshape(h, w, 3), self.shine.reshape(h, w, 3)
        return self.clouding.reshape(h, w), self.amount.reshape(h, w), *colours


def canvas_of(depth: NDArray) -> Canvas:
    """An empty canvas before surfaces at `depth` (H, W)."""
    h, w = depth.shape
    sums = [np.zeros((h * w, *more), np.float32) for more in ((), (), (3,), (3,), (3,))]
    return Canvas(w, h, np.asarray(depth, np.float32).reshape(-1), *sums)


@dataclass(frozen=True)
class Sprites:
    """Streaks in a picture."""

    a: NDArray  # (2, n) px, where the shutter opens
    b: NDArray  # (2, n) px, where it closes
    z: NDArray  # (n,) m
    radius: NDArray  # (n,) px
    weight: NDArray  # (n,)
    colour: NDArray  # (3, n) linear


def ragged(counts: NDArray) -> tuple[NDArray, NDArray]:
    """Owner and index within the owner of each of sum(counts) samples."""
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - first[owner]


def visible(canvas: Canvas, s: Sprites) -> NDArray:
    """Which streaks touch the picture, in front of the camera."""
    pad = np.minimum(s.radius, WIDEST) + 1
    inside = (s.z > 1e-3) & (s.weight > 0) & np.isfinite(s.a).all(0) & np.isfinite(s.b).all(0)
    for axis, size in ((0, canvas.width), (1, canvas.height)):
        low, high = np.minimum(s.a[axis], s.b[axis]) - pad, np.maximum(s.a[axis], s.b[axis]) + pad
        inside &= (high > 0) & (low < size) & (high - low < 4 * size)
    return inside


def taken(s: Sprites, which: NDArray) -> Sprites:
    """Some of the streaks."""
    return Sprites(*(getattr(s, name)[..., which] for name in ("a", "b", "z", "radius", "weight", "colour")))


def streaks(canvas: Canvas, sprites: Sprites, *, shining: bool = False) -> None:
    """Draw streaks: as bodies that hide what is behind, or as light alone."""
    s = taken(sprites, visible(canvas, sprites))
    if not len(s.z):
        return
    owner, x, y, share = _shares(s)
    drawn = (x >= 0) & (x < canvas.width) & (y >= 0) & (y < canvas.height)
    owner, pixel, share = owner[drawn], (y[drawn] * canvas.width + x[drawn]), share[drawn]
    front = s.z[owner].astype(np.float32) < canvas.depth[pixel]
    owner, pixel, share = owner[front], pixel[front], share[front]
    area = (np.pi * s.radius**2 * s.weight).astype(np.float32)
    add(canvas, pixel, share * area[owner], s.colour[:, owner], s.z[owner], (s.b - s.a)[:, owner], shining)


def _shares(s: Sprites) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Owner, pixel x, y and share of its particle, which sum to 1 over each, of every sample."""
    half = np.clip(s.radius, THINNEST, WIDEST)
    steep = np.abs(s.b[1] - s.a[1]) >= np.abs(s.b[0] - s.a[0])
    a, b = (np.where(steep, p[::-1], p) for p in (s.a, s.b))  # row 0: the longer axis
    swap = a[0] > b[0]
    a, b = np.where(swap, b, a), np.where(swap, a, b)
    run = np.maximum(b[0] - a[0], 1e-6)
    slope = np.where(b[0] - a[0] > 1e-6, (b[1] - a[1]) / run, 0.0)
    first = np.floor(a[0] - half - 0.5).astype(np.int64)
    rows = np.ceil(b[0] + half + 0.5).astype(np.int64) - first
    reach = np.ceil((half + 0.5) * np.sqrt(1 + slope * slope)).astype(np.int64)
    across = 2 * reach + 1
    owner, index = ragged(rows * across)
    f32 = np.float32
    row, column = np.divmod(index, across[owner])
    u = (first[owner] + row).astype(f32) + f32(0.5)
    middle = (a[1] - slope * a[0]).astype(f32)[owner] + slope.astype(f32)[owner] * np.clip(
        u, a[0].astype(f32)[owner], b[0].astype(f32)[owner]
    )
    across_at = np.floor(middle).astype(np.int64) + column - reach[owner]
    v = across_at.astype(f32) + f32(0.5)
    du, dv = u - a[0].astype(f32)[owner], v - a[1].astype(f32)[owner]
    ex, ey = (b[0] - a[0]).astype(f32)[owner], (b[1] - a[1]).astype(f32)[owner]
    t = np.clip((du * ex + dv * ey) / np.maximum(ex * ex + ey * ey, f32(1e-6)), 0, 1)
    d = np.hypot(du - t * ex, dv - t * ey)
    rim = (f32(0.5) + SOFT * half.astype(f32))[owner]  # px, over which a body fades out
    share = np.clip((half.astype(f32)[owner] + f32(0.5) - d) / rim, 0, 1)
    total = np.add.reduceat(share, np.cumsum(rows * across) - rows * across)
    share = share / np.maximum(total, f32(1e-6))[owner]
    along = (first[owner] + row)[:]
    down = steep[owner]
    kept = share > 0
    x, y = np.where(down, across_at, along), np.where(down, along, across_at)
    return owner[kept], x[kept], y[kept], share[kept]


def add(canvas: Canvas, pixel, opacity, colour, z, motion, shining: bool = False) -> None:
    """Sum samples: `opacity` (m,), `colour` (3, m), depth `z` (m,) m and `motion` (2, m) px."""
    count = len(canvas.depth)

    def total(values):
        return np.bincount(pixel, values, count).astype(np.float32)

    if shining:
        for c in range(3):
            canvas.shine[:, c] += total(opacity * colour[c])
        return
    opacity = np.minimum(opacity, FULL)
    weight = opacity * np.asarray(np.maximum(z, 1e-2), np.float32) ** np.float32(-NEARER)
    canvas.clouding[:] += total(-np.log1p(-opacity))
    canvas.amount[:] += total(weight)
    for c in range(3):
        canvas.light[:, c] += total(weight * colour[c])
    solid = opacity > 0.2
    if solid.any():
        for c, value in enumerate((z, motion[0], motion[1])):
            some = np.bincount(pixel[solid], (weight * value)[solid], count)
            canvas.track[:, c] += some.astype(np.float32)


@dataclass(frozen=True)
class Plates:
    """Flat things in a picture: the ellipse's or rectangle's half axes."""

    at: NDArray  # (2, n) px
    u: NDArray  # (2, n) px
    v: NDArray  # (2, n) px
    z: NDArray  # (n,) m
    weight: NDArray  # (n,)
    colour: NDArray  # (3, n) linear
    blur: NDArray  # (n,) px, circle of confusion


def plates(canvas: Canvas, s: Plates, motion: NDArray, leaf: bool) -> None:
    """Draw leaves or slips of paper, of `motion` (2, n) px; an edge-on one keeps its area."""
    long = np.hypot(*s.u) + np.hypot(*s.v) + 2 * s.blur + 1
    ok = (s.z > 1e-3) & (long < 4 * WIDEST) & (s.weight > 0)
    for axis, size in ((0, canvas.width), (1, canvas.height)):
        ok &= (s.at[axis] + long > 0) & (s.at[axis] - long < size)
    if not ok.any():
        return
    at, u, v, z, long = s.at[:, ok], s.u[:, ok], s.v[:, ok], s.z[ok], long[ok]
    u, v, thin = _thickened(u, v, s.blur[ok])
    side = 2 * np.ceil(long).astype(np.int64) + 1
    owner, index = ragged(side * side)
    row, column = np.divmod(index, side[owner])
    corner = np.floor(at).astype(np.int64) - np.ceil(long).astype(np.int64)
    x, y = corner[0][owner] + column, corner[1][owner] + row
    inside = (x >= 0) & (x < canvas.width) & (y >= 0) & (y < canvas.height)
    owner, x, y = owner[inside], x[inside], y[inside]
    dx, dy = x + 0.5 - at[0][owner], y + 0.5 - at[1][owner]
    det = (u[0] * v[1] - u[1] * v[0])[owner]
    p = (dx * v[1][owner] - dy * v[0][owner]) / det
    q = (dy * u[0][owner] - dx * u[1][owner]) / det
    cover = (_leaf if leaf else _paper)(p, q, u, v, 1 + 2 * s.blur[ok], owner)
    pixel = y * canvas.width + x
    cover = (cover * (s.weight[ok] * thin)[owner]).astype(np.float32)
    seen = (cover > 0) & (z[owner] < canvas.depth[pixel])
    owner = owner[seen]
    vein = np.where(np.abs(q[seen]) < 0.10, 0.82, 1.0) if leaf else np.ones(len(owner))
    colour = s.colour[:, ok][:, owner] * vein
    add(canvas, pixel[seen], cover[seen], colour, z[owner], motion[:, ok][:, owner])


def _thickened(u: NDArray, v: NDArray, blur: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Half axes at least as wide as half a pixel or the blur, and the share of light that is left."""
    swap = np.hypot(*u) < np.hypot(*v)
    u, v = np.where(swap, v, u), np.where(swap, u, v)
    long = np.maximum(np.hypot(*u), 1e-3)
    side = np.stack([-u[1], u[0]]) / long
    wide = side[0] * v[0] + side[1] * v[1]
    least = 0.55 + 0.6 * blur
    need = np.maximum(least, np.abs(wide))
    v = v + side * (np.where(wide < 0, -1.0, 1.0) * need - wide)
    grown = np.maximum(long, least)
    u = u * (grown / long)
    return u, v, np.abs(wide) * long / (need * grown)


def _edge(distance: NDArray, u: NDArray, v: NDArray, soft: NDArray, owner: NDArray) -> NDArray:
    """Cover of a pixel whose `distance` from the rim is in half axes; the rim is `soft` px wide."""
    area = np.abs(u[0] * v[1] - u[1] * v[0])
    size = area / np.maximum(np.hypot(*u), np.hypot(*v)) / soft
    x = np.clip(distance * size[owner] + 0.5, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def _leaf(p: NDArray, q: NDArray, u: NDArray, v: NDArray, soft: NDArray, owner: NDArray) -> NDArray:
    """An almond with a tip: half width 1 - p^2, fuller towards the stalk."""
    half = np.maximum(1 - p * p, 0.0) * (1 - 0.35 * p)
    return _edge(np.minimum(half - np.abs(q), 1 - np.abs(p)), u, v, soft, owner)


def _paper(p: NDArray, q: NDArray, u: NDArray, v: NDArray, soft: NDArray, owner: NDArray) -> NDArray:
    return _edge(1 - np.maximum(np.abs(p), np.abs(q)), u, v, soft, owner)
