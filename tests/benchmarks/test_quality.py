"""What the quality benchmark makes of its numbers, and which shots it takes."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import quality
from benchmarks._held_out import FRAMES, STILL, _digest, shots
from diffusion.random_scenes import random_scene


def result(flip: float, psnr: float, flicker: float = 0.01) -> dict:
    """One shot's metrics: the guide at FLIP 0.2 and 20 dB, everything else as given."""
    row = {"flip": flip, "psnr": psnr, "ssim": 0.9, "bend": 2e-4}
    names = (quality.PRIOR, *(quality.painted(s) for s in quality.STEPS), quality.NOISE)
    guide = {"flip": 0.2, "psnr": 20.0, "ssim": 0.8, "bend": 8e-4}
    change = {"truth": 0.01, "guide": 0.005, "painted": flicker, "clean": 1e-4, "painted_square": 4e-4}
    return {quality.GUIDE: guide, **{name: dict(row) for name in names}, "flicker": change}


def test_summary_states_changes_against_the_guide():
    rng = np.random.default_rng(0)
    found = quality.summarise([result(0.1 + d, 26.0 - 20 * d) for d in rng.normal(0, 0.01, 20)])
    row = found["rows"][quality.painted(2)]
    assert row["flip_change_percent"][0] == pytest.approx(-50, abs=3)
    assert row["psnr_gain_db"][0] == pytest.approx(6, abs=0.2)
    assert row["flip"][1] < row["flip"][0] < row["flip"][2]
    assert found["rows"][quality.GUIDE]["bend_over_truth"] == pytest.approx(2)
    assert found["flicker"]["ratio"][0] == pytest.approx(1)
    assert found["flicker"]["ratio_without_noise"][0] == pytest.approx(2)


@pytest.mark.parametrize("flip, psnr, ok", [(0.11, 25.5, True), (0.13, 26.0, False), (0.1, 24.0, False)])
def test_both_bars_count(flip, psnr, ok):
    found = quality.summarise([result(flip, psnr)] * 3)
    assert quality.passes(found["rows"][quality.painted(2)]) is ok


def test_flicker_bar():
    assert quality.calm(quality.summarise([result(0.1, 26, 0.014)])["flicker"])
    assert not quality.calm(quality.summarise([result(0.1, 26, 0.016)])["flicker"])


def test_bootstrap_interval_of_a_mean():
    values = np.random.default_rng(3).normal(5, 1, 100)
    mean, low, high = quality.interval(lambda i: values[i].mean(), 100)
    assert mean == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 10, rel=0.1)


def test_shots_are_held_out_repeatable_and_of_one_size():
    first, again = shots(4, 64), shots(4, 64)
    assert [_digest(s, STILL, 256) for s in first] == [_digest(s, STILL, 256) for s in again]
    assert len({_digest(s, k, 256) for s in first for k in range(FRAMES)}) == 4 * FRAMES
    assert all((s.scene.width, s.scene.height) == (64, 64) for s in first)
    trained, _ = random_scene(np.random.default_rng([7, 0]), FRAMES)
    assert first[0].scene.bodies != trained.bodies
    assert any(s.moving for s in first)


def test_a_fifth_of_the_shots_comes_from_prompts():
    made = shots(10, 64)
    assert [s.name for s in made[-2:]] == ["prompt0", "prompt1"]
    assert all(s.stills.position.shape == (FRAMES, len(s.scene.bodies), 3) for s in made)
