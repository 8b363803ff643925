"""Where a small, hard disc may be: the cell of places that show the same pixels.

A disc of a few pixels with an edge far narrower than a pixel is sampled, not antialiased: most places nearby
give the same picture, and least squares ends anywhere among them. Here the cell itself is sampled: offsets
(and radii, as well as all frames tell them) drawn in a shrinking box, kept where every pixel near the edge is
met within a tolerance that shrinks to the noise (approximate Bayesian computation by population Monte Carlo;
Beaumont et al. 2009, without weights, the prior being flat). The mean of the cell is the best guess, its
covariance what the pixels leave open.

Limits: one frame at a time; discs above LARGEST px are left to least squares, which tells them well enough.
"""

from __future__ import annotations

import numpy as np

LARGEST, HARD = 10.0, 0.35  # px: radius up to which, and edge below which, a place is open
REACH = 1.3  # px around the edge that are compared
DRAWS, KEPT, ROUNDS = 20_000, 150, 7
WIDE = 0.25  # px: half of the first box
GREY = 1.0 / 255  # a pixel's value is known to half of that, its neighbours in a codeless film to all


def open_place(radius: float, edge: float) -> bool:
    """Whether a disc is one whose pixels leave its place open."""
    return radius < LARGEST and edge < HARD


def cell(
    alpha: np.ndarray, centre: np.ndarray, radius: float, edge: float, sigma_radius: float, noise: float,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Mean (2,), covariance (2, 2) px of the places near `centre` that show the cover map `alpha` (h, w)."""
    rng, half, middle = np.random.default_rng(seed), WIDE, np.zeros(2)
    y, x = np.indices(alpha.shape) + 0.5
    near = np.abs(np.hypot(x - centre[0], y - centre[1]) - radius) < REACH
    u, v, seen = x[near] - centre[0], y[near] - centre[1], alpha[near]
    allowed = max(GREY, 3 * noise)
    kept = np.zeros((1, 2))
    for _ in range(ROUNDS):
        off = middle + rng.uniform(-half, half, (DRAWS, 2))
        r = radius + sigma_radius * rng.standard_normal((DRAWS, 1))
        d = np.hypot(u - off[:, :1], v - off[:, 1:])
        bad = np.abs(np.clip((r - d) / edge + 0.5, 0, 1) - seen).max(1)
        tolerance = max(allowed, float(np.partition(bad, KEPT)[KEPT]))
        kept = off[bad <= tolerance]
        if tolerance <= allowed:
            break
        middle, half = kept.mean(0), max(1.5 * float(np.abs(kept - kept.mean(0)).max()), 1e-4)
    return centre + kept.mean(0), np.cov(kept.T)
