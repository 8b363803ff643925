"""When discs touch lines and each other, and what an impact does to their velocities.

Line: the first root of normal . x(t) = offset + radius at which the body approaches; for a parabola the
stable form of the quadratic formula (Press et al., "Numerical Recipes", section 5.6). Pair: |x_i - x_j| =
r_i + r_j. Arcs that drag bends are refined by Newton's rule from there.
"""

from __future__ import annotations

import numpy as np

NEWTON = 4  # steps; the start is the root of the parabola, off by less than the step limit of drag allows


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Product of plane vectors (..., 2); written out, because NumPy's sums over two numbers are slow."""
    return a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1]


def line_times(world, x, v, series, on) -> np.ndarray:
    """(B, N, S) time to each line, inf where never; a carrying line does not count."""
    normal = world.normal[:, None]  # (B, 1, S, 2)
    gap = dot(x[:, :, None], normal) - world.offset[:, None] - world.radius[:, :, None]
    rate, turn = (dot(d[:, :, None], normal) for d in (v, series[0]))
    gap = np.maximum(gap, 0.0)
    root = np.sqrt(np.maximum(rate**2 - 2 * turn * gap, 0))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rising = (rate + root) / -turn
        falling = 2 * gap / (root - rate)
    reaches = (turn < -1e-12) | ((rate < 0) & (rate**2 - 2 * turn * gap > 0))
    wait = np.where(reaches, np.where(rate > 0, rising, falling), np.inf)
    wait = np.where((rate >= 0) & (turn >= -1e-12), np.inf, wait)
    wait = np.where((gap == 0) & (rate < 0), 0.0, wait)
    if np.any(series[1]):
        jerk, snap = (dot(d[:, :, None], normal) for d in series[1:])
        wait = newton(wait, gap, rate, turn, jerk, snap)
    lines = np.arange(world.offset.shape[1])
    return np.where(on[:, :, None] == lines, np.inf, wait)


def newton(wait, gap, rate, turn, jerk, snap) -> np.ndarray:
    """Roots of the quartic near `wait`; roots that leave for zero or that recede are dropped."""
    t = np.where(np.isfinite(wait), wait, 0.0)
    for _ in range(NEWTON):
        value = gap + t * (rate + t / 2 * (turn + t / 3 * (jerk + t / 4 * snap)))
        slope = rate + t * (turn + t / 2 * (jerk + t / 3 * snap))
        t = np.where(slope < -1e-9, t - value / np.minimum(slope, -1e-9), t)
    return np.where(np.isfinite(wait), np.maximum(t, 0.0), np.inf)


def strike_lines(world, v, on, row, body, line, acceleration, rest) -> np.ndarray:
    """Bounce in place in `v` and `on`; returns the normal speed before it, (m,)."""
    normal = world.normal[row, line]
    tangent = np.stack((-normal[:, 1], normal[:, 0]), -1)
    before = v[row, body]
    towards = dot(before, normal)
    away = -world.restitution[row, body] * towards
    pressed = -dot(world.gravity[row, body], normal)
    stays = (pressed > 1e-9) & (2 * away < rest * pressed)
    along = dot(before, tangent) * world.keep[row, body]
    v[row, body] = np.where(stays, 0.0, away)[:, None] * normal + along[:, None] * tangent
    carried = on[row, body]
    on[row, body] = np.where(stays, line, carried)
    return -towards


def pair_index(bodies: int) -> tuple[np.ndarray, np.ndarray]:
    return np.triu_indices(bodies, 1)


def pair_times(world, x, v, series) -> np.ndarray:
    """(B, pairs) time to each contact of two bodies."""
    if x.shape[1] == 1:
        return np.zeros((len(x), 0))
    i, j = pair_index(x.shape[1])
    apart, rate = x[:, i] - x[:, j], v[:, i] - v[:, j]
    turn = series[0][:, i] - series[0][:, j]
    reach = world.radius[:, i] + world.radius[:, j]
    c = np.maximum(dot(apart, apart) - reach**2, 0.0)
    b = dot(apart, rate)
    a = dot(rate, rate)
    inside = b**2 - a * c
    with np.errstate(divide="ignore", invalid="ignore"):
        wait = np.where((b < 0) & (inside > 0), c / (-b + np.sqrt(np.maximum(inside, 0))), np.inf)
    if np.any(np.abs(turn) > 1e-9):
        wait = bent_pair_times(wait, apart, rate, turn, reach)
    return np.where(world.meets, wait, np.inf)


def bent_pair_times(wait, apart, rate, turn, reach) -> np.ndarray:
    """The same where the relative motion is a parabola: first falling root of a quartic, by its companion
    matrix.
    """
    row, pair = np.nonzero((np.abs(turn) > 1e-9).any(-1))
    d, u, h = apart[row, pair], rate[row, pair], turn[row, pair] / 2
    quartic = np.stack(
        (
            dot(d, d) - reach[row, pair] ** 2,
            2 * dot(d, u),
            dot(u, u) + 2 * dot(d, h),
            2 * dot(u, h),
            dot(h, h),
        )
    )
    companion = np.zeros((len(row), 4, 4))
    companion[:, 0] = -(quartic[3::-1] / quartic[4]).T
    companion[:, (1, 2, 3), (0, 1, 2)] = 1.0
    roots = np.linalg.eigvals(companion)
    t = roots.real
    slope = quartic[1][:, None] + t * (
        2 * quartic[2][:, None] + t * (3 * quartic[3][:, None] + 4 * t * quartic[4][:, None])
    )
    good = (np.abs(roots.imag) < 1e-7) & (t > 1e-7) & (slope < 0)
    first = np.where(good, t, np.inf).min(1)
    touching = (quartic[0] <= 0) & (quartic[1] < 0)
    wait = wait.copy()
    wait[row, pair] = np.where(touching, 0.0, first)
    return wait


def strike_pairs(world, x, v, on, row, pair) -> np.ndarray:
    """Impact of two bodies in place in `v` and `on`; returns the closing speed, (m,). Momentum is
    conserved exactly.
    """
    first, second = pair_index(x.shape[1])
    i, j = first[pair], second[pair]
    normal = x[row, i] - x[row, j]
    normal = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
    closing = -dot(v[row, i] - v[row, j], normal)
    mi, mj = world.mass[row, i], world.mass[row, j]
    impulse = (1 + world.bounce[row]) * closing * mi * mj / (mi + mj)
    v[row, i] += (impulse / mi)[:, None] * normal
    v[row, j] -= (impulse / mj)[:, None] * normal
    for body in (i, j):
        release(world, v, on, row, body)
    return closing


def release(world, v, on, row, body) -> None:
    """A carried body leaves its line when it is struck away from it; it cannot be struck into it."""
    line = on[row, body]
    normal = world.normal[row, np.maximum(line, 0)] if world.offset.shape[1] else np.zeros((len(row), 2))
    speed = dot(v[row, body], normal)
    held = line >= 0
    v[row, body] -= np.where(held & (speed < 0), speed, 0.0)[:, None] * normal
    on[row, body] = np.where(held & (speed > 1e-6), -1, line)
