"""Spectra of wind waves on water of finite depth: how much of the sea's variance each wave carries.

JONSWAP with its fetch laws (Hasselmann et al. 1973; g F / U^2 limited where the peak reaches that of a fully
developed sea, Pierson & Moskowitz 1964), the depth factor of TMA (Bouws et al. 1985, after Kitaigorodskii),
spreading cos^2s(theta / 2) with s of Hasselmann, Dunckel & Ewing (1980, eq. 2.6). Dispersion
omega^2 = g k tanh(k h). SI units, float64, any shapes.

Limits: linear waves, no currents, no surface tension (1.5 % in frequency at a wavelength of 10 cm).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

GAMMA = 3.3  # mean peak enhancement of JONSWAP
SWELL_GAMMA, SWELL_SPREAD = 6.0, 40.0  # narrow in frequency and direction
_FULL_PEAK = 0.855  # omega_p U / g of a fully developed sea
_FULL_FETCH = (22.0 / _FULL_PEAK) ** 3  # g F / U^2 at which JONSWAP's peak gets there

Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """One wave system."""

    alpha: float  # level of the tail
    peak: float  # rad/s
    gamma: float  # peak enhancement
    spread: float  # s at the peak if > 0; 0: the wind sea's own law
    direction: float  # rad, which way the waves run: 0 = +x, pi / 2 = -z
    wind: float  # m/s


def wind_sea(wind: float, fetch: float, gravity: float, direction: float) -> Spectrum:
    """JONSWAP for U10 `wind` (m/s) over `fetch` (m)."""
    reduced = min(gravity * fetch / wind**2, _FULL_FETCH)
    alpha, peak = 0.076 * reduced**-0.22, 22.0 * gravity / wind * reduced ** (-1 / 3)
    return Spectrum(alpha=alpha, peak=peak, gamma=GAMMA, spread=0.0, direction=direction, wind=wind)


def swell(height: float, period: float, gravity: float, direction: float) -> Spectrum:
    """A system of significant height `height` (m) and peak period `period` (s)."""
    unit = Spectrum(
        alpha=1.0,
        peak=2 * np.pi / period,
        gamma=SWELL_GAMMA,
        spread=SWELL_SPREAD,
        direction=direction,
        wind=0.0,
    )
    alpha = (height / 4) ** 2 / variance(unit, gravity)
    return Spectrum(**{**unit.__dict__, "alpha": alpha})


def frequency_density(s: Spectrum, omega: Array, gravity: float) -> Array:
    """JONSWAP S(omega) in m^2 s for deep water."""
    omega = np.maximum(omega, 1e-9)
    ratio = s.peak / omega
    width = np.where(omega <= s.peak, 0.07, 0.09)
    bump = np.exp(-((omega - s.peak) ** 2) / (2 * width**2 * s.peak**2))
    tail = s.alpha * gravity**2 * omega**-5.0 * np.exp(-1.25 * np.minimum(ratio, 20.0) ** 4)
    return tail * s.gamma**bump


def variance(s: Spectrum, gravity: float, depth: float = np.inf) -> float:
    """m0 in m^2, by quadrature over 0.3 to 60 peak frequencies."""
    omega = s.peak * np.geomspace(0.3, 60.0, 40_000)
    density = frequency_density(s, omega, gravity)
    if np.isfinite(depth):
        density = density * depth_factor(wavenumber(omega, gravity, depth), depth)
    return float(np.trapezoid(density, omega))


def dispersion(k: Array, gravity: float, depth: float) -> Array:
    """omega (rad/s) of wavenumber `k` (rad/m)."""
    return np.sqrt(gravity * k * np.tanh(np.minimum(k * depth, 50.0)))


def wavenumber(omega: Array, gravity: float, depth: float) -> Array:
    """The inverse of `dispersion`, by Newton's method from Eckart's (1952) estimate."""
    omega = np.asarray(omega, float)
    deep = omega**2 / gravity
    k = deep / np.sqrt(np.tanh(np.minimum(deep * depth, 50.0)))
    for _ in range(8):
        t = np.tanh(np.minimum(k * depth, 50.0))
        slope = gravity * (t + np.minimum(k * depth, 50.0) * (1 - t * t))
        k = k - (gravity * k * t - omega**2) / slope
    return k


def group_velocity(k: Array, gravity: float, depth: float) -> Array:
    """d omega / d k in m/s."""
    kh = np.minimum(k * depth, 50.0)
    return 0.5 * dispersion(k, gravity, depth) / k * (1 + 2 * kh / np.sinh(2 * kh))


def depth_factor(k: Array, depth: float) -> Array:
    """TMA: the share of the deep-water density that a depth of `depth` m leaves."""
    kh = np.minimum(k * depth, 50.0)
    return np.tanh(kh) ** 2 / (1 + 2 * kh / np.sinh(2 * kh))


def spreading(s: Spectrum, omega: Array, theta: Array, gravity: float) -> Array:
    """D(theta) in 1/rad, integral 1; `theta` is measured from +x towards -z."""
    if s.spread > 0:
        power = np.full_like(omega, s.spread)
    else:
        ratio = np.maximum(omega / s.peak, 1e-3)
        age = s.wind * s.peak / gravity
        power = np.where(ratio < 1.05, 6.97 * ratio**4.06, 9.77 * ratio ** (-2.33 - 1.45 * (age - 1.17)))
        power = np.maximum(power, 0.6)
    norm = 2 * np.sqrt(np.pi) * np.exp(gammaln(power + 0.5) - gammaln(power + 1))
    return np.abs(np.cos(0.5 * (theta - s.direction))) ** (2 * power) / norm


def wave_density(s: Spectrum, kx: Array, kz: Array, gravity: float, depth: float) -> Array:
    """Variance per wave-vector area, m^2 / (rad/m)^2, of waves that run towards (kx, kz)."""
    k = np.maximum(np.hypot(kx, kz), 1e-9)
    omega = dispersion(k, gravity, depth)
    along = frequency_density(s, omega, gravity) * depth_factor(k, depth)
    angular = spreading(s, omega, np.arctan2(-kz, kx), gravity)
    return along * angular * group_velocity(k, gravity, depth) / k
