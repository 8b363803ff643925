"""Rows of `benchmarks.worlds` for linkages: periods, energy, Newton's cradle, speed."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from scipy.special import ellipk

from benchmarks.report import case_row
from physics.mechanics import Linkage
from physics.scene import Body, Scene
from physics.worlds import linkage
from physics.worlds.linkage_check import hung_at_start

G = 9.81


def hung(link: Linkage, count: int = 1, radius: float = 0.05, **body: Any) -> Scene:
    """A scene of bodies on a linkage, in a vacuum."""
    bodies = tuple(Body(radius=radius, **body) for _ in range(count))
    scene = Scene(bodies=bodies, linkage=link, fluid_density=0.0, ground=None)
    places = hung_at_start(scene)
    return replace(
        scene, bodies=tuple(replace(b, position=tuple(p)) for b, p in zip(bodies, places.tolist()))
    )


_row = partial(case_row, "linkage")


def rows() -> list[dict[str, Any]]:
    """One row a case: method, case, published or analytic value, ours, tolerance, whether it holds."""
    out = [_period(a) for a in (5.0, 45.0, 90.0, 150.0)]
    out += [_drift("pendulum", _pendulum(60.0)), _drift("double pendulum", _double())]
    return [*out, _spring_period(), *_cradle(1), *_cradle(2), _decay()]


def _pendulum(angle: float, radius: float = 0.05) -> Scene:
    return hung(Linkage(lengths=(1.0,), angles_deg=(angle,)), radius=radius)


def _double() -> Scene:
    return hung(Linkage(lengths=(0.6, 0.5), angles_deg=(120.0, 150.0)), 2)


def period(scene: Scene) -> float:
    """Seconds between two passes of a single pendulum or spring through its lowest point the same way."""
    world, state, passes = linkage.build_world(scene), linkage.start_state(scene), []
    axis = 1 if world.kind == "spring" else 0
    level = 0.0 if axis == 0 else -(world.length[0] + world.mass[0] * G / world.stiffness)
    step = 0.01
    while len(passes) < 2:
        new = linkage.step(world, state, step)
        a, b = state.place[axis] - level, new.place[axis] - level
        if a < 0 <= b:
            passes.append(_crossing(world, state, axis, level, step))
        state = new
    return passes[1] - passes[0]


def _crossing(world, state, axis: int, level: float, step: float) -> float:
    low, high = 0.0, step
    for _ in range(40):
        mid = 0.5 * (low + high)
        below = linkage.step(world, state, mid).place[axis] < level
        low, high = (mid, high) if below else (low, mid)
    return state.time + high


def _period(angle: float) -> dict[str, Any]:
    scene = _pendulum(angle)
    reach = 1.0 + 0.4 * 0.05**2  # a sphere on a rod: L + 2/5 r^2 / L
    true = 4 * np.sqrt(reach / G) * ellipk(np.sin(np.radians(angle) / 2) ** 2)
    return _row(f"period at {angle:g} deg, s (elliptic integral)", true, period(scene), 1e-4 * true)


def _drift(name: str, scene: Scene) -> dict[str, Any]:
    world, state = linkage.build_world(scene), linkage.start_state(scene)
    swing = G * float(np.cumsum(world.mass[::-1])[::-1] @ world.length)
    drift = linkage.energy(world, linkage.step(world, state, 20.0)) - linkage.energy(world, state)
    return _row(f"{name}: energy drift over 20 s, of m g L", 0.0, drift / swing, 1e-7)


def _spring_period() -> dict[str, Any]:
    mass = 1000 * 4 / 3 * np.pi * 0.06**3
    sag = mass * G / 40.0
    link = Linkage(kind="spring", lengths=(0.4,), angles_deg=(0.0,), stiffness=40.0, stretch_m=sag + 0.1)
    true = 2 * np.pi * np.sqrt(mass / 40.0)
    ours = period(hung(link, radius=0.06, density=1000.0))
    return _row("spring: period of a vertical bounce, s (2 pi sqrt(m/k))", true, ours, 1e-4 * true)


def _cradle(out: int) -> list[dict[str, Any]]:
    angles = (*[-40.0] * out, *[0.0] * (5 - out))
    link = Linkage(kind="cradle", lengths=(0.4,), angles_deg=angles)
    scene = hung(link, 5, 0.03, restitution=1.0)
    world, state = linkage.build_world(scene), linkage.start_state(scene)
    reach = 0.4 + 0.4 * 0.03**2 / 0.4
    whole = 4 * np.sqrt(reach / G) * ellipk(np.sin(np.radians(20.0)) ** 2)
    state = linkage.step(world, state, 9.5 * whole)
    flown = np.degrees(state.place)
    rest = float(np.abs(flown[: 5 - out]).max())
    return [
        _row(f"cradle: {out} in, {out} out after ten impacts, deg", 40.0, float(flown[-out:].min()), 1e-3),
        _row(f"cradle: {out} in, the others at rest, deg", 0.0, rest, 1e-3),
    ]


def _decay() -> dict[str, Any]:
    """A small damped swing: its height after ten periods, exp(-c t / 2) of the first."""
    damping, reach = 0.4, 1.0 + 0.4 * 0.05**2
    scene = hung(Linkage(lengths=(1.0,), angles_deg=(0.5,), damping=damping))
    whole = 2 * np.pi / np.sqrt(G / reach - damping**2 / 4)
    world, state = linkage.build_world(scene), linkage.start_state(scene)
    ours = float(np.degrees(linkage.step(world, state, 10 * whole).place[0])) / 0.5
    true = float(np.exp(-0.5 * damping * 10 * whole))
    return _row("damped small swing: height after ten periods, of the first", true, ours, 1e-3 * true)


def speed() -> dict[str, float]:
    """Processor seconds per frame of simulation."""
    link = Linkage(kind="cradle", lengths=(0.25,), angles_deg=(-38.0, 0.0, 0.0, 0.0, 0.0))
    scene = replace(hung(link, 5, 0.027, restitution=0.985), num_frames=96)
    begin = time.process_time()
    linkage.simulate_linkage(scene, 96)
    cradle = (time.process_time() - begin) / 96
    begin = time.process_time()
    linkage.simulate_linkage(_double(), 96)
    return {
        "linkage: cradle of five, simulation, cpu s per frame": cradle,
        "linkage: double pendulum, simulation, cpu s per frame": (time.process_time() - begin) / 96,
    }
