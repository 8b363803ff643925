"""Shadows of meshes: what hides a cone of light, from one picture of the mesh taken along the light's axis.

A map holds, per cell, the opacity seen from the light and the height of what is nearest to it; a pyramid of
means serves every width of penumbra at the price of one (after Williams 1983). The width follows the mean
height of the blockers above the receiver (Fernando 2005, "Percentage-closer soft shadows"). Surfaces below
the mesh read the pyramid; the mesh itself, whose folds lie between its own blockers, compares sample by
sample. The same map taken from the zenith with a wide cone tells how much of the sky is hidden.

Limits: one layer per cell, so a thing behind a strand casts no shadow of its own within that cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from physics.worlds.mesh import Mesh
from physics.worlds.raster import nearest_depth

LEVELS = 7
TAPS = 16
MARGIN = 0.15  # of the map's width around the mesh
LIFT = 1.6  # cells by which a receiver on the mesh is lifted off it


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class ShadowMap:
    """Blockers seen along an axis; heights in m above the lowest point of the mesh."""

    axes: Array  # (3, 3) rows: right, up, towards the light
    origin: Array  # (3,) m, corner of the map and its lowest height
    cell: Array  # () m
    rows: Array  # (M, 2) opacity, and opacity times height, of all levels one after another
    height: Array  # (S S,) m of the blocker nearest to the light, -1 where there is none
    spread: Array  # () tangent of the cone's half angle


def shadow_map(mesh: Mesh, direction, spread: float, size: int = 512) -> ShadowMap:
    """The map of `mesh` for light from `direction` (3,), whose cone has tan(half angle) `spread`."""
    axes = _axes(np.asarray(direction, float))
    q = mesh.points @ axes.T
    low, high = q.min(0), q.max(0)
    reach = float(max(high[0] - low[0], high[1] - low[1]))
    fall = max(float(high[2] - low[2]), min(float(mesh.points[:, 1].max()), reach))
    pad = MARGIN * reach + min(spread, 1.0) * 0.7 * fall
    cell = (reach + 2 * pad) / size
    middle = (low + high) / 2
    origin = np.array([*(middle[:2] - 0.5 * size * cell), low[2]])
    at = (q[:, :2] - origin[:2]) / cell
    value, triangle = nearest_depth(at, q[:, 2] - low[2] + 1.0, mesh.triangles, (size, size))
    cover = mesh.cover[mesh.triangles[:, 0]]
    opacity = np.where(triangle >= 0, cover[triangle], 0.0).astype(np.float32)
    height = np.where(triangle >= 0, value - 1.0, -1.0).astype(np.float32)
    f32 = np.float32
    return ShadowMap(
        axes=f32(axes),
        origin=f32(origin),
        cell=f32(cell),
        rows=_pyramid(jnp.asarray(np.stack([opacity, opacity * height]))),
        height=height.reshape(-1),
        spread=f32(max(spread, 1e-3)),
    )


def _axes(direction: np.ndarray) -> np.ndarray:
    w = direction / np.linalg.norm(direction)
    u = np.cross([0.0, 1.0, 0.0] if abs(w[1]) < 0.99 else [0.0, 0.0, 1.0], w)
    u /= np.linalg.norm(u)
    return np.stack([u, np.cross(w, u), w])


@jax.jit
def _pyramid(plane: Array) -> Array:
    """Rows (M, 2) of `LEVELS` halvings of (2, S, S), each smoothed over three cells."""
    out = []
    for _ in range(LEVELS):
        soft = jnp.pad(plane, ((0, 0), (1, 1), (1, 1)))
        soft = 0.25 * soft[:, :-2] + 0.5 * soft[:, 1:-1] + 0.25 * soft[:, 2:]
        soft = 0.25 * soft[:, :, :-2] + 0.5 * soft[:, :, 1:-1] + 0.25 * soft[:, :, 2:]
        out.append(soft.reshape(2, -1).T)
        s = plane.shape[1] // 2
        plane = plane.reshape(2, s, 2, s, 2).mean((2, 4))
    return jnp.concatenate(out)


def _size(m: ShadowMap) -> int:
    return round(m.height.shape[0] ** 0.5)


def _place(m: ShadowMap, p: Array) -> Array:
    """World points (3, P) -> cells x, y and height m (3, P)."""
    q = [sum(m.axes[i, k] * p[k] for k in range(3)) - m.origin[i] for i in range(3)]
    return jnp.stack([q[0] / m.cell, q[1] / m.cell, q[2]])


def _read(m: ShadowMap, level: Array, x: Array, y: Array) -> Array:
    """Opacity and opacity times height (2, P) at cells of the finest level, blurred to `level`."""
    level = jnp.clip(level, 0.0, LEVELS - 1.001)
    whole = jnp.floor(level).astype(jnp.int32)
    share = level - whole
    low, high = _bilinear(m, whole, x, y), _bilinear(m, whole + 1, x, y)
    return (low + share[:, None] * (high - low)).T


def _bilinear(m: ShadowMap, level: Array, x: Array, y: Array) -> Array:
    size = _size(m)
    starts = jnp.array([sum((size >> k) ** 2 for k in range(n)) for n in range(LEVELS)])
    n = size >> level
    scale = jnp.exp2(-level.astype(jnp.float32))
    u, v = x * scale - 0.5, y * scale - 0.5
    i, j = jnp.floor(u), jnp.floor(v)
    fu, fv = u - i, v - j
    total = 0.0
    for dj in (0, 1):
        for di in (0, 1):
            a, b = i.astype(jnp.int32) + di, j.astype(jnp.int32) + dj
            inside = (a >= 0) & (b >= 0) & (a < n) & (b < n)
            index = jnp.where(inside, starts[level] + b * n + a, 0)
            weight = jnp.where(di, fu, 1 - fu) * jnp.where(dj, fv, 1 - fv) * inside
            total = total + weight[:, None] * jnp.take(m.rows, index, axis=0)
    return total


def _width(m: ShadowMap, x: Array, y: Array, height: Array) -> tuple[Array, Array]:
    """Radius in cells (P,) over which the cone spreads at its blockers, and their mean height m."""
    top = jnp.max(m.height)
    reach = m.spread * jnp.maximum(top - height, m.cell) / m.cell
    opacity, moment = _read(m, jnp.log2(jnp.maximum(reach, 1.0)), x, y)
    mean = moment / jnp.maximum(opacity, 1e-6)
    return m.spread * jnp.maximum(mean - height, 0.0) / m.cell, mean


def hidden(m: ShadowMap, p: Array) -> Array:
    """Share (P,) of the cone above world points (3, P) that the mesh hides; for points off the mesh."""
    x, y, height = _place(m, p)
    radius, _ = _width(m, x, y, height)
    opacity, moment = _read(m, jnp.log2(jnp.maximum(0.62 * radius, 1.0)), x, y)
    above = moment / jnp.maximum(opacity, 1e-6) - height
    return opacity * jnp.clip(above / (3 * m.cell), 0.0, 1.0)


def self_hidden(m: ShadowMap, p: Array, normal: Array) -> Array:
    """The same for points on the mesh, where `normal` (3, P) is the side that the light falls on."""
    p = p + LIFT * m.cell * (normal + m.axes[2][:, None])
    x, y, height = _place(m, p)
    radius, _ = _width(m, x, y, height)
    radius = jnp.clip(radius, 1.2, 24.0)
    size, total = _size(m), jnp.zeros_like(x)
    for k in range(TAPS):
        rho, phi = ((k + 0.5) / TAPS) ** 0.5, k * 2.3999632
        i = jnp.clip((x + radius * rho * np.cos(phi)).astype(jnp.int32), 0, size - 1)
        j = jnp.clip((y + radius * rho * np.sin(phi)).astype(jnp.int32), 0, size - 1)
        blocker = jnp.take(m.height, j * size + i)
        total = total + jnp.clip((blocker - height - 0.3 * m.cell) / (1.5 * m.cell), 0.0, 1.0)
    return total / TAPS
