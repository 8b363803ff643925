"""Words to seas: which prompts ask for open water, and what they say of it.

A prompt with a water surface and no ball is a seascape. Its own vocabulary (`sea_words`) comes first, the
longest phrase first, then that of `prompt_words` for light, camera, tempo, gravity, moods and quantities.
What no rule takes is returned word by word; other subjects are refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from parabola.prompt_lexer import Item, items
from parabola.prompt_words import COVERED
from parabola.sea_words import LONGEST, PHRASES, SEA_COVERED, STORM

_GENERAL = {
    "light",
    "mood",
    "camera",
    "tempo",
    "gravity",
    "space",
    "wind",
    "quantity",
    "number",
    "direction",
    "speed",
}
_IGNORED = {
    "stop",
    "article",
    "of",
    "punctuation",
    "front",
    "another",
    "size",
    "camera noun",
    "sky",
    "finish",
}


@dataclass
class SeaRequest:
    """What a prompt says of a sea; None where it is silent."""

    place: str = "ocean"
    wind: float | None = None  # m/s
    storm: bool = False  # a storm was said
    wind_to: str | None = None  # left, right, near, far
    height: float | None = None  # m, significant height of the waves
    swell: bool = False
    water: str | None = None
    depth: float | None = None  # m
    foam: bool = False
    clouds: float | None = None
    lights: list[str] = field(default_factory=list)
    moods: list[str] = field(default_factory=list)
    camera: dict[str, Any] = field(default_factory=dict)
    above: tuple[float, float] | None = None  # m, range of the camera's height
    gravity: float | None = None  # m/s^2
    time_scale: float = 1.0
    loop: bool = False


_ON = {"on", "in", "into", "across", "onto", "through", "over", "upon", "along"}


def asks_for_sea(found: list[Item], words: list[str]) -> bool:
    """Whether a prompt is about a water surface and no ball."""
    if any(item.kind == "ball" for item in found):
        return False
    return any(
        kind == "place" for n in (1, 2, 3, 4) for i in range(len(words)) for kind, _ in _at(words, i, n)
    )


def refuse_balls_in_water(found: list[Item]) -> None:
    """ValueError where balls are asked for on open water: no world here holds both."""
    for i, item in enumerate(found):
        if item.kind == "other" and item.text in _WATER_NOUNS:
            before = [other.text for other in found[max(0, i - 3) : i]]
            if _ON & set(before):
                raise ValueError(
                    f"no world here covers balls and {item.text!r} together yet; {COVERED}; or {SEA_COVERED}"
                )


_WATER_NOUNS = {"ocean", "sea", "lake", "wave", "waves", "river", "water"}


def _at(words: list[str], i: int, n: int) -> list[tuple[str, Any]]:
    return PHRASES.get(tuple(words[i : i + n]), []) if i + n <= len(words) else []


class SeaParser:
    """One pass over the words; `parse` returns the request and what was not understood."""

    def __init__(self, words: list[str]):
        self.words = words
        self.request, self.unknown = SeaRequest(), []
        self.places: list[str] = []
        self.i = 0

    def parse(self) -> tuple[SeaRequest, tuple[str, ...]]:
        """Walk all words; ValueError for subjects that no world covers."""
        while self.i < len(self.words):
            self.i += self._own() or self._general()
        self.request.place = next((p for p in self.places if p != "ocean"), "ocean")
        return self.request, tuple(dict.fromkeys(self.unknown))

    def _own(self) -> int:
        for n in range(min(LONGEST, len(self.words) - self.i), 0, -1):
            meanings = _at(self.words, self.i, n)
            if meanings:
                for kind, value in meanings:
                    self._take(kind, value)
                return n
        return 0

    def _take(self, kind: str, value: Any) -> None:
        request = self.request
        if kind == "place":
            self.places.append(value)
        elif kind == "light":
            request.lights.append(value)
        elif kind == "wind":
            request.wind = max(request.wind or 0.0, value) if value > 3 else (request.wind or value)
            request.storm |= value >= STORM
        elif kind in ("swell", "loop", "foam"):
            setattr(request, kind, True)
        elif kind != "silent":
            setattr(request, kind, value)

    def _general(self) -> int:
        """One item of the common vocabulary, as many words as it takes."""
        item, used = self._item()
        if item.kind in _IGNORED:
            return used
        if item.kind == "number" and self._beaufort(item.value, used):
            return used
        handler = getattr(self, f"_on_{item.kind}", None) if item.kind in _GENERAL else None
        if item.kind == "other" and not self._after_preposition():
            raise ValueError(f"no world here covers {item.text!r} yet; {COVERED}; or {SEA_COVERED}")
        if handler is None or handler(item) is False:
            self.unknown.append(item.text)
        return used

    def _item(self) -> tuple[Item, int]:
        rest = self.words[self.i : self.i + 8]
        item = items(" ".join(rest))[0]
        for n in range(len(rest), 0, -1):
            if [x.text for x in items(" ".join(rest[:n]))] == [item.text]:
                return item, n
        return item, 1

    def _after_preposition(self) -> bool:
        before = self.words[max(0, self.i - 3) : self.i]
        return bool(
            set(before)
            & {"with", "under", "near", "beside", "behind", "by", "of", "from", "to", "at", "towards"}
        )

    def _beaufort(self, value: float, used: int) -> bool:
        """ "force 8" of the Beaufort scale, v = 0.836 B^1.5 m/s; "20 knots"."""
        before, after = self.words[self.i - 1 : self.i], self.words[self.i + used : self.i + used + 1]
        if before in (["force"], ["beaufort"]):
            self.request.wind = 0.836 * min(value, 12.0) ** 1.5
        elif after and after[0] in ("knots", "knot", "kn", "kt", "kts"):
            self.request.wind = 0.5144 * value
        else:
            return False
        return True

    def _near(self, names: set[str], reach: int = 3) -> bool:
        return bool(names & set(self.words[max(0, self.i - reach) : self.i + reach + 2]))

    def _on_quantity(self, item: Item) -> bool | None:
        dimension, value = item.value
        if dimension == "speed":
            self.request.wind = value
        elif dimension == "accel":
            self.request.gravity = value
        elif dimension == "times" and self.words[self.i - 1 :]:
            self.request.time_scale = 1 / max(value, 1e-3)
        elif dimension == "length" and self._near({"deep", "depth"}, 2):
            self.request.depth = value
        elif dimension == "length" and self._near({"above", "camera", "altitude", "up"}):
            self.request.above = (value, value)
        elif dimension == "length" and self._near(
            {"waves", "wave", "swell", "swells", "seas", "high", "height"}
        ):
            self.request.height = value
        else:
            return False
        return None

    def _on_light(self, item: Item) -> None:
        self.request.lights.append(item.value)

    def _on_mood(self, item: Item) -> None:
        self.request.moods.append(item.value)

    def _on_camera(self, item: Item) -> bool | None:
        name, value = item.value
        if name == "unknown":
            return False
        self.request.camera[name] = value
        return None

    def _on_tempo(self, item: Item) -> bool | None:
        if item.value <= 0:
            return False
        self.request.time_scale = item.value
        return None

    def _on_gravity(self, item: Item) -> None:
        self.request.gravity = item.value[1]

    def _on_wind(self, item: Item) -> None:
        self.request.wind = self.request.wind or item.value

    def _on_direction(self, item: Item) -> None:
        if item.value in ("left", "right", "near", "far"):
            self.request.wind_to = item.value

    def _on_speed(self, item: Item) -> None:
        """ "slowly rolling": how fast waves run is the water's business."""


def parse_sea(words: list[str]) -> tuple[SeaRequest, tuple[str, ...]]:
    """The request that a prompt about water makes, and the words not understood."""
    return SeaParser(words).parse()
