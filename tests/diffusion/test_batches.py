"""Batches: cuts and mirrors keep all planes together, and a mirrored picture has mirrored vectors."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.batches import NORMAL_X, Samples
from diffusion.condition import LIGHT_SIZE, PLANES, pack

FULL, SIDE = 24, 10


def write_sample(folder, number: int, frames: int) -> None:
    """Planes, truth and motion that say where they came from: channel 0 is x, channel 1 is y, in pixels."""
    y, x = np.mgrid[:FULL, :FULL].astype(np.float16)
    planes = np.zeros((frames, FULL, FULL, PLANES), np.float16)
    planes[..., 0], planes[..., 1], planes[..., NORMAL_X] = x, y, 0.5
    planes[..., 2] = np.arange(frames)[:, None, None]
    motion = np.broadcast_to(np.float16([2.0, 3.0]), (frames, FULL, FULL, 2))
    np.savez(
        folder / f"{number:06d}.npz", planes=planes, motion=motion,
        truth=np.stack([x, y, 0 * x + number], -1), light=np.full(LIGHT_SIZE, number, np.float32),
        ident=np.broadcast_to(x.astype(np.uint8), (frames, FULL, FULL)),
    )  # fmt: skip


@pytest.fixture
def samples(tmp_path):
    for number, frames in ((0, 1), (1, 1), (2, 4)):
        write_sample(tmp_path, number, frames)
    return Samples(tmp_path)


def test_normal_x_is_where_the_guide_packs_it(fake_guide):
    guide = fake_guide(4, 4)
    np.testing.assert_array_equal(pack(guide)[..., NORMAL_X], guide.normal[..., 0])
    assert pack(guide).shape == (4, 4, PLANES)
    np.testing.assert_array_equal(pack(guide)[..., :3], guide.prior)  # the residual's mean must come first


def test_sorts_clips_from_singles(samples):
    assert len(samples.singles) == 2 and len(samples.clips) == 1


def test_cuts_keep_the_planes_together_and_mirror_vectors(samples):
    batch = samples.singles_batch(np.random.default_rng(0), 64, SIDE)
    assert batch["planes"].shape == (64, SIDE, SIDE, PLANES) and batch["planes"].dtype == np.float32
    assert batch["truth"].shape == (64, SIDE, SIDE, 3) and batch["light"].shape == (64, LIGHT_SIZE)
    np.testing.assert_array_equal(batch["planes"][..., :2], batch["truth"][..., :2])
    np.testing.assert_array_equal(batch["light"][:, 0], batch["truth"][:, 0, 0, 2])
    step = np.diff(batch["truth"][..., 0], axis=2)
    mirrored = step[:, 0, 0] < 0
    assert np.all(step[mirrored] == -1) and np.all(step[~mirrored] == 1)
    assert np.all(np.diff(batch["truth"][..., 1], axis=1) == 1)
    assert 0.3 < mirrored.mean() < 0.7
    np.testing.assert_array_equal(batch["planes"][:, 0, 0, NORMAL_X], np.where(mirrored, -0.5, 0.5))
    assert len(np.unique(batch["light"][:, 0])) == 3  # the last frames of clips count as well
    clips = batch["light"][:, 0] == 2
    assert np.all(batch["planes"][clips][..., 2] == 3)


def test_clips_are_mirrored_whole(samples):
    batch = samples.clips_batch(np.random.default_rng(1), 32, SIDE)
    assert batch["planes"].shape == (32, 4, SIDE, SIDE, PLANES) and batch["motion"].shape == (
        32,
        4,
        SIDE,
        SIDE,
        2,
    )
    mirrored = batch["truth"][:, 0, 1, 0] < batch["truth"][:, 0, 0, 0]
    assert mirrored.any() and not mirrored.all()
    want = np.where(mirrored, -2.0, 2.0)[:, None, None, None]
    np.testing.assert_array_equal(batch["motion"][..., 0], np.broadcast_to(want, (32, 4, SIDE, SIDE)))
    assert np.all(batch["motion"][..., 1] == 3.0)
    np.testing.assert_array_equal(batch["ident"], batch["planes"][..., 0])
    assert batch["ident"].dtype == np.int32


def test_the_same_seed_draws_the_same_batch(samples):
    a, b = (samples.singles_batch(np.random.default_rng(5), 8, SIDE) for _ in range(2))
    for key in a:
        np.testing.assert_array_equal(a[key], b[key])


def test_a_whole_sample_is_not_cut(samples):
    batch = samples.singles_batch(np.random.default_rng(0), 4, FULL)
    assert set(batch["truth"][..., 0].ravel()) == set(range(FULL))


def test_refresh_finds_new_samples_once(samples, tmp_path):
    write_sample(tmp_path, 7, 1)
    np.savez(tmp_path / ".000008.123.npz", half="written")
    samples.refresh()
    samples.refresh()
    assert len(samples.singles) == 3


def test_no_samples_is_one_clear_line(tmp_path):
    with pytest.raises(ValueError, match="no training samples") as error:
        Samples(tmp_path)
    assert "\n" not in str(error.value)
