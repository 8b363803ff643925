"""The event simulators against closed forms, a general-purpose integrator, and conservation laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import ellipk

from physics.motion.oscillators import line_law, pendulum_law
from physics.motion.synthetic import together
from physics.motion.world_law import WorldLaw

FLOOR = {"angle0": -np.pi / 2, "offset0": -200.0}


def drop(restitution: float, **more: float):
    world = WorldLaw(1, 1, np.zeros(1), 0.0)
    return world, world.theta(x0=10, y0=100, gy=0.5, restitution=restitution, **FLOOR, **more)


@pytest.mark.parametrize("restitution", [0.4, 0.7, 0.95])
def test_bounce_times_and_heights_are_exact(restitution):
    world, theta = drop(restitution)
    arcs = world.arcs(theta[None], 120.0)
    times = arcs.start[arcs.contact[:, 0] >= 0, 0]
    fall = np.sqrt(2 * 100 / 0.5)
    expected = fall + np.concatenate(([0], np.cumsum(2 * fall * restitution ** np.arange(1, 30))))
    assert np.allclose(times[:4], expected[: len(times)][:4], atol=1e-9)
    apex = (times[0] + times[1]) / 2
    assert arcs.at(np.array([apex]))[0, 0, 0, 1] == pytest.approx(200 - 100 * restitution**2, abs=1e-9)


def test_ball_comes_to_rest_and_stays():
    world, theta = drop(0.5, u0=1.0, resistance=0.02)
    end = world.path(theta[None], np.array([150.0, 190.0, 400.0]))[0, :, 0]
    assert np.allclose(end[:, 1], 200.0, atol=0.05)
    assert end[2, 0] == pytest.approx(end[1, 0], abs=1e-9)


def test_drag_and_wind_against_an_integrator():
    world = WorldLaw(1, 0, np.zeros(1), 0.0)
    theta = world.theta(x0=0, y0=0, u0=4, v0=-6, gy=0.4, drag=0.006, wind_x=-1.5)

    def rate(_, s):
        u = s[2:] - (-1.5, 0)
        return np.r_[s[2:], np.array((0, 0.4)) - 0.006 * np.linalg.norm(u) * u]

    time = np.linspace(0, 60, 13)
    truth = solve_ivp(rate, (0, 60), [0, 0, 4, -6], t_eval=time, rtol=1e-10, atol=1e-10).y[:2].T
    assert np.abs(world.path(theta[None], time)[0, :, 0] - truth).max() < 0.1


def test_momentum_is_exact_and_energy_never_rises():
    rng = np.random.default_rng(3)
    for _ in range(5):
        _, _, world, theta = together(rng, 3, walls=False)
        speed = world.arcs(theta[None], 60.0).at(np.arange(0, 60, 0.5), 1)[0]
        mass = world.world(theta[None]).mass[0]
        momentum = (mass[:, None] * speed).sum(1)
        assert np.allclose(momentum, momentum[0], atol=1e-9)
        energy = (mass * (speed**2).sum(-1)).sum(1)
        assert np.all(np.diff(energy) <= 1e-9)


def test_a_fan_of_rows_is_the_same_as_one_by_one():
    world, theta = drop(0.8)
    fan = theta + np.linspace(0, 1, 5)[:, None] * (np.array(world.names) == "u0")
    time = np.arange(0.0, 90.0)
    assert np.allclose(
        world.path(fan, time), np.concatenate([world.path(f[None], time) for f in fan]), atol=1e-9
    )


@pytest.mark.parametrize("amplitude", [0.2, 1.0, 2.0])
def test_pendulum_period(amplitude):
    law = pendulum_law(0.0, (0.0, 1.0))
    k = 0.02
    period = 4 * ellipk(np.sin(amplitude / 2) ** 2) / np.sqrt(k)
    theta = np.array([0, 0, 100, amplitude, 0, k, 0])
    place = law.path(theta[None], np.array([0, period / 2, period]))[0, :, 0]
    assert place[2] == pytest.approx(place[0], abs=0.01)
    assert place[1, 0] == pytest.approx(-place[0, 0], abs=0.01)


def test_friction_stops_or_turns_back():
    law = line_law("sliding", 0.0)
    stops = law.path(np.array([[0, 0, 0, 2.0, 0.0, 0.1]]), np.array([20.0, 50.0]))[0, :, 0, 0]
    assert np.allclose(stops, 20.0)
    turns = law.path(np.array([[0, 0, 0, 2.0, -0.3, 0.1]]), np.array([5.0, 15.0]))[0, :, 0, 0]
    assert np.allclose(turns, [5.0, 5.0 - 0.2 * 100 / 2])
