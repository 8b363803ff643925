"""A scene's soft or granular matter as particles: what there is at the start, frame after frame.

SI units outside, grid cells inside (`physics.worlds.matter`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from physics.media import Lump, Matter, Spout
from physics.scene import Scene
from physics.worlds import matter as mt
from physics.worlds.liquid import Balls
from physics.worlds.matter import MatterState
from physics.worlds.matter_check import check_matter
from physics.worlds.matter_laws import Law, unit
from physics.worlds.particle_box import grid_of
from physics.worlds.spouts import poured, spout_count

LUMPY = 0.03  # logarithm of the volume, of each of eight waves
MOST = 20_000  # steps at a time
JITTER = 0.12  # cells by which grains leave their lattice


@dataclass(frozen=True)
class MatterWorld:
    """Matter ready to run."""

    plan: mt.Plan
    law: Law
    cell: float  # m
    corner: np.ndarray  # (3,) m, of the box
    gravity: np.ndarray  # (3,) cells/s^2
    grip: float
    frame: float  # s of simulated time per frame
    spouts: tuple[Spout, ...]
    seed: int

    @property
    def kind(self) -> str:
        """jelly, sand, snow or goo."""
        return self.plan.kind

    @property
    def cells(self) -> tuple[int, int, int]:
        """Of the box along x, y, z."""
        return self.plan.cells


def build_world(scene: Scene) -> MatterWorld:
    """The matter of a scene; ValueError with one line where it cannot be run."""
    matter = scene.matter
    assert matter is not None
    check_matter(scene)
    cells, cell = grid_of(matter)
    corner = np.array(matter.floor) - np.array([0.5, 0.0, 0.5]) * np.array(cells) * cell
    gravity = np.float32(np.array(scene.gravity) / cell)
    seed = abs(int(scene.seed)) % 2**63
    reach = tuple(2 * int(np.ceil(b.radius / cell)) + 3 for b in scene.bodies)
    plan = mt.Plan(cells, matter.kind, reach)
    return MatterWorld(plan, law_of(matter, cell), cell, corner, gravity, matter.grip,
                       scene.time_scale / scene.fps, matter.spouts, seed)  # fmt: skip


def law_of(matter: Matter, cell: float) -> Law:
    """The numbers of a matter's law on a grid of `cell` m."""
    scale = matter.density * cell**2
    mu = matter.stiffness_pa / (2 * (1 + matter.poisson))
    lame = 2 * mu * matter.poisson / (1 - 2 * matter.poisson)
    f32 = np.float32
    return Law(
        mu=f32(mu / scale),
        lame=f32(lame / scale),
        cone=f32(np.sqrt(2) / 3 * np.tan(np.radians(matter.friction_deg))),
        cohesion=f32(matter.cohesion_pa / (lame + 2 * mu / 3)),
        squeeze=f32(matter.squeeze),
        stretch=f32(matter.stretch),
        hardening=f32(matter.hardening),
        bound=f32(matter.yield_pa / scale),
        relax=f32(mu / max(matter.viscosity_pa_s, 1e-6)),
        viscous=f32(matter.viscosity_pa_s / scale),
    )


def start(world: MatterWorld, scene: Scene) -> MatterState:
    """The matter at the first frame, with room for what the spouts bring."""
    matter = scene.matter
    assert matter is not None
    rng = np.random.default_rng([world.seed, 23])
    parts = [filled(world, lump, rng) for lump in matter.lumps]
    none = np.zeros((3, 0), np.float32)
    place, velocity = (np.concatenate([none, *(p[i] for p in parts)], 1) for i in (0, 1))
    coming = sum(spout_count(world, s, scene.num_frames) for s in world.spouts)
    n, m = place.shape[1], place.shape[1] + coming
    f32 = np.float32
    wait = np.ones((3, coming), f32)
    return MatterState(
        time=jnp.float32(0.0),
        place=jnp.asarray(np.concatenate([place, wait], 1), jnp.float32),
        velocity=jnp.asarray(np.concatenate([velocity, 0 * wait], 1), jnp.float32),
        affine=jnp.zeros((3, 3, m), jnp.float32),
        strain=unit(m),
        extra=jnp.asarray(_uneven(world, np.concatenate([place, wait], 1), rng), jnp.float32),
        alive=jnp.asarray(np.concatenate([np.ones(n, f32), np.zeros(coming, f32)])),
        balls=_balls(world, scene),
    )


def _uneven(world: MatterWorld, place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The laws' own number (n,) at the start: snow is packed harder in some places than in others."""
    out = np.zeros(place.shape[1])
    if world.kind == "snow":
        for wave in rng.normal(0.0, 0.9, (8, 3)):
            out += LUMPY * np.cos(wave @ place + rng.uniform(0, 2 * np.pi))
    return out


def lattice(world: MatterWorld, lump: Lump) -> np.ndarray:
    """Places (3, n) cells of the particles of a lump, 8 a cell, centred on it."""
    size = np.array(lump.size) / world.cell
    count = np.maximum(np.round(2 * size), 1).astype(int)
    axes = [(np.arange(n) + 0.5) / n - 0.5 for n in count]
    p = np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)  # -1/2 to 1/2 in the lump's box
    out = {
        "box": np.zeros(p.shape[1], bool),
        "ball": np.sum(p**2, 0) > 0.25,
        "cylinder": p[0] ** 2 + p[2] ** 2 > 0.25,
        "cone": p[0] ** 2 + p[2] ** 2 > (0.5 * (0.5 - p[1])) ** 2,
    }[lump.shape]
    middle = (np.array(lump.centre) - world.corner) / world.cell
    return p[:, ~out] * size[:, None] + middle[:, None]


def filled(world: MatterWorld, lump: Lump, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Places and velocities (3, n) of the particles of a lump, in cells and seconds."""
    place = lattice(world, lump)
    middle = ((np.array(lump.centre) - world.corner) / world.cell)[:, None]
    spin = np.broadcast_to(np.array(lump.spin, float)[:, None], place.shape)
    velocity = np.array(lump.velocity)[:, None] / world.cell + np.cross(spin, place - middle, axis=0)
    if world.kind != "jelly":
        place = place + rng.uniform(-JITTER, JITTER, place.shape)
    high = np.array(world.cells)[:, None] - mt.SKIN
    return np.clip(place, mt.SKIN, high).astype(np.float32), velocity.astype(np.float32)


def _balls(world: MatterWorld, scene: Scene) -> Balls:
    f32, matter = np.float32, scene.matter
    assert matter is not None
    place = np.array([b.position for b in scene.bodies]).reshape(-1, 3)
    return Balls(
        place=jnp.asarray(f32((place - world.corner) / world.cell)),
        velocity=jnp.asarray(f32(np.array([b.velocity for b in scene.bodies]).reshape(-1, 3) / world.cell)),
        radius=jnp.asarray(f32([b.radius / world.cell for b in scene.bodies])),
        density=jnp.asarray(f32([b.density / matter.density for b in scene.bodies])),
    )


def frames(world: MatterWorld, state: MatterState, count: int) -> Iterator[MatterState]:
    """The states of `count` frames."""
    debt = [0.0] * len(world.spouts)
    for k in range(count):
        if k:
            state = step(world, poured(world, state, debt), world.frame)
        yield state


def step(world: MatterWorld, state: MatterState, dt: float) -> MatterState:
    """The state `dt` s later, in as many steps as stiffness and speed ask for. Pure."""
    speed = float(jnp.max(jnp.abs(state.velocity) * state.alive, initial=0.0))
    speed = max(speed, float(jnp.max(jnp.abs(state.balls.velocity), initial=0.0)))
    speed += 0.5 * float(np.linalg.norm(world.gravity)) * dt
    pace = dt / mt.limit(world.law, world.kind, speed)
    if not pace < MOST:  # nan too
        raise ValueError(f"matter: it blew up at {float(state.time):.2f} s; give a lower stiffness_pa")
    steps = int(np.ceil(pace))
    after = mt.advance(world.plan, world.law, state, world.gravity, np.float32(world.grip),
                       np.float32(dt / steps), np.int32(steps))  # fmt: skip
    if not bool(jnp.isfinite(jnp.sum(after.place) + jnp.sum(after.velocity) + jnp.sum(after.strain))):
        raise ValueError(
            f"matter: it blew up at {float(after.time):.2f} s; give a lower stiffness_pa or slower lumps"
        )
    return after
