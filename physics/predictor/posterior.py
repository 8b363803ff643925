"""What the watched frames leave open about bodies that fly, bounce and meet: draws of their laws.

An understood world (physics.motion) is one of several that its samples allow: with gravity or without, with
drag, with a wind, losing speed along a wall or not, off lines that lean. Starting from the understood one,
each of these is switched while that brings evidence. The evidence of a law is Laplace's approximation,
log p(D|H) = -cost / 2 + log(prior volume) + log det(C) / 2 (MacKay 2003, eq. 28.8), with proper priors for
all that can be switched; the laws enter in proportion to it (Bayesian model averaging, Hoeting et al. 1999).
Members of the ensemble are draws from the laws' Gaussians, the first the most likely law itself: state at the
last frame and parameters together, the state linear in the parameters (drag and wind far from their means
would leave the samples that the draw stands for). Draws are whitened, so that even a few members have the
fit's covariance exactly.

Where residuals scatter more than the samples claim, or go on in time, both spread and evidence are those of
the fewer independent samples (Bayley and Hammersley 1946). Units: px and frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from physics.motion.fit import NUDGE, Data, Fit, Law, solve
from physics.motion.select import correlation, independent_share, robust_scale
from physics.motion.world_law import WorldLaw

PULL = 0.005  # picture widths per frame^2: prior deviation of gravity
TILT = 0.015  # of gravity: prior deviation of its part across the picture's upright
LEVEL = 0.1  # of its part along the ground: prior deviation of a wind's part along gravity
KEEP = (0.93, 0.1)  # tangential share after a bounce where it is not 1: mean, deviation
LEAN = 0.15  # rad: prior deviation of a line's angle from level or upright
BOUNCE = (0.8, 0.3)  # prior of restitutions
ROUNDS = 25
FEW = 2  # bodies in one world up to which every switch is tried; more cost too much
TINY = 1e-3  # weight below which a law takes no part
SWITCHES = ("gravity", "drag", "wind", "keep", "lean")


@dataclass(frozen=True)
class Drawn:
    """M draws of one body at one time. Places and vectors (M, 2), numbers (M,)."""

    place: np.ndarray
    velocity: np.ndarray
    pull: np.ndarray  # px/frame^2
    drag: np.ndarray  # 1/px
    wind: np.ndarray  # px/frame
    restitution: np.ndarray  # nan where no line was met
    keep: np.ndarray  # share of the velocity along a line that a bounce leaves
    resistance: np.ndarray  # px/frame^2, along a line that carries it
    swell: np.ndarray  # px added to the radius
    mass: np.ndarray | None  # px^2, as discs have it; None: by its radius


@dataclass(frozen=True)
class Line:
    """M draws of a line: `normal` (M, 2) to the free side, `offset` (M,) px of normal . x for the centre of a
    body of radius `at` px.
    """

    normal: np.ndarray
    offset: np.ndarray
    at: float


@dataclass(frozen=True)
class Worlds:
    """Draws of one world: its bodies in order, its lines; the most likely law, what is on in it."""

    bodies: tuple[Drawn, ...]
    lines: tuple[Line, ...]
    fit: Fit
    on: frozenset[str]


@dataclass(frozen=True)
class _Possible:
    on: frozenset[str]
    fit: Fit
    evidence: float


def worlds(
    world: WorldLaw, theta: np.ndarray, free: np.ndarray, data: Data, belief: tuple[np.ndarray, np.ndarray],
    width: float, last: float, radius: Sequence[float], members: int, seed: int,
) -> Worlds:  # fmt: skip
    """Draws at the time `last`: `theta`, `free` of the understood world, `data` of its bodies, `belief` mean
    and precision of its parameters, `radius` of each body, `members` draws beside the most likely.
    """
    search = _Search(world, theta, free, data, belief, width)
    found = search.run()
    loose = _loose(found[0].fit, data)
    weight = np.exp((np.array([p.evidence for p in found]) - found[0].evidence) / loose)
    rng = np.random.default_rng(seed)
    thetas, states = _draws(world, found, weight / weight.sum(), loose, members, last, rng)
    bodies = _bodies(world, thetas, states, radius[0])
    return Worlds(bodies, _lines(world, thetas, radius[0]), found[0].fit, found[0].on)


class _Search:
    """Laws beside the understood one, each with its evidence."""

    def __init__(self, world, theta, free, data, belief, width) -> None:
        self.world, self.theta, self.data, self.width = world, theta, data, width
        self.belief, self.names = belief, world.index
        seen = data.seen[:-1] & data.seen[1:]
        steps = np.linalg.norm(np.diff(data.place, axis=0), axis=-1)[seen]
        self.speed = max(float(np.sqrt(np.mean(steps**2))) if seen.any() else 0.0, 0.05)
        switched = {i for group in SWITCHES for i in self.indices(group)}
        self.fixed = np.array(sorted(set(free.tolist()) - switched), int)
        self.tried: dict[frozenset[str], _Possible] = {}

    def indices(self, group: str) -> list[int]:
        lines = range(self.world.lines)
        named = {
            "gravity": ("gx", "gy"), "drag": ("drag",), "wind": ("wind_x", "wind_y"),
            "keep": ("keep",) if self.world.lines else (), "lean": tuple(f"angle{s}" for s in lines),
        }  # fmt: skip
        return [self.names[name] for name in named[group]]

    def run(self) -> list[_Possible]:
        """The laws tried, most likely first; those without weight left out."""
        best = self.attempt(self.first(), self.theta)
        for _ in range(2 * len(SWITCHES)):
            before = best
            for on in self.neighbours(best.on) if self.world.bodies <= FEW else ():
                if on not in self.tried:
                    self.attempt(on, best.fit.theta)
            best = max(self.tried.values(), key=lambda p: p.evidence)
            if best is before:
                break
        ordered = sorted(self.tried.values(), key=lambda p: -p.evidence)
        return [p for p in ordered if p.evidence > best.evidence + np.log(TINY)]

    def first(self) -> frozenset[str]:
        """What the understood world has switched on."""
        off = self.world.theta()
        angles = self.theta[self.indices("lean")]
        on = {g for g in SWITCHES[:4] if np.any(self.theta[self.indices(g)] != off[self.indices(g)])}
        if len(angles) and np.max(np.abs(angles - _quarter(angles))) > 1e-3:
            on.add("lean")
        return frozenset(on - {"wind"} if "drag" not in on else on)

    def neighbours(self, on: frozenset[str]) -> Iterator[frozenset[str]]:
        for group in SWITCHES:
            if not self.indices(group):
                continue
            other = on ^ {group}
            if group == "wind" and group in other:
                other = other | {"drag"}
            yield other - {"wind"} if "drag" not in other else other

    def attempt(self, on: frozenset[str], start: np.ndarray) -> _Possible:
        mean, precision = self.prior(on)
        free = np.array(sorted({*self.fixed.tolist(), *(i for g in on for i in self.indices(g))}), int)
        law = self.world.law("bouncing" if self.world.lines else "ballistic")
        fit = solve(law, self.data, self.starts(on, start), free, (mean, precision), ROUNDS)
        found = _Possible(on, fit, _evidence(fit, precision))
        self.tried[on] = found
        return found

    def starts(self, on: frozenset[str], start: np.ndarray) -> np.ndarray:
        """From a neighbouring law, with several drags and winds where those are new."""
        base, off = start.copy(), self.world.theta()
        for group in SWITCHES[:4]:
            if group not in on:
                base[self.indices(group)] = off[self.indices(group)]
        if "lean" not in on:
            base[self.indices("lean")] = _quarter(base[self.indices("lean")])
        rows = [base]
        if "drag" in on and base[self.names["drag"]] == 0:
            rows = [self.changed(base, drag=d / self.width) for d in (0.1, 0.5, 1.5)]
        if "wind" in on and base[self.names["wind_x"]] == 0:
            rows = [self.changed(row, wind_x=w * self.speed) for row in rows for w in (-0.5, 0.5)]
        return np.array(rows)

    def changed(self, row: np.ndarray, **values: float) -> np.ndarray:
        row = row.copy()
        for name, value in values.items():
            row[self.names[name]] = value
        return row

    def prior(self, on: frozenset[str]) -> tuple[np.ndarray, np.ndarray]:
        """Beliefs, proper for all that can be switched; (P,) mean and precision."""
        mean, precision = (part.copy() for part in self.belief)
        gx, gy = self.names["gx"], self.names["gy"]
        across = TILT * abs(self.theta[gy]) if abs(self.theta[gx]) < 0.2 * abs(self.theta[gy]) else np.inf
        beliefs = {
            "gx": (0.0, min(max(across, 1e-5 * self.width), PULL * self.width)),
            "gy": (0.0, PULL * self.width), "drag": (0.0, 1.0 / self.width),
            "wind_x": (0.0, self.speed), "wind_y": (0.0, LEVEL * self.speed),
            "keep": KEEP, "restitution": BOUNCE,
        }  # fmt: skip
        beliefs |= {f"angle{s}": (float(_quarter(self.theta[self.names[f"angle{s}"]])), LEAN)
                    for s in range(self.world.lines)}  # fmt: skip
        for name, (middle, sigma) in beliefs.items():
            i = self.names[name]
            if precision[i] == 0:
                mean[i], precision[i] = middle, sigma**-2
        return mean, precision


def _quarter(angle):
    return np.round(angle / (np.pi / 2)) * (np.pi / 2)


def _evidence(fit: Fit, precision: np.ndarray) -> float:
    believed = fit.free[precision[fit.free] > 0]
    scale = fit.law.scale[fit.free]
    block = fit.covariance[np.ix_(fit.free, fit.free)] / np.outer(scale, scale)
    volume = float(np.linalg.slogdet(block + 1e-12 * np.eye(len(scale)))[1])
    held = np.log(precision[believed]).sum() + 2 * np.log(fit.law.scale[believed]).sum()
    return 0.5 * (-fit.cost + held + volume)


def _loose(fit: Fit, data: Data) -> float:
    """Samples for each independent one, at least 1, times their scatter over what they claim."""
    worst = 1.0
    for k in range(data.place.shape[1]):
        seen = data.seen[:, k]
        sigma = 1 / data.whiten[seen, k, 0, 0]
        scale = max(robust_scale(fit.residual[seen, k], sigma), 1.0)
        share = independent_share(correlation(fit.residual[seen, k], data.time[seen], sigma))
        worst = max(worst, float(scale**2 / share))
    return worst


def _draws(
    world: WorldLaw, found: list[_Possible], weight: np.ndarray, loose: float, members: int, last: float, rng
) -> tuple[np.ndarray, np.ndarray]:
    """(1 + members, P) parameters and (1 + members, 2, N, 2) places and velocities at `last`: the most likely
    law, then the laws by weight, each with draws of its numbers.
    """
    exact = weight * members
    counts = np.floor(exact).astype(int)
    for k in np.argsort(counts - exact)[: members - counts.sum()]:
        counts[k] += 1
    thetas, states = [found[0].fit.theta[None]], [_state(world, found[0].fit.theta[None], last)]
    for possible, count in zip(found, counts):
        fit = possible.fit
        if count:
            off = _off(fit.covariance * loose, fit, count, rng)
            base, slope = _state(world, fit.theta[None], last)[0], _slope(world, fit, last)
            thetas.append(np.clip(fit.theta + off, fit.law.low, fit.law.high))
            states.append(base + np.einsum("mf,fdni->mdni", off[:, fit.free], slope))
    return np.concatenate(thetas), np.concatenate(states)


def _off(covariance: np.ndarray, fit: Fit, count: int, rng) -> np.ndarray:
    """(count, P) draws of a covariance, 0 where nothing is free."""
    scale = fit.law.scale[fit.free]
    block = covariance[np.ix_(fit.free, fit.free)] / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(0.5 * (block + block.T))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    off = np.zeros((count, len(fit.theta)))
    off[:, fit.free] = whitened(rng.standard_normal((count, len(scale)))) @ root.T * scale
    return off


def _state(world: WorldLaw, thetas: np.ndarray, last: float) -> np.ndarray:
    """(B, 2, N, 2) places and velocities."""
    arcs, one = world.arcs(thetas, last), np.array([last])
    return np.stack([arcs.at(one)[:, 0], arcs.at(one, 1)[:, 0]], 1)


def _slope(world: WorldLaw, fit: Fit, last: float) -> np.ndarray:
    """(F, 2, N, 2) change of the state with each free parameter."""
    step = np.zeros((len(fit.free), len(fit.theta)))
    step[np.arange(len(fit.free)), fit.free] = NUDGE * fit.law.scale[fit.free]
    high, low = (np.clip(fit.theta + s, fit.law.low, fit.law.high) for s in (step, -step))
    wide = (high - low)[np.arange(len(fit.free)), fit.free]
    states = _state(world, np.concatenate([high, low]), last)
    return (states[: len(wide)] - states[len(wide) :]) / wide[:, None, None, None]


def whitened(z: np.ndarray) -> np.ndarray:
    """Draws (m, d) turned so that their mean is 0 and their covariance 1, where m > d."""
    if len(z) <= z.shape[1] + 1:
        return z
    z = z - z.mean(0)
    return z @ np.linalg.inv(np.linalg.cholesky(z.T @ z / len(z))).T


def _bodies(world: WorldLaw, thetas: np.ndarray, states: np.ndarray, first: float) -> tuple[Drawn, ...]:
    """What the roll-out needs of each body; `first` px is the radius of the first one."""
    place, velocity = states[:, 0], states[:, 1]
    value = {name: thetas[:, i] for name, i in world.index.items()}
    wind = np.stack([value["wind_x"], value["wind_y"]], -1)
    made = world.world(thetas)
    return tuple(
        Drawn(
            place=place[:, k], velocity=velocity[:, k], pull=made.gravity[:, k], drag=made.drag, wind=wind,
            restitution=made.restitution[:, k] if world.lines else np.full(len(thetas), np.nan),
            keep=value["keep"],
            resistance=value["resistance"], swell=value["swell"],
            mass=made.mass[:, k] * first**2 if world.bodies > 1 else None,
        )
        for k in range(world.bodies)
    )  # fmt: skip


def _lines(world: WorldLaw, thetas: np.ndarray, radius: float) -> tuple[Line, ...]:
    """A world of one body knows lines for its centre, one of several for their edges."""
    lines, at = [], 0.0 if np.any(world.radius) else radius
    for s in range(world.lines):
        angle = thetas[:, world.index[f"angle{s}"]]
        lines.append(
            Line(np.stack([np.cos(angle), np.sin(angle)], -1), thetas[:, world.index[f"offset{s}"]], at)
        )
    return tuple(lines)


def several(law: Law, theta: np.ndarray, covariance: np.ndarray, members: int, seed: int) -> np.ndarray:
    """(1 + members, P): the most likely parameters of a law in which nothing is switched, then draws."""
    free = np.flatnonzero(np.diag(covariance) > 0)
    fit = Fit(law, theta, covariance, free, 0.0, np.zeros(0), np.zeros(0))
    off = _off(covariance, fit, members, np.random.default_rng(seed))
    return np.clip(np.concatenate([theta[None], theta + off]), law.low, law.high)
