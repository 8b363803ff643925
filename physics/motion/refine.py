"""The last fit of the chosen law: correlated errors, weak forces, what is believed of the world.

A clip's own wobble is correlated in time, so least squares that takes it for white noise is neither the best
estimate nor honest about its error: the likeliest covariance (artefact.py) is put in and the law fitted again
(generalised least squares), together with weak beliefs that only matter then: gravity points down the
picture, and a bounce keeps most of the motion along the line. Drag, wind and rolling resistance are let in
one after the other where they earn their keep.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physics.motion.artefact import Artefact, find, whitening
from physics.motion.candidates import LEAST, Candidate
from physics.motion.fit import Data, Fit, first_order, solve
from physics.motion.hypotheses import Hypothesis
from physics.motion.observed import HONEST, MotionConfig, Observed
from physics.motion.select import robust_scale

FORCES = (("drag",), ("resistance",), ("drag", "wind_x", "wind_y"))
WORTH = 12.0  # fall of the cost that each further force has to bring
DENSE = 240  # samples above which errors are taken for white: the likelihood costs their number cubed
LOOSE = 0.7  # share that it may leave to first order to be tried at all
EXPLAINS = 0.6  # share of the residual that a force may leave: a force explains a bias, not a wobble
AGAIN = 12  # rounds of a fit that starts from the one before
LIKELY = 6.0  # log likelihood by which correlated errors have to beat white ones
TILT = 0.015  # gravity across the picture's vertical as a share of it, deviation
KEEP = (0.93, 0.1)  # tangential share of a bounce, mean and deviation
SIMPLER = 4.0  # rise of the cost at which a parameter is still left out


def refine(
    best: Candidate, track: Observed, sigma: np.ndarray, config: MotionConfig
) -> tuple[Fit, Hypothesis]:
    """The fit to report, its covariance that of the estimate as it stands."""
    hypothesis = believing(best.hypothesis, best.fit.theta, len(track.time), config)
    fit = white(hypothesis, best.fit.theta, track, sigma)
    if len(track.time) < LEAST:
        return fit, hypothesis
    fit, hypothesis = forced(fit, hypothesis, track.time, lambda h, theta: white(h, theta, track, sigma))
    scale = sigma * robust_scale(fit.residual[:, 0], sigma)
    good = (fit.residual[:, 0] ** 2).sum(1) < 25 * scale**2
    if not LEAST <= good.sum() <= DENSE:
        return scaled(fit, sigma), hypothesis
    few, fine = track.take(good), sigma[good]
    artefact = find(fit.residual[good, 0], few.time, fine)
    if artefact.gain < LIKELY:
        return scaled(fit, sigma), hypothesis
    return simplest(hypothesis, fit.theta, lambda h, theta: coloured(h, theta, few, fine, artefact))


def simplest(hypothesis: Hypothesis, theta: np.ndarray, refit) -> tuple[Fit, Hypothesis]:
    """Backward elimination: a wobbling clip cannot tell a small tilt or a little friction from none."""
    fit = refit(hypothesis, theta)
    names = hypothesis.law.names
    for name, value in (("keep", 1.0), ("gx", 0.0), ("gy", 0.0), ("angle", None), ("gamma", 0.0), ("c", 0.0)):
        if name not in names or names.index(name) not in hypothesis.free:
            continue
        i = names.index(name)
        plain = fit.theta.copy()
        plain[i] = np.round(plain[i] / (np.pi / 2)) * (np.pi / 2) if value is None else value
        fewer = replace(hypothesis, free=hypothesis.free[hypothesis.free != i], prior=without(hypothesis, i))
        trial = refit(fewer, plain)
        if trial.cost < fit.cost + SIMPLER:
            fit, hypothesis = trial, fewer
    return fit, hypothesis


def without(hypothesis: Hypothesis, i: int) -> tuple[np.ndarray, np.ndarray]:
    """The priors less that of parameter i."""
    precision = hypothesis.prior[1].copy()
    precision[i] = 0.0
    return hypothesis.prior[0], precision


def believing(hypothesis: Hypothesis, theta: np.ndarray, samples: int, config: MotionConfig) -> Hypothesis:
    """The hypothesis with the weak beliefs; a short track gets the gravity that it cannot exclude."""
    world = hypothesis.world
    if world is None:
        return hypothesis
    mean, precision = (part.copy() for part in hypothesis.prior)
    free = set(hypothesis.free.tolist())
    gx, gy, keep = (world.index[name] for name in ("gx", "gy", "keep"))
    if samples < LEAST and config.gravity is None:
        precision[[gx, gy]] = config.unknown_gravity**-2
        free |= {world.index[name] for name in ("u0", "v0", "gx", "gy")} if samples > 1 else set()
    elif gx in free and precision[gx] == 0 and upright(theta[[gx, gy]], config):
        across = gx if abs(config.down[1]) > abs(config.down[0]) else gy
        precision[across] = (TILT * np.hypot(*theta[[gx, gy]])) ** -2
    if keep in free and precision[keep] == 0:
        mean[keep], precision[keep] = KEEP[0], KEEP[1] ** -2
    return replace(hypothesis, prior=(mean, precision), free=np.array(sorted(free)))


def upright(gravity: np.ndarray, config: MotionConfig) -> bool:
    """Whether gravity points along `down` within ten degrees."""
    size = np.linalg.norm(gravity) * np.linalg.norm(config.down)
    return bool(gravity @ config.down > 0.985 * size > 0)


def white(hypothesis: Hypothesis, theta, track: Observed, sigma: np.ndarray) -> Fit:
    data = Data(track.time, track.place[:, None], np.eye(2) / sigma[:, None, None, None])
    return solve(hypothesis.law, data, theta, hypothesis.free, hypothesis.prior, AGAIN)


def forced(fit: Fit, hypothesis: Hypothesis, time: np.ndarray, refit) -> tuple[Fit, Hypothesis]:
    """With drag, wind or rolling resistance where the cost falls enough."""
    world = hypothesis.world
    if world is None or hypothesis.law.model not in ("ballistic", "bouncing"):
        return fit, hypothesis
    samples = len(fit.residual)
    if fit.cost < 2.3 * samples:
        return fit, hypothesis
    for names in FORCES:
        if "resistance" in names and not world.lines:
            continue
        more = np.array(sorted({*hypothesis.free.tolist(), *(world.index[name] for name in names)}))
        left = first_order(fit.law, fit.theta, fit.residual, fit.weight, more, time)
        if np.median(np.linalg.norm(left[:, 0], axis=1)) > LOOSE * spread(fit):
            continue
        start = np.repeat(fit.theta[None], 2, 0)
        start[:, world.index[names[0]]] = (3e-4, 3e-3) if names[0] == "drag" else (0.005, 0.03)
        richer = replace(hypothesis, free=more)
        trial = refit(richer, start)
        worth = trial.cost < fit.cost - WORTH * (len(more) - len(hypothesis.free))
        if worth and spread(trial) < EXPLAINS * spread(fit):
            fit, hypothesis = trial, richer
    return fit, hypothesis


def spread(fit: Fit) -> float:
    """px, the median distance of the samples from the law."""
    return float(np.median(np.linalg.norm(fit.residual[:, 0], axis=1)))


def coloured(hypothesis, theta, track: Observed, sigma: np.ndarray, artefact: Artefact) -> Fit:
    """Generalised least squares with the covariance of noise and artefact."""
    whiten = np.broadcast_to(np.eye(2), (len(track.time), 1, 2, 2))
    data = Data(track.time, track.place[:, None], whiten, whitening(artefact, track.time, sigma))
    return solve(hypothesis.law, data, theta, hypothesis.free, hypothesis.prior, AGAIN)


def scaled(fit: Fit, sigma: np.ndarray) -> Fit:
    """The covariance scaled to the residual found."""
    loose = robust_scale(fit.residual[:, 0], sigma)
    loose = loose if loose > HONEST else 1.0
    return replace(fit, covariance=fit.covariance * loose**2)
