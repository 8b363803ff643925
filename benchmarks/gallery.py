"""What do the worlds look like?  `python -m benchmarks.gallery [--only smoke rain] [--size 160]`

Fixed prompts and seeds; of each world the guide and the painted frame side by side, at two times of the clip.
Writes docs/gallery.jpg, below 300 kB, and prints per world how far painting moves a frame from its guide's
prior (root mean square, levels of 255): media render themselves, so it is small where they fill the picture.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import jax
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.report import print_table, write_results
from diffusion.painter import Painter
from parabola.prompts import scene_from_prompt
from physics.colour import quantise
from physics.worlds import guides, motion

OUT = Path(__file__).resolve().parents[1] / "docs" / "gallery.jpg"
LIMIT = 300_000  # bytes
WORLDS = {  # name -> prompt, seed, the two frames shown
    "balls": ("two rubber balls bounce on a wooden floor", 1, (8, 20)),
    "ocean": ("ocean at dusk", 0, (0, 20)),
    "storm": ("a storm at sea", 0, (0, 20)),
    "smoke": ("smoke rises", 0, (4, 24)),
    "fire": ("a campfire at night", 0, (4, 24)),
    "torch": ("torch fire", 0, (4, 24)),
    "rain": ("heavy rain on a street", 0, (4, 24)),
    "night rain": ("rain falls at night", 0, (4, 24)),
    "snow": ("snow falls at night", 0, (4, 24)),
    "hail": ("hail falls on grass", 0, (4, 24)),
    "leaves": ("autumn leaves in the wind", 0, (4, 24)),
    "confetti": ("confetti rains down", 0, (4, 24)),
    "dust": ("dust motes in a sunbeam", 0, (4, 24)),
    "bubbles": ("soap bubbles drift", 0, (4, 24)),
    "sparks": ("sparks fly", 0, (4, 24)),
    "embers": ("embers rise from a campfire", 0, (4, 24)),
    "cradle": ("newton's cradle with five steel balls", 0, (4, 24)),
    "sand": ("sand pours into a pile", 0, (24, 70)),
    "jelly": ("a red jelly cube lands on a table and wobbles", 0, (9, 14)),
    "snowball": ("a snowball smashes on the ground", 0, (2, 10)),
    "honey": ("honey pours onto a table", 0, (16, 50)),
    "dominoes": ("a row of twenty dominoes topples", 0, (12, 36)),
    "tower": ("a tower of wooden blocks is hit by a ball", 0, (2, 26)),
    "flag": ("a red flag waves in the wind", 0, (4, 24)),
    "cloth": ("a checkered tablecloth falls over a ball", 0, (8, 30)),
    "chain": ("a chain hangs between two posts", 0, (4, 24)),
    "pool": ("a beach ball drops into a pool", 0, (10, 26)),
    "pond": ("rain on a pond", 0, (4, 24)),
    "dam break": ("a dam break", 0, (4, 14)),
    "tank": ("a ball drops into a glass tank of water", 0, (10, 20)),
    "mixture": ("a red ball bounces through smoke in the rain", 2, (8, 24)),
}


def pictures(prompt: str, seed: int, frames: Sequence[int], size: int) -> tuple[list[np.ndarray], float]:
    """Guide and painted frame at each of `frames`, uint8 (size, size, 3), and what painting has changed."""
    scene, _ = scene_from_prompt(prompt, width=size, height=size, num_frames=max(frames) + 2, seed=seed)
    painter, key, memory = Painter.load(), jax.random.key(seed), None
    out, change = [], []
    for k, guide in enumerate(guides(scene, motion(scene))):
        if k in frames:
            painted, memory = painter.paint(guide, scene.light, memory, jax.random.fold_in(key, k), 2)
            out += [quantise(guide.rgb), quantise(painted)]
            change.append(float(np.mean((np.asarray(painted) - np.asarray(guide.prior)) ** 2)))
        if k >= max(frames):
            break
    return out, 255 * float(np.sqrt(np.mean(change)))


def sheet(rows: dict[str, list[np.ndarray]]) -> Image.Image:
    """Two worlds a row, each guide, painted, guide, painted, with its name."""
    names = list(rows)
    size = rows[names[0]][0].shape[0]
    lines = -(-len(names) // 2)
    page = Image.new("RGB", (8 * size + 8, lines * (size + 14)), "white")
    draw = ImageDraw.Draw(page)
    for i, name in enumerate(names):
        x, y = (i % 2) * (4 * size + 8), (i // 2) * (size + 14)
        draw.text((x + 3, y + 1), f"{name}: guide, painted, guide, painted", fill="black")
        page.paste(Image.fromarray(np.concatenate(rows[name], 1)), (x, y + 14))
    return page


def save(page: Image.Image, path: Path) -> int:
    """Write the page below LIMIT bytes, as good as that allows; its size."""
    for quality in (90, 85, 80, 72, 64, 55, 45):
        data = BytesIO()
        page.save(data, "JPEG", quality=quality, optimize=True)
        if data.tell() < LIMIT:
            break
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data.getvalue())
    return data.tell()


def main(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Make the sheet; returns what painting changed in each world."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gallery")
    parser.add_argument(
        "--only", nargs="+", choices=list(WORLDS), default=list(WORLDS), help="these worlds alone"
    )
    parser.add_argument("--size", type=int, default=160, help="px of each picture")
    parser.add_argument("--out", type=Path, default=OUT, help="where to write the sheet")
    options = parser.parse_args(arguments)
    rows, found = {}, {}
    for name in options.only:
        prompt, seed, frames = WORLDS[name]
        rows[name], found[name] = pictures(prompt, seed, frames, options.size)
        print(f"{name}: {prompt}", file=sys.stderr, flush=True)
    size = save(sheet(rows), options.out)
    table = [[name, WORLDS[name][0], change] for name, change in found.items()]
    print_table(
        f"Painting against the prior; sheet of {size} bytes", ["world", "prompt", "rms, of 255"], table
    )
    if options.out == OUT:
        write_results("gallery", {"bytes": size, "painted_over_prior_rms": found})
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
