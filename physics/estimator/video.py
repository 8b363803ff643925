"""What is watched: frames that can be read again and again, so that memory does not grow with the clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np

SAMPLE_BYTES = 70e6  # memory for the frames that the background is learned from
MOST_SAMPLES, FEWEST_SAMPLES = 48, 9


class Video(Protocol):
    """A clip of known size. `frames` starts afresh at each call and yields uint8 (height, width, 3) sRGB."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def fps(self) -> float: ...
    @property
    def frames(self) -> Callable[[], Iterator[np.ndarray]]: ...  # a method, or a field that can be called


@dataclass(frozen=True)
class ArrayVideo:
    """Frames in memory: `array` uint8 (T, H, W, 3), `fps` frames per second."""

    array: np.ndarray
    fps: float

    def __post_init__(self) -> None:
        if self.array.ndim != 4 or self.array.shape[-1] != 3 or self.array.dtype != np.uint8:
            raise ValueError(
                f"frames must be uint8 of shape (frames, height, width, 3), "
                f"not {self.array.dtype} {self.array.shape}"
            )

    @property
    def width(self) -> int:
        return self.array.shape[2]

    @property
    def height(self) -> int:
        return self.array.shape[1]

    def frames(self) -> Iterator[np.ndarray]:
        return iter(self.array)


def numbered(video: Video, first: int = 0, last: int | None = None) -> Iterator[tuple[int, np.ndarray]]:
    """(frame number, frame) for the frames in [first, last)."""
    between = getattr(video, "between", None)  # of a video that can seek: many shots, each read alone
    return enumerate(between(first, last) if between else islice(video.frames(), first, last), start=first)


def sampled(frames: Iterator[tuple[int, np.ndarray]]) -> tuple[np.ndarray, np.ndarray, int]:
    """Evenly spaced frames of a stream of unknown length.

    Every s-th frame is kept; when the store is full every second one goes and s doubles.
    Returns their numbers (n,), the frames (n, H, W, 3) and how many frames there were.
    """
    kept: list[tuple[int, np.ndarray]] = []
    stride, count, most = 1, 0, MOST_SAMPLES
    for k, frame in frames:
        if count == 0:
            most = int(np.clip(SAMPLE_BYTES / frame.nbytes, FEWEST_SAMPLES, MOST_SAMPLES))
        if count % stride == 0:
            if len(kept) == most:
                kept, stride = kept[::2], stride * 2
            if count % stride == 0:
                kept.append((k, np.array(frame)))
        count += 1
    stack = np.stack([frame for _, frame in kept]) if kept else np.zeros((0, 0, 0, 3), np.uint8)
    return np.array([k for k, _ in kept], int), stack, count
