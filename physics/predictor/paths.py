"""What the predictor believes about motion: laws with an uncertain start, and what it assumes where nothing
was seen.

`Flight` is the law of a free body: x'' = a - k |v - w| (v - w) - mu v/|v|. Its start (x, v, a) is Gaussian.
With few observations and a known measuring error the law is chosen by evidence: `fit_flight` compares
static, uniform, falling (a along y alone, or as told) and any constant acceleration by their marginal
likelihood, a closed form for linear Gaussian models (MacKay 2003, chapter 28). Nobody says how many metres
a picture shows, so the size of an unknown acceleration is shared out evenly over SCALES on a logarithmic
axis: a slow fall that three frames cannot tell from none stays possible. The spread is that of all laws about
the most likely one, each with its weight (Bayesian model averaging, Hoeting et al. 1999, eq. 5).
Units: px and frames; x right, y down.

Limits: constant acceleration over the context; a bounce inside a short context is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

SURE = 1.0  # nats of evidence over the second best kind of law that count as decided, where it matters little
TOLD = 4.0  # nats that gravity has in advance where somebody states it
SPEED, PULL = (
    0.1,
    0.02,
)  # of the picture's width: prior standard deviations of v (per frame) and a (per frame^2)
SCALES = (1.0, 0.25, 0.06, 0.015)  # of PULL: earth's pull at 24 frames/s, pictures 1 m to 60 m wide
SHARP, SOON = 0.03, 12.0  # of the picture's width, frames: a sure law says where the object is by then
KNOWN = 1e-9  # standard deviation of what a law fixes


@dataclass(frozen=True, kw_only=True)
class Priors:
    """What is assumed where a clip does not tell. The defaults are a frictionless table of elastic discs."""

    gravity: tuple[float, float] | None = None  # px/frame^2; None: measured, or none
    restitution: float = 1.0  # of impacts that were not watched
    # picture widths per frame: slower impacts do not bounce (Box2D's rule at 10 frames/s), if none was seen
    settle: float = 0.01
    surfaces: tuple[
        tuple[float, float, float, float], ...
    ] = ()  # x, y, nx, ny of lines that bodies bounce off
    collide: bool = True  # whether discs that meet in the picture hit each other
    rolling: float = 0.0  # friction along a surface over the pressure on it
    members: int = 24  # possible worlds that are followed to know how sure a prediction is
    seed: int = 0


@dataclass(frozen=True)
class Flight:
    """A free body from `time` on. `mean` (6,): x, y, vx, vy, ax, ay; `covariance` (6, 6)."""

    time: float
    mean: np.ndarray
    covariance: np.ndarray
    model: str = "ballistic"
    confident: bool = True
    delta_bic: float = 0.0
    drag: float = 0.0  # 1/px
    wind: np.ndarray = field(default_factory=lambda: np.zeros(2))  # px/frame
    friction: float = 0.0  # px/frame^2

    def basis(self, t: float) -> np.ndarray:
        """(2, 6): place at `t` from the start, without drag and friction."""
        tau = t - self.time
        return np.kron(np.array([1.0, tau, 0.5 * tau * tau]), np.eye(2))

    def at(self, t: float) -> np.ndarray:
        """Place (2,), without drag and friction, which the roll-out integrates."""
        return self.basis(t) @ self.mean

    def velocity(self, t: float) -> np.ndarray:
        """(2,) px/frame."""
        return self.mean[2:4] + (t - self.time) * self.mean[4:]

    def sigma_at(self, t: float) -> np.ndarray:
        """Covariance (2, 2) of the place."""
        basis = self.basis(t)
        return basis @ self.covariance @ basis.T


def fit_flight(
    times: np.ndarray, places: np.ndarray, covariance: np.ndarray, width: float,
    gravity: np.ndarray | None = None, told: bool = False,
) -> Flight:  # fmt: skip
    """The most likely law for places (n, 2) with covariances (n, 2, 2), started at the last time.

    `gravity` offers one more law, falling with just that acceleration; `told` makes it likely in advance.
    """
    tau = times - times[-1]
    design = np.stack([np.ones_like(tau), tau, 0.5 * tau**2], axis=1)
    design = np.kron(design, np.eye(2))  # (2n, 6)
    noise = np.zeros((2 * len(times), 2 * len(times)))
    for k, block in enumerate(covariance):
        noise[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = block
    laws, logs = [], []
    for name, mean, sigma, odds in _hypotheses(width, gravity, told):
        prior = np.diag(np.r_[width, width, sigma] ** 2)
        start = np.r_[places.mean(0), mean]
        evidence, m, c = _posterior(design, places.ravel(), noise, start, prior)
        laws.append((name, m, c))
        logs.append(evidence + odds)
    return _averaged(float(times[-1]), laws, np.array(logs), width)


def _averaged(
    time: float, laws: list[tuple[str, np.ndarray, np.ndarray]], logs: np.ndarray, width: float
) -> Flight:
    """The likeliest law of the likeliest kind, with the spread of all about it."""
    names = np.array([name for name, _, _ in laws])
    kinds = {name: float(np.logaddexp.reduce(logs[names == name])) for name in dict.fromkeys(names.tolist())}
    ordered = sorted(kinds, key=lambda name: -kinds[name])
    best = int(np.argmax(np.where(names == ordered[0], logs, -np.inf)))
    _, mean, _ = laws[best]
    weight = np.exp(logs - np.logaddexp.reduce(logs))
    spread = sum(w * (c + np.outer(m - mean, m - mean)) for w, (_, m, c) in zip(weight, laws, strict=True))
    lead = kinds[ordered[0]] - kinds[ordered[1]]
    found = Flight(time, mean, np.asarray(spread), ordered[0], lead > SURE, 2.0 * lead)
    vague = float(np.linalg.eigvalsh(found.sigma_at(time + SOON))[-1]) > (SHARP * width) ** 2
    return replace(found, confident=False) if vague else found


def _hypotheses(width: float, gravity: np.ndarray | None, told: bool):
    """(name, mean of v and a, standard deviations of v and a, nats in advance)."""
    v, a, no = [SPEED * width] * 2, PULL * width, KNOWN
    yield "static", np.zeros(4), np.array([no] * 4), 0.0
    yield "uniform", np.zeros(4), np.array([*v, no, no]), 0.0
    if gravity is not None:
        yield "ballistic", np.r_[0, 0, gravity], np.array([*v, no, no]), TOLD if told else 0.0
    for scale in () if told else SCALES:
        share = -np.log(len(SCALES))
        yield "ballistic", np.zeros(4), np.array([*v, no, scale * a]), share
        yield "ballistic", np.zeros(4), np.array([*v, scale * a, scale * a]), share - 1.0


def _posterior(design, data, noise, mean, prior) -> tuple[float, np.ndarray, np.ndarray]:
    """Log marginal likelihood, posterior mean and covariance of a linear Gaussian model."""
    misfit = data - design @ mean
    total = design @ prior @ design.T + noise
    gain = np.linalg.solve(total, design @ prior).T
    evidence = -0.5 * (misfit @ np.linalg.solve(total, misfit) + np.linalg.slogdet(total)[1])
    return float(evidence), mean + gain @ misfit, prior - gain @ design @ prior
