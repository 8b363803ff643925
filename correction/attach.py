"""Shadows: tracks that darken what lies under them and move as another thing does.

A shadow multiplies the background (all channels by about the same factor below one) and its place is an
affine function of its object's, x_shadow = a + M x_object, over all frames in which both show. Such a track
is tied to its object: it gets no law of its own, meets nobody, and is moved along when the object is moved.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from correction.shadow import follow
from physics.estimator.track import Track, Watch

DARKEST, BRIGHTEST = 0.3, 0.97  # of the background's brightness
EVEN = 0.12  # spread of the channels' factors
TOGETHER = 0.8  # share of the shadow's frames in which its object has to show
REACH = 25.0  # radii from its object, at most


def attached(watch: Watch) -> Watch:
    """The shot with shadows tied to what casts them; ids stay."""
    free = [t for t in watch.tracks if t.attached_to is None]
    bodies = [t for t in free if not _darkens(watch, t)]
    owner = {t.id: _caster(t, bodies) for t in free if all(t.id != b.id for b in bodies)}
    return replace(
        watch, tracks=tuple(replace(t, attached_to=owner.get(t.id) or t.attached_to) for t in watch.tracks)
    )


def _darkens(watch: Watch, track: Track) -> bool:
    """Whether it looks like the background under it, only darker."""
    x, y = np.clip(track.centre_plate.astype(int), 0, np.array(watch.plate.shape[1::-1]) - 1).T
    factor = np.median(track.colour / np.maximum(watch.plate[y, x], 0.02), axis=0)
    return bool(DARKEST < factor.min() and factor.max() < BRIGHTEST and np.ptp(factor) < EVEN)


def _caster(shadow: Track, bodies: list[Track]) -> int | None:
    """Id of the thing that the shadow follows; None where there is none, or more than one."""
    fits = [b.id for b in bodies if _near(shadow, b) and follow(shadow, b) is not None]
    return fits[0] if len(fits) == 1 else None


def _near(shadow: Track, body: Track) -> bool:
    common, i, j = np.intersect1d(shadow.frames, body.frames, return_indices=True)
    if len(common) < TOGETHER * len(shadow.frames) or not len(common):
        return False
    known = body.radius[np.isfinite(body.radius)]
    reach = REACH * (float(np.median(known)) if len(known) else 6.0)
    return bool(np.median(np.hypot(*(shadow.centre[i] - body.centre[j]).T)) < reach)
