"""Sweeps: which values, which files, which fields; and the clips of a small one."""

from __future__ import annotations

import json

import pytest

from parabola import sweep
from parabola.cli import main
from parabola.media import read_metadata
from parabola.prompts import scene_from_prompt
from parabola.scene_file import parse_scene

SCENE = scene_from_prompt("two rubber balls bounce on a wooden floor")[0]


@pytest.mark.parametrize(
    "text, values",
    (("restitution=0.5:0.9:5", (0.5, 0.6, 0.7, 0.8, 0.9)), ("seed=1,3", (1.0, 3.0)), ("wind=2:2:1", (2.0,))),
)
def test_values(text, values):
    assert sweep.vary(text).values == pytest.approx(values)


@pytest.mark.parametrize(
    "text", ("restitution", "=1:2:3", "a=1:2", "a=x,y", "a=1:2:0", "a=1:nan:2", "a=1:2:1e9")
)
def test_what_is_no_sweep(text):
    with pytest.raises(ValueError) as error:
        sweep.vary(text)
    assert "\n" not in str(error.value)


def test_fields():
    one = sweep.apply(
        SCENE, (("restitution", 0.4), ("bodies[1].radius", 0.2), ("gravity", 1.62), ("wind", 3.0))
    )
    assert [b.restitution for b in one.bodies] == [0.4, 0.4]
    assert (one.bodies[0].radius, one.bodies[1].radius) == (SCENE.bodies[0].radius, 0.2)
    assert (one.gravity, one.wind) == ((0.0, -1.62, 0.0), (3.0, 0.0, 0.0))
    assert sweep.apply(SCENE, (("light.sun_radius_deg", 9.0),)).light.sun_radius_deg == 9.0


@pytest.mark.parametrize(
    "name", ("bodies[7].radius", "colour", "light.sun", "gas.swirl", "bodies", "position")
)
def test_fields_that_are_not_there(name):
    with pytest.raises(ValueError, match="--vary"):
        sweep.apply(SCENE, ((name, 1.0),))


def test_combinations_and_names():
    made = sweep.settings((sweep.vary("wind=1,2"), sweep.vary("bodies[0].radius=0.1,0.2")))
    assert len(made) == 4
    assert sweep.labelled("a/clip.mp4", made[0]).name == "clip_wind-1_bodies-0-radius-0.1.mp4"
    assert sweep.labelled("f.%04d.png", made[0][:1]).name == "f_wind-1.%04d.png"
    with pytest.raises(ValueError, match="at most 100"):
        sweep.settings((sweep.vary("wind=0:1:50"), sweep.vary("gravity=1:9:50")))
    with pytest.raises(ValueError, match="twice"):
        sweep.settings((sweep.vary("wind=1,2"), sweep.vary("wind=3,4")))


def test_clips_of_a_sweep(tmp_path, capsys):
    out = tmp_path / "clip.mkv"
    flags = ["--size", "48x48", "--frames", "2", "--guide-only", "--json", "--vary", "restitution=0.3,0.9"]
    assert main(["generate", "a ball bounces", "-o", str(out), *flags]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for value, summary in zip((0.3, 0.9), told, strict=True):
        assert summary["out"].endswith(f"clip_restitution-{value:g}.mkv")
        scene = parse_scene(read_metadata(summary["out"])["scene"])
        assert scene.bodies[0].restitution == value


def test_all_are_checked_before_the_first_is_made(tmp_path, capsys):
    out = tmp_path / "clip.mp4"
    assert main(["generate", "a ball bounces", "-o", str(out), "--vary", "restitution=0.5,1.5"]) == 2
    assert "restitution" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
