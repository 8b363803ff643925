"""Scene files: what is written reads back equal; what is wrong is refused with line, field and fix."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parabola.prompts import scene_from_prompt
from parabola.scene_file import _PARTS, SceneError, dump_scene, load_scene, parse_scene, validate
from parabola.scene_model import LIMITS
from physics.scene import PATTERNS, Body, Box, Camera, Ground, Light, Scene, Surface
from physics.worlds.mechanics_check import holds_mechanics

GOOD = dump_scene(scene_from_prompt("a red basketball bounces on concrete and a steel ball is at rest")[0])
PROMPTS = (
    "a ball rolls off the table",
    "a ball in space",
    "three marbles roll on wood, 4x slow motion",
    "a: b, 'c' \"d\" # a ball\n- x",
    "ünïcode ⚽ ball 球",
    "a ball bounces in front of a brick wall, orbit",
    "32 balls rain on snow at night",
)


@pytest.mark.parametrize("text", PROMPTS)
def test_round_trip(text):
    scene = scene_from_prompt(text, seed=3)[0]
    assert parse_scene(dump_scene(scene, "a header\nof two lines")) == scene


def finite(low, high):
    return st.floats(low, high, allow_nan=False).map(lambda v: v + 0.0)


def vectors(low, high):
    return st.tuples(*[finite(low, high)] * 3)


surfaces = st.builds(
    Surface,
    colour=vectors(0, 1),
    colour2=vectors(0, 1),
    pattern=st.sampled_from(PATTERNS),
    pattern_scale=finite(1e-6, 900),
    roughness=finite(0, 1),
    metallic=finite(0, 1),
    transmission=finite(0, 1),
    ior=finite(1, 3),
)
bodies = st.builds(
    Body,
    name=st.text(max_size=12),
    material=st.text(max_size=12),
    radius=finite(1e-4, 0.4),
    density=finite(1e-3, 9e4),
    inertia_factor=finite(0.1, 0.66),
    position=st.tuples(finite(-900, 900), finite(1, 9), finite(-300, 300)),
    velocity=vectors(-99, 99),
    angular_velocity=vectors(-999, 999),
    orientation=vectors(-3, 3),
    restitution=finite(0, 1),
    friction=finite(0, 9),
    rolling_resistance=finite(0, 1),
    drag_coefficient=finite(0, 2),
    surface=surfaces,
)
scenes = st.builds(
    Scene,
    prompt=st.text(max_size=40),
    bodies=st.tuples(bodies),
    boxes=st.just(())
    | st.tuples(
        st.builds(
            Box,
            name=st.text(max_size=9),
            centre=st.tuples(finite(-9, 9), finite(-90, -40), finite(-9, 9)),
            half_size=vectors(0.01, 9),
            rotation=vectors(-3, 3),
            surface=surfaces,
        )
    ),
    ground=st.none()
    | st.builds(Ground, material=st.text(max_size=9), restitution=finite(0, 1), surface=surfaces),
    gravity=vectors(-30, 30),
    wind=vectors(-99, 99),
    fluid_density=finite(0, 1500),
    camera=st.builds(
        Camera,
        position=vectors(-99, 99),
        look_at=vectors(100, 200),
        fov_deg=finite(2, 140),
        move=st.sampled_from(["fixed", "pan", "dolly", "orbit"]),
        rate=finite(-90, 90),
    ),
    light=st.builds(
        Light,
        sun_direction=vectors(0.1, 9),
        sun_irradiance=vectors(0, 99),
        sky_zenith=vectors(0, 9),
        haze_m=finite(0.1, 999),
    ),
    width=st.integers(16, 8192),
    height=st.integers(16, 8192),
    fps=finite(0.1, 999),
    num_frames=st.integers(1, 99_999),
    time_scale=finite(1e-3, 9),
    seed=st.integers(0, 2**62),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(scenes)
def test_any_valid_scene_round_trips(scene):
    assert parse_scene(dump_scene(scene)) == scene


BAD = [  # (what, instead, line's field, words of the message)
    (
        "radius: 0.121",
        "radius: -0.1",
        "bodies[0].radius",
        "must be > 0 m, got -0.1; give a radius in metres such as 0.11",
    ),
    ("radius: 0.121", "radius: 0", "bodies[0].radius", "must be > 0"),
    ("radius: 0.121", "radius: .nan", "bodies[0].radius", "finite"),
    ("radius: 0.121", "radius: .inf", "bodies[0].radius", "finite"),
    ("radius: 0.121", "radius: big", "bodies[0].radius", "number"),
    ("radius: 0.121", "radius: '0.121'", "bodies[0].radius", "number"),
    ("radius: 0.121", "radius: true", "bodies[0].radius", "number"),
    ("radius: 0.121", "radius: [1]", "bodies[0].radius", "number"),
    ("radius: 0.121", "radus: 0.1", "bodies[0].radus", "did you mean 'radius'"),
    ("pattern: basketball", "pattern: zigzag", "bodies[0].surface.pattern", "unknown pattern"),
    ("roughness: 0.6 ", "roughness: 6 ", "bodies[0].surface.roughness", "must be <= 1"),
    ("width: 512", "width: 512.5", "width", "whole number"),
    ("width: 512", "width: 9000", "width", "<= 8192"),
    ("num_frames: 96", "num_frames: 0", "num_frames", ">= 1"),
    ("fps: 24.0", "fps: 0", "fps", "> 0"),
    ("seed: 0", "seed: x", "seed", "whole number"),
    ("move: fixed", "move: wobble", "camera.move", "fixed, pan, tilt, dolly, orbit or handheld"),
    ("boxes: []", "boxes: 3", "boxes", ""),
    ("gravity: [0.0, -9.81, 0.0]", "gravity: [0.0, -9.81]", "gravity", "three"),
    ("gravity: [0.0, -9.81, 0.0]", "gravity: -9.81", "gravity", ""),
    ("gravity: [0.0, -9.81, 0.0]", "gravity: [0.0, -9.81, .nan]", "gravity[1]".replace("1", "2"), "finite"),
]


@pytest.mark.parametrize(("what", "instead", "field", "words"), BAD)
def test_bad_fields_are_named_with_line_and_fix(tmp_path, what, instead, field, words):
    assert what in GOOD
    text = GOOD.replace(what, instead, 1)
    line = 1 + text[: text.index(instead)].count("\n")
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SceneError) as caught:
        load_scene(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: {field}") and words in message and "\n" not in message


@pytest.mark.parametrize(
    "colour", ["'#ff000'", "reddish", "[1, 2, 0]", "[0.5, 0.5]", "#ff0000", "3", "[a, b, c]"]
)
def test_bad_colours(colour):
    text = GOOD.replace("colour: '", f"colour: {colour} # '", 1)
    with pytest.raises(SceneError, match="colour"):
        parse_scene(text)


@pytest.mark.parametrize(
    ("colour", "rgb"),
    [("tomato", (1, 99 / 255, 71 / 255)), ("'#0f0'", (0, 1, 0)), ("[0.25, 0.5, 1]", (0.25, 0.5, 1))],
)
def test_colour_spellings(colour, rgb):
    text = GOOD.replace("colour: '", f"colour: {colour} # '", 1)
    assert parse_scene(text).bodies[0].surface.colour == rgb


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "3",
        "[]",
        "a: [",
        "a: b: c",
        "\tbodies: 1",
        "bodies: &a []\nboxes: *a",
        "seed: 1\nseed: 2",
        "? [1]\n: 2",
        "!!python/object:os.system {}",
        "bodies: []",
        "{}",
        "[" * 3000,
        "\x00",
        "seed: 2026-13-45",
    ],
)
def test_what_is_no_scene_is_refused_in_one_line(text):
    with pytest.raises(SceneError) as caught:
        parse_scene(text, "f.yaml")
    assert str(caught.value).startswith("f.yaml:") and "\n" not in str(caught.value)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_refused_or_read(text):
    try:
        parse_scene(text)
    except SceneError as error:
        assert "\n" not in str(error)


def test_unreadable_files(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"prompt: caf\xe9")
    for name in ("none.yaml", "latin.yaml", "."):
        with pytest.raises(SceneError):
            load_scene(tmp_path / name)


def test_minimal_file_takes_the_defaults():
    scene = parse_scene("bodies:\n  - position: [0, 1, 0]\n    radius: 1e-1\n")
    assert scene.bodies[0] == Body(position=(0.0, 1.0, 0.0), radius=0.1) and scene.ground == Ground()


ball = Body(position=(0.0, 0.5, 0.0), radius=0.1)


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        (Scene(), "1 to 32"),
        (Scene(bodies=(ball,) * 33), "bodies"),
        (Scene(bodies=(ball, replace(ball, position=(0.05, 0.5, 0.0)))), "overlaps bodies[0]"),
        (Scene(bodies=(replace(ball, position=(0.0, 0.05, 0.0)),)), "into the ground"),
        (Scene(bodies=(replace(ball, position=(0.0, 900.0, 900.0)),)), "within 1 km"),
        (Scene(bodies=(replace(ball, position=(0.0, math.nan, 0.0)),)), "finite"),
        (Scene(bodies=(replace(ball, radius=-1.0),)), "must be > 0"),
        (Scene(bodies=(replace(ball, velocity=(math.inf, 0.0, 0.0)),)), "finite"),
        (Scene(bodies=(ball,), boxes=(Box(),)), "into boxes[0]"),
        (Scene(bodies=(ball,), camera=Camera(position=(0.0, 0.4, 0.0))), "look_at"),
        (Scene(bodies=(ball,), num_frames=0), "num_frames"),
        (Scene(bodies=(ball,), fps=math.nan), "fps"),
        (Scene(bodies=(ball,), light=Light(sun_direction=(0.0, 0.0, 0.0))), "sun_direction"),
    ],
)
def test_impossible_scenes_are_refused(scene, words):
    with pytest.raises(SceneError) as caught:
        validate(scene)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_balls_without_a_ground_may_be_anywhere():
    validate(Scene(bodies=(replace(ball, position=(0.0, -5.0, 0.0)),), ground=None))


def test_every_field_has_limits_or_is_a_part():
    for cls in LIMITS:
        names = {item.name for item in fields(cls)}
        assert set(LIMITS[cls]) <= names
        parts = {*_PARTS, "clouds"}
        assert names - set(LIMITS[cls]) <= {"name", "material", "prompt"} | parts, cls
        assert is_dataclass(cls)


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "examples").glob("*.yaml")), ids=lambda p: p.stem
)
def test_examples_are_valid(path):
    scene = load_scene(path)
    shown = scene.bodies or scene.ocean or scene.gas or scene.particles or scene.liquid
    shown = shown or scene.pool or scene.matter or holds_mechanics(scene)
    assert shown and scene.prompt
