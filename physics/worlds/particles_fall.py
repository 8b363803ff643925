"""What falls out of the whole sky: rain, snow, leaves; and what hovers in it: dust, bubbles.

The air in view is cut into overlapping bands of depth, each half as deep again as the one before, whose
windows add up to one. A band has as many slots as particles, or, where those are too many to draw, a share
of them, each standing for several. A slot is a column of air: its particle falls from the top of the view
to the ground at its terminal speed, aslant with the wind, in closed form; then a new one comes somewhere
else in the band. Across, places wrap round outside the picture, so that the density stays even at all
heights whatever the wind. Gusts and flutter sway a path without changing where it ends.

World frame, m, s; `Air.right` and `Air.ahead` are horizontal. Limits: the camera moves by a part of its
distance or a turn of up to some 60 degrees; steeper than 40 degrees the whole box in view is one band.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from physics.camera import camera_at, camera_basis
from physics.scene import Scene
from physics.worlds.particles import (
    Cloud,
    ParticleWorld,
    dice_of,
    fitted,
    hashed,
    sizes,
    terminal,
    turns,
)

RATIO = 1.5  # of the depths of neighbouring bands
NEAR, FAR = 0.10, 14.0  # depth of the first and the last band in distances to the subject
DEEPEST = 90.0  # m
SETTLING = 0.4  # s before the ground in which the sway dies away
MOST_EACH = 5.0  # particles that one stands for, at most: the rest is in the veil
NEAREST_SHARP = 6.0  # m
VIEWS = 5  # frames looked at to know what the clip will see


@dataclass(frozen=True)
class Air:
    """Slots, and the frame that they are placed in. Arrays (n,)."""

    origin: NDArray  # (3,) m
    right: NDArray  # (3,)
    ahead: NDArray  # (3,)
    shallow: bool  # bands of depth; else one box
    near: NDArray  # m, depth at which the slot's band begins
    deep: NDArray  # m, the band's extent
    wide: NDArray  # m, half width
    base: NDArray  # m, height at which a turn ends
    high: NDArray  # m, height of the column above that
    number: NDArray  # particles that a slot stands for, before the window
    diameter: NDArray  # m
    speed: NDArray  # m/s, terminal
    cycle: NDArray  # s
    phase: NDArray  # turns


def focus_of(scene: Scene) -> float:
    """Distance to the subject, m; what looks at a horizon is sharp from `NEAREST_SHARP` m on."""
    position, target = camera_at(scene.camera, 0.0)
    return min(float(np.linalg.norm(target - position)), NEAREST_SHARP)


def build_air(scene: Scene, world: ParticleWorld) -> Air:
    """The slots of a scene's clip."""
    seconds = (scene.num_frames - 1) / scene.fps
    eyes = [camera_at(scene.camera, t) for t in np.linspace(0.0, seconds, VIEWS)]
    place, target = eyes[VIEWS // 2]
    look = (target - place) / np.linalg.norm(target - place)
    right = camera_basis(place, target)[0]
    ahead = np.array([right[2], 0.0, -right[0]])
    focus, shallow = focus_of(scene), abs(look[1]) < 0.64
    tangent = np.tan(np.radians(scene.camera.fov_deg) / 2)
    corners = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    rays = []
    for p, q in eyes:
        basis = camera_basis(p, q)
        for x, y in corners:
            local = np.array([1.08 * x * tangent * scene.width / scene.height, 1.08 * y * tangent, 1.0])
            rays.append((p - place, local @ basis))
    frame = np.array([place[0], 0.0, place[2]]), right, ahead
    bands = (
        _bands(world, rays, frame, place, focus) if shallow else [_box(frame, place, focus, tangent, scene)]
    )
    return _slots(world, frame, shallow, bands)


def _bands(world: ParticleWorld, rays, frame, place: NDArray, focus: float) -> list[tuple[float, ...]]:
    """(near, deep, wide, base, high) of each band: what all views see of it."""
    _, right, ahead = frame
    out, z = [], max(NEAR * focus, 4 * world.asked.diameter_m)
    far = min(FAR * focus, DEEPEST)
    while z < far:
        last = z * RATIO**2
        wide, low, top = 0.0, np.inf, -np.inf
        for shift, ray in rays:
            forward = float(ray @ ahead)
            for edge in (z, last):
                s = max(edge - float(shift @ ahead), 0.3 * edge) / max(forward, 0.25)
                wide = max(wide, abs(float((shift + s * ray) @ right)))
                y = place[1] + shift[1] + s * ray[1]
                low, top = min(low, y), max(top, y)
        base = max(low, 0.0) if world.grounded else low
        out.append((z, last - z, wide * 1.15 + 0.1 * focus, base, max(top - base, 0.2 * z)))
        z *= RATIO
    return out


def _box(frame, place: NDArray, focus: float, tangent: float, scene: Scene) -> tuple[float, ...]:
    """The one band of a steep view: all around the place looked at."""
    reach = 1.6 * focus * tangent * max(1.0, scene.width / scene.height) + 0.4 * focus
    return -0.5 * focus - reach, 2 * reach + focus, reach + 0.3 * focus, 0.0, max(place[1], 0.5)


def _slots(world: ParticleWorld, frame, shallow: bool, bands: list[tuple[float, ...]]) -> Air:
    columns = []
    true = [world.asked.per_m3 * 2 * b[2] * b[1] * b[4] * (0.5 if shallow else 1.0) for b in bands]
    level = _level(np.array(true), world.kind.most)
    for band, number in zip(bands, true, strict=True):
        count = int(np.ceil(min(number, level)))
        stands = min(number / max(count, 1) * (2.0 if shallow else 1.0), MOST_EACH)
        columns += [(*band, stands)] * count
    near, deep, wide, base, high, number = np.array(columns or np.zeros((0, 6))).reshape(-1, 6).T
    slot = np.arange(len(near))
    diameter = sizes(world, hashed(world.seed, slot, 0 * slot, 1))
    speed = np.maximum(terminal(world, diameter), 1e-3)
    cycle = fitted(high / speed, world.asked.period_s)
    phase = hashed(world.seed, slot, 0 * slot, 2)
    return Air(*frame, shallow, near, deep, wide, base, high, number, diameter, speed, cycle, phase)


def _level(true: np.ndarray, most: int) -> float:
    """Slots that a band may have, so that all together have `most`: small bands have as many as they need."""
    low, high = 0.0, float(true.max(initial=1.0))
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if np.minimum(true, middle).sum() < most else (low, middle)
    return high


@dataclass(frozen=True)
class Fall:
    """Slots at one time: which turn, where it ends, how far it has come."""

    turn: NDArray  # (n,)
    age: NDArray  # (n,) s
    end: NDArray  # (3, n) m
    weight: NDArray  # (n,)


def falls(world: ParticleWorld, air: Air, time: float, before: int = 0) -> Fall:
    """The turn that each slot is in at `time`, or the one `before` turns ago (its end, and the age since)."""
    turn, age = turns(time, air.cycle, air.phase, world.asked.period_s)
    if before and world.asked.period_s > 0:
        turn = (turn - before) % np.maximum(np.round(world.asked.period_s / air.cycle), 1)
    else:
        turn = turn - before
    slot = np.arange(len(air.cycle))
    across = air.wide * (2 * hashed(world.seed, slot, turn, 3) - 1)
    along = hashed(world.seed, slot, turn, 4)
    left = 0.0 if before else air.cycle - age
    blown = world.wind[:, None] * left
    across = _wrapped(across - air.right @ blown + air.wide, 2 * air.wide) - air.wide
    along = _wrapped(along - (air.ahead @ blown) / np.maximum(air.deep, 1e-9), 1.0)
    end = air.origin[:, None] + np.outer(air.right, across) + np.outer(air.ahead, air.near + along * air.deep)
    end[1] = air.base
    window = np.sin(np.pi * _log_share(air, along)) ** 2 if air.shallow else np.ones_like(along)
    return Fall(turn, age, end, air.number * window)


def _log_share(air: Air, along: NDArray) -> NDArray:
    return np.log(1 + along * air.deep / np.maximum(air.near, 1e-9)) / np.log(RATIO**2)


def _wrapped(x: NDArray, size) -> NDArray:
    return x - size * np.floor(x / size)


def in_the_air(world: ParticleWorld, air: Air, time: float) -> Cloud:
    """All that falls while the shutter is open from `time` on."""
    fall = falls(world, air, time)
    dice = dice_of(world.seed, np.arange(len(fall.age)), fall.turn)
    later = np.minimum(fall.age + world.exposure, air.cycle)
    at = _place(world, air, fall, fall.age, time, dice)
    to = _place(world, air, fall, later, time + later - fall.age, dice)
    to += world.wind[:, None] * (later - fall.age)
    tumbled = 2 * np.pi * dice[3] + fall.age * _tumbling(world, air)
    return Cloud(world.kind.shape, at, to, 0.5 * air.diameter, fall.weight, dice, fall.age, tumbled)


def _tumbling(world: ParticleWorld, air: Air) -> NDArray:
    """rad/s of a plate that falls with about unit Strouhal number (Belmonte, Eisenberg & Moses 1998)."""
    return 0.5 * air.speed / np.maximum(air.diameter, 1e-4)


def _place(world: ParticleWorld, air: Air, fall: Fall, age: NDArray, time, dice: NDArray) -> NDArray:
    """Places (3, n) at `age`, with gusts and flutter, but for the wind since the shutter opened."""
    p = fall.end.copy()
    height = air.speed * (air.cycle - age)
    p[1] += height
    speed = world.wind[:, None] - np.outer([0.0, 1.0, 0.0], air.speed)
    calm = np.clip(height / (SETTLING * air.speed), 0.0, 1.0) if world.grounded else 1.0
    p += calm * world.gusts.carried(p, time, speed)
    swing = world.kind.flutter * air.diameter * calm
    beat = (
        2 * np.pi * dice[0]
        + 0.35 * air.speed / np.maximum(air.diameter * (1 + world.kind.flutter), 1e-4) * age
    )
    p[0] += swing * np.cos(beat) * (0.3 + 0.7 * dice[1])
    p[2] += swing * np.sin(beat * (0.8 + 0.4 * dice[2])) * (0.3 + 0.7 * dice[2])
    p[1] += 0.3 * swing * np.sin(2 * beat)
    return p
