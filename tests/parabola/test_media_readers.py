"""Clips of other tools, damaged files, and files that are no clip at all."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from parabola.media import open_writer, read_clip, read_image, read_metadata

W, H = 96, 64


def clip(count: int = 12) -> np.ndarray:
    """A bright square that moves 5 px a frame, uint8 (count, H, W, 3)."""
    frames = np.full((count, H, W, 3), 60, np.uint8)
    for k in range(count):
        frames[k, 20:36, 5 * k + 4 : 5 * k + 20] = 220
    return frames


def write(path, frames, fps=24.0):
    with open_writer(path, width=frames.shape[2], height=frames.shape[1], fps=fps) as writer:
        for frame in frames:
            writer.write(frame)
    return path


def encode(path, frames, times, codec="libx264", pix_fmt="yuv420p", **tags):
    """A foreign file: `times` in 1/1000 s."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(
            codec, rate=24, width=frames.shape[2], height=frames.shape[1], pix_fmt=pix_fmt
        )
        stream.codec_context.time_base = Fraction(1, 1000)
        for name, value in tags.items():
            setattr(stream.codec_context, name, value)
        for frame, t in zip(frames, times, strict=True):
            picture = av.VideoFrame.from_ndarray(frame, "rgba" if frame.shape[-1] == 4 else "rgb24")
            picture = picture.reformat(format=pix_fmt)
            picture.pts, picture.time_base = t, Fraction(1, 1000)
            file.mux(stream.encode(picture))
        file.mux(stream.encode(None))
    return path


def shown(frames) -> list[int]:
    """Which frame of `clip()` each one is."""
    return [round((np.argwhere(f[28, :, 0] > 140).mean() - 11.5) / 5) for f in frames]


def refused(path, words):
    with pytest.raises(ValueError, match=words) as caught:
        list(read_clip(path))
    assert "\n" not in str(caught.value)


def test_jitter_is_not_variable_rate(tmp_path):
    times = [round(k * 1000 / 24) + (7 if k % 3 else 0) for k in range(12)]
    source = read_clip(encode(tmp_path / "a.mp4", clip(), times))
    assert shown(source) == list(range(12)) and abs(source.fps - 24) < 0.5
    assert source.metadata == {} == read_metadata(tmp_path / "a.mp4")


def test_variable_rate_is_held_as_a_player_shows_it(tmp_path):
    times = [40 * k for k in (0, 1, 2, 3, 7, 8, 9, 10, 11, 12, 13, 14)]
    source = read_clip(encode(tmp_path / "a.mp4", clip(), times))
    assert shown(source) == [0, 1, 2, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert source.fps == 25 and source.num_frames == 15


def test_wildly_uneven_times_are_refused(tmp_path):
    refused(encode(tmp_path / "a.mkv", clip(4), [0, 10, 20, 3_600_000]), "uneven")


@pytest.mark.parametrize("clockwise", [90, 180, 270])
def test_rotated_clip_is_turned_upright(tmp_path, clockwise):
    path = write(tmp_path / "a.mp4", clip(2))
    one, minus, zero = b"\x00\x01\x00\x00", b"\xff\xff\x00\x00", bytes(4)
    a, b, c, d = {
        90: (zero, one, minus, zero),
        180: (minus, zero, zero, minus),
        270: (zero, minus, one, zero),
    }[clockwise]
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # the track's matrix (ISO/IEC 14496-12, 8.3.2)
    assert data[at : at + 4] == one
    data[at : at + 24] = a + b + zero + c + d + zero
    path.write_bytes(data)
    got = read_image(path)
    wanted = np.rot90(clip(1)[0], -clockwise // 90)
    assert got.shape == wanted.shape
    assert np.abs(got.astype(int) - wanted).mean() < 4


def test_odd_size_and_alpha(tmp_path):
    frames = clip(3)[:, :63, :95]
    assert read_image(write(tmp_path / "a.webm", frames)).shape == (63, 95, 3)
    alpha = np.concatenate([frames, np.full((3, 63, 95, 1), 128, np.uint8)], -1)
    path = encode(tmp_path / "a.mkv", alpha, [0, 40, 80], codec="ffv1", pix_fmt="bgra")
    assert np.array_equal(np.stack(list(read_clip(path))), frames)


@pytest.mark.parametrize("matrix, height", [(1, 64), (5, 64), (2, 64), (2, 720)])
def test_matrix_of_the_file_is_used(tmp_path, matrix, height):
    """A red frame comes back red when it was made with the matrix that its tag, or else custom, says."""
    red = np.zeros((1, height, 64, 3), np.uint8) + np.array([200, 30, 40], np.uint8)
    space = {1: 1, 5: 5}.get(matrix, 1 if height >= 720 else 5)
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        stream = file.add_stream("libx264", rate=24, width=64, height=height, pix_fmt="yuv420p")
        stream.codec_context.colorspace = matrix
        stream.codec_context.color_range = 1
        frame = av.VideoFrame.from_ndarray(red[0], "rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace=space, dst_color_range=1)
        frame.colorspace = matrix
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert np.abs(read_image(tmp_path / "a.mp4").astype(int) - red[0]).max() <= 6


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.png", "a.gif", "a.webp"])
def test_cut_file_is_refused(tmp_path, name, share):
    noise = np.random.default_rng(0).integers(0, 256, (40, H, W, 3), dtype=np.uint8)
    path = write(tmp_path / name, noise)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refused(path, "a\\.")


def test_cut_frame_of_a_sequence_is_refused(tmp_path):
    for ending in ("png", "exr"):
        write(tmp_path / f"a.%04d.{ending}", clip(3))
        last = tmp_path / f"a.0003.{ending}"
        last.write_bytes(last.read_bytes()[:-200])
        refused(tmp_path / f"a.%04d.{ending}", "0003")


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.gif", "a.png", "a.webp", "a.xyz"])
@pytest.mark.parametrize("content", [b"", b"not a video at all\n" * 50, bytes(range(256)) * 40])
def test_what_is_no_clip_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, "a\\.")


def test_missing_file_folder_sound_and_gap(tmp_path):
    refused(tmp_path / "none.mp4", "no such file")
    refused(tmp_path, "directory")
    refused(tmp_path / "none.%04d.png", "no frame of this sequence")
    with av.open(str(tmp_path / "sound.mp4"), "w") as file:
        stream = file.add_stream("aac", rate=48000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        sound.sample_rate = 48000
        file.mux(stream.encode(sound))
        file.mux(stream.encode(None))
    refused(tmp_path / "sound.mp4", "holds no video")
    write(tmp_path / "a.%04d.png", clip(4))
    (tmp_path / "a.0003.png").unlink()
    refused(tmp_path / "a.%04d.png", "frame 3 is missing")


def test_sequence_of_any_start_and_size(tmp_path):
    for k in range(3):
        Image.fromarray(clip()[k]).save(tmp_path / f"plate.{1001 + k}.png")
    source = read_clip(tmp_path / "plate.%04d.png")
    assert shown(source) == [0, 1, 2] and source.fps == 24 and source.metadata == {}
    Image.fromarray(clip()[0][:32]).save(tmp_path / "plate.1004.png")
    refused(tmp_path / "plate.%04d.png", "differs in size")


def test_resized_sheet_is_refused(tmp_path):
    path = write(tmp_path / "a.png", clip(5))
    with Image.open(path) as image:
        info = image.info["parabola"]
        smaller = image.resize((100, 77))
    from PIL.PngImagePlugin import PngInfo

    keep = PngInfo()
    keep.add_text("parabola", info)
    smaller.save(path, pnginfo=keep)
    refused(path, "sprite sheet was resized")


def test_pictures_of_other_kinds(tmp_path):
    frame = clip(1)[0]
    Image.fromarray(frame).convert("RGBA").save(tmp_path / "alpha.png")
    Image.fromarray(frame).save(tmp_path / "a.bmp")
    Image.fromarray(frame[..., 0].astype(np.uint16) * 257).save(tmp_path / "deep.png")
    for name in ("alpha.png", "a.bmp", "deep.png"):
        assert np.array_equal(read_image(tmp_path / name), frame), name


def test_apng_and_gif_of_other_tools(tmp_path):
    pictures = [Image.fromarray(f) for f in clip(4)]
    for name in ("a.png", "a.gif", "a.webp"):
        pictures[0].save(tmp_path / name, save_all=True, append_images=pictures[1:], duration=100)
        source = read_clip(tmp_path / name)
        assert shown(source) == [0, 1, 2, 3] and source.fps == 10, name


def test_retimed_file_does_not_keep_the_old_rate(tmp_path):
    """A remux at half speed: the file's own times count, not the note."""
    path = write(tmp_path / "a.mp4", clip(), 24)
    with av.open(str(path)) as old, av.open(str(tmp_path / "b.mp4"), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        new.metadata["comment"] = old.metadata["comment"]
        for packet in old.demux(video=0):
            if packet.dts is None:
                continue
            packet.pts, packet.dts, packet.duration = packet.pts * 2, packet.dts * 2, packet.duration * 2
            packet.stream = stream
            new.mux(packet)
    assert read_clip(tmp_path / "b.mp4").rate == 12
