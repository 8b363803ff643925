"""Parabola for ComfyUI: copy or link this folder into ComfyUI/custom_nodes, and `pip install parabola`."""

from .nodes import comfy_entrypoint

__all__ = ["comfy_entrypoint"]
