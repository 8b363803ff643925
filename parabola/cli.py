"""The command line: flags, exit statuses, one-line errors. The work is in `commands`.

Status 0 done, 1 a failure of ours, 2 bad input, 130 interrupted. jax is imported only once work starts.
"""

from __future__ import annotations

import argparse
import difflib
import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from parabola import __version__, checks, cli_film

_BAD_INPUT = (
    ValueError,
    FileNotFoundError,
    PermissionError,
    IsADirectoryError,
    NotADirectoryError,
    FileExistsError,
)


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DISK = "the disk is full; nothing was left behind, older files are as they were: make room and run it again"


class _Parser(argparse.ArgumentParser):
    """Raises ValueError instead of printing usage and leaving; no guessing of shortened flags."""

    def __init__(self, **kw: Any):
        super().__init__(allow_abbrev=False, **kw)

    def error(self, message: str) -> NoReturn:
        message = message.removeprefix("argument ")
        if message.startswith("unrecognized arguments: "):
            message = self._unknown(message.split(": ", 1)[1].split()[0])
        elif message.startswith("the following arguments are required: "):
            message = f"missing {message.split(': ', 1)[1]}; see {self.prog} --help"
        elif "invalid choice" in message:
            message = message.replace("invalid choice: ", "unknown ").replace("(choose", "(choose")
        elif message.endswith("expected one argument"):
            message = message.replace("expected one argument", "needs a value after it")
        raise ValueError(message)

    def _unknown(self, flag: str) -> str:
        known = [
            option
            for sub in _subparsers(self)
            for option in sub._option_string_actions
            if option.startswith("--")
        ]
        close = difflib.get_close_matches(flag.split("=")[0], known, n=1)
        kind = "flag" if flag.startswith("-") else "argument (quote a prompt of several words)"
        return f"unknown {kind} {flag}" + (
            f"; did you mean {close[0]}?" if close else "; see parabola --help"
        )


def _subparsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    found = [parser]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found += action.choices.values()
    return found


def _checked(check: Callable[[str], Any]) -> Callable[[str], Any]:
    """A checker of `checks` as an argparse type, its message kept."""

    def convert(text: str) -> Any:
        try:
            return check(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def _hidden(parser: Any, *flags: str, **kw: Any) -> None:
    """The spellings of other tools."""
    parser.add_argument(*flags, help=argparse.SUPPRESS, default=argparse.SUPPRESS, **kw)


def _output(parser: argparse.ArgumentParser) -> None:
    endings = ".mp4 .mov .webm .mkv .gif .webp .png NAME.%%04d.png"
    parser.add_argument(
        "-o", "--output", metavar="OUT", help=f"file to write; the ending chooses the format: {endings}"
    )
    _hidden(parser, "--output-path", "--output_path", "--save-file", "--save_file", dest="output")


def _length(parser: Any) -> None:
    parser.add_argument("--frames", type=_checked(checks.frames), metavar="N", help="number of frames")
    _hidden(
        parser,
        "--num-frames",
        "--num_frames",
        "--frame-num",
        "--frame_num",
        type=_checked(checks.frames),
        dest="frames",
    )


def build_parser() -> argparse.ArgumentParser:
    """All commands and flags."""
    parser = _Parser(
        prog="parabola",
        description="Video from words: physics predicts each frame, a small diffusion model paints it.",
    )
    parser.add_argument("--version", action="version", version=f"parabola {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    _add_generate(commands)
    cli_film.add_plate(commands, _checked, _add_scene)
    cli_film.add_flipbook(commands, _checked, _add_scene)
    _add_predict(commands)
    _add_correct(commands)
    train = commands.add_parser("train", help="train a painter")
    train.add_argument("preset", metavar="PRESET", help="row of the preset table, see ARCHITECTURE.md")
    train.add_argument("--out", metavar="DIR", required=True, help="folder for checkpoints and the log")
    train.add_argument("--minutes", type=_checked(_minutes), metavar="M", help="stop after this long")
    train.add_argument("--resume", action="store_true", help="go on from the last checkpoint in DIR")
    train.add_argument("--data", metavar="DIR", help="samples of worlds, made by python -m diffusion.dataset")
    train.add_argument(
        "--footage", metavar="DIR", help="video files to learn from, with or instead of worlds"
    )
    train.add_argument("--hosts", metavar="HOST:PORT,N,I", help="be process I of N; HOST:PORT is process 0's")
    bench = commands.add_parser("bench", help="run benchmarks")
    bench.add_argument("names", metavar="NAME", nargs="*", help="which (default: all)")
    bench.add_argument("--json", metavar="FILE", dest="json_file", help="write the results to FILE")
    inspect = commands.add_parser("inspect", help="say what made a file, with which seed and settings")
    inspect.add_argument("file", metavar="FILE")
    inspect.add_argument("--json", action="store_true", help="print one line of JSON")
    return parser


def _minutes(text: str) -> float:
    value = checks.number(text, "a number of minutes such as 30")
    if value <= 0:
        raise ValueError(f"{text} minutes is no time; give more than 0")
    return value


def _sweep(text: str) -> Any:
    from parabola.sweep import vary

    return vary(text)


def _add_generate(commands: Any) -> None:
    p = commands.add_parser("generate", help="make a clip from a prompt or a scene file")
    p.add_argument(
        "prompt", metavar="PROMPT|SCENE.yaml", nargs="?", help="what to show, in plain words, or a scene file"
    )
    _output(p)
    _add_scene(p)
    p.add_argument("--vary", type=_checked(_sweep), metavar="FIELD=A:B:N", action="append", default=[],
                   help="a clip per value: restitution=0.5:0.9:5; several: all combinations")  # fmt: skip
    _add_still(p.add_argument_group("from an image"))
    files = p.add_argument_group("what is written")
    files.add_argument("--trajectories", metavar="T.json", help="write what moved where")
    files.add_argument("--passes", type=_checked(checks.passes), metavar="LIST", default=(),
                       help="extra render passes beside OUT: " + ",".join(checks.PASSES))  # fmt: skip
    files.add_argument("--loop", action="store_true", help="seamless loop")
    files.add_argument("--alpha", action="store_true", help="transparent background")
    cli_film.add_files(files, _checked)
    cli_film.add_aliases(p)


def _add_scene(p: argparse.ArgumentParser) -> None:
    """What every command that renders a scene can be told."""
    _hidden(p, "--prompt", dest="prompt_flag")
    p.add_argument("--dry-run", action="store_true", help="print the scene as YAML and stop")
    p.add_argument("--json", action="store_true", help="print one summary line of JSON")
    p.add_argument(
        "--seed",
        type=_checked(checks.seed),
        metavar="K",
        help="what is left open is drawn from it; -1 is random (default 0)",
    )
    _hidden(p, "--base-seed", "--base_seed", type=_checked(checks.seed), dest="seed")
    _add_frames(p.add_argument_group("size, length and quality"))
    cli_film.add_camera(p.add_argument_group("camera, light and control"), _checked)


def _add_frames(p: Any) -> None:
    p.add_argument(
        "--size", type=_checked(checks.size), metavar="WxH", help="picture size in pixels (default 512x512)"
    )
    _hidden(p, "--width", type=_checked(lambda text: checks.size(text)[0]))
    _hidden(p, "--height", type=_checked(lambda text: checks.size(text)[0]))
    p.add_argument("--fps", type=_checked(checks.fps), metavar="R", help="frames per second (default 24)")
    _hidden(p, "--frame-rate", "--frame_rate", type=_checked(checks.fps), dest="fps")
    p.add_argument("--seconds", metavar="S", help="duration (default 4)")
    _length(p)
    p.add_argument(
        "--steps",
        type=_checked(checks.steps),
        metavar="N",
        default=2,
        help="denoising steps per frame, 1 to 4 (default 2)",
    )
    _hidden(p, "--num-inference-steps", "--num_inference_steps", "--sample-steps", "--sample_steps",
            type=_checked(checks.steps), dest="steps")  # fmt: skip
    p.add_argument(
        "--guide-only", action="store_true", help="write the physics predictor's own frames (no diffusion)"
    )
    p.add_argument("--no-correct", action="store_true", help="skip the correction pass")
    p.add_argument("--shutter", type=_checked(checks.shutter), metavar="DEG",
                   help="motion blur by an open shutter: 180 as on film (default 0, sharp)")  # fmt: skip


def _add_still(p: Any) -> None:
    """--image and what it can be told."""
    p.add_argument("--image", metavar="FIRST.png",
                   help="start from this frame: its objects are cut out and moved")  # fmt: skip
    push = "x,y,vx,vy in px and px/s such as 120,80,200,-150"
    p.add_argument("--object", type=_checked(checks.box), metavar="x,y,w,h", action="append", default=[],
                   dest="objects", help="with --image: a box around an object (default: found)")  # fmt: skip
    p.add_argument("--push", type=_checked(lambda text: checks.numbers(text, 4, push)), metavar="x,y,vx,vy",
                   action="append", default=[], dest="pushes",
                   help="with --image: the object at x,y starts with vx,vy px/s")  # fmt: skip
    p.add_argument("--ground", type=_checked(lambda text: checks.number(text, "a height in px")), metavar="Y",
                   help="with --image: level of the ground, px from the top")  # fmt: skip
    for flag, unit, what in (("gravity", "m/s^2", "0,9.81"), ("wind", "m/s", "3,0")):
        p.add_argument(f"--{flag}", metavar="X,Y", help=f"with --image: {unit}, x right, y down",
                       type=_checked(lambda text, what=what: checks.numbers(text, 2, f"x,y such as {what}")),
                       )  # fmt: skip


def _add_predict(commands: Any) -> None:
    p = commands.add_parser("predict", help="continue a clip")
    p.add_argument("clip", metavar="CLIP")
    _output(p)
    _length(p)
    p.add_argument(
        "--context",
        type=_checked(checks.frames),
        metavar="K",
        help="use only the first K frames (default: all)",
    )
    p.add_argument("--state", metavar="S.json", help="write the inferred and predicted state")
    p.add_argument("--guide-only", action="store_true", help="write the predictor's own frames")
    p.add_argument("--json", action="store_true", help="print one summary line of JSON")


def _add_correct(commands: Any) -> None:
    p = commands.add_parser("correct", help="repair the motion in a finished clip")
    p.add_argument("clip", metavar="CLIP")
    _output(p)
    p.add_argument("--report", metavar="R.json|R.html", action="append", default=[],
                   help="what was found and done, as data or as a page; may be given twice")  # fmt: skip
    p.add_argument("--preview", metavar="P.mp4", help="before and after side by side, with the paths")
    p.add_argument(
        "--only", type=_checked(checks.idents), metavar="ID,..", default=(), help="mend only these objects"
    )
    p.add_argument(
        "--ignore", type=_checked(checks.idents), metavar="ID,..", default=(), help="leave these alone"
    )
    p.add_argument("--strength", type=_checked(checks.share), metavar="S", default=1.0,
                   help="how far objects are moved to where they belong, 0 to 1 (default 1)")  # fmt: skip
    p.add_argument("--target-gravity", metavar="earth|moon|G",
                   help="re-time the clip so that things fall like this (m/s2); drops the sound")  # fmt: skip
    p.add_argument("--loop", action="store_true",
                   help="let the end lead to the beginning: up to 24 frames fade into it")  # fmt: skip
    p.add_argument("--scale", type=_checked(checks.positive), metavar="PX_PER_M",
                   help="pixels per metre in the clip, for --target-gravity")  # fmt: skip
    p.add_argument("--overwrite", action="store_true", help="let OUT replace CLIP")
    p.add_argument("--json", action="store_true", help="print one summary line of JSON")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    try:
        args = build_parser().parse_args(argv)
        if args.command is None:
            raise ValueError(
                "give a command: generate, plate, flipbook, predict, correct, train, bench or inspect;"
                " see parabola --help"
            )
        from parabola import commands

        getattr(commands, args.command)(args)
        sys.stdout.flush()
        return 0
    except KeyboardInterrupt:
        print("\nparabola: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except _BAD_INPUT as error:
        return _fail(error, 2)
    except Exception as error:
        full = getattr(error, "errno", None) in _FULL or getattr(error.__cause__, "errno", None) in _FULL
        return _fail(ValueError(_DISK) if full else error, 2 if full else 1)


def _fail(error: BaseException, status: int) -> int:
    if os.environ.get("PARABOLA_TRACEBACK"):
        traceback.print_exc()
    text = " ".join(str(error).split()) or type(error).__name__
    if status == 1:
        text = f"internal failure ({type(error).__name__}: {text}); set PARABOLA_TRACEBACK=1 and report it"
    print(f"parabola: error: {text}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
