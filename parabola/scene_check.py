"""What makes a scene impossible: overlaps, balls in the ground, a camera that looks nowhere, an unknown sea.

Every refusal is a `SceneError` of one line that names the field and the fix.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np

from parabola.control.brand import check_colours
from parabola.control.cues import check_cues
from parabola.rehearsal import box_distance
from parabola.scene_model import FAR
from physics.rigid_world import MAX_BODIES
from physics.scene import Camera, Scene
from physics.worlds.liquid_check import check_liquid
from physics.worlds.matter_check import check_matter
from physics.worlds.mechanics_check import check_mechanics, holds_mechanics
from physics.worlds.particles_check import check_particles
from physics.worlds.ripple_check import check_pool
from physics.worlds.sea_state import check_ocean
from physics.worlds.smoke_check import check_gas

Location = tuple[str | int, ...]


class SceneError(ValueError):
    """A scene that cannot be made; `location` is the path of the field."""

    def __init__(self, message: str, location: Location = ()):
        super().__init__(message)
        self.location = location


_MEDIA = ("physics.media", "physics.mechanics")


def check_scene(scene: Scene) -> None:
    """SceneError for what cannot be simulated or shown although every field is in range."""
    _check_cast(scene)
    _check_camera(scene.camera)
    _check_shutter(scene)
    _check_field(check_cues, scene)
    _check_field(check_colours, scene)
    _check_places(scene)


def path_text(location: Location) -> str:
    """('bodies', 1, 'radius') -> 'bodies[1].radius'."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.lstrip(".") or "scene"


def _check_cast(scene: Scene) -> None:
    """A scene shows 1 to 32 balls, gas, or both, or an ocean."""
    if len(scene.bodies) > MAX_BODIES:
        raise SceneError(
            f"bodies: a scene has up to {MAX_BODIES} balls, got {len(scene.bodies)}", ("bodies",)
        )
    if scene.particles:
        _check_field(check_particles, scene)
    if scene.pool is not None:
        _check_field(check_pool, scene)
    if scene.liquid is not None:
        _check_field(check_liquid, scene)
    if scene.matter is not None:
        _check_field(check_matter, scene)
    if holds_mechanics(scene):
        _check_field(check_mechanics, scene)
        return
    if scene.ocean is None:
        media = (scene.gas, scene.pool, scene.liquid, scene.matter)
        if not scene.bodies and not scene.particles and all(m is None for m in media):
            raise SceneError(
                f"bodies: nothing to show; give 1 to {MAX_BODIES} balls, gas, particles or an ocean",
                ("bodies",),
            )
        if scene.clouds is not None:
            raise SceneError("clouds: they are drawn over an ocean only; leave them out", ("clouds",))
        if scene.gas is not None:
            _check_field(check_gas, scene)
        return
    if scene.gas is not None:
        raise SceneError("gas: smoke and fire are not drawn over an ocean yet; leave one out", ("gas",))
    _check_ocean(scene)


def _check_ocean(scene: Scene) -> None:
    """What stands in an ocean's way, and what no sea can be."""
    for name, there in (("bodies", scene.bodies), ("boxes", scene.boxes), ("ground", scene.ground)):
        if there:
            empty = "null" if name == "ground" else "[]"
            raise SceneError(f"{name}: nothing solid is drawn in an ocean yet; set {name}: {empty}", (name,))
    _check_field(check_ocean, scene)


def _check_field(check: Callable[[Scene], None], scene: Scene) -> None:
    """Run a world's own check; its message begins with the field."""
    try:
        check(scene)
    except ValueError as error:
        field = re.sub(r"\[\d+\]", "", str(error).split(":")[0])
        raise SceneError(str(error), tuple(field.split("."))) from None


def _check_shutter(scene: Scene) -> None:
    """Motion blur is made for balls in the solid world."""
    if not scene.camera.shutter_deg:
        return
    held = {name: value if isinstance(value, tuple) else (value,) for name, value in vars(scene).items()}
    media = [name for name, items in held.items() if any(type(i).__module__ in _MEDIA for i in items)]
    if media or not scene.bodies:
        there = f"{media[0]} is not blurred yet" if media else "no ball moves"
        raise SceneError(f"camera.shutter_deg: {there}; set it to 0", ("camera", "shutter_deg"))


def _check_camera(camera: Camera) -> None:
    if math.dist(camera.position, camera.look_at) < 1e-6:
        raise SceneError(
            "camera.look_at: must differ from camera.position; give the point to look at",
            ("camera", "look_at"),
        )


def _check_places(scene: Scene) -> None:
    """Nothing overlaps at the start; all is within 1 km."""
    x = np.array([body.position for body in scene.bodies], float)
    r = np.array([body.radius for body in scene.bodies], float)
    for i, body in enumerate(scene.bodies):
        where: Location = ("bodies", i, "position")
        if np.linalg.norm(x[i]) > FAR:
            raise SceneError(
                f"{path_text(where)}: {np.linalg.norm(x[i]):.4g} m from the origin; stay within 1 km", where
            )
        if scene.ground is not None and x[i, 1] < r[i] * (1 - 1e-6):
            raise SceneError(
                f"{path_text(where)}: the ball reaches {1000 * (r[i] - x[i, 1]):.4g} mm into the ground;"
                f" raise y to at least its radius, {body.radius:g}", where)  # fmt: skip
        for k, box in enumerate(scene.boxes):
            inside = r[i] - box_distance(x[i : i + 1], box)[0]
            if inside > 1e-3 * r[i]:
                raise SceneError(
                    f"{path_text(where)}: the ball reaches {1000 * inside:.4g} mm into boxes[{k}]"
                    f" ({box.name});"
                    " move one of them", where)  # fmt: skip
    for i, j in zip(*np.triu_indices(len(x), 1), strict=True):
        gap = float(np.linalg.norm(x[i] - x[j]) - r[i] - r[j])
        if gap < -1e-6 * (r[i] + r[j]):
            where = ("bodies", int(j), "position")
            raise SceneError(
                f"{path_text(where)}: overlaps bodies[{i}] by {-1000 * gap:.4g} mm;"
                " move it at least that far away",
                where,
            )
