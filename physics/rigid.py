"""Balls in motion, event by event: `simulate(scene)` for a clip, `step(world, state, dt)` for the pure core.

Between events every ball flies, slides, rolls, rests or presses on others; each regime has its own integrator
(this module: flight; physics.rolling: one obstacle; physics.pile: several contacts), which physics.regimes
chooses. A step ends at whatever comes first: a time of impact (physics.contact), a change of regime, or dt.
Impacts are impulses (physics.impulse; Mirtich 1996). An impact that leaves less than SETTLE m/s along the
normal while something presses the ball on its obstacle ends the bouncing; the rest of the geometric series,
2 v'/(g (1 - e)), is added to the time of the "rest" or "roll" event.

NumPy in double precision rather than compiled code: a clip starts at once, and nothing global is switched.
The batched, differentiable counterpart for independent balls is physics.ballistic.
Limits: the fluid exerts no torque; its added mass is that of an unbounded fluid at rest; piles (several
contacts) are first order in time and inelastic below PILE_SETTLE; in a dense crowd (more than _CROWD impacts
in one step) SETTLE grows, up to 0.13 m/s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from physics import pile as piles
from physics import rolling
from physics.contact import first_impact, make_path, obstacle_gaps, pair_gaps, separate
from physics.impulse import TOUCH, Hit, resolve_impacts
from physics.regimes import PILE_SETTLE, PILE_STEP, QUIET_TIME, Plan, choose_regimes
from physics.rigid_world import (
    Array,
    RigidState,
    RigidWorld,
    build_world,
    quaternion_product,
    rotation_quaternion,
    start_state,
)
from physics.rolling import FREE, PILE, REST, ROLL, SLIDE
from physics.scene import Scene
from physics.timing import CUTS, is_keyed, keyed, simulated_at

SETTLE = 2e-3  # m/s: a bounce slower than this is 0.2 micrometres high
_QUIET = 3e-3  # m/s: a pile slower than this for QUIET_TIME falls asleep
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
    blocks: tuple[Array, Array] | None = None  # (T, m, 3) m and (T, m, 3, 3) block -> world, of moving boxes


def simulate(scene: Scene, num_frames: int | None = None) -> Rollout:
    """The motion of a scene. Frame k shows simulated time k / fps * time_scale.

    num_frames defaults to the scene's. A scene that cannot be simulated raises ValueError with one line.
    """
    count = scene.num_frames if num_frames is None else num_frames
    if count < 1:
        raise ValueError(f"num_frames must be at least 1, not {count}")
    if scene.linkage is not None:
        from physics.worlds.linkage import simulate_linkage

        return simulate_linkage(scene, count)
    if scene.blocks:
        from physics.worlds.blocks import simulate_blocks

        return simulate_blocks(scene, count)
    world, state = build_world(scene), start_state(scene)
    log: list[Event] = []
    states = [state] if not len(world.radius) else [_settled_start(world, state)]
    for k in range(1, count):
        due = simulated_at(scene, k / scene.fps)
        state = _on_cue(world, scene, states[-1], k, log) if is_keyed(scene) else states[-1]
        state = _advance(world, state, due - state.time, log)
        states.append(replace(state, time=due))
    end = states[-1].time
    return Rollout(
        position=np.stack([s.position for s in states]),
        velocity=np.stack([s.velocity for s in states]),
        angular_velocity=np.stack([s.angular_velocity for s in states]),
        orientation=np.stack([s.orientation for s in states]),
        events=tuple(sorted((e for e in log if e.time <= end), key=lambda e: e.time)),
    )


def _on_cue(world: RigidWorld, scene: Scene, state: RigidState, k: int, log: list[Event]) -> RigidState:
    """The state at frame `k`, through parts of a frame in which wind and forces are constant."""
    for part in range(CUTS):
        middle, end = ((k - 1 + (part + share) / CUTS) / scene.fps for share in (0.5, 1.0))
        blown = keyed(world, scene, middle)
        awake = replace(state, mode=np.where(state.mode == REST, -1, state.mode))
        state = _advance(blown, awake, simulated_at(scene, end) - state.time, log)
    return state


def step(world: RigidWorld, state: RigidState, dt: float) -> RigidState:
    """The state dt seconds later. Pure; exact between events, which it finds itself."""
    return _advance(world, state, dt, [])


def _settled_start(world, state):
    return replace(state, position=separate(world, state.position, TOUCH))


def _advance(world: RigidWorld, state: RigidState, dt: float, log: list[Event]) -> RigidState:
    """`step`, writing what happens to log."""
    end, events = state.time + dt, 0
    while len(world.radius) and state.time < end:
        if _asleep(state):
            break
        crowd = max(0.0, events / (_CROWD + len(world.radius)) - 1.0)
        slow = SETTLE * 2.0 ** min(int(4.0 * crowd), 6)  # thins out the clatter of crowds
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
    slow = np.where(state.mode == PILE, max(slow, PILE_SETTLE), slow)
    v, w, hits = resolve_impacts(world, x, v, w, gaps, pairs, slow)
    log.extend(_impact_event(world, state.time, hit) for hit in hits)
    state = replace(state, position=x, velocity=v, angular_velocity=w)
    before = state.mode
    state, plan = choose_regimes(world, state, gaps, pairs, slow)
    _log_regimes(world, state.time, before, plan, log)
    return state, plan, gaps[0], pairs[0]


def _impact_event(world, time: float, hit: Hit) -> Event:
    if hit.other < 0:
        return Event(time, "bounce", (hit.body,), world.names[hit.obstacle], hit.restitution, hit.speed)
    return Event(time, "collision", (hit.body, hit.other), None, hit.restitution, hit.speed)


def _log_regimes(world, time: float, before, plan: Plan, log) -> None:
    for i in np.flatnonzero((plan.mode != before) & (before >= 0)):
        new, old, on = int(plan.mode[i]), int(before[i]), int(plan.support[i])
        if new in _NAMES:
            name = world.names[on] if on >= 0 else None
            log.append(Event(time + float(plan.tail[i]), _NAMES[new], (int(i),), name))
        elif new == FREE and old in (SLIDE, ROLL) and not _just_hit(log, time, i):
            log.append(Event(time, "leave", (int(i),)))


def _just_hit(log, time: float, body: int) -> bool:
    """Whether the last events include an impact of this body at this time."""
    return any(e.time == time and body in e.bodies and e.kind in ("bounce", "collision") for e in log[-8:])


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
        scale = h / PILE_STEP  # impulses are kept for one full pile step
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
        if (still[group] >= QUIET_TIME).all():
            v[group], w[group] = 0.0, 0.0
    return v, w, still
