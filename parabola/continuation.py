"""`predict`: watch a clip, understand it, and go on. Frames come one at a time; the state comes with them.

The last shot is continued, and of a long shot its last frames (physics.predictor.watching.KEPT), so a clip
of any length needs bounded memory. Trajectories count frames from the first predicted one; what was watched
stands under `observed_px`, frame numbers there being those of the clip that was given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from parabola.checks import check_size
from parabola.media import check_output, read_clip, write_clip
from parabola.trajectories import PX_DIGITS, TrackedEvent, TrackedObject, Trajectories
from physics.colour import quantise
from physics.estimator import ArrayVideo, Video, shots
from physics.predictor import Actor, Cast, NextFramePredictor, Priors, cast_of
from physics.predictor.looks import Disc
from physics.predictor.predictor import State
from physics.predictor.watching import LEAST

DARK = 2.0 / 255  # sRGB: a clip that never gets lighter shows nothing
HELD = 3e8  # bytes of frames that are kept in memory


def watched(frames: Any, fps: float) -> ArrayVideo:
    """Checked frames: uint8 (K, H, W, 3), K of 3 or more; a fourth channel (alpha) is left out."""
    frames = np.asarray(frames)
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[-1] not in (3, 4):
        raise ValueError(
            f"frames are {frames.dtype} {frames.shape}; give uint8 of shape (frames, height, width, 3)"
        )
    if len(frames) < LEAST:
        raise ValueError(f"{len(frames)} frame(s) to watch: prediction needs at least {LEAST}; give more")
    check_size(frames.shape[2], frames.shape[1])
    return ArrayVideo(np.ascontiguousarray(frames[..., :3]), fps)


def understood(video: Video, priors: Priors | None = None) -> tuple[Cast, tuple[str, ...]]:
    """The cast of the clip's last shot, and notes for whoever asked."""
    cuts = shots(video)
    first, last = cuts[-1]
    if len(cuts) > 1 and last - first < LEAST:
        raise ValueError(
            f"the last shot starts at frame {first} and has {last - first} frame(s), prediction "
            f"needs {LEAST}; leave it out with --context {first}"
        )
    notes = ()
    if len(cuts) > 1:
        notes = (f"{len(cuts)} shots: the last one, frames {first} to {last - 1}, is continued",)
    cast = cast_of(_held(video, first, last), first, last, priors or Priors())
    if cast.plate.max() < DARK and not cast.actors:
        return cast, (*notes, "the clip is black: it continues black")
    return cast, (*notes, *cast.notes)


def _held(video: Video, first: int, last: int) -> Video:
    """The video in memory where it is small enough: it is read several times."""
    if isinstance(video, ArrayVideo) or last * video.width * video.height * 3 > HELD:
        return video
    return ArrayVideo(np.stack(list(islice(video.frames(), last))), video.fps)


@dataclass(frozen=True)
class _Part:
    """The first `count` frames of a video."""

    whole: Video
    count: int

    @property
    def width(self) -> int:
        return self.whole.width

    @property
    def height(self) -> int:
        return self.whole.height

    @property
    def fps(self) -> float:
        return self.whole.fps

    def frames(self) -> Iterator[np.ndarray]:
        return islice(self.whole.frames(), self.count)


class Continuation:
    """The predicted frames of a cast, and the record of what was predicted."""

    def __init__(self, cast: Cast, num_frames: int, priors: Priors | None = None) -> None:
        self.cast, self.num_frames, self.priors = cast, num_frames, priors or Priors()
        self._states: list[State] = []  # of the frames made so far

    def __iter__(self) -> Iterator[np.ndarray]:
        """uint8 (H, W, 3) frames."""
        made: list[State] = []
        for prediction in islice(NextFramePredictor(self.cast, self.priors), self.num_frames):
            made.append(prediction.state())
            yield quantise(prediction.rgb)
        self._states = made

    def trajectories(self) -> Trajectories:
        """Places, events and laws of all frames: those of the frames made, or stepped without drawing any."""
        if len(self._states) < self.num_frames:
            predictor = NextFramePredictor(self.cast, self.priors)
            self._states = list(islice(predictor.states(), self.num_frames))
        states, cast = self._states, self.cast
        objects = tuple(_object(k, actor, states, cast) for k, actor in enumerate(cast.actors))
        events = tuple(
            TrackedEvent(
                frame=round(e["time"] - cast.last - 1, 4),
                time_s=round((e["time"] - cast.last - 1) / cast.fps, 6),
                kind=e["kind"], objects=[cast.actors[b].id for b in e["bodies"]],
            )
            for state in states for e in state.events
        )  # fmt: skip
        gravity = None if cast.gravity is None else tuple(round(float(g), 6) for g in cast.gravity)
        return Trajectories(
            fps=float(cast.fps), width=cast.width, height=cast.height, num_frames=self.num_frames,
            objects=objects, events=events, gravity_px_per_frame2=gravity,
        )  # fmt: skip


def _object(k: int, actor: Actor, states: list, cast: Cast) -> TrackedObject:
    shown = [state.visible[k] > 0.005 for state in states]
    sigma = [float(np.sqrt(np.trace(state.covariance[k]) / 2)) for state in states]
    return TrackedObject(
        id=actor.id, name="shadow" if actor.rides is not None else "object",
        shape="disc" if isinstance(actor.look, Disc) else "cutout",
        position_px=[_point(s.place[k]) if v else None for s, v in zip(states, shown)],
        radius_px=[round(float(s.radius[k]), PX_DIGITS) if v else None for s, v in zip(states, shown)],
        visible=[round(float(s.visible[k]), PX_DIGITS) for s in states],
        sigma_px=[round(s, PX_DIGITS) if v else None for s, v in zip(sigma, shown)],
        model=actor.model, confident=actor.confident,
        observed_frames=[int(t) for t in actor.sighting.time],
        observed_px=[_point(p) for p in actor.sighting.seen_at],
        parameters=_parameters(actor),
    )  # fmt: skip


def _point(place: np.ndarray) -> tuple[float, ...]:
    return tuple(round(float(x), PX_DIGITS) for x in place)


def _parameters(actor: Actor) -> dict[str, float]:
    """Of the law: as understood, or the state that a short track gave."""
    if actor.motion is not None:
        return {
            name: round(float(v), 6)
            for name, v in actor.motion.parameters.items()
            if np.isscalar(v) and np.isfinite(v)
        }
    law = actor.law
    mean = getattr(law, "mean", np.zeros(6))
    return {name: round(float(v), 6) for name, v in zip(("x", "y", "vx", "vy", "ax", "ay"), mean)}


def continue_file(
    clip: Path, out: Path, num_frames: int, *, context: int | None = None, state: str | None = None,
    guide_only: bool = False, note: Callable[[str], Any] = print,
    progress: Callable[[int, Any], Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the `num_frames` frames that follow the file `clip`, or its first `context` frames; a summary."""
    began = time.monotonic()
    source = read_clip(clip)
    size = {"width": source.width, "height": source.height, "fps": source.fps}
    check_output(out, **size)
    count = min(context or source.num_frames, source.num_frames)
    if count < LEAST:
        raise ValueError(
            f"{clip.name}: {count} frame(s) to watch: prediction needs at least {LEAST}; give a longer clip"
        )
    cast, notes = understood(_Part(source, count))
    for text in notes:
        note(text)
    follow = Continuation(cast, num_frames)
    settings = {"continues": clip.name, "context": count, "guide_only": guide_only, "notes": list(notes)}
    write_clip(out, follow, **size, metadata=settings, progress=progress)
    if state:
        follow.trajectories().save(state)
    found = [{"id": a.id, "model": a.model, "confident": a.confident} for a in cast.actors]
    seconds = round(time.monotonic() - began, 2)
    return {
        "out": str(out),
        "num_frames": num_frames,
        "seconds": seconds,
        **size,
        **settings,
        "objects": found,
    }
