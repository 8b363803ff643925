"""What stands in front: background that hid an object which by its law was there.

Each watched frame is asked, pixel by pixel, whether an object drawn where its law has it would have changed
the background, and whether it did. Pixels that keep showing the background there lie in front. The region
is grown over the connected background of the same colour, so that a pillar is found whole from the stripe
that a ball passed behind, unless the growth reaches where an object was seen, or most of the picture.

Limits: a still camera; a thing in front of one colour; what hid nothing yet is not known to be in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
from scipy.ndimage import binary_dilation, label

from physics.estimator import Video
from physics.predictor.cast import Actor
from physics.predictor.looks import draw

FRAMES = 90  # watched frames that are asked, the last ones
TELLS = 0.12  # sRGB: an object this far from the background would be seen
ALIKE = 0.05  # sRGB: within that, the picture shows the background
VOTES = 2
LARGEST = 0.4  # of the picture


def front_of(
    video: Video, first: int, last: int, plate: np.ndarray, actors: Sequence[Actor]
) -> np.ndarray | None:
    """(H, W) bool: what hides objects; None where nothing does."""
    doubtful = [a for a in actors if a.motion is not None and a.confident and _was_hidden(a, last)]
    if not doubtful:
        return None
    hidden, shown = (np.zeros(plate.shape[:2], np.int32) for _ in range(2))
    first = max(first, last - FRAMES)
    for k, frame in enumerate(islice(video.frames(), first, last), start=first):
        picture = frame.astype(np.float32) / 255
        for actor in doubtful:
            _vote(picture, plate, actor, float(k), hidden, shown)
    core = (hidden >= VOTES) & (hidden > 2 * shown)
    return _grown(core, plate, shown) if core.any() else None


def _was_hidden(actor: Actor, last: int) -> bool:
    s = actor.sighting
    return bool(np.any(s.visible < 0.9) or np.any(np.diff(s.time) > 1.5) or s.time[-1] < last - 1)


def _vote(picture, plate, actor: Actor, t: float, hidden: np.ndarray, shown: np.ndarray) -> None:
    """Count, in place, the pixels that should show the object and do not, or do."""
    assert actor.motion is not None
    patch = draw(actor.look, actor.motion.at(t), picture.shape[:2], scale=1.0)
    if patch is None or min(patch.alpha.shape) == 0:
        return
    below, now = plate[patch.window], picture[patch.window]
    drawn = patch.colour + (1 - patch.alpha[..., None]) * below
    tells = (np.abs(drawn - below).max(-1) > TELLS) & (patch.alpha > 0.9)
    empty = np.abs(now - below).max(-1) < ALIKE
    hidden[patch.window] += tells & empty
    shown[patch.window] += tells & ~empty


def _grown(core: np.ndarray, plate: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """The connected background in the colour of the hiding pixels, or those pixels alone."""
    colour = np.median(plate[core], axis=0)
    alike = np.abs(plate - colour).max(-1) < ALIKE
    labels = np.empty(core.shape, int)
    label(alike, output=labels)
    numbers = np.unique(labels[core & alike])
    whole = np.isin(labels, numbers[numbers > 0])
    if not whole.any() or whole.mean() > LARGEST or (whole & (shown > VOTES)).sum() > 0.1 * core.sum():
        return np.asarray(binary_dilation(core, iterations=1))
    return whole
