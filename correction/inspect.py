"""A pass over the pixels for what tracks cannot tell: brightness of an object, and where it was when it was
lost.

Brightness is judged against the learned layer: mean over the matte, per channel, and over its quarters, so
that a texture that turns is not taken for a pulse. Where an object has no measurement
although its law puts it inside the picture, the frame is searched: it may be there after all, somewhere
else (a teleport), or nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import ndimage

from correction.blur import Views, views_of
from correction.flicker import frame_gain
from correction.formless import Formless
from correction.layer import stamp
from correction.plan import ObjectPlan
from correction.whole import WHOLE, Look, look, wanted
from physics.estimator.register import Patch, Template, register, template
from physics.estimator.track import Track, Watch
from physics.estimator.turning import turned
from physics.estimator.video import Video, numbered

CLEAR, SOFT = 8.0, 4.0  # times the noise: surely not background; perhaps not
QUIETEST = 2.0 / 255  # noise is not taken to be less
EMPTY = 0.12  # share of an object's inner pixels that may differ from the background when it is not there
LIKE = 0.16  # sRGB units between mean colours of the same thing
SAME = (0.6, 1.5)  # ratio of areas of the same thing
AROUND = 4.0  # radii around the place where nothing may be if it has vanished
AHEAD = 6  # frames before and after a track that are searched
VISIBLE = 0.3  # px from the law from which the picture is asked which of the two places is right
CAP = 6.0  # times the noise that a pixel's misfit counts at most
STIFF = 0.02  # deviation of the log size in a registration that starts from the law's place
STRAIGHT = 0.01  # rad: less is no turn
DARKEST = 0.05  # sRGB units
MINIMAL = 6  # px: less of a picture is not registered
SETTLED = 0.4  # of the misfit at the law's place: with less at its own the object is there, no doubt
CLEARLY = 1.1  # times the misfit at the law's place has to be that at the tracked one


@dataclass(frozen=True)
class Subject:
    """An object to be looked at: its plan, and where its law puts it in the frames without a measurement."""

    plan: ObjectPlan
    track: Track
    lost: dict[int, np.ndarray]  # frame -> (2,) px
    law: np.ndarray  # (n, 2) px, where its law puts it in the frames with one

    @property
    def views(self) -> Views:
        """In which rows to look for motion blur."""
        t = self.track.frames.astype(float)
        if len(t) < MINIMAL:
            return Views()
        speed = np.hypot(*np.gradient(self.law, t, axis=0).T)
        return views_of(self.plan, speed, self.track.visible >= WHOLE)

    @cached_property
    def doubted(self) -> np.ndarray:
        """(n,) bool, frames in which the whole layer is to be looked for."""
        return wanted(self.track)

    @cached_property
    def template(self) -> Template:
        """Its layer, ready for registration."""
        return template(self.plan.layer)

    def turned_to(self, row: int) -> Template:
        """The same at the angle at which the thing is in a frame."""
        angle = float(self.plan.angle[row])
        return template(turned(self.plan.layer, angle)) if abs(angle) > STRAIGHT else self.template


@dataclass
class Seen:
    """What the pass found of one object."""

    gain: dict[int, np.ndarray] = field(default_factory=dict)  # frame -> (3,) brightness over the layer's
    quarters: dict[int, np.ndarray] = field(default_factory=dict)  # frame -> (4, 3) the same of its quarters
    elsewhere: dict[int, np.ndarray] = field(default_factory=dict)  # frame -> (2,) px where it is instead
    moved: dict[int, np.ndarray] = field(default_factory=dict)  # frame -> (2,) px where it is, not as tracked
    misplaced: dict[int, float] = field(default_factory=dict)  # frame -> misfit at the law's place over own
    whole: dict[int, Look] = field(default_factory=dict)  # frame -> its whole layer there
    empty: list[int] = field(default_factory=list)  # frames in which it is nowhere
    views: Views = field(default_factory=Views)  # for its motion blur


def inspect(
    video: Video, watch: Watch, subjects: list[Subject], formless: Formless | None = None
) -> tuple[dict[int, Seen], np.ndarray]:
    """Look at every frame of the shot once: by object id what was seen, and the background's gains (T, 3);
    `formless` is told of every frame, where the camera stands still.
    """
    seen, gains = {s.plan.id: Seen(views=s.views) for s in subjects}, []
    noise = np.maximum(watch.noise, QUIETEST)
    for k, frame in numbered(video, watch.first, watch.first + watch.num_frames):
        for s in subjects:
            row = s.plan.row(k)
            if row is not None and s.track.visible[row] >= WHOLE:
                _brightness(s, row, s.plan.source[row], 1.0, frame, seen[s.plan.id])
            if not watch.moving_camera:
                if row is not None and not _company(s, k, s.plan.source[row], watch.tracks):
                    seen[s.plan.id].views.add(s.plan, row, frame, watch.plate, noise)
                _compared(s, k, frame, watch, seen[s.plan.id])
                _doubted(s, k, frame, watch, seen[s.plan.id])
        if not watch.moving_camera:
            if formless is not None:
                formless.add(frame, watch, k, (s.track for s in subjects))
            gains.append(frame_gain(frame, watch.plate, watch.tracks, k))
            _search(k, frame, watch, subjects, seen)
    return seen, np.array(gains).reshape(-1, 3)


def _brightness(subject: Subject, row: int, place, scale: float, frame: np.ndarray, seen: Seen) -> None:
    """Compare with the layer at `place`, `scale` times as large as planned."""
    plan, k = subject.plan, int(subject.plan.frames[row])
    half = int(np.ceil(max(plan.layer.alpha.shape) / 2 * plan.size[row] * scale)) + 1
    x, y = (int(v) for v in place)
    h, w = frame.shape[:2]
    if not (half <= x < w - half and half <= y < h - half):
        return
    box = slice(y - half, y + half + 1), slice(x - half, x + half + 1)
    corner = np.array([x - half, y - half], float)
    alpha, colour = stamp(plan, row, place, scale, corner, (2 * half + 1, 2 * half + 1))
    inner = ndimage.binary_erosion(alpha > 0.97, iterations=1)
    if inner.sum() < 20:
        return
    pixels, layer = frame[box][inner] / 255.0, colour[inner] / alpha[inner][:, None]
    # shading divided out: turning changes little
    seen.gain[k] = np.mean(pixels / np.maximum(layer, DARKEST), axis=0)
    seen.quarters[k] = _quarters(pixels, layer, np.argwhere(inner) + 0.5 + corner[::-1] - place[::-1])


def _quarters(pixels: np.ndarray, layer: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """(4, 3) brightness over the layer's in each quarter around the middle, as ratio of sums; 1 where
    a quarter is empty. pixels, layer (n, 3); offset (n, 2) px.
    """
    quarter = (offset[:, 0] > 0) * 2 + (offset[:, 1] > 0)
    sums = [np.stack([np.bincount(quarter, v[:, c], 4) for c in range(3)], -1) for v in (pixels, layer)]
    return np.where(sums[1] > DARKEST, sums[0] / np.maximum(sums[1], DARKEST), 1.0)


def _doubted(subject: Subject, k: int, frame: np.ndarray, watch: Watch, seen: Seen) -> None:
    row = subject.plan.row(k)
    if row is None or not subject.doubted[row]:
        return
    if not _company(subject, k, subject.plan.source[row], watch.tracks):
        found = look(subject.plan, row, subject.turned_to(row), frame, watch.plate)
        if found is not None:
            seen.whole[k] = found
            if k not in seen.gain:
                scale = float(np.exp(found.size)) / subject.plan.size[row]
                _brightness(subject, row, found.centre, scale, frame, seen)


def _compared(subject: Subject, k: int, frame: np.ndarray, watch: Watch, seen: Seen) -> None:
    """Where the pixels put the object: its layer is laid where it was tracked, where its law puts it, and
    where registration ends that starts from there.
    """
    row = subject.plan.row(k)
    if row is None:
        return
    own, law = subject.plan.source[row], subject.law[row]
    if not np.isfinite([own, law]).all() or np.hypot(*(law - own)) < VISIBLE:
        return
    reach = np.hypot(*subject.plan.layer.alpha.shape) / 2 * subject.plan.size[row] + 2
    low = np.maximum(np.floor(np.minimum(own, law) - reach).astype(int), 0)
    high = np.minimum(np.ceil(np.maximum(own, law) + reach).astype(int), watch.plate.shape[1::-1])
    if (high - low < MINIMAL).any():
        return
    box = slice(low[1], high[1]), slice(low[0], high[0])
    scene = _Scene(frame[box] / 255.0, watch.plate[box], np.maximum(watch.noise[box], QUIETEST), low)
    here, there = (scene.misfit(subject.plan, row, place) for place in (own, law))
    if here > SETTLED * there and not _company(subject, k, law, watch.tracks):
        place = scene.registered(subject, row, law)
        better = scene.misfit(subject.plan, row, place)
        if better * CLEARLY < here:
            seen.moved[k], here = place, better
    seen.misplaced[k] = there / max(here, 1e-9)


@dataclass(frozen=True)
class _Scene:
    """A part of a frame and what is known of its background; corner (2,) px."""

    pixels: np.ndarray
    plate: np.ndarray
    noise: np.ndarray
    corner: np.ndarray

    def misfit(self, plan: ObjectPlan, row: int, place: np.ndarray) -> float:
        """Sum of the capped squared deviations of the pixels from the layer at `place` over the plate."""
        alpha, colour = stamp(plan, row, place, 1.0, self.corner.astype(float), self.noise.shape)
        apart = np.sum((self.pixels - (1 - alpha[..., None]) * self.plate - colour) ** 2, -1)
        return float(np.minimum(apart / (3 * self.noise**2), CAP**2).sum())

    def registered(self, subject: Subject, row: int, start: np.ndarray) -> np.ndarray:
        """(2,) px where the layer, at its usual size, fits best near `start`."""
        patch = Patch(self.pixels, self.plate, np.ones(self.noise.shape), (self.corner[0], self.corner[1]))
        return register(patch, subject.turned_to(row), start, 0.0, STIFF).centre


def _company(subject: Subject, k: int, place: np.ndarray, tracks: tuple[Track, ...]) -> bool:
    """Whether another thing is so near that pixels may be its."""
    reach = _radius(subject.track) + 2
    others = (t for t in tracks if t.id != subject.track.id)
    return any(np.hypot(*(c - place)) < reach + _radius(t) for t in others for c in t.centre[t.frames == k])


def borne_out(track: Track, looked: Seen) -> np.ndarray:
    """(n,) whether the picture shows the thing off its law; where it was not asked, the track is believed."""
    ratio = np.array([looked.misplaced.get(int(k), np.inf) for k in track.frames])
    return ratio > CLEARLY


def _search(k: int, frame: np.ndarray, watch: Watch, subjects: list[Subject], seen: dict[int, Seen]) -> None:
    """Look for the objects that have no measurement in frame `k`."""
    if not any(k in s.lost for s in subjects):
        return
    noise = np.maximum(watch.noise, QUIETEST)
    z = np.sqrt(np.sum((frame / 255.0 - watch.plate) ** 2, -1)) / (noise * np.sqrt(3))
    free = None
    for s in subjects:
        if k not in s.lost:
            continue
        there = _differs(z, s.lost[k], _radius(s.track))
        if there is None or there > EMPTY:
            continue
        free = _unclaimed(z, k, watch.tracks) if free is None else free
        place = _alike(free, frame, watch, s.track)
        if place is not None:
            seen[s.plan.id].elsewhere[k] = place
        elif not _is_background(watch, s) and not _something_near(z, s.lost[k], _radius(s.track)):
            seen[s.plan.id].empty.append(k)


def _radius(track: Track) -> float:
    return float(np.nanmedian(track.radius)) if np.isfinite(track.radius).any() else 6.0


def _disc(shape: tuple[int, int], place: np.ndarray, reach: float):
    """A box around `place` in a picture of `shape`, and which of its pixels are nearer than `reach` px."""
    low, high = np.floor(place - reach).astype(int), np.ceil(place + reach).astype(int) + 1
    rows, columns = (slice(max(a, 0), max(min(b, n), 0)) for a, b, n in zip(low[::-1], high[::-1], shape))
    y, x = np.mgrid[rows, columns] + 0.5
    return (rows, columns), np.hypot(x - place[0], y - place[1]) < reach


def _differs(z: np.ndarray, place: np.ndarray, radius: float) -> float | None:
    """Share of the inner pixels that are not background; None where they are not all in the picture."""
    h, w = z.shape
    if not (radius < place[0] < w - radius and radius < place[1] < h - radius):
        return None
    box, inner = _disc(z.shape, place, max(0.6 * radius, 1.5))
    return float(np.mean(z[box][inner] > SOFT))


def _something_near(z: np.ndarray, place: np.ndarray, radius: float) -> bool:
    """Whether around the place there is as much that is not background as the object would make."""
    box, here = _disc(z.shape, place, AROUND * radius + 2)
    clear = ndimage.gaussian_filter(z[box], 0.7)[here] > CLEAR
    return bool(np.count_nonzero(clear) > 0.4 * np.pi * radius**2)


def _unclaimed(z: np.ndarray, k: int, tracks: tuple[Track, ...]) -> np.ndarray:
    """Where something is that belongs to no track in frame `k`: labels (H, W)."""
    mask = ndimage.gaussian_filter(z, 0.7) > SOFT
    for t in tracks:
        for place in t.centre[t.frames == k]:
            box, mine = _disc(z.shape, place, 1.3 * _radius(t) + 2)
            mask[box] &= ~mine
    labels, _ = ndimage.label(ndimage.binary_opening(mask))  # pyright: ignore
    return labels


def _alike(labels: np.ndarray, frame: np.ndarray, watch: Watch, track: Track) -> np.ndarray | None:
    """Centre (2,) of the blob that looks like the object; None where there is none."""
    area, colour = np.pi * _radius(track) ** 2, np.median(track.colour, axis=0)
    best, place = LIKE, None
    for n, box in enumerate(ndimage.find_objects(labels), start=1):
        blob = ndimage.binary_fill_holes(labels[box] == n)
        assert blob is not None
        inner = ndimage.binary_erosion(blob)
        if not SAME[0] < blob.sum() / area < SAME[1] or inner.sum() < 6:
            continue
        off = float(np.abs(frame[box][inner].mean(0) / 255.0 - colour).max())
        if off < best:
            y, x = np.nonzero(blob)
            best, place = off, np.array([x.mean() + box[1].start + 0.5, y.mean() + box[0].start + 0.5])
    return place


def _is_background(watch: Watch, subject: Subject) -> bool:
    """Whether the plate itself shows the object: one at rest may have been taken for background."""
    colour = np.median(subject.track.colour, axis=0)
    for place in list(subject.lost.values())[:1]:
        x, y = (int(np.clip(v, 0, n - 1)) for v, n in zip(place, watch.plate.shape[1::-1]))
        r = max(int(0.5 * _radius(subject.track)), 1)
        patch = watch.plate[max(y - r, 0) : y + r + 1, max(x - r, 0) : x + r + 1]
        if np.abs(patch.mean((0, 1)) - colour).max() < 0.5 * LIKE:
            return True
    return False
