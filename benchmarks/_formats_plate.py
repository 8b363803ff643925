"""A 1920x1080 plate with all layers: frames per second, and memory at two lengths.

Each plate is a run of `parabola plate` of its own. Frames per second are those of the wall clock and, because
others may use the machine, of the CPU's own time; the share that does not depend on the length (imports,
compiling) is told apart by the two lengths.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks._formats_rows import row

PROMPT = "a red rubber ball and a steel ball bounce on a wooden floor"
SHORT, LONG = 12, 120
GROWTH_MB = 60.0  # peak memory may differ by so much


def rows() -> list[dict[str, Any]]:
    """Two plates of the predictor's own frames, at two lengths."""
    short, long = _run(SHORT), _run(LONG)
    wall, cpu = long[0] - short[0], long[1] - short[1]
    fresh, form = LONG - SHORT, "plate 1080p"
    grown = abs(long[2] - short[2])
    return [
        row(form, f"{LONG} frames, all layers: frames/s, whole run", round(LONG / long[0], 4), "told", True),
        row(form, "frames/s once it runs, wall clock", round(fresh / wall, 4), "told", True),
        row(form, "CPU seconds a frame once it runs", round(cpu / fresh, 3), "told", True),
        row(form, f"peak memory at {LONG} frames, MB", round(long[2]), "told", True),
        row(
            form, f"off that at {SHORT} frames, MB", round(grown, 1), f"<= {GROWTH_MB:g}", grown <= GROWTH_MB
        ),
    ]


def _run(frames: int) -> tuple[float, float, float]:
    """Wall s, CPU s and peak memory MB of one plate."""
    code = "import resource,sys;from parabola.cli import main;s=main(sys.argv[1:]);" \
           "u=resource.getrusage(resource.RUSAGE_SELF);print(u.ru_maxrss/1024);sys.exit(s)"  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        words = ["plate", PROMPT, "-o", place, "--shot", "SH010", "--frames", str(frames), "--guide-only"]
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
        )
        wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{frames} frames: {wall:.0f} s, {cpu:.0f} CPU s, {done.stdout.split()[-1]} MB", flush=True)
    return wall, cpu, float(done.stdout.split()[-1])
