"""Media: what a scene holds besides solid bodies, as plain frozen data in SI units.

One dataclass per kind; `physics.scene.Scene` has an optional field for each, so that kinds can be mixed.
Wind and gravity are the scene's own and shared by all. Nothing here computes; `physics.worlds` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where gas comes in: an upright ellipsoid with a soft rim, kept at what it says while it is on."""

    position: Vec3 = (0.0, 0.05, 0.0)  # m, its middle
    radius: float = 0.1  # m
    height: float = 0.1  # m
    smoke: float = 0.0  # 1/m, extinction of the smoke in it
    heat: float = 0.0  # K above the air
    fuel: float = 0.0  # share of fuel vapour
    velocity: Vec3 = (0.0, 0.0, 0.0)  # m/s
    start_s: float = -1e6  # s of the clip
    stop_s: float = 1e6  # s of the clip


@dataclass(frozen=True, kw_only=True)
class Gas:
    """Smoke, steam and fire in a box of air that is simulated; the scene's wind blows through it."""

    floor: Vec3 = (0.0, 0.0, 0.0)  # m, middle of the box's bottom
    size: Vec3 = (1.6, 3.2, 1.6)  # m
    cells: int = 64  # of the flow along the longest edge
    sources: tuple[Source, ...] = ()
    colour: Vec3 = (0.9, 0.9, 0.9)  # sRGB of the light that smoke scatters
    forward: float = 0.3  # Henyey-Greenstein g of it
    fade_s: float = 6.0  # s after which smoke has thinned to 1/e by diffusion
    cooling_s: float = 2.0  # s in which gas as hot as its sources cools to two thirds
    burn_s: float = 0.12  # s in which fuel burns down to 1/e
    flame_heat: float = 1500.0  # K above the air that burning all fuel gives
    soot: float = 0.0  # 1/m of smoke that burning leaves
    expansion: float = 1.0  # volumes of gas that a volume of fuel turns into, less one
    glow: float = 6.0  # radiance at 1600 K of flames as thick as the widest source (scale of `Light`)
    swirl: float = 0.25  # vorticity confinement
    gusts: float = 1.0  # m/s^2, stirring of the hot gas near its sources
    ragged: float = 0.8  # contrast of the detail below the grid
    before_s: float = 2.0  # s that it has been going before the first frame


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Still water with ripples, y = 0 at rest, middle at the origin; the scene's bodies fall into it."""

    kind: Literal["pool", "pond"] = "pool"  # a pool has walls and a deck; of a pond one patch is followed
    length_m: float = 6.0  # m along x, of the pool or of the patch
    width_m: float = 5.0  # m along z
    depth_m: float = 1.4  # m
    rim_m: float = 0.1  # m of wall above the water (pool)
    rain_mm_h: float = 0.0  # mm/h
    chop: float = 0.03  # root mean square slope of the small waves that are there already
    film: float = 0.3  # share of the surface under a film, which damps short waves
    cells: int = 512  # along each side of the patch
    colour: Vec3 = (0.10, 0.42, 0.47)  # sRGB of the light that comes back out of deep water
    clarity_m: float = 9.0  # m after which light in the water has fallen to 1/e
    bottom_pattern: str = "tile"
    bottom_colour: Vec3 = (0.72, 0.90, 0.93)  # sRGB, of the walls too
    bottom_colour2: Vec3 = (0.93, 0.96, 0.96)  # sRGB
    bottom_scale: float = 0.6  # m per period
    deck_pattern: str = "concrete"  # around a pool
    deck_colour: Vec3 = (0.80, 0.77, 0.72)  # sRGB
    deck_colour2: Vec3 = (0.62, 0.60, 0.57)  # sRGB
    deck_scale: float = 1.0  # m per period
    bank_m: float = 30.0  # m from the middle to trees on the far bank
    trees_m: float = 9.0  # m, their height; 0 none


@dataclass(frozen=True, kw_only=True)
class Particles:
    """Things in the air: the scene's wind and gravity move them. Sizes are medians."""

    kind: Literal["rain", "snow", "hail", "leaves", "confetti", "dust", "bubbles", "sparks", "embers"] = (
        "rain"
    )
    per_m3: float = 300.0  # number in a cubic metre of air; not of sparks and embers
    diameter_m: float = 0.002  # m
    spread: float = 0.3  # standard deviation of ln(diameter)
    speed_m_s: float = 0.0  # m/s at which the median falls in still air; 0: by weight and drag
    gusts: float = 0.0  # m/s, rms of the air's own motion
    gust_m: float = 2.0  # m, size of the largest gusts
    colour: Vec3 = (0.9, 0.9, 0.9)  # sRGB
    variety: float = 0.0  # 0 all of that colour; 1 of all colours that the kind comes in
    brilliance: float = 1.0  # factor on the light that they send to the eye
    exposure_s: float = 0.0  # s that the shutter is open; 0: half a frame
    wetness: float = 0.0  # 0 the ground is dry, 1 it shines
    settled: float = 0.0  # 0 nothing lies on the ground, 1 it is covered
    period_s: float = 0.0  # s after which all repeats exactly; 0: never
    per_s: float = 0.0  # number that the source throws in a second
    life_s: float = 1.0  # s that what it throws glows, at most
    position: Vec3 = (0.0, 0.5, 0.0)  # m, the source's middle
    radius_m: float = 0.02  # m, of the source
    velocity: Vec3 = (0.0, 3.0, 0.0)  # m/s, with which it throws in the mean
    cone_deg: float = 30.0  # deg that throws stray from that


@dataclass(frozen=True, kw_only=True)
class Volume:
    """Water that is there at the first frame: a box, or a ball as wide as its box."""

    centre: Vec3 = (0.0, 0.2, 0.0)  # m
    size: Vec3 = (0.3, 0.4, 0.3)  # m
    round: bool = False
    velocity: Vec3 = (0.0, 0.0, 0.0)  # m/s


@dataclass(frozen=True, kw_only=True)
class Spout:
    """A jet of water that comes in."""

    position: Vec3 = (0.0, 0.6, 0.0)  # m
    velocity: Vec3 = (0.0, -0.8, 0.0)  # m/s
    radius: float = 0.03  # m
    start_s: float = 0.0  # s of the clip
    stop_s: float = 1e6  # s of the clip


@dataclass(frozen=True, kw_only=True)
class Liquid:
    """Water that splashes, in a box that is simulated; the scene's bodies fall into it and move it."""

    floor: Vec3 = (0.0, 0.0, 0.0)  # m, middle of the box's bottom
    size: Vec3 = (1.0, 0.6, 0.4)  # m
    cells: int = 64  # along the longest edge
    glass: bool = True  # the box is a tank; else water runs off at its sides
    volumes: tuple[Volume, ...] = ()
    spouts: tuple[Spout, ...] = ()
    colour: Vec3 = (0.55, 0.86, 0.92)  # sRGB, of white light after 1/e of `clarity_m`
    clarity_m: float = 1.2  # m after which light has fallen to about that colour
    foam: float = 1.0  # factor on the foam that breaking water makes


@dataclass(frozen=True, kw_only=True)
class Lump:
    """Soft or granular matter that is there at the first frame."""

    centre: Vec3 = (0.0, 0.2, 0.0)  # m
    size: Vec3 = (0.2, 0.2, 0.2)  # m, edges of the box around it
    shape: Literal["box", "ball", "cylinder", "cone"] = "box"  # the last two stand upright
    velocity: Vec3 = (0.0, 0.0, 0.0)  # m/s
    spin: Vec3 = (0.0, 0.0, 0.0)  # rad/s about its centre


@dataclass(frozen=True, kw_only=True)
class Matter:
    """Jelly, sand, snow or goo in a box of air that is simulated; the scene's bodies fall into it."""

    kind: Literal["jelly", "sand", "snow", "goo"] = "sand"
    floor: Vec3 = (0.0, 0.0, 0.0)  # m, middle of the box's bottom; what leaves at its sides is gone
    size: Vec3 = (0.7, 0.5, 0.7)  # m
    cells: int = 56  # along the longest edge
    lumps: tuple[Lump, ...] = ()
    spouts: tuple[Spout, ...] = ()
    density: float = 1600.0  # kg/m^3
    stiffness_pa: float = 1e5  # Pa, Young's modulus: softer than real sand and snow, so that steps are long
    poisson: float = 0.25  # Poisson's ratio
    friction_deg: float = 34.0  # deg, inner friction of sand: how steep it lies
    cohesion_pa: float = 0.0  # Pa of tension that sand bears: damp sand
    squeeze: float = 0.025  # strain at which snow is crushed
    stretch: float = 0.0075  # strain at which snow breaks
    hardening: float = 8.0  # of snow that has been crushed
    yield_pa: float = 30.0  # Pa of shear at which goo starts to flow
    viscosity_pa_s: float = 10.0  # Pa s, of goo that flows and of jelly that wobbles
    grip: float = 0.7  # Coulomb coefficient at the floor and on balls
    colour: Vec3 = (0.78, 0.64, 0.44)  # sRGB
    clarity_m: float = 0.0  # m after which light in it has fallen to 1/e; 0: opaque
    roughness: float = 0.9
    grain: float = 0.3  # contrast of the grains
