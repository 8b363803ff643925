"""A still becomes a clip: objects found or given are cut out, pushed, and left to gravity, wind and each
other.

The picture is taken to show SPAN metres across, so that gravity in m/s^2 means something; pushes are in
px/s. The ground is a level line: the one given, or the lowest edge of the objects. The first frame is the
still itself, bit for bit. What the objects uncover is filled in, and their shadows go along
(physics.predictor.behind). Nothing is painted by a network here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from parabola.continuation import Continuation
from parabola.media import check_output, read_image, write_clip
from parabola.trajectories import Trajectories
from physics.colour import quantise
from physics.predictor import Actor, Cast, Flight, NextFramePredictor, Priors
from physics.predictor.cutting import Box, Piece, cut_still
from physics.predictor.looks import Cutout
from physics.predictor.rollout import Surface
from physics.predictor.sighting import Sighting

SPAN = 3.0  # m across the picture
ROUND = 0.8  # roundness from which an object rolls
GRAVITY = 9.81  # m/s^2
BOUNCE, ROLLING = 0.6, 0.02  # restitution at the ground and of collisions; rolling friction over weight
AIR = 0.02  # 1/m: quadratic drag over mass, which couples objects to the wind
REACH = 1.5  # half sizes around an object in which a push still means it

Push = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What happens to the still. Lengths px unless said."""

    objects: tuple[Box, ...] = ()  # x, y, w, h; () finds them
    pushes: tuple[Push, ...] = ()  # x, y, vx, vy: what is at x, y starts with that many px/s
    ground: float | None = None  # y of the ground; None: below the lowest object
    gravity: tuple[float, float] = (0.0, GRAVITY)  # m/s^2, x right, y down
    wind: tuple[float, float] = (0.0, 0.0)  # m/s
    seed: int = 0


def from_words(prompt: str | None) -> dict[str, tuple[float, float]]:
    """Gravity and wind that a prompt speaks of, as fields of Setting."""
    if not prompt:
        return {}
    from parabola.prompts import scene_from_prompt

    scene, _ = scene_from_prompt(prompt, width=256, height=256, num_frames=24, fps=24.0, seed=0)
    return {"gravity": (scene.gravity[0], -scene.gravity[1]), "wind": (scene.wind[0], -scene.wind[1])}


def staged(picture: np.ndarray, fps: float, setting: Setting) -> Cast:
    """The cast of a still uint8 (H, W, 3)."""
    height, width = picture.shape[:2]
    pieces, plate = cut_still(picture.astype(np.float32) / 255, setting.objects)
    if not pieces:
        raise ValueError("no object stands out from the picture; name one with --object x,y,w,h")
    scale = width / SPAN
    ground = setting.ground if setting.ground is not None else max(p.centre[1] + p.half[1] for p in pieces)
    pushes = _pushed(pieces, setting.pushes)
    actors = tuple(
        _actor(k + 1, piece, push / fps, setting, scale, fps)
        for k, (piece, push) in enumerate(zip(pieces, pushes, strict=True))
    )
    shadows = [
        _shadow(len(pieces) + k + 1, a, p.shadow) for k, (a, p) in enumerate(zip(actors, pieces)) if p.shadow
    ]
    floor = Surface(np.array([0.0, ground]), np.array([0.0, -1.0]), BOUNCE)
    gravity = np.array(setting.gravity) * scale / fps**2
    return Cast(
        width=width, height=height, fps=fps, first=0, last=0, plate=plate,
        seen=np.ones((height, width), bool), noise=0.0, actors=(*shadows, *actors), surfaces=(floor,),
        gravity=gravity,
    )  # fmt: skip


def _pushed(pieces: tuple[Piece, ...], pushes: tuple[Push, ...]) -> np.ndarray:
    """(N, 2) px/s."""
    speeds = np.zeros((len(pieces), 2))
    for x, y, vx, vy in pushes:
        off = [np.max(np.abs(np.array([x, y]) - p.centre) / p.half) for p in pieces]
        k = int(np.argmin(off))
        if off[k] > REACH:
            raise ValueError(f"push {x:g},{y:g}: no object there; give a point on one")
        speeds[k] += vx, vy
    return speeds


def _actor(number: int, piece: Piece, push: np.ndarray, setting: Setting, scale: float, fps: float) -> Actor:
    pull = np.array(setting.gravity) * scale / fps**2
    rolls = piece.round > ROUND
    law = Flight(
        0.0, np.r_[piece.centre, push, pull], np.zeros((6, 6)), "ballistic", drag=AIR / scale,
        wind=np.array(setting.wind) * scale / fps,
    )  # fmt: skip
    radius = float(piece.half[1])
    one = np.array([0.0])
    sighting = Sighting(
        id=number, time=one, place=piece.centre[None], seen_at=piece.centre[None],
        covariance=np.zeros((1, 2, 2)), radius=np.array([radius]), visible=np.ones(1), look=piece.look,
    )  # fmt: skip
    return Actor(
        id=number, law=law, look=piece.look, radius=radius, contact=radius, model="ballistic", confident=True,
        rolls=rolls, restitution=BOUNCE, sighting=sighting,
    )  # fmt: skip


def _shadow(number: int, leader: Actor, look: Cutout) -> Actor:
    """The shadow goes along with its object and stays on the ground."""
    y = leader.sighting.place[0, 1]
    place = replace(leader.sighting, id=number, look=look, attached_to=leader.id)
    ride = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, y]])
    return replace(
        leader, id=number, look=look, rides=leader.id, ride=ride, rolls=False, solid=False, sighting=place
    )


class Animation:
    """The clip of a still: its frames and what moves where."""

    def __init__(self, picture: np.ndarray, num_frames: int, fps: float, setting: Setting) -> None:
        self.picture, self.num_frames = picture, num_frames
        self.cast = staged(picture, fps, setting)
        self.priors = Priors(restitution=BOUNCE, settle=0.0, members=1, seed=setting.seed, rolling=ROLLING)

    def __iter__(self) -> Iterator[np.ndarray]:
        """uint8 (H, W, 3) frames, the still first."""
        yield self.picture.copy()
        for prediction in islice(NextFramePredictor(self.cast, self.priors), self.num_frames - 1):
            yield quantise(prediction.rgb)

    def trajectories(self) -> Trajectories:
        """Places and events of the frames after the still."""
        return Continuation(self.cast, self.num_frames - 1, self.priors).trajectories()


def animate_file(
    image: Path, out: Path, num_frames: int, fps: float, setting: Setting, trajectories: str | None = None,
    progress: Callable[[int, Any], Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the clip of the picture `image`; a summary."""
    began = time.monotonic()
    picture = read_image(image)
    size = {"width": picture.shape[1], "height": picture.shape[0], "fps": fps}
    check_output(out, **size)
    clip = Animation(picture, num_frames, fps, setting)
    settings = {
        "image": image.name,
        "objects": [list(map(float, a.sighting.place[0])) for a in clip.cast.actors if a.rides is None],
    }
    write_clip(out, clip, **size, metadata=settings, progress=progress)
    if trajectories:
        clip.trajectories().save(trajectories)
    return {
        "out": str(out),
        "num_frames": num_frames,
        "seconds": round(time.monotonic() - began, 2),
        **size,
        **settings,
    }
