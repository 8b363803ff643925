"""Where a track breaks: optimal partition into arcs, pooled acceleration, sub-frame breaks.

Optimal partition by dynamic programming (Jackson et al. 2005, "An algorithm for optimal partitioning of
data on an interval", eq. 3): the cost of an arc is the capped squared residual of a polynomial, each break
costs a penalty. First with free parabolas; their accelerations, weighted by length^5 (the information that
an arc of that length has on them), give the common one; then with that fixed and straight lines in what
remains, which finds short arcs too. A break is where two neighbouring lines meet, which is good to a
hundredth of a frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CAP = 25.0  # squared deviations: what one bad sample may cost
LONGEST = 90  # frames in one arc: keeps the cost linear in the length of the track


@dataclass(frozen=True)
class Break:
    """time (frames), place (2,) px, velocity before and after (2,) px/frame, radius of the body (px)."""

    time: float
    place: np.ndarray
    before: np.ndarray
    after: np.ndarray
    radius: float = 0.0


@dataclass(frozen=True)
class Partition:
    """first (m,) and last (m,) sample of each arc, acceleration (2,) common, lines (m, 2, 2): place at
    time 0 and velocity of what remains without the acceleration; cost."""

    first: np.ndarray
    last: np.ndarray
    acceleration: np.ndarray
    lines: np.ndarray
    cost: float


def arc_costs(
    time: np.ndarray, place: np.ndarray, sigma: np.ndarray, degree: int, shortest: int
) -> np.ndarray:
    """(n, n) capped cost of the polynomial through samples i..j (inclusive); inf where too short or too
    long.
    """
    n = len(time)
    costs = np.full((n, n), np.inf)
    for length in range(shortest, min(n, LONGEST) + 1):
        starts = np.arange(n - length + 1)
        window = starts[:, None] + np.arange(length)
        t = time[window] - time[window].mean(1, keepdims=True)
        basis = np.linalg.qr(t[..., None] ** np.arange(degree + 1))[0]
        rest = place[window] - basis @ (basis.transpose(0, 2, 1) @ place[window])
        squared = (rest**2).sum(-1) / sigma[window] ** 2
        costs[starts, starts + length - 1] = np.minimum(squared, CAP).sum(1)
    return costs


def partition(costs: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray, float]:
    """first and last sample of each arc of the cheapest partition, and its cost."""
    n = len(costs)
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    back = np.zeros(n + 1, int)
    for j in range(n):
        totals = best[: j + 1] + costs[: j + 1, j] + penalty
        back[j + 1] = np.argmin(totals)
        best[j + 1] = totals[back[j + 1]]
    last, cut = [], n
    while cut > 0:
        last.append(cut - 1)
        cut = back[cut]
    last = np.array(last[::-1])
    return np.concatenate(([0], last[:-1] + 1)), last, float(best[n])


def pooled_acceleration(time, place, first, last) -> np.ndarray:
    """(2,) px/frame^2: parabolas of the arcs of five samples and more, weighted by length^5."""
    total, weights = np.zeros(2), 0.0
    for i, j in zip(first, last):
        if j - i >= 4:
            t = time[i : j + 1] - time[i : j + 1].mean()
            weight = float(t[-1] - t[0]) ** 5
            total += weight * 2 * np.polyfit(t, place[i : j + 1], 2)[0]
            weights += weight
    return total / weights if weights else np.zeros(2)


def median_acceleration(time, place, first, last) -> np.ndarray:
    """(2,) px/frame^2: the median over the arcs of five samples and more, each sample one vote."""
    votes = [
        np.repeat(2 * np.polyfit(time[i : j + 1] - time[i], place[i : j + 1], 2)[:1], j - i, 0)
        for i, j in zip(first, last)
        if j - i >= 4
    ]
    return np.median(np.concatenate(votes), 0) if votes else np.zeros(2)


def free_arcs(time: np.ndarray, place: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last samples of the best partition into parabolas of any acceleration."""
    first, last, _ = partition(arc_costs(time, place, sigma, 2, 3), 6 * np.log(len(time)) + 4)
    return first, last


def split(
    time: np.ndarray, place: np.ndarray, sigma: np.ndarray, acceleration: np.ndarray | None = None
) -> Partition:
    """The partition of a track; `acceleration` (2,) where it is known already."""
    n = len(time)
    if acceleration is None:
        first, last = free_arcs(time, place, sigma)
        acceleration = pooled_acceleration(time, place, first, last)
    straight = place - 0.5 * acceleration * time[:, None] ** 2
    first, last, cost = partition(arc_costs(time, straight, sigma, 1, 2), 3 * np.log(n) + 4)
    lines = np.array([line_through(time[i : j + 1], straight[i : j + 1]) for i, j in zip(first, last)])
    return Partition(first, last, acceleration, lines, cost)


def line_through(time: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(2, 2): place at time 0, velocity."""
    middle = time.mean()
    t = time - middle
    slope = (t[:, None] * place).sum(0) / max((t**2).sum(), 1e-12)
    return np.array([place.mean(0) - slope * middle, slope])


def breaks(time: np.ndarray, parts: Partition, radius: float = 0.0) -> tuple[Break, ...]:
    """Where neighbouring lines come closest, kept between the samples that they explain (one frame of
    slack).
    """
    found = []
    for k in range(len(parts.first) - 1):
        gap, turn = parts.lines[k + 1] - parts.lines[k]
        meet = -(gap @ turn) / max(turn @ turn, 1e-12)
        early, late = time[parts.last[k]] - 1.0, time[parts.first[k + 1]] + 1.0
        when = float(np.clip(meet, early, late))
        fall = parts.acceleration * when
        places = parts.lines[k : k + 2, 0] + parts.lines[k : k + 2, 1] * when + fall * when / 2
        before, after = parts.lines[k, 1] + fall, parts.lines[k + 1, 1] + fall
        found.append(Break(when, places.mean(0), before, after, radius))
    return tuple(found)
