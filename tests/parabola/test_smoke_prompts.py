"""Words about smoke and fire: what each prompt asks for, and what is refused."""

from __future__ import annotations

import math

import pytest

from parabola.prompts import scene_from_prompt
from parabola.scene_file import dump_scene, parse_scene

PROMPTS = {
    "torch": (
        "torch fire",
        "a burning torch at night",
        "two torches in the wind",
        "a medieval torch in the dark",
        "a big torch flame flickering in the breeze",
        "a torch burning at dusk in slow motion",
    ),
    "campfire": (
        "a campfire at night",
        "a crackling campfire on sand at dusk",
        "bonfire on the beach",
        "a small campfire in the snow",
        "a huge bonfire in a strong wind",
        "burning logs, low angle",
    ),
    "candle": (
        "a candle flame",
        "a candle in the dark",
        "a flickering candle in a draught",
        "two candles at night",
        "a lit candle burning in still air",
        "three candles on a wooden table",
    ),
    "fire": (
        "fire",
        "flames on a black background",
        "a roaring fire in the dark",
        "a small fire on concrete at night",
        "swirling flames",
        "fire with thick black smoke",
    ),
    "smoke": (
        "white smoke rises against a dark background",
        "red smoke drifting in the wind",
        "thick black smoke on a white background",
        "a column of purple smoke in the desert by day",
        "swirling blue smoke blowing to the left",
        "thin grey smoke in slow motion",
    ),
    "incense": (
        "smoke from an incense stick",
        "a wisp of smoke in the dark",
        "incense smoke curling slowly",
        "cigarette smoke against a black background",
        "a thread of smoke rising in still air",
        "wisps of smoke drifting to the right",
    ),
    "steam": (
        "steam",
        "steam rising on a black background",
        "thick steam in the morning",
        "hot steam drifting",
        "steam in a gentle breeze, close up",
        "wispy steam in slow motion",
    ),
    "fog": (
        "fog over grass at dawn",
        "ground fog at night",
        "mist drifting over a meadow at sunrise",
        "thick fog rolling over snow",
        "low fog on the road at dusk",
        "morning mist in a field",
    ),
    "chimney": (
        "smoke from a chimney",
        "a smoking chimney at dusk",
        "chimney smoke in the wind",
        "thick dark smoke out of a chimney by day",
        "a brick chimney smoking on an overcast day",
        "white smoke rising from a chimney at sunset",
    ),
    "explosion": (
        "an explosion",
        "an explosion puff",
        "a huge fireball at night",
        "explosion on sand in slow motion",
        "a small explosion on the road",
        "a blast with thick black smoke",
    ),
}


@pytest.mark.parametrize("subject", PROMPTS)
def test_every_prompt_is_understood_and_survives_a_scene_file(subject):
    for text in PROMPTS[subject]:
        scene, unknown = scene_from_prompt(text, seed=3)
        assert scene.gas is not None and not unknown, (text, unknown)
        assert parse_scene(dump_scene(scene)) == scene
        fuel = max(s.fuel for s in scene.gas.sources)
        assert (fuel > 0) == (subject in ("torch", "campfire", "candle", "fire", "explosion"))


def test_colour_of_smoke_is_the_one_asked_for():
    red, blue = (scene_from_prompt(f"{c} smoke")[0].gas.colour for c in ("red", "blue"))
    assert red[0] > 2 * red[2] and blue[2] > 2 * blue[0]
    assert max(scene_from_prompt("black smoke")[0].gas.colour) < 0.2


def test_wind_blows_where_the_words_say_and_leaves_room():
    left, right = (scene_from_prompt(f"smoke blowing to the {way}")[0] for way in ("left", "right"))
    assert left.wind[0] < 0 < right.wind[0]
    still = scene_from_prompt("smoke in still air")[0]
    assert still.wind[0] == 0 and still.gas.size[0] < right.gas.size[0]


def test_light_follows_the_hour():
    sun = {
        hour: sum(scene_from_prompt(f"a campfire {hour}")[0].light.sun_irradiance)
        for hour in ("at night", "at dusk", "by day")
    }
    assert sun["at night"] < sun["at dusk"] < sun["by day"]


def test_counts_are_counted():
    heads = [
        sum(b.name == "torch" for b in scene_from_prompt(p)[0].boxes) for p in ("a torch", "two torches")
    ]
    assert heads == [1, 2]


def test_seeds_differ_and_repeat():
    scenes = [scene_from_prompt("a campfire", seed=s)[0] for s in (1, 1, 2)]
    assert scenes[0] == scenes[1] and scenes[0].boxes != scenes[2].boxes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a dragon breathing fire", "dragon"),
        ("a car in thick smoke", "car"),
        ("seven candles", "at most 3"),
        ("smoke over the ocean", "smoke"),
    ],
)
def test_what_is_not_covered_is_refused_by_name(text, words):
    with pytest.raises(ValueError, match=words):
        scene_from_prompt(text)


def test_flames_of_other_colours_are_not_pretended():
    assert "green" in scene_from_prompt("a green flame")[1]
    assert scene_from_prompt("an orange flame")[1] == ()


def test_extreme_wind_is_refused_with_the_limit_named():
    with pytest.raises(ValueError, match="steps a frame"):
        scene_from_prompt("a candle in a wind of 300 m/s")
    assert math.isfinite(scene_from_prompt("smoke in a wind of 2 m/s")[0].wind[0])
