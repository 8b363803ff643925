"""The call signature that users of Diffusers know: `pipe(prompt, ...).frames[0]`.

    pipe = ParabolaPipeline.from_pretrained()
    clip = pipe("two rubber balls bounce on a wooden floor", num_frames=48, seed=1).frames[0]

Argument names are those of Diffusers' Wan and LTX pipelines. What image models need and a simulator does
not (`guidance_scale`, `max_sequence_length`, `attention_kwargs`, latents) is taken and has no effect. Sizes
and lengths are kept as given, never rounded to multiples. `generator` may be a seed, a NumPy generator, or
anything with `initial_seed()`, as torch's have. A callback that sets `pipe._interrupt = True` ends the clip
there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from parabola import checks
from physics.scene import Scene

_IDLE = {"guidance_scale", "max_sequence_length", "attention_kwargs", "latents", "guidance_scale_2",
         "callback_on_step_end_tensor_inputs", "prompt_embeds", "negative_prompt_embeds"}  # fmt: skip
OUTPUTS = ("np", "pil", "pt")


@dataclass
class ParabolaPipelineOutput:
    """`frames` as `output_type` says, one clip per video; what made them; planes where asked for."""

    frames: Any
    scenes: list[Scene]
    trajectories: list[dict[str, Any]]
    aovs: list[dict[str, np.ndarray]]
    fps: float


class ParabolaPipeline:
    """Words, a Scene or a scene file to frames."""

    def __init__(self) -> None:
        self._interrupt = False

    @classmethod
    def from_pretrained(cls, path: str | Path | None = None, **_: Any) -> ParabolaPipeline:
        """The weights lie in the package: nothing is downloaded, and no other `path` can be given."""
        if path is not None and str(path) not in ("parabola", "."):
            raise ValueError(f"no weights called {path}: they come with the package; call from_pretrained()")
        return cls()

    def to(self, *_: Any, **__: Any) -> ParabolaPipeline:
        """Devices are JAX's choice; kept for scripts that call it."""
        return self

    def __call__(
        self,
        prompt: str | list[str] | None = None,
        image: Any = None,
        scene: Scene | str | None = None,
        negative_prompt: str | None = None,
        height: int = 480,
        width: int = 832,
        num_frames: int = 81,
        frame_rate: float = 24.0,
        num_inference_steps: int = 2,
        num_videos_per_prompt: int = 1,
        generator: Any = None,
        seed: int | None = None,
        output_type: str = "np",
        return_dict: bool = True,
        callback_on_step_end: Callable[..., Any] | None = None,
        guide_only: bool = False,
        aovs: tuple[str, ...] = (),
        **idle: Any,
    ) -> Any:
        """Frames of every prompt, as `output_type` says.

        "np" is (B, F, H, W, 3) float32 in [0, 1], "pil" lists of pictures, "pt" (B, F, 3, H, W).

        `aovs` names passes of `parabola.film.layers`. ValueError of one line for what cannot be.
        """
        unknown = set(idle) - _IDLE
        if unknown:
            raise ValueError(f"unknown argument {sorted(unknown)[0]!r}; see help(ParabolaPipeline.__call__)")
        if output_type not in OUTPUTS:
            raise ValueError(f"output_type {output_type!r}: choose from {', '.join(OUTPUTS)}")
        if (prompt is None) == (scene is None) and image is None:
            raise ValueError("give a prompt or a scene, one of them")
        given = {"width": width, "height": height, "num_frames": checks.frames(num_frames)}
        given["fps"] = checks.fps(frame_rate)
        first = _seed(seed, generator)
        self._interrupt = False
        jobs = prompt if isinstance(prompt, list) else [scene if prompt is None else prompt]
        made = [
            self._one(job, image, negative_prompt, {**given, "seed": first + k}, num_inference_steps,
                      guide_only, aovs, callback_on_step_end)
            for job in jobs for k in range(checks.whole(num_videos_per_prompt, 1, 100, "1 to 100 videos"))
        ]  # fmt: skip
        frames = _as(output_type, [clip for clip, *_ in made])
        if not return_dict:
            return (frames,)
        scenes = [found for _, found, _, _ in made if found is not None]
        told, planes = [m[2] for m in made], [m[3] for m in made]
        return ParabolaPipelineOutput(frames, scenes, told, planes, given["fps"])

    def _one(
        self, job: Any, image: Any, negative: str | None, given: dict[str, Any], steps: int, guide_only: bool,
        aovs: tuple[str, ...], told: Callable[..., Any] | None,
    ) -> tuple[list[np.ndarray], Scene | None, dict[str, Any], dict[str, np.ndarray]]:  # fmt: skip
        """One clip: frames, scene, trajectories, planes."""
        if image is not None:
            from parabola.api import generate

            clip = generate(job, image=image, num_frames=given["num_frames"], fps=given["fps"])
            assert clip.trajectories is not None
            return list(self._heard(iter(clip), told)), None, clip.trajectories.to_dict(), {}
        from parabola import pipeline
        from parabola.film.layers import Shot, plane_of
        from parabola.trajectories import build
        from physics.worlds import motion

        scene = _scene(job, negative, given)
        shot = Shot(scene, motion(scene))
        planes: dict[str, list[np.ndarray]] = {name: [] for name in aovs}

        def keep(_frame: np.ndarray, _picture: Any, guide: Any) -> None:
            for name in aovs:
                plane = guide.motion if name == "motion" else plane_of(name, shot, len(planes[name]), guide)
                planes[name].append(np.asarray(plane, np.float32))

        how = {"steps": checks.steps(steps), "guide_only": guide_only, "rollout": shot.rollout}
        frames = list(self._heard(pipeline.frames(scene, on_made=keep, **how), told))
        tracks = build(scene, shot.rollout).to_dict()
        return frames, scene, tracks, {name: np.stack(p) for name, p in planes.items()}

    def _heard(self, frames: Any, told: Callable[..., Any] | None):
        """The frames, each told to the callback, which may hand back another; until it interrupts."""
        for k, frame in enumerate(frames):
            answer = told(self, k, k, {"frames": frame}) if told is not None else None
            yield answer.get("frames", frame) if isinstance(answer, dict) else frame
            if self._interrupt:
                return


def _scene(job: Any, negative: str | None, given: dict[str, Any]) -> Scene:
    from parabola.api import as_scene, is_scene_file, ready
    from parabola.control.negative import scene_of_words

    if isinstance(job, Scene) or is_scene_file(str(job)):
        return as_scene(job, **given)
    checks.check_size(given["width"], given["height"])
    scene, unknown = scene_of_words(str(job), negative, given)
    if unknown:
        warnings.warn("did not understand: " + ", ".join(unknown), stacklevel=5)
    return ready(scene)


def _seed(seed: int | None, generator: Any) -> int:
    """The seed that a generator stands for; 0 where nothing is given."""
    if seed is not None:
        return checks.drawn_seed(checks.seed(seed))
    if generator is None:
        return 0
    if isinstance(generator, np.random.Generator):
        return int(generator.integers(2**31))
    if hasattr(generator, "initial_seed"):
        return int(generator.initial_seed()) % 2**63
    return checks.drawn_seed(checks.seed(generator))


def _as(kind: str, clips: list[list[np.ndarray]]) -> Any:
    if kind == "pil":
        from PIL import Image

        return [[Image.fromarray(frame) for frame in clip] for clip in clips]
    lengths = {len(clip) for clip in clips}
    if len(lengths) > 1:
        raise ValueError("the clips differ in length; ask for output_type='pil', or for one clip at a time")
    batch = np.stack([np.stack(clip) for clip in clips]).astype(np.float32) / 255
    if kind == "np":
        return batch
    try:
        torch = import_module("torch")  # not a dependency: who asks for tensors has it
    except ImportError:
        raise ValueError("output_type 'pt' needs torch, which is not installed; use 'np' or 'pil'") from None
    return torch.from_numpy(np.moveaxis(batch, -1, 2).copy())
