"""Codecs that can be asked for by name (`--codec prores-4444`), and which endings hold each.

Ten-bit codecs are fed with 16-bit frames where the maker has them. ProRes: 422 HQ is profile 3, 4444
profile 4 with 16-bit alpha (Apple ProRes white paper, 2022). DNxHR: HQ 8 bit, HQX 10 bit, 444 10 bit
(SMPTE VC-3). H.265 carries the tag hvc1, which Apple's players ask for. x265's bytes depend on its thread
count: it is fixed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from parabola.media.formats import FORMATS, Format


@dataclass(frozen=True, kw_only=True)
class Codec:
    """FFmpeg's encoder, its pixel format and options, and the endings that hold it, the usual one first."""

    encoder: str
    endings: tuple[str, ...]
    pixel_format: str
    options: dict[str, str] = field(default_factory=dict)
    alpha: str | None = None
    alpha_options: dict[str, str] = field(default_factory=dict)
    tag: str | None = None
    least: tuple[int, int] = (1, 1)  # px
    most: int = 8192  # px a side
    told: str = ""


def _x265(**more: str) -> dict[str, str]:
    return {"crf": "16", "preset": "fast", "x265-params": "log-level=none:pools=2:frame-threads=1", **more}


def _dnxhr(profile: str, pixel_format: str, told: str) -> Codec:
    return Codec(encoder="dnxhd", endings=(".mov", ".mxf"), pixel_format=pixel_format,
                 options={"profile": profile}, least=(256, 120), told=told)  # fmt: skip


_PRORES_ALPHA = {"profile": "4", "alpha_bits": "16"}
CODECS = {
    "h264": Codec(
        encoder="libx264", endings=(".mp4", ".mov", ".mkv"), pixel_format="yuv420p",
        options={"crf": "16", "preset": "medium", "profile": "high"}, told="H.264, 8 bit",
    ),
    "h264-10": Codec(
        encoder="libx264", endings=(".mp4", ".mov", ".mkv"), pixel_format="yuv420p10le",
        options={"crf": "16", "preset": "medium", "profile": "high10"}, told="H.264, 10 bit",
    ),
    "h265": Codec(
        encoder="libx265", endings=(".mp4", ".mov", ".mkv"), pixel_format="yuv420p10le", tag="hvc1",
        options=_x265(), least=(64, 64), told="H.265 (HEVC), 10 bit",
    ),
    "av1": Codec(
        encoder="libsvtav1", endings=(".mp4", ".webm", ".mkv"), pixel_format="yuv420p10le",
        options={"crf": "20", "preset": "8"}, least=(64, 64), told="AV1, 10 bit",
    ),
    "prores-hq": Codec(
        encoder="prores_ks", endings=(".mov",), pixel_format="yuv422p10le",
        options={"profile": "3", "vendor": "apl0"}, told="ProRes 422 HQ, 10 bit",
    ),
    "prores-4444": Codec(
        encoder="prores_ks", endings=(".mov",), pixel_format="yuv444p10le", told="ProRes 4444, alpha",
        options={"profile": "4", "vendor": "apl0"}, alpha="yuva444p10le", alpha_options=_PRORES_ALPHA,
    ),
    "dnxhr-hq": _dnxhr("dnxhr_hq", "yuv422p", "DNxHR HQ, 8 bit"),
    "dnxhr-hqx": _dnxhr("dnxhr_hqx", "yuv422p10le", "DNxHR HQX, 10 bit"),
    "dnxhr-444": _dnxhr("dnxhr_444", "yuv444p10le", "DNxHR 444, 10 bit"),
    "vp9": Codec(
        encoder="libvpx-vp9", endings=(".webm", ".mkv"), pixel_format="yuv420p", alpha="yuva420p",
        options=FORMATS[".webm"].options, alpha_options={"auto-alt-ref": "0"}, told="VP9, alpha",
    ),
    "ffv1": Codec(
        encoder="ffv1", endings=(".mkv",), pixel_format="bgr0", alpha="bgra",
        options=FORMATS[".mkv"].options, told="FFV1, lossless, alpha",
    ),
}  # fmt: skip
_NTSC = (Fraction(n, 1001) for n in (24000, 30000, 60000))
MXF_RATES = tuple(sorted([*map(Fraction, (24, 25, 30, 50, 60)), *_NTSC]))


def codec_of(name: str) -> Codec:
    """The codec called `name`; ValueError names those that there are."""
    if name not in CODECS:
        raise ValueError(f"unknown codec {name!r}; choose from {', '.join(CODECS)}")
    return CODECS[name]


def with_codec(form: Format, name: str, codec_name: str) -> Format:
    """The format of a file with the codec in it; ValueError where its ending cannot hold that."""
    codec = codec_of(codec_name)
    if form.ending not in codec.endings:
        held = ", ".join(c for c, made in CODECS.items() if form.ending in made.endings)
        fix = f"; {form.ending} holds {held}" if held else ""
        raise ValueError(f"{name}: {codec_name} goes into {' or '.join(codec.endings)}{fix}")
    halves = (codec.pixel_format.startswith(("yuv420", "yuv422")), codec.pixel_format.startswith("yuv420"))
    return replace(
        form, codec=codec.encoder, pixel_format=codec.pixel_format, options=codec.options, even=halves,
        alpha=codec.alpha, alpha_options=codec.alpha_options, tag=codec.tag, max_side=codec.most,
        least=codec.least, lossless=codec.encoder == "ffv1", codec_name=codec_name,
    )  # fmt: skip


def with_alpha_names() -> str:
    """The codecs that hold transparency, as words."""
    return ", ".join(f"{name} ({made.endings[0]})" for name, made in CODECS.items() if made.alpha)
