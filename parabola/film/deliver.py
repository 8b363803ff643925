"""Render a scene to layered EXR frames, and to the folder that an editor expects of a plate.

    SH010/SH010_PL01_v001/1920x1080/SH010_PL01_v001.1001.exr ...   all layers, scene-linear
    SH010/SH010_PL01_v001/SH010_PL01_v001.mov                      ProRes 422 HQ (4444 with alpha), with
    time code
    SH010/SH010_PL01_v001/SH010_camera.chan, .json                 camera track
    SH010/SH010_PL01_v001/SH010_trajectories.json                  what moved where, and events for sound
    SH010/SH010_PL01_v001/SH010_scene.yaml                         what made it, to be rendered again
    SH010/SH010_PL01_v001/SH010.otio                               timeline

Names follow Netflix's plate naming (shot, plate code and number, version, frame from 1001). A plate is
made in a hidden folder and moved into place when it is whole; frames stream, memory does not grow with
their number (with glibc: blocks as large as planes go back to the system at once, see `mallopt(3)`).
"""

from __future__ import annotations

import ctypes
import re
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from parabola import pipeline
from parabola.film import timecode
from parabola.film.camera_track import write_tracks
from parabola.film.exr import FIRST, LayerWriter, Stamp
from parabola.film.layers import LAYERS, Dialect, Shot, beauty_of, layers_of, motion_to_the_next
from parabola.film.timeline import Cut, write_timeline
from parabola.media import exact_rate, open_writer
from parabola.media.writers import Writer, part_beside
from parabola.trajectories import build
from physics.guide import Guide
from physics.scene import Scene
from physics.worlds import motion

M_MMAP_THRESHOLD, PLANE = -3, 1 << 20  # glibc's name for the option; bytes
_LEGAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PLATE = re.compile(r"[A-Za-z]{2,16}\d{2}")


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How a shot is written."""

    passes: tuple[str, ...] = LAYERS
    dialect: Dialect = "nuke"
    apart: bool = False  # a sequence for each layer
    first: int = FIRST  # number of the first frame
    code: str = "01:00:00:00"  # time code of the first frame


def render_layers(
    scene: Scene,
    pattern: Path,
    delivery: Delivery,
    *,
    movie: Path | None = None,
    alpha: bool = False,
    progress: Callable[[int, Any], Any] | None = None,
    settings: dict[str, Any] | None = None,
    **how: Any,
) -> dict[str, Any]:
    """Write `scene` to `pattern` (NAME.%04d.exr), and the review `movie`; `how` goes to `pipeline.frames`."""
    from parabola.scene_file import dump_scene

    _return_large_blocks()
    began, rate = time.monotonic(), exact_rate(scene.fps)
    start, drop = timecode.parse(delivery.code, rate), ";" in delivery.code
    noted = {**(settings or {}), "prompt": scene.prompt, "seed": scene.seed, **how}
    shot = Shot(scene, motion_to_the_next(scene))
    size = {"width": scene.width, "height": scene.height, "fps": scene.fps}
    with ExitStack() as stack:
        made = {**noted, "scene": dump_scene(scene)}
        files = stack.enter_context(LayerWriter(pattern, scene, made, apart=delivery.apart))
        review = None
        if movie is not None:
            review = stack.enter_context(_review(movie, size, alpha, delivery.code, made))

        def keep(frame: np.ndarray, picture: Any, guide: Guide) -> None:
            k = files.num_frames
            beauty = beauty_of(frame, picture, np.asarray(guide.alpha) if alpha else None)
            number = delivery.first + k
            stamp = Stamp(number, timecode.at(start + k, rate, drop), rate, files.note)
            files.write_layers(layers_of(shot, k, guide, beauty, delivery.passes, delivery.dialect), stamp)
            if review is not None:
                review.write(_deep(frame, picture))

        for _ in pipeline.frames(
            scene, rollout=shot.rollout, on_made=keep, alpha=alpha, callback=progress, **how
        ):
            pass
    return {
        "out": str(pattern), "num_frames": scene.num_frames, "first_frame": delivery.first,
        "timecode": delivery.code, "layers": ["beauty", *delivery.passes], "dialect": delivery.dialect,
        "seconds": round(time.monotonic() - began, 2), **size, **noted,
    }  # fmt: skip


def _return_large_blocks() -> None:
    """Else the heap is torn by planes that come and go, and grows for dozens of frames (measured)."""
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, PLANE)


def _review(movie: Path, size: dict, alpha: bool, code: str, settings: dict) -> Writer:
    codec = "prores-4444" if alpha else "prores-hq"
    return open_writer(movie, **size, alpha=alpha, codec=codec, timecode=code, metadata=settings)


def _deep(frame: np.ndarray, picture: Any) -> np.ndarray:
    """The frame with 16 bits: as the picture was before it was rounded, where nothing was changed after."""
    from physics.colour import quantise

    picture = np.asarray(picture, np.float32)
    fine = np.uint16(np.clip(picture, 0, 1) * 65535 + 0.5)
    colour = np.where(quantise(picture) == frame[..., :3], fine, frame[..., :3].astype(np.uint16) * 257)
    return np.concatenate([colour, frame[..., 3:].astype(np.uint16) * 257], -1)


def check_names(shot: str, plate: str, version: int) -> None:
    """ValueError for what a plate may not be called."""
    if not _LEGAL.fullmatch(shot):
        raise ValueError(f"--shot {shot!r}: use letters, digits, _ and - such as SH010")
    if not _PLATE.fullmatch(plate):
        raise ValueError(f"--plate {plate!r}: give letters and two digits such as PL01, BG01 or smoke01")
    if not 1 <= version <= 9999:
        raise ValueError(f"--plate-version {version}: give 1 to 9999")


def plate_name(shot: str, plate: str, version: int) -> str:
    """'SH010_PL01_v001'."""
    return f"{shot}_{plate}_v{version:03d}"


def make_plate(
    scene: Scene, folder: Path, shot: str, plate: str, version: int, delivery: Delivery, **how: Any
) -> dict[str, Any]:
    """The whole delivery under `folder`/`shot`; refuses to change a version that is there."""
    from parabola.scene_file import dump_scene

    check_names(shot, plate, version)
    name, rate = plate_name(shot, plate, version), exact_rate(scene.fps)
    target = folder / shot / name
    if target.exists():
        raise ValueError(f"{target} is there already; give --plate-version {version + 1}, or remove it")
    with _whole(target) as place:
        size = f"{scene.width}x{scene.height}"
        pattern = place / size / f"{name}.%04d.exr"
        movie = None if scene.width % 2 else place / f"{name}.mov"
        summary = render_layers(scene, pattern, delivery, movie=movie, settings={"plate": name}, **how)
        write_tracks(scene, place / f"{shot}_camera", delivery.first)
        build(scene, motion(scene)).save(place / f"{shot}_trajectories.json")
        (place / f"{shot}_scene.yaml").write_text(dump_scene(scene, f"{name}: what made this plate"))
        cut = Cut(
            name=shot, frames=scene.num_frames, start=timecode.parse(delivery.code, rate),
            sequence=f"{size}/{name}.%04d.exr", first=delivery.first, movie=movie and f"{name}.mov",
        )  # fmt: skip
        write_timeline(place / f"{shot}.otio", shot, [cut], rate)
    return {**summary, "out": str(target), "plate": name}


class _whole:
    """A folder that appears when all in it is there: made beside its place under a hidden name."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __enter__(self) -> Path:
        self.part = part_beside(self.target)
        self.part.chmod(0o755)
        return self.part

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.part.rename(self.target)
        else:
            shutil.rmtree(self.part, ignore_errors=True)
