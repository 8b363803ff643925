"""Words for what a clip must not hold: `--negative-prompt "red, wood, camera movement, rain"`.

What the words leave open is drawn from the seed; with negative words it is drawn again, up to TRIES times,
until nothing that they name is there. What was asked for outright cannot be drawn away: that is refused,
with the word. Understood are colours, materials, floors, kinds of weather and media, boxes, wind, a moving
camera, motion blur; other words are returned. Signs that image models need ("low quality, deformed hands")
name nothing here and are returned too.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from physics.scene import Scene, Surface

TRIES = 40
HUES = {  # degrees; wraps at red
    "red": (345, 15), "orange": (15, 45), "yellow": (45, 70), "green": (70, 170), "cyan": (170, 200),
    "blue": (200, 255), "purple": (255, 290), "pink": (290, 345),
}  # fmt: skip
MEDIA = {
    "smoke": "gas", "fire": "gas", "fog": "gas", "clouds": "clouds", "ocean": "ocean", "sea": "ocean",
    "water": "pool", "boxes": "boxes", "walls": "boxes", "tables": "boxes", "cloth": "sheets",
    "ropes": "ropes",
}  # fmt: skip
WEATHER = ("rain", "snow", "hail", "leaves", "confetti", "dust", "bubbles", "sparks", "embers")
CAMERA = ("camera movement", "camera motion", "moving camera", "camera shake", "pan", "zoom", "orbit")
BLUR = ("motion blur", "blur", "blurry")
Test = Callable[[Scene], bool]


def tests_of(text: str) -> tuple[dict[str, Test], tuple[str, ...]]:
    """Word -> whether a scene holds it, and the words that are not understood."""
    found: dict[str, Test] = {}
    unknown = []
    for word in filter(None, (w.strip().lower() for w in re.split(r"[,;]", text))):
        test = _test(re.sub(r"^(?:no|without|any)\s+", "", word))
        if test is None:
            unknown.append(word)
        else:
            found[word] = test
    return found, tuple(unknown)


def scene_of_words(text: str, negative: str | None, given: dict[str, Any]) -> tuple[Scene, tuple[str, ...]]:
    """The scene of a prompt, without what the negative words name, and the words not understood in both."""
    from parabola.prompts import scene_from_prompt

    if not negative:
        return scene_from_prompt(text, **given)
    missed: list[tuple[str, ...]] = []

    def make(seed: int) -> Scene:
        scene, unknown = scene_from_prompt(text, **{**given, "seed": seed})
        missed.append(unknown)
        return scene

    scene, unknown = without(make, given.get("seed", 0), negative)
    return scene, missed[-1] + unknown


def without(make: Callable[[int], Scene], seed: int, text: str) -> tuple[Scene, tuple[str, ...]]:
    """The first scene of `make(seed + 7919 k)` that holds nothing that `text` names; ValueError if none."""
    tests, unknown = tests_of(text)
    counts = dict.fromkeys(tests, 0)
    for k in range(TRIES if tests else 1):
        scene = make(seed + 7919 * k)
        held = [word for word, test in tests.items() if test(scene)]
        if not held:
            return replace(scene, seed=seed), unknown
        for word in held:
            counts[word] += 1
    word = max(counts, key=lambda name: counts[name])
    raise ValueError(
        f"--negative-prompt: {word!r} is in every scene that the prompt can give; take it out of one of them"
    )


def _test(word: str) -> Test | None:
    singular = word.removesuffix("s")
    for name in (word, singular, f"{word}s"):
        if name in HUES:
            return lambda scene: any(_hue(s) == name for s in _surfaces(scene))
        if name in ("black", "white", "grey", "gray"):
            return lambda scene: any(_grey(s) == name.replace("gray", "grey") for s in _surfaces(scene))
        if name in MEDIA:
            return lambda scene: bool(getattr(scene, MEDIA[name]))
        if name in WEATHER:
            return lambda scene: any(p.kind == name for p in scene.particles)
        if name in CAMERA:
            return lambda scene: scene.camera.move != "fixed"
        if name in BLUR:
            return lambda scene: scene.camera.shutter_deg > 0
        if name == "wind":
            return lambda scene: any(scene.wind)
    return _material(singular) or _material(word)


def _material(word: str) -> Test | None:
    from parabola.materials import MATERIALS
    from physics.scene import PATTERNS

    if word not in MATERIALS and word not in PATTERNS:
        return None
    return lambda scene: word in _materials(scene)


def _materials(scene: Scene) -> set[str]:
    ground = {scene.ground.material, scene.ground.surface.pattern} if scene.ground else set()
    bodies = {b.material for b in scene.bodies} | {b.surface.pattern for b in scene.bodies}
    return ground | bodies | {box.surface.pattern for box in scene.boxes}


def _surfaces(scene: Scene) -> list[Surface]:
    ground = [scene.ground.surface] if scene.ground else []
    return [*ground, *(b.surface for b in scene.bodies), *(box.surface for box in scene.boxes)]


def _hue(surface: Surface) -> str:
    """The name of a surface's colour; "" for greys."""
    h, s, v = colorsys.rgb_to_hsv(*surface.colour)
    if s < 0.25 or v < 0.15:
        return ""
    inside = (n for n, (a, b) in HUES.items() if (a <= h * 360 < b) or (a > b and not b <= h * 360 < a))
    return next(inside, "")


def _grey(surface: Surface) -> str:
    _, s, v = colorsys.rgb_to_hsv(*surface.colour)
    if v < 0.2:
        return "black"
    return ("white" if v > 0.85 else "grey") if s < 0.12 else ""
