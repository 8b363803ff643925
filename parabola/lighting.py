"""Light for a scene: a soft key from one side and a calm sky that suits the ground.

Scale: a white diffuse surface that faces an irradiance of pi shows as 1.0 (see `physics.scene.Light`), so
key + sky are kept near pi by day; night and candle are exposed as film would expose them.
Each preset: sun elevation (deg), sun radius (deg), key strength, key colour, zenith, horizon, glow, how far
the key swings round from the camera's side (deg).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from parabola.request import Request
from physics.scene import Light, Vec3


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One kind of light; linear RGB."""

    elevation: tuple[float, float]  # deg, range drawn from
    radius: float  # deg
    key: Vec3  # irradiance facing the sun
    zenith: Vec3  # radiance
    horizon: Vec3
    glow: Vec3
    glow_width: float = 35.0  # deg
    swing: tuple[float, float] = (45.0, 70.0)  # deg from behind the camera towards the side


PRESETS = {
    "window": Preset(elevation=(34, 46), radius=6, key=(2.35, 2.25, 2.05), zenith=(0.50, 0.51, 0.53),
                     horizon=(0.60, 0.58, 0.555), glow=(0.45, 0.43, 0.40)),
    "studio": Preset(elevation=(40, 52), radius=8, key=(2.2, 2.2, 2.2), zenith=(0.55, 0.56, 0.58),
                     horizon=(0.68, 0.69, 0.70), glow=(0.5, 0.5, 0.5), glow_width=45),
    "dark studio": Preset(elevation=(30, 42), radius=7, key=(2.4, 2.4, 2.45), zenith=(0.42, 0.44, 0.50),
                          horizon=(0.23, 0.245, 0.29), glow=(2.4, 2.45, 2.55), glow_width=19),
    "morning": Preset(elevation=(28, 38), radius=3, key=(2.6, 2.35, 1.95), zenith=(0.36, 0.47, 0.64),
                      horizon=(0.66, 0.69, 0.72), glow=(0.35, 0.3, 0.22)),
    "noon": Preset(elevation=(50, 58), radius=2, key=(2.75, 2.65, 2.45), zenith=(0.26, 0.42, 0.72),
                   horizon=(0.62, 0.70, 0.80), glow=(0.25, 0.24, 0.2)),
    "afternoon": Preset(elevation=(34, 48), radius=3, key=(2.6, 2.45, 2.15), zenith=(0.34, 0.45, 0.63),
                        horizon=(0.66, 0.70, 0.74), glow=(0.3, 0.28, 0.22)),
    "golden": Preset(elevation=(16, 22), radius=3.5, key=(2.9, 2.0, 1.15), zenith=(0.36, 0.40, 0.50),
                     horizon=(0.86, 0.66, 0.42), glow=(0.6, 0.38, 0.16), swing=(65, 95)),
    "sunset": Preset(elevation=(11, 16), radius=4, key=(2.9, 1.62, 0.78), zenith=(0.50, 0.40, 0.38),
                     horizon=(0.84, 0.60, 0.32), glow=(0.62, 0.34, 0.12), glow_width=40, swing=(65, 95)),
    "dawn": Preset(elevation=(11, 17), radius=4, key=(2.5, 1.65, 1.15), zenith=(0.42, 0.46, 0.58),
                   horizon=(0.80, 0.62, 0.54), glow=(0.5, 0.32, 0.24), glow_width=40, swing=(65, 95)),
    "dusk": Preset(elevation=(12, 18), radius=8, key=(0.75, 0.62, 0.72), zenith=(0.20, 0.25, 0.42),
                   horizon=(0.46, 0.36, 0.42), glow=(0.35, 0.2, 0.16), glow_width=50, swing=(60, 90)),
    "night": Preset(elevation=(34, 44), radius=3, key=(0.72, 0.86, 1.20), zenith=(0.055, 0.075, 0.13),
                    horizon=(0.10, 0.125, 0.19), glow=(0.06, 0.08, 0.12), swing=(50, 80)),
    "overcast": Preset(elevation=(55, 65), radius=25, key=(0.9, 0.92, 0.95), zenith=(0.80, 0.82, 0.85),
                       horizon=(0.62, 0.64, 0.67), glow=(0.15, 0.15, 0.15), glow_width=60),
    "fog": Preset(elevation=(50, 60), radius=30, key=(0.6, 0.6, 0.62), zenith=(0.74, 0.75, 0.77),
                  horizon=(0.74, 0.755, 0.77), glow=(0.1, 0.1, 0.1), glow_width=60),
    "candle": Preset(elevation=(22, 28), radius=7, key=(2.1, 1.15, 0.48), zenith=(0.085, 0.055, 0.035),
                     horizon=(0.15, 0.095, 0.055), glow=(0.5, 0.27, 0.1), glow_width=30),
    "lamp": Preset(elevation=(38, 48), radius=6, key=(2.2, 1.65, 1.05), zenith=(0.18, 0.155, 0.13),
                   horizon=(0.25, 0.21, 0.17), glow=(0.5, 0.38, 0.24)),
    "spot": Preset(elevation=(48, 56), radius=2.5, key=(3.0, 2.95, 2.8), zenith=(0.10, 0.10, 0.11),
                   horizon=(0.12, 0.12, 0.13), glow=(0.3, 0.3, 0.3), glow_width=20),
    "backlit": Preset(elevation=(22, 30), radius=4, key=(2.9, 2.6, 2.2), zenith=(0.40, 0.43, 0.48),
                      horizon=(0.66, 0.64, 0.60), glow=(0.5, 0.42, 0.3), swing=(118, 135)),
    "space": Preset(elevation=(25, 40), radius=1.5, key=(3.0, 2.95, 2.85), zenith=(0.030, 0.034, 0.045),
                    horizon=(0.022, 0.025, 0.034), glow=(0.1, 0.1, 0.1), glow_width=15),
    "moon": Preset(elevation=(28, 40), radius=1.5, key=(3.0, 2.95, 2.85), zenith=(0.035, 0.037, 0.045),
                   horizon=(0.045, 0.047, 0.055), glow=(0.08, 0.08, 0.08), glow_width=15),
    "mars": Preset(elevation=(30, 42), radius=2.5, key=(2.3, 1.9, 1.5), zenith=(0.46, 0.34, 0.25),
                   horizon=(0.64, 0.47, 0.33), glow=(0.2, 0.2, 0.22)),
    "water": Preset(elevation=(60, 70), radius=14, key=(0.75, 1.35, 1.5), zenith=(0.22, 0.52, 0.60),
                    horizon=(0.08, 0.30, 0.38), glow=(0.2, 0.4, 0.42), glow_width=50),
}  # fmt: skip

_OUTSIDE = {"grass", "sand", "snow", "asphalt", "concrete", "dirt", "court", "brick", "ice"}
_AIR = {  # the sky's horizon leans towards what the ground sends up
    "sand": (1.04, 1.0, 0.94), "grass": (0.98, 1.01, 0.97), "snow": (0.98, 1.0, 1.04), "ice": (0.96, 1.0,
                                                                                               1.05),
    "concrete": (1.02, 1.0, 0.98), "wood": (1.02, 1.0, 0.97),
}  # fmt: skip
_MOODS = {  # (key, sky, sun radius, elevation) factors and tint
    "calm": (0.92, 1.05, 1.4, 1.0, (1.0, 1.0, 1.0)), "dramatic": (1.12, 0.5, 0.8, 0.75, (1.0, 0.99, 0.97)),
    "warm": (1.0, 1.0, 1.0, 0.9, (1.10, 1.0, 0.84)), "cold": (1.0, 1.0, 1.0, 1.0, (0.86, 0.98, 1.13)),
    "moody": (0.75, 0.42, 1.0, 0.8, (0.96, 0.99, 1.05)), "cheerful": (1.08, 1.15, 1.2, 1.05,
                                                                      (1.02, 1.0, 0.98)),
}  # fmt: skip
LIGHTEST_FIRST = (
    "sunset",
    "golden",
    "dawn",
    "dusk",
    "night",
    "candle",
    "spot",
    "lamp",
    "backlit",
    "fog",
    "overcast",
)


def preset_name(request: Request, ground: str | None) -> str:
    """The preset that the words, or else the place and ground, call for."""
    named = [light for light in request.lights if light in PRESETS]
    for name in LIGHTEST_FIRST:  # "sunny window at dusk": the telling word wins
        if name in named:
            return name
    if named:
        return named[0]
    if request.under_water:
        return "water"
    if request.world in ("moon", "mars") and request.ground is None:
        return request.world
    if request.world == "space":
        return "space"
    if ground in _OUTSIDE:
        return "afternoon"
    return "dark studio" if ground in ("floor", "metal", "glass") else "window"


def light_for(
    request: Request, ground: str | None, yaw: float, rng: np.random.Generator, reach: float, dim: float = 1.0
) -> Light:
    """The light; `yaw` (rad) is the camera's heading, `reach` (m) its distance from the subject.

    `dim` < 1 is what a photographer takes off over white marble or snow.
    """
    preset = PRESETS[preset_name(request, ground)]
    side = {"left": -1.0, "right": 1.0}.get(request.light_from or "", -1.0 if rng.random() < 0.7 else 1.0)
    elevation, azimuth = rng.uniform(*preset.elevation), math.radians(rng.uniform(*preset.swing))
    key, sky, radius = dim, 0.5 + 0.5 * dim, preset.radius
    tint = np.ones(3)
    for mood in request.moods:
        k, s, widen, lift, colour = _MOODS[mood]
        key, sky, radius, elevation, tint = key * k, sky * s, radius * widen, elevation * lift, tint * colour
    if request.light_from in ("far", "near", "up"):
        azimuth = {"far": 0.15, "near": 2.2, "up": azimuth}[request.light_from]
        elevation = 75.0 if request.light_from == "up" else elevation
    light = Light(
        sun_direction=_direction(math.radians(min(elevation, 80.0)), yaw, side * azimuth),
        sun_irradiance=_linear(np.array(preset.key) * key * tint),
        sun_radius_deg=round(min(radius, 40.0), 2),
        sky_zenith=_linear(np.array(preset.zenith) * sky * tint),
        sky_horizon=_linear(
            np.array(preset.horizon) * (sky + 0.9 * (1 - dim)) * tint * _AIR.get(ground or "", (1, 1, 1))
        ),
        glow=_linear(np.array(preset.glow) * sky * tint),
        glow_width_deg=preset.glow_width,
        haze_m=round(float(np.clip(reach * (2.0 if "fog" in request.lights else 3.5), 0.5, 400.0)), 2),
    )
    return _with_sky(light, request.sky)


def _direction(elevation: float, yaw: float, azimuth: float) -> Vec3:
    """Towards the sun. Azimuth 0 is behind the camera, positive to its right; yaw 0 looks along -z."""
    angle = yaw + azimuth
    flat = math.cos(elevation)
    return _linear(np.array([flat * math.sin(angle), math.sin(elevation), flat * math.cos(angle)]))


def _with_sky(light: Light, colour: Vec3 | None) -> Light:
    """ "a red sky", "a white background": the sky takes the colour at its own brightness."""
    if colour is None:
        return light
    linear = np.where(
        np.array(colour) <= 0.04045, np.array(colour) / 12.92, ((np.array(colour) + 0.055) / 1.055) ** 2.4
    )
    return replace(light, sky_zenith=_linear(0.8 * linear + 0.01), sky_horizon=_linear(0.9 * linear + 0.01))


def _linear(values: np.ndarray) -> Vec3:
    return tuple(round(float(v), 4) for v in values)  # type: ignore[return-value]
