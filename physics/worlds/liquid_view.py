"""What a ray sees of splashing water: glass, the surface, what lies behind it through two refractions, foam.

The surface is the half-value of the particles' filling, splatted with quadratic B-splines on cells half as
wide as the flow's and smoothed. Rays skip what is empty by the distance to the nearest filled block, step
through the rest and end by bisection. At the surface: exact Fresnel, one mirrored ray, one refracted ray
that is followed through the water to where it leaves, with Beer-Lambert absorption on the way; then what
stands behind. The sun's light on the floor is what the water lets through, gathered where its thickness
curves (a thin lens). Vectors (3, P), linear radiance.

Limits: two interfaces; balls are seen in and behind water, not mirrored in it twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from physics import light as li
from physics import raycast as rc
from physics.antialias import smoothstep
from physics.gloss import highlight
from physics.patterns import base_colour
from physics.raycast import dot, normalise

FINE = 2  # cells of the surface per cell of the flow
BLOCK = 4  # fine cells
LEVEL = 0.5  # of a full cell, where the surface is
OUTSIDE, INSIDE = 72, 56  # steps of a ray
FILM = (2.6, 1.8)  # factors on the filling of the two lowest layers
FAR = 1e4
PAD = 3


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Surface:
    """The water's shape at one time."""

    corners: Array  # (M, 8) filling at the 8 fine cells around each of their corners
    empty: Array  # blocks (bx, by, bz): steps in fine cells that meet no water
    full: Array  # the same inside water


def splat(shape: tuple[int, int, int], place: Array, value: Array) -> Array:
    """Sum of quadratic B-splines (*shape) of `value` (N,) at `place` (3, N) in fine cells; walls mirror."""
    wide = tuple(n + 2 * PAD for n in shape)
    first, parts = [], []
    for a in range(3):
        q = place[a] - 0.5 + PAD
        i = jnp.clip(jnp.round(q), 1, wide[a] - 2)
        d = q - i
        first.append(i.astype(jnp.int32))
        parts.append((0.5 * (0.5 - d) ** 2, 0.75 - d * d, 0.5 * (0.5 + d) ** 2))
    start = ((first[0] - 1) * wide[1] + first[1] - 1) * wide[2] + first[2] - 1
    rows, shares = [], []
    for k in range(27):
        i, j, m = k // 9, k // 3 % 3, k % 3
        rows.append(start + (i * wide[1] + j) * wide[2] + m)
        shares.append(parts[0][i] * parts[1][j] * parts[2][m] * value)
    total = jnp.zeros(int(np.prod(wide)))
    total = total.at[jnp.concatenate(rows)].add(jnp.concatenate(shares), mode="promise_in_bounds")
    return _folded(total.reshape(wide))


def _folded(a: Array) -> Array:
    """Without its padding: what lies beyond a wall is mirrored into the box."""
    for axis in range(3):
        n = a.shape[axis]
        low = jnp.flip(lax.slice_in_dim(a, 0, PAD, axis=axis), axis)
        high = jnp.flip(lax.slice_in_dim(a, n - PAD, n, axis=axis), axis)
        a = lax.slice_in_dim(a, PAD, n - PAD, axis=axis)
        m = a.shape[axis]
        a = a + jnp.concatenate(
            [low, jnp.zeros_like(lax.slice_in_dim(a, PAD, m - PAD, axis=axis)), high], axis
        )
    return a


def smoothed(a: Array, times: int = 3) -> Array:
    """Binomial means over neighbours along the first three axes."""
    for _ in range(times):
        for axis in range(3):
            near = jnp.concatenate(
                [lax.slice_in_dim(a, 0, 1, axis=axis), lax.slice_in_dim(a, 0, a.shape[axis] - 1, axis=axis)],
                axis,
            )
            far = jnp.concatenate(
                [
                    lax.slice_in_dim(a, 1, a.shape[axis], axis=axis),
                    lax.slice_in_dim(a, a.shape[axis] - 1, a.shape[axis], axis=axis),
                ],
                axis,
            )
            a = 0.25 * near + 0.5 * a + 0.25 * far
    return a


def surface_of(cells: tuple[int, int, int], place: Array, alive: Array, film: bool) -> tuple[Surface, Array]:
    """The surface of particles at `place` (3, N) flow cells, and the filling (N,) around each.

    `film`: water on an open floor, which is shown down to a fraction of a cell's depth.
    """
    shape = tuple(n * FINE for n in cells)
    share = smoothed(splat(shape, place * FINE, alive)) / (8 / FINE**3)
    if film:
        share = share.at[:, 0].multiply(FILM[0]).at[:, 1].multiply(FILM[1])
    padded = jnp.pad(share, [(0, 1)] * 3, mode="edge")
    parts = [
        padded[i : i + shape[0], j : j + shape[1], k : k + shape[2]]
        for i in (0, 1) for j in (0, 1) for k in (0, 1)
    ]  # fmt: skip
    corners = jnp.stack(parts, -1).reshape(-1, 8)
    blocks = [-(-n // BLOCK) for n in shape]
    fill = jnp.pad(share, [(0, b * BLOCK - n) for b, n in zip(blocks, shape, strict=True)], mode="edge")
    fill = fill.reshape(blocks[0], BLOCK, blocks[1], BLOCK, blocks[2], BLOCK)
    empty = _clear(fill.max((1, 3, 5)) > 0.6 * LEVEL)
    full = _clear(fill.min((1, 3, 5)) < 1.2 * LEVEL)
    i = [jnp.clip(place[a] * FINE, 0, shape[a] - 1).astype(jnp.int32) for a in range(3)]
    return Surface(corners, empty, full), share[i[0], i[1], i[2]]


def _clear(taken: Array) -> Array:
    """Fine cells that a ray may go from a block without meeting one that is `taken`."""
    out, grown = jnp.zeros(taken.shape), taken
    for k in range(6):
        out = jnp.where(grown, out, out + 1.0)
        if k < 5:
            grown = lax.reduce_window(grown, False, jnp.logical_or, (3, 3, 3), (1, 1, 1), "SAME")
    return jnp.maximum(out - 1.0, 0.0) * BLOCK


def look_up(shape, surface: Surface, q: Array) -> Array:
    """Filling (P,) at `q` (3, P) fine cells."""
    at = [jnp.clip(q[a] - 0.5, 0.0, shape[a] - 1.001) for a in range(3)]
    low = [jnp.floor(a) for a in at]
    f = [a - b for a, b in zip(at, low, strict=True)]
    i = [a.astype(jnp.int32) for a in low]
    row = surface.corners.at[(i[0] * shape[1] + i[1]) * shape[2] + i[2]].get(mode="promise_in_bounds")
    x = [row[:, c] + f[0] * (row[:, c + 4] - row[:, c]) for c in range(4)]
    y = [x[c] + f[1] * (x[c + 2] - x[c]) for c in range(2)]
    return y[0] + f[2] * (y[1] - y[0])


def normal_of(shape, surface: Surface, q: Array) -> Array:
    """Outward unit normal (3, P) of the filling's level surface."""
    slope = []
    for a in range(3):
        d = jnp.zeros((3, 1)).at[a].set(1.0)
        slope.append(look_up(shape, surface, q - d) - look_up(shape, surface, q + d))
    return normalise(jnp.stack(slope))


def box_span(size: Array, p: Array, d: Array) -> tuple[Array, Array, Array, Array]:
    """Entry and exit (P,) along rays in the box [0, size], and the axes of the faces met."""
    inv = 1 / jnp.where(jnp.abs(d) < 1e-7, 1e-7, d)
    a, b = -p * inv, (size[:, None] - p) * inv
    near, far = jnp.minimum(a, b), jnp.maximum(a, b)
    return jnp.max(near, 0), jnp.min(far, 0), jnp.argmax(near, 0), jnp.argmin(far, 0)


def march(
    shape, surface: Surface, q: Array, d: Array, start: Array, stop: Array, inside: bool, speed, most: int
) -> Array:
    """Where the ray q + t d first meets (`inside`: leaves) water in [start, stop]; FAR where it does not.

    `speed` is fine cells per unit of t.
    """
    skip = surface.full if inside else surface.empty
    n = skip.shape
    sign = -1.0 if inside else 1.0

    def value(t):
        return sign * (look_up(shape, surface, q + t * d) - LEVEL)

    def going(s):
        k, t, _, found = s
        return (k < most) & jnp.any(~found & (t < stop))

    def stride(s):
        k, t, before, found = s
        at = q + t * d
        b = [jnp.clip(at[a] / BLOCK, 0, n[a] - 1).astype(jnp.int32) for a in range(3)]
        free = skip[b[0], b[1], b[2]]
        level = value(t)
        found = found | ((level > 0) & (t < stop))
        near = jnp.clip(-4.0 * level, 0.7, 1.8)  # the level falls over some cells
        ahead = jnp.where(found, t, t + jnp.maximum(free, near) / speed)
        return k + 1, ahead, jnp.where(found, before, t), found

    _, t, before, found = lax.while_loop(going, stride, (0, start, start, jnp.zeros(start.shape, bool)))
    found = found & (t <= stop)

    def halve(_, ends):
        low, high = ends
        middle = 0.5 * (low + high)
        wet = value(middle) > 0
        return jnp.where(wet, low, middle), jnp.where(wet, middle, high)

    _, high = lax.fori_loop(0, 4, halve, (before, t))
    return jnp.where(found, high, FAR)


# what stands around


def floor_light(look: dict, light: li.LightArrays, place: Array, alive: Array, cells: int = 160) -> Array:
    """Share (n, n, 3) of the sun's light that comes through the water to the floor around it."""
    sun = light.direction
    x = (
        look["corner"][0]
        + place[0] * look["cell"]
        - (look["corner"][1] + place[1] * look["cell"]) * sun[0] / sun[1]
    )
    z = (
        look["corner"][2]
        + place[2] * look["cell"]
        - (look["corner"][1] + place[1] * look["cell"]) * sun[2] / sun[1]
    )
    side = look["cast"] / cells
    u, v = (x - look["middle"][0]) / side + 0.5 * cells, (z - look["middle"][2]) / side + 0.5 * cells
    i, j = jnp.floor(u).astype(jnp.int32), jnp.floor(v).astype(jnp.int32)
    inside = (i >= 0) & (i < cells - 1) & (j >= 0) & (j < cells - 1)
    drop = alive * inside * look["cell"] ** 3 / 8 / side**2  # m of water, seen from above
    thick = jnp.zeros(cells * cells)
    a, b = u - i, v - j
    for di, dj, w in ((0, 0, (1 - a) * (1 - b)), (1, 0, a * (1 - b)), (0, 1, (1 - a) * b), (1, 1, a * b)):
        row = jnp.clip(j + dj, 0, cells - 1) * cells + jnp.clip(i + di, 0, cells - 1)
        thick = thick.at[row].add(drop * w)
    thick = smoothed(thick.reshape(cells, cells, 1, 1), 5)[..., 0, 0]
    bend = sum(jnp.roll(thick, s, ax) for s in (1, -1) for ax in (0, 1)) - 4 * thick
    focus = jnp.clip(1 - 0.12 * look["drop"] * bend / side**2, 0.35, 2.6)
    there = smoothstep(0.0, 0.012, thick)
    clear = jnp.exp(-thick[..., None] / sun[1] * look["extinction"])
    return 1 + there[..., None] * (clear * focus[..., None] * 0.86 - 1)


def surroundings(
    look: dict,
    light: li.LightArrays,
    geo: rc.Geometry,
    mat,
    base_at,
    cast: Array,
    p: Array,
    ray: Array,
    wide,
    kinds,
) -> Array:
    """Radiance (3, P) along rays outside of the water: balls, the floor or table, the sky or studio."""
    sky = li.sky(light, ray)
    t, ident = rc.nearest(geo, p, ray)
    down = jnp.where(ray[1] < -1e-4, -p[1] / jnp.minimum(ray[1], -1e-4), FAR)
    down = jnp.where(down > 0, down, FAR)
    q = p + ray * jnp.minimum(down, 400.0)
    ground = floor(look, light, geo, cast, q, wide * jnp.minimum(down, 50.0), kinds)
    opacity = jnp.where(down < FAR, li.ground_opacity(light, q), 0.0)
    out = sky * (1 - opacity) + ground * opacity
    if geo.radius.shape[0]:
        ball = ball_light(look, light, geo, mat, base_at, ident, p + ray * jnp.minimum(t, 1e3), ray, t)
        out = jnp.where((t < down) & (ident != rc.SKY), ball, out)
    return out


def floor(
    look: dict, light: li.LightArrays, geo: rc.Geometry, cast: Array, q: Array, wide: Array, kinds
) -> Array:
    """Radiance (3, P) of the floor at `q`, in the water's and the balls' shadow and light."""
    scale, n = look["floor_scale"], cast.shape[0]
    base = base_colour(kinds[0], (q / scale).T, wide / scale, look["floor1"], look["floor2"]).T
    up = jnp.array([[0.0], [1.0], [0.0]]) * jnp.ones_like(q)
    sun = rc.cone_visibility(geo, q, li.col(light.direction), jnp.maximum(light.angle, 0.02), -1 + 0 * q[0])
    u = (q[0] - look["middle"][0]) / look["cast"] * n + 0.5 * n - 0.5
    v = (q[2] - look["middle"][2]) / look["cast"] * n + 0.5 * n - 0.5
    inside = (u > 1) & (u < n - 2) & (v > 1) & (v < n - 2)
    i, j = jnp.clip(u, 0, n - 2).astype(jnp.int32), jnp.clip(v, 0, n - 2).astype(jnp.int32)
    a, b = jnp.clip(u - i, 0, 1), jnp.clip(v - j, 0, 1)
    rows = cast.reshape(-1, 3)
    part = [rows[(j + dj) * n + i + di] * (w[:, None]) for di, dj, w in
            ((0, 0, (1 - a) * (1 - b)), (1, 0, a * (1 - b)), (0, 1, (1 - a) * b), (1, 1, a * b))]  # fmt: skip
    through = jnp.where(inside, (part[0] + part[1] + part[2] + part[3]).T, 1.0)
    near = 1.0
    for k in range(geo.radius.shape[0]):
        near = near * (1 - rc.sphere_occlusion(li.col(geo.centre[k]) - q, geo.radius[k], up))
    return base * li.direct(light, up, sun * through, near)


def ball_light(look: dict, light: li.LightArrays, geo: rc.Geometry, mat, base_at, ident, p, ray, t) -> Array:
    """Radiance (3, P) of balls at `p`."""
    normal, local = rc.normal_at(geo, ident, p)
    base, row = base_at(ident, local, t), jnp.maximum(ident - 1, 0)
    rough, metal = jnp.take(mat.roughness, row), jnp.take(mat.metallic, row)
    sun = rc.cone_visibility(geo, p, li.col(light.direction), jnp.maximum(light.angle, 0.02), ident)
    lit = li.direct(light, normal, sun, 0.9) + (0.5 - 0.5 * normal[1]) * li.col(look["bounce"])
    f0 = 0.04 * (1 - metal) + base * metal
    facing = jnp.maximum(-dot(ray, normal), 0.0)
    mirrored = ray + 2 * facing * normal
    gloss = f0 + (1 - f0) * (1 - facing) ** 5 * (1 - rough) ** 2
    around = jnp.where(mirrored[1] > 0, li.sky(light, mirrored), li.col(look["bounce"]))
    spark = highlight(light, normal, ray, f0, rough) * li.col(light.irradiance) * sun
    return base * (1 - metal) * lit + gloss * around + spark
