"""What a video file holds besides its pictures: sound, tags, how its numbers become colours.

`probe` decodes two frames. `refuse_unfit` says in one line what a tool that writes 8-bit progressive pictures
cannot keep.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
from av.error import FFmpegError

from parabola.media.colour import HD_HEIGHT, SMPTE170M, UNSPECIFIED, Tags
from parabola.media.formats import is_sequence
from parabola.media.image_reader import is_image

HDR = {16: "PQ", 18: "HLG"}  # transfer characteristics, ITU-T H.273


@dataclass(frozen=True)
class Probe:
    """One video file."""

    container: str  # FFmpeg's names
    codec: str
    tags: Tags
    aspect: Fraction | None  # of a pixel, None where square
    depth: int  # bits per component
    interlaced: bool
    alpha: bool
    sound: tuple[str, ...]  # codecs
    metadata: dict[str, str] = field(default_factory=dict)


def probe(path: str | Path) -> Probe | None:
    """What is in a video file; None for pictures, animations, sequences and what cannot be opened."""
    path = Path(path)
    if is_sequence(path) or is_image(path):
        return None
    try:
        with av.open(str(path.absolute())) as container:
            stream = container.streams.video[0]
            frames = list(islice(container.decode(stream), 2))
            sound = tuple(s.codec_context.name for s in container.streams.audio)
            return _found(container, stream, frames, sound)
    except (FFmpegError, OSError, ValueError, IndexError):
        return None


def refuse_unfit(path: str | Path, found: Probe | None) -> None:
    """`ValueError` where mending would lose what cannot be kept."""
    name = Path(path).name
    if found is None:
        return
    if found.interlaced:
        raise ValueError(f"{name}: is interlaced; deinterlace it first (ffmpeg -i {name} -vf bwdif OUT.mkv)")
    if found.alpha:
        raise ValueError(f"{name}: has an alpha channel, which would be lost; flatten it first")
    if found.tags.transfer in HDR:
        kind = HDR[found.tags.transfer]
        raise ValueError(f"{name}: is HDR ({kind}), which 8-bit sRGB cannot hold; make an SDR version first")


def _found(container, stream, frames, sound) -> Probe:
    codec, form = stream.codec_context, stream.format
    tags = Tags(*(int(v or 0) for v in (codec.colorspace, codec.color_primaries, codec.color_trc)))
    matrix = tags.matrix if tags.matrix not in (0, UNSPECIFIED) else _assumed(stream.height)
    tags = Tags(matrix, tags.primaries, tags.transfer, 2 if int(codec.color_range or 0) == 2 else 1)
    aspect = codec.sample_aspect_ratio
    return Probe(
        container.format.name, codec.name, tags, None if aspect in (None, 0, 1) else aspect,
        max((c.bits for c in form.components), default=8) if form else 8,
        any(f.interlaced_frame for f in frames),
        bool(form and (form.has_palette is False) and any(c.is_alpha for c in form.components)),
        sound, dict(container.metadata),
    )  # fmt: skip


def _assumed(height: int) -> int:
    return 1 if height >= HD_HEIGHT else SMPTE170M
