"""Training samples: crops of random scenes, guide planes beside path-traced truth, cached on disk.

A sample holds S consecutive guides of one crop and the truth of the last. S is 1, or 4 for the samples
that the self-rollout stage uses: the painter paints frames 1 ... S - 1 itself, so truth is needed for
the last frame only. `python -m diffusion.dataset DIR --count N --first I` makes samples I ... I + N - 1;
sample i depends on its number alone, so several processes can share the work and a killed one resumes.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import jax
import numpy as np

from diffusion.condition import LIGHT_SIZE, light_vector, pack
from diffusion.random_scenes import Stills, random_scene
from diffusion.reference import render_reference
from physics.camera import project
from physics.colour import display
from physics.guide import render_guide
from physics.scene import Scene

SIDE = 128  # px, crop
ROLLOUT = 4  # frames of the samples for self-rollouts
SPP = 64


def make_sample(number: int, *, side: int = SIDE, spp: int = SPP) -> dict[str, np.ndarray]:
    """Sample `number`: packed planes (S, side, side, C), truth (side, side, 3) sRGB, light (LIGHT_SIZE,)."""
    rng = np.random.default_rng([7, number])
    frames = ROLLOUT if number % 4 == 0 else 1
    scene, stills = random_scene(rng, frames)
    crop = choose_crop(rng, scene, stills, side)
    guides = [render_guide(scene, stills, k, crop, fuse=False) for k in range(frames)]
    radiance = render_reference(scene, stills, frames - 1, spp=spp, crop=crop, seed=number, texels=4 * side)
    return {
        "planes": np.stack([np.asarray(pack(g)) for g in guides]).astype(np.float16),
        "motion": np.stack([np.asarray(g.motion_back) for g in guides]).astype(np.float16),
        "ident": np.stack([np.asarray(g.ident) for g in guides]).astype(np.uint8),
        "truth": np.asarray(display(radiance)).astype(np.float16),
        "light": np.asarray(light_vector(scene.light)).reshape(LIGHT_SIZE).astype(np.float32),
    }


def choose_crop(rng, scene: Scene, stills: Stills, side: int) -> tuple[int, int, int, int]:
    """A crop that mostly shows a ball or the ground beside one."""
    points, _ = project(scene, 0.0, stills.position[-1])
    x, y = points[rng.integers(len(points))]
    if rng.random() < 0.15:
        x, y = rng.uniform(0, scene.width), rng.uniform(0, scene.height)
    centre = np.array([x, y]) + rng.normal(0, 0.45 * side, 2) + [0, 0.15 * side]
    top = np.clip(centre - side / 2, 0, [scene.width - side, scene.height - side])
    return int(top[0]), int(top[1]), side, side


def save_sample(folder: Path, number: int) -> None:
    """Make one sample unless it is there; a half-written file never carries the final name."""
    path = folder / f"{number:06d}.npz"
    if path.exists():
        return
    part = folder / f".{number:06d}.{os.getpid()}.npz"
    np.savez(part, **make_sample(number))  # type: ignore[arg-type]
    part.rename(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--stride", type=int, default=1)
    args = parser.parse_args()
    jax.config.update("jax_compilation_cache_dir", str(args.folder / ".compiled"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    args.folder.mkdir(parents=True, exist_ok=True)
    for number in range(args.first, args.first + args.count * args.stride, args.stride):
        save_sample(args.folder, number)
        if number % 50 == args.first % 50:
            print(number, flush=True)


if __name__ == "__main__":
    main()
