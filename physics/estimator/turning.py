"""How things turn in the picture, and their places while they do.

The look of a thing on rings about its centre is a function of the angle; turning shifts it. Its Fourier
series along the rings gives the angle between two looks at once, over the full circle, as the peak of their
correlation (De Castro & Morandi 1987); harmonics 0 and 1 are left out, which hold the light's side, and those
beyond HIGHEST, which hold noise. Views are matched one after another against the mean of those before. The
layer is then learnt from views turned back, and registered with three more unknowns: what is left of the
angle, and a slope of brightness across the thing along x and y, since light does not turn with it.

Whichever point the layer calls its centre circles about the true one as the thing turns. It is the centroid
of the outline, and the outline is told by what shows through before different grounds (layers.outlined):
spots at the rim that look like the ground would pull it.

Limits: turning in the picture's plane. A ball that rolls shows other sides, its looks stop matching, and its
outline serves. Faster than half a turn from frame to frame looks slower.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from physics.estimator import register as reg
from physics.estimator.layers import Sight, learn_layer, outlined
from physics.estimator.track import Layer

RINGS = np.array([0.3, 0.45, 0.6, 0.72, 0.84])  # of the radius
ANGLES, LOWEST, HIGHEST = 96, 2, 12  # samples along a ring; harmonics that count
STEADY = 0.15  # of the correlation: what keeps to the last rate has that much of a lead at most
MATCH = 0.6  # correlation of the views, turned back, with their mean
BETTER = 0.08  # by which that has to be above the correlation of views as they are
LEAST = 0.25  # rad from first to last
RECENT = 0.25  # share of the newest view in the reference
ROUNDS = 2


def look(planes: np.ndarray, centre: np.ndarray, radius: float) -> np.ndarray:
    """Fourier series (rings, 3, HIGHEST + 1) of colours (h, w, 3) about `centre` (2,) px of the array."""
    angle = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    x = centre[0] - 0.5 + radius * RINGS[:, None] * np.cos(angle)
    y = centre[1] - 0.5 + radius * RINGS[:, None] * np.sin(angle)
    rings = [ndimage.map_coordinates(planes[..., c], (y, x), order=1, mode="nearest") for c in range(3)]
    series = np.fft.rfft(np.stack(rings, 1), axis=-1)[..., : HIGHEST + 1] * np.sqrt(RINGS)[:, None, None]
    series[..., :LOWEST] = 0
    return series


def between(first: np.ndarray, second: np.ndarray, near: float = 0.0) -> tuple[float, float]:
    """(angle in (-pi, pi] that `second` is turned by against `first`, their correlation there); of peaks that
    are about alike, the one at `near`.
    """
    spectrum = np.zeros(ANGLES // 2 + 1, complex)
    spectrum[: HIGHEST + 1] = (first.conj() * second).sum((0, 1))
    norm = np.linalg.norm(first) * np.linalg.norm(second)
    match = np.fft.irfft(spectrum, ANGLES) * ANGLES / 2 / max(float(norm), 1e-12)
    angle = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    k = int(np.argmax(match + STEADY * (np.cos(angle - near) - 1) / 2))
    low, here, high = match[k - 1], match[k], match[(k + 1) % ANGLES]
    bend = min(low - 2 * here + high, -1e-12)
    found = angle[k] + np.clip(0.5 * (low - high) / bend, -0.5, 0.5) * (2 * np.pi / ANGLES)
    return float((found + np.pi) % (2 * np.pi) - np.pi), float(here)


def back(series: np.ndarray, angle: float) -> np.ndarray:
    """The look before a turn by `angle`."""
    return series * np.exp(1j * np.arange(HIGHEST + 1) * angle)


def angles_of(views: list[Sight], radius: float) -> np.ndarray | None:
    """Angles (n,) rad of views against the first, unwrapped; None where nothing turns as a whole."""
    looks = [look(v.pixels, v.centre - v.corner, radius * np.exp(v.size)) for v in views]
    reference, angles, matches, rate = looks[0], [0.0], [], 0.0
    for series in looks[1:]:
        angle, match = between(reference, series, angles[-1] + rate)
        step = (angle - angles[-1] - rate + np.pi) % (2 * np.pi) - np.pi + rate
        rate = step
        angles.append(angles[-1] + step)
        matches.append(match)
        reference = (1 - RECENT) * reference + RECENT * back(series, angle)
    if not matches or np.median(matches) < MATCH or np.ptp(angles) < LEAST:
        return None
    mean = np.mean(looks, 0)
    still = [between_as_they_are(mean, series) for series in looks]
    return np.array(angles) if np.median(matches) > np.median(still) + BETTER else None


def between_as_they_are(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation of two looks that are not turned."""
    norm = np.linalg.norm(first) * np.linalg.norm(second)
    return float((first.conj() * second).sum().real / max(float(norm), 1e-12))


def turned(layer: Layer, angle: float) -> Layer:
    """The layer turned by `angle` about its centre."""
    planes = np.concatenate([layer.colour, layer.alpha[..., None]], -1)
    h, w = layer.alpha.shape
    x, y = np.meshgrid(np.arange(w) + 0.5 - layer.centre[0], np.arange(h) + 0.5 - layer.centre[1])
    c, s = np.cos(angle), np.sin(angle)
    at = s * -x + c * y + layer.centre[1] - 0.5, c * x + s * y + layer.centre[0] - 0.5
    out = [ndimage.map_coordinates(planes[..., k], at, order=3, mode="constant") for k in range(4)]
    alpha = np.clip(out[3], 0, 1)
    colour = np.clip(np.stack(out[:3], -1), 0, alpha[..., None])
    return Layer(colour.astype(np.float32), alpha.astype(np.float32), layer.centre)


def register(
    patch: reg.Patch,
    layer: Layer,
    angle: float,
    start: np.ndarray,
    size: float,
    stiff: float = 0.0,
    rounds: int = ROUNDS,
) -> tuple[reg.Fit, float]:
    """The layer found near `start`, turned by about `angle`; and the angle."""
    for _ in range(rounds):
        fit = reg.register(patch, reg.template(turned(layer, angle)), start, size, stiff, turning=True)
        start, angle = fit.centre, angle + fit.turn
        size = size if stiff else fit.size
    return fit, angle  # pyright: ignore[reportPossiblyUnbound]


def learn(views: list[Sight], patches: list[reg.Patch], rounds: int) -> tuple[Layer, list[reg.Fit]] | None:
    """Layer of things that turn, with the fits of its views; None where they do not."""
    radius = float(np.median([np.sqrt(max(v.soft.sum(), 1) / np.pi) for v in views]))
    angles = angles_of(views, radius)
    if angles is None:
        return None
    fits: list[reg.Fit] = []
    now = [replace(v, angle=a) for v, a in zip(views, angles)]
    layer = _centred(now)
    for turn in range(rounds):
        near = 1 if turn < rounds - 1 else ROUNDS  # a layer that is learnt again is worth one round
        found = [register(p, layer, v.angle, v.centre, v.size, rounds=near) for p, v in zip(patches, now)]
        fits = [f for f, _ in found]
        now = [
            replace(v, centre=f.centre, size=f.size, angle=a, tilt=f.tilt / radius)
            for v, (f, a) in zip(views, found)
        ]
        layer = _centred(now)
    return layer, fits


def _centred(views: list[Sight]) -> Layer:
    """Layer of views that are turned; its centre is that of its outline."""
    layer = outlined(learn_layer(views), views)
    y, x = np.mgrid[: len(layer.alpha), : len(layer.alpha)] + 0.5
    centre = np.array([(layer.alpha * x).sum(), (layer.alpha * y).sum()]) / layer.alpha.sum()
    return Layer(layer.colour, layer.alpha, centre)
