"""How a sphere shows in a pinhole picture: its outline, and how much of it can be seen.

In the camera's frame (x right, y up, z along the optical axis) a sphere of radius r at distance d, depth Z
and lateral distance rho fills a cone. The picture plane cuts it in an ellipse whose long axis points to the
picture's middle. In units of the focal length (from the tangents of the angles theta +- asin(r / d), theta =
atan(rho / Z)):

    centre      rho Z / (Z^2 - r^2)          farther out than the projected centre rho / Z
    long axis   r sqrt(d^2 - r^2) / (Z^2 - r^2)
    short axis  r / sqrt(Z^2 - r^2)

The radius of the disc of equal area is the mean radius that a tracker measures from the number of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physics.camera import camera_at, camera_basis, focal_px
from physics.scene import Box, Scene

SAMPLES = 64  # rays per sphere; a visible fraction is good to about 0.02


@dataclass(frozen=True)
class Outline:
    """The ellipses of n spheres in units of the focal length, x right, y up; NaN where a sphere reaches
    the camera plane.
    """

    centre: np.ndarray  # (n, 2)
    long_axis: np.ndarray  # (n,)
    short_axis: np.ndarray  # (n,)
    direction: np.ndarray  # (n, 2) unit vector of the long axis

    @property
    def radius(self) -> np.ndarray:
        """Radius (n,) of the disc of equal area."""
        return np.sqrt(self.long_axis * self.short_axis)


def to_camera(scene: Scene, t: float, points: np.ndarray) -> np.ndarray:
    """World points (..., 3), m, at film time `t` -> camera frame (..., 3)."""
    position, look_at = camera_at(scene.camera, t)
    return (np.asarray(points, float) - position) @ camera_basis(position, look_at).T


def outline(centres: np.ndarray, radii: np.ndarray) -> Outline:
    """Outlines of spheres at `centres` (n, 3), camera frame, m, with `radii` (n,), m."""
    depth = np.where(centres[:, 2] > radii, centres[:, 2], np.nan)
    lateral = np.linalg.norm(centres[:, :2], axis=1)
    distance2 = lateral**2 + depth**2
    gap = depth**2 - radii**2
    direction = np.where(
        lateral[:, None] > 1e-12, centres[:, :2] / np.maximum(lateral, 1e-12)[:, None], np.array([1.0, 0.0])
    )
    return Outline(
        centre=direction * (lateral * depth / gap)[:, None],
        long_axis=radii * np.sqrt(distance2 - radii**2) / gap,
        short_axis=radii / np.sqrt(gap),
        direction=direction,
    )


def to_pixels(scene: Scene, plane: np.ndarray) -> np.ndarray:
    """Points (..., 2) in units of the focal length, y up -> pixels, y down."""
    f = focal_px(scene)
    return np.array([scene.width / 2, scene.height / 2]) + f * plane * np.array([1.0, -1.0])


def visible_fraction(scene: Scene, t: float, centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Share (n,) of each disc that lies in the picture and behind nothing; centres (n, 3) in the world, m."""
    local = to_camera(scene, t, centres)
    shape = outline(local, radii)
    rays = _rays(shape)  # (n, SAMPLES, 3), z = 1, so that a hit's parameter is its depth
    half = np.array([scene.width, scene.height]) / (2 * focal_px(scene))
    seen = np.all(np.abs(rays[..., :2]) <= half, axis=-1)
    own = np.stack([_sphere_depth(rays[i], local[i], radii[i], grazing=True) for i in range(len(radii))])
    for j in range(len(radii)):
        hidden = _sphere_depth(rays, local[j], radii[j]) < own - 1e-9
        hidden[j] = False
        seen &= ~hidden
    position, look_at = camera_at(scene.camera, t)
    world = rays @ camera_basis(position, look_at)
    for box in scene.boxes:
        seen &= ~(_box_depth(world, position, box) < own - 1e-9)
    return np.where(np.isfinite(shape.long_axis), seen.mean(axis=1), 0.0)


def _rays(shape: Outline) -> np.ndarray:
    """A sunflower of equal-area points on every ellipse (Vogel, Math. Biosci. 44, 1979)."""
    k = np.arange(SAMPLES) + 0.5
    angle, reach = k * np.pi * (3 - np.sqrt(5)), np.sqrt(k / SAMPLES)
    along = shape.long_axis[:, None] * reach * np.cos(angle)
    across = shape.short_axis[:, None] * reach * np.sin(angle)
    ex, ey = shape.direction[:, None, 0], shape.direction[:, None, 1]
    x = shape.centre[:, None, 0] + along * ex - across * ey
    y = shape.centre[:, None, 1] + along * ey + across * ex
    return np.stack([x, y, np.ones_like(x)], axis=-1)


def _sphere_depth(rays: np.ndarray, centre: np.ndarray, radius: float, grazing: bool = False) -> np.ndarray:
    """Ray parameter of the first hit, inf for a miss; `grazing` counts a miss by rounding as a touch."""
    a, b = np.sum(rays**2, -1), rays @ centre
    under = b**2 - a * (centre @ centre - radius**2)
    near = (b - np.sqrt(np.maximum(under, 0.0))) / a
    return np.where(((under >= 0) | grazing) & (near > 0), near, np.inf)


def _box_depth(rays: np.ndarray, origin: np.ndarray, box: Box) -> np.ndarray:
    """Ray parameter where world rays from `origin` enter the box, inf for a miss (slab test)."""
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_rotvec(box.rotation).as_matrix()
    start, way = (origin - np.asarray(box.centre)) @ turn, rays @ turn
    half = np.asarray(box.half_size)
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (-half - start) / way, (half - start) / way
    enter, leave = np.minimum(a, b).max(-1), np.maximum(a, b).min(-1)
    return np.where((enter <= leave) & (leave > 0), np.maximum(enter, 0.0), np.inf)
