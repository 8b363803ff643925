"""Cloth and ropes as parts of a picture: simulated as frames are asked for, drawn as meshes.

A cloth is a smooth sheet through its nodes; a rope three laid strands; a chain oval links, each turned a
quarter from the last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import CubicSpline

from physics.arrays import View
from physics.mechanics import Rope, Sheet
from physics.scene import Scene
from physics.worlds import fabric
from physics.worlds.mesh import Mesh, Skin, carried_frames, grid_triangles, mesh_of, sheet, tube

if TYPE_CHECKING:
    from physics.rigid import Rollout

Part = tuple[Skin, Callable[[int, View], Mesh]]
THREAD = 0.0035  # m, spacing of the weave that is drawn
LAY = 9.0  # radii in which a strand winds once round a rope
PITCH, WIDE = 4.6, 1.55  # of a chain's links, in radii of the wire: distance, half width


def fabric_parts(scene: Scene, rollout: Rollout) -> list[Part]:
    """The cloths and ropes of a scene."""
    return [_sheet_part(scene, s, rollout) for s in scene.sheets] + [
        _rope_part(scene, r, rollout) for r in scene.ropes
    ]


class Run:
    """One cloth or rope, stepped as far as it is asked for; the states of the last few frames are kept."""

    def __init__(self, scene: Scene, item: Sheet | Rope, rollout: Rollout):
        self.world, self.rollout = fabric.build_world(scene, item), rollout
        self.last = scene.num_frames - 1
        first = fabric.settled(self.world, item.before_s, self._balls(0))
        self.states = {0: first}

    def _balls(self, k: int) -> np.ndarray:
        return np.reshape(self.rollout.position[min(k, len(self.rollout.position) - 1)], (-1, 3))

    def at(self, k: int) -> np.ndarray:
        """Nodes (R, C, 3) m of frame `k`."""
        k = min(max(k, 0), self.last)
        newest = max(self.states)
        while newest < k:
            balls = self._balls(newest), self._balls(newest + 1)
            self.states[newest + 1] = fabric.advance(self.world, self.states[newest], balls)
            newest += 1
            self.states.pop(newest - 4, None)
        return np.moveaxis(np.asarray(self.states[k].place, float), 0, -1)

    def around(self, k: int) -> list[np.ndarray]:
        """Nodes now, before and after."""
        ahead = self.at(k + 1)
        return [self.at(k), self.at(k - 1), ahead]


def _sheet_part(scene: Scene, item: Sheet, rollout: Rollout) -> Part:
    run = Run(scene, item, rollout)
    wide = float(np.linalg.norm(item.across)) * item.fullness
    spacing = max(wide, float(np.linalg.norm(item.down))) / item.cells

    def build(k: int, view: View) -> Mesh:
        return sheet(run.around(k), spacing, fine=3)

    return Skin(surface=item.surface, sheer=item.sheer, weave=THREAD), build


def _rope_part(scene: Scene, item: Rope, rollout: Rollout) -> Part:
    run = Run(scene, item, rollout)

    def build(k: int, view: View) -> Mesh:
        nodes = [p[0] for p in run.around(k)]
        if item.kind == "chain":
            return _chain(nodes, item)
        count = 3 * len(nodes[0])
        if item.kind == "rope":
            count = max(count, min(int(item.length / (0.9 * item.radius)), 900))
        paths = [_resampled(p, count) for p in nodes]
        if item.kind == "rope":
            return tube(paths, item.radius, view, 18, twist=1 / (LAY * item.radius), strands=3)
        return tube(paths, item.radius, view, 8)

    return Skin(surface=item.surface, thin=item.radius < 0.012), build


def _resampled(p: np.ndarray, count: int) -> np.ndarray:
    """A smooth curve through nodes (K, 3) at `count` even arc lengths."""
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
    return CubicSpline(s, p)(np.linspace(0, s[-1], count))


def _chain(nodes: list[np.ndarray], item: Rope) -> Mesh:
    """Links at even distances, poses from the curve at three times."""
    count = max(2, round(item.length / (PITCH * item.radius)))
    points, normals, triangles = _link(item.radius, item.length / count)
    poses = [_link_poses(p, count) for p in nodes]
    where = [np.einsum("kij,vj->kvi", turn, points) + middle[:, None] for middle, turn in poses]
    out = np.einsum("kij,vj->kvi", poses[0][1], normals)
    shift = len(points) * np.arange(count)[:, None, None]
    place = np.tile(points[:, :2], (count, 1))
    flat = [w.reshape(-1, 3) for w in where]
    return mesh_of(flat[0], (triangles + shift).reshape(-1, 3), out.reshape(-1, 3), place, flat[1:])


def _link_poses(p: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Middles (count, 3) and axes (count, 3, 3) of links, x along the chain, turned by turns."""
    path = _resampled(p, 2 * count + 1)
    along = path[2::2] - path[:-2:2]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side, up = (a[1::2] for a in carried_frames(path))
    side = side - along * (side * along).sum(1, keepdims=True)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(along, side)
    tilt = np.pi / 4 + np.pi / 2 * (np.arange(count) % 2)[:, None]
    a, b = np.cos(tilt) * side + np.sin(tilt) * up, np.cos(tilt) * up - np.sin(tilt) * side
    return path[1::2], np.stack([along, a, b], -1)


def _link(wire: float, pitch: float):
    """An oval ring in the x-y plane: points, normals, triangles."""
    half, round_ = 0.5 * pitch - 0.35 * wire, WIDE * wire
    turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    middle = np.stack(
        [np.cos(turn) * round_ + half * np.sign(np.cos(turn)), np.sin(turn) * round_, 0 * turn], 1
    )
    out = np.stack([np.cos(turn), np.sin(turn), 0 * turn], 1)
    ring = np.arange(9) * 2 * np.pi / 9
    normals = np.cos(ring)[:, None] * out[:, None] + np.sin(ring)[:, None] * np.array([0.0, 0.0, 1.0])
    points = middle[:, None] + wire * normals
    grid = grid_triangles(29, 9, wrap=True) % (28 * 9)
    return points.reshape(-1, 3), normals.reshape(-1, 3), grid
