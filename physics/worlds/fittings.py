"""Fittings: the meshes of what hangs and stands: rods, the strings and springs of a linkage, blocks.

A part is a skin and a function (frame, view) -> Mesh; `mechanics_guides` draws all parts of a scene over
the rigid world's guide (`mesh_guide`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from physics.arrays import View
from physics.ground_patterns import PLANK_WIDTH
from physics.mechanics import Block, Linkage, Rod
from physics.scene import Scene, Surface
from physics.worlds.linkage_check import cradle_pivots, swing_axis
from physics.worlds.mesh import Mesh, Skin, joined, posed, rounded_box, tube
from physics.worlds.mesh_guide import mesh_guides

if TYPE_CHECKING:
    from physics.guide import Guide
    from physics.rigid import Rollout

Part = tuple[Skin, Callable[[int, View], Mesh]]
CORD = Surface(colour=(0.30, 0.30, 0.31), roughness=0.6)
COILS = 14  # of a spring
SPLAY = 0.32  # of the strings of a cradle, sideways per length
THIN = 0.012  # m: bars below this radius may be narrower than a pixel


def mechanics_guides(scene: Scene, rollout: Rollout) -> Iterator[Guide]:
    """The guide of every frame of a scene with linkage, blocks, rods, cloth or ropes."""
    from physics.worlds.fabric_mesh import fabric_parts

    parts = [*rod_parts(scene), *linkage_parts(scene, rollout), *block_parts(scene, rollout)]
    parts += fabric_parts(scene, rollout)
    skins = tuple(skin for skin, _ in parts)
    return mesh_guides(scene, rollout, skins, lambda k, view: joined([make(k, view) for _, make in parts]))


def rod_parts(scene: Scene) -> list[Part]:
    """The bars that stand still."""
    return [(_skin(rod.surface, rod.radius), _still(rod)) for rod in scene.rods]


def _skin(surface: Surface, radius: float) -> Skin:
    return Skin(surface=surface, thin=radius < THIN)


def _still(rod: Rod) -> Callable[[int, View], Mesh]:
    ends = np.array([rod.start, rod.end], float)
    along = (ends[1] - ends[0]) / max(float(np.linalg.norm(ends[1] - ends[0])), 1e-9)
    cap = 0.35 * rod.radius  # rounded ends
    path = np.concatenate([[ends[0], ends[0] + cap * along], np.linspace(*ends, 12)[1:-1]])
    path = np.concatenate([path, [ends[1] - cap * along, ends[1], ends[1]]])
    radius = np.full(len(path), rod.radius)
    radius[[0, -2]], radius[-1] = 0.72 * rod.radius, 1e-5
    path[-1] += 1e-4 * rod.radius * along
    return lambda k, view: _bar(path, radius, view)


def _bar(path: np.ndarray, radius: np.ndarray, view: View) -> Mesh:
    mesh = tube((path,) * 3, radius, view, sides=16)
    return replace(mesh, cover=np.where(np.repeat(radius < 1e-4, 16), 1.0, mesh.cover).astype(np.float32))


def linkage_parts(scene: Scene, rollout: Rollout) -> list[Part]:
    """The rods, strings or the spring that the bodies hang on."""
    link = scene.linkage
    if link is None:
        return []
    make = {"pendulum": _chain_paths, "spring": _spring_paths, "cradle": _string_paths}[link.kind]
    skin = Skin(surface=link.surface if link.kind != "cradle" else CORD, thin=link.radius < THIN)

    def build(k: int, view: View) -> Mesh:
        last = len(rollout.position) - 1
        when = (k, max(k - 1, 0), min(k + 1, last))
        paths = [make(scene, link, rollout.position[i]) for i in when]
        sides = 8 if link.kind == "spring" else 10
        meshes = [tube(p, link.radius, view, sides) for p in zip(*paths, strict=True)]
        whole = joined(meshes)
        return replace(whole, owner=0 * whole.owner)

    return [(skin, build)]


def _chain_paths(scene: Scene, link: Linkage, at: np.ndarray) -> list[np.ndarray]:
    joints = np.concatenate([[link.pivot], at])
    return [np.linspace(a, b, 12) for a, b in zip(joints, joints[1:], strict=False)]


def _string_paths(scene: Scene, link: Linkage, at: np.ndarray) -> list[np.ndarray]:
    aside = SPLAY * link.lengths[0] * swing_axis(link)[1]
    return [
        np.linspace(pivot + side * aside, ball, 16)
        for pivot, ball in zip(cradle_pivots(scene), at, strict=True)
        for side in (-1.0, 1.0)
    ]


def _spring_paths(scene: Scene, link: Linkage, at: np.ndarray) -> list[np.ndarray]:
    pivot = np.asarray(link.pivot, float)
    radius = scene.bodies[0].radius
    reach = at[0] - pivot
    length = float(np.linalg.norm(reach))
    along = reach / max(length, 1e-9)
    end = max(length - 0.97 * radius, 0.2 * length)
    side = np.cross(along, [0.0, 0.0, 1.0])
    side /= max(float(np.linalg.norm(side)), 1e-9)
    up = np.cross(along, side)
    s = np.linspace(0, 1, COILS * 16 + 33)
    lead = 0.07
    coil = np.clip((s - lead) / (1 - 2 * lead), 0, 1)
    wide = min(7.0 * link.radius, 0.8 * radius) * np.clip(np.minimum(s, 1 - s) / lead, 0, 1) ** 2
    turn = 2 * np.pi * COILS * coil
    wave = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * up
    return [pivot + (s * end)[:, None] * along + wide[:, None] * wave]


def block_parts(scene: Scene, rollout: Rollout) -> list[Part]:
    """The boxes that move."""
    if not scene.blocks:
        return []
    assert rollout.blocks is not None
    place, turn = rollout.blocks
    return [
        (Skin(surface=b.surface), _moving(b, i, place[:, i], turn[:, i])) for i, b in enumerate(scene.blocks)
    ]


def _moving(block: Block, index: int, place: np.ndarray, turn: np.ndarray) -> Callable[[int, View], Mesh]:
    points, normals, places, triangles = rounded_box(block.half_size, block.bevel)
    if block.surface.pattern == "wood":  # each its own plank, cut from the middle of it
        along = np.array([0.731 * index, (index + 0.5) * PLANK_WIDTH])
        places = places + along * block.surface.pattern_scale
    shape = points, normals, places, triangles

    def build(k: int, view: View) -> Mesh:
        when = (k, max(k - 1, 0), min(k + 1, len(place) - 1))
        return posed(shape, [turn[i] for i in when], [place[i] for i in when])

    return build
