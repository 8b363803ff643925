"""Guides of an ocean scene: the sea, its foam and the sky over it, one frame after another.

The prior is the fully lit picture in closed form; `rgb` is the plain prediction (one sun, even sky, no
mirror). Motion is that of the water's particles, exact in time. See `sea_view` for visibility and filtering,
`water` for light.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from physics import light as li
from physics.arrays import View, light_of, view_of
from physics.colour import display, linear_to_srgb, srgb_to_linear
from physics.guide import MOTION_RANGE, Guide, camera_rays
from physics.raycast import FAR, rotate
from physics.scene import Scene
from physics.worlds import water as wa
from physics.worlds.foam import foam_cover, foam_texture
from physics.worlds.ocean import GRID, OceanState, OceanWorld, advance, build_world, start, surface
from physics.worlds.sea_view import Fan, eulerian, fan_of, look_up, rings, scan
from physics.worlds.sky import clear_sky, mirrored_sky, sky
from physics.worlds.texture import pyramid, sample

RIPPLE = 6.7  # the ripples' tile is this much smaller than the finest
RIPPLED, STEEPEST = 0.8, 0.010  # their share of the slope variance that is left, and its limit
ALOFT = 1.6  # wind at the clouds over that at 10 m
WATER = 1  # `Guide.ident` of open water: where a scene without it has its ground


def ocean_guides(scene: Scene) -> Iterator[Guide]:
    """The guide of every frame."""
    world, light, dt = build_world(scene), light_of(scene), scene.time_scale / scene.fps
    look, first = _look(scene, world), view_of(scene, 0)
    wave, longest = _sizes(world)
    fan = fan_of(first, scene.width, scene.height, wave, longest)
    size, cloudy = (scene.width, scene.height), scene.clouds is not None
    state, table = start(world, 0.0), foam_texture()
    before, now = paths(surface(world, -dt)), paths(state.fields)
    for k in range(scene.num_frames):
        later = advance(world, state, (k + 1) * dt, dt)
        views = tuple(view_of(scene, i) for i in (k, max(k - 1, 0), min(k + 1, scene.num_frames - 1)))
        after = paths(later.fields)
        times = (now, before if k else now, after if k + 1 < scene.num_frames else now)
        here = {**look, "drift": np.float32(look["drift"] - ALOFT * k * dt * look["wind"])}
        seen = _see(*size, fan, state, views[0], rings(fan, views[0], wave, longest), look)
        yield _show(*size, cloudy, seen, times, views, here, light, table)
        before, now, state = now, after, later


def _sizes(world: OceanWorld) -> tuple[float, float]:
    """A high crest and the longest wave that matters, m."""
    return 2.2 * world.variance**0.5, world.tiles[0] / 10


def _look(scene: Scene, world: OceanWorld) -> dict:
    ocean, cloud = scene.ocean, scene.clouds
    assert ocean is not None
    deep = np.asarray(srgb_to_linear(np.float32(ocean.colour)))
    hue = deep / max(float(deep.max()), 1e-6)
    look = {
        "deep": deep,
        "thin": np.float32(hue**0.6 * np.float32([0.35, 1.0, 0.8])),
        "bottom": np.asarray(srgb_to_linear(np.float32(ocean.bottom))),
        "extinction": np.float32([3.2, 1.0, 0.8]),
        "depth": np.float32(ocean.depth_m),
        "clarity": np.float32(ocean.clarity_m),
        "crest": np.float32(max(world.variance**0.5, 1e-3)),
        "ripples": np.float32(world.slope_variance),
        "wind": np.float32([scene.wind[0], scene.wind[2]]),
        "tiles": np.float32(world.tiles),
        "drift": np.float32([0.0, 0.0]) + 1e3 * (scene.seed % 97),
    }
    if cloud is not None:
        look |= {
            "height": np.float32(cloud.height_m),
            "size": np.float32(cloud.size_m),
            "density": np.float32(cloud.density),
            "limit": np.float32(0.50 - 1.0 * cloud.cover),
        }
    return look


@partial(jax.jit, static_argnums=(0, 1, 2))
def _see(width: int, height: int, fan: Fan, state: OceanState, view: View, distance, look) -> dict:
    """What each pixel meets (P,): geometry and the moments of `sea_view`, on the water and not."""
    y, x = jnp.meshgrid(jnp.arange(height) + 0.5, jnp.arange(width) + 0.5, indexing="ij")
    x, y = x.reshape(-1), y.reshape(-1)
    ray, cosine = camera_rays(view, x, y)
    tiles = look["tiles"]
    maps = eulerian(state.fields, state.foam, tiles)
    moments, near = look_up(fan, *scan(fan, maps, tiles, look["crest"], view, distance), view, ray)
    cover = jnp.clip(moments[0], 0.0, 1.0)
    sx, sz, square, foam, crest = moments[1:] / jnp.maximum(moments[0], 1e-3)
    flat = jnp.maximum(jnp.hypot(ray[0], ray[2]), 1e-3)
    reach = 1 / jnp.maximum(near, 1e-6)  # m, along the ground
    point = view.position[:, None] + ray * (reach / flat)
    variance = jnp.maximum(square - 0.5 * (sx * sx + sz * sz), 0.0)
    footprint = reach / view.focal
    place = _particles(maps, tiles, point, footprint)
    slanted = footprint * jnp.sqrt(jnp.maximum(reach / jnp.maximum(view.position[1], 0.1), 1.0))
    finer, left = _ripples(maps[-1], tiles[-1], place[0][-1], place[1][-1], slanted, look["ripples"])
    return {
        "x": x, "y": y, "ray": ray, "cover": cover, "wet": jnp.where(cover > 0.02, 1.0, 0.0),
        "slope": jnp.stack([sx, sz]) + finer, "variance": variance + left, "foam": foam,
        "crest": crest, "reach": reach,
        "point": point, "depth": reach / flat * cosine, "footprint": footprint,
        "place": place,
    }  # fmt: skip


@partial(jax.jit, static_argnums=(0, 1, 2))
def _show(width: int, height: int, cloudy: bool, seen: dict, times, views, look, light, table) -> Guide:
    """The guide of what is seen: light, and where the particles are in the frames before and after."""
    lit = _light(cloudy, look, light, seen, 1 / views[0].focal, table)
    cover, wet, place = seen["cover"], seen["wet"], seen["place"]
    planes = {
        k: v * cover + lit["sky"] * (1 - cover) if k in ("prior", "rgb", "base") else v * wet
        for k, v in lit.items()
    }
    now, *others = (_displacement(t, look["tiles"], place, seen["footprint"]) for t in times)
    moved = [
        _track(v, seen["point"] + there - now, wet, seen["ray"])
        for v, there in zip(views[1:], others, strict=True)
    ]
    return _guide(height, width, planes, seen, moved, views[0])


def _particles(maps, tiles, point, pixel) -> tuple[Array, Array]:
    """Labels x, z (C, P) on each tile of the particles at `point`; `pixel` (P,) m filters them."""

    def label(place, tile):
        table, side = tile
        d = sample(table, GRID, side, *place, pixel)
        place = place[0] - d[:, 1], place[1] - d[:, 2]
        return place, place

    return lax.scan(label, (point[0], point[2]), (maps, tiles))[1]


def _ripples(table: Array, side: Array, x: Array, z: Array, footprint: Array, variance: Array):
    """Slopes (2, P) of waves shorter than the finest tile's, and the variance (P,) left to shorter still.

    They are the finest tile's own shape RIPPLE times smaller, as steep as `variance` of one component wants.
    """
    f = sample(table, GRID, side / RIPPLE, x, z, footprint)
    square = jnp.maximum(table[-1, 5] - 0.5 * (table[-1, 3] ** 2 + table[-1, 4] ** 2), 1e-8)
    shown = jnp.minimum(RIPPLED * variance, STEEPEST)
    scale = jnp.sqrt(shown / square)
    slope = scale * jnp.stack([f[:, 3], f[:, 4]])
    lost = scale**2 * f[:, 5] - 0.5 * (slope[0] ** 2 + slope[1] ** 2)
    return slope, jnp.maximum(lost, 0.0) + variance - shown


def _light(cloudy: bool, look: dict, light: li.LightArrays, seen: dict, pixel, table: Array) -> dict:
    """Linear planes (C, P) of water pixels, and the sky behind them."""
    ray, slope, reach = seen["ray"], seen["slope"], seen["reach"]
    variance = seen["variance"]
    patch = wa.facet(ray, slope, variance)
    normal, weight = patch["normal"], wa.fresnel(patch["cosine"])
    mirrored = ray + 2 * patch["cosine"] * normal
    mirrored = mirrored.at[1].set(jnp.abs(mirrored[1]))
    layer = look if cloudy else None
    mirror = mirrored_sky(light, layer, mirrored, patch["sigma"])
    crest = jnp.clip(0.4 * seen["crest"] / look["crest"] - 0.2, 0.0, 1.0) * jnp.minimum(
        look["crest"] / 0.5, 1.0
    )
    below = wa.body(light, look, ray, normal, crest)
    amount = foam_cover(
        table, seen["place"][0][-1], seen["place"][1][-1], seen["foam"], seen["footprint"], look["wind"]
    )
    sparkle = li.col(light.irradiance) * wa.glitter(light, ray, slope, patch)
    water = (1 - weight) * below + weight * mirror + sparkle
    up = jnp.stack([-slope[0], jnp.ones_like(reach), -slope[1]]) / jnp.sqrt(1 + slope[0] ** 2 + slope[1] ** 2)
    base = li.col(look["deep"]) * (1 - amount) + wa.FOAM * amount
    haze = 1 - jnp.exp(-((reach / light.haze) ** 1.2))
    air = clear_sky(light, ray)
    prior = (water * (1 - amount) + wa.foam_light(light, normal) * amount) * (1 - haze) + air * haze
    return {
        "prior": prior,
        "rgb": base * li.direct(light, up, 1.0, 1.0) * (1 - haze) + air * haze,
        "base": base * (1 - haze) + jnp.clip(air, 0, 1) * haze,
        "sky": sky(light, layer, ray, pixel),
        "mirror": mirror,
        "bleed": below,
        "normal": normal,
        "fresnel": weight,
        "roughness": jnp.sqrt(jnp.sqrt(2 * variance)),
        "sun": li.sun_cosine(light, up),
        "open": 0.5 + 0.5 * normal[1],
    }


def _track(view: View, moved, wet, ray) -> Array:
    """Where particles at `moved` (3, P) m fall in another frame: x, y px and depth m, (3, P)."""
    moved = jnp.where(wet > 0, moved, view.position[:, None] + 1e5 * ray)
    local = rotate(view.basis, moved - view.position[:, None])
    depth = jnp.maximum(local[2], 1e-3)
    u = view.principal[0] + view.focal * local[0] / depth
    v = view.principal[1] - view.focal * local[1] / depth
    return jnp.stack([u, v, jnp.where(wet > 0, local[2], FAR)])


@jax.jit
def paths(fields: Array) -> Array:
    """Tables (C, T, 3) of height and displacement, over particles."""
    return pyramid(fields[..., :3])


def _displacement(tables: Array, tiles, place, footprint) -> Array:
    """Displacement (3, P) of the particles labelled `place`."""

    def add(total, tile):
        table, side, x, z = tile
        f = sample(table, GRID, side, x + total[:, 1], z + total[:, 2], footprint)
        return total + f, None

    none = jnp.zeros((footprint.shape[0], 3))
    total, _ = lax.scan(add, none, (tables, tiles, *place), reverse=True)
    return jnp.stack([total[:, 1], total[:, 0], total[:, 2]])


def _guide(h: int, w: int, planes: dict, seen: dict, moved, view: View) -> Guide:
    def image(a):
        return (a.T if a.ndim == 2 else a).reshape(h, w, *a.shape[:-1])

    back, ahead = (
        jnp.clip(jnp.stack([m[0] - seen["x"], m[1] - seen["y"]]), -MOTION_RANGE, MOTION_RANGE) for m in moved
    )
    normal = rotate(view.basis, planes["normal"]) * jnp.array([[1.0], [1.0], [-1.0]])
    shown = {k: display(image(planes[k])) for k in ("rgb", "prior", "bleed", "mirror")}
    zero, sun = jnp.zeros((h, w)), image(planes["sun"])
    return Guide(
        **shown,
        base=linear_to_srgb(image(planes["base"])),
        normal=image(normal),
        depth=image(jnp.where(seen["wet"] > 0, seen["depth"], FAR)),
        motion=image(ahead),
        motion_back=image(back),
        depth_back=image(moved[0][2]),
        ident=image((WATER * seen["wet"]).astype(jnp.int32)),
        roughness=image(planes["roughness"]),
        metallic=zero,
        transmission=zero,
        sun=sun,
        hard=sun,
        sky=image(planes["open"]),
        fresnel=image(planes["fresnel"]),
        cover=image(seen["cover"]),
        medium=zero + 1.0,
    )
