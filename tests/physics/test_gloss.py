"""Mirrors and glass: Fresnel, the GGX lobe and Snell against scalar oracles."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physics import gloss as gl
from physics import light as li
from physics import raycast as rc
from physics.arrays import light_of
from physics.scene import Light, Scene
from tests.physics.test_light import UP, arrays, columns, one_ball


def snell_sphere(b: float, n: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Entry, exit and exit direction of a ray along -z at height b of the unit sphere, angle by angle."""
    alpha = np.arcsin(b)
    beta = np.arcsin(b / n)
    entry = np.array([0.0, np.sin(alpha), np.cos(alpha)])
    turn = np.pi - 2 * beta  # angle at the centre between entry and exit
    exit_angle = alpha + turn  # from +z towards +y, where the ray came from
    deviation = 2 * (alpha - beta)  # bent towards the axis
    leave = np.array([0.0, np.sin(exit_angle), np.cos(exit_angle)])
    return entry, leave, np.array([0.0, -np.sin(deviation), -np.cos(deviation)])


@settings(max_examples=40)
@given(st.floats(0.01, 0.97), st.floats(1.05, 2.4))
def test_refraction_through_a_sphere_obeys_snell_twice(b, ior):
    entry, leave, out = snell_sphere(b, ior)
    ray = columns([[0.0, 0.0, -1.0]])
    got_leave, got_out = gl.refract_through(
        columns([entry]), ray, jnp.float32(1.0), jnp.float32(ior), columns([entry])
    )
    np.testing.assert_allclose(got_leave[:, 0], leave, atol=2e-4)
    np.testing.assert_allclose(got_out[:, 0], out, atol=2e-3)


@settings(max_examples=40)
@given(st.floats(0.01, 0.97), st.floats(1.05, 2.4))
def test_light_thrown_back_once_inside_a_sphere(b, ior):
    """The deviation of the primary rainbow, 2 (i - r) + pi - 2 r, towards the axis."""
    turn = 2 * (np.arcsin(b) - np.arcsin(b / ior)) + np.pi - 2 * np.arcsin(b / ior)
    entry, ray = np.array([0.0, b, np.sqrt(1 - b * b)]), columns([[0.0, 0.0, -1.0]])
    out = gl.refract_after_one_reflection(columns([entry]), ray, jnp.float32(ior))
    np.testing.assert_allclose(out[:, 0], [0.0, -np.sin(turn), -np.cos(turn)], atol=3e-3)


def test_an_index_of_one_does_not_bend():
    n = np.array([[0.3, 0.4, np.sqrt(0.75)], [0.0, 0.0, 1.0]])
    ray = columns([[0.0, 0.0, -1.0]] * 2)
    leave, out = gl.refract_through(columns(n), ray, jnp.float32(2.0), jnp.float32(1.0), columns(2.0 * n))
    np.testing.assert_allclose(out, ray, atol=1e-5)
    np.testing.assert_allclose(leave, columns(2.0 * n * [1, 1, -1]), atol=1e-4)


def test_reflectance_of_a_smooth_surface_is_fresnels():
    c = np.linspace(0.05, 1, 40)
    inside = np.sqrt(1 - (1 - c * c) / 2.25)
    s, p = (c - 1.5 * inside) / (c + 1.5 * inside), (1.5 * c - inside) / (1.5 * c + inside)
    got = gl.reflectance(jnp.asarray(c, jnp.float32), jnp.ones((3, 40)), 0.05, 0.0, 1.5)[0]
    np.testing.assert_allclose(got, (s * s + p * p) / 2, atol=0.02)


def test_reflectance_limits():
    base, one = jnp.array([[0.9], [0.5], [0.1]]), jnp.ones(1)
    np.testing.assert_allclose(gl.reflectance(one, base, 0.1, 1.0, 1.5), base, atol=0.01)
    np.testing.assert_allclose(gl.reflectance(one, base, 0.1, 0.0, 1.5), 0.04, atol=0.002)
    grid = jnp.linspace(0, 1, 50)
    for roughness in (0.0, 0.3, 1.0):
        e = np.asarray(gl.reflectance(grid, jnp.ones((3, 50)), roughness, 1.0, 1.5))
        assert np.all(e <= 1.0) and np.all(e >= 0.3)  # a white metal keeps most of the light
    rough = gl.reflectance(jnp.zeros(1), base, 1.0, 0.0, 1.5)
    assert float(rough.max()) < 0.1 < float(gl.reflectance(jnp.zeros(1), base, 0.1, 0.0, 1.5).min())


@pytest.mark.parametrize("roughness, height", [(0.3, 0.9), (0.3, 0.2), (0.7, 0.5)])
def test_the_highlight_holds_the_reflected_share(roughness, height):
    """Summed over all places of the sun, the highlight is the reflectance: the two share lobe and masking."""
    rays = np.random.default_rng(1).normal(size=(60_000, 3))
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    rays[:, 1] = np.abs(rays[:, 1])
    view = columns([[np.sqrt(1 - height * height), -height, 0.0]])
    up, f0 = jnp.asarray(UP), jnp.full((3, 1), 0.6)
    sums = []
    for part in np.array_split(rays, 2):
        light = arrays(sun_radius_deg=0.01)
        lobe = _highlight_of_suns(light, up, view, f0, roughness, columns(part))
        sums.append(2 * np.pi * float(jnp.mean(lobe[0])))
    want = float(gl.reflectance(jnp.array([height]), jnp.full((3, 1), 0.6), roughness, 1.0, 1.5)[0, 0])
    assert np.mean(sums) == pytest.approx(want, rel=0.06)


@pytest.mark.parametrize("offset, radius, alpha", [(0.0, 0.1, 0.05), (0.2, 0.1, 0.05), (0.08, 0.1, 0.02)])
def test_the_share_of_a_lobe_in_a_disc_is_its_integral(offset, radius, alpha):
    k = np.arange(200_000)
    r, turn = radius * np.sqrt((k + 0.5) / len(k)), 2 * np.pi * (k * 0.6180339887 % 1)
    m2 = (offset + r * np.cos(turn)) ** 2 + (r * np.sin(turn)) ** 2
    want = np.mean(alpha**2 / (np.pi * (alpha**2 + m2) ** 2)) * np.pi * radius**2
    got = float(gl.lobe_in_disc(jnp.float32(offset**2), jnp.float32(radius**2), jnp.float32(alpha**2)))
    assert got == pytest.approx(want, rel=1e-3)


@pytest.mark.parametrize("roughness", [0.137, 0.3])
@pytest.mark.parametrize("aside, far", [(0.0, 0.06), (0.08, 0.06), (0.25, 0.2)])
def test_a_large_sun_is_the_mean_of_many_small_ones(roughness, aside, far):
    size, height = np.radians(6.0), 0.8
    sun = np.array([np.sqrt(1 - height**2), height, 0.0])
    seen = np.array([np.sin(np.arcsin(sun[0]) - aside), np.cos(np.arcsin(sun[0]) - aside), 0.0])
    view, up = columns([seen * [1, -1, 1]]), jnp.asarray(UP)
    k = np.arange(3000)
    r, turn = np.sin(size) * np.sqrt((k + 0.5) / len(k)), 2 * np.pi * (k * 0.6180339887 % 1)
    across, along = np.array([-sun[1], sun[0], 0.0]), np.array([0.0, 0.0, 1.0])
    suns = sun + np.outer(r * np.cos(turn), across) + np.outer(r * np.sin(turn), along)
    suns /= np.linalg.norm(suns, axis=1, keepdims=True)
    f0 = jnp.full((3, 1), 0.6)
    small = _highlight_of_suns(arrays(sun_radius_deg=0.01), up, view, f0, roughness, columns(suns))
    large = _highlight_of_suns(arrays(sun_radius_deg=6.0), up, view, f0, roughness, columns([sun]))
    assert float(large[0, 0]) == pytest.approx(float(jnp.mean(small[0])), rel=far)


@pytest.mark.parametrize("alpha", [5e-4, 0.05])
def test_the_sun_seen_through_glass_holds_its_irradiance(alpha):
    light = arrays(sun_radius_deg=4.0, sun_direction=(0.0, 0.0, 1.0), sun_irradiance=(2.0, 1.0, 0.5))
    angle = (np.arange(4000) + 0.5) / 4000 * 1.5
    rays = columns(np.stack([np.sin(angle), 0 * angle, np.cos(angle)], -1))
    around = 2 * np.pi * np.sin(angle) * (angle[1] - angle[0])
    total = np.asarray(gl.sun_disc(light, rays, alpha)) @ around
    np.testing.assert_allclose(total, light.irradiance, rtol=0.02)


def _highlight_of_suns(light, normal, view, f0, roughness, suns):
    """(3, P) highlights, one per direction of the sun: what is turned is the light, not the surface."""
    from dataclasses import replace

    import jax

    def one(sun):
        return gl.highlight(replace(light, direction=sun), normal, view, f0, roughness)[:, 0]

    return jax.vmap(one, in_axes=1, out_axes=1)(suns)


def test_a_pane_of_glass_shifts_but_does_not_bend():
    f32 = np.float32
    none = np.zeros((0, 3), f32)
    geo = rc.Geometry(
        none, np.zeros(0, f32), np.zeros((0, 3, 3), f32),
        f32([[0, 0, 0]]), f32([[2.0, 2.0, 0.25]]), np.eye(3, dtype=f32)[None], f32(0),
    )  # fmt: skip
    ray = columns([[np.sin(0.5), 0.0, -np.cos(0.5)]])
    entry, normal = columns([[0.0, 0.0, 0.25]]), columns([[0.0, 0.0, 1.0]])
    leave, out = gl.refract_through_boxes(geo, normal, ray, jnp.array([rc.FIRST]), jnp.float32(1.5), entry)
    np.testing.assert_allclose(out, ray, atol=1e-5)
    bent = np.arcsin(np.sin(0.5) / 1.5)
    np.testing.assert_allclose(leave[:, 0], [0.5 * np.tan(bent), 0.0, -0.25], atol=1e-5)


def test_the_mirror_shows_the_sky_where_nothing_stands():
    geo, mat = one_ball(0.8, True)
    light = arrays()
    p, ray = columns([[3.0, 0.0, 0.0]]), columns([[0.6, 0.8, 0.0]])
    seen = gl.mirror_view(
        geo,
        mat,
        light,
        p,
        jnp.asarray(UP),
        ray,
        jnp.zeros(1),
        jnp.array([rc.GROUND]),
        lambda i, q, t: jnp.ones((3, 1)),
    )
    np.testing.assert_allclose(seen, li.sky(light, ray), rtol=1e-5)


@pytest.mark.parametrize("roughness", (0.2, 0.32, 0.45, 0.7))
def test_a_broad_sun_behind_a_silhouette_lights_no_sparks(roughness):
    """A disc of 25 degrees half below the horizon of a grazing facet: less than a tenth of its radiance."""
    light = light_of(Scene(light=Light(sun_direction=(-0.44, 0.89, 0.11), sun_radius_deg=25)))
    ray = np.array([-0.12, -0.25, -1.0]) / np.linalg.norm([-0.12, -0.25, -1.0])
    side = np.cross(ray, [0, 1, 0]) / np.linalg.norm(np.cross(ray, [0, 1, 0]))
    turn = np.radians(np.arange(360.0))
    round_it = np.outer(side, np.cos(turn)) + np.outer(np.cross(side, ray), np.sin(turn))
    for facing in (1e-3, 1e-2, 0.1):
        normal = round_it * np.sqrt(1 - facing**2) - facing * ray[:, None]
        rays = np.tile(ray[:, None], (1, len(turn)))
        mirrored = gl.highlight(light, jnp.array(normal), jnp.array(rays), jnp.full((3, 1), 0.04), roughness)
        assert float(mirrored.max()) < 0.1 / (np.pi * np.sin(np.radians(25)) ** 2)
