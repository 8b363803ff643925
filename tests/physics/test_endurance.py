"""Every world at four times its usual frame: ten thousand steps without NaN, or a refusal that says why.

Steps are those of the world itself where it divides a frame, else frames. What such frames cannot be
simulated with is refused by name, and runs with the longest frame that it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import jax
import numpy as np
import pytest

from physics import rigid, rigid_world
from physics.mechanics import Block, Linkage, Rope, Sheet
from physics.media import Gas, Liquid, Lump, Matter, Ocean, Particles, Pool, Source, Volume
from physics.scene import Body, Ground, Scene
from physics.worlds import (
    blocks,
    fabric,
    linkage,
    liquid_world,
    matter,
    matter_world,
    ocean,
    particles,
    ripples,
    smoke,
)
from physics.worlds import liquid as lq
from physics.worlds.particle_box import FRAME
from physics.worlds.particles_fall import build_air, in_the_air
from physics.worlds.particles_spray import thrown

STEPS, LONG = 10_000, 6  # steps; frames a second where 24 are usual
NONE = (np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32), np.zeros(0, np.float32))
Run = Iterator[tuple[int, object]]  # steps taken, state


def frame(scene: Scene) -> float:
    return scene.time_scale / scene.fps


def rigid_run(scene: Scene) -> Run:
    world, state = rigid_world.build_world(scene), rigid_world.start_state(scene)
    while True:
        state = rigid.step(world, state, frame(scene))
        yield 1, (state.position, state.velocity, state.orientation)


def linkage_run(scene: Scene) -> Run:
    world, state = linkage.build_world(scene), linkage.start_state(scene)
    while True:
        state = linkage.step(world, state, frame(scene))
        yield 1, (state.place, state.rate)


def blocks_run(scene: Scene) -> Run:
    world, state = blocks.build_world(scene), blocks.start_state(scene)
    while True:
        state = blocks.step(world, state, frame(scene))
        yield round(frame(scene) / blocks.STEP), (state.place, state.velocity, state.turn)


def fabric_run(scene: Scene) -> Run:
    world = fabric.build_world(scene, (*scene.sheets, *scene.ropes)[0])
    state, balls = world.start, np.array([b.position for b in scene.bodies]).reshape(-1, 3)
    while True:
        state = fabric.advance(world, state, (balls, balls))
        yield world.plan.substeps, state


def smoke_run(scene: Scene) -> Run:
    world = smoke.build_world(scene)
    state = smoke.start(world)
    while True:
        state = smoke.advance(world, state, NONE)
        yield int(world.numbers.steps), state


def ocean_run(scene: Scene) -> Run:
    world = ocean.build_world(scene)
    state = ocean.start(world, 0.0)
    while True:
        state = ocean.step(world, state, frame(scene))
        yield 1, state


def ripples_run(scene: Scene) -> Run:
    world = ripples.build_world(scene)
    assert scene.pool is not None
    state = ripples.start(world, scene.pool, (3.0, 1.0))
    while True:
        state = ripples.step(world, state, frame(scene))
        yield 1, (state.height, state.rate)


def air_run(scene: Scene) -> Run:
    world, state = particles.build_world(scene), particles.ParticleState(0.0)
    air = None if world.kind.sprayed else build_air(scene, world)
    while True:
        state = particles.step(world, state, frame(scene))
        cloud = thrown(world, state.time) if air is None else in_the_air(world, air, state.time)
        yield 1, (cloud.at, cloud.to, cloud.weight)


def liquid_run(scene: Scene) -> Run:
    world = liquid_world.build_world(scene)
    state = liquid_world.start(world, scene)
    while True:
        state, before = liquid_world.advance(world, state), state
        fastest = float(abs(before.velocity).max()) + 0.5 * float(abs(world.gravity).max()) * world.frame
        yield int(np.clip(fastest * world.frame / lq.CFL, 1, lq.MOST_STEPS)), state


def matter_run(scene: Scene) -> Run:
    world = matter_world.build_world(scene)
    state = matter_world.start(world, scene)
    while True:
        state = matter_world.step(world, state, world.frame)
        yield int(world.frame / matter.limit(world.law, world.kind, 0.0)), state


TOWER = tuple(Block(position=(0.02 * (i % 2), 0.05 + 0.1 * i, 0.0)) for i in range(4))
SHEET = Sheet(corner=(-0.3, 1.0, -0.3), across=(0.6, 0.0, 0.0), down=(0.0, 0.0, 0.6), cells=12)
LUMP = Lump(centre=(0.0, 0.2, 0.0), size=(0.12, 0.12, 0.12))


def ball(x: float, y: float, **more) -> Body:
    return Body(radius=0.06, position=(x, y, 0.0), **more)


def heap(kind, **law) -> Matter:
    return Matter(kind=kind, size=(0.4, 0.3, 0.4), cells=16, lumps=(LUMP,), **law)


def gas(**source) -> Gas:
    return Gas(cells=16, sources=(Source(radius=0.2, height=0.2, **source),))


WORLDS: dict[str, tuple[Callable[[Scene], Run], dict]] = {
    "balls": (rigid_run, {"bodies": (ball(0.0, 1.0, restitution=0.95), ball(0.03, 2.0), ball(0.3, 0.5))}),
    "double pendulum": (linkage_run, {
        "bodies": (ball(0.5, 1.2), ball(0.9, 1.2)), "fluid_density": 1.2,
        "linkage": Linkage(lengths=(0.5, 0.4), angles_deg=(90.0, 90.0))}),
    "blocks": (blocks_run, {"blocks": TOWER, "bodies": (ball(-1.5, 0.3, velocity=(4.0, 1.0, 0.0)),)}),
    "cloth": (fabric_run, {"sheets": (SHEET,), "bodies": (ball(0.0, 0.3),), "wind": (4.0, 0.0, 2.0)}),
    "rope": (fabric_run, {"ropes": (Rope(cells=12),), "wind": (8.0, 0.0, 3.0)}),
    "smoke": (smoke_run, {"gas": gas(smoke=4.0, heat=60.0), "wind": (1.0, 0.0, 0.0)}),
    "fire": (smoke_run, {"gas": gas(smoke=1.0, fuel=0.6)}),
    "ocean": (ocean_run, {"ocean": Ocean(), "wind": (18.0, 0.0, 4.0)}),
    "ripples": (ripples_run, {"pool": Pool(cells=64, rain_mm_h=0.3, kind="pool")}),
    "rain": (air_run, {"particles": (Particles(per_m3=0.5, gusts=2.0),), "wind": (6.0, 0.0, 0.0)}),
    "sparks": (air_run, {"particles": (Particles(kind="sparks", per_s=200.0),)}),
    "water": (liquid_run, {"bodies": (ball(0.08, 0.25, density=500.0),), "liquid": Liquid(
        size=(0.4, 0.3, 0.2), cells=16, volumes=(Volume(centre=(-0.1, 0.1, 0.0), size=(0.2, 0.2, 0.2)),))}),
    "jelly": (matter_run, {"matter": heap("jelly", density=1000.0, stiffness_pa=1e4)}),
    "sand": (matter_run, {"matter": heap("sand")}),
    "snow": (matter_run, {"matter": heap("snow", density=400.0)}),
    "goo": (matter_run, {"matter": heap("goo", density=1300.0)}),
}  # fmt: skip
REFUSED = ("water", "jelly", "sand", "snow", "goo")


def scene_of(name: str, fps: int) -> Scene:
    things = {"ground": Ground(restitution=0.9), **WORLDS[name][1]}
    return Scene(fps=fps, num_frames=48, **things)


@pytest.mark.slow  # up to three minutes each
@pytest.mark.parametrize("name", WORLDS)
def test_ten_thousand_long_steps_leave_no_nan(name):
    steps = 0
    for taken, state in WORLDS[name][0](scene_of(name, round(1 / FRAME) if name in REFUSED else LONG)):
        steps += taken
        assert taken > 0 and all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state))
        if steps >= STEPS:
            break


@pytest.mark.parametrize("name", REFUSED)
def test_frames_that_are_too_long_are_refused(name):
    with pytest.raises(ValueError, match=r"^fps: .* at most 0\.1 s of simulated time, got 0\.167; raise fps"):
        next(WORLDS[name][0](scene_of(name, LONG)))
