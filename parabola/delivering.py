"""What `plate`, `flipbook` and the film flags of `generate` do, given parsed flags."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from parabola import checks
from physics.scene import Scene


def with_camera(scene: Scene, args: argparse.Namespace) -> Scene:
    """The scene seen as --camera, --focal and --sensor say, its time run as --time-remap says."""
    camera = scene.camera
    if getattr(args, "camera", None) is not None:
        move, rate = args.camera
        camera = replace(camera, move=move, rate=rate, hand=scene.seed % 2**31)
    if getattr(args, "sensor", None) is not None:
        if not (getattr(args, "focal", None) or camera.focal_mm):
            raise ValueError("--sensor needs --focal; give the focal length in mm too, such as --focal 35")
        camera = replace(camera, sensor_mm=args.sensor)
    if getattr(args, "focal", None) is not None:
        camera = replace(camera, focal_mm=args.focal)
    scene = replace(scene, camera=camera)
    if getattr(args, "neutral_light", False):
        from parabola.control.brand import balanced

        scene = balanced(scene)
        scene = replace(scene, light=replace(scene.light, keep_colours=True))
    if getattr(args, "time_remap", None):
        scene = replace(scene, time_keys=args.time_remap)
    return scene


def file_flags(args: argparse.Namespace) -> dict[str, Any]:
    """What `open_writer` is told beside size and rate."""
    told = {"codec": getattr(args, "codec", ""), "timecode": getattr(args, "timecode", None)}
    first = getattr(args, "start_frame", None)
    return {**{k: v for k, v in told.items() if v}, **({} if first is None else {"first": first})}


def check_file_flags(args: argparse.Namespace, scene: Scene) -> None:
    """Refuse what OUT cannot hold, before the work."""
    from parabola.film import timecode
    from parabola.media import exact_rate, format_of, is_sequence

    name, form = Path(args.output).name, format_of(args.output)
    if args.timeline is not None:
        checks.writable(args.timeline, "timeline")
    if args.timecode is not None:
        timecode.parse(args.timecode, exact_rate(scene.fps))
        if form.ending not in (".mov", ".mp4", ".mxf") and not args.layers:
            raise ValueError(f"--timecode: {name} holds none; use .mov, .mp4, .mxf, or .exr with --layers")
    if args.start_frame is not None and not is_sequence(args.output):
        raise ValueError(f"--start-frame: {name} is no sequence; name one such as {Path(name).stem}.%04d.png")
    if args.codec and form.kind != "video":
        from parabola.media.codecs import with_codec

        with_codec(form, name, args.codec)
    if args.layers and form.kind != "exr":
        raise ValueError(f"--layers: {name} holds no layers; name {Path(name).stem}.%04d.exr")
    if args.layers and (args.loop or args.trajectories):
        raise ValueError("--layers: leave out --loop and --trajectories, or use parabola plate")


def layered(
    args: argparse.Namespace, scene: Scene, out: Path, progress: Callable[[int, Any], Any] | None
) -> dict[str, Any]:
    """`generate --layers`: the passes inside the EXR frames."""
    from parabola.film.deliver import render_layers

    first = 1 if args.start_frame is None else args.start_frame
    how = {"steps": args.steps, "guide_only": args.guide_only, "correct": not args.no_correct}
    delivery = _delivery(args, first, args.timecode or "00:00:00:00")
    return render_layers(scene, out, delivery, alpha=args.alpha, progress=progress, **how)


def deliver(args: argparse.Namespace, kind: str) -> None:
    """`parabola plate` and `parabola flipbook`: the scene, then the work, then a summary."""
    import json
    import sys

    from parabola import commands
    from parabola.api import is_scene_file

    prompt = commands._prompt(args)
    if kind == "plate" and not is_scene_file(prompt) and not commands._given_size(args):
        args.size = (1920, 1080)
    if kind == "flipbook" and args.frames is None and args.seconds is None:
        args.frames = 64
    scene, unknown = commands._scene(prompt, args, ())
    for word in unknown:
        commands._note(f"did not understand: {word}")
    if args.dry_run:
        sys.stdout.write(commands._printed(scene, unknown))
        return
    work = {"plate": plate, "flipbook": flipbook}[kind]
    summary = work(args, scene, commands._progress(scene.num_frames))
    told = {**summary, "not_understood": list(unknown)}
    print(json.dumps(told, default=str) if args.json else summary["out"])


def _delivery(args: argparse.Namespace, first: int, code: str) -> Any:
    from parabola.film.deliver import Delivery
    from parabola.film.layers import LAYERS

    apart = args.layers == "apart"
    passes = tuple(args.passes or LAYERS)
    dialect = "nuke" if apart else args.layers
    return Delivery(passes=passes, dialect=dialect, apart=apart, first=first, code=code)


def plate(args: argparse.Namespace, scene: Scene, progress: Callable[[int, Any], Any] | None) -> dict:
    """`parabola plate`."""
    from parabola.film import timecode
    from parabola.film.deliver import check_names, make_plate
    from parabola.media import exact_rate

    check_names(args.shot, args.plate, args.plate_version)
    timecode.parse(args.timecode, exact_rate(scene.fps))
    folder = Path(args.output)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder}: is a file; give a folder")
    if not folder.exists():
        checks.writable(folder)
    how = {"steps": args.steps, "guide_only": args.guide_only, "correct": not args.no_correct}
    delivery = _delivery(args, args.start_frame, args.timecode)
    if args.alpha:
        from parabola.alpha import check_alpha

        check_alpha(scene)
    return make_plate(
        scene, folder, args.shot, args.plate, args.plate_version, delivery,
        alpha=args.alpha, progress=progress, **how,
    )  # fmt: skip


def flipbook(args: argparse.Namespace, scene: Scene, progress: Callable[[int, Any], Any] | None) -> dict:
    """`parabola flipbook`."""
    from parabola.alpha import check_alpha
    from parabola.games.flipbook import Book, make_flipbook
    from parabola.games.sheet import plan_sheet

    if args.output is None:
        raise ValueError("missing -o NAME.png; give the colour sheet's file")
    out = checks.writable(args.output)
    if out.suffix.lower() != ".png":
        raise ValueError(f"{out.name}: sheets are PNG files; name one such as {out.stem}.png")
    if not args.no_alpha:
        try:
            check_alpha(scene)
        except ValueError as error:
            raise ValueError(f"{error}, or give --no-alpha") from None
    layout = plan_sheet(scene.num_frames, args.budget, args.padding, scene.width / scene.height)
    book = Book(
        layout=layout, sheets=args.sheets, engine=args.engine, dialect=args.sheet_format,
        loop=not args.once, alpha=not args.no_alpha,
    )  # fmt: skip
    how = {"steps": args.steps, "guide_only": args.guide_only, "correct": not args.no_correct}
    return make_flipbook(scene, out, book, progress, **how)
