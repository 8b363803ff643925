"""Which finds things better, the classical path or the learned detector?  `python -m benchmarks.detector`

Families of clips that are hard in one way each (`_detector_clips`), by renderers that the detector was not
trained on. Three ways: "classical", tracks of `physics.estimator.watch` without the detector; "joined",
tracks as the product makes them, the detector asked where the classical path doubts itself; "network", its
bare proposals in every frame, against a plate that takes no note of the camera, without tracks (so no
swaps). Recall and precision over discs that show by more than half, centre error in px over those found,
swaps per 100 sights. Joining has "helped" where the harmonic mean of recall and precision is larger by more
than 0.01, "harmed" where it is smaller by that.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from benchmarks._detector_clips import FAMILIES, Clip
from benchmarks._detector_measure import Score, add
from benchmarks.report import print_table, write_results
from physics.estimator import ArrayVideo, WatchConfig, watch
from physics.estimator import plate as plates
from physics.estimator.detector import GAP, proposals

Claims = list[tuple[np.ndarray, np.ndarray]]  # per frame: places (m, 2) px, names (m,)
WAYS = ("classical", "joined", "network")
SAME = 0.01  # of the harmonic mean: a smaller difference is none


def tracked(clip: Clip, learned: bool) -> Claims:
    """What the estimator's tracks claim."""
    seen = watch(ArrayVideo(clip.frames, 24.0), config=WatchConfig(learned=learned))
    claims = []
    for t in range(len(clip.frames)):
        here = [(track.centre[track.frames == t][0], track.id) for track in seen.tracks if t in track.frames]
        claims.append((np.array([c for c, _ in here]).reshape(-1, 2), np.array([n for _, n in here])))
    return claims


def proposed(clip: Clip) -> Claims:
    """What the network alone claims, before a plate that takes no note of a moving camera."""
    frames, last = clip.frames, len(clip.frames) - 1
    plate = plates.learn(frames)
    claims = []
    for t, frame in enumerate(frames):
        around = [(frames[max(t - GAP, 0)], None), (frames[min(t + GAP, last)], None)]
        found = proposals(frame, around, plate.colour, plate.noise)
        claims.append((np.array([p.centre for p in found]).reshape(-1, 2), np.zeros(len(found), int)))
    return claims


def measure(family: str, seeds: range, ways: Sequence[str]) -> dict[str, dict[str, float]]:
    """Numbers of one family by way."""
    scores = {way: Score() for way in ways}
    for seed in seeds:
        clip = FAMILIES[family](seed)
        for way, score in scores.items():
            add(score, clip, proposed(clip) if way == "network" else tracked(clip, way == "joined"))
    return {way: score.row() for way, score in scores.items()}


def mean(row: dict[str, float]) -> float:
    """Harmonic mean of recall and precision."""
    return 2 * row["recall"] * row["precision"] / max(row["recall"] + row["precision"], 1e-9)


def verdict(rows: dict[str, dict[str, float]]) -> str:
    """What joining did."""
    gain = mean(rows["joined"]) - mean(rows["classical"])
    return "the same" if abs(gain) <= SAME else "helped" if gain > 0 else "harmed"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=int, default=6, help="per family")
    parser.add_argument("--first", type=int, default=0, help="seed of the first clip")
    parser.add_argument("--families", nargs="+", default=list(FAMILIES), choices=list(FAMILIES))
    options = parser.parse_args(arguments)
    data, table = {}, []
    for family in options.families:
        rows = measure(family, range(options.first, options.first + options.clips), WAYS)
        data[family] = {**rows, "verdict": verdict(rows)}
        table += [[family, way, *row.values()] for way, row in rows.items()]
        table[-1].append(data[family]["verdict"])
    header = ["family", "way", "recall", "precision", "centre px", "90 % px", "swaps/100", "joining"]
    print_table("Finding things", header, [row + [""] * (len(header) - len(row)) for row in table])
    print(write_results("detector", {"clips": options.clips, "first": options.first, "families": data}))


if __name__ == "__main__":
    main()
