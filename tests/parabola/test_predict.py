"""`parabola.predict` and `parabola predict`: what is given back, what is said, what is refused."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

import parabola
from parabola import cli
from parabola.media import open_writer, read_clip

WHITE = np.full((64, 96, 3), 255, np.uint8)


def ball(
    count: int, start=(20.0, 20.0), v=(2.0, 0.5), a=(0.0, 0.0), ground: np.ndarray = WHITE
) -> np.ndarray:
    """A red disc of radius 8 on a background, uint8 (count, H, W, 3)."""
    y, x = np.indices(ground.shape[:2]) + 0.5
    t = np.arange(float(count))[:, None]
    path = np.array(start) + t * np.array(v) + 0.5 * t * t * np.array(a)
    alpha = [np.clip(8 - np.hypot(x - p[0], y - p[1]) + 0.5, 0, 1)[..., None] for p in path]
    return np.array([np.round(ground * (1 - m) + m * np.array([200, 40, 30])) for m in alpha], np.uint8)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((a.astype(float) - b) ** 2), 1e-12)))


def test_three_frames_are_continued():
    film = ball(13, a=(0.0, 0.2))
    clip = parabola.predict(film[:3], num_frames=10, fps=10.0)
    assert clip.frames.shape == (10, 64, 96, 3) and clip.frames.dtype == np.uint8 and clip.fps == 10.0
    assert min(psnr(made, true) for made, true in zip(clip.frames, film[3:])) > 40


def test_the_state_says_what_comes_and_how_sure_that_is():
    told = parabola.predict(ball(3, a=(0.0, 0.2)), num_frames=6).trajectories.to_dict()
    assert (
        told["num_frames"] == 6
        and told["width"] == 96
        and told["physics"]["gravity_px_per_frame2"][1] == pytest.approx(0.2, abs=0.01)
    )
    (thing,) = told["objects"]
    assert thing["model"] == "ballistic" and thing["confident"] and len(thing["observed_px"]) == 3
    assert thing["position_px"][3] == pytest.approx([20 + 2 * 6, 20 + 0.5 * 6 + 0.1 * 36], abs=0.05)
    assert thing["radius_px"][0] == pytest.approx(8, abs=0.05)
    assert thing["sigma_px"][5] > thing["sigma_px"][0] > 0


def test_what_leaves_the_picture_has_left():
    told = parabola.predict(ball(3, v=(9.0, 0.0)), num_frames=12).trajectories.to_dict()
    (thing,) = told["objects"]
    assert thing["position_px"][-1] is None and thing["visible"][-1] == 0.0 and thing["visible"][0] == 1.0


def test_the_same_frames_give_the_same_bytes():
    first, second = (parabola.predict(ball(4), num_frames=5).frames for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("level", [0, 120])
def test_a_still_clip_stays_and_says_so(level):
    still = np.full((5, 40, 50, 3), level, np.uint8)
    with pytest.warns(UserWarning, match="still|black"):
        clip = parabola.predict(still, num_frames=3)
    assert np.array_equal(clip.frames, still[:3])


def test_the_last_shot_is_continued_and_named():
    film = np.concatenate([np.full((6, 64, 96, 3), 30, np.uint8), ball(5)])
    with pytest.warns(UserWarning, match="2 shots: the last one, frames 6 to 10"):
        clip = parabola.predict(film, num_frames=2)
    assert psnr(clip.frames[1], ball(7)[6]) > 40


@pytest.mark.parametrize("frames, words", [
    (ball(2), "at least 3"), (ball(4).astype(float), "uint8"), (ball(4)[..., 0], "uint8 of shape"),
    (np.zeros((0, 64, 64, 3), np.uint8), "at least 3"), (ball(4)[:, :8, :8], "out of range"),
])  # fmt: skip
def test_what_cannot_be_continued_is_refused(frames, words):
    with pytest.raises(ValueError, match=words) as refused:
        parabola.predict(frames, num_frames=3)
    assert "\n" not in str(refused.value)


def test_alpha_is_left_out():
    film = np.concatenate([ball(3), np.full((3, 64, 96, 1), 255, np.uint8)], axis=-1)
    assert parabola.predict(film, num_frames=1).frames.shape == (1, 64, 96, 3)


def test_gravity_can_be_told():
    from physics.predictor import Priors

    film = ball(3, v=(2.0, 0.0))
    told = parabola.predict(film, num_frames=9, priors=Priors(gravity=(0.0, 0.0))).trajectories.to_dict()
    assert told["objects"][0]["position_px"][8][1] == pytest.approx(20, abs=0.05)


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mkv"
    with open_writer(path, width=96, height=64, fps=12) as writer:
        for frame in ball(9):
            writer.write(frame)
    return path


def run(*args) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return cli.main([str(a) for a in args])


def test_the_command_writes_frames_and_state(film, tmp_path, capsys):
    out, state = tmp_path / "next.mkv", tmp_path / "state.json"
    assert run("predict", film, "-o", out, "--frames", 6, "--context", 4, "--state", state, "--json") == 0
    made, told = read_clip(out), json.loads(state.read_text())
    assert (made.num_frames, made.fps, made.width, made.height) == (6, 12.0, 96, 64)
    assert psnr(np.stack(list(made))[-1], ball(10)[9]) > 40
    assert told["num_frames"] == 6 and told["objects"][0]["observed_frames"] == [0, 1, 2, 3]
    assert json.loads(capsys.readouterr().out)["objects"][0]["model"] == "uniform"


@pytest.mark.parametrize("more, words", [
    (["--frames", "3", "--context", "2"], "at least 3"), ([], "--frames"), (["--frames", "0"], "1 to"),
])  # fmt: skip
def test_bad_flags_are_one_line(film, tmp_path, capsys, more, words):
    assert run("predict", film, "-o", tmp_path / "x.mkv", *more) == 2
    error = capsys.readouterr().err
    assert error.startswith("parabola: error:") and words in error and error.count("\n") == 1
    assert not (tmp_path / "x.mkv").exists()
