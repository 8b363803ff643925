"""Frames -> Cast: watch, understand, and put together what the predictor works on.

A plain background is told from the picture itself (`brief`, exact for flat discs); everything else is
watched by physics.estimator. Only the last KEPT frames of a long shot are used, so memory and time stay
bounded.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np

from physics.estimator import ArrayVideo, Track, Video, Watch, watch
from physics.predictor.anchor import anchored
from physics.predictor.brief import brief_sightings
from physics.predictor.camera import continued
from physics.predictor.carrying import carried_on
from physics.predictor.cast import Actor, Cast, standing
from physics.predictor.inpaint import filled
from physics.predictor.laws import ROUND, Laws, find_laws
from physics.predictor.looks import Cutout, draw
from physics.predictor.occlusion import front_of
from physics.predictor.paths import Priors
from physics.predictor.sighting import Sighting

LEAST = 3  # frames
KEPT = 240  # frames of a shot that are watched, its last ones
PLAIN_PIXELS = 6e7  # of all frames together, up to which the plain way is tried
SPECK, SEEN_OFTEN = 2.5, 10  # px, sightings: smaller things have to be seen that often to be things
COMMON = 0.8  # of a frame's own error: what the places of filmed discs are off alike (measured at 0.02 px
# without a codec and at 0.065 px with H.264 at crf 28)
SCANT = 12  # frames below which layer and background are themselves too little known for a place to be as
# good as its pixels claim
TREMBLE = 0.5  # px/frame: an object without a law that is slower than that stays where it is


def cast_of(video: Video, first: int, last: int, priors: Priors) -> Cast:
    """The shot [first, last) of `video`, watched and understood; ValueError where it is too short."""
    if last - first < LEAST:
        raise ValueError(
            f"{last - first} frame(s) to watch: prediction needs at least {LEAST}; give a longer clip"
        )
    first = max(first, last - KEPT)
    plain = _plain_cast(video, first, last, priors)
    cast = plain if plain is not None else _watched_cast(video, first, last, priors)
    return carried_on(cast, video)


def _plain_cast(video: Video, first: int, last: int, priors: Priors) -> Cast | None:
    if not isinstance(video, ArrayVideo) or (last - first) * video.width * video.height > PLAIN_PIXELS:
        return None
    found = brief_sightings(video.array[first:last], first)
    if found is None:
        return None
    sightings, colour, noise = found
    size = (video.width, video.height)
    plate = np.broadcast_to(colour.astype(np.float32), (*size[::-1], 3)).copy()
    for thing in sightings:
        if _fixed(thing):
            patch = draw(thing.look, thing.place[-1], plate.shape[:2])
            if patch is not None:
                plate[patch.window] = patch.colour + (1 - patch.alpha[..., None]) * plate[patch.window]
    sightings = tuple(s for s in sightings if not _fixed(s))
    laws = find_laws(sightings, last - 1.0, size, priors)
    return _assembled(video, first, last, laws, plate, np.ones(size[::-1], bool), noise)


def _fixed(thing: Sighting) -> bool:
    """Whether a thing is a part of the background, such as a floor: it stands still and is no disc."""
    return thing.look.round < ROUND and float(np.ptp(thing.place, axis=0).max()) < 0.5


def _watched_cast(video: Video, first: int, last: int, priors: Priors) -> Cast:
    seen = watch(video, first=first, last=last)
    sightings = tuple(_sighting(track, seen) for track in seen.tracks)
    laws = find_laws(sightings, last - 1.0, (video.width, video.height), priors)
    laws = replace(laws, actors=tuple(a for a in laws.actors if _moves(a, last - 1.0)))
    plate = filled(seen.plate, seen.seen)
    noise = float(np.median(seen.noise))
    return _assembled(video, first, last, laws, plate, seen.seen, noise, seen)


def _assembled(
    video: Video, first: int, last: int, laws: Laws, plate: np.ndarray, seen: np.ndarray, noise: float,
    watched: Watch | None = None,
) -> Cast:  # fmt: skip
    moving = watched is not None and watched.moving_camera
    front = None
    if watched is not None and not moving:
        front = front_of(video, first, last, plate, laws.actors)
        plate, actors = anchored(plate, watched.noise, _frame(video, last - 1), last - 1.0, laws.actors)
        laws = replace(laws, actors=actors)
    laws = replace(laws, actors=tuple(a for a in laws.actors if a.present or _behind(a, front, last - 1.0)))
    camera = continued(watched.camera, first) if watched is not None and moving else standing
    return Cast(
        width=video.width, height=video.height, fps=video.fps, first=first, last=last - 1, plate=plate,
        seen=seen, noise=noise, actors=_ordered(laws), surfaces=laws.surfaces, gravity=laws.gravity,
        meet=laws.meet, front=front,
        camera=camera, moving_camera=moving, notes=_notes(laws, moving),
    )  # fmt: skip


def _frame(video: Video, number: int) -> np.ndarray:
    """One frame, float32 in [0, 1]."""
    return next(islice(video.frames(), number, None)).astype(np.float32) / 255


def _moves(actor: Actor, last: float) -> bool:
    """Whether an object is more than a part of the background that trembles or stands out in some frames."""
    if actor.model == "static":
        return actor.solid and actor.rides is None
    if actor.radius < SPECK and len(actor.sighting.time) < SEEN_OFTEN:
        return False
    return actor.model != "erratic" or float(np.linalg.norm(actor.law.velocity(last))) > TREMBLE


def _behind(actor: Actor, front: np.ndarray | None, last: float) -> bool:
    """Whether an object that is not seen should be where something stands in front."""
    if front is None or actor.motion is None or not actor.confident:
        return False
    x, y = actor.law.at(last)
    h, w = front.shape
    return bool(0 <= x < w and 0 <= y < h and front[int(y), int(x)])


def _ordered(laws: Laws):
    """Shadows first, then what is farther up and smaller: it is more likely behind."""
    return tuple(sorted(laws.actors, key=lambda a: (a.rides is None, a.radius)))


def _notes(laws: Laws, moving_camera: bool) -> tuple[str, ...]:
    notes = []
    if not moving_camera and all(a.model == "static" for a in laws.actors):
        notes.append("no moving object found: the clip continues still")
    wild = [str(a.id) for a in laws.actors if a.model == "erratic"]
    if wild:
        notes.append(
            f"no law found for object {', '.join(wild)}: its motion fades out, with a large sigma_px"
        )
    return tuple(notes)


def _sighting(track: Track, seen: Watch) -> Sighting:
    layer = track.layer
    covariance = track.covariance * max(1.0, SCANT / seen.num_frames) ** 2
    own = float(np.sqrt(np.median(np.trace(covariance, axis1=1, axis2=2)) / 2))
    return Sighting(
        id=track.id, time=track.frames.astype(float), place=track.centre_plate, seen_at=track.centre,
        covariance=covariance, radius=track.radius, visible=track.visible,
        look=Cutout(layer.colour, layer.alpha, layer.centre), angle=track.angle, blur=track.blur,
        attached_to=track.attached_to, bias=COMMON * own,
    )  # fmt: skip
