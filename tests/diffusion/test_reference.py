"""The path tracer sees the scene that the guide sees: sky, energy, base colours where they belong."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from diffusion.reference import combine, render_reference
from physics import arrays as ar
from physics import guide as gd
from physics import light as li
from physics import raycast as rc
from physics.colour import luminance
from physics.scene import Body, Box, Camera, Ground, Light, Scene, Surface

SIDE = 40
GREY, BLACK = (0.5, 0.5, 0.5), (0.0, 0.0, 0.0)
EVEN = Light(sun_irradiance=(1e-6,) * 3, sky_zenith=GREY, sky_horizon=GREY, glow=BLACK, haze_m=1000.0)
MATT = Surface(colour=(0.7353569,) * 3, roughness=1.0)  # 0.5 in linear light
CAMERA = Camera(position=(0.0, 1.0, 3.0), look_at=(0.0, 0.3, 0.0), fov_deg=40.0)


def small(**changes) -> Scene:
    return Scene(**{"camera": CAMERA, "width": SIDE, "height": SIDE, "num_frames": 1, **changes})


def trace(scene: Scene, **how) -> np.ndarray:
    pytest.importorskip("mitsuba")
    return render_reference(scene, still(scene), 0, **{"spp": 32, "texels": 256, **how})  # type: ignore[arg-type]


def still(scene: Scene):
    turns = Rotation.from_rotvec(np.array([b.orientation for b in scene.bodies]).reshape(-1, 3)).as_quat()
    position = np.array([b.position for b in scene.bodies], float).reshape(1, -1, 3)
    return SimpleNamespace(position=position, orientation=np.roll(turns, 1, axis=-1)[None])


def first_hits(scene: Scene):
    """Rays (3, P), ids (P,) and linear base colours (P, 3) at the pixel centres."""
    geo, view = ar.geometry_of(scene, still(scene), 0), ar.view_of(scene, 0)
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) + 0.5
    ray, _ = gd.camera_rays(view, jnp.asarray(x.ravel()), jnp.asarray(y.ravel()))
    eye = jnp.broadcast_to(jnp.asarray(view.position)[:, None], ray.shape)
    t, ident = rc.nearest(geo, eye, ray)
    _, local = rc.normal_at(geo, ident, eye + jnp.minimum(t, 1e3) * ray)
    base = gd.base_of(
        ar.layout_of(scene), geo, ar.materials_of(scene), ident, local, jnp.full(ray.shape[1:], 0.04)
    )
    return ray, np.asarray(ident), np.asarray(base).T


def interior(ident: np.ndarray) -> np.ndarray:
    """Pixels whose neighbours show the same object."""
    pad = np.pad(ident.reshape(SIDE, SIDE), 1, mode="constant", constant_values=-1)
    shifts = [pad[i : i + SIDE, j : j + SIDE] for i in range(3) for j in range(3)]
    return np.all([s == shifts[4] for s in shifts], axis=0).ravel()


def test_combine_drops_fireflies_and_keeps_the_mean():
    passes = np.random.default_rng(0).uniform(0.4, 0.6, (8, 4, 4, 3)).astype(np.float32)
    np.testing.assert_allclose(combine(passes), passes.mean(0), rtol=1e-6)
    passes[3, 1, 1] = 1000.0
    assert combine(passes)[1, 1].max() < 0.8


@pytest.mark.slow
def test_the_sky_is_the_same():
    away_from_the_sun = Camera(position=(0, 1, 0), look_at=(-1.0, 1.3, -1.0), fov_deg=50.0)
    scene = small(ground=None, camera=away_from_the_sun)
    ray, ident, _ = first_hits(scene)
    assert np.all(ident == rc.SKY)
    seen = trace(scene, spp=16).reshape(-1, 3)
    want = np.asarray(li.sky(ar.light_of(scene), ray)).T
    np.testing.assert_allclose(seen, want, rtol=0.03)


@pytest.mark.slow
def test_furnace():
    """Under an even sky a white ball almost vanishes and a grey one shows its albedo and its gloss."""
    for colour, low, high in (((1.0,) * 3, 0.42, 0.56), (MATT.colour, 0.22, 0.32)):
        ball = Body(position=(0.0, 0.3, 0.0), radius=0.5, surface=Surface(colour=colour, roughness=1.0))
        middle = trace(small(bodies=(ball,), ground=None, light=EVEN))[17:23, 17:23]
        assert low < middle.mean() < high


@pytest.mark.slow
def test_the_sun_is_as_strong():
    light = Light(
        sun_direction=(0.3, 0.9, 0.2), sun_irradiance=(np.pi,) * 3, sky_zenith=BLACK, sky_horizon=BLACK,
        glow=BLACK, haze_m=1000.0,
    )  # fmt: skip
    seen = trace(small(ground=Ground(surface=MATT), light=light))[-10:].mean()
    height = 0.9 / np.linalg.norm([0.3, 0.9, 0.2])
    assert seen == pytest.approx(0.5 * height, rel=0.12)  # albedo E cos / pi, and a little gloss


@pytest.mark.slow
def test_base_colours_are_where_the_guide_has_them():
    ball = Surface(pattern="beach_ball", colour=(0.9, 0.9, 0.9), colour2=(0.05, 0.05, 0.1), roughness=1.0)
    brick = Surface(pattern="checker", colour2=(0.1, 0.1, 0.1), pattern_scale=0.35, roughness=1.0)
    floor = Surface(
        pattern="checker", colour=(0.9, 0.9, 0.9), colour2=(0.1, 0.1, 0.1), pattern_scale=0.8, roughness=1.0
    )
    # a quarter of a period off the box's middle: turned or mirrored the checker is its own negative
    middle = (-0.6125, 0.4, 0.0875)
    scene = small(
        bodies=(Body(position=(0.45, 0.7, 0.3), radius=0.45, orientation=(0.4, -0.8, 0.6), surface=ball),),
        boxes=(Box(centre=middle, half_size=(0.4, 0.4, 0.4), rotation=(0.0, 0.6, 0.0), surface=brick),),
        ground=Ground(surface=floor),
        light=replace(EVEN, haze_m=6.0),  # the ground's texels are spread over what is not haze
    )
    _, ident, base = first_hits(scene)
    seen, want = (np.asarray(luminance(c)) for c in (trace(scene, spp=64, texels=512).reshape(-1, 3), base))
    inner, near = interior(ident), np.arange(SIDE * SIDE) > 0.5 * SIDE * SIDE  # the far floor is too fine
    for k in (rc.GROUND, rc.FIRST, rc.FIRST + 1):
        mine = (ident == k) & inner & (near | (k != rc.GROUND))
        assert mine.sum() > 60 and want[mine].std() > 0.05
        assert np.corrcoef(seen[mine], want[mine])[0, 1] > 0.8
        # no more light than the sky sends, and a little gloss
        assert seen[mine].mean() < 0.62 * want[mine].mean()


def test_a_name_of_cached_truth_tells_what_shows_and_outlives_new_fields():
    from dataclasses import replace

    from diffusion.reference import FIRST, fingerprint
    from physics.scene import Body, Box, Scene

    scene = Scene(bodies=(Body(),), boxes=(Box(),))
    told = fingerprint(scene)
    for moved in (
        replace(scene, bodies=(Body(radius=0.2),)),
        replace(scene, boxes=(Box(name="wall"),)),
        replace(scene, ground=None),
    ):
        assert fingerprint(moved) != told
    assert (
        told.count("=") == sum(len(FIRST[kind].split()) for kind in FIRST) + len(FIRST["Surface"].split()) * 2
    )
