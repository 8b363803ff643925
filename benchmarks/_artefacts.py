"""Synthetic clips with exact truth: what generators get wrong, at three strengths, and clips without fault.

Every clip knows the true path, the path shown, both clips' frames with the same grain, and the pixels that
no repair needs to touch. `clip(n)` is deterministic in n; kinds, artefacts, strengths, backgrounds and coding
go round so that any few hundred consecutive numbers hold all of them.

Artefacts (the strength's three values in brackets): correlated wobble (rms 1, 2, 3 px, correlated over about
four frames), energy gain (one flight 15, 30, 50 % too high), floating apex (lingers 2, 4, 7 px from the top),
floor penetration (3, 6, 10 px), size pulsing (6, 12, 20 %), colour pulsing (8, 15, 25 %), one-frame teleport
(8, 16, 30 px), stutter (2, 3, 4 frames repeated, three times), late bounce (1, 2, 3 frames), gravity drift
(10, 20, 35 % over the clip). Broken clips (split, multiply, vanish, swap) cannot be mended by moving pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy import ndimage

from benchmarks._codec import coded
from benchmarks._compositor import Look, Pose, background, compose, support, texture
from benchmarks._paths import KINDS, SUB, Path, World

STRENGTHS = {
    "wobble": (1.0, 2.0, 3.0), "energy": (0.15, 0.3, 0.5), "floating": (2.0, 4.0, 7.0),
    "penetration": (3.0, 6.0, 10.0), "size": (0.06, 0.12, 0.2), "colour": (0.08, 0.15, 0.25),
    "teleport": (8.0, 16.0, 30.0), "stutter": (2, 3, 4), "late": (1.0, 2.0, 3.0), "gravity": (0.1, 0.2, 0.35),
}  # fmt: skip
FITTING = {  # which scenes an artefact can be shown on
    "energy": ("bounce",), "floating": ("bounce", "toss"), "penetration": ("bounce",), "late": ("bounce",),
    "gravity": ("bounce", "toss"),
}  # fmt: skip
MOVING = ("bounce", "toss", "roll", "slide", "pendulum", "collide")
BROKEN = ("split", "multiply", "vanish", "swap")
CODINGS = (None, 18, 28)  # CRF of H.264; None is lossless
GRAIN = (0.0, 2.0, 4.0)  # standard deviation, levels of 255
SIZES = ((192, 144), (256, 160), (200, 200))
STAY = 8.0  # px around objects and shadows, true and shown, beyond which nothing has to change


@dataclass(frozen=True)
class Shown:
    """One object as the clip shows it, per frame."""

    look: Look
    place: np.ndarray  # (T, 2) px
    scale: np.ndarray  # (T,)
    gain: np.ndarray  # (T, 3)
    opacity: np.ndarray  # (T,)
    path: int  # whose true path it belongs to


@dataclass(frozen=True)
class ArtefactClip:
    """A clip, what is wrong with it, and the truth."""

    number: int
    kind: str
    artefact: str  # "" where the clip is right
    strength: int  # 0, 1, 2
    coding: int | None  # CRF of H.264, None for lossless
    grain: float  # levels of 255
    blur: float  # share of the frame time for which the shutter is open
    ground: str
    looks: tuple[Look, ...]
    paths: tuple[Path, ...]
    shown: tuple[Shown, ...]
    backdrop: np.ndarray = field(repr=False)  # (H, W, 3)
    fps: float = 24.0
    follows: bool = False  # whether the motion blur shown is that of the path shown, not of the true one

    @property
    def count(self) -> int:
        """Number of frames."""
        return len(self.shown[0].place)

    @property
    def mendable(self) -> bool:
        """Whether something is wrong that moving pixels can mend."""
        return self.artefact in STRENGTHS

    @cached_property
    def raw(self) -> np.ndarray:
        """The clip as it was before it was coded, uint8 (T, H, W, 3)."""
        return np.stack([self._frame(k, *self._found(k)) for k in range(self.count)])

    @cached_property
    def frames(self) -> np.ndarray:
        """The clip as it is found, uint8 (T, H, W, 3)."""
        return self.raw if self.coding is None else coded(self.raw, self.coding, preset="veryfast")

    @cached_property
    def truth(self) -> np.ndarray:
        """The clip as it should be, with the same grain, not coded, uint8 (T, H, W, 3)."""
        return np.stack([self._frame(k, *self._true(k)) for k in range(self.count)])

    @cached_property
    def stay(self) -> np.ndarray:
        """Pixels (T, H, W) that no repair needs to touch."""
        shape = self.backdrop.shape[:2]
        both = ((self._found(k), self._true(k)) for k in range(self.count))
        return np.stack([~(support(shape, *a, STAY) | support(shape, *b, STAY)) for a, b in both])

    def true_places(self) -> np.ndarray:
        """(objects, T, 2) px."""
        return np.stack([p.frames(self.count) for p in self.paths])

    def _true(self, k: int) -> tuple[list[Look], list[Pose]]:
        poses = [
            Pose(self._open(p, k), p.angle[SUB * (k + 1)], floor=_ground(p, look))
            for p, look in zip(self.paths, self.looks)
        ]
        return list(self.looks), poses

    def _found(self, k: int) -> tuple[list[Look], list[Pose]]:
        poses, true = [], self._true(k)[1]
        for s in self.shown:
            pose = true[s.path]
            offset = s.place[k] - self.paths[s.path].place[SUB * (k + 1)]
            places = self._open_shown(s.place, k) if self.follows else pose.places + offset
            poses.append(Pose(places, pose.angle, s.scale[k], s.gain[k], pose.floor, s.opacity[k]))
        return [s.look for s in self.shown], poses

    def _open(self, path: Path, k: int) -> np.ndarray:
        """Places (n, 2) while the shutter is open, around frame k."""
        half = round(0.5 * self.blur * SUB)
        return path.place[SUB * (k + 1) - half : SUB * (k + 1) + half + 1]

    def _open_shown(self, place: np.ndarray, k: int) -> np.ndarray:
        """The same of the path as it is shown, straight from frame to frame."""
        half = round(0.5 * self.blur * SUB)
        times, frames = k + np.arange(-half, half + 1) / SUB, np.arange(self.count)
        return np.stack([np.interp(times, frames, axis) for axis in place.T], -1)

    def _frame(self, k: int, looks: list[Look], poses: list[Pose]) -> np.ndarray:
        picture = compose(self.backdrop, looks, poses)
        noise = np.random.default_rng([self.number, k]).normal(size=picture.shape) * self.grain
        return np.clip(np.rint(picture * 255 + noise), 0, 255).astype(np.uint8)


def clip(number: int) -> ArtefactClip:
    """Clip `number`: of every 20, ten have an artefact each, five are clean, three erratic, two broken."""
    rng, turn = np.random.default_rng([41, number]), number // 20
    slot, artefacts = number % 20, tuple(STRENGTHS)
    if slot < 10:
        artefact = artefacts[slot]
        kind = str(rng.choice(FITTING.get(artefact, MOVING)))
    elif slot < 15:
        artefact, kind = "", MOVING[(number // 20 * 5 + slot) % len(MOVING)]
    elif slot < 18:
        artefact, kind = "", "erratic"
    else:
        artefact, kind = BROKEN[(2 * turn + slot) % 4], str(rng.choice(MOVING[:4]))
    return make(number, kind, artefact, turn % 3, rng)


def make(
    number: int,
    kind: str,
    artefact: str,
    strength: int,
    rng: np.random.Generator,
    size: tuple[int, int] | None = None,
) -> ArtefactClip:
    """A clip of a kind of scene with an artefact; the rest is drawn from `rng`."""
    width, height = size or SIZES[rng.integers(len(SIZES))]
    world = World(width, height, int(rng.choice([48, 54, 60])), rng)
    radius = float(rng.uniform(8, 13))
    paths = KINDS[kind](world, radius)
    ground = str(rng.choice(["smooth", "textured", "cluttered"]))
    backdrop = background(width, height, ground, rng)
    looks = tuple(_look(kind, radius, p, backdrop, rng) for p in paths)
    whole = tuple(_whole(look, p, world.count, n) for n, (look, p) in enumerate(zip(looks, paths)))
    shown = (
        (spoil(whole[0], paths[0], artefact, strength, rng), *whole[1:]) if artefact in STRENGTHS else whole
    )
    if artefact in BROKEN:
        shown = broken(whole, artefact, strength, rng)
    return ArtefactClip(
        number, kind, artefact, strength, CODINGS[rng.integers(3)], float(rng.choice(GRAIN)),
        float(rng.choice([0.0, 0.0, 0.5])), ground, looks, paths, shown, backdrop,
    )  # fmt: skip


def _whole(look: Look, path: Path, count: int, n: int) -> Shown:
    return Shown(look, path.frames(count), np.ones(count), np.ones((count, 3)), np.ones(count), n)


def _look(kind: str, radius: float, path: Path, backdrop: np.ndarray, rng: np.random.Generator) -> Look:
    """An object that stands out from what it moves over."""
    at = np.clip(path.place[::SUB].astype(int), 0, np.array(backdrop.shape[1::-1]) - 1)
    behind = backdrop[at[:, 1], at[:, 0]].mean(0)
    base = max(rng.uniform(0.1, 0.9, (12, 3)), key=lambda c: float(np.abs(c - behind).sum()))
    dark = float(rng.choice([0.0, 0.35, 0.5])) if path.floor is not None else 0.0
    return Look("box" if kind == "slide" else "disc", radius, texture(rng, base), dark)


def _ground(path: Path, look: Look) -> float | None:
    return None if path.floor is None else path.floor + look.radius


def spoil(whole: Shown, path: Path, artefact: str, strength: int, rng: np.random.Generator) -> Shown:
    """The object with one artefact."""
    s, count = STRENGTHS[artefact][strength], len(whole.place)
    if artefact == "size":
        return replace(whole, scale=1 + s * _wave(count, rng))
    if artefact == "colour":
        tint = 1 + s * _wave(count, rng)[:, None] * np.where(rng.random(3) < 0.7, 1.0, 0.3)
        return replace(whole, gain=tint)
    return replace(whole, place=SPOILERS[artefact](path, count, s, rng))


def _wave(count: int, rng: np.random.Generator) -> np.ndarray:
    return np.sin(2 * np.pi * (np.arange(count) / rng.uniform(7, 14) + rng.random()))


def _wobble(path: Path, count: int, s: float, rng: np.random.Generator) -> np.ndarray:
    noise = ndimage.gaussian_filter1d(rng.normal(size=(count + 40, 2)), 1.7, axis=0)[20:-20]
    return path.frames(count) + s * noise / noise.std()


def _flights(path: Path, count: int) -> list[tuple[float, float]]:
    """Times (from, to) of the flights after the first bounce, highest first."""
    marks = [*path.events, count - 1.0] if path.events else [-1.0, count]
    y, t = path.frames(count)[:, 1], np.arange(count)
    return sorted(zip(marks, marks[1:]), key=lambda f: y[(t >= f[0]) & (t <= f[1])].min(initial=1e9))


def _energy(path: Path, count: int, s: float, rng: np.random.Generator) -> np.ndarray:
    place, t = path.frames(count).copy(), np.arange(count)
    start, end = _flights(path, count)[0]
    rows = (t > start) & (t < end)
    place[rows, 1] -= s * (path.floor - place[rows, 1])
    return place


def _floating(path: Path, count: int, s: float, rng: np.random.Generator) -> np.ndarray:
    place, t = path.frames(count).copy(), np.arange(count)
    start, end = _flights(path, count)[0]
    rows = (t > start) & (t < end)
    top = place[rows, 1].min() + s
    place[rows, 1] = np.where(place[rows, 1] < top, top + 0.15 * (place[rows, 1] - top), place[rows, 1])
    return place


def _penetration(path: Path, count: int, s: float, rng: np.random.Generator) -> np.ndarray:
    place, t = path.frames(count).copy(), np.arange(count)
    for event in path.events:
        place[:, 1] += s * np.exp(-(((t - event) / 1.3) ** 2))
    return place


def _teleport(path: Path, count: int, s: float, rng: np.random.Generator) -> np.ndarray:
    place, turn = path.frames(count).copy(), rng.uniform(0, 2 * np.pi)
    k = int(rng.integers(count // 4, 3 * count // 4))
    place[k] += s * np.array([np.cos(turn), np.sin(turn)])
    return place


def _stutter(path: Path, count: int, s: float, rng: np.random.Generator) -> np.ndarray:
    place = path.frames(count).copy()
    for k in rng.choice(np.arange(6, count - 6, 7), 3, replace=False):
        place[k : k + int(s)] = place[k - 1]
    return place


def _late(path: Path, count: int, s: float, rng: np.random.Generator) -> np.ndarray:
    """One bounce comes late: the fall goes on below the floor's level, then time catches up."""
    place, t = path.frames(count).copy(), np.arange(count)
    event = path.events[0]
    lag = s * np.clip(1 - np.abs(t - event - 0.5 * s) / (2 * s + 2), 0, 1)
    fine = np.arange(len(path.place)) / SUB - 1
    place[:, 1] = np.interp(t - lag, fine, path.place[:, 1])
    return place


def _gravity(path: Path, count: int, s: float, rng: np.random.Generator) -> np.ndarray:
    """Gravity grows over the clip: flights are flatter first and higher later, the bounces stay in time."""
    place, t = path.frames(count).copy(), np.arange(count)
    if path.floor is None:
        u = 2 * t / count - 1
        place[:, 1] += s * 20 * (u**3 - u)
        return place
    return np.stack([place[:, 0], path.floor - (path.floor - place[:, 1]) * (1 + s * (t / count - 0.5))], -1)


SPOILERS = {
    "wobble": _wobble, "energy": _energy, "floating": _floating, "penetration": _penetration,
    "teleport": _teleport, "stutter": _stutter, "late": _late, "gravity": _gravity,
}  # fmt: skip


def broken(
    whole: tuple[Shown, ...], artefact: str, strength: int, rng: np.random.Generator
) -> tuple[Shown, ...]:
    """The objects with one that splits, multiplies, vanishes for a while, or turns into another."""
    one, count = whole[0], len(whole[0].place)
    half, t = count // 2, np.arange(count)
    after = (t >= half).astype(float)
    if artefact == "vanish":
        gone = (t >= half) & (t < half + 4 + 3 * strength)
        return (replace(one, opacity=np.where(gone, 0.0, 1.0)), *whole[1:])
    if artefact == "swap":
        other = replace(one.look, texture=1 - one.look.texture)
        return (replace(one, opacity=1 - after), replace(one, look=other, opacity=after), *whole[1:])
    way = np.array([1.2, -0.8]) * (1 + strength) * np.clip(t - half, 0, None)[:, None]
    if artefact == "multiply":
        return (*whole, replace(one, place=one.place + way, opacity=after))
    small = replace(one, look=replace(one.look, radius=0.72 * one.look.radius), opacity=after)
    parts = (replace(small, place=one.place + way), replace(small, place=one.place - way))
    return (replace(one, opacity=1 - after), *parts, *whole[1:])
