"""Things that were taken for half hidden but show in full: a second look, with the whole layer at any size.

The tracker believes size and place only of what shows in full, and takes a thing that has shrunk, or lingers
before a background that resembles it, for one that is partly covered. Here the learned layer is registered
as a whole (`physics.estimator.register`), its size free, and its fit compared with that in the frames in
which the thing shows beyond doubt: what is really covered fits worse by the covered share, because the cover
is neither the layer nor the background.
Limits: camera at rest; no other thing near; sizes within `SIZES` of the layer's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from correction.plan import ObjectPlan
from physics.estimator.register import Fit, Patch, Template, register
from physics.estimator.track import Track

WHOLE = 0.95  # share of the outline from which a thing counts as showing in full
EVERY = 4  # of the frames in which it shows in full, to learn how well the layer fits
STARTS = (-0.2, 0.0, 0.2)  # log sizes
SIZES = (-0.5, 0.5)
WORSE = 0.06  # by which the explained share may fall short of the usual one
FIT = 0.7  # explained share that a layer needs at least
NEAR = 0.7  # radii from the tracked place
FEW = 5  # frames that show it in full
MINIMAL = 6  # px, side of a patch


@dataclass(frozen=True)
class Look:
    """The whole layer in one frame: centre (2,) px, log size, share of the difference that it explains."""

    centre: np.ndarray
    size: float
    explained: float


def wanted(track: Track) -> np.ndarray:
    """(n,) bool, the frames to look at: all in doubt and some others; none where nothing is in doubt."""
    doubtful = in_doubt(track)
    if not doubtful.any() or (~doubtful).sum() < FEW:
        return np.zeros(len(doubtful), bool)
    return doubtful | (np.cumsum(~doubtful) % EVERY == 0)


def in_doubt(track: Track) -> np.ndarray:
    """(n,) bool."""
    return (track.visible < WHOLE) | ~np.isfinite(track.radius)


def look(plan: ObjectPlan, row: int, layer: Template, frame: np.ndarray, plate: np.ndarray) -> Look | None:
    """Register the whole layer around where the thing was tracked; None too near the picture's edge."""
    own, reach = plan.source[row], np.hypot(*plan.layer.alpha.shape) * 0.6
    low, high = np.floor(own - reach).astype(int), np.ceil(own + reach).astype(int)
    if (own - layer.radius < 0).any() or (own + layer.radius > plate.shape[1::-1]).any():
        return None
    low, high = np.maximum(low, 0), np.minimum(high, plate.shape[1::-1])
    if (high - low < MINIMAL).any():
        return None
    box = slice(low[1], high[1]), slice(low[0], high[0])
    patch = Patch(frame[box] / 255.0, plate[box], np.ones(plate[box].shape[:2]), (low[0], low[1]))
    fits: list[Fit] = [register(patch, layer, own, size) for size in STARTS]
    best = max(fits, key=lambda f: f.explained)
    return Look(best.centre, best.size, best.explained)


def shown_whole(track: Track, looks: dict[int, Look]) -> Track:
    """The track with places and sizes of the frames in which it shows in full after all."""
    doubtful = in_doubt(track)
    sure = [
        (i, looks[int(track.frames[i])]) for i in np.flatnonzero(~doubtful) if int(track.frames[i]) in looks
    ]
    if len(sure) < FEW - 1:
        return track
    least = max(float(np.median([s.explained for _, s in sure])) - WORSE, FIT)
    radius = float(np.median([track.radius[i] / np.exp(s.size) for i, s in sure]))
    rows = [i for i in np.flatnonzero(doubtful) if _believed(track, i, looks, least, radius)]
    if not rows:
        return track
    seen = [looks[int(k)] for k in track.frames[rows]]
    shift = np.array([s.centre for s in seen]) - track.centre[rows]
    usual = ~doubtful
    out = {name: getattr(track, name).copy() for name in _CHANGED}
    out["centre"][rows] += shift
    out["centre_plate"][rows] += shift
    out["radius"][rows] = radius * np.exp([s.size for s in seen])
    out["visible"][rows] = 1.0
    out["sigma_radius"][rows] = np.nanmedian(track.sigma_radius[usual])
    out["covariance"][rows] = np.median(track.covariance[usual], axis=0)
    return replace(track, **out)


_CHANGED = ("centre", "centre_plate", "radius", "visible", "sigma_radius", "covariance")


def _believed(track: Track, i: int, looks: dict[int, Look], least: float, radius: float) -> bool:
    seen = looks.get(int(track.frames[i]))
    if seen is None or not SIZES[0] < seen.size < SIZES[1] or seen.explained < least:
        return False
    return bool(np.hypot(*(seen.centre - track.centre[i])) < NEAR * radius)
