"""Where a painted object really is: its outline registered to that of the predicted picture.

The frame and the prediction are read along the normals of the outline. Across the rim of an object of
colour F before a background B both are F + (B - F) H(o - d), H the step of an anti-aliased edge, o the way
along the normal, d the rim's place: 0 in the prediction, wanted in the frame. Their difference is, to first
order and for every channel,

    frame - prediction = (a + b o) (1 - H) + (a' + b' o) H - d (B - F) h,     h = dH/do

where a, b, a', b' are what the painter's light changes on either side. Linear least squares gives d per
normal; the place and the radius follow from d_i = n_i . shift + grown p_i . n_i / r by robust Gauss-Newton
(Tukey's biweight). What texture and shading do to an edge is the same in both pictures and cancels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import erf

from correction.outline import Ellipse

FINE, COARSE = (3.0, 0.5, 0.5), (9.0, 1.0, 3.0)  # px along the normal: reach, spacing, width of the step
MIN_STEP = 0.05  # contrast (norm over RGB, sRGB units) under which a rim point says nothing
NOISE, MODEL = 0.03, 0.10  # of the picture; px, of the model itself
CORRELATED = 2.0  # neighbouring rim points err together: variance factor
TUKEY = 4.685
SHOWN = 0.45  # least share of the rim that has to show


@dataclass(frozen=True)
class View:
    """A rectangle of frame and prediction, with what belongs to the object in it."""

    frame: np.ndarray  # (h, w, 3) sRGB in [0, 1]
    prior: np.ndarray  # (h, w, 3)
    mine: np.ndarray  # (h, w) bool, pixels of the object by the guide
    front: np.ndarray  # (h, w) bool, pixels of what stands before it
    origin: tuple[int, int]  # x, y of the rectangle's corner in the picture

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Picture coordinates x (1, w) and y (h, 1) of the pixels' centres."""
        h, w = self.mine.shape
        return self.origin[0] + np.arange(w)[None] + 0.5, self.origin[1] + np.arange(h)[:, None] + 0.5


@dataclass(frozen=True)
class Fit:
    """Where the painted outline lies from the stated one."""

    shift: np.ndarray  # (2,) px
    grown: float  # px of radius
    sigma: float  # px, standard deviation of the place along its worst direction
    sigma_radius: float  # px
    gain: float  # contrast of the rim in the frame over that in the prediction: 1 as stated, 0 nothing there
    reason: str = ""  # why there is no measurement; "" where there is one

    @property
    def off(self) -> float:
        """Distance from the stated place, px."""
        return float(np.hypot(*self.shift))


def track(view: View, stated: Ellipse) -> Fit:
    """Register the painted outline; `Fit.reason` tells why where that cannot be done."""
    if stated.radius < 3.0:
        return _nothing("too small")
    points, normals = stated.rim(int(np.clip(2 * np.pi * stated.radius, 24, 96)))
    usable = _usable(view, points, normals)
    if usable.mean() < SHOWN:
        return _nothing("hidden")
    fit = _descend(view, stated, usable, FINE, _nothing("", gain=1.0))
    if not _settled(fit):
        wide = _descend(view, stated, usable, COARSE, _nothing("", gain=1.0))
        again = _descend(view, stated, usable, FINE, wide) if not wide.reason else wide
        fit = min(fit, again, key=_badness)
    return fit


def _settled(fit: Fit) -> bool:
    return not fit.reason and fit.off < 0.7 and fit.gain > 0.6 and fit.sigma < 0.1


def _badness(fit: Fit) -> float:
    return 9.0 if fit.reason else abs(1 - min(fit.gain, 1.0)) + fit.sigma


def _nothing(reason: str, gain: float = 0.0) -> Fit:
    return Fit(np.zeros(2), 0.0, np.inf, np.inf, gain, reason)


def _usable(view: View, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Rim points (n,) where the object's own edge shows, well inside the picture."""
    inner, outer = points - 1.5 * normals, points + 1.5 * normals
    h, w = view.mine.shape
    far = points + FINE[0] * normals - view.origin
    inside = np.all((far > 1) & (far < (w - 1, h - 1)), axis=-1)
    return inside & _at(view.mine, inner - view.origin) & ~_at(view.front, outer - view.origin)


def _at(mask: np.ndarray, p: np.ndarray) -> np.ndarray:
    h, w = mask.shape
    return mask[np.clip(p[:, 1].astype(int), 0, h - 1), np.clip(p[:, 0].astype(int), 0, w - 1)]


def _descend(view: View, stated: Ellipse, usable: np.ndarray, window, start: Fit) -> Fit:
    """Gauss-Newton from `start`: the frame read at the outline so far, the prediction at the stated one."""
    reach, spacing, width = window
    inner = min(reach, max(0.6 * stated.radius, 1.5))
    offsets, solve = _basis(-round(inner / spacing), round(reach / spacing), spacing, width)
    points, normals = stated.rim(len(usable))
    points, normals = points[usable], normals[usable]
    support = np.sum((points - stated.centre) * normals, -1) / stated.radius
    design = np.column_stack([normals, support])
    told = _profiles(view.prior, points, normals, offsets, view.origin)
    fit = start
    for _ in range(6):
        now = stated.moved(fit.shift, fit.grown)
        here = now.rim(len(usable))[0][usable]
        seen = _profiles(view.frame, here, normals, offsets, view.origin)
        step, fit = _step(solve, seen, told, design, fit)
        if fit.reason or np.abs(step).max() < 0.02 or fit.off > 3 * reach:
            break
    return fit


def _step(solve: np.ndarray, seen, told, design, fit: Fit) -> tuple[np.ndarray, Fit]:
    """One Gauss-Newton step from the profiles (n, offsets, 3)."""
    slope, rise = np.einsum("ko,noc->knc", solve[:2], seen - told)
    odd = np.einsum("po,noc->npc", solve[2:], seen - told)  # what the model does not explain
    step_told = np.einsum("o,noc->nc", solve[1], told)
    step = step_told + rise  # B - F of the frame
    power = np.sum(step**2, -1)
    strong = power > MIN_STEP**2
    stated = np.sum(step_told**2, -1) > MIN_STEP**2
    gain = float(np.sum(step * step_told) / max(np.sum(step_told**2), 1e-9))
    if stated.sum() < 0.3 * len(power) or stated.sum() < 8:
        return np.zeros(3), _nothing("low contrast")
    if strong.sum() < 8:
        return np.zeros(3), Fit(np.zeros(2), 0.0, np.inf, np.inf, gain, "no outline")
    power = np.maximum(power, 1e-6)
    place = -np.sum(slope * step, -1) / power
    weight = strong / ((NOISE**2 + np.mean(np.sum(odd**2, -1), -1)) / power + MODEL**2)
    x, covariance = _robust(design, place, weight)
    sigma = float(np.sqrt(np.linalg.eigvalsh(covariance[:2, :2])[-1]))
    x = np.clip(x, -4.0, 4.0)
    shift, grown = fit.shift + x[:2], fit.grown + float(x[2])
    return x, Fit(shift, grown, sigma, float(np.sqrt(covariance[2, 2])), gain)


def _robust(a: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted least squares with Tukey's biweight: solution (3,) and covariance (3, 3)."""
    trust = np.ones_like(y)
    x, used, scale = np.zeros(3), weight, MODEL
    for _ in range(6):
        used = weight * trust
        normal = a.T @ (used[:, None] * a) + 1e-6 * np.eye(3)
        x = np.linalg.solve(normal, a.T @ (used * y))
        residual = np.abs(y - a @ x) * np.sqrt(weight / weight.max())
        scale = max(1.4826 * float(np.median(residual[weight > 0])), 0.02)
        trust = np.clip(1 - (residual / (TUKEY * scale)) ** 2, 0, 1) ** 2
    normal = a.T @ (used[:, None] / weight.max() * a) + 1e-6 * np.eye(3)
    return x, CORRELATED * scale**2 * np.linalg.inv(normal)


@lru_cache(maxsize=64)
def _basis(first: int, last: int, spacing: float, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (o,) px; functionals (2 + o, o) of a profile: -d (B - F), the step of B - F, what is left."""
    o = np.arange(first, last + 1) * spacing
    step = 0.5 * (1 + erf(o / (width * np.sqrt(2))))
    bump = np.exp(-0.5 * (o / width) ** 2) / (width * np.sqrt(2 * np.pi))
    mean = [step - 0.5, np.ones_like(o)]  # B - F and the colour between them
    tilt = [o * (1 - step), o * step] if width < 1 else []
    basis = np.stack([bump, *mean, *tilt], -1)
    inverse = np.linalg.pinv(basis)
    return o, np.concatenate([inverse[:2], np.eye(len(o)) - basis @ inverse])


def _profiles(picture: np.ndarray, points, normals, offsets, origin) -> np.ndarray:
    """The picture along the normals (n, offsets, 3), bilinear; the border's colour outside."""
    p = points[:, None] + offsets[:, None] * normals[:, None] - origin - 0.5
    h, w = picture.shape[:2]
    x, y = np.clip(p[..., 0], 0, w - 1.001), np.clip(p[..., 1], 0, h - 1.001)
    i, j = y.astype(int), x.astype(int)
    fy, fx = (y - i)[..., None], (x - j)[..., None]
    top = picture[i, j] * (1 - fx) + picture[i, j + 1] * fx
    return top * (1 - fy) + (picture[i + 1, j] * (1 - fx) + picture[i + 1, j + 1] * fx) * fy
