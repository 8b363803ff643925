"""What the predictor works on: a background, and the objects with their laws and looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from physics.motion import Motion
from physics.predictor.flow import Flow
from physics.predictor.looks import Look
from physics.predictor.paths import Flight
from physics.predictor.posterior import Drawn
from physics.predictor.rollout import Body, Law, Surface
from physics.predictor.sighting import Sighting


@dataclass(frozen=True, kw_only=True)
class Actor:
    """One object. Places are px of the plate (of the frame, where the camera stands still)."""

    id: int  # from 1
    law: Law
    look: Look
    radius: float  # px at the last watched frame, at half cover
    contact: float  # px: the radius at which it touches others
    model: str
    confident: bool
    delta_bic: float = 0.0
    growth: float = 0.0  # px per frame, of the radius
    angle: float = 0.0  # rad in the last watched frame, against the look
    spin: float = 0.0  # rad per frame
    rolls: bool = False  # turns as far as it goes, instead of by `spin`
    shutter: float = 0.0  # share of a frame for which the shutter is open
    heavy: bool = False
    solid: bool = True
    drawn: Drawn | None = None  # its state and forces, where it flies freely and was understood
    after: Flight | None = None  # how it flies once something has hit it
    restitution: float | None = None
    rides: int | None = None  # id of the object whose shadow or reflection this is
    ride: np.ndarray = field(default_factory=lambda: np.zeros((2, 3)))  # affine map of that object's place
    present: bool = True  # seen just now, or out of the picture by its law; else hidden, or gone
    sighting: Sighting  # as it was watched
    motion: Motion | None = None  # as it was understood, where there was enough to see

    def body(self) -> Body:
        """What takes part in the roll-out."""
        return Body(
            law=self.law, id=self.id, radius=self.contact, growth=self.growth, heavy=self.heavy,
            solid=self.solid, drawn=self.drawn, after=self.after, restitution=self.restitution,
        )  # fmt: skip


def standing(_: float) -> np.ndarray:
    """The camera that does not move: frame to plate, (3, 3)."""
    return np.eye(3)


@dataclass(frozen=True, kw_only=True)
class Cast:
    """A watched shot, ready to go on. `actors` are drawn in their order, the farthest first."""

    width: int
    height: int
    fps: float
    first: int  # number of the first watched frame
    last: int  # number of the last one
    plate: np.ndarray  # (H, W, 3) float32 sRGB in [0, 1], plate coordinates
    seen: np.ndarray  # (H, W) bool
    noise: float  # standard deviation of a background pixel
    actors: tuple[Actor, ...]
    surfaces: tuple[Surface, ...] = ()
    gravity: np.ndarray | None = None  # px/frame^2
    flow: Flow | None = None  # carries the background, where things without outlines move
    front: np.ndarray | None = None  # (H, W) bool: background that objects pass behind
    meet: tuple[float, float] | None = (
        None  # restitution between objects that was watched, with its deviation
    )
    camera: Callable[[float], np.ndarray] = standing  # frame number -> homography, frame to plate
    moving_camera: bool = False
    notes: tuple[str, ...] = ()  # what a user should know about this clip
