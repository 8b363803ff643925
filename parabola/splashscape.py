"""Compose a SplashRequest into a Scene: how much water, where, in what light, from where it is seen.

A tank of half a metre to a metre stands on a pale floor in clear light from one side under a blue sky: what
is seen through the water is calm, and its edges, caustics and shadows draw it. Small water is quick: unless
the words say otherwise it is shown at half speed. The camera stands low and a little aside.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from parabola.casting import cast, vec
from parabola.framing import moved
from parabola.materials import GROUNDS
from parabola.request import Request
from parabola.splash_prompt import SplashRequest
from physics.media import Liquid, Spout, Volume
from physics.scene import EARTH, Body, Camera, Ground, Light, Scene, Surface
from physics.worlds.liquid_check import check_liquid

SLOW = 0.5  # simulated seconds per second of film
TINTED = {"colour": (0.42, 0.76, 0.86), "clarity_m": 0.5}  # a hand's breadth of clear water shows no body
BASE = 0.006  # m of glass under the water
SOFT = Light(
    sun_direction=(-0.62, 0.72, 0.30), sun_irradiance=(3.0, 2.88, 2.65), sun_radius_deg=2.0,
    sky_zenith=(0.12, 0.19, 0.30), sky_horizon=(0.42, 0.54, 0.66), glow=(0.3, 0.28, 0.25),
    glow_width_deg=45.0, haze_m=5.0,
)  # fmt: skip
LIGHTS = {
    "day": SOFT,
    "sunset": replace(SOFT, sun_direction=(-0.75, 0.38, -0.35), sun_irradiance=(2.6, 1.5, 0.8),
                      sky_zenith=(0.26, 0.28, 0.38), sky_horizon=(0.80, 0.58, 0.44), glow=(0.6, 0.35, 0.2)),
    "dusk": replace(SOFT, sun_irradiance=(0.5, 0.45, 0.5), sky_zenith=(0.10, 0.13, 0.22),
                    sky_horizon=(0.30, 0.28, 0.34), glow=(0.2, 0.15, 0.12)),
    "night": replace(SOFT, sun_irradiance=(1.6, 1.7, 1.9), sky_zenith=(0.03, 0.04, 0.06),
                     sky_horizon=(0.06, 0.07, 0.10), glow=(0.1, 0.1, 0.12)),
}  # fmt: skip
_NAMES = {
    "golden": "sunset",
    "dawn": "sunset",
    "backlit": "sunset",
    "candle": "dusk",
    "lamp": "dusk",
    "spot": "night",
}
_FLOOR = Surface(
    colour=(0.76, 0.76, 0.75), colour2=(0.46, 0.48, 0.50), pattern="tile", pattern_scale=0.5, roughness=0.4
)


def compose_splash(
    request: SplashRequest, *, prompt: str, width: int, height: int, fps: float, num_frames: int, seed: int
) -> Scene:
    """The Scene; ValueError for water that cannot be."""
    rng = np.random.default_rng([abs(int(seed)), int(seed) < 0, 17])
    said = request.said
    gravity = EARTH if said.gravity is None else said.gravity
    tempo = said.time_scale if said.time_scale != 1.0 else SLOW
    water, camera = _STAGES[request.kind if request.kind != "pour" or not request.tank else "fill"](
        request, rng
    )
    if water.glass:
        water = replace(water, **TINTED)
    if request.colour:
        water = replace(water, colour=request.colour, clarity_m=0.5)
    scene = Scene(
        prompt=prompt, width=width, height=height, fps=fps, num_frames=num_frames, seed=seed,
        time_scale=round(tempo, 6),
        gravity=(0.0, -gravity, 0.0), ground=_ground(request), light=light_of(said, rng), liquid=water,
        bodies=_bodies(request, water, rng),
        camera=_shot(camera, request, width / height, num_frames / fps, rng),
    )  # fmt: skip
    check_liquid(scene)
    return scene


def _dam(request: SplashRequest, rng: np.random.Generator):
    side = float(rng.choice([-1, 1]))
    column = Volume(centre=vec((side * 0.32, BASE + 0.21, 0.0), 4), size=(0.36, 0.42, 0.34))
    return Liquid(size=(1.0, 0.62, 0.34), floor=(0.0, BASE, 0.0), volumes=(column,)), (0.50, 1.85, 0.26)


def _ball(request: SplashRequest, rng: np.random.Generator):
    bath = Volume(centre=(0.0, BASE + 0.13, 0.0), size=(0.8, 0.26, 0.5))
    return Liquid(size=(0.8, 0.6, 0.5), cells=40, floor=(0.0, BASE, 0.0), volumes=(bath,)), (0.52, 1.75, 0.28)


def _slosh(request: SplashRequest, rng: np.random.Generator):
    side = float(rng.choice([-1, 1]))
    low = Volume(centre=(0.0, BASE + 0.08, 0.0), size=(0.9, 0.16, 0.34))
    high = Volume(centre=vec((side * 0.27, BASE + 0.24, 0.0), 4), size=(0.36, 0.16, 0.34))
    return Liquid(size=(0.9, 0.5, 0.34), cells=54, floor=(0.0, BASE, 0.0), volumes=(low, high)), (
        0.44,
        1.7,
        0.22,
    )


def _drop(request: SplashRequest, rng: np.random.Generator):
    drop = Volume(centre=(0.0, 0.26, 0.0), size=(0.2, 0.2, 0.2), round=True, velocity=(0.0, -1.8, 0.0))
    return Liquid(size=(1.0, 0.38, 1.0), cells=80, glass=False, volumes=(drop,)), (0.36, 1.15, 0.11)


def _pour(request: SplashRequest, rng: np.random.Generator):
    spout = Spout(position=(0.0, 0.56, 0.0), velocity=(0.0, -1.4, 0.0), radius=0.034)
    return Liquid(size=(0.8, 0.6, 0.8), glass=False, spouts=(spout,)), (0.44, 1.4, 0.19)


def _fill(request: SplashRequest, rng: np.random.Generator):
    side = float(rng.choice([-1, 1]))
    bath = Volume(centre=(0.0, BASE + 0.04, 0.0), size=(0.7, 0.08, 0.4))
    spout = Spout(
        position=vec((side * 0.22, 0.54, 0.0), 4), velocity=vec((-side * 0.5, -1.3, 0.0), 4), radius=0.032
    )
    return Liquid(size=(0.7, 0.56, 0.4), floor=(0.0, BASE, 0.0), volumes=(bath,), spouts=(spout,)), (
        0.46,
        1.6,
        0.26,
    )


_STAGES = {"dam": _dam, "ball": _ball, "slosh": _slosh, "drop": _drop, "pour": _pour, "fill": _fill}


def _bodies(request: SplashRequest, water: Liquid, rng: np.random.Generator) -> tuple[Body, ...]:
    """Balls above the water, one beside the other, of a size that the tank takes."""
    if not request.balls:
        return ()
    actors = cast(request.said, rng)
    if len(actors) > 4:
        raise ValueError(f"the prompt drops {len(actors)} balls into the tank; at most 4 have room in it")
    out, x, half = [], 0.0, 0.5 * water.size[0]
    for k, actor in enumerate(actors):
        body = actor.body(rng)
        radius = round(float(np.clip(body.radius, 0.045, 0.08 if len(actors) < 3 else 0.06)), 4)
        x = 0.0 if len(actors) == 1 else (2 * (k + 0.5) / len(actors) - 1) * (half - radius) * 0.8
        place = vec((x, water.floor[1] + water.size[1] + 0.03 + 0.10 * k, rng.uniform(-0.05, 0.05)), 4)
        out.append(replace(body, radius=radius, position=place, velocity=(0.0, -1.2, 0.0)))
    return tuple(out)


def _ground(request: SplashRequest) -> Ground:
    place = request.said.ground
    if place is None or place.kind not in GROUNDS:
        return Ground(material="tile", surface=_FLOOR)
    ground = GROUNDS[place.kind]
    if place.look.colours:
        ground = replace(ground, surface=replace(ground.surface, colour=place.look.colours[0]))
    return ground


def light_of(said: Request, rng: np.random.Generator) -> Light:
    """The light of small things on a floor that the words ask for, from one side or the other."""
    named = [_NAMES.get(name, name) for name in said.lights]
    light = LIGHTS[next((name for name in named if name in LIGHTS), "day")]
    x, y, z = light.sun_direction
    return replace(light, sun_direction=(round(x * float(rng.choice([-1, 1])), 4), y, z))


def _shot(camera, request: SplashRequest, aspect: float, seconds: float, rng: np.random.Generator) -> Camera:
    eye, away, look = camera
    said = request.said.camera
    away *= float(said.get("shot", 1.0)) / min(1.0, aspect) ** 0.8  # type: ignore[arg-type]
    eye = {"low": 0.5 * eye, "high": 2.0 * eye, "top": 1.3 * away}.get(str(said.get("angle")), eye)
    yaw = float(rng.uniform(0.12, 0.34)) * float(rng.choice([-1, 1]))
    out = Camera(
        position=vec((away * math.sin(yaw), eye, away * math.cos(yaw)), 4), look_at=vec((0.0, look, 0.0), 4),
        fov_deg=float(said.get("fov", 36.0)),  # type: ignore[arg-type]
    )  # fmt: skip
    return moved(out, said.get("move"), 0.15 * away, 14.0, seconds)  # type: ignore[arg-type]
