"""Words to weather: what a prompt says of rain, snow, leaves or sparks, and what is left for other worlds.

`split` takes those phrases out of the words, each with what stands beside it ("heavy", "falling", "in
the"); the rest is a prompt of its own, about balls, smoke or the sea, or it says where, when and from where
one looks at the weather alone, which `parse_weather` reads. "Rain" that balls do, "snow" that a ball lies
on and a single "bubble" stay with the balls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from parabola.medium_parser import SILENT, MediumParser
from parabola.prompt_lexer import Item, phrase_at
from parabola.smoke_words import PHRASES as SMOKE_PHRASES
from parabola.weather_words import MANNERS, NOUNS, PHRASES, VERBS, WEATHER_COVERED
from physics.scene import Vec3

LEADS = set("in the a an through under during with while as and amid among of it is are some".split())
LEADS |= set("against before when where by".split())
POOLS = {"pond", "puddle", "puddles", "pool"}  # rain on those is the ripples' own
SNOW_GROUND = (("in", "the", "snow"), ("in", "snow"))
GOLDEN = (0.86, 0.62, 0.16)  # sRGB of "golden" leaves and paper
LONGEST = max(map(len, [*NOUNS, *MANNERS, *VERBS]))


@dataclass(frozen=True)
class Layer:
    """One kind of particles that a prompt names."""

    kind: str
    much: float = 1.0
    colour: Vec3 | None = None


@dataclass
class WeatherRequest:
    """What a prompt about weather alone says; None where it is silent."""

    layers: list[Layer] = field(default_factory=list)
    lights: list[str] = field(default_factory=list)
    place: str | None = None
    wind: float | None = None  # m/s
    way: str | None = None  # left, right
    camera: dict[str, Any] = field(default_factory=dict)
    time_scale: float = 1.0
    gravity: float | None = None
    loop: bool = False


def split(words: list[str]) -> tuple[list[Layer], list[str]]:
    """The kinds of weather that `words` name, and the words without them."""
    if POOLS & set(words) and "rain" in words:
        return [], words
    layers, rest, i = [], [], 0
    while i < len(words):
        n = _noun_at(words, i)
        if not n:
            rest.append(words[i])
            i += 1
            continue
        kind, much = NOUNS[tuple(words[i : i + n])]
        colour, factor = _before(words, rest)
        i += n
        more, i = _after(words, i)
        layers.append(Layer(kind, max(min(much * factor * more, 3.0), 0.25), colour))
    return _merged(layers), rest


def _noun_at(words: list[str], i: int) -> int:
    """How many words from `i` name a kind of weather; 0 if they mean something else here."""
    for n in range(min(LONGEST, len(words) - i), 0, -1):
        phrase = tuple(words[i : i + n])
        if phrase in NOUNS and not _elsewhere(words, i, phrase):
            return n
    return 0


def _elsewhere(words: list[str], i: int, phrase: tuple[str, ...]) -> bool:
    """Whether the phrase belongs to another world here."""
    kinds = [phrase_at(words, k)[0].kind for k in range(len(words))]
    balls = "ball" in [kind for k, kind in enumerate(kinds) if not i <= k < i + len(phrase)]
    if phrase in SNOW_GROUND:
        smoke = any((word,) in SMOKE_PHRASES and SMOKE_PHRASES[(word,)][0][0] == "subject" for word in words)
        return smoke or not balls
    if phrase[0] in ("rain", "raining", "leaves"):
        return balls and i > 0 and words[i - 1] not in LEADS and (words[i - 1],) not in MANNERS
    if phrase == ("bubbles",):
        return balls
    return phrase == ("dust",) and i + 1 < len(words) and words[i + 1] in ("bowl", "jacket")


def _before(words: list[str], rest: list[str]) -> tuple[Vec3 | None, float]:
    """Colour and amount said just before a noun; those words, and what leads to them, leave `rest`."""
    colour, much = None, 1.0
    while rest:
        for n in range(min(3, len(rest)), 0, -1):
            factor = MANNERS.get(tuple(rest[-n:]))
            if factor is not None:
                much *= factor
                if n == 1 and (found := phrase_at(rest, len(rest) - 1)[0]).kind == "colour":
                    colour = found.value
                elif rest[-1] == "golden":
                    colour = GOLDEN
                del rest[-n:]
                break
        else:
            item = phrase_at(rest, len(rest) - 1)[0]
            if item.kind == "colour" and len(rest) != len(words):
                colour = item.value
            elif rest[-1] not in LEADS:
                break
            del rest[-1]
    return colour, much


def _after(words: list[str], i: int) -> tuple[float, int]:
    """Amount said by the verbs and adverbs after a noun, and where they end."""
    much = 1.0
    while i < len(words):
        for n in range(min(3, len(words) - i), 0, -1):
            if tuple(words[i : i + n]) in VERBS:
                much *= {"heavily": 1.8, "gently": 0.6, "softly": 0.7, "wildly": 1.5}.get(words[i], 1.0)
                i += n
                break
        else:
            return much, i
    return much, i


def _merged(layers: list[Layer]) -> list[Layer]:
    """One layer a kind: the one with the most to say."""
    out: dict[str, Layer] = {}
    for layer in layers:
        old = out.get(layer.kind)
        if old is None or abs(layer.much - 1) > abs(old.much - 1):
            out[layer.kind] = layer
    return list(out.values())


class WeatherParser(MediumParser):
    """One pass over what is left when the weather has been named."""

    phrases = PHRASES
    ignored = SILENT | {"mood", "action"}
    covered = WEATHER_COVERED

    def _passed_by(self, n: int) -> bool:
        """ "low angle", "slow motion" are longer phrases of the common vocabulary."""
        item, used = phrase_at(self.words, self.i)
        return used > n and item.kind in ("camera", "tempo", "quantity", "direction")

    def _take(self, kind: str, value: Any) -> None:
        if kind == "light":
            self.request.lights.append(value)
        elif kind == "place":
            self.request.place = self.request.place or value
        elif kind == "wind":
            self.request.wind = max(value, self.request.wind or 0.0)
        elif kind == "loop":
            self.request.loop = True

    def _on_wind(self, item: Item) -> None:
        self.request.wind = min(item.value, 8.0)

    def _on_size(self, item: Item) -> None:
        """ "big": the flakes' size goes with how many there are."""

    def _on_direction(self, item: Item) -> None:
        if item.value in ("left", "right"):
            self.request.way = item.value


def parse_weather(layers: list[Layer], rest: list[str]) -> tuple[WeatherRequest, tuple[str, ...]]:
    """The request that a prompt about `layers` alone makes, and the words not understood."""
    parser = WeatherParser(rest, WeatherRequest(layers=layers))
    unknown = parser.walk()
    return parser.request, unknown
