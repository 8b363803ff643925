"""Light on rough water: what a patch with a mean slope and a slope variance sends to the eye.

A pixel's slopes are a Gaussian around their mean (Cox & Munk 1954). Only facets that face the eye are seen,
each by its projected area: for z = (elevation of the view) - (slope along it) ~ N(mu, sigma^2) the visible
mean is E[z z+] / E[z+], in closed form (`visible`). Reflection and Fresnel are taken at that mean facet
(after Bruneton, Neyret & Holzschuch 2010), the sun's glitter is the Gaussian's density at the slope that
mirrors the sun (Ross, Dion & Potvin 2005, with Smith's shadowing). Light from below: deep water's own
colour, the bed through Beer-Lambert attenuation, and thin crests lit through from behind. Vectors (3, P),
linear radiance.

Limits: one reflection; no polarisation; in-water scattering as a colour, not a volume.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jax.scipy.stats import norm

from physics import light as li
from physics.raycast import dot, normalise

INDEX = 1.34  # of sea water
FOAM = 0.85  # albedo
_F0 = ((INDEX - 1) / (INDEX + 1)) ** 2


def visible(mean: Array, sigma: Array) -> tuple[Array, Array]:
    """E[z+] and E[z z+] / E[z+] of z ~ N(mean, sigma^2)."""
    mean = jnp.maximum(mean, -6.0 * sigma)
    density, below = norm.pdf(mean / sigma), norm.cdf(mean / sigma)
    area = jnp.maximum(sigma * density + mean * below, 1e-7)
    square = (sigma * sigma + mean * mean) * below + mean * sigma * density
    return area, square / area


def fresnel(cosine: Array) -> Array:
    """Schlick reflectance of water (P,)."""
    return _F0 + (1 - _F0) * jnp.clip(1 - cosine, 0.0, 1.0) ** 5


def facet(ray: Array, slope: Array, variance: Array) -> dict:
    """The visible mean facet for `slope` (2, P) x z and slope `variance` (P,) of one component."""
    flat = jnp.maximum(jnp.hypot(ray[0], ray[2]), 1e-4)
    to_eye = -jnp.stack([ray[0], ray[2]]) / flat
    lift = jnp.maximum(-ray[1], 1e-4) / flat
    along = -(slope[0] * to_eye[0] + slope[1] * to_eye[1])
    sigma = jnp.sqrt(jnp.maximum(variance, 1e-6))
    area, z = visible(lift + along, sigma)
    tilted = slope - to_eye * (z - lift - along)  # the part along the view becomes what is seen
    normal = normalise(jnp.stack([-tilted[0], jnp.ones_like(lift), -tilted[1]]))
    return {
        "normal": normal,
        "cosine": jnp.clip(-dot(ray, normal), 0.0, 1.0),
        "area": area * flat,
        "sigma": sigma,
    }


def glitter(light: li.LightArrays, ray: Array, slope: Array, seen: dict) -> Array:
    """Radiance (P,) of the mirrored sun for unit irradiance."""
    sun = li.col(light.direction)
    half = normalise(sun - ray)
    up = jnp.maximum(half[1], 1e-3)
    off = (slope[0] + half[0] / up) ** 2 + (slope[1] + half[2] / up) ** 2
    spread = seen["sigma"] ** 2 + (0.5 * jnp.sin(light.angle)) ** 2 / 4
    density = jnp.exp(-0.5 * off / spread) / (2 * jnp.pi * spread)
    height = jnp.maximum(light.direction[1], 1e-3) / jnp.sqrt(1 - light.direction[1] ** 2 + 1e-6)
    unshadowed, _ = visible(height, seen["sigma"])
    shadow = jnp.clip(height / unshadowed, 0.0, 1.0)
    lobe = density * fresnel(dot(half, sun)) * shadow / (4 * up**4 * jnp.maximum(seen["area"], 2e-3))
    return jnp.where(light.direction[1] > 0, lobe, 0.0)


def body(light: li.LightArrays, water: dict, ray: Array, normal: Array, crest: Array) -> Array:
    """Radiance (3, P) that comes up through the surface; `crest` (P,) 0 level water to 1 thin crest."""
    deep, bed = li.col(water["deep"]), li.col(water["bottom"])
    down = li.direct(light, jnp.stack([0 * crest, jnp.ones_like(crest), 0 * crest]), 0.9, 1.0)
    inside = jnp.sqrt(1 - (1 - normal[1] ** 2) / INDEX**2)
    reach = jnp.exp(-2 * water["depth"] / water["clarity"] / inside * li.col(water["extinction"]))
    upward = deep * (1 - reach) + bed * reach
    sun_flat = normalise(jnp.stack([light.direction[0], 0.0, light.direction[2]]))
    behind = jnp.maximum(dot(ray, li.col(sun_flat)), 0.0) ** 3
    glow = (
        li.sky_ambient(light, jnp.array([[0.0], [1.0], [0.0]]))
        + li.col(light.irradiance) / jnp.pi * 3.0 * behind
    )
    through = 0.06 * li.col(water["thin"]) * glow * crest
    return upward * down + through


def foam_light(light: li.LightArrays, normal: Array) -> Array:
    """Radiance (3, P) of wet foam, a rough white."""
    return FOAM * li.direct(light, normal, 1.0, 1.0)
