"""The vocabulary of splashing water: phrases and what each of them says.

One table, `PHRASES`: words (lower case, hyphens opened to spaces) -> (kind, value). Balls that fall in,
floors, light and camera are described in the words of balls (`prompt_words`).
"""

from __future__ import annotations

from typing import Any

_KINDS = {
    "dam": "dam break|dam breaks|breaking dam|dam bursts|dam burst|bursting dam|dam breaking|wall of water|"
    "water column collapses|collapsing water column|collapsing column of water|column of water collapses|"
    "column of water|water column|water collapses|flood of water|flood wave|the dam breaks|dam break wave",
    "pour": "pours|pouring|poured|pour|stream of water|jet of water|water stream|water jet|running water|"
    "flows out|"
    "water from a tap|tap|faucet|water flows|spills|spilling|spilled|gushes|gushing|is poured|trickles|"
    "streams",
    "drop": "drop of water|water drop|big drop of water|ball of water|blob of water|water balloon|"
    "sphere of water|"
    "droplet of water|waterdrop|large drop of water|bucketful of water|splash of water|splash on the floor",
    "slosh": "sloshes|sloshing|slosh|swashes|wave|waves|wave tank|rocks back and forth|sloshing water",
}
_PLACES = {
    "tank": "tank|glass tank|water tank|aquarium|fish tank|glass box|glass basin|basin|tank of water|"
    "tank full of water|glass tank of water|water filled tank|glass container|container|glass cube|"
    "aquarium full of water|glass vessel|tub|bathtub|bath tub|bucket|glass bowl",
}
_WATER = "water|clear water|the water|some water|fresh water"
_COLOURS = {  # sRGB of light after a metre or so
    (0.35, 0.68, 0.90): "blue water|deep blue water|blue coloured water|blue liquid",
    (0.35, 0.80, 0.62): "green water|green liquid|emerald water",
    (0.30, 0.82, 0.86): "turquoise water|cyan water|teal water",
}
_SILENT = (
    "splash|splashes|splashing|splashed|makes a splash|with a splash|big splash|spray|droplets|foam|"
    "realistic|slowly moving|glass|clear|full of|filled with|half full|in a tank|plunges|plunge|simulation|"
    "fluid|liquid|onto|into|over|across|hits|hit|breaks|bursts|collapses|falls|falling|flows|flowing|it|"
    "through|spreads|spreading|out|down|inside|crashes|crashing|against|against the wall|the wall|wall"
)
FALLS = frozenset({"falls", "falling", "into", "onto", "hits", "hit", "plunges", "in", "on"})


def _table() -> dict[tuple[str, ...], tuple[str, Any]]:
    out: dict[tuple[str, ...], tuple[str, Any]] = {}
    for kind, groups in (("kind", _KINDS), ("place", _PLACES), ("colour", _COLOURS)):
        for value, phrases in groups.items():
            for phrase in phrases.split("|"):
                out.setdefault(tuple(phrase.split()), (kind, value))
    for kind, phrases in (("water", _WATER), ("silent", _SILENT)):
        for phrase in phrases.split("|"):
            out.setdefault(tuple(phrase.split()), (kind, None))
    return out


PHRASES = _table()
