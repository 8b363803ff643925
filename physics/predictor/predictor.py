"""NextFramePredictor: one predicted frame after another, with what is not known about it.

    cast = brief_cast(frames, fps, 0, Priors())              what was watched, understood
    for prediction in NextFramePredictor(cast, Priors()):    endless: take as many as needed
        prediction.rgb                                       the frame, uncertain parts soft
        prediction.place, .covariance, .sigma                where things are and how sure that is

Places come from the ensemble of `rollout`, pictures from `decoder`. Memory does not grow with the length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from physics.estimator.camera import project
from physics.predictor.cast import Actor, Cast
from physics.predictor.decoder import Pose, decode, visible_shares
from physics.predictor.paths import Priors
from physics.predictor.rollout import Around, Moment, Surface, roll_out

UNALIKE = 0.1  # deviation of restitutions of one clip from each other


@dataclass(frozen=True)
class State:
    """Where everything is in one frame. Lists run over `cast.actors`; px in the frame."""

    frame: int  # number, counted from the clip's first frame
    place: np.ndarray  # (N, 2)
    covariance: np.ndarray  # (N, 2, 2)
    radius: np.ndarray  # (N,)
    visible: np.ndarray  # (N,) share of the outline in the picture and not behind another
    events: tuple[dict[str, Any], ...]  # time (frames), kind, bodies (indices of actors)


@dataclass(frozen=True)
class Prediction(State):
    """A predicted frame."""

    rgb: np.ndarray  # (H, W, 3) float32 sRGB in [0, 1]
    sigma: np.ndarray  # (H, W) float32: standard deviation of the colour

    def state(self) -> State:
        """Without the pictures."""
        return State(self.frame, self.place, self.covariance, self.radius, self.visible, self.events)


def _elsewhere(cast: Cast) -> tuple[float, float] | None:
    """(restitution, deviation) of impacts that were not watched, from those that were: things of one clip
    are alike, but not the same. None where none was watched.
    """
    walls = [(s.restitution, s.sigma) for s in cast.surfaces if s.restitution is not None]
    known = walls or ([cast.meet] if cast.meet else [])
    return (known[0][0], float(np.hypot(known[0][1], UNALIKE))) if known else None


@dataclass(frozen=True)
class NextFramePredictor:
    """Iterating starts after the cast's last frame and never ends; `states` is the same without pictures."""

    cast: Cast
    priors: Priors = field(default_factory=Priors)

    def __iter__(self) -> Iterator[Prediction]:
        flow = self.cast.flow
        carried = flow.frames() if flow is not None else None
        for state, poses, time in self._run():
            rgb, sigma = decode(self.cast, poses, time, next(carried) if carried is not None else None)
            yield Prediction(
                state.frame,
                state.place,
                state.covariance,
                state.radius,
                state.visible,
                state.events,
                rgb,
                sigma,
            )

    def states(self) -> Iterator[State]:
        """Places and events only."""
        return (state for state, _, _ in self._run())

    def _run(self) -> Iterator[tuple[State, list[Pose], float]]:
        cast, leaders = self.cast, [a for a in self.cast.actors if a.rides is None]
        order = {a.id: k for k, a in enumerate(cast.actors)}
        bodies = [a.body() for a in leaders]
        e = _elsewhere(cast)
        told = tuple(Surface(np.array(s[:2]), np.array(s[2:]), *(e or ())) for s in self.priors.surfaces)
        around = Around((*cast.surfaces, *told), float(cast.last), cast.width, cast.meet or e)
        for moment in roll_out(bodies, around, self.priors):
            poses = self._poses(leaders, moment)
            events = tuple(
                {**e, "bodies": tuple(order[leaders[b].id] for b in e["bodies"])} for e in moment.events
            )
            state = State(
                round(moment.time), np.array([p.place for p in poses]).reshape(-1, 2),
                np.array([p.covariance for p in poses]).reshape(-1, 2, 2),
                np.array([p.radius for p in poses]),
                visible_shares(cast, poses), events,
            )  # fmt: skip
            yield state, poses, moment.time

    def _poses(self, leaders: list[Actor], moment: Moment) -> list[Pose]:
        """Poses of all actors in the frame's own pixels; shadows follow their objects."""
        places = {a.id: moment.place[:, k] for k, a in enumerate(leaders)}
        speeds = {a.id: moment.velocity[0, k] for k, a in enumerate(leaders)}
        to_frame = np.linalg.inv(self.cast.camera(moment.time))
        poses = []
        for actor in self.cast.actors:
            if actor.rides is None:
                place, speed = places[actor.id], speeds[actor.id]
            else:
                place = places[actor.rides] @ actor.ride[:, :2].T + actor.ride[:, 2]
                speed = actor.ride[:, :2] @ speeds[actor.rides]
            poses.append(self._pose(actor, place, speed, to_frame, moment.time))
        return poses

    def _pose(
        self, actor: Actor, place: np.ndarray, speed: np.ndarray, to_frame: np.ndarray, t: float
    ) -> Pose:
        """`place` (M, 2): all members; the first is drawn, all of them say how sure it is."""
        off = place - place[0]
        spread = off[1:].T @ off[1:] / max(len(off) - 1, 1) + actor.sighting.bias**2 * np.eye(2)
        elapsed = t - self.cast.last
        radius = max(actor.radius + actor.growth * elapsed, 0.3)
        here = np.array(project(to_frame, *place[0]))
        ahead = np.array(project(to_frame, *(place[0] + speed)))
        zoom = float(np.sqrt(abs(np.linalg.det(to_frame[:2, :2] / to_frame[2, 2]))))
        turn = float(np.arctan2(to_frame[1, 0], to_frame[0, 0]))
        start = actor.sighting.place[-1]
        rolled = (place[0] - start)[0] / actor.radius if actor.rolls else actor.spin * elapsed
        return Pose(
            here, ahead - here, spread * zoom**2, radius * zoom, actor.angle + rolled + turn,
            radius / actor.radius * zoom,
        )  # fmt: skip
