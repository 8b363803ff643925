"""Measures cells of `benchmarks.claim`: an arm at a budget, a seed and a split; kept on disk, one file per
cell.

Given and generated frames pass H.264 (crf CRF) together and are judged; nothing is left out, a clip that
cannot be judged is a hallucination. Thresholds: the larger of the judge's design and what all but a share
of ALARM / kinds of true renders of worlds of their own stay below; the oracle's cells, on other worlds,
then say how often that is a false alarm.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy import stats

from benchmarks import _claim_data as data
from benchmarks import _claim_painters as painters
from benchmarks._claim_faults import FAULTS, possible, with_fault
from benchmarks._claim_judge import DESIGN, KINDS, look, scores
from benchmarks._claim_laws import LAWS, laws
from benchmarks._claim_train import FOLDER, Run, filmed, tuned
from benchmarks._claim_world import FINE, GIVEN, Worlds, worlds
from benchmarks._codec import coded

CRF, CLIPS = 18, 48  # of the codec; clips per seed and split
CALIBRATED, INJECTED = 400, 40  # true clips per split that set thresholds; clips per fault and split
ALARM = 0.005  # aimed at, so that the rate on other clips stays below 0.01
SPLITS = ("in", "out")


def record(frames: np.ndarray, one: Worlds, truth: np.ndarray) -> dict:
    """Scores, laws and picture error (levels of 255, rms) of one clip as the codec leaves it."""
    try:
        who = np.flatnonzero(one.there[0])
        seen = look(coded(frames, CRF), one.hue[0, who])
        off = frames[GIVEN:].astype(float) - truth[GIVEN:]
        out = {**scores(seen, one), **{f"law {k}": v for k, v in laws(seen.place, one).items()}}
        return {**out, "picture": float(np.sqrt(np.mean(off**2)))}
    except (ValueError, IndexError, ArithmeticError) as error:
        return {"crash": str(error)}


def records(made: np.ndarray, w: Worlds, shots: np.ndarray) -> list[dict]:
    """One record per clip; `made` (N, T - GIVEN, ...), 0 ... 1, follows the given frames of true `shots`."""
    made = np.where(np.isfinite(made), made, 0.0)
    frames = np.concatenate([shots[:, :GIVEN], np.round(made * 255).astype(np.uint8)], 1)
    return [record(frames[k], w.take(slice(k, k + 1)), shots[k]) for k in range(len(w))]


def asked(seed: int, split: str, count: int = CLIPS) -> Worlds:
    """The clips that seed `seed` of every arm is asked for."""
    w = data.measured((seed + 1) * count, split)
    return w.take(slice(seed * count, None))


def made_by(name: str, flop: float | None, seed: int, w: Worlds, shots: np.ndarray) -> np.ndarray:
    """Frames of an arm; `flop` None for what is not trained."""
    if name == "still":
        return np.repeat(shots[:, GIVEN - 1 : GIVEN], shots.shape[1] - GIVEN, 1) / np.float32(255)
    if name in ("guide", "oracle"):
        make = painters.guide_film if name == "guide" else painters.oracle_film
        return np.concatenate([np.asarray(make(w.take(slice(k, k + 8)))) for k in range(0, len(w), 8)])
    run = Run(name, seed, tuned(name)["rate"], FOLDER / f"{name}-{seed}")
    return filmed(name, run.model(flop), w, shots[:, :GIVEN], seed)


def cell(name: str, flop: float | None, seed: int, split: str, count: int = CLIPS) -> list[dict]:
    """Records of a cell, measured unless they are on disk."""
    label = "none" if flop is None else f"{flop:.1e}"
    path = FOLDER / "measured" / f"{name}-{label}-{seed}-{split}-{count}.json"
    if not path.exists():
        w = asked(seed, split, count)
        shots = data.film(w)
        _keep(path, records(made_by(name, flop, seed, w, shots), w, shots))
    return json.loads(path.read_text())


def thresholds() -> dict[str, float]:
    """Per kind, from true renders in and out of range."""
    path = FOLDER / "measured" / "thresholds.json"
    if not path.exists():
        rows = []
        for split in SPLITS:
            w = worlds(np.random.default_rng([data.MEASURED, 7, split == "out"]), CALIBRATED, split, FINE)
            shots = data.film(w)
            rows += records(shots[:, GIVEN:] / np.float32(255), w, shots)
        level = 1 - ALARM / len(KINDS)
        _keep(path, {k: max(DESIGN[k], float(np.quantile([r[k] for r in rows], level))) for k in KINDS})
    return json.loads(path.read_text())


def flags(row: dict, limit: dict[str, float]) -> list[str]:
    """What is wrong with a clip."""
    return ["crash"] if "crash" in row else [k for k in KINDS if row[k] > limit[k]]


def recall(limit: dict[str, float]) -> dict[str, dict]:
    """Of clips with an injected fault: how many are found at all, and as what they are."""
    return {kind: _recall(kind, limit) for kind in FAULTS}


def _recall(kind: str, limit: dict[str, float]) -> dict:
    path = FOLDER / "measured" / f"recall {kind}.json"
    if not path.exists():
        wrong = []
        for split in SPLITS:
            w = worlds(np.random.default_rng([data.MEASURED, 8, split == "out"]), INJECTED, split, FINE)
            w = w.take(possible(w, kind))
            shots, spoilt = data.film(w), data.film(with_fault(w, kind, np.random.default_rng(3)))
            wrong += [flags(r, limit) for r in records(spoilt[:, GIVEN:] / np.float32(255), w, shots)]
        found, named = sum(bool(f) for f in wrong), sum(kind in f for f in wrong)
        _keep(path, {"clips": len(wrong), "found": found, "named": named})
    return json.loads(path.read_text())


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share."""
    interval = stats.binomtest(hits, count).proportion_ci(0.95, "wilson")
    return float(interval.low), float(interval.high)


def summary(rows: list[dict], limit: dict[str, float]) -> dict:
    """Rate with interval, by kind; mean over clips of every law error and of the picture's. A crash has no
    laws.
    """
    wrong = [flags(r, limit) for r in rows]
    hits = sum(bool(f) for f in wrong)
    whole = [r for r in rows if "crash" not in r]
    means = {k: float(np.nanmean([r[f"law {k}"] for r in whole])) if whole else float("nan") for k in LAWS}
    return {
        "clips": len(rows),
        "hallucinated": hits,
        "rate": hits / len(rows),
        "interval": wilson(hits, len(rows)),
        "kinds": {k: sum(k in f for f in wrong) for k in (*KINDS, "crash")},
        "laws": means,
        "picture": float(np.mean([r["picture"] for r in whole])) if whole else float("nan"),
    }


def _keep(path: Path, content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content))
    part.replace(path)
