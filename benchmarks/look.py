"""Does it look right? Six stills from six prompts, in one sheet: `python -m benchmarks.look`.

It also writes out/strip.png: guide, painted frame and motion of one clip. With `--target PICTURE` the
sheet is laid beside that picture (path-traced, six to eight seconds a frame on two
cores). The table gives the seconds that each still took after compilation. Judge with your own eyes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np
from PIL import Image

from benchmarks.report import print_table, write_results
from diffusion.painter import Painter
from parabola.prompts import scene_from_prompt
from physics.colour import quantise
from physics.guide import render_guide
from physics.rigid import simulate

SUBJECTS = (  # prompt, frame, seed
    ("a big red rubber ball, a teal ball and a small yellow ball bounce on a wooden floor", 10, 0),
    ("close-up of a clear glass ball, an amber glass ball and a light blue glass ball on white marble", 0, 0),
    ("a basketball bounces on concrete at sunset", 6, 0),
    ("close-up of a row of four steel balls hit by a steel ball on a dark polished floor", 0, 0),
    ("a beach ball bounces on sand", 8, 0),
    ("an orange ping-pong ball and a white ping-pong ball bounce on a green court", 8, 0),
)


def still(
    painter: Painter, prompt: str, frame: int, seed: int, side: int, steps: int
) -> tuple[np.ndarray, float]:
    """One painted frame, uint8 (side, side, 3), with two frames of history; and its seconds, compiled."""
    scene, _ = scene_from_prompt(prompt, width=side, height=side, seed=seed, num_frames=max(frame + 2, 24))
    rollout, key, memory = simulate(scene), jax.random.key(seed), None
    picture, seconds = None, 0.0
    for k in range(max(frame - 2, 0), frame + 1 if frame else 2):
        began = time.perf_counter()
        guide = render_guide(scene, rollout, k, fuse=False)
        picture, memory = painter.paint(guide, scene.light, memory, jax.random.fold_in(key, k), steps)
        picture = quantise(picture)
        seconds = time.perf_counter() - began
    assert picture is not None
    return picture, seconds


def strip(painter: Painter, side: int, steps: int, frame: int = 9) -> np.ndarray:
    """Guide, painted frame and motion of the default prompt, uint8 (side, 3 side, 3)."""
    prompt = "two rubber balls bounce on a wooden floor"
    scene, _ = scene_from_prompt(prompt, width=side, height=side, num_frames=frame + 2)
    rollout, memory, picture = simulate(scene), None, None
    for k in range(frame - 2, frame + 1):
        guide = render_guide(scene, rollout, k, fuse=False)
        picture, memory = painter.paint(guide, scene.light, memory, jax.random.key(k), steps)
    return np.hstack([quantise(guide.rgb), quantise(picture), motion_picture(np.asarray(guide.motion))])


def motion_picture(motion: np.ndarray) -> np.ndarray:
    """Motion (H, W, 2) px as colour: hue is direction, brightness is speed relative to the fastest pixel."""
    speed = np.hypot(motion[..., 0], motion[..., 1])
    hue = (np.arctan2(motion[..., 1], motion[..., 0]) / (2 * np.pi)) % 1.0
    value = 0.12 + 0.88 * np.sqrt(speed / max(float(speed.max()), 1e-6))
    hsv = np.stack([hue, np.full_like(hue, 0.7) * (speed > 1e-3), value], -1)
    return np.asarray(Image.fromarray(np.uint8(hsv * 255), "HSV").convert("RGB"))


def main(arguments: Sequence[str] = ()) -> dict:
    """Write out/look.png and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("out/look.png"))
    parser.add_argument("--target", type=Path, help="a 3 x 2 sheet to lay beside")
    args = parser.parse_args(arguments)
    painter = Painter.load()
    stills = [still(painter, *subject, args.side, args.steps) for subject in SUBJECTS]
    rows = [np.hstack([picture for picture, _ in stills[i : i + 3]]) for i in (0, 3)]
    sheet = Image.fromarray(np.vstack(rows))
    if args.target:
        beside = Image.open(args.target).convert("RGB").resize(sheet.size, Image.Resampling.LANCZOS)
        sheet = Image.fromarray(np.vstack([np.asarray(beside), np.asarray(sheet)]))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(args.out)
    Image.fromarray(strip(painter, args.side, args.steps)).save(args.out.with_name("strip.png"))
    table = [
        (prompt, frame, f"{seconds:.2f}")
        for (prompt, frame, _), (_, seconds) in zip(SUBJECTS, stills, strict=True)
    ]
    print_table("look", ("prompt", "frame", "s"), table)
    found = {"seconds": [seconds for _, seconds in stills], "side": args.side, "steps": args.steps}
    write_results("look", found)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
