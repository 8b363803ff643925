"""Packets carried from file to file without decoding: sound beside new pictures, whole streams unchanged.

A finished video gets the sound and the tags of the file that it was made from; sound whose codec the new
container cannot hold is encoded anew (AAC, or Opus for WebM). A clip that stays as it is keeps its bits: the
file is copied where the ending is the same, its packets where the container takes the codec.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import av
from av.error import FFmpegError

from parabola.media.formats import FORMATS
from parabola.media.video_writer import CONTAINER_OPTIONS

FALLBACK = {"webm": "libopus"}  # sound codec where the old one does not fit; AAC elsewhere
OWN_TAGS = {"major_brand", "minor_version", "compatible_brands", "encoder", "comment"}


def add_sound(video: Path, source: Path, container: str) -> None:
    """Put the sound and the tags of `source` into the finished file `video`, in place."""
    part = video.with_name(f".sound-{video.name}")
    with av.open(str(video)) as pictures, av.open(str(source)) as old:
        options = CONTAINER_OPTIONS.get(container, {"fflags": "+bitexact"})
        with av.open(str(part), "w", format=container, container_options=options) as new:
            kept = {k: v for k, v in old.metadata.items() if k.lower() not in OWN_TAGS}
            new.metadata.update({**kept, **_note(pictures)})
            length = float(pictures.duration or 0) / av.time_base
            streams = [_Copy(new, pictures, pictures.streams.video[0])]
            streams += [_sound(new, old, s, container) for s in old.streams.audio]
            _interleave(new, streams, length)
    part.replace(video)


def copy_clip(source: Path, target: Path) -> bool:
    """Write `source` unchanged to `target` if file or packets can be copied; whether that was possible."""
    if source.suffix.lower() == target.suffix.lower():
        return _copied_file(source, target)
    form = FORMATS[target.suffix.lower()]
    if form.kind != "video" or form.lossless:
        return False
    part = target.with_name(f".part-{target.name}")
    try:
        with av.open(str(source)) as old, av.open(str(part), "w", format=form.container) as new:
            wanted = [s for s in old.streams if s.type in ("video", "audio")]
            if any(s.codec_context.name not in _fits(new) for s in wanted):
                return False
            new.metadata.update(old.metadata)
            _interleave(new, [_Copy(new, av.open(str(source)), s) for s in wanted], float("inf"))
        part.replace(target)
        return True
    except (FFmpegError, ValueError):
        return False
    finally:
        part.unlink(missing_ok=True)


def _copied_file(source: Path, target: Path) -> bool:
    part = target.with_name(f".part-{target.name}")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return True


def _note(container) -> dict[str, str]:
    return {k: v for k, v in container.metadata.items() if k.lower() == "comment"}


def _fits(container) -> set[str]:
    """Names of the codecs that a container takes."""
    return set(container.supported_codecs)


class _Copy:
    """One stream whose packets are carried over."""

    def __init__(self, new, old, stream):
        self.old, self.stream = old, stream
        self.out = new.add_stream_from_template(stream)

    def packets(self) -> Iterator[tuple[float, av.Packet]]:
        """(seconds, packet) in decoding order."""
        time = 0.0
        for packet in self.old.demux(self.stream):
            if not packet.size:  # the flush at the end
                continue
            if packet.dts is not None:  # Matroska does not tell it for every packet
                time = float(packet.dts * packet.time_base)
            packet.stream = self.out
            yield time, packet


class _Encode:
    """One sound stream that is encoded anew."""

    def __init__(self, new, old, stream, codec: str):
        self.old, self.stream = old, stream
        self.out = new.add_stream(codec, rate=48000 if codec == "libopus" else stream.rate)
        self.out.layout = stream.layout

    def packets(self) -> Iterator[tuple[float, av.Packet]]:
        """(seconds, packet)."""
        for frame in chain(self.old.decode(self.stream), [None]):
            for packet in self.out.encode(frame):
                yield float((packet.dts or 0) * packet.time_base), packet


def _sound(new, old, stream, container: str):
    again = av.open(old.name)
    same = again.streams[stream.index]
    if stream.codec_context.name in _fits(new):
        return _Copy(new, again, same)
    return _Encode(new, again, same, FALLBACK.get(container, "aac"))


def _interleave(new, streams, length: float) -> None:
    """Mux the streams' packets in the order of their times; sound ends with the pictures."""
    heads = []
    for n, stream in enumerate(streams):
        source = stream.packets()
        with contextlib.suppress(StopIteration):
            heads.append([*next(source), n, source])
    while heads:
        head = min(heads, key=lambda h: (h[0], h[2]))
        if head[0] < length + 0.5:
            new.mux(head[1])
        following = next(head[3], None)
        if following is None:
            heads.remove(head)
        else:
            head[0], head[1] = following
