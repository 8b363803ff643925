"""Light on meshes: what a fragment of a mesh sends to the eye.

The rigid world's closed forms (`physics.light`, `physics.gloss`) with the mesh's own shadows (`mesh_shadow`).
Cloth is lit on both sides: what falls on the far side comes through, scattered, as far as it is sheer.
Where the normal turns within a pixel the highlight is widened (after Kaplanyan et al. 2016, sec. 4).
Limits: what polished parts mirror is sky and ground; light bounces between meshes only by way of the mean
colour in their own folds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from physics import gloss as gl
from physics import light as li
from physics import raycast as rc
from physics.colour import srgb_to_linear
from physics.patterns import base_colour
from physics.worlds.mesh import Skin
from physics.worlds.mesh_shadow import ShadowMap, hidden, self_hidden

CHUNK = 16384  # fragments shaded at a time
SKY_CONE = 1.0  # tangent of the cone in which a mesh hides the sky


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Skins:
    """One row per skin."""

    colour: Array  # (k, 3) sRGB
    colour2: Array
    scale: Array  # (k,) m per period of the pattern
    roughness: Array
    metallic: Array
    ior: Array
    sheer: Array
    weave: Array  # m


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Setting:
    """What the light of a frame needs besides the fragments."""

    geo: rc.Geometry
    mat: li.Materials
    light: li.LightArrays
    sun: ShadowMap
    sky: ShadowMap


def skins_of(skins: tuple[Skin, ...]) -> tuple[tuple[str, ...], Skins]:
    """Pattern names and the table."""
    f32 = partial(np.asarray, dtype=np.float32)
    s = [skin.surface for skin in skins]
    return tuple(x.pattern for x in s), Skins(
        colour=f32([x.colour for x in s]),
        colour2=f32([x.colour2 for x in s]),
        scale=f32([x.pattern_scale for x in s]),
        roughness=f32([x.roughness for x in s]),
        metallic=f32([x.metallic for x in s]),
        ior=f32([x.ior for x in s]),
        sheer=f32([x.sheer for x in skins]),
        weave=f32([x.weave for x in skins]),
    )


def shade(patterns: tuple[str, ...], skins: Skins, setting: Setting, eye, focal, frag: dict) -> dict:
    """Linear planes (C, N) of fragments: `point`, `normal` (N, 3), `place` (N, 2), the rest (N,)."""
    count = len(frag["owner"])
    out: dict[str, list[np.ndarray]] = {}
    for start in range(0, max(count, 1), CHUNK):
        part = {k: _padded(v[start : start + CHUNK]) for k, v in frag.items()}
        for name, plane in _shade(patterns, skins, setting, eye, focal, part).items():
            out.setdefault(name, []).append(np.asarray(plane)[..., : count - start])
    return {name: np.concatenate(parts, -1) for name, parts in out.items()}


def _padded(a: np.ndarray) -> np.ndarray:
    a = a.astype(np.int32 if a.dtype.kind in "iu" else np.float32)
    return np.concatenate([a, np.zeros((CHUNK - len(a), *a.shape[1:]), a.dtype)]) if len(a) < CHUNK else a


@partial(jax.jit, static_argnums=0)
def _shade(patterns: tuple[str, ...], skins: Skins, setting: Setting, eye, focal, frag: dict) -> dict:
    geo, mat, light = setting.geo, setting.mat, setting.light
    p, owner = frag["point"].T, frag["owner"]
    way = p - eye[:, None]
    distance = jnp.sqrt(rc.dot(way, way))
    ray = way / jnp.maximum(distance, 1e-6)
    normal = rc.normalise(frag["normal"].T)
    normal = jnp.where(rc.dot(normal, ray) > 0, -normal, normal)
    normal = rc.normalise(normal - 1.02 * jnp.maximum(rc.dot(normal, ray) + 0.02, 0.0) * ray)
    facing = jnp.maximum(-rc.dot(normal, ray), 0.0)
    base = _base(patterns, skins, owner, frag["place"].T, distance / (focal * jnp.sqrt(facing + 0.1)))
    rough, metallic, ior, sheer = (
        jnp.take(getattr(skins, k), owner) for k in ("roughness", "metallic", "ior", "sheer")
    )
    rough = (rough**4 + 0.5 * frag["bend"] ** 2) ** 0.25  # normals that differ within the pixel
    axis = li.col(light.direction)
    lit_side = jnp.where(rc.dot(normal, axis) < 0, -normal, normal)
    own = self_hidden(setting.sun, p, lit_side)
    none = jnp.full(owner.shape, -1)
    bodies = rc.cone_visibility(geo, p, axis, light.angle, none)
    soft = bodies * (1 - own)
    cosine, behind = li.sun_cosine(light, normal), li.sun_cosine(light, -normal)
    left, bleed = li.occlusion_and_bleed(geo, mat, light, p, normal, none)
    upper = self_hidden(setting.sky, p + 2 * setting.sky.cell * normal, normal)
    open_ = frag["open"] * (1 - 0.5 * upper)
    ambient = li.sky_ambient(light, normal) * left * open_ + bleed * jnp.sqrt(open_)
    ambient = ambient + base * (1 - open_) * 0.3 * li.sky_ambient(light, normal)  # the folds' own colour
    sun = li.col(light.irradiance) * soft
    front = sun / jnp.pi * cosine * li.diffuse_sun(light, normal, ray, rough)
    front = front + ambient * li.diffuse_sky(normal, ray, rough)
    through = sun / jnp.pi * behind + li.sky_ambient(light, -normal) * open_
    matte = base * (1 - metallic) * ((1 - sheer) * front + sheer * jnp.sqrt(base) * through)
    inner = li.col(light.irradiance) / jnp.pi * bodies + 0.5 * li.sky_ambient(light, -normal)
    matte = matte + base * (1 - metallic) * frag["deep"] * inner
    weight = gl.reflectance(facing, base, rough, metallic, ior)
    mirrored = rc.normalise(ray + 2 * facing * normal)
    around = li.surroundings(geo, mat, light, mirrored, jnp.maximum(2 * rough**2, 0.02))
    f0 = gl.normal_reflectance(base, metallic, ior)
    spark = gl.highlight(light, normal, ray, f0, rough)
    flat = li.col(light.irradiance) / jnp.pi * (own < 0.5) * jnp.maximum(rc.dot(normal, axis), 0)
    return {
        "prior": matte + weight * around * open_ + spark * sun,
        "rgb": base * (flat + li.sky_ambient(light, normal)),
        "base": base,
        "normal": normal,
        "sun": cosine * soft,
        "sky": left * open_ * (0.5 + 0.5 * normal[1]),
        "roughness": rough,
        "metallic": metallic,
    }


def _base(patterns: tuple[str, ...], skins: Skins, owner, place, footprint) -> Array:
    """Base colour (3, P) linear; `footprint` is the pixel's size on the surface in m."""
    scale = jnp.take(skins.scale, owner)
    p = jnp.stack([place[0] / scale, 0.0 * scale, place[1] / scale], -1)
    out = jnp.take(srgb_to_linear(skins.colour), owner, axis=0)
    for kind in sorted(set(patterns) - {"plain"}):
        rows = jnp.array([i for i, q in enumerate(patterns) if q == kind])
        value = base_colour(kind, p, footprint / scale, skins.colour[owner], skins.colour2[owner])
        out = jnp.where(jnp.isin(owner, rows)[:, None], value, out)
    weave = jnp.take(skins.weave, owner)
    turn = jnp.pi / jnp.maximum(weave, 1e-6)
    threads = jnp.sin(place[0] * turn) * jnp.sin(place[1] * turn)
    fade = jnp.clip(1.0 - footprint / jnp.maximum(0.5 * weave, 1e-9), 0.0, 1.0)
    return out.T * (1.0 + 0.16 * fade * threads)


@jax.jit
def _dimmed(setting: Setting, p: Array, normal: Array) -> Array:
    ambient = li.sky_ambient(setting.light, normal)
    return jnp.concatenate([hidden(setting.sun, p)[None], hidden(setting.sky, p)[None], ambient])


def dimmed(setting: Setting, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """For points (N, 3) beside the mesh: shares of sun and sky that it hides, the open sky's light (5, N)."""
    out = [np.zeros((5, 0), np.float32)]
    for start in range(0, len(points), CHUNK):
        some = slice(start, start + CHUNK)
        part = _dimmed(setting, _padded(points[some]).T, _padded(normals[some]).T)
        out.append(np.asarray(part)[:, : len(points) - start])
    return np.concatenate(out, 1)
