"""The picture in the README: every third frame of a shaken bounce in one, before and after, with its path."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks._artefacts import make
from correction.finished import examine
from correction.preview import AFTER, BEFORE
from physics.estimator import ArrayVideo

SIZE, STEP, CONTRAST = (440, 248), 3, 24  # px; frames; levels from the background that count as the ball


def save_picture(path: Path) -> None:
    """Write the picture as JPEG."""
    clip = make(90, "bounce", "wobble", 2, np.random.default_rng(3), size=SIZE)
    video = ArrayVideo(clip.frames, clip.fps)
    repair = examine(video)
    ball = max(repair.objects, key=lambda o: len(o.track.frames)).plan
    halves = [
        together(clip.frames, ball.source, BEFORE),
        together(np.stack(list(repair.frames(video))), ball.target, AFTER),
    ]
    sheet = Image.new("RGB", (2 * halves[0].width + 8, halves[0].height), "white")
    for n, half in enumerate(halves):
        sheet.paste(half, (n * (half.width + 8), 0))
    sheet.save(path, quality=86)


def together(frames: np.ndarray, places: np.ndarray, colour: tuple[int, int, int]) -> Image.Image:
    """Every third frame's ball over the background, with the path."""
    still = np.median(frames, axis=0).astype(np.uint8)
    out = still.copy()
    for frame in frames[::STEP]:
        mask = np.abs(frame.astype(int) - still).max(-1) > CONTRAST
        out[mask] = frame[mask]
    large = Image.fromarray(out).resize((2 * out.shape[1], 2 * out.shape[0]), Image.Resampling.LANCZOS)
    ImageDraw.Draw(large).line([(2 * x, 2 * y) for x, y in places], fill=colour, width=4)
    return large.resize((3 * out.shape[1] // 2, 3 * out.shape[0] // 2), Image.Resampling.LANCZOS)
