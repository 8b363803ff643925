"""The pinhole camera: where it is, which way its pixels look, where world points fall in the picture.

Image frame: x right, y down, the picture covers [0, W] x [0, H], the top-left pixel's centre is
(0.5, 0.5). The vertical field of view fixes the focal length f = H / (2 tan(fov / 2)) px for both axes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physics.scene import Camera, Scene

SWAY_M, SWAY_DEG, TREMOR_DEG = 0.006, 0.35, 0.012  # rms of a calm hand


def camera_at(camera: Camera, t: float) -> tuple[np.ndarray, np.ndarray]:
    """Position and look-at point (3,), m, at film time `t` in seconds."""
    position, target = np.asarray(camera.position, float), np.asarray(camera.look_at, float)
    if camera.move == "pan":
        return position, position + _turn_y(target - position, np.radians(camera.rate * t))
    if camera.move == "tilt":
        return position, position + _tilted(target - position, np.radians(camera.rate * t))
    if camera.move == "handheld":
        return _held(camera, position, target, t)
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


def f_stop_for(scene: Scene, softness: float) -> float:
    """The f-number at which what is infinitely far away spreads to discs of radius `softness` heights."""
    wide = replace(scene, camera=replace(scene.camera, f_stop=1.0))
    aperture, focus = aperture_of(wide, 0)
    return 0.5 * aperture * focal_px(scene) / focus / (softness * scene.height)


def aperture_of(scene: Scene, k: int) -> tuple[float, float]:
    """Diameter of the aperture and distance in focus of frame `k`, m."""
    eye, target = camera_at(scene.camera, k / scene.fps)
    focal = focal_px(scene) * scene.camera.sensor_mm / scene.width / 1000
    return focal / scene.camera.f_stop, scene.camera.focus_m or float(np.linalg.norm(target - eye))


def with_lens(scene: Scene) -> Scene:
    """The scene whose `fov_deg` is that of its focal length, where it names one (film back as wide as the
    picture).
    """
    camera = scene.camera
    if not camera.focal_mm:
        return scene
    half = camera.sensor_mm * scene.height / scene.width / (2 * camera.focal_mm)
    return replace(scene, camera=replace(camera, fov_deg=float(np.degrees(2 * np.arctan(half)))))


def _tilted(way: np.ndarray, angle: float) -> np.ndarray:
    """A direction (3,) turned up by `angle` rad about the camera's horizontal axis, at most to the zenith."""
    flat, length = np.hypot(way[0], way[2]), np.linalg.norm(way)
    elevation = np.clip(np.arctan2(way[1], flat) + angle, -1.55, 1.55)
    ahead = np.array([way[0], 0.0, way[2]]) / max(flat, 1e-9)
    return length * (np.cos(elevation) * ahead + np.array([0.0, np.sin(elevation), 0.0]))


def _held(
    camera: Camera, position: np.ndarray, target: np.ndarray, t: float
) -> tuple[np.ndarray, np.ndarray]:
    """A camera in the hand: body sway and breathing below 2 Hz, tremor at 8 to 12 Hz, as sums of sines.

    Band limits after Stiles and Randall (J. Physiol. 1967; tremor) and Winter (Gait and Posture 1995; sway);
    amplitudes: SWAY_M and SWAY_DEG rms at rate 1.
    """
    sway, shake = _noise(camera.hand, t)
    move = camera.rate * SWAY_M * sway[:3]
    turn = np.radians(camera.rate * (SWAY_DEG * sway[3:] + TREMOR_DEG * shake))
    way = _tilted(_turn_y(target - position, turn[0]), turn[1])
    return position + move, position + move + way


def _noise(hand: int, t: float) -> tuple[np.ndarray, np.ndarray]:
    """Five sway signals and two tremor signals of unit rms at time `t` s, smooth, zero at t = 0."""
    rng = np.random.default_rng([hand, 0x4A2D])
    slow, phase = rng.uniform(0.15, 1.8, (5, 7)), rng.uniform(0, 2 * np.pi, (5, 7))
    size = 1 / slow
    size *= np.sqrt(2 / (size**2).sum(-1, keepdims=True))
    sway = (size * (np.sin(2 * np.pi * slow * t + phase) - np.sin(phase))).sum(-1)
    fast, start = rng.uniform(8, 12, (2, 4)), rng.uniform(0, 2 * np.pi, (2, 4))
    return sway, np.sqrt(0.5) * (np.sin(2 * np.pi * fast * t + start) - np.sin(start)).sum(-1)


def _turn_y(v: np.ndarray, angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c * v[0] + s * v[2], v[1], -s * v[0] + c * v[2]])
