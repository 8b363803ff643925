"""Advection of fields that are nothing almost everywhere: only the cells that gas can reach are looked at.

The same MacCormack scheme as `fluid.advect` (Selle, Fedkiw, Kim, Liu & Rossignac 2008, eqs. 3-6), on a list
of coarse cells: those where there is some of it nearby, or where there was some at the foot of the cell's
trace. The list is gone through a chunk at a time by a loop whose length is known only when it runs, so the
cost follows the gas, not the box. Elsewhere the result is zero, which is also what flows in.

Fields are rows (M, F) on `refine` times finer cells, traces (d, *cells) in coarse cells, as in `fluid`.

Limits: what is below `NOTHING` in all fields is lost at the rim of the gas.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array, lax

from physics.worlds.fluid_grid import Domain, centres, corner_values, stencil

NOTHING = 1e-6
SPREAD = 5  # coarse cells, window in which gas counts as nearby
CHUNK = 1024  # coarse cells at a time


def reachable(domain: Domain, rows: Array, back: Array, refine: int) -> Array:
    """Which coarse cells (N,) gas may be in after a step with traces `back`."""
    shape = [k for n in domain.cells for k in (n, refine)]
    some = (jnp.max(jnp.abs(rows), -1) > NOTHING).reshape(shape).any(tuple(range(1, len(shape), 2)))
    ones = (1,) * len(domain.cells)
    wide = lax.reduce_window(some.astype(jnp.float32), 0.0, lax.max, (SPREAD,) * len(ones), ones, "SAME")
    foot = centres(domain) - 0.5 + back.reshape(len(ones), -1)
    at = jnp.zeros(foot.shape[1], jnp.int32)
    for x, n in zip(foot, domain.cells, strict=True):
        at = at * n + jnp.clip(jnp.round(x), 0, n - 1).astype(jnp.int32)
    flat = wide.reshape(-1)
    return (flat > 0) | (flat.at[at].get(mode="promise_in_bounds") > 0)


def advect_sparse(domain: Domain, rows: Array, back: Array, ahead: Array, refine: int) -> Array:
    """Rows (M, F) moved along traces; nothing flows in through open sides."""
    count = back[0].size
    cells = reachable(domain, rows, back, refine)
    index = jnp.nonzero(cells, size=-(-count // CHUNK) * CHUNK, fill_value=count)[0]
    chunks = (jnp.sum(cells) + CHUNK - 1) // CHUNK
    fine = tuple(n * refine for n in domain.cells)
    table = jnp.concatenate([back, ahead]).reshape(2 * len(fine), -1).T

    def each(body, out):
        def step(i, out):
            mine = lax.dynamic_slice(index, (i * CHUNK,), (CHUNK,))
            place, row = _fine_cells(domain, jnp.minimum(mine, count - 1), refine)
            row = jnp.where(jnp.repeat(mine, refine ** len(fine)) < count, row, len(rows))
            return out.at[row].set(body(place, row), mode="drop")

        return lax.fori_loop(0, chunks, step, out)

    def traced(place, way):
        shift = _sampled(
            table[:, way * len(fine) : (way + 1) * len(fine)], domain.cells, place / refine - 0.5
        )
        return place - 0.5 + refine * shift.T

    def moved(place, row):
        return _sampled(rows, fine, traced(place, 0))

    def corrected(place, row):
        foot = traced(place, 0)
        own = rows.at[jnp.minimum(row, len(rows) - 1)].get(mode="promise_in_bounds")
        first = once.at[jnp.minimum(row, len(rows) - 1)].get(mode="promise_in_bounds")
        returned = _sampled(once, fine, traced(place, 1))
        low, high = (_sampled(rows, fine, foot, how) for how in ("least", "most"))
        inside = jnp.ones(foot.shape[1], bool)
        for x, n, side in zip(foot, fine, domain.sides, strict=True):
            inside &= ((x >= -0.5) | (side != "open")) & ((x <= n - 0.5) | (side not in ("open", "floor")))
        return jnp.clip(first + 0.5 * (own - returned), low, high) * inside[:, None]

    once = each(moved, jnp.zeros_like(rows))
    return each(corrected, jnp.zeros_like(rows))


def _sampled(flat: Array, shape: tuple[int, ...], index: Array, how: str = "mean") -> Array:
    return corner_values(flat, stencil(shape, list(index), (False,) * len(shape)), how)


def _fine_cells(domain: Domain, cell: Array, refine: int) -> tuple[Array, Array]:
    """Centres (d, P) in fine cells and flat rows (P,) of the fine cells in coarse `cell` (C,)."""
    d = len(domain.cells)
    sub = jnp.stack(jnp.meshgrid(*[jnp.arange(refine)] * d, indexing="ij")).reshape(d, -1)
    left, where = cell, []
    for n in reversed(domain.cells):
        where.insert(0, left % n)
        left = left // n
    at = [(w[:, None] * refine + sub[a][None]).reshape(-1) for a, w in enumerate(where)]
    row = jnp.zeros_like(at[0])
    for x, n in zip(at, domain.cells, strict=True):
        row = row * (n * refine) + x
    return jnp.stack(at).astype(jnp.float32) + 0.5, row
