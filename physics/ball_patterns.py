"""Patterns of balls: functions of the unit direction (x, y, z) in the ball's own frame.

`reach` is 1 / pattern_scale (p = direction * reach), `fp` the pixel size on the unit sphere. Layers as in
`physics.ground_patterns`. Seams are implicit curves f = 0; f over its slope along the sphere is the distance to
first order (Taubin 1994), which is exact enough for lines much thinner than the ball.
"""

from __future__ import annotations

import math

import jax.numpy as jnp

from physics.antialias import bands, inside, line, smoothstep
from physics.ground_patterns import _covered, _shaded, deeper
from physics.noise import fade, fbm3, noise3

GOLDEN = (1 + math.sqrt(5)) / 2


def _distance(f, gx, gy, gz, x, y, z):
    """Signed distance to f = 0 along the unit sphere, from f and its gradient in space."""
    radial = gx * x + gy * y + gz * z
    slope = gx * gx + gy * gy + gz * gz - radial * radial
    return f / jnp.sqrt(jnp.maximum(slope, 0.04))


def basketball(x, y, z, reach, fp, c1, c2):
    """Two great circles and two curved seams that bulge towards each other; pebbled leather."""
    bow = 0.34
    f = jnp.abs(x) - (0.43 + bow * y * y)
    curved = _distance(f, jnp.sign(x), -2 * bow * y, 0.0, x, y, z)
    nearest = jnp.minimum(jnp.minimum(jnp.abs(x), jnp.abs(y)), jnp.abs(curved))
    seam = line(nearest, 0.019, fp)
    pebble = noise3(x * 42, y * 42, z * 42, 201) * fade(42, fp)
    wear = fbm3(x, y, z, fp, 1.7, 3, 202)
    shade = (smoothstep(0.0, 0.07, nearest) - 1) * 0.16
    return _covered(_shaded(c1, 0.10 * pebble + 0.05 * wear + shade, 0.12 * wear), seam, c2)


def beach_ball(x, y, z, reach, fp, c1, c2):
    """Six gores, white between colour, colour2 and yellow; white caps at the poles."""
    sixth = jnp.arctan2(z, x) * (3 / math.pi) + 3
    gore = jnp.floor(sixth)
    t = sixth - gore
    ring = jnp.sqrt(jnp.maximum(1 - y * y, 1e-9))
    near = jnp.minimum(t, 1 - t) * (math.pi / 3) * ring
    coloured = jnp.where(gore - 2 * jnp.floor(gore / 2) > 0.5, inside(near, fp), inside(-near, fp))
    pair = jnp.floor(jnp.where(t > 0.5, sixth + 0.5, sixth - 0.5) / 2 + 0.0)
    which = jnp.where(gore - 2 * jnp.floor(gore / 2) > 0.5, jnp.floor(gore / 2), pair)
    which = which - 3 * jnp.floor(which / 3)
    cap = inside(ring - 0.15, fp)
    coloured = coloured * cap
    weld = 1 - 0.10 * line(near, 0.006, fp) * cap - 0.10 * line(ring - 0.15, 0.006, fp)
    yellow = jnp.array([0.90, 0.62, 0.03])
    layers = [(jnp.where(which == k, coloured, 0.0) * weld, rgb) for k, rgb in enumerate((c1, c2, yellow))]
    return layers + [((1 - coloured) * weld, jnp.full(3, 0.84))]


def tennis(x, y, z, reach, fp, c1, c2):
    """Felt with the one seam x^2 - y^2 = k z, which has the ball's own symmetry."""
    k = 0.42
    d = _distance(x * x - y * y - k * z, 2 * x, -2 * y, -k, x, y, z)
    lint = 0.04 * noise3(x * 14, y * 14, z * 14, 211) * fade(14, fp)
    seam = inside(0.048 - jnp.abs(d) + 0.25 * lint, fp + 0.012)
    fibres = noise3(x * 26, y * 26, z * 26, 212) * fade(26, fp) + noise3(x * 61, y * 61, z * 61, 213) * fade(61, fp)
    tufts = fbm3(x, y, z, fp, 5.0, 2, 214)
    edge = -0.14 * jnp.exp(-((jnp.abs(d) - 0.05) / 0.025) ** 2)
    return _covered(_shaded(c1, 0.16 * fibres + 0.10 * tufts + edge, -0.12 * fibres), seam * (1 + 0.1 * fibres), c2)


def _icosahedron_terms(x, y, z):
    """Dot products with the nearest pentagon centre and the two nearest hexagon centres (folded by symmetry)."""
    a, b, c = jnp.abs(x), jnp.abs(y), jnp.abs(z)
    n = 1 / math.sqrt(1 + GOLDEN**2)
    pent = n * jnp.maximum(jnp.maximum(b + GOLDEN * c, a + GOLDEN * b), c + GOLDEN * a)
    s, i = 1 / math.sqrt(3), 1 / GOLDEN
    best = s * (a + b + c)
    second = jnp.full_like(best, -1.0)
    for p, q in ((b, c), (c, a), (a, b)):  # (0, +-1/g, g) and its turns
        for sign in (1, -1):
            dot = s * (sign * i * q + GOLDEN * p)
            second = jnp.maximum(second, jnp.minimum(best, dot))
            best = jnp.maximum(best, dot)
    return pent, best, second


def _pentagon_scale():
    """Factor on the pentagon's dot product that puts the boundary on the truncated icosahedron's edges."""
    p1, p2, p3 = (0, 1, GOLDEN), (1, GOLDEN, 0), (GOLDEN, 0, 1)
    norm = math.sqrt(1 + GOLDEN**2)
    vertex = [(2 * a + b) / 3 for a, b in zip(p1, p2, strict=True)]
    hexagon = [a + b + c for a, b, c in zip(p1, p2, p3, strict=True)]
    length = math.sqrt(sum(h * h for h in hexagon))
    to_hex = sum(h * v for h, v in zip(hexagon, vertex, strict=True)) / length
    return to_hex / (sum(p * v for p, v in zip(p1, vertex, strict=True)) / norm)


def football(x, y, z, reach, fp, c1, c2):
    """A truncated icosahedron: pentagons of colour2, hexagons of colour, thin stitched seams."""
    pent, hex1, hex2 = _icosahedron_terms(x, y, z)
    scale = _pentagon_scale()
    cos_ph = 0.79465447
    to_pent = (scale * pent - hex1) / math.sqrt(scale**2 + 1 - 2 * scale * cos_ph)
    to_hex = (hex1 - hex2) / math.sqrt(2 - 2 * 0.74535599)
    nearest = jnp.where(to_pent > 0, to_pent, jnp.minimum(-to_pent, to_hex))
    black = inside(to_pent, fp)
    seam = line(nearest, 0.008, fp)
    pillow = (smoothstep(0.0, 0.10, nearest) - 1) * 0.14
    scuff = 0.05 * fbm3(x, y, z, fp, 3.0, 3, 221)
    panel = [((1 + pillow + scuff) * (1 - black), c1), ((1 + 2 * pillow + scuff) * black, c2)]
    return _covered(panel, 0.8 * seam, 0.18 * c1)


def bowling(x, y, z, reach, fp, c1, c2):
    """Polished resin: a flowing marbled swirl of colour and colour2, three finger holes."""
    wx = fbm3(x, y, z, fp, 1.1, 2, 231)
    wy = fbm3(x, y, z, fp, 1.1, 2, 232)
    flow = fbm3(x + 1.1 * wx, y + 1.1 * wy, z + 0.8 * wx, fp, 1.3, 4, 233, 0.55)
    veil = smoothstep(-0.15, 0.45, flow)
    thread = jnp.exp(-jnp.abs(flow - 0.05) * 22)
    light = 0.55 * veil + 0.35 * thread
    body = [(1 - light, deeper(c1, 1.15)), (light, c2)]
    hole = jnp.zeros_like(x)
    for hx, hz, size in ((0.13, 0.16, 0.095), (-0.13, 0.16, 0.095), (0.02, -0.30, 0.115)):
        hy = math.sqrt(1 - hx * hx - hz * hz)
        chord = jnp.sqrt((x - hx) ** 2 + (y - hy) ** 2 + (z - hz) ** 2 + 1e-9)
        hole = jnp.maximum(hole, inside(size - chord, fp))
    return _covered(body, hole, jnp.full(3, 0.006))


def swirl(x, y, z, reach, fp, c1, c2):
    """The twisted ribbons inside a glass marble."""
    turn = jnp.arctan2(z, x) / (2 * math.pi) * 3 + 0.75 * y
    ring = jnp.sqrt(jnp.maximum(1 - y * y, 1e-6))
    turn = turn + 0.22 * noise3(x * 1.6, y * 1.6, z * 1.6, 241) * ring
    width = fp * (3 / (2 * math.pi)) / ring
    share = 0.42
    ribbon = bands(turn, share, width)
    core = bands(turn, 0.10, width)
    streak = fbm3(x * 2, y * 0.6, z * 2, fp, 2.5, 3, 242)
    return [((1 - ribbon) * (1 + 0.12 * streak), c1), ((ribbon - core) * (1 + 0.2 * streak), c2), (core, jnp.full(3, 0.8))]


def stripes(x, y, z, reach, fp, c1, c2):
    """Parallel bands about the ball's y axis; the middle one has the colour."""
    latitude = jnp.arcsin(jnp.clip(y, -1, 1)) * (4 / math.pi) * reach
    first = bands(latitude, 0.5, fp * (4 / math.pi) * reach)
    return [(first, c1), (1 - first, c2)]


def dots(x, y, z, reach, fp, c1, c2):
    """32 dots of colour2 at the centres of a football's panels."""
    pent, hexagon, _ = _icosahedron_terms(x, y, z)
    chord = jnp.sqrt(jnp.maximum(2 - 2 * jnp.maximum(pent, hexagon), 1e-9))
    cover = inside(0.165 - chord, fp)
    return [(1 - cover, c1), (cover, c2)]


def checker(x, y, z, reach, fp, c1, c2):
    """Twelve by six squares of longitude and latitude."""
    ring = jnp.sqrt(jnp.maximum(1 - y * y, 1e-6))
    around = bands(jnp.arctan2(z, x) * (3 / math.pi), 0.5, fp * (3 / math.pi) / ring)
    up = bands(jnp.arcsin(jnp.clip(y, -1, 1)) * (3 / math.pi) + 0.25, 0.5, fp * (3 / math.pi))
    first = 0.5 + 0.5 * (2 * around - 1) * (2 * up - 1)
    return [(first, c1), (1 - first, c2)]


def marble(x, y, z, reach, fp, c1, c2):
    """Solid veined stone."""
    x, y, z, fp = x * reach, y * reach, z * reach, fp * reach
    wx = fbm3(x, y, z, fp, 1.2, 3, 251)
    wy = fbm3(x, y, z, fp, 1.2, 3, 252)
    a, b, c = x + 0.7 * wx, y + 0.7 * wy, z + 0.5 * (wx - wy)
    broken = noise3(a * 1.9, b * 1.9, c * 1.9, 253)
    phase = 1.5 * (0.7 * a + 0.5 * b + 0.5 * c) + 0.6 * noise3(a * 1.5, b * 1.5, c * 1.5, 254)
    near = jnp.abs(phase - jnp.floor(phase + 0.5)) / 1.9
    vein = line(near, 0.012, fp) * smoothstep(-0.3, 0.3, broken)
    halo = jnp.exp(-near * 14) * smoothstep(-0.2, 0.5, broken)
    cloud = fbm3(a, b, c, fp, 1.5, 3, 255)
    cover = jnp.clip(0.65 * vein + 0.22 * halo + 0.12 * cloud, 0, 0.9)
    return _covered([(1 + 0.05 * cloud, c1)], cover, c2)


def wood(x, y, z, reach, fp, c1, c2):
    """Turned from solid wood: rings about an axis beside the ball's middle, fibres along it."""
    x, y, z, fp = x * reach, y * reach, z * reach, fp * reach
    wander = 0.10 * noise3(x * 0.9, y * 0.5, z * 0.9, 261)
    a, c = x + 0.55 + wander, z + 0.25 + 0.12 * y - wander
    radius = jnp.sqrt(a * a + c * c + 1e-6)
    phase = radius * 9.0 + 0.25 * noise3(x * 3, y * 0.8, z * 3, 262)
    t = phase - jnp.floor(phase)
    ring = (smoothstep(0.0, 0.85, t) * (1 - smoothstep(0.85, 1.0, t)) - 0.5) * fade(9, fp)
    fibre = noise3(x * 22, y * 1.6, z * 22, 263) * fade(22, fp) + noise3(x * 55, y * 4, z * 55, 264) * fade(55, fp)
    return _shaded(c1, 0.08 * wander, 0.62 * ring + 0.30 * fibre)


SOLID_GRAIN = {  # pattern: frequency over the radius, octaves, gain, tone, depth
    "concrete": (2.0, 5, 0.7, 0.22, 0.10),
    "grass": (9.0, 4, 0.8, 0.45, -0.30),
    "sand": (14.0, 3, 0.8, 0.25, 0.10),
    "snow": (2.0, 4, 0.6, 0.06, 0.0),
    "ice": (1.2, 4, 0.55, 0.16, 0.10),
    "carpet": (22.0, 2, 0.8, 0.45, -0.15),
    "court": (9.0, 3, 0.6, 0.06, 0.0),
    "tile": (3.0, 3, 0.6, 0.08, 0.05),
    "brick": (6.0, 4, 0.7, 0.25, 0.30),
}


def solid(pattern: str, x, y, z, reach, fp, c1, c2):
    """Grounds without a ball of their own: the material's mottling as a solid."""
    frequency, octaves, gain, tone, depth = SOLID_GRAIN[pattern]
    n = fbm3(x * reach, y * reach, z * reach, fp * reach, frequency, octaves, 271, gain)
    return _shaded(c1, tone * n, depth * n)
