"""The project's own rules: clean code, pinned versions, nothing in the tree that belongs to one machine."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("physics", "diffusion", "correction", "parabola", "benchmarks")
ALLOWED = {  # who may import whom
    "physics": {"physics"},
    "diffusion": {"diffusion", "physics"},
    "correction": {"correction", "physics"},
    "parabola": set(PACKAGES),
    "benchmarks": set(PACKAGES),
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]
TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".cfg", ""}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements() -> dict[str, str]:
    """Every declared package, normalised name -> requirement."""
    extras = PROJECT["optional-dependencies"]
    lines = PROJECT["dependencies"] + [
        line for name, lines in extras.items() if name != "gpu" for line in lines
    ]
    return {normal(re.split(r"[\[<>=!~ ]", line)[0]): line for line in lines}


def tracked() -> list[Path]:
    """Files of the project: what git knows, or the tree where there is no git."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout.split("\0")  # fmt: skip
        files = [ROOT / name for name in listing if name]
    except (OSError, subprocess.CalledProcessError):
        files = [p for top in (*PACKAGES, "tests", "examples") for p in (ROOT / top).rglob("*")]
        files += [p for p in ROOT.iterdir() if p.suffix in TEXT]
    return [p for p in files if p.is_file() and "__pycache__" not in p.parts]


def sources(*tops: str) -> list[Path]:
    return [p for p in tracked() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in tops]


def imports(path: Path) -> set[str]:
    """Top-level names that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_ruff():
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "."], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright():
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    errors = [line.strip() for line in done.stdout.splitlines() if " - error: " in line]
    assert done.returncode == 0, "\n".join(errors) or done.stdout + done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_folders_import_only_what_they_may(package):
    for path in sources(package):
        foreign = imports(path) & set(PACKAGES) - ALLOWED[package]
        assert not foreign, f"{path.relative_to(ROOT)} imports {foreign}"


def test_files_stay_short():
    long = {
        str(p.relative_to(ROOT)): n
        for p in sources(*PACKAGES, "tests")
        if (n := p.read_text().count("\n")) > 400
    }
    assert not long, f"over 400 lines: {long}"


def test_every_import_is_declared():
    known, own = packages_distributions(), set(PACKAGES) | {"tests"} | set(sys.stdlib_module_names)
    declared = set(requirements())
    for path in sources(*PACKAGES, "tests"):
        for name in imports(path) - own:
            owners = {normal(d) for d in known.get(name, [name])}
            assert owners & declared, (
                f"{path.relative_to(ROOT)} imports {name}, which pyproject.toml does not name"
            )


@pytest.mark.parametrize("name", sorted(requirements()))
def test_every_requirement_is_pinned_and_installed(name):
    pins = {normal(line.split("==")[0]): line.split("==")[1] for line in PINS}
    assert name in pins, f"constraints.txt has no pin for {name}"
    assert version(name) == pins[name], "the environment is not the pinned one; run make test"


@pytest.mark.parametrize("module", [
    "jax", "flax", "optax", "numpy", "scipy", "av", "PIL", "pydantic", "yaml", "safetensors", "OpenEXR",
    "pymunk", "mujoco", "flip_evaluator",
])  # fmt: skip
def test_requirements_import(module):
    importlib.import_module(module)


def test_pins_are_names_and_versions_only():
    for line in PINS:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line), line


def test_no_registry_address_and_no_machine_path():
    registry = re.compile(
        r"(index-url|extra-index|find-links|trusted-host)|" + r"https?://[^\s)\"']*(pypi|simple/|/npm)"
    )
    machine = re.compile("/" + r"(home|root|Users|work|tmp|mnt)/\w")
    for path in tracked():
        if path.suffix in TEXT and path.name not in ("LICENSE", Path(__file__).name):
            text = path.read_text(errors="replace")
            for pattern in (registry, machine):
                found = pattern.search(text)
                assert not found, f"{path.relative_to(ROOT)} holds {found.group(0)!r}" if found else ""


def test_make_targets_and_ci():
    makefile = (ROOT / "Makefile").read_text()
    for target in ("clip", "test", "bench", "lint"):
        assert re.search(rf"^{target}:", makefile, re.M), f"make {target} is promised"
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111, ".ci/run has to be executable"
    assert PROJECT["scripts"]["parabola"] == "parabola.cli:main"


def test_weights_and_repository_stay_small():
    for path in tracked():
        limit = 32e6 if path.suffix == ".safetensors" else 4e6
        assert path.stat().st_size <= limit, f"{path.relative_to(ROOT)} is {path.stat().st_size / 1e6:.1f} MB"
