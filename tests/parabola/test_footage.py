"""Training on footage: planes are estimated, bad files are left out with reasons, nothing is refused."""

from __future__ import annotations

import numpy as np
import pytest

from parabola import footage
from parabola.cli import main
from parabola.media import write_clip
from physics.estimator.detect import ready
from physics.estimator.plate import learn

SIZE, RADIUS, STEP = 160, 14, (5, -3)


def frame(k: int) -> np.ndarray:
    """A red disc on a grey ramp, moving STEP px a frame."""
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    picture = np.repeat((90 + 0.5 * x)[..., None], 3, 2)
    inside = (x - 40 - STEP[0] * k) ** 2 + (y - 110 - STEP[1] * k) ** 2 < RADIUS**2
    picture[inside] = (200, 30, 30)
    return picture.astype(np.uint8)


def save(path, frames: np.ndarray) -> None:
    write_clip(path, frames, width=frames.shape[2], height=frames.shape[1], fps=24)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One good clip and four bad ones."""
    out, good = tmp_path_factory.mktemp("footage"), np.stack([frame(k) for k in range(16)])
    save(out / "good.mkv", good)
    save(out / "short.mkv", good[:1])
    save(out / "tiny.mkv", good[:, :64, :64])
    (out / "broken.mp4").write_bytes((out / "good.mkv").read_bytes()[:300])
    (out / "notes.txt").write_text("no video")
    return out


def test_prior_shows_the_object_where_it_is_now():
    ground = ready(learn(np.stack([frame(k) for k in range(16)])))
    prior, ident, motion = footage.estimate(footage.Pair(frame(4), frame(5)), ground)
    here = (frame(5) == (200, 30, 30)).all(-1)
    assert np.mean((ident > 0) == here) > 0.99
    np.testing.assert_allclose(motion[ident > 0].mean(0), [-5, 3], atol=0.2)
    assert np.abs(prior - frame(5) / 255)[here].mean() < 0.05


def test_bad_files_are_left_out_with_their_reasons(folder, tmp_path):
    count, skipped = footage.make_samples(folder, tmp_path)
    reasons = dict(skipped)
    assert count == 8 and set(reasons) == {"short.mkv", "tiny.mkv", "broken.mp4", "notes.txt"}
    assert "1 frame;" in reasons["short.mkv"] and "too small" in reasons["tiny.mkv"]
    assert len((tmp_path / "skipped.txt").read_text().splitlines()) == 4
    with np.load(next(tmp_path.glob("[0-9]*.npz"))) as f:
        assert f["planes"].shape[:3] == (1, footage.SIDE, footage.SIDE) and f["ident"].max() == 1


def test_training_on_nothing_is_refused(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    assert main(["train", "tiny", "--out", str(tmp_path / "out"), "--footage", str(tmp_path / "in")]) == 2
    assert "nothing to train on" in capsys.readouterr().err
    with pytest.raises(ValueError, match="is no folder"):
        footage.make_samples(tmp_path / "nowhere", tmp_path / "out")


def test_a_moving_camera_is_left_out(tmp_path):
    rng = np.random.default_rng(0)
    wide = rng.integers(0, 255, (40, 60, 3)).repeat(8, 0).repeat(8, 1).astype(np.uint8)
    (tmp_path / "in").mkdir()
    clip = np.stack([wide[6 * k : 6 * k + 160, 9 * k : 9 * k + 200] for k in range(16)])
    save(tmp_path / "in" / "pan.mkv", clip)
    with pytest.raises(ValueError, match="camera moves"):
        footage.make_samples(tmp_path / "in", tmp_path / "out")
