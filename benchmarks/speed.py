"""What does a frame cost?  `python -m benchmarks.speed [--size 512] [--brief]`

Parameters and arithmetic of the painter, seconds per frame of each part of the flow once compiled, and the
seconds that compiling takes. Arithmetic is XLA's count of the painter's program (multiply and add are two).
Seconds are the least of ROUNDS medians of CALLS calls: a busy machine makes them longer, never shorter.
Beside it the denoiser's share of this machine's own convolution peak (per processor second, so that a busy
machine does not change it), a 256 x 256 frame, and what video transformers of published size would take here
(`benchmarks._speed_peak`; `--brief` leaves both out). Memory over the length of a clip is another command:
`python -m benchmarks._speed_memory`. Prints tables and writes benchmarks/results/speed.json.
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

from benchmarks import _speed_peak as peak
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
FRAME_BAR, SMALL_BAR = 0.45, 8.0  # s of a 512 x 512 frame; 256 x 256 frames per second
SHARE_BAR, RIVAL_BAR = 0.6, 100.0  # of the convolution peak; times cheaper than a transformer
UNUSED = ("paint, 1 step", "paint, 4 steps")  # by a clip in two steps
ROUNDS, CALLS = 3, 3


def once(call: Callable[[], object]) -> float:
    """Seconds of one call, results ready."""
    began = time.perf_counter()
    jax.block_until_ready(call())
    return time.perf_counter() - began


def steady(call: Callable[[], object], share: float = 1.0) -> dict[str, float]:
    """Seconds per call, times `share`: the least of ROUNDS medians, by the wall clock and the processor."""
    wall, spent = [], []
    for _ in range(ROUNDS):
        used = time.process_time()
        wall.append(statistics.median(once(call) for _ in range(CALLS)))
        spent.append((time.process_time() - used) / CALLS)
    return {"seconds": share * min(wall), "processor_seconds": share * min(spent)}


def cost(first: float, each: dict[str, float]) -> dict[str, float]:
    """Seconds once compiled, and what the first call took longer."""
    return {**each, "compile_seconds": max(first - each["seconds"], 0.0)}


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
        work = gigaflop(weights, scene, guide, memory, steps)
        out[name] = {**cost(first, steady(call)), "gflop": work}
    return out, quantise(frame)


def guide_costs(scene: Scene, rollout: Rollout) -> tuple[dict, Guide]:
    """Cost of the guide, and one."""
    first = once(lambda: render_guide(scene, rollout, 1))
    each = steady(lambda: render_guide(scene, rollout, 2))
    return cost(first, each), render_guide(scene, rollout, 1)


def correct_costs(scene: Scene, rollout: Rollout, frame: np.ndarray, guide: Guide) -> dict:
    """Cost of the corrector on one frame."""
    first = once(lambda: Corrector(scene, rollout).correct(1, frame, guide))
    return cost(first, steady(lambda: Corrector(scene, rollout).correct(1, frame, guide)))


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
        return {**steady(lambda: write(folder), 1 / count), "compile_seconds": 0.0}


def main(arguments: Sequence[str] = ()) -> dict:
    """Run the benchmark; returns what the JSON file holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed")
    parser.add_argument("--size", type=int, default=512, help="width and height, px")
    parser.add_argument("--weights", type=Path, default=DEFAULT, help="the painter's weights")
    parser.add_argument("--brief", action="store_true", help="only the parts of the frame")
    options = parser.parse_args(arguments)
    data = summary(frame_costs(options.weights, options.size), options.weights, options.size)
    report(data)
    if not options.brief:
        data |= comparisons(options.weights, options.size, data)
    write_results("speed", data)
    return data


def frame_costs(weights: Path, size: int) -> dict:
    """{part: cost} of a frame of `size` x `size` px."""
    scene, _ = scene_from_prompt(PROMPT, width=size, height=size, num_frames=CLIP, seed=1)
    first = once(lambda: simulate(scene))
    each, rollout = steady(lambda: simulate(scene), 1 / CLIP), simulate(scene)
    parts = {"simulate": {**each, "compile_seconds": max(first - CLIP * each["seconds"], 0.0)}}
    parts["guide"], guide = guide_costs(scene, rollout)
    costs, frame = painter_costs(weights, scene, guide)
    parts |= costs
    parts["correct"] = correct_costs(scene, rollout, frame, guide)
    parts["encode"] = encode_costs(scene, frame)
    return parts


def per_frame(parts: dict, clock: str = "seconds") -> float:
    """Seconds of a frame in two steps, all parts."""
    return sum(v[clock] for k, v in parts.items() if k not in UNUSED)


def comparisons(weights: Path, size: int, data: dict) -> dict:
    """Small frame, share of the peak, transformers; printed."""
    graph, state = load_network(weights)
    channels = state["encoder"]["down"]["weight"].shape
    share = peak.denoiser(graph, jax.tree.map(jax.numpy.asarray, state), size, channels)
    rivals = {name: peak.transformer(model, size) for name, model in peak.MODELS.items()}
    parts = frame_costs(weights, 256)
    small = 1 / per_frame(parts)
    ours = data["parts"]["paint, 2 steps"]["processor_seconds"]
    rows = [
        [f"{size} x {size} frame, s", per_frame(data["parts"]), f"<= {FRAME_BAR:g} at 512"],
        ["    processor s", per_frame(data["parts"], "processor_seconds"), None],
        ["256 x 256 frames per second", small, f">= {SMALL_BAR:g}"],
        ["    processor s a frame", per_frame(parts, "processor_seconds"), None],
        ["denoiser's share of the convolution peak", share["share"], f">= {SHARE_BAR:g}"],
        ["peak, GFLOP per processor second", share["peak_gflop_processor_s"], None],
        ["painting a frame in 2 steps, processor s", ours, None],
    ]
    for name, rival in rivals.items():
        rows.append([f"{name}: processor s a frame", rival["processor_seconds"], None])
        rows.append(["    over ours", rival["processor_seconds"] / ours, f">= {RIVAL_BAR:g}"])
    print_table("Beside it", ["what", "value", "bar"], rows)
    return {"denoiser": share, "transformers": rivals, "small_frames_per_second": small}


def summary(parts: dict, weights: Path, size: int) -> dict:
    """Parts, the time of a whole clip in two steps, and what it was measured on."""
    used = [v for k, v in parts.items() if k not in UNUSED]
    warm = CLIP * per_frame(parts)
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
    rows = [
        [k, v["seconds"], v["processor_seconds"], v["compile_seconds"], v.get("gflop"), None]
        for k, v in data["parts"].items()
    ]
    warm, total = data["clip_seconds"], data["clip_seconds_with_compiling"]
    rows.append([f"clip of {CLIP} frames, 2 steps", warm, None, total - warm, None, data["pass"]])
    print_table(title, ["part", "seconds", "processor s", "compiling, s", "GFLOP", "pass"], rows)
    print(f"bar: the clip, compiling included, in {CLIP_BAR:g} s at 512 x 512")


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
