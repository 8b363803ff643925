"""How well things are found: recall, precision, centre error and swapped names, frame by frame.

Found places are matched to the true discs of a frame at least total distance (Kuhn 1955); a match farther
than `near` of the disc's radius and 2 px is none. A swap is a disc whose track's name is another one than in
the frame before in which it was found (Bernardin & Stiefelhagen 2008, MOTA's identity switches).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks._detector_clips import Clip

NEAR, LEAST = 0.5, 2.0  # radii, px: what counts as found


@dataclass
class Score:
    """Counts over frames and clips."""

    found: int = 0  # visible discs that were found
    true: int = 0  # visible discs
    claimed: int = 0  # places claimed that lie on no disc that is partly hidden
    swaps: int = 0
    errors: list[float] = field(default_factory=list)  # px

    def row(self) -> dict[str, float]:
        """Shares, the median and the 90 % quantile of the error in px, swaps per 100 sights."""
        e = self.errors or [np.nan]
        return {
            "recall": self.found / max(self.true, 1),
            "precision": self.found / max(self.claimed, 1),
            "centre_px": float(np.median(e)),
            "centre_px_90": float(np.quantile(e, 0.9)),
            "swaps_per_100": 100 * self.swaps / max(self.found, 1),
        }


def add(score: Score, clip: Clip, claims: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """Add a clip; `claims` holds per frame places (m, 2) px and names (m,)."""
    names: dict[int, int] = {}
    for t, (places, who) in enumerate(claims):
        rows, columns, far = _matched(clip.place[t], clip.radius, places)
        hit = {int(i): (int(j), far[i, j]) for i, j in zip(rows, columns) if np.isfinite(far[i, j])}
        for i, (j, off) in hit.items():
            if clip.shown[t, i]:
                score.found += 1
                score.errors.append(float(off))
                score.swaps += names.get(i, int(who[j])) != who[j]
                names[i] = int(who[j])
        score.true += int(clip.shown[t].sum())
        score.claimed += len(places) - sum(not clip.shown[t, i] for i in hit)


def _matched(truth: np.ndarray, radius: np.ndarray, places: np.ndarray):
    far = np.linalg.norm(truth[:, None] - places.reshape(1, -1, 2), axis=-1)
    far = np.where(far < np.maximum(NEAR * radius, LEAST)[:, None], far, np.inf)
    rows, columns = linear_sum_assignment(np.where(np.isfinite(far), far, 1e6))
    return rows, columns, far
