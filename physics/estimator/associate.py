"""Which blob is which thing: assignment frame by frame, by place, colour and size.

Each open path predicts its next place from its last few blobs (quadratic, else linear, else where it was).
The cost of giving it a blob is the squared distance in units of the prediction's uncertainty, plus squared
differences of colour and of log radius; the assignment of least total cost is found exactly (Kuhn 1955, as
`scipy.optimize.linear_sum_assignment`). What is out of every gate starts a path; a path unseen for GAP frames
is closed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from physics.estimator.detect import Blob

GAP = 12  # frames that a path survives unseen
GATE = 16.0  # largest cost of a match
COLOUR, SIZE = 0.10, 0.35  # deviations of colour (norm) and of log radius
MEMORY = 4  # blobs that the prediction rests on
FILLED = 0.4  # share of the frames from first to last in which a thing has to be seen
TREMBLE, HOP = 1.5, 6.0  # px: what moves less stands still; changes of acceleration that are always believed
KEPT = 32  # patches kept per path to learn its look from


@dataclass
class Path:
    """A thing on its way through the clip (grows while the clip is read)."""

    frames: list[int] = field(default_factory=list)
    patches: list[tuple[int, Blob]] = field(
        default_factory=list
    )  # at most KEPT, evenly spaced, uncut if ever
    stride: int = 1
    blobs: list[Blob] = field(default_factory=list)
    colour: np.ndarray = field(default_factory=lambda: np.zeros(3))
    radius: float = 0.0

    def add(self, frame: int, blob: Blob) -> None:
        n = len(self.frames)
        share = 1 / min(n + 1, 10)
        if not blob.cut or n == 0:
            self.radius = (
                blob.radius if n == 0 else max(blob.radius, (1 - share) * self.radius + share * blob.radius)
            )
            self.colour = self.colour + share * (blob.colour - self.colour)
        self.frames.append(frame)
        self.blobs.append(replace(blob, cutout=None))
        if len(self.patches) == 1 and self.patches[0][1].cut:
            self.patches.clear()
        if not (blob.cut and self.patches):
            self._keep(frame, blob)

    def _keep(self, frame: int, blob: Blob) -> None:
        """Every `stride`-th uncut sight; when the store is full every second goes and the stride doubles."""
        if self.patches and frame - self.patches[-1][0] < self.stride:
            return
        if len(self.patches) == KEPT:
            self.patches, self.stride = self.patches[::2], self.stride * 2
        self.patches.append((frame, blob))

    def predicted(self, frame: int) -> tuple[np.ndarray, float]:
        """Place (2,) and uncertainty in px at a later frame."""
        t = np.array(self.frames[-MEMORY:], float)
        places = np.array([b.centre for b in self.blobs[-MEMORY:]])
        wait = frame - t[-1]
        if len(t) == 1:
            return places[-1], 4 * self.radius + 8
        degree = 2 if len(t) == MEMORY and t[-1] - t[0] < 2 * MEMORY else 1
        use = slice(None) if degree == 2 else slice(-2, None)
        fit = np.polynomial.polynomial.polyfit(t[use] - t[-1], places[use], degree)
        speed = np.hypot(*(places[-1] - places[-2])) / (t[-1] - t[-2])
        return fit.T @ wait ** np.arange(degree + 1), 2 + 0.35 * self.radius + 0.5 * speed * wait


def associate(paths: list[Path], frame: int, blobs: list[Blob]) -> None:
    """Extend the open paths by this frame's blobs; what fits none starts a path of its own."""
    alive = [p for p in paths if frame - p.frames[-1] <= GAP]
    cost = np.array([[_cost(p, frame, b) for b in blobs] for p in alive]).reshape(len(alive), len(blobs))
    rows, columns = linear_sum_assignment(np.minimum(cost, GATE + 1)) if cost.size else ((), ())
    taken = set()
    for i, j in zip(rows, columns):
        if cost[i, j] <= GATE:
            alive[i].add(frame, blobs[j])
            taken.add(j)
    for j, blob in enumerate(blobs):
        if j not in taken:
            paths.append(Path())
            paths[-1].add(frame, blob)


def _cost(path: Path, frame: int, blob: Blob) -> float:
    place, sigma = path.predicted(frame)
    far = ((blob.centre - place) ** 2).sum() / sigma**2
    colour = ((blob.colour - path.colour) ** 2).sum() / COLOUR**2
    size = (
        0.0 if blob.cut or path.blobs[-1].cut else (np.log((blob.radius + 1) / (path.radius + 1)) / SIZE) ** 2
    )
    return far + min(colour, 9.0) + min(size, 9.0)


def lasting(paths: list[Path], num_frames: int, still: bool) -> list[Path]:
    """Paths that are things: long enough, without too many holes, moving (unless `still` ones are wanted),
    and not hopping about as noise does.
    """
    least = min(5, max(2, num_frames - 1))
    long = [p for p in paths if len(p.frames) >= max(least, FILLED * (p.frames[-1] - p.frames[0] + 1))]
    return [p for p in long if (still or _moves(p)) and not _hops(p)]


def _moves(path: Path) -> bool:
    places = np.array([b.centre for b in path.blobs])
    return float(np.hypot(*np.ptp(places, 0))) > max(TREMBLE, 0.3 * path.radius)


def _hops(path: Path) -> bool:
    """Does its acceleration change by more than its size, most of the time?"""
    t, places = np.array(path.frames), np.array([b.centre for b in path.blobs])
    if len(t) < 6:
        return False
    speed = np.diff(places, axis=0) / np.diff(t)[:, None]
    jerk = np.diff(speed, 2, axis=0)
    return float(np.median(np.hypot(*jerk.T))) > max(HOP, 1.2 * path.radius)
