"""What was found and what was done, gathered frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from correction.compare import Verdict
from correction.outline import Ellipse

Point = tuple[float, float] | None


@dataclass
class Track:
    """One object through the clip; a few numbers per frame."""

    ident: int
    name: str
    track_px: list[Point] = field(default_factory=list)  # as painted
    corrected_px: list[Point] = field(default_factory=list)  # as it goes out
    before: list[float] = field(default_factory=list)  # px from the stated place, where measured
    after: list[float] = field(default_factory=list)
    unmeasured: dict[str, int] = field(default_factory=dict)  # reason -> frames

    def add(self, stated: Ellipse, first: Verdict, last: Verdict) -> None:
        """One frame: the verdicts on the painted and on the mended picture."""
        for verdict, points, errors in (
            (first, self.track_px, self.before),
            (last, self.corrected_px, self.after),
        ):
            points.append(_rounded(stated.centre + verdict.fit.shift) if verdict.measured else None)
            if verdict.measured:
                errors.append(verdict.fit.off)
        if not first.measured:
            self.miss(first.fit.reason)

    def skip(self, reason: str) -> None:
        """One frame in which the object cannot be measured."""
        self.track_px.append(None)
        self.corrected_px.append(None)
        self.miss(reason)

    def miss(self, reason: str) -> None:
        """Count why a frame says nothing."""
        self.unmeasured[reason] = self.unmeasured.get(reason, 0) + 1

    def to_dict(self) -> dict[str, Any]:
        """One entry of the report's `objects`."""
        return {
            "id": self.ident, "name": self.name, "model": "simulated",
            "track_px": self.track_px, "corrected_px": self.corrected_px,
            "residual_before_px": _rms(self.before), "residual_after_px": _rms(self.after),
            "measured_frames": len(self.before), "unmeasured": dict(self.unmeasured),
        }  # fmt: skip


@dataclass
class Log:
    """The findings of a clip, runs of frames merged."""

    frames: int = 0
    mended: int = 0  # frames that were changed
    findings: list[dict[str, Any]] = field(default_factory=list)

    def note(self, kind: str, frame: int, ident: int | None = None, place: Point = None) -> None:
        """One finding in one frame; it continues the last of its kind when that ended a frame ago."""
        for old in reversed(self.findings):
            if (old["kind"], old.get("object")) == (kind, ident) and frame - 1 <= old["frames"][1] <= frame:
                old["frames"][1] = frame
                return
        extra = {} if ident is None else {"object": ident}
        extra |= {} if place is None else {"position_px": list(place)}
        self.findings.append({"kind": kind, **extra, "frames": [frame, frame]})

    def to_dict(self, tracks: list[Track]) -> dict[str, Any]:
        """The report; schema of `correct --report`, version 1."""
        return {
            "version": 1,
            "decision": "corrected" if self.mended else "unchanged",
            "reason": self._reason(tracks),
            "num_frames": self.frames,
            "frames_changed": self.mended,
            "objects": [t.to_dict() for t in tracks],
            "findings": self.findings,
            "untouched_exact_fraction": 1.0,  # by construction: only masked pixels are written
        }

    def _reason(self, tracks: list[Track]) -> str:
        if not self.frames:
            return "no frame was seen"
        seen = sum(len(t.before) for t in tracks)
        told = f"{seen} of {self.frames * len(tracks)} outlines measured"
        if not self.mended:
            return f"nothing beyond tolerance; {told}"
        kinds = ", ".join(sorted({f["kind"] for f in self.findings})) or "less than the tolerance, faded in"
        return f"{self.mended} of {self.frames} frames mended ({kinds}); {told}"


def _rounded(point: np.ndarray) -> Point:
    return (round(float(point[0]), 3), round(float(point[1]), 3))


def _rms(errors: list[float]) -> float | None:
    return round(float(np.sqrt(np.mean(np.square(errors)))), 4) if errors else None
