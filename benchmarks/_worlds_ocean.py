"""Rows of `benchmarks.worlds` for the ocean: dispersion, heights, spectrum, energy, loop, foam, motion."""

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
from physics.camera import project
from physics.media import Ocean
from physics.scene import Camera, Scene
from physics.worlds import guides
from physics.worlds import ocean as oc
from physics.worlds import spectrum as sp
from physics.worlds.foam import mean_cover
from physics.worlds.sea_state import height_of, wave_systems, whitecap_cover
from physics.worlds.sea_view import eulerian, water_at

G = 9.81


def sea(wind: float = 12.0, size: int = 256, frames: int = 3, **ocean: Any) -> Scene:
    """A scene of open water seen from 6 m above it."""
    camera = Camera(position=(0.0, 6.0, 0.0), look_at=(0.0, 5.2, -10.0), fov_deg=32.0)
    shape = {"width": size, "height": size, "num_frames": frames}
    return Scene(ground=None, wind=(wind, 0.0, 0.0), ocean=Ocean(**ocean), camera=camera, **shape)


_row = partial(case_row, "ocean")


def rows() -> list[dict[str, Any]]:
    """One row a case: method, case, published or analytic value, ours, tolerance, whether it holds."""
    return [
        _row("period of a 100 m wave, s (deep, tabulated)", 8.0030, 2 * np.pi / _omega(100.0, np.inf), 1e-4),
        _row(
            "phase speed of a 10 m wave, m/s (deep, tabulated)",
            3.9513,
            _omega(10.0, np.inf) * 10 / 2 / np.pi,
            1e-4,
        ),
        *(_phase_speed(depth) for depth in (200.0, 6.0)),
        *(_height(wind) for wind in (3.0, 12.0)),
        *_jonswap(),
        _energy(),
        _loop(),
        _whitecaps(),
        _motion(),
    ]


def _omega(length: float, depth: float) -> float:
    return float(sp.dispersion(np.array(2 * np.pi / length), G, depth))


def _phase_speed(depth: float) -> dict[str, Any]:
    """One mode of the largest tile alone: its phase after 3.7 s in the transform of the rendered height."""
    world = oc.build_world(sea(10.0, depth_m=depth))
    alone = np.zeros_like(world.ahead)
    alone[0, 3, 9] = 0.2
    world = replace(world, ahead=alone, against=np.zeros_like(alone))
    phases = [np.angle(np.fft.rfft2(oc.surface(world, t)[0, ..., 0])[3, 9]) for t in (0.0, 3.7)]
    k = 2 * np.pi / world.tiles[0] * np.hypot(3, 9)
    truth = np.sqrt(G / k * np.tanh(k * depth))
    turns = np.round((truth * k * 3.7 - (phases[0] - phases[1])) / (2 * np.pi))
    speed = (phases[0] - phases[1] + 2 * np.pi * turns) / 3.7 / k
    return _row(
        f"phase speed of one mode, m/s (depth {depth:g} m)", float(truth), float(speed), 1e-4 * float(truth)
    )


def _height(wind: float) -> dict[str, Any]:
    """4 sigma of the height over fixed places, all tiles, five times, 60 000 places each."""
    scene = sea(wind)
    world, rng, found = oc.build_world(scene), np.random.default_rng(1), []
    for t in (0.0, 11.0, 23.0, 41.0, 67.0):
        maps = eulerian(
            oc.surface(world, t), jnp.zeros((oc.TILES, oc.GRID, oc.GRID)), np.float32(world.tiles)
        )
        x, z = rng.uniform(0, 7 * world.tiles[0], (2, 60_000)).astype(np.float32)
        crest = np.float32(world.variance**0.5)
        found.append(np.asarray(water_at(maps, np.float32(world.tiles), x, z, 0 * x, crest)[:, 0]))
    value = height_of(scene)
    return _row(f"H_s = 4 sigma, m (wind {wind:g} m/s)", value, 4 * float(np.std(found)), 0.02 * value)


def _jonswap() -> list[dict[str, Any]]:
    """Peak and variance of the waves that the tiles hold, U10 = 10 m/s over 100 km."""
    scene = sea(10.0, fetch_m=100e3)
    world, (system,) = oc.build_world(scene), wave_systems(scene)
    weight = np.where(np.arange(oc.GRID // 2 + 1) > 0, 0.5, 0.25)
    energy = weight * (np.abs(world.ahead) ** 2 + np.abs(world.against) ** 2)
    peak = 22 * (G**2 / (10.0 * 100e3)) ** (1 / 3)  # Hasselmann et al. (1973)
    edges = np.linspace(0.5 * peak, 1.6 * peak, 34)
    density, _ = np.histogram(world.omega, edges, weights=energy)
    near = np.argmax(np.convolve(density, [0.25, 0.5, 0.25], "same"))
    ours = float(0.5 * (edges[near] + edges[near + 1]))
    m0 = sp.variance(system, G)
    return [
        _row("JONSWAP peak, rad/s", peak, ours, 0.05 * peak),
        _row("JONSWAP m0, m^2", m0, float(energy.sum()), 0.02 * m0),
    ]


def _energy() -> dict[str, Any]:
    """Mean square height of frames 9 900 to 10 000 over that of frames 0 to 100."""
    world = oc.build_world(sea(12.0))

    def mean(first: int) -> float:
        return float(
            np.mean(
                [
                    np.var(oc.surface(world, k / 24)[..., 0], axis=(1, 2)).sum()
                    for k in range(first, first + 101, 4)
                ]
            )
        )

    return _row("energy after 10 000 frames over that at the start", 1.0, mean(9900) / mean(0), 0.03)


def _loop() -> dict[str, Any]:
    """Largest difference of the height after one period, in standard deviations."""
    world = oc.build_world(sea(8.0, period_s=12.0))
    gap = np.abs(np.asarray(oc.surface(world, 5.0) - oc.surface(world, 17.0))[..., 0]).max()
    return _row("loop of 12 s: height off after a period, sigma", 0.0, float(gap) / world.variance**0.5, 1e-4)


def _whitecaps() -> dict[str, Any]:
    """Foam that the tiles hold 30 s on, before it is laid on the long crests."""
    scene = sea(15.0)
    world = oc.build_world(scene)
    state = oc.start(world, 30.0)
    ours = 0.5 * float(np.mean(np.asarray(mean_cover(state.foam)), axis=(1, 2)).sum())
    value = whitecap_cover(15.0)
    return _row("whitecap cover at 15 m/s (Monahan & O'Muircheartaigh 1980)", value, ours, 0.25 * value)


def _motion() -> dict[str, Any]:
    """Particles followed through the closed form against the guide's motion where they are seen."""
    scene = sea(12.0)
    world, dt = oc.build_world(scene), 1 / scene.fps
    guide = next(guides(scene, None))  # type: ignore[arg-type]
    rng = np.random.default_rng(2)
    label = np.stack([rng.uniform(-15, 15, 40_000), rng.uniform(-90, -14, 40_000)])
    now, later = (_particles(world, label, t) for t in (0.0, dt))
    p, depth = _pixels(scene, now)
    q, _ = _pixels(scene, later)
    i, j = np.floor(p).astype(int)
    inside = (i >= 0) & (i < scene.width) & (j >= 0) & (j < scene.height)
    i, j, p, q, depth = i[inside], j[inside], p[:, inside], q[:, inside], depth[inside]
    seen = np.abs(np.asarray(guide.depth)[j, i] / depth - 1) < 0.01
    error = np.hypot(*(np.asarray(guide.motion)[j, i].T - (q - p)))[seen]
    return _row(f"motion of {seen.sum()} particles, median error px", 0.0, float(np.median(error)), 0.05)


def _particles(world: oc.OceanWorld, label: np.ndarray, t: float) -> np.ndarray:
    """Places (3, P) of particles labelled on the finest tile: bilinear in each tile's grid, finest first."""
    x, z, y = label[0].copy(), label[1].copy(), np.zeros(label.shape[1])
    fields = np.asarray(oc.surface(world, t))[..., :3]
    for c in reversed(range(oc.TILES)):
        u, v = x / world.tiles[c] * oc.GRID, z / world.tiles[c] * oc.GRID
        i, j = np.floor(u).astype(int), np.floor(v).astype(int)
        a, b = (u - i)[:, None], (v - j)[:, None]
        at = [[fields[c, (j + dj) % oc.GRID, (i + di) % oc.GRID] for di in (0, 1)] for dj in (0, 1)]
        f = (at[0][0] * (1 - a) + at[0][1] * a) * (1 - b) + (at[1][0] * (1 - a) + at[1][1] * a) * b
        x, y, z = x + f[:, 1], y + f[:, 0], z + f[:, 2]
    return np.stack([x, y, z])


def _pixels(scene: Scene, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (2, P) and depth (P,) of world points at the first frame."""
    places, depth = project(scene, 0.0, point.T)
    return places.T, depth


def speed() -> dict[str, float]:
    """Processor seconds of a 512 x 512 frame (waves and guide), and of the same waves by NumPy's FFT."""
    scene = sea(12.0, 512, 6)
    world, (cpu, wall) = oc.build_world(scene), frame_seconds(scene)[1:].min(0)
    ours = _seconds(lambda: jax.block_until_ready(oc.surface(world, 1.0)))
    numpy = _seconds(lambda: _numpy_surface(world, 1.0))
    return {
        "ocean: frame 512x512, cpu s": float(cpu),
        "ocean: frame 512x512, wall s": float(wall),
        "ocean: waves alone, cpu s": ours,
        "ocean: waves by numpy.fft, cpu s": numpy,
        "ocean: numpy over ours": numpy / ours,
    }


def _numpy_surface(world: oc.OceanWorld, t: float) -> np.ndarray:
    turn = np.exp(-1j * world.omega * t)
    height = 0.5 * (world.ahead * turn + world.against * np.conj(turn))
    return np.fft.irfft2(np.asarray(world.factors) * height, norm="forward")


def _seconds(run, times: int = 5) -> float:
    run()
    begin = time.process_time()
    for _ in range(times):
        run()
    return (time.process_time() - begin) / times
