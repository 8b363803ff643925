"""H.264 and back in memory, with the project's own colour conversion: what a clip meets on its way."""

from __future__ import annotations

import io

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from parabola.media.colour import CHROMA, to_rgb, to_video


def coded(frames: np.ndarray, crf: int, fps: int = 24, preset: str = "medium") -> np.ndarray:
    """uint8 (T, H, W, 3) through x264 (4:2:0, one thread, so always the same bytes) and back."""
    file, scaler = io.BytesIO(), VideoReformatter()
    options = {"crf": str(crf), "preset": preset, **CHROMA}
    with av.open(file, "w", format="matroska") as out:
        stream = out.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
        stream.codec_context.thread_count = 1
        for frame in frames:
            out.mux(stream.encode(to_video(frame, "yuv420p", scaler)))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as back:
        return np.stack([to_rgb(f, scaler) for f in back.decode(video=0)])
