"""What frames of a scene cost, simulated and rendered as guides, one after the other."""

from __future__ import annotations

import time

import jax
import numpy as np

from physics.scene import Scene
from physics.worlds import guides, motion


def frame_seconds(scene: Scene, frames: int | None = None) -> np.ndarray:
    """Processor and wall seconds (frames, 2) of the first frames, or of all; the first of them compile."""
    stream, used = guides(scene, motion(scene)), []
    for _ in range(scene.num_frames if frames is None else frames):
        begin, wall = time.process_time(), time.perf_counter()
        jax.block_until_ready(next(stream).prior)
        used.append((time.process_time() - begin, time.perf_counter() - wall))
    return np.array(used)
