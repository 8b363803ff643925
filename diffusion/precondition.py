"""EDM preconditioning with one noise level per pixel, around a known mean.

The painter's variable is the residual x = SCALE (frame - prior), frames in sRGB [0, 1]: what the closed
forms of `physics.light` leave open. With sigma a map, D(x; sigma) = c_skip x + c_out F(c_in x, ln sigma),
Karras et al. 2022 ("Elucidating the design space ...", table 1 and eq. 7), every coefficient a map too;
independent noise levels over pixels follow Diffusion Forcing (Chen et al. 2024).
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

SIGMA_DATA = 0.5
SCALE = 10.0  # brings the residual's standard deviation to about SIGMA_DATA


def to_residual(frame: Array, prior: Array) -> Array:
    """sRGB frame (..., 3) -> diffusion variable."""
    return SCALE * (frame - prior)


def to_frame(x: Array, prior: Array) -> Array:
    """Diffusion variable -> sRGB frame, clipped to [0, 1]."""
    return jnp.clip(prior + x / SCALE, 0.0, 1.0)


def coefficients(sigma: Array) -> tuple[Array, Array, Array]:
    """c_skip, c_out, c_in, each shaped like `sigma`."""
    total = sigma**2 + SIGMA_DATA**2
    return SIGMA_DATA**2 / total, sigma * SIGMA_DATA / jnp.sqrt(total), 1.0 / jnp.sqrt(total)
