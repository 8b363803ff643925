"""Motion blur: the light that falls on a frame while the shutter is open, from exact states within it.

Times are spread evenly over the exposure, centred on the frame's time as in Blender and Nuke; the bodies'
states at them are the simulation's own, so that a bounce inside the exposure turns at the floor. At each time
a ray is cast per pixel, from another place in the pixel, and what it meets is looked up in the finished
frame: on a ball, the point with the same offset from the centre, with the pattern turned by the spin;
elsewhere, the same point of the world, in the light of that time (shadows move too). What the ball hides at
the frame's time is rendered once without it. The mean is taken in scene-linear light, as in an accumulation
buffer (Haeberli & Akeley 1990). Pixels in which nothing changes are left alone.

Limits: balls; highlights brighter than the screen shows are blurred as if they were as bright as that; mirror
images do not blur on their own; a ball hidden behind another has its mean colour where it comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from scipy import ndimage

from physics import light as li
from physics import raycast as rc
from physics.arrays import Layout, View, geometry_of, layout_of, light_of, materials_of, view_of
from physics.colour import display, quantise, srgb_to_linear
from physics.guide import Guide, base_of, camera_rays, shade
from physics.scene import Scene

if TYPE_CHECKING:
    from physics.rigid import Rollout

FINE = 16  # states per frame that are kept
TIMES = (8, 16)  # rays per pixel over the exposure
SPACING = 3.0  # px between two of them, at most while there are enough
SAMPLES = 2048  # pixels around the balls that tell what the painter did
CHUNK = 4096  # pixels at a time
COARSE = 4  # px, grid on which changes are looked for
DIM = 0.985  # sRGB beyond which light is not told apart
CHANGE = 0.01  # of the light on a surface, from which it is redone
STILL = 0.1  # px of motion in the exposure that is not seen
RIM, GROW = 1.5, 2  # px within and around a ball's outline whose pixels are not its or the background's own


@dataclass(frozen=True)
class Shutter:
    """The scene's states between frames."""

    scene: Scene
    states: Rollout  # FINE per frame

    def times(self, k: int, count: int) -> np.ndarray:
        """Times (count,) in frames within the exposure of frame `k` that the clip has states for."""
        half = self.scene.camera.shutter_deg / 720
        last = (len(self.states.position) - 1) / FINE
        low, high = max(k - half, 0.0), min(k + half, last)
        return low + (np.arange(count) + 0.5) / count * (high - low)

    def geometry(self, t: float) -> rc.Geometry:
        """Shapes at time `t` in frames."""
        i = min(int(t * FINE), len(self.states.position) - 2)
        share = t * FINE - i
        place = (1 - share) * self.states.position[i] + share * self.states.position[i + 1]
        one, two = self.states.orientation[i], self.states.orientation[i + 1]
        turn = (1 - share) * one + share * two * np.sign((one * two).sum(-1, keepdims=True))
        turn /= np.linalg.norm(turn, axis=-1, keepdims=True)
        state = replace(self.states, position=place[None], orientation=turn[None])
        return geometry_of(self.scene, state, 0)


def open_shutter(scene: Scene) -> Shutter:
    """The shutter of a scene; one more simulation, at FINE times the rate."""
    from physics.worlds import motion

    fine = replace(scene, fps=scene.fps * FINE, num_frames=(scene.num_frames - 1) * FINE + FINE // 2 + 2)
    return Shutter(scene, motion(fine))


def blur(shutter: Shutter, k: int, frame: np.ndarray, guide: Guide) -> np.ndarray:
    """Frame `k`, uint8 (H, W, 3) sRGB, seen through the shutter; the very same array where all is still."""
    scene = shutter.scene
    layout, mat, light = layout_of(scene), materials_of(scene), light_of(scene)
    now = shutter.geometry(float(k)), view_of(scene, k)
    moment = _moments(shutter, shutter.times(k, TIMES[-1])[[0, -1]])
    shift = _shifts(scene, moment, now)
    if not max(shift) > STILL:
        return frame
    count = next((n for n in TIMES if max(shift) <= n * SPACING), TIMES[-1])
    moment = _moments(shutter, shutter.times(k, count))
    seen, lit = _changed(layout, moment, now, mat, light, shift)
    out = frame / np.float32(255)
    sources = _sources(layout, now, mat, light, out, guide, shift)
    for work, (y, x) in ((_expose, seen), (_relight, lit)):
        for px, py, size in _chunks(x, y):
            change = np.asarray(work(layout, *moment, *now, mat, light, sources, px, py))[:size]
            out[py[:size], px[:size]] += change
    return quantise(np.clip(out, 0, 1))


def _moments(shutter: Shutter, times: np.ndarray) -> tuple[rc.Geometry, View]:
    """Shapes and cameras, stacked, at `times` in frames."""
    shapes = [shutter.geometry(t) for t in times]
    views = [view_of(shutter.scene, t) for t in times]
    return tuple(jax.tree.map(lambda *a: np.stack(a), *items) for items in (shapes, views))  # type: ignore


def _shifts(scene: Scene, moment: tuple[rc.Geometry, View], now: tuple[rc.Geometry, View]) -> np.ndarray:
    """How far the picture of the background (first) and of each ball moves in the exposure, px (1 + n,)."""
    shapes, views = moment
    away = now[1].position + 4.0 * now[1].basis[2]
    points = [np.concatenate([[away], c]) for c in shapes.centre]
    seen = [_pixels(points[i], jax.tree.map(lambda a, i=i: a[i], views)) for i in (0, -1)]
    shift = np.linalg.norm(seen[1][:, :2] - seen[0][:, :2], axis=1)
    turn = np.linalg.norm(shapes.rotation[-1] - shapes.rotation[0], axis=(1, 2)) / 1.5
    patterned = np.array([b.surface.pattern != "plain" for b in scene.bodies])
    spin = turn * patterned * shapes.radius[0] * now[1].focal / np.maximum(seen[0][1:, 2], 0.1)
    return np.concatenate([shift[:1], np.maximum(shift[1:], spin)])


def _pixels(points: np.ndarray, view: View) -> np.ndarray:
    """Pixels and depth (n, 3) of world points (n, 3)."""
    local = (points - view.position) @ np.asarray(view.basis).T
    depth = np.maximum(local[:, 2], 1e-3)
    scale = view.focal / depth
    return np.stack(
        [view.principal[0] + scale * local[:, 0], view.principal[1] - scale * local[:, 1], depth], 1
    )


def _chunks(x: np.ndarray, y: np.ndarray):
    """Pieces of CHUNK pixels, the last one filled up, and how many of each count."""
    for start in range(0, len(x), CHUNK):
        one, two = x[start : start + CHUNK], y[start : start + CHUNK]
        fill = (0, CHUNK - len(one))
        yield np.pad(one, fill), np.pad(two, fill), len(one)


def _changed(layout: Layout, moment, now, mat, light, shift: np.ndarray):
    """Rows and columns of the pixels in which balls come by, and of those whose light alone changes."""
    h, w = layout.height, layout.width
    if shift[0] > STILL:
        return tuple(a.ravel() for a in np.mgrid[:h, :w]), (np.zeros(0, int),) * 2
    rows, cols = np.arange(COARSE // 2, h, COARSE), np.arange(COARSE // 2, w, COARSE)
    y, x = (a.ravel().astype(np.float32) for a in np.meshgrid(rows, cols, indexing="ij"))
    moving = np.concatenate([[False] * rc.FIRST, shift[1:] > STILL, [False] * 64])
    masks = np.asarray(_differs(moment[0], *now, mat, light, moving, x, y)).reshape(2, len(rows), len(cols))
    masks = ndimage.binary_dilation(masks, np.ones((1, 3, 3), bool))
    fine = np.repeat(np.repeat(masks, COARSE, 1), COARSE, 2)
    seen, lit = np.pad(fine, ((0, 0), (0, COARSE), (0, COARSE)), mode="edge")[:, :h, :w]
    return np.nonzero(seen), np.nonzero(lit & ~seen)


@jax.jit
def _differs(shapes: rc.Geometry, geo: rc.Geometry, view: View, mat, light, moving, x, y) -> Array:
    """Whether a moving ball, and whether another light, comes by (2, P) while the camera stands still."""
    ray, _ = camera_rays(view, x, y)
    eye = jnp.broadcast_to(view.position[:, None], ray.shape)

    def met(shape):
        return jnp.take(moving, rc.nearest(shape, eye, ray)[1])

    t, ident = rc.nearest(geo, eye, ray)
    point = eye + jnp.minimum(t, 1e4) * ray
    normal, _ = rc.normal_at(geo, ident, point)
    ends = jax.tree.map(lambda a: a[jnp.array([0, -1])], shapes)
    light_at = _light(mat, light, point, normal, ident)
    here = light_at(geo)
    change = jnp.max(jnp.abs(lax.map(light_at, ends) - here) / here, axis=(0, 1)) > CHANGE
    return jnp.stack([jnp.any(lax.map(met, shapes), axis=0), change & (ident != rc.SKY)])


def _light(mat, light, point, normal, ident):
    """Irradiance / pi (3, P) on surfaces that do not move, as a function of where the balls are."""
    sun = li.col(light.irradiance) / jnp.pi * li.sun_cosine(light, normal)
    ambient = li.sky_ambient(light, normal)

    def at(geo: rc.Geometry) -> Array:
        visible = rc.cone_visibility(geo, point, li.col(light.direction), light.angle, ident)
        left, bleed = li.near_spheres(geo, mat, light, point, normal, ident)
        return sun * visible + ambient * left + bleed + 1e-4

    return at


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class _Sources:
    """What is looked up, scene-linear."""

    front: Array  # (H, W, 3) the frame
    behind: Array  # (H, W, 3) the same without the balls that move
    base: Array  # (H, W, 3) base colours
    ident: Array  # (H, W) whose pixel it is, away from edges; else 0
    mean: Array  # (n, 3) of each ball
    centre: Array  # (n, 2) px
    radius: Array  # (n,) px


def _sources(layout: Layout, now, mat, light, picture: np.ndarray, guide: Guide, shift) -> _Sources:
    geo, view = now
    front, ident = np.array(scene_light(picture)), np.asarray(guide.ident)
    moving = rc.FIRST + np.flatnonzero(shift[1:] > STILL)
    near = ndimage.maximum_filter(np.where(np.isin(ident, moving), ident, 0), size=2 * GROW + 1)
    behind = front.copy()
    gain = _painted(front, guide.prior, ident, near)
    for px, py, size in _chunks(*np.nonzero(near)[::-1]):
        seen = np.asarray(_without(layout, geo, view, mat, light, px, py, near[py, px]))
        behind[py[:size], px[:size]] = seen[:size] * gain
    balls = rc.FIRST + np.arange(layout.spheres)
    mean = [front[ident == i].mean(0) if (ident == i).any() else np.zeros(3, np.float32) for i in balls]
    seen = _pixels(geo.centre, view)
    size = geo.radius * view.focal / seen[:, 2]
    base = srgb_to_linear(jnp.asarray(guide.base))
    parts = (front, behind, base, ident, np.float32(mean).reshape(-1, 3), seen[:, :2], size)
    return _Sources(*map(jnp.asarray, parts))


def _painted(front: np.ndarray, prior: Array, ident: np.ndarray, near: np.ndarray) -> np.ndarray:
    """What the painter has made of the light around the balls, a factor (3,): it would have behind them."""
    ring = (ndimage.maximum_filter(near, size=9) > 0) & (near == 0) & (ident < rc.FIRST)
    y, x = np.nonzero(ring)
    if not len(x):
        return np.ones(3, np.float32)
    some = np.linspace(0, len(x) - 1, SAMPLES).astype(int)
    told = np.asarray(scene_light(np.asarray(prior)[y[some], x[some]])).mean(0)
    return np.clip(front[y[some], x[some]].mean(0) / np.maximum(told, 1e-3), 0.7, 1.4)


@jax.jit
def scene_light(picture: Array) -> Array:
    """Scene-linear light of an sRGB picture, no brighter than DIM."""
    from physics.worlds.smoke_guide import undisplay

    return undisplay(jnp.minimum(picture, DIM))


@partial(jax.jit, static_argnums=0)
def _without(layout: Layout, geo, view, mat, light, px, py, skip) -> Array:
    """Predicted radiance (P, 3) of pixels if the balls `skip` (P,) could not be seen."""
    return shade(layout, geo, view, mat, light, px + 0.5, py + 0.5, skip)[0]["prior"].T


def _backdrop(geo: rc.Geometry, view: View, mat, light, px, py):
    """The light on what stands still in pixels (P,), as a function of where the balls are."""
    ray, _ = camera_rays(view, px + 0.5, py + 0.5)
    eye = jnp.broadcast_to(view.position[:, None], ray.shape)
    bare = replace(geo, radius=0 * geo.radius)
    t, ident = rc.nearest(bare, eye, ray)
    point = eye + jnp.minimum(t, 1e4) * ray
    return _light(mat, light, point, rc.normal_at(bare, ident, point)[0], ident)


@partial(jax.jit, static_argnums=0)
def _relight(layout: Layout, shapes, views, geo, view, mat, light, src: _Sources, px, py) -> Array:
    """What the exposure changes (P, 3), sRGB, in pixels in which only the light does."""
    light_at = _backdrop(geo, view, mat, light, px, py)
    some = jax.tree.map(lambda a: a[::2] + (a[1::2] - a[::2]) / 2, shapes)
    mean = lax.scan(lambda total, shape: (total + light_at(shape), None), jnp.zeros((3, *px.shape)), some)[0]
    now = src.front[py, px]
    return display(now * (mean / (some.centre.shape[0] * light_at(geo))).T) - display(now)


@partial(jax.jit, static_argnums=0)
def _expose(layout: Layout, shapes, views, geo, view, mat, light, src: _Sources, px, py) -> Array:
    """What the exposure changes in pixels (P, 3), sRGB."""
    count = shapes.centre.shape[0]
    place = jnp.arange(count)
    jitter = jnp.stack([place * 0.7548777 % 1 - 0.5, place * 0.5698403 % 1 - 0.5], 1)  # Roberts's R2 sequence
    light_at = _backdrop(geo, view, mat, light, px, py)
    before = light_at(geo)

    def ray(total, item):
        shape, eye, offset = item
        seen = _see(layout, shape, eye, geo, view, mat, light, src, px, py, offset, light_at(shape) / before)
        return total + seen, None

    total, _ = lax.scan(ray, jnp.zeros((3, *px.shape)), (shapes, views, jitter))
    return display(total.T / count) - display(src.front[py, px])


def _see(
    layout: Layout, shape, camera: View, geo, view: View, mat, light, src: _Sources, px, py, offset, relit
):
    """Radiance (3, P) at one time of the exposure: `shape` and `camera` then, `geo` and `view` now.

    `relit` (3, P) is the light on what stands still, then over now.
    """
    x, y = px + 0.5 + offset[0], py + 0.5 + offset[1]
    ray, _ = camera_rays(camera, x, y)
    eye = jnp.broadcast_to(camera.position[:, None], ray.shape)
    t, ident = rc.nearest(shape, eye, ray)
    point = eye + jnp.minimum(t, 1e4) * ray
    ball = (ident >= rc.FIRST) & (ident < rc.FIRST + layout.spheres)
    number = jnp.clip(ident - rc.FIRST, 0, max(layout.spheres - 1, 0))
    moved = jnp.where(ball, point + jnp.take(geo.centre - shape.centre, number, axis=0).T, point)
    at = _project(view, moved) - offset[:, None]
    still = _look_up(src.behind, at) * relit
    own = _look_up(src.front, _drawn_in(src, number, at))
    own = jnp.where(_owned(src, number, at, ident), own, jnp.take(src.mean, number, axis=0).T)
    if any(kind != "plain" for kind in layout.patterns[1 : 1 + layout.spheres]):
        now = _look_up(src.base, _drawn_in(src, number, at))
        own = jnp.maximum(
            own + _turned(layout, shape, mat, light, ident, point, now, ray, t / camera.focal), 0
        )
    return jnp.where(ball, own, still)


def _turned(layout: Layout, shape, mat, light, ident, point, now, ray, size) -> Array:
    """What a ball's spin changes in its radiance (3, P), its base colour being `now` in the frame.

    `size` (P,) is that of a pixel, m.
    """
    balls = ("plain", *layout.patterns[1 : 1 + layout.spheres])
    plain = replace(layout, patterns=balls + ("plain",) * (len(layout.patterns) - len(balls)))
    normal, local = rc.normal_at(shape, ident, point)
    spread = size / jnp.maximum(-rc.dot(ray, normal), 0.08) ** 0.5
    then = base_of(plain, shape, mat, ident, local, spread)
    row = jnp.maximum(ident - 1, 0)
    matte = (1 - jnp.take(mat.metallic, row)) * (1 - jnp.take(mat.transmission, row))
    return (then - now) * matte * li.direct(light, normal, jnp.ones(()), 0.8)


def _project(view: View, point: Array) -> Array:
    """Pixels (2, P) of world points (3, P)."""
    local = rc.rotate(view.basis, point - view.position[:, None])
    scale = view.focal / jnp.maximum(local[2], 1e-3)
    return jnp.stack([view.principal[0] + scale * local[0], view.principal[1] - scale * local[1]])


def _drawn_in(src: _Sources, number: Array, at: Array) -> Array:
    """Places (2, P) on balls, those at the rim drawn in by RIM, so that no edge pixel is read."""
    centre, size = jnp.take(src.centre, number, axis=0).T, jnp.take(src.radius, number)
    arm = at - centre
    reach = jnp.maximum(size - RIM, 0.5 * size) * lax.rsqrt(jnp.sum(arm * arm, axis=0) + 1e-6)
    return centre + arm * jnp.minimum(reach, 1.0)


def _owned(src: _Sources, number: Array, at: Array, ident: Array) -> Array:
    """Whether the frame shows this ball there (P,)."""
    h, w = src.ident.shape
    u, v = jnp.floor(_drawn_in(src, number, at)).astype(jnp.int32)
    inside = (u >= 0) & (u < w) & (v >= 0) & (v < h)
    return inside & (src.ident[jnp.clip(v, 0, h - 1), jnp.clip(u, 0, w - 1)] == ident)


def _look_up(picture: Array, at: Array) -> Array:
    """Bilinear (3, P) of a picture (H, W, 3) at pixel positions (2, P), edges held."""
    h, w = picture.shape[:2]
    u, v = jnp.clip(at[0] - 0.5, 0, w - 1.0), jnp.clip(at[1] - 0.5, 0, h - 1.0)
    i, j = jnp.minimum(v.astype(jnp.int32), h - 2), jnp.minimum(u.astype(jnp.int32), w - 2)
    a, b = u - j, v - i
    flat = picture.reshape(-1, 3)
    corner = [jnp.take(flat, (i + di) * w + j + dj, axis=0).T for di in (0, 1) for dj in (0, 1)]
    return (corner[0] * (1 - a) + corner[1] * a) * (1 - b) + (corner[2] * (1 - a) + corner[3] * a) * b
