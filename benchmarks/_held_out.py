"""Held-out shots and their path-traced truth, cached on disk.

A shot is a scene with three consecutive states; stills are measured on the last one, flicker on all three.
Training draws its scenes from the seeds [7, number]; these come from [11, number] and from prompts, so the
painter has seen none of them. Truth is two independent halves of the samples: their mean is the truth, their
difference says how noisy it still is. A file's name carries a digest of what it shows, so an interrupted
run resumes and a changed scene is rendered anew; a change of the patterns shows in the base colours kept
beside the truth and is refused.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from diffusion.random_scenes import Stills, random_scene
from diffusion.reference import fingerprint, revision
from physics.colour import quantise
from physics.guide import Guide, render_guide
from physics.scene import Scene

FOLDER = Path(__file__).resolve().parents[1] / "data" / "reference" / "quality"
FRAMES = 3  # states per shot
STILL = FRAMES - 1  # the one that is measured as a still
SETTLE = 10  # frames of a prompt's scene before its three
STALE = 0.01  # mean difference of base colours that shows changed patterns
PROMPTS = (
    "two rubber balls bounce on a wooden floor",
    "a basketball bounces on a court in the afternoon",
    "three glass marbles roll on marble",
    "a steel ball rolls across a tiled floor at sunset",
    "a red beach ball drops onto the sand",
    "a bowling ball hits a tennis ball on concrete",
    "a football rolls over the grass",
    "five ping-pong balls fall on a blue floor, overcast",
)


@dataclass(frozen=True)
class Shot:
    """One held-out scene and its three states."""

    name: str
    number: int  # fixes the seeds of truth and paint
    scene: Scene
    stills: Stills

    @property
    def moving(self) -> bool:
        """Whether any ball moves or turns between the states."""
        a, b = self.stills.position, self.stills.orientation
        return bool(np.ptp(a, axis=0).max() > 1e-4 or np.ptp(b, axis=0).max() > 1e-3)

    def guide(self, k: int = STILL) -> Guide:
        """The guide of state `k`; its parts compile once for all shots of one size."""
        return render_guide(self.scene, self.stills, k, fuse=False)  # type: ignore[arg-type]


def shots(count: int, size: int) -> list[Shot]:
    """`count` held-out shots at `size` px: four of five random, the rest from PROMPTS."""
    spoken = min(count // 5, len(PROMPTS))
    drawn = [_random_shot(number, size) for number in range(count - spoken)]
    return drawn + [_prompt_shot(i, size) for i in range(spoken)]


def _random_shot(number: int, size: int) -> Shot:
    scene, stills = random_scene(np.random.default_rng([11, number]), FRAMES)
    return Shot(f"random{number:03d}", number, replace(scene, width=size, height=size), stills)


def _prompt_shot(i: int, size: int) -> Shot:
    from parabola.prompts import scene_from_prompt
    from physics.rigid import simulate

    count = SETTLE + FRAMES
    scene, _ = scene_from_prompt(PROMPTS[i], width=size, height=size, num_frames=count, seed=i)
    rollout = simulate(scene, count)
    stills = Stills(rollout.position[SETTLE:], rollout.orientation[SETTLE:])
    return Shot(f"prompt{i}", 1000 + i, scene, stills)


def truth_halves(shot: Shot, k: int, spp: int, guide: Guide) -> np.ndarray:
    """Two independent halves (2, H, W, 3) of the scene-linear truth of state `k`, from disk or rendered."""
    path = FOLDER / f"{shot.name}_{k}_{_digest(shot, k, spp)}.npz"
    if not path.exists():
        _render(shot, k, spp, guide, path)
    with np.load(path) as f:
        halves, base = f["halves"].astype(np.float32), f["base"].astype(np.float32) / 255
    if np.abs(np.asarray(guide.base) - base).mean() > STALE:
        raise RuntimeError(f"{path} shows other base colours than the guide does now; delete it")
    return halves


def _digest(shot: Shot, k: int, spp: int) -> str:
    states = [np.round(a, 6).tolist() for a in (shot.stills.position[k], shot.stills.orientation[k])]
    rest = ", ".join(repr(x) for x in (states, spp, *revision(shot.scene)))
    return hashlib.sha256(f"({fingerprint(shot.scene)}, {rest})".encode()).hexdigest()[:12]


def _render(shot: Shot, k: int, spp: int, guide: Guide, path: Path) -> None:
    """A half-written file never carries the final name."""
    from diffusion.reference import render_reference

    seed, shape = 10_000 + FRAMES * shot.number + k, {"spp": spp // 2, "texels": 4 * shot.scene.width}
    halves = [
        render_reference(shot.scene, shot.stills, k, seed=seed + 100_000 * half, **shape)  # type: ignore[arg-type]
        for half in (0, 1)
    ]
    base = quantise(guide.base)
    part = path.with_name(f".{path.stem}.{os.getpid()}.npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(part, halves=np.clip(halves, 0, 6e4).astype(np.float16), base=base)
    part.rename(path)
