"""The figure of `benchmarks.claim`: what training buys, per arm, over film strips of the largest equal
budget.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks import _claim_data as data
from benchmarks._claim_measure import asked, made_by
from benchmarks._claim_world import FRAMES, GIVEN

OUT = Path(__file__).resolve().parents[1] / "docs" / "claim.jpg"
LIMIT = 300_000  # bytes
FINE = 2  # drawn larger by this, then reduced: smooth lines
WIDE, HIGH, STRIP = 1500, 430, 116  # px of the charts; of a frame in the strips
STYLE = {  # colour, short name
    "guided": ((20, 110, 180), "product: physics + painter"),
    "transformer": ((200, 60, 40), "video diffusion transformer"),
    "unguided": ((120, 90, 170), "painter without guide"),
    "gan": ((210, 150, 20), "WGAN-GP"),
}
INK, GREY, PALE = (40, 40, 44), (125, 125, 130), (228, 228, 232)
Value = Callable[[dict], tuple[float, float, float]]


def _font(size: int):
    return ImageFont.load_default(size * FINE)


def _rate(r: dict) -> tuple[float, float, float]:
    return (100 * r["rate"], *(100 * v for v in r["interval"]))


def _law(name: str) -> Value:
    def value(r: dict) -> tuple[float, float, float]:
        runs = [s["laws"][name] for s in r["seeds"]]
        return r["laws"][name], min(runs), max(runs)

    return value


class Chart:
    """One panel: training FLOP on a logarithmic axis, a value on a linear or logarithmic one."""

    def __init__(
        self, draw, box, title: str, x: tuple[float, float], y: tuple[float, float], log: bool
    ) -> None:
        self.draw, self.box, self.x, self.y, self.log = draw, box, x, y, log
        left, top, right, bottom = box
        draw.text((left, top - 34 * FINE), title, fill=INK, font=_font(15))
        for decade in range(int(np.ceil(x[0])), int(np.floor(x[1])) + 1):
            at = self.at(10.0**decade, y[0])[0]
            draw.line([(at, top), (at, bottom)], fill=PALE, width=FINE)
            draw.text((at, bottom + 6 * FINE), f"1e{decade}", fill=GREY, font=_font(12), anchor="ma")
        for v in self.ticks():
            at = self.at(1.0, v)[1]
            draw.line([(left, at), (right, at)], fill=PALE, width=FINE)
            draw.text((left - 6 * FINE, at), f"{v:g}", fill=GREY, font=_font(12), anchor="rm")
        draw.text(
            ((left + right) / 2, bottom + 26 * FINE), "training FLOP", fill=GREY, font=_font(12), anchor="ma"
        )

    def ticks(self) -> list[float]:
        """Values that are marked."""
        low, high = self.y
        if not self.log:
            return [0, 25, 50, 75, 100]
        return [m * 10.0**e for e in range(-4, 4) for m in (1, 3) if low <= m * 10.0**e <= high]

    def at(self, flop: float, value: float) -> tuple[float, float]:
        """px of a point."""
        left, top, right, bottom = self.box
        u = (np.log10(flop) - self.x[0]) / (self.x[1] - self.x[0])
        low, high, v = (np.log10(max(q, 1e-6)) for q in (*self.y, value)) if self.log else (*self.y, value)
        return left + u * (right - left), bottom - (v - low) / (high - low) * (bottom - top)

    def line(self, points: list[tuple[float, tuple[float, float, float]]], colour) -> None:
        """Points with bars, joined."""
        path = [self.at(f, v[0]) for f, v in points]
        self.draw.line(path, fill=colour, width=int(2.4 * FINE), joint="curve")
        for (f, (_, low, high)), (px, py) in zip(points, path):
            self.draw.line([self.at(f, low), self.at(f, high)], fill=colour, width=int(1.3 * FINE))
            r = 4.2 * FINE
            self.draw.ellipse([px - r, py - r, px + r, py + r], fill=colour, outline="white", width=FINE)

    def level(self, value: float, text: str) -> None:
        """A dotted line for what needs no training."""
        (left, at), right = self.at(10.0 ** self.x[0], value), self.box[2]
        for x in range(int(left), int(right), 9 * FINE):
            self.draw.line([(x, at), (x + 4 * FINE, at)], fill=GREY, width=FINE)
        self.draw.text((right, at - 3 * FINE), text, fill=GREY, font=_font(11), anchor="rb")


def charts(rows: list[dict]) -> Image.Image:
    """Three panels with one legend."""
    page = Image.new("RGB", (WIDE * FINE, HIGH * FINE), "white")
    draw = ImageDraw.Draw(page)
    flop = [r["flop"] for r in rows if r["flop"]]
    x = (np.log10(min(flop)) - 0.2, np.log10(max(flop)) + 0.2)
    panels = [
        ("hallucinated clips, in range (%)", "in", _rate, False),
        ("hallucinated clips, out of range (%)", "out", _rate, False),
        ("velocity error, out of range (m/s)", "out", _law("velocity"), True),
    ]
    for k, (title, split, value, log) in enumerate(panels):
        box = [v * FINE for v in (60 + 490 * k, 84, 60 + 490 * k + 420, HIGH - 56)]
        here = [r for r in rows if r["split"] == split]
        values = [value(r)[0] for r in here if r["flop"]]
        y = (0.7 * min(value(r)[0] for r in here), 1.5 * max(values)) if log else (-2.0, 103.0)
        chart = Chart(draw, box, title, x, y, log)
        floor = [value(r)[0] for r in here if r["arm"] == "oracle"]
        chart.level(floor[0], "true renders")
        for name, (colour, _) in reversed(STYLE.items()):
            mine = sorted((r["flop"], value(r)) for r in here if r["arm"] == name)
            if mine:
                chart.line(mine, colour)
    left = 60 * FINE
    for colour, text in STYLE.values():
        draw.rounded_rectangle([left, 18 * FINE, left + 22 * FINE, 26 * FINE], 4 * FINE, fill=colour)
        draw.text((left + 30 * FINE, 22 * FINE), text, fill=INK, font=_font(15), anchor="lm")
        left += 60 * FINE + draw.textlength(text, font=_font(15))
    return page.resize((WIDE, HIGH), Image.Resampling.LANCZOS)


def strips(rows: list[dict], split: str, which: int) -> Image.Image:
    """The same clip by every arm, each at its own largest budget, every second frame."""
    w = asked(0, split).take(slice(which, which + 1))
    shots = data.film(w)
    shown = range(GIVEN - 1, FRAMES, 2)
    page = Image.new("RGB", (WIDE // 2, 5 * (STRIP // 2 * 2 + 6)), "white")
    side = min(STRIP, (WIDE // 2 - 190) // len(shown))
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(13)
    for k, name in enumerate(("oracle", *STYLE)):
        mine = [r["flop"] for r in rows if r["arm"] == name and r["flop"]]
        made = made_by(name, max(mine) if mine else None, 0, w, shots)
        whole = np.concatenate([shots[0, :GIVEN], np.round(made[0] * 255).astype(np.uint8)])
        top = k * (side + 6)
        title = "truth" if name == "oracle" else STYLE[name][1]
        for n, line in enumerate(title.split(": ") + ([f"{max(mine):.1e} FLOP"] if mine else [])):
            draw.text(
                (8, top + side / 2 - 16 + 17 * n), line, fill=INK if n == 0 else GREY, font=font, anchor="lm"
            )
        for n, f in enumerate(shown):
            frame = Image.fromarray(whole[f]).resize((side - 3, side - 3), Image.Resampling.BICUBIC)
            page.paste(frame, (190 + n * side, top))
    return page.crop((0, 0, page.width, 5 * (side + 6)))


def save_figure(result: dict) -> None:
    """Write docs/claim.jpg, below LIMIT bytes."""
    rows = result["rows"]
    top, below = charts(rows), [strips(rows, "in", 1), strips(rows, "out", 3)]
    page = Image.new("RGB", (WIDE, HIGH + 30 + below[0].height), "white")
    page.paste(top, (0, 0))
    draw = ImageDraw.Draw(page)
    for k, (strip, text) in enumerate(
        zip(below, ("in range: last given frame, then every second", "out of range"))
    ):
        draw.text((k * WIDE // 2 + 190, HIGH + 6), text, fill=GREY, font=ImageFont.load_default(13))
        page.paste(strip, (k * WIDE // 2, HIGH + 30))
    for quality in (92, 85, 75):
        out = BytesIO()
        page.save(out, "JPEG", quality=quality, subsampling=0, optimize=True)
        if out.tell() < LIMIT:
            break
    OUT.write_bytes(out.getvalue())
