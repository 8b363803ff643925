"""Which law: evidence on independent samples, against a spline and against the other laws.

Every candidate is scored with Schwarz's criterion (1978) on Cauchy-robust residuals in units of one common
scale, the smallest that any law attains. Residuals of a corrupted clip are correlated, so they carry fewer
independent samples: n_eff = n (1 - rho) / (1 + rho) (Bayley & Hammersley 1946), with rho the lag-one
correlation of the law's residual. A spline can follow a wobble, but pays its knots with the same n_eff. So
can a hand's path be followed by a flexible law: a law is trusted only if what it leaves is noise, or small
against the motion that it explains and against what a spline of as many numbers leaves. Hands, people and
cameras fail there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physics.motion.candidates import Candidate, rms
from physics.motion.fit import CAUCHY
from physics.motion.observed import Observed
from physics.motion.spline import choices, smooth

SMALL = 0.07  # largest residual against the extent of the motion that a law may leave
BENT = {"ballistic": 0.25, "rolling": 0.3, "sliding": 0.3}  # the same against what is not a straight run
BENT_ELSE = 0.12
CURVE = 0.5  # the same against a spline of as many numbers
LARGEST = 4.0  # px: a larger artefact is not one
STILL = 0.6  # px: a body that wavers less stands still
TRIM = (
    0.88  # share of the samples by which the residual is judged: a late bounce or a teleport is a local fault
)
SURPRISE = {
    "bouncing": 4.0,
    "pendulum": 6.0,
    "circular": 6.0,
    "spring": 10.0,
}  # BIC that rare laws bring along
NEAR = 3.5  # deviations of white noise within which a sample obeys a law
OBEY = 0.5  # share of samples that have to, where the rest is a local fault of the clip
PARTS = ("bouncing", "ballistic", "colliding")  # laws that may hold for a part of the clip
SAGITTA = 25.0  # bend of that part in units of what the law leaves
FLEXIBLE = ("bouncing", "pendulum", "circular", "spring")
ALIKE, HALF = 0.3, 0.5  # px rms, or share of the distance to the track, by which two paths may differ and
# still be one and the same: whichever of them is right, the other is nearer to it than the track is


@dataclass(frozen=True)
class Choice:
    """The best candidate, whether it is to be believed, for which span of time, its evidence over the rest,
    that over the rest with another path (whether it slides or rolls does not matter then), and the
    independent share of the samples.
    """

    best: Candidate
    believed: bool
    span: tuple[float, float]
    delta_bic: float
    evidence: float
    share: float


def choose(track: Observed, sigma: np.ndarray, found: Sequence[Candidate]) -> Choice:
    """The law with the most evidence, and whether to believe it."""
    scale = max(min(robust_scale(c.residual, sigma) for c in found), 1.0)
    closest = min(found, key=lambda c: bic(c.residual, sigma, scale, 1.0, 0))
    share = independent_share(correlation(closest.residual, track.time, sigma))
    scores = [
        bic(c.residual, sigma, scale, share, c.hypothesis.count)
        + SURPRISE.get(c.model, 0.0)
        + c.hypothesis.surprise
        for c in found
    ]
    best = found[int(np.argmin(scores))]
    curve = best_spline(track, sigma, scale, share)
    others = [s for s, c in zip(scores, found) if c.model != best.model]
    rivals = [(s, c.lawful) for s, c in zip(scores, found)] + [(curve[0], track.place - curve[1])]
    near = max(ALIKE, HALF * rms(track.place - best.lawful))
    apart = [s for s, path in rivals if rms(path - best.lawful) > near]
    delta = float(min(min([*others, curve[0]]) - min(scores), 1e6))
    evidence = float(min(min(apart, default=np.inf) - min(scores), 1e6))
    believed = plausible(track, sigma, best.model, best.residual, best.hypothesis.count)
    span = (float(track.time[0]), float(track.time[-1]))
    obeying = [best] if believed else sorted(found, key=lambda c: -obedient(c, track, sigma).sum())
    obeying = [c for c in obeying if c.model in PARTS][:1]
    part = obeyed(obeying[0], track, sigma) if obeying else None
    if part is not None:
        evidence = max(evidence, evidence_of_part(obeying[0], track, sigma, part))
        best, believed, span = obeying[0], True, span if believed else part
    return Choice(best, believed, span, delta, evidence, share)


def obedient(candidate: Candidate, track: Observed, sigma: np.ndarray) -> np.ndarray:
    """(n,) samples that a law explains to the noise."""
    return (candidate.residual**2).sum(1) < (NEAR * sigma) ** 2


def obeyed(candidate: Candidate, track: Observed, sigma: np.ndarray) -> tuple[float, float] | None:
    """The span of time that a law explains to the noise but for faults in between, after which it goes on
    with the same parameters; None where too little is explained, or what any short arc would do.
    """
    near = obedient(candidate, track, sigma)
    solid = np.convolve(np.pad(near, 2, "edge"), np.ones(5), "valid") >= 4  # four of five neighbours
    if solid.sum() < 3:
        return None
    first, last = np.nonzero(solid)[0][[0, -1]]
    inside = slice(first, last + 1)
    few = near[inside].sum() < max(12, 2 * candidate.hypothesis.count)
    if few or near[inside].mean() < OBEY:
        return None
    path, time = (track.place - candidate.residual)[inside], track.time[inside]
    left = rms(candidate.residual[inside][near[inside]])
    if rms(path - straight(time, path)) < SAGITTA * left:
        return None
    return float(time[0]), float(time[-1])


def evidence_of_part(best: Candidate, track: Observed, sigma: np.ndarray, span: tuple[float, float]) -> float:
    """Evidence over a spline on the samples alone that the law explains: the rest is a fault of the clip."""
    near = obedient(best, track, sigma) & (track.time >= span[0]) & (track.time <= span[1])
    law = bic(best.residual[near], sigma[near], 1.0, 1.0, best.hypothesis.count)
    return float(min(spline_bic(track.take(near), sigma[near], 1.0, 1.0) - law, 1e6))


def plausible(track: Observed, sigma: np.ndarray, model: str, residual: np.ndarray, count: int) -> bool:
    """Whether what the law leaves is noise, or small enough to be an artefact of the clip."""
    left, noise = trimmed(residual), 1.5 * float(np.median(sigma))
    if model == "static":
        return left < max(noise, STILL)
    path = track.place - residual
    small = left < noise or left < min(SMALL * rms(path - path.mean(0)), LARGEST)
    if model != "uniform":
        small = small and (
            left < noise or left < BENT.get(model, BENT_ELSE) * rms(path - straight(track.time, path))
        )
    if model in FLEXIBLE and len(track.time) >= 12:
        pieces = max(count // 2 - 3, 1)
        small = small and left < CURVE * trimmed(smooth(track.time, track.place, sigma, pieces)[1])
    return bool(small)


def robust_scale(residual: np.ndarray, sigma: np.ndarray) -> float:
    """Deviation in units of `sigma` from the median of the squared distance, chi^2 of 2 degrees: median 2
    ln 2.
    """
    squared = (residual**2).sum(-1) / sigma**2
    return float(np.sqrt(np.median(squared) / (2 * np.log(2))))


def correlation(residual: np.ndarray, time: np.ndarray, sigma: np.ndarray) -> float:
    """Lag-one correlation of the residual between neighbouring frames, robust against single bad samples, in
    [0, 0.97].
    """
    size = np.sqrt((residual**2).sum(-1))
    limit = 3 * max(float(np.median(size)), 1e-9)
    bounded = residual * np.minimum(1, limit / np.maximum(size, 1e-12))[:, None]
    near = np.diff(time) < 1.5 * np.median(np.diff(time)) if len(time) > 2 else np.zeros(0, bool)
    if near.sum() < 5:
        return 0.0
    a, b = bounded[:-1][near], bounded[1:][near]
    value = float((a * b).sum() / max(np.sqrt((a**2).sum() * (b**2).sum()), 1e-12))
    return float(np.clip(value - 1.0 / np.sqrt(2 * near.sum()), 0.0, 0.97))


def independent_share(rho: float) -> float:
    return (1 - rho) / (1 + rho)


def bic(residual: np.ndarray, sigma: np.ndarray, scale: float, share: float, count: int) -> float:
    squared = (residual**2).sum(-1) / (scale * sigma) ** 2
    cost = float((CAUCHY**2 * np.log1p(squared / CAUCHY**2)).sum())
    return share * cost + count * np.log(max(2 * len(sigma), 2))


def spline_bic(track: Observed, sigma: np.ndarray, scale: float, share: float) -> float:
    """The best spline's score; infinite where there are too few samples for one."""
    return best_spline(track, sigma, scale, share)[0]


def best_spline(track: Observed, sigma: np.ndarray, scale: float, share: float) -> tuple[float, np.ndarray]:
    """The best spline's score and residual (n, 2) px."""
    if len(track.time) < 8:
        return np.inf, np.full_like(track.place, np.inf)
    found = []
    for pieces in choices(len(track.time)):
        _, residual = smooth(track.time, track.place, sigma, pieces)
        found.append((bic(residual, sigma, scale, share, 2 * (pieces + 3) + 1), residual))
    return min(found, key=lambda pair: pair[0])


def trimmed(residual: np.ndarray) -> float:
    """rms per axis of the better TRIM of the samples."""
    squared = np.sort((residual**2).sum(1))
    return float(np.sqrt(squared[: max(int(TRIM * len(squared)), 1)].mean() / 2))


def straight(time: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The steady straight run nearest to a path."""
    design = np.stack((np.ones_like(time), time - time.mean()), 1)
    return design @ np.linalg.lstsq(design, place, rcond=None)[0]
