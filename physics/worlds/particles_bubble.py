"""Soap bubbles onto pixels: rims that mirror, colours of the film, two pictures of the light.

Each pixel of the disc is shaded on its own: the film's two-beam interference (`particles_light.film`) times
what the front wall mirrors (sky above, ground below), the sun's picture on the front wall and, upside down,
that on the back wall. What is not mirrored shows what stands behind.

Limits: the mirrored surroundings are the sky's gradient and an even ground.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from physics import light as li
from physics.worlds import particles_light as pl
from physics.worlds.particles import Cloud
from physics.worlds.particles_draw import WIDEST, Canvas, add, ragged

GLINT = 0.10  # radii, size of the sun's pictures


def bubbles(canvas: Canvas, cloud: Cloud, light: li.LightArrays, at: NDArray, z, radius, weight) -> None:
    """Draw bubbles at `at` (2, n) px, `radius` (n,) px."""
    ok = (radius < 4 * WIDEST) & (weight > 0)
    for axis, size in ((0, canvas.width), (1, canvas.height)):
        ok &= (at[axis] + radius > 0) & (at[axis] - radius < size)
    if not ok.any():
        return
    at, z, radius, weight, dice = at[:, ok], z[ok], radius[ok], weight[ok], cloud.dice[:, ok]
    reach = np.ceil(radius).astype(np.int64) + 1
    side = 2 * reach + 1
    owner, index = ragged(side * side)
    row, column = np.divmod(index, side[owner])
    x = np.floor(at[0]).astype(np.int64)[owner] + column - reach[owner]
    y = np.floor(at[1]).astype(np.int64)[owner] + row - reach[owner]
    dx, dy = (x + 0.5 - at[0][owner]) / radius[owner], (y + 0.5 - at[1][owner]) / radius[owner]
    away = np.hypot(dx, dy)
    inside = (away * radius[owner] < radius[owner] + 0.5) & (x >= 0) & (x < canvas.width)
    inside &= (y >= 0) & (y < canvas.height)
    owner, x, y, dx, dy, away = (a[inside] for a in (owner, x, y, dx, dy, away))
    pixel = y * canvas.width + x
    seen = z[owner] < canvas.depth[pixel]
    owner, pixel, dx, dy, away = (a[seen] for a in (owner, pixel, dx, dy, away))
    edge = np.clip((1 - away) * radius[owner] + 0.5, 0.0, 1.0) * np.minimum(weight[owner], 1.0)
    colour, rise = pl.film(np.minimum(away, 1.0), -dy, dice[0][owner])
    light_in = _mirrored(light, dx, dy, away) * colour + _glints(light, dx, dy)
    add(canvas, pixel, edge, light_in, z[owner], np.zeros((2, len(owner))), shining=True)
    add(
        canvas, pixel, 0.55 * edge * np.clip(rise - 0.03, 0, 1), light_in, z[owner], np.zeros((2, len(owner)))
    )


def _mirrored(light: li.LightArrays, dx: NDArray, dy: NDArray, away: NDArray) -> NDArray:
    """What the wall mirrors (3, m), brighter towards the top, both walls together."""
    up = np.clip(0.5 - 0.7 * dy, 0.0, 1.0)
    zenith, horizon = np.asarray(light.zenith)[:, None], np.asarray(light.horizon)[:, None]
    glow = np.asarray(light.glow)[:, None] * np.clip(
        0.4 - dx * np.sign(float(light.direction[0])) * -0.5, 0, 1
    )
    return 1.6 * (0.35 * horizon + up * (zenith + horizon) * 0.75 + glow * up) * (0.5 + 0.5 * away)


def _glints(light: li.LightArrays, dx: NDArray, dy: NDArray) -> NDArray:
    """The sun's picture on the front wall and its fainter one, upside down, on the back wall."""
    d = np.asarray(light.direction, float)
    px, py = 0.62 * d[0], -0.62 * d[1]
    front = np.exp(-((dx - px) ** 2 + (dy - py) ** 2) / GLINT**2)
    back = 0.5 * np.exp(-((dx + px) ** 2 + (dy + py) ** 2) / (0.7 * GLINT) ** 2)
    return np.asarray(light.irradiance)[:, None] * (front + back) * 0.8
