"""What the worlds of `benchmarks.claim` look like: the true picture, and the guide's planes for the painter.

The true picture is a closed form, evaluated per pixel: balls with Lambert's cosine, a Blinn-Phong
highlight, a rim that darkens and light from the floor below; soft shadows on the wall behind and under the
balls. The guide says less, as the product's does: plain colours under the cosine, hard shadows. What lies
between is the painter's work. Pictures are (SIDE, SIDE, 3) sRGB in [0, 1], edges covered by one pixel's
ramp; first axis downwards.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from benchmarks._claim_world import FLOOR, SIDE, Worlds
from diffusion.condition import PLANES

BEHIND = 0.6  # of a radius: how far a shadow on the wall is thrown
SHADE, SOFT = 0.35, 0.35  # depth of a shadow; width of its edge in radii


class Still(NamedTuple):
    """One frame of one clip, as `Worlds` without the time axes."""

    position: Array  # (n, 2)
    radius: Array  # (n,)
    squash: Array  # (n,)
    shown: Array  # (n,)
    colour: Array  # (n, 3)
    light: Array  # ()
    wall: Array  # (3,)
    floor: Array  # (3,)


def stills(w: Worlds, clips: np.ndarray, frames: np.ndarray) -> Still:
    """The frames (clips[i], frames[i]), stacked."""
    moving = [getattr(w, name)[clips, frames] for name in ("position", "radius", "squash", "shown", "colour")]
    still = [getattr(w, name)[clips] for name in ("light", "wall", "floor")]
    return Still(*(jnp.asarray(a, jnp.float32) for a in (*moving, *still)))


def clip_stills(w: Worlds) -> Still:
    """All frames of all clips, (N T, ...)."""
    count, frames = w.position.shape[:2]
    return stills(w, np.repeat(np.arange(count), frames), np.tile(np.arange(frames), count))


@jax.jit
def truth(s: Still) -> Array:
    """(B, ...) -> (B, SIDE, SIDE, 3): the true picture."""
    return jax.vmap(_truth)(s)


@jax.jit
def planes(s: Still) -> Array:
    """(B, ...) -> (B, SIDE, SIDE, PLANES): guide planes in the order of `diffusion.condition`."""
    return jax.vmap(_planes)(s)


@jax.jit
def guide(s: Still) -> Array:
    """(B, ...) -> (B, SIDE, SIDE, 3): the guide's own picture."""
    return jax.vmap(lambda one: _guide(one)[0])(s)


def _grid() -> tuple[Array, Array]:
    centre = (jnp.arange(SIDE) + 0.5) / SIDE
    x, y = jnp.meshgrid(centre, 1 - centre, indexing="xy")
    return x, y


def _local(s: Still) -> tuple[Array, Array, Array]:
    """Place of every pixel in each ball's radii (n, H, W), and how much of it the ball covers."""
    x, y = _grid()
    u = (x - s.position[:, 0, None, None]) / (s.radius * s.squash)[:, None, None]
    v = (y - s.position[:, 1, None, None]) / (s.radius / s.squash)[:, None, None]
    inside = (1 - jnp.sqrt(u * u + v * v)) * s.radius[:, None, None] * SIDE
    return u, v, jnp.clip(inside + 0.5, 0, 1) * s.shown[:, None, None]


def _normals(u: Array, v: Array) -> Array:
    """(..., 3): the sphere's normal, towards the eye on its rim's outside."""
    length = jnp.maximum(jnp.sqrt(u * u + v * v), 1.0)
    u, v = u / length, v / length
    return jnp.stack([u, v, jnp.sqrt(jnp.maximum(1 - u * u - v * v, 0.0))], -1)


def _towards(light: Array) -> Array:
    d = jnp.stack([0.75 * jnp.sin(light), 0.75 * jnp.cos(light), jnp.full_like(light, 0.65)])
    return d / jnp.linalg.norm(d)


def _background(s: Still) -> tuple[Array, Array]:
    """Wall and floor without shadows, and the floor's share of each pixel."""
    _, y = _grid()
    on_floor = jnp.clip((FLOOR - y) * SIDE + 0.5, 0, 1)
    return s.wall + (s.floor - s.wall) * on_floor[..., None], on_floor


def _shadow(s: Still, soft: float) -> Array:
    """(H, W): share of light that the balls take from the wall; `soft` is the edge's width in radii."""
    x, y = _grid()
    r = s.radius[:, None, None]
    u = x - s.position[:, 0, None, None] + BEHIND * r * jnp.sin(s.light)
    v = y - s.position[:, 1, None, None] + BEHIND * r * jnp.cos(s.light)
    depth = (1 - jnp.sqrt(u * u + v * v) / r) / soft + 0.5
    return 1 - jnp.prod(1 - SHADE * jnp.clip(depth, 0, 1) * s.shown[:, None, None], 0)


def _resting(s: Still) -> Array:
    """(H, W): darkness on the floor under balls that are near it."""
    x, y = _grid()
    height = (s.position[:, 1] - s.radius - FLOOR)[:, None, None]
    r = s.radius[:, None, None]
    spread = ((x - s.position[:, 0, None, None]) / r) ** 2 + ((y - FLOOR + 0.02) / 0.05) ** 2
    dark = 0.55 * jnp.exp(-spread - jnp.maximum(height, 0.0) / 0.12)
    return 1 - jnp.prod(1 - dark * s.shown[:, None, None], 0)


def _truth(s: Still) -> Array:
    _, y = _grid()
    ground, on_floor = _background(s)
    light = (0.9 + 0.15 * y) * (1 - _shadow(s, SOFT)) * (1 - on_floor * _resting(s))
    picture = ground * light[..., None]
    u, v, cover = _local(s)
    normal, towards = _normals(u, v), _towards(s.light)
    half = towards + jnp.array([0.0, 0.0, 1.0])
    half /= jnp.linalg.norm(half)
    shade = 0.42 + 0.62 * jnp.maximum(normal @ towards, 0.0) - 0.12 * (1 - normal[..., 2]) ** 2
    shade += 0.10 * jnp.maximum(-normal[..., 1], 0.0)
    shine = 0.55 * jnp.maximum(normal @ half, 0.0) ** 40
    for i in range(len(s.radius)):
        ball = s.colour[i] * shade[i][..., None] + shine[i][..., None]
        picture += (ball - picture) * cover[i][..., None]
    return jnp.clip(picture, 0, 1)


def _guide(s: Still):
    ground, _ = _background(s)
    picture = ground * (1 - _shadow(s, 0.02))[..., None]
    base, normal_map, ball = (
        ground,
        jnp.tile(jnp.array([0.0, 0.0, 1.0]), (SIDE, SIDE, 1)),
        jnp.zeros((SIDE, SIDE)),
    )
    u, v, cover = _local(s)
    normal = _normals(u, v)
    for i in range(len(s.radius)):
        share = cover[i][..., None]
        lit = 0.45 + 0.55 * jnp.maximum(normal[i] @ _towards(s.light), 0.0)
        picture += (s.colour[i] * lit[..., None] - picture) * share
        base += (s.colour[i] - base) * share
        normal_map += (normal[i] - normal_map) * share
        ball += (1 - ball) * cover[i]
    return jnp.clip(picture, 0, 1), base, normal_map, ball


def _planes(s: Still) -> Array:
    picture, base, normal, ball = _guide(s)
    sun = jnp.maximum(normal @ _towards(s.light), 0.0)
    shown = [picture, picture, base, jnp.zeros((SIDE, SIDE, 6)), normal, sun[..., None], ball[..., None]]
    rest = PLANES - sum(p.shape[-1] for p in shown)
    return jnp.concatenate([*shown, jnp.zeros((SIDE, SIDE, rest))], -1)
