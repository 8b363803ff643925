"""Does the picture stay itself over 300 frames?  `python -m benchmarks.drift [--frames 300] [--steps 2]`

A still scene and a moving camera over a wood floor, painted frame after frame with the painter's own memory.
The last frame against the fifth, each taken relative to the guide of its own frame, so that what the camera's
move changes does not count: colour level, colour of what is left after a blur, power per octave of spatial
frequency (all in dB), and the place of the texture (phase correlation with the base colour, px). The
last frame is also held against a painting of the same guide without memory, which cannot have drifted.
Writes benchmarks/results/drift.json and out/drift.png with frames 5, 100 and 300.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks._sheet import OUT, save_sheet
from benchmarks._steadiness import blurred, level, offset, spectrum
from benchmarks.report import print_table, write_results
from diffusion.painter import Painter
from diffusion.random_scenes import Stills
from diffusion.weights import DEFAULT
from physics.guide import Guide, render_guide
from physics.patterns import DEFAULT_COLOURS
from physics.scene import Body, Camera, Ground, Scene, Surface

EARLY, MIDDLE = 5, 100  # frames counted from 1
DB_BAR, PX_BAR = 1.0, 0.5
FRESH = 1_000_000  # key offset of the paintings without memory


@dataclass(frozen=True)
class Take:
    """A painted frame, its guide's planes, and the same guide painted without memory."""

    frame: np.ndarray
    prior: np.ndarray
    base: np.ndarray
    fresh: np.ndarray


def scene(camera: Camera, size: int, frames: int) -> Scene:
    """Three balls at rest on a wood floor."""

    def ball(radius, x, z, pattern, roughness, metallic=0.0) -> Body:
        first, second = ((0.75, 0.76, 0.78), (0.1, 0.1, 0.1)) if metallic else DEFAULT_COLOURS[pattern]
        look = Surface(colour=first, colour2=second, pattern=pattern, roughness=roughness, metallic=metallic)
        return Body(radius=radius, position=(x, radius, z), orientation=(0.4, 0.3, 0.2), surface=look)

    balls = (
        ball(0.12, 0.0, 0.0, "basketball", 0.6),
        ball(0.08, 0.33, 0.12, "plain", 0.1, 1.0),
        ball(0.1, -0.3, 0.1, "stripes", 0.35),
    )
    colour, colour2 = DEFAULT_COLOURS["wood"]
    ground = Ground(surface=Surface(colour=colour, colour2=colour2, pattern="wood", roughness=0.35))
    shape = {"width": size, "height": size, "num_frames": frames}
    return Scene(bodies=balls, ground=ground, camera=camera, seed=1, **shape)


def guides(scene: Scene) -> Iterator[Guide]:
    """One guide per frame; nothing but the camera moves, so a fixed one is rendered once."""
    count, n = (1 if scene.camera.move == "fixed" else scene.num_frames), len(scene.bodies)
    turn = np.roll(Rotation.from_rotvec([b.orientation for b in scene.bodies]).as_quat(), 1, axis=-1)
    place = np.array([b.position for b in scene.bodies])
    rest = Stills(np.broadcast_to(place, (count, n, 3)), np.broadcast_to(turn, (count, n, 4)))
    guide = None
    for k in range(scene.num_frames):
        if k < count:
            guide = render_guide(scene, rest, k)  # type: ignore[arg-type]
        assert guide is not None
        yield guide


def paint(scene: Scene, painter: Painter, steps: int, marks: Sequence[int]) -> dict[int, Take]:
    """Paint all frames; keep those that `marks` names, counted from 1."""
    key, memory, kept = jax.random.key(scene.seed), None, {}
    for k, guide in enumerate(guides(scene), start=1):
        frame, memory = painter.paint(guide, scene.light, memory, jax.random.fold_in(key, k), steps)
        if k in marks:
            fresh, _ = painter.paint(guide, scene.light, None, jax.random.fold_in(key, FRESH + k), steps)
            kept[k] = Take(*(np.asarray(a) for a in (frame, guide.prior, guide.base, fresh)))
    return kept


def compare(early: Take, last: Take, still: bool) -> dict[str, float]:
    """The last frame against the early one: dB and px, all of them absolute values."""
    gain = [spectrum(t.frame) - spectrum(t.prior) for t in (early, last)]
    means = [level(t.frame, t.prior) for t in (early, last)]
    maps = [blurred(t.frame, t.prior) for t in (early, last)]
    if not still:  # what a pixel shows has changed: compare the pictures' means
        maps = [m.mean((0, 1)) for m in maps]
    place = offset(last.frame, last.base) - offset(early.frame, early.base)
    out = {
        "colour level, dB": _worst(means[1] - means[0]),
        "colour after a blur, dB": _worst(maps[1] - maps[0]),
        "spectrum, worst octave, dB": _worst(gain[1] - gain[0]),
        "texture, against the base colour, px": float(np.hypot(*place)),
    }
    if still:
        out["texture, against frame 5, px"] = float(np.hypot(*offset(last.frame, early.frame)))
    out["against no memory: colour level, dB"] = _worst(level(last.frame, last.fresh))
    out["against no memory: colour after a blur, dB"] = _worst(blurred(last.frame, last.fresh))
    out["against no memory: spectrum, worst octave, dB"] = _worst(spectrum(last.frame) - spectrum(last.fresh))
    return out


def _worst(difference: np.ndarray) -> float:
    return float(np.abs(difference).max())


def cases(size: int, frames: int) -> dict[str, Scene]:
    """The two clips."""
    camera = Camera(position=(0.3, 0.75, 2.6), look_at=(0.0, 0.12, 0.0), fov_deg=28.0)
    dolly = replace(camera, move="dolly", rate=0.06)
    return {"still": scene(camera, size, frames), "moving camera": scene(dolly, size, frames)}


def main(arguments: Sequence[str] = ()) -> dict:
    """Run the benchmark; returns what the JSON file holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drift")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--size", type=int, default=256, help="width and height, px")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--weights", type=Path, default=DEFAULT, help="the painter's weights")
    options = parser.parse_args(arguments)
    if options.frames <= EARLY:
        parser.error(f"--frames has to be over {EARLY}")
    painter, marks = Painter.load(options.weights), (EARLY, min(MIDDLE, options.frames - 1), options.frames)
    rows, sheet, found = [], [], {}
    for name, made in cases(options.size, options.frames).items():
        takes = paint(made, painter, options.steps, marks)
        found[name] = compare(takes[EARLY], takes[options.frames], name == "still")
        sheet.append((name, [takes[k].frame for k in marks]))
        for what, value in found[name].items():
            bar = PX_BAR if what.endswith("px") else DB_BAR
            rows.append([name, what, value, bar, value <= bar])
    save_sheet(OUT / "drift.png", [f"frame {k}" for k in marks], sheet)
    title = f"Frame {options.frames} against frame {EARLY}, painted in {options.steps} step(s)"
    print_table(title, ["clip", "what", "drift", "bar", "pass"], rows)
    data = {"clips": found, "frames": options.frames, "size": options.size, "steps": options.steps}
    data["pass"] = all(row[-1] for row in rows)
    write_results("drift", data)
    return data


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
