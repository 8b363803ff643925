"""The report of a repair as plain data, in the schema of `correct --report`, version 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from correction.verdict import Judged, Repair
from physics.estimator.video import Video

DIGITS = 3  # of pixels
FAULTS = {
    "flight": "one flight goes too high or too low", "drift": "its heights drift as if gravity changed",
    "sinking": "it sinks into what it bounces off",
}  # fmt: skip


def summary(repair: Repair, video: Video) -> dict[str, Any]:
    """What was found and done; ids, frames and pixels as in the clip."""
    return {
        "version": 1,
        "decision": repair.decision,
        "reason": reason(repair),
        "num_frames": repair.num_frames,
        "width": video.width,
        "height": video.height,
        "fps": video.fps,
        "shots": [[s.plan.first, s.plan.last] for s in repair.shots],
        "objects": [_object(o, repair.num_frames) for o in repair.objects],
        "findings": [f.to_dict() for f in repair.findings],
        **_formless(repair),
        "untouched_exact_fraction": repair.untouched_exact_fraction,
    }


def _formless(repair: Repair) -> dict[str, Any]:
    """What has no outline, shot by shot, where there is any."""
    found = [
        {"frames": [s.plan.first, s.plan.last - 1], **{k: number(v, 5) for k, v in s.formless.items()}}
        for s in repair.shots
        if s.formless is not None
    ]
    return {"formless": found} if found else {}


def reason(repair: Repair) -> str:
    """One sentence."""
    broken = [f for f in repair.findings if not f.mendable]
    if broken:
        told = ", ".join(f"object {f.object} {f.kind} in frames {f.first}-{f.last}" for f in broken[:4])
        return f"moving pixels cannot honestly mend this: {told}"
    if repair.retimed is not None:
        return f"re-timed to {repair.retimed.factor:.4g} times the speed as asked; " + _mends(repair)
    return _mends(repair)


def _mends(repair: Repair) -> str:
    wrong = [f"object {o.id} {_told(o)}" for o in repair.objects if o.kinds][:6]
    if any(s.plan.light is not None for s in repair.shots):
        wrong.append("the background's brightness pumped and is held still")
    if wrong:
        return "; ".join(wrong)
    if not repair.objects:
        return "; ".join(sorted({s.note for s in repair.shots if s.note})) or "nothing moves"
    return "; ".join(f"object {o.id} {o.deviation.reason}" for o in repair.objects[:6])


def _told(judged: Judged) -> str:
    frames = judged.track.frames[judged.plan.active]
    what = " and ".join(judged.kinds)
    fault = f"; {FAULTS[judged.motion.fault.split()[0]]}" if judged.motion.fault else ""
    return f"({judged.motion.model}): {what} mended in {len(frames)} frames; {judged.deviation.reason}{fault}"


def _object(judged: Judged, count: int) -> dict[str, Any]:
    track, motion, off = judged.track, judged.motion, judged.deviation
    lawful = motion.model != "erratic"
    after = np.hypot(*(judged.plan.target - judged.plan.source).T)
    left = np.abs(off.off - after) if lawful else off.off
    return {
        "id": judged.id,
        "model": motion.model,
        "confident": bool(motion.confident),
        "delta_bic": number(motion.evidence, 2),  # what the repair goes by
        "delta_bic_of_model": number(motion.delta_bic, 2),
        **({"fault": motion.fault} if motion.fault else {}),
        "decision": "corrected" if judged.kinds else "unchanged",
        "reason": off.reason,
        "mended": list(judged.kinds),
        "track_px": per_frame(track.frames, track.centre, count),
        "corrected_px": per_frame(track.frames, judged.plan.target, count),
        "radius_px": [None if not np.isfinite(r) else round(float(r), DIGITS) for r in track.radius],
        "residual_before_px": number(_rms(off.off)) if lawful else None,
        "residual_after_px": number(_rms(left)) if lawful else None,
        "parameters": {k: plain(v) for k, v in motion.parameters.items()},
        "sigma": {k: plain(v) for k, v in motion.sigma.items()},
        "events": [_event(e) for e in motion.events],
    }


def _event(event) -> dict[str, Any]:
    e = event.restitution
    return {
        "frame": round(float(event.frame), DIGITS), "kind": event.kind,
        **({} if e is None or not math.isfinite(e) else {"restitution": round(float(e), 4)}),
    }  # fmt: skip


def per_frame(frames: np.ndarray, places: np.ndarray, count: int) -> list[list[float] | None]:
    """One entry per frame of the clip, None where the object was not seen."""
    out: list[list[float] | None] = [None] * count
    for k, place in zip(frames, places):
        out[int(k)] = [round(float(x), DIGITS) for x in place]
    return out


def plain(value: Any) -> Any:
    """Numbers and arrays as JSON takes them."""
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(v) for v in value]
    return number(value, 6) if isinstance(value, float | int | np.number) else str(value)


def number(value: Any, digits: int = DIGITS) -> float | None:
    """Rounded; None where it is not finite."""
    return round(float(value), digits) if value is not None and math.isfinite(value) else None


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values)))) if len(values) else 0.0
