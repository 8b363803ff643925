"""Guides of an ocean scene: the sea, its foam and the sky over it, one frame after another.

The prior is the fully lit picture in closed form; `rgb` is the plain prediction (one sun, even sky, no
mirror). Motion is that of the water's particles, exact in time. See `sea_view` for visibility and filtering,
`water` for light.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from physics import light as li
from physics.arrays import View, light_of, view_of
from physics.colour import display, linear_to_srgb, srgb_to_linear
from physics.guide import MOTION_RANGE, Guide, camera_rays
from physics.raycast import FAR, rotate
from physics.scene import Scene
from physics.worlds import water as wa
from physics.worlds.foam import foam_cover, foam_texture
from physics.worlds.ocean import GRID, OceanWorld, advance, build_world, start, surface
from physics.worlds.sea_view import Fan, eulerian, fan_of, look_up, rings, scan
from physics.worlds.sky import clear_sky, sky
from physics.worlds.texture import pyramid, sample

WATER = 1  # `Guide.ident` of open water: where a scene without it has its ground


@dataclass(frozen=True)
class Layout:
    """What decides the compiled program. Hashable."""

    width: int
    height: int
    fan: Fan
    tiles: tuple[float, ...]
    cloudy: bool


def ocean_guides(scene: Scene) -> Iterator[Guide]:
    """The guide of every frame."""
    world, light, dt = build_world(scene), light_of(scene), scene.time_scale / scene.fps
    look, first = _look(scene, world), view_of(scene, 0)
    wave, longest = _sizes(world)
    fan = fan_of(first, scene.width, scene.height, wave, longest)
    layout = Layout(scene.width, scene.height, fan, world.tiles, scene.clouds is not None)
    state, table = start(world, 0.0, dt), foam_texture()
    before, now = surface(world, -dt), state.fields
    for k in range(scene.num_frames):
        later = advance(world, state, (k + 1) * dt, dt)
        views = tuple(view_of(scene, i) for i in (k, max(k - 1, 0), min(k + 1, scene.num_frames - 1)))
        times = (now, before if k else now, later.fields if k + 1 < scene.num_frames else now)
        here = {**look, "drift": np.float32(look["drift"] + k * dt * look["wind"])}
        yield _render(
            layout, state.foam, times, views, rings(fan, views[0], wave, longest), here, light, table
        )
        before, now, state = now, later.fields, later


def _sizes(world: OceanWorld) -> tuple[float, float]:
    """A high crest and the longest wave that matters, m."""
    return 2.2 * world.variance**0.5, world.tiles[0] / 10


def _look(scene: Scene, world: OceanWorld) -> dict:
    ocean, cloud = scene.ocean, scene.clouds
    assert ocean is not None
    deep = np.asarray(srgb_to_linear(np.float32(ocean.colour)))
    hue = deep / max(float(deep.max()), 1e-6)
    wind = np.float32([-scene.wind[0], -scene.wind[2]])
    look = {
        "deep": deep,
        "thin": np.float32(0.30 * hue**0.6 * np.float32([0.35, 1.0, 0.8])),
        "bottom": np.asarray(srgb_to_linear(np.float32(ocean.bottom))),
        "extinction": np.float32([3.2, 1.0, 0.8]),
        "depth": np.float32(ocean.depth_m),
        "clarity": np.float32(ocean.clarity_m),
        "crest": np.float32(max(world.variance**0.5, 1e-3)),
        "ripples": np.float32(world.slope_variance),
        "wind": 1.6 * wind,
        "drift": np.float32([0.0, 0.0]) + 1e3 * (scene.seed % 97),
    }
    if cloud is not None:
        look |= {
            "height": np.float32(cloud.height_m),
            "size": np.float32(cloud.size_m),
            "density": np.float32(cloud.density),
            "limit": np.float32(0.55 - 1.1 * cloud.cover),
        }
    return look


@partial(jax.jit, static_argnums=0)
def _render(
    layout: Layout, foam, times, views, distance, look: dict, light: li.LightArrays, table: Array
) -> Guide:
    h, w, tiles = layout.height, layout.width, layout.tiles
    view = views[0]
    y, x = jnp.meshgrid(jnp.arange(h) + 0.5, jnp.arange(w) + 0.5, indexing="ij")
    x, y = x.reshape(-1), y.reshape(-1)
    ray, cosine = camera_rays(view, x, y)
    maps = eulerian(times[0], foam, tiles)
    moments = look_up(layout.fan, scan(layout.fan, maps, tiles, view, distance), view, ray)
    cover = jnp.clip(moments[0], 0.0, 1.0)
    sx, sz, square, white, height, near = moments[1:] / jnp.maximum(moments[0], 1e-3)
    flat = jnp.maximum(jnp.hypot(ray[0], ray[2]), 1e-3)
    reach = 1 / jnp.maximum(near, 1e-6)  # m, along the ground
    point = view.position[:, None] + ray * (reach / flat)
    spread = jnp.maximum(square - 0.5 * (sx * sx + sz * sz), 0.0) + look["ripples"]
    place, footprint = _particles(maps, tiles, point, reach / view.focal)
    lit = _light(
        layout,
        look,
        light,
        ray,
        1 / view.focal,
        (sx, sz),
        spread,
        white,
        height,
        reach,
        place,
        footprint,
        table,
    )
    wet = jnp.where(cover > 0.02, 1.0, 0.0)
    planes = {
        k: v * cover + lit["sky"] * (1 - cover) if k in ("prior", "rgb", "base") else v * wet
        for k, v in lit.items()
    }
    moved = [
        _track(v, tiles, t, times[0], place, point, footprint, wet, ray)
        for v, t in zip(views[1:], times[1:], strict=True)
    ]
    return _guide(h, w, planes, cover, wet, jnp.where(wet > 0, reach / flat * cosine, FAR), moved, x, y, view)


def _particles(maps, tiles, point, pixel) -> tuple[list, Array]:
    """Labels (x, z) on each tile of the particles at `point`, and the footprint that filters them."""
    x, z = point[0], point[2]
    labels = []
    for table, side in zip(maps, tiles, strict=True):
        d = sample(table, GRID, side, x, z, pixel)[:, 1:3]
        x, z = x - d[:, 0], z - d[:, 1]
        labels.append((x, z))
    return labels, pixel


def _light(
    layout, look, light, ray, pixel, slope, spread, white, height, reach, place, footprint, table
) -> dict:
    """Linear planes (C, P) of water pixels, and the sky behind them."""
    slope = jnp.stack(slope)
    seen = wa.facet(ray, slope, spread)
    normal, weight = seen["normal"], wa.fresnel(seen["cosine"])
    mirrored = ray + 2 * seen["cosine"] * normal
    mirrored = mirrored.at[1].set(jnp.abs(mirrored[1]))
    layer = look if layout.cloudy else None
    behind = sky(light, layer, ray, pixel)
    mirror = (
        clear_sky(light, mirrored)
        if layer is None
        else sky_without_disc(light, layer, mirrored, seen["sigma"])
    )
    crest = jnp.clip(0.35 * height / look["crest"] - 0.1, 0.0, 1.0)
    below = wa.body(light, look, ray, normal, crest)
    amount = foam_cover(table, *place[-1], white, footprint)
    sparkle = li.col(light.irradiance) * wa.glitter(light, ray, slope, seen)
    water = (1 - weight) * below + weight * mirror + sparkle
    foam = wa.foam_light(light, normal)
    up = jnp.stack([-slope[0], jnp.ones_like(reach), -slope[1]]) / jnp.sqrt(1 + slope[0] ** 2 + slope[1] ** 2)
    base = li.col(look["deep"]) * (1 - amount) + 0.78 * amount
    haze = 1 - jnp.exp(-((reach / light.haze) ** 1.2))
    air = clear_sky(light, ray)
    prior = (water * (1 - amount) + foam * amount) * (1 - haze) + air * haze
    plain = base * li.direct(light, up, 1.0, 1.0) * (1 - haze) + air * haze
    return {
        "prior": prior,
        "rgb": plain,
        "base": base * (1 - haze) + jnp.clip(air, 0, 1) * haze,
        "sky": behind,
        "mirror": mirror,
        "bleed": below,
        "normal": normal,
        "fresnel": weight,
        "roughness": jnp.sqrt(jnp.sqrt(2 * spread)),
        "sun": li.sun_cosine(light, up),
        "open": 0.5 + 0.5 * normal[1],
        "foam": amount,
    }


def sky_without_disc(light, layer, ray, sigma) -> Array:
    """What rough water mirrors: the sky with its clouds, blurred by the facets' spread."""
    from physics.worlds.sky import clouds

    cloud, opacity = clouds(light, layer, ray, jnp.maximum(2.0 * sigma, 0.004))
    return clear_sky(light, ray) * (1 - opacity) + cloud * opacity


def _track(view: View, tiles, then, now, place, point, footprint, wet, ray) -> Array:
    """Where each pixel's particle falls in another frame: x, y px and depth m, (3, P)."""
    shift = _displacement(then, tiles, place, footprint) - _displacement(now, tiles, place, footprint)
    moved = jnp.where(wet > 0, point + shift, view.position[:, None] + 1e5 * ray)
    local = rotate(view.basis, moved - view.position[:, None])
    depth = jnp.maximum(local[2], 1e-3)
    u = view.principal[0] + view.focal * local[0] / depth
    v = view.principal[1] - view.focal * local[1] / depth
    return jnp.stack([u, v, jnp.where(wet > 0, local[2], FAR)])


def _displacement(fields: Array, tiles, place, footprint) -> Array:
    """Displacement (3, P) of the particles labelled `place`."""
    total = jnp.zeros((3, footprint.shape[0]))
    shift_x = shift_z = jnp.zeros_like(footprint)
    for c in reversed(range(len(tiles))):
        side = tiles[c]
        f = sample(
            pyramid(fields[c, ..., :3]), GRID, side, place[c][0] + shift_x, place[c][1] + shift_z, footprint
        )
        shift_x, shift_z = shift_x + f[:, 1], shift_z + f[:, 2]
        total = total.at[1].add(f[:, 0])
    return total.at[0].set(shift_x).at[2].set(shift_z)


def _guide(h, w, planes, cover, wet, depth, moved, x, y, view) -> Guide:
    def image(a):
        return (a.T if a.ndim == 2 else a).reshape(h, w, *a.shape[:-1])

    back, ahead = (jnp.clip(jnp.stack([m[0] - x, m[1] - y]), -MOTION_RANGE, MOTION_RANGE) for m in moved)
    normal = rotate(view.basis, planes["normal"]) * jnp.array([[1.0], [1.0], [-1.0]])
    zero = jnp.zeros((h, w))
    return Guide(
        rgb=display(image(planes["rgb"])),
        prior=display(image(planes["prior"])),
        base=linear_to_srgb(image(planes["base"])),
        normal=image(normal),
        depth=depth.reshape(h, w),
        motion=image(ahead),
        motion_back=image(back),
        depth_back=moved[0][2].reshape(h, w),
        ident=(WATER * wet).astype(jnp.int32).reshape(h, w),
        roughness=planes["roughness"].reshape(h, w),
        metallic=zero,
        transmission=zero,
        sun=planes["sun"].reshape(h, w),
        hard=planes["sun"].reshape(h, w),
        sky=planes["open"].reshape(h, w),
        bleed=display(image(planes["bleed"])),
        mirror=display(image(planes["mirror"])),
        fresnel=planes["fresnel"].reshape(h, w),
        cover=cover.reshape(h, w),
        medium=zero + 1.0,
    )
