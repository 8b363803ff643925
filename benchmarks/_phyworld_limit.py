"""What three PhyWorld frames tell at best: the limit of any predictor that is told the form of the law.

A disc of a few pixels has a cell of places that show the same pixels (physics.predictor.cell, here given
the true radius and edge). Places drawn from the three cells, each put through the law by least squares
(uniform: straight; parabola: straight in x, any constant fall in y; collision: straight, then the contact
rule), differ from their mean by as much as the best guess differs from the truth: that is Bayes' risk under
flat priors on place, speed and fall. Discs above LARGEST px leave nothing open that would show here.
"""

from __future__ import annotations

import numpy as np

from benchmarks import _phyworld_score as scores
from benchmarks._phyworld_picture import EDGE
from benchmarks._phyworld_world import FRAMES, GIVEN, INTERVAL, SIZE, PhyScene, simulate
from physics.predictor.cell import LARGEST, cell

DRAWS = 200


def limit(scene: PhyScene, clip: np.ndarray, px: int) -> float | None:
    """Least expected error of velocity per scored frame, units/s; None where nothing is scored."""
    truth = simulate(scene)
    rng = np.random.default_rng(0)
    seen = scores.valid_frames(scene, truth)
    steps = seen[1:] & seen[:-1]
    if scene.task == "collision":
        steps &= np.arange(1, FRAMES) > scores.contact_frame(truth)
    if not steps.any():
        return None
    places = np.stack(
        [_places(scene, truth, clip, px, k, n, rng) for n in range(len(scene.radius)) for k in range(GIVEN)]
    )
    given = places.reshape(len(scene.radius), GIVEN, DRAWS, 2).transpose(2, 1, 0, 3)
    paths = np.array([_through_law(scene, one) for one in given])
    speed = np.diff(paths, axis=1)[:, steps] / INTERVAL
    if scene.task != "parabola":
        speed = speed[..., 0]
    return float(np.abs(speed - speed.mean(0)).mean())


def _places(scene, truth, clip, px: int, frame: int, disc: int, rng) -> np.ndarray:
    """(DRAWS, 2) units: places that show what this frame shows of a disc."""
    true, r = truth[frame, disc, :2], scene.radius[disc] / SIZE * (px - 1)
    if r > LARGEST:
        return np.repeat(true[None], DRAWS, 0)
    at = np.array([true[0], SIZE - true[1]]) / SIZE * (px - 1) + 0.5
    alpha = 1 - clip[frame, :, :, 1] / 255.0
    others = np.arange(len(scene.radius)) != disc
    if (
        others.any()
        and np.linalg.norm(truth[frame, others, :2] - true, axis=1).min() < 2 * scene.radius.sum()
    ):
        alpha = np.where(_near(alpha.shape, at, r), alpha, 0.0)
    mean, covariance = cell(alpha, at, float(r), 0.5 * EDGE * float(r), 0.0, 0.0, frame)
    off = rng.multivariate_normal(mean - at, covariance, DRAWS) / (px - 1) * SIZE
    return true + off * [1, -1]


def _near(shape: tuple[int, int], at: np.ndarray, r: float) -> np.ndarray:
    y, x = np.indices(shape) + 0.5
    return np.hypot(x - at[0], y - at[1]) < r + 2


def _through_law(scene: PhyScene, given: np.ndarray) -> np.ndarray:
    """(FRAMES, n, 2) places that the law makes of `given` (GIVEN, n, 2)."""
    t = INTERVAL * np.arange(FRAMES)
    path = np.empty((FRAMES, len(scene.radius), 2))
    for axis in range(2):
        degree = 2 if axis and scene.task == "parabola" else 1
        powers = np.polyfit(t[:GIVEN], given[..., axis], degree)
        path[..., axis] = sum(p * t[:, None] ** (degree - k) for k, p in enumerate(powers))
    if scene.task == "collision":
        start, speed = path[0], (path[1] - path[0]) / INTERVAL
        scores.collide(path, start, speed, scene.radius, t, True)
    return path
