"""Objects on a plain background, watched without learning a plate: for three frames and more.

With three frames nothing can be learnt from time: a slow disc hides the same background in all of them. But
a plain background tells itself (physics.predictor.still), and a flat disc tells its place to a thousandth
of a pixel (physics.predictor.disc). Objects are matched from frame to frame by the assignment with the
least change of place, colour and size (Kuhn 1955).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import binary_dilation, binary_erosion
from scipy.optimize import linear_sum_assignment

from physics.predictor.disc import FLAT, DiscFit, centroid, cover, fit_disc
from physics.predictor.looks import Cutout, Disc, Look
from physics.predictor.sighting import Sighting
from physics.predictor.still import Blob, find_blobs, plain_background

FAR, OTHER = 1.5, 0.15  # radii that an object may move in a frame, change of colour: cost 1 each in matching
WORST = 6.0  # cost above which two blobs are not one object
EVEN_COLOUR = 0.02  # spread of an inside that counts as flat
BLOB_SIGMA = 0.08  # px: what the centroid of a cut-out is taken to be worth
SHARP = 0.9  # px: an edge narrower than an antialiased one belongs to the disc itself


def brief_sightings(frames: np.ndarray, first: int) -> tuple[tuple[Sighting, ...], np.ndarray, float] | None:
    """(objects, background colour (3,), noise) of frames uint8 (K, H, W, 3) of which the first has number
    `first`.

    None where the background is not plain, or where an object appears, leaves or merges on the way.
    """
    pictures = frames.astype(np.float32) / 255
    found = [plain_background(p) for p in pictures]
    if any(f is None for f in found):
        return None
    colour = np.mean([f[0] for f in found if f], axis=0)
    noise = float(np.mean([f[1] for f in found if f]))
    chains = _chains([find_blobs(p, colour, noise) for p in pictures])
    if chains is None:
        return None
    times = np.arange(len(frames), dtype=float) + first
    seen = [_sighting(k + 1, chain, pictures, colour, noise, times) for k, chain in enumerate(chains)]
    return tuple(seen), colour, noise


def _chains(blobs: list[list[Blob]]) -> list[list[Blob]] | None:
    """The same object's blobs through all frames, or None where the count changes or one jumps."""
    if len({len(b) for b in blobs}) != 1:
        return None
    chains = [[blob] for blob in blobs[0]]
    for following in blobs[1:]:
        cost = np.array([[_change(chain, blob) for blob in following] for chain in chains]).reshape(
            len(chains), len(following)
        )
        rows, columns = linear_sum_assignment(cost)
        if len(cost) and cost[rows, columns].max() > WORST:
            return None
        for row, column in zip(rows, columns, strict=True):
            chains[row].append(following[column])
    return chains


def _change(chain: list[Blob], blob: Blob) -> float:
    last = chain[-1]
    expected = last.centre if len(chain) < 2 else 2 * last.centre - chain[-2].centre
    radius = np.sqrt(last.area / np.pi)
    size = abs(np.log(blob.area / last.area))
    far = float(np.linalg.norm(blob.centre - expected) / (FAR * radius + 10))
    return far + float(np.abs(blob.colour - last.colour).max()) / OTHER + size


def _sighting(
    number: int, chain: list[Blob], pictures: np.ndarray, background: np.ndarray, noise: float,
    times: np.ndarray,
) -> Sighting:  # fmt: skip
    fit, contact, growth = _as_disc(chain, pictures, background, noise, times), 0.0, None
    if fit is not None:
        centre, covariance, radius, growth = fit.centre, fit.covariance, fit.radius, fit.growth
        look: Look = Disc(np.mean([b.colour for b in chain], axis=0), float(radius[-1]), fit.edge)
        contact = 0.5 * fit.edge if fit.edge < SHARP else 0.0
    else:
        look, centre, covariance, radius = _as_cutout(chain, pictures, background, noise)
    return Sighting(
        id=number, time=times, place=centre, seen_at=centre, covariance=covariance, radius=radius,
        visible=_shown(centre, radius, pictures.shape[1:3]), look=look, contact=contact, growth=growth,
    )  # fmt: skip


def _as_disc(chain, pictures, background, noise, times) -> DiscFit | None:
    """The disc that explains all frames, or None where the object is not a flat disc."""
    colour = np.mean([b.colour for b in chain], axis=0)
    if max(b.flat for b in chain) > max(EVEN_COLOUR, 3 * noise):
        return None
    step = float(np.linalg.norm(colour - background))
    if step < 0.05:
        return None
    low = np.min([[s.start for s in b.window] for b in chain], axis=0)
    high = np.max([[s.stop for s in b.window] for b in chain], axis=0)
    box = slice(low[0], high[0]), slice(low[1], high[1])
    alphas = np.array(
        [_alone(p, blob, box, colour, background) for p, blob in zip(pictures, chain, strict=True)]
    )
    parts = [centroid(a) for a in alphas]
    shift = low[::-1].astype(float)
    guesses, radius = np.array([c for c, _ in parts]), float(np.sqrt(max(a for _, a in parts) / np.pi))
    height, width = pictures.shape[1:3]
    cut = _shown(guesses + shift, np.full(len(chain), radius), (height, width)) < 0.999
    if cut.any():
        return None
    fit = fit_disc(alphas, guesses, radius, times, noise / step)
    if fit.rms > max(FLAT, 2 * noise / step):
        return None
    return replace(fit, centre=fit.centre + shift)


def _alone(picture, blob: Blob, box, colour, background) -> np.ndarray:
    """Cover of one object in a box; other objects' pixels do not count."""
    alpha = np.zeros((box[0].stop - box[0].start, box[1].stop - box[1].start))
    rows = slice(blob.window[0].start - box[0].start, blob.window[0].stop - box[0].start)
    columns = slice(blob.window[1].start - box[1].start, blob.window[1].stop - box[1].start)
    alpha[rows, columns] = cover(picture[blob.window].astype(float), background, colour)
    return alpha


def _as_cutout(chain, pictures, background, noise):
    """Look, centres (K, 2), covariances and radii of an object that is no flat disc, by its soft outline."""
    centres, radii = [], []
    for picture, blob in zip(pictures, chain, strict=True):
        alpha = _matte(picture[blob.window], background, blob, noise)
        middle, area = centroid(alpha)
        centres.append(middle + [blob.window[1].start, blob.window[0].start])
        radii.append(np.sqrt(area / np.pi))
    blob, picture = chain[-1], pictures[-1]
    alpha = _matte(picture[blob.window], background, blob, noise)
    colour = np.clip(picture[blob.window] - (1 - alpha[..., None]) * background, 0, alpha[..., None])
    corner = np.array([blob.window[1].start, blob.window[0].start])
    look = Cutout(colour.astype(np.float32), alpha.astype(np.float32), centres[-1] - corner)
    covariance = np.repeat(np.eye(2)[None] * (BLOB_SIGMA**2), len(chain), 0)
    return look, np.array(centres), covariance, np.array(radii)


def _matte(picture: np.ndarray, background: np.ndarray, blob: Blob, noise: float) -> np.ndarray:
    """Cover by distance from the background, 1 inside, 0 outside the blob's surroundings."""
    off = np.sqrt(((picture - background) ** 2).sum(-1))
    edge = max(float(np.median(off[blob.mask])), 1e-3)
    soft = np.clip((off - 2 * noise) / (0.7 * edge), 0.0, 1.0)
    inside = binary_erosion(blob.mask, iterations=2)
    return np.where(inside, 1.0, soft * binary_dilation(blob.mask, iterations=2))


def _shown(centre: np.ndarray, radius: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Share of each box that lies in the picture: 1 where the object is whole."""
    r = radius[:, None]
    inside = np.minimum(centre + r, shape[::-1]) - np.maximum(centre - r, 0)
    return np.clip(inside / (2 * r), 0, 1).prod(1)
