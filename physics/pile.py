"""Balls that press on each other or on several obstacles at once: velocity-level contact solving.

One short step with external acceleration a: find impulses P_c at the touching points with
    v' = v + h a + sum P_c/m,   0 <= P_n  _|_  v'_n + gap/h >= 0,   |P_t| <= mu P_n  (stick if it can)
by projected Gauss-Seidel on the contacts (Moreau 1988, Jean 1999; accumulated clamping and warm start as in
Catto 2005). Resting contact is a solution with zero velocity, so a pile neither creeps nor explodes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from physics.rigid_world import Array, RigidWorld
from physics.rolling import cross, dot

_SWEEPS = 60
_CLOSED = 1e-9  # m
_DONE = 1e-8  # m/s; smaller changes end the sweeps


@dataclass(frozen=True)
class Pile:
    """Touching points of piled bodies; body 1 is pushed along +normal, body 2 (or obstacle) along -normal."""

    bodies: Array  # (p,) world indices of the piled bodies
    one: Array  # (c,) rows of bodies
    two: Array  # (c,) rows of bodies, -1 for an obstacle
    normal: Array  # (c, 3)
    gap: Array  # (c,) m
    friction: Array  # (c, 1)
    rolling: Array  # (c,)
    box: tuple[Array, Array]  # world indices (body, obstacle) of the first contacts
    pair: tuple[Array, Array]  # world indices (body, body) of the others


def make_pile(world: RigidWorld, member: Array, boxes: Array, pairs: Array, gaps, pair) -> Pile:
    """member (n,) bool; boxes (., 2) and pairs (., 2) list the touching (body, obstacle) and (body, body)."""
    bodies = np.flatnonzero(member)
    row = np.full(len(member), -1)
    row[bodies] = np.arange(len(bodies))
    i, m = boxes[member[boxes[:, 0]]].T
    a, b = pairs[member[pairs[:, 0]]].T
    return Pile(
        bodies=bodies,
        one=row[np.concatenate([i, a])],
        two=np.concatenate([np.full(len(i), -1), row[b]]),
        normal=np.concatenate([gaps[1][i, m], pair[1][a, b]]),
        gap=np.concatenate([gaps[0][i, m], pair[0][a, b]]),
        friction=np.concatenate([world.friction[i, m], world.pair_friction[a, b]])[:, None],
        rolling=np.concatenate([world.rolling[i, m], np.zeros(len(a))]),
        box=(i, m),
        pair=(a, b),
    )


def press(world: RigidWorld, pile: Pile, v: Array, w: Array, a: Array, start: Array, h: float):
    """Velocities and spins (p, 3) after the contacts have acted for h seconds, and their impulses (c, 3) N s.

    a (p, 3) is the external acceleration; start (c, 3) is a first guess of the impulses, which also sets the
    rolling resistance: it acts before the contacts do, so that it cannot push things into each other.
    """
    frame = _frames(pile.normal)  # (c, 3, 3) rows: normal and two tangents
    linear, turning = _jacobian(world, pile, frame)
    b = pile.bodies
    light = 1.0 / world.mass[b]
    nimble = light / (world.inertia_factor[b] * world.radius[b] ** 2)
    c, p = len(frame), len(b)
    scaled = np.concatenate([linear * light[:, None], turning * nimble[:, None]], 2).reshape(3 * c, 6 * p)
    full = np.concatenate([linear, turning], 2).reshape(3 * c, 6 * p)
    # In slices that no BLAS spreads over threads, which cost more than they save here.
    matrix = np.concatenate([scaled[k : k + 6] @ full.T for k in range(0, 3 * c, 6)])
    both = linear[:, 0].any(-1).T.astype(float)  # (p, c)
    normal = np.maximum((start * pile.normal).sum(-1), 0.0)
    v, w = _brake(world, pile, v, w, both @ (pile.rolling * normal)[:, None])
    v = v + h * a
    bias = full @ np.concatenate([v, w]).ravel()
    bias[::3] += np.maximum(pile.gap, 0.0) / h
    impulse = _sweep(matrix, bias, pile.friction[:, 0].tolist(), (frame @ start[..., None])[..., 0].ravel())
    change = (impulse @ scaled).reshape(2, p, 3)
    push = impulse.reshape(c, 3)
    return v + change[0], w + change[1], (push[:, None] @ frame)[:, 0]


def mean_velocity(pile: Pile, before: Array, after: Array, h: float) -> Array:
    """Velocities (p, 3) to move with: the mean of both ends, or the end's if the mean would close a gap."""
    mean = 0.5 * (before + after)
    other = np.where(pile.two[:, None] >= 0, mean[pile.two], 0.0)
    left = pile.gap + h * ((mean[pile.one] - other) * pile.normal).sum(-1)
    return after if (left < np.minimum(pile.gap, 0.0) - _CLOSED).any() else mean


def _frames(n):
    """Right-handed frames (c, 3, 3) whose first rows are the unit normals n (c, 3)."""
    other = np.where(np.abs(n[:, :1]) < 0.6, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    t = cross(n, other)
    t /= np.sqrt(dot(t, t))
    return np.stack([n, t, cross(n, t)], 1)


def _jacobian(world, pile, frame):
    """Velocity of the touching points along the frames: linear and turning parts, (c, 3, p, 3) each."""
    rows = np.arange(len(pile.bodies))
    one, two = pile.one[:, None] == rows, pile.two[:, None] == rows  # (c, p)
    sign = one.astype(float) - two
    radius = (one | two) * world.radius[pile.bodies]
    arm = np.cross(frame[:, :1], frame)  # n x d: u.d = v.d - r w.(n x d)
    return sign[:, None, :, None] * frame[:, :, None], -radius[:, None, :, None] * arm[:, :, None]


def _sweep(matrix, bias, friction, p):
    """Projected Gauss-Seidel, one contact (three rows) at a time; returns the impulses (3c,)."""
    diagonal = np.maximum(matrix.diagonal(), 1e-300)
    normal = (1.0 / diagonal[::3]).tolist()
    tangent = (1.0 / np.maximum(diagonal[1::3], diagonal[2::3])).tolist()
    blocks = [(3 * k, matrix[3 * k : 3 * k + 3], bias[3 * k : 3 * k + 3]) for k in range(len(normal))]
    for _ in range(_SWEEPS):
        worst = 0.0
        for (k, rows, shift), mn, mt, mu in zip(blocks, normal, tangent, friction, strict=True):
            un, u1, u2 = (rows @ p + shift).tolist()
            pn, p1, p2 = p[k : k + 3].tolist()
            new = max(pn - un * mn, 0.0)
            q1, q2 = p1 - u1 * mt, p2 - u2 * mt
            size, most = math.hypot(q1, q2), mu * new
            if size > most:
                q1, q2 = q1 * most / size, q2 * most / size
            worst = max(worst, abs(new - pn) / mn, abs(q1 - p1) / mt, abs(q2 - p2) / mt)
            p[k], p[k + 1], p[k + 2] = new, q1, q2
        if worst < _DONE:
            break
    return p


def _brake(world, pile, v, w, resistance):
    """Rolling resistance: take c P_n / m off the speed, and the same fraction off the spin."""
    speed = np.sqrt(dot(v, v)) + world.radius[pile.bodies][:, None] * np.sqrt(dot(w, w))
    loss = resistance / world.mass[pile.bodies][:, None]
    keep = np.maximum(1.0 - loss / np.maximum(speed, 1e-300), 0.0)
    return v * keep, w * keep


def grow(member: Array, touching: Array) -> Array:
    """member (n,) bool spread along the symmetric relation touching (n, n) until it closes."""
    while True:
        wider = member | (touching & member[None]).any(1)
        if (wider == member).all():
            return member
        member = wider


def components(member: Array, touching: Array) -> list[Array]:
    """Connected groups (each an index array) of the members."""
    left, groups = member.copy(), []
    while left.any():
        seed = np.zeros_like(left)
        seed[left.argmax()] = True
        group = grow(seed, touching & member[:, None] & member[None])
        groups.append(np.flatnonzero(group))
        left &= ~group
    return groups
