"""Words to Scene: a deterministic parser for prompts about balls. Nothing is downloaded or learned.

Method: normalise (NFC, lower case, hyphens opened), cut into tokens, cover them with the longest phrases
of `prompt_words.PHRASES`, then walk the phrases once. Adjectives wait in `Look`s until a noun takes them;
verbs bind to the nouns before them in their clause; quantities bind by their unit and neighbours.
What no rule takes is returned, word by word. Limits: English; no negation beyond fixed phrases; no memory
of pronouns beyond "one" and "another".
"""

from __future__ import annotations

import copy

from parabola.prompt_lexer import Item
from parabola.prompt_modifiers import ADJECTIVES, Modifiers
from parabola.prompt_words import COVERED
from parabola.request import Group, Look, Place, Request, union
from physics.scene import Scene

MAX_CHARS = 20_000
_ON = {"on", "onto", "upon", "across", "over", "along", "against"}
_PREPOSITIONS = _ON | set(
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


class Parser(Modifiers):
    """One pass over the items; `parse` returns the request and the words left over."""

    def parse(self) -> tuple[Request, tuple[str, ...]]:
        """Walk all items; raise ValueError for what no world covers."""
        self._refuse_other_subjects()
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
        if self._next_kind() == "action" and self.request.groups:
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
        self.look.words.append(item.text)
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

    # nouns

    def _merged(self) -> list[Look]:
        """The alternatives collected: one look if their kinds are disjoint ('big, red'), else each its "
        "own."""
        looks = [*self.looks, self.look] if self.look.kinds() or not self.looks else self.looks
        self.looks, self.look = [], Look()
        counted = sum(look.count is not None or look.article for look in looks)
        kinds = [kind for look in looks for kind in look.kinds()]
        if len(looks) > 1 and counted <= 1 and len(kinds) == len(set(kinds)):
            looks = [union(looks)]
        for look in looks[:-1]:
            look.material = look.material or looks[-1].material
            look.finishes = look.finishes or list(looks[-1].finishes)
        return looks

    def _on_ball(self, item: Item) -> None:
        noun, material, plural = item.value
        looks = self._merged()
        actions = [action for look in looks for action in look.actions]
        arrangement = next((look.arrangement for look in looks if look.arrangement), self.arrangement)
        self.arrangement = None
        if self.preposition in ("into", "against", "at") and self.verb_groups and not self.hitters:
            self.hitters = list(self.verb_groups)
        counted = [look for look in looks if look.count is not None or look.article]
        if len(counted) > 1:
            for look in looks:
                self._add(
                    Group(noun, material, look.count or 1, [look], list(actions), arrangement=arrangement)
                )
        else:
            count = counted[0].count if counted else None
            if count is None and not plural:
                count = 1
                if len(looks) > 1:  # "a red and blue ball": one ball of two colours
                    looks = [union(looks)]
            self._add(Group(noun, material, count, looks, actions, arrangement=arrangement))
        self.just_named, self.context, self.preposition = True, "", ""

    def _add(self, group: Group) -> None:
        """A new group of balls: the target of a hit, the subject of what follows, or the object of an "
        "order."""
        index = len(self.request.groups)
        self.request.groups.append(group)
        if self.hitters:
            for hitter in self.hitters:
                self._hit(hitter, index)
            if self.passive:
                self.verb_groups = [index]
            self.hitters = []
        elif self.orders and not group.actions:
            group.actions = list(self.orders)
            group.vigour, self.adverb = group.vigour * self.adverb, 1.0
            self.verb_groups = [*self.verb_groups, index]
        else:
            self.fresh.append(index)

    def _hit(self, hitter: int, target: int) -> None:
        if self.passive:
            hitter, target = target, hitter
            self.request.groups[hitter].actions = self.request.groups[hitter].actions or ["hit"]
        self.request.groups[hitter].target = target
        self.request.groups[target].struck = True

    def _pronoun(self, count: int, split: bool) -> None:
        """ "one flies off": part of the last group; "another rolls": one more like it."""
        self._flush()
        parent = self.request.groups[-1]
        child = copy.deepcopy(parent)
        child.count, child.actions, child.arrangement, child.looks[0].arrangement = count, [], None, None
        if split and parent.arrangement and parent.count is None:
            parent.count = 5
        if split and (parent.count or 0) > count:
            parent.count = (parent.count or 0) - count
            child.arrangement = "member" if parent.arrangement else None
        self.request.groups.append(child)
        self.fresh = [len(self.request.groups) - 1]

    def _on_ground(self, item: Item) -> None:
        kind, word = item.value
        if self._next_kind() in ("ground", "box") and kind and not self._next_is_separate():
            self.look.ground = kind
            return
        look = union(self._merged())
        self.grounds.append((self.preposition, word, Place(look.ground or kind, look)))
        self.just_named, self.context, self.preposition = False, "ground", ""

    def _on_dark_ground(self, item: Item) -> None:
        look = union(self._merged())
        ground = Place(look.ground or (None if look.material else "dark"), look)
        if "polished" in item.text or "glossy" in item.text:
            look.finishes.append("polished")
        look.shades += ["dark"] if look.material else []
        self.grounds.append((self.preposition, "floor", ground))

    def _on_line(self, item: Item) -> None:
        self.request.line_colours = union(self._merged()).colours

    def _on_sky(self, item: Item) -> None:
        self.request.sky = next(iter(union(self._merged()).colours), None)

    def _on_box(self, item: Item) -> None:
        look = union(self._merged())
        place = Place(
            item.value, look, behind=self.preposition in ("front", "by", "near", "behind", "beside")
        )
        self.request.boxes.setdefault(item.value, place)
        self.just_named, self.preposition = False, ""
        self.context = "ramp" if item.value == "ramp" else ""

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

    def _flush(self) -> None:
        """Adjectives without a noun: the ground after "on", else said of the ball just named, else not "
        "understood."""
        named, self.just_named = self.just_named, False
        if self.look.empty() and not self.looks:
            return
        article, self.arrangement = self.look.article, self.look.arrangement or self.arrangement
        looks = self._merged()
        look = union(looks)
        if self.preposition in _ON | {"off", "in"} and look.kinds() & {"material", "ground", "colours"}:
            self.grounds.append((self.preposition, " ".join(look.words), Place(None, look)))
            self.preposition = ""
        elif look.kinds() and self.request.groups and (named or self.preposition in ("", "of")):
            self._describe_last(looks, article and not named)
        elif look.shades and not look.kinds() and set(look.shades) <= {"dark", "bright"}:
            self.request.moods.append("moody" if "dark" in look.shades else "cheerful")
        else:
            self.unknown += [word for word in look.words if word != "light"]

    def _describe_last(self, looks: list[Look], separate: bool) -> None:
        """ "balls of glass", "balls orange and white", "a red ball and a blue"."""
        last = self.request.groups[-1]
        if looks[0].colours and (separate or any(look.colours for look in last.looks)):
            self._add(Group(last.noun, last.material, looks[0].count or 1, looks))
            return
        old = last.looks[0]
        for look in looks:
            look.material, look.size = look.material or old.material, look.size or old.size
            look.radius, look.colours = look.radius or old.radius, look.colours or old.colours
        last.looks = looks

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
        if any("roll down" in group.actions for group in groups) and "ramp" not in boxes:
            boxes["ramp"] = Place("ramp")


def parse(text: str) -> tuple[Request, tuple[str, ...]]:
    """The request that `text` makes and the words not understood; ValueError if nothing here covers it."""
    if len(text) > MAX_CHARS:
        raise ValueError(f"the prompt has {len(text)} characters; give at most {MAX_CHARS}")
    return Parser(text).parse()


def scene_from_prompt(
    text: str, *, width: int = 512, height: int = 512, fps: float = 24.0, num_frames: int = 96, seed: int = 0
) -> tuple[Scene, tuple[str, ...]]:
    """A Scene that shows what `text` says, and the words that were not understood.

    Deterministic: the same arguments give an equal Scene. ValueError if the prompt is empty, names no
    ball, asks for more than 32, or for something impossible.
    """
    from parabola.compose import compose

    request, unknown = parse(text)
    shape = {"width": width, "height": height, "fps": fps, "num_frames": num_frames, "seed": seed}
    return compose(request, prompt=text, **shape), unknown
