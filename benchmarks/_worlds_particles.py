"""Rows of `benchmarks.worlds` for particles: terminal speeds, drag in closed form, gusts, streaks, loops."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.report import case_row
from physics.media import Particles
from physics.scene import Camera, Scene
from physics.worlds import drag
from physics.worlds.particles import build_world
from physics.worlds.particles_draw import Sprites, canvas_of, streaks
from physics.worlds.particles_fall import build_air, in_the_air
from physics.worlds.turbulence import Gusts, gusts_of

CAMERA = Camera(position=(0.0, 0.8, 3.0), look_at=(0.0, 0.7, 0.0), fov_deg=36.0)


def rain(per_m3: float = 300.0, **fields: Any) -> Scene:
    """A scene of nothing but rain."""
    return Scene(camera=CAMERA, particles=(Particles(per_m3=per_m3, **fields),), num_frames=24)


_row = partial(case_row, "particles")


def rows() -> list[dict[str, Any]]:
    """One row a case: method, case, published or analytic value, ours, tolerance, whether it holds."""
    return [
        *_terminal(),
        *_fall(),
        *_stokes(),
        *(_gunn_kinzer(d, v) for d, v in ((1e-3, 4.03), (2e-3, 6.49), (3e-3, 8.06), (5e-3, 9.09))),
        _divergence(),
        *_streaks(),
        _loop(),
    ]


def _terminal() -> list[dict[str, Any]]:
    """Speed after a long fall against sqrt(2 m g / (rho C_d A)) and 2 (rho - rho_air) g r^2 / (9 mu)."""
    d, density, c = 0.02, 900.0, 0.44
    analytic = np.sqrt(4 / 3 * (density - drag.AIR) / drag.AIR * drag.EARTH * d / c)
    ours = drag.quadratic_fall(30.0, drag.sphere_speed(d, density))[1]
    r = 1e-5
    stokes = 2 * (1000.0 - drag.AIR) * drag.EARTH * r * r / (9 * drag.VISCOSITY)
    tau = stokes / drag.EARTH
    zero, down = np.zeros((3, 1)), np.array([[0.0], [-stokes], [0.0]])
    after = drag.stokes_path(np.array([1.0]), zero, zero, down, tau)[1][1, 0]
    return [
        _row("terminal speed of a 2 cm hailstone, m/s", float(analytic), float(ours), 1e-6),
        _row("terminal speed of a 20 um droplet (Stokes), m/s", -stokes, float(after), 1e-9),
    ]


def _fall() -> list[dict[str, Any]]:
    """Quadratic drag from rest: closed form against an integration of the equation of motion."""

    def law(t, y):
        return [y[1], drag.EARTH * (1 - (y[1] / 6.49) ** 2)]

    truth = solve_ivp(law, (0, 1.5), [0.0, 0.0], rtol=1e-11, atol=1e-13).y[:, -1]
    ours = drag.quadratic_fall(1.5, 6.49)
    return [
        _row("fall under quadratic drag in 1.5 s, m", truth[0], float(ours[0]), 1e-8),
        _row("speed then, m/s", truth[1], float(ours[1]), 1e-8),
    ]


def _stokes() -> list[dict[str, Any]]:
    """Stokes drag in a wind: closed form against an integration."""
    tau, drift = 0.31, np.array([[3.0], [-3.04], [0.5]])
    start, velocity = np.array([[0.0], [1.0], [0.0]]), np.array([[-4.0], [5.0], [1.0]])

    def law(t, y):
        return np.concatenate([y[3:], (drift[:, 0] - y[3:]) / tau])

    first = np.concatenate([start, velocity])[:, 0]
    truth = solve_ivp(law, (0, 0.8), first, rtol=1e-11, atol=1e-13).y[:, -1]
    place, _ = drag.stokes_path(np.array([0.8]), start, velocity, drift, tau)
    return [
        _row(f"spark in the wind after 0.8 s, {a}, m", truth[i], place[i, 0], 1e-8)
        for i, a in enumerate("xyz")
    ]


def _gunn_kinzer(diameter: float, speed: float) -> dict[str, Any]:
    case = f"raindrop of {1000 * diameter:g} mm (Gunn & Kinzer 1949), m/s"
    return _row(case, speed, float(drag.rain_speed(diameter)), 0.03 * speed)


def _divergence() -> dict[str, Any]:
    """Largest divergence of the gusts over their largest gradient."""
    air, x, h = (
        gusts_of(np.random.default_rng(3), 0.5, 2.0),
        np.random.default_rng(4).uniform(-9, 9, (3, 5000)),
        1e-4,
    )
    slope = [
        (air.velocity(x + h * e, 0.0) - air.velocity(x - h * e, 0.0)) / (2 * h) for e in np.eye(3)[:, :, None]
    ]
    total = sum(s[a] for a, s in enumerate(slope))
    return _row(
        "divergence of the gusts over their gradient",
        0.0,
        float(np.abs(total).max() / np.abs(slope).max()),
        1e-6,
    )


def _streaks() -> list[dict[str, Any]]:
    """A drop's streak: as long as its speed times the exposure, and of the same light whatever its length."""
    scene = rain(exposure_s=0.02)
    world = build_world(scene)
    air = build_air(scene, world)
    calm = replace(world, gusts=Gusts(*(np.zeros_like(a) for a in vars(world.gusts).values())))
    cloud = in_the_air(calm, air, 1.0)
    whole = cloud.age + 0.02 < air.cycle
    ratio = np.linalg.norm(cloud.to - cloud.at, axis=0)[whole] / (air.speed[whole] * 0.02)
    light = []
    for length in (0.0, 25.0):
        canvas = canvas_of(np.full((64, 64), 1e9))
        a = np.array([[31.3], [18.2]])
        b = a + np.array([[0.2 * length], [length]])
        streaks(canvas, Sprites(a, b, *np.array([[2.0], [0.35], [1.0]]), np.ones((3, 1))), shining=True)
        light.append(float(canvas.shine.sum()))
    return [
        _row("streak over speed times exposure", 1.0, float(ratio[np.abs(ratio - 1).argmax()]), 1e-9),
        _row("light of a streak of 25 px over that of a point", 1.0, light[1] / light[0], 1e-5),
    ]


def _loop() -> dict[str, Any]:
    scene = rain(period_s=3.0, gusts=0.4)
    world = build_world(scene)
    air = build_air(scene, world)
    gap = np.abs(in_the_air(world, air, 0.4).at - in_the_air(world, air, 3.4).at).max()
    return _row("loop of 3 s: largest distance after a period, m", 0.0, float(gap), 1e-9)


def speed() -> dict[str, float]:
    """Processor seconds of placing the particles of a frame."""
    scene = rain(800.0)
    world = build_world(scene)
    air = build_air(scene, world)
    begin = time.process_time()
    for k in range(20):
        in_the_air(world, air, k / 24)
    seconds = (time.process_time() - begin) / 20
    return {
        "particles: places a frame, cpu s": seconds,
        "particles: number": float(len(air.cycle)),
    }
