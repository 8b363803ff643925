"""`--time-remap 0:0,1:1,3:1.2`: which simulated second is shown at which second of the clip."""

from __future__ import annotations

from parabola import checks
from physics.scene import TimeKey


def parse_remap(text: str) -> tuple[TimeKey, ...]:
    """'0:0,1:1' -> keys; ValueError where it cannot be read or time would run back."""
    example = "FILM:SIMULATED pairs of seconds such as 0:0,1:1,3:1.2"
    keys = []
    for pair in text.split(","):
        film, mark, shown = pair.partition(":")
        if not mark:
            raise ValueError(f"cannot read {pair!r} as a key; give {example}")
        keys.append(TimeKey(film_s=checks.number(film, example), simulated_s=checks.number(shown, example)))
    if len(keys) < 2:
        raise ValueError(f"one key says no rate; give {example}")
    return tuple(keys)
