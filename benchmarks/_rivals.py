"""The same methods by other means, for `benchmarks.worlds_speed`: NumPy, SciPy, Taichi where it is there.

Each is written as one would with that library, without tricks. The gas rivals do less than ours: the two
projections and the MacCormack advection of velocity and fields, no forces, no sources, no burning.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from scipy import fft, ndimage

from physics.scene import Scene
from physics.worlds.drag import EARTH
from physics.worlds.ocean import OceanWorld
from physics.worlds.particles import build_world
from physics.worlds.particles_fall import build_air
from physics.worlds.smoke import DETAIL, SmokeState, SmokeWorld

STEPS = 4  # a frame, of a particle system that steps


def waves_by_numpy(world: OceanWorld, time: float) -> np.ndarray:
    """The sea's fields by numpy.fft."""
    turn = np.exp(-1j * world.omega * time)
    height = 0.5 * (world.ahead * turn + world.against * np.conj(turn))
    return np.fft.irfft2(np.asarray(world.factors) * height, norm="forward")


def particles_by_steps(scene: Scene, frames: int) -> np.ndarray:
    """Raindrops moved through gusts and drag by midpoint steps from the start to frame `frames`."""
    world = build_world(scene)
    air = build_air(scene, world)
    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 3, (3, len(air.cycle)))
    v = np.zeros_like(x)
    dt = scene.time_scale / scene.fps / STEPS
    down = np.array([[0.0], [-EARTH], [0.0]])
    for k in range(frames * STEPS):
        wind = world.wind[:, None] + world.gusts.velocity(x + 0.5 * dt * v, k * dt)
        slip = v - wind
        v = v + dt * (down - EARTH * np.linalg.norm(slip, axis=0) * slip / air.speed**2)
        x = x + dt * v
    return x


def _arrays(world: SmokeWorld, state: SmokeState) -> tuple[np.ndarray, np.ndarray, float]:
    """Velocity (3, x, y, z) cells/s in the cells, fields (3, x, y, z) on the fine grid, step s."""
    cells = world.plan.domain.cells
    u = [np.asarray(c) for c in state.velocity]
    centred = np.stack([0.5 * (np.take(c, range(n), a) + np.take(c, range(1, n + 1), a))
                        for a, (c, n) in enumerate(zip(u, cells, strict=True))])  # fmt: skip
    fine = tuple(n * DETAIL for n in cells)
    return centred, np.asarray(state.rows).T.reshape(3, *fine), float(world.numbers.dt)


def gas_by_scipy(world: SmokeWorld, state: SmokeState) -> np.ndarray:
    """A step of advection-reflection and of the fields by scipy.ndimage and scipy.fft."""
    velocity, fields, dt = _arrays(world, state)
    for _ in range(2):
        velocity = _projected(_maccormack(velocity, 0.5 * dt * velocity))
    shift = np.stack([ndimage.zoom(v, DETAIL, order=1, grid_mode=True, mode="nearest") for v in velocity])
    return _maccormack(fields, dt * DETAIL * shift)


def _maccormack(fields: np.ndarray, shift: np.ndarray) -> np.ndarray:
    grid = np.stack(np.meshgrid(*[np.arange(n, dtype=np.float32) for n in fields.shape[1:]], indexing="ij"))
    out = []
    for f in fields:
        there = ndimage.map_coordinates(f, grid - shift, order=1, mode="nearest")
        back = ndimage.map_coordinates(there, grid + shift, order=1, mode="nearest")
        low, high = ndimage.minimum_filter(f, 3), ndimage.maximum_filter(f, 3)
        out.append(np.clip(there + 0.5 * (f - back), low, high))
    return np.stack(out)


def _projected(u: np.ndarray) -> np.ndarray:
    div = np.add.reduce([np.gradient(u[a], axis=a) for a in range(3)])
    hat = fft.dctn(div, type=2)
    k = [2 * np.cos(np.pi * np.arange(n) / n) - 2 for n in div.shape]
    total = k[0][:, None, None] + k[1][None, :, None] + k[2][None, None, :]
    total[0, 0, 0] = 1.0
    p = fft.idctn(hat / total, type=2)
    return u - np.stack([np.gradient(p, axis=a) for a in range(3)])


def gas_by_taichi(world: SmokeWorld, state: SmokeState) -> Callable[[], object] | None:
    """The advection of `gas_by_scipy` as Taichi kernels on the processor, without projections.

    None where it is not installed.
    """
    if find_spec("taichi") is None:
        return None
    from benchmarks._rival_taichi import advection

    import_module("taichi").init(arch=import_module("taichi").cpu, log_level="error")
    return advection(*_arrays(world, state), DETAIL)
