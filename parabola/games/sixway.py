"""Six-way light maps of smoke: how it answers to light from each side, for engines that relight sprites.

The same gas is simulated under six suns along the camera's axes, no sky, nothing else there; each map is the
luminance that the gas then shows, over what a white diffuse surface facing the sun would (pi / irradiance).
Channels are Unity's (six-way lit smoke): the first texture has right, top, back in red, green, blue and the
coverage in alpha; the second left, bottom, front and, in alpha, what shines by itself. "Back" is light from
behind the smoke, towards the camera.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from physics.camera import camera_at, camera_basis
from physics.colour import LUMA, scene_linear
from physics.scene import Light, Scene
from physics.worlds import guides, motion

SIDES = ("right", "top", "back", "left", "bottom", "front")
DARK = (0.0, 0.0, 0.0)
SUN = 2.0  # irradiance of the test sun; below the shoulder of the tone curve


def check_sixway(scene: Scene) -> None:
    """Refuse scenes without gas."""
    if scene.gas is None:
        raise ValueError("--sheets sixway: six-way light is for smoke; this scene has none: leave sixway out")


def responses(scene: Scene) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Per frame the two textures, float32 (H, W, 4) in [0, 1]."""
    check_sixway(scene)
    streams = [guides(lit, motion(lit)) for lit in (*(_under(scene, s) for s in SIDES), _dark(scene))]
    for made in zip(*streams, strict=True):
        *lit, own = (_shown(guide) for guide in made)
        maps = [np.clip((one - own) * np.pi / SUN, 0, 1) for one in lit]
        alpha = np.clip(np.asarray(made[0].alpha), 0, 1)
        yield np.stack([*maps[:3], alpha], -1), np.stack([*maps[3:], np.clip(own, 0, 1)], -1)


def _shown(guide) -> np.ndarray:
    """Luminance (H, W) of the gas alone."""
    return scene_linear(guide.front) @ np.float32(LUMA)


def _dark(scene: Scene) -> Scene:
    """The gas with no light but its own."""
    light = Light(sun_irradiance=DARK, sky_zenith=DARK, sky_horizon=DARK, glow=DARK, sun_radius_deg=1.0)
    return replace(scene, bodies=(), boxes=(), ground=None, light=light)


def _under(scene: Scene, side: str) -> Scene:
    """The gas under a sun from `side` of the camera."""
    right, up, forward = camera_basis(*camera_at(scene.camera, 0.0))
    way = {"right": right, "left": -right, "top": up, "bottom": -up, "back": forward, "front": -forward}[side]
    dark = _dark(scene)
    sun = replace(dark.light, sun_direction=tuple(map(float, way)), sun_irradiance=(SUN, SUN, SUN))
    return replace(dark, light=sun)
