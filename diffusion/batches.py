"""Batches from a folder of samples (see `diffusion.dataset`), held in memory as float16."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from diffusion.condition import COLOUR_PLANES

NORMAL_X = 3 * len(COLOUR_PLANES)  # channel that changes sign when a picture is mirrored


class Samples:
    """All samples of some folders: `singles` of one frame, `clips` of several; `refresh` finds new ones."""

    def __init__(self, *folders: Path):
        self.folders, self.seen = folders, set[Path]()
        self.singles: list[dict] = []
        self.clips: list[dict] = []
        self.refresh()
        if not self.singles:
            raise ValueError(
                f"no training samples in {', '.join(map(str, folders))}; make some with:"
                f" python -m diffusion.dataset {folders[0]}"
            )

    def refresh(self) -> None:
        """Read the files that have appeared since the last call."""
        for path in sorted(p for folder in self.folders for p in folder.glob("[0-9]*.npz")):
            if path in self.seen:
                continue
            self.seen.add(path)
            with np.load(path) as f:
                sample = {k: f[k] for k in f.files}
            (self.clips if len(sample["planes"]) > 1 else self.singles).append(sample)

    def singles_batch(self, rng: np.random.Generator, count: int, side: int) -> dict[str, np.ndarray]:
        """planes (B, side, side, C), truth (B, side, side, 3), light (B, L); clips give their last frame."""
        total = len(self.singles) + len(self.clips)
        rows = [self._pick(i) for i in rng.integers(total, size=count)]
        cut = [_cut(rng, s, side) for s in rows]
        return {
            "planes": np.stack([c["planes"][-1] for c in cut]),
            "truth": np.stack([c["truth"] for c in cut]),
            "light": np.stack([c["light"] for c in cut]),
        }

    def clips_batch(self, rng: np.random.Generator, count: int, side: int) -> dict[str, np.ndarray]:
        """As above with planes (B, S, ...), motion (B, S, side, side, 2), ident (B, S, side, side)."""
        cut = [_cut(rng, self.clips[i], side) for i in rng.integers(len(self.clips), size=count)]
        return {k: np.stack([c[k] for c in cut]) for k in cut[0]}

    def _pick(self, i: int) -> dict:
        return self.singles[i] if i < len(self.singles) else self.clips[i - len(self.singles)]


def _cut(rng: np.random.Generator, sample: dict, side: int) -> dict[str, np.ndarray]:
    """A random square of the crop, mirrored half of the time, as float32."""
    full = sample["truth"].shape[0]
    y, x = rng.integers(full - side + 1, size=2)
    flip = slice(None, None, -1 if rng.random() < 0.5 else 1)
    out = {"light": sample["light"], "truth": sample["truth"][y : y + side, x : x + side][:, flip]}
    for key in ("planes", "motion", "ident"):
        out[key] = sample[key][:, y : y + side, x : x + side][:, :, flip]
    out = {k: np.array(v, np.int32 if k == "ident" else np.float32) for k, v in out.items()}
    if flip.step == -1:
        out["planes"][..., NORMAL_X] *= -1
        out["motion"][..., 0] *= -1
    return out
