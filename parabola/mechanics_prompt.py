"""Words to mechanics: which prompts ask for pendulums, blocks, cloth or ropes, and what they say of them.

Its own vocabulary (`mechanics_words`) comes first, the longest phrase first, then that of `prompt_words`.
Adjectives wait until a noun takes them: the subject, a ball, or the ground. What no rule takes is returned
word by word; other subjects are refused by name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from parabola.materials import GROUND_OF_MATERIAL, MATERIALS
from parabola.mechanics_words import MECHANICS_COVERED, PHRASES, SHY
from parabola.medium_parser import SILENT, MediumParser
from parabola.prompt_lexer import Item, phrase_at
from parabola.request import Look, Place, Request

ORDER = (
    "cradle", "double pendulum", "pendulum", "dominoes", "seesaw", "wall", "tower", "flag", "curtain",
    "tablecloth", "chain", "rope", "spring",
)  # fmt: skip
MOST = {"cradle": 9, "dominoes": 48, "tower": 30, "wall": 30}


@dataclass
class MechanicsRequest:
    """What a prompt says; None where it is silent."""

    subject: str = "pendulum"
    count: int | None = None
    look: Look = field(default_factory=Look)  # of the subject
    ball: Look | None = None  # of a ball beside it
    force: float = 1.0
    size: float = 1.0
    length: float | None = None  # m
    angle: float | None = None  # deg
    wind: float | None = None  # m/s
    way: str | None = None
    forms: set[str] = field(default_factory=set)
    setting: Request = field(default_factory=Request)  # ground, lights, moods, sky
    camera: dict[str, Any] = field(default_factory=dict)
    time_scale: float = 1.0
    gravity: float | None = None


def asks_for_mechanics(found: list[Item], words: list[str]) -> bool:
    """Whether a prompt names one of these subjects; words with other meanings count where no ball is."""
    ball = any(item.kind == "ball" for item in found)
    for phrase, said in PHRASES.items():
        if not any(kind == "subject" for kind, _ in said) or (ball and phrase[0] in SHY and len(phrase) == 1):
            continue
        n = len(phrase)
        if any(tuple(words[i : i + n]) == phrase for i in range(len(words) - n + 1)):
            return True
    return False


class MechanicsParser(MediumParser):
    """One pass over the words; `parse` returns the request and what was not understood."""

    phrases = PHRASES
    ignored = (SILENT | {"arrange", "action", "box", "another"}) - {"sky", "finish"}
    covered = MECHANICS_COVERED

    def __init__(self, words: list[str]):
        super().__init__(words, MechanicsRequest())
        self.subjects: list[str] = []
        self.look = Look()  # adjectives that wait for their noun
        self.numbers: list[int] = []

    def parse(self) -> tuple[MechanicsRequest, tuple[str, ...]]:
        """Walk all words; ValueError for subjects that no world covers."""
        self.unknown += self.walk()
        request = self.request
        request.subject = next((s for s in ORDER if s in self.subjects), "pendulum")
        self._give(request.look)
        request.setting.gravity = request.gravity
        most = MOST.get(request.subject)
        if most and (request.count or 0) > most:
            raise ValueError(f"{request.count} are too many here: at most {most}; ask for fewer")
        return request, tuple(dict.fromkeys(self.unknown))

    def _passed_by(self, n: int) -> bool:
        """Longer phrases of the common vocabulary, and balls, keep their meaning."""
        item, used = phrase_at(self.words, self.i)
        if used > n and item.kind in (
            "camera",
            "tempo",
            "quantity",
            "colour",
            "ground",
            "light",
            "ball",
            "sky",
        ):
            return True
        if n == 1 and self.words[self.i] == "light":  # "light blue", "a light breeze"
            return True
        return n == 1 and item.kind == "ground" and self._named() and self._after("on", "across", "onto")

    def _named(self) -> bool:
        return bool(self.subjects)

    def _after(self, *leads: str) -> bool:
        before = [w for w in self.words[max(0, self.i - 4) : self.i]]
        return any(word in leads for word in before)

    def _take(self, kind: str, value: Any) -> None:
        request = self.request
        if kind == "subject":
            self.subjects.append(value)
            self._give(request.look)
            self._count()
        elif kind == "wind":
            request.wind = value if request.wind is None else max(value, request.wind)
        elif kind == "force":
            request.force = value
        elif kind == "form":
            request.forms.add(value)

    def _count(self) -> None:
        if self.numbers:
            self.request.count = self.numbers.pop()

    def _give(self, to: Look) -> None:
        """The waiting adjectives go to `to`."""
        to.colours += self.look.colours
        to.shades += self.look.shades
        to.finishes += self.look.finishes
        to.material = to.material or self.look.material
        to.pattern = to.pattern or self.look.pattern
        to.size = to.size or self.look.size
        self.look = Look()

    def _on_colour(self, item: Item) -> None:
        self.look.colours.append(item.value)

    def _on_shade(self, item: Item) -> None:
        self.look.shades.append(item.value)

    def _on_material(self, item: Item) -> None:
        self.look.material = item.value

    def _on_pattern(self, item: Item) -> None:
        self.look.pattern = item.value

    def _on_finish(self, item: Item) -> None:
        self.look.finishes.append(item.value)

    def _on_size(self, item: Item) -> None:
        self.look.size = item.value
        self.request.size = min(max(item.value, 0.5), 2.0)

    def _on_ball(self, item: Item) -> None:
        ball = self.request.ball = self.request.ball or Look()
        material = item.value[1]
        if self.look.material is None and material in MATERIALS:
            self.look.material = material
        self._give(ball)
        self._count()

    def _on_number(self, item: Item) -> None:
        self.numbers.append(max(1, int(min(item.value, 10_000))))
        if self.subjects and self.request.count is None:
            self._count()

    def _on_ground(self, item: Item) -> None:
        kind, word = item.value
        place = Place(kind or GROUND_OF_MATERIAL.get(self.look.material or "") or "studio")
        if self.look.material in GROUND_OF_MATERIAL:
            place = Place(GROUND_OF_MATERIAL[self.look.material])
        self._give(place.look)
        self.request.setting.ground = place

    def _on_sky(self, item: Item) -> None:
        """ "a dark background", "a white backdrop"."""
        if self.look.colours:
            self.request.setting.sky = self.look.colours.pop()
        if "dark" in self.look.shades:
            self.request.setting.lights.append("dark studio")
        self.look.shades = []

    def _on_light(self, item: Item) -> None:
        self.request.setting.lights.append(item.value)

    def _on_mood(self, item: Item) -> None:
        self.request.setting.moods.append(item.value)

    def _on_wind(self, item: Item) -> None:
        self.request.wind = item.value

    def _on_direction(self, item: Item) -> bool | None:
        if item.value not in ("left", "right"):
            return item.value in ("up", "down", "near", "far") or None
        self.request.way = item.value
        return None

    def _on_speed(self, item: Item) -> None:
        self.request.force *= 0.75 if item.value < 1 else 1.2

    def _on_quantity(self, item: Item) -> bool | None:
        dimension, value = item.value
        if dimension == "length":
            self.request.length = value
        elif dimension == "angle":
            self.request.angle = math.degrees(value)
        elif dimension == "mass":
            self.look.mass = value
        else:
            return super()._on_quantity(item)
        return None


def parse_mechanics(words: list[str]) -> tuple[MechanicsRequest, tuple[str, ...]]:
    """The request that a prompt about mechanics makes, and the words not understood."""
    return MechanicsParser(words).parse()
