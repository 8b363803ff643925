"""EXR layers, names, time code, colour tags, Cryptomatte, vectors, camera track and timeline of a plate."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from benchmarks._formats_rows import WARP_DB, above, below, equal, lasting, row, small_scene, warped_db

SHOT = "SH010"
EXPECTED = {  # part or layer -> (channels, type), Blender's names
    "ViewLayer.Combined": ("RGBA", "half"), "ViewLayer.Depth": ("Z", "float"),
    "ViewLayer.Normal": ("XYZ", "float"), "ViewLayer.Position": ("XYZ", "float"),
    "ViewLayer.Vector": ("XYZW", "float"), "ViewLayer.Object Index": ("X", "float"),
    "ViewLayer.Diffuse Color": ("RGB", "half"), "ViewLayer.Shadow": ("RGB", "half"),
    "ViewLayer.Guide": ("RGB", "half"),
}  # fmt: skip


def rows() -> list[dict[str, Any]]:
    """All checks on one small plate in each dialect."""
    from parabola.film.deliver import Delivery, make_plate

    with tempfile.TemporaryDirectory() as place:
        made = {}
        for dialect in ("blender", "nuke"):
            delivery = Delivery(dialect=dialect, code="01:00:00:00")
            how = {"guide_only": True}
            summary = make_plate(small_scene(), Path(place) / dialect, SHOT, "PL01", 1, delivery, **how)
            made[dialect] = Path(summary["out"])
        return [
            *_names(made["blender"]), *_blender_layers(made["blender"]), *_nuke_layers(made["nuke"]),
            *_header(made["nuke"]), *_mattes(made["blender"]), *_vectors(made["blender"], made["nuke"]),
            *_geometry(made["nuke"]), *_track(made["nuke"]), *_timeline(made["nuke"]), *_bpy(made["blender"]),
        ]  # fmt: skip


def frames_of(plate: Path) -> list[Path]:
    """The EXR files of a plate, in order."""
    return sorted(plate.glob("*/*.exr"))


def read(path: Path) -> dict[str, tuple[Any, dict[str, np.ndarray]]]:
    """Part name -> (OpenImageIO's spec, channel name -> plane)."""
    import OpenImageIO as oiio

    file: Any = oiio.ImageInput.open(str(path))
    out, part = {}, 0
    while file.seek_subimage(part, 0):
        spec = file.spec()
        pixels = file.read_image(part, 0, 0, spec.nchannels, oiio.FLOAT)
        planes = {name: pixels[..., k] for k, name in enumerate(spec.channelnames)}
        out[spec.getattribute("oiio:subimagename") or str(part)] = (spec, planes)
        part += 1
    file.close()
    return out


def planes_of(path: Path) -> dict[str, np.ndarray]:
    """Channel name -> plane, over all parts."""
    return {name: plane for _, planes in read(path).values() for name, plane in planes.items()}


def _names(plate: Path) -> list[dict[str, Any]]:
    names = [p.name for p in frames_of(plate)]
    wanted = [f"{SHOT}_PL01_v001.{n}.exr" for n in (1001, 1002, 1003)]
    return [equal("EXR", "names, padding, start frame", names, wanted)]


def _kind(spec: Any) -> str:
    kinds = {str(k) for k in spec.channelformats} or {str(spec.format)}
    return "/".join(sorted(kinds))


def _blender_layers(plate: Path) -> list[dict[str, Any]]:
    parts = read(frames_of(plate)[0])
    wrong = [
        name for name, (letters, kind) in EXPECTED.items()
        if name not in parts or _kind(parts[name][0]) != kind
        or list(parts[name][1]) != [f"{name}.{letter}" for letter in letters]
    ]  # fmt: skip
    mattes = [parts[f"ViewLayer.CryptoObject{k:02d}"] for k in range(3)]
    matte = [name for _, planes in mattes for name in planes]
    wanted = [f"ViewLayer.CryptoObject{k:02d}.{c}" for k in range(3) for c in "rgba"]
    return [
        equal("EXR Blender", "parts, channel names, half or float", wrong, []),
        equal("EXR Blender", "Cryptomatte channels", matte, wanted),
        equal("EXR Blender", "Cryptomatte type", {_kind(spec) for spec, _ in mattes}, {"float"}),
    ]


def _nuke_layers(plate: Path) -> list[dict[str, Any]]:
    names = sorted(planes_of(frames_of(plate)[0]))
    wanted = sorted(
        [*"RGBA", "depth.Z", "id.X", *(f"{p}.{c}" for p in ("forward", "backward") for c in "uv")]
        + [f"{p}.{c}" for p in ("normal", "position") for c in "XYZ"]
        + [f"{p}.{c}" for p in ("albedo", "shadow", "guide") for c in "RGB"]
        + [f"CryptoObject{k:02d}.{c}" for k in range(3) for c in "rgba"]
    )
    return [equal("EXR Nuke", "channel names", names == wanted, True)]


def _header(plate: Path) -> list[dict[str, Any]]:
    import OpenEXR

    path = frames_of(plate)[1]
    parts = read(path)
    spec = parts["rgba"][0]
    spaces = {name: part[0].getattribute("colorInteropID") for name, part in parts.items()}
    data = {v for k, v in spaces.items() if k not in ("rgba", "albedo", "shadow", "guide")}
    code = spec.getattribute("smpte:TimeCode")
    with OpenEXR.File(str(path), header_only=True) as file:
        header = file.header()
        rate, exact = header["framesPerSecond"], header["timeCode"]
    shown = (exact.hours, exact.minutes, exact.seconds, exact.frame, exact.dropFrame)
    return [
        equal(
            "EXR",
            "compression of all parts",
            {p[0].getattribute("compression") for p in parts.values()},
            {"zip"},
        ),
        equal("EXR", "framesPerSecond, a rational", Fraction(rate), Fraction(24000, 1001)),
        equal("EXR", "timeCode of frame 1002", shown, (1, 0, 0, 1, 0)),
        equal("EXR", "timeCode, OpenImageIO's word", hex(int(code[0]) if code else 0), "0x1000001"),
        equal("EXR", "colour tag", spaces["rgba"], "lin_rec709_scene"),
        equal("EXR", "tag of data parts", data, {"data"}),
    ]


def _mattes(plate: Path) -> list[dict[str, Any]]:
    """Hashes against published ones, manifest against pixels, coverage against an exact disc."""
    from parabola.film.cryptomatte import id_bits, murmur3

    parts = read(frames_of(plate)[0])
    spec, planes = parts["ViewLayer.CryptoObject00"][0], planes_of(frames_of(plate)[0])
    stem = "cryptomatte/542cafa"
    manifest = json.loads(spec.getattribute(f"{stem}/manifest") or "{}")
    ids = [planes[f"ViewLayer.CryptoObject{k:02d}.{c}"] for k in range(3) for c in "rb"]
    found = {f"{v:08x}" for plane in ids for v in np.unique(plane.view(np.uint32))}
    total = sum(planes[f"ViewLayer.CryptoObject{k:02d}.{c}"] for k in range(3) for c in "ga")
    sky = planes["ViewLayer.Depth.Z"] > 1e9
    hashes = [f"{murmur3(s):08x}" for s in (b"hello", b"CryptoObject")]
    told = [spec.getattribute(f"{stem}/{k}") for k in ("hash", "conversion")]
    names, form = ["ball", "ball.001", 'crate "é"', "ground"], "Cryptomatte"
    return [
        equal(form, "MurmurHash3 of hello, CryptoObject", hashes, ["248bfa47", "3ae39a58"]),
        equal(form, "hash, conversion", told, ["MurmurHash3_32", "uint32_to_float32"]),
        equal(form, "manifest names", sorted(manifest), sorted(names)),
        equal(
            form, "manifest's hashes are the pixels'", set(manifest.values()) == found - {"00000000"}, True
        ),
        equal(form, "hashes", all(int(h, 16) == id_bits(n) for n, h in manifest.items()), True),
        below(form, "coverage off 1 inside what is solid", np.abs(total - 1)[_inside(sky)].max(), 1e-6),
        below(form, "area of a ball off the exact outline, share", _area_error(planes), 2e-3),
    ]


def _inside(sky: np.ndarray) -> np.ndarray:
    """Pixels with no sky in their neighbourhood."""
    return ~ndimage.binary_dilation(sky, iterations=2)


def _area_error(planes: dict[str, np.ndarray]) -> float:
    """The first ball's matte against its outline's area in closed form."""
    from parabola.film.cryptomatte import matte
    from parabola.trajectories import build
    from physics.rigid import simulate

    scene = small_scene()
    radius = build(scene, simulate(scene)).objects[0].radius_px[0]
    assert radius is not None
    area = matte(planes, "ViewLayer.CryptoObject", "ball").sum()
    return abs(float(area) / (np.pi * radius**2) - 1)


def shown(linear: np.ndarray) -> np.ndarray:
    """Scene-linear (H, W, 3) as a picture in [0, 1]."""
    from physics.colour import display

    return np.asarray(display(np.ascontiguousarray(linear)))


def _vectors(blender: Path, nuke: Path) -> list[dict[str, Any]]:
    """Frame 2 is found in frame 3 and in frame 1 by the vectors of the files."""
    frames = [planes_of(p) for p in frames_of(nuke)]
    pictures = [shown(np.stack([f[c] for c in "RGB"], -1)) for f in frames]
    middle, vector = frames[1], planes_of(frames_of(blender)[1])
    named = {
        "Nuke forward": (np.stack([middle["forward.u"], -middle["forward.v"]], -1), 2),
        "Nuke backward": (np.stack([middle["backward.u"], -middle["backward.v"]], -1), 0),
        "Blender Z, W": (-np.stack([vector["ViewLayer.Vector.Z"], -vector["ViewLayer.Vector.W"]], -1), 2),
        "Blender X, Y": (np.stack([vector["ViewLayer.Vector.X"], -vector["ViewLayer.Vector.Y"]], -1), 0),
    }
    out = []
    for name, (flow, other) in named.items():
        valid = lasting(middle["id.X"], frames[other]["id.X"], flow) & _same_shadow(
            middle, frames[other], flow
        )
        right = warped_db(pictures[1], pictures[other], flow, valid)
        wrong = warped_db(pictures[1], pictures[other], -flow, valid)
        out.append(above("motion", f"{name}: frame found again, dB", right, WARP_DB))
        out.append(
            row(
                "motion",
                f"{name}: with the other sign, dB",
                round(wrong, 2),
                "< right - 6",
                wrong < right - 6,
            )
        )
    return out


def _same_shadow(now: dict, then: dict, flow: np.ndarray) -> np.ndarray:
    """Pixels that are as much in the sun in both frames: light that changes is no motion."""
    h, w = now["shadow.R"].shape
    y, x = np.mgrid[:h, :w]
    there = ndimage.map_coordinates(
        then["shadow.R"], [y + flow[..., 1], x + flow[..., 0]], order=1, mode="nearest"
    )
    return np.abs(there - now["shadow.R"]) < 0.02


def _geometry(plate: Path) -> list[dict[str, Any]]:
    """Position, depth and camera of a file agree: projecting the points gives the pixels back."""
    import OpenEXR

    path = frames_of(plate)[1]
    planes = planes_of(path)
    with OpenEXR.File(str(path), header_only=True) as file:
        camera, ndc = (np.array(file.header()[k]) for k in ("worldToCamera", "worldToNDC"))
    h, w = planes["depth.Z"].shape
    solid = planes["depth.Z"] < 1e9
    points = np.stack([planes[f"position.{c}"] for c in "XYZ"], -1)[solid]
    point = np.concatenate([points, np.ones((len(points), 1))], -1)
    deep, flat = point @ camera, point @ ndc
    x, y = (flat[:, 0] / flat[:, 3] + 1) * w / 2, (1 - flat[:, 1] / flat[:, 3]) * h / 2
    rows, columns = np.nonzero(solid)
    off = np.hypot(x - columns - 0.5, y - rows - 0.5).max()
    normals = np.stack([planes[f"normal.{c}"] for c in "XYZ"], -1)
    ground = (planes["id.X"] == 1) & solid
    leaning = np.abs(np.median(normals[ground], 0) - [0, 1, 0]).max()
    return [
        below("EXR", "position through worldToNDC off its pixel, px", off, 0.01),
        below("EXR", "depth off position in worldToCamera, share",
              np.abs(deep[:, 2] / planes["depth.Z"][solid] - 1).max(), 1e-4),
        below("EXR", "normal of the ground off (0, 1, 0)", leaning, 1e-3),
    ]  # fmt: skip


def _track(plate: Path) -> list[dict[str, Any]]:
    """The .chan file, read with Nuke's rotation order, gives the camera of the EXR's header."""
    import OpenEXR
    from scipy.spatial.transform import Rotation

    lines = [
        list(map(float, line.split())) for line in (plate / f"{SHOT}_camera.chan").read_text().splitlines()
    ]
    frame, *values = lines[1]
    turn = Rotation.from_euler("zxy", values[3:6][2:] + values[3:5], degrees=True).as_matrix()
    with OpenEXR.File(str(frames_of(plate)[1]), header_only=True) as file:
        camera = np.array(file.header()["worldToCamera"])
    matrix = np.eye(4)
    matrix[:3, :3], matrix[3, :3] = turn * [1, 1, -1], -(turn * [1, 1, -1]).T @ values[:3]
    return [
        equal("camera track", "frame numbers", [int(line[0]) for line in lines], [1001, 1002, 1003]),
        below("camera track", ".chan off the EXR's camera", np.abs(matrix - camera).max(), 1e-5),
    ]


def _timeline(plate: Path) -> list[dict[str, Any]]:
    import opentimelineio as otio

    made = otio.adapters.read_from_file(str(plate / f"{SHOT}.otio"))
    clip = next(iter(made.find_clips()))
    media, rate = clip.media_reference, 24000 / 1001
    urls = [media.target_url_for_image_number(k) for k in (0, 2)]
    code = otio.opentime.to_timecode(clip.source_range.start_time, rate, drop_frame=False)
    return [
        equal("OTIO", "kind of media", type(media).__name__, "ImageSequenceReference"),
        equal("OTIO", "frames it names are there", all((plate / url).is_file() for url in urls), True),
        equal(
            "OTIO",
            "time code, duration",
            (code, clip.duration().value, clip.duration().rate),
            ("01:00:00:00", 3.0, rate),
        ),
    ]


def _bpy(plate: Path) -> list[dict[str, Any]]:
    """Blender's compositor offers every pass, where a Python with bpy is named."""
    python = os.environ.get("PARABOLA_BPY")
    if not python:
        return []
    script = Path(__file__).resolve().parents[1] / "integrations" / "blender" / "load_plate.py"
    done = subprocess.run(
        [python, str(script), str(plate), "--check"], capture_output=True, text=True, timeout=300
    )
    last = done.stdout.strip().splitlines()[-1:] or [done.stderr[-200:]]
    names = json.loads(last[0])["outputs"] if done.returncode == 0 else last
    wanted = {"Combined", "Depth", "Normal", "Position", "Vector", "CryptoObject00"}
    return [
        row(
            "Blender (bpy)",
            "compositor's outputs",
            ", ".join(names),
            f">= {sorted(wanted)}",
            wanted <= set(names),
        )
    ]
