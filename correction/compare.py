"""Measured against stated: what is wrong with a painted object, and how sure that is.

Place and size are judged by the registered outline. Colour is judged by the object's mean: grossly off
from the prediction, or off from its own running difference to the prediction (flicker); a steady small
difference is the painter's light and is left alone. Whatever is not measured well is left alone too.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from correction.colour import delta_e
from correction.outline import Ellipse
from correction.track import Fit, View, track

SURE = 4.0  # standard deviations that an error has to exceed


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """What may stay as it is."""

    place: float = 0.3  # px
    size: float = 0.02  # of the radius
    colour: float = 8.0  # CIEDE2000 of the object's mean to the predicted one
    flicker: float = 2.5  # CIEDE2000 of the mean's jump
    clear: float = 20.0  # `colour` for metal and glass, which show what the prediction only sketches
    glass: float = 2.5  # factor on place and size: what shows through glass up to its rim is only sketched
    sigma: float = 0.08  # px: a place known worse than this is no measurement
    visible: float = 0.3  # share of the outline's area that has to show
    memory: int = 5  # frames of the running difference


@dataclass(frozen=True)
class Verdict:
    """What is wrong with one object in one frame."""

    fit: Fit
    kind: tuple[str, ...] = ()  # of "position", "size", "vanished"
    weight: float = 0.0  # how much of the repair to apply, 0 ... 1

    @property
    def measured(self) -> bool:
        """Whether the outline was found well enough to judge it."""
        return not self.fit.reason


def judge(view: View, stated: Ellipse, limit: Tolerance, glass: bool = False) -> Verdict:
    """Track the object and compare it with its stated outline; `glass` asks for more before acting."""
    fit = track(view, stated)
    if gone(view, stated, fit):
        return Verdict(fit, ("vanished",), 1.0)
    if fit.reason:
        return Verdict(fit)
    if fit.sigma > limit.sigma:
        return Verdict(Fit(fit.shift, fit.grown, fit.sigma, fit.sigma_radius, fit.gain, "outline too faint"))
    sizes = abs(fit.grown) / stated.radius
    scale = limit.glass if glass else 1.0
    place = fade(fit.off, scale * limit.place) if fit.off > SURE * fit.sigma else 0.0
    size = fade(sizes, scale * limit.size) if abs(fit.grown) > SURE * fit.sigma_radius else 0.0
    found = {"position": place == 1.0, "size": size == 1.0}
    return Verdict(fit, tuple(k for k, bad in found.items() if bad), max(place, size))


def fade(error: float, tolerance: float) -> float:
    """0 up to two thirds of the tolerance, 1 from the tolerance on: a repair must not flicker itself."""
    return float(np.clip(3 * error / tolerance - 2, 0.0, 1.0))


def gone(view: View, stated: Ellipse, fit: Fit) -> bool:
    """Nothing where the object should be: no rim, and another colour than the predicted one."""
    if fit.reason not in ("", "no outline") or fit.gain > 0.25:
        return False
    inner = interior(view, stated)
    return bool(inner.sum() >= 12 and delta_e(view.frame[inner].mean(0), view.prior[inner].mean(0)) > 6)


def interior(view: View, stated: Ellipse) -> np.ndarray:
    """Pixels (h, w) surely inside the object and not hidden."""
    return (stated.distance(*view.grid()) < -1.5) & ndimage.binary_erosion(view.mine)


@dataclass
class ColourMemory:
    """The running difference of an object's mean colour to the prediction."""

    size: int
    raw: deque[np.ndarray] = field(default_factory=deque)  # as painted, sRGB (3,)
    kept: np.ndarray | None = None  # of the last frame as it went out

    def expected(self) -> np.ndarray | None:
        """Median difference (3,) of the last frames; None before there are three."""
        return np.median(np.stack(self.raw), axis=0) if len(self.raw) >= 3 else None

    def add(self, painted: np.ndarray, kept: np.ndarray) -> None:
        """Remember one frame's difference, before and after the repair."""
        self.raw.append(painted)
        if len(self.raw) > self.size:
            self.raw.popleft()
        self.kept = kept

    def clear(self) -> None:
        """Forget all: the object was out of sight."""
        self.raw.clear()
        self.kept = None


def colour_change(view: View, inner: np.ndarray, memory: ColourMemory, limit: Tolerance, clear: bool):
    """What to add to the object's colour, sRGB (3,), and why ("colour", "flicker" or "" with zeros)."""
    told = view.prior[inner].mean(0)
    painted = view.frame[inner].mean(0) - told
    expected = memory.expected()
    change, kind = np.zeros(3), ""
    if delta_e(told + painted, told + (0 if expected is None else expected)) > (
        limit.clear if clear else limit.colour
    ):
        change, kind = (0 if expected is None else expected) - painted, "colour"
    elif expected is not None and memory.kept is not None:
        jumps = [float(delta_e(told + painted, told + before)) for before in (expected, memory.kept)]
        change, kind = ((expected - painted), "flicker") if min(jumps) > limit.flicker else (change, "")
    memory.add(painted, painted + change)
    return change, kind
