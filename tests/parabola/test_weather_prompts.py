"""Prompts about weather and particles: alone, with balls, with smoke and fire, over the sea."""

from __future__ import annotations

import pytest

from parabola.prompt_lexer import tokens
from parabola.prompts import scene_from_prompt
from parabola.scene_file import dump_scene, parse_scene, validate
from parabola.weather_prompt import split

ALONE = {
    "rain": (
        "heavy rain on a street",
        "rain falls at night",
        "a gentle summer rain on grass",
        "rain in slow motion",
        "a downpour on concrete in the evening",
        "it rains, light drizzle on a wooden deck",
    ),
    "snow": (
        "snow falls at night",
        "heavy snowfall in the wind",
        "big snowflakes drift down slowly",
        "a snowstorm at dusk",
        "gentle snow on a street",
        "snow falling on a black background",
    ),
    "hail": (
        "hail falls on grass",
        "a hailstorm on a street",
        "hailstones bounce on concrete",
        "heavy hail on a wooden deck",
        "hail at night",
        "light hail in slow motion",
    ),
    "leaves": (
        "autumn leaves in the wind",
        "red leaves fall on a lawn",
        "leaves swirl in a strong wind",
        "golden leaves drift down in the evening light",
        "falling leaves in a forest",
        "fallen leaves blow across a street",
    ),
    "confetti": (
        "confetti rains down",
        "colourful confetti at a party",
        "golden confetti falls in slow motion",
        "confetti on a black background",
        "a shower of confetti on a stage",
        "confetti flies in the wind",
    ),
    "dust": (
        "dust motes in a sunbeam",
        "dust floats in the light of a window",
        "golden dust particles on a black background",
        "floating dust in an old attic",
        "dust in a beam of light",
        "specks of dust drift slowly",
    ),
    "bubbles": (
        "soap bubbles drift",
        "soap bubbles float over a meadow",
        "many soap bubbles in the sunlight",
        "bubbles rise at sunset",
        "soap bubbles on a black background",
        "iridescent soap bubbles in a gentle breeze",
    ),
    "sparks": (
        "sparks fly",
        "sparks fly from a grinder",
        "welding sparks in a dark workshop",
        "a shower of sparks in slow motion",
        "sparks bounce on a concrete floor at night",
        "a fountain of sparks on a black background",
    ),
    "embers": (
        "embers rise",
        "glowing embers in the dark",
        "embers float up in the night wind",
        "fire embers on a black background",
        "hot embers drift in the wind",
        "embers fly at dusk",
    ),
}
WITH_BALLS = {
    "a ball bounces in the rain": "rain",
    "a red ball rolls through heavy rain at night": "rain",
    "a basketball bounces on a street in the rain": "rain",
    "two steel balls collide in the rain": "rain",
    "a tennis ball bounces on grass in light rain": "rain",
    "a football rolls in the rain": "rain",
    "a ball bounces in the snow": "snow",
    "a red ball rolls in the snow at night": "snow",
    "a glass ball in a snowstorm": "snow",
    "a beach ball bounces while snow falls": "snow",
    "three rubber balls drop in heavy snow": "snow",
    "a white ball bounces in falling snow": "snow",
    "a ball bounces while confetti rains down": "confetti",
    "a football on a lawn with autumn leaves in the wind": "leaves",
}


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, ts in ALONE.items() for t in ts])
def test_weather_alone(kind, text):
    scene, unknown = scene_from_prompt(text, num_frames=24)
    assert unknown == ()
    assert [p.kind for p in scene.particles] == [kind] and not scene.bodies
    validate(scene)


@pytest.mark.parametrize("text", WITH_BALLS)
def test_weather_with_balls(text):
    scene, unknown = scene_from_prompt(text, num_frames=24)
    assert unknown == ()
    assert [p.kind for p in scene.particles] == [WITH_BALLS[text]] and scene.bodies
    assert scene.prompt == text
    validate(scene)


@pytest.mark.parametrize(
    "text",
    ["32 balls rain down", "a snowball rolls on snow", "a ball rolls across the snow", "a bubble floats"],
)
def test_what_balls_do_is_no_weather(text):
    scene, unknown = scene_from_prompt(text, num_frames=24)
    assert unknown == () and not scene.particles and scene.bodies


def test_other_worlds_get_their_share():
    fire, unknown = scene_from_prompt("embers rise from a campfire", num_frames=24)
    assert unknown == () and fire.gas is not None and fire.particles[0].kind == "embers"
    sea, unknown = scene_from_prompt("rain on the sea", num_frames=24)
    assert unknown == () and sea.ocean is not None and sea.particles[0].kind == "rain"
    camp, _ = scene_from_prompt("a small campfire in the snow", num_frames=24)
    assert camp.gas is not None and not camp.particles


def test_three_worlds_in_one_scene():
    scene, unknown = scene_from_prompt("a ball bounces through smoke in the rain", num_frames=24)
    assert unknown == () and scene.bodies and scene.gas is not None and scene.particles
    assert parse_scene(dump_scene(scene)) == scene


def test_smoke_beside_balls_takes_its_colour():
    scene, unknown = scene_from_prompt("a steel ball drops into a cloud of red smoke", num_frames=24)
    assert unknown == () and scene.gas is not None
    assert scene.gas.colour[0] > 2 * scene.gas.colour[2]


def test_words_say_how_much():
    much = [scene_from_prompt(f"{w} rain on a street")[0].particles[0].per_m3 for w in ("light", "", "heavy")]
    assert much[0] < much[1] < much[2]


def test_colours_are_taken():
    red, unknown = scene_from_prompt("red leaves fall on a lawn")
    assert unknown == () and red.particles[0].colour[0] > 2 * red.particles[0].colour[1]


def test_two_kinds_at_once_and_the_rest_is_left():
    layers, rest = split(tokens("a ball bounces on grass in the rain while leaves fall"))
    assert [layer.kind for layer in layers] == ["rain", "leaves"]
    assert rest == "a ball bounces on grass".split()


def test_a_loop_has_the_clip_for_its_period():
    scene, unknown = scene_from_prompt("snow falls at night, seamless loop", num_frames=48, fps=24)
    assert unknown == () and scene.particles[0].period_s == 2.0


def test_the_wind_is_shared():
    scene, unknown = scene_from_prompt("autumn leaves in a strong wind to the left")
    assert unknown == () and scene.wind[0] < -2
