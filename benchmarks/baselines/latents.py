"""Space-time patches as short vectors: the linear tokeniser of the video transformer.

Video transformers work on latents (Rombach et al. 2022; LTX-Video, Wan). Here the encoder is the best linear
one, principal components of the patches of training clips in one common scale, so that it costs no training
and nothing of a patch is hidden from the transformer but what KEPT components leave out. Fitting it once is
not charged to the rival's account.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jax import Array

PATCH = (4, 8, 8)  # frames, px, px
KEPT = 96  # of 768 numbers of a patch


@dataclass(frozen=True)
class Latents:
    """z = (patch - mean) encode; patch = mean + z decode."""

    mean: np.ndarray  # (numbers,)
    encode: np.ndarray  # (numbers, KEPT)
    decode: np.ndarray  # (KEPT, numbers)

    def of(self, x: Array) -> Array:
        """Clips (B, T, H, W, 3) in [-1, 1] -> (B, tokens, KEPT)."""
        return (patches(x) - self.mean) @ self.encode

    def frames(self, z: Array, shape: tuple[int, int, int]) -> Array:
        """Inverse of `of`, but for what the components leave out; shape (T, H, W)."""
        return frames(z @ self.decode + self.mean, shape)


def fit(clips: np.ndarray, kept: int = KEPT) -> Latents:
    """Components of the patches of `clips` (N, T, H, W, 3) in [-1, 1]; their mean variance is 1."""
    x = np.concatenate([np.asarray(patches(jnp.asarray(part))) for part in np.array_split(clips, 8)])
    x = x.reshape(-1, x.shape[-1]).astype(np.float64)
    mean = x.mean(0)
    power, axes = np.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    axes, scale = axes[:, ::-1][:, :kept], np.sqrt(power[::-1][:kept].mean())
    return Latents(*(np.float32(a) for a in (mean, axes / scale, axes.T * scale)))


def patches(x: Array) -> Array:
    """(B, T, H, W, 3) -> (B, tokens, numbers), time the slowest."""
    b, t, h, w, c = x.shape
    f, p, q = PATCH
    x = x.reshape(b, t // f, f, h // p, p, w // q, q, c).transpose(0, 1, 3, 5, 2, 4, 6, 7)
    return x.reshape(b, -1, f * p * q * c)


def frames(tokens: Array, shape: tuple[int, int, int]) -> Array:
    """Inverse of `patches`."""
    (t, h, w), (f, p, q) = shape, PATCH
    x = tokens.reshape(len(tokens), t // f, h // p, w // q, f, p, q, 3).transpose(0, 1, 4, 2, 5, 3, 6, 7)
    return x.reshape(len(tokens), t, h, w, 3)
