"""What a body has done lately, where that tells more than all that it did: its last smooth arc.

A law that held for long and does not hold for the last samples has just ended: something was hit. A body
whose path as a whole follows no law may have moved freely since the last thing that happened to it. In both
cases the next frames rest on the samples since then alone, by evidence (physics.predictor.paths), with the
gravity that all bodies share.

Limits: what happened between the last two samples is not seen; one sample off its law is an outlier.
"""

from __future__ import annotations

import numpy as np

from physics.motion import Motion
from physics.motion.events import Partition, split
from physics.motion.observed import Observed, noise_scale
from physics.predictor.paths import Flight, Priors, fit_flight
from physics.predictor.sighting import Sighting

WORST = 4.0  # deviations of noise from which a sample is off
LEAST, MOST = 2, 8  # samples off in a row that end a law; more say that it never held
ARC, PER_ARC = 3, 6  # samples of a last arc to go by, and of every arc on average
SHARE = 0.9  # of the samples that arcs have to explain
NOISIEST = 2.0  # times the noise that is claimed
WHOLE = 0.9  # share of the outline that has to show


def since_law(s: Sighting, motion: Motion) -> int:
    """How many samples ago the law of a body ended; 0 where it holds to the last."""
    off = np.linalg.norm(s.place - motion.at(s.time), axis=1) > WORST * _sigma(s)
    off &= s.visible >= WHOLE
    count = len(off) if off.all() else int(np.argmin(off[::-1]))
    return count if LEAST <= count <= MOST else 0


def last_arc(s: Sighting, gravity: np.ndarray | None) -> int:
    """Samples of the last arc of a path that moves freely from one impact to the next; 0 where its breaks
    are too many to be impacts, or the arc is too short to go by.
    """
    sigma = _sigma(s)
    parts = split(s.time, s.place, sigma, np.zeros(2) if gravity is None else gravity)
    count = int(parts.last[-1] - parts.first[-1]) + 1
    free = len(parts.first) <= len(s.time) / PER_ARC and _explained(parts, s, sigma) >= SHARE
    return count if free and count >= ARC else 0


def _explained(parts: Partition, s: Sighting, sigma: np.ndarray) -> float:
    """Share of the samples that arcs explain to the noise."""
    good = 0
    for first, last, (place, speed) in zip(parts.first, parts.last, parts.lines):
        t, inside = s.time[first : last + 1, None], slice(first, last + 1)
        off = s.place[inside] - place - speed * t - parts.acceleration * t**2 / 2
        good += int((np.linalg.norm(off, axis=1) < WORST * sigma[inside]).sum())
    return good / len(s.time)


def lately(s: Sighting, count: int, width: float, priors: Priors, gravity: np.ndarray | None) -> Flight:
    """The law of the last `count` samples."""
    offered = gravity if gravity is not None else None if priors.gravity is None else np.array(priors.gravity)
    part = slice(-count, None)
    wide = (_sigma(s)[part] ** 2)[:, None, None] * np.eye(2)
    return fit_flight(s.time[part], s.place[part], wide, width, offered, told=offered is not None)


def _sigma(s: Sighting) -> np.ndarray:
    """(n,) px: noise of each sample, as its neighbours show it; whims are larger than noise can be."""
    track = Observed(s.time, s.place, s.covariance, s.radius)
    return track.sigma * min(noise_scale(track), NOISIEST)
