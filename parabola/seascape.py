"""Compose a SeaRequest into a Scene: what the words leave open is drawn from the seed.

The horizon lies on a third, the sun or moon on a third of the width with its glitter below, waves come
diagonally towards the camera, the lens is long for big seas and short for small water. Light presets are
those of open water: sky, sun, clouds and haze belong together. The camera looks along -z.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from parabola.sea_lights import LIGHTS, SeaLight
from parabola.sea_prompt import SeaRequest
from physics.media import Clouds, Ocean
from physics.scene import EARTH, Camera, Light, Scene, Vec3
from physics.worlds.sea_state import check_ocean, height_of, wave_systems

STORM = 17.0  # m/s from which the sky is a storm's unless the words say otherwise


_SAME = {
    "backlit": "golden",
    "lamp": "golden",
    "candle": "sunset",
    "spot": "noon",
    "window": "afternoon",
    "studio": "noon",
}
_TELLING = ("sunset", "dusk", "dawn", "golden", "night", "fog", "overcast", "morning", "noon", "afternoon")
_PLACES = {  # wind m/s, fetch m, depth m, camera height m
    "ocean": (6.5, 150e3, 200.0, (2.4, 4.5)),
    "bay": (4.5, 8e3, 15.0, (1.8, 3.0)),
    "lake": (2.6, 1500.0, 12.0, (1.5, 2.2)),
    "pond": (1.2, 60.0, 2.0, (1.5, 1.9)),
    "lagoon": (3.2, 3e3, 3.5, (1.7, 2.8)),
}
_WATERS = {  # sRGB of deep water, clarity m, depth m or None
    "ocean": ((0.05, 0.20, 0.26), 14.0, None),
    "lake": ((0.07, 0.17, 0.17), 5.0, None),
    "pond": ((0.10, 0.15, 0.10), 2.0, None),
    "lagoon": ((0.06, 0.45, 0.50), 9.0, None),
    "bay": ((0.06, 0.22, 0.24), 6.0, None),
    "tropical": ((0.05, 0.42, 0.50), 10.0, 4.0),
    "shallow": ((0.08, 0.30, 0.32), 6.0, 3.0),
    "murky": ((0.28, 0.25, 0.16), 1.0, None),
    "green": ((0.06, 0.27, 0.20), 5.0, None),
    "dark": ((0.02, 0.06, 0.09), 8.0, None),
    "grey": ((0.13, 0.18, 0.20), 5.0, None),
    "blue": ((0.03, 0.16, 0.33), 20.0, None),
}
_TINTS = {
    "warm": (1.10, 1.0, 0.86),
    "cold": (0.88, 0.98, 1.10),
    "moody": (0.80, 0.82, 0.86),
    "dramatic": (0.90, 0.90, 0.92),
}
_WAY = {"right": 0.0, "left": 180.0, "far": 90.0, "near": -90.0}  # deg from +x towards -z


def compose_sea(
    request: SeaRequest, *, prompt: str, width: int, height: int, fps: float, num_frames: int, seed: int
) -> Scene:
    """The Scene; ValueError for a sea that cannot be."""
    rng = np.random.default_rng([abs(int(seed)), int(seed) < 0, 3])
    wind, fetch, depth, above = _PLACES[request.place]
    wind = wind if request.wind is None else request.wind
    colour, clarity, shoal = _WATERS[request.water or request.place]
    fetch = max(fetch, 350e3) if request.place == "ocean" and wind >= STORM else fetch
    if request.place == "lake" and wind > 8:
        fetch = 15e3
    way = math.radians(_way(request, rng))
    gravity = EARTH if request.gravity is None else request.gravity
    scene = Scene(
        prompt=prompt, ground=None, gravity=(0.0, -gravity, 0.0), width=width, height=height, fps=fps,
        num_frames=num_frames, time_scale=round(request.time_scale, 6), seed=seed,
        wind=_rounded((wind * math.cos(way), 0.0, -wind * math.sin(way)), 3),
        ocean=Ocean(
            fetch_m=fetch, depth_m=request.depth or shoal or depth, colour=colour, clarity_m=clarity,
            foam=2.0 if request.foam else 1.0,
            swell_direction_deg=round(math.degrees(way) + rng.uniform(-35, 35), 1),
        ),
    )  # fmt: skip
    check_ocean(scene)
    scene = _with_height(scene, request)
    scene = _with_period(scene, request)
    return _shoot(scene, request, above, rng)


def _way(request: SeaRequest, rng: np.random.Generator) -> float:
    if request.wind_to in _WAY:
        return _WAY[request.wind_to]
    return -90.0 + float(rng.choice([-1, 1])) * rng.uniform(25, 58)


def _with_height(scene: Scene, request: SeaRequest) -> Scene:
    """ "3 m waves": the wind or swell that raises them."""
    ocean = scene.ocean
    assert ocean is not None
    if request.swell and request.height is None and request.place == "ocean":
        lift = max(1.2, 0.6 * height_of(scene) if wave_systems(scene) else 0.0)
        return replace(scene, ocean=replace(ocean, swell_height_m=round(lift, 2), swell_period_s=10.0))
    if request.height is None:
        return scene
    if request.swell:
        period = round(min(max(4.0, 7.5 * math.sqrt(request.height / 2)), 20.0), 2)
        return replace(scene, ocean=replace(ocean, swell_height_m=request.height, swell_period_s=period))
    low, high = 0.4, 60.0
    for _ in range(30):
        middle = 0.5 * (low + high)
        lower = height_of(_blown(scene, middle)) < request.height
        low, high = (middle, high) if lower else (low, middle)
    if height_of(_blown(scene, high)) < 0.97 * request.height:
        raise ValueError(
            f"no wind raises waves of {request.height:g} m on {ocean.fetch_m:g} m of water"
            f" {ocean.depth_m:g} m deep; ask for lower waves or an ocean"
        )
    return _blown(scene, high)


def _blown(scene: Scene, wind: float) -> Scene:
    now = math.hypot(scene.wind[0], scene.wind[2]) or 1.0
    return replace(scene, wind=_rounded((scene.wind[0] * wind / now, 0.0, scene.wind[2] * wind / now), 3))


def _with_period(scene: Scene, request: SeaRequest) -> Scene:
    """A loop repeats after the clip."""
    ocean = scene.ocean
    assert ocean is not None
    if not request.loop:
        return scene
    period = scene.num_frames / scene.fps * scene.time_scale
    slowest = max((2 * math.pi / s.peak for s in wave_systems(scene)), default=0.0)
    if period < slowest:
        needed = math.ceil(slowest / scene.time_scale)
        raise ValueError(
            f"waves of {slowest:.2g} s cannot loop in {period:.3g} s; make {needed} s of film or calmer water"
        )
    return replace(scene, ocean=replace(ocean, period_s=period))


def _shoot(scene: Scene, request: SeaRequest, above, rng: np.random.Generator) -> Scene:
    """Camera, light and clouds."""
    waves, wind = height_of(scene), math.hypot(scene.wind[0], scene.wind[2])
    light = LIGHTS[_light_name(request, wind)]
    low, high = request.above or above
    eye = rng.uniform(low, high)
    if request.above is None:
        eye = max(min(eye, 3.0 + waves), 0.8 * waves + 1.0)
    eye = max(eye, 0.7 * waves + 0.3)
    fov = float(request.camera.get("fov", rng.uniform(25, 31) if waves > 3 else rng.uniform(29, 37)))
    fov *= {0.72: 0.7, 0.62: 0.55}.get(request.camera.get("shot", 1.0), 1.0)
    fov = min(fov * 1.35, 60.0) if request.camera.get("shot", 1.0) > 1.2 else fov
    third = rng.uniform(*light.third)
    half = math.tan(math.radians(fov / 2))
    pitch = math.atan((1 - 2 * third) * half)
    if eye > 30:  # from the air: the sea fills the picture
        pitch = math.radians(rng.uniform(26, 34) if eye > 80 else rng.uniform(12, 18))
    camera = _camera(scene, request, eye, pitch, fov)
    aside = rng.uniform(*light.aside) * float(rng.choice([-1, 1])) * half * scene.width / scene.height
    return replace(
        scene,
        camera=camera,
        light=_light(light, request, math.atan(aside), rng),
        clouds=_clouds(light, request, rng),
    )


def _camera(scene: Scene, request: SeaRequest, eye: float, pitch: float, fov: float) -> Camera:
    move = request.camera.get("move")
    camera = Camera(
        position=_rounded((0.0, eye, 0.0), 3),
        look_at=_rounded((0.0, eye - 10 * math.sin(pitch), -10 * math.cos(pitch)), 3),
        fov_deg=round(fov, 2),
    )
    if not move or move[0] == "fixed":
        return camera
    seconds, (name, sign) = scene.num_frames / scene.fps, move
    if name in ("dolly", "track"):
        return replace(
            camera, move="dolly", rate=round(sign * min(0.5 * eye, 8.0), 3), look_at=_level(camera, eye)
        )
    return replace(camera, move="pan", rate=round(sign * min(fov / 3 / seconds, 5.0), 4))


def _level(camera: Camera, eye: float) -> Vec3:
    """A dolly runs along the line of sight: level, so that it does not dive."""
    return (camera.look_at[0], eye, camera.look_at[2])


def _light_name(request: SeaRequest, wind: float) -> str:
    named = [_SAME.get(name, name) for name in request.lights]
    for name in _TELLING:
        if name in named:
            return name
    if request.storm or wind >= STORM:
        return "storm"
    if request.clouds is not None and request.clouds > 0.9:
        return "overcast"
    return "afternoon"


def _light(kind: SeaLight, request: SeaRequest, azimuth: float, rng: np.random.Generator) -> Light:
    tint = np.ones(3)
    for mood in request.moods:
        tint = tint * np.array(_TINTS.get(mood, (1, 1, 1)))
    elevation = math.radians(rng.uniform(*kind.elevation))
    flat = math.cos(elevation)
    sun = (flat * math.sin(azimuth), math.sin(elevation), -flat * math.cos(azimuth))
    return Light(
        sun_direction=_rounded(sun, 4), sun_irradiance=_rounded(np.array(kind.key) * tint, 4),
        sun_radius_deg=kind.radius, sky_zenith=_rounded(np.array(kind.zenith) * tint, 4),
        sky_horizon=_rounded(np.array(kind.horizon) * tint, 4), glow=_rounded(np.array(kind.glow) * tint, 4),
        glow_width_deg=kind.glow_width, haze_m=kind.haze,
    )  # fmt: skip


def _clouds(kind: SeaLight, request: SeaRequest, rng: np.random.Generator) -> Clouds | None:
    cover = rng.uniform(*kind.clouds) if request.clouds is None else request.clouds
    if cover <= 0.01:
        return None
    return Clouds(
        cover=round(cover, 3), height_m=round(rng.uniform(1500, 3200)), size_m=round(rng.uniform(1400, 2600))
    )


def _rounded(values, digits: int) -> Vec3:
    return tuple(round(float(v), digits) + 0.0 for v in values)  # type: ignore[return-value]
