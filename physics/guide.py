"""Guide: the predicted next frame and everything known about it, per pixel.

One ray per pixel, and eight more where the picture has an edge. Every plane is exact for the scene:
silhouettes, hard sphere shadows, base colours with patterns fixed in object space, motion. The light
planes (`prior`, `sun`, `sky`, `bleed`, `mirror`) are closed-form estimates of what a path tracer would
find (`physics.light`, `physics.gloss`); the painter starts from them.

Limits: spheres, oriented boxes and one ground plane; one sun.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.core import Tracer

from physics import gloss as gl
from physics import light as li
from physics import raycast as rc
from physics.arrays import Crop, Layout, View, geometry_of, layout_of, light_of, materials_of, view_of
from physics.colour import display, linear_to_srgb, srgb_to_linear
from physics.patterns import base_colour
from physics.texture import printed
from physics.tiles import in_tiles, where_any

if TYPE_CHECKING:
    from physics.rigid import Rollout
from physics.scene import Body, Scene

SUBSAMPLES = 8  # rays per edge pixel
EDGE_CHUNK = 1024  # edge pixels refined at a time
EDGE_SHARE = 4  # at most one pixel in this many is refined
BALLS, SPECK = 6, "speck"  # see `render_guide`
MOTION_RANGE = 1e4  # px, motion is clipped to this
COLOURS, SHARES = ("rgb", "prior", "base", "mirror", "normal"), ("roughness", "metallic", "transmission")
PLANES = {k: (3,) for k in (*COLOURS, "bleed")} | {
    k: () for k in ("sun", "hard", "sky", "fresnel", "alpha", *SHARES)
}


_pattern = jax.jit(base_colour, static_argnums=0, static_argnames="ball")


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Guide:
    """Planes (H, W) or (H, W, 3), float32 unless said. Colours are sRGB in [0, 1]."""

    rgb: Array  # predicted frame: sun with hard shadows, even sky light
    prior: Array  # closed-form estimate of the fully lit frame
    base: Array  # base colour; the sky's colour where there is no surface
    normal: Array  # camera frame: x right, y up, z towards the camera
    depth: Array  # m along the optical axis; raycast.FAR in the sky
    motion: Array  # (H, W, 2) px to the next frame, x right, y down
    motion_back: Array  # (H, W, 2) px to the previous frame
    depth_back: Array  # m, depth of the same surface point in the previous frame
    ident: Array  # int32: 0 sky, 1 ground, 2.. spheres, then boxes
    roughness: Array
    metallic: Array
    transmission: Array
    sun: Array  # visible share of the sun times its cosine
    hard: Array  # the same for a point sun
    sky: Array  # visible share of the sky, times its cosine
    bleed: Array  # light from other surfaces
    mirror: Array  # what the mirror ray (or the refracted ray, for glass) sees
    fresnel: Array  # weight of the mirrored light
    cover: Array  # share of the pixel that shows a surface and not sky or haze
    medium: Array | None = (
        None  # share of the pixel that a medium's world has rendered; None: none in the scene
    )
    alpha: Array | None = None  # share of the pixel that shows things, not ground or sky; None: not known
    front: Array | None = None  # sRGB of the things alone where the picture shows more through them (gas)


def render_guide(
    scene: Scene, rollout: Rollout | SimpleNamespace, k: int, crop: Crop | None = None, *, fuse: bool = True
) -> Guide:
    """The guide of frame `k`, or of a crop of it; motion is clamped to the rollout's own frames.

    `fuse` compiles the whole frame as one program, best for many frames of one scene. Without it the
    parts run one by one from their own caches, best for one frame each of many scenes; specks out of sight
    then bring the number of balls to a multiple of BALLS, so that the parts compile once for most scenes.
    """
    if not fuse:
        scene, rollout = _with_specks(scene, rollout)
    last = len(rollout.position) - 1
    when = (k, max(k - 1, 0), min(k + 1, last))
    geometry = tuple(geometry_of(scene, rollout, i) for i in when)
    views = tuple(view_of(scene, i, crop) for i in when)
    run = _render_fused if fuse else _render
    guide = run(layout_of(scene, crop), geometry, views, materials_of(scene), light_of(scene))
    specks = sum(body.name == SPECK for body in scene.bodies)
    behind = guide.ident >= rc.FIRST + len(scene.bodies)
    return replace(guide, ident=guide.ident - specks * behind) if specks else guide


def _with_specks(scene: Scene, rollout) -> tuple[Scene, SimpleNamespace]:
    """The scene and its states with specks far away, up to a multiple of BALLS bodies."""
    count = -len(scene.bodies) % BALLS
    place = np.full((len(rollout.position), count, 3), 1e5) + 10.0 * np.arange(count)[:, None]
    turn = np.broadcast_to([1.0, 0.0, 0.0, 0.0], (*place.shape[:2], 4))
    specks = tuple(Body(name=SPECK, radius=1e-6, position=tuple(map(float, p))) for p in place[0])
    states = SimpleNamespace(
        position=np.concatenate([rollout.position, place], 1),
        orientation=np.concatenate([rollout.orientation, turn], 1),
    )
    return replace(scene, bodies=scene.bodies + specks), states


def _render(layout: Layout, geometry, views, mat: li.Materials, light: li.LightArrays) -> Guide:
    h, w = layout.height, layout.width
    y, x = jnp.meshgrid(jnp.arange(h) + 0.5, jnp.arange(w) + 0.5, indexing="ij")
    x, y = x.reshape(-1).astype(jnp.float32), y.reshape(-1).astype(jnp.float32)
    shaded = partial(shade, layout, geometry[0], views[0], mat, light)
    compiled = isinstance(geometry[0].centre, Tracer)
    planes, ident, point, depth = in_tiles(shaded, x, y, w) if compiled else shaded(x, y)
    planes = antialias(layout, geometry[0], views[0], mat, light, x, y, planes, ident)
    back = track(geometry[0], geometry[1], views[1], point, ident, layout)
    ahead = track(geometry[0], geometry[2], views[2], point, ident, layout)
    return assemble(layout, planes, ident, depth, back, ahead, x, y)


_render_fused = jax.jit(_render, static_argnums=0)


def assemble(layout: Layout, planes: dict, ident, depth, back, ahead, x, y) -> Guide:
    """Linear planes (C, P) to pictures (H, W, C)."""
    h, w = layout.height, layout.width

    def image(a):
        return (a.T if a.ndim == 2 else a).reshape(h, w, *a.shape[:-1])

    shown = {k: display(image(planes[k])) for k in ("rgb", "prior", "mirror", "bleed")}
    rest = {k: image(planes[k]) for k in planes if k not in shown and k != "base"}
    clip = partial(jnp.clip, min=-MOTION_RANGE, max=MOTION_RANGE)
    return Guide(
        base=linear_to_srgb(image(planes["base"])),
        depth=depth.reshape(h, w),
        ident=ident.reshape(h, w),
        motion=image(clip(jnp.stack([ahead[0] - x, ahead[1] - y]))),
        motion_back=image(clip(jnp.stack([back[0] - x, back[1] - y]))),
        depth_back=back[2].reshape(h, w),
        **shown,
        **rest,
    )


def camera_rays(view: View, x: Array, y: Array) -> tuple[Array, Array]:
    """Unit world rays (3, P) through pixel positions, and the cosine to the optical axis (P,)."""
    local = jnp.stack([x - view.principal[0], view.principal[1] - y, jnp.full_like(x, view.focal)])
    local = rc.normalise(local)
    return rc.rotate(view.basis.T, local), local[2]


def shade(
    layout: Layout, geo: rc.Geometry, view: View, mat: li.Materials, light: li.LightArrays, x, y, skip=None
):
    """All linear planes for sample positions `x`, `y` (P,) px; also ids, world points, depth.

    `skip` (P,) are ids to look through.
    """
    ray, cosine = camera_rays(view, x, y)
    eye = jnp.broadcast_to(view.position[:, None], ray.shape)
    t, ident = rc.nearest(geo, eye, ray, skip)
    point = eye + jnp.minimum(t, 1e4) * ray
    surface = partial(_surface_planes, layout, geo, view, mat, light, t, point, ray, ident)
    dark = {name: jnp.zeros((*lead, x.shape[0])) for name, lead in PLANES.items()}
    planes = _behind(light, where_any(ident != rc.SKY, surface, dark), ray, point, ident)
    return planes, ident, point, jnp.where(ident == rc.SKY, rc.FAR, t * cosine)


def _surface_planes(layout: Layout, geo, view: View, mat, light, t, point, ray, ident) -> dict:
    """The planes of surfaces (C, P), without what lies behind them."""
    normal, local = rc.normal_at(geo, ident, point)
    row = jnp.maximum(ident - 1, 0)
    surface = {k: jnp.take(getattr(mat, k), row) for k in ("roughness", "metallic", "transmission", "ior")}
    spread = t / (view.focal * jnp.maximum(-rc.dot(ray, normal), 0.08) ** 0.5)
    base = base_of(layout, geo, mat, ident, local, spread)
    planes = _light_planes(layout, geo, mat, light, view.focal, t, point, normal, ray, ident, base, surface)
    facing = rc.rotate(view.basis, normal) * jnp.array([[1.0], [1.0], [-1.0]]) * (ident != rc.SKY)
    return {**planes, "normal": facing}


def base_of(layout: Layout, geo: rc.Geometry, mat: li.Materials, ident, local, spread) -> Array:
    """Base colour (3, P) linear. `spread` is the pixel's size on the surface in m."""
    row = jnp.maximum(ident - 1, 0)
    scale = jnp.take(mat.scale, row)
    ball = (ident >= rc.FIRST) & (ident < rc.FIRST + layout.spheres)
    size = jnp.take(jnp.concatenate([jnp.ones(1), geo.radius, jnp.ones(len(layout.patterns))]), row)
    p = (local / scale).T
    footprint = spread / scale / jnp.where(ball, size, 1.0)
    out = jnp.take(srgb_to_linear(mat.colour), row, axis=0)
    kinds = [(q, 1 <= i <= layout.spheres) for i, q in enumerate(layout.patterns) if q != "plain"]
    for kind in sorted(set(kinds)):
        rows = [i for i, q in enumerate(layout.patterns) if (q, 1 <= i <= layout.spheres) == kind]
        index = rows[0] if len(rows) == 1 else row
        drawn = partial(_pattern, kind[0], p, footprint, mat.colour[index], mat.colour2[index], ball=kind[1])
        mine = jnp.isin(row, jnp.array(rows)) & (ident != rc.SKY)
        out = where_any(mine, partial(_drawn_where, mine, drawn, out), out)
    for i, picture, width in zip(layout.textured, mat.textures, mat.widths, strict=True):
        with_it = printed(out, local, spread / jnp.take(size, i), picture, width)
        out = jnp.where(((row == i) & (ident != rc.SKY))[:, None], with_it, out)
    return out.T


def _drawn_where(mine: Array, draw: Callable[[], Array], out: Array) -> Array:
    """What `draw` gives (P, 3) where `mine` (P,) holds, else `out`."""
    return jnp.where(mine[:, None], draw(), out)


def _light_planes(
    layout: Layout, geo, mat, light, focal, t, point, normal, ray, ident, base, surface
) -> dict:
    sun_axis = li.col(light.direction)
    soft = rc.cone_visibility(geo, point, sun_axis, light.angle, ident)
    hard = rc.point_visibility(geo, point, sun_axis, ident)
    cosine = li.sun_cosine(light, normal)
    left, bleed = li.occlusion_and_bleed(geo, mat, light, point, normal, ident)
    matte = base * (1 - surface["metallic"]) * (1 - surface["transmission"])
    facing = jnp.maximum(-rc.dot(ray, normal), 0.0)
    rough = surface["roughness"]
    f0 = gl.normal_reflectance(base, surface["metallic"], surface["ior"])
    weight = gl.reflectance(facing, base, rough, surface["metallic"], surface["ior"])
    ambient = li.sky_ambient(light, normal)
    sun = li.col(light.irradiance) * soft
    lit = sun / jnp.pi * cosine * li.diffuse_sun(light, normal, ray, rough)
    lit = lit + (ambient * left + bleed) * li.diffuse_sky(normal, ray, rough)
    mirrored = rc.normalise(ray + 2 * facing * normal)
    seen_base = partial(_seen_base, layout, geo, mat, t / focal)
    mirror = gl.mirror_view(geo, mat, light, point, normal, mirrored, rough, ident, seen_base)
    occlusion = jnp.where(rough > 0.3, left, 1.0)
    spark = gl.highlight(light, normal, ray, f0, rough)
    prior = matte * lit + weight * mirror * occlusion + spark * sun
    if layout.glass:
        through = partial(_through, layout, geo, mat, light, point, normal, ray, ident, base, surface)
        clear = surface["transmission"] > 0
        seen = where_any(clear, partial(through, seen_base, weight), jnp.zeros_like(prior))
        prior = prior + (1 - weight) * seen  # what is thrown back inside comes out in the end
        mirror = jnp.where(surface["transmission"] > 0.5, seen, mirror)
    flat = base * (
        li.col(light.irradiance) / jnp.pi * (hard * jnp.maximum(rc.dot(normal, sun_axis), 0)) + ambient
    )
    return {
        "rgb": flat,
        "prior": prior,
        "base": base,
        "sun": cosine * soft,
        "hard": jnp.maximum(rc.dot(normal, sun_axis), 0) * hard,
        "sky": left * (0.5 + 0.5 * normal[1]),
        "bleed": bleed,
        "mirror": mirror,
        "fresnel": rc.dot(weight, jnp.full((3, 1), 1 / 3)),
        "roughness": surface["roughness"],
        "metallic": surface["metallic"],
        "transmission": surface["transmission"],
        "alpha": (ident >= rc.FIRST).astype(jnp.float32),
    }


def _through(
    layout: Layout, geo, mat, light, point, normal, ray, ident, base, surface, seen_base, weight
) -> Array:
    """Radiance (3, P) through the clear share of a surface, tinted where light enters and where it leaves.

    `weight` is the share that is mirrored where light enters; a sphere mirrors as much where it leaves.
    """
    sizes = jnp.concatenate([jnp.ones(1), geo.radius, jnp.ones(len(layout.patterns))])
    radius = jnp.take(sizes, jnp.maximum(ident - 1, 0))
    leave, out = gl.refract_through(normal, ray, radius, surface["ior"], point)
    if layout.spheres + 1 < len(layout.patterns):
        boxed = gl.refract_through_boxes(geo, normal, ray, ident, surface["ior"], point)
        in_box = ident >= rc.FIRST + layout.spheres
        leave, out = (jnp.where(in_box, b, s) for b, s in zip(boxed, (leave, out), strict=True))
    blur = jnp.where(surface["roughness"] > gl.FROSTED, surface["roughness"], 0.0)
    seen = gl.mirror_view(geo, mat, light, leave, out, out, blur, ident, seen_base)
    sun = gl.sun_disc(light, out, jnp.maximum(gl.TWICE * blur**2, gl.CLEAR))
    seen = seen + sun * rc.point_visibility(geo, leave, out, ident)
    back = gl.refract_after_one_reflection(normal, ray, surface["ior"])
    around = li.surroundings(geo, mat, light, back, gl.LOBE * blur**2 + 0.02)
    around = around + gl.sun_disc(light, back, jnp.maximum(blur**2, gl.CLEAR))
    ball = (ident >= rc.FIRST) & (ident < rc.FIRST + layout.spheres)
    seen = seen + jnp.where(ball, weight, 0.0) * (around - seen)
    far = seen_base(ident, leave, 0.0 * radius)
    return jnp.sqrt(jnp.maximum(base * far, 1e-8)) * seen * surface["transmission"] ** 2


def _seen_base(layout: Layout, geo, mat: li.Materials, spread, ident, p, t) -> Array:
    """Base colour of what a mirror ray meets: the pattern where it can be seen, else its mean."""
    if not layout.polished:
        return jnp.take(mat.mean, jnp.maximum(ident - 1, 0), axis=0).T
    _, local = rc.normal_at(geo, ident, p)
    return base_of(layout, geo, mat, ident, local, spread + 0.01 * jnp.minimum(t, 1e4))


def _behind(light: li.LightArrays, planes: dict, ray, point, ident) -> dict:
    """Blend the planes with the sky: fully where nothing is hit, by haze on far ground."""
    opacity = jnp.where(ident == rc.GROUND, li.ground_opacity(light, point), 1.0)
    opacity = jnp.where(ident == rc.SKY, 0.0, opacity)
    background = li.sky(light, ray)
    behind = {
        "rgb": background,
        "prior": background,
        "base": jnp.clip(background, 0, 1),
        "mirror": background,
    }
    out = {k: v * opacity + behind.get(k, jnp.zeros_like(v)) * (1 - opacity) for k, v in planes.items()}
    return {**out, "normal": planes["normal"], "cover": opacity}


def antialias(layout: Layout, geo, view, mat, light, x, y, planes: dict, ident) -> dict:
    """Replace edge pixels by the mean of eight shaded samples, a chunk at a time: cost follows the edges."""
    total, chunk = x.shape[0], min(EDGE_CHUNK, x.shape[0])
    edge = edges(layout, ident, planes).reshape(-1)
    size = -(-total // EDGE_SHARE // chunk) * chunk
    index = jnp.nonzero(edge, size=size, fill_value=total)[0]
    k = jnp.arange(SUBSAMPLES)
    dx, dy = (k + 0.5) / SUBSAMPLES - 0.5, (k * 5 % SUBSAMPLES + 0.5) / SUBSAMPLES - 0.5

    def refine(i, planes):
        some = lax.dynamic_slice(index, (i * chunk,), (chunk,))
        at = jnp.minimum(some, total - 1)
        xs, ys = (x[at][:, None] + dx).reshape(-1), (y[at][:, None] + dy).reshape(-1)
        fine, *_ = shade(layout, geo, view, mat, light, xs, ys)

        def put(coarse, sample):
            mean = jnp.mean(sample.reshape(*sample.shape[:-1], chunk, SUBSAMPLES), -1)
            return coarse.at[..., some].set(mean, mode="drop")

        return {key: put(planes[key], fine[key]) for key in planes}

    count = (jnp.minimum(jnp.sum(edge), size) + chunk - 1) // chunk
    if isinstance(count, Tracer):
        return lax.fori_loop(0, count, refine, planes)
    for i in range(int(count)):
        planes = refine(i, planes)
    return planes


def edges(layout: Layout, ident: Array, planes: dict) -> Array:
    """Pixels (H, W) where one sample is not enough: outlines, hard shadows, steep mirror images."""
    h, w = layout.height, layout.width
    key = ident.reshape(h, w).astype(jnp.float32)
    shadow = (planes["hard"] > 0).astype(jnp.float32).reshape(h, w)
    out = jnp.zeros((h, w), bool)
    for plane, limit in ((key, 0.5), (shadow, 0.5), (jnp.mean(planes["prior"], 0).reshape(h, w), 0.15)):
        for axis in (0, 1):
            step = jnp.abs(jnp.diff(plane, axis=axis)) > limit
            pad = [(0, 0), (0, 0)]
            pad[axis] = (0, 1)
            out = out | jnp.pad(step, pad)
            pad[axis] = (1, 0)
            out = out | jnp.pad(step, pad)
    return out


def track(now: rc.Geometry, then: rc.Geometry, view: View, point, ident, layout: Layout) -> Array:
    """Where the surface point under each pixel falls at another frame: x, y px and depth m, (3, P)."""
    moved = point
    for i in range(layout.spheres):
        turn = then.rotation[i] @ now.rotation[i].T
        there = rc.rotate(turn, point - now.centre[i][:, None]) + then.centre[i][:, None]
        moved = jnp.where(ident == rc.FIRST + i, there, moved)
    local = rc.rotate(view.basis, moved - view.position[:, None])
    depth = jnp.maximum(local[2], 1e-3)
    u = view.principal[0] + view.focal * local[0] / depth
    v = view.principal[1] - view.focal * local[1] / depth
    return jnp.stack([u, v, jnp.where(ident == rc.SKY, rc.FAR, local[2])])
