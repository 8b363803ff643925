"""The command line: flags, statuses, one-line errors, nothing written when refused."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
import yaml

from parabola import checks, cli, commands
from parabola.scene_file import parse_scene


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)

    def call(*args):
        status = cli.main([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return status, out, err

    return call


def refused(result, *words):
    status, out, err = result
    assert status == 2 and out == ""
    assert err.startswith("parabola: error: ") and err.count("\n") == 1 and "Traceback" not in err
    for word in words:
        assert word in err, err


BAD = [
    ([], "give a command"),
    (["frob"], "frob"),
    (["generate"], "PROMPT"),
    (["generate", "a ball"], "-o"),
    (["generate", "a ball", "-o", "x.mp4", "--frobnicate"], "--frobnicate"),
    (["generate", "a ball", "-o", "x.mp4", "--sead", "3"], "did you mean --seed"),
    (["generate", "a ball", "-o", "x.mp4", "--see", "3"], "--see"),
    (["generate", "a", "ball", "-o", "x.mp4"], "quote"),
    (["generate", "a ball", "-o"], "-o"),
    (["generate", "a ball", "-o", "no/where/x.mp4"], "does not exist"),
    (["generate", "a ball", "-o", "."], ""),
    (["generate", "a ball", "-o", "x.docx"], ".mp4"),
    (["generate", "a ball", "-o", "x"], ".mp4"),
    (["generate", "a ball", "-o", "x.mp4", "--size", "8x8"], "16"),
    (["generate", "a ball", "-o", "x.mp4", "--size", "9999x64"], "8192"),
    (["generate", "a ball", "-o", "x.mp4", "--size", "foo"], "WIDTHxHEIGHT"),
    (["generate", "a ball", "-o", "x.mp4", "--size", "65x64"], "66x64"),
    (["generate", "a ball", "-o", "x.mp4", "--size", "-5x5"], ""),
    (["generate", "a ball", "-o", "x.mp4", "--size", "8192x8192"], "GB"),
    (["generate", "a ball", "-o", "x.mp4", "--frames", "0"], "--frames"),
    (["generate", "a ball", "-o", "x.mp4", "--frames", "2.5"], "whole"),
    (["generate", "a ball", "-o", "x.mp4", "--frames", "1000001"], "out of range"),
    (["generate", "a ball", "-o", "x.mp4", "--frames", "9", "--seconds", "2"], "one of them"),
    (["generate", "a ball", "-o", "x.mp4", "--seconds", "nan"], "finite"),
    (["generate", "a ball", "-o", "x.mp4", "--seconds", "0"], "0 frames"),
    (["generate", "a ball", "-o", "x.mp4", "--seconds", "-3"], "frames"),
    (["generate", "a ball", "-o", "x.mp4", "--seconds", "1e99"], "frames"),
    (["generate", "a ball", "-o", "x.mp4", "--fps", "0"], "--fps"),
    (["generate", "a ball", "-o", "x.mp4", "--fps", "inf"], "finite"),
    (["generate", "a ball", "-o", "x.mp4", "--steps", "5"], "1 to 4"),
    (["generate", "a ball", "-o", "x.mp4", "--steps", "0"], "1 to 4"),
    (["generate", "a ball", "-o", "x.mp4", "--seed", "1.5"], "whole"),
    (["generate", "a ball", "-o", "x.mp4", "--seed", "-2"], "-1"),
    (["generate", "a ball", "-o", "x.mp4", "--passes", "depth,foo"], "foo"),
    (["generate", "a ball", "-o", "x.mp4", "--passes", ""], "pass"),
    (["generate", "a ball", "-o", "x.mp4", "--image", "none.png"], "none.png"),
    (["generate", "a ball", "-o", "x.mp4", "--trajectories", "no/t.json"], "does not exist"),
    (["generate", "a ball", "-o", "x.mp4", "--trajectories", "x.mp4"], "same file"),
    (["generate", "", "-o", "x.mp4"], "empty"),
    (["generate", "a cat", "-o", "x.mp4"], "cat"),
    (["generate", "99 balls", "-o", "x.mp4"], "32"),
    (["generate", "none.yaml", "-o", "x.mp4"], "none.yaml"),
    (["predict", "none.mp4", "-o", "x.mp4", "--frames", "3"], "none.mp4"),
    (["correct", "none.mp4", "-o", "x.mp4"], "none.mp4"),
    (["inspect", "none.mp4"], "none.mp4"),
    (["bench", "nonesuch"], "nonesuch"),
    (["train"], "PRESET"),
    (["train", "x", "--out", "no/where/y"], "does not exist"),
]


@pytest.mark.parametrize(
    ("args", "word"), BAD, ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else ""
)
def test_bad_input_is_status_2_and_one_line(run, tmp_path, args, word):
    refused(run(*args), word)
    assert list(tmp_path.iterdir()) == []


def test_predict_and_correct_do_not_pretend(run, tmp_path):
    (tmp_path / "c.mp4").write_bytes(b"x")
    refused(run("predict", "c.mp4", "-o", "x.mp4", "--frames", "3"), "c.mp4")
    refused(run("correct", "c.mp4", "-o", "x.mp4"), "c.mp4")


def test_an_older_file_survives_a_refused_run(run, tmp_path):
    (tmp_path / "x.mp4").write_bytes(b"old")
    refused(run("generate", "a waterfall", "-o", "x.mp4"))
    assert (tmp_path / "x.mp4").read_bytes() == b"old"


def test_read_only_folder(run, tmp_path, monkeypatch):
    monkeypatch.setattr(checks.os, "access", lambda *_: False)
    refused(run("generate", "a ball", "-o", "x.mp4"), "not writable")


def test_dry_run_prints_a_scene_that_reads_back(run, tmp_path):
    status, out, err = run(
        "generate",
        "a zorgly red ball bounces",
        "--dry-run",
        "--seed",
        "4",
        "--size",
        "832*480",
        "--num_frames",
        "7",
    )
    assert (
        status == 0
        and err == "parabola: note: did not understand: zorgly\n"
        and "# not understood: zorgly" in out
    )
    scene = parse_scene(out)
    assert (scene.width, scene.height, scene.num_frames, scene.seed) == (832, 480, 7, 4)
    (tmp_path / "s.yaml").write_text(out)
    status, again, _ = run("generate", "s.yaml", "--dry-run")
    assert status == 0 and parse_scene(again) == scene
    status, changed, _ = run(
        "generate", "s.yaml", "--dry-run", "--frames", "9", "--fps", "30", "--size", "64x64"
    )
    scene = parse_scene(changed)
    assert (scene.num_frames, scene.fps, scene.width) == (9, 30.0, 64)


def test_scene_file_errors_name_file_and_line(run, tmp_path):
    (tmp_path / "s.yaml").write_text("bodies:\n  - radius: -1\n")
    refused(run("generate", "s.yaml", "-o", "x.mp4"), "s.yaml:2: bodies[0].radius")


@pytest.mark.parametrize("flag", ["--frames", "--num-frames", "--num_frames", "--frame_num", "--frame-num"])
def test_spellings_of_other_tools(run, flag):
    status, out, _ = run(
        "generate",
        "--prompt",
        "a ball",
        "--dry-run",
        flag,
        "5",
        "--base_seed",
        "3",
        "--frame_rate",
        "30",
        "--width",
        "64",
    )
    scene = yaml.safe_load(out)
    assert status == 0 and (scene["num_frames"], scene["seed"], scene["fps"], scene["width"]) == (
        5,
        3,
        30.0,
        64,
    )


def test_seconds_times_fps(run):
    _, out, _ = run("generate", "a ball", "--dry-run", "--seconds", "2.5", "--fps", "30")
    assert yaml.safe_load(out)["num_frames"] == 75


def test_random_seed_is_printed_and_used(run):
    status, out, err = run("generate", "a ball", "--dry-run", "--seed", "-1")
    assert status == 0 and err == f"parabola: note: seed {yaml.safe_load(out)['seed']}\n"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512x512", (512, 512)),
        ("832*480", (832, 480)),
        ("720p", (1280, 720)),
        ("64", (64, 64)),
        ("640X360", (640, 360)),
        ("640×360", (640, 360)),
    ],
)
def test_sizes(text, size):
    assert checks.size(text) == size


def test_generate_hands_everything_to_the_pipeline(run, monkeypatch):
    seen = {}

    class Pipeline:
        @staticmethod
        def generate(scene, **kw):
            seen.update(kw, scene=scene)
            return {"frames": scene.num_frames}

    import parabola

    monkeypatch.setitem(sys.modules, "parabola.pipeline", Pipeline)
    monkeypatch.setattr(parabola, "pipeline", Pipeline, raising=False)
    status, out, _ = run(
        "generate",
        "a ball",
        "-o",
        "x.mkv",
        "--json",
        "--steps",
        "3",
        "--guide-only",
        "--no-correct",
        "--passes",
        "depth,id",
        "--trajectories",
        "t.json",
        "--frames",
        "4",
    )
    assert status == 0 and json.loads(out)["frames"] == 4
    assert (seen["steps"], seen["guide_only"], seen["correct"], seen["passes"]) == (
        3,
        True,
        False,
        ("depth", "id"),
    )
    assert seen["trajectories"] == "t.json" and str(seen["out"]) == "x.mkv"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (KeyboardInterrupt(), 130),
        (RuntimeError("boom\nbang"), 1),
        (ValueError("bad\nthing"), 2),
        (PermissionError(13, "denied"), 2),
        (MemoryError(), 1),
    ],
)
def test_exit_statuses(run, monkeypatch, error, status):
    def fail(_):
        raise error

    monkeypatch.setattr(commands, "generate", fail)
    code, _, err = run("generate", "a ball", "-o", "x.mp4")
    assert code == status and err.strip().count("\n") == 0 and "Traceback" not in err


def test_help_is_quick_and_imports_no_jax():
    code = (
        "import sys; from parabola import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit as e: print(e.code, 'jax' in sys.modules, 'numpy' in sys.modules)"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("0 False False")
    assert time.perf_counter() - start < 3.0  # half a second on an idle machine


@pytest.mark.parametrize("command", ["generate", "predict", "correct", "train", "bench", "inspect"])
def test_every_command_has_help(run, command):
    with pytest.raises(SystemExit) as left:
        run(command, "--help")
    assert left.value.code == 0


def test_dry_run_imports_no_jax():
    code = (
        "import sys; from parabola import cli; cli.main(['generate', 'a ball', '--dry-run'])\n"
        "print('jax' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "False"
