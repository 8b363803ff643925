"""Fluids: the next frames of smoke, fire and water, from their last ones.  `python -m benchmarks.fluids`

Clips of simulated smoke and water (the pictures of their guides) are watched for WATCHED frames and
foreseen 1, 4 and 8 frames ahead from several places: PSNR of the predictor's flow (physics/predictor/flow.py)
over copy-last-frame and over plain extrapolation (the flow between the last two frames, along straight
lines). Bar: ours above both at every distance.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import islice

import numpy as np

from benchmarks.metrics import psnr
from benchmarks.report import print_table, write_results
from physics.predictor.carrying import RECENT
from physics.predictor.flow import Flow, flow_between, learn_flow

PROMPTS = (
    "a column of smoke rises from the ground",
    "a campfire with smoke",
    "thick black smoke drifts in the wind",
    "a calm sea at noon",
    "a stone falls into a pond",
)
WATCHED, STARTS, AHEAD = RECENT, (20, 28, 36), (1, 4, 8)  # as `parabola predict` watches
SIZE = 128


def film(prompt: str, seed: int) -> np.ndarray:
    """(T, SIZE, SIZE, 3) in [0, 1]."""
    import parabola

    clip = parabola.generate(
        prompt, width=SIZE, height=SIZE, num_frames=max(STARTS) + max(AHEAD) + 1, fps=24, seed=seed,
        guide_only=True, correct=False,
    )  # fmt: skip
    return np.asarray(clip.frames).astype(np.float32) / 255


def ways(past: Sequence[np.ndarray]) -> dict[str, list[np.ndarray]]:
    """The frames ahead by every way."""
    count, last = max(AHEAD), past[-1]
    held = Flow(last, flow_between(past[-2], last))
    return {
        "copy": [last] * count, "extrapolated": [held.straight(k) for k in range(1, count + 1)],
        "ours": list(islice(learn_flow(past).frames(), count)),
    }  # fmt: skip


def measure(clip: np.ndarray) -> dict[str, list[float]]:
    """Mean PSNR (dB) over the starts, for every way at every distance."""
    found: dict[str, list[list[float]]] = {}
    for start in STARTS:
        made = ways(list(clip[start - WATCHED : start]))
        for name, frames in made.items():
            found.setdefault(name, []).append([psnr(frames[k - 1], clip[start + k - 1]) for k in AHEAD])
    return {name: np.mean(rows, axis=0).tolist() for name, rows in found.items()}


def main(arguments: Sequence[str] = ()) -> dict:
    """Run the benchmark; returns what the JSON file holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fluids")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    rows, data = [], {}
    for prompt in PROMPTS:
        found = measure(film(prompt, options.seed))
        ok = all(
            found["ours"][k] > max(found["copy"][k], found["extrapolated"][k]) for k in range(len(AHEAD))
        )
        data[prompt] = {**found, "pass": ok}
        rows += [[prompt, name, *values, ok if name == "ours" else None] for name, values in found.items()]
    header = ["clip", "by", *(f"{k} ahead, dB" for k in AHEAD), "pass"]
    print_table(f"Fluids at {SIZE} px, {WATCHED} frames watched, mean of {len(STARTS)} starts", header, rows)
    result = {"clips": data, "pass": all(v["pass"] for v in data.values())}
    write_results("fluids", result)
    return result


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
