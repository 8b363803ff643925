"""An outline ruler of its own: finds the ellipse of a ball in a picture from the picture's edges alone.

It knows the shape (aspect and direction, from perspective), starts from a place and a size that are wrong on
purpose, reads the steepness of the colour along the normals, takes the strongest edge within a window that
narrows with each round, and fits place and size to these edges robustly; the best of several starts, spread
evenly around the place, counts: seams and dots near the rim draw some of them away. It sees one picture
only, so it cannot echo another; and nothing of it is shared with the correction pass.

A shaded ball darkens towards its rim like the root of the distance, which draws the steepest place inwards by
0.1-0.3 px. A picture with the same shading at a known place tells by how much: compare two readings.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import ndimage

from parabola.outline import outline, to_camera, to_pixels
from physics.camera import focal_px
from physics.scene import Scene

STARTS, CLEAR = 10, 0.95  # share of the rim that settles it at once
GOLDEN = 2.399963  # rad between the starts
ROUND = 4  # how much more the share of the rim counts than its steepness
BLUR = 0.7  # px, before the edges are read
WINDOWS = (7.0, 5.0, 3.5, 2.5, 1.8, 1.4, 1.4, 1.4)  # px to either side, one per round
STEP = 0.1  # px along the normal
LEAST = 0.025  # sRGB units per px: an edge
AGREE = 0.45  # px from the fit: an edge that counts as the rim


@dataclass(frozen=True)
class Outline:
    """An ellipse in pixels, x right, y down."""

    centre: np.ndarray  # (2,)
    axes: np.ndarray  # (2,)
    direction: np.ndarray  # (2,) of the first axis

    @property
    def radius(self) -> float:
        """Radius of the disc of equal area, px."""
        return float(np.sqrt(self.axes[0] * self.axes[1]))

    def rim(self, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points (count, 2), unit normals (count, 2), and growth of the rim per px of radius (count,)."""
        angle = np.arange(count) * (2 * np.pi / count)
        frame = np.stack([self.direction, [-self.direction[1], self.direction[0]]])
        local = np.stack([np.cos(angle), np.sin(angle)], -1)
        normal = (local / self.axes) @ frame
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        arm = (local * self.axes) @ frame
        return self.centre + arm, normal, np.sum(arm * normal, -1) / self.radius

    def moved(self, x: np.ndarray) -> Outline:
        """Moved by x[:2] px, radius grown by x[2] px."""
        return replace(self, centre=self.centre + x[:2], axes=self.axes * (1 + x[2] / self.radius))


@dataclass(frozen=True)
class Reading:
    """What the ruler says of one object in one picture."""

    offset: np.ndarray = field(default_factory=lambda: np.full(2, np.nan))  # px from the stated centre
    size: float = np.nan  # measured over stated radius, less 1
    rim: float = 0.0  # share of the visible rim that agrees with the fit
    steepness: float = 0.0  # median steepness there, sRGB units per px

    @property
    def good(self) -> bool:
        """Whether enough of a rim was found."""
        return self.rim >= 0.4


def stated(scene: Scene, t: float, positions: np.ndarray) -> list[Outline]:
    """The outlines that the scene states at film time `t`; NaN where a ball reaches the camera."""
    local = to_camera(scene, t, positions)
    shape = outline(local, np.array([b.radius for b in scene.bodies]))
    axes = focal_px(scene) * np.stack([shape.long_axis, shape.short_axis], -1)
    centre = to_pixels(scene, shape.centre)
    return [Outline(c, a, d * [1, -1]) for c, a, d in zip(centre, axes, shape.direction)]


def edges_of(picture: np.ndarray) -> np.ndarray:
    """The picture (H, W, 3), sRGB in [0, 1], smoothed so that slopes can be read."""
    return ndimage.gaussian_filter(np.asarray(picture, np.float32), (BLUR, BLUR, 0))


def measure(smooth: np.ndarray, truth: Outline, mine: np.ndarray, rng: np.random.Generator) -> Reading:
    """Find the ball near `truth` in a smoothed picture; `mine` (H, W) tells which of its pixels show.

    The starts are off by 2 px (by a quarter of the radius where that is less) and 5 %, the first way drawn
    from `rng`. Of what they lead to, the outline with the most rim counts, steepness second: a smaller one
    that runs through dots on the ball meets steeper edges, but not all the way round.
    """
    best, way, grown = Reading(), rng.uniform(0, 2 * np.pi), rng.choice([-0.05, 0.05])
    far = min(2.0, 0.25 * truth.radius)
    for k in range(STARTS):
        turn = way + k * GOLDEN
        off = [far * np.cos(turn), far * np.sin(turn), (-1) ** k * grown * truth.radius]
        found = _measure_once(smooth, truth, mine, truth.moved(np.array(off)))
        best = max(best, found, key=lambda reading: reading.rim**ROUND * reading.steepness)
        if best.rim > CLEAR:
            break
    return best


def _measure_once(smooth: np.ndarray, truth: Outline, mine: np.ndarray, now: Outline) -> Reading:
    count = int(np.clip(2 * np.pi * truth.radius, 32, 160))
    shown = _shown(truth, count, mine)
    if shown.sum() < 0.35 * count:
        return Reading()
    agree = steep = 0.0
    for window in WINDOWS:
        x, agree, steep = _round(smooth, now, shown, min(window, 0.5 * truth.radius))
        now = now.moved(x)
        if np.hypot(*(now.centre - truth.centre)) > 12 or not 0.5 < now.radius / truth.radius < 2:
            return Reading()
    return Reading(now.centre - truth.centre, now.radius / truth.radius - 1, agree, steep)


def steepness_at(smooth: np.ndarray, truth: Outline, mine: np.ndarray) -> float:
    """Median steepness of the picture across the stated rim, where it shows."""
    count = int(np.clip(2 * np.pi * truth.radius, 32, 160))
    shown = _shown(truth, count, mine)
    if not shown.any():
        return 0.0
    return float(np.median(_steepness(smooth, truth, np.array([-1.0, 0.0, 1.0]), count)[shown].max(-1)))


def _shown(truth: Outline, count: int, mine: np.ndarray) -> np.ndarray:
    """Rim points (count,) that show: the inner neighbour is the ball's own, all is in the picture."""
    points, normals, _ = truth.rim(count)
    h, w = mine.shape
    inner = np.floor(points - 1.6 * normals).astype(int)
    outer = points + 4 * normals
    inside = np.all((outer > 1) & (outer < (w - 1, h - 1)) & (inner >= 0) & (inner < (w, h)), -1)
    return inside & mine[np.clip(inner[:, 1], 0, h - 1), np.clip(inner[:, 0], 0, w - 1)]


def _steepness(smooth: np.ndarray, now: Outline, offsets: np.ndarray, count: int) -> np.ndarray:
    """|d colour / d o| (count, offsets) along the normals, central differences of half a pixel."""
    points, normals, _ = now.rim(count)

    def read(shift):
        p = points[:, None] + (offsets + shift)[:, None] * normals[:, None] - 0.5
        at = [p[..., 1], p[..., 0]]
        return np.stack(
            [ndimage.map_coordinates(smooth[..., c], at, order=1, mode="nearest") for c in range(3)], -1
        )

    return np.linalg.norm(read(0.5) - read(-0.5), axis=-1)


def _round(smooth: np.ndarray, now: Outline, shown: np.ndarray, window: float):
    """One round: correction (3,), share of the rim that agrees, its steepness."""
    offsets = np.arange(-window, window + STEP / 2, STEP)
    count = len(shown)
    steep = _steepness(smooth, now, offsets, count)[shown]
    _, normals, growth = now.rim(count)
    a = np.column_stack([normals, growth])[shown]
    best = (steep * np.exp(-2 * (offsets / window) ** 2)).argmax(1)
    y, height = offsets[best] + STEP * _vertex(steep, best), steep.max(1)
    strong = height > LEAST
    if strong.sum() < 8:
        return np.zeros(3), 0.0, 0.0
    x = _robust(a[strong], y[strong], np.minimum(height[strong], 0.15), max(0.25 * window, 0.3))
    close = strong & (np.abs(y - a @ x) < AGREE)
    return (
        np.clip(x, -3, 3),
        float(close.sum() / len(y)),
        float(np.median(height[close])) if close.any() else 0.0,
    )


def _vertex(steep: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Sub-sample place of the maximum by a parabola, in steps."""
    rows, mid = np.arange(len(best)), np.clip(best, 1, steep.shape[1] - 2)
    left, top, right = (steep[rows, mid + d] for d in (-1, 0, 1))
    bend = left - 2 * top + right
    return np.where(
        (bend < -1e-9) & (mid == best), np.clip(0.5 * (left - right) / np.minimum(bend, -1e-9), -1, 1), 0.0
    )


def _robust(a: np.ndarray, y: np.ndarray, weight: np.ndarray, scale: float) -> np.ndarray:
    """Weighted least squares under Geman-McClure's loss, from the median outwards."""
    x = np.array([0.0, 0.0, float(np.median(y))]) if scale > 1 else np.zeros(3)
    for _ in range(12):
        trust = weight / (1 + ((y - a @ x) / scale) ** 2) ** 2
        x = np.linalg.solve(a.T @ (trust[:, None] * a) + 1e-6 * np.eye(3), a.T @ (trust * y))
    return x
