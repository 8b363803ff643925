"""Tracks to laws: parameters, events, choice, abstention, uncertainty (tables in test_motion_tables)."""

from __future__ import annotations

import numpy as np
import pytest

from physics.motion import MotionConfig, Observed, Prior, understand
from physics.motion.synthetic import ERRATIC, LAWS, erratic, observed, sample, together
from physics.motion.world_law import WorldLaw


def explained(track: Observed, **config):
    return understand([track], config=MotionConfig(**config)).motions[0]


@pytest.mark.parametrize("model", LAWS)
def test_every_law_is_recognised(model):
    made = sample(np.random.default_rng(11), model, noise=0.2)
    motion = explained(made.observed)
    assert (motion.model, motion.confident) == (model, True)
    assert np.sqrt(((motion.at(made.observed.time) - made.truth) ** 2).sum(1).mean()) < 0.2


@pytest.mark.parametrize("kind", ERRATIC)
def test_lawless_motion_is_called_erratic(kind):
    motion = explained(erratic(np.random.default_rng(5), kind, noise=0.2))
    assert (motion.model, motion.confident) == ("erratic", False)


def bounce(seed: int, noise: float):
    return sample(np.random.default_rng([seed, 3]), "bouncing", noise=noise)


@pytest.mark.parametrize("noise, when, restitution", [(0.05, 0.05, 2e-3), (1.0, 0.3, 0.01)])
def test_bounces_to_the_hundredth_of_a_frame(noise, when, restitution):
    errors = []
    for seed in range(5):
        made = bounce(seed, noise)
        motion = explained(made.observed)
        assert len(motion.events) == len(made.events)
        late = np.abs([e.frame for e in motion.events] - made.events).max()
        errors.append((late, abs(motion.parameters["restitution"] - made.theta["restitution"])))
    assert np.all(np.median(errors, 0) < (when, restitution))


def test_teleports_and_missing_frames_do_not_matter():
    made, rng = bounce(1, 0.3), np.random.default_rng(0)
    place = made.observed.place.copy()
    place[rng.choice(60, 6, replace=False)] += 15 * rng.normal(size=(6, 2))
    keep = np.sort(rng.choice(60, 48, replace=False))
    track = Observed(made.observed.time, place, made.observed.covariance, made.observed.radius).take(keep)
    motion = explained(track)
    assert len(motion.events) == len(made.events)
    assert np.median(np.linalg.norm(motion.at(np.arange(60)) - made.truth, axis=1)) < 0.3


def test_one_flight_too_high_is_overruled_by_the_others():
    world = WorldLaw(1, 1, np.zeros(1), 0.0)
    theta = world.theta(x0=20, y0=60, u0=2, gy=0.9, restitution=0.85, angle0=-np.pi / 2, offset0=-180.0)
    path = world.path(theta[None], np.arange(72.0))[0, :, 0]
    arcs = world.arcs(theta[None], 71.0)
    bounces = arcs.start[arcs.contact[:, 0] >= 0, 0]
    wrong, time = path.copy(), np.arange(72)
    flight = (time > bounces[1]) & (time < bounces[2])
    wrong[flight, 1] -= 0.3 * (180 - wrong[flight, 1])
    motion = explained(observed(np.random.default_rng(1), wrong, 0.12))
    assert motion.confident and motion.parameters["restitution"] == pytest.approx(0.85, abs=0.01)
    assert np.median(np.linalg.norm(motion.at(time) - path, axis=1)) < 0.3


def test_a_toss_after_a_hand_is_a_law_for_its_part():
    world = WorldLaw(1, 0, np.zeros(1), 0.0)
    flight = world.path(world.theta(x0=60, y0=200, u0=3, v0=-9, gy=0.5)[None], np.arange(36.0))[0, :, 0]
    shake = np.cumsum(np.random.default_rng(2).normal(size=(14, 2)) * 1.5, 0)
    hand = flight[0] + (shake - shake[-1])
    motion = explained(observed(np.random.default_rng(3), np.concatenate((hand, flight[1:])), 0.2))
    assert motion.model == "ballistic" and motion.confident
    assert 11 <= motion.span[0] <= 17 and motion.span[1] == 48
    assert motion.parameters["gy"] == pytest.approx(0.5, abs=0.01)


def test_bodies_that_meet_are_one_world():
    tracks, path, _, theta = together(np.random.default_rng([2, 2]), 2, 40, 0.1, walls=False)
    found = understand(tracks)
    assert [m.model for m in found.motions] == ["colliding", "colliding"]
    assert {e.objects for m in found.motions for e in m.events} == {(0, 1)}
    for body, motion in enumerate(found.motions):
        assert np.abs(motion.at(np.arange(40)) - path[:, body]).max() < 0.3


def test_falling_bodies_share_gravity():
    world = WorldLaw(1, 0, np.zeros(1), 0.0)
    rng, tracks = np.random.default_rng(4), []
    for x, v in ((40, -5), (120, -8), (200, -6)):
        theta = world.theta(x0=x, y0=180, u0=0.3, v0=v, gy=0.31)
        tracks.append(observed(rng, world.path(theta[None], np.arange(30.0))[0, :, 0], 0.3))
    found = understand(tracks)
    assert found.gravity is not None and found.gravity_sigma is not None
    assert np.abs(found.gravity - (0, 0.31)).max() < 4 * found.gravity_sigma.max() < 0.02
    assert len({m.parameters["gy"] for m in found.motions}) == 1


def test_a_meeting_still_to_come_is_foreseen():
    world = WorldLaw(2, 0, np.array([10.0, 10.0]), 0.0)
    theta = world.theta(x0=40, y0=100, u0=4, x1=200, y1=100, u1=-4)
    path = world.path(theta[None], np.arange(40.0))[0]
    rng = np.random.default_rng(0)
    tracks = [observed(rng, path[:3, k], 0.01, 10.0) for k in (0, 1)]
    config = MotionConfig(gravity=(0.0, 0.0), bounce=Prior(1.0, 1e-3), mass_sigma=1e-3)
    found = understand(tracks, config=config)
    for k, motion in enumerate(found.motions):
        assert np.abs(motion.at(39.0) - path[39, k]).max() < 2.0


def test_three_frames_cannot_tell_gravity_and_say_so():
    track = observed(
        np.random.default_rng(1), np.stack((np.arange(3) * 2.0, np.arange(3) * 1.0), 1) + 50, 0.1
    )
    open_minded, told = explained(track), explained(track, gravity=(0.0, 0.0))
    assert np.sqrt(open_minded.sigma_at(27.0)[1, 1]) > 30
    assert np.sqrt(told.sigma_at(27.0)[1, 1]) < 5


def test_one_and_two_samples_and_bad_input():
    track = observed(np.random.default_rng(1), np.full((2, 2), 50.0), 0.1)
    assert np.isfinite(explained(track).at(9.0)).all()
    assert np.isfinite(explained(track.take(np.array([0]))).at(9.0)).all()
    assert understand([]).motions == ()
    with pytest.raises(ValueError, match="have to rise"):
        Observed(np.zeros(2), np.zeros((2, 2)), np.zeros((2, 2, 2)), np.ones(2))
