"""PhyWorld's renderer, its published parser, and an unbiased one.

The renderer puts pixel i of a row of W at i / (W - 1) of the width, the published parser reads it at i / W:
every place and speed then reads low by 1 / W (0.39 % at 256 px), which is most of the published "ground
truth error". The unbiased parser reads with the renderer's own grid and weighs pixels by how much of the
disc they show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks._phyworld_world import SIZE

COLOURS = np.array([[255.0, 0.0, 0.0], [0.0, 0.0, 255.0]])  # disc 1 red, disc 2 blue, on white
EDGE = 0.03  # of the squared radius: width of the soft edge
ABSENT = 0.15  # px of area at and below which the published parser calls a disc absent


@dataclass(frozen=True)
class Parsed:
    """What a parser reads from T frames: `place` (T, n, 2) and `radius` (T, n) in units, y up; `area`
    (T, n) px.
    """

    place: np.ndarray
    radius: np.ndarray
    area: np.ndarray


def render(place: np.ndarray, radius: np.ndarray, px: int) -> np.ndarray:
    """Frames uint8 (T, px, px, 3) of discs at `place` (T, n, 2) with `radius` (n,) in units, y up."""
    grid = np.linspace(0.0, 1.0, px)
    frames = np.full((len(place), px, px, 3), 255, np.uint8)
    for frame, centres in zip(frames, place / SIZE, strict=True):
        for colour, (x, y), r in zip(COLOURS, centres, radius / SIZE):
            squared = (grid[None, :] - x) ** 2 + (grid[::-1, None] - y) ** 2
            mask = np.clip((r * r - squared) / (EDGE * r * r), 0.0, 1.0)[..., None]
            frame[:] = (frame * (1 - mask) + colour * mask).astype(np.uint8)
    return frames


def parse_published(frames: np.ndarray, count: int) -> Parsed:
    """Centroid of a colour mask, pixel i at i / W; an absent single disc sits at the right edge (x = 10)."""
    px = frames.shape[2]
    high, low = frames > 127, frames < 127
    masks = np.stack(
        [high[..., 0] & low[..., 1] & low[..., 2], low[..., 0] & low[..., 1] & high[..., 2]], axis=1
    )
    area = masks[:, :count].sum((2, 3)).astype(float)
    place = _centroids(masks[:, :count].astype(float), area, np.arange(px) / px) * SIZE
    radius = np.sqrt(area / np.pi) / px * SIZE
    absent = area <= ABSENT
    edge = SIZE if count == 1 else np.array([0.0, SIZE])
    place[..., 0] = np.where(absent, edge, place[..., 0])
    for k in range(len(place)):  # y and radius stay as they were
        held = (place[k - 1, :, 1], radius[k - 1]) if k else (np.nan, np.nan)
        place[k, :, 1] = np.where(absent[k], held[0], place[k, :, 1])
        radius[k] = np.where(absent[k], held[1], radius[k])
    return Parsed(place, radius, area)


def parse_unbiased(frames: np.ndarray, count: int) -> Parsed:
    """Centroid of the soft cover of each colour, pixel i at i / (W - 1); nan where nothing is seen."""
    px = frames.shape[2]
    f = frames.astype(np.float32) / 255
    cover = np.stack(
        [f[..., 0] - np.maximum(f[..., 1], f[..., 2]), f[..., 2] - np.maximum(f[..., 0], f[..., 1])], 1
    )
    cover = np.where(cover[:, :count] > 0.02, cover[:, :count], 0.0)
    area = cover.sum((2, 3)).astype(float)
    place = _centroids(cover, area, np.linspace(0.0, 1.0, px)) * SIZE
    return Parsed(place, np.sqrt(area / np.pi) / (px - 1) * SIZE, area)


def _centroids(weight: np.ndarray, area: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """(T, n, 2) centroid of weights (T, n, H, W); rows count upwards, nan where the area is 0."""
    with np.errstate(invalid="ignore"):
        x = (weight.sum(2) * grid).sum(-1) / np.where(area > 0, area, np.nan)
        y = (weight.sum(3) * grid[::-1]).sum(-1) / np.where(area > 0, area, np.nan)
    return np.stack([x, y], axis=-1)
