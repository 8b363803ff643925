"""Light over open water: sky, sun, clouds and haze that belong together, per name.

Scale as in `physics.scene.Light`; each preset is what a camera exposed for it would see.
"""

from __future__ import annotations

from dataclasses import dataclass

from physics.scene import Vec3


@dataclass(frozen=True, kw_only=True)
class SeaLight:
    """One kind of light over water; linear RGB."""

    elevation: tuple[float, float]  # deg
    aside: tuple[float, float]  # where the sun stands, in half widths of the picture from its middle
    radius: float  # deg; above 5 there is no disc
    key: Vec3  # irradiance facing the sun
    zenith: Vec3
    horizon: Vec3
    glow: Vec3
    glow_width: float  # deg
    clouds: tuple[float, float]
    haze: float  # m
    third: tuple[float, float] = (0.32, 0.38)  # where the horizon lies, from the top


LIGHTS = {
    "dawn": SeaLight(
        elevation=(2.2, 4.0),
        aside=(0.2, 0.5),
        radius=0.55,
        key=(0.95, 0.52, 0.34),
        zenith=(0.13, 0.19, 0.36),
        horizon=(0.66, 0.44, 0.40),
        glow=(0.62, 0.30, 0.16),
        glow_width=26,
        clouds=(0.2, 0.4),
        haze=14e3,
        third=(0.36, 0.44),
    ),
    "morning": SeaLight(
        elevation=(22, 30),
        aside=(0.4, 1.4),
        radius=0.5,
        key=(2.4, 2.1, 1.7),
        zenith=(0.10, 0.24, 0.53),
        horizon=(0.56, 0.66, 0.80),
        glow=(0.35, 0.30, 0.22),
        glow_width=34,
        clouds=(0.2, 0.4),
        haze=22e3,
    ),
    "noon": SeaLight(
        elevation=(46, 58),
        aside=(0.9, 2.2),
        radius=0.5,
        key=(2.8, 2.7, 2.5),
        zenith=(0.06, 0.19, 0.52),
        horizon=(0.44, 0.62, 0.84),
        glow=(0.22, 0.22, 0.20),
        glow_width=40,
        clouds=(0.2, 0.4),
        haze=26e3,
    ),
    "afternoon": SeaLight(
        elevation=(30, 40),
        aside=(0.5, 1.6),
        radius=0.5,
        key=(2.6, 2.4, 2.0),
        zenith=(0.08, 0.21, 0.52),
        horizon=(0.50, 0.64, 0.82),
        glow=(0.30, 0.27, 0.20),
        glow_width=36,
        clouds=(0.2, 0.45),
        haze=24e3,
    ),
    "golden": SeaLight(
        elevation=(8, 12),
        aside=(0.45, 0.95),
        radius=0.5,
        key=(0.85, 0.55, 0.28),
        zenith=(0.12, 0.20, 0.38),
        horizon=(0.58, 0.42, 0.27),
        glow=(0.62, 0.38, 0.14),
        glow_width=30,
        clouds=(0.25, 0.45),
        haze=18e3,
    ),
    "sunset": SeaLight(
        elevation=(2.6, 4.6),
        aside=(0.2, 0.5),
        radius=0.6,
        key=(1.35, 0.68, 0.28),
        zenith=(0.10, 0.16, 0.33),
        horizon=(0.72, 0.38, 0.18),
        glow=(0.85, 0.38, 0.08),
        glow_width=28,
        clouds=(0.3, 0.5),
        haze=15e3,
        third=(0.38, 0.46),
    ),
    "dusk": SeaLight(
        elevation=(0.8, 1.8),
        aside=(0.2, 0.5),
        radius=0.6,
        key=(0.62, 0.28, 0.14),
        zenith=(0.07, 0.12, 0.28),
        horizon=(0.52, 0.28, 0.21),
        glow=(0.52, 0.22, 0.07),
        glow_width=26,
        clouds=(0.3, 0.5),
        haze=14e3,
        third=(0.38, 0.46),
    ),
    "night": SeaLight(
        elevation=(9, 13),
        aside=(0.2, 0.5),
        radius=0.4,
        key=(0.055, 0.062, 0.075),
        zenith=(0.006, 0.010, 0.022),
        horizon=(0.022, 0.032, 0.055),
        glow=(0.035, 0.048, 0.07),
        glow_width=20,
        clouds=(0.15, 0.35),
        haze=16e3,
        third=(0.40, 0.48),
    ),
    "overcast": SeaLight(
        elevation=(50, 60),
        aside=(-0.5, 0.5),
        radius=25,
        key=(0.34, 0.35, 0.36),
        zenith=(0.52, 0.55, 0.59),
        horizon=(0.56, 0.58, 0.61),
        glow=(0.1, 0.1, 0.1),
        glow_width=60,
        clouds=(0.9, 1.0),
        haze=11e3,
    ),
    "fog": SeaLight(
        elevation=(45, 60),
        aside=(-0.4, 0.4),
        radius=30,
        key=(0.25, 0.25, 0.26),
        zenith=(0.60, 0.62, 0.64),
        horizon=(0.60, 0.62, 0.64),
        glow=(0.08, 0.08, 0.08),
        glow_width=60,
        clouds=(0.0, 0.0),
        haze=160.0,
    ),
    "storm": SeaLight(
        elevation=(30, 45),
        aside=(3.0, 6.0),
        radius=20,
        key=(0.45, 0.45, 0.44),
        zenith=(0.27, 0.30, 0.34),
        horizon=(0.46, 0.48, 0.49),
        glow=(0.12, 0.12, 0.11),
        glow_width=45,
        clouds=(0.85, 0.95),
        haze=4500.0,
        third=(0.28, 0.36),
    ),
}
