"""How close is the painted frame to path-traced truth?  `python -m benchmarks.quality [--scenes 40]`

Held-out shots (`benchmarks._held_out`): FLIP, PSNR and SSIM of the guide alone, of the closed-form light that
the painter starts from, and painted in 1, 2 and 4 steps; flicker of three consecutive painted frames beside
that of the truth; how the light bends across shadow edges, where a weak painter leaves rings. Means over the
shots with 95 % bootstrap intervals. Writes benchmarks/results/quality.json and the sheet out/quality.png.

Truth needs the extra `reference` and about a CPU minute a frame; it is kept under data/reference/quality.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import jax
import numpy as np

from benchmarks._held_out import FOLDER, FRAMES, STILL, Shot, shots, truth_halves
from benchmarks._sheet import OUT, save_sheet
from benchmarks.metrics import LUMA, bends, change_along, flicker, flip, mean_over, psnr, shadow_edges, ssim
from benchmarks.report import cell, print_table, write_results
from diffusion.painter import Painter
from diffusion.sample import validity
from diffusion.weights import DEFAULT
from physics.colour import display
from physics.guide import Guide

STEPS = (1, 2, 4)
FLICKER_SHOTS = 10
SHEET_SHOTS = 8
RESAMPLES = 4000
MATTE, EDGE_PIXELS = 0.25, 100  # roughness from which a surface counts as matte; fewest pixels of an edge
FLIP_BAR, PSNR_BAR, FLICKER_BAR = -40.0, 5.0, 1.5  # %, dB, times the truth's; of the 2-step painter
GUIDE, PRIOR, NOISE = "guide", "closed-form light", "truth, half against half"
METRICS: dict[str, Callable] = {"flip": flip, "psnr": psnr, "ssim": ssim}


def painted(steps: int) -> str:
    """Name of a painter's row."""
    return f"painted, {steps} step{'s' if steps > 1 else ''}"


def plan(count: int, size: int) -> list[tuple[Shot, tuple[int, ...]]]:
    """The shots with the states whose truth is needed: all three for the first moving ones."""
    out, left = [], FLICKER_SHOTS
    for shot in shots(count, size):
        clip = left > 0 and shot.moving
        left -= clip
        out.append((shot, tuple(range(FRAMES)) if clip else (STILL,)))
    return out


def prepare(planned: list[tuple[Shot, tuple[int, ...]]], spp: int) -> None:
    """Render what truth is missing."""
    for shot, states in planned:
        for k in states:
            began, used = time.monotonic(), time.process_time()
            truth_halves(shot, k, spp, shot.guide(k))
            wall, cpu = time.monotonic() - began, time.process_time() - used
            print(f"{shot.name} state {k}: {wall:.0f} s, {cpu:.0f} s of CPU", flush=True)


def measure(shot: Shot, states: tuple[int, ...], painter: Painter, spp: int) -> tuple[dict, list[np.ndarray]]:
    """Metrics of one shot, and its pictures for the sheet."""
    guides = {k: shot.guide(k) for k in states}
    halves = {k: truth_halves(shot, k, spp, guides[k]) for k in states}
    truth = {k: np.asarray(display(h.mean(0))) for k, h in halves.items()}
    seen = {k: np.asarray(display(h)) for k, h in halves.items()}
    pictures = still_pictures(shot, guides[STILL], painter)
    result: dict = {name: {m: f(p, truth[STILL]) for m, f in METRICS.items()} for name, p in pictures.items()}
    result[NOISE] = {m: f(*seen[STILL]) for m, f in METRICS.items()}
    for name, bend in edge_bends(pictures, seen[STILL], guides[STILL]).items():
        result[name]["bend"] = bend
    if len(states) > 1:
        result["flicker"] = flicker_of(shot, guides, truth, seen, painter)
    two = pictures[painted(2)]
    error = 4 * np.abs(two - truth[STILL])
    return result, [pictures[GUIDE], pictures[PRIOR], two, truth[STILL], error]


def still_pictures(shot: Shot, guide: Guide, painter: Painter) -> dict[str, np.ndarray]:
    """Every row's picture of the still, painted as a first frame."""
    out = {GUIDE: np.asarray(guide.rgb), PRIOR: np.asarray(guide.prior)}
    for steps in STEPS:
        picture, _ = painter.paint(guide, shot.scene.light, None, jax.random.key(shot.number), steps)
        out[painted(steps)] = np.asarray(picture)
    return out


def edge_bends(pictures: dict[str, np.ndarray], halves: np.ndarray, guide: Guide) -> dict[str, float]:
    """Mean square bend of the light across hard shadow edges, per picture; {} where a shot has too few.

    Matte surfaces only: in a polished one the light bends at what is mirrored. Truth's own is the product of
    its halves: independent noise drops out of it on average.
    """
    names = ("base", "hard", "ident", "roughness", "metallic", "transmission")
    base, hard, ident, rough, metal, clear = (np.asarray(getattr(guide, name)) for name in names)
    matte = (rough > MATTE) & (metal < 0.5) & (clear < 0.5) & (base @ LUMA > 0.1)
    band = shadow_edges(hard, ident) & matte
    if band.sum() < EDGE_PIXELS:
        return {}
    a, b = (bends(p, base, hard, band) for p in halves)
    own = {name: float(np.mean(bends(p, base, hard, band) ** 2)) for name, p in pictures.items()}
    return {NOISE: max(float(np.mean(a * b)), 1e-9), **own}


def flicker_of(shot: Shot, guides: dict, truth: dict, seen: dict, painter: Painter) -> dict[str, float]:
    """Flicker of truth, guide, and the 2-step painter with its memory; mean squares without truth's noise.

    `clean` is the truth's mean square change, a product of its halves: their noise drops out on average.
    """
    clips = {"truth": truth, "guide": {k: np.asarray(g.rgb) for k, g in guides.items()}}
    clips["painted"] = paint_clip(shot, guides, painter)
    rows: dict[str, list[float]] = {name: [] for name in (*clips, "clean", "painted_square")}
    for k in range(1, FRAMES):
        motion = guides[k].motion_back
        valid = np.asarray(validity(guides[k].ident, guides[k - 1].ident, motion))
        for name, clip in clips.items():
            rows[name].append(flicker(clip[k], clip[k - 1], motion, valid))
        a, b = (change_along(seen[k][i], seen[k - 1][i], motion) for i in (0, 1))
        rows["clean"].append(mean_over(a * b, valid))
        square = change_along(clips["painted"][k], clips["painted"][k - 1], motion) ** 2
        rows["painted_square"].append(mean_over(square, valid))
    return {name: float(np.mean(values)) for name, values in rows.items()}


def paint_clip(shot: Shot, guides: dict[int, Guide], painter: Painter) -> dict[int, np.ndarray]:
    """Consecutive frames in two steps, each with the memory of the last."""
    key, memory, frames = jax.random.key(shot.number), None, {}
    for k, guide in guides.items():
        frame, memory = painter.paint(guide, shot.scene.light, memory, jax.random.fold_in(key, k), 2)
        frames[k] = np.asarray(frame)
    return frames


def interval(statistic: Callable[[np.ndarray], float], count: int) -> list[float]:
    """[value, low, high] of a statistic of the shots' indices: the 95 % percentile bootstrap."""
    rng = np.random.default_rng(0)
    draws = [statistic(rng.integers(count, size=count)) for _ in range(RESAMPLES)]
    return [float(statistic(np.arange(count))), *(float(q) for q in np.quantile(draws, (0.025, 0.975)))]


def summarise(results: list[dict]) -> dict:
    """Rows of means with intervals, change against the guide, bend against the truth, flicker."""
    count = len(results)
    guide = {m: np.array([r[GUIDE][m] for r in results]) for m in METRICS}
    bent = [r for r in results if "bend" in r[GUIDE]]
    rows = {}
    for name in (GUIDE, PRIOR, *(painted(s) for s in STEPS), NOISE):
        own = {m: np.array([r[name][m] for r in results]) for m in METRICS}
        rows[name] = {m: interval(lambda i, v=v: v[i].mean(), count) for m, v in own.items()}
        left, gain = own["flip"], own["psnr"] - guide["psnr"]
        rows[name]["flip_change_percent"] = interval(
            lambda i, v=left: 100 * (v[i].mean() / guide["flip"][i].mean() - 1), count
        )
        rows[name]["psnr_gain_db"] = interval(lambda i, v=gain: v[i].mean(), count)
        if bent:
            rows[name]["bend_over_truth"] = float(
                np.median([np.sqrt(r[name]["bend"] / r[NOISE]["bend"]) for r in bent])
            )
    extra = {"shots": count, "shots_with_shadow_edges": len(bent)}
    return {**extra, "rows": rows, "flicker": summarise_flicker(results)}


def summarise_flicker(results: list[dict]) -> dict:
    """Mean flicker per kind; the painter's over the truth's, plainly and as mean squares free of noise."""
    found = [r["flicker"] for r in results if "flicker" in r]
    if not found:
        return {}
    f = {k: np.array([x[k] for x in found]) for k in found[0]}
    out: dict = {"shots": len(found), **{k: float(v.mean()) for k, v in f.items()}}
    out["ratio"] = interval(lambda i: f["painted"][i].mean() / f["truth"][i].mean(), len(found))
    out["ratio_without_noise"] = interval(
        lambda i: np.sqrt(f["painted_square"][i].mean() / max(f["clean"][i].mean(), 1e-9)), len(found)
    )
    return out


def report(summary: dict) -> None:
    """Print the table."""

    def span(value: list[float], digits: int) -> str:
        return f"{value[0]:.{digits}f} [{value[1]:.{digits}f}, {value[2]:.{digits}f}]"

    rows = []
    for name, r in summary["rows"].items():
        line = [name, span(r["flip"], 4), span(r["psnr"], 2), span(r["ssim"], 4)]
        change = [span(r["flip_change_percent"], 1), span(r["psnr_gain_db"], 2)]
        bend = f"{r['bend_over_truth']:.2f}" if "bend_over_truth" in r else None
        rows.append(line + change + [bend, passes(r) if name == painted(2) else None])
    header = ["picture", "FLIP", "PSNR dB", "SSIM", "FLIP %", "gain dB", "edge bend / truth", "pass"]
    print_table(f"{summary['shots']} held-out shots against {summary['spp']} samples per pixel", header, rows)
    if f := summary["flicker"]:
        plain, clean = span(f["ratio"], 2), span(f["ratio_without_noise"], 2)
        print(f"flicker over truth, 2 steps, {f['shots']} shots: {plain}, pass: {cell(calm(f))}")
        print(f"  the same as root mean squares, without the truth's sampling noise: {clean}")
    print(f"bars, 2 steps: FLIP {FLIP_BAR:g} %, PSNR +{PSNR_BAR:g} dB, flicker x {FLICKER_BAR:g}")


def passes(row: dict) -> bool:
    """Whether a row's means clear both bars of the stills."""
    return row["flip_change_percent"][0] <= FLIP_BAR and row["psnr_gain_db"][0] >= PSNR_BAR


def calm(found: dict) -> bool:
    """Whether the painter's flicker clears its bar."""
    return found["ratio"][0] <= FLICKER_BAR


def main(arguments: Sequence[str] = ()) -> dict:
    """Run the benchmark; returns what the JSON file holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality")
    parser.add_argument("--scenes", type=int, default=40, help="held-out shots")
    parser.add_argument("--spp", type=int, default=256, help="samples per pixel of the truth")
    parser.add_argument("--size", type=int, default=256, help="width and height, px")
    parser.add_argument("--weights", type=Path, default=DEFAULT, help="the painter's weights")
    parser.add_argument("--prepare", action="store_true", help="only render the truth")
    options = parser.parse_args(arguments)
    FOLDER.mkdir(parents=True, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", str(FOLDER / ".compiled"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    planned = plan(options.scenes, options.size)
    if options.prepare:
        prepare(planned, options.spp)
        return {}
    painter = Painter.load(options.weights)
    measured = [measure(shot, states, painter, options.spp) for shot, states in planned]
    chosen = np.linspace(0, len(planned) - 1, min(SHEET_SHOTS, len(planned))).astype(int)
    heading = ("guide", "closed-form light", "painted, 2 steps", "truth", "4 x error")
    save_sheet(OUT / "quality.png", heading, [(planned[i][0].name, measured[i][1]) for i in chosen])
    summary = {**summarise([m[0] for m in measured]), "spp": options.spp, "size": options.size}
    summary["shots_each"] = {shot.name: m[0] for (shot, _), m in zip(planned, measured, strict=True)}
    report(summary)
    found = summary["flicker"]
    summary["pass"] = passes(summary["rows"][painted(2)]) and (not found or calm(found))
    write_results("quality", summary)
    return summary


if __name__ == "__main__":
    done = main(sys.argv[1:])
    sys.exit(0 if done.get("pass", True) else 1)
