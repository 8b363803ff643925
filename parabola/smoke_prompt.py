"""Words to smoke and fire: which prompts ask for gas, and what they say of it.

A prompt that names smoke, steam, fog or a fire, and neither a ball nor open water, is this parser's. Its
own vocabulary (`smoke_words`) comes first, the longest phrase first, then that of `prompt_words` for
colours, camera, tempo, gravity and quantities. What no rule takes is returned word by word; other
subjects are refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from parabola.medium_parser import SILENT, MediumParser, speaks_of
from parabola.prompt_lexer import Item, phrase_at
from parabola.smoke_words import FLAME_COLOURS, PHRASES, SMOKE_COVERED
from physics.scene import Vec3

FIRES = ("torch", "campfire", "candle", "explosion", "fire")
_ORDER = ("torch", "campfire", "candle", "explosion", "chimney", "incense", "fog", "steam", "fire", "smoke")
MOST = 3  # torches or candles


@dataclass
class SmokeRequest:
    """What a prompt says of smoke or fire; None where it is silent."""

    subject: str = "smoke"
    smoky: bool = False  # a fire whose smoke is named too
    count: int = 1
    colour: Vec3 | None = None  # sRGB of the smoke
    strength: float = 1.0
    size: float = 1.0
    swirl: float | None = None
    wind: float | None = None  # m/s
    way: str | None = None  # left, right
    place: str | None = None
    lights: list[str] = field(default_factory=list)
    camera: dict[str, Any] = field(default_factory=dict)
    time_scale: float = 1.0
    gravity: float | None = None


def asks_for_smoke(found: list[Item], words: list[str]) -> bool:
    """Whether a prompt is about smoke or fire and no ball."""
    if any(item.kind == "ball" for item in found):
        return False
    return speaks_of("subject", PHRASES, words)


class SmokeParser(MediumParser):
    """One pass over the words; `parse` returns the request and what was not understood."""

    phrases = PHRASES
    ignored = SILENT | {"mood"}
    covered = SMOKE_COVERED

    def __init__(self, words: list[str]):
        super().__init__(words, SmokeRequest())
        self.subjects: list[str] = []
        self.colours: list[tuple[str, Vec3]] = []

    def parse(self) -> tuple[SmokeRequest, tuple[str, ...]]:
        """Walk all words; ValueError for subjects that no world covers."""
        self.unknown += self.walk()
        self.request.subject = next(s for s in _ORDER if s in self.subjects)
        self.request.smoky = self.request.subject in FIRES and bool({"smoke", "incense"} & set(self.subjects))
        self._settle_colours()
        return self.request, tuple(dict.fromkeys(self.unknown))

    def _settle_colours(self) -> None:
        """A colour dyes smoke; flames have the colours of hot soot, other ones are not understood."""
        for text, value in self.colours:
            if self.request.subject not in FIRES or self.request.smoky:
                self.request.colour = value
            elif text not in FLAME_COLOURS:
                self.unknown.append(text)

    def _passed_by(self, n: int) -> bool:
        """ "low angle" is a longer phrase of the common vocabulary; "black smoke" a colour."""
        here, after = self.words[self.i], self.words[self.i + n : self.i + n + 1]
        if n == 1 and here == "black" and after not in (["background"], ["backdrop"]):
            return True
        item, used = phrase_at(self.words, self.i)
        return used > n and item.kind in ("camera", "tempo", "quantity", "colour")

    def _take(self, kind: str, value: Any) -> None:
        request = self.request
        if kind == "subject":
            self.subjects.append(value)
        elif kind == "light":
            request.lights.append(value)
        elif kind in ("size", "strength"):
            setattr(request, kind, value)
        elif kind == "wind":
            request.wind = value if request.wind is None else max(value, request.wind)
        elif kind in ("swirl", "way", "place"):
            setattr(request, kind, value)

    def _on_colour(self, item: Item) -> None:
        self.colours.append((item.text, item.value))

    def _on_shade(self, item: Item) -> bool | None:
        if item.value not in ("dark", "light", "pale", "deep"):
            return False
        if item.value in ("dark", "deep"):
            self.colours.append((item.text, (0.25, 0.25, 0.26)))
        return None

    def _on_size(self, item: Item) -> None:
        self.request.size = min(max(item.value, 0.5), 1.8)

    def _on_number(self, item: Item) -> bool | None:
        if not 1 <= item.value <= MOST:
            raise ValueError(f"{item.text!r}: at most {MOST} torches or candles fit a scene; ask for fewer")
        self.request.count = int(item.value)
        return None

    def _on_wind(self, item: Item) -> None:
        self.request.wind = min(item.value, 4.0)

    def _on_direction(self, item: Item) -> bool | None:
        if item.value not in ("left", "right"):
            return item.value in ("up", "near", "far") or None
        self.request.way = item.value
        return None


def parse_smoke(words: list[str]) -> tuple[SmokeRequest, tuple[str, ...]]:
    """The request that a prompt about smoke or fire makes, and the words not understood."""
    return SmokeParser(words).parse()
