"""Guides of scenes with smoke or fire: the solid world seen through gas that dims, scatters and shines.

The rigid world's guide gives what stands behind; rays are marched through the gas at half the picture's
size up to the surfaces, and brought to full size with weights that keep each pixel to its own depth
(Kopf, Cohen, Lischinski & Uyttendaele 2007). The gas throws a soft shadow on what is below it, and fire
lights it. Motion, depth and id are those of the gas where it hides more than half.

`medium` is the share of a pixel that the gas or its light has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from physics import light as li
from physics import raycast as rc
from physics.arrays import View, light_of, view_of
from physics.colour import display, luminance, srgb_to_linear
from physics.guide import MOTION_RANGE, Guide, camera_rays, render_guide
from physics.scene import Scene
from physics.worlds import fire, volume
from physics.worlds.smoke import (
    DETAIL,
    SMOKE,
    Plan,
    SmokeState,
    SmokeWorld,
    advance,
    build_world,
    speeds,
    start,
)

if TYPE_CHECKING:
    from physics.rigid import Rollout

GAS = 1  # `Guide.ident` of gas that hides what is behind it
THROW = 3.0  # a camera holds flames back; their light on things is this much stronger than what it shows
TOLD = 0.025  # change of a pixel, linear, from which it is the gas's own


def smoke_guides(scene: Scene, rollout: Rollout) -> Iterator[Guide]:
    """The guide of every frame."""
    world = build_world(scene)
    state, light = warmed_up(scene, world, rollout), light_of(scene)
    still = not scene.bodies and scene.camera.move == "fixed"  # one picture of what stands behind serves all
    solid = None
    for k in range(scene.num_frames):
        if k:
            state = advance(world, state, _balls(scene, rollout, k))
        solid = solid if still and solid is not None else render_guide(scene, rollout, k)
        last = scene.num_frames - 1
        views = tuple(view_of(scene, i) for i in (k, max(k - 1, 0), min(k + 1, last)))
        frame = np.float32(scene.time_scale / scene.fps)
        yield _through(world.plan, world.numbers, state, solid, views, light, frame, volume.noise_table())


def warmed_up(scene: Scene, world: SmokeWorld, rollout: Rollout) -> SmokeState:
    """The gas at the first frame, after it has been going for `Gas.before_s`."""
    assert scene.gas is not None
    frame = scene.time_scale / scene.fps
    count = round(scene.gas.before_s / frame)
    state = replace(start(world), time=jnp.float32(-count * frame))
    balls = _balls(scene, rollout, 0)
    still = (balls[0], 0.0 * balls[1], balls[2])
    for _ in range(count):
        state = advance(world, state, still)
    return state


def _balls(scene: Scene, rollout: Rollout, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centres, velocities (n, 3) and radii (n,) of the bodies around frame `k`."""
    i, j = max(k - 1, 0), min(k + 1, len(rollout.position) - 1)
    now = np.reshape(rollout.position[k], (-1, 3)).astype(np.float32)
    step = np.reshape(rollout.position[j] - rollout.position[i], (-1, 3)).astype(np.float32)
    speed = step * np.float32(scene.fps / scene.time_scale / max(j - i, 1))
    return now, speed, np.array([b.radius for b in scene.bodies], np.float32)


@partial(jax.jit, static_argnums=0)
def _through(
    plan: Plan, n, state: SmokeState, solid: Guide, views, light: li.LightArrays, frame, noise
) -> Guide:
    d, view = plan.domain, views[0]
    h, w = solid.depth.shape
    coarse, lights = volume.light_rows(d, n, state, light)
    hue = jnp.sum(lights[1], 0) / jnp.maximum(jnp.sum(lights[1]), 1e-9) * THROW
    fields = {"rows": state.rows, "coarse": coarse, "noise": noise, "hue": hue, "time": state.time}
    x, y = _half_grid(h, w)
    ray, cosine = camera_rays(view, x, y)
    eye = jnp.broadcast_to(view.position[:, None], ray.shape)
    depth = _every_other(solid.depth)
    gas = volume.march(d, n, fields, light, eye, ray, depth / cosine)
    point = eye + ray * gas["distance"]
    velocity = volume.track_speed(d, n, speeds(plan, state), point)
    moved = [
        _pixel(v, point + sign * frame * velocity) for v, sign in zip(views[1:], (-1.0, 1.0), strict=True)
    ]
    surface = eye + ray * jnp.minimum(depth / cosine, 1e4)
    normal = rc.rotate(view.basis.T, _every_other(solid.normal) * jnp.array([[1.0], [1.0], [-1.0]]))
    planes = {
        "clear": gas["clear"],
        "scattered": gas["scattered"],
        "shining": gas["shining"],
        "distance": gas["distance"] * cosine,
        "back": moved[0] - jnp.stack([x, y, 0 * x]),
        "ahead": moved[1] - jnp.stack([x, y, 0 * x]),
        "shade": jnp.exp(-volume.shadow(d, n, _smoke(plan, state), light, surface)),
        "warm": THROW * volume.fire_irradiance(lights, surface, normal, 2 * n.cell) / jnp.pi,
    }
    full = _upsample(planes, depth, solid.depth)
    return _compose(solid, full, light)


def _smoke(plan: Plan, state: SmokeState) -> Array:
    x, y, z = plan.domain.cells
    return state.rows[:, SMOKE].reshape(x, DETAIL, y, DETAIL, z, DETAIL).mean((1, 3, 5)).reshape(-1)


def _half_grid(h: int, w: int) -> tuple[Array, Array]:
    """Full-size pixel coordinates (P,) of the half-size picture's pixels: the odd pixels' own centres."""
    y, x = jnp.meshgrid(jnp.arange(0, h, 2) + 0.5, jnp.arange(0, w, 2) + 0.5, indexing="ij")
    return x.reshape(-1), y.reshape(-1)


def _every_other(a: Array) -> Array:
    """(H, W) or (H, W, 3) -> (P,) or (3, P) at the half grid."""
    a = a[::2, ::2]
    return a.reshape(-1) if a.ndim == 2 else a.reshape(-1, a.shape[-1]).T


def _pixel(view: View, p: Array) -> Array:
    """World points (3, P) -> x, y px and depth m (3, P)."""
    local = rc.rotate(view.basis, p - view.position[:, None])
    depth = jnp.maximum(local[2], 1e-3)
    u = view.principal[0] + view.focal * local[0] / depth
    return jnp.stack([u, view.principal[1] - view.focal * local[1] / depth, depth])


def _upsample(planes: dict[str, Array], coarse: Array, depth: Array) -> dict[str, Array]:
    """Half-size planes (C, P) or (P,) to (H, W, C) or (H, W): bilinear among neighbours of like depth.

    By the parity of row and column: an even pixel of an even row is its own, the others have two or four
    neighbours.
    """
    h, w = depth.shape
    hh, hw = (h + 1) // 2, (w + 1) // 2
    flat = [a[None] if a.ndim == 1 else a for a in planes.values()]
    stack = jnp.concatenate([coarse[None], *flat]).reshape(-1, hh, hw)
    wide = jnp.pad(stack, ((0, 0), (0, 1), (0, 1)), mode="edge")
    deep = jnp.pad(depth, ((0, 2 * hh - h), (0, 2 * hw - w)), mode="edge")
    rows = [jnp.stack([_between(wide, deep, py, px) for px in (0, 1)], -1) for py in (0, 1)]
    full = jnp.stack([row.reshape(-1, hh, 2 * hw) for row in rows], 2).reshape(-1, 2 * hh, 2 * hw)
    out, k = {}, 0
    for (name, a), rest in zip(planes.items(), flat, strict=True):
        part = full[k : k + len(rest), :h, :w]
        out[name] = part[0] if a.ndim == 1 else jnp.moveaxis(part, 0, -1)
        k += len(rest)
    return out


def _between(wide: Array, deep: Array, py: int, px: int) -> Array:
    """Planes (C, hh, hw) at the pixels of one parity; `wide` is (1 + C, hh + 1, hw + 1), depth first."""
    hh, hw = wide.shape[1] - 1, wide.shape[2] - 1
    if not py and not px:
        return wide[1:, :hh, :hw]
    mine, total, weight = deep[py::2, px::2], jnp.zeros(()), jnp.zeros(())
    for dy in range(py + 1):
        for dx in range(px + 1):
            near = wide[:, dy : dy + hh, dx : dx + hw]
            share = jnp.where(jnp.abs(near[0] - mine) < 0.06 * mine, 1.0, 1e-3)
            total, weight = total + near[1:] * share, weight + share
    return total / weight


def _compose(solid: Guide, full: dict[str, Array], light: li.LightArrays) -> Guide:
    """The solid world's guide with the gas in front of it."""
    shown, flame = {}, fire.film(full["shining"])
    for name in ("prior", "rgb"):
        behind = _relit(solid, undisplay(getattr(solid, name)), full, light)
        seen = behind * full["clear"][..., None] + full["scattered"]
        shown[name] = display(seen * (1 - flame) + flame)
    alpha = 1.0 - full["clear"] * (1.0 - luminance(flame))
    mine = alpha > 0.5
    changed = jnp.max(jnp.abs(undisplay(shown["prior"]) - undisplay(solid.prior)), -1)
    told = jnp.clip(changed / TOLD, 0.0, 1.0)
    told = jnp.maximum(told, jnp.all(solid.ident == rc.SKY))  # nothing else there to paint

    def pick(ours, theirs):
        return jnp.where(mine if ours.ndim == 2 else mine[..., None], ours, theirs)

    limit = partial(jnp.clip, min=-MOTION_RANGE, max=MOTION_RANGE)
    return replace(
        solid,
        **shown,
        depth=pick(full["distance"], solid.depth),
        depth_back=pick(full["back"][..., 2], solid.depth_back),
        motion=pick(limit(full["ahead"][..., :2]), solid.motion),
        motion_back=pick(limit(full["back"][..., :2]), solid.motion_back),
        ident=jnp.where(mine & (solid.ident == rc.SKY), GAS, solid.ident),
        cover=jnp.maximum(solid.cover, alpha),
        medium=told,
        **_cut_out(solid, full, light, flame),
    )


def _cut_out(solid: Guide, full: dict[str, Array], light: li.LightArrays, flame: Array) -> dict[str, Array]:
    """The things alone, gas and bodies, over nothing: how much they cover, and their own colour."""
    assert solid.alpha is not None
    things = _relit(solid, undisplay(solid.prior), full, light) * solid.alpha[..., None]
    seen = (things * full["clear"][..., None] + full["scattered"]) * (1 - flame) + flame
    alpha = 1.0 - (1.0 - solid.alpha) * full["clear"] * (1.0 - jnp.max(flame, -1))
    front = display(seen / jnp.maximum(alpha, 1e-3)[..., None])
    return {"alpha": alpha, "front": front}


def _relit(solid: Guide, behind: Array, full: dict[str, Array], light: li.LightArrays) -> Array:
    """Surfaces behind the gas in its shadow and its light; the sky as it is."""
    there = (solid.ident != rc.SKY)[..., None] * solid.cover[..., None]
    base = srgb_to_linear(solid.base)
    sun = base * light.irradiance / jnp.pi * solid.sun[..., None] * (1 - full["shade"])[..., None]
    shaded = jnp.maximum(behind - sun, 0.35 * behind)
    return behind + there * (shaded - behind + base * full["warm"])


def undisplay(picture: Array) -> Array:
    """Scene-linear radiance that `colour.display` shows as `picture`, but for bleached highlights."""
    c = srgb_to_linear(picture)
    peak = jnp.max(c, -1, keepdims=True)
    start, d = 0.76, 0.24
    true = d * d / jnp.maximum(1.0 - peak, 1e-3) - d + start
    c = jnp.where(peak < start, c, c * (true / jnp.maximum(peak, 1e-6)))
    low = jnp.min(c, -1, keepdims=True)
    dark = jnp.sqrt(jnp.maximum(low, 0.0) / 6.25)
    return c + jnp.where(low < 0.04, dark - low, 0.04)
