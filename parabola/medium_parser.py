"""One pass over the words of a prompt about a medium: its own vocabulary first, then the common one.

Each medium has a table of phrases; what that does not know is looked up in `prompt_words` and handed to a
method `_on_KIND` of the parser. What no rule takes is returned word by word; other subjects are refused.
"""

from __future__ import annotations

from typing import Any, ClassVar

from parabola.prompt_lexer import Item, phrase_at
from parabola.prompt_words import COVERED

SILENT = frozenset(
    {"stop", "article", "of", "punctuation", "front", "another", "camera noun", "sky", "finish"}
)  # kinds of common words that say nothing about a medium


Phrases = dict[tuple[str, ...], list[tuple[str, Any]]]  # words -> every (kind, value) that they say


def speaks_of(kind: str, phrases: Phrases, words: list[str]) -> bool:
    """Whether a phrase of that kind stands anywhere in `words`."""
    named = [phrase for phrase, said in phrases.items() if any(k == kind for k, _ in said)]
    return any(tuple(words[i : i + len(phrase)]) == phrase for phrase in named for i in range(len(words)))


class MediumParser:
    """`walk` takes all words; a subclass brings vocabulary, request and handlers.

    A handler returns False for what it does not understand. `request` has `wind`, `gravity`, `time_scale`
    and `camera`.
    """

    phrases: ClassVar[Phrases] = {}
    ignored: ClassVar[frozenset[str]] = SILENT
    covered: ClassVar[str] = ""  # what to ask of this world instead

    def __init__(self, words: list[str], request: Any):
        self.words, self.request, self.i = words, request, 0
        self.unknown: list[str] = []
        self.longest = max(map(len, self.phrases))

    def walk(self) -> tuple[str, ...]:
        """Take all words; those not understood, each once. ValueError for subjects that no world covers."""
        while self.i < len(self.words):
            self.i += self._own() or self._general()
        return tuple(dict.fromkeys(self.unknown))

    def _own(self) -> int:
        """Take the longest phrase of the medium's vocabulary; how many words it has."""
        for n in range(min(self.longest, len(self.words) - self.i), 0, -1):
            meanings = self.phrases.get(tuple(self.words[self.i : self.i + n]))
            if meanings and not self._passed_by(n):
                for kind, value in meanings:
                    self._take(kind, value)
                return n
        return 0

    def _passed_by(self, n: int) -> bool:
        """Whether the medium's phrase of `n` words here means something else."""
        return False

    def _take(self, kind: str, value: Any) -> None:
        raise NotImplementedError

    def _general(self) -> int:
        """Take one item of the common vocabulary; how many words it has."""
        item, used = phrase_at(self.words, self.i)
        if item.kind in self.ignored or (item.kind == "number" and self._counted(item.value, used)):
            return used
        if item.kind == "other":
            self._refuse(item)
        handler = getattr(self, f"_on_{item.kind}", None)
        if handler is None or handler(item) is False:
            self.unknown.append(item.text)
        return used

    def _counted(self, value: float, used: int) -> bool:
        """Whether the number `value` is taken together with the words around it."""
        return False

    def _refuse(self, item: Item) -> None:
        raise ValueError(f"no world here covers {item.text!r} with this; {self.covered}; {COVERED}")

    def _on_tempo(self, item: Item) -> bool | None:
        if item.value <= 0:
            return False
        self.request.time_scale = item.value
        return None

    def _on_gravity(self, item: Item) -> None:
        self.request.gravity = item.value[1]

    def _on_speed(self, item: Item) -> None:
        """ "slowly": how fast a medium moves is its physics' business."""

    def _on_camera(self, item: Item) -> bool | None:
        name, value = item.value
        if name not in ("shot", "angle", "move", "fov"):
            return False
        self.request.camera[name] = value
        return None

    def _on_quantity(self, item: Item) -> bool | None:
        dimension, value = item.value
        if dimension == "speed":
            self.request.wind = value
        elif dimension == "times":
            self.request.time_scale = 1 / max(value, 1e-3)
        else:
            return False
        return None
