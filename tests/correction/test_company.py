"""What belongs to a thing, what has no outline, and what only seems half hidden."""

from __future__ import annotations

import numpy as np
import pytest

from correction.attach import attached
from correction.deviation import passing
from correction.formless import Formless
from correction.whole import Look, in_doubt, shown_whole, wanted
from tests.correction.test_decide import R, T, shot, track

FPS = 24.0
FALL = np.stack([40 + 4.0 * np.arange(T), 40 + 60 * np.abs(np.sin(np.arange(T) / 8))], -1)


def mirrored(slope: float = -1.0, share: float = 0.4, astray: float = 0.0):
    """A track below FALL that goes down as that goes up."""
    place = np.stack([FALL[:, 0], 230 + slope * (FALL[:, 1] - 100)], -1)
    place[:, 0] += astray * np.sin(np.arange(T))
    colour = np.tile(0.5 + share * (np.array([0.8, 0.2, 0.2]) - 0.5), (T, 1))
    return track(2, centre=place, colour=colour)


def test_a_reflection_belongs_to_its_object():
    owners = [t.attached_to for t in attached(shot(track(1, centre=FALL), mirrored())).tracks]
    assert owners == [None, 1]


@pytest.mark.parametrize("other", [mirrored(slope=1.0), mirrored(share=1.0), mirrored(astray=6.0)])
def test_a_second_object_does_not(other):
    assert [t.attached_to for t in attached(shot(track(1, centre=FALL), other)).tracks] == [None, None]


def test_smoke_that_grows_and_jumps_is_measured():
    scene, told = shot(), Formless()
    for k in range(48):
        frame = np.full((240, 320, 3), 128, np.uint8)
        top = 200 - 2 * k - (20 if k >= 30 else 0)
        frame[top:220, 100:160] = 180
        told.add(frame, scene, k, ())
    found = told.report(FPS)
    assert found is not None
    assert found["level_drift_px_per_second"] == pytest.approx(-2 * FPS, rel=0.35)
    assert found["level_largest_step_px"] > 15 and found["mass_drift_per_second"] > 0.3


def test_nothing_formless_where_only_a_lawful_thing_moves():
    thing, told = track(1), Formless()
    scene = shot(thing)
    y, x = np.mgrid[:240, :320] + 0.5
    for k in range(T):
        frame = np.full((240, 320, 3), 128, np.uint8)
        frame[np.hypot(x - thing.centre[k, 0], y - thing.centre[k, 1]) < R] = 220
        told.add(frame, scene, k, (thing,))
    assert told.report(FPS) is None


def test_what_shrinks_is_not_half_hidden_but_what_is_covered_stays_so():
    radius, visible = np.full(T, R), np.ones(T)
    radius[20:30], visible[20:30] = np.nan, 0.7
    thing = track(1, radius=radius, visible=visible)
    rows = np.flatnonzero(wanted(thing))
    assert in_doubt(thing).sum() == 10 and set(range(20, 30)) <= set(rows) and len(rows) < T
    looks = {int(k): Look(thing.centre[k], -0.2 if in_doubt(thing)[k] else 0.0, 0.98) for k in rows}
    mended = shown_whole(thing, looks)
    np.testing.assert_allclose(mended.radius[20:30], R * np.exp(-0.2), rtol=1e-6)
    assert (mended.visible[20:30] == 1).all()
    covered = {k: Look(v.centre, v.size, 0.98 if not in_doubt(thing)[k] else 0.8) for k, v in looks.items()}
    assert shown_whole(thing, covered) is thing


def test_a_passing_fault_is_not_a_slow_one():
    hump = np.where(np.abs(np.arange(T) - 30) < 8, 5.0, 0.05)
    drag = 3 * (np.arange(T) / T - 0.5) ** 2
    assert passing(hump, 0.3) and not passing(drag, 0.3) and not passing(np.full(T, 2.0), 0.3)
