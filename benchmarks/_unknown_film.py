"""Worlds filmed: shaded, patterned discs before a background, a camera that may pan, noise, H.264.

Pixels are means over 2 x 2 samples. The pattern turns with nothing (no spin), so an object's pixels keep
their look.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from benchmarks._codec import coded
from benchmarks._unknown_world import SIZE, World

COLOURS = np.array([
    [0.85, 0.2, 0.15], [0.15, 0.35, 0.85], [0.95, 0.75, 0.1], [0.2, 0.65, 0.3], [0.6, 0.25, 0.7],
    [0.1, 0.7, 0.75], [0.9, 0.5, 0.2], [0.35, 0.3, 0.3],
])  # fmt: skip
NOISE = 1.5 / 255
FINE = 2


@dataclass(frozen=True)
class Film:
    """How a world is filmed. `pan` px per frame of the camera along x; `crf` of H.264, None: no codec."""

    textured: bool = False
    pan: float = 0.0
    noise: float = NOISE
    crf: int | None = None


def shoot(world: World, places: np.ndarray, film: Film, seed: int) -> np.ndarray:
    """Frames uint8 (T, SIZE, SIZE, 3) of discs at `places` (T, n, 2)."""
    rng = np.random.default_rng(seed)
    ground = _ground(rng, film)
    frames = []
    for k, centres in enumerate(places):
        shift = film.pan * k
        y, x = (np.mgrid[: SIZE * FINE, : SIZE * FINE] + 0.5) / FINE
        rgb = _backdrop(ground, x + shift, y)
        radii = world.r + world.growth * k
        for number, (centre, r) in enumerate(zip(centres, radii)):
            rgb = _disc(rgb, x - centre[0], y - centre[1], r, COLOURS[number % len(COLOURS)])
        if world.seen_walls:
            rgb = _walls(rgb, x, y, world)
        if world.pillar is not None:
            rgb = np.where(((x > world.pillar[0]) & (x < world.pillar[1]))[..., None], [0.25, 0.27, 0.3], rgb)
        small = rgb.reshape(SIZE, FINE, SIZE, FINE, 3).mean((1, 3))
        frames.append(
            np.clip((small + rng.normal(0, film.noise, small.shape)) * 255 + 0.5, 0, 255).astype(np.uint8)
        )
    array = np.stack(frames)
    return array if film.crf is None else coded(array, film.crf)


def _ground(rng: np.random.Generator, film: Film) -> np.ndarray:
    flat = np.array([0.72, 0.74, 0.7])
    if not film.textured:
        return np.broadcast_to(flat, (SIZE, 3 * SIZE, 3))
    wave = sum(gaussian_filter(rng.normal(0, 1, (SIZE, 3 * SIZE, 3)), (s, s, 0)) * s for s in (1.5, 4.0, 9.0))
    return np.clip(flat + 0.05 * wave / np.std(wave) * 1.5, 0, 1)


def _backdrop(ground: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if np.ptp(ground) < 0.1 and np.allclose(ground, ground[0, 0]):
        return np.broadcast_to(ground[0, 0], (*x.shape, 3)).copy()
    places = np.stack([y - 0.5, np.clip(x - 0.5 + SIZE, 0, 3 * SIZE - 1)])
    return np.stack([map_coordinates(ground[..., c], places, order=1, mode="nearest") for c in range(3)], -1)


def _disc(rgb: np.ndarray, dx: np.ndarray, dy: np.ndarray, r: float, colour: np.ndarray) -> np.ndarray:
    inside = dx * dx + dy * dy < r * r
    u, v = dx / r, dy / r
    light = 0.65 + 0.35 * np.sqrt(np.maximum(1 - (u + 0.3) ** 2 - (v + 0.4) ** 2, 0))
    spots = 1.0 - 0.35 * ((np.sin(5 * u + 1) * np.cos(4 * v)) > 0.3)
    return np.where(inside[..., None], colour * (light * spots)[..., None], rgb)


def _walls(rgb: np.ndarray, x: np.ndarray, y: np.ndarray, world: World) -> np.ndarray:
    for px, py, nx, ny in world.walls:
        rgb = np.where((((x - px) * nx + (y - py) * ny) < 0)[..., None], [0.35, 0.33, 0.3], rgb)
    return rgb
