"""Compose a MatterRequest into a Scene: how much matter, of what numbers, where, in what light.

Half a metre of floor in soft light from one side; small matter is quick, so it is shown slowed down unless
the words say otherwise. Moduli are chosen soft enough for long steps and stiff enough that nothing sags:
sand and goo yield a few per cent under their own weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from parabola.casting import cast, vec
from parabola.framing import moved
from parabola.materials import GROUNDS
from parabola.matter_prompt import MatterRequest
from parabola.splashscape import light_of
from physics.media import Lump, Matter, Spout
from physics.scene import EARTH, Body, Camera, Ground, Scene, Surface
from physics.worlds.matter_check import check_matter

SIZE = (0.62, 0.36, 0.62)  # m, of the box
TALL = 0.47  # m, of the box that a stream falls through: it starts above the picture
_JELLY = Matter(
    kind="jelly", density=1050.0, stiffness_pa=9e3, poisson=0.4, viscosity_pa_s=4.0, grip=0.6,
    colour=(0.84, 0.07, 0.12), clarity_m=0.05, roughness=0.1, grain=0.0,
)  # fmt: skip
_SAND = Matter(kind="sand", stiffness_pa=6e4, friction_deg=34.0, grip=0.8)
_SNOW = Matter(
    kind="snow", density=250.0, stiffness_pa=8e4, poisson=0.2, squeeze=0.05, stretch=0.003, hardening=10.0,
    grip=0.35, colour=(0.90, 0.93, 0.97), clarity_m=0.006, grain=0.09,
)  # fmt: skip
_GOO = Matter(
    kind="goo", density=1300.0, stiffness_pa=1.6e4, poisson=0.4, viscosity_pa_s=12.0, yield_pa=25.0,
    grip=3.0, colour=(0.30, 0.72, 0.16), clarity_m=0.03, roughness=0.12, grain=0.0,
)  # fmt: skip
STUFF: dict[str, Matter] = {
    "jelly": _JELLY,
    "sand": _SAND,
    "castle": replace(_SAND, cohesion_pa=250.0, colour=(0.62, 0.49, 0.33), roughness=0.8),
    "snow": _SNOW,
    "goo": _GOO,
    "honey": replace(_GOO, density=1420.0, viscosity_pa_s=8.0, yield_pa=0.5, colour=(0.60, 0.30, 0.02)),
    "chocolate": replace(_GOO, viscosity_pa_s=6.0, yield_pa=8.0, colour=(0.27, 0.13, 0.07), clarity_m=0.004),
    "cream": replace(_GOO, density=1030.0, viscosity_pa_s=6.0, yield_pa=40.0, colour=(0.94, 0.90, 0.80),
                     clarity_m=0.012, roughness=0.3),
    "mud": replace(_GOO, density=1700.0, yield_pa=120.0, colour=(0.33, 0.23, 0.15), clarity_m=0.0,
                   roughness=0.4),
    "ketchup": replace(_GOO, density=1140.0, yield_pa=40.0, colour=(0.70, 0.06, 0.03), clarity_m=0.012),
}  # fmt: skip
TEMPO = {"jelly": 0.4, "sand": 0.5, "snow": 0.25, "goo": 0.5}  # simulated seconds per second of film
_FLOOR = Surface(
    colour=(0.74, 0.75, 0.76), colour2=(0.55, 0.56, 0.58), pattern="plain", pattern_scale=0.6, roughness=0.45
)
_DARK = replace(_FLOOR, colour=(0.30, 0.33, 0.38))  # under what is pale


def compose_matter(
    request: MatterRequest, *, prompt: str, width: int, height: int, fps: float, num_frames: int, seed: int
) -> Scene:
    """The Scene; ValueError for matter that cannot be."""
    rng = np.random.default_rng([abs(int(seed)), int(seed) < 0, 19])
    said = request.said
    matter = replace(STUFF[request.stuff], size=SIZE, cells=44)
    if request.hue and matter.kind in ("jelly", "goo"):
        matter = replace(matter, colour=request.hue)
    tempo = said.time_scale if said.time_scale != 1.0 else TEMPO[matter.kind]
    bodies = _bodies(request, rng)
    matter = (_bed if bodies else _STAGES[_act(request, matter)])(request, matter, rng)
    gravity = EARTH if said.gravity is None else said.gravity
    scene = Scene(
        prompt=prompt, width=width, height=height, fps=fps, num_frames=num_frames, seed=seed,
        time_scale=round(tempo, 6), gravity=(0.0, -gravity, 0.0), ground=_ground(request, matter),
        light=light_of(said, rng), matter=matter, bodies=bodies,
        camera=_shot(request, width / height, num_frames / fps, rng),
    )  # fmt: skip
    check_matter(scene)
    return scene


def _act(request: MatterRequest, matter: Matter) -> str:
    """What happens: the words', or what such matter does."""
    if request.does == "pour" and matter.kind in ("goo", "sand"):
        return "pour"
    if request.does == "collapse" or request.shape == "pile" or request.stuff == "castle":
        return "collapse"
    if not request.does and not request.shape and matter.kind in ("goo", "sand"):
        return "pour"
    return "drop"


def _drop(request: MatterRequest, matter: Matter, rng: np.random.Generator) -> Matter:
    """Lumps in the air, one to a few."""
    count = min(request.count, 4)
    snow = matter.kind == "snow"
    size = (0.135 if snow else 0.15) if count == 1 else 0.11
    shape = {"cube": "box", "sphere": "ball", "cylinder": "cylinder", "pile": "cone"}.get(request.shape)
    shape = shape or ("ball" if snow or matter.kind == "goo" else "box")
    lumps = []
    for k in range(count):
        turn = 2 * math.pi * k / count + 0.6
        aside = 0.0 if count == 1 else 0.115 if count > 2 else 0.10
        tall = size * (0.85 if shape == "cylinder" else 1.0)
        y = 0.12 + 0.5 * tall + 0.035 * k
        centre = (aside * math.cos(turn), min(y, SIZE[1] - 0.5 * tall - 0.005), aside * math.sin(turn))
        fall = (0.8, -4.5, 0.0) if snow else (0.0, -0.7, 0.0)
        spin = (0.0, 0.0, 0.0) if snow else vec(rng.uniform(-1.2, 1.2, 3), 3)
        lumps.append(
            Lump(
                centre=vec(centre, 4), size=vec((size, tall, size), 4), shape=shape, velocity=fall, spin=spin
            )
        )
    return replace(matter, lumps=tuple(lumps))


def _collapse(request: MatterRequest, matter: Matter, rng: np.random.Generator) -> Matter:
    """A column that stands at first, or a heap that is too steep."""
    shape = {"cube": "box", "pile": "cone"}.get(request.shape, "cylinder")
    size = (0.24, 0.19, 0.24) if shape == "cone" else (0.15, 0.19, 0.15)
    lump = Lump(centre=(0.0, round(0.5 * size[1], 4), 0.0), size=size, shape=shape)
    return replace(matter, lumps=(lump,))


def _pour(request: MatterRequest, matter: Matter, rng: np.random.Generator) -> Matter:
    """A stream from above the picture."""
    radius, speed = (0.022, 0.7) if matter.kind == "sand" else (0.022, 1.1)
    spout = Spout(position=(0.0, round(TALL - 0.01, 4), 0.0), velocity=(0.0, -speed, 0.0), radius=radius)
    return replace(matter, spouts=(spout,), size=(SIZE[0], TALL, SIZE[2]))


def _bed(request: MatterRequest, matter: Matter, rng: np.random.Generator) -> Matter:
    """A low heap that balls fall into."""
    lump = Lump(centre=(0.0, 0.05, 0.0), size=(0.44, 0.1, 0.44), shape="cone")
    return replace(matter, lumps=(lump,))


_STAGES: dict[str, Callable[..., Matter]] = {"drop": _drop, "collapse": _collapse, "pour": _pour}


def _bodies(request: MatterRequest, rng: np.random.Generator) -> tuple[Body, ...]:
    """Balls above the bed."""
    if not request.balls:
        return ()
    actors = cast(request.said, rng)
    if len(actors) > 3:
        raise ValueError(f"the prompt drops {len(actors)} balls into the bed; at most 3 have room in it")
    out = []
    for k, actor in enumerate(actors):
        body = actor.body(rng)
        radius = round(float(np.clip(body.radius, 0.035, 0.045)), 4)
        x = 0.0 if len(actors) == 1 else 0.22 * (k / (len(actors) - 1) - 0.5)
        place = vec((x, 0.24 + 0.05 * k, rng.uniform(-0.02, 0.02)), 4)
        out.append(replace(body, radius=radius, position=place, velocity=(0.0, -1.2, 0.0)))
    return tuple(out)


def _ground(request: MatterRequest, matter: Matter) -> Ground:
    place = request.said.ground
    if place is None or place.kind not in GROUNDS:
        return Ground(material="table", surface=_DARK if min(matter.colour) > 0.75 else _FLOOR)
    ground = GROUNDS[place.kind]
    if place.look.colours:
        ground = replace(ground, surface=replace(ground.surface, colour=place.look.colours[0]))
    return ground


def _shot(request: MatterRequest, aspect: float, seconds: float, rng: np.random.Generator) -> Camera:
    said = request.said.camera
    away = 0.98 * float(said.get("shot", 1.0)) / min(1.0, aspect) ** 0.8  # type: ignore[arg-type]
    eye = {"low": 0.14, "high": 0.6, "top": 1.2}.get(str(said.get("angle")), 0.30)
    yaw = float(rng.uniform(0.15, 0.45)) * float(rng.choice([-1, 1]))
    out = Camera(
        position=vec((away * math.sin(yaw), eye, away * math.cos(yaw)), 4), look_at=(0.0, 0.085, 0.0),
        fov_deg=float(said.get("fov", 30.0)),  # type: ignore[arg-type]
    )  # fmt: skip
    return moved(out, said.get("move"), 0.15 * away, 14.0, seconds)  # type: ignore[arg-type]
