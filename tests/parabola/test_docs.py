"""The documentation builds without a warning, and speaks of every flag and every field."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocs")
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "-q", "--strict", "-d", str(out)]
    told = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_every_flag_is_there(site):
    from parabola.cli import build_parser

    page = (site / "flags" / "index.html").read_text()
    commands = next(a for a in build_parser()._actions if getattr(a, "choices", None))
    for command in commands.choices.values():
        for action in command._actions:
            shown = action.help != "==SUPPRESS==" and "-h" not in action.option_strings
            for flag in action.option_strings if shown else ():
                assert f">{flag}<" in page, flag


def test_every_field_is_there(site):
    from parabola.scene_model import LIMITS

    page = (site / "scene-files" / "index.html").read_text()
    for cls in LIMITS:
        assert cls.__name__ in page
        for item in fields(cls):
            assert f">{item.name}<" in page, f"{cls.__name__}.{item.name}"


def test_commands_in_the_guides_are_commands(site):
    from parabola.cli import build_parser

    parser = build_parser()
    for page in (ROOT / "docs").glob("*.md"):
        for line in re.findall(r"^parabola .*$", page.read_text(), re.M):
            words = [w.strip('"') for w in re.findall(r'"[^"]*"|\S+', line)][1:]
            parser.parse_args(words)


def test_nothing_is_fetched_from_elsewhere(site):
    page = (site / "index.html").read_text()
    assert not re.search(r'<(?:script|link)[^>]+(?:src|href)="https?://', page)
