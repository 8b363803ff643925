"""Pictures in bands: every row once, all bands alike, enough rows of others beside."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diffusion.banded import GRID, bands, in_bands


@given(height=st.integers(1, 400), rows=st.integers(1, 200), halo=st.integers(0, 40))
def test_bands_cover_every_row_once(height, rows, halo):
    found = list(bands(height, rows, halo))
    assert len({end - start for start, end, *_ in found}) == 1
    done = 0
    for start, end, kept, place in found:
        assert start % GRID == 0 and 0 <= start and end <= height
        assert place.start == done and place.stop - place.start == kept.stop - kept.start > 0
        assert start + kept.start == place.start
        assert start == 0 or place.start - start >= halo
        assert end == height or end - place.stop >= halo
        done = place.stop
    assert done == height


def test_bands_with_enough_rows_beside_give_the_whole_picture():
    picture = np.random.default_rng(0).random((61, 5, 3)).astype(np.float32)

    def smooth(a: np.ndarray) -> dict[str, np.ndarray]:
        wide = np.pad(a, ((2, 2), (0, 0), (0, 0)), mode="edge")
        return {"mean": sum(wide[k : k + len(a)] for k in range(5)) / np.float32(5), "first": a[..., 0]}

    whole = in_bands(61, 10, 2, lambda top, end: smooth(picture[top:end]))
    for name, plane in smooth(picture).items():
        np.testing.assert_array_equal(whole[name], plane)
