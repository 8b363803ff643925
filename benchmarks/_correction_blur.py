"""Motion blur that follows the wrong path: objects only moved, against objects whose blur is made anew.

A clip whose open shutter follows the path as it is shown (energy gained in a flight; frames repeated) is
repaired twice with the same plan, with and without `correction.blur`; both against the truth, whose blur is
that of the true path, where the clip was wrong.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks._artefacts import make
from benchmarks._correction_clips import psnr
from correction.finished import examine
from correction.rerender import Renderer
from physics.estimator import ArrayVideo

CASES = (("energy", 1), ("energy", 2), ("stutter", 1), ("late", 2))  # artefact, strength
SHUTTERS = (0.5, 1.0)  # shares of the frame time


def blurred(number: int) -> list[object]:
    """Artefact, shutter, decision, PSNR (dB) before, only moved, and blurred anew; clip `number` of a row."""
    artefact, strength = CASES[number % len(CASES)]
    shutter = SHUTTERS[number // len(CASES) % len(SHUTTERS)]
    clip = make(20_000 + number, "bounce", artefact, strength, np.random.default_rng([53, number]))
    clip = replace(clip, blur=shutter, follows=True)
    video = ArrayVideo(clip.frames, clip.fps)
    repair = examine(video)
    wrong = (clip.truth != clip.raw).any(-1)
    clips = [clip.frames, clip.frames, clip.frames]
    if repair.decision == "corrected":
        plan = repair.shots[0].plan
        sharp = replace(plan, objects=tuple(replace(o, blur=None) for o in plan.objects))
        clips[1:] = (_rendered(p, clip.frames) for p in (sharp, plan))
    return [artefact, shutter, repair.decision, *(psnr(c, clip.truth, wrong) for c in clips)]


def _rendered(plan, frames: np.ndarray) -> np.ndarray:
    renderer = Renderer(plan)
    return np.stack([renderer.render(k, f)[0] for k, f in enumerate(frames)])
