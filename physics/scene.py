"""Scene: what was asked for, as plain frozen data.

Units are SI (metres, seconds, kilograms), world axes are right-handed with y up.
Colours are sRGB in [0, 1] unless a field says "linear". Nothing here computes; the
world (`physics.rigid`) and the guide (`physics.guide`) read it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from physics.mechanics import Block, Linkage, Rod, Rope, Sheet
from physics.media import Clouds, Gas, Liquid, Matter, Ocean, Particles, Pool
from physics.surface import PATTERNS as PATTERNS
from physics.surface import Surface, Vec3

EARTH = 9.81  # m/s^2
Vec2 = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Waypoint:
    """Where a body's centre has to be at a time of the clip; its start velocity is solved for."""

    at_s: float = 1.0  # s of the clip
    position: Vec3 | None = None  # m, world
    pixel: Vec2 | None = None  # or where it is seen: px, x right, y down


@dataclass(frozen=True, kw_only=True)
class WindKey:
    """The wind at a time of the clip; between keys it changes linearly."""

    at_s: float = 0.0  # s of the clip
    wind: Vec3 = (0.0, 0.0, 0.0)  # m/s


@dataclass(frozen=True, kw_only=True)
class Force:
    """A force on the centre of a ball for some time of the clip."""

    body: int = 0  # which of the bodies, from 0
    at_s: float = 0.0  # s of the clip
    until_s: float = 1.0
    force: Vec3 = (0.0, 0.0, 0.0)  # N, world


@dataclass(frozen=True, kw_only=True)
class TimeKey:
    """Which simulated time is shown at a time of the clip; between keys time runs evenly."""

    film_s: float = 0.0
    simulated_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Body:
    """A sphere."""

    name: str = "ball"
    material: str = "rubber"  # for the reader; the numbers below are what counts
    radius: float = 0.11  # m
    density: float = 1100.0  # kg/m^3, mean over the sphere
    inertia_factor: float = 0.4  # I = factor m r^2: 2/5 solid, 2/3 thin shell
    position: Vec3 = (0.0, 1.0, 0.0)  # m, world, at t = 0
    velocity: Vec3 = (0.0, 0.0, 0.0)  # m/s
    angular_velocity: Vec3 = (0.0, 0.0, 0.0)  # rad/s, world axes
    orientation: Vec3 = (0.0, 0.0, 0.0)  # rad, rotation vector of the pattern at t = 0
    restitution: float = 0.8  # against a hard, massive surface
    friction: float = 0.5  # Coulomb coefficient of this side
    rolling_resistance: float = 0.01  # dimensionless c_rr
    drag_coefficient: float = 0.47  # of a sphere
    surface: Surface = field(default_factory=Surface)
    texture: str = ""  # picture on its front and back (in its own frame towards +z and -z), with alpha
    texture_size: float = 1.2  # width of the picture in radii
    reach: tuple[Waypoint, ...] = ()  # places it has to pass (parabola.targets)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A fixed oriented box: wall, ramp, table, step."""

    name: str = "box"
    centre: Vec3 = (0.0, 0.5, 0.0)  # m, world
    half_size: Vec3 = (0.5, 0.5, 0.5)  # m, along the box's own axes
    rotation: Vec3 = (0.0, 0.0, 0.0)  # rad, rotation vector box -> world
    restitution: float = 1.0  # factor on the body's restitution
    friction: float = 0.5
    rolling_resistance: float = 0.0
    surface: Surface = field(default_factory=Surface)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The infinite plane y = 0."""

    material: str = "wood"
    restitution: float = 1.0  # factor on the body's restitution
    friction: float = 0.5
    rolling_resistance: float = 0.0
    surface: Surface = field(default_factory=Surface)


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A pinhole camera that looks from `position` to `look_at`, y up in the picture."""

    position: Vec3 = (0.0, 0.6, 3.0)  # m, world, at t = 0
    look_at: Vec3 = (0.0, 0.4, 0.0)  # m, world, at t = 0
    fov_deg: float = 35.0  # vertical field of view
    focal_mm: float = 0.0  # focal length, instead of fov_deg; 0: as fov_deg says
    sensor_mm: float = 36.0  # width of the film back that focal_mm is meant for
    move: Literal["fixed", "pan", "tilt", "dolly", "orbit", "handheld"] = "fixed"
    # pan, tilt, orbit: deg/s (positive turns the view left / up / the camera right); dolly: m/s forward;
    # handheld: times the sway of a calm hand
    rate: float = 0.0
    hand: int = 0  # which way a handheld camera sways
    shutter_deg: float = 0.0  # of 360 per frame that the shutter is open: 0 sharp, 180 film
    f_stop: float = 0.0  # focal length over aperture: small blurs what is out of focus; 0 all sharp
    focus_m: float = 0.0  # distance that is in focus; 0: that of look_at


@dataclass(frozen=True, kw_only=True)
class Light:
    """One sun of finite size and a smooth sky. Radiometric values are linear RGB.

    Scale: a white diffuse surface that faces an irradiance of pi shows as 1.0 (before tone mapping).
    """

    sun_direction: Vec3 = (0.5, 0.7, 0.5)  # towards the sun, any length > 0
    sun_irradiance: Vec3 = (2.4, 2.3, 2.1)  # on a surface that faces it
    sun_radius_deg: float = 3.0  # angular radius; 0.27 is the real sun, 10 a big softbox
    sky_zenith: Vec3 = (0.30, 0.36, 0.46)  # radiance straight up
    sky_horizon: Vec3 = (0.62, 0.62, 0.62)  # radiance at and below the horizon
    glow: Vec3 = (0.5, 0.45, 0.4)  # radiance added around the sun (a window, haze)
    glow_width_deg: float = 35.0
    haze_m: float = 12.0  # distance at which the ground starts to fade into the horizon
    keep_colours: bool = False  # base colours are solved for, so that balls show the colours that they have


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything a clip is made from."""

    prompt: str = ""
    bodies: tuple[Body, ...] = ()
    boxes: tuple[Box, ...] = ()
    ground: Ground | None = field(default_factory=Ground)
    ocean: Ocean | None = None
    clouds: Clouds | None = None  # over the ocean
    gas: Gas | None = None  # smoke and fire
    particles: tuple[Particles, ...] = ()  # rain, snow, sparks, leaves: what is in the air
    linkage: Linkage | None = None  # what the bodies hang on
    blocks: tuple[Block, ...] = ()  # boxes that move
    sheets: tuple[Sheet, ...] = ()  # cloth
    ropes: tuple[Rope, ...] = ()
    rods: tuple[Rod, ...] = ()  # bars that stand still
    pool: Pool | None = None  # still water with ripples
    liquid: Liquid | None = None  # water that splashes
    matter: Matter | None = None  # jelly, sand, snow, goo
    gravity: Vec3 = (0.0, -EARTH, 0.0)  # m/s^2
    wind: Vec3 = (0.0, 0.0, 0.0)  # m/s
    fluid_density: float = 1.2  # kg/m^3 of the air or water around (drag and buoyancy)
    camera: Camera = field(default_factory=Camera)
    light: Light = field(default_factory=Light)
    width: int = 512  # px
    height: int = 512  # px
    fps: float = 24.0
    num_frames: int = 96
    wind_keys: tuple[WindKey, ...] = ()  # wind that changes, instead of `wind`
    forces: tuple[Force, ...] = ()
    time_scale: float = 1.0  # simulated seconds per second of film; 0.25 is four-fold slow motion
    time_keys: tuple[TimeKey, ...] = ()  # time remap, instead of `time_scale`
    seed: int = 0
