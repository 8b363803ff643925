"""Repair of a finished clip: watch, understand, decide, re-render. The file side is `parabola.repair`.

    repair = examine(video)                 a few passes over the frames, shot by shot
    for frame in repair.frames(video): ...  one more; memory holds a frame and the backgrounds of busy shots

Method: the background is learned and what moves is tracked (`physics.estimator`), each track is explained by
an exact law with its evidence (`physics.motion`), what leaves its law is moved back (`correction.rerender`).
Where no law wins, nothing is touched; where an object splits, multiplies, vanishes or turns into another, the
clip is refused, because moving pixels cannot mend it.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace

import numpy as np

from correction.appearance import steady_colour, steady_size, swing
from correction.attach import attached
from correction.blur import blur_of
from correction.deviation import ABSTAIN, deviation, doubt, exposed, lawful, substantial
from correction.flicker import pumps_along, steady_light
from correction.formless import Formless
from correction.identity import broken
from correction.inspect import AHEAD, Seen, Subject, borne_out, inspect
from correction.layer import cleaned
from correction.plan import ObjectPlan, ShotPlan
from correction.shadow import follow
from correction.stitch import stitched
from correction.verdict import Finding, Judged, Repair, RepairConfig, Shot
from correction.whole import shown_whole
from physics.estimator import shots, watch
from physics.estimator.track import Track, Watch
from physics.estimator.video import Video
from physics.motion import Motion, Observed, Understanding, understand
from physics.motion.erratic import erratic_motion
from physics.motion.observed import MotionConfig

FILMED = MotionConfig(faults=True, level=True)
SHORTEST = 8  # frames of a shot: fewer show no law
SPOOL = 1 << 20  # bytes: smaller backgrounds stay in memory
PROBABLE = 5.0  # delta BIC
ASWAY = 1.0  # of what the rim swings with a size that pulses: less is no error of the place
GROUND = 0.04  # sRGB units from frame to frame: more is no background
RESTLESS = "the background itself changes from frame to frame, so that nothing can be told from it"
RARE = 0.1  # share of a track's frames in which it may be found elsewhere: more is another thing


def examine(video: Video, config: RepairConfig | None = None) -> Repair:
    """Judge a clip. `ValueError` where it holds no frame."""
    config = config or RepairConfig()
    spans, judged, used = shots(video), [], 0
    if not spans:
        raise ValueError("the clip holds no frame; a clip needs at least one")
    for first, last in spans:
        shot = examine_shot(video, first, last, config, used)
        used += len(shot.objects)
        judged.append(shot)
    unknown = sorted(n for n in config.only | config.ignore if n > used)
    if unknown:
        there = f"there are 1 to {used}" if used else "nothing moves in it"
        raise ValueError(f"the clip has no object {unknown[0]}: {there}; see the report")
    return Repair(tuple(judged), config)


def examine_shot(video: Video, first: int, last: int, config: RepairConfig, used: int = 0) -> Shot:
    """Judge the frames [first, last); object ids start after `used`."""
    if last - first < SHORTEST:
        return Shot(_idle(first, last), note=f"too few frames ({last - first}) to show a law of motion")
    seen = attached(stitched(watch(video, first=first, last=last)))
    things = [t for t in seen.tracks if t.attached_to is None]
    if not things:
        return Shot(_idle(first, last), note=RESTLESS if np.median(seen.noise) > GROUND else "nothing moves")
    found = understood(seen, things, config)
    numbered = list(zip(range(used + 1, used + 1 + len(things)), things, found.motions))
    formless = Formless()
    objects, looked, light = _judged(video, seen, numbered, config, formless)
    number = {t.id: n for n, t, _ in numbered}
    known = {t.id: looked[n] for n, t, _ in numbered if n in looked}
    likely = {t.id for _, t, m in numbered if m.model not in ABSTAIN and m.evidence > PROBABLE}
    wrong = broken(
        seen, things, known, lambda t: lawful(understand([observed(t)]).motions[0], config.limits), likely
    )
    findings = [Finding(b.kind, b.first, b.last, number[b.track], mendable=False) for b in wrong
                if config.chosen(number[b.track])]  # fmt: skip
    findings += [f for o in objects for f in _mended(o)]
    if light is not None:
        findings.append(Finding("flicker", first, last - 1))
    camera = seen.camera if seen.moving_camera else None
    still = _idle(first, last)
    plan = replace(still, camera=camera, objects=tuple(o.plan for o in objects), light=light)
    if plan.busy or config.retimes:
        plan = replace(plan, plate=spooled(seen.plate), seen=spooled(seen.seen), noise=spooled(seen.noise))
    return Shot(plan, objects, tuple(findings), found, formless=formless.report(video.fps))


def _judged(
    video: Video,
    seen: Watch,
    numbered: list[tuple[int, Track, Motion]],
    config: RepairConfig,
    formless: Formless,
):
    """The objects' verdicts, what the pixels showed of them, and the gains that hold the light still."""
    subjects = [_subject(seen, n, t, m) for n, t, m in numbered if lawful(m, config.limits)]
    looked, measured = inspect(video, seen, subjects, formless)
    light = steady_light(measured)
    for s in subjects:
        if light is not None and pumps_along(s.track, light, seen.first):
            own = looked[s.plan.id]  # what the light explains is not the object's own
            for gains in (own.gain, own.quarters):
                gains.update({k: g * light[k - seen.first] for k, g in gains.items()})
    objects = tuple(judge(seen, t, m, looked.get(n, Seen()), config, n) for n, t, m in numbered)
    return tuple(_unlit(o, light, seen.first) for o in objects), looked, light


def spooled(array: np.ndarray) -> np.ndarray:
    """The array on disk, read as it is needed: a long clip of many shots holds many backgrounds."""
    if array.nbytes < SPOOL:
        return array
    out = np.memmap(tempfile.TemporaryFile(), array.dtype, "w+", shape=array.shape)
    out[:] = array
    return out


def _idle(first: int, last: int) -> ShotPlan:
    empty = np.zeros((0, 0))
    return ShotPlan(first, last, empty[..., None], empty.astype(bool), empty, None, ())


def understood(seen: Watch, things: list[Track], config: RepairConfig) -> Understanding:
    """Laws of all things; the faint and the small get none, and stay out of the others' world."""
    firm = [substantial(seen, t, config.limits) for t in things]
    size = seen.width, seen.height
    found = understand([observed(t) for t, f in zip(things, firm) if f], size=size, config=FILMED)
    laws = iter(found.motions)
    return replace(
        found, motions=tuple(next(laws) if f else lawless(observed(t)) for t, f in zip(things, firm))
    )


def observed(track: Track) -> Observed:
    """A track as the laws of motion take it: less is believed of what shows only in part."""
    loose = doubt(track)[:, None, None] ** 2 * np.eye(2)
    return Observed(track.frames.astype(float), track.centre_plate, track.covariance + loose, track.radius)


def lawless(track: Observed) -> Motion:
    """A motion of which nothing is said."""
    return erratic_motion(track, track.sigma, 0.0)


def _subject(seen: Watch, ident: int, track: Track, motion: Motion) -> Subject:
    """What is to be looked for in the pixels: the frames in and around the track without a measurement."""
    last = seen.first + seen.num_frames
    span = range(max(int(track.frames[0]) - AHEAD, seen.first), min(int(track.frames[-1]) + AHEAD + 1, last))
    missing = sorted(set(span) - set(track.frames.tolist()))
    lost = dict(zip(missing, motion.at(np.array(missing, float)))) if missing else {}
    law = to_frame(seen, track, exposed(motion, track))
    return Subject(_plan(seen, track, ident), track, lost, law)


def judge(
    seen: Watch, track: Track, motion: Motion, looked: Seen, config: RepairConfig, ident: int
) -> Judged:
    """What is wrong with one object, and what is to be done."""
    track = shown_whole(track, looked.whole)
    track = found_again(put_right(track, looked.moved), looked.elsewhere)
    off = deviation(track, motion, config.limits, borne_out(track, looked))
    known = lawful(motion, config.limits)
    size = steady_size(track, config.limits, off.law) if known else None
    tint = steady_colour(track, looked, config.limits, off.law) if known else None
    if size is not None and off.rms < ASWAY * shaken(track, size):
        off = replace(off, weight=np.zeros(len(off.off)), reason="is where it belongs, but for its size")
    alone = "" if config.chosen(ident) else "is left alone as asked"
    if not substantial(seen, track, config.limits):
        alone = "is too small or too faint to be told from noise"
    if alone:
        off, size, tint = replace(off, weight=np.zeros(len(off.off)), reason=alone), None, None
    s = config.strength
    target = track.centre + s * off.weight[:, None] * (to_frame(seen, track, off.law) - track.centre)
    moved = np.hypot(*(target - track.centre).T) > 0.02
    plan = _plan(seen, track, ident)
    scale = plan.scale if size is None else 1 + s * (size - 1)
    gain = plan.gain if tint is None else 1 + s * (tint - 1)
    active = moved | (np.abs(scale - 1) > 0.005) | (np.abs(gain - 1) > 0.005).any(-1)
    plan = replace(plan, target=target, scale=scale, gain=gain, active=active)
    if moved.any() and size is None:
        plan = replace(plan, blur=blur_of(looked.views, plan, motion))
    wrong = {"position": moved.any(), "size": size is not None, "colour": tint is not None}
    return Judged(ident, track, motion, off, plan, tuple(k for k, bad in wrong.items() if bad))


def shaken(track: Track, size: np.ndarray) -> float:
    """px by which the rim goes to and fro while the size pulses: places are measured no better then."""
    return float(np.nanmedian(track.radius)) * swing(1 / size - 1)


def _unlit(judged: Judged, light: np.ndarray | None, first: int) -> Judged:
    """Takes the background's gain from an object whose own brightness does not pump along with it."""
    if light is None or pumps_along(judged.track, light, first):
        return judged
    rows = light[judged.track.frames - first]
    plan = replace(judged.plan, gain=judged.plan.gain / rows, active=np.ones(len(rows), bool))
    return replace(judged, plan=plan)


def _plan(seen: Watch, track: Track, ident: int) -> ObjectPlan:
    """The object as it is."""
    n = len(track.frames)
    return ObjectPlan(
        ident, cleaned(track.layer), track.frames, track.centre, track.centre, shown_size(track), np.ones(n),
        np.ones((n, 3)), np.zeros((n, 3)), angle_of(track), np.zeros(n, bool),
        shadows_of(seen, track),
    )  # fmt: skip


def put_right(track: Track, places: dict[int, np.ndarray]) -> Track:
    """The track with the places (frame -> px) at which the pixels show the object after all."""
    rows = np.array([i for i, k in enumerate(track.frames) if int(k) in places], int)
    if not rows.size:
        return track
    centre, plate, radius = track.centre.copy(), track.centre_plate.copy(), track.radius.copy()
    centre[rows] = [places[int(k)] for k in track.frames[rows]]
    plate[rows] = centre[rows]  # only looked for where the camera stands still
    radius[rows] = np.nan
    visible = track.visible.copy()
    visible[rows] = 1.0
    return replace(track, centre=centre, centre_plate=plate, radius=radius, visible=visible)


def found_again(track: Track, places: dict[int, np.ndarray]) -> Track:
    """The track with measurements in frames where the object was found elsewhere."""
    new = {k: p for k, p in places.items() if k not in track.frames}
    if not 0 < len(new) <= max(3, RARE * len(track.frames)):
        return track
    n, frames = len(new), np.concatenate([track.frames, np.array(list(new), int)])
    order, where = np.argsort(frames), np.array(list(new.values()))

    def grown(old: np.ndarray, value) -> np.ndarray:
        more = np.broadcast_to(value, (n, *old.shape[1:]))
        return np.concatenate([old, more])[order]

    return replace(
        track, frames=frames[order], centre=grown(track.centre, where),
        centre_plate=grown(track.centre_plate, where), covariance=grown(track.covariance, np.eye(2)),
        radius=grown(track.radius, np.nan), sigma_radius=grown(track.sigma_radius, np.nan),
        visible=grown(track.visible, 1.0), angle=grown(track.angle, np.nan),
        colour=grown(track.colour, np.median(track.colour, axis=0)), blur=grown(track.blur, 0.0),
    )  # fmt: skip


def angle_of(track: Track) -> np.ndarray:
    """(n,) rad against the layer, in between where it was not seen; 0 where it is not known at all."""
    known = np.isfinite(track.angle)
    if not known.any():
        return np.zeros(len(track.frames))
    return np.interp(track.frames, track.frames[known], np.unwrap(track.angle[known]))


def shown_size(track: Track) -> np.ndarray:
    """(n,) size against the layer, which has the clip's median radius; 1 where it is not known."""
    middle = np.nanmedian(track.radius) if np.isfinite(track.radius).any() else 1.0
    return np.where(np.isfinite(track.radius), track.radius / middle, 1.0)


def shadows_of(seen: Watch, track: Track):
    """The shadows and reflections that move with an object."""
    tied = (follow(s, track) for s in seen.tracks if s.attached_to == track.id)
    return tuple(s for s in tied if s is not None)


def to_frame(seen: Watch, track: Track, places: np.ndarray) -> np.ndarray:
    """Plate coordinates (n, 2) as pixels of the track's frames."""
    if not seen.moving_camera:
        return places
    h = np.linalg.inv(seen.camera[track.frames - seen.first])
    p = np.einsum("nij,nj->ni", h, np.column_stack([places, np.ones(len(places))]))
    return p[:, :2] / p[:, 2:]


def _mended(judged: Judged) -> list[Finding]:
    """What was wrong and is mended, as runs of frames."""
    rows = np.flatnonzero(judged.plan.active)
    if not rows.size:
        return []
    frames = judged.track.frames[rows]
    runs = np.split(frames, np.flatnonzero(np.diff(frames) > 3) + 1)
    return [Finding(k, int(r[0]), int(r[-1]), judged.id) for k in judged.kinds for r in runs]
