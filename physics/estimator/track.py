"""What watching a clip yields: the background, and a track and a layer for each thing that moves.

Pixels: x right, y down, the top-left pixel's centre at (0.5, 0.5). Time in frames. Colours are sRGB in
[0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Layer:
    """How a thing looks, cut out of its background."""

    colour: np.ndarray  # (h, w, 3) float32, premultiplied by alpha
    alpha: np.ndarray  # (h, w) float32
    centre: np.ndarray  # (2,) px inside the layer: where the thing's centre is


@dataclass(frozen=True)
class Track:
    """One thing, in the n frames in which it was measured."""

    id: int  # from 1
    frames: np.ndarray  # (n,) int, numbers in the whole video, rising
    centre: np.ndarray  # (n, 2) px in the frame
    centre_plate: np.ndarray  # (n, 2) px in plate coordinates: the camera's motion is taken out
    covariance: np.ndarray  # (n, 2, 2) px^2
    radius: np.ndarray  # (n,) px, of the disc of the same area; nan where cut or hidden
    sigma_radius: np.ndarray  # (n,) px
    visible: np.ndarray  # (n,) share of the outline that shows
    angle: np.ndarray  # (n,) rad in the picture, x towards y, against the layer; nan where it cannot be told
    colour: np.ndarray  # (n, 3) mean sRGB
    layer: Layer
    blur: np.ndarray  # (n, 2) px moved while the shutter was open; 0 where sharp
    attached_to: int | None = None  # id of the thing whose shadow or reflection this is


@dataclass(frozen=True)
class Watch:
    """One shot, watched."""

    width: int
    height: int
    fps: float
    first: int  # number of the shot's first frame
    num_frames: int
    camera: np.ndarray  # (T, 3, 3) homography, frame pixels -> plate pixels; identity where it stands still
    moving_camera: bool
    plate: np.ndarray  # (H, W, 3) float32, the background in plate coordinates
    seen: np.ndarray  # (H, W) bool, where the background was seen at least once
    noise: np.ndarray  # (H, W) float32, standard deviation of a background pixel, sRGB units
    tracks: tuple[Track, ...]
