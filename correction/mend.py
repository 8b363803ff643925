"""Re-rendering: a layer laid where it belongs, what it uncovers filled, everything else untouched.

A mended picture is prediction + alpha inside + (1 - alpha) outside, where `inside` and `outside` are what
the painter added to the prediction on the object and around it, the first moved along with the object,
both carried across the rim. So the outline is the predicted, anti-aliased one, and the painter's light
stays.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from correction.outline import Ellipse
from correction.track import View

RIM = 1.5  # px inside an outline from where a colour is the object's own
REACH = 2.0  # px around an outline that a repair may touch


def relay(view: View, stated: Ellipse, painted: Ellipse, weight: float) -> tuple[np.ndarray, np.ndarray]:
    """Move the object from the `painted` outline to the `stated` one: picture (h, w, 3), touched (h, w)."""
    here, there = (e.distance(*view.grid()) for e in (stated, painted))
    near = np.minimum(here, there)
    touched = (near < REACH) & ~view.front
    light = view.frame - view.prior
    outside = spread(light, (near >= REACH) & ~view.front)
    inside = _layer(view, stated, painted, here, there)
    target = _composite(view.prior, here, inside, outside)
    return _blend(view.frame, target, touched, weight), touched


def restore(view: View, stated: Ellipse, light: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bring back a vanished object: as predicted, with its usual `light` (3,) added."""
    here = stated.distance(*view.grid())
    touched = (here < REACH) & ~view.front
    outside = spread(view.frame - view.prior, (here >= REACH) & ~view.front)
    target = _composite(view.prior, here, np.broadcast_to(light, view.prior.shape), outside)
    return _blend(view.frame, target, touched, 1.0), touched


def remove(frame: np.ndarray, prior: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The prediction in place of what `mask` (h, w) marks, in the light around it."""
    return np.where(mask[..., None], prior + spread(frame - prior, ~mask), frame)


def recolour(view: View, stated: Ellipse, change: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Change the object's mean colour by `change` (3,): gain where it carries, offset for the rest."""
    alpha = coverage(stated.distance(*view.grid())) * ~view.front
    inner = (alpha == 1) & view.mine
    mean = np.maximum(view.frame[inner].mean(0), 0.02)
    gain = np.clip((mean + change) / mean, 0.6, 1.6)
    target = view.frame * gain
    for _ in range(3):  # clipped highlights give less than asked for
        target = np.clip(target, 0, 1)
        target = target + (view.frame[inner].mean(0) + change - target[inner].mean(0))
    touched = alpha > 0
    return _blend(view.frame, view.frame + alpha[..., None] * (target - view.frame), touched, 1.0), touched


def coverage(distance: np.ndarray) -> np.ndarray:
    """Share of a pixel inside an outline that passes at `distance` px, for a box filter."""
    return np.clip(0.5 - distance, 0.0, 1.0)


def spread(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """`values` (h, w, 3) where `known`, elsewhere their neighbours' mean, from ever farther away."""
    out = np.where(known[..., None], values, 0.0)
    filled = known.copy()
    for sigma in (1.5, 5.0, 15.0):
        share = ndimage.gaussian_filter(known.astype(np.float32), sigma, truncate=3.0)
        mean = ndimage.gaussian_filter(
            np.where(known[..., None], values, 0.0), (sigma, sigma, 0), truncate=3.0
        )
        new = ~filled & (share > 0.02)
        out[new] = mean[new] / share[new, None]
        filled |= new
    out[~filled] = values[known].mean(0) if known.any() else 0.0
    return out


def _composite(
    prior: np.ndarray, distance: np.ndarray, inside: np.ndarray, outside: np.ndarray
) -> np.ndarray:
    alpha = coverage(distance)[..., None]
    return prior + alpha * inside + (1 - alpha) * outside


def _blend(frame: np.ndarray, target: np.ndarray, touched: np.ndarray, weight: float) -> np.ndarray:
    return np.where(touched[..., None], frame + weight * (np.clip(target, 0, 1) - frame), frame)


def _layer(view: View, stated: Ellipse, painted: Ellipse, here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """What the painter added on the object, at its stated place.

    Either the whole object was displaced, with its texture, or its rim alone was bent: what leaves less
    on top of the prediction explains the picture better.
    """
    light, deep = view.frame - view.prior, (np.maximum(here, there) < -RIM) & view.mine
    moved, valid = _moved(view, stated, painted, here)
    both = deep & valid
    if both.sum() >= 12 and _spread_of(light[both]) <= _spread_of(moved[both]):
        return spread(light, deep)
    return spread(moved, valid & (here < 1.0))


def _spread_of(values: np.ndarray) -> float:
    return float(np.abs(values - np.median(values, axis=0)).mean())


def _moved(view: View, stated: Ellipse, painted: Ellipse, here: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frame at the painted object minus prediction at the stated one, per pixel of the stated object."""
    x, y = view.grid()
    x, y = (
        np.broadcast_to(x - stated.centre[0], here.shape),
        np.broadcast_to(y - stated.centre[1], here.shape),
    )
    length = np.maximum(np.hypot(x, y), 1e-6)
    held = np.maximum(1 - np.maximum(here + RIM, 0) / length, 0)  # the rim takes the colour from just inside
    q = np.stack([y * held, x * held])
    corner = np.array([view.origin[1], view.origin[0]], float)[:, None, None] + 0.5
    source = painted.centre[::-1, None, None] + q * (painted.radius / stated.radius) - corner
    target = stated.centre[::-1, None, None] + q - corner
    moved = _cubic(view.frame, source) - _cubic(view.prior, target)
    i, j = (np.clip(np.rint(source[a]).astype(int), 0, here.shape[a] - 1) for a in (0, 1))
    return moved, ~view.front[i, j]


def _cubic(picture: np.ndarray, at: np.ndarray) -> np.ndarray:
    planes = [ndimage.map_coordinates(picture[..., c], at, order=3, mode="nearest") for c in range(3)]
    return np.stack(planes, -1)
