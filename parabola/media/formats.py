"""The file formats a clip can be written to, and the rules that each one brings.

The ending of the name decides. Everything is checked here before work starts, so that a long run never ends
in a refusal. Every error is a `ValueError` of one line that names the cause and the fix.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

NTSC = (24, 30, 48, 60, 120)  # nominal rates whose 1000/1001 variants are written 23.976, 29.97, ...
SEQUENCE = re.compile(r"%0?(\d*)d|(#+)")  # NAME.%04d.png, NAME.####.png
FIRST_FRAME = 1  # number of the first frame of a sequence that we write


@dataclass(frozen=True, kw_only=True)
class Format:
    """What one ending stands for."""

    ending: str
    kind: str  # "video", "gif", "webp", "png", "exr"
    lossless: bool = False
    codec: str = ""  # the rest is for "video": FFmpeg's names
    container: str = ""
    pixel_format: str = ""
    options: dict[str, str] = field(default_factory=dict)
    even: tuple[bool, bool] = (False, False)  # width, height must be even
    max_side: int = 16384  # px
    max_fps: float = 1000.0
    alpha: str | None = None  # pixel format that holds transparency; None where the ending has none
    alpha_options: dict[str, str] = field(default_factory=dict)
    tag: str | None = None  # four characters by which the container names the codec
    least: tuple[int, int] = (1, 1)  # px
    codec_name: str = ""  # as `--codec` calls it, where it was asked for


FORMATS = {
    f.ending: f
    for f in (
        Format(
            ending=".mp4", kind="video", codec="libx264", container="mp4", pixel_format="yuv420p",
            options={"crf": "16", "preset": "medium", "profile": "high"},
            even=(True, True), max_side=8192,
        ),
        Format(
            ending=".mov", kind="video", codec="prores_ks", container="mov", pixel_format="yuv422p10le",
            options={"profile": "3", "vendor": "apl0"},  # profile 3 is 422 HQ
            even=(True, False), alpha="yuva444p10le",
            alpha_options={"profile": "4", "alpha_bits": "16"},  # profile 4 is 4444
        ),
        Format(
            ending=".webm", kind="video", codec="libvpx-vp9", container="webm", pixel_format="yuv420p",
            options={"crf": "18", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"},
            max_fps=240.0, alpha="yuva420p", alpha_options={"auto-alt-ref": "0"},
        ),
        Format(
            ending=".mkv", kind="video", codec="ffv1", container="matroska", pixel_format="bgr0",
            options={"level": "3", "coder": "1", "context": "0", "slices": "4", "slicecrc": "1"},
            lossless=True, max_fps=240.0, alpha="bgra",
        ),
        Format(
            ending=".mxf", kind="video", codec="dnxhd", container="mxf", pixel_format="yuv422p10le",
            options={"profile": "dnxhr_hqx"}, even=(True, False), least=(256, 120),
            max_side=8192, max_fps=60.0,
        ),
        Format(
            ending=".apng", kind="video", codec="apng", container="apng", pixel_format="rgb24",
            options={"pred": "mixed"}, lossless=True, max_fps=240.0, alpha="rgba",
        ),
        Format(ending=".gif", kind="gif", max_fps=50.0),  # whole 1/100 s; viewers slow down frames below 2
        Format(ending=".webp", kind="webp", max_side=16383, max_fps=240.0, alpha="bgra"),
        Format(ending=".png", kind="png", lossless=True, alpha="rgba"),
        Format(ending=".exr", kind="exr", lossless=True, alpha="rgba"),
    )
}  # fmt: skip


def format_of(path: str | Path) -> Format:
    """The format that the ending of `path` names."""
    name = Path(path).name
    found = FORMATS.get(Path(name).suffix.lower())
    if found is None:
        raise ValueError(
            f"{name}: no format has this ending; use one of {', '.join(FORMATS)} or NAME.%04d.png"
        )
    if found.kind == "exr" and not is_sequence(path):
        raise ValueError(
            f"{name}: EXR holds one frame per file; name a sequence, such as {Path(name).stem}.%04d.exr"
        )
    return found


def is_sequence(path: str | Path) -> bool:
    """Whether `path` names one file per frame (NAME.%04d.png, NAME.####.exr)."""
    path = Path(path)
    return path.suffix.lower() in (".png", ".exr") and SEQUENCE.search(path.name) is not None


def frame_path(pattern: str | Path, number: int) -> Path:
    """The file of frame `number` of a sequence."""
    pattern = Path(pattern)
    return pattern.with_name(SEQUENCE.sub(lambda m: f"{number:0{_digits(m)}d}", pattern.name, count=1))


def sequence_files(pattern: str | Path) -> list[tuple[int, Path]]:
    """(number, file) of every frame of a sequence that is there, in order."""
    pattern = Path(pattern)
    mark = SEQUENCE.search(pattern.name)
    assert mark is not None
    head, tail = re.escape(pattern.name[: mark.start()]), re.escape(pattern.name[mark.end() :])
    wanted = re.compile(f"{head}(\\d{{{max(_digits(mark), 1)},}}){tail}")
    if not pattern.parent.is_dir():
        return []
    found = ((wanted.fullmatch(p.name), p) for p in pattern.parent.iterdir())
    return sorted((int(m.group(1)), p) for m, p in found if m)


def _digits(mark: re.Match[str]) -> int:
    return len(mark.group(2)) if mark.group(2) else int(mark.group(1) or 0)


def exact_rate(fps: float | Fraction) -> Fraction:
    """Frames per second as the fraction that is meant: 23.976 is 24000/1001, 29.97 is 30000/1001."""
    if not math.isfinite(fps) or fps <= 0:
        raise ValueError(f"fps is {fps}; it has to be a positive number, such as 24")
    if isinstance(fps, Fraction):
        return fps
    for nominal in NTSC:
        if abs(fps - nominal * 1000 / 1001) < 5e-3:
            return Fraction(nominal * 1000, 1001)
    return Fraction(fps).limit_denominator(1001)


def with_alpha(form: Format, name: str) -> Format:
    """The same format with transparency, or `ValueError` where it holds none."""
    if form.alpha is None and form.codec_name:
        from parabola.media.codecs import with_alpha_names

        raise ValueError(f"{name}: {form.codec_name} holds no transparency; use {with_alpha_names()}")
    if form.alpha is None:
        able = ", ".join(f.ending for f in FORMATS.values() if f.alpha)
        raise ValueError(f"{name}: {form.ending} holds no transparency; use one of {able} or NAME.%04d.png")
    return replace(form, pixel_format=form.alpha, options={**form.options, **form.alpha_options})


def check_output(
    path: str | Path, width: int, height: int, fps: float | Fraction, alpha: bool = False, codec: str = ""
) -> tuple[Format, Fraction]:
    """Format and exact rate of a clip to be written, or `ValueError` where the format cannot hold it."""
    from parabola.media.codecs import MXF_RATES, with_codec

    form, rate, name = format_of(path), exact_rate(fps), Path(path).name
    form = with_codec(form, name, codec) if codec else form
    form = with_alpha(form, name) if alpha else form
    if Path(path).is_dir():
        raise ValueError(f"{name}: is a directory; name a file in it")
    if min(width, height) < 1 or max(width, height) > form.max_side:
        raise ValueError(f"{name}: {width}x{height} px; {form.ending} holds 1 to {form.max_side} px a side")
    if width < form.least[0] or height < form.least[1]:
        least = "x".join(map(str, form.least))
        raise ValueError(f"{name}: {form.codec} holds {least} px or more, not {width}x{height}; use that")
    if (form.even[0] and width % 2) or (form.even[1] and height % 2):
        fix = f"{width + width % 2 * form.even[0]}x{height + height % 2 * form.even[1]}"
        raise ValueError(f"{name}: {form.ending} cannot hold {width}x{height} px; use {fix}, or write .mkv")
    if rate > form.max_fps or rate < Fraction(1, 100):
        raise ValueError(
            f"{name}: {form.ending} holds 0.01 to {form.max_fps:g} frames per second, not {float(rate):g}"
        )
    if form.ending == ".mxf" and rate not in MXF_RATES:
        held = ", ".join(f"{float(r):.5g}" for r in MXF_RATES)
        raise ValueError(f"{name}: .mxf holds {held} frames per second, not {float(rate):g}; or write .mov")
    return form, rate
