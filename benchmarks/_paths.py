"""True paths in the picture plane for synthetic clips: px and frames, y down, closed form or event-driven.

A path knows where its object is at any time, when it meets the floor or another body, and with which
restitution. Bounces follow v+ = -e v-; sliding and rolling slow down evenly and stop; a pendulum is the
nonlinear one (fixed-step RK4, 16 steps a frame); collisions are of discs with m ~ r^2 on a level table.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

SUB = 8  # samples per frame of a path, so that a shutter can be integrated over it


@dataclass(frozen=True)
class Path:
    """One object's true motion. Sample j is at time j / SUB frames, from one frame before the first one."""

    place: np.ndarray  # (SUB * (T + 2) + 1, 2) px
    angle: np.ndarray  # (SUB * (T + 2) + 1,) rad
    events: tuple[float, ...] = ()  # frames in which it bounces or collides
    restitution: float | None = None
    floor: float | None = None  # y of its centre when it touches the floor

    def frames(self, count: int) -> np.ndarray:
        """Places (count, 2) at whole frames."""
        return self.place[SUB : SUB * (count + 1) : SUB]


@dataclass(frozen=True)
class World:
    """What a kind of scene needs to know."""

    width: int
    height: int
    count: int  # frames
    rng: np.random.Generator = field(repr=False)

    @property
    def times(self) -> np.ndarray:
        """Sample times in frames."""
        return np.arange(SUB * (self.count + 2) + 1) / SUB - 1.0


def bouncing(world: World, radius: float) -> tuple[Path, ...]:
    """A ball dropped or thrown over a level floor."""
    rng, w, h = world.rng, world.width, world.height
    floor, g, e = h * rng.uniform(0.8, 0.9) - radius, rng.uniform(0.7, 1.5), rng.uniform(0.65, 0.9)
    y0 = rng.uniform(radius + 6, floor - 0.45 * h)
    x0, x1 = rng.uniform(1.5 * radius, 0.3 * w), rng.uniform(0.7 * w, w - 1.5 * radius)
    v = (x1 - x0) / world.count
    y, events = _heights(world.times, y0, rng.uniform(-1, 1), g, e, floor)
    x = x0 + v * world.times
    place = np.stack([x, y], -1) if rng.random() < 0.5 else np.stack([w - x, y], -1)
    return (Path(place, x / radius * rng.uniform(0.2, 1), events, e, floor),)


def _heights(times, y0, v0, g, e, floor) -> tuple[np.ndarray, tuple[float, ...]]:
    """Heights at the sample times, from state (y0, v0) at the first; times of the bounces in range."""
    out, start, events = np.empty_like(times), times[0], []
    y, v, after = y0, v0, np.zeros(len(times), bool)
    for _ in range(60):
        flight = (-v + np.sqrt(v * v + 2 * g * (floor - y))) / g
        rows = (times >= start) & (times < start + flight)
        t = times[rows] - start
        out[rows] = y + v * t + 0.5 * g * t * t
        start += flight
        if start >= times[-1]:
            break
        events.append(float(start))
        y, v = floor, -e * (v + g * flight)
        after = times >= start
        if abs(v) < 0.3:
            out[after] = floor
            break
    last = times[-1] == start
    out[-1] = floor if last else out[-1]
    return out, tuple(t for t in events if 0.5 < t < times[-1] - 2.5)


def tossed(world: World, radius: float) -> tuple[Path, ...]:
    """A free flight that stays in the picture."""
    rng, w, h, n = world.rng, world.width, world.height, world.count
    low, top = h - radius - rng.uniform(6, 20), radius + rng.uniform(8, 0.3 * h)
    mid = n * rng.uniform(0.4, 0.6)
    g = 2 * (low - top) / max(mid, n - mid) ** 2
    x0, x1 = rng.uniform(1.5 * radius, 0.35 * w), rng.uniform(0.65 * w, w - 1.5 * radius)
    t = world.times
    place = np.stack([x0 + (x1 - x0) * t / n, top + 0.5 * g * (t - mid) ** 2], -1)
    return (Path(place, rng.uniform(-0.15, 0.15) * t),)


def rolling(world: World, radius: float) -> tuple[Path, ...]:
    """A ball that rolls along the floor and slows down, sometimes to rest."""
    place, travelled, floor = _slowing(world, radius)
    return (Path(place, travelled / radius, floor=floor),)


def sliding(world: World, radius: float) -> tuple[Path, ...]:
    """A box that slides along the floor and slows down, sometimes to rest."""
    place, _, floor = _slowing(world, radius)
    return (Path(place, np.zeros(len(place)), floor=floor),)


def _slowing(world: World, radius: float) -> tuple[np.ndarray, np.ndarray, float]:
    rng, w, h, n = world.rng, world.width, world.height, world.count
    floor = h * rng.uniform(0.6, 0.85) - radius
    length, stop = rng.uniform(0.45, 0.75) * w, n * rng.uniform(0.7, 1.6)
    t = np.clip(world.times, None, stop)
    s = length * (2 * t / stop - (t / stop) ** 2) / (2 * min(n / stop, 1) - min(n / stop, 1) ** 2)
    x0 = rng.uniform(1.5 * radius, max(w - length - 1.5 * radius, 1.6 * radius))
    x = x0 + s if rng.random() < 0.5 else w - x0 - s
    return np.stack([x, np.full_like(x, floor)], -1), s, floor


def pendulum(world: World, radius: float) -> tuple[Path, ...]:
    """A bob on a massless thread, amplitude up to 60 degrees."""
    rng, w, h = world.rng, world.width, world.height
    length, start = rng.uniform(0.45, 0.65) * h, rng.choice([-1, 1]) * rng.uniform(0.5, 1.05)
    period = world.count / rng.uniform(1.1, 2.2)
    omega2, dt = (2 * np.pi / period) ** 2, 1 / (2 * SUB)
    state, out = np.array([start, 0.0]), []

    def rate(s):
        return np.array([s[1], -omega2 * np.sin(s[0])])

    for _ in range(2 * (len(world.times) - 1) + 1):
        out.append(state[0])
        a = rate(state)
        b = rate(state + 0.5 * dt * a)
        c = rate(state + 0.5 * dt * b)
        state = state + dt / 6 * (a + 2 * b + 2 * c + rate(state + dt * c))
    theta = np.array(out[::2])
    pivot = np.array([0.5 * w, h * rng.uniform(0.08, 0.15)])
    return (Path(pivot + length * np.stack([np.sin(theta), np.cos(theta)], -1), -theta),)


def colliding(world: World, radius: float) -> tuple[Path, ...]:
    """Two discs on a level table that meet once, with momentum kept."""
    rng, t = world.rng, world.times
    radii = (radius, radius * rng.uniform(0.8, 1.2))
    meet, turn = world.count * rng.uniform(0.35, 0.55), rng.uniform(-0.5, 0.5)
    along = np.array([np.cos(turn), np.sin(turn)])
    middle = np.array([world.width, world.height]) * rng.uniform(0.45, 0.55, 2)
    room = 0.5 * min(world.width / abs(along[0]), world.height / max(abs(along[1]), 0.01)) - 2.2 * radius
    speed, e = room / max(meet, world.count - meet) * rng.uniform(0.7, 0.95, 2), rng.uniform(0.6, 0.98)
    before = np.stack([along * speed[0], -along * speed[1] * rng.uniform(0.1, 1)])
    before += rng.uniform(-0.25, 0.25) * np.array([-along[1], along[0]]) * speed[0]
    mass = np.square(radii)
    contact = np.stack([middle - along * radii[0], middle + along * radii[1]])
    impulse = (1 + e) * ((before[0] - before[1]) @ along) / (1 / mass[0] + 1 / mass[1])
    after = before + np.array([[-1], [1]]) * impulse / mass[:, None] * along
    dt = (t - meet)[:, None]
    paths = [c + np.where(dt < 0, b, a) * dt for c, b, a in zip(contact, before, after)]
    spin = rng.uniform(-0.05, 0.05, 2)
    return tuple(Path(p, s * t, (float(meet),), e) for p, s in zip(paths, spin))


def erratic(world: World, radius: float) -> tuple[Path, ...]:
    """What follows no law that is known here: a cubic spline through random places."""
    from scipy.interpolate import CubicSpline

    rng, knots = world.rng, max(7, world.count // 7)
    at = np.linspace(-1, world.count + 1, knots)
    low, high = np.full(2, 2.5 * radius), np.array([world.width, world.height]) - 2.5 * radius
    place = CubicSpline(at, rng.uniform(low, high, (knots, 2)))(world.times)
    return (Path(np.clip(place, low - radius, high + radius), 0.02 * world.times),)


KINDS = {
    "bounce": bouncing, "toss": tossed, "roll": rolling, "slide": sliding,
    "pendulum": pendulum, "collide": colliding, "erratic": erratic,
}  # fmt: skip
