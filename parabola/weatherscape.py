"""Compose weather into a Scene: alone, with place, light and camera of its own, or over another scene.

Alone, each kind has the setting that shows it best: rain before dark wet bricks, snow at night or against a
grey sky, sparks in a dark workshop, leaves in low sun. Over another scene only what the words leave open is
changed: the ground and the light, by words added to that scene's own prompt, so that balls are staged on
what they will bounce on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from parabola.framing import moved
from parabola.prompt_lexer import items
from parabola.smokescape import GROUNDS
from parabola.weather_looks import particles_of
from parabola.weather_prompt import Layer, WeatherRequest
from physics.scene import EARTH, Box, Camera, Ground, Light, Scene, Surface
from physics.worlds.particles_check import check_particles

LIGHTS = {
    "overcast": Light(
        sun_direction=(-0.45, 0.8, 0.3),
        sun_irradiance=(1.15, 1.18, 1.22),
        sun_radius_deg=22.0,
        sky_zenith=(0.62, 0.66, 0.72),
        sky_horizon=(0.3, 0.325, 0.36),
        glow=(0.06, 0.06, 0.07),
        haze_m=14.0,
    ),

    "night": Light(
        sun_direction=(-0.3, 0.34, -0.85),
        sun_irradiance=(2.3, 1.9, 1.35),
        sun_radius_deg=2.5,
        sky_zenith=(0.016, 0.022, 0.042),
        sky_horizon=(0.035, 0.042, 0.062),
        glow=(0.55, 0.42, 0.26),
        glow_width_deg=20.0,
        haze_m=9.0,
    ),

    "dark": Light(
        sun_direction=(-0.7, 0.5, -0.35), sun_irradiance=(0.16, 0.14, 0.13), sun_radius_deg=8.0,
        sky_zenith=(0.018, 0.018, 0.02), sky_horizon=(0.010, 0.010, 0.012), glow=(0.0, 0.0, 0.0), haze_m=7.0,
    ),
    "day": Light(
        sun_direction=(-0.62, 0.6, 0.42), sun_irradiance=(2.5, 2.4, 2.15), sun_radius_deg=1.5,
        sky_zenith=(0.16, 0.29, 0.56), sky_horizon=(0.50, 0.60, 0.74), glow=(0.25, 0.22, 0.16), haze_m=26.0,
    ),
    "winter": Light(
        sun_direction=(-0.5, 0.6, 0.35),
        sun_irradiance=(1.5, 1.52, 1.56),
        sun_radius_deg=20.0,
        sky_zenith=(0.20, 0.225, 0.26),
        sky_horizon=(0.095, 0.11, 0.135),
        glow=(0.02, 0.02, 0.02),
        haze_m=7.0,
    ),

    "golden": Light(
        sun_direction=(-0.55, 0.32, -0.62), sun_irradiance=(2.9, 2.0, 1.1), sun_radius_deg=3.0,
        sky_zenith=(0.26, 0.30, 0.40), sky_horizon=(0.62, 0.46, 0.28), glow=(0.75, 0.46, 0.18),
        glow_width_deg=38.0, haze_m=16.0,
    ),
    "dusk": Light(
        sun_direction=(-0.7, 0.35, -0.3), sun_irradiance=(0.5, 0.42, 0.46), sun_radius_deg=8.0,
        sky_zenith=(0.06, 0.085, 0.17), sky_horizon=(0.20, 0.155, 0.19), glow=(0.20, 0.11, 0.08),
        glow_width_deg=50.0, haze_m=14.0,
    ),
    "dawn": Light(
        sun_direction=(-0.62, 0.30, -0.60), sun_irradiance=(2.2, 1.55, 1.05), sun_radius_deg=4.0,
        sky_zenith=(0.28, 0.36, 0.50), sky_horizon=(0.60, 0.50, 0.44), glow=(0.5, 0.34, 0.22), haze_m=14.0,
    ),
    "beam": Light(
        sun_direction=(-0.62, 0.50, -0.60), sun_irradiance=(3.6, 3.0, 2.1), sun_radius_deg=4.0,
        sky_zenith=(0.020, 0.017, 0.014), sky_horizon=(0.030, 0.024, 0.018), glow=(0.30, 0.21, 0.12),
        glow_width_deg=30.0, haze_m=5.0,
    ),
    "studio": Light(
        sun_direction=(-0.5, 0.8, 0.5), sun_irradiance=(2.0, 2.0, 2.0), sun_radius_deg=10.0,
        sky_zenith=(0.45, 0.46, 0.48), sky_horizon=(0.60, 0.61, 0.63), glow=(0.2, 0.2, 0.2), haze_m=12.0,
    ),
}  # fmt: skip
_TELLING = ("night", "dusk", "dawn", "beam", "golden", "overcast", "day", "dark", "studio")


@dataclass(frozen=True)
class Setting:
    """Where one kind of weather is looked at when the words do not say."""

    light: str
    ground: str | None
    eye: tuple[float, float, float] = (0.75, 3.2, 0.72)  # m: height, distance, height looked at
    fov: float = 36.0
    wind: float = 0.0  # m/s


SETTINGS = {
    "rain": Setting("overcast", "street", (0.62, 2.7, 0.58), 38.0, 0.5),
    "snow": Setting("winter", "snow", (0.95, 3.0, 1.1), 38.0, 0.35),
    "hail": Setting("overcast", "grass", (0.42, 1.7, 0.22), 36.0, 0.4),
    "leaves": Setting("golden", "grass", (0.62, 2.4, 0.70), 38.0, 1.1),
    "confetti": Setting("studio", "wood", (0.85, 2.4, 0.78), 38.0, 0.0),
    "dust": Setting("beam", None, (1.0, 2.0, 1.05), 34.0, 0.03),
    "bubbles": Setting("day", "grass", (0.70, 2.0, 0.92), 36.0, 0.22),
    "sparks": Setting("dark", "concrete", (0.55, 2.5, 0.60), 36.0, 0.0),
    "embers": Setting("dark", None, (0.9, 2.6, 1.05), 36.0, 0.25),
}
_ADDED = {  # words that a prompt about balls gets where it does not say: ground, light
    "rain": ("on wet asphalt", "overcast"),
    "snow": ("on snow", "overcast"),
    "hail": ("on grass", "overcast"),
    "leaves": ("on grass", "golden hour"),
    "bubbles": ("on grass", "sunny"),
    "sparks": ("on concrete", "night"),
    "embers": ("on concrete", "night"),
    "dust": ("", "window light"),
    "confetti": ("", ""),
}
SEA_REACH = 4.0  # m, distance that weather over the sea is scaled to
_DIM = {
    "rain": (0.5, 0.42, 0.7),
    "snow": (0.62, 0.60, 0.8),
    "hail": (0.55, 0.5, 0.75),
}  # zenith, horizon, sun


def compose_weather(
    request: WeatherRequest, *, prompt: str, width: int, height: int, fps: float, num_frames: int, seed: int
) -> Scene:
    """The Scene of weather alone; ValueError for particles that cannot be shown."""
    rng = np.random.default_rng([abs(int(seed)), int(seed) < 0, 9])
    first = request.layers[0].kind
    setting = SETTINGS[first]
    named = [name for name in _TELLING if name in request.lights]
    light = named[0] if named else setting.light
    place = request.place or setting.ground
    wind = setting.wind if request.wind is None else request.wind
    way = {"left": -1.0, "right": 1.0}.get(request.way or "", float(rng.choice([-1, 1])))
    camera = _camera(setting, request, width / height, rng, num_frames / fps)
    reach = math.dist(camera.position, camera.look_at)
    source = (round(-0.26 * way * reach, 3), 0.12 if first == "sparks" else 0.02, 0.0)
    period = num_frames / fps * request.time_scale if request.loop else 0.0
    layers = tuple(
        replace(_turned(particles_of(layer, reach, source), way), period_s=round(period, 6))
        for layer in request.layers
    )
    scene = Scene(
        prompt=prompt, width=width, height=height, fps=fps, num_frames=num_frames, seed=seed,
        time_scale=round(request.time_scale, 6),
        gravity=(0.0, -(EARTH if request.gravity is None else request.gravity), 0.0),
        ground=_ground(place) if place else None,
        boxes=_street() if place == "street" and light not in ("night", "dusk") else (),
        wind=(round(way * wind, 4), 0.0, round(-0.15 * wind, 4)),
        light=_lit(light, rng), camera=camera, particles=layers,
    )  # fmt: skip
    check_particles(scene)
    return scene


def _turned(particles, way: float):
    """Sparks fly to the side that the source is not on."""
    x, y, z = particles.velocity
    return replace(particles, velocity=(round(x * way, 3), y, z))


def _ground(kind: str) -> Ground:
    dark = {"street": ("concrete", (0.30, 0.30, 0.31), (0.20, 0.20, 0.21), 0.8)}
    pattern, colour, second, scale = (dark | GROUNDS).get(kind, GROUNDS["concrete"])
    surface = Surface(colour=colour, colour2=second, pattern=pattern, pattern_scale=scale, roughness=0.8)
    return Ground(material=kind, surface=surface)


def _street() -> tuple[Box, ...]:
    """A house wall of bricks behind a pavement."""
    brick = Surface(
        colour=(0.58, 0.36, 0.29),
        colour2=(0.60, 0.56, 0.52),
        pattern="brick",
        pattern_scale=0.42,
        roughness=0.85,
    )
    stone = Surface(colour=(0.42, 0.41, 0.40), colour2=(0.30, 0.29, 0.29), pattern="concrete", roughness=0.8)
    return (
        Box(name="wall", centre=(0.0, 2.0, -3.6), half_size=(14.0, 2.0, 0.2), surface=brick),
        Box(name="pavement", centre=(0.0, 0.06, -2.7), half_size=(14.0, 0.06, 0.7), surface=stone),
    )


def _lit(name: str, rng: np.random.Generator) -> Light:
    light = LIGHTS[name]
    x, y, z = light.sun_direction
    return replace(light, sun_direction=(round(float(rng.choice([-1, 1])) * x, 4), y, z))


def _camera(setting: Setting, request: WeatherRequest, aspect: float, rng, seconds: float) -> Camera:
    eye, distance, target = setting.eye
    distance *= float(request.camera.get("shot", 1.0)) / min(1.0, aspect) ** 0.5
    eye = {"low": 0.4 * eye, "high": eye + 0.6 * distance, "top": eye + 1.6 * distance}.get(
        str(request.camera.get("angle")), eye
    )
    yaw = rng.uniform(-0.15, 0.15)
    camera = Camera(
        position=(round(distance * math.sin(yaw), 4), round(eye, 4), round(distance * math.cos(yaw), 4)),
        look_at=(0.0, round(target, 4), 0.0),
        fov_deg=float(request.camera.get("fov", setting.fov)),
    )
    return moved(camera, request.camera.get("move"), 0.15 * distance, 16.0, seconds)


# over another scene


def added_words(layers: list[Layer], rest: list[str]) -> str:
    """Ground and light that the weather wants and `rest`, a prompt about balls or the sea, leaves open."""
    kinds = [item.kind for item in items(" ".join(rest))]
    ground, light = _ADDED[layers[0].kind]
    if "ball" not in kinds:
        return ", overcast" if light == "overcast" and "light" not in kinds else ""
    free = not {"ground", "dark ground", "line"} & set(kinds)
    out = [ground] if ground and free else []
    return " ".join(out + ([", " + light] if light and "light" not in kinds else []))


def with_weather(scene: Scene, layers: list[Layer], prompt: str, dim: bool) -> Scene:
    """The scene with the weather in it; `dim`: its light is the weather's own choice and may be darkened."""
    reach = math.dist(scene.camera.position, scene.camera.look_at)
    reach = min(reach, 30.0) if scene.ocean is None else SEA_REACH
    source = (
        scene.gas.sources[0].position if scene.gas is not None and scene.gas.sources else (0.0, 0.05, 0.0)
    )
    found = tuple(particles_of(layer, reach, source) for layer in layers)
    if dim and layers[0].kind in _DIM:
        zenith, horizon, sun = _DIM[layers[0].kind]
        light = replace(
            scene.light,
            sky_zenith=_scaled(scene.light.sky_zenith, zenith),
            sky_horizon=_scaled(scene.light.sky_horizon, horizon),
            sun_irradiance=_scaled(scene.light.sun_irradiance, sun),
            glow=_scaled(scene.light.glow, horizon),
        )
        scene = replace(scene, light=light)
    scene = replace(scene, particles=found, prompt=prompt)
    check_particles(scene)
    return scene


def _scaled(colour, factor: float):
    return tuple(round(factor * c, 4) for c in colour)
