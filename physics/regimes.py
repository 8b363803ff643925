"""Which regime each body is in: free, sliding, rolling, at rest, or part of a pile.

A body that touches one obstacle which must push to keep it out is held by it (physics.rolling). A second
contact that is pressed on, or a body that leans on another, makes a pile (physics.pile). Balls that merely
touch are neither: side by side on a floor they stay independent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from physics import pile as piles
from physics import rolling
from physics.impulse import TOUCH
from physics.rigid_world import Array, RigidState, RigidWorld
from physics.rolling import FREE, PILE, REST, SLIDE, Held

PILE_SETTLE = 0.1  # m/s: slower impacts within a pile are left to its solver, without restitution
PILE_STEP = 1.0 / 240.0  # s
QUIET_TIME = 0.1  # s for which a pile must hardly move before it falls asleep
_PILE_TOUCH = 1e-6  # m: piled contacts may open this far before they count as lost
_PILE_GAP = 4e-4  # m: gaps that PILE_SETTLE can close in one pile step, which the solver watches
_CURVED_STEP = 1.0 / 120.0  # s, while sliding or on an edge
_STILL_SPIN = 1e-6  # rad/s
_PRESSED = 1e-9  # m/s^2: a weaker push is none


@dataclass(frozen=True)
class Plan:
    """The regimes during one step."""

    mode: NDArray[np.int64]  # (n,)
    held: Held
    pile: piles.Pile | None
    skip: Array  # (n, m) contacts that a regime takes care of
    skip_pair: Array  # (n, n)
    longest: float  # s
    support: NDArray[np.int64]  # (n,) obstacle that holds each body, or -1
    tail: Array  # (n,) s that the bounces left out would still have lasted


def choose_regimes(world: RigidWorld, state: RigidState, gaps, pairs, slow: Array) -> tuple[RigidState, Plan]:
    """The regime of every body, and the state with what rests brought to a stop.

    gaps and pairs are those of obstacle_gaps and pair_gaps; slow (n,) m/s is the normal speed below which
    each body counts as not bouncing.
    """
    touching, watched = _touching(state, gaps, slow)
    state, held, support, tail = _support(world, state, gaps, touching)
    x, v = state.position, state.velocity
    mode = np.full(len(x), FREE)
    mode[held.body] = held.mode
    skip, skip_pair = np.zeros_like(touching), np.zeros((len(x), len(x)), bool)
    skip[held.body, support[held.body]] = True
    member, pair_touch = _pressed(world, state, gaps, pairs, watched, support, held, slow)
    pile = None
    if member.any():
        skip |= watched & member[:, None]
        skip_pair |= pair_touch & member[:, None]
        asleep = _sleeping(state, member, pair_touch)
        mode[member] = np.where(asleep[member], REST, PILE)
        awake = member & ~asleep
        held = held.pick(~member[held.body])
        if awake.any():
            pile = piles.make_pile(world, awake, np.argwhere(watched), np.argwhere(pair_touch), gaps, pairs)
    state, held = _drop_resting(state, held)
    still = np.where(member, state.still, 0.0)
    longest = _longest(world, v, mode, held, pile)
    return replace(state, mode=mode, still=still), Plan(
        mode, held, pile, skip, skip_pair, longest, support, tail
    )


def _touching(state, gaps, slow):
    """Contacts (n, m) that hold a body, and the wider set that a pile's solver watches."""
    gap, normal, _ = gaps
    along = (state.velocity[:, None] * normal).sum(-1)
    piled = (state.mode == PILE)[:, None]
    touching = (gap < np.where(piled, _PILE_TOUCH, TOUCH)) & (along <= slow[:, None])
    return touching, touching | (piled & (gap < _PILE_GAP) & (np.abs(along) <= slow[:, None]))


def _support(world, state, gaps, touching):
    """Held balls on the obstacle that pushes each one hardest; support (n,) is -1 where there is none."""
    x, v, w = state.position, state.velocity, state.angular_velocity
    push = np.where(touching, _push(world, gaps, v, rolling.air(world, v)), -np.inf)
    strength = push.max(1, initial=-np.inf)
    support = np.where(strength > _PRESSED, push.argmax(1) if push.shape[1] else -1, -1)
    body = np.flatnonzero(support >= 0)
    v, tail = _settle(world, state, gaps[1], support, strength, body)
    held = rolling.hold(world, body, support[body], x[body], v[body], w[body])
    return replace(state, velocity=v), held, support, tail


def _drop_resting(state, held):
    """Stop what rests for good, and keep only the held balls that move or spin on the spot."""
    if not (held.mode == REST).any():
        return state, held
    spins = (state.angular_velocity[held.body] ** 2).sum(1) > _STILL_SPIN**2
    idle = held.body[(held.mode == REST) & ~spins]
    v, w = state.velocity.copy(), state.angular_velocity.copy()
    v[idle], w[idle] = 0.0, 0.0
    return replace(state, velocity=v, angular_velocity=w), held.pick((held.mode != REST) | spins)


def _push(world, gaps, v, external):
    """(n, m) m/s^2: how hard each obstacle would have to push to hold each body."""
    gap, normal, beyond = gaps
    local = (world.axes @ v[:, None, :, None])[..., 0] * beyond
    along = (v[:, None] * normal).sum(-1)
    turn = np.maximum((local * local).sum(-1) - along**2, 0.0) / (gap + world.radius[:, None])
    return -(external[:, None] * normal).sum(-1) - turn


def _settle(world, state, normal, support, strength, body):
    """Take off the last normal speed, and tell how long the bounces left out would have lasted."""
    n = normal[body, support[body]]
    v, tail = state.velocity.copy(), np.zeros(len(state.velocity))
    along = (v[body] * n).sum(-1)
    v[body] -= along[:, None] * n
    e = world.restitution[body, support[body]]
    series = 2 * np.maximum(along, 0.0) / (strength[body] * np.maximum(1 - e, 1e-12))
    tail[body] = np.where((state.mode[body] == FREE) & (e < 1.0), series, 0.0)
    return v, tail


def _pressed(world, state, gaps, pairs, touching, support, held, slow):
    """Bodies that a second contact presses on, and everything they touch: (n,) and touching pairs (n, n)."""
    x, v, w = state.position, state.velocity, state.angular_velocity
    n = len(x)
    member = np.zeros(n, bool)
    gap, normal = pairs
    d = v[:, None] - v[None]
    closing = (d * normal).sum(-1)
    piled = state.mode == PILE
    some = piled[:, None] | piled[None] | (state.still[:, None] > 0)
    near = np.where(piled[:, None] & piled[None], _PILE_GAP, np.where(some, _PILE_TOUCH, TOUCH))
    pair_touch = (gap < near) & (np.abs(closing) <= np.minimum(slow[:, None], slow[None]))
    several = touching.sum(1) > 1
    if not several.any() and not pair_touch.any():
        return member, pair_touch
    a = rolling.air(world, v)
    b = held.body
    a[b] = rolling.acceleration(world, held, x[b], v[b], w[b])
    if several.any():
        spare = _push(world, gaps, v, a)
        spare[b, support[b]] = -np.inf
        member |= (touching & (spare > _PRESSED)).any(1)
    if pair_touch.any():
        across = np.maximum((d * d).sum(-1) - closing**2, 0.0) / (world.radius[:, None] + world.radius[None])
        opening = ((a[:, None] - a[None]) * normal).sum(-1) + across
        seeds = pair_touch & (opening < -_PRESSED)
        member |= seeds.any(0) | seeds.any(1)
    return piles.grow(member, pair_touch | pair_touch.T), pair_touch


def _sleeping(state, member, pair_touch):
    """Members of piles in which nothing moves and nothing has moved for a while."""
    asleep = np.zeros_like(member)
    moves = state.velocity.any(1) | state.angular_velocity.any(1)
    for group in piles.components(member, pair_touch | pair_touch.T):
        asleep[group] = not moves[group].any() and (state.still[group] >= QUIET_TIME).all()
    return asleep


def _longest(world, v, mode, held, pile) -> float:
    """Longest step (s) that keeps every integrator exact and the impact search safe."""
    speed = np.sqrt((v * v).sum(1))
    limit = 1.0
    moving = mode != REST
    if moving.any():
        fast = speed[moving] + 1e-3
        wind = np.sqrt(((v - world.wind) ** 2).sum(1))[moving]
        strength = np.sqrt((world.gravity[moving] ** 2).sum(1))
        k = world.drag[moving]
        reach = 12.0 * world.radius[moving]  # what MAX_SAMPLES samples can search
        limit = min(limit, float((reach / fast).min()))
        limit = min(limit, float(np.sqrt(reach / (strength + k * wind**2 + 1e-9)).min()))
        limit = min(limit, float((0.04 / (k * wind + np.sqrt(k * strength) + 1e-9)).min()))
    active = held.mode != REST
    if active.any():
        curved = (held.beyond.sum(1) > 1) | (held.mode == SLIDE)
        if (active & curved).any():
            limit = min(limit, _CURVED_STEP)
    return min(limit, PILE_STEP) if pile is not None else limit
