"""How long watching and predicting takes.  `python -m benchmarks.predict_speed`

A spotted ball bounces over textured ground at 256 x 256 (benchmarks/_watch_clips.py). `parabola.predict`
watches N frames and draws N more, for several N, after one run that warms the caches. CPU seconds of the
process, all cores together. Bars: N = 32 within 3 s; linear: a frame of the longest run costs at most 1.25
times one of the shortest.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import numpy as np

from benchmarks._watch_clips import Disc, Stage, bounce, render
from benchmarks.report import print_table, write_results

SIDE, BAR, LINEAR = 256, 3.0, 1.25
LENGTHS = (32, 64, 128)


def clip(frames: int) -> np.ndarray:
    """uint8 (frames, SIDE, SIDE, 3)."""
    place = bounce(frames, start=(20.0, 60.0), speed=(200.0 / frames, 0.0), floor=220.0, r=12.0)
    ball = Disc(place=place, radius=np.full(frames, 12.0), texture=0.3)
    return render(Stage(size=(SIDE, SIDE)), [ball])


def seconds(frames: int) -> float:
    """CPU s to watch `frames` and predict as many."""
    import parabola

    film = clip(frames)
    began = time.process_time()
    parabola.predict(film, frames, 24.0)
    return time.process_time() - began


def main(arguments: Sequence[str] = ()) -> dict:
    """Run the benchmark; returns what the JSON file holds."""
    argparse.ArgumentParser(prog="python -m benchmarks.predict_speed").parse_args(arguments)
    seconds(8)
    spent = {n: seconds(n) for n in LENGTHS}
    growth = (spent[LENGTHS[-1]] / LENGTHS[-1]) / (spent[LENGTHS[0]] / LENGTHS[0])
    rows = [[n, round(s, 2), round(1000 * s / n, 1)] for n, s in spent.items()]
    print_table(
        f"Watch N and predict N at {SIDE}x{SIDE}",
        ["frames", "CPU s", "ms a watched and predicted frame"],
        rows,
    )
    print(f"bar: {BAR} s for {LENGTHS[0]} frames; growth of the cost of a frame {growth:.2f}, bar {LINEAR}")
    result = {"cpu_s": {str(n): s for n, s in spent.items()}, "growth": growth}
    result["pass"] = spent[LENGTHS[0]] <= BAR and growth <= LINEAR
    write_results("predict_speed", result)
    return result


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
