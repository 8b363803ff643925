"""Media: what a scene holds besides solid bodies, as plain frozen data in SI units.

One dataclass per kind; `physics.scene.Scene` has an optional field for each, so that kinds can be mixed.
Wind and gravity are the scene's own and shared by all. Nothing here computes; `physics.worlds` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass

Vec3 = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Ocean:
    """Open water, y = 0 at rest; the scene's horizontal wind, at 10 m height, raises its waves."""

    fetch_m: float = 150e3  # m of open water that the wind has blown over
    depth_m: float = 200.0  # m
    swell_height_m: float = 0.0  # m, significant height of the waves that came from elsewhere
    swell_period_s: float = 11.0  # s, peak period of those
    swell_direction_deg: float = (
        30.0  # deg, which way they run: 0 = +x, 90 = away from the default camera (-z)
    )
    choppiness: float = 1.0  # 1 the particles' true horizontal motion, 0 heights only
    foam: float = 1.0  # factor on the whitecap cover that the wind explains
    colour: Vec3 = (0.05, 0.20, 0.26)  # sRGB of the light that comes back out of deep water
    clarity_m: float = 12.0  # m after which light in the water has fallen to 1/e
    bottom: Vec3 = (0.66, 0.60, 0.47)  # sRGB of the bed
    period_s: float = 0.0  # s after which the waves repeat exactly; 0: never


@dataclass(frozen=True, kw_only=True)
class Clouds:
    """One layer of clouds over open water."""

    cover: float = 0.3  # share of the sky that they cover
    height_m: float = 2500.0  # m, of the layer
    size_m: float = 1800.0  # m, of the largest billows
    density: float = 1.0  # 1 cumulus; 0.3 veils
