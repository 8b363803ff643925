"""Transparent background: the bodies, boxes, smoke and flames of a scene, cut out of ground and sky.

Alpha is the guide's own coverage, anti-aliased with eight samples per edge pixel, not a key drawn from the
picture. It is straight: a pixel's colour is that of the thing alone. At edges and beyond them it is the
colour of the nearest pixel that is all thing, so that scaling and mip-maps find no dark halo.

Limits: shadows and reflections on the ground go with the ground; glass is as opaque as what it shows.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from physics.colour import quantise
from physics.guide import Guide
from physics.scene import Scene

THINGS = ("gas",)  # media that can be cut out
MEDIA = ("physics.media", "physics.mechanics")  # where worlds other than the rigid one are described
FULL = 0.995  # coverage from which a pixel is all thing
REACH = 16  # px that a colour is carried; farther out it is the things' mean


def check_alpha(scene: Scene) -> None:
    """Refuse worlds that cannot be cut out, before any work."""
    for name, value in vars(scene).items():
        held = value if isinstance(value, tuple) else (value,)
        if name not in THINGS and any(type(item).__module__ in MEDIA for item in held):
            raise ValueError(f"--alpha: {name} cannot be cut out, only bodies, boxes, gas; leave it out")
    if not (scene.bodies or scene.boxes or scene.gas):
        raise ValueError("--alpha: nothing stands before the background; add a body, a box or smoke")


def rgba(frame: np.ndarray, guide: Guide) -> np.ndarray:
    """uint8 (H, W, 4) straight alpha of a frame uint8 (H, W, 3) whose guide knows its coverage."""
    assert guide.alpha is not None
    alpha = np.clip(np.asarray(guide.alpha), 0.0, 1.0)
    picture = frame if guide.front is None else _own(frame, guide)
    colour = _dilated(picture, _known(alpha, guide.front is not None))
    return np.concatenate([colour, quantise(alpha)[..., None]], -1)


def _own(frame: np.ndarray, guide: Guide) -> np.ndarray:
    """The frame where it shows solid things, the gas's own colour where it shows gas."""
    share = np.asarray(guide.medium)[..., None]
    return quantise(share * np.asarray(guide.front) + (1 - share) * (frame / np.float32(255)))


def _known(alpha: np.ndarray, soft: bool) -> np.ndarray:
    """Pixels (H, W) whose colour is the thing's own: all of it, or any gas that can be told."""
    full = alpha >= (0.02 if soft else FULL)
    return full if full.any() else alpha >= max(float(alpha.max()) - 1e-6, 1e-6)


def _dilated(picture: np.ndarray, known: np.ndarray) -> np.ndarray:
    """`picture` (H, W, 3) where `known`; around it the nearest known colour, then the mean."""
    if not known.any():
        return np.zeros_like(picture)
    distance, nearest = ndimage.distance_transform_edt(~known, return_indices=True)  # pyright: ignore
    out = picture[tuple(nearest)]
    out[distance > REACH] = np.uint8(picture[known].mean(0) + 0.5)
    return out
