"""Footage: laws recovered and the next 12 frames foreseen.  `python -m benchmarks.footage [--footage DIR]`

Clips filmed in mathematics (benchmarks/_footage_clips.py: motion blur, grain, H.264, textured and cluttered
ground) are watched up to their last 12 frames. Bars: gravity within 1 %, restitution to 0.03, the period of
a pendulum to 0.5 %; and the mean distance of the predicted from the true centre over those 12 frames at most
half that of the best of hold, constant velocity and constant acceleration, least squares through the last 8
places that the watcher itself saw.

Which point of a body is its centre is the watcher's to say, once and for all: the truth is moved by the mean
difference over the watched frames, for ours and for the closed forms alike; "centre" is its length.

With --footage, clips in a folder of one's own: each is cut at CUTS of its length, watched up to there (at
most the last KEPT frames), and scored against what the watcher sees afterwards, for the thing that went
farthest. What it loses or never sees is printed as such, and counts as failed.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from scipy.special import ellipk

from benchmarks._footage_clips import KINDS, Filmed, film
from benchmarks.baselines.closed import DEGREES, polynomial
from benchmarks.report import print_table, write_results
from physics.estimator import ArrayVideo, watch
from physics.predictor import Actor, Cast, NextFramePredictor, Priors, cast_of

AHEAD, KEPT, CUTS = 12, 60, (0.4, 0.6, 0.8)
BARS = {"gravity": 0.01, "restitution": 0.03, "period": 0.005}  # of the value, absolute, of the value
HALF = 0.5  # of the best of the closed forms
NEAR = 8.0  # px from the true place that make an actor the ball
CLIPS = (".mp4", ".mov", ".gif", ".webm", ".mkv")


def foreseen(cast: Cast, k: int) -> np.ndarray:
    """(AHEAD, 2) px of actor number k."""
    return np.array([s.place[k] for s in islice(NextFramePredictor(cast).states(), AHEAD)])


def closed_forms(actor: Actor, last: int) -> dict[str, np.ndarray]:
    """(AHEAD, 2) by each closed form, through the places that were seen up to frame `last`."""
    time = actor.sighting.time.astype(int)
    seen = np.full((last + 1, 1, 2), np.nan)
    seen[time, 0] = actor.sighting.seen_at
    return {name: polynomial(seen, AHEAD, degree)[:, 0] for name, degree in DEGREES.items()}


def mean_off(place: np.ndarray, truth: np.ndarray) -> float:
    return float(np.nanmean(np.linalg.norm(place - truth, axis=1)))


def period(actor: Actor) -> float | None:
    """Frames: 4 K(sin(largest angle / 2)) / sqrt(k), of a pendulum; None for anything else."""
    if actor.motion is None or actor.model != "pendulum":
        return None
    p = actor.motion.parameters
    height = 0.5 * p["rate"] ** 2 / p["k"] + 1 - np.cos(p["angle"])  # energy over k
    return float(4 * ellipk(min(height / 2, 0.999)) / np.sqrt(p["k"]))


def recovered(clip: Filmed, cast: Cast, actor: Actor) -> dict[str, float | None]:
    """What the watcher says of the law, by name."""
    parameters = actor.motion.parameters if actor.motion is not None else {}
    told = {
        "gravity": None if cast.gravity is None else float(np.linalg.norm(cast.gravity)),
        "restitution": parameters.get("restitution"), "period": period(actor),
    }  # fmt: skip
    return {name: told[name] for name in clip.truth}


def off_by(name: str, value: float | None, truth: float) -> float:
    """Error in the units of BARS; infinite where nothing was found."""
    if value is None or not np.isfinite(value):
        return np.inf
    return abs(value - truth) / (1.0 if name == "restitution" else truth)


def run_filmed(kind: str, seed: int) -> dict[str, float]:
    """Errors of one mathematical clip: of the law's numbers, of ours and of the best closed form."""
    clip = film(kind, seed)
    count = len(clip.frames) - AHEAD
    cast = cast_of(ArrayVideo(clip.frames[:count], 30.0), 0, count, Priors())
    free = [k for k, a in enumerate(cast.actors) if a.rides is None and a.sighting.time[-1] > count - 4]
    off = {k: np.linalg.norm(cast.actors[k].sighting.seen_at[-1] - clip.place[count - 1]) for k in free}
    k = min(off, key=lambda i: off[i], default=None)
    if k is None or off[k] > NEAR:
        return {
            "lost": 1.0,
            "ours": np.inf,
            "best": np.nan,
            "centre": np.inf,
            **dict.fromkeys(clip.truth, np.inf),
        }
    actor = cast.actors[k]
    shift = (actor.sighting.seen_at - clip.place[actor.sighting.time.astype(int)]).mean(0)
    future = clip.place[count:] + shift
    best = min(mean_off(p, future) for p in closed_forms(actor, count - 1).values())
    found = {n: off_by(n, v, clip.truth[n]) for n, v in recovered(clip, cast, actor).items()}
    ours, centre = mean_off(foreseen(cast, k), future), float(np.linalg.norm(shift))
    return {"lost": 0.0, "ours": ours, "best": best, "centre": centre, **found}


def filmed_rows(seeds: Sequence[int]) -> tuple[list[list], dict]:
    """Table rows and data of all kinds: worst error of each number, mean distances."""
    rows, data = [], {}
    for kind in KINDS:
        runs = [run_filmed(kind, seed) for seed in seeds]
        ours, best, centre = (float(np.median([r[n] for r in runs])) for n in ("ours", "best", "centre"))
        numbers = {n: [r[n] for r in runs] for n in runs[0] if n in BARS}
        ok = all(max(v) <= BARS[n] for n, v in numbers.items()) and all(
            r["ours"] <= HALF * r["best"] for r in runs
        )
        worst = {n: float(max(v)) for n, v in numbers.items()}
        data[kind] = {"ours": ours, "best": best, "centre": centre, "worst": worst, "runs": runs, "pass": ok}
        text = ", ".join(f"{n} {v:.2g}" for n, v in worst.items())
        rows.append(
            [kind, len(runs), sum(int(r["lost"]) for r in runs), text, centre, ours, best, ours / best, ok]
        )
    return rows, data


def travelled(actor: Actor) -> float:
    """px from end to end of what was seen of it."""
    return float(np.hypot(*np.ptp(actor.sighting.place, axis=0)))


def run_clip(path: Path, share: float) -> list:
    """Row of one cut of a clip of one's own."""
    from parabola.media import read_clip

    source = read_clip(path)
    frames = np.stack(list(islice(source.frames(), source.num_frames)))
    cut = max(int(share * len(frames)), 3)
    first, last = max(0, cut - KEPT), min(cut + AHEAD, len(frames))
    label = f"{path.stem[:28]} {cut}"
    cast = cast_of(ArrayVideo(frames[first:cut], source.fps), 0, cut - first, Priors())
    later = watch(ArrayVideo(frames[first:last], source.fps), first=0, last=last - first)
    for k in sorted(range(len(cast.actors)), key=lambda i: -travelled(cast.actors[i])):
        actor = cast.actors[k]
        if actor.rides is not None or actor.model == "static":
            continue
        truth = _seen_later(later, actor, cut - first)
        if truth is None:
            continue
        forms = {n: mean_off(p, truth) for n, p in closed_forms(actor, cut - first - 1).items()}
        mine, best = mean_off(foreseen(cast, k), truth), min(forms.values())
        return [label, actor.model, actor.confident, mine, best, mine / best, bool(mine <= HALF * best)]
    return [label, "nothing that moves is seen on both sides", None, None, None, None, False]


def _seen_later(later, actor: Actor, cut: int) -> np.ndarray | None:
    """(AHEAD, 2) where the thing went, nan where it was not seen; None where it was seen less than half."""
    time = actor.sighting.time.astype(int)
    for track in later.tracks:
        common, a, b = np.intersect1d(track.frames, time, return_indices=True)
        if len(common) < 3:
            continue
        off = np.median(np.linalg.norm(track.centre[a] - actor.sighting.seen_at[b], axis=1))
        after = track.frames >= cut
        if off < NEAR and after.sum() >= AHEAD / 2:
            truth = np.full((AHEAD, 2), np.nan)
            truth[track.frames[after] - cut] = track.centre[after]
            return truth
    return None


def main(arguments: Sequence[str] = ()) -> dict:
    """Run the benchmark; returns what the JSON file holds. Clips of one's own are printed, not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footage")
    parser.add_argument("--clips", type=int, default=4, help="of each kind filmed in mathematics")
    parser.add_argument("--first", type=int, default=0, help="seed of the first clip")
    parser.add_argument("--footage", type=Path, help="folder of clips of one's own")
    options = parser.parse_args(arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows, data = filmed_rows(range(options.first, options.first + options.clips))
    header = [
        "clip",
        "clips",
        "lost",
        "worst error of",
        "centre",
        "ours, px",
        "best closed form",
        "ratio",
        "pass",
    ]
    print_table("Filmed in mathematics: laws, and 12 frames ahead (median)", header, rows)
    if options.footage:
        clips = sorted(p for p in options.footage.iterdir() if p.suffix in CLIPS)
        own = [run_clip(path, share) for path in clips for share in CUTS]
        header = ["clip, cut", "model", "confident", "ours, px", "best closed form", "ratio", "pass"]
        print_table(f"\n{options.footage.name}: 12 frames ahead", header, own)
    result = {"kinds": data, "clips": options.clips, "pass": all(v["pass"] for v in data.values())}
    write_results("footage", result)
    return result


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
