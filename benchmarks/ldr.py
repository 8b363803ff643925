"""The five tasks of LDR ("Latent Dynamics Reasoning", arXiv 2608.09926), with its measure.  `python -m
benchmarks.ldr`

Three frames in, 29 out; mean distance of the true from the predicted centre, and of the radii, in units (the
picture is 10 wide), in range and out of it, and gap = max(0, out - in). Ranges as published: speed [1, 4] and
radius [0.7, 1.4] in range; [0.05, 6] and [0.6, 2] out; looming |dr| [0, 0.03] a frame in, [0.05, 0.09] out.

Code, clips and parser of LDR are not public, so these are its tasks by its description, not its clips. Ours
to declare: uniform, parabola and collision are placed and stepped as in PhyWorld (g 2.5 units/s^2, Box2D's
contact rule); bouncing falls onto a floor at the lower edge with restitution 0.8; looming discs stay where
they are, and grow where shrinking would leave less than 0.3 units; out of range takes the outer part of the
published span. What is scored is read from the predicted frames by the unbiased parser, while the true disc
is whole in view.

"told": the constants that a network learns from its clips (g, floor, restitution). "told nothing": three
frames alone; a floor that was not met yet nobody can know, so bouncing has no such row.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks._phyworld_picture import EDGE, parse_unbiased
from benchmarks._phyworld_picture import render as render_still
from benchmarks._phyworld_world import (
    FRAMES,
    GIVEN,
    GRAVITY,
    INTERVAL,
    SIZE,
    PhyScene,
    pair,
    simulate,
    single,
)
from benchmarks.report import print_table, write_results
from physics.predictor import Priors

TASKS = ("uniform", "parabola", "collision", "bouncing", "looming")
RESTITUTION, SMALLEST = 0.8, 0.3  # of the floor; units of radius
RANGES = {"in": ((1.0, 4.0), (0.7, 1.4), (0.0, 0.03)), "out": ((0.05, 6.0), (0.6, 2.0), (0.05, 0.09))}
PUBLISHED = {  # position in range / out, 256 px, one network for each task: DiT-S, LDR
    "uniform": ((0.081, 0.705), (0.044, 0.046)), "parabola": ((0.076, 0.459), (0.031, 0.040)),
    "collision": ((0.057, 0.191), (0.051, 0.078)), "bouncing": ((0.064, 0.243), (0.057, 0.075)),
    "looming": ((0.067, 0.246), (0.040, 0.046)), "average": ((0.069, 0.369), (0.044, 0.057)),
}  # fmt: skip
TOLD, ALONE = "ours, told g and e", "ours, told nothing"


@dataclass(frozen=True)
class Clip:
    """Frames uint8 (FRAMES, px, px, 3) with their truth: places (FRAMES, n, 2), radii (FRAMES, n), units."""

    task: str
    frames: np.ndarray
    place: np.ndarray
    radius: np.ndarray


def drawn(rng: np.random.Generator, split: str) -> tuple[float, float]:
    """(speed, radius) of a split; out of range at least one of them outside the range."""
    (slow, fast), (small, large), _ = RANGES[split]
    while True:
        v, r = float(rng.uniform(slow, fast)), float(rng.uniform(small, large))
        known = all(low <= x <= high for x, (low, high) in zip((v, r), RANGES["in"]))
        if split == "in" or not known:
            return v, r


def clip_of(task: str, split: str, px: int, rng: np.random.Generator) -> Clip:
    """One clip of a task."""
    while True:
        v, r = drawn(rng, split)
        if task == "collision":
            scene = pair(rng, split, r, drawn(rng, split)[1], v, drawn(rng, split)[0])
        else:
            scene = single(rng, "parabola" if task == "bouncing" else task, split, v, r)
        if scene is not None:
            return _filmed(task, scene, split, px, rng)


def _filmed(task: str, scene: PhyScene, split: str, px: int, rng: np.random.Generator) -> Clip:
    radius = np.repeat(scene.radius[None], FRAMES, 0)
    place = simulate(scene)[..., :2]
    if task == "bouncing":
        place[:, 0, 1] = bounced(scene.place[0, 1], scene.radius[0], INTERVAL * np.arange(FRAMES))
    if task == "looming":
        growth = rng.uniform(*RANGES[split][2]) * rng.choice([-1, 1])
        growth = growth if scene.radius[0] + FRAMES * growth > SMALLEST else -growth
        radius = scene.radius + growth * np.arange(FRAMES)[:, None]
        place = np.full((FRAMES, 1, 2), rng.uniform(3, 7, 2))
    return Clip(task, render(place, radius, px), place, radius)


def bounced(height: float, r: float, t: np.ndarray) -> np.ndarray:
    """Height of the centre of a ball dropped at `height` onto the floor at 0, closed form."""
    out, hit = np.empty_like(t), np.sqrt(2 * (height - r) / GRAVITY)
    speed, start = GRAVITY * hit * RESTITUTION, hit
    out[:] = height - 0.5 * GRAVITY * t**2
    while start < t[-1]:
        late = t >= start
        out[late] = r + speed * (t[late] - start) - 0.5 * GRAVITY * (t[late] - start) ** 2
        start, speed = start + 2 * speed / GRAVITY, speed * RESTITUTION
        if speed < 1e-3:
            out[t >= start] = r
            break
    return out


def render(place: np.ndarray, radius: np.ndarray, px: int) -> np.ndarray:
    """PhyWorld's picture of discs whose radii (FRAMES, n) may change."""
    return np.concatenate([render_still(p[None], r, px) for p, r in zip(place, radius)])


def priors(task: str, px: int) -> Priors:
    """What the "told" row is told."""
    scale = (px - 1) / SIZE
    fall = (0.0, GRAVITY * scale * INTERVAL**2) if task in ("parabola", "bouncing") else None
    floor = ((0.0, px - 0.5, 0.0, -1.0),) if task == "bouncing" else ()
    return Priors(gravity=fall, surfaces=floor, restitution=RESTITUTION if floor else 1.0)


def scored(clip: Clip, px: int, told: bool) -> tuple[float, float] | None:
    """Mean errors (place, radius) of the predicted frames, units; None where no true disc is in view."""
    import parabola

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = priors(clip.task, px) if told else None
        made = parabola.predict(clip.frames[:GIVEN], FRAMES - GIVEN, 1 / INTERVAL, priors=given)
    parsed = parse_unbiased(np.asarray(made.frames), clip.place.shape[1])
    r, place = clip.radius[GIVEN:], clip.place[GIVEN:]
    whole = np.all((place >= r[..., None]) & (place <= SIZE - r[..., None]), axis=-1)
    if not whole.any():
        return None
    off = np.linalg.norm(parsed.place - place, axis=-1)
    lost = np.where(np.isnan(off), SIZE, off)  # a vanished disc is a picture's width away
    size = np.sqrt(parsed.area / np.pi / (1 - EDGE / 2)) / (px - 1) * SIZE
    return float(lost[whole].mean()), float(np.abs(size - r)[whole].mean())


def measure(task: str, split: str, count: int, px: int) -> dict[str, tuple[float, float]]:
    """Mean (place, radius) errors of every way over `count` clips."""
    rng = np.random.default_rng([TASKS.index(task), split == "out", px])
    clips = [clip_of(task, split, px, rng) for _ in range(count)]
    ways = (TOLD,) if task == "bouncing" else (TOLD, ALONE)
    found = {}
    for way in ways:
        values = [v for v in (scored(clip, px, way == TOLD) for clip in clips) if v is not None]
        found[way] = tuple(np.mean(values, axis=0).tolist())
    return found


def main(arguments: Sequence[str] = ()) -> dict:
    """Run the benchmark; returns what the JSON file holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ldr")
    parser.add_argument("--clips", type=int, default=40, help="of each task, in range and out")
    parser.add_argument("--size", type=int, default=256, help="px")
    options = parser.parse_args(arguments)
    rows, data = [], {}
    for task in TASKS:
        found = {split: measure(task, split, options.clips, options.size) for split in ("in", "out")}
        for way in found["in"]:
            (place, radius), (far, wide) = found["in"][way], found["out"][way]
            rows.append([task, way, place, far, max(0.0, far - place), radius, wide])
            data[f"{task}, {way}"] = rows[-1][2:]
        rows += _published(task)
    mine = np.mean([data[f"{task}, {TOLD}"] for task in TASKS], axis=0).tolist()
    rows.append(["average", TOLD, *mine])
    rows += _published("average")
    header = ["task", "by", "place: in", "out", "gap", "radius: in", "out"]
    print_table(f"Errors in units, {options.size} px, {options.clips} clips each", header, rows)
    result = {"rows": data, "average": mine, "clips": options.clips, "size": options.size}
    result["pass"] = all(
        data[f"{t}, {TOLD}"][k] <= PUBLISHED[t][1][k] for t in TASKS for k in (0, 1)
    )  # fmt: skip
    write_results("ldr", result)
    return result


def _published(task: str) -> list[list]:
    return [
        [task, f"{name} (published)", a, b, max(0.0, b - a), None, None]
        for name, (a, b) in zip(("DiT-S", "LDR"), PUBLISHED[task])
    ]


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
