"""One object as a layer: its matte in a frame, its own pixels cut out, moved, completed where they are cut.

The matte is that of the learned layer, put where the object is and as large as it is. Pixels are this
frame's; the learned layer stands in only beyond the picture's edge and where another object is in front.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from correction.plan import ObjectPlan
from physics.estimator.track import Layer

CORE = 0.12  # alpha of what surely is the thing; its soft edge reaches two pixels further
HELD = 0.05  # squared transfer below which a frequency of the blur is lost
STILL = 0.05  # px: a shorter chord is none
_CROSS = ndimage.generate_binary_structure(2, 1)
_DISC = np.hypot(*np.mgrid[-2:3, -2:3]) < 2.3


@dataclass(frozen=True)
class Piece:
    """An object in one frame; arrays cover the rectangle that is worked on."""

    plan: ObjectPlan
    row: int
    alpha: np.ndarray  # (h, w) its matte where it is
    colour: np.ndarray  # (h, w, 3) the learned layer there, premultiplied
    whole: (
        np.ndarray
    )  # (h, w) share of each pixel's matte that this frame shows: less where another covers it
    depth: int = 0  # larger is nearer
    chord: np.ndarray | None = None  # (2,) px of its blur, where that is not its law's


def cleaned(layer: Layer) -> Layer:
    """The layer without the faint traces of background that learning leaves around it."""
    core = layer.alpha > CORE
    solid = ndimage.binary_opening(core, _CROSS)  # coding leaves specks that touch it, but no area
    labels, count = ndimage.label(solid if solid.any() else core)  # pyright: ignore
    if not count:
        return layer
    largest = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    near = ndimage.binary_dilation(largest, _DISC)
    return Layer(layer.colour * near[..., None], layer.alpha * near, layer.centre)


def placed(plan: ObjectPlan, row: int, corner: np.ndarray, shape, chord: np.ndarray | None = None) -> Piece:
    """The learned layer put where the object is in the frame of index `row`, smeared along `chord`."""
    alpha, colour = stamp(plan, row, plan.source[row], 1.0, corner, shape, blurred(plan, chord))
    return Piece(plan, row, alpha, colour, np.ones_like(alpha), chord=chord)


def blurred(plan: ObjectPlan, chord: np.ndarray | None) -> Layer | None:
    """The sharp layer smeared along `chord`; None where that does not matter."""
    return None if plan.blur is None or chord is None else smeared(plan.blur.layer, chord)


def smeared(layer: Layer, chord: np.ndarray) -> Layer:
    """The layer averaged along `chord` (2,) px."""
    if np.hypot(*chord) < STILL:
        return layer
    room = int(np.ceil(np.abs(chord).max() / 2)) + 2
    colour = np.pad(layer.colour, ((room, room), (room, room), (0, 0)))
    wide = Layer(colour, np.pad(layer.alpha, room), layer.centre + room)
    return filtered(wide, transfer(wide.alpha.shape, chord))


def filtered(layer: Layer, factor: np.ndarray) -> Layer:
    """The layer with its frequencies multiplied by `factor` (h, w // 2 + 1)."""
    planes, size = np.dstack([layer.colour, layer.alpha]), layer.alpha.shape
    out = np.fft.irfft2(np.fft.rfft2(planes, axes=(0, 1)) * factor[..., None], s=size, axes=(0, 1))
    alpha = np.clip(out[..., 3], 0, 1)
    return Layer(np.clip(out[..., :3], 0, alpha[..., None]), alpha, layer.centre)


def transfer(shape: tuple[int, ...], chord: np.ndarray) -> np.ndarray:
    """Factors (h, w // 2 + 1) by which averaging along `chord` (2,) px weakens a picture's frequencies."""
    fy, fx = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])
    return np.sinc(chord[0] * fx + chord[1] * fy)


def stamp(
    plan: ObjectPlan, row: int, place: np.ndarray, scale: float, corner: np.ndarray, shape,
    layer: Layer | None = None,
):  # fmt: skip
    """Matte (h, w) and premultiplied colour (h, w, 3) of the plan's layer at `place`, `scale` times as large,
    or of another `layer` of that thing, which has its size already.
    """
    size, turn = scale * (plan.size[row] if layer is None else 1.0), plan.angle[row]
    layer = layer or plan.layer
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    x, y = (x + corner[0] - place[0]) / size, (y + corner[1] - place[1]) / size
    u = x * np.cos(turn) + y * np.sin(turn) + layer.centre[0] - 0.5
    v = y * np.cos(turn) - x * np.sin(turn) + layer.centre[1] - 0.5
    alpha = _read(layer.alpha, np.stack([v, u]))
    colour = np.stack([_read(layer.colour[..., c], np.stack([v, u])) for c in range(3)], -1)
    alpha = np.where(alpha < 0.02, 0, np.clip(alpha, 0, 1))
    return alpha, np.clip(colour, 0, alpha[..., None])


def share(pieces: list[Piece], image: np.ndarray, plate: np.ndarray) -> list[Piece]:
    """Where mattes overlap, the pixel belongs to the object whose layer is closer to the picture."""
    out, wins = list(pieces), np.zeros(len(pieces))
    for i in range(len(pieces)):
        for j in range(i):
            both = (out[i].alpha > 0.05) & (out[j].alpha > 0.05)
            if not both.any():
                continue
            first, second = (
                ndimage.uniform_filter(np.abs(_over(out[n], plate) - image).sum(-1), 3) for n in (i, j)
            )
            mine = float(np.mean((first < second)[both]))
            front, back = (i, j) if mine >= 0.5 else (j, i)
            wins[front] += 1
            kept = np.where(out[front].alpha > 0.02, 0, out[back].whole)
            mixed = (out[front].alpha < 0.98) & (
                out[back].alpha > 0.02
            )  # its edge shows the other, not the plate
            out[back] = replace(out[back], whole=kept)
            out[front] = replace(out[front], whole=np.where(mixed, 0, out[front].whole))
    return [replace(p, depth=int(w)) for p, w in zip(out, wins)]


def _over(piece: Piece, plate: np.ndarray) -> np.ndarray:
    return (1 - piece.alpha[..., None]) * plate + piece.colour


def cut_out(pieces: list[Piece]) -> np.ndarray:
    """Coverage (h, w, 1) of all that has to be cut out: the mattes grown by a pixel, with a feather."""
    if not pieces:
        return np.zeros((1, 1, 1), np.float32)
    union = np.maximum.reduce([p.alpha for p in pieces])
    near = ndimage.maximum_filter(union, footprint=_CROSS)
    far = ndimage.maximum_filter(union, footprint=_DISC)
    return np.maximum(np.minimum(1.0, 2 * near) * (near > 0.02), 0.5 * far * (far > 0.02))[..., None]


def moved(piece: Piece, image: np.ndarray, behind: np.ndarray, corner: np.ndarray):
    """Matte (h, w, 1) and premultiplied colour (h, w, 3) where the object belongs, mended."""
    plan, i = piece.plan, piece.row
    alpha, colour = own_pixels(piece, image, behind)
    shape = alpha.shape
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    at = np.stack(
        [
            (y + corner[1] - plan.target[i, 1]) / plan.scale[i] + plan.source[i, 1] - corner[1] - 0.5,
            (x + corner[0] - plan.target[i, 0]) / plan.scale[i] + plan.source[i, 0] - corner[0] - 0.5,
        ]
    )
    there = _read(alpha, at)
    tint = np.stack([_read(colour[..., c], at) for c in range(3)], -1)
    there, tint = _completed(piece, at, there, tint, corner)
    there, tint = _reintegrated(piece, there, tint, corner)
    there = np.where(there < 0.01, 0, np.clip(there, 0, 1))[..., None]
    tint = np.where(there > 0, plan.gain[i] * tint + plan.offset[i] * there, 0)
    return there, np.clip(tint, 0, there)


def _reintegrated(piece: Piece, alpha: np.ndarray, colour: np.ndarray, corner: np.ndarray):
    """With the blur of its own path instead of the one that is shown: Wiener's filter with the sharp layer as
    what is expected, smeared anew. Frequencies that the shown blur has kept stay this frame's own.
    """
    plan, i = piece.plan, piece.row
    if plan.blur is None or piece.chord is None:
        return alpha, colour
    place, scale = plan.target[i], float(plan.scale[i])
    expected = stamp(plan, i, place, scale, corner, alpha.shape, plan.blur.layer)
    shown, own = (transfer(alpha.shape, scale * d)[..., None] for d in (piece.chord, plan.blur.law[i]))
    seen, usual = (np.dstack([c, a]) for a, c in ((alpha, colour), expected))
    seen, usual = (np.fft.rfft2(v, axes=(0, 1)) for v in (seen, usual))
    out = own * (shown * seen + HELD * usual) / (shown**2 + HELD)
    out = np.fft.irfft2(out, s=alpha.shape, axes=(0, 1))
    return out[..., 3], out[..., :3]


def own_pixels(piece: Piece, image: np.ndarray, behind: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """This frame's matte and premultiplied colour, the learned one where another object covers it."""
    a, whole = piece.alpha[..., None], piece.whole[..., None]
    mine = np.where(a > 0, image - (1 - a) * behind, 0)
    return piece.alpha, whole * mine + (1 - whole) * piece.colour


def _completed(piece: Piece, at: np.ndarray, alpha: np.ndarray, colour: np.ndarray, corner: np.ndarray):
    """What comes from beyond the picture's edge is taken from the learned layer."""
    h, w = alpha.shape
    outside = (at[0] < 0) | (at[0] > h - 1) | (at[1] < 0) | (at[1] > w - 1)
    if not outside.any():
        return alpha, colour
    plan, i = piece.plan, piece.row
    layer = blurred(plan, piece.chord)
    a, c = stamp(plan, i, plan.target[i], float(plan.scale[i]), corner, (h, w), layer)
    return np.where(outside, a, alpha), np.where(outside[..., None], c, colour)


def _read(plane: np.ndarray, at: np.ndarray) -> np.ndarray:
    return ndimage.map_coordinates(plane, at, order=3, mode="constant", cval=0.0)
