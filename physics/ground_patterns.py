"""Patterns of floors and boxes: functions of plane coordinates (u, v) in metres at pattern_scale 1.

Each returns layers (see `physics.layers`). All variation enters linearly with mean 0 and every octave fades
with the footprint `fp`, so a far floor converges to its mean colour. `c1` and `c2` are the linear colour and
colour2.
"""

from __future__ import annotations

import jax.numpy as jnp

from physics.antialias import bands, inside, line, smoothstep
from physics.layers import covered, shaded
from physics.noise import bits8, cell, fade, fbm2, hash_cell, mix_bits, noise2, unit

# ---------------------------------------------------------------- wood

PLANK_WIDTH, PLANK_LENGTH, PLANK_GAP = 0.14, 1.25, 0.0011


def _planks(u, v):
    """Position in the plank (x along, y across, m from its middle) and the plank's hash."""
    row, j = cell(v / PLANK_WIDTH)
    shift = unit(hash_cell(j, 3, 11)) * PLANK_LENGTH
    column, i = cell((u + shift) / PLANK_LENGTH)
    x = u + shift - (column + 0.5) * PLANK_LENGTH
    return x, v - (row + 0.5) * PLANK_WIDTH, hash_cell(i, j, 12)


def _growth_rings(x, y, plank, fp):
    """Rings of a flat-sawn board: a cut through slightly conical cylinders; (-0.5..0.5, mean 0)."""
    more = mix_bits(plank)
    pith = (bits8(plank, 0) - 0.5) * 0.11
    depth = 0.012 + 0.07 * bits8(plank, 1) + (bits8(plank, 2) - 0.5) * 0.09 * x
    wander = noise2(x * 1.4, y * 5, plank)
    across = y - pith + 0.02 * noise2(x * 0.9, y * 2, more)
    depth = depth + 0.03 * wander
    radius = jnp.sqrt(across * across + depth * depth + 1e-6)
    frequency = 55.0 + 60.0 * bits8(more, 0)
    phase = radius * frequency + 0.5 * noise2(x * 3, y * 40, more)
    t = phase - jnp.floor(phase)
    profile = smoothstep(0.0, 0.85, t) * (1 - smoothstep(0.85, 1.0, t)) - 0.5
    slope = jnp.maximum(jnp.abs(across) / radius, 0.15)
    strength = 0.7 + 1.2 * noise2(radius * 40, x * 0.3, more)
    return profile * strength * fade(frequency * slope, fp)


def _knots(x, y, plank):
    """Cover of the plank's knot, if it has one."""
    h = mix_bits(plank + jnp.uint32(77))
    kx, ky = (bits8(h, 0) - 0.5) * PLANK_LENGTH * 0.9, (bits8(h, 1) - 0.5) * 0.1
    size = 0.006 + 0.009 * bits8(h, 2)
    d = jnp.sqrt(((x - kx) * 0.55) ** 2 + (y - ky) ** 2)
    return jnp.where(bits8(h, 3) < 0.16, 1 - smoothstep(size * 0.5, size * 1.5, d), 0.0)


def wood(u, v, fp, c1, c2):
    """Oak-like planks along u: staggered, each with its own tone, rings, fibres; some with a knot."""
    x, y, plank = _planks(u, v)
    even = fade(0.5 / PLANK_WIDTH, fp)
    knot = _knots(x, y, plank)
    rings = _growth_rings(x, y, plank, fp)
    streaks = noise2(x * 1.2, y * 60, plank) * fade(60, fp) + noise2(x * 4, y * 190, plank) * fade(190, fp)
    pores = jnp.maximum(noise2(x * 28, y * 520, plank) - 0.1, 0.0) - 0.07
    tone = ((bits8(plank, 3) - 0.5) * 0.42 + 0.10 * noise2(x * 2, y * 9, plank) * fade(9, fp)) * even
    depth = 0.42 * rings + 0.30 * streaks + 0.9 * pores * fade(400, fp)
    depth = depth + (bits8(mix_bits(plank), 1) - 0.5) * 0.5 * even + 0.8 * knot * fade(60, fp)
    gap_y = line(PLANK_WIDTH / 2 - jnp.abs(y), PLANK_GAP, fp)
    gap_x = line(PLANK_LENGTH / 2 - jnp.abs(x), PLANK_GAP, fp)
    gap = jnp.maximum(gap_y, gap_x)
    mean_gap = 2 * PLANK_GAP / PLANK_WIDTH
    return covered(shaded(c1, tone, depth), mean_gap + (gap - mean_gap) * even, 0.5 * c2)


# ---------------------------------------------------------------- laid pieces

TILE, GROUT = 0.30, 0.0022
BRICK_LENGTH, BRICK_HEIGHT, MORTAR = 0.225, 0.075, 0.0045  # m; joints are twice MORTAR wide
BRICK_FACE = 0.844  # share of the area that is brick, measured: the corners are round and rough


def tile(u, v, fp, c1, c2):
    """Square glazed tiles of 0.30 m; colour2 is the grout."""
    a, i = cell(u / TILE)
    b, j = cell(v / TILE)
    h = hash_cell(i, j, 21)
    even = fade(0.5 / TILE, fp)
    tone = (bits8(h, 0) - 0.5) * 0.12 * even + 0.06 * fbm2(u, v, fp, 9.0, 4, 22)
    depth = (bits8(h, 1) - 0.5) * 0.10 * even
    x, y = u - (a + 0.5) * TILE, v - (b + 0.5) * TILE
    edge = TILE / 2 - jnp.maximum(jnp.abs(x), jnp.abs(y))
    rim = (smoothstep(0.0, 0.012, edge) - 0.93) * 0.12 * fade(40, fp)
    joint = bands(u / TILE, 2 * GROUT / TILE, fp / TILE)
    joint = joint + bands(v / TILE, 2 * GROUT / TILE, fp / TILE) * (1 - joint)
    return covered(shaded(c1, tone + rim, depth), joint, c2)


def brick(u, v, fp, c1, c2):
    """Bricks in running bond with rough edges; colour2 is the mortar."""
    wobble = 0.0022 * noise2(u * 35, v * 35, 31) + 0.0012 * noise2(u * 110, v * 110, 32)
    row, j = cell(v / BRICK_HEIGHT)
    shift = 0.5 * (row - 2 * jnp.floor(row / 2)) * BRICK_LENGTH
    column, i = cell((u + shift) / BRICK_LENGTH)
    x = u + shift - (column + 0.5) * BRICK_LENGTH
    y = v - (row + 0.5) * BRICK_HEIGHT
    h = hash_cell(i, j, 33)
    even = fade(0.5 / BRICK_HEIGHT, fp)
    dx, dy = BRICK_LENGTH / 2 - MORTAR - jnp.abs(x), BRICK_HEIGHT / 2 - MORTAR - jnp.abs(y)
    corner = 0.006  # radius, m; the distance to a rounded rectangle, positive inside
    out_x, out_y = jnp.maximum(corner - dx, 0), jnp.maximum(corner - dy, 0)
    distance = corner - jnp.sqrt(out_x**2 + out_y**2 + 1e-10) + jnp.maximum(jnp.minimum(dx, dy) - corner, 0)
    face = inside(distance + wobble, fp)
    face = BRICK_FACE + (face - BRICK_FACE) * even
    grit = fbm2(u, v, fp, 60.0, 4, 34, 0.8)
    tone = (bits8(h, 0) - 0.5) * 0.40 * even + 0.16 * grit + 0.14 * fbm2(u, v, fp, 7.0, 2, 35)
    depth = (bits8(h, 1) - 0.5) * 0.7 * even + 0.3 * noise2(u * 14, v * 14, 36) * fade(14, fp)
    joint = 1 + 0.22 * grit + 0.12 * fbm2(u, v, fp, 5.0, 2, 37)
    return [(w * face, rgb) for w, rgb in shaded(c1, tone, depth)] + [(joint * (1 - face), c2)]


def checker(u, v, fp, c1, c2):
    """Squares of half a period in two colours."""
    a, b = 2 * bands(u, 0.5, fp) - 1, 2 * bands(v, 0.5, fp) - 1
    first = 0.5 + 0.5 * a * b
    tone = 1 + 0.03 * fbm2(u, v, fp, 6.0, 3, 41)
    return [(first * tone, c1), ((1 - first) * tone, c2)]


def stripes(u, v, fp, c1, c2):
    """Bands along v, half a period wide."""
    first = bands(u, 0.5, fp)
    return [(first, c1), (1 - first, c2)]


def dots(u, v, fp, c1, c2):
    """Polka dots of colour2 in a staggered square lattice of unit period."""
    a, b = u + v, u - v
    x, y = a - jnp.floor(a + 0.5), b - jnp.floor(b + 0.5)
    radius = 0.17
    cover = inside(radius - jnp.sqrt(0.5 * (x * x + y * y) + 1e-12), fp)
    mean = jnp.pi * radius**2 * 2
    cover = mean + (cover - mean) * fade(0.7, fp)
    return [(1 - cover, c1), (cover, c2)]


def court(u, v, fp, c1, c2):
    """An acrylic court with one 5 cm line of colour2 along v at u = 0."""
    tone = 0.05 * fbm2(u, v, fp, 1.1, 3, 51) + 0.05 * fbm2(u, v, fp, 120.0, 2, 52)
    mark = line(u, 0.025, fp)
    return covered(shaded(c1, tone, 0.0), mark * (0.96 + 0.1 * tone), c2)


def plain(u, v, fp, c1, c2):
    """Exactly the colour."""
    return [(jnp.ones_like(u), c1)]
