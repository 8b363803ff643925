"""Balls that meet still water: the exact flight up to the surface, then entry, sinking or floating.

`dive(scene, rollout)` takes each body's path from the rigid world's rollout up to the moment its lowest point
touches y = 0 (the root of the cubic through two frames). From there its centre obeys
d/dt[(m + m_a) w] = m g - rho g V - drag - radiation, with the immersed volume V of a spherical cap, added
mass m_a = rho V / 2 of the immersed part, drag 1/2 rho C_d A |w| w on the wetted share, and a floating ball's
loss to the waves that it makes (heave damping of a half-immersed sphere near its own period, after Hulme
1982, JFM 121:443). What the water takes up is returned as `Push`es for `physics.worlds.ripples`.

Limits: balls under water do not meet each other; no lift, no cavity; the bottom stops what reaches it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from physics.rigid import Rollout, simulate
from physics.scene import Body, Scene

WATER = 998.2  # kg/m^3
DRAG = 0.47  # of a sphere under water
HEAVE = 0.22  # heave damping over rho V omega of a half-immersed sphere
STEP = 1e-3  # s
CALM = 0.5  # s in which a wet ball's spin falls to 1/e


@dataclass(frozen=True)
class Push:
    """What one body does to the water in a short time: volumes (m^3) at depths (m), an impulse (N s) down."""

    time: float
    x: float
    z: float
    radius: float
    volume_before: float
    depth_before: float
    volume: float
    depth: float
    impulse: float


@dataclass(frozen=True)
class Entry:
    """A body meets the surface."""

    time: float  # s
    x: float
    z: float
    radius: float
    velocity: tuple[float, float, float]  # m/s
    body: int


@lru_cache(maxsize=2)
def dived(scene: Scene) -> tuple[Rollout, tuple[Push, ...], tuple[Entry, ...]]:
    """`dive` from the scene's own rollout; kept, because what moves and what is drawn both ask for it."""
    return dive(scene, simulate(scene))


def dive(scene: Scene, rollout: Rollout) -> tuple[Rollout, tuple[Push, ...], tuple[Entry, ...]]:
    """The rollout with its bodies in the water, what they do to it, and where they entered."""
    pool = scene.pool
    assert pool is not None
    position, velocity, spin = (
        np.array(a) for a in (rollout.position, rollout.velocity, rollout.angular_velocity)
    )
    pushes: list[Push] = []
    entries: list[Entry] = []
    wet = []
    for i, body in enumerate(scene.bodies):
        entry = _entry(scene, rollout, i)
        if entry is None:
            continue
        entries.append(entry)
        path, found = _sink(scene, body, entry)
        first = int(np.ceil(entry.time * scene.fps / scene.time_scale - 1e-9))
        times = np.arange(first, len(position)) * scene.time_scale / scene.fps
        for axis in range(3):
            position[first:, i, axis] = np.interp(times, path[:, 0], path[:, 1 + axis])
            velocity[first:, i, axis] = np.interp(times, path[:, 0], path[:, 4 + axis])
        spin[first:, i] *= np.exp(-(times - entry.time) / CALM)[:, None]
        pushes += found
        wet.append((i, entry.time))
    turned = _orientation(scene, rollout, spin, wet)
    events = tuple(e for e in rollout.events if all(e.time < t for i, t in wet if i in e.bodies))
    out = replace(
        rollout,
        position=position,
        velocity=velocity,
        angular_velocity=spin,
        orientation=turned,
        events=events,
    )
    return out, tuple(sorted(pushes, key=lambda p: p.time)), tuple(sorted(entries, key=lambda e: e.time))


def _entry(scene: Scene, rollout: Rollout, i: int) -> Entry | None:
    """When and where body `i` touches y = 0 first."""
    frame, r = scene.time_scale / scene.fps, scene.bodies[i].radius
    low = np.asarray(rollout.position)[:, i, 1] - r
    below = np.flatnonzero(low <= 0)
    if not len(below):
        return None
    k = int(below[0])
    if k == 0:
        p, v = rollout.position[0, i], rollout.velocity[0, i]
        return Entry(0.0, float(p[0]), float(p[2]), r, _triple(v), i)
    a, b = rollout.position[k - 1, i], rollout.position[k, i]
    va, vb = rollout.velocity[k - 1, i] * frame, rollout.velocity[k, i] * frame
    lo, hi = 0.0, 1.0
    for _ in range(50):
        middle = 0.5 * (lo + hi)
        lo, hi = (middle, hi) if _cubic(a, b, va, vb, middle)[1] > r else (lo, middle)
    p = _cubic(a, b, va, vb, hi)
    v = (va + (vb - va) * hi) / frame
    return Entry((k - 1 + hi) * frame, float(p[0]), float(p[2]), r, _triple(v), i)


def _triple(v) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])


def _cubic(a, b, va, vb, t: float):
    """Hermite's cubic."""
    s = 1 - t
    return a * s * s * (1 + 2 * t) + b * t * t * (3 - 2 * t) + va * t * s * s - vb * t * t * s


def cap_volume(depth, radius: float):
    """Volume (m^3) of a sphere below y = 0 whose lowest point is `depth` m under it."""
    d = np.clip(depth, 0.0, 2 * radius)
    return np.pi * d * d * (radius - d / 3)


def _cap_middle(depth: float, radius: float) -> float:
    """Depth (m) of that part's centre of volume below y = 0."""
    d = min(max(depth, 1e-9), 2 * radius)
    middle = 0.75 * (2 * radius - d) ** 2 / (3 * radius - d)  # of a cap below the sphere's centre
    return depth - radius + middle


def _sink(scene: Scene, body: Body, entry: Entry) -> tuple[np.ndarray, list[Push]]:
    """The path (n, 7) of time, centre, velocity from the entry on, and the pushes."""
    pool = scene.pool
    assert pool is not None
    end = (scene.num_frames + 1) * scene.time_scale / scene.fps
    g, r = float(np.linalg.norm(scene.gravity)), body.radius
    whole = 4 / 3 * np.pi * r**3
    mass, floor = whole * body.density, -pool.depth_m + r
    rate = np.sqrt(g / r)
    x = np.array([entry.x, r if entry.time > 0 else body.position[1], entry.z])
    v = np.array(entry.velocity, float)
    before = cap_volume(r - x[1], r)
    path, pushes, t = [[entry.time, *x, *v]], [], entry.time
    while t < end:
        volume = float(cap_volume(r - x[1], r))
        share, speed = volume / whole, float(np.linalg.norm(v))
        drag = 0.5 * WATER * DRAG * np.pi * r * r * share * speed * v
        near = 4 * share * (1 - share)  # one where half of it is in the water
        drag[1] += HEAVE * WATER * 0.5 * whole * rate * near * v[1]
        added = 0.5 * WATER * volume
        lift = np.array([0.0, (WATER * volume - mass) * g, 0.0])
        soon = 0.5 * WATER * float(cap_volume(r - x[1] - STEP * v[1], r))
        v_new = ((mass + added) * v + STEP * (lift - drag)) / (mass + soon)
        taken = float(mass * (v_new[1] - v[1]) - STEP * lift[1]) if share < 1 or v[1] < 0 else 0.0
        x_new = x + STEP * v_new
        if x_new[1] < floor:
            x_new[1], v_new = floor, np.array([v_new[0] * 0.2, 0.0, v_new[2] * 0.2])
            taken = 0.0
        after = float(cap_volume(r - x_new[1], r))
        pushes.append(Push(t, x[0], x[2], r, before, max(_cap_middle(r - x[1], r), 0.0), after,
                           max(_cap_middle(r - x_new[1], r), 0.0), taken))  # fmt: skip
        x, v, before, t = x_new, v_new, after, t + STEP
        path.append([t, *x, *v])
    return np.array(path), _merged(pushes)


def _merged(pushes: list[Push], count: int = 8) -> list[Push]:
    """Pushes of `count` steps as one; those too faint to see are left out."""
    out = []
    for k in range(0, len(pushes), count):
        some = pushes[k : k + count]
        impulse = sum(p.impulse for p in some)
        last, first = some[-1], some[0]
        lifted = abs(last.volume * np.exp(-last.depth / first.radius / 3)
                     - first.volume_before * np.exp(-first.depth_before / first.radius / 3))  # fmt: skip
        if lifted > 1e-4 * first.radius**3 or abs(impulse) > 1e-4 * WATER * first.radius**4:
            out.append(replace(last, volume_before=first.volume_before, depth_before=first.depth_before,
                               impulse=impulse))  # fmt: skip
    return out


def _orientation(scene: Scene, rollout: Rollout, spin: np.ndarray, wet) -> np.ndarray:
    """Orientations that follow the slowed spin of bodies in the water."""
    from physics.rigid_world import quaternion_product, rotation_quaternion

    out = np.array(rollout.orientation)
    frame = scene.time_scale / scene.fps
    for i, time in wet:
        for k in range(max(1, int(np.ceil(time / frame))), len(out)):
            turn = rotation_quaternion((0.5 * frame * (spin[k - 1, i] + spin[k, i]))[None])
            out[k, i] = quaternion_product(turn, out[k - 1, i][None])[0]
    return out
