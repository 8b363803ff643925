"""Words to still water: which prompts ask for a pool or a pond, and what they say of it.

A prompt is this parser's when something falls into still water: rain, a stone, a ball; or when it names a
swimming pool or a puddle, or rings on water. The water's own vocabulary (`ripple_words`) comes first; the
words left over, about balls, light, camera and tempo, are read by the parser of balls, so that "a big red
rubber ball" means what it means everywhere. What no rule takes is returned word by word.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from parabola.prompt_lexer import Item
from parabola.request import Request
from parabola.ripple_words import PHRASES

_INTO = {"in", "into", "onto", "on", "over", "across", "through", "of", "at"}
_TELLING = {"ripple", "ripples", "caustics", "rippling", "rings", "concentric"}
_FALLS = set(
    "thrown throws throw tossed tosses dropped drops drop falls falling fall skips skipping cast hurled "
    "flung plunges plops lands sinks sink sinking splashes hits into".split()
)
_LONGEST = max(map(len, PHRASES))


@dataclass
class RippleRequest:
    """What a prompt says of still water; None where it is silent."""

    place: str = "pond"  # pool, pond, lake, puddle
    rain: float = 0.0  # mm/h
    stones: list[tuple[int, float]] = field(default_factory=list)  # how many, radius m
    chop: float | None = None  # rms slope
    water: str | None = None
    balls: bool = False
    said: Request = field(default_factory=Request)  # what the words of balls say


def _phrases(words: list[str]) -> list[tuple[int, int, str, object]]:
    """(first word, words, kind, value) of the water's phrases, longest first, left to right."""
    out, i = [], 0
    while i < len(words):
        for n in range(min(_LONGEST, len(words) - i), 0, -1):
            said = PHRASES.get(tuple(words[i : i + n]))
            if said and not _not_water(words, i, n, said[0][0]):
                out.append((i, n, *said[0]))
                i += n - 1
                break
        i += 1
    return out


def _not_water(words: list[str], i: int, n: int, kind: str) -> bool:
    """ "a pool table" and "a stone ball" speak of balls; "in slow motion" of tempo."""
    after = words[i + n] if i + n < len(words) else ""
    if kind == "place":
        return after in ("table", "ball", "balls", "cue")
    if kind == "stone":
        return after in ("ball", "balls", "sphere", "spheres", "marble", "wall", "floor", "steps", "ground")
    return n == 1 and kind == "silent" and after == "slow"


def asks_for_ripples(found: list[Item], words: list[str]) -> bool:
    """Whether something falls into still water, or rings on it are asked for."""
    said = _phrases(words)
    places = [p for p in said if p[2] == "place"]
    if not places or {"ocean", "sea", "tank", "aquarium", "glass", "bucket", "under"} & set(words):
        return False
    kinds = {p[2] for p in said}
    if any(item.kind == "ball" for item in found) or "stone" in kinds:
        i = places[-1][0]
        return bool(_INTO & set(words[max(0, i - 4) : i])) and bool(
            _FALLS & set(words) or "float" in " ".join(words)
        )
    pool = any("pool" in words[i : i + n] or value == "puddle" for i, n, _, value in places)
    return pool or "rain" in kinds or bool(_TELLING & set(words))


def parse_ripples(words: list[str]) -> tuple[RippleRequest, tuple[str, ...]]:
    """The request that a prompt about still water makes, and the words not understood."""
    from parabola.prompts import Parser

    request, rest, used = RippleRequest(), [], set()
    places = []
    for i, n, kind, value in _phrases(words):
        used |= set(range(i, i + n))
        if kind == "place":
            places.append(str(value))
        elif kind == "rain":
            request.rain = max(request.rain, float(value))  # type: ignore[arg-type]
        elif kind == "stone":
            request.stones.append((_count(words, i), float(value)))  # type: ignore[arg-type]
        elif kind == "chop":
            request.chop = float(value)  # type: ignore[arg-type]
        elif kind == "water":
            request.water = str(value)
        elif words[i] in _FALLS | {"in", "into", "on"}:
            rest.append((i, " ".join(words[i : i + n])))
    request.place = next((p for p in places if p != "lake"), places[0])
    rest += [(i, word) for i, word in enumerate(words) if i not in used]
    text = [word for _, word in sorted(rest)]
    from parabola.prompt_lexer import items

    if set(words) & _TELLING - {"caustics"} and not (request.stones or request.rain):
        request.stones.append((1, 0.035))  # rings have a cause
    request.balls = any(item.kind == "ball" for item in items(" ".join(text)))
    if request.balls and request.stones and not any(p[2] == "stone" for p in _phrases(words)):
        request.stones = []
    said, unknown = Parser(" ".join(text if request.balls else ["a", "ball", ",", *text])).parse()
    request.said = said
    return request, unknown


_NUMBERS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "several": 4,
    "some": 3,
    "many": 6,
    "a few": 3,
    "few": 3,
}


def _count(words: list[str], i: int) -> int:
    """How many stones are named at word `i`."""
    for word in reversed(words[max(0, i - 3) : i]):
        if word in _NUMBERS:
            return _NUMBERS[word]
        if word.isdigit():
            return max(1, min(int(word), 12))
    return 3 if words[i].endswith("s") or words[min(i + 1, len(words) - 1)] in ("stones", "rocks") else 1
