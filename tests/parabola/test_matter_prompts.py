"""Prompts about jelly, sand, snow and goo: understood in full, composed into scenes that can be made."""

import pytest

from parabola.prompts import scene_from_prompt
from parabola.scene_check import check_scene
from parabola.scene_file import dump_scene, parse_scene

PROMPTS = {
    "a red jelly cube lands on a table and wobbles": "jelly",
    "green jello drops onto a plate and jiggles": "jelly",
    "three gummy cubes fall on a wooden table": "jelly",
    "an orange jelly ball bounces on the floor, slow motion": "jelly",
    "a wobbly blue jelly block falls on a marble floor": "jelly",
    "strawberry gelatin lands with a splat": "jelly",
    "sand pours into a pile": "sand",
    "a column of sand collapses": "sand",
    "a sand castle crumbles": "sand",
    "golden sand trickles down at sunset": "sand",
    "a steel ball drops into sand": "sand",
    "a heap of dry sand slides down": "sand",
    "a snowball smashes on the ground": "snow",
    "two snowballs burst on the floor": "snow",
    "a snow ball hits the ground in slow motion": "snow",
    "a pile of snow collapses": "snow",
    "a block of snow falls and breaks apart": "snow",
    "a lump of snow crashes onto a concrete floor": "snow",
    "honey pours onto a table": "goo",
    "green slime drips onto the floor": "goo",
    "melted chocolate is poured onto a plate": "goo",
    "a blob of goo splats on the floor": "goo",
    "thick pink slime pours down, close up": "goo",
    "a red ball falls into mud": "goo",
}


@pytest.mark.parametrize("prompt", PROMPTS)
def test_understood_in_full(prompt):
    scene, unknown = scene_from_prompt(prompt, seed=2)
    assert not unknown
    assert scene.matter is not None and scene.matter.kind == PROMPTS[prompt]
    check_scene(scene)
    assert parse_scene(dump_scene(scene)) == scene


def test_what_is_said_is_done():
    jelly, _ = scene_from_prompt("three green jelly cubes fall on a wooden table")
    pour, _ = scene_from_prompt("sand pours into a pile")
    ball, _ = scene_from_prompt("a red ball drops into sand")
    assert jelly.matter is not None and len(jelly.matter.lumps) == 3
    assert jelly.matter.colour[1] > max(jelly.matter.colour[0], jelly.matter.colour[2])
    assert pour.matter is not None and pour.matter.spouts and not pour.matter.lumps
    assert len(ball.bodies) == 1 and ball.bodies[0].surface.colour[0] > ball.bodies[0].surface.colour[2]


@pytest.mark.parametrize(
    "prompt",
    [
        "a ball bounces on sand",
        "snow falls at night",
        "a red ball rolls on a sand floor",
        "ocean at dusk",
        "a rubber ball bounces on a wooden floor",
        "mud-brown ball on snow",
    ],
)
def test_other_worlds_keep_their_prompts(prompt):
    assert scene_from_prompt(prompt)[0].matter is None
