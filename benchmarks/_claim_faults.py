"""Faults put into true clips: how many of each kind does the judge find?

One fault per clip, from a frame after the given ones on, drawn by the true renderer: the picture is right
but for it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks._claim_judge import LEAST_WAY
from benchmarks._claim_world import FLOOR, FRAMES, GIVEN, HUES, SIDE, Worlds

FAULTS = (
    "vanished",
    "duplicate",
    "colour",
    "shape",
    "size",
    "teleport",
    "interpenetration",
    "jerk",
    "frozen",
)
FREE = 8  # frames


def with_fault(w: Worlds, kind: str, rng: np.random.Generator) -> Worlds:
    """The clips of `w`, each with one fault of `kind` in its first ball."""
    begin = _free(w) if kind == "jerk" else rng.integers(GIVEN + 1, FRAMES - 5, len(w))
    later = np.arange(FRAMES) >= begin[:, None]
    some = later & (np.arange(FRAMES) < begin[:, None] + 4)
    rows = np.arange(len(w))
    if kind == "vanished":
        return _changed(w, "shown", some, 0.0)
    if kind == "duplicate":
        return _doubled(w, later)
    if kind == "colour":
        other = HUES[w.hue[:, 2]]  # a hue that only a third ball has; where there is one, both look alike
        return _changed(w, "colour", some, other[:, None])
    if kind == "shape":
        return _changed(w, "squash", some, rng.choice([0.75, 1.33], (len(w), 1)))
    if kind == "size":
        return _changed(w, "radius", some, w.radius[:, :1, 0] * rng.choice([0.75, 1.3], (len(w), 1)))
    place = w.position.copy()
    if kind == "frozen":
        place[:, GIVEN:, 0] = place[:, GIVEN - 1 : GIVEN, 0]
    if kind == "teleport":
        goal = np.where(place[rows, begin, 0] < 0.5, 0.8, 0.2)
        place[:, :, 0] = np.where(later[..., None], goal[:, None], place[:, :, 0])
    if kind == "interpenetration":
        inside = place[:, :, 1] + 0.4 * (w.radius[:, :, 0] + w.radius[:, :, 1])[..., None] * [0.0, 1.0]
        place[:, :, 0] = np.where(some[..., None], inside, place[:, :, 0])
    if kind == "jerk":
        shake = 0.03 * (-1.0) ** np.arange(FRAMES)[:, None] * [0.7, 0.7]
        place[:, :, 0] += np.where(some[..., None], shake, 0.0)
    return replace(w, position=place)


def possible(w: Worlds, kind: str) -> np.ndarray:
    """(N,) whether a clip can show a fault: a jerk needs FREE frames of free flight, rest some way to go."""
    if kind == "frozen":
        way = np.linalg.norm(np.diff(w.position[:, GIVEN - 1 :, 0], axis=1), axis=-1).sum(1)
        return way > LEAST_WAY / SIDE
    return _left(w).max(1) >= FREE if kind == "jerk" else np.ones(len(w), bool)


def _left(w: Worlds) -> np.ndarray:
    """(N, T - GIVEN) frames, from each on, in which the first ball meets nothing."""
    touch = w.contact[:, GIVEN:, 0]
    left = np.zeros((len(w), touch.shape[1] + 1), int)
    for k in range(touch.shape[1] - 1, -1, -1):
        left[:, k] = np.where(touch[:, k], 0, 1 + left[:, k + 1])
    return left[:, :-1]


def _free(w: Worlds) -> np.ndarray:
    """(N,) the frame from which the first ball meets nothing for longest, four frames before its end."""
    left = _left(w)
    return GIVEN + left.argmax(1) + np.maximum((left.max(1) - 4) // 2, 0)


def _changed(w: Worlds, name: str, when: np.ndarray, value) -> Worlds:
    """`w` with a property of its first ball set to `value` at the frames `when` (N, T)."""
    array = getattr(w, name).copy()
    first = array[:, :, 0]
    array[:, :, 0] = np.where(when[..., None] if first.ndim == 3 else when, value, first)
    return replace(w, **{name: array})


def _doubled(w: Worlds, when: np.ndarray) -> Worlds:
    """A fourth ball like the first, where there is most room."""
    x = 1 - w.position[:, :, :1]
    x[..., 1] = np.clip(1 + FLOOR - w.position[:, :, :1, 1], FLOOR + 0.15, 0.85)
    more = {"position": x, "shown": when[..., None].astype(float)}
    names = ("position", "shown", "radius", "squash", "colour")
    parts = {n: more.get(n, getattr(w, n)[:, :, :1]) for n in names}
    return replace(w, **{n: np.concatenate([getattr(w, n), parts[n]], 2) for n in names})
