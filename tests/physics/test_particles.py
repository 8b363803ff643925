"""Particles: exact drag, gusts without divergence, light that is conserved, any time at once."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from physics.media import Particles
from physics.scene import Box, Camera, Ground, Scene, Surface
from physics.worlds import drag
from physics.worlds.particles import KINDS, ParticleState, build_world, fitted, step
from physics.worlds.particles_check import check_particles
from physics.worlds.particles_draw import Sprites, canvas_of, streaks
from physics.worlds.particles_fall import build_air, falls, in_the_air
from physics.worlds.particles_ground import weathered
from physics.worlds.particles_guide import particle_guides
from physics.worlds.particles_land import lying, sheltered
from physics.worlds.particles_spray import thrown
from physics.worlds.turbulence import gusts_of

CAMERA = Camera(position=(0.0, 0.8, 3.0), look_at=(0.0, 0.7, 0.0), fov_deg=36.0)


def scene_of(kind: str = "rain", **fields) -> Scene:
    given = {"per_m3": 40.0, "per_s": 200.0, "life_s": 1.0, **fields}
    return Scene(
        camera=CAMERA, particles=(Particles(kind=kind, **given),), width=64, height=64, num_frames=24
    )


def blank_guide(size: int = 64, depth: float = 1e9):
    plane, picture = jnp.zeros((size, size)), jnp.full((size, size, 3), 0.2)
    names = {"depth": plane + depth, "depth_back": plane + depth, "cover": plane, "medium": None}
    from physics.guide import Guide

    flat = dict.fromkeys(
        "roughness metallic transmission sun hard sky fresnel".split(), plane
    ) | dict.fromkeys("rgb prior base normal bleed mirror".split(), picture)
    motion = jnp.zeros((size, size, 2))
    return Guide(**flat, **names, motion=motion, motion_back=motion, ident=plane.astype(jnp.int32))


def test_quadratic_fall_against_integration():
    def law(t, y):
        return [y[1], 9.81 * (1 - (y[1] / 6.5) ** 2)]

    truth = solve_ivp(law, (0, 2.0), [0.0, 0.0], rtol=1e-10, atol=1e-12).y[:, -1]
    assert np.allclose(drag.quadratic_fall(2.0, 6.5), truth, rtol=1e-8)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.05, 2.0), st.floats(0.02, 1.0), st.floats(-5, 5))
def test_stokes_path_against_integration(time, tau, speed):
    drift = np.array([[1.0], [-9.81 * tau], [0.3]])
    start, velocity = np.array([[0.1], [1.0], [0.0]]), np.array([[speed], [2.0], [-speed]])

    def law(t, y):
        return np.concatenate([y[3:], (drift[:, 0] - y[3:]) / tau])

    first = np.concatenate([start, velocity])[:, 0]
    truth = solve_ivp(law, (0, time), first, rtol=1e-10, atol=1e-12).y[:, -1]
    place, after = drag.stokes_path(np.array([time]), start, velocity, drift, tau)
    assert np.allclose(np.concatenate([place, after])[:, 0], truth, atol=1e-7)


def test_terminal_speeds():
    tiny = 2e-5
    assert drag.sphere_speed(tiny, 1000.0) == pytest.approx(drag.stokes_speed(tiny, 1000.0), rel=0.02)
    gunn_kinzer = {1e-3: 4.03, 2e-3: 6.49, 3e-3: 8.06, 5e-3: 9.09}  # m/s, Gunn & Kinzer (1949)
    for d, v in gunn_kinzer.items():
        assert drag.rain_speed(d) == pytest.approx(v, rel=0.03)
    assert drag.sphere_speed(0.1, 0.5) < 0  # lighter than air: it rises


def test_gusts_have_no_divergence_and_their_strength():
    air, rng, h = gusts_of(np.random.default_rng(1), 0.5, 2.0), np.random.default_rng(2), 1e-4
    x = rng.uniform(-20, 20, (3, 4000))
    flow = air.velocity(x, 0.3)
    assert np.std(flow) == pytest.approx(0.5, rel=0.1)
    total = sum(
        (air.velocity(x + h * np.eye(3)[:, [a]], 0.3) - air.velocity(x - h * np.eye(3)[:, [a]], 0.3))[a]
        for a in range(3)
    ) / (2 * h)
    assert np.abs(total).max() < 1e-5


def test_light_of_a_streak_does_not_depend_on_its_length():
    found = []
    for length in (0.0, 3.0, 17.3):
        canvas = canvas_of(np.full((64, 64), 1e9))
        a = np.array([[31.7], [20.2]])
        b = a + np.array([[0.3 * length], [length]])
        streaks(canvas, Sprites(a, b, *np.array([[2.0], [0.3], [1.0]]), np.ones((3, 1))), shining=True)
        found.append(canvas.shine.sum())
    assert np.allclose(found, 3 * np.pi * 0.3**2, rtol=1e-5)


def test_what_is_behind_a_surface_is_not_drawn():
    canvas = canvas_of(np.full((32, 32), 1.5))
    a = np.full((2, 1), 16.0)
    streaks(canvas, Sprites(a, a + 4, *np.array([[2.0], [2.0], [1.0]]), np.ones((3, 1))))
    assert canvas.clouding.sum() == 0


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_any_frame_at_once_and_finite(kind):
    scene = scene_of(kind)
    world = build_world(scene)
    if world.kind.sprayed:
        clouds = [thrown(world, 7.3), thrown(world, 7.3)]
    else:
        air = build_air(scene, world)
        clouds = [in_the_air(world, air, 7.3), in_the_air(world, air, 7.3)]
        clouds += lying(scene, world, air, 7.3, np.zeros((0, 3)))
    assert np.array_equal(clouds[0].at, clouds[1].at)
    for cloud in clouds:
        assert all(np.isfinite(a).all() for a in (cloud.at, cloud.to, cloud.radius, cloud.weight))
    assert clouds[0].at.shape[1] > 0
    assert step(world, ParticleState(1.0), 0.5).time == 1.5


@pytest.mark.parametrize("kind", ["rain", "snow", "sparks"])
def test_a_period_repeats_exactly(kind):
    scene = scene_of(kind, period_s=4.0, gusts=0.3)
    world = build_world(scene)
    if kind == "sparks":
        one, two = thrown(world, 0.7), thrown(world, 4.7)
    else:
        air = build_air(scene, world)
        one, two = in_the_air(world, air, 0.7), in_the_air(world, air, 4.7)
    assert np.allclose(one.at, two.at, atol=1e-9)


def test_rain_falls_at_its_terminal_speed_with_the_wind():
    scene = replace(scene_of("rain"), wind=(2.0, 0.0, 0.0))
    world = build_world(scene)
    air = build_air(scene, world)
    cloud = in_the_air(world, air, 1.0)
    whole = falls(world, air, 1.0).age + world.exposure < air.cycle
    way = (cloud.to - cloud.at)[:, whole] / world.exposure
    assert np.allclose(way[1], -air.speed[whole], rtol=1e-9)
    assert np.allclose(way[0], 2.0, rtol=1e-9)


def test_density_is_what_was_asked():
    scene = scene_of("hail", per_m3=4.0)
    world = build_world(scene)
    air = build_air(scene, world)
    total = 0.0
    for time in np.arange(40.0):
        cloud = in_the_air(world, air, time)
        x, y, z = cloud.at
        inside = (np.abs(x) < 0.5) & (y > 0.3) & (y < 1.0) & (z > -1.0) & (z < 1.0)
        total += cloud.weight[inside].sum() / 40
    assert total == pytest.approx(4.0 * 1.0 * 0.7 * 2.0, rel=0.15)


def test_sparks_bounce_and_never_pass_the_ground():
    world = build_world(scene_of("sparks", velocity=(2.0, 1.5, 0.0), position=(0.0, 0.3, 0.0), life_s=1.0))
    low = [thrown(world, t).at[1] for t in np.linspace(0, 2, 9)]
    assert min(a.min() for a in low) >= 0
    assert np.mean(np.concatenate(low) > 0.01) > 0.5


def test_a_roof_shelters():
    scene = replace(scene_of("rain"), boxes=(Box(centre=(0.0, 1.5, 0.0), half_size=(0.5, 0.05, 0.5)),))
    p = np.array([[0.0, 0.0, 2.0], [1.0, 2.0, 1.0], [0.0, 0.0, 0.0]])
    far = sheltered(scene, np.zeros((0, 3)), p, np.array([0.0, 1.0, 0.0]))
    assert np.isfinite(far[0]) and not np.isfinite(far[1:]).any()


def test_weather_changes_the_ground():
    dry = Ground(surface=Surface(colour=(0.5, 0.5, 0.5), roughness=0.9))
    wet = weathered(Scene(ground=dry, particles=(Particles(wetness=1.0),))).ground
    white = weathered(Scene(ground=dry, particles=(Particles(kind="snow", settled=1.0),))).ground
    assert wet is not None and white is not None
    assert wet.surface.roughness < 0.2 and wet.surface.colour[0] < 0.45
    assert min(white.surface.colour) > 0.9


def test_guides_are_marked_where_particles_are():
    scene = scene_of("snow", per_m3=300.0, diameter_m=0.02)
    still = SimpleNamespace(position=np.zeros((24, 0, 3)))
    behind = blank_guide()
    guide = next(particle_guides(scene, still, iter([behind])))  # type: ignore[arg-type]
    assert guide.medium is not None and float(guide.medium.max()) == 1.0
    same = np.asarray(guide.medium) == 0
    assert same.any() and bool(np.isfinite(np.asarray(guide.prior)).all())


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        (Scene(particles=(Particles(),) * 5), "up to 4"),
        (Scene(particles=(Particles(diameter_m=0.0),)), "diameter_m"),
        (Scene(particles=(Particles(per_m3=1e9),)), "per_m3"),
        (Scene(particles=(Particles(kind="sparks"),)), "per_s"),
        (Scene(particles=(Particles(),), fluid_density=0.0), "need air"),
        (Scene(particles=(Particles(),), fluid_density=998.0), "under water"),
    ],
)
def test_what_cannot_be_is_refused(scene, words):
    with pytest.raises(ValueError, match=words) as error:
        check_particles(scene)
    assert "\n" not in str(error.value)


def test_cycles_fit_the_period():
    assert np.allclose((10.0 / fitted(np.array([0.3, 2.7, 40.0]), 10.0)) % 1.0, 0.0)
