"""Animated GIF and WebP.

A GIF gets one palette for the whole clip (FFmpeg's `palettegen` over every frame), so a still background
stays still; because the palette is known only at the end, the frames wait in a lossless file on disk and
memory stays flat. Both formats hold whole 1/100 s (GIF) or 1/1000 s (WebP): each frame's start is rounded, so
the mean rate stays right.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from parabola.media.colour import rgb_format, to_rgb
from parabola.media.formats import FORMATS
from parabola.media.metadata import add_webp_exif, copy_gif
from parabola.media.video_writer import VideoWriter

_RGB24 = VideoFormat("rgb24")
WEBP_OPTIONS = {"quality": "92", "compression_level": "4", "loop": "0"}


class GifWriter(VideoWriter):
    """Spools to FFV1 while the palette is gathered, then maps and writes."""

    def _start(self, part: Path) -> None:
        self._part, self._spool = part, part.with_name(".spool.mkv")
        self.form = FORMATS[".mkv"]
        self._palette = Graph()
        source = self._palette.add_buffer(
            width=self.width, height=self.height, format=_RGB24, time_base=Fraction(1) / self.rate
        )
        self._palette.link_nodes(
            source, self._palette.add("palettegen", "stats_mode=full"), self._palette.add("buffersink")
        ).configure()
        super()._start(self._spool)

    def _add(self, frame: np.ndarray) -> None:
        super()._add(frame)
        self._palette.push(_rgb_frame(frame, self.num_frames, self.rate))
        with contextlib.suppress(BlockingIOError):  # a graph works only when it is asked: else it would hoard
            self._palette.pull()

    def _finish(self) -> None:
        super()._finish()
        self._palette.push(None)
        palette = self._palette.pull()
        assert isinstance(palette, av.VideoFrame)
        bare = self._part.with_name(".bare.gif")
        with av.open(str(bare), "w", format="gif", container_options={"loop": "0"}) as out:
            stream = out.add_stream(
                "gif", rate=self.rate, width=self.width, height=self.height, pix_fmt="pal8"
            )
            assert isinstance(stream, VideoStream)
            stream.codec_context.time_base = Fraction(1, 100)
            for k, mapped in enumerate(self._mapped(palette)):
                mapped.pts, mapped.time_base = round(k * 100 / self.rate), Fraction(1, 100)
                out.mux(stream.encode(mapped))
            out.mux(stream.encode(None))
        self._spool.unlink()
        copy_gif(bare, self._part, self.note)
        bare.unlink()

    def _mapped(self, palette: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """The spooled frames in the clip's palette; the ordered dither does not crawl."""
        graph, tick = Graph(), Fraction(1) / self.rate
        use = graph.add("paletteuse", "dither=bayer:bayer_scale=4:diff_mode=rectangle")
        frames = graph.add_buffer(width=self.width, height=self.height, format=_RGB24, time_base=tick)
        colours = graph.add_buffer(
            width=palette.width, height=palette.height, format=palette.format, time_base=tick
        )
        sink = graph.add("buffersink")
        frames.link_to(use, 0, 0)
        colours.link_to(use, 0, 1)
        use.link_to(sink)
        graph.configure()
        palette.pts = 0
        colours.push(palette)
        colours.push(None)
        with av.open(str(self._spool)) as spool:
            scaler = VideoReformatter()
            for k, frame in enumerate(spool.decode(video=0)):
                frames.push(_rgb_frame(to_rgb(frame, scaler), k, self.rate))
                yield from _pulled(sink)
            frames.push(None)
            yield from _pulled(sink)


class WebpWriter(VideoWriter):
    """libwebp's own animation encoder, which holds only compressed frames."""

    def _start(self, part: Path) -> None:
        self._part = part
        self._container = av.open(str(part), "w", format="webp", container_options={"loop": "0"})
        self._stream = self._add_stream(self._container)

    def _add_stream(self, container: OutputContainer) -> VideoStream:
        stream = container.add_stream(
            "libwebp_anim",
            rate=self.rate,
            width=self.width,
            height=self.height,
            pix_fmt="bgra",
            options=WEBP_OPTIONS,
        )
        assert isinstance(stream, VideoStream)
        stream.codec_context.time_base = Fraction(1, 1000)
        return stream

    def _add(self, frame: np.ndarray) -> None:
        assert self._container is not None
        picture = av.VideoFrame.from_ndarray(frame, rgb_format(frame)).reformat(format="bgra")
        picture.pts, picture.time_base = round(self.num_frames * 1000 / self.rate), Fraction(1, 1000)
        self._container.mux(self._stream.encode(picture))

    def _finish(self) -> None:
        super()._finish()
        data = self._part.read_bytes()
        self._part.write_bytes(add_webp_exif(data, self.note, self.width, self.height))


def _rgb_frame(rgb: np.ndarray, k: int, rate: Fraction) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(rgb, "rgb24")
    frame.pts, frame.time_base = k, Fraction(1) / rate
    return frame


def _pulled(sink) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield sink.pull()
        except (BlockingIOError, EOFError):
            return
