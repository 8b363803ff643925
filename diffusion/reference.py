"""Path-traced truth with mitsuba (scalar variant): training targets and the ruler of the benchmarks.

The scene is rebuilt shape by shape from the same `Scene`: base colours are baked from the same pattern
functions, the sky from the same radiance function, the sun is a distant disc of the same irradiance.
Opaque surfaces use the `principled` BSDF (Burley 2015), clear ones `dielectric`. Needs the extra
`reference`. The LLVM variants of mitsuba abort on some machines; the scalar one needs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import numpy as np

from physics import light as li
from physics import raycast as rc
from physics.arrays import geometry_of, light_of, view_of
from physics.camera import camera_at
from physics.colour import srgb_to_linear
from physics.guide import camera_rays
from physics.patterns import base_colour

if TYPE_CHECKING:
    from physics.rigid import Rollout
from physics.scene import Scene, Surface

MAX_DEPTH = 8
SUN_DISTANCE = 500.0  # m
_bake = jax.jit(base_colour, static_argnums=0, static_argnames="ball")
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
        out |= _ground(mi, scene, light, k, crop, texels)
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
    return {
        "type": "perspective",
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
    if surface.transmission > 0.5:
        tint = np.sqrt(np.clip(texture.reshape(-1, 3).mean(0), 1e-3, 1))
        return {
            "type": "dielectric",
            "int_ior": surface.ior,
            "specular_transmittance": {"type": "rgb", "value": [float(c) for c in tint]},
        }
    colour = (
        {"type": "rgb", "value": [float(c) for c in texture]} if texture.ndim == 1 else _bitmap(mi, texture)
    )
    specular = {} if surface.metallic > 0.5 else {"eta": surface.ior}
    return {
        "type": "principled",
        "base_color": colour,
        "roughness": max(surface.roughness, 0.05),
        "metallic": surface.metallic,
        **specular,
    }


def _bitmap(mi, picture: np.ndarray) -> dict:
    return {"type": "bitmap", "bitmap": mi.Bitmap(np.array(picture, np.float32, order="C")), "raw": True}


def _colours(surface: Surface, p: np.ndarray, footprint: float, ball: bool = False) -> np.ndarray:
    if surface.pattern == "plain":
        return np.broadcast_to(np.asarray(srgb_to_linear(np.float32(surface.colour))), p.shape)
    p = (p / surface.pattern_scale).astype(np.float32)
    foot = np.full(p.shape[:-1], footprint, np.float32)
    return np.asarray(_bake(surface.pattern, p, foot, surface.colour, surface.colour2, ball=ball))


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
    """Six rectangles, so that each face carries its own stretch of the pattern."""
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


def _ground(mi, scene: Scene, light, k: int, crop, texels: int) -> dict:
    """A sharp patch where the picture looks, over a wide coarse sheet that fades into the horizon."""
    assert scene.ground
    surface = scene.ground.surface
    wide = 4.0 * float(light.haze)
    out = {"ground": _sheet(mi, surface, (-wide, wide, -wide, wide), 256, -2e-4, light)}
    patch = _seen_ground(scene, light, k, crop)
    if patch and surface.pattern != "plain":
        out["patch"] = _sheet(mi, surface, patch, texels, 0.0, None)
    return out


def _sheet(mi, surface: Surface, extent, n: int, y: float, light) -> dict:
    x0, x1, z0, z1 = extent
    xs, zs = x0 + (np.arange(n) + 0.5) / n * (x1 - x0), z0 + (np.arange(n) + 0.5) / n * (z1 - z0)
    x, z = np.meshgrid(xs, zs, indexing="xy")
    p = np.stack([x, 0 * x, z], -1)
    texture = _colours(surface, p, 0.7 * np.hypot(x1 - x0, z1 - z0) / n / surface.pattern_scale)
    bsdf = {"type": "twosided", "bsdf": _bsdf(mi, surface, texture)}
    if light is not None:
        opacity = np.asarray(
            li.ground_opacity(light, np.moveaxis(p, -1, 0).reshape(3, -1).astype(np.float32))
        )
        opacity = np.repeat(opacity.reshape(n, n, 1), 3, -1)
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


def _seen_ground(scene: Scene, light, k: int, crop):
    """World x and z range of the ground that the crop shows, inside the haze-free disc."""
    x, y, w, h = crop
    u, v = np.meshgrid(np.linspace(x, x + w, 24), np.linspace(y, y + h, 48))
    view = view_of(scene, k)
    ray, _ = camera_rays(view, np.float32(u.ravel()), np.float32(v.ravel()))
    ray = np.asarray(ray)
    down = ray[:, ray[1] < -1e-3]
    hits = np.asarray(view.position)[:, None] - down * (view.position[1] / down[1])
    reach = 0.7 * float(light.haze)
    near = hits[:, (np.abs(hits[0]) < reach) & (np.abs(hits[2]) < reach)]
    if near.shape[1] < 4:
        return None
    pad = 0.02 * reach
    return near[0].min() - pad, near[0].max() + pad, near[2].min() - pad, near[2].max() + pad
