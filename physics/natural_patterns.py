"""Natural and cast grounds: stone, soil, water and fibre; see `physics.ground_patterns` for the conventions."""

from __future__ import annotations

import jax.numpy as jnp

from physics.antialias import inside, line, smoothstep
from physics.ground_patterns import _covered, _shaded
from physics.noise import bits8, fade, fbm2, hash_cell, nearest_point2, noise2, unit


def concrete(u, v, fp, c1, c2):
    """A trowelled slab: large stains, mottling, sand grain, fine pores."""
    stains = fbm2(u, v, fp, 0.55, 4, 101, 0.6)
    mottling = fbm2(u, v, fp, 11.0, 3, 102, 0.6)
    grain = fbm2(u, v, fp, 140.0, 2, 103, 0.8)
    near, _, h = nearest_point2(u * 22, v * 22, 104)
    size = (0.5 + 1.3 * bits8(h, 0)) * 0.02
    pore = jnp.where(bits8(h, 1) < 0.4, inside(size - near, fp * 22), 0.0) * fade(60, fp)
    tone = 0.20 * stains + 0.10 * mottling + 0.12 * grain - 0.45 * pore
    return _shaded(c1, tone, 0.12 * noise2(u * 0.8, v * 0.8, 105) * fade(0.8, fp))


def _vein(phase, slope, half_width, fp, seed):
    """Lines where `phase` is a whole number, each with a strength of its own; (cover, mean strength 0.5)."""
    whole = jnp.floor(phase + 0.5)
    strength = unit(hash_cell(whole.astype(jnp.int32).astype(jnp.uint32), 5, seed))
    return line((phase - whole) / slope, half_width, fp) * strength


def marble(u, v, fp, c1, c2):
    """White Carrara stone: clouds, a few wandering broken veins and their fine side veins of colour2."""
    wx = fbm2(u, v, fp, 1.1, 4, 111)
    wz = fbm2(u, v, fp, 1.3, 4, 112)
    x, z = u + 0.55 * wx, v + 0.55 * wz
    broken = noise2(x * 2.3, z * 2.3, 113)
    p = 1.3 * (0.83 * x + 0.55 * z) + 0.5 * noise2(x * 1.7, z * 1.7, 114)
    main = _vein(p, 1.6, 0.004, fp, 115) * smoothstep(-0.25, 0.35, broken)
    q = 3.1 * (0.42 * x - 0.9 * z) + 1.1 * noise2(x * 2.9, z * 2.9, 116)
    side = _vein(q, 4.0, 0.0016, fp, 117) * smoothstep(0.0, 0.4, -broken)
    halo = _vein(p, 1.6, 0.03, fp + 0.04, 115) * smoothstep(-0.25, 0.35, broken)
    cloud = fbm2(x, z, fp, 1.6, 4, 118)
    mean = 0.006
    cover = 0.75 * main + 0.5 * side + 0.22 * halo + 0.10 * cloud * smoothstep(-0.3, 0.6, broken)
    cover = mean + (cover - mean) * fade(2.0, fp)
    tone = 0.05 * fbm2(u, v, fp, 2.2, 2, 119) + 0.015 * fbm2(u, v, fp, 90.0, 2, 120)
    return _covered(_shaded(c1, tone, 0.0 * tone), jnp.clip(cover, 0, 0.9), c2)


def grass(u, v, fp, c1, c2):
    """A mown lawn: two layers of crossing blades, clumps, dry patches and the mower's soft stripes."""
    wx, wz = 0.012 * noise2(u * 17, v * 17, 121), 0.012 * noise2(u * 17, v * 17, 122)
    x, z = u + wx, v + wz
    blades = jnp.maximum(
        noise2((0.9 * x + 0.44 * z) * 210, (0.9 * z - 0.44 * x) * 38, 123),
        noise2((0.87 * x - 0.5 * z) * 190, (0.87 * z + 0.5 * x) * 34, 124),
    )
    blades = (blades - 0.155) * fade(120, fp)
    tufts = fbm2(x, z, fp, 26.0, 3, 125, 0.75)
    clumps = fbm2(u, v, fp, 2.2, 3, 126, 0.6)
    mown = jnp.sin(2 * jnp.pi * (v * 0.9 + 0.06 * noise2(u * 1.1, v * 2.1, 127)))
    mown = jnp.clip(1.6 * mown, -1, 1) * fade(0.9, fp)
    tone = 0.85 * blades + 0.42 * tufts + 0.20 * clumps + 0.055 * mown
    dry = 0.16 * clumps + 0.1 * noise2(u * 60, v * 60, 128) * fade(60, fp)
    return _shaded(c1, tone, -0.5 * blades - 0.3 * tufts, 1.25) + [(dry, jnp.array([0.9, 0.45, 0.1]) * c1)]


def sand(u, v, fp, c1, c2):
    """Beach sand: wind ripples that fork and fade, soft dunes, grains."""
    bend = fbm2(u, v, fp, 0.8, 3, 131)
    calm = smoothstep(-0.4, 0.4, noise2(u * 0.7, v * 0.7, 132))
    phase = 9.0 * (v + 0.25 * u) + 2.2 * bend + 0.5 * noise2(u * 4, v * 9, 133)
    t = phase - jnp.floor(phase)
    ripple = (smoothstep(0.0, 0.7, t) * (1 - smoothstep(0.7, 1.0, t)) - 0.5) * calm * fade(10, fp)
    grain = noise2(u * 420, v * 420, 134) * fade(420, fp) + noise2(u * 170, v * 170, 135) * fade(170, fp)
    near, _, h = nearest_point2(u * 90, v * 90, 136)
    speck = jnp.where(bits8(h, 0) < 0.18, inside(0.11 - near, fp * 90), 0.0) * fade(110, fp)
    tone = 0.10 * ripple + 0.12 * fbm2(u, v, fp, 0.9, 4, 137, 0.6) + 0.16 * grain - 0.4 * speck
    return _shaded(c1, tone, -0.22 * ripple + 0.1 * grain)


def snow(u, v, fp, c1, c2):
    """Fresh snow: soft hollows that turn bluish, a fine powder grain."""
    hollows = fbm2(u, v, fp, 0.7, 4, 141, 0.45)
    powder = fbm2(u, v, fp, 45.0, 3, 142, 0.7)
    cold = jnp.array([-0.10, -0.035, 0.02]) * c1
    return [(1 + 0.045 * hollows + 0.035 * powder, c1), (0.6 * hollows + 0.25 * powder, cold)]


def ice(u, v, fp, c1, c2):
    """Lake ice: a few long pale cracks, cloudy depth, skate-fine scratches; colour2 tints the depth."""
    wx, wz = 0.10 * fbm2(u, v, fp, 1.9, 3, 151), 0.10 * fbm2(u, v, fp, 1.9, 3, 152)
    first, second, _ = nearest_point2((u + wx) * 0.9, (v + wz) * 0.9, 153)
    alive = smoothstep(-0.15, 0.25, noise2(u * 0.9, v * 0.9, 154))
    crack = line((second - first) * 0.55 / 0.9, 0.0025, fp) * alive
    glow = jnp.exp(-(second - first) * 18) * alive
    p = 2.6 * (0.9 * u + 0.43 * v) + 1.4 * noise2(u * 0.8, v * 0.8, 155)
    whole = jnp.floor(p + 0.5)
    hair = line((p - whole) / 2.6, 0.0008, fp) * smoothstep(0.1, 0.4, noise2(u * 1.3 + 7 * whole, v * 1.3, 156))
    cloud = fbm2(u + wx, v + wz, fp, 0.8, 4, 157, 0.55)
    white = 0.55 * crack + 0.3 * hair + 0.10 * glow
    white = 0.01 + (white - 0.01) * fade(1.0, fp)
    return _covered([(1 + 0.10 * cloud, c1), (-0.25 * cloud, c2 - c1)], jnp.clip(white, 0, 1), jnp.full(3, 0.86))


def carpet(u, v, fp, c1, c2):
    """Cut pile: tufts, fibres, brushed patches, a fleck of colour2 here and there."""
    near, _, h = nearest_point2(u * 160, v * 160, 161)
    tuft = (0.45 - near) * fade(130, fp)
    own = (bits8(h, 0) - 0.5) * fade(90, fp)
    fibre = noise2(u * 480, v * 480, 162) * fade(480, fp)
    nap = fbm2(u, v, fp, 24.0, 2, 163, 0.8)
    brushed = fbm2(u, v, fp, 1.6, 3, 164, 0.55)
    fleck = jnp.where(bits8(h, 1) < 0.05, 0.5, 0.0) - 0.025
    tone = 0.55 * tuft + 0.30 * own + 0.18 * fibre + 0.14 * nap + 0.14 * brushed
    return _shaded(c1, tone, -0.35 * tuft) + [(fleck * fade(110, fp) + 0.0 * u, c2 - c1)]
