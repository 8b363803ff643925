"""One script per question; each prints a table and writes benchmarks/results/NAME.json."""

BENCHMARKS = (
    "physics",
    "speed",
    "look",
    "quality",
    "drift",
    "faithful",
    "worlds",
    "correction",
    "phyworld",
    "unknown",
    "formats",
    "control",
)  # what `parabola bench` runs, in order
