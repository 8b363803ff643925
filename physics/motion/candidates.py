"""The search: which laws are fitted to a track, and when the search ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from physics.motion.bent import bent, clearly
from physics.motion.faults import faulty
from physics.motion.fit import ROUNDS, Data, Fit, first_order, solve
from physics.motion.hypotheses import Hypothesis, bouncing, flights, leaning, plain
from physics.motion.observed import MotionConfig, Observed
from physics.motion.oscillations import along_line, circulars, pendulums, springs

ROUGH = (0.0, 0.015, 0.05)  # artefact assumed in the search for events, as a share of the extent
MOST = (
    600  # samples above which only laws without events are tried: the partition's cost grows with the square
)
LOOSE = 0.65  # share that it may leave to first order to be tried at all
EXPLAINS = 0.5  # share of what the plain law leaves that a fault may leave: it is no matter of a wobble
MANY, FAR = 0.8, 4.0  # share of the samples, deviations: a law that is that near to that many is no such case
CLOSE, BRIEF = 1.2, 16  # times the least cost up to which faults are tried on a bounce; rounds of their fits
SAME = 0.05  # px rms between two paths that are one
LEAST = 8  # samples below which events and oscillations cannot be told


@dataclass(frozen=True)
class Candidate:
    """A hypothesis with its fit, and its path (n, 2) px without the fault that it may have."""

    hypothesis: Hypothesis
    fit: Fit
    lawful: np.ndarray

    @property
    def model(self) -> str:
        return self.hypothesis.law.model

    @property
    def residual(self) -> np.ndarray:
        """(n, 2) px."""
        return self.fit.residual[:, 0]


def candidates_of(
    track: Observed, sigma: np.ndarray, config: MotionConfig, enough: Callable[[Candidate], bool]
) -> list[Candidate]:
    """Fits of every law worth trying: the plain ones; bounces and oscillations where those leave something;
    bounces again as an artefact of the clip would hide them, until one is `enough`.
    """
    hypotheses = plain(track, config) + (along_line(track, config) if len(track.time) >= 5 else [])
    found = [fitted(h, track, sigma) for h in hypotheses]
    if not LEAST <= len(track.time) <= MOST or settled(found, sigma):
        return found
    if config.faults:
        found += [c for flight in found for c in drifting(flight, track, sigma)]
    extent = float(np.sqrt(((track.place - track.place.mean(0)) ** 2).sum(1).mean()))
    for rough in ROUGH:
        if rough and rough * extent < 2 * float(np.median(sigma)):
            continue
        wide = np.sqrt(sigma**2 + (rough * extent) ** 2)
        bounced = [fitted(h, track, wide) for h in bouncing(track, wide, config)]
        found += bounced
        if config.faults and not settled(found, sigma):
            least = min((c.fit.cost for c in bounced), default=0.0)
            near = different([c for c in bounced if c.fit.cost < CLOSE * least])
            found += [c for plain in near for c in wrong_all_through(plain, track, wide)]
        if rough == 0.0 and not settled(found, sigma):
            found += [fitted(h, track, sigma) for h in leaning(track, sigma, config)]
            swinging = (
                *flights(track, sigma, config),
                *springs(track),
                *circulars(track),
                *pendulums(track, config),
            )
            found += [fitted(h, track, sigma) for h in swinging]
        if settled(found, sigma) or any(enough(c) for c in found if c.model == "bouncing"):
            break
    return found


def wrong_all_through(plain: Candidate, track: Observed, sigma: np.ndarray) -> list[Candidate]:
    """The plain bounce with each fault that explains most of what it leaves, if that is many frames."""
    sizes = np.sort((plain.residual**2).sum(1) / sigma**2)
    hypotheses = faulty(plain.hypothesis, plain.fit.theta, track.time[[0, -1]])
    if sizes[int(MANY * (len(sizes) - 1))] < FAR**2:
        hypotheses = [h for h in hypotheses if h.fault == "sinking"]
    found = [fitted(h, track, sigma, BRIEF) for h in hypotheses if promising(h, plain, track)]
    return [c for c in found if rms(c.residual) < EXPLAINS * rms(plain.residual)]


def drifting(plain: Candidate, track: Observed, sigma: np.ndarray) -> list[Candidate]:
    """The flight under a gravity that drifts, where nothing else that bends flights explains as much."""
    drift, rivals = bent(plain.hypothesis, plain.fit.theta, track.time[[0, -1]])
    for faulty_flight in (h for h in drift if promising(h, plain, track)):
        found = fitted(faulty_flight, track, sigma, BRIEF)
        if rms(found.residual) < EXPLAINS * rms(plain.residual):
            others = [fitted(h, track, sigma, BRIEF).fit.cost for h in rivals]
            return [found] if clearly(found.fit.cost, others, len(track.time)) else []
    return []


def different(found: Sequence[Candidate]) -> list[Candidate]:
    """Those whose paths are not those of another one."""
    kept: list[Candidate] = []
    for c in found:
        if all(c.lawful.shape != k.lawful.shape or rms(c.lawful - k.lawful) > SAME for k in kept):
            kept.append(c)
    return kept


def promising(faulty: Hypothesis, plain: Candidate, track: Observed) -> bool:
    """Whether to first order the fault takes something off what the plain law leaves."""
    theta, fit = np.append(plain.fit.theta, 0.0), plain.fit
    left = first_order(faulty.law, theta, fit.residual, np.ones_like(fit.weight), faulty.free, track.time)
    return rms(left[:, 0]) < LOOSE * rms(plain.residual)


def fitted(hypothesis: Hypothesis, track: Observed, sigma: np.ndarray, rounds: int = ROUNDS) -> Candidate:
    data = Data(track.time, track.place[:, None], np.eye(2) / sigma[:, None, None, None])
    fit = solve(hypothesis.law, data, hypothesis.starts, hypothesis.free, hypothesis.prior, rounds)
    law, theta = hypothesis.law, fit.theta
    if hypothesis.fault and hypothesis.world is not None:
        law, theta = hypothesis.world.law(law.model), theta[: len(hypothesis.world.names)]
    return Candidate(hypothesis, fit, law.path(theta[None], track.time)[0, :, 0])


def rms(place: np.ndarray) -> float:
    """px, of (n, 2)."""
    return float(np.sqrt((place**2).sum(1).mean()))


def settled(found: Sequence[Candidate], sigma: np.ndarray) -> bool:
    """A law explains every sample to the noise: nothing more to look for."""
    worst = [np.max((c.residual**2).sum(1) / sigma**2) for c in found]
    return min(worst) < 16.0
