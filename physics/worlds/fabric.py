"""Cloth and ropes: positions held together by lengths, in many small steps.

XPBD (Macklin, Mueller & Chentanez 2016) with one iteration in each of many substeps (Macklin et al. 2019):
lengths along the threads, across them and over two cells, with compliances; two colours per direction, so
that each sweep is Gauss-Seidel and all of a colour move at once. A rope is a cloth of one row; its lengths
are solved for together, directly. The air acts on every cell of a cloth:
0.5 rho |v|^2 times its normal share (pressure) and a small tangential share, with gusts that drift with the
wind. Balls, boxes and the ground push out nodes, with Coulomb friction in positions; layers of cloth keep
`thickness` apart by node pairs that a k-d tree finds once a frame (Bridson, Fedkiw & Anderson 2002, in
positions).

Cloth does not push balls: they are heavy. Arrays: (3, R, C) m.
Limits: self-contact is felt at nodes; a thread never stretches by more than its compliance and the substeps
leave (about 1 %).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from scipy.optimize import brentq
from scipy.spatial import KDTree

from physics.mechanics import Rope, Sheet
from physics.raycast import dot
from physics.rigid_world import rotation_matrix
from physics.scene import Scene
from physics.worlds.fabric_check import check_fabric

SUBSTEP = 1 / 900  # s, longest
PRESSURE, SKIN = 1.6, 0.06  # of the air, across a cloth and along it
GUSTINESS = 0.45  # rms of the gusts over the mean wind
EDDY = 4.5  # rad, phase of a gust across the cloth
LAYER_DRAG = 0.15  # share of the slip between layers that a substep takes out
SOFT = 1e-3  # keeps a rope's system away from singular where it is folded on itself
GRIP = 2e-5  # m of depth that friction feels besides the true one
PAIRS = 6  # candidates for self-contact per node
GUSTS = 8


@dataclass(frozen=True)
class FabricPlan:
    """What decides the compiled program."""

    rows: int
    columns: int
    substeps: int
    layers: bool  # may touch itself


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Numbers:
    """What does not. SI units."""

    spacing: Array  # (2,) m between nodes along a row, along a column
    mass: Array  # () kg of a node
    weight: Array  # (R, C) inverse mass, 0 of what is held
    compliance: Array  # (3,) m/N along, across, over two cells
    gravity: Array  # (3,)
    wind: Array  # (3,)
    air: Array  # () kg/m^3
    area: Array  # () m^2 of a cell
    waves: Array  # (GUSTS, 8) wave vector 1/m, direction, rate 1/s, phase
    thickness: Array  # () m
    friction: Array  # ()
    ground: Array  # () 1 where there is one
    radius: Array  # (n,) m, of the balls
    box_centre: Array  # (m, 3)
    box_half: Array
    box_axes: Array  # (m, 3, 3) rows
    reach: Array  # () m, radius of the thread or half the cloth's thickness
    calm: Array  # () 1/s, inner friction


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class FabricState:
    """Nodes at one time."""

    time: Array  # () s
    place: Array  # (3, R, C) m
    speed: Array  # (3, R, C) m/s


@dataclass(frozen=True)
class FabricWorld:
    """One cloth or rope, ready to run."""

    plan: FabricPlan
    numbers: Numbers
    start: FabricState
    frame: float  # s of simulated time per frame


def build_world(scene: Scene, item: Sheet | Rope) -> FabricWorld:
    """A cloth or rope of the scene; ValueError with one line where it cannot be."""
    check_fabric(scene)
    place, held, spacing, mass = _laid_sheet(item) if isinstance(item, Sheet) else _laid_rope(item)
    frame = scene.time_scale / scene.fps
    rows, columns = held.shape
    count = int(np.ceil(frame / SUBSTEP))
    f32 = partial(np.asarray, dtype=np.float32)
    numbers = Numbers(
        spacing=f32(spacing),
        mass=f32(mass),
        weight=f32(np.where(held, 0.0, 1 / mass)),
        compliance=f32(_compliance(item)),
        gravity=f32(scene.gravity),
        wind=f32(scene.wind),
        air=f32(scene.fluid_density),
        area=f32(spacing[0] * spacing[1] if isinstance(item, Sheet) else 0.0),
        waves=_gusts(scene, spacing[0] * (columns - 1)),
        thickness=f32(item.thickness if isinstance(item, Sheet) else 2 * item.radius),
        friction=f32(item.friction),
        ground=f32(1.0 if scene.ground else 0.0),
        radius=f32([b.radius for b in scene.bodies]).reshape(-1),
        box_centre=f32([b.centre for b in scene.boxes]).reshape(-1, 3),
        box_half=f32([b.half_size for b in scene.boxes]).reshape(-1, 3),
        box_axes=f32([rotation_matrix(b.rotation).T for b in scene.boxes]).reshape(-1, 3, 3),
        reach=f32(0.5 * item.thickness if isinstance(item, Sheet) else item.radius),
        calm=f32(0.25 if isinstance(item, Sheet) else 0.12),
    )
    place = jnp.asarray(f32(np.moveaxis(place, -1, 0)))
    state = FabricState(jnp.float32(0), place, jnp.zeros_like(place))
    plan = FabricPlan(rows, columns, count, isinstance(item, Sheet))
    return FabricWorld(plan, numbers, state, frame)


def _laid_sheet(s: Sheet):
    """Nodes (R, C, 3) at t = 0, which are held (R, C), spacing (2,) and a node's mass."""
    across, down = np.asarray(s.across, float), np.asarray(s.down, float)
    wide, tall = s.fullness * np.linalg.norm(across), np.linalg.norm(down)
    cell = max(wide, tall) / s.cells
    c, r = max(3, round(wide / cell) + 1), max(3, round(tall / cell) + 1)
    u, v = np.meshgrid(np.linspace(0, 1, c), np.linspace(0, 1, r))
    place = np.asarray(s.corner) + u[..., None] * across + v[..., None] * down
    normal = np.cross(across, down) / (np.linalg.norm(across) * tall)
    folds = max(2, round(wide / 0.22))
    depth = 0.22 * wide / folds * np.sqrt(max(s.fullness**2 - 1, 0.0)) + 2e-3 * cell
    wave = np.sin(2 * np.pi * folds * u + 0.9 * np.sin(5.3 * u)) + 0.1 * np.sin(9 * u + 7 * v)
    place = place + (depth * wave)[..., None] * normal
    held = np.zeros((r, c), bool)
    if s.held == "left":
        held[:, 0] = True
    elif s.held == "top":
        held[0] = True
    elif s.held == "rings":
        held[0, :: max(1, round((c - 1) / (2 * folds)))] = True
    elif s.held == "corners":
        held[0, [0, -1]] = True
    spacing = (wide / (c - 1), tall / (r - 1))
    return place, held, spacing, s.density * spacing[0] * spacing[1]


def _laid_rope(s: Rope):
    """The same for a rope: one row, straight where it is held at one end, else hung in its catenary."""
    t = np.linspace(0, 1, s.cells + 1)
    start, end = np.asarray(s.start, float), np.asarray(s.end, float)
    if s.held == "both":
        place = catenary(start, end, s.length, t)
    else:
        place = start + t[:, None] * s.length * (end - start) / np.linalg.norm(end - start)
    held = np.zeros((1, s.cells + 1), bool)
    held[0, 0] = s.held in ("both", "start")
    held[0, -1] = s.held == "both"
    spacing = s.length / s.cells
    return place[None], held, (spacing, spacing), s.density * spacing


def catenary(start: np.ndarray, end: np.ndarray, length: float, t: np.ndarray) -> np.ndarray:
    """Points (K, 3) at shares `t` of a hanging thread's length: y = a cosh((x - x0) / a) + c."""
    level, rise = end - start, float(end[1] - start[1])
    level[1] = 0.0
    span = float(np.linalg.norm(level))
    if length <= np.hypot(span, rise) * (1 + 1e-9) or span < 1e-9:
        return start + t[:, None] * (end - start)
    stretch = np.sqrt(length**2 - rise**2) / span  # sinh(u) / u with u = span / 2a
    u = brentq(lambda u: np.sinh(u) / u - stretch, 1e-6, 200.0)
    a = span / (2 * u)
    x0 = 0.5 * span - a * np.arctanh(rise / length)
    low = a * np.sinh(-x0 / a)
    x = x0 + a * np.arcsinh((low + t * length) / a)
    y = a * (np.cosh((x - x0) / a) - np.cosh(x0 / a))
    return start + (x / span)[:, None] * level + y[:, None] * np.array([0.0, 1.0, 0.0])


def _compliance(item: Sheet | Rope) -> tuple[float, float, float]:
    if isinstance(item, Rope):
        return 0.0, 0.0, 1e6 if item.kind != "rope" else 2e-2
    bend = 10 ** (-0.3 - 2.2 * item.bending)
    return 0.0, 4e-3, bend


def _gusts(scene: Scene, size: float) -> np.ndarray:
    """Random waves of the wind, as long as the cloth is wide, that drift with it; the seed decides."""
    rng = np.random.default_rng([scene.seed, 23])
    k = rng.normal(size=(GUSTS, 3)) * EDDY / size
    way = rng.normal(size=(GUSTS, 3)) * [1.0, 0.5, 1.0]
    rate = -(k @ np.asarray(scene.wind, float))[:, None] + rng.normal(size=(GUSTS, 1)) * 0.8
    phase = rng.uniform(0, 2 * np.pi, (GUSTS, 1))
    return np.concatenate([k, way, rate, phase], 1).astype(np.float32)


def advance(world: FabricWorld, state: FabricState, balls: tuple[np.ndarray, np.ndarray]) -> FabricState:
    """The state a frame later; `balls`: middles (n, 3) now and then. ValueError if the cloth runs away."""
    pairs = touching(world, state)
    new = step(world.plan, world.numbers, state, np.float32(world.frame), pairs, *map(np.float32, balls))
    if not bool(jnp.isfinite(new.place).all()):
        raise ValueError("cloth: the motion has run away; use less wind, more density or fewer cells")
    return new


def touching(world: FabricWorld, state: FabricState) -> np.ndarray:
    """Node pairs (N, PAIRS) that may touch during a frame; a node's own index where there is none."""
    count = world.plan.rows * world.plan.columns
    own = np.repeat(np.arange(count, dtype=np.int32)[:, None], PAIRS, 1)
    if not world.plan.layers:
        return own[:, :0]
    p, speed = np.asarray(state.place).reshape(3, -1).T, np.asarray(state.speed).reshape(3, -1).T
    near = float(world.numbers.thickness) + world.frame * min(float(np.abs(speed - speed.mean(0)).max()), 1.0)
    far, other = KDTree(p).query(p, k=PAIRS + 9, distance_upper_bound=min(near, 4 * _gap(world)))
    r, c = np.divmod(np.arange(count), world.plan.columns)
    other = np.where(np.isfinite(far), other, 0)
    distant = (np.abs(r[other] - r[:, None]) > 1) | (np.abs(c[other] - c[:, None]) > 1)
    distant &= np.isfinite(far)
    order = np.argsort(~distant, axis=1, kind="stable")[:, :PAIRS]
    return np.where(np.take_along_axis(distant, order, 1), np.take_along_axis(other, order, 1), own).astype(
        np.int32
    )


def _gap(world: FabricWorld) -> float:
    return float(min(world.numbers.spacing))


@partial(jax.jit, static_argnums=0)
def step(plan: FabricPlan, n: Numbers, state: FabricState, dt, pairs, ball, ball_then) -> FabricState:
    """The state dt seconds later. Pure. `pairs` from `touching`; balls move from `ball` to `ball_then`."""
    h = dt / plan.substeps
    free = (n.weight > 0).astype(jnp.float32)
    drift = (ball_then - ball) / plan.substeps

    def substep(k, carry):
        place, speed = carry
        speed = speed + h * free * _push(plan, n, place, speed, state.time + k * h)
        thrown = place + h * speed
        new = _lengths(plan, n, thrown, h)
        if plan.layers:
            new = _layers(n, new, place, pairs, free)
        new = _outside(n, new, place, ball + (k + 1.0) * drift, drift, free)
        return new, free * (speed + (new - thrown) / h)  # in this form free motion is not rounded

    place, speed = lax.fori_loop(0, plan.substeps, substep, (state.place, state.speed))
    return FabricState(state.time + dt, place, speed)


def _push(plan: FabricPlan, n: Numbers, p: Array, v: Array, time) -> Array:
    """Acceleration (3, R, C): weight, inner friction, and the air on cells or on a thread."""
    total = n.gravity[:, None, None] - n.calm * (v - jnp.mean(v, (1, 2), keepdims=True))
    blown = n.wind[:, None, None] + GUSTINESS * jnp.sqrt(jnp.sum(n.wind**2)) * _gust(n, p, time)
    if plan.rows == 1:
        air = blown - v
        drag = n.air * n.reach * n.spacing[0] * jnp.sqrt(dot(air, air)) * air
        return total + drag / n.mass
    normal = _cross(p[:, :-1, 1:] - p[:, 1:, :-1], p[:, 1:, 1:] - p[:, :-1, :-1])
    size = jnp.sqrt(jnp.maximum(dot(normal, normal), 1e-16))
    normal = normal / size
    air = blown - v
    air = 0.25 * (air[:, :-1, :-1] + air[:, 1:, :-1] + air[:, :-1, 1:] + air[:, 1:, 1:])
    across = dot(air, normal)
    rate = 0.25 * n.air * size * jnp.sqrt(dot(air, air) + 1e-9)
    share = 0.25 * rate * (PRESSURE * across * normal + SKIN * (air - across * normal))
    share = jnp.pad(share, ((0, 0), (1, 1), (1, 1)))
    felt = share[:, :-1, :-1] + share[:, 1:, :-1] + share[:, :-1, 1:] + share[:, 1:, 1:]
    return total + felt / n.mass


def _cross(a: Array, b: Array) -> Array:
    return jnp.stack([a[i - 2] * b[i - 1] - a[i - 1] * b[i - 2] for i in range(3)])


def _gust(n: Numbers, p: Array, time) -> Array:
    total = 0.0
    for k in range(GUSTS):
        w = n.waves[k]
        phase = p[0] * w[0] + p[1] * w[1] + p[2] * w[2] + w[6] * time + w[7]
        total = total + jnp.sin(phase) * w[3:6][:, None, None]
    return total * (2.0 / GUSTS) ** 0.5


def _lengths(plan: FabricPlan, n: Numbers, p: Array, h) -> Array:
    """One sweep over all lengths: over two cells, aslant, along the threads last."""
    if plan.rows == 1:
        p = _pull(n, p, (0, 2), 2 * n.spacing[0], n.compliance[2], h)
        return _thread(n, p)
    over = jnp.sqrt(jnp.sum(n.spacing**2))
    sweeps = [((0, 2), 2 * n.spacing[0], 2), ((2, 0), 2 * n.spacing[1], 2)]
    sweeps += [((1, 1), over, 1), ((1, -1), over, 1)]
    sweeps += [((1, 0), n.spacing[1], 0), ((0, 1), n.spacing[0], 0)]
    for reach, rest, kind in sweeps:
        if abs(reach[0]) < plan.rows and abs(reach[1]) < plan.columns:
            p = _pull(n, p, reach, rest, n.compliance[kind], h)
    return p


def _pull(n: Numbers, p: Array, reach: tuple[int, int], rest, compliance, h) -> Array:
    """Lengths from each node to the one `reach` = (rows, columns) away, in two colours that share no node."""
    r, c = p.shape[1:]
    dr, dc = reach
    first = slice(0, r - dr), slice(max(0, -dc), c - max(0, dc))
    second = slice(dr, r), slice(max(0, dc), c - max(0, -dc))
    i, j = np.indices((r, c))
    colour = (i[first] // dr if dr else j[first] // abs(dc)) % 2
    wa, wb = n.weight[first], n.weight[second]
    give = jnp.maximum(wa + wb + compliance / (h * h), 1e-12)
    pads = [((0, 0), (s.start, r - s.stop), (t.start, c - t.stop)) for s, t in (first, second)]
    for k in (0, 1):
        a, b = p[:, *first], p[:, *second]
        way = b - a
        far = jnp.sqrt(jnp.maximum(dot(way, way), 1e-16))
        move = jnp.where(colour == k, (far - rest) / (give * far), 0.0) * way  # Macklin 2016, eq. 18
        p = p + jnp.pad(wa * move, pads[0]) - jnp.pad(wb * move, pads[1])
    return p


def _thread(n: Numbers, p: Array) -> Array:
    """All lengths of a rope at once: one Newton step of its constraints, a tridiagonal system."""
    x, w = p[:, 0], n.weight[0]
    way = x[:, 1:] - x[:, :-1]
    far = jnp.sqrt(jnp.maximum(dot(way, way), 1e-16))
    way = way / far
    beside = -w[1:-1] * dot(way[:, 1:], way[:, :-1])
    zero = jnp.zeros(1)
    lower, upper = jnp.concatenate([zero, beside]), jnp.concatenate([beside, zero])
    middle = jnp.maximum(w[1:] + w[:-1], 1e-9)
    excess = jnp.clip(far - n.spacing[0], -0.1 * n.spacing[0], 0.1 * n.spacing[0])  # folds resist Newton
    pull = lax.linalg.tridiagonal_solve(lower, (1 + SOFT) * middle, upper, excess[:, None])[:, 0] * way
    x = x + w * (jnp.pad(pull, ((0, 0), (0, 1))) - jnp.pad(pull, ((0, 0), (1, 0))))
    return x[:, None]


def _layers(n: Numbers, p: Array, before: Array, pairs: Array, free: Array) -> Array:
    """Keep nodes of different layers apart, with friction between them."""
    now, old = p.reshape(3, -1), before.reshape(3, -1)
    step = now - old
    rows = jnp.concatenate([now, step]).T
    other = jnp.moveaxis(jnp.take(rows, pairs, axis=0), -1, 0)
    way = now[:, :, None] - other[:3]
    far = jnp.sqrt(jnp.maximum(dot(way, way), 1e-16))
    near = (far < n.thickness) & (pairs != jnp.arange(now.shape[1])[:, None])
    push = jnp.where(near, 0.5 * (n.thickness / far - 1.0), 0.0) * way
    drag = jnp.where(near, LAYER_DRAG, 0.0) * (other[3:] - step[:, :, None])
    count = jnp.maximum(jnp.sum(near, 1), 1)
    return p + free * (jnp.sum(push + drag, -1) / count).reshape(p.shape)


def _outside(n: Numbers, p: Array, before: Array, centres, drift, free) -> Array:
    """Push nodes out of balls, boxes and the ground."""
    for i in range(n.radius.shape[0]):
        way = p - centres[i][:, None, None]
        far = jnp.sqrt(jnp.maximum(dot(way, way), 1e-16))
        moved = before + drift[i][:, None, None]
        p = _rubbed(n, p, moved, n.radius[i] + n.reach - far, way / far, free)
    for i in range(n.box_centre.shape[0]):
        axes = n.box_axes[i]
        q = p - n.box_centre[i][:, None, None]
        q = jnp.stack([dot(jnp.broadcast_to(axes[k][:, None, None], q.shape), q) for k in range(3)])
        gap = jnp.abs(q) - (n.box_half[i] + n.reach)[:, None, None]
        face = jnp.argmax(gap, 0)
        normal = sum(jnp.where(face == k, jnp.sign(q[k]), 0.0) * axes[k][:, None, None] for k in range(3))
        p = _rubbed(n, p, before, -jnp.max(gap, 0), normal, free)
    up = jnp.broadcast_to(jnp.array([0.0, 1.0, 0.0])[:, None, None], p.shape)
    return _rubbed(n, p, before, jnp.where(n.ground > 0, n.reach - p[1], -1.0), up, free)


def _rubbed(n: Numbers, p: Array, before: Array, depth: Array, normal: Array, free: Array) -> Array:
    """Move out by `depth` where it is above 0, and hold back sliding by friction times that."""
    deep = jnp.maximum(depth, 0.0)
    out = p + deep * normal
    slip = out - before
    slip = slip - dot(slip, normal) * normal
    size = jnp.sqrt(jnp.maximum(dot(slip, slip), 1e-20))
    held = slip * jnp.minimum(1.0, n.friction * (deep + GRIP) / size)
    return jnp.where((depth > 0) & (free > 0), out - held, p)


def settled(world: FabricWorld, seconds: float, balls: np.ndarray) -> FabricState:
    """The state after it has hung for a while beside balls that stand still."""
    state = world.start
    for _ in range(round(seconds / world.frame)):
        state = advance(world, state, (balls, balls))
    return replace(state, time=jnp.float32(0))
