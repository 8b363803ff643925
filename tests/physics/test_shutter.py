"""Motion blur against the mean of many frames, each rendered at its own time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physics.colour import display, quantise
from physics.guide import render_guide
from physics.rigid import simulate
from physics.scene import Body, Camera, Light, Scene, Surface
from physics.shutter import blur, open_shutter
from physics.worlds.smoke_guide import undisplay

BALL = Body(
    radius=0.12, position=(0.0, 0.5, 0.0), velocity=(2.5, -1.0, 0.0), surface=Surface(colour=(0.8, 0.2, 0.1))
)
SCENE = Scene(
    bodies=(BALL,), camera=Camera(position=(0.0, 0.6, 2.6), look_at=(0.1, 0.35, 0.0), shutter_deg=180.0),
    light=Light(haze_m=1e3), width=64, height=64, num_frames=6,
)  # fmt: skip
TIMES = 16


def accumulated(scene: Scene, k: int) -> np.ndarray:
    """The mean of predicted pictures over the exposure, each at its own time."""
    fine = replace(scene, fps=scene.fps * 64, num_frames=64 * (k + 1))
    rollout = simulate(fine)
    half = scene.camera.shutter_deg / 720
    times = np.round((k - half + (np.arange(TIMES) + 0.5) / TIMES * 2 * half) * 64).astype(int)
    priors = [np.asarray(render_guide(fine, rollout, i, fuse=False).prior) for i in times]
    seen = [np.asarray(undisplay(prior)) for prior in priors]
    return np.asarray(display(np.mean(seen, 0)))


def blurred(scene: Scene, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Frame `k` sharp and through the shutter."""
    guide = render_guide(scene, simulate(scene), k, fuse=False)
    frame = quantise(guide.prior)
    return frame, blur(open_shutter(scene), k, frame, guide)


@pytest.mark.slow
def test_it_is_the_mean_of_the_frames_within_the_exposure():
    ball = replace(BALL, position=(-0.7, 0.5, 0.0), velocity=(8.0, -1.0, 0.0))  # 7 px within the exposure
    fast = replace(SCENE, width=96, height=96, bodies=(ball,))
    frame, got = blurred(fast, 2)
    want = accumulated(fast, 2)
    moving = np.abs(want - frame / 255).max(-1) > 0.02
    error = [np.mean((a[moving] / 255 - want[moving]) ** 2) for a in (frame, got)]
    assert moving.sum() > 50
    assert -10 * np.log10(error[1]) > 28 > 17 > -10 * np.log10(error[0])


def test_a_bounce_within_the_exposure_stays_above_the_floor():
    low = replace(BALL, position=(0.0, 0.22, 0.0), velocity=(0.0, -4.6, 0.0))
    scene = replace(SCENE, bodies=(low,))
    states = open_shutter(scene).states.position[:, 0, 1]
    assert states.min() > 0.119 and (np.diff(states[:32]) > 0).any()  # it turns between two frames
    assert open_shutter(scene).times(1, 8).mean() == pytest.approx(1.0)


def test_a_closed_shutter_and_a_still_scene_change_nothing():
    rest = replace(SCENE, bodies=(replace(BALL, position=(0.0, 0.12, 0.0), velocity=(0.0, 0.0, 0.0)),))
    frame, got = blurred(rest, 2)
    assert got is frame
    frame, got = blurred(replace(SCENE, camera=replace(SCENE.camera, shutter_deg=1e-3)), 2)
    assert got is frame


def test_a_clip_begins_and_ends_with_what_it_has():
    shutter = open_shutter(SCENE)
    assert shutter.times(0, 4).min() >= 0.0 and shutter.times(0, 4).max() <= 0.25
    assert shutter.times(5, 4).max() <= 5.25
