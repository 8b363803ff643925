"""What weather does to the ground: rain wets it, snow whitens it.

Wet: water fills the roughness, so the surface mirrors, and light that is thrown back inside the film is
absorbed once more, which darkens it; the albedo a of a rough wet surface is a (1 - p) / (1 - p a) times
what enters, p = 1 - (1 - R) / n^2 the share thrown back inside (Angstrom 1925; Lekner & Dorf 1988, eq. 7, n
= 1.33). Snow: the ground's two colours go towards snow's with the cover.

Limits: all of the ground alike; bodies stay dry.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physics.scene import Scene, Surface, Vec3

INNER = 0.44  # p above
SMOOTH = 0.10  # roughness of a ground that is wet through
SNOW, SHADE = (0.93, 0.95, 0.98), (0.80, 0.85, 0.93)  # sRGB


def weathered(scene: Scene) -> Scene:
    """The scene with its ground and boxes as the particles leave them."""
    wet = max([p.wetness for p in scene.particles], default=0.0)
    white = max([p.settled for p in scene.particles], default=0.0)
    if scene.ground is None or (wet <= 0 and white <= 0):
        return scene
    ground = replace(scene.ground, surface=whitened(wetted(scene.ground.surface, wet), white))
    boxes = tuple(replace(box, surface=wetted(box.surface, 0.8 * wet)) for box in scene.boxes)
    return replace(scene, ground=ground, boxes=boxes)


def wetted(surface: Surface, wet: float) -> Surface:
    """The surface under a film of water that covers the share `wet` of it."""
    if wet <= 0 or surface.metallic > 0.5 or surface.transmission > 0.5:
        return surface
    rough = surface.roughness + wet * (min(SMOOTH, surface.roughness) - surface.roughness)
    colour, second = (_darkened(c, wet) for c in (surface.colour, surface.colour2))
    return replace(surface, roughness=rough, colour=colour, colour2=second)


def _darkened(colour: Vec3, wet: float) -> Vec3:
    a = np.asarray(colour) ** 2.2
    film = a * (1 - INNER) / (1 - INNER * a)
    return tuple(float(c) for c in (a + wet * (film - a)) ** (1 / 2.2))  # type: ignore[return-value]


def whitened(surface: Surface, cover: float) -> Surface:
    """The surface with snow on the share `cover` of it."""
    if cover <= 0:
        return surface
    pairs = ((surface.colour, SNOW), (surface.colour2, SHADE))
    colour, second = (tuple(a + cover * (b - a) for a, b in zip(*p, strict=True)) for p in pairs)
    rough = surface.roughness + cover * (0.9 - surface.roughness)
    return replace(surface, colour=colour, colour2=second, roughness=rough)  # type: ignore[arg-type]
