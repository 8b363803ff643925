"""`parabola correct` and files: what is kept, what is refused, what stays bit for bit."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction

import av
import numpy as np
import pytest

import parabola
from parabola.cli import main
from parabola.media import open_writer, read_clip

W, H, T = 96, 80, 48


def ball_clip(wobble: float = 0.0, count: int = T, size: tuple[int, int] = (W, H)) -> np.ndarray:
    """A disc in free flight over a striped ground; `wobble` px of slow shaking."""
    w, h = size
    y, x = np.mgrid[:h, :w] + 0.5
    ground = 110 + 30 * np.sin(x / 5) + 15 * np.cos(y / 7)
    rng, frames = np.random.default_rng(4), []
    shake = wobble * np.sin(np.arange(count) * 1.3) * np.array([[0.6], [1.0]])
    for k in range(count):
        cx = 14 + (w - 28) * k / count + shake[0, k]
        cy = h - 14 - 0.9 * (h - 30) * 4 * (k / count) * (1 - k / count) + shake[1, k]
        cover = np.clip(0.5 - (np.hypot(x - cx, y - cy) - 7), 0, 1)[..., None]
        picture = ground[..., None] * [1.0, 0.95, 0.9] * (1 - cover) + cover * [215, 60, 40]
        frames.append(np.clip(picture + rng.normal(size=(h, w, 3)), 0, 255))
    return np.rint(frames).astype(np.uint8)


def run(*arguments) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(["correct", *map(str, arguments)])
    return status, out.getvalue(), err.getvalue()


def write(path, frames, fps: float | Fraction = 24):
    with open_writer(path, width=frames.shape[2], height=frames.shape[1], fps=fps) as writer:
        for frame in frames:
            writer.write(frame)
    return path


def encode(
    path, frames, *, codec="libx264", pix_fmt="yuv420p", sound="", options=None, tags=None, metadata=None
):
    """A file with what the project's own writers do not make."""
    with av.open(str(path), "w") as out:
        out.metadata.update(metadata or {})
        stream = out.add_stream(codec, rate=24, options=options or {})
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], pix_fmt
        for name, value in (tags or {}).items():
            setattr(stream.codec_context, name, value)
        tone = out.add_stream(sound, rate=48000, layout="mono") if sound else None
        for k, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, "rgb24").reformat(format=pix_fmt)
            picture.pts = k
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
        if tone is not None:
            _sing(out, tone, len(frames) / 24)
    return path


def _sing(out, stream, seconds: float) -> None:
    wave = np.sin(np.arange(int(seconds * 48000)) * 0.06).astype(np.float32)[None]
    for n in range(0, wave.shape[1] - 1023, 1024):
        frame = av.AudioFrame.from_ndarray(wave[:, n : n + 1024], "fltp", "mono")
        frame.sample_rate, frame.pts = 48000, n
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def packets(path, kind: str) -> list[bytes]:
    with av.open(str(path)) as file:
        return [bytes(p) for p in file.demux(getattr(file.streams, kind)[0]) if p.size]


@pytest.fixture(scope="module")
def shaken() -> np.ndarray:
    return ball_clip(1.6)


@pytest.fixture(scope="module")
def right() -> np.ndarray:
    return ball_clip()


def test_a_shaken_flight_is_mended_and_the_rest_keeps_its_bits(tmp_path, shaken):
    write(tmp_path / "a.mkv", shaken)
    outputs = ("-o", tmp_path / "b.mkv", "--report", tmp_path / "r.json")
    status, out, _ = run(tmp_path / "a.mkv", *outputs, "--json")
    report, told = json.loads((tmp_path / "r.json").read_text()), json.loads(out)
    assert status == 0 and report["decision"] == told["decision"] == "corrected"
    assert report["version"] == 1 and report["num_frames"] == T
    thing = report["objects"][0]
    assert len(thing["track_px"]) == len(thing["corrected_px"]) == T
    assert thing["residual_after_px"] < 0.5 * thing["residual_before_px"]
    assert report["untouched_exact_fraction"] == 1.0
    after = read_clip(tmp_path / "b.mkv")
    assert (after.width, after.height, after.num_frames, after.rate) == (W, H, T, 24)
    changed = np.stack([(a != b).any(-1) for a, b in zip(after, shaken)])
    assert 0 < changed.mean() < 0.12


@pytest.mark.slow
def test_a_right_clip_is_copied_bit_for_bit(tmp_path, right):
    for name in ("a.mkv", "a.mp4", "a.gif"):
        source, target = write(tmp_path / name, right), tmp_path / f"out-{name}"
        assert run(source, "-o", target)[0] == 0
        assert source.read_bytes() == target.read_bytes()


def test_a_right_clip_keeps_its_frames_in_another_lossless_format(tmp_path, right):
    write(tmp_path / "a.mkv", right)
    assert run(tmp_path / "a.mkv", "-o", tmp_path / "b.%03d.png")[0] == 0
    assert (np.stack(list(read_clip(tmp_path / "b.%03d.png"))) == right).all()


@pytest.mark.slow
def test_a_right_clip_keeps_its_packets_in_another_container(tmp_path, right):
    source = encode(tmp_path / "a.mkv", right, sound="aac")
    assert run(source, "-o", tmp_path / "b.mp4")[0] == 0
    with av.open(str(tmp_path / "b.mp4")) as file:
        assert file.streams.video[0].codec_context.name == "h264"
    decoded = np.stack(list(read_clip(tmp_path / "b.mp4")))
    assert (decoded == np.stack(list(read_clip(source)))).all()
    assert packets(tmp_path / "b.mp4", "audio") == packets(source, "audio")


def test_sound_tags_and_rate_go_along(tmp_path, shaken):
    tags = {"colorspace": 5, "color_primaries": 5, "color_trc": 6, "color_range": 1}
    titled = {"metadata": {"title": "my clip"}, "options": {"crf": "12"}}
    source = encode(tmp_path / "a.mp4", shaken, sound="aac", tags=tags, **titled)
    status, _, err = run(source, "-o", tmp_path / "b.mp4")
    assert status == 0, err
    with av.open(str(tmp_path / "b.mp4")) as file:
        stream, codec = file.streams.video[0], file.streams.video[0].codec_context
        assert stream.average_rate == 24 and stream.frames == T
        assert (codec.colorspace, codec.color_primaries, codec.color_trc) == (5, 5, 6)
        assert file.metadata["title"] == "my clip"
        assert abs(file.duration / av.time_base - T / 24) < 0.1
    assert packets(tmp_path / "b.mp4", "audio") == packets(source, "audio")
    assert parabola.load_clip(tmp_path / "b.mp4").metadata["corrected"] == "corrected"


@pytest.mark.slow
def test_sound_that_does_not_fit_is_encoded_anew(tmp_path, shaken):
    source = encode(tmp_path / "a.mp4", shaken, sound="aac", options={"crf": "12"})
    status, _, err = run(source, "-o", tmp_path / "b.webm")
    assert status == 0, err
    with av.open(str(tmp_path / "b.webm")) as file:
        assert file.streams.audio[0].codec_context.name in ("opus", "libopus")


def test_the_input_is_replaced_only_when_asked(tmp_path, right):
    source = write(tmp_path / "a.mkv", right)
    before = source.read_bytes()
    (tmp_path / "link.mkv").symlink_to(source)
    for target in (source, tmp_path / "link.mkv", tmp_path / "." / "a.mkv"):
        status, _, err = run(source, "-o", target)
        assert status == 2 and "--overwrite" in err and len(err.splitlines()) == 1
    assert source.read_bytes() == before
    assert run(source, "-o", source, "--overwrite")[0] == 0
    assert run(source, "-o", tmp_path / "b.mkv", "--report", source)[0] == 2


@pytest.mark.parametrize("flags, word", [
    (["--only", "x"], "object numbers"), (["--strength", "2"], "0 to 1"),
    (["--ignore", "0"], "object numbers"), (["--report", "r.json", "--report", "r.json"], "same file"),
    (["--target-gravity", "moon"], "--scale"), (["--target-gravity", "x", "--scale", "9"], "not known"),
    (["--scale", "0"], "above 0"), (["--only", "7"], "no object 7"),
    (["--target-gravity", "9", "--scale", "9", "--preview", "p.mkv"], "--preview"),
])  # fmt: skip
def test_bad_flags_are_one_line(tmp_path, right, flags, word, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.mkv", right[:4])
    status, _, err = run("a.mkv", "-o", "b.mkv", *flags)
    assert status == 2 and word in err and len(err.splitlines()) == 1
    assert not (tmp_path / "b.mkv").exists()


def test_truncated_files_are_refused(tmp_path, right):
    source = write(tmp_path / "a.mp4", right)
    data = source.read_bytes()
    for share in (0.1, 0.5, 0.9):
        source.write_bytes(data[: int(share * len(data))])
        status, _, err = run(source, "-o", tmp_path / "b.mp4")
        assert status == 2 and "a.mp4" in err and len(err.splitlines()) == 1
        assert not (tmp_path / "b.mp4").exists()


def test_only_sound_is_refused(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        _sing(out, out.add_stream("aac", rate=48000, layout="mono"), 0.5)
    status, _, err = run(tmp_path / "a.mp4", "-o", tmp_path / "b.mp4")
    assert status == 2 and "no video" in err


def test_interlaced_and_transparent_and_hdr_are_refused(tmp_path, right):
    encode(tmp_path / "i.mkv", right, options={"x264-params": "tff=1"})
    encode(tmp_path / "a.mov", right, codec="prores_ks", pix_fmt="yuva444p10le")
    encode(tmp_path / "h.mkv", right, pix_fmt="yuv420p10le", tags={"color_trc": 16})
    for name, word in (("i.mkv", "interlaced"), ("a.mov", "alpha"), ("h.mkv", "HDR")):
        status, _, err = run(tmp_path / name, "-o", tmp_path / "b.mkv")
        assert status == 2 and word in err and len(err.splitlines()) == 1, err


@pytest.mark.slow
def test_ten_bits_odd_sizes_and_one_frame(tmp_path, shaken, right):
    encode(tmp_path / "ten.mkv", shaken, pix_fmt="yuv420p10le", options={"crf": "10"})
    assert run(tmp_path / "ten.mkv", "-o", tmp_path / "b.mp4")[0] == 0
    odd = write(tmp_path / "odd.mkv", ball_clip(1.6, size=(97, 81)))
    assert run(odd, "-o", tmp_path / "odd-out.mkv")[0] == 0
    status, _, err = run(odd, "-o", tmp_path / "odd.mp4")
    assert status == 2 and "97x81" in err
    write(tmp_path / "one.mkv", right[:1])
    assert run(tmp_path / "one.mkv", "-o", tmp_path / "one-out.mkv")[0] == 0
    assert (np.stack(list(read_clip(tmp_path / "one-out.mkv"))) == right[:1]).all()


@pytest.mark.slow
def test_a_cut_every_second(tmp_path, shaken):
    other = 255 - shaken[:24]
    clip = np.concatenate([shaken[:24], other, shaken[:24, ::-1], other[:, :, ::-1]])
    write(tmp_path / "a.mkv", clip)
    status, _, err = run(tmp_path / "a.mkv", "-o", tmp_path / "b.mkv", "--report", tmp_path / "r.json")
    assert status == 0, err
    report = json.loads((tmp_path / "r.json").read_text())
    assert [s[0] for s in report["shots"]] == [0, 24, 48, 72] and read_clip(
        tmp_path / "b.mkv"
    ).num_frames == 96


@pytest.mark.slow
def test_python_takes_arrays_and_paths(tmp_path, shaken):
    done = parabola.correct(shaken, fps=24.0)
    assert done.report["decision"] == "corrected"
    assert done.clip.frames.shape == shaken.shape
    path = write(tmp_path / "a.mkv", shaken)
    again = parabola.correct(path)
    assert (again.clip.frames == done.clip.frames).all()
    everything = tuple(o["id"] for o in done.report["objects"])
    kept = parabola.correct(shaken, fps=24.0, ignore=everything)
    assert kept.report["decision"] == "unchanged" and (kept.clip.frames == shaken).all()
    with pytest.raises(ValueError, match="uint8"):
        parabola.correct(shaken.astype(float))
    with pytest.raises(ValueError, match="0 to 1"):
        parabola.correct(shaken, strength=3)


@pytest.mark.slow
def test_the_page_and_the_preview(tmp_path, shaken):
    source = write(tmp_path / "a.mkv", shaken)
    status, _, err = run(
        source, "-o", tmp_path / "b.mkv", "--report", tmp_path / "r.html", "--preview", tmp_path / "p.mkv"
    )
    assert status == 0, err
    text = (tmp_path / "r.html").read_text()
    assert "corrected" in text and "<svg" in text and "data:image/jpeg" in text
    assert "http" not in text.replace("http://www.w3.org", "") and "<script" not in text
    assert read_clip(tmp_path / "p.mkv").width == 2 * W + 4


@pytest.mark.slow
def test_re_timing_to_the_moon(tmp_path, right):
    source = write(tmp_path / "a.mkv", right)
    gravity = 7.2 * (H - 30) / T**2  # px/frame^2 of the flight that is drawn
    scale = 4 * gravity * 24**2 / 1.625  # so that the Moon's gravity is four times what is seen
    status, _, err = run(source, "-o", tmp_path / "b.mkv", "--target-gravity", "moon", "--scale", scale)
    assert status == 0, err
    fast = np.stack(list(read_clip(tmp_path / "b.mkv")))
    assert abs(len(fast) - T / 2) <= 1
    for k in (4, 11, 18):  # twice as fast: output frame k shows input frame 2 k
        assert np.abs(fast[k].astype(int) - right[2 * k]).mean() < 2.0


def ripples(count: int, period: float) -> np.ndarray:
    """Waves that run over the picture and come round after `period` frames."""
    y, x = np.mgrid[:H, :W] + 0.5
    frames = [120 + 60 * np.sin(x / 6 + y / 9 - 2 * np.pi * 3 * k / period) for k in range(count)]
    return np.rint(np.repeat(np.array(frames)[..., None], 3, -1)).astype(np.uint8)


def test_a_seam_is_closed_only_where_it_is_open(tmp_path):
    open_, shut = (
        write(tmp_path / "open.mkv", ripples(40, 27.3)),
        write(tmp_path / "shut.mkv", ripples(40, 40)),
    )
    for clip, frames in ((open_, 30), (shut, 40)):
        report = tmp_path / "r.json"
        assert run(clip, "-o", tmp_path / "out.mkv", "--loop", "--report", report, "--overwrite")[0] == 0
        told = json.loads(report.read_text())
        assert read_clip(tmp_path / "out.mkv").num_frames == told["num_frames"] == frames
        assert told["loop"]["seam_after"] < 1.5 and told["loop"]["frames_faded"] == 40 - frames
    assert told["decision"] == "unchanged"


def test_a_few_frames_make_no_loop(tmp_path):
    status, _, err = run(write(tmp_path / "a.mkv", ripples(9, 27)), "-o", tmp_path / "b.mkv", "--loop")
    assert status == 2 and "--loop" in err and not (tmp_path / "b.mkv").exists()
