"""Words to splashing water: which prompts ask for it, and what they say of it.

A prompt is this parser's when it breaks a dam, pours water, drops water on a floor, or speaks of a tank of
water. Its own vocabulary (`splash_words`) comes first; words left over, about balls, floors, light, camera
and tempo, are read by the parser of balls. What no rule takes is returned word by word.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from parabola.prompt_lexer import Item, items
from parabola.request import Request
from parabola.splash_words import FALLS, PHRASES
from physics.scene import Vec3

_LONGEST = max(map(len, PHRASES))
_OPEN_WATER = {"ocean", "sea", "pond", "pool", "puddle", "river", "beach", "lakes", "lake"}
_SPLASHING = {"splash", "splashes", "splashing"}


@dataclass
class SplashRequest:
    """What a prompt says of splashing water."""

    kind: str = "drop"  # dam, pour, drop, slosh, ball
    tank: bool = False
    colour: Vec3 | None = None
    balls: bool = False
    said: Request = field(default_factory=Request)


def _phrases(words: list[str]) -> list[tuple[int, int, str, object]]:
    """(first word, words, kind, value) of the vocabulary's phrases, longest first, left to right."""
    out, i = [], 0
    while i < len(words):
        for n in range(min(_LONGEST, len(words) - i), 0, -1):
            said = PHRASES.get(tuple(words[i : i + n]))
            if said and not _other(words, i, n):
                out.append((i, n, *said))
                i += n - 1
                break
        i += 1
    return out


def _other(words: list[str], i: int, n: int) -> bool:
    """ "a glass ball" and "a brick wall" speak of balls and walls."""
    after = words[i + n] if i + n < len(words) else ""
    glass = words[i : i + n] in (["glass"], ["clear"]) and after not in (
        "tank",
        "box",
        "basin",
        "container",
        "water",
    )
    wall = words[i : i + n] == ["wall"] and i > 0 and words[i - 1] in ("brick", "concrete", "wooden", "stone")
    return glass or wall


def asks_for_splash(found: list[Item], words: list[str]) -> bool:
    """Whether water is to splash: a dam, a pour, a drop on a floor, a tank."""
    if _OPEN_WATER & set(words):
        return False
    said = _phrases(words)
    kinds = {value for _, _, kind, value in said if kind == "kind"}
    wet = any(kind == "water" for _, _, kind, _ in said) or "water" in words
    tank = any(kind == "place" for _, _, kind, _ in said)
    ball = any(item.kind == "ball" for item in found)
    if "dam" in kinds or (tank and (wet or ball or kinds)):
        return True
    return (wet and not ball) and bool(kinds & {"pour", "drop"} or _SPLASHING & set(words))


def parse_splash(words: list[str]) -> tuple[SplashRequest, tuple[str, ...]]:
    """The request that a prompt about splashing water makes, and the words not understood."""
    from parabola.prompts import Parser

    request, rest, used, kinds = SplashRequest(), [], set(), []
    for i, n, kind, value in _phrases(words):
        used |= set(range(i, i + n))
        if kind == "kind":
            kinds.append(str(value))
        elif kind == "place":
            request.tank = True
        elif kind == "colour":
            request.colour = value  # type: ignore[assignment]
        if words[i] in FALLS:
            rest.append((i, words[i]))
    rest += [(i, word) for i, word in enumerate(words) if i not in used]
    text = [word for _, word in sorted(rest)]
    request.balls = any(item.kind == "ball" for item in items(" ".join(text)))
    request.said, unknown = Parser(" ".join(text if request.balls else ["a", "ball", ",", *text])).parse()
    usual = "ball" if request.balls else "slosh" if request.tank else "drop"
    request.kind = next((k for k in ("dam", "pour", "drop", "slosh") if k in kinds), usual)
    request.tank |= request.kind in ("dam", "slosh") or request.balls
    return request, unknown
