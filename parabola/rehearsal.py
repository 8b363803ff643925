"""A rough rehearsal of a scene, to frame it: paths good to a fraction of a radius in the first second.

Semi-implicit Euler with impulses, vectorised over balls, no spin. Composition needs to know roughly
where balls go before it places the camera; the clip itself is computed by `physics.rigid`.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from physics.rigid_world import ADDED_MASS
from physics.scene import Scene

MAX_STEPS = 480


def rehearse(scene: Scene, samples: int = 40) -> np.ndarray:
    """Approximate centres (samples + 1, n, 3), m, at even times over the clip."""
    duration = scene.num_frames / scene.fps * scene.time_scale
    substeps = max(1, min(MAX_STEPS // samples, int(np.ceil(duration / samples * 240))))
    dt = duration / (samples * substeps)
    world = _Rough(scene)
    path = [world.x.copy()]
    for _ in range(samples):
        for _ in range(substeps):
            world.step(dt)
        path.append(world.x.copy())
    return np.array(path)


class _Rough:
    """Mutable state of the rehearsal: x, v (n, 3)."""

    def __init__(self, scene: Scene):
        bodies = scene.bodies
        self.x = np.array([body.position for body in bodies], float)
        self.v = np.array([body.velocity for body in bodies], float)
        self.r = np.array([body.radius for body in bodies])
        self.e = np.array([body.restitution for body in bodies])
        density = np.array([body.density for body in bodies])
        moved = density + ADDED_MASS * scene.fluid_density
        self.m = moved * 4 / 3 * np.pi * self.r**3
        self.crr = np.array([body.rolling_resistance for body in bodies])
        drag = np.array([body.drag_coefficient for body in bodies])
        self.k = 0.5 * scene.fluid_density * drag * np.pi * self.r**2 / self.m  # (n,) 1/m, quadratic drag
        self.g = np.array(scene.gravity)[None] * ((density - scene.fluid_density) / moved)[:, None]
        self.wind = np.array(scene.wind)
        self.ground = scene.ground
        self.boxes = [(box, Rotation.from_rotvec(box.rotation).as_matrix()) for box in scene.boxes]
        self.pairs = np.triu_indices(len(bodies), 1)

    def step(self, dt: float) -> None:
        relative = self.v - self.wind
        speed = np.linalg.norm(relative, axis=1, keepdims=True)
        drag = self.k[:, None] * speed
        self.v += dt * (self.g - drag / (1 + dt * drag) * relative)
        self.x += dt * self.v
        if self.ground is not None:
            self._contact(self.x[:, 1], np.array([0.0, 1.0, 0.0]), self.ground, dt)
        for box, rotation in self.boxes:
            distance, normal = _to_box(self.x, box, rotation)
            self._contact(distance, normal, box, dt)
        self._collide()

    def _contact(self, distance: np.ndarray, normal: np.ndarray, obstacle, dt: float) -> None:
        """Push out of the obstacle, reflect the normal velocity, brake the rolling."""
        normal = np.broadcast_to(normal, self.x.shape)
        gap = distance - self.r
        approach = np.einsum("ij,ij->i", self.v, normal)
        touching = (gap < 0) & (approach < 0)
        bounce = np.where(approach < -0.15, self.e * obstacle.restitution, 0.0)
        self.v -= np.where(touching, (1 + bounce) * approach, 0.0)[:, None] * normal
        self.x -= np.where(gap < 0, gap, 0.0)[:, None] * normal
        resting = touching & (approach > -0.15)
        speed = np.linalg.norm(self.v, axis=1) + 1e-9
        brake = (self.crr + obstacle.rolling_resistance) * np.linalg.norm(self.g, axis=1) * 5 / 7 * dt
        self.v *= np.where(resting, np.maximum(0.0, 1 - brake / speed), 1.0)[:, None]

    def _collide(self) -> None:
        i, j = self.pairs
        if not len(i):
            return
        offset = self.x[j] - self.x[i]
        distance = np.linalg.norm(offset, axis=1) + 1e-12
        for k in np.flatnonzero(distance < self.r[i] + self.r[j]):
            a, b = i[k], j[k]
            n = offset[k] / distance[k]
            approach = (self.v[b] - self.v[a]) @ n
            if approach < 0:
                impulse = -(1 + np.sqrt(self.e[a] * self.e[b])) * approach / (1 / self.m[a] + 1 / self.m[b])
                self.v[a] -= impulse / self.m[a] * n
                self.v[b] += impulse / self.m[b] * n


def _to_box(x: np.ndarray, box, rotation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signed distance (n,) from the box's surface and outward normal (n, 3) for points (n, 3)."""
    local = (x - np.array(box.centre)) @ rotation
    half = np.array(box.half_size)
    outside = local - np.clip(local, -half, half)
    distance = np.linalg.norm(outside, axis=1)
    depth = half - np.abs(local)
    axis = np.argmin(depth, axis=1)
    rows = np.arange(len(x))
    inward = np.zeros_like(local)
    inward[rows, axis] = np.where(local[rows, axis] < 0, -1.0, 1.0)
    inside = distance < 1e-12
    normal = np.where(inside[:, None], inward, outside / np.maximum(distance, 1e-12)[:, None])
    return np.where(inside, -depth[rows, axis], distance), normal @ rotation.T


def box_distance(x: np.ndarray, box) -> np.ndarray:
    """Signed distance (n,), m, of points (n, 3) from a box's surface, negative inside."""
    return _to_box(x, box, Rotation.from_rotvec(box.rotation).as_matrix())[0]
