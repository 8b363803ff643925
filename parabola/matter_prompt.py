"""Words to soft and granular matter: which prompts ask for it, and what they say of it.

A prompt is this parser's when it names jelly, sand, snow in lumps, or something thick that flows, and says
what happens to it. Its own vocabulary (`matter_words`) comes first; words left over, about balls that fall
in, floors, light, camera and tempo, are read by the parser of balls. What no rule takes is returned.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from parabola.matter_words import LONGEST, PHRASES
from parabola.prompt_lexer import Item, items
from parabola.request import Request
from physics.scene import Vec3

_OTHER = {"beach", "ocean", "sea", "desert", "snowflakes", "flakes", "blizzard", "snowfall", "pool", "pond"}
_ROLLS = {"roll", "rolls", "rolling"}


@dataclass
class MatterRequest:
    """What a prompt says of matter."""

    stuff: str = "jelly"  # a key of `matterscape.STUFF`
    shape: str = ""  # cube, sphere, cylinder, pile
    does: str = ""  # pour, collapse, drop
    hue: Vec3 | None = None
    count: int = 1
    balls: bool = False
    said: Request = field(default_factory=Request)


def _phrases(words: list[str]) -> list[tuple[int, int, str, object]]:
    """(first word, words, kind, value) of the vocabulary's phrases, longest first, left to right."""
    out, i = [], 0
    while i < len(words):
        for n in range(min(LONGEST, len(words) - i), 0, -1):
            said = PHRASES.get(tuple(words[i : i + n]))
            if said:
                out.append((i, n, *said))
                i += n - 1
                break
        i += 1
    return out


def asks_for_matter(found: list[Item], words: list[str]) -> bool:
    """Whether jelly, sand, snow or goo is to move: named, and not as a floor, a look or weather."""
    said = _phrases(words)
    named = [(i, value) for i, _, kind, value in said if kind == "stuff"]
    if not named or _OTHER & set(words):
        return False
    first, stuff = named[0]
    if stuff == "snow" and _ROLLS & set(words):  # a snowball that stays whole is a ball
        return False
    does = {value for _, _, kind, value in said if kind == "does"}
    ball = _thrown(words, said) is not None
    if ball:
        return stuff in ("sand", "snow", "goo", "mud", "jelly") and _enters(words, first)
    if first and words[first - 1] in ("on", "onto") and stuff in ("sand", "mud"):
        return False
    shape = any(kind == "shape" for _, _, kind, _ in said)
    return stuff not in ("sand", "mud", "cream") or bool(does) or shape


def _enters(words: list[str], first: int) -> bool:
    """Whether something falls into or onto the matter named at word `first`."""
    before = words[max(0, first - 5) : first]
    return "into" in before or "in" in before[-4:]


def _thrown(words: list[str], said) -> int | None:
    """Where a ball that is not of the matter itself is named."""
    stuff = [(i, n) for i, n, kind, _ in said if kind == "stuff"]
    for item_at, word in enumerate(words):
        if word in ("ball", "balls", "sphere", "marble", "marbles", "basketball", "stone", "stones"):
            own = any(i + n == item_at for i, n in stuff)
            own |= bool({*words[item_at + 1 : item_at + 2]} & {"of", "floor", "table", "ground", "slab"})
            if not own and not any(i <= item_at < i + n for i, n in stuff):
                return item_at
    return None


def parse_matter(words: list[str]) -> tuple[MatterRequest, tuple[str, ...]]:
    """The request that a prompt about matter makes, and the words not understood."""
    from parabola.prompts import Parser

    request, said = MatterRequest(), _phrases(words)
    thrown, used = _thrown(words, said), set()
    clause, named = range(0, 0), False
    if thrown is not None:
        start = max((i for i in range(thrown) if words[i] in (",", "and", ".")), default=-1)
        clause = range(start + 1, thrown + 1)
    for i, n, kind, value in said:
        if i in clause and kind in ("shape", "hue", "count", "silent"):
            continue
        used |= set(range(i, i + n))
        if kind == "stuff" and not named:
            request.stuff, named = str(value), True
        elif kind in ("shape", "does"):
            if not getattr(request, kind):
                setattr(request, kind, str(value))
        elif kind == "hue":
            request.hue = value  # type: ignore[assignment]
        elif kind == "count":
            request.count = int(value)  # type: ignore[call-overload]
    text = [word for i, word in enumerate(words) if i not in used]
    request.balls = thrown is not None and any(item.kind == "ball" for item in items(" ".join(text)))
    request.said, unknown = Parser(" ".join(text if request.balls else ["a", "ball", ",", *text])).parse()
    return request, unknown
