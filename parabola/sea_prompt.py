"""Words to seas: which prompts ask for open water, and what they say of it.

A prompt with a water surface and no ball is a seascape. Its own vocabulary (`sea_words`) comes first, the
longest phrase first, then that of `prompt_words` for light, camera, tempo, gravity, moods and quantities.
What no rule takes is returned word by word; other subjects are refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from parabola.medium_parser import SILENT, MediumParser, speaks_of
from parabola.prompt_lexer import Item
from parabola.prompt_words import COVERED
from parabola.sea_words import PHRASES, SEA_COVERED, STORM


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
    return speaks_of("place", PHRASES, words)


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


class SeaParser(MediumParser):
    """One pass over the words; `parse` returns the request and what was not understood."""

    phrases = PHRASES
    ignored = SILENT | {"size"}
    covered = SEA_COVERED

    def __init__(self, words: list[str]):
        super().__init__(words, SeaRequest())
        self.places: list[str] = []

    def parse(self) -> tuple[SeaRequest, tuple[str, ...]]:
        """Walk all words; ValueError for subjects that no world covers."""
        unknown = self.walk()
        self.request.place = next((p for p in self.places if p != "ocean"), "ocean")
        return self.request, unknown

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

    def _refuse(self, item: Item) -> None:
        before = {"with", "under", "near", "beside", "behind", "by", "of", "from", "to", "at", "towards"}
        if not before & set(self.words[max(0, self.i - 3) : self.i]):
            raise ValueError(f"no world here covers {item.text!r} yet; {COVERED}; or {SEA_COVERED}")

    def _counted(self, value: float, used: int) -> bool:
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
        if dimension == "accel":
            self.request.gravity = value
        elif dimension == "length" and self._near({"deep", "depth"}, 2):
            self.request.depth = value
        elif dimension == "length" and self._near({"above", "camera", "altitude", "up"}):
            self.request.above = (value, value)
        elif dimension == "length" and self._near(
            {"waves", "wave", "swell", "swells", "seas", "high", "height"}
        ):
            self.request.height = value
        else:
            return super()._on_quantity(item)
        return None

    def _on_light(self, item: Item) -> None:
        self.request.lights.append(item.value)

    def _on_mood(self, item: Item) -> None:
        self.request.moods.append(item.value)

    def _on_wind(self, item: Item) -> None:
        self.request.wind = self.request.wind or item.value

    def _on_direction(self, item: Item) -> None:
        if item.value in ("left", "right", "near", "far"):
            self.request.wind_to = item.value


def parse_sea(words: list[str]) -> tuple[SeaRequest, tuple[str, ...]]:
    """The request that a prompt about water makes, and the words not understood."""
    return SeaParser(words).parse()
