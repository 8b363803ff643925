"""Correction: finds what a finished picture shows wrongly, mends it, leaves every other pixel bit-exact."""

from typing import Any


def __getattr__(name: str) -> Any:  # light to import: numpy and scipy load when work starts
    if name in ("Corrector", "CorrectorConfig"):
        from correction import corrector

        return getattr(corrector, name)
    raise AttributeError(f"module 'correction' has no attribute {name!r}")
