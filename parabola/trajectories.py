"""What moved where: the data behind `--trajectories` and `--state`.

World: metres, y up. Picture: pixels, x right, y down, the top-left pixel's centre at (0.5, 0.5). Frame k
shows film time k / fps. `position_px` is the middle of the body's outline, which is what the centroid of its
pixels measures; `radius_px` the radius of the disc with the outline's area; `centre_px` the projection of the
body's centre, which lies a little nearer to the picture's middle (see `parabola.outline`).
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from parabola.box_tracks import box_tracks
from parabola.outline import outline, to_camera, to_pixels, visible_fraction
from physics.camera import camera_at, camera_basis, focal_px
from physics.scene import Scene
from physics.timing import film_at

if TYPE_CHECKING:
    from physics.rigid import Event, Rollout

VERSION = 1
PX_DIGITS, M_DIGITS = 4, 6  # decimals that are written

Point = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class TrackedObject:
    """One body through the clip; lists have one entry per frame, None where it is not in view."""

    id: int  # 1 is the scene's first body
    name: str = "ball"
    shape: str = "sphere"
    position_px: Sequence[Point | None] = ()
    radius_px: Sequence[float | None] = ()
    visible: Sequence[float] = ()  # share of the outline's area that can be seen
    centre_px: Sequence[Point | None] | None = None
    position_m: Sequence[Point] | None = None
    sigma_px: Sequence[float | None] | None = None  # standard deviation of a predicted place
    model: str | None = None  # law of motion of an object that was watched
    confident: bool | None = None  # whether the evidence decides for it
    parameters: dict[str, float] | None = None  # of the law, px and frames
    observed_frames: Sequence[int] | None = None  # numbers of the watched frames in which it was measured
    observed_px: Sequence[Point] | None = None  # where it was then


@dataclass(frozen=True, kw_only=True)
class TrackedEvent:
    """Something that happened between two frames."""

    frame: float  # film time in frames
    time_s: float  # film time
    kind: str
    objects: Sequence[int] = ()  # ids
    obstacle: str | None = None
    restitution: float | None = None


@dataclass(frozen=True, kw_only=True)
class Trajectories:
    """The whole clip."""

    fps: float
    width: int
    height: int
    num_frames: int
    objects: Sequence[TrackedObject] = ()
    events: Sequence[TrackedEvent] = ()
    gravity_m_s2: float | None = None  # magnitude, of the simulated time
    gravity_px_per_frame2: Point | None = None  # in the picture, at the first body's depth

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; fields without a meaning for the clip are left out."""
        physics = {"gravity_m_s2": self.gravity_m_s2, "gravity_px_per_frame2": self.gravity_px_per_frame2}
        return _plain(
            {
                "version": VERSION,
                **{k: getattr(self, k) for k in ("fps", "width", "height", "num_frames")},
                "objects": [_fields(o) for o in self.objects],
                "events": [_fields(e) for e in self.events],
                "physics": {k: v for k, v in physics.items() if v is not None},
            }
        )

    def to_json(self) -> str:
        """Strict JSON, without NaN."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def save(self, path: str | Path) -> Path:
        """Write the JSON; an older file stays until the new one is whole."""
        path = Path(path)
        part = path.with_name(f".{path.name}.part-{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(self.to_json() + "\n")
            part.replace(path)
        except OSError as error:
            raise ValueError(f"{path}: cannot write there ({error.strerror}); choose another place") from None
        finally:
            part.unlink(missing_ok=True)
        return path

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Trajectories:
        """The inverse of `to_dict`; unknown fields are passed over, `ValueError` where one is missing."""
        try:
            if data["version"] != VERSION:
                raise ValueError(
                    f"trajectories: version {data['version']} is not known; this reads version {VERSION}"
                )
            return cls(
                **{k: data[k] for k in ("fps", "width", "height", "num_frames")},
                objects=tuple(_known(TrackedObject, o) for o in data["objects"]),
                events=tuple(_known(TrackedEvent, e) for e in data.get("events", ())),
                **{k: data.get("physics", {}).get(k) for k in ("gravity_m_s2", "gravity_px_per_frame2")},
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"trajectories: a field is missing or of the wrong kind ({error}); see the schema"
            ) from None


def build(scene: Scene, rollout: Rollout) -> Trajectories:
    """Trajectories of a simulated scene; one entry per frame of the rollout."""
    count = len(rollout.position)
    radii = np.array([b.radius for b in scene.bodies], float)
    views = [_view(scene, k / scene.fps, rollout.position[k], radii) for k in range(count)]
    objects = tuple(
        TrackedObject(
            id=i + 1,
            name=body.name,
            position_px=[_point(v.outline[i], v.visible[i], PX_DIGITS) for v in views],
            radius_px=[round(float(v.radius[i]), PX_DIGITS) if v.visible[i] > 0 else None for v in views],
            visible=[round(float(v.visible[i]), PX_DIGITS) for v in views],
            centre_px=[_point(v.centre[i], v.visible[i], PX_DIGITS) for v in views],
            position_m=[tuple(round(float(x), M_DIGITS) for x in p) for p in rollout.position[:, i]],
        )
        for i, body in enumerate(scene.bodies)
    )
    boxes = enumerate(box_tracks(scene, rollout), len(objects) + 1)
    objects += tuple(TrackedObject(id=i, **track) for i, track in boxes)
    return Trajectories(
        fps=float(scene.fps), width=scene.width, height=scene.height, num_frames=count, objects=objects,
        events=tuple(e for e in (_event(scene, e) for e in rollout.events) if e.frame < count),
        gravity_m_s2=float(np.linalg.norm(scene.gravity)), gravity_px_per_frame2=_picture_gravity(scene),
    )  # fmt: skip


@dataclass(frozen=True)
class _View:
    """One frame of all n bodies, in pixels."""

    centre: np.ndarray  # (n, 2)
    outline: np.ndarray  # (n, 2)
    radius: np.ndarray  # (n,)
    visible: np.ndarray  # (n,)


def _view(scene: Scene, t: float, positions: np.ndarray, radii: np.ndarray) -> _View:
    if not len(radii):
        return _View(np.zeros((0, 2)), np.zeros((0, 2)), radii, radii)
    local = to_camera(scene, t, positions)
    shape = outline(local, radii)
    depth = np.where(local[:, 2] > radii, local[:, 2], np.nan)
    return _View(
        centre=to_pixels(scene, local[:, :2] / depth[:, None]),
        outline=to_pixels(scene, shape.centre),
        radius=focal_px(scene) * shape.radius,
        visible=visible_fraction(scene, t, positions, radii),
    )


def _event(scene: Scene, event: Event) -> TrackedEvent:
    film = film_at(scene, event.time)
    return TrackedEvent(
        frame=round(film * scene.fps, M_DIGITS), time_s=round(film, M_DIGITS + 2), kind=event.kind,
        objects=[i + 1 for i in event.bodies], obstacle=event.obstacle,
        restitution=None if event.restitution is None else round(float(event.restitution), M_DIGITS),
    )  # fmt: skip


def _picture_gravity(scene: Scene) -> Point | None:
    """f g / z (time_scale / fps)^2: what a body that moves parallel to the picture accelerates by,
    px/frame^2.
    """
    if not scene.bodies:
        return None
    position, look_at = camera_at(scene.camera, 0.0)
    right, up, forward = camera_basis(position, look_at)
    depth = float(forward @ (np.asarray(scene.bodies[0].position) - position))
    if depth <= 0:
        return None
    scale = focal_px(scene) / depth * (scene.time_scale / scene.fps) ** 2
    gravity = np.asarray(scene.gravity, float)
    return (
        round(float(scale * (gravity @ right)), M_DIGITS),
        round(float(-scale * (gravity @ up)), M_DIGITS),
    )


def _point(point: np.ndarray, visible: float, digits: int) -> Point | None:
    return tuple(round(float(x), digits) for x in point) if visible > 0 else None


def _fields(item: Any) -> dict[str, Any]:
    return {f.name: getattr(item, f.name) for f in fields(item) if getattr(item, f.name) is not None}


def _known(kind: type, data: dict[str, Any]) -> Any:
    names = {f.name for f in fields(kind)}
    return kind(**{k: v for k, v in data.items() if k in names})


def _plain(value: Any) -> Any:
    """Lists, dictionaries and finite numbers; NaN is a bug of ours and raises."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("trajectories: a value is not finite; the simulation has failed")
    if isinstance(value, float) and value == 0:
        return 0.0  # never -0.0
    return value
