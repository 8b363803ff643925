"""Guides of soft and granular matter: its surface as a mesh over the rigid world's guide, and its grains.

The mesh of `matter_surface` is lit, shaded and hidden as every mesh is (`mesh_guide`). Light that comes
through the body falls off with the way that it goes in it, measured on the particles' own field. Grains are
dots fixed to the particles, several to each: on the surface they tint what they lie on, so that the texture
moves with the matter; where matter is too thin for a surface they are drawn one by one.

Limits: what is seen through a clear body is not bent; grains are dots without shadows of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import jax.numpy as jnp
import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.sparse import csr_matrix

from physics import light as li
from physics import raycast as rc
from physics.arrays import View, light_of, view_of
from physics.colour import display, srgb_to_linear
from physics.guide import Guide
from physics.media import Lump, Matter
from physics.rigid import Rollout
from physics.scene import Scene, Surface
from physics.worlds.liquid import ball_tracks
from physics.worlds.matter import MatterState
from physics.worlds.matter_surface import LEVEL, SMOOTH, Field, carried, field_of, surface_net
from physics.worlds.matter_world import MatterWorld, build_world, frames, lattice, start
from physics.worlds.mesh import Mesh, Skin, grid_triangles, mesh_of
from physics.worlds.mesh_guide import mesh_guides
from physics.worlds.particles_draw import Sprites
from physics.worlds.particles_guide import pixels, with_drops
from physics.worlds.smoke_guide import undisplay

GRAINS = {"sand": 20, "snow": 16, "goo": 0, "jelly": 0}  # per particle
LOOSE = 0.32  # share below which a particle is drawn by its grains
THROUGH, GHOST = 0.5, 0.25  # of light through a clear body: towards the eye from behind, of what is behind
STEPS = 14  # samples along a way through the body
THREAD = 0.28  # filled share at which goo's surface is drawn: threads of it hold together
VISCOUS = 1.6  # cells of the field, smoothing of what flows together
BEVEL = 0.34  # of half of jelly's shortest edge


def sunk(scene: Scene, rigid: Rollout) -> Rollout:
    """The rollout of the bodies in the matter: they move it and are moved by it."""
    world = build_world(scene)
    states = frames(world, start(world, scene), scene.num_frames)
    place, speed = ball_tracks(states, world.cell, world.corner)
    return replace(rigid, position=place, velocity=speed)


def matter_guides(scene: Scene, rollout: Rollout) -> Iterator[Guide]:
    """The guide of every frame of a scene with matter."""
    run = Run(scene)
    skin = Skin(surface=_surface(run.matter))
    ident = rc.FIRST + len(scene.bodies) + len(scene.boxes)
    for k, guide in enumerate(mesh_guides(scene, rollout, (skin,), run.mesh)):
        yield run.grained(guide, view_of(scene, k), ident)


def _surface(matter: Matter) -> Surface:
    return Surface(colour=matter.colour, roughness=matter.roughness)


@dataclass(frozen=True)
class Now:
    """Particles of one frame, m and m/s."""

    place: np.ndarray  # (n, 3)
    velocity: np.ndarray  # (n, 3)
    slot: np.ndarray  # (n,) which of the store
    field: Field


class Run:
    """The matter of a scene, stepped as frames are asked for in order."""

    def __init__(self, scene: Scene):
        assert scene.matter is not None
        self.matter, self.light = scene.matter, light_of(scene)
        self.world = build_world(scene)
        self.states = frames(self.world, start(self.world, scene), scene.num_frames)
        self.now: Now | None = None
        self.bound = _bound(self.world, self.matter) if self.matter.kind == "jelly" else None
        self.slip = scene.time_scale

    def mesh(self, k: int, view: View) -> Mesh:
        """The surface of frame `k`, the next one."""
        self.now = _now(self.world, next(self.states))
        if self.now is None:
            return _nothing(self.world)
        points, normals, triangles, speed = self._shape(self.now)
        if not len(triangles):
            return _nothing(self.world)
        moved = (points - speed * self.world.frame, points + speed * self.world.frame)
        field = self.now.field
        deep, cover = self._clear(field, points, normals, view)
        return mesh_of(
            points, triangles, normals, points[:, [0, 2]], moved, cover, _open(field, points, normals), deep
        )

    def _shape(self, now: Now):
        if self.bound is not None:
            weights, triangles = self.bound
            points = weights @ now.place
            return points, _normals(points, triangles), triangles, weights @ now.velocity
        points, normals, triangles = surface_net(now.field, THREAD if self.matter.kind == "goo" else LEVEL)
        speed = np.stack([now.field.at(v, points) for v in now.field.velocity], 1)
        return points, normals, triangles, speed

    def _clear(self, field: Field, points, normals, view: View) -> tuple[np.ndarray, np.ndarray]:
        """Light from behind that comes through (V,), and how far each point hides what is behind it (V,)."""
        clarity = self.matter.clarity_m
        if clarity <= 0:
            return np.zeros(len(points)), np.ones(len(points))
        sun = np.asarray(self.light.direction, float)
        way = points - np.asarray(view.position)
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        lit = np.exp(-_thickness(field, points - field.cell * normals, sun[None], 8 * clarity) / clarity)
        seen = np.exp(-_thickness(field, points, way, 8 * clarity) / clarity)
        return THROUGH * lit, 1 - GHOST * seen

    def grained(self, guide: Guide, view: View, ident: int) -> Guide:
        """`guide` with the grains of the frame whose mesh was made last."""
        count = GRAINS[self.matter.kind]
        if self.now is None or not count:
            return guide
        near = self.now.field.at(self.now.field.share, self.now.place)
        guide = self._tinted(guide, view, ident, np.flatnonzero(near < 0.98), count)
        return self._strewn(guide, view, np.flatnonzero(near < LOOSE), count)

    def _dots(self, some: np.ndarray, count: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
        """Places (n, 3) and brightness (n,) of the grains of some particles, fixed to them."""
        assert self.now is not None
        turn = np.arange(count) * np.array([[0.7548776662], [0.5698402910], [0.8191725134]])
        unit = np.modf(
            turn.T[None] + self.now.slot[some][:, None, None] * np.array([0.61803, 0.41421, 0.73205])
        )[0]
        place = self.now.place[some][:, None] + (unit - 0.5) * spread * self.world.cell
        tone = np.modf(unit @ np.array([7.3, 11.7, 5.1]) + self.now.slot[some][:, None] * 0.137)[0]
        return place.reshape(-1, 3), np.exp(self.matter.grain * 2.2 * (tone.reshape(-1) - 0.5))

    def _tinted(self, guide: Guide, view: View, ident: int, some: np.ndarray, count: int) -> Guide:
        h, w = guide.depth.shape
        place, tone = self._dots(some, count, 0.75)
        (x, y), z = pixels(view, place.T)
        i, j = np.floor(y).astype(int), np.floor(x).astype(int)
        inside = (i >= 0) & (j >= 0) & (i < h) & (j < w)
        pixel, tone, z = (i * w + j)[inside], tone[inside], z[inside]
        behind = z - np.asarray(guide.depth).reshape(-1)[pixel]
        weight = np.exp(-((behind / (0.6 * self.world.cell)) ** 2))
        total = np.bincount(pixel, weight, h * w)
        tint = (np.bincount(pixel, weight * tone, h * w) + 0.15) / (total + 0.15)
        mine = np.asarray(guide.ident).reshape(-1) == ident
        tint = np.where(mine, tint, 1.0).reshape(h, w, 1).astype(np.float32)
        planes = {n: display(undisplay(getattr(guide, n)) * tint) for n in ("prior", "rgb")}
        return replace(guide, base=jnp.clip(guide.base * tint**0.45, 0, 1), **planes)

    def _strewn(self, guide: Guide, view: View, some: np.ndarray, count: int) -> Guide:
        """Grains of particles too few to be a surface."""
        if not len(some):
            return guide
        place, tone = self._dots(some, count // 2, 2.2)
        place[:, 1] = np.maximum(place[:, 1], 0.06 * self.world.cell)
        at, z = pixels(view, place.T)
        size = 0.07 * self.world.cell
        radius = float(view.focal) * size / np.maximum(z, 1e-3)
        base = np.asarray(srgb_to_linear(np.float32(self.matter.colour)))
        lit = np.asarray(li.direct(self.light, jnp.array([[0.0], [1.0], [0.0]]), jnp.ones(1), 1.0))[:, 0]
        colour = (0.8 * base * lit)[:, None] * tone
        return with_drops(guide, Sprites(at, at, z, radius, np.full(len(z), 0.9), colour))


def _now(world: MatterWorld, state: MatterState) -> Now | None:
    slot = np.flatnonzero(np.asarray(state.alive) > 0)
    if not len(slot):
        return None
    place = np.asarray(state.place, float).T[slot] * world.cell + world.corner
    velocity = np.asarray(state.velocity, float).T[slot] * world.cell
    return Now(
        place,
        velocity,
        slot,
        field_of(place, velocity, world.cell, VISCOUS if world.kind == "goo" else SMOOTH),
    )


def _nothing(world: MatterWorld) -> Mesh:
    """A speck under the floor."""
    points = world.corner - 0.1 + 1e-4 * np.eye(3)
    return mesh_of(points, np.array([[0, 1, 2]]), np.eye(3), points[:, :2])


def _normals(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Area-weighted normals (V, 3)."""
    a, b, c = points[triangles].transpose(1, 0, 2)
    face = np.cross(b - a, c - a)
    out = np.stack(
        [sum(np.bincount(triangles[:, i], face[:, k], len(points)) for i in range(3)) for k in range(3)], 1
    )
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-20)


def _open(field: Field, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Share (V,) of the surroundings that the matter's own hollows leave open."""
    wide = gaussian_filter(field.share, 3.0)
    ahead = points + 3.0 * field.cell * normals
    return np.clip(1.12 - 1.5 * field.at(wide, ahead), 0.25, 1.0)


def _thickness(field: Field, points: np.ndarray, way: np.ndarray, reach: float) -> np.ndarray:
    """Metres (V,) of matter along `way` (V, 3) from points, at most `reach`."""
    step = reach / STEPS
    total = np.zeros(len(points))
    for n in range(STEPS):
        p = points + way * (n + 0.5) * step
        inside = ((p > field.corner) & (p < field.corner + field.cell * np.array(field.share.shape))).all(1)
        total += np.where(inside, np.clip(field.at(field.share, p), 0, 1), 0.0) * step
    return total


def _bound(world: MatterWorld, matter: Matter) -> tuple[csr_matrix, np.ndarray]:
    """Weights and triangles of the meshes of jelly's lumps."""
    parts = [lattice(world, lump).T * world.cell + world.corner for lump in matter.lumps]
    points, triangles, first = [], [], 0
    for lump in matter.lumps:
        p, t = _skin_of(lump)
        points.append(p)
        triangles.append(t + first)
        first += len(p)
    weights = [carried(p, q) for p, q in zip(points, parts, strict=True)]
    from scipy.sparse import block_diag

    return csr_matrix(block_diag(weights)), np.concatenate(triangles)


def _skin_of(lump: Lump) -> tuple[np.ndarray, np.ndarray]:
    """Points (V, 3) m and triangles of a lump's surface: a cube's, rounded or drawn to its shape."""
    points, triangles = _cube(18)
    x, y, z = points.T
    half = 0.5 * np.array(lump.size)
    if lump.shape == "box":
        bevel = BEVEL * float(half.min())
        core = np.clip(points * half, bevel - half, half - bevel)
        away = points * half - core
        away *= bevel / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-12)
        return core + away + np.array(lump.centre), triangles
    if lump.shape == "ball":
        points = np.stack([x * np.sqrt(1 - y**2 / 2 - z**2 / 2 + y**2 * z**2 / 3),
                           y * np.sqrt(1 - z**2 / 2 - x**2 / 2 + z**2 * x**2 / 3),
                           z * np.sqrt(1 - x**2 / 2 - y**2 / 2 + x**2 * y**2 / 3)], 1)  # fmt: skip
    else:
        y = y * (1 - 0.04 * (x**4 + z**4))  # a soft rim
        narrow = 1.0 if lump.shape == "cylinder" else 0.5 * (1 - y) + 0.02
        points = np.stack([narrow * x * np.sqrt(1 - z**2 / 2), y, narrow * z * np.sqrt(1 - x**2 / 2)], 1)
    return points * half + np.array(lump.centre), triangles


def _cube(cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (V, 3) and triangles of the cube from -1 to 1, finer towards its edges."""
    n = cells + 1
    a, b = (g.reshape(-1) for g in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    corners, triangles = [], []
    for axis in range(3):
        for side in (0, cells):
            p = np.zeros((n * n, 3), int)
            p[:, axis], p[:, (axis + 1) % 3], p[:, (axis + 2) % 3] = side, a, b
            t = grid_triangles(n, n)
            triangles.append((t[:, ::-1] if side else t) + len(corners) * n * n)
            corners.append(p)
    kept, index = np.unique(np.concatenate(corners), axis=0, return_inverse=True)
    line = np.sin(np.linspace(-0.5, 0.5, n) * np.pi)
    return line[kept], index.reshape(-1)[np.concatenate(triangles)]
