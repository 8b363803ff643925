"""Codecs, rates, tags, time code, alpha, animations: decoded by FFmpeg's libraries and by Pillow."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from PIL import Image

from benchmarks._formats_rows import below, equal, row
from parabola.media import open_writer
from parabola.media.codecs import CODECS

SIZE, COUNT = (320, 192), 5
_NTSC = {23.976: Fraction(24000, 1001), 29.97: Fraction(30000, 1001), 59.94: Fraction(60000, 1001)}
RATES = {**{float(n): Fraction(n) for n in (24, 25, 30, 50, 60)}, **_NTSC}
FORMATS = {  # what FFmpeg says the decoded frames are
    "h264": "yuv420p", "h264-10": "yuv420p10le", "h265": "yuv420p10le", "av1": "yuv420p10le",
    "prores-hq": "yuv422p10le", "prores-4444": "yuv444p12le", "dnxhr-hq": "yuv422p",
    "dnxhr-hqx": "yuv422p10le", "dnxhr-444": "yuv444p10le", "vp9": "yuv420p", "ffv1": "bgr0",
}  # fmt: skip
TAGS = {"h264": "avc1", "h265": "hvc1", "av1": "av01", "prores-hq": "apch", "prores-4444": "ap4h",
        "dnxhr-hqx": "AVdh"}  # fmt: skip
CODE = "10:00:00:00"


def rows() -> list[dict[str, Any]]:
    """Every codec in every ending, the rates, alpha, animations, refusals."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        return [
            *(line for name in CODECS for line in _codec(folder, name)),
            *_rates(folder), *_alpha(folder), *_animations(folder), *_refusals(folder),
        ]  # fmt: skip


def picture(k: int, alpha: bool = False) -> np.ndarray:
    """uint16 (H, W, 3 or 4): slow ramps, whose steps eight bits cannot hold, and a disc."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    disc = np.clip(60 - np.hypot(x - 120 - 8 * k, y - 96), 0, 1)
    rgb = np.stack([0.3 + 0.2 * x / SIZE[0], 0.4 + 0.1 * y / SIZE[1], 0.5 - 0.2 * disc], -1)
    rgba = np.concatenate([rgb, np.clip(90 - np.hypot(x - 160, y - 96), 0, 40)[..., None] / 40], -1)
    return np.round(rgba[..., : 4 if alpha else 3] * 65535).astype(np.uint16)


def _codec(folder: Path, name: str) -> list[dict[str, Any]]:
    out = []
    for ending in CODECS[name].endings:
        path = folder / f"{name}{ending}"
        how = {"width": SIZE[0], "height": SIZE[1], "fps": 23.976, "codec": name, "timecode": CODE}
        with open_writer(path, **how) as writer:
            for k in range(COUNT):
                writer.write(picture(k))
        with av.open(str(path)) as file:
            stream = file.streams.video[0]
            frames = list(file.decode(stream))
            first, label = frames[0], f"{name} {ending}"
            code = {file.metadata.get("timecode"), *(s.metadata.get("timecode") for s in file.streams)} - {
                None
            }
            tags = (first.color_primaries, first.color_trc, first.colorspace)
        wanted = (1, 13, 0) if name == "ffv1" else (1, 1, 1)
        error = np.abs(_deep(first) - picture(0) / 65535).mean() * 255
        out += [
            equal(label, "frames, pixel format", (len(frames), first.format.name), (COUNT, FORMATS[name])),
            equal(label, "primaries, transfer, matrix", tuple(map(int, tags)), wanted),
            below(label, "mean error, levels of 255", error, 0.4 if "10" in FORMATS[name] else 0.75),
        ]
        if name in TAGS and ending in (".mp4", ".mov"):
            out.append(equal(label, "tag", stream.codec_context.codec_tag, TAGS[name]))
        if ending in (".mp4", ".mov", ".mxf"):
            out.append(equal(label, "time code", code, {CODE}))
    return out


def _deep(frame: av.VideoFrame) -> np.ndarray:
    """A decoded frame as float RGB (H, W, 3) in [0, 1], without loss to eight bits."""
    from parabola.media.colour import EXACT

    if frame.format.is_rgb:
        return frame.to_ndarray(format="rgb24") / 255.0
    return frame.reformat(format="rgb48le", interpolation=EXACT).to_ndarray() / 65535.0


def _rates(folder: Path) -> list[dict[str, Any]]:
    """Every rate in MOV, MP4 and MXF, from the packets' own time stamps."""
    out = []
    for ending, codec in ((".mov", "prores-hq"), (".mp4", "h264"), (".mxf", "dnxhr-hqx")):
        off = []
        for fps, exact in RATES.items():
            path = folder / f"rate{ending}"
            with open_writer(path, width=320, height=192, fps=fps, codec=codec) as writer:
                for k in range(4):
                    writer.write(picture(k))
            with av.open(str(path)) as file:
                stream = file.streams.video[0]
                times = [f.pts * stream.time_base for f in file.decode(stream)]
            steps = {b - a for a, b in zip(times, times[1:], strict=False)}
            if stream.average_rate != exact or steps != {1 / exact}:
                off.append(fps)
        out.append(equal(f"rates {ending}", "23.976 24 25 29.97 30 50 59.94 60 exact; off", off, []))
    return out


def _alpha(folder: Path) -> list[dict[str, Any]]:
    """Alpha as it comes back, by the decoder that keeps it."""
    out, wanted = [], picture(0, alpha=True)[..., 3] / 65535
    for name, ending, limit in (
        ("prores-4444", ".mov", 0.001),
        ("vp9", ".webm", 0.01),
        ("ffv1", ".mkv", 0.003),
    ):
        path = folder / f"alpha{ending}"
        how = {"width": SIZE[0], "height": SIZE[1], "fps": 24, "codec": name, "alpha": True}
        deep = name == "prores-4444"
        with open_writer(path, **how) as writer:
            for k in range(3):
                frame = picture(k, alpha=True)
                writer.write(frame if deep else np.uint8(frame // 257))
        with av.open(str(path)) as file:
            stream = file.streams.video[0]
            packet = next(file.demux(stream))
            decoder = av.CodecContext.create("libvpx-vp9" if name == "vp9" else stream.codec.name, "r")
            assert isinstance(decoder, VideoCodecContext)
            context = stream.codec_context
            decoder.extradata, decoder.width, decoder.height = (
                context.extradata,
                context.width,
                context.height,
            )
            got = (decoder.decode(packet) or decoder.decode(None))[0]
        share = got.to_ndarray(format="rgba64le" if deep else "rgba")[..., 3] / (65535 if deep else 255)
        out.append(below(f"alpha {name}", "mean error", np.abs(share - wanted).mean(), limit))
    return out


def _animations(folder: Path) -> list[dict[str, Any]]:
    """GIF, WebP and APNG as Pillow reads them: frames, mean duration, endless loop, alpha."""
    out = []
    for ending, alpha in ((".gif", False), (".webp", True), (".apng", True)):
        path = folder / f"animation{ending}"
        with open_writer(path, width=SIZE[0], height=SIZE[1], fps=25, alpha=alpha) as writer:
            for k in range(COUNT):
                writer.write(np.uint8(picture(k, alpha) // 257))
        with Image.open(path) as image:
            lengths = []
            for k in range(image.n_frames):  # type: ignore[attr-defined]
                image.seek(k)
                image.load()
                lengths.append(image.info["duration"])
            found = (len(lengths), float(np.mean(lengths)), image.info.get("loop"))
            image.seek(0)
            share = np.asarray(image.convert("RGBA"))[..., 3]
        out.append(equal(ending, "frames, ms a frame, loops", found, (COUNT, 40.0, 0)))
        if alpha:
            error = np.abs(share.astype(int) - picture(0, True)[..., 3] // 257).max()
            out.append(below(ending, "largest error of alpha, levels", error, 0))
    return out


REFUSED = {  # what cannot be: (arguments, words that have to be in the line)
    "odd size": ({"path": "a.mp4", "width": 321}, "322x192"),
    "alpha in H.264": ({"path": "a.mp4", "codec": "h264", "alpha": True}, "prores-4444 (.mov)"),
    "alpha in ProRes HQ": ({"path": "a.mov", "codec": "prores-hq", "alpha": True}, "prores-4444"),
    "ProRes in MP4": ({"path": "a.mp4", "codec": "prores-hq"}, "goes into .mov"),
    "H.265 in WebM": ({"path": "a.webm", "codec": "h265"}, ".webm holds av1, vp9"),
    "a codec that is none": ({"path": "a.mov", "codec": "cinepak"}, "choose from h264"),
    "48 fps in MXF": ({"path": "a.mxf", "fps": 48.0}, "write .mov"),
    "60 fps in GIF": ({"path": "a.gif", "fps": 60.0}, "0.01 to 50"),
    "too small for DNxHR": ({"path": "a.mov", "codec": "dnxhr-hq", "width": 64, "height": 64}, "256x120"),
}  # fmt: skip


def _refusals(folder: Path) -> list[dict[str, Any]]:
    out = []
    for what, (change, words) in REFUSED.items():
        wanted = {"width": SIZE[0], "height": SIZE[1], "fps": 24.0, **change}
        path = folder / "refused" / wanted.pop("path")
        try:
            open_writer(path, **wanted)
            line = "accepted"
        except ValueError as error:
            line = str(error)
        told = words in line and "\n" not in line and not path.exists()
        out.append(row("refused", what, line[:60], f"names {words!r}", told))
    return out
