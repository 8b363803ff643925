"""Nouns of a prompt: balls, grounds and boxes take the adjectives that wait for them."""

from __future__ import annotations

import copy

from parabola.prompt_lexer import Item
from parabola.prompt_modifiers import Modifiers
from parabola.request import Group, Look, Place, union

CONTAINERS = {"box", "crate", "bin", "container", "tray", "tub", "wooden box", "drawer"}
ON = {"on", "onto", "upon", "across", "over", "along", "against"}


class Nouns(Modifiers):
    """What a noun does with the looks collected, and what becomes of looks that no noun takes."""

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
        if self.preposition in ("into", "against", "at") and self.verb_groups and not self.hitters:
            self.hitters = list(self.verb_groups)
        known, self.definite = self._met(noun, looks) if self.definite else None, False
        if known is not None:
            return self._mention(known)
        actions = [action for look in looks for action in look.actions]
        arrangement = next((look.arrangement for look in looks if look.arrangement), self.arrangement)
        self.arrangement = None
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

    def _met(self, noun: str, looks: list[Look]) -> int | None:
        """The group that "the red ball" speaks of, if one of that noun has all that is said of it now."""
        for index, group in enumerate(self.request.groups):
            if group.noun == noun and len(looks) == 1 and looks[0].count in (None, group.count):
                old, new = group.looks[0], looks[0]
                same = all(getattr(new, name) == getattr(old, name) for name in new.kinds())
                if same and not (new.shades and new.shades != old.shades):
                    return index
        return None

    def _mention(self, index: int) -> None:
        """A ball met before: hit by those that wait for a target, else the subject of what follows."""
        group = self.request.groups[index]
        self.just_named, self.context, self.preposition = True, "", ""
        if self.hitters:
            for hitter in self.hitters:
                self._hit(hitter, index)
            self.hitters = []
        else:
            group.actions = [action for action in group.actions if action != "rest"]
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
        inside = item.text in CONTAINERS and self.preposition in ("in", "into")
        kind = "bin" if inside else item.value
        place = Place(kind, look, behind=self.preposition in ("front", "by", "near", "behind", "beside"))
        self.request.boxes.setdefault(kind, place)
        self.just_named, self.preposition = False, ""
        self.context = "ramp" if item.value == "ramp" else ""

    def _flush(self) -> None:
        """Adjectives without a noun: the ground after "on", else said of the ball just named, else not "
        "understood."""
        named, self.just_named = self.just_named, False
        if self.look.empty() and not self.looks:
            return
        article, self.arrangement = self.look.article, self.look.arrangement or self.arrangement
        looks = self._merged()
        look = union(looks)
        if self.preposition in ON | {"off", "in"} and look.kinds() & {"material", "ground", "colours"}:
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
