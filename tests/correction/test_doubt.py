"""Where tracking may err, the picture is asked before anything is moved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from correction.appearance import swing, white_part
from correction.attach import attached
from correction.deviation import Limits, deviation, doubt, exposed, lawful, shutter
from correction.finished import _subject, put_right
from correction.identity import broken
from correction.inspect import borne_out, inspect
from physics.estimator import ArrayVideo
from physics.estimator.track import Layer, Track, Watch
from physics.motion import Observed, understand

W, H, T, R = 200, 120, 40, 9.0
LIMITS = Limits()
BALL, GROUND = np.array([0.8, 0.3, 0.2]), np.array([0.4, 0.5, 0.45])


def disc(place: np.ndarray) -> np.ndarray:
    """Matte (H, W) of the ball at `place`."""
    y, x = np.mgrid[:H, :W] + 0.5
    return np.clip(R + 0.5 - np.hypot(x - place[0], y - place[1]), 0, 1)


def layer() -> Layer:
    y, x = np.mgrid[:25, :25] + 0.5
    alpha = np.clip(R + 0.5 - np.hypot(x - 12.5, y - 12.5), 0, 1).astype(np.float32)
    return Layer((alpha[..., None] * BALL).astype(np.float32), alpha, np.array([12.5, 12.5]))


def flight() -> np.ndarray:
    t = np.arange(T)
    return np.stack([20 + 4.0 * t, 90 - 3.2 * t + 0.085 * t**2], -1)


def track(centre: np.ndarray, ident: int = 1, colour: np.ndarray = BALL, **changes) -> Track:
    n = len(centre)
    whole = Track(
        ident, np.arange(n), centre, centre, np.tile(0.0025 * np.eye(2), (n, 1, 1)), np.full(n, R),
        np.full(n, 0.05), np.ones(n), np.full(n, np.nan), np.tile(colour, (n, 1)), layer(), np.zeros((n, 2)),
    )  # fmt: skip
    return replace(whole, **changes)


def watch(*tracks: Track) -> Watch:
    plate = np.tile(GROUND.astype(np.float32), (H, W, 1))
    return Watch(
        W, H, 24.0, 0, T, np.tile(np.eye(3), (T, 1, 1)), False, plate, np.ones((H, W), bool),
        np.full((H, W), 0.01, np.float32), tracks,
    )  # fmt: skip


def film(places: np.ndarray) -> ArrayVideo:
    mattes = np.stack([disc(p) for p in places])[..., None]
    return ArrayVideo(np.rint(255 * (mattes * BALL + (1 - mattes) * GROUND)).astype(np.uint8), 24.0)


def law_of(seen: Track):
    there = Observed(seen.frames.astype(float), seen.centre, seen.covariance, seen.radius)
    return understand([there]).motions[0]


def jumped(by: float) -> np.ndarray:
    centre = flight()
    centre[20:23, 0] += by
    return centre


def test_a_jump_is_mended_where_the_thing_shows_in_full_and_not_where_it_shows_in_part():
    whole = track(jumped(5.0))
    motion = law_of(whole)
    assert lawful(motion, LIMITS)
    assert deviation(whole, motion, LIMITS).weight[20:23].min() == 1
    part = replace(whole, visible=np.where(np.isin(whole.frames, (20, 21, 22)), 0.3, 1.0))
    assert doubt(part)[20] > 5 and doubt(part)[19] == 0
    assert not deviation(part, motion, LIMITS).wrong


@pytest.mark.parametrize("shown", [True, False])
def test_the_picture_decides_between_the_track_and_its_law(shown):
    """The tracker reports a jump; it is in the film, or it is not."""
    claimed = track(jumped(5.0))
    motion, seen = law_of(claimed), watch(claimed)
    subject = _subject(seen, 1, claimed, motion)
    looked = inspect(film(jumped(5.0) if shown else flight()), seen, [subject])[0][1]
    right = put_right(claimed, looked.moved)
    off = deviation(right, motion, LIMITS, borne_out(right, looked))
    assert off.wrong == shown
    if not shown:
        assert np.hypot(*(right.centre - flight()).T).max() < 0.3


def test_an_open_shutter_lifts_a_bounce_off_the_floor_and_that_is_no_fault():
    t = np.arange(T)
    fine = np.abs((np.linspace(-0.25, 0.25, 41) + t[:, None]) % 20 - 10)  # turns at 0, 10, 20, 30
    seen = np.stack([20 + 3.0 * t, 20 + 7.0 * fine.mean(1)], -1)
    speed = np.hypot(3.0, 7.0 * (np.abs(t % 10) > 0))
    ball = track(seen, radius=np.sqrt(R**2 + 2 * R * 0.25 * speed / np.pi))
    motion = _Folded()
    assert abs(shutter(motion, ball) - 0.5) < 0.1
    assert np.hypot(*(motion.at(t.astype(float)) - seen).T).max() > 0.8
    assert np.hypot(*(exposed(motion, ball) - seen).T).max() < 0.25
    assert shutter(motion, track(seen)) == 0


class _Folded:
    """To and fro at 7 px a frame, turning on whole frames."""

    def at(self, t: np.ndarray) -> np.ndarray:
        return np.stack([20 + 3.0 * t, 20 + 7.0 * np.abs(t % 20 - 10)], -1)

    def velocity(self, t: np.ndarray) -> np.ndarray:
        return (self.at(t + 1e-3) - self.at(t - 1e-3)) / 2e-3


def test_what_darkens_the_ground_below_a_thing_is_its_shadow():
    thing = track(flight())
    under = np.stack([flight()[:, 0] + 3, np.full(T, 110.0)], -1)
    shade, other = track(under, 2, 0.7 * GROUND), track(under, 3, np.array([0.1, 0.2, 0.9]))
    assert [t.attached_to for t in attached(watch(thing, shade)).tracks] == [None, 1]
    assert [t.attached_to for t in attached(watch(thing, other)).tracks] == [None, None]
    stray = np.stack([100 + 40 * np.sin(np.arange(T)), 60 + 40 * np.cos(1.7 * np.arange(T))], -1)
    assert attached(watch(thing, track(stray, 2, 0.7 * GROUND))).tracks[1].attached_to is None


def test_what_splits_is_judged_by_the_law_before():
    t = np.arange(T)
    thing = track(flight(), radius=np.where(t < 20, R, 0.7 * R))
    frames = np.arange(22, T)
    way = flight()[22:] + np.array([1.5, -1.0]) * (frames - 18)[:, None]
    half = replace(track(way, 2, radius=np.full(len(frames), 0.7 * R)), frames=frames)
    things = [thing, half]
    obeys = broken(watch(*things), things, {}, lambda head: len(head.frames) < 22)
    assert [(b.kind, b.track) for b in obeys] == [("split", 1)]
    assert broken(watch(*things), things, {}, lambda head: False) == []


def test_a_quick_pulse_is_no_noise_and_a_few_bad_frames_are_no_pulse():
    t = np.arange(T)
    assert white_part(np.sin(2 * np.pi * t / 8)) < 0.15 * swing(np.sin(2 * np.pi * t / 8))
    assert swing(np.where(t < 6, 1.0, 0.0)) == 0
