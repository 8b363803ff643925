"""What does a frame of each world cost, how does that grow, and how do others do?

`python -m benchmarks.worlds_speed [--only smoke rain]`

Processor seconds (all threads together) of simulating and rendering the guide of a 512 x 512 frame,
compiled, the bar being 0.3; growth with cells and particles as the power of their number; and in the same
run the cost of rivals over ours: the same method by NumPy and SciPy, pymunk and MuJoCo for balls, Taichi
where it is installed (`pip install taichi`; it is no dependency). A busy machine makes times longer: ratios
are what counts.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from benchmarks._frame_seconds import frame_seconds
from benchmarks._rivals import gas_by_scipy, gas_by_taichi, particles_by_steps, waves_by_numpy
from benchmarks.physics_speed import speed_rows
from benchmarks.report import print_table, write_results
from parabola.prompts import scene_from_prompt
from physics.scene import Scene
from physics.worlds import fluid
from physics.worlds import smoke as sm
from physics.worlds.ocean import build_world, surface
from physics.worlds.particles import build_world as build_particles
from physics.worlds.particles_fall import build_air, in_the_air
from physics.worlds.sparse import advect_sparse

BAR = 0.3  # s
WORLDS = {
    "balls": "two rubber balls bounce on a wooden floor",
    "ocean": "ocean at dusk",
    "smoke": "smoke rises",
    "fire": "a campfire at night",
    "rain": "heavy rain on a street",
    "snow": "snow falls at night",
    "sparks": "sparks fly",
    "cradle": "newton's cradle with five steel balls",
    "dominoes": "a row of twenty dominoes topples",
    "flag": "a red flag waves in the wind",
    "cloth": "a checkered tablecloth falls over a ball",
    "jelly": "a red jelly cube lands on a table and wobbles",
    "sand": "sand pours into a pile",
    "snowball": "a snowball smashes on the ground",
    "honey": "honey pours onto a table",
    "rope": "a rope hangs between two posts",
    "mixture": "a red ball bounces through smoke in the rain",
}
FRAMES = 5


def frame_cost(prompt: str, size: int = 512) -> float:
    """Processor seconds of a frame: the least of a few, after compiling."""
    scene, _ = scene_from_prompt(prompt, width=size, height=size, num_frames=FRAMES + 1)
    return float(frame_seconds(scene, FRAMES)[1:, 0].min())


def seconds(call: Callable[[], object], times: int = 3) -> float:
    """Processor seconds of a call, compiled: the least of a few."""
    jax.block_until_ready(call())
    found = []
    for _ in range(times):
        begin = time.process_time()
        jax.block_until_ready(call())
        found.append(time.process_time() - begin)
    return min(found)


def gas_step(cells: int) -> tuple[Callable[[], object], sm.SmokeWorld, sm.SmokeState]:
    """One frame of smoke that has been rising for a while, as a call; and its world and state."""
    scene, _ = scene_from_prompt("smoke rises", num_frames=2)
    assert scene.gas is not None
    world = sm.build_world(replace(scene, gas=replace(scene.gas, cells=cells)))
    none = (np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32), np.zeros(0, np.float32))
    state = sm.start(world)
    for _ in range(16):
        state = sm.advance(world, state, none)
    return lambda: sm._frame(world.plan, world.numbers, world.solids, state, none).rows, world, state


def our_advection(world: sm.SmokeWorld, state: sm.SmokeState) -> Callable[[], object]:
    """What Taichi is asked for, as a call: velocity moved twice by half a step, then the fields."""
    d, dt = world.plan.domain, world.numbers.dt

    @jax.jit
    def move(velocity, rows):
        for _ in range(2):
            velocity = fluid._self_advect(d, velocity, velocity, 0.5 * dt)
        back, ahead = fluid.traces(d, velocity, dt)
        return advect_sparse(d, rows, back, ahead, sm.DETAIL)

    return lambda: move(state.velocity, state.rows)


def rain_places(per_m3: float) -> tuple[Callable[[], object], int, Scene]:
    """All raindrops of a frame, as a call; and how many."""
    scene, _ = scene_from_prompt("rain on a street", num_frames=24)
    scene = replace(scene, particles=(replace(scene.particles[0], per_m3=per_m3),))
    world = build_particles(scene)
    air = build_air(scene, world)
    return lambda: in_the_air(world, air, 1.0).at, len(air.cycle), scene


def growth() -> list[list[Any]]:
    """Rows: what, numbers, seconds, power of the growth."""
    rows = []
    cells, costs = [], []
    for n in (32, 48, 64):
        call, world, _ = gas_step(n)
        cells.append(int(np.prod(world.plan.domain.cells)))
        costs.append(seconds(call))
    rows.append(["smoke, cells of flow", cells, costs, _power(cells, costs)])
    drops, costs = [], []
    for per_m3 in (3.0, 15.0, 75.0):
        call, count, _ = rain_places(per_m3)
        drops.append(count)
        costs.append(seconds(call, 9))
    rows.append(["rain, drops", drops, costs, _power(drops, costs)])
    return rows


def _power(numbers: Sequence[float], costs: Sequence[float]) -> float:
    return float(np.polyfit(np.log(numbers), np.log(costs), 1)[0])


def rivals() -> list[list[Any]]:
    """Rows: what, rival, its seconds, ours, ratio."""
    rows = []
    scene, _ = scene_from_prompt("ocean at dusk", num_frames=2)
    sea = build_world(scene)
    rows.append(["waves of the sea", "numpy.fft", seconds(lambda: waves_by_numpy(sea, 1.0)),
                 seconds(lambda: surface(sea, 1.0))])  # fmt: skip
    call, world, state = gas_step(64)
    ours = seconds(call)
    rows.append(["frame of smoke", "scipy", seconds(lambda: gas_by_scipy(world, state)), ours])
    by_taichi = gas_by_taichi(world, state)
    if by_taichi is not None:
        same = our_advection(world, state)
        rows.append(["advection of a frame of smoke", "taichi", seconds(by_taichi), seconds(same)])
    call, _, rain = rain_places(75.0)
    stepped = seconds(lambda: particles_by_steps(rain, 24), 1)
    rows.append(["raindrops of frame 24", "numpy, step by step", stepped, seconds(call)])
    return [[what, who, theirs, mine, theirs / max(mine, 1e-9)] for what, who, theirs, mine in rows]


def main(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Run the benchmark; returns what the JSON file holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worlds_speed")
    parser.add_argument(
        "--only", nargs="+", choices=list(WORLDS), default=list(WORLDS), help="frames of these alone"
    )
    options = parser.parse_args(arguments)
    frames = {name: frame_cost(WORLDS[name]) for name in options.only}
    rows = [[name, WORLDS[name], cost, cost <= BAR] for name, cost in frames.items()]
    print_table(
        "Processor seconds of a 512 x 512 frame, simulated and rendered",
        ["world", "prompt", "cpu s", "bar"],
        rows,
    )
    grown = growth()
    print_table("Growth", ["what", "numbers", "cpu s", "power"], grown)
    beside = rivals()
    print_table(
        "Beside others, one run", ["what", "rival", "theirs, cpu s", "ours, cpu s", "theirs / ours"], beside
    )
    if not any(row[1] == "taichi" for row in beside):
        print("taichi is not installed: no comparison with it")
    balls = [list(row) for row in speed_rows()]
    print_table("Balls (ball-frames a processor second)", ["engine", "rate", "note"], balls)
    data = {"frames": frames, "growth": grown, "rivals": beside, "balls": balls}
    write_results("worlds_speed", data)
    return data


if __name__ == "__main__":
    main(sys.argv[1:])
