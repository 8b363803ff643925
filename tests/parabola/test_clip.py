"""Clip: streams, remembers what cannot be asked twice, saves and loads."""

from __future__ import annotations

import numpy as np
import pytest

from parabola.clip import Clip, load_clip

FRAMES = np.random.default_rng(0).integers(0, 256, (6, 32, 48, 3), dtype=np.uint8)


class Restartable:
    """Yields the frames anew each time and counts how often."""

    def __init__(self):
        self.runs = 0

    def __iter__(self):
        self.runs += 1
        yield from FRAMES


@pytest.mark.parametrize("make", [lambda: FRAMES, lambda: list(FRAMES), lambda: iter(FRAMES), Restartable])
def test_frames_from_any_source(make):
    clip = Clip(make(), 24)
    assert np.array_equal(np.stack(list(clip)), FRAMES)
    assert np.array_equal(clip.frames, FRAMES) and clip.frames.dtype == np.uint8
    assert np.array_equal(np.stack(list(clip)), FRAMES)
    assert clip.num_frames == 6
    assert clip.frames is clip.frames


def test_a_generator_runs_once_and_only_as_far_as_asked():
    drawn = []

    def generate():
        for k, frame in enumerate(FRAMES):
            drawn.append(k)
            yield frame

    clip = Clip(generate(), 24)
    assert drawn == []
    assert np.array_equal(next(iter(clip)), FRAMES[0]) and drawn == [0]
    first, second = iter(clip), iter(clip)
    pairs = list(zip(first, second, strict=True))
    assert all(np.array_equal(a, b) for a, b in pairs) and drawn == list(range(6))


def test_a_restartable_source_is_not_held():
    source = Restartable()
    clip = Clip(source, 24)
    for _ in range(3):
        list(clip)
    assert source.runs == 3 and clip._frames is source


def test_save_and_load(tmp_path):
    clip = Clip(iter(FRAMES), 23.976, metadata={"seed": 5})
    assert clip.save(tmp_path / "a.mkv") == tmp_path / "a.mkv"
    back = load_clip(tmp_path / "a.mkv")
    assert np.array_equal(back.frames, FRAMES)
    assert back.metadata == {"seed": 5} and back.fps == pytest.approx(24000 / 1001)
    assert back.trajectories is None and "6 frames" in repr(back)
    again = back.save(tmp_path / "b.mkv")
    assert again.read_bytes() == (tmp_path / "a.mkv").read_bytes()


def test_save_over_the_file_that_is_being_read(tmp_path):
    Clip(FRAMES, 24).save(tmp_path / "a.mkv")
    load_clip(tmp_path / "a.mkv").save(tmp_path / "a.mkv")
    assert np.array_equal(load_clip(tmp_path / "a.mkv").frames, FRAMES)


def test_an_error_on_the_way_leaves_nothing(tmp_path):
    def broken():
        yield FRAMES[0]
        raise RuntimeError("lost")

    with pytest.raises(RuntimeError, match="lost"):
        Clip(broken(), 24).save(tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("frames, words", [
    ([], "no frame"), (iter([]), "no frame"), (FRAMES.astype(float), "uint8"), (FRAMES[..., :1], "uint8"),
    (FRAMES[0], "uint8"),
])  # fmt: skip
def test_bad_frames_are_refused(tmp_path, frames, words):
    with pytest.raises(ValueError, match=words):
        Clip(frames, 24).save(tmp_path / "a.mp4")


def test_missing_file():
    with pytest.raises(ValueError, match="no such file"):
        load_clip("nowhere.mp4")
