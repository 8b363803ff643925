"""Re-rendering of finished frames: objects moved as layers over the background that was learned.

    I_out = (1 - A') [(1 - m) I + m B] + C',       C = I - (1 - A) B

I is the frame, A the object's matte where it is, B the background behind it, C its premultiplied colour:
what is left of the frame's own pixels when the background's share is taken away, so that texture,
rotation, light and grain stay. A' and C' are A and C moved and scaled by cubic splines (Porter & Duff
1984 explain why premultiplied values are what can be resampled); m is the cut-out, A grown by one pixel
and feathered. Nothing moved gives back I exactly. B is the plate times the smooth ratio of frame to plate
around the object, carried inwards: shadows and changes of exposure go on behind the object. Only pixels
where m, A' or a shadow's change exceed 1e-3 are written; all others keep their bits.

Limits: opaque objects; where objects overlap, each pixel is given to the one whose layer explains it
better.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from correction.blur import chosen
from correction.grain import grain
from correction.layer import Piece, cut_out, moved, own_pixels, placed, share
from correction.mend import spread
from correction.plan import ObjectPlan, ShotPlan
from correction.shadow import shadow_change
from physics.estimator.camera import project

MARGIN = 12  # px around what is moved: room for the surroundings that tell the background's light
LEAST = 1e-3  # of coverage: less is no change
FLOOR = 0.06  # sRGB units added to frame and plate before their ratio is taken


class Renderer:
    """Carries out one shot's plan, frame by frame, in any order."""

    def __init__(self, plan: ShotPlan):
        self.plan = plan

    def render(self, k: int, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Frame `k` of the clip, uint8 (H, W, 3), repaired, and what was touched (H, W) bool.

        The very same array and None where nothing is to do.
        """
        out, touched = self._lit(k, frame)
        rows = {o.id: i for o in self.plan.objects if (i := o.row(k)) is not None}
        here = [o for o in self.plan.objects if o.id in rows]
        for group in _groups(here, rows, frame.shape[:2]):
            if any(o.active[rows[o.id]] for o in group):
                if touched is None:
                    out, touched = frame.copy(), np.zeros(frame.shape[:2], bool)
                self._mend(k, out, touched, group, rows)
        return out, touched

    def _lit(self, k: int, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """The frame with its light held still; objects get theirs back by their own gains."""
        gain = None if self.plan.light is None else self.plan.light[k - self.plan.first]
        if gain is None or np.abs(gain - 1).max() < LEAST:
            return frame, None
        lit = np.clip(np.rint(frame * gain.astype(np.float32)), 0, 255).astype(np.uint8)
        return lit, np.ones(frame.shape[:2], bool)

    def _mend(self, k: int, out: np.ndarray, mask: np.ndarray, group: list[ObjectPlan], rows) -> None:
        """Mend one group of neighbours in `out`, in place, and mark in `mask` what was written."""
        box = _box(group, rows, out.shape[:2])
        image = out[box].astype(np.float32) / 255
        plate, noise = self._behind(k, box)
        corner = np.array([box[1].start, box[0].start], float)
        pieces = share([_piece(o, rows[o.id], corner, image, plate) for o in group], image, plate)
        movers = [p for p in pieces if p.plan.active[p.row]]
        hidden = cut_out(pieces)
        behind, ratio = _background(image, plate, hidden)
        m = cut_out(movers)
        shaded = shadow_change(movers, ratio, corner)
        residual = np.where(hidden < LEAST, image - _smooth(ratio, plate), 0)
        fill = _times(behind, shaded) + grain(residual, noise, hidden < LEAST, (k, group[0].id))
        canvas = (1 - m) * _times(image, shaded) + m * fill
        change = np.maximum(m[..., 0], np.abs(shaded - 1).max(-1))
        for piece in sorted(pieces, key=lambda p: p.depth):
            alpha, colour = self._laid(piece, image, behind, corner, m)
            canvas = (1 - alpha) * canvas + colour
            change = np.maximum(change, alpha[..., 0] if piece.plan.active[piece.row] else 0)
        touched = change > LEAST
        mask[box] |= touched
        out[box][touched] = np.clip(np.rint(canvas[touched] * 255), 0, 255).astype(np.uint8)

    def _laid(self, piece: Piece, image, behind, corner, m) -> tuple[np.ndarray, np.ndarray]:
        """Matte (h, w, 1) and premultiplied colour (h, w, 3) of a piece as it goes onto the canvas."""
        if piece.plan.active[piece.row]:
            return moved(piece, image, behind, corner)
        alpha, colour = own_pixels(piece, image, behind)  # a bystander: again where the cut-out took from it
        return m * alpha[..., None], m * colour

    def _behind(self, k: int, box) -> tuple[np.ndarray, np.ndarray]:
        """Plate (h, w, 3) and noise (h, w) in the frame's pixels."""
        if self.plan.camera is None:
            return self.plan.plate[box], self.plan.noise[box]
        y, x = np.mgrid[box[0], box[1]] + 0.5
        u, v = project(self.plan.camera[k - self.plan.first], x, y)
        at = np.stack([v, u]) - 0.5
        planes = [
            ndimage.map_coordinates(self.plan.plate[..., c], at, order=3, mode="nearest") for c in range(3)
        ]
        return np.stack(planes, -1), ndimage.map_coordinates(self.plan.noise, at, order=1, mode="nearest")


def _piece(plan: ObjectPlan, row: int, corner: np.ndarray, image: np.ndarray, plate: np.ndarray) -> Piece:
    """The object where it is, with the blur that the picture shows."""
    chord = chosen(plan, row, image, plate, corner) if plan.active[row] else None
    return placed(plan, row, corner, image.shape[:2], chord)


def _background(image: np.ndarray, plate: np.ndarray, hidden: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The background as this frame lights it, carried on behind what hides it; its ratio to the plate."""
    ratio = (image + FLOOR) / (plate + FLOOR)
    carried = spread(np.clip(ratio, 0.2, 3.0), hidden[..., 0] < LEAST)
    return np.clip(_times(plate, carried), 0, 1), carried


def _times(picture: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    return (picture + FLOOR) * ratio - FLOOR


def _smooth(ratio: np.ndarray, plate: np.ndarray) -> np.ndarray:
    """The background without this frame's grain."""
    return _times(plate, ndimage.gaussian_filter(ratio, (3, 3, 0)))


def _groups(objects: list[ObjectPlan], rows: dict[int, int], shape) -> list[list[ObjectPlan]]:
    """Objects whose boxes overlap go together."""
    groups: list[list[ObjectPlan]] = []
    for o in objects:
        mine = _box([o], rows, shape)
        near = [g for g in groups if _overlap(mine, _box(g, rows, shape))]
        groups = [g for g in groups if g not in near] + [[o, *(x for g in near for x in g)]]
    return groups


def _overlap(a, b) -> bool:
    return all(s.start < t.stop and t.start < s.stop for s, t in zip(a, b))


def _box(group: list[ObjectPlan], rows: dict[int, int], shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of the picture that hold everything that may change, and its surroundings."""
    low, high = [], []
    for o in group:
        i = rows[o.id]
        reach = np.hypot(*o.layer.alpha.shape) / 2 * o.size[i] * max(o.scale[i], 1) + MARGIN
        reach += 0 if o.blur is None else np.abs(o.blur.law[i]).max() / 2
        places = [o.source[i], o.target[i]] if o.active[i] else [o.source[i]]
        low += [p - reach for p in places]
        high += [p + reach for p in places]
        for s in o.shadows if o.active[i] else ():
            if (j := np.flatnonzero(s.frames == o.frames[i])).size:
                far = np.hypot(*s.layer.alpha.shape) / 2 + np.abs(o.target[i] - o.source[i]).max() + 2
                low.append(s.centre[j[0]] - far)
                high.append(s.centre[j[0]] + far)
    (x0, y0), (x1, y1) = np.floor(np.min(low, 0)).astype(int), np.ceil(np.max(high, 0)).astype(int)
    y0, y1 = (int(np.clip(v, 0, shape[0])) for v in (y0, y1))
    x0, x1 = (int(np.clip(v, 0, shape[1])) for v in (x0, x1))
    return slice(y0, max(y1, y0 + 1)), slice(x0, max(x1, x0 + 1))
