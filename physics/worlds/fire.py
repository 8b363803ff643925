"""Fire: fuel vapour burns, heats and swells the gas; what is hot shines as a black body and cools by it.

Reaction: first order in the fuel, rate 1 / burn_s (fuel meets air by mixing, which is what sets the rate in a
diffusion flame; there is no chemistry). Heat and soot are proportional to what burns, and so is the source
of volume (Nguyen, Fedkiw & Jensen 2002; Feldman, O'Brien & Arikan 2003). Radiative cooling dT/dt = -k T^4 is
integrated exactly. Light: Planck's law at three wavelengths, 611, 549 and 465 nm (Wien's limit, exact to
1e-4 below 2500 K), times an emissivity that rises with the soot that glows above 850 K.

Temperatures are K above the air (`AIR`), rows are (M, 3): smoke 1/m, heat K, fuel share.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

SECOND = 1.4388e-2  # m K, second radiation constant
WAVES = (611e-9, 549e-9, 465e-9)  # m, of the display's primaries
WHITE = 6500.0  # K, of the display's white: there all three are equal
REFERENCE = 1600.0  # K, at which the red radiance of a thick flame is 1
SOOT_GLOWS = (850.0, 1350.0)  # K, between which a flame's soot goes from dark to fully luminous


def burn(rows: Array, dt, burn_s, flame_heat, soot) -> tuple[Array, Array]:
    """Rows after `dt` s of burning, and the share of fuel (M,) that burnt."""
    smoke, heat, fuel = rows[:, 0], rows[:, 1], rows[:, 2]
    burnt = fuel * (1.0 - jnp.exp(-dt / burn_s))
    out = jnp.stack([smoke + soot * burnt, heat + flame_heat * burnt, fuel - burnt], 1)
    return out, burnt


def cool(heat: Array, dt, cooling_s, hottest) -> Array:
    """Heat after `dt` s of dT/dt = -k T^4, with k such that `hottest` falls to 2/3 in `cooling_s`."""
    k = (1.5**3 - 1.0) / (3.0 * cooling_s * hottest**3)
    return heat * (1.0 + 3.0 * k * dt * heat**3) ** (-1.0 / 3.0)


def black_body(kelvin: Array) -> Array:
    """Linear RGB radiance (3, ...) of a black body, red 1 at `REFERENCE`."""
    kelvin = jnp.maximum(kelvin, 300.0)
    out = []
    for wave in WAVES:
        white = SECOND / WHITE * (1 / wave - 1 / WAVES[0])  # makes the channels equal at WHITE
        out.append(jnp.exp(white - SECOND / (wave * kelvin) + SECOND / (WAVES[0] * REFERENCE)))
    return jnp.stack(out)


def emissivity(kelvin: Array) -> Array:
    """Share 0..1 of a flame's full luminosity per length: soot grows and glows as it gets hot."""
    low, high = SOOT_GLOWS
    x = jnp.clip((kelvin - low) / (high - low), 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


def film(radiance: Array) -> Array:
    """What a camera keeps of a flame: each channel saturates on its own, which is why fire looks yellow."""
    return 1.0 - jnp.exp(-radiance)
