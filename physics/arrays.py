"""A Scene as arrays: what the compiled code of guide and light reads. World frame, metres, float32."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.spatial.transform import Rotation

from physics import light as li
from physics import raycast as rc
from physics.camera import camera_at, camera_basis, focal_px
from physics.patterns import mean_colour
from physics.scene import Light, Scene, Surface
from physics.texture import levels

if TYPE_CHECKING:
    from physics.rigid import Rollout

Crop = tuple[int, int, int, int]  # x, y, width, height, px
_mean = jax.jit(mean_colour, static_argnums=0, static_argnames="ball")


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class View:
    """Camera of one frame."""

    position: Array  # (3,)
    basis: Array  # (3, 3) rows right, up, forward
    focal: Array  # () px
    principal: Array  # (2,) px, where the optical axis meets the picture (moves when a crop is rendered)


@dataclass(frozen=True)
class Layout:
    """What decides the compiled program: sizes and pattern names. Hashable."""

    width: int
    height: int
    patterns: tuple[str, ...]  # per object: ground, spheres, boxes
    spheres: int
    glass: bool  # any clear object
    polished: bool  # any object in which a floor pattern can be made out
    textured: tuple[int, ...] = ()  # rows with a picture on them


def layout_of(scene: Scene, crop: Crop | None = None) -> Layout:
    """The static part of `scene`."""
    surfaces = _surfaces(scene)
    return Layout(
        crop[2] if crop else scene.width,
        crop[3] if crop else scene.height,
        tuple(s.pattern for s in surfaces),
        len(scene.bodies),
        any(s.transmission > 0 for s in surfaces),
        any(s.transmission > 0 or (s.metallic > 0.5 and s.roughness < 0.3) for s in surfaces),
        tuple(1 + i for i, body in enumerate(scene.bodies) if body.texture),
    )


def _surfaces(scene: Scene):
    ground = scene.ground.surface if scene.ground else Surface()
    return [ground, *(b.surface for b in scene.bodies), *(b.surface for b in scene.boxes)]


def materials_of(scene: Scene) -> li.Materials:
    """The material table, row = id - 1."""
    s = _surfaces(scene)
    f32 = partial(np.asarray, dtype=np.float32)
    balls = range(1, 1 + len(scene.bodies))
    mean = [_mean(x.pattern, x.colour, x.colour2, ball=i in balls) for i, x in enumerate(s)]
    return li.Materials(
        colour=f32([x.colour for x in s]),
        colour2=f32([x.colour2 for x in s]),
        mean=jnp.stack(mean),
        scale=f32([x.pattern_scale for x in s]),
        roughness=f32([x.roughness for x in s]),
        metallic=f32([x.metallic for x in s]),
        transmission=f32([x.transmission for x in s]),
        ior=f32([x.ior for x in s]),
        textures=tuple(levels(body.texture) for body in scene.bodies if body.texture),
        widths=tuple(np.float32(body.texture_size) for body in scene.bodies if body.texture),
    )


def light_of(scene: Scene) -> li.LightArrays:
    """The light as arrays."""
    return _light_arrays(scene.light)


@lru_cache(maxsize=64)
def _light_arrays(s: Light) -> li.LightArrays:
    f32 = partial(np.asarray, dtype=np.float32)
    d = np.asarray(s.sun_direction, float)
    plain = li.LightArrays(
        direction=f32(d / np.linalg.norm(d)),
        irradiance=f32(s.sun_irradiance),
        angle=f32(np.radians(s.sun_radius_deg)),
        zenith=f32(s.sky_zenith),
        horizon=f32(s.sky_horizon),
        glow=f32(s.glow),
        glow_width=f32(np.radians(s.glow_width_deg)),
        haze=f32(s.haze_m),
        ambient=np.zeros((9, 3), np.float32),
    )
    return replace(plain, ambient=li.sky_harmonics(plain))


def geometry_of(scene: Scene, rollout: Rollout, k: int) -> rc.Geometry:
    """Shapes at frame `k` of `rollout`."""
    f32 = partial(np.asarray, dtype=np.float32)
    boxes = scene.boxes
    return rc.Geometry(
        centre=f32(rollout.position[k]).reshape(-1, 3),
        radius=f32([b.radius for b in scene.bodies]).reshape(-1),
        rotation=f32(_quaternion_matrix(rollout.orientation[k])).reshape(-1, 3, 3),
        box_centre=f32([b.centre for b in boxes]).reshape(-1, 3),
        box_half=f32([b.half_size for b in boxes]).reshape(-1, 3),
        box_rotation=f32([_rotation_matrix(b.rotation) for b in boxes]).reshape(-1, 3, 3),
        ground=f32(1.0 if scene.ground else 0.0),
    )


def view_of(scene: Scene, k: float, crop: Crop | None = None) -> View:
    """Camera at frame `k`, of the whole picture or a crop of it."""
    position, look_at = camera_at(scene.camera, k / scene.fps)
    x, y = crop[:2] if crop else (0, 0)
    return View(
        np.float32(position),
        np.float32(camera_basis(position, look_at)),
        np.float32(focal_px(scene)),
        np.float32([scene.width / 2 - x, scene.height / 2 - y]),
    )


def _quaternion_matrix(q: np.ndarray) -> np.ndarray:
    w, x, y, z = np.moveaxis(np.asarray(q, float).reshape(-1, 4), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def _rotation_matrix(v) -> np.ndarray:
    return Rotation.from_rotvec(v).as_matrix()
