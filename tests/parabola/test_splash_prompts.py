"""Prompts about splashing water: understood in full, composed into scenes that can be made."""

import pytest

from parabola.prompts import scene_from_prompt
from parabola.scene_check import check_scene
from parabola.scene_file import dump_scene, parse_scene

PROMPTS = (
    "a dam break",
    "water pours onto the floor",
    "a drop of water splashes on the floor",
    "a ball drops into a glass tank",
    "water pours into a glass tank",
    "water sloshes in an aquarium",
    "a steel ball splashes into a water tank, slow motion",
    "a stream of water pours onto a marble floor at sunset",
)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_understood_in_full(prompt):
    scene, unknown = scene_from_prompt(prompt, seed=2)
    assert not unknown and scene.liquid is not None
    check_scene(scene)
    assert parse_scene(dump_scene(scene)) == scene


def test_what_is_said_is_done():
    pour, _ = scene_from_prompt("water pours onto the floor")
    tank, _ = scene_from_prompt("a red ball falls into a tank of water")
    assert pour.liquid is not None and pour.liquid.spouts and not pour.liquid.glass
    assert tank.liquid is not None and tank.liquid.glass and len(tank.bodies) == 1
    assert tank.bodies[0].surface.colour[0] > tank.bodies[0].surface.colour[2]


@pytest.mark.parametrize("prompt", ["a glass ball bounces on a wooden floor", "a ball drops into a pool"])
def test_other_worlds_keep_their_prompts(prompt):
    assert scene_from_prompt(prompt)[0].liquid is None
