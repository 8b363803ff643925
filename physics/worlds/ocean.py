"""The ocean as a world: a random sea, exact in time, on three periodic tiles of different size.

Each tile carries one band of wavenumbers, so no energy is counted twice; together they span the waves from
several peak wavelengths down to a few centimetres. A wave of the lattice has the amplitude of the spectrum
(mean over its cell) and a random phase, and turns at its own frequency omega(k): the surface at any time is a
closed form, nothing is integrated. Particles move on Lagrange's orbits (Tessendorf 2001; Fournier & Reeves
1986), D = -A (k / |k|) coth(kh) sin, which sharpens crests. What has a memory is foam: where the surface is
squeezed, J = det(dx / dX) below a threshold, it is made, and it dies away in `FOAM_LIFE` seconds.

With `Ocean.period_s` the frequencies are multiples of 2 pi / period, and the waves repeat exactly.
SI units; x right, z towards the default camera, y up. Grids are (C, N, N): tile, z, x.

Limits: first order in steepness (no bound harmonics beyond those of the horizontal motion), amplitudes are
not random (each realisation has the spectrum's own variance), no plunging breakers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from physics.scene import Scene
from physics.worlds.foam import mean_cover
from physics.worlds.sea_state import check_ocean, gravity_of, wave_systems, whitecap_cover, wind_speed
from physics.worlds.spectrum import Spectrum, dispersion, variance, wave_density

GRID = 256  # N, cells a side
TILES = 3
REACH = 10.0  # the largest tile in peak wavelengths
FIRST = 4  # a tile's band starts at this many waves a side
FINEST = 0.06  # m, shortest wave
FOAM_LIFE = 3.0  # s
STRIDE, PAST = 0.2, 55  # s and number of the steps that tell what foam there is at the start
SOFT = 0.12  # width of the threshold in J
FOAMING = {1: 0.7, 2: 0.3}  # tiles whose waves break, and their shares of the cover
FIELDS = ("h", "dx", "dz", "hx", "hz", "dxx", "dzz", "dxz")  # height, displacement, their derivatives


@dataclass(frozen=True)
class OceanWorld:
    """What does not change. Arrays over the half plane of wave vectors (C, N, N / 2 + 1)."""

    tiles: tuple[float, ...]  # m, sides
    omega: np.ndarray  # rad/s
    ahead: np.ndarray  # complex m, amplitude of the wave along k
    against: np.ndarray  # complex m, conjugate amplitude of the wave along -k
    factors: Array  # (F, C, N, N / 2 + 1) complex: height -> FIELDS
    variance: float  # m^2, of the height, all bands
    slope_variance: float  # of one component, of the waves shorter than the finest tile carries
    squeeze: np.ndarray  # (C,) Jacobian at which foam starts to form
    gravity: float  # m/s^2
    depth: float  # m


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class OceanState:
    """The surface at one time, on the particles' own (Lagrangian) grid."""

    time: Array  # () s
    fields: Array  # (C, N, N, F) FIELDS
    foam: Array  # (C, N, N) 0 none, 1 fresh


def build_world(scene: Scene) -> OceanWorld:
    """The ocean of a scene; ValueError with one line where it cannot be."""
    ocean = scene.ocean
    assert ocean is not None
    check_ocean(scene)
    gravity, systems = gravity_of(scene), wave_systems(scene)
    tiles = _tiles(systems, gravity)
    bands = _bands(tiles)
    half = np.stack([_lattice(side) for side in tiles])  # (C, 2, N, N / 2 + 1)
    k = np.hypot(half[:, 0], half[:, 1])
    omega = dispersion(k, gravity, ocean.depth_m)
    if ocean.period_s > 0:
        unit = 2 * np.pi / ocean.period_s
        omega = np.maximum(np.round(omega / unit), 1.0) * unit
    rng = np.random.default_rng([abs(int(scene.seed)), 811])
    waves = [_amplitudes(systems, half[c], tiles[c], bands[c], gravity, ocean.depth_m) for c in range(TILES)]
    phases = np.exp(2j * np.pi * rng.random((2, *k.shape)))
    ahead, against = (np.stack(w) * p for w, p in zip(zip(*waves, strict=True), phases, strict=True))
    _tie(ahead, against)
    world = OceanWorld(
        tiles=tiles,
        omega=omega,
        ahead=ahead,
        against=against,
        factors=_factors(half, k, ocean.depth_m, ocean.choppiness),
        variance=sum(variance(s, gravity, ocean.depth_m) for s in systems),
        slope_variance=_unresolved(scene, k, ahead, against),
        squeeze=np.full(TILES, -np.inf),
        gravity=gravity,
        depth=ocean.depth_m,
    )
    return _with_whitecaps(world, scene)


def surface(world: OceanWorld, time: float) -> Array:
    """FIELDS (C, N, N, F) at `time` s: the closed form."""
    phase = np.mod(world.omega * time, 2 * np.pi)  # float64, so that long clips keep their precision
    return _transform(world.factors, _c64(world.ahead), _c64(world.against), np.float32(phase))


def start(world: OceanWorld, time: float) -> OceanState:
    """The state at `time`, with the foam that the seconds before it have left."""
    foam = jnp.zeros((TILES, GRID, GRID))
    for i in range(PAST, -1, -1):
        foam = _foam(surface(world, time - i * STRIDE), foam, _f32(world.squeeze), STRIDE)
    return OceanState(jnp.float32(time), surface(world, time), foam)


def advance(world: OceanWorld, state: OceanState, time: float, dt: float) -> OceanState:
    """The state at `time`, `dt` s after `state`: waves by their closed form, foam by its decay."""
    fields = surface(world, time)
    return OceanState(jnp.float32(time), fields, _foam(fields, state.foam, _f32(world.squeeze), dt))


def step(world: OceanWorld, state: OceanState, dt: float) -> OceanState:
    """The state `dt` s later. Pure."""
    return advance(world, state, float(state.time) + dt, dt)


def jacobian(fields: Array) -> Array:
    """det(dx / dX) (C, N, N): below 1 the surface is squeezed, below 0 it has folded over."""
    xx, zz, xz = fields[..., 5], fields[..., 6], fields[..., 7]
    return (1 + xx) * (1 + zz) - xz * xz


def _tiles(systems: list[Spectrum], gravity: float) -> tuple[float, ...]:
    """Sides in m: the first holds the longest system, the last the shortest waves; a geometric row."""
    longest = max((2 * np.pi * gravity / s.peak**2 for s in systems), default=1.0)
    largest, smallest = max(REACH * longest, 8.0), FINEST * GRID / 4.6
    ratio = np.clip((largest / smallest) ** (1 / (TILES - 1)), 3.0, 13.3)
    return tuple(float(largest / ratio**c) for c in range(TILES))


def _bands(tiles: tuple[float, ...]) -> list[tuple[float, float]]:
    """Wavenumbers [low, high) of each tile; together they leave no gap."""
    starts = [FIRST * 2 * np.pi / side for side in tiles] + [2 * np.pi / tiles[-1] * GRID / 4.6]
    return [(0.0 if c == 0 else starts[c], starts[c + 1]) for c in range(len(tiles))]


def _lattice(side: float) -> np.ndarray:
    """(2, N, N / 2 + 1): kx and kz of the half plane kx >= 0."""
    unit = 2 * np.pi / side
    kx, kz = np.fft.rfftfreq(GRID, 1 / GRID) * unit, np.fft.fftfreq(GRID, 1 / GRID) * unit
    return np.stack(np.broadcast_arrays(kx[None, :], kz[:, None]))


def _amplitudes(
    systems, half, side: float, band, gravity: float, depth: float
) -> tuple[np.ndarray, np.ndarray]:
    """sqrt(2 E dk^2), m, of the waves along k and along -k; E is the mean over 4 x 4 points of the cell."""
    cell = 2 * np.pi / side
    k = np.hypot(half[0], half[1])
    inside = (k >= max(band[0], 0.5 * cell)) & (k < band[1])
    offsets = (np.arange(4) - 1.5) / 4 * cell
    out = np.zeros((2, *k.shape))
    kx, kz = half[0][inside], half[1][inside]
    for s in systems:
        for dx in offsets:
            for dz in offsets:
                for way, sign in enumerate((1, -1)):
                    density = wave_density(s, sign * (kx + dx), sign * (kz + dz), gravity, depth)
                    out[way][inside] += density * cell * cell / 16
    return np.sqrt(2 * out[0]), np.sqrt(2 * out[1])


def _tie(ahead: np.ndarray, against: np.ndarray) -> None:
    """On the line kx = 0 both k and -k are in the half plane: one is the other's mirror."""
    against[:, :, 0] = np.conj(np.roll(ahead[:, ::-1, 0], 1, axis=1))


def _factors(half: np.ndarray, k: np.ndarray, depth: float, choppiness: float) -> Array:
    """(F, C, N, N / 2 + 1) complex64: what turns the height's transform into each of FIELDS."""
    kx, kz = half[:, 0], half[:, 1]
    safe = np.maximum(k, 1e-9)
    reach = choppiness / np.tanh(np.clip(safe * depth, 1e-3, 50.0))
    one = np.ones_like(k)
    dx, dz = 1j * reach * kx / safe, 1j * reach * kz / safe
    rows = [one, dx, dz, 1j * kx, 1j * kz, 1j * kx * dx, 1j * kz * dz, 1j * kz * dx]
    return jnp.asarray(np.stack(rows), jnp.complex64)


def _unresolved(scene: Scene, k: np.ndarray, ahead: np.ndarray, against: np.ndarray) -> float:
    """Slope variance of one component left to ripples: Cox & Munk's (1954) total less what the tiles hold."""
    wind = wind_speed(scene)
    total = 0.5 * (0.003 * min(wind / 2.0, 1.0) + 0.00512 * wind)
    weight = np.where(np.arange(k.shape[-1]) > 0, 0.5, 0.25)  # kx = 0 is there twice
    held = 0.5 * float(np.sum(weight * k**2 * (np.abs(ahead) ** 2 + np.abs(against) ** 2)))
    return max(total - held, 0.15 * total, 2e-5)


def _with_whitecaps(world: OceanWorld, scene: Scene) -> OceanWorld:
    """Thresholds at which foam, as it is made and dies away, covers what the wind explains (by bisection)."""
    ocean = scene.ocean
    assert ocean is not None
    share = whitecap_cover(wind_speed(scene)) * ocean.foam
    if share < 1e-5:
        return world
    past = [np.asarray(jacobian(surface(world, -i * STRIDE)))[:, ::4, ::4] for i in range(PAST, -1, -1)]
    limits = np.full(TILES, -np.inf)
    for c, part in FOAMING.items():
        low, high = -2.0, 1.0
        for _ in range(20):
            limits[c] = 0.5 * (low + high)
            low, high = (
                (limits[c], high)
                if _covered([p[c] for p in past], limits[c]) < share * part
                else (low, limits[c])
            )
    return replace(world, squeeze=limits)


def _covered(past: list[np.ndarray], limit: float) -> float:
    """Mean cover of the foam that a history of Jacobians leaves."""
    amount = np.zeros_like(past[0])
    for squeezed in past:
        made = np.clip((limit - squeezed) / SOFT + 0.5, 0, 1)
        amount = np.maximum(made, amount * np.exp(-STRIDE / FOAM_LIFE))
    return 0.5 * float(np.mean(np.asarray(mean_cover(jnp.asarray(amount)))))  # half of it rides on crests


def _f32(a: np.ndarray) -> Array:
    return jnp.asarray(a, jnp.float32)


def _c64(a: np.ndarray) -> np.ndarray:
    return a.astype(np.complex64)


@jax.jit
def _transform(factors: Array, ahead: Array, against: Array, phase: Array) -> Array:
    turn = jnp.exp(-1j * phase).astype(jnp.complex64)
    height = 0.5 * (ahead * turn + against * jnp.conj(turn))
    fields = jnp.fft.irfft2(factors * height, norm="forward")
    return jnp.moveaxis(fields, 0, -1)


@partial(jax.jit)
def _foam(fields: Array, before: Array, squeeze: Array, dt) -> Array:
    """Foam after `dt`: what is left of the old, or what the squeezed surface makes now."""
    limit = squeeze[:, None, None]
    made = jnp.clip((limit - jacobian(fields)) / SOFT + 0.5, 0.0, 1.0)
    return jnp.maximum(jnp.where(jnp.isfinite(limit), made, 0.0), before * jnp.exp(-dt / FOAM_LIFE))
