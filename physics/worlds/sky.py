"""The sky over open water: the scene's gradient and glow, the sun's disc in its aureole, a layer of clouds.

The gradient is `physics.light.sky` made steeper at the horizon. Clouds are one layer of fractal noise on a
shell about the round earth, so that they crowd towards the horizon; their light follows the optical depth:
silver where the sun shines through thin edges, grey where they are thick, fading into the horizon's colour
with the distance. They drift with the wind. Radiance is linear RGB, vectors (3, P).

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
BRIGHTEST = 9.0  # radiance at which the sun's disc is clipped: it shows white with a hue


def gradient(light: li.LightArrays, ray: Array) -> Array:
    """Horizon to zenith, with the glow around the sun (3, P)."""
    up = jnp.clip(ray[1], 0.0, 1.0)
    share = 1 - (1 - up) ** 4.5
    lobe = (1 - dot(ray, li.col(light.direction))) / (1 - jnp.cos(light.glow_width))
    low = jnp.exp(-up / 0.30)  # the glow hugs the horizon
    base = li.col(light.horizon) * (1 - share) + li.col(light.zenith) * share
    return base + li.col(light.glow) * jnp.exp(-jnp.sqrt(jnp.maximum(lobe, 0.0)) * 1.6) * (0.35 + 0.65 * low)


def clear_sky(light: li.LightArrays, ray: Array) -> Array:
    """Gradient, glow and aureole (3, P), without the disc."""
    angle = jnp.arccos(jnp.clip(dot(ray, li.col(light.direction)), -1.0, 1.0))
    aureole = 0.12 * jnp.exp(-angle / 0.035) + 0.035 * jnp.exp(-angle / 0.14)
    sharp = jnp.clip(1.5 - light.angle / 0.1, 0.0, 1.0)  # behind clouds or fog there is none
    return gradient(light, ray) + li.col(light.irradiance) * aureole * sharp


def sun_disc(light: li.LightArrays, ray: Array, pixel: float | Array) -> Array:
    """The disc's radiance (3, P), its edge as wide as a `pixel` (rad); none of a sun wider than 6 deg."""
    radius = jnp.maximum(light.angle, 1e-3)
    angle = jnp.arccos(jnp.clip(dot(ray, li.col(light.direction)), -1.0, 1.0))
    cover = jnp.clip((radius - angle) / jnp.maximum(pixel, 0.06 * radius) + 0.5, 0.0, 1.0)
    edge = jnp.sqrt(jnp.clip(1 - (angle / radius) ** 2, 0.0, 1.0))
    radiance = light.irradiance / (jnp.pi * radius**2)
    peak = jnp.maximum(jnp.max(radiance), 1e-6)
    hue = jnp.where(peak > BRIGHTEST, (radiance / peak) ** 0.5, radiance / peak)  # overexposed: paler
    shown = hue * jnp.minimum(peak, BRIGHTEST)
    return li.col(shown) * cover * (0.6 + 0.4 * edge) * (radius < 0.1)


def clouds(light: li.LightArrays, layer: dict, ray: Array, pixel, octaves: int = 7) -> tuple[Array, Array]:
    """Radiance (3, P) and opacity (P,) of the cloud layer along rays above the horizon."""
    up, height, sun = jnp.maximum(ray[1], 0.0), layer["height"], light.direction
    reach = EARTH * (jnp.sqrt(up * up + 2 * height / EARTH) - up)  # m to the layer
    x = (reach * ray[0] + layer["drift"][0]) / layer["size"]
    z = (reach * ray[2] + layer["drift"][1]) / layer["size"]
    footprint = reach * pixel / jnp.maximum(up + 0.02, 0.02) ** 0.6 / layer["size"]
    thick = _thickness(layer, x, z, footprint, octaves)
    ahead = _thickness(layer, x + 0.22 * sun[0], z + 0.22 * sun[2], footprint, octaves - 3)  # sunwards
    opacity = 1 - jnp.exp(-1.5 * thick * (0.5 + thick))
    fade = jnp.exp(-reach / 60e3)
    cloud = _cloud_light(light, thick, ahead, jnp.maximum(dot(ray, li.col(sun)), 0.0))
    cloud = cloud * fade + gradient(light, ray) * (1 - fade)
    return cloud, opacity * smoothstep(0.0, 0.03, up) * (0.2 + 0.8 * fade)


def _cloud_light(light: li.LightArrays, thick: Array, ahead: Array, toward: Array) -> Array:
    """Radiance (3, P) of clouds of optical thickness `thick`, `ahead` of it sunwards, near the sun `toward`.

    A high sun lights the bases through; a low one leaves them grey, is less reddened up there than at the sea
    (the factor up to 2.2), and shines through thin edges near itself.
    """
    height = jnp.maximum(light.direction[1], 0.0)
    day, unreddened = jnp.clip(height / 0.35, 0.0, 1.0), 1 + 1.2 * jnp.exp(-height / 0.15)
    through = jnp.exp(-(1.0 - 0.6 * day) * thick - 0.5 * ahead)
    silver = (1.3 * toward**40 + 0.6 * toward**6) * (1 - 0.7 * day)
    direct = unreddened * (0.20 + 0.45 * day + through * (0.45 + silver))
    ambient = 0.45 * (light.zenith + light.horizon)
    return li.col(light.irradiance) / jnp.pi * direct + li.col(ambient) * (0.6 + 0.4 * jnp.exp(-0.7 * thick))


def _thickness(layer: dict, x: Array, z: Array, footprint: Array, octaves: int) -> Array:
    """Optical thickness (P,) of billows, drawn out by the wind aloft."""
    x = 0.55 * x + 0.25 * z
    warp = 0.35 * fbm2(x + 5.2, z - 1.3, footprint, 0.8, 3, 31)
    shape = fbm2(x + warp, z + 0.7 * warp, footprint, 0.5, octaves, 7, gain=0.6)
    return jnp.maximum(shape - layer["limit"], 0.0) * layer["density"] * 2.6


def sky(light: li.LightArrays, layer: dict | None, ray: Array, pixel: float | Array) -> Array:
    """All of it (3, P)."""
    open_sky = clear_sky(light, ray) + sun_disc(light, ray, pixel)
    if layer is None:
        return open_sky
    cloud, opacity = clouds(light, layer, ray, pixel)
    return open_sky * (1 - opacity) + cloud * opacity


def mirrored_sky(light: li.LightArrays, layer: dict | None, ray: Array, sigma: Array) -> Array:
    """What rough water mirrors (3, P): the sky without the disc, blurred by `sigma`."""
    if layer is None:
        return clear_sky(light, ray)
    cloud, opacity = clouds(light, layer, ray, jnp.maximum(2.0 * sigma, 0.004), 4)
    return clear_sky(light, ray) * (1 - opacity) + cloud * opacity
