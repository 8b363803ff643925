"""Watching: places against the truth of rendered clips."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._codec import coded
from benchmarks._watch_clips import Disc, Stage, bounce, render
from physics.estimator import ArrayVideo, shots, watch

FPS = 24.0


def watched(frames: np.ndarray):
    return watch(ArrayVideo(frames, FPS))


def rms(track, place: np.ndarray) -> float:
    """Deviation from the true path per axis, a constant offset left out, px; whole sights only."""
    whole = track.visible > 0.99
    apart = (track.centre - place[track.frames])[whole]
    return float(np.sqrt(((apart - np.median(apart, 0)) ** 2).mean()))


@pytest.fixture(scope="module")
def thrown() -> tuple[np.ndarray, np.ndarray]:
    place = bounce(48)
    return place, render(Stage(), [Disc(place=place, radius=np.full(48, 9.0))])


def test_a_ball_on_texture_is_found_within_a_thirtieth_of_a_pixel(thrown):
    place, frames = thrown
    (track,) = watched(frames).tracks
    assert list(track.frames) == list(range(48))
    assert rms(track, place) < 0.03
    assert np.abs(track.radius - 9.0).max() < 0.1


def test_a_coded_ball_is_found_within_a_tenth_of_a_pixel(thrown):
    place, frames = thrown
    (track,) = watched(coded(frames, 18)).tracks
    assert rms(track, place) < 0.1


def test_the_plate_is_the_bare_ground(thrown):
    _, frames = thrown
    w = watched(frames)
    bare = render(Stage(grain=0.0), [Disc(place=np.full((1, 2), -99.0), radius=np.full(1, 1.0))])[0] / 255
    assert np.sqrt(((w.plate - bare) ** 2).mean()) < 0.5 * 2 / 255
    assert w.seen.all()


@pytest.mark.parametrize("speed", [0.0, 3.3, 12.0])
def test_three_frames_on_white_give_exact_places(speed):
    place = np.array([[60.3, 70.6]]) + np.arange(3)[:, None] * [speed, 0.2 * speed]
    stage = Stage(size=(256, 256), ground="plain", grain=0.0)
    frames = render(stage, [Disc(place=place, radius=np.full(3, 30.0), colour=(1.0, 0.0, 0.0), shading=0.0)])
    (track,) = watched(frames).tracks
    assert np.abs(track.centre - place).max() < 0.02
    assert np.abs(track.radius - 30).max() < 0.05


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_frames_are_refused_with_one_line(count):
    with pytest.raises(ValueError, match="needs at least 3") as refused:
        watched(np.zeros((count, 32, 32, 3), np.uint8))
    assert "\n" not in str(refused.value)


def test_frames_too_small_to_watch_are_refused():
    with pytest.raises(ValueError, match="16x16 is the least"):
        watched(np.zeros((5, 1, 1, 3), np.uint8))


def test_clips_without_any_ground_have_no_tracks():
    rng = np.random.default_rng(0)
    assert not watched(rng.integers(0, 256, (6, 64, 64, 3), dtype=np.uint8)).tracks


@pytest.mark.parametrize("size", [(33, 47), (160, 90), (90, 161)])
def test_still_and_black_clips_have_no_tracks(size):
    assert not watched(np.zeros((9, *size, 3), np.uint8)).tracks
    still = render(
        Stage(size=size, grain=2 / 255), [Disc(place=np.full((20, 2), 20.0), radius=np.full(20, 6.0))]
    )
    assert not watched(still).tracks


def test_a_cut_between_shots_of_the_same_colours_is_found():
    ball = Disc(place=bounce(20), radius=np.full(20, 9.0))
    frames = render(Stage(grain=0.3 / 255), [ball])
    assert shots(ArrayVideo(np.concatenate([frames[:20], frames[:20, :, ::-1]]), FPS)) == ((0, 20), (20, 40))


def test_cuts_are_found_and_fast_motion_is_none(thrown):
    _, frames = thrown
    other = render(Stage(seed=5, ground="clutter"), [Disc(place=bounce(20), radius=np.full(20, 9.0))])
    assert shots(ArrayVideo(frames, FPS)) == ((0, 48),)
    both = np.concatenate([frames, 255 - other])
    assert shots(ArrayVideo(both, FPS)) == ((0, 48), (48, 68))
