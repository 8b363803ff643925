"""Compose scenes of mechanics: what the words leave open is drawn from the seed, with taste.

A stage (`linkscape`, `blockscape`, `fabricscape`) sets up the things; here they get ground, light and a
camera at the subject's height that holds the whole motion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parabola.framing import moved
from parabola.lighting import light_for
from parabola.materials import GROUND_OF_MATERIAL, GROUNDS, MATERIALS, rgb
from parabola.mechanics_prompt import MechanicsRequest
from parabola.prompt_colours import shaded
from parabola.request import Look
from physics.scene import EARTH, Camera, Ground, Scene, Surface, Vec3
from physics.worlds.mechanics_check import check_mechanics

PAINTS = ("#b8402f", "#2f6d8c", "#d8a23a", "#4f7d52", "#e6dfd0", "#7a4a6d", "#35405a")
WOODS = (("#c89a62", "#9a6a3a"), ("#b98352", "#8a5a34"), ("#d9b98a", "#b08a58"), ("#a86f43", "#774a28"))


@dataclass
class Stage:
    """What a subject brings: parts of the Scene, where it is, how large, and how it likes to be shown."""

    parts: dict[str, Any]
    middle: tuple[float, float]  # m, x and y of what the camera looks at
    extent: tuple[float, float]  # m, width and height that must be in the picture
    ground: tuple[str, ...] = ("wood", "studio")
    lights: tuple[str, ...] = ()
    pitch: tuple[float, float] = (5.0, 9.0)  # deg
    yaw: tuple[float, float] = (-14.0, 14.0)  # deg
    depth: float = 0.0  # m by which the subject reaches towards the camera
    wind: tuple[float, float, float] = (0.0, 0.0, 0.0)
    brighten: float = 1.0


def compose_mechanics(
    request: MechanicsRequest,
    *,
    prompt: str,
    width: int,
    height: int,
    fps: float,
    num_frames: int,
    seed: int,
) -> Scene:
    """The Scene; ValueError for what cannot be staged."""
    from parabola.blockscape import BLOCK_STAGES
    from parabola.fabricscape import FABRIC_STAGES
    from parabola.linkscape import LINK_STAGES

    rng = np.random.default_rng([abs(int(seed)), int(seed) < 0, 11])
    stage = {**LINK_STAGES, **BLOCK_STAGES, **FABRIC_STAGES}[request.subject](request, rng)
    gravity = EARTH if request.gravity is None else request.gravity
    ground = _ground(request, stage, rng)
    yaw = math.radians(rng.uniform(*stage.yaw))
    camera, reach = _camera(stage, request, yaw, width / height, rng, num_frames / fps)
    setting = request.setting
    setting.lights = setting.lights or list(stage.lights)
    light = light_for(setting, ground.material, yaw, rng, max(reach, 1.2))
    bright = tuple(round(stage.brighten * x, 4) for x in light.sun_irradiance)
    scene = Scene(
        prompt=prompt,
        width=width,
        height=height,
        fps=fps,
        num_frames=num_frames,
        seed=seed,
        time_scale=round(request.time_scale, 6),
        gravity=(0.0, -gravity, 0.0),
        ground=ground,
        wind=stage.wind,
        camera=camera,
        light=replace(light, sun_irradiance=bright),
        **stage.parts,
    )
    check_mechanics(scene)
    return scene


def _ground(request: MechanicsRequest, stage: Stage, rng: np.random.Generator) -> Ground:
    place = request.setting.ground
    name = (place.kind if place else None) or str(rng.choice(stage.ground))
    ground = GROUNDS.get(name) or GROUNDS[GROUND_OF_MATERIAL.get(name, "studio")]
    if place and place.look.colours:
        colour = place.look.colours[0]
        surface = replace(ground.surface, colour=colour, colour2=shaded(colour, ["dark"]))
        ground = replace(ground, surface=surface)
    span = max(stage.extent)
    if span < 1.0 and ground.surface.pattern != "plain":
        scale = ground.surface.pattern_scale * max(0.25, span)
        ground = replace(ground, surface=replace(ground.surface, pattern_scale=round(scale, 3)))
    return ground


def _camera(stage: Stage, request: MechanicsRequest, yaw, aspect, rng, seconds) -> tuple[Camera, float]:
    """A camera at arm's length that holds the extent, and its distance in m."""
    fov = float(request.camera.get("fov", rng.uniform(27, 32)))
    shot = float(request.camera.get("shot", 1.0))
    half = math.tan(math.radians(fov) / 2)
    wide, tall = stage.extent
    reach = 1.12 * shot * max(0.5 * tall / half, 0.5 * wide / (half * aspect)) + stage.depth
    angle = request.camera.get("angle")
    pitch = rng.uniform(*stage.pitch)
    pitch = {"low": 1.0, "high": 28.0, "top": 65.0, "eye": 3.0}.get(str(angle), pitch)
    rise = math.radians(pitch)
    x, y = stage.middle
    eye = (
        x + reach * math.cos(rise) * math.sin(yaw),
        max(y + reach * math.sin(rise), 0.04 * reach),
        reach * math.cos(rise) * math.cos(yaw),
    )
    camera = Camera(
        position=tuple(round(v, 4) for v in eye),  # type: ignore[arg-type]
        look_at=(round(x, 4), round(y, 4), 0.0),
        fov_deg=round(fov, 2),
    )
    move = request.camera.get("move")
    turn = 26.0 if move and move[0] == "orbit" else 8.0
    return moved(camera, move, 0.18 * reach, turn, seconds), reach


def drawn(rng: np.random.Generator, choices: tuple[str, ...]) -> Vec3:
    """One of the colours."""
    return rgb(str(rng.choice(choices)))


def coloured(look: Look, default: Vec3, index: int = 0) -> Vec3:
    """The colour that the words give, shaded as they say, or the default."""
    colour = look.colours[index % len(look.colours)] if look.colours else default
    return shaded(colour, look.shades) if look.shades else colour


def surface_of(look: Look, default: Surface, index: int = 0) -> Surface:
    """The words' material, colours and finish over a default surface."""
    made = MATERIALS.get(look.material or "")
    surface = made.surface if made else default
    if look.colours:
        surface = replace(surface, colour=coloured(look, surface.colour, index))
    if look.pattern:
        second = look.colours[1] if len(look.colours) > 1 else rgb("#efe9dc")
        surface = replace(surface, pattern=look.pattern, colour2=second)
    if "matte" in look.finishes:
        surface = replace(surface, roughness=0.85)
    if {"shiny", "polished", "glossy"} & set(look.finishes):
        surface = replace(surface, roughness=0.1)
    return surface


def wood(rng: np.random.Generator, index: int | None = None) -> Surface:
    """A plain piece of wood."""
    light, dark = WOODS[int(rng.integers(len(WOODS))) if index is None else index % len(WOODS)]
    return Surface(colour=rgb(light), colour2=rgb(dark), pattern="wood", pattern_scale=2.6, roughness=0.5)


def timber(rng: np.random.Generator) -> Surface:
    """A turned bar of wood, too thin for its grain to show."""
    return Surface(colour=rgb(str(rng.choice(("#8a6644", "#6f4d32", "#a98458")))), roughness=0.5)


METAL = Surface(colour=rgb("#8f9296"), roughness=0.3, metallic=1.0)
DARK_METAL = Surface(colour=rgb("#3a3c40"), roughness=0.38, metallic=0.0)
BRASS = Surface(colour=rgb("#cfa75a"), roughness=0.2, metallic=1.0)
