"""Flipbook sheets: equal cells, left to right and top to bottom, in a texture whose sides are powers of two.

Engines find cell n by dividing the texture by columns and rows, so both divide it exactly; a cell is its
frame plus `padding` px all round, filled with the frame's own edge (alpha is left out there), so that
mip-maps and bilinear taps stay inside. JSON comes in the dialects of Aseprite and TexturePacker, as arrays
or hashes; cells are neither trimmed nor turned. `duration` is in whole ms, as Aseprite's is; the exact
rate stands in `meta`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

LEAST, MOST = 64, 16384  # px, sides of a texture
SMALLEST = 16  # px of picture in a cell


@dataclass(frozen=True)
class Layout:
    """Where frames are on a sheet."""

    frames: int
    columns: int
    rows: int
    width: int  # px of the sheet
    height: int
    padding: int

    @property
    def cell(self) -> tuple[int, int]:
        """Width, height of a cell, padding included."""
        return self.width // self.columns, self.height // self.rows

    @property
    def picture(self) -> tuple[int, int]:
        """Width, height of a frame."""
        return self.cell[0] - 2 * self.padding, self.cell[1] - 2 * self.padding

    def corner(self, k: int) -> tuple[int, int]:
        """x, y px of frame k's top-left pixel."""
        w, h = self.cell
        return k % self.columns * w + self.padding, k // self.columns * h + self.padding


def plan_sheet(frames: int, budget: tuple[int, int], padding: int = 2, aspect: float = 1.0) -> Layout:
    """The grid that shows `frames` frames of about `aspect` (width over height) as large as `budget` allows.

    ValueError for a budget whose sides are no powers of two, or where cells would be too small.
    """
    width, height = budget
    for side in budget:
        if side & (side - 1) or not LEAST <= side <= MOST:
            up = 1 << (min(max(side, LEAST), MOST) - 1).bit_length()
            raise ValueError(f"--budget {width}x{height}: sides are powers of two from {LEAST}; use {up}")
    grids = [(c, r) for c in _powers(width) for r in _powers(height) if c * r >= frames]
    made = [Layout(frames, c, r, width, height, padding) for c, r in grids]
    made = [plan for plan in made if min(plan.picture) >= SMALLEST]
    if not made:
        most = max(width // (SMALLEST + 2 * padding), 1) * max(height // (SMALLEST + 2 * padding), 1)
        raise ValueError(
            f"--budget {width}x{height} holds at most about {most} frames of {SMALLEST} px, not {frames};"
            " give fewer --frames or a larger --budget"
        )
    return max(made, key=lambda plan: _worth(plan, aspect))


def _powers(side: int) -> list[int]:
    return [1 << k for k in range(side.bit_length()) if 1 << k <= side]


def _worth(plan: Layout, aspect: float) -> float:
    """Area px of the largest frame of `aspect` that a cell holds, a little more for full sheets."""
    w, h = plan.picture
    return min(w, h * aspect) * min(h, w / aspect) * (1 + 1e-3 * plan.frames / (plan.columns * plan.rows))


def assemble(frames: Sequence[np.ndarray], plan: Layout) -> np.ndarray:
    """The sheet (height, width, C) of frames (h, w, C); alpha, the fourth channel, is zero in the padding."""
    channels, kind = frames[0].shape[-1], frames[0].dtype
    sheet = np.zeros((plan.height, plan.width, channels), kind)
    w, h = plan.cell
    p = plan.padding
    for k, frame in enumerate(frames):
        x, y = plan.corner(k)
        cell = np.pad(frame, ((p, p), (p, p), (0, 0)), mode="edge")
        if channels == 4 and p:
            cell[..., 3] = np.pad(frame[..., 3], p)
        sheet[y - p : y - p + h, x - p : x - p + w] = cell
    for k in range(plan.frames, plan.columns * plan.rows):  # empty cells repeat the last colour, unseen
        x, y = plan.corner(k)
        rest = sheet[y - p : y - p + h, x - p : x - p + w]
        rest[..., :3] = frames[-1].reshape(-1, channels)[:, :3].mean(0).astype(kind)
    return sheet


def frame_of(sheet: np.ndarray, plan: Layout, k: int) -> np.ndarray:
    """Frame k cut out of a sheet."""
    x, y = plan.corner(k)
    w, h = plan.picture
    return sheet[y : y + h, x : x + w]


def sheet_json(
    plan: Layout, image: str, rate: Fraction, dialect: str, *, loop: bool, more: dict[str, Any]
) -> dict[str, Any]:
    """The sheet's description; `dialect` is aseprite- or texturepacker-, then array or hash.

    `more` goes into `meta.parabola`, which readers of the dialects pass over.
    """
    kind, _, form = dialect.partition("-")
    stem = image.rsplit(".", 1)[0]
    entries = [(f"{stem} {k}.{kind}", _entry(plan, k, kind, rate)) for k in range(plan.frames)]
    frames = dict(entries) if form == "hash" else [{"filename": name, **entry} for name, entry in entries]
    meta: dict[str, Any] = {
        "app": "https://www.aseprite.org/"
        if kind == "aseprite"
        else "https://www.codeandweb.com/texturepacker",
        "version": "1.3" if kind == "aseprite" else "1.0",
        "image": image,
        "format": "RGBA8888",
        "size": {"w": plan.width, "h": plan.height},
        "scale": "1",
    }
    if kind == "aseprite":
        tag = {"name": "loop" if loop else "once", "from": 0, "to": plan.frames - 1, "direction": "forward"}
        meta |= {"frameTags": [tag], "layers": [], "slices": []}
    grid = {"columns": plan.columns, "rows": plan.rows, "frames": plan.frames, "padding": plan.padding}
    return {"frames": frames, "meta": {**meta, "parabola": {**grid, "rate": str(rate), "loop": loop, **more}}}


def _entry(plan: Layout, k: int, kind: str, rate: Fraction) -> dict[str, Any]:
    (x, y), (w, h) = plan.corner(k), plan.picture
    entry: dict[str, Any] = {
        "frame": {"x": x, "y": y, "w": w, "h": h},
        "rotated": False,
        "trimmed": False,
        "spriteSourceSize": {"x": 0, "y": 0, "w": w, "h": h},
        "sourceSize": {"w": w, "h": h},
    }
    if kind == "aseprite":
        entry["duration"] = round((k + 1) * 1000 / rate) - round(k * 1000 / rate)
    else:
        entry["pivot"] = {"x": 0.5, "y": 0.5}
    return entry


def dumped(description: dict[str, Any]) -> str:
    """The description as a file's text."""
    return json.dumps(description, indent=1) + "\n"
