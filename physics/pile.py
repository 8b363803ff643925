"""Balls that press on each other or on several obstacles at once: velocity-level contact solving.

One short step with external acceleration a: find impulses P_c at the touching points with
    v' = v + h a + sum P_c/m,   0 <= P_n  _|_  v'_n + gap/h >= 0,   |P_t| <= mu P_n  (stick if it can)
by projected Jacobi with mass splitting (each body shares its mass among its contacts, which makes the sweep
stable at any mass ratio; Tonge 2012, Catto 2005 for the accumulated clamping). Resting contact is a solution
with zero velocity, so a pile neither creeps nor explodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physics.rigid_world import Array, RigidWorld
from physics.rolling import cross, dot

_SWEEPS = 150
_DONE = 1e-8  # m/s; changes below this end the sweeps


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
    )


def press(world: RigidWorld, pile: Pile, v: Array, w: Array, h: float) -> tuple[Array, Array]:
    """Velocities and spins (p, 3) after the contacts have acted for h seconds on v, w (p, 3).

    v must already hold h times the external acceleration.
    """
    b, r = pile.bodies, world.radius[pile.bodies][:, None]
    light = 1.0 / world.mass[b][:, None]
    twist = light / (world.inertia_factor[b][:, None] * r)  # dw = -twist n x P
    plus = (pile.one[None] == np.arange(len(b))[:, None]).astype(float)  # (p, c)
    minus = (pile.two[None] == np.arange(len(b))[:, None]).astype(float)
    signed, both = plus - minus, plus + minus
    share = both.sum(1, keepdims=True)
    soft = share * light
    normal_mass = 1.0 / (both.T @ soft)
    tangent_mass = 1.0 / (both.T @ (soft * (1 + 1 / world.inertia_factor[b][:, None])))
    n = pile.normal
    allowed = -np.maximum(pile.gap, 0.0)[:, None] / h
    pn, pt = np.zeros((len(n), 1)), np.zeros_like(n)
    for _ in range(_SWEEPS):
        u = signed.T @ v - cross(both.T @ (r * w), n)
        un = dot(u, n)
        pn_new = np.maximum(pn - (un - allowed) * normal_mass, 0.0)
        pt_new = pt - (u - un * n) * tangent_mass
        size = np.sqrt(dot(pt_new, pt_new))
        pt_new = pt_new * np.minimum(1.0, pile.friction * pn_new / np.maximum(size, 1e-300))
        change = (pn_new - pn) * n + pt_new - pt
        pn, pt = pn_new, pt_new
        dv = light * (signed @ change)
        v = v + dv
        w = w - twist * (both @ cross(n, change))
        if np.abs(dv).max() < _DONE:
            break
    return _brake(world, pile, v, w, both @ (pile.rolling[:, None] * pn))


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
