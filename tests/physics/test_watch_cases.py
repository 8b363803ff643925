"""Watching where it is hard: contact, rest, occlusion, slow things, shadows, a camera that moves."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._codec import coded
from benchmarks._watch_clips import Disc, Stage, bounce, render
from physics.estimator import ArrayVideo, Track, Watch, watch
from physics.estimator.median import ranked
from physics.estimator.spline import resampled

T = 36
SIZE = np.full(T, 8.0)
STEPS = np.arange(T)[:, None]
BLUE = (0.2, 0.4, 0.85)


def watched(stage: Stage, *discs: Disc, crf: int | None = None) -> Watch:
    frames = render(stage, list(discs))
    return watch(ArrayVideo(frames if crf is None else coded(frames, crf), 24.0))


def apart(track: Track, place: np.ndarray) -> np.ndarray:
    return track.centre - place[track.frames]


def rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


def test_two_balls_that_collide_keep_their_names_and_places():
    a = np.array([30.0, 70.0]) + np.minimum(STEPS, 16) * [2.5, 0] - np.maximum(STEPS - 16, 0) * [2.0, 0]
    b = np.array([119.0, 72.0]) - np.minimum(STEPS, 16) * [2.0, 0] + np.maximum(STEPS - 16, 0) * [2.5, 0]
    w = watched(
        Stage(ground="clutter"), Disc(place=a, radius=SIZE), Disc(place=b, radius=SIZE, colour=BLUE), crf=20
    )
    assert len(w.tracks) == 2
    for place in (a, b):
        track = min(w.tracks, key=lambda t: rms(apart(t, place)))
        assert len(track.frames) >= T - 2  # what hardly shows in contact may be left out
        assert rms(apart(track, place)) < 0.15


@pytest.mark.parametrize("reverse", [False, True])
def test_what_rests_for_two_thirds_of_the_clip_is_tracked_there_too(reverse):
    place = np.concatenate([[20, 60] + np.arange(12)[:, None] * [5, 2.0], np.repeat([[80, 84.0]], T - 12, 0)])
    place = place[::-1] if reverse else place
    (track,) = watched(Stage(), Disc(place=place, radius=SIZE)).tracks
    assert len(track.frames) == T
    assert rms(apart(track, place)) < 0.05


def test_what_moves_by_less_than_its_width_is_found_whole():
    place = np.array([60.0, 60.0]) + STEPS * [0.35, 0.1]
    (track,) = watched(Stage(), Disc(place=place, radius=SIZE), crf=20).tracks
    assert rms(apart(track, place)) < 0.15
    assert np.nanmax(np.abs(track.radius - 8)) < 0.5


def test_one_name_before_and_behind_a_pillar():
    place = bounce(T, speed=(4.0, 0.0))
    (track,) = watched(Stage(pillar=(80, 96)), Disc(place=place, radius=SIZE)).tracks
    hidden = track.visible < 0.9
    assert 0 < hidden.sum() < 10
    assert rms(apart(track, place)[~hidden]) < 0.2
    assert np.isnan(track.radius[hidden]).all()


def test_a_thing_that_enters_and_leaves_has_its_true_centre_at_the_border():
    place = np.array([-12.0, 60.0]) + STEPS * [6.1, 0.3]
    (track,) = watched(Stage(), Disc(place=place, radius=SIZE)).tracks
    assert (track.visible < 0.9).any()
    assert np.abs(apart(track, place)).max() < 0.5


def test_a_shadow_does_not_drag_the_ball():
    place = bounce(T)
    (track,) = watched(Stage(), Disc(place=place, radius=SIZE, shadow=0.5)).tracks
    assert np.abs(np.median(apart(track, place), 0)).max() < 0.9  # 2.4 px with the shadow


def test_pulsing_is_measured():
    radius = 8 * (1 + 0.08 * np.sin(0.9 * np.arange(T)))
    (track,) = watched(Stage(), Disc(place=bounce(T), radius=radius), crf=18).tracks
    assert rms(track.radius - radius[track.frames] - np.median(track.radius - radius[track.frames])) < 0.1


@pytest.mark.slow
def test_the_covariance_is_neither_boast_nor_excuse():
    place = bounce(T)
    for crf in (None, 20):
        (track,) = watched(Stage(ground="clutter"), Disc(place=place, radius=SIZE), crf=crf).tracks
        off = apart(track, place) - np.median(apart(track, place), 0)
        score = np.mean([e @ np.linalg.solve(c, e) / 2 for e, c in zip(off, track.covariance)])
        assert 0.2 < score < 3


def test_a_camera_that_pans_is_taken_out():
    camera = np.stack([1.0 * np.arange(T), 0.4 * np.arange(T)], 1)
    place = bounce(T)
    w = watched(Stage(camera=camera), Disc(place=place, radius=SIZE), crf=20)
    assert w.moving_camera
    track = w.tracks[0]
    assert rms(apart(track, place + camera)) < 0.15
    still = track.centre_plate - place[track.frames]
    assert rms(still - np.median(still, 0)) < 0.2


def test_a_disc_across_a_white_wall_is_no_pan():
    place = np.array([30.0, 60.0]) + STEPS * [3.0, 0.0]
    assert not watched(Stage(ground="plain"), Disc(place=place, radius=SIZE)).moving_camera


@pytest.mark.parametrize("n", [1, 2, 5, 12, 31])
def test_the_sorting_network_sorts(n):
    stack = np.random.default_rng(n).integers(0, 256, (n, 7, 5, 3), dtype=np.uint8)
    for rank in {0, (n - 1) // 2, n - 1}:
        assert (ranked(stack, rank) == np.sort(stack, 0)[rank]).all()


def test_splines_give_back_the_pixels_and_shift_a_wave():
    x = np.arange(40) + 0.5
    wave = np.sin(0.3 * x)[None, None] * np.ones((1, 30, 1))
    assert np.abs(resampled(wave, x, np.arange(30) + 0.5) - wave).max() < 1e-5
    inner = x[8:-8] + 0.37
    assert np.abs(resampled(wave, inner, np.array([15.0]))[0, 0] - np.sin(0.3 * inner)).max() < 2e-3
