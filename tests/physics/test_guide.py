"""The guide: outlines, shadows, motion and textures against geometry worked out point by point.

All pictures of one layout share one compiled program, so that objects which a test does not want are
moved out of sight instead of being left out.
"""

from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

from physics import arrays as ar
from physics import guide as gd
from physics import raycast as rc
from physics.camera import camera_at, camera_basis, focal_px, project
from physics.scene import Body, Box, Camera, Ground, Light, Scene, Surface

SIZE = 128
AWAY = (0.0, 0.6, 60.0)  # behind the camera, far from every ray towards the sun
BALLS = (
    Body(position=(0.0, 0.3, 0.0), radius=0.3, surface=Surface(pattern="basketball")),
    Body(position=(0.6, 0.2, 0.3), radius=0.2, orientation=(0.3, -0.2, 0.9)),
)
BOX = Box(
    centre=(-0.75, 0.25, -0.2),
    half_size=(0.25, 0.25, 0.25),
    rotation=(0.0, 0.5, 0.0),
    surface=Surface(pattern="checker", pattern_scale=0.2),
)
SCENE = Scene(
    bodies=BALLS,
    boxes=(BOX,),
    camera=Camera(position=(0.0, 0.8, 3.2), look_at=(0.0, 0.25, 0.0), fov_deg=35.0),
    width=SIZE,
    height=SIZE,
    num_frames=3,
)


def stills(scene: Scene, shift=(0, 0, 0), turn=(0, 0, 0), frames: int = 3):
    """A rollout in which every ball moves by `shift` (m) and turns by `turn` (rad) per frame."""
    start = np.array([b.position for b in scene.bodies], float).reshape(-1, 3)
    first = Rotation.from_rotvec(np.array([b.orientation for b in scene.bodies], float).reshape(-1, 3))
    at = [(Rotation.from_rotvec(k * np.array(turn, float)) * first).as_quat() for k in range(frames)]
    k = np.arange(frames)[:, None, None]
    return SimpleNamespace(
        position=start + k * np.array(shift, float), orientation=np.roll(np.array(at), 1, axis=-1)
    )


def one_ball(position, radius: float = 0.3, **changes) -> Scene:
    """SCENE with one ball in view and all else out of it."""
    ball = replace(BALLS[0], position=position, radius=radius)
    away = replace(BALLS[1], position=AWAY)
    return replace(SCENE, bodies=(ball, away), boxes=(replace(BOX, centre=AWAY),), **changes)


def planes(guide) -> dict[str, np.ndarray]:
    found = {f.name: getattr(guide, f.name) for f in fields(guide)}
    return {name: np.asarray(plane) for name, plane in found.items() if plane is not None}


def world_points(scene: Scene, guide, k: int) -> np.ndarray:
    """The surface point (H, W, 3) under every pixel, from the depth plane alone."""
    y, x = np.mgrid[: scene.height, : scene.width] + 0.5
    f = focal_px(scene)
    ray = np.stack([(x - scene.width / 2) / f, (scene.height / 2 - y) / f, np.ones_like(x)], -1)
    position, look_at = camera_at(scene.camera, k / scene.fps)
    depth = np.minimum(np.asarray(guide.depth, float), 1e3)[..., None]
    return (ray * depth) @ camera_basis(position, look_at) + position


def carried(scene: Scene, rollout, points, ident, k: int, to: int) -> np.ndarray:
    """Where the material points are at frame `to`."""
    out = points.copy()
    for i in range(len(scene.bodies)):
        a, b = (Rotation.from_quat(np.roll(rollout.orientation[j][i], -1)) for j in (k, to))
        mine = ident == rc.FIRST + i
        out[mine] = (b * a.inv()).apply(points[mine] - rollout.position[k][i]) + rollout.position[to][i]
    return out


MOVES = {
    "translation": (SCENE, {"shift": (0.03, 0.02, -0.01)}),
    "rotation": (SCENE, {"turn": (0.08, -0.1, 0.05)}),
    "pan": (replace(SCENE, camera=replace(SCENE.camera, move="pan", rate=24.0)), {}),
    "dolly": (replace(SCENE, camera=replace(SCENE.camera, move="dolly", rate=1.2)), {}),
    "orbit": (
        replace(SCENE, camera=replace(SCENE.camera, move="orbit", rate=-30.0)),
        {"shift": (-0.02, 0.03, 0.02), "turn": (-0.05, 0.1, 0.0)},
    ),
}


@pytest.fixture(scope="module", params=MOVES)
def move(request):
    """Scene, rollout and the guides of its three frames."""
    scene, how = MOVES[request.param]
    rollout = stills(scene, **how)
    return scene, rollout, [gd.render_guide(scene, rollout, k) for k in range(3)]


@pytest.fixture(scope="module")
def plain():
    return gd.render_guide(SCENE, stills(SCENE), 0)


@pytest.mark.parametrize("position", [(0.02, 0.31, 0.0), (0.5, 0.55, 0.3), (-0.6, 0.1, -0.5)])
def test_silhouette_centroid_and_area_are_those_of_the_projected_ellipse(position):
    scene = one_ball(position, ground=None)
    cover = np.asarray(gd.render_guide(scene, stills(scene), 0).cover, float)
    basis = camera_basis(*camera_at(scene.camera, 0.0))
    x, y, z = basis @ (np.array(position) - scene.camera.position)
    r, f = scene.bodies[0].radius, focal_px(scene)
    centre = SIZE / 2 + f * np.array([x, -y]) * z / (z * z - r * r)
    v, u = np.mgrid[:SIZE, :SIZE] + 0.5
    found = np.array([(u * cover).sum(), (v * cover).sum()]) / cover.sum()
    np.testing.assert_allclose(found, centre, atol=0.02)
    area = np.pi * f * f * r * r * np.sqrt(x * x + y * y + z * z - r * r) / (z * z - r * r) ** 1.5
    assert cover.sum() == pytest.approx(area, rel=3e-3)


def test_motion_is_that_of_the_material_point(move):
    scene, rollout, guides = move
    points, ident = world_points(scene, guides[1], 1), np.asarray(guides[1].ident)
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    sure = (ident != rc.SKY) & (np.asarray(guides[1].depth) < 50)
    for motion, to in ((guides[1].motion, 2), (guides[1].motion_back, 0)):
        px, depth = project(scene, to / scene.fps, carried(scene, rollout, points, ident, 1, to))
        error = np.abs(np.asarray(motion) - (px - np.stack([x, y], -1)))[sure]
        assert error.max() < 5e-3 and np.median(error) < 1e-4
        if to == 0:
            np.testing.assert_allclose(np.asarray(guides[1].depth_back)[sure], depth[sure], rtol=1e-5)


def test_motion_back_is_minus_the_motion_of_the_matching_point(move):
    _, _, guides = move
    back, ident = np.asarray(guides[1].motion_back), np.asarray(guides[1].ident)
    y, x = np.mgrid[:SIZE, :SIZE].astype(float)
    at = [y + back[..., 1], x + back[..., 0]]
    ahead = np.stack([map_coordinates(np.asarray(guides[0].motion)[..., i], at, order=1) for i in (0, 1)], -1)
    same = _unmixed(guides[0], at, ident) & (np.asarray(guides[1].normal)[..., 2] > 0.5)
    assert same.sum() > 1000
    assert np.abs(ahead + back)[same].max() < 0.1  # interpolated between pixels, coarse near the outline
    assert np.quantile(np.abs(ahead + back)[same], 0.9) < 0.02


def _unmixed(before, at, ident) -> np.ndarray:
    """Pixels whose four pixels in the earlier frame all show the same object."""
    out = (at[0] >= 0) & (at[0] <= SIZE - 1) & (at[1] >= 0) & (at[1] <= SIZE - 1) & (ident != rc.SKY)
    y, x = (np.clip(np.floor(a).astype(int), 0, SIZE - 2) for a in at)
    for dy in (0, 1):
        for dx in (0, 1):
            out &= np.asarray(before.ident)[y + dy, x + dx] == ident
    return out


def base_at(scene: Scene, rollout, k: int, x, y) -> tuple[np.ndarray, np.ndarray]:
    """Ids (P,) and base colours (P, 3), linear, at picture positions of frame k, one fixed filter width."""
    geo, view, layout = ar.geometry_of(scene, rollout, k), ar.view_of(scene, k), ar.layout_of(scene)
    ray, _ = gd.camera_rays(view, jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32))
    eye = jnp.broadcast_to(jnp.asarray(view.position)[:, None], ray.shape)
    t, ident = rc.nearest(geo, eye, ray)
    _, local = rc.normal_at(geo, ident, eye + jnp.minimum(t, 1e3) * ray)
    spread = jnp.full(ray.shape[1:], 0.01)
    return np.asarray(ident), np.asarray(
        gd.base_of(layout, geo, ar.materials_of(scene), ident, local, spread)
    ).T


def test_texture_sticks(move):
    scene, rollout, guides = move
    ident, facing = np.asarray(guides[1].ident), np.asarray(guides[1].normal)[..., 2] > 0.4
    rng = np.random.default_rng(0)
    rows = np.argwhere(((ident == rc.FIRST) | (ident == rc.FIRST + 2)) & facing)
    rows = rows[rng.integers(len(rows), size=500)]
    here = rows[:, ::-1] + 0.5
    there = here + np.asarray(guides[1].motion_back)[rows[:, 0], rows[:, 1]]
    now, colour_now = base_at(scene, rollout, 1, *here.T)
    then, colour_then = base_at(scene, rollout, 0, *there.T)
    assert np.mean(now == then) > 0.97  # the others were hidden
    assert colour_now.std() > 0.05
    np.testing.assert_allclose(colour_then[now == then], colour_now[now == then], atol=0.01)


def test_warping_the_picture_of_the_base_colours_predicts_the_next(move):
    _, _, guides = move
    back, ident = np.asarray(guides[1].motion_back), np.asarray(guides[1].ident)
    y, x = np.mgrid[:SIZE, :SIZE].astype(float)
    at = [y + back[..., 1], x + back[..., 0]]
    warped = np.stack(
        [map_coordinates(np.asarray(guides[0].base)[..., i], at, order=1) for i in range(3)], -1
    )
    keep = _unmixed(guides[0], at, ident) & (ident >= rc.FIRST)
    assert np.abs(warped - np.asarray(guides[1].base))[keep].mean() < 0.025


def test_motion_is_held_to_the_frames_of_the_rollout(move):
    _, _, guides = move
    seen = np.asarray(guides[0].depth) < 50
    np.testing.assert_allclose(np.asarray(guides[0].motion_back)[seen], 0.0, atol=2e-3)
    seen = np.asarray(guides[2].depth) < 50
    np.testing.assert_allclose(np.asarray(guides[2].motion)[seen], 0.0, atol=2e-3)


def test_ids_and_depth_at_the_middle_of_each_object(plain):
    centres = [b.position for b in SCENE.bodies] + [BOX.centre]
    px, depth = project(SCENE, 0.0, np.array(centres))
    for i, (x, y) in enumerate(px.astype(int)):
        assert int(plain.ident[y, x]) == rc.FIRST + i
        assert 0 < depth[i] - float(plain.depth[y, x]) < 0.5
    assert int(plain.ident[0, 0]) == rc.SKY and float(plain.depth[0, 0]) == pytest.approx(rc.FAR)
    assert int(plain.ident[-1, -1]) == rc.GROUND
    # the bottom row looks down by the camera's tilt plus half the field of view
    tilt = np.arctan2(0.55, 3.2)
    low = np.arctan((SIZE / 2 - 0.5) / focal_px(SCENE))
    assert float(plain.depth[-1, SIZE // 2]) == pytest.approx(
        0.8 / np.sin(tilt + low) * np.cos(low), rel=1e-3
    )


def test_normals_are_in_the_camera_frame(plain):
    normal, ident = np.asarray(plain.normal), np.asarray(plain.ident)
    length = np.linalg.norm(normal, axis=-1)
    assert length.max() < 1 + 1e-4 and np.median(length[ident != rc.SKY]) == pytest.approx(1.0, abs=1e-4)
    np.testing.assert_allclose(normal[0, 0], 0.0)
    px, _ = project(SCENE, 0.0, np.array(BALLS[0].position))
    x, y = px.astype(int)
    assert normal[y, x, 2] > 0.97
    assert normal[y, x + 10, 0] > 0.3 and normal[y - 10, x, 1] > 0.3  # x right, y up


def test_hard_shadow_is_where_the_sun_says():
    sun = np.array([0.4, 0.8, 0.3]) / np.linalg.norm([0.4, 0.8, 0.3])
    camera = Camera(position=(0.0, 2.5, 3.0), look_at=(-0.2, 0.2, -0.1), fov_deg=35.0)
    light = replace(Light(), sun_direction=tuple(sun))
    scene = one_ball((0.0, 0.6, 0.0), camera=camera, light=light)
    guide = gd.render_guide(scene, stills(scene), 0)
    points, hard = world_points(scene, guide, 0), np.asarray(guide.hard)
    floor = (np.asarray(guide.ident) == rc.GROUND) & (np.asarray(guide.cover) > 0.999)
    distance = np.linalg.norm(
        np.cross(points - scene.bodies[0].position, sun), axis=-1
    )  # from the ball's axis
    core, clear = floor & (distance < 0.27), floor & (distance > 0.33)
    assert core.sum() > 300 and clear.sum() > 3000
    np.testing.assert_allclose(hard[core], 0.0, atol=1e-6)
    edge_of_ball = np.asarray(guide.sky) < 0.3  # pixels that are partly ball
    np.testing.assert_allclose(hard[clear & ~edge_of_ball & _interior(guide)], sun[1], atol=1e-4)
    # the shadow's area on the floor, an ellipse stretched by the sun's height, counted with soft pixels
    inner = floor & (distance < 0.4)
    assert np.mean(hard[inner] < 0.5 * sun[1]) == pytest.approx((0.3 / 0.4) ** 2, rel=0.1)


def _interior(guide) -> np.ndarray:
    """Pixels whose eight neighbours show the same object."""
    ident = np.pad(np.asarray(guide.ident), 1, mode="edge")
    shifts = [ident[i : i + SIZE, j : j + SIZE] for i in range(3) for j in range(3)]
    return np.all([s == shifts[4] for s in shifts], axis=0)


def test_a_crop_is_the_same_part_of_the_picture(plain):
    x, y = 20, 12
    part, whole = planes(gd.render_guide(SCENE, stills(SCENE), 0, (x, y, SIZE, SIZE))), planes(plain)
    for name, plane in whole.items():
        a, b = plane[y + 1 :, x + 1 :], part[name][1 : SIZE - y, 1 : SIZE - x]
        close = np.isclose(a, b, atol=2e-3, rtol=1e-4)
        assert close.mean() > 0.999, name  # rounding may move a grazing ray to the other side of an edge
        if name == "ident":
            assert np.mean(a != b) < 1e-3


def test_unfused_is_the_same_picture(plain):
    whole, parts = planes(plain), planes(gd.render_guide(SCENE, stills(SCENE), 0, fuse=False))
    for name, plane in whole.items():
        seen = np.isclose(plane, parts[name], atol=1e-4, rtol=1e-4)
        assert seen.mean() > 0.999, (name, np.abs(plane - parts[name]).max())


def check_planes(guide, shape: tuple[int, int]) -> None:
    for name, plane in planes(guide).items():
        assert plane.shape[:2] == shape and np.all(np.isfinite(plane)), name
        if name in ("rgb", "prior", "base", "mirror", "bleed", "sun", "hard", "sky", "cover", "fresnel"):
            assert plane.min() >= -1e-5 and plane.max() <= 1 + 1e-5, name
    assert np.all((np.asarray(guide.depth) >= rc.FAR) == (np.asarray(guide.ident) == rc.SKY))


def test_planes_are_finite_and_in_range(move):
    for guide in move[2]:
        check_planes(guide, (SIZE, SIZE))


def test_the_same_scene_gives_the_same_bytes(plain):
    again = planes(gd.render_guide(SCENE, stills(SCENE), 0))
    for name, plane in planes(plain).items():
        np.testing.assert_array_equal(plane, again[name])


VARIANTS = {
    "boxes only, no ground": Scene(boxes=(BOX, replace(BOX, centre=(0.4, 0.3, 0.2))), ground=None),
    "ground only": Scene(ground=Ground(surface=Surface(pattern="tile"))),
    "glass and metal": Scene(
        bodies=(
            replace(BALLS[0], surface=Surface(transmission=1.0, roughness=0.05)),
            replace(BALLS[1], surface=Surface(metallic=1.0, roughness=0.1)),
        ),
        boxes=(BOX,) * 100,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_other_scenes_render(name):
    scene = replace(VARIANTS[name], camera=SCENE.camera, width=40, height=24)
    guide = gd.render_guide(scene, stills(scene), 1, fuse=False)
    check_planes(guide, (24, 40))
    seen = set(np.unique(np.asarray(guide.ident)).tolist())
    assert seen <= set(range(2 + len(scene.bodies) + len(scene.boxes)))
    assert (rc.GROUND in seen) == (scene.ground is not None)
