"""Loops of every kind of scene: the step over the seam against the median step between frames."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._formats_games import bouncing
from benchmarks._formats_rows import below, row
from physics.scene import Scene

SIDE, MOST = 96, 1.1


def _words(text: str, frames: int) -> Callable[[], Scene]:
    def made() -> Scene:
        from parabola.api import ready
        from parabola.prompts import scene_from_prompt

        scene, _ = scene_from_prompt(text, width=SIDE, height=SIDE, num_frames=frames, seed=1)
        return ready(scene)

    return made


def _orbit() -> Scene:
    scene = bouncing()
    camera = replace(scene.camera, move="orbit", rate=180.0)
    ball = replace(scene.bodies[0], position=(0.0, scene.bodies[0].radius, 0.0))
    return replace(scene, bodies=(ball,), camera=camera, width=SIDE, height=SIDE, num_frames=48)


def _damped() -> Scene:
    scene = bouncing()
    ball = replace(scene.bodies[0], restitution=0.7, drag_coefficient=0.47)
    return replace(scene, bodies=(ball,), width=SIDE, height=SIDE, num_frames=40)


CASES: dict[str, Callable[[], Scene]] = {
    "a camera once round": _orbit,
    "a bounce without loss": lambda: replace(bouncing(), width=SIDE, height=SIDE, num_frames=32),
    "a bounce that dies": _damped,
    "rain": _words("heavy rain on a street", 24),
    "snow": _words("snow falls at night", 24),
    "a choppy lake": _words("small waves on a lake in the wind", 144),
    "smoke": _words("white smoke rises", 24),
    "a campfire": _words("a campfire at night", 24),
}


def rows() -> list[dict[str, Any]]:
    """One loop of every case, written as frames and read back."""
    out = []
    for name, scene in CASES.items():
        kind, ratio, worst = _measured(scene())
        out.append(below(f"loop ({kind})", f"{name}: seam over the median step", ratio, MOST))
        out.append(row(f"loop ({kind})", f"{name}: largest step of all", round(worst, 3), "told", True))
        print(out[-2], flush=True)
    return out


def _measured(scene: Scene) -> tuple[str, float, float]:
    """How it loops, the step over the seam and the largest step, by the median step."""
    from parabola.loop import plan_loop
    from parabola.media import read_clip
    from parabola.pipeline import generate

    loop = plan_loop(scene)
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "loop.%04d.png"
        generate(scene, out=out, guide_only=True, loop=loop)
        frames = [frame.astype(float) for frame in read_clip(out)]
    steps = [np.abs(b - a).mean() for a, b in zip(frames, frames[1:], strict=False)]
    middle = max(float(np.median(steps)), 1e-9)
    seam = float(np.abs(frames[0] - frames[-1]).mean())
    return loop.kind, seam / middle, max([*steps, seam]) / middle
