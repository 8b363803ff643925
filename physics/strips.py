"""Pictures a strip at a time: what a strip works on stays in the cache, and what it has not got is left out.

A program that runs over all pixels at once writes every intermediate to memory and computes for each pixel
what only some need. In strips of a few thousand pixels the same program is faster, and a branch skips what no
pixel of the strip needs. Values do not change: pixels do not know of each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.core import Tracer

STRIP = 8192  # px


def in_strips(make: Callable[[Array, Array], Any], x: Array, y: Array) -> Any:
    """`make(x, y)`, a tree of arrays (..., P) that belong to pixels at `x`, `y` (P,). To be compiled."""
    total, strip = x.shape[0], min(STRIP, x.shape[0])
    shapes = jax.eval_shape(make, x[:strip], y[:strip])
    whole = jax.tree.map(lambda s: jnp.zeros((*s.shape[:-1], total), s.dtype), shapes)

    def turn(i, whole):
        start = jnp.minimum(i * strip, total - strip)  # the last strip reaches back
        some = make(*(lax.dynamic_slice(a, (start,), (strip,)) for a in (x, y)))
        return jax.tree.map(
            lambda w, s: lax.dynamic_update_slice_in_dim(w, s, start, w.ndim - 1), whole, some
        )

    return lax.fori_loop(0, -(-total // strip), turn, whole)


def where_any(mask: Array, make: Callable[[], Any], otherwise: Any) -> Any:
    """`make()` if any of `mask` holds, else `otherwise`, which `make()` equals where none does.

    Outside compiled code the branch would be compiled at every call; there `make()` always runs.
    """
    if not isinstance(mask, Tracer):
        return make()
    return lax.cond(jnp.any(mask), make, lambda: otherwise)
