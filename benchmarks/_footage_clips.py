"""Clips filmed in mathematics: shaded, spotted balls over textured ground, with motion blur, grain and H.264.

Motion is exact (closed forms; the pendulum by a Runge-Kutta scheme of order 8 at a tolerance of 1e-10, so its
period is the elliptic integral's); what a camera does to it is benchmarks/_watch_clips.py: 4 x 4 samples a
pixel, 8 a shutter. Parameters are drawn by the seed. Places in px, time in frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import ellipk

from benchmarks._codec import coded
from benchmarks._watch_clips import Disc, Stage, render

SIZE = (320, 240)
CRF, SHUTTER, GRAIN = 23, 0.5, 2.0 / 255
FRAMES = 60


@dataclass(frozen=True)
class Filmed:
    """Frames uint8 (T, H, W, 3), true places (T, 2), and what is known of the law by name."""

    kind: str
    frames: np.ndarray
    place: np.ndarray
    truth: dict[str, float] = field(default_factory=dict)


def toss(rng: np.random.Generator) -> tuple[np.ndarray, dict[str, float]]:
    g, t = rng.uniform(0.11, 0.16), np.arange(float(FRAMES))
    v = np.array([rng.uniform(2.8, 3.6), -rng.uniform(4.8, 5.6)])
    place = np.array([40.0, 170.0]) + t[:, None] * v + 0.5 * g * t[:, None] ** 2 * np.array([0, 1])
    return place, {"gravity": g}


def bounce(rng: np.random.Generator) -> tuple[np.ndarray, dict[str, float]]:
    g, e, floor, r = rng.uniform(0.35, 0.5), rng.uniform(0.6, 0.85), 215.0, 12.0
    t, x = np.arange(float(FRAMES)), 40 + rng.uniform(2.2, 3.2) * np.arange(FRAMES)
    top = rng.uniform(50, 80)
    hit = np.sqrt(2 * (floor - r - top) / g)
    y, start, speed = top + 0.5 * g * t**2, hit, e * g * hit
    while start < t[-1]:
        late = t >= start
        y[late] = floor - r - speed * (t[late] - start) + 0.5 * g * (t[late] - start) ** 2
        start, speed = start + 2 * speed / g, e * speed
    return np.stack([x, y], 1), {"gravity": g, "restitution": e}


def pendulum(rng: np.random.Generator) -> tuple[np.ndarray, dict[str, float]]:
    length, first, k = rng.uniform(130, 170), rng.uniform(0.4, 0.8), rng.uniform(0.02, 0.03)
    found = solve_ivp(lambda _, s: [s[1], -k * np.sin(s[0])], (0, FRAMES), [first, 0.0], "DOP853",
                      np.arange(FRAMES), rtol=1e-10, atol=1e-10)  # fmt: skip
    angle = found.y[0]
    place = np.array([160.0, 30.0]) + length * np.stack([np.sin(angle), np.cos(angle)], 1)
    return place, {"period": float(4 * ellipk(np.sin(first / 2) ** 2) / np.sqrt(k))}


KINDS: dict[str, Callable] = {"toss": toss, "bounce": bounce, "pendulum": pendulum}


def film(kind: str, seed: int) -> Filmed:
    """The clip of a kind and seed."""
    rng = np.random.default_rng([seed, list(KINDS).index(kind)])
    place, truth = KINDS[kind](rng)
    spin = rng.uniform(-0.05, 0.05) * np.arange(FRAMES)
    ball = Disc(
        place=place, radius=np.full(FRAMES, 12.0), colour=tuple(rng.uniform(0.2, 0.9, 3)), texture=0.3,
        angle=spin if kind != "pendulum" else np.zeros(FRAMES), shutter=SHUTTER,
        shadow=0.25 if kind == "bounce" else 0.0,
    )  # fmt: skip
    stage = Stage(size=SIZE, ground=("texture", "clutter")[seed % 2], grain=GRAIN, seed=seed)
    return Filmed(kind, coded(render(stage, [ball]), CRF, fps=30), place, truth)
