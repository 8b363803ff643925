"""Triangles to fragments: which piece of which triangle each pixel shows.

Every pixel is sampled once; pixels with an outline, a fold or a strand in them are sampled `SAMPLES` times,
so that silhouettes are smooth and the cost follows their length. Edge functions and perspective-correct
weights after Pineda (1988); the nearest sample wins by a z-buffer of packed keys (inverse depth above,
triangle below).

A fragment is the share of one pixel that shows one triangle. NumPy only: the work is a few passes over the
list of (triangle, pixel) candidates, whatever the number of triangles.
Limits: triangles that reach behind the camera are left out; at most 2^32 triangles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SAMPLES = 16
NEAR = 1e-3  # m
FOLD = 0.02  # relative step of depth between neighbours that is an edge
_K = np.arange(SAMPLES)
OFFSET_X = ((_K % 4) + (_K // 4 + 0.5) / 4) / 4 - 0.5  # rotated grid: 16 different columns and rows
OFFSET_Y = ((_K // 4) + ((3 - _K % 4) + 0.5) / 4) / 4 - 0.5


@dataclass(frozen=True)
class Fragments:
    """N shares of pixels."""

    pixel: np.ndarray  # (N,) int, row * width + column
    triangle: np.ndarray  # (N,) int
    weight: np.ndarray  # (N,) share of the pixel
    corner: np.ndarray  # (N, 3) perspective-correct weights of the triangle's corners


def rasterise(
    at: np.ndarray, depth: np.ndarray, triangles: np.ndarray, shape: tuple[int, int], thin: np.ndarray
) -> Fragments:
    """Fragments of triangles (F, 3) whose corners (V, 2) lie at `at` px with `depth` (V,) m.

    `thin` (F,) bool marks triangles that may be narrower than a pixel.
    """
    kept = np.flatnonzero((depth[triangles] > NEAR).all(1))
    faces = _Faces.of(at, 1.0 / np.maximum(depth, NEAR), triangles[kept])
    face, pixel = faces.candidates(shape)
    count = shape[0] * shape[1]
    x, y = (pixel % shape[1]).astype(np.float32), (pixel // shape[1]).astype(np.float32)
    seen = faces.nearest(face, pixel, x + 0.5, y + 0.5, count)
    edge = _edges(seen, faces, shape)
    edge[pixel[thin[kept][face]]] = True
    whole = np.flatnonzero((seen > 0) & ~edge)
    slot = np.cumsum(edge) - 1
    some = edge[pixel]
    parts = faces.split(face[some], slot[pixel[some]], x[some], y[some], int(edge.sum()))
    inside = faces.describe(seen[whole], whole % shape[1] + 0.5, whole // shape[1] + 0.5)
    rim = np.flatnonzero(edge)[parts[0]]
    return Fragments(
        pixel=np.concatenate([whole, rim]),
        triangle=kept[np.concatenate([inside[0], parts[1]])],
        weight=np.concatenate([np.ones(len(whole), np.float32), parts[2]]),
        corner=np.concatenate([inside[1], parts[3]]).astype(np.float32),
    )


def nearest_depth(at: np.ndarray, height: np.ndarray, triangles: np.ndarray, shape: tuple[int, int]):
    """Largest `height` (H, W) over each cell's middle of triangles seen without perspective; 0: none.

    `height` must be above 0. Also the triangle's index (H, W), -1 where there is none.
    """
    faces = _Faces.of(at, height, triangles)
    face, pixel = faces.candidates(shape)
    x, y = (pixel % shape[1]).astype(np.float32) + 0.5, (pixel // shape[1]).astype(np.float32) + 0.5
    seen = faces.nearest(face, pixel, x, y, shape[0] * shape[1]).reshape(shape)
    value = (seen >> np.uint64(32)).astype(np.uint32).view(np.float32)
    return value, np.where(seen > 0, (seen & np.uint64(0xFFFFFFFF)).astype(np.int64), -1)


@dataclass(frozen=True)
class _Faces:
    """Triangles ready for sampling; coordinates are relative to the first corner, in px."""

    first: np.ndarray  # (F, 2)
    slope: np.ndarray  # (F, 4) weight of corner 2 along x, y; of corner 3 along x, y
    inverse: np.ndarray  # (F, 3) what the z-buffer compares, per corner
    low: np.ndarray  # (F, 2) bounding box
    high: np.ndarray  # (F, 2)

    @classmethod
    def of(cls, at, inverse, triangles):
        p = at[triangles]
        a, b = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
        area = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
        inv = 1.0 / np.where(np.abs(area) < 1e-9, np.inf, area)
        slope = np.stack([b[:, 1] * inv, -b[:, 0] * inv, -a[:, 1] * inv, a[:, 0] * inv], 1)
        f32 = np.float32
        return cls(p[:, 0].astype(f32), slope.astype(f32), inverse[triangles].astype(f32), p.min(1), p.max(1))

    def candidates(self, shape):
        """(face, pixel) of every pixel that a triangle's bounding box touches."""
        h, w = shape
        low = np.clip(np.floor(self.low), 0, [w, h]).astype(np.int64)
        high = np.clip(np.floor(self.high) + 1, 0, [w, h]).astype(np.int64)
        wide, tall = np.maximum(high - low, 0).T
        wide = np.where(np.any(self.slope != 0, 1), wide, 0)
        count = wide * tall
        face = np.repeat(np.arange(len(count)), count)
        rank = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count)
        row = rank // np.maximum(wide[face], 1)
        column = rank - row * wide[face]
        return face, (low[face, 1] + row) * w + low[face, 0] + column

    def weights(self, face, x, y):
        """Affine weights of the corners 2 and 3 at sample positions."""
        dx, dy = x - self.first[face, 0], y - self.first[face, 1]
        s = self.slope[face]
        return s[:, 0] * dx + s[:, 1] * dy, s[:, 2] * dx + s[:, 3] * dy

    def nearest(self, face, slot, x, y, count: int):
        """Packed keys (count,) of the nearest triangle in each slot; 0 where there is none."""
        u, v = self.weights(face, x, y)
        inside = (u >= -1e-5) & (v >= -1e-5) & (u + v <= 1 + 1e-5)
        face, slot, u, v = face[inside], slot[inside], u[inside], v[inside]
        z = self.inverse[face]
        value = (1 - u - v) * z[:, 0] + u * z[:, 1] + v * z[:, 2]
        key = np.maximum(value, 1e-12).astype(np.float32).view(np.uint32).astype(np.uint64) << np.uint64(32)
        out = np.zeros(count, np.uint64)
        np.maximum.at(out, slot, key | face.astype(np.uint64))
        return out

    def describe(self, key, x, y):
        """Triangle (N,) and perspective-correct corner weights (N, 3) of packed keys at positions."""
        face = (key & np.uint64(0xFFFFFFFF)).astype(np.int64)
        u, v = self.weights(face, x.astype(np.float32), y.astype(np.float32))
        share = np.clip(np.stack([1 - u - v, u, v], 1), 0, 1) * self.inverse[face]
        return face, share / share.sum(1, keepdims=True)

    def split(self, face, slot, x, y, count: int):
        """Fragments of the finely sampled pixels: slot, triangle, weight, corner weights."""
        n = len(face)
        f, s = np.repeat(face, SAMPLES), np.tile(np.arange(SAMPLES), n)
        xs = np.repeat(x, SAMPLES) + np.tile(OFFSET_X + 0.5, n).astype(np.float32)
        ys = np.repeat(y, SAMPLES) + np.tile(OFFSET_Y + 0.5, n).astype(np.float32)
        key = self.nearest(f, np.repeat(slot, SAMPLES) * SAMPLES + s, xs, ys, count * SAMPLES)
        hit = np.flatnonzero(key)
        where, kind = hit // SAMPLES, (key[hit] & np.uint64(0xFFFFFFFF)).astype(np.int64)
        label, inverse, times = np.unique(
            where * len(self.first) + kind, return_inverse=True, return_counts=True
        )
        slot_of, face_of = label // len(self.first), label % len(self.first)
        column = np.zeros(count, np.float32), np.zeros(count, np.float32)
        column[0][slot], column[1][slot] = x, y
        px = column[0][where] + OFFSET_X[hit % SAMPLES] + 0.5
        py = column[1][where] + OFFSET_Y[hit % SAMPLES] + 0.5
        mean = [np.bincount(inverse, p, len(label)) / times for p in (px, py)]
        _, corner = self.describe(face_of.astype(np.uint64), *mean)
        return slot_of, face_of, (times / SAMPLES).astype(np.float32), corner


def _edges(seen, faces: _Faces, shape) -> np.ndarray:
    """Pixels (H W,) beside an outline or a step of depth, on both sides of it."""
    value = (seen >> np.uint64(32)).astype(np.uint32).view(np.float32).reshape(shape)
    out = np.zeros(shape, bool)
    for axis in (0, 1):
        a, b = (value[:-1], value[1:]) if axis == 0 else (value[:, :-1], value[:, 1:])
        step = np.abs(a - b) > FOLD * np.minimum(a, b)
        lower, upper = (out[:-1], out[1:]) if axis == 0 else (out[:, :-1], out[:, 1:])
        lower |= step
        upper |= step
    return out.reshape(-1)
