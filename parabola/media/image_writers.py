"""PNG frames, sprite sheets and EXR frames.

A sheet is read left to right, top to bottom, in equal cells; it has to be whole before it can be compressed,
so its pixels are what this writer holds in memory, and its size is bounded. EXR frames are half-float linear
Rec.709 with the attributes that film tools look for (`colorInteropID`, `framesPerSecond`).
"""

from __future__ import annotations

import errno
import math
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from parabola.media.colour import to_linear
from parabola.media.formats import frame_path
from parabola.media.metadata import pack
from parabola.media.writers import Writer


class PngWriter(Writer):
    """NAME.%04d.png, one file per frame, numbered from `first`."""

    def _start(self, part: Path) -> None:
        self._pattern = part

    def _add(self, frame: np.ndarray) -> None:
        _save_png(frame_path(self._pattern, self.first + self.num_frames), frame, self.note)


class SheetWriter(Writer):
    """One frame as it is; several as a sprite sheet, as square as it gets."""

    def _start(self, part: Path) -> None:
        self._part, self._frames = part, []

    def _add(self, frame: np.ndarray) -> None:
        columns, rows = _grid(self.num_frames + 1)
        side = self.form.max_side
        if columns * self.width > side or rows * self.height > side:
            fix = f"{self.path.stem}.%04d.png for a sequence, or fewer frames"
            raise ValueError(
                f"{self.path.name}: more than {self.num_frames} frames pass {side} px a side; use {fix}"
            )
        self._frames.append(frame.copy())

    def _finish(self) -> None:
        count = len(self._frames)
        if count == 1:
            return _save_png(self._part, self._frames[0], self.note)
        columns, rows = _grid(count)
        sheet = np.zeros((rows, self.height, columns, self.width, self.channels), np.uint8)
        for k, frame in enumerate(self._frames):
            sheet[k // columns, :, k % columns] = frame
        note = pack(self.settings, self.rate, {"columns": columns, "rows": rows, "frames": count})
        _save_png(self._part, sheet.reshape(rows * self.height, columns * self.width, -1), note)


class ExrWriter(Writer):
    """NAME.%04d.exr, half-float linear Rec.709; uint8 frames are decoded from sRGB, float ones are taken
    as linear. Straight alpha comes in, premultiplied alpha is written.
    """

    takes_linear = True

    def _start(self, part: Path) -> None:
        try:
            import OpenEXR
        except ImportError:
            raise ValueError(
                "EXR needs the package OpenEXR; install it with: pip install 'parabola[film]'"
            ) from None
        self._exr, self._pattern = OpenEXR, part

    def _add(self, frame: np.ndarray) -> None:
        linear = to_linear(frame) if frame.dtype == np.uint8 else frame
        if self.channels == 4:  # EXR's alpha is linear, and multiplied in
            share = frame[..., 3:] / np.float32(255 if frame.dtype == np.uint8 else 1)
            linear = np.concatenate([linear[..., :3] * share, share], -1)
        if not np.isfinite(linear).all():
            raise ValueError(
                f"frame {self.num_frames} holds NaN or infinity; a linear frame has to be finite"
            )
        header = {
            "compression": self._exr.ZIP_COMPRESSION,
            "type": self._exr.scanlineimage,
            "framesPerSecond": self.rate,
            "colorInteropID": "lin_rec709_scene",
            "comments": self.note,
        }
        half = np.clip(linear, -65504, 65504).astype(np.float16)  # the largest half
        path = frame_path(self._pattern, self.first + self.num_frames)
        with self._exr.File(header, {"RGB" if self.channels == 3 else "RGBA": half}) as file:
            try:
                file.write(str(path))
            except RuntimeError as error:  # the library says no more than that it could not
                raise OSError(errno.ENOSPC, f"{path.name}: {str(error).splitlines()[0]}") from None


def _grid(count: int) -> tuple[int, int]:
    columns = math.ceil(math.sqrt(count))
    return columns, math.ceil(count / columns)


def _save_png(path: Path, rgb: np.ndarray, note: str) -> None:
    info = PngInfo()
    info.add_text("parabola", note)
    Image.fromarray(rgb).save(path, pnginfo=info, compress_level=6)
