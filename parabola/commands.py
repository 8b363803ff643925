"""What each command of the command line does, given its parsed flags."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parabola import checks
from physics.scene import Scene

if TYPE_CHECKING:
    from parabola import sweep
    from parabola.loop import Loop


def generate(args: argparse.Namespace) -> None:
    """A clip from a prompt, a scene file or a still."""
    if args.image is not None:
        _animate(args)
        return
    prompt = _prompt(args)
    _refuse_unbuilt(args)
    if args.output is None and not args.dry_run:
        raise ValueError("missing -o OUT; give a file to write such as -o clip.mp4")
    from parabola import sweep
    from parabola.api import is_scene_file
    from parabola.storyboard import is_storyboard

    if is_scene_file(prompt) and is_storyboard(prompt):
        _cut_together(prompt, args)
        return
    varied = [_varied(args, setting) for setting in sweep.settings(args.vary)]
    scenes = [_scene(prompt, each, setting) for each, setting in varied]
    unknown = scenes[0][1]
    for word in unknown:
        _note(f"did not understand: {word}")
    if args.dry_run:
        sys.stdout.write(_printed(*scenes[0]))
        return
    outs = [_check_files(each, scene) for (each, _), (scene, _) in zip(varied, scenes, strict=True)]
    loops = [_looped(args, scene) for scene, _ in scenes]
    for (each, _), (scene, _), out, loop in zip(varied, scenes, outs, loops, strict=True):
        _make(each, scene, unknown, out, loop)


def _cut_together(board: str, args: argparse.Namespace) -> None:
    """The shots of a storyboard as one clip."""
    from parabola.storyboard import generate_storyboard, load_storyboard

    for flag in ("loop", "alpha", "passes", "trajectories", "dry_run", "vary", "seconds", "frames"):
        if getattr(args, flag):
            raise ValueError(f"--{flag.replace('_', '-')} does not go with a storyboard; leave it out")
    shots = load_storyboard(board, size=args.size, fps=args.fps, seed=args.seed)
    for k, shot in enumerate(shots):
        for word in shot.unknown:
            _note(f"shots[{k}]: did not understand: {word}")
    out = _check_files(args, shots[0].scene)
    summary = generate_storyboard(
        shots, out, progress=_progress(sum(shot.scene.num_frames for shot in shots)),
        steps=args.steps, guide_only=args.guide_only, correct=not args.no_correct, timeline=args.timeline,
    )  # fmt: skip
    if args.json:
        print(json.dumps(summary, default=str))


def _varied(args: argparse.Namespace, setting: sweep.Setting) -> tuple[argparse.Namespace, sweep.Setting]:
    """The flags of one clip of a sweep: its own files, its own seed."""
    from parabola import sweep

    if setting and args.dry_run:
        raise ValueError("--dry-run shows one scene; leave --vary out")
    own = {name: getattr(args, name) for name in ("output", "trajectories")}
    own = {name: path and str(sweep.labelled(path, setting)) for name, path in own.items()}
    seed = sweep.seed_of(setting)
    return argparse.Namespace(**{**vars(args), **own, "seed": args.seed if seed is None else seed}), setting


def _looped(args: argparse.Namespace, scene: Scene) -> Loop | None:
    """How the clip is looped, where it is; what a fade has no answer for is refused."""
    if not args.loop:
        return None
    from parabola.loop import plan_loop

    loop = plan_loop(scene)
    if loop.kind == "blend":
        if args.trajectories or args.passes:
            raise ValueError(
                "--loop: this scene does not come back to its start, so its end fades into its beginning;"
                " leave out --trajectories and --passes, which show one moment each"
            )
        _note(f"loop: {loop.overlap} frames at the end fade into the beginning")
    elif loop.scene.time_scale != scene.time_scale:
        _note(f"loop: runs at {loop.scene.time_scale / scene.time_scale:.3g} of the speed, to close")
    return loop


def _make(
    args: argparse.Namespace, scene: Scene, unknown: tuple[str, ...], out: Path, loop: Loop | None
) -> None:
    from parabola import delivering, pipeline

    length = loop.scene.num_frames if loop else scene.num_frames
    if args.layers:
        summary = delivering.layered(args, scene, out, _progress(length))
    else:
        summary = pipeline.generate(
            scene, out=out, steps=args.steps, guide_only=args.guide_only, correct=not args.no_correct,
            trajectories=args.trajectories, passes=args.passes, progress=_progress(length),
            alpha=args.alpha, loop=loop, **delivering.file_flags(args),
        )  # fmt: skip
    if args.json:
        print(json.dumps({**summary, "not_understood": list(unknown)}, default=str))


def _prompt(args: argparse.Namespace) -> str:
    flagged = getattr(args, "prompt_flag", None)
    if args.prompt is not None and flagged is not None:
        raise ValueError("the prompt is given twice; leave --prompt out")
    prompt = args.prompt if args.prompt is not None else flagged
    if prompt is None:
        raise ValueError(
            'missing PROMPT; give words such as "two rubber balls bounce on a wooden floor" or a scene file'
        )
    return prompt


def _refuse_unbuilt(args: argparse.Namespace) -> None:
    """What this version does not have, it does not pretend to do."""
    still = {"object": args.objects, "push": args.pushes, "ground": args.ground, "wind": args.wind}
    for flag, value in {**still, "gravity": args.gravity}.items():
        if value:
            raise ValueError(f"--{flag} needs --image; say it in the prompt instead")


def _animate(args: argparse.Namespace) -> None:
    """A still becomes a clip; words may set gravity and wind."""
    image = checks.readable(args.image, "image")
    for flag in ("loop", "alpha", "passes", "size", "dry_run"):
        if getattr(args, flag):
            raise ValueError(f"--{flag.replace('_', '-')} does not go with --image; leave it out")
    _check_clip_output(args.output)
    if args.trajectories is not None:
        checks.writable(args.trajectories, "trajectories")
    if args.seconds is not None and args.frames is not None:
        raise ValueError("--seconds and --frames both set the length; give one of them")
    from parabola.animation import Setting, animate_file, from_words

    fps = args.fps or 24.0
    told = {"gravity": args.gravity, "wind": args.wind}
    setting = Setting(
        objects=tuple(args.objects), pushes=tuple(args.pushes), ground=args.ground,
        seed=max(args.seed or 0, 0),
        **{**from_words(args.prompt), **{k: v for k, v in told.items() if v is not None}},
    )  # fmt: skip
    count = _frames(args, fps)
    summary = animate_file(
        image, Path(args.output), count, fps, setting, args.trajectories, progress=_progress(count)
    )
    if args.json:
        print(json.dumps(summary, default=str))


def _scene(prompt: str, args: argparse.Namespace, setting: sweep.Setting) -> tuple[Scene, tuple[str, ...]]:
    """The checked scene and the words not understood; flags win over a scene file's fields."""
    from parabola import sweep
    from parabola.api import is_scene_file, ready, with_overrides
    from parabola.control.negative import scene_of_words
    from parabola.delivering import with_camera
    from parabola.scene_file import load_scene

    if args.seconds is not None and args.frames is not None:
        raise ValueError("--seconds and --frames both set the length; give one of them")
    if args.seed == -1:
        args.seed = checks.drawn_seed(args.seed)
        _note(f"seed {args.seed}")
    given = {"fps": args.fps, "seed": args.seed, **_given_size(args)}
    given = {name: value for name, value in given.items() if value is not None}
    unknown: tuple[str, ...] = ()
    if is_scene_file(prompt):
        scene = load_scene(prompt)
        if args.frames is not None or args.seconds is not None:
            given["num_frames"] = _frames(args, given.get("fps", scene.fps))
        scene = with_overrides(scene, **given)
    else:
        given["num_frames"] = _frames(args, given.get("fps", 24.0))
        checks.memory(given.get("width", 512), given.get("height", 512), given["num_frames"])
        scene, unknown = scene_of_words(prompt, getattr(args, "negative_prompt", None), given)
    lens = {"shutter_deg": args.shutter, "f_stop": args.f_stop, "focus_m": args.focus}
    scene = replace(scene, camera=replace(scene.camera, **{k: v for k, v in lens.items() if v is not None}))
    return ready(with_camera(sweep.apply(scene, setting), args)), unknown


def _given_size(args: argparse.Namespace) -> dict[str, int]:
    width, height = getattr(args, "width", None), getattr(args, "height", None)
    if args.size is not None:
        width, height = args.size
    sides = {"width": width, "height": height}
    return {name: value for name, value in sides.items() if value is not None}


def _frames(args: argparse.Namespace, fps: float) -> int:
    if args.frames is not None:
        return args.frames
    return checks.duration("4" if args.seconds is None else args.seconds, fps)


def _printed(scene: Scene, unknown: tuple[str, ...]) -> str:
    from parabola.scene_file import dump_scene

    words = ", ".join(unknown) if unknown else "nothing"
    return dump_scene(
        scene, f"Scene for parabola generate. SI units, y up, angles as said.\nnot understood: {words}"
    )


def _check_files(args: argparse.Namespace, scene: Scene) -> Path:
    """Everything about the files that can fail, before the work."""
    from parabola.delivering import check_file_flags
    from parabola.media import check_output

    check_file_flags(args, scene)
    check_output(args.output, scene.width, scene.height, scene.fps, args.alpha, args.codec)
    if args.alpha:
        from parabola.alpha import check_alpha

        check_alpha(scene)
    out = checks.writable(args.output)
    if args.trajectories is not None:
        checks.writable(args.trajectories, "trajectories")
        if Path(args.trajectories).resolve() == out.resolve():
            raise ValueError("--trajectories and -o name the same file; give two names")
    return out


def plate(args: argparse.Namespace) -> None:
    """A shot as an editor expects it: EXR layers, review movie, camera, timeline."""
    importlib.import_module("parabola.delivering").deliver(args, "plate")


def flipbook(args: argparse.Namespace) -> None:
    """Sheets for game engines."""
    importlib.import_module("parabola.delivering").deliver(args, "flipbook")


def predict(args: argparse.Namespace) -> None:
    """Continue a clip: watch, understand, write the frames that come next."""
    source = checks.readable(args.clip, "clip")
    if args.frames is None:
        raise ValueError("missing --frames N; give the number of frames to predict")
    _check_clip_output(args.output)
    if args.state is not None:
        checks.writable(args.state, "state")
    from parabola.continuation import continue_file

    summary = continue_file(
        source, Path(args.output), args.frames, context=args.context, state=args.state,
        guide_only=args.guide_only, note=_note, progress=_progress(args.frames),
    )  # fmt: skip
    if args.json:
        print(json.dumps(summary, default=str))


def correct(args: argparse.Namespace) -> None:
    """Repair the motion in a finished clip."""
    clip = checks.readable(args.clip, "clip")
    _check_clip_output(args.output)
    reports = tuple(checks.writable(r, "report") for r in args.report)
    preview = None if args.preview is None else checks.writable(args.preview, "preview")
    from correction.verdict import RepairConfig
    from parabola.repair import Outputs, correct_file

    config = RepairConfig(only=frozenset(args.only), ignore=frozenset(args.ignore), strength=args.strength)
    outputs = Outputs(
        reports=reports,
        preview=preview,
        overwrite=args.overwrite,
        gravity=args.target_gravity,
        scale=args.scale,
        loop=args.loop,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # numpy's remarks on empty tracks are not the user's
        report = correct_file(clip, args.output, config, outputs, _passes())
    if args.json:
        short = ("decision", "reason", "num_frames", "findings", "untouched_exact_fraction")
        print(json.dumps({"output": str(args.output), **{k: report[k] for k in short}}))
    else:
        print(f"{report['decision']}: {report['reason']}")


def _passes() -> Callable[[int, Any], Any] | None:
    """A counter of frames read, on standard error when it is a terminal: passes are not known beforehand."""
    if not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    bar = tqdm(unit="frame", file=sys.stderr)
    return lambda k, _frame: bar.update(1)


def _check_clip_output(output: str | None) -> None:
    from parabola.media import format_of

    if output is None:
        raise ValueError("missing -o OUT; give a file to write such as -o clip.mp4")
    format_of(output)
    checks.writable(output)


def train(args: argparse.Namespace) -> None:
    """Train a painter."""
    out = Path(args.out)
    checks.writable(out / "log", "training") if out.is_dir() else checks.writable(out, "training")
    module = importlib.import_module("diffusion.train")
    presets = getattr(module, "PRESETS", None)
    if presets is not None and args.preset not in presets:
        raise ValueError(f"unknown preset {args.preset!r}; choose from {', '.join(presets)}")
    if args.hosts:
        _join(args.hosts)
    data = [args.data] if args.data else []
    if args.footage:
        data.append(_footage(Path(args.footage), out / "footage"))
    module.main(args.preset, out, args.minutes, args.resume, data or None)


def _join(text: str) -> None:
    """Join other processes: HOST:PORT,N,I."""
    from diffusion.parallel import join

    place, *numbers = text.split(",")
    if len(numbers) != 2 or not all(n.isdigit() for n in numbers):
        raise ValueError(f"cannot read {text!r}; give HOST:PORT,PROCESSES,PROCESS such as 10.0.0.1:9000,2,0")
    join(place, int(numbers[0]), int(numbers[1]))


def _footage(folder: Path, out: Path) -> str:
    """Samples of a folder of footage; says what was left out."""
    from parabola.footage import make_samples

    count, skipped = make_samples(folder, out)
    for name, why in skipped:
        _note(f"{name} left out: {why}")
    _note(f"{count} samples from {folder}")
    return str(out)


def bench(args: argparse.Namespace) -> None:
    """Run benchmarks, each printing its table; --json collects what they return."""
    from benchmarks import BENCHMARKS as known

    for name in args.names:
        if name not in known:
            raise ValueError(f"unknown benchmark {name!r}; choose from {', '.join(known)}")
    if args.json_file is not None:
        checks.writable(args.json_file, "results")
    results = {name: importlib.import_module(f"benchmarks.{name}").main() for name in args.names or known}
    if args.json_file is not None:
        Path(args.json_file).write_text(json.dumps(results, indent=1, default=str) + "\n", encoding="utf-8")


def inspect(args: argparse.Namespace) -> None:
    """Print a file's own account of how it was made."""
    from parabola.media import read_metadata

    found = read_metadata(checks.readable(args.file, "file"))
    if args.json:
        print(json.dumps(found, default=str))
        return
    if not found:
        print(f"{args.file}: no settings of parabola in it")
    for name, value in found.items():
        print(f"{name}: {value if isinstance(value, str) else json.dumps(value, default=str)}")


def _note(text: str) -> None:
    print(f"parabola: note: {text}", file=sys.stderr)


def _progress(total: int) -> Callable[[int, Any], Any] | None:
    """A progress bar on standard error when it is a terminal; called with (frame number, frame)."""
    if not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    bar = tqdm(total=total, unit="frame", file=sys.stderr)

    def report(k: int, _frame: Any) -> None:
        bar.update(k + 1 - bar.n)
        if k + 1 >= total:
            bar.close()

    return report
