"""Diffuse light in closed form: sky, sun, and one bounce from ground, spheres and boxes.

`sky` is the radiance that guide, painter and path-traced reference share. The functions here estimate, per
hit, what a path tracer would find: penumbra, sky occlusion, colour bleeding. What a surface mirrors or lets
through is in `physics.gloss`. Radiance is scene-linear RGB, vectors (3, P), irradiance is given over pi.

References: irradiance of the sky by nine spherical harmonics (Ramamoorthi & Hanrahan 2001, eqs. 7-13; error
below 2 %); diffuse lobe of Burley (2012, sec. 5.3), its mean over the hemisphere integrated here; a diffuse
sphere's brightness by phase angle (Lambert's law, Russell 1916); form factor of a polygon (Lambert 1760;
Baum et al. 1989), cut at the horizon by the sphere of equal form factor (Heitz 2017).
Limits: light bounces once, off mean colours; what hides from the sky and what hides from the ground is
told apart by its mean direction only.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from physics.raycast import (
    FIRST,
    Geometry,
    arccos,
    box_interval,
    cone_visibility,
    dot,
    normalise,
    rotate,
    sphere_occlusion,
)
from physics.tiles import where_any

PENUMBRA = 0.5  # rad, least blur of the shadows in light that the ground throws back


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class LightArrays:
    """`physics.scene.Light` as arrays; linear radiance."""

    direction: Array  # (3,) unit, towards the sun
    irradiance: Array  # (3,)
    angle: Array  # () rad, angular radius of the sun
    zenith: Array  # (3,)
    horizon: Array  # (3,)
    glow: Array  # (3,)
    glow_width: Array  # () rad
    haze: Array  # () m
    ambient: Array  # (9, 3) harmonics of the upper sky's irradiance / pi, see `sky_harmonics`


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Materials:
    """One row per object: ground, spheres, boxes (row = id - 1)."""

    colour: Array  # (k, 3) sRGB
    colour2: Array  # (k, 3) sRGB
    mean: Array  # (k, 3) linear far-field mean of the pattern
    scale: Array  # (k,)
    roughness: Array  # (k,)
    metallic: Array  # (k,)
    transmission: Array  # (k,)
    ior: Array  # (k,)
    textures: tuple[tuple[Array, ...], ...] = ()  # pictures on balls, see `physics.texture`
    widths: tuple[Array, ...] = ()  # () each, radii


def col(v: Array) -> Array:
    """(3,) -> (3, 1)."""
    return v[:, None]


def sky(light: LightArrays, ray: Array) -> Array:
    """Sky radiance (3, P) without the sun's disc; below the horizon it repeats the horizon's."""
    up = jnp.maximum(ray[1], 0.0)
    flat = normalise(jnp.stack([ray[0], up, ray[2]]))
    base = col(light.horizon) + col(light.zenith - light.horizon) * up**0.6
    lobe = (1.0 - dot(flat, col(light.direction))) / (1.0 - jnp.cos(light.glow_width))
    return base + col(light.glow) * jnp.exp(-lobe)


def ground_opacity(light: LightArrays, p: Array) -> Array:
    """How much of the ground shows (P,): it fades into the horizon with the distance from the origin."""
    rho = jnp.sqrt(p[0] * p[0] + p[2] * p[2])
    x = jnp.clip((rho / light.haze - 1.0) / 3.0, 0.0, 1.0)
    return 1.0 - x * x * (3.0 - 2.0 * x)


def harmonics(n):
    """Real spherical harmonics up to order two (9, P) of directions (3, P)."""
    x, y, z = n[0], n[1], n[2]
    first = [0.282095 + 0.0 * x, 0.488603 * y, 0.488603 * z, 0.488603 * x]
    second = [1.092548 * x * y, 1.092548 * y * z, 0.315392 * (3 * z * z - 1), 1.092548 * x * z]
    return [*first, *second, 0.546274 * (x * x - y * y)]


def sky_harmonics(light: LightArrays, rings: int = 48) -> np.ndarray:
    """Coefficients (9, 3) of the upper sky's irradiance / pi, by quadrature over rays."""
    y = (np.arange(rings) + 0.5) / rings
    turn = (np.arange(2 * rings) + 0.5) / rings * np.pi
    flat = np.sqrt(1 - y * y)[:, None]
    ray = np.stack([flat * np.cos(turn), y[:, None] + 0 * turn, flat * np.sin(turn)]).reshape(3, -1)
    radiance = np.asarray(sky(light, ray.astype(np.float32))) * (2 * np.pi / ray.shape[1])
    cosine_lobe = np.repeat([1.0, 2 / 3, 1 / 4], [1, 3, 5])[:, None]
    return (cosine_lobe * (np.stack(harmonics(ray)) @ radiance.T)).astype(np.float32)


def sky_ambient(light: LightArrays, normal: Array) -> Array:
    """Sky irradiance / pi (3, P) on a surface with `normal`, unoccluded, upper hemisphere only.

    A shorter `normal` gives the mean over normals spread about it.
    """
    each = lax.optimization_barrier(harmonics(normal))  # else they are computed anew for each channel
    total = sum(col(light.ambient[k]) * y for k, y in enumerate(each))
    return jnp.maximum(total, 0.0)


def sun_cosine(light: LightArrays, normal: Array) -> Array:
    """Cosine to the sun (P,), softened at the terminator by the sun's size."""
    s = jnp.sin(light.angle) + 1e-4
    c = dot(normal, col(light.direction))
    return jnp.where(c > s, c, jnp.where(c < -s, 0.0, (c + s) ** 2 / (4.0 * s)))


def direct(light: LightArrays, normal: Array, visible: Array, ambient: Array | float = 1.0) -> Array:
    """Irradiance / pi (3, P): sun times `visible` plus sky times `ambient`."""
    sun = col(light.irradiance) / jnp.pi * (sun_cosine(light, normal) * visible)
    return sun + sky_ambient(light, normal) * ambient


def diffuse_sun(light: LightArrays, normal: Array, ray: Array, roughness) -> Array:
    """Burley's diffuse lobe (P,) for sunlight seen along `ray`, relative to Lambert's."""
    facing, lit = jnp.maximum(-dot(normal, ray), 0.0), jnp.maximum(dot(normal, col(light.direction)), 0.0)
    out, into = (1 - facing) ** 5, (1 - lit) ** 5
    retro = roughness * (1 - dot(ray, col(light.direction)))  # 2 roughness cos^2 of the half angle
    return (1 - 0.5 * out) * (1 - 0.5 * into) + retro * (out + into + out * into * (retro - 1))


def diffuse_sky(normal: Array, ray: Array, roughness) -> Array:
    """Burley's diffuse lobe (P,) for even light from all sides, relative to Lambert's."""
    facing = jnp.maximum(-dot(normal, ray), 0.0)
    out = (1 - facing) ** 5
    retro = out * (1 + 2 / 3 * facing) + 1 / 21 + facing / 84  # means of cos^2 and of (1 - cos)^5
    return (1 - 0.5 * out) * (1 - 1 / 42) + roughness * retro


def albedo(mat: Materials) -> Array:
    """Share of even light that each object throws back (k, 3): Burley's lobe and a little gloss."""
    matte = mat.mean * (0.95 + 0.12 * mat.roughness[:, None]) + 0.05
    return jnp.where(mat.metallic[:, None] > 0.5, mat.mean, matte)


def open_ground(mat: Materials, light: LightArrays) -> Array:
    """Radiance (3, 1) of the ground where nothing is near."""
    up = jnp.array([[0.0], [1.0], [0.0]])
    return col(albedo(mat)[0]) * direct(light, up, jnp.ones(1), 1.0)


def surroundings(geo: Geometry, mat: Materials, light: LightArrays, ray: Array, width=0.02) -> Array:
    """Sky or open ground (3, P) along `ray`, blurred over the horizon by `width` rad."""
    x = jnp.clip(0.5 - 0.5 * ray[1] / width, 0.0, 1.0)
    below = x * x * (3 - 2 * x) * geo.ground
    return sky(light, ray) * (1 - below) + open_ground(mat, light) * below


@jax.jit
def occlusion_and_bleed(geo: Geometry, mat: Materials, light: LightArrays, p, normal, ident):
    """Share of the sky left (P,) and irradiance / pi (3, P) that other surfaces send to `p`."""
    above, below = 0.5 + 0.5 * normal[1], 0.5 - 0.5 * normal[1]
    carry = jnp.ones_like(p[0]), jnp.ones_like(p[0]), jnp.zeros_like(p)
    colour, n, m = albedo(mat), geo.centre.shape[0], geo.box_centre.shape[0]

    def hide(carry, share, way, radiance):
        """`share` of the hemisphere, in the direction `way`, is taken from sky and ground."""
        sky_left, ground_left, bleed = carry
        up = jnp.clip(above + 0.75 * (1 - jnp.abs(normal[1])) * way[1], 0.0, 1.0)
        sky_left = sky_left * jnp.clip(1 - share * up / jnp.maximum(above, 1e-3), 0.0, 1.0)
        ground_left = ground_left * jnp.clip(1 - share * (1 - up) / jnp.maximum(below, 1e-3), 0.0, 1.0)
        return sky_left, ground_left, bleed + share * radiance

    def sphere(carry, item):
        c, r, k, tint = item
        to = col(c) - p
        share = jnp.where(ident == k, 0.0, sphere_occlusion(to, r, normal))
        way = normalise(to)
        return hide(carry, share, way, col(tint) * sphere_light(geo, mat, light, -way)), None

    def box(carry, item):
        k, tint = item[3:]
        form = box_form_factor(item[:3], p)
        size = jnp.sqrt(jnp.maximum(dot(form, form), 1e-12))
        way = form / size
        share = jnp.where(ident == k, 0.0, sphere_occlusion(way, jnp.sqrt(size), normal))
        return hide(carry, share, way, col(tint) * _box_light(geo, mat, light, item[:3], p, way)), None

    if n:
        items = (geo.centre, geo.radius, FIRST + jnp.arange(n), colour[1 : 1 + n])
        carry, _ = lax.scan(sphere, carry, items)
    if m:
        items = (geo.box_centre, geo.box_half, geo.box_rotation, FIRST + n + jnp.arange(m), colour[1 + n :])
        carry, _ = lax.scan(box, carry, items)
    sky_left, ground_left, bleed = carry

    def from_below():
        return bleed + below * ground_left * _from_below(geo, mat, light, p, normal)

    return sky_left, where_any(below > 0, from_below, bleed)


def sphere_light(geo: Geometry, mat: Materials, light: LightArrays, towards: Array) -> Array:
    """Mean irradiance / pi (3, P) over the face that a sphere shows `towards` the viewer."""
    cosine = jnp.clip(dot(towards, col(light.direction)), -1.0, 1.0)
    phase = arccos(cosine)
    sun = 2 / (3 * jnp.pi) * (jnp.sqrt(1 - cosine * cosine) + (jnp.pi - phase) * cosine)
    sun = lax.optimization_barrier(sun)
    lit = col(light.irradiance) / jnp.pi * sun + sky_ambient(light, 2 / 3 * towards)
    return lit + (0.5 - towards[1] / 3) * 0.7 * _floor(geo, mat, light)


def _floor(geo: Geometry, mat: Materials, light: LightArrays) -> Array:
    return jnp.where(geo.ground > 0, open_ground(mat, light), col(light.horizon))


def _box_light(geo: Geometry, mat: Materials, light: LightArrays, box, p, way) -> Array:
    """Irradiance / pi (3, P) on a box where it is met from `p` along `way`."""
    centre, half, rotation = box
    distance, _ = box_interval(box, p, way)
    q = rotate(rotation.T, p + jnp.clip(distance, 0.0, 1e4) * way - col(centre)) / col(half)
    face = jnp.argmax(jnp.abs(q), axis=0)
    normal = rotate(rotation, jnp.stack([jnp.where(face == i, jnp.sign(q[i]), 0.0) for i in range(3)]))
    foot = rotate(rotation, jnp.clip(q, -1, 1) * col(half)) + col(centre) + 1e-3 * normal
    visible = cone_visibility(geo, foot, col(light.direction), jnp.maximum(light.angle, PENUMBRA), -1)
    return direct(light, normal, visible, 0.8) + (0.5 - 0.5 * normal[1]) * 0.7 * _floor(geo, mat, light)


def box_form_factor(box, p: Array) -> Array:
    """Vector form factor (3, P) of an oriented box seen from outside points `p`: its dot product with a
    normal is the cosine-weighted share of the hemisphere that the box fills while it is above the horizon.
    """
    centre, half, rotation = box
    o = rotate(rotation.T, p - col(centre))
    total = jnp.zeros_like(p)
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):  # at most one face of each pair is seen
        side = jnp.sign(o[a])
        seen = jnp.abs(o[a]) > half[a]
        corners = []
        for sb, sc in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
            v = [jnp.zeros_like(p[0])] * 3
            v[a], v[b], v[c] = side * half[a] - o[a], sb * half[b] - o[b], sc * half[c] - o[c]
            corners.append(normalise(jnp.stack(v)))
        face = sum(_edge(corners[i], corners[(i + 1) % 4]) for i in range(4))
        total = total + jnp.where(seen, side, 0.0) * face
    return rotate(rotation, total / (2 * jnp.pi))


def _edge(u: Array, v: Array) -> Array:
    """Angle between two unit vectors times the unit normal of their plane, sign such that faces look out."""
    across = jnp.stack([u[i - 1] * v[i - 2] - u[i - 2] * v[i - 1] for i in range(3)])
    sine = jnp.sqrt(jnp.maximum(dot(across, across), 1e-12))
    return across * (arccos(jnp.clip(dot(u, v), -1.0, 1.0)) / sine)


def _from_below(geo: Geometry, mat: Materials, light: LightArrays, p, normal):
    """Radiance (3, P) of the ground where `p` looks down at it, or of the horizon where there is none."""
    way = normalise(normal - jnp.array([[0.0], [1.001], [0.0]]))  # mean direction of the lower half
    reach = jnp.maximum(p[1], 0.0) * jnp.minimum(1.0 / jnp.maximum(-way[1], 1e-3), 4.0)
    foot = jnp.stack([p[0] + reach * way[0], jnp.zeros_like(p[1]), p[2] + reach * way[2]])
    up = jnp.broadcast_to(jnp.array([[0.0], [1.0], [0.0]]), p.shape)
    visible = cone_visibility(geo, foot, col(light.direction), jnp.maximum(light.angle, PENUMBRA), -1)
    left, bleed = near_spheres(geo, mat, light, foot, up, jnp.full(p.shape[1:], -1))
    lit = col(albedo(mat)[0]) * (direct(light, up, visible, left) + bleed)
    return jnp.where(geo.ground > 0, lit, col(light.horizon))


@jax.jit
def near_spheres(geo: Geometry, mat: Materials, light: LightArrays, p, normal, ident):
    """Share of the hemisphere about `normal` (P,) that no sphere hides, irradiance / pi (3, P) from those."""
    n = geo.centre.shape[0]
    carry = jnp.ones_like(p[0]), jnp.zeros_like(p)

    def sphere(carry, item):
        left, bleed = carry
        c, r, k, tint = item
        to = col(c) - p
        share = jnp.where(ident == k, 0.0, sphere_occlusion(to, r, normal))
        light_back = col(tint) * sphere_light(geo, mat, light, -normalise(to))
        return (left * (1.0 - share), bleed + share * light_back), None

    if n:
        carry, _ = lax.scan(
            sphere, carry, (geo.centre, geo.radius, FIRST + jnp.arange(n), albedo(mat)[1 : 1 + n])
        )
    return carry
