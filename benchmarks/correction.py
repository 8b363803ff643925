"""Does the repair of finished clips repair, and does it leave alone what is right?

    python -m benchmarks.correction [--clips 300] [--first 0] [--smooth 3] [--rendered 4] [--blurred 8]
        [--rows FILE]

Synthetic clips with exact truth (`benchmarks._artefacts`): ten artefacts at three strengths, clean,
erratic and broken clips, lossless and H.264. Prints path error, PSNR where the clip was wrong, events,
false repairs and harm with Wilson 95 % intervals, beside three smoothers of the same tracks under the
same re-renderer, then speed at 1280x720. Writes benchmarks/results/correction.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks._artefacts import BROKEN, STRENGTHS, clip, make
from benchmarks._correction_blur import blurred
from benchmarks._correction_clips import Measured, measure, psnr
from benchmarks._correction_picture import save_picture
from benchmarks._rendered import rendered
from benchmarks._smoothers import SMOOTHERS
from benchmarks.report import print_table, write_results
from correction.finished import examine
from physics.estimator import ArrayVideo

PLACES = tuple(a for a in STRENGTHS if a not in ("size", "colour"))


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    p, n = hits / total, total
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return float((middle - half) / (1 + z * z / n)), float((middle + half) / (1 + z * z / n))


def share(rows: Sequence[bool]) -> str:
    """hits/total, percent and interval."""
    hits, total = sum(rows), len(rows)
    low, high = wilson(hits, total)
    return f"{hits}/{total} = {100 * hits / max(total, 1):.1f} % ({100 * low:.1f}-{100 * high:.1f})"


def middle(values: Iterable[float | None]) -> float | None:
    """Median of what is known."""
    known = [v for v in values if v is not None]
    return float(np.median(known)) if known else None


def artefact_rows(rows: list[Measured]) -> list[list[object]]:
    """One line per artefact and strength."""
    lines = []
    for artefact in STRENGTHS:
        for strength in range(3):
            these = [r for r in rows if (r.artefact, r.strength) == (artefact, strength)]
            if these:
                lines.append([artefact, STRENGTHS[artefact][strength], len(these), *_errors(these)])
    return lines


def _errors(rows: list[Measured]) -> list[object]:
    mended = sum(r.decision == "corrected" for r in rows)
    gain = middle(None if r.psnr_after is None else r.psnr_after - (r.psnr_before or 0) for r in rows)
    return [
        mended, middle(r.before for r in rows), middle(r.after for r in rows),
        middle(r.psnr_before for r in rows), middle(r.psnr_after for r in rows), gain,
        sum(r.harmed for r in rows),
    ]  # fmt: skip


def verdicts(rows: list[Measured]) -> list[list[object]]:
    """The promises, each with what was measured."""
    places = [r for r in rows if r.artefact in PLACES]
    done = [r for r in places if r.decision == "corrected"]
    clean = [r for r in rows if not r.artefact and r.kind != "erratic"]
    erratic = [r for r in rows if r.kind == "erratic"]
    broken = [r for r in rows if r.artefact in BROKEN]
    bounces = [r for r in rows if r.bounces is not None]
    quarter = [r.after <= max(0.25 * r.before, 0.1) for r in done]
    coded = {c: [r for r in rows if r.artefact in STRENGTHS and r.coding == c] for c in (None, 18, 28)}
    gains = {c: middle(_gain(r) for r in rs if r.decision == "corrected") for c, rs in coded.items()}
    return [
        ["artefacts mended", share([r.decision == "corrected" for r in rows if r.artefact in STRENGTHS]), ""],
        ["path error after, mended clips, median px", middle(r.after for r in done), "<= 0.3"],
        ["path error after over before", middle(r.after / max(r.before, 1e-6) for r in done), "<= 0.25"],
        ["path error at most a quarter", share(quarter), ""],
        ["wobble of 2 px: path error after, median px", middle(
            r.after for r in rows if (r.artefact, r.strength) == ("wobble", 1)), "<= 0.8"],
        ["the same, Cramer-Rao bound of any estimator, median px", middle(
            r.bound for r in rows if (r.artefact, r.strength) == ("wobble", 1)), ""],
        ["the same, of one who knows gravity, restitution, floor or pivot exactly", middle(
            r.oracle for r in rows if (r.artefact, r.strength) == ("wobble", 1)), ""],
        ["bounce count right", share([n == m for r in bounces for n, m in [r.bounces or (0, 0)]]), ">= 99 %"],
        ["bounce time error, median frames", middle(t for r in bounces for t in r.times), "<= 0.05"],
        ["restitution error, median", middle(r.restitution for r in bounces), "<= 0.01"],
        *[[f"PSNR gain where wrong, median dB, {_name(c)}", g, ">= 6"] for c, g in gains.items()],
        ["pixels that need no repair, exact", float(np.mean([r.exact for r in rows])), "1"],
        ["clean clips changed", share([r.decision == "corrected" for r in clean]), "<= 1 %"],
        ["clean clips refused", share([r.decision == "refused" for r in clean]), ""],
        ["erratic left alone", share([r.decision != "corrected" for r in erratic]), ">= 98 %"],
        ["broken refused", share([r.decision == "refused" for r in broken]), ""],
        ["broken not papered over", share([r.decision != "corrected" for r in broken]), ""],
        ["harmed by any measure", share([r.harmed for r in rows]), "<= 1 %"],
        ["CPU seconds per clip, median", middle(r.seconds for r in rows), ""],
    ]  # fmt: skip


def _gain(r: Measured) -> float | None:
    return None if r.psnr_after is None else r.psnr_after - (r.psnr_before or 0.0)


def _name(coding: int | None) -> str:
    return "lossless" if coding is None else f"H.264 CRF {coding}"


def smoother_rows(rows: list[Measured]) -> list[list[object]]:
    """The same clips by each smoother and by the repair."""
    these = [r for r in rows if r.smoothed and r.artefact in PLACES]
    clean = [r for r in rows if r.smoothed and not r.artefact and r.kind != "erratic"]
    lines: list[list[object]] = []
    for name in SMOOTHERS:
        path = [r.smoothed[name][0] for r in these]
        gains = [after - (r.psnr_before or 0) for r in these if (after := r.smoothed[name][1]) is not None]
        worse = share([r.smoothed[name][0] > r.before + 0.1 for r in these + clean])
        lines.append([name, len(these), middle(path), middle(gains), worse])
    worse = share([r.harmed for r in these + clean])
    lines.append(
        ["repair", len(these), middle(r.after for r in these), middle(_gain(r) for r in these), worse]
    )
    return lines


def own_world(number: int) -> list[object]:
    """One clip of the guide renderer, shaken: prompt, decision, path and PSNR before and after."""
    clip = rendered(number)
    video = ArrayVideo(clip.frames, clip.scene.fps)
    repair = examine(video)
    out = np.stack(list(repair.frames(video)))
    place = clip.shown.copy()
    near = [o.plan for o in repair.objects
            if np.nanmedian(np.hypot(*(o.track.centre - clip.shown[o.track.frames]).T)) < 8]  # fmt: skip
    if near and repair.decision == "corrected":
        ball = max(near, key=lambda p: len(p.frames))
        place[ball.frames] += ball.target - ball.source
    errors = [float(np.sqrt(np.nanmean(np.sum((p - clip.true) ** 2, -1)))) for p in (clip.shown, place)]
    wrong = (clip.truth != clip.frames).any(-1)
    quality = [psnr(f, clip.truth, wrong) for f in (clip.frames, out)]
    return [clip.scene.prompt, repair.decision, *errors, *quality]


def speed() -> dict[str, float]:
    """Frames per CPU second of a 1280x720 clip with three objects, all passes, without coding."""
    frames = big_clip()
    video = ArrayVideo(frames, 24.0)
    start, wall = time.process_time(), time.perf_counter()
    repair = examine(video)
    for _ in repair.frames(video):
        pass
    return {
        "frames": float(len(frames)),
        "frames_per_cpu_second": len(frames) / (time.process_time() - start),
        "frames_per_second": len(frames) / (time.perf_counter() - wall),
        "mended_objects": float(sum(bool(o.kinds) for o in repair.objects)),
    }


def big_clip() -> np.ndarray:
    """1280x720: four synthetic clips side by side and above each other, wobbling."""
    parts = []
    for n in range(3):
        rng = np.random.default_rng([77, n])
        parts.append(make(10_000 + n, "bounce", "wobble", 1, rng).frames[:48])
    canvas = np.full((48, 720, 1280, 3), 110, np.uint8)
    canvas += (np.indices((720, 1280)).sum(0) // 16 % 2 * 20).astype(np.uint8)[None, :, :, None]
    for n, part in enumerate(parts):
        canvas[:, 120 : 120 + part.shape[1], 60 + 400 * n : 60 + 400 * n + part.shape[2]] = part
    return canvas


def main(arguments: Sequence[str] = ()) -> dict:
    """Run; returns what was written."""
    parser = argparse.ArgumentParser(prog="benchmarks.correction", description="Repair of finished clips.")
    parser.add_argument("--clips", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="number of the first clip")
    parser.add_argument(
        "--smooth", type=int, default=3, help="every how many clips the smoothers run; 0 never"
    )
    parser.add_argument("--rendered", type=int, default=4, help="clips of the project's own worlds")
    parser.add_argument("--blurred", type=int, default=8, help="clips whose blur follows their wrong path")
    parser.add_argument("--picture", type=Path, help="write the README's picture there and stop")
    parser.add_argument(
        "--rows", type=Path, help="a line per clip is kept there, and the run goes on from it"
    )
    parser.add_argument("--list", action="store_true", help="print a line per clip")
    options = parser.parse_args(arguments)
    if options.picture is not None:
        save_picture(options.picture)
        return {}
    rows = measured(options)
    head = [
        "artefact",
        "strength",
        "clips",
        "mended",
        "path before",
        "after",
        "PSNR before",
        "after",
        "gain",
        "harmed",
    ]
    print_table("Artefacts (px, dB; medians)", head, artefact_rows(rows))
    print_table("\nPromises", ["what", "measured", "promised"], verdicts(rows))
    head = ["smoother", "clips", "path after, px", "PSNR gain, dB", "paths made worse, clean clips included"]
    print_table("\nThe same tracks smoothed", head, smoother_rows(rows))
    own = [own_world(n) for n in range(options.rendered)]
    head = ["prompt", "decision", "path before", "after", "PSNR before", "after"]
    print_table("\nOwn worlds, wobble of 2 px", head, own)
    smeared = [blurred(n) for n in range(options.blurred)]
    blur_head = ["artefact", "shutter", "decision", "PSNR before", "moved", "blurred anew"]
    print_table("\nBlur of the wrong path", blur_head, smeared)
    fast = speed()
    print_table("\n1280x720, three objects", ["what", "value"], [list(x) for x in fast.items()])
    found = {
        "promises": [dict(zip(("what", "measured", "promised"), row)) for row in verdicts(rows)],
        "artefacts": [dict(zip(("artefact", "strength", "clips", "mended", "before", "after", "psnr_before",
                                "psnr_after", "gain", "harmed"), row)) for row in artefact_rows(rows)],
        "smoothers": [dict(zip(("name", "clips", "path", "gain", "worse"), r)) for r in smoother_rows(rows)],
        "own_worlds": [dict(zip(("prompt", "decision", "before", "after", "psnr_before", "psnr_after"), r))
                       for r in own],
        "blur": [dict(zip(blur_head, row)) for row in smeared],
        "speed": fast,
        "clips": [{k: v for k, v in asdict(r).items() if k != "reason"} for r in rows],
    }  # fmt: skip
    write_results("correction", found)
    return found


def measured(options: argparse.Namespace) -> list[Measured]:
    """All clips; those that `--rows` knows already are not measured again."""
    known = kept(options.rows)
    rows = []
    for n in range(options.first, options.first + options.clips):
        new = n not in known
        smooth = bool(options.smooth) and (n // 20 + n) % options.smooth == 0
        rows.append(measure(clip(n), smooth) if new else known[n])
        if new and options.rows is not None:
            with options.rows.open("a") as file:
                file.write(json.dumps(asdict(rows[-1])) + "\n")
        if options.list:
            _line(rows[-1])
    return rows


def kept(place: Path | None) -> dict[int, Measured]:
    """Clip number -> what an earlier run wrote of it."""
    if place is None or not place.exists():
        return {}
    rows = [Measured(**json.loads(line)) for line in place.read_text().splitlines()]
    for row in rows:  # JSON knows no tuples
        row.bounces = None if row.bounces is None else (row.bounces[0], row.bounces[1])
    return {row.number: row for row in rows}


def _line(r: Measured) -> None:
    name = f"{r.number:4d} {r.kind:9s} {r.artefact or '-':11s} {r.strength}"
    what = f"{name} {_name(r.coding):13s} {r.decision:9s}"
    path = f"{r.before:6.2f} -> {r.after:5.2f}  {r.psnr_before or 0:5.1f} -> {r.psnr_after or 0:5.1f}"
    harm = "HARM" if r.harmed else ""
    print(what, path, r.bounces or "", harm, f"{r.seconds:.1f} s | {r.reason}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
