"""A ball held by one obstacle: sliding, rolling, at rest, and turning about an edge.

Per unit mass, with outward normal n, external acceleration F, tangential part F_t, distance d from the centre
to the touching point, and v_perp the part of the velocity that turns the normal (edges and corners only):
    N   = -F.n - |v_perp|^2 / d                     (leaves when N <= 0)
    slide: dv/dt = F_t - mu N u/|u| + ..., dw/dt = (mu N / k r) n x u/|u|
    roll:  dv/dt = (F_t + k r w_n n x n') / (1 + k) - c N v/|v| + ...,  w_t = n x v / r,
           needs the friction |F_t - dv/dt_t| <= mu N
where n' is the rate of the normal and w_n the spin about it, u = v - r w x n is the slip, k = I/(m r^2) and c
the rolling resistance, in the billiards convention (a rolling ball on the level slows at c g). Spin about the
normal is braked by the torque c N r. On an edge, N = 0 gives the classical condition v^2 = g r cos(theta).
Classical fourth-order Runge-Kutta is exact for the straight cases, whose accelerations are constant; changes
of regime are located by root finding on the step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from physics.contact import box_contact
from physics.rigid_world import Array, RigidWorld

FREE, SLIDE, ROLL, REST, PILE = range(5)
SLIP = 1e-7  # m/s: slower slip is none
STOPPED = 1e-9  # m/s
_STATIC_MARGIN = 1.0 + 1e-9
_PAST = 2e-13  # s; a step ends this long after a change of regime, so that the next one sees it


def air(world: RigidWorld, v: Array, which=slice(None)) -> Array:
    """Acceleration (n, 3) from gravity in the fluid and from quadratic drag against the wind."""
    u = v - world.wind
    return world.gravity[which] - (world.drag[which] * np.sqrt((u * u).sum(-1)))[:, None] * u


def dot(a: Array, b: Array) -> Array:
    """Row-wise dot product, kept as a column (n, 1)."""
    return (a * b).sum(-1, keepdims=True)


def cross(a: Array, b: Array) -> Array:
    """Row-wise cross product (n, 3), without np.cross's overhead."""
    return a[:, [1, 2, 0]] * b[:, [2, 0, 1]] - a[:, [2, 0, 1]] * b[:, [1, 2, 0]]


def direction(a: Array, fallback: Array) -> Array:
    """Unit rows of a; of fallback where a is (nearly) zero; zero where both are."""
    size = np.sqrt(dot(a, a))
    other = np.sqrt(dot(fallback, fallback))
    small = size < STOPPED
    return np.where(small, fallback / np.maximum(other, 1e-300), a / np.maximum(size, 1e-300))


@dataclass(frozen=True)
class Held:
    """Balls on their obstacle during one step; rows are balls, columns (k, 1) hold scalars."""

    body: Array  # (k,) indices
    mode: Array  # (k,) SLIDE, ROLL or REST
    centre: Array  # (k, 3) obstacle
    axes: Array  # (k, 3, 3)
    half: Array  # (k, 3)
    radius: Array  # (k, 1) m
    inertia: Array  # (k, 1) k = I/(m r^2)
    friction: Array  # (k, 1)
    rolling: Array  # (k, 1)
    slip: Array  # (k, 3) unit direction of slip at the start
    heading: Array  # (k, 3) unit direction that rolling resistance opposes at the start
    beyond: Array  # (k, 3) bool, the obstacle's feature at the start

    def pick(self, rows) -> Held:
        """Only the chosen rows."""
        return replace(self, **{k: a[rows] for k, a in self.__dict__.items()})


def hold(world: RigidWorld, body: Array, obstacle: Array, x: Array, v: Array, w: Array) -> Held:
    """Decide for each held ball (rows of x, v, w) whether it slides, rolls or rests."""
    centre, axes, half = world.centre[obstacle], world.axes[obstacle], world.half[obstacle]
    column = np.newaxis
    held = Held(
        body=body,
        mode=np.full(len(body), ROLL),
        centre=centre,
        axes=axes,
        half=half,
        radius=world.radius[body][:, column],
        inertia=world.inertia_factor[body][:, column],
        friction=world.friction[body, obstacle][:, column],
        rolling=world.rolling[body, obstacle][:, column],
        slip=np.zeros((len(body), 3)),
        heading=np.zeros((len(body), 3)),
        beyond=np.zeros((len(body), 3), bool),
    )
    f = _forces(world, held, x, v)
    slip = _slip(held, v, w, f.normal)
    heading = direction(v, f.tangential)
    grip = f.tangential - _rolling(held, f, w, heading)
    sliding = (np.sqrt(dot(slip, slip)) > SLIP * (1 + np.sqrt(dot(v, v))))[:, 0]
    sliding |= (np.sqrt(dot(grip, grip)) > held.friction * f.push * _STATIC_MARGIN)[:, 0] & _moves(held, f, v)
    mode = np.where(sliding, SLIDE, np.where(_moves(held, f, v), ROLL, REST))
    return replace(held, mode=mode, slip=direction(slip, grip), heading=heading, beyond=f.beyond)


def _moves(held, f, v):
    """Whether rolling or starting to roll: moving, or pushed harder than rolling resistance holds."""
    pushed = np.sqrt(dot(f.tangential, f.tangential)) / (1 + held.inertia)
    holds = held.rolling * f.push * _STATIC_MARGIN + 1e-12
    return ((np.sqrt(dot(v, v)) > 10 * STOPPED) | (pushed > holds))[:, 0]


@dataclass(frozen=True)
class _Forces:
    normal: Array  # (k, 3)
    beyond: Array  # (k, 3)
    tangential: Array  # (k, 3) m/s^2
    push: Array  # (k, 1) m/s^2, N / m
    turn: Array  # (k, 1) m/s^2, centripetal acceleration towards the obstacle
    rate: Array  # (k, 3) 1/s, d normal/dt


def _forces(world, held, x, v) -> _Forces:
    distance, normal, beyond = box_contact(x, held.centre, held.axes, held.half)
    external = air(world, v, held.body)
    into = dot(external, normal)
    local = (held.axes @ v[..., None])[..., 0] * beyond  # only these components turn the normal
    across = (local[:, None] @ held.axes)[:, 0]
    rate = (across - dot(across, normal) * normal) / distance[:, None]
    turn = dot(rate, rate) * distance[:, None]
    return _Forces(normal, beyond, external - into * normal, -into - turn, turn, rate)


def _rolling(held, f, w, heading):
    """Tangential acceleration (k, 3) while rolling; heading is what rolling resistance opposes."""
    gyro = held.inertia * held.radius * dot(w, f.normal) * cross(f.normal, f.rate)
    return (f.tangential + gyro) / (1 + held.inertia) - held.rolling * np.maximum(f.push, 0.0) * heading


def _slip(held, v, w, normal):
    u = v - held.radius * cross(w, normal)
    return u - dot(u, normal) * normal


def _toward(a, start):
    """Unit rows of a while it still points along start, then start: lets a step run smoothly past zero."""
    size = np.sqrt(dot(a, a))
    return np.where((dot(a, start) > STOPPED), a / np.maximum(size, 1e-300), start)


def acceleration(world: RigidWorld, held: Held, x: Array, v: Array, w: Array) -> Array:
    """Acceleration (k, 3) of the held balls."""
    return _accelerations(world, held, x, v, w)[0]


def _accelerations(world, held, x, v, w):
    f = _forces(world, held, x, v)
    push = np.maximum(f.push, 0.0)
    u = _toward(_slip(held, v, w, f.normal), held.slip)
    d = _toward(v, held.heading)
    sliding = (held.mode == SLIDE)[:, None]
    rub = held.friction * push
    a = np.where(sliding, f.tangential - rub * u, _rolling(held, f, w, d)) - f.turn * f.normal
    about = dot(w, f.normal)
    over = cross(f.normal, v)
    follow = (cross(f.rate, v) + cross(f.normal, a) + dot(over, f.rate) * f.normal) / held.radius
    spin = np.where(
        sliding, rub / (held.inertia * held.radius) * cross(f.normal, u), follow + about * f.rate
    )  # rolling: the derivative of w = n x v / r + w_n n
    moving = (held.mode != REST)[:, None]
    return np.where(moving, a, 0.0), np.where(moving, spin, 0.0)


def carry(
    world: RigidWorld, held: Held, x: Array, v: Array, w: Array, h: float
) -> tuple[Array, Array, Array]:
    """One Runge-Kutta step of h seconds for the held balls, put back onto their obstacle."""
    a1, s1 = _accelerations(world, held, x, v, w)
    v2, w2 = v + 0.5 * h * a1, w + 0.5 * h * s1
    a2, s2 = _accelerations(world, held, x + 0.5 * h * v, v2, w2)
    v3, w3 = v + 0.5 * h * a2, w + 0.5 * h * s2
    a3, s3 = _accelerations(world, held, x + 0.5 * h * v2, v3, w3)
    v4, w4 = v + h * a3, w + h * s3
    a4, s4 = _accelerations(world, held, x + h * v3, v4, w4)
    still = (held.mode == REST)[:, None]
    x1 = np.where(still, x, x + h * v + h * h / 6 * (a1 + a2 + a3))
    v1 = np.where(still, 0.0, v + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4))
    w1 = w + h / 6 * (s1 + 2 * s2 + 2 * s3 + s4)
    return _on_surface(world, held, x1, v1, w1, h)


def _on_surface(world, held, x, v, w, h):
    f = _forces(world, held, x, v)
    distance, _, _ = box_contact(x, held.centre, held.axes, held.half)
    x = x - (distance[:, None] - held.radius) * f.normal
    v = v - dot(v, f.normal) * f.normal
    about = dot(w, f.normal)
    brake = held.rolling * np.maximum(f.push, 0.0) * h / (held.inertia * held.radius)
    left = np.sign(about) * np.maximum(np.abs(about) - brake, 0.0)
    sliding = (held.mode == SLIDE)[:, None]
    across = np.where(sliding, w - about * f.normal, cross(f.normal, v) / held.radius)
    return x, v, across + left * f.normal


def _margins(world, held, x, v, w) -> Array:
    """(k, 4) values that stay above 0 while the regime lasts: push, slip or heading, grip, same feature."""
    f = _forces(world, held, x, v)
    rolling = (held.mode == ROLL)[:, None]
    heading = dot(v, held.heading)
    along = np.where(rolling, heading, dot(_slip(held, v, w, f.normal), held.slip))
    grip = f.tangential - _rolling(held, f, w, _toward(v, held.heading))
    spare = np.where(rolling, held.friction * f.push * _STATIC_MARGIN - np.sqrt(dot(grip, grip)), 1.0)
    local = np.abs((held.axes @ (x - held.centre)[..., None])[..., 0]) - held.half
    same = np.where(held.beyond, local, -local).min(-1, keepdims=True)
    values = np.concatenate([f.push, along, spare, same], 1)
    return np.where((held.mode == REST)[:, None], 1.0, values)


def regime_end(world: RigidWorld, held: Held, start, end, h: float) -> float | None:
    """Earliest time in (0, h] at which a held ball leaves, ends its slip, stops, loses grip or meets an edge.

    start and end: (x, v, w) rows before and after `carry` over h.
    """
    before, after = _margins(world, held, *start), _margins(world, held, *end)
    before[:, 3] = np.maximum(before[:, 3], 1e-300)  # a ball exactly on a boundary counts as this side of it
    rows, columns = np.nonzero((before > np.array([0.0, STOPPED, 0.0, 0.0])) & (after < 0.0))
    best = None
    for row, column in zip(rows, columns, strict=True):
        one = held.pick([row])
        here = tuple(a[[row]] for a in start)
        span = h if best is None else best

        def margin(t, one=one, here=here, column=column):
            return float(_margins(world, one, *carry(world, one, *here, t))[0, column])

        if best is None or margin(span) < 0.0:
            best = _past_root(margin, span)
    return best


def _past_root(margin, span: float) -> float:
    """Just past the first root of margin in (0, span), where it is negative."""
    return min(span, float(brentq(margin, 0.0, span, xtol=1e-15, rtol=1e-14)) + _PAST)
