"""Storyboards: several shots in one YAML file, cut together into one clip.

    size: 640x360            # of all shots; default 512x512
    fps: 24
    shots:
      - prompt: a basketball bounces on a court      # words ...
        seconds: 2
        seed: 4
      - scene: ocean_at_dusk.yaml                    # ... or a scene file, beside this one
        seconds: 3

Every shot is a Scene of its own and is made as one; between them the clip cuts. Where a shot's camera or
light matter, write its scene file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from parabola import checks
from physics.scene import Scene

MOST = 100  # shots
_TOP = {"shots", "size", "fps", "seed"}
_SHOT = {"prompt", "scene", "seconds", "seed"}


@dataclass(frozen=True)
class Shot:
    """One shot, and the words of its prompt that were not understood."""

    scene: Scene
    unknown: tuple[str, ...] = ()


def is_storyboard(path: str | Path) -> bool:
    """Whether a YAML file lists shots."""
    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, yaml.YAMLError):
        return False  # the reader of scene files says what is wrong with it
    return isinstance(data, dict) and "shots" in data


def load_storyboard(
    path: str | Path,
    *,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    seed: int | None = None,
) -> list[Shot]:
    """The checked shots of a storyboard; arguments win over the file. ValueError names shot and fix."""
    path = Path(path)
    data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    _known(data, _TOP, path.name)
    shots = data["shots"]
    if not isinstance(shots, list) or not 1 <= len(shots) <= MOST:
        raise ValueError(f"{path.name}: shots: give a list of 1 to {MOST} shots")
    shape = {
        "size": size or checks.size(str(data.get("size", "512x512"))),
        "fps": fps or checks.fps(data.get("fps", 24)),
        "seed": checks.seed(data.get("seed", 0)) if seed is None else seed,
    }
    return [_shot(path, k, shot, **shape) for k, shot in enumerate(shots)]


def _known(data: Any, names: set[str], where: str) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"{where}: expected fields such as {', '.join(sorted(names))}")
    for name in data:
        if name not in names:
            raise ValueError(f"{where}: unknown field {name!r}; known are {', '.join(sorted(names))}")


def _shot(path: Path, k: int, shot: Any, size: tuple[int, int], fps: float, seed: int) -> Shot:
    """One entry of the list; its own seed is that of the board, plus its number, where it names none."""
    from parabola.api import ready
    from parabola.prompts import scene_from_prompt
    from parabola.scene_file import load_scene

    where = f"{path.name}: shots[{k}]"
    _known(shot, _SHOT, where)
    if ("prompt" in shot) == ("scene" in shot):
        raise ValueError(f"{where}: give a prompt or a scene file, one of them")
    try:
        count = checks.duration(shot["seconds"], fps) if "seconds" in shot else None
        drawn = checks.seed(shot.get("seed", seed + k))
        width, height = size
        if "scene" in shot:
            scene, unknown = load_scene(path.parent / str(shot["scene"])), ()
            length = count or checks.duration(scene.num_frames / scene.fps, fps)
            scene = replace(scene, width=width, height=height, fps=fps, num_frames=length)
        else:
            length = count or checks.duration(4, fps)
            scene, unknown = scene_from_prompt(
                str(shot["prompt"]), width=width, height=height, fps=fps, num_frames=length, seed=drawn
            )
        return Shot(ready(scene), unknown)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def generate_storyboard(
    shots: list[Shot], out: str | Path, *, progress: Callable[[int, Any], Any] | None = None,
    timeline: str | Path | None = None, **how: Any,
) -> dict[str, Any]:  # fmt: skip
    """Write all shots to `out`, one after another, and an OpenTimelineIO file of the cuts to `timeline`;
    `how` is
    what `pipeline.frames` takes. A summary."""
    from parabola import pipeline
    from parabola.media import write_clip
    from parabola.scene_file import dump_scene

    began, first = time.monotonic(), shots[0].scene
    size = {"width": first.width, "height": first.height, "fps": first.fps}

    def frames() -> Iterator[Any]:
        for shot in shots:
            yield from pipeline.frames(shot.scene, **how)

    write_clip(
        out, frames(), **size, progress=progress,
        metadata={**how, "shots": [dump_scene(shot.scene) for shot in shots]},
    )  # fmt: skip
    starts, total = [], 0
    for shot in shots:
        starts.append(total)
        total += shot.scene.num_frames
    if timeline is not None:
        _write_timeline(Path(timeline), Path(out), shots, starts, total)
    seconds = round(time.monotonic() - began, 2)
    return {"out": str(out), "num_frames": total, "cuts": starts, "seconds": seconds, **size, **how}


def _write_timeline(path: Path, out: Path, shots: list[Shot], starts: list[int], total: int) -> None:
    """Every shot as a clip of the one movie."""
    from parabola.film.timeline import Cut, write_timeline
    from parabola.media import exact_rate

    cuts = [
        Cut(name=f"shot {k + 1}", frames=shot.scene.num_frames, start=start, movie=out.name, media=(0, total))
        for k, (shot, start) in enumerate(zip(shots, starts, strict=True))
    ]
    write_timeline(path, out.stem, cuts, exact_rate(shots[0].scene.fps))
