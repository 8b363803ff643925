"""Words about what hangs, swings, topples and flutters: all understood, all sound, all shown."""

from __future__ import annotations

import numpy as np
import pytest

from parabola.prompts import scene_from_prompt
from parabola.scene_check import SceneError
from parabola.scene_file import dump_scene, parse_scene, validate
from parabola.trajectories import Trajectories, build
from physics.camera import project
from physics.rigid import simulate

PROMPTS = {
    "linkage": (
        "a pendulum swings",
        "a brass pendulum swings slowly in a dark studio",
        "a double pendulum swings chaotically",
        "newton's cradle with five steel balls",
        "a golden newton's cradle with seven balls on a wooden table",
        "a red mass on a spring bounces up and down",
    ),
    "blocks": (
        "a row of twenty dominoes topples",
        "a ball knocks over a line of white dominoes",
        "a tower of wooden blocks is hit by a ball",
        "a ball smashes into a pyramid of blocks",
        "a wall of bricks is hit by a steel ball in slow motion",
        "a seesaw tips when a ball drops on it",
    ),
    "sheets": (
        "a red flag waves in the wind",
        "a blue and white striped flag flutters in a strong wind",
        "white curtains blow in a gentle breeze at sunset",
        "a tablecloth falls over a ball",
        "a checkered tablecloth drapes over a large ball",
        "a heavy blanket falls over a ball, camera orbits",
    ),
    "ropes": (
        "a rope hangs between two posts",
        "a rope swings from a beam",
        "a chain hangs between two posts",
        "an iron chain sways in the wind",
        "a thick rope hangs between two wooden posts at dusk",
        "a two metre long rope hangs between posts",
    ),
}
ALL = [(field, text) for field, texts in PROMPTS.items() for text in texts]


@pytest.mark.parametrize(("field", "text"), ALL)
def test_each_prompt_gives_its_world_and_leaves_no_word(field, text):
    made, unknown = scene_from_prompt(text, seed=len(text))
    validate(made)
    assert unknown == () and getattr(made, field)
    assert parse_scene(dump_scene(made)) == made
    hung = made.bodies if made.linkage else ()  # other balls may come flying in
    points = [b.position for b in (*hung, *made.blocks)] or [made.camera.look_at]
    at, depth = project(made, 0.0, np.array(points))
    shown = (depth > 0) & (at > 0).all(-1) & (at < 512).all(-1)
    assert shown.all()


def test_words_bind_to_what_they_stand_before():
    made, _ = scene_from_prompt("a red tablecloth falls over a blue ball")
    assert made.sheets[0].surface.colour[0] > 0.6 > made.sheets[0].surface.colour[2]
    assert made.bodies[0].surface.colour[2] > made.bodies[0].surface.colour[0]
    assert len(scene_from_prompt("newton's cradle with seven balls")[0].bodies) == 7
    assert len(scene_from_prompt("thirty dominoes topple")[0].blocks) == 30
    assert scene_from_prompt("a two metre long pendulum")[0].linkage.lengths == (2.0,)
    assert scene_from_prompt("a pendulum on the moon")[0].gravity[1] == pytest.approx(-1.62)
    assert scene_from_prompt("a flag in a strong wind")[0].wind[0] > scene_from_prompt("a flag")[0].wind[0]


def test_same_words_same_scene_and_seeds_differ():
    text = "a tower of blocks is hit by a ball"
    first, again, other = (scene_from_prompt(text, seed=s)[0] for s in (4, 4, 5))
    assert first == again != other


def test_too_many_and_other_subjects_are_refused():
    with pytest.raises(ValueError, match="at most"):
        scene_from_prompt("five hundred dominoes topple")
    with pytest.raises(ValueError, match="covers"):
        scene_from_prompt("a cat pulls a rope")


def test_trajectories_tell_of_blocks_and_balls():
    made, _ = scene_from_prompt("a tower of wooden blocks is hit by a ball", num_frames=4)
    told = build(made, simulate(made)).to_dict()
    assert len(told["objects"]) == 1 + len(made.blocks)
    box = told["objects"][1]
    assert box["shape"] == "box" and len(box["position_m"]) == 4 and box["visible"][0] == 1.0
    np.testing.assert_allclose(box["position_m"][0], made.blocks[0].position, atol=1e-6)
    at, _ = project(made, 0.0, np.array(made.blocks[0].position))
    assert np.linalg.norm(np.subtract(box["position_px"][0], at)) < 8
    assert Trajectories.from_dict(told).to_dict() == told


def test_mechanics_in_an_ocean_or_smoke_are_refused_by_field():
    from dataclasses import replace

    from physics.media import Gas, Source

    made, _ = scene_from_prompt("a pendulum swings")
    gas = Gas(sources=(Source(smoke=5.0),))
    with pytest.raises(SceneError, match="gas: .*mechanics"):
        validate(replace(made, gas=gas))
