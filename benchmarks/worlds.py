"""Are the worlds beyond solid bodies right, and what do they cost?

python -m benchmarks.worlds [--only ocean]

Every module `benchmarks/_worlds_NAME.py` gives `rows()`, one a validation case (method, case, published or
analytic value, ours, tolerance, whether it holds), and `speed()`, named figures of one run. Speed depends on
the machine and on who else uses it: compare the ratios. Results are kept per world.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.report import RESULTS, print_table, write_results

COLUMNS = ("method", "case", "value", "ours", "tolerance", "holds")


def names() -> list[str]:
    """The worlds that can be measured."""
    return sorted(path.stem.removeprefix("_worlds_") for path in Path(__file__).parent.glob("_worlds_*.py"))


def measure(name: str) -> dict[str, Any]:
    """Rows and speed of one world."""
    module = import_module(f"benchmarks._worlds_{name}")
    return {"rows": module.rows(), "speed": module.speed()}


def main(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Run the benchmark; returns what it measured, and keeps it beside what is known of the other worlds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worlds")
    parser.add_argument(
        "--only", nargs="+", choices=names(), default=names(), help="measure these worlds alone"
    )
    found = {}
    for name in parser.parse_args(arguments).only:
        found[name] = measure(name)
        _keep(name, found[name])
    rows = [[row[c] for c in COLUMNS] for world in found.values() for row in world["rows"]]
    print_table("Worlds against published and analytic values", COLUMNS, rows)
    print_table(
        "Speed", ("what", "value"), [item for world in found.values() for item in world["speed"].items()]
    )
    return {"worlds": found, "pass": all(row[-1] for row in rows)}


def _keep(name: str, world: dict[str, Any]) -> None:
    """Write one world beside those already known, so that a long run loses none that it has measured."""
    kept = RESULTS / "worlds.json"
    write_results("worlds", {**(json.loads(kept.read_text()) if kept.exists() else {}), name: world})


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
