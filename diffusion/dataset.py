"""Training samples: crops of random scenes, guide planes beside path-traced truth, cached on disk.

A sample holds S consecutive guides of one crop and the truth of the last. S is 1, or 4 for the samples
that the self-rollout stage uses: the painter paints frames 1 ... S - 1 itself, so truth is needed for
the last frame only. `python -m diffusion.dataset DIR --count N --first I` makes samples I ... I + N - 1;
sample i depends on its number alone, so several processes can share the work and a killed one resumes.
`--rebake` renews the guide planes of the samples that are there, after a change of the guide, and keeps their
truth.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import jax
import numpy as np

from diffusion.condition import LIGHT_SIZE, light_vector, pack
from diffusion.random_scenes import Stills, random_scene, vary
from diffusion.reference import render_reference
from physics.arrays import Crop
from physics.camera import project
from physics.colour import display
from physics.guide import render_guide
from physics.scene import Scene

SIDE = 128  # px, crop
ROLLOUT = 4  # frames of the samples for self-rollouts
SPP = 64
VARIED = 2000  # samples from this number on also show what `vary` adds


def make_sample(number: int, *, side: int = SIDE, spp: int = SPP) -> dict[str, np.ndarray]:
    """Sample `number`: packed planes (S, side, side, C), truth (side, side, 3) sRGB, light (LIGHT_SIZE,)."""
    scene, stills, crop = sample_scene(number, side)
    last = len(stills.position) - 1
    radiance = render_reference(scene, stills, last, spp=spp, crop=crop, seed=number, texels=4 * side)
    return {
        **guide_planes(scene, stills, crop),
        "truth": np.asarray(display(radiance)).astype(np.float16),
        "light": np.asarray(light_vector(scene.light)).reshape(LIGHT_SIZE).astype(np.float32),
    }


def sample_scene(number: int, side: int = SIDE) -> tuple[Scene, Stills, Crop]:
    """What sample `number` shows: the scene, its states and the crop."""
    rng = np.random.default_rng([7, number])
    scene, stills = random_scene(rng, ROLLOUT if number % 4 == 0 else 1)
    if number >= VARIED:
        scene = vary(np.random.default_rng([8, number]), scene)
    return scene, stills, choose_crop(rng, scene, stills, side)


def guide_planes(scene: Scene, stills: Stills, crop: Crop) -> dict[str, np.ndarray]:
    """The guide's share of a sample: packed planes, motion to the frame before, ids, each (S, ...)."""
    guides = [render_guide(scene, stills, k, crop, fuse=False) for k in range(len(stills.position))]
    return {
        "planes": np.stack([np.asarray(pack(g)) for g in guides]).astype(np.float16),
        "motion": np.stack([np.asarray(g.motion_back) for g in guides]).astype(np.float16),
        "ident": np.stack([np.asarray(g.ident) for g in guides]).astype(np.uint8),
    }


def choose_crop(rng, scene: Scene, stills: Stills, side: int) -> Crop:
    """A crop that mostly shows a ball or the ground beside one."""
    points, _ = project(scene, 0.0, stills.position[-1])
    x, y = points[rng.integers(len(points))]
    if rng.random() < 0.15:
        x, y = rng.uniform(0, scene.width), rng.uniform(0, scene.height)
    centre = np.array([x, y]) + rng.normal(0, 0.45 * side, 2) + [0, 0.15 * side]
    top = np.clip(centre - side / 2, 0, [scene.width - side, scene.height - side])
    return int(top[0]), int(top[1]), side, side


def save_sample(folder: Path, number: int) -> None:
    """Make one sample unless it is there."""
    path = folder / f"{number:06d}.npz"
    if not path.exists():
        _write(path, make_sample(number))


def rebake(folder: Path, number: int) -> None:
    """Renew the guide planes of one sample, if it is there."""
    path = folder / f"{number:06d}.npz"
    if not path.exists():
        return
    with np.load(path) as f:
        kept = {k: f[k] for k in ("truth", "light")}
    _write(path, {**guide_planes(*sample_scene(number, len(kept["truth"]))), **kept})


def _write(path: Path, sample: dict[str, np.ndarray]) -> None:
    """A half-written file never carries the final name."""
    part = path.with_name(f".{path.stem}.{os.getpid()}.npz")
    np.savez(part, **sample)  # type: ignore[arg-type]
    part.rename(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--rebake", action="store_true", help="renew the guide planes, keep the truth")
    args = parser.parse_args()
    jax.config.update("jax_compilation_cache_dir", str(args.folder / ".compiled"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    args.folder.mkdir(parents=True, exist_ok=True)
    for number in range(args.first, args.first + args.count * args.stride, args.stride):
        (rebake if args.rebake else save_sample)(args.folder, number)
        if number % 50 == args.first % 50:
            print(number, flush=True)


if __name__ == "__main__":
    main()
