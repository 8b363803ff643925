"""Does the memory of a clip grow with its length?  `python -m benchmarks._speed_memory [--frames 48 480
4800]`

Runs `parabola generate` once per length, each in a process of its own, and prints the most memory that it
held. Holds if the longest clip needs at most GROWTH more than the shortest.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import print_table

GROWTH = 1.05
ASK = """
import resource, sys
from parabola.cli import main
status = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(status)
"""


def peak_mib(frames: int, size: int) -> float:
    """Most MiB resident while a clip of `frames` frames is made and written."""
    with tempfile.TemporaryDirectory() as folder:
        words = [
            "generate",
            "two rubber balls bounce on a wooden floor",
            "-o",
            str(Path(folder) / "clip.mp4"),
        ]
        words += ["--size", f"{size}x{size}", "--frames", str(frames)]
        done = subprocess.run([sys.executable, "-c", ASK, *words], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return int(done.stdout.split()[-1]) / 1024


def main(arguments: Sequence[str] = ()) -> dict:
    """Print the table; returns {frames: MiB} and whether memory is flat."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks._speed_memory")
    parser.add_argument("--frames", type=int, nargs="+", default=[48, 480, 4800])
    parser.add_argument("--size", type=int, default=128, help="width and height, px")
    options = parser.parse_args(arguments)
    peaks = {n: peak_mib(n, options.size) for n in sorted(options.frames)}
    first, last = min(peaks), max(peaks)
    holds = peaks[last] <= GROWTH * peaks[first]
    print_table(
        f"Memory of a clip of {options.size} x {options.size} px",
        ["frames", "most MiB", "pass"],
        [[n, v, holds if n == last else None] for n, v in peaks.items()],
    )
    return {"peak_mib": peaks, "pass": holds}


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["pass"] else 1)
