"""LDR's tasks: their truth against closed forms, and what is told."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import ldr
from benchmarks._phyworld_world import GRAVITY, INTERVAL, SIZE


def test_a_bounce_gives_back_the_square_of_the_restitution_in_height():
    t = np.linspace(0, 8, 80_001)
    y = ldr.bounced(6.0, 1.0, t)
    hit = np.sqrt(2 * 5 / GRAVITY)
    after = (t > hit) & (t < hit * (1 + 2 * ldr.RESTITUTION))
    assert y[after].max() - 1 == pytest.approx(5 * ldr.RESTITUTION**2, rel=1e-4)
    assert y.min() == pytest.approx(1.0, abs=1e-2) and y[t > 7.9].min() >= 1 - 1e-9


@pytest.mark.parametrize("split", ["in", "out"])
def test_draws_are_in_range_or_out_of_it(split):
    rng = np.random.default_rng(0)
    drawn = [ldr.drawn(rng, split) for _ in range(50)]
    inside = [1 <= v <= 4 and 0.7 <= r <= 1.4 for v, r in drawn]
    assert all(inside) if split == "in" else not any(inside)


def test_a_looming_disc_grows_in_place():
    clip = ldr.clip_of("looming", "out", 64, np.random.default_rng(1))
    step = np.abs(np.diff(clip.radius[:, 0]))
    assert np.ptp(step) < 1e-9 and 0.05 <= step[0] <= 0.09 and clip.radius.min() > 0
    assert np.ptp(clip.place, axis=0).max() == 0


def test_told_gravity_is_that_of_the_clip_in_pixels():
    told = ldr.priors("bouncing", 256)
    assert told.gravity is not None
    assert told.gravity[1] == pytest.approx(GRAVITY * 255 / SIZE * INTERVAL**2)
    assert told.surfaces[0][1] == 255.5 and told.restitution == ldr.RESTITUTION
