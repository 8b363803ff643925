"""Light that pumps: the background's brightness from frame to frame, and the gains that hold it still.

Per frame and channel the gain is the median of frame over plate where the background shows (as FFmpeg's
deflicker does for whole frames; here moving things are left out, so that they cannot pull it). What changes
slowly is light: a Gaussian of 8 frames is followed. What is left has to swing to and fro to count as flicker:
a single step is a lamp being switched on.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from physics.estimator.track import Track

SLOW = 8.0  # frames
LEAST = 0.008  # rms of the gain
SWINGS = 10  # frames per change of sign, at most, on average
DARK, BRIGHT = 0.08, 0.92  # sRGB: outside of this a ratio says nothing
EVEN = 0.05  # median deviation of the ratio over the picture, at most
STRIDE, ENOUGH = 3, 20_000  # px from one row and column that is looked at to the next, at least; pixels


def frame_gain(frame: np.ndarray, plate: np.ndarray, tracks: tuple[Track, ...], k: int) -> np.ndarray:
    """(3,) brightness of the background in frame `k` over `plate`, away from `tracks`; nan where uneven."""
    step = max(STRIDE, int(np.sqrt(plate.shape[0] * plate.shape[1] / ENOUGH)))
    rows = slice(None, None, step), slice(None, None, step)
    image, behind = frame[rows] / np.float32(255), plate[rows]
    shown = np.ones(image.shape[:2], bool)
    for t in tracks:
        for x, y in t.centre[t.frames == k] / step:
            r = 1.5 * float(np.nan_to_num(np.nanmax(t.radius, initial=6.0), nan=6.0)) / step + 2
            shown[max(int(y - r), 0) : int(y + r) + 1, max(int(x - r), 0) : int(x + r) + 1] = False
    out = np.ones(3)
    for c in range(3):
        good = shown & (behind[..., c] > DARK) & (behind[..., c] < BRIGHT)
        if good.sum() > 100:
            ratio = image[..., c][good] / behind[..., c][good]
            out[c] = float(np.median(ratio))
            if np.median(np.abs(ratio - out[c])) > EVEN:  # not the light, then: another picture
                out[c] = np.nan
    return out


def steady_light(gains: np.ndarray) -> np.ndarray | None:
    """Gains (T, 3) that take the flicker out of measured ones (T, 3); None where there is none."""
    if len(gains) < 12 or not np.isfinite(gains).all() or gains.min() < 0.5 or gains.max() > 2:
        return None
    slow = ndimage.gaussian_filter1d(gains, SLOW, axis=0, mode="nearest")
    fast = gains / slow - 1
    mean = fast.mean(-1)
    turns = np.count_nonzero(np.diff(np.sign(mean[np.abs(mean) > 0.5 * LEAST])))
    if np.sqrt(np.mean(mean**2)) < LEAST or turns < len(gains) / SWINGS:
        return None
    return slow / gains


def pumps_along(track: Track, light: np.ndarray, first: int) -> bool:
    """Whether the gains (T, 3) steady the object's own brightness too: it stands in the same light."""
    shade = track.colour.mean(-1)
    own = np.diff(np.log(np.maximum(shade, 0.02)))
    with_gain = np.diff(np.log(np.maximum(shade * light[track.frames - first].mean(-1), 0.02)))
    return bool(np.median(np.abs(with_gain)) <= np.median(np.abs(own))) if len(own) else True
