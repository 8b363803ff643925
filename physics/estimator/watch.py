"""Watch a shot: pixels -> background, things and their tracks.

Three passes over the frames. The first keeps a few dozen evenly spaced frames and learns the background from
them, twice: the second time without what the first look found to be things. The second pass finds what is
not background, frame by frame, and follows it. The third registers what was followed. Memory is bounded by
the samples and a few patches per thing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from physics.estimator import plate as plates
from physics.estimator.associate import Path, associate, lasting, settled
from physics.estimator.detect import Ground, detect, ready
from physics.estimator.plate import Plate
from physics.estimator.refine import learn, refine
from physics.estimator.rest import fill, hollow, uncover
from physics.estimator.track import Watch
from physics.estimator.video import Video, numbered, sampled

FEW = 12  # frames up to which a plain ground is told from the colour of the border
LEAST = 3
LOOKS = 2  # at the samples, each without what the last one found


@dataclass(frozen=True, kw_only=True)
class WatchConfig:
    """What may be chosen."""

    most_tracks: int = 16  # the longest are kept


def watch(
    video: Video, *, first: int = 0, last: int | None = None, config: WatchConfig | None = None
) -> Watch:
    """Background and tracks of the frames in [first, last), which should be one shot."""
    config = config or WatchConfig()
    _, stack, count = sampled(numbered(video, first, last))
    if count < LEAST:
        raise ValueError(f"{count} frame(s) to watch: motion needs at least {LEAST}; give a longer clip")
    smooth = plates.plain(stack) if count <= FEW else None
    plate = _learn(stack, smooth)
    ground = ready(plate)
    steady = plates.repeats(stack)
    paths: list[Path] = []
    for k, frame in numbered(video, first, last):
        associate(paths, k, detect(frame, ground), frame)
    things = sorted(lasting(paths, count, still=smooth is not None), key=lambda p: -len(p.frames))[
        : config.most_tracks
    ]
    models = [learn(settled(path), ground, steady) for path in things]
    tracks = tuple(refine(models, numbered(video, first, last), ground))
    return Watch(
        video.width, video.height, video.fps, first, count,
        np.broadcast_to(np.eye(3), (count, 3, 3)), False, plate.colour, plate.seen, plate.noise, tracks,
    )  # fmt: skip


def _learn(stack: np.ndarray, smooth: np.ndarray | None) -> Plate:
    plate = plates.learn(stack)
    if smooth is not None:
        return plates.before_plain(stack, plate, smooth)
    plate = uncover(stack, plate)
    for _ in range(LOOKS):
        ground = ready(plate)
        hidden = np.stack([_hidden(frame, ground) for frame in stack])
        plate = fill(hollow(plates.masked(stack, hidden, plate), hidden))
    return plate


def _hidden(frame: np.ndarray, ground: Ground) -> np.ndarray:
    """Where a frame shows things, two pixels wider than they are, (H, W) bool."""
    mask = np.zeros(frame.shape[:2], bool)
    for blob in detect(frame, ground):
        assert blob.cutout is not None
        mask[blob.cutout.box] |= ndimage.binary_dilation(blob.cutout.mask, iterations=2)
    return mask
