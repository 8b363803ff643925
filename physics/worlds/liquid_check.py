"""What no splash can be: grids, amounts and sizes that no run survives are refused before it, with the
limit named.

NumPy only, so that a scene file is checked without loading the solver. Each refusal is a ValueError that
begins with the field.
"""

from __future__ import annotations

import math

from physics.scene import Scene
from physics.worlds.particle_box import check_company, check_frame, check_grid, grid_of, particles_of

MOST_PARTICLES = 250_000


def check_liquid(scene: Scene) -> None:
    """ValueError with one line for water that cannot be simulated as asked."""
    water = scene.liquid
    assert water is not None
    check_grid("liquid", water)
    check_frame("water", scene)
    if not water.volumes and not water.spouts:
        raise ValueError("liquid.volumes: no water; give a volume or a spout")
    filled = sum(math.prod(v.size) * (math.pi / 6 if v.round else 1.0) for v in water.volumes)
    count = particles_of(water, filled, scene)
    if count > MOST_PARTICLES:
        raise ValueError(
            f"liquid.cells: {count:,.0f} particles; at most {MOST_PARTICLES:,}, so give fewer cells or water"
        )
    if count < 50:
        raise ValueError(f"liquid.cells: {count:.0f} particles show no water; give more cells or more water")
    others = ("ocean", "gas", "pool", "boxes")
    check_company("liquid", others, "splashing water", "the water", scene, grid_of(water)[1])
