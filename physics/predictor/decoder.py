"""The predicted frame: background, objects back to front, each where the roll-out has it.

A pixel's value is the mean over the ensemble's belief: objects are drawn as soft as their places are unsure
(up to half a radius, so that nothing dissolves), smeared along the shutter's path, turned and grown as they
were seen to. `sigma` is the standard deviation of the colour: the picture's slope times the place's spread,
plus a two-valued part where an object may or may not be, plus the background's noise and what was never
seen of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates

from physics.estimator.camera import project
from physics.predictor.cast import Cast
from physics.predictor.looks import Patch, draw

UNSEEN = 0.15  # sRGB: standard deviation of background that never showed
SAMPLES = 256  # points on a disc, for the share of it that shows


@dataclass(frozen=True)
class Pose:
    """One actor at one time: `place`, `velocity` (2,) in the frame, `covariance` (2, 2), `radius` px."""

    place: np.ndarray
    velocity: np.ndarray
    covariance: np.ndarray
    radius: float
    angle: float
    scale: float


def decode(
    cast: Cast, poses: list[Pose], frame: float, flowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(rgb (H, W, 3) in [0, 1], sigma (H, W)), float32: the cast at its poses as the camera of `frame`
    sees it; `flowed` (H, W, 3) is the background where a flow carries it, as unsure as it has changed.
    """
    rgb, seen = background(cast, frame)
    sigma = np.full(rgb.shape[:2], cast.noise, np.float32) + np.where(seen, 0, UNSEEN).astype(np.float32)
    if flowed is not None and cast.flow is not None:
        rgb = flowed.copy()
        sigma = sigma + np.abs(flowed - cast.flow.picture).mean(-1).astype(np.float32)
    shape = (cast.height, cast.width)
    for actor, pose in zip(cast.actors, poses, strict=True):
        patch = draw(
            actor.look, pose.place, shape, scale=pose.scale, angle=pose.angle,
            spread=pose.covariance, blur=actor.shutter * pose.velocity, radius=actor.radius,
        )  # fmt: skip
        if patch is not None:
            if cast.front is not None:
                patch = _behind(patch, cast.front)
            _lay(rgb, sigma, patch, pose)
    return np.clip(rgb, 0, 1), sigma


def background(cast: Cast, frame: float) -> tuple[np.ndarray, np.ndarray]:
    """Plate (H, W, 3) and whether it was seen (H, W), as the camera of `frame` sees them."""
    homography = cast.camera(frame)
    if np.allclose(homography, np.eye(3), atol=1e-6):
        return cast.plate.astype(np.float32).copy(), cast.seen
    y, x = np.mgrid[: cast.height, : cast.width] + 0.5
    u, v = project(homography, x, y)
    places = np.stack([v - 0.5, u - 0.5])
    rgb = np.stack(
        [map_coordinates(cast.plate[..., c], places, order=3, mode="nearest") for c in range(3)], axis=-1
    )
    seen = map_coordinates(cast.seen.astype(np.float32), places, order=1, mode="constant") > 0.5
    return np.clip(rgb, 0, 1).astype(np.float32), seen


def _behind(patch: Patch, front: np.ndarray) -> Patch:
    """The part of a patch that nothing stands in front of."""
    free = 1.0 - front[patch.window]
    return Patch(patch.window, patch.colour * free[..., None], patch.alpha * free)


def _lay(rgb: np.ndarray, sigma: np.ndarray, patch: Patch, pose: Pose) -> None:
    """Composite a patch over the frame and add to the uncertainty, in place."""
    below = rgb[patch.window]
    alpha = patch.alpha[..., None]
    above = patch.colour + (1 - alpha) * below
    contrast = np.linalg.norm(patch.colour - alpha * below, axis=-1) / np.sqrt(3)
    slope = np.stack(np.gradient(contrast)) if min(contrast.shape) > 1 else np.zeros((2, *contrast.shape))
    spread = pose.covariance[::-1, ::-1]  # rows first
    shift = np.einsum("iyx,ij,jyx->yx", slope, spread, slope)
    sigma[patch.window] = np.sqrt(
        ((1 - patch.alpha) * sigma[patch.window]) ** 2 + np.minimum(shift, contrast.max() ** 2)
    )
    rgb[patch.window] = above


def visible_shares(cast: Cast, poses: list[Pose]) -> np.ndarray:
    """(N,) share of each actor's disc that is in the picture and not behind one drawn later."""
    angle = np.arange(SAMPLES) * np.pi * (3 - np.sqrt(5))  # sunflower: even over the disc
    spiral = np.sqrt((np.arange(SAMPLES) + 0.5) / SAMPLES)[:, None] * np.stack(
        [np.cos(angle), np.sin(angle)], 1
    )
    shares = np.zeros(len(poses))
    for k, pose in enumerate(poses):
        points = pose.place + pose.radius * spiral
        shown = np.all((points > 0) & (points < [cast.width, cast.height]), axis=1)
        for actor, other in zip(cast.actors[k + 1 :], poses[k + 1 :], strict=True):
            if actor.rides is None:
                shown &= np.linalg.norm(points - other.place, axis=1) > other.radius
        if cast.front is not None:
            x, y = (
                np.clip(points[:, c], 0, n - 1).astype(int) for c, n in ((0, cast.width), (1, cast.height))
            )
            shown &= ~cast.front[y, x]
        shares[k] = shown.mean()
    return shares
