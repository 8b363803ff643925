"""A 1920x1080 plate with all layers: frames per second, and whether memory grows with the length.

One plate of the predictor's own frames, made in a process of its own. Peak memory is read after frame EARLY
and at the end. Frames per second are those of the wall clock and, because others may use the machine, of
the CPU's own time, both from EARLY on: imports and compiling come before.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from benchmarks._formats_rows import row

PROMPT = "a red rubber ball and a steel ball bounce on a wooden floor"
EARLY, FRAMES = 12, 120
GROWTH_MB = 60.0  # by so much peak memory may grow from EARLY on
CHILD = """
import json, resource, sys, tempfile, time
from pathlib import Path
from parabola.api import as_scene
from parabola.film.deliver import Delivery, make_plate

prompt, count, early = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
told = []

def tell(k, _frame):
    if k + 1 in (early, count) or (k + 1) % 10 == 0:
        used = resource.getrusage(resource.RUSAGE_SELF)
        told.append([k + 1, time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024])
        print("PLATE", json.dumps(told[-1]), file=sys.stderr, flush=True)

began = time.monotonic()
scene = as_scene(prompt, width=1920, height=1080, num_frames=count, fps=24, seed=0)
with tempfile.TemporaryDirectory() as place:
    made = make_plate(scene, Path(place), "SH010", "PL01", 1, Delivery(), progress=tell, guide_only=True)
    size = sum(p.stat().st_size for p in Path(made["out"]).glob("*/*.exr")) / count / 1e6
print(json.dumps({"told": told, "frame_mb": size}))
"""


def rows() -> list[dict[str, Any]]:
    """One plate, watched."""
    words = [PROMPT, str(FRAMES), str(EARLY)]
    command = [sys.executable, "-c", CHILD, *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    made = json.loads(done.stdout.splitlines()[-1])
    told = {k: rest for k, *rest in made["told"]}
    (wall0, cpu0, peak0), (wall1, cpu1, peak1) = told[EARLY], told[FRAMES]
    count, form = FRAMES - EARLY, "plate 1080p"
    return [
        row(form, f"{FRAMES} frames, all layers: frames/s, all", round(FRAMES / wall1, 4), "told", True),
        row(form, "frames/s once it runs, wall", round(count / (wall1 - wall0), 4), "told", True),
        row(form, "frames/s once it runs, CPU time", round(count / (cpu1 - cpu0), 4), "told", True),
        row(form, "MB a frame, all layers", round(made["frame_mb"], 2), "told", True),
        row(form, f"peak memory at {FRAMES} frames, MB", round(peak1), "told", True),
        row(form, f"more than at {EARLY} frames, MB", round(peak1 - peak0, 1), f"<= {GROWTH_MB:g}",
            peak1 - peak0 <= GROWTH_MB),
    ]  # fmt: skip
