"""Finds the balls in the pictures of a clip, and says by how much the clip breaks what cannot break.

The balls of a clip differ in hue, so hue is identity: pixels are told by their chroma, pieces by
connectedness, and the largest piece of a hue is that ball, wherever it is. What is measured of a clip is a
score per KIND, large when something is wrong; a fault has to last two frames, but for jumps and jerks.
References are the given frames of the same clip after the same codec, never another method's frames. A ball
that is not found counts as vanished and stays, for the laws, where it was last seen: nothing is left out.
  vanished          share of the ball's area that is missing
  duplicate         area of a second piece, or of a hue that nobody described, over the ball's
  colour            distance of mean colours, sRGB; 1 where it is there in another hue
  shape             long over short axis, less 1
  size              radius over given, less 1
  teleport          step beyond what all the energy there is would allow, px
  interpenetration  overlap of two balls, or of ball and wall, px
  jerk              third difference in free flight, px
  frozen            share of its way that a ball does not go, be that way right or wrong
Jerk leaves out all four frames' neighbourhood of a contact, true or the clip's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from benchmarks._claim_world import FLOOR, FPS, GIVEN, HUES, SIDE, Worlds

KINDS = ("vanished", "duplicate", "colour", "shape", "size", "teleport", "interpenetration", "jerk", "frozen")
DESIGN = {  # the least that counts, whatever the codec allows
    "vanished": 0.75, "duplicate": 0.1, "colour": 0.1, "shape": 0.3, "size": 0.15,
    "teleport": 1.0, "interpenetration": 1.0, "jerk": 1.0,
    "frozen": 0.75,
}  # fmt: skip
CLEAR = 0.28  # of a hue's own chroma: less is background
SPECK = 3  # px: smaller pieces are noise
LEAST_WAY = 6.0  # px, in all generated frames
NEAR = 1.0  # px: closer than this and half a step may be a contact
_CHROMA = HUES - HUES.mean(1, keepdims=True)
_STRENGTH = np.linalg.norm(_CHROMA, axis=1)
_DIRECTION = _CHROMA / _STRENGTH[:, None]


@dataclass(frozen=True)
class Seen:
    """What a clip shows: `place` (T, n, 2) px, x right, y up, nan where lost; `area` (T, n) px; `extra`
    (T, n)
    px of other pieces of the hue; `strange` (T,) px, largest piece of a hue of nobody; `colour` (T, n, 3);
    `ratio` (T, n).
    """

    place: np.ndarray
    area: np.ndarray
    extra: np.ndarray
    strange: np.ndarray
    colour: np.ndarray
    ratio: np.ndarray


def look(frames: np.ndarray, hue: np.ndarray) -> Seen:
    """Find the balls of the hues `hue` (n,) in uint8 `frames` (T, SIDE, SIDE, 3)."""
    t, n = len(frames), len(hue)
    out = Seen(
        np.full((t, n, 2), np.nan), np.zeros((t, n)), np.zeros((t, n)), np.zeros(t),
        np.full((t, n, 3), np.nan), np.full((t, n), np.nan),
    )  # fmt: skip
    for k, frame in enumerate(frames):
        picture = frame / np.float32(255)
        along = (picture - picture.mean(-1, keepdims=True)) @ _DIRECTION.T / _STRENGTH
        label = np.where(along.max(-1) > CLEAR, along.argmax(-1), -1)
        for h in np.unique(label[label >= 0]):
            _pieces(out, k, np.flatnonzero(hue == h), label == h, along[..., h], picture)
    return out


def _pieces(
    out: Seen, k: int, who: np.ndarray, mask: np.ndarray, share: np.ndarray, picture: np.ndarray
) -> None:
    """Enter the pieces of one hue in frame `k`; `who` is the ball it belongs to, empty for nobody's."""
    marks = np.asarray(ndimage.label(mask)[0])  # type: ignore[index]
    areas = np.bincount(marks.ravel(), minlength=2)[1:]
    areas[areas < SPECK] = 0
    if not areas.any():
        return
    if not len(who):
        out.strange[k] = max(out.strange[k], areas.max())
        return
    i, best = who[0], int(areas.argmax())
    piece = marks == best + 1
    out.extra[k, i] = np.delete(areas, best).max(initial=0)
    out.colour[k, i] = picture[piece].mean(0)
    weight = np.where(ndimage.binary_dilation(piece), np.clip(share / 0.5, 0, 1), 0)
    out.area[k, i] = weight.sum()
    y, x = np.nonzero(weight)
    w = weight[y, x] / out.area[k, i]
    centre = np.array([w @ x, w @ y])
    dx, dy = x - centre[0], y - centre[1]
    a, b, c = w @ (dx * dx) + 1 / 12, w @ (dy * dy) + 1 / 12, w @ (dx * dy)
    root = np.sqrt(((a - b) / 2) ** 2 + c * c)
    out.ratio[k, i] = np.sqrt(((a + b) / 2 + root) / max((a + b) / 2 - root, 1e-3))
    out.place[k, i] = centre[0] + 0.5, SIDE - centre[1] - 0.5


def scores(seen: Seen, one: Worlds) -> dict[str, float]:
    """The score per KIND of a clip; `one` is its description (one clip), balls as in `seen`."""
    who = np.flatnonzero(one.there[0])
    area = np.mean(seen.area[:GIVEN], 0)
    size = np.sqrt(seen.area / area) - 1
    colour = np.linalg.norm(seen.colour - np.nanmean(seen.colour[:GIVEN], 0), axis=-1)
    extra = np.maximum(seen.extra / area, seen.strange[:, None] / area.min())
    turned = (seen.area < 0.25 * area) & (_foreign(seen) > 0.5 * area)  # it is there in another hue
    colour = np.where(turned, 1.0, colour)
    radius = SIDE * one.radius[0, 0, who]
    return {
        "vanished": _lasting(1 - seen.area / area),
        "duplicate": _lasting(extra),
        "colour": _lasting(colour),
        "shape": _lasting(seen.ratio - 1),
        "size": _lasting(np.abs(np.where(np.isfinite(seen.place[..., 0]), size, 0))),
        "teleport": _jump(seen.place, one, who),
        "interpenetration": _lasting(_overlap(seen.place, radius)),
        "jerk": _jerk(seen.place, one, who, radius),
        "frozen": _stillness(seen.place, one, who),
    }


def _foreign(seen: Seen) -> np.ndarray:
    """(T, n) px: the largest piece that belongs to no ball, or is a second one of another ball."""
    others = [np.delete(seen.extra, i, 1).max(1, initial=0.0) for i in range(seen.extra.shape[1])]
    return np.maximum(np.stack(others, 1), seen.strange[:, None])


def _lasting(score: np.ndarray) -> float:
    """Largest value that two neighbouring frames (T, n) both reach; lost frames count as nothing."""
    score = np.nan_to_num(score[GIVEN:], nan=0.0)
    return float(np.minimum(score[1:], score[:-1]).max())


def filled(place: np.ndarray) -> np.ndarray:
    """Places (T, n, 2) with the last one seen held where there is none."""
    out = place.copy()
    for k in range(1, len(out)):
        lost = np.isnan(out[k, :, 0])
        out[k, lost] = out[k - 1, lost]
    return out


def _jump(place: np.ndarray, one: Worlds, who: np.ndarray) -> float:
    """Largest step (px) beyond the reach of the clip's whole energy, over the frames since last seen."""
    mass = one.radius[0, 0, who] ** 3
    height = one.position[0, 0, who, 1] - one.radius[0, 0, who] - FLOOR
    energy = np.sum(mass * (0.5 * np.sum(one.velocity[0, 0, who] ** 2, -1) + one.gravity[0] * height))
    reach, worst = SIDE / FPS * np.sqrt(2 * energy / mass), 0.0
    for i in range(len(who)):
        k = np.flatnonzero(np.isfinite(place[:, i, 0]))
        step = np.linalg.norm(np.diff(place[k, i], axis=0), axis=-1) - np.diff(k) * reach[i]
        worst = max(worst, step[k[1:] >= GIVEN].max(initial=0.0))
    return float(worst)


def _stillness(place: np.ndarray, one: Worlds, who: np.ndarray) -> float:
    """1 less the way gone over the true way, of the ball that lacks most; only balls with LEAST_WAY to go."""
    gone, asked = (
        np.linalg.norm(np.diff(x[GIVEN - 1 :], axis=0), axis=-1).sum(0)
        for x in (filled(place), SIDE * one.position[0][:, who])
    )
    return float(np.where(asked > LEAST_WAY, 1 - gone / np.maximum(asked, LEAST_WAY), 0.0).max())


def _gaps(place: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """px between balls i and j (T, n, n), inf on the diagonal, and from each to its nearest wall (T, n)."""
    apart = np.linalg.norm(place[:, :, None] - place[:, None], axis=-1) - radius[:, None] - radius
    apart[:, np.arange(len(radius)), np.arange(len(radius))] = np.inf
    low, high = np.array([0, SIDE * FLOOR]), np.array([SIDE, SIDE])
    wall = np.minimum(place - low, high - place).min(-1) - radius
    return apart, wall


def _overlap(place: np.ndarray, radius: np.ndarray) -> np.ndarray:
    apart, wall = _gaps(place, radius)
    return -np.minimum(np.nan_to_num(apart, nan=np.inf).min(2), np.nan_to_num(wall, nan=np.inf))


def near_contact(place: np.ndarray, one: Worlds, who: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """(T, n): the true ball has touched something since the last frame, or the clip's own may have."""
    x = filled(place)
    move = np.abs(np.diff(x, axis=0, prepend=x[:1]))
    low, high = np.array([0, SIDE * FLOOR]), np.array([SIDE, SIDE])
    walls = _before(np.minimum(x - low, high - x) - radius[:, None])  # (T, n, 2)
    apart, _ = _gaps(x, radius)
    reach = np.linalg.norm(move[:, :, None] + move[:, None], axis=-1)
    own = (walls < NEAR + 0.5 * move).any(-1) | (_before(apart) < NEAR + 0.5 * reach).any(2)
    return own | one.contact[0][:, who]


def _before(gap: np.ndarray) -> np.ndarray:
    """The smaller of a frame's gap and that of the frame before."""
    return np.minimum(gap, np.concatenate([gap[:1], gap[:-1]]))


def _jerk(place: np.ndarray, one: Worlds, who: np.ndarray, radius: np.ndarray) -> float:
    third = np.linalg.norm(np.diff(place, 3, axis=0), axis=-1)  # of frames k ... k + 3
    touch = near_contact(place, one, who, radius)
    free = ~np.any([touch[a : len(touch) - 3 + a] for a in range(4)], axis=0)
    ends = np.arange(len(third))[:, None] + 3 >= GIVEN
    return float(np.nan_to_num(np.where(free & ends, third, 0.0)).max())
