"""Where the balls of a prompt start: stairs, boxes, weightlessness and crowds."""

from __future__ import annotations

import numpy as np
import pytest

from parabola.prompts import scene_from_prompt
from parabola.scene_file import validate
from physics.rigid import simulate


def scene(text, **kw):
    return scene_from_prompt(text, **kw)[0]


def test_weightless_balls_go_where_they_are_told():
    (ball,) = scene("a ball with no gravity moves to the left at 3 m/s").bodies
    assert ball.velocity == (-3.0, 0.0, 0.0) and ball.position[0] > 0


def test_a_ball_takes_the_stairs_step_by_step():
    made = scene("a rubber ball bounces down the stairs")
    assert len(made.boxes) == 4
    bounces = [
        e for e in simulate(made).events if e.kind == "bounce" and (e.obstacle or "").startswith("step")
    ]
    assert [e.obstacle for e in bounces[:4]] == ["step 4", "step 3", "step 2", "step 1"]
    tall = scene("a ball bounces down a 1 m staircase")
    assert max(box.centre[1] + box.half_size[1] for box in tall.boxes) == pytest.approx(1.0)


def test_balls_fall_into_an_open_box_and_stay_there():
    made = scene("nine small glass balls fall into a wooden box", num_frames=72)
    assert [box.name for box in made.boxes] == ["left side", "right side", "back", "front"]
    end = simulate(made).position[-1]
    inner = made.boxes[1].centre[0] - made.boxes[1].half_size[0]
    assert np.abs(end[:, [0, 2]]).max() < inner
    assert "table top" in {box.name for box in scene("a ball rolls off a wooden box").boxes}


def test_a_ball_at_rest_on_a_box_is_on_it():
    made = scene("a ball rests on a box")
    top = next(box for box in made.boxes if box.name == "table top")
    assert made.bodies[0].position[1] == pytest.approx(
        top.centre[1] + top.half_size[1] + made.bodies[0].radius
    )
    assert made.bodies[0].velocity == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "text", ["thirty two balls rain onto the floor", "twenty big and small balls bounce"]
)
def test_crowds_fit(text):
    for seed in range(3):
        validate(scene(text, seed=seed))


@pytest.mark.parametrize(
    "prompt",
    (
        "a golf ball rolls down a ramp into a wooden box",
        "a red ball rolls off the table into a bin",
        "a marble rolls down the stairs into a tray",
    ),
)
@pytest.mark.parametrize("seed", (0, 3))
def test_what_rolls_into_a_box_ends_in_it(prompt, seed):
    made = scene(prompt, seed=seed)
    sides = {box.name: box for box in made.boxes}
    start, end = simulate(made).position[[0, -1], 0]
    left, right = (sides[name].centre[0] for name in ("left side", "right side"))
    assert start[0] < left < end[0] < right
    assert end[1] < sides["back"].centre[1] + sides["back"].half_size[1] + made.bodies[0].radius


def test_dark_marble_is_dark_with_light_veins():
    surface = scene("a ball on a dark marble floor").ground.surface
    assert max(surface.colour) < 0.3 < min(surface.colour2)
