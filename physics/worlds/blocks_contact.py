"""Where boxes and balls touch: contact points, normals and gaps, for all pairs at once.

Two boxes: the axis of least overlap among the six face normals and nine edge products (Gottschalk, Lin &
Manocha 1996), then either the incident face clipped to the reference face (Sutherland & Hodgman 1974, all
candidate corners at once) and thinned to four points, or one point between two edges. Gaps are signed, m,
negative inside; normals point from the second thing to the first.

The first B bodies are boxes, moving ones before fixed ones; balls follow. The ground is body -1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
GROUND = -1
EDGE_BIAS = 5e-4  # m by which an edge axis must win: faces give steadier contacts


@dataclass(frozen=True)
class Contacts:
    """C points."""

    first: Ints  # (C,) body index
    second: Ints  # (C,) body index, -1 the ground
    point: Array  # (C, 3) m
    normal: Array  # (C, 3) from second to first
    gap: Array  # (C,) m


@dataclass(frozen=True)
class Bodies:
    """Shapes and poses; B boxes, then balls: N in all."""

    half: Array  # (B, 3) m
    radius: Array  # (N - B,) m
    place: Array  # (N, 3) m
    turn: Array  # (N, 3, 3) body -> world
    moving: NDArray[np.bool_]  # (N,)
    ground: bool


def find_contacts(b: Bodies, margin: float) -> Contacts:
    """All points with a gap below `margin`."""
    parts = [_boxes_on_boxes(b, margin), _balls_on_boxes(b, margin), _balls_on_balls(b, margin)]
    if b.ground:
        parts.append(_on_ground(b, margin))
    names = ("first", "second", "point", "normal", "gap")
    return Contacts(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))


def corners(half: Array, place: Array, turn: Array) -> Array:
    """(B, 8, 3) corners of boxes."""
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    return np.einsum("bij,bkj->bki", turn, signs * half[:, None]) + place[:, None]


def _on_ground(b: Bodies, margin: float) -> Contacts:
    n = len(b.half)
    points = corners(b.half, b.place[:n], b.turn[:n])
    box, k = np.nonzero((points[..., 1] < margin) & b.moving[:n, None])
    low = b.place[n:, 1] - b.radius
    ball = np.flatnonzero((low < margin) & b.moving[n:])
    touched = b.place[n + ball].copy()
    touched[:, 1] -= b.radius[ball]
    point = np.concatenate([points[box, k], touched])
    first = np.concatenate([box, n + ball])
    up = np.broadcast_to([0.0, 1.0, 0.0], point.shape)
    return Contacts(first, np.full(len(first), GROUND), point, up, point[:, 1].copy())


def _balls_on_boxes(b: Bodies, margin: float) -> Contacts:
    n = len(b.half)
    centre = b.place[n:]
    local = np.einsum("bji,sbj->sbi", b.turn[:n], centre[:, None] - b.place[None, :n])
    near = np.clip(local, -b.half, b.half)
    way = local - near
    far = np.sqrt((way**2).sum(-1))
    depth = b.half - np.abs(local)
    deep = (far < 1e-9)[..., None] & (np.arange(3) == depth.argmin(-1)[..., None])  # the middle is inside
    sign = np.where(local < 0, -1.0, 1.0)
    way = np.where(deep, sign, way)
    gap = np.where(far < 1e-9, -depth.min(-1), far) - b.radius[:, None]
    able = b.moving[n:, None] | b.moving[None, :n]
    ball, box = np.nonzero((gap < margin) & able)
    normal = np.einsum("cij,cj->ci", b.turn[box], way[ball, box])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) if len(normal) else 1.0
    point = centre[ball] - normal * (b.radius[ball] + 0.5 * gap[ball, box])[:, None]
    return Contacts(n + ball, box, point, normal, gap[ball, box])


def _balls_on_balls(b: Bodies, margin: float) -> Contacts:
    n = len(b.half)
    i, j = np.triu_indices(len(b.radius), 1)
    way = b.place[n + i] - b.place[n + j]
    far = np.sqrt((way**2).sum(-1))
    gap = far - b.radius[i] - b.radius[j]
    kept = (gap < margin) & (b.moving[n + i] | b.moving[n + j])
    i, j, gap, normal = i[kept], j[kept], gap[kept], way[kept] / far[kept, None]
    point = b.place[n + j] + normal * (b.radius[j] + 0.5 * gap)[:, None]
    return Contacts(n + i, n + j, point, normal, gap)


def _boxes_on_boxes(b: Bodies, margin: float) -> Contacts:
    n = len(b.half)
    place, turn, half = b.place[:n], b.turn[:n], b.half
    reach = np.einsum("bij,bj->bi", np.abs(turn), half)
    i, j = np.triu_indices(n, 1)
    apart = np.abs(place[i] - place[j]) - reach[i] - reach[j]
    kept = (apart < margin).all(1) & (b.moving[i] | b.moving[j])
    i, j = i[kept], j[kept]
    if not len(i):
        return Contacts(i, j, np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))
    face, face_gap, edge, edge_gap = _axes_of_least_overlap(place, turn, half, i, j)
    by_edge = (edge_gap > face_gap + EDGE_BIAS) & (edge_gap < margin)
    by_face = ~by_edge & (face_gap < margin)
    a = _face_contacts(place, turn, half, i[by_face], j[by_face], face[by_face], margin)
    c = _edge_contacts(place, turn, half, i[by_edge], j[by_edge], edge[by_edge], edge_gap[by_edge])
    names = ("first", "second", "point", "normal", "gap")
    return Contacts(*(np.concatenate([getattr(a, n), getattr(c, n)]) for n in names))


def _axes_of_least_overlap(place, turn, half, i, j):
    """Best face axis (P,) 0-5 and its gap, best edge axis (P,) 0-8 and its gap."""
    d = place[j] - place[i]
    ra, rb = turn[i], turn[j]
    mixed = np.einsum("pki,pkj->pij", ra, rb)
    size = np.abs(mixed) + 1e-9
    on_a = np.abs(np.einsum("pki,pk->pi", ra, d)) - half[i] - np.einsum("pij,pj->pi", size, half[j])
    on_b = np.abs(np.einsum("pki,pk->pi", rb, d)) - half[j] - np.einsum("pij,pi->pj", size, half[i])
    faces = np.concatenate([on_a, on_b - 1e-5], 1)  # ties go to the first box: the choice must not flicker
    axes = np.cross(ra.transpose(0, 2, 1)[:, :, None], rb.transpose(0, 2, 1)[:, None]).reshape(-1, 9, 3)
    long = np.linalg.norm(axes, axis=-1)
    axes = axes / np.maximum(long, 1e-9)[..., None]
    span_a = np.einsum("pei,pi->pe", np.abs(np.einsum("pek,pki->pei", axes, ra)), half[i])
    span_b = np.einsum("pei,pi->pe", np.abs(np.einsum("pek,pki->pei", axes, rb)), half[j])
    edges = np.abs(np.einsum("pek,pk->pe", axes, d)) - span_a - span_b
    edges = np.where(long < 0.05, -np.inf, edges)
    rows = np.arange(len(i))
    face, edge = faces.argmax(1), edges.argmax(1)
    return face, faces[rows, face], edge, edges[rows, edge]


def _face_contacts(place, turn, half, i, j, face, margin) -> Contacts:
    """Up to four points per pair, in the frame of the reference face."""
    swap = face >= 3
    ref, inc, axis = np.where(swap, j, i), np.where(swap, i, j), face % 3
    rows = np.arange(len(i))
    r, c = turn[ref], turn[inc]
    u, v = (axis + 1) % 3, (axis + 2) % 3
    out = r[rows, :, axis]
    out = out * np.where(((place[inc] - place[ref]) * out).sum(1) < 0, -1.0, 1.0)[:, None]
    tu, tv = r[rows, :, u], r[rows, :, v]
    hu, hv, hn = half[ref, u], half[ref, v], half[ref, axis]
    against = np.einsum("pki,pk->pi", c, out)
    facing = np.abs(against).argmax(1)
    sign = -np.sign(against[rows, facing])
    fu, fv = (facing + 1) % 3, (facing + 2) % 3
    middle = place[inc] + c[rows, :, facing] * (sign * half[inc, facing])[:, None]
    eu, ev = c[rows, :, fu] * half[inc, fu][:, None], c[rows, :, fv] * half[inc, fv][:, None]
    quad = np.stack([middle + eu + ev, middle - eu + ev, middle - eu - ev, middle + eu - ev], 1)
    local = quad - place[ref][:, None]
    flat = np.stack([(local * t[:, None]).sum(-1) for t in (tu, tv, out)], -1)
    flat[..., 2] -= hn[:, None]
    found, fine = _clipped(flat, hu, hv)
    fine &= found[..., 2] < margin
    found, fine = _four(found, fine)
    pair, k = np.nonzero(fine)
    f = found[pair, k]
    world = place[ref][pair] + tu[pair] * f[:, :1] + tv[pair] * f[:, 1:2]
    world += out[pair] * (hn[pair] + 0.5 * f[:, 2])[:, None]
    flip = np.where(swap, 1.0, -1.0)[pair, None]  # `out` points from the reference to the other box
    return Contacts(i[pair], j[pair], world, flip * out[pair], f[:, 2].copy())


def _clipped(quad: Array, hu: Array, hv: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Corners (P, 24, 3) of quads (P, 4, 3) cut to rectangles |x| <= hu, |y| <= hv, and which are there."""
    half = np.stack([hu, hv], 1)[:, None]
    mine = (np.abs(quad[..., :2]) <= half + 1e-9).all(-1)
    signs = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], float)
    theirs = signs * half
    e1, e2 = quad[:, 1] - quad[:, 0], quad[:, 3] - quad[:, 0]
    det = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
    inv = 1.0 / np.where(np.abs(det) < 1e-12, np.inf, det)
    w = theirs - quad[:, :1, :2]
    s = (w[..., 0] * e2[:, None, 1] - w[..., 1] * e2[:, None, 0]) * inv[:, None]
    t = (e1[:, None, 0] * w[..., 1] - e1[:, None, 1] * w[..., 0]) * inv[:, None]
    inside = (s > 1e-6) & (s < 1 - 1e-6) & (t > 1e-6) & (t < 1 - 1e-6) & (det != 0)[:, None]
    height = quad[:, :1, 2] + s * e1[:, None, 2] + t * e2[:, None, 2]
    points = [quad, np.concatenate([theirs, height[..., None]], -1)]
    there = [mine, inside]
    edge = np.roll(quad, -1, 1) - quad
    for axis in (0, 1):
        other = 1 - axis
        for side in (-1.0, 1.0):
            run = edge[..., axis]
            t = (side * half[..., axis] - quad[..., axis]) / np.where(np.abs(run) < 1e-12, np.inf, run)
            p = quad + t[..., None] * edge
            crosses = (t > 1e-6) & (t < 1 - 1e-6) & (np.abs(p[..., other]) < half[..., other] - 1e-9)
            points.append(p)
            there.append(crosses)
    return np.concatenate(points, 1), np.concatenate(there, 1)


def _four(points: Array, there: NDArray[np.bool_]) -> tuple[Array, NDArray[np.bool_]]:
    """The four that lie farthest out along the diagonals (P, 4, 3), each once."""
    ways = np.array([[1.0, 0.8], [-0.8, 1.0], [-1.0, -0.8], [0.8, -1.0]])
    rank = np.where(there[:, None], np.einsum("wk,pck->pwc", ways, points[..., :2]), -np.inf)
    best = rank.argmax(2)
    rows = np.arange(len(points))[:, None]
    once = np.ones(best.shape, bool)
    for k in range(1, 4):
        once[:, k] = (best[:, k : k + 1] != best[:, :k]).all(1)
    return points[rows, best], once & there[rows, best]


def _edge_contacts(place, turn, half, i, j, edge, gap) -> Contacts:
    """The point between the nearest points of two crossing edges."""
    rows = np.arange(len(i))
    ea, eb = edge // 3, edge % 3
    ra, rb = turn[i], turn[j]
    da, db = ra[rows, :, ea], rb[rows, :, eb]
    n = np.cross(da, db)
    n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-12)
    n = n * np.where(((place[i] - place[j]) * n).sum(1) < 0, -1.0, 1.0)[:, None]  # from j to i

    def support(r, h, centre, own, towards):
        s = np.sign(np.einsum("pki,pk->pi", r, towards))
        s[rows, own] = 0.0
        return centre + np.einsum("pki,pi->pk", r, s * h)

    pa, pb = support(ra, half[i], place[i], ea, -n), support(rb, half[j], place[j], eb, n)
    w, along = pa - pb, (da * db).sum(1)
    det = np.maximum(1 - along**2, 1e-9)
    s = (along * (db * w).sum(1) - (da * w).sum(1)) / det
    t = ((db * w).sum(1) - along * (da * w).sum(1)) / det
    point = 0.5 * (pa + s[:, None] * da + pb + t[:, None] * db)
    return Contacts(i, j, point, n, gap)
