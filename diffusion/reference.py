"""Path-traced truth with mitsuba (scalar variant): training targets and the ruler of the benchmarks.

The scene is rebuilt shape by shape from the same `Scene`: base colours are baked from the same pattern
functions, the sky from the same radiance function, the sun is a distant disc of the same irradiance.
Opaque surfaces use the `principled` BSDF (Burley 2015), clear ones `dielectric`. Needs the extra
`reference`. The LLVM variants of mitsuba abort on some machines; the scalar one needs nothing.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from physics import light as li
from physics import raycast as rc
from physics.arrays import geometry_of, light_of, view_of
from physics.camera import aperture_of, camera_at
from physics.colour import srgb_to_linear
from physics.guide import camera_rays
from physics.patterns import base_colour

if TYPE_CHECKING:
    from physics.rigid import Rollout
from physics.scene import Scene, Surface

MAX_DEPTH = 8
UNTRACED = ("ocean", "clouds", "gas")  # media have renderers of their own
FIRST = {  # the fields that data was described by from the first, see `fingerprint`
    "Scene": "prompt bodies boxes ground gravity wind fluid_density camera light width height fps num_frames "
    "time_scale seed",
    "Body": "name material radius density inertia_factor position velocity angular_velocity orientation "
    "restitution friction rolling_resistance drag_coefficient surface",
    "Box": "name centre half_size rotation restitution friction rolling_resistance surface",
    "Ground": "material restitution friction rolling_resistance surface",
    "Surface": "colour colour2 pattern pattern_scale roughness metallic transmission ior",
    "Camera": "position look_at fov_deg move rate",
    "Light": "sun_direction sun_irradiance sun_radius_deg sky_zenith sky_horizon glow glow_width_deg haze_m",
}
SUN_DISTANCE = 500.0  # m
_bake = jax.jit(base_colour, static_argnums=0, static_argnames="ball")
CHUNK = 1 << 15  # texels baked at a time
OVERSAMPLE = 2  # ground texels per pixel, each way
FROSTED = 0.1  # roughness above which clear surfaces scatter
PASSES = 8  # independent passes, combined so that one firefly does not survive


def render_reference(
    scene: Scene, rollout: Rollout, k: int, *, spp: int = 64, crop=None, seed: int = 0, texels: int = 1024
) -> np.ndarray:
    """Scene-linear radiance (h, w, 3) float32 of frame `k`; `crop` is (x, y, width, height) px."""
    import mitsuba as mi

    mi.set_variant("scalar_rgb")
    x, y, w, h = crop or (0, 0, scene.width, scene.height)
    built = mi.load_dict(_scene_dict(mi, scene, rollout, k, (x, y, w, h), texels))
    share = max(spp // PASSES, 1)
    passes = [np.array(mi.render(built, spp=share, seed=seed * 64 + i))[..., :3] for i in range(PASSES)]
    return combine(np.stack(passes))


def fingerprint(scene: Scene) -> str:
    """All of a scene that its path-traced picture shows: the name of cached truth is a digest of this.

    Fields that came later are told only where they are not as by default, so that old names stay.
    """
    return _told(scene)


def _told(value: Any) -> str:
    """`repr` without what goes without saying."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_told, value))}{',' * (len(value) == 1)})"
    if not is_dataclass(value):
        return repr(value)
    kind = type(value).__name__
    first, shown = FIRST.get(kind, "").split(), [f for f in fields(value) if f.name not in UNTRACED]
    told = [f.name for f in shown if f.name in first or getattr(value, f.name) != _default(f)]
    return f"{kind}({', '.join(f'{name}={_told(getattr(value, name))}' for name in told)})"


def _default(field: Field) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def revision(scene: Scene) -> tuple[int, ...]:
    """Goes into that name too: () where no picture of such a scene has changed since the first.

    1: partly clear and frosted surfaces, and patterns of clear ones, are what the guide says.
    """
    surfaces = [thing.surface for thing in (*scene.bodies, *scene.boxes)]
    glass = [s for s in surfaces if s.transmission > 0]
    new = any(s.transmission < 1 or s.roughness > FROSTED or s.pattern != "plain" for s in glass)
    return (1,) if new else ()


def combine(passes: np.ndarray) -> np.ndarray:
    """Mean of independent passes (n, h, w, 3) with the brightest value held to twice the next one."""
    ordered = np.sort(passes, axis=0)
    ordered[-1] = np.minimum(ordered[-1], 2.0 * ordered[-2] + 0.02)
    return ordered.mean(0).astype(np.float32)


def _scene_dict(mi, scene: Scene, rollout: Rollout, k: int, crop, texels: int) -> dict:
    geo, light = geometry_of(scene, rollout, k), light_of(scene)
    out = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": MAX_DEPTH, "rr_depth": 6},
        "sensor": _sensor(mi, scene, k, crop),
        "sky": _sky(mi, light),
        "sun": _sun(mi, light),
    }
    for i, body in enumerate(scene.bodies):
        out[f"ball{i}"] = _sphere(mi, body.surface, geo, i, texels // 2)
    for i, box in enumerate(scene.boxes):
        out |= _box(mi, box.surface, geo, i, f"box{i}")
    if scene.ground:
        out |= _ground(mi, scene, light, k, crop)
    return out


def _sensor(mi, scene: Scene, k: int, crop) -> dict:
    position, look_at = camera_at(scene.camera, k / scene.fps)
    x, y, w, h = crop
    film = {"type": "hdrfilm", "width": scene.width, "height": scene.height, "pixel_format": "rgb"}
    film |= {
        "crop_offset_x": x,
        "crop_offset_y": y,
        "crop_width": w,
        "crop_height": h,
        "rfilter": {"type": "box"},
    }
    kind: dict[str, Any] = {"type": "perspective"}
    if scene.camera.f_stop:
        aperture, focus = aperture_of(scene, k)
        kind = {"type": "thinlens", "aperture_radius": 0.5 * aperture, "focus_distance": focus}
    return {
        **kind,
        "fov": scene.camera.fov_deg,
        "fov_axis": "y",
        "near_clip": 0.01,
        "far_clip": 2000.0,
        "to_world": mi.ScalarTransform4f().look_at(list(position), list(look_at), [0, 1, 0]),
        "film": film,
        "sampler": {"type": "independent"},
    }


def _sky(mi, light) -> dict:
    h, w = 256, 512
    v, u = np.meshgrid((np.arange(h) + 0.5) / h * np.pi, (np.arange(w) + 0.5) / w * 2 * np.pi, indexing="ij")
    ray = np.stack([np.sin(u) * np.sin(v), np.cos(v), -np.cos(u) * np.sin(v)]).reshape(3, -1)
    picture = np.asarray(li.sky(light, ray.astype(np.float32))).T.reshape(h, w, 3)
    return {"type": "envmap", "bitmap": mi.Bitmap(np.array(picture, np.float32, order="C"))}


def _sun(mi, light) -> dict:
    d = np.asarray(light.direction, float)
    radius = SUN_DISTANCE * float(np.tan(light.angle))
    radiance = np.asarray(light.irradiance, float) / (np.pi * np.sin(float(light.angle)) ** 2)
    t = mi.ScalarTransform4f()
    return {
        "type": "disk",
        "to_world": t.look_at(list(d * SUN_DISTANCE), [0, 0, 0], [0.1, 1, 0.2]) @ t.scale(radius),
        "emitter": {"type": "area", "radiance": {"type": "rgb", "value": list(radiance)}},
    }


def _bsdf(mi, surface: Surface, texture) -> dict:
    """`texture` is a linear RGB picture (h, w, 3) or a colour (3,)."""
    texture = np.asarray(texture, np.float32)
    return (_glass if surface.transmission >= 1 else _opaque)(mi, surface, texture)


def _opaque(mi, surface: Surface, texture: np.ndarray) -> dict:
    """Opaque, or pigment in clear glass (a blend of two BSDFs in mitsuba 3.9 loses most of the gloss)."""
    specular = {} if surface.metallic > 0.5 else {"eta": surface.ior}
    if surface.transmission > 0:
        specular["spec_trans"] = surface.transmission
    return {
        "type": "principled",
        "base_color": _paint(mi, texture),
        "roughness": max(surface.roughness, 0.05),
        "metallic": surface.metallic,
        **specular,
    }


def _glass(mi, surface: Surface, texture: np.ndarray) -> dict:
    """Tinted where light enters and where it leaves: each crossing takes the root of the base colour."""
    tint = {"specular_transmittance": _paint(mi, np.sqrt(np.clip(texture, 1e-3, 1)))}
    if surface.roughness <= FROSTED:
        return {"type": "dielectric", "int_ior": surface.ior, **tint}
    return {"type": "roughdielectric", "int_ior": surface.ior, "alpha": surface.roughness**2, **tint}


def _paint(mi, texture: np.ndarray) -> dict:
    if texture.ndim == 1:
        return {"type": "rgb", "value": [float(c) for c in texture]}
    return _bitmap(mi, texture)


def _bitmap(mi, picture: np.ndarray) -> dict:
    return {"type": "bitmap", "bitmap": mi.Bitmap(np.array(picture, np.float32, order="C")), "raw": True}


def _colours(surface: Surface, p: np.ndarray, footprint: float, ball: bool = False) -> np.ndarray:
    if surface.pattern == "plain":
        return np.broadcast_to(np.asarray(srgb_to_linear(np.float32(surface.colour))), p.shape)
    flat = np.reshape(p / surface.pattern_scale, (-1, 3)).astype(np.float32)
    foot = np.broadcast_to(np.float32(footprint), p.shape[:-1]).reshape(-1)
    parts = (slice(i, i + CHUNK) for i in range(0, len(flat), CHUNK))
    out = [_chunk(surface, flat[part], foot[part], ball) for part in parts]
    return np.concatenate(out).reshape(p.shape)


def _chunk(surface: Surface, p: np.ndarray, footprint: np.ndarray, ball: bool) -> np.ndarray:
    """Colours (n, 3) of n <= CHUNK points; always computed CHUNK at a time, so that it compiles once."""
    n = len(p)
    p, footprint = np.resize(p, (CHUNK, 3)), np.resize(footprint, CHUNK)
    return np.asarray(_bake(surface.pattern, p, footprint, surface.colour, surface.colour2, ball=ball))[:n]


def _sphere(mi, surface: Surface, geo: rc.Geometry, i: int, texels: int) -> dict:
    texture = _colours(surface, np.zeros((1, 3)), 1.0, True)[0]
    if surface.pattern != "plain":
        h, w = texels, 2 * texels
        theta, phi = np.meshgrid(
            (np.arange(h) + 0.5) / h * np.pi, (np.arange(w) + 0.5) / w * 2 * np.pi, indexing="ij"
        )
        p = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], -1)
        texture = _colours(surface, p, np.pi / h / surface.pattern_scale, True)
    m = np.eye(4)
    m[:3, :3] = np.asarray(geo.rotation[i], float) * float(geo.radius[i])
    m[:3, 3] = geo.centre[i]
    return {"type": "sphere", "to_world": mi.ScalarTransform4f(m), "bsdf": _bsdf(mi, surface, texture)}


def _box(mi, surface: Surface, geo: rc.Geometry, i: int, name: str) -> dict:
    """Six rectangles, so that each face carries its own stretch of the pattern; one plain cube if clear."""
    if surface.transmission > 0:
        return {name: _clear_box(mi, surface, geo, i)}
    centre, half = np.asarray(geo.box_centre[i], float), np.asarray(geo.box_half[i], float)
    out = {}
    for axis in range(3):
        for sign in (-1.0, 1.0):
            a, b = [(2, 1), (0, 2), (0, 1)][axis]
            frame = np.zeros((3, 3))
            frame[a, 0], frame[b, 1], frame[axis, 2] = half[a], half[b], sign
            if np.linalg.det(frame) < 0:
                frame[:, 0] *= -1
            offset = np.zeros(3)
            offset[axis] = sign * half[axis]
            n = 512 if surface.pattern != "plain" else 2
            s, t = np.meshgrid(*(2 * [(np.arange(n) + 0.5) / n * 2 - 1]), indexing="xy")
            q = s[..., None] * frame[:, 0] + t[..., None] * frame[:, 1]
            u = q[..., 2] if axis == 0 else q[..., 0]
            v = q[..., 2] if axis == 1 else q[..., 1]
            p = np.stack([u + centre[0], 0 * u, v + centre[2]], -1)
            picture = _colours(surface, p, 2 * max(half) / n / surface.pattern_scale)
            m = np.eye(4)
            m[:3, :3] = np.asarray(geo.box_rotation[i], float) @ frame
            m[:3, 3] = centre + np.asarray(geo.box_rotation[i], float) @ offset
            bsdf = {"type": "twosided", "bsdf": _bsdf(mi, surface, picture)}
            out[f"{name}_{axis}{sign > 0:d}"] = {
                "type": "rectangle",
                "to_world": mi.ScalarTransform4f(m),
                "bsdf": bsdf,
            }
    return out


def _clear_box(mi, surface: Surface, geo: rc.Geometry, i: int) -> dict:
    m = np.eye(4)
    m[:3, :3] = np.asarray(geo.box_rotation[i], float) * np.asarray(geo.box_half[i], float)
    m[:3, 3] = np.asarray(geo.box_centre[i], float)
    colour = _colours(surface, np.zeros((1, 3)), 1.0)[0]
    return {"type": "cube", "to_world": mi.ScalarTransform4f(m), "bsdf": _bsdf(mi, surface, colour)}


def _ground(mi, scene: Scene, light, k: int, crop) -> dict:
    """A sharp patch where the picture looks, over a wide coarse sheet that fades into the horizon."""
    assert scene.ground
    surface = scene.ground.surface
    wide = 4.0 * float(light.haze)
    out = {"ground": _sheet(mi, surface, (-wide, wide, -wide, wide), 256, -2e-4, light)}
    if surface.pattern != "plain" and (patch := _seen_ground(mi, scene, surface, light, k, crop)):
        out["patch"] = patch
    return out


def _sheet(mi, surface: Surface, extent, n: int, y: float, light) -> dict:
    x0, x1, z0, z1 = extent
    xs, zs = x0 + (np.arange(n) + 0.5) / n * (x1 - x0), z0 + (np.arange(n) + 0.5) / n * (z1 - z0)
    x, z = np.meshgrid(xs, zs, indexing="xy")
    p = np.stack([x, 0 * x, z], -1)
    texture = _colours(surface, p, 0.7 * np.hypot(x1 - x0, z1 - z0) / n / surface.pattern_scale)
    opacity = np.asarray(li.ground_opacity(light, np.moveaxis(p, -1, 0).reshape(3, -1).astype(np.float32)))
    opacity = np.repeat(opacity.reshape(n, n, 1), 3, -1)
    bsdf = {"type": "twosided", "bsdf": _bsdf(mi, surface, texture)}
    bsdf = {"type": "mask", "opacity": _bitmap(mi, opacity), "bsdf": bsdf}
    m = np.array(
        [
            [(x1 - x0) / 2, 0, 0, (x0 + x1) / 2],
            [0, 0, 1, y],
            [0, (z1 - z0) / 2, 0, (z0 + z1) / 2],
            [0, 0, 0, 1.0],
        ]
    )
    return {"type": "rectangle", "to_world": mi.ScalarTransform4f(m), "bsdf": bsdf}


def _seen_ground(mi, scene: Scene, surface: Surface, light, k: int, crop):
    """The haze-free ground that the crop shows, as a mesh: a texel is 1 / OVERSAMPLE of a pixel everywhere.

    Its corners are where pixel corners meet the ground. With the horizon level a row of the picture is a
    straight, evenly divided line on the ground, so texture coordinates need to be right between rows only.
    """
    view = view_of(scene, k)
    x, y, w, h = crop
    rim = max(w, h) / 16
    left, right, low = x - rim, x + w + rim, y + h + rim
    top = _haze_row(view, light, left, right, y - rim, low)
    if top is None:
        return None
    columns, rows = (int(np.ceil((b - a) * OVERSAMPLE)) for a, b in ((left, right), (top, low)))
    u, v = _centres(left, right, columns), _centres(top, low, rows)
    p, footprint = _on_ground(view, *np.meshgrid(u, v))
    colours = _colours(surface, p, 0.7 * footprint / surface.pattern_scale)
    s, t = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 1 + int(low - top)))
    corner, _ = _on_ground(view, left + s * (right - left), top + t * (low - top))
    half = 0.5 / np.array([columns, rows])  # textures repeat: stay half a texel off their rims
    uv = np.clip(np.stack([s, t], -1), half, 1 - half)
    return _mesh(mi, corner, uv, _bsdf(mi, surface, colours))


def _centres(low: float, high: float, n: int) -> np.ndarray:
    return low + (np.arange(n) + 0.5) / n * (high - low)


def _haze_row(view, light, left: float, right: float, y0: float, y1: float):
    """First row of the picture (px) below which the ground is near enough to be free of haze, or None."""
    rows = np.arange(y0, y1, 0.5)
    p, footprint = _on_ground(view, *np.meshgrid([left, right], rows))
    near = (np.hypot(p[..., 0], p[..., 2]) < 0.98 * float(light.haze)) & np.isfinite(footprint)
    far = np.flatnonzero(~near.all(1))
    first = far[-1] + 1 if len(far) else 0
    return float(rows[first]) if first < len(rows) - 4 else None


def _on_ground(view, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (..., 3) of the plane y = 0 seen at pixels `u`, `v`, and a texel's width there in m.

    Above the horizon they are far away and the width is infinite.
    """
    ray, _ = camera_rays(view, u.ravel().astype(np.float32), v.ravel().astype(np.float32))
    ray = np.asarray(ray, float)
    down = np.where(ray[1] < -1e-4, -ray[1], np.nan)
    t = float(view.position[1]) / down
    p = np.asarray(view.position, float)[:, None] + t * ray
    footprint = t / (float(view.focal) * np.maximum(down, 0.08) ** 0.5) / OVERSAMPLE
    p = np.where(np.isfinite(p), p, 1e9) * [[1], [0], [1]]
    footprint = np.where(np.isfinite(footprint), footprint, np.inf)
    return np.moveaxis(p, 0, -1).reshape(*u.shape, 3), footprint.reshape(u.shape)


def _mesh(mi, corner: np.ndarray, uv: np.ndarray, bsdf: dict):
    """A grid of corners (n, m, 3) with texture coordinates (n, m, 2) as a mesh that faces up."""
    n, m = corner.shape[:2]
    i = np.arange(n * m).reshape(n, m)
    a, b, c, d = i[:-1, :-1], i[:-1, 1:], i[1:, :-1], i[1:, 1:]
    faces = np.concatenate([np.stack(f, -1).reshape(-1, 3) for f in ((a, c, b), (b, c, d))])
    props = mi.Properties()
    props["bsdf"] = mi.load_dict({"type": "twosided", "bsdf": bsdf})
    mesh = mi.Mesh("patch", n * m, len(faces), has_vertex_texcoords=True, props=props)
    values = mi.traverse(mesh)
    values["vertex_positions"] = np.ravel(corner).astype(np.float32)
    values["vertex_texcoords"] = np.ravel(uv).astype(np.float32)
    values["faces"] = np.ravel(faces).astype(np.uint32)
    values.update()
    return mesh
