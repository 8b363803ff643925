"""The worlds of `benchmarks.claim`: discs of hard rubber that bounce and collide in a closed box.

Two or three balls of one density fall, bounce off floor, walls and ceiling and off each other, without
friction, restitution RESTITUTION. They are integrated here in fine steps (semi-implicit Euler is exact for
the velocity of a free fall; the place takes the mean velocity of a step, so a parabola is exact too; a wall
is met by reflecting the overshoot, a pair by Newton's impulse at the moment of touch), independently of
`physics.rigid`, which the product uses.

Units: metres, seconds; the picture shows [0, 1] x [0, 1] m, y up, floor at FLOOR. In range means speed,
radius and gravity within RANGES["in"]; out of range, all three lie outside what was trained on.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

FRAMES, GIVEN, SIDE, FPS, BALLS = 16, 4, 64, 24, 3
FLOOR, RESTITUTION = 0.09, 0.9  # m; along the normal
COARSE, FINE = 128, 1024  # sub-steps of a frame: for training, for truth that is measured against
RANGES = {  # each a choice of intervals: speed m/s, radius m, gravity m/s^2
    "in": {"speed": ((0.3, 1.0),), "radius": ((0.07, 0.11),), "gravity": ((1.0, 2.5),)},
    "out": {"speed": ((1.2, 1.8),), "radius": ((0.045, 0.055), (0.125, 0.14)), "gravity": ((3.5, 5.0),)},
}
HUES = np.array(
    [[0.85, 0.13, 0.13], [0.88, 0.75, 0.08], [0.12, 0.65, 0.15],
     [0.08, 0.68, 0.74], [0.16, 0.26, 0.86], [0.80, 0.16, 0.70]], np.float32
)  # fmt: skip


@dataclass(frozen=True)
class Worlds:
    """N clips of T frames with n balls; what is not there has `shown` 0."""

    position: np.ndarray  # (N, T, n, 2) m
    velocity: np.ndarray  # (N, T, n, 2) m/s
    contact: np.ndarray  # (N, T, n) bool: touched something since the frame before
    radius: np.ndarray  # (N, T, n) m
    squash: np.ndarray  # (N, T, n) width over height of the drawn ball
    shown: np.ndarray  # (N, T, n) 0 or 1
    colour: np.ndarray  # (N, T, n, 3) sRGB
    hue: np.ndarray  # (N, n) index into HUES
    gravity: np.ndarray  # (N,) m/s^2, downwards
    light: np.ndarray  # (N,) rad from the vertical, positive from the right
    wall: np.ndarray  # (N, 3) sRGB
    floor: np.ndarray  # (N, 3) sRGB

    def __len__(self) -> int:
        return len(self.gravity)

    def take(self, which) -> Worlds:
        """Some of the clips."""
        return Worlds(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    @property
    def there(self) -> np.ndarray:
        """(N, n) bool: the balls that the description names."""
        return self.shown[:, 0] > 0


def worlds(rng: np.random.Generator, count: int, split: str = "in", steps: int = COARSE) -> Worlds:
    """`count` clips drawn from RANGES[split]."""
    there = np.ones((count, BALLS), bool)
    there[:, 2] = rng.random(count) < 0.5
    gravity = _interval(rng, RANGES[split]["gravity"], count)
    radius = _interval(rng, RANGES[split]["radius"], (count, BALLS))
    place, speed = _places(rng, radius), _interval(rng, RANGES[split]["speed"], (count, BALLS))
    angle = rng.uniform(0, 2 * np.pi, (count, BALLS))
    velocity = speed[..., None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    path = integrate(place, velocity, radius, there, gravity, steps)
    hue = np.argsort(rng.random((count, len(HUES))), axis=1)[:, :BALLS]
    shape = (count, FRAMES, BALLS)
    grey = rng.uniform(0.72, 0.9, (count, 1)) + rng.uniform(-0.015, 0.015, (count, 3))
    return Worlds(
        *path,
        radius=np.broadcast_to(radius[:, None], shape).copy(),
        squash=np.ones(shape),
        shown=np.broadcast_to(there[:, None], shape).astype(float),
        colour=np.broadcast_to(HUES[hue][:, None], (*shape, 3)).copy(),
        hue=hue,
        gravity=gravity,
        light=rng.uniform(-0.9, 0.9, count),
        wall=grey,
        floor=rng.uniform(0.5, 0.7, (count, 1)) * grey,
    )


def _interval(rng: np.random.Generator, choices, shape) -> np.ndarray:
    low, high = np.array(choices)[rng.integers(len(choices), size=shape)].T
    return (low + (high - low) * rng.random(np.shape(low))).T


def _places(rng: np.random.Generator, radius: np.ndarray) -> np.ndarray:
    """(N, n, 2) m: inside the box, none within a fifth of the radii of another."""
    count, n = radius.shape
    place, bad = np.zeros((count, n, 2)), np.ones(count, bool)
    while bad.any():
        low = np.stack([radius, FLOOR + radius], -1)[bad] + 0.01
        place[bad] = low + (1 - radius[bad][..., None] - 0.01 - low) * rng.random((bad.sum(), n, 2))
        bad = np.zeros(count, bool)
        for i, j in _pairs(n):
            gap = np.linalg.norm(place[:, i] - place[:, j], axis=-1)
            bad |= gap < 1.2 * (radius[:, i] + radius[:, j])
    return place


def _pairs(n: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(n) for j in range(i + 1, n)]


def integrate(place, velocity, radius, there, gravity, steps: int):
    """Places, velocities (N, T, n, 2) and contacts (N, T, n) from the first frame's state."""
    x, v = place.copy(), velocity.copy()
    low = np.stack([radius, FLOOR + radius], -1)
    high = np.stack([1 - radius, 1 - radius], -1)
    fall = np.stack([np.zeros_like(gravity), -gravity], -1)[:, None] / (FPS * steps)
    out = [(x.copy(), v.copy(), np.zeros(there.shape, bool))]
    for _ in range(FRAMES - 1):
        touched = np.zeros(there.shape, bool)
        for _ in range(steps):
            x += (v + 0.5 * fall) / (FPS * steps)
            v += fall
            touched |= _walls(x, v, low, high)
            for i, j in _pairs(there.shape[1]):
                hit = _collide(x, v, radius, there[:, i] & there[:, j], i, j)
                touched[:, i] |= hit
                touched[:, j] |= hit
        out.append((x.copy(), v.copy(), touched))
    return tuple(np.stack(part, 1) for part in zip(*out))


def _walls(x: np.ndarray, v: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Reflect what is past a wall and moving out, in place; who was, (N, n)."""
    under, over = (x < low) & (v < 0), (x > high) & (v > 0)
    hit = under | over
    edge = np.where(under, low, high)
    x[hit] = (edge + RESTITUTION * (edge - x))[hit]
    v[hit] *= -RESTITUTION
    return np.any(hit, axis=-1)


def _collide(x, v, radius, both, i: int, j: int) -> np.ndarray:
    """Newton's impulse between balls i and j where they overlap and approach, in place; mass ~ radius cubed.

    Both are taken back to the moment of touch, given their new velocities, and moved on again.
    """
    gap, rate = x[:, j] - x[:, i], v[:, j] - v[:, i]
    reach = radius[:, i] + radius[:, j]
    along = np.sum(gap * rate, -1)
    hit = both & (np.sum(gap * gap, -1) < reach**2) & (along < 0)
    if not hit.any():
        return hit
    speed2 = np.maximum(np.sum(rate * rate, -1), 1e-12)
    inner = along**2 + speed2 * np.maximum(reach**2 - np.sum(gap * gap, -1), 0.0)
    back = np.where(hit, (along + np.sqrt(inner)) / speed2, 0.0)[:, None]  # s since the touch
    normal = (gap - back * rate) / reach[:, None]
    closing = -np.sum(rate * normal, -1)
    a, b = radius[:, i] ** 3, radius[:, j] ** 3
    push = np.where(hit, (1 + RESTITUTION) * closing / (a + b), 0.0)[:, None] * normal
    for k, change in ((i, -b[:, None] * push), (j, a[:, None] * push)):
        v[:, k] += change
        x[:, k] += back * change
    return hit


def predicted(truth: Worlds) -> Worlds:
    """The clips as the product's simulator foresees them from the description of their first frames."""
    path = np.stack([_simulated(truth.take(slice(k, k + 1))) for k in range(len(truth))])
    return replace(truth, position=path)


def _simulated(one: Worlds) -> np.ndarray:
    """(T, n, 2) m by `physics.rigid`; balls that are not there stay where they were."""
    from physics.rigid import simulate

    who, frames = np.flatnonzero(one.there[0]), one.position.shape[1]
    path = np.broadcast_to(one.position[0, 0], (frames, BALLS, 2)).copy()
    path[:, who] = simulate(_scene(one, who, frames)).position[..., :2] + [0, FLOOR]
    return path


def _scene(one: Worlds, who: np.ndarray, frames: int):
    from physics.scene import Body, Box, Ground, Scene

    smooth = {"friction": 0.0, "rolling_resistance": 0.0}

    def body(i: int) -> Body:
        x, v = one.position[0, 0, i] - [0, FLOOR], one.velocity[0, 0, i]
        return Body(
            radius=float(one.radius[0, 0, i]), position=(*map(float, x), 0.0), velocity=(*map(float, v), 0.0),
            restitution=RESTITUTION, drag_coefficient=0.0, **smooth,
        )  # fmt: skip

    sides = [((-1.0, 0.5, 0.0), (1.0, 3.0, 1.0)), ((2.0, 0.5, 0.0), (1.0, 3.0, 1.0)),
             ((0.5, 2.0 - FLOOR, 0.0), (1.5, 1.0, 1.0))]  # fmt: skip
    return Scene(
        bodies=tuple(body(i) for i in who),
        boxes=tuple(Box(centre=c, half_size=h, friction=0.0) for c, h in sides),
        ground=Ground(friction=0.0),
        gravity=(0.0, -float(one.gravity[0]), 0.0),
        fluid_density=0.0,
        fps=float(FPS),
        num_frames=frames,
    )
