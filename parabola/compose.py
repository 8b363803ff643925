"""Compose a Request into a Scene: what the words leave open is drawn from the seed, with taste.

Several stagings are drawn; those that overlap are dropped, the one whose first picture is best (nothing
hidden, nothing out of frame, balanced) is kept, rehearsed roughly, and the camera set to hold the action.
"""

from __future__ import annotations

import colorsys
import math
from dataclasses import replace

import numpy as np

from parabola.casting import Actor, cast, finished, vec
from parabola.framing import View, faults, place_camera
from parabola.lighting import light_for
from parabola.materials import GROUND_OF_MATERIAL, GROUNDS, rgb
from parabola.prompt_colours import PAINTS, hex_rgb, shaded
from parabola.rehearsal import rehearse
from parabola.request import Request
from parabola.staging import Stage, block
from physics.camera import f_stop_for
from physics.scene import EARTH, Camera, Ground, Scene, Vec3

TRIES = 24
GOOD_ENOUGH = 0.12  # see `framing.faults`
_PAINTS = {hex_rgb(code) for code in PAINTS.values()}
_WATER = 998.0  # kg/m^3
_AIR = {"mars": 0.020, "venus": 65.0, "titan": 5.4, "moon": 0.0, "mercury": 0.0, "space": 0.0, "ceres": 0.0,
        "europa": 0.0, "io": 0.0, "pluto": 0.0, "enceladus": 0.0, "lunar": 0.0, "lunar gravity": 0.0,
        "martian": 0.020, "martian gravity": 0.020}  # fmt: skip
_HOME = {  # ground that a ball is usually seen on
    "basketball": "concrete", "beach ball": "sand", "tennis ball": "court", "bowling ball": "wood",
    "football": "grass",
    "volleyball": "sand", "golf ball": "grass", "billiard ball": "cloth", "baseball": "dirt",
    "cricket ball": "grass",
    "ping-pong": "court", "steel": "dark", "iron": "concrete", "gold": "dark", "silver": "dark",
    "glass": "marble",
    "copper": "dark", "brass": "dark", "snow": "snow", "glass marble": "wood", "ice": "ice",
    "lead": "concrete",
}  # fmt: skip
_ANY = ("wood", "tile", "marble", "concrete", "studio", "wood")


def compose(
    request: Request, *, prompt: str, width: int, height: int, fps: float, num_frames: int, seed: int
) -> Scene:
    """The Scene; ValueError for what cannot be staged."""
    rng = np.random.default_rng([abs(int(seed)), int(seed) < 0])
    duration = num_frames / fps * request.time_scale
    ground = _ground(request, rng)
    base = Scene(
        prompt=prompt, ground=ground, gravity=(0.0, -_gravity(request), 0.0), wind=_wind(request),
        fluid_density=_WATER if request.under_water else _AIR.get(request.world or "", 1.2), width=width,
        height=height,
        fps=fps, num_frames=num_frames, time_scale=round(request.time_scale, 6), seed=seed,
    )  # fmt: skip
    actors = cast(request, rng)  # the same balls in every try; only their places change
    best: tuple[float, Scene, View] | None = None
    for attempt in range(TRIES):
        draw = np.random.default_rng([abs(int(seed)), 7, attempt])
        scene, view = _staged(base, request, [actor.fresh() for actor in actors], duration, draw)
        if not touching(scene):
            camera, _ = place_camera(view, _starts(scene)[None], _radii(scene))
            score = faults(camera, width / height, _starts(scene), _radii(scene), scene.boxes)
            if best is None or score < best[0]:
                best = score, scene, view
            if score < GOOD_ENOUGH:
                break
    if best is None:
        raise ValueError(
            "the balls do not fit into one picture without touching; ask for fewer or smaller ones"
        )
    shot = _shoot(best[1], best[2], request, duration, rng)
    lens = f_stop_for(shot, request.softness) if request.softness else 0.0
    return replace(shot, camera=replace(shot.camera, shutter_deg=request.shutter_deg, f_stop=lens))


def _staged(base: Scene, request: Request, actors: list[Actor], duration: float, rng) -> tuple[Scene, View]:
    """One try: actors placed, a view drawn."""
    scale = max(actor.radius for actor in actors)
    stage = Stage(request, base.ground, -base.gravity[1], duration, rng, scale)
    block(stage, actors)
    scene = replace(base, bodies=tuple(actor.body(rng) for actor in actors), boxes=tuple(stage.boxes))
    return _grounded(scene), _view(request, scene, rng)


def _grounded(scene: Scene) -> Scene:
    """Rounding must not push a ball into the ground: those that touch it touch it exactly."""
    if scene.ground is None:
        return scene
    bodies = []
    for body in scene.bodies:
        x, y, z = body.position
        near = abs(y - body.radius) < 1e-4
        bodies.append(replace(body, position=(x, body.radius if near else y, z)))
    return replace(scene, bodies=tuple(bodies))


def _starts(scene: Scene) -> np.ndarray:
    return np.array([body.position for body in scene.bodies])


def _radii(scene: Scene) -> np.ndarray:
    return np.array([body.radius for body in scene.bodies])


def touching(scene: Scene, tolerance: float = 1e-6) -> bool:
    """Whether any two balls overlap, or one is in the ground or a box (by more than `tolerance` of its "
    "radius)."""
    from parabola.rehearsal import box_distance

    x, r = _starts(scene), _radii(scene)
    i, j = np.triu_indices(len(x), 1)
    if np.any(np.linalg.norm(x[i] - x[j], axis=1) < (r[i] + r[j]) * (1 - tolerance)):
        return True
    if scene.ground is not None and np.any(x[:, 1] < r * (1 - tolerance)):
        return True
    return any(np.any(box_distance(x, box) < r * (1 - 1e-3)) for box in scene.boxes)


# the world


def _ground(request: Request, rng: np.random.Generator) -> Ground | None:
    place = request.ground
    if place is None:
        if request.world == "space":
            return None
        name = _default_ground(request, rng)
        ground = GROUNDS[name]
    else:
        look = place.look
        name = look.ground or GROUND_OF_MATERIAL.get(look.material or "") or place.kind
        name = name or ("studio" if look.colours else _ANY[rng.integers(len(_ANY))])
        if name == "wood" and place.kind == "wood" and look.colours and not look.material:
            name = "court"  # a painted table top
        ground = GROUNDS[name]
        surface = ground.surface
        if look.colours:
            # keep the pattern's own contrast between its two colours
            colour = _ground_paint(look.colours[0])
            second = (
                shaded(colour, ["dark"])
                if surface.pattern not in ("court", "tile", "checker", "brick")
                else surface.colour2
            )
            second = look.colours[1] if len(look.colours) > 1 else second
            surface = replace(surface, colour=colour, colour2=second)
        if look.pattern:
            second = look.colours[1] if len(look.colours) > 1 else rgb("#efede6")
            surface = replace(surface, pattern=look.pattern, colour2=second)
        ground = replace(ground, surface=finished(surface, look))
    if request.line_colours is not None:
        line = request.line_colours[0] if request.line_colours else rgb("#efeeea")
        ground = replace(ground, surface=replace(ground.surface, pattern="court", colour2=line))
    elif (
        ground.surface.pattern == "court"
        and place is not None
        and place.kind != "court"
        and place.look.ground != "court"
    ):
        ground = replace(ground, surface=replace(ground.surface, pattern="plain"))
    return ground


def _ground_paint(colour: Vec3) -> Vec3:
    """Everyday colour words mean quieter paints on a floor than on a ball; exact colours stay exact."""
    if colour not in _PAINTS or max(colour) - min(colour) < 0.15:
        return colour
    h, s, v = colorsys.rgb_to_hsv(*colour)
    return tuple(round(255 * c) / 255 for c in colorsys.hsv_to_rgb(h, 0.72 * s, 0.78 * v))  # type: ignore[return-value]


def _default_ground(request: Request, rng: np.random.Generator) -> str:
    if request.world in ("moon", "lunar"):
        return "regolith"
    if request.world in ("mars", "martian"):
        return "martian"
    if request.under_water:
        return "sand"
    if request.camera.get("sky") or request.gravity == 0:
        return "studio"
    first = request.groups[0]
    material = first.material or first.looks[0].material
    return _HOME.get(material or "", _ANY[rng.integers(len(_ANY))])


def _gravity(request: Request) -> float:
    if request.gravity is not None:
        return request.gravity
    floats = any("float" in group.actions for group in request.groups)
    return 0.0 if floats and not request.under_water else EARTH


def _wind(request: Request):
    if not request.wind:
        return (0.0, 0.0, 0.0)
    way = {"left": (-1, 0, 0), "near": (0, 0, 1), "far": (0, 0, -1), "up": (0, 1, 0)}.get(
        request.wind_to or "", (1, 0, 0)
    )
    return vec(np.array(way) * request.wind)


# the camera


def _view(request: Request, scene: Scene, rng: np.random.Generator) -> View:
    """A low heading drawn from the seed; more balls or ranks going back want a higher one."""
    camera, n = request.camera, len(scene.bodies)
    fov = math.radians(float(camera.get("fov", rng.uniform(27, 33))))  # type: ignore[arg-type]
    deep = float(np.ptp(_starts(scene)[:, 2])) / max(float(np.max(_radii(scene))), 1e-9)
    flat = float(np.ptp(_starts(scene)[:, 1])) < 2 * float(np.max(_radii(scene)))
    pitch = rng.uniform(5.5, 8.5) + (min(1.6 * deep, 20) if flat and n > 3 else min(0.6 * deep, 6))
    yaw = rng.uniform(-9, 9)
    if scene.ground is not None and scene.ground.surface.pattern == "court":
        yaw *= 0.35
    kinds = {box.name for box in scene.boxes}
    if "wall" in kinds:
        yaw, pitch = (
            rng.uniform(-22, -12) if "wall" not in {None} and not request.boxes["wall"].behind else yaw,
            pitch + 3,
        )
    if "front" in kinds:
        pitch = rng.uniform(26, 32)
    if kinds & {"ramp", "table top", "step 1"}:
        yaw, pitch = rng.uniform(6, 16), rng.uniform(8, 11)
    pitch = {"low": rng.uniform(-3, 1), "high": rng.uniform(24, 32), "top": 78.0, "eye": 2.0}.get(
        str(camera.get("angle")), pitch
    )
    return View(math.radians(yaw), math.radians(pitch), fov, scene.width / scene.height)


def _shoot(scene: Scene, view: View, request: Request, duration: float, rng: np.random.Generator) -> Scene:
    """Rehearse, set the camera and the light."""
    path = rehearse(scene)
    move = request.camera.get("move")
    zoom = float(request.camera.get("shot", 1.0)) * (1.25 if move else 1.0)  # type: ignore[arg-type]
    low = request.camera.get("angle") == "low"
    camera, reach = place_camera(view, path, _radii(scene), zoom=zoom, low=low)
    camera = _moved(camera, move, reach, scene, path)
    ground = scene.ground
    bright = max(0.0, min(ground.surface.colour) - 0.72) if ground else 0.0
    light = light_for(request, ground.material if ground else None, view.yaw, rng, reach, 1 - 1.7 * bright)
    scene = replace(scene, camera=camera, light=light)
    return _ground_to_scale(scene, reach, rng)


def _moved(camera: Camera, move, reach: float, scene: Scene, path: np.ndarray) -> Camera:
    """Camera moves are slow: a sixth of the picture over the clip, or a tenth of the distance."""
    if not move or move[0] == "fixed":
        return camera
    seconds = scene.num_frames / scene.fps
    name, sign = move
    if name == "track":
        drift = float(np.mean(path[-1, :, 0] - path[0, :, 0]))
        name, sign = "pan", -1.0 if drift > 0 else 1.0
    view_angle = camera.fov_deg * scene.width / scene.height
    rate = {
        "pan": min(view_angle / 8 / seconds, 6.0),
        "orbit": min(40.0 / seconds, 12.0),
        "dolly": 0.22 * reach / seconds,
    }[name]
    return replace(camera, move=name, rate=round(sign * rate, 5))


def _ground_to_scale(scene: Scene, reach: float, rng: np.random.Generator) -> Scene:
    """Small subjects get a finer painted line; planks and tiles keep their real size within reason."""
    if scene.ground is None:
        return scene
    surface = scene.ground.surface
    if surface.pattern == "court":
        surface = replace(surface, pattern_scale=float(f"{min(1.0, reach / 1.2):.2g}"))
    elif surface.pattern in ("checker", "stripes", "dots"):
        surface = replace(surface, pattern_scale=float(f"{min(1.0, max(0.05, reach / 2.5)):.2g}"))
    elif reach < 1.0:
        surface = replace(surface, pattern_scale=float(f"{surface.pattern_scale * max(0.2, reach):.2g}"))
    return replace(scene, ground=replace(scene.ground, surface=surface))
