"""Repair of a finished clip: watch, understand, decide, re-render. The file side is `parabola.repair`.

    plan = examine(video)                 two or three passes over the frames, shot by shot
    for frame in plan.frames(video): ...  one more; memory holds one frame and the shots' backgrounds

Method: the background is learned and what moves is tracked (`physics.estimator`), each track is explained
by an exact law with its evidence (`physics.motion`), what leaves its law is moved back
(`correction.rerender`). Where no law wins, nothing is touched; where an object splits, multiplies,
vanishes or turns into another, the clip is refused, because moving pixels cannot mend it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from correction.appearance import steady_size
from correction.deviation import Deviation, Limits, deviation
from correction.plan import ObjectPlan, ShotPlan
from correction.rerender import Renderer
from correction.shadow import follow
from physics.estimator import shots, watch
from physics.estimator.track import Track, Watch
from physics.estimator.video import Video
from physics.motion import Motion, Observed, Understanding, understand

SHORTEST = 8  # frames of a shot: fewer show no law


@dataclass(frozen=True, kw_only=True)
class RepairConfig:
    """What the user may choose."""

    only: frozenset[int] = frozenset()  # ids of the objects that may be mended; empty for all
    ignore: frozenset[int] = frozenset()  # ids that are left alone
    strength: float = 1.0  # share of the way that objects are moved
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


@dataclass
class Repair:
    """A clip, judged: what to do, and the report on it."""

    shots: tuple[Shot, ...]
    config: RepairConfig
    pixels: list[int] = field(
        default_factory=lambda: [0, 0]
    )  # of the frames so far: left alone, of these exact

    @property
    def decision(self) -> str:
        """corrected, unchanged or refused."""
        if any(not f.mendable for f in self.findings):
            return "refused"
        return "corrected" if any(s.plan.busy for s in self.shots) else "unchanged"

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
        renderers, source = [Renderer(s.plan) for s in self.shots], enumerate(video.frames())
        for renderer in renderers:
            for k, frame in source:
                out, touched = renderer.render(k, frame)
                self._count(frame, out, touched)
                yield out
                if k + 1 == renderer.plan.last:
                    break

    def _count(self, frame: np.ndarray, out: np.ndarray, touched: np.ndarray | None) -> None:
        alone = frame.shape[0] * frame.shape[1] - (0 if touched is None else int(touched.sum()))
        wrong = 0 if touched is None else int(((frame != out).any(-1) & ~touched).sum())
        self.pixels = [self.pixels[0] + alone, self.pixels[1] + alone - wrong]

    @property
    def untouched_exact_fraction(self) -> float:
        """Of the pixels that no repair covers, the share whose bits are the input's, in the frames so far."""
        return self.pixels[1] / self.pixels[0] if self.pixels[0] else 1.0


def examine(video: Video, config: RepairConfig | None = None) -> Repair:
    """Judge a clip. `ValueError` where it holds no frame."""
    config = config or RepairConfig()
    spans, judged, used = shots(video), [], 0
    if not spans:
        raise ValueError("the clip holds no frame; a clip needs at least one")
    for first, last in spans:
        shot = examine_shot(video, first, last, config, used)
        used += len(shot.objects)
        judged.append(shot)
    return Repair(tuple(judged), config)


def examine_shot(video: Video, first: int, last: int, config: RepairConfig, used: int = 0) -> Shot:
    """Judge the frames [first, last); object ids start after `used`."""
    if last - first < SHORTEST:
        return Shot(_idle(first, last), note=f"{last - first} frames show no law of motion")
    seen = watch(video, first=first, last=last)
    things = [t for t in seen.tracks if t.attached_to is None]
    if not things:
        return Shot(_idle(first, last), note="nothing moves")
    found = understand([observed(t) for t in things], size=(seen.width, seen.height))
    objects = tuple(
        judge(seen, t, m, config, used + n) for n, (t, m) in enumerate(zip(things, found.motions), start=1)
    )
    findings = tuple(f for o in objects for f in _mended(o))
    plan = ShotPlan(
        first, last, seen.plate, seen.seen, seen.noise, seen.camera if seen.moving_camera else None,
        tuple(o.plan for o in objects),
    )  # fmt: skip
    plan = plan if plan.busy else _idle(first, last)
    return Shot(plan, objects, findings, found)


def _idle(first: int, last: int) -> ShotPlan:
    empty = np.zeros((0, 0))
    return ShotPlan(first, last, empty[..., None], empty.astype(bool), empty, None, ())


def observed(track: Track) -> Observed:
    """A track as the laws of motion take it."""
    return Observed(track.frames.astype(float), track.centre_plate, track.covariance, track.radius)


def judge(seen: Watch, track: Track, motion: Motion, config: RepairConfig, ident: int) -> Judged:
    """What is wrong with one object, and what is to be done."""
    off = deviation(track, motion, config.limits)
    size = steady_size(track, config.limits) if motion.confident and motion.model != "erratic" else None
    if not config.chosen(ident):
        off, size = replace(off, weight=np.zeros(len(off.off)), reason="is left alone as asked"), None
    n, strength = len(track.frames), config.strength
    scale = np.ones(n) if size is None else 1 + strength * (size - 1)
    target = track.centre + strength * off.weight[:, None] * (to_frame(seen, track, off.law) - track.centre)
    moved = np.hypot(*(target - track.centre).T) > 0.02
    plan = ObjectPlan(
        ident, track.layer, track.frames, track.centre, target, shown_size(track), scale,
        np.ones((n, 3)), np.zeros((n, 3)), np.nan_to_num(track.angle), moved | (np.abs(scale - 1) > 0.005),
        shadows_of(seen, track),
    )  # fmt: skip
    kinds = tuple(k for k, bad in (("position", moved.any()), ("size", size is not None)) if bad)
    return Judged(ident, track, motion, off, plan, kinds)


def shown_size(track: Track) -> np.ndarray:
    """(n,) size against the layer, which has the clip's median radius; 1 where it is not known."""
    middle = np.nanmedian(track.radius) if np.isfinite(track.radius).any() else 1.0
    return np.where(np.isfinite(track.radius), track.radius / middle, 1.0)


def shadows_of(seen: Watch, track: Track):
    """The shadows and reflections that move with an object."""
    tied = (follow(s, track) for s in seen.tracks if s.attached_to == track.id)
    return tuple(s for s in tied if s is not None)


def to_frame(seen: Watch, track: Track, places: np.ndarray) -> np.ndarray:
    """Plate coordinates (n, 2) as pixels of the track's frames."""
    if not seen.moving_camera:
        return places
    h = np.linalg.inv(seen.camera[track.frames - seen.first])
    p = np.einsum("nij,nj->ni", h, np.column_stack([places, np.ones(len(places))]))
    return p[:, :2] / p[:, 2:]


def _mended(judged: Judged) -> list[Finding]:
    """What was wrong and is mended, as runs of frames."""
    rows = np.flatnonzero(judged.plan.active)
    if not rows.size:
        return []
    frames = judged.track.frames[rows]
    runs = np.split(frames, np.flatnonzero(np.diff(frames) > 3) + 1)
    return [Finding(k, int(r[0]), int(r[-1]), judged.id) for k in judged.kinds for r in runs]
