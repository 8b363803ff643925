"""Rows of `benchmarks.worlds` for cloth and ropes: catenary, stretch, falling, layers, speed of a frame."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np
from scipy.optimize import brentq

from benchmarks._frame_seconds import frame_seconds
from benchmarks.report import case_row
from physics.mechanics import Rod, Rope, Sheet
from physics.scene import Body, Ground, Scene
from physics.worlds import fabric

NO_BALLS = np.zeros((0, 3))
THICK_AIR = 900.0  # kg/m^3: brings a swinging rope to rest within seconds, and weighs nothing here


_row = partial(case_row, "fabric")


def rows() -> list[dict[str, Any]]:
    """One row a case: method, case, published or analytic value, ours, tolerance, whether it holds."""
    out = [_sag(2.5, 16), _sag(2.5, 32), _sag(2.5, 64), _sag(3.2, 32)]
    return [*out, _stretch(), _fall(), *_draped()]


def _run(scene: Scene, item: Rope | Sheet, seconds: float, balls: np.ndarray = NO_BALLS):
    world = fabric.build_world(scene, item)
    state = world.start
    for _ in range(round(seconds * scene.fps)):
        state = fabric.advance(world, state, (balls, balls))
    return world, state


def _sag(length: float, cells: int) -> dict[str, Any]:
    """A chain that is let go from a zigzag, at rest again, against the catenary."""
    rope = Rope(kind="chain", length=length, cells=cells)
    scene = Scene(ground=None, fluid_density=THICK_AIR, ropes=(rope,))
    world = fabric.build_world(scene, rope)
    place = np.array(world.start.place)
    place[1, 0, 1:-1] += 0.1 * np.sin(np.linspace(0, 9, cells - 1))
    state = replace(world.start, place=jax.numpy.asarray(place))
    for _ in range(round(12 * scene.fps)):
        state = fabric.advance(world, state, (NO_BALLS, NO_BALLS))
    a = float(brentq(lambda a: 2 * a * np.sinh(1 / a) - length, 0.05, 50))
    true = a * (np.cosh(1 / a) - 1)
    ours = 1.5 - float(np.asarray(state.place)[1].min())
    return _row(
        f"sag of a {length:g} m chain over 2 m, {cells} links, m (catenary)", true, ours, 0.005 * true
    )


def _flag() -> tuple[Scene, Sheet]:
    cloth = Sheet(corner=(0.0, 2.2, 0.0), held="left", cells=40)
    return Scene(wind=(6.0, 0.0, -1.0), sheets=(cloth,), ground=None), cloth


def _stretch() -> dict[str, Any]:
    world, state = _run(*_flag(), 3.0)
    p = np.asarray(state.place)
    long = np.linalg.norm(np.diff(p, axis=2), axis=0) / float(world.numbers.spacing[0])
    return _row("flag in a wind of 6 m/s: mean stretch of its threads", 1.0, float(long.mean()), 0.03)


def _fall() -> dict[str, Any]:
    cloth = Sheet(corner=(0.0, 5.0, 0.0), down=(0.0, 0.0, 0.8), cells=16)
    scene = Scene(ground=None, fluid_density=0.0, sheets=(cloth,))
    _, state = _run(scene, cloth, 1.0)
    ours = 5.0 - float(np.asarray(state.place)[1].mean())
    return _row("cloth in a vacuum falls in 1 s, m", 0.5 * 9.81, ours, 0.005 * 0.5 * 9.81)


def _draped() -> list[dict[str, Any]]:
    """A cloth over a ball: nothing in the ball, layers apart, at rest."""
    ball = Body(radius=0.25, position=(0.0, 0.25, 0.0))
    cloth = Sheet(
        corner=(-0.6, 0.7, -0.6), across=(1.2, 0.0, 0.0), down=(0.0, 0.0, 1.2), cells=48, thickness=0.02
    )
    scene = Scene(bodies=(ball,), ground=Ground(), sheets=(cloth,))
    world, state = _run(scene, cloth, 4.0, np.array([ball.position]))
    p = np.asarray(state.place).reshape(3, -1).T
    inside = float(0.25 - np.linalg.norm(p - ball.position, axis=1).min())
    far = _layer_gap(p, world.plan.rows, world.plan.columns)
    speed = float(np.abs(np.asarray(state.speed)).mean())
    gap = far / 0.02
    return [
        _row("cloth over a ball: deepest node in it, mm", 0.0, 1e3 * max(inside, 0.0), 0.5),
        _row("cloth over a ball: least distance of layers, thicknesses", 1.0, gap, 0.75, gap > 0.25),
        _row("cloth over a ball after 4 s: mean speed, m/s", 0.0, speed, 0.05),
    ]


def _layer_gap(p: np.ndarray, rows: int, columns: int) -> float:
    """Least distance between nodes that are more than three cells apart in the cloth."""
    r, c = np.divmod(np.arange(rows * columns), columns)
    least = np.inf
    for i in range(0, len(p), 7):
        apart = (np.abs(r - r[i]) > 3) | (np.abs(c - c[i]) > 3)
        least = min(least, float(np.linalg.norm(p[apart] - p[i], axis=1).min()))
    return least


def speed() -> dict[str, float]:
    """Processor seconds of a 512 x 512 frame of a flag (simulation and guide), and of simulation alone."""
    scene, cloth = _flag()
    pole = Rod(start=(-0.03, 0.0, 0.0), end=(-0.03, 2.4, 0.0))
    scene = replace(scene, rods=(pole,), ground=Ground(), num_frames=10, width=512, height=512)
    out = {"fabric: frame 512x512 of a flag, cpu s": float(np.median(frame_seconds(scene)[2:, 0]))}
    for cells in (24, 48, 96):
        item = replace(cloth, cells=cells, thickness=0.5 / cells)
        world = fabric.build_world(replace(scene, sheets=(item,)), item)
        state = fabric.advance(world, world.start, (NO_BALLS, NO_BALLS))
        begin = time.process_time()
        for _ in range(5):
            state = fabric.advance(world, state, (NO_BALLS, NO_BALLS))
        nodes = world.plan.rows * world.plan.columns
        out[f"fabric: {nodes} nodes, simulation, cpu s per frame"] = (time.process_time() - begin) / 5
    return out
