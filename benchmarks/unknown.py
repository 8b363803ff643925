"""Where no oracle helps: hidden drag, wind, restitution, friction, walls, partners.  `python -m
benchmarks.unknown`

36 frames of a 128 px world are watched, 24 are predicted (benchmarks/_unknown_world.py has the truth,
stepped on its own). "state": true places with 0.1 px of noise; "pixels": filmed frames (shaded, patterned
discs, noise), watched by the estimator. Error: distance of the predicted from the true centre, px, mean
over the 24 frames while the truth is in the picture, then the median over worlds (the mean beside it: one
wrongly foreseen bounce is many pixels). An object that the watcher lost is held where it was last; lost
ones are counted. "covered": how often the true place lies in the predictor's 90 % ellipse.

Beside it, all from the same noisy places (benchmarks/baselines): hold, constant velocity and constant
acceleration; the equations alone, which learn nothing hidden; an MLP and a transformer trained on other
worlds of the same kinds, in range, that answer all 24 frames at once.

Films: plain ground; and, for three families, a patterned ground, H.264 at crf 28, and a panning camera.
`--families`, `--films` and `--first` (seed) run single cells; `--merge` keeps the other cells of the
result, and with `--train 0` what the networks had in these.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Sequence

import numpy as np

from benchmarks._unknown_film import Film
from benchmarks._unknown_ways import Learned, from_film, learn, observe, others, predicted, state_cast
from benchmarks._unknown_world import AHEAD, APPLIES, CONTEXT, FAMILIES, SIZE, draw, simulate
from benchmarks.report import RESULTS, print_table, write_results

NINETY = 4.605  # chi-squared of 2 degrees, 90 %
STATE_BAR, PIXEL_BAR, SHIFT_BAR, SPEED_BAR = 0.5, 1.0, 3.0, 5.0  # px, px, times in range, px
COVER_BAR = (0.85, 0.95)
FILMS = {
    "plain": Film(),
    "patterned ground": Film(textured=True),
    "H.264 crf 28": Film(textured=True, crf=28),
    "panning camera": Film(textured=True, pan=0.6),
}
FILMED = ("restitution", "many bodies", "box")  # families shot in every way


def errors(place: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(AHEAD, n) px, nan where the truth is out of the picture."""
    future = truth[CONTEXT:]
    outside = np.any((future < 0) | (future > SIZE), axis=-1)
    return np.where(outside, np.nan, np.linalg.norm(place - future, axis=-1))


def covered(place: np.ndarray, covariance: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(AHEAD, n) whether the truth is in the 90 % ellipse, nan out of the picture."""
    off = place - truth[CONTEXT:]
    wide = covariance + 1e-6 * np.eye(2)
    inside = np.einsum("tni,tnij,tnj->tn", off, np.linalg.inv(wide), off) < NINETY
    return np.where(np.isnan(errors(place, truth)), np.nan, inside)


def run_one(
    family: str, shift: str, seed: int, film: Film | None, learned: Learned | None = None
) -> dict[str, float]:
    """Errors of one world by way; `film` None gives states only."""
    rng = np.random.default_rng([seed, FAMILIES.index(family), len(shift)])
    world = draw(family, shift, rng)
    truth = simulate(world)
    seen = observe(world, truth, rng)
    ways = others(world, seen, learned or {})
    lost = 0
    if film is None:
        ours, spread = predicted(state_cast(world, seen), world)
    else:
        ours, spread, lost = from_film(world, truth, film, seed, ways["hold"])
    found = {name: float(np.nanmean(errors(place, truth))) for name, place in ways.items()}
    found["ours"] = float(np.nanmean(errors(ours, truth)))
    found["covered"] = float(np.nanmean(covered(ours, spread, truth)))
    return {**found, "lost": float(lost)}


def collect(
    family: str, shift: str, seeds: range, film: Film | None, learned: Learned | None = None
) -> dict[str, float]:
    """Medians, the mean of ours, and coverage over worlds whose truth stays in the picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runs = [run_one(family, shift, seed, film, learned) for seed in seeds]
    runs = [r for r in runs if np.isfinite(r["ours"])]
    if not runs:  # every truth has left the picture
        return {}
    rest = ("covered", "lost")
    out = {name: float(np.median([r[name] for r in runs])) for name in runs[0] if name not in rest}
    out["mean"] = float(np.mean([r["ours"] for r in runs]))
    out["covered"] = float(np.nanmean([r["covered"] for r in runs]))
    out["lost"] = float(sum(r["lost"] for r in runs))
    out["scored"] = float(len(runs))
    return out


def within(shift: str, mine: float, inside: float, bar: float) -> bool:
    """The bar of a cell: in range, speed x2, or another way out of range."""
    if shift == "in range":
        return mine <= bar
    if shift == "speed x2":
        return mine <= SPEED_BAR
    return mine <= SHIFT_BAR * max(inside, bar / SHIFT_BAR)


def cells(options: argparse.Namespace, learned: Learned) -> dict[str, dict]:
    """Every cell asked for: "family, shift, from" -> its numbers and whether it meets its bar."""
    data, seeds = {}, range(options.first, options.first + options.worlds)
    for family in options.families:
        films = [None, *(n for n in options.films if n == "plain" or family in FILMED)]
        for name in films:
            film, inside = FILMS[name] if name else None, np.nan
            for shift in ("in range", *APPLIES[family]) if name in (None, "plain") else ("in range",):
                found = collect(family, shift, seeds, film, learned)
                if not found:
                    continue
                inside = found["ours"] if shift == "in range" else inside
                ok = within(shift, found["ours"], inside, STATE_BAR if film is None else PIXEL_BAR)
                key = f"{family}, {shift}, {name or 'state'}"
                data[key] = {**found, "pass": ok}
                print(f"{key}: {found['ours']:.3f} px, covered {found['covered']:.2f}", file=sys.stderr)
    return data


def cover_by_family(data: dict[str, dict]) -> dict[str, float]:
    """Mean coverage of each family's cells, and of all families."""
    found = {}
    for family in FAMILIES:
        parts = [v["covered"] for k, v in data.items() if k.startswith(family) and np.isfinite(v["covered"])]
        if parts:
            found[family] = float(np.mean(parts))
    return {**found, "all": float(np.mean(list(found.values())))} if found else {"all": np.nan}


def report(data: dict[str, dict], worlds: int, cover: dict[str, float]) -> None:
    names = ["ours", "mean", "hold", "velocity", "acceleration", "equations", "MLP", "transformer", "covered"]
    header = ["hidden", "shift", "from", *names, "lost", "pass"]
    rows = [
        [*key.split(", "), *(round(v[n], 3) if n in v else None for n in names), int(v["lost"]), v["pass"]]
        for key, v in data.items()
    ]
    print_table(f"Error over {AHEAD} predicted frames, px, median of {worlds} worlds", header, rows)
    rows = [[f, round(c, 3), COVER_BAR[0] <= c <= COVER_BAR[1]] for f, c in cover.items()]
    print_table("\n90 % ellipses cover (bar: 0.85 to 0.95)", ["family", "share", "pass"], rows)


def main(arguments: Sequence[str] = ()) -> dict:
    """Run the benchmark; returns what the JSON file holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unknown")
    parser.add_argument("--worlds", type=int, default=8, help="of each kind")
    parser.add_argument("--first", type=int, default=0, help="seed of the first world")
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--films", nargs="*", choices=FILMS, default=list(FILMS), help="none: states only")
    parser.add_argument("--train", type=int, default=100, help="worlds of each family for the networks, or 0")
    parser.add_argument("--merge", action="store_true", help="keep the result's other cells")
    options = parser.parse_args(arguments)
    began = time.process_time()
    learned = learn(options.train) if options.train else {}
    before = json.loads((RESULTS / "unknown.json").read_text()) if options.merge else {}
    known = before.get("cells", {})
    data = {**known, **{k: {**known.get(k, {}), **v} for k, v in cells(options, learned).items()}}
    cover = cover_by_family(data)
    report(data, options.worlds, cover)
    trained = {name: vars(net) | {"model": name} for name, net in learned.items()}
    for name, net in trained.items():
        size, rate, held, spent = (net[k] for k in ("parameters", "rate", "held", "seconds"))
        print(
            f"{name}: {size} parameters, rate {rate:g}, {held:.2f} px on held-out worlds, {spent:.0f} CPU s"
        )
    result = {
        "cells": data, "worlds": options.worlds, "covered": cover,
        "networks": trained or before.get("networks"),
        "cpu_minutes": round((time.process_time() - began) / 60, 1) + before.get("cpu_minutes", 0.0),
    }  # fmt: skip
    result["pass"] = all(v["pass"] for v in data.values()) and COVER_BAR[0] <= cover["all"] <= COVER_BAR[1]
    write_results("unknown", result)
    return result


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
