"""What differs from the background: hysteresis on the deviation in units of the noise.

z = |I - P| / noise, root of the sum over RGB, smoothed by 0.7 px. Pixels over LOW that hang together with one
over HIGH are a blob (Canny 1986), its holes filled. The whole frame is only looked at in 8-bit arithmetic,
block by block; deviations are computed where a block has enough changed pixels. A frame that is brighter or
darker than the plate as a whole is first brought to the plate by a gain per channel. Of a frame with more
than LINES lines every second pixel (or third, ...) of every second line is looked at, in frame and plate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from physics.estimator.matte import matte
from physics.estimator.median import difference
from physics.estimator.plate import Plate, levels
from physics.estimator.shade import shaded, without_shadow

HIGH, LOW, SMOOTH = 8.0, 4.0, 0.7
LEAST_AREA = 6.0  # px
RELATIVE = 0.25  # of a blob's own strong deviations: what is weaker at its rim is the codec's halo
ANOTHER = 0.25  # of a blob's largest piece: another one that large may be another thing
BLOCK, LEAST_CHANGED = 8, 3  # px; changed pixels that make a block worth a look
LINES = 1440  # of a frame that is looked at in full
MOST = 64  # blobs in a frame that are looked at
BUSIEST = 0.6  # share of changed blocks beyond which a frame says nothing
EDGE = 8  # px of background around a blob's crop
STEADY = 0.004  # gains nearer to 1 are not applied

Box = tuple[slice, slice]


@dataclass(frozen=True)
class Ground:
    """A plate made ready for comparing 8-bit frames with it."""

    plate: Plate
    step: int  # px from one pixel that is looked at to the next
    looked: Plate  # those pixels of the plate
    bytes: np.ndarray  # (h, w, 3) uint8, of these
    limit: np.ndarray  # (h, w, 3) uint8 levels from which a pixel counts as changed


@dataclass(frozen=True)
class Cutout:
    """The pixels around a blob."""

    corner: tuple[int, int]  # x, y of the crop in the frame
    pixels: np.ndarray  # (h, w, 3) float32, sRGB at the plate's brightness
    mask: np.ndarray  # (h, w) bool
    plate: np.ndarray  # (h, w, 3) what is behind
    noise: np.ndarray  # (h, w)

    @property
    def box(self) -> tuple[slice, slice]:
        """Where it is in the frame."""
        (x, y), (h, w) = self.corner, self.mask.shape
        return slice(y, y + h), slice(x, x + w)


@dataclass(frozen=True)
class Blob:
    """Something in one frame that is not background."""

    centre: np.ndarray  # (2,) px in the frame, soft centroid
    area: float  # px^2, soft
    colour: np.ndarray  # (3,) sRGB
    cut: bool  # touches the frame's border
    whole: bool  # its soft centroid is its centre: neither cut nor hidden in part nor parted from another
    cutout: Cutout | None  # let go of in long clips
    shadow: bool = False  # one hung on it and was cut off
    guess: np.ndarray | None = None  # (2,) px, where it was expected
    expected: float | None = None  # px, the radius that was expected

    @property
    def radius(self) -> float:
        return float(np.sqrt(max(self.area, 0.0) / np.pi))


def ready(plate: Plate) -> Ground:
    """Levels and limits for `detect`."""
    step = -(-plate.noise.shape[0] // LINES)
    cut = (slice(None, None, step),) * 2
    seen = plate if step == 1 else Plate(*(np.ascontiguousarray(a[cut]) for a in _planes(plate)))
    limit = np.clip(seen.noise * 255 * LOW / np.sqrt(3.0), 3, 255).astype(np.uint8)
    return Ground(plate, step, seen, levels(seen), np.repeat(limit[..., None], 3, -1))


def _planes(plate: Plate) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return plate.colour, plate.noise, plate.seen


def gain(frame: np.ndarray, ground: Ground) -> np.ndarray:
    """Brightness of the frame over the plate's, (3,), from the pixels of a coarse grid."""
    frame = frame[:: ground.step, :: ground.step]
    step = max(1, min(frame.shape[:2]) // 64)
    bare = ground.bytes[step // 2 :: step, step // 2 :: step].reshape(-1, 3).astype(np.float32)
    seen = frame[step // 2 :: step, step // 2 :: step].reshape(-1, 3).astype(np.float32)
    usable = ((bare > 24) & (bare < 250)).all(-1)
    if usable.sum() < 50:
        return np.ones(3, np.float32)
    ratio = np.median((seen[usable] + 0.5) / (bare[usable] + 0.5), 0)
    return np.where(np.abs(ratio - 1).max() < STEADY, 1.0, ratio).astype(np.float32)


def detect(frame: np.ndarray, ground: Ground) -> list[Blob]:
    """Blobs of uint8 (H, W, 3), largest first."""
    factor = gain(frame, ground)
    lit = (factor != 1).any()
    bare = np.clip(ground.bytes * factor + 0.5, 0, 255).astype(np.uint8) if lit else ground.bytes
    found, looked = list[Blob](), frame[:: ground.step, :: ground.step]
    for box, own in _busy(looked, bare, ground.limit):
        crop = looked[box].astype(np.float32) / (255 * factor)
        found += _blobs(crop, ground.looked, box, own)
    found = sorted(found, key=lambda b: -b.area)[:MOST]
    return found if ground.step == 1 else [_enlarged(blob, frame, ground, factor) for blob in found]


def _enlarged(blob: Blob, frame: np.ndarray, ground: Ground, factor: np.ndarray) -> Blob:
    """A blob among the pixels that are looked at as one of the frame."""
    s, small = ground.step, blob.cutout
    assert small is not None
    corner = small.corner[0] * s, small.corner[1] * s
    h, w = (s * n for n in small.mask.shape)
    box = slice(corner[1], corner[1] + h), slice(corner[0], corner[0] + w)
    pixels = frame[box].astype(np.float32) / (255 * factor)

    def wide(mask: np.ndarray) -> np.ndarray:
        return np.repeat(np.repeat(mask, s, 0), s, 1)[: pixels.shape[0], : pixels.shape[1]]

    shadow = wide((small.plate != ground.looked.colour[small.box]).any(-1))
    behind = np.where(shadow[..., None], pixels, ground.plate.colour[box])
    cutout = Cutout(corner, pixels, wide(small.mask), behind, ground.plate.noise[box])
    return replace(blob, centre=s * (blob.centre - 0.5) + 0.5, area=s**2 * blob.area, cutout=cutout)


def deviation(crop: np.ndarray, plate: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Difference in units of the noise, smoothed, (h, w)."""
    z = np.sqrt(((crop - plate) ** 2).sum(-1)) / noise
    return ndimage.gaussian_filter(z, SMOOTH, truncate=3.0)


def labelled(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """Pieces of a mask that hang together, corners included: labels (h, w) from 1, and how many."""
    labels = np.zeros(mask.shape, np.int32)
    return labels, int(ndimage.label(mask, np.ones((3, 3)), output=labels))  # pyright: ignore


def hysteresis(z: np.ndarray) -> np.ndarray:
    """Labels (h, w) of what is over LOW and hangs together with something over HIGH; holes filled."""
    labels, count = labelled(z > LOW)
    strong = np.zeros(count + 1, bool)
    strong[np.unique(labels[z > HIGH])] = True
    strong[0] = False
    filled = np.asarray(ndimage.binary_fill_holes(strong[labels]))
    return labelled(filled)[0]


def _busy(frame: np.ndarray, bare: np.ndarray, limit: np.ndarray) -> list[tuple[Box, np.ndarray]]:
    """The largest places of the frame in which something changed: their rectangles, which may overlap, and
    in them the pixels (h, w) bool that are theirs.
    """
    h, w = frame.shape[:2]
    changed = difference(frame, bare) > limit
    changed = changed[..., 0] | changed[..., 1] | changed[..., 2]
    rows, columns = -(-h // BLOCK), -(-w // BLOCK)
    whole = np.zeros((rows * BLOCK, columns * BLOCK), bool)
    whole[:h, :w] = changed
    counts = whole.reshape(rows, BLOCK, columns * BLOCK).sum(1, dtype=np.uint8)
    counts = counts.reshape(rows, columns, BLOCK).sum(-1, dtype=np.int32)
    if (counts > BLOCK**2 // 2).mean() > BUSIEST:
        return []  # nothing is like the plate: there is no ground to tell things from
    busy = ndimage.binary_dilation(counts >= LEAST_CHANGED, np.ones((3, 3)))
    labels, _ = labelled(busy)
    found = []
    for number, s in _largest(labels):
        box = tuple(slice(e.start * BLOCK, min(n, e.stop * BLOCK)) for e, n in zip(s, (h, w)))
        own = np.repeat(np.repeat(labels[s] == number, BLOCK, 0), BLOCK, 1)
        found.append((box, own[: box[0].stop - box[0].start, : box[1].stop - box[1].start]))
    return found


def _largest(labels: np.ndarray) -> list[tuple[int, Box]]:
    """Numbers and boxes of the MOST largest labels: where everything glitters nothing can be followed."""
    boxes = ndimage.find_objects(labels)
    order = np.argsort(-np.bincount(labels.ravel(), minlength=1)[1:], kind="stable")[:MOST]
    return [(n + 1, boxes[n]) for n in order]


def _blobs(crop: np.ndarray, plate: Plate, box: Box, own: np.ndarray) -> list[Blob]:
    z = deviation(crop, plate.colour[box], plate.noise[box])
    labels = hysteresis(np.where(own, z, 0))
    found = []
    for number, place in _largest(labels):
        part = _wider(place, labels.shape)
        here = tuple(slice(b.start + s.start, b.start + s.stop) for b, s in zip(box, part))
        for piece in bold(z[part], labels[part] == number):
            found += _blob(crop[part], plate, (here[0], here[1]), piece)
    return found


def _blob(crop: np.ndarray, plate: Plate, box: Box, piece: np.ndarray) -> list[Blob]:
    """The blob of one piece (h, w) bool of a crop of the frame; none where it is too small."""
    bare, noise = plate.colour[box], plate.noise[box]
    mask = without_shadow(crop, bare, noise, piece)
    if mask.sum() < LEAST_AREA:
        return []
    behind = bare if mask is piece else shaded(crop, bare, piece, mask)
    soft = matte(crop, behind, noise, mask)
    cutout = Cutout((box[1].start, box[0].start), crop, mask, behind, noise)
    cut = _at_border(cutout, plate.noise.shape)
    centre = soft.centre + cutout.corner
    return [Blob(centre, soft.area, soft.colour, cut, not cut, cutout, shadow=mask is not piece)]


def bold(z: np.ndarray, mask: np.ndarray) -> list[np.ndarray]:
    """The pieces of a blob that stand out as the blob's bolder parts do, holes filled, the largest first;
    others only where they are large enough to be another thing, which the codec's halo hangs on the first.
    """
    strong = mask & (z > RELATIVE * np.quantile(z[mask], 0.8))
    labels, count = labelled(strong)
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    order = np.argsort(-areas, kind="stable")
    large = [k for k in order if areas[k] >= ANOTHER * areas[order[0]]]
    return [np.asarray(ndimage.binary_fill_holes(labels == 1 + k)) for k in large]


def _at_border(cutout: Cutout, shape: tuple[int, ...]) -> bool:
    inside = ndimage.find_objects(cutout.mask.astype(np.uint8))[0]
    (x, y), (h, w) = cutout.corner, shape
    top, left = y + inside[0].start, x + inside[1].start
    return top == 0 or left == 0 or y + inside[0].stop == h or x + inside[1].stop == w


def _wider(place: tuple[slice, ...], shape: tuple[int, ...]) -> tuple[slice, slice]:
    y, x = place
    return (
        slice(max(0, y.start - EDGE), min(shape[0], y.stop + EDGE)),
        slice(max(0, x.start - EDGE), min(shape[1], x.stop + EDGE)),
    )
