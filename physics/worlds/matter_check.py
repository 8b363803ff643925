"""What no soft or granular matter can be: refused before the run, with the limit named.

NumPy only, so that a scene file is checked without loading the solver. Each refusal is a ValueError that
begins with the field.
"""

from __future__ import annotations

import math

from physics.media import Lump, Matter
from physics.scene import Scene

CELLS = (16, 128)  # along the longest edge
MOST_CELLS = 300_000
MOST_PARTICLES = 60_000
PER_CELL = 8
FRAME = 0.1  # s, longest simulated time of a frame
MOST_STEPS = 2_000  # a frame
SHARE = {"box": 1.0, "ball": math.pi / 6, "cylinder": math.pi / 4, "cone": math.pi / 12}  # of the box around


def grid_of(matter: Matter) -> tuple[tuple[int, int, int], float]:
    """Cells along x, y, z and their edge in m."""
    cell = max(matter.size) / matter.cells
    x, y, z = (max(4, round(s / cell)) for s in matter.size)
    return (x, y, z), cell


def sound(matter: Matter) -> float:
    """Speed of sound in m/s."""
    nu = matter.poisson
    return math.sqrt(matter.stiffness_pa * (1 - nu) / ((1 + nu) * (1 - 2 * nu)) / matter.density)


def count_of(matter: Matter, seconds: float) -> float:
    """Particles that a clip of `seconds` takes."""
    _, cell = grid_of(matter)
    amount = sum(math.prod(v.size) * SHARE[v.shape] for v in matter.lumps)
    for s in matter.spouts:
        on = max(0.0, min(s.stop_s, seconds) - max(s.start_s, 0.0))
        amount += math.pi * s.radius**2 * math.hypot(*s.velocity) * on
    return amount * PER_CELL / cell**3


def check_matter(scene: Scene) -> None:
    """ValueError with one line for matter that cannot be simulated as asked."""
    matter = scene.matter
    assert matter is not None
    if not CELLS[0] <= matter.cells <= CELLS[1]:
        raise ValueError(
            f"matter.cells: {matter.cells} along the longest edge; give {CELLS[0]} to {CELLS[1]}"
        )
    if min(matter.size) <= 0 or max(matter.size) > 100:
        raise ValueError("matter.size: the box needs edges above 0 and up to 100 m")
    cells, cell = grid_of(matter)
    if math.prod(cells) > MOST_CELLS:
        raise ValueError(
            f"matter.cells: {math.prod(cells):,} cells in all; at most {MOST_CELLS:,}, so give fewer"
        )
    if not matter.lumps and not matter.spouts:
        raise ValueError("matter.lumps: nothing there; give a lump or a spout")
    _check_law(matter)
    _check_time(scene, matter, cell)
    _check_amount(scene, matter)
    for i, lump in enumerate(matter.lumps):
        _check_inside(f"matter.lumps[{i}].centre", lump, matter)
    _check_company(scene, cell)


def _check_law(matter: Matter) -> None:
    if not 0.0 <= matter.poisson <= 0.45:
        raise ValueError(
            f"matter.poisson: {matter.poisson:g} makes waves too fast for explicit steps; give 0 to 0.45"
        )
    if not 5.0 <= matter.friction_deg <= 50.0:
        raise ValueError(f"matter.friction_deg: {matter.friction_deg:g}; sand has 5 to 50 degrees")


def _check_time(scene: Scene, matter: Matter, cell: float) -> None:
    frame = scene.time_scale / scene.fps
    if frame > FRAME:
        raise ValueError(
            f"fps: matter takes frames of at most {FRAME:g} s of simulated time, got {frame:.3g}; raise fps"
        )
    steps = frame * sound(matter) / (0.5 * cell) * (math.sqrt(3.0) if matter.kind == "snow" else 1.0)
    if steps > MOST_STEPS:
        raise ValueError(
            f"matter.stiffness_pa: {matter.stiffness_pa:g} Pa takes {steps:,.0f} steps a frame, at most "
            f"{MOST_STEPS:,}; give {matter.stiffness_pa * (MOST_STEPS / steps) ** 2:.2g} or less"
        )


def _check_amount(scene: Scene, matter: Matter) -> None:
    count = count_of(matter, scene.num_frames * scene.time_scale / scene.fps)
    if count > MOST_PARTICLES:
        raise ValueError(
            f"matter.cells: {count:,.0f} particles; at most {MOST_PARTICLES:,}, so give fewer cells or matter"
        )
    if count < 50:
        raise ValueError(f"matter.cells: {count:.0f} particles show nothing; give more cells or more matter")


def _check_inside(name: str, lump: Lump, matter: Matter) -> None:
    for a, axis in enumerate("xyz"):
        low = matter.floor[a] - (0.0 if a == 1 else 0.5 * matter.size[a])
        if lump.centre[a] - 0.5 * lump.size[a] < low - 1e-6 or (
            lump.centre[a] + 0.5 * lump.size[a] > low + matter.size[a] + 1e-6
        ):
            raise ValueError(
                f"{name}: the lump leaves matter's box along {axis}; move it or widen matter.size"
            )


def _check_company(scene: Scene, cell: float) -> None:
    for name, there in (
        ("ocean", scene.ocean),
        ("gas", scene.gas),
        ("pool", scene.pool),
        ("liquid", scene.liquid),
        ("linkage", scene.linkage),
        ("blocks", scene.blocks),
        ("boxes", scene.boxes),
    ):
        if there:
            raise ValueError(f"{name}: not drawn together with soft matter yet; leave one out")
    for i, body in enumerate(scene.bodies):
        if body.radius < 1.5 * cell:
            raise ValueError(
                f"bodies[{i}].radius: {body.radius:g} m is below 1.5 cells of matter ({cell:.3g} m each); "
                "widen the ball or give more matter.cells"
            )
