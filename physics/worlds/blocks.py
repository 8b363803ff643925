"""Blocks: boxes and balls that push each other about - dominoes, towers, a seesaw.

Steps of at most `STEP` s: gravity, contacts (`blocks_contact`), impulses with friction and restitution
(`blocks_solve`), then positions with the new velocities (symplectic Euler). Contacts count a little before
they close, with the gap that is left allowed for, so that nothing tunnels or sinks. Impulses are carried from
step to step. What has stood still for `QUIET` s together with all it touches is put to rest until something
that moves comes near. A hinged block turns about one axis only: its inverse mass is that of this freedom, so
the hinge needs no constraint and cannot drift.

Limits: rigid; the air exerts no force; rolling resistance on balls only; at most `MOST` bodies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from physics.rigid import Event, Rollout
from physics.rigid_world import rotation_matrix, rotation_quaternion
from physics.scene import Scene
from physics.worlds.blocks_check import check_blocks
from physics.worlds.blocks_contact import Bodies, Contacts, find_contacts
from physics.worlds.blocks_solve import solve

Array = NDArray[np.float64]

STEP = 1 / 480  # s
MARGIN = 2e-3  # m, gap from which a contact is kept ready, besides what a step closes
SLOP = 5e-5  # m of overlap that is left alone
MEND = 0.2  # share of the overlap that a step takes out
BOUNCE = 0.15  # m/s: closing slower than this leaves no bounce
STILL = 8e-3  # m/s
QUIET = 0.35  # s
TELL = 0.3  # m/s of closing that is worth an event


@dataclass(frozen=True)
class BlockWorld:
    """What does not change. Bodies: m blocks, f fixed boxes, n balls; N in all."""

    half: Array  # (m + f, 3) m
    radius: Array  # (n,) m
    inverse_mass: Array  # (N,) 1/kg, 0 of what does not move freely
    inverse_inertia: Array  # (N, 3) 1/(kg m^2) about the body's own axes
    hinge: Array  # (N, 3) world axis that a body is bound to, 0 where it is free
    turns: Array  # (N,) 1/(kg m^2) about that axis
    moving: NDArray[np.bool_]  # (N,)
    friction: Array  # (N + 1,) the ground last
    restitution: Array  # (N + 1,)
    rolling: Array  # (N + 1,)
    gravity: Array  # (3,) m/s^2
    ground: bool
    names: tuple[str, ...]  # (N + 1,)


@dataclass(frozen=True)
class BlockState:
    """What does."""

    time: float  # s
    place: Array  # (N, 3) m
    turn: Array  # (N, 3, 3) body -> world
    velocity: Array  # (N, 6) m/s and rad/s, world axes
    still: Array  # (N,) s that a body has hardly moved
    known: (
        tuple[Contacts, Array] | None
    )  # contacts of the step before and their impulses (C, 3) along x, y, z


def build_world(scene: Scene) -> BlockWorld:
    """The scene's blocks, fixed boxes and balls; ValueError with one line where they cannot be."""
    check_blocks(scene)
    blocks, boxes, balls = scene.blocks, scene.boxes, scene.bodies
    m, f, n = len(blocks), len(boxes), len(balls)
    half = np.array([b.half_size for b in (*blocks, *boxes)], float).reshape(-1, 3)
    mass = np.array([b.density for b in blocks]) * 8 * half[:m].prod(1)
    inertia = mass[:, None] / 3 * ((half[:m] ** 2).sum(1, keepdims=True) - half[:m] ** 2)
    radius = np.array([b.radius for b in balls], float)
    ball_mass = np.array([b.density for b in balls]) * 4 / 3 * np.pi * radius**3
    ball_inertia = np.array([b.inertia_factor for b in balls]) * ball_mass * radius**2
    hinge, turns = np.zeros((m + f + n, 3)), np.zeros(m + f + n)
    inverse_mass = np.concatenate([1 / mass, np.zeros(f), 1 / ball_mass])
    inverse_inertia = np.concatenate(
        [1 / inertia, np.zeros((f, 3)), np.repeat(1 / ball_inertia, 3).reshape(-1, 3)]
    )
    for i, block in enumerate(blocks):
        if block.hinge is not None:
            hinge[i] = np.asarray(block.hinge) / np.linalg.norm(block.hinge)
            own = rotation_matrix(block.rotation).T @ hinge[i]
            turns[i], inverse_mass[i], inverse_inertia[i] = 1 / (own**2 @ inertia[i]), 0.0, 0.0
    ground = scene.ground
    floor = (ground.friction, ground.restitution, ground.rolling_resistance) if ground else (0.0, 0.0, 0.0)
    kinds = (*blocks, *boxes, *balls)
    return BlockWorld(
        half=half,
        radius=radius,
        inverse_mass=inverse_mass,
        inverse_inertia=inverse_inertia,
        hinge=hinge,
        turns=turns,
        moving=np.repeat([True, False, True], [m, f, n]),
        friction=np.array([*(k.friction for k in kinds), floor[0]]),
        restitution=np.array([*(k.restitution for k in kinds), floor[1]]),
        rolling=np.array([getattr(k, "rolling_resistance", 0.0) for k in kinds] + [floor[2]]),
        gravity=np.asarray(scene.gravity, float),
        ground=ground is not None,
        names=(*(k.name for k in kinds), "ground"),
    )  # fmt: skip


def start_state(scene: Scene) -> BlockState:
    """The state at t = 0."""
    blocks, boxes, balls = scene.blocks, scene.boxes, scene.bodies
    place = [*(b.position for b in blocks), *(b.centre for b in boxes), *(b.position for b in balls)]
    turn = [*(b.rotation for b in blocks), *(b.rotation for b in boxes), *(b.orientation for b in balls)]
    rest = [(0.0,) * 6] * len(boxes)
    velocity = [*((*b.velocity, *b.angular_velocity) for b in blocks), *rest]
    velocity += [(*b.velocity, *b.angular_velocity) for b in balls]
    n = len(place)
    return BlockState(
        0.0,
        np.array(place, float).reshape(n, 3),
        np.stack([rotation_matrix(v) for v in turn]),
        np.array(velocity, float).reshape(n, 6),
        np.zeros(n),
        None,
    )


def step(world: BlockWorld, state: BlockState, dt: float) -> BlockState:
    """The state dt seconds later. Pure."""
    return advance(world, state, dt, [])


def advance(world: BlockWorld, state: BlockState, dt: float, log: list[Event]) -> BlockState:
    """`step`, writing the balls' impacts to `log`."""
    count = max(1, int(np.ceil(dt / STEP - 1e-9)))
    for _ in range(count):
        state = _short_step(world, state, dt / count, log)
    if not np.isfinite(state.place).all():
        raise ValueError("blocks: the motion has run away; use slower or fewer bodies")
    return state


def _short_step(world: BlockWorld, state: BlockState, h: float, log: list[Event]) -> BlockState:
    awake = world.moving & (state.still < QUIET)
    if not awake.any():
        return replace(state, time=state.time + h)
    speed = float(np.abs(state.velocity[awake, :3]).max())
    shapes = Bodies(world.half, world.radius, state.place, state.turn, world.moving, world.ground)
    contacts = find_contacts(shapes, MARGIN + 1.2 * speed * h)
    state = _woken(world, state, contacts)
    awake = world.moving & (state.still < QUIET)
    last = np.append(awake, False)
    contacts = _only(contacts, last[contacts.first] | last[contacts.second])
    before = state.velocity.copy()
    pulled = before.copy()
    pulled[:, :3] += h * world.gravity * (awake & (world.inverse_mass > 0))[:, None]
    velocity, pseudo, known = pulled, 0.0 * pulled, None
    if len(contacts.first):
        rows, frames = _rows(world, state, contacts, before, h, awake)
        velocity, pseudo, impulse = solve(pulled, rows)
        known = contacts, np.einsum("ck,ckj->cj", impulse, frames)
        _tell(world, state.time, contacts, before, rows, log)
    velocity = np.where(awake[:, None], velocity, 0.0)
    velocity = _rolled(world, contacts, velocity, h)
    return _moved(world, state, velocity, velocity + pseudo * awake[:, None], known, contacts, h)


def _only(c: Contacts, kept: Array) -> Contacts:
    return Contacts(c.first[kept], c.second[kept], c.point[kept], c.normal[kept], c.gap[kept])


def _woken(world: BlockWorld, state: BlockState, c: Contacts) -> BlockState:
    """Wake what rests where something that moves touches it, and all that rests with it."""
    n = len(state.place)
    resting = np.append(world.moving & (state.still >= QUIET), False)
    lively = np.append(np.abs(state.velocity).max(1) > STILL, False)
    struck = (resting[c.first] & lively[c.second]) | (resting[c.second] & lively[c.first])
    if not struck.any():
        return state
    labels = _groups(world, c, n)
    hit = np.unique(labels[np.concatenate([c.first[struck], c.second[struck]])])
    return replace(state, still=np.where(np.isin(labels, hit), 0.0, state.still))


def _groups(world: BlockWorld, c: Contacts, n: int) -> NDArray[np.int32]:
    """Labels (N,): bodies that move and touch belong together."""
    ok = np.append(world.moving, False)
    both = ok[c.first] & ok[c.second]
    i, j = c.first[both], c.second[both]
    return connected_components(coo_matrix((np.ones(len(i)), (i, j)), shape=(n, n)), directed=False)[1]


def inverse_inertia(world: BlockWorld, turn: Array) -> Array:
    """(N, 3, 3) in world axes."""
    free = np.einsum("nij,nj,nkj->nik", turn, world.inverse_inertia, turn)
    return free + world.turns[:, None, None] * world.hinge[:, :, None] * world.hinge[:, None]


def _rows(world: BlockWorld, state: BlockState, c: Contacts, before: Array, h: float, awake):
    """What `solve` needs, and the contacts' frames (C, 3, 3): normal and two tangents."""
    n = len(state.place)
    first, second = c.first, np.where(c.second < 0, n, c.second)
    helper = np.where(np.abs(c.normal[:, :1]) < 0.7, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    t1 = np.cross(c.normal, helper)
    t1 /= np.linalg.norm(t1, axis=1, keepdims=True)
    frames = np.stack([c.normal, t1, np.cross(c.normal, t1)], 1)
    place = np.concatenate([state.place, np.zeros((1, 3))])
    inverse_mass = np.append(world.inverse_mass * awake, 0.0)
    inertia = np.concatenate([inverse_inertia(world, state.turn) * awake[:, None, None], np.zeros((1, 3, 3))])
    rows = {"first": first, "second": second}
    for side, index, sign in (("a", first, 1.0), ("b", second, -1.0)):
        arm = np.cross((c.point - place[index])[:, None], frames)
        rows["jacobian_" + side] = sign * np.concatenate([frames, arm], -1)
        spin = np.einsum("cij,ckj->cki", inertia[index], arm)
        rows["response_" + side] = sign * np.concatenate(
            [frames * inverse_mass[index][:, None, None], spin], -1
        )
    v = np.concatenate([before, np.zeros((1, 6))])
    closing = (rows["jacobian_a"][:, 0] * v[first]).sum(1) + (rows["jacobian_b"][:, 0] * v[second]).sum(1)
    e = np.sqrt(world.restitution[first] * world.restitution[c.second])
    hits = (-closing > BOUNCE) & (c.gap + h * closing < 0)
    rows["closing"] = closing
    rows["target"] = np.where(hits, -e * closing, -np.maximum(c.gap, 0.0) / h)
    rows["mend"] = np.minimum(MEND * np.maximum(-c.gap - SLOP, 0.0) / h, 1.0) - np.maximum(c.gap, 0.0) / h
    rows["friction"] = np.sqrt(world.friction[first] * world.friction[c.second])
    rows["guess"] = _remembered(state, c, frames)
    return rows, frames


def _remembered(state: BlockState, c: Contacts, frames: Array) -> Array:
    """Impulses (C, 3) of the step before at the nearest point of the same pair, in the new frames."""
    guess = np.zeros((len(c.first), 3))
    if state.known is None:
        return guess
    old, impulse = state.known
    same = (c.first[:, None] == old.first[None]) & (c.second[:, None] == old.second[None])
    apart = np.where(same, ((c.point[:, None] - old.point[None]) ** 2).sum(-1), np.inf)
    near = apart.argmin(1)
    found = apart[np.arange(len(near)), near] < 0.01**2
    found &= apart.argmin(0)[near] == np.arange(len(near))  # each is handed on once
    guess[found] = np.einsum("ckj,cj->ck", frames[found], impulse[near[found]])
    guess[:, 0] = np.maximum(guess[:, 0], 0.0)
    return guess


def _tell(world: BlockWorld, time: float, c: Contacts, before: Array, rows: dict, log: list[Event]) -> None:
    """Events of balls that hit something."""
    boxes = len(world.half)
    for k in np.flatnonzero((rows["closing"] < -TELL) & (rows["target"] >= 0) & (c.first >= boxes)):
        i, j, e = int(c.first[k]) - boxes, int(c.second[k]), float(rows["target"][k] / -rows["closing"][k])
        speed = float(-rows["closing"][k])
        if j >= boxes:
            log.append(Event(time, "collision", (i, j - boxes), None, e, speed))
        else:
            log.append(Event(time, "bounce", (i,), world.names[j], e, speed))


def _rolled(world: BlockWorld, c: Contacts, velocity: Array, h: float) -> Array:
    """Rolling resistance of balls that lie on something: their speed falls by c_rr g."""
    boxes = len(world.half)
    on = (c.first >= boxes) & (c.second < boxes) & (c.gap < MARGIN) & (c.normal[:, 1] > 0.5)
    ball = c.first[on]
    loss = (world.rolling[ball] + world.rolling[c.second[on]]) * np.linalg.norm(world.gravity) * h
    speed = np.linalg.norm(velocity[ball, :3], axis=1)
    velocity = velocity.copy()
    velocity[ball] *= np.clip(1 - loss / np.maximum(speed, 1e-9), 0, 1)[:, None]
    return velocity


def _moved(world: BlockWorld, state: BlockState, velocity, carry, known, c: Contacts, h: float) -> BlockState:
    """Positions after a step; angular momentum is kept while the axes of inertia turn."""
    place = state.place + h * carry[:, :3]
    spin = rotation_quaternion(h * carry[:, 3:])
    turn = _matrices(spin) @ state.turn
    u, _, v = np.linalg.svd(turn)
    turn = u @ v
    free = world.inverse_inertia.any(1)
    inertia = np.einsum(
        "nij,nj,nkj->nik", state.turn, 1 / np.maximum(world.inverse_inertia, 1e-12), state.turn
    )
    momentum = np.einsum("nij,nj->ni", inertia, velocity[:, 3:])
    turned = np.einsum("nij,nj->ni", inverse_inertia(world, turn), momentum)
    lively = np.linalg.norm(velocity[:, 3:], axis=1) > 0.5  # at rest the correction is rounding only
    velocity = np.concatenate(
        [velocity[:, :3], np.where((free & lively)[:, None], turned, velocity[:, 3:])], 1
    )
    still = np.where(np.abs(velocity).max(1) < STILL, state.still + h, 0.0)
    still = np.where(state.still >= QUIET, state.still, still)
    labels = _groups(world, c, len(place))
    least = np.full(labels.max() + 1, np.inf)
    np.minimum.at(least, labels, np.where(world.moving, still, np.inf))
    rest = world.moving & (least[labels] >= QUIET)
    still = np.where(rest, still, np.minimum(still, QUIET - 0.5 * h))
    velocity = np.where(rest[:, None], 0.0, velocity)
    return BlockState(state.time + h, place, turn, velocity, still, known)


def _matrices(q: Array) -> Array:
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def energy(world: BlockWorld, state: BlockState) -> float:
    """Kinetic and potential energy of what moves, J."""
    free = world.moving & (world.inverse_mass > 0)
    mass = 1 / np.where(free, world.inverse_mass, np.inf)
    spin = np.einsum("nji,nj->ni", state.turn, state.velocity[:, 3:])
    inertia = np.where(free[:, None], 1 / np.where(free[:, None], world.inverse_inertia, np.inf), 0.0)
    kinetic = 0.5 * (mass * (state.velocity[:, :3] ** 2).sum(1) + (inertia * spin**2).sum(1))
    about = (state.velocity[:, 3:] * world.hinge).sum(1) ** 2 / np.where(world.turns > 0, world.turns, np.inf)
    return float((kinetic + 0.5 * about - mass * (state.place @ world.gravity)).sum())


def simulate_blocks(scene: Scene, count: int) -> Rollout:
    """The motion of blocks and balls at `count` frames."""
    world, state, log = build_world(scene), start_state(scene), []
    dt = scene.time_scale / scene.fps
    states = [state]
    for _ in range(1, count):
        states.append(advance(world, states[-1], dt, log))
    m, n = len(scene.blocks), len(world.half)
    place, turn = np.stack([s.place for s in states]), np.stack([s.turn for s in states])
    velocity = np.stack([s.velocity for s in states])
    return Rollout(
        place[:, n:], velocity[:, n:, :3], velocity[:, n:, 3:], _quaternions(turn[:, n:]), tuple(log),
        (place[:, :m], turn[:, :m]),
    )  # fmt: skip


def _quaternions(turn: Array) -> Array:
    """(T, n, 3, 3) -> (T, n, 4), w first."""
    from scipy.spatial.transform import Rotation

    shape = turn.shape[:2]
    q = Rotation.from_matrix(turn.reshape(-1, 3, 3)).as_quat() if turn.size else np.zeros((0, 4))
    return np.roll(q, 1, axis=-1).reshape(*shape, 4)
