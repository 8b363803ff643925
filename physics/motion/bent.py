"""A free flight that is bent: gravity that drifts in the clip, and what else bends a flight.

Without a bounce that keeps the time, a parabola whose gravity grows by the share f from its middle to its
ends differs from the true one by a cubic along gravity alone. Its ends and its middle are taken as shown:

    drift         f g (tau^3 - h^2 tau) / (6 h),     tau from the middle of the flight, h half its length

Air, depth and a shutter that rolls down the picture bend a flight by cubics too, but across gravity as well,
by shares of the speed there (to first order, what start, speed and gravity take up left out):

    drag  -k int (p - p(0)) dtau,        perspective  -k tau p,        rolling shutter  k y p'

A drift is proposed only where it fits better than each of these by `CLEAR`: a ball that goes straight up
could be any of them, and stays as it is. Limits: one body, no line; linear drag stands for all drag.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from physics.motion.faults import with_share
from physics.motion.hypotheses import Hypothesis
from physics.motion.world_law import WorldLaw

CLEAR = 10.0  # by which the robust cost of a drift has to be below that of every other cause
SURPRISE = 0.0  # BIC that it brings along beside its number: the other causes have been asked already
STARTS, BOUNDS = (-0.1, 0.1), (-0.8, 0.8)  # f
DRIFT = "gravity drift"

# place (B, n, 2), velocity in the middle and gravity (B, 1, 2), tau (n, 1), half length -> d place / d f
Bend = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float], np.ndarray]


def bent(plain: Hypothesis, theta: np.ndarray, span: np.ndarray) -> tuple[list[Hypothesis], list[Hypothesis]]:
    """The flight `plain`, fitted to `theta` over the time `span` (2,), with a drift, and with each rival."""
    world = plain.world
    if world is None or world.lines or world.bodies != 1 or plain.law.model != "ballistic":
        return [], []
    made = [_with_bend(plain, world, theta, span, bend) for bend in (_drift, _drag, _perspective, _rolling)]
    return made[:1], made[1:]


def clearly(drift: float, rivals: list[float], samples: int) -> bool:
    """Whether a drift of cost `drift` beats all rivals' costs, in units of what it leaves itself."""
    unit = max(drift / (2 * samples), 1.0)
    return all(cost - drift > CLEAR * unit for cost in rivals)


def _with_bend(
    plain: Hypothesis, world: WorldLaw, theta: np.ndarray, span: np.ndarray, bend: Bend
) -> Hypothesis:
    middle, half = float(span.mean()), float(span[1] - span[0]) / 2

    def path(full: np.ndarray, time: np.ndarray) -> np.ndarray:
        place = world.path(full[:, :-1], time)[:, :, 0]
        pull = full[:, None, [world.index["gx"], world.index["gy"]]]
        speed = full[:, None, 2:4] + pull * (middle - world.first)
        tau = np.asarray(time)[:, None] - middle
        return (place + full[:, -1:, None] * bend(place, speed, pull, tau, half))[:, :, None]

    starts = np.column_stack([np.repeat(theta[None], len(STARTS), 0), STARTS])
    return with_share(plain, path, starts, BOUNDS, SURPRISE, DRIFT)


def _drift(place, speed, pull, tau, half):
    return pull * (tau**3 - half**2 * tau) / (6 * half)


def _drag(place, speed, pull, tau, half):
    return -(speed * tau**2 / 2 + pull * tau**3 / 6) / half


def _perspective(place, speed, pull, tau, half):
    return -place * tau / half


def _rolling(place, speed, pull, tau, half):
    rows = place[..., 1:] - place[..., 1:].mean(1, keepdims=True)
    return rows * (speed + pull * tau) / half
