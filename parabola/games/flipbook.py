"""A scene as sheets for game engines: colour with straight alpha, vectors, normals, depth, six-way light.

Beside NAME.png come NAME.json (cells, rate, scale of the vectors, range of the depth), NAME_mv.png,
NAME_normal.png, NAME_depth.png (16 bits), NAME_sixway_a.png and _b.png, and NAME_events.json. The scene is
rendered at the size of a cell's picture. A loop that fades fades in every sheet; it starts where the step
from frame to frame is an ordinary one. What a texture holds is held in memory, no more.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from parabola import pipeline
from parabola.film.layers import motion_to_the_next
from parabola.games import sheet, sixway, vectors
from parabola.games.events import events_json
from parabola.loop import Loop, Seam, mixed, plan_loop, smooth_share
from parabola.loop_start import typical_start
from parabola.media import exact_rate
from physics.guide import Guide
from physics.raycast import FAR, SKY
from physics.scene import Scene

KNOWN = 0.5  # coverage from which a pixel's data are the thing's own


@dataclass(frozen=True, kw_only=True)
class Book:
    """What is asked for."""

    layout: sheet.Layout
    sheets: tuple[str, ...] = ("vectors", "normal", "depth")
    engine: str = "unity"
    dialect: str = "aseprite-hash"
    loop: bool = True
    alpha: bool = True


@dataclass
class Pages:
    """The frames of every sheet, in order."""

    colour: list[np.ndarray] = field(default_factory=list)  # uint8 (H, W, 4)
    data: dict[str, list[np.ndarray]] = field(default_factory=dict)  # float32, with coverage last
    gas: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)


def make_flipbook(
    scene: Scene, out: Path, book: Book, progress: Callable[[int, Any], Any] | None = None, **how: Any
) -> dict[str, Any]:
    """Write all sheets; `how` (steps, guide_only, correct) goes to `pipeline.frames`. Returns a summary."""
    began = time.monotonic()
    if "sixway" in book.sheets:
        sixway.check_sixway(scene)
    width, height = book.layout.picture
    scene = replace(scene, width=width, height=height, num_frames=book.layout.frames)
    loop = plan_loop(scene) if book.loop else Loop(scene, scene.num_frames, "once")
    pages, rollout = _rendered(loop, book, progress, how)
    pages, start = _closed(pages, loop)
    files, more = _files(pages, book, out.stem)
    events = events_json(loop.scene, rollout) if loop.kind != "blend" else []
    for event in events:
        event["frame"] = round((event["frame"] - start) % scene.num_frames, 3) if start else event["frame"]
    kept = {**more, "engine": book.engine, "loop_kind": loop.kind, "events": f"{out.stem}_events.json"}
    page = sheet.sheet_json(
        book.layout, out.name, exact_rate(scene.fps), book.dialect, loop=book.loop, more=kept
    )
    files[f"{out.stem}.json"] = sheet.dumped(page).encode()
    files[f"{out.stem}_events.json"] = (json.dumps(events, indent=1) + "\n").encode()
    _write(out.parent, files)
    plan = book.layout
    return {
        "out": str(out), "files": sorted(files), "columns": plan.columns, "rows": plan.rows,
        "frames": plan.frames, "cell": list(plan.cell), "picture": list(plan.picture), **more,
        "loop": loop.kind, "seam_ratio": _seam_ratio(pages.colour) if book.loop else None,
        "seconds": round(time.monotonic() - began, 2),
    }  # fmt: skip


def _rendered(loop: Loop, book: Book, progress: Any, how: dict[str, Any]) -> tuple[Pages, Any]:
    """Everything, before a fade."""
    scene, pages = loop.scene, Pages()
    rollout = motion_to_the_next(scene)

    def keep(frame: np.ndarray, _picture: Any, guide: Guide) -> None:
        rgba = frame if frame.shape[-1] == 4 else np.dstack([frame, np.full(frame.shape[:2], 255, np.uint8)])
        pages.colour.append(rgba)
        share = np.asarray(guide.alpha, np.float32) if book.alpha else np.float32(guide.ident != SKY)
        for name in book.sheets:
            if name != "sixway":
                plane = _plane(name, guide)
                share = np.where(share > KNOWN, share, 0)  # what is hardly there has the ground's data
                pages.data.setdefault(name, []).append(np.concatenate([plane, share[..., None]], -1))

    for _ in pipeline.frames(
        scene, rollout=rollout, on_made=keep, alpha=book.alpha, callback=progress, **how
    ):
        pass
    if "sixway" in book.sheets:
        pages.gas = list(sixway.responses(scene))
    return pages, rollout


def _plane(name: str, guide: Guide) -> np.ndarray:
    if name == "vectors":
        return np.asarray(guide.motion, np.float32)
    if name == "normal":
        return np.asarray(guide.normal, np.float32)
    depth = np.asarray(guide.depth, np.float32)
    return np.where(depth >= FAR, np.float32(0), depth)[..., None]


def _closed(pages: Pages, loop: Loop) -> tuple[Pages, int]:
    """The pages of a loop, faded where that is how it closes, from where a step is an ordinary one."""
    if loop.kind == "once":
        return pages, 0

    def fade(frames: list, mix: Callable) -> list:
        n = loop.frames
        tail = [mix(frames[n + j], frames[j], smooth_share(j, loop.overlap)) for j in range(loop.overlap)]
        return frames[loop.overlap : n] + tail

    colour = fade(pages.colour, mixed)
    start = typical_start(colour)
    made = {name: fade(planes, _mixed_data) for name, planes in pages.data.items()}
    gas = fade(pages.gas, lambda a, b, s: tuple(x + s * (y - x) for x, y in zip(a, b, strict=True)))
    turned = {name: planes[start:] + planes[:start] for name, planes in made.items()}
    return Pages(colour[start:] + colour[:start], turned, gas[start:] + gas[:start]), start


def _mixed_data(old: np.ndarray, new: np.ndarray, share: float) -> np.ndarray:
    """Two planes with coverage last: what covers more counts more."""
    one, two = (1 - share) * old[..., -1:], share * new[..., -1:]
    total = one + two
    mean = (old[..., :-1] * one + new[..., :-1] * two) / np.maximum(total, 1e-6)
    return np.concatenate([np.where(total > 1e-6, mean, 0), total], -1)


def _seam_ratio(frames: list[np.ndarray]) -> float | None:
    seam = Seam()
    for frame in frames:
        seam.see(frame)
    return seam.ratio


def _files(pages: Pages, book: Book, stem: str) -> tuple[dict[str, bytes], dict[str, Any]]:
    """File name -> contents, and what the JSON says of them."""
    files = {f"{stem}.png": _png8(sheet.assemble(pages.colour, book.layout))}
    more: dict[str, Any] = {}
    for name, planes in pages.data.items():
        known = [plane[..., -1] > KNOWN / 2 for plane in planes]
        filled = [vectors.spread(p[..., :-1], k) for p, k in zip(planes, known, strict=True)]
        textures, told = _textures(name, filled, known, book)
        short = {"vectors": "mv"}.get(name, name)
        files[f"{stem}_{short}.png"] = vectors.png16(sheet.assemble(textures, book.layout))
        more |= {**told, f"{short}_sheet": f"{stem}_{short}.png"}
    for k, letter in enumerate("ab" if pages.gas else ""):
        maps = [np.round(pair[k] * 65535).astype(np.uint16) for pair in pages.gas]
        files[f"{stem}_sixway_{letter}.png"] = vectors.png16(sheet.assemble(maps, book.layout))
        more[f"sixway_{letter}"] = {"sheet": f"{stem}_sixway_{letter}.png", "channels": _sixway_channels(k)}
    return files, more


def _sixway_channels(k: int) -> list[str]:
    return [*sixway.SIDES[3 * k : 3 * k + 3], ("coverage", "emission")[k]]


def _textures(
    name: str, planes: list[np.ndarray], known: list[np.ndarray], book: Book
) -> tuple[list[np.ndarray], dict[str, Any]]:
    cell = book.layout.cell
    if name == "vectors":
        scale = vectors.scale_of(planes, cell)
        green = "up" if vectors.UP[book.engine] > 0 else "down"
        told = {"motionVectorScale": scale, "motionVectorGreen": green, "motionVectorUnit": "share of a cell"}
        return [vectors.encoded(p, cell, scale, book.engine) for p in planes], told
    if name == "normal":
        return [vectors.normal_texture(p) for p in planes], {"normal_axes": "x right, y up, z to the camera"}
    inside = np.concatenate([p[k].reshape(-1) for p, k in zip(planes, known, strict=True)])
    near, far = (float(inside.min()), float(inside.max())) if inside.size else (0.0, 1.0)
    told = {"depth_near_m": near, "depth_far_m": far}
    return [vectors.depth_texture(p[..., 0], near, far) for p in planes], told


def _png8(picture: np.ndarray) -> bytes:
    from io import BytesIO

    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """All files or none; older ones stay until every new one is whole."""
    try:
        part = Path(tempfile.mkdtemp(prefix=".flipbook.part-", dir=folder))
    except OSError as error:
        raise ValueError(f"{folder}: cannot write there ({error.strerror}); choose another place") from None
    try:
        for name, data in files.items():
            (part / name).write_bytes(data)
        for name in files:
            (part / name).replace(folder / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
