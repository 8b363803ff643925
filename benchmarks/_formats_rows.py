"""What the parts of `benchmarks.formats` share: their rows, a small scene, warping by vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from physics.scene import Body, Box, Camera, Ground, Scene, Surface

WARP_DB = 35.0  # PSNR from which vectors are right


def row(form: str, check: str, value: Any, bar: str, holds: bool) -> dict[str, Any]:
    """One line of the table."""
    return {"format": form, "check": check, "value": value, "bar": bar, "holds": bool(holds)}


def equal(form: str, check: str, value: Any, wanted: Any) -> dict[str, Any]:
    """A line that holds where the value is the one that is wanted."""
    return row(form, check, str(value), f"= {wanted}", value == wanted)


def below(form: str, check: str, value: float, most: float) -> dict[str, Any]:
    """A line that holds where the value is at most `most`."""
    return row(form, check, round(float(value), 5), f"<= {most:g}", value <= most)


def above(form: str, check: str, value: float, least: float) -> dict[str, Any]:
    """A line that holds where the value is at least `least`."""
    return row(form, check, round(float(value), 3), f">= {least:g}", value >= least)


def small_scene(width: int = 384, height: int = 216, frames: int = 3) -> Scene:
    """Two balls in flight and a box under a moving camera; names that need escaping and numbering."""
    rubber = Surface(colour=(0.75, 0.16, 0.12), colour2=(0.9, 0.85, 0.7), pattern="beach_ball", roughness=0.9)
    ball = Body(
        name="ball", position=(-0.3, 0.7, 0.0), velocity=(1.2, 0.6, 0.0), angular_velocity=(0, 0, -2.0),
        radius=0.28, surface=rubber,
    )  # fmt: skip
    other = Body(name="ball", position=(0.5, 0.5, -0.6), velocity=(-0.4, 1.0, 0.0), radius=0.2)
    grey = Surface(colour=(0.5, 0.5, 0.52), roughness=0.9)
    return Scene(
        prompt="two balls and a box", bodies=(ball, other),
        boxes=(Box(name='crate "é"', centre=(1.2, 0.25, -0.5), half_size=(0.25, 0.25, 0.25), surface=grey),),
        ground=Ground(surface=Surface(colour=(0.6, 0.58, 0.55), pattern="wood", roughness=0.9)),
        camera=Camera(position=(0.0, 0.9, 3.0), look_at=(0.1, 0.5, 0.0), move="orbit", rate=12.0),
        width=width, height=height, num_frames=frames, fps=24000 / 1001,
    )  # fmt: skip


def warped_db(now: np.ndarray, then: np.ndarray, flow: np.ndarray, valid: np.ndarray) -> float:
    """PSNR in dB of `now` (H, W, 3) against `then` sampled at x + flow (H, W, 2; px, y down), where valid."""
    h, w = valid.shape
    y, x = np.mgrid[:h, :w]
    at = np.stack([y + flow[..., 1], x + flow[..., 0]])
    seen = np.stack(
        [ndimage.map_coordinates(c, at, order=3, mode="nearest") for c in np.moveaxis(then, -1, 0)], -1
    )
    inside = (at[0] > 2) & (at[0] < h - 3) & (at[1] > 2) & (at[1] < w - 3)
    error = np.mean((np.clip(seen, 0, 1) - now)[valid & inside] ** 2)
    return float(10 * np.log10(1 / max(error, 1e-12)))


def lasting(now: np.ndarray, then: np.ndarray, flow: np.ndarray, reach: int = 2) -> np.ndarray:
    """Pixels (H, W) whose thing, by id planes, is there in both frames, `reach` px around too."""
    h, w = now.shape
    y, x = np.mgrid[:h, :w]
    ty = np.clip(np.round(y + flow[..., 1]).astype(int), 0, h - 1)
    tx = np.clip(np.round(x + flow[..., 0]).astype(int), 0, w - 1)
    edge_now = ndimage.maximum_filter(now, 2 * reach + 1) != ndimage.minimum_filter(now, 2 * reach + 1)
    edge_then = ndimage.maximum_filter(then, 2 * reach + 1) != ndimage.minimum_filter(then, 2 * reach + 1)
    return (now == then[ty, tx]) & ~edge_now & ~edge_then[ty, tx]
