"""What goes wrong while writing leaves nothing behind, and long clips need no more memory."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from parabola.media import open_writer, read_clip

NAMES = ["a.mp4", "a.mov", "a.webm", "a.mkv", "a.gif", "a.webp", "a.png", "a.%04d.png", "a.%04d.exr"]
FRAME = np.full((64, 64, 3), 90, np.uint8)


def tree(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def write(path, count=3, value=90, size=64):
    with open_writer(path, width=size, height=size, fps=24) as writer:
        for _ in range(count):
            writer.write(np.full((size, size, 3), value, np.uint8))


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("name", NAMES)
def test_interrupted_writer_keeps_the_older_file(tmp_path, name, error):
    write(tmp_path / name)
    before = tree(tmp_path)
    with pytest.raises(error), open_writer(tmp_path / name, width=64, height=64, fps=24) as writer:
        writer.write(FRAME + 50)
        writer.write(FRAME + 60)
        raise error
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_there_before_the_end(tmp_path, name):
    with open_writer(tmp_path / name, width=64, height=64, fps=24) as writer:
        writer.write(FRAME)
        assert [p.name for p in tmp_path.iterdir() if not p.name.startswith(".")] == []
    assert all(not p.name.startswith(".") for p in tmp_path.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_no_frame_is_an_error(tmp_path, name):
    with pytest.raises(ValueError, match="no frame was written"):
        write(tmp_path / name, count=0)
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made(tmp_path):
    write(tmp_path / "new" / "deep" / "a.mkv")
    assert read_clip(tmp_path / "new" / "deep" / "a.mkv").num_frames == 3


@pytest.mark.parametrize("change, words", [
    ({"path": "a.avi"}, "ending"), ({"path": "clip"}, "ending"), ({"path": "a.exr"}, "a.%04d.exr"),
    ({"width": 65}, "66x64"), ({"height": 63}, "64x64"),
    ({"width": 0}, "0x64"), ({"width": 10**6}, "1 to 8192"),
    ({"fps": 0.0}, "fps"), ({"fps": float("nan")}, "fps"), ({"fps": -24.0}, "fps"),
    ({"fps": 1e9}, "frames per second"),
    ({"path": "a.gif", "fps": 60.0}, "0.01 to 50"), ({"metadata": {"x": float("nan")}}, "metadata"),
    ({"metadata": {"x": object()}}, "metadata"),
])  # fmt: skip
def test_impossible_output_is_refused_before_work_starts(tmp_path, change, words):
    wanted = {"path": "a.mp4", "width": 64, "height": 64, "fps": 24.0} | change
    path = tmp_path / wanted.pop("path")
    with pytest.raises(ValueError, match=words) as caught:
        open_writer(path, **wanted)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("frame", [
    np.zeros((64, 65, 3), np.uint8), np.zeros((64, 64), np.uint8), np.zeros((64, 64, 4), np.uint8),
    np.zeros((64, 64, 3), np.float32), np.zeros((64, 64, 3), np.int64),
])  # fmt: skip
def test_wrong_frames_are_refused(tmp_path, frame):
    with (
        pytest.raises(ValueError, match="frame 0"),
        open_writer(tmp_path / "a.mp4", width=64, height=64, fps=24) as w,
    ):
        w.write(frame)
    assert list(tmp_path.iterdir()) == []


def test_directory_or_unwritable_place_is_refused(tmp_path):
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(ValueError, match="is a directory"):
        write(tmp_path / "a.mp4")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match="cannot write there"):
        write(tmp_path / "file" / "b.mp4")


def test_a_sheet_that_would_be_too_large_names_the_sequence(tmp_path):
    frame = np.zeros((100, 9000, 3), np.uint8)
    with pytest.raises(ValueError, match="%04d.png"), open_writer(
        tmp_path / "a.png", width=9000, height=100, fps=24
    ) as writer:  # fmt: skip
        for _ in range(5):
            writer.write(frame)
    assert list(tmp_path.iterdir()) == []


PEAK = """
import resource, sys
import numpy as np
from parabola.media import open_writer, read_clip

path, count = sys.argv[1], int(sys.argv[2])
y, x = np.mgrid[:256, :556]
base = np.stack([x // 3, y, (x + y) // 4], -1).astype(np.uint8)
with open_writer(path, width=256, height=256, fps=24) as writer:
    for k in range(count):
        writer.write(base[:, k : k + 256])
assert sum(1 for _ in read_clip(path)) == count
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.webm", "a.mkv", "a.gif", "a.%04d.png"])
def test_memory_does_not_grow_with_length(tmp_path, name):
    """300 frames of 256x256 are 59 MB: the peak must stay where 60 frames left it."""

    def peak(count):
        command = [sys.executable, "-c", PEAK, str(tmp_path / name), str(count)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert peak(300) - peak(60) < 20
