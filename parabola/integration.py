"""One call for programs that want a clip with its planes as plain arrays (ComfyUI's nodes use it)."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np

from parabola.pipelines import ParabolaPipeline

FADE = 10.0  # m beyond the nearest surface at which depth is black


def render(
    prompt: str, negative: str = "", *, width: int, height: int, num_frames: int, fps: float, seed: int,
    steps: int = 2, guide_only: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """frames, normal, motion (T, H, W, 3), depth, things (T, H, W), all float32 in [0, 1]; rate;
    trajectories.

    depth: 1 nearest, falling to 0 over FADE m; normal: world, 0.5 + 0.5 n; motion: 0.5 + 0.5 v, v in shares
    of the larger side, y down; things: 1 where there is neither sky nor ground.
    """
    from parabola.media import exact_rate

    made = ParabolaPipeline()(
        prompt, negative_prompt=negative or None, width=width, height=height, num_frames=num_frames,
        frame_rate=fps, seed=seed, num_inference_steps=steps, guide_only=guide_only,
        aovs=("depth", "normal", "motion", "things"),
    )  # fmt: skip
    planes = made.aovs[0]
    near = float(planes["depth"].min())
    motion = planes["motion"] / max(width, height)
    return {
        "frames": made.frames[0],
        "things": planes["things"],
        "depth": np.clip(1 - (planes["depth"] - near) / FADE, 0, 1),
        "normal": 0.5 + 0.5 * planes["normal"],
        "motion": 0.5 + 0.5 * np.concatenate([motion, np.zeros_like(motion[..., :1])], -1),
        "rate": Fraction(exact_rate(fps)),
        "trajectories": json.dumps(made.trajectories[0]),
    }
