"""Cut a prompt into understood phrases, quantities and unknown words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from parabola.prompt_colours import hex_rgb
from parabola.prompt_words import GRAMS, LONGEST, PHRASES, UNITS

_TOKEN = re.compile(
    r"#[0-9a-f]{6}(?![0-9a-z])|#[0-9a-f]{3}(?![0-9a-z])|\d+(?:[.,]\d+)?(?:e[+-]?\d+(?![a-z]))?"
    r"|m/s(?:²|\^2|2)?(?![a-z])|(?:km/h|cm/s|ft/s|rad/s|rev/s)(?![a-z])|[^\W\d_]+(?:'[^\W\d_]+)*|\S"
)
_SILENT = set("()[]{}\"'“”‘’`*_~|/\\<>=+-…")


@dataclass(frozen=True)
class Item:
    """One understood phrase, or one word that is not."""

    kind: str
    value: Any
    text: str


def tokens(text: str) -> list[str]:
    """Lower-case words, numbers, hex colours and single symbols."""
    text = unicodedata.normalize("NFC", text).lower().replace("’", "'").replace("\ufe0f", "")
    text = re.sub(r"(?<=\S)[-‐‑–—_](?=\S)", " ", text)
    text = re.sub(r"(\d),(\d{3})(?!\d)", r"\1\2", text)
    return [token for token in _TOKEN.findall(text) if token.isprintable()]


def _unit_at(words: list[str], i: int, glued: bool) -> tuple[tuple[str, float], int] | None:
    """((dimension, SI factor), words used) of the unit at `i`, longest first."""
    for n in range(min(4, len(words) - i), 0, -1):
        unit = UNITS.get(" ".join(words[i : i + n]))
        if unit:
            return unit, n
    if glued and i < len(words) and words[i] in GRAMS:
        return GRAMS[words[i]], 1
    return None


def _number_item(words: list[str], i: int, value: float, used: int, glued: bool) -> tuple[Item, int]:
    """A count, or a quantity if a unit follows."""
    j = i + used
    unit = _unit_at(words, j, glued)
    if unit is None:
        return Item("number", value, " ".join(words[i:j])), used
    (dimension, factor), n = unit
    return Item("quantity", (dimension, value * factor), " ".join(words[i : j + n])), used + n


def phrase_at(words: list[str], i: int) -> tuple[Item, int]:
    if words[i].startswith("#") and len(words[i]) > 1:
        return Item("colour", hex_rgb(words[i]), words[i]), 1
    for n in range(min(LONGEST, len(words) - i), 0, -1):
        meaning = PHRASES.get(tuple(words[i : i + n]))
        if meaning:
            text = " ".join(words[i : i + n])
            if meaning[0] == "number":
                return _number_item(words, i, meaning[1], n, False)
            if meaning[0] == "article" and (unit := _unit_at(words, i + n, False)) and unit[0][0] == "length":
                return Item("quantity", ("length", unit[0][1]), text), n + unit[1]
            return Item(*meaning, text), n
    if words[i][0].isdigit():
        try:
            value = float(words[i].replace(",", "."))
        except ValueError:
            value = float("inf")
        return _number_item(words, i, value, 1, True)
    if words[i] in ",.;:!?":
        return Item("punctuation", words[i], words[i]), 1
    if words[i] in _SILENT:
        return Item("stop", "", words[i]), 1
    return Item("unknown", None, words[i]), 1


def items(text: str) -> list[Item]:
    """The prompt as a list of understood phrases and unknown words."""
    words, found, i = tokens(text), [], 0
    while i < len(words):
        item, used = phrase_at(words, i)
        found.append(item)
        i += used
    return [_toy_marble(found, i) for i in range(len(found))]


def _toy_marble(found: list[Item], i: int) -> Item:
    """ "a marble rolls" is the toy; "a marble ball" and "on marble" are the stone."""
    item = found[i]
    if item.kind != "material" or item.text != "marble":
        return item
    following = next((later.kind for later in found[i + 1 :]), "")
    if following in ("ball", "ground", "box", "dark ground", "sky", "material", "colour", *_BEFORE_NOUN):
        return item
    k = i - 1
    while k >= 0 and found[k].kind in _BEFORE_NOUN:
        k -= 1
    on = k >= 0 and found[k].value in ("on", "onto", "over", "across", "upon", "along", "off", "of")
    named = any(found[j].kind in ("article", "number") for j in range(k + 1, i))
    return Item("ball", ("marble", "glass marble", False), "marble") if named and not on else item


_BEFORE_NOUN = ("colour", "shade", "size", "finish", "pattern", "article", "number", "quantity")
