"""Codecs by name: what is in the file, more than eight bits where that is promised, refusals that say what
works.
"""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from parabola.media import check_output, open_writer, read_clip, read_metadata
from parabola.media.codecs import CODECS
from parabola.media.colour import EXACT

SIZE = {"width": 256, "height": 128}
CASES = [(name, ending) for name, codec in CODECS.items() for ending in codec.endings]


def ramp() -> np.ndarray:
    """uint16 (H, W, 3): four levels of eight bits over the whole width."""
    x = np.linspace(0.5, 0.5 + 4 / 255, SIZE["width"])
    return np.round(np.broadcast_to(x[None, :, None], (SIZE["height"], SIZE["width"], 3)) * 65535).astype(
        np.uint16
    )


@pytest.mark.parametrize("name, ending", CASES)
def test_every_codec_in_every_ending(tmp_path, name, ending):
    path = tmp_path / f"a{ending}"
    told = {"fps": 29.97, "codec": name, "timecode": "01:00:00;00", "metadata": {"seed": 3}}
    with open_writer(path, **SIZE, **told) as writer:
        for _ in range(3):
            writer.write(ramp())
    source = read_clip(path)
    assert (source.num_frames, source.rate) == (3, Fraction(30000, 1001))
    assert np.abs(next(iter(source)).astype(float) - ramp() / 257).mean() < 1.0
    assert ending == ".mxf" or read_metadata(path) == {"seed": 3}
    with av.open(str(path)) as file:
        codes = {file.metadata.get("timecode"), *(s.metadata.get("timecode") for s in file.streams)} - {None}
    assert codes == ({"01:00:00;00"} if ending in (".mov", ".mp4", ".mxf") else set())


@pytest.mark.parametrize("name", ["h264-10", "h265", "av1", "prores-hq", "dnxhr-444"])
def test_ten_bits_tell_more_than_eight(tmp_path, name):
    path = tmp_path / f"a{CODECS[name].endings[0]}"
    with open_writer(path, **SIZE, fps=24, codec=name) as writer:
        writer.write(ramp())
    with av.open(str(path)) as file:
        frame = next(file.decode(file.streams.video[0]))
        row = frame.reformat(format="rgb48le", interpolation=EXACT).to_ndarray()[64, :, 1] / 65535 * 255
    want = ramp()[64, :, 1] / 65535 * 255
    assert np.abs(row - want).max() < 0.45 and len(np.unique(np.round(row, 2))) > 8


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
def test_clips_of_a_few_frames_are_whole(tmp_path, frames):
    for turn in range(12):  # what libx265 leaves unset is wrong now and then
        path = tmp_path / f"{turn}.mp4"
        with open_writer(path, **SIZE, fps=24, codec="h265") as writer:
            for _ in range(frames):
                writer.write(ramp())
        with av.open(str(path)) as file:
            assert [f.pts * f.time_base * 24 for f in file.decode(video=0)] == list(range(frames))


@pytest.mark.parametrize("change, words", [
    ({"path": "a.mp4", "codec": "prores-hq"}, r"goes into .mov; .mp4 holds h264, h264-10, h265, av1"),
    ({"path": "a.gif", "codec": "vp9"}, "goes into .webm or .mkv"),
    ({"path": "a.mov", "codec": "dnxhr-hq", "alpha": True}, r"use prores-4444 \(.mov\)"),
    ({"path": "a.mov", "codec": "dnxhr-hq", "width": 128}, "256x120 px or more"),
    ({"path": "a.mxf", "fps": 15.0}, "write .mov"),
    ({"path": "a.mov", "codec": "xvid"}, "choose from h264"),
    ({"path": "a.mp4", "codec": "h265", "height": 129}, "256x130"),
    ({"path": "a.mov", "codec": "prores-hq", "width": 257}, "258x128"),
])  # fmt: skip
def test_combinations_that_cannot_be_name_one_that_can(change, words):
    wanted = {**SIZE, "fps": 24.0, **change}
    with pytest.raises(ValueError, match=words) as caught:
        check_output(**wanted)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fps", [23.976, 24, 25, 29.97, 30, 50, 59.94, 60])
@pytest.mark.parametrize("ending", [".mov", ".mp4", ".mxf", ".mkv", ".webm"])
def test_all_rates_of_film_and_television(ending, fps):
    _, rate = check_output(f"a{ending}", 1920, 1080, fps)
    assert rate.denominator in (1, 1001) and float(rate) == pytest.approx(fps, abs=1e-3)


def test_sequences_start_where_they_are_told(tmp_path):
    with open_writer(tmp_path / "a.%04d.png", **SIZE, fps=24, first=1001) as writer:
        for _ in range(2):
            writer.write(np.zeros((128, 256, 3), np.uint8))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.1001.png", "a.1002.png"]
