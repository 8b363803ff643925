"""Event-driven motion of discs among lines in the picture plane, many variants at once.

Between events a body follows x'' = g - k |v - w| (v - w) (free flight, quadratic drag k, wind w) or runs
along a line that carries it, where friction or rolling resistance of constant strength brings it to a
stop. At a line the normal velocity turns with restitution e and the tangential one keeps a share; at
another body the impulse along the line of centres conserves momentum exactly (Mirtich 1996, "Impulse-based
dynamic simulation", sections 2.2 and 3.2). Impact times are roots of the arcs: closed form for parabolas,
refined by Newton's rule where drag bends them. A bounce that would last less than REST frames ends the
infinite (Zeno) series of bounces: the body stays on the line.

Everything has B leading rows, so that one call serves all starts and all finite differences of a fit.
Limits: discs and straight endless lines; no spin (the tangential share stands for it); drag acts in flight
only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physics.motion.arcs import Arcs
from physics.motion.contacts import dot, line_times, pair_times, strike_lines, strike_pairs

REST = 0.25  # frames: a hop this short rises g/128 px: not visible, and the series of hops is cut here
MOST_EVENTS = (34, 6)  # arcs, and arcs of each body: a safeguard against events that follow without end
MOST_STEPS = 600  # arcs where drag cuts them into steps
STEP = 0.2  # longest Taylor step as a share of the series' radius of convergence
TOLERANCE = 1e-5  # px, error allowed to a step that is longer than that because drag hardly acts


@dataclass(frozen=True)
class World:
    """B variants of N discs and S lines; px and frames.

    place, velocity: (B, N, 2). gravity: (B, N, 2), zero for a body that does not fall. drag: (B,) 1/px.
    wind: (B, 2) px/frame. normal: (B, S, 2) unit, pointing to the free side. offset: (B, S) px: normal . x
    = offset on the line. restitution, keep: (B, S): share of the normal and of the tangential velocity
    after a bounce. resistance: (B,) px/frame^2, deceleration along a line that carries the body.
    bounce: (B,) restitution between bodies. radius: (B, N) px. mass: (B, N), any
    unit. meets: (pairs,) bool, whether two bodies collide or pass in front of each other.
    """

    place: np.ndarray
    velocity: np.ndarray
    gravity: np.ndarray
    drag: np.ndarray
    wind: np.ndarray
    normal: np.ndarray
    offset: np.ndarray
    restitution: np.ndarray
    keep: np.ndarray
    resistance: np.ndarray
    bounce: np.ndarray
    radius: np.ndarray
    mass: np.ndarray
    meets: np.ndarray


def simulate(world: World, first: float, last: float) -> Arcs:
    """Arcs from `first` to `last` (frames); the state of `world` is that at `first`."""
    x, v = world.place.copy(), world.velocity.copy()
    rows, bodies = x.shape[:2]
    lines = world.offset.shape[1]
    on = np.full((rows, bodies), -1)  # the line that carries a body
    time = np.full(rows, float(first))
    contact, speed = np.full(rows, -1), np.zeros(rows)
    start, taylor, contacts, speeds = [], [], [], []
    most = MOST_STEPS if np.any(world.drag) else MOST_EVENTS[0] + MOST_EVENTS[1] * bodies
    for _ in range(most):
        series = derivatives(world, x, v, on)
        start.append(time.copy())
        taylor.append(np.stack((x, v, *series), 1))
        contacts.append(contact)
        speeds.append(speed)
        if np.all(time >= last):
            break
        wait_line = line_times(world, x, v, series, on).reshape(rows, -1)
        wait_pair = pair_times(world, x, v, series)
        wait_stop = stop_times(v, series[0], on)
        waits = np.concatenate((wait_line, wait_pair, wait_stop), 1)
        waits = np.where(np.isfinite(waits), waits, np.inf)
        which = np.argmin(waits, 1)
        wait = waits[np.arange(rows), which]
        short = step_limit(world, v, series[0])
        ends = np.minimum(short, np.where(time >= last, 1e9, np.maximum(last - time, 0) + 1e-9))
        quiet = wait > ends
        wait = np.minimum(wait, ends)
        x, v = advance(x, v, series, wait)
        time = time + wait
        which = np.where(quiet | (time > last + 1e-6), -1, which)
        contact, speed, v, on = respond(world, x, v, on, which, series[0], lines)
    return Arcs(np.array(start), np.array(taylor), np.array(contacts), np.array(speeds))


def derivatives(world: World, x: np.ndarray, v: np.ndarray, on: np.ndarray) -> tuple[np.ndarray, ...]:
    """Acceleration, jerk and snap, each (B, N, 2)."""
    acceleration = world.gravity.copy()
    jerk, snap = np.zeros_like(x), np.zeros_like(x)
    if np.any(world.drag):
        drag_derivatives(world, v, acceleration, jerk, snap)
    row, body = np.nonzero(on >= 0)
    if len(row):
        normal = world.normal[row, on[row, body]]
        acceleration[row, body] = carried(
            world.gravity[row, body], normal, v[row, body], world.resistance[row]
        )
        jerk[row, body] = snap[row, body] = 0.0
    return acceleration, jerk, snap


def drag_derivatives(world, v, acceleration, jerk, snap) -> None:
    """x'' = g - k |u| u with u = v - w, differentiated twice in time; written into the arrays given."""
    k = world.drag[:, None, None]
    u = v - world.wind[:, None]
    s = np.sqrt(dot(u, u))[..., None] + 1e-12
    acceleration -= k * s * u
    s1 = dot(u, acceleration)[..., None] / s
    jerk -= k * (s1 * u + s * acceleration)
    s2 = ((dot(acceleration, acceleration) + dot(u, jerk))[..., None] - s1**2) / s
    snap -= k * (s2 * u + 2 * s1 * acceleration + s * jerk)


def carried(gravity, normal, v, resistance) -> np.ndarray:
    """Acceleration (m, 2) along the carrying line: gravity's share less the resistance, or none once at
    rest.
    """
    tangent = np.stack((-normal[:, 1], normal[:, 0]), -1)
    pull = dot(gravity, tangent)
    speed = dot(v, tangent)
    at_rest = np.abs(speed) < 1e-9
    sliding = pull - resistance * np.sign(speed)
    starting = np.sign(pull) * np.maximum(np.abs(pull) - resistance, 0)
    return np.where(at_rest, starting, sliding)[:, None] * tangent


def stop_times(v: np.ndarray, acceleration: np.ndarray, on: np.ndarray) -> np.ndarray:
    """(B, N) time until a carried body's speed is zero."""
    against = -dot(v, acceleration)
    speed = dot(v, v)
    stops = (on >= 0) & (against > 1e-12) & (speed > 1e-16)
    return np.where(stops, speed / np.maximum(against, 1e-12), np.inf)


def step_limit(world: World, v: np.ndarray, acceleration: np.ndarray) -> np.ndarray:
    """(B,) longest Taylor step: inside the radius |u| / |a| of convergence, or where drag is too weak to
    matter.
    """
    if not np.any(world.drag):
        return np.full(len(v), np.inf)
    away = v - world.wind[:, None]
    speed = np.sqrt(dot(away, away))
    pull = np.sqrt(dot(acceleration, acceleration)) + 1e-9
    drag = world.drag[:, None] + 1e-12
    harmless = (TOLERANCE / (drag * pull**2)) ** 0.25
    limit = np.minimum(np.maximum(STEP * speed / pull, harmless), STEP / (drag * (speed + 1e-9)))
    return limit.min(1)


def advance(x, v, series, wait) -> tuple[np.ndarray, np.ndarray]:
    t = wait[:, None, None]
    a, j, s = series
    place = x + t * (v + t / 2 * (a + t / 3 * (j + t / 4 * s)))
    return place, v + t * (a + t / 2 * (j + t / 3 * s))


def respond(world, x, v, on, which, acceleration, lines):
    """State after the events `which` (B,): -1 none, then body * S + line, then pairs, then stops."""
    bodies = v.shape[1]
    pairs = bodies * (bodies - 1) // 2
    hits = bodies * lines
    v, on = v.copy(), on.copy()
    speed = np.zeros(len(v))
    row = np.nonzero((which >= 0) & (which < hits))[0]
    if len(row):
        body, line = which[row] // lines, which[row] % lines
        speed[row] = strike_lines(world, v, on, row, body, line, acceleration, REST)
    row = np.nonzero((which >= hits) & (which < hits + pairs))[0]
    if len(row):
        speed[row] = strike_pairs(world, x, v, on, row, which[row] - hits)
    row = np.nonzero(which >= hits + pairs)[0]
    v[row, which[row] - hits - pairs] = 0.0
    return np.where(which >= hits + pairs, -1, which), speed, v, on
