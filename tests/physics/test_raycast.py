"""Rays: nearest hit against a slow oracle, visibility and occlusion against Monte Carlo."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from physics import raycast as rc

SPHERES, BOXES, RAYS = 4, 3, 256  # one size, so that everything is compiled once


def random_geometry(rng, *, ground: float = 1.0) -> rc.Geometry:
    f32 = np.float32
    return rc.Geometry(
        centre=f32(rng.uniform([-2, 0.2, -2], [2, 2, 2], (SPHERES, 3))),
        radius=f32(rng.uniform(0.1, 0.6, SPHERES)),
        rotation=f32(Rotation.random(SPHERES, random_state=int(rng.integers(1 << 30))).as_matrix()),
        box_centre=f32(rng.uniform([-2, 0, -2], [2, 1.5, 2], (BOXES, 3))),
        box_half=f32(rng.uniform(0.1, 0.7, (BOXES, 3))),
        box_rotation=f32(Rotation.random(BOXES, random_state=int(rng.integers(1 << 30))).as_matrix()),
        ground=f32(ground),
    )


def lonely_sphere(centre, radius) -> rc.Geometry:
    empty = np.zeros((0, 3), np.float32)
    return rc.Geometry(
        np.float32([centre]), np.float32([radius]), np.eye(3, dtype=np.float32)[None],
        empty, empty, np.zeros((0, 3, 3), np.float32), np.float32(1.0),
    )  # fmt: skip


def random_rays(rng, count: int = RAYS):
    origin = rng.uniform([-4, 0.5, 3], [4, 4, 5], (count, 3))
    ray = rng.uniform([-2, -0.5, -2], [2, 2, 2], (count, 3)) - origin
    return origin, ray / np.linalg.norm(ray, axis=1, keepdims=True)


def all_hits(geo: rc.Geometry, origin, ray) -> np.ndarray:
    """Distance (P, objects) to ground, spheres, boxes by the textbook, inf for a miss."""
    out = [np.where((ray[:, 1] < 0) & (geo.ground > 0), -origin[:, 1] / ray[:, 1], np.inf)]
    for c, r in zip(np.asarray(geo.centre, float), np.asarray(geo.radius, float)):
        oc = origin - c
        b, q = np.sum(oc * ray, 1), np.sum(oc * oc, 1) - r * r
        t = -b - np.sqrt(np.maximum(b * b - q, 0))
        out.append(np.where((b * b > q) & (t > 0), t, np.inf))
    for c, h, m in zip(*(np.asarray(a, float) for a in (geo.box_centre, geo.box_half, geo.box_rotation))):
        out.append(box_hit((origin - c) @ m, ray @ m, h))
    return np.stack(out, 1)


def box_hit(o, d, half) -> np.ndarray:
    """Nearest face rectangle that the ray meets, face by face."""
    best = np.full(len(o), np.inf)
    for axis in range(3):
        for side in (-1, 1):
            t = (side * half[axis] - o[:, axis]) / d[:, axis]
            on_face = np.all(np.delete(np.abs(o + t[:, None] * d) <= half, axis, 1), 1)
            best = np.where(on_face & (t > 0), np.minimum(best, t), best)
    return best


def jax_rays(origin, ray):
    return jnp.asarray(origin.T, jnp.float32), jnp.asarray(ray.T, jnp.float32)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.booleans())
def test_nearest_hit_agrees_with_the_oracle(seed, ground):
    rng = np.random.default_rng(seed)
    geo = random_geometry(rng, ground=float(ground))
    origin, ray = random_rays(rng)
    t, ident = map(np.asarray, rc.nearest(geo, *jax_rays(origin, ray)))
    hits = all_hits(geo, origin, ray)
    inside = np.any([box_holds(geo, i, origin) for i in range(BOXES)], axis=0)
    want = np.where(np.isinf(hits.min(1)), rc.SKY, hits.argmin(1) + 1)
    agree = (ident == want) | inside
    assert agree.mean() > 0.99  # float32 may miss what only grazes
    sure = agree & ~inside & (want != rc.SKY) & (hits.min(1) < 100)
    np.testing.assert_allclose(t[sure], hits.min(1)[sure], rtol=5e-3, atol=5e-3)
    assert np.median(np.abs(t - hits.min(1))[sure]) < 1e-5
    assert np.all(t[ident == rc.SKY] >= rc.FAR)


def box_holds(geo: rc.Geometry, i: int, origin) -> np.ndarray:
    q = (origin - geo.box_centre[i]) @ np.asarray(geo.box_rotation[i], float)
    return np.all(np.abs(q) < geo.box_half[i] + 1e-3, 1)


def test_skipped_objects_are_not_hit():
    rng = np.random.default_rng(0)
    geo = random_geometry(rng)
    o, d = jax_rays(*random_rays(rng))
    _, ident = rc.nearest(geo, o, d)
    t2, second = rc.nearest(geo, o, d, skip=ident)
    assert not np.any((np.asarray(second) == np.asarray(ident)) & (np.asarray(ident) != rc.SKY))
    assert np.all(np.asarray(t2) >= np.asarray(rc.nearest(geo, o, d)[0]) - 1e-5)


def test_box_slab():
    unit = tuple(jnp.asarray(a, jnp.float32) for a in (np.zeros(3), np.ones(3), np.eye(3)))
    o = jnp.array([[-3.0, -3.0, 0.0, 0.0, 3.0], [0.0, 1.5, 0.0, 5.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]])
    d = jnp.array([[1.0, 1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, -1.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]])
    enter, hit = map(np.asarray, rc.box_interval(unit, o, d))
    np.testing.assert_array_equal(
        hit, [True, False, True, True, False]
    )  # straight, beside, within, above, behind
    np.testing.assert_allclose(enter[[0, 3]], [2.0, 4.0], rtol=1e-6)
    assert enter[2] < 0


@settings(max_examples=10)
@given(st.integers(0, 10_000))
def test_normals_are_unit_and_face_the_ray(seed):
    rng = np.random.default_rng(seed)
    geo = random_geometry(rng)
    o, d = jax_rays(*random_rays(rng))
    t, ident = rc.nearest(geo, o, d)
    p = o + jnp.minimum(t, 1e3) * d
    normal, local = map(np.asarray, rc.normal_at(geo, ident, p))
    ident, hit = np.asarray(ident), np.asarray(ident) != rc.SKY
    np.testing.assert_allclose(np.linalg.norm(normal[:, hit], axis=0), 1.0, atol=2e-3)
    assert np.mean(np.sum(normal * np.asarray(d), 0)[hit] < 1e-3) > 0.99
    ball = (ident >= rc.FIRST) & (ident < rc.FIRST + SPHERES)
    np.testing.assert_allclose(np.linalg.norm(local[:, ball], axis=0), 1.0, atol=2e-3)
    for k in range(SPHERES):  # the pattern turns with the ball
        mine = ident == rc.FIRST + k
        np.testing.assert_allclose(np.asarray(geo.rotation[k]) @ local[:, mine], normal[:, mine], atol=1e-4)
    floor = ident == rc.GROUND
    np.testing.assert_allclose(local[:, floor], np.asarray(p)[:, floor] * [[1], [0], [1]], atol=1e-6)


def test_arccos():
    x = np.linspace(-1, 1, 2001)
    np.testing.assert_allclose(rc.arccos(jnp.asarray(x, jnp.float32)), np.arccos(x), atol=1e-4)


def lens_share(separation: float, source: float, blocker: float) -> float:
    """Share of the source disc under the blocker disc: the exact lens of two circles."""
    a, b, d = source, blocker, separation
    if d >= a + b:
        return 0.0
    if d <= abs(a - b):
        return min(1.0, (b / a) ** 2)
    p, q = (d * d + a * a - b * b) / (2 * d * a), (d * d + b * b - a * a) / (2 * d * b)
    kite = 0.5 * np.sqrt((a + b - d) * (d + a - b) * (d - a + b) * (d + a + b))
    return float((a * a * np.arccos(p) + b * b * np.arccos(q) - kite) / (np.pi * a * a))


def test_disc_coverage_limits():
    cover = lambda *a: float(rc.disc_coverage(*(jnp.float32(v) for v in a)))  # noqa: E731
    assert cover(0.0, 0.05, 0.2) == pytest.approx(1.0)
    assert cover(0.15, 0.05, 0.2) == pytest.approx(1.0, abs=1e-5)  # just covered
    assert cover(0.25, 0.05, 0.2) == pytest.approx(0.0, abs=1e-5)  # just clear
    assert cover(0.0, 0.05, 0.01) == pytest.approx(0.04, rel=1e-4)  # an eclipse by a small disc


@pytest.mark.parametrize(
    ("blocker", "error"), [(1.0, 0.045), (0.4, 0.055), (0.15, 0.07), (0.05, 0.17), (0.02, 0.06)]
)
def test_disc_coverage_is_monotone_and_close_to_the_lens(blocker, error):
    source = 0.05
    s = np.linspace(0, source + blocker + 0.02, 200)
    got = np.asarray(rc.disc_coverage(jnp.asarray(s, jnp.float32), source, jnp.float32(blocker)))
    assert np.all(np.diff(got) <= 1e-6) and got.min() >= 0 and got.max() <= 1
    assert np.abs(got - [lens_share(x, source, blocker) for x in s]).max() < error


def cone_rays(rng, axis, half_angle: float, count: int) -> np.ndarray:
    """Unit rays (count, 3), even over the cone's solid angle."""
    c = 1 - rng.random(count) * (1 - np.cos(half_angle))
    phi, s = rng.random(count) * 2 * np.pi, np.sqrt(1 - c * c)
    u = np.cross(axis, [0.3, 0.2, 0.9])
    u /= np.linalg.norm(u)
    return (
        s[:, None] * (np.cos(phi)[:, None] * u + np.sin(phi)[:, None] * np.cross(axis, u)) + c[:, None] * axis
    )


def traced_visibility(geo, points, axis, half_angle: float) -> np.ndarray:
    """Unblocked share of the cone from each point (P, 3), by many rays."""
    rays = cone_rays(np.random.default_rng(1), axis, half_angle, 1500)
    hits = [all_hits(geo, np.broadcast_to(p, rays.shape), rays)[:, 1:].min(1) for p in points]
    return np.mean(np.isinf(hits), axis=1)


@pytest.mark.parametrize("degrees", [1.0, 6.0, 15.0])
def test_cone_visibility_of_a_sphere_against_rays(degrees):
    half, axis = np.radians(degrees), np.array([0.4, 0.8, 0.3]) / np.linalg.norm([0.4, 0.8, 0.3])
    geo = lonely_sphere((0.0, 0.8, 0.0), 0.5)
    shadow = np.array([0.0, 0.8, 0.0]) - axis * (0.8 / axis[1])
    x = np.linspace(-1.6, 1.6, 40)
    points = shadow + np.stack([x, 0 * x, 0.3 * x], 1)
    ident = jnp.full(len(x), rc.GROUND)
    axis_col = jnp.asarray(axis, jnp.float32)[:, None]
    got = np.asarray(rc.cone_visibility(geo, jnp.asarray(points.T, jnp.float32), axis_col, half, ident))
    want = traced_visibility(geo, points, axis, half)
    assert want.min() == 0.0 and want.max() == 1.0
    assert np.abs(got - want).mean() < 0.02 and np.abs(got - want).max() < 0.1


@pytest.mark.parametrize("axis", [(0.4, 0.8, 0.3), (0.0, 1.0, 0.0)])
def test_cone_visibility_of_boxes_against_rays(axis):
    half, axis = np.radians(10.0), np.array(axis) / np.linalg.norm(axis)
    geo = random_geometry(np.random.default_rng(3))
    geo = rc.Geometry(**{**vars(geo), "centre": geo.centre + np.float32([0, 0, 60]), "box_centre": np.float32(
        [[0, 1, 0], [1.5, 0.6, 0.2], [-1.5, 1.2, 0.5]])})  # fmt: skip
    x, z = np.meshgrid(np.linspace(-2, 2, 12), np.linspace(-1.5, 1.5, 8))
    points = np.stack([x.ravel(), 0 * x.ravel(), z.ravel()], 1)
    outside = ~np.any([box_holds(geo, i, points) for i in range(BOXES)], axis=0)
    axis_col = jnp.asarray(axis, jnp.float32)[:, None]
    ident = jnp.full(len(points), rc.GROUND)
    got = np.asarray(rc.cone_visibility(geo, jnp.asarray(points.T, jnp.float32), axis_col, half, ident))
    error = np.abs(got - traced_visibility(geo, points, axis, half))[outside]
    assert error.mean() < 0.03 and error.max() < 0.2  # eight rays


def test_an_object_does_not_block_itself():
    geo = lonely_sphere((0.0, 0.8, 0.0), 0.5)
    top = jnp.array([[0.0], [0.3], [0.0]])  # the lowest point of the ball; the sun stands above
    up = jnp.array([[0.0], [1.0], [0.0]])
    assert float(rc.cone_visibility(geo, top, up, 0.05, jnp.array([rc.FIRST]))[0]) == 1.0
    assert float(rc.point_visibility(geo, top, up, jnp.array([rc.FIRST]))[0]) == 1.0
    assert float(rc.cone_visibility(geo, top - 0.1 * up, up, 0.05, jnp.array([rc.GROUND]))[0]) == 0.0


def test_point_visibility_is_one_ray():
    rng = np.random.default_rng(5)
    geo = random_geometry(rng)
    axis = np.array([0.4, 0.8, 0.3]) / np.linalg.norm([0.4, 0.8, 0.3])
    points = rng.uniform([-3, 0, -3], [3, 0, 3], (RAYS, 3))
    outside = ~np.any([box_holds(geo, i, points) for i in range(BOXES)], axis=0)
    outside &= np.all(np.linalg.norm(points[:, None] - geo.centre, axis=-1) > geo.radius, axis=1)
    hits = all_hits(geo, points, np.broadcast_to(axis, points.shape))[:, 1:].min(1)
    axis_col, ident = jnp.asarray(axis, jnp.float32)[:, None], jnp.full(RAYS, rc.GROUND)
    got = np.asarray(rc.point_visibility(geo, jnp.asarray(points.T, jnp.float32), axis_col, ident))
    assert 0.2 < got.mean() < 0.95 and set(np.unique(got)) == {0.0, 1.0}
    assert np.mean((got == np.isinf(hits))[outside]) > 0.99


def traced_occlusion(to, radius: float) -> float:
    """Cosine-weighted share of the hemisphere about y that the sphere hides."""
    rng = np.random.default_rng(2)
    a, phi = rng.random(20_000), rng.random(20_000) * 2 * np.pi
    ray = np.stack([np.sqrt(a) * np.cos(phi), np.sqrt(1 - a), np.sqrt(a) * np.sin(phi)], 1)
    along = ray @ to
    return float(np.mean((along > 0) & (to @ to - along**2 < radius**2)))


def test_sphere_occlusion_against_the_hemisphere():
    rng = np.random.default_rng(0)
    to = rng.uniform([-1.5, -0.5, -1.5], [1.5, 2, 1.5], (60, 3))
    radius = rng.uniform(0.1, 0.95, 60) * np.linalg.norm(to, axis=1)
    up = jnp.tile(jnp.array([[0.0], [1.0], [0.0]]), (1, 60))
    got = np.asarray(
        rc.sphere_occlusion(jnp.asarray(to.T, jnp.float32), jnp.asarray(radius, jnp.float32), up)
    )
    want = np.array([traced_occlusion(a, r) for a, r in zip(to, radius)])
    whole = (to[:, 1] > radius) | (to[:, 1] < -radius)  # entirely above or below the horizon: exact
    assert np.abs(got - want)[whole].max() < 0.015
    assert np.abs(got - want).mean() < 0.03 and np.abs(got - want).max() < 0.12
    assert got.min() >= 0 and got.max() <= 1
