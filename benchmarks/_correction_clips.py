"""One synthetic clip through the repair, measured against its truth."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks._artefacts import STRENGTHS, ArtefactClip
from benchmarks._smoothers import SMOOTHERS
from correction.finished import examine
from correction.rerender import Renderer
from correction.verdict import Judged, Repair, RepairConfig
from physics.estimator import ArrayVideo
from physics.motion import Motion

MEMORY, MEASURED = 1.7, 0.1  # frames, as in `_artefacts`; px
SLOWEST, EDGE = 0.3, 0.25  # px/frame, as in `_paths`; frames
NEAR = 12.0  # px: a track is an object's if its median distance from where that is shown is less
_LINE = ("gx", "gy", "restitution", "keep", "angle0", "offset0")
WORLDLY = {  # what the world may tell beside the path: gravity, restitution, floor; the line; the pivot
    "bouncing": _LINE, "ballistic": _LINE, "rolling": ("y", "angle"), "sliding": ("y", "angle"),
    "pendulum": ("x", "y"),
}  # fmt: skip
WORSE = {"path": 0.1, "psnr": 0.3}  # px, dB: more than this is harm


@dataclass
class Measured:
    """One clip; errors in px, rms over objects and frames."""

    number: int
    kind: str
    artefact: str
    strength: int
    coding: int | None
    decision: str
    reason: str
    before: float = 0.0
    after: float = 0.0
    psnr_before: float | None = None  # dB in the touched region, against the truth
    psnr_after: float | None = None
    exact: float = 1.0  # share of the pixels that need no repair whose bits stayed
    bounces: tuple[int, int] | None = None  # found, true
    times: list[float] = field(default_factory=list)  # frames, errors of the bounces that were matched
    restitution: float | None = None  # error
    bound: float | None = (
        None  # px, Cramer-Rao bound of the path error, of wobbling clips whose law was found
    )
    oracle: float | None = None  # the same for one who knows gravity, restitution and the lines exactly
    seconds: float = 0.0
    smoothed: dict[str, tuple[float, float | None]] = field(default_factory=dict)  # name -> path, PSNR

    @property
    def harmed(self) -> bool:
        """Whether any measure got worse."""
        if self.decision != "corrected":
            return False
        worse = self.psnr_after is not None and self.psnr_after < (self.psnr_before or 0) - WORSE["psnr"]
        return worse or self.after > self.before + WORSE["path"] or self.exact < 1


def measure(clip: ArtefactClip, smooth: bool = False) -> Measured:
    """Repair a clip and compare; `smooth` adds the smoothers of the same tracks."""
    video = ArrayVideo(clip.frames, clip.fps)
    start = time.process_time()
    repair = examine(video, RepairConfig(retimes=smooth))
    out = np.stack(list(repair.frames(video)))
    seconds = time.process_time() - start
    found = Measured(
        clip.number,
        clip.kind,
        clip.artefact,
        clip.strength,
        clip.coding,
        repair.decision,
        "",
        seconds=seconds,
    )
    told = [f"{f.kind} {f.object} {f.first}-{f.last}" for f in repair.findings]
    found.reason = "; ".join(
        told
        + [f"{o.motion.model} {o.motion.delta_bic:.0f}: {o.deviation.reason}" for o in repair.objects[:3]]
    )
    pairs = matched(clip, repair)
    found.before, found.after = _path_error(clip, []), _path_error(clip, _moves(pairs, repair.decision))
    region = (clip.truth != clip.raw).any(-1)
    if clip.mendable and region.any():
        found.psnr_before = psnr(clip.frames, clip.truth, region)
        found.psnr_after = psnr(out, clip.truth, region)
    elif repair.decision == "corrected":  # nothing to mend: any change is measured against what was there
        found.psnr_before, found.psnr_after = 99.0, psnr(out, clip.frames, (out != clip.frames).any(-1))
    same = (out == clip.frames).all(-1)
    found.exact = float(same[clip.stay].mean())
    _events(clip, pairs, found)
    if clip.artefact == "wobble" and 0 in pairs:
        found.bound = wobble_bound(pairs[0][0].motion, clip)
        found.oracle = wobble_bound(pairs[0][0].motion, clip, WORLDLY)
    if smooth:
        found.smoothed = {name: _smoothed(clip, repair, pairs, f, region) for name, f in SMOOTHERS.items()}
    return found


def wobble_bound(motion: Motion, clip: ArtefactClip, known: dict | None = None) -> float | None:
    """Cramer-Rao bound of the path error (px): what the best estimator errs by that knows the law's kind, the
    wobble's covariance and the parameters `known` (by model), at a measurement's error of `MEASURED`.
    """
    if motion.model == "erratic":
        return None
    time, s = np.arange(clip.count, dtype=float), STRENGTHS["wobble"][clip.strength]
    lag = time[:, None] - time
    cover = s**2 * np.exp(-(lag**2) / (4 * MEMORY**2)) + MEASURED**2 * np.eye(len(time))
    moved = [motion.law.names[i] for i in np.nonzero(np.diag(motion.covariance) > 0)[0]]
    open_ = [n not in (known or {}).get(motion.model, ()) for n in moved]
    slopes = motion.sensitivity(time)[..., open_]  # (n, 2, F)
    whitened = [np.linalg.solve(np.linalg.cholesky(cover), slopes[:, axis]) for axis in (0, 1)]
    errors = np.linalg.pinv(sum(w.T @ w for w in whitened), rcond=1e-12)
    squared = np.einsum("naf,fg,nag->n", slopes, errors, slopes).mean()
    return float(np.sqrt(squared / len(clip.paths)))


def matched(clip: ArtefactClip, repair: Repair) -> dict[int, list[Judged]]:
    """Object number of the clip -> the judged tracks that follow it, the longest first."""
    pairs: dict[int, list[Judged]] = {}
    for n, shown in enumerate(clip.shown):
        near = [
            o for o in repair.objects
            if np.median(np.hypot(*(o.track.centre - shown.place[o.track.frames]).T)) < NEAR
        ]  # fmt: skip
        if near:
            pairs[n] = sorted(near, key=lambda o: -len(o.track.frames))
    return pairs


def _moves(pairs: dict[int, list[Judged]], decision: str) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """(object, frames, by how much its pixels were moved) of each track."""
    if decision != "corrected":
        return []
    return [
        (n, o.plan.frames, np.where(o.plan.active[:, None], o.plan.target - o.plan.source, 0))
        for n, tracks in pairs.items()
        for o in tracks
    ]


def _path_error(clip: ArtefactClip, moves: list[tuple[int, np.ndarray, np.ndarray]]) -> float:
    """rms px from the true path of the objects as they are shown after the moves."""
    squares = []
    for n, shown in enumerate(clip.shown):
        place = shown.place.copy()
        for _, frames, step in (m for m in moves if m[0] == n):
            place[frames] += step
        off = place - clip.paths[shown.path].frames(clip.count)
        squares.append(np.sum(off**2, -1)[shown.opacity > 0])
    return float(np.sqrt(np.mean(np.concatenate(squares))))


def _events(clip: ArtefactClip, pairs: dict[int, list[Judged]], found: Measured) -> None:
    """Bounces found against true ones, on clips whose law was found."""
    if clip.kind != "bounce" or 0 not in pairs or clip.artefact not in ("", *_PLACES):
        return
    motion, true = pairs[0][0].motion, np.array(clip.paths[0].events)
    times = told(motion, clip.count, true)
    found.bounces = (len(times), len(true))
    if len(times) == len(true) and motion.model == "bouncing":
        found.times = np.abs(times - true).tolist()
        e = motion.events[0].restitution if motion.events else None
        found.restitution = None if e is None else abs(e - (clip.paths[0].restitution or 0))


def told(motion: Motion, count: int, true: np.ndarray) -> np.ndarray:
    """Times of the bounces found, counted as the truth counts them: inside the clip, up to the first that is
    left at less than `SLOWEST`. One that lies beyond the last counted frame by less than `EDGE` is counted
    where the truth has one just before it.
    """
    times = sorted(e.frame for e in motion.events if e.kind == "bounce")
    slow = [t for t in times if _hop(motion, t) < SLOWEST]
    times = [t for t in times if not slow or t <= slow[0]]
    first, last = 0.5, count - 1.5
    near = len(true) > 0 and true[-1] > last - EDGE
    return np.array([t for t in times if first < t < last + (EDGE if near else 0.0)])


def _hop(motion: Motion, t: float) -> float:
    """Speed px/frame at which the body leaves the floor at the bounce at `t`."""
    return float(abs(motion.velocity(t + 0.01)[1]))


_PLACES = (
    "wobble",
    "energy",
    "floating",
    "penetration",
    "teleport",
    "stutter",
    "late",
    "gravity",
    "size",
    "colour",
)


def _smoothed(clip: ArtefactClip, repair: Repair, pairs, smoother, region) -> tuple[float, float | None]:
    """Path error and PSNR when the tracks are smoothed instead, with the same re-renderer."""
    moved, plans = [], []
    for n, o in ((n, o) for n, tracks in pairs.items() for o in tracks if len(o.plan.frames) > 7):
        place = smoother(o.plan.frames.astype(float), o.plan.source)
        active = np.ones(len(place), bool)
        plans.append(replace(o.plan, target=place, scale=np.ones(len(place)), active=active))
        moved.append((n, o.plan.frames, place - o.plan.source))
    old = repair.shots[0].plan
    if not old.plate.size or not region.any():
        return _path_error(clip, moved), None
    plan = replace(old, objects=tuple(plans))
    renderer = Renderer(plan)
    out = np.stack([renderer.render(k, f)[0] for k, f in enumerate(clip.frames)])
    return _path_error(clip, moved), psnr(out, clip.truth, region)


def psnr(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    """dB over the masked pixels of uint8 clips."""
    error = np.mean((a[mask].astype(float) - b[mask]) ** 2) if mask.any() else 0.0
    return float(10 * np.log10(255**2 / max(error, 1e-3)))
