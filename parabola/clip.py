"""A clip in hand: its frames, its rate, what moved where, and what made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from parabola.trajectories import Trajectories


class Clip:
    """Frames with their rate.

    `frames` may be an array (T, H, W, 3), a list of frames, a `parabola.media.Source`, or a generator.
    Iterating streams frame by frame. A source that can start again is never held in memory by iterating; what
    a generator gave is kept, because it cannot be asked twice. `clip.frames` is the whole clip as one uint8
    array.
    """

    def __init__(
        self,
        frames: Iterable[np.ndarray],
        fps: float,
        trajectories: Trajectories | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self.fps = float(fps)
        self.trajectories = trajectories
        self.metadata = dict(metadata or {})
        self._frames = _Memory(frames) if isinstance(frames, Iterator) else frames

    def __iter__(self) -> Iterator[np.ndarray]:
        return map(_checked, iter(self._frames))

    @property
    def frames(self) -> np.ndarray:
        """All frames, uint8 (num_frames, height, width, 3), sRGB; kept once asked for."""
        if not isinstance(self._frames, np.ndarray):
            frames = list(self)
            if not frames:
                raise ValueError("the clip holds no frame; a clip needs at least one")
            self._frames = np.stack(frames)
        return self._frames

    @property
    def num_frames(self) -> int:
        """Number of frames; a generator is run to its end to know it."""
        return len(self._frames) if hasattr(self._frames, "__len__") else len(self.frames)  # pyright: ignore

    def save(self, path: str | Path) -> Path:
        """Write the clip, in the format that the ending names; frames stream, an older file survives
        an error.
        """
        from parabola.media import open_writer

        frames = iter(self)
        first = next(frames, None)
        if first is None:
            raise ValueError("the clip holds no frame; a clip needs at least one")
        height, width = first.shape[:2]
        with open_writer(path, width=width, height=height, fps=self.fps, metadata=self.metadata) as writer:
            writer.write(first)
            for frame in frames:
                writer.write(frame)
        return Path(path)

    def __repr__(self) -> str:
        size = f"{len(self._frames)} frames, " if hasattr(self._frames, "__len__") else ""  # pyright: ignore
        return f"Clip({size}{self.fps:g} fps)"


@dataclass
class _Memory:
    """A generator that remembers what it gave."""

    source: Iterator[np.ndarray]
    seen: list[np.ndarray] = field(default_factory=list)

    def __iter__(self) -> Iterator[np.ndarray]:
        k = 0
        while True:
            if k == len(self.seen):
                frame = next(self.source, None)
                if frame is None:
                    return
                self.seen.append(frame)
            yield self.seen[k]
            k += 1


def load_clip(path: str | Path) -> Clip:
    """Open a clip file; frames are decoded as they are asked for. `ValueError` where it cannot be read."""
    from parabola.media import read_clip

    source = read_clip(path)
    return Clip(source, source.fps, metadata=source.metadata)


def _checked(frame: np.ndarray) -> np.ndarray:
    frame = np.asarray(frame)
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[-1] != 3:
        raise ValueError(f"a frame is {frame.dtype} {frame.shape}; it has to be uint8 (height, width, 3)")
    return frame
