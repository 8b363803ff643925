"""The sky over open water: the scene's gradient and glow, the sun's disc in its aureole, a layer of clouds.

The gradient is `physics.light.sky`. Clouds are one layer of fractal noise on a shell about the round earth,
so that they crowd towards the horizon; their light follows the optical depth: silver where the sun shines
through thin edges, grey where they are thick, fading into the horizon's colour with the distance. They
drift with the wind. Radiance is linear RGB, vectors (3, P).

Limits: single layer without volume or parallax; not a weather model.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from physics import light as li
from physics.antialias import smoothstep
from physics.noise import fbm2
from physics.raycast import dot

EARTH = 6.371e6  # m
BRIGHTEST = 40.0  # radiance at which the sun's disc is clipped: far above white already


def clear_sky(light: li.LightArrays, ray: Array) -> Array:
    """Gradient, glow and aureole (3, P), without the disc."""
    angle = jnp.arccos(jnp.clip(dot(ray, li.col(light.direction)), -1.0, 1.0))
    aureole = 0.10 * jnp.exp(-angle / 0.05) + 0.03 * jnp.exp(-angle / 0.16)
    return li.sky(light, ray) + li.col(light.irradiance) * aureole * (ray[1] > -0.02)


def sun_disc(light: li.LightArrays, ray: Array, pixel: float | Array) -> Array:
    """The disc's radiance (3, P), its edge as wide as a `pixel` (rad)."""
    radius = jnp.maximum(light.angle, 1e-3)
    angle = jnp.arccos(jnp.clip(dot(ray, li.col(light.direction)), -1.0, 1.0))
    cover = jnp.clip((radius - angle) / jnp.maximum(pixel, 0.06 * radius) + 0.5, 0.0, 1.0)
    edge = jnp.sqrt(jnp.clip(1 - (angle / radius) ** 2, 0.0, 1.0))
    return (
        jnp.minimum(li.col(light.irradiance) / (jnp.pi * radius**2), BRIGHTEST) * cover * (0.55 + 0.45 * edge)
    )


def clouds(light: li.LightArrays, layer: dict, ray: Array, pixel: float | Array) -> tuple[Array, Array]:
    """Radiance (3, P) and opacity (P,) of the cloud layer along rays above the horizon."""
    up = jnp.maximum(ray[1], 0.0)
    height = layer["height"]
    reach = EARTH * (jnp.sqrt(up * up + 2 * height / EARTH) - up)  # m to the layer
    x, z = (
        (reach * ray[0] + layer["drift"][0]) / layer["size"],
        (reach * ray[2] + layer["drift"][1]) / layer["size"],
    )
    footprint = reach * pixel / jnp.maximum(up + 0.02, 0.02) ** 0.6 / layer["size"]
    warp = 0.35 * fbm2(x + 5.2, z - 1.3, footprint, 0.9, 2, 31)
    shape = fbm2(x + warp, z + 0.7 * warp, footprint, 0.55, 7, 7, gain=0.52)
    limit = layer["limit"]
    thick = jnp.maximum(shape - limit, 0.0) * layer["density"] * 3.2
    opacity = 1 - jnp.exp(-2.2 * thick * thick - 0.9 * thick)
    toward = jnp.maximum(dot(ray, li.col(light.direction)), 0.0)
    silver = jnp.exp(-2.5 * thick) * (0.18 + 1.6 * toward**24 + 0.5 * toward**5)
    shade = 0.42 + 0.58 * jnp.exp(-1.3 * thick)
    lit = (
        li.col(light.irradiance) / jnp.pi * silver * 0.75
        + (0.6 * li.col(light.zenith) + 0.5 * li.col(light.horizon)) * shade
    )
    fade = jnp.exp(-reach / 45e3)
    return lit * fade + li.sky(light, ray) * (1 - fade), opacity * smoothstep(0.0, 0.05, up) * (
        0.3 + 0.7 * fade
    )


def sky(light: li.LightArrays, layer: dict | None, ray: Array, pixel: float | Array) -> Array:
    """All of it (3, P)."""
    open_sky = clear_sky(light, ray) + sun_disc(light, ray, pixel)
    if layer is None:
        return open_sky
    cloud, opacity = clouds(light, layer, ray, pixel)
    return open_sky * (1 - opacity) + cloud * opacity
