"""What every benchmark prints and keeps: one table, one JSON file under benchmarks/results/."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


def cell(value: object) -> str:
    """Text of one table cell: six significant digits, yes/no, or - for nothing."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def case_row(
    method: str, case: str, value: float, ours: float, tolerance: float, holds: bool | None = None
) -> dict[str, Any]:
    """One row of `benchmarks.worlds`; it holds where `ours` is within `tolerance`, unless `holds` says."""
    holds = abs(ours - value) <= tolerance if holds is None else holds
    return {
        "method": method,
        "case": case,
        "value": float(value),
        "ours": float(ours),
        "tolerance": float(tolerance),
        "holds": bool(holds),
    }


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print one aligned table."""
    lines = [list(header)] + [[cell(v) for v in row] for row in rows]
    width = [max(len(line[k]) for line in lines) for k in range(len(header))]
    print(title)
    for number, line in enumerate(lines):
        print("  ".join(text.ljust(w) for text, w in zip(line, width, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * w for w in width))


def write_results(name: str, data: dict) -> Path:
    """Write benchmarks/results/NAME.json and return its path."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n")
    return path


table = print_table
write_json = write_results
