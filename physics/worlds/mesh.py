"""Meshes: the shapes of things that are neither spheres nor ground, as plain arrays.

Tubes (strings, rods, springs, ropes), rings (chain links), boxes with rounded edges, and sheets with the
smooth normals of a bicubic surface through their nodes. One `Mesh` holds everything that a frame shows, with
where each point was in the frame before and will be in the next.

A tube thinner than `THINNEST` px is drawn that wide and as much fainter, so that it neither vanishes nor
crawls. Frames along a tube are carried by parallel transport (Bishop 1975).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from physics.arrays import View
from physics.surface import Surface

THINNEST = 0.55  # px, half width


@dataclass(frozen=True, kw_only=True)
class Skin:
    """How one thing looks."""

    surface: Surface
    sheer: float = 0.0  # share of light that a thin sheet lets through, scattered
    weave: float = 0.0  # m, spacing of a fabric's threads; 0: none
    thin: bool = False  # may be narrower than a pixel


@dataclass(frozen=True)
class Mesh:
    """V points and F triangles; world frame, metres, float32."""

    points: np.ndarray  # (V, 3)
    before: np.ndarray  # (V, 3) in the frame before
    after: np.ndarray  # (V, 3) in the next frame
    normals: np.ndarray  # (V, 3) outward, unit
    place: np.ndarray  # (V, 2) m, coordinates of the pattern on the surface
    cover: np.ndarray  # (V,) opacity of what is drawn wider than it is
    open: np.ndarray  # (V,) share of the surroundings that the thing's own folds leave open
    deep: np.ndarray  # (V,) share of the light from behind that comes through the body
    triangles: np.ndarray  # (F, 3)
    owner: np.ndarray  # (F,) index of the skin


def joined(parts: Sequence[Mesh]) -> Mesh:
    """One mesh of several, whose `owner`s are counted on."""
    start, skin, out = 0, 0, {f.name: [] for f in fields(Mesh)}
    for part in parts:
        for name in out:
            shift = {"triangles": start, "owner": skin}.get(name, 0)
            out[name].append(getattr(part, name) + shift if shift else getattr(part, name))
        start, skin = start + len(part.points), skin + int(part.owner.max(initial=0)) + 1
    return Mesh(**{name: np.concatenate(arrays) for name, arrays in out.items()})


def mesh_of(points, triangles, normals, place, moved=None, cover=None, open_=None, deep=None) -> Mesh:
    """A mesh of one skin; `moved` = (before, after), the points themselves where it stands still."""
    f32 = np.float32
    points = np.asarray(points, f32)
    before, after = moved if moved is not None else (points, points)
    ones = np.ones(len(points), f32)
    return Mesh(
        points=points,
        before=np.asarray(before, f32),
        after=np.asarray(after, f32),
        normals=np.asarray(normals, f32),
        place=np.asarray(place, f32),
        cover=ones if cover is None else np.asarray(cover, f32),
        open=ones if open_ is None else np.asarray(open_, f32),
        deep=0 * ones if deep is None else np.asarray(deep, f32),
        triangles=np.asarray(triangles, np.int64),
        owner=np.zeros(len(triangles), np.int64),
    )


def grid_triangles(rows: int, columns: int, wrap: bool = False) -> np.ndarray:
    """Triangles (F, 3) of a rows x columns grid of points; `wrap` joins the last column to the first."""
    i = np.arange(rows * columns).reshape(rows, columns)
    i = np.concatenate([i, i[:, :1]], 1) if wrap else i
    a, b, c, d = i[:-1, :-1], i[:-1, 1:], i[1:, 1:], i[1:, :-1]
    return np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)]).reshape(-1, 3)


def pixel_size(view: View, points: np.ndarray) -> np.ndarray:
    """Width of a pixel (...,) in m at world points (..., 3)."""
    forward, eye = np.asarray(view.basis)[2], np.asarray(view.position)
    return np.maximum((points - eye) @ forward, 1e-3) / float(view.focal)


def tube(paths, radius, view: View, sides: int = 10, twist: float = 0.0, strands: int = 0) -> Mesh:
    """A tube along a path; `paths` = (now, before, after), each (K, 3), `radius` m or (K,).

    With `strands` it is a rope: so many strands laid at `twist` turns per metre.
    """
    now, *others = (np.asarray(p, float) for p in paths)
    radius = np.broadcast_to(np.asarray(radius, float), (len(now),))
    wide = np.maximum(radius, THINNEST * pixel_size(view, now))
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(now, axis=0), axis=1))])
    turn = np.arange(sides) * 2 * np.pi / sides
    phase = turn[None] * max(strands, 1) / 2 - np.pi * twist * max(strands, 1) * length[:, None]
    bump = 1.0 + (0.35 * (np.abs(np.cos(phase)) ** 0.6 - 0.75) if strands else 0.0 * phase)
    rings = []
    for path in (now, *others):
        side, up = carried_frames(path)
        out = np.cos(turn)[None, :, None] * side[:, None] + np.sin(turn)[None, :, None] * up[:, None]
        rings.append((path[:, None] + (wide[:, None] * bump)[..., None] * out).reshape(-1, 3))
    normals = _grid_normals(rings[0].reshape(len(now), sides, 3)).reshape(-1, 3)
    grown = np.repeat(wide, sides)
    place = np.stack([np.repeat(length, sides), np.tile(turn, len(now)) * np.repeat(radius, sides)], 1)
    cover = np.repeat(radius / wide, sides)
    shade = np.clip(0.35 + 0.65 * (bump.reshape(-1) - 0.7) / 0.35, 0, 1) if strands else np.ones_like(grown)
    return mesh_of(
        rings[0], grid_triangles(len(now), sides, wrap=True), normals, place, rings[1:], cover, shade
    )


def carried_frames(path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors (K, 3) across a path, turned as little as possible from point to point."""
    along = np.gradient(path, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    start = np.array([0.0, 0.0, 1.0]) if abs(along[0, 2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    side = np.empty_like(path)
    for k, t in enumerate(along):
        s = start - t * (start @ t)
        side[k] = start = s / max(float(np.sqrt(s @ s)), 1e-12)
    return side, np.cross(along, side)


def _grid_normals(p: np.ndarray) -> np.ndarray:
    """Unit normals (K, S, 3) of a closed tube's rings (K, S, 3), outward."""
    along = np.gradient(p, axis=0)
    around = np.roll(p, -1, 1) - np.roll(p, 1, 1)
    n = np.cross(around, along)
    return n / np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-20)


def rounded_box(half: Sequence[float], bevel: float, cells: int = 4):
    """Points, normals (V, 3), places (V, 2), triangles of a box about the origin with soft edges."""
    size = np.asarray(half, float)
    bevel = min(bevel, 0.45 * float(size.min()))
    line = np.linspace(-1, 1, cells + 1)
    a, b = (g.reshape(-1) for g in np.meshgrid(line, line, indexing="ij"))
    points, normals, places, triangles = [], [], [], []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for sign in (1.0, -1.0):
            p = np.zeros((len(a), 3))
            p[:, axis], p[:, u], p[:, v] = sign * size[axis], a * (size[u] - bevel), b * (size[v] - bevel)
            normal = np.zeros_like(p)
            normal[:, axis] = sign
            triangles.append(grid_triangles(cells + 1, cells + 1) + len(a) * len(points))
            points.append(p)
            normals.append(normal)
            places.append(p[:, [2, 1] if axis == 0 else [0, 2] if axis == 1 else [0, 1]])
    bands = _box_seams(np.concatenate(points), np.concatenate(normals), size, bevel, cells)
    return (
        np.concatenate(points),
        np.concatenate(normals),
        np.concatenate(places),
        np.concatenate([*triangles, bands]),
    )


def _box_seams(points, normals, half, bevel, cells) -> np.ndarray:
    """Triangles that join the faces along the twelve edges and at the eight corners."""
    count = (cells + 1) ** 2
    out = []
    rim = np.abs(np.abs(points) - (half - bevel)) < 1e-9
    for i in range(6):
        for j in range(i + 1, 6):
            ai, aj = i // 2, j // 2
            if ai == aj:
                continue
            si, sj = (1 - 2 * (i % 2)), (1 - 2 * (j % 2))
            mine = np.arange(count) + count * i
            yours = np.arange(count) + count * j
            p = mine[rim[mine, aj] & (np.sign(points[mine, aj]) == sj)]
            q = yours[rim[yours, ai] & (np.sign(points[yours, ai]) == si)]
            other = 3 - ai - aj
            p, q = p[np.argsort(points[p, other])], q[np.argsort(points[q, other])]
            out += [np.stack([p[:-1], p[1:], q[1:]], 1), np.stack([p[:-1], q[1:], q[:-1]], 1)]
    corner = np.flatnonzero(rim.sum(1) == 2)
    for signs in np.ndindex(2, 2, 2):
        s = 1 - 2 * np.array(signs)
        out.append(corner[(np.sign(points[corner]) == s).all(1)][None])
    return np.concatenate(out)


def posed(shape, rotations, centres) -> Mesh:
    """A shape (points, normals, places, triangles) at three poses: now, before, after."""
    points, normals, places, triangles = shape
    where = [points @ np.asarray(r).T + np.asarray(c) for r, c in zip(rotations, centres, strict=True)]
    return mesh_of(where[0], triangles, normals @ np.asarray(rotations[0]).T, places, where[1:])


def sheet(nodes, spacing: float, fine: int = 2) -> Mesh:
    """A cloth through `nodes` = (now, before, after), each (R, C, 3), refined `fine` times each way."""
    now, *others = (refined(np.asarray(p, float), fine) for p in nodes)
    r, c = now.shape[:2]
    n = np.cross(np.gradient(now, axis=1), np.gradient(now, axis=0))
    n /= np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-20)
    v, u = np.meshgrid(np.arange(r), np.arange(c), indexing="ij")
    place = np.stack([u, v], -1).reshape(-1, 2) * spacing / fine
    return mesh_of(
        now.reshape(-1, 3),
        grid_triangles(r, c),
        n.reshape(-1, 3),
        place,
        [o.reshape(-1, 3) for o in others],
    )


def refined(p: np.ndarray, fine: int) -> np.ndarray:
    """Catmull-Rom surface through nodes (R, C, 3): (fine (R - 1) + 1, fine (C - 1) + 1, 3)."""
    for axis in (0, 1):
        p = np.moveaxis(p, axis, 0)
        padded = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
        a, b, c, d = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
        steps = [
            b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
            for t in np.arange(fine) / fine
        ]
        body = np.stack(steps, 1).reshape(-1, *p.shape[1:])
        p = np.moveaxis(np.concatenate([body, p[-1:]]), 0, axis)
    return p
