"""Large pictures in bands of rows, so that what a program holds besides the picture does not grow with it.

A band is computed with `halo` rows more on either side and these are thrown away. All bands have one height,
so a program is compiled once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

GRID = 8  # px: of the network's coarse level; pictures are padded to a multiple of it, bands start at one


def bands(height: int, rows: int, halo: int) -> Iterator[tuple[int, int, slice, slice]]:
    """(first row, end, kept rows of the band, their place in the picture) of bands of about `rows` rows.

    All are equally high: the last one lies on the picture's own last row, `height` modulo GRID included.
    """
    tall = min(height, -(-max(rows, 2 * halo + GRID) // GRID) * GRID + height % GRID)
    done = 0
    while done < height:
        start = max(0, min((done - halo) // GRID * GRID, height - tall))
        end = start + tall
        last = height if end == height else end - halo
        yield start, end, slice(done - start, last - start), slice(done, last)
        done = last


def in_bands(height: int, rows: int, halo: int, make: Callable[[int, int], Any]) -> Any:
    """`make(first row, end)` gives a tree of arrays (rows, ...); the whole picture's tree, as JAX arrays."""
    whole: list[np.ndarray] = []
    tree = None
    for start, end, kept, place in bands(height, rows, halo):
        leaves, tree = jax.tree.flatten(make(start, end))
        if not whole:
            whole = [np.empty((height, *leaf.shape[1:]), leaf.dtype) for leaf in leaves]
        for out, leaf in zip(whole, leaves, strict=True):
            out[place] = np.asarray(leaf)[kept]
    return jax.tree.unflatten(tree, [jax.numpy.asarray(a) for a in whole])
