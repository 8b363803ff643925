"""The hidden-law worlds: their own stepping against closed forms, and the scores."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import unknown
from benchmarks._unknown_world import AHEAD, CONTEXT, SIZE, World, draw, knowable, simulate
from benchmarks.baselines import samples
from benchmarks.baselines.closed import polynomial


def one(x, v, r=8.0, **more) -> World:
    return World(np.array([x], float), np.array([v], float), np.array([r]), **more)


def test_flight_and_bounce_are_the_closed_form():
    g, e, top = 0.2, 0.8, 110.0
    walls = np.array([[0.0, top + 8, 0.0, -1.0]])
    places = simulate(one([20, 50], [1, 0], gravity=g, walls=walls, bounce=e))[:, 0]
    hit = np.sqrt(2 * (top - 50) / g)
    t = np.arange(len(places))
    after = (t > hit) & (t < hit + 2 * e * hit)
    expected = np.where(
        t < hit, 50 + 0.5 * g * t**2, top - e * g * hit * (t - hit) + 0.5 * g * (t - hit) ** 2
    )
    both = (t < hit) | after
    np.testing.assert_allclose(places[both, 1], expected[both], atol=0.02)


def test_drag_ends_at_the_terminal_speed():
    places = simulate(one([20, 0], [0, 0], gravity=0.1, drag=0.1), frames=90)[:, 0]
    assert np.diff(places[:, 1])[-1] == pytest.approx(1.0, abs=1e-3)


def test_friction_stops_and_does_not_turn_back():
    places = simulate(one([20, 60], [2, 0], friction=0.1))[:, 0]
    np.testing.assert_allclose(places[-1], [40, 60], atol=0.05)


def test_collisions_keep_momentum():
    x, v, r = np.array([[30.0, 60], [70, 63]]), np.array([[2.0, 0], [-1, 0]]), np.array([6.0, 9.0])
    places = simulate(World(x, v, r, meet=0.9))
    mass, speed = r**2, np.diff(places, axis=0)
    np.testing.assert_allclose(mass @ speed[-1], mass @ v, atol=1e-6)
    assert (mass * (speed[-1] ** 2).sum(1)).sum() < (mass * (v**2).sum(1)).sum()


def test_straight_motion_is_foreseen_by_constant_velocity_and_left_where_it_leaves():
    world = one([20, 60], [2.2, 0])
    truth = simulate(world)
    off = unknown.errors(polynomial(truth[:CONTEXT], AHEAD, 1), truth)
    assert off.shape == (AHEAD, 1) and np.nanmax(off) < 1e-6
    assert np.isnan(off[-1, 0]) and truth[-1, 0, 0] > SIZE


def test_a_bar_for_every_shift():
    assert unknown.within("in range", 0.4, np.nan, 0.5) and not unknown.within("in range", 0.6, np.nan, 0.5)
    assert unknown.within("speed x2", 4.9, 0.1, 0.5) and not unknown.within("speed x2", 5.1, 0.1, 0.5)
    assert unknown.within("gravity x2", 1.4, 0.5, 0.5) and not unknown.within("gravity x2", 1.6, 0.5, 0.5)


def test_worlds_with_walls_that_nobody_can_know_are_drawn_again():
    walls = np.array([[110.0, 0.0, -1.0, 0.0]])
    assert knowable(one([20, 60], [3, 0], walls=walls))  # met in frame 27
    assert not knowable(one([20, 60], [2, 0], walls=walls))  # in frame 41: after the frames given
    assert all(knowable(draw("box", "in range", np.random.default_rng(k))) for k in range(2))


def test_a_network_sees_its_disc_first_and_answers_from_the_last_place_seen():
    world = World(np.zeros((2, 2)), np.zeros((2, 2)), np.array([5.0, 9.0]))
    seen = np.stack([np.full((CONTEXT, 2), 30.0), np.full((CONTEXT, 2), 90.0)], 1)
    seen[-3:, 1] = np.nan
    made = samples.samples_of(world, seen, np.full((AHEAD, 2, 2), 96.0))
    assert made.radius[:, :2].tolist() == [[5, 9], [9, 5]] and not made.there[1, -3:, 0].any()
    answer, weight = samples.asked(made)
    np.testing.assert_allclose(answer[:, 0], [[66 / 64] * 2, [6 / 64] * 2], rtol=1e-6)
    assert weight.all()
    np.testing.assert_allclose(samples.mirrored(made).place[2:, :, 0, 0], SIZE - made.place[:, :, 0, 0])
