"""Drops that a body throws up where it enters water: a crown, then a jet, in free flight to the water.

Numbers after measured crowns of spheres (Worthington 1908; Truscott, Epps & Belden 2014, Annu. Rev. Fluid
Mech. 46:355): drops leave the rim of the contact line at 50 to 80 degrees with a part of the impact speed;
the jet follows when the cavity closes, about sqrt(R / g) times the root of the Froude number later. Each drop
that falls back makes a ring (`physics.worlds.ripples`).

Limits: drops do not break or merge; air does not slow them; the thin sheet between them is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from physics import light as li
from physics.arrays import View, light_of
from physics.scene import Scene
from physics.worlds.diving import Entry
from physics.worlds.particles_draw import Sprites
from physics.worlds.particles_guide import pixels, with_drops
from physics.worlds.ripples import Drops, RipplesWorld

if TYPE_CHECKING:
    from physics.guide import Guide

SLOWEST = 0.8  # m/s of entry that throws anything up
CROWN, JET = 110, 14  # drops of a ball of 0.1 m at 5 m/s
SHUTTER = 0.5  # of a frame


@dataclass(frozen=True)
class Spray:
    """Drops of a whole clip; world frame, y = 0 the water."""

    birth: np.ndarray  # (n,) s
    death: np.ndarray  # (n,) s, back in the water
    start: np.ndarray  # (3, n) m
    velocity: np.ndarray  # (3, n) m/s
    radius: np.ndarray  # (n,) m
    gravity: float
    colour: np.ndarray  # (3,) linear
    shutter: float  # s

    def at(self, time: float, which: np.ndarray) -> np.ndarray:
        """Places (3, m) m."""
        t = time - self.birth[which]
        p = self.start[:, which] + self.velocity[:, which] * t
        p[1] -= 0.5 * self.gravity * t * t
        return p

    def landing(self, begin: float, dt: float) -> Drops:
        """Those that fall back into the water in [begin, begin + dt)."""
        which = np.flatnonzero((self.death >= begin) & (self.death < begin + dt))
        x, _, z = (self.start + self.velocity * (self.death - self.birth))[:, which]
        return Drops(self.death[which], x, z, 2 * self.radius[which])

    def over(self, guide: Guide, time: float, view: View) -> Guide:
        """The guide with the drops in flight drawn over it."""
        which = np.flatnonzero((self.birth <= time) & (self.death > time))
        if not len(which):
            return guide
        p, q = self.at(time, which), self.at(time + self.shutter, which)
        (a, z), (b, _) = pixels(view, p), pixels(view, q)
        size = float(view.focal) * self.radius[which] / np.maximum(z, 1e-3)
        tone = 0.75 + 0.5 * np.sin(7.3 * np.arange(len(which)))  # some catch the light, some do not
        colour = self.colour[:, None] * np.maximum(tone, 0.35)
        return with_drops(guide, Sprites(a, b, z, size, np.full(len(which), 0.8), colour))


def spray_of(scene: Scene, world: RipplesWorld, entries: tuple[Entry, ...]) -> Spray:
    """All drops that the entries of a clip throw up."""
    rng = np.random.default_rng([world.seed, 9])
    parts = [_thrown(e, rng, world.gravity) for e in entries if -e.velocity[1] > SLOWEST]
    joined = [np.concatenate(p, -1) for p in zip(*parts, strict=True)] if parts else _NONE
    birth, start, velocity, radius = joined
    up = velocity[1]
    fly = (up + np.sqrt(up * up + 2 * world.gravity * np.maximum(start[1], 0.0))) / world.gravity
    light = light_of(scene)
    sky = np.asarray(li.sky(light, jnp.array([[0.0], [0.5], [-0.866]])))[:, 0]
    colour = 0.75 * sky + 0.13 * np.asarray(light.irradiance)
    shutter = SHUTTER * scene.time_scale / scene.fps
    return Spray(birth, birth + fly, start, velocity, radius, world.gravity, colour, shutter)


_NONE = [np.zeros(0), np.zeros((3, 0)), np.zeros((3, 0)), np.zeros(0)]


def _thrown(e: Entry, rng: np.random.Generator, gravity: float):
    """Birth, start, velocity and radius of the drops of one entry."""
    speed, r = -e.velocity[1], e.radius
    strength = min((r / 0.1) ** 0.5 * speed / 5.0, 2.5)
    many, few = int(CROWN * strength), int(JET * strength)
    froude = speed / np.sqrt(gravity * r)
    turn = 2 * np.pi * rng.random(many)
    lean = np.radians(rng.uniform(52, 80, many))
    fast = speed * rng.uniform(0.18, 0.55, many) * np.sqrt(rng.random(many))
    out = np.stack([np.cos(turn), 0 * turn, np.sin(turn)])
    crown = out * (fast * np.cos(lean)) + np.array([[0.0], [1.0], [0.0]]) * (fast * np.sin(lean))
    crown += 0.12 * np.array([[e.velocity[0]], [0.0], [e.velocity[2]]])
    place = out * r * rng.uniform(0.8, 1.1, many) + np.array([[e.x], [0.0], [e.z]])
    born = e.time + np.sqrt(rng.random(many)) * 0.7 * r / speed * 2
    size = r * np.clip(np.exp(rng.normal(-3.6, 0.5, many)), 0.008, 0.07)
    later = e.time + 0.9 * np.sqrt(r / gravity) * max(froude, 1.0) ** 0.5
    jet = np.stack([rng.normal(0, 0.05, few), rng.uniform(0.15, 0.5, few), rng.normal(0, 0.05, few)]) * speed
    centre = np.array([[e.x], [0.0], [e.z]]) + np.stack(
        [rng.normal(0, 0.1 * r, few), 0 * np.ones(few), rng.normal(0, 0.1 * r, few)]
    )
    drops = r * np.clip(np.exp(rng.normal(-2.7, 0.4, few)), 0.03, 0.13)
    return (
        np.concatenate([born, later + 0.02 * rng.random(few)]),
        np.concatenate([place, centre], 1),
        np.concatenate([crown, jet], 1),
        np.concatenate([size, drops]),
    )
