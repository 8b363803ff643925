"""The camera of a shot as files that other programs read.

`.chan` (Nuke's Camera node, "import chan file"): one line a frame, `frame tx ty tz rx ry rz vfov`, degrees,
rotation order ZXY; the camera looks along its own -z, y up. `.json` has the same with matrices, focal length
and film back, and is what the Blender script reads.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from physics.camera import camera_at, camera_basis, focal_px
from physics.scene import Scene


def camera_rotation(scene: Scene, frame: int) -> np.ndarray:
    """(3, 3) camera -> world, columns right, up, backward: a camera that looks along -z."""
    right, up, forward = camera_basis(*camera_at(scene.camera, frame / scene.fps))
    return np.stack([right, up, -forward], 1)


def chan(scene: Scene, first: int) -> str:
    """The track in Nuke's format."""
    lines = []
    for k in range(scene.num_frames):
        place = camera_at(scene.camera, k / scene.fps)[0]
        y, x, z = Rotation.from_matrix(camera_rotation(scene, k)).as_euler("YXZ", degrees=True)
        values = (*place, x, y, z, scene.camera.fov_deg)
        lines.append(" ".join([str(first + k), *(f"{v:.9g}" for v in values)]))
    return "\n".join(lines) + "\n"


def track(scene: Scene, first: int) -> dict[str, Any]:
    """The track as plain data; metres, seconds, right-handed, y up."""
    sensor = scene.camera.sensor_mm
    frames = []
    for k in range(scene.num_frames):
        matrix = np.eye(4)
        matrix[:3, :3] = camera_rotation(scene, k)
        matrix[:3, 3] = camera_at(scene.camera, k / scene.fps)[0]
        frames.append({"frame": first + k, "camera_to_world": np.round(matrix, 9).tolist()})
    return {
        "version": 1,
        "fps": scene.fps,
        "width": scene.width,
        "height": scene.height,
        "axes": "right-handed, y up, metres; the camera looks along its -z",
        "sensor_width_mm": sensor,
        "sensor_height_mm": sensor * scene.height / scene.width,
        "focal_mm": focal_px(scene) * sensor / scene.width,
        "vertical_fov_deg": scene.camera.fov_deg,
        "shutter_deg": scene.camera.shutter_deg,
        "frames": frames,
    }


def write_tracks(scene: Scene, stem: Path, first: int) -> list[Path]:
    """`stem`.chan and `stem`.json."""
    chan_path, json_path = stem.with_name(f"{stem.name}.chan"), stem.with_name(f"{stem.name}.json")
    chan_path.write_text(chan(scene, first))
    json_path.write_text(json.dumps(track(scene, first), indent=1) + "\n")
    return [chan_path, json_path]
