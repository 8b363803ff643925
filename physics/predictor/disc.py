"""Where a flat disc is, to a thousandth of a pixel: analysis by synthesis.

A disc of one colour F on a known background B covers pixel p by alpha(p) = (I - B).(F - B) / |F - B|^2. The
model is alpha = clip((r + k t - d) / w + 1/2, 0, 1), d the distance to the frame's centre: one radius r,
growth k and edge width w for all frames, one centre per frame; robust least squares with exact derivatives,
from a wide edge to a narrow one. A hard edge that is sampled at points tells more than a centroid does: on
frames without noise the centre is found to 2e-4 px where the soft centroid is off by 0.01 to 0.1 px.

Limits: whoever calls has to look at `rms` (of alpha near the edge): above FLAT the object is no flat disc.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import least_squares

from physics.predictor.cell import cell, open_place

FLAT = 0.04  # rms of cover near the edge above which the model does not hold
FLOOR = 5e-4  # px: no centre is believed better than this
REACH = 2.5  # px around the edge that take part
LOOSE = 0.12  # px: how far the centre may be from the centroid where no pixel tells (tiny hard discs)
START_EDGES = (2.0, 0.6)  # px
FEW = 8  # frames up to which the place of a small hard disc is worth the search for its cell
RESTARTS = 24  # of a fit that got stuck, as those of small hard discs do


@dataclass(frozen=True)
class DiscFit:
    """A disc in T frames. `centre` (T, 2), `covariance` (T, 2, 2), `radius` (T,), all px; `edge` px wide."""

    centre: np.ndarray
    covariance: np.ndarray
    radius: np.ndarray
    sigma_radius: float
    growth: float  # px per frame, 0 where the radius holds
    edge: float
    rms: float


def cover(frame: np.ndarray, background: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """alpha (H, W) of an object of one `colour` (3,) over `background` ((H, W, 3) or (3,)), any one scale."""
    step = colour - background
    return ((frame - background) * step).sum(-1) / np.maximum((step * step).sum(-1), 1e-9)


def centroid(alpha: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre (2,) px and area of a cover map."""
    alpha = np.clip(np.where(alpha > 0.02, alpha, 0.0), 0, 1)
    area = float(alpha.sum())
    y, x = np.indices(alpha.shape) + 0.5
    return np.array([(alpha * x).sum(), (alpha * y).sum()]) / max(area, 1e-9), area


def fit_disc(
    alphas: np.ndarray, centres: np.ndarray, radius: float, times: np.ndarray, noise: float
) -> DiscFit:
    """Fit cover maps (T, h, w) from first guesses `centres` (T, 2) px; `noise` is that of alpha.

    Pixels far from the first guess of the edge take no part, so other objects do not disturb.
    """
    rings = [_ring(a, c, radius) for a, c in zip(alphas, centres, strict=True)]
    grow = _solve(rings, centres, radius, times, noise, growing=True)
    if abs(grow.growth) * np.ptp(times) < max(6 * grow.sigma_radius, 0.01):
        grow = _solve(rings, centres, radius, times, noise, growing=False)
    if open_place(float(grow.radius.max()), grow.edge) and len(alphas) <= FEW:
        return _opened(grow, alphas, noise)
    return grow


def _opened(fit: DiscFit, alphas: np.ndarray, noise: float) -> DiscFit:
    """The fit with the mean and the covariance of the places that show the same pixels."""
    spread = min(fit.sigma_radius, 0.02)
    found = [
        cell(a, c, float(r), fit.edge, spread, noise, k)
        for k, (a, c, r) in enumerate(zip(alphas, fit.centre, fit.radius, strict=True))
    ]
    covariance = np.array([c for _, c in found]) + FLOOR**2 * np.eye(2)
    return replace(fit, centre=np.array([m for m, _ in found]), covariance=covariance)


def _ring(alpha: np.ndarray, centre: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Places (2, m) and cover (m,) of the pixels near the edge."""
    y, x = np.indices(alpha.shape) + 0.5
    near = np.abs(np.hypot(x - centre[0], y - centre[1]) - radius) < REACH + 0.03 * radius
    return np.stack([x[near], y[near]]), alpha[near]


def _solve(rings, centres, radius, times, noise, growing: bool) -> DiscFit:
    first, count = (3 if growing else 2), len(centres)
    tau = (times - times.mean()) * growing
    start = np.r_[[radius, 0.0, 0.0][:first], np.ravel(centres)]
    low = np.full(len(start), -np.inf)
    low[:2] = 0.3, 0.02
    scale = max(noise, 1e-4)

    def evaluate(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return _residuals(p, rings, tau, first, centres, scale)

    def descend(begin: np.ndarray):
        return least_squares(
            lambda p: evaluate(p)[0], begin, jac=lambda p: evaluate(p)[1], bounds=(low, np.inf),
            loss="soft_l1", f_scale=8.0, x_scale="jac", max_nfev=40,
        )  # fmt: skip

    best, pixels = None, sum(len(alpha) for _, alpha in rings)
    for begin in _starts(start, first, radius):
        found = descend(begin)
        best = found if best is None or found.cost < best.cost else best
        if best.cost < 0.5 * pixels:  # as good as the noise lets it be
            break
    assert best is not None
    return _report(best.x, evaluate(best.x), tau, first, count, scale)


def _starts(start: np.ndarray, first: int, radius: float):
    """First guesses: wide and narrow edges, then moved ones, more of them the smaller the disc."""
    for edge in START_EDGES:
        yield np.r_[start[0], edge, start[2:]]
    rng = np.random.default_rng(0)
    for k in range(min(RESTARTS, int(200 / radius))):
        moved = start.copy()
        moved[0] += rng.normal(0, 0.05)
        moved[1] = (1.0, 0.4, 0.15)[k % 3]
        moved[first:] += rng.normal(0, 0.06, len(start) - first)
        yield moved


def _residuals(p, rings, tau, first, centres, scale) -> tuple[np.ndarray, np.ndarray]:
    """((model - observed) / scale, its derivatives), with the weak pull towards the centroids at the end."""
    rows, slopes = [], []
    for k, (place, alpha) in enumerate(rings):
        at = first + 2 * k
        offset = place - p[at : at + 2, None]
        d = np.maximum(np.hypot(*offset), 1e-6)
        gap = p[0] + (p[2] * tau[k] if first == 3 else 0.0) - d
        raw = gap / p[1] + 0.5
        rows.append((np.clip(raw, 0, 1) - alpha) / scale)
        inside = ((raw > 0) & (raw < 1)) / (p[1] * scale)
        slope = np.zeros((len(d), len(p)))
        slope[:, 0], slope[:, 1] = inside, -inside * gap / p[1]
        if first == 3:
            slope[:, 2] = inside * tau[k]
        slope[:, at : at + 2] = (inside * offset / d).T
        slopes.append(slope)
    pull = np.zeros((2 * len(centres), len(p)))
    pull[:, first:] = np.eye(2 * len(centres)) / LOOSE
    return np.concatenate([*rows, (p[first:] - np.ravel(centres)) / LOOSE]), np.concatenate([*slopes, pull])


def _report(p, evaluated, tau, first, count, scale) -> DiscFit:
    residual, slope = evaluated
    pixels = residual[: -2 * count] * scale
    rms = float(np.sqrt(np.mean(pixels**2)))
    inflate = max(rms / scale, 1.0) ** 2
    information = (
        slope[: -2 * count].T @ slope[: -2 * count] / inflate + slope[-2 * count :].T @ slope[-2 * count :]
    )
    information[:first, :first] += np.eye(first) * 1e-6
    covariance = np.linalg.inv(information)
    blocks = [covariance[a : a + 2, a : a + 2] for a in range(first, first + 2 * count, 2)]
    growth = float(p[2]) if first == 3 else 0.0
    return DiscFit(
        centre=p[first:].reshape(-1, 2), covariance=np.array(blocks) + FLOOR**2 * np.eye(2),
        radius=p[0] + growth * tau, sigma_radius=float(np.sqrt(covariance[0, 0] + FLOOR**2)), growth=growth,
        edge=float(p[1]), rms=rms,
    )  # fmt: skip
