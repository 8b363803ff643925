"""Size and brightness that pulse: a rigid thing keeps its radius, a lit one its colours.

The radius is fitted by a straight line over the clip (1/z for even motion in depth, to first order) with
Huber weights; what leaves it by more than measuring errs is scaled back. A radius that follows the speed
is motion blur, one that follows the place is perspective: neither is touched.

Brightness is treated alike, per channel: a straight line over the clip is right, and what the place explains
is the light there. A pulse is the same in all quarters of the thing, while a texture that turns goes from
one to the next: a channel whose quarters differ by more than it pulses stays as it is.
"""

from __future__ import annotations

import numpy as np

from correction.deviation import Limits
from correction.inspect import Seen
from correction.whole import WHOLE
from physics.estimator.track import Track

LEAST_WAY = 2.0  # px, deviation of the places from which light and perspective may matter
FEWEST = 10  # frames with a radius
AGREED = 1.8  # times that the quarters differ among themselves a channel has to pulse
PULSE = 2.5  # times the frame-to-frame error that a pulse has to reach
EXPLAINED = {"size": 0.75, "colour": 0.6}  # share that place and speed may explain before it is no error


def steady_size(track: Track, limits: Limits, path: np.ndarray | None = None) -> np.ndarray | None:
    """Factors (n,) that give the object its steady radius; None where the size is right or not known.
    `path` (n, 2) px, its places by its law: the tracked ones err along with a size that pulses.
    """
    known = np.isfinite(track.radius) & (track.visible >= WHOLE)
    if known.sum() < FEWEST:
        return None
    t, r = track.frames[known].astype(float), track.radius[known]
    steady = robust_line(t, r)
    off = r / steady - 1
    error = float(np.nanmedian(track.sigma_radius[known]) / np.median(r))
    if swing(off) < max(limits.size, 3 * error, PULSE * white_part(off)):
        return None
    if explained(off, _circumstances(track, known, path)) > EXPLAINED["size"]:
        return None
    factor = np.ones(len(track.frames))
    factor[known] = np.where(np.abs(off) > max(0.5 * limits.size, error), steady / r, 1.0)
    return factor


def steady_colour(
    track: Track, looked: Seen, limits: Limits, path: np.ndarray | None = None
) -> np.ndarray | None:
    """Gains (n, 3) that give the object its steady brightness; None where it is right or not known. `path`
    as for `steady_size`.
    """
    known = [i for i, k in enumerate(track.frames) if int(k) in looked.gain and track.visible[i] >= WHOLE]
    rows = np.array(known, int)
    if len(rows) < max(FEWEST, 0.6 * len(track.frames)):
        return None
    frames = track.frames[rows]
    gain, steady, off = _pulse([looked.gain[int(k)] for k in frames], frames)
    quarters = _pulse([looked.quarters[int(k)].reshape(-1) for k in frames], frames)[2]
    sure = _agreed(off, quarters.reshape(len(rows), 4, 3))
    colour = np.median(track.colour, axis=0)
    off = sure * off * colour / max(float(colour.mean()), 0.05)  # dark channels count for less
    worst = max(off.T, key=swing)
    if swing(worst) < max(limits.colour, PULSE * white_part(worst)):
        return None
    if explained(worst, _circumstances(track, rows, path)) > EXPLAINED["colour"]:
        return None
    factor = np.ones((len(track.frames), 3))
    strong = np.abs(off).max(-1, keepdims=True) > 0.3 * limits.colour
    factor[rows] = np.where(strong & sure, steady / gain, 1.0)
    return factor


def _pulse(values: list[np.ndarray], frames: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measured ratios (n, m), the straight lines through them, and by which share they are off these."""
    gain = np.array(values)
    steady = np.stack([robust_line(frames.astype(float), g) for g in gain.T], -1)
    return gain, steady, gain / np.maximum(steady, 1e-6) - 1


def _agreed(off: np.ndarray, quarters: np.ndarray) -> np.ndarray:
    """(3,) bool, channels that pulse in all quarters alike: off (n, 3), quarters (n, 4, 3) as shares."""
    common = quarters.mean(1)
    apart = np.median(np.abs(quarters - common[:, None]), axis=(0, 1))
    pulse = np.array([min(swing(a), swing(b)) for a, b in zip(off.T, common.T)])
    return pulse > AGREED * apart


def swing(values: np.ndarray) -> float:
    """How far it goes to and fro: the median size, for a sine its rms; a few bad frames do not count."""
    return float(np.median(np.abs(values)))


def white_part(values: np.ndarray) -> float:
    """Standard deviation of what changes from frame to frame, by fourth differences (variance 70 sigma^2):
    a pulse of seven frames and more all but vanishes in them.
    """
    return 1.4826 * float(np.median(np.abs(np.diff(values, 4)))) / np.sqrt(70.0)


def robust_line(t: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Straight line through (t, y) at t, Huber weights."""
    design, weight = np.column_stack([np.ones_like(t), t - t.mean()]), np.ones_like(y)
    fit = np.full_like(y, np.median(y))
    for _ in range(8):
        a = design * weight[:, None]
        fit = design @ np.linalg.solve(design.T @ a + 1e-9 * np.eye(2), a.T @ y)
        residual = np.abs(y - fit)
        scale = max(1.4826 * float(np.median(residual)), 1e-6)
        weight = np.minimum(1.0, 1.345 * scale / np.maximum(residual, 1e-9))
    return fit


def explained(values: np.ndarray, causes: np.ndarray) -> float:
    """Share (R^2, adjusted for the number of causes) of `values` (n,) that `causes` (n, m) explain."""
    n, m = causes.shape
    if n <= m + 2:
        return 0.0
    centred = values - values.mean()
    left = centred - causes @ np.linalg.lstsq(causes, centred, rcond=None)[0]
    return 1 - (left @ left) / (n - m) / max((centred @ centred) / (n - 1), 1e-15)


def _circumstances(track: Track, rows: np.ndarray, path: np.ndarray | None) -> np.ndarray:
    """Place, its squares and speed (n, 7), standardised; a place that hardly changes explains nothing."""
    places = track.centre_plate if path is None else path
    place = places[rows]
    step = np.gradient(places, track.frames.astype(float), axis=0)[rows]
    speed = np.hypot(*step.T)
    x, y = ((place - place.mean(0)) / np.maximum(place.std(0), LEAST_WAY)).T
    columns = [np.ones_like(x), x, y, x * x, x * y, y * y, speed / max(float(speed.std()), 1e-6)]
    return np.column_stack(columns)
