"""Patterns of balls: functions of the unit direction (x, y, z) in the ball's own frame.

`reach` is 1 / pattern_scale (p = direction * reach), `fp` the pixel size on the unit sphere; layers as in
`physics.layers`. Seams are implicit curves f = 0; f over its slope along the sphere is the distance to
first order (Taubin 1994), which is exact enough for lines much thinner than the ball.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np

from physics.antialias import bands, inside, line, smoothstep
from physics.layers import covered, shaded
from physics.natural_patterns import stone
from physics.noise import fade, fbm3, noise3

GOLDEN = (1 + math.sqrt(5)) / 2
YELLOW = np.array([0.90, 0.62, 0.03], np.float32)  # linear, the third colour of a beach ball
PENTAGON_HEXAGON, HEXAGON_HEXAGON = 0.79465447, 0.74535599  # cosines between neighbouring panels' centres


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
    return covered(shaded(c1, 0.10 * pebble + 0.05 * wear + shade, 0.12 * wear), seam, c2)


def beach_ball(x, y, z, reach, fp, c1, c2):
    """Six gores, white between colour, colour2 and yellow; white caps at the poles."""
    third = jnp.arctan2(z, x) * (1.5 / math.pi) + 1.5  # 0..3; a coloured gore is centred on each whole number
    nearest = jnp.floor(third + 0.5)
    ring = jnp.sqrt(jnp.maximum(1 - y * y, 1e-9))
    edge = (0.25 - jnp.abs(third - nearest)) * (2 * math.pi / 3) * ring
    cap = inside(ring - 0.15, fp)
    coloured = inside(edge, fp) * cap
    weld = 1 - 0.10 * line(edge, 0.006, fp) * cap - 0.10 * line(ring - 0.15, 0.006, fp)
    which = nearest - 3 * jnp.floor(nearest / 3)
    layers = [(jnp.where(which == k, coloured, 0.0) * weld, rgb) for k, rgb in enumerate((c1, c2, YELLOW))]
    return layers + [((1 - coloured) * weld, jnp.full(3, 0.84))]


def tennis(x, y, z, reach, fp, c1, c2):
    """Felt with the one seam x^2 - y^2 = k z, which has the ball's own symmetry."""
    k = 0.42
    d = _distance(x * x - y * y - k * z, 2 * x, -2 * y, -k, x, y, z)
    lint = 0.04 * noise3(x * 14, y * 14, z * 14, 211) * fade(14, fp)
    seam = inside(0.048 - jnp.abs(d) + 0.25 * lint, fp + 0.012)
    fibres = noise3(x * 26, y * 26, z * 26, 212) * fade(26, fp) + noise3(x * 61, y * 61, z * 61, 213) * fade(
        61, fp
    )
    tufts = fbm3(x, y, z, fp, 5.0, 2, 214)
    edge = -0.14 * jnp.exp(-(((jnp.abs(d) - 0.05) / 0.025) ** 2))
    return covered(
        shaded(c1, 0.16 * fibres + 0.10 * tufts + edge, -0.12 * fibres), seam * (1 + 0.1 * fibres), c2
    )


def _icosahedron_terms(x, y, z):
    """Cosines to the nearest pentagon centre and to the two nearest hexagon centres (folded by symmetry)."""
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
    to_pent = (scale * pent - hex1) / math.sqrt(scale**2 + 1 - 2 * scale * PENTAGON_HEXAGON)
    to_hex = (hex1 - hex2) / math.sqrt(2 - 2 * HEXAGON_HEXAGON)
    nearest = jnp.where(to_pent > 0, to_pent, jnp.minimum(-to_pent, to_hex))
    black = inside(to_pent, fp)
    seam = line(nearest, 0.008, fp)
    pillow = (smoothstep(0.0, 0.10, nearest) - 1) * 0.14
    scuff = 0.05 * fbm3(x, y, z, fp, 3.0, 3, 221)
    panel = [((1 + pillow + scuff) * (1 - black), c1), ((1 + 2 * pillow + scuff) * black, c2)]
    return covered(panel, 0.8 * seam, 0.18 * c1)


def bowling(x, y, z, reach, fp, c1, c2):
    """Polished resin: a flowing marbled swirl of colour and colour2, three finger holes."""
    wx = fbm3(x, y, z, fp, 1.0, 3, 231)
    wy = fbm3(x, y, z, fp, 1.0, 3, 232)
    flow = fbm3(x + 1.1 * wx, y + 1.1 * wy, z + 0.8 * wx, fp, 1.2, 5, 233, 0.55)
    deep = fbm3(x - 0.9 * wy, y + 0.9 * wx, z, fp, 2.1, 4, 234, 0.6)
    veil = smoothstep(-0.30, 0.75, flow + 0.5 * deep)
    thread = jnp.exp(-jnp.abs(flow - 0.08) * 20) + 0.5 * jnp.exp(-jnp.abs(deep + 0.1) * 16)
    light = jnp.clip(0.42 * veil + 0.26 * thread, 0.0, 1.0)
    body = [(1 - light, c1), (light, c2)]
    hole = jnp.zeros_like(x)
    for hx, hz, size in ((0.13, 0.16, 0.095), (-0.13, 0.16, 0.095), (0.02, -0.30, 0.115)):
        hy = math.sqrt(1 - hx * hx - hz * hz)
        chord = jnp.sqrt((x - hx) ** 2 + (y - hy) ** 2 + (z - hz) ** 2 + 1e-9)
        hole = jnp.maximum(hole, inside(size - chord, fp))
    return covered(body, hole, jnp.full(3, 0.006))


def swirl(x, y, z, reach, fp, c1, c2):
    """The twisted ribbons inside a glass marble: three of colour2 with white cores, and fine threads."""
    ring = jnp.sqrt(jnp.maximum(1 - y * y, 1e-6))
    twist = 0.75 * y + 0.16 * noise3(x * 1.5, y * 1.5, z * 1.5, 241) * ring
    turn = jnp.arctan2(z, x) * (1.5 / math.pi) + twist
    width = fp * (1.5 / math.pi) / ring
    cos, sin = jnp.cos(twist * (2 * math.pi / 3)), jnp.sin(twist * (2 * math.pi / 3))
    a, c = cos * x - sin * z, sin * x + cos * z  # untwisted: streaks run along the ribbons
    streak = noise3(a * 8, y * 0.7, c * 8, 242) * fade(8, fp) + noise3(a * 21, y * 1.3, c * 21, 243) * fade(
        21, fp
    )
    soft = width + 0.012
    ribbon, core = bands(turn, 0.40, soft), bands(turn + 0.04 + 0.03 * streak * ring, 0.08, soft)
    thread = bands(turn + 0.5, 0.035, soft) + bands(turn + 0.59, 0.015, soft)
    clear = 1 - ribbon - 0.6 * thread
    white = jnp.full(3, 0.82)
    body = [(clear * (1 + 0.12 * streak), c1), ((ribbon - core) * (1 + 0.45 * streak), c2)]
    return body + [(core + 0.6 * thread, white)]


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
    size = 0.8 * reach
    return stone(x * size, y * size, z * size, fp * size, c1, c2)


def wood(x, y, z, reach, fp, c1, c2):
    """Turned from solid wood: uneven rings about an axis beside the ball's middle, fibres along it."""
    x, y, z, fp = x * reach, y * reach, z * reach, fp * reach
    wander = noise3(x * 0.6, y * 0.35, z * 0.6, 261)
    a, c = x + 0.75 + 0.16 * wander, z + 0.35 + 0.16 * y - 0.10 * wander
    radius = jnp.sqrt(a * a + c * c + 1e-6)
    phase = (
        7.0 * radius
        + 0.9 * noise3(radius * 1.7, 0.12 * y, 0.2 * x, 262)
        + 0.10 * noise3(x * 2, y * 0.5, z * 2, 263)
    )
    t = phase - jnp.floor(phase)
    ring = (smoothstep(0.0, 0.85, t) * (1 - smoothstep(0.85, 1.0, t)) - 0.5) * fade(8, fp)
    ring = ring * (0.75 + 1.1 * noise3(radius * 3.1, 0.3 * y, 0.4 * x, 264))
    fibre = noise3(x * 22, y * 1.6, z * 22, 265) * fade(22, fp) + noise3(x * 55, y * 4, z * 55, 266) * fade(
        55, fp
    )
    return shaded(c1, 0.07 * wander, 0.55 * ring + 0.30 * fibre)


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
    return shaded(c1, tone * n, depth * n)
