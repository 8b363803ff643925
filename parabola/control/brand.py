"""Light under which a colour that is asked for is the colour that is seen.

`balanced` makes the light of a scene neutral, channel by channel alike, and exposes it so that a matte
surface that faces the sun receives as much as shows its own colour: sun / pi + sky = 1 (see
`physics.scene.Light`). Shade stays shade. Prompts that name colours by hex code get it, scenes by
`--neutral-light`.

Limits: channels above 0.9 (sRGB) reach into the shoulder of the tone curve and come out a little darker; what
is metallic or clear has no colour of its own to keep.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from physics.colour import LUMA
from physics.scene import Light, Scene, Vec3

HEX = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b", re.IGNORECASE)
RADIANCE = ("sun_irradiance", "sky_zenith", "sky_horizon", "glow")


def names_exact_colours(text: str) -> bool:
    """Whether words hold a hex code."""
    return bool(HEX.search(text))


def balanced(scene: Scene) -> Scene:
    """The scene under neutral light of the right exposure."""
    light = scene.light
    grey = replace(light, **{name: _grey(getattr(light, name)) for name in RADIANCE})
    gain = 1.0 / _received(grey)
    scaled = {name: tuple(gain * c for c in getattr(grey, name)) for name in RADIANCE}
    return replace(scene, light=replace(grey, **scaled))


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
