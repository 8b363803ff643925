"""Training pictures for the learned detector: random worlds as the estimator sees them.

A world is drawn in plate coordinates: a random ground (noise of several grains, rectangles, gradients), up
to six star-shaped things (discs, ellipses, rounded boxes, lumps) with random skins, of which some touch, some
are faint, some start late; things' shadows and slow changes of light, which are no things. What is left of a
camera's motion after registration is a shift per frame, with a larger one for the rectangles (parallax).
Grain, motion blur and H.264 for a part. The plate is learned from the clip itself
(`physics.estimator.plate.learn`), so that slow things leave the ghosts in it that they leave in use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from benchmarks._codec import coded
from physics.estimator import plate as plates
from physics.estimator.detector import GAP, planes

SIZE, PAD = 96, 8  # px: side of a picture, and the ground beyond it
VIEWS = 2  # samples that one clip yields
MOST = 6  # things


@dataclass(frozen=True)
class Thing:
    """A star-shaped thing r(a) = radius (1 + sum of waves), and its skin."""

    place: np.ndarray  # (T, 2) px
    radius: float  # px, of the disc of the same area
    waves: np.ndarray  # (n, 3) order, share, phase
    square: float  # 0 round, 1 a box with rounded corners
    colour: np.ndarray  # (3,)
    light: np.ndarray  # (2,) change of brightness across it
    stripes: np.ndarray  # (4,) contrast, frequency, direction, phase
    shadow: float
    blur: float  # share of a frame that the shutter is open


@dataclass(frozen=True)
class Sample:
    """One training example."""

    planes: np.ndarray  # (SIZE, SIZE, C) float16
    things: np.ndarray  # (MOST, 4) x, y, radius, weight: 1 shows, 0 none, -1 must not count
    mask: np.ndarray  # (SIZE, SIZE) uint8


def samples(seed: int) -> list[Sample]:
    """VIEWS samples of one random clip."""
    rng = np.random.default_rng([seed, 77])
    count = int(rng.integers(4, 13))
    world, things = _ground(rng), _things(rng, count)
    frames = _film(rng, world, things, count)
    plate = plates.learn(frames)
    moving = rng.random() < 0.5
    noise = plate.noise
    if moving:  # as `Scenery` does for a camera that moves
        noise = np.sqrt(noise**2 + (0.3 * np.hypot(*np.gradient(plate.colour.mean(-1)))) ** 2)
    out = []
    for t in rng.choice(count, VIEWS, replace=False):
        before, after = frames[max(t - GAP, 0)], frames[min(t + GAP, count - 1)]
        seen = planes(frames[t], before, after, plate.colour, noise)
        out.append(Sample(seen.astype(np.float16), *_truth(things, int(t))))
    return out


def _ground(rng: np.random.Generator) -> np.ndarray:
    """(2, H, W, 4): a far layer and a near one with its alpha."""
    n = SIZE + 2 * PAD
    far = np.ones((n, n, 4)) * np.append(rng.uniform(0.1, 0.9, 3) * 0.5 + 0.25, 1)
    far[..., :3] += np.linspace(-0.5, 0.5, n)[:, None, None] * rng.normal(0, 0.2, 3)
    for scale in rng.uniform(0.6, 12, int(rng.integers(0, 4))):
        wave = ndimage.gaussian_filter(rng.standard_normal((n, n, 3)), (scale, scale, 0))
        grey = wave.mean(-1, keepdims=True) if rng.random() < 0.5 else wave
        far[..., :3] += rng.uniform(0.01, 0.15) * grey / wave.std()
    near = np.zeros((n, n, 4))
    for _ in range(int(rng.integers(0, 14)) if rng.random() < 0.6 else 0):
        _rectangle(rng, near)
    return np.stack([far, near])


def _rectangle(rng: np.random.Generator, near: np.ndarray) -> None:
    n = near.shape[0]
    y, x = np.mgrid[:n, :n] - rng.uniform(0, n, 2)[:, None, None]
    a, (w, h) = rng.choice([0.0, rng.uniform(0, np.pi)]), rng.uniform(3, 28, 2)
    u, v = x * np.cos(a) + y * np.sin(a), y * np.cos(a) - x * np.sin(a)
    far = np.hypot(u, v) - w if rng.random() < 0.3 else np.maximum(abs(u) - w, abs(v) - h)
    alpha = np.clip(0.5 - far, 0, 1)[..., None]
    near[...] = near * (1 - alpha) + alpha * np.append(rng.uniform(0.05, 0.95, 3), 1)


def _things(rng: np.random.Generator, count: int) -> list[Thing]:
    n = int(rng.integers(1, MOST + 1)) if rng.random() < 0.92 else 0
    size = np.exp(rng.uniform(np.log(3.0), np.log(20.0)))
    radius = np.clip(size * np.exp(0.35 * rng.standard_normal(n)), 2.5, 26)
    together = rng.random() < 0.4
    colours = rng.uniform(0.03, 0.97, (n, 3))
    if together and rng.random() < 0.6:
        colours[:] = colours[:1]
    start = rng.uniform(4, SIZE - 4, (n, 2))
    if together:
        for k in range(1, n):
            a = rng.uniform(0, 2 * np.pi)
            start[k] = start[k - 1] + (radius[k] + radius[k - 1] + rng.normal(0, 1)) * np.array(
                [np.cos(a), np.sin(a)]
            )
    speed = np.exp(rng.uniform(np.log(0.1), np.log(6.0), n))
    heading = rng.uniform(0, 2 * np.pi, n)
    if together and rng.random() < 0.5:
        speed[:], heading[:] = speed[:1], heading[:1]
    return [_thing(rng, count, start[k], radius[k], speed[k], heading[k], colours[k]) for k in range(n)]


def _thing(rng: np.random.Generator, count: int, start, radius, speed, heading, colour) -> Thing:
    t = np.arange(count) - rng.uniform(0, count)
    if rng.random() < 0.2:
        t = np.maximum(t, 0)  # it rests before it starts
    step = speed * np.array([np.cos(heading), np.sin(heading)])
    place = start + t[:, None] * step + 0.5 * np.outer(t**2, rng.normal(0, 0.05, 2))
    kind = rng.random()
    waves = np.zeros((0, 3))
    if kind > 0.75:
        orders = rng.choice([2, 3, 4, 5], int(rng.integers(1, 3)), replace=False)
        waves = np.stack([orders, rng.uniform(0.05, 0.25, len(orders)), rng.uniform(0, 6.3, len(orders))], 1)
    stripes = np.array(
        [rng.uniform(0, 0.35) * (rng.random() < 0.6), rng.uniform(1.5, 7), *rng.uniform(0, 6.3, 2)]
    )
    return Thing(
        place, float(radius), waves, float(0.6 < kind <= 0.75), colour, rng.normal(0, 0.15, 2), stripes,
        rng.uniform(0.1, 0.6) * (rng.random() < 0.25), rng.uniform(0, 1) * (rng.random() < 0.4),
    )  # fmt: skip


def _film(rng: np.random.Generator, world: np.ndarray, things: list[Thing], count: int) -> np.ndarray:
    tremble = rng.choice([0.0, 0.0, rng.uniform(0.05, 0.6)])
    faint = rng.random() < 0.2
    light, grain = rng.choice([0.0, 0.03]), rng.uniform(0.3, 6.0) / 255
    frames = []
    for t in range(count):
        picture = _still(rng, world, tremble)
        if faint and t == 0:
            things[:] = [_paler(rng, thing, picture) for thing in things]
        for thing in things:
            _darken(picture, thing, t)
        for thing in things:
            _lay(picture, thing, t)
        picture = picture * (1 + light * rng.standard_normal(3)) + grain * rng.standard_normal(picture.shape)
        frames.append(np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8))
    stack = np.stack(frames)
    return coded(stack, int(rng.integers(16, 35)), preset="veryfast") if rng.random() < 0.4 else stack


def _still(rng: np.random.Generator, world: np.ndarray, tremble: float) -> np.ndarray:
    far, near = world
    if tremble:
        shift = tremble * rng.standard_normal(2)
        far = ndimage.shift(far, (*shift, 0), order=1, mode="nearest")
        near = ndimage.shift(near, (*(shift * rng.uniform(1, 2)), 0), order=1, mode="nearest")
    both = far[..., :3] * (1 - near[..., 3:]) + near[..., :3]
    return np.clip(both[PAD:-PAD, PAD:-PAD], 0, 1)


def _paler(rng: np.random.Generator, thing: Thing, picture: np.ndarray) -> Thing:
    """A thing hardly unlike the ground."""
    step = rng.uniform(0.03, 0.12) * rng.choice([-1, 1]) + rng.normal(0, 0.01, 3)
    quiet = np.append(thing.stripes[:1] * 0.2, thing.stripes[1:])
    return Thing(
        thing.place, thing.radius, thing.waves, thing.square, picture.mean((0, 1)) + step, thing.light * 0.2,
        quiet, 0.0, thing.blur,
    )  # fmt: skip


def coverage(thing: Thing, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Share of the pixels at offsets x, y (px) from the centre that is the thing's."""
    angle, far = np.arctan2(y, x), np.hypot(x, y)
    if thing.square:
        side = thing.radius * np.sqrt(np.pi) / 2
        far = (x**4 + y**4) ** 0.25 * thing.radius / (side * 1.04)
    rim = np.ones_like(far)
    for order, share, phase in thing.waves:
        rim = rim + share * np.cos(order * angle + phase)
    rim = rim / np.sqrt(1 + 0.5 * (thing.waves[:, 1] ** 2).sum())
    return np.clip(0.5 - (far - thing.radius * rim), 0, 1)


def _window(thing: Thing, place: np.ndarray, reach: float):
    x0, y0 = (np.maximum(np.floor(place - reach), 0)).astype(int)
    x1, y1 = (np.minimum(np.ceil(place + reach), SIZE)).astype(int)
    rows, columns = slice(y0, max(y1, y0)), slice(x0, max(x1, x0))
    y, x = np.mgrid[rows, columns] + 0.5
    return (rows, columns), x - place[0], y - place[1]


def _darken(picture: np.ndarray, thing: Thing, t: int) -> None:
    if thing.shadow:
        r = thing.radius
        box, x, y = _window(thing, thing.place[t] + [0.4 * r, r], 2.2 * r)
        far = np.hypot(x / (1.4 * r), y / (0.5 * r))
        picture[box] *= (1 - thing.shadow * np.clip((1.2 - far) / 0.5, 0, 1))[..., None]


def _lay(picture: np.ndarray, thing: Thing, t: int) -> None:
    speed = thing.place[min(t + 1, len(thing.place) - 1)] - thing.place[t]
    steps = np.linspace(-0.5, 0.5, 5) * thing.blur if thing.blur * np.hypot(*speed) > 0.7 else [0.0]
    box, x, y = _window(thing, thing.place[t], 1.6 * thing.radius + 2 + np.abs(speed).max())
    if not x.size:
        return
    contrast, frequency, direction, phase = thing.stripes
    u, v = x / thing.radius, y / thing.radius
    wave = np.tanh(3 * np.sin(frequency * (u * np.cos(direction) + v * np.sin(direction)) + phase))
    skin = thing.colour * (1 + thing.light[0] * u + thing.light[1] * v + contrast * wave)[..., None]
    alpha = sum(coverage(thing, x - s * speed[0], y - s * speed[1]) for s in steps) / len(steps)
    picture[box] += np.asarray(alpha)[..., None] * (np.clip(skin, 0, 1) - picture[box])


def _truth(things: list[Thing], t: int) -> tuple[np.ndarray, np.ndarray]:
    mask, rows = np.zeros((SIZE, SIZE), np.uint8), np.zeros((MOST, 4), np.float32)
    for n in reversed(range(len(things))):
        thing = things[n]
        box, x, y = _window(thing, thing.place[t], 1.6 * thing.radius + 2)
        own = coverage(thing, x, y) > 0.5
        free = (own & (mask[box] == 0)).sum() / (np.pi * thing.radius**2)
        mask[box] |= own.astype(np.uint8)
        inside = ((thing.place[t] > 0) & (thing.place[t] < SIZE)).all()
        moves = np.hypot(*np.ptp(thing.place, 0)) > 0.15 * thing.radius
        if inside and free > 0.05:
            rows[n] = *thing.place[t], thing.radius, 1.0 if free > 0.35 and moves else -1.0
    return rows, mask
