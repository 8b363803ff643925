"""Rows of `benchmarks.worlds` for ripples: dispersion, rings, energy, walls, caustics, bodies in water,
speed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks._frame_seconds import frame_seconds
from benchmarks.report import case_row
from physics.arrays import light_of
from physics.media import Pool
from physics.rigid import simulate
from physics.scene import Body, Camera, Scene
from physics.worlds import motion
from physics.worlds import ripples as rp
from physics.worlds.diving import WATER, dive
from physics.worlds.pool_view import caustics
from physics.worlds.ripple_guide import _look

G = 9.81


def scene(*bodies: Body, size: int = 512, frames: int = 4, seconds: float = 0.0, **pool: Any) -> Scene:
    """A pool seen from its edge."""
    frames = round(24 * seconds) if seconds else frames
    camera = Camera(position=(0.6, 1.1, 3.8), look_at=(0.0, 0.0, 0.0), fov_deg=34.0)
    return Scene(
        ground=None,
        pool=Pool(**pool),
        bodies=bodies,
        camera=camera,
        width=size,
        height=size,
        num_frames=frames,
    )


_row = partial(case_row, "ripples")


def rows() -> list[dict[str, Any]]:
    """One row a case: method, case, published or analytic value, ours, tolerance, whether it holds."""
    return [
        _row("slowest phase speed of water waves, m/s (at 17.13 mm)", 0.2313, _slowest(), 0.0005),
        *(_mode(length, depth) for length, depth in ((0.5, 0.1), (0.03, 0.9))),
        _ring(),
        _packet(),
        _slosh(),
        _energy(),
        _damping(),
        _caustics(),
        _level(),
        _draught(),
        _sinking(),
    ]  # fmt: skip


def _slowest() -> float:
    k = np.geomspace(100, 1000, 4000)
    return float((rp.dispersion(k, G, np.inf) / k).min())


def _still(sheet: rp.Sheet) -> tuple[np.ndarray, np.ndarray]:
    kind = np.float32 if sheet.walls else np.complex64
    return np.zeros(sheet.k.shape, kind), np.zeros(sheet.k.shape, kind)


def _mode(length: float, depth: float) -> dict[str, Any]:
    """One running wave on a periodic sheet, 60 frames: its phase in the transform of the height."""
    pool = Pool(kind="pond", depth_m=depth)
    side, n = 16 * length, 256
    s = rp.sheet((side, side), n, False, G, pool)
    height, rate = _still(s)
    height[0, 16] = 0.01
    rate[0, 16] = -1j * s.omega[0, 16] * 0.01
    phase = 0.0
    for _ in range(60):
        before = np.angle(np.fft.rfft2(s.heights(height))[0, 16])
        height, rate = rp.turned(s, height, rate, 1 / 96)
        step = np.angle(np.fft.rfft2(s.heights(height))[0, 16]) - before
        phase += np.mod(-step + np.pi, 2 * np.pi) - np.pi
    k = 2 * np.pi / length
    truth = float(np.sqrt((G * k + rp.TENSION * k**3) * np.tanh(k * depth)))
    return _row(f"omega of waves of {length:g} m on {depth:g} m, 1/s", truth, phase / (60 / 96), 1e-3 * truth)


def _ring() -> dict[str, Any]:
    """A hump on shallow water: its ring's crest runs at sqrt(g h)."""
    pool, side, n = Pool(depth_m=0.02), 26.0, 512
    s = rp.sheet((side, side), n, False, G, replace(pool, film=0.0))
    x = (np.arange(n) - n // 2) * side / n
    hump = np.exp(-(x[None] ** 2 + x[:, None] ** 2) / (2 * 0.5**2)).astype(np.float32)
    start = s.modes(1e-3 * hump), _still(s)[1]

    def crest(t: float) -> float:
        line = s.heights(rp.turned(s, *start, t)[0])[n // 2, n // 2 :]
        i = int(np.argmax(line[8:])) + 8
        a, b, c = line[i - 1 : i + 2]
        return float(x[n // 2 + i] + 0.5 * side / n * (a - c) / (a - 2 * b + c))

    speed = (crest(24.0) - crest(12.0)) / 12.0
    c = float(np.sqrt(G * 0.02))
    return _row("speed of a ring on 20 mm of water, m/s (sqrt(g h))", c, speed, 0.01 * c)


def _packet() -> dict[str, Any]:
    """A ring of waves of 0.2 m on deep water: its energy runs at the group speed."""
    side, n, length = 12.0, 512, 0.2
    s = rp.sheet((side, side), n, False, G, Pool(depth_m=5.0, film=0.0))
    k0 = 2 * np.pi / length
    lobe = np.exp(-0.5 * ((s.k - k0) / (0.06 * k0)) ** 2).astype(np.complex64)
    shift = np.where((np.arange(n)[:, None] + np.arange(n // 2 + 1)[None]) % 2, -1, 1)  # to the middle
    x = (np.arange(n) - n // 2) * side / n
    radius = np.hypot(x[None], x[:, None])

    def reach(t: float) -> float:
        h, v = rp.turned(s, lobe * shift, 0 * lobe, t)
        energy = s.heights(v) ** 2 + s.heights(s.omega * h) ** 2
        return float((energy * radius).sum() / energy.sum())

    speed = (reach(7.0) - reach(4.0)) / 3.0
    dk = 1e-3 * k0
    theory = float((rp.dispersion(k0 + dk, G, 5.0) - rp.dispersion(k0 - dk, G, 5.0)) / (2 * dk))
    return _row("speed of a ring of 0.2 m waves, m/s (group speed)", theory, speed, 0.01 * theory)


def _slosh() -> dict[str, Any]:
    """The longest wave between two walls of 4 m: half its period by the change of sign at one wall."""
    s = rp.sheet((4.0, 3.0), 64, True, G, Pool(depth_m=0.8))
    height, rate = _still(s)
    height[0, 1] = 0.02
    k = np.pi / 4.0
    truth = float(np.pi / np.sqrt((G * k + rp.TENSION * k**3) * np.tanh(k * 0.8)))
    dt, t, last = 1 / 240, 0.0, 1.0
    crossings = []
    while len(crossings) < 2:
        height, rate = rp.turned(s, height, rate, dt)
        t, now = t + dt, float(s.heights(height)[0, 0])
        if now * last < 0:
            crossings.append(t - dt * now / (now - last))
        last = now
    return _row(
        "half a period of the slosh in a pool of 4 m, s", truth, crossings[1] - crossings[0], 1e-3 * truth
    )


def _power(s: rp.Sheet, height, rate) -> float:
    """Twice the energy of all modes that move, over the density, but for the factor of the basis."""
    some = s.omega > 0
    share = np.where(some, 1 / np.maximum(s.deep, 1e-9), 0.0)
    return float((share * (np.abs(rate.astype(np.complex128)) ** 2 + np.abs(s.omega * height) ** 2)).sum())


def _energy() -> dict[str, Any]:
    """Waves between walls without damping, 10 000 frames one by one."""
    s = replace(rp.sheet((4.0, 3.0), 64, True, G, Pool()), decay=np.zeros((64, 64), np.float32))
    rng = np.random.default_rng(1)
    shape = np.exp(-((s.k / 12) ** 2)).astype(np.float32)
    height, rate = ((rng.normal(size=s.k.shape) * shape).astype(np.float32) for _ in range(2))
    before = _power(s, height, rate)
    for _ in range(10_000):
        height, rate = rp.turned(s, height, rate, 1 / 24)
    return _row(
        "energy after 10 000 undamped frames over that at the start",
        1.0,
        _power(s, height, rate) / before,
        2e-3,
    )


def _damping() -> dict[str, Any]:
    """Waves of 5 cm on clean water lose energy as e^(-4 nu k^2 t)."""
    s = rp.sheet((0.8, 0.8), 64, False, G, Pool(film=0.0, depth_m=1.0))
    height, rate = _still(s)
    height[0, 16] = 1e-3
    before, k = _power(s, height, rate), 2 * np.pi / 0.05
    for _ in range(96):
        height, rate = rp.turned(s, height, rate, 1 / 24)
    return _row("energy of 5 cm waves after 4 s, e^(-4 nu k^2 t)", float(np.exp(-16e-6 * k * k)),
                _power(s, height, rate) / before, 1e-3)  # fmt: skip


def _caustics() -> dict[str, Any]:
    """Sunlight on the bed of a rippled pool, mean over the bed: light is not made or lost."""
    some = scene(chop=0.04)
    world, light = rp.build_world(some), light_of(some)
    assert some.pool is not None
    state = rp.start(world, some.pool, (0.0, 0.0))
    height = world.sheets[0].heights(state.height[0]).astype(np.float32)
    mean = float(np.mean(np.asarray(caustics(_look(some, light), height, light))))
    return _row("mean sunlight under caustics over that under flat water", 1.0, mean, 0.01)


def _level() -> dict[str, Any]:
    """A stone under water lifts the level by its volume over the pool's area."""
    stone = Body(radius=0.1, density=2600.0, position=(0.0, 0.3, 0.0))
    some = scene(stone, seconds=2.0, length_m=2.0, width_m=2.0, chop=0.0, cells=128)
    _, pushes, _ = dive(some, simulate(some))
    world = rp.build_world(some)
    assert some.pool is not None
    state = rp.step(world, rp.start(world, some.pool, (0.0, 0.0)), 2.0, pushes)
    return _row("rise of the level by a sunk stone, mm", 1e3 * 4 / 3 * np.pi * 1e-3 / 4.0,
                1e3 * float(np.mean(world.sheets[0].heights(state.height[0]))), 0.01)  # fmt: skip


def _draught() -> dict[str, Any]:
    """A ball of half the density of water comes to rest half immersed."""
    ball = Body(radius=0.1, density=0.5 * WATER, position=(0.0, 0.6, 0.0))
    rest = float(motion(scene(ball, seconds=16.0)).position[-1, 0, 1])
    return _row("height of a ball of half the density of water at rest, radii", 0.0, rest / 0.1, 0.01)


def _sinking() -> dict[str, Any]:
    """A stone reaches the speed at which drag is its weight under water."""
    stone = Body(radius=0.02, density=2600.0, position=(0.0, 0.05, 0.0))
    moved = motion(scene(stone, seconds=3.0, depth_m=6.0))
    theory = np.sqrt(8 / 3 * 0.02 * G * (2600 / WATER - 1) / 0.47)
    return _row("speed of a sinking stone, m/s", theory, -float(moved.velocity[-1, 0, 1]), 0.005 * theory)


def speed() -> dict[str, float]:
    """Processor seconds of a 512 x 512 frame (waves and guide), per kind of water."""
    ball = Body(radius=0.15, density=300.0, position=(0.0, 0.4, 0.0))
    kinds = {
        "pool with a ball": scene(ball, frames=8),
        "rain on a pond": scene(kind="pond", rain_mm_h=5.0, frames=8),
    }
    out = {}
    for name, some in kinds.items():
        out[f"ripples: frame 512x512, {name}, cpu s"] = float(np.median(frame_seconds(some)[1:, 0]))
    return out
