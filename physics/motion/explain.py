"""From tracks to laws of motion: `understand`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physics.motion.erratic import erratic_motion
from physics.motion.fit import Data, Fit, solve
from physics.motion.hypotheses import Hypothesis, bouncing, plain
from physics.motion.motion import Motion, MotionEvent, Surface2D, Understanding
from physics.motion.observed import MotionConfig, Observed, inliers, noise_scale
from physics.motion.oscillations import along_line, circulars, pendulums, springs
from physics.motion.select import bic, correlation, independent_share, robust_scale, spline_bic

SMALL = 0.07  # largest residual against the extent of the motion that a law may leave
BENT = 0.12  # the same against the part of the motion that is not a straight run
LARGEST = 4.0  # px: a larger artefact is not one
STILL = 0.6  # px: a body that wavers less stands still
TRIM = (
    0.88  # share of the samples by which the residual is judged: a late bounce or a teleport is a local fault
)
ROUGH = (0.0, 0.01, 0.025, 0.06)  # artefact assumed in the search for events, as a share of the extent
SURPRISE = {"bouncing": 4.0, "pendulum": 6.0, "circular": 6.0, "spring": 10.0}
FINEST = 0.02  # px: no track is better than this
DEFAULT = MotionConfig()


@dataclass(frozen=True)
class Candidate:
    hypothesis: Hypothesis
    fit: Fit


def understand(
    objects: Sequence[Observed], *, size: tuple[int, int] | None = None, config: MotionConfig = DEFAULT
) -> Understanding:
    """Laws of motion of the tracks `objects`; `size` (width, height) px of the picture."""
    motions = tuple(explain(track, config, index) for index, track in enumerate(objects))
    gravity, sigma = shared_gravity(motions)
    return Understanding(motions, gravity, sigma, surfaces_of(motions))


def explain(track: Observed, config: MotionConfig, index: int = 0) -> Motion:
    """The law of one track."""
    good = track.take(inliers(track))
    sigma = np.maximum(good.sigma * max(noise_scale(good), 1.0), FINEST)
    return choose(good, sigma, candidates_of(good, sigma, config), config, index)


def candidates_of(good: Observed, sigma: np.ndarray, config: MotionConfig) -> list[Candidate]:
    """Fits of every law worth trying; laws with events and oscillations only where the plain ones leave
    something.
    """
    hypotheses = plain(good, config) + (along_line(good, config) if len(good.time) >= 5 else [])
    candidates = [Candidate(h, run(h, good, sigma)) for h in hypotheses]
    if len(good.time) < 8 or settled(candidates, sigma):
        return candidates
    extent = float(np.sqrt(((good.place - good.place.mean(0)) ** 2).sum(1).mean()))
    for rough in ROUGH:
        if rough and rough * extent < 2 * float(np.median(sigma)):
            continue
        wide = np.sqrt(sigma**2 + (rough * extent) ** 2)
        candidates += [Candidate(h, run(h, good, wide)) for h in bouncing(good, wide, config)]
        if settled(candidates, sigma):
            return candidates
        if rough == 0.0:
            for hypothesis in (*springs(good), *circulars(good), *pendulums(good, config)):
                candidates.append(Candidate(hypothesis, run(hypothesis, good, sigma)))
            if settled(candidates, sigma):
                return candidates
    return candidates


def run(hypothesis: Hypothesis, track: Observed, sigma: np.ndarray) -> Fit:
    whiten = np.eye(2) / sigma[:, None, None, None]
    data = Data(track.time, track.place[:, None], whiten)
    return solve(hypothesis.law, data, hypothesis.starts, hypothesis.free, hypothesis.prior)


def settled(candidates: Sequence[Candidate], sigma: np.ndarray) -> bool:
    """A law without events explains every sample to the noise: nothing more to look for."""
    worst = [np.max((c.fit.residual[:, 0] ** 2).sum(1) / sigma**2) for c in candidates]
    return min(worst) < 16.0


def choose(track: Observed, sigma: np.ndarray, candidates: Sequence[Candidate], config, index: int) -> Motion:
    residuals = [c.fit.residual[:, 0] for c in candidates]
    scale = max(min(robust_scale(r, sigma) for r in residuals), 1.0)
    closest = min(residuals, key=lambda r: bic(r, sigma, scale, 1.0, 0))
    share = independent_share(correlation(closest, track.time, sigma))
    scores = [
        bic(r, sigma, scale, share, c.hypothesis.count)
        + SURPRISE.get(c.hypothesis.law.model, 0.0)
        + c.hypothesis.surprise
        for r, c in zip(residuals, candidates)
    ]
    best = int(np.argmin(scores))
    model = candidates[best].hypothesis.law.model
    rival = spline_bic(track, sigma, scale, share) if len(track.time) >= 8 else np.inf
    others = [rival] + [s for k, s in enumerate(scores) if candidates[k].hypothesis.law.model != model]
    delta = float(min(min(others) - scores[best], 1e6))
    if not plausible(track, sigma, candidates[best]):
        return erratic_motion(track, sigma, delta)
    return motion_of(track, sigma, candidates[best], share, delta, True, index)


def plausible(track: Observed, sigma: np.ndarray, candidate: Candidate) -> bool:
    """Whether what the law leaves is small against what it explains: noise, or an artefact of the clip."""
    residual = candidate.fit.residual[:, 0]
    left = trimmed(residual)
    noise = 1.5 * float(np.median(sigma))
    if candidate.hypothesis.law.model == "static":
        return left < max(noise, STILL)
    path = track.place - residual
    extent, bend = rms(path - path.mean(0)), rms(path - straight(track.time, path))
    curved = candidate.hypothesis.law.model != "uniform"
    small = left < SMALL * extent and left < LARGEST and (not curved or left < BENT * bend)
    return left < noise or small


def trimmed(residual: np.ndarray) -> float:
    """rms per axis of the better TRIM of the samples."""
    squared = np.sort((residual**2).sum(1))
    return float(np.sqrt(squared[: max(int(TRIM * len(squared)), 1)].mean() / 2))


def rms(place: np.ndarray) -> float:
    return float(np.sqrt((place**2).sum(1).mean()))


def straight(time: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The steady straight run nearest to a path."""
    design = np.stack((np.ones_like(time), time - time.mean()), 1)
    return design @ np.linalg.lstsq(design, place, rcond=None)[0]


def motion_of(track, sigma, candidate: Candidate, share, delta, confident, index) -> Motion:
    fit, law = candidate.fit, candidate.hypothesis.law
    residual = fit.residual[:, 0]
    loose = max(robust_scale(residual, sigma), 1.0)
    covariance = fit.covariance * loose**2 / share
    free = fit.free
    deviations = {law.names[i]: float(np.sqrt(covariance[i, i])) for i in free}
    rms = float(np.sqrt((fit.weight[:, 0] * (residual**2).sum(1)).sum() / max(2 * fit.weight.sum(), 1e-9)))
    white = float(np.median(sigma))
    span = (float(track.time[0]), float(track.time[-1]))
    events = events_of(candidate, span, index)
    return Motion(
        model=law.model, confident=confident, delta_bic=delta, parameters=dict(zip(law.names,
        fit.theta.tolist())), sigma=deviations, events=events, span=span, residual=rms, noise=white,
        artefact=float(np.sqrt(max(rms**2 - white**2, 0.0))), radius=float(np.nanmedian(track.radius)),
        law=law, theta=fit.theta, covariance=covariance,
    )  # fmt: skip


def events_of(candidate: Candidate, span, index: int) -> tuple[MotionEvent, ...]:
    world, theta = candidate.hypothesis.world, candidate.fit.theta
    if world is None or not world.lines:
        return ()
    arcs = world.arcs(theta[None], span[1])
    found = []
    for k in range(len(arcs.start)):
        if arcs.contact[k, 0] >= 0 and arcs.start[k, 0] <= span[1]:
            place = arcs.taylor[k, 0, 0, 0]
            rest = theta[world.index["restitution"]]
            found.append(
                MotionEvent(float(arcs.start[k, 0]), "bounce", (index,), float(rest), None, tuple(place))
            )
    return tuple(found)


def shared_gravity(motions: Sequence[Motion]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Weighted mean of the gravity of the free bodies."""
    free = [m for m in motions if m.confident and "gx" in m.sigma]
    if not free:
        return None, None
    weight = np.array([[m.sigma["gx"] ** -2, m.sigma["gy"] ** -2] for m in free])
    value = np.array([[m.parameters["gx"], m.parameters["gy"]] for m in free])
    return (weight * value).sum(0) / weight.sum(0), weight.sum(0) ** -0.5


def surfaces_of(motions: Sequence[Motion]) -> tuple[Surface2D, ...]:
    """Lines of the confident motions, moved from the path of the centre to the edge of the body."""
    found = []
    for motion in motions:
        p, s = motion.parameters, 0
        while motion.confident and f"angle{s}" in p:
            normal = np.array([np.cos(p[f"angle{s}"]), np.sin(p[f"angle{s}"])])
            near = motion.at(motion.span[0])
            on = near + (p[f"offset{s}"] - near @ normal) * normal
            found.append(Surface2D(on - normal * np.nan_to_num(motion.radius), normal))
            s += 1
    return tuple(found)
