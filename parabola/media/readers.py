"""Read a clip of any format we write, and any other video that FFmpeg's libraries decode.

`read_clip` looks at the whole file's frame times but decodes nothing; the frames come when the result is
iterated, as often as one likes, and memory does not grow. What cannot be read is a `ValueError` of one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from parabola.media.formats import is_sequence
from parabola.media.metadata import Note

DEFAULT_RATE = Fraction(24)  # of a single picture, or a sequence that does not say
RETIMED, ROUNDING = 0.02, 0.02  # share, s: within either of the noted length a file is as it was written


@dataclass(frozen=True, kw_only=True)
class Source:
    """A clip on disk. Iterating decodes from the start: uint8 (height, width, 3), sRGB."""

    path: Path
    width: int  # px, after rotation
    height: int
    rate: Fraction  # frames per second
    num_frames: int  # as the file counts them
    metadata: dict[str, Any] = field(default_factory=dict)  # the settings that made it, {} for another tool's
    frames: Callable[[], Iterator[np.ndarray]] = field(repr=False)
    seek: Callable[[int], Iterator[np.ndarray]] | None = field(default=None, repr=False)  # from a frame on

    @property
    def fps(self) -> float:
        return float(self.rate)

    def between(self, first: int, last: int | None) -> Iterator[np.ndarray]:
        """Frames [first, last), without decoding all that comes before where the file can seek."""
        if self.seek is None or first == 0:
            return islice(self.frames(), first, last)
        return islice(self.seek(first), None if last is None else last - first)

    def __iter__(self) -> Iterator[np.ndarray]:
        return self.frames()

    def __len__(self) -> int:
        return self.num_frames


def read_clip(path: str | Path) -> Source:
    """Open a clip: .mp4, .mov, .webm, .mkv, .gif, .webp, .png (frame or sheet), NAME.%04d.png/.exr, any
    video.
    """
    from parabola.media import image_reader, video_reader

    path = Path(path)
    if is_sequence(path):
        return image_reader.read_sequence(path)
    _check_file(path)
    return (
        image_reader.read_image_file(path) if image_reader.is_image(path) else video_reader.read_video(path)
    )


def read_metadata(path: str | Path) -> dict[str, Any]:
    """The settings that `open_writer` stored; {} where the file is not ours."""
    from parabola.media import image_reader, video_reader

    path = Path(path)
    if is_sequence(path):
        return image_reader.sequence_note(path).settings
    _check_file(path)
    note = image_reader.file_note(path) if image_reader.is_image(path) else video_reader.video_note(path)
    return note.settings


def read_image(path: str | Path) -> np.ndarray:
    """One picture as uint8 (H, W, 3), sRGB: the first frame where the file holds several."""
    return next(iter(read_clip(path)))


def settle_rate(measured: Fraction, note: Note, count: int) -> Fraction:
    """The exact rate of a file of `count` frames: the note's, unless the file was re-timed since."""
    if note.rate is None:
        return measured
    length, noted = count / measured, count / note.rate
    return note.rate if abs(length - noted) <= max(RETIMED * noted, ROUNDING) else measured


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise ValueError(
            f"{path.name}: is a directory; name a clip, or a sequence such as {path.name}/frame.%04d.png"
        )
    if not path.exists():
        raise ValueError(f"{path}: no such file; check the name")
    if path.stat().st_size == 0:
        raise ValueError(f"{path.name}: is empty; make it again")
