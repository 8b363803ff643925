"""Every format holds what was written: pixels, rate, colour tags, settings."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parabola.media import FORMATS, exact_rate, open_writer, read_clip, read_image, read_metadata
from parabola.media.colour import from_linear, to_linear
from parabola.media.metadata import pack, unpack

W, H, N = 96, 64, 9
SETTINGS = {"prompt": "two “balls” <& é>", "seed": 7, "nested": {"steps": [1, 2, None]}, "fps": 23.976}
LOSSLESS = ["a.mkv", "a.png", "a.%04d.png", "a.%04d.exr"]
# PSNR floors, dB; a saturated edge in 4:2:0 chroma is what costs most
LOSSY = {"a.mp4": 32.0, "a.mov": 36.0, "a.webm": 32.0, "a.gif": 30.0, "a.webp": 31.0}


def clip(count: int = N, width: int = W, height: int = H) -> np.ndarray:
    """A disc that crosses a smooth background, uint8 (count, height, width, 3)."""
    y, x = np.mgrid[:height, :width]
    back = np.stack([x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)], -1)
    frames = np.repeat(back[None].astype(np.uint8), count, 0)
    for k in range(count):
        frames[k][(x - 10 - 8 * k) ** 2 + (y - height / 2) ** 2 < 144] = (220, 60, 40)
    return frames


def write(path, frames, fps=24.0, metadata=None):
    with open_writer(
        path, width=frames.shape[2], height=frames.shape[1], fps=fps, metadata=metadata
    ) as writer:
        for frame in frames:
            writer.write(frame)
    return path


def psnr(a, b) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(float) - b.astype(float)) ** 2)))


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_formats_are_bit_exact(tmp_path, name):
    frames = np.random.default_rng(0).integers(
        0, 256, (5, 33, 47, 3), dtype=np.uint8
    )  # odd size, worst content
    source = read_clip(write(tmp_path / name, frames))
    assert (source.width, source.height, source.num_frames) == (47, 33, 5)
    assert np.array_equal(np.stack(list(source)), frames)
    assert np.array_equal(np.stack(list(source)), frames), "a source can be read twice"


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_formats_stay_close_and_keep_colour(tmp_path, name):
    frames = clip()
    got = np.stack(list(read_clip(write(tmp_path / name, frames))))
    assert got.shape == frames.shape
    assert psnr(got, frames) > LOSSY[name]
    assert np.abs((got.astype(float) - frames).mean((0, 1, 2))).max() < 1.2, "no shift of any channel"


@pytest.mark.parametrize("name", LOSSLESS + list(LOSSY))
@pytest.mark.parametrize(
    "fps, rate", [(24, "24"), (23.976, "24000/1001"), (29.97, "30000/1001"), (10.0, "10")]
)
def test_rate_and_settings_come_back(tmp_path, name, fps, rate):
    path = write(tmp_path / name, clip(4), fps, SETTINGS)
    source = read_clip(path)
    assert source.rate == Fraction(rate)
    assert source.metadata == SETTINGS == read_metadata(path)


@pytest.mark.parametrize("name", LOSSLESS + list(LOSSY))
def test_one_frame(tmp_path, name):
    frames = clip(1)
    path = write(tmp_path / name, frames, metadata=SETTINGS)
    assert read_clip(path).num_frames == len(list(read_clip(path))) == 1
    got = read_image(path)
    assert np.array_equal(got, frames[0]) if name in LOSSLESS else psnr(got, frames[0]) > 29
    assert read_metadata(path) == SETTINGS


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.webm", "a.mkv"])
def test_same_frames_same_bytes(tmp_path, name):
    first, second = (write(tmp_path / d / name, clip(), metadata=SETTINGS) for d in "xy")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name, codec, pixels", [
    ("a.mp4", "h264", "yuv420p"), ("a.mov", "prores", "yuv422p10le"), ("a.webm", "vp9", "yuv420p"),
])  # fmt: skip
def test_video_is_tagged_bt709(tmp_path, name, codec, pixels):
    with av.open(str(write(tmp_path / name, clip(), 23.976))) as file:
        stream = file.streams.video[0]
        context = stream.codec_context
        frame = next(file.decode(stream))
    assert (context.name, context.pix_fmt) == (codec, pixels)
    for tagged in (context, frame):
        tags = (tagged.color_primaries, tagged.color_trc, tagged.colorspace, tagged.color_range)
        assert tags == (1, 1, 1, 1), "primaries, transfer, matrix BT.709; limited range"
    assert stream.average_rate == Fraction(24000, 1001)


def test_mp4_times_are_exact_and_index_is_in_front(tmp_path):
    path = write(tmp_path / "a.mp4", clip(), 23.976)
    with av.open(str(path)) as file:
        times = [f.pts * f.time_base for f in file.decode(video=0)]
    assert times == [Fraction(1001 * k, 24000) for k in range(N)]
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_matrix_is_bt709():
    """The planes against the formula of BT.709-6, item 3, for flat colours."""
    from av.video.reformatter import VideoReformatter

    from parabola.media.colour import to_rgb, to_video

    for rgb in np.random.default_rng(1).integers(0, 256, (20, 3)):
        frame = to_video(np.full((16, 16, 3), rgb, np.uint8), "yuv420p", VideoReformatter())
        r, g, b = rgb / 255
        luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
        wanted = 16 + 219 * luma, 128 + 224 * (b - luma) / 1.8556, 128 + 224 * (r - luma) / 1.5748
        got = [np.frombuffer(bytes(p), np.uint8)[0] for p in frame.planes]
        assert np.abs(np.array(got) - wanted).max() <= 0.51
        assert np.abs(to_rgb(frame, VideoReformatter())[8, 8].astype(int) - rgb).max() <= 2


def test_sheet_reads_left_to_right_top_to_bottom(tmp_path):
    from PIL import Image

    frames = clip(5)
    sheet = np.asarray(Image.open(write(tmp_path / "a.png", frames)))
    assert sheet.shape == (2 * H, 3 * W, 3)
    assert np.array_equal(sheet[:H, W : 2 * W], frames[1])
    assert np.array_equal(sheet[H:, :W], frames[3])
    assert not sheet[H:, 2 * W :].any()


def test_exr_is_half_linear_with_film_attributes(tmp_path):
    import OpenEXR

    write(tmp_path / "a.%04d.exr", clip(2), 23.976)
    with OpenEXR.File(str(tmp_path / "a.0001.exr")) as file:
        header = dict(file.header())
        pixels = np.array(file.channels()["RGB"].pixels)
    assert pixels.dtype == np.float16
    assert header["colorInteropID"] == "lin_rec709_scene"
    assert Fraction(header["framesPerSecond"]) == Fraction(24000, 1001)
    assert np.abs(pixels.astype(float) - to_linear(clip(1)[0])).max() < 6e-4
    assert np.array_equal(from_linear(to_linear(np.arange(256, dtype=np.uint8))), np.arange(256))


def test_exr_takes_linear_frames_beyond_white(tmp_path):
    import OpenEXR

    with open_writer(tmp_path / "a.%04d.exr", width=4, height=4, fps=24) as writer:
        writer.write(np.full((4, 4, 3), 12.5, np.float32))
    with OpenEXR.File(str(tmp_path / "a.0001.exr")) as file:
        assert np.all(np.array(file.channels()["RGB"].pixels) == 12.5)


def test_gif_keeps_a_still_background_still_and_loops(tmp_path):
    from PIL import Image

    path = write(tmp_path / "a.gif", clip(12))
    got = np.stack(list(read_clip(path)))
    assert np.array_equal(got[0][:12], got[11][:12]), "far from the disc nothing may flicker"
    with Image.open(path) as image:
        assert image.info["loop"] == 0
        durations = []
        for k in range(12):
            image.seek(k)
            durations.append(image.info["duration"])
    assert sum(durations[:11]) == 460 and set(durations[:11]) <= {40, 50}  # 11 frames at 24 fps are 458 ms


def test_a_shorter_sequence_replaces_a_longer_one(tmp_path):
    write(tmp_path / "a.%04d.png", clip(6))
    (tmp_path / "a.0003.txt").write_text("kept")
    write(tmp_path / "a.####.png", clip(2))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.0001.png", "a.0002.png", "a.0003.txt"]


@given(st.integers(1, 120), st.sampled_from([1, 1001]))
def test_exact_rate_survives_floats(nominal, divisor):
    rate = Fraction(nominal * (1000 if divisor == 1001 else 1), divisor)
    assert exact_rate(float(rate)) == rate == exact_rate(rate)


@given(
    st.dictionaries(
        st.text(max_size=8), st.integers() | st.text(max_size=8) | st.none() | st.booleans(), max_size=5
    )
)
def test_note_round_trip(settings):
    note = unpack(pack(settings, Fraction(24000, 1001)))
    assert note.settings == settings and note.rate == Fraction(24000, 1001)


def test_table_covers_the_promised_endings():
    assert set(FORMATS) == {".mp4", ".mov", ".mxf", ".webm", ".mkv", ".gif", ".webp", ".apng", ".png", ".exr"}
