"""Words to scenes: what binds to what, what is refused, what is reported, and that nothing crashes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parabola.compose import touching
from parabola.framing import in_picture
from parabola.materials import GROUNDS, MATERIALS
from parabola.prompt_colours import COLOURS, hex_rgb
from parabola.prompt_words import PHRASES
from parabola.prompts import parse, scene_from_prompt
from parabola.scene_file import validate
from physics.scene import PATTERNS

TARGETS = (
    "a red rubber ball, a teal ball and a small yellow ball bounce on a wooden floor",
    "clear glass, amber and tinted-blue glass balls on white marble",
    "a basketball bouncing on concrete at sunset",
    "a row of steel balls and one flying off on a dark polished floor",
    "a beach ball on sand",
    "ping-pong balls orange and white on a green table with a white line",
)


def scene(text, **kw):
    return scene_from_prompt(text, **kw)[0]


def ground_of(text):
    ground = scene(text).ground
    assert ground is not None
    return ground


def unknown(text):
    return parse(text)[1]


@pytest.mark.parametrize("text", TARGETS)
def test_target_subjects_are_wholly_understood(text):
    made, left = scene_from_prompt(text)
    assert left == ()
    validate(made)


def test_adjectives_bind_to_their_own_noun():
    red, blue = scene("a red rubber ball hits a blue steel ball").bodies
    assert (red.material, blue.material) == ("rubber", "steel")
    assert red.surface.colour == COLOURS["red"] and blue.surface.colour == COLOURS["blue"]
    assert red.density < 2000 < blue.density
    assert red.velocity[0] > 0 and blue.velocity == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a ball bounces", 1),
        ("two balls bounce", 2),
        ("3 balls drop", 3),
        ("a dozen golf balls fall", 12),
        ("half a dozen marbles roll", 6),
        ("a row of five steel balls", 5),
        ("twenty one balls fall", 21),
        ("a pair of basketballs bounce", 2),
        ("one red, two blue and three green balls fall", 6),
        ("a red and a blue ball fall", 2),
        ("32 balls rain down", 32),
        ("a couple of beach balls", 2),
        ("several tennis balls bounce", 5),
        ("a red ball and a blue one roll", 2),
    ],
)
def test_counts(text, count):
    assert len(scene(text).bodies) == count


@pytest.mark.parametrize(
    "text", ["33 balls", "a hundred balls fall", "millions of marbles", "zero balls", "0 balls"]
)
def test_impossible_counts_are_refused(text):
    with pytest.raises(ValueError, match="balls|ball"):
        scene(text)


def test_colours_alternate_and_hex_is_exact():
    colours = [body.surface.colour for body in scene("four #12ab34 and white ping-pong balls bounce").bodies]
    assert colours == [hex_rgb("#12ab34"), COLOURS["white"]] * 2


def test_every_colour_name_is_understood():
    for name in COLOURS:
        request, left = parse(f"a {name} rubber ball bounces")
        assert left == () and request.groups[0].looks[0].colours == [COLOURS[name]], name


def test_shades_change_the_colour():
    plain, dark, pale = (
        sum(scene(f"a {shade}purple ball").bodies[0].surface.colour) for shade in ("", "dark ", "pale ")
    )
    assert dark < plain < pale


@pytest.mark.parametrize(
    ("text", "radius"),
    [
        ("a ball of radius 5 cm", 0.05),
        ("a 10-inch ball", 0.127),
        ("a 5 cm ball", 0.025),
        ("a ball 20 cm in diameter", 0.1),
        ("a ball with a diameter of 1 m", 0.5),
        ("a ball with a radius of 2 inches", 0.0508),
        ("a 40mm ping-pong ball", 0.02),
    ],
)
def test_sizes_in_units(text, radius):
    assert scene(text).bodies[0].radius == pytest.approx(radius, abs=1e-5)


def test_mass_sets_density():
    body = scene("a 2 kg basketball bounces").bodies[0]
    assert body.density * 4 / 3 * np.pi * body.radius**3 == pytest.approx(2.0, rel=1e-4)


def test_height_and_speed():
    body = scene("a steel ball falls from 2 m").bodies[0]
    assert body.position[1] - body.radius == pytest.approx(2.0, abs=1e-4) and body.velocity == (0, 0, 0)
    body = scene("a ball rolls at 3 m/s").bodies[0]
    assert np.linalg.norm(body.velocity) == pytest.approx(3.0)
    body = scene("a tennis ball is thrown at 36 km/h").bodies[0]
    assert np.linalg.norm(body.velocity) == pytest.approx(10.0, rel=1e-4)


@pytest.mark.parametrize(
    "text", ["a ball rolls", "a marble rolls to the left", "a bowling ball rolls towards the camera"]
)
def test_rolling_has_no_slip(text):
    body = scene(text).bodies[0]
    slip = np.array(body.velocity) + np.cross(body.angular_velocity, [0, -body.radius, 0])
    assert np.abs(slip).max() < 1e-4 * max(1, np.abs(body.velocity).max()) + 1e-5
    assert body.position[1] == body.radius


@pytest.mark.parametrize(
    ("word", "g"),
    [
        ("on the Moon", 1.62),
        ("on Mars", 3.71),
        ("on Jupiter", 24.79),
        ("in zero gravity", 0.0),
        ("in space", 0.0),
        ("", 9.81),
        ("with a gravity of 5 m/s²", 5.0),
    ],
)
def test_gravity_words(word, g):
    assert scene(f"two balls bounce {word}").gravity == (0.0, -g, 0.0)


@pytest.mark.parametrize(
    ("word", "scale"),
    [
        ("in slow motion", 0.25),
        ("4x slow motion", 0.25),
        ("10 times slower", 0.1),
        ("", 1.0),
        ("in 8x slow-mo", 0.125),
        ("half speed", 0.5),
        ("at 25% speed", 0.25),
        ("2x faster", 2.0),
    ],
)
def test_tempo_words(word, scale):
    made, left = scene_from_prompt(f"a ball bounces, {word}")
    assert (made.time_scale, left) == (pytest.approx(scale), ())


def test_wind():
    assert scene("a balloon in the wind from the left at 7 m/s").wind == (7.0, 0.0, 0.0)
    assert scene("a beach ball on sand, light breeze from the right").wind[0] < 0


@pytest.mark.parametrize("word", sorted(k for k, v in GROUNDS.items() if v.surface.pattern == k))
def test_grounds(word):
    assert ground_of(f"a ball bounces on {word}").surface.pattern == GROUNDS[word].surface.pattern


def test_ground_words_take_adjectives():
    ground = ground_of("a ball bounces on a polished dark green concrete floor")
    assert ground.material == "concrete" and ground.surface.roughness <= 0.1
    assert np.argmax(ground.surface.colour) == 1


def test_boxes():
    names = [box.name for box in scene("a ball rolls off a wooden table onto tiles").boxes]
    assert "table top" in names
    assert scene("a ball rolls off the table").bodies[0].velocity[0] > 0
    assert [box.name for box in scene("a ball is thrown against a brick wall").boxes] == ["wall"]
    ramp = scene("a ball rolls down a 30 degree ramp").boxes[0]
    assert ramp.rotation[2] == pytest.approx(-np.pi / 6, abs=1e-5)


@pytest.mark.parametrize(
    "text", ["a castle in the hills", "a car drives", "a waterfall", "a cat chases a ball", "people walk", ""]
)
def test_uncovered_subjects_are_refused_with_what_is_covered(text):
    with pytest.raises(ValueError, match="covers"):
        scene(text)


@pytest.mark.parametrize("text", ["", "   ", "\n", "!!!", "🎉", "zorgle", "the of and"])
def test_prompts_without_a_subject_are_refused(text):
    with pytest.raises(ValueError):
        scene(text)


def test_depth_of_field_in_words():
    made, left = scene_from_prompt("a steel ball rolls on marble, shallow depth of field")
    assert made.camera.f_stop > 0 and left == ()
    assert scene("a steel ball rolls on marble").camera.f_stop == 0


def test_nothing_falls_up_without_a_note():
    assert unknown("a red ball falls up") == ("up",)
    assert unknown("a red ball drops from up high") == ()


def test_words_not_understood_are_reported_in_order_once():
    assert unknown("a zorgly ball bounces frumiously, zorgly grue") == ("zorgly", "frumiously", "grue")
    assert unknown("a ball bounces beside a cat") == ("cat",)
    assert unknown("two rubber balls bounce on a wooden floor") == ()


@pytest.mark.parametrize("move", ["pan left", "pan right", "dolly in", "orbit", "the camera zooms out"])
def test_camera_moves(move):
    made, left = scene_from_prompt(f"a ball bounces, {move}")
    assert made.camera.move != "fixed" and made.camera.rate != 0 and left == ()
    assert (scene("a ball, pan left").camera.rate > 0) and (scene("a ball, pan right").camera.rate < 0)


def test_close_up_is_closer_and_wide_is_wider():
    near, usual, wide = (
        np.linalg.norm(np.subtract(c.position, c.look_at))
        for c in (scene(f"a ball bounces, {shot}").camera for shot in ("close-up", "", "wide shot"))
    )
    assert near < usual < wide


def test_same_arguments_same_scene_and_seeds_differ():
    text = "three rubber balls bounce"
    assert scene(text, seed=5) == scene(text, seed=5) != scene(text, seed=6)


def test_materials_are_sane():
    for name, kind in MATERIALS.items():
        assert 0 < kind.radius < 0.5 and 1 < kind.density < 20000 and 0 < kind.restitution < 1, name
        assert kind.surface.pattern in PATTERNS and 0.39 < kind.inertia_factor <= 0.667, name
    for name, ground in GROUNDS.items():
        assert ground.surface.pattern in PATTERNS and 0 <= ground.restitution <= 1, name


GALLERY = (
    *TARGETS,
    "ten ping-pong balls fall on tiles",
    "32 rubber balls rain on a wooden floor",
    "a bowling ball rolls into ten golf balls",
    "Newton's cradle with seven steel balls",
    "three glass marbles roll on wood",
    "a steel ball rolls off the table",
    "a ball rolls down a ramp",
    "a football is kicked on grass",
    "five balls float in zero gravity",
    "two balls collide head-on",
    "six billiard balls at rest on a pool table",
    "a beach ball bounces in front of a brick wall",
    "a balloon rises under water",
    "a golf ball is thrown at a wall",
    "nine balls at rest on marble",
    "a basketball and a tennis ball fall from 1 m onto concrete",
)


@pytest.mark.parametrize(("text", "seed"), [(text, k % 3) for k, text in enumerate(GALLERY)])
def test_starts_are_sound_and_in_frame(text, seed):
    width, height = ((512, 512), (832, 480), (480, 832))[seed]
    made = scene(text, seed=seed, width=width, height=height)
    validate(made)
    assert not touching(made)
    centres = np.array([body.position for body in made.bodies])
    radii = np.array([body.radius for body in made.bodies])
    xy, size, depth = in_picture(made.camera, width / height, centres, radii)
    assert np.all(depth > radii)
    assert np.all(np.abs(xy) + size[:, None] <= np.array([width / height, 1.0]) + 0.02), (
        "out of frame at the start"
    )
    assert made.camera.position[1] > 0


words = st.sampled_from([" ".join(key) for key in PHRASES])


@settings(max_examples=150, deadline=None)
@given(st.lists(words, max_size=25).map(" ".join))
def test_any_heap_of_known_words_parses_or_is_refused(text):
    try:
        request, _ = parse(text)
    except ValueError as error:
        assert "\n" not in str(error)
        return
    assert request.groups


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_parses_or_is_refused(text):
    for prompt in (text, "a ball " + text):
        try:
            parse(prompt)
        except ValueError:
            pass


@settings(max_examples=30, deadline=None)
@given(st.lists(words, min_size=1, max_size=10).map(" ".join), st.integers(0, 2**63 - 1))
def test_any_heap_of_known_words_composes_or_is_refused(text, seed):
    try:
        made = scene(f"a ball {text}", seed=seed)
    except ValueError as error:
        assert str(error) and "\n" not in str(error)
        return
    validate(made)


def test_a_long_prompt():
    made, left = scene_from_prompt("a ball bounces on wood " + "very " * 1500 + "zorgle " * 300)
    assert len(made.bodies) == 1 and left == ("zorgle",)


def test_the_ball_met_before_is_the_same_ball():
    request, left = parse("A red ball rests on a table. A blue ball rolls in and hits the red ball.")
    assert left == () and len(request.groups) == 2 and request.groups[1].target == 0
    assert len(scene("two balls bounce; the balls spin").bodies) == 2


def test_meeting_and_striking():
    a, b = scene("two footballs roll towards each other").bodies
    assert a.velocity[0] * b.velocity[0] < 0
    bodies = scene("five steel balls in a row, the first one hits the others").bodies
    assert len(bodies) == 5 and sum(body.velocity[0] > 0 for body in bodies) == 1


def test_a_colour_code_beside_a_name_is_the_colour():
    for text in ("an orange #ff8801 ball drops", "a #ff8801 orange ball drops"):
        (ball,) = scene(text).bodies
        assert ball.surface.colour == hex_rgb("#ff8801") and ball.surface.pattern == "plain"
    (two,) = scene("a #ff0000 and #0000ff ball drops").bodies
    assert two.surface.colour2 == hex_rgb("#0000ff")


def test_a_finish_names_the_material_of_its_own_ball():
    chrome, clay = scene("a shiny chrome sphere and a matte clay sphere on a checkered floor").bodies
    assert (chrome.material, clay.material) == ("steel", "clay")
    assert chrome.surface.metallic == 1.0 and clay.surface.metallic == 0.0


def test_steel_marbles_are_as_large_as_marbles():
    for ball in scene("three steel marbles collide").bodies:
        assert ball.material == "steel" and ball.density > 7000
        assert ball.radius == MATERIALS["glass marble"].radius


def test_fire_is_no_throw_where_something_is_on_fire():
    assert unknown("a ball on fire") == ("on fire",)
    assert unknown("a cannon ball is fired") == ()


def test_relative_sizes():
    big, small = scene("two balls, one twice as big as the other, collide").bodies
    assert big.radius == pytest.approx(2 * small.radius)
    assert unknown("two balls, one twice as big as the other, collide") == ()
    assert "twice the size of the other" in unknown("a ball twice the size of the other")
