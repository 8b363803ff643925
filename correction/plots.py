"""Curves and paths as SVG, for the report's page."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

W, H, LEFT, BOTTOM = 310, 150, 46, 22  # px of a chart
Line = tuple[str, np.ndarray, str]  # name, values, colour


def curve(title: str, t: np.ndarray, lines: Sequence[Line]) -> str:
    """Values over the frame number."""
    values = np.concatenate([v[np.isfinite(v)] for _, v, _ in lines])
    if not len(values) or len(t) < 2:
        return ""
    low, high = float(values.min()), float(values.max())
    high = high if high - low > 1e-6 else low + 1
    x = LEFT + (t - t[0]) / max(t[-1] - t[0], 1e-9) * (W - LEFT - 8)
    drawn = "".join(_line(x, (v - low) / (high - low), colour, name) for name, v, colour in lines)
    axes = (
        f'<path d="M{LEFT} 14V{H - BOTTOM}H{W - 8}" fill="none" stroke="#999"/>'
        + _text(LEFT - 4, 20, f"{high:.4g}", "end")
        + _text(LEFT - 4, H - BOTTOM, f"{low:.4g}", "end")
        + _text(LEFT, H - 6, f"frame {t[0]:.0f}")
        + _text(W - 8, H - 6, f"{t[-1]:.0f}", "end")
    )
    return (
        f'<figure><svg width="{W}" height="{H}" role="img">{axes}{drawn}</svg>'
        f"<figcaption>{html.escape(title)}</figcaption></figure>"
    )


def _line(x: np.ndarray, share: np.ndarray, colour: str, name: str) -> str:
    y = H - BOTTOM - share * (H - BOTTOM - 14)
    good = np.isfinite(y)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x[good], y[good]))
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.4">'
        f"<title>{html.escape(name)}</title></polyline>"
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="10" fill="#666" text-anchor="{anchor}">{html.escape(text)}</text>'
    )


def overlay(picture: str, shape, objects) -> str:
    """Paths over a picture (a data address) of `shape` (H, W, 3)."""
    h, w = shape[:2]
    wide = max(w / 450, 0.6)
    marks = "".join(_paths(o, wide) for o in objects)
    return (
        f'<svg viewBox="0 0 {w} {h}" style="width:100%;max-width:900px" role="img">'
        f'<image href="{picture}" width="{w}" height="{h}"/>{marks}</svg>'
    )


def _paths(judged, wide: float) -> str:
    plan, mended = judged.plan, bool(judged.kinds)
    out = _path(plan.source, "#ff4a3d" if mended else "#bbbbbb", wide)
    if mended:
        out += _path(plan.target, "#2ee67a", wide)
    for event in judged.motion.events:
        x, y = judged.motion.at(event.frame)
        out += (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{5 * wide:.1f}" fill="none" stroke="#fff" '
            f'stroke-width="{wide:.2f}"><title>{event.kind} at frame {event.frame:.2f}</title></circle>'
        )
    x, y = plan.target[-1]
    return out + f'<text x="{x:.0f}" y="{y:.0f}" font-size="{14 * wide:.0f}" fill="#fff">{judged.id}</text>'


def _path(places: np.ndarray, colour: str, wide: float) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{1.3 * wide:.2f}"/>'
