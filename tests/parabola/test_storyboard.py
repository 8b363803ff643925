"""Storyboards: shots in order in one clip, each the scene that it would be alone; what is wrong is named."""

from __future__ import annotations

import json

import numpy as np
import pytest

import parabola
from parabola.cli import main
from parabola.media import read_clip, read_metadata
from parabola.prompts import scene_from_prompt
from parabola.scene_file import dump_scene, parse_scene
from parabola.storyboard import is_storyboard, load_storyboard

BOARD = """
size: 64x48
fps: 12
seed: 5
shots:
  - prompt: a red ball bounces on a wooden floor
    seconds: 0.25
  - scene: other.yaml
    seconds: 0.5
"""
OTHER = scene_from_prompt("a steel ball rolls on marble", seed=2)[0]


@pytest.fixture
def board(tmp_path):
    (tmp_path / "other.yaml").write_text(dump_scene(OTHER))
    path = tmp_path / "board.yaml"
    path.write_text(BOARD)
    return path


def test_shots_are_cut_together(board, tmp_path, capsys):
    out = tmp_path / "film.mkv"
    assert main(["generate", str(board), "-o", str(out), "--guide-only", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["num_frames"], told["cuts"]) == (9, [0, 3])
    frames = np.stack(list(read_clip(out)))
    shots = [parse_scene(text) for text in read_metadata(out)["shots"]]
    assert shots[0] == load_storyboard(board)[0].scene and shots[1].bodies == OTHER.bodies
    for shot, first in zip(shots, told["cuts"], strict=True):
        alone = parabola.generate(shot, guide_only=True).frames
        np.testing.assert_array_equal(frames[first : first + len(alone)], alone)


def test_flags_win_over_the_file(board):
    shots = load_storyboard(board, size=(80, 32), fps=24.0, seed=9)
    assert {(s.scene.width, s.scene.height, s.scene.fps) for s in shots} == {(80, 32, 24.0)}
    assert [s.scene.num_frames for s in shots] == [6, 12]
    assert shots[0].scene.seed == 9


def test_what_is_a_storyboard(board, tmp_path):
    assert is_storyboard(board) and not is_storyboard(tmp_path / "other.yaml")
    assert not is_storyboard(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    "text, said",
    (
        ("shots: []", "1 to 100 shots"),
        ("shots: [{prompt: a ball, scene: other.yaml}]", r"shots\[0\]: give a prompt or a scene"),
        ("shots: [{prompt: a ball}, {seconds: 2}]", r"shots\[1\]: give a prompt or a scene"),
        ("shots: [{prompt: a zebra}]", r"shots\[0\]: .*no ball"),
        ("shots: [{prompt: a ball, seconds: 0}]", r"shots\[0\]: "),
        ("shots: [{scene: nowhere.yaml}]", "cannot read it"),
        ("shots: [{prompt: a ball, camera: x}]", "unknown field 'camera'"),
        ("shots: [3]", r"shots\[0\]: expected fields"),
        ("fps: -1\nshots: [{prompt: a ball}]", "frames per second"),
        ("film: 1\nshots: [{prompt: a ball}]", "unknown field 'film'"),
    ),
)
def test_what_is_wrong_is_named(tmp_path, text, said):
    path = tmp_path / "board.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=said) as error:
        load_storyboard(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("flag", (["--loop"], ["--seconds", "2"], ["--vary", "seed=1,2"], ["--dry-run"]))
def test_flags_that_do_not_go_with_it(board, tmp_path, flag, capsys):
    assert main(["generate", str(board), "-o", str(tmp_path / "x.mp4"), *flag]) == 2
    assert "does not go with a storyboard" in capsys.readouterr().err


def test_cuts_are_on_a_timeline(tmp_path, monkeypatch):
    otio = pytest.importorskip("opentimelineio")
    from parabola import pipeline
    from parabola.storyboard import generate_storyboard

    def frames(scene, **_how):
        for _ in range(scene.num_frames):
            yield np.zeros((scene.height, scene.width, 3), np.uint8)

    monkeypatch.setattr(pipeline, "frames", frames)
    (tmp_path / "board.yaml").write_text(
        "size: 64x64\nshots: [{prompt: a ball, seconds: 0.5}, {prompt: a red ball, seconds: 0.25}]"
    )
    shots = load_storyboard(tmp_path / "board.yaml")
    generate_storyboard(shots, tmp_path / "cut.mkv", timeline=tmp_path / "cut.otio")
    clips = list(otio.adapters.read_from_file(str(tmp_path / "cut.otio")).find_clips())
    assert [(c.source_range.start_time.value, c.duration().value) for c in clips] == [(0, 12), (12, 6)]
    assert all(c.media_reference.target_url == "cut.mkv" for c in clips)
    assert clips[0].available_range().duration.value == 18
