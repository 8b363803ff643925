"""Shadows and reflections: tracks that belong to another thing because they move as it does.

A shadow multiplies the background (all channels by about the same factor below one) and its place is an
affine function of its object's, x_shadow = a + M x_object, over all frames in which both show. A reflection
in a level floor or in water has the object's colour, mixed with the background's, and goes down as the object
goes up: M = diag(1, -m) with m about one, less from above. Such a track is tied to its object: it gets no law
of its own, meets nobody, and is moved along when the object is moved.
Limits: mirrors that stand upright or lean are not looked for; neither are reflections as bright as their
object, which may be a second object.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from correction.shadow import follow
from physics.estimator.track import Track, Watch

DARKEST, BRIGHTEST = 0.3, 0.97  # of the background's brightness
EVEN = 0.12  # spread of the channels' factors
TOGETHER = 0.8  # share of the shadow's frames in which its object has to show
RISE = 6.0  # px that an object has to go up or down to tell its reflection
MIRRORED = -1.25, -0.4  # change of a reflection's height with its object's
ASTRAY = 1.5  # px from the mirrored place
SHARES, ASIDE = (0.1, 0.85), 0.25  # of the object's colour in its reflection; of the colour that is neither's
REACH = 25.0  # radii from its object, at most


def attached(watch: Watch) -> Watch:
    """The shot with shadows tied to what casts them; ids stay."""
    free = [t for t in watch.tracks if t.attached_to is None]
    bodies = [t for t in free if not _darkens(watch, t)]
    owner = {t.id: _caster(t, bodies) for t in free if all(t.id != b.id for b in bodies)}
    owner |= {t.id: b.id for t in bodies for b in bodies if t.id != b.id and _reflects(watch, t, b)}
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


def _reflects(watch: Watch, image: Track, body: Track) -> bool:
    """Whether `image` is the reflection of `body` in something level below it."""
    if not _near(image, body):
        return False
    common, i, j = np.intersect1d(image.frames, body.frames, return_indices=True)
    rise, fall = body.centre[j, 1], image.centre[i, 1]
    if np.ptp(rise) < RISE or (fall <= rise).any():
        return False
    slope, start = np.polyfit(rise, fall, 1)
    across = image.centre[i, 0] - body.centre[j, 0]
    left = np.concatenate([fall - start - slope * rise, across - np.median(across)])
    return bool(MIRRORED[0] < slope < MIRRORED[1] and np.std(left) < ASTRAY and _mixed(watch, image, body))


def _mixed(watch: Watch, image: Track, body: Track) -> bool:
    """Whether the image's colour lies between the background's and the body's, and is neither."""
    x, y = np.clip(image.centre_plate.astype(int), 0, np.array(watch.plate.shape[1::-1]) - 1).T
    ground = np.median(watch.plate[y, x], axis=0)
    way, here = np.median(body.colour, axis=0) - ground, np.median(image.colour, axis=0) - ground
    share = float(here @ way / max(float(way @ way), 1e-9))
    aside = float(np.linalg.norm(here - share * way) / max(float(np.linalg.norm(way)), 1e-9))
    return SHARES[0] < share < SHARES[1] and aside < ASIDE
