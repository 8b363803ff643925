"""Pictures, animations, sprite sheets and sequences through Pillow and OpenEXR. Alpha is dropped."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from parabola.media.colour import from_linear
from parabola.media.formats import exact_rate, sequence_files
from parabola.media.metadata import Note, image_note, unpack
from parabola.media.readers import DEFAULT_RATE, Source, settle_rate

ENDINGS = {".png", ".gif", ".webp", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".apng"}


def is_image(path: Path) -> bool:
    """Whether the ending says picture or animation."""
    return path.suffix.lower() in ENDINGS


def read_image_file(path: Path) -> Source:
    """A picture, an animation (GIF, WebP, APNG) or a sprite sheet of ours."""
    with _opened(path) as image:
        note, count = image_note(image), getattr(image, "n_frames", 1)
        if note.sheet and count == 1:
            return _sheet(path, note, image.size)
        rate = (
            settle_rate(_animation_rate(image, count), note, count)
            if count > 1
            else note.rate or DEFAULT_RATE
        )
        height, width = _rgb(ImageOps.exif_transpose(image)).shape[:2]
    return Source(
        path=path, width=width, height=height, rate=rate, num_frames=count, metadata=note.settings,
        frames=lambda: _animation(path),
    )  # fmt: skip


def file_note(path: Path) -> Note:
    """The note of a picture or an animation."""
    with _opened(path) as image:
        return image_note(image)


def read_sequence(pattern: Path) -> Source:
    """NAME.%04d.png or .exr: the frames that are there, which have to be without a gap."""
    files = [p for _, p in _numbered(pattern)]
    first = _picture(files[0])
    note = sequence_note(pattern)

    def frames() -> Iterator[np.ndarray]:
        for path in files:
            rgb = _picture(path)
            if rgb.shape != first.shape:
                raise ValueError(
                    f"{path.name}: differs in size from {files[0].name}; make the frames one size"
                )
            yield rgb

    return Source(
        path=pattern, width=first.shape[1], height=first.shape[0], rate=note.rate or DEFAULT_RATE,
        num_frames=len(files), metadata=note.settings, frames=frames,
    )  # fmt: skip


def sequence_note(pattern: Path) -> Note:
    """The note in a sequence's first frame."""
    first = _numbered(pattern)[0][1]
    if first.suffix.lower() == ".exr":
        return _exr(first)[1]
    return file_note(first)


def _numbered(pattern: Path) -> list[tuple[int, Path]]:
    files = sequence_files(pattern)
    if not files:
        raise ValueError(f"{pattern}: no frame of this sequence is there; check the name")
    for (number, path), (following, _) in zip(files, files[1:], strict=False):
        if following != number + 1:
            raise ValueError(
                f"{pattern.name}: frame {number + 1} is missing after {path.name}; render it again"
            )
    return files


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The picture, with everything that Pillow raises on a damaged file as one line."""
    try:
        with Image.open(path) as image:
            yield image
    except UnidentifiedImageError:
        raise ValueError(f"{path.name}: not a picture that can be read; is it complete?") from None
    except (OSError, SyntaxError, EOFError, IndexError, struct.error, Image.DecompressionBombError) as error:
        raise ValueError(f"{path.name}: cut short or damaged ({error}); copy or make it again") from None


def _rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I"):  # 16-bit grey: Pillow would clip instead of scaling
        grey = (np.asarray(image, np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, -1)
    return np.array(image.convert("RGB"))


def _picture(path: Path) -> np.ndarray:
    if path.suffix.lower() == ".exr":
        return _exr(path)[0]
    with _opened(path) as image:
        return _rgb(ImageOps.exif_transpose(image))


def _animation(path: Path) -> Iterator[np.ndarray]:
    with _opened(path) as image:
        if getattr(image, "n_frames", 1) == 1:
            yield _rgb(ImageOps.exif_transpose(image))
            return
        for frame in ImageSequence.Iterator(image):
            yield _rgb(frame)


def _animation_rate(image: Image.Image, count: int) -> Fraction:
    """Frames per second from the mean duration; viewers play missing durations at 10."""
    total = 0.0
    for k in range(count):
        image.seek(k)
        image.load()  # WebP and GIF know a frame's duration once it is loaded
        total += image.info.get("duration", 0) or 100
    image.seek(0)
    return exact_rate(count * 1000 / total)


def _sheet(path: Path, note: Note, size: tuple[int, int]) -> Source:
    assert note.sheet is not None
    try:
        columns, rows, count = (int(note.sheet[k]) for k in ("columns", "rows", "frames"))
    except (KeyError, TypeError, ValueError):
        columns = rows = count = 0
    if min(columns, rows, count) < 1 or size[0] % columns or size[1] % rows or count > columns * rows:
        raise ValueError(f"{path.name}: its sprite sheet was resized or cropped; give the original")
    width, height = size[0] // columns, size[1] // rows

    def frames() -> Iterator[np.ndarray]:
        sheet = _picture(path)
        for k in range(count):
            y, x = k // columns * height, k % columns * width
            yield sheet[y : y + height, x : x + width].copy()

    return Source(
        path=path, width=width, height=height, rate=note.rate or DEFAULT_RATE, num_frames=count,
        metadata=note.settings, frames=frames,
    )  # fmt: skip


def _exr(path: Path) -> tuple[np.ndarray, Note]:
    try:
        import OpenEXR
    except ImportError:
        raise ValueError(
            "EXR needs the package OpenEXR; install it with: pip install 'parabola[film]'"
        ) from None
    try:
        with OpenEXR.File(str(path)) as file:
            channels, note = file.channels(), unpack(file.header().get("comments"))
            name = next((n for n in ("RGB", "RGBA") if n in channels), None)
            linear = None if name is None else np.array(channels[name].pixels)[..., :3]
    except (RuntimeError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else "unknown"
        raise ValueError(f"{path.name}: not an EXR file that can be read ({reason}); is it whole?") from None
    if linear is None:
        raise ValueError(
            f"{path.name}: has no R, G, B channels ({', '.join(channels)}); give the colour pass"
        )
    return from_linear(linear), note
