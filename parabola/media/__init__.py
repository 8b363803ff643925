"""Reading and writing clips."""

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
