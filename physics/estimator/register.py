"""Sub-pixel places by layer registration: Gauss-Newton on shift and size of a known layer.

A patch of the frame is I(x) = (1 - A(u)) P(x) + Q(u), u = l + (x - c) e^-s, with P the plate, A and Q the
layer's alpha and premultiplied colour, l its centre. Unknown are c and the log size s. A and Q are cubic
B-splines, so values and derivatives are exact, and separable: a patch costs a few small matrix products.
Residuals get Cauchy's weights 1 / (1 + (r / 2.385 tau)^2), tau their own robust deviation (Lucas & Kanade
1981; Baker & Matthews 2004, sec. 5 for weights). Without the layer's colour the same is done with the soft
outline of the frame alone (`outline`): for a ball that turns, the layer changes and the outline does not.

The covariance is tau^2 H^-1 times the variance of residuals summed over 4x4 blocks and the channels against
that of as many independent ones: a codec's errors hang together in blocks.
Limits: starts farther than about half a radius away end elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from physics.estimator import spline
from physics.estimator.track import Layer

CAUCHY = 2.385
ROUNDS, DONE = 6, 0.003  # Gauss-Newton steps at most; px below which they stop
LONGEST = 0.5  # of the radius, per step
BLOCK = 4  # px
WIDEST = 96  # samples along a side of a patch
TURN, TILT = 0.3, 0.5  # rad, share: prior deviations of what is left of a turn, and of a slope of brightness
QUANTUM = 0.6 / 255  # rounding to bytes: no residual is smaller


@dataclass(frozen=True)
class Template:
    """A layer made ready."""

    splines: np.ndarray  # (4, h, w) coefficients of premultiplied RGB and alpha
    centre: np.ndarray  # (2,) px
    radius: float  # px


@dataclass(frozen=True)
class Patch:
    """A rectangle of a frame."""

    pixels: np.ndarray  # (h, w, 3) sRGB
    plate: np.ndarray  # (h, w, 3)
    weight: np.ndarray  # (h, w) 0 where the pixel must not count, else 1
    corner: tuple[float, float]  # x, y of its edge in the frame
    stride: int = 1  # px of the frame from one sample to the next
    soft: np.ndarray | None = None  # (h, w) soft outline, for `outline` only


def thinned(patch: Patch) -> Patch:
    """Every s-th pixel of a large patch: more of them cost time and tell little."""
    s = 1 + max(patch.weight.shape) // WIDEST
    if s == 1:
        return patch
    cut = (slice(s // 2, None, s),) * 2
    soft = None if patch.soft is None else patch.soft[cut]
    shift = s // 2 + 0.5 - s / 2
    corner = patch.corner[0] + shift, patch.corner[1] + shift
    return Patch(patch.pixels[cut], patch.plate[cut], patch.weight[cut], corner, s, soft)


@dataclass(frozen=True)
class Fit:
    """Where the layer was found."""

    centre: np.ndarray  # (2,) px in the frame
    size: float  # log of radius over the template's
    covariance: np.ndarray  # (3, 3) of x, y, size, for independent residuals
    clumped: float  # factor on it: how much the residuals hang together
    explained: float  # share of the difference from the plate that the layer accounts for, at most 1
    alpha: np.ndarray  # (h, w) the layer's alpha in the patch
    turn: float = 0.0  # rad by which it is turned against the layer
    tilt: np.ndarray = field(default_factory=lambda: np.zeros(2))  # brightness across it, share per radius


def template(layer: Layer) -> Template:
    """Spline coefficients of a layer."""
    planes = np.concatenate([np.moveaxis(layer.colour, -1, 0), layer.alpha[None]])
    return Template(spline.coefficients(planes), layer.centre, float(np.sqrt(layer.alpha.sum() / np.pi)))


def register(
    patch: Patch, layer: Template, start: np.ndarray, size: float = 0.0, stiff: float = 0.0,
    turning: bool = False,
) -> Fit:  # fmt: skip
    """Find the layer near `start` (2,) px. `stiff` > 0 is the deviation allowed to the log size around
    `size`; 0 leaves it free. `turning` finds a small turn and a slope of its brightness, too, to first order.
    """
    state = np.array([*start, size, *([0.0] * (3 if turning else 0))])
    usual, eye = np.zeros(len(state)), np.eye(len(state))
    usual[2] = size
    held = [0.0, 0.0, 1 / stiff**2 if stiff else 0.0, TURN**-2, TILT**-2, TILT**-2]
    prior = np.diag(held[: len(state)])
    for _ in range(ROUNDS):
        seen = _linear(patch, layer, state)
        normal = seen.hessian + prior + 1e-6 * eye
        step = -np.linalg.solve(normal, seen.score + prior @ (state - usual))
        step[:2] *= min(1, LONGEST * layer.radius / max(float(np.hypot(*step[:2])), 1e-9))
        step[2] = np.clip(step[2], -0.1, 0.1)
        state = state + step
        if np.abs(step[:2]).max() < DONE:
            break
    seen = _linear(patch, layer, state)
    covariance = np.linalg.inv(seen.hessian + prior + 1e-6 * eye)[:3, :3]
    fit = Fit(state[:2], float(state[2]), covariance, seen.clumped, seen.explained, seen.alpha)
    return replace(fit, turn=float(state[3]), tilt=state[4:]) if turning else fit


@dataclass(frozen=True)
class _Linear:
    """The problem to first order about one state, in units of the residuals' deviation."""

    hessian: np.ndarray  # (n, n) by x, y, log size, and what else is asked for
    score: np.ndarray  # (n,)
    clumped: float
    explained: float
    alpha: np.ndarray


def _linear(patch: Patch, layer: Template, state: np.ndarray) -> _Linear:
    residual, jacobian, alpha = _model(patch, layer, state)
    active = (alpha > 0.02) & (patch.weight > 0)
    if patch.soft is not None:  # an outline says nothing inside
        active &= np.abs(jacobian[:, :, 0, :2]).max(-1) > 0.02
    if active.sum() < 4:
        return _Linear(np.zeros((len(state),) * 2), np.zeros(len(state)), 1.0, 0.0, alpha)
    r = residual[active].ravel()
    tau = max(float(np.median(np.abs(r))) * 1.4826, QUANTUM)
    weight = 1 / (1 + (r / (CAUCHY * tau)) ** 2)
    slopes = jacobian[active].reshape(-1, len(state))
    weighted = slopes * (weight / tau**2)[:, None]
    flat = np.zeros_like(residual)
    flat[active] = (r * np.sqrt(weight)).reshape(-1, residual.shape[-1])
    there = patch.soft[..., None] if patch.soft is not None else patch.pixels - patch.plate
    explained = 1 - float((r**2).sum() / max(float((there[active] ** 2).sum()), 1e-9))
    return _Linear(weighted.T @ slopes, weighted.T @ r, _clumped(flat), explained, alpha)


def _model(patch: Patch, layer: Template, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Residual (h, w, c), its derivative (h, w, c, n) by the state, and alpha (h, w)."""
    h, w = patch.weight.shape
    shrink = np.exp(-state[2])
    planes = layer.splines[3:] if patch.soft is not None else layer.splines
    x = (np.arange(w) + 0.5) * patch.stride + patch.corner[0] - state[0]
    y = (np.arange(h) + 0.5) * patch.stride + patch.corner[1] - state[1]
    across = spline.taps(layer.centre[0] + x * shrink, planes.shape[2])
    down = spline.taps(layer.centre[1] + y * shrink, planes.shape[1])
    half = spline.along_x(planes, across.index, across.value)
    value = spline.along_y(half, down.index, down.value)
    by_x = spline.along_y(spline.along_x(planes, across.index, across.slope), down.index, down.value)
    by_y = spline.along_y(half, down.index, down.slope)
    residual, by_x = _compose(patch, value, by_x)
    by_y = _compose(patch, value, by_y)[1]
    u, v = x[None, :, None], y[:, None, None]
    jacobian = np.stack([by_x, by_y, by_x * u + by_y * v], -1) * shrink
    if len(state) > 3:
        light = np.moveaxis(value[:3], 0, -1) * (shrink / layer.radius)
        more = np.stack([(by_y * u - by_x * v) * shrink, -light * u, -light * v], -1)
        residual, jacobian = residual + more @ state[3:], np.concatenate([jacobian, more], -1)
    return residual, jacobian, value[-1]


def _compose(patch: Patch, value: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Residual and, from a derivative of the layer by u, that of the residual by the place."""
    if patch.soft is not None:
        return (patch.soft - value[-1])[..., None], slope[-1][..., None]
    over, d_over = np.moveaxis(value[:3], 0, -1), np.moveaxis(slope[:3], 0, -1)
    residual = patch.pixels - patch.plate * (1 - value[3][..., None]) - over
    return residual, d_over - patch.plate * slope[3][..., None]


def _clumped(residual: np.ndarray) -> float:
    """Variance of sums over blocks and channels, over that of independent residuals; at least 1."""
    h, w = (s // BLOCK * BLOCK for s in residual.shape[:2])
    part = residual[:h, :w]
    sums = part.reshape(h // BLOCK, BLOCK, w // BLOCK, BLOCK, -1).sum((1, 3, 4))
    return max(1.0, float((sums**2).sum() / max((part**2).sum(), 1e-12)))
