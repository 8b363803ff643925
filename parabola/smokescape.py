"""Compose a SmokeRequest into a Scene: what burns or smokes, on what, in which light, seen from where.

Every subject has its own size, sources and props in SI units (`smoke_stages`); the seed draws the
camera's side and the logs' lie. Unless the words say otherwise smoke rises before a dark studio, flames
burn at night, a chimney smokes by day and fog lies on grass at dawn. Wind that the words ask for is
scaled to the subject's size.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from parabola.framing import moved
from parabola.smoke_prompt import SmokeRequest
from parabola.smoke_stages import STAGES, Stage
from physics.media import Gas
from physics.scene import EARTH, Camera, Ground, Light, Scene, Surface
from physics.worlds.smoke_check import check_gas

BLACK = Light(
    sun_direction=(-0.75, 0.55, -0.35),
    sun_irradiance=(3.6, 3.5, 3.3),
    sky_zenith=(0.022, 0.023, 0.028),
    sky_horizon=(0.010, 0.011, 0.014),
    glow=(0.0, 0.0, 0.0),
    haze_m=6.0,
)
LIGHTS = {
    "dark": BLACK,
    "bright": Light(
        sun_direction=(-0.6, 0.7, 0.5),
        sky_zenith=(0.6, 0.6, 0.62),
        sky_horizon=(0.72, 0.73, 0.74),
        glow=(0.0, 0.0, 0.0),
    ),
    "blue": Light(
        sun_direction=(-0.7, 0.6, 0.35),
        sun_irradiance=(2.7, 2.55, 2.3),
        sun_radius_deg=1.0,
        sky_zenith=(0.14, 0.26, 0.52),
        sky_horizon=(0.42, 0.52, 0.66),
        glow=(0.2, 0.18, 0.14),
        haze_m=30.0,
    ),
    "night": Light(
        sun_direction=(-0.6, 0.6, -0.4),
        sun_irradiance=(0.16, 0.20, 0.30),
        sun_radius_deg=2.0,
        sky_zenith=(0.012, 0.017, 0.032),
        sky_horizon=(0.028, 0.035, 0.056),
        glow=(0.0, 0.0, 0.0),
        haze_m=9.0,
    ),
    "dusk": Light(
        sun_direction=(-0.8, 0.25, -0.5),
        sun_irradiance=(0.42, 0.30, 0.30),
        sun_radius_deg=6.0,
        sky_zenith=(0.05, 0.065, 0.13),
        sky_horizon=(0.22, 0.14, 0.15),
        glow=(0.22, 0.10, 0.06),
        glow_width_deg=45.0,
        haze_m=20.0,
    ),
    "dawn": Light(
        sun_direction=(-0.62, 0.26, -0.72),
        sun_irradiance=(2.3, 1.55, 1.0),
        sun_radius_deg=3.0,
        sky_zenith=(0.28, 0.36, 0.50),
        sky_horizon=(0.66, 0.54, 0.46),
        glow=(0.55, 0.36, 0.22),
        glow_width_deg=35.0,
        haze_m=12.0,
    ),
    "sunset": Light(
        sun_direction=(-0.7, 0.22, -0.6),
        sun_irradiance=(2.4, 1.35, 0.65),
        sun_radius_deg=3.0,
        sky_zenith=(0.24, 0.25, 0.36),
        sky_horizon=(0.66, 0.42, 0.26),
        glow=(0.6, 0.32, 0.12),
        glow_width_deg=38.0,
        haze_m=20.0,
    ),
    "overcast": Light(
        sun_direction=(-0.4, 0.9, 0.2),
        sun_irradiance=(0.8, 0.82, 0.85),
        sun_radius_deg=25.0,
        sky_zenith=(0.62, 0.64, 0.67),
        sky_horizon=(0.50, 0.52, 0.55),
        glow=(0.05, 0.05, 0.05),
        haze_m=20.0,
    ),
}
_TELLING = ("night", "dusk", "dawn", "sunset", "overcast", "blue", "bright", "dark")
GROUNDS = {  # pattern, sRGB, second colour, metres a period
    "grass": ("grass", (0.30, 0.42, 0.16), (0.20, 0.30, 0.10), 1.0),
    "sand": ("sand", (0.74, 0.64, 0.47), (0.60, 0.50, 0.36), 1.0),
    "snow": ("snow", (0.90, 0.92, 0.95), (0.78, 0.82, 0.88), 1.0),
    "concrete": ("concrete", (0.42, 0.41, 0.39), (0.30, 0.29, 0.28), 1.0),
    "wood": ("wood", (0.42, 0.27, 0.16), (0.25, 0.15, 0.09), 0.6),
    "plain": ("plain", (0.16, 0.16, 0.17), (0.1, 0.1, 0.1), 1.0),
}


def compose_smoke(
    request: SmokeRequest, *, prompt: str, width: int, height: int, fps: float, num_frames: int, seed: int
) -> Scene:
    """The Scene; ValueError for gas that cannot be simulated."""
    rng = np.random.default_rng([abs(int(seed)), int(seed) < 0, 5])
    stage = STAGES[request.subject](request, rng)
    named = [name for name in _TELLING if name in request.lights]
    light = named[0] if named else stage.light
    ground = request.place or stage.ground or ("plain" if light == "night" else None)
    gas = _dressed(stage.gas, request, light)
    wind, way = request.wind, {"left": -1.0, "right": 1.0}.get(request.way or "", float(rng.choice([-1, 1])))
    wind = (0.7 if request.way else 0.0) if wind is None else wind
    gravity = EARTH if request.gravity is None else request.gravity
    blown = wind * stage.unit
    scene = Scene(
        prompt=prompt,
        width=width,
        height=height,
        fps=fps,
        num_frames=num_frames,
        seed=seed,
        time_scale=round(request.time_scale, 6),
        gravity=(0.0, -gravity, 0.0),
        boxes=stage.boxes,
        ground=_ground(ground) if ground else None,
        wind=(round(way * blown, 4), 0.0, 0.0),
        light=_turned(LIGHTS[light], rng),
        gas=_roomy(gas, way * blown),
        camera=_camera(
            stage, request, width / height, rng, num_frames / fps, way * min(blown / stage.unit, 2.0)
        ),
    )
    check_gas(scene)
    return scene


def _dressed(gas: Gas, request: SmokeRequest, light: str) -> Gas:
    """The words' colour, strength and turbulence."""
    sources = tuple(replace(s, smoke=round(s.smoke * request.strength, 4)) for s in gas.sources)
    gas = replace(gas, sources=sources, colour=request.colour or gas.colour)
    if request.swirl is not None:
        gas = replace(gas, swirl=request.swirl, gusts=round(gas.gusts * (0.5 + 2.0 * request.swirl), 4))
    dim = {"night": 1.0, "dark": 1.0, "dusk": 0.8}.get(light, 0.45)
    return replace(gas, glow=round(gas.glow * dim, 3))


def _roomy(gas: Gas, wind: float) -> Gas:
    """A box that leans with the wind, so that the plume stays in it."""
    if not wind:
        return gas
    rise = 0.25 * math.sqrt(EARTH * gas.size[1])
    reach = min(abs(wind) / rise, 1.6) * gas.size[1]
    x, y, z = gas.floor
    wide = round(gas.size[0] + reach, 4)
    return replace(
        gas,
        size=(wide, gas.size[1], gas.size[2]),
        floor=(round(x + math.copysign(0.42 * reach, wind), 4), y, z),
    )


def _ground(kind: str) -> Ground:
    pattern, colour, second, scale = GROUNDS[kind]
    return Ground(
        material=kind,
        surface=Surface(colour=colour, colour2=second, pattern=pattern, pattern_scale=scale, roughness=0.85),
    )


def _turned(light: Light, rng: np.random.Generator) -> Light:
    x, y, z = light.sun_direction
    side = float(rng.choice([-1, 1]))
    return replace(light, sun_direction=(round(side * x, 4), y, z))


def _camera(stage: Stage, request: SmokeRequest, aspect: float, rng, seconds: float, lean: float) -> Camera:
    eye, distance, target = stage.eye
    shot = float(request.camera.get("shot", 1.0))
    distance *= shot / min(1.0, aspect) ** 0.5
    angle = request.camera.get("angle")
    eye = {"low": 0.35 * eye, "high": eye + 0.5 * distance, "top": eye + 1.2 * distance}.get(angle or "", eye)
    yaw = rng.uniform(-0.25, 0.25)
    aside = 0.12 * lean * distance
    camera = Camera(
        position=(
            round(aside + distance * math.sin(yaw), 4),
            round(eye, 4),
            round(distance * math.cos(yaw), 4),
        ),
        look_at=(round(aside, 4), round(target, 4), 0.0),
        fov_deg=float(request.camera.get("fov", stage.fov)),
    )
    return moved(camera, request.camera.get("move"), 0.2 * distance, 20.0, seconds)
