"""Guides of scenes with meshes: the rigid world's guide with meshes drawn into it by depth.

Fragments (`raster`) are lit (`mesh_light`), hidden by what stands before them, and laid over the guide; the
mesh takes sun and sky from the ground and the bodies, and shows upside down in a polished floor. Motion
vectors come from each point's places in the neighbouring frames. `medium` is the share of a pixel that the
mesh has changed.

Limits: a body's outline in front of a mesh is smooth by its disc; glass bodies show no mesh behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from physics import raycast as rc
from physics.arrays import View, geometry_of, light_of, materials_of, view_of
from physics.colour import display
from physics.guide import MOTION_RANGE, Guide, render_guide
from physics.scene import Scene
from physics.worlds.mesh import Mesh, Skin
from physics.worlds.mesh_light import SKY_CONE, Setting, dimmed, shade, skins_of
from physics.worlds.mesh_shadow import shadow_map
from physics.worlds.raster import Fragments, rasterise
from physics.worlds.smoke_guide import undisplay

if TYPE_CHECKING:
    from physics.rigid import Rollout

TOLD = 0.02  # change of a pixel, linear, from which it is the mesh's own
SKY_SHARE = 0.9  # of the sky's light on what lies under a mesh that the mesh can take
GLOSSY = 0.3  # roughness of the ground below which it mirrors meshes
Builder = Callable[[int, View], Mesh]  # the mesh of a frame, as fine as a view needs it


def mesh_guides(scene: Scene, rollout: Rollout, skins: tuple[Skin, ...], build: Builder) -> Iterator[Guide]:
    """The guide of every frame; `build` is asked for the frames in order."""
    solid, shown, mat, light = None, None, materials_of(scene), light_of(scene)
    for k in range(scene.num_frames):
        poses = _poses(scene, rollout, k)
        if solid is None or poses != shown:
            solid, shown = render_guide(scene, rollout, k), poses
        views = [view_of(scene, i) for i in (k, max(k - 1, 0), min(k + 1, scene.num_frames - 1))]
        mesh = build(k, views[0])
        setting = Setting(
            geometry_of(scene, rollout, k),
            mat,
            light,
            shadow_map(mesh, light.direction, float(np.tan(light.angle))),
            shadow_map(mesh, (0.0, 1.0, 0.0), SKY_CONE, 256),
        )
        yield draw(scene, solid, mesh, skins, setting, views)


def _poses(scene: Scene, rollout: Rollout, k: int) -> bytes | int:
    """What the rigid guide of frame `k` depends on: where it repeats, one picture serves again."""
    if scene.camera.move != "fixed":
        return k
    last = len(rollout.position) - 1
    when = [max(k - 1, 0), k, min(k + 1, last)]
    return rollout.position[when].tobytes() + rollout.orientation[when].tobytes()


def draw(scene: Scene, solid: Guide, mesh: Mesh, skins: tuple[Skin, ...], setting: Setting, views) -> Guide:
    """`solid` with the mesh in it."""
    planes = {k: np.array(getattr(solid, k)) for k in _KEPT}
    planes["prior"], planes["rgb"] = np.array(undisplay(solid.prior)), np.array(undisplay(solid.rgb))
    before = planes["prior"].copy()
    _take_light(planes, setting, views[0])
    floor = scene.ground.surface if scene.ground else None
    if floor is not None and floor.roughness < GLOSSY and floor.metallic < 0.5:
        _mirror(planes, mesh, skins, setting, views[0], floor.roughness)
    alpha = _lay(planes, mesh, skins, setting, views, scene)
    changed = np.abs(planes["prior"] - before).max(-1)
    planes["prior"], planes["rgb"] = display(planes["prior"]), display(planes["rgb"])
    planes["medium"] = np.maximum(np.clip(changed / TOLD, 0, 1), alpha)
    return replace(solid, **{k: jnp.asarray(v) for k, v in planes.items()})


_KEPT = (
    "base", "normal", "depth", "motion", "motion_back", "depth_back", "ident", "roughness", "metallic",
    "transmission", "sun", "hard", "sky", "cover", "mirror", "fresnel",
)  # fmt: skip


def _rays(view: View, shape: tuple[int, int]) -> np.ndarray:
    """World directions (H, W, 3) whose component along the optical axis is 1."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    principal, focal = np.asarray(view.principal), float(view.focal)
    local = np.stack([(x - principal[0]) / focal, (principal[1] - y) / focal, np.ones_like(x)], -1)
    return (local @ np.asarray(view.basis, float)).astype(np.float32)


def _take_light(planes: dict, setting: Setting, view: View) -> None:
    """Darken what lies in the mesh's shadow, and where it hides the sky."""
    there = np.flatnonzero(planes["ident"].reshape(-1) != rc.SKY)
    depth = planes["depth"].reshape(-1)[there]
    rays = _rays(view, planes["depth"].shape).reshape(-1, 3)[there]
    points = np.asarray(view.position) + rays * np.minimum(depth, 1e4)[:, None]
    near = _near(setting, points)
    there, points = there[near], points[near]
    take = lambda name: planes[name].reshape(-1, *planes[name].shape[2:])[there]  # noqa: E731
    basis = np.asarray(view.basis) * np.array([[1.0], [1.0], [-1.0]])
    sun, sky, *ambient = dimmed(setting, points, take("normal") @ basis)
    base = _linear(take("base")) * ((1 - take("metallic")) * (1 - take("transmission")))[:, None]
    direct = base * np.asarray(setting.light.irradiance) / np.pi * (take("sun") * sun)[:, None]
    even = base * np.stack(ambient, 1) * (SKY_SHARE * sky * take("sky"))[:, None]
    for name in ("prior", "rgb"):
        flat = planes[name].reshape(-1, 3)
        flat[there] = np.maximum(flat[there] - (direct + even) * take("cover")[:, None], 0.1 * flat[there])
    planes["sun"].reshape(-1)[there] *= 1 - sun
    planes["hard"].reshape(-1)[there] *= sun < 0.5
    planes["sky"].reshape(-1)[there] *= 1 - SKY_SHARE * sky


def _linear(c: np.ndarray) -> np.ndarray:
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _near(setting: Setting, points: np.ndarray) -> np.ndarray:
    """Points (N,) that lie within a shadow map."""
    out = np.zeros(len(points), bool)
    for m in (setting.sun, setting.sky):
        q = (points @ np.asarray(m.axes).T - np.asarray(m.origin)) / float(m.cell)
        size = len(m.height) ** 0.5
        out |= ((q[:, :2] > 0) & (q[:, :2] < size)).all(1)
    return out


def pixels(view: View, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World points (N, 3) -> px (N, 2) and depth m (N,)."""
    local = (points - np.asarray(view.position)) @ np.asarray(view.basis).T
    depth = np.maximum(local[:, 2], 1e-3)[:, None]
    flip = np.array([1.0, -1.0])
    at = np.asarray(view.principal) + float(view.focal) * flip * local[:, :2] / depth
    return at.astype(np.float32), local[:, 2]


def _fragments(mesh: Mesh, skins, view: View, shape) -> tuple[Fragments, dict[str, np.ndarray]]:
    """Fragments of a mesh and what the light needs of them."""
    at, depth = pixels(view, mesh.points)
    thin = np.array([s.thin for s in skins])[mesh.owner]
    frag = rasterise(at, depth, mesh.triangles, shape, thin)
    corners = mesh.triangles[frag.triangle]

    def mixed(a: np.ndarray) -> np.ndarray:
        c = frag.corner if a.ndim == 1 else frag.corner[..., None]
        return (a[corners] * c).sum(1)

    names = ("points", "before", "after", "normals", "place", "cover", "open", "deep")
    values = {name: mixed(getattr(mesh, name)) for name in names}
    bend = _bend(at, mesh.normals, mesh.triangles)[frag.triangle]
    return frag, {**values, "owner": mesh.owner[frag.triangle], "bend": bend}


def _bend(at: np.ndarray, normals: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Change of the normal per pixel (F,) across each triangle, at most 1."""
    p, n = at[triangles], normals[triangles]
    sides = np.linalg.norm(p - np.roll(p, 1, 1), axis=-1)
    a, b = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    height = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / np.maximum(sides.max(1), 1e-6)
    spread = np.linalg.norm(n - np.roll(n, 1, 1), axis=-1).max(1)
    return np.minimum(spread / np.maximum(height, 0.1), 1.0)


def _lit(values: dict, skins, setting: Setting, eye, focal) -> dict[str, np.ndarray]:
    patterns, table = skins_of(skins)
    told = {"point": "points", "normal": "normals"}
    told |= {name: name for name in ("place", "open", "deep", "owner", "bend")}
    return shade(patterns, table, setting, eye, focal, {k: values[v] for k, v in told.items()})


def _in_front(setting: Setting, view: View, points: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Share (N,) of each fragment that no body covers: discs with a rim one pixel wide."""
    eye = np.asarray(view.position)
    way = points - eye
    distance = np.linalg.norm(way, axis=1)
    ray = way / np.maximum(distance, 1e-9)[:, None]
    clear = np.ones(len(points), np.float32)
    for centre, radius in zip(np.asarray(setting.geo.centre), np.asarray(setting.geo.radius), strict=True):
        along = ray @ (centre - eye)
        miss = np.sqrt(np.maximum(((centre - eye) ** 2).sum() - along**2, 0.0))
        cover = np.clip((radius - miss) * float(view.focal) / np.maximum(along, 1e-3) + 0.5, 0, 1)
        entry = along - np.sqrt(np.maximum(radius**2 - miss**2, 0.0))
        clear *= 1 - cover * (distance > entry + 1e-4 * distance)
    return clear * ahead


def _lay(planes: dict, mesh: Mesh, skins, setting: Setting, views, scene: Scene) -> np.ndarray:
    """Draw the mesh; the share of each pixel (H, W) that it takes."""
    shape = planes["depth"].shape
    view, bodies = views[0], len(scene.bodies)
    frag, values = _fragments(mesh, skins, view, shape)
    depth = pixels(view, values["points"])[1]
    behind, ident = planes["depth"].reshape(-1)[frag.pixel], planes["ident"].reshape(-1)[frag.pixel]
    ball = (ident >= rc.FIRST) & (ident < rc.FIRST + bodies)
    ahead = ball | (depth < behind + 1e-3 * depth)
    weight = frag.weight * values["cover"] * _in_front(setting, view, values["points"], ahead)
    lit = _lit(values, skins, setting, view.position, view.focal)
    count = shape[0] * shape[1]
    alpha = np.minimum(np.bincount(frag.pixel, weight, count), 1.0)
    for name in ("prior", "rgb", "base"):
        colour = _linear_to_srgb(lit[name]) if name == "base" else lit[name]
        flat = planes[name].reshape(-1, 3)
        for c in range(3):
            flat[:, c] = flat[:, c] * (1 - alpha) + np.bincount(frag.pixel, weight * colour[c], count)
    _describe(planes, views, frag, values, lit, depth, weight, alpha, scene)
    return alpha.reshape(shape)


def _linear_to_srgb(c: np.ndarray) -> np.ndarray:
    c = np.clip(c, 0, 1)
    return np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055)


def _describe(planes, views, frag, values, lit, depth, weight, alpha, scene: Scene) -> None:
    """Planes that know one thing per pixel follow the mesh where it hides more than half."""
    order = np.argsort(weight)  # the largest share of a pixel is written last
    order = order[(alpha[frag.pixel] > 0.5)[order]]
    pixel = frag.pixel[order]

    def put(name: str, value) -> None:
        planes[name].reshape(-1, *planes[name].shape[2:])[pixel] = value

    here = pixels(views[0], values["points"][order])[0]
    back, depth_back = pixels(views[1], values["before"][order])
    ahead = pixels(views[2], values["after"][order])[0]
    basis = np.asarray(views[0].basis) * np.array([[1.0], [1.0], [-1.0]])
    limit = MOTION_RANGE
    put("motion", np.clip(ahead - here, -limit, limit))
    put("motion_back", np.clip(back - here, -limit, limit))
    put("depth", depth[order])
    put("depth_back", depth_back)
    put("normal", (basis @ lit["normal"][:, order]).T)
    put("ident", rc.FIRST + len(scene.bodies) + len(scene.boxes) + values["owner"][order])
    for name in ("roughness", "metallic", "sun", "sky"):
        put(name, lit[name][order])
    put("hard", lit["sun"][order])
    put("cover", 1.0)
    for name in ("transmission", "fresnel", "mirror"):
        put(name, 0.0)


def _mirror(planes: dict, mesh: Mesh, skins, setting: Setting, view: View, roughness: float) -> None:
    """The mesh upside down in a polished ground."""
    from scipy.ndimage import gaussian_filter

    flip = np.array([1.0, -1.0, 1.0], np.float32)
    shape = planes["depth"].shape
    frag, values = _fragments(replace(mesh, points=mesh.points * flip), skins, view, shape)
    values = {**values, "points": values["points"] * flip}
    ground = (planes["ident"] == rc.GROUND).reshape(-1)[frag.pixel] & (values["points"][:, 1] > 0)
    weight = frag.weight * values["cover"] * ground
    lit = _lit(values, skins, setting, np.asarray(view.position) * flip, view.focal)
    count = shape[0] * shape[1]
    blur = 1.0 + 120.0 * roughness**2 * shape[0] / 512
    layer = [weight, *(weight * c for c in lit["prior"])]
    layer = [gaussian_filter(np.bincount(frag.pixel, a, count).reshape(shape), blur) for a in layer]
    share = planes["fresnel"] * (planes["ident"] == rc.GROUND)
    mirror = undisplay(planes["mirror"])
    planes["prior"] += share[..., None] * (np.stack(layer[1:], -1) - layer[0][..., None] * np.asarray(mirror))
    np.maximum(planes["prior"], 0.0, out=planes["prior"])
