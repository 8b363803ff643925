"""The world of PhyWorld (Kang et al., "How Far is Video Generation from World Model", ICML 2025): scenes
and motion.

World 10 x 10 units, y up. One or two discs of density 1, restitution 1, no walls. States are sampled every
0.1 s, after steps 1, 11, 21, ... of 0.01 s. `simulate` takes the steps of Box2D 2.3 (semi-implicit Euler;
contacts found at the start of a step; one velocity constraint per pair) in its single precision, because
the published ground truth holds them: a pair that closes at no more than 1 unit/s does NOT bounce
(b2_velocityThreshold), and a contact acts up to one step late. tests/benchmarks/test_phyworld.py holds it
against states that pybox2d 2.3.10 made.

Grids are the "vis" grids of the published code (ranges of the code, not of the paper's text): in range, and
out of range below, above and across. Placement follows the published rules; its random stream is ours,
because the published one repeats every 1000 scenes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

TASKS = ("uniform", "parabola", "collision")
SIZE = 10.0  # units
FRAMES, GIVEN, INTERVAL = 32, 3, 0.1  # frames in all, frames given, s between frames
STEP, STEPS_PER_FRAME = np.float32(0.01), 10
GRAVITY = 2.5  # units/s^2, downwards, "parabola" only
THRESHOLD = np.float32(1.0)  # units/s: closing speeds up to this do not bounce
SLOP, BAUMGARTE, MAX_CORRECTION = (
    np.float32(0.005),
    np.float32(0.2),
    np.float32(0.2),
)  # Box2D's position solver

V_IN, V_LOW, V_HIGH = (1.0, 4.0), (0.0, 0.8), (4.5, 6.0)
R_IN, R_LOW, R_HIGH = (0.7, 1.4), (0.3, 0.6), (1.5, 2.0)
PAIR_R_IN, PAIR_R_LOW, PAIR_R_HIGH = (0.5, 1.5), (0.3, 0.4), (1.7, 2.0)


@dataclass(frozen=True)
class PhyScene:
    """One clip: what moves and from where. `radius` (n,), `place` and `velocity` (n, 2): units, units/s,
    y up.
    """

    task: str
    split: str  # "in" or "out"
    radius: np.ndarray
    place: np.ndarray
    velocity: np.ndarray


def scenes(task: str, split: str, seed: int = 42) -> list[PhyScene]:
    """All scenes of a task's evaluation grid that fit the world."""
    rng = np.random.default_rng([seed, TASKS.index(task), split == "out"])
    if task == "collision":
        placed = (pair(rng, split, *row) for row in _pair_grid(split))
        return [scene for scene in placed if scene is not None]
    return [single(rng, task, split, v, r) for v, r in _single_grid(task, split)]


def _single_grid(task: str, split: str) -> list[tuple[float, float]]:
    """(speed, radius) of every scene."""
    few = 8 if task == "uniform" else 4
    v_in, v_low, v_high = (np.linspace(*span, 16) for span in (V_IN, V_LOW, V_HIGH))
    r_in, r_low, r_high = np.linspace(*R_IN, 10), np.linspace(*R_LOW, 8), np.linspace(*R_HIGH, 8)
    if split == "in":
        return list(product(v_in, r_in))
    low = [(np.linspace(*V_IN, few), r_low), (v_low, np.linspace(*R_IN, few)), (v_low, r_low)]
    high = [(v_in, r_high), (v_high, r_in), (v_high, r_high)]
    return [pair for axes in (*low, *high, (v_high, r_low), (v_low, r_high)) for pair in product(*axes)]


def _pair_grid(split: str) -> list[tuple[float, float, float, float]]:
    """(r1, r2, v1, v2); out of range by r1, v1, r1 and r2, v1 and v2, r1 and v1, or all four."""
    if split == "in":
        r, v = np.linspace(*PAIR_R_IN, 4), np.linspace(*V_IN, 4)
        return list(product(r, r, v, v))
    r, v = np.linspace(*PAIR_R_IN, 3), np.linspace(*V_IN, 3)
    r_out = {"low": np.linspace(*PAIR_R_LOW, 3), "high": np.linspace(*PAIR_R_HIGH, 4)}
    v_out = {"low": np.linspace(*V_LOW, 4), "high": np.linspace(*V_HIGH, 4)}
    grid: list[tuple[float, float, float, float]] = []
    for far_r, far_v in product(r_out, v_out):
        a, b = r_out[far_r], v_out[far_v]
        if far_r == far_v:
            grid += [*product(a, r, v, v), *product(r, r, b, v), *product(a, a, v, v), *product(r, r, b, b)]
            grid += product(a, r, b, v)
        grid += product(a, a, b, b)
    return grid


def single(rng: np.random.Generator, task: str, split: str, v: float, r: float) -> PhyScene:
    last = SIZE - (24 * v * INTERVAL + r)
    x = rng.uniform(r, last if last >= r else r + rng.uniform(0.0, 0.5))
    low, high = (r + 0.5, 9.5 - r) if task == "uniform" else (8.5 - r, 9.5 - r)
    place = np.array([[x, rng.uniform(low, high)]])
    return PhyScene(task, split, np.array([r]), place, np.array([[v, 0.0]]))


def pair(rng: np.random.Generator, split: str, r1: float, r2: float, v1: float, v2: float) -> PhyScene | None:
    """Two discs that will meet after 8 frames or more, or None where ten draws did not fit the world."""
    for _ in range(10):
        y = rng.uniform(max(r1, r2) + 0.5, 9.5 - max(r1, r2))
        closing = (v1 + v2) * INTERVAL
        nearest, room = 8 * closing + r1 + r2, SIZE - r1 - r2
        farthest = min(1.25 * nearest if r2 > 2 * r1 else 24 * closing + r1 + r2, room)
        distance = rng.uniform(nearest, max(farthest, nearest))
        right = SIZE - r2 - distance
        x1 = max(rng.uniform(right - 0.5, right) if r2 > 2 * r1 else rng.uniform(min(r1, right), right), r1)
        x2 = min(x1 + distance, SIZE - r2)
        if closing > 0 and (x2 - x1 - r1 - r2) / closing >= 8:
            place, velocity = np.array([[x1, y], [x2, y]]), np.array([[v1, 0.0], [-v2, 0.0]])
            return PhyScene("collision", split, np.array([r1, r2]), place, velocity)
    return None


def simulate(scene: PhyScene, num_frames: int = FRAMES) -> np.ndarray:
    """(num_frames, n, 4): x, y, vx, vy of every disc, units, as Box2D steps them."""
    x, v = scene.place.astype(np.float32), scene.velocity.astype(np.float32)
    r = scene.radius.astype(np.float32)
    pull = np.float32(-GRAVITY if scene.task == "parabola" else 0.0)
    states = []
    for step in range((num_frames - 1) * STEPS_PER_FRAME + 1):
        touching = len(r) == 2 and bool(((x[1] - x[0]) ** 2).sum() <= (r[0] + r[1]) ** 2)
        v = v + np.array([0.0, STEP * pull], np.float32)
        if touching:
            v = _impact(x, v, r)
        x = x + STEP * v
        if touching:
            x = _pushed_apart(x, r)
        if step % STEPS_PER_FRAME == 0:
            states.append(np.concatenate([x, v], axis=1))
    return np.array(states, float)


def _impact(x: np.ndarray, v: np.ndarray, r: np.ndarray) -> np.ndarray:
    """The velocity constraint of a touching pair: restitution 1 above THRESHOLD, 0 at and below it."""
    normal, inverse_mass = (x[1] - x[0]) / np.linalg.norm(x[1] - x[0]), 1 / (np.pi * r**2)
    closing = -(v[1] - v[0]) @ normal
    if closing <= 0:
        return v
    impulse = (2 if closing > THRESHOLD else 1) * closing / inverse_mass.sum()
    return v + (np.array([-1, 1]) * inverse_mass * impulse)[:, None].astype(np.float32) * normal


def _pushed_apart(x: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Box2D's position correction: a fifth of what overlaps beyond the slop, until three slops are left."""
    share = (1 / r**2) / (1 / r**2).sum()
    for _ in range(20):
        gap = x[1] - x[0]
        apart = np.linalg.norm(gap)
        overlap = apart - r.sum()
        move = np.clip(BAUMGARTE * (overlap + SLOP), -MAX_CORRECTION, 0)
        x = x + (np.array([1, -1]) * share * move)[:, None].astype(np.float32) * gap / apart
        if overlap >= -3 * SLOP:
            break
    return x
