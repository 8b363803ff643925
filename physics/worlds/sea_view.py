"""Where a camera sees a moving water surface: first hits, occlusion and area averages, without ray marching.

The surface is sampled on a fan of vertical planes through the eye: A headings times M distances ("rings").
Along each plane the largest elevation angle met so far decides what is visible, so the first hit is a
running maximum; the running integral of any quantity over the visible elevation angle, looked up at the
edges of a row, gives its exact mean over the row: crests hide troughs, silhouettes and the horizon are
anti-aliased, and a far pixel averages all the waves it covers. Each sample is itself the mean over its own
cell (mip pyramids).

The classical forms are the floating horizon of Wright (1973) and the height-field scan of Fishman &
Schachter (1980). Angles in rad, lengths in m; the eye sits above the origin of the rings, the earth is
round.

Limits: cameras without roll; straight down the fan wastes its samples (it still holds the picture).
"""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from physics.arrays import View
from physics.worlds.ocean import GRID
from physics.worlds.texture import pyramid, sample, sample_finest

EARTH = 6.371e6 * 7 / 6  # m, with refraction (standard atmosphere)
FINE = 0.9  # px, size of a fan cell
RING = 0.008  # spacing of far rings as a share of their distance
INVERSIONS = 4  # fixed-point steps from place to particle
MOMENTS = ("cover", "sx", "sz", "m2", "foam", "height")  # planes of `scan`


@dataclass(frozen=True)
class Fan:
    """The sampling pattern of a clip. Hashable: it decides the compiled program."""

    columns: int  # A
    rings: int  # M
    rows: int  # R
    left: float  # rad, heading of the first column
    bottom: float  # rad, elevation of the lowest edge
    cell: float  # rad, between columns and between rows


def fan_of(view: View, width: int, height: int, wave: float, longest: float) -> Fan:
    """The fan that holds a picture; `wave` m is a high crest, `longest` m the dominant wavelength."""
    azimuth, elevation = _border(view, width, height)
    cell = FINE / float(view.focal)
    span = min(np.ptp(azimuth), 2 * np.pi) + 4 * cell
    top = min(elevation.max() + 2 * cell, _highest(view, elevation.min(), wave))
    bottom = min(elevation.min(), -0.01) - 2 * cell
    columns = int(np.ceil(span / cell)) + 1
    rows = max(int(np.ceil((top - bottom) / cell)), 8)
    rings = len(_spaced(view, bottom, wave, longest, None))
    columns, rows, rings = (-(-n // 16) * 16 for n in (columns, rows, rings))  # few programs for many scenes
    return Fan(
        min(columns, 3 * width + 64), rings, rows, float(azimuth.min() - 2 * cell), float(bottom), float(cell)
    )


def _border(view: View, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Azimuth from the camera's heading and elevation of the picture's border and middle row, rad."""
    x, y = np.linspace(0, width, 33), np.linspace(0, height, 33)
    px = np.concatenate([x, x, np.zeros(33), np.full(33, width), x])
    py = np.concatenate([np.zeros(33), np.full(33, height), y, y, np.full(33, height / 2)])
    principal = np.asarray(view.principal)
    local = np.stack([px - principal[0], principal[1] - py, np.full_like(px, float(view.focal))])
    world = np.asarray(view.basis).T @ local
    right, forward = headings(np.asarray(view.basis))
    return np.arctan2(right @ world, forward @ world), np.arctan2(world[1], np.hypot(world[0], world[2]))


def headings(basis) -> tuple:
    """Horizontal unit vectors (3,) to the right and ahead of a camera without roll."""
    right = basis[0]
    xp = jnp if isinstance(basis, Array) else np
    return right, xp.stack([right[2], xp.zeros_like(right[0]), -right[0]])


def _highest(view: View, lowest: float, wave: float) -> float:
    """Elevation that no crest exceeds."""
    eye = float(view.position[1])
    return max(0.02, float(np.arctan2(wave - eye, _nearest(eye, lowest, wave))) + 0.02)


def _nearest(eye: float, lowest: float, wave: float) -> float:
    steep = max(np.tan(min(-lowest, 1.55)), 1e-3)
    return max(0.25 * eye, eye - wave, 0.3) / steep


def _spaced(view: View, bottom: float, wave: float, longest: float, count: int | None) -> np.ndarray:
    """Distances of the rings: finer than a row where the water is flat, a share of the distance beyond."""
    eye = max(float(view.position[1]), 0.2)
    near, far = _nearest(eye, bottom, wave), 1.15 * np.sqrt(2 * EARTH * (eye + wave))
    grid = np.geomspace(near, max(far, 2 * near), 20_000)
    flat = eye / (grid**2 + eye**2) * float(view.focal) / FINE
    waves = 1 / (grid * np.where(RING * grid > longest / 3, 5 * RING, RING))
    density = np.maximum(flat, waves)
    total = np.concatenate([[0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(grid))])
    count = count or int(np.ceil(total[-1])) + 2
    return np.interp(np.linspace(0, total[-1], count), total, grid)


def rings(fan: Fan, view: View, wave: float, longest: float) -> np.ndarray:
    """Distances (M,) m, float32, from a camera of the clip."""
    return _spaced(view, fan.bottom, wave, longest, fan.rings).astype(np.float32)


def eulerian(fields: Array, foam: Array, tiles: Array) -> Array:
    """Tables (C, T, 7) over fixed places: height, displacement x z, slope x z, half square, foam."""
    return pyramid(lax.map(lambda tile: _at_places(*tile), (fields, foam, tiles)))


def _at_places(fields: Array, foam: Array, side: Array) -> Array:
    n = fields.shape[0]
    unit = side / n
    z, x = jnp.meshgrid(jnp.arange(n) * unit, jnp.arange(n) * unit, indexing="ij")
    x, z = x.reshape(-1), z.reshape(-1)
    moved, p, q = fields[..., 1:3], x, z
    for _ in range(INVERSIONS):  # the particle that has come to (x, z): X = x - D(X)
        d = sample_finest(moved, side, p, q)
        p, q = x - d[:, 0], z - d[:, 1]
    f = sample_finest(jnp.concatenate([fields, foam[..., None]], -1), side, p, q)
    h, dx, dz, hx, hz, xx, zz, xz, white = (f[:, i] for i in range(9))
    det = jnp.maximum((1 + xx) * (1 + zz) - xz * xz, 0.2)
    sx, sz = ((1 + zz) * hx - xz * hz) / det, ((1 + xx) * hz - xz * hx) / det
    out = jnp.stack([h, dx, dz, sx, sz, 0.5 * (sx * sx + sz * sz), white], -1)
    return out.reshape(n, n, 7)


def water_at(tables: Array, tiles: Array, x: Array, z: Array, footprint: Array, crest: Array) -> Array:
    """(P, 7) as in `eulerian`, all tiles together: shorter waves ride on the particles of the longer ones.

    The sixth value counts the slopes that `footprint` m leaves unresolved as well; `crest` m is the height's
    standard deviation.
    """

    def add(carry, tile):
        total, spread, clear, x, z = carry
        riding = jnp.clip(0.45 + 0.7 * total[:, 0] / crest, 0.0, 1.0)  # short waves break on long crests
        table, side = tile
        f = sample(table, GRID, side, x, z, footprint)
        spread = spread + f[:, 5] - 0.5 * (f[:, 3] ** 2 + f[:, 4] ** 2)
        clear = clear * (1 - jnp.clip(f[:, 6], 0, 1) * riding)
        return (total + f, spread, clear, x - f[:, 1], z - f[:, 2]), None

    none = jnp.zeros((x.shape[0], 7)), jnp.zeros_like(x), jnp.ones_like(x), x, z
    (total, spread, clear, _, _), _ = lax.scan(add, none, (tables, tiles))
    resolved = 0.5 * (total[:, 3] ** 2 + total[:, 4] ** 2)
    return total.at[:, 5].set(resolved + jnp.maximum(spread, 0)).at[:, 6].set(1 - clear)


def scan(fan: Fan, tables: Array, tiles: Array, crest, view: View, distance: Array) -> tuple[Array, Array]:
    """Means (R, A, 6) of MOMENTS over the fan's cells, weighted by the share of the cell that water covers,
    and 1 / distance (R, A) of the first hit.
    """
    heading = fan.left + fan.cell * jnp.arange(fan.columns)
    right, ahead = headings(view.basis)
    way = jnp.sin(heading)[:, None] * right + jnp.cos(heading)[:, None] * ahead  # (A, 3)
    x = (view.position[0] + distance[:, None] * way[:, 0]).reshape(-1)
    z = (view.position[2] + distance[:, None] * way[:, 2]).reshape(-1)
    gap = jnp.gradient(distance)
    footprint = jnp.maximum(distance * fan.cell, 0.6 * gap)
    f = water_at(tables, tiles, x, z, jnp.repeat(footprint, fan.columns), crest)
    height = f[:, 0].reshape(fan.rings, fan.columns)
    angle = jnp.arctan((height - view.position[1]) / distance[:, None] - 0.5 * distance[:, None] / EARTH)
    planes = [jnp.ones_like(height), *(f[:, i].reshape(height.shape) for i in (3, 4, 5, 6, 0))]
    return row_means(fan, angle, jnp.stack(planes, -1), distance)


def row_means(fan: Fan, angle: Array, value: Array, distance: Array) -> tuple[Array, Array]:
    """`angle` (M, A) rad and `value` (M, A, K) along the fan -> (R, A, K) means over the rows' angles.

    Values are even along each stretch between two rings. Also 1 / distance (R, A) of the first hit: the mean
    of the row's two edges where they see the same wave, else that of the nearer one.
    """
    top = lax.cummax(angle, axis=0)
    gain = top[1:] - top[:-1]
    seen = jnp.clip(gain / jnp.maximum(angle[1:] - angle[:-1], 1e-9), 0.0, 1.0)[..., None]
    mean = value[1:] + (value[:-1] - value[1:]) * (0.5 * seen)  # of the part of the stretch that shows

    def add(total, stretch):
        return total + stretch, total

    last, before = lax.scan(add, jnp.zeros_like(value[0]), mean * gain[..., None])
    total = jnp.concatenate([before, last[None]])  # (M, A, K) integral up to each ring
    slope = jnp.concatenate([mean, jnp.zeros_like(mean[:1])])
    edge = fan.bottom + fan.cell * jnp.arange(fan.rows + 1)
    place = _last_below(top, edge)  # (R + 1, A)

    def at(a, ring):
        row = ring * fan.columns + jnp.arange(fan.columns)
        return a.reshape(-1, *a.shape[2:]).at[row].get(mode="promise_in_bounds")

    reached = at(total, place) + at(slope, place) * (edge[:, None] - at(top, place))[..., None]
    following = jnp.minimum(place + 1, fan.rings - 1)
    low, high = at(angle, place), at(angle, following)
    share = jnp.clip((edge[:, None] - low) / jnp.maximum(high - low, 1e-9), 0.0, 1.0)
    near = 1 / distance[place] + share * (1 / distance[following] - 1 / distance[place])
    alike = near[1:] > 0.85 * near[:-1]
    return (reached[1:] - reached[:-1]) / fan.cell, jnp.where(alike, 0.5 * (near[1:] + near[:-1]), near[:-1])


def _last_below(top: Array, edge: Array) -> Array:
    """Index (R + 1, A) of the last ring whose running maximum is not above the edge; 0 if none."""
    count = top.shape[0]
    low = jnp.zeros((edge.shape[0], top.shape[1]), jnp.int32)
    flat, column, width = top.reshape(-1), jnp.arange(top.shape[1]), top.shape[1]
    jump = 1 << (count - 1).bit_length() - 1
    while jump:
        there = low + jump
        inside = jnp.minimum(there, count - 1)
        below = flat.at[inside * width + column].get(mode="promise_in_bounds") <= edge[:, None]
        low = jnp.where(below & (there < count), there, low)
        jump >>= 1
    return low


def look_up(fan: Fan, means: Array, near: Array, view: View, ray: Array) -> tuple[Array, Array]:
    """Values (K, P) of a fan picture (R, A, K) along unit rays (3, P), zero above its top; and 1 / distance
    (P,), which is not averaged over different waves.
    """
    right, ahead = headings(view.basis)
    flat = jnp.hypot(ray[0], ray[2])
    azimuth = jnp.arctan2(right @ ray, ahead @ ray)
    u = jnp.clip((azimuth - fan.left) / fan.cell, 0.0, fan.columns - 1.001)
    v = (jnp.arctan2(ray[1], flat) - fan.bottom) / fan.cell - 0.5
    i, j = jnp.floor(u).astype(jnp.int32), jnp.floor(v).astype(jnp.int32)
    a, b = u - i, v - j
    steps = [(0, 0), (1, 0), (0, 1), (1, 1)]
    rows = [jnp.clip(j + dj, 0, fan.rows - 1) * fan.columns + i + di for di, dj in steps]
    share = [abs(1 - di - a) * abs(1 - dj - b) for di, dj in steps]
    table, hits = means.reshape(-1, means.shape[-1]), near.reshape(-1)
    values = [table.at[r].get(mode="promise_in_bounds") for r in rows]
    held = [w * (j + dj < fan.rows) for w, (_, dj) in zip(share, steps, strict=True)]
    total = sum((x * w[:, None] for x, w in zip(values, held, strict=True)), start=jnp.zeros(()))
    some = jnp.stack([hits.at[r].get(mode="promise_in_bounds") for r in rows])
    smooth = sum((x * w for x, w in zip(some, share, strict=True)), start=jnp.zeros(()))
    closest = some[jnp.argmax(jnp.stack(share), axis=0), jnp.arange(some.shape[1])]
    return total.T, jnp.where(jnp.min(some, 0) > 0.85 * jnp.max(some, 0), smooth, closest)
