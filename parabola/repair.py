"""`parabola correct`: a finished clip in, the same clip with its motion mended out, and what was done.

The work is `correction.finished`; here are the files: what can be taken, what is kept (sound, tags, rate,
colours), where the results go. Everything that can fail is checked before the work starts, an older file
survives errors, and a clip that needs nothing is copied packet by packet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from correction.finished import examine
from correction.retime import retime, wanted_gravity
from correction.summary import summary
from correction.verdict import Repair, RepairConfig
from parabola import checks
from parabola.clip import Clip
from parabola.loop import Seam, closed
from parabola.media import Source, check_output, is_sequence, open_writer, read_clip
from parabola.media.probe import Probe, probe, refuse_unfit
from parabola.media.remux import copy_clip
from parabola.media.video_writer import VideoWriter

SHORTEST_LOOP, LONGEST_FADE = 16, 24  # frames
OPEN = 1.5  # times the usual step from frame to frame: a larger one over the seam shows
LONGEST, LARGEST = 100_000, 40e6  # frames; pixels
Progress = Callable[[int, Any], Any]


@dataclass(frozen=True)
class Correction:
    """A repaired clip and the report on it."""

    clip: Clip
    report: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Files to write beside the clip; `reports` end in .json or .html."""

    reports: tuple[Path, ...] = ()
    preview: Path | None = None
    overwrite: bool = False
    gravity: str | None = None  # earth, moon, ... or m/s^2: the clip is re-timed to it
    scale: float | None = None  # px per metre
    loop: bool = False  # the end is to lead to the beginning


@dataclass
class _Counted:
    """A clip that tells how far it was read: the passes of a repair make the progress."""

    source: Source
    progress: Progress | None
    width: int = field(init=False)
    height: int = field(init=False)
    fps: float = field(init=False)
    done: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.width, self.height, self.fps = self.source.width, self.source.height, self.source.fps

    def frames(self) -> Iterator[np.ndarray]:
        """From the start; uint8 (H, W, 3)."""
        return self.between(0, None)

    def between(self, first: int, last: int | None) -> Iterator[np.ndarray]:
        """Frames [first, last)."""
        for frame in self.source.between(first, last):
            if self.progress is not None:
                self.progress(next(self.done), frame)
            yield frame


def correct_array(frames: np.ndarray, fps: float, config: RepairConfig) -> Correction:
    """Repair frames, uint8 (T, H, W, 3)."""
    from physics.estimator import ArrayVideo

    video = ArrayVideo(_checked(frames), checks.fps(fps))
    repair = examine(video, config)
    mended = np.stack(list(repair.frames(video)))
    return Correction(Clip(mended, fps), summary(repair, video))


def correct_clip(path: str | Path, config: RepairConfig) -> Correction:
    """Repair a file; the frames are mended as they are asked for."""
    source = _opened(path)
    video = _Counted(source, None)
    repair = examine(video, config)
    return Correction(
        Clip(_Again(repair, video), source.fps, metadata=source.metadata), summary(repair, video)
    )


@dataclass(frozen=True)
class _Again:
    """The mended frames, as often as asked for."""

    repair: Repair
    video: _Counted

    def __iter__(self) -> Iterator[np.ndarray]:
        return self.repair.frames(self.video)

    def __len__(self) -> int:
        return self.repair.num_frames


def correct_file(
    path: str | Path,
    out: str | Path,
    config: RepairConfig,
    outputs: Outputs = Outputs(),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Repair `path` into `out`; returns the report. `ValueError` for what cannot be read, kept or written."""
    path, out = Path(path), Path(out)
    check_places(path, out, outputs)
    if outputs.gravity is not None:
        wanted_gravity(outputs.gravity, outputs.scale, 1.0)
        if outputs.preview is not None:
            raise ValueError("--preview compares frame by frame; leave it out with --target-gravity")
    found = probe(path)
    refuse_unfit(path, found)
    source = _opened(path)
    check_output(out, source.width, source.height, source.rate)
    video = _Counted(source, progress)
    repair = examine(video, replace(config, retimes=outputs.gravity is not None))
    if outputs.gravity is not None and repair.decision != "refused":
        repair = retime(repair, wanted_gravity(outputs.gravity, outputs.scale, video.fps))
    seam = Closing.of(video) if outputs.loop and repair.decision != "refused" else None
    _write(repair, video, path, out, found, seam)
    report = summary(repair, video)
    if seam is not None:
        report = seam.told(report)
    write_reports(repair, video, report, outputs)
    return report


def check_places(path: Path, out: Path, outputs: Outputs) -> None:
    """No two results in one place, nothing over the input unless that is asked for."""
    places = [out, *outputs.reports, *([outputs.preview] if outputs.preview else [])]
    if len({p.resolve() for p in places}) < len(places):
        raise ValueError("two of the outputs name the same file; give each a name of its own")
    for place in places:
        if place.resolve() == path.resolve() and (place != out or not outputs.overwrite):
            raise ValueError(f"{place} is the input; give another name, or --overwrite to replace it")
    if out.exists() and path.exists() and out.samefile(path) and not outputs.overwrite:
        raise ValueError(f"{out} is the input; give another name, or --overwrite to replace it")


def _opened(path: str | Path) -> Source:
    source = read_clip(path)
    if source.width * source.height > LARGEST:
        size = f"{source.width}x{source.height} px"
        raise ValueError(f"{Path(path).name}: {size} is more than {LARGEST:.0e} pixels; scale it down first")
    if source.num_frames > LONGEST:
        raise ValueError(
            f"{Path(path).name}: {source.num_frames} frames; at most {LONGEST} can be mended at once"
        )
    return source


def _checked(frames: np.ndarray) -> np.ndarray:
    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or not len(frames):
        raise ValueError(
            f"frames are {frames.dtype} {frames.shape}; they have to be uint8 (frames, height, width, 3)"
        )
    return frames


@dataclass
class Closing:
    """A clip whose end is to lead to its beginning: its last `overlap` frames fade into its first, which are
    dropped. Ratios are those of `loop.Seam`: the step over the seam beside the usual step.
    """

    overlap: int  # 0 where the seam is no larger than other steps
    before: float | None
    after: Seam = field(default_factory=Seam)

    @staticmethod
    def of(video: _Counted) -> Closing:
        """What it takes to close the clip; `ValueError` where it is too short."""
        seam, count = Seam(), 0
        for frame in video.frames():
            seam.see(frame)
            count += 1
        if count < SHORTEST_LOOP:
            raise ValueError(f"--loop: {count} frames are too few to close; give at least {SHORTEST_LOOP}")
        open_ = seam.ratio is not None and seam.ratio > OPEN
        return Closing(min(count // 4, LONGEST_FADE) if open_ else 0, seam.ratio)

    def frames(self, frames: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """The closed clip."""
        for frame in closed(frames, self.overlap) if self.overlap else frames:
            self.after.see(frame)
            yield frame

    def told(self, report: dict[str, Any]) -> dict[str, Any]:
        """The report with what was done about the seam."""
        after = self.after.ratio if self.overlap else self.before
        seam = {"seam_before": self.before, "seam_after": after, "frames_faded": self.overlap}
        if not self.overlap:
            return {**report, "loop": seam}
        reason = f"its end fades into its beginning over {self.overlap} frames; {report['reason']}"
        frames = report["num_frames"] - self.overlap
        return {**report, "decision": "corrected", "reason": reason, "num_frames": frames, "loop": seam}


def _write(
    repair: Repair, video: _Counted, path: Path, out: Path, found: Probe | None, seam: Closing | None
) -> None:
    fades = seam is not None and seam.overlap > 0
    still = repair.decision != "corrected" and not fades
    if still and not is_sequence(path) and not is_sequence(out) and copy_clip(path, out):
        return
    source = video.source
    settings = {**source.metadata, "corrected": repair.decision}
    writer = open_writer(out, width=source.width, height=source.height, fps=source.rate, metadata=settings)
    if isinstance(writer, VideoWriter) and found is not None and writer.form.kind == "video":
        writer.tags, writer.aspect = found.tags, found.aspect
        fits = repair.retimed is None and not fades
        writer.sound = path if fits else None  # it would not fit the pictures any more
    frames = repair.frames(video)
    with writer:
        for frame in frames if seam is None else seam.frames(frames):
            writer.write(frame)


def write_reports(repair: Repair, video: _Counted, report: dict[str, Any], outputs: Outputs) -> None:
    """The report as JSON and as a page; the preview."""
    for place in outputs.reports:
        if place.suffix.lower() in (".html", ".htm"):
            from correction.page import page

            text = page(replace(repair, retimed=None), video, report, title=video.source.path.name)
        else:
            text = json.dumps(report, allow_nan=False) + "\n"
        _save(place, text)
    if outputs.preview is not None:
        from correction.preview import preview

        frames = preview(repair, video)
        first = next(frames)
        size = {"width": first.shape[1], "height": first.shape[0]}
        with open_writer(outputs.preview, **size, fps=video.source.rate) as writer:
            writer.write(first)
            for frame in frames:
                writer.write(frame)


def _save(place: Path, text: str) -> None:
    part = place.with_name(f".{place.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(place)
    except OSError as error:
        raise ValueError(f"{place}: cannot write there ({error.strerror}); choose another place") from None
    finally:
        part.unlink(missing_ok=True)
