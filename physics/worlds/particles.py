"""Particles in the air as a world: what each kind is, and the world of a scene.

Everything is a closed form of time: a particle's slot has a cycle, and all that is random about a turn of
it comes from a hash of seed, slot and turn. So any frame can be had at once and in any order, `step` only
moves the clock, and with `Particles.period_s` the picture repeats exactly. What drifts and falls is
`fallers`' work, what a source throws is `sprays`', and what becomes of them on surfaces is `landings`'.

Sizes are spread log-normally about their median. SI units, arrays of shape (3, n) or (n,).

Limits: particles do not feel each other or the gas worlds, and they do not push bodies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from physics.media import Particles
from physics.scene import Scene
from physics.worlds import drag
from physics.worlds.particles_check import check_particles
from physics.worlds.turbulence import Gusts, gusts_of


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What the things of one name have in common."""

    shape: str  # drop, flake, pellet, plate, bubble, mote, spark: how they are drawn
    law: str = "sphere"  # drag: rain, sphere, plate, none
    density: float = 1000.0  # kg/m^3; of plates kg/m^2
    flutter: float = 0.0  # diameters that it swings to and fro
    sprayed: bool = False  # comes from a source, not out of the whole sky
    fate: str = "gone"  # on the ground: splash, bounce, lie, gone
    restitution: float = 0.4  # of those that bounce
    lies_s: float = 0.0  # s that it stays to be seen on the ground
    most: int = 5000  # slots


KINDS = {
    "rain": Kind(shape="drop", law="rain", fate="splash", most=6500),
    "snow": Kind(shape="flake", density=22.0, flutter=3.0, most=6000),
    "hail": Kind(shape="pellet", density=900.0, fate="bounce", restitution=0.38, lies_s=3.0, most=2500),
    "leaves": Kind(shape="plate", law="plate", density=0.09, flutter=1.6, fate="lie", lies_s=40.0, most=500),
    "confetti": Kind(shape="plate", law="plate", density=0.045, flutter=2.5, fate="lie", lies_s=20.0,
                     most=1500),
    "dust": Kind(shape="mote", density=1500.0, most=1800),
    "bubbles": Kind(shape="bubble", law="none", fate="gone", most=80),
    "sparks": Kind(shape="spark", density=7800.0, sprayed=True, fate="bounce", restitution=0.45, most=2500),
    "embers": Kind(shape="spark", density=300.0, sprayed=True, most=1500),
}  # fmt: skip


@dataclass(frozen=True)
class Cloud:
    """Particles of one shape while the shutter is open."""

    shape: str
    at: NDArray  # (3, n) m, where they are when it opens
    to: NDArray  # (3, n) m, when it closes
    radius: NDArray  # (n,) m
    weight: NDArray  # (n,) how many each stands for, times its share of full presence
    dice: NDArray  # (4, n) in [0, 1), their own for a turn
    age: NDArray  # (n,) s since their turn began, or since they landed
    turn: NDArray | None = None  # (n,) rad, how far plates have tumbled; None: they lie flat


@dataclass(frozen=True)
class ParticleWorld:
    """One kind of particles of a scene, ready to be asked for any time."""

    kind: Kind
    asked: Particles
    gusts: Gusts
    wind: NDArray  # (3,) m/s
    gravity: float  # m/s^2
    exposure: float  # s that the shutter is open, of the scene's time
    grounded: bool  # there is a ground or a sea at y = 0
    seed: int


@dataclass(frozen=True)
class ParticleState:
    """All that changes is the time, s."""

    time: float


def build_world(scene: Scene, which: int = 0) -> ParticleWorld:
    """The scene's particles number `which`; ValueError with one line where they cannot be."""
    check_particles(scene)
    asked, kind = scene.particles[which], KINDS[scene.particles[which].kind]
    seed = int(np.random.default_rng([abs(int(scene.seed)), int(scene.seed) < 0, 90 + which]).integers(2**62))
    rng = np.random.default_rng(seed)
    frame = scene.time_scale / scene.fps
    return ParticleWorld(
        kind=kind,
        asked=asked,
        gusts=gusts_of(rng, asked.gusts, asked.gust_m, asked.period_s),
        wind=np.array([scene.wind[0], 0.0, scene.wind[2]]),
        gravity=float(np.linalg.norm(scene.gravity)),
        exposure=asked.exposure_s or 0.5 * frame,
        grounded=scene.ground is not None or scene.ocean is not None,
        seed=seed,
    )


def step(world: ParticleWorld, state: ParticleState, dt: float) -> ParticleState:
    """The state `dt` s later. Pure."""
    return replace(state, time=state.time + dt)


def sizes(world: ParticleWorld, dice: NDArray) -> NDArray:
    """Diameters (n,) m for even numbers in [0, 1): log-normal, by a logistic curve for the normal's."""
    p = np.clip(dice, 0.02, 0.98)
    return world.asked.diameter_m * np.exp(world.asked.spread * 0.59 * np.log(p / (1 - p)))


def terminal(world: ParticleWorld, diameter: NDArray, air: float = drag.AIR) -> NDArray:
    """Speeds (n,) m/s at which particles fall through still air."""
    d, kind = np.asarray(diameter, float), world.kind
    if world.asked.speed_m_s > 0:
        return world.asked.speed_m_s * (d / world.asked.diameter_m) ** 0.5
    if kind.law == "rain":
        return drag.rain_speed(d, air, world.gravity)
    if kind.law == "plate":
        share = (d / world.asked.diameter_m) ** 0.3
        return share * drag.plate_speed(kind.density, air, world.gravity) * np.ones_like(d)
    if kind.law == "none":
        return np.full_like(d, 0.03)
    return drag.sphere_speed(d, kind.density, air, world.gravity)


def hashed(seed: int, slot: NDArray, turn: NDArray, channel: int) -> NDArray:
    """Even numbers in [0, 1) (n,) for slots and their turns (splitmix64, Steele, Lea & Flood 2014)."""
    with np.errstate(over="ignore"):
        x = np.asarray(slot, np.int64).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x += np.asarray(turn, np.int64).astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
        x += np.uint64((seed + channel * 0x165667B19E3779F9) % 2**64)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return ((x ^ (x >> np.uint64(31))) >> np.uint64(11)).astype(float) * 2.0**-53


def dice_of(seed: int, slot: NDArray, turn: NDArray, first: int = 10) -> NDArray:
    """Four even numbers (4, n) for each slot's turn."""
    return np.stack([hashed(seed, slot, turn, first + c) for c in range(4)])


def turns(time: float, cycle: NDArray, phase: NDArray, period: float) -> tuple[NDArray, NDArray]:
    """Which turn each slot is in (whole, the same again after a period) and for how long, s."""
    s = time / cycle + phase
    whole = np.floor(s)
    age = (s - whole) * cycle
    return (whole % np.maximum(np.round(period / cycle), 1) if period > 0 else whole), age


def fitted(cycle: NDArray, period: float) -> NDArray:
    """Cycles that go into the period a whole number of times."""
    return period / np.maximum(np.round(period / cycle), 1) if period > 0 else cycle
