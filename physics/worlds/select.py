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


def motion(scene: Scene) -> Rollout:
    """How the bodies of a scene move: the rigid world's rollout, and what water does to them."""
    if scene.pool is not None:
        from physics.worlds.diving import dived

        return dived(scene)[0]
    from physics.rigid import simulate

    rollout = simulate(scene)
    if scene.liquid is not None and scene.bodies:
        from physics.worlds.liquid_guide import splash

        return splash(scene, rollout)
    if scene.matter is not None and scene.bodies:
        from physics.worlds.matter_guide import sunk

        return sunk(scene, rollout)
    return rollout


def guides(scene: Scene, rollout: Rollout) -> Iterator[Guide]:
    """The guides of frames 0 ... num_frames - 1 of a scene whose bodies move as `rollout` says.

    A chain: the solid world or the sea, gas in front of it, particles in front of and among both.
    """
    if not scene.particles:
        yield from _behind(scene, rollout)
        return
    from physics.worlds.particles_ground import weathered
    from physics.worlds.particles_guide import particle_guides

    yield from particle_guides(scene, rollout, _behind(weathered(scene), rollout))


def _behind(scene: Scene, rollout: Rollout) -> Iterator[Guide]:
    """The guides of what particles are in front of."""
    if scene.ocean is not None:
        from physics.worlds.ocean_guide import ocean_guides

        yield from ocean_guides(scene)
        return
    if scene.liquid is not None:
        from physics.worlds.liquid_guide import liquid_guides

        yield from liquid_guides(scene, rollout)
        return
    if scene.pool is not None:
        from physics.worlds.ripple_guide import ripple_guides

        yield from ripple_guides(scene)
        return
    if scene.matter is not None:
        from physics.worlds.matter_guide import matter_guides

        yield from matter_guides(scene, rollout)
        return
    if scene.gas is not None:
        from physics.worlds.smoke_guide import smoke_guides

        yield from smoke_guides(scene, rollout)
        return
    if scene.linkage or scene.blocks or scene.sheets or scene.ropes or scene.rods:
        from physics.worlds.fittings import mechanics_guides

        yield from mechanics_guides(scene, rollout)
        return
    from physics.guide import render_guide

    still = not scene.bodies and scene.camera.move == "fixed"  # one picture serves all frames
    for k in range(scene.num_frames):
        if k == 0 or not still:
            guide = render_guide(scene, rollout, k)
        yield guide
