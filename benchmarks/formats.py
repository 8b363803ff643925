"""Is every file that is written what its readers expect? Written, and read back by somebody else's reader.

python -m benchmarks.formats [--only film video games loops plate]

Readers: OpenImageIO (EXR, 16-bit PNG), FFmpeg's libraries (video), Pillow (animations, sheets),
OpenTimelineIO, and Blender's `bpy` where a Python that has it is named in PARABOLA_BPY. Each
`benchmarks/_formats_NAME.py` gives `rows()`: format, check, value, bar, whether it holds. `plate` (a
1920x1080 shot with all layers: frames per second and peak memory at two lengths) is long and runs only when
it is named.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from benchmarks.report import RESULTS, print_table, write_results

COLUMNS = ("format", "check", "value", "bar", "holds")
USUAL = ("film", "video", "games", "loops")
NAMES = (*USUAL, "plate")


def main(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Run the benchmark; returns what it found, and keeps it beside what is known of the other parts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.formats")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=USUAL, help="check these parts alone")
    only = parser.parse_args(arguments).only
    found = {name: import_module(f"benchmarks._formats_{name}").rows() for name in only}
    rows = [[row[c] for c in COLUMNS] for part in found.values() for row in part]
    print_table("Files read back by other readers", COLUMNS, rows)
    print(f"{sum(bool(row[-1]) for row in rows)} of {len(rows)} checks hold")
    kept = RESULTS / "formats.json"
    write_results("formats", {**(json.loads(kept.read_text()) if kept.exists() else {}), **found})
    return {"formats": found, "pass": all(row[-1] for row in rows)}


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
