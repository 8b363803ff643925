"""The parser's memory, its look-ahead, and the words that modify: quantities, world, light, camera.

`Walk` holds what has been read so far; `Modifiers` handles every phrase that is neither noun nor verb.
"""

from __future__ import annotations

from parabola.prompt_lexer import Item, items
from parabola.request import Look, Place, Request

ADJECTIVES = {
    "colour",
    "shade",
    "material",
    "size",
    "finish",
    "pattern",
    "number",
    "article",
    "quantity",
    "speed",
}


class Walk:
    """State of one pass over the items."""

    def __init__(self, text: str):
        self.items = items(text)
        self.i = 0
        self.request = Request()
        self.unknown: list[str] = []
        self.looks: list[Look] = []  # finished alternatives: "red, blue and ..."
        self.look = Look()  # the one being collected
        self.preposition = ""
        self.arrangement: str | None = None  # "a Newton's cradle with ...": said before its noun
        self.fresh: list[int] = []  # groups named since the last verb
        self.verb_groups: list[int] = []  # groups that the last verb spoke of
        self.orders: list[str] = []  # verbs without a subject: "drop a ball"
        self.hitters: list[int] = []  # groups that wait for what they hit
        self.passive = False
        self.adverb = 1.0
        self.times: float | None = None  # "4x", waiting for "slow motion"
        self.context = ""  # wind, light or camera: what a direction speaks of
        self.definite = False  # "the" was said: the next noun may be one we have met
        self.just_named = False  # the last word was a ball's noun
        self.grounds: list[tuple[str, str, Place]] = []  # (preposition, word, place)

    def _miss(self, item: Item) -> None:
        self.unknown.append(item.text)

    _on_unknown = _miss

    def _on_other(self, item: Item) -> None:
        self._miss(item)

    def _next_kind(self) -> str:
        for item in self.items[self.i + 1 :]:
            if not (
                item.kind in ("stop", "of")
                and item.text in ("of", "them", "is", "are", "the", "gets", "then", "these")
            ):
                return item.kind
        return ""

    def _next_is_separate(self) -> bool:
        return self.items[self.i + 1].kind in ("stop", "of")

    def _next_noun(self) -> str:
        """The kind of the noun that the words right ahead lead to."""
        for item in self.items[self.i + 1 :]:
            if item.kind not in ADJECTIVES and item.kind not in ("action", "arrange", "mood"):
                return item.kind
            if item.kind == "action" and not item.text.endswith(("ing", "ed", "en")):
                return item.kind
        return ""

    def _words_around(self, n: int) -> tuple[list[str], list[str]]:
        before = [item.text for item in self.items[max(0, self.i - n) : self.i]]
        return before, [item.text for item in self.items[self.i + 1 : self.i + 1 + n]]

    def _flush(self) -> None:
        """Settle adjectives that wait for a noun; the parser says how."""
        raise NotImplementedError


class Modifiers(Walk):
    """Speeds, directions, quantities, the world, light and camera."""

    def _on_speed(self, item: Item) -> None:
        if self._next_kind() == "camera" or self.context == "camera":
            return
        if self.verb_groups and not self.fresh and self.look.empty():
            for index in self.verb_groups:
                self.request.groups[index].vigour *= item.value
        else:
            self.adverb *= item.value

    def _on_direction(self, item: Item) -> None:
        value = item.value
        if self.context == "camera" and value in ("left", "right"):
            self.request.camera["move"] = ("pan", 1 if value == "left" else -1)
        elif self.context == "wind":
            self.request.wind_to = value
        elif self.context == "light":
            self.request.light_from = {"right": "left", "left": "right"}.get(value, value)
        else:
            self._direct(item)

    def _direct(self, item: Item) -> None:
        self._flush()
        value = item.value
        for index in self.fresh or self.verb_groups:
            group = self.request.groups[index]
            if value.startswith("at "):
                group.side = value[3:]
            elif value == "up" and "throw" in group.actions:
                group.actions = ["up" if action == "throw" else action for action in group.actions]
            elif value == "up" and set(group.actions) == {"drop"} and "from" not in self._words_around(2)[0]:
                self._miss(item)
            elif value != "away":
                group.direction = value

    def _on_spin(self, item: Item) -> None:
        for index in self.fresh or self.verb_groups:
            self.request.groups[index].spin = 25.0 * item.value

    def _on_quantity(self, item: Item) -> None:
        dimension, value = item.value
        if not value < 1e6:
            return self._miss(item)
        getattr(self, f"_on_{dimension}_quantity")(item, value)

    def _on_length_quantity(self, item: Item, value: float) -> None:
        before, after = self._words_around(4)
        ahead = self._next_noun()
        if "radius" in before or "radius" in after[:2]:
            self._sized(value)
        elif {"diameter", "wide", "across"} & {*before[-2:], *after[:2]}:
            self._sized(value / 2)
        elif ahead == "ball":
            self.look.radius = value / 2
        elif ahead in ("box", "ground"):
            self.look.height = value
        elif self.verb_groups or self.fresh or self.orders:
            for group in [self.request.groups[i] for i in self.verb_groups or self.fresh]:
                group.height = value
        else:
            self._miss(item)

    def _sized(self, radius: float) -> None:
        if self._next_noun() == "ball" or not self.request.groups:
            self.look.radius = radius
            return
        for look in self.request.groups[-1].looks:
            look.radius = radius

    def _on_mass_quantity(self, item: Item, value: float) -> None:
        if self._next_noun() == "ball" or not self.request.groups:
            self.look.mass = value
        else:
            self.request.groups[-1].looks[0].mass = value

    def _of_groups(self, item: Item, name: str, value: float) -> None:
        """Set a number of the groups that the verb speaks of."""
        chosen = self.verb_groups or self.fresh
        for index in chosen:
            setattr(self.request.groups[index], name, value)
        if not chosen:
            self._miss(item)

    def _on_speed_quantity(self, item: Item, value: float) -> None:
        if self.context == "wind":
            self.request.wind = value
        else:
            self._of_groups(item, "speed", value)

    def _on_spin_quantity(self, item: Item, value: float) -> None:
        self._of_groups(item, "spin", value)

    def _on_accel_quantity(self, item: Item, value: float) -> None:
        self.request.gravity = value

    def _on_angle_quantity(self, item: Item, value: float) -> None:
        if self._next_noun() == "box":
            self.look.angle = value
        elif self.context == "ramp":
            self.request.boxes["ramp"].look.angle = value
        else:
            self._of_groups(item, "angle", value)

    def _on_times_quantity(self, item: Item, value: float) -> None:
        if self._next_kind() == "tempo":
            self.times = value
        elif self.i and self.items[self.i - 1].kind == "tempo":
            self.request.time_scale = 1 / max(value, 1e-3)
        elif not self._tempo_factor(value):
            self._miss(item)

    def _on_percent_quantity(self, item: Item, value: float) -> None:
        if "speed" in self._words_around(2)[1] and 0 < value:
            self.request.time_scale = value
        else:
            self._miss(item)

    # the world, light and camera

    def _on_gravity(self, item: Item) -> None:
        name, value = item.value
        if name == "moon" and self.preposition in ("under", "by", "below", "of"):
            self.request.lights.append("night")
            return
        self.request.gravity = value
        self.request.world = name

    def _on_space(self, item: Item) -> None:
        self.request.world, self.request.gravity = "space", 0.0

    def _on_medium(self, item: Item) -> None:
        self.request.under_water = True

    def _on_wind(self, item: Item) -> None:
        self._flush()
        self.request.wind, self.context = item.value, "wind"

    def _tempo_factor(self, value: float) -> bool:
        """ "4 times slower": the number belongs to the phrase after it."""
        following = self.items[self.i + 1] if self.i + 1 < len(self.items) else None
        if following is None or following.kind != "tempo" or following.value >= 0:
            return False
        self.times = value
        return True

    def _on_tempo(self, item: Item) -> None:
        if self.times:
            faster = item.value in (-2.0,) or item.value > 1
            self.request.time_scale = self.times if faster else 1 / max(self.times, 1e-3)
            self.times = None
        elif item.value > 0:
            self.request.time_scale = item.value
        else:
            self._miss(item)

    def _on_shutter(self, item: Item) -> None:
        self.request.shutter_deg = item.value

    def _on_lens(self, item: Item) -> None:
        self.request.softness = item.value

    def _on_light(self, item: Item) -> None:
        self._flush()
        self.request.lights.append(item.value)
        self.context = "light"

    def _on_mood(self, item: Item) -> None:
        self.request.moods.append(item.value)

    def _on_camera(self, item: Item) -> None:
        name, value = item.value
        if name == "unknown":
            return self._miss(item)
        self._flush()
        self.request.camera[name] = value
        self.context = "camera"

    def _on_camera_noun(self, item: Item) -> None:
        self._flush()
        self.context = "camera"
