"""What keys, forces and pictures on balls ask for, checked before any work. Free of jax."""

from __future__ import annotations

from pathlib import Path

from physics.scene import Scene

MOST_BYTES = 50e6  # of a picture file
_SOLID = "bodies, boxes, ground"


def check_cues(scene: Scene) -> None:
    """ValueError for cues that a world does not follow, and pictures that are none."""
    _check_keys(scene)
    for i, force in enumerate(scene.forces):
        if force.body >= len(scene.bodies):
            last = len(scene.bodies) - 1
            raise ValueError(f"forces[{i}].body: there is no ball {force.body}; give 0 to {last}")
        if force.until_s <= force.at_s:
            raise ValueError(
                f"forces[{i}].until_s: ends before it starts; give more than at_s {force.at_s:g}"
            )
    for i, body in enumerate(scene.bodies):
        if body.texture:
            _check_picture(f"bodies[{i}].texture", body.texture)


def _check_keys(scene: Scene) -> None:
    names = [name for name in ("wind_keys", "forces", "time_keys") if getattr(scene, name)]
    if not names:
        return
    media = [name for name, value in vars(scene).items() if value and _is_medium(value)]
    if media:
        raise ValueError(f"{names[0]}: {media[0]} does not follow keys, only {_SOLID}; leave one of them out")
    if any(body.reach for body in scene.bodies):
        raise ValueError(f"{names[0]}: a waypoint's path is solved for without keys; leave reach or them out")
    if len(scene.time_keys) == 1:
        raise ValueError("time_keys: one key says no rate; give two or more")
    keys = sorted((key.film_s, key.simulated_s) for key in scene.time_keys)
    for (a, b), (c, d) in zip(keys, keys[1:], strict=False):
        if c <= a or d <= b:
            raise ValueError(f"time_keys: at {c:g} s time stands still or runs back; let both columns grow")


def _is_medium(value: object) -> bool:
    held = value if isinstance(value, tuple) else (value,)
    return any(type(item).__module__ in ("physics.media", "physics.mechanics") for item in held)


def _check_picture(field: str, name: str) -> None:
    from PIL import Image, UnidentifiedImageError

    path = Path(name)
    if not path.is_file():
        raise ValueError(
            f"{field}: no file {path.name} beside the scene file; give a picture such as logo.png"
        )
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{field}: {path.name} has {path.stat().st_size / 1e6:.0f} MB; give one below 50 MB")
    try:
        with Image.open(path) as image:
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise ValueError(f"{field}: {path.name} is no picture that can be read; give a PNG or JPEG") from None


def found_beside(scene: Scene, folder: Path) -> Scene:
    """The scene with the pictures' names made whole: those of a scene file lie beside it."""
    from dataclasses import replace

    bodies = tuple(
        replace(body, texture=str(folder / body.texture)) if body.texture else body for body in scene.bodies
    )
    return replace(scene, bodies=bodies)
