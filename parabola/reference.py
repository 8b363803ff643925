"""The reference pages of the documentation, made from what the program itself goes by.

Flags come from the command line's own parser, fields of scene files from the dataclasses and the limits
that the reader checks, so that neither page can fall behind.
"""

from __future__ import annotations

import argparse
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from parabola.scene_model import LIMITS


def flags_page() -> str:
    """Every command with its flags, as Markdown."""
    from parabola.cli import build_parser

    parser = build_parser()
    commands = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    told = {choice.dest: choice.help or "" for choice in commands._choices_actions}
    lines = ["# Every flag", "", "`parabola COMMAND --help` prints the same."]
    for name, command in commands.choices.items():
        lines += [
            "",
            f"## parabola {name}",
            "",
            f"{told.get(name, '')}.",
            "",
            "| flag | what it does |",
            "|---|---|",
        ]
        for action in command._actions:
            if action.help is argparse.SUPPRESS or "-h" in action.option_strings:
                continue
            lines.append(f"| {_spelt(action)} | {_cell((action.help or '').replace('%%', '%'))} |")
    return "\n".join(lines) + "\n"


def _spelt(action: argparse.Action) -> str:
    value = action.metavar or (",".join(map(str, action.choices)) if action.choices else "")
    names = ", ".join(f"`{name}`" for name in action.option_strings)
    return _cell(f"{names} `{value}`" if names and value else names or f"`{action.metavar or action.dest}`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def scene_page() -> str:
    """Every part of a scene file with its fields, as Markdown."""
    lines = [
        "# Scene files", "",
        "A scene file is YAML: SI units, y up, colours as `'#rrggbb'`, CSS names or three numbers. Every"
        " field may be left out. `parabola generate \"...\" --dry-run` prints a prompt's scene, as a start."
    ]  # fmt: skip
    for cls in LIMITS:
        lines += ["", f"## {cls.__name__}", ""]
        if cls.__doc__ and not cls.__doc__.startswith(f"{cls.__name__}("):
            lines += [" ".join(cls.__doc__.split()), ""]
        lines += ["| field | default | what |", "|---|---|---|"]
        for item in fields(cls):
            unit, limits, advice = LIMITS[cls].get(item.name, ("", {}, ""))
            what = "; ".join(filter(None, (unit, _range(limits), advice and f"e.g. {advice}")))
            lines.append(f"| `{item.name}` | {_default(item)} | {_cell(what)} |")
    return "\n".join(lines) + "\n"


def _range(limits: dict[str, Any]) -> str:
    words = {"ge": "from {:g}", "gt": "above {:g}", "le": "to {:g}", "abs": "within {:g} of 0"}
    return " ".join(text.format(float(limits[key])) for key, text in words.items() if key in limits)


def _default(item: Any) -> str:
    if item.default is MISSING:
        value = item.default_factory() if item.default_factory is not MISSING else ""
        return "as below" if is_dataclass(value) else f"`{value}`"
    return "none" if item.default in (None, (), "") else f"`{item.default}`"
