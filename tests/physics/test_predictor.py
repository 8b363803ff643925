"""The predictor's parts against closed forms: places of discs, laws by evidence, impacts, drawing, camera."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.ndimage import binary_erosion

from physics.predictor.camera import continued
from physics.predictor.cell import cell
from physics.predictor.disc import centroid, fit_disc
from physics.predictor.inpaint import filled
from physics.predictor.looks import Cutout, Disc, draw
from physics.predictor.paths import Flight, Priors, fit_flight
from physics.predictor.rollout import Around, Body, Surface, roll_out

SURE = Priors(members=1)


def disc(shape: tuple[int, int], centre, radius: float, edge: float) -> np.ndarray:
    y, x = np.indices(shape) + 0.5
    return np.clip((radius - np.hypot(x - centre[0], y - centre[1])) / edge + 0.5, 0, 1)


@pytest.mark.parametrize("radius, edge", [(40.0, 0.6), (12.0, 0.3), (8.0, 2.0), (5.0, 1.0)])
def test_a_flat_disc_is_found_to_a_thousandth_of_a_pixel(radius, edge):
    rng = np.random.default_rng(int(radius))
    true = 50 + rng.uniform(-3, 3, (4, 2))
    alphas = np.array([np.round(255 * disc((100, 100), c, radius, edge)) / 255 for c in true])
    guesses = np.array([centroid(a)[0] for a in alphas])
    fit = fit_disc(alphas, guesses, radius + 0.2, np.arange(4.0), 0.5 / 255)
    assert np.abs(fit.centre - true).max() < 2e-3 < np.abs(guesses - true).max() + 2e-3
    assert fit.radius == pytest.approx(radius, abs=3e-3)
    assert fit.growth == 0.0


def test_a_small_hard_disc_is_as_unsure_as_its_pixels_leave_it():
    rng, off = np.random.default_rng(1), []
    for _ in range(12):
        true = 15 + rng.uniform(-0.5, 0.5, 2)
        alpha = np.round(255 * disc((30, 30), true, 4.0, 0.06)) / 255
        mean, covariance = cell(alpha, true + rng.uniform(-0.05, 0.05, 2), 4.0, 0.06, 0.0, 0.0)
        off.append((mean - true) @ np.linalg.solve(covariance + 1e-6 * np.eye(2), mean - true))
        assert np.abs(mean - true).max() < 0.2
    assert 0.3 < np.mean(off) < 4.0  # 2 where the cells are as wide as they say


def test_a_growing_disc_is_seen_to_grow():
    radii = 12 + 0.15 * np.arange(5)
    alphas = np.array([disc((60, 60), (30.2, 29.7), r, 0.8) for r in radii])
    fit = fit_disc(alphas, np.full((5, 2), 30.0), 12.3, np.arange(5.0), 1e-3)
    assert fit.growth == pytest.approx(0.15, abs=2e-3)
    np.testing.assert_allclose(fit.radius, radii, atol=5e-3)


def test_noise_is_answered_with_an_honest_sigma():
    rng = np.random.default_rng(0)
    off = []
    for _ in range(40):
        alphas = np.array([disc((50, 50), (25.3, 24.6), 10, 1.0) + rng.normal(0, 0.05, (50, 50))])
        fit = fit_disc(alphas, np.array([[25.2, 24.8]]), 10.0, np.zeros(1), 0.05)
        off.append((fit.centre[0] - [25.3, 24.6]) / np.sqrt(np.diag(fit.covariance[0])))
    assert 0.7 < np.std(off) < 1.4


CASES = [
    ("static", (0.0, 0.0), (0.0, 0.0)),
    ("uniform", (4.0, -1.0), (0.0, 0.0)),
    ("ballistic", (3.0, -2.0), (0.0, 0.5)),
]


@pytest.mark.parametrize("model, v, a", CASES)
@pytest.mark.parametrize("count", [3, 5])
def test_the_law_is_chosen_by_evidence(model, v, a, count):
    rng = np.random.default_rng(3)
    t = np.arange(float(count))
    path = 100 + t[:, None] * np.array(v) + 0.5 * t[:, None] ** 2 * np.array(a)
    law = fit_flight(t, path + rng.normal(0, 0.01, path.shape), np.tile(1e-4 * np.eye(2), (count, 1, 1)), 256)
    assert law.model == model and law.confident
    np.testing.assert_allclose(law.velocity(t[-1]), np.array(v) + (count - 1) * np.array(a), atol=0.08)


def test_two_tracking_sigmas_of_fall_are_not_called_gravity():
    t = np.arange(3.0)
    path = np.stack([100 + 4 * t, 100 + 0.15 * t * t], axis=1)
    law = fit_flight(t, path, np.tile(0.01 * np.eye(2), (3, 1, 1)), 256)
    assert law.model == "uniform" and not law.confident
    told = fit_flight(t, path, np.tile(0.01 * np.eye(2), (3, 1, 1)), 256, np.array([0.0, 0.3]), told=True)
    assert told.model == "ballistic"


def test_spread_is_that_of_least_squares():
    """Known g, K frames: sigma_h^2 = s^2 p(h)' (A'A)^-1 p(h)."""
    t, s = np.arange(4.0), 0.1
    path, wide = np.stack([10 + 9 * t, 50 + 0 * t], 1), np.tile(s * s * np.eye(2), (4, 1, 1))
    law = fit_flight(t, path, wide, 1e4, gravity=np.zeros(2), told=True)
    design = np.stack([np.ones(4), t], 1)
    for h in (1, 12, 24):
        p = np.array([1, 3 + h])
        expected = s * np.sqrt(p @ np.linalg.inv(design.T @ design) @ p)
        assert np.sqrt(law.sigma_at(3.0 + h)[0, 0]) == pytest.approx(expected, rel=0.01)


def body(x, v, r, a=(0.0, 0.0), spread=1e-12, **more) -> Body:
    covariance = np.diag([spread, spread, spread / 1e4, spread / 1e4, 0, 0])
    return Body(law=Flight(0.0, np.r_[x, v, a].astype(float), covariance), radius=r, **more)


def run(bodies, count, surfaces=(), priors=SURE):
    return list(islice(roll_out(bodies, Around(surfaces, 0.0, 256.0), priors), count))


def test_a_head_on_collision_keeps_momentum_and_energy():
    a, b = body((50, 50), (5, 0), 10), body((150, 53), (-4, 0), 15)
    moments = run([a, b], 20)
    v, mass = moments[-1].velocity[0], np.array([100.0, 225.0])
    np.testing.assert_allclose(mass @ v, mass @ np.array([[5, 0], [-4, 0]]), atol=1e-9)
    assert (mass * (v**2).sum(1)).sum() == pytest.approx(100 * 25 + 225 * 16, rel=1e-9)
    (event,) = [e for m in moments for e in m.events]
    gap = np.sqrt(25**2 - 9)  # they touch 3 px off the axis
    assert event["time"] == pytest.approx((100 - gap) / 9, abs=1e-6)


def test_slow_impacts_do_not_bounce():
    v = run([body((50, 50), (1, 0), 10), body((80, 50), (-1, 0), 10)], 30)[-1].velocity[0]
    np.testing.assert_allclose(v, 0, atol=1e-9)


def test_bodies_that_overlap_at_the_start_are_one_in_front_of_the_other():
    moments = run([body((50, 50), (3, 0), 10), body((55, 50), (-3, 0), 10)], 5)
    np.testing.assert_allclose(moments[-1].place[0], [[65, 50], [40, 50]], atol=1e-9)


def test_a_bounce_is_where_and_when_the_parabola_meets_the_floor():
    floor = Surface(np.array([0.0, 200.0]), np.array([0.0, -1.0]), restitution=0.7)
    moments = run([body((20, 100), (2, 0), 10, a=(0, 0.5))], 40, [floor])
    (event, *_) = [e for m in moments for e in m.events]
    hit = np.sqrt(2 * 90 / 0.5)
    assert event["time"] == pytest.approx(hit, abs=1e-6)
    t = moments[24].time - hit
    speed = 0.7 * 0.5 * hit
    assert moments[24].place[0, 0, 1] == pytest.approx(190 - speed * t + 0.25 * t * t, abs=1e-4)


def test_a_bouncing_ball_comes_to_rest_on_the_floor():
    floor = Surface(np.array([0.0, 200.0]), np.array([0.0, -1.0]), restitution=0.5)
    last = run([body((20, 150), (1, 0), 10, a=(0, 0.5))], 120, [floor])[-1]
    np.testing.assert_allclose(last.place[0, 0], [140, 190], atol=0.1)


def test_a_pendulums_bob_does_not_give_way():
    moments = run([body((50, 50), (5, 0), 10), body((100, 50), (0, 0), 10, heavy=True)], 20)
    np.testing.assert_allclose(moments[-1].velocity[0], [[-5, 0], [0, 0]], atol=1e-9)


def test_an_uncertain_hit_widens_the_spread():
    """A grazing collision that may or may not happen: the members part, far beyond a free flight's spread."""
    priors = Priors(members=60)
    free = run([body((50, 50), (6, 0), 10, spread=1.0)], 20, priors=priors)[-1]
    graze = run([body((50, 50), (6, 0), 10, spread=1.0), body((100, 69.5), (0, 0), 10)], 20, priors=priors)[
        -1
    ]
    assert graze.place[1:, 0, 1].std() > 3 * free.place[1:, 0, 1].std()


def textured(size: int = 41) -> Cutout:
    rng = np.random.default_rng(1)
    y, x = np.indices((size, size)) + 0.5
    alpha = np.clip(15 - np.hypot(x - size / 2, y - size / 2) + 0.5, 0, 1)
    wave = 0.5 + 0.3 * np.sin(x[..., None] / 3 + rng.uniform(0, 6, 3)) * np.cos(y[..., None] / 4)
    return Cutout(wave * alpha[..., None], alpha, np.array([size / 2, size / 2]))


def test_a_layer_that_moves_by_whole_pixels_stays_as_filmed():
    look = textured()
    patch = draw(look, np.array([40.5, 33.5]), (80, 90))
    assert patch is not None
    canvas = np.zeros((80, 90, 3))
    canvas[patch.window] = patch.colour
    np.testing.assert_allclose(canvas[13:54, 20:61], look.colour, atol=1e-5)


def test_half_a_pixel_there_and_back_is_over_40_db():
    look = textured()
    there = draw(look, np.array([20.5 + 0.5, 20.5 + 0.5]), (41, 41))
    assert there is not None
    colour, alpha = np.zeros((41, 41, 3)), np.zeros((41, 41))
    colour[there.window], alpha[there.window] = there.colour, there.alpha
    back = draw(Cutout(colour, alpha, np.array([21.0, 21.0])), np.array([20.5, 20.5]), (41, 41))
    assert back is not None
    canvas = np.zeros((41, 41, 3))
    canvas[back.window] = back.colour
    inside = binary_erosion(look.alpha > 0.99, iterations=2)  # the cut-out's own edge is a pixel wide
    assert -10 * np.log10(((canvas - look.colour)[inside] ** 2).mean()) > 40


def test_blur_and_doubt_move_no_light():
    look = Disc(np.array([1.0, 0.5, 0.2]), 8.0, 1.0)
    sharp = draw(look, np.array([40.0, 40.0]), (80, 80))
    soft = draw(
        look,
        np.array([40.0, 40.0]),
        (80, 80),
        spread=np.diag([4.0, 1.0]),
        blur=np.array([9.0, 3.0]),
        radius=8,
    )
    assert sharp is not None and soft is not None
    assert soft.alpha.sum() == pytest.approx(sharp.alpha.sum(), rel=1e-3)
    assert soft.alpha.max() < 1.0 and (soft.alpha > 0.02).sum() > 1.4 * (sharp.alpha > 0.02).sum()


def test_doubt_dissolves_nothing():
    """However unsure its place, a disc is drawn no softer than half its radius."""
    patch = draw(
        Disc(np.ones(3), 8.0, 1.0), np.array([40.0, 40.0]), (80, 80), spread=1e4 * np.eye(2), radius=8.0
    )
    assert patch is not None and patch.alpha.max() > 0.6


def test_a_camera_goes_on_panning_and_zooming():
    step = expm(np.array([[0.01, 0.002, 3.0], [-0.002, 0.01, -1.0], [0, 0, 0]]))
    watched = np.array([np.linalg.matrix_power(step, k) for k in range(15)])
    found = continued(watched, first=5)(5 + 14 + 10)
    np.testing.assert_allclose(found, np.linalg.matrix_power(step, 24), rtol=1e-6, atol=1e-6)


def test_a_hole_in_a_ramp_is_filled_with_the_ramp():
    y, x = np.indices((64, 64))
    ramp = np.stack([x / 64, y / 64, (x + y) / 128], -1).astype(np.float32)
    seen = np.ones((64, 64), bool)
    seen[24:40, 20:44] = False
    assert np.abs(filled(np.where(seen[..., None], ramp, 0), seen) - ramp).max() < 0.01
