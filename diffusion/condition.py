"""Conditioning: what the painter is told per pixel and per frame.

Planes are stacked along the last axis, all of order one; colours are sRGB. The history (the previous
frame's residual, warped, and its validity) is added by the painter.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from physics.guide import Guide
from physics.scene import Light

COLOUR_PLANES = ("prior", "rgb", "base", "mirror", "bleed")  # 3 channels each; `prior` must come first
SCALAR_PLANES = ("sun", "hard", "sky", "fresnel", "roughness", "metallic", "transmission", "cover")
PLANES = 3 * len(COLOUR_PLANES) + 3 + len(SCALAR_PLANES)  # with the normal
LIGHT_SIZE = 15


def pack(guide: Guide) -> Array:
    """Guide -> (H, W, PLANES) float32."""
    colours = [getattr(guide, name) for name in COLOUR_PLANES]
    scalars = [getattr(guide, name)[..., None] for name in SCALAR_PLANES]
    return jnp.concatenate([*colours, guide.normal, *scalars], -1)


def light_vector(light: Light) -> Array:
    """Light -> (LIGHT_SIZE,) float32: colours as fourth roots, sun height, sizes in log degrees."""
    colours = jnp.array(
        [*light.sun_irradiance, *light.sky_zenith, *light.sky_horizon, *light.glow], jnp.float32
    )
    d = jnp.array(light.sun_direction, jnp.float32)
    sizes = jnp.log(jnp.array([light.sun_radius_deg / 3.0, light.glow_width_deg / 30.0], jnp.float32))
    return jnp.concatenate([jnp.maximum(colours, 0.0) ** 0.25, d[1:2] / jnp.linalg.norm(d), sizes])
