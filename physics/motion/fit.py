"""Robust least squares of a law, from many starts at once, with Gaussian priors.

Levenberg-Marquardt (Marquardt 1963; Nocedal & Wright, "Numerical Optimization", section 10.3) with Cauchy
weights (iteratively reweighted; Holland & Welsch 1977) on the whitened residual of each sample. All starts
and all finite differences run through the simulator in one call. Starts that fall behind are dropped,
because the number of events changes by jumps with the parameters and only some starts have the right one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from physics.motion.contacts import dot

CAUCHY = 3.0  # deviations at which a sample counts half
NUDGE = 1e-4  # finite difference, as a share of a parameter's scale
KEEP = ((2, 6), (6, 3), (12, 1))  # after so many rounds, so many starts go on
ROUNDS = 40
HOPELESS = (
    7,
    25.0,
)  # after so many rounds, a cost per sample (12 deviations each) that no more rounds will mend


@dataclass(frozen=True)
class Law:
    """A family of motions: path(theta (B, P), time (n,)) -> (B, n, N, 2) px; names, scale, low, high (P,)."""

    model: str
    names: tuple[str, ...]
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray
    path: Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Data:
    """Samples of N bodies on common times: time (n,), place (n, N, 2), whiten (n, N, 2, 2), zero where not
    seen. mix (n, n): what whitens along time where errors are correlated; then whiten has to be the identity.
    """

    time: np.ndarray
    place: np.ndarray
    whiten: np.ndarray
    mix: np.ndarray | None = None

    @property
    def seen(self) -> np.ndarray:
        """(n, N) bool."""
        return np.any(self.whiten, axis=(2, 3))


@dataclass(frozen=True)
class Fit:
    """theta (P,), its covariance (P, P) (zero rows for what was fixed), cost and residual (n, N, 2) px of
    the best start.
    """

    law: Law
    theta: np.ndarray
    covariance: np.ndarray
    free: np.ndarray
    cost: float
    residual: np.ndarray
    weight: np.ndarray


def solve(
    law: Law,
    data: Data,
    starts: np.ndarray,
    free: np.ndarray,
    prior: tuple[np.ndarray, np.ndarray],
    rounds: int = ROUNDS,
) -> Fit:
    """Best fit of `law` from `starts` (B, P); only the parameters `free` (indices) move.

    prior: mean and precision (P,), precision 0 where nothing is known.
    """
    theta = np.clip(np.atleast_2d(starts).astype(float), law.low, law.high)
    damping = np.full(len(theta), 1e-3)
    cost, state = evaluate(law, data, theta, prior)
    still = np.zeros(len(theta), int)
    for turn in range(rounds):
        step = propose(law, data, theta, state, free, prior, damping)
        trial = np.clip(theta + step, law.low, law.high)
        trial_cost, trial_state = evaluate(law, data, trial, prior)
        better = trial_cost < cost
        still = np.where(better & (trial_cost < cost - 1e-4 - 1e-7 * cost), 0, still + 1)
        theta = np.where(better[:, None], trial, theta)
        state = np.where(better[:, None, None, None], trial_state, state)
        cost = np.where(better, trial_cost, cost)
        damping = np.where(better, damping / 4, damping * 6)
        for after, count in KEEP:
            if turn == after and len(theta) > count:
                best = np.argsort(cost)[:count]
                theta, state, cost = theta[best], state[best], cost[best]
                damping, still = damping[best], still[best]
        hopeless = turn >= HOPELESS[0] and cost.min() > HOPELESS[1] * data.seen.sum()
        if hopeless or np.all(still >= 4):
            break
    return finish(law, data, theta[np.argmin(cost)], free, prior)


def evaluate(law, data, theta, prior) -> tuple[np.ndarray, np.ndarray]:
    """Robust cost (B,) and whitened residuals (B, n, N, 2)."""
    residual = whitened(data, law.path(theta, data.time))
    squared = dot(residual, residual)
    cost = (CAUCHY**2 * np.log1p(squared / CAUCHY**2)).sum((1, 2))
    return cost + (prior[1] * (theta - prior[0]) ** 2).sum(1), residual


def whitened(data: Data, path: np.ndarray) -> np.ndarray:
    """Residual (B, n, N, 2) in deviations; a path that left the numbers counts as far away."""
    gap = np.where(data.seen[..., None], np.nan_to_num(data.place), 0.0) - np.nan_to_num(
        path, nan=1e5, posinf=1e5
    )
    gap = np.clip(gap, -1e5, 1e5)
    if data.mix is not None:
        return np.einsum("mn,bnkj->bmkj", data.mix, gap)
    return np.einsum("nkij,bnkj->bnki", data.whiten, gap)


def jacobian(law: Law, data: Data, theta: np.ndarray, free: np.ndarray) -> np.ndarray:
    """(B, F, n, N, 2) change of the whitened residual with each free parameter, by forward differences."""
    rows = len(theta)
    nudge = NUDGE * law.scale[free]
    nudge = np.where(theta[:, free] + nudge > law.high[free], -nudge, nudge)  # (B, F)
    moved = np.repeat(theta[:, None], len(free) + 1, 1)
    moved[:, np.arange(len(free)) + 1, free] += nudge
    residual = whitened(data, law.path(moved.reshape(-1, theta.shape[1]), data.time))
    residual = residual.reshape(rows, len(free) + 1, *residual.shape[1:])
    return (residual[:, 1:] - residual[:, :1]) / nudge[..., None, None, None]


def normal_equations(law, data, theta, residual, free, prior) -> tuple[np.ndarray, np.ndarray]:
    """Weighted J^T W J + prior (B, F, F) and gradient (B, F)."""
    slopes = jacobian(law, data, theta, free)
    weight = 1 / (1 + dot(residual, residual) / CAUCHY**2)
    flat = (slopes * np.sqrt(weight)[:, None, ..., None]).reshape(len(theta), len(free), -1)
    rest = (residual * np.sqrt(weight)[..., None]).reshape(len(theta), -1)
    matrix = flat @ flat.transpose(0, 2, 1)
    gradient = np.einsum("bfm,bm->bf", flat, rest)
    matrix[:, np.arange(len(free)), np.arange(len(free))] += prior[1][free]
    return matrix, gradient + prior[1][free] * (theta - prior[0])[:, free]


def propose(law, data, theta, residual, free, prior, damping) -> np.ndarray:
    """Marquardt's step (B, P); a parameter at its bound that wants beyond it stays."""
    matrix, gradient = normal_equations(law, data, theta, residual, free, prior)
    at_low = (theta[:, free] <= law.low[free]) & (gradient > 0)
    at_high = (theta[:, free] >= law.high[free]) & (gradient < 0)
    blocked = at_low | at_high
    matrix = np.where(blocked[:, :, None] | blocked[:, None], 0.0, matrix)
    diagonal = np.einsum("bff->bf", matrix)
    size = law.scale[free] ** -2.0
    extra = damping[:, None] * (diagonal + 1e-9 * size) + np.where(blocked, size, 0.0) + 1e-12 * size
    matrix[:, np.arange(len(free)), np.arange(len(free))] += extra
    step = np.zeros_like(theta)
    solved = np.linalg.solve(matrix, np.where(blocked, 0.0, -gradient)[..., None])[..., 0]
    step[:, free] = solved
    return step


def finish(law, data, theta, free, prior) -> Fit:
    cost, residual = evaluate(law, data, theta[None], prior)
    matrix, _ = normal_equations(law, data, theta[None], residual, free, prior)
    covariance = np.zeros((len(theta), len(theta)))
    scale = law.scale[free]
    covariance[np.ix_(free, free)] = np.linalg.pinv(
        matrix[0] * np.outer(scale, scale), rcond=1e-12
    ) * np.outer(scale, scale)
    gap = np.where(data.seen[..., None], data.place - law.path(theta[None], data.time)[0], 0.0)
    weight = 1 / (1 + (residual[0] ** 2).sum(-1) / CAUCHY**2)
    good = weight[data.seen & (weight > 0.3)] if data.mix is None else weight[weight > 0.3]
    covariance *= float(good.mean()) if good.size else 1.0  # the weights of good samples are no loss of data
    return Fit(law, theta, covariance, free, float(cost[0]), gap, weight)


def first_order(law: Law, theta, residual, weight, free: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Residual (n, N, 2) px that the parameters `free` would leave, linearised about `theta` (P,), where the
    residual is `residual` with the weights (n, N): one look where a fit takes dozens.
    """
    whiten = np.broadcast_to(np.eye(2), (*residual.shape[:2], 2, 2))
    data = Data(time, residual + law.path(theta[None], time)[0], whiten)
    slopes = jacobian(law, data, theta[None], free)[0]  # (F, n, N, 2), of the residual
    root = np.sqrt(weight)[..., None]
    design = (slopes * root).reshape(len(free), -1).T * law.scale[free]
    step = np.linalg.lstsq(design, -(residual * root).ravel(), rcond=1e-9)[0] * law.scale[free]
    return residual + np.tensordot(step, slopes, 1)
