"""Which blob is which thing: assignment frame by frame, by place, colour and size.

Each open path predicts its next place from its last few blobs (quadratic, else linear, else where it was).
The cost of giving it a blob is minus twice the log likelihood: the squared distance in units of the
prediction's uncertainty and the logarithm of that uncertainty's area, so that a path which has lost its thing
and may be anywhere takes nothing away from one that knows where to look; plus squared differences of colour
and of log radius. The assignment of least total cost is found exactly (Kuhn 1955, as
`scipy.optimize.linear_sum_assignment`). What is out of every gate starts a path; a path unseen for GAP
frames, or for as many as it was seen in, is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from physics.estimator.detect import Blob
from physics.estimator.plate import Plate
from physics.estimator.split import MERGED, PIECE, joined, parted

GAP, NEWBORN = 15, 2  # frames that a path survives unseen: at most, and beyond those it was seen in
GATE = 16.0  # largest cost of a match
COLOUR, SIZE = 0.10, 0.35  # deviations of colour (norm) and of log radius
MEMORY = 4  # blobs that the prediction rests on
PART = 0.75  # of the usual area: a sight smaller than that shows only a part
ASIDE = 0.5  # of the way that the centre of a part is off
STEADY, ALIKE = 4, 0.95  # sights in a row whose areas are that much alike show a thing that is smaller now
GROWTH = 1.05  # of the usual radius from sight to sight: what seems larger has something else hung on it
NEIGHBOURS, SMALLER = 4, 0.97  # frames, and share of the usual radius, next to where a thing is hidden
FILLED = 0.4  # share of the frames from first to last in which a thing has to be seen
TREMBLE, HOP = 1.5, 6.0  # px: what moves less stands still; changes of acceleration that are always believed
FLICKER, FAR = 0.95, 3.0  # share of the flickering blobs; radii that something of their size has to travel
MANY = 3  # paths of blobs that are no things: fewer are no flicker
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
        """The next sight of the thing."""
        if self._smaller(blob):
            self.radius = blob.radius
        guess = self._guess(frame, blob)
        blob = replace(blob, whole=blob.whole and not self._hidden(blob, guess), guess=guess)
        share = 1 / min(len(self.frames) + 1, 10)
        if blob.whole or not self.frames:
            usual = (1 - share) * self.radius + share * blob.radius
            most = GROWTH * self.radius if len(self.frames) >= 3 else np.inf
            self.radius = max(min(blob.radius, most), usual)
            self.colour = self.colour + share * (blob.colour - self.colour)
        self._keep(frame, blob)
        self.frames.append(frame)
        self.blobs.append(replace(blob, cutout=None))

    def _hidden(self, blob: Blob, guess: np.ndarray) -> bool:
        """Does a sight that is much smaller than the last ones show only a part?

        What shows of a disc, a share s, beside a straight edge has its centre 0.85 (1 - s) radii off the
        disc's (the segment's centroid, to 2 %); what is merely less blurred stays in its place.
        """
        share = blob.area / max(np.pi * self.radius**2, 1e-9)
        off = float(np.hypot(*(blob.centre - guess)))
        return len(self.frames) >= 3 and share < PART and off > ASIDE * 0.85 * (1 - share) * self.radius

    def _smaller(self, blob: Blob) -> bool:
        """Has it kept a smaller size, so that it is no longer a matter of being hidden?"""
        last = [b.area for b in self.blobs[1 - STEADY :] if not b.cut] + [blob.area]
        return len(last) == STEADY and not blob.cut and min(last) > ALIKE * max(last)

    def _guess(self, frame: int, blob: Blob) -> np.ndarray:
        return self.predicted(frame)[0] if len(self.frames) >= 2 else blob.centre

    def _keep(self, frame: int, blob: Blob) -> None:
        """Every `stride`-th whole sight; when the store is full every second goes and the stride doubles."""
        if self.patches and not self.patches[0][1].whole and blob.whole:
            self.patches.clear()
        if self.patches and (not blob.whole or frame - self.patches[-1][0] < self.stride):
            return
        if len(self.patches) == KEPT:
            self.patches, self.stride = self.patches[::2], self.stride * 2
        self.patches.append((frame, blob))

    def predicted(self, frame: int) -> tuple[np.ndarray, float, float]:
        """Place (2,) at a later frame and its uncertainty in px; also what that is from frame to frame.

        Rests on whole sights while they are recent.
        """
        recent = [
            n
            for n in range(max(0, len(self.frames) - GAP), len(self.frames))
            if self.frames[n] >= self.frames[-1] - GAP
        ]
        whole = [n for n in recent if self.blobs[n].whole and self.frames[n] >= frame - 2 * MEMORY]
        use = (whole if len(whole) >= 2 else recent)[-MEMORY:]
        t = np.array([self.frames[n] for n in use], float)
        places = np.array([self.blobs[n].centre for n in use])
        wait = frame - t[-1]
        if len(t) == 1:
            return places[-1], 4 * self.radius + 8, 4 * self.radius + 8
        degree = 2 if len(t) == MEMORY and t[-1] - t[0] < 2 * MEMORY else 1
        last = slice(None) if degree == 2 else slice(-2, None)
        fit = np.polynomial.polynomial.polyfit(t[last] - t[-1], places[last], degree)
        speed = np.hypot(*(places[-1] - places[-2])) / (t[-1] - t[-2])
        least = 2 + 0.35 * self.radius
        return fit.T @ wait ** np.arange(degree + 1), least + 0.5 * speed * wait, least + 0.5 * speed


def associate(paths: list[Path], frame: int, blobs: list[Blob], picture: np.ndarray, plate: Plate) -> None:
    """Extend the open paths by this frame's blobs; what fits none starts a path of its own."""
    alive = [p for p in paths if frame - p.frames[-1] <= min(GAP, NEWBORN + len(p.frames))]
    blobs = _together(alive, frame, _apart(alive, frame, blobs), picture, plate)
    expected = [p.predicted(frame) for p in alive]
    cost = np.array([[_cost(p, *e, b) for b in blobs] for p, e in zip(alive, expected)])
    cost = cost.reshape(len(alive), len(blobs))
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


def _apart(alive: list[Path], frame: int, blobs: list[Blob]) -> list[Blob]:
    """Blobs in which two or more known things are expected, parted."""
    known = [p for p in alive if len(p.frames) >= 2 and frame - p.frames[-1] <= MEMORY]
    places = np.array([p.predicted(frame)[0] for p in known]).reshape(-1, 2)
    out = []
    for blob in blobs:
        here = [n for n in range(len(known)) if _inside(blob, places[n], known[n].radius)]
        areas = [np.pi * known[n].radius ** 2 for n in here]
        if len(here) >= 2 and blob.area > max(MERGED * max(areas), 0.6 * sum(areas)):
            out += parted(blob, places[here], np.array([known[n].radius for n in here]))
        else:
            out.append(blob)
    return out


def _inside(blob: Blob, place: np.ndarray, radius: float) -> bool:
    """Does a disc about `place` share most of its middle with the blob?"""
    assert blob.cutout is not None
    x, y = place - blob.cutout.corner
    rows, columns = np.nonzero(blob.cutout.mask)
    near = np.hypot(columns + 0.5 - x, rows + 0.5 - y) < 0.6 * radius
    return bool(near.sum() > 0.5 * np.pi * (0.6 * radius) ** 2)


def _together(alive: list[Path], frame: int, blobs: list[Blob], picture, plate: Plate) -> list[Blob]:
    """Blobs that are pieces of one known thing, joined."""
    for path in alive:
        if len(path.frames) < 3 or frame - path.frames[-1] > MEMORY:
            continue
        place = path.predicted(frame)[0]
        whole = np.pi * path.radius**2
        mine = [b for b in blobs if b.area < PIECE * whole and np.hypot(*(b.centre - place)) < path.radius]
        if len(mine) >= 2 and sum(b.area for b in mine) < 1.2 * whole:
            blobs = [b for b in blobs if all(b is not m for m in mine)] + [joined(mine, picture, plate)]
    return blobs


def _cost(path: Path, place: np.ndarray, sigma: float, usual: float, blob: Blob) -> float:
    lost = 4 * np.log(sigma / usual)
    sigma += 0.0 if blob.whole else 0.5 * path.radius
    far = ((blob.centre - place) ** 2).sum() / sigma**2 + lost
    colour = ((blob.colour - path.colour) ** 2).sum() / COLOUR**2
    size = (
        0.0 if blob.cut or path.blobs[-1].cut else (np.log((blob.radius + 1) / (path.radius + 1)) / SIZE) ** 2
    )
    return far + min(colour, 9.0) + min(size, 9.0)


def lasting(paths: list[Path], num_frames: int, still: bool, onto_plate: Callable) -> list[Path]:
    """Paths that are things: long enough, without too many holes, moving (unless `still` ones are wanted),
    and not hopping about as noise does. `onto_plate` takes a frame's number and a place in it to the plate.
    """
    least = min(5, max(2, num_frames - 1))
    long = [p for p in paths if len(p.frames) >= max(least, FILLED * (p.frames[-1] - p.frames[0] + 1))]
    places = [np.array([onto_plate(k, b.centre) for k, b in zip(p.frames, p.blobs)]) for p in long]
    kept = [(p, x) for p, x in zip(long, places) if (still or _moves(p, x)) and not _hops(p, x)]
    flicker = _flicker(paths, [p for p, _ in kept], num_frames)
    return [p for p, x in kept if p.radius > flicker or _travels(p, x)]


def _flicker(paths: list[Path], kept: list[Path], num_frames: int) -> float:
    """Radius in px that hardly any blob of the other paths exceeds; 0 unless the usual frame has one."""
    ours = {id(p) for p in kept}
    others = [p for p in paths if id(p) not in ours]
    size = [b.radius for p in others for b in p.blobs]
    return float(np.quantile(size, FLICKER)) if len(others) >= MANY and len(size) >= num_frames else 0.0


def _travels(path: Path, places: np.ndarray) -> bool:
    """Does it go far for its size, and smoothly? Noise has third differences larger than its steps."""
    if len(places) < 4 or np.hypot(*np.ptp(places, 0)) < FAR * path.radius:
        return False
    speed = np.diff(places, axis=0) / np.diff(path.frames)[:, None]
    return bool(np.median(np.hypot(*np.diff(speed, 2, axis=0).T)) < np.median(np.hypot(*speed.T)))


def _moves(path: Path, places: np.ndarray) -> bool:
    return float(np.hypot(*np.ptp(places, 0))) > max(TREMBLE, 0.3 * path.radius)


def _hops(path: Path, places: np.ndarray) -> bool:
    """Does its acceleration change by more than its size, most of the time?"""
    t = np.array(path.frames)
    if len(t) < 6:
        return False
    speed = np.diff(places, axis=0) / np.diff(t)[:, None]
    jerk = np.diff(speed, 2, axis=0)
    return float(np.median(np.hypot(*jerk.T))) > max(HOP, 1.2 * path.radius)


def settled(path: Path) -> Path:
    """The path in hindsight: sights next to hidden ones that are a little small show only a part, too, and
    where a part shows, the place and size expected come from the whole sights before and after.
    """
    t = np.array(path.frames)
    whole = np.array([b.whole for b in path.blobs])
    radius = np.array([b.radius for b in path.blobs])
    if whole.sum() < 4:
        return path
    usual = np.median(radius[whole])
    gone = np.concatenate([t[~whole], t[1:][np.diff(t) > 1], t[:-1][np.diff(t) > 1]])
    near = np.abs(t[:, None] - gone[None]).min(1, initial=10**6) <= NEIGHBOURS
    whole &= ~(near & (radius < SMALLER * usual))
    if whole.sum() < 4:
        return path
    blobs = list(path.blobs)
    for i in np.flatnonzero(~whole):
        before, after = np.flatnonzero(whole[:i])[-3:], i + np.flatnonzero(whole[i:])[:3]
        use = np.concatenate([before, after])
        degree = 3 if len(before) == len(after) == 3 else min(2, len(use) - 1)
        places = np.array([blobs[j].centre for j in use])
        guess = np.polynomial.polynomial.polyfit(t[use] - t[i], places, degree)[0]
        blobs[i] = replace(blobs[i], whole=False, guess=guess, expected=float(np.median(radius[use])))
    return replace(
        path, blobs=blobs, patches=[(k, b) for k, b in path.patches if whole[np.searchsorted(t, k)]]
    )
