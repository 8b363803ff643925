"""The report as one page that needs nothing else: what was changed, where, and why, at a glance.

Pictures are PNG and JPEG inside the page, curves are SVG. No script, no font, no address.
"""

from __future__ import annotations

import base64
import html
import io
from typing import Any

import numpy as np
from PIL import Image

from correction.plots import curve, overlay
from correction.preview import drawn
from correction.verdict import Judged, Repair
from physics.estimator.video import Video

STRIP = 5  # pairs of pictures
CELL = 180  # px of a picture of the strip; twice as many samples
WIDE = 900  # px of the large picture
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:1000px;padding:0 1em;color:#222}
h1{font-size:1.4em;margin-bottom:0}
h2{font-size:1.1em;margin:2em 0 .4em;border-top:1px solid #ddd;padding-top:1em}
.tag{display:inline-block;padding:.1em .7em;border-radius:1em;color:#fff;font-weight:600}
.corrected{background:#1d8a4b}.unchanged{background:#666}.refused{background:#b3261e}
table{border-collapse:collapse;margin:.5em 0}
td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #eee}
td:first-child,th:first-child{text-align:left}.row{display:flex;flex-wrap:wrap;gap:12px}img{max-width:100%}
.old{color:#c0392b}.new{color:#1d8a4b}figure{margin:0}figcaption{font-size:.85em;color:#666}
"""


def page(repair: Repair, video: Video, report: dict[str, Any], title: str = "clip") -> str:
    """One HTML document."""
    pictures = _pictures(repair, video)
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f'<p><span class="tag {report["decision"]}">{report["decision"]}</span> ',
        f"{html.escape(report['reason'])}</p>",
        _facts(repair, report),
        _large(repair, pictures),
        _findings(repair),
        _strip(repair, pictures),
        *(_object(o, repair, d) for o, d in zip(repair.objects, report["objects"])),
    ]
    head = f'<meta charset="utf-8"><title>{html.escape(title)}: motion</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _facts(repair: Repair, report: dict[str, Any]) -> str:
    mended = sum(bool(o.kinds) for o in repair.objects)
    exact = report["untouched_exact_fraction"]
    return (
        f"<p>{report['num_frames']} frames, {report['width']}x{report['height']} px, {report['fps']:g} per "
        f"second, {len(repair.shots)} shot{'s' * (len(repair.shots) != 1)}. {len(repair.objects)} moving "
        f"things watched, {mended} mended. Pixels outside the repairs that kept their bits before encoding: "
        f"{100 * exact:.4g} %.</p>"
    )


def _wanted(repair: Repair) -> list[int]:
    """Frames for the strip: where most was moved, spread over the clip, in order."""
    off = np.zeros(max(repair.num_frames, 1))
    for o in repair.objects:
        np.maximum.at(off, o.plan.frames, np.hypot(*(o.plan.target - o.plan.source).T) + o.plan.active)
    parts = np.array_split(np.arange(len(off)), min(STRIP, len(off)))
    return [int(p[np.argmax(off[p])]) for p in parts]


def _pictures(repair: Repair, video: Video) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Frames before and after by number."""
    wanted, found = set(_wanted(repair)), {}
    for k, (old, new) in enumerate(zip(video.frames(), repair.frames(video))):
        if k in wanted:
            found[k] = (old, new)
        if len(found) == len(wanted):
            break
    return found


def _large(repair: Repair, pictures) -> str:
    """The path before and after over a frame."""
    middle = sorted(pictures)[len(pictures) // 2]
    shot = next(s for s in repair.shots if s.plan.first <= middle < s.plan.last)
    frame = pictures[middle][1]
    return (
        "<h2>Paths</h2><figure>"
        + overlay(embedded(frame, WIDE), frame.shape, shot.objects)
        + f'<figcaption>Frame {middle}. <span class="old">Red: as it was.</span> '
        '<span class="new">Green: as it is now.</span> Grey: left alone. Circles: contacts.</figcaption>'
        "</figure>"
    )


def _findings(repair: Repair) -> str:
    if not repair.findings:
        return "<h2>Findings</h2><p>None.</p>"
    rows = "".join(
        f"<tr><td>{html.escape(f.kind)}</td><td>{f.object or ''}</td><td>{f.first}-{f.last}</td>"
        f"<td>{'mended' if f.mendable and repair.decision == 'corrected' else 'left'}</td></tr>"
        for f in repair.findings
    )
    return (
        f"<h2>Findings</h2><table><tr><th>what</th><th>object</th><th>frames</th><th></th></tr>{rows}</table>"
    )


def _strip(repair: Repair, pictures) -> str:
    if repair.decision != "corrected":
        return ""
    cells = []
    for k in sorted(pictures):
        old, new = (_cropped(f, repair, k, after) for f, after in zip(pictures[k], (False, True)))
        both = np.concatenate([old, new], 0)
        cells.append(
            f'<figure><img src="{embedded(both, 2 * CELL)}" width="{CELL}">'
            f"<figcaption>frame {k}</figcaption></figure>"
        )
    return f'<h2>Before (above) and after (below)</h2><div class="row">{"".join(cells)}</div>'


def _cropped(frame: np.ndarray, repair: Repair, k: int, after: bool) -> np.ndarray:
    """A square around the object that moves most in frame `k`, large enough to see it well."""
    moved = [(np.hypot(*(o.plan.target[i] - o.plan.source[i])), o, i) for o in repair.objects
             if (i := o.plan.row(k)) is not None]  # fmt: skip
    if not moved:
        return drawn(frame, repair, k, after)
    _, o, i = max(moved, key=lambda m: m[0])
    half = int(np.clip(1.6 * max(o.plan.layer.alpha.shape), 30, min(frame.shape[:2]) // 2))
    scale = max(1, round(CELL / half))
    x, y = (scale * int(np.clip(v, half, n - half)) for v, n in zip(o.plan.source[i], frame.shape[1::-1]))
    half *= scale
    return drawn(frame, repair, k, after, scale)[y - half : y + half, x - half : x + half]


def _object(judged: Judged, repair: Repair, data: dict[str, Any]) -> str:
    motion, off = judged.motion, judged.deviation
    sigma = data["sigma"]
    rows = "".join(
        f"<tr><td>{html.escape(k)}</td><td>{_number(v)}</td><td>{_number(sigma.get(k))}</td></tr>"
        for k, v in data["parameters"].items()
    )
    events = ", ".join(f"{e['kind']} at {e['frame']:.2f}" for e in data["events"]) or "none"
    t = judged.track.frames.astype(float)
    after = np.hypot(*(judged.plan.target - judged.plan.source).T)
    residual = [("before", off.off, "#c0392b"), ("after", np.abs(off.off - after), "#1d8a4b")]
    height = [("seen", -judged.track.centre_plate[:, 1], "#c0392b"), ("law", -off.law[:, 1], "#1d8a4b")]
    charts = [
        curve("height in the picture, px", t, height),
        curve("distance from the law, px", t, residual),
        curve("size against its median", t, [("seen", judged.plan.size, "#c0392b"),
              ("now", judged.plan.size * judged.plan.scale, "#1d8a4b")]),
    ]  # fmt: skip
    energy = _energy(judged)
    charts += (
        [curve("energy per mass, (px/frame)²", energy[0], [("law", energy[1], "#1d8a4b")])] if energy else []
    )
    return (
        f"<h2>Object {judged.id}: {motion.model}{' (mended)' if judged.kinds else ''}</h2><p>"
        f"{html.escape(off.reason)}. Evidence over explanations with another path: "
        f"ΔBIC {motion.evidence:.0f}. "
        f'Events: {events}.</p><div class="row">{"".join(charts)}</div>'
        f"<table><tr><th>parameter</th><th>value</th><th>σ</th></tr>{rows}</table>"
    )


def _energy(judged: Judged):
    """Times and v²/2 - g·x of the law, where there is a gravity; None elsewhere."""
    p = judged.motion.parameters
    if "gx" not in p or "gy" not in p:
        return None
    t = np.linspace(*judged.motion.span, 200)
    v = judged.motion.velocity(t)
    return t, 0.5 * np.sum(v * v, -1) - judged.motion.at(t) @ np.array([p["gx"], p["gy"]])


def _number(value: Any) -> str:
    return (
        "" if value is None else f"{value:.5g}" if isinstance(value, float | int) else html.escape(str(value))
    )


def embedded(picture: np.ndarray, width: int) -> str:
    """A picture (H, W, 3) as a data address, at most `width` px wide."""
    image, data = Image.fromarray(picture), io.BytesIO()
    if image.width > width:
        image = image.resize((width, round(image.height * width / image.width)))
    image.save(data, "JPEG", quality=88)
    return "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode()
