"""The surface of matter that is known by its particles.

Sand, snow and goo: the particles' volume on a grid twice as fine as the flow's, smoothed, cut at one half by
naive surface nets (Gibson 1998): a vertex per cell that the surface crosses, at the mean of its crossings,
moved once along the gradient. What is thinner than the particles' spacing is left to single grains.

Jelly: a fine mesh that is fixed to its particles at the start. Each point is a sum of its nearest particles,
with weights that give back every affine motion exactly (moving least squares, Lancaster & Salkauskas 1981):
the mesh never tears, and its pattern sticks to it.

Lengths in m. Limits: features below a cell are rounded off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.sparse import csr_matrix
from scipy.spatial import KDTree

FINE = 2  # cells of the surface per cell of the flow
SMOOTH = 1.15  # cells, standard deviation of the smoothing
LEVEL = 0.5
NEIGHBOURS = 24  # particles that carry a point of jelly


@dataclass(frozen=True)
class Field:
    """Volume and momentum of particles on a grid around them."""

    share: np.ndarray  # (X, Y, Z) filled share, smoothed
    velocity: np.ndarray  # (3, X, Y, Z) m/s
    corner: np.ndarray  # (3,) m, middle of the first cell
    cell: float  # m

    def at(self, values: np.ndarray, points: np.ndarray, order: int = 1) -> np.ndarray:
        """`values` (X, Y, Z) between cells at points (n, 3) m."""
        return map_coordinates(values, (points - self.corner).T / self.cell, order=order, mode="nearest")


def field_of(place: np.ndarray, velocity: np.ndarray, cell: float, smooth: float = SMOOTH) -> Field:
    """The field of particles (n, 3) m; `cell` m of the flow, in which eight particles are full.

    `smooth` is the standard deviation of the smoothing in cells of the field.
    """
    h = cell / FINE
    low = np.floor(place.min(0) / h).astype(int) - 4
    shape = tuple(np.floor(place.max(0) / h).astype(int) + 5 - low)
    q = place / h - low - 0.5
    first = np.floor(q).astype(int)
    part = q - first
    planes = np.zeros((4, int(np.prod(shape))), np.float32)
    for corner in range(8):
        d = np.array([corner >> 2 & 1, corner >> 1 & 1, corner & 1])
        w = np.prod(np.where(d, part, 1 - part), 1)
        row = np.ravel_multi_index((first + d).T, shape)
        for a, value in enumerate((w, *(w[:, None] * velocity).T)):
            planes[a] += np.bincount(row, value, planes.shape[1]).astype(np.float32)
    planes = planes.reshape(4, *shape)
    planes[0] = _mirrored(planes[0], low[1])
    soft = np.stack([gaussian_filter(p, smooth, mode="nearest") for p in planes])
    return Field(soft[0], soft[1:] / np.maximum(soft[0], 1e-3), (low + 0.5) * h, h)


def _mirrored(share: np.ndarray, low: int) -> np.ndarray:
    """What lies on the floor goes on below it, so that the surface meets the floor upright."""
    floor = -low  # rows below y = 0
    if 0 < floor < share.shape[1]:
        rows = min(floor, share.shape[1] - floor)
        share = share.copy()
        share[:, floor - rows : floor] = share[:, floor : floor + rows][:, ::-1]
    return share


_CORNERS = np.array([[c >> 2 & 1, c >> 1 & 1, c & 1] for c in range(8)])
_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if np.abs(_CORNERS[a] - _CORNERS[b]).sum() == 1]


def surface_net(field: Field, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (V, 3) m, outward normals (V, 3), triangles (F, 3) of the surface at a filled share `level`."""
    f, shape = field.share, field.share.shape
    inside = f > level
    n = [s - 1 for s in shape]
    count = np.zeros(n, np.int8)
    for i, j, k in _CORNERS:
        count += inside[i : i + n[0], j : j + n[1], k : k + n[2]]
    cells = np.argwhere((count > 0) & (count < 8))
    if not len(cells):
        return np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3), int)
    value = np.stack([f[tuple((cells + c).T)] for c in _CORNERS], 1)
    total, crossed = np.zeros((len(cells), 3)), np.zeros(len(cells))
    for a, b in _EDGES:
        va, vb = value[:, a], value[:, b]
        cut = (va > level) != (vb > level)
        t = np.where(cut, (level - va) / np.where(cut, vb - va, 1.0), 0.0)
        total += cut[:, None] * (_CORNERS[a] + t[:, None] * (_CORNERS[b] - _CORNERS[a]))
        crossed += cut
    points = (cells + total / crossed[:, None]) * field.cell + field.corner
    index = np.full(n, -1)
    index[tuple(cells.T)] = np.arange(len(cells))
    slope = _slope(field, points)
    size = np.linalg.norm(slope, axis=1, keepdims=True)
    return points, -slope / np.maximum(size, 1e-9), _quads(inside, index)


def _slope(field: Field, points: np.ndarray) -> np.ndarray:
    """Gradient (n, 3) of the share per m, over two cells."""
    h = field.cell
    steps = h * np.eye(3)
    ahead = field.at(field.share, (points[None] + steps[:, None]).reshape(-1, 3)).reshape(3, -1)
    back = field.at(field.share, (points[None] - steps[:, None]).reshape(-1, 3)).reshape(3, -1)
    return ((ahead - back) / (2 * h)).T


def _quads(inside: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Two triangles for every edge of the grid that the surface crosses, seen from outside."""
    out = []
    for a in range(3):
        b, c = (a + 1) % 3, (a + 2) % 3
        step = np.diff(inside.astype(np.int8), axis=a)
        sel = [slice(None)] * 3
        sel[b] = sel[c] = slice(1, -1)
        at = np.argwhere(step[tuple(sel)] != 0)
        sign = step[tuple(sel)][tuple(at.T)]
        at[:, b] += 1
        at[:, c] += 1
        corner = []
        for db, dc in ((-1, -1), (0, -1), (0, 0), (-1, 0)):
            q = at.copy()
            q[:, b] += db
            q[:, c] += dc
            corner.append(index[tuple(q.T)])
        quad = np.stack(corner, 1)
        quad[sign > 0] = quad[sign > 0][:, ::-1]
        out.append(np.concatenate([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]]))
    triangles = np.concatenate(out)
    return triangles[(triangles >= 0).all(1)]


def carried(points: np.ndarray, particles: np.ndarray) -> csr_matrix:
    """Weights (V, n): points (V, 3) as sums of particles (n, 3), exact for affine motion."""
    k = min(NEIGHBOURS, len(particles))
    distance, near = KDTree(particles).query(points, k)
    w = np.exp(-((distance / distance[:, -1:]) ** 2) * 3.0)
    away = np.concatenate([np.ones((*near.shape, 1)), particles[near] - points[:, None]], -1)
    scale = np.array([1.0, *[1 / distance[:, -1].mean()] * 3])
    away = away * scale
    moment = np.einsum("vk,vki,vkj->vij", w, away, away) + 1e-6 * np.eye(4)
    solved = np.linalg.solve(moment, np.broadcast_to(np.eye(4)[:, :1], (len(points), 4, 1)))[..., 0]
    value = w * np.einsum("vki,vi->vk", away, solved)
    rows = np.repeat(np.arange(len(points)), k)
    return csr_matrix((value.ravel(), (rows, near.ravel())), (len(points), len(particles)))
