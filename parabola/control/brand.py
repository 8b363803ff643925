"""Light under which a colour that is asked for is the colour that is seen.

`balanced` makes the light of a scene neutral, channel by channel alike, and exposes it so that a matte
surface that faces the sun receives as much as shows its own colour: sun / pi + sky = 1 (see
`physics.scene.Light`). `solved_colours` then looks for the base colours under which balls, where they face
the sun, show the colours that the scene gives them: the closed-form picture of the first frame is rendered,
compared and the base moved by what is missing, ROUNDS times. Gloss, light from the floor, what neighbours
hide and the tone curve are so accounted for. Shade stays shade. Prompts with hex codes get it, scenes by
`--neutral-light` or `light.keep_colours`.

Limits: the tone curve rolls off towards white, so that no lit surface shows #ff8800: such colours are
refused where they are to be kept. Patterns, metal, glass and balls that do not show their sunny side in the
first frame keep their base colours.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from physics.scene import Body, Light, Scene, Vec3

if TYPE_CHECKING:
    from physics.guide import Guide
    from physics.rigid import Rollout

HEX = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b", re.IGNORECASE)
LUMA = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709
SHEEN, SEEN = 0.02, 1.5  # what a dielectric mirrors; a difference (CIEDE2000) that is seen
ROUNDS, FACING, FEWEST = 4, 0.94, 6  # of the search; cosine to the sun; pixels that are enough to tell
RADIANCE = ("sun_irradiance", "sky_zenith", "sky_horizon", "glow")


def names_exact_colours(text: str) -> bool:
    """Whether words hold a hex code."""
    return bool(HEX.search(text))


def balanced(scene: Scene) -> Scene:
    """The scene under neutral light of the right exposure; its colours are kept where they can be."""
    light = scene.light
    grey = replace(light, **{name: _grey(getattr(light, name)) for name in RADIANCE})
    gain = 1.0 / _received(grey)
    scaled = {name: tuple(gain * c for c in getattr(grey, name)) for name in RADIANCE}
    return replace(scene, light=replace(grey, **scaled, keep_colours=not unreachable(scene)))


def unreachable(scene: Scene) -> list[tuple[int, str, str]]:
    """(ball, its colour, the nearest that a lit surface shows) for colours too bright for the tone curve."""
    from correction.colour import delta_e
    from physics.colour import display, srgb_to_linear

    plain = [i for i, body in enumerate(scene.bodies) if _is_plain(body)]
    wanted = np.float32([scene.bodies[i].surface.colour for i in plain]).reshape(-1, 3)
    linear = np.asarray(srgb_to_linear(wanted))
    base, shown = linear, wanted
    for _ in range(2 * ROUNDS):
        shown = np.asarray(display(base + np.float32(SHEEN)))
        base = np.clip(base + linear - np.asarray(srgb_to_linear(shown)), 0, 1)
    far = delta_e(shown, wanted) > SEEN
    return [(i, code_of(w), code_of(s)) for i, w, s, f in zip(plain, wanted, shown, far, strict=True) if f]


def code_of(colour: np.ndarray) -> str:
    """'#rrggbb'."""
    return "#" + "".join(f"{round(float(c) * 255):02x}" for c in colour)


def check_colours(scene: Scene) -> None:
    """ValueError for a colour that is to be kept and cannot be shown."""
    for i, code, nearest in unreachable(scene) if scene.light.keep_colours else ():
        raise ValueError(
            f"bodies[{i}].surface.colour: {code} is brighter than a lit surface can show,"
            f" nearest is {nearest}; give that, or leave keep_colours out"
        )


def _is_plain(body: Body) -> bool:
    surface = body.surface
    return surface.pattern == "plain" and surface.metallic < 0.5 and surface.transmission < 0.5


def solved_colours(scene: Scene, rollout: Rollout) -> Scene:
    """The scene with base colours under which its plain balls show their own; as it is without the flag."""
    plain = [i for i, body in enumerate(scene.bodies) if _is_plain(body)]
    if not scene.light.keep_colours or not plain:
        return scene
    from physics.colour import srgb_to_linear
    from physics.guide import render_guide
    from physics.raycast import FIRST

    wanted = np.asarray(srgb_to_linear(np.float32([body.surface.colour for body in scene.bodies])))
    base = wanted.copy()
    for _ in range(ROUNDS):
        guide = render_guide(_coloured(scene, plain, base), rollout, 0)
        shown = np.asarray(srgb_to_linear(guide.prior))
        for i in plain:
            there = facing_sun(scene, guide, FIRST + i)
            if there.sum() >= FEWEST:
                base[i] = np.clip(base[i] + wanted[i] - shown[there].mean(0), 0, 1)
    return _coloured(scene, plain, base)


def facing_sun(scene: Scene, guide: Guide, ident: int, least: float = FACING) -> np.ndarray:
    """Pixels (H, W) of an object, in frame 0, that face the sun within arccos `least` and are wholly lit."""
    from parabola.film.layers import sun_share, world_normal

    sun = np.asarray(scene.light.sun_direction) / np.linalg.norm(scene.light.sun_direction)
    square = world_normal(scene, 0, guide) @ sun > least
    return square & (np.asarray(guide.ident) == ident) & (sun_share(scene, 0, guide) > 0.99)


def _coloured(scene: Scene, plain: list[int], base: np.ndarray) -> Scene:
    from physics.colour import linear_to_srgb

    bodies = list(scene.bodies)
    for i in plain:
        colour = tuple(float(c) for c in np.asarray(linear_to_srgb(base[i])))
        bodies[i] = replace(bodies[i], surface=replace(bodies[i].surface, colour=colour))
    return replace(scene, bodies=tuple(bodies))


def _grey(rgb: Vec3) -> Vec3:
    value = float(np.dot(rgb, LUMA))
    return (value, value, value)


def _received(light: Light) -> float:
    """Irradiance over pi of a surface that faces the sun, under neutral light."""
    from physics.arrays import light_of
    from physics.light import sky_ambient

    arrays = light_of(Scene(light=light))
    sky = np.asarray(sky_ambient(arrays, np.asarray(arrays.direction)[:, None]))
    return max(float(light.sun_irradiance[0]) / np.pi + float(sky.mean()), 1e-3)
