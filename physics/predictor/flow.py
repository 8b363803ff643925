"""What has no outline: smoke, water, fire go on as a flow that carries the picture.

The flow between frames is Horn and Schunck's (1981, eqs. 13-15), coarse to fine with warping (Anandan 1989):
the smoothest field u for which I_t(x) = I_t-1(x - u); the mean over LEARNT pairs of frames is what goes on,
for detail comes and goes faster than the flow changes. It carries itself on (semi-Lagrangian; Stam 1999) and
is kept without divergence (Helmholtz-Hodge, by a cosine transform: nothing flows through the picture's
edges) where that foresees the frames watched better. The picture follows the last frame back along the flow,
with one resampling however many frames ahead.

A flow says less and less about what is born and dies on the way: fire, foam. What it says beyond the mean
picture is believed in the share that would have foreseen the frames watched best, place by place and frame by
frame ahead: a flicker fades to its mean instead of being invented.

Measured on simulated smoke: what the frames gained beside the flow (sources, cooling), carried along,
foresees worse than nothing, and the flow of a plume seen from the side is not without divergence.

Limits: two-dimensional; layers that hide each other are one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice

import numpy as np
from scipy.fft import dctn, idctn
from scipy.ndimage import correlate, gaussian_filter, map_coordinates, zoom

SMOOTH = 0.2  # Horn and Schunck's alpha, sRGB: larger is smoother
COARSEST, WARPS, SWEEPS = 16, 4, 40  # px, warps a level, Jacobi sweeps a warp
LEARNT = 5  # pairs of frames that a flow is learnt from
FADES = 0.5  # of what is new in the flow, a frame: detail of a flow comes and goes
BACK = 4  # frames by which the past is foreseen to choose
GAIN = 0.7  # dB over standing still that a flow has to bring there
LARGEST = 256  # px of the longer side on which the flow is found

EARLIEST, FURTHEST = 3, 8  # the first frame that foresees, for trust; the most frames ahead
NEAR, POOLED = 6.0, 0.05  # px over which trust is pooled, and weight of the whole picture in it
STAYS = 1e-4  # sRGB^2: what varies less than that stays as it is

_MEAN = np.array([[1, 2, 1], [2, 0, 2], [1, 2, 1]]) / 12.0


@dataclass(frozen=True)
class Trust:
    """How far a flow is to be followed: `share` (K, H, W) of what it says beyond the mean picture `usual`
    (H, W, 3), 1 to K frames ahead; `decay` for each frame after those.
    """

    usual: np.ndarray
    share: np.ndarray
    decay: float

    def held(self, moved: np.ndarray, ahead: int) -> np.ndarray:
        """The flow's picture drawn to the usual one."""
        known = len(self.share)
        share = self.share[min(ahead, known) - 1] * self.decay ** max(ahead - known, 0)
        return (self.usual + share[..., None] * (moved - self.usual)).astype(np.float32)


@dataclass(frozen=True)
class Flow:
    """The last frame `picture` (H, W, 3) in [0, 1]; `velocity` (2, H, W) px a frame, x and y; whether the
    flow is kept free of divergence.
    """

    picture: np.ndarray
    velocity: np.ndarray
    closed: bool = False
    trust: Trust | None = None
    newest: np.ndarray | None = None  # (2, H, W) px a frame: what the last pair of frames showed beside it

    def frames(self) -> Iterator[np.ndarray]:
        """Pictures (H, W, 3) of the frames that follow, without end."""
        velocity, here = self.velocity, _grid(self.picture)
        origin = here
        for ahead in count(1):
            velocity = carried(velocity, velocity)
            velocity = divergence_free(velocity) if self.closed else velocity
            now = velocity if self.newest is None else velocity + FADES**ahead * self.newest
            origin = carried(origin - here, now) + here - now
            moved = np.clip(_sampled(self.picture, origin), 0.0, 1.0).astype(np.float32)
            yield moved if self.trust is None else self.trust.held(moved, ahead)

    def straight(self, frames: int) -> np.ndarray:
        """The last frame moved on along straight lines: plain extrapolation."""
        return np.clip(_sampled(self.picture, _grid(self.picture) - frames * self.velocity), 0.0, 1.0)


def learn_flow(frames: Sequence[np.ndarray]) -> Flow:
    """The flow of the last of `frames` (H, W, 3) in [0, 1]; three of them or more. Closed where that foresees
    the last of them better, trusted as far as it would have foreseen the others.
    """
    fields = [flow_between(a, b) for a, b in zip(frames[:-1], frames[1:])]
    velocity = np.mean(fields[-LEARNT:], axis=0)
    if len(frames) <= BACK:
        return Flow(frames[-1], velocity)
    open_, closed = (_missed(Flow(frames[-1 - BACK], velocity, c), frames[-BACK:]) for c in (False, True))
    trust = _trust(frames, fields, closed < open_)
    return Flow(frames[-1], velocity, closed < open_, trust, fields[-1] - velocity)


def _trust(frames: Sequence[np.ndarray], fields: Sequence[np.ndarray], closed: bool) -> Trust | None:
    """Shares of least squared error over forecasts of the frames watched from earlier ones, each from what
    came before it alone (Bates & Granger 1969), pooled over NEAR px; None where there are too few.
    """
    starts = range(EARLIEST, len(frames) - 1, 2)
    if len(frames) - 1 - EARLIEST < BACK:
        return None
    most = min(len(frames) - 1 - EARLIEST, FURTHEST)
    along, varies = (np.full((most, *frames[0].shape[:2]), STAYS) for _ in range(2))
    for start in starts:
        velocity, usual = (
            np.mean(fields[max(start - LEARNT, 0) : start], axis=0),
            np.mean(frames[: start + 1], axis=0),
        )
        made = Flow(frames[start], velocity, closed, newest=fields[start - 1] - velocity).frames()
        for k, (moved, true) in enumerate(zip(made, frames[start + 1 : start + 1 + most])):
            step = moved - usual
            along[k] += _near((step * (true - usual)).sum(-1))
            varies[k] += _near((step**2).sum(-1))
    share = np.minimum.accumulate(np.clip(along / varies, 0.0, 1.0)).astype(np.float32)
    fell = float(np.mean(share[-1])) / max(float(np.mean(share[0])), 1e-6)
    decay = fell ** (1 / max(most - 1, 1))
    return Trust(np.mean(frames, axis=0).astype(np.float32), share, decay)


def _near(plane: np.ndarray) -> np.ndarray:
    """Mean over the neighbourhood of a pixel, with a part of that over the picture."""
    return gaussian_filter(plane, NEAR) + POOLED * float(plane.mean())


def _missed(flow: Flow, future: Sequence[np.ndarray]) -> float:
    """Mean squared error of a flow's next frames."""
    seen = np.stack(list(islice(flow.frames(), len(future))))
    return float(np.mean((seen - np.stack(future)) ** 2))


def foreseen_by(frames: Sequence[np.ndarray]) -> float | None:
    """Mean squared error with which a flow foresees the last BACK of the frames; None where that is not
    better than standing still by GAIN dB.
    """
    past, future = frames[:-BACK], frames[-BACK:]
    still = float(np.mean((np.stack(future) - past[-1]) ** 2))
    missed = _missed(learn_flow(past[-LEARNT - 1 :]), future)
    return missed if 10 * np.log10(max(still, 1e-9) / max(missed, 1e-9)) > GAIN else None


def flow_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(2, H, W) px with b(x) = a(x - u(x)); pictures (H, W, 3)."""
    first, second = a.mean(-1), b.mean(-1)
    shape, scale = first.shape, min(1.0, LARGEST / max(first.shape))
    sizes = [scale]
    while min(shape) * sizes[-1] / 2 >= COARSEST:
        sizes.append(sizes[-1] / 2)
    u = np.zeros((2, 1, 1))
    for size in reversed(sizes):
        p, q = _resized(first, size, shape), _resized(second, size, shape)
        u = _stretched(u, p.shape)
        for _ in range(WARPS):
            u = _refined(p, q, u)
    return _stretched(u, shape) if u.shape[1:] != shape else u


def _resized(picture: np.ndarray, size: float, shape: tuple[int, int]) -> np.ndarray:
    if size == 1.0:
        return picture
    soft = gaussian_filter(picture, 0.5 / size)
    target = [max(int(round(n * size)), 8) for n in shape]
    factors = [t / n for t, n in zip(target, shape)]
    return np.asarray(zoom(soft, factors, order=1, grid_mode=True, mode="nearest"))


def _stretched(u: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A flow on another grid, its lengths with it."""
    if u.shape[1] == 1:
        return np.zeros((2, *shape))
    factors = [n / m for n, m in zip(shape, u.shape[1:])]
    wide = [zoom(c, factors, order=1, grid_mode=True, mode="nearest") for c in u]
    return np.stack([wide[0] * factors[1], wide[1] * factors[0]])


def _refined(a: np.ndarray, b: np.ndarray, u: np.ndarray) -> np.ndarray:
    """One warp: the flow that explains what is left, smooth together with `u` (Jacobi sweeps)."""
    moved = _warped(a, u)
    gy, gx = np.gradient(0.5 * (moved + b))
    left = b - moved
    weight = SMOOTH**2 + gx * gx + gy * gy
    w = u.copy()
    for _ in range(SWEEPS):
        mean = np.stack([correlate(c, _MEAN, mode="nearest") for c in w])
        off = (gx * (mean[0] - u[0]) + gy * (mean[1] - u[1]) + left) / weight
        w = mean - np.stack([gx, gy]) * off
    return w


def _grid(picture: np.ndarray) -> np.ndarray:
    """(2, H, W): x and y of every pixel, counted from 0."""
    y, x = np.indices(picture.shape[:2]).astype(float)
    return np.stack([x, y])


def _sampled(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    """`picture` (H, W) or (H, W, C) at `places` (2, H, W)."""
    at = places[::-1]
    if picture.ndim == 2:
        return map_coordinates(picture, at, order=1, mode="nearest")
    return np.stack(
        [map_coordinates(picture[..., c], at, order=3, mode="nearest") for c in range(picture.shape[-1])], -1
    )


def _warped(picture: np.ndarray, u: np.ndarray) -> np.ndarray:
    """`picture` carried by a flow for one frame."""
    return _sampled(picture, _grid(picture) - u)


def carried(field: np.ndarray, velocity: np.ndarray) -> np.ndarray:
    """A field (2, H, W) carried by a flow for one frame (semi-Lagrangian; Stam 1999)."""
    return np.stack([_warped(part, velocity) for part in field])


def divergence_free(u: np.ndarray) -> np.ndarray:
    """The part of a flow (2, H, W) without divergence, by the cosine transform of Poisson's equation."""
    h, w = u.shape[1:]
    across, down = np.zeros((h, w + 1)), np.zeros((h + 1, w))
    across[:, 1:-1] = 0.5 * (u[0][:, 1:] + u[0][:, :-1])
    down[1:-1] = 0.5 * (u[1][1:] + u[1][:-1])
    loss = np.diff(across, axis=1) + np.diff(down, axis=0)
    ky, kx = (2 * np.cos(np.pi * np.arange(n) / n) - 2 for n in (h, w))
    shape = ky[:, None] + kx[None]
    shape[0, 0] = 1.0
    potential = dctn(loss, norm="ortho") / shape
    potential[0, 0] = 0.0
    phi = idctn(potential, norm="ortho")
    gy, gx = np.gradient(phi)
    return u - np.stack([gx, gy])
