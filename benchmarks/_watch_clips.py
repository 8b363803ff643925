"""Clips whose truth is known exactly: shaded, textured discs over textured ground, coded and decoded."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

FINE = 4  # sub-pixels along each side


@dataclass(frozen=True, kw_only=True)
class Disc:
    """A disc with a path: `place` (T, 2) px, `radius` (T,) px, `angle` (T,) rad, `tint` (T, 3) gains."""

    place: np.ndarray
    radius: np.ndarray
    colour: tuple[float, float, float] = (0.8, 0.25, 0.2)
    shading: float = 0.35  # share by which the side away from the light is darker
    texture: float = 0.0  # contrast of stripes that turn with the disc
    angle: np.ndarray | None = None
    tint: np.ndarray | None = None
    shadow: float = 0.0  # darkness of a shadow on the ground below the disc
    shutter: float = 0.0  # share of the frame's time that the shutter is open


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The rest of the picture."""

    size: tuple[int, int] = (192, 160)  # width, height
    ground: str = "texture"  # or "plain", "clutter"
    grain: float = 2.0 / 255
    seed: int = 0
    pillar: tuple[float, float] | None = None  # x from, to: something that things pass behind
    camera: np.ndarray | None = None  # (T, 2) px that the picture is shifted by
    extra: dict = field(default_factory=dict)


def ground(stage: Stage, pad: int = 40) -> np.ndarray:
    """(H + 2 pad, W + 2 pad, 3) sRGB."""
    rng = np.random.default_rng(stage.seed)
    w, h = stage.size[0] + 2 * pad, stage.size[1] + 2 * pad
    if stage.ground == "plain":
        return np.ones((h, w, 3))
    base = sum(
        a * ndimage.gaussian_filter(rng.standard_normal((h, w, 3)), (s, s, 0)) * s
        for s, a in ((1.0, 0.05), (3.0, 0.10), (12.0, 0.15))
    )
    picture = 0.5 + base
    if stage.ground == "clutter":
        for _ in range(14):
            x, y = rng.uniform(0, w), rng.uniform(0, h)
            dx, dy = rng.uniform(8, 40, 2)
            picture[int(y) : int(y + dy), int(x) : int(x + dx)] = rng.uniform(0.1, 0.9, 3)
        picture = ndimage.gaussian_filter(picture, (0.6, 0.6, 0))
    return np.clip(picture, 0, 1)


def render(stage: Stage, discs: list[Disc]) -> np.ndarray:
    """uint8 (T, H, W, 3): discs in order, later ones in front, then the pillar, then grain."""
    pad, rng = 40, np.random.default_rng(stage.seed + 1)
    wide = ground(stage, pad)
    w, h = stage.size
    frames = []
    for t in range(len(discs[0].place)):
        picture = wide.copy()
        for disc in discs:
            _shade_ground(picture, disc, t, pad)
        for disc in discs:
            _draw(picture, disc, t, pad)
        if stage.pillar:
            left, right = (int(x) + pad for x in stage.pillar)
            picture[:, left:right] = 0.6 * wide[:, left:right] + 0.1
        if stage.camera is not None:
            dx, dy = stage.camera[t]
            picture = ndimage.shift(picture, (dy, dx, 0), order=3, mode="nearest")
        picture = picture[pad : pad + h, pad : pad + w]
        noisy = picture + stage.grain * rng.standard_normal(picture.shape)
        frames.append(np.clip(noisy * 255 + 0.5, 0, 255).astype(np.uint8))
    return np.stack(frames)


def _shade_ground(picture: np.ndarray, disc: Disc, t: int, pad: int) -> None:
    if disc.shadow:
        x, y = disc.place[t] + pad
        r = disc.radius[t]
        yy, xx = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
        far = np.sqrt(((xx - x - 0.5 * r) / (1.3 * r)) ** 2 + ((yy - y - 1.05 * r) / (0.35 * r)) ** 2)
        picture *= (1 - disc.shadow * np.clip((1.15 - far) / 0.3, 0, 1))[..., None]


def _draw(picture: np.ndarray, disc: Disc, t: int, pad: int) -> None:
    """Composite one disc, its motion over the open shutter integrated by 8 sub-frames."""
    steps = np.linspace(-0.5, 0.5, 9)[:-1] + 1 / 16 if disc.shutter else np.zeros(1)
    speed = np.gradient(disc.place, axis=0)[t] if disc.shutter else np.zeros(2)
    r, reach = disc.radius[t], disc.radius[t] + 2 + disc.shutter * np.abs(speed).max()
    x, y = disc.place[t] + pad
    rows = slice(max(0, int(y - reach)), max(0, min(picture.shape[0], int(y + reach) + 1)))
    columns = slice(max(0, int(x - reach)), max(0, min(picture.shape[1], int(x + reach) + 1)))
    part = picture[rows, columns]
    if part.size == 0:
        return
    total = np.zeros((*part.shape[:2], 4))
    for step in steps:
        centre = np.array([x, y]) + step * disc.shutter * speed
        total += _premultiplied(disc, t, centre, r, rows, columns) / len(steps)
    picture[rows, columns] = part * (1 - total[..., 3:]) + total[..., :3]


def _premultiplied(disc: Disc, t: int, centre, r: float, rows: slice, columns: slice) -> np.ndarray:
    h, w = rows.stop - rows.start, columns.stop - columns.start
    fine = (np.arange(FINE * h) + 0.5) / FINE + rows.start, (np.arange(FINE * w) + 0.5) / FINE + columns.start
    v, u = np.meshgrid((fine[0] - centre[1]) / r, (fine[1] - centre[0]) / r, indexing="ij")
    inside = np.clip((1 - np.hypot(u, v)) * r * FINE + 0.5, 0, 1)
    light = 1 - disc.shading * (0.5 + 0.5 * np.clip(0.7 * u + 0.7 * v, -1, 1))
    if disc.texture:
        a = 0.0 if disc.angle is None else disc.angle[t]
        p, q = np.cos(a) * u + np.sin(a) * v, -np.sin(a) * u + np.cos(a) * v
        light = light * (1 + disc.texture * np.tanh(4 * np.sin(3.1 * p + 0.6) * np.cos(2.3 * q - 0.4)))
    tint = np.ones(3) if disc.tint is None else disc.tint[t]
    colour = np.clip(light[..., None] * np.array(disc.colour) * tint, 0, 1) * inside[..., None]
    both = np.concatenate([colour, inside[..., None]], -1)
    return both.reshape(h, FINE, w, FINE, 4).mean((1, 3))


def bounce(
    num_frames: int, start=(20.0, 30.0), speed=(2.3, 0.0), g=0.35, floor=140.0, e=0.8, r=9.0
) -> np.ndarray:
    """(T, 2) px: a ball thrown across the picture, bouncing on a floor (y of the surface)."""
    place = np.empty((num_frames, 2))
    y, v, fine = start[1], speed[1], 64
    for t in range(num_frames):
        place[t] = start[0] + speed[0] * t, y
        for _ in range(fine):
            v += g / fine
            y += v / fine
            if y > floor - r and v > 0:
                y, v = 2 * (floor - r) - y, -e * v
    return place
