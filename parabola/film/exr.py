"""Multi-layer EXR files: one part per layer, so that colour and data each say what they are.

Parts are ZIP-compressed scan lines. A colour part says `colorInteropID = lin_rec709_scene`, a data part
`data`, as the Color Interop Forum asks; every part carries rate, time code and the camera's matrices
(row-vector convention: p_world M = p_camera, x right, y up, z forward).
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from parabola.film.layers import Layer
from parabola.film.timecode import Timecode, paired
from parabola.media.formats import FORMATS, exact_rate, frame_path
from parabola.media.writers import Writer
from physics.camera import camera_at, camera_basis, focal_px
from physics.scene import Scene

COLOUR, DATA = "lin_rec709_scene", "data"
FIRST = 1001  # number of the first frame of a plate
NEAR, FARTHEST = 0.01, 1e5  # m, between which worldToNDC puts depth


@dataclass(frozen=True)
class Stamp:
    """What a frame's header says of its place in the shot."""

    number: int
    code: Timecode
    rate: Fraction
    note: str = ""


class LayerWriter(Writer):
    """NAME.%04d.exr with all layers in each file, or one sequence a layer beside it (NAME_depth.%04d.exr)."""

    def __init__(self, path: Path, scene: Scene, settings: dict[str, Any], *, apart: bool = False) -> None:
        size, rate = (scene.width, scene.height), exact_rate(scene.fps)
        super().__init__(path, FORMATS[".exr"], size, rate, settings)
        self._scene, self._apart = scene, apart

    def _start(self, part: Path) -> None:
        self._pattern, self._exr = part, library()

    def write_layers(self, layers: Sequence[Layer], stamp: Stamp) -> None:
        """Append one frame."""
        frame = self.num_frames
        base = stamp_header(self._exr, self._scene, frame, stamp)
        groups: dict[str, list[Layer]] = {}
        for layer in layers:
            groups.setdefault(layer.name if self._apart else "beauty", []).append(layer)
        for name, group in groups.items():
            path = frame_path(layer_path(self._pattern, name), stamp.number)
            write_parts(self._exr, path, group, base)
        self.num_frames += 1


def layer_path(pattern: Path, name: str) -> Path:
    """NAME.%04d.exr -> NAME_depth.%04d.exr; the beauty keeps its name."""
    if name == "beauty":
        return pattern
    stem, dot, rest = pattern.name.partition(".")
    return pattern.with_name(f"{stem}_{name}{dot}{rest}")


def library() -> Any:
    """The package OpenEXR; ValueError with the way to get it."""
    try:
        import OpenEXR
    except ImportError:
        raise ValueError(
            "EXR needs the package OpenEXR; install it with: pip install 'parabola[film]'"
        ) from None
    return OpenEXR


def write_parts(exr: Any, path: Path, layers: Sequence[Layer], base: dict[str, Any]) -> None:
    """One file; the first part is what programs that know of no parts see."""
    parts = []
    for layer in layers:
        header = {
            **base,
            **(layer.matte or {}),
            "colorInteropID": COLOUR if layer.colour else DATA,
        }
        parts.append(exr.Part(header, dict(layer.channels), layer.part))  # both are changed by the library
    try:
        exr.File(parts).write(str(path))
    except (RuntimeError, OSError) as error:
        raise OSError(errno.ENOSPC, f"{path.name}: {str(error).splitlines()[0]}") from None


def stamp_header(exr: Any, scene: Scene, frame: int, stamp: Stamp) -> dict[str, Any]:
    """Header of frame `frame`: compression, rate, time code, camera, what made it."""
    camera, ndc = camera_matrices(scene, frame)
    shown, field = paired(stamp.code, stamp.rate)
    code = stamp.code
    flags = (int(code.drop), 0, int(field), 0, 0, 0)
    return {
        "compression": exr.ZIP_COMPRESSION,
        "type": exr.scanlineimage,
        "framesPerSecond": stamp.rate,
        "timeCode": exr.TimeCode(code.hours, code.minutes, code.seconds, shown, *flags, *[0] * 8),
        "worldToCamera": camera.astype(np.float32),
        "worldToNDC": ndc.astype(np.float32),
        "imageCounter": stamp.number,
        "Software": "parabola",
        "comments": stamp.note,
    }


def camera_matrices(scene: Scene, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """World -> camera and world -> normalised picture ([-1, 1], y up), for row vectors, at a frame."""
    eye, look_at = camera_at(scene.camera, frame / scene.fps)
    basis = camera_basis(eye, look_at)
    camera = np.eye(4)
    camera[:3, :3], camera[3, :3] = basis.T, -basis @ eye
    f, deep = focal_px(scene), FARTHEST - NEAR
    lens = np.zeros((4, 4))
    lens[0, 0], lens[1, 1] = 2 * f / scene.width, 2 * f / scene.height
    lens[2, 2], lens[2, 3], lens[3, 2] = (FARTHEST + NEAR) / deep, 1.0, -2 * FARTHEST * NEAR / deep
    return camera, camera @ lens
