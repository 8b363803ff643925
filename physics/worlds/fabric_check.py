"""What cloth and ropes cannot be. NumPy only. Each refusal is a ValueError that begins with the field."""

from __future__ import annotations

import numpy as np

from physics.scene import Scene

MOST = 6  # cloths and ropes
NODES = 12_000  # in all
WINDIEST = 40.0  # m/s
LONGEST = 0.25  # s of simulated time per frame


def check_fabric(scene: Scene) -> None:
    """ValueError with one line for cloth or ropes that cannot be simulated as asked."""
    count = len(scene.sheets) + len(scene.ropes)
    if count > MOST:
        raise ValueError(f"sheets: {count} cloths and ropes, at most {MOST} are simulated; give fewer")
    if scene.time_scale / scene.fps > LONGEST:
        raise ValueError(f"fps: cloth takes frames of at most {LONGEST} s of simulated time; raise fps")
    if np.linalg.norm(scene.wind) > WINDIEST and count:
        raise ValueError(f"wind: cloth takes up to {WINDIEST:g} m/s, got {np.linalg.norm(scene.wind):.3g}")
    nodes = 0
    for i, s in enumerate(scene.sheets):
        wide, tall = s.fullness * np.linalg.norm(s.across), np.linalg.norm(s.down)
        nodes += s.cells**2 * min(wide, tall) / max(wide, tall)
        if abs(np.dot(s.across, s.down)) > 1e-3 * np.linalg.norm(s.across) * tall:
            raise ValueError(f"sheets[{i}].down: must stand square on across")
        cell = max(wide, tall) / s.cells
        if s.thickness > 1.2 * cell:
            raise ValueError(
                f"sheets[{i}].thickness: {s.thickness:g} m is above 1.2 cells ({1.2 * cell:.3g} m), so that "
                "neighbours would push each other; give less, or fewer cells"
            )
    for i, r in enumerate(scene.ropes):
        span = float(np.linalg.norm(np.subtract(r.end, r.start)))
        nodes += r.cells
        if r.length < span * (1 - 1e-6):
            raise ValueError(
                f"ropes[{i}].length: {r.length:g} m cannot span {span:.4g} m; give at least that"
            )
    if nodes > NODES:
        raise ValueError(f"sheets: {nodes:.0f} nodes in all, at most {NODES}; give fewer cells")
