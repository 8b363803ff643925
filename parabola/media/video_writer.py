"""Video files through PyAV (FFmpeg's libraries): H.264, H.265, AV1, ProRes, DNxHR, VP9, FFV1, APNG.

Frame k has the time stamp k / rate exactly where the container can say it (MP4, MOV); Matroska and WebM count
in milliseconds and carry the exact rate beside. The number of encoder threads is fixed, because x264's and
VP9's bytes depend on it: the same frames give the same file on any machine with the same libraries.
"""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from parabola.media.colour import BT709, CHROMA, RGB_MATRIX, SRGB_TRC, STANDARD, Tags, to_video
from parabola.media.metadata import add_png_text
from parabola.media.writers import Writer

THREADS = 4
CONTAINER_OPTIONS = {
    "mp4": {"fflags": "+bitexact", "movflags": "+faststart"},
    "mov": {"fflags": "+bitexact", "movflags": "+faststart+write_colr"},
    "apng": {"fflags": "+bitexact", "plays": "0"},
}
MOST_DELAY = 64  # frames between a frame's decoding and its showing


class VideoWriter(Writer):
    """One video stream; memory holds the encoder's look-ahead, whatever the length."""

    takes_deep = True
    tags: Tags = STANDARD  # of formats that hold Y'CbCr; set before the writer is entered
    aspect: Fraction | None = None  # of a pixel, width over height
    sound: Path | None = None  # a file whose sound and tags go along
    _container: OutputContainer | None = None

    def _start(self, part: Path) -> None:
        self._file = part
        options = CONTAINER_OPTIONS.get(self.form.container, {"fflags": "+bitexact"})
        if self.timecode and self.form.container == "mp4":
            options = {**options, "write_tmcd": "1"}
        self._container = av.open(str(part), "w", format=self.form.container, container_options=options)
        if self.timecode and self.form.container in ("mov", "mp4", "mxf"):
            self._container.metadata["timecode"] = self.timecode
        self._container.metadata["comment"] = self.note
        self._stream = self._add_stream(self._container)
        self._scaler = VideoReformatter()
        try:
            self._container.start_encoding()
        except FFmpegError as error:
            size = f"{self.width}x{self.height} px at {float(self.rate):g} fps"
            raise ValueError(
                f"{self.path.name}: the encoder refuses {size} ({error.strerror}); change the size"
            ) from None

    def _add_stream(self, container: OutputContainer) -> VideoStream:
        os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 reports itself on standard error otherwise
        rgb = self.form.pixel_format.startswith(("bgr", "rgb"))
        options = {**self.form.options, **({} if rgb else CHROMA)}
        stream = container.add_stream(self.form.codec, rate=self.rate, options=options)
        assert isinstance(stream, VideoStream)
        codec = stream.codec_context
        codec.width, codec.height, codec.pix_fmt = self.width, self.height, self.form.pixel_format
        codec.time_base = stream.time_base = Fraction(1) / self.rate
        codec.thread_count = THREADS
        if self.form.tag and self.form.container != "matroska":
            codec.codec_tag = self.form.tag
        tags = self.tags
        codec.color_primaries, codec.color_trc = (BT709, SRGB_TRC) if rgb else (tags.primaries, tags.transfer)
        codec.colorspace, codec.color_range = (RGB_MATRIX, 2) if rgb else (tags.matrix, tags.range)
        if self.aspect is not None:
            codec.sample_aspect_ratio = self.aspect
        return stream

    def _add(self, frame: np.ndarray) -> None:
        assert self._container is not None
        picture = to_video(frame, self.form.pixel_format, self._scaler, self.tags)
        picture.pts, picture.time_base = self.num_frames, Fraction(1) / self.rate
        picture.duration = 1
        self._mux(picture)

    def _mux(self, picture: VideoFrame | None) -> None:
        """Encode and mux. libx265 leaves decoding times unset in clips of one or two frames."""
        assert self._container is not None
        for packet in self._stream.encode(picture):
            shown, decoded = packet.pts, packet.dts
            if shown is not None and decoded is not None and not 0 <= shown - decoded <= MOST_DELAY:
                packet.dts = shown
            self._container.mux(packet)

    def _finish(self) -> None:
        self._mux(None)
        assert self._container is not None
        container, self._container = self._container, None
        container.close()
        if self.form.container == "apng":
            add_png_text(self._file, self.note)
        if self.sound is not None:
            from parabola.media.remux import add_sound

            add_sound(self._file, self.sound, self.form.container)

    def _close(self) -> None:
        if self._container is not None:  # given up: whatever the trailer says does not matter
            with contextlib.suppress(FFmpegError, OSError):
                self._container.close()
            self._container = None
