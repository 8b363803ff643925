"""What becomes of falling things: splashes, hailstones that bounce, leaves that lie; and what bodies shelter.

A drop's end is known in closed form (`particles_fall.falls`), and so is its splash: a crown that throws a
few droplets, each on a parabola for a tenth of a second (speeds after Yarin 2006: up to a third of the
impact's). Hail bounces in ever lower arcs, h_n = e^(2n) h_0, and lies; leaves and paper lie flat where they
came down. Whatever would have come through a ball or a box on its straight path is taken out, and rain
splashes on the top of it.

World frame, SI units, arrays (3, n) or (n,). Limits: bodies shelter with their present place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from physics.scene import Scene
from physics.worlds.particles import Cloud, ParticleWorld, dice_of
from physics.worlds.particles_fall import Air, falls

DROPLETS = 4
SPLASH_S = 0.13  # s that a splash lasts
FAR_SPLASH = 14.0  # m, beyond which splashes are not drawn
HOPS = 3
MOST_TURNS = 24  # that what lies is looked for in
FAR_TURNS = 6  # the same for slots beyond FAR_SPLASH / 2, of which more is to be seen


def sheltered(scene: Scene, balls: NDArray, p: NDArray, up: NDArray) -> NDArray:
    """Distance (n,) m from `p` back along `up` (3,) or (3, n), unit, to a body in the way; inf if none."""
    up = np.broadcast_to(up.reshape(3, -1), p.shape)
    out = np.full(p.shape[1], np.inf)
    for centre, body in zip(balls, scene.bodies, strict=True):
        to = np.asarray(centre)[:, None] - p
        along = np.einsum("an,an->n", to, up)
        gap = body.radius**2 - (np.einsum("an,an->n", to, to) - along**2)
        far = along + np.sqrt(np.maximum(gap, 0.0))
        out = np.where((gap > 0) & (far > 0), np.minimum(out, far), out)
    for box in scene.boxes:
        turn = Rotation.from_rotvec(box.rotation).as_matrix().T
        o, d = turn @ (p - np.array(box.centre)[:, None]), turn @ up
        d = np.where(np.abs(d) < 1e-9, 1e-9, d)
        half = np.array(box.half_size)[:, None]
        one, two = (-half - o) / d, (half - o) / d
        enter, leave = np.minimum(one, two).max(0), np.maximum(one, two).min(0)
        out = np.where((enter < leave) & (leave > 0), np.minimum(out, leave), out)
    return out


def upstream(world: ParticleWorld, speed: NDArray) -> NDArray:
    """Unit vectors (3, n) back along straight paths of things that fall at `speed`."""
    v = world.wind[:, None] - np.outer([0.0, 1.0, 0.0], np.maximum(speed, 1e-3))
    return -v / np.linalg.norm(v, axis=0)


def splashes(
    scene: Scene, world: ParticleWorld, air: Air, time: float, balls: NDArray, eye: NDArray
) -> Cloud:
    """Droplets of the drops that have come down in the last moment, on the ground and on bodies."""
    foot, age, weight, key = _impacts(scene, world, air, time, balls)
    near = (age < SPLASH_S) & (np.linalg.norm(foot - eye[:, None], axis=0) < FAR_SPLASH)
    foot, age, weight, key = foot[:, near], age[near], weight[near], key[near]
    count = foot.shape[1]
    part = np.tile(np.arange(DROPLETS), count)
    foot, age, weight, key = (np.repeat(a, DROPLETS, -1) for a in (foot, age, weight, key))
    dice = dice_of(world.seed + 1, key, part)
    around = 2 * np.pi * (part + dice[0]) / DROPLETS
    out, up = 0.10 + 0.45 * dice[1] ** 2, 0.35 + 0.9 * dice[2] ** 2
    flat = np.stack([np.cos(around), 0 * around, np.sin(around)])
    speed = flat * out + np.outer([0.0, 1.0, 0.0], up)

    def place(t):
        p = foot + speed * t - np.outer([0.0, 0.5 * world.gravity, 0.0], t * t)
        p[1] = np.maximum(p[1], foot[1] + 1e-4)
        return p

    size = (0.10 + 0.16 * dice[3]) * world.asked.diameter_m
    left = np.clip(1 - age / SPLASH_S, 0.0, 1.0)
    up_there = (foot[1] + up * age - 0.5 * world.gravity * age**2 > foot[1]) | (age < 0.03)
    return Cloud("drop", place(age), place(age + world.exposure), size, weight * left * up_there, dice, age)


def _impacts(scene: Scene, world: ParticleWorld, air: Air, time: float, balls: NDArray):
    """Where drops have just come down: places (3, m), s since, weights, keys of their own."""
    slot = np.arange(len(air.cycle))
    now, last = falls(world, air, time), falls(world, air, time, 1)
    open_sky = sheltered(scene, balls, last.end, upstream(world, air.speed)) == np.inf
    floor = (air.base < 1e-6) & open_sky & world.grounded
    found = [(last.end, last.age, last.weight * floor, slot + 7919 * last.turn.astype(np.int64))]
    if len(balls) or scene.boxes:
        p = now.end + np.outer([0.0, 1.0, 0.0], air.speed * (air.cycle - now.age))
        back = upstream(world, air.speed)
        far = sheltered(scene, balls, p, back)
        met = np.isfinite(far)
        speed = np.hypot(air.speed, np.linalg.norm(world.wind))
        top = p + back * np.where(met, far, 0.0)
        age = np.where(met, far / speed, 1.0)
        found.append((top, age, now.weight * met, slot + 7919 * now.turn.astype(np.int64)))
    places, ages, weights, keys = zip(*found, strict=True)
    return np.concatenate(places, 1), np.concatenate(ages), np.concatenate(weights), np.concatenate(keys)


def lying(scene: Scene, world: ParticleWorld, air: Air, time: float, balls: NDArray) -> list[Cloud]:
    """Leaves, paper and hailstones that have come down in the last `Kind.lies_s` seconds."""
    out = []
    if not world.grounded or world.kind.lies_s <= 0:
        return out
    slot, stays = np.arange(len(air.cycle)), world.kind.lies_s
    shortest = float(np.quantile(air.cycle, 0.05)) if len(slot) else 1.0
    most = int(min(np.ceil(stays / max(shortest, 0.05)), MOST_TURNS))
    kept = np.minimum(stays, most * air.cycle)  # s
    for before in range(1, most + 1):
        last = falls(world, air, time, before)
        age = last.age + (before - 1) * air.cycle
        dice = dice_of(world.seed, slot, last.turn)
        open_sky = sheltered(scene, balls, last.end, upstream(world, air.speed)) == np.inf
        fade = np.clip((kept - age) / (0.3 * kept), 0.0, 1.0)
        seen = (air.near < 0.5 * FAR_SPLASH) | (before <= FAR_TURNS)
        weight = last.weight * fade * open_sky * (air.base < 1e-6) * seen
        bounce = world.kind.fate == "bounce"
        places = [_hopped(world, air, last.end, age + t, dice) if bounce else last.end + [[0], [0.004], [0]]
                  for t in (0.0, world.exposure)]  # fmt: skip
        radius = 0.5 * air.diameter
        lift = np.outer([0.0, 1.0, 0.0], radius if bounce else 0 * radius)
        out.append(Cloud(world.kind.shape, places[0] + lift, places[1] + lift, radius, weight, dice, age))
    return out


def _hopped(world: ParticleWorld, air: Air, foot: NDArray, age: NDArray, dice: NDArray) -> NDArray:
    """Where (3, n) a stone is `age` s after it struck: up to HOPS parabolas, then at rest."""
    rise = world.kind.restitution * np.minimum(air.speed, 9.0) * (0.4 + 0.6 * dice[2])
    around, side = 2 * np.pi * dice[0], 0.35 * rise * (0.3 + dice[1])
    way = np.stack([np.cos(around), 0 * around, np.sin(around)]) * side
    p, left = foot.copy(), age.copy()
    for _ in range(HOPS):
        flight = 2 * rise / max(world.gravity, 1e-3)
        t = np.clip(left, 0.0, flight)
        p = p + way * t
        p[1] += np.maximum(rise * t - 0.5 * world.gravity * t * t, 0.0)
        left, rise, way = left - flight, rise * world.kind.restitution, way * 0.6
    return p
