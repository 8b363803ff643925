"""Re-timing on request: the clip played at the rate at which what falls in it falls as it should.

Gravity found is g px/frame^2. Played s times as fast it looks like s^2 g, so s = sqrt(g_wanted / g).
Output frame k shows time s k: the nearest input frame, in which every object with a law is moved on to
where it is at exactly that time. Sub-frame motion is therefore the law's, not a blend of frames. What has
no law moves with its frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from correction.plan import ObjectPlan, ShotPlan
from correction.verdict import Judged, Repair, Shot

GRAVITIES = {"earth": 9.80665, "moon": 1.625, "mars": 3.72076, "jupiter": 24.79}  # m/s^2
SLOWEST, FASTEST = 0.1, 10.0  # factors


@dataclass(frozen=True)
class Retimed:
    """Which input frame each output frame is made of, and how."""

    factor: float  # times as fast
    schedule: np.ndarray  # (n,) int, input frame of each output frame
    plans: tuple[ShotPlan, ...]  # numbered by output frames


def wanted_gravity(text: str, scale: float | None, fps: float) -> float:
    """px/frame^2 for "earth", "moon" or m/s^2 at `scale` px per metre."""
    metres = GRAVITIES.get(text.strip().lower())
    if metres is None:
        try:
            metres = float(text)
        except ValueError:
            names = ", ".join(GRAVITIES)
            raise ValueError(f"gravity {text!r} is not known; give {names} or a number in m/s2") from None
    if not 0 < metres < 1e4:
        raise ValueError(f"gravity {text} is out of range; give more than 0 m/s2")
    if scale is None or not 0 < scale < 1e7:
        raise ValueError("--target-gravity needs --scale PX_PER_M: how many pixels one metre has in the clip")
    return metres * scale / fps**2


def retime(repair: Repair, gravity: float) -> Repair:
    """The repair at the rate that makes gravity `gravity` px/frame^2; `ValueError` where nothing falls."""
    found = [np.linalg.norm(s.understanding.gravity) for s in repair.shots
             if s.understanding is not None and s.understanding.gravity is not None]  # fmt: skip
    if not found or not np.median(found) > 0:
        raise ValueError(
            "nothing falls freely in this clip, so gravity cannot be set; leave --target-gravity out"
        )
    factor = float(np.sqrt(gravity / np.median(found)))
    if not SLOWEST <= factor <= FASTEST:
        raise ValueError(
            f"this gravity needs the clip {factor:.3g} times as fast; check --scale (0.1 to 10 is possible)"
        )
    schedule, plans = [], []
    for shot in repair.shots:
        plan, source = _retimed(shot, factor, sum(map(len, schedule)))
        plans.append(plan)
        schedule.append(source)
    return replace(repair, retimed=Retimed(factor, np.concatenate(schedule), tuple(plans)))


def _retimed(shot: Shot, factor: float, start: int) -> tuple[ShotPlan, np.ndarray]:
    """One shot's plan in output frames from `start` on, and the input frame of each."""
    plan = shot.plan
    last = plan.last - plan.first - 1
    times = np.arange(int(np.floor(last / factor + 1e-9)) + 1) * factor
    source = plan.first + np.minimum(np.rint(times).astype(int), last)
    objects = tuple(_object(o, plan.first + times, source, start) for o in shot.objects)
    rows = source - plan.first
    camera = None if plan.camera is None else plan.camera[rows]
    light = None if plan.light is None else plan.light[rows]
    out = replace(plan, first=start, last=start + len(times), objects=objects, camera=camera, light=light)
    return out, source


def _object(judged: Judged, times: np.ndarray, source: np.ndarray, start: int) -> ObjectPlan:
    """The object in the output frames whose input frame shows it."""
    old = judged.plan
    rows = [(k, r) for k, j in enumerate(source) if (r := old.row(int(j))) is not None]
    k, r = np.array([a for a, _ in rows], int), np.array([b for _, b in rows], int)
    target = old.target[r]
    if judged.lawful and len(r):
        law = judged.motion.at
        target = target + law(times[k]) - law(source[k].astype(float))
    moved = np.hypot(*(target - old.source[r]).T) > 0.02 if len(r) else np.zeros(0, bool)
    return replace(
        old, frames=start + k, source=old.source[r], target=target, size=old.size[r], scale=old.scale[r],
        gain=old.gain[r], offset=old.offset[r], angle=old.angle[r], active=old.active[r] | moved,
        shadows=tuple(_shadow(s, source, start) for s in old.shadows),
    )  # fmt: skip


def _shadow(shadow, source: np.ndarray, start: int):
    index = {int(j): n for n, j in enumerate(shadow.frames)}
    rows = [(k, index[int(j)]) for k, j in enumerate(source) if int(j) in index]
    k, n = np.array([a for a, _ in rows], int), np.array([b for _, b in rows], int)
    return replace(shadow, frames=start + k, centre=shadow.centre[n])
