"""What a prompt asks for, before it is composed: plain records, still in the words' own terms.

`None` means "not said": composition then draws it from the seed.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, fields

from physics.scene import Vec3


@dataclass
class Look:
    """The adjectives before (or after) a noun."""

    count: int | None = None
    article: bool = False  # "a", "an", "one", "another"
    colours: list[Vec3] = field(default_factory=list)
    shades: list[str] = field(default_factory=list)
    material: str | None = None
    ground: str | None = None  # a ground word used as an adjective: "tile floor", "brick wall"
    size: float | None = None  # multiple of the usual radius
    radius: float | None = None  # m
    mass: float | None = None  # kg
    height: float | None = None  # m, of a table, wall or ramp
    angle: float | None = None  # rad, of a ramp
    finishes: list[str] = field(default_factory=list)
    pattern: str | None = None
    actions: list[str] = field(default_factory=list)  # "a bouncing ball"
    arrangement: str | None = None
    words: list[str] = field(default_factory=list, compare=False)  # as said, to report what stays unused

    def kinds(self) -> set[str]:
        """The kinds of adjective present, to tell 'big, red' (one look) from 'red, blue' (two)."""
        names = ("colours", "material", "ground", "size", "radius", "mass", "finishes", "pattern")
        return {name for name in names if getattr(self, name) not in (None, [])}

    def empty(self) -> bool:
        """No word has been collected yet, not even an article."""
        return self == Look()


def union(looks: list[Look]) -> Look:
    """One look with everything that is said in any of `looks`; the first one to speak wins."""
    result = copy.deepcopy(looks[0])
    for look in looks[1:]:
        for item in fields(Look):
            mine, theirs = getattr(result, item.name), getattr(look, item.name)
            if isinstance(mine, list):
                mine.extend(theirs)
            elif mine in (None, False):
                setattr(result, item.name, theirs)
    return result


@dataclass
class Group:
    """Balls asked for by one noun phrase."""

    noun: str
    material: str | None
    count: int | None
    looks: list[Look]  # balls take these in turn
    actions: list[str] = field(default_factory=list)
    height: float | None = None  # m, of the lowest point at the start
    speed: float | None = None  # m/s
    vigour: float = 1.0  # "slowly", "hard": factor on the speed or height that composition chooses
    angle: float | None = None  # rad above the horizon of a throw
    spin: float | None = None  # rad/s
    direction: str | None = None  # left, right, near, far, up, down
    side: str | None = None  # where in the picture: left, right, centre
    target: int | None = None  # index of the group it hits
    struck: bool = False
    arrangement: str | None = None  # row, cradle, rack

    def first(self) -> str | None:
        """The action that sets the initial state."""
        return self.actions[0] if self.actions else None


@dataclass
class Place:
    """A ground, wall, ramp or table, with the words said of it."""

    kind: str | None
    look: Look = field(default_factory=Look)
    behind: bool = False  # a backdrop: "in front of a wall"


@dataclass
class Request:
    """All that the prompt said."""

    groups: list[Group] = field(default_factory=list)
    ground: Place | None = None
    line_colours: list[Vec3] | None = None  # a line painted on the ground; [] keeps the default colour
    boxes: dict[str, Place] = field(default_factory=dict)  # wall, ramp, table
    gravity: float | None = None  # m/s^2
    world: str | None = None  # moon, mars, ..., space
    under_water: bool = False
    wind: float | None = None  # m/s
    wind_to: str | None = None
    time_scale: float = 1.0
    shutter_deg: float = 0.0
    softness: float = 0.0  # share of the picture's height by which what is far away spreads
    head_on: bool = False
    lights: list[str] = field(default_factory=list)
    light_from: str | None = None
    sky: Vec3 | None = None  # "a red sky", "a white background"
    moods: list[str] = field(default_factory=list)
    camera: dict[str, object] = field(default_factory=dict)  # shot, angle, move, fov
