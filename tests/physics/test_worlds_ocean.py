"""The ocean: waves against the spectrum and dispersion, foam, what the camera sees, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm as normal_law

from physics.arrays import light_of, view_of
from physics.media import Ocean
from physics.scene import Camera, Light, Scene
from physics.worlds import guides
from physics.worlds import ocean as oc
from physics.worlds import spectrum as sp
from physics.worlds import water as wa
from physics.worlds.foam import mean_cover
from physics.worlds.sea_state import check_ocean, height_of, wave_systems, whitecap_cover
from physics.worlds.sea_view import fan_of, row_means
from physics.worlds.sky import sky
from physics.worlds.texture import pyramid, sample, sample_finest

G = 9.81


def sea(wind: float = 8.0, **ocean) -> Scene:
    """A small picture of open water, without foam unless asked for: its calibration takes a second."""
    camera = Camera(position=(0.0, 4.0, 0.0), look_at=(0.0, 3.2, -10.0), fov_deg=32.0)
    ocean = {"foam": 0.0, **ocean}
    return Scene(
        ground=None, wind=(wind, 0.0, 0.0), ocean=Ocean(**ocean), camera=camera,
        width=48, height=40, num_frames=3,
    )  # fmt: skip


@pytest.fixture(scope="module")
def world() -> oc.OceanWorld:
    return oc.build_world(sea())


@pytest.fixture(scope="module")
def film() -> list:
    return list(guides(sea(), None))  # type: ignore[arg-type]


@given(st.floats(0.05, 400), st.floats(0.1, 3000))
def test_wavenumber_inverts_dispersion(length, depth):
    k = np.array(2 * np.pi / length)
    assert sp.wavenumber(sp.dispersion(k, G, depth), G, depth) == pytest.approx(k, rel=1e-9)


@given(st.floats(0.5, 200), st.floats(0.2, 100))
def test_group_velocity_is_the_slope_of_dispersion(length, depth):
    k = 2 * np.pi / length
    slope = (
        sp.dispersion(np.array(k * 1.00001), G, depth) - sp.dispersion(np.array(k * 0.99999), G, depth)
    ) / (2e-5 * k)
    assert sp.group_velocity(np.array(k), G, depth) == pytest.approx(slope, rel=1e-6)


def test_tabulated_deep_water_periods():
    length = np.array([0.1, 0.5, 1, 2, 5, 10, 50, 100])
    period = 2 * np.pi / sp.dispersion(2 * np.pi / length, G, np.inf)
    expected = [0.2531, 0.5659, 0.8003, 1.1318, 1.7895, 2.5308, 5.6590, 8.0030]
    np.testing.assert_allclose(period, expected, atol=6e-5)


@pytest.mark.parametrize("omega", [0.5, 0.9, 2.0, 5.0])
def test_spreading_is_a_density_of_directions(omega):
    system = sp.wind_sea(10.0, 100e3, G, 0.7)
    total = quad(
        lambda a: float(sp.spreading(system, np.array([omega]), np.array([a]), G)[0]),
        -np.pi,
        np.pi,
        limit=200,
    )[0]
    assert total == pytest.approx(1.0, rel=1e-6)


def test_swell_has_the_height_asked_for():
    assert 4 * sp.variance(sp.swell(2.5, 12.0, G, 0.0), G) ** 0.5 == pytest.approx(2.5, rel=1e-6)


def test_waves_of_all_tiles_hold_the_spectrum_once(world):
    weight = np.where(np.arange(oc.GRID // 2 + 1) > 0, 0.5, 0.25)
    held = float(np.sum(weight * (np.abs(world.ahead) ** 2 + np.abs(world.against) ** 2)))
    assert held == pytest.approx(world.variance, rel=0.02)
    heights = np.asarray(oc.surface(world, 3.0))[..., 0]
    assert np.var(heights, axis=(1, 2)).sum() == pytest.approx(world.variance, rel=0.1)


def test_surface_is_the_sum_of_its_waves(world):
    """The transform against a slow sum at a few grid points, all fields."""
    t, c, (j, i) = 7.3, 1, (17, 201)
    kx, kz = oc._lattice(world.tiles[c])
    x, z = i * world.tiles[c] / oc.GRID, j * world.tiles[c] / oc.GRID
    turn = np.exp(-1j * world.omega[c] * t)
    height = 0.5 * (world.ahead[c] * turn + world.against[c] * np.conj(turn))
    twice = np.where(np.arange(oc.GRID // 2 + 1) > 0, 2.0, 1.0)
    waves = height * np.exp(1j * (kx * x + kz * z)) * twice
    slow = [np.real(np.sum(waves * np.asarray(world.factors)[f, c])) for f in range(len(oc.FIELDS))]
    np.testing.assert_allclose(np.asarray(oc.surface(world, t))[c, j, i], slow, atol=2e-5)


def test_derivatives_are_those_of_height_and_displacement(world):
    f = np.asarray(oc.surface(world, 1.0))[0]
    unit = world.tiles[0] / oc.GRID
    for value, slope, axis in ((0, 3, 1), (0, 4, 0), (1, 5, 1), (2, 6, 0), (2, 7, 1)):
        central = (np.roll(f[..., value], -1, axis) - np.roll(f[..., value], 1, axis)) / (2 * unit)
        error = np.std(central - f[..., slope]) / np.std(f[..., slope])
        assert error < 0.35 and np.corrcoef(central.ravel(), f[..., slope].ravel())[0, 1] > 0.97


def test_loop_repeats_exactly():
    world = oc.build_world(sea(8.0, period_s=9.0))
    np.testing.assert_allclose(oc.surface(world, 2.0), oc.surface(world, 11.0), atol=1e-4)


def test_weaker_gravity_makes_slower_waves():
    moon = oc.build_world(replace(sea(), gravity=(0.0, -1.62, 0.0)))
    k = 2 * np.pi / moon.tiles[0] * 9
    assert moon.omega[0, 0, 9] == pytest.approx(np.sqrt(1.62 * k), rel=1e-6)


def test_foam_dies_away_where_none_is_made(world):
    state = oc.OceanState(jnp.float32(0), oc.surface(world, 0.0), jnp.ones((oc.TILES, oc.GRID, oc.GRID)))
    calm = replace(world, squeeze=np.full(oc.TILES, -np.inf))
    later = oc.step(calm, state, 1.5)
    np.testing.assert_allclose(later.foam, np.exp(-1.5 / oc.FOAM_LIFE), rtol=1e-6)
    assert float(later.time) == 1.5


@settings(deadline=None, max_examples=25)
@given(st.floats(-2, 8), st.floats(0.02, 0.5))
def test_visible_facets_against_quadrature(steps, sigma):
    mean = steps * sigma
    area = quad(lambda z: z * normal_law.pdf(z, mean, sigma), 0, mean + 9 * sigma)[0]
    square = quad(lambda z: z * z * normal_law.pdf(z, mean, sigma), 0, mean + 9 * sigma)[0]
    got = wa.visible(jnp.float32(mean), jnp.float32(sigma))
    assert float(got[0]) == pytest.approx(area, rel=2e-3)
    assert float(got[1]) == pytest.approx(square / area, rel=2e-3)


def test_texture_samples_texels_and_means():
    rng = np.random.default_rng(0)
    texture = jnp.asarray(rng.normal(size=(16, 16, 3)), jnp.float32)
    x, z = jnp.array([3.0, 15.0, -13.0]), jnp.array([5.0, 0.0, 21.0])
    at = texture[jnp.array([5, 0, 5]), jnp.array([3, 15, 3])]
    np.testing.assert_allclose(sample_finest(texture, 16.0, x, z), at, atol=1e-5)
    table = pyramid(texture)
    np.testing.assert_allclose(sample(table, 16, 16.0, x, z, jnp.full(3, 1.0)), at, atol=1e-5)
    far = sample(table, 16, 16.0, x, z, jnp.full(3, 1e6))
    np.testing.assert_allclose(far, jnp.broadcast_to(texture.mean((0, 1)), (3, 3)), atol=0.02)


def test_rows_average_what_the_running_maximum_leaves_visible():
    """Against a brute-force march at many angles within each row."""
    rng = np.random.default_rng(3)
    scene = sea()
    fan = replace(
        fan_of(view_of(scene, 0), 48, 40, 1.0, 20.0), columns=3, rings=40, rows=24, bottom=-0.3, cell=0.01
    )
    angle = -0.32 + 0.006 * np.arange(40)[:, None] + 0.012 * rng.normal(size=(40, 3))
    value = np.broadcast_to(np.sin(0.3 * np.arange(40))[:, None, None], (40, 3, 1))
    value = np.concatenate([np.ones_like(value), value], -1)
    distance = np.geomspace(5, 500, 40)
    got, near = (np.asarray(a) for a in row_means(fan, *map(jnp.float32, (angle, value, distance))))
    for a in range(3):
        for r in range(24):
            fine = fan.bottom + fan.cell * (r + (np.arange(200) + 0.5) / 200)
            seen = [_march(angle[:, a], value[:, a], e) for e in fine]
            np.testing.assert_allclose(got[r, a], np.mean(seen, 0), atol=0.16)
            if fan.bottom + fan.cell * r < angle[:, a].max():
                assert 0.9 / distance[-1] < near[r, a] < 1.1 / distance[0]


def _march(angle, value, e):
    """First stretch of the profile that rises through elevation `e`; the first ring below the start."""
    for i in range(len(angle) - 1):
        if angle[: i + 1].max() <= e < angle[i + 1]:
            share = (e - angle[i]) / (angle[i + 1] - angle[i])
            return value[i] + share * (value[i + 1] - value[i])
    return value[0] + 0 * value[0] if e < angle[0] else 0 * value[0]


@pytest.mark.slow
def test_planes_are_finite_and_consistent(film):
    assert len(film) == 3
    for guide in film:
        for name, plane in vars(guide).items():
            assert plane is None or np.isfinite(np.asarray(plane)).all(), name
        wet = np.asarray(guide.ident) == 1
        assert wet[-1].all() and not wet[0].any()
        assert (np.asarray(guide.depth)[~wet] > 1e6).all() and np.asarray(guide.depth)[wet].min() > 4
        assert np.asarray(guide.medium).min() == 1.0
        length = np.linalg.norm(np.asarray(guide.normal), axis=-1)
        np.testing.assert_allclose(length[wet], 1.0, atol=1e-3)


@pytest.mark.slow
def test_horizon_is_straight_and_where_the_round_earth_has_it(film):
    scene = sea()
    cover = np.asarray(film[0].cover)
    top = 40 - cover.sum(0)
    dip = np.sqrt(2 * 4.0 / (6.371e6 * 7 / 6))
    focal = 20 / np.tan(np.radians(16))
    expected = 20 - focal * np.tan(np.arctan(0.08) - dip)
    np.testing.assert_allclose(top, expected, atol=0.35)
    assert scene.height == 40


@pytest.mark.slow
def test_first_and_last_frames_clamp_motion_like_the_rigid_world(film):
    assert np.abs(np.asarray(film[0].motion_back)).max() < 1e-3
    assert np.abs(np.asarray(film[-1].motion)).max() < 1e-3
    assert np.abs(np.asarray(film[0].motion)).max() > 0.02


@pytest.mark.slow
def test_same_seed_same_bytes(film):
    again = next(guides(sea(), None))  # type: ignore[arg-type]
    np.testing.assert_array_equal(again.prior, film[0].prior)


def test_still_water_is_a_flat_mirror():
    ray = np.float32([[0.0], [-0.1], [-1.0]]) / np.float32(np.sqrt(1.01))
    seen = wa.facet(ray, jnp.zeros((2, 1)), jnp.zeros(1))
    np.testing.assert_allclose(seen["normal"][:, 0], [0, 1, 0], atol=1e-3)
    assert oc.build_world(sea(0.0)).variance == 0


@pytest.mark.slow
def test_foam_covers_what_the_wind_explains():
    world = oc.build_world(sea(14.0, foam=1.0))
    state = oc.start(world, 20.0)
    cover = 0.5 * float(np.asarray(mean_cover(state.foam)).mean((1, 2)).sum())
    assert cover == pytest.approx(whitecap_cover(14.0), rel=0.35)


def test_sun_disc_is_in_the_sky_where_the_light_says():
    light = light_of(replace(sea(), light=Light(sun_direction=(0.0, 0.2, -1.0), sun_radius_deg=0.5)))
    rays = np.float32([[0, 0], [0.2, 0.26], [-1, -1]])
    rays = rays / np.linalg.norm(rays, axis=0)
    at_sun, beside = np.asarray(sky(light, None, rays, 1e-3)).T
    assert at_sun.min() > 2 and beside.max() < 2


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        (sea(500.0), "up to 60 m/s"),
        (sea(float("nan")), "finite"),
        (sea(depth_m=0.0), "depth_m: must be 0.05"),
        (sea(fetch_m=-5.0), "fetch_m: must be 10"),
        (sea(fetch_m=float("nan")), "finite"),
        (sea(12.0, period_s=1.0), "cannot repeat"),
        (sea(swell_height_m=15.0, depth_m=0.5), "break in 0.5 m"),
        (replace(sea(), gravity=(0.0, 0.0, 0.0)), "makes no waves"),
    ],
)
def test_absurd_seas_are_refused_with_the_limit(scene, words):
    with pytest.raises(ValueError, match=words) as caught:
        check_ocean(scene)
    assert "\n" not in str(caught.value)


def test_height_grows_with_wind_and_fetch():
    assert height_of(sea(4.0)) < height_of(sea(8.0)) < height_of(sea(16.0))
    assert height_of(sea(8.0, fetch_m=1e3)) < height_of(sea(8.0, fetch_m=1e5))
    assert wave_systems(sea(0.0)) == []
