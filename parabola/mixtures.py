"""Several worlds in one scene: a ball that moves through smoke, whatever the weather.

`take_smoke` finds smoke or steam as a second subject ("through smoke", "past a cloud of white smoke") and
takes it out of a prompt about balls; `with_smoke` puts gas to the scale of the picture into the balls' way,
a little upwind of the middle of their path. The balls push it, the scene's wind and gravity move it,
particles fall in front of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from parabola.prompt_lexer import phrase_at
from physics.media import Gas, Source
from physics.scene import Scene, Vec3
from physics.worlds.smoke_check import check_gas

LEADS = {
    "through",
    "in",
    "into",
    "past",
    "inside",
    "amid",
    "among",
    "from",
    "out",
    "behind",
    "beside",
    "with",
}
NAMES = {"smoke": 1.0, "steam": 0.5, "fumes": 0.8, "vapour": 0.5, "vapor": 0.5}
BESIDE = {
    "a",
    "an",
    "the",
    "of",
    "cloud",
    "clouds",
    "column",
    "plume",
    "puff",
    "some",
    "rising",
    "wall",
    "wisps",
}
AMOUNTS = {"thick": 1.8, "dense": 1.8, "heavy": 1.6, "thin": 0.5, "light": 0.5, "faint": 0.4, "drifting": 1.0}


@dataclass(frozen=True)
class SmokeBeside:
    """Smoke as a second subject."""

    much: float = 1.0
    colour: Vec3 = (0.9, 0.9, 0.9)


def take_smoke(words: list[str]) -> tuple[SmokeBeside | None, list[str]]:
    """The smoke that `words` about balls name after a preposition, and the words without it."""
    for i, word in enumerate(words):
        if word not in NAMES:
            continue
        j, much, colour = i, NAMES[word], None
        while j > 0 and words[j - 1] not in LEADS:
            item = phrase_at(words, j - 1)[0]
            if item.kind == "colour":
                colour = item.value
            elif words[j - 1] in AMOUNTS:
                much *= AMOUNTS[words[j - 1]]
            elif words[j - 1] not in BESIDE:
                return None, words
            j -= 1
        while j > 0 and words[j - 1] in LEADS:
            j -= 1
        if j == 0 or words[j] not in LEADS:
            return None, words
        found = SmokeBeside(much, colour) if colour else SmokeBeside(much)
        return found, words[:j] + words[i + 1 :]
    return None, words


def with_smoke(scene: Scene, smoke: SmokeBeside) -> Scene:
    """The scene with smoke in its middle; ValueError for gas that cannot be simulated."""
    target = scene.camera.look_at
    reach = math.dist(scene.camera.position, target)
    x, z = (float(np.mean([b.position[k] for b in scene.bodies])) for k in (0, 2))
    x, z = 0.5 * (x + target[0]), 0.5 * (z + target[2])
    size = (round(0.95 * reach, 3), round(0.95 * reach, 3), round(0.6 * reach, 3))
    pace = math.sqrt(reach)
    source = Source(
        position=(round(x, 3), round(0.035 * reach, 4), round(z, 3)),
        radius=round(0.10 * reach, 4),
        height=round(0.06 * reach, 4),
        smoke=round(9.0 * smoke.much / reach, 3),
        heat=16.0,
        velocity=(0.0, round(0.25 * pace, 3), 0.0),
    )
    gas = Gas(
        floor=(round(x, 3), 0.0, round(z, 3)),
        size=size,
        cells=48,
        sources=(source,),
        colour=smoke.colour,
        fade_s=round(3.0 * pace, 2),
        cooling_s=round(4.0 * pace, 2),
        gusts=round(0.4 * pace, 3),
        before_s=round(1.8 * pace, 2),
    )
    scene = replace(scene, gas=gas)
    check_gas(scene)
    return scene
