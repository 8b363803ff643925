"""RGB to and from what video files hold, in the standard that the file names.

Written video is BT.709 (ITU-R BT.709-6, item 3), limited range: Y' = 0.2126 R' + 0.7152 G' + 0.0722 B'. The
default of FFmpeg's scaler is the BT.601 matrix and truncating arithmetic, which darkens by half a level and
shifts greens: hence the explicit matrix, range and rounding. A file that does not say gets what players
assume.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import av
import numpy as np
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

BT709, SRGB_TRC, RGB_MATRIX, UNSPECIFIED, SMPTE170M = 1, 13, 0, 2, 6  # ITU-T H.273 code points
HD_HEIGHT = 720  # px; from here on an untagged file is BT.709, below it BT.601
# Where the scaler puts subsampled chroma. A file that does not say so is read as left-sited (the default of
# H.264, annex E), which moves colours by half a pixel.
CHROMA = {"chroma_sample_location": "center"}
EXACT = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
)


@dataclass(frozen=True)
class Tags:
    """How a video's numbers become colours, as ITU-T H.273 code points."""

    matrix: int = BT709
    primaries: int = BT709
    transfer: int = BT709
    range: int = int(ColorRange.MPEG)

    @property
    def settled(self) -> Tags:
        """The same with a matrix: one that says none gets BT.601, which is what small untagged files mean."""
        return replace(self, matrix=SMPTE170M) if self.matrix in (RGB_MATRIX, UNSPECIFIED) else self


STANDARD = Tags()


def to_video(
    rgb: np.ndarray, pixel_format: str, scaler: VideoReformatter, tags: Tags = STANDARD
) -> av.VideoFrame:
    """uint8 or uint16 (H, W, 3 or 4) sRGB -> a frame in `pixel_format` that carries its colour tags."""
    frame = av.VideoFrame.from_ndarray(rgb, rgb_format(rgb))
    if pixel_format.startswith(("bgr", "gbr", "rgb")):
        out = scaler.reformat(frame, format=pixel_format)
        out.colorspace, out.color_range, out.color_trc = RGB_MATRIX, ColorRange.JPEG, SRGB_TRC
    else:
        out = scaler.reformat(
            frame, format=pixel_format, dst_colorspace=tags.matrix, dst_color_range=tags.range,
            interpolation=EXACT,
        )  # fmt: skip
        out.colorspace, out.color_range, out.color_trc = tags.matrix, tags.range, tags.transfer
    out.color_primaries = tags.primaries
    return out


def rgb_format(picture: np.ndarray) -> str:
    """FFmpeg's name of a packed picture (H, W, 3 or 4)."""
    if picture.dtype == np.uint16:
        return "rgba64le" if picture.shape[-1] == 4 else "rgb48le"
    return "rgba" if picture.shape[-1] == 4 else "rgb24"


def to_rgb(frame: av.VideoFrame, scaler: VideoReformatter) -> np.ndarray:
    """A decoded frame -> uint8 (H, W, 3), by the matrix that the frame names; alpha is dropped."""
    if frame.format.name == "bgr0":
        return np.ascontiguousarray(_packed(frame)[..., 2::-1])
    if not frame.format.is_rgb and frame.colorspace == UNSPECIFIED:
        frame.colorspace = BT709 if frame.height >= HD_HEIGHT else SMPTE170M
    return scaler.reformat(frame, format="rgb24", interpolation=EXACT).to_ndarray()


def _packed(frame: av.VideoFrame) -> np.ndarray:
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8)  # pyright: ignore
    rows = rows.reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width * 4].reshape(frame.height, frame.width, 4)


def to_linear(code: np.ndarray) -> np.ndarray:
    """sRGB uint8 -> linear float32 in [0, 1] (IEC 61966-2-1)."""
    s = code.astype(np.float32) / 255
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4).astype(np.float32)


def from_linear(linear: np.ndarray) -> np.ndarray:
    """Linear light -> sRGB uint8; what is outside [0, 1] is clipped."""
    v = np.clip(np.nan_to_num(linear.astype(np.float32), nan=0.0), 0, 1)
    s = np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)
    return np.round(s * 255).astype(np.uint8)
