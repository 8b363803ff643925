"""The state of the sea that a scene's wind and swell raise: its wave systems, and what no sea can be.

NumPy only, so that a scene can be judged before any work starts. SI units.
"""

from __future__ import annotations

import numpy as np

from physics.scene import Scene
from physics.worlds.spectrum import Spectrum, swell, variance, wind_sea

CALM = 0.3  # m/s, below which wind makes no waves


def wind_speed(scene: Scene) -> float:
    """Horizontal wind, m/s."""
    return float(np.hypot(scene.wind[0], scene.wind[2]))


def gravity_of(scene: Scene) -> float:
    """m/s^2."""
    return float(np.linalg.norm(scene.gravity))


def height_of(scene: Scene) -> float:
    """Significant wave height, m: four standard deviations of all systems together."""
    ocean = scene.ocean
    assert ocean is not None
    return 4 * sum(variance(s, gravity_of(scene), ocean.depth_m) for s in wave_systems(scene)) ** 0.5


def whitecap_cover(wind: float) -> float:
    """Share of the sea under foam for U10 in m/s (Monahan & O'Muircheartaigh 1980)."""
    return float(min(3.84e-6 * wind**3.41, 0.5))


def wave_systems(scene: Scene) -> list[Spectrum]:
    """The wind sea and the swell, as far as there are any."""
    ocean, wind, gravity = scene.ocean, wind_speed(scene), gravity_of(scene)
    assert ocean is not None
    found = []
    if wind > CALM:
        found.append(wind_sea(wind, ocean.fetch_m, gravity, float(np.arctan2(-scene.wind[2], scene.wind[0]))))
    if ocean.swell_height_m > 0:
        way = np.radians(ocean.swell_direction_deg)
        found.append(swell(ocean.swell_height_m, ocean.swell_period_s, gravity, float(way)))
    return found


def check_ocean(scene: Scene) -> None:
    """Refuse what no sea can be; ValueError of one line with the limit."""
    ocean, wind, gravity = scene.ocean, wind_speed(scene), gravity_of(scene)
    assert ocean is not None
    values = [*vars(ocean).values(), *scene.wind, *scene.gravity]
    flat = [x for v in values for x in (v if isinstance(v, tuple) else (v,))]
    rules = (
        (all(np.isfinite(flat)), "ocean: every number must be finite; give plain numbers"),
        (wind <= 60, f"wind: {wind:.4g} m/s over open water; the spectrum holds up to 60 m/s"),
        (gravity >= 0.05, f"gravity: {gravity:.4g} m/s^2 makes no waves; an ocean needs at least 0.05"),
        (10 <= ocean.fetch_m <= 5e6, f"ocean.fetch_m: must be 10 to 5e6 m, got {ocean.fetch_m:g}"),
        (0.05 <= ocean.depth_m <= 12e3, f"ocean.depth_m: must be 0.05 to 12000 m, got {ocean.depth_m:g}"),
        (0 <= ocean.choppiness <= 1.3, f"ocean.choppiness: must be 0 to 1.3, got {ocean.choppiness:g}"),
        (0 <= ocean.foam <= 10, f"ocean.foam: must be 0 to 10, got {ocean.foam:g}"),
        (0 <= (x := ocean.swell_height_m) <= 20, f"ocean.swell_height_m: must be 0 to 20 m, got {x:g}"),
        (0.5 <= (x := ocean.swell_period_s) <= 30, f"ocean.swell_period_s: must be 0.5 to 30 s, got {x:g}"),
        (0.05 <= ocean.clarity_m <= 100, f"ocean.clarity_m: must be 0.05 to 100 m, got {ocean.clarity_m:g}"),
        (ocean.period_s >= 0, f"ocean.period_s: must be 0 (never) or more, got {ocean.period_s:g}"),
    )  # fmt: skip
    for holds, message in rules:
        if not holds:
            raise ValueError(message)
    _check_waves(scene)


def _check_waves(scene: Scene) -> None:
    ocean, height = scene.ocean, height_of(scene)
    assert ocean is not None
    slowest = max((2 * np.pi / s.peak for s in wave_systems(scene)), default=0.0)
    if 0 < ocean.period_s < slowest:
        raise ValueError(
            f"ocean.period_s: waves of {slowest:.3g} s cannot repeat after {ocean.period_s:g} s;"
            f" give at least {slowest:.3g}, or less wind or swell"
        )
    if height > ocean.depth_m:
        raise ValueError(
            f"ocean.depth_m: waves {height:.3g} m high break in {ocean.depth_m:g} m of water;"
            " give more depth, or less wind or swell"
        )
