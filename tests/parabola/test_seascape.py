"""Prompts about open water: what is understood, what is refused, and scenes that hold together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parabola.prompts import scene_from_prompt
from parabola.scene_file import SceneError, dump_scene, parse_scene, validate
from parabola.sea_words import PHRASES
from physics.media import Ocean
from physics.scene import Body, Scene
from physics.worlds.sea_state import height_of

SIX = (
    "ocean at dusk",
    "calm lake at sunset",
    "storm at sea",
    "aerial view of the ocean at noon",
    "moonlight on a choppy sea, from a boat",
    "long swell on the open ocean at dawn, wind 4 m/s",
)


def sea(text: str, **options) -> Scene:
    return scene_from_prompt(text, **options)[0]


def wind(scene: Scene) -> float:
    return math.hypot(scene.wind[0], scene.wind[2])


@pytest.mark.parametrize("text", SIX)
@pytest.mark.parametrize("seed", [0, 1, 17])
def test_six_prompts_are_understood_whole(text, seed):
    scene, unknown = scene_from_prompt(text, seed=seed)
    validate(scene)
    assert unknown == () and scene.ocean is not None and not scene.bodies and scene.ground is None
    assert parse_scene(dump_scene(scene)) == scene


def test_winds_in_all_spellings():
    assert wind(sea("ocean, wind 12 m/s")) == pytest.approx(12, abs=0.01)
    assert wind(sea("ocean in 20 knots of wind")) == pytest.approx(10.29, abs=0.02)
    assert wind(sea("sea, force 8")) == pytest.approx(0.836 * 8**1.5, abs=0.02)
    calm, choppy, storm = (wind(sea(f"a {word} sea")) for word in ("calm", "choppy", "stormy"))
    assert calm < 3 < choppy < 12 < storm


@pytest.mark.parametrize("height", [0.5, 1.0, 3.0, 7.0])
def test_wave_heights_are_met(height):
    assert height_of(sea(f"{height:g} m waves on the ocean")) == pytest.approx(height, rel=0.02)


def test_light_and_sky():
    dusk, noon, night = (sea(f"ocean at {when}").light for when in ("dusk", "noon", "night"))
    assert dusk.sun_direction[1] < 0.05 < noon.sun_direction[1]
    assert max(night.sky_zenith) < 0.05
    assert sea("sea under a cloudless sky").clouds is None
    clouds = sea("sea, overcast").clouds
    assert clouds is not None and clouds.cover > 0.9


def test_camera_heights_and_horizon():
    low, ship, air = (
        sea(f"ocean {where}").camera for where in ("at water level", "from a ship", "from the air")
    )
    assert low.position[1] < 2 < 7 < ship.position[1] < 30 < air.position[1]
    for seed in range(8):
        camera = sea("ocean at noon", seed=seed).camera
        pitch = math.atan2(camera.position[1] - camera.look_at[1], 10 * 0.99)
        horizon = 0.5 - 0.5 * math.tan(pitch) / math.tan(math.radians(camera.fov_deg / 2))
        assert 0.29 < horizon < 0.41


def test_the_camera_is_above_the_waves():
    for text in ("hurricane at sea, at water level", "storm at sea from a kayak", "8 m waves on the ocean"):
        scene = sea(text)
        assert scene.camera.position[1] > 0.65 * height_of(scene)


def test_gravity_is_the_planets():
    assert -sea("an ocean on titan").gravity[1] == pytest.approx(1.35)
    assert height_of(sea("an ocean on titan, wind 7 m/s")) > height_of(sea("an ocean, wind 7 m/s"))


def test_a_loop_has_the_clips_period():
    ocean = sea("seamless loop of a calm lake", num_frames=96, fps=24.0).ocean
    assert ocean is not None and ocean.period_s == 4.0


@pytest.mark.parametrize(
    "text",
    ["a ball floats on the ocean", "two balls bounce across the waves", "a ship on the sea", "a waterfall"],
)
def test_what_no_world_covers_is_refused_by_name(text):
    with pytest.raises(ValueError, match="covers") as caught:
        sea(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["ocean in zero gravity", "ocean, wind 500 m/s", "9 m waves on a pond 1 m deep"]
)
def test_impossible_seas_are_refused(text):
    with pytest.raises(ValueError) as caught:
        validate(sea(text))
    assert "\n" not in str(caught.value)


def test_words_not_understood_are_reported():
    assert scene_from_prompt("zorgly waves crash on the beach")[1] == ("zorgly", "crash", "beach")


def test_a_ball_beside_the_sea_is_still_a_ball():
    assert (
        sea("a beach ball on sand near the sea").bodies and not sea("a beach ball on sand near the sea").ocean
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("ground: null\nocean:\n  depth_m: 0\n", 3, "ocean.depth_m: must be >= 0.05"),
        ("ground: null\nocean: {fetch: 3}\n", 2, "did you mean 'fetch_m'"),
        ("ground: null\nwind: [100, 0, 0]\nocean: {}\n", 2, "up to 60 m/s"),
        ("ocean: {}\n", 1, "set ground: null"),
        ("ground: null\nclouds: {cover: 0.5}\n", 1, "bodies: nothing to show"),
        ("ground: null\nocean: 3\n", 2, "ocean: must be the fields"),
    ],
)
def test_scene_files_name_line_field_and_fix(text, line, words):
    with pytest.raises(SceneError, match=f"scene:{line}: ") as caught:
        parse_scene(text)
    assert words in str(caught.value)


def test_bodies_in_the_water_are_refused():
    with pytest.raises(SceneError, match="nothing solid"):
        validate(Scene(ground=None, ocean=Ocean(), bodies=(Body(),)))


words = st.sampled_from([" ".join(key) for key in PHRASES])


@settings(max_examples=60, deadline=None)
@given(st.lists(words, max_size=12).map(" ".join), st.integers(0, 2**31))
def test_any_heap_of_sea_words_composes_or_is_refused(text, seed):
    try:
        scene = sea(f"ocean {text}", seed=seed)
        validate(scene)
    except ValueError as error:
        assert str(error) and "\n" not in str(error)
        return
    assert scene.ocean is not None and np.isfinite(scene.camera.position).all()
