"""The rigid world against closed forms and an adaptive integrator, and what it refuses."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from physics.rigid import simulate, step
from physics.rigid_world import build_world, start_state
from physics.scene import Body, Box, Scene

G = 9.81
EASY = dict(rolling_resistance=0.0)


def vacuum(*bodies, **options):
    return Scene(bodies=bodies, **{"fluid_density": 0.0, **options})


def kinds(motion, body=0):
    return [e.kind for e in motion.events if body in e.bodies]


def test_free_fall_is_exact_and_frames_are_film_time():
    scene = vacuum(Body(position=(0, 50, 0), velocity=(1, 2, 3)), fps=30.0, time_scale=0.5, num_frames=31)
    motion = simulate(scene)
    t = np.arange(31) / 30.0 * 0.5
    true = np.stack([t, 50 + 2 * t - 0.5 * G * t**2, 3 * t], 1)
    assert np.abs(motion.position[:, 0] - true).max() < 1e-12


@pytest.mark.parametrize("e", [0.3, 0.8, 0.95])
def test_bounces_follow_the_geometric_series(e):
    motion = simulate(vacuum(Body(radius=0.1, position=(0, 1.1, 0), restitution=e), num_frames=450))
    first = math.sqrt(2 / G)
    times = np.array([x.time for x in motion.events if x.kind == "bounce"])
    k = np.arange(min(len(times), 8))
    true = first + 2 * first * e * (1 - e**k) / (1 - e)
    assert np.abs(times[: len(k)] - true).max() < 1e-10
    total = first + 2 * first * e / (1 - e)
    assert motion.events[-1].kind == "rest"
    assert abs(motion.events[-1].time - total) < 1e-7
    assert np.abs(motion.velocity[-1]).max() == 0.0


def test_bounce_in_air_matches_an_adaptive_integrator():
    body = Body(
        radius=0.03, density=90.0, position=(0, 1.5, 0), velocity=(4, 2, 0), restitution=0.85, friction=0.0
    )
    motion = simulate(Scene(bodies=(body,), wind=(-2.0, 0.0, 1.0), num_frames=40))
    k, g = 0.375 * 1.2 * 0.47 / (90.6 * 0.03), G * (90 - 1.2) / 90.6  # 0.6 kg/m^3 of air moves along
    wind = np.array([-2.0, 0.0, 1.0])

    def rate(_, y):
        u = y[3:] - wind
        return np.concatenate([y[3:], [0, -g, 0] - k * np.linalg.norm(u) * u])

    def touch(_, y):
        return y[1] - 0.03

    touch.terminal, touch.direction = True, -1
    y, t, frames = np.array([0, 1.5, 0, 4, 2, 0.0]), 0.0, np.arange(40) / 24
    true = np.empty((40, 3))
    while t < frames[-1]:
        ask = frames[(frames >= t) & (frames <= frames[-1])]
        part = solve_ivp(rate, (t, frames[-1]), y, t_eval=ask, events=touch, rtol=1e-12, atol=1e-13)
        true[np.isin(frames, part.t)] = part.y[:3].T
        if not len(part.t_events[0]):
            break
        t, y = part.t_events[0][0], part.y_events[0][0]
        y[4] *= -0.85
    assert np.abs(motion.position[:, 0] - true).max() < 1e-6


def test_light_body_rises_in_water_to_its_terminal_speed():
    body = Body(radius=0.1, density=500.0, position=(0, 1, 0), drag_coefficient=0.5)
    motion = simulate(Scene(bodies=(body,), fluid_density=1000.0))
    terminal = math.sqrt((1000 - 500) * G / (0.375 * 1000 * 0.5 / 0.1))  # buoyancy = drag; no mass in it
    assert motion.velocity[-1, 0, 1] == pytest.approx(terminal, abs=1e-6)


def test_a_bubble_rises_at_twice_g_because_water_has_to_move():
    """a = g (rho_w - rho) / (rho + rho_w / 2): 2 g for a massless sphere (Lamb 1932), not hundreds of g."""
    body = Body(radius=0.1, density=1e-3, position=(0, 1, 0), drag_coefficient=0.0)
    motion = simulate(Scene(bodies=(body,), fluid_density=1000.0, num_frames=3))
    assert motion.velocity[1, 0, 1] == pytest.approx(2 * G / 24, rel=1e-5)


def test_added_mass_is_felt_in_impacts_but_does_not_turn_with_the_ball():
    body = Body(radius=0.1, density=500.0, position=(0, 1, 0))
    world = build_world(Scene(bodies=(body,), fluid_density=1000.0))
    volume = 4 / 3 * math.pi * 0.1**3
    assert world.mass[0] == pytest.approx((500 + 500) * volume)
    assert world.inertia_factor[0] * world.mass[0] == pytest.approx(0.4 * 500 * volume)


def test_sliding_becomes_rolling_then_stops():
    scene = vacuum(Body(radius=0.1, position=(0, 0.1, 0), velocity=(2, 0, 1), rolling_resistance=0.1))
    motion = simulate(scene)
    speed = math.sqrt(5.0)
    roll, rest = motion.events
    assert (roll.kind, rest.kind) == ("roll", "rest")
    assert roll.time == pytest.approx(2 * speed / (7 * 0.5 * G), abs=1e-9)
    assert rest.time - roll.time == pytest.approx(5 / 7 * speed / (0.1 * G), abs=1e-9)
    spin = motion.angular_velocity[5, 0] * 0.1
    assert spin == pytest.approx([motion.velocity[5, 0, 2], 0, -motion.velocity[5, 0, 0]], abs=1e-9)


def ramp_scene(tilt, **ball):
    ramp = Box(name="ramp", centre=(0, 4, 0), half_size=(5, 0.1, 1), rotation=(0, 0, tilt))
    along, up = np.array([math.cos(tilt), math.sin(tilt), 0]), np.array([-math.sin(tilt), math.cos(tilt), 0])
    place = np.array([0, 4, 0]) + 3 * along + 0.2 * up
    return vacuum(Body(radius=0.1, position=tuple(place), **(EASY | ball)), boxes=(ramp,), num_frames=13)


@pytest.mark.parametrize("inertia", [0.4, 2 / 3])
def test_rolling_down_a_ramp(inertia):
    motion = simulate(ramp_scene(0.3, inertia_factor=inertia))
    speed = np.linalg.norm(motion.velocity[-1, 0])
    assert speed == pytest.approx(0.5 * G * math.sin(0.3) / (1 + inertia), rel=1e-12)


def test_sliding_down_a_slippery_ramp():
    motion = simulate(ramp_scene(0.6, friction=0.02))  # mu = sqrt(0.02 * 0.5) = 0.1
    speed = np.linalg.norm(motion.velocity[-1, 0])
    assert speed == pytest.approx(0.5 * G * (math.sin(0.6) - 0.1 * math.cos(0.6)), rel=1e-9)
    assert np.linalg.norm(motion.angular_velocity[-1, 0]) == pytest.approx(
        0.5 * 0.1 * G * math.cos(0.6) / 0.4 / 0.1, rel=1e-9
    )


def test_rolling_resistance_holds_a_ball_on_a_gentle_ramp():
    assert np.ptp(simulate(ramp_scene(0.02, rolling_resistance=0.05)).position, axis=0).max() == 0.0


def test_fast_ball_leaves_a_table_edge_at_once_and_a_slow_one_turns_about_it():
    table = Box(name="table", centre=(-1, 0.5, 0), half_size=(1, 0.5, 1))

    def roll(speed):
        ball = Body(
            radius=0.1, position=(-0.1, 1.1, 0), velocity=(speed, 0, 0), angular_velocity=(0, 0, -speed / 0.1)
        )
        return simulate(vacuum(replace(ball, **EASY), boxes=(table,), num_frames=60))

    fast, slow = roll(1.5), roll(0.3)
    assert 1.5**2 > G * 0.1
    leave = [e.time for e in fast.events if e.kind == "leave"][0]
    assert leave == pytest.approx(0.1 / 1.5, abs=1e-9)
    assert [e.time for e in slow.events if e.kind == "leave"][0] > 0.1 / 0.3 + 0.05
    x, v, w = slow.position[:, 0], slow.velocity[:, 0], slow.angular_velocity[:, 0]
    energy = 0.5 * (v**2).sum(1) + 0.5 * 0.4 * 0.01 * (w**2).sum(1) + G * x[:, 1]
    assert np.diff(energy).max() < 1e-9
    assert simulate(vacuum(Body(radius=0.1, position=(-0.5, 1.1, 0)), boxes=(table,))).events == ()


def test_two_body_collision_conserves_and_restores():
    a = Body(radius=0.1, density=500, position=(-1, 3, 0), velocity=(4, 0, 0), restitution=0.9, friction=0.0)
    b = Body(
        radius=0.2, density=900, position=(1, 3.1, 0), velocity=(-1, 0, 0), restitution=0.4, friction=0.0
    )
    scene = vacuum(a, b, gravity=(0, 0, 0), num_frames=24)
    motion, world = simulate(scene), build_world(scene)
    momentum = (world.mass[:, None] * motion.velocity).sum(1)
    assert np.abs(momentum - momentum[0]).max() < 1e-12 * np.abs(momentum[0]).max() + 1e-12
    hit = motion.events[0]
    assert hit.kind == "collision" and hit.bodies == (0, 1)
    at = hit.time
    n = np.array([-1 + 4 * at - (1 - at), -0.1, 0])
    n /= np.linalg.norm(n)
    closing = np.array([5, 0, 0]) @ n
    after = (motion.velocity[-1, 0] - motion.velocity[-1, 1]) @ n
    assert after == pytest.approx(-math.sqrt(0.9 * 0.4) * closing, rel=1e-9)


@pytest.mark.parametrize("e", [1.0, 0.95])
def test_cradle_passes_the_impulse_on(e):
    steel = dict(radius=0.05, density=7800, restitution=e, friction=0.0, **EASY)
    row = [Body(position=(0.1 * k, 0.05, 0), **steel) for k in range(5)]
    motion = simulate(
        vacuum(*row, Body(position=(-0.3, 0.05, 0), velocity=(1, 0, 0), **steel), num_frames=20)
    )
    assert motion.velocity[-1, 4, 0] == pytest.approx(((1 + e) / 2) ** 5, rel=1e-9)
    assert np.abs(motion.velocity[-1, :4, 0]).max() < 0.15


def test_ball_comes_to_rest_in_a_corner():
    walls = (
        Box(name="a", centre=(1.1, 0.5, 0), half_size=(0.1, 0.5, 2)),
        Box(name="b", centre=(0, 0.5, 1.1), half_size=(2, 0.5, 0.1)),
    )
    ball = Body(position=(0.5, 0.6, 0.5), velocity=(2, 0, 2), rolling_resistance=0.3)
    motion = simulate(Scene(bodies=(ball,), boxes=walls, wind=(6, 0, 6), num_frames=240))
    assert np.abs(motion.velocity[-1]).max() == 0.0
    assert kinds(motion)[-1] == "rest"


def test_wedge_and_small_pyramid_rest_where_they_are_put():
    r, d = 0.1, 0.2
    h = math.sqrt(2 / 3) * d
    feet = [(0, r, d / math.sqrt(3)), (-r, r, -d / 2 / math.sqrt(3)), (r, r, -d / 2 / math.sqrt(3))]
    balls = [
        Body(radius=r, position=p, friction=0.8, rolling_resistance=0.05) for p in [*feet, (0, r + h, 0)]
    ]
    motion = simulate(vacuum(*balls, num_frames=48))
    assert np.abs(motion.position - motion.position[0]).max() < 1e-5
    assert np.abs(motion.velocity[-1]).max() == 0.0


def test_dropped_heap_settles_without_exploding():
    walls = [((0.5, 0.5, 0), (0.1, 0.5, 0.7)), ((-0.5, 0.5, 0), (0.1, 0.5, 0.7)),
             ((0, 0.5, 0.5), (0.7, 0.5, 0.1)), ((0, 0.5, -0.5), (0.7, 0.5, 0.1))]  # fmt: skip
    boxes = tuple(Box(name=f"wall {k}", centre=c, half_size=h) for k, (c, h) in enumerate(walls))
    balls = [
        Body(
            radius=0.1,
            restitution=0.3,
            position=(-0.25 + 0.25 * (k % 3), 0.12 + 0.22 * (k // 3), 0.03 * (k % 2)),
        )
        for k in range(9)
    ]
    motion = simulate(Scene(bodies=tuple(balls), boxes=boxes, num_frames=120))
    assert np.abs(motion.velocity).max() < 6.0
    assert np.abs(motion.velocity[-1]).max() < 0.3


def test_a_fast_small_ball_does_not_pass_a_thin_wall():
    wall = Box(name="wall", centre=(1, 1, 0), half_size=(0.001, 3, 3))
    motion = simulate(vacuum(Body(radius=0.01, position=(-1, 1, 0), velocity=(60, 0, 0)), boxes=(wall,)))
    assert motion.position[:, 0, 0].max() < 1.0
    assert motion.events[0].time == pytest.approx((2 - 0.011) / 60, abs=1e-12)


def test_orientation_turns_with_the_spin():
    motion = simulate(vacuum(Body(position=(0, 9, 0), angular_velocity=(0, 0, math.pi)), num_frames=25))
    assert motion.orientation[-1, 0] == pytest.approx([0, 0, 0, 1], abs=1e-12)
    assert np.linalg.norm(motion.orientation, axis=-1) == pytest.approx(1.0)


def test_step_is_pure_and_composes():
    scene = Scene(bodies=(Body(position=(0, 1, 0), velocity=(1, 0, 0)),))
    world, state = build_world(scene), start_state(scene)
    kept = state.position.copy()
    once = step(world, state, 1.0)
    twice = step(world, step(world, state, 0.37), 0.63)
    assert (state.position == kept).all()
    assert np.abs(once.position - twice.position).max() < 1e-8


def test_same_scene_same_bytes():
    scene = Scene(bodies=tuple(Body(position=(0.3 * k, 1, 0), velocity=(-k, 0, 0)) for k in range(3)))
    assert simulate(scene).position.tobytes() == simulate(scene).position.tobytes()


def test_no_bodies_and_one_frame():
    assert simulate(Scene(), 3).position.shape == (3, 0, 3)
    assert simulate(Scene(bodies=(Body(),)), 1).position.shape == (1, 1, 3)


BAD = {
    "overlap": (dict(bodies=(Body(), Body(position=(0.05, 1, 0)))), "overlap"),
    "in the ground": (dict(bodies=(Body(position=(0, 0, 0)),)), "ground"),
    "in a box": (dict(bodies=(Body(),), boxes=(Box(centre=(0, 1, 0)),)), "box"),
    "not a number": (dict(bodies=(Body(position=(0, math.nan, 0)),)), "position"),
    "infinite speed": (dict(bodies=(Body(velocity=(math.inf, 0, 0)),)), "velocity"),
    "text": (dict(bodies=(Body(radius="big"),)), "radius"),
    "radius": (dict(bodies=(Body(radius=0.0),)), "radius"),
    "density": (dict(bodies=(Body(density=-1.0),)), "density"),
    "restitution": (dict(bodies=(Body(restitution=1.2),)), "restitution"),
    "friction": (dict(bodies=(Body(friction=-0.1),)), "friction"),
    "flat box": (dict(bodies=(Body(),), boxes=(Box(centre=(5, 0, 0), half_size=(1, 0, 1)),)), "half_size"),
    "fps": (dict(bodies=(Body(),), fps=0.0), "fps"),
    "time_scale": (dict(bodies=(Body(),), time_scale=-1.0), "time_scale"),
    "too many": (dict(bodies=tuple(Body(position=(k, 1, 0)) for k in range(33))), "32"),
    "frames": (dict(bodies=(Body(),), num_frames=0), "num_frames"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_scenes_are_refused_in_one_line(case):
    options, word = BAD[case]
    with pytest.raises(ValueError, match=word) as caught:
        simulate(Scene(**options))
    assert "\n" not in str(caught.value)


def test_simulating_does_not_import_jax():
    code = (
        "import sys; from physics.scene import *; from physics.rigid import simulate;"
        "simulate(Scene(bodies=(Body(),)), 3); sys.exit('jax' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
