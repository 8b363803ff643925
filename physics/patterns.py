"""Base colours: the procedural pattern table of floors, boxes and balls.

`base_colour` is a pure elementwise function of the point on the surface, in the surface's own frame, so a
pattern sticks to the thing that carries it. It is area-filtered: edges over one footprint, noise octaves
faded out before they alias (see `physics.antialias`, `physics.noise`), and a far floor converges to
`mean_colour`.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from physics import ball_patterns as balls
from physics import ground_patterns as ground
from physics import natural_patterns as natural
from physics.colour import srgb_to_linear
from physics.layers import blend
from physics.scene import PATTERNS

_GROUND = {
    "plain": ground.plain,
    "wood": ground.wood,
    "tile": ground.tile,
    "checker": ground.checker,
    "stripes": ground.stripes,
    "dots": ground.dots,
    "brick": ground.brick,
    "court": ground.court,
    "concrete": natural.concrete,
    "marble": natural.marble,
    "grass": natural.grass,
    "sand": natural.sand,
    "snow": natural.snow,
    "ice": natural.ice,
    "carpet": natural.carpet,
}
_BALL = {
    "basketball": balls.basketball,
    "beach_ball": balls.beach_ball,
    "tennis": balls.tennis,
    "football": balls.football,
    "bowling": balls.bowling,
    "swirl": balls.swirl,
    "stripes": balls.stripes,
    "dots": balls.dots,
    "checker": balls.checker,
    "marble": balls.marble,
    "wood": balls.wood,
}
BALL_ONLY = ("basketball", "beach_ball", "tennis", "football", "bowling", "swirl")

DEFAULT_COLOURS = {  # pattern: (colour, colour2), sRGB
    "plain": ((0.80, 0.80, 0.80), (0.10, 0.10, 0.10)),
    "wood": ((0.66, 0.46, 0.29), (0.20, 0.12, 0.07)),
    "tile": ((0.82, 0.80, 0.76), (0.52, 0.50, 0.47)),
    "checker": ((0.88, 0.87, 0.84), (0.13, 0.13, 0.14)),
    "concrete": ((0.62, 0.61, 0.59), (0.40, 0.39, 0.38)),
    "marble": ((0.92, 0.91, 0.89), (0.40, 0.41, 0.43)),
    "grass": ((0.37, 0.46, 0.20), (0.62, 0.57, 0.33)),
    "sand": ((0.81, 0.74, 0.62), (0.42, 0.33, 0.25)),
    "snow": ((0.92, 0.93, 0.945), (0.76, 0.82, 0.91)),
    "ice": ((0.74, 0.82, 0.86), (0.45, 0.62, 0.72)),
    "carpet": ((0.48, 0.44, 0.42), (0.70, 0.66, 0.60)),
    "brick": ((0.60, 0.34, 0.26), (0.60, 0.57, 0.52)),
    "stripes": ((0.85, 0.20, 0.18), (0.93, 0.91, 0.87)),
    "dots": ((0.86, 0.22, 0.22), (0.95, 0.94, 0.91)),
    "basketball": ((0.80, 0.39, 0.17), (0.09, 0.08, 0.08)),
    "beach_ball": ((0.86, 0.17, 0.16), (0.10, 0.33, 0.74)),
    "tennis": ((0.80, 0.88, 0.24), (0.92, 0.93, 0.88)),
    "football": ((0.93, 0.93, 0.92), (0.07, 0.07, 0.08)),
    "bowling": ((0.10, 0.15, 0.42), (0.24, 0.46, 0.75)),
    "swirl": ((0.72, 0.86, 0.92), (0.10, 0.32, 0.72)),
    "court": ((0.16, 0.40, 0.33), (0.93, 0.93, 0.91)),
}


def _layers(pattern: str, p, footprint, c1, c2, ball: bool):
    if pattern not in PATTERNS:
        raise ValueError(f"unknown pattern {pattern!r}; use one of {', '.join(PATTERNS)}")
    x, y, z = p[..., 0], p[..., 1], p[..., 2]
    if pattern == "plain" or not (ball or pattern in BALL_ONLY):
        return _GROUND[pattern](x, z, footprint, c1, c2)
    reach = jnp.sqrt(x * x + y * y + z * z + 1e-12)
    n = (x / reach, y / reach, z / reach, reach, footprint / reach, c1, c2)
    return _BALL[pattern](*n) if pattern in _BALL else balls.solid(pattern, *n)


def base_colour(pattern: str, p, footprint, colour, colour2, *, ball: bool = False):
    """Linear RGB (..., 3) of the surface, in [0, 1].

    pattern: one of `physics.scene.PATTERNS` (static).
    p (..., 3): ground and boxes: (u, 0, v) in metres / pattern_scale, planks along u; balls: unit direction
        in the ball's frame / pattern_scale.
    footprint (...): size of one pixel on the surface, in the units of p.
    colour, colour2: sRGB, 3-tuples or (3,) arrays.
    ball (static): take the ball's version of a pattern that floors have too (stripes, dots, wood, ...).

    Raises ValueError for an unknown pattern.
    """
    p = jnp.asarray(p, jnp.float32)
    footprint = jnp.broadcast_to(jnp.asarray(footprint, jnp.float32), p.shape[:-1])
    c1, c2 = (srgb_to_linear(jnp.asarray(c, jnp.float32)) for c in (colour, colour2))
    return blend(_layers(pattern, p, footprint, c1, c2, ball), footprint.shape)


def _sphere_points(count: int):
    """Evenly spread unit directions (count, 3): the Fibonacci lattice."""
    k = np.arange(count) + 0.5
    y, turn = 1 - 2 * k / count, k * np.pi * (3 - np.sqrt(5))
    ring = np.sqrt(1 - y * y)
    return np.stack([ring * np.cos(turn), y, ring * np.sin(turn)], -1).astype(np.float32)


_painted = jax.jit(base_colour, static_argnums=0, static_argnames="ball")


def mean_colour(pattern: str, colour, colour2, *, ball: bool = False):
    """Linear RGB (3,): the mean over a ball, or what a floor converges to from afar."""
    if ball or pattern in BALL_ONLY:
        return jnp.mean(_painted(pattern, _sphere_points(4096), 0.02, colour, colour2, ball=True), axis=0)
    return _painted(pattern, jnp.array([0.0, 0.0, 0.37]), 1e4, colour, colour2)
