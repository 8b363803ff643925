"""What blocks cannot be. NumPy only. Each refusal is a ValueError of one line that begins with the field."""

from __future__ import annotations

import numpy as np

from physics.rigid_world import rotation_matrix
from physics.scene import Scene

MOST = 64  # blocks
FASTEST = 30.0  # m/s: above it a step of 1/480 s moves 6 cm
THINNEST = 2e-3  # m, half size


def check_blocks(scene: Scene) -> None:
    """ValueError with one line for blocks that cannot be simulated as asked."""
    if len(scene.blocks) > MOST:
        raise ValueError(f"blocks: {len(scene.blocks)} given, at most {MOST} are simulated; give fewer")
    for i, b in enumerate(scene.blocks):
        if min(b.half_size) < THINNEST:
            raise ValueError(f"blocks[{i}].half_size: at least {THINNEST:g} m along every axis; give more")
        _check_speed(f"blocks[{i}]", b.velocity)
        if b.hinge is None and scene.ground is not None:
            down = float(np.abs(rotation_matrix(b.rotation)[1]) @ np.asarray(b.half_size))
            if b.position[1] - down < -1e-3:
                raise ValueError(
                    f"blocks[{i}].position: reaches {1000 * (down - b.position[1]):.3g} mm into the ground;"
                    f" raise y to at least {down:.4g}"
                )
    for i, body in enumerate(scene.bodies):
        _check_speed(f"bodies[{i}]", body.velocity)


def _check_speed(name: str, velocity) -> None:
    speed = float(np.linalg.norm(velocity))
    if speed > FASTEST:
        raise ValueError(f"{name}.velocity: {speed:.3g} m/s among blocks, at most {FASTEST:g}; slow it down")
