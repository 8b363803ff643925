"""The corrector: a stream of finished frames in, the same frames with what is physically wrong mended.

For a clip that was made from a scene the truth is known: every object's outline is stated by the simulation.
Each frame is compared with it object by object and mended where it is wrong: first the outlines, near to
far, then the colours. Memory holds a few numbers per object and frame (the report), never pictures.

    track -> judge -> mend -> report        `correction.track`, `.compare`, `.mend`, `.report`

Limits: spheres; a displacement beyond about 8 px shows as "vanished"; shadows and reflections stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from correction.added import find_added
from correction.compare import ColourMemory, Tolerance, Verdict, colour_change, interior, judge
from correction.mend import recolour, relay, remove, restore
from correction.outline import Ellipse, stated_outlines
from correction.report import Log, Track
from correction.track import View

if TYPE_CHECKING:
    from physics.guide import Guide
    from physics.rigid import Rollout
    from physics.scene import Scene

FIRST = 2  # guide's id of the first sphere
MARGIN = 14  # px around an outline: room to search and to see the surroundings


@dataclass(frozen=True, kw_only=True)
class CorrectorConfig:
    """What the corrector tolerates and looks for."""

    tolerance: Tolerance = Tolerance()
    added: bool = True  # look for things that should not be there


class Corrector:
    """Mends the frames of one clip, one call per frame, in order."""

    def __init__(self, scene: Scene, rollout: Rollout, config: CorrectorConfig | None = None):
        positions = np.asarray(rollout.position, float)
        if positions.ndim != 3 or positions.shape[1:] != (len(scene.bodies), 3):
            raise ValueError(
                f"the rollout's positions {positions.shape} do not fit a scene of {len(scene.bodies)} bodies"
            )
        self._scene, self._positions = scene, positions
        self._config = config or CorrectorConfig()
        self._tracks = [Track(i + 1, body.name) for i, body in enumerate(scene.bodies)]
        self._colours = [ColourMemory(self._config.tolerance.memory) for _ in scene.bodies]
        self._log, self._last = Log(), -1
        self._bright = any(_shows_surroundings(b) for b in (*scene.bodies, *scene.boxes))

    def correct(self, k: int, frame: np.ndarray, guide: Guide) -> np.ndarray:
        """Frame `k`, uint8 (H, W, 3) sRGB, mended; the very same array where nothing is wrong."""
        planes = _planes(guide)
        self._check(k, frame, planes)
        if k != self._last + 1:
            for memory in self._colours:
                memory.clear()
        self._last = k
        canvas = _Canvas(frame)
        outlines = stated_outlines(self._scene, k / self._scene.fps, self._positions[k])
        order = sorted(range(len(outlines)), key=lambda i: o.depth if (o := outlines[i]) else np.inf)
        seen = [i for i in order if self._outline(k, i, outlines[i], canvas, planes)]
        for i in seen:
            self._colour(k, i, outlines[i], canvas, planes)
        if self._config.added:
            self._added(k, canvas, planes)
        self._log.frames += 1
        self._log.mended += canvas.changed
        return canvas.frame

    def report(self) -> dict[str, Any]:
        """What was found and done so far; schema of `correct --report`."""
        return self._log.to_dict(self._tracks)

    def _check(self, k: int, frame: np.ndarray, planes: dict[str, np.ndarray]) -> None:
        shape = (self._scene.height, self._scene.width)
        if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8 or frame.shape != (*shape, 3):
            got = f"{getattr(frame, 'dtype', type(frame).__name__)} {getattr(frame, 'shape', '')}"
            raise ValueError(f"a frame has to be uint8 {(*shape, 3)}, got {got}")
        if planes["ident"].shape != shape:
            raise ValueError(f"the guide's size {planes['ident'].shape} is not the scene's {shape}")
        if not self._last < k < len(self._positions):
            raise ValueError(
                f"frame {k} is out of order: expected {self._last + 1} ... {len(self._positions) - 1}"
            )
        if not np.isfinite(planes["prior"]).all():
            raise ValueError(f"the guide of frame {k} holds values that are not finite")

    def _outline(self, k: int, i: int, stated: Ellipse | None, canvas: _Canvas, planes) -> bool:
        """Track one object and mend place and size; whether enough of it shows."""
        track, limit = self._tracks[i], self._config.tolerance
        view = canvas.view(stated, planes, FIRST + i) if stated else None
        if stated is None or view is None or view.mine.sum() < limit.visible * np.pi * stated.radius**2:
            self._colours[i].clear()
            track.skip("out of view")
            return False
        glass = self._scene.bodies[i].surface.transmission > 0
        first = last = judge(view, stated, limit, glass)
        if first.weight > 0:
            last = judge(canvas.write(view, *self._repair(view, stated, first, i)), stated, limit, glass)
        for kind in first.kind:
            self._log.note(kind, k, i + 1)
        track.add(stated, first, last)
        return True

    def _repair(self, view: View, stated: Ellipse, verdict: Verdict, i: int):
        if "vanished" in verdict.kind:
            light = self._colours[i].expected()
            return restore(view, stated, np.zeros(3) if light is None else light)
        fit = verdict.fit
        return relay(view, stated, stated.moved(fit.shift, fit.grown), verdict.weight)

    def _colour(self, k: int, i: int, stated: Ellipse | None, canvas: _Canvas, planes) -> None:
        """Mend the object's mean colour, now that everything is in its place."""
        view = canvas.view(stated, planes, FIRST + i) if stated else None
        inner = interior(view, stated) if stated and view else np.zeros(0)
        if stated is None or view is None or inner.sum() < 20:
            return self._colours[i].clear()
        clear = _shows_surroundings(self._scene.bodies[i])
        change, kind = colour_change(view, inner, self._colours[i], self._config.tolerance, clear)
        if kind:
            canvas.write(view, *recolour(view, stated, change))
            self._log.note(kind, k, i + 1)

    def _added(self, k: int, canvas: _Canvas, planes) -> None:
        for mask in find_added(canvas.frame, planes["prior"], planes["ident"] >= FIRST, self._bright):
            rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
            box = _around(rows, mask.shape[0]), _around(columns, mask.shape[1])
            allowed = mask[box] & (planes["ident"][box] < FIRST)
            picture = remove(canvas.frame[box] / np.float32(255), planes["prior"][box], allowed)
            canvas.put(box, picture, allowed)
            y, x = ndimage.center_of_mass(mask)
            self._log.note("added", k, place=(round(float(x) + 0.5, 1), round(float(y) + 0.5, 1)))


class _Canvas:
    """The frame on its way out: copied at the first change, written only where a mask says so."""

    def __init__(self, frame: np.ndarray):
        self.frame, self.changed = frame, False

    def view(self, stated: Ellipse, planes: dict[str, np.ndarray], ident: int) -> View | None:
        """The surroundings of an object; None where they are out of the picture."""
        h, w = planes["ident"].shape
        box = stated.box(MARGIN, w, h)
        if any(s.stop - s.start < 4 for s in box):
            return None
        ids = planes["ident"][box]
        front = (ids >= FIRST) & (ids != ident) & (planes["depth"][box] < stated.depth)
        pixels = self.frame[box] / np.float32(255)
        return View(pixels, planes["prior"][box], ids == ident, front, (box[1].start, box[0].start))

    def write(self, view: View, picture: np.ndarray, touched: np.ndarray) -> View:
        """Put a mended view back; returns it as it now is."""
        x, y = view.origin
        box = slice(y, y + touched.shape[0]), slice(x, x + touched.shape[1])
        self.put(box, picture, touched)
        return View(self.frame[box] / np.float32(255), view.prior, view.mine, view.front, view.origin)

    def put(self, box: tuple[slice, slice], picture: np.ndarray, touched: np.ndarray) -> None:
        """Write the `touched` pixels (h, w) of `picture` (h, w, 3) in [0, 1]."""
        if not self.changed:
            self.frame, self.changed = self.frame.copy(), True
        self.frame[box][touched] = np.clip(np.rint(picture[touched] * 255), 0, 255).astype(np.uint8)


def _planes(guide: Guide) -> dict[str, np.ndarray]:
    return {name: np.asarray(getattr(guide, name)) for name in ("prior", "ident", "depth")}


def _shows_surroundings(item: Any) -> bool:
    return item.surface.transmission > 0 or item.surface.metallic > 0.5


def _around(index: np.ndarray, size: int) -> slice:
    return slice(max(int(index[0]) - MARGIN, 0), min(int(index[-1]) + 1 + MARGIN, size))
