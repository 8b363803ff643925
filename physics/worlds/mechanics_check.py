"""Whether linkage, blocks, cloth and ropes of a scene can be simulated together. NumPy only."""

from __future__ import annotations

from physics.scene import Scene
from physics.worlds.blocks_check import check_blocks
from physics.worlds.fabric_check import check_fabric
from physics.worlds.linkage_check import check_linkage


def holds_mechanics(scene: Scene) -> bool:
    """Whether there is anything here to check or to draw."""
    return bool(scene.linkage or scene.blocks or scene.sheets or scene.ropes or scene.rods)


def check_mechanics(scene: Scene) -> None:
    """ValueError of one line that begins with the field, for what no run survives."""
    if scene.ocean is not None:
        raise ValueError(
            "ocean: linkages, blocks, cloth and ropes are not drawn in open water; leave one out"
        )
    if scene.gas is not None:
        raise ValueError("gas: smoke and fire are not drawn with mechanics yet; leave one out")
    if scene.linkage is not None and scene.blocks:
        raise ValueError("blocks: what hangs on a linkage does not push blocks; leave one of them out")
    if scene.linkage is not None:
        check_linkage(scene)
    if scene.blocks:
        check_blocks(scene)
    if scene.sheets or scene.ropes:
        check_fabric(scene)
