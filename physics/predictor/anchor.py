"""The last watched frame has the last word on how things look.

Background: the plate where the last frame agrees with it (that is free of grain), the last frame itself
where it does not (light has changed, something stands there that no track explains), except under the
objects that will move away. Between the two the difference is shrunk by SOFT standard deviations of the
noise (soft thresholding, Donoho 1995), so that nothing flips from one to the other. Objects: a layer that
no longer looks like the object in the last frame (it turned, its light changed, or the layer was learnt
badly) is replaced by the object's own pixels, C = I - (1 - alpha) P. What is settled stays as filmed.

Limits: still cameras; shadows that no track explains stay where they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter

from physics.predictor.cast import Actor
from physics.predictor.looks import Cutout, Patch, draw

SOFT = 3.0  # standard deviations of the background's noise that count as grain
LEAST = 0.012  # sRGB: differences below that are grain in any case
OLD = 0.03  # sRGB: median difference, beyond the noise, from which a layer is out of date


def anchored(
    plate: np.ndarray, noise: np.ndarray, last_frame: np.ndarray, last: float, actors: Sequence[Actor]
) -> tuple[np.ndarray, tuple[Actor, ...]]:
    """(background (H, W, 3), actors) that agree with `last_frame` (H, W, 3) in [0, 1], number `last`."""
    moving = np.zeros(plate.shape[:2], bool)
    renewed = []
    for actor in actors:
        patch = _drawn(actor, last, plate.shape[:2])
        if patch is not None:
            moving[patch.window] |= patch.alpha > 0.02
            if actor.sighting.time[-1] == last:
                actor = _renewed(actor, patch, plate, last_frame, float(np.median(noise)))
        renewed.append(actor)
    off = last_frame - plate
    strength = gaussian_filter(np.abs(off).max(-1), 0.7)
    limit = np.maximum(SOFT * noise, LEAST)
    keep = np.clip(strength / limit - 1.0, 0.0, 1.0) * ~binary_dilation(moving, iterations=2)
    return (plate + keep[..., None] * off).astype(np.float32), tuple(renewed)


def _drawn(actor: Actor, last: float, shape: tuple[int, int]) -> Patch | None:
    """The actor as it would be drawn in the last frame: where it was seen, or should be by its law."""
    place = actor.sighting.place[-1] if actor.sighting.time[-1] == last else actor.law.at(last)
    patch = draw(actor.look, place, shape, angle=actor.angle)
    return None if patch is None or min(patch.alpha.shape) == 0 else patch


def _renewed(actor: Actor, patch: Patch, plate: np.ndarray, frame: np.ndarray, noise: float) -> Actor:
    below, now = plate[patch.window], frame[patch.window]
    body = patch.alpha > 0.9
    if body.sum() < 4 or actor.sighting.visible[-1] < 0.98 or not isinstance(actor.look, Cutout):
        return actor
    off = (patch.colour + (1 - patch.alpha[..., None]) * below - now)[body]
    if np.median(np.abs(off).max(-1)) < OLD + 2 * noise:  # one half changed: something is in front of it
        return actor
    alpha = patch.alpha[..., None]
    colour = np.clip(now - (1 - alpha) * below, 0.0, alpha)
    corner = np.array([patch.window[1].start, patch.window[0].start])
    look = Cutout(
        colour.astype(np.float32), patch.alpha.astype(np.float32), actor.sighting.place[-1] - corner
    )
    return replace(actor, look=look, angle=0.0)
