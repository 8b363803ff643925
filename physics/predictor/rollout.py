"""What happens next: many possible worlds stepped together, impacts at their own times.

Every member of the ensemble is one draw of the bodies' uncertain states, forces, lines and restitutions
(physics.predictor.posterior; member 0 the most likely). A body that swings, slides or circles follows its
law until something hits it; all others, and that one from then on, fly freely (Newton's restitution, no
friction between discs, mass as r^2 where no impact told it; a body on a pendulum, spring or circle is too
heavy to move). Steps are eighths of a frame, Runge-Kutta of order 4, exact for constant
acceleration; a step in which two bodies, or a body and a surface, begin to overlap is cut at the moment of
touch. The spread of the members is the prediction's uncertainty, and members that disagree on whether a
collision happens are its mixture.

Limits: discs only; no spin; pairs that overlap at the start never collide (one is in front of the other).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from physics.predictor.paths import Flight, Priors
from physics.predictor.posterior import Drawn, whitened

SUBSTEPS = 8
CUTS = 12  # impacts in one step of one member before the rest of the step is left out
OVERLAP = 0.15  # of the smaller radius: more overlap than that at the start means different depths


class Law(Protocol):
    """Anything that says where a body is: a Flight, or a motion that was understood."""

    def at(self, t: float) -> np.ndarray: ...
    def velocity(self, t: float) -> np.ndarray: ...


@dataclass(frozen=True, kw_only=True)
class Body:
    """A disc with its law. `drawn`: its state and forces at the start, where it flies freely and was
    understood. `after` holds what acts on a body that follows a law once it flies: acceleration, drag, wind,
    friction.
    """

    law: Law
    radius: float  # px, of contact, at the start
    id: int = 0  # by which surfaces name it
    growth: float = 0.0  # px per frame
    heavy: bool = False  # does not give way
    solid: bool = True  # takes part in collisions
    drawn: Drawn | None = None
    after: Flight | None = None
    restitution: float | None = None  # its own, where it was watched


@dataclass(frozen=True)
class Surface:
    """A line that bodies do not cross: `point`, `normal` towards the free side, each (2,), or (M, 2) where
    every member has its own; `only` names the bodies that it stops, None: all.
    """

    point: np.ndarray
    normal: np.ndarray
    restitution: float | None = None
    sigma: float = 0.0  # of the restitution
    only: frozenset[int] | None = None


@dataclass(frozen=True)
class Around:
    """What bodies meet: `surfaces`; from `start` (frames) on; `width` px; `meet`: restitution between bodies
    that was watched, with its deviation.
    """

    surfaces: Sequence[Surface]
    start: float
    width: float
    meet: tuple[float, float] | None = None


@dataclass(frozen=True)
class Moment:
    """All members at one time: `place`, `velocity` (M, N, 2); `events` of member 0 since the last moment."""

    time: float
    place: np.ndarray
    velocity: np.ndarray
    events: tuple[dict[str, Any], ...]


def roll_out(bodies: Sequence[Body], around: Around, priors: Priors) -> Iterator[Moment]:
    """Moments at start + 1, start + 2, ... frames, without end."""
    world = _World(bodies, around, priors)
    while True:
        world.events.clear()
        for _ in range(SUBSTEPS):
            world.advance(np.arange(world.members), 1.0 / SUBSTEPS, 0)
        yield Moment(round(float(world.time[0]), 9), world.x.copy(), world.v.copy(), tuple(world.events))


class _World:
    """The ensemble: `x`, `v`, `a` (M, N, 2), `time` (M,), `free` (M, N) marks bodies that follow no law."""

    def __init__(self, bodies: Sequence[Body], around: Around, priors: Priors) -> None:
        count = len(bodies)
        self.bodies, self.surfaces, self.priors = bodies, around.surfaces if count else (), priors
        self.start, self.meet = around.start, around.meet or (priors.restitution, 0.0)
        self.members = priors.members + 1 if count else 1
        self.settle = 0.0 if around.meet else priors.settle * around.width  # watched impacts know better
        shape = (self.members, count)
        self.time = np.full(self.members, float(around.start))
        self.rng = np.random.default_rng(priors.seed)
        self.luck = self.rng.standard_normal(self.members)  # of restitutions that are not sure
        self.luck[0] = 0.0
        self.free = np.zeros(shape, bool)
        self.x, self.v, self.a, self.wind = (np.zeros((*shape, 2)) for _ in range(4))
        self.drag, self.friction, self.resistance = (np.zeros(shape) for _ in range(3))
        self.keep, self.bounce = np.ones(shape), np.full(shape, np.nan)
        self.growth = np.array([b.growth for b in bodies], float)
        self.radius = np.repeat([[b.radius for b in bodies]], self.members, 0).astype(float)
        self.mass = np.repeat([[np.inf if b.heavy else b.radius**2 for b in bodies]], self.members, 0)
        for i, body in enumerate(bodies):
            self._seat(i, body)
        self.point = self._each([s.point for s in self.surfaces])
        self.normal = self._each([s.normal for s in self.surfaces])
        self.pairs, self.stops = self._pairs(), self._stops()
        self.events: list[dict[str, Any]] = []

    def _each(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """(M, S, 2): one row for every member."""
        wide = [np.broadcast_to(v, (self.members, 2)) for v in vectors]
        return np.stack(wide, 1) if wide else np.zeros((self.members, 0, 2))

    def _seat(self, i: int, body: Body) -> None:
        """The members' first states of one body."""
        after = body.after or (body.law if isinstance(body.law, Flight) else None)
        self.bounce[:, i] = np.nan if body.restitution is None else body.restitution
        if body.drawn is not None:
            self._seat_drawn(i, body.drawn)
        elif after is not None:
            self.drag[:, i], self.friction[:, i], self.wind[:, i] = after.drag, after.friction, after.wind
            self.a[:, i] = after.mean[4:]
        if body.drawn is None and isinstance(body.law, Flight):
            z = whitened(self.rng.standard_normal((self.members - 1, 6)))
            drawn = body.law.mean + np.r_[np.zeros((1, 6)), z] @ _root(body.law.covariance).T
            tau = self.start - body.law.time
            self.a[:, i], self.v[:, i] = drawn[:, 4:], drawn[:, 2:4] + tau * drawn[:, 4:]
            self.x[:, i] = drawn[:, :2] + tau * drawn[:, 2:4] + 0.5 * tau * tau * drawn[:, 4:]
            self.free[:, i] = True
        elif body.drawn is None:
            self.x[:, i], self.v[:, i] = self._by_law(i, np.arange(self.members), self.start)

    def _seat_drawn(self, i: int, drawn: Drawn) -> None:
        self.x[:, i], self.v[:, i], self.a[:, i] = drawn.place, drawn.velocity, drawn.pull
        self.drag[:, i], self.wind[:, i], self.bounce[:, i] = drawn.drag, drawn.wind, drawn.restitution
        self.keep[:, i], self.resistance[:, i] = drawn.keep, drawn.resistance
        self.radius[:, i] += drawn.swell
        if not self.bodies[i].heavy and drawn.mass is not None:
            self.mass[:, i] = drawn.mass
        self.free[:, i] = True

    def _stops(self) -> list[tuple[int, int]]:
        """(surface, body) that can meet."""
        return [
            (s, i)
            for s, surface in enumerate(self.surfaces)
            for i, body in enumerate(self.bodies)
            if body.solid and (surface.only is None or body.id in surface.only)
        ]

    def _pairs(self) -> list[tuple[int, int]]:
        pairs = []
        for i in range(len(self.bodies)):
            for j in range(i + 1, len(self.bodies)):
                apart = np.linalg.norm(self.x[0, i] - self.x[0, j]) - self.radius[0, i] - self.radius[0, j]
                apart_enough = apart > -OVERLAP * min(self.radius[0, i], self.radius[0, j])
                solid = self.bodies[i].solid and self.bodies[j].solid and self.priors.collide
                if solid and apart_enough and not (self.bodies[i].heavy and self.bodies[j].heavy):
                    pairs.append((i, j))
        return pairs

    def _by_law(self, i: int, members: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray]:
        """Places and velocities (m, 2) of body i where it follows its law."""
        place, velocity = self.bodies[i].law.members(t)  # type: ignore[attr-defined]
        rows = members % len(place)
        return place[rows], velocity[rows]

    def advance(self, members: np.ndarray, h: float, depth: int) -> None:
        """Move `members` on by h frames, impact by impact."""
        if not len(self.bodies):
            self.time[members] += h
            return
        x0, v0 = self.x[members], self.v[members]
        x1, v1 = self._flown(members, h)
        hits = self._touching(members, x0, x1, v1, h) if depth < CUTS else {}
        calm = np.array([m for m in range(len(members)) if m not in hits], int)
        self._put(members[calm], x1[calm], v1[calm], h)
        for m, touch in hits.items():
            self._impact(int(members[m]), (x0[m], v0[m], x1[m], v1[m]), touch, h, depth)

    def _put(self, members: np.ndarray, x: np.ndarray, v: np.ndarray, h: float) -> None:
        self.x[members], self.v[members] = x, v
        self.time[members] += h

    def _flown(self, members: np.ndarray, h: float) -> tuple[np.ndarray, np.ndarray]:
        """States after h frames without impacts."""
        x, v = self.x[members], self.v[members]
        k1 = self._pull(members, v)
        k2 = self._pull(members, v + 0.5 * h * k1)
        k3 = self._pull(members, v + 0.5 * h * k2)
        k4 = self._pull(members, v + h * k3)
        x1 = x + h * v + h * h * (k1 + k2 + k3) / 6
        v1 = v + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6
        stopped = (self.friction[members] > 0) & ((v * v1).sum(-1) <= 0)
        v1[stopped] = 0.0
        bound = ~self.free[members]
        for i in np.flatnonzero(bound.any(0)):
            place, speed = self._by_law(i, members, float(self.time[members[0]]) + h)
            x1[bound[:, i], i], v1[bound[:, i], i] = place[bound[:, i]], speed[bound[:, i]]
        return x1, v1

    def _pull(self, members: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Acceleration (m, N, 2)."""
        a, k, mu = self.a[members], self.drag[members], self.friction[members]
        if k.any():
            air = v - self.wind[members]
            a = a - (k * np.linalg.norm(air, axis=-1))[..., None] * air
        if mu.any():
            a = a - (mu / np.maximum(np.linalg.norm(v, axis=-1), 1e-6))[..., None] * v
        return a

    def _size(self, members: np.ndarray, t: float) -> np.ndarray:
        """(m, N) px."""
        return np.maximum(self.radius[members] + self.growth * (t - self.start), 0.1)

    def _touching(self, members, x0, x1, v1, h) -> dict[int, tuple[int, int]]:
        """For each member in which something begins to overlap: (body, other), the other < 0 for surfaces."""
        t = float(self.time[members[0]])
        before, after = self._size(members, t), self._size(members, t + h)
        found: dict[int, tuple[float, tuple[int, int]]] = {}

        def note(gap0: np.ndarray, gap1: np.ndarray, closing: np.ndarray, who: tuple[int, int]) -> None:
            for m in np.flatnonzero((gap1 < 0) & (gap1 < gap0) & (closing > 1e-9)):
                share = max(gap0[m], 0.0) / (max(gap0[m], 0.0) - gap1[m])
                if m not in found or share < found[m][0]:
                    found[int(m)] = (float(share), who)

        for i, j in self.pairs:
            gaps = [
                np.linalg.norm(x[:, j] - x[:, i], axis=-1) - r[:, i] - r[:, j]
                for x, r in ((x0, before), (x1, after))
            ]
            closing = -((v1[:, j] - v1[:, i]) * (x1[:, j] - x1[:, i])).sum(-1)
            note(gaps[0], gaps[1], closing, (i, j))
        for s, i in self.stops:
            point, normal = self.point[members, s], self.normal[members, s]
            gaps = [((x[:, i] - point) * normal).sum(-1) - r[:, i] for x, r in ((x0, before), (x1, after))]
            on_its_side = np.where(self.free[members, i], gaps[0] > -0.5 * before[:, i], gaps[0] >= 0)
            closing = np.where(on_its_side, -(v1[:, i] * normal).sum(-1), 0)
            note(gaps[0], gaps[1], closing, (i, -1 - s))
        return {m: who for m, (_, who) in found.items()}

    def _impact(self, m: int, flight, touch: tuple[int, int], h: float, depth: int) -> None:
        """Cut the step where the touch begins, apply the impulse, go on with what is left of the step."""
        share = self._moment_of_touch(m, flight, touch, h)
        x, v = _between(*flight, h, share)
        one = np.array([m])
        self._put(one, x[None], v[None], share * h)
        i, other = touch
        before = self.v[m].copy()
        if other >= 0:
            self._pair_impulse(m, i, other)
        else:
            self._surface_impulse(m, i, -1 - other)
        if m == 0:
            self._record(touch, before)
        self.advance(one, (1 - share) * h, depth + 1)

    def _moment_of_touch(self, m: int, flight, touch: tuple[int, int], h: float) -> float:
        """Share of the step at which the gap closes, by bisection on the cubic through both ends."""
        (i, other), t = touch, float(self.time[m])

        def gap(share: float) -> float:
            x, _ = _between(*flight, h, share)
            r = self._size(np.array([m]), t + share * h)[0]
            if other >= 0:
                return float(np.linalg.norm(x[other] - x[i]) - r[i] - r[other])
            return float((x[i] - self.point[m, -1 - other]) @ self.normal[m, -1 - other] - r[i])

        low, high = 0.0, 1.0
        if gap(0.0) <= 0:
            return 0.0
        for _ in range(40):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if gap(middle) > 0 else (low, middle)
        return low

    def _pair_impulse(self, m: int, i: int, j: int) -> None:
        gap = self.x[m, j] - self.x[m, i]
        normal = gap / max(float(np.linalg.norm(gap)), 1e-9)
        closing = float(-(self.v[m, j] - self.v[m, i]) @ normal)
        e = self._lucky(m, *self.meet) if closing > self.settle else 0.0
        inverse = 1.0 / self.mass[m, [i, j]]
        impulse = (1 + e) * max(closing, 0.0) / inverse.sum()
        self.v[m, i] -= impulse * inverse[0] * normal
        self.v[m, j] += impulse * inverse[1] * normal
        self.free[m, [i, j]] |= inverse > 0

    def _surface_impulse(self, m: int, i: int, s: int) -> None:
        """Bounce; a rebound too slow to leave within a frame ends in sliding along the surface."""
        surface, normal = self.surfaces[s], self.normal[m, s]
        e = float(self.bounce[m, i])
        if not np.isfinite(e):
            known = surface.restitution
            e = self._lucky(m, self.priors.restitution if known is None else known, surface.sigma)
        speed, press = -float(self.v[m, i] @ normal), -float(self.a[m, i] @ normal)
        along = self.v[m, i] + speed * normal
        self.v[m, i] = self.keep[m, i] * along + e * speed * normal
        self.free[m, i] = True
        if press > 0 and e * speed < press * 0.5:
            self.v[m, i] -= (self.v[m, i] @ normal) * normal
            self.a[m, i] += press * normal
            drawn = max(self.priors.rolling * press, self.resistance[m, i])
            self.friction[m, i] = max(self.friction[m, i], drawn)

    def _lucky(self, m: int, mean: float, sigma: float) -> float:
        return float(np.clip(mean + self.luck[m] * sigma, 0.0, 1.0))

    def _record(self, touch: tuple[int, int], before: np.ndarray) -> None:
        i, other = touch
        kind, who = ("collision", (i, other)) if other >= 0 else ("bounce", (i,))
        change = float(np.linalg.norm(self.v[0, i] - before[i]))
        if change > 0.02 * max(float(np.linalg.norm(before[i])), 0.1):
            self.events.append({"time": float(self.time[0]), "kind": kind, "bodies": who})


def _between(x0, v0, x1, v1, h: float, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Cubic Hermite interpolation of a step: places and velocities at a share of it."""
    s, d = share, x1 - x0
    x = x0 + s * h * v0 + s * s * (3 * d - h * (2 * v0 + v1)) + s**3 * (h * (v0 + v1) - 2 * d)
    v = v0 + 2 * s * (3 * d / h - 2 * v0 - v1) + 3 * s * s * (v0 + v1 - 2 * d / h)
    return x, v


def _root(covariance: np.ndarray) -> np.ndarray:
    """The symmetric square root of a covariance, which is continuous in it; rounding errors below 0 set
    to 0.
    """
    values, vectors = np.linalg.eigh(0.5 * (covariance + covariance.T))
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
