"""What no soft or granular matter can be: refused before the run, with the limit named.

NumPy only, so that a scene file is checked without loading the solver. Each refusal is a ValueError that
begins with the field.
"""

from __future__ import annotations

import math

from physics.media import Lump, Matter
from physics.scene import Scene
from physics.worlds.particle_box import check_company, check_frame, check_grid, grid_of, particles_of

MOST_PARTICLES = 60_000
MOST_STEPS = 2_000  # a frame
SHARE = {"box": 1.0, "ball": math.pi / 6, "cylinder": math.pi / 4, "cone": math.pi / 12}  # of the box around
_ALONE = ("ocean", "gas", "pool", "liquid", "linkage", "blocks", "boxes")  # is not drawn beside them


def sound(matter: Matter) -> float:
    """Speed of sound in m/s."""
    nu = matter.poisson
    return math.sqrt(matter.stiffness_pa * (1 - nu) / ((1 + nu) * (1 - 2 * nu)) / matter.density)


def check_matter(scene: Scene) -> None:
    """ValueError with one line for matter that cannot be simulated as asked."""
    matter = scene.matter
    assert matter is not None
    check_grid("matter", matter)
    cell = grid_of(matter)[1]
    if not matter.lumps and not matter.spouts:
        raise ValueError("matter.lumps: nothing there; give a lump or a spout")
    _check_law(matter)
    check_frame("matter", scene)
    _check_steps(scene, matter, cell)
    _check_amount(scene, matter)
    for i, lump in enumerate(matter.lumps):
        _check_inside(f"matter.lumps[{i}].centre", lump, matter)
    check_company("matter", _ALONE, "soft matter", "matter", scene, cell)


def _check_law(matter: Matter) -> None:
    if not 0.0 <= matter.poisson <= 0.45:
        raise ValueError(
            f"matter.poisson: {matter.poisson:g} makes waves too fast for explicit steps; give 0 to 0.45"
        )
    if not 5.0 <= matter.friction_deg <= 50.0:
        raise ValueError(f"matter.friction_deg: {matter.friction_deg:g}; sand has 5 to 50 degrees")


def _check_steps(scene: Scene, matter: Matter, cell: float) -> None:
    frame = scene.time_scale / scene.fps
    steps = frame * sound(matter) / (0.5 * cell) * (math.sqrt(3.0) if matter.kind == "snow" else 1.0)
    if steps > MOST_STEPS:
        raise ValueError(
            f"matter.stiffness_pa: {matter.stiffness_pa:g} Pa takes {steps:,.0f} steps a frame, at most "
            f"{MOST_STEPS:,}; give {matter.stiffness_pa * (MOST_STEPS / steps) ** 2:.2g} or less"
        )


def _check_amount(scene: Scene, matter: Matter) -> None:
    count = particles_of(matter, sum(math.prod(v.size) * SHARE[v.shape] for v in matter.lumps), scene)
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
