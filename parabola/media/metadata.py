"""The note that every clip carries: which settings made it, and at which exact rate it plays.

The note is one line of JSON, `{"parabola": 1, "rate": "24000/1001", "settings": {...}}`, kept where each
format has room for text: the comment tag of MP4, MOV, MKV and WebM, a tEXt chunk of PNG, a comment block of
GIF, the Exif description of WebP, the `comments` attribute of EXR.
"""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image

EXIF_DESCRIPTION = 0x010E


@dataclass(frozen=True)
class Note:
    """What `pack` wrote; empty for a file of another tool."""

    settings: dict[str, Any] = field(default_factory=dict)
    rate: Fraction | None = None  # frames per second
    sheet: dict[str, int] | None = None  # columns, rows, frames of a sprite sheet


def pack(settings: dict[str, Any], rate: Fraction, sheet: dict[str, int] | None = None) -> str:
    """One line of ASCII JSON; `ValueError` for what JSON cannot hold (NaN, objects)."""
    note: dict[str, Any] = {"parabola": 1, "rate": str(rate), "settings": settings}
    if sheet:
        note["sheet"] = sheet
    try:
        return json.dumps(note, allow_nan=False, sort_keys=True, default=_plain)
    except (TypeError, ValueError) as error:
        raise ValueError(f"metadata: {error}; use numbers, text, lists and dictionaries") from None


def unpack(text: str | bytes | None) -> Note:
    """The note in `text`, an empty one where it is not ours."""
    try:
        data = json.loads(text or "")
        rate = Fraction(data["rate"])
        return Note(dict(data["settings"]), rate if rate > 0 else None, data.get("sheet"))
    except (ValueError, KeyError, TypeError, ZeroDivisionError):
        return Note()


def _plain(value: Any) -> Any:
    """Numpy numbers and arrays, paths and fractions as JSON."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Path | Fraction):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be stored")


def copy_gif(source: Path, target: Path, text: str) -> None:
    """Copy a GIF89a file and add a comment extension (section 24) behind its head and loop block."""
    raw = text.encode("ascii")
    blocks = b"".join(bytes([len(raw[i : i + 255])]) + raw[i : i + 255] for i in range(0, len(raw), 255))
    with source.open("rb") as old, target.open("wb") as new:
        head = old.read(13)  # header and logical screen descriptor
        head += old.read(3 << (head[10] & 7) + 1 if head[10] & 0x80 else 0)  # global colour table
        following = old.read(19)
        if following[:2] != b"\x21\xff":  # not the loop block, which stays first
            old.seek(len(head))
            following = b""
        new.write(head + following + b"\x21\xfe" + blocks + b"\0")
        shutil.copyfileobj(old, new)


def add_webp_exif(data: bytes, text: str, width: int, height: int) -> bytes:
    """WebP file with an EXIF chunk that holds `text`; makes the VP8X header where there is none."""
    exif = Image.Exif()
    exif[EXIF_DESCRIPTION] = text
    body = data[12:]
    if body[:4] != b"VP8X":
        size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        body = _chunk(b"VP8X", bytes(4) + size) + body
    body = body[:8] + bytes([body[8] | 0x08]) + body[9:] + _chunk(b"EXIF", exif.tobytes())
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def add_png_text(path: Path, text: str) -> None:
    """Put `text` into a PNG or APNG file as a tEXt chunk behind its header chunk (PNG 3rd ed., 11.3.3)."""
    data = path.read_bytes()
    body = b"tEXtparabola\0" + text.encode("latin-1")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    path.write_bytes(data[:33] + chunk + data[33:])


def _chunk(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def image_note(image: Image.Image) -> Note:
    """The note in an image that Pillow has opened (PNG, GIF, WebP)."""
    text = image.info.get("parabola") or image.info.get("comment") or image.getexif().get(EXIF_DESCRIPTION)
    return unpack(text)
