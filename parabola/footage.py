"""Training samples from a folder of footage: the truth is the frame, the guide is estimated from its
neighbours.

Per clip: the background is learned by robust means over the clip, objects are what stands out of it, and
their motion is where each stood one frame before (optimal assignment by place and colour;
`physics.estimator`). The prior of a frame is the background with every object of the frame before, moved:
what a predictor could say, and the painter learns what is missing. Normals face the camera, light is the
default: footage does not tell them. Samples have the form of `diffusion.dataset`, so training on worlds, on
footage or on both is one thing. Limits: the camera stands still; up to MOST objects; clips are shrunk by
whole factors to LONGEST px.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from parabola.media import Source, read_clip
from physics.estimator.camera import moving
from physics.estimator.detect import Blob, Ground, detect, ready
from physics.estimator.plate import learn

SIDE, LONGEST = 128, 768  # px: of a sample; clips are shrunk to
FEWEST, LONG, LARGE = 8, 20_000, 8192  # frames, frames, px: shorter, longer and larger clips are left out
LEARNT, PER_CLIP, MOST = 24, 40, 16  # frames for the background; samples of a clip; objects
FAR = 0.12  # of the picture's longer side: no object moves further in one frame


@dataclass(frozen=True)
class Pair:
    """Two neighbouring frames, uint8 (H, W, 3), shrunk."""

    before: np.ndarray
    now: np.ndarray


def make_samples(folder: Path, out: Path) -> tuple[int, list[tuple[str, str]]]:
    """Samples of all clips in `folder` into `out`; how many there are, and (name, reason) of what was left
    out.

    Clips whose samples are there already are not read again.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; give one with video files in it")
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    out.mkdir(parents=True, exist_ok=True)
    skipped = []
    for number, path in enumerate(files):
        try:
            _from_clip(path, out, number)
        except (ValueError, OSError, EOFError, MemoryError) as error:
            skipped.append((path.name, str(error).splitlines()[0]))
    count = len(list(out.glob("[0-9]*.npz")))
    (out / "skipped.txt").write_text("".join(f"{n}: {why}\n" for n, why in skipped), encoding="utf-8")
    if not count:
        why = f"; the first: {skipped[0][0]}: {skipped[0][1]}" if skipped else ""
        raise ValueError(f"nothing to train on in {folder}: {len(files)} files, none of use{why}")
    return count, skipped


def _from_clip(path: Path, out: Path, number: int) -> None:
    done = out / f".{number:04d}-{path.stat().st_size}.done"
    if done.exists():
        return
    clip = read_clip(path)
    ground = _background(clip)
    rng = np.random.default_rng([number, clip.num_frames])
    for k, pair in enumerate(_pairs(clip)):
        sample = make_sample(pair, ground, rng)
        part = out / f".{os.getpid()}.npz"
        np.savez(part, **sample)  # type: ignore[arg-type]
        part.replace(out / f"{number:04d}{k:04d}.npz")
    done.touch()


def _check(clip: Source) -> None:
    """Refuse what cannot teach anything, with the reason."""
    w, h, n = clip.width, clip.height, clip.num_frames
    if n < FEWEST:
        raise ValueError(f"{n} frame{'s' if n != 1 else ''}; a background takes at least {FEWEST}")
    if min(w, h) < SIDE:
        raise ValueError(f"{w} x {h} px is too small; samples are {SIDE} px wide")
    if max(w, h) > LARGE or n > LONG:
        raise ValueError(f"{w} x {h} px, {n} frames is too large; at most {LARGE} px and {LONG} frames")


def _background(clip: Source) -> Ground:
    _check(clip)
    step = max(clip.num_frames // LEARNT, 1)
    stack = np.stack([_shrunk(f, clip) for f in islice(clip.frames(), 0, None, step)][:LEARNT])
    if len(stack) < min(LEARNT, clip.num_frames // step) // 2:
        raise ValueError(f"only {len(stack)} of the frames that its header promises can be read")
    if moving(stack):
        raise ValueError("its camera moves; only still cameras can be used")
    return ready(learn(stack))


def _shrunk(frame: np.ndarray, clip: Source) -> np.ndarray:
    """Means over whole blocks, so that the longer side is at most LONGEST and the shorter at least SIDE."""
    factor = min(-(-max(clip.width, clip.height) // LONGEST), min(clip.width, clip.height) // SIDE)
    h, w = (n // factor for n in frame.shape[:2])
    blocks = frame[: h * factor, : w * factor].reshape(h, factor, w, factor, 3)
    return frame if factor == 1 else np.asarray(blocks.mean((1, 3)) + 0.5, np.uint8)


def _pairs(clip: Source) -> Iterator[Pair]:
    """Up to PER_CLIP pairs of neighbours, spread over the clip."""
    step, before = max(clip.num_frames // PER_CLIP, 2), None
    for k, frame in enumerate(clip.frames()):
        if k // step >= PER_CLIP:
            return
        if k % step == 1 and before is not None:
            yield Pair(before, _shrunk(frame, clip))
        before = _shrunk(frame, clip) if k % step == 0 else None


def make_sample(pair: Pair, ground: Ground, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A crop around something that moves: planes (1, SIDE, SIDE, C), truth, motion, ident, light."""
    from diffusion.condition import COLOUR_PLANES, LIGHT_SIZE, PLANES, light_vector
    from physics.scene import Light

    prior, ident, motion = estimate(pair, ground)
    y, x = _corner(ident, rng)
    crop = slice(y, y + SIDE), slice(x, x + SIDE)
    planes = np.zeros((1, SIDE, SIDE, PLANES), np.float16)
    for k in range(3):  # prior, rgb and base all say the same
        planes[0, ..., 3 * k : 3 * k + 3] = prior[crop]
    planes[0, ..., 3 * len(COLOUR_PLANES) + 2] = 1.0  # normals that face the camera
    planes[0, ..., -1] = 1.0  # cover
    return {
        "planes": planes,
        "truth": (pair.now[crop] / np.float32(255)).astype(np.float16),
        "motion": motion[crop][None].astype(np.float16),
        "ident": ident[crop][None].astype(np.uint8),
        "light": np.asarray(light_vector(Light())).reshape(LIGHT_SIZE).astype(np.float32),
    }


def estimate(pair: Pair, ground: Ground) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prior (H, W, 3) sRGB, object ids (H, W), motion to the frame before (H, W, 2) px."""
    prior = np.array(ground.plate.colour, np.float32)
    ident, motion = np.zeros(prior.shape[:2], np.int32), np.zeros((*prior.shape[:2], 2), np.float32)
    before, now = (detect(f, ground)[:MOST] for f in (pair.before, pair.now))
    for number, (i, j) in enumerate(_matched(before, now, FAR * max(prior.shape)), 1):
        step = now[j].centre - before[i].centre
        _paste(prior, before[i], np.round(step).astype(int))
        cut = now[j].cutout
        if cut is not None:
            ident[cut.box][cut.mask] = number
            motion[cut.box][cut.mask] = -step
    return prior, ident, motion


def _matched(before: list[Blob], now: list[Blob], far: float) -> list[tuple[int, int]]:
    """Indices of the same object in both frames."""
    if not before or not now:
        return []
    cost = np.array([[_unlike(a, b) for b in now] for a in before])
    rows, columns = linear_sum_assignment(cost)
    near = [np.linalg.norm(before[i].centre - now[j].centre) < far for i, j in zip(rows, columns)]
    return [(int(i), int(j)) for i, j, ok in zip(rows, columns, near) if ok]


def _unlike(a: Blob, b: Blob) -> float:
    """px: distance, colour and size together."""
    size = abs(np.log(max(a.area, 1.0) / max(b.area, 1.0)))
    return float(np.linalg.norm(a.centre - b.centre) + 100 * np.linalg.norm(a.colour - b.colour) + 20 * size)


def _paste(prior: np.ndarray, blob: Blob, step: np.ndarray) -> None:
    """The object's own pixels into `prior`, moved by whole px."""
    if blob.cutout is None:
        return
    y, x = np.nonzero(blob.cutout.mask)
    to_x, to_y = x + blob.cutout.corner[0] + step[0], y + blob.cutout.corner[1] + step[1]
    inside = (to_x >= 0) & (to_y >= 0) & (to_x < prior.shape[1]) & (to_y < prior.shape[0])
    prior[to_y[inside], to_x[inside]] = blob.cutout.pixels[y[inside], x[inside]]


def _corner(ident: np.ndarray, rng: np.random.Generator) -> tuple[int, int]:
    """Top left of a crop, around a moving pixel where there is one."""
    h, w = ident.shape
    y, x = np.nonzero(ident)
    k = rng.integers(len(y)) if len(y) else 0
    centre = np.array([y[k], x[k]]) if len(y) else rng.uniform(0, [h, w])
    top = np.clip(centre + rng.normal(0, SIDE / 4, 2) - SIDE / 2, 0, [h - SIDE, w - SIDE])
    return int(top[0]), int(top[1])
