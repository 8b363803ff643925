"""Bodies that fall through air: terminal speeds, and paths under drag in closed form.

Quadratic drag, straight fall: v = v_t tanh(g t / v_t), y = v_t^2 / g ln cosh(g t / v_t); without gravity v
= v0 / (1 + v0 t / l), x = l ln(1 + v0 t / l). Stokes drag, in any direction and any steady wind: x = x0 +
(w + tau g) t + (v0 - w - tau g) tau (1 - exp(-t / tau)). Terminal speed of a sphere: weight less buoyancy
against Schiller & Naumann's (1933) drag, C = 24 / Re (1 + 0.15 Re^0.687), at most 0.44 from above; of
raindrops, which flatten: Atlas, Srivastava & Sekhon (1973), eq. (22), in air of other density and under
other gravity by the square root of the ratios. Of thin plates: C_d = 1.2 on the mean projected face.

SI units, arrays of any one shape. Limits: steady air; no added mass; plates as if their tumbling were even.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from physics.scene import EARTH

VISCOSITY = 1.81e-5  # Pa s, of air
AIR = 1.2  # kg/m^3
PLATE = 1.2  # drag coefficient of a flat plate
NEWTON = 0.44  # drag coefficient of a fast sphere


def stokes_speed(diameter: ArrayLike, density: float, air: float = AIR, gravity: float = EARTH) -> NDArray:
    """Terminal speed of a tiny sphere, 2 (rho - rho_air) g r^2 / (9 mu)."""
    return (density - air) * gravity * np.square(diameter) / (18 * VISCOSITY)


def sphere_speed(diameter: ArrayLike, density: float, air: float = AIR, gravity: float = EARTH) -> NDArray:
    """Terminal speed of a sphere of any size; negative for what is lighter than air."""
    d = np.asarray(diameter, float)
    pull = 4 / 3 * (density - air) / air * gravity * d  # = C v^2
    low, high = np.zeros_like(d), np.abs(stokes_speed(d, density, air, gravity)) + 1e-12
    for _ in range(60):  # C v^2 rises with v
        v = 0.5 * (low + high)
        reynolds = np.maximum(air * v * d / VISCOSITY, 1e-12)
        c = np.maximum(24 / reynolds * (1 + 0.15 * reynolds**0.687), NEWTON)
        less = c * v * v < np.abs(pull)
        low, high = np.where(less, v, low), np.where(less, high, v)
    return np.sign(pull) * 0.5 * (low + high)


def rain_speed(diameter: ArrayLike, air: float = AIR, gravity: float = EARTH) -> NDArray:
    """Terminal speed of a raindrop of 0.1 to 6 mm."""
    v = 9.65 - 10.3 * np.exp(-600 * np.asarray(diameter, float))
    small = np.maximum(stokes_speed(diameter, 1000.0), 0.0)
    v = np.where(v > 0.3, v, np.minimum(small, 0.3))
    return v * np.sqrt(gravity / EARTH * AIR / max(air, 1e-6))


def plate_speed(mass_per_area: ArrayLike, air: float = AIR, gravity: float = EARTH) -> NDArray:
    """Terminal speed of a tumbling leaf or paper of kg/m^2; half of its face is met in the mean."""
    return np.sqrt(2 * np.asarray(mass_per_area, float) * gravity / (0.5 * PLATE * air))


def quadratic_fall(time: ArrayLike, terminal: ArrayLike, gravity: float = EARTH) -> tuple[NDArray, NDArray]:
    """Distance fallen and speed `time` s after a release at rest, for v' = g (1 - v^2 / v_t^2)."""
    terminal = np.asarray(terminal, float)
    x = gravity * np.asarray(time, float) / terminal
    log_cosh = np.abs(x) + np.log1p(np.exp(-2 * np.abs(x))) - np.log(2.0)
    return np.square(terminal) / gravity * log_cosh, terminal * np.tanh(x)


def stokes_path(
    time: ArrayLike, start: ArrayLike, velocity: ArrayLike, drift: ArrayLike, tau: ArrayLike
) -> tuple[NDArray, NDArray]:
    """Place and velocity (3, n) at `time` (n,) for v' = (drift - v) / tau.

    `drift` is what the velocity tends to: the wind plus tau times gravity.
    """
    left = np.exp(-np.asarray(time, float) / tau)
    slip = np.asarray(velocity) - drift
    return np.asarray(start) + np.asarray(drift) * time + slip * (tau * (1 - left)), drift + slip * left
