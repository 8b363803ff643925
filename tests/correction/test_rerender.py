"""Re-rendering against exact composites: what is moved lands where it belongs, what is not keeps its bits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks._compositor import Look, Pose, background, compose, texture
from correction.grain import grain
from correction.plan import ObjectPlan, Shadow, ShotPlan
from correction.rerender import Renderer
from physics.estimator.track import Layer

W, H, R = 120, 90, 11.0


def look(seed: int = 3, shadow: float = 0.0, shape: str = "disc") -> Look:
    rng = np.random.default_rng(seed)
    return Look(shape, R, texture(rng, np.array([0.8, 0.25, 0.2])), shadow)


def layer_of(thing: Look) -> Layer:
    """The layer that perfect watching would learn."""
    n = int(1.5 * R) + 3
    black, white = np.zeros((2 * n + 1, 2 * n + 1, 3)), np.ones((2 * n + 1, 2 * n + 1, 3))
    centre = np.array([n + 0.5, n + 0.5])
    over_black, over_white = (
        compose(b, [replace(thing, shadow=0.0)], [Pose(centre[None], 0.0)]) for b in (black, white)
    )
    alpha = 1 - (over_white - over_black)[..., 0]
    return Layer(over_black.astype(np.float32), alpha.astype(np.float32), centre)


def plan_for(
    thing: Look, source, target, scale: float = 1.0, gain=1.0, ident: int = 1, shadows=()
) -> ObjectPlan:
    one = np.ones(1)
    return ObjectPlan(
        ident, layer_of(thing), np.array([0]), np.array([source], float), np.array([target], float),
        one, scale * one, np.ones((1, 3)) * gain, np.zeros((1, 3)), 0 * one, np.array([True]), shadows,
    )  # fmt: skip


def shot(plate: np.ndarray, *objects: ObjectPlan, noise: float = 0.0) -> ShotPlan:
    seen = np.ones(plate.shape[:2], bool)
    return ShotPlan(0, 1, plate, seen, np.full(plate.shape[:2], noise), None, objects)


def coded(picture: np.ndarray, sigma: float = 0.0, seed: int = 0) -> np.ndarray:
    noise = sigma * np.random.default_rng(seed).normal(size=picture.shape)
    return np.clip(np.rint(picture * 255 + noise), 0, 255).astype(np.uint8)


def psnr(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((a[mask].astype(float) - b[mask]) ** 2)))


@pytest.fixture(scope="module", params=["textured", "cluttered"])
def plate(request) -> np.ndarray:
    return background(W, H, request.param, np.random.default_rng(5))


@pytest.mark.parametrize("shape", ["disc", "box"])
@pytest.mark.parametrize("step", [(0.0, 0.4), (3.3, -2.6), (17.0, 9.5), (-30.5, 0.0)])
def test_a_moved_object_is_what_would_have_been_seen(plate, step, shape):
    thing, place = look(shape=shape), np.array([61.3, 44.7])
    frame = coded(compose(plate, [thing], [Pose(place[None], 0.3)]))
    truth = coded(compose(plate, [thing], [Pose((place + step)[None], 0.3)]))
    plan = replace(plan_for(thing, place, place + step), angle=np.array([0.3]))
    out, touched = Renderer(shot(plate, plan)).render(0, frame)
    wrong = (truth != frame).any(-1)
    assert touched is not None and psnr(out, truth, wrong) > 32.0
    assert (out[~touched] == frame[~touched]).all()
    assert touched.mean() < 0.16


def test_nothing_to_do_gives_back_the_very_array(plate):
    thing, place = look(), np.array([60.0, 45.0])
    frame = coded(compose(plate, [thing], [Pose(place[None], 0.0)]))
    idle = replace(plan_for(thing, place, place), active=np.array([False]))
    out, touched = Renderer(shot(plate, idle)).render(0, frame)
    assert out is frame and touched is None


@settings(max_examples=12, deadline=None)
@given(st.floats(20, 100), st.floats(20, 70), st.integers(0, 99))
def test_moving_by_nothing_changes_nothing(x, y, seed):
    plate = background(W, H, "textured", np.random.default_rng(seed))
    thing, place = look(seed), np.array([x, y])
    frame = coded(compose(plate, [thing], [Pose(place[None], 0.0)]), 2.0, seed)
    out, touched = Renderer(shot(plate, plan_for(thing, place, place), noise=2 / 255)).render(0, frame)
    assert touched is not None
    inner = np.hypot(*(np.mgrid[:H, :W] + 0.5 - place[::-1, None, None])) < R - 2
    assert np.abs(out[inner].astype(int) - frame[inner]).max() <= 1


def test_size_and_colour_are_mended(plate):
    thing, place = look(), np.array([60.4, 44.2])
    truth = coded(compose(plate, [thing], [Pose(place[None], 0.0)]))
    large = coded(compose(plate, [thing], [Pose(place[None], 0.0, scale=1.15)]))
    plan = replace(plan_for(thing, place, place, scale=1 / 1.15), size=np.array([1.15]))
    out, _ = Renderer(shot(plate, plan)).render(0, large)
    assert psnr(out, truth, (truth != large).any(-1)) > 33.0
    dim = coded(compose(plate, [thing], [Pose(place[None], 0.0, gain=0.8)]))
    out, _ = Renderer(shot(plate, plan_for(thing, place, place, gain=1.25))).render(0, dim)
    assert psnr(out, truth, (truth != dim).any(-1)) > 38.0


def test_the_shadow_goes_along(plate):
    thing = look(shadow=0.5)
    place, step, floor = np.array([50.0, 60.0]), np.array([14.0, 0.0]), 60.0 + R
    frame = coded(compose(plate, [thing], [Pose(place[None], 0.0, floor=floor)]))
    truth = coded(compose(plate, [thing], [Pose((place + step)[None], 0.0, floor=floor)]))
    alpha = np.ones((17, 41), np.float32)
    dark = Layer(alpha[..., None] * 0, alpha, np.array([20.5, 8.5]))
    shadow = Shadow(np.array([0]), np.array([[50.0, floor]]), dark, np.diag([1.0, 0.0]))
    left, moved = (
        Renderer(shot(plate, plan_for(thing, place, place + step, shadows=s))).render(0, frame)[0]
        for s in ((), (shadow,))
    )
    below = np.zeros((H, W), bool)
    below[int(floor) + 1 :] = True
    wrong = below & (truth != frame).any(-1)
    assert psnr(moved, truth, wrong) > psnr(left, truth, wrong) + 3.0


def test_objects_that_touch_stay_whole(plate):
    blue = texture(np.random.default_rng(8), np.array([0.2, 0.4, 0.9]))
    one, other = look(3), Look("disc", R, blue)
    a, b = np.array([50.0, 45.0]), np.array([50.0 + 1.7 * R, 45.0])
    step = np.array([-6.0, 0.0])
    poses = [Pose(a[None], 0.0), Pose(b[None], 0.0)]
    frame = coded(compose(plate, [one, other], poses))
    truth = coded(compose(plate, [one, other], [Pose((a + step)[None], 0.0), Pose(b[None], 0.0)]))
    rest = replace(plan_for(other, b, b, ident=2), active=np.array([False]))
    out, _ = Renderer(shot(plate, plan_for(one, a, a + step), rest)).render(0, frame)
    assert psnr(out, truth, (truth != frame).any(-1)) > 28.0


def test_an_object_comes_in_from_beyond_the_border(plate):
    thing, place = look(), np.array([4.0, 45.0])
    frame = coded(compose(plate, [thing], [Pose(place[None], 0.0)]))
    truth = coded(compose(plate, [thing], [Pose((place + [9.0, 0.0])[None], 0.0)]))
    out, _ = Renderer(shot(plate, plan_for(thing, place, place + [9.0, 0.0]))).render(0, frame)
    assert psnr(out, truth, (truth != frame).any(-1)) > 26.0


def test_grain_is_as_strong_and_as_coarse_as_around():
    from scipy import ndimage

    rng = np.random.default_rng(2)
    field = ndimage.gaussian_filter(rng.normal(size=(80, 80, 3)), (0.7, 0.7, 0), mode="wrap")
    field *= 3 / 255 / field.std()
    shown = np.ones((80, 80, 1), bool)
    made = grain(field, np.full((80, 80), 1 / 255), shown, (4, 1))
    assert abs(made.std() / field.std() - 1) < 0.15
    neighbours = [float(np.mean(f[:, 1:] * f[:, :-1]) / f.var()) for f in (field, made)]
    assert abs(neighbours[0] - neighbours[1]) < 0.12
    assert (made == grain(field, np.full((80, 80), 1 / 255), shown, (4, 1))).all()
    assert not grain(field * 0, np.zeros((80, 80)), shown, (4, 1)).any()
