"""Write a clip frame by frame; the name's ending chooses the format.

    with open_writer("clip.mp4", width=512, height=512, fps=24, metadata={"seed": 0}) as writer:
        for frame in frames:                       # uint8 (512, 512, 3), sRGB
            writer.write(frame)

Frames go to the encoder as they come. Everything is made in a hidden folder beside the target and moved into
place when it is complete: an error or Ctrl-C inside the block leaves an older file as it was and nothing half
written.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from parabola.media.formats import FIRST_FRAME, Format, check_output, is_sequence, sequence_files
from parabola.media.metadata import pack


def part_beside(path: Path) -> Path:
    """A new hidden folder beside `path`, to make it in. ValueError where nothing can be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{path.name}.part-", dir=path.parent))
    except OSError as error:
        raise ValueError(
            f"{path.parent}: cannot write there ({error.strerror}); choose another place"
        ) from None


class Writer:
    """One clip being written. Formats fill in `_start`, `_add` and `_finish`; `_close` frees what they
    hold open.
    """

    takes_linear = False  # whether float frames (linear light) are taken beside uint8 ones
    takes_deep = False  # whether uint16 frames (sRGB) are taken beside uint8 ones

    def __init__(
        self, path: Path, form: Format, size: tuple[int, int], rate: Fraction, settings: dict[str, Any]
    ) -> None:
        self.path, self.form, self.rate, self.settings = path, form, rate, settings
        self.width, self.height, self.channels = *size, 3
        self.num_frames = 0
        self.timecode, self.first = "", FIRST_FRAME
        self.note = pack(settings, rate)
        self._folder: Path | None = None

    def write(self, frame: np.ndarray) -> None:
        """Append one frame, uint8 (height, width, 3 or with alpha 4), sRGB, straight alpha; EXR also takes
        float (linear Rec.709).
        """
        if self._folder is None:
            raise ValueError("the writer is not open; use it in a with block")
        self._add(self._checked(frame))
        self.num_frames += 1

    def __enter__(self) -> Self:
        self._folder = part_beside(self.path)
        try:
            self._start(self._folder / self.path.name)
        except BaseException:
            self._discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                if self.num_frames == 0:
                    raise ValueError(f"{self.path.name}: no frame was written; a clip needs at least one")
                self._finish()
                self._move()
        finally:
            self._discard()

    def _checked(self, frame: np.ndarray) -> np.ndarray:
        frame = np.asarray(frame)
        wanted = (self.height, self.width, self.channels)
        if frame.shape != wanted:
            raise ValueError(f"frame {self.num_frames} has shape {frame.shape}; this clip needs {wanted}")
        deep = self.takes_deep and frame.dtype == np.uint16
        if frame.dtype != np.uint8 and not deep and not (self.takes_linear and frame.dtype.kind == "f"):
            raise ValueError(f"frame {self.num_frames} is {frame.dtype}; convert it to uint8 sRGB")
        return np.ascontiguousarray(frame)

    def _move(self) -> None:
        """Put what was made in place; frames of an older, longer sequence go."""
        assert self._folder is not None
        made = sorted(self._folder.iterdir())
        for part in made:
            part.replace(self.path.parent / part.name)
        if is_sequence(self.path):
            keep = {p.name for p in made}
            for _, old in sequence_files(self.path):
                if old.name not in keep:
                    old.unlink()

    def _discard(self) -> None:
        try:
            self._close()
        finally:
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    def _start(self, part: Path) -> None:
        """Open the encoder; `part` is where the file is made."""

    def _add(self, frame: np.ndarray) -> None:
        raise NotImplementedError

    def _finish(self) -> None:
        """Flush, so that everything is in the part folder."""

    def _close(self) -> None:
        """Free the encoder; called once more after `_finish`, and alone after an error."""


def write_clip(
    path: str | Path,
    frames: Iterable[np.ndarray],
    *,
    progress: Callable[[int, np.ndarray], Any] | None = None,
    **how: Any,
) -> None:
    """Write `frames` as they come; `how` goes to `open_writer`, `progress(k, frame)` is told of each."""
    with open_writer(path, **how) as writer:
        for k, frame in enumerate(frames):
            writer.write(frame)
            if progress is not None:
                progress(k, frame)


def open_writer(
    path: str | Path,
    *,
    width: int,
    height: int,
    fps: float | Fraction,
    metadata: dict[str, Any] | None = None,
    alpha: bool = False,
    codec: str = "",
    timecode: str = "",
    first: int = FIRST_FRAME,
) -> Writer:
    """A writer for `path`; refuses now (`ValueError`) what its format cannot hold.

    `metadata` is any JSON dictionary; `read_metadata` gives it back. With `alpha` frames have four channels.
    `codec` is a name of `parabola.media.codecs`, `timecode` that of the first frame (MOV, MP4, MXF), `first`
    the number of a sequence's first frame.
    """
    from parabola.media import animation_writers, image_writers, video_writer

    path = Path(path)
    form, rate = check_output(path, width, height, fps, alpha, codec)
    makers: dict[str, type[Writer]] = {
        "video": video_writer.VideoWriter,
        "gif": animation_writers.GifWriter,
        "webp": animation_writers.WebpWriter,
        "exr": image_writers.ExrWriter,
        "png": image_writers.PngWriter if is_sequence(path) else image_writers.SheetWriter,
    }
    writer = makers[form.kind](path, form, (width, height), rate, metadata or {})
    writer.channels = 4 if alpha else 3
    writer.timecode, writer.first = timecode, first
    return writer
