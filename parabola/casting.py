"""Casting: which balls there are, of what material, size and colour, and what each one is to do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from parabola.materials import MATERIALS, Material, rgb
from parabola.prompt_colours import METAL_TINTS, shaded
from parabola.prompt_words import FINISHES, NOUN_TINTS
from parabola.request import Group, Look, Request
from physics.rigid_world import MAX_BODIES
from physics.scene import Body, Surface, Vec3

PALETTES = (  # colours that sit well together, drawn from when the words name none
    ("#cb2f2a", "#17897f", "#e8b422", "#2f5f9e", "#e9e4d8"),
    ("#d9622b", "#27507f", "#efe3c6", "#6d8f5a", "#8e2f3a"),
    ("#b8323f", "#efb73e", "#2a6f86", "#e7ded0", "#4c3a63"),
    ("#2f7d6b", "#e07a4f", "#efd9a0", "#3d4a78", "#b5444a"),
    ("#3566a8", "#e3a32f", "#c1443a", "#dfe3e2", "#4f7f5c"),
    ("#d1495b", "#2e8c8c", "#f0c34e", "#30507a", "#ece5d8"),
)
_GLASS_TINTS = ("#f4f7f7", "#e79a1c", "#5cbcd9", "#7cc08a", "#d98a9e", "#8f8fd6")
_MADE_OF = {  # what a ball is that is named by its finish alone
    **dict.fromkeys(("chrome", "metallic", "mirror", "mirrored", "brushed", "rusty"), "steel"),
    **dict.fromkeys(("frosted", "clear", "transparent", "see through", "crystal clear"), "glass"),
}
_COLLECTIVE = {"row": 5, "cradle": 5, "rack": 6, "row apart": 4}


@dataclass
class Actor:
    """One ball to be: its look is settled, its start is not."""

    group: int
    material: str
    kind: Material
    radius: float
    density: float
    surface: Surface
    action: str
    name: str
    position: np.ndarray = field(default_factory=lambda: np.zeros(3))
    velocity: np.ndarray = field(default_factory=lambda: np.zeros(3))
    spin: np.ndarray = field(default_factory=lambda: np.zeros(3))

    def fresh(self) -> Actor:
        """The same ball, not placed yet."""
        return replace(self, position=np.zeros(3), velocity=np.zeros(3), spin=np.zeros(3))

    def body(self, rng: np.random.Generator) -> Body:
        """The ball as scene data, rounded so that a scene file reads well."""
        kind = self.kind
        return Body(
            name=self.name, material=self.material, radius=self.radius, density=float(self.density),
            inertia_factor=round(kind.inertia_factor, 4), position=vec(self.position),
            velocity=vec(self.velocity),
            angular_velocity=vec(self.spin), orientation=vec(_turned(self.surface.pattern, rng), 3),
            restitution=kind.restitution, friction=kind.friction, rolling_resistance=kind.rolling,
            drag_coefficient=kind.drag_coefficient, surface=self.surface,
        )  # fmt: skip


def _turned(pattern: str, rng: np.random.Generator) -> np.ndarray:
    """Rotation vector of the pattern: at random, but a beach ball shows its pole, where all colours meet."""
    if pattern == "beach_ball":
        return np.array([rng.uniform(0.7, 1.1), rng.uniform(-0.5, 0.5), rng.uniform(-0.6, 0.6)])
    return rng.uniform(-1.2, 1.2, 3)


def vec(v, digits: int = 5) -> Vec3:
    """Three plain floats; balls as small as a marble keep 10 um."""
    return tuple(round(float(c), digits) + 0.0 for c in v)  # type: ignore[return-value]


def cast(request: Request, rng: np.random.Generator) -> list[Actor]:
    """All balls the request asks for, in order; ValueError if there are none or more than 32."""
    counts = [_count(group) for group in request.groups]
    if sum(counts) > MAX_BODIES:
        raise ValueError(f"the prompt asks for {sum(counts)} balls; this version moves at most {MAX_BODIES}")
    if sum(counts) < 1:
        raise ValueError("the prompt asks for no ball at all; give a count of 1 to 32")
    palette = list(PALETTES[rng.integers(len(PALETTES))])
    rng.shuffle(palette)
    palette.sort(key=lambda code: max(rgb(code)) - min(rgb(code)) < 0.35)  # the quiet colours come last
    actors: list[Actor] = []
    for index, (group, count) in enumerate(zip(request.groups, counts, strict=True)):
        for k in range(count):
            look = group.looks[k % len(group.looks)]
            actors.append(_actor(request, index, group, look, k, len(actors), palette, rng))
    _number_names(actors)
    return actors


def _count(group: Group) -> int:
    if group.count is not None:
        return group.count
    if group.arrangement in _COLLECTIVE:
        return _COLLECTIVE[group.arrangement]
    return max(len(group.looks), 3 if len(group.looks) == 1 else 1)


def _actor(request, index, group, look, k, serial, palette, rng) -> Actor:
    name = look.material if group.material is None else group.material
    name = name or next((_MADE_OF[word] for word in look.finishes if word in _MADE_OF), None)
    if name is None:
        name = next((g.looks[0].material for g in request.groups if g.looks[0].material), None) or "rubber"
    colours = look.colours
    if group.material and look.material and look.material != group.material:
        name, colours = _mixed(group.material, look.material, colours)
    kind = MATERIALS[name]
    if group.material and name != group.material:  # "steel marbles": steel, of a marble's size
        usual = MATERIALS[group.material]
        kind = replace(kind, radius=usual.radius, free_size=usual.free_size, rolls=usual.rolls)
    radius, density = _size(kind, look, group, len(request.groups) + (_count(group) > 1), rng)
    surface = _surface(kind, name, look, colours, palette, serial, group.noun)
    return Actor(
        index, name, kind, radius, density, surface, _action(request, group, kind, serial, index), group.noun
    )


def _mixed(noun: str, material: str, colours: list[Vec3]) -> tuple[str, list[Vec3]]:
    """ "golden basketball" is a tint; "steel marble", "wooden bowling ball" is the material."""
    if material in METAL_TINTS and noun not in ("glass marble", "billiard ball"):
        return noun, colours or [rgb(METAL_TINTS[material])]
    return material, colours


def _size(
    kind: Material, look: Look, group: Group, others: int, rng: np.random.Generator
) -> tuple[float, float]:
    """(radius, density) from the words, else the usual ones; open sizes vary a little within a scene."""
    vary = kind.free_size and others > 1 and not group.arrangement and look.size is None
    natural = kind.radius * (look.size or 1.0) * (rng.uniform(0.76, 1.26) if vary else 1.0)
    if look.mass is not None:
        volume = 4 / 3 * math.pi
        radius = look.radius or (look.mass / (volume * kind.density)) ** (1 / 3)
        return radius, float(f"{look.mass / (volume * radius**3):.6g}")
    return round(look.radius or natural, 5), kind.density


def _surface(kind, name, look, colours, palette, serial, noun) -> Surface:
    surface = kind.surface
    if noun in NOUN_TINTS:
        surface = replace(surface, colour=rgb(NOUN_TINTS[noun]))
    elif colours:
        surface = replace(surface, colour=colours[0])
        if surface.pattern in ("wood", "marble", "concrete", "ice", "swirl", "bowling") and len(colours) == 1:
            surface = replace(
                surface, colour2=shaded(colours[0], ["light" if max(colours[0]) < 0.3 else "dark"])
            )
    elif kind.free_colour and not (name == "glass"):
        surface = replace(surface, colour=rgb(palette[serial % len(palette)]))
        if surface.pattern in ("bowling", "swirl"):
            surface = replace(
                surface, colour2=shaded(surface.colour, ["light" if name == "bowling ball" else "deep"])
            )
    elif name == "glass" and "clear" not in look.finishes and serial:
        surface = replace(surface, colour=rgb(_GLASS_TINTS[serial % len(_GLASS_TINTS)]))
    if len(colours) > 1:
        pattern = surface.pattern if surface.pattern != "plain" else "stripes"
        surface = replace(surface, colour2=colours[1], pattern=pattern)
    if look.pattern and look.pattern != surface.pattern:
        second = colours[1] if len(colours) > 1 else rgb("#f0ede4")
        surface = replace(surface, pattern=look.pattern, pattern_scale=1.0, colour2=second)
    return finished(surface, look)


def finished(surface: Surface, look: Look) -> Surface:
    """The surface after shade and finish words."""
    if surface.pattern == "marble" and {"dark", "deep"} & set(look.shades) and not look.colours:
        surface = replace(  # dark stone has light veins
            surface, colour=shaded(surface.colour2, ["dark"]), colour2=shaded(surface.colour2, ["light"])
        )
    elif look.shades:
        surface = replace(
            surface, colour=shaded(surface.colour, look.shades), colour2=shaded(surface.colour2, look.shades)
        )
    for word in look.finishes:
        surface = replace(surface, **FINISHES[word])
    return surface


def _action(request: Request, group: Group, kind: Material, serial: int, index: int) -> str:
    """What this ball does at the start."""
    first = group.first()
    if group.target is not None or first in ("hit", "head on"):
        return first if first in ("drop", "throw", "slide", "float") else "roll"
    if first:
        return first
    if group.struck:
        return "rest"
    if request.gravity == 0.0:
        return "float"
    if group.direction and group.spin is None:
        return "roll"
    if any(g.actions for i, g in enumerate(request.groups) if i != index):
        return "rest"
    return "roll" if kind.rolls else ("bounce" if serial % 3 != 1 or len(request.groups) == 1 else "rest")


def _number_names(actors: list[Actor]) -> None:
    names = [actor.name for actor in actors]
    for i, actor in enumerate(actors):
        if names.count(actor.name) > 1:
            actor.name = f"{names[i]} {names[: i + 1].count(names[i])}"
