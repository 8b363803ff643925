"""Guides of splashing water: the surface, the glass around it, balls in it, spray over it.

The prior is the lit picture; the predicted frame is the same, for the world renders itself (`medium` is 1).
Motion is the water's own where it is seen. See `liquid` for the flow, `liquid_view` for light.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from physics import light as li
from physics import raycast as rc
from physics.arrays import Layout, View, geometry_of, layout_of, light_of, materials_of, view_of
from physics.colour import srgb_to_linear
from physics.guide import Guide, base_of, camera_rays, track
from physics.raycast import dot
from physics.rigid import Rollout
from physics.scene import Scene
from physics.worlds import liquid_view as lv
from physics.worlds.liquid import LiquidState, ball_tracks, weights
from physics.worlds.liquid_world import LiquidWorld, build_world, frames, start
from physics.worlds.particles_draw import Sprites
from physics.worlds.particles_guide import pixels, with_drops
from physics.worlds.pool_view import INDEX, fresnel, refracted
from physics.worlds.refine import picture
from physics.worlds.stages import stage
from physics.worlds.whole_guide import whole_guide

WATER = 1  # `Guide.ident` of water, glass and floor
SPARSE = 0.22  # filling below which particles are drawn as spray
SCOUT = 4  # px, of the first look for water
EDGE = 0.006  # m, half width of the tank's edges as seen
FOAM = np.float32([0.86, 0.89, 0.90])


def splash(scene: Scene, rigid: Rollout) -> Rollout:
    """The rollout of the bodies in the water: they move it and are moved by it."""
    world = build_world(scene)
    states = frames(world, start(world, scene), scene.num_frames)
    place, speed = ball_tracks(states, world.cell, world.corner)
    return replace(
        rigid, position=place, velocity=speed,
        angular_velocity=0 * rigid.angular_velocity,
        orientation=np.repeat(rigid.orientation[:1], len(place), 0), events=(),
    )  # fmt: skip


def liquid_guides(scene: Scene, rollout: Rollout) -> Iterator[Guide]:
    """The guide of every frame; `rollout` is that of `splash`."""
    water = scene.liquid
    assert water is not None
    world, light = build_world(scene), light_of(scene)
    ground = scene.ground.surface if scene.ground else None
    kinds = (ground.pattern if ground else "plain",)
    plan = (world.grid.cells, layout_of(scene), kinds, water.glass)
    look, materials, last = _look(scene, world, light), materials_of(scene), scene.num_frames - 1
    for k, state in enumerate(frames(world, start(world, scene), scene.num_frames)):
        when = (k, max(k - 1, 0), min(k + 1, last))
        geometry = tuple(geometry_of(scene, rollout, i) for i in when)
        geometry = tuple(replace(g, ground=np.float32(0.0)) for g in geometry)
        views = tuple(view_of(scene, i) for i in when)
        guide, filling = _show(plan, look, state, geometry, views, materials, light)
        yield _sprayed(world, state, np.asarray(filling), guide, views[0], look, light)


def _look(scene: Scene, world: LiquidWorld, light: li.LightArrays) -> dict:
    water, f32 = scene.liquid, np.float32
    assert water is not None
    hue = np.maximum(np.asarray(srgb_to_linear(f32(water.colour))), 1e-3)
    size = np.array(world.grid.cells) * world.cell
    surface = scene.ground.surface if scene.ground else None
    mean = np.asarray(materials_of(scene).mean)[0]
    daylight = np.asarray(li.direct(light, jnp.array([[0.0], [1.0], [0.0]]), jnp.ones(1), 1.0))[:, 0]
    return {
        "corner": f32(world.corner),
        "middle": f32(world.corner + [0.5 * size[0], 0.0, 0.5 * size[2]]),
        "size": f32(size),
        "cell": f32(world.cell),
        "cast": f32(2.2 * max(size)),
        "drop": f32(0.25 * size[1]),
        "extinction": f32(-np.log(hue) / water.clarity_m),
        "scattered": f32(0.12 * hue * daylight),
        "bounce": f32(0.55 * mean * daylight),
        "daylight": f32(daylight),
        "floor1": f32(surface.colour if surface else (0.5, 0.5, 0.5)),
        "floor2": f32(surface.colour2 if surface else (0.5, 0.5, 0.5)),
        "floor_scale": f32(surface.pattern_scale if surface else 1.0),
        "frame": f32(world.frame),
        "foam": f32(water.foam),
    }


def _show(plan, look: dict, state: LiquidState, geometry, views, mat, light):
    look = {**look, "pixel": np.float32(1 / views[0].focal)}
    surface, filling, cast, speed = _prepare(plan[0], not plan[3], look, state, light)

    scout = _scout(plan[0], plan[1], look, surface, geometry[0], views[0])

    def shade(x, y):
        return _shade(*plan, look, surface, scout, cast, speed, geometry[0], views, mat, light, x, y)

    planes, x, y = picture(shade, plan[1].width, plan[1].height, ("prior", "base", "normal"))
    return _guide(plan[1], geometry, views, planes, x, y), filling


@partial(jax.jit, static_argnums=(0, 1))
def _scout(cells, layout: Layout, look, surface, geo, view: View):
    """Distance (h, w) m before which no ray of a block of SCOUT x SCOUT pixels meets water."""
    h, w = -(-layout.height // SCOUT), -(-layout.width // SCOUT)
    y, x = jnp.meshgrid((jnp.arange(h) + 0.5) * SCOUT, (jnp.arange(w) + 0.5) * SCOUT, indexing="ij")
    ray, _ = camera_rays(view, x.reshape(-1), y.reshape(-1))
    eye = jnp.broadcast_to(view.position[:, None], ray.shape)
    shape = tuple(n * lv.FINE for n in cells)
    found = _first(look, shape, surface, geo, lv.OUTSIDE, eye, ray, 0.0 * ray[0])
    t = jnp.where(found["wet"], found["t"] - 3 * look["cell"] / lv.FINE, lv.FAR).reshape(h, w)
    return lax.reduce_window(t, lv.FAR, lax.min, (3, 3), (1, 1), "SAME")


@partial(jax.jit, static_argnums=(0, 1))
def _prepare(cells, film: bool, look: dict, state: LiquidState, light):
    from physics.worlds.liquid import _summed
    from physics.worlds.liquid_solve import Grid

    surface, filling = lv.surface_of(cells, state.place, state.alive, film)
    cast = lv.floor_light(look, light, state.place, state.alive)
    rows, shares, _, _ = weights(Grid(cells), state.place, 3)
    values = jnp.concatenate([state.velocity, state.foam[None], jnp.ones_like(state.velocity[:1])]).T
    sums = _summed(cells, rows, [(s * state.alive)[:, None] * values for s in shares], 5)
    return surface, filling, cast, sums[..., :4] / jnp.maximum(sums[..., 4:], 1e-3)


@partial(jax.jit, static_argnums=(0, 1, 2, 3))
def _shade(
    cells, layout: Layout, kinds, glass, look, surface, scout, cast, speed, geo, views, mat, light, x, y
) -> dict:
    """Linear planes (C, P) at pixel positions."""
    view: View = views[0]
    shape = tuple(n * lv.FINE for n in cells)
    sure = view.focal > 0
    ray, cosine = camera_rays(view, x, y)
    eye = jnp.broadcast_to(view.position[:, None], ray.shape)

    def base_at(ident, local, t):
        return base_of(layout, geo, mat, ident, local, t / view.focal)

    def beyond(p, d):
        return lv.surroundings(look, light, geo, mat, base_at, cast, p, d, look["pixel"], kinds)

    coarse = [
        jnp.clip(a / SCOUT, 0, n - 1).astype(jnp.int32) for a, n in zip((y, x), scout.shape, strict=True)
    ]
    hint = scout[coarse[0], coarse[1]]
    first = stage(sure, partial(_first, look, shape, surface, geo, 30), eye, ray, hint)
    wet, p, normal = first["wet"], first["p"], first["normal"]
    inner = stage(sure, partial(_through, look, shape, surface, geo, light), p, ray, normal, wet)
    facing = jnp.clip(-dot(ray, normal), 0.02, 1.0)
    weight = fresnel(facing)
    mirrored = ray + 2 * facing * normal
    seen_mirror = stage(sure, beyond, p + 2e-3 * normal, mirrored)
    start_at = jnp.where(wet, inner["p"], eye)
    seen = stage(sure, beyond, start_at, jnp.where(wet, inner["ray"], ray))
    path = jnp.exp(-li.col(look["extinction"]) * inner["length"])
    under = jnp.where(inner["dark"], li.col(look["scattered"]) + 0.5 * seen, seen)
    water = under * path + li.col(look["scattered"]) * (1 - path)
    water = (1 - weight) * water + weight * seen_mirror
    spark = _sparkle(light, mirrored)
    water = water + weight * spark * (
        rc.cone_visibility(geo, p, li.col(light.direction), 0.02, -1 + 0 * p[0])
    )
    white = li.col(jnp.asarray(FOAM)) * (
        0.75 * li.direct(light, normal, 1.0, 1.0) + 0.25 * li.col(look["daylight"])
    )
    foam = jnp.clip(look["foam"] * _foam(cells, look, speed, p) * 1.3, 0.0, 0.92) * ~first["pane"]
    water = water * (1 - foam) + white * foam
    out = jnp.where(wet, water, seen)
    out = _glazed(look, light, first, ray, out, beyond, sure) if glass else out
    t_ball, ident = rc.nearest(geo, eye, ray)
    down = jnp.where(ray[1] < -1e-4, -eye[1] / jnp.minimum(ray[1], -1e-4), lv.FAR)
    t = jnp.where(wet, first["t"], jnp.minimum(t_ball, down))
    on_ball = ~wet & (t_ball < down)
    kind = jnp.where(on_ball, ident, jnp.where(wet | (down < 200.0), WATER, rc.SKY))
    point = eye + t * ray
    at = [
        jnp.clip((point[a] - look["corner"][a]) / look["cell"], 0, cells[a] - 1).astype(jnp.int32)
        for a in range(3)
    ]
    flow = speed[at[0], at[1], at[2]].T[:3] * look["cell"] * wet
    return {
        "prior": out,
        "base": jnp.clip(out, 0.0, 1.0),
        "normal": jnp.where(
            wet,
            normal,
            jnp.where(
                on_ball,
                rc.normal_at(geo, ident, point)[0] if layout.spheres else normal,
                jnp.array([[0.0], [1.0], [0.0]]),
            ),
        ),
        "mirror": seen_mirror,
        "bleed": under,
        "fresnel": jnp.where(wet, weight, 0.0),
        "ident": kind.astype(jnp.float32),
        "point": point,
        "flow": flow * look["frame"],
        "depth": jnp.where(kind == rc.SKY, rc.FAR, t * cosine),
    }


def _foam(cells, look, speed, p):
    """Foam (P,) around points, trilinear in the flow's cells."""
    at = [jnp.clip((p[a] - look["corner"][a]) / look["cell"] - 0.5, 0, cells[a] - 1.001) for a in range(3)]
    i = [jnp.floor(a).astype(jnp.int32) for a in at]
    f = [a - b for a, b in zip(at, i, strict=True)]
    total = 0.0
    for c in range(8):
        d = (c >> 2 & 1, c >> 1 & 1, c & 1)
        share = 1.0
        for a in range(3):
            share = share * (f[a] if d[a] else 1 - f[a])
        total = total + share * speed[i[0] + d[0], i[1] + d[1], i[2] + d[2], 3]
    return total


def _sparkle(light: li.LightArrays, mirrored):
    """The sun's disc, a little spread, in a mirror (3, P)."""
    near = 1 - dot(mirrored, li.col(light.direction))
    wide = 1 - jnp.cos(jnp.maximum(light.angle, 0.03))
    return li.col(light.irradiance) * jnp.minimum(jnp.exp(-near / wide) / (jnp.pi * 2 * wide), 120.0)


def _first(look, shape, surface, geo, most, eye, ray, hint) -> dict:
    """Where rays enter the box and meet water, not before `hint` m: through a pane or at the free surface."""
    h = look["cell"] / lv.FINE
    p0 = eye - li.col(look["corner"])
    enter, leave, axis, _ = lv.box_span(look["size"], p0, ray)
    enter = jnp.maximum(enter, 0.0)
    inside = leave > enter
    ball, _ = rc.nearest(geo, eye, ray)
    q, d = p0 / h, ray / h
    at_pane = inside & (lv.look_up(shape, surface, q + (enter + 1e-4) * d) > lv.LEVEL) & (enter < ball)
    stop = jnp.where(inside & ~at_pane & (hint < lv.FAR), jnp.minimum(leave, ball), -1.0)
    begin = jnp.maximum(jnp.where(inside, enter, 0.0), jnp.minimum(hint, 1e3))
    t = lv.march(shape, surface, q, d, begin, stop, False, 1 / h, most)
    wet = at_pane | (t < lv.FAR)
    t = jnp.where(at_pane, enter, jnp.minimum(t, 1e3))
    at = q + t * d
    flat = jnp.stack([(axis == i) * (-jnp.sign(ray[i])) for i in range(3)])
    normal = jnp.where(at_pane, flat, lv.normal_of(shape, surface, at))
    away = dot(normal, ray) > -0.02  # seen from behind: a numerical skirt
    normal = jnp.where(away, rc.normalise(normal - (dot(normal, ray) + 0.03) * ray), normal)
    return {"wet": wet, "t": t, "p": eye + t * ray, "normal": normal, "pane": at_pane,
            "enter": enter, "leave": leave, "inside": inside, "axis": axis}  # fmt: skip


def _through(look, shape, surface, geo, light, p, ray, normal, wet) -> dict:
    """Refracted rays followed through the water: where they leave it, which way, how long they were in it."""
    h = look["cell"] / lv.FINE
    way = refracted(ray, normal, 1 / INDEX)
    p0 = p - li.col(look["corner"]) - 0.3 * h * normal
    _, leave, _, axis = lv.box_span(look["size"], p0, way)
    leave = jnp.maximum(leave, 0.0)
    ball, _ = rc.nearest(geo, p, way)
    stop = jnp.where(wet, jnp.minimum(leave, ball), -1.0)
    t = lv.march(shape, surface, p0 / h, way / h, 0.5 * h * jnp.ones_like(stop), stop, True, 1 / h, lv.INSIDE)
    free = t < stop
    t = jnp.where(free, t, jnp.minimum(leave, ball))
    flat = jnp.stack([(axis == i) * (-jnp.sign(way[i])) for i in range(3)])
    back = jnp.where(free, -lv.normal_of(shape, surface, (p0 + t * way) / h), flat)
    cosine = jnp.maximum(-dot(way, back), 0.0)
    inside = INDEX**2 * (1 - cosine**2) > 1.0  # total reflection
    out = jnp.where(inside, way + 2 * cosine * back, refracted(way, back, INDEX))
    low = ~free & (axis == 1) & (way[1] < 0)  # the floor is wet: no air behind
    out = jnp.where(((ball <= leave) & ~free) | low, way, out)
    on_ball = ~free & (ball <= leave)
    step = jnp.where(on_ball, jnp.maximum(t - 2e-3, 0.0), t + 1e-4)
    point = p + step * way
    point = jnp.where(low & ~on_ball, point.at[1].set(jnp.maximum(point[1], 1e-4)), point)
    return {"p": point, "ray": rc.normalise(out), "length": jnp.minimum(t, 5.0), "dark": inside & free}


def _glazed(look, light, first, ray, out, beyond, sure):
    """Panes in front mirror a little; the tank's edges show."""
    eye_to = first["p"] - first["t"] * ray
    entry = eye_to + first["enter"] * ray
    side = first["inside"] & (first["axis"] != 1)
    flat = jnp.stack([(first["axis"] == i) * (-jnp.sign(ray[i])) for i in range(3)])
    facing = jnp.clip(-dot(ray, flat), 0.02, 1.0)
    share = 1.6 * fresnel(facing) * side
    mirror = li.sky(light, ray + 2 * facing * flat)
    out = out * (1 - jnp.minimum(share, 0.9)) + mirror * jnp.minimum(share, 0.9)
    tone = jnp.array([[0.62], [0.80], [0.76]]) * li.col(light.horizon) + 0.05

    def edge(p, strength):
        q = p - li.col(look["corner"])
        gap = jnp.minimum(jnp.abs(q), jnp.abs(li.col(look["size"]) - q))
        order = jnp.sort(gap, 0)
        soft = jnp.maximum(0.7 * look["pixel"] * first["enter"], 5e-4)
        return strength * jnp.clip((EDGE - order[1]) / soft + 0.5, 0, 1) * first["inside"]

    near = edge(entry, 0.55)
    far = edge(eye_to + first["leave"] * ray, 0.25) * ~first["wet"]
    out = out * (1 - far) + tone * 0.7 * far
    return out * (1 - near) + tone * near


def _sprayed(
    world: LiquidWorld, state: LiquidState, filling: np.ndarray, guide: Guide, view: View, look, light
) -> Guide:
    """Particles too few to be a surface, drawn as drops."""
    some = np.flatnonzero((filling < SPARSE) & (np.asarray(state.alive) > 0))
    if not len(some):
        return guide
    p = np.asarray(state.place)[:, some] * world.cell + world.corner[:, None]
    v = np.asarray(state.velocity)[:, some] * world.cell * world.frame * 0.5
    (a, z), (b, _) = pixels(view, p), pixels(view, p + v)
    size = 0.5 * (6 / np.pi / 8) ** (1 / 3) * world.cell * (0.30 + 0.35 * np.modf(some * 0.618)[0])
    radius = float(view.focal) * size / np.maximum(z, 1e-3)
    sky = np.asarray(li.sky(light, jnp.array([[0.0], [0.6], [-0.8]])))[:, 0]
    colour = (0.55 * sky + 0.10 * np.asarray(light.irradiance))[:, None] * (
        0.7 + 0.6 * np.modf(some * 0.754)[0]
    )
    return with_drops(guide, Sprites(a, b, z, radius, np.full(len(some), 0.6), colour))


@partial(jax.jit, static_argnums=0)
def _guide(layout: Layout, geometry, views, planes, x, y) -> Guide:
    ident, point, flow = planes["ident"].astype(jnp.int32), planes["point"], planes["flow"]
    back = track(geometry[0], geometry[1], views[1], point - flow, ident, layout)
    ahead = track(geometry[0], geometry[2], views[2], point + flow, ident, layout)
    return whole_guide(layout, views[0], planes, ident, back, ahead, x, y)
