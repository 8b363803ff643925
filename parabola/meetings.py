"""Meetings: balls that roll, fall or fly into others, timed so that it happens early in the clip."""

from __future__ import annotations

import numpy as np

from parabola.casting import Actor
from parabola.staging import GAP, Stage, heading, line, on_ground, rack, roll, roll_speed


def meetings(stage: Stage, actors: list[Actor], todo: list[Actor]) -> list[Actor]:
    """Balls that roll into others; returns who is left."""
    for index, group in enumerate(stage.request.groups):
        hitters = [actor for actor in todo if actor.group == index]
        if not hitters:
            continue
        if group.target is not None:
            targets = [actor for actor in actors if actor.group == group.target]
            waiting = [actor for actor in targets if actor in todo]
            if waiting:
                _arrange_targets(stage, waiting)
            _aim(stage, hitters, targets)
            todo = [actor for actor in todo if actor not in hitters and actor not in waiting]
    mutual = [a for a in todo if "hit" in stage.group(a).actions and stage.group(a).target is None]
    if len(mutual) >= 2:
        _meet(stage, mutual)
        todo = [actor for actor in todo if actor not in mutual]
    return todo


def _arrange_targets(stage: Stage, targets: list[Actor]) -> None:
    group = stage.group(targets[0])
    if len(targets) <= 2 or group.arrangement == "row":
        line(targets, 1.0 + GAP if group.arrangement == "row" else 1.25)
    else:
        rack(targets)
    for actor in targets:
        actor.action = "rest"


def _aim(stage: Stage, hitters: list[Actor], targets: list[Actor]) -> None:
    """Each hitter rolls at the nearest target, from the left unless told otherwise, centre to centre."""
    way = heading(stage, hitters[0])
    front = min(targets, key=lambda actor: float(actor.position @ way))
    in_row, lead = len(targets) > 2 and stage.group(targets[0]).arrangement == "row", 0.0
    for actor in hitters:
        gap = ((2.2 if in_row else 3.6) + lead) * stage.scale  # a row is wide enough as it is
        reach = actor.radius + front.radius + gap
        actor.position = front.position - way * reach
        actor.position[1] = actor.radius
        roll(actor, way * roll_speed(stage, actor, gap, 0.3 * stage.duration))
        lead += 2.6
    if hitters[0].action in ("drop", "throw") and len(hitters) == 1:
        _from_above(stage, hitters[0], front)


def _from_above(stage: Stage, actor: Actor, target: Actor) -> None:
    """A ball that falls onto another, a little off centre."""
    height = stage.group(actor).height or 4.0 * stage.scale
    actor.position = target.position + [-0.25 * actor.radius, target.radius + actor.radius + height, 0.0]
    actor.velocity, actor.spin = np.zeros(3), np.zeros(3)


def _meet(stage: Stage, actors: list[Actor]) -> None:
    """Balls roll at each other along x, in pairs; further pairs in lanes behind."""
    for k, actor in enumerate(actors):
        lane, side = k // 2, -1.0 if k % 2 == 0 else 1.0
        gap = 2.6 * stage.scale
        offset = 0.0 if stage.request.head_on or stage.rng.random() < 0.6 else 0.25 * actor.radius * side
        on_ground(actor, side * (gap + actor.radius), -3.0 * stage.scale * lane + offset)
        if k == len(actors) - 1 and k % 2 == 0:  # an odd one out follows the first
            on_ground(actor, -(gap + 4.5 * stage.scale))
        roll(actor, np.array([-side * roll_speed(stage, actor, gap, 0.28 * stage.duration), 0, 0]))
