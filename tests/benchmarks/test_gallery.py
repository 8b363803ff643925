"""The gallery: a sheet of every world, small enough to keep."""

from __future__ import annotations

import numpy as np
from PIL import Image

from benchmarks import gallery
from parabola.prompts import scene_from_prompt


def test_every_prompt_is_understood():
    for prompt, seed, frames in gallery.WORLDS.values():
        scene, unknown = scene_from_prompt(prompt, num_frames=max(frames) + 2, seed=seed)
        assert unknown == () and scene.prompt == prompt


def test_the_sheet_is_kept_small(tmp_path):
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 255, (96, 96, 3), np.uint8) for _ in range(4)]
    path = tmp_path / "sheet.jpg"
    size = gallery.save(gallery.sheet({f"world {i}": noise for i in range(9)}), path)
    assert size == path.stat().st_size < gallery.LIMIT
    assert Image.open(path).size == (8 * 96 + 8, 5 * 110)
