"""Training on three made-up samples: it learns, and a run that was killed goes on as if it had not been."""

from __future__ import annotations

import shutil
from dataclasses import replace

import jax
import numpy as np
import pytest
from PIL import Image

from diffusion import progress, train
from diffusion.batches import Samples
from diffusion.condition import LIGHT_SIZE, PLANES
from diffusion.weights import load_network

SIDE, STEPS, KILLED = 32, 16, 11  # rollouts begin at step 8
CONFIG = replace(
    train.PRESETS["tiny"], steps=STEPS, batch=2, side=SIDE, warmup=2, rollout_from=0.5, rollout_share=0.5
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Truth = prior + 0.08: a residual that is easy to learn."""
    folder, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    for number, frames in enumerate((1, 1, 2)):
        planes = rng.random((frames, SIDE, SIDE, PLANES)).astype(np.float16)
        np.savez(
            folder / f"{number:06d}.npz", planes=planes, truth=planes[-1, ..., :3] + np.float16(0.08),
            motion=np.ones((frames, SIDE, SIDE, 2), np.float16), light=np.ones(LIGHT_SIZE, np.float32),
            ident=np.ones((frames, SIDE, SIDE), np.uint8),
        )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    """An uninterrupted run and its losses."""
    run, samples = train.Run(CONFIG, tmp_path_factory.mktemp("whole"), False, preset="short"), Samples(data)
    losses = [run.one_step(samples, run.progress(None)) for _ in range(STEPS)]
    run.save()
    return run, losses


@pytest.fixture
def short(monkeypatch):
    """A preset `short`."""
    monkeypatch.setitem(train.PRESETS, "short", CONFIG)


def test_loss_falls(whole):
    _, losses = whole
    assert np.all(np.isfinite(losses))
    assert np.mean(losses[-8:]) < 0.97 * np.mean(losses[:8])


def test_writes_weights_that_load(whole):
    run, _ = whole
    assert run.checkpoints.last == STEPS
    _, state = load_network(run.out / "painter.safetensors")
    for a, b in zip(jax.tree.leaves(run.ema), jax.tree.leaves(state)):
        np.testing.assert_array_equal(a, b)
    assert not list(run.out.glob("*part*"))


def test_a_killed_run_resumes_with_the_same_parameters(short, whole, data, tmp_path, monkeypatch):
    one_step = train.Run.one_step

    def dies(run, samples, progress):
        if run.step == KILLED:
            raise KeyboardInterrupt
        loss = one_step(run, samples, progress)
        run.save()
        return loss

    monkeypatch.setattr(train.Run, "one_step", dies)
    with pytest.raises(KeyboardInterrupt):
        train.main("short", tmp_path, data=str(data))
    monkeypatch.setattr(train.Run, "one_step", one_step)
    assert train.Run(CONFIG, tmp_path, True, preset="short").step == KILLED
    train.main("short", tmp_path, resume=True, data=str(data))
    run = train.Run(CONFIG, tmp_path, True, preset="short")
    assert run.step == STEPS
    for name in ("params", "ema", "opt_state"):
        for a, b in zip(jax.tree.leaves(getattr(run, name)), jax.tree.leaves(getattr(whole[0], name))):
            np.testing.assert_array_equal(a, b)


def test_a_finished_run_is_left_as_it_is(short, whole, data, tmp_path):
    shutil.copytree(whole[0].out, tmp_path, dirs_exist_ok=True)
    before = load_network(tmp_path / "painter.safetensors")[1]
    train.main("short", tmp_path, resume=True, data=str(data))
    after = load_network(tmp_path / "painter.safetensors")[1]
    for a, b in zip(jax.tree.leaves(before), jax.tree.leaves(after)):
        np.testing.assert_array_equal(a, b)


def test_every_run_leaves_a_log(short, data, tmp_path):
    train.main("short", tmp_path, data=str(data))
    assert f'"step": {STEPS}' in (tmp_path / "log.jsonl").read_text().splitlines()[-1]


def test_progress_is_by_steps_or_by_the_clock(whole):
    run, _ = whole
    assert run.progress(None) == 1.0
    run.seconds = 30.0
    assert run.progress(1.0) == pytest.approx(0.5)


def test_unknown_preset(tmp_path):
    with pytest.raises(ValueError, match="unknown preset 'huge'.*base") as error:
        train.main("huge", tmp_path)
    assert "\n" not in str(error.value)


def test_missing_data(tmp_path):
    with pytest.raises(ValueError, match="no training samples") as error:
        train.main("tiny", tmp_path / "out", data=str(tmp_path / "nowhere"))
    assert "\n" not in str(error.value) and not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", list(train.PRESETS))
def test_presets_fit_the_grid(name):
    config = train.PRESETS[name]
    assert config.side % 8 == 0 and config.batch > 0 and 0 < config.rollout_from < 1


def test_a_run_may_start_from_weights(short, whole, data, tmp_path):
    given = whole[0].out / "painter.safetensors"
    run = train.Run(CONFIG, tmp_path, False, given)
    assert run.step == 0
    for a, b in zip(jax.tree.leaves(run.params), jax.tree.leaves(load_network(given)[1])):
        np.testing.assert_array_equal(a, b)


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_checkpoint(short, data, tmp_path, monkeypatch):
    one_step = train.Run.one_step

    def breaks(run, samples, progress):
        loss = one_step(run, samples, progress)
        return float("nan") if run.step == 3 else loss

    monkeypatch.setattr(train.Run, "one_step", breaks)
    with pytest.raises(ValueError, match="not a number at step 3; the checkpoint of step [12] is kept"):
        train.main("short", tmp_path, data=str(data))
    assert train.Run(CONFIG, tmp_path, True, preset="short").step in (1, 2)


def test_checkpoints_of_others_and_cut_ones_are_refused(whole, tmp_path):
    shutil.copytree(whole[0].out, tmp_path / "run")
    with pytest.raises(ValueError, match="made by preset 'short', not 'base'"):
        train.Run(CONFIG, tmp_path / "run", True, preset="base")
    largest = max((p for p in (tmp_path / "run").rglob("*") if p.is_file() and "checkpoints" in p.parts),
                  key=lambda p: p.stat().st_size)  # fmt: skip
    largest.write_bytes(largest.read_bytes()[:100])
    with pytest.raises(ValueError, match="cannot be read") as error:
        train.Run(CONFIG, tmp_path / "run", True, preset="short")
    assert "\n" not in str(error.value)


def test_curve_and_sheet_are_drawn(short, data, tmp_path):
    train.main("short", tmp_path, data=str(data))
    with Image.open(tmp_path / "samples.png") as sheet:
        assert sheet.size == (train.SHEET * SIDE, 3 * SIDE)
    progress.save_curve(tmp_path / "loss.png", [{"step": k, "loss": 1 / (k + 1)} for k in range(9)])
    with Image.open(tmp_path / "loss.png") as curve:
        assert curve.size == progress.SIZE
