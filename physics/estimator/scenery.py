"""The background as each frame shows it, with a camera that stands or moves.

Plate coordinates are the first frame's, shifted so that the whole travel has positive coordinates. For a
moving camera the plate is read into the frame by cubic splines; what the reading costs at edges is added to
the noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from physics.estimator.camera import aligned
from physics.estimator.detect import Ground, ready
from physics.estimator.plate import Plate

MISFIT = 0.3  # px by which plate and frame may be apart after registration
LARGEST = 6.0  # canvas, in pictures


@dataclass(frozen=True)
class Scenery:
    """A plate and how each frame sees it; `poses` (T, 3, 3) frame -> plate, None for a camera that stands."""

    plate: Plate
    ground: Ground
    poses: np.ndarray | None
    first: int
    shape: tuple[int, int]  # height, width of the frames

    @cached_property
    def _splines(self) -> np.ndarray:
        """(3, H, W) spline coefficients of the plate's colour."""
        return np.stack(
            [ndimage.spline_filter(self.plate.colour[..., c], 3, mode="mirror") for c in range(3)]
        )

    @cached_property
    def _noise(self) -> np.ndarray:
        slope = np.hypot(*np.gradient(self.plate.colour.mean(-1)))
        return np.sqrt(self.plate.noise**2 + (MISFIT * slope) ** 2)

    def at(self, frame: int) -> Ground:
        """Ground of that frame of the video, in the frame's pixels."""
        if self.poses is None:
            return self.ground
        pose = self.poses[frame - self.first]
        colour = np.stack([aligned(c, pose, self.shape, order=3, ready=True) for c in self._splines], -1)
        noise = aligned(self._noise, pose, self.shape)
        seen = aligned(self.plate.seen.astype(np.float32), pose, self.shape) > 0.5
        return ready(Plate(np.clip(colour, 0, 1).astype(np.float32), noise.astype(np.float32), seen))

    def onto_plate(self, frame: int, place: np.ndarray) -> np.ndarray:
        """A place (2,) in the frame, in plate coordinates."""
        if self.poses is None:
            return place
        pose = self.poses[frame - self.first]
        return pose[:2, :2] @ place + pose[:2, 2]

    def all_poses(self, count: int) -> np.ndarray:
        """(count, 3, 3)."""
        return np.broadcast_to(np.eye(3), (count, 3, 3)) if self.poses is None else self.poses


def framed(poses: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int]]:
    """Poses shifted so that every frame lies on the canvas, and the canvas's height and width."""
    h, w = shape
    corners = np.array([[0, 0, 1], [w, 0, 1], [0, h, 1], [w, h, 1]], float)
    places = (corners @ np.swapaxes(poses, 1, 2))[..., :2].reshape(-1, 2)
    low, high = np.floor(places.min(0)), np.ceil(places.max(0))
    width, height = (int(s) for s in high - low)
    if width * height > LARGEST * w * h:
        raise ValueError(
            f"the camera travels over {width * height / (w * h):.1f} pictures, {LARGEST:.0f} are the limit; "
            f"watch a shorter part of the clip"
        )
    shift = np.eye(3)
    shift[:2, 2] = -low
    return shift @ poses, (height, width)


def onto_canvas(stack: np.ndarray, poses: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Samples (n, H, W, 3) uint8 read onto the canvas, and where each did not see it, (n, *size) bool."""
    out, outside = np.empty((len(stack), *size, 3), np.uint8), np.empty((len(stack), *size), bool)
    inner = np.zeros(stack.shape[1:3], np.float32)
    inner[1:-1, 1:-1] = 1
    for n, (frame, pose) in enumerate(zip(stack, poses)):
        back = np.linalg.inv(pose)
        for c in range(3):
            read = aligned(frame[..., c].astype(np.float32), back, size, order=3)
            out[n, ..., c] = np.clip(read + 0.5, 0, 255)
        outside[n] = aligned(inner, back, size, beyond="constant") < 0.99
    return out, outside
