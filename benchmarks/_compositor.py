"""A small NumPy compositor for synthetic clips: shaded, textured discs and boxes with soft shadows.

Exact coverage by the signed distance (box filter), light from above left, shadow as an ellipse on the floor
that widens and fades with height, shutter integrated over the path's sub-samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

LIGHT = np.array([-0.4, -0.65, 0.65])


@dataclass(frozen=True)
class Look:
    """How an object looks."""

    shape: str  # "disc" or "box"
    radius: float  # px; of a box half its side
    texture: np.ndarray  # (64, 64, 3) sRGB
    shadow: float = 0.0  # how dark its shadow is where it touches the floor; 0 for none


@dataclass(frozen=True)
class Pose:
    """Where an object is in one frame. Several places are averaged over: the open shutter."""

    places: np.ndarray  # (n, 2) px
    angle: float
    scale: float = 1.0
    gain: np.ndarray | float = 1.0  # on its colour
    floor: float | None = None  # y of the floor, for the shadow
    shown: float = 1.0  # opacity


def background(width: int, height: int, kind: str, rng: np.random.Generator) -> np.ndarray:
    """A still picture (H, W, 3) in [0, 1]: "smooth", "textured" or "cluttered"."""
    base = 0.5 * rng.uniform(0.3, 0.7) + 0.5 * rng.uniform(0.3, 0.7, 3)
    picture = base + _clouds(height, width, rng, (48, 16), 0.08)
    if kind == "textured":
        picture = picture + _clouds(height, width, rng, (6, 2.0, 0.9), 0.11)
    if kind == "cluttered":
        picture = picture + _clouds(height, width, rng, (8, 1.5), 0.06)
        yy, xx = np.mgrid[:height, :width]
        for _ in range(rng.integers(12, 24)):
            cx, cy, size = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(6, 40, 2)
            turn = rng.uniform(0, np.pi)
            u, v = xx - cx, yy - cy
            u, v = u * np.cos(turn) + v * np.sin(turn), v * np.cos(turn) - u * np.sin(turn)
            cover = np.clip(0.5 - np.maximum(abs(u) - size[0], abs(v) - size[1]), 0, 1)[..., None]
            picture = picture * (1 - cover) + cover * (
                0.5 * rng.uniform(0.15, 0.85) + 0.5 * rng.uniform(0.15, 0.85, 3) + 0.3 * (picture - base)
            )
    floor = np.clip((np.arange(height) / height - 0.75) * 4, 0, 1)[:, None, None]
    return np.clip(picture * (1 - 0.12 * floor), 0.05, 0.95).astype(np.float32)


def texture(rng: np.random.Generator, base: np.ndarray) -> np.ndarray:
    """A patterned skin (64, 64, 3) around `base`."""
    skin = base + _clouds(64, 64, rng, (9, 4), 0.10)
    if rng.random() < 0.6:  # two or three stripes or panels, so that rotation shows
        yy, xx = np.mgrid[:64, :64] / 32.0 - 1
        wave = np.sin(rng.uniform(3, 6) * (xx * np.cos(t := rng.uniform(0, 3)) + yy * np.sin(t)))
        skin = skin + 0.28 * np.tanh(3 * wave)[..., None] * rng.uniform(-0.8, 0.8, 3)
    return np.clip(skin, 0.03, 0.97)


def _clouds(h: int, w: int, rng: np.random.Generator, scales, amount: float) -> np.ndarray:
    total = np.zeros((h, w, 3))
    for scale in scales:
        white = 0.8 * rng.normal(size=(h, w, 1)) + 0.4 * rng.normal(size=(h, w, 3))
        field = ndimage.gaussian_filter(white, (scale, scale, 0), mode="wrap")
        total += field / field.std() * amount / len(scales)
    return total


def compose(picture: np.ndarray, looks, poses) -> np.ndarray:
    """`picture` (H, W, 3) with shadows, then objects in order; float in [0, 1]."""
    out = picture.copy()
    for look, pose in zip(looks, poses):
        if look.shadow and pose.floor is not None:
            _shade(out, look, pose)
    for look, pose in zip(looks, poses):
        _lay(out, look, pose)
    return out


def support(shape: tuple[int, int], looks, poses, margin: float) -> np.ndarray:
    """Pixels (H, W) within `margin` of any object or shadow."""
    out = np.zeros(shape, bool)
    for look, pose in zip(looks, poses):
        reach = look.radius * pose.scale * (1.45 if look.shape == "box" else 1.0) + margin
        for place in pose.places:
            rows, columns, y, x = _box(shape, place, reach + 1)
            out[rows, columns] |= np.hypot(x, y) < reach
            if look.shadow and pose.floor is not None:
                centre, a, b, _ = _ellipse(look, pose, place)
                rows, columns, y, x = _box(shape, centre, 3 * a + margin)
                out[rows, columns] |= np.hypot(x / (3 * a + margin), y / (3 * b + margin)) < 1
    return out


def _ellipse(look: Look, pose: Pose, place: np.ndarray):
    height = max(pose.floor - (place[1] + look.radius), 0.0) / (8 * look.radius)  # pyright: ignore
    a = look.radius * (0.75 + 0.6 * height)
    return np.array([place[0], pose.floor]), a, 0.3 * a, look.shadow / (1 + 3 * height) * pose.shown


def _shade(out: np.ndarray, look: Look, pose: Pose) -> None:
    centre, a, b, dark = _ellipse(look, pose, pose.places.mean(0))
    rows, columns, y, x = _box(out.shape[:2], centre, 3 * a)
    q = (x / a) ** 2 + (y / b) ** 2
    out[rows, columns] *= (1 - dark * np.exp(-0.7 * q) * (q < 9))[..., None]


def _lay(out: np.ndarray, look: Look, pose: Pose) -> None:
    middle = pose.places.mean(0)
    reach = 1.45 * look.radius * pose.scale + np.ptp(pose.places, axis=0).max() + 2
    rows, columns, y, x = _box(out.shape[:2], middle, reach)
    if not y.size or not x.size:
        return
    alpha, colour = np.zeros((y.size, x.size, 1)), np.zeros((y.size, x.size, 3))
    for place in pose.places:
        a, c = _skin(look, pose, x - (place - middle)[0], y - (place - middle)[1])
        alpha, colour = alpha + a / len(pose.places), colour + a * c / len(pose.places)
    out[rows, columns] = out[rows, columns] * (1 - pose.shown * alpha) + pose.shown * colour * pose.gain


def _skin(look: Look, pose: Pose, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coverage (h, w, 1) and colour (h, w, 3) on offsets x (1, w), y (h, 1) px from the centre."""
    r, cos, sin = look.radius * pose.scale, np.cos(pose.angle), np.sin(pose.angle)
    u, v = (x * cos + y * sin) / r, (y * cos - x * sin) / r
    if look.shape == "disc":
        far = np.hypot(x, y)
        alpha = np.clip(0.5 - (far - r), 0, 1)
        q = np.minimum(far / r, 0.999)
        normal = np.stack([x / r + 0 * y, y / r + 0 * x, np.sqrt(1 - q * q)])
        light = 0.45 + 0.6 * np.clip(np.tensordot(LIGHT / np.linalg.norm(LIGHT), normal, 1), 0, 1)
    else:
        alpha = np.clip(0.5 - r * (np.maximum(abs(u), abs(v)) - 1), 0, 1)
        light = 1.0 - 0.15 * v
    at = [np.clip((v + 1) * 31.5, 0, 63), np.clip((u + 1) * 31.5, 0, 63)]
    colour = np.stack([ndimage.map_coordinates(look.texture[..., c], at, order=1) for c in range(3)], -1)
    return alpha[..., None], np.clip(colour * light[..., None], 0, 1)


def _box(shape: tuple[int, int], centre: np.ndarray, reach: float):
    """Slices around `centre`, and the pixel centres' offsets y (h, 1), x (1, w) from it."""
    (x0, y0), (x1, y1) = np.floor(centre - reach).astype(int), np.ceil(centre + reach).astype(int)
    rows, columns = (
        slice(max(a, 0), max(min(b, n), max(a, 0))) for a, b, n in ((y0, y1, shape[0]), (x0, x1, shape[1]))
    )
    y = (np.arange(rows.start, rows.stop) + 0.5 - centre[1])[:, None]
    x = (np.arange(columns.start, columns.stop) + 0.5 - centre[0])[None]
    return rows, columns, y, x
