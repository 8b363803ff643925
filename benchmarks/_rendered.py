"""Synthetic clips from the project's own worlds: the guide renders a scene twice, as simulated and shaken.

The wobble is added in the plane of the picture (correlated over about four frames, rms in px), so that size,
shading, shadows and mirror images stay what the renderer makes of the place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from correction.outline import stated_outlines
from physics.camera import camera_at, camera_basis, focal_px
from physics.colour import quantise
from physics.rigid import Rollout, simulate
from physics.scene import Scene

PROMPTS = (
    "a red rubber ball bounces on a wooden floor",
    "a basketball bounces on a concrete court in the afternoon",
    "a tennis ball is thrown onto a court",
    "a football bounces on the grass, overcast",
)


@dataclass(frozen=True)
class RenderedClip:
    """The clip as found and as it should be, and where the first body's outline is in both, px."""

    scene: Scene
    frames: np.ndarray  # (T, H, W, 3) uint8
    truth: np.ndarray  # (T, H, W, 3) uint8
    shown: np.ndarray  # (T, 2)
    true: np.ndarray  # (T, 2)


def rendered(number: int, size: tuple[int, int] = (320, 192), count: int = 48, rms: float = 2.0):
    """RenderedClip `number`, deterministic."""
    from parabola.prompts import scene_from_prompt

    rng = np.random.default_rng([43, number])
    shape = {"width": size[0], "height": size[1], "num_frames": count}
    scene, _ = scene_from_prompt(PROMPTS[number % len(PROMPTS)], seed=number, **shape)
    rollout = simulate(scene)
    noise = ndimage.gaussian_filter1d(rng.normal(size=(count + 40, 2)), 1.7, axis=0)[20:-20]
    shaken = _shaken(scene, rollout, rms * noise / noise.std())
    shown, true = _places(scene, shaken), _places(scene, rollout)
    return RenderedClip(scene, _frames(scene, shaken), _frames(scene, rollout), shown, true)


def _shaken(scene: Scene, rollout: Rollout, shake: np.ndarray) -> Rollout:
    """The rollout with its first body moved by `shake` (T, 2) px in the picture."""
    position = np.array(rollout.position, float)
    for k in range(len(position)):
        eye, at = camera_at(scene.camera, k / scene.fps)
        right, up, forward = camera_basis(eye, at)
        metres = float(forward @ (position[k, 0] - eye)) / focal_px(scene)
        position[k, 0] += metres * (shake[k, 0] * right - shake[k, 1] * up)
    return replace(rollout, position=position)


def _frames(scene: Scene, rollout: Rollout) -> np.ndarray:
    from physics.guide import render_guide

    return np.stack([quantise(render_guide(scene, rollout, k).rgb) for k in range(len(rollout.position))])


def _places(scene: Scene, rollout: Rollout) -> np.ndarray:
    """Centres (T, 2) px of the first body's outline; nan where it is out of sight."""
    outlines = (stated_outlines(scene, k / scene.fps, p)[0] for k, p in enumerate(rollout.position))
    return np.stack([np.full(2, np.nan) if o is None else o.centre for o in outlines])
