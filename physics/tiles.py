"""Pictures a tile at a time: what a tile works on stays in the cache, and what it has not got is left out.

A program that runs over all pixels at once writes every intermediate to memory and computes for each pixel
what only some need. In tiles of a few thousand pixels the same program is faster, and a branch skips what no
pixel of the tile needs. Values do not change: pixels do not know of each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.core import Tracer

TILE = (64, 128)  # px


def in_tiles(make: Callable[[Array, Array], Any], x: Array, y: Array, width: int) -> Any:
    """`make(x, y)`, a tree of arrays (..., P) that belong to pixels at `x`, `y` (P,), rows of `width`.

    To be compiled.
    """
    shape = (x.shape[0] // width, width)
    tile = tuple(min(n, most) for n, most in zip(shape, TILE, strict=True))
    count = [-(-n // t) for n, t in zip(shape, tile, strict=True)]
    places = x.reshape(shape), y.reshape(shape)
    shapes = jax.eval_shape(make, *(a[: tile[0], : tile[1]].reshape(-1) for a in places))
    whole = jax.tree.map(lambda s: jnp.zeros((*s.shape[:-1], *shape), s.dtype), shapes)

    def turn(i, whole):
        start = i // count[1] * tile[0], i % count[1] * tile[1]
        start = [  # the last tiles reach back
            jnp.minimum(s, n - t) for s, n, t in zip(start, shape, tile, strict=True)
        ]
        some = make(*(lax.dynamic_slice(a, start, tile).reshape(-1) for a in places))

        def put(w, s):
            return lax.dynamic_update_slice(w, s.reshape(*s.shape[:-1], *tile), [0] * (w.ndim - 2) + start)

        return jax.tree.map(put, whole, some)

    whole = lax.fori_loop(0, count[0] * count[1], turn, whole)
    return jax.tree.map(lambda w: w.reshape(*w.shape[:-2], -1), whole)


def where_any(mask: Array, make: Callable[[], Any], otherwise: Any) -> Any:
    """`make()` if any of `mask` holds, else `otherwise`, which `make()` equals where none does.

    Outside compiled code the branch would be compiled at every call; there `make()` always runs.
    """
    if not isinstance(mask, Tracer):
        return make()
    return lax.cond(jnp.any(mask), make, lambda: otherwise)
