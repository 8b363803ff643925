"""Reading and writing clips. Names are imported on first use: the command line lists codecs without NumPy."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parabola.media.formats import FORMATS, check_output, exact_rate, format_of, frame_path, is_sequence
    from parabola.media.readers import Source, read_clip, read_image, read_metadata
    from parabola.media.writers import Writer, open_writer, write_clip

__all__ = [
    "FORMATS",
    "Source",
    "Writer",
    "check_output",
    "exact_rate",
    "format_of",
    "frame_path",
    "is_sequence",
    "open_writer",
    "read_clip",
    "read_image",
    "read_metadata",
    "write_clip",
]
_READ = {"Source", "read_clip", "read_image", "read_metadata"}
_WRITE = {"Writer", "open_writer", "write_clip"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'parabola.media' has no attribute {name!r}")
    home = "readers" if name in _READ else "writers" if name in _WRITE else "formats"
    return getattr(import_module(f"parabola.media.{home}"), name)
