"""Does the picture show what the physics says? Every painted ball against its stated place, size and colour.

Three of five clips come from prompts, the others from random scenes; of each a few consecutive frames in mid
action are painted and measured twice, as painted and after the correction pass. The ruler
(`benchmarks._ruler`) is not the corrector's: it searches edges in one picture, from a wrong start. Its own
bias, which shading causes, is read off the prediction, whose outlines are exact; a ball for which it cannot
even do that, or that it misreads in path-traced truth, is counted as unmeasured and printed. What it makes
of the truth of all balls is its floor.

Failures are counted per clip, over all clips asked for, with Clopper-Pearson intervals:
  position   rms over the frames above 0.3 px        size   rms above 2 %
  colour     mean over the ball more than dE2000 3 from path-traced truth
  vanished   no rim where there should be one        added  sharp edges that neither prediction nor truth has
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import jax
import numpy as np
from scipy import ndimage, stats

from benchmarks._faithful_clips import CACHE, Shot, make_shot, truth_of
from benchmarks._ruler import Outline, Reading, edges_of, measure, stated, steepness_at
from benchmarks.report import table, write_json
from correction import Corrector
from correction.colour import delta_e
from diffusion.weights import DEFAULT

LIMITS = {"place": 0.3, "size": 0.02, "colour": 3.0}  # px, share, dE2000
KINDS = ("position", "size", "colour", "vanished", "added", "error")
WAYS = ("painted", "corrected")
BLOCK = 10  # clips that a process takes at a time
EDGE, QUIET, BLOB = 0.08, 0.04, 20  # sRGB per px; sRGB per px; px
Readings = dict[int, list[tuple[Reading, Reading]]]  # ball -> (of the picture, of the prediction) per frame


@dataclass
class Result:
    """One clip as measured."""

    name: str
    fails: dict[str, set[str]] = field(default_factory=lambda: {way: set() for way in WAYS})
    place: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # rms per ball, px
    size: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    colour: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    unmeasured: Counter[str] = field(default_factory=Counter)  # balls by reason
    balls: int = 0
    mended: int = 0  # frames that the corrector changed
    harmed: int = 0  # true frames that the corrector changed


def frames_of(
    shot: Shot, painter, steps: int
) -> Iterator[tuple[int, np.ndarray, dict[str, np.ndarray], object]]:
    """Frame number, painted frame, planes, guide, as in the pipeline but not one program per scene."""
    from physics.colour import quantise
    from physics.guide import render_guide

    key, memory = jax.random.key(shot.scene.seed), None
    for k in shot.frames:
        guide = render_guide(shot.scene, shot.rollout, k, fuse=False)  # type: ignore[arg-type]
        picture, memory = painter.paint(guide, shot.scene.light, memory, jax.random.fold_in(key, k), steps)
        yield k, quantise(picture), {n: np.asarray(getattr(guide, n)) for n in ("prior", "ident")}, guide


def examine(shot: Shot, painter, steps: int, number: int) -> Result:
    """Paint one clip, measure it both ways."""
    result, rng, why = Result(shot.name), np.random.default_rng([5, number]), {}
    corrector = Corrector(shot.scene, shot.rollout)  # type: ignore[arg-type]
    readings: dict[str, Readings] = {way: defaultdict(list) for way in (*WAYS, "truth")}
    for k, painted, planes, guide in frames_of(shot, painter, steps):
        corrected = corrector.correct(k, painted, guide)  # type: ignore[arg-type]
        result.mended += corrected is not painted
        pictures = {"painted": painted / np.float32(255), "corrected": corrected / np.float32(255)}
        if corrected is painted:
            pictures["corrected"] = pictures["painted"]
        if k == shot.middle:
            pictures["truth"] = truth_of(shot, planes["prior"])
            result.harmed += harms(shot, k, pictures["truth"], guide)
            compare_colours(result, shot, pictures, planes["ident"])
            find_added(result, pictures, planes)
        why |= read_frame(shot, k, pictures, planes, readings, rng)
    why |= set_aside(readings)
    for way in (*WAYS, "truth"):
        settle(result, way, readings[way])
    result.balls = len(shot.scene.bodies)
    result.unmeasured.update(reason for i, reason in why.items() if i not in readings["painted"])
    return result


def examine_all(numbers: range, weights: Path, steps: int) -> list[Result]:
    """`examine` the clips of these numbers; what cannot be made has failed."""
    from diffusion.painter import Painter

    jax.config.update("jax_compilation_cache_dir", str(CACHE / ".compiled"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    painter, results = Painter.load(weights), []
    for number in numbers:
        try:
            results.append(examine(make_shot(number), painter, steps, number))
        except (ValueError, ArithmeticError, RuntimeError) as error:
            print(f"clip {number}: {error}", file=sys.stderr)
            results.append(Result(f"clip {number}: {error}", fails={way: {"error"} for way in WAYS}))
    jax.clear_caches()  # every scene leaves programs behind; the ones needed again are on disk
    return results


def harms(shot: Shot, k: int, truth: np.ndarray, guide) -> bool:
    """Whether the correction pass changes a picture in which nothing is wrong."""
    frame = np.uint8(truth * 255 + 0.5)
    return Corrector(shot.scene, shot.rollout).correct(k, frame, guide) is not frame  # type: ignore[arg-type]


def read_frame(shot: Shot, k: int, pictures, planes, readings: dict[str, Readings], rng) -> dict[int, str]:
    """Put the ruler to every ball in every picture of one frame; why it cannot be put to some."""
    smooth = {way: edges_of(picture) for way, picture in pictures.items() if way != "corrected"}
    smooth["prior"] = edges_of(planes["prior"])
    if "corrected" in pictures:
        same = pictures["corrected"] is pictures["painted"]
        smooth["corrected"] = smooth["painted"] if same else edges_of(pictures["corrected"])
    why: dict[int, str] = {}
    for i, outline in enumerate(stated(shot.scene, k / shot.scene.fps, shot.rollout.position[k])):
        mine = planes["ident"] == 2 + i
        told = told_by(smooth["prior"], outline, mine, rng)
        if isinstance(told, str):
            why[i] = told
            continue
        done: dict[int, Reading] = {}
        for way in pictures:
            picture = smooth[way]
            if id(picture) not in done:
                done[id(picture)] = _read(picture, outline, mine, told, rng)
            readings[way][i].append((done[id(picture)], told))
    return why


def told_by(smooth: np.ndarray, outline: Outline, mine: np.ndarray, rng) -> Reading | str:
    """The ruler's reading of the prediction; or why it cannot be trusted with this ball."""
    if not np.isfinite(outline.axes).all() or mine.sum() < 0.3 * np.pi * outline.radius**2:
        return "hidden or out of the picture"
    if outline.radius < 4:
        return "smaller than 4 px"
    one, two = (measure(smooth, outline, mine, rng) for _ in range(2))
    if not (one.good and two.good):
        return "outline cut or too faint"
    if np.hypot(*one.offset) > 0.75 or abs(one.size) > 0.04:
        return "ruler drawn to other edges"
    same = np.hypot(*(one.offset - two.offset)) < 0.06 and abs(one.size - two.size) < 0.005
    return one if same else "ruler not repeatable"


def _read(picture, outline: Outline, mine, told: Reading, rng) -> Reading:
    """A reading; one with `rim` 0 where the rim has all but gone."""
    got = measure(picture, outline, mine, rng)
    return got if got.good or steepness_at(picture, outline, mine) > 0.3 * told.steepness else Reading()


def set_aside(readings: dict[str, Readings]) -> dict[int, str]:
    """Drop the balls that the ruler misreads, or cannot see, in the truth, which is right by definition."""
    drop = {i for way in WAYS for i in readings[way]} - set(readings["truth"])
    for i, pairs in readings["truth"].items():
        reading, told = pairs[0]
        if (
            not reading.good
            or np.hypot(*(reading.offset - told.offset)) > 0.2
            or abs(reading.size - told.size) > 0.013
        ):
            drop.add(i)
    for way in WAYS:
        for i in drop:
            readings[way].pop(i, None)
    return dict.fromkeys(drop, "misread or unseen in the truth itself")


def settle(result: Result, way: str, readings: Readings) -> None:
    """From readings to rms per ball and to failures."""
    for pairs in readings.values():
        good = [(r.offset - told.offset, r.size - told.size) for r, told in pairs if r.good]
        if any(r.rim == 0 for r, _ in pairs) and way in WAYS:
            result.fails[way].add("vanished")
        if len(good) < len(pairs) and way in WAYS and not any(r.rim == 0 for r, _ in pairs):
            result.fails[way].add("position")  # there is a rim, but no ball fits it
        if not good:
            continue
        result.place[way].append(float(np.sqrt(np.mean([d @ d for d, _ in good]))))
        result.size[way].append(float(np.sqrt(np.mean([s * s for _, s in good]))))
        if way in WAYS:
            result.fails[way] |= {"position"} if result.place[way][-1] > LIMITS["place"] else set()
            result.fails[way] |= {"size"} if result.size[way][-1] > LIMITS["size"] else set()


def compare_colours(result: Result, shot: Shot, pictures, ident: np.ndarray) -> None:
    """Mean colour of every ball against the truth."""
    for i in range(len(shot.scene.bodies)):
        inner = ndimage.binary_erosion(ident == 2 + i, iterations=1)
        if inner.sum() < 30:
            continue
        for way in WAYS:
            difference = float(delta_e(pictures[way][inner].mean(0), pictures["truth"][inner].mean(0)))
            result.colour[way].append(difference)
            if difference > LIMITS["colour"]:
                result.fails[way].add("colour")


def find_added(result: Result, pictures, planes) -> None:
    """Edges of the picture where neither prediction nor truth has any near."""
    known = np.zeros(planes["ident"].shape, bool)
    for picture in (planes["prior"], pictures["truth"]):
        known |= ndimage.binary_dilation(_slope(picture) > QUIET, iterations=3)
    for way in WAYS:
        labels = np.zeros(known.shape, np.int32)
        ndimage.label((_slope(pictures[way]) > EDGE) & ~known, np.ones((3, 3)), output=labels)
        if np.bincount(labels.ravel())[1:].max(initial=0) >= BLOB:
            result.fails[way].add("added")


def _slope(picture: np.ndarray) -> np.ndarray:
    """Steepest slope over the channels (H, W), sRGB per px, of the picture blurred by 1 px."""
    slopes = [ndimage.gaussian_gradient_magnitude(picture[..., c].astype(np.float32), 1.0) for c in range(3)]
    return np.max(slopes, axis=0)


def interval(failures: int, count: int) -> tuple[float, float]:
    """Exact 95 % interval of a rate (Clopper and Pearson, Biometrika 26, 1934)."""
    low = stats.beta.ppf(0.025, failures, count - failures + 1) if failures else 0.0
    high = stats.beta.ppf(0.975, failures + 1, count - failures) if failures < count else 1.0
    return float(low), float(high)


def summary(results: list[Result]) -> dict:
    """Rates and distributions over all clips asked for."""
    unmeasured = sum((r.unmeasured for r in results), Counter())
    failed = [r for r in results if any(r.fails.values())]
    return {
        "clips": len(results),
        "rates": {kind: {way: _rate(results, kind, way) for way in WAYS} for kind in (*KINDS, "any")},
        "errors": {what: _errors(results, what, limit) for what, limit in LIMITS.items()},
        "balls": sum(r.balls for r in results),
        "unmeasured": dict(unmeasured),
        "clips_unmeasured": sum(r.balls > 0 and r.unmeasured.total() == r.balls for r in results),
        "frames_mended": sum(r.mended for r in results),
        "true_frames_changed": sum(r.harmed for r in results),
        "failed": {r.name: {way: sorted(r.fails[way]) for way in WAYS} for r in failed},
    }


def _rate(results: list[Result], kind: str, way: str) -> dict:
    n = sum(bool(r.fails[way]) if kind == "any" else kind in r.fails[way] for r in results)
    return {"failures": n, "rate": n / len(results), "interval95": interval(n, len(results))}


def _errors(results: list[Result], what: str, limit: float) -> dict:
    """Distribution over balls, per picture."""
    out = {}
    for way in (*WAYS, "truth"):
        values = np.array([v for r in results for v in getattr(r, what)[way]])
        if len(values):
            middle, high, most = (float(v) for v in np.percentile(values, (50, 95, 100)))
            out[way] = {"balls": len(values), "median": middle, "p95": high, "max": most}
            out[way]["over"] = int((values > limit).sum())
    return out


def show(data: dict) -> None:
    """Print the tables."""
    rows = []
    for kind, ways in data["rates"].items():
        cells = [
            f"{w['failures']}  {w['rate']:.1%} [{w['interval95'][0]:.1%}, {w['interval95'][1]:.1%}]"
            for w in ways.values()
        ]
        rows.append([kind, *cells])
    table(f"clips that fail, of {data['clips']}, with 95 % intervals", ["kind", *WAYS], rows)
    rows = [
        [what, way, e["balls"], f"{e['median']:.3f}", f"{e['p95']:.3f}", f"{e['max']:.3f}", e["over"]]
        for what, ways in data["errors"].items()
        for way, e in ways.items()
    ]
    table("\nper ball: place px, size share, colour dE2000; truth is the ruler's floor",
          ["error", "picture", "balls", "median", "p95", "max", "over limit"], rows)  # fmt: skip
    told = ", ".join(f"{n} {reason}" for reason, n in data["unmeasured"].items()) or "none"
    print(
        f"\nballs {data['balls']}, unmeasured: {told}; clips with none measured: {data['clips_unmeasured']}"
    )
    changed, harmed = data["frames_mended"], data["true_frames_changed"]
    print(f"frames changed by the correction pass: {changed} painted, {harmed} path-traced (should be 0)")


def main(argv: Sequence[str] = ()) -> dict:
    """Run; returns what is written to benchmarks/results/faithful.json."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.faithful", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--steps", type=int, default=2, help="denoising steps")
    parser.add_argument("--jobs", type=int, default=1, help="processes that share the clips")
    parser.add_argument("--weights", type=Path, default=DEFAULT, help="the painter's weights")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    args = parser.parse_args(argv)
    results, began = [], time.monotonic()
    with ProcessPoolExecutor(args.jobs, multiprocessing.get_context("spawn")) as pool:
        blocks = [range(i, min(i + BLOCK, args.clips)) for i in range(0, args.clips, BLOCK)]
        for done in pool.map(partial(examine_all, weights=args.weights, steps=args.steps), blocks):
            results += done
            if sys.stderr.isatty():
                print(f"\r{len(results)}/{args.clips}", end="", file=sys.stderr)
    data = {**summary(results), "steps": args.steps, "seconds": round(time.monotonic() - began)}
    show(data)
    write_json("faithful", data)
    if args.json:
        print(json.dumps(data))
    return data


if __name__ == "__main__":
    main(sys.argv[1:])
