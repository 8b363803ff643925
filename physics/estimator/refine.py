"""From blobs to tracks: learn each thing's layer, then register it in every frame.

The layer is learned from at most a few dozen views, aligned by their soft centroids, registered, and learned
again. Layer and outline registration are both tried on the views; the one whose predicted covariance is
smaller serves the whole track, so that no constant offset between them shows as a jump.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from physics.estimator import register as reg
from physics.estimator import turning
from physics.estimator.associate import Path
from physics.estimator.detect import Blob, Ground, bold, deviation, gain, hysteresis
from physics.estimator.layers import Sight, learn_layer, sight
from physics.estimator.matte import matte
from physics.estimator.scenery import Scenery
from physics.estimator.shade import shaded, without_shadow
from physics.estimator.track import Layer, Track

ROUNDS = 2  # of registering and learning again
FLOOR = 0.01  # px, no covariance is smaller
TURNING_LAST = 3.0  # a centre that is off circles as a thing turns, which residuals do not tell
LAYER_FIRST = 2.0  # times smaller that the outline's variance has to be
UNSURE = 0.5  # share of the difference from the plate that a layer has to explain
CODED, GRAINY = 10.0, 1.5  # times the variance that residuals tell, measured on clips with known truth
PARTIAL, LEAST_SHOWN = 4.0, 0.15  # variance factor, and least share of the rim, where a part shows
SEEN_RIM = 2  # px about a thing that shows in part
WHOLE = 0.9  # share of the outline from which the size is believed
FEW_VIEWS = 6  # fewer do not make a layer that is better than the soft centroid
SHADOWED = 0.2  # share of the views with a shadow on them, from which the outline alone is believed
STIFF = 0.03  # deviation of the log size where less shows


@dataclass(frozen=True)
class Model:
    """A thing that can be registered."""

    path: Path
    layer: Layer
    template: reg.Template
    by_outline: bool
    clumped: float  # variance factor of hanging-together residuals, over the whole track
    inflate: float  # and of what residuals do not show
    look: np.ndarray | None = None  # of its layer on rings, where it turns


@dataclass(frozen=True)
class Found:
    """One frame of one track."""

    centre: np.ndarray
    covariance: np.ndarray
    radius: float
    sigma_radius: float
    visible: float
    colour: np.ndarray
    angle: float = np.nan


def learn(path: Path, coded: bool) -> Model:
    """Layer and way of registering for one path."""
    radius = float(np.median([b.radius for _, b in path.patches]))
    views = [sight(k, b, max(radius, 0.5)) for k, b in path.patches]
    soft = np.array([v.centre for v in views])
    candidates, inflate = [], CODED if coded else GRAINY
    for by_outline in (False, True):
        now, fits = views, []
        patches = [_patch(v, by_outline) for v in views]
        for _ in range(ROUNDS):
            ready = reg.template(learn_layer(now))
            fits = [reg.register(p, ready, v.centre, v.size) for p, v in zip(patches, now)]
            shift = np.median([f.centre for f in fits] - soft, 0)
            now = [replace(v, centre=f.centre - shift, size=f.size) for v, f in zip(views, fits)]
        clumped, badness = _quality(fits)
        badness *= LAYER_FIRST if by_outline else 1
        layer = learn_layer(now)
        candidates.append((badness, Model(path, layer, reg.template(layer), by_outline, clumped, inflate)))
    shadows = np.mean([b.shadow for _, b in path.patches])
    spun = turning.learn(views, [_patch(v, False) for v in views], ROUNDS) if shadows < SHADOWED else None
    if spun is not None:
        layer, fits = spun
        ready = reg.template(layer)
        around = turning.look(layer.colour, layer.centre, ready.radius)
        clumped, badness = _quality(fits)
        candidates.append(
            (badness * TURNING_LAST, Model(path, layer, ready, False, clumped, inflate, around))
        )
    return min(candidates, key=lambda c: c[0])[1]


def _quality(fits: list[reg.Fit]) -> tuple[float, float]:
    """How much residuals hang together, and the variance of a place with that."""
    clumped = float(np.median([f.clumped for f in fits]))
    return clumped, clumped * float(np.median([np.trace(f.covariance[:2, :2]) for f in fits]))


def refine(models: list[Model], frames: Iterator[tuple[int, np.ndarray]], scenery: Scenery) -> list[Track]:
    """Register every model in every frame in which its path was seen."""
    wanted = [{k: i for i, k in enumerate(m.path.frames)} for m in models]
    found: list[dict[int, Found]] = [{} for _ in models]
    for k, frame in frames:
        here = {n: models[n].path.blobs[w[k]] for n, w in enumerate(wanted) if k in w}
        if not here:
            continue
        ground = scenery.at(k)
        factor = gain(frame, ground)
        for n, blob in here.items():
            others = [other for m, other in here.items() if m != n]
            before = next(reversed(found[n].values())).angle if found[n] else 0.0
            place = _locate(models[n], blob, frame, factor, ground, others, before)
            if place is not None:
                found[n][k] = place
    pairs = [(m, f) for m, f in zip(models, found) if len(f) >= 2]
    return [_track(number, m, f, scenery) for number, (m, f) in enumerate(pairs, start=1)]


def _patch(view: Sight, by_outline: bool) -> reg.Patch:
    weight, soft = np.ones(view.soft.shape), view.soft if by_outline else None
    return reg.thinned(reg.Patch(view.pixels, view.plate, weight, view.corner, soft=soft))


def _locate(
    model: Model, blob: Blob, frame: np.ndarray, factor, ground: Ground, others, angle: float
) -> Found | None:
    half = int(np.ceil(max(model.template.splines.shape[1:]) / 2)) + 3
    h, w = frame.shape[:2]
    x, y = (int(c) for c in blob.centre)
    box = slice(max(0, y - half), min(h, y + half)), slice(max(0, x - half), min(w, x + half))
    pixels = frame[box].astype(np.float32) / (255 * factor)
    plate, noise = ground.plate.colour[box], ground.plate.noise[box]
    corner = (box[1].start, box[0].start)
    weight = _mine(pixels.shape[:2], corner, blob, others)
    soft = None
    if model.by_outline or not blob.whole or blob.shadow:
        mask, plate = _mask(pixels, plate, noise, blob.centre - corner, blob.radius)
        soft = matte(pixels, plate, noise, mask).alpha if model.by_outline else None
        if not blob.whole:  # where nothing shows a thing may be hidden: only what shows and its rim count
            weight *= ndimage.binary_dilation(mask, iterations=SEEN_RIM)
    patch = reg.thinned(reg.Patch(pixels, plate, weight, corner, soft=soft))
    if model.look is None:
        return _judged(model, _best(patch, model, blob), patch, blob, factor)
    fit, angle = _turned(patch, model, blob, pixels, angle)
    found = _judged(model, fit, patch, blob, factor)
    return found and replace(found, angle=angle)


def _best(patch: reg.Patch, model: Model, blob: Blob) -> reg.Fit:
    """Registration from the soft centroid; for a thing that shows in part also from where it was expected."""
    if blob.whole:
        size = float(np.log(max(blob.radius, 0.5) / model.template.radius))
        return reg.register(patch, model.template, blob.centre, size)
    starts = [blob.centre] if blob.guess is None else [blob.guess, blob.centre]
    size = float(np.log(blob.expected / model.template.radius)) if blob.expected else 0.0
    fits = [reg.register(patch, model.template, start, size, STIFF) for start in starts]
    return max(fits, key=lambda f: f.explained)


def _turned(patch: reg.Patch, model: Model, blob: Blob, pixels, before: float) -> tuple[reg.Fit, float]:
    """Registration of a thing that turns, which was at the angle `before` a frame ago; and its angle."""
    assert model.look is not None
    start = blob.centre if blob.whole or blob.guess is None else blob.guess
    radius = (blob.radius if blob.whole else blob.expected) or model.template.radius
    now = turning.look(pixels, start - np.floor(np.array(patch.corner)), radius)
    angle, _ = turning.between(model.look, now, 0.0 if np.isnan(before) else before)
    size = float(np.log(max(radius, 0.5) / model.template.radius))
    return turning.register(patch, model.layer, angle, start, size, 0.0 if blob.whole else STIFF)


def _judged(model: Model, fit: reg.Fit, patch: reg.Patch, blob: Blob, factor) -> Found | None:
    """The fit as a measurement. Where it is bad: nothing if the thing is half hidden, else the blob's own
    centroid, widely uncertain.
    """
    radius = model.template.radius * np.exp(fit.size)
    covariance = fit.covariance * max(model.clumped, fit.clumped) * model.inflate
    inside = (fit.alpha > 0.95) & (patch.weight > 0)
    colour = patch.pixels[inside].mean(0) * factor if inside.sum() > 3 else blob.colour * factor
    visible = _visible(model, fit, patch)
    astray = np.hypot(*(fit.centre - blob.centre)) > (0.6 if blob.whole else 2.0) * radius + 1
    if not blob.whole:
        covariance = covariance * PARTIAL / max(visible, 0.1)
    if astray or fit.explained < UNSURE or visible < LEAST_SHOWN:
        if blob.expected is not None:
            return None
        wide = (0.3 * blob.radius) ** 2 * np.eye(2)
        return Found(blob.centre, wide, np.nan, np.nan, visible, colour)
    sigma = radius * np.sqrt(covariance[2, 2] + FLOOR**2 / radius**2)
    whole = visible >= WHOLE
    if whole and len(model.path.patches) < FEW_VIEWS:
        place, radius = blob.centre, blob.radius
    else:
        place = fit.centre
    return Found(
        place, covariance[:2, :2] + FLOOR**2 * np.eye(2),
        radius if whole else np.nan, sigma if whole else np.nan, visible, colour,
    )  # fmt: skip


def _mine(shape, corner, blob, others) -> np.ndarray:
    """1 where a pixel may be this thing's, 0 where it is nearer to another's disc."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5

    def outside(b) -> np.ndarray:
        return np.hypot(x + corner[0] - b.centre[0], y + corner[1] - b.centre[1]) - b.radius

    mine, weight = outside(blob), np.ones(shape)
    for other in others:
        far = outside(other)
        weight[(far < 2) & (far < mine)] = 0
    return weight


def _mask(pixels, plate, noise, centre, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """The blob at `centre` in a patch, (h, w) bool, and the plate with the shadow that hangs on it. Where
    nothing stands out from the plate it is the disc that was expected.
    """
    z = deviation(pixels, plate, noise)
    labels = hysteresis(z)
    rows, columns = np.nonzero(labels)
    if not len(rows):
        y, x = np.mgrid[: labels.shape[0], : labels.shape[1]] + 0.5
        return np.hypot(x - centre[0], y - centre[1]) < max(radius, 1.0), plate
    nearest = np.argmin(np.hypot(columns + 0.5 - centre[0], rows + 0.5 - centre[1]))
    pieces = bold(z, labels == labels[rows[nearest], columns[nearest]])
    whole = min(pieces, key=lambda p: float(np.hypot(*(np.argwhere(p)[:, ::-1] + 0.5 - centre).T).min()))
    mask = without_shadow(pixels, plate, noise, whole)
    return mask, plate if mask is whole else shaded(pixels, plate, whole, mask)


def _visible(model: Model, fit: reg.Fit, patch: reg.Patch) -> float:
    """Share of the layer's rim that lies inside the picture and before no other thing."""
    rim = np.clip(fit.alpha, 0, 1) * (1 - np.clip(fit.alpha, 0, 1))
    whole = np.clip(model.layer.alpha, 0, 1)
    total = float((whole * (1 - whole)).sum()) * np.exp(fit.size)
    return float(np.clip((rim * patch.weight).sum() * patch.stride**2 / max(total, 1e-6), 0, 1))


def _track(number: int, model: Model, found: dict[int, Found], scenery: Scenery) -> Track:
    sights, n = list(found.values()), len(found)
    centre = np.array([f.centre for f in sights])
    return Track(
        id=number, frames=np.array(list(found)), centre=centre,
        centre_plate=np.array([scenery.onto_plate(k, f.centre) for k, f in found.items()]),
        covariance=np.array([f.covariance for f in sights]),
        radius=np.array([f.radius for f in sights]), sigma_radius=np.array([f.sigma_radius for f in sights]),
        visible=np.array([f.visible for f in sights]), angle=np.array([f.angle for f in sights]),
        colour=np.array([f.colour for f in sights]), layer=model.layer, blur=np.zeros((n, 2)),
    )  # fmt: skip
