"""Motion blur of a layer: the thing as it is when it hardly moves, smeared along what it moves.

While the shutter is open for the share e of a frame, a thing that moves by the chord
d = x(t + e/2) - x(t - e/2) shows its sharp layer averaged along d: a factor sinc(d . f) in Fourier space.
Taking that out of one picture is ill-posed. So the sharp layer is learned where the thing is slow (Wiener's
filter takes out what little blur the views there have on average), e is the one whose smeared layer explains
the pixels best where it is fast, and a frame's own moved pixels C are blurred anew where the two blurs
differ, from the factors H shown and H' due:

    C' = H' (H C + q L) / (H^2 + q),          A' alike,

so that what the shown blur has kept stays the frame's own, and the sharp layer L fills in what it has lost.
What a clip shows is asked of the picture: the chord of the law, or that of the path as shown (a generator's
blur may follow its own wrong path). Limits: no turn that is known, no size that changes; where a path is
bent within one exposure (a bounce) the blur stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from correction.layer import HELD, cleaned, filtered, smeared, stamp, transfer
from correction.plan import Blur, ObjectPlan
from physics.estimator.layers import Sight, learn_layer, outlined
from physics.estimator.matte import matte
from physics.estimator.track import Layer
from physics.motion import Motion

EXPOSURES = (0.25, 0.5, 0.75, 1.0)  # shares of a frame that are tried
BETTER = 0.8  # of the misfit without blur that one with it may leave
HALFWAY = 0.6  # of the way from the law's blur to the other one that the picture has to be
QUICK, SLOW = 4.0, 4.0  # px/frame: slower ones show no blur that matters; slow enough to be all but sharp
FASTER = 1.6  # times as fast as the slow ones the fast ones have to be
KINK = 1.0, 0.5  # px/frame, and share of the speed, by which a step may differ from the next
ALIKE = 0.6  # px between chords that look the same
VIEWS, FEWEST = 8, 3  # of each kind
FIRM = 4.0  # times the noise: surely not background
AROUND = 1.3  # radii within which a thing's pixels are looked for
CAP = 6.0  # times the noise that a pixel counts at most
TURNED = 0.2  # rad: more, and views do not match


@dataclass(frozen=True)
class Picture:
    """Pixels (h, w, 3) around a thing in its row `row`, the plate behind, noise (h, w), corner (2,) px."""

    row: int
    pixels: np.ndarray
    plate: np.ndarray
    noise: np.ndarray
    corner: np.ndarray


@dataclass
class Views:
    """What a pass collects of a thing in the rows (indices) in which it is slow, and in which it is fast."""

    slow: frozenset[int] = frozenset()
    fast: frozenset[int] = frozenset()
    sights: list[Sight] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def add(self, plan: ObjectPlan, row: int, frame: np.ndarray, plate: np.ndarray, noise: np.ndarray):
        """Look at the thing of `plan` in its row `row`; noise (H, W) in sRGB units."""
        if row not in self.slow and row not in self.fast:
            return
        place, reach = plan.source[row], np.hypot(*plan.layer.alpha.shape) / 2 + 3
        low, high = np.floor(place - reach).astype(int), np.ceil(place + reach).astype(int)
        if (low < 0).any() or (high > np.array(plate.shape[1::-1])).any():
            return
        box = slice(low[1], high[1]), slice(low[0], high[0])
        there = Picture(row, frame[box] / 255.0, plate[box], noise[box], low)
        if row in self.fast:
            self.pictures.append(there)
        else:
            self.sights += _sight(there, plan)


def views_of(plan: ObjectPlan, speed: np.ndarray, whole: np.ndarray) -> Views:
    """Which rows to look at: speed (n,) px/frame, whole (n,) bool."""
    rows = np.flatnonzero(whole)
    order = rows[np.argsort(speed[rows])]
    slow, fast = order[speed[order] < SLOW][:VIEWS], order[speed[order] > QUICK][-VIEWS:]
    if min(len(slow), len(fast)) < FEWEST or np.ptp(plan.angle) > TURNED:
        return Views()
    if np.median(speed[fast]) < FASTER * np.median(speed[slow]):
        return Views()
    return Views(frozenset(slow.tolist()), frozenset(fast.tolist()))


def blur_of(views: Views, plan: ObjectPlan, motion: Motion) -> Blur | None:
    """The sharp layer and the chords; None where there is no blur, or it cannot be told."""
    if min(len(views.sights), len(views.pictures)) < FEWEST:
        return None
    layer = cleaned(outlined(learn_layer(views.sights), views.sights))
    t = plan.frames.astype(float)

    def chords(share: float) -> np.ndarray:
        return motion.at(t + share / 2) - motion.at(t - share / 2)

    rows = [plan.row(s.frame) for s in views.sights]

    def sharp(share: float) -> Layer:
        return sharpened(layer, chords(share)[rows])

    def left(share: float) -> float:
        way, thing = chords(share), sharp(share)
        return sum(misfit(plan, p, smeared(thing, way[p.row])) for p in views.pictures)

    found = {e: left(e) for e in (0.0, *EXPOSURES)}
    share = min(found, key=lambda e: found[e])
    if share == 0.0 or found[share] > BETTER * found[0.0]:
        return None
    law = chords(share)
    halves = motion.at(t + share / 2) - motion.at(t), motion.at(t) - motion.at(t - share / 2)
    straight = np.hypot(*(halves[0] - halves[1]).T) < KINK[0] + KINK[1] * np.hypot(*law.T)
    shown = share * _ways(plan)
    return Blur(sharp(share), law, np.where(straight[:, None], shown, np.nan))


def sharpened(layer: Layer, ways: np.ndarray) -> Layer:
    """The layer without the mean blur of chords (n, 2) px: H / (H^2 + HELD), H the mean of sinc(d . f)."""
    blur = np.mean([transfer(layer.alpha.shape, d) for d in ways], axis=0)
    return filtered(layer, (1 + HELD) * blur / (blur**2 + HELD))


def chosen(
    plan: ObjectPlan, row: int, image: np.ndarray, plate: np.ndarray, corner: np.ndarray
) -> np.ndarray | None:
    """(2,) px, the chord that the picture shows; None where that is the law's, as far as can be told."""
    if plan.blur is None or not np.hypot(*(plan.blur.shown[row] - plan.blur.law[row])) > ALIKE:
        return None  # nan: a path that is bent
    law, shown = (
        laid(plan, row, plate, corner, smeared(plan.blur.layer, d))
        for d in (plan.blur.law[row], plan.blur.shown[row])
    )
    step = shown - law
    share = float(((image - law) * step).sum() / max((step**2).sum(), 1e-9))
    return plan.blur.shown[row] if share > HALFWAY else None


def misfit(plan: ObjectPlan, there: Picture, layer: Layer) -> float:
    """Sum of the capped squared deviations from `layer` laid where the thing is."""
    apart = ((there.pixels - laid(plan, there.row, there.plate, there.corner, layer)) ** 2).sum(-1)
    return float(np.minimum(apart / (3 * there.noise**2), CAP**2).sum())


def laid(plan: ObjectPlan, row: int, plate: np.ndarray, corner: np.ndarray, layer: Layer) -> np.ndarray:
    """(h, w, 3) the plate with `layer` laid where the thing is in its row `row`."""
    alpha, colour = stamp(plan, row, plan.source[row], 1.0, corner, plate.shape[:2], layer)
    return (1 - alpha[..., None]) * plate + colour


def _sight(there: Picture, plan: ObjectPlan) -> list[Sight]:
    """The thing in full, cut out of a picture in which it hardly moves; none where nothing stands out."""
    place, radius = plan.source[there.row], np.sqrt(plan.layer.alpha.sum() / np.pi)
    y, x = np.mgrid[: len(there.noise), : there.noise.shape[1]] + 0.5
    near = np.hypot(x + there.corner[0] - place[0], y + there.corner[1] - place[1]) < AROUND * radius
    mask = near & (((there.pixels - there.plate) ** 2).sum(-1) > 3 * (FIRM * there.noise) ** 2)
    if mask.sum() < 0.5 * np.pi * radius**2:
        return []
    soft = matte(there.pixels, there.plate, there.noise, mask).alpha
    corner = int(there.corner[0]), int(there.corner[1])
    return [Sight(int(plan.frames[there.row]), there.pixels, there.plate, soft, corner, place, 0.0)]


def _ways(plan: ObjectPlan) -> np.ndarray:
    """(n, 2) px/frame, how the clip shows it moving, where it does so evenly; nan elsewhere."""
    t = plan.frames.astype(float)[:, None]
    step = np.diff(plan.source, axis=0) / np.diff(t, axis=0)
    before, after = np.vstack([step[:1], step]), np.vstack([step, step[-1:]])
    mean = (before + after) / 2
    even = np.hypot(*(after - before).T) < KINK[0] + KINK[1] * np.hypot(*mean.T)
    return np.where(even[:, None], mean, np.nan)
