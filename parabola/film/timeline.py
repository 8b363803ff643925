"""OpenTimelineIO files: shots in order, each with its frames, as editors import them.

The JSON is that of OTIO's own serialiser (schemas Timeline.1, Stack.1, Track.1, Clip.2,
ImageSequenceReference.1, ExternalReference.1, RationalTime.1, TimeRange.1); the library is not needed to
write it, and reads it in the tests. A rate is written as the exact quotient (24000 / 1001), which OTIO knows
by name; 23.976 it calls invalid.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Cut:
    """One shot on the timeline; paths are relative to the timeline's folder."""

    name: str
    frames: int
    start: int  # time code of the first frame, in frames
    sequence: str | None = None  # NAME.%04d.exr
    first: int = 1001  # number of the sequence's first frame
    movie: str | None = None
    media: tuple[int, int] | None = None  # first frame and number of frames of the movie, where it holds more


def timeline(name: str, cuts: list[Cut], rate: Fraction) -> dict[str, Any]:
    """The timeline as plain data."""
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {"parabola": {"rate": str(rate)}},
        "name": name,
        "global_start_time": _time(cuts[0].start, rate),
        "tracks": {
            **_item("Stack.1", "tracks"),
            "children": [
                {**_item("Track.1", "V1"), "kind": "Video", "children": [_clip(cut, rate) for cut in cuts]}
            ],
        },
    }


def write_timeline(path: Path, name: str, cuts: list[Cut], rate: Fraction) -> Path:
    """Write the timeline to `path` (.otio)."""
    path.write_text(json.dumps(timeline(name, cuts, rate), indent=4) + "\n")
    return path


def _item(schema: str, name: str) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": name,
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
    }


def _time(value: int, rate: Fraction) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(value)}


def _range(start: int, length: int, rate: Fraction) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start, rate), "duration": _time(length, rate)}


def _clip(cut: Cut, rate: Fraction) -> dict[str, Any]:
    whole = _range(cut.start, cut.frames, rate)
    held = _range(*cut.media, rate) if cut.media else whole
    media: dict[str, Any] = {}
    if cut.sequence is not None:
        media["DEFAULT_MEDIA"] = _sequence(cut, whole, rate)
    if cut.movie is not None:
        key = "review" if media else "DEFAULT_MEDIA"
        media[key] = _reference("ExternalReference.1", held, {"target_url": cut.movie})
    return {
        **_item("Clip.2", cut.name),
        "source_range": whole,
        "media_references": media,
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _reference(schema: str, whole: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    empty = {"metadata": {}, "name": "", "available_image_bounds": None}
    return {"OTIO_SCHEMA": schema, **empty, "available_range": whole, **more}


def _sequence(cut: Cut, whole: dict[str, Any], rate: Fraction) -> dict[str, Any]:
    assert cut.sequence is not None
    folder, _, name = cut.sequence.rpartition("/")
    prefix, mark, rest = name.partition("%")
    digits, _, suffix = rest.partition("d")
    return _reference("ImageSequenceReference.1", whole, {
        "target_url_base": f"{folder}/" if folder else "",
        "name_prefix": prefix,
        "name_suffix": suffix if mark else "",
        "start_frame": cut.first,
        "frame_step": 1,
        "rate": float(rate),
        "frame_zero_padding": int(digits or 0),
        "missing_frame_policy": "error",
    })  # fmt: skip
