"""Light transport that has a closed form: sky, sun, first bounce, one mirror or glass ray.

`sky` is the radiance that guide, painter and path-traced reference share. `transport` estimates, per
hit, what the painter needs to know: penumbra, sky occlusion, colour bleeding, what a mirror ray and a
refracted ray see, Fresnel weight, the sun's highlight. Radiance is scene-linear RGB, vectors (3, P).

References: Schlick (1994) Fresnel; Trowbridge-Reitz/GGX lobe (Walter et al. 2007, eq. 33).
Limits: one bounce, spheres and ground only in the bleeding term, mean colours in what a rough
surface mirrors. The painter learns the rest from path-traced pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array, lax

from physics.raycast import (
    FIRST,
    GROUND,
    SKY,
    Geometry,
    arccos,
    cone_visibility,
    disc_coverage,
    dot,
    nearest,
    normal_at,
    normalise,
    sphere_occlusion,
)


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


def sky_ambient(light: LightArrays, normal: Array) -> Array:
    """Sky irradiance / pi (3, P) on a surface with `normal`, unoccluded, upper hemisphere only."""
    up = 0.5 + 0.5 * normal[1]
    base = col(light.horizon) + col(light.zenith - light.horizon) * (0.55 + 0.2 * up)
    lobe = 0.5 * (1.0 - jnp.cos(light.glow_width)) * (0.5 + 0.5 * dot(normal, col(light.direction))) * 3.0
    return base * up + col(light.glow) * lobe


def sun_cosine(light: LightArrays, normal: Array) -> Array:
    """Cosine to the sun (P,), softened at the terminator by the sun's size."""
    s = jnp.sin(light.angle) + 1e-4
    c = dot(normal, col(light.direction))
    return jnp.where(c > s, c, jnp.where(c < -s, 0.0, (c + s) ** 2 / (4.0 * s)))


def direct(light: LightArrays, normal: Array, visible: Array, ambient: Array | float = 1.0) -> Array:
    """Irradiance / pi (3, P): sun times `visible` plus sky times `ambient`."""
    sun = col(light.irradiance) / jnp.pi * (sun_cosine(light, normal) * visible)
    return sun + sky_ambient(light, normal) * ambient


@jax.jit
def occlusion_and_bleed(geo: Geometry, mat: Materials, light: LightArrays, p, normal, ident):
    """Share of the sky left (P,) and irradiance / pi (3, P) that other surfaces send to `p`."""
    n = geo.centre.shape[0]
    left, bleed = jnp.ones_like(p[0]), jnp.zeros_like(p)
    side = sky_ambient(light, jnp.zeros((3, 1)))

    def sphere(carry, item):
        left, bleed = carry
        c, r, k, colour = item
        to = col(c) - p
        share = jnp.where(ident == k, 0.0, sphere_occlusion(to, r, normal))
        facing = -dot(normalise(to), col(light.direction))
        lit = col(light.irradiance) / jnp.pi * jnp.clip(0.25 + 0.5 * facing, 0.0, 1.0) + side
        return (left * (1.0 - share), bleed + share * col(colour) * lit), None

    if n:
        items = (geo.centre, geo.radius, FIRST + jnp.arange(n), mat.mean[1 : 1 + n])
        (left, bleed), _ = lax.scan(sphere, (left, bleed), items)
    return left, bleed + _from_below(geo, mat, light, p, normal, ident)


def _from_below(geo: Geometry, mat: Materials, light: LightArrays, p, normal, ident):
    """Irradiance / pi from the lower hemisphere: lit ground, or the horizon where there is none."""
    share = 0.5 - 0.5 * normal[1]
    foot = jnp.stack([p[0], jnp.zeros_like(p[1]), p[2]])
    up = jnp.array([[0.0], [1.0], [0.0]])
    open_sun = cone_visibility(
        geo, foot, col(light.direction), jnp.maximum(light.angle, 0.5), jnp.full(p.shape[1:], -1)
    )
    ground = col(mat.mean[0]) * direct(light, jnp.broadcast_to(up, p.shape), open_sun, 0.75)
    return share * jnp.where(geo.ground > 0, ground, col(light.horizon))


def mirror_view(geo: Geometry, mat: Materials, light: LightArrays, p, ray, roughness, ident, base_at):
    """Radiance (3, P) along `ray` from `p`, spread by `roughness`; `base_at(ident, p, t)`: base colours."""
    t, hit = nearest(geo, p, ray, skip=ident)
    q = p + jnp.minimum(t, 1e4) * ray
    normal, _ = normal_at(geo, hit, q)
    visible = cone_visibility(geo, q, col(light.direction), jnp.maximum(light.angle, 0.02), hit)
    left = jnp.where(hit == GROUND, _sky_left(geo, q, normal, hit), 0.8)
    base, row = base_at(hit, q, t), jnp.maximum(hit - 1, 0)
    metallic, rough, ior = (jnp.take(x, row) for x in (mat.metallic, mat.roughness, mat.ior))
    seen = base * (1 - metallic) * (direct(light, normal, visible, left) + _floor_glow(mat, normal))
    facing = jnp.maximum(-dot(ray, normal), 0.0)
    seen = seen + fresnel(facing, base, rough, metallic, ior) * sky(light, ray + 2 * facing * normal) * left
    background = sky(light, ray)
    alpha = jnp.where(hit == GROUND, ground_opacity(light, q), 1.0)
    sharp = jnp.where(hit == SKY, background, seen * alpha + background * (1 - alpha))
    return _spread(geo, mat, light, p, ray, roughness, ident, hit, sharp)


@jax.jit
def _spread(geo: Geometry, mat: Materials, light: LightArrays, p, ray, roughness, ident, hit, sharp):
    """Soften the outline of mirrored spheres by the cone that a rough surface gathers."""
    n = geo.centre.shape[0]
    cone = jnp.maximum(0.75 * roughness * roughness, 0.004)
    on_sphere = (hit >= FIRST) & (hit < FIRST + n)
    backdrop = jnp.where(on_sphere, sky(light, ray), sharp)

    def sphere(carry, item):
        colour, covered = carry
        c, r, k, mean = item
        to = col(c) - p
        inv = lax.rsqrt(jnp.maximum(dot(to, to), 1e-12))
        blocker = jnp.pi / 2 - arccos(jnp.minimum(r * inv, 0.9999))
        cover = disc_coverage(arccos(dot(to, ray) * inv), cone, blocker)
        cover = jnp.where(ident == k, 0.0, cover)
        side = normalise(ray / inv - to)
        lit = direct(light, side, 0.9, 0.8) + _floor_glow(mat, side)
        own = jnp.where(hit == k, sharp, col(mean) * lit)
        return (colour * (1 - cover) + own * cover, covered), None

    if n:
        items = (geo.centre, geo.radius, FIRST + jnp.arange(n), mat.mean[1 : 1 + n])
        (backdrop, _), _ = lax.scan(sphere, (backdrop, 0.0), items)
    return backdrop


def _floor_glow(mat: Materials, normal: Array) -> Array:
    """Rough bounce from a lit floor, for what is seen in a mirror only."""
    return 0.3 * (1 - normal[1]) * col(mat.mean[0])


@jax.jit
def _sky_left(geo: Geometry, p, normal, ident):
    left = jnp.ones_like(p[0])

    def sphere(left, item):
        c, r, k = item
        return left * (1.0 - jnp.where(ident == k, 0.0, sphere_occlusion(col(c) - p, r, normal))), None

    if geo.centre.shape[0]:
        left, _ = lax.scan(sphere, left, (geo.centre, geo.radius, FIRST + jnp.arange(geo.centre.shape[0])))
    return left


def refract_through(normal, ray, radius, ior, centre_of_hit):
    """Exit point and direction (3, P) of a ray that crosses a glass sphere (Snell twice)."""
    inside = _refract(ray, normal, 1.0 / ior)
    chord = -2.0 * dot(inside, normal) * radius
    leave = centre_of_hit + chord * inside
    out_normal = normalise(normal * radius + chord * inside)
    out = _refract(inside, -out_normal, ior)
    return leave, out


def _refract(ray, normal, eta):
    c = -dot(ray, normal)
    k = jnp.maximum(1.0 - eta * eta * (1.0 - c * c), 0.0)
    return normalise(eta * ray + (eta * c - jnp.sqrt(k)) * normal)


def fresnel(cosine: Array, base: Array, roughness, metallic, ior) -> Array:
    """Schlick reflectance (3, P)."""
    f0 = ((ior - 1.0) / (ior + 1.0)) ** 2
    f0 = f0 * (1.0 - metallic) + base * metallic
    grazing = jnp.clip(1.0 - cosine, 0.0, 1.0) ** 5
    return f0 + (jnp.maximum(1.0 - roughness, f0) - f0) * grazing


def highlight(light: LightArrays, normal, view, roughness) -> Array:
    """GGX lobe of the sun (P,), D / 4 widened by the sun's own size; multiply by Fresnel and irradiance."""
    half = normalise(col(light.direction) - view)
    a2 = roughness**4 + (0.5 * jnp.tan(light.angle)) ** 2
    c = jnp.maximum(dot(normal, half), 0.0)
    d = a2 / (jnp.pi * (c * c * (a2 - 1.0) + 1.0) ** 2)
    return jnp.where(dot(normal, col(light.direction)) > 0, 0.25 * d, 0.0)
