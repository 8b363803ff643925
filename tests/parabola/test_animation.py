"""A still becomes a clip: what is cut out, what moves, what stays, what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

import parabola
from parabola import cli
from parabola.animation import Animation, Setting, from_words
from physics.predictor.cutting import cut_still


def scene(plain: bool = True) -> np.ndarray:
    """A blue ball of radius 12 at (60, 40) and an orange box at (30, 88), on a plain or a patterned
    ground.
    """
    rng = np.random.default_rng(0)
    wave = (
        np.zeros((120, 160, 3)) if plain else gaussian_filter(rng.normal(0, 1, (120, 160, 3)), (3, 3, 0)) * 60
    )
    ground = np.array([150.0, 160.0, 140.0]) + wave
    y, x = np.indices((120, 160)) + 0.5
    ball = np.clip(12 - np.hypot(x - 60, y - 40) + 0.5, 0, 1)[..., None]
    box = ((abs(x - 30) < 10) & (abs(y - 88) < 8))[..., None]
    return np.clip(np.where(box, [220, 120, 20], ground * (1 - ball) + ball * [20, 30, 200]), 0, 255).astype(
        np.uint8
    )


@pytest.mark.parametrize("plain", [True, False])
def test_objects_are_cut_to_the_pixel_and_the_ground_closes_behind_them(plain):
    pieces, plate = cut_still(scene(plain) / 255.0, ((44.0, 24.0, 32.0, 32.0),))
    (ball,) = pieces
    np.testing.assert_allclose(ball.centre, [60, 40], atol=0.8)
    assert ball.look.alpha.sum() == pytest.approx(np.pi * 144, rel=0.06) and ball.round > 0.85
    assert np.abs(plate[30:50, 50:70].mean((0, 1)) * 255 - [150, 160, 140]).max() < 12


def test_objects_are_found():
    pieces, _ = cut_still(scene() / 255.0)
    found = sorted(tuple(p.centre.round()) for p in pieces)
    assert found == [(30, 88), (60, 40)]


def test_a_ball_on_a_horizon_leaves_the_horizon_and_takes_its_shadow_along():
    y, x = np.indices((160, 240)) + 0.5
    ground = np.where((y > 120)[..., None], [150.0, 120.0, 90.0], [180.0, 200.0, 220.0])
    shade = 0.5 * np.exp(-(((x - 110) / 22) ** 2) - ((y - 126) / 6) ** 2) * (y > 120)
    ball = np.clip(20 - np.hypot(x - 104, y - 106) + 0.5, 0, 1)[..., None]
    still = ground * (1 - shade[..., None]) * (1 - ball) + ball * [200, 40, 30]
    (piece,), plate = cut_still(still / 255.0)
    np.testing.assert_allclose(piece.centre, [104, 106], atol=1.5)
    assert np.abs(plate * 255 - ground)[90:135, 84:124].mean() < 4
    assert piece.shadow is not None and 0.25 < piece.shadow.alpha.max() < 0.7


def test_the_first_frame_is_the_still_and_what_does_not_move_stays_as_it_was():
    still = scene()
    made = Animation(still, 12, 24.0, Setting(ground=110.0))
    frames = list(made)
    assert np.array_equal(frames[0], still)
    assert np.array_equal(frames[3][:20], still[:20])


def test_a_ball_falls_as_gravity_says_and_bounces_on_the_ground_line():
    made = Animation(scene(), 40, 24.0, Setting(objects=((44, 24, 32, 32),), ground=110.0))
    told = made.trajectories().to_dict()
    y = [p[1] for p in told["objects"][0]["position_px"]]
    g = 9.81 * (160 / 3) / 24**2
    assert y[3] == pytest.approx(40 + 0.5 * g * 16, abs=1.0)
    assert max(y) <= 98.8 and told["events"][0]["kind"] == "bounce"


def test_a_push_pushes_and_rolls():
    frames = list(Animation(scene(), 10, 24.0, Setting(ground=52.0, pushes=((60, 40, 96, 0),))))
    blue = (frames[9].astype(int)[..., 2] - frames[9][..., 0]) > 100
    assert np.nonzero(blue)[1].mean() == pytest.approx(60 + 9 * 4, abs=2.0)


def test_words_set_gravity_and_wind():
    assert from_words("a ball falls on the Moon")["gravity"][1] == pytest.approx(1.62, abs=0.02)
    assert from_words(None) == {}


def test_from_python():
    clip = parabola.generate("", image=scene(), num_frames=4)
    assert clip.frames.shape == (4, 120, 160, 3)
    with pytest.raises(ValueError, match="no object stands out"):
        parabola.generate("", image=np.full((64, 64, 3), 90, np.uint8), num_frames=4)
    with pytest.raises(ValueError, match="give uint8"):
        parabola.generate("", image=np.zeros((64, 64)), num_frames=4)


@pytest.fixture
def still(tmp_path):
    path = tmp_path / "still.png"
    Image.fromarray(scene()).save(path)
    return path


def test_the_command(still, tmp_path, capsys):
    out = tmp_path / "clip.mkv"
    flags = [
        "--object",
        "44,24,32,32",
        "--push",
        "60,40,50,-20",
        "--ground",
        "110",
        "--frames",
        "5",
        "--json",
    ]
    assert cli.main(["generate", "--image", str(still), "-o", str(out), *flags]) == 0
    assert json.loads(capsys.readouterr().out)["objects"] == [
        [pytest.approx(60, abs=1), pytest.approx(40, abs=1)]
    ]
    assert np.array_equal(next(iter(parabola.load_clip(out))), scene())


@pytest.mark.parametrize("flags, words", [
    (["--push", "1,2,3"], "x,y,vx,vy"), (["--push", "150,10,5,5"], "no object there"),
    (["--object", "10,10,1,1"], "too small"), (["--object", "100,10,20,20"], "stands out"),
    (["--object", "0,0,160,120"], "smaller box"), (["--loop"], "--loop"), (["--size", "64x64"], "--size"),
])  # fmt: skip
def test_bad_flags_are_one_line(still, tmp_path, capsys, flags, words):
    assert cli.main(["generate", "--image", str(still), "-o", str(tmp_path / "x.mkv"), *flags]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


def test_flags_of_a_still_need_a_still(tmp_path, capsys):
    assert cli.main(["generate", "a ball", "-o", str(tmp_path / "x.mkv"), "--push", "1,2,3,4"]) == 2
    assert "--push needs --image" in capsys.readouterr().err
