"""Loops close: what repeats does so exactly, the rest fades, and the seam is no bigger than other steps."""

from __future__ import annotations

import numpy as np
import pytest

from parabola.loop import Seam, closed, mixed, plan_loop
from physics.media import Gas, Ocean
from physics.rigid import simulate
from physics.scene import Body, Camera, Scene

BALL = Body(radius=0.1, position=(0.0, 0.6, 0.0), restitution=1.0, drag_coefficient=0.0)
BOUNCE = Scene(bodies=(BALL,), fluid_density=0.0, num_frames=96, width=128, height=128)


def test_a_bounce_without_loss_closes_by_a_small_change_of_speed():
    loop = plan_loop(BOUNCE)
    assert loop.kind == "exact" and loop.overlap == 0
    assert loop.scene.time_scale == pytest.approx(1.0, abs=0.12)
    ends = simulate(loop.scene, 97).position[[0, 96], 0]
    assert np.abs(ends[1] - ends[0]).max() < 2e-3


def test_what_loses_energy_fades():
    from dataclasses import replace

    loop = plan_loop(replace(BOUNCE, bodies=(replace(BALL, restitution=0.6),)))
    assert loop.kind == "blend" and 32 <= loop.overlap <= 48
    assert plan_loop(Scene(gas=Gas(), num_frames=40)).kind == "blend"


def test_waves_and_orbits_close_where_they_can():
    sea = Scene(ocean=Ocean(fetch_m=2000.0), wind=(5.0, 0.0, 0.0), ground=None, num_frames=240)
    loop = plan_loop(sea)
    assert loop.kind == "exact" and loop.scene.ocean is not None and loop.scene.ocean.period_s == 10.0
    orbit = Scene(camera=Camera(move="orbit", rate=95.0), num_frames=96)
    assert plan_loop(orbit).scene.camera.rate == pytest.approx(90.0)
    assert plan_loop(Scene(camera=Camera(move="orbit", rate=10.0), num_frames=96)).kind == "blend"
    assert plan_loop(Scene(num_frames=8)).kind == "still"


def test_too_short_a_loop_is_refused():
    with pytest.raises(ValueError, match="at least 4"):
        plan_loop(Scene(num_frames=3))


def test_the_seam_of_a_fade_is_a_step_like_the_others():
    rng = np.random.default_rng(0)
    walk = 120 + np.cumsum(rng.normal(0, 3, (60, 8, 8, 3)), 0)
    frames = np.clip(walk, 0, 255).astype(np.uint8)
    made, seam = list(closed(iter(frames), 20)), Seam()
    assert len(made) == 40 and np.array_equal(made[0], frames[20])
    for frame in made:
        seam.see(frame)
    assert seam.ratio is not None and seam.ratio < 1.15
    cut = Seam()
    for frame in frames[:40]:
        cut.see(frame)
    assert cut.ratio is not None and cut.ratio > 3  # an open clip's seam is seen


def test_mixing_is_done_in_light_and_with_alpha_multiplied_in():
    black, white = np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)
    assert mixed(black, white, 0.5)[0, 0, 0] == 188  # half the light, not half the number
    clear = np.uint8([[[0, 255, 0, 0]]])
    solid = np.uint8([[[200, 10, 10, 255]]])
    assert mixed(clear, solid, 0.5).tolist() == [[[200, 10, 10, 128]]]  # what is not there lends no colour
