"""What is wrong and what is not: verdicts on tracks with a known story."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from correction.appearance import steady_size
from correction.deviation import Limits, smooth_share, substantial
from correction.finished import found_again
from correction.flicker import steady_light
from correction.identity import broken
from correction.inspect import Seen
from correction.retime import wanted_gravity
from correction.shadow import follow
from correction.stitch import stitched
from physics.estimator.track import Layer, Track, Watch

W, H, T, R = 320, 240, 60, 12.0
LIMITS = Limits()
PER_FRAME = ("frames", "centre", "centre_plate", "covariance", "radius", "sigma_radius", "visible", "angle",
             "colour", "blur")  # fmt: skip


def track(
    ident: int = 1, first: int = 0, last: int = T, x0: float = 40.0, y0: float = 60.0, **changes
) -> Track:
    """A thing that flies evenly to the right, with what `changes` says."""
    frames = np.arange(first, last)
    n = len(frames)
    centre = np.stack([x0 + 4.0 * frames, y0 + 0.5 * frames], -1)
    layer = Layer(np.zeros((5, 5, 3), np.float32), np.ones((5, 5), np.float32), np.array([2.5, 2.5]))
    whole = Track(
        ident, frames, centre, centre, np.tile(0.01 * np.eye(2), (n, 1, 1)), np.full(n, R), np.full(n, 0.1),
        np.ones(n), np.zeros(n), np.tile([0.8, 0.2, 0.2], (n, 1)), layer, np.zeros((n, 2)),
    )  # fmt: skip
    if "centre" in changes:
        changes["centre_plate"] = changes["centre"]
    return replace(whole, **changes)


def shot(*tracks: Track) -> Watch:
    plate = np.full((H, W, 3), 0.5, np.float32)
    seen, noise = np.ones((H, W), bool), np.full((H, W), 0.01, np.float32)
    return Watch(W, H, 24.0, 0, T, np.tile(np.eye(3), (T, 1, 1)), False, plate, seen, noise, tracks)


def without(whole: Track, rows) -> Track:
    """The track without the measurements `rows`."""
    kept = {f: np.delete(getattr(whole, f), rows, axis=0) for f in PER_FRAME}
    return replace(whole, **kept)


def kinds(*tracks: Track, empty: dict[int, list[int]] | None = None) -> list[tuple[str, int]]:
    seen = {t.id: Seen(empty=(empty or {}).get(t.id, [])) for t in tracks}
    return sorted((b.kind, b.track) for b in broken(shot(*tracks), list(tracks), seen))


def test_a_shake_is_rough_and_drag_is_smooth():
    t, rng = np.arange(T), np.random.default_rng(1)
    drag = np.stack([0.001 * t**2 - 0.05 * t, 3 * (t / T) ** 3], -1)
    shake = rng.normal(size=(T, 2))
    assert smooth_share(t, drag) > 0.95
    assert smooth_share(t, np.apply_along_axis(np.convolve, 0, shake, np.ones(3) / 3, "same")) < 0.6
    assert smooth_share(t, np.where(t[:, None] == 30, 9.0, 0.0)) < 0.4


def test_a_pulse_of_the_size_is_mended_and_looming_is_not():
    t = np.arange(T)
    pulse = R * (1 + 0.1 * np.sin(2 * np.pi * t / 9))
    factor = steady_size(track(radius=pulse), LIMITS)
    assert factor is not None and np.std(pulse * factor) < 0.15 * np.std(pulse)
    assert steady_size(track(radius=R + 0.1 * t), LIMITS) is None
    assert steady_size(track(radius=R + 0.1 * np.random.default_rng(2).normal(size=T)), LIMITS) is None
    rough = track(
        radius=R * (1 + 0.08 * np.random.default_rng(3).normal(size=T)), sigma_radius=np.full(T, 1.0)
    )
    assert steady_size(rough, LIMITS) is None


def test_size_that_follows_the_place_is_perspective():
    t = np.arange(T)
    centre = np.stack([40 + 4.0 * t, 120 + 60 * np.sin(t / 4)], -1)
    near = R * (1 + 0.002 * (centre[:, 1] - 120))
    assert steady_size(track(centre=centre, radius=near), LIMITS) is None


def test_flicker_is_taken_out_and_a_lamp_switched_on_is_not():
    t, rng = np.arange(72), np.random.default_rng(4)
    pump = 1 + 0.03 * np.sin(0.9 * t)[:, None] * np.ones(3)
    gains = steady_light(pump)
    assert gains is not None and np.std(pump * gains) < 0.2 * np.std(pump)
    assert steady_light(np.where(t[:, None] < 36, 1.0, 1.2) * np.ones(3)) is None
    assert steady_light(1 + 0.001 * rng.normal(size=(72, 3))) is None
    assert steady_light(1 + 0.3 * (t[:, None] / 72) * np.ones(3)) is None
    assert steady_light(np.where(t[:, None] == 5, np.nan, pump)) is None


def test_what_vanishes_splits_multiplies_or_changes_is_named():
    gap = without(track(), np.s_[25:32])
    assert kinds(gap, empty={1: list(range(25, 32))}) == [("vanished", 1)]
    assert kinds(gap) == []
    born = dict(first=30, x0=34.0, y0=66.0)
    assert kinds(track(), track(2, **born)) == [("multiplied", 1)]
    small = dict(radius=np.full(30, 0.7 * R))
    halves = track(2, **born, **small), track(3, first=30, x0=46.0, y0=54.0, **small)
    assert kinds(track(last=30), *halves) == [("split", 1)]
    blue = np.tile([0.1, 0.2, 0.9], (30, 1))
    assert kinds(track(last=30), track(2, first=30, colour=blue)) == [("identity changed", 1)]
    step = track(colour=np.concatenate([track().colour[:30], blue]))
    assert kinds(step) == [("identity changed", 1)]


def test_what_is_hidden_comes_in_or_stays_is_not():
    whole = track()
    gap = without(whole, np.s_[25:32])
    shrinking = replace(gap, visible=np.where(np.abs(gap.frames - 28) < 6, 0.6, 1.0))
    assert kinds(shrinking, empty={1: list(range(25, 32))}) == []
    assert kinds(whole) == []
    border = track(2, first=30, x0=-119.0, y0=66.0)  # it comes in over the left border
    assert kinds(whole, border) == []
    far = track(2, first=30, x0=34.0, y0=150.0)
    assert kinds(whole, far) == []


def test_faint_and_tiny_things_are_noise():
    assert substantial(shot(), track(), LIMITS)
    assert not substantial(shot(), track(colour=np.full((T, 3), 0.53)), LIMITS)
    assert not substantial(shot(), track(radius=np.full(T, 2.0)), LIMITS)
    assert not substantial(shot(), track(radius=np.full(T, np.nan)), LIMITS)


def test_a_teleported_frame_joins_its_track():
    whole = track()
    hole = without(whole, 20)
    again = found_again(hole, {20: np.array([200.0, 30.0])})
    assert (again.frames == whole.frames).all() and again.centre[20].tolist() == [200.0, 30.0]
    often = {int(k): np.zeros(2) for k in range(100, 140)}
    assert found_again(hole, often) is hole


def test_tracks_that_broke_at_a_jump_are_joined():
    one, two = track(last=20), track(2, first=22, x0=70.0)
    other = track(3, first=22, x0=60.0, colour=np.tile([0.1, 0.2, 0.9], (T - 22, 1)))
    shade = track(4, first=22, attached_to=2)
    whole = stitched(shot(one, two, other, shade))
    assert [t.id for t in whole.tracks] == [1, 3, 4] and whole.tracks[2].attached_to == 1
    assert whole.tracks[0].frames.tolist() == [*range(20), *range(22, T)]
    assert whole.tracks[0].centre[-1].tolist() == two.centre[-1].tolist()
    twin = track(5, first=23, x0=75.0)  # two that may be the heir: neither is taken
    assert len(stitched(shot(one, two, twin)).tracks) == 3
    assert len(stitched(shot(one, track(2, first=40))).tracks) == 2


def test_a_shadow_is_tied_to_what_moves_it():
    thing = track()
    under = np.stack([thing.centre[:, 0] + 3, np.full(T, 200.0)], -1)
    tied = follow(track(2, centre=under), thing)
    assert tied is not None
    np.testing.assert_allclose(tied.matrix @ [1.0, 0.125], [1.0, 0.0], atol=0.02)
    stray = np.stack([150 + 40 * np.sin(np.arange(T)), 120 + 40 * np.cos(1.7 * np.arange(T))], -1)
    assert follow(track(2, centre=stray), thing) is None
    assert follow(track(2, first=56), thing) is None


@pytest.mark.parametrize("text, scale, words", [
    ("pluto", 100.0, "not known"), ("moon", None, "--scale"), ("-1", 100.0, "range"), ("nan", 9.0, "range"),
])  # fmt: skip
def test_gravity_that_makes_no_sense_is_refused(text, scale, words):
    with pytest.raises(ValueError, match=words):
        wanted_gravity(text, scale, 24.0)


def test_gravity_in_pixels():
    assert wanted_gravity("earth", 400.0, 24.0) == pytest.approx(9.80665 * 400 / 576)
