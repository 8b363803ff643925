"""Smoke and fire as a world: hot, sooty, burning gas in a box of air.

Flow on a coarse grid (`fluid`); smoke, heat and fuel on one `DETAIL` times finer, moved by the same flow.
The forces: buoyancy g dT / sqrt(T0 (T0 + dT)), which lies between the limits of light gas in heavy and
heavy in light and gives flames the measured 6.8 sqrt(z) m/s (McCaffrey 1979); vorticity confinement;
seeded gusts where sources are, which break the symmetry that real air never has; at open sides the air is
drawn to the scene's wind. Spheres and boxes of the scene are solid. Along with the gas go coordinates
(two sets, started afresh in turn, after Neyret 2003), so that detail finer than the grid can be painted
on and moves with it.

State arrays: velocity per axis on faces, cells/s; rows (M, 3) smoke 1/m, heat K, fuel; drift (N, 6)
cells, from where the gas in a coarse cell has come since either start. Axes x, y up, z.

Limits: Boussinesq (density enters through buoyancy only), smoke is weightless, one-way coupling: bodies
push gas, not the reverse.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from scipy.spatial.transform import Rotation

from physics.colour import srgb_to_linear
from physics.media import Gas, Source
from physics.scene import Scene
from physics.worlds import fire
from physics.worlds.fluid import confinement, flow, traces
from physics.worlds.fluid_grid import Domain, Velocity, centres, faces, sample, still, to_centres, to_faces
from physics.worlds.smoke_check import AIR, check_gas, fastest, steps_per_frame
from physics.worlds.sparse import advect_sparse

DETAIL = 2  # cells of smoke per cell of flow, along each axis
SIDES = ("open", "floor", "open")
SPONGE = 0.12  # share of the box's width over which the air is drawn to the wind
LOST = 0.12  # s in which gas at the very side of the box thins to 1/e: no edge of it shows
GUSTS = 12  # random waves
RENEWED = 0.6  # share of what a source lacks that a step brings
SMOKE, HEAT, FUEL = 0, 1, 2


@dataclass(frozen=True)
class Plan:
    """What decides the compiled program."""

    domain: Domain  # of spacing 1: lengths are in cells here, so that one program serves every size of box
    sources: int


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Numbers:
    """What does not: all in SI units."""

    cell: Array  # () m, edge of a cell of the flow
    steps: Array  # () int32 per frame
    dt: Array  # () s per step
    corner: Array  # (3,) m, world position of the box's lowest corner
    wind: Array  # (3,) cells/s
    gravity: Array  # () cells/s^2
    place: Array  # (s, 3) m
    reach: Array  # (s, 2) m, radius and half height
    content: Array  # (s, 3) smoke, heat, fuel
    speed: Array  # (s, 3) cells/s
    times: Array  # (s, 2) s
    waves: Array  # (GUSTS, 8) wave vector 1/m, force cells/s^2, rate 1/s, phase
    gas: Array  # (8,) fade, cooling, burn, flame heat, soot, expansion, swirl, hottest
    renew: Array  # () s, life of a set of coordinates
    glow: Array  # () 1/m, radiance at 1600 K per length of flame
    colour: Array  # (3,) linear albedo of the smoke
    forward: Array  # () g of its phase function
    ragged: Array  # () strength of the detail below the grid


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class SmokeState:
    """The gas at one time."""

    time: Array  # () s of the clip
    velocity: Velocity
    rows: Array  # (M, 3)
    drift: Array  # (N, 6) cells


@dataclass(frozen=True)
class SmokeWorld:
    """A scene's gas, ready to run."""

    plan: Plan
    numbers: Numbers
    solids: tuple[np.ndarray, ...]  # per component: faces inside boxes of the scene


def build_world(scene: Scene) -> SmokeWorld:
    """The gas of a scene; ValueError with one line where it cannot be run."""
    gas = scene.gas
    assert gas is not None
    check_gas(scene)
    spacing = max(gas.size) / gas.cells
    cells = tuple(max(8, round(s / spacing / 8) * 8) for s in gas.size)
    domain = Domain(cells, 1.0, SIDES)
    numbers = _numbers(scene, gas, cells, spacing)
    solids = tuple(_inside_boxes(scene, domain, a, numbers) for a in range(3))
    return SmokeWorld(Plan(domain, len(numbers.place)), numbers, solids)


def _numbers(scene: Scene, gas: Gas, cells: tuple[int, ...], cell: float) -> Numbers:
    size, steps = np.array(cells) * cell, steps_per_frame(scene)
    none = Source(start_s=1e6)  # sources come in fours, again to share programs
    s = gas.sources + (none,) * (-len(gas.sources) % 4)
    hot = max([x.heat + x.fuel * gas.flame_heat for x in s] or [1.0])
    f32 = np.float32
    burning = any(x.fuel > 0 for x in s)
    return Numbers(
        cell=f32(cell),
        steps=np.int32(steps),
        dt=f32(scene.time_scale / scene.fps / steps),
        corner=f32(np.array(gas.floor) - np.array([0.5, 0.0, 0.5]) * size),
        wind=f32([scene.wind[0], 0.0, scene.wind[2]]) / f32(cell),
        gravity=f32(np.linalg.norm(scene.gravity) / cell),
        place=f32([x.position for x in s]).reshape(-1, 3),
        reach=f32([(x.radius, 0.5 * x.height) for x in s]).reshape(-1, 2),
        content=f32([(x.smoke, x.heat, x.fuel) for x in s]).reshape(-1, 3),
        speed=f32([x.velocity for x in s]).reshape(-1, 3) / f32(cell),
        times=f32([(x.start_s, x.stop_s) for x in s]).reshape(-1, 2),
        waves=_gusts(scene.seed, gas, cell, burning),
        gas=f32([gas.fade_s, gas.cooling_s, gas.burn_s, gas.flame_heat, gas.soot, gas.expansion, gas.swirl,
                 max(hot, 1.0)]),
        glow=f32(gas.glow / (2 * max(x.radius for x in gas.sources))),
        colour=np.asarray(srgb_to_linear(f32(gas.colour))),
        forward=f32(gas.forward),
        ragged=f32(gas.ragged),
        renew=f32(np.clip(8 * cell / max(fastest(scene) * 0.5, 0.1), 0.15, 1.6)),
    )  # fmt: skip


def _gusts(seed: int, gas: Gas, spacing: float, burning: bool) -> np.ndarray:
    """Random transverse waves, so that the force has no divergence: each row k, f, rate, phase."""
    rng = np.random.default_rng([abs(int(seed)), int(seed) < 0, 77])
    width = max([s.radius for s in gas.sources] or [0.1])
    k = rng.normal(size=(GUSTS, 3))
    k /= np.linalg.norm(k, axis=1, keepdims=True)
    length = np.maximum(np.geomspace(1.2, 5.0, GUSTS) * width, 3 * spacing)  # m
    f = np.cross(k, rng.normal(size=(GUSTS, 3)))
    f /= np.linalg.norm(f, axis=1, keepdims=True)
    rate = rng.choice([-1, 1], GUSTS) * np.geomspace(2.0, 0.6, GUSTS) * (6.0 if burning else 2.5)
    k, f = 2 * np.pi * k / length[:, None], f * gas.gusts / spacing
    return np.column_stack([k, f, rate, rng.uniform(0, 2 * np.pi, GUSTS)]).astype(np.float32)


def start(world: SmokeWorld) -> SmokeState:
    """Air that moves with the wind, no gas yet."""
    d = world.plan.domain
    cells = int(np.prod(d.cells))
    wind = tuple(float(w) for w in world.numbers.wind)  # cells/s
    rows = jnp.zeros((cells * DETAIL**3, 3), jnp.float32)
    return SmokeState(jnp.float32(0), still(d, wind), rows, jnp.zeros((cells, 6), jnp.float32))


def advance(world: SmokeWorld, state: SmokeState, balls: tuple[np.ndarray, ...]) -> SmokeState:
    """The state one frame later; `balls`: centre (n, 3) m, velocity (n, 3) m/s, radius (n,) m. Pure."""
    after = _frame(world.plan, world.numbers, world.solids, state, balls)
    check_finite(after)
    return after


def check_finite(state: SmokeState) -> None:
    """ValueError if the flow has blown up: nothing of it is shown."""
    if not all(bool(jnp.isfinite(jnp.sum(a))) for a in (*state.velocity, state.rows)):
        raise ValueError(
            f"gas: the flow blew up at {float(state.time):.2f} s; weaken gas.swirl, gas.gusts or the sources"
        )


@partial(jax.jit, static_argnums=0)
def _frame(plan: Plan, n: Numbers, solids, state: SmokeState, balls) -> SmokeState:
    held = _solid_faces(plan.domain, n, solids, balls)
    solid = _solid_cells(plan.domain, n, balls)

    return lax.fori_loop(0, n.steps, lambda _, s: _step(plan, n, held, solid, s), state)


def _step(plan: Plan, n: Numbers, held, solid: Array, state: SmokeState) -> SmokeState:
    d, dt = plan.domain, n.dt
    rows = _emit(plan, n, state.rows, state.time)
    rows, burnt = fire.burn(rows, dt, n.gas[2], n.gas[3], n.gas[4])
    velocity = _push(plan, n, state, rows)
    swelling = _coarse(d, burnt) * (n.gas[5] / dt)
    velocity = flow(d, velocity, dt, swelling, held)
    back, ahead = traces(d, velocity, dt)
    rows = advect_sparse(d, rows, back, ahead, DETAIL)
    heat = fire.cool(rows[:, HEAT], dt, n.gas[1], n.gas[7])
    smoke = rows[:, SMOKE] * jnp.exp(-dt / n.gas[0])
    rows = jnp.stack([smoke, heat, rows[:, FUEL]], 1) * solid[:, None]
    rows = rows * jnp.exp(-dt / LOST * _refined(d, _sponge(d)) ** 2)[:, None]
    return SmokeState(state.time + dt, velocity, rows, _carry(d, n, state, back))


def _world(d: Domain, n: Numbers, refine: int = 1) -> Array:
    return centres(d, refine) * n.cell + n.corner[:, None]


def _refined(d: Domain, coarse: Array) -> Array:
    """Coarse values (*cells) in the fine cells (M,)."""
    for axis in range(3):
        coarse = jnp.repeat(coarse, DETAIL, axis)
    return coarse.reshape(-1)


def _emit(plan: Plan, n: Numbers, rows: Array, time) -> Array:
    """Sources hold their cells at their content, ragged at the rim by what the gusts do there."""
    d = plan.domain
    p = _world(d, n, DETAIL)
    rough = _gust(d, n, time, 5)[1] / jnp.maximum(jnp.linalg.norm(n.waves[0, 3:6]), 1e-6)
    uneven = 1.15 + 0.55 * _refined(d, rough)
    for i in range(plan.sources):
        share = RENEWED * jnp.clip(_source_share(n, p, i, time) * uneven, 0.0, 1.0)
        rows = rows + share[:, None] * jnp.maximum(n.content[i] - rows, 0.0)
    return rows


def _source_share(n: Numbers, p: Array, i: int, time) -> Array:
    """1 inside source `i`, an upright ellipsoid, 0 outside, smooth over a cell (P,)."""
    q = (p - n.place[i][:, None]) / jnp.stack([n.reach[i, 0], n.reach[i, 1], n.reach[i, 0]])[:, None]
    inside = (1.0 - jnp.sqrt(q[0] ** 2 + q[1] ** 2 + q[2] ** 2)) * jnp.min(n.reach[i])
    on = (time >= n.times[i, 0]) & (time < n.times[i, 1])
    return jnp.clip(inside / (0.75 * n.cell) + 0.5, 0.0, 1.0) * on


def _gust(d: Domain, n: Numbers, time, count: int = GUSTS) -> Array:
    """Sum of the first `count` gusts' forces (3, *cells), cells/s^2.

    The sine of a sum of three terms, one an axis, is a product: on a grid a wave is three short rows, and the
    sum of waves a matrix product.
    """
    w = n.waves[:count]
    x, y, z = (
        jnp.exp(1j * w[:, a, None] * ((jnp.arange(m) + 0.5) * n.cell + n.corner[a]))
        for a, m in enumerate(d.cells)
    )
    x = x * jnp.exp(1j * (w[:, 6] * time + w[:, 7]))[:, None]
    flat = (x[:, :, None] * y[:, None, :]).reshape(count, -1)
    left = jnp.concatenate([flat.imag, flat.real])
    right = jnp.concatenate([z.real, z.imag])
    force = jnp.tile(w[:, 3:6] * (2.0 / count) ** 0.5, (2, 1))
    return jnp.stack([((left * force[:, c, None]).T @ right).reshape(d.cells) for c in range(3)])


def _push(plan: Plan, n: Numbers, state: SmokeState, rows: Array) -> Velocity:
    """Velocity after the forces of a step."""
    d, dt = plan.domain, n.dt
    heat = _coarse(d, rows[:, HEAT])
    lift = n.gravity * heat / jnp.sqrt(AIR * (AIR + jnp.maximum(heat, 0.0)))
    stirred = _coarse(d, rows[:, SMOKE]) + heat
    active = jnp.clip(stirred / (jnp.max(stirred) * 0.1 + 1e-6), 0.0, 1.0)
    gust = _gust(d, n, state.time) * active
    spin = confinement(d, state.velocity, n.gas[6] * 10.0)
    calm = _sponge(d) * (1.0 - jnp.exp(-dt / 0.15))
    lid = _under_the_top(d) * (1.0 - jnp.exp(-dt / 0.05))
    out = []
    for a, u in enumerate(state.velocity):
        force = gust[a] + (lift if a == 1 else 0.0)
        u = u + dt * (to_faces(d, force, a) + spin[a])
        u = u + to_faces(d, calm, a) * (n.wind[a] - u)
        out.append(jnp.where(u < 0, u * (1.0 - to_faces(d, lid, a)), u) if a == 1 else u)
    return _blow(plan, n, tuple(out), state.time)


def _blow(plan: Plan, n: Numbers, velocity: Velocity, time) -> Velocity:
    """Sources hold their own speed."""
    out = []
    for a, u in enumerate(velocity):
        p = faces(plan.domain, a) * n.cell + n.corner[:, None]
        for i in range(plan.sources):
            moving = jnp.sum(jnp.abs(n.speed[i])) > 0
            share = _source_share(n, p, i, time).reshape(u.shape) * moving
            u = u + share * RENEWED * (n.speed[i, a] - u)
        out.append(u)
    return tuple(out)


def _sponge(d: Domain) -> Array:
    """1 at the open sides, 0 inside (*cells)."""
    out = jnp.zeros(d.cells)
    for a in (0, 2):
        x = (lax.broadcasted_iota(jnp.float32, d.cells, a) + 0.5) / d.cells[a]
        out = jnp.maximum(out, jnp.clip(1.0 - jnp.minimum(x, 1.0 - x) / SPONGE, 0.0, 1.0))
    return out


def _under_the_top(d: Domain) -> Array:
    """1 at the open top, 0 below (*cells): what comes down there comes from nowhere."""
    y = (lax.broadcasted_iota(jnp.float32, d.cells, 1) + 0.5) / d.cells[1]
    return jnp.clip(1.0 - (1.0 - y) / (2 * SPONGE), 0.0, 1.0)


def _coarse(d: Domain, fine: Array) -> Array:
    """Means (*cells) of fine values (M,)."""
    x, y, z = d.cells
    return fine.reshape(x, DETAIL, y, DETAIL, z, DETAIL).mean((1, 3, 5))


def _carry(d: Domain, n: Numbers, state: SmokeState, back: Array) -> Array:
    """The coordinates' drift after a step; each set starts afresh when its life is over."""
    shift = back.reshape(3, -1)
    moved = sample(state.drift, d.cells, centres(d) - 0.5 + shift, d.wraps())
    moved = moved + jnp.tile(shift.T, (1, 2))
    turn = jnp.floor((state.time + n.dt) / n.renew + jnp.array([0.0, 0.5]))
    fresh = turn > jnp.floor(state.time / n.renew + jnp.array([0.0, 0.5]))
    return jnp.where(jnp.repeat(fresh, 3), 0.0, moved)


def drift_weights(renew, time) -> tuple[Array, Array]:
    """Weights (2,) of the two sets of coordinates, each 0 when it starts afresh; and their turns (2,)."""
    age = time / renew + jnp.array([0.0, 0.5])
    share = age - jnp.floor(age)
    return jnp.sin(jnp.pi * share) ** 2, jnp.floor(age)


def _inside_boxes(scene: Scene, d: Domain, axis: int, n: Numbers) -> np.ndarray:
    shape = d.face_shape(axis)
    p = np.asarray(faces(d, axis)).T * np.asarray(n.cell) + np.asarray(n.corner)
    out = np.zeros(len(p), bool)
    for box in scene.boxes:
        q = (p - np.array(box.centre)) @ Rotation.from_rotvec(box.rotation).as_matrix()
        out |= np.all(np.abs(q) < np.array(box.half_size), axis=1)
    return out.reshape(shape)


def _solid_faces(d: Domain, n: Numbers, solids, balls):
    """(mask, velocity) per component: what boxes and balls force on the flow."""
    out = []
    for a, boxes in enumerate(solids):
        p = faces(d, a) * n.cell + n.corner[:, None]
        mask, own = jnp.asarray(boxes), jnp.zeros(boxes.shape, jnp.float32)
        for i in range(len(balls[2])):
            inside = _in_ball(p, balls[0][i], balls[2][i]).reshape(boxes.shape)
            mask, own = mask | inside, jnp.where(inside, balls[1][i][a] / n.cell, own)
        out.append((mask, own))
    return tuple(out)


def _in_ball(p: Array, centre, radius) -> Array:
    q = p - jnp.asarray(centre)[:, None]
    return q[0] ** 2 + q[1] ** 2 + q[2] ** 2 < jnp.asarray(radius) ** 2


def _solid_cells(d: Domain, n: Numbers, balls) -> Array:
    """1 in fine cells (M,) outside all balls, 0 inside."""
    p = _world(d, n, DETAIL)
    out = jnp.ones(p.shape[1])
    for i in range(len(balls[2])):
        out = out * (1.0 - _in_ball(p, balls[0][i], balls[2][i]))
    return out


def speeds(plan: Plan, state: SmokeState) -> Array:
    """Velocity (N, 3) cells/s in the coarse cells."""
    return to_centres(plan.domain, state.velocity).reshape(3, -1).T
