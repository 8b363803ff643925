"""Transparent background: coverage is exact, edges carry the thing's own colour, formats hold it."""

from __future__ import annotations

from types import SimpleNamespace

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext
from PIL import Image

from parabola.alpha import check_alpha, rgba
from parabola.media import open_writer
from physics.media import Ocean
from physics.scene import Body, Scene

SIDE = 48


def disc() -> tuple[np.ndarray, np.ndarray]:
    """Coverage (SIDE, SIDE) of a disc, and a frame in which it is red before blue."""
    at = (np.arange(8 * SIDE) + 0.5) / 8 - SIDE / 2
    share = (np.hypot(at[:, None], at) < 15).reshape(SIDE, 8, SIDE, 8).mean((1, 3))
    red, blue = np.array([220.0, 30, 20]), np.array([10.0, 40, 240])
    return share, (share[..., None] * red + (1 - share[..., None]) * blue).astype(np.uint8)


def test_edges_carry_the_things_own_colour():
    share, frame = disc()
    got = rgba(frame, SimpleNamespace(alpha=share, front=None))  # type: ignore[arg-type]
    assert got.shape == (SIDE, SIDE, 4)
    assert np.abs(got[..., 3] / 255 - share).max() < 0.003
    assert np.abs(got[..., :3].astype(int) - [220, 30, 20]).max() <= 1


def test_coverage_of_a_painted_ball_is_that_of_its_outline():
    from parabola.outline import outline, to_camera, to_pixels
    from physics.camera import focal_px
    from physics.guide import render_guide
    from physics.rigid import simulate

    scene = Scene(bodies=(Body(position=(0.0, 0.4, 0.0), radius=0.3),), width=SIDE, height=SIDE, num_frames=1)
    guide = render_guide(scene, simulate(scene), 0, fuse=False)
    shape = outline(to_camera(scene, 0.0, np.array([[0.0, 0.4, 0.0]])), np.array([0.3]))
    centre, axes = (
        to_pixels(scene, shape.centre)[0],
        focal_px(scene) * np.array([shape.long_axis[0], shape.short_axis[0]]),
    )
    at = (np.arange(16 * SIDE) + 0.5) / 16
    along = shape.direction[0] * [1, -1]
    x, y = at - centre[0], (at - centre[1])[:, None]
    u, v = x * along[0] + y * along[1], -x * along[1] + y * along[0]
    true = ((u / axes[0]) ** 2 + (v / axes[1]) ** 2 < 1).reshape(SIDE, 16, SIDE, 16).mean((1, 3))
    edge = (true > 0) & (true < 1)
    assert np.abs(np.asarray(guide.alpha) - true)[edge].mean() < 0.05
    assert np.asarray(guide.alpha).sum() == pytest.approx(true.sum(), rel=2e-3)


def test_worlds_that_cannot_be_cut_out_are_refused():
    with pytest.raises(ValueError, match="ocean cannot be cut out"):
        check_alpha(Scene(ocean=Ocean(), ground=None))
    with pytest.raises(ValueError, match="nothing stands before"):
        check_alpha(Scene())
    check_alpha(Scene(bodies=(Body(),)))


@pytest.mark.parametrize(
    "name, limit", [("a.webm", 3), ("a.mov", 1), ("a.mkv", 0), ("a.webp", 0), ("a.%04d.png", 0), ("a.png", 0)]
)
def test_formats_hold_it(tmp_path, name, limit):
    share, _ = disc()
    frame = np.concatenate([np.full((SIDE, SIDE, 3), 120, np.uint8), np.uint8(share * 255)[..., None]], -1)
    with open_writer(tmp_path / name, width=SIDE, height=SIDE, fps=24, alpha=True) as writer:
        for _ in range(1 if name == "a.png" else 3):
            writer.write(frame)
    path = next(tmp_path.glob("a*"))
    if path.suffix in (".png", ".webp"):
        got = np.asarray(Image.open(path).convert("RGBA"))
    else:
        with av.open(str(path)) as file:
            stream = file.streams.video[0]
            packets = list(file.demux(stream))
            decoder = av.CodecContext.create(
                "libvpx-vp9" if path.suffix == ".webm" else stream.codec.name, "r"
            )
            assert isinstance(decoder, VideoCodecContext)
            decoder.extradata = stream.codec_context.extradata
            decoder.width, decoder.height, decoder.pix_fmt = SIDE, SIDE, stream.codec_context.pix_fmt
            got = decoder.decode(packets[0])[0].to_ndarray(format="rgba")
    assert np.abs(got[..., 3].astype(int) - frame[..., 3]).max() <= limit * 4
    assert np.abs(got[..., 3].astype(int) - frame[..., 3]).mean() <= limit


@pytest.mark.parametrize("name", ["a.mp4", "a.gif"])
def test_formats_without_it_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"holds no transparency; use one of .mov, .webm, .mkv"):
        open_writer(tmp_path / name, width=SIDE, height=SIDE, fps=24, alpha=True)
