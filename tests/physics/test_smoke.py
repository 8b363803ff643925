"""Smoke and fire as a world: chemistry and light in closed form, what is refused, what steps must show."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from physics.arrays import light_of
from physics.colour import display
from physics.media import Gas, Source
from physics.scene import Scene
from physics.worlds import fire, smoke, volume
from physics.worlds.smoke_check import check_gas, steps_per_frame
from physics.worlds.smoke_guide import _upsample, undisplay

GAS = Gas(
    size=(0.5, 1.0, 0.5),
    cells=16,
    sources=(Source(radius=0.1, height=0.2, position=(0, 0.1, 0), smoke=5, heat=80),),
)
SCENE = Scene(ground=None, gas=GAS, width=32, height=32)
NO_BALLS = (np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32), np.zeros(0, np.float32))


@pytest.fixture(scope="module")
def risen():
    """A small plume after 12 frames."""
    world = smoke.build_world(SCENE)
    state = smoke.start(world)
    for _ in range(12):
        state = smoke.advance(world, state, NO_BALLS)
    return world, state


def test_cooling_is_the_exact_solution():
    heat, k = 1500.0, (1.5**3 - 1) / (3 * 0.2 * 1600.0**3)
    slow = heat
    for _ in range(20_000):
        slow -= 5e-6 * k * slow**4
    assert float(fire.cool(jnp.float32(heat), 0.1, 0.2, 1600.0)) == pytest.approx(slow, rel=1e-4)
    assert float(fire.cool(jnp.float32(1600), 0.2, 0.2, 1600.0)) == pytest.approx(1600 / 1.5, rel=1e-4)


def test_burning_turns_fuel_into_heat_and_soot():
    rows, burnt = fire.burn(jnp.array([[0.0, 10.0, 0.8]]), 0.1, 0.1, 1600.0, 2.0)
    assert float(burnt[0]) == pytest.approx(0.8 * (1 - np.exp(-1)), rel=1e-5)
    np.testing.assert_allclose(rows[0], [2 * burnt[0], 10 + 1600 * burnt[0], 0.8 - burnt[0]], rtol=1e-5)


def test_black_body_ratios_are_plancks():
    c2, kelvin = 1.4388e-2, np.array([1200.0, 1900.0])

    def planck(wave, t):
        return wave**-5 / np.expm1(c2 / (wave * t))

    ours = np.asarray(fire.black_body(jnp.asarray(kelvin)))
    for channel, wave in enumerate(fire.WAVES):
        want = planck(wave, kelvin) / planck(wave, 6500.0) * planck(fire.WAVES[0], 6500.0)
        want = want / planck(fire.WAVES[0], fire.REFERENCE)
        np.testing.assert_allclose(ours[channel], want, rtol=0.04)


def test_hot_gas_rises_and_stays_finite(risen):
    world, state = risen
    x, y, z = (2 * c for c in world.plan.domain.cells)
    mass = np.asarray(state.rows[:, smoke.SMOKE]).reshape(x, y, z).sum((0, 2))
    height = (mass * (np.arange(y) + 0.5)).sum() / mass.sum() / y
    assert 0.12 < height < 0.8  # the source is at 0.1
    assert float(state.velocity[1].max()) > 0 and float(state.rows.min()) >= 0


def test_seeds_change_the_turbulence_and_nothing_else(risen):
    worlds = [smoke.build_world(replace(SCENE, seed=s)) for s in (0, 1)]
    assert not np.allclose(worlds[0].numbers.waves, worlds[1].numbers.waves)
    assert np.allclose(worlds[0].numbers.place, worlds[1].numbers.place)
    again = smoke.advance(*_started(worlds[0]), NO_BALLS)
    np.testing.assert_array_equal(again.rows, smoke.advance(*_started(worlds[0]), NO_BALLS).rows)


def _started(world):
    return world, smoke.start(world)


def test_no_smoke_inside_a_ball(risen):
    world, state = risen
    ball = (np.float32([[0, 0.3, 0]]), np.zeros((1, 3), np.float32), np.float32([0.1]))
    after = smoke.advance(world, state, ball)
    p = np.asarray(smoke._world(world.plan.domain, world.numbers, smoke.DETAIL))
    inside = ((p - np.array([[0], [0.3], [0]])) ** 2).sum(0) < 0.01
    assert inside.sum() > 20 and float(jnp.abs(after.rows[inside]).max()) == 0


def test_a_flow_that_blows_up_is_an_error_and_no_frame(risen):
    world, state = risen
    with pytest.raises(ValueError, match="blew up"):
        smoke.check_finite(replace(state, rows=state.rows.at[0, 0].set(jnp.nan)))


def test_a_clear_slab_dims_by_its_optical_depth(risen):
    world, state = risen
    n = replace(world.numbers, ragged=np.float32(0))
    d = world.plan.domain
    even = replace(state, rows=jnp.zeros_like(state.rows).at[:, smoke.SMOKE].set(3.0))
    coarse, lights = volume.light_rows(d, n, even, light_of(SCENE))
    noise = jnp.asarray(volume.noise_table())
    fields = {"rows": even.rows, "coarse": coarse, "noise": noise, "hue": jnp.ones(3), "time": even.time}
    origin = jnp.array([[0.0, 0.0], [0.5, 0.5], [3.0, 3.0]])
    ray = jnp.array([[0.0, 0.0], [0.0, 0.0], [-1.0, -1.0]])
    seen = volume.march(d, n, fields, light_of(SCENE), origin, ray, jnp.array([9.0, 3.0]))
    np.testing.assert_allclose(seen["clear"], np.exp([-1.5, -0.75]), rtol=1e-3)
    assert float(jnp.sum(lights[1])) < 1e-6  # nothing glows at room temperature
    assert np.all(np.asarray(seen["scattered"]) > 0)


def test_noise_has_no_mean_and_repeats():
    table = volume.noise_table().reshape((volume.TABLE,) * 3)
    assert abs(table.mean()) < 1e-3 and table.std() == pytest.approx(1, rel=1e-3)
    assert np.abs(np.diff(table, axis=0, append=table[:1])).max() < 3


def test_undisplay_is_the_way_back():
    radiance = jnp.asarray(np.random.default_rng(0).uniform(0, 0.9, (50, 3)), jnp.float32)
    np.testing.assert_allclose(undisplay(display(radiance)), radiance, atol=0.02)


def test_upsampling_keeps_depths_apart():
    depth = jnp.where(jnp.arange(16)[None] < 8, 1.0, 5.0) * jnp.ones((16, 1))
    half = depth[::2, ::2].reshape(-1)
    out = _upsample({"clear": (half > 2).astype(jnp.float32)}, half, depth)["clear"]
    np.testing.assert_allclose(out, (depth > 2).astype(np.float32), atol=5e-3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cells": 1}, "gas.cells: 1 along"),
        ({"cells": 10**9}, "gas.cells: 1000000000 along"),
        ({"cells": 192, "size": (1.0, 1.0, 1.0)}, "at most 600,000"),
        ({"size": (0.0, 1.0, 1.0)}, "gas.size"),
        ({"sources": ()}, "1 to 16 sources"),
        ({"sources": (Source(radius=0.001),)}, "below 3/4 of a cell"),
        ({"sources": (Source(velocity=(0, 500.0, 0)),)}, "at most 64"),
    ],
)
def test_gas_that_cannot_be_run_is_refused_before_it(change, words):
    with pytest.raises(ValueError, match=words):
        check_gas(replace(SCENE, gas=replace(GAS, **change)))


def test_longer_frames_take_more_steps_of_the_same_length():
    short, long = (steps_per_frame(replace(SCENE, fps=f)) for f in (96.0, 2.0))
    assert short < long <= 64
