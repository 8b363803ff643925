"""Words to Scene: a deterministic parser for prompts. Nothing is downloaded or learned.

Worlds with words of their own are asked first (`_BEFORE_WEATHER`, weather, `_AFTER_WEATHER`): each has a
vocabulary, a parser and a composer. What is left is about balls, and read here.

Method: normalise (NFC, lower case, hyphens opened), cut into tokens, cover them with the longest phrases
of `prompt_words.PHRASES`, then walk the phrases once. Adjectives wait in `Look`s until a noun takes them;
verbs bind to the nouns before them in their clause; quantities bind by their unit and neighbours.
What no rule takes is returned, word by word. Limits: English; no negation beyond fixed phrases; no memory
of pronouns beyond "one" and "another".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

from parabola.control.brand import balanced, names_exact_colours
from parabola.matter_prompt import asks_for_matter, parse_matter
from parabola.mechanics_prompt import asks_for_mechanics, parse_mechanics
from parabola.mixtures import take_smoke, with_smoke
from parabola.prompt_lexer import Item, items, tokens
from parabola.prompt_modifiers import ADJECTIVES
from parabola.prompt_nouns import ON, Nouns
from parabola.prompt_words import COVERED
from parabola.request import Look, Place, Request
from parabola.ripple_prompt import asks_for_ripples, parse_ripples
from parabola.sea_prompt import asks_for_sea, parse_sea, refuse_balls_in_water
from parabola.smoke_prompt import asks_for_smoke, parse_smoke
from parabola.splash_prompt import asks_for_splash, parse_splash
from parabola.weather_prompt import parse_weather, split
from parabola.weatherscape import added_words
from physics.scene import Scene

MAX_CHARS = 20_000
_PREPOSITIONS = ON | set(
    "in into at to from by for under off with of beside near behind towards toward through around next "
    "above below between among".split()
)
_CLAUSE = {
    "then",
    "while",
    "when",
    "as",
    "after",
    "before",
    "which",
    "that",
    "where",
    "who",
    "until",
    "but",
    "is",
    "are",
}
_TABLES = {
    "table",
    "desk",
    "counter",
    "countertop",
    "worktop",
    "tabletop",
    "bench",
    "table top",
    "ping pong table",
}


class Parser(Nouns):
    """One pass over the items; `parse` returns the request and the words left over."""

    def parse(self) -> tuple[Request, tuple[str, ...]]:
        """Walk all items; raise ValueError for what no world covers."""
        self._refuse_other_subjects()
        refuse_balls_in_water(self.items)
        for i, item in enumerate(self.items):
            self.i = i
            getattr(self, "_on_" + item.kind.replace(" ", "_"))(item)
        self._flush()
        self._settle()
        return self.request, tuple(dict.fromkeys(self.unknown))

    # what is left over, and what is refused

    def _refuse_other_subjects(self) -> None:
        if not self.items:
            raise ValueError(f"the prompt is empty; describe what should move ({COVERED})")
        kinds = [item.kind for item in self.items]
        first_ball = kinds.index("ball") if "ball" in kinds else len(kinds)
        for i, item in enumerate(self.items[:first_ball]):
            if item.kind == "other" and (first_ball == len(kinds) or not self._after_preposition(i)):
                raise ValueError(f"no world here covers {item.text!r} yet; {COVERED}")
        if first_ball == len(kinds):
            words = [item.text for item in self.items if item.kind == "unknown"][:5]
            raise ValueError(
                f"found no ball in the prompt{' (' + ', '.join(words) + '?)' if words else ''}; {COVERED}"
            )

    def _after_preposition(self, i: int) -> bool:
        before = [item.value for item in self.items[max(0, i - 3) : i]]
        return any(word in _PREPOSITIONS for word in before if isinstance(word, str))

    # separators

    def _on_punctuation(self, item: Item) -> None:
        self.context = ""
        if item.value == ",":
            self._alternative()
        else:
            self._flush()
            self.preposition, self.orders, self.hitters = "", [], []

    def _on_stop(self, item: Item) -> None:
        if item.value in ("and", "or", "&", "plus"):
            self._alternative()
        elif item.value in _PREPOSITIONS:
            self._flush()
            self.preposition = item.value
        elif item.value == "the":
            self.definite = True
        elif item.value in _CLAUSE:
            self._flush()
            self.context = ""

    def _on_of(self, item: Item) -> None:
        if self.look.count is None and self.look.arrangement is None:
            self._flush()
            self.preposition = "of"

    def _on_front(self, item: Item) -> None:
        self._flush()
        self.preposition = "front"

    def _alternative(self) -> None:
        """A comma or "and": the look so far is one of several, if there is one."""
        if self.look.kinds():
            self.looks.append(self.look)
            self.look = Look()
        elif not self.looks:
            self._flush()

    # adjectives

    def _on_article(self, item: Item) -> None:
        if self.look.kinds():
            self._alternative()
        self.look.article = True

    def _on_another(self, item: Item) -> None:
        if item.text == "others" and self.hitters and len(self.request.groups) > 1:
            for hitter in self.hitters:
                self._hit(hitter, max(hitter - 1, 0))
            self.hitters = []
        elif self._next_kind() == "action" and self.request.groups:
            self._pronoun(1, split=False)
        else:
            self._on_article(item)

    def _on_number(self, item: Item) -> None:
        if self._tempo_factor(item.value):
            return
        if self._next_kind() == "action" and self.request.groups and not self.look.kinds():
            return self._pronoun(int(min(item.value, 99)), split=True)
        if self.look.kinds():
            self._alternative()
        if item.value != int(min(item.value, 10**9)):
            return self._miss(item)
        self.look.count = int(item.value)
        self.look.words.append(item.text)

    def _on_colour(self, item: Item) -> None:
        """A colour; "orange #ff8800" is one colour, and the code is the exact word for it."""
        self.look.words.append(item.text)
        before = self.items[self.i - 1] if self.i else None
        if before and before.kind == "colour" and (item.text[0] == "#") != (before.text[0] == "#"):
            if item.text[0] == "#":
                self.look.colours[-1:] = [item.value]
            return
        self.look.colours.append(item.value)

    def _on_shade(self, item: Item) -> None:
        self.look.words.append(item.text)
        self.look.shades.append(item.value)

    def _on_material(self, item: Item) -> None:
        self.look.words.append(item.text)
        if self.look.material and self.look.material != item.value:
            self.look.finishes.append("metallic") if item.value == "steel" else self._miss(item)
        else:
            self.look.material = item.value

    def _on_size(self, item: Item) -> None:
        self.look.words.append(item.text)
        self.look.size = (self.look.size or 1.0) * item.value

    def _on_ratio(self, item: Item) -> None:
        """ "two balls, one twice as big as the other": the first of the last group against the rest."""
        group = self.request.groups[-1] if self.request.groups else None
        if group is None or (group.count or 0) < 2:
            return self._miss(item)
        first = replace(group.looks[0], size=(group.looks[0].size or 1.0) * item.value)
        others = [replace(group.looks[k % len(group.looks)], size=1.0) for k in range(1, group.count or 0)]
        group.looks = [first, *others]

    def _on_finish(self, item: Item) -> None:
        self.look.words.append(item.text)
        self.look.finishes.append(item.value)

    def _on_pattern(self, item: Item) -> None:
        self.look.words.append(item.text)
        self.look.pattern = item.value

    def _on_arrange(self, item: Item) -> None:
        if self.just_named and self.request.groups:
            self.request.groups[-1].arrangement = item.value
        elif self._next_kind() in ("ball", *ADJECTIVES, "of", "stop"):
            self.look.arrangement = item.value
        else:
            for group in self.request.groups:
                group.arrangement = item.value

    # verbs and what goes with them

    def _on_action(self, item: Item) -> None:
        if self.context == "camera":
            return
        action = item.value
        if self._before_noun(item):
            self.look.actions.append("hit" if action == "head on" else action)
            return
        self._flush()
        if action == "head on":
            self.request.head_on = True
            action = "hit"
        self.passive = action == "hit by"
        subjects = self.fresh or self.verb_groups
        if not subjects:
            self.orders.append(action)
            return
        for index in subjects:
            if not self.passive:
                self.request.groups[index].actions.append(action)
            self.request.groups[index].vigour *= self.adverb
        self.adverb = 1.0
        self.verb_groups, self.fresh, self.orders, self.preposition = list(subjects), [], [], ""
        self.hitters = list(subjects) if action in ("hit", "hit by") else []

    def _before_noun(self, item: Item) -> bool:
        """A participle in front of its noun: "two falling balls", "a row of resting balls"."""
        inside = self.look.article or self.look.count is not None or self.look.kinds() or not self.fresh
        return bool(inside) and item.text.endswith(("ing", "ed", "en",
                                                    "ary")) and self._next_noun() == "ball" and (
            not self.just_named or not self.look.empty())  # fmt: skip

    def _settle(self) -> None:
        """Decide which of the surfaces named is the ground, and which is a table with an edge."""
        boxes, groups = self.request.boxes, self.request.groups
        leaves = any("roll off" in group.actions for group in groups)
        for preposition, word, place in self.grounds:
            edge = preposition in ("off", "from") or (preposition == "of" and "table" in boxes)
            if word in _TABLES and (edge or (leaves and "table" not in boxes)):
                boxes["table"] = place
            elif self.request.ground is None:
                self.request.ground = place
            elif word and (place.kind or place.look.material) != (self.request.ground.kind or None):
                self.unknown.append(word)
        if leaves and not {"table", "ramp"} & set(boxes):
            boxes["table"] = Place("table")
        if any("roll down" in group.actions for group in groups) and not {"ramp", "stairs"} & set(boxes):
            boxes["ramp"] = Place("ramp")


# Whose words come first: who asks, who reads, who composes (imported when it is needed).
_World = tuple[
    Callable[[list[Item], list[str]], bool], Callable[[list[str]], tuple[Any, tuple[str, ...]]], str, str
]
_BEFORE_WEATHER: tuple[_World, ...] = (
    (asks_for_matter, parse_matter, "matterscape", "compose_matter"),
    (asks_for_splash, parse_splash, "splashscape", "compose_splash"),
    (asks_for_ripples, parse_ripples, "poolscape", "compose_ripples"),
    (asks_for_mechanics, parse_mechanics, "mechscape", "compose_mechanics"),
)
_AFTER_WEATHER: tuple[_World, ...] = (
    (asks_for_sea, parse_sea, "seascape", "compose_sea"),
    (asks_for_smoke, parse_smoke, "smokescape", "compose_smoke"),
)


def parse(text: str) -> tuple[Request, tuple[str, ...]]:
    """The request that `text` makes and the words not understood; ValueError if nothing here covers it."""
    _refuse_length(text)
    return Parser(text).parse()


def _refuse_length(text: str) -> None:
    if len(text) > MAX_CHARS:
        raise ValueError(f"the prompt has {len(text)} characters; give at most {MAX_CHARS}")


def _has_subject(words: list[str]) -> bool:
    """Whether words name balls, smoke, fire or the sea."""
    found = items(" ".join(words))
    balls = any(item.kind == "ball" for item in found)
    return balls or asks_for_sea(found, words) or asks_for_smoke(found, words)


def scene_from_prompt(
    text: str, *, width: int = 512, height: int = 512, fps: float = 24.0, num_frames: int = 96, seed: int = 0
) -> tuple[Scene, tuple[str, ...]]:
    """A Scene that shows what `text` says, and the words that were not understood.

    Deterministic: the same arguments give an equal Scene. ValueError if the prompt is empty, names nothing
    that a world covers, asks for more than 32 balls, or for something impossible.
    """
    _refuse_length(text)
    shape = {"width": width, "height": height, "fps": fps, "num_frames": num_frames, "seed": seed}
    scene, unknown = (
        _in_a_world(text, _BEFORE_WEATHER, shape)
        or _in_weather(text, shape)
        or _in_a_world(text, _AFTER_WEATHER, shape)
        or _of_balls(text, shape)
    )
    return balanced(scene) if names_exact_colours(text) else scene, unknown


def _in_a_world(
    text: str, worlds: tuple[_World, ...], shape: dict[str, Any]
) -> tuple[Scene, tuple[str, ...]] | None:
    """The scene of the first of `worlds` that the words ask for."""
    found, words = items(text), tokens(text)
    for asks, read, module, name in worlds:
        if asks(found, words):
            request, unknown = read(words)
            composer = getattr(import_module(f"parabola.{module}"), name)
            return composer(request, prompt=text, **shape), unknown
    return None


def _in_weather(text: str, shape: dict[str, Any]) -> tuple[Scene, tuple[str, ...]] | None:
    """Rain, snow and the like: alone, or over what else the words ask for."""
    layers, rest = split(tokens(text))
    if not layers:
        return None
    from parabola.weatherscape import compose_weather, with_weather

    if not _has_subject(rest):
        weather, unknown = parse_weather(layers, rest)
        return compose_weather(weather, prompt=text, **shape), unknown
    more = "" if asks_for_smoke(items(" ".join(rest)), rest) else added_words(layers, rest)
    scene, unknown = scene_from_prompt(f"{' '.join(rest)} {more}", **shape)
    return with_weather(scene, layers, text, "overcast" in more), unknown


def _of_balls(text: str, shape: dict[str, Any]) -> tuple[Scene, tuple[str, ...]]:
    from parabola.compose import compose

    smoke, words = take_smoke(tokens(text))
    request, unknown = parse(" ".join(words) if smoke else text)
    scene = compose(request, prompt=text, **shape)
    return with_smoke(scene, smoke) if smoke else scene, unknown
