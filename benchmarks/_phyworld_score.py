"""PhyWorld's measures, as published and repaired, and the closed-form oracle.

Scored are the frames after the given three in which the TRUE discs are in view (single disc: on both axes;
collision: the outer edge of each in x). Velocities are forward differences over 0.1 s.

`mean_error` is what the published code computes: uniform |mean vx - v|; collision |mean vx - true mean vx|
after contact, both discs; parabola the mean of |x| and |y| errors of place (its published floor, 0.0210, is
that of places, not of velocities). `frame_error` is what the paper's text says: the mean over frames of
|v - true v|. Clips without two scored frames in a row say None. A disc has vanished in a clip when in any
scored frame less than a quarter of it shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks._phyworld_picture import EDGE, Parsed, parse_unbiased
from benchmarks._phyworld_world import FRAMES, GIVEN, GRAVITY, INTERVAL, SIZE, THRESHOLD, PhyScene

SMALLEST_SINGLE, SMALLEST_PAIR = 0.6, 0.5  # radii below (pair: up to) which the published scores drop a clip
TURN = 0.1  # units/s of change that mark the contact
SHOWN = 0.25  # of the disc's area


@dataclass(frozen=True)
class Score:
    """Of one clip; None where nothing can be scored."""

    mean_error: float | None
    frame_error: float | None
    vanished: bool


def kept(scene: PhyScene) -> bool:
    """Whether the published scores count this clip."""
    if scene.task == "collision":
        return bool((scene.radius > SMALLEST_PAIR).all())
    return bool(scene.radius[0] >= SMALLEST_SINGLE)


def valid_frames(scene: PhyScene, truth: np.ndarray) -> np.ndarray:
    """(FRAMES,) which frames are scored; `truth` (FRAMES, n, 4)."""
    x, y, r = truth[..., 0], truth[..., 1], scene.radius
    if scene.task == "collision":
        seen = (x[:, 0] - r[0] >= 0) & (x[:, 1] + r[1] <= SIZE)
    else:
        seen = ((x >= r) & (x <= SIZE - r) & (y >= r) & (y <= SIZE - r))[:, 0]
    return seen & (np.arange(len(truth)) >= GIVEN)


def score(scene: PhyScene, truth: np.ndarray, parsed: Parsed, pixels_per_unit: float) -> Score:
    """Score what was parsed from all FRAMES frames of a clip."""
    seen = valid_frames(scene, truth)
    expected = np.pi * (scene.radius * pixels_per_unit) ** 2
    vanished = bool((parsed.area[seen] < SHOWN * expected).any())
    steps = seen[1:] & seen[:-1]
    if scene.task == "collision":
        steps &= np.arange(1, len(truth)) > contact_frame(truth)
    if not steps.any():
        return Score(None, None, vanished)
    speed = np.diff(parsed.place, axis=0)[steps] / INTERVAL
    true_speed = np.diff(truth[..., :2], axis=0)[steps] / INTERVAL
    if scene.task == "parabola":
        error = float(np.abs(parsed.place - truth[..., :2])[seen].mean())
        return Score(error, float(np.abs(speed - true_speed).mean()), vanished)
    vx, true_vx = speed[..., 0], true_speed[..., 0]
    target = scene.velocity[:, 0] if scene.task == "uniform" else true_vx.mean(0)
    mean_error = float(np.abs(vx.mean(0) - target).mean())
    return Score(mean_error, float(np.abs(vx - true_vx).mean()), vanished)


def contact_frame(truth: np.ndarray) -> int:
    """First frame in which a true velocity differs from the one before; FRAMES where none does."""
    turned = (np.abs(np.diff(truth[..., 2], axis=0)) > TURN).any(1)
    return int(np.argmax(turned)) + 1 if turned.any() else FRAMES


def oracle(scene: PhyScene, given: np.ndarray, told_rule: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """(places (FRAMES, n, 2), radii) by closed form from the given frames: soft centroids, least squares.

    It knows the task's law, g, and with `told_rule` that slow impacts do not bounce.
    """
    n = len(scene.radius)
    parsed = parse_unbiased(given, n)
    radius = np.sqrt(parsed.area.mean(0) / np.pi / (1 - EDGE / 2)) / (given.shape[2] - 1) * SIZE
    t = INTERVAL * np.arange(FRAMES)
    fall = np.array([0.0, -0.5 * GRAVITY if scene.task == "parabola" else 0.0])
    flat = parsed.place - fall * (t[:GIVEN] ** 2)[:, None, None]
    design = np.stack([np.ones(GIVEN), t[:GIVEN]], axis=1)
    start, speed = np.linalg.lstsq(design, flat.reshape(GIVEN, -1), rcond=None)[0].reshape(2, n, 2)
    place = start + speed * t[:, None, None] + fall * (t**2)[:, None, None]
    if scene.task == "collision":
        collide(place, start, speed, radius, t, told_rule)
    return place, radius


def collide(place, start, speed, radius, t, told_rule: bool) -> None:
    """Change `place` after the head-on impact, along x, in place."""
    closing = speed[0, 0] - speed[1, 0]
    gap = start[1, 0] - start[0, 0] - radius.sum()
    if closing <= 0:
        return
    when, mass = gap / closing, radius**2
    e = 0.0 if told_rule and closing <= THRESHOLD else 1.0
    impulse = (1 + e) * closing / (1 / mass).sum()
    after = speed[:, 0] + np.array([-1, 1]) * impulse / mass
    late = t > when
    meet = start[:, 0] + speed[:, 0] * when
    place[late, :, 0] = meet + after * (t[late, None] - when)
