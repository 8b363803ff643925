"""Rows of `benchmarks.worlds` for soft and granular matter: repose, slump, vibration, momentum, speed."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks._frame_seconds import frame_seconds
from benchmarks.report import case_row
from parabola.prompts import scene_from_prompt
from physics.media import Lump, Matter
from physics.scene import Scene
from physics.worlds import matter_world as mw
from physics.worlds import motion
from physics.worlds.matter_laws import determinant, strained

G = 9.81
PROMPTS = {
    "jelly": "a red jelly cube lands on a table and wobbles",
    "sand": "sand pours into a pile",
    "snow": "a snowball smashes on the ground",
    "goo": "honey pours onto a table",
}

_row = partial(case_row, "matter")


def rows() -> list[dict[str, Any]]:
    """One row a case: method, case, published or analytic value, ours, tolerance, whether it holds."""
    return [*(_repose(phi) for phi in (25.0, 34.0)), *_slump(), *_bar(), *_flight(), _crater()]


def run(scene: Scene, count: int) -> tuple[mw.MatterWorld, list[mw.MatterState]]:
    """The states of `count` frames."""
    world = mw.build_world(scene)
    return world, list(mw.frames(world, mw.start(world, scene), count))


def _repose(phi: float) -> dict[str, Any]:
    """The steepest cone that stands: one that loses a degree in 0.75 s slides. Bisected to a degree.

    One let go much too steep would overshoot: what slides has momentum.
    """
    low, high = phi - 8.0, phi + 8.0
    while high - low > 1.0:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if _slides(phi, middle) else (middle, high)
    return _row(f"sand of {phi:g} deg friction: steepest cone that stands, deg", phi, 0.5 * (low + high), 2.0)


def _slides(phi: float, steep: float) -> bool:
    wide = 0.5
    high = 0.5 * wide * np.tan(np.radians(steep))
    lump = Lump(centre=(0.0, 0.5 * high, 0.0), size=(wide, high, wide), shape="cone")
    sand = Matter(lumps=(lump,), size=(0.66, 0.3, 0.66), cells=40, friction_deg=phi, grip=1.0)
    world, states = run(Scene(matter=sand, num_frames=19), 19)
    return flank(world, states[0]) - flank(world, states[-1]) > 1.0


def flank(world: mw.MatterWorld, state: mw.MatterState) -> float:
    """Slope in degrees of a heap in the middle: the highest particles of 16 sectors of eight rings."""
    p = np.asarray(state.place, float) * world.cell
    middle = 0.5 * np.array(world.cells) * world.cell
    r, turn = np.hypot(p[0] - middle[0], p[2] - middle[2]), np.arctan2(p[2] - middle[2], p[0] - middle[0])
    rings, sector = 0.05 + 0.02 * np.arange(8), np.floor(16 * (turn / (2 * np.pi) + 0.5)).astype(int) % 16
    tops = [np.mean([p[1][(r > a) & (r < a + 0.02) & (sector == s)].max() for s in range(16)]) for a in rings]
    return float(np.degrees(np.arctan(-np.polyfit(rings, tops, 1)[0])))


def _slump() -> list[dict[str, Any]]:
    """A cylinder of Bingham fluid sinks: s = 1 - c y (1 - ln c y) heights, y = yield / (rho g H) (Pashias,
    Boger, Summers & Glenister 1996, J. Rheol. 40:1179, eq. 13), c = sqrt(3) for the yield of von Mises where
    they have 2 for that of Tresca; no friction at the floor."""
    out, high, c = [], 0.15, np.sqrt(3)
    for y in (0.1, 0.2):
        lump = Lump(centre=(0.0, 0.5 * high, 0.0), size=(high, high, high), shape="cylinder")
        goo = Matter(kind="goo", lumps=(lump,), size=(0.6, 0.2, 0.6), cells=40, density=1300.0, poisson=0.4,
                     stiffness_pa=8e4, yield_pa=y * 1300 * G * high,
                     viscosity_pa_s=400.0, grip=0.0)  # fmt: skip
        world, states = run(Scene(matter=goo, num_frames=73), 73)
        before, after = (_top(world, s) for s in (states[0], states[-1]))
        theory = 1 - c * y * (1 - np.log(c * y))
        out.append(_row(f"goo: slump in heights at yield {y:g} rho g H", theory, 1 - after / before, 0.08))
    return out


def _top(world: mw.MatterWorld, state: mw.MatterState) -> float:
    """Height in m of the particles around the middle."""
    p = np.asarray(state.place, float) * world.cell
    middle = 0.5 * np.array(world.cells) * world.cell
    near = np.hypot(p[0] - middle[0], p[2] - middle[2]) < 0.03
    return float(np.percentile(p[1][near], 98)) + 0.25 * world.cell


def _bar() -> list[dict[str, Any]]:
    """A free bar rings along its length: f = sqrt(E / rho) / 2 L, less Rayleigh's share of the cross-section;
    and its energy never rises."""
    long, wide, e, rho, nu = 0.48, 0.06, 1e4, 1000.0, 0.3
    lump = Lump(centre=(0.0, 0.15, 0.0), size=(long, wide, wide))
    jelly = Matter(kind="jelly", lumps=(lump,), size=(0.64, 0.3, 0.2), cells=64, density=rho, poisson=nu,
                   stiffness_pa=e, viscosity_pa_s=0.0)  # fmt: skip
    scene = Scene(matter=jelly, gravity=(0.0, 0.0, 0.0), fps=200.0)
    world = mw.build_world(scene)
    state = mw.start(world, scene)
    x = state.place[0] * world.cell - 0.5 * world.cells[0] * world.cell
    state = replace(state, velocity=state.velocity.at[0].set(0.05 / world.cell * jnp.sin(jnp.pi * x / long)))
    mode, energies = [], []
    steps = int(np.ceil(1 / 200 / mw.mt.limit(world.law, "jelly", 0.1 / world.cell)))
    dt = np.float32(1 / 200 / steps)
    for k in range(201):
        if k:
            state = mw.mt.advance(
                world.plan, world.law, state, world.gravity, np.float32(0), dt, np.int32(steps)
            )
        mode.append(float(jnp.sum(state.velocity[0] * jnp.sin(jnp.pi * x / long))))
        energies.append(_energy(world, state, dt))
    zero = np.flatnonzero(np.diff(np.sign(mode)))
    at = zero + np.array(mode)[zero] / (np.array(mode)[zero] - np.array(mode)[zero + 1])
    period = 2 * float(np.mean(np.diff(at))) / 200
    radius2 = wide**2 / 6  # of the square's polar moment over its area
    theory = 2 * long / np.sqrt(e / rho) * (1 + 0.5 * radius2 * (nu * np.pi / long) ** 2)
    rise = float(np.max(energies) / energies[0] - 1)
    return [
        _row("jelly: period of a bar's first mode, s", theory, period, 0.03 * theory),
        _row("jelly: largest energy in a second over the first, less one", 0.0, rise, 5e-3),
    ]


def _energy(world: mw.MatterWorld, state: mw.MatterState, dt) -> float:
    """Kinetic and elastic energy over density and cell squared, per particle; strain is half a step late."""
    law, b = world.law, strained(state.strain, state.affine, 0.5 * dt)
    j = 0.5 * jnp.log(determinant(b))
    elastic = 0.5 * law.mu * (b[0] + b[1] + b[2] - 3) - law.mu * j + 0.5 * law.lame * j**2
    swirl = jnp.sum(state.affine**2, (0, 1)) / 4  # what the affine part carries: D = cell^2 / 4
    return float(jnp.sum(elastic + 0.5 * jnp.sum(state.velocity**2, 0) + 0.5 * swirl))


def _flight() -> list[dict[str, Any]]:
    """A spinning lump of every kind in free flight keeps its momentum and its angular momentum."""
    out = []
    for kind in ("jelly", "sand", "snow", "goo"):
        lump = Lump(
            centre=(0.0, 0.2, 0.0), size=(0.12, 0.10, 0.14), velocity=(0.4, 0.1, -0.2), spin=(0, 3.0, 2.0)
        )
        some = Matter(
            kind=kind, lumps=(lump,), size=(0.6, 0.4, 0.6), cells=40, cohesion_pa=1e4, stiffness_pa=4e4
        )
        _, states = run(Scene(matter=some, gravity=(0.0, 0.0, 0.0), num_frames=9), 9)
        (p0, l0), (p1, l1) = (_momenta(s) for s in (states[0], states[-1]))
        worst = max(np.abs(p1 - p0).max() / np.abs(p0).max(), np.abs(l1 - l0).max() / np.abs(l0).max())
        out.append(_row(f"{kind}: drift of momenta in free flight, relative", 0.0, float(worst), 1e-3))
    return out


def _momenta(state: mw.MatterState) -> tuple[np.ndarray, np.ndarray]:
    """Momentum, and angular momentum about the centre of mass with the affine share, per particle's mass."""
    x, v, c = (np.asarray(a, float) for a in (state.place, state.velocity, state.affine))
    away = x - x.mean(1, keepdims=True)
    own = 0.25 * np.stack([c[2, 1] - c[1, 2], c[0, 2] - c[2, 0], c[1, 0] - c[0, 1]])
    return v.sum(1), (np.cross(away, v, axis=0) + own).sum(1)


def _crater() -> dict[str, Any]:
    """A steel ball let fall into sand comes to rest in it: its speed after a second over that of its fall."""
    scene, _ = scene_from_prompt("a steel ball drops into sand", num_frames=60)
    speed = np.linalg.norm(np.asarray(motion(scene).velocity)[:, 0], axis=1)
    return _row(
        "steel ball in sand: speed at the end over the largest", 0.0, float(speed[-1] / speed.max()), 0.02
    )


def speed() -> dict[str, float]:
    """Processor seconds of a 512 x 512 frame, simulated and rendered, of each kind; growth with particles."""
    out = {}
    for kind, prompt in PROMPTS.items():
        scene, _ = scene_from_prompt(prompt, num_frames=24)
        out[f"matter: frame 512x512, {kind}, cpu s"] = float(np.median(frame_seconds(scene)[3:, 0]))
    return {**out, **_growth()}


def _growth() -> dict[str, float]:
    """Particle-steps a processor second, and the power of the cost's growth with their number."""
    counts, costs = [], []
    for side in (0.12, 0.17, 0.24):
        sand = Matter(lumps=(Lump(centre=(0.0, 0.5 * side, 0.0), size=(side, side, side)),))
        scene = Scene(matter=sand)
        world = mw.build_world(scene)
        state = mw.start(world, scene)
        call = partial(mw.mt.advance, world.plan, world.law, state, world.gravity, np.float32(0.5))
        jax.block_until_ready(call(np.float32(1e-4), np.int32(40)).place)
        begin = time.process_time()
        jax.block_until_ready(call(np.float32(1e-4), np.int32(40)).place)
        counts.append(state.place.shape[1])
        costs.append((time.process_time() - begin) / 40)
    power = float(np.polyfit(np.log(counts), np.log(costs), 1)[0])
    return {"matter: particle-steps a cpu s": counts[-1] / costs[-1], "matter: power of the growth": power}
