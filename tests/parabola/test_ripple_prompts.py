"""Prompts about pools and ponds: understood in full, composed into scenes that can be made."""

import pytest

from parabola.prompts import scene_from_prompt
from parabola.scene_check import check_scene
from parabola.scene_file import dump_scene, parse_scene

PROMPTS = (
    "rain on a pond",
    "a stone is thrown into a calm lake",
    "a ball drops into a pool",
    "ripples spread on a still pond at sunset",
    "a red beach ball falls into a swimming pool",
    "heavy rain on a puddle",
    "three pebbles are thrown into a pond at dawn, slow motion",
    "a basketball floats in a swimming pool",
)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_understood_in_full(prompt):
    scene, unknown = scene_from_prompt(prompt, seed=3)
    assert not unknown and scene.pool is not None
    check_scene(scene)
    assert parse_scene(dump_scene(scene)) == scene


def test_what_is_said_is_done():
    rain = scene_from_prompt("rain on a pond")[0].pool
    assert rain is not None and rain.rain_mm_h > 0
    assert len(scene_from_prompt("three pebbles are thrown into a pond")[0].bodies) == 3
    pool, _ = scene_from_prompt("a big blue ball drops into a pool")
    assert pool.pool is not None and pool.pool.kind == "pool"
    assert pool.bodies[0].surface.colour[2] > pool.bodies[0].surface.colour[0]
    assert scene_from_prompt("ripples on a pond, slow motion")[0].time_scale < 1


@pytest.mark.parametrize(
    "prompt", ["ocean at dusk", "a calm pond at dawn", "a pool ball rolls on a pool table"]
)
def test_other_worlds_keep_their_prompts(prompt):
    assert scene_from_prompt(prompt)[0].pool is None
