"""The README's picture of `predict`.  `python -m benchmarks._predict_sheet docs/predict.jpg`

Two filmed worlds of benchmarks.unknown (hidden restitution; a patterned ground, and a pillar) and one of
PhyWorld's falls from three frames: the film above, the prediction below, and where it is unsure
(brightness: 8 sigma).
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks import _phyworld_world as phyworld
from benchmarks._phyworld_picture import render
from benchmarks._sheet import save_sheet
from benchmarks._unknown_film import Film, shoot
from benchmarks._unknown_world import CONTEXT, draw, simulate
from physics.estimator import ArrayVideo
from physics.predictor import NextFramePredictor, Priors, cast_of

SHOWN = (1, 8, 14, 20)  # frames ahead


def strips(frames: np.ndarray, context: int, name: str) -> list[tuple[str, list[np.ndarray]]]:
    """Rows of film, prediction and sigma."""
    cast = cast_of(ArrayVideo(frames[:context], 24.0), 0, context, Priors())
    made = list(islice(NextFramePredictor(cast), max(SHOWN)))
    last = frames[context - 1] / 255
    film = [last, *(frames[context - 1 + k] / 255 for k in SHOWN)]
    drawn = [last, *(made[k - 1].rgb for k in SHOWN)]
    doubt = [np.zeros_like(last), *(np.repeat(8 * made[k - 1].sigma[..., None], 3, -1) for k in SHOWN)]
    return [(f"{name}: film", film), ("predicted", drawn), ("unsure", doubt)]


def main(path: Path) -> None:
    """Write the sheet."""
    rows = []
    for family, film, context in (("box", Film(textured=True), CONTEXT), ("pillar", Film(), 38)):
        world = draw(family, "in range", np.random.default_rng(5))
        rows += strips(shoot(world, simulate(world), film, 0), context, f"{family}, {context} frames watched")
    scene = phyworld.scenes("parabola", "out")[400]
    states = phyworld.simulate(scene)
    rows += strips(render(states[..., :2], scene.radius, 128), 3, "PhyWorld, 3 frames watched")
    save_sheet(path, ["last watched", *(f"+{k}" for k in SHOWN)], rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
