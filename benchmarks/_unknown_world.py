"""Worlds whose laws nobody tells: discs with hidden restitution, drag, wind, friction, walls and partners.

The truth is stepped on its own, not by the predictor's code: velocity Verlet with 64 steps a frame,
impacts at the linearly interpolated moment of touch. Pixels: x right, y down, picture SIZE x SIZE; time in
frames. Each family hides something that three frames cannot tell, which is why CONTEXT frames are given. What
those do not show either, nobody can know: a world in which a wall that the predictor is not told is first
met within the last LATE of them, or after them, is drawn again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

SIZE, CONTEXT, AHEAD = 128, 36, 24  # px, frames given, frames predicted
STEPS, COARSE = 64, 16  # per frame; for what has to be quick
LATE = 3  # frames, the least that show what a wall did to a body
FAMILIES = (
    "drag and wind",
    "restitution",
    "friction",
    "many bodies",
    "pillar",
    "looming",
    "box",
    "hidden wall",
)
APPLIES = {  # which way out of range makes sense for which family
    "drag and wind": ("gravity x2", "radius x2", "speed x2"),
    "restitution": ("gravity x2", "radius x2", "restitution", "speed x2"),
    "friction": ("radius x2", "speed x2"),
    "many bodies": ("speed x2", "count"),
    "pillar": ("gravity x2", "radius x2", "speed x2"),
    "looming": ("radius x2", "speed x2"),
    "box": ("gravity x2", "radius x2", "restitution", "speed x2"),
    "hidden wall": ("radius x2", "restitution", "speed x2"),
}


@dataclass(frozen=True)
class World:
    """`x`, `v` (n, 2), `r` (n,); walls (m, 4) as point and normal; forces per mass in px and frames."""

    x: np.ndarray
    v: np.ndarray
    r: np.ndarray
    gravity: float = 0.0
    drag: float = 0.0  # 1/px
    wind: float = 0.0  # px/frame along x
    friction: float = 0.0  # px/frame^2
    growth: float = 0.0  # px/frame of every radius
    walls: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))
    bounce: float = 1.0  # restitution at walls
    meet: float = 1.0  # restitution between discs
    pillar: tuple[float, float] | None = None  # columns that hide what is behind
    seen_walls: bool = True
    told_walls: bool = False  # whether the predictor is told where they are: some are first hit in the future


def wall(x: float, y: float, nx: float, ny: float) -> list[float]:
    return [x, y, nx, ny]


FLOOR, CEILING = wall(0, SIZE - 6, 0, -1), wall(0, 6, 0, 1)
LEFT, RIGHT = wall(6, 0, 1, 0), wall(SIZE - 6, 0, -1, 0)


def draw(family: str, shift: str, rng: np.random.Generator) -> World:
    """A world of a family, in range or shifted out of it, that the frames given can tell."""
    while True:
        made = _shifted(family, shift, rng)
        if made.told_walls or not len(made.walls) or knowable(made):
            return made


def knowable(world: World) -> bool:
    """Whether every wall that is ever met is met early enough to be known."""
    _, hits = trace(world, steps=COARSE)
    return all(
        min(when for when, which in hits if which == wall) < CONTEXT - 1 - LATE
        for wall in {w for _, w in hits}
    )


def _shifted(family: str, shift: str, rng: np.random.Generator) -> World:
    made = _MAKERS[family](rng, shift)
    if shift == "gravity x2":
        made = replace(made, gravity=2 * made.gravity)
    if shift == "speed x2":
        made = replace(made, v=2 * made.v)
    if shift == "restitution":
        made = replace(made, bounce=made.bounce - 0.3)
    return made


def _radius(rng: np.random.Generator, shift: str) -> float:
    return float(rng.uniform(6, 9)) * (1.8 if shift == "radius x2" else 1.0)


def _one(x, y, vx, vy, r, **more) -> World:
    return World(np.array([[x, y]]), np.array([[vx, vy]]), np.array([r]), **more)


def _drag_and_wind(rng, shift) -> World:
    r = _radius(rng, shift)
    v = rng.uniform(0.6, 1.4), -rng.uniform(2.0, 2.8)
    return _one(24, 92, *v, r, gravity=rng.uniform(0.07, 0.1), drag=rng.uniform(0.004, 0.012),
                wind=rng.uniform(-1.0, 1.5))  # fmt: skip


def _restitution(rng, shift) -> World:
    r = _radius(rng, shift)
    return _one(16 + r, rng.uniform(24, 40), rng.uniform(0.5, 1.0), 0.0, r, gravity=rng.uniform(0.15, 0.25),
                walls=np.array([FLOOR]), bounce=rng.uniform(0.75, 0.9))  # fmt: skip


def _friction(rng, shift) -> World:
    r = _radius(rng, shift)
    v = rng.uniform(1.6, 2.2)
    return _one(8 + r, SIZE - 6 - r, v, 0.0, r, friction=v / rng.uniform(45, 75))


def _many_bodies(rng, shift) -> World:
    count = int(rng.integers(6, 9)) if shift == "count" else int(rng.integers(3, 6))
    places: list[np.ndarray] = []
    radii = rng.uniform(5, 8, count)
    while len(places) < count:
        p = rng.uniform(18, SIZE - 18, 2)
        if all(np.linalg.norm(p - q) > radii[len(places)] + radii[k] + 3 for k, q in enumerate(places)):
            places.append(p)
    box = np.array([FLOOR, CEILING, LEFT, RIGHT])
    meet, bounce = rng.uniform(0.85, 1.0, 2)
    return World(np.array(places), rng.normal(0, 0.9, (count, 2)), radii, walls=box, meet=meet, bounce=bounce,
                 told_walls=True)  # fmt: skip


def _pillar(rng, shift) -> World:
    r = _radius(rng, shift)
    made = _restitution(rng, shift)
    vx = rng.uniform(1.2, 1.5)
    return replace(
        made, r=np.array([r]), v=np.array([[vx, 0.0]]), x=np.array([[10.0 + r, 72.0]]), pillar=(66.0, 84.0)
    )


def _looming(rng, shift) -> World:
    r = _radius(rng, shift)
    return _one(
        rng.uniform(40, 60), rng.uniform(40, 60), *rng.normal(0, 0.4, 2), r, growth=rng.uniform(0.08, 0.15)
    )


def _box(rng, shift) -> World:
    r = _radius(rng, shift)
    return _one(rng.uniform(30, 90), rng.uniform(30, 60), rng.choice([-1, 1]) * rng.uniform(2.0, 3.0), 0.0, r,
                gravity=rng.uniform(0.12, 0.2), walls=np.array([FLOOR, CEILING, LEFT, RIGHT]),
                bounce=rng.uniform(0.8, 0.95))  # fmt: skip


def _hidden_wall(rng, shift) -> World:
    r = _radius(rng, shift)
    tilt = rng.uniform(-0.2, 0.2)
    walls = np.array([wall(98, 64, -np.cos(tilt), np.sin(tilt)), wall(26, 64, 1, 0)])
    if shift == "restitution":  # a slow body comes to the second one too late for anybody to know it
        walls = walls[:1]
    return _one(rng.uniform(55, 70), rng.uniform(50, 70), rng.uniform(2.4, 3.2), rng.uniform(-0.3, 0.3), r,
                walls=walls, bounce=rng.uniform(0.85, 1.0), seen_walls=False)  # fmt: skip


_MAKERS = dict(zip(FAMILIES, (
    _drag_and_wind, _restitution, _friction, _many_bodies, _pillar, _looming, _box, _hidden_wall,
)))  # fmt: skip


def simulate(world: World, frames: int = CONTEXT + AHEAD) -> np.ndarray:
    """Places (frames, n, 2)."""
    return trace(world, frames)[0]


def trace(
    world: World, frames: int = CONTEXT + AHEAD, steps: int = STEPS
) -> tuple[np.ndarray, list[tuple[float, int]]]:
    """Places (frames, n, 2), and when which wall was met."""
    hits: list[tuple[float, int]] = []
    x, v, h = world.x.copy(), world.v.copy(), 1.0 / steps
    out = np.empty((frames, *x.shape))
    for k in range(frames):
        out[k] = x
        for step in range(steps):
            r = world.r + world.growth * (k + step * h)
            a = _pull(world, v)
            x1 = x + h * v + 0.5 * h * h * a
            v1 = v + h * a
            v1 = v + 0.5 * h * (a + _pull(world, v1))
            if world.friction:
                v1 = np.where((v1 * v).sum(1, keepdims=True) > 0, v1, 0.0)
            x, v, met = _impacts(world, x, x1, v1, r, h)
            hits += [(k + step * h, wall) for wall in met]
    return out, hits


def _pull(world: World, v: np.ndarray) -> np.ndarray:
    air = v - [world.wind, 0.0]
    speed = np.linalg.norm(v, axis=1, keepdims=True)
    drag = world.drag * np.linalg.norm(air, axis=1, keepdims=True) * air
    return np.array([0.0, world.gravity]) - drag - world.friction * v / np.maximum(speed, 1e-9)


def _impacts(world: World, x0, x1, v, r, h) -> tuple[np.ndarray, np.ndarray, list[int]]:
    met = []
    for number, (px, py, nx, ny) in enumerate(world.walls):
        n = np.array([nx, ny])
        gap0, gap1 = (x0 - [px, py]) @ n - r, (x1 - [px, py]) @ n - r
        for i in np.flatnonzero((gap1 < 0) & (v @ n < 0)):
            late = h * gap1[i] / min(gap1[i] - gap0[i], -1e-12)
            change = -(1 + world.bounce) * ((v[i] - [0.0, late * world.gravity]) @ n) * n  # at the touch
            v[i] += change
            x1[i] += late * change
            met.append(number)
    for i in range(len(r)):
        for j in range(i + 1, len(r)):
            gap = x1[j] - x1[i]
            apart = np.linalg.norm(gap)
            n = gap / max(apart, 1e-9)
            closing = (v[j] - v[i]) @ n
            if apart < r[i] + r[j] and closing < 0:
                late = min((apart - r[i] - r[j]) / closing, h)
                mass = r[[i, j]] ** 2
                impulse = -(1 + world.meet) * closing / (1 / mass).sum() * n
                for k, sign in ((i, -1), (j, 1)):
                    change = sign * impulse / mass[k - i if k == i else 1]
                    v[k] += change
                    x1[k] += late * change
    return x1, v, met
