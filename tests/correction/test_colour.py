"""CIEDE2000 against the published test pairs (Sharma, Wu, Dalal 2005, table 1)."""

from __future__ import annotations

import numpy as np
import pytest

from correction.colour import delta_e, delta_e_lab, lab

PAIRS = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0009), 7.1792),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize("one,two,published", PAIRS)
def test_published_pairs(one, two, published):
    assert delta_e_lab(one, two) == pytest.approx(published, abs=1e-4)
    assert delta_e_lab(two, one) == pytest.approx(published, abs=1e-4)


def test_lab_of_known_colours():
    assert np.allclose(lab((1.0, 1.0, 1.0)), (100, 0, 0), atol=0.02)
    assert np.allclose(lab((1.0, 0.0, 0.0)), (53.24, 80.09, 67.20), atol=0.02)
    assert np.allclose(delta_e(np.ones((4, 3)) * 0.3, np.ones((4, 3)) * 0.3), 0)
