"""What a repair knows and decides, as data: the user's choices, each object's verdict, findings, shots, the
clip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from correction.deviation import Deviation, Limits, lawful
from correction.plan import ObjectPlan, ShotPlan
from correction.rerender import Renderer
from physics.estimator.track import Track
from physics.estimator.video import Video
from physics.motion import Motion, Understanding

if TYPE_CHECKING:
    from correction.retime import Retimed


@dataclass(frozen=True, kw_only=True)
class RepairConfig:
    """What the user may choose."""

    only: frozenset[int] = frozenset()  # ids of the objects that may be mended; empty for all
    ignore: frozenset[int] = frozenset()  # ids that are left alone
    strength: float = 1.0  # share of the way that objects are moved
    retimes: bool = False  # whether the clip is going to be re-timed: the backgrounds are then kept
    limits: Limits = Limits()

    def chosen(self, ident: int) -> bool:
        """Whether the object may be judged."""
        return ident not in self.ignore and (not self.only or ident in self.only)


@dataclass(frozen=True)
class Judged:
    """One object: what was seen, its law, and what is done about it."""

    id: int
    track: Track
    motion: Motion
    deviation: Deviation
    plan: ObjectPlan
    kinds: tuple[str, ...] = ()  # of "position", "size", "colour"

    @property
    def lawful(self) -> bool:
        """Whether it moves by a law that the evidence decides for."""
        return lawful(self.motion, Limits())


@dataclass(frozen=True)
class Finding:
    """Something that is wrong in the frames [first, last]."""

    kind: str
    first: int
    last: int
    object: int | None = None
    mendable: bool = True

    def to_dict(self) -> dict[str, Any]:
        """One entry of the report's `findings`."""
        extra = {} if self.object is None else {"object": self.object}
        return {"kind": self.kind, **extra, "frames": [self.first, self.last]}


@dataclass(frozen=True)
class Shot:
    """One shot, judged."""

    plan: ShotPlan
    objects: tuple[Judged, ...] = ()
    findings: tuple[Finding, ...] = ()
    understanding: Understanding | None = None
    note: str = ""
    formless: dict[str, float] | None = None  # smoke or water, as `formless.Formless.report` has it


@dataclass
class Repair:
    """A clip, judged: what to do, and the report on it."""

    shots: tuple[Shot, ...]
    config: RepairConfig
    retimed: Retimed | None = None  # the plans at another rate, where that was asked for
    pixels: list[int] = field(
        default_factory=lambda: [0, 0]
    )  # of the frames so far: left alone, of these exact

    @property
    def decision(self) -> str:
        """corrected, unchanged or refused."""
        if any(not f.mendable for f in self.findings):
            return "refused"
        busy = self.retimed is not None or any(s.plan.busy for s in self.shots)
        return "corrected" if busy else "unchanged"

    @property
    def findings(self) -> list[Finding]:
        """Of all shots, in order."""
        return [f for s in self.shots for f in s.findings]

    @property
    def objects(self) -> list[Judged]:
        """Of all shots, in order."""
        return [o for s in self.shots for o in s.objects]

    @property
    def num_frames(self) -> int:
        """Of the clip."""
        return self.shots[-1].plan.last if self.shots else 0

    def frames(self, video: Video) -> Iterator[np.ndarray]:
        """The repaired frames; the input's own arrays where nothing changes."""
        if self.decision != "corrected":
            yield from video.frames()
            return
        self.pixels = [0, 0]
        plans = [s.plan for s in self.shots] if self.retimed is None else self.retimed.plans
        frames = enumerate(self._scheduled(video))
        for renderer in map(Renderer, plans):
            for k, frame in islice(frames, renderer.plan.last - renderer.plan.first):
                out, touched = renderer.render(k, frame)
                self._count(frame, out, touched)
                yield out

    def _scheduled(self, video: Video) -> Iterator[np.ndarray]:
        """The input frames in the order in which they are shown."""
        if self.retimed is None:
            yield from video.frames()
            return
        repeats = np.bincount(self.retimed.schedule, minlength=self.num_frames)
        for frame, times in zip(video.frames(), repeats):
            yield from repeat(frame, int(times))

    def _count(self, frame: np.ndarray, out: np.ndarray, touched: np.ndarray | None) -> None:
        alone = frame.shape[0] * frame.shape[1] - (0 if touched is None else int(touched.sum()))
        wrong = 0 if touched is None else int((differs(frame, out) & ~touched).sum())
        self.pixels = [self.pixels[0] + alone, self.pixels[1] + alone - wrong]

    @property
    def untouched_exact_fraction(self) -> float:
        """Of the pixels that no repair covers, the share whose bits are the input's, in the frames so far."""
        return self.pixels[1] / self.pixels[0] if self.pixels[0] else 1.0


def differs(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(H, W) where two pictures differ in any channel (a reduction over three entries is slow)."""
    apart = a != b
    return apart[..., 0] | apart[..., 1] | apart[..., 2]
