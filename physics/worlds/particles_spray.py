"""What a source throws: sparks that fly, fall and bounce, embers that rise in the heat.

Each slot throws one at a time. Paths under Stokes drag with the relaxation time v_t / g of the particle's
own terminal speed are closed forms (`drag.stokes_path`); a spark's contacts with the ground are roots of
those, found by bisection, and between them the closed form goes on with what the bounce has left of the
velocity. Embers are carried by an updraught that fades with height, and by gusts that they feel more the
longer they are aloft.

SI units, arrays (3, n) or (n,). Limits: at most `BOUNCES` contacts, with level ground only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from physics.worlds.drag import stokes_path
from physics.worlds.particles import Cloud, ParticleWorld, dice_of, fitted, hashed, sizes, terminal, turns

BOUNCES = 3
SLIP = 0.65  # share of its speed along the ground that a bounce leaves a spark
HALVINGS = 22
UPDRAUGHT = 1.3  # m/s above embers' own source


def thrown(world: ParticleWorld, time: float) -> Cloud:
    """All that is in flight while the shutter is open from `time` on."""
    asked = world.asked
    count = int(min(np.ceil(asked.per_s * asked.life_s), world.kind.most))
    slot = np.arange(count)
    cycle = fitted(np.full(count, count / max(asked.per_s, 1e-9)), asked.period_s)
    turn, age = turns(time, cycle, hashed(world.seed, slot, 0 * slot, 2), asked.period_s)
    dice = dice_of(world.seed, slot, turn)
    more = dice_of(world.seed, slot, turn, 20)
    life = asked.life_s * (0.35 + 0.65 * dice[3])
    alive = age < life
    slot, turn, age, dice, more, life = (a[..., alive] for a in (slot, turn, age, dice, more, life))
    diameter = sizes(world, hashed(world.seed, slot, turn, 5))
    start, velocity = _launch(world, dice, more)
    tau = np.maximum(terminal(world, diameter), 1e-3) / max(world.gravity, 1e-3)
    later = np.minimum(age + world.exposure, life)
    way = _hot if asked.kind == "embers" else _bouncing
    at, to = (way(world, start, velocity, tau, t, time + t - age) for t in (age, later))
    return Cloud("spark", at, to, 0.5 * diameter, np.ones_like(age), dice, age / life, None)


def _launch(world: ParticleWorld, dice: NDArray, more: NDArray) -> tuple[NDArray, NDArray]:
    """Where and how fast each leaves the source: even over its ball and over the cone of directions."""
    asked = world.asked
    axis = np.array(asked.velocity)
    speed = max(float(np.linalg.norm(axis)), 1e-6)
    axis = axis / speed
    side = np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0])
    side = side / np.linalg.norm(side)
    high = 1 - dice[0] * (1 - np.cos(np.radians(asked.cone_deg)))
    flat, around = np.sqrt(np.maximum(1 - high**2, 0.0)), 2 * np.pi * dice[1]
    way = np.outer(axis, high) + np.outer(side, flat * np.cos(around))
    way += np.outer(np.cross(axis, side), flat * np.sin(around))
    ball = more[:3] - 0.5
    ball = ball / np.linalg.norm(ball, axis=0) * np.cbrt(more[3]) * asked.radius_m
    return np.array(asked.position)[:, None] + ball, way * speed * (0.45 + 1.1 * dice[2] ** 1.5)


def _hot(world: ParticleWorld, start, velocity, tau, age: NDArray, time) -> NDArray:
    drift = world.wind[:, None] + np.array([[0.0], [UPDRAUGHT], [0.0]])
    place, speed = stokes_path(age, start, velocity, drift, tau)
    spread = np.minimum(age, 1.0) * (1 + 0.25 * age)
    return place + spread * world.gusts.carried(place, time, speed)


def _bouncing(world: ParticleWorld, start, velocity, tau, age: NDArray, time) -> NDArray:
    drift = world.wind[:, None] - np.array([[0.0], [1.0], [0.0]]) * tau * world.gravity
    place, _ = stokes_path(age, start, velocity, drift, tau)
    if not world.grounded:
        return place
    left = age.copy()
    for _ in range(BOUNCES):
        place, _ = stokes_path(left, start, velocity, drift, tau)
        hit = _contact(start, velocity, drift, tau, left, world.gravity)
        landed = (place[1] < 0.0) & (hit < left)
        foot, speed = stokes_path(hit, start, velocity, drift, tau)
        foot[1] = 1e-5
        speed = speed * np.array([[SLIP], [-world.kind.restitution], [SLIP]])
        start, velocity = np.where(landed, foot, start), np.where(landed, speed, velocity)
        left = np.where(landed, left - hit, left)
    place, _ = stokes_path(left, start, velocity, drift, tau)
    place[1] = np.maximum(place[1], 0.0)
    return place


def _contact(start, velocity, drift, tau, end: NDArray, gravity: float) -> NDArray:
    """Time (n,) of the last passage through y = 0 before `end`: paths rise, then fall."""
    rise = tau * np.log1p(np.maximum(velocity[1], 0.0) / np.maximum(gravity * tau, 1e-9))
    low, high = np.minimum(rise, end), end.copy()
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        y = stokes_path(middle, start, velocity, drift, tau)[0][1]
        low, high = np.where(y > 0, middle, low), np.where(y > 0, high, middle)
    return high
