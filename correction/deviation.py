"""How far a watched object is from its law of motion, and whether that is worth mending.

A repair has to be sure (the evidence decides for the law's path: `Motion.evidence`), worth it (the path is
off by more than tracking errs) and better than what it replaces (the law's own uncertainty is well below the
deviation). Frames that are right already stay as they are: the repair fades out below the tolerance. Frames
in which the thing shows only in part, or in which the picture fits the law's place as well as the tracked
one, say nothing against the law: there it is the tracking that errs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import make_lsq_spline

from physics.estimator.track import Track, Watch
from physics.motion import Motion

FREE = ("uniform", "ballistic", "rolling", "sliding", "pendulum", "spring", "circular")  # without contacts
SLOW = 12.0  # frames per knot of a slow curve
FLIGHT = 24  # frames of a flight from which slow can be told from quick
MOSTLY = 0.6  # share of the frames that are right where a fault is a passing one
ABSTAIN = ("erratic", "static")  # no law, or nothing that moves
WHOLE = 0.95  # share of the outline from which a thing counts as showing in full
ASTRAY = 2.0  # radii by which a place errs per share of the outline that does not show
HIDDEN = 0.5  # of the squared deviation that is mended may stay where the thing hardly shows
EXPOSURE = np.linspace(-1, 1, 9)  # moments of an open shutter
FAINT, RELATED, SHOWN = 2.0, 0.6, 12  # see `shutter`; correlation of area and speed that is blur; frames


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What may stay as it is."""

    place: float = 0.3  # px from the law
    evidence: float = 10.0  # delta BIC that a law needs
    radius: float = 3.0  # px: smaller things are as likely noise
    contrast: float = 0.07  # sRGB units to the background: dito
    rms: float = 0.4  # px over the clip: less is tracking error
    peak: float = 0.9  # px in a few frames: less is tracking error
    noise: float = 4.0  # times the measurement's error that a deviation has to exceed
    gain: float = 0.75  # the law's own uncertainty over the deviation: more is no improvement
    shortest: int = 18  # frames of a track: fewer show no law
    typical: float = 5.0  # px, or half the radius: most frames have to be nearer to the law
    extent: float = 0.15  # of the path's extent: dito
    smooth: float = 0.75  # share of a deviation that a slow curve may explain before it is physics
    size: float = 0.03  # share of the radius, rms
    colour: float = 0.03  # share of the brightness, rms


@dataclass(frozen=True)
class Deviation:
    """One object against its law, in its n frames."""

    law: np.ndarray  # (n, 2) px, where it belongs in plate coordinates
    off: np.ndarray  # (n,) px from there
    weight: np.ndarray  # (n,) share of the way that it is moved, 0 ... 1
    reason: str  # why it is moved, or why not

    @property
    def wrong(self) -> bool:
        """Whether any frame is mended."""
        return bool(self.weight.any())

    @property
    def rms(self) -> float:
        """px."""
        return float(np.sqrt(np.mean(self.off**2)))


def deviation(track: Track, motion: Motion, limits: Limits, borne_out: np.ndarray | None = None) -> Deviation:
    """Compare the track with its law; `borne_out` (n,): the picture shows the thing off the law."""
    law = exposed(motion, track)
    off = np.hypot(*(track.centre_plate - law).T)
    clear = (doubt(track) < 0.5 * off) & during(motion, track) & (True if borne_out is None else borne_out)
    reason = _why_not(track, motion, law, np.where(clear, off, 0.0), limits)
    if reason:
        return Deviation(law, off, np.zeros(len(off)), reason)
    tolerance = max(limits.place, 2 * measured_to(track, motion))
    weight = np.where(clear, np.clip(2 * off / tolerance - 1, 0, 1), 0.0)
    left, done = off[(weight == 0) & (off > tolerance)], off[weight > 0]
    if len(left) > len(done) and left @ left > HIDDEN * (done @ done):
        reason = f"is off its {motion.model} path mostly where it does not show clearly"
        return Deviation(law, off, np.zeros(len(off)), reason)
    return Deviation(law, off, weight, f"{np.sqrt(np.mean(off**2)):.2f} px rms off its {motion.model} path")


def exposed(motion: Motion, track: Track) -> np.ndarray:
    """(n, 2) px, the law's mean place while the shutter is open: at a bounce that is above the floor."""
    half = 0.5 * shutter(motion, track)
    times = track.frames[:, None] + half * EXPOSURE
    return motion.at(times).mean(1)


def shutter(motion: Motion, track: Track) -> float:
    """Share of the frame time for which the shutter is open: a disc of radius r that moves by L meanwhile
    covers pi r^2 + 2 r L, half of which is faint and told from the background with luck.
    """
    known = np.isfinite(track.radius) & (track.visible > WHOLE)
    if known.sum() < SHOWN:
        return 0.0
    r = track.radius[known]
    way = np.hypot(*motion.velocity(track.frames[known].astype(float)).T) * 2 * float(np.median(r)) / np.pi
    if np.ptp(way) < 1 or np.ptp(r) < 0.1 or np.corrcoef(way, r**2)[0, 1] < RELATED:
        return 0.0
    return float(np.clip(FAINT * np.polyfit(way, r**2, 1)[0], 0, 1))


def during(motion: Motion, track: Track) -> np.ndarray:
    """(n,) whether a frame is within the span for which the law holds."""
    return (track.frames >= motion.span[0] - 0.5) & (track.frames <= motion.span[1] + 0.5)


def lawful(motion: Motion, limits: Limits) -> bool:
    """Whether it moves, and the evidence decides for the law's path."""
    return motion.model not in ABSTAIN and motion.evidence > limits.evidence


def doubt(track: Track) -> np.ndarray:
    """(n,) px by which places may err because the thing shows only in part: towards what shows."""
    known = track.radius[np.isfinite(track.radius)]
    radius = float(np.median(known)) if len(known) else 0.0
    return ASTRAY * radius * np.clip(WHOLE - track.visible, 0, 1)


def _why_not(track: Track, motion: Motion, law: np.ndarray, off: np.ndarray, limits: Limits) -> str:
    """The reason to leave the object alone; "" where it is to be mended. `off` (n,) px that are clear."""
    if motion.model in ABSTAIN:
        return "moves by no law that is known here" if motion.model == "erratic" else "does not move"
    if len(off) < limits.shortest:
        return f"was seen in {len(off)} frames only"
    if not lawful(motion, limits):
        return f"may be {motion.model}, but the evidence does not decide"
    rms, peak = float(np.sqrt(np.mean(off**2))), float(np.sort(off)[-2:].mean())
    error = limits.noise * measured_to(track, motion)
    if rms < max(limits.rms, error) and peak < max(limits.peak, 2 * error):
        return f"follows its {motion.model} path to {rms:.2f} px"
    sure = np.trace(motion.sigma_at(track.frames.astype(float)), axis1=1, axis2=2)
    if np.sqrt(np.mean(sure)) > limits.gain * max(rms, 0.5 * peak):
        return f"is off its {motion.model} path by {rms:.2f} px, but the path itself is not known better"
    size = np.nanmedian(track.radius) if np.isfinite(track.radius).any() else 0.0
    extent = float(np.hypot(*np.ptp(track.centre_plate, axis=0)))
    slow = not motion.fault and not passing(off, max(limits.place, 3 * measured_to(track, motion)))
    if slow and smooth_in_flight(track.frames, track.centre_plate - law, motion) > limits.smooth:
        return f"leaves its {motion.model} path by {rms:.2f} px, but as smoothly as drag or perspective would"
    if np.median(off) > min(max(limits.typical, 0.5 * size), limits.extent * extent):
        return f"is too far from its {motion.model} path to be moved there"
    return ""


def substantial(seen: Watch, track: Track, limits: Limits) -> bool:
    """Whether it is large and distinct enough to be a thing, and no trace of coding."""
    known = track.radius[np.isfinite(track.radius)]
    x, y = np.clip(track.centre_plate.astype(int), 0, np.array(seen.plate.shape[1::-1]) - 1).T
    apart = np.median(np.abs(track.colour - seen.plate[y, x]).max(-1))
    return len(known) > 0 and bool(np.median(known) >= limits.radius and apart >= limits.contrast)


def measured_to(track: Track, motion: Motion) -> float:
    """px that a place is measured to: what the tracker claims, or the path's white part where that is less.

    The white part alone would not do: a picture that shakes quickly looks like one that is measured badly.
    """
    claimed = np.sqrt(np.trace(track.covariance, axis1=1, axis2=2) / 2)
    return float(min(np.median(claimed), motion.noise))


def passing(off: np.ndarray, tolerance: float) -> bool:
    """Whether deviations (n,) px are over in a part of the clip, before and after which the same law holds:
    what a law leaves out is never gone for most of the time.
    """
    near = off < tolerance
    ends = max(len(near) // 8, 3)
    return bool(near.mean() > MOSTLY and near[:ends].all() and near[-ends:].all())


def smooth_in_flight(frames: np.ndarray, off: np.ndarray, motion: Motion) -> float:
    """The same as `smooth_share`, contact by contact; short flights are too bent to tell anything."""
    if motion.model in FREE:
        return smooth_share(frames, off)
    parts = np.split(np.arange(len(frames)), np.searchsorted(frames, [e.frame for e in motion.events]))
    energy = np.array([np.sum(off[p] ** 2) for p in parts])
    shares = np.array([smooth_share(frames[p], off[p]) if len(p) >= FLIGHT else 0.0 for p in parts])
    return float(shares @ energy / max(energy.sum(), 1e-12))


def smooth_share(frames: np.ndarray, off: np.ndarray) -> float:
    """Share of the deviations (n, 2) that a cubic spline with a knot per 12 frames explains (R^2).

    What a generator does wrong is rough against that; what a law leaves out (drag, spin, perspective) is not.
    """
    t = frames.astype(float)
    if len(t) < 12:
        return 0.0
    inner = np.linspace(t[0], t[-1], max(int((t[-1] - t[0]) / SLOW), 1) + 1)[1:-1]
    try:
        left = off - make_lsq_spline(t, off, np.r_[[t[0]] * 4, inner, [t[-1]] * 4])(t)
    except (ValueError, np.linalg.LinAlgError):  # a knot interval without a sample
        return 0.0
    return 1 - float(np.sum(left**2) / max(np.sum(off**2), 1e-12))
