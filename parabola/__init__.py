"""Parabola: video whose motion is physics and whose light is painted by a small diffusion model.

clip = parabola.generate("two rubber balls bounce on a wooden floor")
clip.save("clip.mp4")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parabola.api import correct, generate, predict
    from parabola.clip import Clip, load_clip
    from parabola.pipelines import ParabolaPipeline

__version__ = "0.1.0"
__all__ = ["Clip", "ParabolaPipeline", "__version__", "correct", "generate", "load_clip", "predict"]

_HOMES = {
    "generate": "api", "predict": "api", "correct": "api", "Clip": "clip", "load_clip": "clip",
    "ParabolaPipeline": "pipelines",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import on first use, so that the command line answers at once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'parabola' has no attribute {name!r}")
    return getattr(import_module(f"parabola.{_HOMES[name]}"), name)
