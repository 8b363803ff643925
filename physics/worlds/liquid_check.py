"""What no splash can be: grids, amounts and sizes that no run survives are refused before it, with the
limit named.

NumPy only, so that a scene file is checked without loading the solver. Each refusal is a ValueError that
begins with the field.
"""

from __future__ import annotations

import math

from physics.media import Liquid
from physics.scene import Scene

CELLS = (16, 128)  # along the longest edge
MOST_CELLS = 300_000
MOST_PARTICLES = 250_000
PER_CELL = 8
FRAME = 0.1  # s, longest simulated time of a frame


def grid_of(water: Liquid) -> tuple[tuple[int, int, int], float]:
    """Cells along x, y, z and their edge in m."""
    cell = max(water.size) / water.cells
    x, y, z = (max(4, round(s / cell)) for s in water.size)
    return (x, y, z), cell


def check_liquid(scene: Scene) -> None:
    """ValueError with one line for water that cannot be simulated as asked."""
    water = scene.liquid
    assert water is not None
    if not CELLS[0] <= water.cells <= CELLS[1]:
        raise ValueError(f"liquid.cells: {water.cells} along the longest edge; give {CELLS[0]} to {CELLS[1]}")
    if min(water.size) <= 0 or max(water.size) > 100:
        raise ValueError("liquid.size: the box needs edges above 0 and up to 100 m")
    cells, cell = grid_of(water)
    if math.prod(cells) > MOST_CELLS:
        raise ValueError(
            f"liquid.cells: {math.prod(cells):,} cells in all; at most {MOST_CELLS:,}, so give fewer"
        )
    frame = scene.time_scale / scene.fps
    if frame > FRAME:
        raise ValueError(
            f"fps: water takes frames of at most {FRAME:g} s of simulated time, got {frame:.3g}; raise fps"
        )
    if not water.volumes and not water.spouts:
        raise ValueError("liquid.volumes: no water; give a volume or a spout")
    _check_amount(scene, cell)
    for name, there in (
        ("ocean", scene.ocean),
        ("gas", scene.gas),
        ("pool", scene.pool),
        ("boxes", scene.boxes),
    ):
        if there:
            raise ValueError(f"{name}: not drawn together with splashing water yet; leave one out")
    for i, body in enumerate(scene.bodies):
        if body.radius < 1.5 * cell:
            raise ValueError(
                f"bodies[{i}].radius: {body.radius:g} m is below 1.5 cells of the water ({cell:.3g} m each); "
                "widen the ball or give more liquid.cells"
            )


def _check_amount(scene: Scene, cell: float) -> None:
    water = scene.liquid
    assert water is not None
    seconds = scene.num_frames * scene.time_scale / scene.fps
    amount = sum(math.prod(v.size) * (math.pi / 6 if v.round else 1.0) for v in water.volumes)
    for s in water.spouts:
        on = max(0.0, min(s.stop_s, seconds) - max(s.start_s, 0.0))
        amount += math.pi * s.radius**2 * math.hypot(*s.velocity) * on
    count = amount * PER_CELL / cell**3
    if count > MOST_PARTICLES:
        raise ValueError(
            f"liquid.cells: {count:,.0f} particles; at most {MOST_PARTICLES:,}, so give fewer cells or water"
        )
    if count < 50:
        raise ValueError(f"liquid.cells: {count:.0f} particles show no water; give more cells or more water")
