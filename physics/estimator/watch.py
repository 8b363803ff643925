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

from physics.estimator import camera
from physics.estimator import plate as plates
from physics.estimator.assist import asked, doubtful, hidden_things, joined_by, surrounded
from physics.estimator.associate import Path, associate, lasting, settled
from physics.estimator.detect import Ground, detect, ready
from physics.estimator.plate import Plate
from physics.estimator.refine import learn, refine
from physics.estimator.rest import fill, hollow, uncover
from physics.estimator.scenery import Scenery, framed, onto_canvas
from physics.estimator.track import Watch
from physics.estimator.video import Video, numbered, sampled

FEW = 12  # frames up to which a plain ground is told from the colour of the border
LEAST, SMALLEST = 3, 16  # frames; px
LOOKS = 2  # at the samples, each without what the last one found


@dataclass(frozen=True, kw_only=True)
class WatchConfig:
    """What may be chosen."""

    most_tracks: int = 16  # those that show most are kept: radius times frames
    learned: bool = True  # whether the learned detector may join in where the classical path is in doubt


def watch(
    video: Video, *, first: int = 0, last: int | None = None, config: WatchConfig | None = None
) -> Watch:
    """Background and tracks of the frames in [first, last), which should be one shot."""
    config = config or WatchConfig()
    if min(video.width, video.height) < SMALLEST:
        raise ValueError(
            f"frames of {video.width}x{video.height} are too small: {SMALLEST}x{SMALLEST} is the least"
        )
    numbers, stack, count = sampled(numbered(video, first, last))
    if count < LEAST:
        raise ValueError(f"{count} frame(s) to watch: motion needs at least {LEAST}; give a longer clip")
    smooth = plates.plain(stack) if count <= FEW else None
    bold = config.learned and count <= FEW and smooth is None
    if smooth is None and camera.moving(stack):
        poses, size = framed(camera.track(f for _, f in numbered(video, first, last)), stack.shape[1:3])
        bold = config.learned
        plate = _learn(*onto_canvas(stack, poses[numbers - first], size), None, bold)
        scenery = Scenery(plate, ready(plate), poses, first, stack.shape[1:3])
    else:
        plate = _learn(stack, None, smooth, bold)
        scenery = Scenery(plate, ready(plate), None, first, stack.shape[1:3])
    things = _things(video, scenery, count, smooth is not None, config.learned, bold)
    if config.learned and not bold and not things:
        things = _things(video, scenery, count, smooth is not None, True, True)
    things = sorted(things, key=lambda p: -p.radius * len(p.frames))[: config.most_tracks]
    coded = plates.repeats(stack)
    models = [learn(settled(path), coded) for path in things]
    tracks = tuple(refine(models, numbered(video, first, last), scenery))
    return Watch(
        video.width, video.height, video.fps, first, count, scenery.all_poses(count),
        scenery.poses is not None, plate.colour, plate.seen, plate.noise, tracks,
    )  # fmt: skip


def _things(video: Video, scenery: Scenery, count: int, still: bool, learned: bool, bold: bool) -> list[Path]:
    """What lasts in `count` frames; `learned` lets the detector part blobs, `bold` also add to them, and drop
    some where the camera moves.
    """
    paths = list[Path]()
    for at, window in surrounded(numbered(video, scenery.first, scenery.first + count)):
        k, frame = window[at]
        ground = scenery.at(k)
        blobs = detect(frame, ground)
        if bold or learned and doubtful(blobs):
            found, moving = asked(scenery, at, window, ground), scenery.poses is not None
            blobs = joined_by(blobs, found, frame, ground, add=bold, drop=moving)
        associate(paths, k, blobs, frame, ground.plate)
    return lasting(paths, count, still=still, onto_plate=scenery.onto_plate)


def _learn(
    stack: np.ndarray, outside: np.ndarray | None, smooth: np.ndarray | None = None, learned: bool = False
) -> Plate:
    """Plate of samples (n, H, W, 3); `outside` (n, H, W) is what a moving camera did not see. `learned` also
    takes out what the detector sees in them.
    """
    plate = plates.learn(stack)
    if smooth is not None:
        return plates.before_plain(stack, plate, smooth)
    if outside is not None:
        plate = plates.masked(stack, outside, plate)
        stack = np.where(outside[..., None], plates.levels(plate), stack)
    plate = uncover(stack, plate)
    for _ in range(LOOKS):
        ground = ready(plate)
        hidden = np.stack([_hidden(frame, ground) for frame in stack])
        if learned:
            hidden |= hidden_things(stack, plate)
        unseen = hidden if outside is None else hidden | outside
        plate = fill(hollow(plates.masked(stack, unseen, plate), hidden))
    return plate


def _hidden(frame: np.ndarray, ground: Ground) -> np.ndarray:
    """Where a frame shows things, two pixels wider than they are, (H, W) bool."""
    mask = np.zeros(frame.shape[:2], bool)
    for blob in detect(frame, ground):
        assert blob.cutout is not None
        mask[blob.cutout.box] |= ndimage.binary_dilation(blob.cutout.mask, iterations=2)
    return mask
