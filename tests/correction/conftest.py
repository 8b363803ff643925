"""A small stage for the corrector: three balls ray-cast in NumPy, and a painter that errs on request.

Nothing here uses the corrector's own outlines: pictures come from rays against spheres, sixteen per pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage

from physics.camera import camera_at, camera_basis, focal_px
from physics.scene import Body, Camera, Scene

SIDE, FINE = 192, 4
COLOURS = np.array([[0.75, 0.2, 0.15], [0.15, 0.35, 0.7], [0.85, 0.75, 0.2]])
GROUND, SKY = np.array([0.62, 0.6, 0.55]), np.array([0.8, 0.84, 0.9])


@dataclass(frozen=True)
class Stage:
    """Scene, its motion, and pictures of it."""

    scene: Scene
    rollout: SimpleNamespace

    def guide(self, k: int) -> SimpleNamespace:
        """The planes that the corrector reads, of frame `k`."""
        picture, ident, depth = cast(self.scene, self.rollout.position[k])
        return SimpleNamespace(prior=picture, ident=ident, depth=depth)

    def paint(self, k: int, *, shift=None, scale=None, leave_out=None) -> np.ndarray:
        """Frame `k` as a painter makes it: the prediction, smooth light of its own, grain. Errors: ball ->
        px to the right and down; ball -> factor on the radius; a ball left out.
        """
        scene, positions = self.scene, self.rollout.position[k].copy()
        eye, look_at = camera_at(scene.camera, 0.0)
        right, up, forward = camera_basis(eye, look_at)
        for i, (dx, dy) in (shift or {}).items():
            metres = ((positions[i] - eye) @ forward) / focal_px(scene)
            positions[i] += metres * (dx * right - dy * up)
        bodies = [replace(b, radius=b.radius * (scale or {}).get(i, 1.0)) for i, b in enumerate(scene.bodies)]
        if leave_out is not None:
            positions[leave_out] += 100 * up
        picture, ident, _ = cast(replace(scene, bodies=tuple(bodies)), positions)
        y, x = np.mgrid[:SIDE, :SIDE] / SIDE
        light = 0.03 * np.stack([np.sin(5 * x + k / 20), np.cos(4 * y), np.sin(3 * (x + y))], -1)
        light = light + 0.02 * (ident >= 2)[..., None] * np.array([1.0, -0.5, 0.3])
        grain = np.random.default_rng(k).normal(0, 0.004, picture.shape)
        return np.uint8(np.clip(picture + light + grain, 0, 1) * 255 + 0.5)


def cast(scene: Scene, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Picture (H, W, 3) float32 and, at pixel centres, ids and depths (H, W)."""
    step = (np.arange(SIDE * FINE) + 0.5) / FINE
    fine, *_ = _shade(scene, positions, *np.meshgrid(step, step))
    centre = np.arange(SIDE) + 0.5
    _, ident, depth = _shade(scene, positions, *np.meshgrid(centre, centre))
    return fine.reshape(SIDE, FINE, SIDE, FINE, 3).mean((1, 3)).astype(np.float32), ident, depth


def _shade(scene: Scene, positions: np.ndarray, x: np.ndarray, y: np.ndarray):
    eye, look_at = camera_at(scene.camera, 0.0)
    basis = camera_basis(eye, look_at)
    f = focal_px(scene)
    ray = np.stack([(x - SIDE / 2) / f, (SIDE / 2 - y) / f, np.ones_like(x)], -1)  # parameter = depth
    world = ray @ basis
    depth = np.where(world[..., 1] < -1e-6, -eye[1] / np.minimum(world[..., 1], -1e-6), 1e9)
    ident = np.where(depth < 1e8, 1, 0)
    tile = 0.03 * np.sin(9 * world[..., 0] * np.minimum(depth, 50)) * (ident == 1)
    colour = np.where((ident == 1)[..., None], GROUND + tile[..., None], SKY)
    for i, (p, body) in enumerate(zip(positions, scene.bodies)):
        c = basis @ (p - eye)
        a, b = np.sum(ray**2, -1), ray @ c
        under = b * b - a * (c @ c - body.radius**2)
        near = (b - np.sqrt(np.maximum(under, 0))) / a
        hit = (under > 0) & (near > 0) & (near < depth)
        normal = (near[..., None] * ray - c) / body.radius
        lit = (
            0.55
            + 0.45 * np.clip(normal @ np.array([0.5, 0.7, -0.5]), 0, 1)
            + 0.12 * np.sin(9 * normal[..., 0])
        )
        depth, ident = np.where(hit, near, depth), np.where(hit, 2 + i, ident)
        colour = np.where(hit[..., None], COLOURS[i] * lit[..., None], colour)
    return colour, ident, depth


@pytest.fixture(scope="session")
def stage() -> Stage:
    """Two balls in flight and one that a nearer one partly hides."""
    places = [(-0.45, 0.75, 0.0), (0.35, 0.35, 0.3), (0.62, 0.42, -0.6)]
    radii = [0.22, 0.28, 0.3]
    bodies = tuple(
        Body(name=n, position=p, radius=r) for n, p, r in zip(("red", "blue", "yellow"), places, radii)
    )
    camera = Camera(position=(0.0, 0.8, 3.2), look_at=(0.0, 0.55, 0.0), fov_deg=36.0)
    scene = Scene(bodies=bodies, camera=camera, width=SIDE, height=SIDE, num_frames=8)
    k = np.arange(8)[:, None, None]
    return Stage(
        scene,
        SimpleNamespace(
            position=np.array(places) + k * np.array([[0.02, -0.015, 0.0], [0.01, 0.0, 0.0], [0, 0, 0]])
        ),
    )


@pytest.fixture(scope="session")
def good(stage) -> list[np.ndarray]:
    """Eight frames with nothing wrong."""
    return [stage.paint(k) for k in range(8)]


@pytest.fixture(scope="session")
def guides(stage) -> list[SimpleNamespace]:
    """Their predictions."""
    return [stage.guide(k) for k in range(8)]


@pytest.fixture(scope="session")
def ghost() -> np.ndarray:
    """Coverage (H, W) of a disc where nothing should be."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    return ndimage.gaussian_filter(np.clip(11.5 - np.hypot(x - 60, y - 150), 0, 1), 0.4)
