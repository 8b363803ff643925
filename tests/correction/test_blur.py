"""Motion blur follows the mended path: smears against sub-samples, repaired pixels against the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from benchmarks._artefacts import make
from benchmarks._correction_clips import psnr
from correction.blur import sharpened
from correction.finished import examine
from correction.layer import smeared
from correction.rerender import Renderer
from physics.estimator import ArrayVideo
from physics.estimator.track import Layer

SIDE, RADIUS = 48, 9.0
CHORD = np.array([5.0, -3.0])


def disc(edge: float = 1.2) -> Layer:
    """A soft disc, brighter to the left."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5 - SIDE / 2
    alpha = 1 / (1 + np.exp((np.hypot(x, y) - RADIUS) / (0.4 * edge)))
    colour = np.stack([0.5 - 0.02 * x, 0.4 + 0 * x, 0.3 + 0.01 * y], -1) * alpha[..., None]
    return Layer(colour.clip(0, alpha[..., None]), alpha, np.array([SIDE / 2, SIDE / 2]))


def test_a_smear_is_the_mean_of_its_places():
    layer, out = disc(), smeared(disc(), CHORD)
    steps = np.linspace(-0.5, 0.5, 65)
    weight = np.r_[0.5, np.ones(63), 0.5] / 64
    room = int((out.alpha.shape[0] - SIDE) / 2)
    alpha = np.pad(layer.alpha, room)
    mean = sum(w * ndimage.shift(alpha, s * CHORD[::-1], order=3) for s, w in zip(steps, weight))
    assert np.abs(out.alpha - mean).max() < 0.01
    assert out.alpha.sum() == pytest.approx(layer.alpha.sum(), rel=1e-3)


def test_slight_blur_is_taken_out():
    ways = np.array([[1.5, 1.0], [2.0, -1.0], [1.8, 0.0]])
    shown = [smeared(disc(), w) for w in ways]
    room = (shown[0].alpha.shape[0] - SIDE) // 2
    inner = slice(room, room + SIDE)
    mean = Layer(np.mean([s.colour[inner, inner] for s in shown], 0),
                 np.mean([s.alpha[inner, inner] for s in shown], 0), disc().centre)  # fmt: skip
    before = np.abs(mean.alpha - disc().alpha).max()
    assert np.abs(sharpened(mean, ways).alpha - disc().alpha).max() < 0.4 * before


def test_blur_of_a_wrong_path_is_made_that_of_the_right_one():
    """A flight goes half as high again, and its blur with it: only moving it is not as near to the truth."""
    clip = make(9001, "bounce", "energy", 2, np.random.default_rng([5, 1]))
    clip = replace(clip, blur=1.0, follows=True, coding=None, grain=2.0)
    video = ArrayVideo(clip.frames, clip.fps)
    repair = examine(video)
    plan = repair.shots[0].plan
    assert any(o.blur is not None for o in plan.objects)
    wrong = (clip.truth != clip.raw).any(-1)
    plain = Renderer(replace(plan, objects=tuple(replace(o, blur=None) for o in plan.objects)))
    moved = np.stack([plain.render(k, f)[0] for k, f in enumerate(clip.frames)])
    again = np.stack(list(repair.frames(video)))
    assert psnr(again, clip.truth, wrong) > psnr(moved, clip.truth, wrong) + 1
    assert psnr(moved, clip.truth, wrong) > psnr(clip.frames, clip.truth, wrong) + 10
    assert (again == clip.frames).all(-1)[clip.stay].all()
