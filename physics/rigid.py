"""Balls in motion, event by event: `simulate(scene)` for a clip, `step(world, state, dt)` for the pure core.

Between events every ball flies, slides, rolls, rests or presses on others; each regime has its own integrator
(this module: flight; physics.rolling: one obstacle; physics.pile: several contacts). A step ends at whatever
comes first: a time of impact (physics.contact), a change of regime, or dt. Impacts are impulses
(physics.impulse; Mirtich 1996). An impact that leaves less than SETTLE m/s along the normal while something
presses the ball on its obstacle ends the bouncing; the rest of the geometric series, 2 v'/(g (1 - e)), is
added to the time of the "rest" or "roll" event.

NumPy in double precision rather than compiled code: a clip starts at once, and nothing global is switched.
The batched, differentiable counterpart for independent balls is physics.ballistic.
Limits: air exerts no torque and no added mass; piles (several contacts) are first order in time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from physics import pile as piles
from physics import rolling
from physics.contact import first_impact, make_path, obstacle_gaps, pair_gaps, separate
from physics.impulse import TOUCH, Hit, resolve_impacts
from physics.rigid_world import (
    Array,
    RigidState,
    RigidWorld,
    build_world,
    quaternion_product,
    rotation_quaternion,
    start_state,
)
from physics.rolling import FREE, PILE, REST, ROLL, SLIDE, Held
from physics.scene import Scene

SETTLE = 2e-3  # m/s: a bounce slower than this is 0.2 micrometres high
_STILL_SPIN = 1e-6  # rad/s
_PILE_SETTLE = 0.1  # m/s: slower impacts within a pile are left to its solver, without restitution
_PILE_TOUCH = 1e-6  # m: piled contacts may open this far before they count as lost
_PILE_GAP = 4e-4  # m: gaps that _PILE_SETTLE can close in one pile step, which the solver watches
_PILE_STEP = 1.0 / 240.0  # s
_CURVED_STEP = 1.0 / 120.0  # s, while sliding or on an edge
_QUIET = 3e-3  # m/s: a pile slower than this for _QUIET_TIME falls asleep
_QUIET_TIME = 0.1  # s
_CROWD = 40  # events in a step, plus one per body, before faster bounces start to count as resting
_HURRY = 1e-7  # s; shortest step once a step holds many times that
_NAMES = {ROLL: "roll", SLIDE: "slide", REST: "rest"}


@dataclass(frozen=True)
class Event:
    """Something that happened: "bounce", "collision", "slide", "roll", "rest" or "leave"."""

    time: float  # simulated s
    kind: str
    bodies: tuple[int, ...]  # indices into scene.bodies
    obstacle: str | None = None  # name of the box, or "ground"
    restitution: float | None = None  # of an impact
    speed: float | None = None  # m/s at which an impact closed along the normal


@dataclass(frozen=True)
class Rollout:
    """Where everything was, frame by frame (T frames, n bodies)."""

    position: Array  # (T, n, 3) m
    velocity: Array  # (T, n, 3) m/s
    angular_velocity: Array  # (T, n, 3) rad/s, world axes
    orientation: Array  # (T, n, 4) unit quaternion w x y z, pattern -> world
    events: tuple[Event, ...]  # in time order


def simulate(scene: Scene, num_frames: int | None = None) -> Rollout:
    """The motion of a scene. Frame k shows simulated time k / fps * time_scale.

    num_frames defaults to the scene's. A scene that cannot be simulated raises ValueError with one line.
    """
    count = scene.num_frames if num_frames is None else num_frames
    if count < 1:
        raise ValueError(f"num_frames must be at least 1, not {count}")
    world, state = build_world(scene), start_state(scene)
    dt = scene.time_scale / scene.fps
    log: list[Event] = []
    states = [state] if not len(world.radius) else [_settled_start(world, state)]
    for k in range(1, count):
        state = _advance(world, states[-1], k * dt - states[-1].time, log)
        states.append(replace(state, time=k * dt))
    end = states[-1].time
    return Rollout(
        position=np.stack([s.position for s in states]),
        velocity=np.stack([s.velocity for s in states]),
        angular_velocity=np.stack([s.angular_velocity for s in states]),
        orientation=np.stack([s.orientation for s in states]),
        events=tuple(sorted((e for e in log if e.time <= end), key=lambda e: e.time)),
    )


def step(world: RigidWorld, state: RigidState, dt: float) -> RigidState:
    """The state dt seconds later. Pure; exact between events, which it finds itself."""
    return _advance(world, state, dt, [])


def _settled_start(world, state):
    return replace(state, position=separate(world, state.position, TOUCH))


@dataclass(frozen=True)
class _Plan:
    """The regimes during one step."""

    mode: Array  # (n,)
    held: Held
    pile: piles.Pile | None
    skip: Array  # (n, m) contacts that a regime takes care of
    skip_pair: Array  # (n, n)
    longest: float  # s


def _advance(world: RigidWorld, state: RigidState, dt: float, log: list[Event]) -> RigidState:
    """`step`, writing what happens to log."""
    end, events = state.time + dt, 0
    while len(world.radius) and state.time < end:
        if _asleep(state):
            break
        crowd = max(0.0, events / (_CROWD + len(world.radius)) - 1.0)
        slow = SETTLE * 2.0 ** int(4.0 * min(crowd, 4.0))  # thins out the clatter of crowds
        state, plan, gaps, pairs = _begin(world, state, slow, log)
        h = min(plan.longest, end - state.time)
        if h < 1e-13:
            break
        moved = _carry(world, state, plan, h)
        limit = _first_event(world, state, plan, moved, h, gaps, pairs)
        if limit is not None and limit < h:
            cut = max(limit, _HURRY if crowd > 10 else 1e-13)
            moved = _carry(world, state, plan, cut, (h, moved))
            h, events = cut, events + 1
        state = _finish(world, state, plan, moved, h)
    return replace(state, time=end)


def _asleep(state) -> bool:
    return bool((state.mode == REST).all()) and not state.velocity.any() and not state.angular_velocity.any()


def _begin(world, state, slow, log):
    """Resolve impacts, choose regimes, and log both."""
    x, v, w = state.position, state.velocity, state.angular_velocity
    gaps, pairs = obstacle_gaps(world, x), pair_gaps(world, x)
    if min(gaps[0].min(initial=1.0), pairs[0].min()) < -TOUCH:
        x = separate(world, x, 0.5 * TOUCH)
        gaps, pairs = obstacle_gaps(world, x), pair_gaps(world, x)
    slow = np.where(state.mode == PILE, max(slow, _PILE_SETTLE), slow)
    v, w, hits = resolve_impacts(world, x, v, w, gaps, pairs, slow)
    log.extend(_impact_event(world, state.time, hit) for hit in hits)
    state = replace(state, position=x, velocity=v, angular_velocity=w)
    state, plan = _plan(world, state, gaps, pairs, slow, log)
    return state, plan, gaps[0], pairs[0]


def _impact_event(world, time: float, hit: Hit) -> Event:
    if hit.other < 0:
        return Event(time, "bounce", (hit.body,), world.names[hit.obstacle], hit.restitution, hit.speed)
    return Event(time, "collision", (hit.body, hit.other), None, hit.restitution, hit.speed)


def _plan(world, state, gaps, pairs, slow, log):
    x, v, w = state.position, state.velocity, state.angular_velocity
    n = len(x)
    gap, normal, beyond = gaps
    along = (v[:, None] * normal).sum(-1)
    piled = (state.mode == PILE)[:, None]
    touching = (gap < np.where(piled, _PILE_TOUCH, TOUCH)) & (along <= slow[:, None])
    watched = touching | (piled & (gap < _PILE_GAP) & (np.abs(along) <= slow[:, None]))
    external = rolling.air(world, v)
    push = np.where(touching, _push(world, gaps, v, external), -np.inf)
    support = push.argmax(1) if push.shape[1] else np.zeros(n, int)
    strength = push.max(1, initial=-np.inf)
    held_body = np.flatnonzero(strength > 1e-9)
    tail = np.zeros(n)
    if len(held_body):
        v, tail = _settle(world, state, v, normal, support, strength, held_body)
    held = rolling.hold(world, held_body, support[held_body], x[held_body], v[held_body], w[held_body])
    mode = np.full(n, FREE)
    mode[held_body] = held.mode
    state = replace(state, velocity=v)
    member, pair_touch = _pressed(world, state, gaps, pairs, watched, support, held, external, slow)
    skip, skip_pair = np.zeros_like(touching), np.zeros((n, n), bool)
    skip[held_body, support[held_body]] = True
    pile = None
    if member.any():
        skip |= watched & member[:, None]
        skip_pair |= pair_touch & member[:, None]
        asleep = _sleeping(state, member, pair_touch)
        mode[member] = np.where(asleep[member], REST, PILE)
        awake = member & ~asleep
        held = held.pick(~member[held_body])
        if awake.any():
            pile = piles.make_pile(world, awake, np.argwhere(watched), np.argwhere(pair_touch), gaps, pairs)
    state, held = _drop_resting(state, held)
    _log_regimes(world, state, mode, support, tail, log)
    still = np.where(mode == PILE, state.still, np.where(member, state.still, 0.0))
    longest = _longest(world, state.velocity, mode, held, pile)
    return replace(state, mode=mode, still=still), _Plan(mode, held, pile, skip, skip_pair, longest)


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


def _settle(world, state, v, normal, support, strength, held_body):
    """Take off the last normal speed, and tell how long the bounces left out would have lasted."""
    i, m = held_body, support[held_body]
    n = normal[i, m]
    along = (v[i] * n).sum(-1)
    v, tail = v.copy(), np.zeros(len(v))
    v[i] -= along[:, None] * n
    e = world.restitution[i, m]
    series = np.where(e < 1.0, 2 * np.maximum(along, 0.0) / (strength[i] * np.maximum(1 - e, 1e-12)), 0.0)
    tail[i] = np.where(state.mode[i] == FREE, series, 0.0)
    return v, tail


def _pressed(world, state, gaps, pairs, touching, support, held, external, slow):
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
    a = external.copy()
    b = held.body
    a[b] = rolling.acceleration(world, held, x[b], v[b], w[b])
    if several.any():
        spare = _push(world, gaps, v, a)
        spare[b, support[b]] = -np.inf
        member |= (touching & (spare > 1e-9)).any(1)
    if pair_touch.any():
        across = np.maximum((d * d).sum(-1) - closing**2, 0.0) / (world.radius[:, None] + world.radius[None])
        opening = ((a[:, None] - a[None]) * normal).sum(-1) + across
        seeds = pair_touch & (opening < -1e-9)
        member |= seeds.any(0) | seeds.any(1)
    return piles.grow(member, pair_touch | pair_touch.T), pair_touch


def _sleeping(state, member, pair_touch):
    """Members of piles in which nothing moves and nothing has moved for a while."""
    asleep = np.zeros_like(member)
    moves = state.velocity.any(1) | state.angular_velocity.any(1)
    for group in piles.components(member, pair_touch | pair_touch.T):
        asleep[group] = not moves[group].any() and (state.still[group] >= _QUIET_TIME).all()
    return asleep


def _log_regimes(world, state, mode, support, tail, log) -> None:
    for i in np.flatnonzero((mode != state.mode) & (state.mode >= 0)):
        new, old = int(mode[i]), int(state.mode[i])
        name = world.names[support[i]] if len(world.names) and new != FREE else None
        if new in _NAMES:
            log.append(Event(state.time + float(tail[i]), _NAMES[new], (int(i),), name))
        elif new == FREE and old in (SLIDE, ROLL) and not _just_hit(log, state.time, i):
            log.append(Event(state.time, "leave", (int(i),), None))


def _just_hit(log, time: float, body: int) -> bool:
    """Whether the last events include an impact of this body at this time."""
    return any(e.time == time and body in e.bodies and e.kind in ("bounce", "collision") for e in log[-8:])


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
    return min(limit, _PILE_STEP) if pile is not None else limit


def _carry(world, state, plan, h, whole=None):
    """Positions, velocities and spins after h seconds without impacts, and the impulses in the pile.

    whole: (duration, result) of the longer step that this one cuts short; piles take their part of it.
    """
    x, v, w = state.position, state.velocity, state.angular_velocity
    k1 = rolling.air(world, v)
    k2 = rolling.air(world, v + 0.5 * h * k1)
    k3 = rolling.air(world, v + 0.5 * h * k2)
    k4 = rolling.air(world, v + h * k3)
    free = (plan.mode == FREE)[:, None]
    x1 = np.where(free, x + h * v + h * h / 6 * (k1 + k2 + k3), x)
    v1 = np.where(free, v + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), v)
    w1 = w
    b = plan.held.body
    if len(b):
        w1 = w1.copy()
        x1[b], v1[b], w1[b] = rolling.carry(world, plan.held, x[b], v[b], w[b], h)
    if plan.pile is not None:
        b, w1 = plan.pile.bodies, w1.copy()
        if whole is not None:
            part = h / whole[0]
            v1[b] = v[b] + part * (whole[1][1][b] - v[b])
            w1[b] = w[b] + part * (whole[1][2][b] - w[b])
            x1[b] = x[b] + h * piles.mean_velocity(plan.pile, v[b], v1[b], h)
            return x1, v1, w1, whole[1][3]
        guess = np.concatenate([state.push[plan.pile.box], state.pair_push[plan.pile.pair]])
        scale = h / _PILE_STEP  # impulses are kept for one full pile step
        v1[b], w1[b], push = piles.press(world, plan.pile, v[b], w[b], k1[b], scale * guess, h)
        x1[b] = x[b] + h * piles.mean_velocity(plan.pile, v[b], v1[b], h)
        return x1, v1, w1, push / scale
    return x1, v1, w1, None


def _first_event(world, state, plan, moved, h, gaps, pairs):
    x, v, w = state.position, state.velocity, state.angular_velocity
    limit = None
    held = plan.held
    if (held.mode != REST).any():
        b = held.body
        limit = rolling.regime_end(world, held, (x[b], v[b], w[b]), tuple(a[b] for a in moved[:3]), h)
    path = make_path(x, v, moved[0], moved[1], h)
    impact = first_impact(world, path, gaps, pairs, plan.skip, plan.skip_pair)
    if impact is None:
        return limit
    return impact if limit is None else min(limit, impact)


def _finish(world, state, plan, moved, h):
    x, v, w, push = moved
    turn = rotation_quaternion(0.5 * h * (state.angular_velocity + w))
    q = quaternion_product(turn, state.orientation)
    q = q / np.sqrt((q * q).sum(-1, keepdims=True))
    still = state.still
    if plan.pile is not None:
        v, w, still = _calm(world, plan.pile, v, w, still, h)
        state = _remember(state, plan.pile, push)
    return replace(
        state, time=state.time + h, position=x, velocity=v, angular_velocity=w, orientation=q, still=still
    )


def _remember(state, pile, push):
    """Keep the impulses for the next step's first guess; contacts that are gone start from zero."""
    on_box, on_pair = np.zeros_like(state.push), np.zeros_like(state.pair_push)
    on_box[pile.box], on_pair[pile.pair] = push[: len(pile.box[0])], push[len(pile.box[0]) :]
    return replace(state, push=on_box, pair_push=on_pair)


def _calm(world, pile, v, w, still, h):
    """Count how long each piled ball has hardly moved; stop connected balls that all have for long enough."""
    b = pile.bodies
    size = np.sqrt((v[b] ** 2).sum(1)) + world.radius[b] * np.sqrt((w[b] ** 2).sum(1))
    v, w, still = v.copy(), w.copy(), still.copy()
    still[b] = np.where(size < _QUIET, still[b] + h, 0.0)
    member, linked = np.zeros(len(v), bool), np.zeros((len(v), len(v)), bool)
    member[b] = True
    linked[pile.pair] = True
    for group in piles.components(member, linked | linked.T):
        if (still[group] >= _QUIET_TIME).all():
            v[group], w[group] = 0.0, 0.0
    return v, w, still
