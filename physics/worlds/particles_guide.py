"""Guides with particles in them: any world's guides, seen through rain, snow, sparks or leaves.

Each frame's particles are drawn (`particles_draw`) before the surfaces of the guide that stands behind, by
its depth, in linear light. What is too far or too small to draw one by one dims and brightens the distance
as a veil of their mean extinction, 2 pi r^2 each. Where particles hide more than half of a pixel, depth and
motion are theirs; `medium` is raised where they have changed it.

Things near the eye are out of focus: the circle of confusion of a lens as wide as `LENS` of the distance to
the subject, which is sharp, as is all beyond it.

Limits: no shadows of particles, no light of sparks on what is around but for the ground below them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from physics.arrays import View, light_of, view_of
from physics.colour import display
from physics.scene import Scene
from physics.worlds import particles_light as pl
from physics.worlds.particles import Cloud, ParticleWorld, build_world
from physics.worlds.particles_bubble import bubbles
from physics.worlds.particles_draw import Canvas, Plates, Sprites, canvas_of, plates, streaks
from physics.worlds.particles_fall import Air, build_air, focus_of, in_the_air
from physics.worlds.particles_land import lying, sheltered, splashes, upstream
from physics.worlds.particles_spray import thrown
from physics.worlds.smoke_guide import undisplay

if TYPE_CHECKING:
    from physics.guide import Guide
    from physics.rigid import Rollout

LENS = 0.011  # lens over the distance to the subject
VEIL = 70.0  # m of veil before the open sky
SATURATES = 4.0  # radiance at which film holds added light
TOLD = 0.02  # change of a pixel, linear, from which it is the particles' own


def particle_guides(scene: Scene, rollout: Rollout, behind: Iterator[Guide]) -> Iterator[Guide]:
    """The guides `behind`, each with the scene's particles in front of and among what it shows."""
    worlds = [build_world(scene, i) for i in range(len(scene.particles))]
    airs = [None if w.kind.sprayed else build_air(scene, w) for w in worlds]
    light, frame = light_of(scene), scene.time_scale / scene.fps
    focus = focus_of(scene)
    for k, solid in enumerate(behind):
        canvas = canvas_of(np.asarray(solid.depth))
        balls = np.reshape(rollout.position[k], (-1, 3)) if scene.bodies else np.zeros((0, 3))
        haze = 0.0
        for world, air in zip(worlds, airs, strict=True):
            share = world.exposure / frame
            views = view_of(scene, k), view_of(scene, k + share)
            for cloud in _clouds(scene, world, air, k * frame, balls, np.asarray(views[0].position)):
                _draw(canvas, world, cloud, light, views, focus)
            if air is not None:
                haze += 0.5 * np.pi * world.asked.per_m3 * world.asked.diameter_m**2
        yield _over(solid, canvas, haze, light, focus)


def _clouds(
    scene: Scene, world: ParticleWorld, air: Air | None, time: float, balls: NDArray, eye
) -> list[Cloud]:
    """All that is to be seen of one kind at `time`."""
    if air is None:
        return [thrown(world, time)]
    cloud = in_the_air(world, air, time)
    if len(balls) or scene.boxes:
        dry = sheltered(scene, balls, cloud.at, upstream(world, air.speed)) < np.inf
        cloud = replace(cloud, weight=np.where(dry, 0.0, cloud.weight))
    out = [cloud, *lying(scene, world, air, time, balls)]
    if world.kind.fate == "splash":
        out.append(splashes(scene, world, air, time, balls, eye))
    return out


def pixels(view: View, p: NDArray) -> tuple[NDArray, NDArray]:
    """World points (3, n) to px (2, n) and depth (n,) m."""
    local = np.asarray(view.basis, float) @ (p - np.asarray(view.position, float)[:, None])
    z = np.where(np.abs(local[2]) < 1e-6, 1e-6, local[2])
    f, (x, y) = float(view.focal), np.asarray(view.principal, float)
    return np.stack([x + f * local[0] / z, y - f * local[1] / z]), local[2]


def _draw(canvas: Canvas, world: ParticleWorld, cloud: Cloud, light, views, focus: float) -> None:
    some = cloud.weight > 1e-4
    cloud = _taken(cloud, some)
    a, z = pixels(views[0], cloud.at)
    b, _ = pixels(views[1], cloud.to)
    near = z > 0.02 * focus
    cloud, a, b, z = _taken(cloud, near), a[:, near], b[:, near], z[near]
    if not len(z):
        return
    f = float(views[0].focal)
    blur = f * LENS * focus * np.maximum(1 / z - 1 / focus, 0.0) * 0.5
    radius = f * cloud.radius / z
    ray = cloud.at - np.asarray(views[0].position, float)[:, None]
    ray = ray / np.linalg.norm(ray, axis=0)
    weight = cloud.weight * np.clip(z / (0.05 * focus) - 0.6, 0.0, 1.0)
    if cloud.shape == "plate":
        plates(canvas, _plates(world, cloud, light, views[0], a, z, ray, weight, blur), b - a,
               world.asked.kind == "leaves")  # fmt: skip
    elif cloud.shape == "bubble":
        bubbles(canvas, cloud, light, a, z, radius, weight)
    else:
        wide = np.hypot(radius, blur)
        spread = (radius / np.maximum(wide, 1e-9)) ** 2  # the same light over a larger disc
        shining = cloud.shape in ("spark", "mote")
        colour = pl.hot(world, cloud) if cloud.shape == "spark" else pl.radiance(world, cloud, light, ray)
        streaks(canvas, Sprites(a, b, z, wide, weight * spread, colour), shining=shining)


def _taken(cloud: Cloud, some: NDArray) -> Cloud:
    turn = None if cloud.turn is None else cloud.turn[some]
    names = ("at", "to", "radius", "weight", "dice", "age")
    return Cloud(cloud.shape, *(getattr(cloud, n)[..., some] for n in names), turn)


def _plates(world, cloud: Cloud, light, view: View, a, z, ray, weight, blur) -> Plates:
    """Plates that tumble about an axis of their own, or lie nearly flat."""
    yaw = 2 * np.pi * cloud.dice[0]
    if cloud.turn is None:
        tip = 0.5 * (cloud.dice[3] - 0.5)
    else:
        tip = cloud.turn * np.where(cloud.dice[1] > 0.5, 1.0, -1.0)
    long = np.stack([np.cos(yaw), 0.3 * np.sin(3 * yaw) * np.sin(tip), np.sin(yaw)])
    long = long / np.linalg.norm(long, axis=0)
    side = np.stack([-np.sin(yaw) * np.cos(tip), np.sin(tip), np.cos(yaw) * np.cos(tip)])
    normal = np.cross(long, side, axis=0)
    normal = normal / np.maximum(np.linalg.norm(normal, axis=0), 1e-6)
    normal = normal * np.where(np.einsum("an,an->n", normal, ray) > 0, -1.0, 1.0)
    wide = 0.52 if world.asked.kind == "leaves" else 0.55 + 0.45 * cloud.dice[1]
    f, basis = float(view.focal), np.asarray(view.basis, float)

    def axis(v):
        local = basis @ v
        return np.stack([local[0], -local[1]]) * (f / z)

    colour = pl.plate_light(world, cloud, light, normal)
    return Plates(a, axis(long * cloud.radius), axis(side * cloud.radius * wide), z, weight, colour, blur)


def _over(solid: Guide, canvas: Canvas, haze: float, light, focus: float) -> Guide:
    """The guide behind with the veil and the particles over it."""
    h, w = solid.depth.shape
    grey, numbers = np.float32(pl.around(light)[:, 0]), np.float32([haze, focus])
    before = np.zeros((h, w), np.float32) if solid.medium is None else solid.medium
    behind = solid.prior, solid.rgb, canvas.depth.reshape(h, w), before
    prior, rgb, cover, medium = composite(behind, canvas.sums(h, w), grey, numbers)
    return replace(solid, prior=prior, rgb=rgb, medium=medium, **_moved(solid, canvas, np.asarray(cover)))


@jax.jit
def composite(behind, drawn, grey, numbers):
    """Pictures with the veil and the particles over them, the particles' cover, and `medium`."""
    prior, rgb, depth, before = behind
    clouding, amount, light, shine = drawn
    cover = 1 - jnp.exp(-clouding)
    mean = light / jnp.maximum(amount, 1e-20)[..., None]
    veil = 1 - jnp.exp(-numbers[0] * jnp.clip(depth - numbers[1], 0.0, VEIL))[..., None]
    added = SATURATES * (1 - jnp.exp(-shine / SATURATES))

    def over(picture):
        far = undisplay(picture)
        far = far + veil * (grey - far)
        return far, far + cover[..., None] * (mean - far) + added

    far, seen = over(prior)
    told = jnp.clip(jnp.max(jnp.abs(seen - far), -1) / TOLD, 0.0, 1.0)
    return display(seen), display(over(rgb)[1]), cover, jnp.maximum(before, told)


def with_drops(guide: Guide, drops: Sprites) -> Guide:
    """`guide` with `drops` over what it shows; depth, motion and `medium` stay those of what is behind."""
    canvas = canvas_of(np.asarray(guide.depth))
    streaks(canvas, drops)
    behind = guide.prior, guide.rgb, guide.depth, guide.medium
    drawn = canvas.sums(*guide.depth.shape)
    prior, rgb, _, _ = composite(behind, drawn, np.zeros(3, np.float32), np.float32([0.0, 1.0]))
    return replace(guide, prior=prior, rgb=rgb)


def _moved(solid: Guide, canvas: Canvas, cover: NDArray) -> dict:
    """Depth, motion and cover where particles hide more than half."""
    h, w = cover.shape
    mine = (cover > 0.5) & (canvas.track[:, 0].reshape(h, w) > 0)
    out = {"cover": jnp.maximum(solid.cover, jnp.asarray(cover, jnp.float32))}
    if not mine.any():
        return out
    track = (canvas.track / np.maximum(canvas.amount, 1e-12)[:, None]).reshape(h, w, 3)
    motion = np.where(mine[..., None], track[..., 1:], np.asarray(solid.motion))
    back = np.where(mine[..., None], -track[..., 1:], np.asarray(solid.motion_back))
    depth = np.where(mine, track[..., 0], np.asarray(solid.depth))
    f32 = jnp.float32
    return out | {"motion": jnp.asarray(motion, f32), "motion_back": jnp.asarray(back, f32),
                  "depth": jnp.asarray(depth, f32),
                  "depth_back": jnp.where(mine, depth, solid.depth_back).astype(f32)}  # fmt: skip
