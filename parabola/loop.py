"""Seamless loops: N frames, the last leads to the first; frame N, which equals frame 0, is not written.

Three ways, the first that fits the scene:
  still    nothing moves: any frame leads to any other
  exact    what repeats is made to repeat in N frames: waves and weather take the clip's length as their
           period; a camera that nearly comes round is made to; bodies whose state returns (no losses:
           restitution 1, no drag) run at the speed, changed by at most SPEED, at which whole returns fit
  blend    about half as many frames again are made (at most FADE), and over these the end fades into the
           beginning, with weights whose slope is zero at both ends. The clip starts where the fade is over.
           This is how flipbooks of smoke are looped; bodies are seen twice while they fade.

Blending is done in linear light, with alpha premultiplied.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from parabola.media.colour import from_linear, to_linear
from physics.camera import project
from physics.rigid import Rollout, simulate
from physics.scene import Scene
from physics.worlds.sea_state import check_ocean

SPEED = 0.12  # a loop may run this much faster or slower than asked for
CLOSED = 0.35  # px by which a state that has come round may differ
FADE = 96  # frames; they are held in memory
FINE = 32  # times per frame at which a return is looked for
UNTRACED = ("gas", "clouds", "linkage", "blocks", "sheets", "ropes", "rods", "pool")  # returns not looked for


@dataclass(frozen=True)
class Loop:
    """How a scene is looped."""

    scene: Scene  # to be run, its length that of what has to be made
    frames: int  # of the loop
    kind: str  # "still", "exact" or "blend"

    @property
    def overlap(self) -> int:
        """Frames that fade."""
        return self.scene.num_frames - self.frames


def plan_loop(scene: Scene) -> Loop:
    """The scene changed so that it loops in its number of frames."""
    count = scene.num_frames
    if count < 4:
        raise ValueError(f"--loop: {count} frames are too few for a loop; give at least 4")
    periodic = _periodic(scene)
    whole = _returned(periodic)
    if whole is not None:
        return Loop(whole, count, "still" if whole == scene and not _moves(scene) else "exact")
    return Loop(replace(periodic, num_frames=count + _overlap(periodic)), count, "blend")


def _overlap(scene: Scene) -> int:
    """Frames that fade: about half; of bodies, up to where they are slowest, so that the seam is quiet."""
    most = min(scene.num_frames // 2, FADE)
    if not scene.bodies:
        return most
    speed = np.linalg.norm(simulate(scene, most + 1).velocity, axis=-1).sum(-1)
    least = max(2 * most // 3, 1)
    return least + int(speed[least:].argmin())


def _periodic(scene: Scene) -> Scene:
    """What can repeat gets the clip's length as its period: waves, weather, a camera that comes round."""
    period = scene.num_frames / scene.fps * scene.time_scale
    if scene.ocean is not None and _repeats(scene, period):
        scene = replace(scene, ocean=replace(scene.ocean, period_s=period))
    if scene.particles:
        scene = replace(scene, particles=tuple(replace(p, period_s=period) for p in scene.particles))
    turns = _turns(scene)
    if round(turns) and abs(turns / round(turns) - 1) < SPEED:
        rate = scene.camera.rate * round(turns) / turns
        scene = replace(scene, camera=replace(scene.camera, rate=rate))
    return scene


def _repeats(scene: Scene, period: float) -> bool:
    """Whether the sea's slowest waves fit into the period."""
    assert scene.ocean is not None
    try:
        check_ocean(replace(scene, ocean=replace(scene.ocean, period_s=period)))
    except ValueError:
        return False
    return True


def _turns(scene: Scene) -> float:
    """Turns that the camera makes; a fixed one makes none, a dolly, a tilt, a hand never come back (0.5)."""
    camera = scene.camera
    if camera.move == "fixed" or camera.rate == 0:
        return 0.0
    return (
        0.5
        if camera.move in ("dolly", "tilt", "handheld")
        else camera.rate * scene.num_frames / scene.fps / 360
    )


def _returned(scene: Scene) -> Scene | None:
    """The scene, at a speed so near that it may be, that ends where it began; None where it does not."""
    if scene.time_keys or scene.wind_keys or scene.forces:
        return None
    unending = scene.ocean is not None and not scene.ocean.period_s
    if unending or _turns(scene) % 1 or any(getattr(scene, name) for name in UNTRACED):
        return None
    return _at_speed(scene) if _moves(scene) else scene


def _moves(scene: Scene) -> bool:
    """Whether a body moves at any time of the clip."""
    rollout = simulate(scene) if scene.bodies else None
    return rollout is not None and bool(rollout.velocity.any() or rollout.angular_velocity.any())


def _at_speed(scene: Scene) -> Scene | None:
    """The speed at which the bodies' returns fit into the clip a whole number of times."""
    count = scene.num_frames * FINE
    fine = replace(scene, fps=scene.fps * FINE)
    off = _apart(fine, simulate(fine, int(count * (1 + SPEED)) + 1))
    near = np.flatnonzero((off < CLOSED) & (np.arange(len(off)) > 2 * FINE))
    if not len(near):
        return None
    first = int(near[0] + off[near[0] : near[0] + FINE].argmin())
    speed = max(round(count / first), 1) * first / count
    return replace(scene, time_scale=scene.time_scale * speed) if abs(speed - 1) <= SPEED else None


def _apart(scene: Scene, rollout: Rollout) -> np.ndarray:
    """Largest difference (T,) in px of place, turn and a frame's motion between each state and the first."""
    still = replace(scene, camera=replace(scene.camera, move="fixed"))
    frame = FINE * scene.time_scale / scene.fps
    place = project(still, 0.0, rollout.position)[0]
    motion = project(still, 0.0, rollout.position + frame * rollout.velocity)[0] - place
    upright = project(still, 0.0, rollout.position[0] + np.array([0.0, 1e-3, 0.0]))[0] - place[0]
    q = rollout.orientation
    turn = 2 * np.minimum(*(np.linalg.norm(q + sign * q[:1], axis=-1) for sign in (-1, 1)))
    rim = np.linalg.norm(upright, axis=-1) / 1e-3 * np.array([b.radius for b in scene.bodies])  # px
    parts = (
        np.linalg.norm(place - place[:1], axis=-1),
        np.linalg.norm(motion - motion[:1], axis=-1),
        rim * turn,
    )
    return np.nan_to_num(np.max(parts, axis=(0, 2)), nan=np.inf)


def closed(frames: Iterable[np.ndarray], overlap: int) -> Iterator[np.ndarray]:
    """The frames of a loop from N + `overlap` frames: the last `overlap` fade into the first."""
    source = iter(frames)
    head, waiting = list(islice(source, overlap)), deque[np.ndarray]()
    for frame in source:
        waiting.append(frame)
        if len(waiting) > overlap:
            yield waiting.popleft()
    for k, (old, new) in enumerate(zip(waiting, head, strict=True)):
        yield mixed(old, new, smooth_share(k, overlap))


def smooth_share(k: int, overlap: int) -> float:
    """Share of the beginning in frame `k` of a fade: its slope is zero at both ends."""
    x = (k + 1) / (overlap + 1)
    return x * x * (3 - 2 * x)


def mixed(old: np.ndarray, new: np.ndarray, share: float) -> np.ndarray:
    """`share` of `new` in `old`, uint8 (H, W, 3 or 4) sRGB, mixed as light is; straight alpha."""
    a, b = to_linear(old[..., :3]), to_linear(new[..., :3])
    if old.shape[-1] == 3:
        return from_linear(a + share * (b - a))
    one, two = (1 - share) * old[..., 3:] / np.float32(255), share * new[..., 3:] / np.float32(255)
    total = one + two
    colour = np.where(total > 0, (a * one + b * two) / np.maximum(total, 1e-6), (1 - share) * a + share * b)
    return np.concatenate([from_linear(colour), np.uint8(total * 255 + 0.5)], -1)


class Seam:
    """Watches a loop go by: its step over the seam beside the steps between its frames."""

    def __init__(self) -> None:
        self._first = self._last = np.zeros(0, np.uint8)
        self._steps: list[float] = []

    def see(self, frame: np.ndarray) -> None:
        """The next frame."""
        if self._first.size:
            self._steps.append(step_between(self._last, frame))
        else:
            self._first = frame.copy()
        self._last = frame.copy()

    @property
    def ratio(self) -> float | None:
        """Mean absolute change over the seam by the median change between frames; None in a still clip."""
        middle = float(np.median(self._steps)) if self._steps else 0.0
        return round(step_between(self._last, self._first) / middle, 3) if middle else None


def step_between(a: np.ndarray, b: np.ndarray) -> float:
    """Mean absolute change between two frames, in levels of 255."""
    return float(np.abs(a.astype(np.int16) - b).mean())
