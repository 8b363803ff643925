"""Compose a RippleRequest into a Scene: a pool by day, a pond before trees; the seed draws what is left open.

The camera stands low over the water, so that it mirrors the far bank, and a little aside; the light comes
from
one side and from behind the subject, where it draws the rings. What falls in meets the water in the middle of
the picture half a second to a second after the clip begins.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from parabola.casting import Actor, cast, vec
from parabola.framing import moved
from parabola.ripple_prompt import RippleRequest
from physics.media import Particles, Pool
from physics.scene import EARTH, Body, Camera, Light, Scene, Surface
from physics.worlds.ripple_check import check_pool

_DAY = Light(
    sun_direction=(-0.55, 0.62, -0.35), sun_irradiance=(3.0, 2.8, 2.45), sun_radius_deg=0.6,
    sky_zenith=(0.16, 0.30, 0.58), sky_horizon=(0.60, 0.68, 0.78), glow=(0.25, 0.22, 0.18), haze_m=40.0,
)  # fmt: skip
_GOLDEN = Light(
    sun_direction=(-0.50, 0.22, -0.75), sun_irradiance=(1.9, 1.35, 0.85), sun_radius_deg=1.0,
    sky_zenith=(0.26, 0.36, 0.52), sky_horizon=(0.86, 0.72, 0.58), glow=(0.5, 0.34, 0.2), glow_width_deg=45.0,
    haze_m=60.0,
)  # fmt: skip
LIGHTS = {
    "day": _DAY,
    "golden": _GOLDEN,
    "sunset": replace(_GOLDEN, sun_direction=(-0.45, 0.09, -0.8), sun_irradiance=(2.0, 1.0, 0.5),
                      sky_zenith=(0.20, 0.24, 0.42), sky_horizon=(0.95, 0.56, 0.34), glow=(0.7, 0.34, 0.14)),
    "dawn": replace(_GOLDEN, sun_direction=(0.55, 0.12, -0.75), sun_irradiance=(1.3, 0.85, 0.65),
                    sky_zenith=(0.30, 0.38, 0.52), sky_horizon=(0.82, 0.68, 0.66), glow=(0.4, 0.25, 0.2)),
    "dusk": replace(_GOLDEN, sun_direction=(-0.5, 0.06, -0.8), sun_irradiance=(0.22, 0.14, 0.14),
                    sky_zenith=(0.07, 0.10, 0.21), sky_horizon=(0.34, 0.22, 0.24), glow=(0.3, 0.14, 0.08)),
    "night": replace(_GOLDEN, sun_direction=(-0.35, 0.55, -0.7), sun_irradiance=(0.20, 0.24, 0.34),
                     sun_radius_deg=0.6, sky_zenith=(0.012, 0.018, 0.036), sky_horizon=(0.035, 0.045, 0.07),
                     glow=(0.02, 0.02, 0.03)),
    "overcast": replace(_DAY, sun_direction=(-0.3, 0.8, -0.4), sun_irradiance=(0.5, 0.52, 0.54),
                        sun_radius_deg=25.0, sky_zenith=(0.42, 0.46, 0.50), sky_horizon=(0.66, 0.69, 0.71),
                        glow=(0.05, 0.05, 0.05)),
    "fog": replace(_DAY, sun_direction=(-0.4, 0.4, -0.7), sun_irradiance=(0.5, 0.48, 0.45),
                   sun_radius_deg=20.0,
                   sky_zenith=(0.60, 0.63, 0.66), sky_horizon=(0.72, 0.73, 0.73), glow=(0.1, 0.1, 0.08)),
}  # fmt: skip
_NAMES = {"noon": "day", "morning": "day", "afternoon": "day", "backlit": "golden", "studio": "overcast",
          "window": "day", "lamp": "dusk", "candle": "dusk", "spot": "day"}  # fmt: skip
_WATERS = {  # sRGB of deep water, clarity m
    "pool": ((0.10, 0.42, 0.47), 9.0), "pond": ((0.10, 0.15, 0.10), 0.9), "lake": ((0.07, 0.15, 0.17), 2.2),
    "puddle": ((0.16, 0.15, 0.13), 0.6), "clear": ((0.09, 0.27, 0.28), 5.0),
    "murky": ((0.26, 0.23, 0.15), 0.5), "green": ((0.07, 0.22, 0.13), 1.0),
    "turquoise": ((0.05, 0.46, 0.50), 9.0), "dark": ((0.03, 0.05, 0.06), 1.0),
}  # fmt: skip
_STONE = Surface(colour=(0.42, 0.40, 0.38), roughness=0.85)
EYE = {
    "pool": (1.05, 3.7, 34.0),
    "pond": (0.85, 4.4, 36.0),
    "lake": (0.85, 4.6, 35.0),
    "puddle": (0.62, 2.2, 34.0),
}


def compose_ripples(
    request: RippleRequest, *, prompt: str, width: int, height: int, fps: float, num_frames: int, seed: int
) -> Scene:
    """The Scene; ValueError for water that cannot be."""
    rng = np.random.default_rng([abs(int(seed)), int(seed) < 0, 11])
    said = request.said
    gravity = EARTH if said.gravity is None else said.gravity
    scene = Scene(
        prompt=prompt, ground=None, width=width, height=height, fps=fps, num_frames=num_frames, seed=seed,
        gravity=(0.0, -gravity, 0.0), time_scale=round(said.time_scale, 6), light=_light(request, rng),
        pool=_pool(request, rng), wind=(round(said.wind or 0.0, 3), 0.0, 0.0),
    )  # fmt: skip
    actors = cast(said, rng) if request.balls else []
    scene = replace(scene, bodies=_fallers(request, actors, scene, rng))
    scene = replace(scene, camera=_camera(request, scene, rng))
    if request.rain:
        scene = replace(scene, particles=(_rain(request.rain),))
    check_pool(scene)
    return scene


def _light(request: RippleRequest, rng: np.random.Generator) -> Light:
    named = [_NAMES.get(name, name) for name in request.said.lights]
    usual = "overcast" if request.rain else "day" if request.place == "pool" else "golden"
    light = LIGHTS[next((name for name in named if name in LIGHTS), usual)]
    x, y, z = light.sun_direction
    return replace(light, sun_direction=(round(x * float(rng.choice([-1, 1])), 4), y, z))


def _pool(request: RippleRequest, rng: np.random.Generator) -> Pool:
    colour, clarity = _WATERS[request.water or request.place]
    rain = request.rain
    if request.place == "pool":
        chop = 0.022 if request.chop is None else request.chop
        return Pool(
            colour=colour, clarity_m=clarity, chop=chop, rain_mm_h=rain, length_m=7.0, width_m=5.0,
            bottom_colour=(0.78, 0.91, 0.93), deck_pattern="tile", deck_scale=2.0,
            deck_colour=(0.78, 0.73, 0.65),
            deck_colour2=(0.60, 0.56, 0.50), bank_m=16.0, trees_m=3.2,
        )  # fmt: skip
    chop = (0.004 if rain else 0.008) if request.chop is None else request.chop
    small = request.place == "puddle"
    return Pool(
        kind="pond", colour=colour, clarity_m=clarity, chop=chop, rain_mm_h=rain,
        length_m=5.0 if small else 7.0 if rain else 9.0, width_m=5.0 if small else 7.0 if rain else 9.0,
        depth_m=0.06 if small else 0.9, bottom_pattern="concrete" if small else "sand",
        bottom_colour=(0.34, 0.32, 0.30) if small else (0.36, 0.32, 0.22),
        bottom_colour2=(0.22, 0.21, 0.20) if small else (0.2, 0.18, 0.12), bottom_scale=1.0,
        bank_m=round(rng.uniform(36, 48), 1) if request.place != "puddle" else 24.0,
        trees_m=round(rng.uniform(6, 8), 2),
    )  # fmt: skip


def _fallers(
    request: RippleRequest, actors: list[Actor], scene: Scene, rng: np.random.Generator
) -> tuple[Body, ...]:
    """Balls and stones above the water, each to fall where the camera looks."""
    bodies = [actor.body(rng) for actor in actors]
    for count, radius in request.stones:
        for _ in range(count):
            size = round(radius * float(rng.uniform(0.85, 1.15)), 4)
            bodies.append(
                Body(
                    name="stone",
                    material="stone",
                    radius=size,
                    density=2600.0,
                    restitution=0.3,
                    surface=_STONE,
                )
            )
    if not bodies:
        return ()
    if len(bodies) > 12:
        raise ValueError(
            f"the prompt drops {len(bodies)} things into the water; at most 12 make rings to be seen"
        )
    g = max(float(np.linalg.norm(scene.gravity)), 0.05)
    out = []
    for k, body in enumerate(bodies):
        spread = 0.9 * min(len(bodies) - 1, 4) / 2
        x = 0.0 if len(bodies) == 1 else -spread + 2 * spread * k / (len(bodies) - 1)
        z = 0.0 if len(bodies) == 1 else float(rng.uniform(-0.5, 0.5))
        out.append(_placed(body, request, x, z, 0.15 + 0.28 * k, g, rng))
    return tuple(out)


def _placed(body: Body, request: RippleRequest, x: float, z: float, delay: float, g: float, rng) -> Body:
    """Start so that the body enters at `x`, `z`: thrown in an arc, dropped, or afloat."""
    groups = request.said.groups
    actions = {a for group in groups for a in group.actions} if request.balls else {"throw"}
    if actions & {"float"} and not actions & {"drop", "throw", "fall", "bounce"}:
        share = min(body.density / 998.2, 1.0)
        low = body.radius * (1 - 2 * share)
        return replace(body, position=vec((x, low if share < 1 else -0.3, z), 4))
    fall = delay + 0.42
    asked = next((group.height for group in groups if group.height), None)
    height = asked if asked else 0.5 * g * fall * fall
    if body.name == "stone" or "throw" in actions:
        side = float(rng.choice([-1, 1]))
        flight = 0.55 + delay
        up = 0.5 * g * flight - 0.6 / flight
        v = (side * 2.1, up, -2.6)
        return replace(
            body,
            position=vec((x - v[0] * flight, body.radius + 0.6, z - v[2] * flight), 4),
            velocity=vec(v, 4),
        )
    return replace(body, position=vec((x, body.radius + height, z), 4))


def _camera(request: RippleRequest, scene: Scene, rng: np.random.Generator) -> Camera:
    eye, away, fov = EYE[request.place]
    big = max([b.radius for b in scene.bodies] or [0.12])
    spread = max([abs(b.position[0]) for b in scene.bodies if b.velocity == (0.0, 0.0, 0.0)] or [0.0])
    away = away * float(np.clip((big / 0.14) ** 0.35, 0.62, 1.4)) + 1.2 * spread
    eye *= (away / EYE[request.place][1]) ** 0.8
    camera = request.said.camera
    away *= float(camera.get("shot", 1.0)) / min(1.0, scene.width / scene.height) ** 0.5  # type: ignore[arg-type]
    angle = camera.get("angle")
    eye = {"low": 0.45 * eye, "high": 2.2 * eye, "top": 2.6 * away}.get(str(angle), eye)
    yaw = float(rng.uniform(-0.28, 0.28)) if request.place == "pool" else float(rng.uniform(-0.12, 0.12))
    look = 0.03 if request.place == "pool" else 0.27 * eye
    if angle in ("high", "top"):
        look = 0.0
    seconds = scene.num_frames / scene.fps
    out = Camera(
        position=vec((away * math.sin(yaw), eye, away * math.cos(yaw)), 4), look_at=vec((0.0, look, 0.0), 4),
        fov_deg=float(camera.get("fov", fov)),  # type: ignore[arg-type]
    )  # fmt: skip
    return moved(out, camera.get("move"), 0.15 * away, 12.0, seconds)  # type: ignore[arg-type]


def _rain(rate: float) -> Particles:
    """Rain in the air to go with `rate` mm/h on the water."""
    return Particles(kind="rain", per_m3=round(220.0 * rate**0.5, 1), diameter_m=0.0022, brilliance=1.6)
