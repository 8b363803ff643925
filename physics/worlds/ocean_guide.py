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
from physics.worlds.sea_view import EARTH, Fan, eulerian, fan_of, look_up, rings, scan
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
    frame = _frame(scene, fan, wave)
    state, table = start(world, 0.0), foam_texture()
    before, now = paths(surface(world, -dt)), paths(state.fields)
    for k in range(scene.num_frames):
        later = advance(world, state, (k + 1) * dt, dt)
        views = tuple(view_of(scene, i) for i in (k, max(k - 1, 0), min(k + 1, scene.num_frames - 1)))
        after = paths(later.fields)
        times = (now, before if k else now, after if k + 1 < scene.num_frames else now)
        here = {**look, "drift": np.float32(look["drift"] - ALOFT * k * dt * look["wind"])}
        seen = _see(frame, fan, state, views[0], rings(fan, views[0], wave, longest), look)
        yield _show(frame, seen, times, views, here, light, table)
        before, now, state = now, after, later


@dataclass(frozen=True)
class Frame:
    """The picture's size, and which of its rows the sea and the sky can be in. Hashable."""

    width: int
    height: int
    sea: int  # first row that may show water
    sky: int  # first row from which on there is no sky
    cloudy: bool


def _frame(scene: Scene, fan: Fan, wave: float) -> Frame:
    """Rows by the elevation of their pixels, over all of the clip, sixteen rows at a time."""
    first, last = [], []
    for k in np.linspace(0, scene.num_frames - 1, 5):
        view = view_of(scene, float(k))
        y = np.arange(scene.height) + 0.5
        x = np.linspace(0.0, scene.width, 9)
        px, py = np.meshgrid(x - np.asarray(view.principal)[0], np.asarray(view.principal)[1] - y)
        ray = np.asarray(view.basis).T @ np.stack([px, py, np.full_like(px, float(view.focal))]).reshape(
            3, -1
        )
        elevation = np.arctan2(ray[1], np.hypot(ray[0], ray[2])).reshape(px.shape)
        lowest = -1.3 * np.sqrt(2 * (abs(float(view.position[1])) + wave) / EARTH) - 4 * fan.cell
        above = elevation.min(1) > fan.bottom + (fan.rows + 1) * fan.cell
        below = elevation.max(1) < lowest
        first.append(int(np.argmin(above)) if not above.all() else scene.height)
        last.append(scene.height - int(np.argmin(below[::-1])) if not below.all() else 0)
    sea = min(min(first) // 16 * 16, max(scene.height - 16, 0))
    sky = min(-(-max(last) // 16) * 16, scene.height)
    return Frame(scene.width, scene.height, sea, max(sky, sea), scene.clouds is not None)


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


def _pixels(frame: Frame, first: int, last: int) -> tuple[Array, Array]:
    """Centres x, y (P,) px of the rows from `first` up to `last`."""
    y, x = jnp.meshgrid(jnp.arange(first, last) + 0.5, jnp.arange(frame.width) + 0.5, indexing="ij")
    return x.reshape(-1), y.reshape(-1)


@partial(jax.jit, static_argnums=(0, 1))
def _see(frame: Frame, fan: Fan, state: OceanState, view: View, distance, look) -> dict:
    """What each pixel (P,) of the sea's rows meets: geometry and the moments of `sea_view`."""
    ray, cosine = camera_rays(view, *_pixels(frame, frame.sea, frame.height))
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
        "ray": ray, "cover": cover, "wet": jnp.where(cover > 0.02, 1.0, 0.0),
        "slope": jnp.stack([sx, sz]) + finer, "variance": variance + left, "foam": foam,
        "crest": crest, "reach": reach,
        "point": point, "depth": reach / flat * cosine, "footprint": footprint,
        "place": place,
    }  # fmt: skip


@partial(jax.jit, static_argnums=0)
def _show(frame: Frame, seen: dict, times, views, look, light, table) -> Guide:
    """The guide of what is seen: light, and where the particles are in the frames before and after."""
    lit = _light(frame.cloudy, look, light, seen, table)
    air = sky(light, look if frame.cloudy else None, camera_rays(views[0], *_pixels(frame, 0, frame.sky))[0],
              1 / views[0].focal)  # fmt: skip
    full = frame.width * frame.height
    behind = jnp.pad(air, ((0, 0), (0, full - air.shape[1])))
    whole = {k: _below_sky(v, full) for k, v in seen.items() if k not in ("place", "ray")}
    cover, wet = whole["cover"], whole["wet"]
    planes = {
        k: _below_sky(v, full) * cover + behind * (1 - cover)
        if k in ("prior", "rgb", "base")
        else _below_sky(v * seen["wet"], full)
        for k, v in lit.items()
    }
    x, y = _pixels(frame, 0, frame.height)
    ray, _ = camera_rays(views[0], x, y)
    moved = [
        _track(v, whole["point"] + _below_sky(d, full), wet, ray)
        for v, d in zip(views[1:], _strides(frame, seen, times, look["tiles"]), strict=True)
    ]
    return _guide(frame, planes, {**whole, "x": x, "y": y}, moved, views[0])


def _below_sky(a: Array, full: int) -> Array:
    """Rows of the sea (..., P) with zeros for the rows above them (..., full)."""
    return jnp.pad(a, [(0, 0)] * (a.ndim - 1) + [(full - a.shape[-1], 0)])


def _strides(frame: Frame, seen: dict, times, tiles) -> list[Array]:
    """How far (3, P) particles go to the frames before and after, one for each two by two pixels: what
    differs between neighbours is less than a hundredth of a pixel.
    """
    h, w = frame.height - frame.sea, frame.width

    def half(a):
        return a.reshape(*a.shape[:-1], h, w)[..., ::2, ::2].reshape(*a.shape[:-1], -1)

    def whole(a):
        small = a.reshape(3, -(-h // 2), -(-w // 2))
        return jnp.repeat(jnp.repeat(small, 2, axis=1), 2, axis=2)[:, :h, :w].reshape(3, -1)

    place, pixel = tuple(half(p) for p in seen["place"]), half(seen["footprint"])
    now, *others = (_displacement(t, tiles, place, pixel) for t in times)
    return [whole(there - now) for there in others]


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


def _light(cloudy: bool, look: dict, light: li.LightArrays, seen: dict, table: Array) -> dict:
    """Linear planes (C, P) of water pixels."""
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


def _guide(frame: Frame, planes: dict, seen: dict, moved, view: View) -> Guide:
    h, w = frame.height, frame.width

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
