"""Boxes of particles on a grid, for splashes and soft matter alike: cells, amounts, what no run survives.

NumPy only, so that a scene file is checked without loading a solver. Each refusal is a ValueError of one
line that begins with the field; `name` is the box's own field of the scene.
"""

from __future__ import annotations

import math

from physics.media import Liquid, Matter, Spout
from physics.scene import Scene

CELLS = (16, 128)  # along the longest edge
MOST_CELLS = 300_000
PER_CELL = 8  # particles
FRAME = 0.1  # s, longest simulated time of a frame


def grid_of(box: Liquid | Matter) -> tuple[tuple[int, int, int], float]:
    """Cells along x, y, z and their edge in m."""
    cell = max(box.size) / box.cells
    x, y, z = (max(4, round(s / cell)) for s in box.size)
    return (x, y, z), cell


def open_for(spout: Spout, seconds: float) -> float:
    """Seconds that a spout runs in the first `seconds`."""
    return max(0.0, min(spout.stop_s, seconds) - max(spout.start_s, 0.0))


def check_grid(name: str, box: Liquid | Matter) -> None:
    """Refuse grids too coarse, too fine, or of no size."""
    if not CELLS[0] <= box.cells <= CELLS[1]:
        raise ValueError(f"{name}.cells: {box.cells} along the longest edge; give {CELLS[0]} to {CELLS[1]}")
    if min(box.size) <= 0 or max(box.size) > 100:
        raise ValueError(f"{name}.size: the box needs edges above 0 and up to 100 m")
    count = math.prod(grid_of(box)[0])
    if count > MOST_CELLS:
        raise ValueError(f"{name}.cells: {count:,} cells in all; at most {MOST_CELLS:,}, so give fewer")


def check_frame(what: str, scene: Scene) -> None:
    """Refuse frames too long to be simulated."""
    frame = scene.time_scale / scene.fps
    if frame > FRAME:
        raise ValueError(
            f"fps: {what} takes frames of at most {FRAME:g} s of simulated time, got {frame:.3g}; raise fps"
        )


def particles_of(box: Liquid | Matter, filled: float, scene: Scene) -> float:
    """Particles that a clip takes: `filled` m^3 at the start, and what the spouts bring."""
    seconds = scene.num_frames * scene.time_scale / scene.fps
    jets = (math.pi * s.radius**2 * math.hypot(*s.velocity) * open_for(s, seconds) for s in box.spouts)
    return (filled + sum(jets)) * PER_CELL / grid_of(box)[1] ** 3


def check_company(name: str, others: tuple[str, ...], shown: str, of: str, scene: Scene, cell: float) -> None:
    """Refuse what is not drawn in one picture with `shown`, and balls too small for the cells `of` it."""
    for other in others:
        if getattr(scene, other):
            raise ValueError(f"{other}: not drawn together with {shown} yet; leave one out")
    for i, body in enumerate(scene.bodies):
        if body.radius < 1.5 * cell:
            raise ValueError(
                f"bodies[{i}].radius: {body.radius:g} m is below 1.5 cells of {of} ({cell:.3g} m each); "
                f"widen the ball or give more {name}.cells"
            )
