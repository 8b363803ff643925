"""Contact sheets: rows of pictures with a heading over each column and a name beside each row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

OUT = Path(__file__).resolve().parents[1] / "out"
MARGIN = 16  # px for the text


def save_sheet(path: Path, heading: Sequence[str], rows: Sequence[tuple[str, Sequence[np.ndarray]]]) -> None:
    """Write `rows` of (name, sRGB pictures (H, W, 3) in [0, 1]) as one picture, all of one size."""
    lines = [np.concatenate([np.asarray(p, float) for p in pictures], axis=1) for _, pictures in rows]
    body = np.asarray(np.clip(np.concatenate(lines), 0, 1) * 255 + 0.5, np.uint8)
    sheet = Image.new("RGB", (body.shape[1], body.shape[0] + MARGIN), "white")
    sheet.paste(Image.fromarray(body), (0, MARGIN))
    draw = ImageDraw.Draw(sheet)
    width, height = body.shape[1] // len(heading), body.shape[0] // len(rows)
    for i, text in enumerate(heading):
        draw.text((i * width + 4, 2), text, fill="black")
    for i, (name, _) in enumerate(rows):
        draw.text((4, MARGIN + i * height + 2), name, fill="white", stroke_width=1, stroke_fill="black")
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
