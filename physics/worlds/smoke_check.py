"""What gas cannot be: sizes, grids and steps that no run survives are refused before it, with the limit
named.

NumPy only, so that a scene file is checked without loading the solver. Each refusal is a ValueError that
begins with the field.
"""

from __future__ import annotations

import math

from physics.scene import Scene

CELLS = (16, 192)  # of the flow along the longest edge
MOST = 600_000  # cells of the flow in all
MOST_STEPS = 64  # per frame
SOURCES = 16
AIR = 293.0  # K
CFL = 3.0  # cells per step that a world is planned for


def check_gas(scene: Scene) -> None:
    """ValueError with one line for gas that cannot be simulated as asked."""
    gas = scene.gas
    assert gas is not None
    if not CELLS[0] <= gas.cells <= CELLS[1]:
        raise ValueError(f"gas.cells: {gas.cells} along the longest edge; give {CELLS[0]} to {CELLS[1]}")
    if min(gas.size) <= 0 or max(gas.size) > 1000:
        raise ValueError("gas.size: the box needs edges above 0 and up to 1000 m")
    spacing = max(gas.size) / gas.cells
    total = math.prod(max(8, round(s / spacing)) for s in gas.size)
    if total > MOST:
        raise ValueError(
            f"gas.cells: {total:,} cells of flow; at most {MOST:,}, so give fewer or a slimmer box"
        )
    if not 1 <= len(gas.sources) <= SOURCES:
        raise ValueError(f"gas.sources: {len(gas.sources)} given; gas needs 1 to {SOURCES} sources")
    for i, s in enumerate(gas.sources):
        if s.radius < 0.75 * spacing:
            raise ValueError(
                f"gas.sources[{i}].radius: {s.radius:g} m is below 3/4 of a cell ({spacing:.3g} m); "
                "widen the source, or give more gas.cells or a smaller gas.size"
            )
    steps = steps_per_frame(scene)
    if steps > MOST_STEPS:
        raise ValueError(
            f"gas: {steps} steps a frame for gas of {fastest(scene):.3g} m/s in cells of {spacing:.3g} m, at "
            f"most {MOST_STEPS}; raise fps, lower time_scale, gas.cells or the sources' heat"
        )


def fastest(scene: Scene) -> float:
    """m/s that the gas is expected not to exceed: buoyant rise over the box, sources, wind."""
    gas = scene.gas
    assert gas is not None
    hot = max([s.heat + s.fuel * gas.flame_heat for s in gas.sources] or [0.0])
    g = math.hypot(*scene.gravity)
    height = (0.5 if hot < 600 else 0.3) * gas.size[1]
    rise = math.sqrt(2 * g * 0.5 * hot / math.sqrt(AIR * (AIR + hot)) * height)
    blown = max([math.hypot(*s.velocity) for s in gas.sources] or [0.0])
    return math.hypot(*scene.wind) + max(rise, blown, 0.05)


def steps_per_frame(scene: Scene) -> int:
    """Steps that keep the fastest gas below `CFL` cells a step."""
    gas = scene.gas
    assert gas is not None
    frame = scene.time_scale / scene.fps
    return max(1, math.ceil(fastest(scene) * frame / (CFL * max(gas.size) / gas.cells)))
