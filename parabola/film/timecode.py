"""SMPTE time code (ST 12-1): numbers of frames as hours, minutes, seconds, frames.

Above 30 frames per second the code counts pairs of frames and marks the second of each by the field bit (ST
12-1, section 12.1). Drop-frame counting, at 29.97 and 59.94 only, skips two numbers a minute but not in every
tenth, so that the code keeps to the clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_CODE = re.compile(r"(\d\d):([0-5]\d):([0-5]\d)([:;])(\d\d)")


@dataclass(frozen=True)
class Timecode:
    """One frame's code at a rate; `frame` counts at that rate, pairs are made where it is written."""

    hours: int
    minutes: int
    seconds: int
    frame: int
    drop: bool = False

    def __str__(self) -> str:
        mark = ";" if self.drop else ":"
        return f"{self.hours:02d}:{self.minutes:02d}:{self.seconds:02d}{mark}{self.frame:02d}"


def counts(rate: Fraction) -> int:
    """Frames that the code counts in a second: 24 at 23.976."""
    return -(-rate.numerator // rate.denominator)


def parse(text: str, rate: Fraction) -> int:
    """'01:00:00:00', or with ';' for drop-frame, -> frames since midnight; ValueError where it cannot be."""
    found, fps = _CODE.fullmatch(text.strip()), counts(rate)
    if not found or int(found[1]) > 23:
        raise ValueError(f"time code {text!r} cannot be read; give HH:MM:SS:FF such as 01:00:00:00")
    hours, minutes, seconds, frame = (int(found[k]) for k in (1, 2, 3, 5))
    drop = found[4] == ";"
    if drop and (rate.denominator != 1001 or fps % 30):
        raise ValueError(f"time code {text!r}: drop-frame is for 29.97 and 59.94; write it with ':'")
    if frame >= fps:
        raise ValueError(f"time code {text!r}: a second has frames 00 to {fps - 1:02d} at this rate")
    skipped = fps // 15
    if drop and seconds == 0 and frame < skipped and minutes % 10:
        raise ValueError(f"time code {text!r} is one that drop-frame skips; give {text[:-2]}{skipped:02d}")
    total = ((hours * 60 + minutes) * 60 + seconds) * fps + frame
    whole = hours * 60 + minutes
    return total - skipped * (whole - whole // 10) if drop else total


def at(number: int, rate: Fraction, drop: bool = False) -> Timecode:
    """The code of the frame `number` frames after midnight; it goes round after a day."""
    fps = counts(rate)
    if drop:
        skipped, ten = fps // 15, fps * 600 - 9 * (fps // 15)
        tens, rest = divmod(number, ten)
        number += skipped * (9 * tens + max(rest - skipped, 0) // (fps * 60 - skipped))
    number %= fps * 86400
    seconds, frame = divmod(number, fps)
    return Timecode(seconds // 3600, seconds // 60 % 60, seconds % 60, frame, drop)


def paired(code: Timecode, rate: Fraction) -> tuple[int, bool]:
    """(frame number as it is written, field bit): above 30 frames per second pairs are counted."""
    return (code.frame // 2, bool(code.frame % 2)) if counts(rate) > 30 else (code.frame, False)
