"""What has no law and no outline: smoke, steam, water that rises. How much of it, and how high it stands.

Per frame, among the pixels that differ from the background and belong to nothing that moves by a law: their
share of the picture (for a thin medium its mass as the picture shows it: the sum of its opacities) and the
row above which a twentieth of it lies (the level, or the top of a plume). Reported, not repaired: a source
adds smoke and a tap adds water, and no picture tells which is at work. What the report names is drift (per
second, of mass as a share of its median) and the largest step from one frame to the next.

Limits: camera at rest; what has come to rest is background; opacity is told by the difference from the
background, so a change of colour counts as one of mass; a hand counts, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from physics.estimator.track import Track, Watch

PIXELS = 40_000  # that are looked at in a frame
CLEAR = 5.0  # times the noise
QUIET = 3.0 / 255  # noise is not taken to be less
LEAST = 0.004  # share of the picture that counts as something, in the median frame
LASTING = 0.6  # share of the frames in which there has to be some
SHORTEST = 8  # frames
TOP = 0.05  # of the mass lies above the level
AROUND = 1.5  # radii around a thing that are its own


@dataclass
class Formless:
    """Measured frame by frame."""

    mass: list[float] = field(default_factory=list)  # share of the picture
    level: list[float] = field(default_factory=list)  # px from the top; nan where there is nothing

    def add(self, frame: np.ndarray, watch: Watch, k: int, lawful: Iterable[Track]) -> None:
        """Measure frame `k`, uint8 (H, W, 3), away from the tracks `lawful` and what is attached to them."""
        step = max(1, int(np.sqrt(watch.width * watch.height / PIXELS)))
        cut = slice(step // 2, None, step), slice(step // 2, None, step)
        apart = np.abs(frame[cut] / np.float32(255) - watch.plate[cut]).max(-1)
        apart = np.where(apart > CLEAR * np.maximum(watch.noise[cut], QUIET), apart, 0.0)
        owners = {t.id for t in lawful}
        for track in watch.tracks:
            if track.id in owners or track.attached_to in owners:
                _without(apart, track, k, step)
        rows = apart.sum(1)
        self.mass.append(float(rows.sum() / apart.size))
        above = np.cumsum(rows) / max(float(rows.sum()), 1e-9)
        self.level.append(float(np.searchsorted(above, TOP) * step) if rows.any() else np.nan)

    def report(self, fps: float) -> dict[str, float] | None:
        """Drift per second and largest step of mass and level; None where nothing formless is there."""
        mass, level = np.array(self.mass), np.array(self.level)
        if len(mass) < SHORTEST or np.median(mass) < LEAST or np.mean(mass > 0) < LASTING:
            return None
        middle, time, known = float(np.median(mass)), np.arange(len(mass)) / fps, np.isfinite(level)
        return {
            "mass_share": middle,
            "mass_drift_per_second": float(np.polyfit(time, mass, 1)[0] / middle),
            "mass_largest_step": float(np.abs(np.diff(mass)).max() / middle),
            "level_px": float(np.median(level[known])),
            "level_drift_px_per_second": float(np.polyfit(time[known], level[known], 1)[0]),
            "level_largest_step_px": float(np.nanmax(np.abs(np.diff(level)))),
        }


def _without(apart: np.ndarray, track: Track, k: int, step: int) -> None:
    """Clear the places of a thing and its surroundings."""
    known = track.radius[np.isfinite(track.radius)]
    reach = AROUND * (float(known.max()) if len(known) else 6.0) / step + 2
    for x, y in track.centre[track.frames == k] / step:
        rows = slice(max(int(y - reach), 0), int(y + reach) + 1)
        apart[rows, max(int(x - reach), 0) : int(x + reach) + 1] = 0
