"""Where spheres touch boxes and each other, and when they will: gaps, normals and times of impact.

A path over one step is the cubic that matches position and velocity at both ends: exact for constant
acceleration. Samples no further apart than a quarter radius bracket the first contact (a thin wall cannot be
stepped over), an inner minimum between samples catches grazing ones, and a safeguarded Newton iteration
gives the time of impact to rounding (Mirtich 1996, impulse-based dynamics, section 2.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physics.rigid_world import Array, RigidWorld

CROSSING = 1e-10  # m below zero that counts as contact on a sampled path: above rounding
_STRIDE = 0.25  # of a radius between samples
MAX_SAMPLES = 64


def box_contact(x: Array, centre: Array, axes: Array, half: Array) -> tuple[Array, Array, Array]:
    """Signed distance (...) of points x (..., 3) to boxes, outward unit normal (..., 3), and beyond (..., 3).

    beyond says for each box axis whether the point lies past the box's end along it: one axis is a face, two
    an edge, three a corner.
    """
    local = (axes @ (x - centre)[..., None])[..., 0]
    offset = local - np.minimum(np.maximum(local, -half), half)
    distance = np.sqrt((offset * offset).sum(-1))
    inside = distance == 0.0
    if inside.any():
        offset, distance = _inside(local, half, offset, distance, inside)
    normal_local = offset / np.abs(np.where(inside, 1.0, distance))[..., None]
    return distance, (normal_local[..., None, :] @ axes)[..., 0, :], offset != 0.0


def _inside(local, half, offset, distance, inside):
    depth = np.abs(local) - half  # (..., 3) all <= 0 inside
    nearest = np.arange(3) == depth.argmax(-1)[..., None]
    out = np.where(nearest, np.where(local < 0, -1.0, 1.0), 0.0)
    return np.where(inside[..., None], out, offset), np.where(inside, depth.max(-1), distance)


def obstacle_gaps(world: RigidWorld, x: Array) -> tuple[Array, Array, Array]:
    """Gaps (n, m), normals obstacle -> body (n, m, 3), beyond-axis flags (n, m, 3) for positions x (n, 3)."""
    distance, normal, beyond = box_contact(x[:, None], world.centre, world.axes, world.half)
    return distance - world.radius[:, None], normal, beyond


def pair_gaps(world: RigidWorld, x: Array) -> tuple[Array, Array]:
    """Gaps (n, n), infinite on and below the diagonal, and normals j -> i (n, n, 3)."""
    d = x[:, None] - x[None]
    distance = np.sqrt((d * d).sum(-1))
    n = len(x)
    distance[np.tri(n, dtype=bool)] = np.inf
    gap = distance - (world.radius[:, None] + world.radius[None])
    with np.errstate(invalid="ignore"):
        return gap, d / np.maximum(distance, 1e-300)[..., None]


def overlap_message(world: RigidWorld, x: Array, names: list[str], fraction: float) -> str:
    """One line about the first two things that overlap by more than `fraction` of a radius, or ''."""
    gap, _, _ = obstacle_gaps(world, x)
    for i, j in np.argwhere(gap < -fraction * world.radius[:, None]):
        return f"{names[i]} starts inside {world.names[j]} by {-gap[i, j]:.4g} m: move it out"
    gap, _ = pair_gaps(world, x)
    limit = fraction * np.minimum(world.radius[:, None], world.radius[None])
    for i, j in np.argwhere(gap < -limit):
        both = f"{names[i]} (body {i + 1}) and {names[j]} (body {j + 1})"
        return f"{both} overlap by {-gap[i, j]:.4g} m: move them apart"
    return ""


def separate(world: RigidWorld, x: Array, tolerance: float) -> Array:
    """Push penetrating things apart along their normals, heavy bodies less, until none exceeds tolerance."""
    inverse = 1.0 / world.mass
    for _ in range(60):
        gap, normal, _ = obstacle_gaps(world, x)
        push = np.where(gap < -tolerance, -gap, 0.0)
        pairs, between = pair_gaps(world, x)
        hit = np.argwhere(pairs < -tolerance)
        if not push.any() and not len(hit):
            return x
        x = x + (push[..., None] * normal).sum(1) / np.maximum((push > 0).sum(1), 1)[:, None]
        for i, j in hit:
            shift = -pairs[i, j] / (inverse[i] + inverse[j]) * between[i, j]
            x[i] += inverse[i] * shift
            x[j] -= inverse[j] * shift
    return x


@dataclass(frozen=True)
class Path:
    """Cubic paths over one step: position = sum_k coefficient[k] s^k with s = time / duration in [0, 1]."""

    coefficient: Array  # (4, n, 3) m
    duration: float  # s

    def at(self, s: Array) -> tuple[Array, Array]:
        """Positions and d/ds of all bodies at s (K,): (K, n, 3) each."""
        flat = self.coefficient.reshape(4, -1)
        one, zero = np.ones_like(s), np.zeros_like(s)
        shape = (len(s), -1, 3)
        p = np.stack([one, s, s * s, s**3], -1) @ flat
        v = np.stack([zero, one, 2 * s, 3 * s * s], -1) @ flat
        return p.reshape(shape), v.reshape(shape)

    def of(self, body: Array, s: Array) -> tuple[Array, Array]:
        """Positions and d/ds of chosen bodies (C,), each at its own s (C,): (C, 3) each."""
        a, b, c, d = self.coefficient[:, body]
        s = s[:, None]
        return a + s * (b + s * (c + s * d)), b + s * (2 * c + 3 * s * d)


def make_path(x0: Array, v0: Array, x1: Array, v1: Array, duration: float) -> Path:
    """The cubic through both ends (Hermite)."""
    step, a, b = x1 - x0, duration * v0, duration * v1
    return Path(np.stack([x0, a, 3 * step - 2 * a - b, a + b - 2 * step]), duration)


class _Candidates:
    """Contacts that could close during a step: (i, box m) first, then pairs (i, j)."""

    def __init__(self, world: RigidWorld, path: Path, boxes: Array, pairs: Array, floor: Array):
        self.world, self.path, self.boxes, self.pairs = world, path, boxes, pairs
        self.floor = floor  # (c,) m, <= 0: overlap by rounding at the start, which is not a crossing
        self.box = (world.centre[boxes[:, 1]], world.axes[boxes[:, 1]], world.half[boxes[:, 1]])
        self.reach = world.radius[pairs[:, 0]] + world.radius[pairs[:, 1]]
        self.scale = float(np.abs(path.coefficient[0]).max())  # m, what rounding is relative to

    def _gaps(self, pb, vb, dp, dv):
        distance, normal, _ = box_contact(pb, *self.box)
        g1 = distance - self.world.radius[self.boxes[:, 0]]
        r1 = (normal * vb).sum(-1)
        length = np.maximum(np.sqrt((dp * dp).sum(-1)), 1e-300)
        g2, r2 = length - self.reach, (dp * dv).sum(-1) / length
        return np.concatenate([g1, g2], -1) - self.floor, np.concatenate([r1, r2], -1)

    def sampled(self, s: Array):
        p, v = self.path.at(s)
        i, (a, b) = self.boxes[:, 0], self.pairs.T
        return self._gaps(p[:, i], v[:, i], p[:, a] - p[:, b], v[:, a] - v[:, b])

    def at(self, s: Array, which: Array):
        """Gap and d gap/ds of the chosen candidates, each at its own s."""
        some = _Candidates(
            self.world,
            self.path,
            self.boxes[which[which < len(self.boxes)]],
            self.pairs[which[which >= len(self.boxes)] - len(self.boxes)],
            self.floor[which],
        )
        k = len(some.boxes)
        pb, vb = self.path.of(some.boxes[:, 0], s[:k])
        p1, v1 = self.path.of(some.pairs[:, 0], s[k:])
        p2, v2 = self.path.of(some.pairs[:, 1], s[k:])
        return some._gaps(pb, vb, p1 - p2, v1 - v2)


def first_impact(world, path: Path, gaps: Array, pairs: Array, skip: Array, skip_pair: Array) -> float | None:
    """Time in (0, duration] of the first new contact on the path, or None.

    gaps (n, m) and pairs (n, n) are those at the start; contacts flagged in skip and skip_pair are held by
    the caller and do not count.
    """
    _, c1, c2, c3 = path.coefficient
    rate = np.sqrt(np.maximum((c1 * c1).sum(-1), ((c1 + 2 * c2 + 3 * c3) ** 2).sum(-1)))
    rate = 1.01 * rate + np.sqrt((c3 * c3).sum(-1))  # the cubic term may bulge past both ends
    boxes = np.argwhere((gaps < rate[:, None]) & (rate > 0)[:, None] & ~skip)
    near = np.argwhere((pairs < rate[:, None] + rate[None]) & ~skip_pair)
    if not len(boxes) and not len(near):
        return None
    near = near[rate[near].sum(1) > 0] if len(near) else near.reshape(0, 2)
    bodies = np.concatenate([boxes[:, 0], near.ravel()])
    if not len(bodies):
        return None
    count = int(np.clip(np.ceil((rate[bodies] / (_STRIDE * world.radius[bodies])).max()), 1, MAX_SAMPLES))
    s = np.linspace(0.0, 1.0, count + 1)
    starting = np.concatenate([gaps[tuple(boxes.T)], pairs[tuple(near.T)]])
    candidates = _Candidates(world, path, boxes, near, np.minimum(starting, 0.0))
    g, d = candidates.sampled(s)
    found = _bracket(s, g, d, candidates)
    return None if found is None else path.duration * _earliest_root(candidates, *found)


def _bracket(s, g, d, candidates):
    """(which, low, high) with gap(low) > 0 >= gap(high) for every candidate that closes, or None."""
    crossed = g[1:] < -CROSSING
    first = np.where(crossed.any(0), crossed.argmax(0), len(s))
    dip = (g[:-1] > 0) & (d[:-1] < 0) & (d[1:] > 0)
    high_of = {}
    for k, c in np.argwhere(dip):
        if k < first[c]:
            where = _dip(candidates, c, s[k], s[k + 1])
            if where is not None:
                first[c], high_of[c] = k, where
    which = np.flatnonzero(first < len(s))
    if not len(which):
        return None
    k = first[which]
    low = s[k]
    high = np.array([high_of.get(c, s[j + 1]) for c, j in zip(which, k, strict=True)])
    stuck = g[k, which] <= 0.0  # starts in contact and separates: look after the highest point
    if stuck.any():
        low[stuck] = _peak(candidates, which[stuck], low[stuck], high[stuck])
    return which, low, high


def _dip(candidates, c, low, high):
    """The s of a minimum between two samples if the gap is negative there, else None."""
    which = np.array([c])
    turn = _turning_point(candidates, which, np.array([low]), np.array([high]), 12)
    return turn[0] if candidates.at(turn, which)[0][0] < -CROSSING else None


def _peak(candidates, which, low, high):
    return _turning_point(candidates, which, low, high, 40)


def _turning_point(candidates, which, low, high, steps):
    """Regula falsi (Illinois) on d gap/ds, whose sign differs at the ends; exact at once for parabolas."""
    low, high = low.copy(), high.copy()
    a, b = candidates.at(low, which)[1], candidates.at(high, which)[1]
    middle = 0.5 * (low + high)
    for _ in range(steps):
        with np.errstate(divide="ignore", invalid="ignore"):
            middle = np.where(a * b < 0, low - a * (high - low) / (b - a), low)
        c = candidates.at(middle, which)[1]
        left = c * a > 0
        low, high = np.where(left, middle, low), np.where(left, high, middle)
        a, b = np.where(left, c, 0.5 * a), np.where(left, 0.5 * b, c)
        if (high - low).max() < 1e-15 or np.abs(c).max() < 1e-14:
            break
    return middle


def _earliest_root(candidates, which, low, high) -> float:
    """Safeguarded Newton for all brackets at once; the smallest root."""
    s = low.copy()
    g, d = candidates.at(s, which)
    rounding = 2e-15 * (1.0 + candidates.scale)
    for _ in range(60):
        found = (np.abs(g) <= rounding) & (d < 0)
        if found.all() or (high - low).max() < 1e-16:
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            step = s - g / d
        step = np.where((step > low) & (step < high), step, 0.5 * (low + high))
        s = np.where(found, s, step)
        g, d = candidates.at(s, which)
        low, high = np.where(g > 0, s, low), np.where(g > 0, high, s)
    return float(s.min())
