"""Framing: a low camera that holds the subject, at the subject's height, with nothing hidden.

For a given heading and pitch the smallest distance that keeps a set of spheres inside the picture has a
closed form: each frustum side gives one linear inequality in (distance D, shift a):
    x_i - a + r_i k <= (D + z_i) t   and   a - x_i + r_i k <= (D + z_i) t,
with x across, z towards the scene, t the tangent of the half angle inside the margin, k = sqrt(1 + t^2).
Their sum bounds D from below; the shift is the middle of what is left (likewise for y).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from parabola.casting import vec
from physics.scene import Camera


@dataclass(frozen=True)
class View:
    """A direction to look from, before the distance is known."""

    yaw: float  # rad, camera to the right of the subject if positive; 0 looks along -z
    pitch: float  # rad, looking down if positive
    fov: float  # rad, vertical
    aspect: float  # width / height

    def axes(self) -> np.ndarray:
        """Rows right, up, forward (3, 3)."""
        cy, sy, cp, sp = math.cos(self.yaw), math.sin(self.yaw), math.cos(self.pitch), math.sin(self.pitch)
        return np.array([[cy, 0, -sy], [-sy * sp, cp, -cy * sp], [-sy * cp, -sp, -cy * cp]])

    def tangents(self, margin: float) -> np.ndarray:
        """Tangents of the half angles, across and up, less the margin."""
        t = math.tan(self.fov / 2)
        return np.array([t * self.aspect, t]) * (1 - margin)


def fit(view: View, centres: np.ndarray, radii: np.ndarray, margin: float) -> tuple[float, np.ndarray]:
    """Smallest distance from the origin's plane, and the shift (across, up), that hold all spheres (n, "
    "3), (n,)."""
    local = centres @ view.axes().T
    distance, bounds = 0.0, []
    for axis, t in enumerate(view.tangents(margin)):
        pad = radii * math.sqrt(1 + t * t)
        high = np.max(local[:, axis] + pad - local[:, 2] * t)
        low = np.max(-local[:, axis] + pad - local[:, 2] * t)
        bounds.append((high, low, t))
        distance = max(distance, (high + low) / (2 * t))
    near = float(np.max(radii * 1.5 - local[:, 2]))  # never inside a ball
    return max(distance, near), np.array([(high - low) / 2 for high, low, _ in bounds])


def place_camera(
    view: View, path: np.ndarray, radii: np.ndarray, *, zoom: float = 1.0, low: bool = False
) -> tuple[Camera, float]:
    """A camera that holds the start of `path` (T, n, 3) and as much of the rest as leaves the balls large "
    "enough.

    Returns the camera and its distance (m) from the middle of the action. Where the view would put it into
    the floor it looks from a little higher; `low` takes the lowest that is possible.
    """
    floor = 0.6 * float(np.max(radii))
    if low:
        view = replace(view, pitch=math.radians(-12))
    for _ in range(30):
        camera, distance = _placed(view, path, radii, zoom)
        if camera.position[1] >= floor or view.pitch > 1.2:
            break
        view = replace(view, pitch=view.pitch + math.radians(1.5))
    return camera, distance


def _placed(view: View, path: np.ndarray, radii: np.ndarray, zoom: float) -> tuple[Camera, float]:
    many, t = len(radii), math.tan(view.fov / 2) * min(1.0, view.aspect)
    nearest = float(np.mean((path[0] @ view.axes().T)[:, 2]))
    largest = 0.36 if many == 1 else max(0.16, 0.34 - 0.03 * many)  # radius in half heights
    smallest = max(0.07, 0.135 - 0.006 * many)
    start, shift = fit(view, path[0], radii, 0.14)
    start = max(start, float(np.max(radii)) / (largest * t) - nearest)
    limit = max(1.25 * start, float(np.max(radii)) / (smallest * t) - nearest)
    distance, count = start, 1
    for count in range(len(path), 0, -1):
        whole, moved = fit(view, path[:count].reshape(-1, 3), np.tile(radii, count), 0.06)
        if whole <= limit:
            distance, shift = max(start, whole), moved
            break
    shift = _keep_start(view, path[0], radii, distance, shift)
    if zoom > 1:
        distance *= zoom
    elif zoom < 1:
        held = path[: max(1, int(0.7 * count))]
        closest, centred = fit(view, held.reshape(-1, 3), np.tile(radii, len(held)), 0.02)
        distance = max(zoom * distance, min(closest, 0.97 * distance))
        shift = _keep_start(view, path[0], radii, distance, centred)
    right, up, forward = view.axes()
    position = shift[0] * right + shift[1] * up - distance * forward
    look_at = position + distance * forward
    camera = Camera(position=vec(position), look_at=vec(look_at), fov_deg=round(math.degrees(view.fov), 3))
    return camera, distance


def _keep_start(
    view: View, centres: np.ndarray, radii: np.ndarray, distance: float, shift: np.ndarray
) -> np.ndarray:
    """Move `shift` as little as holds the start inside the margin."""
    local, kept = centres @ view.axes().T, shift.copy()
    for axis, t in enumerate(view.tangents(0.10)):
        pad = radii * math.sqrt(1 + t * t)
        lowest = float(np.max(local[:, axis] + pad - (distance + local[:, 2]) * t))
        highest = float(np.min(local[:, axis] - pad + (distance + local[:, 2]) * t))
        kept[axis] = min(max(shift[axis], lowest), highest) if lowest <= highest else (lowest + highest) / 2
    return kept


def in_picture(
    camera: Camera, aspect: float, centres: np.ndarray, radii: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Picture positions (n, 2) in half heights from the middle (x right, y up), radii (n,) likewise, "
    "depths (n,)."""
    position, look_at = np.array(camera.position), np.array(camera.look_at)
    forward = (look_at - position) / np.linalg.norm(look_at - position)
    right = np.cross(forward, [0.0, 1.0, 0.0])
    right /= max(float(np.linalg.norm(right)), 1e-9)
    local = (centres - position) @ np.stack([right, np.cross(right, forward), forward]).T
    depth = np.maximum(local[:, 2], 1e-9)
    scale = 1 / (depth * math.tan(math.radians(camera.fov_deg) / 2))
    return local[:, :2] * scale[:, None], radii * scale, local[:, 2]


def faults(camera: Camera, aspect: float, centres: np.ndarray, radii: np.ndarray, boxes=()) -> float:
    """How bad a start looks: hidden balls, balls out of the picture, a lopsided picture. 0 is flawless."""
    xy, size, depth = in_picture(camera, aspect, centres, radii)
    out = np.maximum(np.abs(xy) + size[:, None] - [aspect, 1.0], 0).sum() + 10.0 * np.sum(depth <= radii)
    hidden = _overlap(xy, size, depth) + _behind_boxes(np.array(camera.position), centres, radii, boxes)
    small = max(0.0, 0.10 - float(np.max(size)))
    return 20 * out + 8 * hidden + 5 * small + 0.3 * abs(float(np.mean(xy[:, 0])))


def _overlap(xy: np.ndarray, size: np.ndarray, depth: np.ndarray) -> float:
    """Sum over pairs of the share of the farther disc's diameter that the nearer one covers."""
    i, j = np.triu_indices(len(xy), 1)
    apart = np.linalg.norm(xy[i] - xy[j], axis=1)
    far = np.where(depth[i] > depth[j], size[i], size[j])
    covered = np.clip((size[i] + size[j] - apart) / (2 * far), 0, 1)
    return float(np.sum(np.maximum(covered - 0.04, 0)))


def _behind_boxes(eye: np.ndarray, centres: np.ndarray, radii: np.ndarray, boxes) -> float:
    """Balls whose middle or rim a box hides from the eye."""
    from scipy.spatial.transform import Rotation

    hidden = 0.0
    for box in boxes:
        rotation = Rotation.from_rotvec(box.rotation).as_matrix()
        half = np.array(box.half_size)
        for offset in ([0, 0, 0], [0.9, 0, 0], [-0.9, 0, 0], [0, 0.9, 0]):
            target = centres + np.array(offset) * radii[:, None]
            start, ray = (eye - np.array(box.centre)) @ rotation, (target - eye) @ rotation
            with np.errstate(divide="ignore", invalid="ignore"):
                a, b = (-half - start) / ray, (half - start) / ray
            enter, leave = np.nanmax(np.minimum(a, b), axis=1), np.nanmin(np.maximum(a, b), axis=1)
            hidden += float(np.sum((enter < leave) & (enter > 0) & (enter < 0.999)))
    return hidden


def moved(
    camera: Camera, move: tuple[str, float] | None, dolly: float, turn: float, seconds: float
) -> Camera:
    """`camera` with the move that words ask for: `dolly` m or `turn` deg over the whole clip."""
    if not move or move[0] == "fixed":
        return camera
    name, sign = move
    if name in ("dolly", "track"):
        return replace(camera, move="dolly", rate=round(sign * dolly / seconds, 4))
    return replace(camera, move="orbit" if name == "orbit" else "pan", rate=round(sign * turn / seconds, 3))
