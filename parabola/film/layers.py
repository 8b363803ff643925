"""One frame's render layers: planes, named as Blender or Nuke name them.

Colour is scene-linear Rec.709 in half floats, premultiplied; data (depth, normal, position, motion, ids) are
32-bit floats: half would round a depth of 1000 m to half a metre. World axes are right-handed, y up. Where
nothing is, depth is 1e10, as Blender writes it.

Motion, from the guide's own p[t+1] - p[t] and p[t-1] - p[t] (px, y down): Blender's Vector is X, Y = previous
- current, Z, W = current - next, y up; Nuke's forward and backward u, v are the guide's with y up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from parabola.film import cryptomatte
from parabola.film.coverage import coverage, names_of
from physics.arrays import light_of
from physics.camera import camera_at, camera_basis, focal_px
from physics.colour import quantise, scene_linear
from physics.guide import Guide
from physics.light import sun_cosine
from physics.raycast import FAR, GROUND, SKY
from physics.rigid import Rollout
from physics.scene import Scene
from physics.worlds import motion

NOWHERE = 1e10  # depth where nothing is
HALF_MAX = 65504.0
Dialect = Literal["blender", "nuke"]
LAYERS = ("depth", "normal", "position", "motion", "id", "albedo", "shadow", "guide")
VIEW = "ViewLayer"


@dataclass(frozen=True)
class Layer:
    """Channel name -> plane (H, W), in a part of its own; `matte` are a Cryptomatte's header strings."""

    name: str  # of the pass
    part: str  # of the EXR part
    channels: dict[str, np.ndarray]
    colour: bool = False
    matte: dict[str, str] | None = None


# pass -> (Blender's part and channels, Nuke's part and channels)
_NAMES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "beauty": (("Combined", "RGBA"), ("rgba", "RGBA")),
    "depth": (("Depth", "Z"), ("depth", "Z")),
    "normal": (("Normal", "XYZ"), ("normal", "XYZ")),
    "position": (("Position", "XYZ"), ("position", "XYZ")),
    "albedo": (("Diffuse Color", "RGB"), ("albedo", "RGB")),
    "shadow": (("Shadow", "RGB"), ("shadow", "RGB")),
    "guide": (("Guide", "RGB"), ("guide", "RGB")),
}
_COLOUR = ("beauty", "albedo", "shadow", "guide")


@dataclass(frozen=True)
class Shot:
    """What is known beside a frame's guide."""

    scene: Scene
    rollout: Rollout


def motion_to_the_next(scene: Scene) -> Rollout:
    """The rollout and, where it costs nothing, the frame after: the last frame's vectors lead there."""
    alone = scene.liquid is None and scene.pool is None
    return motion(replace(scene, num_frames=scene.num_frames + 1) if alone else scene)


def layers_of(
    shot: Shot, k: int, guide: Guide, beauty: np.ndarray, passes: tuple[str, ...], dialect: Dialect
) -> list[Layer]:
    """The beauty (H, W, 4; scene-linear, premultiplied) and `passes` of frame `k`."""
    made = [_plain("beauty", beauty, dialect)]
    for name in passes:
        if name == "motion":
            made += _motion(guide, dialect)
        elif name == "id":
            made += _ids(shot, k, guide, dialect)
        else:
            made.append(_plain(name, plane_of(name, shot, k, guide), dialect))
    return made


def plane_of(name: str, shot: Shot, k: int, guide: Guide) -> np.ndarray:
    """The plane (H, W) or (H, W, 3) of a pass: depth, normal, position, albedo, shadow, guide, things."""
    if name == "depth":
        depth = np.asarray(guide.depth, np.float32)
        return np.where(depth >= FAR, np.float32(NOWHERE), depth)
    if name == "normal":
        return world_normal(shot.scene, k, guide)
    if name == "position":
        return world_position(shot.scene, k, guide)
    if name == "shadow":
        return np.repeat(sun_share(shot.scene, k, guide)[..., None], 3, -1)
    if name == "things":  # for programs that ask for a mask
        share = guide.ident > GROUND if guide.alpha is None else guide.alpha
        return np.asarray(share, np.float32)
    if name == "guide":
        return scene_linear(guide.rgb)
    return linear_albedo(guide)


def linear_albedo(guide: Guide) -> np.ndarray:
    """Linear base colour (H, W, 3); the sky's own colour where there is no surface."""
    base = np.asarray(guide.base, np.float32)
    return np.where(base <= 0.04045, base / 12.92, ((base + 0.055) / 1.055) ** 2.4)


def world_normal(scene: Scene, k: int, guide: Guide) -> np.ndarray:
    """Unit normals (H, W, 3) in the world's frame, zero in the sky."""
    n = np.asarray(guide.normal, np.float32) * np.float32([1, 1, -1])
    return n @ camera_basis(*camera_at(scene.camera, k / scene.fps)).astype(np.float32)


def world_position(scene: Scene, k: int, guide: Guide) -> np.ndarray:
    """Points (H, W, 3) m that the pixels' centres show; 0 where nothing is."""
    eye, look_at = camera_at(scene.camera, k / scene.fps)
    depth = np.asarray(guide.depth, float)
    y, x = np.mgrid[: scene.height, : scene.width] + 0.5
    f = focal_px(scene)
    local = np.stack([(x - scene.width / 2) / f, (scene.height / 2 - y) / f, np.ones_like(x)], -1)
    point = eye + (local * depth[..., None]) @ camera_basis(eye, look_at)
    return np.where((depth < FAR)[..., None], point, 0).astype(np.float32)


def sun_share(scene: Scene, k: int, guide: Guide) -> np.ndarray:
    """Share (H, W) of the sun's disc that is seen from each point: 1 lit, 0 in shadow or turned away."""
    light, normal = light_of(scene), world_normal(scene, k, guide)
    cosine = np.asarray(sun_cosine(light, normal.reshape(-1, 3).T)).reshape(normal.shape[:2])
    sun = np.asarray(guide.sun, np.float32)
    share = np.clip(sun / np.maximum(cosine, 1e-3), 0, 1)
    return np.where(np.asarray(guide.ident) == SKY, 1, share).astype(np.float32)


def beauty_of(frame: np.ndarray, picture: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """Scene-linear, premultiplied (H, W, 4) of a finished frame (H, W, 3 or 4).

    `picture` is the sRGB frame before it was rounded to 8 bits; it counts where nothing was changed after.
    """
    picture = np.asarray(picture, np.float32)
    exact = (quantise(picture) == frame[..., :3]).all(-1, keepdims=True)
    shown = scene_linear(np.where(exact, picture, frame[..., :3] / np.float32(255)))
    share = np.ones_like(shown[..., :1]) if alpha is None else np.clip(alpha, 0, 1)[..., None]
    return np.concatenate([shown * share, share], -1)


def _plain(name: str, plane: np.ndarray, dialect: Dialect) -> Layer:
    part, letters = _NAMES[name][dialect == "nuke"]
    colour = name in _COLOUR
    kind = np.float16 if colour else np.float32
    plane = np.clip(plane, -HALF_MAX, HALF_MAX) if colour else plane
    planes = np.moveaxis(plane[..., None] if plane.ndim == 2 else plane, -1, 0).astype(kind)
    return Layer(name, _part(part, dialect), _named(part, letters, planes, dialect), colour)


def _part(part: str, dialect: Dialect) -> str:
    return f"{VIEW}.{part}" if dialect == "blender" else part


def _named(part: str, letters: str, planes: np.ndarray, dialect: Dialect) -> dict[str, np.ndarray]:
    stem = "" if part == "rgba" else f"{_part(part, dialect)}."
    return {stem + letter: np.ascontiguousarray(plane) for letter, plane in zip(letters, planes, strict=True)}


def _motion(guide: Guide, dialect: Dialect) -> list[Layer]:
    ahead, back = (np.asarray(m, np.float32) for m in (guide.motion, guide.motion_back))
    if dialect == "blender":
        planes = np.stack([back[..., 0], -back[..., 1], -ahead[..., 0], ahead[..., 1]])
        return [Layer("motion", f"{VIEW}.Vector", _named("Vector", "XYZW", planes, dialect))]
    return [
        Layer("motion", name, _named(name, "uv", np.stack([flow[..., 0], -flow[..., 1]]), dialect))
        for name, flow in (("forward", ahead), ("backward", back))
    ]


def _ids(shot: Shot, k: int, guide: Guide, dialect: Dialect) -> list[Layer]:
    ident = np.asarray(guide.ident)
    names = names_of(shot.scene, ident)
    ids, shares = coverage(shot.scene, shot.rollout, k, ident)
    layer = _part(cryptomatte.TYPE, dialect)
    index = "Object Index" if dialect == "blender" else "id"
    matte = cryptomatte.header(layer, list(names.values()))
    planes = cryptomatte.channels(layer, ids, shares, names)
    groups = {layer: planes}
    if dialect == "blender":  # which looks for each two ranks in a part of their own
        stems = dict.fromkeys(name[:-2] for name in planes)
        groups = {stem: {n: planes[n] for n in planes if n.startswith(stem)} for stem in stems}
    whole = Layer("id", _part(index, dialect), _named(index, "X", ident[None].astype(np.float32), dialect))
    return [*(Layer("id", part, found, matte=matte) for part, found in groups.items()), whole]
