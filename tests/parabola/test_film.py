"""Plates: hashes, time code, layers' names and types, camera track, timeline, names that are refused."""

from __future__ import annotations

import json
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from parabola.film import cryptomatte, timecode
from parabola.film.camera_track import chan, track
from parabola.film.deliver import check_names, make_plate
from parabola.film.exr import LayerWriter, Stamp, camera_matrices
from parabola.film.layers import NOWHERE, Shot, beauty_of, layers_of
from parabola.film.timeline import Cut, write_timeline
from physics.camera import camera_at, focal_px, with_lens
from physics.raycast import FAR
from physics.rigid import simulate
from physics.scene import Body, Camera, Scene

NTSC = Fraction(30000, 1001)
SCENE = Scene(
    bodies=(Body(name="ball"), Body(name="ball", position=(0.6, 1.0, 0.0))),
    camera=Camera(move="orbit", rate=40.0), width=48, height=32, num_frames=3, fps=24000 / 1001,
)  # fmt: skip


def guide() -> Any:
    """Planes of one frame, made up: sky above, ground below."""
    shape = (SCENE.height, SCENE.width)
    sky = np.arange(shape[0])[:, None] < 10 + 0 * np.arange(shape[1])
    flat = np.zeros((*shape, 3), np.float32)
    move = np.stack([np.full(shape, 2.0), np.full(shape, 3.0)], -1).astype(np.float32)
    return SimpleNamespace(
        rgb=flat + 0.5, base=flat + 0.25, normal=flat + [0, 1, 0], depth=np.where(sky, FAR, 4.0), motion=move,
        motion_back=-2 * move, ident=np.where(sky, 0, 1), sun=np.full(shape, 0.3), alpha=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text, value",
    [("hello", 0x248BFA47), ("CryptoObject", 0x3AE39A58), ("ViewLayer.CryptoObject", 0x542CAFAF), ("", 0)],
)
def test_murmur3_gives_the_published_values(text, value):
    assert cryptomatte.murmur3(text.encode()) == value


def test_ids_are_ordinary_floats_and_the_manifest_names_them():
    for k in range(2000):
        assert (
            np.isfinite(cryptomatte.id_float(f"thing {k}")) and cryptomatte.id_bits(f"thing {k}") >> 23 & 255
        )
    header = cryptomatte.header("CryptoObject", ["ball", 'a "b"'])
    manifest = json.loads(header["cryptomatte/3ae39a5/manifest"])
    assert int(manifest['a "b"'], 16) == cryptomatte.id_bits('a "b"')


def test_a_matte_is_what_was_covered():
    ids = np.array([[[2, 1]], [[1, 0]]])
    shares = np.array([[[0.7, 1.0]], [[0.3, 0.0]]], np.float32)
    planes = cryptomatte.channels("C", ids, shares, {1: "ground", 2: "ball"})
    assert cryptomatte.matte(planes, "C", "ball")[0].tolist() == pytest.approx([0.7, 0.0])
    assert cryptomatte.matte(planes, "C", "ground")[0].tolist() == pytest.approx([0.3, 1.0])
    assert set(planes) == {f"C{k:02d}.{c}" for k in range(3) for c in "rgba"}


def test_time_code_is_opentimelineios():
    otio = pytest.importorskip("opentimelineio")
    for rate, drop in ((NTSC, True), (NTSC, False), (Fraction(24), False), (Fraction(60000, 1001), True)):
        for number in (0, 1, 1799, 1800, 1801, 17981, 17982, 86399, 107892, 987654):
            time = otio.opentime.RationalTime(number, float(rate))
            code = timecode.at(number, rate, drop)
            assert str(code) == otio.opentime.to_timecode(time, float(rate), drop)
            assert timecode.parse(str(code), rate) == number


@pytest.mark.parametrize("code, rate", [
    ("1:0:0:0", 24), ("01:00:00:24", 24), ("25:00:00:00", 24), ("01:00:00;00", 24), ("00:01:00;00", NTSC),
    ("x", 24),
])  # fmt: skip
def test_impossible_time_codes_are_refused(code, rate):
    with pytest.raises(ValueError, match="time code"):
        timecode.parse(code, Fraction(rate))


def test_vectors_in_each_programs_sign():
    shot, planes = Shot(SCENE, simulate(SCENE)), {}
    for dialect in ("blender", "nuke"):
        for layer in layers_of(shot, 1, guide(), np.zeros((32, 48, 4)), ("motion",), dialect):
            planes |= {name: float(plane[0, 0]) for name, plane in layer.channels.items()}
    assert [planes[f"ViewLayer.Vector.{c}"] for c in "XYZW"] == [-4.0, 6.0, -2.0, 3.0]
    assert [planes[f"{n}.{c}"] for n in ("forward", "backward") for c in "uv"] == [2.0, -3.0, -4.0, 6.0]


def test_files_say_what_they_hold(tmp_path):
    oiio = pytest.importorskip("OpenImageIO")
    shot = Shot(SCENE, simulate(SCENE))
    passes = ("depth", "normal", "position", "id", "albedo", "shadow", "guide", "motion")
    beauty = beauty_of(np.full((32, 48, 3), 128, np.uint8), np.full((32, 48, 3), 0.5), None)
    with LayerWriter(tmp_path / "a.%04d.exr", SCENE, {}) as writer:
        layers = layers_of(shot, 1, guide(), beauty, passes, "nuke")
        code = timecode.at(86401, NTSC)
        writer.write_layers(layers, Stamp(1001, code, Fraction(24000, 1001)))
    file, kinds, part = oiio.ImageInput.open(str(tmp_path / "a.1001.exr")), {}, 0
    while file.seek_subimage(part, 0):
        spec = file.spec()
        kinds[spec.getattribute("oiio:subimagename")] = (
            str(spec.format),
            spec.getattribute("colorInteropID"),
        )
        assert spec.getattribute("compression") == "zip"
        if "depth.Z" in spec.channelnames:
            pixels = file.read_image(part, 0, 0, 1, oiio.FLOAT)
            assert pixels[0, 0, 0] == np.float32(NOWHERE) and pixels[-1, 0, 0] == 4.0
        part += 1
    colour = {"rgba", "albedo", "shadow", "guide"}
    wanted = {n: ("half", "lin_rec709_scene") if n in colour else ("float", "data") for n in kinds}
    assert kinds == wanted and set(kinds) == colour | {
        "depth", "normal", "position", "CryptoObject", "id", "forward", "backward"
    }  # fmt: skip


def test_camera_track_and_header_agree():
    from scipy.spatial.transform import Rotation

    values = list(map(float, chan(SCENE, 1001).splitlines()[2].split()))
    turn = Rotation.from_euler("zxy", [values[6], values[4], values[5]], degrees=True).as_matrix()
    matrix = np.array(track(SCENE, 1001)["frames"][2]["camera_to_world"])
    assert np.allclose(turn, matrix[:3, :3], atol=1e-6) and values[0] == 1003
    camera, ndc = camera_matrices(SCENE, 2)
    look = camera_at(SCENE.camera, 2 / SCENE.fps)[1]
    assert np.allclose((np.append(look, 1) @ camera)[:2], 0, atol=1e-9)
    middle = np.append(look, 1) @ ndc
    assert np.allclose(middle[:2] / middle[3], 0, atol=1e-9)


def test_a_lens_is_as_long_as_it_says():
    scene = with_lens(Scene(camera=Camera(focal_mm=50.0, sensor_mm=36.0), width=1920, height=1080))
    assert focal_px(scene) == pytest.approx(50 / 36 * 1920)
    assert track(scene, 1)["focal_mm"] == pytest.approx(50.0)


@pytest.mark.parametrize("move, rate", [("tilt", 10.0), ("handheld", 1.0), ("pan", 10.0)])
def test_camera_moves_are_smooth_and_start_where_they_should(move, rate):
    camera = Camera(move=move, rate=rate, hand=3)
    eye, look = camera_at(camera, 0.0)
    assert np.allclose(eye, camera.position) and np.allclose(look, camera.look_at)
    places = np.array([np.concatenate(camera_at(camera, t)) for t in np.arange(0, 2, 1 / 240)])
    steps = np.abs(np.diff(places, axis=0)).max(1)
    assert 0 < steps.max() < 0.05
    assert np.array_equal(camera_at(camera, 1.3)[1], camera_at(camera, 1.3)[1])


def test_timeline_is_read_by_opentimelineio(tmp_path):
    otio = pytest.importorskip("opentimelineio")
    rate = Fraction(24000, 1001)
    cuts = [
        Cut(name=f"SH{k}", frames=24, start=86400, sequence="p/a.%04d.exr", movie="a.mov") for k in (1, 2)
    ]
    made = otio.adapters.read_from_file(str(write_timeline(tmp_path / "a.otio", "cut", cuts, rate)))
    clips = list(made.find_clips())
    assert [clip.name for clip in clips] == ["SH1", "SH2"] and made.duration().value == 48
    assert clips[0].media_reference.target_url_for_image_number(1) == "p/a.1002.exr"
    assert otio.adapters.write_to_string(made, "otio_json")


@pytest.mark.parametrize("shot, plate, version", [("SH 010", "PL01", 1), ("../x", "PL01", 1), ("SH", "01", 1),
                                                  ("SH", "PL01", 0)])  # fmt: skip
def test_names_that_no_pipeline_takes_are_refused(shot, plate, version):
    with pytest.raises(ValueError, match="--"):
        check_names(shot, plate, version)


def test_a_version_is_never_changed(tmp_path):
    from parabola.film.deliver import Delivery

    (tmp_path / "SH010" / "SH010_PL01_v001").mkdir(parents=True)
    with pytest.raises(ValueError, match="--plate-version 2"):
        make_plate(Scene(), tmp_path, "SH010", "PL01", 1, Delivery())
