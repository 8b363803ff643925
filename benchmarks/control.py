"""Fifty things that a user may ask for exactly: met, or refused with the reason?

python -m benchmarks.control

Places and times (a ball has to be at a point of the world or of the picture at a time, to touch the floor
at a time), colours (a ball of a hex code, painted), logos (printed on balls that turn, painted), and things
that cannot be. Met: within 0.5 px, one frame, CIEDE2000 1.5 where the ball faces the light. A refusal
counts where the request is impossible and its one line says why.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from scipy.spatial.transform import Rotation

from benchmarks.report import print_table, write_results
from correction.colour import delta_e
from physics.camera import camera_at, camera_basis, focal_px, project
from physics.rigid import simulate
from physics.scene import Body, Box, Camera, Ground, Scene, Surface, Waypoint

PX, FRAMES, DE = 0.5, 1.0, 1.5
CODES = ("#e87722", "#0057b8", "#00843d", "#c8102e", "#6d2077", "#00a3ad", "#7f7f7f", "#d4a017", "#8b4513",
         "#3c1053", "#e0457b", "#2e8b57")  # fmt: skip
CAMERA = Camera(position=(0.0, 0.8, 4.0), look_at=(0.0, 0.7, 0.0), fov_deg=35.0)
COLUMNS = ("request", "what", "off", "bar", "met")


def row(request: str, what: str, off: float | str, bar: str, met: bool) -> dict[str, Any]:
    """One request's outcome."""
    off = round(float(off), 4) if not isinstance(off, str) else off
    return {"request": request, "what": what, "off": off, "bar": bar, "met": bool(met)}


def places(count: int = 20) -> Iterator[dict[str, Any]]:
    """A ball at a random place at a random time; the same for pixels; drag, spin and a floor are there."""
    from parabola.targets import solve_targets

    rng = np.random.default_rng(7)
    for k in range(count):
        at = float(rng.uniform(0.5, 1.6))
        place = (rng.uniform(-1, 1), rng.uniform(0.3, 1.4), rng.uniform(-0.8, 0.3))
        point = Waypoint(at_s=at, position=tuple(map(float, place)))
        scene = _flight(rng, point)
        wanted, _ = project(scene, at, np.array(place))
        if k % 2:
            scene = _flight(rng, Waypoint(at_s=at, pixel=tuple(map(float, wanted))))
        solved = replace(solve_targets(scene), fps=1 / at, num_frames=2)
        there, _ = project(solved, at, simulate(solved).position[1, 0])
        off = float(np.linalg.norm(there - wanted))
        yield row("pixel" if k % 2 else "place", f"at {at:.2f} s", off, f"{PX} px", off <= PX)


def _flight(rng: np.random.Generator, point: Waypoint) -> Scene:
    start = (float(rng.uniform(-1, 1)), float(rng.uniform(0.4, 1.3)), float(rng.uniform(-0.5, 0.2)))
    return Scene(bodies=(Body(position=start, reach=(point,)),), camera=CAMERA, num_frames=48)


def times() -> Iterator[dict[str, Any]]:
    """A ball has to touch the floor at a time and a place."""
    from parabola.targets import solve_targets

    for k, at in enumerate((0.5, 0.75, 1.0, 1.25, 1.5)):
        point = Waypoint(at_s=at, position=(0.2 * k - 0.4, 0.11, -0.2))
        scene = Scene(bodies=(Body(position=(-0.6, 0.9, 0.0), reach=(point,)),), camera=CAMERA, num_frames=60)
        solved = solve_targets(scene)
        hits = [e.time for e in simulate(solved).events if e.kind in ("bounce", "slide", "roll")]
        off = min((abs(hit - at) * scene.fps for hit in hits), default=np.inf)
        yield row("time", f"touch the floor at {at} s", off, "1 frame", off <= FRAMES)


def _studio(bodies: tuple[Body, ...], frames: int = 1) -> Scene:
    """Matte balls under neutral light, over a grey floor, 256x160."""
    from parabola.control.brand import balanced

    ground = Ground(surface=Surface(colour=(0.5, 0.5, 0.5), roughness=0.9))
    camera = Camera(position=(0.0, 0.55, 3.2), look_at=(0.0, 0.35, 0.0), fov_deg=30.0)
    return balanced(
        Scene(bodies=bodies, ground=ground, camera=camera, width=256, height=160, num_frames=frames, fps=24.0)
    )


def _painted(scene: Scene) -> list[tuple[np.ndarray, Any]]:
    """(frame in [0, 1], guide) of every frame, painted."""
    from parabola import pipeline

    made: list[tuple[np.ndarray, Any]] = []
    for _ in pipeline.frames(scene, on_made=lambda frame, _picture, guide: made.append((frame / 255, guide))):
        pass
    return made


def facing(scene: Scene, guide: Any, ident: int, within_deg: float = 14.0) -> np.ndarray:
    """Pixels (H, W) of an object that face the sun and are wholly lit."""
    from parabola.film.layers import sun_share, world_normal

    sun = np.asarray(scene.light.sun_direction) / np.linalg.norm(scene.light.sun_direction)
    square = world_normal(scene, 0, guide) @ sun > np.cos(np.radians(within_deg))
    return square & (np.asarray(guide.ident) == ident) & (sun_share(scene, 0, guide) > 0.99)


def colours() -> Iterator[dict[str, Any]]:
    """Four balls at a time, each of a hex code."""
    for first in range(0, len(CODES), 4):
        codes = CODES[first : first + 4]
        bodies = tuple(
            Body(name=code, radius=0.2, position=(-0.72 + 0.48 * k, 0.2, 0.0),
                 surface=Surface(colour=_rgb(code), roughness=0.9)) for k, code in enumerate(codes)
        )  # fmt: skip
        scene = _studio(bodies)
        frame, guide = _painted(scene)[0]
        for k, code in enumerate(codes):
            there = facing(scene, guide, 2 + k)
            off = float(delta_e(frame[there].mean(0), np.array(_rgb(code)))) if there.any() else np.inf
            yield row("colour", code, off, f"dE {DE}", off <= DE)


def _rgb(code: str) -> tuple[float, float, float]:
    return tuple(int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def logos() -> Iterator[dict[str, Any]]:
    """Five balls that fly and turn: the mark of the logo where the ball's own turning puts it."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "logo.png"
        picture = Image.new("RGBA", (256, 256), (0, 87, 184, 255))
        ImageDraw.Draw(picture).ellipse((96, 40, 216, 160), fill=(255, 0, 255, 255))
        picture.save(path)
        spins = ((0, 0, 3.0), (0, 2.0, 0), (2.0, 0, 0), (1.5, -1.5, 1.0), (0, 0, -5.0))
        bodies = tuple(
            Body(name=f"ball {k}", radius=0.2, position=(-0.8 + 0.4 * k, 0.5, 0.0), velocity=(0.0, 1.0, 0.0),
                 angular_velocity=spin, texture=str(path), texture_size=1.3,
                 surface=Surface(colour=(0.8, 0.8, 0.8), roughness=0.9)) for k, spin in enumerate(spins)
        )  # fmt: skip
        scene = _studio(tuple(replace(b, radius=0.17) for b in bodies), 4)
        frame, guide = _painted(scene)[3]
        rollout = simulate(scene)
        for k in range(5):
            mark = _mark(scene, rollout, k, 3)
            rgb = frame * 255
            seen = (
                (rgb[..., 0] > 90)
                & (rgb[..., 1] < 90)
                & (rgb[..., 2] > 90)
                & (np.asarray(guide.ident) == 2 + k)
            )
            off = np.linalg.norm(_middle(mark) - _middle(seen)) if seen.any() else np.inf
            yield row("logo", f"ball {k}: its mark after a turn", off, f"{PX} px", off <= PX)


def _mark(scene: Scene, rollout: Any, body: int, k: int, fine: int = 4) -> np.ndarray:
    """Share (H, W) of each pixel that the logo's disc covers, by rays at the turned sphere."""
    eye, look_at = camera_at(scene.camera, k / scene.fps)
    y, x = (np.mgrid[: scene.height * fine, : scene.width * fine] + 0.5) / fine
    f = focal_px(scene)
    local = np.stack([(x - scene.width / 2) / f, (scene.height / 2 - y) / f, np.ones_like(x)], -1)
    ray = local @ camera_basis(eye, look_at)
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    out = eye - rollout.position[k, body]
    b = ray @ out
    inside = b**2 - out @ out + scene.bodies[body].radius ** 2
    point = out + (-b - np.sqrt(np.maximum(inside, 0)))[..., None] * ray
    w, *v = rollout.orientation[k, body]
    own = (point / scene.bodies[body].radius) @ Rotation.from_quat([*v, w]).as_matrix()
    width = scene.bodies[body].texture_size
    u, t = 0.5 + np.sign(own[..., 2]) * own[..., 0] / width, 0.5 - own[..., 1] / width
    disc = np.hypot(u * 256 - 156.5, t * 256 - 100.5) < 60.5
    return (disc & (inside > 0)).reshape(scene.height, fine, scene.width, fine).mean((1, 3))


def _middle(share: np.ndarray) -> np.ndarray:
    y, x = np.mgrid[: share.shape[0], : share.shape[1]] + 0.5
    return np.array([(x * share).sum(), (y * share).sum()]) / share.sum()


def impossible() -> Iterator[dict[str, Any]]:
    """What cannot be, each with the words that its refusal has to hold."""
    wall = Box(name="wall", centre=(0.6, 1.5, 0.0), half_size=(0.05, 1.5, 3.0))
    below, early = Waypoint(at_s=1.0, position=(0.0, -0.5, 0.0)), Waypoint(at_s=0.5, position=(0.5, 0.5, 0.0))
    pair = (early, Waypoint(at_s=0.55, position=(-0.9, 1.4, 0.0)))
    behind = Waypoint(at_s=0.4, position=(1.2, 0.6, 0.0))
    cases: dict[str, tuple[Callable[[Path], Any], str]] = {
        "behind a wall": (lambda _: _solve(_thrown(behind, boxes=(wall,))), "no start velocity"),
        "under the floor": (lambda _: _solve(_thrown(below)), "floor|ground|no start velocity"),
        "two places not on one path": (lambda _: _solve(_thrown(*pair)), "one path|no start velocity"),
        "a logo that is a text": (lambda f: _file(f, "texture: note.png"), "no picture"),
        "a logo that is not there": (lambda f: _file(f, "texture: none.png"), "no file"),
        "time that runs back": (lambda f: _file(f, "", "time_keys: [{film_s: 0, simulated_s: 1}, "
                                                "{film_s: 1, simulated_s: 0}]"), "runs back"),
        "a colour brighter than light shows": (
            lambda f: _file(f, "surface: {colour: '#ff8800'}", "light: {keep_colours: true}"), "brighter"),
        "a colour that is none": (lambda f: _file(f, "surface: {colour: '#12'}"), "colour"),
    }  # fmt: skip
    for what, (ask, words) in cases.items():
        with tempfile.TemporaryDirectory() as place:
            (Path(place) / "note.png").write_text("not a picture")
            try:
                ask(Path(place))
                line = "accepted"
            except ValueError as error:
                line = str(error).split("scene.yaml:")[-1]
        told = any(word in line for word in words.split("|")) and "\n" not in line
        yield row("impossible", what, line[:70], f"says {words!r}", told)


def _thrown(*points: Waypoint, **more: Any) -> Scene:
    return Scene(bodies=(Body(position=(0.0, 0.6, 0.0), reach=points),), camera=CAMERA, **more)


def _solve(scene: Scene) -> Scene:
    from parabola.api import ready

    return ready(scene)


def _file(folder: Path, body: str, scene: str = "") -> Scene:
    from parabola.scene_file import load_scene

    path = folder / "scene.yaml"
    path.write_text(f"bodies:\n- {{name: ball, position: [0, 1, 0]{', ' if body else ''}{body}}}\n{scene}\n")
    return load_scene(path)


def main(_arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Run all fifty; returns the rows and how many are met."""
    rows = [*places(), *times(), *colours(), *logos(), *impossible()]
    met = sum(r["met"] for r in rows)
    print_table("Control requests", COLUMNS, [[r[c] for c in COLUMNS] for r in rows])
    print(f"{met} of {len(rows)} met, or refused with the reason")
    result = {"rows": rows, "met": met, "of": len(rows)}
    write_results("control", result)
    return {**result, "pass": met == len(rows)}


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
