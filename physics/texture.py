"""Pictures on balls: a logo that is printed on the front and on the back of a sphere and turns with it.

The picture lies on the unit sphere by parallel projection along the ball's own z axis: seen from there it
is as it was drawn. It is held as premultiplied linear light in levels of half the size each (box filter;
Williams 1983), and looked up bilinearly in the two levels that are nearest to the pixel's footprint.
"""

from __future__ import annotations

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from PIL import Image

SIDE, LEAST = 512, 8  # px of the finest and the coarsest level


@lru_cache(maxsize=16)
def levels(path: str) -> tuple[np.ndarray, ...]:
    """Premultiplied linear RGBA (n, n, 4), float32, finest first; the picture is centred in a square."""
    with Image.open(path) as image:
        rgba = image.convert("RGBA")
    rgba.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    square = np.zeros((SIDE, SIDE, 4), np.float32)
    h, w = rgba.height, rgba.width
    scale = SIDE / max(h, w)
    if scale > 1:
        rgba = rgba.resize((round(w * scale), round(h * scale)), Image.Resampling.BICUBIC)
        h, w = rgba.height, rgba.width
    picture = np.asarray(rgba, np.float32) / 255
    colour = picture[..., :3]
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    y, x = (SIDE - h) // 2, (SIDE - w) // 2
    square[y : y + h, x : x + w] = np.concatenate([linear * picture[..., 3:], picture[..., 3:]], -1)
    made = [square]
    while len(made[-1]) > LEAST:
        n = len(made[-1]) // 2
        made.append(made[-1].reshape(n, 2, n, 2, 4).mean((1, 3)))
    return tuple(made)


def printed(base: Array, local: Array, footprint: Array, pyramid: tuple[Array, ...], width: Array) -> Array:
    """`base` (P, 3) linear with the picture over it.

    local (3, P): unit direction in the ball's frame; footprint (P,): a pixel's size there, radians; width: of
    the picture, radii.
    """
    side = jnp.sign(local[2]) + (local[2] == 0)
    u, v = 0.5 + side * local[0] / width, 0.5 - local[1] / width
    level = jnp.clip(jnp.log2(jnp.maximum(footprint / width * pyramid[0].shape[0], 1.0)), 0, len(pyramid) - 1)
    inside = (jnp.abs(u - 0.5) < 0.5) & (jnp.abs(v - 0.5) < 0.5)
    out = 0.0
    for k, picture in enumerate(pyramid):
        share = jnp.maximum(1.0 - jnp.abs(level - k), 0.0)
        out = out + share[:, None] * _bilinear(picture, u, v)
    out = out * inside[:, None]
    return base * (1 - out[:, 3:]) + out[:, :3]


def _bilinear(picture: Array, u: Array, v: Array) -> Array:
    n = picture.shape[0]
    at = jnp.stack([v, u]) * n - 0.5
    return jnp.stack([
        jax.scipy.ndimage.map_coordinates(picture[..., c], at, order=1, mode="nearest") for c in range(4)
    ], -1)  # fmt: skip
