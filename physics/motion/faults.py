"""Faults that run through a whole flight: a law with one more number that says how wrong the clip is.

A robust fit sees past faults that are over in a few frames. Two kinds are not: a flight that goes too high
or too low from bounce to bounce (energy gained or lost in the air), and heights that grow or shrink over the
clip as if gravity drifted. In both the times of the bounces stay right, which no other restitution or gravity
can imitate. The faulty path is that of the law with its height over the line times a(t):

    flight k:  a = 1 + f between the bounces k and k + 1, else 1
    drift:     a = 1 + f (t - middle) / span

A third one, sinking, is over soon but comes at every bounce: the body sinks into the line by 10 f px, as a
Gaussian of WIDTH frames around each bounce. f is fitted along with the law, has to earn its keep
(`SURPRISE`), and is left out of the law that is reported.
Limits: one body, one line; a flight before the first bounce has no reference and is not tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from physics.motion.arcs import Arcs
from physics.motion.fit import Fit, Law
from physics.motion.hypotheses import Hypothesis
from physics.motion.world_law import WorldLaw

SURPRISE = 8.0  # BIC that a fault brings along beside its number
MOST = 5  # flights that are tried, from the first bounce on
STARTS = (-0.1, 0.2)  # f
ROOTS = 2  # starts of the plain law that are tried again, beside where its fit ended
BOUNDS = (-0.6, 1.5)
DEEP, WIDTH = 10.0, 1.4  # px; frames

Path = Callable[[np.ndarray, np.ndarray], np.ndarray]  # numbers (B, m), time (n,) -> places (B, n, 1, 2)
Growth = Callable[[np.ndarray, np.ndarray], np.ndarray]  # flight (B, n), time (n,) -> da / df (B, n)


def faulty(plain: Hypothesis, theta: np.ndarray, span: np.ndarray) -> list[Hypothesis]:
    """The bouncing hypothesis `plain`, fitted to `theta`, with each fault that its flights allow."""
    world = plain.world
    if world is None or world.lines < 1 or world.bodies != 1:
        return []
    bounces = int(flights(world.arcs(theta[None], span[1]), np.array([span[1]]))[0, 0])
    middle, length = span.mean(), span[1] - span[0]
    growths: dict[str, Growth | None] = {f"flight {k}": _one(k) for k in range(1, min(bounces, MOST) + 1)}
    if bounces >= 2:
        growths["drift"] = lambda flight, time: (time - middle) / length + 0.0 * flight
        growths["sinking"] = None
    return [_with_fault(plain, world, theta, name, growth) for name, growth in growths.items()]


def _one(k: int) -> Growth:
    return lambda flight, time: (flight == k) + 0.0 * time


def _with_fault(
    plain: Hypothesis, world: WorldLaw, theta: np.ndarray, name: str, growth: Growth | None
) -> Hypothesis:
    def path(full: np.ndarray, time: np.ndarray) -> np.ndarray:
        arcs = world.arcs(full[:, :-1], float(np.max(time)))
        place = arcs.at(time)[:, :, 0]
        angle, offset = (full[:, world.index[n], None] for n in ("angle0", "offset0"))
        normal = np.stack([np.cos(angle), np.sin(angle)], -1)
        height = (place * normal).sum(-1) - offset - world.radius[0]
        if growth is None:
            more = -DEEP * sunk(arcs, time)
        else:
            more = height * growth(flights(arcs, time), np.asarray(time))
        return (place + (full[:, -1:] * more)[..., None] * normal)[:, :, None]

    roots = np.vstack([plain.starts[:ROOTS], theta])
    starts = np.concatenate([np.column_stack([roots, np.full(len(roots), f)]) for f in STARTS])
    return with_share(plain, path, starts, BOUNDS, SURPRISE, name)


def with_share(
    plain: Hypothesis, path: Path, starts: np.ndarray, bounds: tuple[float, float], surprise: float, name: str
) -> Hypothesis:
    """`plain` with one number f more, the share of a fault: `path` and `starts` have it last."""
    old, (mean, precision) = plain.law, plain.prior
    law = Law(
        old.model, (*old.names, "fault"), np.append(old.scale, 0.01), np.append(old.low, bounds[0]),
        np.append(old.high, bounds[1]), path,
    )  # fmt: skip
    return Hypothesis(
        law, starts, np.append(plain.free, len(old.names)), (np.append(mean, 0.0), np.append(precision, 0.0)),
        plain.world, plain.surprise + surprise, name,
    )  # fmt: skip


def flights(arcs: Arcs, time: np.ndarray) -> np.ndarray:
    """(B, n) how many times the first line was struck up to each time."""
    struck = arcs.contact == 0
    return (struck[:, :, None] & (arcs.start[:, :, None] <= np.asarray(time))).sum(0)


def sunk(arcs: Arcs, time: np.ndarray) -> np.ndarray:
    """(B, n) share of its full depth to which a body has sunk in at each time."""
    away = np.abs(arcs.start[:, :, None] - np.asarray(time))
    return np.exp(-((np.where((arcs.contact == 0)[:, :, None], away, np.inf).min(0) / WIDTH) ** 2))


def without_fault(fit: Fit, hypothesis: Hypothesis) -> Fit:
    """The fit of the law alone."""
    world = hypothesis.world
    assert world is not None
    count = len(world.names)
    return replace(
        fit, law=world.law(fit.law.model), theta=fit.theta[:count], covariance=fit.covariance[:count, :count],
        free=fit.free[fit.free < count],
    )  # fmt: skip
