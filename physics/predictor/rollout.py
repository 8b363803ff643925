"""What happens next: many possible worlds stepped together, impacts at their own times.

Every member of the ensemble starts from a draw of the bodies' uncertain states (member 0 from their means).
A body follows its law until something hits it; from then on it flies freely from the state that the impulse
left (Newton's restitution, no friction between discs, mass as r^2; a body on a pendulum, spring or circle
is too heavy to move). Steps are eighths of a frame, Runge-Kutta of order 4, exact for constant
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

SUBSTEPS = 8
CUTS = 12  # impacts in one step of one member before the rest of the step is left out
OVERLAP = 0.15  # of the smaller radius: more overlap than that at the start means different depths


class Law(Protocol):
    """Anything that says where a body is: a Flight, or a motion that was understood."""

    def at(self, t: float) -> np.ndarray: ...
    def velocity(self, t: float) -> np.ndarray: ...
    def sigma_at(self, t: float) -> np.ndarray: ...


@dataclass(frozen=True, kw_only=True)
class Body:
    """A disc with its law. `after` holds what acts on it once it flies freely: acceleration, drag, wind,
    friction.
    """

    law: Law
    radius: float  # px, of contact, at the start
    growth: float = 0.0  # px per frame
    heavy: bool = False  # does not give way
    solid: bool = True  # takes part in collisions
    after: Flight | None = None
    restitution: float | None = None  # its own, where it was watched


@dataclass(frozen=True)
class Surface:
    """A line that bodies do not cross: `point` (2,), `normal` (2,) towards the free side."""

    point: np.ndarray
    normal: np.ndarray
    restitution: float | None = None
    sigma: float = 0.0  # of the restitution


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
    """The ensemble: `x`, `v`, `a` (M, N, 2), `time` (M,), `free` (M, N) marks bodies that left their law."""

    def __init__(self, bodies: Sequence[Body], around: Around, priors: Priors) -> None:
        count = len(bodies)
        self.bodies, self.surfaces, self.priors = bodies, around.surfaces, priors
        self.start, self.meet = around.start, around.meet or (priors.restitution, 0.0)
        self.members = priors.members + 1 if count else 1
        self.settle = priors.settle * around.width
        self.time = np.full(self.members, float(around.start))
        rng = np.random.default_rng(priors.seed)
        self.luck = rng.standard_normal(self.members)  # of restitutions that are not sure
        self.luck[0] = 0.0
        self.z = rng.standard_normal((self.members, count, 6))
        self.z[0] = 0.0
        self.free = np.zeros((self.members, count), bool)
        self.x, self.v, self.a = (np.zeros((self.members, count, 2)) for _ in range(3))
        self.drag, self.friction = np.zeros(count), np.zeros(count)
        self.wind = np.zeros((count, 2))
        for i, body in enumerate(bodies):
            self._seat(i, body)
        self.growth = np.array([b.growth for b in bodies], float)
        self.radius = np.array([b.radius for b in bodies], float)
        self.mass = np.array([np.inf if b.heavy else b.radius**2 for b in bodies], float)
        self.pairs = self._pairs()
        self.events: list[dict[str, Any]] = []

    def _seat(self, i: int, body: Body) -> None:
        """Draw the members' first states of one body."""
        after = body.after or (body.law if isinstance(body.law, Flight) else None)
        if after is not None:
            self.drag[i], self.friction[i], self.wind[i] = after.drag, after.friction, after.wind
            self.a[:, i] = after.mean[4:]
        if isinstance(body.law, Flight):
            drawn = body.law.mean + self.z[:, i] @ _root(body.law.covariance).T
            tau = self.start - body.law.time
            self.a[:, i], self.v[:, i] = drawn[:, 4:], drawn[:, 2:4] + tau * drawn[:, 4:]
            self.x[:, i] = drawn[:, :2] + tau * drawn[:, 2:4] + 0.5 * tau * tau * drawn[:, 4:]
            self.free[:, i] = True
        else:
            self.x[:, i], self.v[:, i] = self._by_law(i, np.arange(self.members), self.start)

    def _pairs(self) -> list[tuple[int, int]]:
        pairs = []
        for i in range(len(self.bodies)):
            for j in range(i + 1, len(self.bodies)):
                apart = np.linalg.norm(self.x[0, i] - self.x[0, j]) - self.radius[i] - self.radius[j]
                apart_enough = apart > -OVERLAP * min(self.radius[i], self.radius[j])
                solid = self.bodies[i].solid and self.bodies[j].solid and self.priors.collide
                if solid and apart_enough and not (self.bodies[i].heavy and self.bodies[j].heavy):
                    pairs.append((i, j))
        return pairs

    def _by_law(self, i: int, members: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray]:
        """Places and velocities (m, 2) of body i where it follows its law, each member off by its own
        draw.
        """
        law, step = self.bodies[i].law, 1.0 / SUBSTEPS
        here, before = (self.z[members, i, :2] @ _root(law.sigma_at(s)).T for s in (t, t - step))
        return law.at(t) + here, law.velocity(t) + (here - before) / step

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
        x, v, a = self.x[members], self.v[members], self.a[members]
        k1 = self._pull(v, a)
        k2 = self._pull(v + 0.5 * h * k1, a)
        k3 = self._pull(v + 0.5 * h * k2, a)
        k4 = self._pull(v + h * k3, a)
        x1 = x + h * v + h * h * (k1 + k2 + k3) / 6
        v1 = v + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6
        stopped = (self.friction > 0)[None, :] & ((v * v1).sum(-1) <= 0)
        v1[stopped] = 0.0
        bound = ~self.free[members]
        for i in np.flatnonzero(bound.any(0)):
            place, speed = self._by_law(i, members, float(self.time[members[0]]) + h)
            x1[bound[:, i], i], v1[bound[:, i], i] = place[bound[:, i]], speed[bound[:, i]]
        return x1, v1

    def _pull(self, v: np.ndarray, a: np.ndarray) -> np.ndarray:
        """Acceleration (m, N, 2)."""
        if not self.drag.any() and not self.friction.any():
            return a
        air = v - self.wind
        speed = np.linalg.norm(v, axis=-1, keepdims=True)
        drag = self.drag[:, None] * np.linalg.norm(air, axis=-1, keepdims=True) * air
        return a - drag - self.friction[:, None] * v / np.maximum(speed, 1e-6)

    def _size(self, t: float) -> np.ndarray:
        return np.maximum(self.radius + self.growth * (t - self.start), 0.1)

    def _touching(self, members, x0, x1, v1, h) -> dict[int, tuple[int, int]]:
        """For each member in which something begins to overlap: (body, other), the other < 0 for surfaces."""
        t = float(self.time[members[0]])
        before, after = self._size(t), self._size(t + h)
        found: dict[int, tuple[float, tuple[int, int]]] = {}

        def note(gap0: np.ndarray, gap1: np.ndarray, closing: np.ndarray, who: tuple[int, int]) -> None:
            for m in np.flatnonzero((gap1 < 0) & (gap1 < gap0) & (closing > 1e-9)):
                share = max(gap0[m], 0.0) / (max(gap0[m], 0.0) - gap1[m])
                if m not in found or share < found[m][0]:
                    found[int(m)] = (float(share), who)

        for i, j in self.pairs:
            gaps = [
                np.linalg.norm(x[:, j] - x[:, i], axis=-1) - r[i] - r[j]
                for x, r in ((x0, before), (x1, after))
            ]
            closing = -((v1[:, j] - v1[:, i]) * (x1[:, j] - x1[:, i])).sum(-1)
            note(gaps[0], gaps[1], closing, (i, j))
        for s, surface in enumerate(self.surfaces):
            for i in np.flatnonzero([b.solid for b in self.bodies]):
                gaps = [
                    (x[:, i] - surface.point) @ surface.normal - r[i] for x, r in ((x0, before), (x1, after))
                ]
                on_its_side = np.where(self.free[members, i], gaps[0] > -0.5 * before[i], gaps[0] >= 0)
                closing = np.where(on_its_side, -v1[:, i] @ surface.normal, 0)
                note(gaps[0], gaps[1], closing, (int(i), -1 - s))
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
            self._surface_impulse(m, i, self.surfaces[-1 - other])
        if m == 0:
            self._record(touch, before)
        self.advance(one, (1 - share) * h, depth + 1)

    def _moment_of_touch(self, m: int, flight, touch: tuple[int, int], h: float) -> float:
        """Share of the step at which the gap closes, by bisection on the cubic through both ends."""
        (i, other), t = touch, float(self.time[m])

        def gap(share: float) -> float:
            x, _ = _between(*flight, h, share)
            r = self._size(t + share * h)
            if other >= 0:
                return float(np.linalg.norm(x[other] - x[i]) - r[i] - r[other])
            surface = self.surfaces[-1 - other]
            return float((x[i] - surface.point) @ surface.normal - r[i])

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
        inverse = 1.0 / self.mass[[i, j]]
        impulse = (1 + e) * max(closing, 0.0) / inverse.sum()
        self.v[m, i] -= impulse * inverse[0] * normal
        self.v[m, j] += impulse * inverse[1] * normal
        self.free[m, [i, j]] |= inverse > 0

    def _surface_impulse(self, m: int, i: int, surface: Surface) -> None:
        """Bounce; a rebound too slow to leave within a frame ends in sliding along the surface."""
        known = surface.restitution if surface.restitution is not None else self.bodies[i].restitution
        e = self._lucky(m, self.priors.restitution if known is None else known, surface.sigma)
        speed = -float(self.v[m, i] @ surface.normal)
        press = -float(self.a[m, i] @ surface.normal)
        self.v[m, i] += (1 + e) * speed * surface.normal
        self.free[m, i] = True
        if press > 0 and e * speed < press * 0.5:
            self.v[m, i] -= (self.v[m, i] @ surface.normal) * surface.normal
            self.a[m, i] += press * surface.normal
            self.friction[i] = max(self.friction[i], self.priors.rolling * press)

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
