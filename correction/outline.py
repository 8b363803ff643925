"""Where a sphere's outline lies in the picture, and how far a pixel is from it.

A sphere of radius r at lateral distance rho and depth Z from a pinhole shows as an ellipse whose long axis
points to the picture's middle (from the tangents of atan(rho / Z) +- asin(r / d), in units of the focal
length):

    centre rho Z / (Z^2 - r^2),   long axis r sqrt(d^2 - r^2) / (Z^2 - r^2),   short axis r / sqrt(Z^2 - r^2)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from physics.camera import camera_at, camera_basis, focal_px
from physics.scene import Scene


@dataclass(frozen=True)
class Ellipse:
    """An outline in pixels, x right, y down."""

    centre: np.ndarray  # (2,)
    axes: np.ndarray  # (2,) half axes, along and across `direction`
    direction: np.ndarray  # (2,) unit vector of the first axis
    depth: float = 0.0  # m, of the sphere's centre along the optical axis

    @property
    def radius(self) -> float:
        """Radius of the disc of equal area, px."""
        return float(np.sqrt(self.axes[0] * self.axes[1]))

    def moved(self, shift: np.ndarray, grown: float) -> Ellipse:
        """The same shape moved by `shift` (2,) px and its radius grown by `grown` px."""
        return replace(self, centre=self.centre + shift, axes=self.axes * max(1 + grown / self.radius, 0.1))

    def rim(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """`count` points (count, 2) of the outline and its outward unit normals (count, 2)."""
        angle = (np.arange(count) + 0.5) * (2 * np.pi / count)
        local = np.stack([np.cos(angle), np.sin(angle)], -1)
        frame = np.stack([self.direction, [-self.direction[1], self.direction[0]]])
        normal = (local / self.axes) @ frame
        return self.centre + (local * self.axes) @ frame, normal / np.linalg.norm(
            normal, axis=1, keepdims=True
        )

    def distance(self, x, y) -> np.ndarray:
        """Signed distance, px, of points to the outline, positive outside; first order, exact on it."""
        dx, dy = x - self.centre[0], y - self.centre[1]
        ex, ey = self.direction
        u, v = (dx * ex + dy * ey) / self.axes[0], (dy * ex - dx * ey) / self.axes[1]
        q = np.sqrt(u * u + v * v)
        slope = np.sqrt((u / self.axes[0]) ** 2 + (v / self.axes[1]) ** 2)
        return np.where(slope > 1e-9, q * (q - 1) / np.maximum(slope, 1e-9), -self.axes.min())

    def box(self, margin: float, width: int, height: int) -> tuple[slice, slice]:
        """Rows and columns of the picture within `margin` px of the outline; empty where it is outside."""
        reach = self.axes.max() + margin
        low = np.clip(np.floor(self.centre - reach), 0, (width, height)).astype(int)
        high = np.clip(np.ceil(self.centre + reach), 0, (width, height)).astype(int)
        return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def stated_outlines(scene: Scene, t: float, positions: np.ndarray) -> list[Ellipse | None]:
    """Outlines of the scene's bodies at film time `t`, centres (n, 3) m; None at or behind the camera."""
    position, look_at = camera_at(scene.camera, t)
    local = (np.asarray(positions, float).reshape(-1, 3) - position) @ camera_basis(position, look_at).T
    return [_outline(scene, c, body.radius) for c, body in zip(local, scene.bodies)]


def _outline(scene: Scene, c: np.ndarray, r: float) -> Ellipse | None:
    if c[2] <= 1.02 * r:
        return None
    f, lateral, gap = focal_px(scene), float(np.hypot(c[0], c[1])), c[2] ** 2 - r * r
    way = np.array([c[0], -c[1]]) / lateral if lateral > 1e-12 else np.array([1.0, 0.0])
    middle = np.array([scene.width / 2, scene.height / 2])
    axes = f * r * np.array([np.sqrt(c @ c - r * r) / gap, 1 / np.sqrt(gap)])
    return Ellipse(middle + f * lateral * c[2] / gap * way, axes, way, float(c[2]))
