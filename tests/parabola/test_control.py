"""Exact control: what follows keys, pictures on balls, neutral light, negative words; refusals with
reasons.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from parabola.cli import main
from parabola.control.brand import balanced, unreachable
from parabola.control.cues import check_cues
from parabola.control.negative import scene_of_words
from parabola.control.negative import tests_of as words_of
from parabola.control.remap import parse_remap
from parabola.scene_file import dump_scene, parse_scene
from parabola.trajectories import build
from physics.rigid import simulate
from physics.scene import Body, Camera, Force, Light, Ocean, Scene, Surface, TimeKey, Waypoint, WindKey
from physics.texture import levels, printed
from physics.timing import film_at, simulated_at

BALL = Body(position=(0.0, 3.0, 0.0))
AIRLESS = Scene(bodies=(BALL,), fluid_density=0.0, num_frames=25)


def test_time_goes_as_the_keys_say():
    keys = (
        TimeKey(film_s=0.0, simulated_s=0.0),
        TimeKey(film_s=0.5, simulated_s=0.1),
        TimeKey(film_s=1.0, simulated_s=0.7),
    )
    scene = replace(AIRLESS, time_keys=keys)
    assert [simulated_at(scene, t) for t in (0.0, 0.25, 0.5, 0.75, 2.0)] == pytest.approx(
        [0, 0.05, 0.1, 0.4, 1.9]
    )
    assert film_at(scene, simulated_at(scene, 0.83)) == pytest.approx(0.83)
    shown = np.array([simulated_at(scene, k / 24) for k in range(25)])
    assert np.allclose(simulate(scene).position[:, 0, 1], 3.0 - 4.905 * shown**2, atol=1e-9)
    tracks = build(scene, simulate(replace(scene, bodies=(replace(BALL, position=(0, 1.0, 0)),))))
    bounce = next(e for e in tracks.events if e.kind == "bounce")
    assert simulated_at(scene, bounce.time_s) == pytest.approx(np.sqrt(2 * 0.89 / 9.81), abs=1e-4)


def test_a_force_gives_momentum():
    force = Force(body=0, at_s=0.25, until_s=0.5, force=(2.0, 0.0, 0.0))
    end = simulate(replace(AIRLESS, forces=(force,))).velocity[14, 0]  # before it falls on the floor
    mass = 1100 * 4 / 3 * np.pi * 0.11**3
    assert end[0] == pytest.approx(2.0 * 0.25 / mass, rel=1e-6)
    free = simulate(replace(AIRLESS, forces=(replace(force, force=(0.0, 0.0, 0.0)),)))
    assert np.allclose(free.position, simulate(AIRLESS).position, atol=1e-9)


def test_wind_follows_its_keys():
    light = Scene(bodies=(replace(BALL, density=20.0),), num_frames=25, gravity=(0.0, 0.0, 0.0))
    still, gust = WindKey(at_s=0.5), WindKey(at_s=0.75, wind=(10.0, 0.0, 0.0))
    path = simulate(replace(light, wind_keys=(still, gust))).position[:, 0, 0]
    assert np.abs(path[:12]).max() < 1e-9 and path[24] > 0.05
    steady = simulate(replace(light, wind=(10.0, 0.0, 0.0))).position
    keyed = simulate(replace(light, wind_keys=(WindKey(wind=(10.0, 0.0, 0.0)),))).position
    assert np.allclose(steady, keyed, atol=1e-6)


@pytest.mark.parametrize("change, words", [
    ({"time_keys": (TimeKey(),)}, "two or more"),
    ({"time_keys": (TimeKey(), TimeKey(film_s=1.0, simulated_s=0.0))}, "runs back"),
    ({"forces": (Force(body=3),)}, "no ball 3"),
    ({"forces": (Force(at_s=2.0, until_s=1.0),)}, "ends before"),
    ({"wind_keys": (WindKey(),), "ocean": Ocean()}, "ocean does not follow"),
    ({"forces": (Force(),), "bodies": (replace(BALL, reach=(Waypoint(position=(0, 1, 0)),)),)}, "reach"),
    ({"bodies": (replace(BALL, texture="none.png"),)}, "no file none.png"),
])  # fmt: skip
def test_impossible_cues_are_refused(change, words):
    with pytest.raises(ValueError, match=words) as caught:
        check_cues(replace(AIRLESS, **change))
    assert "\n" not in str(caught.value)


def test_a_scene_file_holds_all_of_it(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "logo.png")
    text = """
bodies: [{position: [0, 1, 0], texture: logo.png, texture_size: 1.0}]
wind_keys: [{at_s: 0, wind: [1, 0, 0]}]
forces: [{body: 0, at_s: 0.5, until_s: 0.7, force: [0, 20, 0]}]
time_keys: [{film_s: 0, simulated_s: 0}, {film_s: 1, simulated_s: 0.5}]
camera: {focal_mm: 35, move: handheld, rate: 1}
"""
    scene = parse_scene(text, "a.yaml", tmp_path)
    assert parse_scene(dump_scene(scene)) == scene
    (tmp_path / "logo.png").write_text("no picture")
    with pytest.raises(ValueError, match=r"a.yaml:2: bodies\[0\].texture: logo.png is no picture"):
        parse_scene(text, "a.yaml", tmp_path)


def test_a_picture_lies_on_the_ball_as_it_was_drawn(tmp_path):
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[:32, 32:] = (255, 0, 0, 255)  # top right is red, the rest clear
    Image.fromarray(picture).save(tmp_path / "logo.png")
    at = np.float32([[0.2, 0.2, 1.0], [-0.2, 0.2, 1.0], [0.2, -0.2, 1.0], [-0.2, 0.2, -1.0]])
    at /= np.linalg.norm(at, axis=-1, keepdims=True)
    base = np.full((4, 3), 0.25, np.float32)
    seen = np.asarray(
        printed(base, at.T, np.full(4, 1e-3, np.float32), levels(str(tmp_path / "logo.png")), 1.0)
    )
    assert np.allclose(seen[[0, 3]], [1, 0, 0], atol=1e-3) and np.allclose(seen[[1, 2]], 0.25)


def test_neutral_light_is_neutral():
    scene = Scene(bodies=(BALL,), light=Light(sun_irradiance=(3.0, 2.0, 1.0)))
    light = balanced(scene).light
    assert len({round(c, 9) for c in light.sun_irradiance}) == 1 and light.keep_colours


def test_a_colour_that_no_lit_surface_shows_is_refused():
    bright = replace(AIRLESS, bodies=(replace(BALL, surface=Surface(colour=(1.0, 0.53, 0.0))),))
    ((ball, code, nearest),) = unreachable(bright)
    assert (ball, code) == (0, "#ff8700") and nearest.startswith("#f1")
    assert not balanced(bright).light.keep_colours
    with pytest.raises(ValueError, match="brighter than a lit surface can show"):
        parse_scene(
            "bodies: [{position: [0, 1, 0], surface: {colour: '#ff8800'}}]\nlight: {keep_colours: true}"
        )
    for code in ("#0057b8", "#c8102e", "#7f7f7f", "#000000"):
        colour = tuple(int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))
        assert not unreachable(replace(AIRLESS, bodies=(replace(BALL, surface=Surface(colour=colour)),)))


def test_negative_words_are_drawn_away_or_refused():
    given = {"seed": 0, "num_frames": 4}
    for seed in range(6):
        scene, unknown = scene_of_words("a ball bounces", "red, low quality", {**given, "seed": seed})
        assert not words_of("red")[0]["red"](scene) and scene.seed == seed
        assert unknown == ("low quality",)
    with pytest.raises(ValueError, match="'red' is in every scene"):
        scene_of_words("a red ball bounces", "red", given)
    shaky = replace(AIRLESS, camera=Camera(move="handheld"))
    assert words_of("camera movement")[0]["camera movement"](shaky)
    assert words_of("rain; wood, fire")[1] == ()


def test_remap_flags():
    assert parse_remap("0:0,1:2") == (TimeKey(), TimeKey(film_s=1.0, simulated_s=2.0))
    for text in ("1:1", "a:b,c:d", "1", "0:0,1"):
        with pytest.raises(ValueError, match="give"):
            parse_remap(text)


BAD = [
    (["generate", "a ball", "-o", "a.mp4", "--camera", "spin:3"], "unknown camera move"),
    (["generate", "a ball", "-o", "a.mp4", "--sensor", "36"], "--focal"),
    (["generate", "a ball", "-o", "a.mp4", "--codec", "prores-4444"], "goes into .mov"),
    (["generate", "a ball", "-o", "a.mov", "--codec", "prores-hq", "--alpha"], "prores-4444"),
    (["generate", "a ball", "-o", "a.mp4", "--size", "321x192"], "322x192"),
    (["generate", "a ball", "-o", "a.webm", "--timecode", "01:00:00:00"], "holds none"),
    (["generate", "a ball", "-o", "a.mov", "--timecode", "99:00:00:00"], "cannot be read"),
    (["generate", "a ball", "-o", "a.mp4", "--layers", "nuke"], "a.%04d.exr"),
    (["generate", "a ball", "-o", "a.mp4", "--start-frame", "1001"], "no sequence"),
    (["generate", "a ball", "-o", "a.mxf", "--fps", "48", "--size", "512x256"], "or write .mov"),
    (["generate", "a red ball", "-o", "a.mp4", "--negative-prompt", "red"], "in every scene"),
    (["generate", "a ball", "-o", "a.mp4", "--time-remap", "0:1,1:0"], "runs back"),
    (["generate", "a ball", "-o", "no/such/folder/a.mp4"], "does not exist"),
    (["plate", "a ball", "--shot", "SH 010"], "--shot"),
    (["plate", "a ball"], "missing"),
    (["plate", "a ball", "--shot", "S", "--timecode", "1"], "time code"),
    (["flipbook", "a ball", "-o", "a.jpg"], "PNG"),
    (["flipbook", "a ball", "-o", "a.png", "--budget", "1000x1000"], "powers of two"),
    (["flipbook", "ocean at dusk", "-o", "a.png"], "--no-alpha"),
    (["flipbook", "a ball", "-o", "a.png", "--sheets", "sixway"], "leave sixway out"),
    (["flipbook", "a ball", "-o", "a.png", "--sheets", "gloss"], "unknown sheet"),
]


@pytest.mark.parametrize("words, told", BAD)
def test_bad_input_is_one_line_and_leaves_nothing(words, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-1].startswith("parabola: error: ") and told in lines[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_plainly(monkeypatch, capsys):
    import errno

    from parabola import commands

    def full(_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(commands, "generate", full)
    assert main(["generate", "a ball", "-o", "a.mp4"]) == 2
    assert "the disk is full" in capsys.readouterr().err
