"""Tracks whose truth is known: every law, the ways in which clips go wrong, and motion that follows no law.

For tests and benchmarks. A 256-pixel picture, px and frames; `noise` is white, per axis. All randomness
from `rng`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physics.motion.observed import Observed
from physics.motion.oscillators import circular_law, line_law, pendulum_law, spring_law
from physics.motion.world_law import WorldLaw

LAWS = ("static", "uniform", "ballistic", "bouncing", "rolling", "sliding", "pendulum", "spring", "circular")
ERRATIC = ("walk", "ornstein", "reaches", "sines", "polyline", "wander")
SIZE = 256.0


@dataclass(frozen=True)
class Sample:
    """observed: what a tracker would give; truth (n, 2) px; theta by name; events: times of the bounces
    (frames).
    """

    model: str
    observed: Observed
    truth: np.ndarray
    theta: dict[str, float]
    events: np.ndarray


def observed(rng: np.random.Generator, path: np.ndarray, noise: float, radius: float = 9.0) -> Observed:
    """The track of a path (n, 2) at frames 0 .. n - 1 with white noise."""
    n = len(path)
    covariance = np.tile(np.eye(2) * noise**2, (n, 1, 1))
    return Observed(
        np.arange(float(n)), path + noise * rng.normal(size=(n, 2)), covariance, np.full(n, radius)
    )


def sample(rng: np.random.Generator, model: str, frames: int = 60, noise: float = 0.2) -> Sample:
    """A clean track of one of LAWS."""
    time = np.arange(float(frames))
    law, theta, events = MAKERS[model](rng, float(frames))
    path = law.path(theta[None], time)[0, :, 0]
    return Sample(model, observed(rng, path, noise), path, dict(zip(law.names, theta.tolist())), events)


def heading(rng, low: float, high: float) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi)
    return rng.uniform(low, high) * np.array([np.cos(angle), np.sin(angle)])


def free_flight(rng, frames: float, speed: np.ndarray, gravity: float):
    world = WorldLaw(1, 0, np.zeros(1), 0.0)
    middle = rng.uniform(80, 176, 2) - speed * frames / 2
    theta = world.theta(
        x0=middle[0], y0=middle[1], u0=speed[0], v0=speed[1] - gravity * frames / 2, gy=gravity
    )
    return world.law("uniform"), theta, np.zeros(0)


def make_static(rng, frames):
    return free_flight(rng, frames, np.zeros(2), 0.0)


def make_uniform(rng, frames):
    return free_flight(rng, frames, heading(rng, 30, 180) / frames, 0.0)


def make_ballistic(rng, frames):
    speed = np.array([rng.uniform(-120, 120), rng.uniform(-40, 40)]) / frames
    return free_flight(rng, frames, speed, rng.uniform(300, 1200) / frames**2)


def make_bouncing(rng, frames, bounces: tuple[int, int] = (1, 6)):
    """A ball above a floor, dropped or thrown; drawn again until it bounces so many times."""
    world = WorldLaw(1, 1, np.zeros(1), 0.0)
    while True:
        theta = world.theta(
            x0=rng.uniform(20, 120), y0=rng.uniform(20, 120), u0=rng.uniform(-0.5, 2), v0=rng.uniform(-3, 2),
            gy=rng.uniform(0.2, 0.8), restitution=rng.uniform(0.5, 0.95), keep=rng.uniform(0.75, 1),
            angle0=-np.pi / 2, offset0=-rng.uniform(180, 230),
        )  # fmt: skip
        arcs = world.arcs(theta[None], frames - 1)
        events = arcs.start[(arcs.contact[:, 0] >= 0) & (arcs.start[:, 0] < frames - 1), 0]
        clear = len(events) and events[0] > 4 and events[-1] < frames - 4
        if clear and bounces[0] <= len(events) <= bounces[1]:
            return world.law("bouncing"), theta, events


def make_rolling(rng, frames):
    speed = heading(rng, 60, 200) / frames * 2
    angle, size = np.arctan2(speed[1], speed[0]), np.linalg.norm(speed)
    stop = rng.uniform(0.5, 1.2) * frames
    theta = np.array([*(rng.uniform(80, 176, 2) - speed * frames / 4), angle, size, 0.0, size / stop])
    return line_law("rolling", 0.0), theta, np.zeros(0)


def make_sliding(rng, frames):
    angle = rng.choice([0, np.pi]) + rng.uniform(-0.7, 0.7)
    pull = rng.uniform(100, 300) / frames**2
    theta = np.array([*rng.uniform(80, 176, 2), angle, rng.uniform(-60, 60) / frames, pull, 0.0])
    return line_law("sliding", 0.0), theta, np.zeros(0)


def make_pendulum(rng, frames):
    k = (2 * np.pi / (rng.uniform(0.3, 1.1) * frames)) ** 2
    theta = np.array(
        [rng.uniform(100, 156), rng.uniform(10, 60), rng.uniform(60, 150), 0, 0, k, rng.uniform(0, 0.02)]
    )
    theta[3] = rng.choice([-1, 1]) * rng.uniform(0.25, 1.3)
    return pendulum_law(0.0, (0.0, 1.0)), theta, np.zeros(0)


def make_spring(rng, frames):
    omega = 2 * np.pi / (rng.uniform(0.15, 0.8) * frames)
    a, b = rng.uniform(20, 80) * np.array(heading(rng, 1, 1))
    angle = rng.choice([0, np.pi / 2]) + rng.uniform(-0.2, 0.2)
    theta = np.array([*rng.uniform(100, 156, 2), angle, a, b, omega, rng.uniform(0, 1.5) / frames])
    return spring_law(0.0), theta, np.zeros(0)


def make_circular(rng, frames):
    omega = rng.choice([-1, 1]) * 2 * np.pi / (rng.uniform(0.2, 1.0) * frames)
    theta = np.array([*rng.uniform(100, 156, 2), rng.uniform(20, 90), rng.uniform(0, 2 * np.pi), omega])
    return circular_law(0.0), theta, np.zeros(0)


MAKERS = {name: globals()[f"make_{name}"] for name in LAWS}


def erratic(rng: np.random.Generator, kind: str, frames: int = 60, noise: float = 0.2) -> Observed:
    """Motion of one of the kinds ERRATIC, scaled into the picture."""
    path = LAWLESS[kind](rng, frames)
    extent = np.ptp(path, axis=0).max()
    path = (path - path.mean(0)) / max(extent, 1e-6) * rng.uniform(25, 200) + SIZE / 2
    return observed(rng, path, noise)


def smooth_noise(rng, frames: int, width: float, columns: int = 2) -> np.ndarray:
    """(frames, columns) white noise through a Gaussian of `width` frames, deviation 1."""
    lag = np.arange(-int(4 * width), int(4 * width) + 1)
    kernel = np.exp(-0.5 * (lag / width) ** 2)
    kernel /= np.sqrt((kernel**2).sum())
    white = rng.normal(size=(frames + len(lag) - 1, columns))
    return np.stack([np.convolve(white[:, c], kernel, "valid") for c in range(columns)], 1)


def walk(rng, frames: int) -> np.ndarray:
    """Smooth random walk: integrated smooth noise."""
    return np.cumsum(smooth_noise(rng, frames, rng.uniform(2, 6)), 0)


def ornstein(rng, frames: int) -> np.ndarray:
    """Velocity an Ornstein-Uhlenbeck process."""
    memory = np.exp(-1 / rng.uniform(3, 15))
    velocity = np.zeros((frames, 2))
    for k in range(1, frames):
        velocity[k] = memory * velocity[k - 1] + np.sqrt(1 - memory**2) * rng.normal(size=2)
    return np.cumsum(velocity, 0)


def reaches(rng, frames: int) -> np.ndarray:
    """Minimum-jerk movements between random points, as a hand makes them (Flash & Hogan 1985, eq. 2)."""
    path, here = [], rng.uniform(0, 1, 2)
    while len(path) < frames:
        goal, steps = rng.uniform(0, 1, 2), int(rng.integers(8, 26))
        s = (np.arange(steps) + 1) / steps
        path.extend(here + (goal - here) * (10 * s**3 - 15 * s**4 + 6 * s**5)[:, None])
        path.extend([goal] * int(rng.integers(0, 5)))
        here = goal
    return np.array(path[:frames])


def sines(rng, frames: int) -> np.ndarray:
    """Sum of three sine waves on each axis."""
    t = np.arange(frames)[:, None, None]
    period, phase = rng.uniform(0.2, 1.2, (1, 3, 2)) * frames, rng.uniform(0, 2 * np.pi, (1, 3, 2))
    return (rng.uniform(0.3, 1, (1, 3, 2)) * np.sin(2 * np.pi * t / period + phase)).sum(1)


def polyline(rng, frames: int) -> np.ndarray:
    """Straight runs with sharp turns."""
    corners = np.sort(rng.choice(np.arange(5, frames - 5), rng.integers(3, 7), replace=False))
    at = np.concatenate(([0], corners, [frames - 1]))
    points = rng.uniform(0, 1, (len(at), 2))
    return np.stack([np.interp(np.arange(frames), at, points[:, a]) for a in (0, 1)], 1)


def wander(rng, frames: int) -> np.ndarray:
    """A person walking: steady pace, wandering heading, gait."""
    heading_angle = np.cumsum(smooth_noise(rng, frames, 4, 1)[:, 0]) * 0.12 + rng.uniform(0, 2 * np.pi)
    pace = 1 + 0.5 * smooth_noise(rng, frames, 5, 1)[:, 0]
    return np.cumsum(pace[:, None] * np.stack((np.cos(heading_angle), np.sin(heading_angle)), 1), 0)


LAWLESS = {name: globals()[name] for name in ERRATIC}


def together(
    rng, bodies: int = 2, frames: int = 40, noise: float = 0.2, gravity: float = 0.0, walls: bool = True
):
    """(tracks, truth (frames, bodies, 2), WorldLaw, theta) of discs in a closed box that strike each
    other.
    """
    lines = [(-np.pi / 2, -SIZE), (np.pi / 2, 0.0), (0.0, 0.0), (np.pi, -SIZE)] if walls else []
    while True:
        radius = rng.uniform(9, 20, bodies)
        world = WorldLaw(bodies, len(lines), radius, 0.0)
        values = {"gy": gravity, "bounce": rng.uniform(0.6, 1), "restitution": rng.uniform(0.6, 1)}
        for k, (angle, offset) in enumerate(lines):
            values |= {f"angle{k}": angle, f"offset{k}": offset}
        place = rng.uniform(30, SIZE - 30, (bodies, 2))
        for k in range(bodies):
            speed = (rng.uniform(70, 186, 2) - place[k]) / frames * rng.uniform(1, 3)
            values |= {f"x{k}": place[k, 0], f"y{k}": place[k, 1], f"u{k}": speed[0], f"v{k}": speed[1]}
            values |= {f"mass{k}": 3 * np.log(radius[k] / radius[0])} if k else {}
        theta = world.theta(**values)
        gaps = [
            np.linalg.norm(place[i] - place[j]) - radius[i] - radius[j]
            for i in range(bodies)
            for j in range(i)
        ]
        arcs = world.arcs(theta[None], frames - 1.0)
        hits = arcs.start[arcs.contact[:, 0] >= bodies * len(lines), 0]
        if min(gaps, default=1) > 5 and np.any((hits > 5) & (hits < frames - 6)):
            path = arcs.at(np.arange(float(frames)))[0]
            tracks = [observed(rng, path[:, k], noise, radius[k]) for k in range(bodies)]
            return tracks, path, world, theta
