"""Flipbooks: layout, dialects, straight alpha, vectors decoded as each engine's shader does, events."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from benchmarks._formats_rows import WARP_DB, above, below, equal, row, small_scene, warped_db
from correction.colour import lab
from physics.scene import Camera, Scene

FRAMES, BUDGET = 16, (512, 512)
KEYS = {  # what parsers of a dialect read of each frame
    "aseprite": {"frame", "rotated", "trimmed", "spriteSourceSize", "sourceSize", "duration"},
    "texturepacker": {"frame", "rotated", "trimmed", "spriteSourceSize", "sourceSize", "pivot"},
}


def bouncing() -> Scene:
    """A striped ball that bounces without loss, which loops exactly."""
    scene = small_scene(256, 256, FRAMES)
    ball = replace(
        scene.bodies[0], position=(0.0, 0.75, 0.0), velocity=(0.0, 0.0, 0.0), angular_velocity=(0.0,) * 3,
        restitution=1.0, drag_coefficient=0.0,
    )  # fmt: skip
    camera = Camera(position=(0.0, 0.6, 3.0), look_at=(0.0, 0.55, 0.0), fov_deg=32.0)
    return replace(scene, bodies=(ball,), boxes=(), camera=camera, fluid_density=0.0, fps=24.0)


def rows() -> list[dict[str, Any]]:
    """Everything about one ball's sheets, for two engines and four dialects."""
    from parabola.games.flipbook import Book, make_flipbook
    from parabola.games.sheet import plan_sheet

    layout = plan_sheet(FRAMES, BUDGET, 2)
    out = []
    with tempfile.TemporaryDirectory() as place:
        for engine, dialect in (("unity", "aseprite-hash"), ("unreal", "texturepacker-array")):
            path = Path(place) / f"{engine}.png"
            book = Book(layout=layout, engine=engine, dialect=dialect)
            summary = make_flipbook(bouncing(), path, book, guide_only=True)
            page = json.loads(path.with_suffix(".json").read_text())
            out += [*_vectors(path, page, engine), *_json(page, dialect)]
            if engine == "unity":
                events = json.loads(path.with_name("unity_events.json").read_text())
                out += [*_sheet(path, page), *_loop(summary), *_events(events, summary)]
    return [*out, *_dialects(layout), *_budgets()]


def cells(sheet: np.ndarray, page: dict[str, Any]) -> list[np.ndarray]:
    """The frames that the JSON says are on a sheet, whatever its dialect."""
    entries = page["frames"].values() if isinstance(page["frames"], dict) else page["frames"]
    boxes = [entry["frame"] for entry in entries]
    return [sheet[b["y"] : b["y"] + b["h"], b["x"] : b["x"] + b["w"]] for b in boxes]


def _sheet(path: Path, page: dict[str, Any]) -> list[dict[str, Any]]:
    with Image.open(path) as image:
        mode, size, sheet = image.mode, image.size, np.asarray(image)
    grid = page["meta"]["parabola"]
    width, height = size[0] // grid["columns"], size[1] // grid["rows"]
    pictures = cells(sheet, page)
    inside = np.zeros(sheet.shape[:2], bool)
    corners = []
    for k, box in enumerate(entry["frame"] for entry in page["frames"].values()):
        inside[box["y"] : box["y"] + box["h"], box["x"] : box["x"] + box["w"]] = True
        corners.append(
            (box["x"] - grid["padding"], box["y"] - grid["padding"]) == (k % 4 * width, k // 4 * height)
        )
    return [
        equal("sheet", "mode, size", (mode, size), ("RGBA", BUDGET)),
        equal(
            "sheet",
            "sides divide by columns and rows",
            (size[0] % grid["columns"], size[1] % grid["rows"]),
            (0, 0),
        ),
        equal("sheet", "left to right, top to bottom, by the grid alone", all(corners), True),
        equal("sheet", "alpha in the padding", int(sheet[~inside][:, 3].max()), 0),
        below("straight alpha", "edge colour off the thing's own, dE", _edge_colour(pictures), 4.0),
        below("straight alpha", "coverage off the outline's area, share", _area(pictures[0]), 5e-3),
    ]


def _edge_colour(pictures: list[np.ndarray]) -> float:
    """Median distance (CIE76) of half-covered pixels from the nearest wholly covered colour: a halo shows."""
    worst = 0.0
    for picture in pictures:
        full, soft = picture[..., 3] == 255, (picture[..., 3] > 0) & (picture[..., 3] < 255)
        nearest = ndimage.distance_transform_edt(~full, return_distances=False, return_indices=True)
        colour = lab(picture[..., :3] / 255.0)
        own = colour[tuple(nearest)]
        worst = max(worst, float(np.median(np.linalg.norm(colour - own, axis=-1)[soft])))
    return worst


def _area(picture: np.ndarray) -> float:
    """Share by which the first frame's summed alpha is off the ball's outline."""
    from parabola.trajectories import build
    from physics.rigid import simulate

    scene = replace(bouncing(), width=picture.shape[1], height=picture.shape[0])
    radius = build(scene, simulate(scene)).objects[0].radius_px[0]
    assert radius is not None
    return abs(float(picture[..., 3].sum() / 255) / (np.pi * radius**2) - 1)


def read16(path: Path) -> np.ndarray:
    """A PNG as floats in [0, 1], by OpenImageIO."""
    import OpenImageIO as oiio

    buffer: Any = oiio.ImageBuf(str(path))
    assert str(buffer.spec().format) == "uint16", "vectors need 16 bits"
    return buffer.get_pixels(oiio.FLOAT)


def _vectors(path: Path, page: dict[str, Any], engine: str) -> list[dict[str, Any]]:
    """Frame k out of frame k + 1 by a shader's arithmetic: Unity's v goes up, Unreal's down."""
    texture = read16(path.with_name(f"{path.stem}_mv.png"))
    meta = page["meta"]["parabola"]
    cell = np.array([BUDGET[0] / meta["columns"], BUDGET[1] / meta["rows"]])
    up = np.array([1.0, -1.0 if engine == "unity" else 1.0])
    with Image.open(path) as image:
        pictures = [p.astype(float) / 255 for p in cells(np.asarray(image), page)]
    found, wrong = [], []
    for k, vector in enumerate(cells(texture, page)):
        flow = (vector[..., :2] * 2 - 1) * up * meta["motionVectorScale"] * cell
        now, then = pictures[k], pictures[(k + 1) % FRAMES]
        valid = (now[..., 3] == 1) & _arrives(then[..., 3] == 1, flow)
        found.append(warped_db(now[..., :3], then[..., :3], flow, valid))
        wrong.append(warped_db(now[..., :3], then[..., :3], -flow, valid))
    moving, form = int(np.argmin(wrong)), f"vectors {engine}"
    low, high = texture[..., :2].min(), texture[..., :2].max()
    return [
        above(form, "worst frame found again (last to first too), dB", min(found), WARP_DB),
        row(form, "the same with the other sign, dB", round(wrong[moving], 2), "< right - 6",
            wrong[moving] < found[moving] - 6),
        row(form, "range kept off 0 and 1", f"{low:.3f} .. {high:.3f}", "inside", 0 < low < high < 1),
    ]  # fmt: skip


def _arrives(full: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Pixels whose target, and what is around it, is wholly covered."""
    safe = ndimage.binary_erosion(full, iterations=2)
    h, w = full.shape
    y, x = np.mgrid[:h, :w]
    ty = np.clip(np.round(y + flow[..., 1]).astype(int), 0, h - 1)
    tx = np.clip(np.round(x + flow[..., 0]).astype(int), 0, w - 1)
    return safe[ty, tx] & ndimage.binary_erosion(full, iterations=2)


def _json(page: dict[str, Any], dialect: str) -> list[dict[str, Any]]:
    kind, _, form = dialect.partition("-")
    frames = page["frames"]
    entries = list(frames.values()) if form == "hash" else frames
    keys = set(entries[0]) - {"filename"}
    shape = isinstance(frames, dict) if form == "hash" else all("filename" in e for e in frames)
    return [
        equal(
            f"JSON {dialect}",
            "shape, keys, frames",
            (shape, keys == KEYS[kind], len(entries)),
            (True, True, FRAMES),
        )
    ]


def _dialects(layout: Any) -> list[dict[str, Any]]:
    """The two dialects that no sheet above has; Aseprite's durations are whole ms that add up."""
    from fractions import Fraction

    from parabola.games.sheet import sheet_json

    out = []
    for dialect in ("aseprite-array", "texturepacker-hash"):
        page = json.loads(json.dumps(sheet_json(layout, "a.png", Fraction(24), dialect, loop=True, more={})))
        out += _json(page, dialect)
        if dialect == "aseprite-array":
            lengths = [entry["duration"] for entry in page["frames"]]
            whole = all(isinstance(length, int) for length in lengths)
            found = (whole, sum(lengths))
            out.append(equal("JSON aseprite", "durations: whole, sum ms", found, (True, 667)))
    return out


def _loop(summary: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        equal("flipbook", "how a lossless bounce closes", summary["loop"], "exact"),
        below("flipbook", "seam over the median step", summary["seam_ratio"], 1.1),
    ]


def _events(events: list[dict[str, Any]], summary: dict[str, Any]) -> list[dict[str, Any]]:
    hits = [e for e in events if e["kind"] == "bounce"]
    height = 0.75 - 0.28
    energy = hits[0]["energy_j"] / (1100 * 4 / 3 * np.pi * 0.28**3 * 9.81 * height) if hits else 0.0
    return [below("events", "energy of the impact off m g h, share", abs(energy - 1), 1e-3)]


def _budgets() -> list[dict[str, Any]]:
    """What a budget gives, and refuses."""
    from parabola.games.sheet import plan_sheet

    made = plan_sheet(64, (2048, 2048), 2)
    out = [
        equal("budget", "64 frames in 2048x2048", (made.columns, made.rows, made.cell), (8, 8, (256, 256)))
    ]
    for budget, frames, words in (((2000, 2048), 64, "powers of two"), ((64, 64), 4096, "holds at most")):
        try:
            plan_sheet(frames, budget, 2)
            line = "accepted"
        except ValueError as error:
            line = str(error)
        out.append(
            row(
                "budget",
                f"{frames} frames in {budget[0]}x{budget[1]}",
                line[:50],
                f"names {words!r}",
                words in line,
            )
        )
    return out
