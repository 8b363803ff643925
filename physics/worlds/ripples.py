"""Ripples: small waves on still water, each mode exact in time, with rain, wind and bodies as sources.

Linear waves on water of depth h obey omega^2 = (g k + sigma k^3 / rho) tanh(k h) (Lamb, Hydrodynamics, 1932,
sec. 267). Each mode of the surface is an oscillator that is turned by its own angle, so no time step is too
long and nothing disperses that should not. Between walls the modes are cosines (the walls are exact
mirrors), in the open they are waves on a periodic patch. Damping: 2 nu k^2 of clean water (Lamb sec. 348) and
k sqrt(2 nu omega) / 4 under an inextensible film (Davies & Vose 1965), in their shares.

Sources, in terms of modes: a drop or a body hands its momentum I to the water, which changes the surface
velocity by -(I / rho) k tanh(k h) e^(-k d) at depth d (a point impulse, Lamb sec. 238); a body of immersed
volume V lifts it by V e^(-k d). What a body's added mass carries is part of the impulse.

Limits: linear; no breaking, no splash; the bodies do not feel the waves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.fft as fft

from physics.media import Pool
from physics.scene import Scene
from physics.worlds.diving import Push

TENSION = 0.0728 / 998.2  # m^3/s^2, surface tension over density of water at 20 C
VISCOSITY = 1.0e-6  # m^2/s
FASTEST_DROP = 9.0  # m/s
NARROWEST = 1.6  # cells, radius of the narrowest source
SLOTS = 4  # times in a frame at which sources act


@dataclass(frozen=True)
class Sheet:
    """A rectangle of water: `walls` mirrors at its edges, else it repeats."""

    size: tuple[float, float]  # m along x, along z
    cells: int
    walls: bool
    k: np.ndarray  # (cells, m) 1/m
    omega: np.ndarray  # (cells, m) 1/s
    decay: np.ndarray  # (cells, m) 1/s
    deep: np.ndarray  # (cells, m) k tanh(k h), 1/m

    def modes(self, height: np.ndarray) -> np.ndarray:
        """Modes of a height (cells, cells), row z, column x; the mean of the height is mode 0, 0."""
        if self.walls:
            return np.asarray(fft.dctn(height, norm="forward"))
        return np.asarray(fft.rfft2(height, norm="forward"))

    def heights(self, modes: np.ndarray) -> np.ndarray:
        """The height (cells, cells) of modes."""
        if self.walls:
            return np.asarray(fft.idctn(modes, norm="forward"))
        return np.asarray(fft.irfft2(modes, norm="forward"))

    def points(self, x: np.ndarray, z: np.ndarray, strength: np.ndarray) -> np.ndarray:
        """Modes of unit-volume points at `x`, `z` (n,) m from the middle times `strength` (n,)."""
        across, along = self._waves(x, 0), self._waves(z, 1)
        return (along * strength[:, None]).T @ across / np.float32(self.size[0] * self.size[1])

    def _waves(self, x: np.ndarray, axis: int) -> np.ndarray:
        side = self.size[axis]
        if self.walls:
            phase = np.pi / side * (x[:, None] + 0.5 * side) * np.arange(self.cells)
            return np.cos(phase).astype(np.float32)
        count = self.cells // 2 + 1 if axis == 0 else self.cells
        turns = np.fft.fftfreq(self.cells, 1 / self.cells)[:count]
        phase = -2 * np.pi / side * (x[:, None] + 0.5 * side) * turns
        return np.exp(1j * phase).astype(np.complex64)


@dataclass(frozen=True)
class RipplesWorld:
    """A scene's water, ready to run."""

    sheets: tuple[Sheet, ...]  # the patch; then, for a pond, the small tile of rain and wind
    gravity: float  # m/s^2
    drops: float  # per second and m^2
    seed: int


@dataclass(frozen=True)
class RipplesState:
    """The water at one time: modes of height (m) and of its rate (m/s) of each sheet."""

    time: float  # s
    height: tuple[np.ndarray, ...]
    rate: tuple[np.ndarray, ...]


def dispersion(k, gravity: float, depth: float):
    """omega (1/s) of waves of wave number `k` (1/m) on water `depth` m deep."""
    return np.sqrt((gravity * k + TENSION * k**3) * np.tanh(np.minimum(k * depth, 30.0)))


def sheet(size: tuple[float, float], cells: int, walls: bool, gravity: float, pool: Pool) -> Sheet:
    """A sheet of the water of `pool`."""
    if walls:
        kx, kz = (np.pi / s * np.arange(cells) for s in size)
    else:
        kx = 2 * np.pi / size[0] * np.arange(cells // 2 + 1)
        kz = 2 * np.pi / size[1] * np.fft.fftfreq(cells, 1 / cells)
    k = np.hypot(kz[:, None], kx[None])
    omega = dispersion(k, gravity, pool.depth_m)
    film = 0.25 * k * np.sqrt(2 * VISCOSITY * omega)
    decay = (1 - pool.film) * 2 * VISCOSITY * k**2 + pool.film * film
    deep = k * np.tanh(np.minimum(k * pool.depth_m, 30.0))
    f32 = np.float32
    return Sheet(size, cells, walls, k.astype(f32), omega.astype(f32), decay.astype(f32), deep.astype(f32))


def build_world(scene: Scene) -> RipplesWorld:
    """The water of a scene."""
    pool = scene.pool
    assert pool is not None
    gravity = float(np.linalg.norm(scene.gravity))
    size = (pool.length_m, pool.width_m)
    sheets = [sheet(size, pool.cells, pool.kind == "pool", gravity, pool)]
    if pool.kind == "pond":
        tile = 0.37 * max(size)
        sheets.append(sheet((tile, tile), pool.cells, False, gravity, pool))
    flux = pool.rain_mm_h * 1e-3 / 3600 / MEAN_VOLUME
    return RipplesWorld(tuple(sheets), gravity, flux, abs(int(scene.seed)) % 2**63)


def start(world: RipplesWorld, pool: Pool, wind: tuple[float, float]) -> RipplesState:
    """Water with the small waves that are there at the first frame, on the finest sheet."""
    height = [np.zeros_like(s.k, np.float32 if s.walls else np.complex64) for s in world.sheets]
    rate = [h.copy() for h in height]
    last = world.sheets[-1]
    height[-1], rate[-1] = _chop(last, pool.chop, wind, np.random.default_rng([world.seed, 5]))
    return RipplesState(0.0, tuple(height), tuple(rate))


def _chop(s: Sheet, slope: float, wind: tuple[float, float], rng) -> tuple[np.ndarray, np.ndarray]:
    """Random waves of root mean square `slope`, k^-4 in height variance below the peak; they run downwind."""
    peak = 2 * np.pi / (0.30 * min(s.size))
    k = np.maximum(s.k, 1e-6)
    spread = np.exp(-((peak / k) ** 2)) * k**-2.5 * np.exp(-((k / (7 * peak)) ** 2)) * (s.k > 0)
    if s.walls:
        a, b = (rng.normal(size=k.shape) * spread for _ in range(2))
        b = b * s.omega
    else:
        kx = np.arange(s.cells // 2 + 1)
        kz = np.fft.fftfreq(s.cells, 1 / s.cells)[:, None]
        blow = np.hypot(*wind)
        along = (kx * wind[0] + kz * wind[1]) / (np.hypot(kx, kz) * blow + 1e-6)
        spread = spread * (0.25 + np.abs(along)) if blow > 0.1 else spread
        a = (rng.normal(size=k.shape) + 1j * rng.normal(size=k.shape)) * spread
        forward = np.sign(along) if blow > 0.1 else rng.choice([-1, 1], k.shape)
        b = -1j * s.omega * a * forward
    gx, gz = np.gradient(s.heights(a), s.size[1] / s.cells, s.size[0] / s.cells)
    scale = slope / max(float(np.sqrt(np.mean(gx**2 + gz**2))), 1e-9)
    kind = np.float32 if s.walls else np.complex64
    return (scale * a).astype(kind), (scale * b).astype(kind)


def turned(s: Sheet, height: np.ndarray, rate: np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Free waves `dt` seconds later: each mode turns by omega dt and decays."""
    c, n = np.cos(s.omega * dt), np.sin(s.omega * dt)
    fall = np.exp(-s.decay * dt)
    over = np.where(s.omega > 0, n / np.maximum(s.omega, 1e-12), dt)
    return fall * (c * height + over * rate), fall * (c * rate - s.omega * n * height)


def step(
    world: RipplesWorld,
    state: RipplesState,
    dt: float,
    pushes: Sequence[Push] = (),
    drops: Drops | None = None,
) -> RipplesState:
    """The water `dt` seconds later, with what `pushes`, falling `drops` and rain do to it in between.
    Pure."""
    slots = SLOTS if pushes or world.drops or drops else 1
    short = dt / slots
    height, rate = list(state.height), list(state.rate)
    for i in range(slots):
        begin = state.time + i * short
        for n, s in enumerate(world.sheets):
            height[n], rate[n] = turned(s, height[n], rate[n], short)
        mine = [p for p in pushes if begin <= p.time < begin + short]
        if mine:
            up, kick = _pushed(world.sheets[0], mine)
            height[0], rate[0] = height[0] + up, rate[0] + kick
        if drops is not None:
            some = (drops.time >= begin) & (drops.time < begin + short)
            rate[0] = rate[0] + _hit(world.sheets[0], drops, some)
        if world.drops:
            rain = drops_between(world, world.sheets[-1], begin, short)
            rate[-1] = rate[-1] + _hit(world.sheets[-1], rain, rain.time > -np.inf)
    return RipplesState(state.time + dt, tuple(height), tuple(rate))


def _pushed(s: Sheet, pushes: Sequence[Push]) -> tuple[np.ndarray, np.ndarray]:
    """Modes that bodies add to the height and to its rate."""
    up, kick = np.zeros_like(s.k), np.zeros_like(s.k)
    cell = max(s.size) / s.cells
    for p in pushes:
        at = s.points(np.array([p.x]), np.array([p.z]), np.ones(1, np.float32))
        width = max(0.5 * p.radius, NARROWEST * cell)
        soft = np.exp(-0.5 * (s.k * width) ** 2)
        if p.volume or p.volume_before:
            low, high = (
                v * np.exp(-s.k * d) for v, d in ((p.volume_before, p.depth_before), (p.volume, p.depth))
            )
            up = up + at * soft * (high - low)
        if p.impulse:
            kick = kick - at * soft * np.exp(-s.k * p.depth) * s.deep * np.float32(p.impulse / 998.2)
    return up, kick


# rain


MEAN_DIAMETER, SPREAD = 2.2e-3, 0.45  # m; of a log-normal law of diameters, after Feingold & Levin (1986)
MEAN_VOLUME = float(np.pi / 6 * MEAN_DIAMETER**3 * np.exp(4.5 * SPREAD**2))  # m^3


@dataclass(frozen=True)
class Drops:
    """Raindrops that land in an interval."""

    time: np.ndarray  # (n,) s
    x: np.ndarray  # (n,) m from the middle of the sheet
    z: np.ndarray
    diameter: np.ndarray  # (n,) m


def drops_between(world: RipplesWorld, s: Sheet, begin: float, dt: float) -> Drops:
    """The drops of [begin, begin + dt): a Poisson process, the same however it is asked for."""
    key = 10**12 + round(1e6 * begin)
    rng = np.random.default_rng([world.seed, key, round(dt * 1e9)])
    n = rng.poisson(world.drops * s.size[0] * s.size[1] * dt)
    place = (rng.random((2, n)) - 0.5) * np.array(s.size)[:, None]
    diameter = np.minimum(MEAN_DIAMETER * np.exp(SPREAD * rng.normal(size=n)), 6e-3)
    return Drops(begin + dt * rng.random(n), place[0], place[1], diameter)


def fall_speed(diameter: np.ndarray) -> np.ndarray:
    """Terminal speed of raindrops, m/s (Atlas, Srivastava & Sekhon 1973)."""
    return np.clip(9.65 - 10.3 * np.exp(-600 * diameter), 0.1, FASTEST_DROP)


def _hit(s: Sheet, drops: Drops, some: np.ndarray) -> np.ndarray:
    """Modes of the rate that `some` (n,) of the drops give the surface by their momentum."""
    size = drops.diameter[some]
    momentum = np.pi / 6 * size**3 * fall_speed(size)  # over the density of water
    soft = np.exp(-0.5 * (s.k * NARROWEST * max(s.size) / s.cells) ** 2)
    return -s.points(drops.x[some], drops.z[some], momentum.astype(np.float32)) * s.deep * soft
