"""Where a closed loop starts: where the step over its seam is like the steps between its other frames.

A loop has no first frame of its own, so any will do. The first that the simulation makes stays where its step
is at most QUIET times the median; else the loop starts before the step that comes nearest to the median from
below. In a file of frames that stream, they wait on disk, losslessly, until all steps are known.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from parabola.loop import step_between

QUIET = 1.02


def quiet_start(steps: Sequence[float]) -> int:
    """The frame to start with, given the steps that lead to each frame (to the first, from the last)."""
    middle = float(np.median(steps))
    if steps[0] <= QUIET * middle:
        return 0
    return int(np.argmax([step if step <= middle else -1.0 for step in steps]))


def typical_start(frames: Sequence[np.ndarray]) -> int:
    """The frame of a loop, uint8 (H, W, 3 or 4), to start with."""
    return quiet_start([step_between(frames[k - 1], frames[k]) for k in range(len(frames))])


def started(frames: Iterable[np.ndarray], folder: Path) -> Iterator[np.ndarray]:
    """The frames of a loop in order, from that one on; they wait in `folder`, which memory does not feel."""
    with tempfile.TemporaryDirectory(prefix=".loop.part-", dir=folder) as place:
        steps: list[float] = []
        first = last = np.zeros(0, np.uint8)
        for k, frame in enumerate(frames):
            Image.fromarray(frame).save(Path(place) / f"{k}.png", compress_level=1)
            steps.append(step_between(last, frame) if k else 0.0)
            first, last = frame if k == 0 else first, frame
        steps[0] = step_between(last, first)
        start = quiet_start(steps)
        for k in range(len(steps)):
            with Image.open(Path(place) / f"{(start + k) % len(steps)}.png") as image:
                yield np.array(image)
