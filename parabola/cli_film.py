"""Flags of film and games: camera, codecs, layers, plates, flipbooks. `parabola.cli` adds them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from parabola import checks

Checked = Callable[[Callable[[str], Any]], Callable[[str], Any]]
LAYERINGS = ("blender", "nuke", "apart")
SHEETS = ("aseprite-array", "aseprite-hash", "texturepacker-array", "texturepacker-hash")
ENGINES = ("unity", "unreal", "godot")


def _whole(low: int, high: int, what: str) -> Callable[[str], int]:
    return lambda text: checks.whole(text, low, high, what)


def add_camera(p: Any, checked: Checked) -> None:
    """Camera flags, of every command that renders a scene."""
    p.add_argument("--camera", type=checked(checks.camera_move), metavar="MOVE[:RATE]",
                   help="fixed, pan:DEG/S, tilt:DEG/S, orbit:DEG/S, dolly:M/S, handheld")  # fmt: skip
    p.add_argument("--focal", type=checked(checks.positive), metavar="MM",
                   help="focal length of the lens (default: as composed)")  # fmt: skip
    p.add_argument("--sensor", type=checked(checks.positive), metavar="MM",
                   help="width of the film back that --focal is meant for (default 36)")  # fmt: skip
    p.add_argument("--f-stop", type=checked(checks.positive), metavar="N",
                   help="depth of field of a lens at f/N, 1.4 shallow (default: all sharp)")  # fmt: skip
    p.add_argument("--focus", type=checked(checks.positive), metavar="M",
                   help="distance in metres that is in focus (default: at what it looks)")  # fmt: skip
    p.add_argument("--neutral-light", action="store_true",
                   help="white light of the right exposure: colours are seen as asked for")  # fmt: skip
    p.add_argument("--negative-prompt", metavar="WORDS",
                   help="what must not be there: red, wood, camera movement, rain")  # fmt: skip
    hidden = {"help": argparse.SUPPRESS, "default": argparse.SUPPRESS}
    p.add_argument("--negative_prompt", dest="negative_prompt", **hidden)
    p.add_argument("--time-remap", type=checked(_remap), metavar="T:T,...",
                   help="film second:simulated second pairs such as 0:0,1:1,3:1.2")  # fmt: skip


def _remap(text: str) -> Any:
    from parabola.control.remap import parse_remap

    return parse_remap(text)


def add_aliases(p: argparse.ArgumentParser) -> None:
    """Flags of Wan's and LTX's scripts that speak of models and graphics cards: taken, without effect."""
    hidden: dict[str, Any] = {"help": argparse.SUPPRESS, "default": argparse.SUPPRESS}
    for name in ("task", "ckpt-dir", "sample-solver", "sample-shift", "sample-guide-scale", "guidance-scale",
                 "pipeline-config", "device", "offload-model"):  # fmt: skip
        p.add_argument(f"--{name}", f"--{name.replace('-', '_')}", dest="ignored", **hidden)
    for name in ("t5-cpu", "offload-to-cpu"):
        p.add_argument(
            f"--{name}", f"--{name.replace('-', '_')}", dest="ignored", action="store_true", **hidden
        )


def add_files(p: Any, checked: Checked) -> None:
    """How OUT is written."""
    from parabola.media.codecs import CODECS

    p.add_argument("--codec", metavar="NAME", default="", help=f"one of {', '.join(CODECS)}")
    p.add_argument("--layers", choices=LAYERINGS,
                   help="with NAME.%%04d.exr: passes inside, named for that program")  # fmt: skip
    p.add_argument("--start-frame", type=checked(_whole(0, 9_999_999, "a frame number such as 1001")),
                   metavar="N", help="number of a sequence's first frame (default 1)")  # fmt: skip
    p.add_argument("--timeline", metavar="T.otio", help="of a storyboard: its cuts, for editors")
    p.add_argument("--timecode", metavar="HH:MM:SS:FF", help="time code of frame 0 (MOV, MP4, MXF, EXR)")


def add_plate(commands: Any, checked: Checked, shared: Callable[[Any], None]) -> None:
    """`parabola plate`: the folder that an editor expects."""
    p = commands.add_parser("plate", help="write a shot's EXR layers, review movie, camera and timeline")
    p.add_argument("prompt", metavar="PROMPT|SCENE.yaml", nargs="?")
    p.add_argument("-o", "--output", metavar="DIR", default=".", help="folder for the shot (default: here)")
    p.add_argument("--shot", metavar="NAME", required=True, help="such as SH010")
    p.add_argument("--plate", metavar="CODE", default="PL01", help="plate code and number (default PL01)")
    p.add_argument("--plate-version", type=checked(_whole(1, 9999, "1 to 9999")), metavar="N", default=1)
    p.add_argument("--passes", type=checked(checks.passes), metavar="LIST",
                   help="layers (default: all): " + ",".join(checks.PASSES))  # fmt: skip
    p.add_argument("--layers", choices=LAYERINGS, default="nuke", help="names of layers, or a sequence each")
    p.add_argument("--start-frame", type=checked(_whole(0, 9_999_999, "a frame number such as 1001")),
                   metavar="N", default=1001, help="number of the first frame (default 1001)")  # fmt: skip
    p.add_argument("--timecode", metavar="HH:MM:SS:FF", default="01:00:00:00")
    p.add_argument("--alpha", action="store_true", help="transparent background")
    shared(p)


def add_flipbook(commands: Any, checked: Checked, shared: Callable[[Any], None]) -> None:
    """`parabola flipbook`: sheets for game engines."""
    p = commands.add_parser("flipbook", help="write sprite sheets, vectors and JSON for game engines")
    p.add_argument("prompt", metavar="PROMPT|SCENE.yaml", nargs="?")
    p.add_argument("-o", "--output", metavar="NAME.png", help="the colour sheet; the rest goes beside it")
    p.add_argument("--budget", type=checked(checks.size), metavar="WxH", default=(2048, 2048),
                   help="texture size (default 2048x2048)")  # fmt: skip
    p.add_argument("--padding", type=checked(_whole(0, 64, "0 to 64 px")), metavar="PX", default=2,
                   help="px around each cell, filled with its edge (default 2)")  # fmt: skip
    p.add_argument("--sheets", metavar="LIST", type=checked(_sheets), default=("vectors", "normal", "depth"),
                   help="vectors,normal,depth,sixway beside the colour")  # fmt: skip
    p.add_argument("--sheet-format", choices=SHEETS, default="aseprite-hash")
    p.add_argument("--engine", choices=ENGINES, default="unity", help="convention of the vectors")
    p.add_argument("--no-alpha", action="store_true", help="keep ground and sky")
    p.add_argument("--once", action="store_true", help="play once: no loop")
    shared(p)


def _sheets(text: str) -> tuple[str, ...]:
    known = ("vectors", "normal", "depth", "sixway")
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if text.strip() == "none":
        return ()
    for name in names:
        if name not in known:
            raise ValueError(f"unknown sheet {name!r}; choose from {', '.join(known)}, or none")
    return names
