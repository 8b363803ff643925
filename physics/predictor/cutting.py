"""Objects cut out of a single picture, and the background behind them.

Colour models as in GrabCut (Rother, Kolmogorov and Blake 2004): a Gaussian mixture for the object, one for
what surrounds it, fitted in turn with the labels. Labels are not cut but relaxed: mean-field steps of the
same contrast-sensitive Potts energy (weights exp(-beta |dI|^2) between neighbours), whose probabilities
serve as the matte. Without a box, objects are what the border's colours do not explain. What is behind
them, and the shadow that goes with each, is physics.predictor.behind.

Limits: an object in the colours of its surroundings is not found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import (
    binary_closing,
    binary_dilation,
    binary_erosion,
    binary_fill_holes,
    binary_opening,
    find_objects,
    gaussian_filter,
    label,
)

from physics.predictor.behind import FAINT, behind, shadow_of, unsure, without_ground
from physics.predictor.looks import Cutout
from physics.predictor.still import find_blobs, plain_background

COLOURS = 4  # Gaussians in a colour model
ROUNDS, SWEEPS = 4, 12
COUPLING = 2.5  # nats for agreeing with all neighbours
SAMPLE = 6000  # pixels that a colour model is fitted to
RING = 0.35  # of a box: how far around it the background is learnt
ODD = 14.0  # squared distance from the border's colours, in their own spread, that is no background
THIN = 0.008  # of the picture's shorter side: what is thinner is an edge between parts of the background
SMALLEST = 0.0004  # of the picture's area
LARGEST = 0.5
MOST = 12  # objects
ALIKE = 0.015  # sRGB: an object and its surroundings differ by more than that

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Piece:
    """An object of a still: its `look`, `centre` (2,) px, half its size (2,) px, how `round` it is (1: a
    disc).
    """

    look: Cutout
    centre: np.ndarray
    half: np.ndarray
    round: float
    shadow: Cutout | None = None  # on the ground about it; its centre is the object's


def cut_still(picture: np.ndarray, boxes: tuple[Box, ...] = ()) -> tuple[tuple[Piece, ...], np.ndarray]:
    """(objects, background (H, W, 3)) of a picture (H, W, 3) in [0, 1]; `boxes` (x, y, w, h) px name the
    objects.
    """
    mattes = [_matte_in(picture, box) for box in boxes] if boxes else _found(picture)
    if not mattes:
        return (), picture
    bare = behind(picture, unsure(mattes))
    mattes = [without_ground(picture, bare, matte) for matte in mattes]
    shadows = [shadow_of(picture, bare, matte, mattes) for matte in mattes]
    hidden = binary_dilation(np.max(mattes, 0) > 0.02, iterations=3)
    gone = hidden | np.any([s > FAINT for s in shadows], axis=0)
    plate = np.where(gone[..., None], bare, picture)
    return tuple(_piece(picture, plate, m, s) for m, s in zip(mattes, shadows, strict=True)), plate


def _found(picture: np.ndarray) -> list[np.ndarray]:
    """Mattes (H, W) of the objects that stand out from the border's colours, largest first."""
    plain = plain_background(picture)
    blobs = [(b.window, b.mask) for b in find_blobs(picture, *plain)] if plain is not None else []
    boxes = [window for window, mask in blobs if _alone(picture, window, mask)]
    if not boxes:
        boxes = [window for window, mask in _odd_regions(picture) if _alone(picture, window, mask)]
    whole = []
    for rows, columns in boxes[:MOST]:
        w, h = columns.stop - columns.start, rows.stop - rows.start
        slack = 0.12 * max(w, h)
        whole.append(
            _matte_in(picture, (columns.start - slack, rows.start - slack, w + 2 * slack, h + 2 * slack))
        )
    return whole


def _alone(picture: np.ndarray, window: tuple[slice, slice], mask: np.ndarray) -> bool:
    """Whether a region has the size of an object and background all around it."""
    rows, columns = window
    height, width = picture.shape[:2]
    inside = rows.start > 0 and columns.start > 0 and rows.stop < height and columns.stop < width
    return bool(inside and SMALLEST < mask.sum() / (height * width) < LARGEST)


def _odd_regions(picture: np.ndarray):
    """(window, mask) of the regions that a colour model of the border does not explain."""
    n = max(2, round(0.04 * min(picture.shape[:2])))
    rim = np.concatenate(
        [p.reshape(-1, 3) for p in (picture[:n], picture[:, :n], picture[:, -n:], picture[-n:])]
    )
    odd = _Mixture.fitted(rim).distance(gaussian_filter(picture, (1, 1, 0)).reshape(-1, 3))
    mask = np.asarray(binary_fill_holes(binary_closing(odd.reshape(picture.shape[:2]) > ODD, iterations=2)))
    mask = binary_opening(
        mask, iterations=max(2, round(THIN * min(picture.shape[:2])))
    )  # a horizon's mixed colours
    labels = np.empty(mask.shape, int)
    label(mask, output=labels)
    found = []
    for number, box in enumerate(find_objects(labels), start=1):
        rows, columns = (slice(max(s.start - 3, 0), min(s.stop + 3, m)) for s, m in zip(box, mask.shape))
        found.append(((rows, columns), labels[rows, columns] == number))
    return sorted(found, key=lambda part: -np.count_nonzero(part[1]))


def _matte_in(picture: np.ndarray, box: Box) -> np.ndarray:
    """Matte (H, W) of the object in a box."""
    x, y, w, h = box
    height, width = picture.shape[:2]
    grow = RING * max(w, h) + 4
    x0, x1 = int(max(x - grow, 0)), int(min(np.ceil(x + w + grow), width))
    y0, y1 = int(max(y - grow, 0)), int(min(np.ceil(y + h + grow), height))
    part = picture[y0:y1, x0:x1]
    row, column = np.mgrid[y0:y1, x0:x1] + 0.5
    may = (column > x) & (column < x + w) & (row > y) & (row < y + h)
    middle = ((column - x - w / 2) / (w / 2)) ** 2 + ((row - y - h / 2) / (h / 2)) ** 2 < 0.8
    if may.all() or not may.any():
        raise ValueError(f"object {x:g},{y:g},{w:g},{h:g} has no background around it; give a smaller box")
    matte = np.zeros((height, width))
    matte[y0:y1, x0:x1] = _relaxed(part, may, middle & may)
    fore, back = part[matte[y0:y1, x0:x1] > 0.5], part[~may]
    if len(fore) == 0 or np.abs(np.median(fore, 0) - np.median(back, 0)).max() < ALIKE:
        raise ValueError(f"object {x:g},{y:g},{w:g},{h:g}: nothing stands out from its surroundings there")
    return matte


def _relaxed(part: np.ndarray, may: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Probability of the object (h, w): colour models and mean-field labels in turn."""
    weights = _couplings(part)
    chance = first.astype(float)
    pixels = part.reshape(-1, 3)
    for _ in range(ROUNDS):
        fore, back = chance.ravel() > 0.5, ~may.ravel() | (chance.ravel() < 0.1)
        if fore.sum() < 10 or back.sum() < 10:
            break
        odds = _Mixture.fitted(pixels[fore]).log_density(pixels) - _Mixture.fitted(pixels[back]).log_density(
            pixels
        )
        odds = np.clip(odds.reshape(may.shape), -12, 12)
        for _ in range(SWEEPS):
            field = sum(w * (2 * _shifted(chance, step) - 1) for step, w in weights.items())
            chance = may / (1 + np.exp(-np.clip(odds + COUPLING * field, -30, 30)))
    body = np.asarray(binary_fill_holes(chance > 0.5))
    labels = np.empty(body.shape, int)
    if label(body, output=labels):  # pyright: ignore
        body = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    return _soft_edge(part, body)


def _soft_edge(part: np.ndarray, body: np.ndarray) -> np.ndarray:
    """Matte of a body (h, w) bool: in a band around its outline, the share of the inside's colour in
    each pixel.
    """
    inside = np.asarray(binary_erosion(body, iterations=2))
    outside = ~np.asarray(binary_dilation(body, iterations=2))
    plain = gaussian_filter(body.astype(float), 0.7)
    if not inside.any():
        return np.where(plain > 0.02, plain, 0.0)
    fore, back = (_spread(part, known) for known in (inside, outside))
    step = fore - back
    size = (step**2).sum(-1)
    share = ((part - back) * step).sum(-1) / np.maximum(size, 1e-6)
    alpha = np.where(size > 4 * ALIKE**2, np.clip(share, 0, 1), plain)
    return np.where(inside, 1.0, np.where(outside, 0.0, alpha))


def _spread(part: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Colours of the `known` pixels, carried a few pixels beyond them (normalised blur)."""
    weight = gaussian_filter(known.astype(float), 2.0)
    colour = np.stack([gaussian_filter(part[..., c] * known, 2.0) for c in range(3)], -1)
    return colour / np.maximum(weight, 1e-6)[..., None]


def _couplings(part: np.ndarray) -> dict[tuple[int, int], np.ndarray]:
    """Weights (h, w) towards the four neighbours, their sum at most 1."""
    steps = ((0, 1), (0, -1), (1, 0), (-1, 0))
    far = {
        s: ((part - np.stack([_shifted(part[..., c], s) for c in range(3)], -1)) ** 2).sum(-1) for s in steps
    }
    beta = 1 / (2 * np.mean([f.mean() for f in far.values()]) + 1e-6)
    return {s: 0.25 * np.exp(-beta * f) for s, f in far.items()}


def _shifted(values: np.ndarray, step: tuple[int, int]) -> np.ndarray:
    """Each pixel's neighbour at `step`, the border repeated."""
    padded = np.pad(values, 1, mode="edge")
    h, w = values.shape
    return padded[1 + step[0] : 1 + step[0] + h, 1 + step[1] : 1 + step[1] + w]


@dataclass(frozen=True)
class _Mixture:
    """Gaussians of colours: `weight` (k,), `mean` (k, 3), `precision` (k, 3, 3), log normalisers (k,)."""

    weight: np.ndarray
    mean: np.ndarray
    precision: np.ndarray
    norm: np.ndarray

    @classmethod
    def fitted(cls, pixels: np.ndarray) -> _Mixture:
        """K-means with covariances: enough for a colour model."""
        rng = np.random.default_rng(0)
        pixels = pixels[rng.choice(len(pixels), min(len(pixels), SAMPLE), replace=False)]
        order = np.argsort(pixels @ [0.3, 0.6, 0.1])
        mean = pixels[order[np.linspace(0, len(order) - 1, COLOURS + 2).astype(int)[1:-1]]]
        for _ in range(12):
            nearest = np.sum((pixels[:, None] - mean) ** 2, axis=-1).argmin(1)
            mean = np.array(
                [pixels[nearest == k].mean(0) if (nearest == k).any() else mean[k] for k in range(COLOURS)]
            )
        share = np.bincount(nearest, minlength=COLOURS) / len(pixels)
        spread = [
            np.cov(pixels[nearest == k].T) if np.count_nonzero(nearest == k) > 8 else np.zeros((3, 3))
            for k in range(COLOURS)
        ]
        covariance = np.array(spread) + (0.012**2) * np.eye(3)
        norm = -0.5 * np.linalg.slogdet(covariance)[1]
        return cls(np.maximum(share, 1e-6), mean, np.linalg.inv(covariance), norm)

    def _squared(self, pixels: np.ndarray) -> np.ndarray:
        off = pixels[:, None] - self.mean
        return np.einsum("nki,kij,nkj->nk", off, self.precision, off)

    def log_density(self, pixels: np.ndarray) -> np.ndarray:
        """(n,) up to a constant."""
        return np.logaddexp.reduce(np.log(self.weight) + self.norm - 0.5 * self._squared(pixels), axis=1)

    def distance(self, pixels: np.ndarray) -> np.ndarray:
        """(n,) smallest squared Mahalanobis distance to any Gaussian."""
        return np.where(self.weight > 0.01, self._squared(pixels), np.inf).min(1)


def _piece(picture: np.ndarray, plate: np.ndarray, matte: np.ndarray, shadow: np.ndarray) -> Piece:
    rows, columns = np.nonzero(matte > 0.02)
    window = (
        slice(max(rows.min() - 2, 0), rows.max() + 3),
        slice(max(columns.min() - 2, 0), columns.max() + 3),
    )
    alpha = matte[window]
    low = np.array([columns[matte[rows, columns] > 0.5].min(), rows[matte[rows, columns] > 0.5].min()], float)
    high = (
        np.array([columns[matte[rows, columns] > 0.5].max(), rows[matte[rows, columns] > 0.5].max()], float)
        + 1
    )
    centre, half = (low + high) / 2, (high - low) / 2
    colour = np.clip(picture[window] - (1 - alpha[..., None]) * plate[window], 0, alpha[..., None])
    corner = np.array([window[1].start, window[0].start])
    fills = float(alpha.sum() / (4 * half[0] * half[1]))  # pi / 4 for a disc
    roundness = float(min(half) / max(half) * min(fills / (np.pi / 4), (np.pi / 4) / fills))
    look = Cutout(colour.astype(np.float32), alpha.astype(np.float32), centre - corner)
    return Piece(look, centre, half, roundness, _dark(shadow, centre))


def _dark(shadow: np.ndarray, centre: np.ndarray) -> Cutout | None:
    """The layer of a shadow (H, W), which takes light away and gives none."""
    rows, columns = np.nonzero(shadow > FAINT)
    if not len(rows):
        return None
    window = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
    alpha = shadow[window].astype(np.float32)
    corner = np.array([window[1].start, window[0].start])
    return Cutout(np.zeros((*alpha.shape, 3), np.float32), alpha, centre - corner)
