"""The one flow: Scene -> world -> guide -> painter -> corrector -> frames -> file.

    rollout = motion(scene)                       physics, exact and event-driven
    guide   = next(guides(scene, rollout))        the predicted frame and all that is known about it
    frame   = painter.paint(guide, ...)           a small diffusion model adds the light that is missing
    frame   = corrector.correct(frame, guide)     what the painter bent is measured and mended

Frames are made one at a time and handed on; nothing here grows with the length of the clip.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np

from correction import Corrector
from diffusion.painter import Painter
from parabola.alpha import rgba
from parabola.control.brand import solved_colours
from parabola.loop import Loop, Seam, closed
from parabola.loop_start import started
from parabola.passes import PassWriters
from parabola.trajectories import build
from physics.colour import quantise
from physics.guide import Guide
from physics.lens import defocus
from physics.rigid import Rollout
from physics.scene import Scene
from physics.shutter import blur, open_shutter
from physics.worlds import guides, motion

Callback = Callable[[int, np.ndarray], Any] | None


def frames(
    scene: Scene,
    *,
    steps: int = 2,
    guide_only: bool = False,
    correct: bool = True,
    callback: Callback = None,
    rollout: Rollout | None = None,
    corrector: Corrector | None = None,
    on_guide: Callable[[Guide], None] | None = None,
    on_made: Callable[[np.ndarray, Any, Guide], None] | None = None,
    alpha: bool = False,
) -> Iterator[np.ndarray]:
    """The frames of `scene`, uint8 (H, W, 3) sRGB, one after another; with `alpha` (H, W, 4), straight.

    `callback(k, frame)` and `on_guide(guide)` are told of each frame, `on_made(frame, picture, guide)`
    also of the sRGB picture before rounding and correction; a given `corrector` keeps its report.
    """
    if alpha and scene.camera.f_stop:
        raise ValueError("--alpha cuts out sharply: give --f-stop to the program that puts things together")
    rollout = rollout or motion(scene)
    scene = solved_colours(scene, rollout) if scene.light.keep_colours else scene
    painter = None if guide_only else Painter.load()
    correct = correct and not guide_only and bool(scene.bodies)
    corrector = corrector or (Corrector(scene, rollout) if correct else None)
    shutter = open_shutter(scene) if scene.camera.shutter_deg > 0 and scene.bodies else None
    key, memory = jax.random.key(scene.seed), None
    for k, guide in enumerate(guides(scene, rollout)):
        picture = guide.rgb
        if painter is not None:
            picture, memory = painter.paint(guide, scene.light, memory, jax.random.fold_in(key, k), steps)
        frame = quantise(picture)
        if corrector is not None:
            frame = corrector.correct(k, frame, guide)
        if shutter is not None:
            frame = blur(shutter, k, frame, guide)
        if scene.camera.f_stop:
            frame = defocus(scene, k, frame, np.asarray(guide.depth))
        if alpha:
            frame = rgba(frame, guide)
        if on_guide is not None:
            on_guide(guide)
        if on_made is not None:
            on_made(frame, picture, guide)
        if callback is not None:
            callback(k, frame)
        yield frame


def _looped(stream: Iterator[np.ndarray], loop: Loop, out: Path, timed: bool) -> Iterator[np.ndarray]:
    """The loop's frames; those that nothing else is timed by start where the seam is an ordinary step."""
    whole = closed(stream, loop.overlap)
    return whole if timed or loop.kind == "still" else started(whole, out.parent)


def generate(
    scene: Scene,
    *,
    out: str | Path,
    steps: int = 2,
    guide_only: bool = False,
    correct: bool = True,
    trajectories: str | Path | None = None,
    passes: tuple[str, ...] = (),
    progress: Callback = None,
    alpha: bool = False,
    loop: Loop | None = None,
    **file: Any,
) -> dict[str, Any]:
    """Write the clip of `scene` to `out`, with its trajectories and passes; returns a summary.

    `loop` is the plan by which the scene is looped (`parabola.loop.plan_loop`); `file` (codec, timecode,
    first) goes to `parabola.media.open_writer`.
    """
    from parabola.media import open_writer
    from parabola.scene_file import dump_scene

    began, length, seam = time.monotonic(), scene.num_frames, Seam()
    scene = loop.scene if loop else scene
    rollout = motion(scene)
    corrector = Corrector(scene, rollout) if correct and not guide_only and scene.bodies else None
    settings = {
        "prompt": scene.prompt,
        "seed": scene.seed,
        "steps": steps,
        "guide_only": guide_only,
        "correct": correct,
        **({"alpha": True} if alpha else {}),
        **({"loop": loop.kind} if loop else {}),
    }
    size = {"width": scene.width, "height": scene.height, "fps": scene.fps}
    metadata = {**settings, "scene": dump_scene(scene)}
    beside = PassWriters(Path(out), passes, num_frames=scene.num_frames, scene=scene, **size)
    with open_writer(out, **size, metadata=metadata, alpha=alpha, **file) as writer, beside:
        stream = frames(
            scene,
            steps=steps,
            guide_only=guide_only,
            correct=correct,
            callback=progress,
            rollout=rollout,
            corrector=corrector,
            on_guide=beside.write,
            alpha=alpha,
        )
        for frame in _looped(stream, loop, Path(out), bool(trajectories or passes)) if loop else stream:
            writer.write(frame)
            if loop:
                seam.see(frame)
    if trajectories:
        build(scene, rollout).save(trajectories)
    summary = {
        "out": str(out),
        "num_frames": length,
        **({"seam_ratio": seam.ratio} if loop else {}),
        "seconds": round(time.monotonic() - began, 2),
        **size,
        **settings,
    }
    report = corrector.report() if corrector else {}
    told = ("decision", "reason", "frames_changed", "findings")
    return {**summary, "correction": {name: report[name] for name in told if name in report} or None}
