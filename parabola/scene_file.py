"""Scene files: YAML in SI units, one Scene each. What `--dry-run` prints, this reads back, equal.

Every refusal is one line: `FILE:LINE: bodies[1].radius: must be > 0 m, got -0.1; give ...`.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from parabola.control.cues import found_beside
from parabola.scene_check import Location, SceneError, check_scene, path_text
from parabola.scene_model import LIMITS, advice_for, model_of, to_dataclass, unit_of
from physics.mechanics import Block, Linkage, Rod, Rope, Sheet
from physics.media import Clouds, Gas, Liquid, Lump, Matter, Ocean, Particles, Pool, Source, Spout, Volume
from physics.scene import (
    Body,
    Box,
    Camera,
    Force,
    Ground,
    Light,
    Scene,
    Surface,
    TimeKey,
    Waypoint,
    WindKey,
)

MAX_BYTES = 4_000_000
_PARTS = {
    "bodies": Body,
    "boxes": Box,
    "ground": Ground,
    "camera": Camera,
    "light": Light,
    "surface": Surface,
    "ocean": Ocean,
    "clouds": Clouds,
    "gas": Gas,
    "pool": Pool,
    "liquid": Liquid,
    "volumes": Volume,
    "spouts": Spout,
    "matter": Matter,
    "lumps": Lump,
    "sources": Source,
    "particles": Particles,
    "linkage": Linkage,
    "blocks": Block,
    "sheets": Sheet,
    "ropes": Rope,
    "rods": Rod,
    "reach": Waypoint,
    "wind_keys": WindKey,
    "forces": Force,
    "time_keys": TimeKey,
}


# reading


def load_scene(path: str | Path) -> Scene:
    """The Scene in a YAML file; SceneError names the line, the field and the fix."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SceneError(
            f"{path}: cannot read it ({error.strerror or error}); give a scene file that exists"
        ) from None
    if len(data) > MAX_BYTES:
        raise SceneError(f"{path}: {len(data)} bytes is no scene file; the limit is {MAX_BYTES}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SceneError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    return parse_scene(text, str(path), path.parent)


def parse_scene(text: str, name: str = "scene", folder: Path | None = None) -> Scene:
    """The Scene that YAML `text` describes; errors call it `name`, `folder` is where its pictures are."""
    root = None
    try:
        root = _compose(text)
        scene = scene_from_dict(_construct(root))
        scene = found_beside(scene, folder) if folder else scene
        validate(scene)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SceneError(
            f"{name}:{line}: not valid YAML: {error.problem or error.context}; check the indentation"
        ) from None
    except yaml.YAMLError as error:
        raise SceneError(f"{name}:1: not valid YAML: {_one_line(error)}; remove that character") from None
    except RecursionError:
        raise SceneError(f"{name}:1: nested too deeply; a scene has at most four levels") from None
    except SceneError as error:
        raise SceneError(f"{name}:{_line_of(root, error.location)}: {error}", error.location) from None
    return scene


class _Loader(yaml.SafeLoader):
    """SafeLoader that reads 1e-3 as a number and dates as text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if not tag.endswith(("timestamp", "float"))]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"^[-+]?(\d+\.\d*([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
    ),
    list("-+0123456789."),
)


def _compose(text: str) -> yaml.Node:
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            mark = event.start_mark
            raise yaml.MarkedYAMLError(
                problem="anchors and aliases are not used in scene files", problem_mark=mark
            )
    root = yaml.compose(text, Loader=_Loader)
    if root is None:
        raise SceneError("the file is empty; see examples/ for a scene to start from")
    return root


def _construct(root: yaml.Node) -> Any:
    """Plain data; duplicate keys are refused rather than lost."""
    _refuse_duplicates(root)
    loader = _Loader("")
    try:
        return loader.construct_document(root)
    except (ValueError, TypeError) as error:
        raise yaml.MarkedYAMLError(problem=_one_line(error), problem_mark=root.start_mark) from None
    finally:
        loader.dispose()


def _refuse_duplicates(node: yaml.Node) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen if isinstance(key.value, str) else True:
                problem = (
                    f"{key.value!r} appears twice" if isinstance(key.value, str) else "a key must be a word"
                )
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
            _refuse_duplicates(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_duplicates(item)


def _line_of(root: yaml.Node | None, location: Location) -> int:
    """1-based line of the deepest part of `location` that the file has."""
    node, line = root, root.start_mark.line if root else 0
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == part]
            if not found:
                break
            line, node = found[0][0].start_mark.line, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return line + 1


def scene_from_dict(data: Any) -> Scene:
    """A Scene from plain data; SceneError for wrong types, unknown fields and values out of range."""
    if not isinstance(data, dict):
        raise SceneError(
            "a scene file is a mapping with fields such as bodies, ground, camera; see examples/"
        )
    try:
        return to_dataclass(Scene, model_of(Scene).model_validate(data))
    except ValidationError as error:
        raise _explain(error) from None


def _explain(error: ValidationError) -> SceneError:
    """The first problem, as one line with the fix."""
    problem = error.errors(include_url=False)[0]
    location = tuple(problem["loc"])
    owner, name = _owner_of(location)
    fix = advice_for(owner, name)
    unit = unit_of(owner, name).split(",")[0]
    kind, context, given = problem["type"], problem.get("ctx", {}), problem.get("input")
    if kind == "extra_forbidden":
        known = [item.name for item in fields(owner)]
        close = difflib.get_close_matches(str(location[-1]), known, n=1)
        what = "unknown field" + (
            f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"
        )
        return SceneError(f"{path_text(location)}: {what}", location)
    limits = {
        "greater_than": ("> ", "gt"),
        "greater_than_equal": (">= ", "ge"),
        "less_than_equal": ("<= ", "le"),
    }
    if kind in limits:
        sign, key = limits[kind]
        bound = f"{context[key]:g}" if isinstance(context[key], float) else str(context[key])
        suffix = f" {unit}" if unit in ("m", "m/s", "kg/m^3", "px", "deg", "frames/s") else ""
        what = f"must be {sign}{bound}{suffix}, got {_shown(given)}"
    else:
        what = _plain_words(problem["msg"])
        if repr(given) not in what:
            what += f", got {_shown(given)}"
    return SceneError(f"{path_text(location)}: {what}" + (f"; give {fix}" if fix else ""), location)


def _plain_words(message: str) -> str:
    """Pydantic's sentence in the words of a scene file."""
    message = message.removeprefix("Value error, ").replace(
        "Input should be a valid dictionary or instance of", "must be the fields of a"
    )
    message = message.replace("Input should be a valid ", "must be a ").replace(
        "Input should be ", "must be "
    )
    message = re.sub(r"Tuple should have at most 3 items.*", "must be three numbers", message)
    return (
        "must be three numbers"
        if message == "Field required"
        else message.replace(" a integer", " a whole number")
    )


def _owner_of(location: Location) -> tuple[type, str]:
    """(dataclass, field) that a location speaks of."""
    owner, name = Scene, str(location[0]) if location else ""
    for part, following in zip(location, (*location[1:], None), strict=True):
        if (
            part in _PARTS
            and following is not None
            and not (isinstance(following, int) and len(location) <= 2)
        ):
            owner, name = _PARTS[str(part)], ""
        elif isinstance(part, str):
            name = part
    return owner, name


def _shown(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:200]


# judging


def validate(scene: Scene) -> None:
    """Refuse (SceneError, one line) what cannot be simulated: NaN, overlaps, balls in the ground or out "
    "of the world."""
    if not isinstance(scene, Scene):
        raise SceneError(f"expected a Scene, got {type(scene).__name__}; use scene_from_prompt or load_scene")
    scene_from_dict(_plain(scene))
    check_scene(scene)


def _plain(value: Any) -> Any:
    """Dataclasses as dicts, for the strict model."""
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value


# writing


def dump_scene(scene: Scene, header: str = "") -> str:
    """The Scene as YAML with units in comments; `header` lines come first, as comments."""
    lines = [f"# {line}".rstrip() for line in header.splitlines()]
    return "\n".join([*lines, *_mapping(scene, 0)]) + "\n"


def _mapping(value: Any, depth: int) -> list[str]:
    """The lines of one dataclass."""
    lines: list[str] = []
    pad = "  " * depth
    for item in fields(value):
        inner = getattr(value, item.name)
        unit = unit_of(type(value), item.name)
        comment = f"  # {unit}" if unit else ""
        if is_dataclass(inner):
            lines += [f"{pad}{item.name}:", *_mapping(inner, depth + 1)]
        elif isinstance(inner, tuple) and inner and is_dataclass(inner[0]):
            lines.append(f"{pad}{item.name}:")
            for element in inner:
                block = _mapping(element, depth + 2)
                lines += [f"{pad}  - {block[0].lstrip()}", *block[1:]]
        else:
            lines.append(f"{pad}{item.name}: {_scalar(item.name, inner)}{comment}")
    return lines


def _scalar(name: str, value: Any) -> str:
    if name in ("colour", "colour2", "bottom"):
        return _colour(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_number(float(component)) for component in value) + "]"
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    if isinstance(value, (int, float)):
        return _number(value)
    return _text(value)


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return {"nan": ".nan", "inf": ".inf", "-inf": "-.inf"}.get(str(value), repr(float(value)))


def _colour(value: Any) -> str:
    """'#rrggbb' where that is exact, else the three numbers."""
    code = "#" + "".join(f"{min(max(round(channel * 255), 0), 255):02x}" for channel in value)
    exact = tuple(int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return f"'{code}'" if exact == tuple(value) else _scalar("", tuple(value))


def _text(value: str) -> str:
    """A YAML string on one line: plain words stay bare, all else is double-quoted."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_ -]*[A-Za-z0-9_]", value) and not re.match(
        r"(?i)(true|false|yes|no|on|off|null|y|n)$", value
    ):
        return value
    return yaml.safe_dump(value, default_style='"', width=10**9, allow_unicode=False).strip()


assert set(LIMITS) == {Scene, *_PARTS.values()}
