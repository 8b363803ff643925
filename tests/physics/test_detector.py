"""The learned detector: what it sees and says, when it is asked, and what comes of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks._detector_clips import FAMILIES, Clip
from benchmarks._detector_pictures import MOST, SIZE, samples
from benchmarks._watch_clips import Disc, Stage, bounce, render
from benchmarks.detector import proposed, tracked
from benchmarks.detector_train import CELLS, loss, targets, turned
from physics.estimator import ArrayVideo, WatchConfig, assist, watch
from physics.estimator import plate as plates
from physics.estimator.detect import Blob, Cutout, ready
from physics.estimator.detector import GAP, Proposal, decoded, planes
from physics.estimator.detector_net import HEADS, PATCH, PLANES, WEIGHTS, load


def blob(mask: np.ndarray) -> Blob:
    pixels = np.zeros((*mask.shape, 3))
    cutout = Cutout((10, 20), pixels, mask, pixels, np.full(mask.shape, 0.01))
    rows, columns = np.nonzero(mask)
    centre = np.array([columns.mean() + 10.5, rows.mean() + 20.5])
    return Blob(centre, float(mask.sum()), np.zeros(3), False, True, cutout)


def discs(*places: tuple[float, float, float], size: int = 60) -> np.ndarray:
    y, x = np.mgrid[:size, :size] + 0.5
    return np.any([np.hypot(x - a, y - b) < r for a, b, r in places], 0)


def found_in(clip: Clip, claims, near: float = 0.5) -> float:
    """Share of the discs that show that have a claim within `near` radii."""
    hits = [
        np.hypot(*(places - clip.place[t, n]).T).min(initial=np.inf) < near * clip.radius[n]
        for t, (places, _) in enumerate(claims)
        for n in np.flatnonzero(clip.shown[t])
    ]
    return float(np.mean(hits))


def test_planes_show_only_what_differs():
    frame = np.full((32, 48, 3), 100, np.uint8)
    other = frame.copy()
    other[4:8, 4:8] = 200
    seen = planes(frame, frame, other, frame / np.float32(255), np.full((32, 48), 0.01, np.float32))
    assert seen.shape == (32, 48, PLANES)
    assert np.abs(seen[..., [3, 4, 5, 6, 7, 8, 12]]).max() < 1e-6
    assert (seen[4:8, 4:8, 9:12] == -1).all()


def test_a_peak_becomes_a_proposal_in_the_frame_s_pixels():
    heads = np.full((12, 20, HEADS), -6.0)
    heads[5, 7, :4] = 2.0, 0.25, 0.75, np.log(2.5)
    heads[5, 8, 0] = 1.0  # beside the peak: the same thing
    (one,) = decoded(heads, 2, (160, 96))
    assert one.centre == pytest.approx([2 * PATCH * 7.25, 2 * PATCH * 5.75])
    assert one.radius == pytest.approx(2 * PATCH * 2.5)


def test_two_that_touch_are_not_convex_and_one_is():
    assert assist.convex(blob(discs((30, 30, 9))))
    assert assist.convex(blob(np.pad(np.ones((12, 17), bool), 8)))
    assert not assist.convex(blob(discs((20, 30, 9), (37, 31, 8))))


def test_a_blob_is_parted_only_where_discs_cover_it():
    two = blob(discs((20, 30, 9), (37, 31, 8)))
    ground = ready(plates.Plate(np.zeros((90, 90, 3)), np.full((90, 90), 0.01), np.ones((90, 90), bool)))
    frame = np.zeros((90, 90, 3), np.uint8)
    for size in (1.0, 0.7):  # the sizes may be off together
        right = [
            Proposal(np.array([31.0, 50]), 9 * size, 0.9),
            Proposal(np.array([46.0, 51]), 8 * size, 0.9),
        ]
        parts = assist.joined_by([two], right, frame, ground, add=False, drop=False)
        a, b = sorted(parts, key=lambda p: p.centre[0])
        assert np.hypot(*(a.centre - [30, 50])) < 1 and np.hypot(*(b.centre - [47, 51])) < 1
    corner = np.zeros((60, 60), bool)
    corner[8:50, 8:18] = corner[40:50, 8:50] = True
    wrong = [Proposal(np.array([23.0, 45]), 12, 0.9), Proposal(np.array([45.0, 65]), 12, 0.9)]
    bent = blob(corner)
    assert assist.joined_by([bent], wrong, frame, ground, add=False, drop=False) == [bent]


def test_only_a_bold_answer_adds_and_drops():
    one, frame = blob(discs((30, 30, 9))), np.zeros((90, 90, 3), np.uint8)
    ground = ready(plates.Plate(np.zeros((90, 90, 3)), np.full((90, 90), 0.01), np.ones((90, 90), bool)))
    elsewhere = [Proposal(np.array([70.0, 20]), 6, 0.9)]
    assert assist.joined_by([one], elsewhere, frame, ground, add=False, drop=False) == [one]
    (new,) = assist.joined_by([one], elsewhere, frame, ground, add=True, drop=True)
    assert new.radius == pytest.approx(6) and new.whole


@given(st.integers(1, 20))
def test_every_frame_is_seen_with_its_neighbours(count):
    seen = list(assist.surrounded((k + 5, np.full((1, 1, 3), k)) for k in range(count)))
    assert [window[at][0] for at, window in seen] == list(range(5, 5 + count))
    for k, (at, window) in enumerate(seen):
        assert window[max(at - GAP, 0)][0] == 5 + max(k - GAP, 0)
        assert window[min(at + GAP, len(window) - 1)][0] == 5 + min(k + GAP, count - 1)


def test_clear_clips_never_ask_the_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("asked")

    monkeypatch.setattr(assist, "proposals", refuse)
    frames = render(Stage(), [Disc(place=bounce(20), radius=np.full(20, 9.0))])
    (track,) = watch(ArrayVideo(frames, 24.0)).tracks
    assert len(track.frames) == 20


def test_weights_are_small_and_right():
    assert WEIGHTS.stat().st_size < 2e6
    out = np.asarray(load()(np.zeros((1, 32, 48, PLANES), np.float32)))
    assert out.shape == (1, 32 // PATCH, 48 // PATCH, HEADS) and np.isfinite(out).all()


def test_things_that_touch_are_told_apart():
    clip = FAMILIES["touching from the start"](50)
    assert found_in(clip, proposed(clip)) > 0.8
    assert found_in(clip, tracked(clip, True)) > found_in(clip, tracked(clip, False))


def test_noise_and_empty_pictures_hold_no_things():
    rng = np.random.default_rng(0)
    still = np.clip(rng.normal(120, 5, (5, 64, 80, 3)), 0, 255).astype(np.uint8)
    assert not watch(ArrayVideo(still, 24.0), config=WatchConfig(learned=True)).tracks


def test_training_pictures_have_their_things_where_they_say():
    drawn = [s for seed in range(6) for s in samples(seed)]
    assert all(np.isfinite(s.planes).all() for s in drawn)
    for s in drawn:
        for x, y, r, weight in s.things:
            if weight > 0 and r > 4:
                around = s.mask[
                    max(int(y - r / 2), 0) : int(y + r / 2) + 1, max(int(x - r / 2), 0) : int(x + r / 2) + 1
                ]
                assert around.mean() > 0.5


def test_the_loss_is_least_for_the_truth_and_turns_with_it():
    drawn = [s for seed in range(3) for s in samples(seed)]
    things = np.stack([s.things for s in drawn])
    mask = np.stack([s.mask for s in drawn])
    seen = np.stack([s.planes for s in drawn]).astype(np.float32)

    def ideal(things, mask):
        hill, _, cell, wanted, there = (np.asarray(a) for a in targets(things))
        out = np.zeros((len(things), CELLS * CELLS, HEADS), np.float32)
        out[..., 0] = -12
        for b in range(len(things)):
            for n in np.flatnonzero(there[b]):
                out[b, cell[b, n], :4] = 12.0, *wanted[b, n]
        soft = np.where(mask > 0, 12.0, -12.0).reshape(len(things), CELLS, PATCH, CELLS, PATCH)
        out = out.reshape(len(things), CELLS, CELLS, HEADS)
        out[..., 4:] = soft.transpose(0, 1, 3, 2, 4).reshape(len(things), CELLS, CELLS, -1)
        return out

    best = ideal(things, mask)
    assert float(loss(lambda _: best, seen, things, mask)[0]) < 0.01
    moved = np.roll(best, 1, axis=1)
    assert float(loss(lambda _: moved, seen, things, mask)[0]) > 1.0
    seen_, things_, mask_ = turned(np.random.default_rng(1), seen, things, mask)
    assert seen_.shape == (len(drawn), SIZE, SIZE, PLANES) and things_.shape == (len(drawn), MOST, 4)
    assert float(loss(lambda _: ideal(things_, mask_), seen_, things_, mask_)[0]) < 0.01
