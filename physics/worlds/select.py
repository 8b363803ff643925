"""Which world renders a scene: the one place where media and solid bodies part ways.

A medium's world is a function `scene -> Iterator[Guide]`, one guide per frame in order, as long as the scene
asks. Scenes without media are the rigid world's (`physics.guide`). JAX is imported when frames are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from physics.scene import Scene

if TYPE_CHECKING:
    from physics.guide import Guide
    from physics.rigid import Rollout


def guides(scene: Scene, rollout: Rollout) -> Iterator[Guide]:
    """The guides of frames 0 ... num_frames - 1 of a scene whose bodies move as `rollout` says."""
    if scene.ocean is not None:
        from physics.worlds.ocean_guide import ocean_guides

        yield from ocean_guides(scene)
        return
    if scene.gas is not None:
        from physics.worlds.smoke_guide import smoke_guides

        yield from smoke_guides(scene, rollout)
        return
    from physics.guide import render_guide

    for k in range(scene.num_frames):
        yield render_guide(scene, rollout, k)
