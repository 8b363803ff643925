"""Light on particles: what a drop, a flake, a leaf or a bubble sends to the eye, and what hot ones shine.

Drops: the picture of the whole surroundings in them is about as bright as those are in the mean (Garg &
Nayar 2007, sec. 3.2), with a lobe forward where the sun stands behind. Flakes, hail: a diffuse sphere by
phase angle (Russell 1916), and some light through it. Leaves, paper: Lambert on both sides, a third of it
through. Motes: forward scattering (Henyey & Greenstein 1941). Sparks: black bodies that cool by radiation
(`fire`). Bubbles: two-beam interference of a thin film, I = 2 R (1 - cos(4 pi n h cos(t) / lambda)),
thinner at the top, with Schlick's rise to the rim.

Radiance is linear RGB, rows (3, n), on the scale of `physics.scene.Light`. Limits: bodies throw no shadow
on particles.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from physics import light as li
from physics.worlds.particles import Cloud, ParticleWorld

FILM = 1.33  # index of soapy water
NANOMETRES = np.array([611.0, 549.0, 465.0])
HOTTEST, COOLEST = 1900.0, 1250.0  # K of sparks at the start and the end of their life
HOT = 100.0  # radiance of a new spark, red, on the scale of `Light`
EMBER = (1400.0, 1080.0)  # K
SECOND = 1.4388e-2  # m K
AUTUMN = ((0.80, 0.36, 0.06), (0.66, 0.16, 0.05), (0.86, 0.62, 0.12), (0.48, 0.26, 0.10), (0.72, 0.48, 0.10))
FESTIVE = ((0.90, 0.13, 0.20), (0.98, 0.76, 0.10), (0.12, 0.52, 0.86), (0.16, 0.68, 0.34), (0.86, 0.26, 0.66),
           (0.96, 0.48, 0.10), (0.94, 0.94, 0.92))  # fmt: skip
PALETTES = {"leaves": AUTUMN, "confetti": FESTIVE}


def linear(srgb) -> NDArray:
    """sRGB (..., 3) to linear light, NumPy only."""
    c = np.asarray(srgb, float)
    return np.where(c <= 0.04045, c / 12.92, ((np.maximum(c, 0) + 0.055) / 1.055) ** 2.4)


def ambient(light: li.LightArrays, normal: NDArray) -> NDArray:
    """Sky irradiance / pi (3, n) on surfaces that face `normal` (3, n)."""
    total = sum(np.asarray(light.ambient)[k][:, None] * y for k, y in enumerate(li.harmonics(normal)))
    return np.maximum(np.asarray(total), 0.0)


def around(light: li.LightArrays) -> NDArray:
    """Mean radiance (3, 1) of all that is above."""
    return (0.5 * np.asarray(light.zenith) + 0.5 * np.asarray(light.horizon))[:, None]


def forward(light: li.LightArrays, ray: NDArray, g: float) -> NDArray:
    """Henyey-Greenstein's lobe (n,), 1/sr, between the view `ray` (3, n) and the sun."""
    cosine = np.asarray(light.direction) @ ray
    return (1 - g * g) / (4 * np.pi * (1 + g * g - 2 * g * cosine) ** 1.5)


def base_colours(world: ParticleWorld, dice: NDArray) -> NDArray:
    """Linear colours (3, n): the one asked for, or of all that the kind comes in."""
    own = np.broadcast_to(linear(world.asked.colour)[:, None], (3, dice.shape[1]))
    palette = PALETTES.get(world.asked.kind)
    if palette is None or world.asked.variety <= 0:
        return own
    table = linear(palette)
    pick = table[(dice[2] * len(table)).astype(int) % len(table)].T * (0.75 + 0.5 * dice[1])
    return own + world.asked.variety * (pick - own)


def radiance(world: ParticleWorld, cloud: Cloud, light: li.LightArrays, ray: NDArray) -> NDArray:
    """Light (3, n) that particles of a cloud send back along the view `ray` (3, n)."""
    sun = np.asarray(light.irradiance)[:, None]
    colour = base_colours(world, cloud.dice)
    shine = world.asked.brilliance
    if cloud.shape == "drop":
        back = forward(light, ray, 0.75)
        vary = 0.6 + 0.8 * cloud.dice[0]
        return shine * vary * (0.94 * around(light) + 0.9 * sun * back)
    if cloud.shape == "mote":
        return shine * (0.2 * around(light) + sun * forward(light, ray, 0.6)) * colour
    up = np.array([[0.0], [0.35], [0.0]])
    cosine = np.clip(-(np.asarray(light.direction) @ ray), -1, 1)
    phase = np.arccos(cosine)
    lit = 2 / (3 * np.pi) * (np.sqrt(1 - cosine**2) + (np.pi - phase) * cosine)
    through = 0.3  # of what enters a flake on the far side
    return shine * colour * (sun / np.pi * (lit + through) + ambient(light, up * np.ones_like(ray)))


def plate_light(world: ParticleWorld, cloud: Cloud, light: li.LightArrays, normal: NDArray) -> NDArray:
    """Light (3, n) of plates whose side with `normal` (3, n) is seen."""
    sun = np.asarray(light.irradiance)[:, None] / np.pi
    cosine = np.asarray(light.direction) @ normal
    lit = np.where(cosine > 0, cosine, 0.5 * -cosine)
    colour = base_colours(world, cloud.dice) * world.asked.brilliance
    return colour * (sun * lit + ambient(light, normal) + 0.25 * ambient(light, -normal))


def hot(world: ParticleWorld, cloud: Cloud) -> NDArray:
    """Light (3, n) of sparks; `age` is their share of life. A new one has about HOT x `brilliance`."""
    start, end = EMBER if world.asked.kind == "embers" else (HOTTEST, COOLEST)
    kelvin = (start**-3 + (end**-3 - start**-3) * np.clip(cloud.age, 0, 1)) ** (-1 / 3)  # dT/dt = -k T^4
    wave = NANOMETRES[:, None] * 1e-9
    white = SECOND / 6500.0 * (1 / wave - 1 / wave[0])
    body = np.exp(white - SECOND / (wave * kelvin) + SECOND / (wave[0] * start))
    flicker = 0.5 + 0.8 * cloud.dice[1] if world.asked.kind == "embers" else 0.7 + 0.6 * cloud.dice[1]
    return HOT * world.asked.brilliance * body * flicker * np.clip(8 * (1 - cloud.age), 0, 1)


def film(radius: NDArray, height: NDArray, dice: NDArray) -> tuple[NDArray, NDArray]:
    """Reflectance (3, m) of a bubble's two walls, and its rise to the rim (m,).

    `radius` (m,) 0 in the middle, 1 at the rim; `height` (m,) -1 at the foot, 1 at the top; `dice` (m,).
    """
    cosine = np.sqrt(np.maximum(1 - radius**2, 0.0))
    inside = np.sqrt(1 - (1 - cosine**2) / FILM**2)
    thick = (330 + 260 * dice) * (1 - 0.42 * height + 0.07 * np.sin(5 * height + 7 * radius + 20 * dice))
    beat = 1 - np.cos(4 * np.pi * FILM * thick * inside / NANOMETRES[:, None])
    rise = 0.035 + 0.9 * (1 - cosine) ** 4
    return beat * rise, rise
