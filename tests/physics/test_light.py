"""Closed-form diffuse light: energy, sky, shadows of spheres and boxes against slow sums over rays."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from physics import light as li
from physics import raycast as rc
from physics.arrays import light_of
from physics.scene import Light, Scene

UP = np.float32([[0.0], [1.0], [0.0]])


def arrays(**changes) -> li.LightArrays:
    return light_of(Scene(light=Light(**changes)))


def even_sky(level: float = 0.5) -> li.LightArrays:
    grey, black = (level,) * 3, (0.0,) * 3
    return arrays(sky_zenith=grey, sky_horizon=grey, glow=black, sun_irradiance=black)


def columns(v) -> jnp.ndarray:
    return jnp.asarray(np.asarray(v, float).T, jnp.float32)


def cosine_rays(normal, count: int = 40_000) -> np.ndarray:
    """Unit rays (count, 3), cosine-weighted about `normal`."""
    rng = np.random.default_rng(0)
    a, phi = rng.random(count), rng.random(count) * 2 * np.pi
    normal = np.asarray(normal, float) / np.linalg.norm(normal)
    u = np.cross(normal, [0.31, 0.2, 0.93])
    u /= np.linalg.norm(u)
    flat = np.cos(phi)[:, None] * u + np.sin(phi)[:, None] * np.cross(normal, u)
    return np.sqrt(a)[:, None] * flat + np.sqrt(1 - a)[:, None] * normal


def test_sky_is_continuous_at_the_horizon_and_flat_below():
    angle = np.linspace(0, 2 * np.pi, 64)

    def at(y):
        return np.asarray(
            li.sky(arrays(), columns(np.stack([np.cos(angle), 0 * angle + y, np.sin(angle)], 1)))
        )

    assert np.abs(at(1e-5) - at(-1e-5)).max() < 1e-3
    np.testing.assert_allclose(at(-0.02), at(-0.01), atol=1e-3)
    assert np.all(at(0.3) >= 0) and np.all(np.isfinite(at(-0.999)))


def test_sky_reaches_the_zenith_and_glows_towards_the_sun():
    plain, glowing = arrays(glow=(0, 0, 0)), arrays()
    np.testing.assert_allclose(li.sky(plain, jnp.asarray(UP))[:, 0], Light().sky_zenith, rtol=1e-5)
    gain = li.sky(glowing, plain.direction[:, None]) - li.sky(plain, plain.direction[:, None])
    np.testing.assert_allclose(gain[:, 0], Light().glow, rtol=1e-4)


@pytest.mark.parametrize("normal", [(0, 1, 0), (1, 0, 0), (0.5, 0.7, 0.5), (-0.6, 0.6, -0.5), (0, -1, 0)])
@pytest.mark.parametrize("glow", [(0.0, 0.0, 0.0), (0.5, 0.45, 0.4)])
def test_sky_ambient_is_the_cosine_mean_of_the_upper_sky(normal, glow):
    light = arrays(glow=glow)
    rays = cosine_rays(normal)
    want = (np.asarray(li.sky(light, columns(rays))) * (rays[:, 1] > 0)).mean(1)
    n = np.asarray(normal, float) / np.linalg.norm(normal)
    np.testing.assert_allclose(li.sky_ambient(light, columns([n]))[:, 0], want, atol=0.004, rtol=0.03)


def test_a_white_surface_that_faces_an_irradiance_of_pi_shows_one():
    black = (0.0, 0.0, 0.0)
    light = arrays(
        sun_direction=(0, 1, 0), sun_irradiance=(np.pi,) * 3, sky_zenith=black, sky_horizon=black, glow=black
    )
    np.testing.assert_allclose(li.direct(light, jnp.asarray(UP), jnp.ones(1))[:, 0], 1.0, rtol=1e-5)
    np.testing.assert_allclose(li.direct(light, jnp.asarray(UP), jnp.zeros(1))[:, 0], 0.0, atol=1e-6)


def test_sun_cosine():
    light = arrays(sun_direction=(0, 1, 0), sun_radius_deg=6.0)
    angle = np.linspace(0, np.pi, 400)
    c = np.asarray(li.sun_cosine(light, columns(np.stack([np.sin(angle), np.cos(angle), 0 * angle], 1))))
    lit = np.cos(angle) > 0.12
    np.testing.assert_allclose(c[lit], np.cos(angle)[lit], atol=1e-6)
    assert np.all(c[np.cos(angle) < -0.12] == 0)
    assert np.all(np.diff(c) <= 1e-6) and np.abs(np.diff(c)).max() < 0.01  # no step at the terminator


def one_ball(y: float, ground: bool):
    f32 = np.float32
    none, turns = np.zeros((0, 3), f32), np.zeros((0, 3, 3), f32)
    geo = rc.Geometry(
        f32([[0, y, 0]]), f32([0.5]), np.eye(3, dtype=f32)[None], none, none, turns, f32(ground)
    )
    rows = {k: np.full(2, 0.5, f32) for k in ("scale", "roughness", "metallic", "transmission", "ior")}
    white = np.ones((2, 3), f32)
    return geo, li.Materials(colour=white, colour2=white, mean=white, **rows)


def test_furnace_a_white_world_under_an_even_sky_gains_no_energy():
    geo, mat = one_ball(0.8, True)
    light, rng = even_sky(0.5), np.random.default_rng(0)
    n = rng.normal(size=(200, 3))
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    on_ball = columns(n * 0.5 + [0, 0.8, 0])
    left, bleed = li.occlusion_and_bleed(geo, mat, light, on_ball, columns(n), jnp.full(200, rc.FIRST))
    total = np.asarray(li.direct(light, columns(n), jnp.ones(200), left) + bleed)
    assert np.all(np.asarray(left) == 1.0)  # a sphere does not hide the sky from itself
    # with a Lambert floor it would be 0.5 everywhere; a floor with gloss over it throws back a little more
    assert 0.35 < total.min() and total.max() < 0.54


def test_occlusion_and_bleeding_under_a_ball():
    geo, mat = one_ball(0.8, True)
    x = np.float32([0.0, 0.5, 1.0, 4.0, 50.0])
    p = jnp.stack([jnp.asarray(x), 0 * x, 0 * x])
    up = jnp.broadcast_to(jnp.asarray(UP), p.shape)
    left, bleed = map(np.asarray, li.occlusion_and_bleed(geo, mat, even_sky(), p, up, jnp.full(5, rc.GROUND)))
    assert (
        np.all(np.diff(left) > 0)
        and left[0] == pytest.approx(1 - (0.5 / 0.8) ** 2, rel=1e-5)
        and left[-1] > 0.999
    )
    assert np.all(np.diff(bleed[0]) < 0) and bleed.min() >= 0


def test_ground_opacity_fades_between_one_and_four_hazes():
    x = jnp.linspace(0, 60, 200)
    a = np.asarray(li.ground_opacity(arrays(haze_m=12.0), jnp.stack([x, 0 * x, 0 * x])))
    assert (
        np.all(a[np.asarray(x) < 12] == 1) and np.all(a[np.asarray(x) > 48] == 0) and np.all(np.diff(a) <= 0)
    )


def test_burleys_lobe_and_its_mean_over_the_hemisphere():
    """`diffuse_sky` is the cosine-weighted mean of `diffuse_sun` over all directions of the sun."""
    to_sun = cosine_rays([0, 1, 0], 4000)
    for roughness in (0.0, 0.5, 1.0):
        for height in (0.15, 0.5, 1.0):
            ray = columns([[np.sqrt(1 - height * height), -height, 0.0]])
            each = [
                float(li.diffuse_sun(arrays(sun_direction=tuple(d)), jnp.asarray(UP), ray, roughness)[0])
                for d in to_sun[:: 4000 // 200]
            ]
            got = float(li.diffuse_sky(jnp.asarray(UP), ray, roughness)[0])
            assert got == pytest.approx(np.mean(each), abs=0.04)


@pytest.mark.parametrize("normal", [(0, 1, 0), (0.6, 0.6, 0.5)])
def test_the_form_factor_of_a_box_counts_the_rays_that_meet_it(normal):
    rng = np.random.default_rng(3)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.linalg.det(turn)
    box = tuple(np.float32(x) for x in ([0.4, 1.6, 0.3], [0.5, 0.3, 0.4], turn))
    normal = np.float32(normal) / np.linalg.norm(normal)
    rays = cosine_rays(normal, 100_000)
    p = jnp.zeros((3, 1))
    _, met = rc.box_interval(box, jnp.zeros((3, len(rays))), columns(rays))  # type: ignore[arg-type]
    got = float(normal @ np.asarray(li.box_form_factor(box, p))[:, 0])
    assert got == pytest.approx(float(np.mean(np.asarray(met))), abs=0.004)


def test_a_spheres_mean_brightness_by_phase_angle():
    """Full, half and new: 2/3, 2/(3 pi) and nothing of a disc that faces the sun."""
    geo, mat = one_ball(0.8, False)
    black = (0.0, 0.0, 0.0)
    light = arrays(
        sun_direction=(1, 0, 0), sun_irradiance=(np.pi,) * 3, sky_zenith=black, sky_horizon=black, glow=black
    )
    towards = columns([[1, 0, 0], [0, 0, 1], [-1, 0, 0]])
    got = np.asarray(li.sphere_light(geo, mat, light, towards))[0]
    np.testing.assert_allclose(got, [2 / 3, 2 / (3 * np.pi), 0.0], atol=2e-3)
