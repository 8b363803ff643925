"""Motion-vector sheets as engines read them, and the planes that go with them.

The guide's motion is p[t+1] - p[t], px, y down. A texture holds 0.5 + 0.5 v / (S cell) per axis, v / cell
being the move as a share of a cell; S, the scale, is written beside and keeps every vector off 0 and 1.
Unity's VFX Graph has v upwards (green grows where things rise), Unreal and Godot downwards. Sixteen bits:
in eight, no motion cannot be said (128 / 255 is 0.0039 of the range). Outside the alpha the nearest vector
goes on, since a shader has to find what moves in from there.
"""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from scipy import ndimage

HEADROOM = 0.98  # of the range that the fastest vector takes
UP = {"unity": 1.0, "unreal": -1.0, "godot": -1.0}  # sign of green against "up"


def scale_of(flows: list[np.ndarray], cell: tuple[int, int]) -> float:
    """The scale S for flows (H, W, 2) px: the least that holds them all, at least 1/64."""
    most = max((np.abs(flow / np.float32(cell)).max() for flow in flows), default=0.0)
    return max(float(most) / HEADROOM, 1 / 64)


def encoded(flow: np.ndarray, cell: tuple[int, int], scale: float, engine: str) -> np.ndarray:
    """uint16 (H, W, 3): red and green hold the vectors, blue nothing."""
    share = flow / (scale * np.float32(cell)) * np.float32([1, -UP[engine]])
    level = np.clip(0.5 + 0.5 * share, 0, 1)
    level = np.concatenate([level, np.zeros_like(level[..., :1])], -1)
    return np.round(level * 65535).astype(np.uint16)


def decoded(texture: np.ndarray, cell: tuple[int, int], scale: float, engine: str) -> np.ndarray:
    """What `encoded` was given, px, y down: a shader's own arithmetic."""
    share = (texture[..., :2].astype(np.float32) / 65535 * 2 - 1) * np.float32([1, -UP[engine]])
    return share * scale * np.float32(cell)


def spread(plane: np.ndarray, known: np.ndarray) -> np.ndarray:
    """`plane` (H, W, C) where `known` (H, W); around it what is known goes on, ever smoother farther out."""
    if known.all() or not known.any():
        return plane
    share = known.astype(np.float32)
    out = np.where(known[..., None], plane, 0).astype(np.float32)
    held, sigma = out.copy(), 1.5
    while share.min() < 1 and sigma < 2 * max(known.shape):
        weight = ndimage.gaussian_filter(known.astype(np.float32), sigma, truncate=3.0)
        mean = ndimage.gaussian_filter(held, (sigma, sigma, 0), truncate=3.0)
        fresh = (share == 0) & (weight > 1e-3)
        out[fresh] = mean[fresh] / weight[fresh, None]
        share[fresh] = 1
        sigma *= 2
    out[share == 0] = held.sum((0, 1)) / known.sum()
    return out


def normal_texture(normal: np.ndarray) -> np.ndarray:
    """Camera-space normals (H, W, 3; x right, y up, z to the camera) as uint16, 0.5 + 0.5 n."""
    return np.round((0.5 + 0.5 * np.clip(normal, -1, 1)) * 65535).astype(np.uint16)


def depth_texture(depth: np.ndarray, near: float, far: float) -> np.ndarray:
    """Depth (H, W) m as uint16 (H, W, 3): 65535 at `near`, 0 at `far` and beyond."""
    share = np.clip((far - depth) / max(far - near, 1e-6), 0, 1)
    return np.repeat(np.round(share * 65535).astype(np.uint16)[..., None], 3, -1)


def png16(texture: np.ndarray) -> bytes:
    """A PNG file of 16 bits a channel (Pillow writes none with colour); uint16 (H, W, 3 or 4)."""
    pixel_format, kind = ("rgba64be", "rgba64le") if texture.shape[-1] == 4 else ("rgb48be", "rgb48le")
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(texture), kind).reformat(format=pixel_format)
    codec = av.CodecContext.create("png", "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = texture.shape[1], texture.shape[0], pixel_format
    codec.time_base = Fraction(1, 25)
    return b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])
