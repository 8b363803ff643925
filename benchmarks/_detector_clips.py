"""Clips on which finding things is hard, with the truth of every disc in every frame.

Two renderers (`_watch_clips`, `_compositor`) that differ in shading, skins, outlines and ground, neither of
which drew what the learned detector is trained on. A family is one difficulty; a seed is one clip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from benchmarks._codec import coded
from benchmarks._compositor import Look, Pose, background, compose, texture
from benchmarks._watch_clips import Disc, Stage, render

WIDTH, HEIGHT, T = 192, 160, 24
SHORT = 6  # frames of a clip that is hardly begun
SHOWN = 0.5  # share of a disc's area that has to show for it to count


@dataclass(frozen=True)
class Clip:
    """Frames and what is in them."""

    frames: np.ndarray  # (T, H, W, 3) uint8
    place: np.ndarray  # (T, n, 2) px
    radius: np.ndarray  # (n,) px
    shown: np.ndarray  # (T, n) bool: more than half of it shows


def _shown(place: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Which discs show by more than half: inside the picture, and not behind a later one; (T, n)."""
    y, x = np.mgrid[:HEIGHT:2, :WIDTH:2] + 1.0
    out = np.zeros(place.shape[:2], bool)
    for t, centres in enumerate(place):
        free = np.ones(x.shape, bool)
        for n in reversed(range(len(radius))):
            disc = np.hypot(x - centres[n, 0], y - centres[n, 1]) < radius[n]
            out[t, n] = 4 * (disc & free).sum() > SHOWN * np.pi * radius[n] ** 2
            free &= ~disc
    return out


def flights(
    rng: np.random.Generator, n: int, count: int, speed: float = 2.5
) -> tuple[np.ndarray, np.ndarray]:
    """Places (count, n, 2) of discs thrown about inside the picture, and radii (n,)."""
    radius = rng.uniform(5, 12, n)
    place = np.empty((count, n, 2))
    x = rng.uniform((20, 20), (WIDTH - 20, HEIGHT - 20), (n, 2))
    v = speed * rng.uniform(0.4, 1.0, (n, 1)) * _headings(rng, n)
    g = rng.uniform(0.0, 0.15)
    for t in range(count):
        place[t] = x
        v = v + [0, g]
        x = x + v
        for axis, size in enumerate((WIDTH, HEIGHT)):
            out = (x[:, axis] < radius) & (v[:, axis] < 0) | (x[:, axis] > size - radius) & (v[:, axis] > 0)
            v[:, axis] = np.where(out, -0.85 * v[:, axis], v[:, axis])
    return place, radius


def _headings(rng: np.random.Generator, n: int) -> np.ndarray:
    a = rng.uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(a), np.sin(a)], -1)


def _discs(rng: np.random.Generator, place, radius, colour=None, **look) -> list[Disc]:
    count = len(place)
    return [
        Disc(
            place=place[:, n], radius=np.full(count, r), texture=look.get("texture", rng.uniform(0, 0.3)),
            colour=tuple(rng.uniform(0.1, 0.95, 3)) if colour is None else colour,
            shading=look.get("shading", rng.uniform(0.1, 0.4)),
        )
        for n, r in enumerate(radius)
    ]  # fmt: skip


def _clip(stage: Stage, discs: list[Disc], place, radius, crf: int | None = None) -> Clip:
    frames = render(stage, discs)
    camera = 0.0 if stage.camera is None else stage.camera[:, None]
    frames = frames if crf is None else coded(frames, crf)
    return Clip(frames, place + camera, radius, _shown(place + camera, radius))


def _handheld(rng: np.random.Generator, count: int, amount: float = 2.5) -> np.ndarray:
    walk = ndimage.gaussian_filter(rng.standard_normal((count + 20, 2)), (1.5, 0))[10:-10]
    return amount * walk / walk.std()


def thrown(
    seed: int, ground: str = "texture", crf: int | None = None, count: int = T, camera: str = ""
) -> Clip:
    """One to four discs over a ground."""
    rng = np.random.default_rng([seed, 1])
    place, radius = flights(rng, int(rng.integers(1, 5)), count)
    shift = None
    if camera == "pan":
        shift = np.arange(count)[:, None] * rng.uniform(0.8, 1.6) * _headings(rng, 1)
    elif camera:
        shift = _handheld(rng, count)
    stage = Stage(size=(WIDTH, HEIGHT), ground=ground, seed=seed + 100, camera=shift)
    return _clip(stage, _discs(rng, place, radius), place, radius, crf)


def touching(seed: int) -> Clip:
    """Three discs of one colour that lie against each other and travel together, then slowly part."""
    rng = np.random.default_rng([seed, 2])
    radius = rng.uniform(7, 11, 3)
    a, b = rng.uniform(0, 2 * np.pi), rng.choice([-1, 1]) * rng.uniform(1.2, 2.2)
    x = np.zeros((3, 2))
    x[1] = (radius[0] + radius[1] - 0.5) * np.array([np.cos(a), np.sin(a)])
    x[2] = (radius[0] + radius[2] - 0.5) * np.array([np.cos(a + b), np.sin(a + b)])
    start = [WIDTH / 2, HEIGHT / 2] - T / 2 * (v := 2.2 * _headings(rng, 1)[0])
    away = (x - x.mean(0)) / np.hypot(*(x - x.mean(0)).T)[:, None]
    t = np.arange(T)[:, None, None]
    place = start + x + t * v + np.maximum(t - T // 2, 0) * 0.5 * away
    colour = tuple(rng.uniform(0.1, 0.95, 3))
    stage = Stage(size=(WIDTH, HEIGHT), ground="texture", seed=seed + 100)
    return _clip(stage, _discs(rng, place, radius, colour), place, radius)


def faint(seed: int) -> Clip:
    """Discs hardly brighter or darker than a quiet ground, in grain."""
    rng = np.random.default_rng([seed, 3])
    place, radius = flights(rng, 2, T)
    stage = Stage(size=(WIDTH, HEIGHT), ground="plain", seed=seed, grain=5 / 255)
    grey = 1.0 - rng.uniform(0.045, 0.075)
    discs = _discs(rng, place, radius, (grey,) * 3, texture=0.0, shading=0.02)
    clip = _clip(stage, discs, place, radius)
    dim = clip.frames.astype(float) * 0.6  # so that white does not hide half of the grain
    grain = rng.normal(0, 4.0, dim.shape)
    return Clip(np.clip(dim + grain + 0.5, 0, 255).astype(np.uint8), place, radius, clip.shown)


def waiting(seed: int) -> Clip:
    """Discs that lie still for half of the clip, then are pushed by no more than their own width."""
    rng = np.random.default_rng([seed, 4])
    place, radius = flights(rng, 2, T, speed=0.1)
    t = np.maximum(np.arange(T) - T // 2, 0)[:, None, None]
    place = place[:1] + t * 0.13 * radius[:, None] * _headings(rng, 2)
    stage = Stage(size=(WIDTH, HEIGHT), ground="clutter", seed=seed + 100)
    return _clip(stage, _discs(rng, place, radius), place, radius)


def composed(seed: int, camera: bool = False, crf: int | None = None) -> Clip:
    """Another renderer: boxes and discs with skins that turn, lit from above left."""
    rng = np.random.default_rng([seed, 5])
    place, radius = flights(rng, 3, T)
    pad = 50 if camera else 0
    ground = background(WIDTH + 2 * pad, HEIGHT + 2 * pad, "cluttered" if camera else "textured", rng)
    looks = [
        Look(str(rng.choice(["disc", "disc", "box"])), r, texture(rng, rng.uniform(0.1, 0.9, 3)))
        for r in radius
    ]
    shift = _handheld(rng, T, 3.0) if camera else np.zeros((T, 2))
    turns = rng.uniform(-0.08, 0.08, 3)
    frames = []
    for t in range(T):
        dx, dy = shift[t]
        moved = ndimage.shift(ground, (dy, dx, 0), order=1, mode="nearest") if camera else ground
        moved = moved[pad : pad + HEIGHT, pad : pad + WIDTH]
        poses = [Pose((p + shift[t])[None], turns[n] * t) for n, p in enumerate(place[t])]
        noisy = compose(moved, looks, poses) * 255 + rng.normal(0, 2.0, moved.shape)
        frames.append(np.clip(noisy + 0.5, 0, 255).astype(np.uint8))
    array = np.stack(frames)
    at = place + shift[:, None]
    return Clip(array if crf is None else coded(array, crf), at, radius, _shown(at, radius))


FAMILIES: dict[str, Callable[[int], Clip]] = {
    "still camera, quiet ground": thrown,
    "still camera, clutter": lambda seed: thrown(seed, "clutter"),
    "clutter, H.264 crf 28": lambda seed: thrown(seed, "clutter", 28),
    "clutter, panning": lambda seed: thrown(seed, "clutter", camera="pan"),
    "clutter, hand-held, crf 28": lambda seed: thrown(seed, "clutter", 28, camera="hand"),
    "clutter, panning, 6 frames": lambda seed: thrown(seed, "clutter", count=SHORT, camera="pan"),
    "clutter, still, 6 frames": lambda seed: thrown(seed, "clutter", count=SHORT),
    "touching from the start": touching,
    "faint in grain": faint,
    "at rest, then slow": waiting,
    "other renderer, still": composed,
    "other renderer, hand-held, crf 28": lambda seed: composed(seed, True, 28),
}
