"""Before and after side by side, with the paths drawn: red as it was, green as it is now.

A point per frame, larger at the frame that is shown; lines are three pixels wide so that a coder keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw

from correction.verdict import Repair
from physics.estimator.video import Video

BEFORE, AFTER, STILL = (235, 60, 50), (40, 200, 90), (150, 150, 150)
TAIL = 48  # frames of the path that are drawn behind and ahead
GAP = 4  # px between the halves


def preview(repair: Repair, video: Video) -> Iterator[np.ndarray]:
    """Frames uint8 (H, 2 W + 4, 3); sides are even, as coders want them."""
    for k, (old, new) in enumerate(zip(video.frames(), repair.frames(video))):
        halves = [drawn(old, repair, k, False), drawn(new, repair, k, True)]
        gap = np.full((old.shape[0], GAP, 3), 255, np.uint8)
        both = np.concatenate([halves[0], gap, halves[1]], 1)
        yield np.ascontiguousarray(np.pad(both, ((0, both.shape[0] % 2), (0, both.shape[1] % 2), (0, 0))))


def drawn(frame: np.ndarray, repair: Repair, k: int, after: bool) -> np.ndarray:
    """The frame with the paths of its shot's objects."""
    image = Image.fromarray(frame)
    pen = ImageDraw.Draw(image)
    for shot in repair.shots:
        if not shot.plan.first <= k < shot.plan.last:
            continue
        for o in shot.objects:
            places = o.plan.target if after else o.plan.source
            colour = (AFTER if after else BEFORE) if o.kinds else STILL
            near = np.abs(o.plan.frames - k) <= TAIL
            pen.line([tuple(p) for p in places[near]], fill=colour, width=2)
            row = o.plan.row(k)
            if row is not None:
                x, y = places[row]
                pen.ellipse((x - 4, y - 4, x + 4, y + 4), outline=colour, width=2)
                pen.text((x + 7, y - 6), str(o.id), fill=colour)
    return np.asarray(image)
