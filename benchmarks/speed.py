"""What does a frame cost?  `python -m benchmarks.speed [--size 512]`

Parameters and arithmetic of the painter, seconds per frame of each part of the flow once compiled, and the
seconds that compiling takes. Arithmetic is XLA's count of the painter's program (multiply and add are two).
Seconds are the least of ROUNDS medians of CALLS calls: a busy machine makes them longer, never shorter.
Prints one table and writes benchmarks/results/speed.json.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import jax
import numpy as np

from benchmarks.report import print_table, write_results
from correction import Corrector
from diffusion.condition import light_vector
from diffusion.painter import Painter, _paint
from diffusion.weights import DEFAULT, load_network, parameter_count
from parabola.media import open_writer
from parabola.prompts import scene_from_prompt
from physics.colour import quantise
from physics.guide import Guide, render_guide
from physics.rigid import Rollout, simulate
from physics.scene import Scene

PROMPT = "two rubber balls bounce on a wooden floor"
STEPS = (1, 2, 4)
CLIP = 96  # frames: four seconds
CLIP_BAR = 100.0  # s, for a 512 x 512 clip in 2 steps on two cores
ROUNDS, CALLS = 3, 3


def once(call: Callable[[], object]) -> float:
    """Seconds of one call, results ready."""
    began = time.perf_counter()
    jax.block_until_ready(call())
    return time.perf_counter() - began


def steady(call: Callable[[], object]) -> float:
    """Seconds per call: the least of ROUNDS medians."""
    return min(statistics.median(once(call) for _ in range(CALLS)) for _ in range(ROUNDS))


def gigaflop(weights: Path, scene: Scene, guide: Guide, memory, steps: int) -> float:
    """Arithmetic of painting one frame, GFLOP."""
    graph, state = load_network(weights)
    arguments = (state, guide, light_vector(scene.light)[None], memory, jax.random.key(0))
    cost = _paint.lower(graph, steps, *arguments).cost_analysis()
    return float(cost["flops"]) / 1e9  # type: ignore[index]


def painter_costs(weights: Path, scene: Scene, guide: Guide) -> tuple[dict, np.ndarray]:
    """{name: cost} per number of steps, each with a memory to start from; and a painted frame."""
    painter, key = Painter.load(weights), jax.random.key(0)
    frame, memory = painter.paint(guide, scene.light, None, key, 2)
    out = {}
    for steps in STEPS:

        def call(steps: int = steps):
            return painter.paint(guide, scene.light, memory, key, steps)

        name = f"paint, {steps} step{'s' if steps > 1 else ''}"
        first = once(call)
        seconds = steady(call)
        work = gigaflop(weights, scene, guide, memory, steps)
        out[name] = {"seconds": seconds, "compile_seconds": max(first - seconds, 0.0), "gflop": work}
    return out, quantise(frame)


def guide_costs(scene: Scene, rollout: Rollout) -> tuple[dict, Guide]:
    """Cost of the guide, and one."""
    first = once(lambda: render_guide(scene, rollout, 1))
    seconds = steady(lambda: render_guide(scene, rollout, 2))
    return {"seconds": seconds, "compile_seconds": max(first - seconds, 0.0)}, render_guide(scene, rollout, 1)


def correct_costs(scene: Scene, rollout: Rollout, frame: np.ndarray, guide: Guide) -> dict:
    """Cost of the corrector on one frame."""
    first = once(lambda: Corrector(scene, rollout).correct(1, frame, guide))
    seconds = steady(lambda: Corrector(scene, rollout).correct(1, frame, guide))
    return {"seconds": seconds, "compile_seconds": max(first - seconds, 0.0)}


def encode_costs(scene: Scene, frame: np.ndarray) -> dict:
    """Cost of writing H.264, opening and closing the file included, of slowly changing frames."""
    count = 24

    def write(folder: str) -> None:
        shape = {"width": scene.width, "height": scene.height, "fps": scene.fps}
        with open_writer(Path(folder) / "clip.mp4", **shape, metadata={}) as writer:
            for k in range(count):
                writer.write(np.roll(frame, k, axis=1))

    with tempfile.TemporaryDirectory() as folder:
        write(folder)
        return {"seconds": steady(lambda: write(folder)) / count, "compile_seconds": 0.0}


def main(arguments: Sequence[str] = ()) -> dict:
    """Run the benchmark; returns what the JSON file holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed")
    parser.add_argument("--size", type=int, default=512, help="width and height, px")
    parser.add_argument("--weights", type=Path, default=DEFAULT, help="the painter's weights")
    options = parser.parse_args(arguments)
    scene, _ = scene_from_prompt(PROMPT, width=options.size, height=options.size, num_frames=CLIP, seed=1)
    first = once(lambda: simulate(scene))
    seconds = steady(lambda: simulate(scene)) / CLIP
    rollout = simulate(scene)
    parts = {"simulate": {"seconds": seconds, "compile_seconds": max(first - seconds * CLIP, 0.0)}}
    parts["guide"], guide = guide_costs(scene, rollout)
    costs, frame = painter_costs(options.weights, scene, guide)
    parts |= costs
    parts["correct"] = correct_costs(scene, rollout, frame, guide)
    parts["encode"] = encode_costs(scene, frame)
    data = summary(parts, options.weights, options.size)
    report(data)
    write_results("speed", data)
    return data


def summary(parts: dict, weights: Path, size: int) -> dict:
    """Parts, the time of a whole clip in two steps, and what it was measured on."""
    used = [v for k, v in parts.items() if k != "paint, 1 step" and k != "paint, 4 steps"]
    warm = CLIP * sum(v["seconds"] for v in used)
    return {
        "parts": parts,
        "size": size,
        "parameters": parameter_count(load_network(weights)[1]),
        "clip_seconds": warm,
        "clip_seconds_with_compiling": warm + sum(v["compile_seconds"] for v in used),
        "device": jax.devices()[0].device_kind,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "pass": warm + sum(v["compile_seconds"] for v in used) <= CLIP_BAR,
    }


def report(data: dict) -> None:
    """Print the table."""
    size = data["size"]
    title = f"Cost of a {size} x {size} frame; painter of {data['parameters'] / 1e6:.2f} M parameters; "
    title += f"{data['device']}, {data['cores']} cores, load {data['load']:.1f}"
    rows = [[k, v["seconds"], v["compile_seconds"], v.get("gflop"), None] for k, v in data["parts"].items()]
    warm, total = data["clip_seconds"], data["clip_seconds_with_compiling"]
    rows.append([f"clip of {CLIP} frames, 2 steps", warm, total - warm, None, data["pass"]])
    print_table(title, ["part", "seconds", "compiling, s", "GFLOP", "pass"], rows)
    print(f"bar: the clip, compiling included, in {CLIP_BAR:g} s at 512 x 512")


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
