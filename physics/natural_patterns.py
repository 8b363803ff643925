"""Natural and cast grounds: stone, soil, water and fibre; see `physics.ground_patterns`."""

from __future__ import annotations

import jax.numpy as jnp

from physics.antialias import inside, line, smoothstep
from physics.layers import covered, shaded
from physics.noise import bits8, fade, fbm2, fbm3, hash_cell, nearest_point2, noise2, noise3

STONE_MEAN, ICE_MEAN = 0.097, 0.0195  # share of veins and of cracks over a large area, measured


def concrete(u, v, fp, c1, c2):
    """A trowelled slab: large stains, mottling, sand grain, fine pores."""
    stains = fbm2(u, v, fp, 0.55, 4, 101, 0.6)
    mottling = fbm2(u, v, fp, 11.0, 3, 102, 0.6)
    grain = fbm2(u, v, fp, 140.0, 2, 103, 0.8)
    near, _, h = nearest_point2(u * 22, v * 22, 104)
    size = (0.5 + 1.3 * bits8(h, 0)) * 0.02
    pore = jnp.where(bits8(h, 1) < 0.4, inside(size - near, fp * 22), 0.0) * fade(60, fp)
    tone = 0.25 * stains + 0.11 * mottling + 0.13 * grain - 0.45 * pore
    return shaded(c1, tone, 0.12 * noise2(u * 0.8, v * 0.8, 105) * fade(0.8, fp))


def _numbered_lines(phase, seed):
    """Distance (in phase) to the nearest whole number and that line's own hash."""
    whole = jnp.floor(phase + 0.5)
    return phase - whole, hash_cell(whole.astype(jnp.int32).astype(jnp.uint32), 5, seed)


def _veins(a, b, c, fp, across, frequency, bend, width, seed):
    """Soft broken lines that cross the direction `across`: (cover, signed distance, strength)."""
    n = noise3(a * frequency * 1.3, b * frequency * 1.3, c * frequency * 1.3, seed)
    phase = frequency * (across[0] * a + across[1] * b + across[2] * c) + bend * n
    offset, own = _numbered_lines(phase, seed + 2)
    swell = noise3(a * 3.1, b * 3.1, c * 3.1, seed + 3) + 0.4 * noise3(a * 11, b * 11, c * 11, seed + 4)
    strength = smoothstep(-0.30, 0.40, swell + 0.6 * bits8(own, 0) - 0.30)
    half = width * (0.25 + 0.75 * strength * strength)
    distance = offset / (1.15 * frequency)
    return line(distance, half, fp + 1.6 * half) * strength, distance, strength


def stone(x, y, z, fp, c1, c2):
    """White Carrara stone, solid: drifting clouds, soft broken veins, fine oblique side veins of colour2."""
    w1 = fbm3(x, y, z, fp, 0.9, 6, 111, 0.56)
    w2 = fbm3(x, y, z, fp, 0.9, 6, 112, 0.56)
    a, b, c = x + 0.27 * w1, y + 0.27 * w2, z + 0.20 * (w2 - w1)
    main, distance, strength = _veins(a, b, c, fp, (0.62, 0.40, 0.68), 1.25, 0.36, 0.0055, 113)
    side, _, _ = _veins(a, b, c, fp, (0.90, 0.10, -0.42), 2.3, 0.42, 0.0024, 119)
    hair, _, _ = _veins(a, b, c, fp, (-0.15, 0.80, 0.95), 5.1, 0.50, 0.0012, 125)
    shade = jnp.exp(-jnp.maximum(distance, -4.0 * distance) * 11) * strength  # smoky on one side of the vein
    drift = fbm3(0.9 * a - 0.9 * c, b, 1.9 * a + 1.9 * c, fp, 0.62, 5, 131, 0.6)
    smoke = smoothstep(-0.20, 0.80, drift + 0.40 * shade)
    cover = 0.40 * main + 0.32 * side + 0.25 * hair + 0.17 * shade + 0.31 * smoke
    cover = STONE_MEAN + (cover - STONE_MEAN) * fade(1.5, fp)
    fine = fbm3(x, y, z, fp, 60.0, 2, 137, 0.8)
    tone = 0.03 * drift + 0.03 * fine
    return covered([(1 + tone, c1)], jnp.clip(cover, 0, 0.92), c2)


def marble(u, v, fp, c1, c2):
    """A slab of `stone`."""
    return stone(u, 0.0 * u, v, fp, c1, c2)


def grass(u, v, fp, c1, c2):
    """A mown lawn: crossing blades over shadow, clumps, dry tips of colour2, the mower's soft stripes."""
    wx, wz = 0.012 * noise2(u * 17, v * 17, 121), 0.012 * noise2(u * 17, v * 17, 122)
    x, z = u + wx, v + wz
    blades = jnp.maximum(
        noise2((0.9 * x + 0.44 * z) * 210, (0.9 * z - 0.44 * x) * 38, 123),
        noise2((0.87 * x - 0.5 * z) * 190, (0.87 * z + 0.5 * x) * 34, 124),
    )
    blades = (blades - 0.155) * fade(110, fp)
    tufts = fbm2(x, z, fp, 26.0, 3, 125, 0.75)
    clumps = fbm2(u, v, fp, 1.7, 4, 126, 0.62)
    mown = jnp.clip(1.6 * jnp.sin(2 * jnp.pi * (v * 0.9 + 0.06 * noise2(u * 1.1, v * 2.1, 127))), -1, 1)
    tone = 0.78 * blades + 0.36 * tufts + 0.17 * clumps + 0.06 * mown * fade(0.9, fp)
    straw = jnp.maximum(noise2((x - 0.3 * z) * 150, (z + 0.3 * x) * 26, 128) - 0.28, 0.0) - 0.035
    dry = 1.1 * straw * fade(110, fp) + 0.10 * clumps + 0.05 * tufts
    return shaded(c1, tone, -0.22 * blades, 1.25) + [(dry, c2 - c1)]


def _grains(u, v, fp, frequency, seed):
    """Grains with a tone of their own, rounded, each about a cell wide; mean 0."""
    near, _, h = nearest_point2(u * frequency, v * frequency, seed)
    return (bits8(h, 0) - 0.5) * (1.2 - near) * fade(0.7 * frequency, fp)


def sand(u, v, fp, c1, c2):
    """Beach sand: wind ripples that fork and fade, soft dunes, grains, flecks of colour2."""
    bend = fbm2(u, v, fp, 0.8, 3, 131)
    calm = smoothstep(-0.4, 0.4, noise2(u * 0.7, v * 0.7, 132))
    phase = 9.0 * (v + 0.25 * u) + 2.2 * bend + 0.5 * noise2(u * 4, v * 9, 133)
    t = phase - jnp.floor(phase)
    ripple = (smoothstep(0.0, 0.7, t) * (1 - smoothstep(0.7, 1.0, t)) - 0.5) * calm * fade(10, fp)
    grain = _grains(u, v, fp, 420, 134) + 0.3 * fbm2(u, v, fp, 45.0, 4, 135, 0.9)
    near, _, h = nearest_point2(u * 130, v * 130, 136)
    size = 0.05 + 0.13 * bits8(h, 1)
    speck = jnp.where(bits8(h, 0) < 0.22, inside(size - near, fp * 130), 0.0) * fade(140, fp)
    dunes = fbm2(u, v, fp, 0.9, 4, 137, 0.6)
    tone = 0.14 * ripple + 0.08 * dunes + 0.30 * grain
    return shaded(c1, tone, -0.12 * ripple - 0.08 * dunes - 0.15 * grain) + [(0.55 * speck, c2 - c1)]


def snow(u, v, fp, c1, c2):
    """Fresh snow: soft hollows that turn towards colour2, powder, fine crystals."""
    hollows = fbm2(u, v, fp, 0.7, 4, 141, 0.5)
    powder = fbm2(u, v, fp, 22.0, 3, 142, 0.75)
    crystals = _grains(u, v, fp, 300, 143)
    cold = 0.16 * hollows + 0.05 * powder
    return [(1 + 0.015 * powder + 0.07 * crystals, c1), (-cold, c2 - c1)]


def _cracks(u, v, fp, frequency, half_width, seed):
    """Broken cell walls (Worley's second less first distance): (cover, closeness to a wall)."""
    first, second, _ = nearest_point2(u * frequency, v * frequency, seed)
    gap = second - first
    alive = smoothstep(-0.12, 0.22, noise2(u * frequency * 0.8, v * frequency * 0.8, seed + 1))
    width = half_width * (0.4 + alive)
    return line(gap * 0.6 / frequency, width, fp + 0.5 * width) * alive, jnp.exp(-gap * 9) * alive


def _scratches(u, v, fp, cos, sin, seed):
    """Faint nearly straight scores of skates, each with its own strength, in one direction."""
    phase = 5.0 * (cos * u + sin * v) + 1.3 * noise2(u * 0.45, v * 0.45, seed)
    offset, own = _numbered_lines(phase, seed + 1)
    along = cos * v - sin * u
    piece = smoothstep(
        0.1, 0.35, noise2(along * 0.9 + 31 * bits8(own, 0), 17 * bits8(own, 1) + 0.2 * along, seed)
    )
    return line((offset + 0.4 * (bits8(own, 2) - 0.5)) / 5.0, 0.0006, fp) * piece * bits8(own, 3)


def ice(u, v, fp, c1, c2):
    """Lake ice: cloudy depth towards colour2, pale cracks at two scales, skate scores, frost."""
    wx, wz = 0.13 * fbm2(u, v, fp, 1.1, 2, 151), 0.13 * fbm2(u, v, fp, 1.1, 2, 152)
    x, z = u + wx, v + wz
    large, plane = _cracks(x, z, fp, 0.65, 0.0030, 153)
    small, _ = _cracks(x, z, fp, 2.3, 0.0010, 155)
    scores = _scratches(u, v, fp, 0.91, 0.41, 157) + _scratches(u, v, fp, 0.50, -0.87, 158)
    scores = scores + _scratches(u, v, fp, 0.17, 0.98, 159)
    cloud = fbm2(x, z, fp, 0.8, 5, 160, 0.6)
    frost = _grains(u, v, fp, 160, 161) + fbm2(u, v, fp, 18.0, 3, 162, 0.75)
    white = 0.55 * large + 0.35 * small + 0.40 * scores + 0.14 * plane
    white = ICE_MEAN + (white - ICE_MEAN) * fade(1.0, fp)
    body = [(1 + 0.05 * cloud + 0.05 * frost, c1), (-0.30 * cloud - 0.05 * frost, c2 - c1)]
    return covered(body, jnp.clip(white, 0, 1), jnp.full(3, 0.84))


def carpet(u, v, fp, c1, c2):
    """Cut pile: tufts with shadow between, twisted fibres, brushed patches, a heather of colour2."""
    wx, wz = 0.0016 * noise2(u * 250, v * 250, 171), 0.0016 * noise2(u * 250, v * 250, 172)
    near, second, h = nearest_point2((u + wx) * 260, (v + wz) * 260, 173)
    crown = (smoothstep(0.0, 0.9, second - near) - 0.24) * fade(190, fp)
    own = (bits8(h, 0) - 0.5) * (1.3 - near) * fade(190, fp)
    fibre = noise2(u * 900, v * 620, 174) * fade(900, fp) + noise2(u * 380, v * 460, 175) * fade(460, fp)
    nap = fbm2(u, v, fp, 40.0, 3, 176, 0.9)
    brushed = fbm2(u, v, fp, 1.5, 4, 177, 0.55)
    tone = 0.30 * crown + 0.22 * own + 0.36 * fibre + 0.14 * nap + 0.13 * brushed
    heather = (bits8(h, 1) ** 3 - 0.25) * fade(190, fp)
    return shaded(c1, tone, -0.25 * crown) + [(0.30 * heather, c2 - c1)]
