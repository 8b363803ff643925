"""Render passes beside a clip, exact: `clip.mp4` -> `clip_depth.npy`, `clip_guide.mp4`, ...

Data passes are NumPy arrays, one frame after another in one memory-mapped file, so that memory stays flat
and nothing is rounded: depth (T, H, W) float32 m along the optical axis, infinity in the sky; normal
(T, H, W, 3) float32, camera frame, x right, y up, z towards the camera; motion (T, H, W, 2) float32 px to
the next frame, x right, y down; id (T, H, W) uint8, 0 sky, 1 ground or water, 2 ... bodies, then boxes;
position (T, H, W, 3) float32 m, world; albedo (T, H, W, 3) float32 linear; shadow (T, H, W) float32, share
of the sun's disc that is seen. The guide pass is the physics predictor's own picture, in the clip's format.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from parabola.checks import PASSES
from parabola.media import open_writer
from physics.colour import quantise
from physics.guide import Guide
from physics.raycast import FAR
from physics.scene import Scene

_CHANNELS = {
    "depth": (), "normal": (3,), "motion": (2,), "id": (), "position": (3,), "albedo": (3,), "shadow": (),
}  # fmt: skip


class PassWriters:
    """Context manager that takes one guide per frame; part files are moved into place on success."""

    def __init__(
        self, out: Path, passes: tuple[str, ...], *, width: int, height: int, fps: float, num_frames: int,
        scene: Scene | None = None,
    ):  # fmt: skip
        unknown = set(passes) - set(PASSES)
        if unknown:
            raise ValueError(f"unknown pass {sorted(unknown)[0]!r}; choose from {', '.join(PASSES)}")
        self._paths = {p: pass_path(out, p) for p in passes}
        self._shape, self._size = (num_frames, height, width), {"width": width, "height": height, "fps": fps}
        self._arrays: dict[str, np.memmap] = {}
        self._stack, self._k, self._scene = ExitStack(), 0, scene

    def __enter__(self) -> PassWriters:
        self._stack.__enter__()
        for name, path in self._paths.items():
            if name == "guide":
                self._guide = self._stack.enter_context(
                    open_writer(path, metadata={"pass": "guide"}, **self._size)
                )
                continue
            kind = np.uint8 if name == "id" else np.float32
            shape = (*self._shape, *_CHANNELS[name])
            self._arrays[name] = np.lib.format.open_memmap(_part(path), "w+", dtype=kind, shape=shape)
        return self

    def write(self, guide: Guide) -> None:
        """Add the passes of one frame."""
        depth = np.asarray(guide.depth)
        planes = {
            "depth": np.where(depth >= FAR, np.inf, depth),
            "normal": guide.normal,
            "motion": guide.motion,
            "id": guide.ident,
        }
        for name, array in self._arrays.items():
            array[self._k] = np.asarray(planes[name] if name in planes else self._derived(name, guide))
        if "guide" in self._paths:
            self._guide.write(quantise(guide.rgb))
        self._k += 1

    def _derived(self, name: str, guide: Guide) -> np.ndarray:
        """A pass that takes the camera and the light, too."""
        from parabola.film.layers import linear_albedo, sun_share, world_position

        if name == "albedo":
            return linear_albedo(guide)
        assert self._scene is not None
        return {"position": world_position, "shadow": sun_share}[name](self._scene, self._k, guide)

    def __exit__(self, kind, error, trace) -> None:
        for name, array in self._arrays.items():
            array.flush()
            part = _part(self._paths[name])
            part.unlink() if kind else part.rename(self._paths[name])
        self._stack.__exit__(kind, error, trace)


def pass_path(out: Path, name: str) -> Path:
    """Where the pass `name` of the clip `out` goes."""
    stem, dot, rest = out.name.partition(".%") if ".%" in out.name else (out.stem, "", out.suffix)
    return out.with_name(f"{stem}_guide{dot}{rest}" if name == "guide" else f"{stem}_{name}.npy")


def _part(path: Path) -> Path:
    return path.with_name(f".{path.stem}.part.npy")
