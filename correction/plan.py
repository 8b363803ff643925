"""What a repair is going to do, as plain data: which object goes where, how large, in which colour.

Made by `correction.decide`, carried out by `correction.rerender`. Times are frame numbers of the whole
clip, places are px of the frame (x right, y down, the top-left pixel's centre at (0.5, 0.5)), colours
sRGB in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physics.estimator.track import Layer


@dataclass(frozen=True)
class Shadow:
    """A shadow or reflection that follows its object: x_shadow = a + matrix @ x_object."""

    frames: np.ndarray  # (n,) int
    centre: np.ndarray  # (n, 2) px
    layer: Layer
    matrix: np.ndarray  # (2, 2)


@dataclass(frozen=True)
class Blur:
    """A thing's sharp layer, and the chords it moves along while the shutter is open, in n frames."""

    layer: Layer
    law: np.ndarray  # (n, 2) px, on the way on which it belongs
    shown: np.ndarray  # (n, 2) px, on the way on which it is shown; nan where either is bent


@dataclass(frozen=True)
class ObjectPlan:
    """One object in the n frames in which it was seen. Bystanders have `active` false throughout."""

    id: int
    layer: Layer
    frames: np.ndarray  # (n,) int
    source: np.ndarray  # (n, 2) where it is
    target: np.ndarray  # (n, 2) where it belongs
    size: np.ndarray  # (n,) how large it is shown, 1 being the layer's size
    scale: np.ndarray  # (n,) by how much it is to be enlarged
    gain: np.ndarray  # (n, 3) colour after = gain * colour + offset
    offset: np.ndarray  # (n, 3)
    angle: np.ndarray  # (n,) rad against the layer, 0 where unknown
    active: np.ndarray  # (n,) bool, frames that are mended
    shadows: tuple[Shadow, ...] = ()
    blur: Blur | None = None  # None where it is sharp, or moves too evenly to tell

    def row(self, k: int) -> int | None:
        """The index of frame `k`; None where the object was not seen."""
        i = int(np.searchsorted(self.frames, k))
        return i if i < len(self.frames) and self.frames[i] == k else None


@dataclass(frozen=True)
class ShotPlan:
    """The frames [first, last) and what happens to their objects."""

    first: int
    last: int
    plate: np.ndarray  # (Hp, Wp, 3) float, the background in plate coordinates
    seen: np.ndarray  # (Hp, Wp) bool
    noise: np.ndarray  # (Hp, Wp) standard deviation of a background pixel
    camera: np.ndarray | None  # (T, 3, 3) frame -> plate; None where it stands still
    objects: tuple[ObjectPlan, ...]
    light: np.ndarray | None = None  # (T, 3) gains on the background that hold it still; None where it is

    @property
    def busy(self) -> bool:
        """Whether any pixel changes."""
        return self.light is not None or any(o.active.any() for o in self.objects)
