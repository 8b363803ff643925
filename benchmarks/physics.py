"""Is the rigid world right, and how fast is it?  `python -m benchmarks.physics [--quick]`

Prints measured against expected values with tolerances, then speed beside pymunk and MuJoCo where they are
installed, and writes benchmarks/results/physics.json. Expected values are closed forms, or scipy's adaptive
integrator for flight with drag. --quick shortens the ten-minute run to one minute.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.physics_speed import speed_rows
from benchmarks.report import print_table, write_results
from physics.contact import obstacle_gaps, pair_gaps
from physics.rigid import Rollout, simulate
from physics.rigid_world import build_world
from physics.scene import Body, Box, Scene

G = 9.81


def vacuum(*bodies: Body, **options) -> Scene:
    """A scene without air."""
    return Scene(bodies=bodies, **{"fluid_density": 0.0, **options})


def room(size: float = 2.0, height: float = 4.0, restitution: float = 1.0) -> tuple[Box, ...]:
    """Four walls and a ceiling, 0.2 m thick, around a square of side 2 size."""
    s, h, t = size, 0.5 * height, 0.1
    parts = {
        "east": ((s + t, h, 0.0), (t, h, s + 2 * t)),
        "west": ((-s - t, h, 0.0), (t, h, s + 2 * t)),
        "north": ((0.0, h, -s - t), (s + 2 * t, h, t)),
        "south": ((0.0, h, s + t), (s + 2 * t, h, t)),
        "ceiling": ((0.0, height + t, 0.0), (s + 2 * t, t, s + 2 * t)),
    }
    return tuple(
        Box(name=name, centre=c, half_size=half, restitution=restitution) for name, (c, half) in parts.items()
    )


def energy(scene: Scene, motion: Rollout) -> np.ndarray:
    """Total energy (T,) J: translation, spin, height."""
    world = build_world(scene)
    v2, w2 = (motion.velocity**2).sum(-1), (motion.angular_velocity**2).sum(-1)
    spin = world.inertia_factor * world.radius**2 * w2
    return (world.mass * (0.5 * (v2 + spin) - (world.gravity * motion.position).sum(-1))).sum(-1)


def deepest(scene: Scene, motion: Rollout) -> float:
    """Deepest overlap (m) of anything with anything at any frame; 0 when there is none."""
    world = build_world(scene)
    gaps = [min(obstacle_gaps(world, x)[0].min(), pair_gaps(world, x)[0].min()) for x in motion.position]
    return max(0.0, -min(gaps))


def bounces():
    """Apex ratios and the total time of a bouncing ball."""
    e, radius, drop = 0.8, 0.11, 1.0
    ball = Body(radius=radius, position=(0.0, radius + drop, 0.0), restitution=e)
    events = simulate(vacuum(ball, num_frames=240)).events
    times = [x.time for x in events if x.kind == "bounce"]
    heights = [G * (b - a) ** 2 / 8.0 for a, b in zip(times[:-1], times[1:], strict=True)][:10]
    worst = max(abs(h / (drop * e ** (2 * k)) - 1.0) for k, h in enumerate(heights, 1))
    yield "apex ratio h_k/h_0 = e^(2k), worst of 10", worst, 0.0, 1e-5
    first = math.sqrt(2 * drop / G)
    speed = e * G * first
    yield "total bounce time (2v/g)/(1-e), s", events[-1].time - first, 2 * speed / G / (1 - e), 1e-4


def collisions():
    """Momentum, and what head-on collisions must do."""
    still = dict(restitution=1.0, friction=0.0, rolling_resistance=0.0)
    a = Body(radius=0.1, position=(-1.0, 2.0, 0.0), velocity=(3.0, 0.0, 0.0), **still)
    b = Body(radius=0.1, position=(0.0, 2.0, 0.0), velocity=(-1.0, 0.0, 0.0), **still)
    motion = simulate(vacuum(a, b, ground=None, gravity=(0.0, 0.0, 0.0), num_frames=24))
    yield "head-on e=1, equal masses: first takes, m/s", motion.velocity[-1, 0, 0], -1.0, 1e-12
    yield "head-on e=1, equal masses: second takes, m/s", motion.velocity[-1, 1, 0], 3.0, 1e-12
    rng = np.random.default_rng(0)
    balls = [
        Body(
            radius=0.1 + 0.05 * k,
            density=10.0 ** (2 + k),
            position=(0.6 * k, 0.05 * k, 0.02 * k),
            velocity=(0.5 - k, 0.05, 0.0),
            angular_velocity=tuple(rng.normal(0, 9, 3)),
            friction=0.6,
        )
        for k in range(4)
    ]
    scene = vacuum(*balls, ground=None, gravity=(0.0, 0.0, 0.0), num_frames=48)
    motion = simulate(scene)
    momentum = (build_world(scene).mass[:, None] * motion.velocity).sum(1)
    drift = np.abs(momentum - momentum[0]).max() / np.abs(momentum[0]).max()
    yield "momentum drift, 4 spinning balls, masses 1:1000", drift, 0.0, 1e-12
    yield "  collisions in that run (at least)", float(len(motion.events) >= 3), 1.0, 0.0


def cradle():
    """A row of touching steel balls passes an impulse to its last ball."""
    steel = dict(radius=0.05, density=7800.0, friction=0.0, rolling_resistance=0.0)
    for e in (1.0, 0.95):
        row = [Body(position=(0.1 * k, 0.05, 0.0), restitution=e, **steel) for k in range(5)]
        hit = Body(position=(-0.5, 0.05, 0.0), velocity=(1.0, 0.0, 0.0), restitution=e, **steel)
        last = simulate(vacuum(*row, hit, num_frames=24)).velocity[-1, 4, 0]
        yield f"cradle of 5, e={e}: last ball leaves with, m/s", last, ((1 + e) / 2) ** 5, 1e-9


def rolling():
    """Sliding to rolling, rolling down a ramp, rolling to a stop, and rolling off an edge."""
    ball = Body(radius=0.1, position=(0.0, 0.1, 0.0), velocity=(2.0, 0.0, 0.0), rolling_resistance=0.0)
    motion = simulate(vacuum(ball))
    yield "sliding ball ends rolling at 5/7 v0, m/s", motion.velocity[-1, 0, 0], 10.0 / 7.0, 1e-9
    yield "  at time 2 v0 / (7 mu g), s", motion.events[0].time, 4.0 / (7 * 0.5 * G), 1e-9
    tilt = 0.3
    along = np.array([math.cos(tilt), math.sin(tilt), 0.0])
    up = np.array([-math.sin(tilt), math.cos(tilt), 0.0])
    ramp = Box(name="ramp", centre=(0.0, 3.0, 0.0), half_size=(4.0, 0.1, 1.0), rotation=(0.0, 0.0, tilt))
    place = tuple(np.array([0.0, 3.0, 0.0]) + 2.0 * along + 0.2 * up)
    ball = Body(radius=0.1, position=place, rolling_resistance=0.0)
    motion = simulate(vacuum(ball, boxes=(ramp,), num_frames=25))
    speed = float(np.linalg.norm(motion.velocity[-1, 0]))
    yield "ramp: acceleration (5/7) g sin(theta), m/s2", speed, 5.0 / 7.0 * G * math.sin(tilt), 1e-9
    rolls = dict(radius=0.1, velocity=(1.0, 0.0, 0.0), angular_velocity=(0.0, 0.0, -10.0))
    ball = Body(position=(0.0, 0.1, 0.0), rolling_resistance=0.05, **rolls)
    motion = simulate(vacuum(ball, num_frames=96))
    yield "rolls to rest after v^2 / (2 c g), m", motion.position[-1, 0, 0], 1.0 / (2 * 0.05 * G), 1e-9
    yield from table_edge()


def table_edge():
    """A ball that creeps over an edge without slipping leaves it at cos(theta) = 10/17."""
    table = Box(name="table", centre=(-1.0, 0.5, 0.0), half_size=(1.0, 0.5, 1.0), friction=1e4)
    creep = 1e-4
    rolls = dict(velocity=(creep, 0.0, 0.0), angular_velocity=(0.0, 0.0, -creep / 0.1))
    ball = Body(radius=0.1, position=(-1e-3, 1.1, 0.0), friction=1e4, rolling_resistance=0.0, **rolls)
    scene = vacuum(ball, boxes=(table,), num_frames=24 * 20)
    leave = [x for x in simulate(scene).events if x.kind == "leave"][0].time
    fine = simulate(vacuum(ball, boxes=(table,), fps=1.0 / leave, num_frames=2))
    cosine = (fine.position[-1, 0, 1] - 1.0) / 0.1
    yield "creeping off an edge: leaves at cos(theta)", cosine, 10.0 / 17.0, 1e-4


def drag():
    """Terminal speed, and a projectile with drag and wind against an adaptive integrator."""
    from scipy.integrate import solve_ivp

    ball = Body(radius=0.02, density=84.0, position=(0.0, 200.0, 0.0))
    motion = simulate(Scene(bodies=(ball,), num_frames=24 * 12))
    moved = 84.0 + 0.6  # kg/m^3: the ball and half of the air that it displaces
    k = 0.375 * 1.2 * 0.47 / (moved * 0.02)
    g = G * (84.0 - 1.2) / moved
    yield "terminal speed of a table-tennis ball, m/s", -motion.velocity[-1, 0, 1], math.sqrt(g / k), 1e-6
    ball = Body(radius=0.02, density=84.0, position=(0.0, 3.0, 0.0), velocity=(8.0, 6.0, 1.0))
    motion = simulate(Scene(bodies=(ball,), wind=(-3.0, 0.0, 2.0), num_frames=25))
    wind = np.array([-3.0, 0.0, 2.0])

    def rate(_, y):
        u = y[3:] - wind
        return np.concatenate([y[3:], [0.0, -g, 0.0] - k * np.linalg.norm(u) * u])

    start = np.array([0.0, 3.0, 0.0, 8.0, 6.0, 1.0])
    times = np.arange(25) / 24.0
    true = solve_ivp(rate, (0.0, 1.0), start, t_eval=times, rtol=1e-12, atol=1e-12).y.T
    error = float(np.abs(true[:, :3] - motion.position[:, 0]).max())
    yield "projectile, drag and wind: error against solve_ivp, m", error, 0.0, 1e-6
    yield "  its apex, m", float(motion.position[:, 0, 1].max()), float(true[:, 1].max()), 1e-6


def endurance(minutes: float):
    """A long run of lively balls in a closed room."""
    rng = np.random.default_rng(1)
    balls = [
        Body(
            name=f"ball {k}",
            radius=0.08 + 0.02 * k,
            position=(-1.2 + 0.6 * k, 1.0, 0.4 * (-1) ** k),
            velocity=tuple(rng.normal(0, 2, 3)),
            restitution=e,
            friction=mu,
        )
        for k, (e, mu) in enumerate([(1.0, 0.0), (1.0, 0.0), (1.0, 0.0), (0.999, 0.3), (0.9, 0.3)])
    ]
    scene = vacuum(*balls, boxes=room(), num_frames=round(minutes * 60 * 24))
    motion = simulate(scene)
    e = energy(scene, motion)
    name = f"{minutes:g} simulated minutes, 5 balls in a room"
    yield f"{name}: all finite", float(np.isfinite(motion.position).all()), 1.0, 0.0
    yield "  deepest overlap with a wall or a ball, m", deepest(scene, motion), 0.0, 1e-6
    yield "  largest relative rise of energy in a frame", max(0.0, float(np.diff(e).max() / e[0])), 0.0, 1e-6
    yield "  impacts (at least 1000 per 10 minutes)", float(len(motion.events) >= 100 * minutes), 1.0, 0.0


def main(arguments: Sequence[str] = ()) -> dict:
    """Run everything; the result's "pass" is false if a check fails."""
    parser = argparse.ArgumentParser(prog="benchmarks.physics", description="Checks of the rigid world.")
    parser.add_argument("--quick", action="store_true", help="one simulated minute instead of ten")
    options = parser.parse_args(arguments)
    checks = []
    minutes = 1.0 if options.quick else 10.0
    for part in (bounces(), collisions(), cradle(), rolling(), drag(), endurance(minutes)):
        for name, measured, expected, tolerance in part:
            passed = bool(abs(measured - expected) <= tolerance)
            checks.append([name, float(measured), float(expected), f"{tolerance:g}", passed])
    speed = speed_rows()
    rows = checks + [[name, value, None, note, None] for name, value, note in speed]
    print_table("Rigid world", ["check", "measured", "expected", "tolerance", "pass"], rows)
    keys = ("name", "measured", "expected", "tolerance", "pass")
    found = {
        "checks": [dict(zip(keys, row, strict=True)) for row in checks],
        "speed": [dict(zip(("name", "value", "note"), row, strict=True)) for row in speed],
        "pass": all(row[4] for row in checks),
    }
    write_results("physics", found)
    return found


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
