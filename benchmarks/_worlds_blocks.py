"""Rows of `benchmarks.worlds` for moving boxes: sliding, stacks, energy, impacts, domino waves, speed."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks.report import case_row
from physics.mechanics import Block
from physics.scene import Body, Box, Ground, Scene
from physics.worlds import blocks

G = 9.81
FLOOR = Ground(friction=0.5, restitution=0.2)


_row = partial(case_row, "blocks")


def rows() -> list[dict[str, Any]]:
    """One row a case: method, case, published or analytic value, ours, tolerance, whether it holds."""
    out = [*_threshold(), *_stack(), *_fall(), _momentum(), _seesaw()]
    return [*out, *_dominoes()]


def run(
    scene: Scene, seconds: float, dt: float = 1 / 24
) -> tuple[blocks.BlockWorld, list[blocks.BlockState]]:
    """The states every `dt` s."""
    world, states = blocks.build_world(scene), [blocks.start_state(scene)]
    for _ in range(round(seconds / dt)):
        states.append(blocks.step(world, states[-1], dt))
    return world, states


def slope(degrees: float, friction: float = 0.5) -> Scene:
    """A block on an incline."""
    a = np.radians(degrees)
    out = np.array([-np.sin(a), np.cos(a), 0.0])
    ramp = Box(centre=tuple(np.array([0.0, 1.0, 0.0]) - 0.1 * out), half_size=(2.0, 0.1, 1.0),
               rotation=(0.0, 0.0, float(a)), friction=friction)  # fmt: skip
    block = Block(half_size=(0.1, 0.03, 0.1), position=tuple(np.array([0.0, 1.0, 0.0]) + 0.03 * out),
                  rotation=(0.0, 0.0, float(a)), friction=friction)  # fmt: skip
    return Scene(ground=FLOOR, boxes=(ramp,), blocks=(block,))


def _moved(scene: Scene, seconds: float) -> float:
    states = run(scene, seconds)[1]
    return float(np.linalg.norm(states[-1].place[0] - states[0].place[0]))


def _threshold() -> list[dict[str, Any]]:
    low, high = 26.0, 27.2  # arctan 0.5 = 26.565 degrees
    while high - low > 0.02:
        mid = 0.5 * (low + high)
        low, high = (low, mid) if _moved(slope(mid), 1.0) > 1e-3 else (mid, high)
    a = np.radians(35.0)
    true = 0.5 * G * (np.sin(a) - 0.5 * np.cos(a))
    return [
        _row("angle from which a block slides, mu = 0.5, tan", 0.5, float(np.tan(np.radians(high))), 0.002),
        _row("way of a block that slides for 1 s at 35 deg, m", true, _moved(slope(35.0), 1.0), 0.01 * true),
    ]


def _stack() -> list[dict[str, Any]]:
    h = 0.05
    tower = tuple(Block(half_size=(h, h, h), position=(0.0, h * (2 * i + 1), 0.0)) for i in range(10))
    world, states = run(Scene(ground=FLOOR, blocks=tower), 10.0)
    energies = [blocks.energy(world, s) for s in states]
    crept = float(np.abs(states[-1].place - states[0].place).max())
    rise = float(np.max(energies) - energies[0]) / energies[0]
    return [
        _row("stack of ten after 10 s: largest shift, mm", 0.0, 1e3 * crept, 1.0),
        _row("stack of ten: largest rise of energy, of the whole", 0.0, rise, 1e-4, rise <= 1e-4),
    ]


def _fall() -> list[dict[str, Any]]:
    """A tower that a ball brings down: energy, overlap."""
    u = 0.05
    tower = tuple(
        Block(half_size=(u, u, u), position=(0.0, u * (2 * i + 1), 0.0), friction=0.5) for i in range(6)
    )
    ball = Body(radius=0.06, density=2000.0, position=(-0.8, 0.42, 0.0), velocity=(4.0, 0.6, 0.2))
    world, states = run(Scene(ground=FLOOR, blocks=tower, bodies=(ball,)), 4.0, 1 / 96)
    energies = np.array([blocks.energy(world, s) for s in states])
    gain = float(np.diff(energies).max() / energies[0])
    low = min(float((s.place[:6, 1] - np.abs(s.turn[:6, 1]) @ np.full(3, u)).min()) for s in states)
    return [
        _row(
            "tower hit by a ball: largest gain of energy in 1/96 s, of the whole",
            0.0,
            gain,
            1e-3,
            gain <= 1e-3,
        ),
        _row("tower hit by a ball: deepest in the ground, mm", 0.0, -1e3 * min(low, 0.0), 1.5),
    ]


def _momentum() -> dict[str, Any]:
    pair = (
        Block(half_size=(0.05, 0.04, 0.06), position=(0.0, 0.5, 0.0), velocity=(2.0, 0.0, 0.0), density=500.0,
              angular_velocity=(1.0, 2.0, 0.5)),
        Block(half_size=(0.06, 0.06, 0.06), position=(0.3, 0.52, 0.03), rotation=(0.3, 0.5, 0.1)),
    )  # fmt: skip
    world, states = run(Scene(ground=None, gravity=(0.0, 0.0, 0.0), blocks=pair), 0.5)
    mass = 1 / world.inverse_mass
    before, after = ((mass[:, None] * s.velocity[:, :3]).sum(0) for s in (states[0], states[-1]))
    turned = float(np.abs(states[-1].velocity[1]).max())
    error = float(np.linalg.norm(after - before) / np.linalg.norm(before))
    return _row(
        "two blocks collide in free space: change of momentum",
        0.0,
        error,
        1e-5,
        error <= 1e-5 and turned > 0.1,
    )


def _seesaw() -> dict[str, Any]:
    """A plank on its hinge swings like a physical pendulum would about its own middle: not at all."""
    plank = Block(
        half_size=(0.6, 0.02, 0.1), position=(0.0, 0.5, 0.0), rotation=(0.0, 0.0, 0.2), hinge=(0.0, 0.0, 1.0)
    )
    _, states = run(Scene(ground=FLOOR, blocks=(plank,)), 5.0)
    return _row("a balanced plank on its hinge: turn after 5 s, rad", 0.0,
                float(np.abs(states[-1].turn - states[0].turn).max()), 1e-6)  # fmt: skip


def domino_speed(tall: float, thick: float, gap: float, friction: float, count: int = 30) -> np.ndarray:
    """Speeds m/s from domino to domino of a wave."""
    floor = Ground(friction=1.0 / friction, restitution=0.0)
    push, dt = 3.0, 1 / 960
    row = tuple(
        Block(half_size=(thick / 2, tall / 2, tall / 4), position=(i * (gap + thick), tall / 2, 0.0),
              restitution=0.0, friction=friction,
              angular_velocity=(0.0, 0.0, -push if i == 0 else 0.0),
              velocity=(push * tall / 2 if i == 0 else 0.0, 0.0, 0.0))
        for i in range(count)
    )  # fmt: skip
    _, states = run(Scene(ground=floor, blocks=row), 1.2, dt)
    tilt = np.array([np.arctan2(s.turn[:count, 0, 1], s.turn[:count, 1, 1]) for s in states])
    times = [np.interp(0.02, np.maximum.accumulate(t), np.arange(len(t)) * dt) for t in tilt.T]
    return (gap + thick) / np.diff(times)


def frictionless_wave(tall: float, thick: float, gap: float, count: int = 45) -> float:
    """Speed m/s of the wave in the model of Shaw (1978) and van Leeuwen (2004), without friction.

    All that have fallen lean on the one before, so that the head's angle tells all others; between impacts
    energy is kept, at an impact the momentum of that one freedom.
    """
    pitch, inertia, top = gap + thick, (tall**2 + thick**2) / 3, np.arcsin(gap / tall)

    def angles(head: np.ndarray, k: int) -> np.ndarray:
        out = [head]
        for _ in range(k - 1):
            out.append(out[-1] + np.arcsin((pitch * np.cos(out[-1]) - thick) / tall))
        return np.array(out)

    head, rate, spent = np.linspace(0.0, top, 400), 3.0, 1.0
    for k in range(1, count):
        turn = (angles(head + 1e-5, k) - angles(head - 1e-5, k)) / 2e-5
        share = (turn**2).sum(0)
        a = angles(head, k)
        height = G * 0.5 * (tall * np.cos(a) + thick * np.sin(a)).sum(0)
        energy = 0.5 * inertia * share[0] * rate**2 + height[0]
        rates = np.sqrt(2 * (energy - height) / (inertia * share))
        spent = float(np.trapezoid(1 / rates, head))
        rate = share[-1] * rates[-1] / (1 + share[-1])
    return pitch / spent


def _dominoes() -> list[dict[str, Any]]:
    out = []
    for gap in (0.012, 0.016, 0.024):
        true = frictionless_wave(0.048, 0.0075, gap)
        ours = domino_speed(0.048, 0.0075, gap, 0.005)[12:27]
        out.append(_row(f"domino wave, gap {1e3 * gap:g} mm, frictionless, m/s (van Leeuwen 2004)", true,
                        float(len(ours) / np.sum(1 / ours)), 0.05 * true))  # fmt: skip
    speeds = domino_speed(0.048, 0.0075, 0.016, 0.2)
    late = [5 / np.sum(1 / speeds[i : i + 5]) for i in (10, 15, 20)]
    spread = float(np.ptp(late) / np.mean(late))
    out.append(_row("domino wave, mu = 0.2: spread of its speed over 15 dominoes", 0.0, spread, 0.03))
    return out


def speed() -> dict[str, float]:
    """Processor seconds per frame of simulation, and its growth with the number of blocks."""
    out = {}
    for count in (10, 20, 40):
        row = tuple(
            Block(half_size=(0.012, 0.08, 0.04), position=(0.074 * i, 0.08, 0.0)) for i in range(count)
        )
        row = (replace(row[0], velocity=(0.2, 0.0, 0.0), angular_velocity=(0.0, 0.0, -2.6)), *row[1:])
        scene = Scene(ground=FLOOR, blocks=row)
        run(scene, 0.5)
        begin = time.process_time()
        states = run(scene, 2.0)[1]
        out[f"blocks: {count} dominoes, simulation, cpu s per frame"] = (time.process_time() - begin) / len(
            states
        )
    return out
