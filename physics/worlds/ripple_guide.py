"""Guides of a pool or a pond: waves, what shines through them and what they mirror, frame after frame.

The prior is the lit picture; the predicted frame is the same, for the world renders itself (`medium` is 1).
Motion is that of the balls and of a fixed point of the surface. See `ripples` for waves, `diving` for bodies
in the water, `pool_view` for light.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from physics import light as li
from physics import raycast as rc
from physics.arrays import Layout, View, geometry_of, layout_of, light_of, materials_of, view_of
from physics.colour import srgb_to_linear
from physics.guide import Guide, base_of, camera_rays, track
from physics.scene import Scene
from physics.worlds import pool_view as pv
from physics.worlds import water as wa
from physics.worlds.diving import dived
from physics.worlds.refine import picture
from physics.worlds.ripple_drops import spray_of
from physics.worlds.ripples import build_world, start, step
from physics.worlds.stages import stage
from physics.worlds.whole_guide import whole_guide

WATER = 1  # `Guide.ident` of water and of what holds it
BEFORE = 0.8  # s that rain has been falling before the first frame


def ripple_guides(scene: Scene) -> Iterator[Guide]:
    """The guide of every frame."""
    pool = scene.pool
    assert pool is not None
    moved, pushes, entries = dived(scene)
    world, light, dt = build_world(scene), light_of(scene), scene.time_scale / scene.fps
    state = start(world, pool, (scene.wind[0], scene.wind[2]))
    if world.drops:
        state = _rained_on(world, state)
    spray = spray_of(scene, world, entries)
    plan = (layout_of(scene), pool.trees_m > 0, (pool.bottom_pattern, pool.deck_pattern))
    look, materials = _look(scene, light), materials_of(scene)
    last = scene.num_frames - 1
    for k in range(scene.num_frames):
        if k:
            begin = (k - 1) * dt
            mine = [p for p in pushes if begin <= p.time < begin + dt]
            state = step(world, state, dt, mine, spray.landing(begin, dt))
            _check_finite(state)
        heights = tuple(
            s.heights(h).astype(np.float32) for s, h in zip(world.sheets, state.height, strict=True)
        )
        when = (k, max(k - 1, 0), min(k + 1, last))
        geometry = tuple(geometry_of(scene, moved, i) for i in when)
        views = tuple(view_of(scene, i) for i in when)
        guide = _show(plan, look, heights, geometry, views, materials, light)
        yield spray.over(guide, k * dt, views[0])


def _rained_on(world, state):
    """The water after rain has fallen for a while."""
    from dataclasses import replace

    count = round(BEFORE / 0.04)
    state = replace(state, time=-count * 0.04)
    for _ in range(count):
        state = step(world, state, 0.04)
    return replace(state, time=0.0)


def _check_finite(state) -> None:
    if not all(np.isfinite(np.sum(np.abs(h))) for h in (*state.height, *state.rate)):
        raise ValueError(f"pool: the water blew up at {state.time:.2f} s; make the balls smaller or slower")


def _look(scene: Scene, light: li.LightArrays) -> dict:
    pool = scene.pool
    assert pool is not None
    f32 = np.float32
    bed = [np.asarray(srgb_to_linear(f32(c))) for c in (pool.bottom_colour, pool.colour)]
    up = jnp.array([[0.0], [1.0], [0.0]])
    daylight = np.asarray(li.direct(light, up, jnp.ones(1), 1.0))[:, 0]
    clear = np.exp(-1.6 * pool.depth_m / pool.clarity_m * f32(pv.ABSORBED))
    walled = pool.kind == "pool"
    bounce = 0.35 * daylight * bed[0] * clear if walled else 0.0 * daylight
    return {
        "size": f32([pool.length_m, pool.width_m]),
        "tile": f32(0.37 * max(pool.length_m, pool.width_m)),
        "walled": f32(walled),
        "depth": f32(pool.depth_m),
        "rim": f32(pool.rim_m if walled else 0.0),
        "extinction": f32(pv.ABSORBED) / f32(pool.clarity_m),
        "deep": bed[1],
        "daylight": daylight,
        "bounce": f32(bounce),
        "glow": f32(daylight * (0.45 * bed[0] * clear + 0.5 * bed[1] * (1 - clear)) + 0.03),
        "bottom": f32(pool.bottom_colour),
        "bottom2": f32(pool.bottom_colour2),
        "bottom_scale": f32(pool.bottom_scale),
        "deck": f32(pool.deck_colour),
        "deck2": f32(pool.deck_colour2),
        "deck_scale": f32(pool.deck_scale),
        "bank": f32(pool.bank_m),
        "trees": f32(pool.trees_m),
        "calm": f32(2e-5),
        **pv.deck_colours(pool),
    }


def _show(plan, look: dict, heights, geometry, views, mat, light) -> Guide:
    layout, trees, kinds = plan
    cells = heights[0].shape[0]
    look = {**look, "pixel": np.float32(1 / views[0].focal)}
    tables, lit_bed = _prepare(look, heights, light)

    def shade(x, y):
        return _shade(
            layout, trees, kinds, cells, look, tables, lit_bed, geometry[0], views[0], mat, light, x, y
        )

    planes, x, y = picture(shade, layout.width, layout.height, ("prior", "base", "normal"))
    return _guide(layout, geometry, views, planes, x, y)


@jax.jit
def _prepare(look: dict, heights, light):
    sides = (look["size"], jnp.stack([look["tile"], look["tile"]]))
    tables = tuple(pv.surface_table(a, side) for a, side in zip(heights, sides, strict=False))
    return tables, pv.caustics(look, heights[0], light)


@partial(jax.jit, static_argnums=(0, 1, 2, 3))
def _shade(
    layout: Layout, trees, kinds, cells, look, tables, lit_bed, geo, view: View, mat, light, x, y
) -> dict:
    """Linear planes (C, P) at pixel positions."""
    ray, cosine = camera_rays(view, x, y)
    eye = jnp.broadcast_to(view.position[:, None], ray.shape)

    def base_at(ident, local, t):
        return base_of(layout, geo, mat, ident, local, t / view.focal)

    down = ray[1] < -1e-3
    drop = jnp.where(down, ray[1], -1.0)
    t_rim = jnp.where(down, (look["rim"] - eye[1]) / drop, pv.LOST)
    brink = eye + t_rim * ray
    inside = down & (
        (jnp.abs(brink[0]) < 0.5 * look["size"][0]) & (jnp.abs(brink[2]) < 0.5 * look["size"][1])
        | (look["walled"] < 0.5)
    )
    sure = view.focal > 0
    t_water, surface = stage(sure, partial(_surface, look, tables, cells, view), eye, ray, drop)
    t_side, side = pv.leave_box(look, brink, ray, -pv.LOST)
    on_rim = inside & (look["walled"] > 0) & (t_rim + t_side < t_water)
    near = down & (-eye[1] / drop * jnp.hypot(ray[0], ray[2]) < look["bank"])
    wet = inside & ~on_rim & near
    t_ball, ident = rc.nearest(geo, eye, ray)
    t_solid = jnp.where(
        on_rim,
        t_rim + t_side,
        jnp.where(wet, t_water, jnp.where(near & (look["walled"] > 0), t_rim, pv.LOST)),
    )
    on_ball = t_ball < t_solid
    seen_water = wet & ~on_ball
    t = jnp.where(on_ball, t_ball, t_solid)
    p = eye + t * ray
    fp = t * look["pixel"]
    seen = partial(_water, look, light, geo, mat, lit_bed, base_at, trees, kinds)
    water = stage(sure, seen, p, ray, surface, fp)
    sky = stage(sure, lambda r: pv.beyond(look, light, r, look["pixel"], trees, eye[1, 0]), ray)
    out = jnp.where(wet, water["radiance"], sky)
    normal = jnp.where(wet, water["normal"], 0.0 * ray)
    if layout.spheres:
        lit = partial(pv.balls_lit, look, geo, mat, light, base_at)
        ball = stage(sure, lit, ident, p, ray, t)
        normal = jnp.where(on_ball, rc.normal_at(geo, ident, p)[0], normal)
    else:
        ball = out
    wide = t_rim * look["pixel"] / jnp.sqrt(jnp.maximum(-ray[1], 0.05))
    slab = stage(sure, lambda a, b: pv.deck(look, light, geo, a, b, kinds), brink, wide)
    haze = 1 - jnp.exp(-((t_rim / light.haze) ** 1.5))
    slab = slab * (1 - haze) + li.col(light.horizon) * haze
    flat = jnp.stack([(side == i) * (-jnp.sign(ray[i])) for i in range(3)])
    rim = li.col(look["rim_base"]) * (li.direct(light, flat, 1.0, 0.55) + 0.35 * li.col(look["glow"]))
    dry = near & ~inside & (look["walled"] > 0)
    out = jnp.where(dry, slab, jnp.where(on_rim, rim, out))
    out = jnp.where(on_ball, ball, out)
    normal = jnp.where(
        dry & ~on_ball, jnp.array([[0.0], [1.0], [0.0]]), jnp.where(on_rim & ~on_ball, flat, normal)
    )
    kind = jnp.where(on_ball, ident, jnp.where(wet | dry | on_rim, WATER, rc.SKY))
    return {
        "prior": out,
        "base": jnp.clip(out, 0.0, 1.0),
        "normal": normal,
        "mirror": jnp.where(seen_water, water["mirror"], 0.0),
        "bleed": jnp.where(seen_water, water["below"], 0.0),
        "fresnel": jnp.where(seen_water, water["fresnel"], 0.0),
        "ident": kind.astype(jnp.float32),
        "point": p,
        "depth": jnp.where(kind == rc.SKY, rc.FAR, t * cosine),
    }


def _surface(look, tables, cells, view: View, eye, ray, drop) -> tuple[Array, Array]:
    """Distance (P,) to the waves by fixed-point steps from y = 0, and height, slopes, square there (4, P)."""
    t = -eye[1] / drop
    for last in (False, True):
        p = eye + t * ray
        fp = t * look["pixel"] / jnp.maximum(-drop, 0.02) ** 0.5
        f = pv.surface_at(look, tables, cells, p[0], p[2], fp)
        if not last:
            t = t + (f[0] - p[1]) / drop * jnp.clip(-drop / 0.15, 0, 1)
    return t, f


def _water(look, light, geo, mat, lit_bed, base_at, trees, kinds, p, ray, f, fp) -> dict:
    """The surface: what it mirrors, what comes up through it, the sun's glitter."""
    patch = wa.facet(ray, f[1:3], 0.5 * f[3] + look["calm"])
    normal = patch["normal"]
    weight = pv.fresnel(jnp.maximum(patch["cosine"], 0.01))
    mirrored = ray + 2 * patch["cosine"] * normal
    mirrored = mirrored.at[1].set(jnp.abs(mirrored[1]) + 1e-4)
    spread = jnp.maximum(2.5 * patch["sigma"], look["pixel"])
    mirror = pv.above(look, light, geo, mat, base_at, p, mirrored, spread, trees, kinds)
    into = pv.refracted(ray, normal, 1 / pv.INDEX)
    under = pv.below(look, light, geo, mat, lit_bed, base_at, p, into, fp, kinds)
    sun = rc.cone_visibility(geo, p, li.col(light.direction), jnp.maximum(light.angle, 0.02), -1 + 0 * p[0])
    spark = li.col(light.irradiance) * wa.glitter(light, ray, f[1:3], patch) * sun
    spark = jnp.minimum(spark, 12.0)
    radiance = (1 - weight) * under["radiance"] + weight * mirror + spark
    return {
        "radiance": radiance,
        "mirror": mirror,
        "below": under["radiance"],
        "normal": normal,
        "fresnel": weight,
    }


@partial(jax.jit, static_argnums=0)
def _guide(layout: Layout, geometry, views, planes, x, y) -> Guide:
    ident, point = planes["ident"].astype(jnp.int32), planes["point"]
    back, ahead = (track(geometry[0], geometry[i], views[i], point, ident, layout) for i in (1, 2))
    return whole_guide(layout, views[0], planes, ident, back, ahead, x, y)
