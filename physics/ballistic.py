"""Many independent balls over the ground plane y = 0, in JAX: batched and differentiable.

The same physics as physics.rigid for one ball without obstacles: flight with gravity and quadratic drag,
impacts with restitution and Coulomb friction with spin, then sliding and rolling. Every impact happens at its
own time t*, which closes the gap exactly, so gradients with respect to initial state, gravity, restitution,
friction and drag are those of the true event-driven motion; fixed time steps across contact give wrong ones
(DiffTaichi, Hu et al. 2020, section 5; Zhong et al. 2023). With drag, t* is polished by Newton steps whose
last one carries the derivative (implicit function theorem).

Arrays are (3, ...) with the batch last, elementwise throughout. Precision follows the inputs: run inside
`jax.enable_x64(True)` for float64, which is what the accuracy claims assume. A step may hold at most
`bounces` impacts per ball; a ball that would need more is put on the ground (its bounces are that low).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp

SETTLE = 2e-3  # m/s, as in physics.rigid
_NEWTON = 3


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class BallWorld:
    """Parameters, each a scalar or an array that broadcasts against the batch."""

    gravity: jax.Array | float = 9.81  # m/s^2, downwards, of the body in its fluid
    radius: jax.Array | float = 0.11  # m
    restitution: jax.Array | float = 0.8
    friction: jax.Array | float = 0.5
    rolling: jax.Array | float = 0.01
    inertia_factor: jax.Array | float = 0.4
    drag: jax.Array | float | None = None  # 1/m, 0.5 rho Cd A / m; None skips the drag integrator


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class BallState:
    """Positions, velocities and spins, (3, ...) each, and whether each ball has stopped bouncing (...)."""

    position: jax.Array  # m
    velocity: jax.Array  # m/s
    angular_velocity: jax.Array  # rad/s
    grounded: jax.Array  # bool


def start(position: jax.Array, velocity: jax.Array, angular_velocity: jax.Array | None = None) -> BallState:
    """A state from (3, ...) arrays; spin defaults to none."""
    spin = jnp.zeros_like(position) if angular_velocity is None else angular_velocity
    return BallState(position, velocity, spin, jnp.zeros(position.shape[1:], bool))


@partial(jax.jit, static_argnames=("bounces",))
def step(world: BallWorld, state: BallState, dt: jax.Array | float, *, bounces: int = 8) -> BallState:
    """The state dt seconds later."""
    left = jnp.broadcast_to(jnp.asarray(dt, state.position.dtype), state.grounded.shape)
    (state, left), _ = jax.lax.scan(lambda c, _: (_leg(world, *c), None), (state, left), length=bounces)
    return _choose(left > 0.0, _roll(world, state, left), state)


@partial(jax.jit, static_argnames=("frames", "bounces"))
def rollout(
    world: BallWorld, state: BallState, dt: jax.Array | float, frames: int, *, bounces: int = 8
) -> BallState:
    """States at frames 0 .. frames - 1, stacked along a new leading axis, as one scan."""

    def body(current, _):
        return step(world, current, dt, bounces=bounces), current

    return jax.lax.scan(jax.checkpoint(body), state, length=frames)[1]


def impact_time(world: BallWorld, position: jax.Array, velocity: jax.Array) -> jax.Array:
    """Time (...) at which a flying ball reaches the ground; infinite if it never does."""
    height, rise = position[1] - world.radius, velocity[1]
    g = world.gravity
    root = _safe_sqrt(rise * rise + 2.0 * g * jnp.maximum(height, 0.0))
    time = (rise + root) / g
    if world.drag is None:
        return time

    def newton(t):
        x, v = _fly(world, position, velocity, t)
        falling = jnp.where(v[1] < 0.0, v[1], -root - 1e-12)
        return t - (x[1] - world.radius) / jax.lax.stop_gradient(falling)

    for _ in range(_NEWTON):
        time = jnp.maximum(newton(time), 0.0)
    return newton(jax.lax.stop_gradient(time))


def _leg(world, state, left):
    """Fly to the next impact and bounce, or to the end of the step; grounded balls roll to the end."""
    time = impact_time(world, state.position, state.velocity)
    hits = (time < left) & ~state.grounded
    safe = jnp.where(hits, time, left)  # keeps unused branches finite for the gradient
    position, velocity = _fly(world, state.position, state.velocity, safe)
    flown = BallState(position, velocity, state.angular_velocity, state.grounded)
    landed = _bounce(world, flown)
    result = _choose(hits, landed, flown)
    result = _choose(state.grounded, _roll(world, state, left), result)
    return result, jnp.where(hits, left - time, 0.0)


def _fly(world, x, v, t):
    """Flight for t seconds: a parabola, or one Runge-Kutta (Nystrom) step with drag."""
    if world.drag is None:
        fall = _down(world.gravity, v)
        return x + t * v + 0.5 * t * t * fall, v + t * fall

    def a(u):
        return _down(world.gravity, u) - world.drag * _safe_sqrt((u * u).sum(0)) * u

    k1 = a(v)
    k2 = a(v + 0.5 * t * k1)
    k3 = a(v + 0.5 * t * k2)
    k4 = a(v + t * k3)
    return x + t * v + t * t / 6.0 * (k1 + k2 + k3), v + t / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def _bounce(world, state):
    """Impulse at the ground (physics.impulse, per unit mass, normal = y)."""
    v, w = state.velocity, state.angular_velocity
    rise = world.restitution * jnp.maximum(-v[1], 0.0)
    push = jnp.maximum(-v[1], 0.0) + rise
    slip_x, slip_z = v[0] + world.radius * w[2], v[2] - world.radius * w[0]
    slip = _safe_sqrt(slip_x**2 + slip_z**2)
    stick = world.inertia_factor / (1.0 + world.inertia_factor)
    share = jnp.minimum(world.friction * push / jnp.maximum(slip, 1e-30), stick)
    settled = rise < SETTLE
    rise = jnp.where(settled, 0.0, rise)
    return _kick(world, state, -share * slip_x, -share * slip_z, rise, settled)


def _kick(world, state, dx, dz, rise, grounded):
    """Add tangential velocity at the touching point, with the spin that goes with it."""
    x, v, w = state.position, state.velocity, state.angular_velocity
    spin = 1.0 / (world.inertia_factor * world.radius)
    return BallState(
        jnp.stack([x[0], jnp.broadcast_to(jnp.asarray(world.radius, x.dtype), x[1].shape), x[2]]),
        jnp.stack([v[0] + dx, rise, v[2] + dz]),
        jnp.stack([w[0] - spin * dz, w[1], w[2] + spin * dx]),
        grounded,
    )


def _roll(world, state, t):
    """On the level: slide until the slip is gone, then roll until rolling resistance stops the ball."""
    v, w, r = state.velocity, state.angular_velocity, world.radius
    slip_x, slip_z = v[0] + r * w[2], v[2] - r * w[0]
    slip = _safe_sqrt(slip_x**2 + slip_z**2)
    rub = world.friction * world.gravity
    stick = world.inertia_factor / (1.0 + world.inertia_factor)
    until = jnp.where(slip > 0.0, stick * slip / jnp.maximum(rub, 1e-30), 0.0)
    sliding = jnp.minimum(t, until)
    share = jnp.where(slip > 0.0, rub * sliding / jnp.where(slip > 0.0, slip, 1.0), 0.0)
    down = jnp.ones_like(slip, bool)
    slid = _kick(world, state, -share * slip_x, -share * slip_z, jnp.zeros_like(slip), down)
    v1 = slid.velocity
    along = 0.5 * sliding * (v + v1)
    speed = _safe_sqrt(v1[0] ** 2 + v1[2] ** 2)
    brake = world.rolling * world.gravity
    rolling = jnp.maximum(t - until, 0.0)
    rolling = jnp.minimum(rolling, speed / jnp.maximum(brake, 1e-30))
    keep = jnp.where(speed > 0.0, 1.0 - brake * rolling / jnp.where(speed > 0.0, speed, 1.0), 1.0)
    keep = jnp.where(rolling > 0.0, keep, 1.0)
    along = along + 0.5 * rolling * (1.0 + keep) * v1
    moved = jnp.stack([slid.position[0] + along[0], slid.position[1], slid.position[2] + along[2]])
    spun = slid.angular_velocity
    spun = jnp.stack([spun[0] * keep, spun[1], spun[2] * keep])
    return BallState(moved, v1 * keep, spun, slid.grounded)


def _down(gravity, like):
    zero = jnp.zeros_like(like[1])
    return jnp.stack([zero, zero - gravity, zero])


def _choose(flag, yes, no):
    return jax.tree.map(lambda a, b: jnp.where(flag, a, b), yes, no)


def _safe_sqrt(a):
    """sqrt with a zero, not infinite, derivative at zero."""
    return jnp.where(a > 0.0, jnp.sqrt(jnp.where(a > 0.0, a, 1.0)), 0.0)
