"""Light in smoke and fire: rays marched through the gas, which scatters the sun, dims itself and shines.

Per sample: extinction from the smoke, broken up by a band of noise that is carried by the flow (`smoke`,
drift); sunlight that has come through the gas, found once per coarse cell by marching to the sun;
scattering by Henyey & Greenstein's (1941) lobe, with two more octaves of ever more even, ever less dimmed
light in place of multiple scattering (Wrenninge, Kulla & Lundqvist 2013); sky light dimmed by the gas
above; black-body light of hot soot (`fire`). The fire's light on surfaces and on the smoke is that of a
few point lights, one per layer.

Vectors (3, P) in the world, metres; colours scene-linear RGB. Positions on the grid are in coarse cells.

Limits: emission is not absorbed by other flames, shadows in the gas are as sharp as coarse cells, bodies
cast no shafts into it.
"""

from __future__ import annotations

from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from physics import light as li
from physics.raycast import dot
from physics.worlds import fire
from physics.worlds.fluid_grid import Domain, centres, sample
from physics.worlds.smoke import DETAIL, FUEL, HEAT, SMOKE, Numbers, SmokeState, drift_weights
from physics.worlds.smoke_check import AIR

STEPS = 32  # samples along the part of a ray in which there is gas
SCOUTS = 24  # looks along a ray through the box for where that part is
BLOCK = 4  # fine cells a side of the blocks that are known to be empty or not
FAINT = 2e-3, 300.0, 1e-3  # smoke in optical depth of the box, heat K and fuel below which a cell is empty
RAYS = 2048  # marched at a time
TO_SUN = 14  # samples from a coarse cell to the sun
TABLE = 64  # texels a side of the noise
TILE = 14.0  # coarse cells a side of the noise
BAND = (5.0, 26.0)  # cycles a tile
LAYERS = 6  # point lights that stand for a fire
OCTAVES = 3


@lru_cache(maxsize=1)
def noise_table() -> np.ndarray:
    """Periodic noise (TABLE^3, 1) of mean 0 and variance 1, amplitudes 1 / k^2 inside BAND."""
    k = np.stack(np.meshgrid(*[np.fft.fftfreq(TABLE, 1 / TABLE)] * 3, indexing="ij"))
    size = np.sqrt((k**2).sum(0))
    inside = (size >= BAND[0]) & (size <= BAND[1])
    white = np.fft.fftn(np.random.default_rng(5).normal(size=(TABLE,) * 3))
    field = np.fft.ifftn(white * inside * np.maximum(size, 1.0) ** -2.0).real
    return np.float32(field / field.std()).reshape(-1, 1)


def light_rows(
    d: Domain, n: Numbers, state: SmokeState, light: li.LightArrays
) -> tuple[Array, tuple[Array, Array]]:
    """Per coarse cell (N, 9): optical depths to sun and sky, the fire's light, drift; and the lights."""
    x, y, z = d.cells
    smoke = state.rows[:, SMOKE].reshape(x, DETAIL, y, DETAIL, z, DETAIL).mean((1, 3, 5)).reshape(-1)
    sun = n.cell * _depth_towards(d, smoke, light.direction)
    up = n.cell * _depth_towards(d, smoke, jnp.array([0.0, 1.0, 0.0]))
    lights = fire_lights(d, n, state)
    p = centres(d) * n.cell + n.corner[:, None]
    around = fire_fluence(lights, p, 2 * n.cell)
    return jnp.concatenate([jnp.stack([sun, up, around], 1), state.drift], 1), lights


def _depth_towards(d: Domain, smoke: Array, direction: Array) -> Array:
    """Optical depth (N,) per cell's length from cells' centres along `direction`, in growing steps."""
    reach = np.geomspace(1.0, 0.8 * max(d.cells), TO_SUN + 1)
    at = jnp.asarray(0.5 * (reach[1:] + reach[:-1]) - 0.5, jnp.float32)
    length = jnp.asarray(np.diff(reach), jnp.float32)
    start = centres(d)

    def step(total, item):
        t, width = item
        p = start + t * direction[:, None]
        return total + width * sample(smoke, d.cells, p - 0.5, d.wraps()) * _within(d, p), None

    return lax.scan(step, jnp.zeros_like(smoke), (at, length))[0]


def _within(d: Domain, p: Array) -> Array:
    """1 inside the box, 0 outside (P,), a cell's width soft."""
    edge = jnp.stack([jnp.minimum(p[a], n - p[a]) for a, n in enumerate(d.cells)])
    return jnp.clip(jnp.min(edge, 0) + 0.5, 0.0, 1.0)


def emission(rows: Array, glow) -> Array:
    """Light (3, M) that gas sends out per metre and steradian; `glow`: of full flames at 1600 K, 1/m."""
    kelvin = rows[:, HEAT] + AIR
    return glow * fire.emissivity(kelvin) * fire.black_body(kelvin)


def fire_lights(d: Domain, n: Numbers, state: SmokeState) -> tuple[Array, Array]:
    """Point lights of the fire's layers: places (LAYERS, 3) m, intensities (LAYERS, 3)."""
    shape = tuple(c * DETAIL for c in d.cells)
    light = emission(state.rows, n.glow) * (n.cell / DETAIL) ** 3
    layer = jnp.maximum(jnp.sum(light, 0), 1e-12).reshape(shape)
    p = (centres(d, DETAIL) * n.cell + n.corner[:, None]).reshape(3, *shape)
    rows = light.reshape(3, *shape)
    bands = jnp.array_split(jnp.arange(shape[1] * 3 // 4), LAYERS)
    power = jnp.stack([rows[:, :, b].sum((1, 2, 3)) for b in bands])
    weight = jnp.stack([layer[:, b].sum() for b in bands])
    place = jnp.stack([(p[:, :, b] * layer[:, b]).sum((1, 2, 3)) for b in bands]) / weight[:, None]
    return place, power


def fire_fluence(lights: tuple[Array, Array], p: Array, near) -> Array:
    """Light (P,) of the fire that reaches points from all around, of all channels together."""
    total = jnp.zeros(p.shape[1])
    for i in range(LAYERS):
        to = lights[0][i][:, None] - p
        total = total + jnp.sum(lights[1][i]) / (dot(to, to) + near * near)
    return total


def fire_irradiance(lights: tuple[Array, Array], p: Array, normal: Array, near) -> Array:
    """Irradiance (3, P) of the fire on surfaces."""
    total = jnp.zeros_like(p)
    for i in range(LAYERS):
        to = lights[0][i][:, None] - p
        square = dot(to, to) + near * near
        facing = jnp.clip(dot(to, normal) * lax.rsqrt(square), 0.0, 1.0)
        total = total + lights[1][i][:, None] * (facing / square)
    return total


def box_interval(d: Domain, n: Numbers, origin: Array, ray: Array) -> tuple[Array, Array]:
    """Distances (P,) m at which rays enter and leave the box; equal where they miss it."""
    low = n.corner[:, None] - origin
    high = low + (jnp.array(d.cells) * n.cell)[:, None]
    inverse = 1.0 / jnp.where(jnp.abs(ray) < 1e-9, 1e-9, ray)
    a, b = low * inverse, high * inverse
    enter = jnp.maximum(jnp.max(jnp.minimum(a, b), 0), 0.0)
    return enter, jnp.maximum(jnp.min(jnp.maximum(a, b), 0), enter)


def occupied(d: Domain, n: Numbers, rows: Array) -> tuple[Array, tuple[int, ...]]:
    """Which blocks of the fine grid (B,) hold gas that shows, or touch one that does; and their number."""
    x, y, z = (c * DETAIL for c in d.cells)
    thin = FAINT[0] / (max(d.cells) * n.cell)
    some = (rows[:, SMOKE] > thin) | (rows[:, HEAT] > FAINT[1]) | (rows[:, FUEL] > FAINT[2])
    shape = x // BLOCK, y // BLOCK, z // BLOCK
    blocks = some.reshape(shape[0], BLOCK, shape[1], BLOCK, shape[2], BLOCK).any((1, 3, 5))
    wide = lax.reduce_window(blocks.astype(jnp.float32), 0.0, lax.max, (3, 3, 3), (1, 1, 1), "SAME")
    return (wide > 0).reshape(-1), shape


def gas_interval(d: Domain, n: Numbers, rows: Array, origin: Array, ray: Array, limit: Array):
    """Distances (P,) m between which rays may meet gas before `limit`: of the first and last full block."""
    full, shape = occupied(d, n, rows)
    enter, leave = box_interval(d, n, origin, ray)
    leave = jnp.maximum(jnp.minimum(leave, limit), enter)
    width = (leave - enter) / SCOUTS
    unit = n.cell * BLOCK / DETAIL

    def look(carry, k):
        first, last = carry
        p = (origin + ray * (enter + (k + 0.5) * width) - n.corner[:, None]) / unit
        at = [jnp.clip(p[a].astype(jnp.int32), 0, m - 1) for a, m in enumerate(shape)]
        met = full.at[(at[0] * shape[1] + at[1]) * shape[2] + at[2]].get(mode="promise_in_bounds")
        return (jnp.where(met, jnp.minimum(first, k), first), jnp.where(met, k, last)), None

    none = jnp.full(ray.shape[1:], float(SCOUTS)), jnp.full(ray.shape[1:], -1.0)
    (first, last), _ = lax.scan(look, none, jnp.arange(SCOUTS, dtype=jnp.float32))
    start = enter + jnp.maximum(first - 0.5, 0.0) * width
    end = jnp.minimum(enter + (last + 1.5) * width, leave)
    return start, jnp.where(last >= 0, jnp.maximum(end, start), start)


def march(d: Domain, n: Numbers, fields: dict, light: li.LightArrays, origin, ray, limit) -> dict[str, Array]:
    """What the gas before `limit` (P,) m adds to rays (3, P): scattered and sent out light, transmittance and
    the mean distance of what shows.

    Only rays that meet gas are marched, a chunk at a time: the cost follows the gas, not the picture.
    """
    enter, leave = gas_interval(d, n, fields["rows"], origin, ray, limit)
    total = ray.shape[1]
    hit = leave > enter + 1e-6
    index = jnp.nonzero(hit, size=-(-total // RAYS) * RAYS, fill_value=total)[0]
    out = jnp.zeros((8, total)).at[0].set(1.0)

    def some(i, out):
        mine = lax.dynamic_slice(index, (i * RAYS,), (RAYS,))
        at = jnp.minimum(mine, total - 1)
        found = _march(d, n, fields, light, origin[:, at], ray[:, at], enter[at], leave[at])
        return out.at[:, mine].set(found, mode="drop")

    out = lax.fori_loop(0, (jnp.sum(hit) + RAYS - 1) // RAYS, some, out)
    return {"clear": out[0], "scattered": out[1:4], "shining": out[4:7], "distance": out[7]}


def _march(d: Domain, n: Numbers, fields: dict, light: li.LightArrays, origin, ray, enter, leave) -> Array:
    """The rows of `march` (8, P) between `enter` and `leave`."""
    width = (leave - enter) / STEPS
    sun = _sunlight(light, ray, n.forward)
    weights, turn = drift_weights(n.renew, fields["time"])
    shift = turn[:, None] * jnp.array([[0.37, 0.61, 0.13], [0.71, 0.29, 0.53]])

    def step(carry, k):
        clear, scattered, shining, moment, total = carry
        t = enter + (k + 0.5) * width
        p = (origin + ray * t - n.corner[:, None]) / n.cell  # coarse cells
        fine = sample(fields["rows"], tuple(c * DETAIL for c in d.cells), p * DETAIL - 0.5, d.wraps())
        coarse = sample(fields["coarse"], d.cells, p - 0.5, d.wraps())
        detail = _detail(fields["noise"], d, p, coarse, weights, shift)
        smoke = fine[:, SMOKE] * jnp.maximum(1.0 + n.ragged * detail, 0.0)
        opacity = 1.0 - jnp.exp(-smoke * width)
        lit = sun(coarse[:, 0]) + _sky(light, coarse[:, 1]) + _from_fire(fields["hue"], coarse[:, 2])
        heat = fine[:, HEAT] * jnp.clip(1.0 + 0.09 * n.ragged * detail, 0.6, 1.4)
        flame = emission(jnp.stack([smoke, heat, fine[:, FUEL]], 1), n.glow) * width
        part = clear * (opacity + 0.2 * jnp.sum(flame, 0))
        return (
            clear * (1.0 - opacity),
            scattered + li.col(n.colour) * lit * (clear * opacity),
            shining + flame * clear,
            moment + part * t,
            total + part,
        ), None

    zero = jnp.zeros_like(width)
    start = (zero + 1.0, jnp.zeros_like(ray), jnp.zeros_like(ray), zero, zero)
    (clear, scattered, shining, moment, total), _ = lax.scan(step, start, jnp.arange(STEPS))
    far = moment / jnp.maximum(total, 1e-6)
    return jnp.concatenate([clear[None], scattered, shining, far[None]])


def _detail(noise: Array, d: Domain, p: Array, coarse: Array, weights, shift) -> Array:
    """Noise (P,) of variance 1 at where the gas in `p` came from, by the two sets of coordinates."""
    total = jnp.zeros(p.shape[1])
    for i in range(2):
        q = (p + coarse[:, 3 + 3 * i : 6 + 3 * i].T) / TILE + shift[i][:, None]
        value = sample(noise[:, 0], (TABLE,) * 3, q * TABLE, (True,) * 3)
        total = total + weights[i] * value
    return total / jnp.sqrt(weights[0] ** 2 + weights[1] ** 2 + 1e-6)


def _sunlight(light: li.LightArrays, ray: Array, forward):
    """Function: optical depth to the sun (P,) -> scattered radiance (3, P) per unit of albedo."""
    cosine = dot(ray, light.direction[:, None])

    def phase(g):
        return (1 - g * g) / (4 * jnp.pi * (1 + g * g - 2 * g * cosine) ** 1.5)

    lobes = [0.8**i * phase(forward * 0.5**i) for i in range(OCTAVES)]

    def lit(depth):
        total = sum(lobe * jnp.exp(-depth * 0.4**i) for i, lobe in enumerate(lobes))
        return li.col(light.irradiance) * total

    return lit


def _sky(light: li.LightArrays, depth: Array) -> Array:
    """Sky light (3, P) that scatters: half from above through `depth`, half from the sides."""
    above, side = jnp.exp(-0.5 * depth), jnp.exp(-0.15 * depth)
    return 0.4 * (li.col(light.zenith) * above + li.col(light.horizon) * side)


def _from_fire(hue: Array, fluence: Array) -> Array:
    return li.col(hue) * (fluence / (4 * jnp.pi))


def shadow(d: Domain, n: Numbers, smoke: Array, light: li.LightArrays, p: Array, count: int = 16) -> Array:
    """Optical depth (P,) from surface points to the sun; `smoke` (N,) in coarse cells."""
    ray = jnp.broadcast_to(light.direction[:, None], p.shape)
    enter, leave = box_interval(d, n, p, ray)
    width = (leave - enter) / count

    def step(total, k):
        q = (p + ray * (enter + (k + 0.5) * width) - n.corner[:, None]) / n.cell
        return total + width * sample(smoke, d.cells, q - 0.5, d.wraps()), None

    return lax.scan(step, jnp.zeros_like(width), jnp.arange(count))[0]


def track_speed(d: Domain, n: Numbers, speeds: Array, p: Array) -> Array:
    """Velocity (3, P) m/s of the gas at world points."""
    at = (p - n.corner[:, None]) / n.cell
    return n.cell * sample(speeds, d.cells, at - 0.5, d.wraps()).T
