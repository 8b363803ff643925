"""Where one shot ends and the next begins.

Colour histograms of neighbouring frames (8 levels per channel, on a coarse grid) are compared by total
variation, and thumbnails by their mean difference. A cut is a frame where both jump: over an absolute level,
and over several times what the neighbouring frames do (Boreczky & Rowe 1996 compare the variants); or where
the thumbnail jumps over many times what is usual, for two shots may have the same colours.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physics.estimator.video import Video

HISTOGRAM, PICTURE = 0.12, 0.05  # least jump, total variation and mean difference (sRGB units)
RELATIVE = 5.0  # times the median jump of the frames around
SUDDEN = 15.0  # the same, where the whole picture jumps but its colours stay alike
AROUND = 8
GRID = 48  # points along each side


def shots(video: Video) -> tuple[tuple[int, int], ...]:
    """[first, last) of each shot, in order; one shot for a clip without cuts."""
    jumps = np.array(list(_jumps(video.frames()))).reshape(-1, 2)
    cuts = [k + 1 for k in range(len(jumps)) if _is_cut(jumps, k)]
    edges = [0, *cuts, len(jumps) + 1]
    return tuple(zip(edges[:-1], edges[1:]))


def _jumps(frames: Iterator[np.ndarray]) -> Iterator[tuple[float, float]]:
    before = None
    for frame in frames:
        h, w = frame.shape[:2]
        small = frame[:: max(1, h // GRID), :: max(1, w // GRID)].astype(np.float32)
        code = small.astype(np.uint8) // 32
        bins = code[..., 0].astype(int) * 64 + code[..., 1] * 8 + code[..., 2]
        histogram = np.bincount(bins.ravel(), minlength=512) / bins.size
        if before is not None:
            yield (
                float(np.abs(histogram - before[0]).sum() / 2),
                float(np.abs(small - before[1]).mean() / 255),
            )
        before = histogram, small


def _is_cut(jumps: np.ndarray, k: int) -> bool:
    near = np.delete(jumps[max(0, k - AROUND) : k + AROUND + 1], min(k, AROUND), 0)
    usual = np.median(near, 0) if len(near) else np.zeros(2)
    clear = (jumps[k] > np.maximum((HISTOGRAM, PICTURE), RELATIVE * usual)).all()
    sudden = jumps[k, 1] > max(PICTURE, SUDDEN * usual[1])
    return bool(clear or sudden)
