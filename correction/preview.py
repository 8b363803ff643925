"""Before and after side by side, with the paths drawn: red as it was, green as it is now.

A ring marks where the object is in the frame that is shown; lines are two pixels wide so that a coder keeps
them. Beside the mended path the old one shows faintly.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw

from correction.plan import ObjectPlan
from correction.verdict import Judged, Repair
from physics.estimator.video import Video

BEFORE, AFTER, STILL = (235, 60, 50), (40, 200, 90), (150, 150, 150)
TAIL = 48  # frames of the path that are drawn behind and ahead
GAP = 4  # px between the halves
FINE, LINE = 2, 2  # samples per pixel along a side; px


def preview(repair: Repair, video: Video) -> Iterator[np.ndarray]:
    """Frames uint8 (H, 2 W + 4, 3); sides are even, as coders want them."""
    for k, (old, new) in enumerate(zip(video.frames(), repair.frames(video))):
        halves = [drawn(old, repair, k, False), drawn(new, repair, k, True)]
        gap = np.full((old.shape[0], GAP, 3), 255, np.uint8)
        both = np.concatenate([halves[0], gap, halves[1]], 1)
        yield np.ascontiguousarray(np.pad(both, ((0, both.shape[0] % 2), (0, both.shape[1] % 2), (0, 0))))


def drawn(frame: np.ndarray, repair: Repair, k: int, after: bool, scale: int = 1) -> np.ndarray:
    """The frame, `scale` times as large, with the paths of its shot's objects; after the repair with the old
    ones faintly below, so that the difference shows.
    """
    image = Image.fromarray(frame)
    if scale > 1:
        image = image.resize((scale * image.width, scale * image.height), Image.Resampling.LANCZOS)
    layer = Image.new("RGBA", (FINE * image.width, FINE * image.height))
    pen = ImageDraw.Draw(layer)
    for shot in repair.shots:
        if shot.plan.first <= k < shot.plan.last:
            for o in shot.objects:
                _draw(pen, o, k, after, FINE * scale)
    small = layer.reduce(FINE)  # lines are smooth then
    image.paste(small, (0, 0), small)
    return np.asarray(image)


def _draw(pen: ImageDraw.ImageDraw, judged: Judged, k: int, after: bool, scale: int) -> None:
    """One object's path, and a ring around it in frame `k`."""
    plan = judged.plan
    near = np.abs(plan.frames - k) <= TAIL
    if judged.kinds and after:
        _line(pen, scale * plan.source[near], (*BEFORE, 110), LINE * FINE // 2)
    places = plan.target if after else plan.source
    colour = (AFTER if after else BEFORE) if judged.kinds else STILL
    _line(pen, scale * places[near], (*colour, 255), LINE * FINE)
    row = plan.row(k)
    if row is not None:
        (x, y), r = scale * places[row], scale * (ring(plan, row) + 2)
        pen.ellipse((x - r, y - r, x + r, y + r), outline=(*colour, 255), width=LINE * FINE)
        pen.text((x + r + FINE, y - 1.2 * r), str(judged.id), fill=(*colour, 255), font_size=12 * FINE)


def _line(pen: ImageDraw.ImageDraw, places: np.ndarray, colour, width: int) -> None:
    if len(places) > 1:
        pen.line([(x, y) for x, y in places.tolist()], fill=colour, width=max(width, 1), joint="curve")


def ring(plan: ObjectPlan, row: int) -> float:
    """px, radius of the object in a frame."""
    return float(np.sqrt(max(plan.layer.alpha.sum(), 1.0) / np.pi) * plan.size[row])
