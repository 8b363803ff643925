"""What a training run shows as it goes: its log, the curve of the loss, a sheet of samples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIZE, EDGE = (640, 360), 40  # px of the curve and its margin


def append(path: Path, row: dict) -> None:
    """One more line of JSON."""
    with open(path, "a", encoding="utf-8") as f:
        f.write(json.dumps(row) + "\n")


def read_log(path: Path) -> list[dict]:
    """All whole lines; a killed run may leave a cut one."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def save_curve(path: Path, rows: list[dict]) -> None:
    """The loss over steps, logarithmic, as a picture."""
    rows = [r for r in rows if r["loss"] > 0]
    if len(rows) < 2:
        return
    step, loss = np.array([r["step"] for r in rows], float), np.log10([r["loss"] for r in rows])
    (w, h), low, high = SIZE, loss.min() - 0.02, loss.max() + 0.02
    x = EDGE + (step - step[0]) / max(np.ptp(step), 1) * (w - 2 * EDGE)
    y = h - EDGE - (loss - low) / (high - low) * (h - 2 * EDGE)
    page = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(page)
    draw.line([(EDGE, EDGE), (EDGE, h - EDGE), (w - EDGE, h - EDGE)], fill="#888")
    draw.line(list(zip(x, y)), fill="#1464b4", width=2)
    draw.text((4, EDGE - 6), f"{10**high:.3g}", fill="#444")
    draw.text((4, h - EDGE - 6), f"{10**low:.3g}", fill="#444")
    draw.text((EDGE, h - EDGE + 8), f"loss over steps {step[0]:.0f} to {step[-1]:.0f}", fill="#444")
    _save(page, path)


def save_sheet(path: Path, rows: list[np.ndarray]) -> None:
    """Rows of pictures (n, H, W, 3) in [0, 1], one under the other: prior, painted, truth."""
    body = np.concatenate([np.concatenate(list(row), axis=1) for row in rows])
    _save(Image.fromarray(np.asarray(np.clip(body, 0, 1) * 255 + 0.5, np.uint8)), path)


def _save(page: Image.Image, path: Path) -> None:
    part = path.with_name(f".{path.name}.part")
    page.save(part, "PNG")
    part.replace(path)
