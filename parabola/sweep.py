"""Parameter sweeps: `--vary restitution=0.5:0.9:5` makes one clip per value, several flags every combination.

A field is a path in the scene file (`bodies[0].radius`, `light.sun_radius_deg`, `gas.swirl`), a field of all
bodies (`restitution`), `gravity` (m/s^2, downwards), `wind` (m/s, to the right), or `seed`.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from parabola import checks
from physics.scene import Body, Scene

MOST = 100  # clips of one sweep


@dataclass(frozen=True)
class Vary:
    """One field and the values that it takes in turn."""

    field: str
    values: tuple[float, ...]


Setting = tuple[tuple[str, float], ...]  # (field, value) of every varied field of one clip


def vary(text: str) -> Vary:
    """'restitution=0.5:0.9:5' (from, to, how many) or 'restitution=0.5,0.7,0.9'."""
    name, sign, values = text.partition("=")
    example = "FIELD=FROM:TO:COUNT such as restitution=0.5:0.9:5, or FIELD=A,B,C"
    if not sign or not name.strip():
        raise ValueError(f"cannot read {text!r} as a sweep; give {example}")
    if ":" in values:
        ends = values.split(":")
        if len(ends) != 3:
            raise ValueError(f"cannot read {text!r} as a sweep; give {example}")
        count = checks.whole(ends[2], 1, MOST, f"1 to {MOST} values")
        numbers = np.linspace(checks.number(ends[0], example), checks.number(ends[1], example), count)
        return Vary(name.strip(), tuple(float(f"{v:.10g}") for v in numbers))
    return Vary(name.strip(), tuple(checks.number(v, example) for v in values.split(",")))


def settings(sweeps: tuple[Vary, ...]) -> list[Setting]:
    """Every combination; one empty setting where nothing is varied."""
    names = [sweep.field for sweep in sweeps]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"--vary {name} is given twice; give all its values in one")
    made = [
        tuple(zip(names, values, strict=True)) for values in itertools.product(*(s.values for s in sweeps))
    ]
    if len(made) > MOST:
        raise ValueError(f"--vary asks for {len(made)} clips; at most {MOST} are made at once")
    return made


def seed_of(setting: Setting) -> int | None:
    """The seed that a setting asks for: a scene made from words has to be made anew with it."""
    found = [value for name, value in setting if name == "seed"]
    return checks.seed(f"{found[0]:g}") if found else None


def apply(scene: Scene, setting: Setting) -> Scene:
    """`scene` with the fields of a setting, but for the seed; ValueError for fields that it does not have."""
    for name, value in setting:
        if name == "gravity":
            scene = replace(scene, gravity=(0.0, -value, 0.0))
        elif name == "wind":
            scene = replace(scene, wind=(value, 0.0, 0.0))
        elif name in {f.name for f in fields(Body)}:
            _refuse_structured(getattr(Body(), name), name)
            scene = replace(scene, bodies=tuple(replace(body, **{name: value}) for body in scene.bodies))
        elif name != "seed":
            scene = _changed(scene, _parts(name), value, name)
    return scene


def _parts(path: str) -> list[str | int]:
    """'bodies[0].radius' -> ['bodies', 0, 'radius']."""
    parts = re.findall(r"[a-z_0-9]+|\[\d+\]", path)
    return [int(p[1:-1]) if p.startswith("[") else p for p in parts]


def _changed(part: Any, path: list[str | int], value: float, name: str) -> Any:
    """`part` with the number at `path` replaced."""
    if not path:
        _refuse_structured(part, name)
        return int(value) if isinstance(part, int) and float(value).is_integer() else value
    first, rest = path[0], path[1:]
    if isinstance(part, tuple) and isinstance(first, int) and first < len(part):
        return (*part[:first], _changed(part[first], rest, value, name), *part[first + 1 :])
    if isinstance(first, str) and first in getattr(part, "__dataclass_fields__", {}):
        return replace(part, **{first: _changed(getattr(part, first), rest, value, name)})
    raise ValueError(
        f"--vary {name}: the scene has no such field; --dry-run shows those that it has, such as"
        " bodies[0].radius, camera.fov_deg, gravity, restitution, seed"
    )


def _refuse_structured(part: Any, name: str) -> None:
    if isinstance(part, bool) or not isinstance(part, (int, float)):
        raise ValueError(f"--vary {name}: that field is no number; vary one of its parts")


def labelled(path: str | Path, setting: Setting) -> Path:
    """The file of one clip of a sweep: clip.mp4 -> clip_restitution-0.5.mp4."""
    path = Path(path)
    if not setting:
        return path
    label = "".join(f"_{re.sub(r'[^a-z0-9]+', '-', name).strip('-')}-{value:g}" for name, value in setting)
    stem, dot, ending = path.name.partition(".")
    return path.with_name(f"{stem}{label}{dot}{ending}")
