"""Where boxes that move are seen: tracks of blocks for `parabola.trajectories`.

A box's outline is the convex hull of its corners in the picture; `position_px` is the hull's centroid and
`radius_px` the radius of a disc of its area, as for balls. Limit: `visible` is the share of the outline
within the picture; what hides behind something else is not taken off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial import ConvexHull

from physics.camera import project
from physics.scene import Scene
from physics.worlds.blocks_contact import corners

if TYPE_CHECKING:
    from physics.rigid import Rollout

PX_DIGITS, M_DIGITS = 4, 6
GRID = 12  # points across an outline's bounding box that measure its share within the picture


def box_tracks(scene: Scene, rollout: Rollout) -> list[dict[str, Any]]:
    """One dictionary of `TrackedObject` fields per block."""
    if rollout.blocks is None:
        return []
    place, turn = rollout.blocks
    half = np.array([b.half_size for b in scene.blocks])
    out = [_empty(b.name, place[:, i]) for i, b in enumerate(scene.blocks)]
    for k in range(len(place)):
        points, depth = project(scene, k / scene.fps, corners(half, place[k], turn[k]))
        middle, _ = project(scene, k / scene.fps, place[k])
        for i, track in enumerate(out):
            seen = _outline(scene, points[i]) if depth[i].min() > 1e-3 else None
            there = seen is not None and seen[2] > 0
            track["position_px"].append(_rounded(seen[0]) if seen and there else None)
            track["radius_px"].append(round(seen[1], PX_DIGITS) if seen and there else None)
            track["visible"].append(round(seen[2], PX_DIGITS) if seen else 0.0)
            track["centre_px"].append(_rounded(middle[i]) if there else None)
    return out


def _empty(name: str, place: np.ndarray) -> dict[str, Any]:
    told = [tuple(round(float(x), M_DIGITS) for x in p) for p in place]
    fields = {key: [] for key in ("position_px", "radius_px", "visible", "centre_px")}
    return {"name": name, "shape": "box", "position_m": told, **fields}


def _rounded(point: np.ndarray) -> tuple[float, ...]:
    return tuple(round(float(x), PX_DIGITS) for x in point)


def _outline(scene: Scene, points: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Centroid px, radius px of a disc of its area, share within the picture, of a hull of (8, 2) points."""
    hull = points[ConvexHull(points).vertices]
    x, y = hull.T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = 0.5 * float(cross.sum())
    centre = np.array([((x + np.roll(x, -1)) * cross).sum(), ((y + np.roll(y, -1)) * cross).sum()]) / (
        6 * area
    )
    return centre, float(np.sqrt(area / np.pi)), _share_inside(scene, hull)


def _share_inside(scene: Scene, hull: np.ndarray) -> float:
    size = np.array([scene.width, scene.height])
    if (hull >= 0).all() and (hull <= size).all():
        return 1.0
    low, high = hull.min(0), hull.max(0)
    grid = np.stack(np.meshgrid(*(np.linspace(a, b, GRID) for a, b in zip(low, high))), -1).reshape(-1, 2)
    edge, way = np.roll(hull, -1, 0) - hull, grid[:, None] - hull[None]
    inside = (edge[None, :, 0] * way[..., 1] - edge[None, :, 1] * way[..., 0] >= 0).all(1)
    shown = ((grid >= 0) & (grid <= size)).all(1) & inside
    return float(shown.sum() / max(inside.sum(), 1))
