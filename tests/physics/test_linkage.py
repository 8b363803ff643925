"""Linkages: exact periods and exchanges, energy, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ellipk

from physics.mechanics import Linkage
from physics.rigid import simulate
from physics.scene import Body, Ground, Scene
from physics.worlds import linkage
from physics.worlds.linkage_check import check_linkage, hung_at_start

G = 9.81


def hung(link: Linkage, count: int = 1, radius: float = 0.05, air: float = 0.0, **body) -> Scene:
    bodies = tuple(Body(radius=radius, **body) for _ in range(count))
    scene = Scene(bodies=bodies, linkage=link, fluid_density=air, ground=None, num_frames=12)
    places = hung_at_start(scene).tolist()
    return replace(scene, bodies=tuple(replace(b, position=tuple(p)) for b, p in zip(bodies, places)))


@pytest.mark.parametrize("angle", [10.0, 90.0, 160.0])
def test_a_pendulum_is_back_after_the_elliptic_integrals_period(angle):
    scene = hung(Linkage(lengths=(1.0,), angles_deg=(angle,)))
    world, state = linkage.build_world(scene), linkage.start_state(scene)
    period = 4 * np.sqrt((1 + 0.4 * 0.05**2) / G) * ellipk(np.sin(np.radians(angle) / 2) ** 2)
    later = linkage.step(world, state, period)
    assert np.degrees(later.place[0]) == pytest.approx(angle, abs=1e-6) and abs(later.rate[0]) < 1e-6


def test_the_chain_agrees_with_lagranges_equations_of_two_point_masses():
    link = Linkage(lengths=(0.7, 0.4), angles_deg=(20.0, -50.0))
    world = linkage.build_world(hung(link, 2, radius=1e-4))
    a, b, u, v = np.radians(20.0), np.radians(-50.0), 1.3, -0.7
    m1, m2, l1, l2 = *world.mass, 0.7, 0.4
    d = a - b  # the textbook's closed form
    bottom = 2 * m1 + m2 - m2 * np.cos(2 * d)
    first = -G * (2 * m1 + m2) * np.sin(a) - m2 * G * np.sin(a - 2 * b)
    first -= 2 * np.sin(d) * m2 * (v * v * l2 + u * u * l1 * np.cos(d))
    second = (
        2 * np.sin(d) * (u * u * l1 * (m1 + m2) + G * (m1 + m2) * np.cos(a) + v * v * l2 * m2 * np.cos(d))
    )
    ours = linkage.acceleration(world, np.array([a, b]), np.array([u, v]))
    np.testing.assert_allclose(ours, [first / (l1 * bottom), second / (l2 * bottom)], rtol=1e-6)


def test_energy_is_kept_in_a_vacuum_and_falls_in_air():
    link = Linkage(lengths=(0.6, 0.5), angles_deg=(120.0, 150.0))
    for air in (0.0, 1.2):
        scene = hung(link, 2, air=air)
        world, state = linkage.build_world(scene), linkage.start_state(scene)
        change = linkage.energy(world, linkage.step(world, state, 3.0)) - linkage.energy(world, state)
        assert abs(change) < 1e-8 if air == 0 else change < -1e-3


@pytest.mark.parametrize("out", [1, 2, 3])
def test_as_many_balls_fly_out_of_a_cradle_as_came_in(out):
    link = Linkage(kind="cradle", lengths=(0.4,), angles_deg=(*[-30.0] * out, *[0.0] * (5 - out)))
    scene = hung(link, 5, 0.03, restitution=1.0)
    world, state = linkage.build_world(scene), linkage.start_state(scene)
    half = 2 * np.sqrt((0.4 + 0.03**2) / G) * ellipk(np.sin(np.radians(15.0)) ** 2)
    ours = np.degrees(linkage.step(world, state, half).place)
    np.testing.assert_allclose(ours, [*[0.0] * (5 - out), *[30.0] * out], atol=1e-4)


def test_lossy_cradles_lose_energy_at_impacts_and_tell_of_them():
    link = Linkage(kind="cradle", lengths=(0.2,), angles_deg=(-40.0, 0.0, 0.0))
    scene = replace(hung(link, 3, 0.03, restitution=0.9), num_frames=24)
    rollout = simulate(scene)
    assert rollout.position.shape == (24, 3, 3) and rollout.events[0].kind == "collision"
    assert rollout.events[0].bodies == (0, 1) and rollout.events[0].restitution == pytest.approx(0.9)
    gaps = np.linalg.norm(np.diff(rollout.position, axis=1), axis=-1)
    assert gaps.min() > 0.06 * (1 - 1e-6)


def test_a_spring_stretches_as_hooke_says():
    scene = hung(Linkage(kind="spring", lengths=(0.4,), angles_deg=(0.0,), stiffness=40.0, stretch_m=0.3))
    world, state = linkage.build_world(scene), linkage.start_state(scene)
    period = 2 * np.pi * np.sqrt(world.mass[0] / 40.0)
    sag = world.mass[0] * G / 40.0
    half = linkage.step(world, state, period / 2)
    assert -half.place[1] == pytest.approx(0.4 + sag - (0.3 - sag), abs=1e-8)


@pytest.mark.parametrize(("change", "field"), [
    ({"lengths": (1.0, 1.0)}, "linkage.lengths"),
    ({"angles_deg": (1.0, 2.0)}, "linkage.angles_deg"),
    ({"kind": "spring", "stiffness": 5e6, "lengths": (0.01,)}, "linkage.stiffness"),
    ({"pivot": (0.0, 0.5, 0.0)}, "bodies"),
])  # fmt: skip
def test_impossible_linkages_are_refused_by_field(change, field):
    scene = hung(Linkage(lengths=(1.0,), angles_deg=(30.0,)))
    with pytest.raises(ValueError, match=field):
        check_linkage(replace(scene, linkage=replace(scene.linkage, **change)))


def test_what_would_swing_into_the_ground_is_refused():
    scene = hung(Linkage(lengths=(1.0,), angles_deg=(30.0,), pivot=(0.0, 0.9, 0.0)))
    with pytest.raises(ValueError, match="hang it higher"):
        check_linkage(replace(scene, ground=Ground()))
