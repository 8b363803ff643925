"""The pinhole camera: where it is, which way its pixels look, where world points fall in the picture.

Image frame: x right, y down, the picture covers [0, W] x [0, H], the top-left pixel's centre is
(0.5, 0.5). The vertical field of view fixes the focal length f = H / (2 tan(fov / 2)) px for both axes.
"""

from __future__ import annotations

import numpy as np

from physics.scene import Camera, Scene


def camera_at(camera: Camera, t: float) -> tuple[np.ndarray, np.ndarray]:
    """Position and look-at point (3,), m, at film time `t` in seconds."""
    position, target = np.asarray(camera.position, float), np.asarray(camera.look_at, float)
    if camera.move == "pan":
        return position, position + _turn_y(target - position, np.radians(camera.rate * t))
    if camera.move == "orbit":
        return target + _turn_y(position - target, np.radians(camera.rate * t)), target
    if camera.move == "dolly":
        step = (target - position) / np.linalg.norm(target - position) * camera.rate * t
        return position + step, target + step
    return position, target


def camera_basis(position: np.ndarray, look_at: np.ndarray) -> np.ndarray:
    """Rows right, up, forward (3, 3): world vector -> camera vector with x right, y up, z forward."""
    forward = look_at - position
    forward = forward / np.linalg.norm(forward)
    up = np.array([0.0, 1.0, 0.0]) if abs(forward[1]) < 0.999 else np.array([0.0, 0.0, -1.0])
    right = np.cross(forward, up)
    right = right / np.linalg.norm(right)
    return np.stack([right, np.cross(right, forward), forward])


def focal_px(scene: Scene) -> float:
    """Focal length in pixels."""
    return 0.5 * scene.height / float(np.tan(np.radians(scene.camera.fov_deg) / 2))


def project(scene: Scene, t: float, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World points (..., 3) at film time `t` -> pixels (..., 2) and depth along the axis (...), m."""
    position, look_at = camera_at(scene.camera, t)
    local = (np.asarray(points, float) - position) @ camera_basis(position, look_at).T
    depth = local[..., 2]
    f = focal_px(scene)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = scene.width / 2 + f * local[..., 0] / depth
        y = scene.height / 2 - f * local[..., 1] / depth
    return np.stack([x, y], -1), depth


def _turn_y(v: np.ndarray, angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c * v[0] + s * v[2], v[1], -s * v[0] + c * v[2]])
