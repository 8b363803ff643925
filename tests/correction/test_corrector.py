"""The corrector finds each injected error, mends it, and leaves all else alone."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correction import Corrector


def run(stage, frames, guides, first=0):
    corrector = Corrector(stage.scene, stage.rollout)
    out = [corrector.correct(k, f, g) for k, (f, g) in enumerate(zip(frames, guides), first)]
    return out, corrector.report()


def psnr(a, b):
    return -10 * np.log10(np.mean((a.astype(float) - b) ** 2) / 255**2 + 1e-12)


def kinds(report, ident=None):
    return {f["kind"] for f in report["findings"] if ident is None or f.get("object") == ident}


def test_a_clean_clip_is_returned_as_it_came(stage, good, guides):
    out, report = run(stage, good, guides)
    assert all(a is b for a, b in zip(out, good)), "not even a copy"
    assert report["decision"] == "unchanged" and report["findings"] == [] and report["num_frames"] == 8
    assert [o["id"] for o in report["objects"]] == [1, 2, 3]
    for item in report["objects"]:
        assert len(item["track_px"]) == 8 and item["residual_before_px"] < 0.1


@pytest.mark.parametrize("ball", [0, 1])
@pytest.mark.parametrize("shift", [(1.5, 0.0), (-0.8, 1.2), (0.0, -5.0), (0.5, 0.0)])
def test_a_displaced_ball_is_put_back(stage, good, guides, ball, shift):
    bad = stage.paint(0, shift={ball: shift})
    (out, *_), report = run(stage, [bad], guides)
    item = report["objects"][ball]
    found = np.subtract(item["track_px"][0], item["corrected_px"][0])
    assert np.hypot(*(found - shift)) < 0.15
    assert (
        item["residual_before_px"] == pytest.approx(np.hypot(*shift), abs=0.15)
        and item["residual_after_px"] < 0.1
    )
    assert kinds(report) == {"position"} == kinds(report, ball + 1)
    assert psnr(out, good[0]) > psnr(bad, good[0]) + 5 and psnr(out, good[0]) > 38


@pytest.mark.parametrize("scale", [1.05, 0.95, 1.03])
def test_a_radius_pulse_is_taken_back(stage, good, guides, scale):
    bad = stage.paint(3, scale={0: scale})
    frames = [*good[:3], bad, *good[4:]]
    out, report = run(stage, frames, guides)
    assert kinds(report, 1) == {"size"} == kinds(report)
    assert report["findings"][0]["frames"] == [3, 3]
    assert psnr(out[3], good[3]) > psnr(bad, good[3]) + 4
    assert all(a is b for k, (a, b) in enumerate(zip(out, frames)) if k != 3)


def test_a_vanished_ball_comes_back(stage, good, guides):
    bad = [good[0], good[1], good[2], stage.paint(3, leave_out=0), stage.paint(4, leave_out=0), *good[5:]]
    out, report = run(stage, bad, guides)
    assert {"kind": "vanished", "object": 1, "frames": [3, 4]} in report["findings"]
    assert report["decision"] == "corrected"
    assert psnr(out[3], good[3]) > 38 > psnr(bad[3], good[3]) + 8


def test_a_wrong_colour_is_set_right(stage, good, guides):
    wrong = good[0].astype(float)
    ball = guides[0].ident == 2
    wrong[ball] = 0.5 * wrong[ball][:, ::-1]
    bad = np.uint8(wrong)
    (out, *_), report = run(stage, [bad], guides)
    assert "colour" in kinds(report, 1) and kinds(report, 2) == set()

    def off(frame):
        return np.abs(frame[ball].mean(0) - good[0][ball].mean(0)).max()

    assert off(out) < 15 < 40 < off(bad), "back to the predicted mean, which lacks the light of the painter"


def test_flicker_is_taken_out_and_steady_light_is_not(stage, good, guides):
    frames = [f.copy() for f in good]
    ball = guides[5].ident == 3
    frames[5][ball] = np.uint8(np.clip(frames[5][ball] * 1.12, 0, 255))
    out, report = run(stage, frames, guides)
    assert report["findings"] == [{"kind": "flicker", "object": 2, "frames": [5, 5]}]
    assert np.abs(out[5][ball].mean(0) - good[5][ball].mean(0)).max() < 2
    steady = [np.where((g.ident == 3)[..., None], np.uint8(f * 0.95), f) for f, g in zip(good, guides)]
    assert run(stage, steady, guides)[1]["findings"] == []


def test_a_ghost_is_removed(stage, good, guides, ghost):
    bad = np.uint8(good[0] * (1 - ghost[..., None]) + ghost[..., None] * np.array([40.0, 120.0, 60.0]))
    (out, *_), report = run(stage, [bad], guides)
    (finding,) = report["findings"]
    assert finding["kind"] == "added" and np.allclose(finding["position_px"], (60, 150), atol=3)
    assert psnr(out, good[0]) > psnr(bad, good[0]) + 10


def test_untouched_pixels_are_exact_and_so_is_what_stands_in_front(stage, good, guides):
    bad = stage.paint(0, shift={2: (1.5, 1.0)})  # the ball behind the blue one
    (out, *_), report = run(stage, [bad], guides)
    y, x = np.mgrid[:192, :192] + 0.5
    centre = np.array(report["objects"][2]["corrected_px"][0])
    far = np.hypot(x - centre[0], y - centre[1]) > 40
    assert kinds(report) == {"position"}
    assert np.array_equal(out[far], bad[far]) and np.array_equal(
        out[guides[0].ident == 3], bad[guides[0].ident == 3]
    )
    assert not np.array_equal(out, bad) and report["untouched_exact_fraction"] == 1.0


@settings(max_examples=12)
@given(x=st.floats(-4, 4), y=st.floats(-4, 4), scale=st.floats(0.93, 1.07))
def test_any_small_error_shrinks_below_tolerance(stage, guides, x, y, scale):
    bad = stage.paint(2, shift={0: (x, y)}, scale={0: scale})
    corrector = Corrector(stage.scene, stage.rollout)
    corrector.correct(2, bad, guides[2])
    item = corrector.report()["objects"][0]
    assert item["residual_after_px"] < 0.3


def test_a_faint_outline_is_left_alone(stage, guides):
    flat = [SimpleNamespace(prior=np.full_like(g.prior, 0.5), ident=g.ident, depth=g.depth) for g in guides]
    frame = np.full((192, 192, 3), 128, np.uint8)
    (out, *_), report = run(stage, [frame], flat)
    assert out is frame
    assert report["objects"][0]["unmeasured"] == {"low contrast": 1} and report["objects"][0]["track_px"] == [
        None
    ]


def test_objects_out_of_view_are_counted_not_guessed(stage, good, guides):
    away = SimpleNamespace(position=stage.rollout.position + np.array([50.0, 0, 0]) * np.eye(3)[0][:, None])
    corrector = Corrector(stage.scene, away)
    corrector.correct(0, good[0], guides[0])
    assert corrector.report()["objects"][0]["unmeasured"] == {"out of view": 1}


def test_bad_input_is_refused(stage, good, guides):
    corrector = Corrector(stage.scene, stage.rollout)
    with pytest.raises(ValueError, match="uint8"):
        corrector.correct(0, good[0] / 255.0, guides[0])
    with pytest.raises(ValueError, match="uint8"):
        corrector.correct(0, good[0][:100], guides[0])
    small = SimpleNamespace(**{k: v[:64] for k, v in vars(guides[0]).items()})
    with pytest.raises(ValueError, match="guide"):
        corrector.correct(0, good[0], small)
    broken = SimpleNamespace(prior=guides[0].prior * np.nan, ident=guides[0].ident, depth=guides[0].depth)
    with pytest.raises(ValueError, match="finite"):
        corrector.correct(0, good[0], broken)
    corrector.correct(0, good[0], guides[0])
    for k in (0, 8):
        with pytest.raises(ValueError, match="order"):
            corrector.correct(k, good[0], guides[0])
    with pytest.raises(ValueError, match="bodies"):
        Corrector(stage.scene, SimpleNamespace(position=np.zeros((8, 2, 3))))


def test_the_report_is_plain_data(stage, good, guides):
    import json

    report = run(stage, good[:2], guides)[1]
    assert json.loads(json.dumps(report, allow_nan=False)) == report or report["objects"][0]["track_px"]
    assert Corrector(stage.scene, stage.rollout).report()["reason"] == "no frame was seen"
