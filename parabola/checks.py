"""What is checked before any work starts, for the command line and the Python interface alike.

Every refusal is a ValueError of one line with the cause and the fix.
"""

from __future__ import annotations

import math
import os
import re
import secrets
from pathlib import Path

MIN_SIDE, MAX_SIDE = 16, 8192  # px
MAX_FRAMES = 100_000
MAX_FPS = 1000.0
MAX_MEMORY = 16e9  # bytes
BYTES_PER_PIXEL = 1500  # guide planes, warp buffers and the painter's activations, per pixel of one frame
BYTES_PER_FRAME = 32 * 13 * 8  # states of 32 balls
PASSES = ("depth", "normal", "motion", "id", "guide", "position", "albedo", "shadow")
_NAMED_SIZES = {"240p": (426, 240), "360p": (640, 360), "480p": (854, 480), "720p": (1280, 720),
                "1080p": (1920, 1080),
                "1440p": (2560, 1440), "2160p": (3840, 2160), "4k": (3840, 2160)}  # fmt: skip


def size(text: str) -> tuple[int, int]:
    """'512x512', '832*480', '720p' or '512' -> (width, height) in pixels."""
    text = text.strip().lower()
    if text in _NAMED_SIZES:
        return _NAMED_SIZES[text]
    match = re.fullmatch(r"(\d{1,6})(?:\s*[x*×,:]\s*(\d{1,6}))?", text)
    if not match:
        raise ValueError(f"cannot read {text!r} as a size; give WIDTHxHEIGHT in pixels such as 512x512")
    width = int(match[1])
    return check_size(width, int(match[2] or width))


def check_size(width: object, height: object) -> tuple[int, int]:
    """Both sides whole numbers from 16 to 8192 px."""
    for side in (width, height):
        if not isinstance(side, int) or isinstance(side, bool) or not MIN_SIDE <= side <= MAX_SIDE:
            raise ValueError(
                f"size {width}x{height} is out of range; give {MIN_SIDE} to {MAX_SIDE} px a side"
            )
    return width, height  # type: ignore[return-value]


def fps(value: object) -> float:
    """Frames per second, finite and in (0, 1000]."""
    rate = number(value, "a frame rate such as 24")
    if not 0 < rate <= MAX_FPS:
        raise ValueError(
            f"{value} frames per second is out of range; give more than 0 and at most {MAX_FPS:g}"
        )
    return rate


def number(value: object, example: str) -> float:
    """A finite float."""
    try:
        result = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is not a number; give {example}") from None
    if not math.isfinite(result):
        raise ValueError(f"{value} is not finite; give {example}")
    return result


def whole(value: object, low: int, high: int, what: str) -> int:
    """A whole number in [low, high]."""
    try:
        result = int(str(value), 10)
    except ValueError:
        raise ValueError(f"{value!r} is not a whole number; give {what}") from None
    if not low <= result <= high:
        raise ValueError(f"{value} is out of range; give {what}")
    return result


def frames(value: object) -> int:
    return whole(value, 1, MAX_FRAMES, f"1 to {MAX_FRAMES} frames")


def steps(value: object) -> int:
    return whole(value, 1, 4, "1 to 4 denoising steps")


def seed(value: object) -> int:
    """A seed, or -1, which asks for a random one."""
    return whole(value, -1, 2**63 - 1, "a whole number from 0 to 9223372036854775807, or -1 for a random one")


def drawn_seed(value: int) -> int:
    """`value`, or a random seed for -1."""
    return secrets.randbelow(2**31) if value == -1 else value


def duration(seconds: object, rate: float) -> int:
    """Frames that last `seconds` at `rate`."""
    length = number(seconds, "a duration in seconds such as 4")
    count = round(length * rate) if length * rate < 1e9 else 10**9
    if not 1 <= count <= MAX_FRAMES:
        raise ValueError(
            f"{seconds} s at {rate:g} frames per second is {count} frames; give 1 to {MAX_FRAMES} frames"
        )
    return count


def memory(width: int, height: int, num_frames: int) -> None:
    """Refuse what would need more than 16 GB."""
    need = width * height * BYTES_PER_PIXEL + num_frames * BYTES_PER_FRAME
    if need > MAX_MEMORY:
        raise ValueError(
            f"{width}x{height} px and {num_frames} frames would need about {need / 1e9:.0f} GB of memory;"
            f" the limit is {MAX_MEMORY / 1e9:.0f} GB: give a smaller --size"
        )


def idents(text: str) -> tuple[int, ...]:
    """'1,3' -> (1, 3): numbers of objects as the report gives them."""
    return tuple(whole(part.strip(), 1, 9999, "object numbers such as 1,3") for part in text.split(","))


def share(text: object) -> float:
    """A number from 0 to 1."""
    value = number(text, "a share such as 0.5")
    if not 0 <= value <= 1:
        raise ValueError(f"{text} is out of range; give 0 to 1")
    return value


def shutter(text: object) -> float:
    """Degrees that a shutter is open, 0 to 360."""
    value = number(text, "an angle such as 180")
    if not 0 <= value <= 360:
        raise ValueError(f"a shutter of {text} degrees is out of range; give 0 (sharp) to 360, such as 180")
    return value


def positive(text: object) -> float:
    """A number above 0."""
    value = number(text, "a number above 0 such as 400")
    if value <= 0:
        raise ValueError(f"{text} is out of range; give a number above 0")
    return value


def passes(text: str) -> tuple[str, ...]:
    """'depth,normal' -> ('depth', 'normal')."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in PASSES]
    if unknown or not names:
        raise ValueError(f"unknown pass {(unknown or [text])[0]!r}; choose from {','.join(PASSES)}")
    return names


CAMERA_MOVES = ("fixed", "pan", "tilt", "dolly", "orbit", "handheld")


def camera_move(text: str) -> tuple[str, float]:
    """'orbit:30' -> ('orbit', 30.0): a move and its rate, 1 where none is given."""
    move, mark, rate = text.partition(":")
    if move not in CAMERA_MOVES:
        known = ", ".join(CAMERA_MOVES)
        raise ValueError(f"unknown camera move {move!r}; choose from {known}, as in orbit:30")
    speed = number(rate, "a rate such as orbit:30 (deg/s) or dolly:0.5 (m/s)") if mark else 1.0
    if abs(speed) > 720:
        raise ValueError(f"a camera rate of {rate} is out of range; give -720 to 720")
    return move, 0.0 if move == "fixed" else speed


def numbers(text: str, count: int, what: str) -> tuple[float, ...]:
    """'1,2,3' -> (1.0, 2.0, 3.0): exactly `count` finite numbers."""
    parts = text.split(",")
    if len(parts) != count:
        raise ValueError(f"{text!r} has {len(parts)} number(s); give {what}")
    return tuple(number(part.strip(), what) for part in parts)


def box(text: str) -> tuple[float, float, float, float]:
    """'x,y,w,h' in px, of a size."""
    x, y, w, h = numbers(text, 4, "a box x,y,w,h in px such as 120,80,60,60")
    if w < 4 or h < 4:
        raise ValueError(f"box {text} is too small; give w and h of 4 px or more")
    return x, y, w, h


def writable(path: str | Path, what: str = "output") -> Path:
    """`path` can be written: its folder is there and lets us."""
    if not str(path).strip() or "\0" in str(path):
        raise ValueError(f"{what} {str(path)!r} is not a file name; give one such as clip.mp4")
    path = Path(path)
    try:
        if path.is_dir():
            raise ValueError(f"{what} {path} is a folder; give a file name in it")
        folder = path.parent
        if not folder.is_dir():
            raise ValueError(f"{what} folder {folder} does not exist; make it first")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ValueError(
                f"{what} folder {folder} is not writable; choose another or change its permissions"
            )
    except OSError as error:
        raise ValueError(f"{what} {path}: {error.strerror or error}; choose another name") from None
    return path


def readable(path: str | Path, what: str) -> Path:
    """`path` is a file that can be read (or a frame sequence pattern whose folder exists)."""
    path = Path(path)
    try:
        if "%" in path.name or "#" in path.name:
            if path.parent.is_dir():
                return path
        elif path.is_file():
            with path.open("rb"):
                return path
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{what} {path} cannot be read ({getattr(error, 'strerror', None) or error})"
        ) from None
    reason = "is a folder" if path.is_dir() else "does not exist"
    raise ValueError(f"{what} {path} {reason}; give a file that exists")
