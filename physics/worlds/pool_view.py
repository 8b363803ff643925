"""What a ray meets in and around still water: deck, walls, balls, bank and sky; bottom and walls through it.

Along a ray from the eye: the surface by Newton's steps on y = eta(x, z), then one mirrored and one refracted
ray (Snell, exact Fresnel). Under water light falls off by Beer and Lambert, and the sun arrives as caustics:
photons on a grid over the surface are refracted and counted where they land (`caustics`), so that folds
come out right. Glitter is `physics.worlds.water`'s. Vectors (3, P), linear radiance, metres.

Limits: one reflection and one refraction; what lies under water is seen through the surface once; waves do
not
hide each other.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from physics import light as li
from physics import raycast as rc
from physics.antialias import smoothstep
from physics.gloss import highlight
from physics.noise import fbm2
from physics.patterns import base_colour
from physics.raycast import dot, normalise
from physics.worlds.sky import clear_sky, sun_disc
from physics.worlds.texture import pyramid, sample, sample_finest

INDEX = 1.333
LOST = 1e5  # m
STEEPEST = 0.85  # slope that the picture of a wave does not exceed
ABSORBED = (3.0, 1.0, 0.75)  # extinction of red, green, blue relative to 1 / clarity


def surface_table(height: Array, size: tuple[float, float]) -> Array:
    """Pyramid of height, slopes along x and z, and their squares' sum, of a height (N, N)."""
    n = height.shape[0]

    def slope(axis, step):
        ahead, back = jnp.roll(height, -1, axis), jnp.roll(height, 1, axis)
        return (ahead - back) * (0.5 / step)

    sx, sz = slope(1, size[0] / n), slope(0, size[1] / n)
    soft = 1 / jnp.sqrt(1 + (sx * sx + sz * sz) / STEEPEST**2)
    sx, sz = sx * soft, sz * soft
    return pyramid(jnp.stack([height, sx, sz, sx * sx + sz * sz], -1))


def surface_at(look: dict, tables: tuple[Array, ...], cells: int, x: Array, z: Array, fp: Array) -> Array:
    """Height, slopes and mean square slope (4, P) at `x`, `z` from the middle, mean over `fp` m."""
    (a, b), total = look["size"], jnp.zeros((4, x.shape[0]))
    square = 0.0 * x
    for i, table in enumerate(tables):
        lx, lz = (a, b) if i == 0 else (look["tile"], look["tile"])
        half = 0.5 * look["walled"] / cells  # cosines live in the middle of cells
        u, v = x + 0.5 * lx - half * lx, (z + 0.5 * lz - half * lz) * (lx / lz)
        f = sample(table, cells, lx, u, v, fp).T
        if i == 0 and len(tables) > 1:  # one patch of many: its rings end at its edge
            f = (
                f
                * (1 - smoothstep(0.40, 0.5, jnp.abs(x) / lx))
                * (1 - smoothstep(0.40, 0.5, jnp.abs(z) / lz))
            )
        total, square = total + f, square + f[3] - f[1] ** 2 - f[2] ** 2
    return total.at[3].set(jnp.maximum(square, 0.0))


def refracted(ray: Array, normal: Array, eta: float) -> Array:
    """Snell's law; `eta` is the index on this side over that on the other."""
    c = -dot(ray, normal)
    k = jnp.maximum(1 - eta * eta * (1 - c * c), 0.0)
    return normalise(eta * ray + (eta * c - jnp.sqrt(k)) * normal)


def fresnel(cosine: Array) -> Array:
    """Reflectance of water for unpolarised light that comes through air (P,)."""
    inside = jnp.sqrt(1 - (1 - cosine**2) / INDEX**2)
    s = (cosine - INDEX * inside) / (cosine + INDEX * inside)
    p = (INDEX * cosine - inside) / (INDEX * cosine + inside)
    return 0.5 * (s * s + p * p)


def sun_below(light: li.LightArrays) -> Array:
    """Direction (3,) towards the sun under flat water."""
    flat = jnp.stack([light.direction[0], light.direction[2]]) / INDEX
    up = jnp.sqrt(1 - jnp.sum(flat**2))
    return jnp.stack([flat[0], up, flat[1]])


@jax.jit
def caustics(look: dict, height: Array, light: li.LightArrays) -> Array:
    """Sunlight on the bed (N, N, 1) relative to that under flat water, row z, column x."""
    n, (a, b) = height.shape[0], look["size"]
    dx, dz = a / n, b / n
    sx = (jnp.roll(height, -1, 1) - jnp.roll(height, 1, 1)) / (2 * dx)
    sz = (jnp.roll(height, -1, 0) - jnp.roll(height, 1, 0)) / (2 * dz)
    soft = 1 / jnp.sqrt(1 + (sx * sx + sz * sz) / STEEPEST**2)
    normal = normalise(jnp.stack([-sx * soft, jnp.ones_like(sx), -sz * soft]).reshape(3, -1))
    sun = li.col(light.direction) * jnp.ones_like(normal)
    cosine = jnp.maximum(dot(sun, normal), 0.02)
    way = refracted(-sun, normal, 1 / INDEX)
    fall = (look["depth"] + height.reshape(-1)) / jnp.maximum(-way[1], 0.2)
    j, i = jnp.meshgrid(jnp.arange(n), jnp.arange(n), indexing="ij")
    u = i.reshape(-1) + way[0] * fall / dx
    v = j.reshape(-1) + way[2] * fall / dz
    flat = jnp.maximum(light.direction[1], 0.02)
    power = (1 - fresnel(cosine)) * cosine / normal[1] / ((1 - fresnel(flat)) * flat)
    lit = _splat(_folded(u, n, look["walled"]), _folded(v, n, look["walled"]), power, n)
    blur = look["depth"] * jnp.tan(jnp.clip(light.angle, 0.006, 0.06)) / INDEX
    return _blurred(_blurred(lit, 1, blur / dx), 0, blur / dz)[..., None]


def _folded(u: Array, n: int, walled) -> Array:
    """Into [0, n): mirrored at walls, else periodic."""
    wide = jnp.mod(u, 2.0 * n)
    return jnp.where(walled > 0, jnp.minimum(wide, 2 * n - 1e-3 - wide), jnp.mod(u, 1.0 * n))


def _splat(u: Array, v: Array, value: Array, n: int) -> Array:
    out, i, j = jnp.zeros(n * n), jnp.floor(u).astype(jnp.int32), jnp.floor(v).astype(jnp.int32)
    a, b = u - i, v - j
    rows, shares = [], []
    for dj, di in ((0, 0), (0, 1), (1, 0), (1, 1)):
        rows.append(jnp.mod(j + dj, n) * n + jnp.mod(i + di, n))
        shares.append(value * jnp.abs(1 - di - a) * jnp.abs(1 - dj - b))
    return out.at[jnp.concatenate(rows)].add(jnp.concatenate(shares)).reshape(n, n)


def _blurred(a: Array, axis: int, sigma) -> Array:
    """Gaussian of `sigma` cells, up to eight cells wide."""
    weights = [jnp.exp(-0.5 * (k / jnp.maximum(sigma, 0.7)) ** 2) for k in range(7)]
    total = weights[0] + 2 * sum(weights[1:])
    out = a * weights[0]
    for k in range(1, 7):
        out = out + weights[k] * (jnp.roll(a, k, axis) + jnp.roll(a, -k, axis))
    return out / total


# what there is to see in the air


def beyond(look: dict, light: li.LightArrays, ray: Array, pixel, trees: bool, eye=0.0) -> Array:
    """Sky, and trees on the far bank (3, P), seen from `eye` m above the water or mirrored in it."""
    open_sky = clear_sky(light, ray) + sun_disc(light, ray, pixel)
    if not trees:
        return open_sky
    turn = jnp.arctan2(ray[0], -ray[2])
    lift = jnp.maximum(ray[1] / jnp.maximum(jnp.hypot(ray[0], ray[2]), 1e-3) + eye / look["bank"], 0.0)
    x, y = turn * look["bank"] / look["trees"], lift * look["bank"] / look["trees"]  # in heights of a tree
    fp = pixel * look["bank"] / look["trees"] + 0 * x
    crown = 0.66 + 0.34 * fbm2(x, 0 * x + 3.1, fp, 0.55, 3, 61, gain=0.55) + 0.05 * fbm2(x, y, fp, 5.0, 3, 63)
    leaves = fbm2(x * 1.3, y * 0.8, fp, 2.2, 5, 62, gain=0.62)
    share = smoothstep(-0.02, 0.02, crown + 0.06 * leaves - y)
    height = jnp.clip(y / jnp.maximum(crown, 0.05), 0, 1)
    leaf = jnp.array([[0.050], [0.085], [0.030]]) * (0.35 + 0.95 * height**0.8 + 0.45 * leaves)
    reed = smoothstep(0.055, 0.03, y + 0.02 * leaves) * (1 - look["walled"])
    leaf = jnp.maximum(leaf * (1 - reed) + jnp.array([[0.20], [0.17], [0.09]]) * reed, 0.003)
    facing = 0.25 + 0.75 * jnp.maximum(light.direction[2], 0.0)
    lit = leaf * (
        li.col(light.irradiance) * 0.45 * facing + 1.5 * li.col(light.zenith) + 0.9 * li.col(light.horizon)
    )
    air = 1 - jnp.exp(-look["bank"] / 260.0)
    return open_sky * (1 - share) + (lit * (1 - air) + 0.8 * li.col(light.horizon) * air) * share


def balls_lit(
    look: dict, geo: rc.Geometry, mat: li.Materials, light: li.LightArrays, base_at, ident, p, ray, t
) -> Array:
    """Radiance (3, P) of balls met at `p`, in the air: sun, sky, what the water throws back, gloss."""
    normal, local = rc.normal_at(geo, ident, p)
    base = base_at(ident, local, t)
    row = jnp.maximum(ident - 1, 0)
    rough, metal = jnp.take(mat.roughness, row), jnp.take(mat.metallic, row)
    sun = rc.cone_visibility(geo, p, li.col(light.direction), jnp.maximum(light.angle, 0.02), ident)
    up = 0.5 - 0.5 * normal[1]
    below = li.col(look["glow"]) * up * jnp.clip(1 - p[1] / 1.5, 0.3, 1.0)
    lit = li.direct(light, normal, sun, 0.9) + below
    f0 = 0.04 * (1 - metal) + base * metal
    facing = jnp.maximum(-dot(ray, normal), 0.0)
    mirrored = ray + 2 * facing * normal
    gloss = f0 + (1 - f0) * (1 - facing) ** 5 * (1 - rough) ** 2
    around = jnp.where(mirrored[1] > 0, li.sky(light, mirrored), li.col(look["glow"]) * 0.7)
    spark = highlight(light, normal, ray, f0, rough) * li.col(light.irradiance) * sun
    return base * (1 - metal) * lit + gloss * around + spark


def deck(look: dict, light: li.LightArrays, geo: rc.Geometry, p: Array, fp: Array, kinds) -> Array:
    """Radiance (3, P) of the paving around a pool, with a pale coping along the edge."""
    base = base_colour(
        kinds[1], (p / look["deck_scale"]).T, fp / look["deck_scale"], look["deck"], look["deck2"]
    ).T
    away = jnp.maximum(jnp.abs(p[0]) - 0.5 * look["size"][0], jnp.abs(p[2]) - 0.5 * look["size"][1])
    coping = jnp.clip((0.30 - away) / jnp.maximum(fp, 1e-4) + 0.5, 0, 1)
    joint = jnp.clip(1 - jnp.abs(away - 0.30) / jnp.maximum(0.006, fp), 0, 1) * jnp.minimum(
        0.006 / jnp.maximum(fp, 1e-4), 1
    )
    base = base * (1 - coping) + jnp.minimum(base * 1.12 + 0.06, 0.9) * coping
    base = base * (1 - 0.5 * joint)
    up = jnp.array([[0.0], [1.0], [0.0]]) * jnp.ones_like(p)
    sun = rc.cone_visibility(geo, p, li.col(light.direction), jnp.maximum(light.angle, 0.02), -1 + 0 * p[0])
    return base * li.direct(light, up, sun, 1.0)


# what there is to see under water


def leave_box(look: dict, p: Array, ray: Array, floor) -> tuple[Array, Array]:
    """Distance (P,) to where `ray` leaves the basin by a side or its `floor`, and which: 0 x, 1 floor, 2
    z."""
    half = jnp.stack([0.5 * look["size"][0], 1e9, 0.5 * look["size"][1]])
    half = jnp.where(look["walled"] > 0, half, LOST)
    sides = [
        (jnp.sign(ray[i]) * half[i] - p[i]) / jnp.where(jnp.abs(ray[i]) < 1e-6, 1e-6, ray[i]) for i in (0, 2)
    ]
    down = jnp.where(ray[1] < -1e-4, (floor - p[1]) / jnp.minimum(ray[1], -1e-4), LOST)
    reach = jnp.stack([jnp.maximum(sides[0], 0.0), down, jnp.maximum(sides[1], 0.0)])
    return jnp.min(reach, 0), jnp.argmin(reach, 0)


def below(
    look: dict, light: li.LightArrays, geo: rc.Geometry, mat, lit_bed: Array, base_at, p, ray, fp, kinds
) -> dict:
    """Radiance (3, P) that comes up along the refracted `ray` from `p` on the surface, and what it met."""
    wall_t, side = leave_box(look, p, ray, -look["depth"])
    ball_t, ident = rc.nearest(geo, p - 1e-3 * ray, ray)
    on_ball = ball_t < wall_t
    t = jnp.minimum(jnp.where(on_ball, ball_t, wall_t), 60.0)
    q = p + t * ray
    normal, local = rc.normal_at(geo, ident, q)
    flat = jnp.stack([(side == i) * (-jnp.sign(ray[i])) for i in range(3)])
    normal = jnp.where(on_ball, normal, flat)
    u = jnp.where(side == 0, q[2], q[0])
    v = jnp.where(side == 1, q[2], q[1])
    wide = fp + 0.7 * t * look["pixel"]
    scale = look["bottom_scale"]
    plane = jnp.stack([u, 0 * u, v]) / scale
    base = base_colour(kinds[0], plane.T, wide / scale, look["bottom"], look["bottom2"]).T
    base = jnp.where(on_ball, base_at(ident, local, t), base)
    fade = li.col(look["extinction"])
    deep = jnp.maximum(-q[1], 0.0)
    axis = sun_below(light)
    foot = q + li.col(axis) * (deep / axis[1])
    shade = rc.cone_visibility(
        geo, q, li.col(axis), jnp.maximum(light.angle / INDEX, 0.015), jnp.where(on_ball, ident, -1)
    )
    shade = shade * rc.cone_visibility(
        geo, foot, li.col(light.direction), jnp.maximum(light.angle, 0.02), -1 + 0 * side
    )
    bed = q - li.col(axis) * ((look["depth"] - deep) / axis[1])
    long, wide_z = look["size"][0], look["size"][1]
    across = (bed[2] + 0.5 * wide_z) * (long / wide_z)
    spots = sample_finest(lit_bed, long, bed[0] + 0.5 * long, across)[:, 0]
    near = jnp.clip(deep / look["depth"], 0.0, 1.0)
    spots = 1 + (spots - 1) * (0.25 + 0.75 * near)
    entry = 1 - fresnel(jnp.maximum(light.direction[1], 0.02))
    facing = jnp.maximum(dot(normal, li.col(axis)), 0.0)
    share = light.direction[1] / axis[1]  # of the sun's light per area across its way below
    sun = (
        li.col(light.irradiance)
        / jnp.pi
        * entry
        * share
        * facing
        * spots
        * shade
        * jnp.exp(-fade * deep / axis[1])
    )
    upness = 0.5 + 0.5 * normal[1]
    ambient = li.sky_ambient(light, jnp.array([[0.0], [1.0], [0.0]])) * jnp.exp(-1.2 * fade * deep)
    scattered = li.col(look["deep"]) * look["daylight"][:, None]
    lit = base * (sun + ambient * (0.25 + 0.68 * upness) + 0.30 * look["bounce"][:, None] + 0.4 * scattered)
    path = jnp.exp(-fade * t)
    return {
        "radiance": lit * path + scattered * (1 - path),
        "reach": t,
        "ident": jnp.where(on_ball, ident, 0),
    }


def above(
    look: dict, light: li.LightArrays, geo: rc.Geometry, mat, base_at, p, ray, pixel, trees, kinds
) -> Array:
    """Radiance (3, P) that falls along `ray` (away from the water) on `p`: balls, the rim, what is beyond."""
    out = beyond(look, light, ray, pixel, trees)
    side_t, side = leave_box(look, p, ray, -LOST)
    q = p + ray * jnp.minimum(side_t, LOST)
    on_rim = (look["walled"] > 0) & (q[1] < look["rim"])
    flat = jnp.stack([(side == i) * (-jnp.sign(ray[i])) for i in range(3)])
    rim = li.col(look["rim_base"]) * (li.direct(light, flat, 1.0, 0.55) + 0.35 * li.col(look["glow"]))
    out = jnp.where(on_rim, rim, out)
    t, ident = rc.nearest(geo, p, ray)
    hit = p + ray * jnp.minimum(t, LOST)
    ball = balls_lit(look, geo, mat, light, base_at, ident, hit, ray, t)
    return jnp.where((ident != rc.SKY) & (hit[1] > -0.02), ball, out)


def deck_colours(pool) -> dict[str, np.ndarray]:
    """Linear mean colour of the wall above the water."""
    from physics.colour import srgb_to_linear

    return {"rim_base": np.asarray(srgb_to_linear(np.float32(pool.bottom_colour)))}
