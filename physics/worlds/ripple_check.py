"""What no still water can be: sizes, grids and rain that no run survives are refused before it, with the
limit.

NumPy free, so that a scene file is checked without loading the renderer. Each refusal is a ValueError that
begins with the field.
"""

from __future__ import annotations

import math

from physics.scene import PATTERNS, Scene

CELLS = (64, 128, 256, 512, 1024)
SMALLEST, LARGEST = 0.2, 60.0  # m, of a patch
FINEST = 2e-3  # m, of a cell; below it the waves are films and molecules
MOST_RAIN = 200.0  # mm/h
FLAT = ("plain", "wood", "tile", "checker", "concrete", "marble", "grass", "sand", "snow", "ice", "carpet",
        "brick", "stripes", "dots", "court")  # fmt: skip


def check_pool(scene: Scene) -> None:
    """ValueError with one line for water that cannot be simulated or shown as asked."""
    pool = scene.pool
    assert pool is not None
    if pool.cells not in CELLS:
        raise ValueError(f"pool.cells: {pool.cells} along a side; give one of {', '.join(map(str, CELLS))}")
    for name in ("length_m", "width_m"):
        side = getattr(pool, name)
        if not SMALLEST <= side <= LARGEST:
            raise ValueError(f"pool.{name}: must be {SMALLEST:g} to {LARGEST:g} m, got {side:g}")
        if side / pool.cells < FINEST:
            raise ValueError(
                f"pool.cells: cells of {1000 * side / pool.cells:.2g} mm; waves are followed down to "
                f"{1000 * FINEST:g} mm, so give fewer cells or a larger pool"
            )
    if not 0.005 <= pool.depth_m <= 50:
        raise ValueError(f"pool.depth_m: must be 0.005 to 50 m, got {pool.depth_m:g}")
    if not 0 <= pool.rain_mm_h <= MOST_RAIN:
        raise ValueError(f"pool.rain_mm_h: must be 0 to {MOST_RAIN:g} mm/h, got {pool.rain_mm_h:g}")
    if not 0 <= pool.chop <= 0.15:
        raise ValueError(f"pool.chop: must be 0 to 0.15 (slopes of linear waves), got {pool.chop:g}")
    if math.hypot(*scene.gravity) < 0.05:
        raise ValueError("gravity: still water needs at least 0.05 m/s^2; give more, or leave out the pool")
    _check_look(scene)
    _check_bodies(scene)


def _check_look(scene: Scene) -> None:
    pool = scene.pool
    assert pool is not None
    for name in ("bottom_pattern", "deck_pattern"):
        if getattr(pool, name) not in FLAT:
            raise ValueError(
                f"pool.{name}: unknown pattern {getattr(pool, name)!r}; give one of {', '.join(FLAT)}"
            )
    eye = scene.camera.position[1]
    if eye <= max(pool.rim_m, 0.02):
        raise ValueError(
            f"camera.position: {eye:g} m is at or under the water or its rim; "
            f"raise it above {max(pool.rim_m, 0.02):g} m"
        )
    for name, there in (
        ("ground", scene.ground),
        ("boxes", scene.boxes),
        ("gas", scene.gas),
        ("ocean", scene.ocean),
    ):
        if there:
            empty = "[]" if name == "boxes" else "null"
            raise ValueError(f"{name}: a pool has water where that would be; set {name}: {empty}")


def _check_bodies(scene: Scene) -> None:
    pool = scene.pool
    assert pool is not None
    limit = 0.25 * min(pool.length_m, pool.width_m)
    for i, body in enumerate(scene.bodies):
        if body.radius > limit:
            raise ValueError(f"bodies[{i}].radius: {body.radius:g} m in this pool; give at most {limit:.3g}")
        if 2 * body.radius > pool.depth_m and pool.kind == "pool":
            raise ValueError(
                f"bodies[{i}].radius: the ball is wider than the water is deep; give a deeper pool"
            )


assert set(FLAT) <= set(PATTERNS)
