"""ComfyUI nodes (V3 schema): words or a scene file to frames, with the passes that only a simulator has.

Outputs follow ComfyUI's types: IMAGE is a float32 tensor (B, H, W, 3) in [0, 1], a frame per batch entry;
MASK (B, H, W); VIDEO has the exact rate as a fraction. Depth is near = 1; normal and motion are 0.5 + 0.5
v, motion in shares of the picture's larger side. Saving is left to ComfyUI's own nodes.
"""

from __future__ import annotations

import numpy as np
import torch
from comfy_api.latest import ComfyExtension, InputImpl, Types, io
from typing_extensions import override


def _image(frames: np.ndarray) -> torch.Tensor:
    """(B, H, W) or (B, H, W, C) as IMAGE: float32, three channels, in [0, 1]."""
    picture = frames[..., None].repeat(3, -1) if frames.ndim == 3 else frames
    return torch.from_numpy(np.ascontiguousarray(np.clip(picture, 0, 1), dtype=np.float32))


def _shape_inputs() -> list:
    return [
        io.Int.Input("width", default=512, min=16, max=8192, step=2),
        io.Int.Input("height", default=512, min=16, max=8192, step=2),
        io.Int.Input("num_frames", default=48, min=1, max=100000),
        io.Float.Input("fps", default=24.0, min=0.01, max=1000.0, step=0.001),
        io.Int.Input("seed", default=0, min=0, max=2**63 - 1, control_after_generate=True),
        io.Int.Input("steps", default=2, min=1, max=4),
        io.Boolean.Input("guide_only", default=False, tooltip="physics alone, no diffusion: much faster"),
    ]


class ParabolaGenerate(io.ComfyNode):
    """A clip and its passes."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        words = "two rubber balls bounce on a wooden floor"
        return io.Schema(
            node_id="ParabolaGenerate",
            display_name="Parabola: physics to video",
            category="video/parabola",
            description="Simulates what the prompt says and paints it. Runs on the CPU.",
            inputs=[
                io.String.Input("prompt", multiline=True, default=words),
                io.String.Input("negative_prompt", default="", optional=True),
                *_shape_inputs(),
            ],
            outputs=[
                io.Image.Output(display_name="images"),
                io.Mask.Output(display_name="things"),
                io.Image.Output(display_name="depth"),
                io.Image.Output(display_name="normal"),
                io.Image.Output(display_name="motion"),
                io.Video.Output(display_name="video"),
                io.String.Output(display_name="trajectories"),
            ],
        )

    @classmethod
    def fingerprint_inputs(cls, **inputs) -> str:
        return repr(sorted(inputs.items()))

    @classmethod
    def validate_inputs(cls, prompt: str, **_) -> bool | str:
        return True if prompt.strip() else "the prompt is empty; describe what should move"

    @classmethod
    def execute(
        cls, prompt, width, height, num_frames, fps, seed, steps, guide_only, negative_prompt=""
    ) -> io.NodeOutput:
        from parabola.integration import render

        made = render(
            prompt, negative_prompt, width=width, height=height, num_frames=num_frames, fps=fps, seed=seed,
            steps=steps, guide_only=guide_only,
        )  # fmt: skip
        images = _image(made["frames"])
        parts = Types.VideoComponents(images=images, audio=None, frame_rate=made["rate"])
        planes = [_image(made[name]) for name in ("depth", "normal", "motion")]
        mask = torch.from_numpy(np.ascontiguousarray(made["things"], dtype=np.float32))
        video = InputImpl.VideoFromComponents(parts)
        return io.NodeOutput(images, mask, *planes, video, made["trajectories"])


class ParabolaExtension(ComfyExtension):
    @override
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return [ParabolaGenerate]


async def comfy_entrypoint() -> ParabolaExtension:
    return ParabolaExtension()
