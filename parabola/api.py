"""The Python interface: `generate`, `predict`, `correct`.

Errors that a caller can cause are ValueErrors of one line.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from parabola import checks
from parabola.clip import Clip
from physics.scene import Scene

if TYPE_CHECKING:
    from parabola.animation import Setting
    from parabola.repair import Correction
    from physics.predictor import Priors


def generate(
    prompt: str | Scene,
    *,
    width: int = 512,
    height: int = 512,
    num_frames: int = 96,
    fps: float = 24.0,
    seed: int = 0,
    num_inference_steps: int = 2,
    guide_only: bool = False,
    correct: bool = True,
    image: Any = None,
    setting: Setting | None = None,
    callback: Callable[[int, np.ndarray], Any] | None = None,
) -> Clip:
    """A clip from words, from a Scene, or from the path of a scene file.

    With `image` (a path or uint8 (H, W, 3)) that still is moved instead: its objects are cut out and left to
    `setting` (parabola.animation.Setting) or to the gravity and wind that the prompt speaks of.
    A Scene brings its own size, rate, length and seed. Words that were not understood are warned about.
    `callback(k, frame)` is called after each frame. Frames are made as they are asked for: iterate, read
    `clip.frames`, or save.
    """
    from parabola import pipeline
    from parabola.scene_file import dump_scene
    from parabola.trajectories import build
    from physics.worlds import motion

    if image is not None:
        return _animated(image, prompt, num_frames, fps, setting, callback)
    steps = checks.steps(num_inference_steps)
    scene = as_scene(prompt, width=width, height=height, num_frames=num_frames, fps=fps, seed=seed)
    how = {"steps": steps, "guide_only": guide_only, "correct": correct}
    rollout = motion(scene)
    stream = pipeline.frames(scene, **how, callback=callback, rollout=rollout)
    settings = {"prompt": scene.prompt, "seed": scene.seed, **how, "scene": dump_scene(scene)}
    return Clip(iter(stream), scene.fps, trajectories=build(scene, rollout), metadata=settings)


def _animated(
    image: Any, prompt: object, num_frames: int, fps: float, setting: Setting | None, callback: Any
) -> Clip:
    from parabola.animation import Animation, Setting, from_words
    from parabola.media import read_image

    picture = read_image(image) if isinstance(image, str | Path) else np.asarray(image)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[-1] not in (3, 4):
        raise ValueError(f"the image is {picture.dtype} {picture.shape}; give uint8 (height, width, 3)")
    words = prompt if isinstance(prompt, str) else None
    setting = setting or Setting(**from_words(words))
    made = Animation(picture[..., :3], checks.frames(num_frames), checks.fps(fps), setting)
    frames = (_told(callback, k, frame) for k, frame in enumerate(made))
    return Clip(frames, fps, trajectories=made.trajectories(), metadata={"prompt": words, "image": True})


def _told(callback: Any, k: int, frame: np.ndarray) -> np.ndarray:
    if callback is not None:
        callback(k, frame)
    return frame


def as_scene(
    prompt: str | Scene, *, width: int, height: int, num_frames: int, fps: float, seed: int
) -> Scene:
    """The checked Scene that `prompt` stands for."""
    from parabola.scene_file import load_scene

    if isinstance(prompt, Scene):
        scene = prompt
    elif not isinstance(prompt, (str, Path)):
        raise ValueError(
            f"expected a prompt or a Scene, got {type(prompt).__name__}; give words such as 'a ball bounces'"
        )
    elif is_scene_file(str(prompt)):
        scene = load_scene(str(prompt))
    else:
        scene = _from_words(str(prompt), width, height, num_frames, fps, seed)
    return ready(scene)


def ready(scene: Scene) -> Scene:
    """The scene checked, its size affordable, its waypoints solved for: what the pipeline takes."""
    from parabola.scene_file import validate
    from physics.camera import with_lens

    validate(scene)
    scene = with_lens(scene)
    checks.memory(scene.width, scene.height, scene.num_frames)
    if not any(body.reach for body in scene.bodies):
        return scene
    from parabola.targets import solve_targets

    return solve_targets(scene)


def is_scene_file(text: str) -> bool:
    """Whether a prompt is in truth the name of a scene file."""
    return text.lower().endswith((".yaml", ".yml")) and "\n" not in text


def _from_words(text: str, width: int, height: int, num_frames: int, fps: float, seed: int) -> Scene:
    from parabola.prompts import scene_from_prompt

    checks.check_size(width, height)
    shape = {
        "width": width,
        "height": height,
        "num_frames": checks.frames(num_frames),
        "fps": checks.fps(fps),
    }
    scene, unknown = scene_from_prompt(text, seed=checks.drawn_seed(checks.seed(seed)), **shape)
    if unknown:
        warnings.warn("did not understand: " + ", ".join(unknown), stacklevel=4)
    return scene


def predict(
    frames: Any,
    num_frames: int = 29,
    fps: float = 24.0,
    *,
    guide_only: bool = False,
    priors: Priors | None = None,
) -> Clip:
    """Continue watched frames, uint8 (K, H, W, 3) with K of 3 or more: a Clip of the predicted frames only.

    Objects, background and laws of motion are found in the frames; `clip.trajectories` says where everything
    is, with `sigma_px`. `priors` (physics.predictor.Priors) states what is known in advance, such as gravity.
    `guide_only` has no effect in this version: the predicted frame is composed of the clip's own pixels, and
    no network paints over them.
    """
    from parabola.continuation import Continuation, understood, watched

    count = checks.frames(num_frames)
    video = watched(frames, checks.fps(fps))
    cast, notes = understood(video, priors)
    for note in notes:
        warnings.warn(note, stacklevel=2)
    follow = Continuation(cast, count, priors)
    settings = {"continues": len(video.array), "guide_only": guide_only, "notes": list(notes)}
    return Clip(iter(follow), video.fps, trajectories=follow.trajectories(), metadata=settings)


def correct(
    video: str | Path | np.ndarray,
    fps: float = 24.0,
    *,
    only: tuple[int, ...] = (),
    ignore: tuple[int, ...] = (),
    strength: float = 1.0,
) -> Correction:
    """Repair the motion of a finished clip: a path, or frames uint8 (T, H, W, 3) at `fps`.

    `only` and `ignore` name objects by the ids of the report; `strength` is the share of the way that they
    are moved. `.clip` is the repaired clip, `.report` a dictionary in the schema of `correct --report`.
    """
    from correction.verdict import RepairConfig
    from parabola.media.probe import probe, refuse_unfit
    from parabola.repair import correct_array, correct_clip

    config = RepairConfig(only=frozenset(only), ignore=frozenset(ignore), strength=checks.share(strength))
    if isinstance(video, str | Path):
        checks.readable(video, "clip")
        refuse_unfit(video, probe(video))
        return correct_clip(video, config)
    return correct_array(video, fps, config)


def with_overrides(scene: Scene, **changes: Any) -> Scene:
    """`scene` with those changes that are not None."""
    return replace(scene, **{name: value for name, value in changes.items() if value is not None})
