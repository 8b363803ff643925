"""Linkages: pendulums of any number of rods, a mass on a spring, Newton's cradle, in generalised coordinates.

A pendulum's coordinates are its rods' angles from straight down, in one upright plane; a spring's mass has
three, its place below the pivot; a cradle has one angle per ball. Rods and strings weigh nothing, bobs are
spheres that turn with their rod. The equations of motion (Lagrange; a chain's mass matrix as in Wittenburg
1977, sec. 5) are integrated by the eighth-order Runge-Kutta pair of Dormand & Prince with a tolerance of
1e-11. Impacts in a cradle are instantaneous, one pair after the other from the side that is hit, which is
what bodies that touch in a row do in the limit of stiff contact (Herrmann & Schmaelzle 1981). The air's drag
is the spheres' own, with the scene's wind; `damping` comes on top.

Limits: bobs meet nothing but their neighbours in a cradle; all swings lie in one plane; strings stay taut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from physics.rigid import Event, Rollout
from physics.rigid_world import rotation_quaternion
from physics.scene import Scene
from physics.worlds.linkage_check import check_linkage, hung_positions, swing_axis

Array = NDArray[np.float64]

TOLERANCE = 1e-11
GENTLE = 1e-5  # rad/s: an impact slower than this leaves no bounce
CLOSED = 1e-10  # rad: neighbours in a cradle nearer than this touch


@dataclass(frozen=True)
class LinkageWorld:
    """What does not change. n bodies."""

    kind: str
    mass: Array  # (n,) kg
    inertia: Array  # (n,) kg m^2 about the sphere's middle
    length: Array  # (n,) m
    gravity: float  # m/s^2
    drag: Array  # (n,) kg/m: 0.5 rho Cd A
    wind: Array  # (3,) m/s along the swing, up, across it
    damping: float  # 1/s
    stiffness: float  # N/m
    restitution: Array  # (n - 1,) between neighbours


@dataclass(frozen=True)
class LinkageState:
    """What does: coordinates and their rates, rad and rad/s; of a spring, m and m/s from the pivot."""

    time: float
    place: Array  # (n,), or (3,) of a spring: along the swing, up, across
    rate: Array


def build_world(scene: Scene) -> LinkageWorld:
    """The scene's linkage; ValueError with one line where it cannot be."""
    check_linkage(scene)
    link, bodies = scene.linkage, scene.bodies
    assert link is not None
    radius = np.array([b.radius for b in bodies])
    mass = np.array([b.density for b in bodies]) * 4 / 3 * np.pi * radius**3
    e = np.array([b.restitution for b in bodies])
    along, across = swing_axis(link)
    wind = np.asarray(scene.wind, float)
    area = np.pi * radius**2
    return LinkageWorld(
        kind=link.kind,
        mass=mass,
        inertia=np.array([b.inertia_factor for b in bodies]) * mass * radius**2,
        length=np.array(link.lengths if link.kind == "pendulum" else link.lengths * len(bodies), float),
        gravity=float(np.linalg.norm(scene.gravity)),
        drag=0.5 * scene.fluid_density * np.array([b.drag_coefficient for b in bodies]) * area,
        wind=np.array([wind @ along, wind[1], wind @ across]),
        damping=link.damping,
        stiffness=link.stiffness,
        restitution=np.sqrt(e[:-1] * e[1:]),
    )


def start_state(scene: Scene) -> LinkageState:
    """The state at t = 0."""
    link = scene.linkage
    assert link is not None
    angle = np.radians(np.array(link.angles_deg, float))
    if link.kind == "spring":
        reach = link.lengths[0] + link.stretch_m
        place = reach * np.array([np.sin(angle[0]), -np.cos(angle[0]), 0.0])
        return LinkageState(0.0, place, np.zeros(3))
    return LinkageState(0.0, angle, np.zeros(len(angle)))


def step(world: LinkageWorld, state: LinkageState, dt: float) -> LinkageState:
    """The state dt seconds later. Pure."""
    return advance(world, state, dt, [])


def advance(world: LinkageWorld, state: LinkageState, dt: float, log: list[Event]) -> LinkageState:
    """`step`, writing impacts to `log`."""
    end = state.time + dt
    while state.time < end - 1e-12:
        if world.kind == "cradle":
            state = replace(state, rate=_resolve(world, state, log))
        state = _until_impact(world, state, end)
    return replace(state, time=end)


def _until_impact(world: LinkageWorld, state: LinkageState, end: float) -> LinkageState:
    n = len(state.place)
    watched = world.kind == "cradle" and n > 1

    def flow(_, y):
        return np.concatenate([y[n:], acceleration(world, y[:n], y[n:])])

    def closing(_, y):
        gap, speed = np.diff(y[:n]), np.diff(y[n:])
        return float(np.min(np.where((gap < CLOSED) & (speed > -GENTLE), 1.0, gap)))

    closing.terminal, closing.direction = True, -1  # type: ignore[attr-defined]
    y0 = np.concatenate([state.place, state.rate])
    run = solve_ivp(
        flow, (state.time, end), y0, method="DOP853", rtol=TOLERANCE, atol=1e-13,
        events=closing if watched else None, max_step=0.01 if watched else np.inf,
    )  # fmt: skip
    if not run.success or not np.isfinite(run.y[:, -1]).all():
        raise ValueError("linkage: the motion became too fast to follow; lower its stiffness or damping")
    return LinkageState(float(run.t[-1]), run.y[:n, -1], run.y[n:, -1])


def acceleration(world: LinkageWorld, place: Array, rate: Array) -> Array:
    """Second derivatives of the coordinates."""
    if world.kind == "spring":
        return _spring(world, place, rate)
    if world.kind == "cradle":
        inert = world.mass * world.length**2 + world.inertia
        torque = -world.mass * world.gravity * world.length * np.sin(place)
        return (torque + _drag_torque(world, place, rate, own=True)) / inert - world.damping * rate
    return _chain(world, place, rate)


def _spring(world: LinkageWorld, place: Array, rate: Array) -> Array:
    reach = float(np.sqrt(place @ place))
    pull = -world.stiffness * (reach - world.length[0]) * place / max(reach, 1e-9)
    air = rate - world.wind
    drag = -world.drag[0] * np.sqrt(air @ air) * air
    return (pull + drag) / world.mass[0] - np.array([0.0, world.gravity, 0.0]) - world.damping * rate


def mass_matrix(world: LinkageWorld, place: Array) -> tuple[Array, Array]:
    """The chain's mass matrix (n, n), and the carried masses times lengths that both forces need (n, n)."""
    carried = np.cumsum(world.mass[::-1])[::-1]
    n = np.arange(len(place))
    shared = carried[np.maximum(n[:, None], n[None])] * np.outer(world.length, world.length)
    matrix = shared * np.cos(place[:, None] - place[None]) + np.diag(world.inertia)
    return matrix, shared


def _chain(world: LinkageWorld, place: Array, rate: Array) -> Array:
    matrix, shared = mass_matrix(world, place)
    carried = np.cumsum(world.mass[::-1])[::-1]
    force = -(shared * np.sin(place[:, None] - place[None])) @ rate**2
    force = force - carried * world.gravity * world.length * np.sin(place)
    return np.linalg.solve(matrix, force + _drag_torque(world, place, rate)) - world.damping * rate


def _drag_torque(world: LinkageWorld, place: Array, rate: Array, own: bool = False) -> Array:
    """Generalised force (n,) of the air on the bobs; `own`: each angle moves its own bob alone."""
    if not world.drag.any():
        return np.zeros(len(place))
    tangent = world.length[:, None] * np.stack([np.cos(place), np.sin(place)], 1)
    velocity = rate[:, None] * tangent
    velocity = velocity if own else np.cumsum(velocity, 0)
    air = velocity - world.wind[:2]
    speed = np.sqrt((air**2).sum(1) + world.wind[2] ** 2)
    force = -(world.drag * speed)[:, None] * air
    felt = force if own else np.cumsum(force[::-1], 0)[::-1]
    return (tangent * felt).sum(1)


def _resolve(world: LinkageWorld, state: LinkageState, log: list[Event]) -> Array:
    """Rates after the impacts of all neighbours that touch and close, the fastest pair first."""
    rate, inert = state.rate.copy(), world.mass * world.length**2 + world.inertia
    for _ in range(20 * len(rate) ** 2):
        closing = np.where(np.diff(state.place) < CLOSED, -np.diff(rate), 0.0)
        if not len(closing) or closing.max() <= 1e-12:
            break
        i = int(np.argmax(closing))
        e = float(world.restitution[i]) if closing[i] > GENTLE else 0.0
        push = (1 + e) * closing[i] / (1 / inert[i] + 1 / inert[i + 1])
        rate[i] -= push / inert[i]
        rate[i + 1] += push / inert[i + 1]
        if closing[i] > 100 * GENTLE:
            speed = float(closing[i] * world.length[0])
            log.append(Event(state.time, "collision", (i, i + 1), None, e, speed))
    return rate


def energy(world: LinkageWorld, state: LinkageState) -> float:
    """Kinetic and potential energy, J."""
    q, v, g = state.place, state.rate, world.gravity
    if world.kind == "spring":
        stretch = float(np.sqrt(q @ q)) - world.length[0]
        return float(world.mass[0] * (0.5 * v @ v + g * q[1]) + 0.5 * world.stiffness * stretch**2)
    if world.kind == "cradle":
        inert = world.mass * world.length**2 + world.inertia
        return float(0.5 * inert @ v**2 - (world.mass * g * world.length) @ np.cos(q))
    carried = np.cumsum(world.mass[::-1])[::-1]
    return float(0.5 * v @ mass_matrix(world, q)[0] @ v - g * (carried * world.length) @ np.cos(q))


def simulate_linkage(scene: Scene, count: int) -> Rollout:
    """The motion of the bodies that hang on a linkage, at `count` frames."""
    world, state, log = build_world(scene), start_state(scene), []
    dt = scene.time_scale / scene.fps
    states = [state]
    for k in range(1, count):
        states.append(advance(world, states[-1], k * dt - states[-1].time, log))
    return _rollout(scene, states, tuple(log))


def _rollout(scene: Scene, states: list[LinkageState], events: tuple[Event, ...]) -> Rollout:
    link = scene.linkage
    assert link is not None
    place = np.stack([s.place for s in states])
    position = hung_positions(scene, place)
    dt = scene.time_scale / scene.fps
    velocity = np.gradient(position, dt, axis=0) if len(states) > 1 else np.zeros_like(position)
    across = swing_axis(link)[1]
    turn, spin = np.zeros_like(position), np.zeros_like(position)
    if link.kind != "spring":
        turn, spin = place[..., None] * across, np.stack([s.rate for s in states])[..., None] * across
    return Rollout(position, velocity, spin, rotation_quaternion(turn), events)
