"""Following: what is lost takes nothing from what is seen; blur is no occlusion, noise is no thing."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._watch_clips import Disc, Stage, render
from physics.estimator import ArrayVideo, detect, watch
from physics.estimator.associate import Path, associate, lasting
from physics.estimator.detect import Blob, Cutout
from physics.estimator.plate import Plate

GREY = Plate(
    np.full((100, 200, 3), 0.5, np.float32), np.full((100, 200), 0.01, np.float32), np.ones((100, 200), bool)
)
FRAME = np.full((100, 200, 3), 128, np.uint8)


def blob(x: float, y: float, radius: float = 5.0, colour: float = 0.8) -> Blob:
    mask = np.ones((3, 3), bool)
    cutout = Cutout((int(x) - 1, int(y) - 1), np.zeros((3, 3, 3)), mask, np.zeros((3, 3, 3)), np.ones((3, 3)))
    return Blob(np.array([x, y]), np.pi * radius**2, np.full(3, colour), False, True, cutout)


def followed(*sights: list[Blob]) -> list[Path]:
    paths: list[Path] = []
    for k, blobs in enumerate(sights):
        associate(paths, k, blobs, FRAME, GREY)
    return paths


def test_a_path_that_lost_its_thing_does_not_take_another():
    gone = [[blob(150 - 20 * k, 80, radius=9, colour=0.62)] for k in range(5)]
    came = [[blob(60 + 12 * k, 30 + 5 * k)] for k in range(8)]
    paths = followed(*gone, *([[]] * 4), *came)
    assert [len(p.frames) for p in paths] == [5, 8]


def test_a_thing_that_is_less_blurred_is_still_whole():
    sizes = [10, 10, 10, 9.5, 9, 8.5, 8, 7.5, 7, 7, 7]
    (path,) = followed(*([blob(20 + 9 * k, 50, radius=r)] for k, r in enumerate(sizes)))
    assert all(b.whole for b in path.blobs)


def test_half_a_disc_aside_of_its_place_is_a_part():
    whole = [[blob(20 + 9 * k, 50, radius=10)] for k in range(5)]
    (path,) = followed(*whole, [blob(20 + 9 * 5 - 4.2, 50, radius=10 / np.sqrt(2))])
    assert [b.whole for b in path.blobs] == [True] * 5 + [False]


@pytest.mark.parametrize("smooth", [True, False])
def test_among_flicker_only_what_travels_is_kept(smooth):
    rng = np.random.default_rng(0)
    sights = []
    for k in range(12):
        place = (
            (20 + 8 * k, 50) if smooth else (60 + 2 * rng.standard_normal(), 50 + 2 * rng.standard_normal())
        )
        flicker = [blob(*rng.uniform((5, 5), (195, 95)), radius=5.5, colour=rng.uniform()) for _ in range(2)]
        sights.append([blob(*place, radius=4), *flicker])
    kept = lasting(followed(*sights), 12, still=False, onto_plate=lambda k, place: place)
    assert len([p for p in kept if len(p.frames) == 12]) == smooth


def test_every_blob_is_found_once_where_boxes_overlap():
    frame = FRAME.copy()
    for k in range(90):  # a diagonal, whose box holds the square
        frame[5 + k : 9 + k, 20 + k : 24 + k] = 250
    frame[70:80, 40:50] = 20
    centres = [b.centre for b in detect.detect(frame, detect.ready(GREY))]
    assert len(centres) == 2
    assert min(np.hypot(*(c - [45, 75])) for c in centres) < 0.2


def test_a_tall_picture_is_looked_at_coarsely_and_measured_finely(monkeypatch):
    monkeypatch.setattr(detect, "LINES", 80)
    place = np.array([30.3, 60.2]) + np.arange(24)[:, None] * [4.1, 1.3]
    frames = render(Stage(), [Disc(place=place, radius=np.full(24, 11.0))])
    assert detect.ready(GREY).step == 2
    (track,) = watch(ArrayVideo(frames, 24.0)).tracks
    assert len(track.frames) == 24
    assert np.sqrt(((track.centre - place[track.frames]) ** 2).mean()) < 0.04
    assert np.nanmax(np.abs(track.radius - 11)) < 0.1
