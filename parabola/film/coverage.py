"""Which object covers how much of each pixel: what mattes with soft edges are made of.

Where the picture has an outline, SIDE x SIDE rays a pixel are cast at the scene's spheres, boxes and ground
(a box filter, as Cryptomatte asks for); elsewhere a pixel is all one thing. Meshes, water and gas are not
cast at: scenes with them get one object a pixel, its centre's.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from physics import raycast as rc
from physics.arrays import geometry_of, view_of
from physics.guide import camera_rays
from physics.rigid import Rollout
from physics.scene import Scene

SIDE = 4  # rays along each edge of a pixel
CHUNK = 16384  # pixels cast at once
_ELSE = ("ocean", "gas", "particles", "linkage", "blocks", "sheets", "ropes", "rods", "pool", "liquid")


def names_of(scene: Scene, idents: np.ndarray | None = None) -> dict[int, str]:
    """Object id -> a name of its own: the scene's, numbered where it is not alone (ball, ball.001)."""
    things = [*scene.bodies, *scene.boxes]
    names = {rc.GROUND: "water" if scene.ocean or scene.pool else "ground"}
    for k, thing in enumerate(things):
        names[rc.FIRST + k] = _fresh(thing.name, set(names.values()))
    for ident in np.unique(idents) if idents is not None else ():
        if ident > rc.SKY and int(ident) not in names:
            names[int(ident)] = _fresh("object", set(names.values()))
    return names


def _fresh(name: str, taken: set[str]) -> str:
    number, free = 0, name
    while free in taken:
        number += 1
        free = f"{name}.{number:03d}"
    return free


def coverage(scene: Scene, rollout: Rollout, k: int, ident: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ids (R, H, W) and the shares of the pixel that they cover, the largest first; `ident` is
    the guide's.
    """
    ids, shares = ident[None].astype(np.int32), np.ones((1, *ident.shape), np.float32)
    y, x = np.nonzero(_outlines(ident))
    if not len(y) or any(getattr(scene, name) for name in _ELSE):
        return ids, shares
    seen = _cast(scene, rollout, k, x, y)
    kinds = np.unique(seen)
    counts = np.stack([(seen == kind).sum(-1) for kind in kinds])
    order = np.argsort(-counts, axis=0, kind="stable")[:6]
    ids = np.concatenate([ids, np.zeros((len(order) - 1, *ident.shape), np.int32)])
    shares = np.concatenate([shares, np.zeros((len(order) - 1, *ident.shape), np.float32)])
    ids[:, y, x] = kinds[order]
    shares[:, y, x] = np.take_along_axis(counts, order, 0) / seen.shape[-1]
    return ids, shares


def _outlines(ident: np.ndarray) -> np.ndarray:
    """Pixels whose neighbours, diagonal ones too, show something else."""
    padded = np.pad(ident, 1, mode="edge")
    h, w = ident.shape
    around = [padded[i : i + h, j : j + w] != ident for i in range(3) for j in range(3)]
    return np.logical_or.reduce(around)


def _cast(scene: Scene, rollout: Rollout, k: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Ids (P, SIDE**2) of what the rays of pixels meet."""
    step = (np.arange(SIDE) + 0.5) / SIDE
    dy, dx = (d.reshape(-1) for d in np.meshgrid(step, step, indexing="ij"))
    geometry, view = geometry_of(scene, rollout, k), view_of(scene, k)
    out = []
    for i in range(0, len(x), CHUNK):
        xs, ys = (np.pad(v[i : i + CHUNK], (0, max(0, i + CHUNK - len(x)))) for v in (x, y))
        met = _met(
            geometry, view, (xs[:, None] + dx).astype(np.float32), (ys[:, None] + dy).astype(np.float32)
        )
        out.append(np.asarray(met))
    return np.concatenate(out)[: len(x)]


@partial(jax.jit)
def _met(geometry, view, x, y):
    ray, _ = camera_rays(view, x.reshape(-1), y.reshape(-1))
    eye = jnp.broadcast_to(view.position[:, None], ray.shape)
    return rc.nearest(geometry, eye, ray)[1].reshape(x.shape)
