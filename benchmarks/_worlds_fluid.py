"""Rows of `benchmarks.worlds` for gas: energy, viscosity, cavity, divergence, mass, a rising plume, speed."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from scipy.fft import dctn, idctn
from scipy.ndimage import map_coordinates

from benchmarks.report import case_row
from physics.worlds.fluid import advect, diffuse, divergence, flow, traces
from physics.worlds.fluid_grid import Domain, Velocity, faces, still, to_faces

# Ghia, Ghia & Shin (1982), J. Comput. Phys. 48:387-411, Tables I (u on x = 1/2) and II (v on y = 1/2)
GHIA_Y = (1, .9766, .9688, .9609, .9531, .8516, .7344, .6172, .5, .4531, .2813, .1719, .1016, .0703, .0625,
          .0547, 0)  # fmt: skip
GHIA_U = {
    100: (1, .84123, .78871, .73722, .68717, .23151, .00332, -.13641, -.20581, -.21090, -.15662, -.10150,
          -.06434, -.04775, -.04192, -.03717, 0),
    400: (1, .75837, .68439, .61756, .55892, .29093, .16256, .02135, -.11477, -.17119, -.32726, -.24299,
          -.14612, -.10338, -.09266, -.08186, 0),
}  # fmt: skip
GHIA_X = (1, .9688, .9609, .9531, .9453, .9063, .8594, .8047, .5, .2344, .2266, .1563, .0938, .0781, .0703,
          .0625, 0)  # fmt: skip
GHIA_V = {  # the value at x = 0.9063, Re 400, is a misprint of the table and left out
    100: (0, -.05906, -.07391, -.08864, -.10313, -.16914, -.22445, -.24533, .05454, .17527, .17507, .16077,
          .12317, .10890, .10091, .09233, 0),
    400: (0, -.12146, -.15663, -.19254, -.22847, np.nan, -.44993, -.38598, .05188, .30174, .30203, .28124,
          .22965, .20920, .19713, .18360, 0),
}  # fmt: skip


_row = partial(case_row, "gas")


def rows() -> list[dict[str, Any]]:
    """One row a case: method, case, published or analytic value, ours, tolerance, whether it holds."""
    out = [_taylor_green(), *(_viscous(nu) for nu in (0.01, 0.05))]
    out += [_cavity(re, seconds) for re, seconds in ((100, 20.0), (400, 40.0))]
    return [*out, _divergence(), _mass(), _plume()]


def taylor_green(domain: Domain) -> Velocity:
    """u = cos x sin y, v = -sin x cos y on a box of side 2 pi."""
    x, y = ([np.asarray(c) * domain.spacing for c in faces(domain, a)] for a in (0, 1))
    u = np.cos(x[0]) * np.sin(x[1]), -np.sin(y[0]) * np.cos(y[1])
    return tuple(jnp.asarray(c.reshape(domain.cells), jnp.float32) for c in u)


def energy(velocity: Velocity) -> float:
    """Sum of the components' mean squares."""
    return float(sum(np.mean(np.square(np.asarray(c, float))) for c in velocity))


def _run(domain: Domain, velocity: Velocity, dt: float, steps: int, viscosity=0.0, lid=0.0) -> Velocity:
    @jax.jit
    def run(velocity):
        def step(u, _):
            u = diffuse(domain, u, viscosity, dt, lid) if viscosity else u
            return flow(domain, u, dt), None

        return lax.scan(step, velocity, None, length=steps)[0]

    return run(velocity)


def _vortex(n: int = 64) -> Domain:
    return Domain((n, n), 2 * np.pi / n, ("periodic", "periodic"))


def _taylor_green() -> dict[str, Any]:
    domain = _vortex()
    steps = int(np.ceil(2.0 / domain.spacing))
    start = taylor_green(domain)
    kept = energy(_run(domain, start, 2.0 / steps, steps)) / energy(start)
    return _row("Taylor-Green 64^2, no viscosity: energy kept at T = 2, CFL 1", 1.0, kept, 0.001)


def _viscous(nu: float) -> dict[str, Any]:
    domain = _vortex()
    start, steps = taylor_green(domain), 100
    kept = energy(_run(domain, start, 2.0 / steps, steps, nu)) / energy(start)
    return _row(
        f"Taylor-Green 64^2, nu = {nu}: energy at T = 2, e^(-4 nu t)", float(np.exp(-8 * nu)), kept, 0.002
    )


def _cavity(reynolds: int, seconds: float, n: int = 64) -> dict[str, Any]:
    domain = Domain((n, n), 1 / n, ("walls", "walls"))
    dt = min(0.2 * domain.spacing**2 * reynolds, domain.spacing)
    u, v = (np.asarray(c) for c in _run(domain, still(domain), dt, int(seconds / dt), 1 / reynolds, 1.0))
    at = np.concatenate([[0], (np.arange(n) + 0.5) / n, [1]])
    du = np.interp(GHIA_Y, at, [0, *u[n // 2], 1]) - GHIA_U[reynolds]
    dv = np.interp(GHIA_X, at, [0, *v[:, n // 2], 0]) - GHIA_V[reynolds]
    worst = float(np.nanmax(np.abs(np.concatenate([du, dv]))))
    return _row(
        f"lid-driven cavity 64^2, Re {reynolds}: largest error to Ghia 1982",
        0.0,
        worst,
        0.02,
    )


def _stirred(n: int = 48) -> tuple[Domain, Velocity]:
    domain = Domain((n, n, n), 1 / n, ("open", "floor", "open"))
    rng = np.random.default_rng(1)
    return domain, tuple(jnp.asarray(rng.normal(size=domain.face_shape(a)), jnp.float32) for a in range(3))


def _divergence() -> dict[str, Any]:
    domain, velocity = _stirred()
    after = _run(domain, velocity, 0.01, 2)
    largest = float(max(jnp.abs(u).max() for u in after))
    worst = float(jnp.abs(divergence(domain, after)).max()) * domain.spacing / largest
    return _row("divergence of noise on 48^3, times cell over largest speed", 0.0, worst, 1e-5)


def _mass() -> dict[str, Any]:
    domain = _vortex()
    velocity = flow(domain, taylor_green(domain), 0.05)
    x, y = np.meshgrid(*[np.arange(64)] * 2, indexing="ij")
    blob = np.exp(-((x - 20) ** 2 + (y - 30) ** 2) / 40.0).reshape(-1, 1)
    back, ahead = traces(domain, velocity, 0.1)

    @jax.jit
    def run(rows):
        return lax.fori_loop(0, 40, lambda _, r: advect(domain, r, back, ahead), rows)

    ratio = float(run(jnp.asarray(blob, jnp.float32)).sum() / blob.sum())
    return _row("a puff through a vortex, 40 steps: mass kept (traces do not conserve)", 1.0, ratio, 0.05)


def plume_height(n: int = 64, seconds: float = 1.5) -> tuple[float, float]:
    """Height (m) of a 2-D thermal's centre of buoyancy after `seconds`, and its starting height."""
    domain = Domain((n, n), 2.0 / n, ("walls", "walls"))
    x, y = np.meshgrid(*[(np.arange(n) + 0.5) * domain.spacing] * 2, indexing="ij")
    heat = jnp.asarray(np.exp(-((x - 1.0) ** 2 + (y - 0.4) ** 2) / 0.02), jnp.float32)
    dt = 0.02

    @jax.jit
    def step(carry, _):
        velocity, rows = carry
        lift = 9.81 * 0.5 * to_faces(domain, rows.reshape(domain.cells), 1)
        velocity = flow(domain, (velocity[0], velocity[1] + dt * lift), dt)
        back, ahead = traces(domain, velocity, dt)
        return (velocity, advect(domain, rows, back, ahead)), None

    start = (still(domain), heat.reshape(-1, 1))
    (_, rows), _ = lax.scan(step, start, None, length=round(seconds / dt))
    rows = np.asarray(rows).reshape(domain.cells)
    return float((rows * y).sum() / rows.sum()), float((heat * y).sum() / heat.sum())


def _plume() -> dict[str, Any]:
    """Hot gas rises, and slower than it would fall freely: added mass and drag at least halve g'."""
    after, before = plume_height(seconds=0.5)
    free = 0.5 * 9.81 * 0.5 * 0.5**2
    ratio = (after - before) / free
    return _row("2-D thermal, 0.5 s: rise over g' t^2 / 2, added mass halves it", 0.35, ratio, 0.15)


def speed() -> dict[str, float]:
    """Processor seconds of a 128 x 128 step: ours, the same scheme in numpy and scipy, their ratio."""
    domain = Domain((128, 128), 1 / 128, ("walls", "walls"))
    rng = np.random.default_rng(0)
    start = tuple(jnp.asarray(rng.normal(size=domain.face_shape(a)), jnp.float32) for a in range(2))
    step = jax.jit(lambda u: flow(domain, u, 0.004))
    jax.block_until_ready(step(start))
    ours = _seconds(lambda: jax.block_until_ready(step(start)), 20)
    plain = tuple(np.asarray(u) for u in start)
    theirs = _seconds(lambda: _reference_step(plain, 0.004, 1 / 128), 3)
    return {"ours_s": ours, "numpy_s": theirs, "ratio": theirs / ours}


def _seconds(run: Callable[[], Any], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        run()
    return (time.process_time() - began) / times


def _reference_step(velocity, dt: float, spacing: float):
    """Advection-reflection with MacCormack traces between walls, by scipy's interpolation and DCT."""
    half = _reference_advect(velocity, velocity, 0.5 * dt / spacing)
    middle = _reference_project(half)
    mirrored = tuple(2 * m - h for m, h in zip(middle, half, strict=True))
    return _reference_project(_reference_advect(mirrored, middle, 0.5 * dt / spacing))


def _reference_advect(moved, by, cells: float):
    by = tuple(cells * u for u in by)
    out = []
    for a, u in enumerate(moved):
        index = np.stack(np.meshgrid(*[np.arange(n) for n in u.shape], indexing="ij")).astype(float)
        place = index + np.where(np.arange(2) == a, 0.0, 0.5)[:, None, None]

        def wind(at):
            return np.stack([_sample(c, at - np.where(np.arange(2) == b, 0.0, 0.5)[:, None, None])
                             for b, c in enumerate(by)])  # fmt: skip

        here = wind(place)
        back, ahead = -wind(place - 0.5 * here), wind(place + 0.5 * here)
        first = _sample(u, index + back)
        low, high = _corner_bounds(u, index + back)
        out.append(np.clip(first + 0.5 * (u - _sample(first, index + ahead)), low, high))
    return tuple(out)


def _sample(u, at):
    return map_coordinates(u, at, order=1, mode="nearest")


def _corner_bounds(u, at):
    low = np.clip(np.floor(at).astype(int), 0, np.array(u.shape)[:, None, None] - 2)
    corners = np.stack([u[low[0] + i, low[1] + j] for i in (0, 1) for j in (0, 1)])
    return corners.min(0), corners.max(0)


def _reference_project(velocity):
    u, v = (c.copy() for c in velocity)
    u[[0, -1]], v[:, [0, -1]] = 0.0, 0.0
    n, m = v.shape[0], u.shape[1]
    value = (2 * np.cos(np.pi * np.arange(n) / n) - 2)[:, None] + (2 * np.cos(np.pi * np.arange(m) / m) - 2)
    value[0, 0] = 1.0
    p = dctn(np.diff(u, axis=0) + np.diff(v, axis=1)) / value
    p[0, 0] = 0.0
    p = idctn(p)
    u[1:-1] -= np.diff(p, axis=0)
    v[:, 1:-1] -= np.diff(p, axis=1)
    return u, v
