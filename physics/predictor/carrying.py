"""Whether what moves has outlines, or flows.

A flow takes over where it foresees the last frames better than standing still (flow.py), and better than the
objects as they were watched can draw the frame from which it starts: a thing that keeps its look and place
draws that to the grain, smoke that was taken for a thing does not. A round thing whose law is sure is no
smoke. Then the whole picture is carried.

Limits: still cameras; a ball before smoke is carried along with it, if the smoke is most of what moves.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physics.estimator import Video
from physics.estimator.video import numbered
from physics.predictor.cast import Actor, Cast
from physics.predictor.decoder import Pose, decode
from physics.predictor.flow import BACK, foreseen_by, learn_flow

RECENT = 12  # frames that a flow is learnt from
PIXELS = 2.5e6  # of a frame: a larger one is not carried by a flow
NOTE = "what moves has no outline: the picture is carried on by its flow"


def carried_on(cast: Cast, video: Video) -> Cast:
    """The cast, with the flow in place of its moving objects where things flow."""
    count = min(RECENT, cast.last + 1 - cast.first)
    if cast.moving_camera or cast.width * cast.height > PIXELS or count < BACK + 3:
        return cast
    if any(a.confident and a.solid and a.model not in ("static", "erratic") for a in cast.actors):
        return cast
    recent = numbered(video, cast.last + 1 - count, cast.last + 1)
    frames = [frame.astype(np.float32) / 255 for _, frame in recent]
    if float(np.abs(frames[-1] - frames[-1 - BACK]).max()) < 4 * cast.noise + 0.02:
        return cast  # nothing moves
    start = frames[-1 - BACK]
    drawn, _ = decode(cast, [_pose(a, cast.last - BACK) for a in cast.actors], float(cast.last - BACK))
    missed = foreseen_by(frames)
    if missed is None or missed > float(np.mean((drawn - start) ** 2)):
        return cast
    still = tuple(a for a in cast.actors if a.model == "static" and a.rides is None)
    return replace(cast, flow=learn_flow(frames), actors=still, notes=(NOTE,))


def _pose(actor: Actor, frame: int) -> Pose:
    """Where an actor was seen in a frame, or nearest to it in time."""
    seen = actor.sighting
    k = int(np.argmin(np.abs(seen.time - frame)))
    turned = seen.angle[k] if len(seen.angle) > k and np.isfinite(seen.angle[k]) else 0.0
    radius = float(seen.radius[k]) if np.isfinite(seen.radius[k]) else actor.radius
    return Pose(seen.seen_at[k], np.zeros(2), np.zeros((2, 2)), radius, float(turned), radius / actor.radius)
