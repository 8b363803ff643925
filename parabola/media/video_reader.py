"""Video files through PyAV.

A clip is taken to be what a player shows: turned upright, in square time. The packets' time stamps are read
first. Where they are even (a container's rounding and a camera's jitter included) every frame counts once;
where they are not, frames are held or left out so that frame k shows time k / rate, as a player would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from parabola.media.colour import to_rgb
from parabola.media.formats import exact_rate
from parabola.media.metadata import Note, unpack
from parabola.media.readers import Source, settle_rate

EVEN = 0.6  # of a frame: how far a frame may be from its place in an evenly timed clip
MAX_HOLD = 8  # times more frames out than in, before uneven timing is refused
MAX_FPS = 1000
SEEK_BACK = 0.5  # s before the frame wanted: a key frame's time stamp may be later than that of what follows


@dataclass(frozen=True)
class Timing:
    """When the frames show. `times` (n,) s from the first one, sorted; `even` if frame k is at k / rate."""

    times: np.ndarray
    rate: Fraction
    even: bool


def read_video(path: Path) -> Source:
    """Open a video; decodes one frame for its size and rotation."""
    with _opened(path) as container:
        note = _note(container)
        timing = _timing(path, container, note)
    first = next(_decoded(path), None)
    if first is None:
        raise ValueError(f"{path.name}: holds no frame that can be decoded; make it again")
    count = len(timing.times) if timing.even else len(_grid(timing))
    if count > MAX_HOLD * len(timing.times) + 1:
        raise ValueError(f"{path.name}: its frame times are too uneven; re-encode it at a constant rate")
    return Source(
        path=path, width=first[1].shape[1], height=first[1].shape[0], rate=timing.rate, num_frames=count,
        metadata=note.settings, frames=lambda: _frames(path, timing),
        seek=(lambda k: _from(path, timing, k)) if timing.even else None,
    )  # fmt: skip


def video_note(path: Path) -> Note:
    """The note of a video file."""
    with _opened(path) as container:
        return _note(container)


def _opened(path: Path) -> InputContainer:
    try:
        container = av.open(str(path.absolute()))
    except (FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "unknown format"
        raise ValueError(f"{path.name}: not a video that can be read ({reason}); is it complete?") from None
    if not container.streams.video or container.format.name == "tty":
        container.close()
        raise ValueError(f"{path.name}: holds no video; give a clip or a picture")
    return container


def _note(container: InputContainer) -> Note:
    tags = {k.lower(): v for k, v in container.metadata.items()}
    return unpack(tags.get("comment"))


def _timing(path: Path, container: InputContainer, note: Note) -> Timing:
    stream = container.streams.video[0]
    stamps, damaged = _stamps(container, stream)
    base = stream.time_base or Fraction(1, 1000)
    if not stamps:
        raise ValueError(f"{path.name}: holds no video frame; make it again")
    if damaged or _is_cut(container, stream, stamps, base):
        raise ValueError(f"{path.name}: the file is cut short or damaged; copy or make it again")
    declared = stream.average_rate or stream.guessed_rate or Fraction(24)
    if None in stamps:  # raw streams and some AVI files carry no times: the declared rate is all there is
        return Timing(
            np.arange(len(stamps)) / float(declared), settle_rate(declared, note, len(stamps)), True
        )
    ticks = np.sort(np.array(stamps, float))
    times = (ticks - ticks[0]) * float(base)
    rate = settle_rate(_measured_rate(times, declared), note, len(times))
    return Timing(times, rate, _is_even(times, rate))


def _stamps(container: InputContainer, stream: VideoStream) -> tuple[list[int | None], bool]:
    """Presentation times of the frames in ticks, and whether a packet is damaged."""
    stamps: list[int | None] = []
    damaged = False
    try:
        for packet in container.demux(stream):
            if packet.size and not packet.is_discard:
                stamps.append(packet.pts)
                damaged |= packet.is_corrupt
    except FFmpegError:
        damaged = True
    return stamps, damaged


def _is_cut(container: InputContainer, stream: VideoStream, stamps: list[int | None], base: Fraction) -> bool:
    """Whether fewer frames are there than the header promises."""
    if stream.frames and len(stamps) < stream.frames and "mp4" in container.format.name:
        return stream.frames - len(stamps) > _discarded(container, stream)
    known = [s for s in stamps if s is not None]
    if not container.duration or len(known) < 2 or "matroska" not in container.format.name:
        return False
    if len(container.streams) > 1:  # the length may be that of the sound
        return False
    step = (max(known) - min(known)) / (len(known) - 1)
    missing = container.duration / av.time_base - float((max(known) + step) * base)
    return missing > float(2 * step * base) + 0.005


def _discarded(container: InputContainer, stream: VideoStream) -> int:
    """Frames that an edit list cuts away on purpose."""
    container.seek(0, stream=stream)
    return sum(1 for packet in container.demux(stream) if packet.size and packet.is_discard)


def _measured_rate(times: np.ndarray, declared: Fraction) -> Fraction:
    """The declared rate where the times bear it out, else theirs."""
    if len(times) < 2:
        return exact_rate(declared) if 0 < declared <= MAX_FPS else Fraction(24)
    if 0 < declared <= MAX_FPS and _is_even(times, declared):
        return declared if declared.denominator <= 1001 else exact_rate(float(declared))
    mean = (len(times) - 1) / max(times[-1], 1e-3)
    typical = 1 / max(float(np.median(np.diff(times))), 1e-3)
    return exact_rate(min(mean if _is_even(times, mean) else typical, MAX_FPS))


def _is_even(times: np.ndarray, rate: float | Fraction) -> bool:
    return bool(np.all(np.abs(times * float(rate) - np.arange(len(times))) < EVEN))


def _decoded(path: Path, start: float | None = None) -> Iterator[tuple[float, np.ndarray]]:
    """(time s, upright RGB) of every frame, or of those from the last key frame before `start` s on."""
    with _opened(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        if start is not None:
            container.seek(int(start * av.time_base), backward=True)
        scaler = VideoReformatter()
        size: tuple[int, ...] | None = None
        try:
            for frame in container.decode(stream):
                turns = round(frame.rotation / 90) % 4
                rgb = np.ascontiguousarray(np.rot90(to_rgb(frame, scaler), turns))
                if size not in (None, rgb.shape):
                    raise ValueError(
                        f"{path.name}: the picture changes its size on the way; re-encode it at one size"
                    )
                size = rgb.shape
                yield float(frame.time or 0.0), rgb
        except FFmpegError as error:
            raise ValueError(
                f"{path.name}: cannot be decoded ({error.strerror}); copy or make it again"
            ) from None


def _from(path: Path, timing: Timing, first: int) -> Iterator[np.ndarray]:
    """The frames of an evenly timed file from number `first` on.

    A frame is known by its time after the file's first one; where a seek lands behind the frame that was
    asked for, the file is read from its start.
    """
    origin = _origin(path)
    half = 0.5 / float(timing.rate)
    wanted = origin + timing.times[min(first, len(timing.times) - 1)] - half
    stream = _decoded(path, max(wanted - SEEK_BACK, 0.0))
    head = next(stream, None)
    if head is None or head[0] > wanted + half:
        yield from islice(_frames(path, timing), first, None)
        return
    yield from (rgb for time, rgb in chain([head], stream) if time >= wanted)


def _origin(path: Path) -> float:
    """Time in s of the first frame that is shown."""
    with _opened(path) as container:
        for frame in container.decode(container.streams.video[0]):
            return float(frame.time or 0.0)
    return 0.0


def _grid(timing: Timing) -> np.ndarray:
    """For each frame k of the even clip, the index of the frame that shows at k / rate."""
    rate = float(timing.rate)
    if timing.times[-1] * rate > 1e7:
        return np.zeros(10**7, int)
    wanted = np.arange(round(timing.times[-1] * rate) + 1) / rate
    return np.searchsorted(timing.times, wanted + 0.5 / rate, side="left") - 1


def _frames(path: Path, timing: Timing) -> Iterator[np.ndarray]:
    if timing.even:
        yield from (rgb for _, rgb in _decoded(path))
        return
    repeats = np.bincount(_grid(timing), minlength=len(timing.times))
    for (_, rgb), times in zip(_decoded(path), repeats, strict=False):
        for _ in range(times):
            yield rgb.copy()
