"""What surfaces mirror and what glass lets through: one ray each, blurred in closed form.

References: reflectance of a GGX surface (Karis 2014, "Physically based shading on mobile"); Trowbridge-Reitz
lobe and Smith masking (Walter et al. 2007, eqs. 33, 34); the sun's disc in it by stereographic projection,
its nearest point for the rest (Karis 2013, "Real shading in Unreal Engine 4"); Snell's law; Schlick (1994).
Limits: mean colours of spheres in what a rough surface mirrors; of what is thrown back inside a glass ball,
the first return counts, and shows sky, sun and open ground; what lies behind is lit as if the glass were not
there.
"""

from __future__ import annotations

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from physics.light import (
    LightArrays,
    Materials,
    albedo,
    col,
    diffuse_sky,
    diffuse_sun,
    ground_opacity,
    near_spheres,
    open_ground,
    sky,
    sky_ambient,
    sphere_light,
    sun_cosine,
    surroundings,
)
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
    rotate,
)
from physics.tiles import where_any

LOBE = 2.0  # half-width of the mirrored cone, in GGX alpha
DIELECTRIC = 0.04  # reflectance at normal incidence for an index of 1.5
LEAST = 0.05  # roughness, as the path tracer has it
SHARP = 0.004  # rad, the narrowest cone
CLEAR, TWICE = 5e-4, 0.7  # rad, blur of clear glass; of two frosted faces, share of alpha by which rays turn
FROSTED = 0.1  # roughness above which what is seen through a clear surface blurs
TILTS = (
    (-0.8, 0.25),
    (0.0, 0.5),
    (0.8, 0.25),
)  # of the cone in the plane of incidence, in half-widths; weight


def normal_reflectance(base: Array, metallic, ior) -> Array:
    """Reflectance (3, P) of light that falls straight on."""
    return ((ior - 1.0) / (ior + 1.0)) ** 2 * (1.0 - metallic) + base * metallic


def reflectance(cosine: Array, base: Array, roughness, metallic, ior) -> Array:
    """Share (3, P) of even light that a GGX surface mirrors towards a view at `cosine` (P,).

    Karis's split, E = f0 a + b, from a table; for dielectrics with the table of the exact Fresnel term.
    """
    table = jnp.asarray(reflectance_table())
    rows, columns = table.shape[1:]
    y = jnp.sqrt(jnp.clip(cosine, 0.0, 1.0)) * (rows - 1)
    x = jnp.broadcast_to(jnp.clip(roughness, 0.0, 1.0), y.shape) * (columns - 1)
    i = jnp.clip(y.astype(jnp.int32), 0, rows - 2)
    j = jnp.clip(x.astype(jnp.int32), 0, columns - 2)
    u, v = y - i, x - j

    def look_up(flat):
        low, high = ((1 - v) * flat[k] + v * flat[k + 1] for k in (i * columns + j, (i + 1) * columns + j))
        return (1 - u) * low + u * high

    scale, offset, exact = (look_up(t) for t in table.reshape(3, -1))
    f0 = normal_reflectance(base, metallic, ior)
    dielectric = (exact - offset - DIELECTRIC * scale) * (1.0 - metallic)
    return jnp.clip(f0 * scale + offset + dielectric, 0.0, 1.0)


@lru_cache(maxsize=1)
def reflectance_table(rows: int = 24, columns: int = 16) -> np.ndarray:
    """Means over the GGX lobe (3, rows, columns) of 1 - f, f and the Fresnel term at index 1.5, where
    f = (1 - v.h)^5; rows are even in the root of the cosine, columns in roughness.
    """
    view = np.maximum(np.linspace(0, 1, rows) ** 2, 1e-3)[:, None, None]
    a2 = np.maximum(np.linspace(0, 1, columns) ** 4, 1e-6)[:, None]
    k = np.arange(512)
    a, phi = (k + 0.5) / 512, 2 * np.pi * (k * 0.6180339887 % 1)
    ch = np.sqrt((1 - a) / (1 + (a2 - 1) * a))  # Walter et al. eq. 35
    vh = np.sqrt(1 - view**2) * np.sqrt(1 - ch**2) * np.cos(phi) + view * ch
    nl = 2 * vh * ch - view
    masking = _smith(np.maximum(nl, 1e-9), a2) * _smith(view, a2)
    weight = np.where((nl > 0) & (vh > 0), masking * vh / (ch * view), 0.0)
    f, exact = np.clip(1 - vh, 0, 1) ** 5, _fresnel(np.clip(vh, 0, 1), 1.5)
    return np.array([(weight * x).mean(-1) for x in (1 - f, f, exact)], np.float32)


def _fresnel(cosine: np.ndarray, ior: float) -> np.ndarray:
    """Fresnel reflectance of unpolarised light."""
    inside = np.sqrt(1 - (1 - cosine**2) / ior**2)
    s = (cosine - ior * inside) / (cosine + ior * inside)
    p = (ior * cosine - inside) / (ior * cosine + inside)
    return (s * s + p * p) / 2


def highlight(light: LightArrays, normal, ray, f0: Array, roughness) -> Array:
    """The sun in a GGX surface (3, P) per unit of its irradiance: F D G / (4 n.v), n.l taken in.

    D is the exact mean over the sun's disc, F and G are those of its nearest point.
    """
    alpha, view = jnp.maximum(roughness, LEAST) ** 2, -ray
    mirrored = normalise(ray + 2 * jnp.maximum(dot(normal, view), 0.0) * normal)
    sun = _nearest_in_disc(light, mirrored)
    half = normalise(sun + view)
    nl, nv = jnp.maximum(dot(normal, sun), 0.0), jnp.maximum(dot(normal, view), 1e-3)
    a2 = alpha * alpha
    masking = _smith(nl, a2) * _smith(nv, a2)
    grazing = jnp.clip(1.0 - dot(view, half), 0.0, 1.0) ** 5
    f = f0 + (1.0 - f0) * grazing
    return f * jnp.where(nl > 0, _facets_over_disc(light, normal, view, alpha) * masking / (4.0 * nv), 0.0)


def _facets_over_disc(light: LightArrays, normal, view, alpha) -> Array:
    """Mean (P,) of the GGX density over the half vectors that mirror the sun's disc into `view`.

    In slopes the disc is an ellipse, wider by 1 / v.h across the plane of incidence. Scaled across by q, disc
    and lobe are both nearly round: the lobe where it is the larger, the disc where that is.
    """
    half = normalise(col(light.direction) + view)
    nh, c = jnp.maximum(dot(normal, half), 0.02), jnp.maximum(dot(view, half), 0.02)
    slope = (half - nh * normal) / nh
    side = normalise(jnp.stack([normal[i - 2] * view[i - 1] - normal[i - 1] * view[i - 2] for i in range(3)]))
    across = dot(slope, side) ** 2
    along = jnp.maximum(dot(slope, slope) - across, 0.0)
    far, tilt = jnp.sqrt(along + across), jnp.tan(light.angle / 2)
    near = jnp.maximum(far - tilt, 0.0) / (1.0 + far * tilt)  # slope of the disc's nearest point
    size = jnp.minimum(jnp.sin(light.angle) / 2 / nh**1.5, jnp.maximum(far - near, tilt))
    q = (alpha + c * size) / (alpha + size)
    share = lobe_in_disc(along + q * q * across, size * size * q / c, alpha * alpha * q)
    return share * c / (nh * jnp.pi * (jnp.sin(light.angle) / 2) ** 2)


def lobe_in_disc(offset2, radius2, alpha2):
    """Share of a GGX lobe, by slopes, within a disc: squares of its centre's offset, its radius, of alpha.

    The lobe a^2 / (pi (a^2 + m^2)^2) is the even sphere in stereographic projection; a disc is a cap of it.
    """
    a = alpha2 + offset2 - radius2
    b = jnp.sqrt(a * a + 4.0 * alpha2 * radius2 + 1e-30)
    far = 2.0 * alpha2 * radius2 / (b * (b + jnp.abs(a)))  # a > 0, without cancellation
    return jnp.where(a > 0, far, 1.0 - far)


def sun_disc(light: LightArrays, ray: Array, alpha) -> Array:
    """Radiance (3, P) of the sun itself along `ray`, blurred by a GGX lobe of width `alpha`, rad."""
    size = jnp.sin(light.angle)
    gap = ray - col(light.direction)
    ahead = dot(ray, col(light.direction)) > 0
    share = jnp.where(ahead, lobe_in_disc(dot(gap, gap), size * size, alpha * alpha), 0.0)
    return col(light.irradiance) / (jnp.pi * size * size) * share


def _nearest_in_disc(light: LightArrays, ray: Array) -> Array:
    """The direction (3, P) within the sun's disc that is nearest to `ray`."""
    axis = jnp.broadcast_to(col(light.direction), ray.shape)
    cosine = jnp.clip(dot(axis, ray), -1.0, 1.0)
    aside = normalise(ray - cosine * axis)
    rim = jnp.cos(light.angle) * axis + jnp.sin(light.angle) * aside
    return jnp.where(cosine > jnp.cos(light.angle), ray, rim)


def _smith(cosine, a2):
    return 2.0 * cosine / (cosine + (a2 + (1.0 - a2) * cosine * cosine) ** 0.5 + 1e-9)


def mirror_view(geo: Geometry, mat: Materials, light: LightArrays, p, normal, ray, roughness, ident, base_at):
    """Radiance (3, P) along `ray` from `p`, spread by `roughness`; `base_at(ident, p, t)`: base colours.

    `normal` is that of the mirror at `p`.
    """
    t, hit = nearest(geo, p, ray, skip=ident)
    q = p + jnp.minimum(t, 1e4) * ray
    background = sky(light, ray)

    def met():
        seen = _met(geo, mat, light, q, ray, t, hit, roughness, base_at)
        alpha = jnp.where(hit == GROUND, ground_opacity(light, q), 1.0)
        return jnp.where(hit == SKY, background, seen * alpha + background * (1 - alpha))

    sharp = where_any(hit != SKY, met, background)
    return _spread(geo, mat, light, p, normal, ray, roughness, ident, hit, sharp)


def _met(geo: Geometry, mat: Materials, light: LightArrays, q, ray, t, hit, roughness, base_at) -> Array:
    """Radiance (3, P) of the surfaces `hit` at `q` that mirror rays meet."""
    n, _ = normal_at(geo, hit, q)
    visible = cone_visibility(geo, q, col(light.direction), jnp.maximum(light.angle, 0.02), hit)
    left, bleed = near_spheres(geo, mat, light, q, n, hit)
    left, bleed = jnp.where(hit == GROUND, left, 0.8), jnp.where(hit == GROUND, bleed, 0.0)
    base, row = base_at(hit, q, t), jnp.maximum(hit - 1, 0)
    metallic, rough, ior = (jnp.take(x, row) for x in (mat.metallic, mat.roughness, mat.ior))
    floor = (0.5 - 0.5 * n[1]) * 0.8 * geo.ground * open_ground(mat, light)
    sun = sun_cosine(light, n) * visible * diffuse_sun(light, n, ray, rough)
    lit = col(light.irradiance) / jnp.pi * sun
    lit = lit + (sky_ambient(light, n) * left + bleed + floor) * diffuse_sky(n, ray, rough)
    seen = base * (1 - metallic) * lit
    f0, blurred = normal_reflectance(base, metallic, ior), _seen_roughness(geo, hit, t, roughness, rough)
    seen = seen + highlight(light, n, ray, f0, blurred) * visible * col(light.irradiance)
    facing = jnp.maximum(-dot(ray, n), 0.0)
    gloss = reflectance(facing, base, rough, metallic, ior)
    again = surroundings(geo, mat, light, ray + 2 * facing * n, jnp.maximum(LOBE * rough**2, 0.02))
    return seen + gloss * again * left


def _seen_roughness(geo: Geometry, hit, t, roughness, seen) -> Array:
    """Roughness (P,) that a highlight on a surface of roughness `seen` shows in a mirror of `roughness`.

    The mirror's lobe turns the ray by up to 2 alpha, and the normal it meets at distance t on a ball of
    radius r by 2 alpha t / r; half vectors turn by half the one and all of the other.
    """
    n = geo.centre.shape[0]
    bend = jnp.concatenate([jnp.zeros(FIRST), 1.0 / jnp.maximum(geo.radius, 1e-6)])
    bend = jnp.where(hit < FIRST + n, jnp.take(bend, jnp.minimum(hit, FIRST + n - 1)), 0.0)
    spread = roughness**2 * (1.0 + 2.0 * jnp.minimum(t, 1e4) * bend)
    return jnp.minimum(jnp.sqrt(jnp.sqrt(seen**4 + spread**2)), 1.0)


@jax.jit
def _spread(geo: Geometry, mat: Materials, light: LightArrays, p, normal, ray, roughness, ident, hit, sharp):
    """Soften the outline of mirrored spheres and the horizon by the cone that a rough surface gathers.

    The cone is LOBE alpha wide in the plane of incidence and narrower across it by the cosine.
    """
    n = geo.centre.shape[0]
    tall = jnp.maximum(LOBE * roughness * roughness, SHARP)
    cosine = jnp.abs(dot(ray, normal))
    wide = jnp.maximum(tall * jnp.maximum(cosine, 0.4), SHARP)
    on_sphere = (hit >= FIRST) & (hit < FIRST + n)
    around = surroundings(geo, mat, light, ray, tall)
    soft = jnp.where(ident == GROUND, 0.0, jnp.clip(10.0 * tall - 0.5, 0.0, 1.0))  # a blur worth its name
    above = soft * jnp.clip(0.5 + 0.5 * ray[1] / tall, 0.0, 1.0)
    level = sky(light, ray) * above + sharp * (1 - above)  # ground that runs into the sky
    backdrop = jnp.where(on_sphere, around, jnp.where(hit == GROUND, level, sharp))
    below = geo.ground * soft * jnp.clip(0.5 - 0.5 * ray[1] / tall, 0.0, 1.0)
    backdrop = jnp.where(hit == SKY, backdrop + (open_ground(mat, light) - backdrop) * below, backdrop)
    upright = normalise(normal - dot(normal, ray) * ray)
    rays = [normalise(ray + jnp.tan(jnp.minimum(s * tall, 1.0)) * upright) for s, _ in TILTS]

    def sphere(colour, item):
        c, r, k, mean, metal = item
        to = col(c) - p
        inv = lax.rsqrt(jnp.maximum(dot(to, to), 1e-12))
        blocker = jnp.pi / 2 - arccos(jnp.minimum(r * inv, 0.9999))
        cover = 0.0
        for tilted, (_, share) in zip(rays, TILTS, strict=True):
            cover = cover + share * disc_coverage(arccos(dot(to, tilted) * inv), wide, blocker)
        cover = jnp.where(ident == k, 0.0, cover)

        def laid_over():
            side = normalise(ray / inv - to)
            facing = jnp.maximum(-dot(ray, side), 0.0)
            shiny = surroundings(geo, mat, light, ray + 2 * facing * side, 0.2)
            lit = jnp.where(metal > 0.5, shiny, sphere_light(geo, mat, light, side))
            own = jnp.where(hit == k, sharp, col(mean) * lit)
            return colour * (1 - cover) + own * cover

        return where_any(cover > 0, laid_over, colour), None

    if n:
        mean = albedo(mat)[1 : 1 + n]
        items = (geo.centre, geo.radius, FIRST + jnp.arange(n), mean, mat.metallic[1 : 1 + n])
        backdrop, _ = lax.scan(sphere, backdrop, items)
    return backdrop


def refract_through(normal, ray, radius, ior, entry):
    """Exit point and direction (3, P) of a ray that crosses a glass sphere (Snell twice)."""
    inside = _refract(ray, normal, 1.0 / ior)
    chord = -2.0 * dot(inside, normal) * radius
    out_normal = normalise(normal * radius + chord * inside)
    return entry + chord * inside, _refract(inside, -out_normal, ior)


def refract_after_one_reflection(normal, ray, ior):
    """Direction (3, P) in which light leaves a glass sphere that was thrown back once inside."""
    inside = _refract(ray, normal, 1.0 / ior)
    for _ in range(2):  # across, back from the far side, and across again: the chords are alike
        normal = normalise(normal - 2.0 * dot(inside, normal) * inside)
        inside, last = inside - 2.0 * dot(inside, normal) * normal, inside
    return _refract(last, -normal, ior)


def refract_through_boxes(geo: Geometry, normal, ray, ident, ior, entry):
    """Exit point and direction (3, P) of rays that cross a glass box; zeros elsewhere.

    Where light would be reflected inside it leaves along the face.
    """
    first = FIRST + geo.centre.shape[0]
    inside = _refract(ray, normal, 1.0 / ior)

    def box(carry, item):
        c, h, rotation, k = item
        o, d = rotate(rotation.T, entry - col(c)), rotate(rotation.T, inside)
        side = jnp.where(d < 0, -1.0, 1.0)
        gap = (side * col(h) - o) / jnp.where(jnp.abs(d) < 1e-9, 1e-9, d)
        face = jnp.argmin(gap, axis=0)
        out_normal = jnp.stack([jnp.where(face == i, side[i], 0.0) for i in range(3)])
        leave = entry + jnp.min(gap, axis=0) * inside
        out = _refract(inside, -rotate(rotation, out_normal), ior)
        return tuple(
            jnp.where(ident == k, new, old) for new, old in zip((leave, out), carry, strict=True)
        ), None

    items = (geo.box_centre, geo.box_half, geo.box_rotation, first + jnp.arange(geo.box_centre.shape[0]))
    carry, _ = lax.scan(box, (jnp.zeros_like(entry), jnp.zeros_like(entry)), items)
    return carry


def _refract(ray, normal, eta):
    c = -dot(ray, normal)
    k = jnp.maximum(1.0 - eta * eta * (1.0 - c * c), 0.0)
    return normalise(eta * ray + (eta * c - jnp.sqrt(k)) * normal)
