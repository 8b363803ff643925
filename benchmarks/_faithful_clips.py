"""The clips of `benchmarks.faithful`: prompts of every material and ground, random scenes, their truth."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from diffusion.random_scenes import random_scene
from diffusion.reference import fingerprint, revision
from physics.scene import Scene

CACHE = Path(__file__).resolve().parents[1] / "data" / "reference" / "faithful"
SIDE, FRAMES, LENGTH = 256, 6, 48  # px; frames painted; frames simulated
SPP, MARGIN = 64, 16  # samples of the truth; px around the balls that it shows
PROMPTS = (
    "two rubber balls bounce on a wooden floor",
    "a basketball bounces on a concrete court in the afternoon",
    "three glass marbles roll on marble",
    "a steel ball rolls across a tiled floor at sunset",
    "a red beach ball drops onto the sand",
    "a bowling ball hits a tennis ball on concrete",
    "a football rolls over the grass",
    "five ping-pong balls fall on a blue floor",
    "a golden ball and a silver ball collide on a dark floor",
    "a wooden ball rolls off the table",
    "two tennis balls are thrown onto a court",
    "a green rubber ball bounces on ice",
    "a snowball drops onto snow on an overcast day",
    "four marbles collide on a carpet",
    "a copper ball rolls down a ramp",
    "a white ball and a black ball bounce on tiles",
    "a big orange ball drops next to a small blue ball",
    "a glass ball rolls on a wooden floor in the evening",
    "a billiard ball hits three billiard balls",
    "a golf ball bounces on grass",
    "a purple ball is thrown on the Moon",
    "a tennis ball bounces in slow motion on clay",
    "a striped ball rolls on a checkered floor",
    "two steel balls collide on ice",
    "an iron ball drops onto concrete on Mars",
    "a volleyball bounces on the sand at noon",
    "a yellow ball, a red ball and a blue ball bounce on a white floor",
    "a marble ball rolls on grass",
    "a dotted ball bounces on bricks",
    "a brass ball rolls on marble under a dark sky",
)


@dataclass(frozen=True)
class Shot:
    """One clip and the frames of it that are painted."""

    name: str
    scene: Scene
    rollout: Any  # what `render_guide` and `Corrector` read: position (T, n, 3), orientation (T, n, 4)
    frames: range

    @property
    def middle(self) -> int:
        """The frame that is compared with truth."""
        return self.frames[len(self.frames) // 2]


def make_shot(number: int) -> Shot:
    """Clip `number`: of five, three from PROMPTS, the seed rising with each; the others random."""
    if number % 5 in (1, 3):
        scene, stills = random_scene(np.random.default_rng([13, number]), FRAMES)
        scene = replace(scene, width=SIDE, height=SIDE, seed=number)
        return Shot(f"random {number}", scene, stills, range(FRAMES))
    from parabola.prompts import scene_from_prompt
    from physics.rigid import simulate

    spoken = 3 * (number // 5) + (0, 0, 1, 0, 2)[number % 5]
    text, seed = PROMPTS[spoken % len(PROMPTS)], 40 + spoken
    scene, _ = scene_from_prompt(text, width=SIDE, height=SIDE, num_frames=LENGTH, seed=seed)
    first = 6 + 5 * number % (LENGTH - FRAMES - 6)
    return Shot(f"{text} (seed {seed})", scene, simulate(scene, LENGTH), range(first, first + FRAMES))


def truth_of(shot: Shot, prior: np.ndarray) -> np.ndarray:
    """Path-traced frame `shot.middle` (H, W, 3), sRGB in [0, 1], from disk or rendered around the balls.

    Elsewhere it is the prediction. The name of a file carries a digest of what it shows.
    """
    box = _around_balls(shot)
    state = [np.round(a[shot.middle], 6).tolist() for a in (shot.rollout.position, shot.rollout.orientation)]
    rest = ", ".join(repr(x) for x in (shot.middle, state, box, SPP, *revision(shot.scene)))
    shown = f"({fingerprint(shot.scene)}, {rest})"
    path = CACHE / f"{hashlib.sha256(shown.encode()).hexdigest()[:16]}.npy"
    if not path.exists():
        _render(shot, box, path)
    x, y, w, h = box
    picture = np.array(prior, np.float32)
    picture[y : y + h, x : x + w] = np.load(path)
    return picture


def _render(shot: Shot, box: tuple[int, int, int, int], path: Path) -> None:
    """A half-written file never carries the final name."""
    from diffusion.reference import render_reference
    from physics.colour import display

    radiance = render_reference(shot.scene, shot.rollout, shot.middle, spp=SPP, crop=box)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{os.getpid()}.npy")
    np.save(part, np.asarray(display(radiance), np.float16))
    part.rename(path)


def _around_balls(shot: Shot) -> tuple[int, int, int, int]:
    """x, y, width, height of what the truth shows; the whole picture where no ball is in view."""
    from benchmarks._ruler import stated

    outlines = stated(shot.scene, shot.middle / shot.scene.fps, shot.rollout.position[shot.middle])
    boxes = [(o.centre - o.axes.max() - MARGIN, o.centre + o.axes.max() + MARGIN) for o in outlines]
    boxes = [np.clip(b, 0, SIDE) for b in boxes if np.isfinite(b).all()]
    boxes = [b for b in boxes if (b[1] - b[0]).min() > MARGIN]
    if not boxes:
        return 0, 0, SIDE, SIDE
    low, high = np.floor(np.min([b[0] for b in boxes], 0)), np.ceil(np.max([b[1] for b in boxes], 0))
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])
